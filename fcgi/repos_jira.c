/*
 * repos_jira.c - how a Jira is asked for an organisation.
 *
 * A credential is tried before it is kept, sealed, and never shown again; the
 * secret of the webhook's door is shown once. Each connection is read by the
 * job sync-jira from then on.
 *
 * Tables: connection, jira_connection, job_unit (sql/schema.sql).
 */
#include "base.h"

#include "crypto.h"
#include "jira_client.h"
#include "json.h"
#include "repos.h"

#define SECONDS 8		/* for each question, while a person waits */

#define JIRA								\
	"SELECT json_build_object('id', c.id::text, 'kind', CASE j.auth"\
	" WHEN 'oauth' THEN 'jira_oauth' ELSE 'jira_token' END,"	\
	" 'host', c.host, 'name', c.name, 'state', j.state,"		\
	" 'message', j.message, 'lastUsedAt', "				\
	MOMENT("j.last_used_at") ", 'createdAt', "			\
	MOMENT("c.created_at") ", 'budget', NULL::json,"		\
	" 'url', j.base_url, 'deployment', j.deployment,"		\
	" 'pointsField', j.points_field, 'sprintField', j.sprint_field,"\
	" 'sync', (SELECT json_build_object('state', u.state,"		\
	" 'progress', u.progress, 'lastSyncedAt', "			\
	MOMENT("u.watermark") ", 'message', u.message, 'retryAt', "	\
	MOMENT("u.not_before") ") FROM job_unit u"			\
	" WHERE u.org_id = c.org_id AND u.job = 'sync-jira'"		\
	" AND u.unit = c.id::text)), c.id"				\
	" FROM connection c JOIN jira_connection j"			\
	" ON j.org_id = c.org_id AND j.id = c.id WHERE c.org_id = $1"

const struct statement jira_statements[] = {
	{ "jiras", JIRA " AND c.id > $2 ORDER BY c.id LIMIT $3::integer + 1" },
	{ "jira", JIRA " AND c.id = $2" },
	{ "next_jira", "SELECT nextval(pg_get_serial_sequence('connection',"
	  " 'id')) WHERE $1::bigint IS NOT NULL" },
	{ "add_jira", "SELECT add_jira_connection($1, $2, $3, $4, $5, $6, $7,"
	  " $8, $9, $10, nullif($11, ''), $12)" },
	{ "my_jira", "SELECT url, deployment, auth, account, credential"
	  " FROM my_jira_connection($2) WHERE $1::bigint IS NOT NULL" },
	{ "change_jira", "SELECT change_jira_connection($1, $2,"
	  " nullif($3, ''), nullif($4, ''), nullif($5, ''), nullif($6, ''),"
	  " $7)" },
	{ "note_jira", "UPDATE jira_connection SET state = $3,"
	  " message = nullif($4, ''), last_used_at = now()"
	  " WHERE org_id = $1 AND id = $2" },
	{ "remove_jira", "SELECT remove_jira_connection($1, $2, $3)" },
	{ NULL }
};

static const char *
test_credential(const char *value)
{
	size_t len = strlen(value);

	for (const char *p = value; *p; p++)
		if (*p <= 0x20 || *p > 0x7e)
			return "is no token: it has characters that none has";
	return len && len <= 4096 ? NULL : "is empty, or longer than 4096";
}

static const char *
test_field(const char *value)
{
	return !strncmp(value, "customfield_", 12) && value[12] &&
	       strlen(value + 12) <= 18 &&
	       strspn(value + 12, "0123456789") == strlen(value + 12)
		? NULL : "is not like customfield_10016";
}

static const struct check is_credential[1] = { { test_credential,
	"{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096}", false } };
const struct check is_field[1] = { { test_field, "{\"type\":"
	"\"string\",\"pattern\":\"^customfield_[0-9]{1,18}$\"}", false } };

static char *
seal(struct request *req, const char *what, const char *id, const char *plain)
{
	return secret_seal(plain, arena_printf(&req->arena, "%s/%" PRId64
					       "/%s", what, req->token.org,
					       id));
}

/* A member of an answer, or NULL. */
static const char *
said(struct request *req, const struct jira_answer *answer, const char *name)
{
	struct json_field fields[] = {
		{ name, JSON_TEXT, 0 }, { NULL }
	};
	struct json_shape shape = { fields, sizeof(const char *) };
	const char *problem;
	const char *const *value = json_read(
		answer->http.body.data ? answer->http.body.data : "",
		answer->http.body.len, &shape, &req->arena, &problem);

	return value ? *value : NULL;
}

