-- 82-jobs-asked.sql: the jobs as an organisation sees them, and its word to them.
--
-- Which jobs there are is told by the program (lib/job/jobs.def), as JSON:
-- [{"name","title","period","at","units"}, …]. Those without units are the
-- operator's: an organisation sees that they run, and not what they did, since
-- that is of all organisations.

-- As the API tells it.
CREATE OR REPLACE FUNCTION moment(p_at timestamptz) RETURNS text
LANGUAGE sql STABLE
AS $$
	SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

CREATE OR REPLACE FUNCTION job_schedule(p_period bigint, p_at bigint) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
	SELECT CASE WHEN p_period <= 60 THEN 'every minute'
		WHEN p_period = 86400 THEN 'daily at ' || to_char(
			make_interval(secs => p_at), 'HH24:MI') || ' UTC'
		WHEN p_period % 3600 = 0 THEN
			'every ' || p_period / 3600 || ' hours'
		ELSE 'every ' || p_period / 60 || ' minutes' END
$$;

-- The last moment at which a job was due by its table, at p_now.
CREATE OR REPLACE FUNCTION job_moment(p_period bigint, p_at bigint, p_now timestamptz)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE
AS $$
	SELECT to_timestamp(n - mod(n - p_at, p_period))
	FROM (SELECT floor(extract(epoch FROM p_now))::bigint AS n) x
$$;

CREATE OR REPLACE FUNCTION job_run_shown(r job_run) RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_build_object('id', r.id::text, 'job', r.job,
		'startedAt', moment(r.started_at),
		'finishedAt', moment(r.finished_at), 'state', r.state,
		'message', r.message, 'counted', r.counted)
$$;

-- A job of units: how those of one organisation are.
CREATE OR REPLACE FUNCTION job_of_units(p_org bigint, p_job text,
	OUT state text, OUT progress integer, OUT next_at timestamptz,
	OUT paused boolean, OUT overdue boolean, OUT units bigint,
	OUT failed bigint)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	v_at_work bigint;
	v_open bigint;
BEGIN
	SELECT coalesce(bool_or(c.paused), false) INTO job_of_units.paused
	FROM job_control c WHERE c.org_id = p_org AND c.job = p_job;
	SELECT count(*), count(*) FILTER (WHERE NOT lease_is_free(u.lease_until)),
		count(*) FILTER (WHERE u.state IN ('PENDING', 'ACTIVE')),
		count(*) FILTER (WHERE u.state = 'FAILED'),
		avg(u.progress)::integer,
		min(u.not_before) FILTER (WHERE u.state <> 'PAUSED'
			AND lease_is_free(u.lease_until))
	INTO job_of_units.units, v_at_work, v_open, job_of_units.failed,
		job_of_units.progress, job_of_units.next_at
	FROM job_unit u WHERE u.org_id = p_org AND u.job = p_job;
	job_of_units.state := CASE WHEN job_of_units.paused THEN 'PAUSED'
		WHEN v_at_work > 0 THEN 'ACTIVE' WHEN v_open > 0 THEN 'PENDING'
		WHEN job_of_units.failed > 0 THEN 'FAILED' ELSE 'FINISHED' END;
	-- A long queue that is worked on is not late.
	job_of_units.overdue := NOT job_of_units.paused AND v_at_work = 0
		AND coalesce(job_of_units.next_at < now() - interval '15 minutes',
			false);
	IF v_at_work + v_open = 0 THEN
		job_of_units.progress := NULL;
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION show_job(
	p_org bigint, p_name text, p_title text, p_period bigint, p_at bigint,
	p_units boolean)
RETURNS json
LANGUAGE plpgsql STABLE
AS $$
DECLARE
	u record;
	j job;
	v_run json;
BEGIN
	SELECT * INTO j FROM job WHERE name = p_name;
	IF p_units THEN
		SELECT * INTO u FROM job_of_units(p_org, p_name);
		SELECT job_run_shown(r) INTO v_run FROM job_run r
		WHERE r.org_id = p_org AND r.job = p_name
		ORDER BY r.id DESC LIMIT 1;
	ELSE
		SELECT coalesce(j.state, 'PENDING') AS state,
			NULL::integer AS progress,
			job_moment(p_period, p_at, now())
				+ make_interval(secs => p_period) AS next_at,
			coalesce(j.state = 'PAUSED', false) AS paused,
			-- An hour's grace, and a quarter for what is each minute.
			j.state IS DISTINCT FROM 'PAUSED' AND coalesce(
			j.started_at, '-infinity') < job_moment(p_period, p_at,
			now() - CASE WHEN p_period <= 60
				THEN interval '15 minutes' ELSE interval '1 hour'
				END) AS overdue,
			NULL::bigint AS units, NULL::bigint AS failed INTO u;
		IF j.started_at IS NOT NULL THEN
			v_run := json_build_object(
				'startedAt', moment(j.started_at),
				'finishedAt', moment(CASE WHEN j.finished_at
					>= j.started_at THEN j.finished_at END),
				'state', j.state, 'message', NULL);
		END IF;
	END IF;
	RETURN json_build_object('name', p_name, 'title', p_title,
		'schedule', job_schedule(p_period, p_at), 'state', u.state,
		'lastRun', v_run, 'nextDueAt', moment(u.next_at),
		'progress', u.progress, 'paused', u.paused,
		'mayRun', p_units, 'overdue', u.overdue, 'units', u.units,
		'failed', u.failed);
END
$$;

-- An admin's word to a job of units.
CREATE OR REPLACE FUNCTION run_job(p_org bigint, p_job text, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM act_on(p_org, 'admin');
	UPDATE job_unit SET not_before = now(), tries = 0
	WHERE org_id = p_org AND job = p_job AND state <> 'PAUSED'
	  AND lease_is_free(lease_until);
	INSERT INTO job_control AS c (org_id, job, run_asked_at)
	VALUES (p_org, p_job, now())
	ON CONFLICT (org_id, job) DO UPDATE SET run_asked_at = now();
	PERFORM audit_mine('job.run-asked', p_job, NULL, p_address);
END
$$;

CREATE OR REPLACE FUNCTION pause_job(
	p_org bigint, p_job text, p_paused boolean, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM act_on(p_org, 'admin');
	IF p_paused = coalesce((SELECT c.paused FROM job_control c
			WHERE c.org_id = p_org AND c.job = p_job), false) THEN
		RETURN;
	END IF;
	INSERT INTO job_control AS c (org_id, job, paused)
	VALUES (p_org, p_job, p_paused)
	ON CONFLICT (org_id, job) DO UPDATE SET paused = p_paused;
	PERFORM audit_mine(CASE WHEN p_paused THEN 'job.paused'
		ELSE 'job.resumed' END, p_job, NULL, p_address);
END
$$;

CREATE OR REPLACE TRIGGER tell_of_change
	AFTER INSERT OR UPDATE OF paused, run_asked_at ON job_control
	FOR EACH ROW EXECUTE FUNCTION tell_of_change('jobs');
