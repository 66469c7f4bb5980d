/*
 * auth.c - signing in and out; the table of the program `auth`.
 *
 * A login makes a session row, an access token (one hour, kept by the page in
 * memory only) and a refresh cookie (seven days, spent at each use; a spent
 * one that comes again ends its session). Passwords are checked here alone, in
 * a pool of its own, so that logins cannot starve the rest. The other files of
 * fcgi/auth_* have a resource each; at the foot their tables are joined.
 *
 * Tables: user_account, membership, session, refresh_token (sql/schema.sql).
 */
#include "base.h"

#include "auth.h"
#include "conf.h"
#include "crypto.h"
#include "limit.h"
#include "log.h"
#include "outbox.h"
#include "shared.h"

static const struct statement statements[] = {
	{ "find_login",
	  "SELECT user_id, name, password_hash, org_id, role, verified"
	  " FROM find_login($1)" },
	{ "join_waiting", "SELECT join_waiting($1, $2)" },
	{ "begin_session",
	  "SELECT $2::bigint, $6, lower($7), $1::bigint, $8,"
	  " begin_session($1, $2, $3::bytea, $4, $5)" },
	/* What a refresh cookie is good for: a new one and a new token. */
	{ "refresh",
	  "SELECT user_id, name, email, org_id, role, session_id"
	  " FROM refresh_session($1::bytea, $2::bytea)" },
	/* The cookie may be a spent one: that it comes again would end the
	 * session anyway. */
	{ "end_session", "SELECT end_session(nullif($1, '')::bigint,"
	  " nullif($2, '')::uuid, nullif($3, '')::bytea, $4)" },
	{ NULL }
};

const char *const sign_up_words[] = { "open", "invited", "closed" };

static const char *secret_pepper;
static enum sign_up may_sign_up;

static void
start(void)
{
	const char *word = conf_or("SIGN_UP", "invited");
	size_t i = 0;

	secret_pepper = conf_secret("PASSWORD_PEPPER", 32);
	while (i < 3 && strcmp(word, sign_up_words[i]))
		i++;
	if (i == 3)
		die("SIGN_UP is \"%s\", neither open nor invited nor closed",
		    word);
	may_sign_up = (enum sign_up)i;
	github_start();
}

const char *
pepper(void)
{
	return secret_pepper;
}

enum sign_up
sign_up(void)
{
	return may_sign_up;
}

const char *
page_link(struct request *req, const char *path, const char *token)
{
	const char *page = conf_or("FRONTEND_URL", "");
	size_t len = strlen(page);

	while (len && page[len - 1] == '/')
		len--;
	return arena_printf(&req->arena, "%.*s%s%s%s", (int)len, page, path,
			    token ? "?token=" : "", token ? token : "");
}

bool
take_refresh(struct request *req, char hash[SECRET_HASH])
{
	const char *came = cookie(req, "pulse_refresh");

	if (!came || strlen(came) > 128)
		return false;
	hash_secret(came, hash);
	return true;
}

void
set_refresh(struct request *req, const char *value, int seconds)
{
	reply_header(req, "Set-Cookie", "pulse_refresh=%s; Path=%s/auth; "
		     "Max-Age=%d; HttpOnly; SameSite=Strict%s", value,
		     conf_or("API_BASE", "/api/v1"), seconds, cookie_secure());
}

void
take_ids(struct token *token, const char *user, const char *org,
	 const char *session)
{
	text_to_int(user, 1, INT64_MAX, &token->user);
	text_to_int(org, 1, INT64_MAX, &token->org);
	snprintf(token->session, sizeof(token->session), "%s", session);
}

void
reply_login(struct request *req, const PGresult *rows, int first,
	    const char *refresh)
{
	struct token *token = &req->token;
	char *access;

	take_ids(token, row_text(rows, 0, first), row_text(rows, 0, first + 3),
		 row_text(rows, 0, first + 5));
	if (refresh)
		set_refresh(req, refresh, REFRESH_SECONDS);
	access = token_sign(api_key(), TOKEN_API, token, ACCESS_SECONDS);
	reply_json(req, 200, "{\"accessToken\":\"%s\",\"expiresIn\":%d,"
		   "\"user\":{\"id\":\"%" PRId64 "\",\"name\":%s,\"email\":%s,"
		   "\"role\":\"%s\",\"orgId\":\"%" PRId64 "\"}}", access,
		   ACCESS_SECONDS, token->user,
		   quoted(req, row_text(rows, 0, first + 1)),
		   quoted(req, row_text(rows, 0, first + 2)),
		   row_text(rows, 0, first + 4), token->org);
	free(access);
}

bool
is_foreign(struct request *req)
{
	if (origin_is_ours(req))
		return false;
	problem(req, FOREIGN_ORIGIN, "\"%s\" is not this installation's "
		"page", header(req, "Origin"));
	return true;
}

/* What the browser calls itself, for the list of sessions: any bytes may come
 * in a header, and a name is no reason to keep anybody out. */
const char *
user_agent(struct request *req)
{
	const char *told = header(req, "User-Agent");
	size_t len = told ? strlen(told) : 0;
	char *clean = arena_alloc(&req->arena, 3 * len + 1);

	text_clean(clean, told ? told : "", len, 3 * len);
	return clean;
}

/* Right credentials of somebody who cannot come in yet. True: he can now, and
 * *found says where. */
