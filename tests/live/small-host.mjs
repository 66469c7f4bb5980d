#!/usr/bin/env node
// small-host.mjs - the whole way on a classic shared host: the tarball, an
// Apache that was told AllowOverride All and nothing else, CGI, one PostgreSQL
// role that may create none, cron; no broker, no bridge, no root. PULSE_SMALL_HOST
// names a tarball of `make small-host`; without it one is built.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { openBrowser, openPage, sees, liveState } from '../lib/browser.mjs';
import { done, note, test, until } from '../lib/tap.mjs';

const top = process.env.PULSE_TOP, pg = process.env.PULSE_TEST_PG;
const scratch = fs.mkdtempSync(path.join(process.env.PULSE_TEST_SCRATCH, 'small-'));
const role = 'small_' + path.basename(scratch).slice(6).toLowerCase().replace(/\W/g, '_');
const freePort = () => new Promise((ok) => { const s = net.createServer().listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => ok(port)); }); });
const superuser = (...args) => execFileSync('psql', ['-h', pg, '-U', 'pulse', '-Atq', '-v', 'ON_ERROR_STOP=1', ...args], { encoding: 'utf8' }).trim();
const sql = (query) => superuser('-d', role, '-c', 'SET search_path = pulse', '-c', query);
let apache;
process.on('exit', () => {
  apache?.kill();
  try { superuser('-d', 'postgres', '-c', `DROP DATABASE IF EXISTS ${role} WITH (FORCE)`, '-c', `DROP ROLE IF EXISTS ${role}`); } catch { /* gone with its cluster */ }
  fs.rmSync(scratch, { recursive: true, force: true });
});

// The tarball: one that was made before, or made here.
let tarball = process.env.PULSE_SMALL_HOST;
if (!tarball) {
  const build = scratch + '/build';
  fs.mkdirSync(build);
  execFileSync('sh', ['-c', `"${top}/configure" -q --enable-relocatable && make -s -j2 small-host`], { cwd: build, stdio: ['ignore', 'ignore', 'inherit'] });
  tarball = fs.readdirSync(build).map((f) => `${build}/${f}`).find((f) => f.endsWith('small-host.tar.xz'));
}

