/*
 * schedule.h - the table of jobs, as a crontab and as systemd's timers.
 */
#ifndef PULSE_SCHEDULE_H
#define PULSE_SCHEDULE_H

#include "base.h"

struct job_row {
	const char *name, *title;
	int64_t period, at;	/* seconds, from midnight UTC */
	int seconds;		/* then it is ended */
	char *option;
};

/* The rows of jobs.def; one without a name ends them. */
extern const struct job_row job_rows[];

/* Each job a line, and one that makes up for what was missed. */
void schedule_crontab(FILE *to);

/* A service that runs any job, and a timer a job, as files in a folder. False:
 * one cannot be written; errno says why. */
bool schedule_timers(const char *folder, const char *programs);

#endif
