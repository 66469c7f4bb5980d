#!/usr/bin/env node
// walk.mjs - every route of every program, by everybody who might come.
//
// The routes are those that the programs print, the parameters those of their
// rows, and what is expected follows from the row's least role; so a new program
// or route is walked without a word here. One whose parameters cannot be made from
// their names and schemas fails: then a line in `values` is missing.
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { done, note, test } from '../lib/tap.mjs';
import { pool, Stack } from '../lib/stack.mjs';
import { programs, routes } from '../lib/programs.mjs';
import { good, wrong } from '../lib/tokens.mjs';
import { digest, FOREIGN, makeWorlds, OTHER, ROLES } from '../lib/worlds.mjs';

const s = await Stack.start();
const all = routes(), scoped = all.filter((r) => r.least), open = all.filter((r) => !r.least);
const writes = (r) => r.method !== 'GET';
const rank = (role) => ROLES.indexOf(role), let_in = (r, role) => rank(role) >= rank(r.least);

// --- what is asked for ------------------------------------------------------
// A value by the parameter's name; `w` is the organisation that it is taken from,
// `as` the caller's role, `other` says the team that he is not in.
const values = {
  team: (w, other) => (other ? w.blue : w.red), teams: (w, other) => [other ? w.blue : w.red],
  repo: (w, other) => (other ? w.blueRepo : w.repo),
  // Who may not remove another may leave.
  member: (w, other, role) => (rank(role) < rank('admin') ? w.people[role].user : w.guest),
  user: (w) => w.guest, org: (w) => w.org, actor: (w) => w.people.guest.email, role: () => 'viewer',
  // A job has no id that another organisation could have.
  job: (w) => (w.slug.startsWith(FOREIGN.toLowerCase()) ? 'nowhere' : 'erase-people'),
  connection: (w) => w.connection, after: (w) => w.event, author: () => 'ann',
  rooms: (w, other) => `team:${other ? w.blue : w.red},repo:${other ? w.blueRepo : w.repo}`,
  cursor: () => 'b9999999999999-9223372036854775807', from: () => '1970-01-01T00:00:00Z', to: () => '2999-01-01T00:00:00Z',
  email: (w) => `new-${w.n}@example.test`, name: (w) => `new ${w.n}`, timeZone: () => 'UTC', locale: () => 'en',
  password: () => 'seven walls and a door', current: (w) => w.password, confirm: (w) => w.slug, slug: (w) => `new-${w.n}`,
  userCode: (w, _, role) => w.ids[role].code, scopes: () => ['read'], approve: () => true, client_id: () => 'pulse-cli', action: () => 'session.began',
  format: () => 'lcov',
  grant_type: () => 'urn:ietf:params:oauth:grant-type:device_code',
};
// An {id} is of the thing whose name stands before it in the path.
const things = { teams: values.team, repos: values.repo };
// Bytes where a route takes them, by what kind it names first.
const bytes = { 'image/png': png(64, 64), 'text/plain': 'SF:a.c\nDA:1,1\nend_of_record\n' };

function fromSchema(p) {
  const x = p.schema;
  if (x.enum) return x.enum[0];
  if (x.type === 'integer' || x.type === 'number') return x.minimum ?? 1;
  if (x.type === 'boolean') return true;
  if (x.type === 'array') return [];
  if (x.type === 'object') return {};
  if (x.format === 'date-time') return '2026-01-01T00:00:00Z';
  if (x.pattern) return ['1', 'a', 'A'.repeat(43), 'a'.repeat(64)].find((v) => new RegExp(x.pattern).test(v)) ?? 'x';
  return 'x'.repeat(Math.max(x.minLength ?? 1, 1));
}
function value(route, p, w, other, role) {
  if (p.in === 'path' && p.name === 'id') {
    const thing = route.path.split('/').at(route.path.split('/').indexOf('{id}') - 1);
    const id = w.ids[role]?.[thing] ?? things[thing]?.(w, other, role);
    assert.ok(id, `${route.method} ${route.path}: no value for the id of ${thing}`);
    return id;
  }
  if (w.ids[role]?.[p.name]) return w.ids[role][p.name];
  const named = values[p.name]?.(w, other, role), { pattern } = p.schema;
  return named === undefined || (pattern && !new RegExp(pattern).test(named)) ? fromSchema(p) : named;
}
// The request for a route with what it requires, and `also` of what it may have.
function ask(route, w, { other = false, also = [], role = 'owner', token, headers = {} }) {
  const of = (where) => route.params.filter((p) => p.in === where && (p.required || also.includes(p.name)));
  const path = route.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(value(route, route.params.find((p) => p.name === name), w, other, role)));
  const query = new URLSearchParams(of('query').map((p) => [p.name, value(route, p, w, other, role)])).toString();
  const body = Object.fromEntries(of('body').map((p) => [p.name, value(route, p, w, other, role)]));
  const named = route.form ? new URLSearchParams(body).toString() : JSON.stringify(body);
  if (route.raw) return s.request(route.method, `/api/v1${path}${query && '?' + query}`, { body: bytes[route.raw], headers: { 'content-type': route.raw, ...(token ? { authorization: 'Bearer ' + token } : {}), ...headers } });
  return s.request(route.method, `/api/v1${path}${query && '?' + query}`, { headers: { 'content-type': route.form ? 'application/x-www-form-urlencoded' : 'application/json', ...(token ? { authorization: 'Bearer ' + token } : {}), ...headers },
    ...(writes(route) && route.method !== 'DELETE' ? { body: named } : {}) });
}

