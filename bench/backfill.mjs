#!/usr/bin/env node
// backfill.mjs - REPOS (200) repositories with PULLS (500) pull requests each
// from a fake GitHub: undisturbed, and killed with -9 ten times; beside the bare
// rate of that server, asked the same things by a client that does nothing with
// the answers. The rows must be the same, or this fails.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { rate, ratio, table } from './lib/report.mjs';
import { FakeGithubApi } from '../tests/lib/fake-github-api.mjs';
import { Stack } from '../tests/lib/stack.mjs';

const hub = await new FakeGithubApi({ repos: Number(process.env.REPOS || 200), pulls: Number(process.env.PULLS || 500), limit: 1e9 }).start();
const s = await Stack.start({ settings: { GITHUB_URL: hub.url, GITHUB_HOST: '127.0.0.1', PRIVATE_HOSTS: '127.0.0.1', JOB_SECONDS: 3600 } });
const token = await s.login(s.person('acme', 'owner'));
const send = (method, path, body) => s.request(method, '/api/v1' + path, { body: body && JSON.stringify(body), headers: { 'content-type': 'application/json', authorization: 'Bearer ' + token } });
const made = await send('POST', '/integrations', { kind: 'github_token', token: hub.token() });
if (made.status !== 201) throw new Error(String(made.raw));
while ((await send('GET', '/repos/available')).json.refreshing);
let peak = 0;
const start = () => { const c = spawn(`${process.env.PULSE_BUILD}/backfill-repos`, [], { env: s.env, stdio: ['ignore', 'ignore', 'inherit'] }); c.over = new Promise((ok) => c.on('exit', ok)); return c; };
const watch = (c) => setInterval(() => { try { peak = Math.max(peak, Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${c.pid}/smaps_rollup`, 'utf8'))[1])); } catch { /* it has ended */ } }, 100);
const open = () => s.sql("SELECT count(*) FROM job_unit WHERE job = 'backfill-repos' AND state <> 'FINISHED'") !== '0';
const rows = () => s.sql(['commit', 'pull_request', 'review', 'issue', 'deployment', 'deployment_status', 'release', 'build'].map((t) => `SELECT '${t}', count(*), md5(string_agg(md5((to_jsonb(c) - 'repo_id' || jsonb_build_object('r', r.github_id))::text), '' ORDER BY md5((to_jsonb(c) - 'repo_id' || jsonb_build_object('r', r.github_id))::text))) FROM ${t} c JOIN repository r ON r.org_id = c.org_id AND r.id = c.repo_id`).join(' UNION ALL ') + ' ORDER BY 1');
async function run(kills) {
  s.sql('DELETE FROM repository; DELETE FROM job_unit');
  for (const r of hub.repos) r.hooks = [];
  await send('POST', '/repos/connect', { pattern: '*' });
  hub.calls.length = 0;
  const began = Date.now();
  for (let left = kills; open();) {
    const c = start(), timer = watch(c);
    if (left) setTimeout(() => c.kill('SIGKILL'), 300 + Math.random() * 3000).unref();
    left = Math.max(0, left - 1);
    await c.over;
    clearInterval(timer);
    s.sql("UPDATE job_unit SET lease_until = NULL, not_before = now() WHERE state <> 'FINISHED'");
  }
  return { seconds: (Date.now() - began) / 1000, calls: hub.calls.length, rows: rows() };
}
const calm = await run(0), asked = hub.calls.map((c) => ({ method: c.method, path: c.path + c.query, headers: c.headers, body: c.body ? JSON.stringify(c.body) : undefined })).filter((c) => c.method === 'GET' || c.path === '/api/graphql');
const bare = async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 }), began = Date.now();
  for (const c of asked) await new Promise((ok, no) => { const req = http.request(hub.url + c.path, { method: c.method, agent, headers: { authorization: c.headers.authorization, 'user-agent': 'bare', 'x-github-api-version': '2022-11-28', 'content-type': 'application/json' } }, (res) => { res.resume(); res.on('end', ok); }); req.on('error', no); req.end(c.body); });
  agent.destroy();
  return asked.length / ((Date.now() - began) / 1000);
};
const floor = await bare(), killed = await run(10);
table(`Backfill of ${hub.repos.length} repositories`, ['', 'calls', 'seconds', 'rate', 'of the bare rate'], [
  ['the fake server, bare', asked.length, (asked.length / floor).toFixed(1), rate(floor), ''],
  ['undisturbed', calm.calls, calm.seconds.toFixed(1), rate(calm.calls / calm.seconds), ratio(calm.calls / calm.seconds / floor)],
  ['killed ten times', killed.calls, killed.seconds.toFixed(1), rate(killed.calls / killed.seconds), ratio(killed.calls / killed.seconds / floor)],
]);
console.log(`  peak memory of a worker (PSS): ${(peak / 1024).toFixed(1)} MB; ${(100 * (killed.calls / calm.calls - 1)).toFixed(2)} % more calls when killed; the rows are ${calm.rows === killed.rows ? 'the same' : 'OTHERS'}`);
if (calm.rows !== killed.rows) process.exitCode = 1;
await s.stop();
await hub.stop();
