#!/usr/bin/env node
// footprint.mjs - memory (sum of PSS) before and after load, and the time from
// the start of programs and web server to the first answer.
import { sleep } from '../tests/lib/tap.mjs';
import { SECRET } from '../tests/lib/stack.mjs';
import { installation, memory } from './lib/installation.mjs';
import { rounds, signedPool, wrk } from './lib/load.mjs';
import { median, millis, table } from './lib/report.mjs';

const s = await installation();
const parts = { 'programs (pulse-pools)': 'pools', 'bridge': 'bridge', 'web server': 'web', 'broker': 'mosquitto' };
const weigh = () => Object.fromEntries(Object.entries(parts).map(([name, child]) => [name, memory(s.children.get(child).pid)]));
const before = weigh();
const pool = signedPool(`${s.dir}/payloads`, SECRET);
await wrk(s.url + '/api/v1/webhooks/github', { connections: 64, env: { ...pool, PULSE_RUN: 'weight' } });
await wrk(s.url + '/api/v1/activity?limit=50', { connections: 16, env: { PULSE_TOKEN: s.token } });
const after = weigh();
const sum = (w) => Object.values(w).reduce((a, b) => a + b, 0);
const mb = (kb) => `${(kb / 1024).toFixed(1)} MB`;
table('Memory, PSS', ['', 'at rest', 'after load'], [...Object.keys(parts).map((p) => [p, mb(before[p]), mb(after[p])]), ['in all', mb(sum(before)), mb(sum(after))]]);

const times = [];
for (let i = 0; i < 3 + rounds; i++) {
  await s.kill('web');
  await s.kill('pools');
  await sleep(200);
  const began = performance.now();
  await s.launch('web');
  await s.launch('pools');
  while (!await s.get('/api/v1/activity?limit=1', s.token).then((r) => r.status === 200, () => false)) await sleep(1);
  times.push(performance.now() - began);
}
table('Cold start: programs and web server, to the first page of activity', ['', 'median', 'worst'], [['', millis(median(times)), millis(Math.max(...times))]]);
await s.stop();
