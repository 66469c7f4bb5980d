-- 10-roles.sql: who may do what in the database.
--
-- One role a program family; none owns a table, none bypasses row security.
-- pulse_lookup and pulse_engine can log in nowhere: they own the functions
-- that must see across tenants, each with just the tables it needs. Applied
-- again by every `pulsectl migrate`, so it can be read as the whole truth.
--
-- A role that exists already is taken as it is. Where the migrating role may not
-- create roles, an administrator makes all eight first, and grants it the two
-- that own functions (docs/install.md, section 5).

DO $$
DECLARE
	v_role text;
BEGIN
	FOREACH v_role IN ARRAY '{pulse_web,pulse_auth,pulse_ingest,pulse_job,pulse_bridge,pulse_read,pulse_lookup,pulse_engine}'::text[]
	LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
			EXECUTE format('CREATE ROLE %I %s', v_role,
				CASE WHEN v_role IN ('pulse_lookup', 'pulse_engine')
				THEN 'NOLOGIN' ELSE 'LOGIN CONNECTION LIMIT 40' END);
		END IF;
	END LOOP;
	-- Needed to hand a function over to them.
	IF NOT pg_has_role(current_user, 'pulse_lookup', 'MEMBER') THEN
		EXECUTE format('GRANT pulse_lookup, pulse_engine TO %I', current_user);
	END IF;
END
$$;

GRANT USAGE ON SCHEMA pulse TO pulse_web, pulse_auth, pulse_ingest, pulse_job,
	pulse_bridge, pulse_read, pulse_lookup, pulse_engine;
GRANT CREATE ON SCHEMA pulse TO pulse_lookup, pulse_engine;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pulse FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA pulse FROM PUBLIC, pulse_web, pulse_auth,
	pulse_ingest, pulse_job, pulse_bridge, pulse_read, pulse_lookup,
	pulse_engine;

-- Row security on every table; the owner's pulsectl works on all rows.
DO $$
DECLARE
	v_table text;
BEGIN
	FOR v_table IN
		SELECT c.relname FROM pg_class c
		WHERE c.relnamespace = 'pulse'::regnamespace
		  AND c.relkind IN ('r', 'p')
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', v_table);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', v_table);
	END LOOP;
END
$$;

-- policy(table, name, role, what, rows): drop and create.
CREATE OR REPLACE PROCEDURE policy(p_table text, p_name text, p_roles text,
	p_command text, p_using text)
LANGUAGE plpgsql
AS $$
BEGIN
	EXECUTE format('DROP POLICY IF EXISTS %I ON %I', p_name, p_table);
	EXECUTE format('CREATE POLICY %I ON %I FOR %s TO %s %s', p_name, p_table,
		p_command, p_roles, CASE WHEN p_command = 'INSERT'
			THEN 'WITH CHECK (' || p_using || ')'
			ELSE 'USING (' || p_using || ')' END);
END
$$;

-- The tenant's own rows: by session for those who serve people, by name for
-- those who work on what came in.
DO $$
DECLARE
	v_table text;
	v_key text;
BEGIN
	FOR v_table, v_key IN
		SELECT c.relname, CASE c.relname WHEN 'organisation' THEN 'id'
			ELSE 'org_id' END
		FROM pg_class c
		WHERE c.relnamespace = 'pulse'::regnamespace
		  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		  AND (c.relname = 'organisation' OR EXISTS (
			SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
			AND a.attname = 'org_id' AND NOT a.attisdropped))
	LOOP
		CALL policy(v_table, 'tenant_by_session',
			'pulse_web, pulse_auth, pulse_read', 'ALL',
			v_key || ' = (SELECT session_org())');
		CALL policy(v_table, 'tenant_by_name', 'pulse_ingest, pulse_job',
			'ALL', v_key || ' = tenant()');
	END LOOP;
	FOR v_table IN
		SELECT c.relname FROM pg_class c
		WHERE c.relnamespace = 'pulse'::regnamespace
		  AND c.relkind IN ('r', 'p')
	LOOP
		CALL policy(v_table, 'owner', current_user, 'ALL', 'true');
	END LOOP;
END
$$;

-- Web: reads what is the tenant's, through policies; never a secret.
GRANT SELECT ON organisation, membership, team, team_member, repository,
	team_repository, provider_account, commit, pull_request, review,
	comment, issue, deployment, deployment_status, release, build, git_ref,
	activity_event, team_activity, room, room_event, room_state,
	rollup_delta, rollup_day, figure_of_repository TO pulse_web, pulse_read;
GRANT SELECT (id, email, name, created_at) ON user_account
	TO pulse_web, pulse_read;
CALL policy('user_account', 'colleagues', 'pulse_web, pulse_read', 'SELECT',
	'EXISTS (SELECT FROM membership m WHERE m.user_id = user_account.id
		AND m.org_id = (SELECT session_org()))');
GRANT INSERT ON outbox TO pulse_ingest, pulse_job;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pulse
	TO pulse_web, pulse_auth, pulse_ingest, pulse_job, pulse_engine;

