/*
 * unit.c - a job's units of work: leased, kept, let go (job.h).
 */
#include "base.h"

#include "clock.h"
#include "job.h"
#include "log.h"
#include "outbox.h"

struct unit *
job_next_unit(struct job *job)
{
	struct unit *unit;
	PGresult *rows;

	if (time_ticks() >= job->until)
		return NULL;
	rows = job_ask(job, "next_unit", job->name, job->lease_text,
		       job->holder);
	if (!PQntuples(rows)) {
		PQclear(rows);
		return NULL;
	}
	unit = xcalloc(1, sizeof(*unit));
	unit->job = job;
	unit->rows = rows;
	unit->org = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
	snprintf(unit->org_text, sizeof(unit->org_text), "%" PRId64, unit->org);
	unit->name = PQgetvalue(rows, 0, 1);
	unit->run = PQgetvalue(rows, 0, 2);
	unit->checkpoint = PQgetvalue(rows, 0, 3);
	unit->watermark = PQgetisnull(rows, 0, 4) ? NULL
			: PQgetvalue(rows, 0, 4);
	unit->progress = (int)strtol(PQgetvalue(rows, 0, 5), NULL, 10);
	return unit;
}

/* The parameters that all statements about a unit begin with. */
static struct call
call_of(struct unit *unit, const char *statement, int count)
{
	unit->values[0] = unit->org_text;
	unit->values[1] = unit->job->name;
	unit->values[2] = unit->name;
	unit->values[3] = unit->job->holder;
	return (struct call){ statement, count, unit->values, NULL, 0, NULL };
}

struct call
job_enter(struct unit *unit)
{
	return call_of(unit, "enter_unit", 1);
}

struct call
job_checkpoint(struct unit *unit, const char *json, int percent,
	       const char *message, const char *watermark, const char *counted)
{
	snprintf(unit->percent, sizeof(unit->percent), "%d", percent);
	unit->values[4] = unit->job->lease_text;
	unit->values[5] = json;
	unit->values[6] = watermark;
	unit->values[7] = percent < 0 ? NULL : unit->percent;
	unit->values[8] = message;
	unit->values[9] = counted;
	return call_of(unit, "checkpoint_unit", 10);
}

bool
job_goes_on_with(const struct unit *unit, const struct call *checkpoint)
{
	outbox_wake();
	return *PQgetvalue(checkpoint->result, 0, 0) == 't' &&
	       time_ticks() < unit->job->until;
}

bool
job_keep(struct unit **unit, const char *json, int percent,
	 const char *message)
{
	struct call call = job_checkpoint(*unit, json, percent, message, NULL,
					  NULL);
	struct db_error error;
	bool goes_on;

	if (!db_run((*unit)->job->db, &call, 1, 0, &error)) {
		if (!job_lost(&error))
			job_fail((*unit)->job, error.message);
		job_forget(*unit);
		*unit = NULL;
		return false;
	}
	goes_on = job_goes_on_with(*unit, &call);
	PQclear(call.result);
	return goes_on;
}

bool
job_lost(const struct db_error *error)
{
	return !strcmp(error->state, "PS423");
}

void
job_forget(struct unit *unit)
{
	PQclear(unit->rows);
	free(unit);
}

/* Let go of it; behind a lost lease there is nothing to let go of. */
static void
release(struct unit *unit, const char *state, int64_t seconds,
	const char *watermark, const char *message)
{
	struct call call;
	struct db_error error;

	snprintf(unit->again, sizeof(unit->again), "%" PRId64, seconds);
	unit->values[4] = state;
	unit->values[5] = seconds < 0 ? NULL : unit->again;
	unit->values[6] = watermark;
	unit->values[7] = message;
	call = call_of(unit, "release_unit", 8);
	if (db_run(unit->job->db, &call, 1, 0, &error)) {
		PQclear(call.result);
		outbox_wake();
	} else if (job_lost(&error)) {
		log_line(LOG_WARN, "a unit went to another run", "unit",
			 unit->name, NULL);
	} else {
		job_fail(unit->job, error.message);
	}
	job_forget(unit);
}

void
job_leave(struct unit *unit, int64_t seconds, const char *why)
{
	release(unit, "ACTIVE", seconds < 0 ? 0 : seconds, NULL, why);
}

void
job_finish_unit(struct unit *unit, int64_t seconds, const char *watermark,
		const char *message)
{
	release(unit, "FINISHED", seconds, watermark, message);
}

void
job_fail_unit(struct unit *unit, int64_t seconds, const char *why)
{
	release(unit, "FAILED", seconds, NULL, why);
}
