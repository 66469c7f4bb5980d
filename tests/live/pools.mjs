#!/usr/bin/env node
// pools.mjs - pulse-pools: programs that are there when they are asked, and not
// before; that come back; that are replaced without a request lost.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { done, sleep, test, until } from '../lib/tap.mjs';
import { Stack } from '../lib/stack.mjs';

const s = await Stack.start({ pools: 'webhooks 1 4\nactivity 2 2\nauth 1 2 nice=10\nauthorizer 1 1\nteam 1 2 idle=1\nrepos 1 1 idle=300 nice=3\n' });
const token = await s.login(s.person('acme', 'owner'));
const pools = s.children.get('pools').pid;
const processorTime = () => fs.readFileSync(`/proc/${pools}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').slice(11, 13).reduce((a, b) => a + Number(b), 0);
const status = async (path) => (await s.get(path, token)).status;

await test('who hashes passwords stands back, and not among the programs only', () => {
  const [pid] = s.workers('auth'), [other] = s.workers('activity');
  const nice = (p) => Number(fs.readFileSync(`/proc/${p}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')[16]);
  assert.deepEqual([nice(pid), nice(other)], [10, 0]);
  if (fs.existsSync('/proc/self/autogroup')) assert.match(fs.readFileSync(`/proc/${pid}/autogroup`, 'utf8'), /nice 10$/m);
});
await test('a program with idle= is started by the first who asks, and ends when nobody does', async () => {
  assert.deepEqual([s.workers('team'), s.workers('repos')], [[], []]);
  assert.equal(await status('/api/v1/team'), 200);
  assert.equal(s.workers('team').length, 1);
  await until('it has ended', () => !s.workers('team').length);
  assert.equal(await status('/api/v1/team'), 200);
  assert.ok(!/a process ended/.test(s.log('pools')), 'that is no trouble');
});
await test('those who ask while it ends and starts are all answered', async () => {
  for (let i = 0; i < 4; i++) {
    const answers = await Promise.all(Array.from({ length: 20 }, async (_, n) => { await sleep(n * 30); return status('/api/v1/team'); }));
    assert.ok(answers.every((x) => x === 200), String(answers));
    await sleep(950 + 30 * i);
  }
});
await test('while nobody asks pulse-pools does nothing', async () => {
  const before = processorTime();
  await sleep(1500);
  assert.ok(processorTime() - before <= 2);
});
await test('one that died is started again; one that dies at once is tried once a second', async () => {
  const [pid] = s.workers('activity');
  process.kill(pid, 'SIGKILL');
  await until('another one is there', () => s.workers('activity').length === 2 && !s.workers('activity').includes(pid));
  const program = s.dir + '/libexec/repos', real = fs.readlinkSync(program);
  fs.rmSync(program);
  fs.writeFileSync(program, '#!/bin/sh\necho x >>"$0.starts"\nexit 1\n', { mode: 0o755 });
  const asks = status('/api/v1/repos'), before = processorTime();
  await until('it was tried', () => fs.existsSync(program + '.starts'));
  await sleep(2500);
  const tries = fs.readFileSync(program + '.starts', 'utf8').length / 2;
  assert.ok(tries >= 2 && tries <= 5 && processorTime() - before < 20, `${tries} tries`);
  fs.rmSync(program);
  fs.symlinkSync(real, program);
  assert.equal(await asks, 200, 'who waited is answered when it works');
});
await test('all are replaced one by one, and no request is lost', async () => {
  const before = s.workers('activity'), [auth] = s.workers('auth');
  let stop = false, bad = 0, n = 0;
  const readers = Array.from({ length: 4 }, async () => { while (!stop) { n++; if (await status('/api/v1/activity?limit=1') !== 200) bad++; } });
  process.kill(pools, 'SIGHUP');
  await until('both are new', () => { const now = s.workers('activity'); return now.length === 2 && !now.some((p) => before.includes(p)); });
  await until('the sign-in is new too', () => s.workers('auth').length === 1 && s.workers('auth')[0] !== auth);
  stop = true;
  await Promise.all(readers);
  assert.deepEqual([bad, n > 10], [0, true]);
});
await test('a line of the table that is none is named by its number', async () => {
  const { execFile } = await import('node:child_process');
  fs.writeFileSync(s.dir + '/bad.conf', '# a table\nteam 1 2 idle=soon\n');
  const said = await new Promise((ok) => execFile(process.env.PULSE_BUILD + '/pulse-pools', [s.dir + '/bad.conf', s.dir + '/libexec'], { env: s.env }, (e, out, err) => ok(err)));
  assert.match(said, /bad\.conf:2: not /);
});
await s.stop();
done();
