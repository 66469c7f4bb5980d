/*
 * job.c - the frame of a cron program: lease, options, report.
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "job.h"
#include "log.h"
#include "shared.h"

#define SECOND INT64_C(1000000)

/* The number of this run: PostgreSQL takes a UUID without hyphens. */
static void
name_run(char to[40])
{
	unsigned char bytes[16];

	random_bytes(bytes, sizeof(bytes));
	hex_encode(to, bytes, sizeof(bytes));
}

static bool
take_lease(struct job *job, const char *statement)
{
	PGresult *rows = job_ask(job, statement, job->name, job->lease_text,
				 job->holder);
	bool got = *PQgetvalue(rows, 0, 0) == 't';

	PQclear(rows);
	return got;
}

static struct job *
begin(int argc, char **argv, const char *family,
      const struct statement *statements, int seconds, const char *lease)
{
	struct job *job = xcalloc(1, sizeof(*job));
	const char *slash = strrchr(argv[0], '/');
	struct db_error error;
	bool check = argc > 1 && !strcmp(argv[1], "--check");

	job->name = slash ? slash + 1 : argv[0];
	if (!strncmp(job->name, "lt-", 3))
		job->name += 3;		/* libtool's wrapper */
	log_init(job->name);
	if (argc > 1 && !check)
		die("%s is not an option: --check", argv[1]);
	conf_load();
	shared_open();
	job->db = db_open(family, statements, check, 5, &error);
	if (!job->db || *error.state)
		die("%s", error.message);
	if (check) {
		printf("%s: all statements prepare\n", job->name);
		exit(0);
	}
	job->lease = seconds;
	job->began = time_ticks();
	job->until = job->began + SECOND * conf_int("JOB_SECONDS", 50, 1, 3600);
	snprintf(job->lease_text, sizeof(job->lease_text), "%d s", seconds);
	snprintf(job->counted, sizeof(job->counted), "{}");
	name_run(job->holder);
	if (!take_lease(job, lease)) {
		log_line(LOG_INFORM, "another run has the lease, or the job is "
			 "paused", NULL);
		exit(0);
	}
	return job;
}

struct job *
job_begin(int argc, char **argv, const char *family,
	  const struct statement *statements, int seconds)
{
	return begin(argc, argv, family, statements, seconds, "take_lease");
}

struct job *
job_begin_units(int argc, char **argv, const char *family,
		const struct statement *statements, int seconds)
{
	return begin(argc, argv, family, statements, seconds, "begin_units");
}

PGresult *
job_ask_(struct job *job, const char *statement, ...)
{
	const char *values[16];
	struct call call = { statement, 0, values, NULL, 0, NULL };
	struct db_error error;
	va_list args;

	va_start(args, statement);
	while (call.count < 16 &&
	       (values[call.count] = va_arg(args, const char *)))
		call.count++;
	va_end(args);
	if (!db_run(job->db, &call, 1, 0, &error))
		job_fail(job, error.message);
	return call.result;
}

bool
job_goes_on(struct job *job)
{
	return take_lease(job, "take_lease");
}

void
job_count(struct job *job, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(job->counted, sizeof(job->counted), format, args);
	va_end(args);
}

static void
end_lease(struct job *job, const char *state, const char *message)
{
	const char *values[] = {
		job->name, job->holder, state, message, job->counted
	};
	struct call call = { "end_lease", 5, values, NULL, 0, NULL };
	struct db_error error;

	if (db_run(job->db, &call, 1, 0, &error))
		PQclear(call.result);
	else
		log_line(LOG_WARN, "cannot write down how the job ended",
			 "why", error.message, NULL);
}

int
job_end(struct job *job, const char *report, ...)
{
	char message[512], micro[24];
	va_list args;

	va_start(args, report);
	vsnprintf(message, sizeof(message), report, args);
	va_end(args);
	end_lease(job, "FINISHED", message);
	snprintf(micro, sizeof(micro), "%" PRId64, time_ticks() - job->began);
	log_line(LOG_INFORM, message, "microseconds", micro, NULL);
	db_close(job->db);
	free(job);
	return 0;
}

void
job_fail(struct job *job, const char *why)
{
	end_lease(job, "FAILED", why);
	die("%s", why);
}
