#!/usr/bin/env node
// ingestion.mjs - repositories, integrations, jobs and dead letters as a person
// sees them. Answers from contract.mjs.
import assert from 'node:assert/strict';
import { done, note, test, until } from '../lib/tap.mjs';
import { accessible, openBrowser, openPage, sizes } from '../lib/browser.mjs';
import { everyLook } from '../lib/looks.mjs';
import { contract, problem } from '../lib/contract.mjs';
import { repos } from '../lib/contract-ingestion.mjs';
import { Stack } from '../lib/stack.mjs';

const s = await Stack.start();
const browser = await openBrowser();
const open = (path, options = {}) => openPage(browser, s, { path: '/dashboard/' + path, viewport: sizes.desktop, before: contract(options), ...options.context });
const asked = (page, method, path) => page.asked.filter(([m, p]) => m === method && p.startsWith(path)).map(([, , body]) => body);
const says = (page, text) => page.waitForFunction((t) => document.body?.innerText.includes(t), text);
const shut = async (page) => { assert.deepEqual(page.complaints, []); await page.context().close(); };
const none = { data: [], next: null };
const where = [['repos', 'repos'], ['repo', 'repos/2'], ['integrations', 'settings/integrations'], ['jobs', 'jobs'], ['dead-letters', 'jobs/dead-letters'], ['dead-letter', 'jobs/dead-letters/1']];
const first = { repos: '/repos', repo: '/repos/:id', integrations: '/integrations', jobs: '/jobs', 'dead-letters': '/dead-letters', 'dead-letter': '/dead-letters/:id' };
const names = (page, label) => page.locator(`[aria-label="${label}"] tbody .main strong`).allTextContents();

