/*
 * erase-people.c - every minute: people who are to be erased.
 *
 * A unit is an erasure; its steps are those of erase_step()
 * (sql/functions/83-erasure.sql), each in pieces. A step finds what is left to
 * do, so one that is run again does no harm.
 */
#include "base.h"

#include "job.h"

#define PIECE "1000"		/* records, or ten times as few raw bodies */

static const struct statement statements[] = {
	UNIT_STATEMENTS,
	{ "steps", "SELECT erase_steps()" },
	{ "step", "SELECT erase_step($1, $2, $3, " PIECE ")" },
	{ NULL }
};

static int steps;

enum piece { DONE, MORE, STOP, LOST };

/* One piece of a step, together with its checkpoint. */
static enum piece
do_piece(struct unit *unit, int step)
{
	char number[16], json[32];
	const char *values[] = { unit->org_text, unit->name, number };
	struct call calls[3] = { 0 };
	struct db_error error;
	enum piece came;

	snprintf(number, sizeof(number), "%d", step);
	snprintf(json, sizeof(json), "{\"step\": %d}", step);
	calls[0] = job_enter(unit);
	calls[1] = (struct call){ "step", 3, values };
	calls[2] = job_checkpoint(unit, json, 100 * step / steps, NULL, NULL,
				  NULL);
	if (!db_run(unit->job->db, calls, 3, 0, &error)) {
		if (!job_lost(&error))
			job_fail(unit->job, error.message);
		return LOST;
	}
	came = !job_goes_on_with(unit, calls + 2) ? STOP
	       : *PQgetvalue(calls[1].result, 0, 0) == 't' ? DONE : MORE;
	for (int i = 0; i < 3; i++)
		PQclear(calls[i].result);
	return came;
}

static void
erase(struct unit *unit)
{
	const char *colon = strchr(unit->checkpoint, ':');
	int step = colon ? (int)strtol(colon + 1, NULL, 10) : 0;

	while (step < steps) {
		switch (do_piece(unit, step)) {
		case DONE:
			step++;
			break;
		case MORE:
			break;
		case STOP:
			job_leave(unit, 0, "to be gone on with");
			return;
		case LOST:
			job_forget(unit);
			return;
		}
	}
	job_finish_unit(unit, -1, NULL, "a person was erased");
}

int
main(int argc, char **argv)
{
	struct job *job = job_begin_units(argc, argv, "job", statements, 600);
	PGresult *rows = job_ask(job, "steps");
	struct unit *unit;
	int count = 0;

	steps = (int)strtol(PQgetvalue(rows, 0, 0), NULL, 10);
	PQclear(rows);
	for (; (unit = job_next_unit(job)); count++)
		erase(unit);
	return job_end(job, "worked on %d erasures", count);
}
