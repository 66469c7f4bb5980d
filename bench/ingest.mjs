#!/usr/bin/env node
// ingest.mjs - deliveries of real payloads, rightly signed, all the way into
// rows, roll-ups and outbox, beside the floors: single-row INSERT commits of the
// same PostgreSQL, and an empty FastCGI program.
import { installation } from './lib/installation.mjs';
import { inTurn, pgbench, signedPool, wrk } from './lib/load.mjs';
import { millis, rate, ratio, table } from './lib/report.mjs';
import { SECRET } from '../tests/lib/stack.mjs';

const s = await installation();
const pool = signedPool(`${s.dir}/payloads`, SECRET);
let run = 0;
s.sql("CREATE TABLE public.floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, team bigint, at timestamptz DEFAULT now(), body text)");
for (const connections of [1, 16, 64]) {
  const got = await inTurn({
    'INSERT and commit (pgbench)': () => pgbench(s, "INSERT INTO public.floor (team, body) VALUES (1, repeat('x', 260))", connections),
    'empty program': () => wrk(s.url + '/empty', { connections }),
    deliveries: () => wrk(s.url + '/api/v1/webhooks/github', { connections, env: { ...pool, PULSE_RUN: `r${++run}` } }),
  });
  const floor = got['INSERT and commit (pgbench)'].perSecond;
  table(`Ingest, ${connections} at once`, ['', 'rate', 'of the commits', 'p50', 'p99'],
    Object.entries(got).map(([name, g]) => [name, rate(g.perSecond), ratio(g.perSecond / floor), millis(g.p50), millis(g.p99)]));
}
const [stored, dead] = s.sql("SELECT count(*), count(*) FILTER (WHERE state <> 'done') FROM delivery").split('|');
console.log(`  ${stored} deliveries stored, ${dead} of them dead or waiting`);
await s.stop();
