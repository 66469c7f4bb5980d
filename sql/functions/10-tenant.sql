-- 10-tenant.sql: who is asking, and for which organisation.
--
-- Two ways to be a tenant. The programs that serve people (roles pulse_web,
-- pulse_auth, pulse_read) must show a session: session_org() looks it up, so
-- not even a statement of their own choice reads another organisation's row
-- unless it knows a session of it. The programs that work on what came in
-- (pulse_ingest, pulse_job) name the organisation: tenant().
--
-- Both are settings of the transaction: gone with it. Functions that read
-- across tenants are SECURITY DEFINER, owned by pulse_lookup, which can log
-- in nowhere, and name every table with its schema.

CREATE OR REPLACE FUNCTION tenant() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('pulse.org_id', true), '')::bigint $$;

CREATE OR REPLACE FUNCTION session_org() RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
AS $$
DECLARE
	v_session text := current_setting('pulse.session', true);
	v_token text;
BEGIN
	IF v_session IS NULL OR v_session = '' THEN
		-- Nor is who reports for a repository what he says he is.
		v_token := current_setting('pulse.repository_token', true);
		IF v_token IS NULL OR v_token = '' THEN
			RETURN NULL;
		END IF;
		RETURN (SELECT t.org_id FROM pulse.repository_token t
			WHERE t.hash = decode(v_token, 'hex'));
	END IF;
	RETURN (SELECT s.org_id FROM pulse.session s
		WHERE s.id = v_session::uuid AND s.expires_at > now());
END
$$;
COMMENT ON FUNCTION session_org() IS
	'The organisation of the transaction''s session or token; the policies of the '
	'roles that serve people ask it once a statement.';

-- Whose session is it? As session_org(): not what the program says it is.
CREATE OR REPLACE FUNCTION session_person() RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
AS $$
DECLARE
	v_session text := current_setting('pulse.session', true);
BEGIN
	IF v_session IS NULL OR v_session = '' THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT s.user_id FROM pulse.session s
		WHERE s.id = v_session::uuid AND s.expires_at > now());
END
$$;

CREATE OR REPLACE FUNCTION session_user_id() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('pulse.user_id', true), '')::bigint $$;

-- What a role may is what all roles below it may, and more.
CREATE OR REPLACE FUNCTION role_rank(p_role text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE p_role WHEN 'viewer' THEN 1 WHEN 'member' THEN 2
		WHEN 'manager' THEN 3 WHEN 'admin' THEN 4 WHEN 'owner' THEN 5
		ELSE 0 END
$$;

-- Begins a tenant's transaction for a person: the session must be there and
-- be a member's of at least the role p_least, now, whatever the token said.
-- Raises PS401 or PS403 when it is not, so that a write under a revoked
-- session or role never commits; and PS411 when the organisation was deleted:
-- then only what a person does as himself goes on (p_least "anyone"), as to
-- restore it. Returns the role.
CREATE OR REPLACE FUNCTION enter(p_org bigint, p_session uuid, p_least text)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
	v_user bigint;
	v_role text;
	v_deleted timestamptz;
BEGIN
	SELECT s.user_id, m.role, o.deleted_at
	INTO v_user, v_role, v_deleted
	FROM pulse.session s
	JOIN pulse.membership m ON m.org_id = s.org_id AND m.user_id = s.user_id
	JOIN pulse.organisation o ON o.id = s.org_id
	WHERE s.id = p_session AND s.org_id = p_org AND s.expires_at > now();
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the session is gone' USING ERRCODE = 'PS401';
	ELSIF v_deleted IS NOT NULL AND p_least <> 'anyone' THEN
		RAISE EXCEPTION 'an owner may restore it until %',
			to_char((v_deleted + pulse.grace())
				AT TIME ZONE 'UTC', 'YYYY-MM-DD')
			USING ERRCODE = 'PS411';
	ELSIF pulse.role_rank(v_role) < pulse.role_rank(p_least) THEN
		RAISE EXCEPTION 'the role does not suffice'
			USING ERRCODE = 'PS403';
	END IF;
	PERFORM set_config('pulse.session', p_session::text, true),
		set_config('pulse.org_id', p_org::text, true),
		set_config('pulse.user_id', v_user::text, true),
		set_config('pulse.role', v_role, true);
	RETURN v_role;
END
$$;

-- The same, and what is committed by now: lib/web/answers.h.
CREATE OR REPLACE FUNCTION enter_seen(
	p_org bigint, p_session uuid, p_least text)
RETURNS text
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM enter(p_org, p_session, p_least);
	RETURN pg_current_snapshot()::text;
END
$$;

-- Begins a tenant's transaction for a job or a tool. (What is called for each
-- delivery is PL/pgSQL, whose plans stay; an SQL function that cannot be
-- inlined is parsed at each call.)
CREATE OR REPLACE FUNCTION enter_as(p_org bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM set_config('pulse.org_id', coalesce(p_org::text, ''), true),
		set_config('pulse.fresh', '{0}', true);
END
$$;

-- Owners and admins see every team (docs/roles.md).
CREATE OR REPLACE FUNCTION sees_all() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT current_setting('pulse.role', true) IN ('owner', 'admin') $$;
