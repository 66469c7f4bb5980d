/*
 * repos_environments.c - which environments are production.
 *
 * Tools call them as they like; rules say what they are, the first whose
 * pattern fits. An organisation without rules of its own has those of the view
 * default_environment; PUT takes all rules at once, and none for those.
 *
 * Tables: environment_rule (sql/functions/85-reports.sql).
 */
#include "base.h"

#include "repos.h"

const struct statement environment_statements[] = {
	{ "environments", "SELECT json_build_object('name', name, 'tier', tier,"
	  " 'pattern', pattern), place FROM environments_of($1)"
	  " ORDER BY place" },
	{ "set_environments", "SELECT set_environments($1, $2, $3)" },
	{ NULL }
};

static void
list_environments(struct request *req)
{
	reply_page(req, db_query(req, "environments"));
}

static void
set_environments(struct request *req)
{
	reply_done(req, db_query(req, "set_environments", param(req, "data"),
				 client_address(req)));
}

const struct route environment_routes[] = {
	{ "GET", "/environments", SEE, list_environments,
	  "What environments are: the first pattern that fits says it",
	  "EnvironmentPage" },
	{ "PUT", "/environments", ADMINISTER, set_environments,
	  "Set the rules for environments, all at once; none: the usual ones",
	  NULL, { { "data", is_environments } }, .status = 204 },
	{ NULL }
};
