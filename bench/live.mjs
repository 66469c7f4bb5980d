#!/usr/bin/env node
// live.mjs - from the POST of a delivery until 1, 100 and 500 listeners have
// heard of it, beside the floor: a bare Mosquitto and a message to as many.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { sleep, until } from '../tests/lib/tap.mjs';
import { installation } from './lib/installation.mjs';
import { millis, quantile, ratio, table } from './lib/report.mjs';
import { subscribe } from './lib/subscriber.mjs';
import { require } from '../tests/lib/tap.mjs';

const mqtt = require('mqtt');
const COUNTS = (process.env.LISTENERS || '1 100 500').split(' ').map(Number), EVENTS = 60 * Number(process.env.SECONDS_EACH);

// A number of listeners that are asked, one event after another, how long it
// took until all had it; `send(mark)` sends.
class Listeners {
  #heard = 0; #mark = ''; #all = null; sockets = [];
  async open(count, options) {
    for (let i = 0; i < count; i += 20)
      this.sockets.push(...await Promise.all(Array.from({ length: Math.min(20, count - i) }, (_, j) => subscribe(options(i + j).url, { ...options(i + j), hear: (b) => this.#hear(b) }))));
    this.count = count;
  }
  #hear(bytes) { if (bytes.includes(this.#mark) && ++this.#heard === this.count) this.#all?.(performance.now()); }
  async measure(send) {
    const times = [];
    for (let e = -20; e < EVENTS; e++) {
      this.#mark = `mark-${e}-`;
      this.#heard = 0;
      const all = new Promise((ok, no) => { this.#all = ok; setTimeout(() => no(new Error(`only ${this.#heard} of ${this.count} heard ${this.#mark}`)), 5000).unref(); });
      const began = performance.now();
      await send(this.#mark);
      const took = await all - began;
      if (e >= 0) times.push(took);
      await sleep(5);
    }
    return times;
  }
  close() { for (const s of this.sockets) s.terminate(); }
}

async function bareBroker(s) {
  const conf = `${s.dir}/bare.conf`, port = s.ports.mqtt + 20000 > 65000 ? s.ports.mqtt - 20000 : s.ports.mqtt + 20000;
  fs.writeFileSync(conf, `listener ${port} 127.0.0.1\nlistener ${port + 1} 127.0.0.1\nprotocol websockets\nsocket_domain ipv4\nallow_anonymous true\nset_tcp_nodelay true\n`);
  const broker = spawn('/usr/sbin/mosquitto', ['-c', conf], { stdio: 'ignore' });
  process.on('exit', () => broker.kill());
  const client = await until('the bare broker answers', () => new Promise((ok) => { const c = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 }); c.on('connect', () => ok(c)); c.on('error', () => ok(null)); c.on('close', () => ok(null)); }));
  return { broker, client, url: `ws://127.0.0.1:${port + 1}/mqtt` };
}

const s = await installation();
const stream = (await s.post('/api/v1/activity/stream', {}, s.token)).json;
const [room] = Object.keys(stream.rooms).filter((r) => r.startsWith('team:'));
const bare = await bareBroker(s);
let number = 0;
const post = async (mark) => {
  const t = new Date().toISOString();
  number++;
  const r = await s.deliver('deployment_status', { action: 'created', repository: { id: 900000000, full_name: 'acme/repo-0' }, deployment: { id: number, sha: 'a'.repeat(40), ref: 'main', task: 'deploy', environment: mark, created_at: t, updated_at: t },
    deployment_status: { id: number, state: 'success', created_at: t, creator: { login: 'ann', id: 1 } } });
  if (r.status !== 202) throw new Error(`POST: ${r.status} ${r.raw}`);
};
const body = 'x'.repeat(300);
const publish = (mark) => new Promise((ok) => bare.client.publish('bench', mark + body, { qos: 1 }, ok));
for (const count of COUNTS) {
  const runs = { 'bare Mosquitto, publish to all': [], 'delivery, POST to all': [] };
  for (const [name, options, send] of [
    ['bare Mosquitto, publish to all', (i) => ({ url: bare.url, clientId: `bare-${count}-${i}`, filter: 'bench' }), publish],
    ['delivery, POST to all', (i) => ({ url: s.url.replace('http', 'ws') + '/mqtt', clientId: `${stream.clientId.split('.')[0]}.${count}x${i}`, password: stream.password, filter: stream.rooms[room], headers: { cookie: `pulse_live=${stream.password}` } }), post]]) {
    const listeners = new Listeners();
    await listeners.open(count, options);
    runs[name] = await listeners.measure(send);
    listeners.close();
    await sleep(500);
  }
  const floor = quantile(runs['bare Mosquitto, publish to all'], 0.5);
  table(`Live, ${count} listening, ${EVENTS} events`, ['', 'p50', 'of the floor', 'p99'], Object.entries(runs).map(([name, t]) => [name, millis(quantile(t, 0.5)), ratio(quantile(t, 0.5) / floor), millis(quantile(t, 0.99))]));
}
bare.client.end(true);
bare.broker.kill();
await s.stop();
