/*
 * clean-up.c - daily: let go of what is kept no longer.
 *
 * Raw deliveries go with their partition (RETENTION_DELIVERIES days, 30); that
 * one was seen is remembered twice as long, longer than any redelivery. The
 * feed keeps RETENTION_ACTIVITY days (400), the audit log RETENTION_AUDIT (400),
 * and fewer where an organisation says so, the jobs' history RETENTION_JOBS
 * (90); roll-ups stay for ever. An
 * organisation that was deleted 30 days ago goes with all it had. Works in
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
	/* Links and codes that nobody can use any more; letters after a month. */
	{ "tokens", "WITH t AS (DELETE FROM one_time_token"
	  " WHERE expires_at < now() - interval '1 day' RETURNING 1),"
	  " r AS (DELETE FROM registration"
	  " WHERE expires_at < now() - interval '1 day' RETURNING 1),"
	  " d AS (DELETE FROM device_authorisation"
	  " WHERE expires_at < now() - interval '1 hour' RETURNING 1),"
	  " m AS (DELETE FROM mail WHERE state <> 'PENDING'"
	  " AND ended_at < now() - interval '30 days' RETURNING 1)"
	  " SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM r)"
	  " + (SELECT count(*) FROM d) + (SELECT count(*) FROM m)" },
	{ "activity", "SELECT forget_activity($1, 5000)" },
	{ "audit", "SELECT forget_audit($1, 5000)" },
	{ "gone", "SELECT id FROM organisations_to_forget()" },
	{ "forget", "SELECT forget_organisation($1, 5000)" },
	{ "runs", "SELECT forget_runs($1, 5000)" },
	{ "limits", "SELECT forget_limits(1000000)" },
	{ NULL }
};

/* Repeat a statement until it finds no more; how many rows it took. `with` is
 * its parameter; without one it is run once. */
static long
until_none(struct job *job, const char *statement, const char *with)
{
	long total = 0, n;

	do {
		PGresult *rows = with ? job_ask(job, statement, with)
				      : job_ask(job, statement);

		n = strtol(PQgetvalue(rows, 0, 0), NULL, 10);
		PQclear(rows);
		total += n;
	} while (n && with && time_ticks() - job->began < HOUR &&
		 job_goes_on(job));
	return total;
}

/* Those whose grace is over; how many are gone. */
static long
forget_organisations(struct job *job)
{
	PGresult *rows = job_ask(job, "gone");
	long count = 0;

	for (int i = 0; i < PQntuples(rows); i++, count++)
		until_none(job, "forget", PQgetvalue(rows, i, 0));
	PQclear(rows);
	return count;
}

int
main(int argc, char **argv)
{
	struct job *job = job_begin(argc, argv, "job", statements, 600);
	int64_t keep = conf_int("RETENTION_DELIVERIES", 30, 1, 36500);
	char days[24], twice[24], feed[24], audit[24], runs[24];
	long deliveries, sessions, lines, organisations;

	snprintf(days, sizeof(days), "%" PRId64, keep);
	snprintf(twice, sizeof(twice), "%" PRId64, 2 * keep);
	snprintf(feed, sizeof(feed), "%" PRId64,
		 conf_int("RETENTION_ACTIVITY", 400, 1, 36500));
	snprintf(audit, sizeof(audit), "%" PRId64,
		 conf_int("RETENTION_AUDIT", 400, 1, 36500));
	snprintf(runs, sizeof(runs), "%" PRId64,
		 conf_int("RETENTION_JOBS", 90, 1, 36500));
	PQclear(job_ask(job, "partitions", days));
	deliveries = until_none(job, "deliveries", twice);
	sessions = until_none(job, "sessions", NULL);
	until_none(job, "tokens", NULL);
	lines = until_none(job, "activity", feed);
	until_none(job, "limits", NULL);
	lines += until_none(job, "audit", audit);
	until_none(job, "runs", runs);
	organisations = forget_organisations(job);
	job_count(job, "{\"deliveries\":%ld,\"sessions\":%ld,\"lines\":%ld,"
		  "\"organisations\":%ld}", deliveries, sessions, lines,
		  organisations);
	return job_end(job, "let go of %ld deliveries, %ld sessions, %ld "
		       "lines, %ld organisations", deliveries, sessions, lines,
		       organisations);
}
