/*
 * repos_integrations.c - how other services are asked for an organisation.
 *
 * A token is tried before it is kept, sealed, and never shown again. Each
 * integration is a door for webhooks too.
 *
 * What is a Jira's goes to repos_jira.c.
 *
 * Tables: connection, github_connection, jira_connection (sql/schema.sql).
 */
#include "base.h"

#include "crypto.h"
#include "http.h"
#include "repos.h"
#include "repos_github.h"

#define INTEGRATION							\
	"SELECT json_build_object('id', c.id::text, 'kind', CASE"	\
	" coalesce(g.kind, j.auth) WHEN 'app' THEN 'github_app'"	\
	" WHEN 'oauth' THEN 'jira_oauth' ELSE CASE"			\
	" WHEN g.kind IS NOT NULL THEN 'github_token'"			\
	" WHEN j.auth IS NOT NULL THEN 'jira_token'"			\
	" ELSE 'webhook' END END, 'host', c.host, 'name', CASE c.name"	\
	" WHEN '' THEN coalesce(g.login, '') ELSE c.name END,"		\
	" 'state', coalesce(g.state, j.state, 'ok'),"			\
	" 'message', coalesce(g.message, j.message), 'lastUsedAt', "	\
	MOMENT("coalesce(g.last_used_at, j.last_used_at)")		\
	", 'createdAt', "						\
	MOMENT("c.created_at") ", 'budget', CASE WHEN g.budgets[1] > 0"	\
	" THEN json_build_object('limit', g.budgets[1], 'remaining',"	\
	" g.budgets[2], 'resetAt', "					\
	MOMENT("to_timestamp(g.budgets[3] / 1000.0)") ") END), c.id"	\
	" FROM connection c LEFT JOIN github_connection g"		\
	" ON g.org_id = c.org_id AND g.id = c.id"			\
	" LEFT JOIN jira_connection j"					\
	" ON j.org_id = c.org_id AND j.id = c.id"

const struct statement integration_statements[] = {
	{ "integrations", INTEGRATION " WHERE c.org_id = $1"
	  " AND c.id > $2 ORDER BY c.id LIMIT $3::integer + 1" },
	{ "is_jira", "SELECT 1 FROM jira_connection"
	  " WHERE org_id = $1 AND id = $2" },
	{ "integration", INTEGRATION " WHERE c.org_id = $1 AND c.id = $2" },
	{ "next_connection", "SELECT nextval(pg_get_serial_sequence("
	  "'connection', 'id')) WHERE $1::bigint IS NOT NULL" },
	{ "add_github_connection", "SELECT add_github_connection($1, $2, $3,"
	  " $4, $5, $6, $7, nullif($8, ''), nullif($9::bigint, 0),"
	  " $10)" },
	{ "remove_integration",
	  "SELECT remove_github_connection($1, $2, $3)" },
	{ "name_integration",
	  "UPDATE connection SET name = $3 WHERE org_id = $1 AND id = $2" },
	{ "renew_credential", "UPDATE github_connection SET credential = $3,"
	  " login = $4, state = 'ok', message = NULL, budgets ="
	  " '{0,0,0,0,0,0}', not_before = NULL, strikes = 0"
	  " WHERE org_id = $1 AND id = $2 AND kind = 'token'" },
	{ "host_of_integration", "SELECT c.host, coalesce(g.kind, 'webhook')"
	  " FROM connection c LEFT JOIN github_connection g"
	  " ON g.org_id = c.org_id AND g.id = c.id"
	  " WHERE c.org_id = $1 AND c.id = $2 AND c.kind = 'github'" },
	{ "wake_failed", "SELECT want_unit($1, u.job, u.unit, NULL)"
	  " FROM job_unit u JOIN repository r ON r.org_id = u.org_id"
	  " AND r.id::text = u.unit WHERE u.org_id = $1"
	  " AND r.connection_id = $2 AND u.state = 'FAILED'"
	  " AND u.job IN ('backfill-repos', 'sync-github')" },
	{ "my_github_connection", "SELECT kind, host, credential, installation"
	  " FROM my_github_connection($2) WHERE $1::bigint IS NOT NULL" },
	{ NULL }
};

static const char *
test_kind(const char *value)
{
	return strcmp(value, "github_token") && strcmp(value, "jira_token")
		? "is not github_token or jira_token" : NULL;
}

static const char *
test_credential(const char *value)
{
	size_t len = strlen(value);

	for (const char *p = value; *p; p++)
		if (*p <= 0x20 || *p > 0x7e)
			return "is no token: it has characters that none has";
	return len && len <= 4096 ? NULL : "is empty, or longer than 4096";
}

static const struct check is_kind[1] = { { test_kind,
	"{\"type\":\"string\",\"enum\":[\"github_token\","
	"\"jira_token\"]}", false } };
