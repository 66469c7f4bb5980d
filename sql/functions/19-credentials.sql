-- 19-credentials.sql: other ways in than a password: personal access tokens,
-- devices (RFC 8628), GitHub.

-- A personal access token of the caller's, with a session of its own in the
-- organisation that he is in. Fifty are enough for anybody.
CREATE OR REPLACE FUNCTION create_token(
	p_hash bytea, p_name text, p_scopes text, p_days integer, p_hint text,
	p_address text)
RETURNS TABLE (id bigint, created_at timestamptz, expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_user bigint := session_person();
	v_org bigint := session_org();
	v_session uuid;
BEGIN
	-- One after another, or two at once would both be the fiftieth.
	PERFORM FROM membership m WHERE m.org_id = v_org AND m.user_id = v_user
	FOR UPDATE;
	IF (SELECT count(*) FROM session s WHERE s.user_id = v_user
		AND s.kind = 'token') >= 50 THEN
		RAISE EXCEPTION 'fifty tokens' USING ERRCODE = 'PS409';
	END IF;
	INSERT INTO session (org_id, user_id, kind, expires_at, address)
	VALUES (v_org, v_user, 'token', now() + make_interval(days => p_days),
		p_address)
	RETURNING session.id INTO v_session;
	PERFORM audit(v_org, v_user, NULL, 'token.created', p_name,
		json_build_object('scopes', p_scopes, 'days', p_days),
		p_address);
	RETURN QUERY INSERT INTO personal_token AS p
		(hash, session_id, name, scopes, hint)
		VALUES (p_hash, v_session, p_name, p_scopes, p_hint)
		RETURNING p.id, now(), now() + make_interval(days => p_days);
END
$$;

CREATE OR REPLACE FUNCTION my_tokens(
	OUT id bigint, OUT name text, OUT scopes text, OUT hint text,
	OUT created_at timestamptz, OUT expires_at timestamptz,
	OUT last_used_at timestamptz, OUT organisation text)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT p.id, p.name, p.scopes, p.hint, s.created_at, s.expires_at,
		nullif(s.last_seen_at, s.created_at), o.name
	FROM personal_token p JOIN session s ON s.id = p.session_id
	JOIN organisation o ON o.id = s.org_id
	WHERE s.user_id = session_person() ORDER BY p.id DESC
$$;

CREATE OR REPLACE FUNCTION end_my_token(p_id bigint, p_address text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_name text;
	v_org bigint;
BEGIN
	DELETE FROM session s USING personal_token p
	WHERE p.id = p_id AND s.id = p.session_id
	  AND s.user_id = session_person()
	RETURNING p.name, s.org_id INTO v_name, v_org;
	IF FOUND THEN
		PERFORM audit(v_org, session_person(), NULL, 'token.revoked',
			v_name, NULL, p_address);
	END IF;
	RETURN FOUND;
END
$$;

-- A device asks to be let in. The user code comes from the program; a second
-- device that drew the same one draws again (23505).
CREATE OR REPLACE FUNCTION ask_device(
	p_hash bytea, p_code text, p_client text, p_agent text, p_address text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	INSERT INTO device_authorisation
		(hash, user_code, client, user_agent, address, expires_at)
	VALUES (p_hash, p_code, p_client, left(p_agent, 500), p_address,
		now() + interval '10 minutes')
	ON CONFLICT (hash) DO NOTHING
$$;

-- What a person sees before he says yes or no.
CREATE OR REPLACE FUNCTION find_device(
	p_code text, OUT client text, OUT device text, OUT address text,
	OUT created_at timestamptz, OUT expires_at timestamptz)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT d.client, coalesce(d.user_agent, ''), coalesce(d.address, ''),
		d.created_at, d.expires_at
	FROM device_authorisation d
	WHERE d.user_code = p_code AND d.expires_at > now()
	  AND NOT d.refused AND d.session_id IS NULL
$$;

-- The caller says yes or no to it. Once yes, the device's session is there,
-- for as long as the device may take to fetch it. False: no such code.
CREATE OR REPLACE FUNCTION answer_device(
	p_code text, p_yes boolean, p_address text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	d device_authorisation;
	v_user bigint := session_person();
	v_session uuid;
BEGIN
	SELECT * INTO d FROM device_authorisation
	WHERE user_code = p_code AND expires_at > now() AND NOT refused
	  AND session_id IS NULL FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	IF p_yes THEN
		INSERT INTO session (org_id, user_id, kind, expires_at,
			user_agent, address)
		VALUES (session_org(), v_user, 'device', d.expires_at,
			nullif(d.client || ' ' || coalesce(d.user_agent, ''),
			''), d.address)
		RETURNING id INTO v_session;
	END IF;
	UPDATE device_authorisation SET refused = NOT p_yes,
		session_id = v_session
	WHERE hash = d.hash;
	PERFORM audit(session_org(), v_user, NULL, CASE WHEN p_yes
		THEN 'device.approved' ELSE 'device.refused' END, d.client,
		NULL, p_address);
	RETURN true;
END
$$;

-- A device asks whether it may come in. `error` is RFC 8628's word, or NULL:
-- then its session goes on, with its first refresh token. Running it again
-- with the same p_refresh is the same as once.
CREATE OR REPLACE FUNCTION poll_device(
	p_hash bytea, p_client text, p_refresh bytea, OUT error text,
	OUT user_id bigint, OUT org_id bigint, OUT session_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	d device_authorisation;
BEGIN
	SELECT * INTO d FROM device_authorisation a
	WHERE a.hash = p_hash AND a.client = p_client FOR UPDATE;
	IF d.hash IS NULL THEN
		SELECT s.user_id, s.org_id, s.id INTO poll_device.user_id,
			poll_device.org_id, poll_device.session_id
		FROM refresh_token r JOIN session s ON s.id = r.session_id
		WHERE r.hash = p_refresh;
		error := CASE WHEN NOT FOUND THEN 'invalid_grant' END;
		RETURN;
	END IF;
	error := CASE WHEN d.expires_at <= now() THEN 'expired_token'
		WHEN d.refused THEN 'access_denied'
		WHEN d.polled_at > clock_timestamp()
			- make_interval(secs => d.pause) THEN 'slow_down'
		WHEN d.session_id IS NULL THEN 'authorization_pending' END;
	IF error IN ('slow_down', 'authorization_pending') THEN
		UPDATE device_authorisation a SET polled_at = clock_timestamp(),
			pause = least(a.pause + CASE error WHEN 'slow_down'
				THEN 5 ELSE 0 END, 60)
		WHERE a.hash = p_hash;
		RETURN;
	END IF;
	DELETE FROM device_authorisation a WHERE a.hash = p_hash;
	IF error IS NULL THEN
		UPDATE session s SET expires_at = now() + session_span('device'),
			last_seen_at = now()
		WHERE s.id = d.session_id
		RETURNING s.user_id, s.org_id, s.id INTO poll_device.user_id,
			poll_device.org_id, poll_device.session_id;
		INSERT INTO refresh_token (hash, session_id)
		VALUES (p_refresh, d.session_id);
		PERFORM audit(poll_device.org_id, poll_device.user_id, NULL,
			'session.began', 'device', NULL, d.address);
	END IF;
END
$$;

-- Somebody comes from GitHub, with an address that GitHub has verified.
--
-- Known there: it is his account. Else the account of that address, if it is
-- known to be its own, and nobody of GitHub is linked to it yet. Else a new
-- one, where sign-up is open or an invitation waits. `outcome` says which, or
-- why not; then no other field is set.
CREATE OR REPLACE FUNCTION github_sign_in(
	p_host text, p_id bigint, p_login text, p_name text, p_email text,
	p_open boolean, p_address text, OUT outcome text, OUT user_id bigint,
	OUT name text, OUT email text, OUT org_id bigint, OUT role text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_email text := lower(p_email);
	u user_account;
BEGIN
	-- Two windows of one person at once: one makes the account.
	PERFORM pg_advisory_xact_lock(hashtextextended('github ' || v_email, 0));
	SELECT a.* INTO u FROM github_identity g
	JOIN user_account a ON a.id = g.user_id
	WHERE g.host = p_host AND g.github_id = p_id;
	IF FOUND THEN
		UPDATE github_identity g SET login = p_login
		WHERE g.host = p_host AND g.github_id = p_id
		  AND g.login <> p_login;
		outcome := 'known';
	ELSE
		SELECT a.* INTO u FROM user_account a WHERE a.email = v_email;
		IF NOT FOUND THEN
			u := github_account(v_email, p_name, p_open, p_address);
			outcome := CASE WHEN u.id IS NULL THEN 'signup'
				ELSE 'new' END;
		ELSIF u.email_verified_at IS NULL OR EXISTS (
			SELECT FROM github_identity g WHERE g.user_id = u.id)
			THEN
			outcome := 'taken';
		ELSE
			outcome := 'linked';
		END IF;
		IF outcome IN ('new', 'linked') THEN
			INSERT INTO github_identity
				(host, github_id, user_id, login)
			VALUES (p_host, p_id, u.id, p_login);
			PERFORM audit_account(u.id, 'github.linked',
				json_build_object('login', p_login), p_address);
		END IF;
	END IF;
	IF outcome IN ('known', 'new', 'linked') THEN
		PERFORM join_waiting(u.id, p_address);
		SELECT h.user_id, h.name, h.email, h.org_id, h.role
		INTO github_sign_in.user_id, github_sign_in.name,
			github_sign_in.email, github_sign_in.org_id,
			github_sign_in.role
		FROM home_of(u.id) h;
	END IF;
END
$$;

-- The account of somebody whom nobody knew, or NULL where there may be none.
CREATE OR REPLACE FUNCTION github_account(
	p_email text, p_name text, p_open boolean, p_address text)
RETURNS user_account
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	u user_account;
BEGIN
	IF NOT p_open AND NOT is_invited(p_email) THEN
		RETURN NULL;
	END IF;
	PERFORM lock_address(p_email);
	INSERT INTO user_account (email, name)
	VALUES (p_email, coalesce(nullif(trim(left(regexp_replace(p_name,
		'[[:cntrl:]]', ' ', 'g'), 100)), ''), 'GitHub'))
	RETURNING * INTO u;
	DELETE FROM registration r WHERE r.email = p_email;
	IF join_invited(u.id, NULL, p_address) IS NULL THEN
		PERFORM new_organisation(u.id, u.name, NULL, 'UTC', p_address);
	END IF;
	RETURN u;
END
$$;

-- GitHub's token of an account, sealed by the program.
CREATE OR REPLACE FUNCTION keep_github_token(
	p_host text, p_id bigint, p_token text, p_scopes text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	UPDATE github_identity SET token = p_token, scopes = p_scopes
	WHERE host = p_host AND github_id = p_id
$$;

-- Who the caller is at GitHub: his login, or NULL.
CREATE OR REPLACE FUNCTION my_github() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT g.login FROM github_identity g
	WHERE g.user_id = session_person()
$$;

-- The caller is nobody at GitHub from now on: 'gone', 'none' when he was
-- nobody, 'only' when he could not come in any more.
CREATE OR REPLACE FUNCTION unlink_github(p_address text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_user bigint := session_person();
	v_login text;
BEGIN
	IF (SELECT u.password_hash IS NULL FROM user_account u
		WHERE u.id = v_user FOR UPDATE) THEN
		RETURN CASE WHEN my_github() IS NULL THEN 'none'
			ELSE 'only' END;
	END IF;
	DELETE FROM github_identity g WHERE g.user_id = v_user
	RETURNING g.login INTO v_login;
	IF v_login IS NULL THEN
		RETURN 'none';
	END IF;
	PERFORM audit_account(v_user, 'github.unlinked',
		json_build_object('login', v_login), p_address);
	RETURN 'gone';
END
$$;
