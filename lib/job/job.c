/*
 * job.c - the frame of a cron program.
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "job.h"
#include "log.h"
#include "shared.h"

static bool
take_lease(struct job *job)
{
	char seconds[32];
	PGresult *rows;
	bool got;

	snprintf(seconds, sizeof(seconds), "%" PRId64 " s", job->lease);
	rows = job_ask(job, "take_lease", job->name, seconds);
	got = *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
	return got;
}

struct job *
job_begin(int argc, char **argv, const char *family,
	  const struct statement *statements, int seconds)
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
	if (!take_lease(job)) {
		log_line(LOG_INFORM, "another run has the lease", NULL);
		exit(0);
	}
	return job;
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
	return take_lease(job);
}

static void
end_lease(struct job *job, const char *state, const char *message)
{
	const char *values[] = { job->name, state, message };
	struct call call = { "end_lease", 3, values, NULL, 0, NULL };
	struct db_error error;

	if (db_run(job->db, &call, 1, 0, &error))
		PQclear(call.result);
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