// A home that has nothing of ours, an environment neither.
const home = scratch + '/home/u';
fs.mkdirSync(home, { recursive: true });
const env = { HOME: home, PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' };
const run = (program, args = [], options = {}) => execFileSync(`${home}/pulse/bin/${program}`, args, { env, cwd: '/', encoding: 'utf8', ...options });
const port = await freePort(), url = `http://127.0.0.1:${port}`;
const who = { email: 'ann@acme.test', password: 'password of ann' };
const conf = () => Object.fromEntries(fs.readFileSync(home + '/pulse/pulse.conf', 'utf8').split('\n').filter((l) => /^\w/.test(l)).map((l) => [l.slice(0, l.indexOf('=')), l.slice(l.indexOf('=') + 1)]));

await test('the tarball unpacks into a home, and one file is edited', () => {
  superuser('-d', 'postgres', '-c', `CREATE ROLE ${role} LOGIN NOCREATEROLE NOCREATEDB CONNECTION LIMIT 10`, '-c', `CREATE DATABASE ${role} OWNER ${role}`);
  execFileSync('tar', ['-xJf', tarball, '-C', home]);
  const example = fs.readFileSync(home + '/pulse/pulse.conf.example', 'utf8');
  fs.writeFileSync(home + '/pulse/pulse.conf', example.replace(/^DATABASE_URL=.*/m, `DATABASE_URL=postgresql://${role}@/${role}?host=${pg}`)
    .replace(/^FRONTEND_URL=.*/m, `FRONTEND_URL=${url}`).replace(/^#(ADOPT_REPOSITORIES=)acme.*/m, '$1acme') + run('pulsectl', ['make-secrets']) + 'PASSWORD_COST=4\n', { mode: 0o600 });
  assert.equal(conf().MQTT_URL, '');
});
await test('no program needs a library that a host may lack', () => {
  for (const dir of ['pulse/bin', 'public_html/cgi-bin/pulse']) for (const f of fs.readdirSync(`${home}/${dir}`).filter((x) => x[0] !== '.')) {
    const told = execFileSync('ldd', [`${home}/${dir}/${f}`], { env, encoding: 'utf8' });
    for (const line of told.split('\n').filter((l) => l.includes('=>')))
      assert.match(line, /\/home\/u\/\S*\/lib\/lib|\/(ld-linux\S*|lib(c|m|dl|rt|pthread|resolv))\.so/, `${f}: ${line}`);
  }
});
await test('migrate names both ways out, and --one-role is one', () => {
  assert.throws(() => run('pulsectl', ['migrate'], { stdio: 'pipe' }), /administrator.*--one-role/s);
  assert.match(run('pulsectl', ['migrate', '--one-role']), /of one role/);
  assert.match(run('pulsectl', ['migrate']), /up to date/);
  run('pulsectl', ['migrate', '--check']);
});
await test('an organisation and its owner', () => {
  run('pulsectl', ['create-org', 'acme', '--name', 'Acme']);
  run('pulsectl', ['create-user', who.email, '--org', 'acme', '--name', 'Ann', '--role', 'owner', '--password-stdin'], { input: who.password + '\n' });
});

// As a host has it: the root allows everything to .htaccess, and that is all.
const modules = '/usr/lib/apache2/modules';
fs.writeFileSync(scratch + '/apache.conf', ['mpm_event', 'authn_core', 'authz_core', 'alias', 'autoindex', 'cgid', 'deflate', 'dir', 'env', 'filter', 'headers', 'mime', 'rewrite', 'setenvif']
  .map((m) => `LoadModule ${m}_module ${modules}/mod_${m}.so\n`).join('') + `
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${scratch}/apache.pid
ScriptSock ${scratch}/cgid.sock
DefaultRuntimeDir ${scratch}
ErrorLog ${scratch}/apache.err
TypesConfig /etc/mime.types
DocumentRoot ${home}/public_html
<Directory />
	AllowOverride None
	Require all denied
</Directory>
<Directory ${home}/public_html>
	Options Indexes FollowSymLinks
	AllowOverride All
	Require all granted
</Directory>
`);
apache = spawn('/usr/sbin/apache2', ['-d', scratch, '-f', scratch + '/apache.conf', '-DFOREGROUND'], { env, stdio: 'ignore' });
const ask = async (method, where, { token, headers = {}, ...rest } = {}) => {
  const r = await fetch(url + where, { method, redirect: 'manual', headers: { ...(token ? { authorization: 'Bearer ' + token } : {}), ...headers }, ...rest });
  const raw = await r.text();
  let json;
  try { json = JSON.parse(raw); } catch { /* not JSON */ }
  return { status: r.status, headers: r.headers, raw, json };
};
const post = (where, body, token) => ask('POST', where, { token, body: JSON.stringify(body), headers: { 'content-type': 'application/json', origin: url } });
const get = (where, token) => ask('GET', where, { token });
const deliver = (title, number, secret = conf().GITHUB_WEBHOOK_SECRET) => {
  const at = new Date().toISOString();
  const body = JSON.stringify({ action: 'opened', pull_request: { id: number, number, state: 'open', title, created_at: at, updated_at: at, user: { login: 'ann', id: 1 } }, repository: { id: 1, full_name: 'acme/api' } });
  return ask('POST', '/api/v1/webhooks/github', { body, headers: { 'content-type': 'application/json', 'x-github-event': 'pull_request', 'x-github-delivery': randomUUID(), 'x-hub-signature-256': 'sha256=' + createHmac('sha256', secret).update(body).digest('hex') } });
};
await until('Apache answers', () => get('/').then((r) => r.status === 200, () => false));

await test('a signed delivery is taken, one with another signature is not', async () => {
  const r = await deliver('the first', 1);
  assert.equal(r.status, 202, r.raw);
  assert.equal((await deliver('forged', 2, 'another secret of sixteen')).status, 403);
  assert.equal(sql('SELECT count(*) FROM pull_request'), '1');
});
let token, cookie;
await test('signing in', async () => {
  assert.equal((await post('/api/v1/auth/login', { email: who.email, password: 'wrong' })).status, 401);
  const r = await post('/api/v1/auth/login', who);
  assert.equal(r.status, 200, r.raw);
  token = r.json.accessToken;
  cookie = /pulse_refresh=[^;]+/.exec(r.headers.get('set-cookie'))[0];
});
await test('the bearer token arrives, and a wrong one or none is 401', async () => {
  const r = await get('/api/v1/auth/me', token);
  assert.equal(r.json?.email, who.email, r.raw);
  assert.equal((await get('/api/v1/activity', token.slice(0, -6) + 'AAAAAA')).status, 401);
  assert.equal((await get('/api/v1/activity')).status, 401);
});
await test('the feed has the line, with its filters and its query', async () => {
  assert.match((await get('/api/v1/activity?limit=5&type=pull_request', token)).raw, /the first/);
  assert.deepEqual((await get('/api/v1/activity?type=issue', token)).json.data, []);
  assert.equal((await get('/api/v1/activity?nothing=1', token)).status, 400);
  assert.equal((await get('/api/v1/activityx', token)).status, 404);
});
await test('in place of a live connection it is told to poll, and after= has what came since', async () => {
  assert.deepEqual((await post('/api/v1/activity/stream', {}, token)).json, { poll: 5 });
  const first = (await get('/api/v1/activity?after=0', token)).json;
  assert.equal(first.data.length, 1);
  assert.equal((await deliver('the second', 2)).status, 202);
  const since = (await get(`/api/v1/activity?after=${first.data[0].event.id}`, token)).json;
  assert.deepEqual([since.data.length, since.truncated], [1, false]);
  assert.match(JSON.stringify(since.data[0]), /the second/);
  assert.ok(since.data[0].seq > first.data[0].seq);
});
await test('the refresh cookie renews, and signing out ends the session', async () => {
  const second = (await post('/api/v1/auth/login', who)).json.accessToken;
  const r = await ask('POST', '/api/v1/auth/refresh', { headers: { cookie, origin: url } });
  assert.equal(r.status, 200, r.raw);
  assert.equal((await ask('POST', '/api/v1/auth/logout', { token: second, headers: { origin: url } })).status, 204);
  assert.equal((await get('/api/v1/activity', second)).status, 401);
});
await test('pulse-cron runs what is due, twice, from where it lies', () => {
  for (const cleaned of ['1', '1']) {
    run('pulse-cron');
    assert.equal(sql("SELECT count(*) FROM job WHERE state = 'FINISHED' AND name = 'clean-up'"), cleaned);
  }
  const jobs = [...fs.readFileSync(top + '/lib/job/jobs.def', 'utf8').matchAll(/^JOB\("([a-z-]+)"/gm)].map((m) => m[1]).sort();
  assert.equal(sql("SELECT string_agg(name, ' ' ORDER BY name COLLATE \"C\") FROM job WHERE state = 'FINISHED'"), jobs.join(' '));
  assert.equal(sql('SELECT (SELECT count(*) FROM rollup_delta), (SELECT count(*) > 0 FROM rollup_day)'), '0|t');
});
await test('health answers, in detail to the owner, and the description is there', async () => {
  assert.deepEqual((await get('/api/v1/health')).json, { status: 'ok' });
  const r = await get('/api/v1/health', token);
  assert.match(r.json.checks.bridge.detail, /polls/);
  assert.equal((await get('/api/v1/openapi.json')).json.openapi.slice(0, 3), '3.1');
  assert.ok(fs.readdirSync(home + '/pulse/state').some((f) => f.startsWith('shared-')), 'limits are shared');
});
await test('no listing, no configuration, no program by its own address', async () => {
  fs.writeFileSync(home + '/public_html/pulse.conf', 'SECRET put here by mistake');
  fs.writeFileSync(home + '/public_html/cgi-bin/pulse/pulse.conf', 'SECRET put here by mistake');
  for (const p of ['/cgi-bin', '/cgi-bin/', '/cgi-bin/pulse', '/cgi-bin/pulse/', '/cgi-bin/pulse/activity', '/cgi-bin/pulse/health?x', '/cgi-bin/pulse/.htaccess', '/.htaccess', '/pulse.conf',
    '/cgi-bin/pulse/pulse.conf', '/../pulse/pulse.conf', '/%2e%2e/pulse/pulse.conf', '/pulse/pulse.conf', '/app/', '/styles/', '/api/', '/api/v1/', '/api/v1/activity/../../../pulse.conf', '//cgi-bin//pulse//activity', '/api/v1/pulse.conf']) {
    const r = await new Promise((ok) => { const c = net.connect(port, '127.0.0.1', () => c.write(`GET ${p} HTTP/1.0\r\nHost: x\r\n\r\n`)); let s = ''; c.on('data', (d) => { s += d; }); c.on('close', () => ok(s)); });
    assert.match(r, /^HTTP\/1\.[01] (40[034])/, `${p}: ${r.slice(0, 100)}`);
    assert.doesNotMatch(r, /SECRET|Index of|JWT/, p);
  }
});
await test('the page has its headers, at each of its addresses; an answer of the API has its own', async () => {
  for (const p of ['/', '/login', '/dashboard/activity', '/dashboard/repos/7?pr=1']) {
    const r = await get(p);
    assert.equal(r.status, 200, p);
    assert.match(r.raw, /<!doctype html/i);
    assert.match(r.headers.get('content-security-policy'), /default-src 'none'/, p);
    assert.deepEqual(['x-frame-options', 'x-content-type-options', 'referrer-policy', 'cache-control'].map((h) => r.headers.get(h)), ['DENY', 'nosniff', 'same-origin', 'no-cache'], p);
  }
  assert.match((await get('/app/main.js')).headers.get('content-type'), /javascript/);
  const r = await get('/api/v1/activity', token);
  assert.equal(r.headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'");
  assert.match(r.headers.get('cache-control'), /private/);
  assert.equal((await get('/nothing')).status, 404);
});
await test('in a browser: signed in, the page says that it polls, and a new line comes', async () => {
  const browser = await openBrowser();
  try {
    const page = await openPage(browser, { url }, { who });
    await liveState(page, 'polling');
    assert.match(await page.textContent('.live'), /poll/i);
    await sees(page, 'the first');
    assert.equal((await deliver('while the page is open', 3)).status, 202);
    await sees(page, 'while the page is open', 12000);
    await page.goto(url + '/dashboard/activity');
    await page.waitForSelector('.topbar');
    await sees(page, 'while the page is open', 12000);
    if (process.env.PULSE_PICTURES) await page.screenshot({ path: process.env.PULSE_PICTURES + '/small-host.png' });
    assert.deepEqual(page.complaints, []);
  } finally { await browser.close(); }
});
await test('a second organisation\'s rows are not there for the first', async () => {
  run('pulsectl', ['create-org', 'other', '--name', 'Other']);
  const door = Object.fromEntries(run('pulsectl', ['create-door', '--org', 'other']).trim().split('\n').map((l) => l.split(' ')));
  run('pulsectl', ['connect', 'other/api', '--org', 'other', '--github-id', '9']);
  const at = new Date().toISOString();
  const body = JSON.stringify({ action: 'opened', issue: { id: 1, number: 1, state: 'open', title: 'SECRET', created_at: at, updated_at: at, user: { login: 'bob', id: 2 } }, repository: { id: 9, full_name: 'other/api' } });
  const r = await ask('POST', `/api/v1/webhooks/github/${door.door}`, { body, headers: { 'content-type': 'application/json', 'x-github-event': 'issues', 'x-github-delivery': randomUUID(), 'x-hub-signature-256': 'sha256=' + createHmac('sha256', door.secret).update(body).digest('hex') } });
  assert.equal(r.status, 202, r.raw);
  assert.equal(sql("SELECT count(*) FROM issue WHERE title = 'SECRET'"), '1');
  for (const q of ['', '?after=0', '?limit=100&type=issue']) assert.doesNotMatch((await get('/api/v1/activity' + q, token)).raw, /SECRET/);
});
await test('a dump by the role itself has every row, and moves to a server with eight roles', () => {
  const dump = execFileSync('pg_dump', ['--enable-row-security', '--no-owner', '--no-privileges', '-n', 'pulse', '-h', pg, '-U', role, '-d', role], { env: { ...process.env, PGOPTIONS: '-c pulse.across=yes' }, encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.match(dump, /SECRET/);
  superuser('-d', 'postgres', '-c', `CREATE DATABASE ${role}_n OWNER pulse_owner`);
  try {
    execFileSync('psql', ['-h', pg, '-U', 'pulse_owner', '-d', role + '_n', '-q', '-v', 'ON_ERROR_STOP=1'], { input: dump, stdio: ['pipe', 'ignore', 'pipe'] });
    const admin = { ...env, DATABASE_URL: `postgresql://pulse_owner@/${role}_n?host=${pg}` };
    execFileSync(home + '/pulse/bin/pulsectl', ['migrate', '--eight-roles'], { env: admin });
    assert.equal(superuser('-d', role + '_n', '-c', "SELECT count(*) FROM pulse.issue WHERE title = 'SECRET'"), '1');
    assert.equal(superuser('-d', role + '_n', '-c', "SELECT count(*) FROM pg_policies WHERE policyname = 'one_role'"), '0');
  } finally { superuser('-d', 'postgres', '-c', `DROP DATABASE ${role}_n WITH (FORCE)`); }
});
await test('moved to another place as it is, it still runs: the web root may lie deeper', () => {
  fs.mkdirSync(home + '/domains/example.org', { recursive: true });
  fs.cpSync(home + '/public_html', home + '/domains/example.org/public_html', { recursive: true });
  const answer = execFileSync(home + '/domains/example.org/public_html/cgi-bin/pulse/health', [], { env: { REQUEST_METHOD: 'GET', REQUEST_URI: '/api/v1/health', GATEWAY_INTERFACE: 'CGI/1.1' }, cwd: '/', encoding: 'utf8', input: '' });
  assert.match(answer, /"status":"ok"/);
});
await test('the host\'s log has no complaint but of what was refused above', () => assert.deepEqual(fs.readFileSync(scratch + '/apache.err', 'utf8').split('\n')
  .filter((l) => /"level":"(warning|error)"|:(error|crit|emerg)\]/.test(l) && !/bad signature|login failed|client denied by server configuration|invalid URI path|Cannot serve directory/.test(l)), []));
note(`${fs.statSync(tarball).size} bytes of tarball`);
done();
process.exit();
