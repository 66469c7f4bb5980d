#!/usr/bin/env node
// replay.mjs - how the page fills gaps: the real htdocs/app/live.js between a
// broker and an API that do what a test wants. No server, and time runs 50
// times as fast.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { done, sleep, test, until } from '../lib/tap.mjs';

const dir = fs.mkdtempSync(path.join(process.env.PULSE_TEST_SCRATCH || '/tmp', 'replay-'));
process.on('exit', () => fs.rmSync(dir, { recursive: true, force: true }));
fs.writeFileSync(dir + '/package.json', '{"type":"module"}');
fs.copyFileSync(new URL('../../htdocs/app/live.js', import.meta.url), dir + '/live.js');
fs.writeFileSync(dir + '/session.js', 'export const api = (...call) => globalThis.server.answer(...call);\n');
fs.writeFileSync(dir + '/mqtt.js', `export class Mqtt extends EventTarget {
  constructor() { super(); globalThis.server.connected(this); }
  subscribe(filters) { this.filters = filters; }
  raise(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  close() { if (!this.closed) { this.closed = true; this.raise('close', { code: 0 }); } }
}\n`);
globalThis.CustomEvent ||= class extends Event { constructor(n, o) { super(n); this.detail = o?.detail; } };
const listeners = new Map();
globalThis.addEventListener = (name, f) => listeners.set(name, f);
globalThis.removeEventListener = (name) => listeners.delete(name);
const realTimeout = setTimeout;
globalThis.setTimeout = (f, ms, ...more) => realTimeout(f, ms / 50, ...more);
const { Live } = await import(dir + '/live.js');

// The rooms' memory, as the server has it: lines { id, room, seq } in order.
class Server {
  constructor(rooms = ['team:1']) {
    globalThis.server = this;
    Object.assign(this, { rooms, lines: [], asked: [], streams: 0, trouble: [], held: [], hold: false, truncated: false, sockets: [], id: 100, seqs: {} });
    this.live = new Live();
    this.got = [];
    this.states = [];
    this.reloads = 0;
    this.live.addEventListener('event', ({ detail }) => this.got.push(detail.event.id));
    this.live.addEventListener('state', ({ detail }) => this.states.push(detail.state));
    this.live.addEventListener('reload', () => this.reloads++);
  }
  connected(mqtt) { this.sockets.push(mqtt); }
  get mqtt() { return this.sockets.at(-1); }
  async answer(method, url) {
    if (url === '/activity/stream') { this.streams++; return { url: 'ws:', clientId: '1.x', password: 'x', rooms: Object.fromEntries([...this.rooms, 'user:1'].map((r) => [r, `pulse/1/${r.replace(':', '/')}/#`])) }; }
    const q = new URL(url, 'http://x').searchParams, after = q.get('after');
    const rooms = q.get('rooms')?.split(',') || this.rooms;
    this.asked.push({ after, rooms: rooms.join() });
    // What it knows when it is asked, not when it answers.
    const at = this.lines.findLastIndex((l) => l.event.id === after);
    const data = this.lines.slice(at + 1).filter((l) => rooms.includes(l.room));
    const truncated = this.truncated;
    if (this.hold) await new Promise((ok) => this.held.push(ok));
    const trouble = this.trouble.shift();
    if (trouble) throw trouble;
    return { data, truncated };
  }
  release() { this.hold = false; for (const ok of this.held.splice(0)) ok(); }
  // Something happens; `send` says in what way it goes to the page.
  say(room = this.rooms[0], send = true) {
    const line = { type: 'event', room, seq: this.seqs[room] = (this.seqs[room] || 40) + 1, event: { id: String(++this.id) } };
    this.lines.push(line);
    if (send) this.send(line);
    return line.event.id;
  }
  send(line) { this.mqtt.raise('message', { payload: JSON.stringify(line) }); }
  async subscribed() {
    const before = this.sockets.length;
    await until('a connection', () => this.sockets.length > before || (this.mqtt && !this.mqtt.filters && !this.mqtt.closed));
    this.mqtt.raise('connack', { code: 0 });
    this.mqtt.raise('suback', { id: 1, codes: this.mqtt.filters.map(() => 1) });
  }
  async begin(last = '100') { this.live.start(last); await this.subscribed(); await this.isLive(); this.asked = []; this.states = []; return this; }
  isLive() { return until('live', () => this.live.state === 'live'); }
}
const problem = (status, retryAfter = 0) => Object.assign(new Error(`status ${status}`), { status, retryAfter });
const network = () => new TypeError('fetch failed');
const scene = (sentence, body) => test(sentence, async () => { try { await body(); } finally { globalThis.server.live.stop(); } });

