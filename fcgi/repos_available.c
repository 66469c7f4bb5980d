/*
 * repos_available.c - what may be connected, and connecting it.
 *
 * The list is a table's; when it is older than ten minutes whoever looks at it
 * asks GitHub, a few pages at a time, and what is not there then comes with the
 * next look. What is connected is fetched by the job backfill-repos.
 */
#include "base.h"

#include "clock.h"
#include "github_pages.h"
#include "outbox.h"
#include "repos.h"
#include "repos_github.h"

#define PAGES_AT_ONCE 10
#define PATIENCE 8000000	/* microseconds of one request */

#define AVAILABLE(where)						\
	"SELECT json_build_object('githubId', a.github_id::text,"	\
	" 'host', c.host, 'fullName', a.full_name, 'private', a.private,"\
	" 'archived', a.archived, 'pushedAt', " MOMENT("a.pushed_at") ","\
	" 'connected', EXISTS (SELECT FROM repository r"		\
	" WHERE r.org_id = $1 AND r.host = c.host"			\
	" AND r.github_id = a.github_id AND r.disconnected_at IS NULL),"\
	" 'via', a.connection_id::text), a.full_name"			\
	" FROM available_repository a JOIN connection c"		\
	" ON c.org_id = a.org_id AND c.id = a.connection_id"		\
	" WHERE a.org_id = $1 AND a.full_name > $2"			\
	" AND NOT EXISTS (SELECT FROM available_repository b"		\
	" WHERE b.org_id = $1 AND b.full_name = a.full_name"		\
	" AND b.github_id = a.github_id"				\
	" AND b.connection_id < a.connection_id)" where			\
	" ORDER BY a.full_name LIMIT $3::integer + 1"

const struct statement available_statements[] = {
	{ "available", AVAILABLE("") },
	{ "available_named", AVAILABLE(
	  " AND strpos(lower(a.full_name), lower($4)) > 0") },
	{ "lists_are", "SELECT " MOMENT("min(listed_at)") ","
	  " coalesce(bool_or(list_page > 0), false) FROM github_connection"
	  " WHERE org_id = $1 AND state <> 'revoked'" },
	{ "claim_lists", "SELECT of_connection, at_page FROM claim_lists($1)" },
	{ "store_available", "SELECT store_available($1, $2, $3::json,"
	  " $4::integer)" },
	{ "connect", "SELECT json_build_object('connected', count(*), 'data',"
	  " coalesce(json_agg(json_build_object('id', c.repo::text)), '[]'))"
	  " FROM connect_repositories($1, ARRAY(SELECT x::bigint FROM"
	  " json_array_elements_text($2::json) x), $3, $4) c" },
	{ "disconnect", "SELECT disconnect_repository($1, $2, $3)" },
	{ "sync_now", "SELECT CASE WHEN u.unit IS NOT NULL THEN"
	  " want_unit($1, u.job, u.unit, NULL) END FROM job_unit u"
	  " WHERE u.org_id = $1 AND u.unit = $2 AND u.job IN"
	  " ('backfill-repos', 'sync-github') ORDER BY u.job ="
	  " 'backfill-repos' AND u.state = 'FINISHED', u.job LIMIT 1" },
	{ "sync", "SELECT coalesce(sync_of($1, $2), '{\"state\":null}')" },
	{ NULL }
};

static const char *
test_ids(const char *value)
{
	size_t digits = 0, quotes = 0;

	if (strlen(value) > 100000 || *value != '[')
		return "is not a list of ids";
	for (const char *p = value; *p; p++) {
		digits = isdigit((unsigned char)*p) ? digits + 1 : 0;
		quotes += *p == '"';
		if (digits > 18 || !strchr("[]\", 0123456789", *p) ||
		    (*p == '"' && quotes % 2 == 0 && p[-1] == '"'))
			return "is not a list of ids";
	}
	return NULL;
}

static const char *
test_pattern(const char *value)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./*";

	return strlen(value) <= 200 && strspn(value, good) == strlen(value)
		? NULL : "is not like owner/name, with * for any characters";
}

static const struct check is_ids[1] = { { test_ids,
	"{\"type\":\"array\",\"items\":{\"type\":\"string\",\"pattern\":"
	"\"^[0-9]{1,18}$\"},\"maxItems\":4000}", true } };
static const struct check is_pattern[1] = { { test_pattern,
	"{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9._/*-]{0,200}$\"}",
	false } };

/* A page as store_available() takes it. */
static const char *
as_json(struct request *req, const struct github_seen *seen, size_t count)
{
	struct text out = { 0 };
	const char *copy;

	text_add(&out, "[");
	for (size_t i = 0; i < count; i++) {
		text_addf(&out, "%s{\"id\":%" PRId64 ",\"private\":%s,"
			  "\"archived\":%s,\"name\":", i ? "," : "",
			  seen[i].id, seen[i].private ? "true" : "false",
			  seen[i].archived ? "true" : "false");
		text_add_json(&out, seen[i].full_name);
		if (seen[i].pushed_at != TIME_ABSENT)
			text_addf(&out, ",\"pushed\":%" PRId64,
				  seen[i].pushed_at);
		text_add(&out, "}");
	}
	text_add(&out, "]");
	copy = arena_string(&req->arena, out.data);
	text_release(&out);
	return copy;
}

