#!/usr/bin/env node
// live.mjs - the live path as a person sees it, in a real browser: arrival,
// gaps, restarts, and each way in which a connection ends (docs/live.md).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { done, note, sleep, test, until } from '../lib/tap.mjs';
import { liveState, openBrowser, openPage, sees, signOut } from '../lib/browser.mjs';
import { Stack } from '../lib/stack.mjs';

const s = await Stack.start();
const owner = s.person('acme', 'owner'), member = s.person('acme', 'member', 'red');
s.sql("INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'github.com', 5, 'acme/api'), (1, 'github.com', 6, 'acme/hidden'); INSERT INTO team_repository VALUES (1, 1, 1)");
await s.settled();
let number = 0;
const pr = (title, more = {}) => { const t = new Date().toISOString(); number++; return { action: 'opened', pull_request: { id: number, number, state: 'open', title, created_at: t, updated_at: t, user: { login: 'ann', id: 1, type: 'User' }, html_url: 'https://github.com/acme/api/pull/' + number }, repository: { id: 5, full_name: 'acme/api' }, ...more }; };
const say = async (title, more) => { const r = await s.deliver('pull_request', pr(title, more)); assert.equal(r.status, 202, String(r.raw)); };
const browser = await openBrowser();
const page = await openPage(browser, s, { who: member });
await liveState(page, 'live');