// --- who comes --------------------------------------------------------------
// Two that stand, one foreign, and one for each write that is let in.
const changing = scoped.filter(writes).flatMap((r) => ROLES.filter((role) => let_in(r, role)).map((role) => [r, role]));
const [ours, theirs, stale, ...fresh] = makeWorlds(s, ['OURS', FOREIGN, 'STALE', ...changing.map(() => 'FRESH')]);
const before = digest(s, theirs.org), ourBefore = digest(s, ours.org, ['session', 'audit_log']);

let cases = 0;
const failures = [];
const told = (r, how, answer, why) => failures.push(`${r.method} ${r.path}, ${how}: ${answer.status} ${why}: ${String(answer.raw).slice(0, 200)}`);
function holds(r, how, answer, expected, allowed = []) {
  cases++;
  const text = String(answer.raw) + JSON.stringify(answer.headers);
  if (answer.status >= 500) told(r, how, answer, 'is a failure');
  else if (text.includes(FOREIGN) || text.includes(FOREIGN.toLowerCase())) told(r, how, answer, 'shows the foreign organisation');
  else if (!allowed.includes(OTHER) && text.includes(OTHER)) told(r, how, answer, 'shows another team');
  else if (!expected(answer)) told(r, how, answer, 'was not expected');
}
const sees_all = (role) => rank(role) >= rank('admin') ? [OTHER] : [];
const is = (...list) => (a) => list.includes(a.status);
function png(width, height) {
  const chunk = (type, data) => { const b = Buffer.concat([Buffer.from(type), data]), c = Buffer.alloc(4); c.writeUInt32BE(zlib.crc32?.(b) ?? 0); return Buffer.concat([Buffer.from(new Uint32Array([data.length]).buffer).reverse(), b, c]); };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0); head.writeUInt32BE(height, 4); head[8] = 8;
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', zlib.deflateSync(Buffer.alloc((width + 1) * height))), chunk('IEND', Buffer.alloc(0))]);
}
async function walk(sentence, list, width, work) {
  const start = cases;
  failures.length = 0;
  await test(sentence, async () => {
    await pool(list, width, (x) => Promise.resolve(work(x)).catch((e) => failures.push(e.message)));
    assert.deepEqual(failures.slice(0, 12), [], `${failures.length} of ${cases - start}`);
  });
  note(`${cases - start} cases`);
}
const pairs = (xs, ys) => xs.flatMap((x) => ys.map((y) => [x, y]));

await test('an answer that shows a foreign organisation or team would be told', () => {
  for (const [raw, status] of [[FOREIGN, 200], [OTHER, 200], [FOREIGN.toLowerCase(), 404], ['', 500], ['', 200]]) holds(all[0], 'a try', { raw, status, headers: {} }, is(404));
  assert.equal(failures.length, 5);
  cases = 0;
});
await test(`the walk found the programs and their routes: ${all.length} of ${programs.length}`, () => {
  for (const name of ['activity', 'auth', 'authorizer', 'health', 'webhooks']) assert.ok(programs.includes(name), name);
  assert.ok(scoped.length && open.length);
});
s.sql(`UPDATE session SET expires_at = now() - interval '1 second' WHERE id = '${stale.people.viewer.session}'`);
// Used first, so that a program that remembers a token has it in mind.
await pool(scoped.filter((r) => !writes(r)), 8, (r) => Promise.all(ROLES.map((role) => ask(r, stale, { token: stale.people[role].token }))));
s.sql(`DELETE FROM session WHERE id = '${stale.people.member.session}'; DELETE FROM membership WHERE user_id = ${stale.people.manager.user}`);
const dead = { 'a session past its time': stale.people.viewer.token, 'a session that was ended': stale.people.member.token, 'a membership that ended': stale.people.manager.token,
  'another organisation in the token': good({ ...ours.people.owner, org: theirs.org }), 'a session of somebody else': good({ ...ours.people.owner, session: theirs.people.owner.session }),
  'no such session': good({ ...ours.people.owner, session: '00000000-0000-4000-8000-000000000000' }) };

// --- nobody -----------------------------------------------------------------
await walk(`${Object.keys(wrong).length} wrong tokens of five roles open no route`, pairs(scoped, pairs(ROLES, Object.keys(wrong))), 16, async ([r, [role, how]]) =>
  holds(r, `${role} with ${how}`, await ask(r, ours, { token: wrong[how](ours.people[role]) }), is(401)));
