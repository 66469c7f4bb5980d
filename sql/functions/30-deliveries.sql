-- 30-deliveries.sql: taking deliveries in.

-- Adopt a repository that nobody connected (ADOPT_REPOSITORIES): p_where is
-- an organisation's slug, or "organisation/team". Nothing comes back when
-- there is no such organisation, the delivery is another one's (p_org), it
-- wants none adopted, or others have the repository: nobody's is not the same as
-- unknown. One that the plan has no room for is refused in words: GitHub sends
-- nothing again, so the delivery is kept for when there is.
CREATE OR REPLACE FUNCTION adopt(
	p_where text, p_host text, p_github_id bigint, p_full_name text,
	p_org bigint, OUT org_id bigint, OUT repo_id bigint, OUT refused text)
LANGUAGE plpgsql
AS $$
DECLARE
	v_team bigint;
BEGIN
	SELECT t.org_id, t.team_id INTO adopt.org_id, v_team
	FROM find_team(p_where) t;
	IF adopt.org_id <> p_org THEN
		adopt.org_id := p_org;
		RETURN;
	END IF;
	IF adopt.org_id IS NULL OR p_github_id IS NULL
		OR others_have(adopt.org_id, p_host, p_github_id) THEN
		RETURN;
	END IF;
	PERFORM enter_as(adopt.org_id);
	IF NOT has_flag(adopt.org_id, 'adoptRepositories') THEN
		RETURN;
	END IF;
	BEGIN
		INSERT INTO repository AS r
			(org_id, host, github_id, full_name)
		VALUES (adopt.org_id, p_host, p_github_id, p_full_name)
		ON CONFLICT ON CONSTRAINT repository_github_key DO UPDATE
			SET full_name = r.full_name
			WHERE r.disconnected_at IS NULL
		RETURNING r.id INTO adopt.repo_id;
	EXCEPTION WHEN SQLSTATE 'PS402' THEN
		adopt.refused := SQLERRM;
		RETURN;
	END;
	IF v_team IS NOT NULL THEN
		INSERT INTO team_repository
		VALUES (adopt.org_id, v_team, adopt.repo_id)
		ON CONFLICT DO NOTHING;
	END IF;
END
$$;

-- Take deliveries of one organisation in: begins its transaction, keeps the
-- bytes of those that are new, and says which are to be read (their places,
-- also in pulse.fresh for the store_*() behind it). A finished delivery is not
-- read again; one that failed or waited is. p_org NULL: of no tenant, only
-- kept. Raises PS409 when a door or an installation is no longer that
-- organisation's, so that the caller looks up the route anew.
CREATE OR REPLACE FUNCTION receive(
	p_org bigint, p_d integer[], p_door bigint[], p_guid text[],
	p_event text[], p_received timestamptz[], p_body bytea[],
	p_host text[], p_installation bigint[])
RETURNS integer[]
LANGUAGE plpgsql
AS $$
DECLARE
	v_fresh integer[];
BEGIN
	PERFORM enter_as(p_org);
	IF EXISTS (SELECT FROM unnest(p_door, p_host, p_installation)
			AS x (door, host, installation)
		WHERE NOT serves(x.door, x.host, x.installation, p_org)) THEN
		RAISE EXCEPTION 'the route has changed' USING ERRCODE = 'PS409';
	END IF;
	WITH x AS (
		SELECT * FROM unnest(p_d, p_door, p_guid, p_event, p_received)
			AS x (d, door, guid, event, received_at)),
	kept AS (
		INSERT INTO delivery AS t (door, guid, org_id, event,
			received_at, state)
		SELECT x.door, x.guid, p_org, x.event, x.received_at, 'done'
		FROM x ORDER BY x.door, x.guid
		ON CONFLICT (door, guid) DO UPDATE SET state = 'done',
			reason = NULL, org_id = p_org, next_attempt_at = NULL,
			attempts = t.attempts + 1
		WHERE t.state <> 'done'
		RETURNING door, guid, xmax = 0 AS new),
	bytes AS (
		INSERT INTO delivery_body (received_at, door, guid, body)
		SELECT b.received_at, b.door, b.guid, b.body
		FROM unnest(p_door, p_guid, p_received, p_body)
			AS b (door, guid, received_at, body)
		JOIN kept ON kept.door = b.door AND kept.guid = b.guid
		WHERE kept.new)
	SELECT array_agg(x.d) INTO v_fresh
	FROM x JOIN kept ON kept.door = x.door AND kept.guid = x.guid;
	v_fresh := coalesce(v_fresh, '{}');
	PERFORM set_config('pulse.fresh', v_fresh::text, true);
	RETURN v_fresh;
