/*
 * job.h - the frame of a cron program: leases, units of work, a report.
 *
 * A job may be started twice, at once and late. There are two kinds:
 *
 * For the installation: job_begin() takes the lease in the job's name, or says
 * that another has it and ends well.
 *
 * Unit by unit: job_begin_units(), then job_next_unit() leases one after
 * another what is due in the table job_unit (a repository, a Jira connection),
 * whichever organisation's turn it is. Several may run at once, on several
 * hosts. Each page of a unit commits together with its checkpoint:
 *
 *	while ((unit = job_next_unit(job))) {
 *		... fetch a page from unit->checkpoint on ...
 *		calls[0] = job_enter(unit);
 *		calls[1] = ... what the page writes ...
 *		calls[2] = job_checkpoint(unit, "{\"page\":2}", 40, "2 of 5",
 *					  NULL, "{\"records\":50}");
 *		if (!db_run(job->db, calls, 3, 0, &error))
 *			... job_lost(&error): let go by job_forget(unit) ...
 *		if (!job_goes_on_with(unit, &calls[2]))
 *			job_leave(unit, 0, "paused");
 *		...
 *		job_finish_unit(unit, 900, watermark, "all is read");
 *	}
 *
 * so a job that was killed goes on where it stopped. A lease ends by itself; a
 * run that was stopped meanwhile (SIGSTOP, a host asleep) finds at its next
 * checkpoint that another has it, and its page does not commit.
 *
 * What a unit waits for (a rate limit, a server that is down) is waited for by
 * job_leave(), never by sleeping. Which units there are is said by the SQL
 * functions want_unit(org, job, unit, not_before) and drop_unit(); each job has
 * a row in jobs.def.
 */
#ifndef PULSE_JOB_H
#define PULSE_JOB_H

#include "base.h"
#include "db.h"

struct job {
	const char *name;
	struct db *db;
	int64_t began, lease;		/* time_ticks(), seconds */
	int64_t until;			/* time_ticks(): no new unit behind it */
	char holder[40], lease_text[24];/* as the statements take them */
	char counted[512];		/* JSON; job_count() */
};

/* Statements that the frame needs, for a job's table. */
#define JOB_STATEMENTS							\
	{ "take_lease", "SELECT take_lease($1, $2::interval, $3)" },	\
	{ "end_lease", "SELECT end_lease($1, $2, $3, $4, $5)" }

/* And with units. */
#define UNIT_STATEMENTS							\
	JOB_STATEMENTS,							\
	{ "begin_units", "SELECT begin_units($1, $2::interval, $3)" },	\
	{ "next_unit", "SELECT * FROM next_unit($1, $2::interval, $3)" },\
	{ "enter_unit", "SELECT enter_as($1)" },			\
	{ "checkpoint_unit", "SELECT checkpoint_unit($1, $2, $3, $4,"	\
	  " $5::interval, $6, $7, $8, $9, $10)" },			\
	{ "release_unit", "SELECT release_unit($1, $2, $3, $4, $5,"	\
	  " now() + make_interval(secs => $6), $7, $8)" }

/*
 * Begin: read the configuration, connect as `family`, take the lease for
 * `seconds`. Ends the program (status 0) when another run has it, or it is
 * paused.
 */
struct job *job_begin(int argc, char **argv, const char *family,
		      const struct statement *statements, int seconds);

/* The same for a job of units; `seconds` is the lease of each, renewed by each
 * checkpoint. Takes new units for JOB_SECONDS (50). */
struct job *job_begin_units(int argc, char **argv, const char *family,
			    const struct statement *statements, int seconds);

/* One statement with text parameters up to a NULL; ends the job as FAILED
 * when it does not work. The result is the caller's. */
PGresult *job_ask_(struct job *job, const char *statement, ...)
	__attribute__((sentinel));
#define job_ask(...) job_ask_(__VA_ARGS__, (char *)NULL)

/* Is there time left of the lease? Takes it anew while the job goes on. */
bool job_goes_on(struct job *job);

/* For the history: {"rows":3,…}, as JSON; of the whole run. */
void job_count(struct job *job, const char *format, ...) PRINTF(2, 3);

/* End well, with one line of what was done. Returns the exit status. */
int job_end(struct job *job, const char *report, ...) PRINTF(2, 3);
NORETURN void job_fail(struct job *job, const char *why);

/* A unit of work that this run has leased. */
struct unit {
	struct job *job;
	int64_t org;
	const char *name;		/* job_unit.unit */
	const char *checkpoint;		/* JSON, {} at first; as it was leased */
	const char *watermark;		/* RFC 3339, or NULL at first */
	const char *run;		/* job_run.id */
	int progress;			/* per cent, as it was leased */
	/* What the calls below point to: good until the next one. */
	char org_text[24], percent[16], again[24];
	const char *values[10];
	PGresult *rows;
};

/* Lease the next unit that is due; NULL: none is, or the time is over. */
struct unit *job_next_unit(struct job *job);

/* Calls for the page's transaction: the first enters the unit's organisation
 * (not needed before receive(), which does so itself), the last keeps where to
 * go on and tells how far it is. A NULL or a negative value leaves a thing as
 * it was; `counted` is like {"records":50} and is added to the run's. The
 * strings must stay until the call has run. */
struct call job_enter(struct unit *unit);
struct call job_checkpoint(struct unit *unit, const char *json, int percent,
			   const char *message, const char *watermark,
			   const char *counted);
/* Behind it: false when an admin has paused the job, or the time of this run
 * is over: leave it. */
bool job_goes_on_with(const struct unit *unit, const struct call *checkpoint);
/* The same two as a transaction of their own. False: leave it; or the lease
 * was lost, and then the unit is forgotten: *unit is NULL. */
bool job_keep(struct unit **unit, const char *json, int percent,
	      const char *message);

/* Did a transaction fail since the lease is another's? */
bool job_lost(const struct db_error *error);

/*
 * Let go of a unit, each by a transaction of its own; the unit is freed.
 * Leave: goes on in so many seconds, from its checkpoint. Finish and fail: due
 * again in so many seconds; negative: when it is wanted. Forget: it is
 * another's.
 */
void job_leave(struct unit *unit, int64_t seconds, const char *why);
void job_finish_unit(struct unit *unit, int64_t seconds, const char *watermark,
		     const char *message);
void job_fail_unit(struct unit *unit, int64_t seconds, const char *why);
void job_forget(struct unit *unit);

#endif
