/*
 * auth_tokens.c - personal access tokens, for scripts.
 *
 * A token is shown once; the database has its SHA-256. It stands for its owner
 * in the organisation that he made it in, with his role there as it is when it
 * is used, and of that what its scopes allow: read (GET), write (all), live
 * (the live connection). A token makes no tokens and ends no sessions.
 *
 * Tables: personal_token, session (sql/functions/19-credentials.sql).
 */
#include "base.h"

#include "auth.h"
#include "outbox.h"

const struct statement token_statements[] = {
	{ "my_tokens",
	  "SELECT id, name, scopes, hint, rfc3339(created_at),"
	  " rfc3339(expires_at), rfc3339(last_used_at), organisation"
	  " FROM my_tokens() WHERE $1::bigint IS NOT NULL" },
	{ "create_token",
	  "SELECT id, rfc3339(created_at), rfc3339(expires_at)"
	  " FROM create_token($2::bytea, $3, $4, $5, $6, $7)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ "end_my_token", "SELECT end_my_token($2, $3)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ NULL }
};

/* read,live as ["read","live"]. */
static const char *
scope_list(struct request *req, const char *scopes)
{
	char *to = arena_alloc(&req->arena, 3 * strlen(scopes) + 5), *p = to;

	*p++ = '[';
	*p++ = '"';
	for (; *scopes; scopes++)
		if (*scopes == ',') {
			memcpy(p, "\",\"", 3);
			p += 3;
		} else {
			*p++ = *scopes;
		}
	memcpy(p, "\"]", 3);
	return to;
}

static void
list_tokens(struct request *req)
{
	PGresult *rows = db_query(req, "my_tokens");

	if (!rows)
		return;
	text_clear(&req->out);
	text_add(&req->out, "{\"data\":[");
	for (int i = 0; i < PQntuples(rows); i++)
		text_addf(&req->out, "%s{\"id\":\"%s\",\"name\":%s,"
			  "\"scopes\":%s,\"hint\":\"%s\",\"createdAt\":\"%s\","
			  "\"expiresAt\":\"%s\",\"lastUsedAt\":%s,"
			  "\"organisation\":%s}", i ? "," : "",
			  row_text(rows, i, 0),
			  quoted(req, row_text(rows, i, 1)),
			  scope_list(req, row_text(rows, i, 2)),
			  row_text(rows, i, 3), row_text(rows, i, 4),
			  row_text(rows, i, 5),
			  quoted(req, row_text(rows, i, 6)),
			  quoted(req, row_text(rows, i, 7)));
	text_add(&req->out, "],\"next\":null}");
	reply_out(req, 200);
}

static void
create_token(struct request *req)
{
	char secret[SECRET_TEXT], hash[SECRET_HASH];
	char *scopes = arena_string(&req->arena, param(req, "scopes"));
	const char *token;
	PGresult *rows;
	size_t len = 0;

	/* The check has seen that there is nothing else in it. */
	for (const char *p = scopes; *p; p++)
		if (!strchr("[]\"", *p))
			scopes[len++] = *p;
	scopes[len] = '\0';
	new_secret(secret, hash);
	token = arena_printf(&req->arena, PERSONAL_TOKEN "%s", secret);
	hash_secret(token, hash);
	rows = db_query(req, "create_token", hash, param(req, "name"), scopes,
			param(req, "expiresInDays"), token + strlen(token) - 4,
			client_address(req));
	if (rows)
		reply_json(req, 201, "{\"id\":\"%s\",\"name\":%s,\"scopes\":%s,"
			   "\"hint\":\"%s\",\"createdAt\":\"%s\","
			   "\"expiresAt\":\"%s\",\"token\":\"%s\"}",
			   row_text(rows, 0, 0),
			   quoted(req, param(req, "name")),
			   scope_list(req, scopes), token + strlen(token) - 4,
			   row_text(rows, 0, 1), row_text(rows, 0, 2), token);
}

static void
end_token(struct request *req)
{
	PGresult *rows = db_query(req, "end_my_token", param(req, "id"),
				  client_address(req));

	if (!rows)
		return;
	if (*row_text(rows, 0, 0) != 't') {
		problem(req, NOT_FOUND, "you have no token \"%s\"",
			param(req, "id"));
		return;
	}
	outbox_wake();
	reply_empty(req, 204);
}

const struct route token_routes[] = {
	{ "GET", "/auth/tokens", SEE, list_tokens,
	  "One's personal access tokens", "Tokens", .token = BY_NONE },
	{ "POST", "/auth/tokens", SEE, create_token,
	  "Make a personal access token; it is shown once", "NewToken",
	  { { "name", is_title }, { "scopes", is_token_scopes },
	    { "expiresInDays", is_token_days, "90" } },
	  .status = 201, .token = BY_NONE },
	{ "DELETE", "/auth/tokens/{id}", SEE, end_token,
	  "Revoke a personal access token, at once", NULL,
	  { { "id", is_id } }, .status = 204, .token = BY_NONE },
	{ NULL }
};
