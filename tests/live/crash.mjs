#!/usr/bin/env node
// crash.mjs - any one process is killed -9 in the middle of deliveries: every
// delivery that was answered 2xx is stored once, and reaches a subscriber that
// stayed or replayed. And what ends in order loses nothing at all.
import assert from 'node:assert/strict';
import { done, note, sleep, test, until } from '../lib/tap.mjs';
import { pageClient } from '../lib/page.mjs';
import { Stack } from '../lib/stack.mjs';

const s = await Stack.start({ cluster: true });
const who = s.person('acme', 'owner', 'red');
s.sql("INSERT INTO repository (org_id, host, github_id, full_name) SELECT 1, 'github.com', g, 'acme/r' || g FROM generate_series(1, 10) g; INSERT INTO team_repository SELECT 1, 1, id FROM repository");
await s.settled();

const live = await pageClient(s, who);
const reached = new Map();
let reloads = 0, over = false;
live.addEventListener('event', ({ detail }) => reached.set(detail.event.summary, (reached.get(detail.event.summary) || 0) + 1));
live.addEventListener('reload', async function reload() {
  // As the page does: what was missed is in the first pages of the list, which
  // is asked for again while the server is away.
  reloads++;
  try {
    for (let cursor = '', n = 0; cursor !== null && n < 20; n++) {
      const page = (await s.get(`/api/v1/activity?limit=100${cursor ? '&cursor=' + cursor : ''}`, token)).json;
      for (const e of page.data) if (!reached.has(e.summary)) reached.set(e.summary, 1);
      live.restart(null, page.data.map((e) => e.id));
      cursor = page.next;
    }
  } catch { if (!over) setTimeout(reload, 1000); }
});
const token = await s.login(who);
live.start('0');
await until('live', () => live.state === 'live');

let number = 0;
const deliver = () => {
  const n = ++number, now = new Date().toISOString();
  const body = { action: 'opened', pull_request: { id: n, number: n, state: 'open', title: `delivery ${n}`, created_at: now, updated_at: now, user: { login: 'ann', id: 1 } }, repository: { id: n % 10 + 1, full_name: `acme/r${n % 10 + 1}` } };
  return s.deliver('pull_request', body, { id: `crash-${n}` }).then((r) => ({ n, status: r.status }), () => ({ n, status: 0 }));
};

// So many deliveries, eight at once; `blow` strikes when a third has gone.
async function storm(count, blow) {
  const answers = [];
  let sent = 0, struck = null;
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (sent < count) {
      sent++;
      if (sent === Math.floor(count / 3)) struck = blow();
      const answer = await deliver();
      answers.push(answer);
      await sleep(answer.status ? 4 : 40);
    }
  }));
  await struck;
  return answers;
}

async function check(answers, { all = false } = {}) {
  const good = answers.filter((a) => a.status >= 200 && a.status < 300);
  if (all) assert.equal(good.length, answers.length, `refused: ${JSON.stringify(answers.filter((a) => !(a.status >= 200 && a.status < 300)).slice(0, 5))}`);
  assert.ok(good.length > answers.length / 2, `only ${good.length} of ${answers.length} were answered`);
  const stored = new Map(s.sql(`SELECT number, count(*) FROM pull_request GROUP BY 1`).split('\n').map((l) => l.split('|').map(Number)));
  const events = new Map(s.sql(`SELECT json::json->'metadata'->>'number', count(*) FROM activity_event GROUP BY 1`).split('\n').map((l) => l.split('|').map(Number)));
  const bad = good.filter(({ n }) => stored.get(n) !== 1 || events.get(n) !== 1);
  assert.deepEqual(bad, [], 'stored once');
  await until('every one reaches the subscriber', () => good.every(({ n }) => reached.has(`#${n} delivery ${n}`)), 45000)
    .catch((e) => { throw new Error(`${e.message}: ${good.filter(({ n }) => !reached.has(`#${n} delivery ${n}`)).length} of ${good.length} missing, state ${live.state}`); });
  note(`${answers.length} sent, ${good.length} answered 2xx, each stored once and received`);
}

await test('undisturbed: every delivery is answered, stored once and received', async () => check(await storm(200, () => null), { all: true }));
await test('a webhooks process, killed -9 and restarted by the pools', async () => {
  const [old] = s.workers('webhooks');
  await check(await storm(400, async () => { process.kill(old, 'SIGKILL'); }));
  await until('it runs again', () => s.workers('webhooks').length === 1 && s.workers('webhooks')[0] !== old);
});
await test('the bridge, killed -9 and restarted', async () => check(await storm(400, async () => { await s.kill('bridge', 'SIGKILL'); await sleep(300); await s.launch('bridge'); }), { all: true }));
await test('the broker, killed -9 and restarted, with a live subscriber', async () => check(await storm(400, async () => { await s.kill('mosquitto', 'SIGKILL'); await sleep(300); await s.launch('mosquitto'); }), { all: true }));
await test('the web server, killed -9 and restarted', async () => check(await storm(400, async () => { await s.kill('web', 'SIGKILL'); await sleep(300); await s.launch('web'); })));
await test('PostgreSQL, killed -9 and restarted', async () => check(await storm(400, async () => {
  process.kill(s.postmaster(), 'SIGKILL');
  await sleep(300);
  await until('PostgreSQL is back', () => { try { s.startCluster(); return true; } catch { return false; } }, 30000);
})));
await test('PostgreSQL restarted in order: no delivery is refused, requests wait for it', async () => check(await storm(300, async () => { s.stopCluster('fast'); await sleep(500); s.startCluster(); }), { all: true }));
await test('processes that end by SIGTERM lose no request', async () => check(await storm(300, async () => { for (const pid of s.workers('webhooks')) { process.kill(pid, 'SIGTERM'); await sleep(1300); } }), { all: true }));
await test('a restart of the pools one by one (SIGHUP) loses no request', async () => check(await storm(600, async () => { s.children.get('pools').kill('SIGHUP'); }), { all: true }));
await test('two bridges: the second takes over when the first is killed', async () => {
  const first = s.children.get('bridge');
  await s.launch('bridge');
  await sleep(1500);
  await check(await storm(200, async () => { first.kill('SIGKILL'); }), { all: true });
});
await test('the roll-ups are still what the records say', async () => {
  await until('folded', () => s.sql('SELECT count(*) FROM rollup_delta') === '0');
  assert.equal(s.sql('SELECT kind, sum(amount) FROM rollup_day WHERE team_id = 1 GROUP BY 1'), s.sql('SELECT kind, count(*) FROM figure_of_repository GROUP BY 1'));
});
const repeats = [...reached.values()].filter((n) => n > 1).length;
await test('the page shows no event twice', () => assert.equal(repeats, 0));
note(`${number} deliveries in all, ${reached.size} distinct received, ${reloads} reloads`);
over = true;
live.stop();
await s.stop();
done();
