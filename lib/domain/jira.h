/*
 * jira.h - read what a Jira says into records.
 *
 * A webhook and an answer of the REST API hold the same objects; one reader
 * takes both, so that the records are the same. Cloud and Data Center write
 * some of them differently (docs/jira.md); that too is settled here.
 */
#ifndef PULSE_JIRA_H
#define PULSE_JIRA_H

#include "github.h"

/* The custom fields of a connection, "customfield_10016"; NULL: not known. */
struct jira_fields {
	const char *points, *sprint;
};

#define JIRA_EVENT "jira:"	/* how the event of each of its deliveries
				 * begins, so that it is never GitHub's */

/* The event that a body says it is of, in `to` (64 bytes); "jira:unknown" when
 * it says none. */
void jira_event(const char *body, size_t len, char to[64]);

/* The host in the issue's, project's or sprint's own address; NULL: none. */
char *jira_host_of(struct arena *arena, const char *body, size_t len);

/* Read the body of a webhook: as github_read(). */
bool jira_read(struct reading *reading, const struct jira_fields *fields,
	       const char *body, size_t len, const char **problem);

/* What an answer says besides its records. */
struct jira_page {
	const char *next;		/* nextPageToken; NULL: the last page */
	int64_t total, start;		/* Data Center; JSON_NO_INT: not said */
	int64_t until;			/* of worklogs, milliseconds */
	size_t items;			/* how many it had */
	bool last;
	/* Of those, what could not be read and was passed over. */
	size_t bad;
	const char *bad_reason;
	/* Ids, as text with commas between, for the next question. */
	const char *ids;
};

/*
 * Read an answer of the REST API; `told_at` is the provider's clock. False: the
 * whole cannot be read. One bad issue does not spoil the others of its page: it
 * is counted in page->bad.
 */
typedef bool jira_reader(struct reading *reading,
			 const struct jira_fields *fields, int64_t told_at,
			 const char *body, size_t len, struct jira_page *page,
			 const char **problem);

jira_reader jira_read_search;		/* issues; Data Center: history too */
jira_reader jira_read_ids;		/* issues: page->ids only */
jira_reader jira_read_history;		/* changelog/bulkfetch */
jira_reader jira_read_statuses, jira_read_projects;
jira_reader jira_read_boards;		/* page->ids of those with sprints */
jira_reader jira_read_sprints;
jira_reader jira_read_worklog_ids;	/* worklog/updated: page->ids */
jira_reader jira_read_worklogs;		/* worklog/list */
jira_reader jira_read_worklogs_gone;	/* worklog/deleted */

/* Which custom fields hold points and sprint, by GET field; what is set in
 * `fields` already stays. */
bool jira_read_fields(struct jira_fields *fields, struct arena *arena,
		      const char *body, size_t len, const char **problem);

#endif