/* One page; the next one's number, 0 for none, -1: it did not come. */
static int
fetch_page(struct request *req, struct github_credential *credential,
	   const char *connection, int page)
{
	struct github_answer answer;
	const struct github_seen *seen = NULL;
	const char *problem, *next;
	size_t count;

	github_ask(credential, "GET", arena_printf(&req->arena,
		"%s?per_page=100&page=%d", credential->token ? "/user/repos"
		: "/installation/repositories", page), NULL, NULL, &answer);
	if (answer.outcome == GITHUB_GOOD && answer.body.data)
		seen = github_read_seen(&req->arena, answer.body.data,
					answer.body.len, &count, &problem);
	next = arena_printf(&req->arena, "%d", answer.more ? page + 1 : 0);
	github_release_answer(&answer);
	if (!seen || !db_query(req, "store_available", connection,
			       as_json(req, seen, count), next))
		return -1;
	return (int)strtol(next, NULL, 10);
}

static void
refresh(struct request *req)
{
	PGresult *rows = db_query(req, "claim_lists");
	int64_t until = time_ticks() + PATIENCE;

	for (int i = 0; rows && i < PQntuples(rows); i++) {
		const char *connection = row_text(rows, i, 0);
		int page = (int)strtol(row_text(rows, i, 1), NULL, 10);
		struct github_credential credential;

		if (!github_credential_of(req, connection, &credential))
			return;
		for (int n = 0; page > 0 && n < PAGES_AT_ONCE &&
		     time_ticks() < until && !req->answered; n++)
			page = fetch_page(req, &credential, connection, page);
		github_forget_token(&credential);
	}
}

static void
list_available(struct request *req)
{
	const char *q = param(req, "q");
	PGresult *rows, *lists;
	int limit, count;

	refresh(req);
	if (req->answered)
		return;
	rows = db_query(req, *q ? "available_named" : "available",
			param(req, "cursor"), param(req, "limit"),
			*q ? q : NULL);
	lists = rows ? db_query(req, "lists_are") : NULL;
	if (!lists)
		return;
	limit = (int)strtol(param(req, "limit"), NULL, 10);
	count = PQntuples(rows);
	text_clear(&req->out);
	text_add(&req->out, "{\"data\":[");
	for (int i = 0; i < count && i < limit; i++)
		text_addf(&req->out, "%s%s", i ? "," : "", row_text(rows, i, 0));
	text_addf(&req->out, "],\"next\":%s,\"refreshedAt\":%s,"
		  "\"refreshing\":%s}", quoted(req, count > limit
		  ? row_text(rows, limit - 1, 1) : NULL),
		  quoted(req, row_text(lists, 0, 0)),
		  *row_text(lists, 0, 1) == 't' ? "true" : "false");
	reply_out(req, 200);
}

static void
connect_repositories(struct request *req)
{
	const char *ids = param(req, "repositories");
	PGresult *rows = db_query(req, "connect", *ids ? ids : "[]",
				  param(req, "pattern"), client_address(req));

	if (rows)
		outbox_wake();
	reply_row(req, rows, 202);
}

static void
disconnect(struct request *req)
{
	if (sees_repository(req))
		reply_done(req, db_query(req, "disconnect", param(req, "repo"),
					 client_address(req)));
}

static void
show_sync(struct request *req)
{
	if (sees_repository(req))
		reply_row(req, db_query(req, "sync", param(req, "repo")), 200);
}

static void
sync_now(struct request *req)
{
	if (sees_repository(req) &&
	    db_query(req, "sync_now", param(req, "repo")))
		reply_row(req, db_query(req, "sync", param(req, "repo")), 202);
}

const struct route available_routes[] = {
	{ "GET", "/repos/available", CONNECT, list_available,
	  "What may be connected; ten minutes old at most", "AvailablePage",
	  { { "limit", is_limit, "100" }, { "cursor", is_text, "" },
	    { "q", is_text, "", "A part of the name" } } },
	{ "POST", "/repos/connect", CONNECT, connect_repositories,
	  "Connect repositories of the available ones: by GitHub's ids, and all "
	  "whose names fit a pattern", "Connected",
	  { { "repositories", is_ids, "" }, { "pattern", is_pattern, "" } },
	  .status = 202 },
	{ "POST", "/repos/{repo}/disconnect", CONNECT, disconnect,
	  "Take nothing more of it in (member, manager: own ones)", NULL,
	  { { "repo", is_id } }, .status = 204 },
	{ "GET", "/repos/{repo}/sync", SEE, show_sync,
	  "How far its history is there", "Sync", { { "repo", is_id } } },
	{ "POST", "/repos/{repo}/sync", CONNECT, sync_now,
	  "Ask GitHub now", "Sync", { { "repo", is_id } }, .status = 202 },
	{ NULL }
};
