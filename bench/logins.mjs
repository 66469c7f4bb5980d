#!/usr/bin/env node
// logins.mjs - what 20 logins at once cost those who are signed in: the times of
// GET activity alone, and while they go on and on. Passwords cost what they do on
// a real server; the auth pool has its own place in line (httpd-conf/pools.conf).
import { installation } from './lib/installation.mjs';
import { inTurn, seconds } from './lib/load.mjs';
import { millis, quantile, ratio, table } from './lib/report.mjs';

const LOGINS = 20, READERS = 4;
const s = await installation({ settings: { PASSWORD_COST: 12 } });
const { email, password } = s.member;

// One reader asks again a moment after each answer, as people do.
async function read(until, times) {
  while (performance.now() < until) {
    const began = performance.now();
    const r = await s.get('/api/v1/activity?limit=50', s.token);
    if (r.status !== 200) throw new Error(`activity: ${r.status}`);
    times.push(performance.now() - began);
    await new Promise((ok) => setTimeout(ok, 5));
  }
}
async function measure(logins) {
  const times = [], end = performance.now() + 1000 * seconds;
  let done = 0;
  const others = Array.from({ length: logins }, async () => {
    while (performance.now() < end) { if ((await s.post('/api/v1/auth/login', { email, password })).status !== 200) throw new Error('a login was refused'); done++; }
  });
  await Promise.all(Array.from({ length: READERS }, () => read(end, times)));
  await Promise.all(others);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), perSecond: done / seconds };
}
await measure(0);
const got = await inTurn({ alone: () => measure(0), beside: () => measure(LOGINS) });
table(`GET activity, ${READERS} readers, alone and beside ${LOGINS} logins at once`, ['', 'p50', 'p99', 'logins'],
  [['alone', millis(got.alone.p50), millis(got.alone.p99), ''], [`beside ${LOGINS} logins`, millis(got.beside.p50), millis(got.beside.p99), `${got.beside.perSecond.toFixed(1)}/s`],
    ['ratio', ratio(got.beside.p50 / got.alone.p50), ratio(got.beside.p99 / got.alone.p99), '']]);
await s.stop();
