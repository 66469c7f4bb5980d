/*
 * jobs.c - pulsectl jobs and erase-person: the operator's word to the jobs.
 *
 * What an admin may say of his organisation's units (fcgi/monitor_jobs.c), and
 * the same to a job as a whole: paused it does nothing for anybody.
 */
#include "pulsectl.h"

#include "log.h"

static const struct known {
	const char *name, *title;
	bool units;
} known[] = {
#define JOB(name, title, period, at, seconds, option, units)	\
	{ name, title, units },
#include "jobs.def"
#undef JOB
};

static const struct known *
find_job(const struct options *options)
{
	const char *name = options->operand_count > 1 ? options->operands[1]
						      : NULL;

	if (!name)
		die("which job?");
	for (size_t i = 0; i < COUNT(known); i++)
		if (!strcmp(known[i].name, name))
			return known + i;
	die("no job is named \"%s\"", name);
}

/* A line a job: how it is, when it began last, what it said, and of its units
 * how many are due and have failed. */
static int
list(struct db *db)
{
	printf("%-20s %-9s %-17s %6s %6s  %s\n", "job", "state",
	       "began (UTC)", "due", "failed", "said");
	for (size_t i = 0; i < COUNT(known); i++) {
		PGresult *rows = ask(db, "job", known[i].name, NULL);

		printf("%-20s %-9s %-17s %6s %6s  %s\n", known[i].name,
		       PQgetvalue(rows, 0, 0), PQgetvalue(rows, 0, 1),
		       known[i].units ? PQgetvalue(rows, 0, 3) : "",
		       known[i].units ? PQgetvalue(rows, 0, 4) : "",
		       PQgetvalue(rows, 0, 2));
		PQclear(rows);
	}
	return 0;
}

/* The last runs, newest first, of one job or all. */
static int
list_runs(struct db *db, const char *job)
{
	PGresult *rows = ask(db, "job_runs", job, NULL);

	for (int i = 0; i < PQntuples(rows); i++)
		printf("%s  %-20s %-12s %-8s %6s s  %s  %s\n",
		       PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
		       PQgetvalue(rows, i, 2), PQgetvalue(rows, i, 3),
		       PQgetvalue(rows, i, 4), PQgetvalue(rows, i, 5),
		       PQgetvalue(rows, i, 6));
	PQclear(rows);
	return 0;
}

/* run, pause, resume: of one organisation's units, or of the job. */
static int
command(struct db *db, const struct options *options, const char *what)
{
	const struct known *job = find_job(options);
	const char *slug = option(options, "org", NULL);
	char org[24] = "", statement[32];

	if (slug && !job->units)
		die("%s works for all organisations: --org says nothing to it",
		    job->name);
	if (slug)
		snprintf(org, sizeof(org), "%" PRId64, find_org(db, slug));
	snprintf(statement, sizeof(statement), "%s_%s", what,
		 slug ? "units" : "job");
	PQclear(slug ? ask(db, statement, job->name, org, NULL)
		     : ask(db, statement, job->name, NULL));
	printf("%s: %s\n", job->name, !strcmp(what, "run")
	       ? "runs within five minutes" : !strcmp(what, "pause")
	       ? "paused" : "goes on");
	return 0;
}

int
run_jobs(const struct options *options)
{
	const char *what = options->operand_count ? options->operands[0] : "";
	struct db *db = admin_db();
	int status;

	if (!*what)
		status = list(db);
	else if (!strcmp(what, "runs"))
		status = list_runs(db, options->operand_count > 1
				   ? find_job(options)->name : "");
	else if (!strcmp(what, "run") || !strcmp(what, "pause") ||
		 !strcmp(what, "resume"))
		status = command(db, options, what);
	else
		die("\"%s\" is not run, pause, resume or runs", what);
	db_close(db);
	return status;
}

int
run_erase_person(const struct options *options)
{
	struct db *db = admin_db();
	char org[24];
	PGresult *rows, *name;

	if (options->operand_count != 1)
		die("whom? a login, or an e-mail address");
	snprintf(org, sizeof(org), "%" PRId64,
		 find_org(db, need_option(options, "org")));
	rows = ask(db, "erase_person", org, options->operands[0], NULL);
	name = ask(db, "pseudonym", org, PQgetvalue(rows, 0, 0), NULL);
	printf("erase-people gives him the name %s, within a minute\n",
	       PQgetvalue(name, 0, 0));
	PQclear(name);
	PQclear(rows);
	db_close(db);
	return 0;
}
