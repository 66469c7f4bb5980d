/*
 * sync-github.c - each half hour of every repository: what no webhook told.
 *
 * A unit is a repository (repository.id); it is asked for what changed since
 * ten minutes before it was asked last. Lists that have not changed cost
 * nothing, by their etags. Webhooks are made where they are missing, and
 * removed where the repository was disconnected.
 */
#include "base.h"

#include "github_walk.h"
#include "http.h"
#include "ingest.h"

#define LEASE 120		/* seconds; a request takes 30 at most */

static const struct statement statements[] = {
	UNIT_STATEMENTS,
	GITHUB_STATEMENTS,
	RECORD_STATEMENTS,
	{ "enter_as", "SELECT enter_as($1)" },
	{ NULL }
};

int
main(int argc, char **argv)
{
	static const struct walk_kind kind = {
		.sync = true, .turns = 1, .turn = { { "sync", 0 } }
	};
	struct job *job = job_begin_units(argc, argv, "job", statements,
					  LEASE);
	struct unit *unit;
	int units = 0;

	http_start();
	while ((unit = job_next_unit(job))) {
		walk_unit(job, unit, &kind);
		units++;
	}
	return job_end(job, "looked after %d repositories", units);
}
