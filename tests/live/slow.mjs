#!/usr/bin/env node
// slow.mjs - clients that send a byte now and then: they hold connections of the
// web server, never the programs' threads.
import assert from 'node:assert/strict';
import net from 'node:net';
import { done, require, sleep, test, until } from '../lib/tap.mjs';
import { Stack } from '../lib/stack.mjs';

const mqtt = require('mqtt');
const LONG = 20000000;

// A body that is announced and then dripped.
function drip(s, path, length) {
  const c = net.connect(s.ports.http, '127.0.0.1', () => c.write(`POST /api/v1${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n{`));
  const timer = setInterval(() => c.write(' '), 3000);
  c.on('error', () => {});
  c.on('close', () => clearInterval(timer));
  c.resume();
  return c;
}

// The same without a web server that collects the body: FastCGI by hand.
function dripFastCgi(socket, path, length) {
  const record = (type, bytes) => { const head = Buffer.from([1, type, 0, 1, bytes.length >> 8, bytes.length & 255, 0, 0]); return Buffer.concat([head, bytes]); };
  const pair = ([k, v]) => Buffer.concat([Buffer.from([k.length, v.length]), Buffer.from(k + v)]);
  const params = { REQUEST_METHOD: 'POST', REQUEST_URI: '/api/v1' + path, CONTENT_LENGTH: String(length), CONTENT_TYPE: 'application/json', REMOTE_ADDR: '192.0.2.1' };
  return new Promise((ok) => {
    const began = Date.now(), c = net.connect(socket);
    let got = '';
    c.write(Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), record(4, Buffer.concat(Object.entries(params).map(pair))), record(4, Buffer.alloc(0)), record(5, Buffer.from('{'))]));
    const timer = setInterval(() => c.write(record(5, Buffer.from(' '))), 1000);
    c.on('data', (d) => { got += d; if (/Status: \d+/.test(got)) { c.destroy(); ok({ status: Number(/Status: (\d+)/.exec(got)[1]), ms: Date.now() - began }); } });
    c.on('error', () => {});
    c.on('close', () => { clearInterval(timer); ok({ status: 0, ms: Date.now() - began }); });
    setTimeout(() => c.destroy(), 20000).unref();
  });
}

async function quickly(what) {
  const began = Date.now(), r = await what.catch((e) => ({ status: e.message }));
  assert.ok([200, 202].includes(r.status), `${r.status} ${r.raw || ''}`);
  assert.ok(Date.now() - began < 2000, `after ${Date.now() - began} ms`);
}

for (const [name, web] of [['lighttpd', 'lighttpd'], ['Apache', 'apache']]) {
  const s = await Stack.start({ web });
  const who = s.person('acme', 'owner');
  const token = await s.login(who);
  const stream = (await s.post('/api/v1/activity/stream', {}, token)).json;
  await s.settled();
  const live = mqtt.connect(s.url.replace('http', 'ws') + '/mqtt', { clientId: stream.clientId, password: stream.password, username: '', protocolVersion: 5, reconnectPeriod: 0, keepalive: 600, wsOptions: { headers: { cookie: `pulse_live=${stream.password}` } } });
  let lost = false;
  live.on('close', () => { lost = true; });
  live.on('error', () => {});
  await until('the live connection', () => live.connected);
  const deliver = () => quickly(s.deliver('ping', { zen: 'z' }, { timeout: 10000 }));
  const login = () => quickly(s.request('POST', '/api/v1/auth/login', { body: JSON.stringify(who), headers: { 'content-type': 'application/json' }, timeout: 10000 }));
  const me = () => quickly(s.request('GET', '/api/v1/auth/me', { headers: { authorization: 'Bearer ' + token }, timeout: 10000 }));

  for (const [path, length, count] of [['/webhooks/github', LONG, 24], ['/auth/login', LONG, 8], ['/auth/login', 60000, 8]]) {
    const slow = Array.from({ length: count }, () => drip(s, path, length));
    await sleep(1500);
    await test(`${name}: ${count} slow bodies of ${length} bytes for ${path} keep no delivery waiting`, deliver);
    await test(`${name}: nor a login`, login);
    await test(`${name}: nor who is signed in`, me);
    for (const c of slow) c.destroy();
    await sleep(500);
  }
  if (web === 'lighttpd') await test('a server that passes a slow body on hears 408 from the program within seconds', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => dripFastCgi(s.dir + '/webhooks.sock', '/webhooks/github', LONG)));
    for (const { status, ms } of answers) { assert.equal(status, 408); assert.ok(ms < 14000, `after ${ms} ms`); }
  });
  if (web === 'apache') await test('Apache itself gives a slow body up', async () => {
    const c = drip(s, '/webhooks/github', LONG), began = Date.now();
    const got = await new Promise((ok) => { let all = ''; c.on('data', (d) => { all += d; }); c.on('close', () => ok(all)); });
    assert.match(got, /^HTTP\/1.1 408/);
    assert.ok(Date.now() - began < 20000);
  });
  await test(`${name}: a live connection on which nothing is said is not taken for a slow client`, () => assert.ok(live.connected && !lost));
  await live.endAsync(true);
  await s.stop();
}
done();
