#!/usr/bin/env node
// page.mjs - the pages: how they look (pictures under var/pictures), that
// everything can be reached by keyboard and screen reader, and what they weigh.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { done, note, test } from '../lib/tap.mjs';
import { accessible as check, liveState, openBrowser, openPage, sees, signIn, signOut, sizes } from '../lib/browser.mjs';
import { Stack } from '../lib/stack.mjs';

const pictures = process.env.PULSE_PICTURES || process.env.PULSE_TEST_SCRATCH;
const s = await Stack.start();
const owner = s.person('acme', 'owner'), empty = s.person('empty', 'owner');
s.ctl('simulate', '--org', 'acme', '--days', '20');
await s.settled();
const browser = await openBrowser();

const picture = (page, name) => page.screenshot({ path: `${pictures}/${name}.png` });

for (const [size, viewport] of Object.entries(sizes)) for (const theme of ['light', 'dark']) await test(`sign-in and feed, ${size}, ${theme}: no violation of axe-core, no complaint, nothing wider than the screen`, async () => {
  const page = await openPage(browser, s, { viewport, colorScheme: theme });
  await page.waitForSelector('#email');
  await check(page, 'sign-in');
  await picture(page, `login-${size}-${theme}`);
  await page.click('button[type=submit]');
  await page.waitForSelector('[aria-invalid=true]');
  await check(page, 'sign-in with mistakes');
  await signIn(page, owner);
  await page.waitForSelector('.line[data-id]');
  await liveState(page, 'live');
  await check(page, 'feed');
  await picture(page, `activity-${size}-${theme}`);
  await page.goto(s.url + '/dashboard/activity?type=release&author=nobody-at-all');
  await page.waitForSelector('.empty');
  await check(page, 'nothing matches');
  await picture(page, `nothing-${size}-${theme}`);
  await page.goto(s.url + '/dashboard/nowhere');
  await page.waitForSelector('.empty');
  await check(page, 'no such page');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
await test('an empty organisation is told what to do, and gets no error', async () => {
  const page = await openPage(browser, s, { viewport: sizes.desktop, who: empty });
  await page.waitForSelector('.empty');
  assert.match(await page.textContent('.empty'), /first webhook/);
  await liveState(page, 'live');
  await check(page, 'empty');
  await picture(page, 'empty-desktop');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
await test('the server away at loading: says so, and tries again on request', async () => {
  const page = await openPage(browser, s, { viewport: sizes.desktop, who: owner });
  page.expected.push(/Failed to load|503|WebSocket/);
  await page.waitForSelector('.line[data-id]');
  await page.route('**/api/v1/activity?*', (r) => r.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"The database is not available","status":503}' }));
  await page.click('.chip:has-text("Commit")');
  await page.waitForSelector('.notice.bad');
  await check(page, 'error');
  await picture(page, 'error-desktop');
  await page.unroute('**/api/v1/activity?*');
  await page.click('text=Try again');
  await page.waitForSelector('.line[data-id]');
  await page.context().close();
});
await test('everything by keyboard: sign in, filter, open a line, change the theme, sign out', async () => {
  const page = await openPage(browser, s, { viewport: sizes.desktop });
  await page.waitForSelector('#email:focus');
  await page.keyboard.type(owner.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(owner.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.line[data-id]');
  const tabTo = async (test) => { for (let i = 0; i < 60; i++) { await page.keyboard.press('Tab'); if (await page.evaluate(test)) return; } throw new Error('not reached: ' + test); };
  await tabTo("document.activeElement.textContent === 'Deployment'");
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => location.search === '?type=deployment');
  await page.waitForFunction(() => [...document.querySelectorAll('.line[data-type]')].length && [...document.querySelectorAll('.line[data-type]')].every((l) => l.dataset.type === 'deployment'));
  await tabTo("document.activeElement.closest('.summary')");
  assert.match(await page.evaluate(() => document.activeElement.href), /^https:\/\/github\.com\//);
  await tabTo("document.activeElement.closest('.about')");
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => new URLSearchParams(location.search).get('repo'));
  await page.waitForSelector('.chip.only');
  await page.evaluate(() => document.querySelector('.skip').focus());
  await tabTo("document.activeElement.classList.contains('who-button')");
  await page.keyboard.press('Enter');
  await page.waitForSelector('[role=menu] :focus');
  await page.keyboard.press('d');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  await page.waitForFunction(() => document.activeElement.classList.contains('who-button'));
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction(() => document.activeElement.textContent === 'Sign out');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#email');
  assert.match(await page.textContent('[role=alert]'), /signed out/);
  await page.context().close();
});
const sessions = () => Number(s.sql("SELECT count(*) FROM session s JOIN user_account u ON u.id = s.user_id WHERE u.email = 'owner@empty.test'"));
await test('signing out after the token has run out ends the session all the same', async () => {
  s.sql('DELETE FROM session');
  const page = await openPage(browser, s, { who: empty });
  await page.waitForSelector('.empty');
  await page.route('**/auth/logout', (r) => r.continue({ headers: { ...r.request().headers(), authorization: 'Bearer of.an.hour.ago' } }));
  assert.equal(sessions(), 1);
  page.expected.push(/401/);	// the live connection is ended at once, and may ask for another
  await signOut(page);
  await page.waitForSelector('#email');
  assert.match(await page.textContent('[role=alert]'), /You have been signed out/);
  assert.equal(sessions(), 0);
  assert.deepEqual((await page.context().cookies(s.url + '/api/v1/auth/refresh')).map((c) => c.name).filter((n) => n !== 'pulse_device'), []);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
for (const [what, how] of [['offline', (r) => r.abort()], ['answering 503', (r) => r.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"The database is not available","status":503}' })]])
  await test(`signing out with the server ${what}: the page says that the session is still open, and ends it when it can`, async () => {
    s.sql('DELETE FROM session');
    const page = await openPage(browser, s, { who: empty, viewport: sizes.desktop });
    page.expected.push(/Failed to load|ERR_FAILED|503/);
    await page.waitForSelector('.empty');
    await page.route('**/auth/logout', how);
    await signOut(page);
    // What was shown goes, the session does not, and both are said.
    await page.waitForSelector('#email');
    await page.waitForSelector('[role=alert] button:enabled');
    assert.match(await page.textContent('[role=alert]'), /still open on the server/);
    assert.equal(await page.locator('.topbar').count(), 0);
    assert.equal(sessions(), 1);
    await check(page, 'still signed in');
    await picture(page, `still-open-${what.split(' ')[0]}`);
    // Neither a reload nor the button makes it look done.
    await page.reload();
    await page.waitForSelector('#email');
    await page.click('[role=alert] button:enabled');
    await page.waitForSelector('[role=alert] button:enabled');
    assert.match(await page.textContent('[role=alert]'), /still open on the server/);
    assert.equal(sessions(), 1);
    await page.unroute('**/auth/logout');
    if (what === 'offline') await page.click('[role=alert] button'); else await page.reload();
    await page.waitForFunction(() => /You have been signed out/.test(document.querySelector('[role=alert]')?.textContent));
    assert.equal(sessions(), 0);
    // The way in is open all the time.
    await signIn(page, empty);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
await test('who cannot sign out is not kept out: signing in anew is possible, and lasts', async () => {
  const page = await openPage(browser, s, { who: empty });
  page.expected.push(/Failed to load|ERR_FAILED/);
  await page.waitForSelector('.empty');
  await page.route('**/auth/logout', (r) => r.abort());
  await signOut(page);
  await page.waitForSelector('[role=alert] button:enabled');
  await signIn(page, empty);
  await page.reload();
  await page.waitForSelector('.topbar');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
await test('a reload keeps the person signed in, and a link leads back after the sign-in', async () => {
  const page = await openPage(browser, s, { path: '/dashboard/activity?type=review', who: owner });
  await page.waitForFunction(() => location.search === '?type=review');
  await page.waitForSelector('.line[data-type=review]');
  await page.reload();
  await page.waitForSelector('.line[data-type=review]');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
await test('a link cannot send a person elsewhere', async () => {
  for (const next of ['//evil.test', '/\\evil.test', 'https://evil.test', 'javascript:alert(1)']) {
    const page = await openPage(browser, s, { path: '/login?next=' + encodeURIComponent(next), who: owner });
    assert.ok(page.url().startsWith(s.url + '/dashboard/activity'), page.url());
    await page.context().close();
  }
});
await test('nothing of a login is in storage but that there may be one', async () => {
  const page = await openPage(browser, s, { who: owner });
  await page.waitForSelector('.line[data-id]');
  assert.deepEqual(await page.evaluate(() => [Object.entries(localStorage).filter(([k]) => k !== 'pulse.theme'), Object.entries(sessionStorage), document.cookie]), [[['pulse.session', '1']], [], '']);
  await page.context().close();
});
await test('older lines come as the list is scrolled', async () => {
  const page = await openPage(browser, s, { viewport: sizes.desktop, who: owner });
  await page.waitForSelector('.line[data-id]');
  await page.waitForFunction(() => { scrollTo(0, document.body.scrollHeight); return document.querySelectorAll('.line[data-id]').length > 250; }, null, { polling: 100 });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
await test('older lines come, however fast the end of the list is jumped to', async () => {
  const page = await openPage(browser, s, { viewport: sizes.desktop, who: owner });
  await page.waitForSelector('.line[data-id]');
  await page.evaluate(() => {
    const jump = () => scrollTo(0, document.body.scrollHeight);
    new MutationObserver(jump).observe(document.querySelector('.feed'), { childList: true, subtree: true });
    jump();
  });
  await page.waitForFunction(() => document.querySelectorAll('.line[data-id]').length > 250);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
await test('a person who has scrolled down is told of what is new above', async () => {
  const page = await openPage(browser, s, { viewport: sizes.desktop, who: owner });
  await page.waitForSelector('.line[data-id]');
  await liveState(page, 'live');
  await page.evaluate(() => scrollTo(0, 1500));
  const t = new Date().toISOString();
  await s.deliver('pull_request', { action: 'opened', pull_request: { id: 1, number: 90001, state: 'open', title: 'up there', created_at: t, updated_at: t, user: { login: 'ann', id: 1 } }, repository: { id: 880000001, full_name: 'acme/checkout' } });
  await page.waitForSelector('.newer button', { state: 'visible' });
  assert.equal((await page.textContent('.newer')).trim(), '1 new event');
  await picture(page, 'newer-desktop');
  await page.click('.newer button');
  await page.waitForFunction(() => scrollY < 50);
  await sees(page, 'up there');
  await page.context().close();
});
await test('the first view is under 60 KB gzipped', async () => {
  const bodies = [];
  const page = await openPage(browser, s, { viewport: sizes.desktop, path: '/icon.svg' });
  const seen = new Set();
  page.on('response', (r) => { if (!seen.has(r.url()) && !r.url().includes('/api/')) { seen.add(r.url()); bodies.push(r.body()); } });
  await page.goto(s.url + '/login');
  await signIn(page, owner);
  await page.waitForSelector('.line[data-id]');
  const total = (await Promise.all(bodies)).reduce((n, b) => n + gzipSync(b).length, 0);
  note(`${(total / 1024).toFixed(1)} KB gzipped in ${bodies.length} files, sign-in and feed together`);
  assert.ok(total < 60 * 1024, `${total}`);
  await page.context().close();
});
await test('files are sent compressed', async () => {
  const r = await s.request('GET', '/app/live.js', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(r.headers['content-encoding'], 'gzip');
});
await browser.close();
await s.stop();
done();
