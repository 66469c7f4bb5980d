#!/usr/bin/env node
// openapi.mjs - the description of the API is sound, complete, and what the
// programs answer.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { done, require, test } from '../lib/tap.mjs';
import { programs as built, routes } from '../lib/programs.mjs';
import { Stack } from '../lib/stack.mjs';

const { createConfig, lintFromString } = require('@redocly/openapi-core');
const Ajv = require('ajv/dist/2020').default, formats = require('ajv-formats').default;
const file = path.join(process.env.PULSE_TEST_SCRATCH, 'openapi.json');
const programs = [...new Set(routes().map((r) => r.program))];
fs.writeFileSync(file, execFileSync(process.env.PULSE_TOP + '/docs/openapi/join', [process.env.PULSE_BUILD, ...programs]));
const api = JSON.parse(fs.readFileSync(file));
const s = await Stack.start({ settings: { ADOPT_REPOSITORIES: 'acme/red', OPENAPI_FILE: file } });
const who = s.person('acme', 'owner', 'red');

await test('the build joins every program that has routes', () => {
  const joined = /^openapi_programs = (.*)$/m.exec(fs.readFileSync(process.env.PULSE_TOP + '/docs/files.mk', 'utf8'))[1].split(' ').sort();
  assert.deepEqual(joined, programs.sort());
  assert.ok(built.includes('authorizer'));
});
await test('the linter finds nothing in it', async () => {
  const config = await createConfig({ extends: ['recommended'], rules: { 'operation-4xx-response': 'off', 'info-license-url': 'off' } });
  const found = await lintFromString({ source: fs.readFileSync(file, 'utf8'), absoluteRef: file, config });
  assert.deepEqual(found.map((f) => `${f.location[0]?.pointer}: ${f.message}`), []);
});
await test('the linter would find a fault', async () => {
  const config = await createConfig({ extends: ['recommended'] });
  const found = await lintFromString({ source: JSON.stringify({ ...api, paths: { '/x': { get: { responses: {} } } } }), absoluteRef: file, config });
  assert.ok(found.length > 0);
});
await test('every route of every program is in it, with its scope', () => {
  for (const p of programs) for (const l of execFileSync(`${process.env.PULSE_BUILD}/${p}`, ['--routes'], { encoding: 'utf8' }).trim().split('\n')) {
    const [method, route, scope] = l.split('\t');
    assert.equal(api.paths[route]?.[method.toLowerCase()]?.['x-scope'], scope, l);
  }
});
await test('operation ids are unique', () => {
  const ids = Object.values(api.paths).flatMap((p) => Object.values(p).map((o) => o.operationId));
  assert.equal(new Set(ids).size, ids.length);
});

