/*
 * auth.c - signing in and out.
 *
 * A login makes a session row, an access token (one hour, kept by the page in
 * memory only) and a refresh cookie (seven days, spent at each use; a spent
 * one that comes again ends its session). Passwords are checked here alone, in
 * a pool of its own, so that logins cannot starve the rest.
 *
 * Tables: user_account, membership, session, refresh_token (sql/schema.sql).
 */
#include "base.h"

#include "conf.h"
#include "crypto.h"
#include "limit.h"
#include "log.h"
#include "outbox.h"
#include "shared.h"
#include "web.h"

#define ACCESS_SECONDS 3600
#define REFRESH_SECONDS 604800
#define REFRESH_BYTES 32

static const struct statement statements[] = {
	{ "find_login",
	  "SELECT user_id, name, password_hash, org_id, role"
	  " FROM find_login($1)" },
	{ "begin_session",
	  "SELECT begin_session($1, $2, $3::bytea, $4, $5)" },
	/* What a refresh cookie is good for: a new one and a new token. */
	{ "refresh",
	  "SELECT user_id, name, email, org_id, role, session_id"
	  " FROM refresh_session($1::bytea, $2::bytea)" },
	{ "end_session",
	  "DELETE FROM session WHERE org_id = $1 AND id = $2" },
	/* Of a spent one, too: that it comes again would end it anyway. */
	{ "end_session_of_cookie",
	  "DELETE FROM session WHERE id = (SELECT session_id"
	  " FROM refresh_token WHERE hash = $1::bytea)" },
	{ "me",
	  "SELECT u.id, u.name, u.email, m.role, o.id, o.name, o.slug,"
	  " coalesce((SELECT json_agg(json_build_object('id', t.id::text,"
	  "  'name', t.name, 'slug', t.slug) ORDER BY t.name)"
	  "  FROM team t WHERE t.org_id = $1 AND (sees_all()"
	  "  OR EXISTS (SELECT FROM team_member x WHERE x.org_id = $1"
	  "   AND x.team_id = t.id AND x.user_id = session_user_id()))), '[]')"
	  " FROM membership m JOIN user_account u ON u.id = m.user_id"
	  " JOIN organisation o ON o.id = m.org_id"
	  " WHERE m.org_id = $1 AND m.user_id = session_user_id()" },
	{ NULL }
};

static const char *pepper;

static void
start(void)
{
	pepper = conf_secret("PASSWORD_PEPPER", 32);
}

/* What the database has of a refresh token, as a bytea's text. */
static void
hash_refresh(const char *cookie, char hash[72])
{
	unsigned char digest[HASH_SIZE];

	sha256(cookie, strlen(cookie), digest);
	memcpy(hash, "\\x", 2);
	hex_encode(hash + 2, digest, sizeof(digest));
}

/* A new refresh token: its text for the cookie, its hash for the database. */
static void
new_refresh(char cookie[48], char hash[72])
{
	unsigned char random[REFRESH_BYTES];

	random_bytes(random, sizeof(random));
	base64url_encode(cookie, random, sizeof(random));
	hash_refresh(cookie, hash);
}

/* The hash of the refresh cookie that came, or false. */
static bool
take_refresh(struct request *req, char hash[72])
{
	const char *came = cookie(req, "pulse_refresh");

	if (!came || strlen(came) > 128)
		return false;
	hash_refresh(came, hash);
	return true;
}

static void
set_refresh(struct request *req, const char *value, int seconds)
{
	reply_header(req, "Set-Cookie", "pulse_refresh=%s; Path=%s/auth; "
		     "Max-Age=%d; HttpOnly; SameSite=Strict%s", value,
		     conf_or("API_BASE", "/api/v1"), seconds, cookie_secure());
}

static void
reply_token(struct request *req, struct token *token, const char *name,
	    const char *email, const char *role)
{
	char *access = token_sign(api_key(), TOKEN_API, token, ACCESS_SECONDS);

	reply_json(req, 200, "{\"accessToken\":\"%s\",\"expiresIn\":%d,"
		   "\"user\":{\"id\":\"%" PRId64 "\",\"name\":%s,\"email\":%s,"
		   "\"role\":\"%s\",\"orgId\":\"%" PRId64 "\"}}", access,
		   ACCESS_SECONDS, token->user, quoted(req, name),
		   quoted(req, email), role, token->org);
	free(access);
}

static void
take_ids(struct token *token, const char *user, const char *org,
	 const char *session)
{
	text_to_int(user, 1, INT64_MAX, &token->user);
	text_to_int(org, 1, INT64_MAX, &token->org);
	snprintf(token->session, sizeof(token->session), "%s", session);
}

