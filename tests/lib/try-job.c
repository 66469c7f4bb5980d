/*
 * try-job.c - a job that the tests of the frame run: each of its units has ten
 * pages, and each page is a row.
 *
 * TRY_KILL=n: killed behind its nth page, before it is committed. TRY_STOP=n:
 * stopped (SIGSTOP) before that page is committed. TRY_LEAVE, TRY_FAIL: at the
 * page of that number, by a limit or for good.
 */
#include "base.h"

#include <signal.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "job.h"

static const struct statement statements[] = {
	UNIT_STATEMENTS,
	{ "page", "INSERT INTO try_page (org_id, unit, page)"
	  " VALUES ($1, $2, $3)" },
	{ NULL }
};

static int done;

/* One page with its checkpoint; false: leave it. */
static bool
do_page(struct unit **unit, int page)
{
	char number[16], json[32];
	const char *values[] = { (*unit)->org_text, (*unit)->name, number };
	struct call calls[3] = { 0 };
	struct db_error error;
	bool goes_on;

	snprintf(number, sizeof(number), "%d", page);
	snprintf(json, sizeof(json), "{\"page\": %d}", page);
	if (++done == conf_int("TRY_KILL", 0, 0, 1000))
		raise(SIGKILL);
	if (done == conf_int("TRY_STOP", 0, 0, 1000))
		raise(SIGSTOP);
	calls[0] = job_enter(*unit);
	calls[1] = (struct call){ "page", 3, values };
	calls[2] = job_checkpoint(*unit, json, page * 10, NULL, NULL,
				  "{\"pages\": 1}");
	if (!db_run((*unit)->job->db, calls, 3, 0, &error)) {
		if (!job_lost(&error))
			job_fail((*unit)->job, error.message);
		job_forget(*unit);
		*unit = NULL;
		return false;
	}
	goes_on = job_goes_on_with(*unit, calls + 2);
	for (int i = 0; i < 3; i++)
		PQclear(calls[i].result);
	return goes_on;
}

static void
work(struct unit *unit)
{
	const char *colon = strchr(unit->checkpoint, ':');
	int page = colon ? (int)strtol(colon + 1, NULL, 10) : 0;

	while (page < 10) {
		if (page == conf_int("TRY_LEAVE", -1, -1, 10)) {
			job_leave(unit, 3600, "the limit is reached");
			return;
		}
		if (page == conf_int("TRY_FAIL", -1, -1, 10)) {
			job_fail_unit(unit, -1, "there is no such thing");
			return;
		}
		if (!do_page(&unit, ++page)) {
			if (unit)
				job_leave(unit, 0, "it was paused");
			return;
		}
	}
	job_finish_unit(unit, -1, "2026-01-02T03:04:05Z", "all is read");
}

int
main(int argc, char **argv)
{
	struct job *job = job_begin_units(argc, argv, "job", statements, 30);
	struct unit *unit;
	int units = 0;

	for (; (unit = job_next_unit(job)); units++)
		work(unit);
	return job_end(job, "%d units", units);
}
