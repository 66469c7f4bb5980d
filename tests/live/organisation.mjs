#!/usr/bin/env node
// organisation.mjs - what an admin changes reaches the live connections within
// a second or so: roles, teams, repositories, and an organisation's end.
import assert from 'node:assert/strict';
import { done, note, require, test, until } from '../lib/tap.mjs';
import { Stack } from '../lib/stack.mjs';

const mqtt = require('mqtt');
const s = await Stack.start();
const owner = s.person('acme', 'owner'), member = s.person('acme', 'member', 'red'), other = s.person('acme', 'viewer', 'red');
s.sql("INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'github.com', 5, 'acme/api'); SELECT attach_repository(1, 1, 1)");
const id = Object.fromEntries(s.sql('SELECT email, id FROM user_account').split('\n').map((l) => l.split('|')));
await s.settled();
const boss = await s.login(owner), token = await s.login(member), second = await s.login(other);
const send = (method, path, body) => s.request(method, '/api/v1' + path, { body: body && JSON.stringify(body), headers: { authorization: 'Bearer ' + boss, 'content-type': 'application/json' } });
const connect = async (bearer, rooms) => {
  const st = (await s.post('/api/v1/activity/stream', rooms ? { rooms } : {}, bearer)).json;
  const client = mqtt.connect(s.url.replace('http', 'ws') + '/mqtt', { clientId: st.clientId, password: st.password, username: '', protocolVersion: 5, reconnectPeriod: 0, wsOptions: { headers: { cookie: `pulse_live=${st.password}` } } });
  const heard = [];
  client.on('message', (t, m) => heard.push(JSON.parse(String(m))));
  client.on('error', () => {});
  client.on('close', () => { client.gone = Date.now(); });
  await until('connected', () => client.connected);
  const granted = await client.subscribeAsync(Object.values(st.rooms), { qos: 1 });
  return { client, heard, rooms: st.rooms, granted };
};
// Closed, and how long after `began`.
const closes = async (c, began, what) => {
  await until(what, () => c.client.gone, 6000);
  note(`${what}: ${c.client.gone - began} ms`);
  assert.ok(c.client.gone - began < 3000);
};
let number = 0;
const say = () => { const t = new Date().toISOString(); number++; return s.deliver('pull_request', { action: 'opened', pull_request: { id: number, number, state: 'open', title: 'T' + number, created_at: t, updated_at: t, user: { login: 'ann', id: 1 } }, repository: { id: 5, full_name: 'acme/api' } }); };

await test('whoever runs the organisation hears which of its lists has changed, once for each change', async () => {
  const c = await connect(boss), lists = () => c.heard.filter((m) => m.type === 'changed').map((m) => m.data.of);
  s.sql("INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'github.com', 77, 'acme/new')");
  await until('a repository is told', () => lists().includes('repositories'));
  s.sql("UPDATE repository SET version = version + 1, full_name = full_name WHERE github_id = 77");
  s.sql("UPDATE repository SET archived = true WHERE github_id = 77");
  s.ctl('create-door', '--org', 'acme');
  await until('a door is told', () => lists().includes('integrations'));
  assert.deepEqual(lists(), ['repositories', 'repositories', 'integrations']);
  s.sql('DELETE FROM repository WHERE github_id = 77');
  await s.settled();
  await c.client.endAsync(true);
});
await test('another role: the person hears it in his own room, then his connection ends and comes back with its rooms', async () => {
  const c = await connect(token), began = Date.now();
  assert.equal((await send('PATCH', `/team/${id[member.email]}/role`, { role: 'admin' })).status, 204);
  await closes(c, began, 'closed after the change of role');
  const told = c.heard.find((m) => m.type === 'role');
  assert.deepEqual([told.room, told.data], [`user:${id[member.email]}`, { role: 'admin' }]);
  const again = await connect(token);
  assert.ok('org:1' in again.rooms);
  await again.client.endAsync(true);
  assert.equal((await send('PATCH', `/team/${id[member.email]}/role`, { role: 'member' })).status, 204);
  await s.settled();
});
await test('out of a team, and the team without a repository: closed, and what came is not heard', async () => {
  let c = await connect(token), began = Date.now();
  assert.equal((await send('DELETE', `/teams/1/members/${id[member.email]}`)).status, 204);
  await closes(c, began, 'closed after leaving the team');
  assert.deepEqual(Object.keys((await connect(token)).rooms), [`user:${id[member.email]}`]);
  c = await connect(second, 'repo:1');
  began = Date.now();
  assert.equal((await send('DELETE', '/teams/1/repos/1')).status, 204);
  await closes(c, began, 'closed after the repository was taken away');
  assert.equal((await s.post('/api/v1/activity/stream', { rooms: 'repo:1' }, second)).status, 403);
});
await test('a team that is deleted has no room any more', async () => {
  await send('PUT', '/teams/1/repos/1');
  await s.settled();
  const c = await connect(second), began = Date.now();
  assert.equal((await send('DELETE', '/teams/1')).status, 204);
  await closes(c, began, 'closed after the team was deleted');
  await say();
  assert.ok(!c.heard.some((m) => m.type === 'event'));
  assert.equal((await s.post('/api/v1/activity/stream', { rooms: 'team:1' }, second)).status, 404);
});
await test('who connected a repository hears it, until he did not', async () => {
  s.sql(`UPDATE repository SET connected_by = ${id[other.email]}`);
  await s.settled();
  const c = await connect(second, 'repo:1'), began = Date.now();
  await say();
  await until('it is heard', () => c.heard.some((m) => m.type === 'event'));
  s.sql('UPDATE repository SET connected_by = NULL');
  await closes(c, began, 'closed after the repository was given up');
});
await test('out of the organisation: closed at once, and the session is gone', async () => {
  const c = await connect(second), began = Date.now();
  assert.equal((await send('DELETE', `/team/${id[other.email]}`)).status, 204);
  await closes(c, began, 'closed after the removal');
  assert.equal((await s.get('/api/v1/team', second)).status, 401);
});
await test('an organisation that is deleted: everybody is sent away, and nobody comes back until it is restored', async () => {
  const c = await connect(token), o = await connect(boss), began = Date.now();
  assert.equal((await send('DELETE', '/organisation?confirm=acme')).status, 202);
  await closes(c, began, 'a member is closed after the deletion');
  await closes(o, began, 'an owner is closed after the deletion');
  const back = await s.login(owner);
  assert.equal((await s.post('/api/v1/activity/stream', {}, back)).status, 410);
  assert.equal((await s.post('/api/v1/organisation/restore', {}, back)).status, 204);
  await s.settled();
  const again = await connect(back);
  assert.ok(again.granted.every((g) => g.qos < 128));
  await again.client.endAsync(true);
});
await s.stop();
done();
