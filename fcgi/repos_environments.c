/*
 * repos_environments.c - which environments are production, and what is a
 * deployment.
 *
 * Tools call them as they like; rules say what they are, the first whose
 * pattern fits. An organisation without rules of its own has those of the view
 * default_environment; PUT takes all rules at once, and none for those. Where
 * nobody reports deployments, other rules say which runs of a workflow,
 * releases or tags are some.
 *
 * Tables: environment_rule, deployment_rule (sql/functions/85-reports.sql,
 * 86-deployment-rules.sql).
 */
#include "base.h"

#include "repos.h"

const struct statement environment_statements[] = {
	{ "environments", "SELECT json_build_object('name', name, 'tier', tier,"
	  " 'pattern', pattern), place FROM environments_of($1)"
	  " ORDER BY place" },
	{ "set_environments", "SELECT set_environments($1, $2, $3)" },
	{ "deployment_rules", "SELECT json_build_object('source', source,"
	  " 'pattern', pattern, 'branch', branch, 'repository', repository,"
	  " 'environment', environment), place FROM deployment_rule"
	  " WHERE org_id = $1 ORDER BY place" },
	{ "set_deployment_rules", "SELECT set_deployment_rules($1, $2, $3)" },
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

static void
list_rules(struct request *req)
{
	reply_page(req, db_query(req, "deployment_rules"));
}

static void
set_rules(struct request *req)
{
	reply_done(req, db_query(req, "set_deployment_rules",
				 param(req, "data"), client_address(req)));
}

const struct route environment_routes[] = {
	{ "GET", "/environments", SEE, list_environments,
	  "What environments are: the first pattern that fits says it",
	  "EnvironmentPage" },
	{ "PUT", "/environments", ADMINISTER, set_environments,
	  "Set the rules for environments, all at once; none: the usual ones",
	  NULL, { { "data", is_environments } }, .status = 204 },
	{ "GET", "/deployments/rules", SEE, list_rules,
	  "What is a deployment though nobody reports it",
	  "DeploymentRulePage" },
	{ "PUT", "/deployments/rules", ADMINISTER, set_rules,
	  "Set the rules for deployments, all at once; they hold for what has "
	  "been, too", NULL, { { "data", is_deployment_rules } },
	  .status = 204 },
	{ NULL }
};
