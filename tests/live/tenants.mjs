#!/usr/bin/env node
// tenants.mjs - a member of one organisation can neither read nor subscribe to
// anything of another: every route, every topic, and straight in SQL.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { done, note, require, test, until } from '../lib/tap.mjs';
import { Stack } from '../lib/stack.mjs';

const mqtt = require('mqtt');
const s = await Stack.start();
const people = { 'owner of A': s.person('a', 'owner'), 'member of A': s.person('a', 'member', 'red'), 'outsider in A': s.person('a', 'viewer', 'blue') };
const theirs = s.person('b', 'owner', 'green');
// In A: repository 1 of team red, 2 of team blue. In B: the same names, 3 of team green.
s.sql("INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'github.com', 1, 'x/secret'), (1, 'github.com', 2, 'x/other'), (2, 'github.com', 1, 'x/secret')");
const team = Object.fromEntries(s.sql('SELECT slug, id FROM team').split('\n').map((l) => l.split('|')));
s.sql(`INSERT INTO team_repository VALUES (1, ${team.red}, 1), (1, ${team.blue}, 2), (2, ${team.green}, 3)`);
const door = Object.fromEntries(['a', 'b'].map((org) => [org, Object.fromEntries(s.ctl('create-door', '--org', org).trim().split('\n').map((l) => l.split(' ')))]));
const now = () => new Date().toISOString();
const pr = (title, id = 1) => ({ action: 'opened', pull_request: { id: 1, number: 1, state: 'open', title, created_at: now(), updated_at: now(), user: { login: 'ann', id: 1 } }, repository: { id, full_name: 'x/secret' } });
const send = (org, body) => s.deliver('pull_request', body, { door: '/' + door[org].door, secret: door[org].secret });
await s.settled();
await test('each door writes to its own organisation', async () => {
  assert.equal((await send('a', pr('ours'))).status, 202);
  assert.equal((await send('b', pr('SECRET OF B'))).status, 202);
  assert.equal(s.sql('SELECT org_id, title FROM pull_request ORDER BY 1'), '1|ours\n2|SECRET OF B');
});
await s.settled();

const tokens = {};
for (const [name, who] of Object.entries(people)) tokens[name] = await s.login(who);
const bIds = { team: team.green, repo: '3', org: '2', user: s.sql("SELECT id FROM user_account WHERE email = 'owner-green@b.test'"), event: s.sql('SELECT max(id) FROM activity_event WHERE org_id = 2') };

