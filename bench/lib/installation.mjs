// installation.mjs - what the benchmarks run against: an organisation of 20
// teams, 100 repositories and 100,000 lines of activity, beside an empty FastCGI
// program behind the same web server.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { Stack } from '../../tests/lib/stack.mjs';

const EVENTS = Number(process.env.EVENTS || 100000);

// Repository k has GitHub's id 900000000 + k and is team k % 20 + 1's.
const CONTENT = `
INSERT INTO team (org_id, slug, name) SELECT 1, 'team-' || g, 'Team ' || g FROM generate_series(2, 20) g;
INSERT INTO repository (org_id, host, github_id, full_name) SELECT 1, 'github.com', 900000000 + k, 'acme/repo-' || k FROM generate_series(0, 99) k;
INSERT INTO team_repository SELECT 1, k % 20 + 1, k + 1 FROM generate_series(0, 99) k;
INSERT INTO activity_event (org_id, repo_id, at, type, author, key, version, digest, json)
SELECT 1, r.id, t.at, t.type, 'dev-' || g % 40, 'bench/' || g, 0, 0,
	event_head(0, t.type, json_name(r.full_name)) || ',"author":"dev-' || g % 40 || '","timestamp":"' || to_char(t.at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","summary":"'
	|| CASE g % 4 WHEN 0 THEN 'Read the configuration of module ' || g % 97 || ' once, at the start' WHEN 1 THEN '#' || g % 3000 || ' Add user authentication middleware ' || g
		WHEN 2 THEN 'approved review on #' || g % 3000 ELSE 'production deployment: success' END
	|| '","metadata":{"id":"' || g || '","repoId":"' || r.id || '","number":' || g % 3000 || ',"state":"open","sha":"' || md5(g::text) || '"}}'
FROM generate_series(1, ${EVENTS}) g
JOIN repository r ON r.id = (g * 7919::bigint) % 100 + 1
CROSS JOIN LATERAL (SELECT now() - interval '1 day' - g * interval '40 seconds' AS at, (ARRAY['commit', 'pull_request', 'review', 'deployment'])[g % 4 + 1] AS type) t;
UPDATE activity_event SET json = event_head(id, type, json_name('acme/repo-' || repo_id - 1)) || substr(json, strpos(json, ',"author":'));
INSERT INTO team_activity SELECT e.org_id, t.team_id, e.at, e.id FROM activity_event e JOIN team_repository t USING (org_id, repo_id);
`;

export async function installation(options = {}) {
  const s = await Stack.start({ ...options, emptyProgram: true, settings: { ...options.settings } });
  s.member = s.person('acme', 'member', 'team-1');
  s.sql(CONTENT);
  execFileSync('psql', ['-h', s.pg, '-U', 'pulse', '-d', s.db, '-qc', 'VACUUM ANALYZE']);
  await s.settled();
  s.token = await s.login(s.member);
  return s;
}

// The memory of a process and all that it started: sum of PSS, kB.
export function memory(...pids) {
  let kb = 0;
  for (const pid of pids) {
    try {
      kb += Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);
      kb += memory(...fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number));
    } catch { /* gone meanwhile */ }
  }
  return kb;
}
