#!/usr/bin/env node
// organisation.mjs - the frame, and the pages of an organisation: who is in it,
// what it looks like, what it decides, how it ends. Answers as in account.mjs;
// the last tests are against a server, with a live connection.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { done, note, test, until } from '../lib/tap.mjs';
import { liveState, openBrowser, openPage, sizes } from '../lib/browser.mjs';
import { everyLook } from '../lib/looks.mjs';
import { contract, problem, rights } from '../lib/contract.mjs';
import { Stack } from '../lib/stack.mjs';

const s = await Stack.start();
const browser = await openBrowser();
const open = (path, options = {}) => openPage(browser, s, { path: '/dashboard/' + path, viewport: sizes.desktop, before: contract(options), ...options.context });
const asked = (page, method, path) => page.asked.filter(([m, p]) => m === method && p.startsWith(path)).map(([, , body]) => body);
const says = (page, text) => page.waitForFunction((t) => document.body.innerText.includes(t), text);
const shut = async (page) => { assert.deepEqual(page.complaints, []); await page.context().close(); };
const places = (page, within) => page.locator(`${within} a`).allTextContents();
const sections = { members: 'team', teams: 'teams', team: 'teams/1', branding: 'branding', rules: 'rules', plan: 'plan', audit: 'audit', organisation: 'organisation' };

