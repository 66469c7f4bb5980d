#!/usr/bin/env node
// jira.mjs - a Jira is read: all of it, what is new, and what is gone; whatever
// it does meanwhile. Complaints about others' readers have their number.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { done, note, test, until } from '../lib/tap.mjs';
import { FakeJira } from '../lib/fake-jira.mjs';
import { SECRET, Stack } from '../lib/stack.mjs';

const DAY = 86400000, now = Date.now();
const jira = await new FakeJira().start();
const s = await Stack.start({ settings: { PRIVATE_HOSTS: '127.0.0.1', JIRA_SECONDS: 1, JIRA_EVERY: 900, JIRA_OAUTH_CLIENT_ID: 'pulse', JIRA_OAUTH_CLIENT_SECRET: 'a-secret', JIRA_OAUTH_TOKEN_URL: jira.url + '/oauth/token' } });
const owner = s.person('acme', 'owner'), member = s.person('acme', 'member'), stranger = s.person('other', 'owner');
const token = await s.login(owner);
const run = (env = {}) => new Promise((ok) => execFile(process.env.PULSE_BUILD + '/sync-jira', { env: { ...s.env, JOB_SECONDS: 20, ...env } }, (error, out, err) => ok({ status: error ? error.code ?? error.signal : 0, err })));
const due = () => s.sql("UPDATE job_unit SET not_before = now()");
const unit = (what) => s.sql(`SELECT ${what} FROM job_unit WHERE job = 'sync-jira' ORDER BY unit::bigint LIMIT 1`);
const rows = () => s.sql(`SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM (SELECT i.id, key, summary, status_id, points, sprints, deleted, created_at, updated_at FROM jira_issue i) x`)
  + s.sql(`SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM (SELECT issue_id, history_id, field, at, from_id, from_text, to_id, to_text FROM jira_change) x`)
  + s.sql(`SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM jira_sprint_issue x`);
const forget = () => { s.sql("DELETE FROM jira_issue; DELETE FROM jira_change; DELETE FROM jira_sprint; DELETE FROM jira_sprint_issue; UPDATE job_unit SET checkpoint = '{}', not_before = now()"); };

// 300 issues of two sprints: every third done in the first, every third carried over.
jira.sprint(1, { state: 'closed', start: new Date(now - 30 * DAY).toISOString(), end: new Date(now - 16 * DAY).toISOString(), complete: new Date(now - 16 * DAY).toISOString() });
jira.sprint(2, { state: 'active', start: new Date(now - 15 * DAY).toISOString(), end: new Date(now - DAY).toISOString() });
const fill = (n) => {
  for (let i = 1; i <= n; i++) {
    jira.issue(i, { at: now - 60 * DAY + i * 1000, points: i % 5 || null, sprints: [1] });
    jira.change(i, now - 25 * DAY + i * 1000, { status: '3' });
    if (i % 3 === 0) jira.change(i, now - 20 * DAY + i * 1000, { status: '5' });
    if (i % 3 === 1) jira.change(i, now - 16 * DAY + 500, { sprints: [1, 2] });
  }
};
fill(300);

