-- 15-sessions.sql: sessions begin, go on, and are asked about.

-- How long a session goes on without being renewed: a program on somebody's
-- desk may be off for his holidays, a browser is soon another's.
CREATE OR REPLACE FUNCTION session_span(p_kind text) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE p_kind WHEN 'device' THEN interval '30 days'
		ELSE interval '7 days' END
$$;

-- A session with its first refresh token. Lives as long as a token that can
-- renew it. Running it again with the same p_hash is the same as once.
CREATE OR REPLACE FUNCTION begin_session(
	p_org bigint, p_user bigint, p_hash bytea, p_agent text,
	p_address text, p_kind text DEFAULT 'page')
RETURNS uuid
LANGUAGE plpgsql
AS $$
DECLARE
	v_id uuid;
BEGIN
	SELECT r.session_id INTO v_id FROM refresh_token r
	WHERE r.hash = p_hash;
	IF FOUND THEN
		RETURN v_id;
	END IF;
	INSERT INTO session
		(org_id, user_id, expires_at, user_agent, address, kind)
	VALUES (p_org, p_user, now() + session_span(p_kind),
		left(p_agent, 500), p_address, p_kind)
	RETURNING id INTO v_id;
	INSERT INTO refresh_token (hash, session_id) VALUES (p_hash, v_id);
	PERFORM audit(p_org, p_user, NULL, 'session.began', p_kind, NULL,
		p_address);
	RETURN v_id;
END
$$;

-- Spend a refresh token for a new one. A token spent before ends its session,
-- since one of the two who hold it stole it; but two tabs may refresh at once,
-- so a spent one is good for ten seconds more, as long as none of those that
-- it was spent for has been spent. No row's fields are set when the token is
-- good for nothing. Running it again with the same p_new is the same as once.
--
-- The moments are read behind the lock: now() is when the transaction began,
-- and one that waited here would place its successor before the spending.
CREATE OR REPLACE FUNCTION refresh_session(
	p_hash bytea, p_new bytea, OUT user_id bigint, OUT name text,
	OUT email text, OUT org_id bigint, OUT role text,
	OUT session_id uuid)
LANGUAGE plpgsql
AS $$
DECLARE
	t refresh_token;
	v_now timestamptz;
	v_gone session;
BEGIN
	SELECT * INTO t FROM refresh_token r WHERE r.hash = p_hash FOR UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	v_now := clock_timestamp();
	IF t.spent_at < v_now - interval '10 seconds'
		OR EXISTS (SELECT FROM refresh_token r
			WHERE r.session_id = t.session_id
			  AND r.hash <> t.hash
			  AND r.issued_at >= t.spent_at
			  AND r.spent_at IS NOT NULL) THEN
		FOR v_gone IN DELETE FROM session s
			WHERE s.id = t.session_id RETURNING s.* LOOP
			PERFORM audit(v_gone.org_id, v_gone.user_id, NULL,
				'session.token-reused', v_gone.kind, NULL,
				NULL);
		END LOOP;
		RETURN;
	END IF;
	-- A switch that is about to commit: the statement behind this one sees
	-- the session in its new organisation, and the membership there.
	PERFORM 1 FROM session s WHERE s.id = t.session_id FOR UPDATE;
	UPDATE session s SET expires_at = now() + session_span(s.kind),
		last_seen_at = now()
	FROM user_account u, membership m
	WHERE s.id = t.session_id AND s.expires_at > now()
	  AND u.id = s.user_id AND m.org_id = s.org_id
	  AND m.user_id = s.user_id
	RETURNING u.id, u.name, u.email, m.org_id, m.role, s.id
	INTO refresh_session.user_id, refresh_session.name,
		refresh_session.email, refresh_session.org_id,
		refresh_session.role, refresh_session.session_id;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	UPDATE refresh_token r SET spent_at = coalesce(spent_at, v_now)
	WHERE r.hash = p_hash;
	INSERT INTO refresh_token (hash, session_id, issued_at)
	VALUES (p_new, t.session_id, v_now)
	ON CONFLICT (hash) DO NOTHING;
END
$$;

-- What a person's other program or script opens a session with, by its hash:
-- a personal access token. Its use is noted at most once a minute, so that a
-- read stays a read.
CREATE OR REPLACE FUNCTION open_token(
	p_hash bytea, OUT user_id bigint, OUT org_id bigint,
	OUT session_id uuid, OUT scopes text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_seen timestamptz;
BEGIN
	SELECT s.user_id, s.org_id, s.id, p.scopes, s.last_seen_at
	INTO open_token.user_id, open_token.org_id, open_token.session_id,
		open_token.scopes, v_seen
	FROM personal_token p JOIN session s ON s.id = p.session_id
	WHERE p.hash = p_hash AND s.expires_at > now();
	IF v_seen < now() - interval '1 minute' THEN
		UPDATE session s SET last_seen_at = now()
		WHERE s.id = open_token.session_id
		  AND s.last_seen_at = v_seen;
	END IF;
END
$$;

-- For the authorizer: is this session alive and a member's?
CREATE OR REPLACE FUNCTION session_lives(
	p_org bigint, p_user bigint, p_session uuid)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT EXISTS (SELECT FROM pulse.session s
		JOIN pulse.membership m ON m.org_id = s.org_id
			AND m.user_id = s.user_id
		JOIN pulse.organisation o ON o.id = s.org_id
			AND o.deleted_at IS NULL
		WHERE s.id = p_session AND s.org_id = p_org
		  AND s.user_id = p_user AND s.expires_at > now())
$$;

-- When the transaction's session ends.
CREATE OR REPLACE FUNCTION session_end() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT s.expires_at FROM pulse.session s
	WHERE s.id = nullif(current_setting('pulse.session', true), '')::uuid
$$;
