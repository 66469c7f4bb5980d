-- 10-one-role.sql: what rights/ says, where there is one role for everything.
--
-- A classic host gives one PostgreSQL role, which may create no others. It owns
-- the tables, and all programs are that role; row security is forced on it. So
-- nothing here is a matter of who asks, but of what the transaction has said:
--
--	tenant()	the organisation that enter(), enter_as() or receive() set:
--			no other one's rows exist for the statement
--	neither		nothing of any organisation's is there: a program that
--			forgot to enter sees nothing, as with roles
--	across()	all rows: what pulsectl and the bridge say when they
--			connect, and for as long as one of the functions below runs
--
-- It holds off mistakes, and not one who may run SQL of his own choice: he can
-- set both. Roles can hold him off too (docs/roles.md).

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA pulse FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA pulse FROM PUBLIC;

CREATE OR REPLACE FUNCTION across() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
	SELECT coalesce(current_setting('pulse.across', true), '') = 'yes'
		OR 'pulse_across' = ANY (string_to_array(
			current_setting('search_path'), ', '))
$$;
COMMENT ON FUNCTION across() IS
	'Are all organisations'' rows there? A connection says so by '
	'pulse.across=yes; a function by its search_path, since only a '
	'superuser may bind a setting that PostgreSQL does not know to one.';

-- Each table and the rows of it that are there. A statement names its
-- organisation itself, so an index serves that, and what stands here is only
-- looked at: once a statement, hence the sub-queries.
DO $$
DECLARE
	v_table text;
	v_rows text;
BEGIN
	FOR v_table, v_rows IN
		SELECT c.relname, CASE
			WHEN c.relname = 'organisation' THEN 'id = (SELECT tenant())'
			-- Accounts are of no tenant; whoever has entered sees
			-- his colleagues'. Logins come before.
			WHEN c.relname = 'user_account' THEN
				'(SELECT tenant()) IS NULL OR EXISTS (SELECT'
				' FROM membership m WHERE m.user_id ='
				' user_account.id AND m.org_id = tenant())'
			-- A refresh cookie ends a session before anybody is
			-- known; clean-up ends those of all.
			WHEN c.relname = 'session' THEN '(SELECT tenant()) IS NULL'
				' OR org_id = (SELECT tenant())'
			-- What came in may be nobody's, or become another's; a
			-- letter is sent whosever it is.
			WHEN c.relname IN ('delivery', 'installation', 'mail')
			THEN 'true'
			WHEN NOT c.relispartition AND EXISTS (
				SELECT FROM pg_attribute a
				WHERE a.attrelid = c.oid AND a.attname = 'org_id'
				AND NOT a.attisdropped)
			THEN 'org_id = (SELECT tenant())'
			ELSE 'true' END
		FROM pg_class c
		WHERE c.relnamespace = 'pulse'::regnamespace
		  AND c.relkind IN ('r', 'p')
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY,'
			' FORCE ROW LEVEL SECURITY', v_table);
		-- Whatever the role is called: a dump goes to another host.
		EXECUTE format('CREATE POLICY one_role ON %I USING (%s)',
			v_table, CASE v_rows WHEN 'true' THEN v_rows
			ELSE '(SELECT across()) OR ' || v_rows END);
	END LOOP;
END
$$;

-- The functions that see more than their caller: those that rights/ gives to
-- pulse_lookup and pulse_engine, and two whose callers have policies
-- there. No schema is named pulse_across: PostgreSQL passes it over.
DO $$
DECLARE
	v_name text;
BEGIN
	FOREACH v_name IN ARRAY '{
		accept_invitation, account_of_registration, answer_device,
		ask_device, audit, audit_account, audit_mine, begin_session,
		begin_units, bind_installation, branding_of,
		caller_organisations, change_password, close_lost_runs,
		create_organisation, create_token, delete_organisation, door,
		end_lease, end_my_sessions, end_my_token, end_session, enter,
		enter_repository, erase_audit, find_device, find_invitation,
		find_login, find_logo, find_reset, find_team, fold_rollups,
		forget_activity, forget_audit, forget_room_events, forget_runs,
		forgot_password, github_account, github_sign_in, home_of,
		invited_address, is_invited, jira_door, jira_fields, jira_host,
		join_by_invitation, join_invited, join_waiting,
		keep_github_token, last_seen, letterhead, limit_rows,
		may_write_to, my_github, my_github_connection,
		my_github_identity, my_jira_connection, my_organisations,
		my_sessions, my_tokens, new_organisation, next_unit,
		open_repository_token, open_run, open_token,
		organisations_to_forget, others_have, own_letter, poll_device,
		refresh_session, register, register_invited,
		resend_verification, reset_password, restore_organisation,
		route, send_mail, sequence_pending, serves, session_end,
		session_lives, session_org, session_person, show_letter,
		spend_token, switch_session, system_state, take_lease,
		take_limit, tell_of_change, tell_of_connecting,
		tell_of_organisation, tell_of_role, tell_of_session,
		tell_of_team, tell_of_unit, tell_of_user, tell_plugin,
		unlink_github, verify_email
		}'::text[]
	LOOP
		EXECUTE format('ALTER FUNCTION %I SET search_path = pulse,'
			' pulse_across, pg_temp', v_name);
	END LOOP;
END
$$;