/* Is it Cloud? What its server information says, which needs no credential. */
static bool
is_cloud(struct request *req, struct jira_site *site)
{
	struct jira_answer answer;
	const char *kind = NULL;

	if (jira_ask(site, "GET", "/rest/api/2/serverInfo", NULL, &answer) ==
	    JIRA_ANSWERED)
		kind = said(req, &answer, "deploymentType");
	jira_release(&answer);
	return kind && !strcmp(kind, "Cloud");
}

/* Whom the credential is taken for: NULL, and *answer says why not. */
static const char *
account_of(struct request *req, const struct jira_site *site,
	   struct jira_answer *answer)
{
	const char *path = site->cloud ? "/rest/api/3/myself"
				       : "/rest/api/2/myself";
	const char *name = NULL;

	if (jira_ask(site, "GET", path, NULL, answer) == JIRA_ANSWERED) {
		name = said(req, answer, "displayName");
		if (!name)
			snprintf(answer->problem, sizeof(answer->problem),
				 "it is no Jira");
	}
	return name;
}

static void
refuse(struct request *req, const struct jira_answer *answer)
{
	if (answer->outcome == JIRA_REFUSED)
		problem_field(req, "token", "is not taken by this Jira");
	else
		problem(req, PROVIDER_FAILED, "%s", answer->problem);
}

/* The address that `host` stands for; NULL: answered. */
static const char *
address_of(struct request *req, const char **host)
{
	const char *given = param(req, "host"), *copy;
	char *name, *url = jira_address(strstr(given, "://") ? given
		: arena_printf(&req->arena, "https://%s", given), &name);

	if (!url) {
		problem_field(req, "host", "is none of atlassian.net, and"
			      " none that is listed here (JIRA_HOSTS)");
		return NULL;
	}
	copy = arena_string(&req->arena, url);
	*host = arena_string(&req->arena, name);
	free(url);
	free(name);
	return copy;
}

static void
list_jiras(struct request *req)
{
	reply_page(req, db_query(req, "jiras", param(req, "cursor"),
				 param(req, "limit")));
}

/* One of them as the route answers, which may be that of all integrations. */
static const char *
shown(struct request *req, const char *id, bool *plain)
{
	PGresult *rows;

	*plain = !strcmp(req->route->answer, "Integration");
	rows = db_query(req, *plain ? "integration" : "jira", id);
	return rows ? row_text(rows, 0, 0) : NULL;
}

/* What was made, and the door's secret, which is told this once. */
static void
reply_new(struct request *req, const char *id, const char *secret)
{
	bool plain;
	const char *json = shown(req, id, &plain);

	if (json)
		reply_json(req, 201, "%s%.*s,\"webhook\":{"
			   "\"path\":\"/api/v1/webhooks/jira/%s\","
			   "\"secret\":\"%s\"}}",
			   plain ? "" : "{\"integration\":",
			   (int)(strlen(json) - plain), json, id, secret);
}

void
add_jira(struct request *req)
{
	char secret[SECRET_TEXT], unused[SECRET_HASH], *door, *token;
	const char *host, *id, *email = param(req, "email");
	struct jira_site site = {
		.account = email, .credential = param(req, "token"),
		.seconds = SECONDS,
	};
	struct jira_answer answer;
	PGresult *rows = db_query(req, "next_jira");

	site.url = rows ? address_of(req, &host) : NULL;
	if (!site.url)
		return;
	id = row_text(rows, 0, 0);
	site.cloud = is_cloud(req, &site);
	if (!account_of(req, &site, &answer)) {
		refuse(req, &answer);
		jira_release(&answer);
		return;
	}
	jira_release(&answer);
	new_secret(secret, unused);
	door = seal(req, "connection.secret", id, secret);
	token = seal(req, "jira_connection.credential", id, site.credential);
	rows = db_query(req, "add_jira", id, host, param(req, "name"),
			site.url, site.cloud ? "cloud" : "server",
			*email ? "token" : "bearer", email, door, token,
			param(req, "pointsField"), client_address(req));
	free(door);
	free(token);
	if (rows)
		reply_new(req, id, secret);
}

