-- 84-jira-sprints.sql: what an issue was at a moment, and from that the snapshots
-- of sprints at their start and close, in whatever order things came.

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
