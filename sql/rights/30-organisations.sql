-- 30-organisations.sql: who may change what of an organisation.
--
-- The programs that serve people write their own organisation's rows, by the
-- policy tenant_by_session of 10-roles.sql, through functions that know the
-- rules and run with the caller's rights. What goes beyond one organisation (to
-- join, to make, to delete, to restore one) is done by functions of
-- pulse_engine, each one act.

GRANT SELECT ON plan, known_flag, known_threshold
	TO pulse_web, pulse_auth, pulse_read, pulse_ingest, pulse_job,
	pulse_engine;

-- Web: what an admin changes.
GRANT SELECT, INSERT, DELETE ON invitation_team, team_member, team_repository,
	team_activity, organisation_logo TO pulse_web;
GRANT SELECT (org_id, id, email, role, invited_by, created_at, sent_at,
	expires_at), INSERT, DELETE,
	UPDATE (token_hash, invited_by, sent_at, expires_at)
	ON invitation TO pulse_web;
GRANT UPDATE (role), DELETE ON membership TO pulse_web;
GRANT UPDATE (name, slug, time_zone) ON organisation TO pulse_web;
GRANT INSERT, DELETE, UPDATE (name, slug, time_zone, sprint_length_days,
	sprint_start) ON team TO pulse_web;
GRANT INSERT, DELETE ON rollup_day TO pulse_web;
GRANT SELECT (id, org_id, kind, host, name, created_at) ON connection TO pulse_web;
GRANT SELECT, INSERT, UPDATE ON organisation_setting TO pulse_web;
GRANT SELECT ON organisation_setting, organisation_logo
	TO pulse_auth, pulse_read, pulse_ingest, pulse_job;
-- And what everybody changes: himself.
GRANT SELECT (time_zone, theme, locale),
	UPDATE (name, time_zone, theme, locale) ON user_account TO pulse_web;
CALL policy('user_account', 'oneself', 'pulse_web', 'UPDATE',
	'id = (SELECT session_person())');

-- Letters name the organisation; clean-up asks how long each one's are kept.
CALL policy('organisation', 'kept', 'pulse_job', 'SELECT', 'true');
CALL policy('organisation_setting', 'kept', 'pulse_job', 'SELECT', 'true');

-- Clean-up deletes what was deleted 30 days ago: of one organisation at a
-- time, which it must have entered.
DO $$
DECLARE
	v_table text;
BEGIN
	FOR v_table IN
		SELECT c.relname FROM pg_class c
		WHERE c.relnamespace = 'pulse'::regnamespace
		  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		  AND (c.relname IN ('organisation', 'delivery_body') OR EXISTS (
			SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
			AND a.attname = 'org_id' AND NOT a.attisdropped))
		  AND c.relname <> 'installation'
	LOOP
		EXECUTE format('GRANT DELETE ON %I TO pulse_job', v_table);
		IF v_table <> 'delivery_body' THEN
			EXECUTE format('GRANT SELECT (%I) ON %I TO pulse_job',
				CASE v_table WHEN 'organisation' THEN 'id'
				ELSE 'org_id' END, v_table);
		END IF;
	END LOOP;
END
$$;

GRANT SELECT ON rollup_day, rollup_delta, room_event, outbox TO pulse_job;

-- The bridge: nobody hears anything of a deleted organisation.
GRANT SELECT (id, deleted_at) ON organisation TO pulse_bridge;
CALL policy('organisation', 'bridge', 'pulse_bridge', 'SELECT', 'true');

-- Look-ups before a tenant is known.
GRANT SELECT ON invitation, organisation_logo TO pulse_lookup;
CALL policy('invitation', 'look_up', 'pulse_lookup', 'SELECT', 'true');
CALL policy('organisation_logo', 'look_up', 'pulse_lookup', 'SELECT', 'true');

-- What goes beyond one organisation.
GRANT SELECT (id, email, name) ON user_account TO pulse_engine;
GRANT SELECT, INSERT ON membership, team_member TO pulse_engine;
GRANT SELECT, DELETE ON invitation, session TO pulse_engine;
GRANT SELECT ON invitation_team, repository TO pulse_engine;
GRANT INSERT, UPDATE (deleted_at) ON organisation TO pulse_engine;
CALL policy('membership', 'engine', 'pulse_engine', 'ALL', 'true');
CALL policy('team_member', 'engine', 'pulse_engine', 'ALL', 'true');
CALL policy('invitation', 'engine', 'pulse_engine', 'ALL', 'true');
CALL policy('invitation_team', 'engine', 'pulse_engine', 'SELECT', 'true');
CALL policy('repository', 'engine', 'pulse_engine', 'SELECT', 'true');
CALL policy('session', 'engine', 'pulse_engine', 'ALL', 'true');
GRANT USAGE ON ALL SEQUENCES IN SCHEMA pulse TO pulse_engine;