await scene('what was missed before SUBACK is asked for, and then the page is live', async () => {
  const s = new Server();
  const a = s.say('team:1', false), b = s.say('team:1', false);
  s.live.start('100');
  s.hold = true;
  await s.subscribed();
  await until('asked', () => s.asked.length);
  assert.deepEqual([s.live.state, s.asked], ['reconnecting', [{ after: '100', rooms: 'team:1' }]]);
  s.release();
  await s.isLive();
  assert.deepEqual(s.got, [a, b]);
});
await scene('a gap is asked for from the last event before it, and comes', async () => {
  const s = await new Server().begin();
  const a = s.say(), lost = s.say('team:1', false), b = s.say();
  await until('the lost one', () => s.got.includes(lost));
  assert.deepEqual(s.asked, [{ after: a, rooms: 'team:1' }]);
  assert.deepEqual([...s.got].sort(), [a, lost, b]);
  const c = s.say();
  await sleep(200);
  assert.equal(s.asked.length, 1, 'and is not asked for again');
  assert.equal(s.got.at(-1), c);
});
await scene('a gap right behind a replay is seen too', async () => {
  const s = new Server();
  s.say('team:1', false);
  await s.begin();
  const lost = s.say('team:1', false);
  s.say();
  await until('the lost one', () => s.got.includes(lost));
});
await scene('so is one across two connections, when the replay between was too early for it', async () => {
  const s = await new Server().begin();
  s.say();
  s.mqtt.close();
  await s.subscribed();
  await s.isLive();
  const lost = s.say('team:1', false);
  s.say();
  await until('the lost one', () => s.got.includes(lost));
});
await scene('a gap in one room is asked from that room\'s last event, however far the others are', async () => {
  const s = await new Server(['team:1', 'team:2']).begin();
  const a = s.say('team:2');
  const lost = s.say('team:2', false);
  s.say('team:1'); s.say('team:1');
  assert.deepEqual(s.asked, []);
  s.say('team:2');
  await until('the lost one', () => s.got.includes(lost));
  assert.deepEqual(s.asked, [{ after: a, rooms: 'team:2' }]);
});
for (const [what, trouble] of [['503', problem(503)], ['429', problem(429, 2)], ['no network', network()]])
  await scene(`a replay that fails (${what}) is repeated from the same place, though more arrives meanwhile`, async () => {
    const s = await new Server().begin();
    const a = s.say();
    s.trouble = [trouble, trouble, trouble];
    const lost = s.say('team:1', false);
    s.say();
    await until('refused', () => s.asked.length === 1 && s.live.state === 'reconnecting');
    const more = s.say();
    assert.equal(s.got.at(-1), more, 'what arrives is shown all the same');
    await until('the lost one', () => s.got.includes(lost));
    assert.deepEqual(new Set(s.asked.map((x) => x.after)), new Set([a]));
    assert.equal(s.asked.length, 4);
    await s.isLive();
    assert.equal(s.sockets.length, 1, 'the connection is kept');
  });