static const struct check is_credential[1] = { { test_credential,
	"{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096}", false } };

void
integrations_start(void)
{
	char *probe = secret_seal("", "probe");

	free(probe);			/* dies without a key */
	http_start();
}

static void
list_integrations(struct request *req)
{
	reply_page(req, db_query(req, "integrations", param(req, "cursor"),
				 param(req, "limit")));
}

static const char *
host_or_own(struct request *req)
{
	const char *host = param(req, "host");
	char *own;

	if (*host)
		return text_lower(arena_string(&req->arena, host));
	own = github_host();
	host = arena_string(&req->arena, own);
	free(own);
	return host;
}

static void
add_github(struct request *req)
{
	char secret[SECRET_TEXT], unused[SECRET_HASH], *door, *token;
	PGresult *rows = db_query(req, "next_connection");
	const char *host = host_or_own(req), *login, *id;

	if (!rows)
		return;
	id = row_text(rows, 0, 0);
	login = github_login_of(req, host, param(req, "token"));
	if (!login)
		return;
	new_secret(secret, unused);
	door = github_seal(req, "connection.secret", id, secret);
	token = github_seal(req, "github_connection.credential", id,
			    param(req, "token"));
	rows = db_query(req, "add_github_connection", id, "token", host,
			param(req, "name"), login, door, token, "0",
			client_address(req));
	free(door);
	free(token);
	if (rows)
		reply_row(req, db_query(req, "integration", id), 201);
}

static void
add_integration(struct request *req)
{
	(strcmp(param(req, "kind"), "jira_token") ? add_github : add_jira)(req);
}

/* Is it a Jira? False too when that was answered. */
static bool
is_jira(struct request *req)
{
	PGresult *rows = db_query(req, "is_jira", param(req, "id"));

	return rows && PQntuples(rows);
}

static void
change_github(struct request *req)
{
	const char *id = param(req, "id"), *token = param(req, "token"), *login;
	PGresult *rows = db_query(req, "host_of_integration", id);
	char *sealed;

	if (!rows)
		return;
	if (!PQntuples(rows)) {
		problem(req, NOT_FOUND, "no integration has this id");
		return;
	}
	if (*token && strcmp(row_text(rows, 0, 1), "token")) {
		problem_field(req, "token", "is not what this integration has");
		return;
	}
	if (*token) {
		login = github_login_of(req, row_text(rows, 0, 0), token);
		if (!login)
			return;
		sealed = github_seal(req, "github_connection.credential", id,
				     token);
		rows = db_query(req, "renew_credential", id, sealed, login);
		free(sealed);
		if (!rows || !db_query(req, "wake_failed", id))
			return;
	}
	if (*param(req, "name") &&
	    !db_query(req, "name_integration", id, param(req, "name")))
		return;
	reply_row(req, db_query(req, "integration", id), 200);
}

static void
change_integration(struct request *req)
{
	bool jira = is_jira(req);

	if (!req->answered)
		(jira ? change_jira : change_github)(req);
}

static void
remove_integration(struct request *req)
{
	bool jira = is_jira(req);

	if (jira)
		remove_jira(req);
	else if (!req->answered)
		reply_done(req, db_query(req, "remove_integration",
					 param(req, "id"),
					 client_address(req)));
}

const struct route integration_routes[] = {
	{ "GET", "/integrations", ADMINISTER, list_integrations,
	  "How other services are asked", "IntegrationPage",
	  { { "limit", is_limit, "100" }, { "cursor", is_event_id, "0" } } },
	{ "POST", "/integrations", ADMINISTER, add_integration,
	  "Add one, by a token that is tried first", "Integration",
	  { { "kind", is_kind },
	    { "token", is_credential },
	    { "host", is_text, "", "Of GITHUB_HOSTS; else GITHUB_URL's. Of a"
	      " Jira it is required" },
	    { "name", is_text, "" }, { "email", is_email, "", JIRA_EMAIL },
	    { "pointsField", is_field, "", JIRA_POINTS } },
	  .status = 201, .token = BY_NONE },
	{ "PATCH", "/integrations/{id}", ADMINISTER, change_integration,
	  "Another name, or another token", "Integration",
	  { { "id", is_id }, { "name", is_text, "" },
	    { "token", is_credential, "" },
	    { "email", is_email, "", JIRA_EMAIL },
	    { "pointsField", is_field, "", JIRA_POINTS } }, .token = BY_NONE },
	{ "DELETE", "/integrations/{id}", ADMINISTER, remove_integration,
	  "Take one away; its repositories keep what they have", NULL,
	  { { "id", is_id } }, .status = 204, .token = BY_NONE },
	{ NULL }
};
