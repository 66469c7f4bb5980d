/*
 * auth_github.c - signing in with GitHub: OAuth 2.0 with state and PKCE, as
 * an OAuth app or a GitHub App's user login.
 *
 * The browser is sent to GitHub with a state; a cookie of ten minutes, for the
 * callback's path alone, keeps state and PKCE verifier, sealed, so that nothing
 * is stored for somebody who never comes back. It is Lax, since the way back
 * comes from another site. Behind the callback nobody is told by JSON: the
 * answer is the page again, with a word for what went wrong.
 *
 * An account is found by GitHub's id, and else by the address that GitHub has
 * verified (github_sign_in() in sql/functions/19-credentials.sql).
 *
 * GitHub may be slow, and the same threads check passwords: so one of them at
 * a time waits for it, and another who comes is told to try again.
 */
#include "base.h"

#include <stdatomic.h>

#include "auth.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "github_user.h"
#include "http.h"
#include "log.h"

#define STATE_SECONDS 600
#define STATE_PLACE "cookie.pulse_github"
#define SCOPES "read:user user:email read:org"

const struct statement github_statements[] = {
	{ "github_sign_in",
	  "SELECT outcome, user_id, name, email, org_id, role"
	  " FROM github_sign_in($1, $2, $3, $4, $5, $6, $7)" },
	{ "keep_github_token", "SELECT keep_github_token($1, $2, $3, $4)" },
	{ "unlink_github", "SELECT unlink_github($2)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ NULL }
};

static struct github_site site;
static atomic_flag waiting = ATOMIC_FLAG_INIT;

bool
github_is_on(void)
{
	return site.client_id != NULL;
}

void
github_start(void)
{
	char *probe;

	if (!conf_get("GITHUB_CLIENT_ID"))
		return;
	site.client_id = conf_need("GITHUB_CLIENT_ID");
	site.client_secret = conf_secret("GITHUB_CLIENT_SECRET", 16);
	if (!github_site_at(&site, conf_or("GITHUB_URL",
					   "https://github.com")))
		die("GITHUB_URL is \"%s\", not like https://github.com",
		    conf_get("GITHUB_URL"));
	/* The state and GitHub's tokens are sealed: dies without a key. */
	probe = secret_seal("", STATE_PLACE);
	free(probe);
	http_start();
}

static const char *
callback_path(struct request *req)
{
	return arena_printf(&req->arena, "%s/auth/github/callback",
			    conf_or("API_BASE", "/api/v1"));
}

static void
set_state(struct request *req, const char *value, int seconds)
{
	reply_header(req, "Set-Cookie", "pulse_github=%s; Path=%s; "
		     "Max-Age=%d; HttpOnly; SameSite=Lax%s", value,
		     callback_path(req), seconds, cookie_secure());
}

static void
go_to(struct request *req, const char *address)
{
	reply_header(req, "Location", "%s", address);
	reply_header(req, "Cache-Control", "no-store");
	reply_empty(req, 302);
}

static void
begin(struct request *req)
{
	char state[SECRET_TEXT], verifier[SECRET_TEXT], unused[SECRET_HASH];
	char challenge[SECRET_TEXT], *sealed;
	unsigned char digest[HASH_SIZE];
	struct text form = { 0 };

	if (!github_is_on()) {
		problem(req, NOT_FOUND, "GitHub is not set up here");
		return;
	}
	new_secret(state, unused);
	new_secret(verifier, unused);
	sha256(verifier, strlen(verifier), digest);
	base64url_encode(challenge, digest, sizeof(digest));
	sealed = secret_seal(arena_printf(&req->arena, "%" PRId64 " %s %s %s",
		time_now() / 1000 + STATE_SECONDS, state, verifier,
		param(req, "next")), STATE_PLACE);
	set_state(req, sealed, STATE_SECONDS);
	free(sealed);
	http_add_field(&form, "client_id", site.client_id);
	http_add_field(&form, "redirect_uri", page_link(req,
		callback_path(req), NULL));
	http_add_field(&form, "scope", SCOPES);
	http_add_field(&form, "state", state);
	http_add_field(&form, "code_challenge", challenge);
	http_add_field(&form, "code_challenge_method", "S256");
	go_to(req, arena_printf(&req->arena, "%s/login/oauth/authorize?%s",
				site.url, form.data));
	text_release(&form);
}

/* The page to sign in at, with a word of what went wrong. */
static void
go_back(struct request *req, const char *error)
{
	log_line(LOG_WARN, "no sign-in with GitHub", "why", error, "address",
		 client_address(req), NULL);
	set_state(req, "", 0);
	go_to(req, page_link(req, arena_printf(&req->arena,
		"/login?error=%s", error), NULL));
}

/* What the cookie keeps: until when, state, verifier, where to go then. */
struct state {
	int64_t until;
	const char *state, *verifier, *next;
};

static bool
take_state(struct request *req, struct state *state)
{
	const char *came = cookie(req, "pulse_github");
	char *plain = came && strlen(came) < 2000
		? secret_open(came, STATE_PLACE) : NULL;
	char *words[4] = { 0 }, *p;

	if (!plain)
		return false;
	p = arena_string(&req->arena, plain);
	free(plain);
	for (size_t i = 0; i < 4; i++) {
		words[i] = p;
		p += strcspn(p, " ");
		if (!*p && i < 3)
			return false;
		if (i < 3)
			*p++ = '\0';
	}
	state->state = words[1];
	state->verifier = words[2];
	state->next = words[3];
	return text_to_int(words[0], 0, INT64_MAX, &state->until) &&
	       state->until > time_now() / 1000;
}

/* Who came, by GitHub's word; NULL, or the word for what went wrong. */
static const char *
ask_github(struct request *req, const struct state *state,
	   struct github_user *user)
{
	const char *wrong;

	if (atomic_flag_test_and_set(&waiting))
		return "busy";
	wrong = github_user(&site, param(req, "code"), state->verifier,
			    page_link(req, callback_path(req), NULL),
			    &req->arena, user);
	atomic_flag_clear(&waiting);
	return wrong;
}

/* Seal GitHub's token for the account, which is known now. */
static bool
keep_token(struct request *req, const struct github_user *user,
	   const char *id, const char *account)
{
	char *sealed = secret_seal(user->token, arena_printf(&req->arena,
		"github_identity.token/%s/%s", account, id));
	bool good = db_ask(req, "keep_github_token", site.host, id, sealed,
			   user->scopes) != NULL;

	free(sealed);
	return good;
}

static void
sign_in(struct request *req, const struct github_user *user,
	const char *next)
{
	char refresh[SECRET_TEXT], hash[SECRET_HASH];
	const char *id = arena_printf(&req->arena, "%" PRId64, user->id);
	PGresult *rows = db_ask(req, "github_sign_in", site.host, id,
				user->login, user->name, user->email,
				sign_up() == SIGN_UP_OPEN ? "t" : "f",
				client_address(req));

	if (!rows)
		return;
	if (!row_text(rows, 0, 1)) {
		go_back(req, row_text(rows, 0, 0));
		return;
	}
	if (!keep_token(req, user, id, row_text(rows, 0, 1)))
		return;
	if (!row_text(rows, 0, 4)) {
		go_back(req, "organisation");
		return;
	}
	new_secret(refresh, hash);
	if (!db_ask(req, "begin_session", row_text(rows, 0, 4),
		    row_text(rows, 0, 1), hash, user_agent(req),
		    client_address(req), row_text(rows, 0, 2),
		    row_text(rows, 0, 3), row_text(rows, 0, 5)))
		return;
	set_state(req, "", 0);
	set_refresh(req, refresh, REFRESH_SECONDS);
	go_to(req, page_link(req, next, NULL));
}

static void
come_back(struct request *req)
{
	struct github_user user = { 0 };
	const char *told = param(req, "state"), *wrong;
	struct state state;

	if (!github_is_on()) {
		problem(req, NOT_FOUND, "GitHub is not set up here");
		return;
	}
	if (!take_state(req, &state) ||
	    strlen(told) != strlen(state.state) ||
	    !same_bytes(told, state.state, strlen(told))) {
		go_back(req, "state");
		return;
	}
	if (*param(req, "error") || !*param(req, "code")) {
		go_back(req, "denied");
		return;
	}
	wrong = ask_github(req, &state, &user);
	if (!wrong && is_email->test(user.email))
		wrong = "email";
	if (wrong)
		go_back(req, wrong);
	else
		sign_in(req, &user, state.next);
}

static void
unlink_github(struct request *req)
{
	PGresult *rows = db_query(req, "unlink_github", client_address(req));
	const char *outcome;

	if (!rows)
		return;
	outcome = row_text(rows, 0, 0);
	if (!strcmp(outcome, "gone"))
		reply_empty(req, 204);
	else if (!strcmp(outcome, "only"))
		problem(req, ONLY_WAY_IN, "this account has no password: set "
			"one first");
	else
		problem(req, NOT_FOUND, "nobody of GitHub is linked");
}

const struct route github_routes[] = {
	{ "GET", "/auth/github", PUBLIC, begin,
	  "Go to GitHub to sign in (302)", NULL,
	  { { "next", is_path, "/dashboard", "Where to go then" } },
	  .limit = LIMIT_AUTH, .status = 302 },
	{ "GET", "/auth/github/callback", PUBLIC, come_back,
	  "Where GitHub sends the browser back to (302)", NULL,
	  { { "code", is_text, "" }, { "state", is_text, "" },
	    { "error", is_text, "" }, { "error_description", is_text, "" },
	    { "error_uri", is_text, "" }, { "iss", is_text, "" } },
	  .limit = LIMIT_AUTH, .status = 302 },
	{ "DELETE", "/auth/github", SEE, unlink_github,
	  "Be nobody of GitHub from now on", NULL, .status = 204,
	  .token = BY_NONE },
	{ NULL }
};
