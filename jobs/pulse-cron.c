/*
 * pulse-cron.c - every 5 to 15 minutes: run what is due.
 *
 * For a host whose crontab has one line and no single minutes. The jobs lie
 * beside this program and run one after another. When one ran last is known
 * from its row in `job`; what is due at an hour is due at the first call behind
 * it, however late. Two of these at once do no harm: each job has its lease.
 *
 * With --missed, beside a crontab that names each job: only what did not run
 * when it should have, once, and what the operator asked for.
 */
#include "base.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "db.h"
#include "log.h"
#include "schedule.h"

#define GRACE 5			/* seconds from SIGTERM to SIGKILL */

/* By the database's clock alone. What began in the future was begun before a
 * clock was put back; one that was killed, or failed, is tried again, what was
 * asked for is done, and one that is paused is left alone. */
#define DUE(otherwise)							\
	"SELECT coalesce((SELECT j.state <> 'PAUSED' AND ("		\
	"j.state = 'FAILED' OR j.started_at IS NULL"			\
	" OR j.started_at > now()"					\
	" OR j.state = 'ACTIVE' AND lease_is_free(j.lease_until)"	\
	" OR coalesce(j.run_asked_at > j.started_at, false)"		\
	" OR " otherwise ") FROM job j WHERE j.name = $1), true)"

static const struct statement statements[] = {
	{ "due", DUE("$2::bigint <= 60 OR j.started_at <"
	  " job_moment($2::bigint, $3::bigint, now())") },
	/* A crontab's hours are of the host's zone, so only how long ago it was
	 * is looked at: a period and two hours, or ten minutes. */
	{ "missed", DUE("j.started_at < now() - make_interval(secs =>"
	  " $2::bigint + CASE WHEN $2::bigint > 3600 THEN 7200"
	  " ELSE 600 + 0 * $3::bigint END)") },
	{ NULL }
};

static bool
is_due(struct db *db, const char *statement, const struct job_row *job)
{
	char period[24], at[24];
	struct db_error error;
	PGresult *rows;
	bool due;

	snprintf(period, sizeof(period), "%" PRId64, job->period);
	snprintf(at, sizeof(at), "%" PRId64, job->at);
	rows = db_call(db, &error, statement, job->name, period, at, (char *)NULL);
	if (!rows)
		die("%s", error.message);
	due = *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
	return due;
}

/* Where this program lies, and with it the jobs. */
static void
find_folder(char to[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", to, PATH_MAX - 1);

	if (len <= 0)
		die("cannot read /proc/self/exe: %s", strerror(errno));
	to[len] = '\0';
	*strrchr(to, '/') = '\0';
}

/* Has it ended within so many seconds? */
static bool
wait_for(pid_t pid, int seconds, int *status)
{
	int64_t end = time_ticks() + seconds * INT64_C(1000000);

	while (waitpid(pid, status, WNOHANG) != pid) {
		if (time_ticks() >= end)
			return false;
		usleep(20000);
	}
	return true;
}

/* One line a job; the job itself has said what it did. */
static bool
tell(const struct job_row *job, int status, bool late, int64_t began)
{
	bool good = WIFEXITED(status) && !WEXITSTATUS(status);
	char how[64], micro[24];

	if (late)
		snprintf(how, sizeof(how), "ended after %d s", job->seconds);
	else if (WIFEXITED(status))
		snprintf(how, sizeof(how), "exit status %d",
			 WEXITSTATUS(status));
	else
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	snprintf(micro, sizeof(micro), "%" PRId64, time_ticks() - began);
	log_line(good ? LOG_INFORM : LOG_FAIL, "ran", "job", job->name, "end",
		 how, "microseconds", micro, NULL);
	return good;
}

static bool
run_job(const char *folder, const struct job_row *job)
{
	extern char **environ;
	char path[PATH_MAX + 64];
	char *argv[] = { path, job->option, NULL };
	int64_t began = time_ticks();
	int status = 0, failed;
	bool late;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/%s", folder, job->name);
	failed = posix_spawn(&pid, path, NULL, NULL, argv, environ);
	if (failed) {
		log_line(LOG_FAIL, "cannot start a job", "job", path, "error",
			 strerror(failed), NULL);
		return false;
	}
	late = !wait_for(pid, job->seconds, &status);
	if (late) {
		kill(pid, SIGTERM);
		if (!wait_for(pid, GRACE, &status)) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
		}
	}
	return tell(job, status, late, began);
}

/* What is due, one after another; false: one did not end well. */
static bool
run_due(const char *folder, const char *statement)
{
	struct db_error error;
	struct db *db = db_open("job", statements, true, 5, &error);
	bool due[64], good = true;
	size_t count = 0;

	if (!db || *error.state)
		die("%s", error.message);
	/* All are asked first: a host may give one connection at a time. */
	for (; job_rows[count].name && count < COUNT(due); count++)
		due[count] = statement && is_due(db, statement,
						 job_rows + count);
	db_close(db);
	for (size_t i = 0; i < count; i++)
		if (due[i] && !run_job(folder, job_rows + i))
			good = false;
	return good;
}

int
main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	char folder[PATH_MAX];

	log_init("pulse-cron");
	find_folder(folder);
	if (!strcmp(how, "--crontab")) {
		schedule_crontab(stdout);
		return 0;
	} else if (!strcmp(how, "--timers") && argc > 2) {
		if (!schedule_timers(argv[2], folder))
			die("cannot write to %s: %s", argv[2], strerror(errno));
		return 0;
	} else if (*how && strcmp(how, "--check") && strcmp(how, "--missed")) {
		die("%s is not an option: --check, --crontab, --missed, "
		    "--timers FOLDER", how);
	}
	conf_load();
	if (!strcmp(how, "--check")) {
		run_due(folder, NULL);
		printf("pulse-cron: all statements prepare\n");
		return 0;
	}
	return run_due(folder, *how ? "missed" : "due") ? 0 : 1;
}
