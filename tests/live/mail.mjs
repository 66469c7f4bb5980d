#!/usr/bin/env node
// mail.mjs - letters reach a real SMTP server, and what happens when it will
// not have them.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { done, require, test, until } from '../lib/tap.mjs';

const { SMTPServer } = require('smtp-server');
const pg = process.env.PULSE_TEST_PG, build = process.env.PULSE_BUILD;
const dir = fs.mkdtempSync(path.join(process.env.PULSE_TEST_SCRATCH, 'mail-')), db = 'pulse_' + path.basename(dir).toLowerCase().replace(/\W/g, '_');
const psql = (name, ...args) => execFileSync('psql', ['-h', pg, '-U', 'pulse', '-d', name, '-Atq', '-v', 'ON_ERROR_STOP=1', ...args], { encoding: 'utf8' }).trim();
const sql = (text) => psql(db, '-c', 'SET search_path = pulse', '-c', text);
psql('postgres', '-c', `CREATE DATABASE ${db} TEMPLATE pulse_template OWNER pulse_owner`);

// A server that refuses what it is told to.
const got = [];
let refuse = {};
const no = (code, text) => Object.assign(new Error(text), { responseCode: code });
const handlers = {
  disabledCommands: ['AUTH'], logger: false, authOptional: true,
  onMailFrom: (a, s, cb) => cb(refuse.from ? no(...refuse.from) : null),
  onRcptTo: (a, s, cb) => cb(refuse.rcpt ? no(...refuse.rcpt) : null),
  onData: (stream, s, cb) => { const parts = []; stream.on('data', (d) => parts.push(d)).on('end', () => { if (refuse.data) return cb(no(...refuse.data)); got.push({ raw: Buffer.concat(parts).toString(), to: s.envelope.rcptTo.map((r) => r.address), from: s.envelope.mailFrom.address, secure: s.secure, connection: s.id }); cb(); }); },
};
const listen = (server) => new Promise((ok) => { const l = server.listen(0, '127.0.0.1', () => ok((l.address ? l : server.server).address().port)); });
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', dir + '/key.pem', '-out', dir + '/cert.pem'], { stdio: 'ignore' });
const keys = { key: fs.readFileSync(dir + '/key.pem'), cert: fs.readFileSync(dir + '/cert.pem') };
const plain = new SMTPServer({ ...handlers, disabledCommands: ['AUTH', 'STARTTLS'] }), secure = new SMTPServer({ ...handlers, ...keys, secure: true });
for (const server of [plain, secure]) server.on('error', () => {});	// a client that does not trust us
const ports = { plain: await listen(plain), secure: await listen(secure) };

const env = (settings = {}) => {
  const all = { DATABASE_URL: `postgresql:///${db}?host=${pg}`, PULSE_STATE_DIR: dir, MAIL_FROM: 'Pulse <pulse@example.org>', SMTP_URL: `smtp://127.0.0.1:${ports.plain}`, ...settings };
  fs.writeFileSync(dir + '/pulse.conf', Object.entries(all).map(([k, v]) => `${k}=${v}\n`).join(''));
  return { ...process.env, PULSE_CONF: dir + '/pulse.conf' };
};
const once = async (settings) => { try { return (await promisify(execFile)(build + '/deliver-mail', ['--once'], { env: env(settings), encoding: 'utf8' })).stderr; } catch (e) { return e.stderr; } };
const send = (to, template, args, org = 'NULL') => sql(`SELECT send_mail(${org}, '${to}', '${template}', '${JSON.stringify(args).replaceAll("'", "''")}')`);
const last = () => sql("SELECT state, tries, coalesce(last_error, ''), args IS NULL FROM mail ORDER BY id DESC LIMIT 1").split('|');
const decode = (qp) => Buffer.from(qp.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16))), 'latin1').toString();
const subject = (raw) => raw.match(/^Subject: (.*(?:\r\n .*)*)/m)[1].replace(/\r\n /g, '').replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, b) => Buffer.from(b, 'base64').toString());

