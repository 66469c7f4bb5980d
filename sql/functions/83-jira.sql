-- 83-jira.sql: connections to a Jira, and its records.
--
-- store_jira_*() are as those of 40-records.sql; p_connection stands where a
-- repository's id does there.

-- Whose a Jira door is, its host and sealed secret.
CREATE OR REPLACE FUNCTION jira_door(
	p_id bigint, OUT org_id bigint, OUT host text, OUT secret text)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT c.org_id, c.host, c.secret FROM pulse.connection c
	WHERE c.id = p_id AND c.kind = 'jira';
$$;

-- The one connection to a host that has shown its credential; of two, none.
CREATE OR REPLACE FUNCTION jira_host(p_host text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT CASE WHEN count(*) = 1 THEN min(c.id) END
	FROM pulse.connection c JOIN pulse.jira_connection j
		ON j.org_id = c.org_id AND j.id = c.id
	WHERE c.kind = 'jira' AND c.host = p_host
	  AND j.verified_at IS NOT NULL;
$$;

-- What a reader must know of a connection, and whose it is.
CREATE OR REPLACE FUNCTION jira_fields(
	p_id bigint, OUT org_id bigint, OUT points text, OUT sprint text)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT c.org_id, j.points_field, j.sprint_field
	FROM pulse.connection c LEFT JOIN pulse.jira_connection j
		ON j.org_id = c.org_id AND j.id = c.id
	WHERE c.id = p_id AND c.kind = 'jira';
$$;

-- A connection of the caller's organisation, with its sealed credential.
CREATE OR REPLACE FUNCTION my_jira_connection(
	p_id bigint, OUT url text, OUT deployment text, OUT auth text,
	OUT account text, OUT credential text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT j.base_url, j.deployment, j.auth, j.account, j.credential
	FROM jira_connection j
	WHERE j.org_id = session_org() AND j.id = p_id
$$;

-- A connection, with its door; from now on sync-jira reads it. p_secret and
-- p_credential are sealed. The credential was shown to be good.
CREATE OR REPLACE FUNCTION add_jira_connection(
	p_org bigint, p_id bigint, p_host text, p_name text, p_url text,
	p_deployment text, p_auth text, p_account text, p_secret text,
	p_credential text, p_points text, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM act_on(p_org, 'admin');
	INSERT INTO connection (org_id, id, kind, host, name, secret)
	OVERRIDING SYSTEM VALUE
	VALUES (p_org, p_id, 'jira', p_host, p_name, p_secret);
	INSERT INTO jira_connection (org_id, id, base_url, deployment, auth,
		account, credential, points_field, verified_at)
	VALUES (p_org, p_id, p_url, p_deployment, p_auth, p_account,
		p_credential, p_points, now());
	PERFORM want_unit(p_org, 'sync-jira', p_id::text, NULL);
	PERFORM audit_mine('integration.added', p_id::text, json_build_object(
		'kind', 'jira_token', 'host', p_host), p_address);
END
$$;

-- NULL leaves a thing as it was. With another field of points all is read anew.
CREATE OR REPLACE FUNCTION change_jira_connection(
	p_org bigint, p_id bigint, p_name text, p_credential text,
	p_account text, p_points text, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_anew boolean;
BEGIN
	PERFORM act_on(p_org, 'admin');
	SELECT p_points IS DISTINCT FROM j.points_field AND p_points IS NOT NULL
	INTO v_anew FROM jira_connection j
	WHERE j.org_id = p_org AND j.id = p_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no Jira has this id' USING ERRCODE = 'PS404';
	END IF;
	UPDATE connection SET name = coalesce(p_name, name)
	WHERE org_id = p_org AND id = p_id;
	UPDATE jira_connection SET
		points_field = coalesce(p_points, points_field)
	WHERE org_id = p_org AND id = p_id;
	-- The caller may write a credential, and not read one.
	IF p_credential IS NOT NULL THEN
		UPDATE jira_connection SET credential = p_credential,
			account = coalesce(p_account, account), state = 'ok',
			message = NULL
		WHERE org_id = p_org AND id = p_id;
	END IF;
	IF v_anew THEN
		UPDATE job_unit SET checkpoint = '{}'
		WHERE org_id = p_org AND job = 'sync-jira' AND unit = p_id::text;
	END IF;
	IF v_anew OR p_credential IS NOT NULL THEN
		PERFORM want_unit(p_org, 'sync-jira', p_id::text, NULL);
	END IF;
	PERFORM audit_mine('integration.changed', p_id::text,
		json_build_object('kind', 'jira_token', 'credential',
		p_credential IS NOT NULL), p_address);
END
$$;

-- It goes, and all that was read of it.
CREATE OR REPLACE FUNCTION remove_jira_connection(
	p_org bigint, p_id bigint, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM act_on(p_org, 'admin');
	PERFORM drop_unit(p_org, 'sync-jira', p_id::text);
	DELETE FROM connection
	WHERE org_id = p_org AND id = p_id AND kind = 'jira';
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no Jira has this id' USING ERRCODE = 'PS404';
	END IF;
	PERFORM audit_mine('integration.removed', p_id::text,
		json_build_object('kind', 'jira_token'), p_address);
END
$$;

CREATE OR REPLACE FUNCTION store_jira_projects(
	p_org bigint, p_d integer[], p_connection bigint[], p_id bigint[],
	p_key text[], p_name text[], p_deleted boolean[], p_version bigint[],
	p_digest bigint[])
RETURNS void
LANGUAGE sql
AS $$
	INSERT INTO jira_project AS t (org_id, connection_id, id, key, name,
		deleted, version, digest)
	SELECT DISTINCT ON (x.connection_id, x.id) p_org, x.connection_id, x.id,
		x.key, x.name, x.deleted, x.version, x.digest
	FROM unnest(p_d, p_connection, p_id, p_key, p_name, p_deleted,
		p_version, p_digest)
		AS x (d, connection_id, id, key, name, deleted, version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.connection_id, x.id, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, connection_id, id) DO UPDATE SET
		key = excluded.key, name = excluded.name,
		deleted = excluded.deleted, version = excluded.version,
		digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
$$;

CREATE OR REPLACE FUNCTION store_jira_accounts(
	p_org bigint, p_d integer[], p_connection bigint[], p_id text[],
	p_name text[], p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE sql
AS $$
	INSERT INTO jira_account AS t (org_id, connection_id, id, name, version,
		digest)
	SELECT DISTINCT ON (x.connection_id, x.id) p_org, x.connection_id, x.id,
		x.name, x.version, x.digest
	FROM unnest(p_d, p_connection, p_id, p_name, p_version, p_digest)
		AS x (d, connection_id, id, name, version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.connection_id, x.id, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, connection_id, id) DO UPDATE SET
		name = excluded.name, version = excluded.version,
		digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
$$;

-- A status that changes its category changes what was done at a sprint's close.
CREATE OR REPLACE FUNCTION store_jira_statuses(
	p_org bigint, p_d integer[], p_connection bigint[], p_id bigint[],
	p_name text[], p_category text[], p_version bigint[],
	p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_connection bigint;
BEGIN
	FOR v_connection IN
		WITH before AS MATERIALIZED (
			SELECT s.connection_id, s.id, s.category
			FROM jira_status s
			WHERE s.org_id = p_org
			  AND s.connection_id = ANY (p_connection)
			  AND s.id = ANY (p_id)),
		kept AS (
			INSERT INTO jira_status AS t (org_id, connection_id, id,
				name, category, version, digest)
			SELECT DISTINCT ON (x.connection_id, x.id) p_org,
				x.connection_id, x.id, x.name, x.category,
				x.version, x.digest
			FROM unnest(p_d, p_connection, p_id, p_name,
				p_category, p_version, p_digest)
				AS x (d, connection_id, id, name, category,
				version, digest)
			WHERE x.d = ANY (fresh())
			ORDER BY x.connection_id, x.id, x.version DESC,
				x.digest DESC
			ON CONFLICT (org_id, connection_id, id) DO UPDATE SET
				name = excluded.name,
				category = excluded.category,
				version = excluded.version,
				digest = excluded.digest
			WHERE (excluded.version, excluded.digest)
				> (t.version, t.digest)
			RETURNING connection_id, id, category)
		SELECT DISTINCT k.connection_id FROM kept k
		LEFT JOIN before b ON b.connection_id = k.connection_id
			AND b.id = k.id
		WHERE b.category IS DISTINCT FROM k.category
		ORDER BY 1
	LOOP
		PERFORM snapshot_issues(p_org, v_connection, ARRAY(
			SELECT DISTINCT s.issue_id FROM jira_sprint_issue s
			WHERE s.org_id = p_org
			  AND s.connection_id = v_connection));
	END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION store_jira_sprints(
	p_org bigint, p_d integer[], p_connection bigint[], p_id bigint[],
	p_board bigint[], p_name text[], p_state text[],
	p_started_at timestamptz[], p_ends_at timestamptz[],
	p_completed_at timestamptz[], p_deleted boolean[],
	p_told_at timestamptz[], p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_connection bigint;
	v_sprints bigint[];
BEGIN
	FOR v_connection, v_sprints IN
		WITH kept AS (
			INSERT INTO jira_sprint AS t (org_id, connection_id, id,
				board_id, name, state, started_at, ends_at,
				completed_at, deleted, told_at, version, digest)
			SELECT DISTINCT ON (x.connection_id, x.id) p_org,
				x.connection_id, x.id, x.board_id, x.name,
				x.state, x.started_at, x.ends_at,
				x.completed_at, x.deleted, x.told_at,
				x.version, x.digest
			FROM unnest(p_d, p_connection, p_id, p_board, p_name,
				p_state, p_started_at, p_ends_at,
				p_completed_at, p_deleted, p_told_at,
				p_version, p_digest)
				AS x (d, connection_id, id, board_id, name,
				state, started_at, ends_at, completed_at,
				deleted, told_at, version, digest)
			WHERE x.d = ANY (fresh())
			ORDER BY x.connection_id, x.id, x.version DESC,
				x.told_at DESC, x.digest DESC
			ON CONFLICT (org_id, connection_id, id) DO UPDATE SET
				board_id = excluded.board_id,
				name = excluded.name, state = excluded.state,
				started_at = excluded.started_at,
				ends_at = excluded.ends_at,
				completed_at = excluded.completed_at,
				deleted = excluded.deleted,
				told_at = excluded.told_at,
				version = excluded.version,
				digest = excluded.digest
			WHERE (excluded.version, excluded.told_at,
				excluded.digest)
				> (t.version, t.told_at, t.digest)
			RETURNING connection_id, id)
		SELECT k.connection_id, array_agg(k.id) FROM kept k
		GROUP BY 1 ORDER BY 1
	LOOP
		PERFORM snapshot_issues(p_org, v_connection, ARRAY(
			SELECT DISTINCT s.issue_id FROM jira_sprint_issue s
			WHERE s.org_id = p_org
			  AND s.connection_id = v_connection
			  AND s.sprint_id = ANY (v_sprints)));
	END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION store_jira_issues(
	p_org bigint, p_d integer[], p_connection bigint[], p_id bigint[],
	p_key text[], p_project bigint[], p_summary text[], p_type text[],
	p_subtask boolean[], p_status bigint[], p_priority text[],
	p_assignee text[], p_reporter text[], p_points text[],
	p_parent bigint[], p_sprints text[], p_links text[],
	p_created_at timestamptz[], p_updated_at timestamptz[],
	p_resolved_at timestamptz[], p_deleted boolean[], p_version bigint[],
	p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_connection bigint;
	v_issues bigint[];
BEGIN
	FOR v_connection, v_issues IN
		WITH kept AS (
			INSERT INTO jira_issue AS t (org_id, connection_id, id,
				key, project_id, summary, type, subtask,
				status_id, priority, assignee, reporter,
				points, parent_id, sprints, links, created_at,
				updated_at, resolved_at, deleted, version,
				digest)
			SELECT DISTINCT ON (x.connection_id, x.id) p_org,
				x.connection_id, x.id, x.key, x.project_id,
				x.summary, x.type, x.subtask, x.status_id,
				x.priority, x.assignee, x.reporter,
				number_in(x.points), x.parent_id,
				ids_in(x.sprints), x.links::jsonb,
				x.created_at, x.updated_at, x.resolved_at,
				x.deleted, x.version, x.digest
			FROM unnest(p_d, p_connection, p_id, p_key, p_project,
				p_summary, p_type, p_subtask, p_status,
				p_priority, p_assignee, p_reporter, p_points,
				p_parent, p_sprints, p_links, p_created_at,
				p_updated_at, p_resolved_at, p_deleted,
				p_version, p_digest)
				AS x (d, connection_id, id, key, project_id,
				summary, type, subtask, status_id, priority,
				assignee, reporter, points, parent_id,
				sprints, links, created_at, updated_at,
				resolved_at, deleted, version, digest)
			WHERE x.d = ANY (fresh())
			ORDER BY x.connection_id, x.id, x.version DESC,
				x.digest DESC
			ON CONFLICT (org_id, connection_id, id) DO UPDATE SET
				key = excluded.key,
				project_id = excluded.project_id,
				summary = excluded.summary,
				type = excluded.type,
				subtask = excluded.subtask,
				status_id = excluded.status_id,
				priority = excluded.priority,
				assignee = excluded.assignee,
				reporter = excluded.reporter,
				points = excluded.points,
				parent_id = excluded.parent_id,
				sprints = excluded.sprints,
				links = excluded.links,
				created_at = excluded.created_at,
				updated_at = excluded.updated_at,
				resolved_at = excluded.resolved_at,
				deleted = excluded.deleted, swept = false,
				version = excluded.version,
				digest = excluded.digest
			WHERE (excluded.version, excluded.digest)
				> (t.version, t.digest)
			RETURNING connection_id, id)
		SELECT k.connection_id, array_agg(k.id) FROM kept k
		GROUP BY 1 ORDER BY 1
	LOOP
		PERFORM snapshot_issues(p_org, v_connection, v_issues);
	END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION store_jira_changes(
	p_org bigint, p_d integer[], p_connection bigint[], p_issue bigint[],
	p_history bigint[], p_field text[], p_at timestamptz[],
	p_author text[], p_from_id text[], p_from_text text[], p_to_id text[],
	p_to_text text[], p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_connection bigint;
	v_issues bigint[];
BEGIN
	FOR v_connection, v_issues IN
		WITH kept AS (
			INSERT INTO jira_change AS t (org_id, connection_id,
				issue_id, history_id, field, at, author,
				from_id, from_text, to_id, to_text, version,
				digest)
			SELECT DISTINCT ON (x.connection_id, x.issue_id,
				x.field, x.history_id) p_org, x.connection_id,
				x.issue_id, x.history_id, x.field, x.at,
				x.author, x.from_id, x.from_text, x.to_id,
				x.to_text, x.version, x.digest
			FROM unnest(p_d, p_connection, p_issue, p_history,
				p_field, p_at, p_author, p_from_id,
				p_from_text, p_to_id, p_to_text, p_version,
				p_digest)
				AS x (d, connection_id, issue_id, history_id,
				field, at, author, from_id, from_text, to_id,
				to_text, version, digest)
			WHERE x.d = ANY (fresh())
			ORDER BY x.connection_id, x.issue_id, x.field,
				x.history_id, x.version DESC, x.digest DESC
			ON CONFLICT (org_id, connection_id, issue_id, field,
				history_id) DO UPDATE SET
				at = excluded.at, author = excluded.author,
				from_id = excluded.from_id,
				from_text = excluded.from_text,
				to_id = excluded.to_id,
				to_text = excluded.to_text,
				version = excluded.version,
				digest = excluded.digest
			WHERE (excluded.version, excluded.digest)
				> (t.version, t.digest)
			RETURNING connection_id, issue_id, field)
		SELECT k.connection_id, array_agg(DISTINCT k.issue_id)
		FROM kept k WHERE k.field IN ('status', 'sprint', 'points')
		GROUP BY 1 ORDER BY 1
	LOOP
		PERFORM snapshot_issues(p_org, v_connection, v_issues);
	END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION store_jira_worklogs(
	p_org bigint, p_d integer[], p_connection bigint[], p_id bigint[],
	p_issue bigint[], p_author text[], p_started_at timestamptz[],
	p_seconds bigint[], p_updated_at timestamptz[], p_deleted boolean[],
	p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE sql
AS $$
	INSERT INTO jira_worklog AS t (org_id, connection_id, id, issue_id,
		author, started_at, seconds, updated_at, deleted, version,
		digest)
	SELECT DISTINCT ON (x.connection_id, x.id) p_org, x.connection_id, x.id,
		x.issue_id, x.author, x.started_at, x.seconds, x.updated_at,
		x.deleted, x.version, x.digest
	FROM unnest(p_d, p_connection, p_id, p_issue, p_author, p_started_at,
		p_seconds, p_updated_at, p_deleted, p_version, p_digest)
		AS x (d, connection_id, id, issue_id, author, started_at,
		seconds, updated_at, deleted, version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.connection_id, x.id, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, connection_id, id) DO UPDATE SET
		issue_id = excluded.issue_id,
		author = excluded.author, started_at = excluded.started_at,
		seconds = excluded.seconds, updated_at = excluded.updated_at,
		deleted = excluded.deleted, version = excluded.version,
		digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
$$;