let door;
await test('a credential that Jira does not take is refused, and nothing is kept', async () => {
  const r = await s.post('/api/v1/integrations/jira', { host: jira.url, email: 'ann@acme.test', token: 'wrong' }, token);
  assert.equal(r.status, 400, String(r.raw));
  assert.equal(r.json.errors[0].field, 'token');
  assert.equal(s.sql('SELECT count(*) FROM connection'), '0');
});
await test('a host that the operator does not list is not asked', async () => {
  for (const host of ['https://evil.test', 'http://169.254.169.254', 'acme.atlassian.net.evil.test', 'file:///etc/passwd', 'https://x@acme.atlassian.net']) {
    const r = await s.post('/api/v1/integrations/jira', { host, email: 'a@b.test', token: 't' }, token);
    assert.deepEqual([r.status, r.json.errors?.[0].field], [400, 'host'], host + ' ' + r.raw);
  }
});
await test('a good one is sealed, and the webhook has a secret that is told once', async () => {
  const r = await s.post('/api/v1/integrations/jira', { host: jira.url, email: 'ann@acme.test', token: jira.token, name: 'Our Jira' }, token);
  assert.equal(r.status, 201, String(r.raw));
  door = { id: r.json.integration.id, secret: r.json.webhook.secret };
  assert.deepEqual([r.json.integration.kind, r.json.integration.deployment, r.json.integration.state, r.json.integration.sync.state], ['jira_token', 'cloud', 'ok', 'PENDING']);
  assert.equal(r.json.webhook.path, '/api/v1/webhooks/jira/' + door.id);
  assert.ok(!s.sql('SELECT credential FROM jira_connection').includes(jira.token));
  const list = await s.get('/api/v1/integrations/jira', token);
  assert.ok(!String(list.raw).includes(door.secret) && !String(list.raw).includes(jira.token));
});
await test('a member may not, and another organisation sees nothing of it', async () => {
  const theirs = await s.login(stranger);
  assert.equal((await s.get('/api/v1/integrations/jira', await s.login(member))).status, 403);
  assert.deepEqual((await s.get('/api/v1/integrations/jira', theirs)).json.data, []);
  assert.equal((await s.post(`/api/v1/integrations/jira/${door.id}/test`, {}, theirs)).status, 404);
  assert.equal((await s.request('DELETE', '/api/v1/integrations/jira/' + door.id, { headers: { authorization: 'Bearer ' + theirs } })).status, 404);
});
let whole;
await test('all issues come by the new search, where the old one is 410 (#8544), with their history and sprints', async () => {
  const r = await run();
  assert.equal(r.status, 0, r.err);
  assert.equal(s.sql('SELECT count(*) FROM jira_issue'), '300', unit('state, message, checkpoint') + r.err);
  assert.equal(s.sql("SELECT count(*) FROM jira_change WHERE field = 'status'"), '400');
  assert.equal(jira.asked.filter((a) => /\/api\/\d\/search$/.test(a.path)).length, 0);
  assert.equal(unit('state, progress, message'), 'FINISHED|100|300 issues read');
  const list = await s.get('/api/v1/integrations/jira', token);
  assert.deepEqual([list.json.data[0].pointsField, list.json.data[0].sprintField, list.json.data[0].sync.state], ['customfield_10016', 'customfield_10020', 'FINISHED']);
  whole = rows();
});
await test('the carry-over of a sprint is what was open at its close (#8967)', () => {
  assert.equal(s.sql('SELECT committed, completed, added, removed, carried_over FROM jira_sprint_figure WHERE sprint_id = 1'), '300|100|0|0|200');
  assert.equal(s.sql('SELECT committed FROM jira_sprint_figure WHERE sprint_id = 2'), '100');
});
await test('a second round asks for what is new only, and changes nothing else', async () => {
  due();
  const before = jira.asked.length;
  jira.change(7, Date.now(), { status: '5', summary: 'renamed' });
  assert.equal((await run()).status, 0);
  assert.equal(s.sql('SELECT summary, status_id FROM jira_issue WHERE id = 7'), 'renamed|5');
  assert.ok(jira.asked.length - before < 15, 'requests: ' + (jira.asked.length - before));
  assert.equal(unit('message'), '1 issues read');
});
await test('the same history by webhooks, in any order, with repeats, gives the same rows', async () => {
  whole = rows();
  const told = [...jira.issues.values()].slice(0, 20);
  s.sql(`DELETE FROM jira_issue WHERE id <= 20; DELETE FROM jira_change WHERE issue_id <= 20; DELETE FROM jira_sprint_issue WHERE issue_id <= 20`);
  const events = told.flatMap((i) => {
    // As it was at each of its moments, and what changed then.
    const now = { ...i };
    return [...i.history, null].map((line) => jira.webhook(door.secret, line ? 'jira:issue_updated' : 'jira:issue_created', line ? { ...now, updated: line.created, summary: line === i.history.at(-1) ? now.summary : 'then' } : { ...now, updated: now.created, summary: 'first' }, line));
  });
  for (const e of [...events, ...events.slice(0, 10)].sort((a, b) => a.body.length % 7 - b.body.length % 7)) {
    const r = await s.request('POST', '/api/v1/webhooks/jira/' + door.id, e);
    assert.ok([200, 202].includes(r.status), String(r.raw));
  }
  assert.equal(rows(), whole);
});
await test('killed at any page, and under a limit, it ends with the same rows and hardly more questions', async () => {
  forget();
  const plain = jira.asked.length;
  due();
  assert.equal((await run()).status, 0);
  const undisturbed = jira.asked.length - plain;
  assert.equal(rows(), whole);
  forget();
  const before = jira.asked.length;
  let kills = 0;
  jira.misbehave = { limit: { every: 9, seconds: 1 } };
  await until('it is read', async () => {
    s.sql("UPDATE job_unit SET not_before = now(), lease_until = NULL, tries = 0 WHERE state <> 'FINISHED'");
    const child = spawn(process.env.PULSE_BUILD + '/sync-jira', { env: { ...s.env, JOB_SECONDS: 20 }, stdio: 'ignore' });
    const ended = new Promise((ok) => child.on('exit', ok));
    const asked = jira.asked.length;
    if (kills < 4) { await Promise.race([ended, until('some questions', () => jira.asked.length > asked + 3 || child.exitCode !== null)]); if (child.exitCode === null) { child.kill('SIGKILL'); kills++; } }
    await ended;
    return unit('state') === 'FINISHED';
  }, 60000);
  jira.misbehave = {};
  assert.equal(rows(), whole);
  assert.ok(jira.asked.length - before < undisturbed * 3 + 30, `${jira.asked.length - before} questions, ${undisturbed} undisturbed`);
});
await test('a limit is waited for without a worker, as long as Jira says', async () => {
  due();
  jira.misbehave = { limit: { every: 1, seconds: 1800 } };
  const before = jira.asked.length, began = Date.now();
  assert.equal((await run()).status, 0);
  jira.misbehave = {};
  assert.equal(jira.asked.length - before, 1);
  assert.ok(Date.now() - began < 15000);
  assert.equal(unit("state, message, not_before > now() + interval '29 minutes' AND not_before < now() + interval '31 minutes'"), 'ACTIVE|it answered 429: Rate limit exceeded.|t');
});
await test('a page that takes Jira too long is asked for at half its size, until it comes (#7947)', async () => {
  forget();
  jira.misbehave = { slowAbove: 60 };
  assert.equal((await run()).status, 0);
  jira.misbehave = {};
  assert.equal(rows(), whole);
  assert.equal(unit('state'), 'FINISHED');
});
await test('one issue of no sense is passed over, and the others are there', async () => {
  forget();
  jira.misbehave = { oneBad: 5 };
  assert.equal((await run()).status, 0);
  jira.misbehave = {};
  assert.equal(s.sql('SELECT count(*) FROM jira_issue'), '299');
  assert.match(unit('message'), /^300 issues read, some passed over: fields.summary is not text$/);
  forget();
  await run();
  assert.equal(rows(), whole);
});
await test('a NUL byte in a text stops nothing (#5243)', async () => {
  jira.change(8, Date.now(), { summary: 'a\u0000b' });
  due();
  assert.equal((await run()).status, 0);
  assert.equal(s.sql('SELECT summary FROM jira_issue WHERE id = 8'), 'ab');
});
await test('a deleted issue disappears with its webhook, or with the weekly sweep (#9030)', async () => {
  const gone = jira.remove(10);
  const r = await s.request('POST', '/api/v1/webhooks/jira/' + door.id, jira.webhook(door.secret, 'jira:issue_deleted', gone));
  assert.equal(r.status, 202);
  assert.equal(s.sql('SELECT deleted FROM jira_issue WHERE id = 10'), 't');
  jira.remove(11);
  due();
  await run();
  assert.equal(s.sql('SELECT deleted FROM jira_issue WHERE id = 11'), 'f', 'the week is not over');
  s.sql("UPDATE jira_connection SET swept_at = now() - interval '8 days'");
  due();
  await run();
  assert.equal(s.sql('SELECT deleted, swept FROM jira_issue WHERE id = 11'), 't|t');
  assert.equal(s.sql('SELECT count(*) FROM jira_issue WHERE deleted'), '2');
  assert.equal(s.sql('SELECT committed FROM jira_sprint_figure WHERE sprint_id = 1'), '298');
});
await test('work that is logged, and taken back, is known', async () => {
  jira.worklog(1, 3, 3600); jira.worklog(2, 3, 60);
  due();
  await run();
  assert.equal(s.sql('SELECT string_agg(id || \':\' || seconds, \' \' ORDER BY id) FROM jira_worklog'), '1:3600 2:60');
  jira.removeWorklog(2);
  due();
  await run();
  assert.equal(s.sql('SELECT deleted FROM jira_worklog WHERE id = 2'), 't');
});
await test('two at once read it once', async () => {
  const before = rows();
  due();
  const asked = jira.asked.length;
  const both = await Promise.all([run(), run()]);
  assert.deepEqual(both.map((r) => r.status), [0, 0]);
  assert.equal(rows(), before);
  assert.ok(jira.asked.length - asked < 25);
});
await test('a token that was taken back stops the reading and is told; a new one begins it again', async () => {
  jira.token = 'another-token';
  due();
  assert.equal((await run()).status, 0);
  assert.equal(s.sql('SELECT state FROM jira_connection'), 'revoked');
  assert.equal(unit('state'), 'FAILED');
  assert.equal((await s.post(`/api/v1/integrations/jira/${door.id}/test`, {}, token)).json.state, 'revoked');
  const r = await s.request('PATCH', '/api/v1/integrations/jira/' + door.id, { body: JSON.stringify({ token: 'another-token' }), headers: { 'content-type': 'application/json', authorization: 'Bearer ' + token } });
  assert.equal(r.status, 200, String(r.raw));
  assert.equal((await s.post(`/api/v1/integrations/jira/${door.id}/test`, {}, token)).json.state, 'ok');
  assert.equal((await run()).status, 0);
  assert.equal(unit('state'), 'FINISHED');
});
await test('an OAuth token is renewed before it ends, and the new refresh token is kept', async () => {
  jira.refresh = 'the-first-refresh-token';
  const seal = (column, plain) => {
    const nonce = randomBytes(12), c = createCipheriv('aes-256-gcm', Buffer.from(SECRET + SECRET, 'hex'), nonce).setAAD(Buffer.from(`jira_connection.${column}/1/${door.id}`));
    return '0.' + Buffer.concat([nonce, c.update(plain), c.final(), c.getAuthTag()]).toString('base64url');
  };
  s.sql(`UPDATE jira_connection SET auth = 'oauth', credential = '${seal('credential', 'an-old-access-token')}', refresh = '${seal('refresh', jira.refresh)}', refresh_at = now() - interval '1 hour'`);
  due();
  assert.equal((await run()).status, 0);
  assert.equal(unit('state'), 'FINISHED', unit('message'));
  assert.equal(s.sql("SELECT refresh_at > now() + interval '50 minutes' FROM jira_connection"), 't');
});
await test('when it is taken away all that was read goes with it, and its door is shut', async () => {
  const r = await s.request('DELETE', '/api/v1/integrations/jira/' + door.id, { headers: { authorization: 'Bearer ' + token } });
  assert.equal(r.status, 204, String(r.raw));
  assert.equal(s.sql('SELECT (SELECT count(*) FROM jira_issue) + (SELECT count(*) FROM jira_change) + (SELECT count(*) FROM jira_sprint_issue) + (SELECT count(*) FROM job_unit)'), '0');
  assert.equal((await s.request('POST', '/api/v1/webhooks/jira/' + door.id, jira.webhook(door.secret, 'jira:issue_updated', 3))).status, 403);
});
await test('Data Center is read by its own search, with a personal access token', async () => {
  const center = await new FakeJira({ cloud: false, token: 'a-personal-token' }).start();
  center.sprint(1, { name: 'One, two', state: 'closed', start: new Date(now - 30 * DAY).toISOString(), complete: new Date(now - 16 * DAY).toISOString() });
  for (let i = 1; i <= 120; i++) { center.issue(i, { at: now - 60 * DAY + i, points: 2, sprints: [1] }); if (i % 2) center.change(i, now - 20 * DAY, { status: '5', points: 3 }); }
  const r = await s.post('/api/v1/integrations/jira', { host: center.url, token: 'a-personal-token' }, token);
  assert.equal(r.status, 201, String(r.raw));
  assert.equal(r.json.integration.deployment, 'server');
  assert.equal((await run()).status, 0);
  assert.equal(s.sql('SELECT name, committed, committed_points, completed, completed_points, carried_over FROM jira_sprint_figure s WHERE sprint_id = 1'), 'One, two|120|240|60|180|60', unit('message'));
  await center.stop();
});
await test('ten thousand issues with their history come in pages of a hundred, in bounded memory', async () => {
  const large = await new FakeJira().start();
  large.sprint(1, { state: 'closed', start: new Date(now - 30 * DAY).toISOString(), complete: new Date(now - 16 * DAY).toISOString() });
  for (let i = 1; i <= 10000; i++) { large.issue(i, { at: now - 60 * DAY + i * 100, points: 1, sprints: i % 10 ? [] : [1] }); large.change(i, now - 25 * DAY + i * 100, { status: '3' }); large.change(i, now - 20 * DAY + i * 100, { status: '5' }); }
  assert.equal((await s.post('/api/v1/integrations/jira', { host: large.url, email: 'ann@acme.test', token: large.token }, token)).status, 201);
  let peak = 0;
  await until('all is read', async () => {
    const child = spawn(process.env.PULSE_BUILD + '/sync-jira', { env: { ...s.env, JOB_SECONDS: 50 }, stdio: 'ignore' });
    const ended = new Promise((ok) => child.on('exit', ok));
    const look = setInterval(() => { try { peak = Math.max(peak, Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8'))[1])); } catch { /* it has ended */ } }, 50);
    await ended;
    clearInterval(look);
    return s.sql("SELECT state FROM job_unit ORDER BY unit::bigint DESC LIMIT 1") === 'FINISHED';
  }, 120000);
  assert.equal(s.sql('SELECT count(*), count(*) FILTER (WHERE status_id = 5) FROM jira_issue WHERE connection_id = (SELECT max(id) FROM jira_connection)'), '10000|10000');
  assert.equal(s.sql('SELECT count(*) FROM jira_change WHERE connection_id = (SELECT max(id) FROM jira_connection)'), '20000');
  assert.equal(s.sql('SELECT completed FROM jira_sprint_figure WHERE connection_id = (SELECT max(id) FROM jira_connection)'), '1000');
  note(`${large.asked.length} questions, peak PSS ${peak} kB`);
  assert.ok(peak < 32 << 10, 'peak PSS ' + peak);
  await large.stop();
});
await test('a Jira is an integration like others: added, listed, changed and removed as they are', async () => {
  const r = await s.post('/api/v1/integrations', { kind: 'jira_token', host: jira.url, email: jira.account, token: jira.token, name: 'Another' }, token);
  assert.deepEqual([r.status, r.json.kind, r.json.name, r.json.state], [201, 'jira_token', 'Another', 'ok'], String(r.raw));
  assert.equal(r.json.webhook.path, '/api/v1/webhooks/jira/' + r.json.id);
  const as = { authorization: 'Bearer ' + token }, one = '/api/v1/integrations/' + r.json.id;
  const changed = await s.request('PATCH', one, { body: JSON.stringify({ name: 'Renamed' }), headers: { 'content-type': 'application/json', ...as } });
  assert.deepEqual([changed.status, changed.json.name], [200, 'Renamed'], String(changed.raw));
  assert.ok((await s.get('/api/v1/integrations', token)).json.data.some((x) => x.id === r.json.id && x.kind === 'jira_token'));
  assert.equal((await s.request('DELETE', one, { headers: as })).status, 204);
  assert.ok(!(await s.get('/api/v1/integrations', token)).json.data.some((x) => x.id === r.json.id));
});
await s.stop();
await jira.stop();
done();
