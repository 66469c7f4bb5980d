// worlds.mjs - organisations to walk through: five people with a role each and a
// session, a team of theirs (red) and one that is not (blue), and rows of every
// kind that a route may name by an id.
import { good } from './tokens.mjs';

export const ROLES = ['viewer', 'member', 'manager', 'admin', 'owner'];
// What stands in everything that a stranger, or one of another team, must not read.
export const FOREIGN = 'FOREIGNORG', OTHER = 'OTHERTEAM';

// One row a person of what {…} or a parameter may name, `as` it is called there:
// the table, the column of its id, what comes before, and the row. $org, $red,
// $user, $role, $email and $n (a number of his own) are filled in.
const code = (n) => 'BCDF' + [...String(n).padStart(4, '0')].map((d) => 'BCDFGHJKLM'[d]).join('');
const more = [
  { as: 'sessions', table: 'session', row: `INSERT INTO session (id, org_id, user_id, expires_at) VALUES (md5('another $n')::uuid, $org, $user, now() + interval '1 day')` },
  { as: 'tokens', table: 'personal_token', before: `INSERT INTO session (id, org_id, user_id, expires_at, kind) VALUES (md5('token $n')::uuid, $org, $user, now() + interval '1 day', 'token')`,
    row: `INSERT INTO personal_token (hash, session_id, name, scopes, hint) VALUES (sha256('token $n'), md5('token $n')::uuid, '$mark', 'read', 'hint')` },
  { as: 'code', id: 'user_code', table: 'device_authorisation', row: `INSERT INTO device_authorisation (hash, user_code, client, expires_at) VALUES (sha256('device $n'), '$code', 'pulse-cli', now() + interval '1 day')` },
  { as: 'github', id: 'github_id', table: 'github_identity', row: `INSERT INTO github_identity (host, github_id, user_id, login) VALUES ('github.com', $n, $user, '$mark')` },
  { as: 'integrations', table: 'github_connection', before: `INSERT INTO connection (org_id, id, host, secret) OVERRIDING SYSTEM VALUE VALUES ($org, 1000000 + $n, 'github.com', 'sealed')`,
    row: `INSERT INTO github_connection (org_id, id, kind, login, credential, state) VALUES ($org, 1000000 + $n, 'token', '$mark', 'sealed', 'revoked')` },
  { as: 'pr', table: 'pull_request', id: "repo_id || '-' || number",
    row: `INSERT INTO pull_request (org_id, repo_id, number, title, state, created_at, updated_at, version, digest) SELECT $org, id, $n, '$mark', 'open', now(), now(), 0, 0 FROM repository WHERE org_id = $org AND full_name LIKE '%/red'` },
  { as: 'letter', table: 'delivery', before: `INSERT INTO delivery_body (received_at, door, guid, body) VALUES ('2026-11-20Z', 0, 'letter $n', '"$mark"')`,
    row: `INSERT INTO delivery (door, guid, org_id, event, received_at, state, reason) VALUES (0, 'letter $n', $org, 'push', '2026-11-20Z', 'dead', '$mark')` },
  { as: 'jira', table: 'jira_connection', before: `INSERT INTO connection (org_id, id, kind, host, name, secret) OVERRIDING SYSTEM VALUE VALUES ($org, 2000000 + $n, 'jira', '127.0.0.1', '$mark', 'sealed')`,
    row: `INSERT INTO jira_connection (org_id, id, base_url, deployment, auth, credential) VALUES ($org, 2000000 + $n, 'http://127.0.0.1:1', 'cloud', 'token', 'sealed')` },
  { as: 'invitation', table: 'invitation', row: `INSERT INTO invitation (org_id, email, role, token_hash, invited_by, sent_at) VALUES ($org, 'asked-$n@example.test', 'viewer', sha256('invitation $n'), $user, now() - interval '1 day')` },
  { as: 'repositoryToken', table: 'repository_token', row: `INSERT INTO repository_token (org_id, repo_id, name, hash, hint) SELECT $org, id, '$mark', sha256('repository $n'), 'hint' FROM repository WHERE org_id = $org AND full_name LIKE '%/red'` },
  { as: 'sha', id: 'sha', table: 'coverage', row: `INSERT INTO coverage (org_id, repo_id, sha, branch) SELECT $org, id, '${'a'.repeat(64)}', '$mark' FROM repository WHERE org_id = $org AND full_name LIKE '%/red' ON CONFLICT (org_id, repo_id, sha) DO UPDATE SET branch = excluded.branch` },
];

