/*
 * monitor_jobs.c - the jobs: how they are, what they did, and an admin's word to
 * them.
 *
 * Which there are stands in lib/job/jobs.def. What they did for an organisation
 * is its own; those of the installation are the operator's (pulsectl jobs), and
 * only whether they run is told here.
 *
 * Tables: job, job_unit, job_run, job_control (sql/schema.sql).
 */
#include "base.h"

#include "monitor.h"

#define JOB(name, title, period, at, seconds, option, units)		\
	"{\"name\":\"" name "\",\"title\":\"" title "\",\"period\":"	\
	#period ",\"at\":" #at ",\"units\":" #units "},"
static const char all_jobs[] = "["
#include "jobs.def"
	"{}]";
#undef JOB

static const struct {
	const char *name;
	bool units;
} known[] = {
#define JOB(name, title, period, at, seconds, option, units) { name, units },
#include "jobs.def"
#undef JOB
};

#define RUN								\
	"SELECT job_run_shown(r), r.id FROM job_run r"			\
	" WHERE r.org_id = $1 AND r.id < $2"
#define NEWEST " ORDER BY r.id DESC LIMIT $3::integer + 1"

const struct statement jobs_statements[] = {
	{ "jobs", "SELECT json_build_object('data', json_agg(show_job($1,"
	  " j.name, j.title, j.period, j.at, j.units) ORDER BY j.n),"
	  " 'next', NULL) FROM ROWS FROM (json_to_recordset($2::json) AS"
	  " (name text, title text, period bigint, at bigint, units boolean))"
	  " WITH ORDINALITY j (name, title, period, at, units, n)"
	  " WHERE j.name IS NOT NULL" },
	{ "runs", RUN NEWEST },
	{ "runs_of_job", RUN " AND r.job = $4" NEWEST },
	{ "run_job", "SELECT run_job($1, $2, $3)" },
	{ "pause_job", "SELECT pause_job($1, $2, $3, $4)" },
	{ NULL }
};

static const char *
test_job(const char *value)
{
	size_t len = strlen(value);

	return len && len <= 40 && value[0] >= 'a' && value[0] <= 'z' &&
	       strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") == len
	       ? NULL : "is not a job's name";
}

static check is_job = { { test_job, "{\"type\":\"string\",\"pattern\":"
	"\"^[a-z][a-z0-9-]{0,39}$\"}", false } };

static void
list_jobs(struct request *req)
{
	reply_row(req, db_query(req, "jobs", all_jobs), 200);
}

static void
list_runs(struct request *req)
{
	const char *job = param(req, "job");

	reply_page(req, *job ? db_query(req, "runs_of_job",
					param(req, "cursor"),
					param(req, "limit"), job)
			     : db_query(req, "runs", param(req, "cursor"),
					param(req, "limit")));
}

/* Is the job of the parameter there, and an organisation's to command? Else
 * answered. */
static bool
may_command(struct request *req)
{
	for (size_t i = 0; i < COUNT(known); i++)
		if (!strcmp(known[i].name, param(req, "job"))) {
			/* First the role: who may not is told that. */
			if (!known[i].units && db_enter(req))
				problem(req, FORBIDDEN, "\"%s\" works for all "
					"organisations: it is the operator's",
					known[i].name);
			return known[i].units;
		}
	if (db_enter(req))
		problem(req, NOT_FOUND, "no job is named \"%s\"",
			param(req, "job"));
	return false;
}

static void
run_job(struct request *req)
{
	if (may_command(req) && db_query(req, "run_job", param(req, "job"),
					 client_address(req)))
		reply_json(req, 202, "{\"state\":\"PENDING\"}");
}

static void
pause_job(struct request *req)
{
	if (may_command(req))
		reply_done(req, db_query(req, "pause_job", param(req, "job"),
					 "true", client_address(req)));
}

static void
resume_job(struct request *req)
{
	if (may_command(req))
		reply_done(req, db_query(req, "pause_job", param(req, "job"),
					 "false", client_address(req)));
}

const struct route jobs_routes[] = {
	{ "GET", "/jobs", ADMINISTER, list_jobs,
	  "What works in the background, and how it is", "JobPage" },
	{ "GET", "/jobs/runs", ADMINISTER, list_runs,
	  "What each run did for this organisation, newest first; 90 days",
	  "JobRunPage",
	  { { "job", is_job, "" }, { "limit", is_limit, "50" },
	    { "cursor", is_event_id, LAST_ID } } },
	{ "POST", "/jobs/{job}/run", ADMINISTER, run_job,
	  "Let it run now: within a minute", "JobAsked",
	  { { "job", is_job } }, .status = 202 },
	{ "POST", "/jobs/{job}/pause", ADMINISTER, pause_job,
	  "Let it rest, for this organisation: it stops at its next page",
	  NULL, { { "job", is_job } }, .status = 204 },
	{ "POST", "/jobs/{job}/resume", ADMINISTER, resume_job,
	  "Let it go on where it stopped", NULL, { { "job", is_job } },
	  .status = 204 },
	{ NULL }
};
