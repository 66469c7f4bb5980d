-- 83-jira.sql: Jira's records, the snapshots of sprints, and which pull request
-- speaks of which issue.
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

-- What Jira writes of a number, or of a list of ids ("12, 15"); anything else
-- is nothing.
CREATE OR REPLACE FUNCTION number_in(p_text text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN p_text ~ '^-?[0-9]{1,12}(\.[0-9]{1,12})?$'
		THEN trim_scale(p_text::numeric) END
$$;

CREATE OR REPLACE FUNCTION ids_in(p_text text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN p_text ~ '^[0-9]{1,18}( *, *[0-9]{1,18})*$'
		THEN regexp_split_to_array(p_text, ' *, *')::bigint[]
		ELSE '{}' END
$$;

-- What a field held at a moment: what the first change after it came from,
-- else what is so now.
CREATE OR REPLACE FUNCTION jira_value_at(
	p_org bigint, p_connection bigint, p_issue bigint, p_field text,
	p_at timestamptz, p_now text)
RETURNS text
LANGUAGE sql STABLE
AS $$
	SELECT v FROM (
		(SELECT CASE p_field WHEN 'points' THEN c.from_text
			ELSE c.from_id END AS v
		FROM jira_change c
		WHERE c.org_id = p_org AND c.connection_id = p_connection
		  AND c.issue_id = p_issue AND c.field = p_field
		  AND c.at > p_at
		ORDER BY c.at, c.history_id LIMIT 1)
		UNION ALL SELECT p_now) x LIMIT 1
$$;

-- Was an issue in a sprint at a moment, done, and worth how much? NULLs for a
-- moment that has not been.
CREATE OR REPLACE FUNCTION jira_state_at(
	p_org bigint, p_connection bigint, p_issue bigint, p_sprint bigint,
	p_at timestamptz, p_created_at timestamptz, p_status bigint,
	p_points numeric, p_sprints text,
	OUT inside boolean, OUT done boolean, OUT points numeric)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	IF p_at IS NULL THEN
		RETURN;
	END IF;
	inside := p_created_at <= p_at AND p_sprint = ANY (ids_in(
		jira_value_at(p_org, p_connection, p_issue, 'sprint', p_at,
			p_sprints)));
	done := EXISTS (SELECT FROM jira_status s
		WHERE s.org_id = p_org AND s.connection_id = p_connection
		  AND s.category = 'done'
		  AND s.id = number_in(jira_value_at(p_org, p_connection,
			p_issue, 'status', p_at, p_status::text))::bigint);
	points := number_in(jira_value_at(p_org, p_connection, p_issue,
		'points', p_at, p_points::text));
END
$$;

-- The snapshots that some issues are part of, anew. One that was in no sprint
-- costs a look at its history.
CREATE OR REPLACE FUNCTION snapshot_issues(
	p_org bigint, p_connection bigint, p_issues bigint[])
RETURNS void
LANGUAGE sql
AS $$
	WITH i AS MATERIALIZED (
		SELECT i.id, i.created_at, i.status_id, i.points, i.sprints,
			array_to_string(i.sprints, ',') AS sprint_text
		FROM jira_issue i
		WHERE i.org_id = p_org AND i.connection_id = p_connection
		  AND i.id = ANY (p_issues) AND NOT i.deleted),
	ever AS (
		SELECT i.id, unnest(i.sprints) AS sprint FROM i
		UNION
		SELECT i.id, unnest(ids_in(c.from_id) || ids_in(c.to_id))
		FROM i JOIN jira_change c
			ON c.org_id = p_org AND c.connection_id = p_connection
			AND c.issue_id = i.id AND c.field = 'sprint'),
	moment AS (
		SELECT i.*, e.sprint,
			CASE WHEN s.state <> 'future' THEN s.started_at END AS start,
			CASE WHEN s.state = 'closed' THEN s.completed_at END AS close
		FROM ever e JOIN i ON i.id = e.id
		LEFT JOIN jira_sprint s ON s.org_id = p_org
			AND s.connection_id = p_connection AND s.id = e.sprint
			AND NOT s.deleted),
	shot AS (
		SELECT m.sprint, m.id, a.*, z.*
		FROM moment m
		CROSS JOIN LATERAL jira_state_at(p_org, p_connection, m.id,
			m.sprint, m.start, m.created_at, m.status_id, m.points,
			m.sprint_text) a (inside, done, points)
		CROSS JOIN LATERAL jira_state_at(p_org, p_connection, m.id,
			m.sprint, m.close, m.created_at, m.status_id, m.points,
			m.sprint_text) z (inside2, done2, points2)),
	gone AS (
		DELETE FROM jira_sprint_issue t
		WHERE t.org_id = p_org AND t.connection_id = p_connection
		  AND t.issue_id = ANY (p_issues)
		  AND NOT EXISTS (SELECT FROM shot WHERE shot.id = t.issue_id
			AND shot.sprint = t.sprint_id))
	INSERT INTO jira_sprint_issue AS t
	SELECT p_org, p_connection, x.sprint, x.id, x.inside, x.done, x.points,
		x.inside2, x.done2, x.points2
	FROM shot x ORDER BY x.sprint, x.id
	ON CONFLICT (org_id, connection_id, sprint_id, issue_id) DO UPDATE SET
		in_at_start = excluded.in_at_start,
		done_at_start = excluded.done_at_start,
		points_at_start = excluded.points_at_start,
		in_at_close = excluded.in_at_close,
		done_at_close = excluded.done_at_close,
		points_at_close = excluded.points_at_close
	WHERE (t.in_at_start, t.done_at_start, t.points_at_start, t.in_at_close,
		t.done_at_close, t.points_at_close) IS DISTINCT FROM
		(excluded.in_at_start, excluded.done_at_start,
		excluded.points_at_start, excluded.in_at_close,
		excluded.done_at_close, excluded.points_at_close);
$$;

-- METRICS.md, velocity proper: committed at the start, completed in the sprint,
-- added, removed, carried over, each apart; in points and in issues.
-- committed + added - removed = completed + carried over, but for points that
-- were estimated anew meanwhile. Points are NULL where no issue has any.
CREATE OR REPLACE VIEW jira_sprint_figure WITH (security_invoker = true) AS
SELECT s.org_id, s.connection_id, s.id AS sprint_id, s.name, s.state,
	s.started_at, s.completed_at,
	count(*) FILTER (WHERE committed) AS committed,
	sum(points_at_start) FILTER (WHERE committed) AS committed_points,
	count(*) FILTER (WHERE inside AND done_at_close
		AND NOT before) AS completed,
	sum(points_at_close) FILTER (WHERE inside AND done_at_close
		AND NOT before) AS completed_points,
	count(*) FILTER (WHERE inside AND NOT in_at_start) AS added,
	sum(points_at_close) FILTER (WHERE inside AND NOT in_at_start)
		AS added_points,
	count(*) FILTER (WHERE committed AND NOT in_at_close) AS removed,
	sum(points_at_start) FILTER (WHERE committed AND NOT in_at_close)
		AS removed_points,
	count(*) FILTER (WHERE inside AND NOT done_at_close) AS carried_over,
	sum(points_at_close) FILTER (WHERE inside AND NOT done_at_close)
		AS carried_over_points,
	count(*) FILTER (WHERE (committed OR inside)
		AND coalesce(points_at_close, points_at_start) IS NULL)
		AS without_points
FROM jira_sprint s
LEFT JOIN LATERAL (
	SELECT x.*, x.in_at_start AND NOT x.done_at_start AS committed,
		x.in_at_close AS inside,
		x.in_at_start AND x.done_at_start AS before
	FROM jira_sprint_issue x
	WHERE x.org_id = s.org_id AND x.connection_id = s.connection_id
	  AND x.sprint_id = s.id) x ON true
WHERE NOT s.deleted
GROUP BY 1, 2, 3, 4, 5, 6, 7;
COMMENT ON VIEW jira_sprint_figure IS
	'The velocity of each sprint, from its snapshots.';

-- METRICS.md: first entry into in progress to the last entry into done.
CREATE OR REPLACE VIEW jira_issue_clock WITH (security_invoker = true) AS
SELECT i.org_id, i.connection_id, i.id, i.key, c.begun_at,
	CASE WHEN s.category = 'done' THEN c.done_at END AS done_at
FROM jira_issue i
LEFT JOIN jira_status s ON s.org_id = i.org_id
	AND s.connection_id = i.connection_id AND s.id = i.status_id
CROSS JOIN LATERAL (
	SELECT min(c.at) FILTER (WHERE t.category = 'in_progress') AS begun_at,
		max(c.at) FILTER (WHERE t.category = 'done'
			AND f.category IS DISTINCT FROM 'done') AS done_at
	FROM jira_change c
	LEFT JOIN jira_status f ON f.org_id = c.org_id
		AND f.connection_id = c.connection_id
		AND f.id = number_in(c.from_id)::bigint
	LEFT JOIN jira_status t ON t.org_id = c.org_id
		AND t.connection_id = c.connection_id
		AND t.id = number_in(c.to_id)::bigint
	WHERE c.org_id = i.org_id AND c.connection_id = i.connection_id
	  AND c.issue_id = i.id AND c.field = 'status') c
WHERE NOT i.deleted;
COMMENT ON VIEW jira_issue_clock IS
	'When work on an issue began, and when it was done for the last time.';

-- A sweep: the ids that Jira lists, page by page, then what it lists no more.
CREATE OR REPLACE FUNCTION jira_saw(
	p_org bigint, p_connection bigint, p_ids bigint[])
RETURNS void
LANGUAGE sql
AS $$
	INSERT INTO jira_seen
	SELECT DISTINCT p_org, p_connection, x FROM unnest(p_ids) x ORDER BY 3
	ON CONFLICT DO NOTHING;
$$;

-- Ends a sweep that began at p_began. Issues that are newer were not looked
-- for. Where most would go, it is the account that sees less, not the issues
-- that went: nothing is done, and -1 returned.
CREATE OR REPLACE FUNCTION jira_sweep(
	p_org bigint, p_connection bigint, p_began timestamptz)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_gone bigint[];
	v_back bigint[];
	v_all integer;
BEGIN
	SELECT count(*), array_agg(i.id) FILTER (WHERE NOT EXISTS (
		SELECT FROM jira_seen s WHERE s.org_id = p_org
		  AND s.connection_id = p_connection AND s.issue_id = i.id))
	INTO v_all, v_gone
	FROM jira_issue i
	WHERE i.org_id = p_org AND i.connection_id = p_connection
	  AND NOT i.deleted AND i.created_at < p_began;
	IF v_all > 20 AND cardinality(v_gone) * 2 > v_all THEN
		DELETE FROM jira_seen
		WHERE org_id = p_org AND connection_id = p_connection;
		RETURN -1;
	END IF;
	-- Whatever is told of the state that it was seen in does not bring it
	-- back; a later change does.
	UPDATE jira_issue SET deleted = true, swept = true,
		version = version | 7
	WHERE org_id = p_org AND connection_id = p_connection
	  AND id = ANY (v_gone);
	WITH back AS (
		UPDATE jira_issue i SET deleted = false, swept = false,
			version = version & ~7::bigint
		FROM jira_seen s
		WHERE i.org_id = p_org AND i.connection_id = p_connection
		  AND i.swept AND s.org_id = p_org
		  AND s.connection_id = p_connection AND s.issue_id = i.id
		RETURNING i.id)
	SELECT array_agg(id) INTO v_back FROM back;
	PERFORM snapshot_issues(p_org, p_connection, v_gone || v_back);
	DELETE FROM jira_seen
	WHERE org_id = p_org AND connection_id = p_connection;
	RETURN coalesce(cardinality(v_gone), 0);
END
$$;

-- The end of a round of sync-jira that began at p_began: 'full' read all there
-- is, 'sweep' has looked for what is gone. How many were, or -1.
CREATE OR REPLACE FUNCTION end_jira_round(
	p_org bigint, p_connection bigint, p_began timestamptz, p_how text)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_gone integer := 0;
BEGIN
	IF p_how = 'sweep' THEN
		v_gone := jira_sweep(p_org, p_connection, p_began);
	END IF;
	UPDATE jira_connection SET last_used_at = now(),
		verified_at = coalesce(verified_at, now()), state = 'ok',
		message = CASE WHEN v_gone < 0 THEN 'the account sees less than'
			' half of what it saw; nothing was taken for deleted' END,
		swept_at = CASE WHEN p_how <> '' THEN p_began ELSE swept_at END
	WHERE org_id = p_org AND id = p_connection;
	RETURN v_gone;
END
$$;

-- Keys of issues as they are written (FACTS: \b[A-Z][A-Z0-9_]+-[1-9][0-9]*\b).
CREATE OR REPLACE FUNCTION issue_keys(p_text text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT DISTINCT m[1] FROM regexp_matches(p_text,
		'\m([A-Z][A-Z0-9_]+-[1-9][0-9]{0,9})\M', 'g') m
$$;

CREATE OR REPLACE FUNCTION mention_issues() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	DELETE FROM issue_mention
	WHERE org_id = NEW.org_id AND repo_id = NEW.repo_id
	  AND number = NEW.number;
	INSERT INTO issue_mention
	SELECT NEW.org_id, NEW.repo_id, NEW.number, k, 'title'
	FROM issue_keys(NEW.title) k
	UNION ALL
	SELECT NEW.org_id, NEW.repo_id, NEW.number, k, 'branch'
	FROM issue_keys(NEW.head_ref) k;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER mentions_new AFTER INSERT ON pull_request
	FOR EACH ROW WHEN (NEW.title ~ '[A-Z0-9_]-[1-9]'
		OR NEW.head_ref ~ '[A-Z0-9_]-[1-9]')
	EXECUTE FUNCTION mention_issues();
CREATE OR REPLACE TRIGGER mentions_changed
	AFTER UPDATE OF title, head_ref ON pull_request
	FOR EACH ROW WHEN (NEW.title IS DISTINCT FROM OLD.title
		OR NEW.head_ref IS DISTINCT FROM OLD.head_ref)
	EXECUTE FUNCTION mention_issues();

CREATE OR REPLACE VIEW issue_of_pull_request WITH (security_invoker = true) AS
SELECT m.org_id, m.repo_id, m.number, i.connection_id, i.id AS issue_id, i.key,
	array_agg(m.place ORDER BY m.place) AS places
FROM issue_mention m
JOIN jira_issue i ON i.org_id = m.org_id AND i.key = m.key AND NOT i.deleted
GROUP BY 1, 2, 3, 4, 5, 6;
COMMENT ON VIEW issue_of_pull_request IS
	'Which issue a pull request speaks of, by its title or branch.';
