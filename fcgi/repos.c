/*
 * repos.c - the program `repos`: its resources joined (repos.h).
 */
#include "base.h"

#include "repos.h"

static const struct part parts[] = {
	/* What is named before what is in braces: /repos/available. */
	{ available_statements, available_routes },
	{ list_statements, list_routes },
	{ coverage_statements, coverage_routes },
	{ repository_token_statements, repository_token_routes },
	{ report_statements, report_routes },
	{ environment_statements, environment_routes },
	{ install_statements, install_routes },
	{ jira_statements, jira_routes },
	{ integration_statements, integration_routes },
	{ pull_statements, pull_routes },
};

int
main(int argc, char **argv)
{
	return serve_parts(argc, argv, parts, COUNT(parts),
			   (struct program){
		"repos", "web", .start = integrations_start,
		.about = "Repositories and what belongs to them"
	});
}
