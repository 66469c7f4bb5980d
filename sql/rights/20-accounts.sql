-- 20-accounts.sql: who may touch accounts and what opens a session.
--
-- No program reads registrations, one-time tokens, personal tokens or GitHub's
-- tokens, or makes an account or a membership: the functions below do, and
-- pulse_engine, which owns them, can log in nowhere. pulse_auth may call them.

GRANT CREATE ON SCHEMA pulse TO pulse_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON registration, one_time_token,
	personal_token, device_authorisation, github_identity TO pulse_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON session TO pulse_engine;
GRANT SELECT, INSERT ON refresh_token, organisation, membership TO pulse_engine;
GRANT SELECT, INSERT, UPDATE (password_hash, email_verified_at)
	ON user_account TO pulse_engine;
GRANT DELETE ON user_account TO pulse_engine;	-- that joined nothing
GRANT UPDATE ON membership TO pulse_engine;	-- FOR UPDATE asks for it
GRANT SELECT (recipient, template, created_at) ON mail TO pulse_engine;
GRANT SELECT ON registration TO pulse_lookup;
DO $$
DECLARE
	v_table text;
BEGIN
	FOREACH v_table IN ARRAY '{registration,one_time_token,personal_token,device_authorisation,github_identity,session,refresh_token}'::text[]
	LOOP
		CALL policy(v_table, 'accounts_engine', 'pulse_engine', 'ALL',
			'true');
	END LOOP;
END
$$;
CALL policy('user_account', 'actors', 'pulse_engine', 'ALL', 'true');
CALL policy('membership', 'actors', 'pulse_engine', 'ALL', 'true');
CALL policy('mail', 'counted', 'pulse_engine', 'SELECT', 'true');
CALL policy('registration', 'look_up', 'pulse_lookup', 'SELECT', 'true');

-- A refresh notes when the session was last seen.
GRANT UPDATE (last_seen_at) ON session TO pulse_auth;

ALTER FUNCTION open_token(bytea) OWNER TO pulse_engine;
ALTER FUNCTION branding_of(bigint) OWNER TO pulse_engine;
ALTER FUNCTION letterhead(bigint) OWNER TO pulse_engine;
ALTER FUNCTION may_write_to(text) OWNER TO pulse_engine;
ALTER FUNCTION register(text, text, text, text, bytea, text, text)
	OWNER TO pulse_engine;
ALTER FUNCTION resend_verification(text, bytea, text) OWNER TO pulse_engine;
ALTER FUNCTION spend_token(bytea, text) OWNER TO pulse_engine;
ALTER FUNCTION account_of_registration(bigint, text) OWNER TO pulse_engine;
ALTER FUNCTION home_of(bigint) OWNER TO pulse_engine;
ALTER FUNCTION verify_email(bytea, bytea, text, text) OWNER TO pulse_engine;
ALTER FUNCTION forgot_password(text, bytea, text, text) OWNER TO pulse_engine;
ALTER FUNCTION find_reset(bytea) OWNER TO pulse_engine;
ALTER FUNCTION reset_password(bytea, text, text) OWNER TO pulse_engine;
ALTER FUNCTION change_password(text, text) OWNER TO pulse_engine;
ALTER FUNCTION switch_session(bigint, text) OWNER TO pulse_engine;
ALTER FUNCTION caller_organisations() OWNER TO pulse_engine;
ALTER FUNCTION my_sessions() OWNER TO pulse_engine;
ALTER FUNCTION end_my_sessions(uuid, text) OWNER TO pulse_engine;
ALTER FUNCTION end_session(bigint, uuid, bytea, text) OWNER TO pulse_engine;
ALTER FUNCTION is_invited(text) OWNER TO pulse_engine;
ALTER FUNCTION invited_address(bytea) OWNER TO pulse_engine;
ALTER FUNCTION join_invited(bigint, bytea, text) OWNER TO pulse_engine;
ALTER FUNCTION join_waiting(bigint, text) OWNER TO pulse_engine;
ALTER FUNCTION register_invited(text, text, text, bytea, bytea, text, text,
	text) OWNER TO pulse_engine;
ALTER FUNCTION create_token(bytea, text, text, integer, text, text)
	OWNER TO pulse_engine;
ALTER FUNCTION my_tokens() OWNER TO pulse_engine;
ALTER FUNCTION end_my_token(bigint, text) OWNER TO pulse_engine;
ALTER FUNCTION ask_device(bytea, text, text, text, text)
	OWNER TO pulse_engine;
