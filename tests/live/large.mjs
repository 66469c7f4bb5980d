#!/usr/bin/env node
// large.mjs - bodies of 25 MB, rightly signed: bounded memory, a dead letter.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import { done, note, sleep, test } from '../lib/tap.mjs';
import { SECRET, Stack } from '../lib/stack.mjs';

const MB = 1 << 20, FULL = 25 * MB;
const s = await Stack.start({ pools: 'webhooks 1 2\nactivity 1 1\nauth 1 1\nauthorizer 1 1\n' });
const status = (field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${s.workers('webhooks')[0]}/status`, 'utf8'))[1]) / 1024;
const before = status('VmRSS');
const fill = (piece, head = '', tail = '') => { const b = Buffer.alloc(FULL, piece); b.write(head); if (tail) b.write(tail, FULL - tail.length); return b; };
const bodies = {
  '25 MB of {}': fill('{}'), '25 MB of [': fill('['), '25 MB of {} in a list': fill('{},', '{"x":['), '25 MB of [] in a list': fill('[],', '{"x":['),
  '25 MB of one string': fill('a', '{"zen":"', '"}'), '25 MB of one name': fill('a', '{"', '":1}'), '25 MB of spaces': fill(' ', '{', '}'),
  '25 MB of commits': fill('{"id":"6113728f27ae82c7b1a177c8d03f9e96e0adf246","timestamp":"2019-05-15T15:19:25Z"},', '{"ref":"refs/heads/x","commits":['),
  '25 MB of escapes': fill('\\u0041', '{"pull_request":{"title":"', '"}}'),
};
for (const [name, body] of Object.entries(bodies)) await test(`${name}: 2xx, kept, and read or a dead letter`, async () => {
  const r = await s.deliver('pull_request', body);
  assert.equal(r.status, 202, String(r.raw));
  assert.equal(r.json.status, 'dead_letter', String(r.raw));
});
await test('the bytes are kept whole', () => assert.equal(s.sql('SELECT min(length(body)), max(length(body)) FROM delivery_body'), `${FULL}|${FULL}`));
const peak = status('VmHWM'), after = status('VmRSS');
note(`webhooks: ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at the peak, ${after.toFixed(0)} MB after`);
// The body, libpq's copy of it (it doubles its buffer), and little else.
await test('memory stays bounded: at most five bodies at the peak', () => assert.ok(peak < 5 * 25 + before, `${peak} MB`));
await test('and is given back', () => assert.ok(after < before + 40, `${after} MB`));
await test('the same process still answers', async () => assert.equal((await s.deliver('ping', { zen: 'z' })).status, 202));
await test('two at once', async () => { const r = await Promise.all([s.deliver('push', bodies['25 MB of [']), s.deliver('push', bodies['25 MB of {}'])]); assert.deepEqual(r.map((x) => x.status), [202, 202]); });
await test('nine postponed ones are read again by a job that may have 300 MB', () => {
  const waiting = "SELECT count(*) FROM delivery WHERE state = 'waiting'";
  s.sql("UPDATE delivery SET state = 'waiting', next_attempt_at = now() WHERE state = 'dead' AND event = 'pull_request'");
  assert.equal(s.sql(waiting), '9');
  const r = spawnSync('sh', ['-c', 'ulimit -v 300000; exec "$0"', process.env.PULSE_BUILD + '/process-deliveries'], { env: s.env, encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
  assert.equal(s.sql(waiting), '0');
  assert.equal(s.sql("SELECT count(*) FROM delivery WHERE state = 'dead' AND event = 'pull_request' AND attempts = 2"), '9');
});
await s.stop();

// At 10 MB a second, as it comes over a network.
async function deliverSlowly(stack, body) {
  const req = http.request(stack.url + '/api/v1/webhooks/github', { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length, 'x-github-event': 'push', 'x-github-delivery': 'slowly', 'x-hub-signature-256': 'sha256=' + createHmac('sha256', SECRET).update(body).digest('hex') } });
  const answer = new Promise((ok, no) => { req.on('response', (r) => { r.resume(); ok(r.statusCode); }); req.on('error', no); });
  for (let at = 0; at < body.length; at += MB) { req.write(body.subarray(at, at + MB)); await sleep(100); }
  req.end();
  return answer;
}
for (const [name, web] of [['lighttpd', 'lighttpd'], ['Apache', 'apache']]) {
  const other = await Stack.start({ web });
  await test(`${name}: 25 MB that take some seconds are taken whole`, async () => {
    assert.equal(await deliverSlowly(other, bodies['25 MB of one string']), 202);
    assert.equal(other.sql("SELECT length(body) FROM delivery_body WHERE guid = 'slowly'"), String(FULL));
  });
  await other.stop();
}
done();