await scene('after a reconnect the page is not live while its replay fails', async () => {
  const s = await new Server().begin();
  const a = s.say();
  s.mqtt.close();
  const missed = s.say('team:1', false);
  s.trouble = [problem(503), network()];
  await s.subscribed();
  await until('twice refused', () => s.asked.length >= 2);
  assert.ok(!s.states.includes('live'), String(s.states));
  await s.isLive();
  assert.deepEqual(s.got, [a, missed]);
});
await scene('it waits for as long as it was told, and longer each time', async () => {
  const s = await new Server().begin();
  s.say();
  s.trouble = [problem(429, 20), problem(503), problem(503)];
  s.say('team:1', false);
  const times = [];
  const push = s.asked.push.bind(s.asked);
  s.asked.push = (x) => { times.push(Date.now()); return push(x); };
  s.say();
  await s.isLive();
  await until('four', () => times.length === 4);
  const waits = times.slice(1).map((t, i) => (t - times[i]) * 50 / 1000);
  assert.ok(waits[0] >= 19.9 && waits[1] >= 1.4 && waits[2] >= 2.9, String(waits));
});
await scene('a gap that opens while a replay is under way is asked for behind it', async () => {
  const s = await new Server().begin();
  const a = s.say();
  s.hold = true;
  const lost = s.say('team:1', false);
  const b = s.say();
  await until('asked', () => s.held.length);
  const lostToo = s.say('team:1', false);
  s.say();
  s.release();
  await until('both', () => s.got.includes(lost) && s.got.includes(lostToo));
  assert.deepEqual(s.asked.map((x) => x.after), [a, b]);
});
await scene('a SUBACK while an older replay is under way is asked for behind it', async () => {
  const s = await new Server().begin();
  s.say();
  s.hold = true;
  s.say('team:1', false);
  s.say();
  await until('asked', () => s.held.length);
  s.mqtt.close();
  const missed = s.say('team:1', false);
  await s.subscribed();
  assert.equal(s.live.state, 'reconnecting');
  s.release();
  await s.isLive();
  assert.ok(s.got.includes(missed));
});
await scene('a gap that was not filled before the connection was lost is filled on the next', async () => {
  const s = await new Server().begin();
  const a = s.say();
  s.trouble = [network()];
  const lost = s.say('team:1', false);
  s.say();
  await until('refused', () => s.live.state === 'reconnecting');
  s.mqtt.close();
  s.say('team:1', false);
  await s.subscribed();
  await s.isLive();
  assert.ok(s.got.includes(lost));
  assert.deepEqual(s.asked.map((x) => x.after), [a, a]);
});
await scene('"online" asks again at once, on the connection that is there', async () => {
  const s = await new Server().begin();
  s.say();
  s.trouble = [problem(503, 3000)];
  const lost = s.say('team:1', false);
  s.say();
  await until('refused', () => s.live.state === 'reconnecting');
  listeners.get('online')();
  await until('the lost one', () => s.got.includes(lost));
  assert.deepEqual([s.sockets.length, s.streams], [1, 1]);
});
await scene('truncated: the page loads anew, once, and goes on from what is newer', async () => {
  const s = await new Server().begin();
  s.say();
  s.truncated = true;
  s.say('team:1', false);
  s.say();
  await until('reload', () => s.reloads);
  s.truncated = false;
  s.say();
  await sleep(200);
  assert.deepEqual([s.reloads, s.asked.length, s.live.state], [1, 1, 'live']);
  // The page shows a filter's lines, the newest of them long ago.
  s.live.restart('7', ['7']);
  const newest = s.say();
  s.mqtt.close();
  await s.subscribed();
  await s.isLive();
  assert.equal(s.asked.at(-1).after, newest);
});
await scene('a room that is not the caller\'s any more is not asked for any more', async () => {
  const s = await new Server(['team:1', 'team:2']).begin();
  s.say('team:2');
  s.trouble = [problem(403)];
  s.say('team:2', false);
  s.say('team:2');
  await until('refused', () => s.live.state === 'reconnecting');
  s.rooms = ['team:1'];
  s.mqtt.close();
  await s.subscribed();
  await s.isLive();
  assert.deepEqual(s.asked.at(-1).rooms, 'team:1');
});
await scene('nobody is signed in any more: it asks no more', async () => {
  const s = await new Server().begin();
  s.say();
  s.trouble = [problem(401)];
  s.say('team:1', false);
  s.say();
  await sleep(5000);
  assert.equal(s.asked.length, 1);
});
await scene('nothing is shown twice', async () => {
  const s = await new Server(['team:1', 'repo:9']).begin();
  const a = s.say();
  s.send({ ...s.lines.at(-1), room: 'repo:9', seq: 1 });
  s.send(s.lines.at(-1));
  await sleep(200);
  assert.deepEqual([s.got, s.asked], [[a], []]);
});
done();
