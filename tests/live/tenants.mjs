#!/usr/bin/env node
// tenants.mjs - nobody hears a room that is not his: every pattern of topics, by
// five roles and by who should not be there at all. (walk.mjs has the routes,
// tests/sql/rights.t the tables.)
import assert from 'node:assert/strict';
import { done, note, require, sleep, test, until } from '../lib/tap.mjs';
import { Stack } from '../lib/stack.mjs';
import { good, wrong } from '../lib/tokens.mjs';
import { FOREIGN, makeWorlds, OTHER, ROLES } from '../lib/worlds.mjs';

const mqtt = require('mqtt');
const s = await Stack.start();
const [ours, theirs] = makeWorlds(s, ['OURS', FOREIGN]);
const door = Object.fromEntries([ours, theirs].map((w) => [w.org, Object.fromEntries(s.ctl('create-door', '--org', w.slug).trim().split('\n').map((l) => l.split(' ')))]));
await s.settled();
let cases = 0, number = 0;

// Something happens in an organisation's repository; the title is heard.
const happen = async (w, repo, title) => {
  const at = new Date().toISOString(), d = door[w.org];
  const r = await s.deliver('pull_request', { action: 'opened', pull_request: { id: ++number, number, state: 'open', title, created_at: at, updated_at: at, user: { login: 'ann', id: 1 } }, repository: { id: 2 * w.n + repo, full_name: 'x/y' } }, { door: '/' + d.door, secret: d.secret });
  assert.equal(r.status, 202, String(r.raw));
};
let nonce = 0;
const open = (who, { password = good(who, 'live'), clientId = `${who.user}.t${nonce++}`, cookie = good(ours.people.owner, 'live') } = {}) => new Promise((ok) => {
  const heard = [];
  const client = mqtt.connect(s.url.replace('http', 'ws') + '/mqtt', { clientId, password: password ?? undefined, username: '', protocolVersion: 5, reconnectPeriod: 0, wsOptions: { headers: { cookie: `pulse_live=${cookie}` } } });
  client.on('message', (topic, m) => heard.push([topic, String(m)]));
  client.on('connect', () => ok({ client, heard }));
  client.on('error', () => { client.end(true); ok(null); });
  client.on('close', () => ok(null));
});
const refused = (client, topic) => client.subscribeAsync(topic, { qos: 1 }).then((g) => g.every((x) => x.qos >= 128), () => true);

// Whatever names something of theirs, or asks for more than a room.
const b = theirs, patterns = [`pulse/${b.org}/team/${b.red}/#`, `pulse/${b.org}/team/${b.red}/event`, `pulse/${b.org}/repo/${b.repo}/#`, `pulse/${b.org}/org/${b.org}/#`, `pulse/${b.org}/user/${b.people.owner.user}/#`,
  `pulse/${b.org}/#`, `pulse/${b.org}/team/+/#`, 'pulse/#', '#', '+/#', '+/+/+/+/+', 'pulse/+/team/+/event', `pulse/${ours.org}/#`, `pulse/${ours.org}/team/+/#`, `pulse/${ours.org}/+/+/#`,
  `pulse/${ours.org}/user/${b.people.owner.user}/#`, `pulse/${ours.org}/org/${b.org}/#`, '$SYS/#', '$CONTROL/#', '$CONTROL/pulse/v1', `$share/g/pulse/${b.org}/team/${b.red}/#`, `$share/g/pulse/${ours.org}/team/${ours.red}/#`];