-- Auth: accounts and sessions.
GRANT SELECT ON organisation, membership, team, team_member TO pulse_auth;
GRANT SELECT, INSERT ON session TO pulse_auth;
GRANT UPDATE (expires_at) ON session TO pulse_auth;
GRANT DELETE ON session TO pulse_auth, pulse_job;
GRANT SELECT ON session TO pulse_job;
GRANT SELECT, INSERT, UPDATE ON refresh_token TO pulse_auth;
GRANT SELECT ON user_account TO pulse_auth;
GRANT UPDATE (name, password_hash) ON user_account TO pulse_auth;
CALL policy('user_account', 'accounts', 'pulse_auth', 'ALL', 'true');
CALL policy('membership', 'memberships', 'pulse_auth', 'SELECT', 'true');
CALL policy('refresh_token', 'tokens', 'pulse_auth', 'ALL', 'true');
CALL policy('session', 'sessions', 'pulse_auth, pulse_job', 'ALL', 'true');

-- Ingest and jobs: write what came in.
GRANT SELECT, INSERT, UPDATE ON repository, commit, pull_request, review,
	comment, issue, deployment, deployment_status, release, build, git_ref,
	provider_account, activity_event TO pulse_ingest, pulse_job;
-- Whose an installation is, is not theirs to say.
GRANT SELECT, INSERT (host, github_id, account, state, updated_at, version,
	digest), UPDATE (account, state, updated_at, version, digest)
	ON installation TO pulse_ingest, pulse_job;
GRANT SELECT, INSERT ON team_repository, team_activity
	TO pulse_ingest, pulse_job;
GRANT SELECT ON organisation, team, delivery_body TO pulse_ingest, pulse_job;
GRANT SELECT, INSERT, UPDATE ON delivery TO pulse_ingest, pulse_job;
GRANT INSERT ON delivery_body, rollup_delta TO pulse_ingest, pulse_job;
CALL policy('delivery', 'deliveries', 'pulse_ingest, pulse_job', 'ALL', 'true');
CALL policy('delivery_body', 'deliveries', 'pulse_ingest, pulse_job', 'ALL',
	'true');
CALL policy('delivery_body_other', 'deliveries', 'pulse_ingest, pulse_job',
	'ALL', 'true');
CALL policy('installation', 'installations', 'pulse_ingest, pulse_job', 'ALL',
	'true');
GRANT SELECT, INSERT, UPDATE ON job TO pulse_job;
GRANT SELECT ON job TO pulse_web;
CALL policy('job', 'jobs', 'pulse_job', 'ALL', 'true');
CALL policy('job', 'jobs_seen', 'pulse_web', 'SELECT', 'true');
GRANT DELETE ON delivery, activity_event, team_activity TO pulse_job;
GRANT SELECT ON activity_event, team_activity TO pulse_job;
CALL policy('activity_event', 'retention', 'pulse_job', 'ALL', 'true');
CALL policy('team_activity', 'retention', 'pulse_job', 'ALL', 'true');

-- Bridge: the rooms' order, and who may see which.
GRANT SELECT ON room_event, room_state, activity_event, membership, team,
	team_member, team_repository, repository, outbox, plugin_line
	TO pulse_bridge;
GRANT SELECT, UPDATE ON bridge_mark TO pulse_bridge;
DO $$
DECLARE
	v_table text;
BEGIN
	FOREACH v_table IN ARRAY '{room_event,room_state,activity_event,membership,team,team_member,team_repository,repository,outbox,bridge_mark}'::text[]
	LOOP
		CALL policy(v_table, 'bridge', 'pulse_bridge', 'ALL', 'true');
	END LOOP;
END
$$;

-- Look-ups before a tenant is known.
GRANT SELECT ON connection, installation, repository, organisation, team,
	user_account, membership, session, team_repository, activity_event,
	delivery, outbox, job, bridge_mark TO pulse_lookup;
DO $$
DECLARE
	v_table text;
BEGIN
	FOREACH v_table IN ARRAY '{connection,installation,repository,organisation,team,user_account,membership,session,team_repository,activity_event,delivery,outbox,job,bridge_mark}'::text[]
	LOOP
		CALL policy(v_table, 'look_up', 'pulse_lookup', 'SELECT', 'true');
	END LOOP;
END
$$;

-- The sequencer and the folder: set arithmetic over all tenants.
GRANT SELECT ON organisation, team, team_repository, activity_event
	TO pulse_engine;
GRANT SELECT, INSERT, DELETE ON outbox, rollup_delta TO pulse_engine;
GRANT DELETE ON rollup_day, room_event TO pulse_engine;
GRANT SELECT, INSERT, UPDATE ON room, room_event, room_state, rollup_day
	TO pulse_engine;
DO $$
DECLARE
	v_table text;
