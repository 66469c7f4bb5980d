/*
 * repos_tokens.c - tokens of a repository, for its builds.
 *
 * A token is shown once; the database has its SHA-256. It is good for what
 * routes marked BY_REPOSITORY take (coverage, deployments, pull requests), of
 * its repository and of no other.
 *
 * Tables: repository_token (sql/functions/84-coverage.sql).
 */
#include "base.h"

#include "repos.h"

const struct statement repository_token_statements[] = {
	{ "repository_tokens",
	  "SELECT json_build_object('id', t.id::text, 'name', t.name, 'hint',"
	  " t.hint, 'createdAt', " MOMENT("t.created_at") ", 'createdBy',"
	  " t.created_by::text, 'lastUsedAt', " MOMENT("t.last_used_at") "),"
	  " t.id FROM repository_token t WHERE t.org_id = $1"
	  " AND t.repo_id = $2 AND t.id > $3 ORDER BY t.id"
	  " LIMIT $4::integer + 1" },
	{ "create_repository_token",
	  "SELECT create_repository_token($1, $2, $3, $4::bytea, $5, $6)" },
	{ "revoke_repository_token",
	  "SELECT revoke_repository_token($1, $2, $3, $4)" },
	{ NULL }
};

static void
list_tokens(struct request *req)
{
	if (sees_repository(req))
		reply_page(req, db_query(req, "repository_tokens",
			param(req, "repo"), param(req, "cursor"),
			param(req, "limit")));
}

static void
create_token(struct request *req)
{
	char secret[SECRET_TEXT], hash[SECRET_HASH];
	const char *token, *row;
	PGresult *rows;

	if (!sees_repository(req))
		return;
	new_secret(secret, hash);
	token = arena_printf(&req->arena, REPOSITORY_TOKEN "%s", secret);
	hash_secret(token, hash);
	rows = db_query(req, "create_repository_token", param(req, "repo"),
			param(req, "name"), hash, token + strlen(token) - 4,
			client_address(req));
	if (!rows)
		return;
	/* The row's JSON with one member more. */
	row = row_text(rows, 0, 0);
	reply_header(req, "Cache-Control", "no-store");
	reply_json(req, 201, "%.*s,\"token\":\"%s\"}",
		   (int)(strrchr(row, '}') - row), row, token);
}

static void
revoke_token(struct request *req)
{
	PGresult *rows;

	if (!sees_repository(req))
		return;
	rows = db_query(req, "revoke_repository_token", param(req, "repo"),
			param(req, "repositoryToken"), client_address(req));
	if (rows && *row_text(rows, 0, 0) != 't')
		problem(req, NOT_FOUND, "the repository has no token \"%s\"",
			param(req, "repositoryToken"));
	else
		reply_done(req, rows);
}

const struct route repository_token_routes[] = {
	{ "GET", "/repos/{repo}/tokens", CONNECT, list_tokens,
	  "The tokens that the repository's builds report with",
	  "RepositoryTokenPage", {
		{ "repo", is_id }, { "limit", is_limit, "100" },
		{ "cursor", is_event_id, "0" } }, .token = BY_NONE },
	{ "POST", "/repos/{repo}/tokens", CONNECT, create_token,
	  "Make a token for the repository's builds; it is shown once",
	  "NewRepositoryToken", { { "repo", is_id }, { "name", is_title } },
	  .status = 201, .token = BY_NONE },
	{ "DELETE", "/repos/{repo}/tokens/{repositoryToken}", CONNECT,
	  revoke_token, "Revoke a token of the repository, at once", NULL,
	  { { "repo", is_id }, { "repositoryToken", is_id } },
	  .status = 204, .token = BY_NONE },
	{ NULL }
};
