/*
 * authorizer.c - may this browser open the live connection?
 *
 * The web server asks it, in FastCGI's authorizer role, before it upgrades
 * /mqtt to a WebSocket (httpd-conf/): 200 lets the request through, anything
 * else is what the browser gets. It takes any method: over HTTP/2 an upgrade
 * is a CONNECT, and Apache hands on no Upgrade header. The token is that of
 * the cookie pulse_live, or of ?token=; never the refresh cookie.
 *
 * Its answer is for the opening only. An open connection is the broker's
 * plugin's to end (mqtt-bridge/pulse_mosquitto.c).
 */
#include "base.h"

#include "conf.h"
#include "log.h"
#include "shared.h"
#include "web.h"

static const struct statement statements[] = {
	{ "session_lives", "SELECT session_lives($1, $2, $3)" },
	{ NULL }
};

static int64_t per_minute;

static void
start(void)
{
	per_minute = conf_int("RATE_LIMIT_LIVE", 60, 1, INT32_MAX);
}

/* The value of token= in the query, of characters that a token has. */
static const char *
query_token(struct request *req)
{
	const char *p = variable(req, "QUERY_STRING");

	while (p && *p) {
		size_t len = strcspn(p, "&");

		if (len > 6 && !strncmp(p, "token=", 6))
			return arena_copy(&req->arena, p + 6, len - 6);
		p += len + (p[len] == '&');
	}
	return NULL;
}

static bool
find_token(struct request *req)
{
	const char *given[] = { cookie(req, "pulse_live"), query_token(req) };

	for (size_t i = 0; i < COUNT(given); i++)
		if (given[i] && token_check(live_key(), TOKEN_LIVE, given[i],
					    &req->token))
			return true;
	return false;
}

static bool
lives(struct request *req)
{
	char org[24], user[24];
	PGresult *rows;

	snprintf(org, sizeof(org), "%" PRId64, req->token.org);
	snprintf(user, sizeof(user), "%" PRId64, req->token.user);
	rows = db_ask(req, "session_lives", org, user, req->token.session);
	return rows && *PQgetvalue(rows, 0, 0) == 't';
}

static void
authorize(struct request *req)
{
	int64_t wait = limit_take("live", client_source(req), per_minute, 1);

	if (wait)
		problem_later(req, TOO_MANY_REQUESTS, wait);
	else if (!origin_is_ours(req))
		problem(req, FOREIGN_ORIGIN, NULL);
	else if (!find_token(req) || !lives(req))
		problem(req, NOT_SIGNED_IN, "the live token is missing or not "
			"valid");
	else
		reply_empty(req, 200);
	if (req->status != 200)
		counter_add(COUNTER_LIVE_REFUSED, 1);
}

int
main(int argc, char **argv)
{
	static const struct route no_routes[] = { { NULL } };
	static const struct program program = {
		"authorizer", "auth", no_routes, statements, start, authorize
	};

	return serve(argc, argv, &program);
}
