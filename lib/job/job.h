/*
 * job.h - the frame of a cron program: a lease, options, a report.
 *
 * A job may be started twice, at once and late: it takes the lease in its
 * name, or says that another has it and ends well. The lease ends by itself,
 * so a killed job holds nobody up.
 */
#ifndef PULSE_JOB_H
#define PULSE_JOB_H

#include "base.h"
#include "db.h"

struct job {
	const char *name;
	struct db *db;
	int64_t began, lease;		/* time_ticks(), seconds */
};

/* Statements that the frame needs, for a job's table. */
#define JOB_STATEMENTS							\
	{ "take_lease", "SELECT take_lease($1, $2::interval)" },	\
	{ "end_lease", "SELECT end_lease($1, $2, $3)" }

/*
 * Begin: read the configuration, connect as `family`, take the lease for
 * `seconds`. Ends the program (status 0) when another run has it.
 */
struct job *job_begin(int argc, char **argv, const char *family,
		      const struct statement *statements, int seconds);

/* One statement with text parameters up to a NULL; ends the job as FAILED
 * when it does not work. The result is the caller's. */
PGresult *job_ask_(struct job *job, const char *statement, ...)
	__attribute__((sentinel));
#define job_ask(...) job_ask_(__VA_ARGS__, (char *)NULL)

/* Is there time left of the lease? Takes it anew while the job goes on. */
bool job_goes_on(struct job *job);

/* End well, with one line of what was done. Returns the exit status. */
int job_end(struct job *job, const char *report, ...) PRINTF(2, 3);
NORETURN void job_fail(struct job *job, const char *why);

#endif
