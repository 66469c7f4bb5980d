#!/usr/bin/env node
// joining.mjs - the whole way in, as people go it: an account is made, verified
// by the letter, another person is invited, comes, and is given another role.
// Browsers, programs, broker and an SMTP server; nothing is answered for them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { done, require, test, until } from '../lib/tap.mjs';
import { liveState, openBrowser, openPage, signIn, signOut, sizes } from '../lib/browser.mjs';
import { Stack } from '../lib/stack.mjs';

const { SMTPServer } = require('smtp-server');
const letters = [];
const smtp = new SMTPServer({ authOptional: true, disabledCommands: ['AUTH', 'STARTTLS'], logger: false,
  onData: (stream, session, cb) => { const parts = []; stream.on('data', (d) => parts.push(d)).on('end', () => { letters.push({ to: session.envelope.rcptTo[0].address, raw: Buffer.concat(parts).toString() }); cb(); }); } });
const port = await new Promise((ok) => smtp.listen(0, '127.0.0.1', () => ok(smtp.server.address().port)));

const s = await Stack.start({ settings: { SIGN_UP: 'open', SMTP_URL: `smtp://127.0.0.1:${port}`, MAIL_FROM: 'Pulse <pulse@example.org>' } });
const browser = await openBrowser();
const says = (page, text, timeout = 10000) => page.waitForFunction((t) => document.body.innerText.includes(t), text, { timeout });
const shut = async (page) => { assert.deepEqual(page.complaints, []); await page.context().close(); };
// The address in the newest letter to somebody, once the job has run.
async function link(to) {
  await promisify(execFile)(process.env.PULSE_BUILD + '/deliver-mail', ['--once'], { env: s.env });
  const text = letters.filter((l) => l.to === to).at(-1)?.raw.split('--=_pulse\r\n')[1].replace(/=\r\n/g, '').replace(/=3D/g, '=');
  assert.ok(text, `a letter for ${to}`);
  return text.match(/http:\S+/)[0];
}
const ada = { email: 'ada@acme.test', password: 'correct horse battery' }, bob = { email: 'bob@acme.test', password: 'staple of the stable' };
let owner, member;

await test('an account is made on the page, and opened by the link of its letter', async () => {
  owner = await openPage(browser, s, { path: '/signup', viewport: sizes.desktop });
  for (const [name, value] of Object.entries({ name: 'Ada Lovelace', organisation: 'Acme', ...ada })) await owner.fill(`[name=${name}]`, value);
  await owner.click('button[type=submit]');
  await says(owner, 'Look into your mailbox');
  assert.equal(s.sql('SELECT count(*) FROM organisation'), '0', 'nothing before the address is known to be right');
  await owner.goto(await link(ada.email));
  await owner.click('text=Verify and sign in');
  await owner.waitForURL('**/dashboard/activity');
  assert.equal(s.sql("SELECT name || ' ' || role FROM membership JOIN organisation o ON o.id = org_id"), 'Acme owner');
});
await test('the owner invites somebody, who comes by the letter with an account of his own', async () => {
  await owner.goto(s.url + '/dashboard/settings/team');
  await owner.click('button:has-text("Invite")');
  await owner.fill('dialog [name=email]', bob.email);
  await owner.selectOption('dialog [name=role]', 'member');
  await owner.click('dialog button[type=submit]');
  await says(owner, bob.email);
  member = await openPage(browser, s, { path: (await link(bob.email)).slice(s.url.length), viewport: sizes.desktop });
  await says(member, 'Acme');
  await member.fill('[name=name]', 'Bob Noyce');
  await member.fill('[name=password]', bob.password);
  await member.click('button[type=submit]');
  await member.waitForURL('**/dashboard/activity');
  assert.equal(await member.textContent('.who-button small'), 'member');
});
await test('the owner sees him without a reload', () => says(owner, 'Bob Noyce'));
await test('the link of an invitation lets nobody in twice', async () => {
  const again = await openPage(browser, s, { path: (await link(bob.email)).slice(s.url.length), before: (p) => { p.on('framenavigated', () => p.expected.push(/40[04]|410/)); } });
  await says(again, 'not there any more');
  await shut(again);
});
await test('another role is seen in the other browser, without a reload, and what it may is offered at once', async () => {
  await liveState(member, 'live');
  await member.evaluate(() => { window.same = true; });
  member.expected.push(/WebSocket/);
  await owner.locator('[aria-label="Role of Bob Noyce"]').selectOption('admin');
  await says(member, 'You are admin of Acme now');
  await member.waitForFunction(() => document.querySelector('.who-button small').textContent === 'admin');
  await member.click('.nav a:has-text("Settings")');
  await member.click('.sections a:has-text("Members")');
  await says(member, 'Ada Lovelace');
  assert.ok(await member.evaluate(() => window.same));
});
await test('one who is taken out is out, in his browser too', async () => {
  member.expected.push(/WebSocket|401/);
  await owner.click('[aria-label="More on Bob Noyce"]');
  await owner.click('role=menuitem[name=/Remove/]');
  await owner.click('dialog button[type=submit]');
  await says(owner, 'is not a member any more');
  await member.waitForSelector('#email', { timeout: 10000 });
  await shut(member);
});
await test('who signs out comes back with what was chosen at first', async () => {
  await signOut(owner);
  await signIn(owner, ada);
  await liveState(owner, 'live');
  await shut(owner);
});
await browser.close();
await s.stop();
await new Promise((ok) => smtp.close(ok));
done();
