/*
 * clean-up.c - daily: let go of what is kept no longer.
 *
 * Raw deliveries go with their partition (RETENTION_DELIVERIES days, 30); that
 * one was seen is remembered twice as long, longer than any redelivery. The
 * feed keeps RETENTION_ACTIVITY days (400), roll-ups stay for ever. Works in
 * pieces and stops after an hour: tomorrow is another day.
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "job.h"

#define HOUR INT64_C(3600000000)

static const struct statement statements[] = {
	JOB_STATEMENTS,
	{ "partitions", "SELECT keep_partitions(make_interval(days => $1))" },
	{ "deliveries", "WITH gone AS (DELETE FROM delivery WHERE (door, guid)"
	  " IN (SELECT door, guid FROM delivery WHERE received_at <"
	  " now() - make_interval(days => $1) LIMIT 5000) RETURNING 1)"
	  " SELECT count(*) FROM gone" },
	{ "sessions", "WITH gone AS (DELETE FROM session"
	  " WHERE expires_at < now() RETURNING 1) SELECT count(*) FROM gone" },
	{ "activity", "SELECT forget_activity($1, 5000)" },
	{ "limits", "SELECT forget_limits(1000000)" },
	{ NULL }
};

/* Repeat a statement until it finds no more; how many rows it took. */
static long
until_none(struct job *job, const char *statement, const char *days)
{
	long total = 0, n;

	do {
		PGresult *rows = days ? job_ask(job, statement, days)
				      : job_ask(job, statement);

		n = strtol(PQgetvalue(rows, 0, 0), NULL, 10);
		PQclear(rows);
		total += n;
	} while (n && days && time_ticks() - job->began < HOUR &&
		 job_goes_on(job));
	return total;
}

int
main(int argc, char **argv)
{
	struct job *job = job_begin(argc, argv, "job", statements, 600);
	int64_t keep = conf_int("RETENTION_DELIVERIES", 30, 1, 36500);
	char days[24], twice[24], feed[24];
	long deliveries, sessions, lines;

	snprintf(days, sizeof(days), "%" PRId64, keep);
	snprintf(twice, sizeof(twice), "%" PRId64, 2 * keep);
	snprintf(feed, sizeof(feed), "%" PRId64,
		 conf_int("RETENTION_ACTIVITY", 400, 1, 36500));
	PQclear(job_ask(job, "partitions", days));
	deliveries = until_none(job, "deliveries", twice);
	sessions = until_none(job, "sessions", NULL);
	lines = until_none(job, "activity", feed);
	until_none(job, "limits", NULL);
	return job_end(job, "let go of %ld deliveries, %ld sessions, %ld lines",
		       deliveries, sessions, lines);
}