/* A page of another site: it could sign somebody in as somebody else. */
static bool
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
static const char *
user_agent(struct request *req)
{
	const char *told = header(req, "User-Agent");
	size_t len = told ? strlen(told) : 0;
	char *clean = arena_alloc(&req->arena, 3 * len + 1);

	text_clean(clean, told ? told : "", len, 3 * len);
	return clean;
}

static void
login(struct request *req)
{
	char refresh[48], hash[72];
	PGresult *found, *began;
	bool exists;

	if (is_foreign(req) || !login_may_try(req, param(req, "email")))
		return;
	found = db_ask(req, "find_login", param(req, "email"));
	if (!found)
		return;
	exists = PQntuples(found) == 1;
	/* An unknown address takes as long as a wrong password. */
	if (!password_matches(param(req, "password"), pepper,
			      exists ? row_text(found, 0, 2) : NULL)) {
		counter_add(COUNTER_LOGINS_FAILED, 1);
		login_failed(req, param(req, "email"));
		log_line(LOG_WARN, "login failed", "address",
			 client_address(req), NULL);
		problem(req, WRONG_CREDENTIALS, NULL);
		return;
	}
	new_refresh(refresh, hash);
	began = db_ask(req, "begin_session", row_text(found, 0, 3),
		       row_text(found, 0, 0), hash, user_agent(req),
		       client_address(req));
	if (!began)
		return;
	take_ids(&req->token, row_text(found, 0, 0), row_text(found, 0, 3),
		 row_text(began, 0, 0));
	set_refresh(req, refresh, REFRESH_SECONDS);
	login_succeeded(req, param(req, "email"));
	reply_token(req, &req->token, row_text(found, 0, 1),
		    param(req, "email"), row_text(found, 0, 4));
}

static void
refresh(struct request *req)
{
	char old_hash[72], next[48], hash[72];
	PGresult *rows;

	if (is_foreign(req))
		return;
	if (!take_refresh(req, old_hash)) {
		problem(req, NOT_SIGNED_IN, "no refresh cookie came with the "
			"request");
		return;
	}
	new_refresh(next, hash);
	rows = db_ask(req, "refresh", old_hash, hash);
	if (!rows)
		return;
	if (!row_text(rows, 0, 0)) {
		set_refresh(req, "", 0);
		problem(req, NOT_SIGNED_IN, "the refresh cookie is spent or "
			"its session is gone");
		return;
	}
	take_ids(&req->token, row_text(rows, 0, 0), row_text(rows, 0, 3),
		 row_text(rows, 0, 5));
	set_refresh(req, next, REFRESH_SECONDS);
	reply_token(req, &req->token, row_text(rows, 0, 1),
		    row_text(rows, 0, 2), row_text(rows, 0, 4));
}

static bool
end_session_of(struct request *req, const struct token *token)
{
	char org[24];

	snprintf(org, sizeof(org), "%" PRId64, token->org);
	return db_ask(req, "end_session", org, token->session) != NULL;
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
	char hash[72];
	bool by_cookie = take_refresh(req, hash);

	if (!origin_is_ours(req)) {
		problem(req, FOREIGN_ORIGIN, NULL);
		return;
	}
	if (!by_token && !by_cookie) {
		problem_nobody(req);
		return;
	}
	if (by_token && !end_session_of(req, &req->token))
		return;				/* db_ask has answered */
	if (by_cookie && !db_ask(req, "end_session_of_cookie", hash))
		return;
	outbox_wake();		/* the live connection ends too */
	set_refresh(req, "", 0);
	reply_header(req, "Set-Cookie", "pulse_live=; Path=/mqtt; Max-Age=0; "
		     "HttpOnly; SameSite=Strict%s", cookie_secure());
	reply_empty(req, 204);
}

static void
show_me(struct request *req)
{
	PGresult *rows = db_query(req, "me");

	if (rows)
		reply_json(req, 200, "{\"id\":\"%s\",\"name\":%s,\"email\":%s,"
			   "\"role\":\"%s\",\"organisation\":{\"id\":\"%s\","
			   "\"name\":%s,\"slug\":\"%s\"},\"teams\":%s}",
			   row_text(rows, 0, 0),
			   quoted(req, row_text(rows, 0, 1)),
			   quoted(req, row_text(rows, 0, 2)),
			   row_text(rows, 0, 3), row_text(rows, 0, 4),
			   quoted(req, row_text(rows, 0, 5)),
			   row_text(rows, 0, 6), row_text(rows, 0, 7));
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
	{ "GET", "/auth/me", SEE, show_me,
	  "Who is signed in, and where", "Me" },
	{ NULL }
};

int
main(int argc, char **argv)
{
	static const struct program program = {
		"auth", "auth", routes, statements, start,
		.about = "Signing in and out"
	};

	return serve(argc, argv, &program);
}