// Every route of every program, from --routes, with B's ids in every parameter.
const routes = ['activity', 'auth', 'health', 'team', 'webhooks'].flatMap((program) => execFileSync(`${process.env.PULSE_BUILD}/${program}`, ['--routes'], { encoding: 'utf8' }).trim().split('\n').map((l) => {
  const [method, path, scope, , params] = l.split('\t');
  return { method, path, scope, params: (params || '').split(' ').filter(Boolean).map((p) => p.replace('?', '')) };
})).filter((r) => !['PUBLIC', 'SIGNED'].includes(r.scope) && r.path !== '/auth/logout');
let cases = 0;
const values = { team: [bIds.team], repo: [bIds.repo], author: ['ann'], type: ['pull_request'], after: [bIds.event, '0'], rooms: [`team:${bIds.team}`, `repo:${bIds.repo}`, `org:2`, `user:${bIds.user}`], cursor: ['b9999999999999-9223372036854775807'], limit: ['100'], from: ['1970-01-01T00:00:00Z'], to: ['2999-01-01T00:00:00Z'] };
for (const [name, token] of Object.entries(tokens)) await test(`${name}: no route shows anything of B, whatever is asked`, async () => {
  for (const r of routes) {
    const combinations = [[]];
    for (const p of r.params) for (const base of combinations.slice()) for (const v of values[p] || ['1']) combinations.push([...base, [p, v]]);
    for (const set of combinations) {
      cases++;
      const q = new URLSearchParams(set);
      const answer = r.method === 'GET' ? await s.get(`/api/v1${r.path}?${q}`, token) : await s.request(r.method, `/api/v1${r.path}`, { body: JSON.stringify(Object.fromEntries(set)), headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } });
      assert.ok(answer.status < 500, `${r.method} ${r.path}?${q}: ${answer.status}`);
      assert.ok(!/SECRET/.test(String(answer.raw)), `${r.method} ${r.path}?${q}: ${answer.raw}`);
      if (answer.status === 200) assert.ok(!new RegExp(`pulse/2/|"orgId":"2"`).test(String(answer.raw)), String(answer.raw));
    }
  }
});
await test('B itself sees it', async () => assert.match(String((await s.get('/api/v1/activity', await s.login(theirs))).raw), /SECRET OF B/));
await test('a token whose organisation was changed by hand is worth nothing', async () => {
  const [head, body, sign] = tokens['owner of A'].split('.');
  const forged = [head, Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url')), org: '2' })).toString('base64url'), sign].join('.');
  assert.equal((await s.get('/api/v1/activity', forged)).status, 401);
});

// Topics.
const patterns = [`pulse/2/team/${bIds.team}/#`, `pulse/2/team/${bIds.team}/event`, `pulse/2/repo/3/#`, 'pulse/2/org/2/#', `pulse/2/user/${bIds.user}/#`, 'pulse/2/#', 'pulse/#', '#', '+/#', 'pulse/+/team/+/event', `pulse/1/team/${bIds.team}/#`, 'pulse/1/repo/3/#', 'pulse/1/org/2/#', '$SYS/#', '$CONTROL/#', '$CONTROL/pulse/v1', `$share/g/pulse/2/team/${bIds.team}/#`, 'pulse/2/team/+/#', 'pulse/1/team/+/#', 'pulse/1/+/+/#'];
const connect = async (token, extra = {}) => {
  const st = (await s.post('/api/v1/activity/stream', {}, token)).json;
  const heard = [];
  const client = mqtt.connect(s.url.replace('http', 'ws') + '/mqtt', { clientId: st.clientId, password: st.password, username: '', protocolVersion: 5, reconnectPeriod: 0, wsOptions: { headers: { cookie: `pulse_live=${st.password}` } }, ...extra });
  client.on('message', (t, m) => heard.push([t, String(m)]));
  client.on('error', () => {});
  await until('connected', () => client.connected);
  return { client, heard, st };
};
const refused = (client, topic) => client.subscribeAsync(topic, { qos: 1 }).then((g) => g.every((x) => x.qos >= 128), () => true);
for (const name of Object.keys(tokens)) await test(`${name}: ${patterns.length} patterns are refused, and nothing of B is heard`, async () => {
  const { client, heard, st } = await connect(tokens[name]);
  // An owner may listen to any number of his own organisation; nothing of
  // another's ever has its topic there.
  const own = (topic) => name === 'owner of A' && /^pulse\/1\/(team|repo)\/\d+\/#$/.test(topic);
  for (const topic of patterns) { cases++; assert.ok(own(topic) || await refused(client, topic), topic); }
  for (const topic of Object.values(st.rooms)) assert.ok(!await refused(client, topic), topic);
  const title = 'SECRET heard by ' + name;
  await send('b', pr(title));
  await send('a', { ...pr('for all'), pull_request: { ...pr('for all').pull_request, number: 7 } });
  await new Promise((r) => setTimeout(r, 400));
  assert.ok(!heard.some(([t, m]) => m.includes('SECRET') || t.startsWith('pulse/2/')), JSON.stringify(heard));
  await client.endAsync(true);
});
await test('within one organisation: a member does not hear a team that is not his', async () => {
  const { client } = await connect(tokens['member of A']);
  assert.ok(await refused(client, `pulse/1/team/${team.blue}/#`));
  assert.ok(await refused(client, 'pulse/1/repo/2/#'));
  assert.ok(await refused(client, 'pulse/1/org/1/#'));
  assert.ok(!await refused(client, 'pulse/1/repo/1/#'));
  await client.endAsync(true);
});
await test('nobody may publish, to his own rooms neither', async () => {
  const { client, st } = await connect(tokens['member of A']);
  const listener = await connect(tokens['owner of A']);
  await listener.client.subscribeAsync(Object.values(listener.st.rooms), { qos: 1 });
  for (const topic of [`pulse/1/team/${team.red}/event`, 'pulse/1/org/1/job', '$CONTROL/pulse/v1', `pulse/1/user/1/notice`]) await client.publishAsync(topic, '{"type":"event","forged":true}', { qos: 1 }).catch(() => {});
  await new Promise((r) => setTimeout(r, 400));
  assert.ok(!listener.heard.some(([, m]) => m.includes('forged')));
  void st;
  client.end(true); listener.client.end(true);
});

// Straight in SQL, with the rights of the web programs.
const tables = s.sql("SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id' WHERE c.relnamespace = 'pulse'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition").split('\n');
const session = s.sql('SELECT id FROM session WHERE org_id = 1 LIMIT 1');
for (const role of ['web', 'read', 'auth']) await test(`in SQL as pulse_${role}: no row of B in any of ${tables.length} tables, whatever the settings say`, () => {
  for (const t of [...tables, 'organisation', 'user_account']) for (const setting of [
    `set_config('pulse.org_id', '2', false)`, `set_config('pulse.session', '${session}', false), set_config('pulse.org_id', '2', false)`, `set_config('pulse.session', '${session}', false), set_config('pulse.role', 'owner', false), set_config('pulse.user_id', '${bIds.user}', false)`, `set_config('pulse.session', '11111111-1111-1111-1111-111111111111', false)`, `1`]) {
    cases++;
    const where = t === 'organisation' ? 'id = 2' : t === 'user_account' ? "email LIKE '%b.test'" : 'org_id = 2';
    let rows;
    try { rows = s.sqlAs(role, `DO $$ BEGIN PERFORM ${setting}; END $$; SELECT count(*) FROM ${t} WHERE ${where}`); } catch (e) { assert.match(String(e.stderr), /permission denied/, t); continue; }
    // Auth looks accounts and sessions up before anybody is known: for logins.
    if (role === 'auth' && ['user_account', 'session', 'membership'].includes(t)) continue;
    assert.equal(rows, '0', `${t} with ${setting}`);
  }
});
await test('with a session of A the web role reads A', () => assert.equal(s.sqlAs('web', `DO $$ BEGIN PERFORM set_config('pulse.session', '${session}', false); END $$; SELECT count(*) FROM pull_request WHERE title = 'ours' OR number = 7`), '2'));
await test('the web role cannot read a password hash, a session or a secret', () => {
  for (const q of ['SELECT password_hash FROM user_account', 'SELECT * FROM user_account', 'SELECT id FROM session', 'SELECT secret FROM connection', 'SELECT hash FROM refresh_token', 'SELECT body FROM delivery_body', 'SELECT find_login(\'owner-green@b.test\')'])
    assert.throws(() => s.sqlAs('web', q), /permission denied/, q);
});
await test('no role of a program owns a table, bypasses row security, or may create one', () => {
  assert.equal(s.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pulse\\_%' AND rolname <> 'pulse_owner' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"), '0');
  assert.equal(s.sql("SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.relnamespace = 'pulse'::regnamespace AND r.rolname <> 'pulse_owner'"), '0');
  for (const role of ['web', 'auth', 'ingest', 'job', 'bridge', 'read']) assert.throws(() => s.sqlAs(role, 'CREATE TABLE pulse.mine (x int)'), /permission denied/);
});
await test('row security is forced on every table', () => assert.equal(s.sql("SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'pulse'::regnamespace AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)"), ''));
await test('every function that sees across tenants is owned by a role that cannot log in, or by the owner for partitions', () => assert.equal(
  s.sql("SELECT string_agg(p.proname, ',') FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.pronamespace = 'pulse'::regnamespace AND p.prosecdef AND r.rolcanlogin AND p.proname <> 'keep_partitions'"), ''));
note(`${cases} cases, no leak`);
await s.stop();
done();
