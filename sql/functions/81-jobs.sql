-- 81-jobs.sql: leases, units of work, runs.
--
-- Time is the database's alone: a host whose clock stands or leaps harms
-- nobody. Whoever has a lease is known by the number of his run; one whose
-- lease ended and went to another is stopped at his next step, which does not
-- commit (PS423). A lease that ends later than any is given for was made by a
-- clock that has been put back, and is none.

CREATE OR REPLACE FUNCTION lease_is_free(p_until timestamptz) RETURNS boolean
LANGUAGE sql STABLE
AS $$
	SELECT p_until IS NULL OR p_until < now()
		OR p_until > now() + interval '1 day'
$$;

-- Runs whose process ended without a word: it was killed.
CREATE OR REPLACE FUNCTION close_lost_runs(p_job text) RETURNS void
LANGUAGE sql
AS $$
	UPDATE job_run SET state = 'FAILED', finished_at = now(),
		message = 'ended without a word; another run goes on'
	WHERE job = p_job AND state = 'ACTIVE' AND lease_is_free(lease_until)
$$;

-- The run of a process, for one organisation or (NULL) the installation.
CREATE OR REPLACE FUNCTION open_run(
	p_org bigint, p_job text, p_for interval, p_holder uuid)
RETURNS bigint
LANGUAGE sql
AS $$
	INSERT INTO job_run (org_id, job, holder, lease_until)
	VALUES (p_org, p_job, p_holder, now() + p_for)
	ON CONFLICT ON CONSTRAINT job_run_holder
	DO UPDATE SET lease_until = excluded.lease_until
	RETURNING id
$$;

-- The lease of a job that runs once at a time: taken, or taken anew by who
-- has it; false: another has it, or it is paused.
CREATE OR REPLACE FUNCTION take_lease(
	p_name text, p_for interval, p_holder uuid)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	v_job job;
BEGIN
	INSERT INTO job (name) VALUES (p_name) ON CONFLICT DO NOTHING;
	SELECT * INTO v_job FROM job WHERE name = p_name FOR UPDATE;
	IF v_job.state = 'PAUSED' OR v_job.state = 'ACTIVE'
		AND v_job.holder IS DISTINCT FROM p_holder
		AND NOT lease_is_free(v_job.lease_until) THEN
		RETURN false;
	END IF;
	IF v_job.holder IS DISTINCT FROM p_holder THEN
		UPDATE job_run SET state = 'FAILED', finished_at = now(),
			message = 'ended without a word; another run goes on'
		WHERE job = p_name AND org_id IS NULL AND state = 'ACTIVE';
		UPDATE job SET state = 'ACTIVE', holder = p_holder,
			lease_until = now() + p_for, started_at = now()
		WHERE name = p_name;
	ELSE
		UPDATE job SET lease_until = now() + p_for WHERE name = p_name;
	END IF;
	PERFORM open_run(NULL, p_name, p_for, p_holder);
	RETURN true;
END
$$;

-- A job of units: several may run, since each unit has a lease. False: paused.
CREATE OR REPLACE FUNCTION begin_units(p_name text, p_for interval, p_holder uuid)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM close_lost_runs(p_name);
	INSERT INTO job AS j (name, state, holder, lease_until, started_at)
	VALUES (p_name, 'ACTIVE', p_holder, now() + p_for, now())
	ON CONFLICT (name) DO UPDATE SET state = 'ACTIVE',
		holder = excluded.holder, lease_until = excluded.lease_until,
		started_at = excluded.started_at
	WHERE j.state <> 'PAUSED';
	RETURN FOUND;
END
$$;