END
$$;

-- A delivery that cannot be read, now or at all: kept with the reason.
-- p_state is dead, or waiting with a time to try again. Returns what it is in
-- the end: a delivery that was finished before is a duplicate.
CREATE OR REPLACE FUNCTION keep_unread(
	p_org bigint, p_door bigint, p_guid text, p_event text,
	p_received timestamptz, p_body bytea, p_state text, p_reason text,
	p_next timestamptz)
RETURNS text
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO delivery (door, guid, org_id, event, received_at, state,
		reason, next_attempt_at)
	VALUES (p_door, p_guid, p_org, p_event, p_received, p_state, p_reason,
		p_next)
	ON CONFLICT DO NOTHING;
	IF FOUND THEN
		INSERT INTO delivery_body (received_at, door, guid, body)
		VALUES (p_received, p_door, p_guid, p_body);
		RETURN p_state;
	END IF;
	UPDATE delivery SET state = p_state, reason = p_reason,
		next_attempt_at = p_next, attempts = attempts + 1
	WHERE door = p_door AND guid = p_guid AND state <> 'done';
	RETURN CASE WHEN FOUND THEN p_state ELSE 'duplicate' END;
END
$$;

-- Make the partitions of this week and the next three, drop those that are
-- past p_keep. What lies in the net meanwhile moves to its own partition.
-- Run by the tables' owner: CREATE TABLE is nobody else's.
CREATE OR REPLACE FUNCTION keep_partitions(p_keep interval) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_week date := date_trunc('week', now() AT TIME ZONE 'UTC')::date;
	v_name text;
	v_dropped integer := 0;
BEGIN
	DELETE FROM delivery_body_other WHERE received_at < now() - p_keep;
	FOR i IN 0..3 LOOP
		CALL make_partition(v_week + 7 * i);
	END LOOP;
	FOR v_name IN
		SELECT c.relname FROM pg_inherits i
		JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = 'delivery_body'::regclass
		  AND c.relname ~ '^delivery_body_[0-9]{8}$'
		  AND to_date(right(c.relname, 8), 'YYYYMMDD') + 7
			< (now() - p_keep)::date
	LOOP
		EXECUTE format('DROP TABLE %I', v_name);
		v_dropped := v_dropped + 1;
	END LOOP;
	RETURN v_dropped;
END
$$;

-- The partition of the week that begins on a day. It is filled from the net
-- before it is attached: one that would take rows of the net is refused.
CREATE OR REPLACE PROCEDURE make_partition(p_from date)
LANGUAGE plpgsql
AS $$
DECLARE
	v_name text := 'delivery_body_' || to_char(p_from, 'YYYYMMDD');
	v_from timestamptz := p_from::timestamp AT TIME ZONE 'UTC';
	v_to timestamptz := (p_from + 7)::timestamp AT TIME ZONE 'UTC';
BEGIN
	IF to_regclass('pulse.' || v_name) IS NOT NULL THEN
		RETURN;
	END IF;
	-- No delivery may come into the net between the move and the attaching.
	LOCK TABLE delivery_body IN ACCESS EXCLUSIVE MODE;
	-- A body of usual size stays in its page, compressed, instead of in
	-- pieces in a table beside it.
	EXECUTE format('CREATE TABLE %I (LIKE delivery_body INCLUDING ALL) '
		'WITH (toast_tuple_target = 8160)', v_name);
	EXECUTE format('WITH moved AS (DELETE FROM delivery_body_other '
		'WHERE received_at >= $1 AND received_at < $2 RETURNING *) '
		'INSERT INTO %I SELECT * FROM moved', v_name)
	USING v_from, v_to;
	EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, '
		'FORCE ROW LEVEL SECURITY', v_name);
	EXECUTE format('ALTER TABLE delivery_body ATTACH PARTITION %I '
		'FOR VALUES FROM (%L) TO (%L)', v_name, v_from, v_to);
END
$$;
