/*
 * process-deliveries.c - every minute: read what was postponed.
 *
 * A delivery that waits is read like a new one. When the database refuses it
 * for now it waits again, 1, 2, 4, … 32 minutes, and is a dead letter then.
 * Bodies are fetched one at a time, since one may have 25 MB.
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "ingest.h"
#include "job.h"
#include "log.h"

#define PAGE "50"

static const struct statement statements[] = {
	JOB_STATEMENTS,
	INGEST_STATEMENTS,
	{ "due", "SELECT d.door, d.guid, d.received_at, d.event,"
	  " (extract(epoch FROM d.received_at) * 1000)::bigint,"
	  " coalesce(c.host, '')"
	  " FROM delivery d JOIN delivery_body b"
	  " ON b.received_at = d.received_at AND b.door = d.door"
	  " AND b.guid = d.guid"
	  " LEFT JOIN LATERAL door(d.door) c ON true"
	  " WHERE d.state = 'waiting' AND d.next_attempt_at <= now()"
	  " ORDER BY d.next_attempt_at LIMIT " PAGE },
	{ "body", "SELECT body FROM delivery_body"
	  " WHERE door = $1 AND guid = $2 AND received_at = $3" },
	{ "wait_longer", "UPDATE delivery SET"
	  " state = CASE WHEN attempts > 6 THEN 'dead' ELSE 'waiting' END,"
	  " reason = $3, attempts = attempts + 1,"
	  " next_attempt_at = now() + make_interval(mins => 1 << (attempts - 1))"
	  " WHERE door = $1 AND guid = $2 AND state = 'waiting'" },
	{ NULL }
};

static PGresult *
fetch_body(struct job *job, const PGresult *rows, int i)
{
	const char *values[] = {
		PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
		PQgetvalue(rows, i, 2)
	};
	struct call call = { "body", 3, values, .binary_result = true };
	struct db_error error;

	if (!db_run(job->db, &call, 1, 0, &error))
		job_fail(job, error.message);
	return call.result;
}

static void
read_one(struct job *job, struct ingest *ingest, const PGresult *rows, int i)
{
	struct arena arena = { 0 };
	PGresult *body = fetch_body(job, rows, i);
	const char *host = PQgetvalue(rows, i, 5);
	struct delivery d = {
		.door = strtoll(PQgetvalue(rows, i, 0), NULL, 10),
		.host = *host ? host : conf_or("GITHUB_HOST", "github.com"),
		.guid = PQgetvalue(rows, i, 1), .event = PQgetvalue(rows, i, 3),
		.received_at = strtoll(PQgetvalue(rows, i, 4), NULL, 10),
		.arena = &arena,
	};
	enum ingest_outcome outcome;

	/* Its partition may have gone since. */
	if (!PQntuples(body)) {
		PQclear(body);
		return;
	}
	d.body = PQgetvalue(body, 0, 0);
	d.len = (size_t)PQgetlength(body, 0, 0);
	outcome = ingest_delivery(ingest, job->db, &d);
	if (outcome == INGEST_FAILED || outcome == INGEST_UNKNOWN)
		PQclear(job_ask(job, "wait_longer", PQgetvalue(rows, i, 0),
				d.guid, outcome == INGEST_UNKNOWN
				? "the repository is not connected"
				: d.error.message));
	PQclear(body);
	arena_release(&arena);
}

int
main(int argc, char **argv)
{
	struct job *job = job_begin(argc, argv, "job", statements, 120);
	struct ingest *ingest = ingest_new("job");
	int total = 0, n;

	do {
		PGresult *rows = job_ask(job, "due");

		n = PQntuples(rows);
		for (int i = 0; i < n; i++)
			read_one(job, ingest, rows, i);
		PQclear(rows);
		total += n;
	} while (n && job_goes_on(job));
	job_count(job, "{\"deliveries\":%d}", total);
	return job_end(job, "read %d postponed deliveries", total);
}