await test('what happens on GitHub is on the screen within a second', async () => {
  const began = Date.now();
  await say('hello from GitHub');
  await sees(page, 'hello from GitHub', 1000);
  note(`${Date.now() - began} ms from the POST to the screen`);
});
await test('a commit whose first line has 10,000 characters arrives cut, with its link', async () => {
  const t = new Date().toISOString();
  const r = await s.deliver('push', { ref: 'refs/heads/main', commits: [{ id: 'a'.repeat(40), message: 'LONG' + 'x'.repeat(10000), timestamp: t, url: 'https://github.com/acme/api/commit/a', author: { name: 'Ann', email: 'a@b', username: 'ann' } }], repository: { id: 5, full_name: 'acme/api', pushed_at: Math.floor(Date.now() / 1000) } });
  assert.equal(r.status, 202);
  await sees(page, 'LONGxxx');
  const text = await page.locator('.summary', { hasText: 'LONG' }).first().textContent();
  assert.ok(text.length < 600 && text.endsWith('…'), `${text.length}`);
  assert.equal(await page.locator('.summary a', { hasText: 'LONG' }).first().getAttribute('href'), 'https://github.com/acme/api/commit/a');
  assert.ok(Number(s.sql('SELECT max(length(json)) FROM activity_event')) < 3900);
});
await test('a text of markup is a text', async () => { await say('<img src=x onerror=alert(1)><b>bold</b>'); await sees(page, '<img src=x onerror=alert(1)>'); });
await test('a member does not see what is not his teams', async () => {
  await say('HIDDEN', { repository: { id: 6, full_name: 'acme/hidden' } });
  await say('after it');
  await sees(page, 'after it');
  assert.equal(await page.locator('.summary', { hasText: 'HIDDEN' }).count(), 0);
});
await test('filters stand in the address, and live lines keep to them', async () => {
  await page.click('.chip:has-text("Review")');
  await page.waitForFunction(() => location.search === '?type=review');
  await liveState(page, 'live');
  await say('not a review');
  await sleep(300);
  assert.equal(await page.locator('.summary', { hasText: 'not a review' }).count(), 0);
  await page.goBack();
  await sees(page, 'not a review');
  await liveState(page, 'live');
});
await test('the broker is killed and comes back: Reconnecting…, Live, and what was missed is there', async () => {
  page.expected.push(/WebSocket connection|ERR_/);
  await s.kill('mosquitto', 'SIGKILL');
  await liveState(page, 'reconnecting');
  await say('said while the broker was away');
  await s.launch('mosquitto');
  await liveState(page, 'live', 40000);
  await sees(page, 'said while the broker was away', 15000);
});
await test('the web server goes and comes back', async () => {
  page.expected.push(/Failed to load resource|Failed to fetch/);
  await s.kill('web');
  await liveState(page, 'reconnecting');
  await s.launch('web');
  await until('web', () => s.get('/').then(() => true, () => false));
  await liveState(page, 'live', 40000);
  await say('after the web server');
  await sees(page, 'after the web server');
});
await test('a browser that was offline for a while has no gap', async () => {
  await page.context().setOffline(true);
  await sleep(300);
  for (let i = 0; i < 5; i++) await say(`missed ${i}`);
  await page.context().setOffline(false);
  for (let i = 0; i < 5; i++) await sees(page, `missed ${i}`, 50000);
});
// A page whose WebSocket loses the frames that hold a text, as a broker does
// with who reads too slowly: nobody says so, only the numbers have a gap.
async function losing(text, who) {
  const p = await openPage(browser, s, { who, before: (p) => p.routeWebSocket(/\/mqtt/, (ws) => {
    const server = ws.connectToServer();
    p.lost = 0;
    ws.onMessage((m) => server.send(m));
    server.onMessage((m) => { if (Buffer.from(m).includes(text)) p.lost++; else ws.send(m); });
  }) });
  await liveState(p, 'live');
  return p;
}
await test('a message that was lost on the way is on the screen as soon as the next has come', async () => {
  const p = await losing('WITHHELD', member);
  await say('before the gap');
  await sees(p, 'before the gap');
  await say('WITHHELD from the page');
  await sleep(500);
  assert.equal(p.lost, 1);
  assert.equal(await p.locator('.summary', { hasText: 'WITHHELD' }).count(), 0);
  await say('behind the gap');
  await sees(p, 'WITHHELD from the page', 3000);
  assert.equal(p.lost, 1);
  assert.deepEqual(p.complaints, []);
  await p.context().close();
});
await test('it comes although the server refuses to say it at first; until then the page does not call itself live', async () => {
  const p = await losing('KEPT BACK', member);
  p.expected.push(/Failed to load resource|503/);
  await say('one more');
  await sees(p, 'one more');
  let refused = 0;
  await p.route(/activity\?after=/, (r) => ++refused > 2 ? r.continue() : r.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"title":"The database is not available","status":503}' }));
  await say('KEPT BACK twice');
  await say('behind it');
  await sees(p, 'behind it');
  await liveState(p, 'reconnecting');
  await sees(p, 'KEPT BACK twice', 10000);
  await liveState(p, 'live');
  assert.equal(refused, 3);
  assert.deepEqual(p.complaints, []);
  await p.context().close();
});
await test('more than a hundred missed: the page is loaded anew, nothing is shown twice', async () => {
  await page.context().setOffline(true);
  await sleep(200);
  for (let i = 0; i < 120; i++) await say(`many ${i}`);
  await page.context().setOffline(false);
  await sees(page, 'many 119', 60000);
  const ids = await page.locator('.line[data-id]').evaluateAll((l) => l.map((e) => e.dataset.id));
  assert.equal(new Set(ids).size, ids.length);
  await liveState(page, 'live', 40000);
});
await test('a client that stops reading costs the broker little and hears the rest by replay', async () => {
  // The whole page is stopped, as by a sleeping laptop: its socket is not read.
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' }).catch(() => {});
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${s.children.get('mosquitto').pid}/status`, 'utf8'))[1]);
  const before = rss();
  for (let i = 0; i < 60; i++) await say(`frozen ${i}`);
  await cdp.send('Page.setWebLifecycleState', { state: 'active' }).catch(() => {});
  await sees(page, 'frozen 59', 60000);
  note(`broker: ${before} kB before, ${rss()} kB after`);
  assert.ok(rss() < before + 20000);
});
await test('out of the team: the connection is closed (0x98) within a second or so, and comes back without its room', async () => {
  await page.evaluate(() => { window.states = []; new MutationObserver(() => window.states.push(document.querySelector('.live').dataset.state)).observe(document.querySelector('.live'), { attributes: true }); });
  s.sql('DELETE FROM team_member');
  await say('NOT FOR HIM ANY MORE');
  await until('he was sent away', () => page.evaluate(() => window.states.includes('reconnecting')), 5000);
  await liveState(page, 'live', 15000);
  await say('NOR THIS');
  await sleep(500);
  assert.equal(await page.locator('.summary', { hasText: /NOT FOR HIM|NOR THIS/ }).count(), 0);
});
await test('back in the team: he hears it again, without a reload', async () => {
  s.ctl('join-team', member.email, '--org', 'acme', '--team', 'red');
  await sleep(2500);
  await liveState(page, 'live', 15000);
  await say('for him again');
  await sees(page, 'for him again', 5000);
});
await test('a logout in one tab ends the other: no line more, and the sign-in page', async () => {
  const other = await page.context().newPage();
  await other.goto(s.url + '/dashboard/activity');
  await liveState(other, 'live');
  page.expected.push(/401/);
  other.expected = page.expected;
  await signOut(other);
  await other.waitForSelector('#email');
  // The other tab has the same cookie but a session of its own? No: the same.
  await page.waitForSelector('#email', { timeout: 15000 });
  await say('nobody sees this');
});
await test('out of the organisation: signed out at once', async () => {
  const p = await openPage(browser, s, { who: owner });
  p.expected.push(/401|Failed to load/);
  await liveState(p, 'live');
  s.sql("DELETE FROM membership WHERE role = 'owner'");
  await p.waitForSelector('#email', { timeout: 15000 });
  await p.context().close();
});
await test('a session whose time has come is closed, though the connection was open', async () => {
  const third = s.person('acme', 'admin');
  await s.settled();
  let cut;
  const p = await openPage(browser, s, { who: third, before: (p) => p.routeWebSocket(/mqtt/, (ws) => { ws.connectToServer(); cut = () => ws.close(); }) });
  p.expected.push(/401|Failed to load|WebSocket/);
  await liveState(p, 'live');
  // Without the cookie nothing renews it; a new connection learns its end.
  await p.context().clearCookies({ name: 'pulse_refresh' });
  s.sql("UPDATE session SET expires_at = now() + interval '12 seconds' WHERE user_id = (SELECT id FROM user_account WHERE email LIKE 'admin@%')");
  const before = cut;
  await before();
  await until('it connected anew', () => cut !== before);
  await liveState(p, 'live', 10000);
  await p.waitForSelector('#email', { timeout: 30000 });
  await p.context().close();
});
await test('where no WebSocket comes through: three tries, then Polling, and events still arrive', async () => {
  const who = s.person('acme', 'admin');
  await s.settled();
  // A proxy that breaks every WebSocket, as some companies have.
  const p = await openPage(browser, s, { before: (p) => p.routeWebSocket(/mqtt/, (ws) => ws.close()) });
  p.expected.push(/WebSocket|ERR_/);
  await p.fill('#email', who.email);
  await p.fill('#password', who.password);
  await p.press('#password', 'Enter');
  await liveState(p, 'polling', 30000);
  await say('by polling', { repository: { id: 6, full_name: 'acme/hidden' } });
  await sees(p, 'by polling', 15000);
  assert.deepEqual(p.complaints, []);
  await p.context().close();
});
await test('no complaint on the console beyond what was provoked', () => assert.deepEqual(page.complaints, []));
await browser.close();
await s.stop();
done();