await test('every page of ingestion: axe-core finds nothing, at 390 and 1280 px, light and dark; nothing moves, nothing complains', async () => {
  note(`${await everyLook(browser, s, [...where.map(([name, path]) => [name, '/dashboard/' + path, {}]), ['no-repos', '/dashboard/repos', { over: { 'GET /repos': none } }]])} looks`);
});
await test('nothing there: each list says what will be there, and how', async () => {
  const page = await open('repos', { over: { 'GET /repos': none, 'GET /integrations': none, 'GET /jobs': none, 'GET /jobs/runs': none, 'GET /dead-letters': { ...none, count: 0 } } });
  for (const [path, words] of [['repos', 'No repositories yet'], ['settings/integrations', 'The GitHub App is not installed'], ['jobs', 'No jobs here'], ['jobs/dead-letters', 'Nothing was left unread'], ['jobs/dead-letters?event=push', 'No push among them']]) {
    await page.goto(`${s.url}/dashboard/${path}`);
    await says(page, words);
  }
  await shut(page);
});
await test('no answer, or no such route: each page says so, and asks again on request', async () => {
  const page = await open('activity');
  page.expected.push(/503|404|Failed to load/);
  for (const [i, [name, path]] of where.entries()) {
    const [status, words] = i % 2 ? [404, 'Not found'] : [503, 'The database is not available'];
    page.answers[`GET ${first[name]}`] = problem(status, words);
    await page.goto(`${s.url}/dashboard/${path}`);
    await says(page, words);
    delete page.answers[`GET ${first[name]}`];
    await page.click('text=Try again');
    await page.waitForFunction(() => !document.querySelector('.notice.bad [class=button], [aria-busy]'));
  }
  await shut(page);
});
await test('a repository is searched for by the server, and the search stands in the address', async () => {
  const page = await open('repos?q=ledger');
  await page.waitForSelector('tbody tr');
  assert.deepEqual(await names(page, 'Repositories'), ['acme/ledger']);
  await page.fill('.search', 'doc');
  await page.waitForFunction(() => document.querySelector('tbody .main strong')?.textContent === 'acme/docs');
  assert.equal(new URL(page.url()).searchParams.get('q'), 'doc');
  await page.fill('.search', 'nowhere');
  await says(page, 'No repository has this in its name');
  await shut(page);
});
await test('5,000 repositories: page by page as it is scrolled, to the last, and each still answers', async () => {
  const all = Array.from({ length: 5000 }, (_, i) => ({ ...repos[i % repos.length], id: String(i + 1), fullName: `acme/r${i + 1}` }));
  const page = await open('repos', { over: { 'GET /repos': (_, q) => { const from = Number(q.get('cursor') || 0); return { data: all.slice(from, from + 100), next: from + 100 < all.length ? String(from + 100) : null }; } } });
  await page.waitForSelector('tbody tr');
  assert.ok(asked(page, 'GET', '/repos?').length <= 2);
  await page.evaluate(() => { new MutationObserver(() => scrollTo(0, document.body.scrollHeight)).observe(document.querySelector('tbody'), { childList: true }); scrollTo(0, document.body.scrollHeight); });
  const began = Date.now();
  // Not the whole page's text: to ask for that lays out every row.
  await page.waitForFunction(() => document.querySelector('.panel header [role=status]').textContent === '5,000 repositories', null, { timeout: 60000 });
  note(`${Date.now() - began} ms to the end of 5,000`);
  assert.equal(new Set(page.asked.map(([, p]) => p).filter((p) => p.startsWith('/repos?'))).size, 50);
  const pressed = Date.now();
  await page.locator('[aria-label="More on acme/r4999"]').click();
  await page.waitForSelector('[role=menuitem]:focus');
  note(`${Date.now() - pressed} ms to a menu there`);
  await shut(page);
});
await test('a page of the list that fails is told, and comes on request', async () => {
  let fails = true;
  const page = await open('repos', { over: { 'GET /repos': (_, q) => q.get('cursor') ? (fails ? problem(503, 'The database is not available') : { data: [repos[5]], next: null }) : { data: repos.slice(0, 5), next: '5' } } });
  page.expected.push(/503/);
  await says(page, 'The rest could not be loaded: The database is not available');
  fails = false;
  await page.click('text=Show more');
  await says(page, '6 repositories');
  await shut(page);
});
await test('repositories are chosen and connected; a full plan is told in the dialog; they stand at the top', async () => {
  const page = await open('repos', { over: { 'POST /repos/connect': problem(409, 'The plan has room for 50 repositories') } });
  page.expected.push(/409/);
  await page.click('button:has-text("Connect")');
  await page.waitForSelector('.choices li');
  await accessible(page, 'the dialog');
  await page.click('dialog button[type=submit]');
  await says(page, 'Choose at least one');
  assert.equal(await page.locator('.choices li:has-text("connected") input').isDisabled(), true);
  await page.fill('dialog .search', 'app');
  await page.waitForFunction(() => document.querySelectorAll('.choices li').length === 1);
  await page.check('.choices li:has-text("acme/app") input');
  await page.fill('dialog .search', '');
  await page.waitForFunction(() => document.querySelectorAll('.choices li').length === 5);
  await page.check('.choices li:has-text("acme/api") input');
  assert.equal(await page.locator('.choices li:has-text("acme/app") input').isChecked(), true);
  await page.click('text=Connect 2 repositories');
  await says(page, 'The plan has room for 50 repositories');
  page.answers['POST /repos/connect'] = [202, { connected: 2, data: [{ id: '102' }, { id: '101' }] }];
  for (const [id, fullName] of [['102', 'acme/app'], ['101', 'acme/api']]) page.answers[`GET /repos/${id}`] = { ...repos[2], id, fullName };
  await page.click('text=Connect 2 repositories');
  await says(page, '2 repositories are connected');
  assert.deepEqual(asked(page, 'POST', '/repos/connect').at(-1), { repositories: ['102', '101'] });
  await until('they stand at the top', async () => String((await names(page, 'Repositories')).slice(0, 3)) === 'acme/app,acme/api,acme/checkout');
  await shut(page);
});
await test('by a pattern: how many it fits is told before', async () => {
  const page = await open('repos');
  await page.click('button:has-text("Connect")');
  await page.click('text=By a pattern');
  await page.keyboard.type('acme');
  await page.keyboard.press('Enter');
  await says(page, 'An owner, a slash and a name');
  await page.keyboard.type('/*');
  await says(page, '4 repositories fit, of which 1 is connected already');
  await page.keyboard.press('Enter');
  await says(page, '2 repositories are connected');
  assert.deepEqual(asked(page, 'POST', '/repos/connect'), [{ pattern: 'acme/*' }]);
  await shut(page);
});
await test('who may only look is not offered to connect; a member lets go what he connected, and no other', async () => {
  const viewer = await open('repos', { role: 'viewer' });
  await viewer.waitForSelector('tbody tr');
  assert.equal(await viewer.locator('button:has-text("Connect")').count(), 0);
  assert.deepEqual(await viewer.locator('.nav a').allTextContents(), ['Activity', 'Repositories', 'Settings']);
  await viewer.goto(`${s.url}/dashboard/repos/2`);
  await says(viewer, 'Coverage');
  assert.equal(await viewer.locator('text=/Disconnect|Read anew|Tokens for builds/').count(), 0);
  await shut(viewer);
  const member = await open('repos', { role: 'member', mine: '4' });
  const offers = async (name) => { await member.click(`[aria-label="More on ${name}"]`); await member.waitForSelector('[role=menuitem]:focus'); const all = await member.locator('.menu:popover-open [role=menuitem]').allTextContents(); await member.keyboard.press('Escape'); return all.includes('Disconnect'); };
  assert.equal(await offers('acme/search'), true);
  assert.equal(await offers('acme/checkout'), false);
  await shut(member);
});
await test('a repository is read anew on request', async () => {
  const page = await open('repos/2');
  page.answers['POST /repos/:id/sync'] = [202, { ...repos[2].sync, phase: 'sync' }];
  await page.click('text=Read anew');
  await says(page, 'acme/ledger is read at the next turn');
  await says(page, 'Waiting');
  await shut(page);
});
await test('a repository is disconnected by keyboard: menu, question, answer', async () => {
  const page = await open('repos');
  await page.focus('[aria-label="More on acme/docs"]');
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction(() => document.activeElement.textContent === 'Disconnect');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog button[type=submit]:focus');
  await page.keyboard.press('Enter');
  await says(page, 'acme/docs is disconnected');
  assert.equal(asked(page, 'POST', '/repos/6/disconnect').length, 1);
  assert.equal((await names(page, 'Repositories')).includes('acme/docs'), false);
  await shut(page);
});
await test('where no word comes live, how far a repository is is asked for', async () => {
  const page = await openPage(browser, s, { path: '/dashboard/repos', viewport: sizes.desktop, before: async (p) => { await p.clock.install(); await contract()(p); } });
  await says(page, '42 %');
  page.answers['GET /repos'] = { data: repos.map((r) => r.id === '2' ? { ...r, sync: { ...r.sync, progress: 58, phase: '90 days' } } : r), next: null };
  await page.clock.runFor(21000);
  await says(page, '58 % · last 90 days');
  await shut(page);
});
await test('a link to a pull request shows it; one that was not read is told of; the address follows', async () => {
  const page = await open('repos/2?pr=142');
  await says(page, 'changes requested');
  await accessible(page, 'a pull request');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !location.search);
  await page.click('.chip:has-text("Merged")');
  await page.waitForFunction(() => document.querySelectorAll('[aria-label="Pull requests"] tbody tr').length === 1);
  await page.click('text=Retry a payment once');
  await page.waitForFunction(() => location.search === '?pr=141');
  page.expected.push(/404/);
  await page.goto(`${s.url}/dashboard/repos/2?pr=7`);
  await says(page, 'Pull request #7 was not read yet');
  await shut(page);
});
await test('a token for builds is shown once, with the lines that a build needs, and revoked', async () => {
  const page = await open('repos/2');
  await page.click('button:has-text("New token")');
  await page.fill('dialog [name=name]', 'Nightly');
  await page.keyboard.press('Enter');
  await says(page, 'Nightly: copy it now');
  assert.equal(await page.inputValue('[aria-label="The new token"]'), 'pulse_repo_Zm9vYmFyYmF6cXV4kLm4');
  assert.ok((await page.inputValue('[aria-label="What a build runs"]')).includes(`${s.url}/api/v1/repos/2/coverage?sha=$GITHUB_SHA`));
  await page.click('[aria-label="Revoke Nightly"]');
  await page.click('dialog button[type=submit]');
  await says(page, 'The token is revoked');
  assert.equal(await page.locator('[aria-label="The new token"]').count(), 0);
  await page.click('[aria-label="Files at 3f9c2ab"]');
  await says(page, 'refund-of-a-very-long-path.c');
  await accessible(page, 'coverage of files');
  await shut(page);
});
await test('integrations: a token is given and never shown again, Jira is connected, what is refused is told at its field', async () => {
  const page = await open('settings/integrations', { over: { 'POST /integrations': problem(422, 'Not valid', [{ field: 'token', message: 'GitHub refused it' }]) } });
  page.expected.push(/422/);
  await page.click('text=Add a token');
  await page.fill('dialog [name=token]', 'ghp_x');
  await page.keyboard.press('Enter');
  await says(page, 'GitHub refused it');
  page.answers['POST /integrations'] = [201, { id: '9' }];
  await page.keyboard.press('Enter');
  await says(page, 'The token works and is kept');
  assert.deepEqual(asked(page, 'POST', '/integrations').at(-1), { kind: 'github_token', token: 'ghp_x' });
  assert.equal((await page.content()).includes('ghp_x'), false);
  await page.click('text=Connect Jira');
  await page.fill('dialog [name=host]', 'acme.atlassian.net');
  await page.fill('dialog [name=email]', 'ada@acme.test');
  await page.fill('dialog [name=token]', 'jira');
  await page.keyboard.press('Enter');
  await says(page, 'Set its webhook now');
  assert.deepEqual(await page.locator('.once input').evaluateAll((all) => all.map((i) => i.value)), [`${s.url}/api/v1/webhooks/jira/9`, 'sEcReT']);
  await accessible(page, 'a secret that is shown once');
  assert.deepEqual(asked(page, 'POST', '/integrations/jira').at(-1), { host: 'acme.atlassian.net', email: 'ada@acme.test', token: 'jira' });
  await page.click('[aria-label="More on Enterprise"]');
  await page.click('text=Replace the token');
  await page.fill('dialog [name=token]', 'ghp_y');
  await page.keyboard.press('Enter');
  await says(page, 'The token is replaced');
  assert.deepEqual(asked(page, 'PATCH', '/integrations/3'), [{ token: 'ghp_y' }]);
  await shut(page);
});
await test('the App is installed at GitHub; where there is none the page says who can set one up', async () => {
  const page = await open('settings/integrations', { over: { 'GET /integrations/github/install': { url: null } } });
  await page.click('button:has-text("Install")');
  await says(page, 'This installation has no GitHub App');
  page.answers['GET /integrations/github/install'] = { url: `${s.url}/dashboard/settings/integrations?github=installed` };
  await page.click('button:has-text("Install")');
  await says(page, 'The GitHub App is installed');
  await shut(page);
});
await test('a job is run, paused and resumed; where the server refuses it stays; one of the installation is not offered', async () => {
  const page = await open('jobs');
  await page.click('[aria-label="Run Read what waits"]');
  await says(page, 'Read what waits: within a minute');
  await page.click('[aria-label="Pause Read what waits"]');
  await page.waitForSelector('[aria-label="Resume Read what waits"]');
  page.answers['POST /jobs/:name/resume'] = problem(503, 'The database is not available');
  page.expected.push(/503/);
  await page.click('[aria-label="Resume Ask GitHub for what was missed"]');
  await says(page, 'as it was. The database is not available');
  await page.waitForSelector('[aria-label="Resume Ask GitHub for what was missed"]');
  assert.deepEqual(page.asked.filter(([m]) => m === 'POST').map(([, p]) => p).filter((p) => p.startsWith('/jobs')), ['/jobs/process-deliveries/run', '/jobs/process-deliveries/pause', '/jobs/sync-github/resume']);
  assert.equal(await page.locator('[aria-label$=" Retention"]').count(), 0);
  await shut(page);
});
await test('the history of a job goes on as it is scrolled, and stands in the address', async () => {
  const page = await open('jobs?job=sync-jira');
  await page.waitForFunction(() => { scrollTo(0, document.body.scrollHeight); return document.querySelectorAll('.runs tbody tr').length === 60; }, null, { polling: 50 });
  assert.equal(asked(page, 'GET', '/jobs/runs?job=sync-jira').length, 3);
  await page.selectOption('[aria-label="History of"]', 'clean-up');
  await page.waitForFunction(() => location.search === '?job=clean-up');
  await until('it is asked', () => asked(page, 'GET', '/jobs/runs?job=clean-up').length);
  await shut(page);
});
await test('a dead letter is replayed, inspected and discarded; one whose bytes are gone stays', async () => {
  const page = await open('jobs/dead-letters');
  page.expected.push(/410/);
  page.answers['POST /dead-letters/:id/replay'] = problem(410, 'Its bytes are kept no longer');
  await page.click('[aria-label="Replay pull_request 1"]');
  await says(page, 'It is not tried: Its bytes are kept no longer');
  delete page.answers['POST /dead-letters/:id/replay'];
  await page.click('[aria-label="Replay issues 3"]');
  await says(page, 'The issues is read again within a minute');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 2 && document.querySelector('.tabs .tag').textContent === '2');
  await page.click('text=Replay all');
  await page.click('dialog button[type=submit]');
  await says(page, 'They are read now');
  assert.equal(asked(page, 'POST', '/dead-letters/replay').length, 1);
  await page.click('a:has-text("pull_request")');
  await says(page, '<currency>');
  assert.equal(await page.locator('pre currency').count(), 0);
  await page.click('text=As it came');
  assert.ok((await page.textContent('pre')).startsWith('{"action":"opened","pull_request":{'));
  await page.click('text=Discard');
  await page.click('dialog button[type=submit]');
  await page.waitForURL('**/jobs/dead-letters');
  assert.equal(asked(page, 'DELETE', '/dead-letters/1').length, 1);
  await shut(page);
});
await test('what only admins may is not offered to a member, and its address says why', async () => {
  const page = await open('jobs/dead-letters', { role: 'member' });
  await says(page, 'This page is not for your role');
  assert.deepEqual(asked(page, 'GET', '/dead-letters'), []);
  await shut(page);
});
await test('a team is given any repository of the organisation, not only those that were busy lately', async () => {
  const page = await open('settings/teams/1');
  await page.selectOption('[aria-label="Choose a repository"]', { label: 'acme/docs' });
  await page.click('button:has-text("Add") >> nth=1');
  await until('it is put in', () => asked(page, 'PUT', '/teams/1/repos/6').length);
  await shut(page);
});
// From here on a server answers but for the lists, and the word comes live.
const admin = s.person('acme', 'admin');
await s.settled();
const tells = (unit, state, progress, job = 'backfill-repos') => s.sql(`INSERT INTO outbox (org_id, stream, room, payload) VALUES (1, 'job', 'org:1', '${JSON.stringify({ type: 'job_progress', room: 'org:1', data: { job, unit, runId: '7', state, progress, message: null } })}')`);
await test('how far a repository is comes live, and when it is done the page asks what became of it', async () => {
  let now = repos, count = 0;
  const page = await openPage(browser, s, { who: admin, viewport: sizes.desktop, path: '/dashboard/repos', before: (p) => p.route('**/api/v1/repos?*', (r) => { count++; return r.fulfill({ json: { data: now, next: null } }); }) });
  page.expected.push(/404/);
  await says(page, '42 %');
  await until('the broker has let it in', () => page.evaluate(() => performance.getEntriesByType('resource').some((e) => e.name.includes('/activity/stream'))));
  await until('it is told', async () => { tells('2', 'ACTIVE', 77); return page.waitForFunction(() => document.body.innerText.includes('77 %'), null, { timeout: 1500 }).then(() => true, () => false); }, 15000);
  assert.equal(count, 1);
  now = repos.map((r) => r.id === '2' ? { ...r, sync: { ...r.sync, state: 'FINISHED', progress: 100, lastSyncedAt: new Date().toISOString() } } : r);
  tells('2', 'FINISHED', 100);
  await page.waitForFunction(() => !document.querySelector('[aria-label="Progress of acme/ledger"]'));
  await says(page, 'acme/ledger is read');
  await shut(page);
});
await browser.close();
await s.stop();
done();
