#!/usr/bin/env node
// examples.mjs - every payload that GitHub publishes as an example, through a
// real server: read, repeated, shuffled, wrongly signed, cut and damaged.
import assert from 'node:assert/strict';
import { done, note, require, test, until } from '../lib/tap.mjs';
import { Stack, pool } from '../lib/stack.mjs';

const slow = !!process.env.PULSE_SANITIZED;
const sets = {};
for (const name of ['api.github.com', 'ghes-31', 'ghes-32', 'ghes-33', 'ghes-34', 'ghes-35'])
  sets[name] = require(`@octokit/webhooks-examples/${name}/index.json`).flatMap((x) => x.examples.map((body, i) => ({ event: x.name, body: JSON.stringify(body), json: body, id: `${name}-${x.name}-${i}` })));
// What the examples lack: a merged pull request and an approved review.
const derive = (event, action, change) => {
  const from = sets['api.github.com'].find((p) => p.event === event && p.json.action === action);
  const json = structuredClone(from.json);
  change(json);
  sets['api.github.com'].push({ event, json, body: JSON.stringify(json), id: `derived-${event}-${action}` });
};
derive('pull_request', 'closed', (j) => { j.pull_request.merged = true; j.pull_request.merged_at = j.pull_request.closed_at; j.pull_request.merge_commit_sha = 'c4295bd74fb0f4fda03689c3df3f2803b658fd85'; j.pull_request.merged_by = j.sender; j.pull_request.updated_at = '2019-05-15T15:21:19Z'; });
derive('pull_request_review', 'submitted', (j) => { j.review.state = 'approved'; j.review.id++; });
const all = Object.values(sets).flat();
const READ = ['push', 'pull_request', 'pull_request_review', 'pull_request_review_comment', 'pull_request_review_thread', 'issue_comment', 'issues', 'deployment', 'deployment_status',
  'workflow_run', 'check_run', 'check_suite', 'status', 'release', 'create', 'delete', 'repository', 'member', 'membership', 'organization', 'installation', 'installation_repositories'];
const TABLES = ['repository', 'commit', 'pull_request', 'review', 'comment', 'issue', 'deployment', 'deployment_status', 'release', 'build', 'git_ref', 'provider_account', 'activity_event', 'installation', 'rollup_day', 'delivery'];

const start = () => Stack.start({ settings: { ADOPT_REPOSITORIES: 'acme/everyone' } });
const prepare = (s) => { s.person('acme', 'owner'); s.ctl('create-team', 'everyone', '--org', 'acme', '--name', 'Everyone'); };
// Rows as they are, without what tells of this run: local ids, times of arrival.
const rows = async (s) => {
  await until('all deltas are folded', () => s.sql('SELECT fold_rollups(1000000); SELECT NOT EXISTS (SELECT FROM rollup_delta)').endsWith('t'));
  const out = {};
  for (const t of TABLES) {
    const key = { activity_event: `md5(e.json::jsonb #- '{id}' #- '{metadata,repoId}' || (CASE WHEN e.repo_id IS NULL THEN '{"timestamp":0}' ELSE '{}' END)::jsonb || jsonb_build_object('key', e.key, 'version', e.version, 'repo_', r.full_name))`.replace('md5(e.json::jsonb', 'md5((e.json::jsonb').replace("r.full_name))", "r.full_name))::text)") }[t];
    const skip = ['id', 'repo_id', 'received_at', 'connected_at', 'team_id', 'attempts', 'next_attempt_at', 'json', ...(t === 'activity_event' ? ['digest', 'at'] : [])];
    const cols = s.sql(`SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'pulse.${t}'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> ALL ('{${skip}}')`).split(', ').map((c) => 'e.' + c).join(', ');
    const join = t !== 'installation' && t !== 'delivery' && t !== 'provider_account' && t !== 'repository' ? 'LEFT JOIN repository r ON r.org_id = e.org_id AND r.id = e.repo_id' : '';
    out[t] = s.sql(`SELECT concat_ws('|', ${join ? 'r.full_name, r.github_id, ' : ''}${key ? key + ', ' : ''}ROW(${cols})::text) FROM ${t} e ${join} ORDER BY 1`);
  }
  return out;
};
const shuffle = (xs) => { const a = [...xs]; for (let i = a.length - 1; i > 0; i--) { const j = Math.floor(Math.random() * (i + 1)); [a[i], a[j]] = [a[j], a[i]]; } return a; };

