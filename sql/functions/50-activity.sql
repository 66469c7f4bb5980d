-- 50-activity.sql: lines of the feed, their rooms and their order.

-- The beginning of a line's JSON; the rest is lib/domain/happening.h's. p_repo
-- is the repository's name as JSON (json_name()).
CREATE OR REPLACE FUNCTION event_head(p_id bigint, p_type text, p_repo text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT '{"id":"' || p_id::text || '","type":"' || p_type || '","repo":'
		|| p_repo
$$;

CREATE OR REPLACE FUNCTION json_name(p_repo text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(to_json(p_repo)::text, 'null') $$;

-- Lines of the feed, told behind their records. p_live: it is news, so it
-- goes to the rooms; history does not. The line's JSON is p_middle, the
-- repository's id, p_rest. Returns how many lines are news.
CREATE OR REPLACE FUNCTION store_events(
	p_org bigint, p_d integer[], p_repo bigint[], p_type text[],
	p_key text[], p_at timestamptz[], p_author text[], p_middle text[],
	p_rest text[], p_live boolean[], p_version bigint[],
	p_digest bigint[])
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_news integer;
BEGIN
	-- Nobody renames a repository between our reading its name and the
	-- commit of lines that bear it (rename_events()).
	PERFORM pg_advisory_xact_lock_shared(hashtext('pulse.names'),
		p_org::integer);
	WITH told AS (
		SELECT DISTINCT ON (x.repo_id, x.key) x.*,
			nextval('pulse.activity_event_id_seq') AS id,
			json_name(r.full_name) AS name,
			x.middle || coalesce('"' || x.repo_id::text || '"', 'null')
				|| x.rest AS tail
		FROM unnest(p_d, p_repo, p_type, p_key, p_at, p_author,
			p_middle, p_rest, p_live, p_version, p_digest)
			AS x (d, repo_id, type, key, at, author, middle, rest,
			live, version, digest)
		LEFT JOIN repository r ON r.org_id = p_org AND r.id = x.repo_id
		WHERE x.d = ANY (fresh())
		ORDER BY x.repo_id, x.key, x.version DESC, x.digest DESC),
	kept AS (
		INSERT INTO activity_event AS e (org_id, id, repo_id, at, type,
			author, key, version, digest, json)
		SELECT p_org, id, repo_id, at, type, lower(author), key,
			version, digest, event_head(id, type, name) || tail
		FROM told
		ON CONFLICT ON CONSTRAINT activity_event_key DO UPDATE SET
			author = excluded.author, version = excluded.version,
			digest = excluded.digest,
			json = event_head(e.id, e.type, '') || substr(
				excluded.json, 1 + length(event_head(
				excluded.id, excluded.type, '')))
		WHERE (excluded.version, excluded.digest)
			> (e.version, e.digest)
		RETURNING e.id),
	fresh_lines AS (
		SELECT t.* FROM told t JOIN kept k ON k.id = t.id),
	teams AS (
		INSERT INTO team_activity
		SELECT p_org, r.team_id, f.at, f.id
		FROM fresh_lines f
		JOIN team_repository r ON r.org_id = p_org
			AND r.repo_id = f.repo_id)
	INSERT INTO outbox (org_id, stream, event_id)
	SELECT p_org, 'event', f.id FROM fresh_lines f WHERE f.live
	ORDER BY f.d, f.id;
	GET DIAGNOSTICS v_news = ROW_COUNT;
	RETURN v_news;
END
$$;

-- The lines of a repository, with its new name.
CREATE OR REPLACE FUNCTION rename_events(
	p_org bigint, p_repo bigint, p_name text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('pulse.names'), p_org::integer);
	UPDATE activity_event
	SET json = event_head(id, type, json_name(p_name))
		|| substr(json, strpos(json, ',"author":'))
	WHERE org_id = p_org AND repo_id = p_repo;
END
$$;

-- The sequencer: gives what waits in the outbox its place in each room, one
-- caller at a time. Ids become visible out of order; seq and pos do not, since
-- they are given here, under the lock, to rows that are committed. An event
-- goes to its repository's room, to those of the teams that have it, and to the
-- organisation's own (owners and admins see all). Returns how many it gave.
--
-- Nobody waits for the disk here: what a crash of the database takes back is in
-- the outbox again, in the same order, and what had gone out goes out twice.
CREATE OR REPLACE FUNCTION sequence_pending(p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_given integer;
BEGIN
	IF NOT EXISTS (SELECT FROM outbox) THEN
		RETURN 0;
	END IF;
	PERFORM pg_advisory_xact_lock(hashtext('pulse.sequencer')),
		set_config('synchronous_commit', 'off', true);
	WITH taken AS (
		DELETE FROM outbox WHERE id = ANY (ARRAY(
			SELECT id FROM outbox ORDER BY id LIMIT p_limit))
		RETURNING *),
	placed AS (
		SELECT t.*, t.room AS name FROM taken t WHERE t.room IS NOT NULL
		UNION ALL
		SELECT t.*, 'org:' || t.org_id FROM taken t
		JOIN activity_event e ON e.org_id = t.org_id
			AND e.id = t.event_id
		UNION ALL
		SELECT t.*, 'repo:' || e.repo_id FROM taken t
		JOIN activity_event e ON e.org_id = t.org_id
			AND e.id = t.event_id AND e.repo_id IS NOT NULL
		UNION ALL
		SELECT t.*, 'team:' || m.team_id FROM taken t
		JOIN activity_event e ON e.org_id = t.org_id
			AND e.id = t.event_id
		JOIN team_repository m ON m.org_id = e.org_id
			AND m.repo_id = e.repo_id),
	counted AS (
		SELECT *, count(*) OVER (PARTITION BY org_id, name) AS n,
			row_number() OVER (PARTITION BY org_id, name
				ORDER BY id) AS i
		FROM placed),
	counters AS (
		INSERT INTO room AS r
		SELECT org_id, name, n FROM counted WHERE i = n
		ORDER BY org_id, name
		ON CONFLICT (org_id, name) DO UPDATE
		SET seq = r.seq + excluded.seq
		RETURNING r.*),
	given AS (
		INSERT INTO room_event (org_id, room, seq, stream, event_id,
			payload, retain, at)
		SELECT c.org_id, c.name, r.seq - c.n + c.i, c.stream,
			c.event_id, c.payload, c.retain, c.created_at
		FROM counted c JOIN counters r ON r.org_id = c.org_id
			AND r.name = c.name
		ORDER BY c.id, c.name
		RETURNING *),
	kept AS (
		INSERT INTO room_state
		SELECT DISTINCT ON (org_id, room, stream) org_id, room, stream,
			seq, payload
		FROM given WHERE retain
		ORDER BY org_id, room, stream, seq DESC
		ON CONFLICT (org_id, room, stream) DO UPDATE
		SET seq = excluded.seq, payload = excluded.payload)
	SELECT count(*) INTO v_given FROM given;
	RETURN v_given;
END
$$;

-- A room remembers 15 minutes: longer than is given out, so that who missed
-- more hears that he did. Returns how many places it forgot.
CREATE OR REPLACE FUNCTION forget_room_events() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_count integer;
BEGIN
	DELETE FROM room_event WHERE at < now() - interval '15 minutes';
	GET DIAGNOSTICS v_count = ROW_COUNT;
	RETURN v_count;
END
$$;

-- Connect a repository to a team, or take it away, with its history.
CREATE OR REPLACE FUNCTION attach_repository(
	p_org bigint, p_team bigint, p_repo bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO team_repository VALUES (p_org, p_team, p_repo)
	ON CONFLICT DO NOTHING;
	IF FOUND THEN
		INSERT INTO team_activity
		SELECT e.org_id, p_team, e.at, e.id FROM activity_event e
		WHERE e.org_id = p_org AND e.repo_id = p_repo
		ON CONFLICT DO NOTHING;
		PERFORM recount_team(p_org, p_team, p_repo);
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION detach_repository(
	p_org bigint, p_team bigint, p_repo bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	DELETE FROM team_repository WHERE org_id = p_org AND team_id = p_team
		AND repo_id = p_repo;
	DELETE FROM team_activity t USING activity_event e
	WHERE t.org_id = p_org AND t.team_id = p_team AND e.org_id = p_org
	  AND e.id = t.event_id AND e.repo_id = p_repo;
	DELETE FROM rollup_day WHERE org_id = p_org AND team_id = p_team
		AND repo_id = p_repo;
END
$$;
