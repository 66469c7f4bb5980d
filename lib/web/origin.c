/*
 * origin.c - which pages may ask.
 */
#include "origin.h"

#include "conf.h"
#include "params.h"

static const char *frontend;
static bool lists;

void
origin_init(void)
{
	frontend = conf_or("FRONTEND_URL", "");
	lists = conf_get("CORS_ORIGINS") || conf_get("CORS_CREDENTIALS");
}

static bool
is_frontend(const char *origin)
{
	size_t len = strlen(frontend);

	while (len && frontend[len - 1] == '/')
		len--;
	return len && strlen(origin) == len && !strncmp(origin, frontend, len);
}

static bool
is_listed(const char *origin)
{
	return lists && (conf_lists("CORS_ORIGINS", origin) ||
			 conf_lists("CORS_CREDENTIALS", origin));
}

bool
origin_is_ours(struct request *req)
{
	const char *origin = header(req, "Origin");

	return !origin || is_frontend(origin) ||
	       (lists && conf_lists("CORS_CREDENTIALS", origin));
}

void
origin_headers(struct request *req)
{
	const char *origin = header(req, "Origin");

	/* Also of an answer that nobody asked from elsewhere: a cache between
	 * must not give it to somebody who does. */
	if (lists)
		reply_header(req, "Vary", "Origin");
	if (!origin || !is_listed(origin))
		return;
	reply_header(req, "Access-Control-Allow-Origin", "%s", origin);
	reply_header(req, "Access-Control-Expose-Headers",
		     "ETag, Retry-After, X-Request-Id");
	if (conf_lists("CORS_CREDENTIALS", origin))
		reply_header(req, "Access-Control-Allow-Credentials", "true");
}

bool
origin_preflight(struct request *req, const char *path)
{
	const char *method = variable(req, "REQUEST_METHOD");
	const char *wanted = header(req, "Access-Control-Request-Method");
	const char *origin = header(req, "Origin");

	if (!method || strcmp(method, "OPTIONS") || !wanted || !origin ||
	    !is_listed(origin))
		return false;
	if (!find_route(req, wanted, path))
		return true;
	reply_header(req, "Access-Control-Allow-Methods", "%s",
		     req->route->method);
	reply_header(req, "Access-Control-Allow-Headers",
		     "Authorization, Content-Type, If-None-Match");
	reply_header(req, "Access-Control-Max-Age", "600");
	reply_empty(req, 204);
	return true;
}

bool
origin_may(struct request *req)
{
	const char *origin = header(req, "Origin");

	if (!strcmp(req->route->method, "GET") || origin_is_ours(req) ||
	    is_listed(origin))
		return true;
	problem(req, FOREIGN_ORIGIN, "\"%s\" is not this installation's page",
		origin);
	return false;
}