/* The connection of the path, with its credential open. False: answered. */
static bool
find_site(struct request *req, struct jira_site *site)
{
	const char *id = param(req, "id");
	PGresult *rows = db_query(req, "my_jira", id);
	char *plain;

	if (!rows)
		return false;
	if (!row_text(rows, 0, 0)) {
		problem(req, NOT_FOUND, "no Jira has this id");
		return false;
	}
	*site = (struct jira_site){
		.url = row_text(rows, 0, 0),
		.cloud = !strcmp(row_text(rows, 0, 1), "cloud"),
		.account = strcmp(row_text(rows, 0, 2), "token") ? ""
			: row_text(rows, 0, 3), .seconds = SECONDS,
	};
	plain = secret_open(row_text(rows, 0, 4), arena_printf(&req->arena,
		"jira_connection.credential/%" PRId64 "/%s", req->token.org,
		id));
	site->credential = arena_string(&req->arena, plain ? plain : "");
	free(plain);
	return true;
}

void
change_jira(struct request *req)
{
	const char *id = param(req, "id"), *token = param(req, "token");
	const char *email = param(req, "email");
	struct jira_answer answer;
	struct jira_site site;
	char *sealed = NULL;

	if (!find_site(req, &site))
		return;
	if (*token) {
		site.credential = token;
		if (*email)
			site.account = email;
		if (!account_of(req, &site, &answer))
			refuse(req, &answer);
		jira_release(&answer);
		if (req->answered)
			return;
		sealed = seal(req, "jira_connection.credential", id, token);
	} else if (*email) {
		problem_field(req, "email", "is changed with a token only");
		return;
	}
	if (db_query(req, "change_jira", id, param(req, "name"),
		     sealed ? sealed : "", sealed ? email : "",
		     param(req, "pointsField"), client_address(req))) {
		bool plain;
		const char *json = shown(req, id, &plain);

		if (json)
			reply_json(req, 200, "%s", json);
	}
	free(sealed);
}

static void
test_jira(struct request *req)
{
	const char *account, *state;
	struct jira_answer answer;
	struct jira_site site;

	if (!find_site(req, &site))
		return;
	account = account_of(req, &site, &answer);
	state = account ? "ok"
		: answer.outcome == JIRA_REFUSED ? "revoked" : "failing";
	if (db_query(req, "note_jira", param(req, "id"), state,
		     account ? "" : answer.problem))
		reply_json(req, 200, "{\"state\":\"%s\",\"account\":%s,"
			   "\"message\":%s}", state, quoted(req, account),
			   quoted(req, account ? NULL : answer.problem));
	jira_release(&answer);
}

void
remove_jira(struct request *req)
{
	reply_done(req, db_query(req, "remove_jira", param(req, "id"),
				 client_address(req)));
}

const struct route jira_routes[] = {
	{ "GET", "/integrations/jira", ADMINISTER, list_jiras,
	  "The Jiras that are read", "JiraPage",
	  { { "limit", is_limit, "100" }, { "cursor", is_event_id, "0" } } },
	{ "POST", "/integrations/jira", ADMINISTER, add_jira,
	  "Add a Jira, by a credential that is tried first", "NewJira",
	  { { "host", is_text, NULL, "acme.atlassian.net, or an address of"
	      " JIRA_HOSTS" },
	    { "email", is_email, "", JIRA_EMAIL },
	    { "token", is_credential }, { "name", is_text, "" },
	    { "pointsField", is_field, "", JIRA_POINTS } },
	  .status = 201, .token = BY_NONE },
	{ "PATCH", "/integrations/jira/{id}", ADMINISTER, change_jira,
	  "Another name, credential or field of points; with another field"
	  " all is read again", "Jira",
	  { { "id", is_id }, { "name", is_text, "" }, { "email", is_email, "" },
	    { "token", is_credential, "" }, { "pointsField", is_field, "" } },
	  .token = BY_NONE },
	{ "POST", "/integrations/jira/{id}/test", ADMINISTER, test_jira,
	  "Does Jira take the credential now?", "JiraTest",
	  { { "id", is_id } }, .token = BY_NONE },
	{ "DELETE", "/integrations/jira/{id}", ADMINISTER, remove_jira,
	  "Take one away, with all that was read of it", NULL,
	  { { "id", is_id } }, .status = 204, .token = BY_NONE },
	{ NULL }
};
