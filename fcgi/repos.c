/*
 * repos.c - the program `repos`: its resources joined (repos.h).
 */
#include "base.h"

#include "repos.h"

static const struct part parts[] = {
	{ list_statements, list_routes },
	{ coverage_statements, coverage_routes },
	{ repository_token_statements, repository_token_routes },
	{ report_statements, report_routes },
	{ environment_statements, environment_routes },
};

int
main(int argc, char **argv)
{
	return serve_parts(argc, argv, parts, COUNT(parts),
			   (struct program){
		"repos", "web",
		.about = "Repositories and what belongs to them"
	});
}
