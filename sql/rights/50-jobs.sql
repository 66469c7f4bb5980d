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

-- Dead letters: the row is the tenant's, the bytes are shown to its admins by
-- show_letter() alone.
GRANT SELECT (id, door, guid, org_id, event, received_at, state, attempts,
	reason), UPDATE (state, attempts, next_attempt_at, reason)
	ON delivery TO pulse_web;
GRANT SELECT ON delivery_body TO pulse_lookup;
CALL policy('delivery_body', 'look_up', 'pulse_lookup', 'SELECT', 'true');
CALL policy('delivery_body_other', 'look_up', 'pulse_lookup', 'SELECT', 'true');

GRANT CREATE ON SCHEMA pulse TO pulse_lookup;
ALTER FUNCTION own_letter(bigint, bigint) OWNER TO pulse_lookup;
ALTER FUNCTION show_letter(bigint, bigint, boolean) OWNER TO pulse_lookup;
REVOKE CREATE ON SCHEMA pulse FROM pulse_lookup;
GRANT EXECUTE ON FUNCTION repository_named(bytea), body_text(bytea, integer),
	moment(timestamptz) TO pulse_lookup;
REVOKE EXECUTE ON FUNCTION own_letter(bigint, bigint),
	show_letter(bigint, bigint, boolean) FROM pulse_ingest, pulse_job;
GRANT EXECUTE ON FUNCTION own_letter(bigint, bigint),
	show_letter(bigint, bigint, boolean),
	replay_letters(bigint, bigint, text),
	discard_letter(bigint, bigint, text), moment(timestamptz),
	job_schedule(bigint, bigint),
	job_moment(bigint, bigint, timestamptz), job_run_shown(job_run),
	job_of_units(bigint, text),
	show_job(bigint, text, text, bigint, bigint, boolean),
	run_job(bigint, text, text),
	pause_job(bigint, text, boolean, text) TO pulse_web;

-- Erasing a person: asked by the web role, done by the job, which may do in the
-- audit log what erase_audit() does and nothing else.
GRANT SELECT (org_id, id, pseudonym, asked_by, asked_at, finished_at, records,
	bodies), INSERT (org_id, logins, emails, pseudonym, asked_by)
	ON erasure TO pulse_web;
GRANT SELECT, UPDATE ON erasure TO pulse_job;
GRANT SELECT (email) ON invitation TO pulse_job;
GRANT SELECT, UPDATE (actor, actor_id, address, subject, detail)
	ON audit_log TO pulse_engine;
CALL policy('audit_log', 'erased', 'pulse_engine', 'ALL', 'true');
GRANT CREATE ON SCHEMA pulse TO pulse_engine;
ALTER FUNCTION erase_audit(bigint, text[], text, text) OWNER TO pulse_engine;
REVOKE CREATE ON SCHEMA pulse FROM pulse_engine;
GRANT EXECUTE ON FUNCTION scrub(text, text, text, text), tenant()
	TO pulse_engine;
REVOKE EXECUTE ON FUNCTION erase_audit(bigint, text[], text, text)
	FROM pulse_ingest;
GRANT EXECUTE ON FUNCTION begin_erasure(bigint, text, text),
	ask_erasure(bigint, text, text), show_erasure(bigint, bigint)
	TO pulse_web;
