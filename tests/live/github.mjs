#!/usr/bin/env node
// github.mjs - signing in with GitHub: whom it lets in, whom not, and what it
// does when GitHub is slow, broken, or not GitHub.
import assert from 'node:assert/strict';
import { done, test, until } from '../lib/tap.mjs';
import { FakeGithub } from '../lib/fake-github.mjs';
import { Stack } from '../lib/stack.mjs';

const mail = (email, verified = true, primary = true) => ({ email, verified, primary });
const hub = await new FakeGithub({ people: {
  ann: { id: 1, login: 'ann', name: 'Ann\r\nLee', emails: [mail('second@a.test', true, false), mail('Ann@a.test')] },
  bob: { id: 2, login: 'bob', name: null, emails: [mail('bob@a.test', false)] },
  owner: { id: 3, login: 'owner', name: 'O', emails: [mail('owner@acme.test')] },
  other: { id: 4, login: 'other', name: 'Other', emails: [mail('owner@acme.test')] },
  cy: { id: 5, login: 'cy', name: 'Cy', emails: [mail('member@acme.test')] },
} }).start();
const s = await Stack.start({ settings: { GITHUB_URL: hub.url, GITHUB_CLIENT_ID: hub.clientId, GITHUB_CLIENT_SECRET: hub.clientSecret, PRIVATE_HOSTS: '127.0.0.1', SIGN_UP: 'open' } });
const owner = s.person('acme', 'owner'), member = s.person('acme', 'member');
const cookies = (r) => Object.fromEntries((r.headers['set-cookie'] || []).map((c) => [c.split('=')[0], { value: c.split(';')[0].slice(c.indexOf('=') + 1), whole: c }]));

// As far as GitHub: where the browser is sent, and the state's cookie.
const begin = async (query = '') => { const r = await s.request('GET', '/api/v1/auth/github' + query, { agent: false }); assert.equal(r.status, 302, String(r.raw)); return { to: r.headers.location, cookie: cookies(r).pulse_github }; };
const back = (address, cookie) => s.request('GET', address, { agent: false, headers: cookie ? { cookie: `pulse_github=${cookie.value}` } : {} });
const signIn = async (login, query) => { const b = await begin(query); return back(hub.authorize(b.to, login), b.cookie); };
const failed = (r, why) => { assert.equal(r.status, 302, String(r.raw)); assert.equal(r.headers.location, `${s.url}/login?error=${why}`); assert.equal(cookies(r).pulse_refresh, undefined); assert.match(cookies(r).pulse_github.whole, /^pulse_github=;.*Max-Age=0/); };
const me = async (r) => {
  const fresh = await s.request('POST', '/api/v1/auth/refresh', { body: '', headers: { cookie: 'pulse_refresh=' + cookies(r).pulse_refresh.value } });
  return { token: fresh.json.accessToken, ...(await s.get('/api/v1/auth/me', fresh.json.accessToken)).json };
};