static bool
find_home(struct request *req, PGresult **found)
{
	if (!row_text(*found, 0, 0) || *row_text(*found, 0, 5) != 't') {
		problem(req, EMAIL_NOT_VERIFIED, NULL);
		return false;
	}
	if (row_text(*found, 0, 3))
		return true;
	if (!db_ask(req, "join_waiting", row_text(*found, 0, 0),
		    client_address(req)))
		return false;
	*found = db_ask(req, "find_login", param(req, "email"));
	if (!*found)
		return false;
	if (PQntuples(*found) == 1 && row_text(*found, 0, 3))
		return true;
	problem(req, NO_ORGANISATION, NULL);
	return false;
}

static void
login(struct request *req)
{
	char refresh[SECRET_TEXT], hash[SECRET_HASH];
	PGresult *found, *began;
	bool exists;

	if (is_foreign(req) || !login_may_try(req, param(req, "email")))
		return;
	found = db_ask(req, "find_login", param(req, "email"));
	if (!found)
		return;
	exists = PQntuples(found) == 1;
	/* An unknown address takes as long as a wrong password. */
	if (!password_matches(param(req, "password"), pepper(),
			      exists ? row_text(found, 0, 2) : NULL)) {
		counter_add(COUNTER_LOGINS_FAILED, 1);
		login_failed(req, param(req, "email"));
		log_line(LOG_WARN, "login failed", "address",
			 client_address(req), NULL);
		problem(req, WRONG_CREDENTIALS, NULL);
		return;
	}
	if (!find_home(req, &found))
		return;
	new_secret(refresh, hash);
	began = db_ask(req, "begin_session", row_text(found, 0, 3),
		       row_text(found, 0, 0), hash, user_agent(req),
		       client_address(req), row_text(found, 0, 1),
		       param(req, "email"), row_text(found, 0, 4));
	if (!began)
		return;
	login_succeeded(req, param(req, "email"));
	reply_login(req, began, 0, refresh);
}

static void
refresh(struct request *req)
{
	char old_hash[SECRET_HASH], next[SECRET_TEXT], hash[SECRET_HASH];
	PGresult *rows;

	if (is_foreign(req))
		return;
	if (!take_refresh(req, old_hash)) {
		problem(req, NOT_SIGNED_IN, "no refresh cookie came with the "
			"request");
		return;
	}
	new_secret(next, hash);
	rows = db_ask(req, "refresh", old_hash, hash);
	if (!rows)
		return;
	if (!row_text(rows, 0, 0)) {
		set_refresh(req, "", 0);
		problem(req, NOT_SIGNED_IN, "the refresh cookie is spent or "
			"its session is gone");
		return;
	}
	reply_login(req, rows, 0, next);
}

/*
 * By the access token, by the refresh cookie, or by both: a page that is left
 * after the token's hour must not leave behind a cookie that still opens the
 * session. It does not matter whether the session is there any more.
 */
static void
logout(struct request *req)
{
	bool by_token = bearer(req, &req->token);
	char hash[SECRET_HASH] = "", org[24] = "";
	bool by_cookie = take_refresh(req, hash);

	if (!origin_is_ours(req)) {
		problem(req, FOREIGN_ORIGIN, NULL);
		return;
	}
	if (!by_token && !by_cookie) {
		problem_nobody(req);
		return;
	}
	if (by_token)
		snprintf(org, sizeof(org), "%" PRId64, req->token.org);
	if (!db_ask(req, "end_session", org, req->token.session, hash,
		    client_address(req)))
		return;				/* db_ask has answered */
	outbox_wake();		/* the live connection ends too */
	set_refresh(req, "", 0);
	reply_header(req, "Set-Cookie", "pulse_live=; Path=/mqtt; Max-Age=0; "
		     "HttpOnly; SameSite=Strict%s", cookie_secure());
	reply_empty(req, 204);
}

static const struct route routes[] = {
	{ "POST", "/auth/login", PUBLIC, login,
	  "Sign in with e-mail and password", "Login",
	  { { "email", is_email }, { "password", is_password } },
	  .limit = LIMIT_AUTH },
	{ "POST", "/auth/refresh", PUBLIC, refresh,
	  "A new access token for the refresh cookie", "Login",
	  .limit = LIMIT_NONE },
	{ "POST", "/auth/logout", PUBLIC, logout,
	  "End the session of the access token and of the refresh cookie, at "
	  "once", NULL, .limit = LIMIT_NONE, .status = 204 },
	{ NULL }
};

static const struct {
	const struct statement *statements;
	const struct route *routes;
} parts[] = {
	{ statements, routes },
	{ register_statements, register_routes },
	{ password_statements, password_routes },
	{ session_statements, session_routes },
	{ me_statements, me_routes },
	{ token_statements, token_routes },
	{ device_statements, device_routes },
	{ github_statements, github_routes },
};

int
main(int argc, char **argv)
{
	static struct statement all_statements[64];
	static struct route all_routes[64];
	static const struct program program = {
		"auth", "auth", all_routes, all_statements, start,
		.about = "Accounts, sessions and tokens"
	};
	size_t s = 0, r = 0;

	for (size_t i = 0; i < COUNT(parts); i++) {
		for (const struct statement *p = parts[i].statements;
		     p->name && s < COUNT(all_statements) - 1; p++)
			all_statements[s++] = *p;
		for (const struct route *p = parts[i].routes;
		     p->method && r < COUNT(all_routes) - 1; p++)
			all_routes[r++] = *p;
	}
	return serve(argc, argv, &program);
}