BEGIN
	FOREACH v_table IN ARRAY '{organisation,team,team_repository,activity_event,outbox,rollup_delta,room,room_event,room_state,rollup_day}'::text[]
	LOOP
		CALL policy(v_table, 'engine', 'pulse_engine', 'ALL', 'true');
	END LOOP;
END
$$;

-- The audit log is written by audit() and read by its organisation; nobody
-- changes it. Letters are put in by send_mail() and sent by the job.
GRANT SELECT ON audit_log TO pulse_web;
GRANT INSERT ON audit_log, mail TO pulse_engine;
GRANT SELECT (id, email) ON user_account TO pulse_engine;
GRANT SELECT ON membership TO pulse_engine;
GRANT SELECT, DELETE ON audit_log TO pulse_job;
GRANT SELECT, UPDATE, DELETE ON mail TO pulse_job;
CALL policy('audit_log', 'written', 'pulse_engine', 'INSERT', 'true');
CALL policy('mail', 'written', 'pulse_engine', 'INSERT', 'true');
CALL policy('user_account', 'actors', 'pulse_engine', 'SELECT', 'true');
CALL policy('membership', 'actors', 'pulse_engine', 'SELECT', 'true');
CALL policy('audit_log', 'retention', 'pulse_job', 'ALL', 'true');
CALL policy('mail', 'letters', 'pulse_job', 'ALL', 'true');

-- Functions: who owns those that see more than their caller, who may call.
ALTER FUNCTION session_org() OWNER TO pulse_lookup;
ALTER FUNCTION enter(bigint, uuid, text) OWNER TO pulse_lookup;
ALTER FUNCTION route(bigint, text, bigint, bigint) OWNER TO pulse_lookup;
ALTER FUNCTION door(bigint) OWNER TO pulse_lookup;
ALTER FUNCTION others_have(bigint, text, bigint) OWNER TO pulse_lookup;
ALTER FUNCTION serves(bigint, text, bigint, bigint) OWNER TO pulse_lookup;
ALTER FUNCTION find_team(text) OWNER TO pulse_lookup;
ALTER FUNCTION find_login(text) OWNER TO pulse_lookup;
ALTER FUNCTION session_lives(bigint, bigint, uuid) OWNER TO pulse_lookup;
ALTER FUNCTION session_end() OWNER TO pulse_lookup;
ALTER FUNCTION system_state() OWNER TO pulse_lookup;
ALTER FUNCTION tell_plugin(bigint, text) OWNER TO pulse_engine;
ALTER FUNCTION audit(bigint, bigint, text, text, text, json, text)
	OWNER TO pulse_engine;
ALTER FUNCTION audit_account(bigint, text, json, text) OWNER TO pulse_engine;
ALTER FUNCTION audit_mine(text, text, json, text) OWNER TO pulse_engine;
ALTER FUNCTION send_mail(bigint, text, text, json) OWNER TO pulse_engine;
ALTER FUNCTION sequence_pending(integer) OWNER TO pulse_engine;
ALTER FUNCTION fold_rollups(integer) OWNER TO pulse_engine;
ALTER FUNCTION forget_room_events() OWNER TO pulse_engine;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pulse TO pulse_ingest, pulse_job;
REVOKE EXECUTE ON FUNCTION find_login(text), enter(bigint, uuid, text),
	enter_seen(bigint, uuid, text),
	session_org() FROM pulse_ingest, pulse_job;
REVOKE EXECUTE ON FUNCTION keep_partitions(interval) FROM pulse_ingest;
GRANT EXECUTE ON FUNCTION role_rank(text) TO pulse_lookup;
GRANT EXECUTE ON FUNCTION tenant(), session_org(),
	session_user_id(), sees_all(), role_rank(text),
	enter(bigint, uuid, text), enter_seen(bigint, uuid, text),
	session_end(), figure(text, boolean),
	system_state()
	TO pulse_web, pulse_read, pulse_auth, pulse_bridge;
GRANT EXECUTE ON FUNCTION session_org(), session_user_id() TO pulse_engine;
GRANT EXECUTE ON FUNCTION audit_mine(text, text, json, text),
	send_mail(bigint, text, text, json) TO pulse_web, pulse_auth;
GRANT EXECUTE ON FUNCTION audit(bigint, bigint, text, text, text, json, text),
	audit_account(bigint, text, json, text) TO pulse_auth;
GRANT EXECUTE ON FUNCTION find_login(text), tell_of_session(),
	tell_plugin(bigint, text), session_lives(bigint, bigint, uuid),
	begin_session(bigint, bigint, bytea, text, text),
	refresh_session(bytea, bytea) TO pulse_auth;
GRANT EXECUTE ON FUNCTION sequence_pending(integer), fold_rollups(integer),
	forget_room_events(), user_line(bigint, bigint), team_line(bigint, bigint) TO pulse_bridge;
GRANT EXECUTE ON FUNCTION sequence_pending(integer) TO pulse_web;
REVOKE CREATE ON SCHEMA pulse FROM pulse_lookup, pulse_engine;