await test('every page of an organisation: axe-core finds nothing, at 390 and 1280 px, light and dark; nothing moves, nothing complains', async () => {
  const looked = await everyLook(browser, s, [...Object.entries(sections).map(([name, path]) => [name, '/dashboard/settings/' + path, {}]), ['no-right', '/dashboard/settings/audit', { role: 'member' }]]);
  note(`${looked} looks`);
});
await test('what a role may not use is not offered, and its address says why', async () => {
  const page = await open('settings/team', { role: 'manager' });
  await says(page, 'This page is not for your role');
  assert.deepEqual(await places(page, '.sections'), ['Profile', 'Sign-in and sessions', 'Access tokens']);
  assert.deepEqual(asked(page, 'GET', '/team'), []);
  await shut(page);
  const admin = await open('settings/organisation', { role: 'admin' });
  await says(admin, 'About the organisation');
  assert.equal(await admin.locator('.panel.danger').count(), 0);
  await shut(admin);
});
await test('nothing there, and no answer: each page says so, and asks again on request', async () => {
  const none = { data: [], next: null };
  const page = await open('settings/teams', { over: { 'GET /teams': none, 'GET /invitations': none, 'GET /audit': none } });
  for (const [path, words] of [['teams', 'No teams yet'], ['team', 'Nobody is waiting to join'], ['audit?action=x.y', 'Nothing matches these filters']]) {
    await page.goto(`${s.url}/dashboard/settings/${path}`);
    await says(page, words);
  }
  page.expected.push(/503|Failed to load/);
  for (const path of ['team', 'teams', 'teams/1', 'rules', 'plan', 'audit', 'organisation']) {
    const first = { team: '/team', 'teams/1': '/teams/:id', rules: '/settings/organisation' }[path] || '/' + path;
    page.answers[`GET ${first}`] = problem(503, 'The database is not available');
    await page.goto(`${s.url}/dashboard/settings/${path}`);
    await says(page, 'The database is not available');
    delete page.answers[`GET ${first}`];
    await page.click('text=Try again');
    await page.waitForFunction(() => !document.querySelector('.notice.bad'));
  }
  await shut(page);
});
await test('a role is changed at once on the page, undone on request, and stays when the server refuses', async () => {
  const page = await open('settings/team');
  const role = page.locator('[aria-label="Role of Ken Thompson"]');
  await role.selectOption('manager');
  await says(page, 'Ken Thompson is manager now');
  await page.click('text=Undo');
  await says(page, 'Ken Thompson is member now');
  assert.deepEqual(asked(page, 'PATCH', '/team/4/role'), [{ role: 'manager' }, { role: 'member' }]);
  page.answers['PATCH /team/:id/role'] = problem(409, 'An organisation needs an owner');
  page.expected.push(/409/);
  await role.selectOption('viewer');
  await says(page, 'Ken Thompson stays member: An organisation needs an owner');
  assert.equal(await role.inputValue(), 'member');
  await shut(page);
});
await test('members are found by name, address or team, and the search stands in the address', async () => {
  const page = await open('settings/team?q=payments');
  const names = () => page.locator('[aria-label=Members] .main strong').allTextContents();
  await page.waitForSelector('tbody tr');
  assert.deepEqual(await names(), ['Barbara Liskov']);
  await page.fill('.search', 'grace@');
  assert.deepEqual(await names(), ['Grace Hopper']);
  assert.equal(new URL(page.url()).searchParams.get('q'), 'grace@');
  await page.fill('.search', 'nobody');
  await says(page, 'Nobody matches');
  await shut(page);
});
await test('initials are letters of the name, whatever else is in it', async () => {
  const page = await open('settings/team');
  const initials = (names) => page.evaluate(async (all) => { const { avatar } = await import('/components/avatar.js'); return all.map((n) => avatar(n).textContent); }, names);
  assert.deepEqual(await initials(['Acme (simulated)', 'ada', 'Jean-Luc Picard', 'élodie@acme.test', '日本', '…']), ['AS', 'AD', 'JP', 'ÉT', '日本', '?']);
  await shut(page);
});
await test('an admin cannot make owners, nor change one', async () => {
  const page = await open('settings/team', { role: 'admin', mine: '2' });
  await page.waitForSelector('tbody tr');
  assert.equal(await page.locator('[aria-label="Role of Ada Lovelace"], [aria-label="More on Ada Lovelace"]').count(), 0);
  assert.deepEqual(await page.locator('[aria-label="Role of Ken Thompson"] option').allTextContents(), ['member', 'admin', 'manager', 'viewer']);
  await shut(page);
});
await test('a member is removed by keyboard: menu, question, answer', async () => {
  const page = await open('settings/team');
  await page.focus('[aria-label="More on Ken Thompson"]');
  await page.keyboard.press('ArrowDown');
  await page.waitForSelector('[role=menuitem]:focus');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog button[type=submit]:focus');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('dialog'));
  assert.deepEqual(asked(page, 'DELETE', '/team'), []);
  await page.focus('[aria-label="More on Ken Thompson"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[role=menuitem]:focus');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog button[type=submit]:focus');
  await page.keyboard.press('Enter');
  await says(page, 'is not a member any more');
  assert.equal(asked(page, 'DELETE', '/team/4').length, 1);
  await shut(page);
});
await test('an invitation is sent, sent again, and taken back; a full plan is told in the dialog', async () => {
  const page = await open('settings/team', { over: { 'POST /team/invite': problem(409, 'The plan has room for 25 members') } });
  page.expected.push(/409/);
  await page.click('button:has-text("Invite")');
  await page.fill('dialog [name=email]', 'new@acme.test');
  await page.selectOption('dialog [name=role]', 'manager');
  await page.selectOption('dialog [name=teams]', '2');
  await page.click('dialog button[type=submit]');
  await says(page, 'The plan has room for 25 members');
  page.answers['POST /team/invite'] = [201, { id: '9' }];
  await page.click('dialog button[type=submit]');
  await says(page, 'new@acme.test is invited');
  const dismiss = async () => { while (await page.locator('.toast').count()) await page.locator('.toast [aria-label=Dismiss]').first().click(); };
  await dismiss();
  assert.deepEqual(asked(page, 'POST', '/team/invite').at(-1), { email: 'new@acme.test', role: 'manager', teams: ['2'] });
  await page.click('[aria-label="Send again to radia@acme.test"]');
  await says(page, 'Sent to radia@acme.test again');
  await dismiss();
  await page.click('[aria-label="Revoke the invitation of radia@acme.test"]');
  await says(page, 'The invitation is taken back');
  assert.equal(asked(page, 'DELETE', '/invitations/2').length, 1);
  await shut(page);
});
await test('a team: made, given a member and a repository, which go back where the server refuses', async () => {
  const page = await open('settings/teams');
  await page.click('button:has-text("New team")');
  await page.fill('dialog [name=name]', 'Search');
  await page.click('dialog button[type=submit]');
  await page.waitForURL('**/teams/3');
  assert.equal(asked(page, 'POST', '/teams')[0].name, 'Search');
  await page.selectOption('[aria-label="Choose a member"]', '4');
  await page.click('button:has-text("Add") >> nth=0');
  await page.waitForSelector('[aria-label="Take Ken Thompson out"]');
  page.answers['DELETE /teams/:id/repos/:repo'] = problem(503, 'The database is not available');
  page.expected.push(/503/);
  await page.click('[aria-label="Take acme/ledger out"]');
  await says(page, 'acme/ledger stays');
  await page.waitForSelector('[aria-label="Take acme/ledger out"]');
  await until('the member was put in', () => page.asked.some(([m, p]) => m === 'PUT' && p === '/teams/3/members/4'));
  await shut(page);
});
await test('a colour that cannot be read is made readable in both themes before it is saved', async () => {
  const page = await open('settings/branding');
  await page.fill('[name=accent]', '#fde047');
  await says(page, 'is too little');
  await page.click('text=Save the colour');
  await says(page, 'The colour is saved');
  const [{ colours, ...rest }] = asked(page, 'PUT', '/settings/organisation');
  assert.deepEqual(rest, {});
  const contrast = await page.evaluate(async ([light, dark]) => { const { contrast: c } = await import('/app/contrast.js'); return [c(light, '#ffffff'), c(dark, '#171c26')]; }, [colours.light, colours.dark]);
  assert.ok(contrast.every((c) => c >= 4.5), String(contrast));
  await page.fill('[name=accent]', 'red');
  await page.keyboard.press('Enter');
  await says(page, 'Six digits');
  await shut(page);
});
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
await test('a logo is known by its bytes, shown before it is sent, and sent as they are', async () => {
  const page = await open('settings/branding');
  const png = Buffer.from(await page.evaluate(() => { const c = document.createElement('canvas'); c.width = c.height = 64; return c.toDataURL('image/png').split(',')[1]; }), 'base64');
  await page.setInputFiles('#logo', { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') });
  await says(page, 'This is no PNG, WebP or JPEG');
  await page.setInputFiles('#logo', { name: 'big.png', mimeType: 'image/png', buffer: Buffer.concat([png, Buffer.alloc(300000)]) });
  await says(page, '256 at most');
  await page.setInputFiles('#logo', { name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(DOT, 'base64') });
  await says(page, '1 by 1 pixels; 16 to 2048 each way');
  await page.setInputFiles('#logo', { name: 'logo.png', mimeType: 'image/png', buffer: png });
  await page.waitForSelector('canvas');
  await page.click('text=Use it');
  await says(page, 'The logo is changed');
  assert.equal(asked(page, 'PUT', '/settings/logo').length, 1);
  await shut(page);
});
await test('rules: a day that is none is told at its field; what is saved is that part only', async () => {
  const page = await open('settings/rules');
  await page.fill('[name=holidays]', '2026-12-25\n2026-02-30');
  await page.locator('section:has([name=holidays]) button').click();
  await says(page, '“2026-02-30” is no day');
  await page.fill('[name=holidays]', '2026-12-25, 2026-01-01');
  await page.locator('section:has([name=holidays]) button').click();
  await says(page, 'Saved');
  assert.deepEqual(asked(page, 'PUT', '/settings/organisation'), [{ holidays: ['2026-01-01', '2026-12-25'] }]);
  await shut(page);
});
await test('the audit log goes on as it is scrolled, its filters stand in the address, and it is exported', async () => {
  const page = await open('settings/audit', { over: { 'GET /audit/export': { status: 200, contentType: 'application/x-ndjson', body: '{"id":"1"}\n' } } });
  await page.waitForSelector('tbody tr');
  await page.waitForFunction(() => { scrollTo(0, document.body.scrollHeight); return document.querySelectorAll('tbody tr').length === 90; }, null, { polling: 50 });
  await page.click('.as-link:has-text("grace@acme.test") >> nth=0');
  await page.waitForFunction(() => location.search === '?actor=grace%40acme.test');
  await page.waitForSelector('tbody tr');
  await page.fill('[type=date] >> nth=0', '2026-02-01');
  await page.waitForFunction(() => location.search.includes('from=2026-02-01'));
  await until('it is asked with both', () => page.asked.some(([, p]) => p.startsWith('/audit?actor=grace%40acme.test&from=202')));
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('button:has-text("Export")')]);
  assert.match(download.suggestedFilename(), /^audit-.*\.ndjson$/);
  assert.equal(fs.readFileSync(await download.path(), 'utf8'), '{"id":"1"}\n');
  await shut(page);
});
await test('an organisation is deleted only by its name, and can be taken back', async () => {
  const page = await open('settings/organisation');
  await page.click('.act .button.danger');
  await page.keyboard.type('acne');
  await page.keyboard.press('Enter');
  await says(page, 'This is not acme');
  assert.deepEqual(asked(page, 'DELETE', '/organisation'), []);
  await page.fill('[name=confirm]', 'acme');
  await page.keyboard.press('Enter');
  await says(page, 'Acme Rockets is deleted');
  assert.deepEqual(asked(page, 'DELETE', '/organisation'), [{ confirm: 'acme' }]);
  // Whoever comes back into it is asked; nothing else of it can be had.
  page.answers['GET /auth/me'] = problem(410, 'This organisation was deleted');
  page.expected.push(/410/);
  await page.fill('#email', 'ada@acme.test');
  await page.fill('#password', 'x');
  await page.keyboard.press('Enter');
  page.answers['POST /organisation/restore'] = () => { delete page.answers['GET /auth/me']; return null; };
  await page.click('button:has-text("Restore")');
  await page.waitForURL('**/dashboard/activity');
  assert.deepEqual(asked(page, 'POST', '/organisation/restore'), [{ org: '1' }]);
  await shut(page);
});
await test('an organisation is given to another by its name', async () => {
  const page = await open('settings/organisation');
  await page.click('text=Give it away');
  await page.selectOption('dialog [name=user]', '2');
  await page.fill('[name=typed]', 'acme');
  await page.keyboard.press('Enter');
  await says(page, 'Grace Hopper owns Acme Rockets now');
  assert.deepEqual(asked(page, 'POST', '/organisation/transfer'), [{ user: '2' }]);
  await shut(page);
});
await test('another organisation is entered from the frame; where that fails one stays', async () => {
  const page = await open('activity', { over: { 'POST /auth/switch': problem(404, 'There is no such organisation') } });
  page.expected.push(/404/);
  await page.click('.org-button');
  await page.click('role=menuitemradio[name="Beta Works viewer"]');
  await says(page, 'Still in Acme Rockets');
  page.answers['POST /auth/switch'] = { accessToken: 'x.y.z', expiresIn: 3600, user: { id: '1', name: 'Ada', email: 'ada@acme.test', role: 'viewer', orgId: '2' } };
  page.become('viewer');
  await page.click('.org-button');
  await page.click('role=menuitemradio[name="Beta Works viewer"]');
  await says(page, 'You are in Beta Works now');
  assert.deepEqual(asked(page, 'POST', '/auth/switch').at(-1), { org: '2' });
  await shut(page);
});
await test('on a phone the navigation is a drawer: it takes the focus, Escape gives it back, a place closes it', async () => {
  const page = await open('activity', { context: { viewport: sizes.phone } });
  await page.waitForSelector('.opener');
  assert.equal(await page.isVisible('.nav'), false);
  await page.click('.opener');
  await page.waitForSelector('.nav [aria-current]:focus');
  assert.ok(await page.evaluate(() => document.querySelector('main').inert));
  await page.keyboard.press('Escape');
  await page.waitForSelector('.opener:focus');
  await page.keyboard.press('Enter');
  await page.click('.nav a:has-text("Settings")');
  await page.waitForSelector('.sections');
  await page.waitForSelector('.nav', { state: 'hidden' });
  await shut(page);
});
// From here on a server answers.
const admin = s.person('acme', 'admin');
await s.settled();
const told = async (p) => {
  await p.route('**/auth/me', async (r) => {
    const answer = await r.fetch().catch(() => null);
    if (!answer?.ok()) return answer ? r.fulfill({ response: answer }) : r.abort();
    const me = await answer.json();
    return r.fulfill({ response: answer, json: { rights: rights(me.role), organisations: [], ...me } });
  });
};
const become = (role) => s.sql(`UPDATE membership SET role = '${role}' WHERE user_id = (SELECT id FROM user_account WHERE email = '${admin.email}')`);
for (const [where, path] of [['on the feed', '/dashboard/activity'], ['in the settings', '/dashboard/settings']]) await test(`another role is seen without a reload, ${where}`, async () => {
  become('admin');
  const page = await openPage(browser, s, { who: admin, viewport: sizes.desktop, before: told, path });
  page.expected.push(/WebSocket|404/);
  await page.evaluate(() => { window.same = true; });
  if (where === 'on the feed') await liveState(page, 'live');
  else await until('it listens', () => page.locator('.sections a:has-text("Members")').count());
  await page.waitForFunction(() => performance.getEntriesByType('resource').some((e) => e.name.includes('/activity/stream')));
  await until('the broker has let it in', () => s.sql('SELECT 1') === '1');
  become('viewer');
  await page.waitForFunction(() => document.querySelector('.who-button small').textContent === 'viewer', null, { timeout: 15000 });
  await says(page, 'You are viewer of acme now');
  if (where !== 'on the feed') assert.deepEqual(await places(page, '.sections'), ['Profile', 'Sign-in and sessions', 'Access tokens']);
  become('admin');
  await page.waitForFunction(() => document.querySelector('.who-button small').textContent === 'admin', null, { timeout: 15000 });
  assert.ok(await page.evaluate(() => window.same));
  await shut(page);
});
await browser.close();
await s.stop();
done();
