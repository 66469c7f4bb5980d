-- 82-github.sql: connections to GitHub, and what is connected through them.

-- The sealed credential of a connection of the session's organisation, for the
-- program that asks GitHub on a person's behalf.
CREATE OR REPLACE FUNCTION my_github_connection(p_id bigint,
	OUT kind text, OUT host text, OUT credential text,
	OUT installation bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT g.kind, c.host, g.credential, g.installation
	FROM github_connection g
	JOIN connection c ON c.org_id = g.org_id AND c.id = g.id
	WHERE g.org_id = session_org() AND g.id = p_id
$$;

-- What the signed-in person's own account at GitHub is, with its sealed token.
CREATE OR REPLACE FUNCTION my_github_identity(
	OUT host text, OUT github_id bigint, OUT user_id bigint, OUT credential text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT g.host, g.github_id, g.user_id, g.token
	FROM github_identity g WHERE g.user_id = session_person()
$$;

-- A connection, with its door. p_secret and p_credential are sealed.
CREATE OR REPLACE FUNCTION add_github_connection(p_org bigint, p_id bigint,
	p_kind text, p_host text, p_name text, p_login text, p_secret text,
	p_credential text, p_installation bigint, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM act_on(p_org, 'admin');
	INSERT INTO connection (org_id, id, kind, host, name, secret)
	OVERRIDING SYSTEM VALUE
	VALUES (p_org, p_id, 'github', p_host, p_name, p_secret);
	INSERT INTO github_connection (org_id, id, kind, login, credential,
		installation, created_by)
	VALUES (p_org, p_id, p_kind, p_login, p_credential, p_installation,
		session_user_id());
	PERFORM audit_mine('integration.added', p_id::text, json_build_object(
		'kind', 'github_' || p_kind, 'host', p_host, 'login', p_login),
		p_address);
END
$$;

-- Whose the App's installation is: it was shown to be theirs by the token of
-- the person who is signed in. One that another organisation has stays theirs.
CREATE OR REPLACE FUNCTION bind_installation(p_host text, p_id bigint,
	p_account text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_org bigint := session_org();
BEGIN
	IF v_org IS NULL THEN
		RETURN false;
	END IF;
	INSERT INTO installation AS i (host, github_id, org_id, account)
	VALUES (p_host, p_id, v_org, p_account)
	ON CONFLICT (host, github_id) DO UPDATE SET org_id = v_org,
		account = excluded.account
	WHERE i.org_id IS NULL OR i.org_id = v_org;
	RETURN FOUND;
END
$$;

-- Take away a connection: its door goes, its repositories keep what they have
-- and are asked for no more.
CREATE OR REPLACE FUNCTION remove_github_connection(p_org bigint, p_id bigint,
	p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_kind text;
BEGIN
	PERFORM drop_unit(p_org, 'backfill-repos', r.id::text),
		drop_unit(p_org, 'sync-github', r.id::text)
	FROM repository r
	WHERE r.org_id = p_org AND r.connection_id = p_id;
	UPDATE repository SET hook_state = 'none', hook_id = NULL
	WHERE org_id = p_org AND connection_id = p_id;
	SELECT coalesce('github_' || g.kind, 'webhook') INTO v_kind
	FROM connection c
	LEFT JOIN github_connection g ON g.org_id = c.org_id AND g.id = c.id
	WHERE c.org_id = p_org AND c.id = p_id AND c.kind = 'github';
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no integration has this id'
			USING ERRCODE = 'PS404';
	END IF;
	DELETE FROM connection WHERE org_id = p_org AND id = p_id;
	PERFORM audit_mine('integration.removed', p_id::text,
		json_build_object('kind', v_kind), p_address);
END
$$;

-- Lists to be asked for again: those of the organisation's connections that are
-- older than ten minutes, or not whole; each by one person at a time.
CREATE OR REPLACE FUNCTION claim_lists(p_org bigint)
RETURNS TABLE (of_connection bigint, at_page integer)
LANGUAGE sql
AS $$
	UPDATE github_connection g SET list_until = now() + interval '1 minute',
		list_page = CASE g.list_page WHEN 0 THEN 1 ELSE g.list_page END,
		listed_at = CASE g.list_page WHEN 0 THEN now() ELSE g.listed_at END
	WHERE g.org_id = p_org AND g.state <> 'revoked'
	  AND (g.list_until IS NULL OR g.list_until < now())
	  AND (g.list_page > 0 OR g.listed_at IS NULL
		OR g.listed_at < now() - interval '10 minutes')
	RETURNING g.id, g.list_page
$$;

-- A page of a list. p_next: the page behind it, 0: it was the last, and what
-- was not seen this time is gone.
CREATE OR REPLACE FUNCTION store_available(p_org bigint, p_connection bigint,
	p_list json, p_next integer)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_began timestamptz;
BEGIN
	UPDATE github_connection SET list_page = p_next,
		list_until = CASE p_next WHEN 0 THEN NULL ELSE list_until END,
		last_used_at = now()
	WHERE org_id = p_org AND id = p_connection
	RETURNING listed_at INTO v_began;
	INSERT INTO available_repository AS a
	SELECT DISTINCT ON (x.id) p_org, p_connection, x.id, x.name, x.private,
		x.archived, to_timestamp(x.pushed / 1000.0), now()
	FROM json_to_recordset(p_list) AS x (id bigint, name text,
		private boolean, archived boolean, pushed bigint)
	ORDER BY x.id
	ON CONFLICT (org_id, connection_id, github_id) DO UPDATE SET
		full_name = excluded.full_name, private = excluded.private,
		archived = excluded.archived, pushed_at = excluded.pushed_at,
		seen_at = excluded.seen_at;
	IF p_next = 0 THEN
		DELETE FROM available_repository WHERE org_id = p_org
			AND connection_id = p_connection AND seen_at < v_began;
	END IF;
END
$$;

-- What GitHub said to a connection.
CREATE OR REPLACE FUNCTION note_github(p_org bigint, p_id bigint,
	p_state text, p_message text, p_budgets bigint[],
	p_not_before timestamptz, p_strikes integer)
RETURNS void
LANGUAGE sql
AS $$
	UPDATE github_connection SET state = p_state, message = p_message,
		budgets = p_budgets, not_before = p_not_before,
		strikes = p_strikes::smallint, last_used_at = now()
	WHERE org_id = p_org AND id = p_id
$$;

-- Connect repositories of the available ones: by GitHub's ids, and all whose
-- names fit p_pattern, where * is for any characters. Their history comes by
-- the job, the last 30 days first.
CREATE OR REPLACE FUNCTION connect_repositories(p_org bigint, p_ids bigint[],
	p_pattern text, p_address text)
RETURNS TABLE (repo bigint)
LANGUAGE plpgsql
AS $$
DECLARE
	v_like text := replace(replace(replace(replace(p_pattern, '\', '\\'),
		'%', '\%'), '_', '\_'), '*', '%');
	r record;
BEGIN
	FOR r IN
		SELECT DISTINCT ON (c.host, a.github_id) a.*, c.host, g.kind
		FROM available_repository a
		JOIN connection c ON c.org_id = a.org_id
			AND c.id = a.connection_id
		JOIN github_connection g ON g.org_id = a.org_id
			AND g.id = a.connection_id
		WHERE a.org_id = p_org AND g.state <> 'revoked'
		  AND (a.github_id = ANY (p_ids)
			OR p_pattern <> '' AND a.full_name ILIKE v_like)
		ORDER BY c.host, a.github_id, g.kind, a.connection_id
	LOOP
		INSERT INTO repository AS t (org_id, host, github_id, full_name,
			private, archived, connected_by, source, connection_id,
			hook_state)
		VALUES (p_org, r.host, r.github_id, r.full_name, r.private,
			r.archived, session_user_id(), CASE r.kind WHEN 'app'
			THEN 'github_app' ELSE 'token' END, r.connection_id,
			CASE r.kind WHEN 'app' THEN 'none' ELSE 'missing' END)
		ON CONFLICT ON CONSTRAINT repository_github_key DO UPDATE SET
			connected_by = coalesce(t.connected_by,
				excluded.connected_by),
			connected_at = CASE WHEN t.disconnected_at IS NULL
				THEN t.connected_at ELSE now() END,
			source = excluded.source, disconnected_at = NULL,
			connection_id = excluded.connection_id,
			hook_state = CASE WHEN t.hook_id IS NULL
				THEN excluded.hook_state ELSE t.hook_state END
		RETURNING t.id INTO repo;
		PERFORM drop_unit(p_org, 'backfill-repos', repo::text),
			want_unit(p_org, 'backfill-repos', repo::text, NULL);
		RETURN NEXT;
	END LOOP;
	PERFORM audit_mine('repositories.connected', coalesce(
		nullif(p_pattern, ''), array_to_string(p_ids, ',')), NULL,
		p_address);
END
$$;

-- Take a repository out: nothing more comes in. Its webhook is removed by the
-- next sync. A member may that of his own ones only.
CREATE OR REPLACE FUNCTION disconnect_repository(p_org bigint, p_repo bigint,
	p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	r repository;
BEGIN
	SELECT * INTO r FROM repository t
	WHERE t.org_id = p_org AND t.id = p_repo AND NOT t.deleted
	  AND t.disconnected_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no repository has this id'
			USING ERRCODE = 'PS404';
	ELSIF NOT sees_all()
		AND r.connected_by IS DISTINCT FROM session_user_id() THEN
		RAISE EXCEPTION 'somebody else connected it'
			USING ERRCODE = 'PS403';
	END IF;
	UPDATE repository SET disconnected_at = now()
	WHERE org_id = p_org AND id = p_repo;
	PERFORM drop_unit(p_org, 'backfill-repos', p_repo::text);
	IF r.hook_id IS NULL THEN
		PERFORM drop_unit(p_org, 'sync-github', p_repo::text);
	ELSE
		PERFORM want_unit(p_org, 'sync-github', p_repo::text, NULL);
	END IF;
	PERFORM audit_mine('repository.disconnected', r.full_name, NULL,
		p_address);
END
$$;

-- How far a repository's history is there, as JSON: the backfill until it is
-- done, then the sync.
CREATE OR REPLACE FUNCTION sync_of(p_org bigint, p_repo bigint) RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_build_object('state', u.state, 'progress', u.progress,
		'phase', CASE WHEN u.job = 'sync-github' THEN 'sync'
			ELSE coalesce(u.checkpoint->>'phase', '30 days') END,
		'lastSyncedAt', to_char((SELECT max(s.watermark)
			FROM job_unit s WHERE s.org_id = p_org
			AND s.unit = p_repo::text
			AND s.job IN ('backfill-repos', 'sync-github'))
			AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
		'message', u.message, 'retryAt', CASE WHEN u.state <> 'FINISHED'
			AND u.not_before > now() THEN to_char(u.not_before
			AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END)
	FROM job_unit u
	WHERE u.org_id = p_org AND u.unit = p_repo::text
	  AND u.job IN ('backfill-repos', 'sync-github')
	ORDER BY u.job = 'backfill-repos' AND u.state <> 'FINISHED' DESC,
		u.job = 'sync-github' AND u.state <> 'PENDING' DESC, u.job
	LIMIT 1
$$;

-- Is what a repository shows to be trusted? It is asked for each half hour.
CREATE OR REPLACE FUNCTION health_of(p_org bigint, p_repo bigint) RETURNS text
LANGUAGE sql STABLE
AS $$
	SELECT CASE WHEN bool_or(u.state = 'FAILED') THEN 'failing'
		WHEN max(u.watermark) < now() - interval '2 hours' THEN 'stale'
		ELSE 'ok' END
	FROM job_unit u
	WHERE u.org_id = p_org AND u.unit = p_repo::text
	  AND u.job IN ('backfill-repos', 'sync-github')
$$;
