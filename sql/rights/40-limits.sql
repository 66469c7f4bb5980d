-- 40-limits.sql: limits are counted by take_limit() alone, and forgotten by the
-- job.

GRANT SELECT, INSERT, UPDATE ON rate_limit TO pulse_engine;
CALL policy('rate_limit', 'engine', 'pulse_engine', 'ALL', 'true');
GRANT SELECT, DELETE ON rate_limit TO pulse_job;
CALL policy('rate_limit', 'retention', 'pulse_job', 'ALL', 'true');

GRANT CREATE ON SCHEMA pulse TO pulse_engine;
ALTER FUNCTION take_limit(text, text, integer, integer, integer) OWNER TO pulse_engine;
REVOKE CREATE ON SCHEMA pulse FROM pulse_engine;
REVOKE EXECUTE ON FUNCTION take_limit(text, text, integer, integer, integer)
	FROM pulse_ingest, pulse_job;
GRANT EXECUTE ON FUNCTION take_limit(text, text, integer, integer, integer)
	TO pulse_web, pulse_auth, pulse_read;
REVOKE EXECUTE ON FUNCTION forget_limits(integer) FROM pulse_ingest;
