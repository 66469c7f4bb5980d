/*
 * auth_sessions.c - the caller's sessions: seen, ended, in another
 * organisation.
 *
 * They are a person's, whatever organisation they are in. What ends here ends
 * at once: its row is read with every request.
 *
 * Tables: session, membership (sql/functions/17-accounts.sql).
 */
#include "base.h"

#include "auth.h"
#include "outbox.h"

const struct statement session_statements[] = {
	{ "my_sessions",
	  "SELECT id, kind, rfc3339(created_at), rfc3339(last_seen_at),"
	  " rfc3339(expires_at), device, address, organisation"
	  " FROM my_sessions() WHERE $1::bigint IS NOT NULL" },
	{ "end_my_session", "SELECT end_my_sessions($2::uuid, $3)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ "end_my_others", "SELECT end_my_sessions(NULL, $2)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ "switch",
	  "SELECT user_id, name, email, org_id, role, session_id"
	  " FROM switch_session($2, $3) WHERE $1::bigint IS NOT NULL" },
	{ NULL }
};

/* The first that stands in what a browser calls itself is what it is; each
 * also calls itself some of those behind it. */
static const char *const browsers[][2] = {
	{ "Edg/", "Edge" }, { "OPR/", "Opera" }, { "Firefox/", "Firefox" },
	{ "FxiOS/", "Firefox" }, { "CriOS/", "Chrome" },
	{ "Chromium/", "Chromium" }, { "Chrome/", "Chrome" },
	{ "Safari/", "Safari" },
};
static const char *const systems[][2] = {
	{ "iPhone", "iPhone" }, { "iPad", "iPad" }, { "Android", "Android" },
	{ "Windows", "Windows" }, { "Mac OS X", "macOS" },
	{ "CrOS", "ChromeOS" }, { "Linux", "Linux" },
};

static const char *
find_word(const char *const words[][2], size_t count, const char *told)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(told, words[i][0]))
			return words[i][1];
	return NULL;
}

/* "Firefox, Linux" for what a browser calls itself, else the words. */
static const char *
device_name(struct request *req, const char *told)
{
	const char *browser = find_word(browsers, COUNT(browsers), told);
	const char *system = find_word(systems, COUNT(systems), told);

	if (browser && system)
		return arena_printf(&req->arena, "%s, %s", browser, system);
	return browser ? browser : arena_copy(&req->arena, told,
		text_cut(told, strlen(told), 80));
}

static void
list_sessions(struct request *req)
{
	PGresult *rows = db_query(req, "my_sessions");

	if (!rows)
		return;
	text_clear(&req->out);
	text_add(&req->out, "{\"data\":[");
	for (int i = 0; i < PQntuples(rows); i++)
		text_addf(&req->out, "%s{\"id\":\"%s\",\"kind\":\"%s\","
			  "\"createdAt\":\"%s\",\"lastSeenAt\":\"%s\","
			  "\"expiresAt\":\"%s\",\"device\":%s,\"address\":%s,"
			  "\"organisation\":%s,\"current\":%s}", i ? "," : "",
			  row_text(rows, i, 0), row_text(rows, i, 1),
			  row_text(rows, i, 2), row_text(rows, i, 3),
			  row_text(rows, i, 4), quoted(req, device_name(req,
				row_text(rows, i, 5))),
			  quoted(req, row_text(rows, i, 6)),
			  quoted(req, row_text(rows, i, 7)),
			  strcmp(row_text(rows, i, 0), req->token.session)
			  ? "false" : "true");
	text_add(&req->out, "],\"next\":null}");
	reply_out(req, 200);
}

static void
end_session(struct request *req)
{
	PGresult *rows = db_query(req, "end_my_session", param(req, "id"),
				  client_address(req));

	if (!rows)
		return;
	if (!strcmp(row_text(rows, 0, 0), "0")) {
		problem(req, NOT_FOUND, "you have no session \"%s\"",
			param(req, "id"));
		return;
	}
	outbox_wake();
	reply_empty(req, 204);
}

static void
end_others(struct request *req)
{
	if (!db_query(req, "end_my_others", client_address(req)))
		return;
	outbox_wake();
	reply_empty(req, 204);
}

static void
switch_organisation(struct request *req)
{
	PGresult *rows = db_query(req, "switch", param(req, "org"),
				  client_address(req));

	if (!rows)
		return;
	if (PQntuples(rows) != 1) {
		problem(req, NOT_FOUND, "you belong to no organisation \"%s\"",
			param(req, "org"));
		return;
	}
	outbox_wake();		/* live connections are opened anew */
	reply_login(req, rows, 0, NULL);
}

const struct route session_routes[] = {
	{ "POST", "/auth/switch", SELF, switch_organisation,
	  "Go on in another organisation of one's own; tokens that name the "
	  "old one are void", "Login",
	  { { "org", is_id } }, .token = BY_NONE },
	{ "GET", "/auth/sessions", SEE, list_sessions,
	  "Where one is signed in", "Sessions", .token = BY_NONE },
	{ "DELETE", "/auth/sessions", SEE, end_others,
	  "Sign out everywhere else", NULL, .status = 204, .token = BY_NONE },
	{ "DELETE", "/auth/sessions/{id}", SEE, end_session,
	  "End one of one's sessions", NULL, { { "id", is_session } },
	  .status = 204, .token = BY_NONE },
	{ NULL }
};
