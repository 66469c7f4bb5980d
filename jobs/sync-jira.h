/*
 * sync-jira.h - the job sync-jira: where a connection is, and its steps.
 */
#ifndef PULSE_SYNC_JIRA_H
#define PULSE_SYNC_JIRA_H

#include "jira.h"
#include "jira_client.h"
#include "job.h"

#define PAGE_MAX 100			/* issues a page, at most */

/* Where to go on; kept as the unit's checkpoint. */
struct place {
	const char *phase;
	const char *token;		/* Cloud's next page, or NULL */
	int64_t start;			/* Data Center's, and of boards */
	int64_t size;			/* of a page of issues, now */
	int64_t good;			/* pages of that size in a row */
	int64_t began;			/* by Jira's clock, milliseconds */
	int64_t since;			/* what is older has been read; 0 */
	int64_t minutes;		/* how far back this round asks */
	int64_t total, done;		/* issues of this round */
	int64_t logs;			/* of worklogs: since when */
	const char *boards;		/* whose sprints are to be read */
};

struct sync {
	struct place place;
	struct jira_site site;
	struct jira_fields fields;
	bool sweep_is_due;
	struct arena *keep;		/* as long as the unit */
	struct reading reading;		/* what the step will write */
	struct jira_page page;
	struct jira_answer answer;	/* the last one */
	/* Set by a step, besides its records. */
	const char *also;		/* a statement to run with the page */
	const char *also_values[2];	/* its parameters behind org and id */
	int64_t requests, issues, bad;
	const char *bad_reason;
	bool finished;
};

/*
 * One step: asks, reads, and moves the place on. Anything but JIRA_ANSWERED:
 * sync->answer says why, and nothing is to be written.
 */
typedef enum jira_outcome sync_step(struct sync *sync);

/* The step of the place's phase; a strange one begins anew. */
sync_step *sync_step_of(const struct sync *sync);

/* How far it is, in per cent, and in words (60 bytes). */
int sync_progress(const struct sync *sync, char words[60]);

#endif