await walk(`${Object.keys(dead).length} tokens whose session does not stand open no route`, pairs(scoped, Object.keys(dead)), 16, async ([r, how]) =>
  holds(r, how, await ask(r, ours, { token: dead[how] }), is(401)));
// --- too low a role ---------------------------------------------------------
const sets = { 'own organisation': [ours, false], 'own other team': [ours, true], 'foreign organisation': [theirs, false] };
await walk('who is below a route\'s least role hears 403, whatever he asks for', pairs(pairs(scoped, ROLES).filter(([r, role]) => !let_in(r, role)), Object.keys(sets)), 16, async ([[r, role], set]) =>
  holds(r, `${role}, ${set}`, await ask(r, sets[set][0], { other: sets[set][1], role, token: ours.people[role].token }), (a) => a.status === 403 && a.json?.type === '/problems/forbidden'));
// --- the foreign organisation -----------------------------------------------
const names_foreign = (r) => r.params.some((p) => p.name in values || p.in === 'path');
await walk('nobody reads or changes anything of another organisation: its ids are like missing ones', pairs(scoped.filter(names_foreign), ROLES).filter(([r, role]) => let_in(r, role)), 16, async ([r, role]) => {
  const optional = r.params.filter((p) => !p.required && p.in !== 'path').map((p) => p.name);
  // A write with nothing foreign in it would be one at home: that comes below.
  const ids = r.params.filter((p) => ['team', 'teams', 'repo', 'member', 'user', 'rooms', 'connection', 'org', 'id', 'actor'].includes(p.name) || p.in === 'path').map((p) => p.name);
  if (writes(r) && !ids.length) return;
  const in_path = r.params.some((p) => p.in === 'path' && p.name !== 'name');
  for (const also of writes(r) ? [ids] : [[], ...optional.map((x) => [x]), ids, optional])
    holds(r, `${role} asks for ${also} of another`, await ask(r, theirs, { also, role, token: ours.people[role].token }), in_path ? is(404) : (a) => a.status !== 401, sees_all(role));
});
await test('nothing of the foreign organisation has changed, and those who were refused changed nothing at home', () => {
  assert.deepEqual(digest(s, theirs.org), before);
  assert.deepEqual(digest(s, ours.org, ['session', 'audit_log']), ourBefore);
});
// --- reading at home --------------------------------------------------------
await walk('who has the role reads what is his, and nothing of a team that he is not in', pairs(scoped.filter((r) => !writes(r)), ROLES).filter(([r, role]) => let_in(r, role)), 16, async ([r, role]) => {
  const optional = r.params.filter((p) => !p.required && p.in !== 'path').map((p) => p.name), token = ours.people[role].token;
  holds(r, `${role} at home`, await ask(r, ours, { role, token }), (a) => a.status < 400, sees_all(role));
  for (const x of optional) holds(r, `${role} with ${x}`, await ask(r, ours, { role, token, also: [x] }), is(200, 400), sees_all(role));
  for (const also of [[], ...optional.map((x) => [x]), optional]) holds(r, `${role}, other team, ${also}`, await ask(r, ours, { other: true, role, token, also }), is(200, 302, 304, 400, 403, 404), sees_all(role));
});
// --- writing at home --------------------------------------------------------
// What a row's own state refuses though role and parameters are right: why.
const otherwise = {
  'POST /invitations/accept': [404, 410],	// of no invitation: tests/api/team-members.t has real ones
  'POST /organisation/restore': [404, 409],	// of what was not deleted
  'POST /pull-requests': [400],	// GitHub's own: tests/api/reports.t has another forge's
  'POST /integrations/jira': [400],	// its credential is tried at Jira: tests/live/jira.mjs
  'POST /integrations': [400, 424],	// its token is tried at GitHub: tests/live/backfill.mjs
  'POST /repos/{repo}/disconnect': [403],	// of what somebody else connected: tests/live/sync-github.mjs
};
await walk('who has the role is let in to each write, with parameters that are valid', changing.map((c, i) => [...c, fresh[i]]), 8, async ([r, role, w]) => {
  const answer = await ask(r, w, { role, token: w.people[role].token });
  holds(r, `${role} at home`, answer, (a) => a.status < 400 || otherwise[`${r.method} ${r.path}`]?.includes(a.status), sees_all(role));
});
// --- routes without a session -----------------------------------------------
await walk('a route for anybody fails for nobody, and shows nothing whoever comes', pairs(open, [null, ...ROLES.map((role) => ours.people[role].token), ...Object.values(wrong).map((f) => f(ours.people.owner))]), 16, async ([r, token]) =>
  holds(r, 'anybody', await ask(r, theirs, { token }), (a) => r.scope !== 'SIGNED' || a.status === 403));
await test('after all of that the foreign organisation is as it was', () => assert.deepEqual(digest(s, theirs.org), before));
await test('HEAD is refused where GET is', async () => {
  for (const r of scoped.filter((x) => !writes(x))) assert.equal((await s.request('HEAD', `/api/v1${r.path.replace(/\{\w+\}/g, '1')}`)).status, 401, r.path);
});
note(`${cases} cases, no leak`);
await s.stop();
done();