await test('the way there has state, PKCE and the scopes, and a cookie of ten minutes for the callback alone', async () => {
  const { to, cookie } = await begin('?next=/dashboard/team');
  const q = new URL(to).searchParams;
  assert.ok(to.startsWith(hub.url + '/login/oauth/authorize?'));
  assert.equal(q.get('scope'), 'read:user user:email read:org');
  assert.equal(q.get('redirect_uri'), s.url + '/api/v1/auth/github/callback');
  assert.match(cookie.whole, /Path=\/api\/v1\/auth\/github\/callback; Max-Age=600; HttpOnly; SameSite=Lax/);
  assert.ok(!cookie.value.includes(q.get('state')));
});
await test('who is new has an account of his verified address, an organisation, and is where he wanted to be', async () => {
  const r = await signIn('ann', '?next=/dashboard/team');
  assert.equal(r.headers.location, s.url + '/dashboard/team');
  const who = await me(r);
  assert.deepEqual([who.email, who.name, who.github, who.hasPassword, who.emailVerified, who.role], ['ann@a.test', 'Ann  Lee', 'ann', false, true, 'owner']);
});
await test('the second time it is the same account', async () => {
  const who = await me(await signIn('ann'));
  assert.equal(s.sql("SELECT count(*) FROM user_account WHERE email = 'ann@a.test'"), '1');
  const r = await s.request('DELETE', '/api/v1/auth/github', { headers: { authorization: 'Bearer ' + who.token } });
  assert.equal(r.status, 409, 'the only way in is not taken away');
});
await test("GitHub's token is sealed, for that row only", () => {
  const token = s.sql("SELECT token FROM github_identity WHERE login = 'ann'");
  assert.match(token, /^0\./);
  assert.ok(!token.includes('gho_'));
  assert.equal(s.sql('SELECT scopes FROM github_identity'), 'read:user,user:email,read:org');
});
await test('an account whose address is verified is linked, and keeps its organisation', async () => {
  const who = await me(await signIn('owner'));
  assert.deepEqual([who.email, who.github, who.organisation.slug, who.hasPassword], ['owner@acme.test', 'owner', 'acme', true]);
  assert.ok(s.sql("SELECT action FROM audit_log WHERE org_id = 1").includes('github.linked'));
  const r = await s.request('DELETE', '/api/v1/auth/github', { headers: { authorization: 'Bearer ' + who.token } });
  assert.equal(r.status, 204);
  assert.equal((await s.get('/api/v1/auth/me', who.token)).json.github, null);
  await signIn('owner');
});
await test('another of GitHub with the same address does not get it', async () => failed(await signIn('other'), 'taken'));
await test('nor does anybody an account whose own address was never verified', async () => {
  s.sql("UPDATE user_account SET email_verified_at = NULL WHERE email = 'member@acme.test'");
  failed(await signIn('cy'), 'taken');
});
await test('an address that GitHub has not verified is none', async () => failed(await signIn('bob'), 'email'));
await test('a state of somebody else, a changed one, none, or one used before: back to the sign-in', async () => {
  const a = await begin(), b = await begin(), way = hub.authorize(a.to, 'ann');
  failed(await back(way, b.cookie), 'state');
  failed(await back(way, { value: a.cookie.value.slice(0, -2) + 'xx' }), 'state');
  failed(await back(way), 'state');
  assert.match((await back(way, a.cookie)).headers.location, /dashboard$/);
  failed(await back(way, a.cookie), 'denied');
});
await test("a code of another's sign-in does not fit our verifier", async () => {
  const a = await begin(), b = await begin();
  const theirs = new URL(hub.authorize(b.to, 'owner')), ours = new URL(hub.authorize(a.to, 'ann'));
  ours.searchParams.set('code', theirs.searchParams.get('code'));
  failed(await back(ours.href, a.cookie), 'denied');
});
await test('he says no: back to the sign-in', async () => {
  const a = await begin();
  failed(await back(`${s.url}/api/v1/auth/github/callback?error=access_denied&state=${new URL(a.to).searchParams.get('state')}`, a.cookie), 'denied');
});
for (const next of ['//evil.test', '/\\evil.test', 'https://evil.test', '/x\r\nSet-Cookie: a=b']) await test(`nobody is sent on to ${JSON.stringify(next)}`, async () => assert.equal((await s.get('/api/v1/auth/github?' + new URLSearchParams({ next }))).status, 400));
for (const [what, path, how] of [['500', '/login/oauth/access_token', { status: 500 }], ['no JSON', '/login/oauth/access_token', { body: '<html>' }], ['a redirect', '/login/oauth/access_token', 'redirect'],
  ['too much', '/api/v3/user', 'large'], ['a token that it has taken back', '/api/v3/user', { status: 401 }], ['no id', '/api/v3/user', { body: '{"login":"ann"}' }], ['an object of addresses', '/api/v3/user/emails', { body: '{"a":1}' }]])
  await test(`GitHub answers ${what}: back to the sign-in`, async () => { hub.misbehave = { [path]: how }; const r = await signIn('ann'); hub.misbehave = {}; failed(r, 'github'); });
await test('while GitHub hangs, who signs in with a password does not wait, and another from GitHub is told to come again', async () => {
  hub.misbehave = { '/api/v3/user': 'hang' };
  const before = hub.asked.length, slow = signIn('ann');
  while (!hub.asked.slice(before).some((a) => a.path === '/api/v3/user')) await new Promise((r) => setTimeout(r, 10));
  const began = Date.now();
  await s.login(owner);
  failed(await signIn('owner'), 'busy');
  assert.ok(Date.now() - began < 4000);
  failed(await slow, 'github');
  hub.misbehave = {};
});
await test('no redirect is followed, and the API is asked in its version', () => {
  assert.ok(!hub.asked.some((a) => a.path === '/elsewhere'));
  assert.ok(hub.asked.filter((a) => a.path.startsWith('/api/')).every((a) => a.headers['x-github-api-version'] === '2022-11-28'));
});
await test('two windows of a new person at once: one account', async () => {
  hub.people.di = { id: 9, login: 'di', name: 'Di', emails: [mail('di@a.test')] };
  await Promise.all([signIn('di'), signIn('di')]);
  assert.equal(s.sql("SELECT count(*) FROM user_account WHERE email = 'di@a.test'"), '1');
});
const again = async (settings) => { Object.assign(s.options.settings, settings); const fs = await import('node:fs'); fs.appendFileSync(s.dir + '/pulse.conf', Object.entries(settings).map(([k, v]) => `${k}=${v}\n`).join('')); await s.restart('pools'); await until('it serves again', async () => (await s.request('GET', '/api/v1/auth/providers', { agent: false })).status === 200); };
await test('where sign-up wants an invitation nobody comes in by GitHub alone', async () => {
  await again({ SIGN_UP: 'invited' });
  hub.people.ed = { id: 10, login: 'ed', name: 'Ed', emails: [mail('ed@a.test')] };
  failed(await signIn('ed'), 'signup');
  assert.match((await signIn('ann')).headers.location, /dashboard$/);
});
await test('an address of our own network is not asked unless it is listed', async () => {
  await again({ PRIVATE_HOSTS: 'example.org' });
  const before = hub.asked.length;
  failed(await signIn('ann'), 'github');
  assert.equal(hub.asked.length, before);
});
void member;
await s.stop();
await hub.stop();
done();
