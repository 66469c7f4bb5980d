-- 70-jira.sql: Jira's records are written by ingest and the jobs; what signs in
-- at a Jira is read by the job alone.

GRANT SELECT, INSERT, UPDATE ON jira_project, jira_status, jira_account,
	jira_issue, jira_change, jira_sprint, jira_worklog
	TO pulse_ingest, pulse_job;
GRANT SELECT, INSERT, UPDATE, DELETE ON jira_sprint_issue
	TO pulse_ingest, pulse_job;
GRANT SELECT, INSERT, DELETE ON issue_mention TO pulse_ingest, pulse_job;
GRANT SELECT, INSERT, DELETE ON jira_seen TO pulse_job;
GRANT SELECT ON jira_project, jira_status, jira_account, jira_issue,
	jira_change, jira_sprint, jira_sprint_issue, jira_worklog,
	issue_mention, jira_sprint_figure, jira_issue_clock,
	issue_of_pull_request TO pulse_web, pulse_read;
GRANT SELECT, UPDATE ON jira_connection TO pulse_job;
GRANT SELECT (org_id, id, kind, host) ON connection TO pulse_job;
REVOKE EXECUTE ON FUNCTION jira_saw(bigint, bigint, bigint[]),
	jira_sweep(bigint, bigint, timestamptz),
	end_jira_round(bigint, bigint, timestamptz, text) FROM pulse_ingest;
GRANT EXECUTE ON FUNCTION number_in(text) TO pulse_web, pulse_read;

-- An administrator makes and takes away; a program that serves people has the
-- sealed credential from my_jira_connection() alone.
GRANT SELECT (org_id, id, base_url, deployment, auth, account, points_field,
	sprint_field, state, message, verified_at, last_used_at, swept_at),
	INSERT (org_id, id, base_url, deployment, auth, account, credential,
	points_field, verified_at), UPDATE (credential, account, points_field,
	state, message, last_used_at) ON jira_connection TO pulse_web;
GRANT SELECT (org_id, id, kind, host, name, created_at), INSERT, DELETE,
	UPDATE (name) ON connection TO pulse_web;
REVOKE EXECUTE ON FUNCTION my_jira_connection(bigint),
	add_jira_connection(bigint, bigint, text, text, text, text, text, text,
	text, text, text, text),
	change_jira_connection(bigint, bigint, text, text, text, text, text),
	remove_jira_connection(bigint, bigint, text)
	FROM pulse_ingest, pulse_job;
GRANT EXECUTE ON FUNCTION my_jira_connection(bigint),
	add_jira_connection(bigint, bigint, text, text, text, text, text, text,
	text, text, text, text),
	change_jira_connection(bigint, bigint, text, text, text, text, text),
	remove_jira_connection(bigint, bigint, text) TO pulse_web;

-- Before a tenant is known.
GRANT SELECT ON jira_connection TO pulse_lookup;
CALL policy('jira_connection', 'look_up', 'pulse_lookup', 'SELECT', 'true');
GRANT CREATE ON SCHEMA pulse TO pulse_lookup;
ALTER FUNCTION jira_door(bigint) OWNER TO pulse_lookup;
ALTER FUNCTION jira_host(text) OWNER TO pulse_lookup;
ALTER FUNCTION jira_fields(bigint) OWNER TO pulse_lookup;
ALTER FUNCTION my_jira_connection(bigint) OWNER TO pulse_lookup;
REVOKE CREATE ON SCHEMA pulse FROM pulse_lookup;
