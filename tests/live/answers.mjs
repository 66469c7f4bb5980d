#!/usr/bin/env node
// answers.mjs - answers kept in the programs' memory (lib/web/answers.h) are
// never older than the last commit, nor anybody else's.
import assert from 'node:assert/strict';
import { done, test } from '../lib/tap.mjs';
import { pool, Stack } from '../lib/stack.mjs';

const s = await Stack.start({ pools: 'webhooks 1 4\nactivity 1 2\nauth 1 1\nauthorizer 1 1\n' });
const owner = s.person('acme', 'owner'), member = s.person('acme', 'member', 'red'), stranger = s.person('other', 'owner');
s.sql("INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'github.com', 5, 'acme/api'); INSERT INTO team_repository VALUES (1, 1, 1)");
await s.settled();
const [asOwner, asMember, asStranger] = await Promise.all([owner, member, stranger].map((p) => s.login(p)));
// Only now is nothing written behind the scenes.
await s.kill('bridge');
const FEED = '/api/v1/activity?limit=5';
const known = async () => Number(/^pulse_answers_total\{from="memory"\} (\d+)$/m.exec((await s.get('/api/v1/metrics')).raw)[1]);
let number = 0;
const happen = async () => { number++; const t = new Date().toISOString(); assert.equal((await s.deliver('issues', { action: 'opened', issue: { number, id: number, title: `issue ${number}`, state: 'open', created_at: t, updated_at: t, user: { login: 'ann', id: 1 } }, repository: { id: 5, full_name: 'acme/api' } })).status, 202); };
const top = async (token) => (await s.get(FEED, token)).json.data[0]?.summary;
await happen();

await test('what is asked again is answered from memory, with the same bytes', async () => {
  const first = await s.get(FEED, asOwner), before = await known(), again = await s.get(FEED, asOwner);
  assert.deepEqual(again.raw, first.raw);
  assert.equal(again.headers.etag, first.headers.etag);
  assert.equal(await known(), before + 1);
});
await test('who has the answer is told 304, without a body', async () => {
  const { headers } = await s.get(FEED, asOwner);
  const r = await s.request('GET', FEED, { headers: { authorization: 'Bearer ' + asOwner, 'if-none-match': headers.etag } });
  assert.equal(r.status, 304);
  assert.equal(r.raw.length, 0);
  assert.equal(r.headers.etag, headers.etag);
  const other = await s.request('GET', FEED, { headers: { authorization: 'Bearer ' + asOwner, 'if-none-match': '"0123"' } });
  assert.equal(other.status, 200);
});
await test('a commit is seen by the next request: 200 deliveries, each read back at once by two people', async () => {
  for (let i = 0; i < 200; i++) {
    await happen();
    assert.deepEqual(await Promise.all([top(asOwner), top(asMember)]), Array(2).fill(`#${number} issue ${number}`));
  }
});
await test('while others write, no answer is older than what was written before it was asked for', async () => {
  let written = number, wrong = 0;
  const work = (async () => { for (let i = 0; i < 150; i++) { await happen(); written = number; } })();
  await pool(Array.from({ length: 600 }), 6, async () => { const before = written, seen = Number((await top(asOwner)).split(' ')[0].slice(1)); if (seen < before) wrong++; });
  await work;
  assert.equal(wrong, 0);
});
await test('nobody hears another one\'s answer', async () => {
  assert.equal((await s.get(FEED, asStranger)).json.data.length, 0);
  assert.equal((await s.get(FEED + '&type=commit', asOwner)).json.data.length, 0);
});
await test('a member who leaves the team sees nothing of it with the next request', async () => {
  assert.ok(await top(asMember));
  s.sql('DELETE FROM team_member');
  assert.equal(await top(asMember), undefined);
});
await test('a role that changes counts with the next request', async () => {
  s.sql("UPDATE membership SET role = 'admin' WHERE role = 'member'");
  assert.ok(await top(asMember));
});
await test('a session that ended is refused with the next request, whatever is in memory', async () => {
  assert.ok(await top(asOwner));
  s.sql(`DELETE FROM session WHERE user_id = (SELECT id FROM user_account WHERE email = '${owner.email}')`);
  assert.equal((await s.get(FEED, asOwner)).status, 401);
});
await test('a session whose time is over is refused, though nothing was committed since', async () => {
  const token = await s.login(owner);
  s.sql("UPDATE session SET expires_at = now() + interval '2 seconds'");
  assert.equal((await s.get(FEED, token)).status, 200);
  await new Promise((r) => setTimeout(r, 2100));
  assert.equal((await s.get(FEED, token)).status, 401);
});
await s.stop();
done();