ALTER FUNCTION find_device(text) OWNER TO pulse_engine;
ALTER FUNCTION answer_device(text, boolean, text) OWNER TO pulse_engine;
ALTER FUNCTION poll_device(bytea, text, bytea) OWNER TO pulse_engine;
ALTER FUNCTION github_sign_in(text, bigint, text, text, text, boolean, text)
	OWNER TO pulse_engine;
ALTER FUNCTION github_account(text, text, boolean, text)
	OWNER TO pulse_engine;
ALTER FUNCTION keep_github_token(text, bigint, text, text)
	OWNER TO pulse_engine;
ALTER FUNCTION my_github() OWNER TO pulse_engine;
ALTER FUNCTION unlink_github(text) OWNER TO pulse_engine;

-- What 10-roles.sql gave to who works on what came in.
DO $$
DECLARE
	r regprocedure;
BEGIN
	FOR r IN SELECT p.oid FROM pg_proc p
		WHERE p.pronamespace = 'pulse'::regnamespace
		  AND p.proowner = 'pulse_engine'::regrole
		  AND p.proname = ANY ('{open_token,branding_of,may_write_to,register,resend_verification,spend_token,account_of_registration,home_of,verify_email,forgot_password,find_reset,reset_password,change_password,switch_session,caller_organisations,my_sessions,end_my_sessions,end_session,is_invited,invited_address,join_invited,join_waiting,register_invited,create_token,my_tokens,end_my_token,ask_device,find_device,answer_device,poll_device,github_sign_in,github_account,keep_github_token,my_github,unlink_github}'::text[])
	LOOP
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s'
			' FROM pulse_ingest, pulse_job', r);
	END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION lives(organisation) TO pulse_lookup, pulse_engine;
GRANT EXECUTE ON FUNCTION session_span(text) TO pulse_auth, pulse_engine;
GRANT EXECUTE ON FUNCTION rfc3339(timestamptz) TO pulse_web, pulse_auth;
GRANT EXECUTE ON FUNCTION find_login(text),
	begin_session(bigint, bigint, bytea, text, text, text) TO pulse_engine;
GRANT EXECUTE ON FUNCTION open_token(bytea)
	TO pulse_web, pulse_read, pulse_auth;
GRANT EXECUTE ON FUNCTION
	branding_of(bigint),
	register(text, text, text, text, bytea, text, text),
	resend_verification(text, bytea, text),
	verify_email(bytea, bytea, text, text),
	forgot_password(text, bytea, text, text), find_reset(bytea),
	reset_password(bytea, text, text), change_password(text, text),
	switch_session(bigint, text), caller_organisations(), my_sessions(),
	end_my_sessions(uuid, text), end_session(bigint, uuid, bytea, text),
	join_waiting(bigint, text), home_of(bigint),
	register_invited(text, text, text, bytea, bytea, text, text, text),
	create_token(bytea, text, text, integer, text, text), my_tokens(),
	end_my_token(bigint, text), ask_device(bytea, text, text, text, text),
	find_device(text), answer_device(text, boolean, text),
	poll_device(bytea, text, bytea),
	github_sign_in(text, bigint, text, text, text, boolean, text),
	keep_github_token(text, bigint, text, text), my_github(),
	unlink_github(text) TO pulse_auth;
-- What organisations have chosen, and invitations.
GRANT SELECT ON organisation_setting, organisation_logo, invitation
	TO pulse_engine;
CALL policy('organisation_logo', 'letters', 'pulse_engine', 'SELECT', 'true');
CALL policy('organisation_setting', 'letters', 'pulse_engine', 'SELECT',
	'true');
CALL policy('invitation', 'letters', 'pulse_engine', 'SELECT', 'true');
GRANT EXECUTE ON FUNCTION find_invitation(bytea), lock_address(text)
	TO pulse_engine;
-- clean-up lets go of what has ended.
GRANT DELETE, SELECT (expires_at) ON registration, one_time_token,
	device_authorisation TO pulse_job;
CALL policy('registration', 'retention', 'pulse_job', 'ALL', 'true');
CALL policy('one_time_token', 'retention', 'pulse_job', 'ALL', 'true');
CALL policy('device_authorisation', 'retention', 'pulse_job', 'ALL', 'true');
REVOKE CREATE ON SCHEMA pulse FROM pulse_engine;
