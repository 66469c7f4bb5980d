/*
 * backfill-repos.c - the history of repositories that were connected: the last
 * 30 days of all of them, then what is older, up to BACKFILL_DAYS.
 *
 * A unit is a repository (repository.id). Nothing of it is news, but for what
 * happened within the last minutes.
 */
#include "base.h"

#include "conf.h"
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
	struct job *job = job_begin_units(argc, argv, "job", statements,
					  LEASE);
	int64_t days = conf_int("BACKFILL_DAYS", 90, 1, 36500);
	struct walk_kind kind = { .turns = days > 30 ? 2 : 1 };
	struct unit *unit;
	char phase[32];
	int units = 0;

	snprintf(phase, sizeof(phase), "%" PRId64 " days", days);
	kind.turn[0].days = days > 30 ? 30 : days;
	kind.turn[0].phase = days > 30 ? "30 days" : phase;
	kind.turn[1].days = days;
	kind.turn[1].phase = phase;
	http_start();
	while ((unit = job_next_unit(job))) {
		walk_unit(job, unit, &kind);
		units++;
	}
	return job_end(job, "went on with %d repositories", units);
}
