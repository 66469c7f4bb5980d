/*
 * repos_github.c - ask GitHub while a person waits.
 */
#include "base.h"

#include "conf.h"
#include "crypto.h"
#include "json.h"
#include "repos_github.h"

struct account {
	const char *login;
};

static const struct json_field account_fields[] = {
	{ "login", JSON_TEXT, offsetof(struct account, login) },
	{ NULL }
};
static const struct json_shape account_shape = {
	account_fields, sizeof(struct account)
};

struct installed {
	int64_t id;
	struct account *account;
};

static const struct json_field installed_fields[] = {
	{ "id", JSON_INT, offsetof(struct installed, id) },
	{ "account", JSON_OBJECT, offsetof(struct installed, account),
	  &account_shape },
	{ NULL }
};
static const struct json_shape installed_shape = {
	installed_fields, sizeof(struct installed)
};

struct installations {
	struct json_array installations;
};

static const struct json_field installations_fields[] = {
	{ "installations", JSON_ARRAY,
	  offsetof(struct installations, installations), &installed_shape },
	{ NULL }
};
static const struct json_shape installations_shape = {
	installations_fields, sizeof(struct installations)
};

char *
github_seal(struct request *req, const char *what, const char *id,
	    const char *secret)
{
	return secret_seal(secret, arena_printf(&req->arena, "%s/%" PRId64
						"/%s", what, req->token.org,
						id));
}

/* The App's key, read when it is needed. */
static const char *
read_key(struct request *req)
{
	const char *path = conf_get("GITHUB_APP_KEY_FILE");
	FILE *file = path ? fopen(path, "r") : NULL;
	char *key;
	size_t got;

	if (!file)
		return NULL;
	key = arena_alloc(&req->arena, 16384);
	got = fread(key, 1, 16383, file);
	key[got] = '\0';
	fclose(file);
	return key;
}

static const char *
address_of(struct request *req, const char *host)
{
	char *url = github_url_of(host);
	const char *copy = arena_string(&req->arena, url);

	free(url);
	return copy;
}

bool
github_credential_of(struct request *req, const char *connection,
		     struct github_credential *credential)
{
	PGresult *rows = db_query(req, "my_github_connection", connection);
	const char *kind = rows ? row_text(rows, 0, 0) : NULL;
	char *token = NULL;

	memset(credential, 0, sizeof(*credential));
	if (!rows)
		return false;
	if (!kind) {
		problem(req, NOT_FOUND, "no integration has this id");
		return false;
	}
	credential->url = address_of(req, row_text(rows, 0, 1));
	if (!strcmp(kind, "token")) {
		token = secret_open(row_text(rows, 0, 2), arena_printf(
			&req->arena, "github_connection.credential/%" PRId64
			"/%s", req->token.org, connection));
		credential->token = arena_string(&req->arena, token);
		free(token);
	} else {
		text_to_int(row_text(rows, 0, 3), 1, INT64_MAX,
			    &credential->installation);
		credential->app_id = conf_get("GITHUB_APP_ID");
		credential->app_key = read_key(req);
	}
	if (credential->url && (credential->token || credential->app_key))
		return true;
	problem(req, PROVIDER_FAILED, "this integration cannot be used here "
		"any more");
	return false;
}

const char *
github_login_of(struct request *req, const char *host, const char *token)
{
	struct github_credential credential = {
		.url = address_of(req, host), .token = token
	};
	struct github_answer answer = { 0 };
	const struct account *account = NULL;
	const char *why;

	if (!credential.url) {
		problem_field(req, "host", "is none that is listed here");
		return NULL;
	}
	github_ask(&credential, "GET", "/user", NULL, NULL, &answer);
	if (answer.outcome == GITHUB_GOOD && answer.body.data)
		account = json_read(answer.body.data, answer.body.len,
				    &account_shape, &req->arena, &why);
	if (answer.outcome == GITHUB_DENIED)
		problem_field(req, "token", "is refused by GitHub");
	else if (!account || !account->login)
		problem(req, PROVIDER_FAILED, "GitHub does not say whose the "
			"token is: %s", answer.why);
	github_release_answer(&answer);
	return account ? account->login : NULL;
}

const char *
github_installation_of(struct request *req, int64_t id, const char **host)
{
	PGresult *rows = db_query(req, "my_github_identity");
	struct github_credential credential = { 0 };
	struct github_answer answer = { 0 };
	const struct installations *read = NULL;
	const struct installed *list;
	const char *found = NULL, *why;
	char *token;

	if (!rows || !PQntuples(rows) || !row_text(rows, 0, 3))
		return NULL;
	token = secret_open(row_text(rows, 0, 3), arena_printf(&req->arena,
		"github_identity.token/%s/%s", row_text(rows, 0, 2),
		row_text(rows, 0, 1)));
	*host = row_text(rows, 0, 0);
	credential.url = address_of(req, *host);
	credential.token = arena_string(&req->arena, token);
	free(token);
	if (!credential.url || !credential.token)
		return NULL;
	github_ask(&credential, "GET", "/user/installations?per_page=100",
		   NULL, NULL, &answer);
	if (answer.outcome == GITHUB_GOOD && answer.body.data)
		read = json_read(answer.body.data, answer.body.len,
				 &installations_shape, &req->arena, &why);
	list = read ? read->installations.items : NULL;
	for (size_t i = 0; read && i < read->installations.count; i++)
		if (list[i].id == id)
			found = list[i].account && list[i].account->login
				? list[i].account->login : "";
	github_release_answer(&answer);
	return found;
}
