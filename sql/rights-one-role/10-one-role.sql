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
	FOREACH v_name IN ARRAY '{session_org,enter,route,door,others_have,serves,find_team,find_login,session_lives,session_end,system_state,tell_plugin,sequence_pending,fold_rollups,forget_room_events,refresh_session,forget_activity,audit,audit_account,audit_mine,send_mail,session_person,last_seen,find_invitation,join_by_invitation,accept_invitation,new_organisation,create_organisation,my_organisations,delete_organisation,restore_organisation,organisations_to_forget,find_logo,limit_rows,forget_audit,tell_of_role,tell_of_change,tell_of_user,tell_of_team,tell_of_session,tell_of_connecting,tell_of_organisation,open_token,branding_of,letterhead,may_write_to,register,resend_verification,spend_token,account_of_registration,home_of,verify_email,forgot_password,find_reset,reset_password,change_password,switch_session,caller_organisations,my_sessions,end_my_sessions,end_session,is_invited,invited_address,join_invited,join_waiting,register_invited,create_token,my_tokens,end_my_token,ask_device,find_device,answer_device,poll_device,github_sign_in,github_account,keep_github_token,my_github,unlink_github,begin_session,take_limit,take_lease,open_run,close_lost_runs,begin_units,end_lease,forget_runs,next_unit,tell_of_unit,own_letter,show_letter,erase_audit,my_github_connection,my_github_identity,bind_installation}'::text[]
		|| '{session_org,enter,route,door,others_have,serves,find_team,find_login,session_lives,session_end,system_state,tell_plugin,sequence_pending,fold_rollups,forget_room_events,refresh_session,forget_activity,audit,audit_account,audit_mine,send_mail,session_person,last_seen,find_invitation,join_by_invitation,accept_invitation,new_organisation,create_organisation,my_organisations,delete_organisation,restore_organisation,organisations_to_forget,find_logo,limit_rows,forget_audit,tell_of_role,tell_of_change,tell_of_user,tell_of_team,tell_of_session,tell_of_connecting,tell_of_organisation,open_token,branding_of,letterhead,may_write_to,register,resend_verification,spend_token,account_of_registration,home_of,verify_email,forgot_password,find_reset,reset_password,change_password,switch_session,caller_organisations,my_sessions,end_my_sessions,end_session,is_invited,invited_address,join_invited,join_waiting,register_invited,create_token,my_tokens,end_my_token,ask_device,find_device,answer_device,poll_device,github_sign_in,github_account,keep_github_token,my_github,unlink_github,begin_session,take_limit,take_lease,open_run,close_lost_runs,begin_units,end_lease,forget_runs,next_unit,tell_of_unit,own_letter,show_letter,erase_audit,my_github_connection,my_github_identity,bind_installation}'::text[]
		|| '{jira_door,jira_host,jira_fields,my_jira_connection}'::text[]
	LOOP
		EXECUTE format('ALTER FUNCTION %I SET search_path = pulse,'
			' pulse_across, pg_temp', v_name);
	END LOOP;
END
$$;