const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
ajv.addSchema({ $id: 'api', components: api.components });
const valid = (route, method, answer) => {
  const op = api.paths[route][method.toLowerCase()];
  const good = op.responses[String(answer.status)];
  const ref = good ? good.content?.['application/json']?.schema.$ref : '#/components/schemas/Problem';
  if (!ref) return;
  assert.match(answer.headers['content-type'], good ? /^application\/json/ : /^application\/problem\+json/);
  const check = ajv.getSchema('api' + ref);
  assert.ok(check(answer.json), `${method} ${route} ${answer.status}: ${JSON.stringify(check.errors)} in ${answer.raw}`);
};
await test('what the programs answer is what it says', async () => {
  for (const set of ['api.github.com']) for (const x of require(`@octokit/webhooks-examples/${set}/index.json`)) for (const e of x.examples.slice(0, 3)) valid('/webhooks/github', 'POST', await s.deliver(x.name, e));
  valid('/webhooks/github', 'POST', await s.deliver('push', '{'));
  valid('/webhooks/github', 'POST', await s.deliver('push', '{}', { secret: 'x' }));
  const login = await s.post('/api/v1/auth/login', { email: who.email, password: who.password });
  valid('/auth/login', 'POST', login);
  const token = login.json.accessToken;
  valid('/auth/login', 'POST', await s.post('/api/v1/auth/login', { email: 'x' }));
  valid('/auth/me', 'GET', await s.get('/api/v1/auth/me', token));
  valid('/auth/me', 'GET', await s.get('/api/v1/auth/me'));
  for (const q of ['', '?limit=100', '?type=review', '?after=0', '?after=1&rooms=team:1', '?limit=x', '?nothing=1', '?after=0&rooms=team:99']) valid('/activity', 'GET', await s.get('/api/v1/activity' + q, token));
  for (let cursor = ''; cursor !== null;) { const r = await s.get('/api/v1/activity?limit=100' + (cursor && '&cursor=' + cursor), token); valid('/activity', 'GET', r); cursor = r.json.next; }
  valid('/activity/stream', 'POST', await s.post('/api/v1/activity/stream', {}, token));
  valid('/activity/stream', 'POST', await s.post('/api/v1/activity/stream', { rooms: 'team:1' }, token));
  valid('/health', 'GET', await s.get('/api/v1/health'));
  valid('/health', 'GET', await s.get('/api/v1/health', token));
  s.sql("INSERT INTO delivery_body VALUES (now(), 0, 'letter', '{}'); INSERT INTO delivery (door, guid, org_id, event, received_at, state, reason) SELECT 0, 'letter', 1, 'push', received_at, 'dead', 'broken' FROM delivery_body WHERE guid = 'letter'; INSERT INTO job_run (org_id, job, holder, counted) VALUES (1, 'erase-people', gen_random_uuid(), '{\"units\": 1}')");
  for (const path of ['/jobs', '/jobs/runs', '/dead-letters', '/erasures']) valid(path, 'GET', await s.get('/api/v1' + path, token));
  const letter = '/api/v1/dead-letters/' + s.sql("SELECT id FROM delivery WHERE guid = 'letter'");
  valid('/dead-letters/{letter}', 'GET', await s.get(letter, token));
  valid('/dead-letters/{letter}/replay', 'POST', await s.post(letter + '/replay', {}, token));
  valid('/dead-letters/replay', 'POST', await s.post('/api/v1/dead-letters/replay', {}, token));
  valid('/erasures', 'POST', await s.post('/api/v1/erasures', { person: 'ann' }, token));
  valid('/erasures', 'GET', await s.get('/api/v1/erasures', token));
  for (const word of ['run', 'pause', 'resume']) valid(`/jobs/{job}/${word}`, 'POST', await s.post(`/api/v1/jobs/erase-people/${word}`, {}, token));
  s.ctl('create-door', '--org', 'acme');
  const jira = s.sql("INSERT INTO connection (org_id, kind, host, secret) VALUES (1, 'jira', 'acme.atlassian.net', 'x') RETURNING id"), as = { authorization: 'Bearer ' + token, 'content-type': 'application/json' };
  s.sql(`INSERT INTO jira_connection (org_id, id, base_url, deployment, auth, credential) VALUES (1, ${jira}, 'http://127.0.0.1:1', 'cloud', 'token', 'x'); SELECT want_unit(1, 'sync-jira', '${jira}', now())`);
  valid('/integrations/jira', 'GET', await s.get('/api/v1/integrations/jira', token));
  valid('/integrations/jira/{id}/test', 'POST', await s.post(`/api/v1/integrations/jira/${jira}/test`, {}, token));
  for (const path of ['/integrations/jira', '/integrations']) valid(path + '/{id}', 'PATCH', await s.request('PATCH', `/api/v1${path}/${jira}`, { headers: as, body: '{"name":"Ours"}' }));
  for (const path of ['/repos', '/repos/available', '/integrations', '/integrations/github/install']) valid(path, 'GET', await s.get('/api/v1' + path, token));
  valid('/repos/connect', 'POST', await s.post('/api/v1/repos/connect', { pattern: 'nobody/*' }, token));
  const { id: repo } = (await s.get('/api/v1/repos', token)).json.data[0];
  for (const [path, method] of [['/repos/{repo}', 'GET'], ['/repos/{repo}/sync', 'GET'], ['/repos/{repo}/sync', 'POST'], ['/repos/{repo}/pull-requests', 'GET']]) valid(path, method, await s.request(method, '/api/v1' + path.replace('{repo}', repo), { headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' }, ...(method === 'POST' ? { body: '{}' } : {}) }));
  valid('/pull-requests/{pr}', 'GET', await s.get('/api/v1/pull-requests/' + s.sql("SELECT repo_id || '-' || number FROM pull_request LIMIT 1"), token));
  valid('/auth/refresh', 'POST', await s.post('/api/v1/auth/refresh'));
  const { id } = (await s.get('/api/v1/repos?limit=1', token)).json.data[0], sha = 'a'.repeat(40), startedAt = '2026-01-01T00:00:00Z';
  const report = (body, query = `sha=${sha}&format=lcov`) => s.request('POST', `/api/v1/repos/${id}/coverage?${query}`, { body, headers: { 'content-type': 'text/plain', authorization: 'Bearer ' + token } });
  const answers = { 'POST /repos/{repo}/coverage': [await report('SF:a.c\nDA:1,1\nDA:2,0\nend_of_record\n'), await report('x'), await report('x', 'format=x')],
    'POST /repos/{repo}/tokens': [await s.post(`/api/v1/repos/${id}/tokens`, { name: 'CI' }, token)],
    'POST /deployments': [await s.post('/api/v1/deployments', { repo: id, sha, environment: 'production', status: 'success', startedAt }, token), await s.post('/api/v1/deployments', {}, token), await s.post('/api/v1/deployments', { repo: id, sha, environment: 'production', status: 'success', startedAt }, token)],
    'POST /incidents': [await s.post('/api/v1/incidents', { title: 'x', severity: 'low', startedAt }, token)],
    'POST /pull-requests': [await s.post('/api/v1/pull-requests', { repo: id, number: 1, title: 'x', state: 'open', createdAt: startedAt, updatedAt: startedAt }, token)] };
  for (const [route, list] of Object.entries(answers)) for (const answer of list) valid(route.split(' ')[1], 'POST', answer);
  assert.deepEqual(Object.values(answers).map(([first]) => first.status), [201, 201, 201, 201, 400]);
  await s.request('PUT', '/api/v1/deployments/rules', { body: JSON.stringify({ data: [{ source: 'tag', pattern: 'v*', environment: 'production' }] }), headers: { 'content-type': 'application/json', authorization: 'Bearer ' + token } });
  for (const [route, path] of [['/repos/{repo}/coverage', `repos/${id}/coverage`], ['/repos/{repo}/coverage/{sha}', `repos/${id}/coverage/${sha}`], ['/repos/{repo}/tokens', `repos/${id}/tokens`], ['/environments', 'environments'], ['/deployments/rules', 'deployments/rules']]) {
    const answer = await s.get('/api/v1/' + path, token);
    assert.ok(answer.json.data.length, path);
    valid(route, 'GET', answer);
  }
});
await test('it is served', async () => {
  const r = await s.get('/api/v1/openapi.json');
  assert.equal(r.status, 200);
  assert.equal(r.json.openapi, '3.1.0');
});
await test('the checks of parameters and their schemas agree', async () => {
  const token = await s.login(who);
  const tries = ['', '0', '1', '50', '100', '101', '-1', 'x', '1.5', '99999999999999999999', 'commit', 'pushes', 'team:1', 'team:', 'user:1,org:2', 'b12-3', 'a1-1', 'c1-1', '2026-01-01T00:00:00Z', '2026-13-01T00:00:00Z', 'ann', 'a'.repeat(256)];
  for (const p of api.paths['/activity'].get.parameters) {
    const check = ajv.compile(p.schema);
    for (const v of tries) {
      if (v === '' || (p.name === 'rooms')) continue;
      const typed = p.schema.type === 'integer' ? (/^-?\d+$/.test(v) ? Number(v) : v) : v;
      const r = await s.get(`/api/v1/activity?${new URLSearchParams({ [p.name]: v })}`, token);
      assert.equal(r.status === 200, check(typed), `${p.name}=${v}: ${r.status}`);
    }
  }
});
await s.stop();
done();
