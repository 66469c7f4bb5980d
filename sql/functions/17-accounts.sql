-- 17-accounts.sql: accounts come to be, are verified, and change.
--
-- Who is asked about an address that nobody has does as much as for one that
-- somebody has: it writes a row and commits. What an answer says, and how long
-- it takes, tells nobody whether there is an account.

-- A moment as the API tells it.
CREATE OR REPLACE FUNCTION rfc3339(p_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
	SELECT to_char(p_at AT TIME ZONE 'UTC',
		'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- Is an organisation there for its members? One that was deleted stays for a
-- while.
CREATE OR REPLACE FUNCTION lives(o organisation) RETURNS boolean
LANGUAGE sql STABLE
AS $$ SELECT o.deleted_at IS NULL $$;

-- What its pages and letters look like; NULL where nothing was chosen.
CREATE OR REPLACE FUNCTION branding_of(p_org bigint) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	RETURN branding(p_org);
END
$$;

-- In whose name a letter is written, and in which colour.
CREATE OR REPLACE FUNCTION letterhead(
	p_org bigint, OUT name text, OUT accent text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	name := (SELECT o.name FROM organisation o WHERE o.id = p_org);
	accent := (SELECT s.accent_light FROM organisation_setting s
		WHERE s.org_id = p_org);
END
$$;

-- May one more letter go there? Five an hour for an address: enough for who
-- mistyped, too few to be a nuisance.
CREATE OR REPLACE FUNCTION may_write_to(p_email text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT count(*) < 5 FROM mail m
	WHERE m.recipient = lower(p_email)
	  AND m.template IN ('verify-email', 'account-exists', 'reset-password')
	  AND m.created_at > now() - interval '1 hour'
$$;

-- Somebody says that an address is his. p_url is the link of the letter,
-- p_login that of the page to sign in at.
CREATE OR REPLACE FUNCTION register(
	p_email text, p_name text, p_password_hash text, p_organisation text,
	p_hash bytea, p_url text, p_login text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_email text := lower(p_email);
	v_known boolean := EXISTS (SELECT FROM user_account u
		WHERE u.email = lower(p_email));
	v_id bigint;
BEGIN
	IF EXISTS (SELECT FROM one_time_token t WHERE t.hash = p_hash) THEN
		RETURN;		-- run again: its answer was lost
	END IF;
	IF NOT v_known THEN
		INSERT INTO registration
			(email, name, password_hash, organisation, expires_at)
		VALUES (v_email, p_name, p_password_hash,
			nullif(p_organisation, ''), now() + interval '24 hours')
		RETURNING id INTO v_id;
	END IF;
	INSERT INTO one_time_token (hash, purpose, registration_id, expires_at)
	VALUES (p_hash, 'verify', v_id, now() + interval '24 hours');
	IF NOT may_write_to(v_email) THEN
		RETURN;
	ELSIF v_known THEN
		PERFORM send_mail(NULL, v_email, 'account-exists',
			json_build_object('url', p_login));
	ELSE
		PERFORM send_mail(NULL, v_email, 'verify-email',
			json_build_object('url', p_url, 'name', p_name));
	END IF;
END
$$;

-- The letter once more: for the last registration of an address, or for an
-- account whose address is not known to be his.
CREATE OR REPLACE FUNCTION resend_verification(
	p_email text, p_hash bytea, p_url text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_email text := lower(p_email);
	v_known boolean;
	v_user bigint;
	v_registration bigint;
	v_name text;
BEGIN
	IF EXISTS (SELECT FROM one_time_token t WHERE t.hash = p_hash) THEN
		RETURN;
	END IF;
	SELECT true, CASE WHEN u.email_verified_at IS NULL THEN u.id END, u.name
	INTO v_known, v_user, v_name
	FROM user_account u WHERE u.email = v_email;
	IF v_known IS NULL THEN
		SELECT r.id, r.name INTO v_registration, v_name
		FROM registration r
		WHERE r.email = v_email AND r.expires_at > now()
		ORDER BY r.id DESC LIMIT 1;
	END IF;
	INSERT INTO one_time_token
		(hash, purpose, registration_id, user_id, expires_at)
	VALUES (p_hash, 'verify', v_registration, v_user,
		now() + interval '24 hours');
	IF coalesce(v_user, v_registration) IS NOT NULL
		AND may_write_to(v_email) THEN
		PERFORM send_mail(NULL, v_email, 'verify-email',
			json_build_object('url', p_url, 'name', v_name));
	END IF;
END
$$;

-- One at a time makes an account of an address: it lets go of all links that
-- were sent there, and two that each held one would wait for each other.
CREATE OR REPLACE FUNCTION lock_address(p_email text) RETURNS void
LANGUAGE sql
AS $$
	SELECT pg_advisory_xact_lock(hashtext('pulse.address'),
		hashtext(lower(p_email)))
$$;

-- Spend a token of a letter: its row, or nothing. Whoever comes second waits
-- for the first, and finds it spent.
CREATE OR REPLACE FUNCTION spend_token(p_hash bytea, p_purpose text)
RETURNS one_time_token
LANGUAGE sql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	UPDATE one_time_token SET spent_at = now()
	WHERE hash = p_hash AND purpose = p_purpose AND spent_at IS NULL
	  AND expires_at > now()
	RETURNING *
$$;

-- An account from a registration, with its organisation. NULL: somebody has
-- the address meanwhile.
CREATE OR REPLACE FUNCTION account_of_registration(
	p_registration bigint, p_address text)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	r registration;
	v_user bigint;
BEGIN
	SELECT * INTO r FROM registration WHERE id = p_registration;
	INSERT INTO user_account (email, name, password_hash)
	VALUES (r.email, r.name, r.password_hash)
	ON CONFLICT ON CONSTRAINT user_account_email_key DO NOTHING
	RETURNING id INTO v_user;
	-- Whoever else said that it was his: the links are worth nothing now.
	DELETE FROM registration WHERE email = r.email;
	IF v_user IS NULL THEN
		RETURN NULL;
	END IF;
	IF join_invited(v_user, NULL, p_address) IS NULL
		OR r.organisation IS NOT NULL THEN
		PERFORM new_organisation(v_user, coalesce(r.organisation,
			r.name), NULL, 'UTC', p_address);
	END IF;
	PERFORM audit_account(v_user, 'account.verified', NULL, p_address);
	RETURN v_user;
END
$$;

-- The organisation that an account is signed in to: the one of its latest
-- session, else the one that it joined first.
CREATE OR REPLACE FUNCTION home_of(
	p_user bigint, OUT user_id bigint, OUT name text, OUT email text,
	OUT org_id bigint, OUT role text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	SELECT u.id, u.name, u.email, l.org_id, l.role
	INTO home_of.user_id, home_of.name, home_of.email, home_of.org_id,
		home_of.role
	FROM user_account u, find_login(u.email) l WHERE u.id = p_user;
END
$$;

-- The link of a letter was used: the account is there and signed in. No field
-- is set when the token is good for nothing. Running it again with the same
-- p_refresh is the same as once.
CREATE OR REPLACE FUNCTION verify_email(
	p_hash bytea, p_refresh bytea, p_agent text, p_address text,
	OUT user_id bigint, OUT name text, OUT email text, OUT org_id bigint,
	OUT role text, OUT session_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	t one_time_token;
	v_user bigint;
BEGIN
	SELECT s.user_id INTO v_user FROM refresh_token r
	JOIN session s ON s.id = r.session_id WHERE r.hash = p_refresh;
	IF v_user IS NULL THEN
		PERFORM lock_address(r.email) FROM one_time_token o
		JOIN registration r ON r.id = o.registration_id
		WHERE o.hash = p_hash;
		t := spend_token(p_hash, 'verify');
		v_user := t.user_id;
		IF t.registration_id IS NOT NULL THEN
			v_user := account_of_registration(t.registration_id,
				p_address);
		ELSIF v_user IS NOT NULL THEN
			UPDATE user_account u SET email_verified_at = now()
			WHERE u.id = v_user AND u.email_verified_at IS NULL;
			PERFORM audit_account(v_user, 'account.verified', NULL,
				p_address);
		END IF;
	END IF;
	SELECT h.user_id, h.name, h.email, h.org_id, h.role
	INTO verify_email.user_id, verify_email.name, verify_email.email,
		verify_email.org_id, verify_email.role
	FROM home_of(v_user) h WHERE h.org_id IS NOT NULL;
	IF FOUND THEN
		verify_email.session_id := begin_session(verify_email.org_id,
			verify_email.user_id, p_refresh, p_agent, p_address);
	END IF;
END
$$;

-- A link to set a new password, to the address if it is an account's. Of an
-- address that is none a token stays all the same, of nobody.
CREATE OR REPLACE FUNCTION forgot_password(
	p_email text, p_hash bytea, p_url text, p_address text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_user bigint := (SELECT u.id FROM user_account u
		WHERE u.email = lower(p_email));
BEGIN
	INSERT INTO one_time_token (hash, purpose, user_id, expires_at)
	VALUES (p_hash, 'reset', v_user, now() + interval '1 hour')
	ON CONFLICT (hash) DO NOTHING;
	IF FOUND AND v_user IS NOT NULL AND may_write_to(p_email) THEN
		PERFORM send_mail((SELECT h.org_id FROM home_of(v_user) h),
			p_email, 'reset-password',
			json_build_object('url', p_url));
		PERFORM audit_account(v_user, 'account.reset-asked', NULL,
			p_address);
	END IF;
END
$$;

-- Whose is the token of a link? It is not spent by that.
CREATE OR REPLACE FUNCTION find_reset(
	p_hash bytea, OUT user_id bigint, OUT email text, OUT name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT u.id, u.email, u.name
	FROM one_time_token t JOIN user_account u ON u.id = t.user_id
	WHERE t.hash = p_hash AND t.purpose = 'reset' AND t.spent_at IS NULL
	  AND t.expires_at > now()
$$;

-- A new password by a letter's link. Somebody else may have had the old one:
-- every session ends, and so do personal tokens and other links. That he reads
-- what is sent there is also proof of the address. False: the token is good
-- for nothing.
CREATE OR REPLACE FUNCTION reset_password(
	p_hash bytea, p_password_hash text, p_address text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	t one_time_token := spend_token(p_hash, 'reset');
BEGIN
	IF t.user_id IS NULL THEN
		-- Run again because the answer was lost?
		RETURN EXISTS (SELECT FROM one_time_token o
			JOIN user_account u ON u.id = o.user_id
			WHERE o.hash = p_hash AND o.spent_at IS NOT NULL
			  AND u.password_hash = p_password_hash);
	END IF;
	UPDATE user_account u SET password_hash = p_password_hash,
		email_verified_at = coalesce(u.email_verified_at, now())
	WHERE u.id = t.user_id;
	UPDATE one_time_token o SET spent_at = now()
	WHERE o.user_id = t.user_id AND o.spent_at IS NULL;
	DELETE FROM session s WHERE s.user_id = t.user_id;
	PERFORM audit_account(t.user_id, 'account.password-reset', NULL,
		p_address);
	PERFORM send_mail(h.org_id, h.email, 'password-changed', '{}')
	FROM home_of(t.user_id) h;
	RETURN true;
END
$$;

-- A new password of the caller's. His other pages and devices are signed out;
-- his personal tokens stay, since they are not opened by it.
CREATE OR REPLACE FUNCTION change_password(
	p_password_hash text, p_address text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_user bigint := session_person();
BEGIN
	UPDATE user_account u SET password_hash = p_password_hash
	WHERE u.id = v_user;
	UPDATE one_time_token o SET spent_at = now()
	WHERE o.user_id = v_user AND o.spent_at IS NULL;
	DELETE FROM session s WHERE s.user_id = v_user AND s.kind <> 'token'
	  AND s.id <> current_setting('pulse.session')::uuid;
	PERFORM audit_account(v_user, 'account.password-changed', NULL,
		p_address);
	PERFORM send_mail(h.org_id, h.email, 'password-changed', '{}')
	FROM home_of(v_user) h;
	RETURN true;
END
$$;

-- The caller's session goes on in another organisation of his; no row where
-- he is no member. A token that names the old one opens nothing from now on.
CREATE OR REPLACE FUNCTION switch_session(
	p_org bigint, p_address text, OUT user_id bigint, OUT name text,
	OUT email text, OUT org_id bigint, OUT role text, OUT session_id uuid)
RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_session uuid := current_setting('pulse.session')::uuid;
	v_old bigint := session_org();
BEGIN
	RETURN QUERY UPDATE session s SET org_id = p_org, last_seen_at = now()
	FROM membership m JOIN user_account u ON u.id = m.user_id
	JOIN organisation o ON o.id = m.org_id AND lives(o)
	WHERE s.id = v_session AND s.kind <> 'token' AND s.expires_at > now()
	  AND m.org_id = p_org AND m.user_id = s.user_id
	RETURNING u.id, u.name, u.email, m.org_id, m.role, s.id;
	IF FOUND AND v_old <> p_org THEN
		-- The live connection heard the old one's rooms.
		PERFORM tell_plugin(v_old, 'kick ' || v_session);
		PERFORM audit(p_org, session_person(), NULL,
			'session.switched', NULL, NULL, p_address);
	END IF;
END
$$;

-- Everything that is the caller's: organisations, sessions, tokens.
CREATE OR REPLACE FUNCTION caller_organisations() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT coalesce(json_agg(json_build_object('id', o.id::text,
		'name', o.name, 'slug', o.slug, 'role', m.role)
		ORDER BY o.name, o.id), '[]')
	FROM membership m JOIN organisation o ON o.id = m.org_id
	WHERE m.user_id = session_person() AND lives(o)
$$;

CREATE OR REPLACE FUNCTION my_sessions(
	OUT id uuid, OUT kind text, OUT created_at timestamptz,
	OUT last_seen_at timestamptz, OUT expires_at timestamptz,
	OUT device text, OUT address text, OUT organisation text)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT s.id, s.kind, s.created_at, s.last_seen_at, s.expires_at,
		coalesce(s.user_agent, ''), coalesce(s.address, ''), o.name
	FROM session s JOIN organisation o ON o.id = s.org_id
	WHERE s.user_id = session_person() AND s.expires_at > now()
	  AND s.kind <> 'token'
	ORDER BY s.last_seen_at DESC, s.id LIMIT 200
$$;

-- End one of the caller's sessions, or with NULL all but the one he asks by.
-- How many those were. Personal tokens have a list of their own.
CREATE OR REPLACE FUNCTION end_my_sessions(p_session uuid, p_address text)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_user bigint := session_person();
	v_count bigint := 0;
	g session;
BEGIN
	FOR g IN DELETE FROM session s
		WHERE s.user_id = v_user AND s.kind <> 'token'
		  AND CASE WHEN p_session IS NULL THEN
			s.id <> current_setting('pulse.session')::uuid
			ELSE s.id = p_session END
		RETURNING s.* LOOP
		PERFORM audit(g.org_id, v_user, NULL, 'session.ended', g.kind,
			NULL, p_address);
		v_count := v_count + 1;
	END LOOP;
	RETURN v_count;
END
$$;

-- One's own ending, by access token, refresh cookie or both.
CREATE OR REPLACE FUNCTION end_session(
	p_org bigint, p_session uuid, p_refresh bytea, p_address text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	g session;
BEGIN
	FOR g IN DELETE FROM session s
		WHERE (s.org_id = p_org AND s.id = p_session)
		   OR s.id = (SELECT r.session_id FROM refresh_token r
			WHERE r.hash = p_refresh)
		RETURNING s.* LOOP
		PERFORM audit(g.org_id, g.user_id, NULL, 'session.ended',
			g.kind, NULL, p_address);
	END LOOP;
END
$$;
