-- 60-github.sql: connections to GitHub: made and taken away by an
-- administrator, used by the jobs. Their credentials are sealed; a program
-- that serves people gets one by my_github_connection() alone.

GRANT SELECT (org_id, id, kind, login, installation, state, message,
	created_by, last_used_at, budgets, not_before, strikes, listed_at,
	list_page, list_until), INSERT, DELETE, UPDATE (state, message, budgets,
	not_before, strikes, last_used_at, listed_at, list_page, list_until,
	credential, login) ON github_connection TO pulse_web;
GRANT INSERT, DELETE, UPDATE (name) ON connection TO pulse_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON available_repository TO pulse_web;
GRANT INSERT (org_id, host, github_id, full_name, private, archived,
	connected_by, source, connection_id, hook_state),
	UPDATE (connected_by, connected_at, source, connection_id, hook_id,
	hook_state, disconnected_at) ON repository TO pulse_web;

GRANT SELECT, UPDATE ON github_connection TO pulse_job;
GRANT SELECT (org_id, id, kind, host) ON connection TO pulse_job;
GRANT SELECT, INSERT, UPDATE, DELETE ON github_etag TO pulse_job;

GRANT SELECT ON github_connection, github_identity TO pulse_lookup;
CALL policy('github_connection', 'look_up', 'pulse_lookup', 'SELECT', 'true');
CALL policy('github_identity', 'look_up', 'pulse_lookup', 'SELECT', 'true');
GRANT SELECT, INSERT (host, github_id, org_id, account),
	UPDATE (org_id, account) ON installation TO pulse_engine;
CALL policy('installation', 'engine', 'pulse_engine', 'ALL', 'true');

GRANT CREATE ON SCHEMA pulse TO pulse_lookup, pulse_engine;
ALTER FUNCTION my_github_connection(bigint) OWNER TO pulse_lookup;
ALTER FUNCTION my_github_identity() OWNER TO pulse_lookup;
ALTER FUNCTION bind_installation(text, bigint, text) OWNER TO pulse_engine;
REVOKE CREATE ON SCHEMA pulse FROM pulse_lookup, pulse_engine;

REVOKE EXECUTE ON FUNCTION my_github_connection(bigint), my_github_identity(),
	bind_installation(text, bigint, text),
	add_github_connection(bigint, bigint, text, text, text, text, text,
	text, bigint, text), remove_github_connection(bigint, bigint, text),
	connect_repositories(bigint, bigint[], text, text),
	disconnect_repository(bigint, bigint, text)
	FROM pulse_ingest, pulse_job;
GRANT EXECUTE ON FUNCTION my_github_connection(bigint), my_github_identity(),
	bind_installation(text, bigint, text),
	add_github_connection(bigint, bigint, text, text, text, text, text,
	text, bigint, text), remove_github_connection(bigint, bigint, text),
	claim_lists(bigint), store_available(bigint, bigint, json, integer),
	note_github(bigint, bigint, text, text, bigint[], timestamptz, integer),
	connect_repositories(bigint, bigint[], text, text),
	disconnect_repository(bigint, bigint, text), sync_of(bigint, bigint),
	health_of(bigint, bigint) TO pulse_web;