const others_own = [`pulse/${ours.org}/team/${ours.blue}/#`, `pulse/${ours.org}/repo/${ours.blueRepo}/#`, `pulse/${ours.org}/org/${ours.org}/#`];
const listeners = {};
for (const role of ROLES) await test(`${role}: ${patterns.length} patterns are refused, and so is what his role does not hear`, async () => {
  const who = ours.people[role], all = ['admin', 'owner'].includes(role), it = await open(who);
  listeners[role] = it;
  for (const topic of patterns) { cases++; assert.ok(await refused(it.client, topic), topic); }
  for (const topic of [...others_own, `pulse/${ours.org}/user/${ours.people.guest.user}/#`]) { cases++; assert.equal(await refused(it.client, topic), !(all && others_own.includes(topic)), topic); }
  for (const topic of [`pulse/${ours.org}/team/${ours.red}/#`, `pulse/${ours.org}/repo/${ours.repo}/#`, `pulse/${ours.org}/user/${who.user}/#`]) { cases++; assert.ok(!await refused(it.client, topic), topic); }
});
await test('an admin hears a team of his own organisation whatever its number; one of another has no such topic', async () => {
  assert.ok(!await refused(listeners.admin.client, `pulse/${ours.org}/team/${b.red}/#`));
  assert.ok(await refused(listeners.member.client, `pulse/${ours.org}/team/${b.red}/#`));
  cases += 2;
});
await test('nobody hears what happens elsewhere; everybody hears what is his', async () => {
  await happen(theirs, 0, FOREIGN + ' one');
  await happen(theirs, 1, FOREIGN + ' two');
  await happen(ours, 1, OTHER + ' three');
  await happen(ours, 0, 'for all');
  for (const role of ROLES) await until(role + ' hears', () => listeners[role].heard.some(([, m]) => m.includes('for all')));
  for (const role of ROLES) for (const [topic, m] of listeners[role].heard) {
    cases++;
    assert.ok(!m.includes(FOREIGN) && topic.startsWith(`pulse/${ours.org}/`), `${role}: ${topic} ${m}`);
    assert.ok(!m.includes(OTHER + ' three') || ['admin', 'owner'].includes(role), `${role}: ${topic} ${m}`);
  }
});
await test(`${Object.keys(wrong).length} wrong tokens of five roles do not get past the broker, though the web server let them by`, async () => {
  for (const role of ROLES) await Promise.all(Object.entries(wrong).map(async ([how, make]) => {
    cases++;
    const it = await open(ours.people[role], { password: make(ours.people[role], 'live') });
    it?.client.end(true);
    assert.equal(it, null, `${role} with ${how}`);
  }));
});
await test('nor past the web server', async () => {
  for (const [how, make] of Object.entries(wrong)) {
    cases++;
    const it = await open(ours.people.owner, { cookie: make(ours.people.owner, 'live') });
    it?.client.end(true);
    assert.equal(it, null, how);
  }
});
await test('a client id that is not the token\'s is refused: it could take over a session', async () => {
  for (const clientId of [`${theirs.people.owner.user}.x`, `${ours.people.owner.user}`, '', 'pulse-bridge']) { cases++; assert.equal(await open(ours.people.member, { clientId }), null, clientId); }
});
await test('nobody may publish, to his own rooms neither', async () => {
  const { client } = listeners.member, count = () => listeners.owner.heard.length;
  for (const topic of [`pulse/${ours.org}/team/${ours.red}/event`, `pulse/${ours.org}/org/${ours.org}/job`, '$CONTROL/pulse/v1', `pulse/${ours.org}/user/${ours.people.owner.user}/notice`, `pulse/${b.org}/team/${b.red}/event`])
    { cases++; await client.publishAsync(topic, '{"type":"event","forged":true}', { qos: 1 }).catch(() => {}); }
  const before = count();
  await happen(ours, 0, 'a mark behind it');
  await until('the mark', () => count() > before && listeners.owner.heard.some(([, m]) => m.includes('a mark behind it')));
  assert.ok(!listeners.owner.heard.some(([, m]) => m.includes('forged')));
});
// Within a second it is over, by the row that went: a session, a membership, a team, a role.
const kicked = async (what, role, sql, then) => test(what, async () => {
  const it = listeners[role], from = it.heard.length;
  s.sql(sql);
  await then(it, from);
  cases++;
});
const gone = (it) => until('the connection ends', () => !it.client.connected, 3000);
await kicked('a session that ended is deaf, and its connection is closed', 'viewer', `DELETE FROM session WHERE id = '${ours.people.viewer.session}'`, gone);
await kicked('so is a membership', 'manager', `DELETE FROM membership WHERE user_id = ${ours.people.manager.user}`, gone);
await kicked('who left a team hears no more of it', 'member', `DELETE FROM team_member WHERE user_id = ${ours.people.member.user}`, async (it) => {
  await sleep(1200);
  await happen(ours, 0, 'after he left');
  await until('the owner hears it', () => listeners.owner.heard.some(([, m]) => m.includes('after he left')));
  assert.ok(!it.heard.some(([, m]) => m.includes('after he left')));
});
await kicked('an admin made viewer hears his teams only', 'admin', `UPDATE membership SET role = 'viewer' WHERE user_id = ${ours.people.admin.user}`, async (it) => {
  await sleep(1200);
  await happen(ours, 1, 'of the other team');
  await until('the owner hears it', () => listeners.owner.heard.some(([t, m]) => m.includes('of the other team')) || refused(listeners.owner.client, others_own[0]).then((x) => assert.ok(!x)), 5000);
  assert.ok(!it.heard.some(([, m]) => m.includes('of the other team')));
});
await test('an ended session\'s token opens nothing, at the web server or at the broker', async () => {
  assert.equal(await open(ours.people.viewer), null);
  assert.equal(await open(ours.people.viewer, { cookie: good(ours.people.viewer, 'live') }), null);
  cases += 2;
});
for (const it of Object.values(listeners)) it.client.end(true);
note(`${cases} cases, no leak`);
await s.stop();
done();
