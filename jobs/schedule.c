/*
 * schedule.c - the table of jobs, as a crontab and as systemd's timers.
 *
 * Both say the same: a crontab in the host's time zone, since it knows no other,
 * timers in UTC.
 */
#include "base.h"

#include "schedule.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400

const struct job_row job_rows[] = {
#define JOB(name, title, period, at, seconds, option, units)	\
	{ name, title, period, at, seconds, option },
#include "jobs.def"
#undef JOB
	{ NULL }
};

/* The fields of a crontab's line for minute and hour. */
static void
cron_fields(const struct job_row *job, char to[48])
{
	int minute = (int)(job->at / MINUTE % 60);
	int hour = (int)(job->at / HOUR % 24);
	int step = (int)(job->period / MINUTE), hours = step / 60;

	if (job->period <= MINUTE)
		snprintf(to, 48, "*\t*");
	else if (job->period < HOUR)
		snprintf(to, 48, "%d-59/%d\t*", minute % step, step);
	else if (job->period == HOUR)
		snprintf(to, 48, "%d\t*", minute);
	else if (job->period < DAY)
		snprintf(to, 48, "%d\t%d-23/%d", minute, hour % hours, hours);
	else
		snprintf(to, 48, "%d\t%d", minute, hour);
}

void
schedule_crontab(FILE *to)
{
	char fields[48];

	fprintf(to, "# crontab: the jobs of Pulse, for crontab(5) of the user "
		"that runs it; made by\n# pulse-cron --crontab. Each may run "
		"twice, at once and late; a lease keeps one\n# at work.\n\n"
		"PATH=/usr/libexec/pulse:/usr/bin:/bin\n\n");
	for (const struct job_row *job = job_rows; job->name; job++) {
		cron_fields(job, fields);
		fprintf(to, "%s\t*\t*\t*\t%s\n", fields, job->name);
	}
	fprintf(to, "\n# What was missed while the host was down, and what "
		"was asked for:\n*/5\t*\t*\t*\t*\tpulse-cron --missed\n\n"
		"# Where a crontab may have one line, or none of each minute, "
		"this one instead of\n# them all runs whatever is due, every "
		"5 to 15 minutes:\n#*/5\t*\t*\t*\t*\tpulse-cron\n");
}

/* The same as a moment of systemd.time(7). */
static void
timer_moment(const struct job_row *job, char to[64])
{
	int minute = (int)(job->at / MINUTE % 60);
	int hour = (int)(job->at / HOUR % 24);
	int step = (int)(job->period / MINUTE), hours = step / 60;

	if (job->period <= MINUTE)
		snprintf(to, 64, "*-*-* *:*:00 UTC");
	else if (job->period < HOUR)
		snprintf(to, 64, "*-*-* *:%d/%d:00 UTC", minute % step, step);
	else if (job->period == HOUR)
		snprintf(to, 64, "*-*-* *:%d:00 UTC", minute);
	else if (job->period < DAY)
		snprintf(to, 64, "*-*-* %d/%d:%02d:00 UTC", hour % hours,
			 hours, minute);
	else
		snprintf(to, 64, "*-*-* %02d:%02d:00 UTC", hour, minute);
}

static FILE *
open_file(const char *folder, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return fopen(path, "we");
}

static bool
write_service(const char *folder, const char *name, const char *what,
	      const char *run)
{
	FILE *to = open_file(folder, name);

	if (!to)
		return false;
	fprintf(to, "[Unit]\nDescription=Pulse: %s\n"
		"After=network.target postgresql.service\n"
		"Documentation=man:pulse-cron(8)\n\n[Service]\nType=oneshot\n"
		"User=pulse\nGroup=www-data\nUMask=0007\nExecStart=%s\n"
		"TimeoutStartSec=65min\nNoNewPrivileges=yes\n"
		"ProtectSystem=strict\nProtectHome=yes\nPrivateTmp=yes\n"
		"ReadWritePaths=-/run/pulse\n", what, run);
	return !fclose(to);
}

static bool
write_timer(const char *folder, const char *name, const char *what,
	    const char *moment, const char *service)
{
	char file[128];
	FILE *to;

	snprintf(file, sizeof(file), "pulse-%s.timer", name);
	to = open_file(folder, file);
	if (!to)
		return false;
	fprintf(to, "[Unit]\nDescription=Pulse: %s\n\n[Timer]\nOnCalendar=%s\n"
		"Persistent=true\nAccuracySec=1s\nUnit=%s\n\n"
		"[Install]\nWantedBy=timers.target\n", what, moment, service);
	return !fclose(to);
}

bool
schedule_timers(const char *folder, const char *programs)
{
	char moment[64], service[128], run[PATH_MAX];
	bool good;

	snprintf(run, sizeof(run), "%s/%%i", programs);
	good = write_service(folder, "pulse-job@.service", "the job %i", run);
	for (const struct job_row *job = job_rows; good && job->name; job++) {
		timer_moment(job, moment);
		snprintf(service, sizeof(service), "pulse-job@%s.service",
			 job->name);
		good = write_timer(folder, job->name, job->title, moment,
				   service);
	}
	snprintf(run, sizeof(run), "%s/pulse-cron --missed", programs);
	return good && write_service(folder, "pulse-missed.service",
				     "jobs that were missed or asked for", run) &&
	       write_timer(folder, "missed",
			   "jobs that were missed or asked for",
			   "*-*-* *:0/5:00 UTC", "pulse-missed.service");
}
