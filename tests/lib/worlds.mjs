// worlds.mjs - organisations to walk through: five people with a role each and a
// session, a team of theirs (red) and one that is not (blue), and rows of every
// kind that a route may name by an id.
import { good } from './tokens.mjs';

export const ROLES = ['viewer', 'member', 'manager', 'admin', 'owner'];
// What stands in everything that a stranger, or one of another team, must not read.
export const FOREIGN = 'FOREIGNORG', OTHER = 'OTHERTEAM';

// Rows of tables that not every version has: table, columns and values. $org, $red,
// $user (of the role), $guest and $n (a number of the world's own) are filled in.
const more = [];

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
  for (const { table, id = 'id', columns, values, as } of more) {
    if (stack.sql(`SELECT to_regclass('pulse.${table}') IS NULL`) === 't') continue;
    const rows = worlds.flatMap((w) => [...ROLES, 'guest'].map((role) => {
      const at = { org: w.org, red: w.red, user: w.people[role].user, guest: w.guest, n: `${w.n}${ROLES.indexOf(role) + 2}`, mark: marks[w.n - 1] };
      return '(' + values.replace(/\$(\w+)/g, (_, k) => at[k]) + ')';
    }));
    const ids = stack.sql(`INSERT INTO ${table} (${columns}) VALUES ${rows.join(',')} RETURNING ${id}`).split('\n');
    worlds.forEach((w, i) => { [...ROLES, 'guest'].forEach((role, j) => { (w.ids[role] ??= {})[as] = ids[i * 6 + j]; }); });
  }
  for (const w of worlds) for (const who of Object.values(w.people)) who.token = good(who);
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
