/*
 * pulse-cron.c - every 5 to 15 minutes: run what is due.
 *
 * For a host whose crontab has one line and no single minutes. The jobs lie
 * beside this program and run one after another. When one ran last is known
 * from its row in `job`; what is due at an hour is due at the first call behind
 * it, however late. Two of these at once do no harm: each job has its lease.
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

#define GRACE 5			/* seconds from SIGTERM to SIGKILL */

static const struct job_row {
	const char *name;
	int64_t period, at;
	int seconds;		/* then it is ended */
	char *option;
} jobs[] = {
#define JOB(name, title, period, at, seconds, option, units)	\
	{ name, period, at, seconds, option },
#include "jobs.def"
#undef JOB
};

static const struct statement statements[] = {
	/* By the database's clock alone. What began in the future was begun
	 * before a clock was put back. One that failed is tried again, what was
	 * asked for is done, and one that is paused is left alone. */
	{ "due", "SELECT coalesce((SELECT j.state <> 'PAUSED' AND ("
	  " $2::bigint <= 60 OR j.state = 'FAILED'"
	  " OR j.started_at IS NULL OR j.started_at > now()"
	  " OR coalesce(j.run_asked_at > j.started_at, false) OR extract(epoch"
	  " FROM j.started_at) < n - mod(n - $3::bigint, $2::bigint))"
	  " FROM job j, (SELECT extract(epoch FROM now())::bigint AS n) x"
	  " WHERE j.name = $1), true)" },
	{ NULL }
};

static bool
is_due(struct db *db, const struct job_row *job)
{
	char period[24], at[24];
	struct db_error error;
	PGresult *rows;
	bool due;

	snprintf(period, sizeof(period), "%" PRId64, job->period);
	snprintf(at, sizeof(at), "%" PRId64, job->at);
	rows = db_call(db, &error, "due", job->name, period, at, (char *)NULL);
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

int
main(int argc, char **argv)
{
	bool due[COUNT(jobs)], good = true;
	char folder[PATH_MAX];
	struct db_error error;
	struct db *db;

	log_init("pulse-cron");
	if (argc > 1 && strcmp(argv[1], "--check"))
		die("%s is not an option: --check", argv[1]);
	conf_load();
	find_folder(folder);
	db = db_open("job", statements, true, 5, &error);
	if (!db || *error.state)
		die("%s", error.message);
	/* All are asked first: a host may give one connection at a time. */
	for (size_t i = 0; i < COUNT(jobs); i++)
		due[i] = is_due(db, jobs + i);
	db_close(db);
	for (size_t i = 0; argc == 1 && i < COUNT(jobs); i++)
		if (due[i] && !run_job(folder, jobs + i))
			good = false;
	if (argc > 1)
		printf("pulse-cron: all statements prepare\n");
	return good ? 0 : 1;
}
