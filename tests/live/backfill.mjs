#!/usr/bin/env node
// backfill.mjs - a repository is connected, and its history comes: the same as
// its webhooks would have told, whatever happens on the way.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { done, note, test, until } from '../lib/tap.mjs';
import { Stack } from '../lib/stack.mjs';
import { FakeGithubApi } from '../lib/fake-github-api.mjs';

const hub = await new FakeGithubApi({ repos: 14, pulls: 50 }).start();
const s = await Stack.start({ settings: { GITHUB_URL: hub.url, GITHUB_HOST: '127.0.0.1', PRIVATE_HOSTS: '127.0.0.1' } });
const owner = s.person('acme', 'owner'), member = s.person('acme', 'member', 'red');
const token = await s.login(owner), theirs = await s.login(member);
const build = process.env.PULSE_BUILD;
const start = (job) => { const c = spawn(`${build}/${job}`, [], { env: s.env, stdio: ['ignore', 'pipe', 'pipe'] }); c.said = ''; c.stderr.on('data', (d) => { c.said += d; }); c.stdout.resume(); c.over = new Promise((ok) => c.on('exit', (code, signal) => ok({ code, signal, said: c.said }))); return c; };
const job = async (name) => { const r = await start(name).over; assert.equal(r.code, 0, r.said); return r; };
const send = (method, path, body, t = token) => s.request(method, '/api/v1' + path, { body: body && JSON.stringify(body), headers: { 'content-type': 'application/json', authorization: 'Bearer ' + t } });
const is = (r, status) => { assert.equal(r.status, status, String(r.raw)); return r.json; };
// All that an organisation's records say; but for which telling said it last.
const rows = () => s.sql(['commit', 'pull_request', 'review', 'issue', 'deployment', 'deployment_status', 'release', 'build'].map((t) => `SELECT '${t}', r.github_id, md5(string_agg(x.j, '|' ORDER BY x.j)) FROM repository r CROSS JOIN LATERAL (SELECT (to_jsonb(c) - 'org_id' - 'repo_id' - 'version' - 'digest' - 'full_version' - 'full_digest')::text AS j FROM ${t} c WHERE c.org_id = r.org_id AND c.repo_id = r.id) x WHERE r.org_id = 1 GROUP BY 2`).join(' UNION ALL ') + ' ORDER BY 1, 2')
  + s.sql(`SELECT '\nlines|' || r.github_id || '|' || md5(string_agg(e.key || ' ' || e.at || ' ' || regexp_replace(e.json, '"(id|repoId)":"[0-9]+"', '', 'g'), '|' ORDER BY e.key)) FROM activity_event e JOIN repository r ON r.org_id = e.org_id AND r.id = e.repo_id WHERE e.org_id = 1 GROUP BY r.github_id ORDER BY 1`);
const units = (where = '') => s.sql(`SELECT count(*) FROM job_unit WHERE job = 'backfill-repos' AND state <> 'FINISHED' ${where}`);
const due = () => s.sql("UPDATE job_unit SET not_before = now() WHERE not_before IS NOT NULL AND state <> 'FINISHED'");
const finish = async () => { for (let i = 0; i < 60 && units() !== '0'; i++) { due(); await job('backfill-repos'); } assert.equal(units(), '0', s.sql("SELECT string_agg(message, ', ') FROM job_unit")); };
let integration;

