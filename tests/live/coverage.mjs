#!/usr/bin/env node
// coverage.mjs - a gigabyte of coverage through the web servers: bounded memory,
// and every refusal is heard however large what was sent.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import zlib from 'node:zlib';
import { done, note, test, until } from '../lib/tap.mjs';
import { Stack } from '../lib/stack.mjs';

const MB = 1 << 20, sha = 'a'.repeat(40);

// A gigabyte of XML: one piece of gzip many times (members behind one another are
// one text), so that it is quickly made.
function gigabyte() {
  let classes = '';
  for (let c = 0; classes.length < 4 * MB; c++) {
    classes += `<class name="C${c}" filename="src/module${c}/a_rather_long_name_of_a_file.py" line-rate="0.5" branch-rate="0" complexity="0"><methods/><lines>\n`;
    for (let l = 1; l <= 1000; l++) classes += `<line number="${l}" hits="${l % 2 ? c : 0}" branch="false"/>\n`;
    classes += '</lines></class>\n';
  }
  const head = zlib.gzipSync('<?xml version="1.0"?><coverage line-rate="0.5"><packages><package name="p"><classes>'), tail = zlib.gzipSync('</classes></package></packages></coverage>');
  const piece = zlib.gzipSync(classes), times = Math.ceil(1e9 / classes.length);
  return { body: Buffer.concat([head, ...Array(times).fill(piece), tail]), bytes: times * classes.length };
}

// The beginning of an upload, past the web server, which would collect it.
function drip(socket, token) {
  const record = (type, bytes) => Buffer.concat([Buffer.from([1, type, 0, 1, bytes.length >> 8, bytes.length & 255, 0, 0]), bytes]);
  const pair = ([k, v]) => Buffer.concat([Buffer.from([k.length, v.length]), Buffer.from(k + v)]);
  const params = { REQUEST_METHOD: 'POST', REQUEST_URI: '/api/v1/repos/1/coverage', QUERY_STRING: `sha=${sha}&format=lcov`, CONTENT_LENGTH: '100000', CONTENT_TYPE: 'text/plain', REMOTE_ADDR: '192.0.2.1', HTTP_AUTHORIZATION: 'Bearer ' + token };
  const c = net.connect(socket);
  c.on('error', () => {});
  c.write(Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), record(4, Buffer.concat(Object.entries(params).map(pair))), record(4, Buffer.alloc(0)), record(5, Buffer.from('SF:a.c\n'))]));
  return c;
}

for (const web of ['lighttpd', 'apache']) {
  const s = await Stack.start({ web, pools: 'repos 1 4\nactivity 1 1\nwebhooks 1 1\nauth 1 1\nauthorizer 1 1\n' });
  const owner = await s.login(s.person('acme', 'owner'));
  s.ctl('connect', 'acme/api', '--org', 'acme', '--github-id', '1');
  const status = (field) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${s.workers('repos')[0]}/status`, 'utf8'))[1]) / 1024;
  const cpu = () => Number(fs.readFileSync(`/proc/${s.workers('repos')[0]}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')[11]);	// hundredths of a second
  const send = (body, token, headers = {}, format = 'cobertura') => s.request('POST', `/api/v1/repos/1/coverage?sha=${sha}&format=${format}`, { body, agent: undefined, timeout: 120000, headers: { 'content-type': 'application/gzip', authorization: 'Bearer ' + token, ...headers } });
  const token = (await s.post('/api/v1/repos/1/tokens', { name: 'CI' }, owner)).json.token;
  const small = zlib.gzipSync('SF:a.c\nDA:1,1\nend_of_record\n');
  await test(`${web}: a build uploads what its tool wrote`, async () => assert.equal((await send(small, token, {}, 'lcov')).json?.lines, 1));
  const before = status('VmHWM');
  if (web === 'lighttpd') {
    const { body, bytes } = gigabyte(), began = Date.now(), busy = cpu();
    const answer = send(body, token, { 'content-encoding': 'gzip' });
    await test('others are answered while a gigabyte is read', async () => {
      await until('it is read', () => cpu() > busy + 20);
      const at = Date.now(), r = await s.get('/api/v1/repos', owner);
      assert.equal(r.status, 200);
      assert.ok(Date.now() - at < 2000, `after ${Date.now() - at} ms`);
      assert.equal(await Promise.race([answer, 'not yet']), 'not yet');
    });
    await test(`a gigabyte of XML (${(bytes / 1e9).toFixed(3)} GB, ${(body.length / MB).toFixed(1)} MB of gzip) is counted`, async () => {
      const r = await answer;
      assert.equal(r.status, 201, String(r.raw));
      assert.equal(r.json.lines, r.json.files * 1000);
      assert.ok(r.json.files > 40 && r.json.percent > 48 && r.json.percent < 50, String(r.raw));
    });
    const peak = status('VmHWM');
    note(`repos: ${before.toFixed(1)} MB before, ${peak.toFixed(1)} MB at the peak, ${((Date.now() - began) / 1000).toFixed(1)} s`);
    await test('in 16 MB more than before', () => assert.ok(peak < before + 16, `${before} MB, then ${peak} MB`));
  }
  if (web === 'lighttpd') await test('of large reports that come slowly two are read at once; a third is told to come again, a small one is not', async () => {
    const slow = [drip(s.dir + '/repos.sock', token), drip(s.dir + '/repos.sock', token)];
    const hundred = 'SF:a.c\n' + 'DA:1,1\n'.repeat(20000) + 'end_of_record\n';
    let r;
    await until('both are read', async () => (r = await send(hundred, token, {}, 'lcov')).status === 503);
    assert.equal(r.json.type, '/problems/busy');
    assert.equal(r.headers['retry-after'], '5');
    assert.equal((await send(small, token, {}, 'lcov')).status, 201);
    for (const c of slow) c.destroy();
    await until('there is room again', async () => (await send(hundred, token, {}, 'lcov')).status === 201);
  });
  // Bytes that do not get shorter.
  const large = Buffer.alloc(40 * MB, 'TN:\n');
  const heard = async (answer, status, detail) => { const r = await answer; assert.equal(r.status, status, String(r.raw)); if (detail) assert.equal(r.json.detail, detail); };
  await test(`${web}: 40 MB of nothing are read and refused by name`, () => heard(send(large, token, {}, 'lcov'), 422, 'there is no record of a file (SF:) in it'));
  await test(`${web}: 40 MB with a wrong token hear 401`, () => heard(send(large, 'pulse_repo_' + 'A'.repeat(43)), 401));
  await test(`${web}: 40 MB that go wrong at once hear where`, () => heard(send(large, token, {}, 'go'), 422, 'line 1: "TN:" comes before "mode:"'));
  await test(`${web}: a byte more than 64 MiB is refused by us, in words`, () => heard(send(Buffer.alloc(64 * MB + 1), token), 413, 'the limit is 67108864 bytes'));
  await test(`${web}: and other addresses take no more than before`, async () => assert.equal((await s.request('POST', '/api/v1/webhooks/github', { body: Buffer.alloc(28 * MB), agent: undefined })).status, 413));
  await test(`${web}: in all of that memory stayed bounded`, () => assert.ok(status('VmHWM') < before + 16, `${before} MB, then ${status('VmHWM')} MB`));
  await s.stop();
}
done();
