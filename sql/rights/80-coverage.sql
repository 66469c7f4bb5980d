-- 80-coverage.sql: who may write what tools report.
--
-- The program `repos` is pulse_web: it writes its session's or token's
-- organisation's rows and no others (tenant_by_session of 10-roles.sql). No
-- program reads the hash of a token: two functions know it.

GRANT SELECT (org_id, id, repo_id, name, hint, created_by, created_at,
	last_used_at), INSERT, DELETE ON repository_token TO pulse_web;
GRANT SELECT ON coverage, coverage_part, environment_rule,
	default_environment, incident TO pulse_web, pulse_read, pulse_job;
GRANT SELECT, INSERT, UPDATE, DELETE ON coverage, coverage_part TO pulse_web;
GRANT INSERT, DELETE ON environment_rule, deployment_rule TO pulse_web;
GRANT SELECT ON deployment_rule, ruled_deployment
	TO pulse_web, pulse_read, pulse_ingest, pulse_job;
-- New rules: what was a deployment by the old ones is none.
GRANT DELETE ON deployment TO pulse_web;
GRANT INSERT, UPDATE ON incident TO pulse_web;
GRANT SELECT, INSERT, DELETE ON report TO pulse_web;

-- Records that came by report, and their lines of the feed.
GRANT INSERT, UPDATE ON pull_request, deployment, deployment_status,
	activity_event TO pulse_web;
GRANT INSERT ON outbox, rollup_delta TO pulse_web;
GRANT EXECUTE ON FUNCTION fresh(), event_head(bigint, text, text),
	json_name(text),
	store_pull_requests(bigint, integer[], bigint[], bigint[], bigint[],
	text[], text[], boolean[], text[], bigint[], boolean[], timestamptz[],
	timestamptz[], timestamptz[], timestamptz[], text[], text[], text[],
	text[], text[], bigint[], boolean[], integer[], integer[], integer[],
	integer[], text[], bigint[], bigint[]),
	store_deployments(bigint, integer[], bigint[], text[], text[], text[],
	text[], text[], text[], text[], bigint[], boolean[], timestamptz[],
	text[], bigint[], bigint[]),
	store_deployment_statuses(bigint, integer[], bigint[], bigint[],
	text[], text[], text[], timestamptz[], bigint[], bigint[]),
	store_events(bigint, integer[], bigint[], text[], text[],
	timestamptz[], text[], text[], text[], boolean[], bigint[], bigint[])
	TO pulse_web;

GRANT SELECT, UPDATE ON repository_token TO pulse_lookup;
CALL policy('repository_token', 'look_up', 'pulse_lookup', 'ALL', 'true');

GRANT CREATE ON SCHEMA pulse TO pulse_lookup;
ALTER FUNCTION open_repository_token(bytea) OWNER TO pulse_lookup;
ALTER FUNCTION enter_repository(bytea) OWNER TO pulse_lookup;
REVOKE CREATE ON SCHEMA pulse FROM pulse_lookup;
REVOKE EXECUTE ON FUNCTION open_repository_token(bytea),
	enter_repository(bytea),
	create_repository_token(bigint, bigint, text, bytea, text, text),
	revoke_repository_token(bigint, bigint, bigint, text),
	set_environments(bigint, jsonb, text),
	set_deployment_rules(bigint, jsonb, text) FROM pulse_ingest, pulse_job;
GRANT EXECUTE ON FUNCTION open_repository_token(bytea),
	enter_repository(bytea) TO pulse_web, pulse_auth, pulse_read;
GRANT EXECUTE ON FUNCTION token_repository(),
	create_repository_token(bigint, bigint, text, bytea, text, text),
	revoke_repository_token(bigint, bigint, bigint, text),
	coverage_percent(bigint, bigint),
	store_coverage(bigint, bigint, text, text, text, text, bigint, bigint,
	text[], integer[], integer[]),
	begin_report(bigint, text, bytea, text),
	store_incident(bigint, text, text, text, text, text, text,
	timestamptz, timestamptz, text, bigint),
	fits_pattern(text, text), environments_of(bigint),
	tier_of(bigint, text), set_environments(bigint, jsonb, text),
	set_deployment_rules(bigint, jsonb, text),
	lock_deployment_rules(bigint, boolean) TO pulse_web;
GRANT EXECUTE ON FUNCTION coverage_percent(bigint, bigint),
	fits_pattern(text, text), environments_of(bigint),
	tier_of(bigint, text) TO pulse_read;
