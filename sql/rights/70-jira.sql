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
	jira_sweep(bigint, bigint, timestamptz) FROM pulse_ingest;
GRANT EXECUTE ON FUNCTION number_in(text) TO pulse_web, pulse_read;

-- Before a tenant is known.
GRANT SELECT ON jira_connection TO pulse_lookup;
CALL policy('jira_connection', 'look_up', 'pulse_lookup', 'SELECT', 'true');
GRANT CREATE ON SCHEMA pulse TO pulse_lookup;
ALTER FUNCTION jira_door(bigint) OWNER TO pulse_lookup;
ALTER FUNCTION jira_host(text) OWNER TO pulse_lookup;
ALTER FUNCTION jira_fields(bigint) OWNER TO pulse_lookup;
REVOKE CREATE ON SCHEMA pulse FROM pulse_lookup;
