-- 60-rollups.sql: figures a day.

-- Fold what waits in rollup_delta into rollup_day, for each team that has the
-- repository in the team's zone, and for the organisation (team 0) in its own.
-- Keys are written in order, so that two folders cannot wait for each other.
-- A figure that came to nothing has no row, whichever way it came there.
-- Returns how many deltas it took.
CREATE OR REPLACE FUNCTION fold_rollups(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_taken integer;
	v_nothing rollup_day[];
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtext('pulse.folder')) THEN
		RETURN 0;
	END IF;
	WITH taken AS (
		DELETE FROM rollup_delta WHERE ctid = ANY (ARRAY(
			SELECT ctid FROM rollup_delta LIMIT p_limit))
		RETURNING *),
	spread AS (
		SELECT t.org_id, 0::bigint AS team_id, t.repo_id, t.at,
			o.time_zone, t.kind, t.person, t.amount
		FROM taken t JOIN organisation o ON o.id = t.org_id
		UNION ALL
		SELECT t.org_id, r.team_id, t.repo_id, t.at, m.time_zone,
			t.kind, t.person, t.amount
		FROM taken t
		JOIN team_repository r ON r.org_id = t.org_id
			AND r.repo_id = t.repo_id
		JOIN team m ON m.org_id = r.org_id AND m.id = r.team_id),
	summed AS (
		SELECT org_id, team_id, repo_id,
			(at AT TIME ZONE time_zone)::date AS day, kind, person,
			sum(amount) AS amount
		FROM spread GROUP BY 1, 2, 3, 4, 5, 6),
	folded AS (
		INSERT INTO rollup_day AS d
		SELECT org_id, team_id, repo_id, day, kind, person, amount
		FROM summed WHERE amount <> 0
		ORDER BY org_id, team_id, day, kind, repo_id, person
		ON CONFLICT (org_id, team_id, day, kind, repo_id, person)
		DO UPDATE SET amount = d.amount + excluded.amount
		RETURNING d.*)
	SELECT (SELECT count(*) FROM taken),
		ARRAY(SELECT f::rollup_day FROM folded f WHERE f.amount = 0)
	INTO v_taken, v_nothing;
	DELETE FROM rollup_day d USING unnest(v_nothing) n
	WHERE d.org_id = n.org_id AND d.team_id = n.team_id
	  AND d.day = n.day AND d.kind = n.kind AND d.repo_id = n.repo_id
	  AND d.person = n.person AND d.amount = 0;
	RETURN v_taken;
END
$$;

-- A team's days of one repository again, from the records themselves; of team
-- 0 they are the organisation's. What waits to be folded is in the records
-- already, so it is taken off: in the same statement, since each has a snapshot
-- of its own, and while nobody folds.
CREATE OR REPLACE FUNCTION recount_team(
	p_org bigint, p_team bigint, p_repo bigint) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_zone text;
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('pulse.folder'));
	SELECT t.time_zone INTO v_zone FROM team t
	WHERE t.org_id = p_org AND t.id = p_team;
	IF p_team = 0 THEN
		SELECT o.time_zone INTO v_zone FROM organisation o
		WHERE o.id = p_org;
	END IF;
	DELETE FROM rollup_day WHERE org_id = p_org AND team_id = p_team
		AND repo_id = p_repo;
	INSERT INTO rollup_day
	SELECT p_org, p_team, p_repo, (x.at AT TIME ZONE v_zone)::date, x.kind,
		x.person, sum(x.amount)
	FROM (SELECT f.at, f.kind, f.person, 1::bigint AS amount
		FROM figure_of_repository f
		WHERE f.org_id = p_org AND f.repo_id = p_repo
		UNION ALL
		SELECT w.at, w.kind, w.person, -w.amount
		FROM rollup_delta w
		WHERE w.org_id = p_org AND w.repo_id = p_repo) x
	GROUP BY 4, 5, 6
	HAVING sum(x.amount) <> 0;
END
$$;

-- When an organisation's zone has changed, its days are others.
CREATE OR REPLACE FUNCTION recount_organisation(p_org bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM recount_team(p_org, 0, r.id)
	FROM repository r WHERE r.org_id = p_org ORDER BY r.id;
END
$$;
