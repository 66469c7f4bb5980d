#!/usr/bin/env node
// gates.mjs - every configuration that is shipped, started as it is: it serves,
// it never upgrades without a live token, and it stands on loopback.
import assert from 'node:assert/strict';
import net from 'node:net';
import os from 'node:os';
import tls from 'node:tls';
import { done, require, sleep, test, until } from '../lib/tap.mjs';
import { Stack } from '../lib/stack.mjs';

const mqtt = require('mqtt');

// A WebSocket opening by hand: the status line's number.
const upgrade = (s, { path = '/mqtt', headers = {}, method = 'GET' } = {}) => new Promise((ok) => {
  const open = s.options.tls ? (cb) => tls.connect({ port: s.ports.https, host: '127.0.0.1', rejectUnauthorized: false }, cb) : (cb) => net.connect(s.ports.http, '127.0.0.1', cb);
  const c = open(() => c.write([`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: mqtt',
    ...Object.entries(headers).map(([k, v]) => `${k}: ${v}`), '', ''].join('\r\n')));
  let got = '';
  c.on('data', (d) => { got += d; const m = /^HTTP\/1\.1 (\d+)/.exec(got); if (m) { c.destroy(); ok(Number(m[1])); } });
  c.on('error', () => ok(0));
  c.on('close', () => ok(0));
  setTimeout(() => { c.destroy(); ok(0); }, 8000).unref();
});

const configurations = [['lighttpd', { web: 'lighttpd' }], ['lighttpd-wstunnel', { web: 'wstunnel' }], ['Apache', { web: 'apache' }], ['lighttpd with TLS', { web: 'lighttpd', tls: true }], ['Apache with TLS', { web: 'apache', tls: true }]];

for (const [name, options] of configurations) {
  const s = await Stack.start(options).catch((e) => e);
  if (s instanceof Error) { await test(`${name} starts`, () => { throw s; }); continue; }
  const who = s.person('acme', 'owner', 'red');
  s.sql("INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'github.com', 5, 'acme/api'); INSERT INTO team_repository VALUES (1, 1, 1)");
  await s.settled();
  const token = await s.login(who);
  const stream = (await s.post('/api/v1/activity/stream', {}, token)).json;
  const cookie = { cookie: `pulse_live=${stream.password}` };

  await test(`${name}: the API answers, with the bearer token passed on`, async () => assert.equal((await s.get('/api/v1/auth/me', token)).status, 200));
  await test(`${name}: health answers as plain CGI`, async () => { const r = await s.get('/api/v1/health'); assert.equal(r.status, 200); assert.ok(['ok', 'degraded'].includes(r.json.status), String(r.raw)); });
  await test(`${name}: HEAD is GET without the body`, async () => {
    for (const path of ['/api/v1/health', '/api/v1/activity?limit=1']) {
      const r = await s.request('HEAD', path, { headers: { authorization: 'Bearer ' + token } });
      assert.deepEqual([r.status, r.raw.length], [200, 0], path);
      assert.match(r.headers['content-type'], /^application\/json/);
    }
  });
  await test(`${name}: health shows its checks to an admin`, async () => { const r = await s.get('/api/v1/health', token); assert.deepEqual(Object.keys(r.json.checks), ['database', 'outbox', 'deliveries', 'jobs', 'bridge', 'broker', 'disk']); });
  await test(`${name}: metrics speak Prometheus`, async () => assert.match(String((await s.get('/api/v1/metrics')).raw), /^# HELP pulse_requests_total[^]*pulse_deliveries_total\{outcome="accepted"\} \d/m));
  await test(`${name}: the page has a strict policy and its addresses lead to it`, async () => {
    for (const path of ['/', '/login', '/dashboard/activity', '/dashboard/repos/7?pr=3']) {
      const r = await s.get(path);
      assert.equal(r.status, 200, path);
      assert.match(r.headers['content-security-policy'], /default-src 'none'; script-src 'self'/);
      assert.ok(!/unsafe/.test(r.headers['content-security-policy']));
      assert.match(String(r.raw), /<title>Pulse/);
    }
  });
  await test(`${name}: the caller's address is his connection's, whatever his headers say`, async () => {
    const claim = '203.0.113.9', headers = Object.fromEntries(['x-forwarded-for', 'x-real-ip', 'client-ip', 'remote-addr', 'forwarded'].map((k) => [k, k === 'forwarded' ? 'for=' + claim : claim]));
    assert.equal((await s.post('/api/v1/auth/login', { email: who.email, password: who.password }, null, headers)).status, 200);
    assert.equal(s.sql('SELECT DISTINCT address FROM session'), '127.0.0.1');
  });
  await test(`${name}: a body over 25 MB is 413 and names the limit`, async () => {
    const r = await s.deliver('push', Buffer.alloc(26214401, 'x'));
    assert.equal(r.status, 413);
    assert.match(r.json?.detail || '', /26214400/);
  });
  if (options.tls) await test(`${name}: http leads to https, and https stays`, async () => {
    const r = await s.request('GET', `http://127.0.0.1:${s.ports.http}/dashboard/activity?type=commit`);
    assert.equal(r.status, 308);
    assert.match(r.headers.location, /^https:\/\/127\.0\.0\.1(:\d+)?\/dashboard\/activity\?type=commit$/);
    assert.match((await s.get('/')).headers['strict-transport-security'], /max-age=31536000/);
    const cookies = (await s.post('/api/v1/auth/login', { email: who.email, password: who.password })).headers['set-cookie'].join();
    assert.match(cookies, /Secure/);
  });

  await test(`${name}: with a live token the connection is upgraded`, async () => {
    assert.equal(await upgrade(s, { headers: cookie }), 101);
    assert.equal(await upgrade(s, { path: '/mqtt?token=' + stream.password }), 101);
  });
  const never = { 'no token': {}, 'a token of nonsense': { headers: { cookie: 'pulse_live=nonsense' } }, 'the API token': { headers: { cookie: `pulse_live=${token}` } }, 'the API token in the query': { path: '/mqtt?token=' + token },
    'a bearer header': { headers: { authorization: 'Bearer ' + stream.password } }, 'the refresh cookie': { headers: { cookie: `pulse_refresh=${stream.password}` } }, 'a foreign origin': { headers: { ...cookie, origin: 'https://evil.test' } },
    'another method': { method: 'POST' }, 'CONNECT': { method: 'CONNECT' }, 'a path behind': { path: '/mqtt/x' }, 'a path in capitals': { path: '/MQTT' }, 'a doubled slash': { path: '//mqtt' }, 'an encoded path': { path: '/%6dqtt' }, 'dots': { path: '/x/../mqtt' }, 'dots encoded': { path: '/x/%2e%2e/mqtt' }, 'a semicolon': { path: '/mqtt;x' }, 'an empty query': { path: '/mqtt?' } };
  for (const [what, how] of Object.entries(never)) await test(`${name}: ${what} never upgrades`, async () => assert.notEqual(await upgrade(s, how), 101));
  await test(`${name}: a request without a token hears 401, one of a foreign page 403`, async () => { assert.equal(await upgrade(s, {}), 401); assert.equal(await upgrade(s, never['a foreign origin']), 403); });
  await test(`${name}: after a logout the token opens nothing`, async () => {
    const again = await s.login(who), other = (await s.post('/api/v1/activity/stream', {}, again)).json;
    await s.post('/api/v1/auth/logout', {}, again);
    assert.equal(await upgrade(s, { headers: { cookie: `pulse_live=${other.password}` } }), 401);
  });
  await test(`${name}: an independent MQTT client is let in with the token, and hears its room`, async () => {
    const client = mqtt.connect(s.url.replace('http', 'ws') + '/mqtt', { clientId: stream.clientId, password: stream.password, username: '', protocolVersion: 5, reconnectPeriod: 0, wsOptions: { headers: cookie, rejectUnauthorized: false } });
    const heard = [];
    client.on('message', (_t, m) => heard.push(JSON.parse(m)));
    client.on('error', (e) => heard.push(e));
    await until('connected', () => client.connected);
    const granted = await client.subscribeAsync(stream.rooms['team:1'], { qos: 1 });
    assert.ok(granted[0].qos < 128);
    const now = new Date().toISOString();
    const r = await s.deliver('pull_request', { action: 'opened', pull_request: { id: 1, number: 1, state: 'open', title: 'over ' + name, created_at: now, updated_at: now, user: { login: 'ann', id: 1 } }, repository: { id: 5, full_name: 'acme/api' } });
    assert.equal(r.status, 202);
    await until('the event', () => heard.length);
    assert.equal(heard[0].event.summary, '#1 over ' + name);
    await client.endAsync(true);
  });
  await test(`${name}: another client id than the token's is refused`, async () => {
    const refused = await new Promise((ok) => {
      const client = mqtt.connect(s.url.replace('http', 'ws') + '/mqtt', { clientId: '999.abc', password: stream.password, username: '', protocolVersion: 5, reconnectPeriod: 0, wsOptions: { headers: cookie, rejectUnauthorized: false } });
      client.on('connect', () => ok(0));
      client.on('error', (e) => { ok(e.code); client.end(true); });
    });
    assert.equal(refused, 0x87);
  });
  await test(`${name}: with the authorizer dead there is no upgrade, token or not`, async () => {
    assert.ok(s.workers('authorizer').length, 'the authorizer runs');
    // Stop the pools as well, or it would be back in a moment.
    s.children.get('pools').kill('SIGKILL');
    await sleep(1500);
    const statuses = [await upgrade(s, { headers: cookie }), await upgrade(s, {})];
    assert.ok(statuses.every((x) => x !== 101 && (x >= 500 || x === 0)), String(statuses));
  });
  const outside = Object.values(os.networkInterfaces()).flat().find((i) => i.family === 'IPv4' && !i.internal);
  await test(`${name}: nothing listens on another address`, async () => {
    if (!outside) return;
    for (const port of Object.values(s.ports)) assert.equal(await new Promise((ok) => { const c = net.connect(port, outside.address, () => { c.destroy(); ok('open'); }); c.on('error', () => ok('closed')); }), 'closed', `port ${port}`);
  });
  await s.stop();
}
done();
