/*
 * monitor.c - the program `monitor`: its resources joined (monitor.h).
 */
#include "base.h"

#include "monitor.h"

static const struct part parts[] = {
	{ jobs_statements, jobs_routes },
	{ letters_statements, letters_routes },
	{ erasures_statements, erasures_routes },
};

int
main(int argc, char **argv)
{
	return serve_parts(argc, argv, parts, COUNT(parts),
			   (struct program){
		"monitor", "web",
		.about = "What works in the background, and what could not be "
			 "read"
	});
}
