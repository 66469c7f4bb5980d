/*
 * repos_install.c - the GitHub App: to its page at GitHub, and back.
 *
 * The number of an installation comes back in the browser's address, where
 * anybody can write another. So it is bound to the organisation only when the
 * signed-in person's own token at GitHub lists it. On the way back no token of
 * ours is there (the page holds it in memory): a cookie of ten minutes, sealed
 * and for the callback's path alone, says whose session went there; the session
 * must still stand.
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "repos.h"
#include "repos_github.h"

#define INSTALL_SECONDS 600
#define INSTALL_PLACE "cookie.pulse_install"
#define PAGE "/dashboard/settings/integrations"

const struct statement install_statements[] = {
	{ "my_github_identity", "SELECT host, github_id, user_id, credential"
	  " FROM my_github_identity() WHERE $1::bigint IS NOT NULL" },
	{ "bind_installation", "SELECT bind_installation($2, $3, $4)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ "has_installation", "SELECT 1 FROM github_connection g"
	  " JOIN connection c ON c.org_id = g.org_id AND c.id = g.id"
	  " WHERE g.org_id = $1 AND c.host = $2 AND g.installation = $3" },
	{ NULL }
};

static const char *
callback_path(struct request *req)
{
	return arena_printf(&req->arena, "%s/integrations/github/installed",
			    conf_or("API_BASE", "/api/v1"));
}

static void
set_cookie(struct request *req, const char *value, int seconds)
{
	reply_header(req, "Set-Cookie", "pulse_install=%s; Path=%s; "
		     "Max-Age=%d; HttpOnly; SameSite=Lax%s", value,
		     callback_path(req), seconds, cookie_secure());
}

static void
go_to_page(struct request *req, const char *said)
{
	set_cookie(req, "", 0);
	reply_header(req, "Location", "%s" PAGE "?github=%s",
		     conf_need("FRONTEND_URL"), said);
	reply_header(req, "Cache-Control", "no-store");
	reply_empty(req, 302);
}

static void
begin_install(struct request *req)
{
	char state[SECRET_TEXT], unused[SECRET_HASH], *sealed;
	const char *slug = conf_get("GITHUB_APP_SLUG");

	if (!db_enter(req))
		return;
	if (!slug) {
		reply_json(req, 200, "{\"url\":null}");
		return;
	}
	new_secret(state, unused);
	sealed = secret_seal(arena_printf(&req->arena, "%" PRId64 " %s %" PRId64
		" %" PRId64 " %s", time_now() / 1000 + INSTALL_SECONDS, state,
		req->token.org, req->token.user, req->token.session),
		INSTALL_PLACE);
	set_cookie(req, sealed, INSTALL_SECONDS);
	free(sealed);
	reply_json(req, 200, "{\"url\":%s}", quoted(req, arena_printf(
		&req->arena, "%s/apps/%s/installations/new?state=%s",
		conf_or("GITHUB_URL", "https://github.com"), slug, state)));
}

/* The session that went there, from the cookie. */
static bool
take_session(struct request *req)
{
	const char *came = cookie(req, "pulse_install");
	const char *told = param(req, "state");
	char *plain = came && strlen(came) < 2000
		? secret_open(came, INSTALL_PLACE) : NULL;
	char *words[5] = { 0 }, *p;
	int64_t until;

	if (!plain)
		return false;
	p = arena_string(&req->arena, plain);
	free(plain);
	for (size_t i = 0; i < COUNT(words); i++) {
		words[i] = p;
		p += strcspn(p, " ");
		if (*p)
			*p++ = '\0';
	}
	if (!text_to_int(words[0], 0, INT64_MAX, &until) ||
	    until <= time_now() / 1000 || strlen(told) != strlen(words[1]) ||
	    !same_bytes(told, words[1], strlen(told)) ||
	    !text_to_int(words[2], 1, INT64_MAX, &req->token.org) ||
	    !text_to_int(words[3], 1, INT64_MAX, &req->token.user))
		return false;
	snprintf(req->token.session, sizeof(req->token.session), "%s",
		 words[4]);
	return true;
}

static bool
make_connection(struct request *req, const char *host, const char *account)
{
	char secret[SECRET_TEXT], unused[SECRET_HASH], *door;
	PGresult *rows = db_query(req, "next_connection");
	const char *id = rows ? row_text(rows, 0, 0) : NULL;

	if (!id)
		return false;
	new_secret(secret, unused);
	door = github_seal(req, "connection.secret", id, secret);
	rows = db_query(req, "add_github_connection", id, "app", host, "",
			account, door, "", param(req, "installation_id"),
			client_address(req));
	free(door);
	return rows != NULL;
}

static void
come_back(struct request *req)
{
	const char *id = param(req, "installation_id"), *account, *host;
	PGresult *rows;
	int64_t number;

	if (!*id || !text_to_int(id, 1, INT64_MAX, &number) ||
	    !take_session(req)) {
		go_to_page(req, "state");
		return;
	}
	account = github_installation_of(req, number, &host);
	if (req->answered)
		return;
	if (!account) {
		go_to_page(req, "foreign");
		return;
	}
	rows = db_query(req, "has_installation", host, id);
	if (!rows)
		return;
	if (PQntuples(rows)) {
		go_to_page(req, "installed");
		return;
	}
	/* The connection first: it asks for an administrator. */
	if (!make_connection(req, host, account))
		return;
	rows = db_query(req, "bind_installation", host, id, account);
	if (rows)
		go_to_page(req, *row_text(rows, 0, 0) == 't' ? "installed"
			   : "taken");
}

const struct route install_routes[] = {
	{ "GET", "/integrations/github/install", ADMINISTER, begin_install,
	  "Where the GitHub App is installed", "InstallAddress",
	  .token = BY_NONE },
	{ "GET", "/integrations/github/installed", PUBLIC, come_back,
	  "Where GitHub sends the browser back to (302)", NULL,
	  { { "installation_id", is_text, "" }, { "state", is_text, "" },
	    { "setup_action", is_text, "" }, { "code", is_text, "" } },
	  .limit = LIMIT_AUTH, .status = 302 },
	{ NULL }
};
