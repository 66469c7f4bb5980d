-- 50-jobs.sql: who leases units of work, and who says what is wanted.
--
-- The jobs see the units, runs and words of all organisations: which turn it is
-- cannot be told otherwise. What a unit's page writes is its organisation's,
-- as ever.

GRANT SELECT, INSERT, UPDATE, DELETE ON job_unit, job_run, job_control
	TO pulse_job;
CALL policy('job_unit', 'jobs', 'pulse_job', 'ALL', 'true');
CALL policy('job_run', 'jobs', 'pulse_job', 'ALL', 'true');
CALL policy('job_control', 'jobs', 'pulse_job', 'ALL', 'true');

-- Web: its own organisation's, and never a lease.
GRANT SELECT ON job_unit, job_run, job_control TO pulse_web;
GRANT INSERT (org_id, job, unit, not_before, checkpoint),
	UPDATE (state, not_before, checkpoint, tries, failures, message),
	DELETE ON job_unit TO pulse_web;
GRANT INSERT (org_id, job, paused, run_asked_at),
	UPDATE (paused, run_asked_at) ON job_control TO pulse_web;
GRANT EXECUTE ON FUNCTION want_unit(bigint, text, text, timestamptz),
	drop_unit(bigint, text, text), lease_is_free(timestamptz) TO pulse_web;

GRANT CREATE ON SCHEMA pulse TO pulse_engine;
ALTER FUNCTION tell_of_unit(bigint, text, text, bigint, text, integer, text)
	OWNER TO pulse_engine;
REVOKE CREATE ON SCHEMA pulse FROM pulse_engine;
