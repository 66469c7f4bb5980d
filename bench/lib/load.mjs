// load.mjs - load: wrk for HTTP, pgbench for PostgreSQL's own speed, and real
// payloads, signed. What is compared runs in turn, round after round, and the
// median counts: these machines are noisy.
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { require } from '../../tests/lib/tap.mjs';
import { median } from './report.mjs';

const run = promisify(execFile);
const here = path.dirname(new URL(import.meta.url).pathname);
export const seconds = Number(process.env.SECONDS_EACH || 5), rounds = Number(process.env.ROUNDS || 3);

// { perSecond, p50, p99 } of one run; times in milliseconds. Any refusal is an
// error: a fast refusal is no speed.
export async function wrk(url, { connections = 16, env = {} } = {}) {
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '5s', '--latency', '-s', `${here}/../wrk.lua`, url], { env: { ...process.env, ...env }, maxBuffer: 1 << 24 });
  const got = JSON.parse(/^\{.*\}$/m.exec(stdout)[0]);
  if (got.bad) throw new Error(`${got.bad} of ${got.requests} requests were refused or lost at ${url}`);
  return got;
}

// Transactions a second of one statement by so many clients.
export async function pgbench(s, script, clients) {
  const file = `${s.dir}/pgbench.sql`;
  fs.writeFileSync(file, script + ';\n');
  const { stdout } = await run('pgbench', ['-h', s.pg, '-U', 'pulse', '-n', '-M', 'prepared', '-c', String(clients), '-j', '1', '-T', String(seconds), '-f', file, s.db]);
  return { perSecond: Number(/tps = ([\d.]+)/.exec(stdout)[1]) };
}

// Run each of { name: async () => figures } in turn, and give { name: medians }.
export async function inTurn(what) {
  const all = {};
  for (let round = 0; round < rounds; round++)
    for (const [name, measure] of Object.entries(what)) (all[name] ||= []).push(await measure(round));
  return Object.fromEntries(Object.entries(all).map(([name, runs]) => [name,
    Object.fromEntries(Object.keys(runs[0]).map((k) => [k, median(runs.map((r) => r[k]))]))]));
}

// What happened, happened now: history writes no line that goes out live.
function happenNow(value, at) {
  for (const [key, part] of Object.entries(value))
    if (part && typeof part === 'object') happenNow(part, at);
    else if (typeof part === 'string' && (key.endsWith('_at') || key === 'timestamp')) value[key] = at;
}

// Real payloads of the events that matter most, each made distinct (repository,
// sha, number, ids), so that rows do not collide more than in life.
export function payloads(count) {
  const all = require('@octokit/webhooks-examples');
  const of = (name) => all.find((x) => x.name === name).examples.filter((b) => b.repository && (name !== 'push' || b.commits.length));
  const mix = ['push', 'pull_request', 'push', 'pull_request', 'pull_request_review', 'pull_request', 'deployment_status', 'push'];
  const began = Date.now() - count;
  const examples = Object.fromEntries([...new Set(mix)].map((name) => [name, of(name)]));
  return Array.from({ length: count }, (_, i) => {
    const event = mix[i % mix.length], body = structuredClone(examples[event][i % examples[event].length]), k = i % 100;
    happenNow(body, new Date(began + i).toISOString());
    // What a repository says of itself is the same each time.
    Object.assign(body.repository, { id: 900000000 + k, name: `repo-${k}`, full_name: `acme/repo-${k}`, html_url: `https://github.com/acme/repo-${k}`, default_branch: 'main', private: true, archived: false });
    delete body.installation;
    body.commits?.forEach((c, j) => { c.id = (i * 100 + j).toString(16).padStart(40, '0'); });
    if (body.pull_request) { body.pull_request.id = body.pull_request.number = i + 1; body.number = i + 1; }
    if (body.review) body.review.id = i + 1;
    if (body.deployment) { body.deployment.id = i + 1; body.deployment_status.id = i + 1; }
    return { event, bytes: Buffer.from(JSON.stringify(body)) };
  });
}

// Payloads on disk for wrk.lua; returns the environment that names them.
export function signedPool(dir, secret, count = 2000) {
  fs.mkdirSync(dir, { recursive: true });
  const index = payloads(count).map(({ event, bytes }, i) => {
    fs.writeFileSync(`${dir}/${i}`, bytes);
    return `${event} sha256=${createHmac('sha256', secret).update(bytes).digest('hex')} ${dir}/${i}`;
  });
  fs.writeFileSync(`${dir}/index`, index.join('\n') + '\n');
  return { PULSE_POOL: `${dir}/index` };
}
