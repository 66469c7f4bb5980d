/*
 * repos.c - the program `repos`: its resources joined (repos.h).
 */
#include "base.h"

#include "repos.h"

static const struct part parts[] = {
	{ list_statements, list_routes },
	{ jira_statements, jira_routes },
};

int
main(int argc, char **argv)
{
	return serve_parts(argc, argv, parts, COUNT(parts),
			   (struct program){
		"repos", "web", .start = jira_start,
		.about = "Repositories and what belongs to them"
	});
}