sql("INSERT INTO organisation (slug, name) VALUES ('acme', 'Acme <b>& Söhne</b>')");
const link = 'https://pulse.test/reset-password?token=abc-_123';
await test('a letter arrives, in text and in HTML, in the name of the organisation', async () => {
  send('Ann@A.test', 'reset-password', { url: link }, 1);
  await once();
  const [letter] = got;
  assert.deepEqual([letter.to, letter.from], [['ann@a.test'], 'pulse@example.org']);
  assert.match(letter.raw, /^From: "Pulse" <pulse@example.org>\r\nTo: <ann@a.test>\r\nSubject: Set a new password\r\n/m);
  assert.match(letter.raw, /^Content-Type: multipart\/alternative;/m);
  assert.match(letter.raw, /^Message-ID: <pulse\.\d+\.\d+@example.org>/m);
  const [, text, html] = letter.raw.split('--=_pulse\r\n');
  assert.ok(decode(text).includes('\r\n' + link + '\r\n') && decode(text).includes('Acme <b>& Söhne</b>'));
  assert.ok(decode(html).includes(`href="${link}"`) && decode(html).includes('Acme &lt;b&gt;&amp; Söhne&lt;/b&gt;'));
  assert.ok(letter.raw.split('\r\n').every((l) => l.length <= 78 && !l.includes('\n')));
});
await test('then nothing of what it said is kept', () => assert.deepEqual(last(), ['SENT', '1', '', 't']));
await test('names with line ends in them make no headers and no recipients', async () => {
  send('bob@a.test', 'invitation', { inviter: 'Eve\r\nBcc: all@a.test\r\n\r\nHello', organisation: '日本語 & Co\n.\r\nRCPT TO:<x@y.z>', role: 'member', url: link });
  await once();
  const letter = got.at(-1);
  assert.deepEqual(letter.to, ['bob@a.test']);
  assert.ok(!/^(Bcc|Hello|RCPT)/m.test(letter.raw.split('\r\n\r\n')[0]));
  assert.equal(subject(letter.raw), 'Eve  Bcc: all@a.test    Hello invites you to 日本語 & Co .  RCPT TO:<x@y.z>');
});
await test('a line that is a dot ends no letter', async () => {
  send('bob@a.test', 'sessions-ended', { reason: 'x' });
  await once();
  assert.match(got.at(-1).raw, /--=_pulse--\r\n$/);
});
await test('an address that has no place on the wire is given up, and nothing is sent', async () => {
  const before = got.length;
  sql("INSERT INTO mail (recipient, template, args) VALUES ('a>b,<c@a.test', 'password-changed', '{}')");
  await once();
  assert.deepEqual([last()[0], last()[3], got.length], ['FAILED', 't', before]);
});
await test('several letters go over one connection, the oldest first', async () => {
  const before = got.length;
  for (let i = 0; i < 5; i++) send(`n${i}@a.test`, 'password-changed', {});
  await once();
  const mine = got.slice(before);
  assert.deepEqual(mine.map((l) => l.to[0]), ['n0@a.test', 'n1@a.test', 'n2@a.test', 'n3@a.test', 'n4@a.test']);
  assert.equal(new Set(mine.map((l) => l.connection)).size, 1);
});
await test('refused for now: again after 1, 2, 4, … 32 minutes, then given up; what the server said is kept', async () => {
  refuse = { rcpt: [451, '4.3.0 try later'] };
  send('cy@a.test', 'password-changed', {});
  const waits = [];
  for (let i = 0; i < 7; i++) {
    await once();
    waits.push(sql("SELECT state, round(extract(epoch FROM next_try_at - now()) / 60) FROM mail ORDER BY id DESC LIMIT 1"));
    if (i === 0) { const n = got.length; await once(); assert.equal(got.length, n); assert.equal(last()[1], '1', 'before its time it is left alone'); assert.match(last()[2], /try later/); }
    sql("UPDATE mail SET next_try_at = now() WHERE state = 'PENDING'");
  }
  refuse = {};
  assert.deepEqual(waits.slice(0, 6), ['PENDING|1', 'PENDING|2', 'PENDING|4', 'PENDING|8', 'PENDING|16', 'PENDING|32']);
  assert.deepEqual([last()[0], last()[1], last()[3]], ['FAILED', '7', 't']);
});
for (const [what, how] of [['the recipient', { rcpt: [550, '5.1.1 no such user'] }], ['the sender', { from: [553, '5.7.1 not here'] }]]) await test(`${what} refused for good: given up at once`, async () => {
  refuse = how;
  send('di@a.test', 'password-changed', {});
  await once();
  refuse = {};
  assert.deepEqual([last()[0], last()[1], last()[3]], ['FAILED', '1', 't']);
});
await test('a letter refused stops no other', async () => {
  send('nobody@a.test', 'no-such-template', {});
  send('ed@a.test', 'password-changed', {});
  await once();
  assert.equal(sql("SELECT string_agg(state, ' ' ORDER BY id DESC) FROM (SELECT * FROM mail ORDER BY id DESC LIMIT 2) m"), 'SENT FAILED');
});
await test('no server, one that hangs up, and one that talks nonsense: the letter waits', async () => {
  const rude = net.createServer((c) => c.end()).listen(0, '127.0.0.1'), odd = net.createServer((c) => { c.on('error', () => {}); c.end('HTTP/1.0 200 OK\r\n\r\n'); }).listen(0, '127.0.0.1');
  await until('both listen', () => rude.listening && odd.listening);
  for (const port of [1, rude.address().port, odd.address().port]) {
    send('fay@a.test', 'password-changed', {});
    await once({ SMTP_URL: `smtp://127.0.0.1:${port}` });
    assert.deepEqual([last()[0], last()[1]], ['PENDING', '1'], String(port));
    sql("DELETE FROM mail WHERE state = 'PENDING'");
  }
  rude.close(); odd.close();
});
await test('by smtps:// only to a server whose certificate is known', async () => {
  const url = `smtps://localhost:${ports.secure}`;
  send('gus@a.test', 'password-changed', {});
  await once({ SMTP_URL: url });
  assert.equal(last()[0], 'PENDING');
  sql("UPDATE mail SET next_try_at = now() WHERE state = 'PENDING'");
  await once({ SMTP_URL: url, SMTP_CA_FILE: dir + '/cert.pem' });
  assert.deepEqual([last()[0], got.at(-1).secure], ['SENT', true]);
});
await test('to another host nothing goes without TLS', async () => {
  const before = got.length;
  send('hal@a.test', 'password-changed', {});
  // This machine's name is no word for loopback, though it may lead there.
  await once({ SMTP_URL: `smtp://${os.hostname()}:${ports.plain}` });
  assert.deepEqual([last()[0], got.length], ['PENDING', before]);
  sql("DELETE FROM mail WHERE state = 'PENDING'");
});
await test('without SMTP_URL letters wait, and a password in one is told nobody', async () => {
  send('ida@a.test', 'password-changed', {});
  await once({ SMTP_URL: '' });
  assert.deepEqual(last().slice(0, 2), ['PENDING', '0']);
  assert.ok(!(await once({ SMTP_URL: 'http://user:hush-hush@127.0.0.1/' })).includes('hush-hush'));
  assert.ok(!(await once({ SMTP_URL: 'smtp://user:hush-hush@127.0.0.1:1/' })).includes('hush-hush'));
  assert.ok(!last()[2].includes('hush-hush'));
});
await test('while it stays for its minute a letter goes at once; a second run leaves it alone', async () => {
  const child = spawn(build + '/deliver-mail', [], { env: env(), stdio: 'ignore' });
  await until('it has the lease', () => sql("SELECT state FROM job WHERE name = 'deliver-mail'") === 'ACTIVE');
  const before = got.length;
  assert.match(await once(), /another run has the lease/);
  sql('UPDATE mail SET next_try_at = now()');
  const began = Date.now();
  send('jo@a.test', 'password-changed', {});
  await until('it arrives', () => got.slice(before).some((l) => l.to[0] === 'jo@a.test'), 4000);
  assert.ok(Date.now() - began < 4000);
  const ended = new Promise((ok) => child.on('exit', ok));
  child.kill('SIGKILL');
  await ended;
});
await test('one that was killed holds nobody up longer than its lease', async () => {
  sql("UPDATE job SET lease_until = now() WHERE name = 'deliver-mail'");
  send('kim@a.test', 'password-changed', {});
  await once();
  assert.equal(last()[0], 'SENT');
});
await new Promise((ok) => plain.close(ok));
await new Promise((ok) => secure.close(ok));
psql('postgres', '-c', `DROP DATABASE ${db} WITH (FORCE)`);
fs.rmSync(dir, { recursive: true, force: true });
done();
