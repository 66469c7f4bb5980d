#!/usr/bin/env node
// reads.mjs - a page of 50 lines of activity, beside its floor: an empty FastCGI
// program behind the same lighttpd.
import { installation } from './lib/installation.mjs';
import { inTurn, wrk } from './lib/load.mjs';
import { millis, rate, ratio, table } from './lib/report.mjs';

const s = await installation();
for (const connections of [1, 16]) {
  const got = await inTurn({
    'empty program': () => wrk(s.url + '/empty', { connections }),
    'a page of activity': () => wrk(s.url + '/api/v1/activity?limit=50', { connections, env: { PULSE_TOKEN: s.token } }),
  });
  const floor = got['empty program'].perSecond;
  table(`Reads, ${connections} at once`, ['', 'rate', 'of the floor', 'p50', 'p99'], Object.entries(got).map(([name, g]) => [name, rate(g.perSecond), ratio(g.perSecond / floor), millis(g.p50), millis(g.p99)]));
}
await s.stop();