const one = await start();
prepare(one);
const owner = await one.login({ email: 'owner@acme.test', password: 'password of owner@acme.test' });
let outcomes = {};
const send = async (s, p, options) => { const r = await s.deliver(p.event, p.body, { id: p.id, ...options }); outcomes[r.status] = (outcomes[r.status] || 0) + 1; return r; };

await test(`each of the ${all.length} examples, rightly signed, is accepted`, async () => {
  outcomes = {};
  const bad = [];
  await pool(all, 16, async (p) => { const r = await send(one, p); if (r.status !== 202 || r.json.status !== 'accepted') bad.push(p.id + ' ' + r.status + ' ' + r.raw); });
  assert.deepEqual(bad, []);
});
await test('there is no dead letter among them', () => assert.equal(one.sql("SELECT count(*) FROM delivery WHERE state <> 'done'"), '0'));
await test('every one of the events that are read is there to be read back through activity', async () => {
  const feed = [];
  for (let cursor = ''; cursor !== null;) {
    const r = await one.get(`/api/v1/activity?limit=100${cursor ? '&cursor=' + cursor : ''}`, owner);
    assert.equal(r.status, 200);
    feed.push(...r.json.data);
    cursor = r.json.next;
  }
  assert.equal(feed.length, Number(one.sql('SELECT count(*) FROM activity_event')));
  const types = { push: 'commit ref', pull_request: 'pull_request', pull_request_review: 'review', pull_request_review_comment: 'comment', pull_request_review_thread: 'comment', issue_comment: 'comment', issues: 'issue',
    deployment: 'deployment', deployment_status: 'deployment', workflow_run: 'build', check_run: 'build', check_suite: 'build', status: 'build', release: 'release', create: 'ref', delete: 'ref', repository: 'repository', member: 'member', membership: 'member', organization: 'member', installation: 'installation', installation_repositories: 'installation' };
  const missing = [];
  for (const p of all.filter((x) => READ.includes(x.event))) {
    const j = p.json, want = types[p.event].split(' ');
    // What the line must say of this very payload.
    const says = (e) => !want.includes(e.type) ? false
      : p.event === 'push' ? (j.commits.length ? j.commits.some((c) => e.metadata.sha === c.id && e.summary === c.message.split('\n')[0]) : e.summary.endsWith(j.ref.replace('refs/tags/', '')))
      : p.event === 'pull_request' ? e.metadata.number === j.number && e.summary === `#${j.number} ${j.pull_request.title}`.trim() && e.metadata.action === (j.pull_request.merged ? 'merged' : j.action)
      : p.event === 'pull_request_review' ? e.metadata.id === String(j.review.id) && e.summary === `${j.review.state} review on #${j.pull_request.number}` && e.metadata.action === j.action
      : p.event.endsWith('_comment') ? e.metadata.id === String(j.comment.id) && e.metadata.action === j.action
      : p.event === 'issues' ? e.metadata.id === String(j.issue.id) && e.metadata.action === j.action
      : p.event === 'deployment_status' ? e.metadata.id === String(j.deployment.id) && e.summary === `${j.deployment.environment} deployment: ${j.deployment_status.state}`
      : p.event === 'deployment' ? e.metadata.id === String(j.deployment.id) && e.metadata.action === 'created'
      : ['workflow_run', 'check_run', 'check_suite'].includes(p.event) ? e.metadata.id === String(j[p.event].id)
      : p.event === 'status' ? e.metadata.id === String(j.id)
      : p.event === 'release' ? e.metadata.id === String(j.release.id) && e.metadata.action === j.action
      : ['create', 'delete'].includes(p.event) ? e.summary.endsWith(j.ref) : e.metadata.action === j.action;
    if (!feed.some(says)) missing.push(p.id + ' ' + (j.action || ''));
  }
  assert.deepEqual(missing, []);
  note(`${feed.length} lines from ${all.length} deliveries`);
});
const first = await rows(one);
await test('twice over: all duplicates, no new rows', async () => {
  outcomes = {};
  await pool(all, 16, (p) => send(one, p));
  assert.deepEqual(outcomes, { 200: all.length });
  assert.deepEqual(await rows(one), first);
});
await test('the same content under new ids: no new records, no new lines but for what has no time of its own', async () => {
  const before = one.sql('SELECT count(*) FROM activity_event WHERE repo_id IS NOT NULL');
  await pool(all, 16, (p) => send(one, p, { id: 'again-' + p.id }));
  assert.equal(one.sql('SELECT count(*) FROM activity_event WHERE repo_id IS NOT NULL'), before);
  const after = await rows(one);
  for (const t of ['commit', 'pull_request', 'review', 'comment', 'issue', 'deployment', 'release', 'build', 'git_ref']) assert.equal(after[t], first[t], t);
});
await test('the roll-ups are what the records say', () => assert.equal(
  one.sql('SELECT kind, sum(amount) FROM rollup_day WHERE team_id = 0 GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1'), one.sql('SELECT kind, count(*) FROM figure_of_repository GROUP BY 1 ORDER BY 1')));
