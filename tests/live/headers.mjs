#!/usr/bin/env node
// headers.mjs - what every answer says to a browser, which pages may ask, and what
// is refused before it costs anything: behind both web servers.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { done, note, test } from '../lib/tap.mjs';
import { routes } from '../lib/programs.mjs';
import { Stack } from '../lib/stack.mjs';
import { makeWorlds } from '../lib/worlds.mjs';

const OTHER_PAGE = 'https://tools.example', WITH_COOKIES = 'https://app.example', STRANGER = 'https://evil.test';
// A password that is looked at costs 50 ms, which too large ones must not.
const settings = { PASSWORD_COST: 10, CORS_ORIGINS: `${OTHER_PAGE}, https://second.example`, CORS_CREDENTIALS: WITH_COOKIES };
const policies = { 'x-content-type-options': /^nosniff$/, 'referrer-policy': /^same-origin$/, 'permissions-policy': /^camera=\(\), /, 'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/, 'content-security-policy': /^default-src 'none';.* frame-ancestors 'none'$/ };

// The headers as they came, each as often as it came.
const raw = (s, path, { method = 'GET', headers = {}, body } = {}) => new Promise((ok, no) => {
  const req = (s.options.tls ? https : http).request(s.url + path, { method, headers: { ...(body ? { 'content-length': Buffer.byteLength(body) } : {}), ...headers }, agent: false, rejectUnauthorized: false }, (res) => {
    res.resume().on('end', () => ok({ status: res.statusCode, of: (name) => res.rawHeaders.filter((_, i) => i % 2 && res.rawHeaders[i - 1].toLowerCase() === name) }));
  });
  req.on('error', no).end(body);
});
const kinds = { 'the page': ['/'], 'a script': ['/app/main.js'], 'a file that is not there': ['/nothing.js'], 'an answer': ['/api/v1/auth/me', true], 'a refusal': ['/api/v1/auth/me'], 'a CGI program': ['/api/v1/health'],
  'no such route': ['/api/v1/auth/nothing'], 'no such program': ['/api/v1/nothing'], 'an opening that is refused': ['/mqtt'], 'HEAD': ['/api/v1/activity', true, 'HEAD'] };

for (const [name, options] of [['lighttpd with TLS', { web: 'lighttpd', tls: true }], ['Apache with TLS', { web: 'apache', tls: true }], ['Apache', { web: 'apache' }], ['lighttpd', { web: 'lighttpd' }]]) {
  const s = await Stack.start({ ...options, settings: { ...settings, FRONTEND_URL: 'https://pulse.example' } });
  const [w] = makeWorlds(s, ['OURS']), token = { authorization: 'Bearer ' + w.people.owner.token };
  for (const [kind, [path, signed, method]] of Object.entries(kinds)) await test(`${name}: ${kind} has each policy once`, async () => {
    const r = await raw(s, path, { method, headers: signed ? token : {} });
    for (const [policy, value] of Object.entries(policies)) { assert.equal(r.of(policy).length, 1, `${policy}: ${r.of(policy)} (${r.status})`); assert.match(r.of(policy)[0], value, policy); }
    if (options.tls && path !== '/mqtt') assert.deepEqual(r.of('strict-transport-security'), ['max-age=31536000; includeSubDomains']);
    if (!options.tls) assert.deepEqual(r.of('strict-transport-security'), []);
    if (path.startsWith('/api')) { if (r.of('x-request-id').length) assert.deepEqual(r.of('cache-control'), ['private, no-cache']); } else if (path === '/') assert.deepEqual(r.of('x-frame-options'), ['DENY']);
  });
  await test(`${name}: a listed page may ask with a token, and is told so; no cookies`, async () => {
    const r = await raw(s, '/api/v1/auth/me', { headers: { ...token, origin: OTHER_PAGE } });
    assert.deepEqual([r.status, r.of('access-control-allow-origin'), r.of('access-control-allow-credentials'), r.of('access-control-expose-headers')], [200, [OTHER_PAGE], [], ['ETag, Retry-After, X-Request-Id']]);
    assert.ok(r.of('vary').join().includes('Origin'));
  });
  await test(`${name}: one that is listed for it may send cookies`, async () => assert.deepEqual((await raw(s, '/api/v1/auth/me', { headers: { ...token, origin: WITH_COOKIES } })).of('access-control-allow-credentials'), ['true']));
  await test(`${name}: no other page is told anything, however like it is`, async () => {
    for (const origin of [STRANGER, 'null', OTHER_PAGE + '.evil.test', OTHER_PAGE + '/', 'http://tools.example', 'https://TOOLS.example', 'https://example', `${OTHER_PAGE},`, '*', ''])
      for (const path of ['/api/v1/auth/me', '/api/v1/health', '/']) {
        const r = await raw(s, path, { headers: { ...token, origin } });
        assert.deepEqual([r.of('access-control-allow-origin'), r.of('access-control-allow-credentials')], [[], []], origin);
        if (path.startsWith('/api')) assert.ok(r.of('vary').join().includes('Origin'), `${path} varies`);
      }
  });
  await test(`${name}: the question before a request is answered for what there is`, async () => {
    const may = (origin, method, path = '/api/v1/activity/stream') => raw(s, path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization' } });
    const r = await may(OTHER_PAGE, 'POST');
    assert.deepEqual([r.status, r.of('access-control-allow-origin'), r.of('access-control-allow-methods'), r.of('access-control-allow-headers')], [204, [OTHER_PAGE], ['POST'], ['Authorization, Content-Type, If-None-Match']]);
    assert.deepEqual((await may(OTHER_PAGE, 'DELETE')).of('access-control-allow-methods'), []);
    assert.deepEqual((await may(STRANGER, 'POST')).of('access-control-allow-methods'), []);
    assert.notEqual((await may(STRANGER, 'POST')).status, 204);
  });
  if (options.web === 'apache' || options.tls) { await s.stop(); continue; }

  // --- forged by another site's page ------------------------------------------
  let cases = 0;
  const ask = (r, headers) => s.request(r.method, '/api/v1' + r.path.replace(/\{\w+\}/g, '1'), { headers: { 'content-type': 'application/json', ...headers }, ...(r.method === 'GET' || r.method === 'DELETE' ? {} : { body: '{}' }) });
  await test('no write of any route is taken from another site\'s page, with cookies or a token', async () => {
    for (const r of routes().filter((x) => x.method !== 'GET')) for (const origin of [STRANGER, 'null', 'https://pulse.example.evil.test', 'http://pulse.example', 'https://pulse.example:8443']) {
      const a = await ask(r, { origin, ...token, cookie: 'pulse_refresh=x; pulse_live=x; pulse_device=x' });
      cases++;
      assert.deepEqual([a.status, a.json?.type, a.headers['set-cookie']], [403, '/problems/foreign-origin', undefined], `${r.method} ${r.path} from ${origin}: ${a.raw}`);
    }
  });
  await test('from our own page every route takes it, as far as it is right', async () => {
    for (const r of routes().filter((x) => x.method !== 'GET')) { cases++; assert.notEqual((await ask(r, { origin: 'https://pulse.example', ...token })).json?.type, '/problems/foreign-origin', r.path); }
  });
  await test('a route that reads shows another site\'s page nothing for a cookie', async () => {
    for (const r of routes().filter((x) => x.method === 'GET')) for (const origin of [STRANGER, OTHER_PAGE]) {
      const cookie = 'pulse_refresh=x; pulse_live=x; pulse_device=x; pulse_state=x';
      const [a, b] = [await ask(r, { origin, cookie }), await ask(r, { origin })];
      cases++;
      assert.deepEqual([a.status, a.json?.type], [b.status, b.json?.type], r.path);
    }
  });
  await test('a cookie is read in one place, which asks whose page it is', () => {
    const top = process.env.PULSE_TOP, found = [];
    for (const dir of ['fcgi', 'cgi-bin', 'lib/web']) for (const f of fs.readdirSync(`${top}/${dir}`).filter((x) => x.endsWith('.c')))
      if (/"(HTTP_)?cookie"/i.test(fs.readFileSync(`${top}/${dir}/${f}`, 'utf8').replace(/"Set-Cookie"/g, ''))) found.push(`${dir}/${f}`);
    assert.deepEqual(found, ['lib/web/session.c']);
  });
  note(`${cases} cases`);

  // --- too large ----------------------------------------------------------------
  // Processor time of web server and program, in nanoseconds.
  const spent = () => [s.children.get('web').pid, ...s.workers('auth')].flatMap((pid) => fs.readdirSync(`/proc/${pid}/task`).map((t) => Number(fs.readFileSync(`/proc/${pid}/task/${t}/schedstat`, 'utf8').split(' ')[0]))).reduce((a, b) => a + b, 0);
  const cost = async (n, work) => { const from = spent(); for (let i = 0; i < n; i++) await work(); return (spent() - from) / n; };
  const login = (password) => s.request('POST', '/api/v1/auth/login', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: w.people.owner.email, password }) });
  const gives = (status, request) => async () => { const r = await request().catch((e) => ({ status: e.code })); assert.ok([status].flat().includes(r.status), `${r.status}`); };
  const ordinary = Math.min(await cost(40, gives(401, () => s.get('/api/v1/auth/me', 'nonsense'))), await cost(40, gives(401, () => s.get('/api/v1/auth/me', 'nonsense'))));
  // Some hundred times that is a password that is hashed; what is too large may
  // cost its bytes only.
  const huge = 'x'.repeat(10 << 20), token100 = 'e'.repeat(100 << 10), password = 'p'.repeat(1 << 20);
  for (const [what, most, request] of [
    ['a password of 1 MiB', 100, gives(413, () => login(password))],
    ['a password of 2 KiB', 20, gives(400, () => login('p'.repeat(2048)))],
    ['a token of 100 KiB', 20, gives([400, 431], () => s.get('/api/v1/auth/me', token100))],
    ['a token of 3 KiB', 20, gives(401, () => s.get('/api/v1/auth/me', 'e'.repeat(3000)))],
    ['cookies of 10 MiB', 100, gives([400, 431, 'EPIPE', 'ECONNRESET'], () => s.request('POST', '/api/v1/auth/refresh', { headers: { cookie: 'pulse_refresh=' + huge } }))],
  ]) await test(`${what}: refused cheaply, for its bytes and no more`, async () => {
    const times = await cost(20, request) / ordinary;
    note(`${what}: ${times.toFixed(1)} times an ordinary refusal`);
    assert.ok(times < most, `${times} times`);
  });
  await s.stop();
}
done();