const common = `
CREATE OR REPLACE FUNCTION pg_temp.world(n integer, mark text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  o bigint; u bigint; guest bigint; red bigint; blue bigint; r1 bigint; r2 bigint; e1 bigint; e2 bigint; door bigint;
  r text; people jsonb := '{}'; s uuid;
BEGIN
  INSERT INTO organisation (slug, name) VALUES (lower(mark) || n, mark || n) RETURNING id INTO o;
  INSERT INTO team (org_id, slug, name) VALUES (o, 'red', mark || ' red') RETURNING id INTO red;
  INSERT INTO team (org_id, slug, name) VALUES (o, 'blue', mark || ' blue') RETURNING id INTO blue;
  FOREACH r IN ARRAY '{viewer,member,manager,admin,owner,guest,spare}'::text[] LOOP
    INSERT INTO user_account (email, name) VALUES (lower(r || '@' || mark || n || '.test'), mark || ' ' || r) RETURNING id INTO u;
    INSERT INTO membership (org_id, user_id, role) VALUES (o, u, CASE WHEN r IN ('guest', 'spare') THEN 'viewer' ELSE r END);
    IF r <> 'spare' THEN INSERT INTO team_member VALUES (o, red, u); END IF;
    INSERT INTO session (org_id, user_id, expires_at, user_agent, address) VALUES (o, u, now() + interval '1 day', mark, '192.0.2.1') RETURNING id INTO s;
    people := people || jsonb_build_object(r, jsonb_build_object('user', u::text, 'org', o::text, 'session', s, 'email', lower(r || '@' || mark || n || '.test')));
    IF r = 'guest' THEN guest := u; END IF;
  END LOOP;
  INSERT INTO repository (org_id, host, github_id, full_name) VALUES (o, 'github.com', 2 * n, mark || '/red') RETURNING id INTO r1;
  INSERT INTO repository (org_id, host, github_id, full_name) VALUES (o, 'github.com', 2 * n + 1, mark || '/${OTHER}') RETURNING id INTO r2;
  INSERT INTO team_repository VALUES (o, red, r1), (o, blue, r2);
  INSERT INTO activity_event (org_id, repo_id, at, type, author, key, version, digest, json) VALUES
    (o, r1, now(), 'issue', 'ann', 'k', 1, 1, json_build_object('id', '1', 'summary', mark || ' red')) RETURNING id INTO e1;
  INSERT INTO activity_event (org_id, repo_id, at, type, author, key, version, digest, json) VALUES
    (o, r2, now(), 'issue', 'ann', 'k', 1, 1, json_build_object('id', '2', 'summary', mark || ' ${OTHER}')) RETURNING id INTO e2;
  INSERT INTO team_activity (org_id, team_id, at, event_id) SELECT org_id, red, at, id FROM activity_event WHERE org_id = o AND id = e1;
  INSERT INTO team_activity (org_id, team_id, at, event_id) SELECT org_id, blue, at, id FROM activity_event WHERE org_id = o AND id = e2;
  INSERT INTO connection (org_id, host, secret) VALUES (o, 'github.com', 'sealed') RETURNING id INTO door;
  RETURN jsonb_build_object('n', n, 'org', o::text, 'red', red::text, 'blue', blue::text, 'repo', r1::text, 'blueRepo', r2::text, 'event', e1::text,
    'connection', door::text, 'guest', guest::text, 'people', people, 'slug', lower(mark) || n, 'ids', '{}'::jsonb);
END
$$;`;

// Make worlds with these marks, in one transaction.
export function makeWorlds(stack, marks) {
  const list = marks.map((mark, i) => `(${i + 1}, '${mark}')`).join(',');
  const worlds = JSON.parse(stack.sql(`${common} SELECT json_agg(pg_temp.world(n, mark) ORDER BY n) FROM (VALUES ${list}) x(n, mark)`));
  // Of the largest plan, where there are plans.
  if (stack.sql("SELECT 1 FROM pg_attribute WHERE attrelid = 'pulse.organisation'::regclass AND attname = 'plan'")) stack.sql("UPDATE organisation SET plan = 'enterprise'");
  const everybody = worlds.flatMap((w) => Object.keys(w.people).map((role, i) => ({ w, role, org: w.org, red: w.red, ...w.people[role], mark: marks[w.n - 1], n: w.n * 10 + i, code: code(w.n * 10 + i) })));
  for (const { table, id = 'id', before, row, as } of more) {
    if (stack.sql(`SELECT to_regclass('pulse.${table}') IS NULL`) === 't') continue;
    const of = (sql, at) => sql.replace(/\$(\w+)/g, (_, k) => at[k]);
    const ids = stack.sql(everybody.map((at) => `${before ? of(before, at) + ';' : ''} ${of(row, at)} RETURNING ${id};`).join('\n')).split('\n');
    everybody.forEach(({ w, role }, i) => { (w.ids[role] ??= {})[as] = ids[i]; });
  }
  // The hash of a password that somebody has: all have it.
  const seed = stack.person('seed', 'owner');
  stack.sql(`UPDATE user_account SET password_hash = (SELECT password_hash FROM user_account WHERE email = '${seed.email}')`);
  for (const w of worlds) w.password = seed.password;
  for (const w of worlds) for (const who of Object.values(w.people)) who.token = good(who);
  // The server has closed them meanwhile, and nobody looked.
  stack.agent.destroy();
  return worlds;
}

// All that an organisation has, as one line that changes when a row does. What the
// bridge and the passing of time change is left out.
export const digest = (stack, org, without = []) => {
  const left = ['outbox', 'room', 'room_event', 'room_state', 'rollup_delta', 'rollup_day', ...without];
  const tables = stack.sql(`SELECT c.relname, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped)
    FROM pg_class c WHERE relnamespace = 'pulse'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`).split('\n').map((l) => l.split('|'));
  const own = tables.filter(([t, tenant]) => tenant === 't' && !left.includes(t)).map(([t]) => `SELECT '${t}' AS t, md5(string_agg(x::text, '|' ORDER BY x::text)) AS m FROM ${t} x WHERE org_id = ${org}`);
  own.push(`SELECT 'organisation', md5(string_agg(x::text, '|')) FROM organisation x WHERE id = ${org}`,
    `SELECT 'user_account', md5(string_agg(u::text, '|' ORDER BY u.id)) FROM user_account u JOIN membership m ON m.user_id = u.id WHERE m.org_id = ${org}`);
  return Object.fromEntries(stack.sql(`SELECT t, m FROM (${own.join(' UNION ALL ')}) d ORDER BY t`).split('\n').map((l) => l.split('|')));
};