await test('in random order, 16 at once: the same rows', async () => {
  const two = await start();
  prepare(two);
  await pool(shuffle(all), 16, (p) => send(two, p));
  const second = await rows(two);
  await two.stop();
  for (const t of TABLES) assert.equal(second[t], first[t], t);
});
await test('wrongly signed: 403 every one, and nothing stored', async () => {
  const before = one.sql('SELECT count(*) FROM delivery');
  outcomes = {};
  await pool(all, 16, (p) => send(one, p, { id: 'wrong-' + p.id, secret: 'not the secret' }));
  assert.deepEqual(outcomes, { 403: all.length });
  assert.equal(one.sql('SELECT count(*) FROM delivery'), before);
});
await test('cut at every 97th byte and rightly signed: 2xx and a dead letter, every one', async () => {
  const cuts = sets['api.github.com'].filter((_, i) => !slow || i % 10 === 0).flatMap((p) => {
    const bytes = Buffer.from(p.body);
    return Array.from({ length: Math.floor((bytes.length - 1) / 97) }, (_, i) => ({ event: p.event, body: bytes.subarray(0, (i + 1) * 97), id: `cut-${p.id}-${i}` }));
  });
  outcomes = {};
  const bad = [];
  await pool(cuts, 32, async (p) => { const r = await send(one, p); if (r.status !== 202 || r.json.status !== 'dead_letter') bad.push(p.id + ' ' + r.status + ' ' + r.raw); });
  assert.deepEqual(bad.slice(0, 5), []);
  assert.equal(Number(one.sql("SELECT count(*) FROM delivery WHERE guid LIKE 'cut-%' AND state = 'dead' AND reason IS NOT NULL")), cuts.length);
  note(`${cuts.length} cuts`);
});
await test('one bit flipped and rightly signed: 2xx every one; what cannot be read is a dead letter', async () => {
  const flips = all.filter((_, i) => !slow || i % 4 === 0).flatMap((p) => Array.from({ length: slow ? 2 : 6 }, (_, i) => {
    const bytes = Buffer.from(p.body);
    bytes[Math.floor(Math.random() * bytes.length)] ^= 1 << Math.floor(Math.random() * 8);
    return { event: p.event, body: bytes, id: `flip-${p.id}-${i}` };
  }));
  outcomes = {};
  const bad = [];
  await pool(flips, 32, async (p) => { const r = await send(one, p); if (r.status !== 202) bad.push(p.id + ' ' + r.status + ' ' + r.raw); });
  assert.deepEqual(bad.slice(0, 5), []);
  note(`${flips.length} flips, ${one.sql("SELECT count(*) FROM delivery WHERE guid LIKE 'flip-%' AND state = 'dead'")} dead letters`);
});
await test('nothing crashed', () => {
  for (const name of ['pools', 'bridge', 'mosquitto']) assert.ok(!/a process ended|Sanitizer|runtime error/.test(one.log(name)), one.log(name).slice(0, 500));
});
await one.stop();
done();
