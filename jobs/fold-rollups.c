/*
 * fold-rollups.c - what the bridge does each second, where there is none.
 *
 * News gets its order, figures are folded, and the rooms forget what is old.
 * While a bridge lives (it says so each second) that is its work, and nothing
 * is done here.
 */
#include "base.h"

#include "job.h"

static const struct statement statements[] = {
	JOB_STATEMENTS,
	{ "bridge", "SELECT coalesce(bridge_beat > now() - interval '1 minute',"
	  " false) FROM system_state()" },
	{ "sequence", "SELECT sequence_pending(1000)" },
	{ "fold", "SELECT fold_rollups(20000)" },
	{ "forget", "SELECT forget_room_events()" },
	{ NULL }
};

/* A statement's number; its transaction is short, others wait for it. */
static long
number(struct job *job, const char *statement)
{
	PGresult *rows = job_ask(job, statement);
	long n = strtol(PQgetvalue(rows, 0, 0), NULL, 10);

	PQclear(rows);
	return n;
}

static long
until_none(struct job *job, const char *statement)
{
	long total = 0, n;

	do
		total += n = number(job, statement);
	while (n && job_goes_on(job));
	return total;
}

static bool
bridge_lives(struct job *job)
{
	PGresult *rows = job_ask(job, "bridge");
	bool lives = *PQgetvalue(rows, 0, 0) == 't';

	PQclear(rows);
	return lives;
}

int
main(int argc, char **argv)
{
	struct job *job = job_begin(argc, argv, "job", statements, 120);
	long placed, folded, forgotten;

	if (bridge_lives(job))
		return job_end(job, "the bridge does it");
	placed = until_none(job, "sequence");
	folded = until_none(job, "fold");
	forgotten = number(job, "forget");
	job_count(job, "{\"places\":%ld,\"figures\":%ld,\"forgotten\":%ld}",
		  placed, folded, forgotten);
	return job_end(job, "gave %ld places, folded %ld figures, forgot %ld "
		       "places", placed, folded, forgotten);
}