GRANT CREATE ON SCHEMA pulse TO pulse_lookup, pulse_engine;
ALTER FUNCTION session_person() OWNER TO pulse_lookup;
ALTER FUNCTION last_seen(bigint, bigint) OWNER TO pulse_lookup;
ALTER FUNCTION find_invitation(bytea) OWNER TO pulse_lookup;
ALTER FUNCTION find_logo(text) OWNER TO pulse_lookup;
ALTER FUNCTION my_organisations() OWNER TO pulse_lookup;
ALTER FUNCTION organisations_to_forget() OWNER TO pulse_lookup;
ALTER FUNCTION join_by_invitation(bytea, bigint, text) OWNER TO pulse_engine;
ALTER FUNCTION accept_invitation(bytea, text) OWNER TO pulse_engine;
ALTER FUNCTION new_organisation(bigint, text, text, text, text)
	OWNER TO pulse_engine;
ALTER FUNCTION create_organisation(text, text, text, text)
	OWNER TO pulse_engine;
ALTER FUNCTION delete_organisation(bigint, text, text, text)
	OWNER TO pulse_engine;
ALTER FUNCTION restore_organisation(bigint, text) OWNER TO pulse_engine;
ALTER FUNCTION limit_rows() OWNER TO pulse_engine;
ALTER FUNCTION tell_of_role() OWNER TO pulse_engine;
ALTER FUNCTION tell_of_change() OWNER TO pulse_engine;
ALTER FUNCTION tell_of_user() OWNER TO pulse_engine;
ALTER FUNCTION tell_of_team() OWNER TO pulse_engine;
ALTER FUNCTION tell_of_session() OWNER TO pulse_engine;
ALTER FUNCTION tell_of_connecting() OWNER TO pulse_engine;
ALTER FUNCTION tell_of_organisation() OWNER TO pulse_engine;
REVOKE CREATE ON SCHEMA pulse FROM pulse_lookup, pulse_engine;

-- 10-roles.sql gives ingest and job all functions: not those that act for a
-- person.
REVOKE EXECUTE ON FUNCTION session_person(), last_seen(bigint, bigint),
	find_invitation(bytea), my_organisations(),
	join_by_invitation(bytea, bigint, text), accept_invitation(bytea, text),
	new_organisation(bigint, text, text, text, text),
	create_organisation(text, text, text, text),
	delete_organisation(bigint, text, text, text),
	restore_organisation(bigint, text), set_plan(bigint, text),
	set_role_as_operator(bigint, text, text)
	FROM pulse_ingest, pulse_job;
REVOKE EXECUTE ON FUNCTION organisations_to_forget(),
	forget_organisation(bigint, integer) FROM pulse_ingest;

GRANT EXECUTE ON FUNCTION session_person() TO pulse_web, pulse_auth,
	pulse_read, pulse_lookup, pulse_engine;
GRANT EXECUTE ON FUNCTION grace() TO pulse_lookup, pulse_engine;
GRANT EXECUTE ON FUNCTION session_org() TO pulse_lookup;
GRANT EXECUTE ON FUNCTION lock_organisation(bigint), act_on(bigint, text),
	check_zone(text), slug_of(text), role_rank(text), usage_of(bigint),
	check_limit(bigint, text, integer), branding(bigint),
	has_flag(bigint, text), threshold_of(bigint, text)
	TO pulse_web, pulse_engine;
GRANT EXECUTE ON FUNCTION branding(bigint), has_flag(bigint, text)
	TO pulse_auth, pulse_read;
GRANT EXECUTE ON FUNCTION check_role_change(text, text, text),
	check_other_owner(bigint, bigint),
	set_role(bigint, bigint, text, text),
	remove_member(bigint, bigint, text), last_seen(bigint, bigint),
	invite(bigint, text, text, json, bytea, text, text),
	send_invitation(bigint, bigint, text),
	resend_invitation(bigint, bigint, bytea, text, text),
	revoke_invitation(bigint, bigint, text), find_invitation(bytea),
	accept_invitation(bytea, text),
	create_organisation(text, text, text, text), my_organisations(),
	change_organisation(bigint, text, text, text, text),
	transfer_organisation(bigint, bigint, text),
	delete_organisation(bigint, text, text, text),
	restore_organisation(bigint, text), recount_organisation(bigint),
	recount_team(bigint, bigint, bigint),
	create_team(bigint, text, text, text, integer, date, text),
	find_own_team(bigint, bigint),
	change_team(bigint, bigint, text, text, text, integer, date, text),
	delete_team(bigint, bigint, text),
	set_team_member(bigint, bigint, bigint, boolean, text),
	set_team_repository(bigint, bigint, bigint, boolean, text),
	attach_repository(bigint, bigint, bigint),
	detach_repository(bigint, bigint, bigint),
	settings_of(bigint), is_day(text),
	settings_wrong(bigint, jsonb, jsonb, jsonb, jsonb, jsonb),
	change_settings(bigint, text, text, jsonb, jsonb, jsonb, jsonb, jsonb,
		text, text),
	set_logo(bigint, text, text, integer, integer, bytea, text),
	find_logo(text) TO pulse_web;
-- Who signs up may come by an invitation, or with an organisation of his own.
GRANT EXECUTE ON FUNCTION find_invitation(bytea),
	join_by_invitation(bytea, bigint, text),
	new_organisation(bigint, text, text, text, text) TO pulse_auth;
