#!/usr/bin/env node
// account.mjs - the pages of an account: the way in, and one's own settings.
// What they ask is answered from a table (lib/contract.mjs), so that each answer
// a server may give is seen; that real ones have those shapes is tests/api's.
import assert from 'node:assert/strict';
import { done, note, test } from '../lib/tap.mjs';
import { openBrowser, openPage, sizes } from '../lib/browser.mjs';
import { everyLook } from '../lib/looks.mjs';
import { contract, problem } from '../lib/contract.mjs';
import { Stack } from '../lib/stack.mjs';

const s = await Stack.start();
const browser = await openBrowser();
const open = (path, options = {}) => openPage(browser, s, { path, viewport: sizes.desktop, before: contract(options) });
const out = (path, over) => open(path, { signedIn: false, over });
const asked = (page, method, path) => page.asked.filter(([m, p]) => m === method && p.startsWith(path)).map(([, , body]) => body);
const says = (page, text) => page.waitForFunction((t) => document.body.innerText.includes(t), text);
const shut = async (page) => { assert.deepEqual(page.complaints, []); await page.context().close(); };
const GOOD = 'correct horse battery';

const doors = { login: '/login', signup: '/signup', forgot: '/forgot-password', reset: '/reset-password?token=t', verify: '/verify-email?token=t', invite: '/invite?token=t' };
const own = { restore: '/dashboard/restore', device: '/device?user_code=BDFG-HJKL', profile: '/dashboard/settings', security: '/dashboard/settings/security', tokens: '/dashboard/settings/tokens' };
await test('every page of an account: axe-core finds nothing, at 390 and 1280 px, light and dark; nothing moves, nothing complains', async () => {
  const looked = await everyLook(browser, s, [...Object.entries(doors).map(([name, path]) => [name, path, { signedIn: false }]), ...Object.entries(own).map(([name, path]) => [name, path, {}])]);
  note(`${looked} looks`);
});
// So that password managers know each field.
const completes = (page) => page.locator('form input').evaluateAll((all) => all.map((i) => i.autocomplete));
await test('an account is made: the first wrong field has the focus, what was typed stays, and the letter is announced', async () => {
  const page = await out('/signup');
  await page.waitForSelector('[name=email]');
  assert.deepEqual(await completes(page), ['name', 'username', 'organization', 'new-password']);
  await page.fill('[name=email]', 'not an address');
  await page.fill('[name=password]', 'short');
  await page.click('button[type=submit]');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'name');
  assert.deepEqual(await page.locator('.wrong').allTextContents(), ['Your name is needed', 'This is not an e-mail address', 'Organisation is needed', '12 characters or more: 7 to go']);
  assert.equal(asked(page, 'POST', '/auth/register').length, 0);
  const values = { name: 'Alan Turing', email: 'alan@acme.test', organisation: 'Acme', password: GOOD };
  for (const [name, value] of Object.entries(values)) await page.fill(`[name=${name}]`, value);
  page.answers['POST /auth/register'] = problem(400, 'The request is not valid', [{ field: 'organisation', message: 'is taken' }]);
  page.expected.push(/400/);
  await page.keyboard.press('Enter');
  await says(page, 'Is taken');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'organisation');
  assert.equal(await page.inputValue('[name=password]'), GOOD);
  delete page.answers['POST /auth/register'];
  await page.keyboard.press('Enter');
  await says(page, 'Look into your mailbox');
  assert.deepEqual(asked(page, 'POST', '/auth/register')[1], values);
  await page.click('text=Send it again');
  await says(page, 'Sent again');
  await shut(page);
});
await test('a password field says what is still wrong, when caps lock is on, and can be shown', async () => {
  const page = await out('/signup');
  const kept = () => page.locator('.rules li[data-kept]').count();
  await page.fill('[name=email]', 'turing@acme.test');
  for (const [password, rules] of [['', 0], ['twelve chars', 3], ['abababababab', 2], ['turing@acme.test', 2], [GOOD, 3]]) {
    await page.fill('[name=password]', password);
    assert.equal(await kept(), rules, password);
  }
  await page.dispatchEvent('[name=password]', 'keydown', { key: 'A', modifierCapsLock: true });
  assert.equal(await page.textContent('.caps'), 'Caps lock is on');
  await page.click('.peek');
  assert.equal(await page.getAttribute('[name=password]', 'type'), 'text');
  assert.equal(await page.getAttribute('.peek', 'aria-pressed'), 'true');
  await shut(page);
});
await test('the sign-in offers what the server has: GitHub, an account of one\u2019s own, or neither', async () => {
  const page = await out('/login?next=/dashboard/settings');
  assert.equal(await page.getAttribute('text=Continue with GitHub', 'href'), '/api/v1/auth/github?next=%2Fdashboard%2Fsettings');
  assert.equal(await page.locator('a[href="/signup"]').count(), 1);
  assert.deepEqual(await completes(page), ['username', 'current-password']);
  page.answers['GET /auth/providers'] = { password: true, github: false, signUp: 'invited' };
  await page.reload();
  await says(page, 'invites you by e-mail');
  assert.equal(await page.locator('a[href^="/api"], a[href="/signup"]').count(), 0);
  await page.goto(s.url + '/signup');
  await says(page, 'One joins by invitation here');
  await page.goto(s.url + '/login?error=email');
  await says(page, 'GitHub knows no verified e-mail address of yours');
  await shut(page);
});
await test('too many tries: it says how long to wait', async () => {
  const page = await out('/login', { 'POST /auth/login': { ...problem(429, 'Too many requests'), headers: { 'retry-after': '42' } } });
  page.expected.push(/429/);
  await page.fill('#email', 'a@b.test');
  await page.fill('#password', 'x');
  await page.keyboard.press('Enter');
  await says(page, 'Please wait 42 seconds');
  await shut(page);
});
await test('an address is verified by a press, and the token is not left in the address', async () => {
  const page = await out('/verify-email?token=secret');
  await page.waitForSelector('button:focus');
  assert.equal(asked(page, 'POST', '/auth/verify-email').length, 0);
  assert.ok(!page.url().includes('secret'));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/dashboard/activity');
  assert.deepEqual(asked(page, 'POST', '/auth/verify-email'), [{ token: 'secret' }]);
  await shut(page);
});
await test('a link that works no more offers another', async () => {
  const page = await out('/verify-email?token=old', { 'POST /auth/verify-email': problem(400, 'The link is not valid'), 'POST /auth/reset-password': problem(400, 'The link is not valid') });
  page.expected.push(/400/);
  await page.click('text=Verify and sign in');
  await page.fill('[name=email]', 'a@b.test');
  await page.click('text=Send another link');
  await says(page, 'Look into your mailbox');
  await page.goto(s.url + '/reset-password?token=old');
  await page.fill('[name=password]', GOOD);
  await page.keyboard.press('Enter');
  await page.click('text=Send me another link');
  await page.waitForURL('**/forgot-password');
  await shut(page);
});
await test('a forgotten password: the same answer for every address; a new one leads to the sign-in', async () => {
  const page = await out('/forgot-password');
  await page.fill('[name=email]', 'nobody@acme.test');
  await page.keyboard.press('Enter');
  await says(page, 'If nobody@acme.test has an account here');
  await page.goto(s.url + '/reset-password?token=t1');
  await page.fill('[name=password]', GOOD);
  assert.deepEqual(await completes(page), ['new-password']);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/login?changed=1');
  assert.deepEqual(asked(page, 'POST', '/auth/reset-password'), [{ token: 't1', password: GOOD }]);
  await says(page, 'Your password is changed');
  await shut(page);
});
await test('an invitation: with a new account, with the one signed in, not with another\u2019s', async () => {
  let page = await out('/invite?token=inv');
  await says(page, 'as manager');
  await page.fill('[name=name]', 'Alan');
  await page.fill('[name=password]', GOOD);
  await page.keyboard.press('Enter');
  await says(page, 'Look into your mailbox');
  assert.deepEqual(asked(page, 'POST', '/auth/register'), [{ name: 'Alan', email: 'alan@acme.test', password: GOOD, invitation: 'inv' }]);
  await shut(page);
  const mine = { organisation: 'Beta', email: 'ada@acme.test', role: 'viewer', expired: false };
  page = await open('/invite?token=inv', { over: { 'GET /invitations/by-token': mine } });
  await page.click('text=Join Beta >> nth=1');
  await page.waitForURL('**/dashboard/activity');
  assert.deepEqual(asked(page, 'POST', '/invitations/accept'), [{ token: 'inv' }]);
  assert.deepEqual(asked(page, 'POST', '/auth/switch'), [{ org: '1' }]);
  await shut(page);
  page = await open('/invite?token=inv');
  await says(page, 'but the invitation is for alan@acme.test');
  await shut(page);
  page = await out('/invite?token=inv', { 'GET /invitations/by-token': { ...mine, expired: true } });
  await says(page, 'This invitation has run out');
  await shut(page);
});
await test('a device is let in after a look at its code; who is signed out signs in first', async () => {
  const page = await out('/device?user_code=BDFG-HJKL');
  await page.waitForURL('**/login?next=*');
  await page.fill('#email', 'ada@acme.test');
  await page.fill('#password', 'x');
  await page.keyboard.press('Enter');
  await says(page, 'Pulse tracker');
  assert.deepEqual(asked(page, 'POST', '/auth/device'), []);
  await page.click('text=Let it in');
  await says(page, 'The device is in');
  assert.deepEqual(asked(page, 'POST', '/auth/device'), [{ userCode: 'BDFG-HJKL', approve: true }]);
  page.answers['GET /auth/device'] = problem(404, 'No device waits with this code');
  page.expected.push(/404/);
  await page.goto(s.url + '/device?user_code=XXXX-XXXX');
  await says(page, 'No device waits with this code');
  assert.equal(await page.inputValue('[name=code]'), 'XXXX-XXXX');
  await shut(page);
});
await test('the profile is saved as a whole; the theme is tried at once, and taken back when it is not saved', async () => {
  const page = await open('/dashboard/settings');
  await page.selectOption('[name=theme]', 'dark');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.click('.sections a:has-text("Access tokens")');
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
  await page.goBack();
  await page.selectOption('[name=timeZone]', 'Asia/Tokyo');
  await page.fill('[name=name]', 'Ada King');
  await page.keyboard.press('Enter');
  await says(page, 'Your profile is saved');
  assert.deepEqual(asked(page, 'PUT', '/settings/profile'), [{ name: 'Ada King', timeZone: 'Asia/Tokyo', locale: 'en-GB', theme: 'system' }]);
  await shut(page);
});
await test('a session is ended at once on the page, and is back when the server would not', async () => {
  const page = await open('/dashboard/settings/security', { over: { 'DELETE /auth/sessions/:id': problem(503, 'The database is not available') } });
  page.expected.push(/503/);
  await page.click('[aria-label="End the session on Safari, iPhone"]');
  await says(page, 'The session goes on');
  assert.equal(await page.locator('tbody tr').count(), 3);
  page.answers['DELETE /auth/sessions/:id'] = null;
  await page.click('[aria-label="End the session on Safari, iPhone"]');
  await says(page, 'The session has ended');
  assert.equal(await page.locator('tbody tr').count(), 2);
  await page.click('text=End all others');
  await page.click('dialog button[type=submit]');
  await says(page, 'All other sessions have ended');
  assert.equal(await page.locator('tbody tr').count(), 1);
  await shut(page);
});
await test('a wrong current password is told at its field', async () => {
  const page = await open('/dashboard/settings/security', { over: { 'POST /auth/change-password': problem(400, 'The request is not valid', [{ field: 'current', message: 'is not your password' }]) } });
  page.expected.push(/400/);
  await page.fill('[name=current]', 'x');
  await page.fill('[name=password]', GOOD);
  await page.keyboard.press('Enter');
  await says(page, 'Is not your password');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'current');
  await shut(page);
});
await test('a token is made, shown once with a button that copies it, and revoked, all by keyboard', async () => {
  const page = await open('/dashboard/settings/tokens');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.focus('text=New token');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog [name=name]:focus');
  await page.keyboard.type('For the wall');
  await page.keyboard.press('Enter');
  await says(page, 'For the wall: copy it now');
  assert.deepEqual(asked(page, 'POST', '/auth/tokens'), [{ name: 'For the wall', scopes: ['read'], expiresInDays: 90 }]);
  for (let i = 0; i < 2; i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await says(page, 'Copied');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'pulse_pat_Zm9vYmFyYmF6cXV4kLm4');
  await page.focus('[aria-label="Revoke For the wall"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog button[type=submit]:focus');
  await page.keyboard.press('Enter');
  await says(page, 'The token is revoked');
  assert.ok(!(await page.content()).includes('pulse_pat_Zm9v'));
  await shut(page);
});
await browser.close();
await s.stop();
done();