await test('a token is tried before it is kept, and kept sealed', async () => {
  is(await send('POST', '/integrations', { kind: 'github_token', token: 'ghp_wrong' }), 400);
  is(await send('POST', '/integrations', { kind: 'github_token', token: 'x', host: 'evil.test' }), 400);
  integration = is(await send('POST', '/integrations', { kind: 'github_token', token: hub.token() }), 201);
  assert.deepEqual([integration.kind, integration.host, integration.name, integration.state], ['github_token', '127.0.0.1', 'ann', 'ok']);
  assert.ok(!s.sql('SELECT credential FROM github_connection').includes('ghp_'));
  assert.deepEqual(is(await send('GET', '/integrations'), 200).data, [integration]);
  is(await send('GET', '/integrations', undefined, theirs), 403);
});
await test('what may be connected is listed once in ten minutes, and found by a part of its name', async () => {
  const before = hub.calls.length, list = is(await send('GET', '/repos/available', undefined, theirs), 200);
  assert.deepEqual([list.data.length, list.refreshing, list.data[0].fullName, list.data[0].connected], [14, false, 'acme/repo-000', false]);
  assert.equal(is(await send('GET', '/repos/available?q=O-00&limit=3'), 200).data.length, 3);
  assert.equal(hub.calls.length, before + 1);
});
await test('a repository that is connected with a token has its history: lines in the feed, pull requests with their reviews', async () => {
  const got = is(await send('POST', '/repos/connect', { repositories: ['5000'] }), 202);
  assert.equal(got.connected, 1);
  const id = got.data[0].id;
  assert.equal(is(await send('GET', `/repos/${id}/sync`), 200).state, 'PENDING');
  await finish();
  const sync = is(await send('GET', `/repos/${id}/sync`), 200), repo = is(await send('GET', `/repos/${id}`), 200);
  assert.equal(repo.webhook, 'active');
  assert.equal(repo.defaultBranch, 'main');
  assert.ok(sync.lastSyncedAt, JSON.stringify(sync));
  const pulls = is(await send('GET', `/repos/${id}/pull-requests?limit=100`), 200).data;
  assert.equal(pulls.length, 50);
  const p = hub.repos[0].pulls.find((x) => x.reviews.length === 2), one = is(await send('GET', `/pull-requests/${id}-${p.number}`), 200);
  assert.equal(one.reviews.length, 2);
  assert.ok((await s.get('/api/v1/activity?limit=100', token)).json.data.length >= 100);
});
await test('its webhook is made at GitHub with the door and its secret, and what it sends is taken in', async () => {
  const [hook] = hub.repos[0].hooks;
  assert.ok(hook.config.url.endsWith('/webhooks/github/' + integration.id));
  const door = new URL(hook.config.url).pathname.replace('/api/v1/webhooks/github', '');
  const r = await s.deliver('issues', { action: 'opened', issue: hub.issue(hub.repos[0], { number: 77777, id: 7, title: 'New', author: hub.people[0], created: Date.now() }), repository: hub.repository(hub.repos[0]), sender: hub.user(hub.people[0]) }, { door, secret: hook.config.secret });
  assert.equal(r.status, 202, String(r.raw));
  assert.equal(s.sql('SELECT count(*) FROM issue WHERE number = 77777'), '1');
  s.sql('DELETE FROM issue WHERE number = 77777; DELETE FROM activity_event WHERE key LIKE \'issue/77777/%\'');
});
// --- the same rows whatever happens -------------------------------------------
let calm, ids, quiet;
const reset = () => s.sql("DELETE FROM repository; DELETE FROM job_unit; DELETE FROM activity_event WHERE org_id = 1; UPDATE github_connection SET budgets = '{0,0,0,0,0,0}', not_before = NULL, strikes = 0, state = 'ok'");
const connect = async () => { for (const r of hub.repos) r.hooks = []; reset(); ids = is(await send('POST', '/repos/connect', { pattern: 'acme/*' }), 202).data.map((x) => x.id); assert.equal(ids.length, 14); hub.calls.length = 0; };
await test('devlake #6853 #9058, a full sync takes days: connected by pattern, 14 repositories of 50 pull requests come, the last 30 days of all before what is older', async () => {
  await connect();
  await finish();
  calm = rows();
  quiet = hub.calls.length;
  const queries = hub.calls.filter((c) => c.path === '/api/graphql').map((c) => [c.body.variables.name, c.body.variables.after]);
  const firsts = queries.filter(([, after]) => !after).length;
  assert.equal(firsts, 14);
  const second = hub.calls.findIndex((c) => c.path === '/api/graphql' && c.body.variables.after && !hub.calls.slice(hub.calls.indexOf(c) + 1).some((d) => d.path.endsWith('/hooks')));
  assert.ok(hub.calls.slice(0, second).filter((c) => c.path.endsWith('/hooks')).length === 14, 'all have had their turn');
  assert.equal(s.sql('SELECT count(*) FROM pull_request'), '700');
  note(`${quiet} calls`);
});
await test('killed with -9 ten times, it comes to the same rows with at most 5 % more calls', async () => {
  await connect();
  for (let kills = 0, rnd = 9; kills < 10; kills++) {
    const child = start('backfill-repos'), upto = hub.calls.length + 8 + ((rnd = (rnd * 7919 + 13) % 10007) % 12);
    await until('it has got on', () => hub.calls.length >= upto || child.exitCode !== null);
    child.kill('SIGKILL');
    assert.equal((await child.over).signal, 'SIGKILL', child.said);
    s.sql("UPDATE job_unit SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL");
  }
  await finish();
  assert.equal(rows(), calm);
  assert.ok(hub.calls.length <= quiet * 1.05, `${hub.calls.length} calls, ${quiet} undisturbed`);
  note(`${hub.calls.length} calls, ${quiet} undisturbed`);
});
await test('two runs at once come to the same rows', async () => {
  await connect();
  for (let i = 0; i < 20 && units() !== '0'; i++) { due(); await Promise.all([job('backfill-repos'), job('backfill-repos')]); }
  assert.equal(rows(), calm);
});
await test('502 on large pages, 5xx, answers cut short and lists that are not there: the same rows, with smaller pages', async () => {
  await connect();
  const sizes = new Set();
  let n = 0;
  hub.script = (c) => {
    if (c.path === '/api/graphql') { const { size } = c.body.variables; sizes.add(size); if (size > 12 && c.body.variables.name.endsWith('3')) return { status: 502 }; if (++n % 17 === 0) return { status: 200, body: { errors: [{ message: 'Something went wrong while executing your query' }] } }; }
    if (c.path.includes('/deployments') && c.query.includes('per_page=100') && c.path.includes('repo-004')) return { status: 504 };
    if (c.path.endsWith('/releases') && c.path.includes('repo-001')) return { status: 404 };
    return ++n % 40 === 0 ? { status: 503 } : undefined;
  };
  await finish();
  hub.script = null;
  assert.ok(sizes.has(25) && sizes.has(12), [...sizes].join());
  const others = (x) => x.split('\n').filter((l) => !/^(release|lines)\|5001/.test(l));
  assert.deepEqual(others(rows()), others(calm));
  assert.notEqual(s.sql("SELECT count(*) FROM job_run WHERE job = 'backfill-repos' AND (counted->>'left')::int > 0"), '0', 'that it was left is in the history');
});
await s.stop();
await hub.stop();
done();