-- {"pages":2} and {"pages":1,"records":50} are {"pages":3,"records":50}.
CREATE OR REPLACE FUNCTION add_counts(p_to jsonb, p_more jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
	SELECT coalesce(jsonb_object_agg(key, amount), '{}')
	FROM (SELECT key, sum(value::numeric) AS amount
		FROM (SELECT * FROM jsonb_each_text(coalesce(p_to, '{}'))
			UNION ALL
			SELECT * FROM jsonb_each_text(coalesce(p_more, '{}'))) x
		GROUP BY key) y
$$;

-- The end of a run, well or not. One that was paused meanwhile stays so. What
-- ended it is told to the operator alone: it may be another organisation's.
CREATE OR REPLACE FUNCTION end_lease(
	p_name text, p_holder uuid, p_state text, p_message text, p_counted text)
RETURNS void
LANGUAGE sql
AS $$
	UPDATE job_run SET finished_at = now(),
		state = CASE WHEN counted ? 'failed' THEN 'FAILED'
			ELSE p_state END,
		message = CASE WHEN org_id IS NULL THEN p_message
			ELSE coalesce(message, CASE p_state WHEN 'FAILED'
			THEN 'ended early; another run goes on' END) END,
		counted = CASE WHEN org_id IS NULL
			THEN add_counts(counted, p_counted::jsonb)
			ELSE counted END
	WHERE job = p_name AND holder = p_holder AND state = 'ACTIVE';
	UPDATE job SET state = CASE state WHEN 'PAUSED' THEN state
			ELSE p_state END,
		message = p_message, finished_at = now(), lease_until = NULL,
		holder = NULL
	WHERE name = p_name AND holder = p_holder;
$$;

-- How far it is: to the room of who runs the organisation.
CREATE OR REPLACE FUNCTION tell_of_unit(
	p_org bigint, p_job text, p_unit text, p_run bigint, p_state text,
	p_progress integer, p_message text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	INSERT INTO outbox (org_id, stream, room, payload)
	VALUES (p_org, 'job', 'org:' || p_org, json_build_object(
		'type', 'job_progress', 'room', 'org:' || p_org,
		'data', json_build_object('job', p_job, 'unit', p_unit,
		'runId', p_run::text, 'state', p_state,
		'progress', p_progress, 'message', left(p_message, 300))));
$$;

-- A unit is wanted: new, or again, not before a moment (NULL: now). One that
-- is being worked on is not disturbed: it is due again behind that.
CREATE OR REPLACE FUNCTION want_unit(
	p_org bigint, p_job text, p_unit text, p_not_before timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO job_unit AS u (org_id, job, unit, not_before)
	VALUES (p_org, p_job, p_unit, coalesce(p_not_before, now()))
	ON CONFLICT (org_id, job, unit) DO UPDATE
	SET not_before = coalesce(p_not_before, now()), failures = 0, tries = 0,
		state = CASE WHEN u.state = 'PAUSED' OR u.state = 'ACTIVE'
			THEN u.state ELSE 'PENDING' END;
	INSERT INTO job_control (org_id, job) VALUES (p_org, p_job)
	ON CONFLICT DO NOTHING;
END
$$;

-- It is wanted no more; whoever works on it is stopped at his next step.
CREATE OR REPLACE FUNCTION drop_unit(p_org bigint, p_job text, p_unit text)
RETURNS void
LANGUAGE sql
AS $$
	DELETE FROM job_unit
	WHERE org_id = p_org AND job = p_job AND unit = p_unit;
$$;

-- Lease the next unit that is due: of the organisation whose turn it is, the
-- one that waits longest. Five leases without a step are given up for a day.
-- No row: nothing is due.
CREATE OR REPLACE FUNCTION next_unit(
	p_job text, p_for interval, p_holder uuid)
RETURNS TABLE (of_org bigint, of_unit text, of_run bigint, at_checkpoint text,
	at_watermark text, at_progress integer)
LANGUAGE plpgsql
AS $$
DECLARE
	v_org bigint;
	v_unit job_unit;
	v_run bigint;
BEGIN
	IF EXISTS (SELECT FROM job j WHERE j.name = p_job
			AND j.state = 'PAUSED') THEN
		RETURN;
	END IF;
	FOR v_org IN
		SELECT c.org_id FROM job_control c
		JOIN organisation o ON o.id = c.org_id
		WHERE c.job = p_job AND NOT c.paused AND o.deleted_at IS NULL
		ORDER BY c.served_at NULLS FIRST, c.org_id
	LOOP
		PERFORM set_config('pulse.org_id', v_org::text, true);
		LOOP
			SELECT u.* INTO v_unit FROM job_unit u
			WHERE u.org_id = v_org AND u.job = p_job
			  AND u.not_before <= now() AND u.state <> 'PAUSED'
			  AND lease_is_free(u.lease_until)
			ORDER BY u.not_before, u.unit LIMIT 1
			FOR UPDATE SKIP LOCKED;
			EXIT WHEN NOT FOUND OR v_unit.tries < 5;
			UPDATE job_unit u SET state = 'FAILED', tries = 0,
				lease_until = NULL, holder = NULL,
				finished_at = now(), failures = u.failures + 1,
				not_before = now() + interval '1 day',
				message = 'given up for a day: five runs of it'
					' ended without a step'
			WHERE u.org_id = v_org AND u.job = p_job
			  AND u.unit = v_unit.unit;
			PERFORM tell_of_unit(v_org, p_job, v_unit.unit,
				v_unit.run_id, 'FAILED', v_unit.progress,
				'given up for a day');
		END LOOP;
		CONTINUE WHEN v_unit.unit IS NULL;
		v_run := open_run(v_org, p_job, p_for, p_holder);
		UPDATE job_run r SET counted = add_counts(r.counted,
			'{"units": 1}')
		WHERE r.id = v_run;
		UPDATE job_unit u SET state = 'ACTIVE', holder = p_holder,
			leased_at = now(), lease_until = now() + p_for, run_id = v_run,
			tries = u.tries + 1,
			progress = CASE u.state WHEN 'ACTIVE' THEN u.progress
				ELSE 0 END,
			started_at = CASE u.state WHEN 'ACTIVE' THEN u.started_at
				ELSE now() END
		WHERE u.org_id = v_org AND u.job = p_job
		  AND u.unit = v_unit.unit;
		UPDATE job_control c SET served_at = clock_timestamp()
		WHERE c.org_id = v_org AND c.job = p_job;
		RETURN QUERY SELECT v_org, v_unit.unit, v_run,
			v_unit.checkpoint::text,
			to_char(v_unit.watermark AT TIME ZONE 'UTC',
				'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
			CASE v_unit.state WHEN 'ACTIVE'
				THEN v_unit.progress::integer ELSE 0 END;
		RETURN;
	END LOOP;
END
$$;

-- One step of a unit: its lease goes on, and what is given is kept (NULL: as it
-- was). For the transaction that holds the page itself. False: stop here, an
-- admin has paused the job. Raises PS423 when the lease is another's by now.
CREATE OR REPLACE FUNCTION checkpoint_unit(
	p_org bigint, p_job text, p_unit text, p_holder uuid, p_for interval,
	p_checkpoint text, p_watermark timestamptz, p_progress integer,
	p_message text, p_counted text)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	v_unit job_unit;
	v_tell boolean;
BEGIN
	PERFORM set_config('pulse.org_id', p_org::text, true);
	SELECT u.* INTO v_unit FROM job_unit u
	WHERE u.org_id = p_org AND u.job = p_job AND u.unit = p_unit
	FOR UPDATE;
	IF v_unit.holder IS DISTINCT FROM p_holder THEN
		RAISE EXCEPTION 'the lease of % is another''s by now', p_unit
			USING ERRCODE = 'PS423';
	END IF;
	v_tell := v_unit.told_at IS NULL OR v_unit.told_at > now()
		OR v_unit.told_at <= now() - interval '1 second';
	UPDATE job_unit u SET lease_until = now() + p_for, tries = 0,
		checkpoint = coalesce(p_checkpoint::jsonb, u.checkpoint),
		watermark = coalesce(p_watermark, u.watermark),
		progress = coalesce(p_progress, u.progress),
		message = coalesce(p_message, u.message),
		told_at = CASE WHEN v_tell THEN now() ELSE u.told_at END
	WHERE u.org_id = p_org AND u.job = p_job AND u.unit = p_unit;
	UPDATE job_run r SET lease_until = now() + p_for,
		counted = add_counts(r.counted, p_counted::jsonb)
	WHERE r.id = v_unit.run_id;
	IF v_tell THEN
		PERFORM tell_of_unit(p_org, p_job, p_unit, v_unit.run_id,
			'ACTIVE', coalesce(p_progress, v_unit.progress),
			coalesce(p_message, v_unit.message));
	END IF;
	RETURN NOT EXISTS (SELECT FROM job_control c WHERE c.org_id = p_org
			AND c.job = p_job AND c.paused)
		AND NOT EXISTS (SELECT FROM job j WHERE j.name = p_job
			AND j.state = 'PAUSED');
END
$$;

-- Let go of a unit: p_state is ACTIVE (to go on at p_again), FINISHED or
-- FAILED (due again at p_again; NULL: when it is asked for). One that was
-- wanted while it was worked on is due at once.
CREATE OR REPLACE FUNCTION release_unit(
	p_org bigint, p_job text, p_unit text, p_holder uuid, p_state text,
	p_again timestamptz, p_watermark timestamptz, p_message text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_unit job_unit;
BEGIN
	PERFORM set_config('pulse.org_id', p_org::text, true);
	UPDATE job_unit u SET state = CASE u.state WHEN 'PAUSED' THEN u.state
			ELSE p_state END,
		lease_until = NULL, holder = NULL, message = p_message,
		tries = 0, told_at = now(),
		not_before = CASE WHEN u.not_before > u.leased_at
			THEN least(u.not_before, p_again) ELSE p_again END,
		watermark = coalesce(p_watermark, u.watermark),
		progress = CASE p_state WHEN 'FINISHED' THEN 100
			ELSE u.progress END,
		failures = CASE p_state WHEN 'FAILED' THEN u.failures + 1
			WHEN 'FINISHED' THEN 0 ELSE u.failures END,
		finished_at = CASE p_state WHEN 'ACTIVE' THEN u.finished_at
			ELSE now() END
	WHERE u.org_id = p_org AND u.job = p_job AND u.unit = p_unit
	  AND u.holder = p_holder
	RETURNING u.* INTO v_unit;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the lease of % is another''s by now', p_unit
			USING ERRCODE = 'PS423';
	END IF;
	UPDATE job_run r SET counted = add_counts(r.counted,
			jsonb_build_object(CASE p_state WHEN 'ACTIVE' THEN 'left'
			ELSE lower(p_state) END, 1)),
		message = CASE WHEN p_state = 'FINISHED' AND r.message IS NOT NULL
			AND r.counted ? 'failed' THEN r.message
			ELSE coalesce(p_message, r.message) END
	WHERE r.id = v_unit.run_id;
	PERFORM tell_of_unit(p_org, p_job, p_unit, v_unit.run_id, v_unit.state,
		v_unit.progress, p_message);
END
$$;

-- The history of runs older than so many days. One a minute that found nothing
-- to do is no history: of those of the installation only each job's last day's,
-- and those that failed, are kept.
CREATE OR REPLACE FUNCTION forget_runs(p_days integer, p_limit integer)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_count integer;
BEGIN
	WITH gone AS (
		DELETE FROM job_run WHERE id = ANY (ARRAY(
			SELECT r.id FROM job_run r
			WHERE r.state <> 'ACTIVE' AND (r.started_at
				< now() - make_interval(days => p_days)
				OR r.org_id IS NULL AND r.state = 'FINISHED'
				AND r.started_at < now() - interval '1 day'
				AND NOT EXISTS (SELECT FROM jsonb_each_text(
					r.counted) c WHERE c.value <> '0'))
			LIMIT p_limit))
		RETURNING 1)
	SELECT count(*) INTO v_count FROM gone;
	RETURN v_count;
END
$$;
