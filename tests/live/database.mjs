#!/usr/bin/env node
// database.mjs - PostgreSQL cuts every connection of the programs, as a restart
// or a fail-over does: no request pays for it.
import assert from 'node:assert/strict';
import { done, sleep, test } from '../lib/tap.mjs';
import { pool, Stack } from '../lib/stack.mjs';

const s = await Stack.start();
const who = s.person('acme', 'member', 'red');
await s.settled();
// As each program has some connections, each request comes often enough to
// meet them all.
const often = Array.from({ length: 40 });
const cut = async () => { s.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename IN ('pulse_web', 'pulse_auth')"); await sleep(100); };
const token = await s.login(who);
const all = async (ask) => {
  await pool(often, 8, ask);	// every connection is open
  await cut();
  const statuses = new Map();
  await pool(often, 8, async () => { const r = await ask(); statuses.set(r.status, (statuses.get(r.status) || 0) + 1); });
  return [...statuses];
};

await test('GET activity', async () => assert.deepEqual(await all(() => s.get('/api/v1/activity', token)), [[200, 40]]));
await test('POST activity/stream, which only reads', async () => assert.deepEqual(await all(() => s.post('/api/v1/activity/stream', {}, token)), [[200, 40]]));
await test('a login', async () => assert.deepEqual(await all(() => s.post('/api/v1/auth/login', { email: who.email, password: who.password })), [[200, 40]]));
await test('a logout', async () => assert.deepEqual(await all(async () => s.post('/api/v1/auth/logout', {}, await s.login(who))), [[204, 40]]));
await s.stop();
done();
