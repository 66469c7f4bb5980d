/*
 * records_sql.h - records into the database: which field is which parameter.
 */
#ifndef PULSE_RECORDS_SQL_H
#define PULSE_RECORDS_SQL_H

#include "columns.h"
#include "db.h"
#include "records.h"

/* The statements that a writer of records needs, for its statement table. */
#define RECORD_STATEMENTS						\
	{ "store_repositories", "SELECT store_repositories("		\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)" },			\
	{ "store_commits", "SELECT store_commits($1,$2,$3,$4,$5,$6,$7,"	\
	  "$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)" },		\
	{ "store_pull_requests", "SELECT store_pull_requests($1,$2,$3,"	\
	  "$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,"	\
	  "$20,$21,$22,$23,$24,$25,$26,$27,$28,$29)" },		\
	{ "store_reviews", "SELECT store_reviews($1,$2,$3,$4,$5,$6,$7,"	\
	  "$8,$9,$10,$11,$12,$13,$14)" },				\
	{ "store_comments", "SELECT store_comments($1,$2,$3,$4,$5,$6,"	\
	  "$7,$8,$9,$10,$11,$12,$13,$14,$15)" },			\
	{ "store_issues", "SELECT store_issues($1,$2,$3,$4,$5,$6,$7,$8,"\
	  "$9,$10,$11,$12,$13,$14,$15,$16,$17)" },			\
	{ "store_deployments", "SELECT store_deployments($1,$2,$3,$4,"	\
	  "$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)" },		\
	{ "store_deployment_statuses", "SELECT store_deployment_statuses("\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10)" },				\
	{ "store_releases", "SELECT store_releases($1,$2,$3,$4,$5,$6,"	\
	  "$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)" },		\
	{ "store_builds", "SELECT store_builds($1,$2,$3,$4,$5,$6,$7,$8,"\
	  "$9,$10,$11,$12,$13,$14,$15,$16,$17)" },			\
	{ "store_git_refs", "SELECT store_git_refs("			\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10)" },				\
	{ "store_provider_accounts", "SELECT store_provider_accounts("	\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10)" },				\
	{ "store_installations", "SELECT store_installations("		\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9)" },				\
	{ "store_jira_projects", "SELECT store_jira_projects("		\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9)" },				\
	{ "store_jira_statuses", "SELECT store_jira_statuses("		\
	  "$1,$2,$3,$4,$5,$6,$7,$8)" },					\
	{ "store_jira_accounts", "SELECT store_jira_accounts("		\
	  "$1,$2,$3,$4,$5,$6,$7)" },					\
	{ "store_jira_sprints", "SELECT store_jira_sprints("		\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)" },		\
	{ "store_jira_issues", "SELECT store_jira_issues("		\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,"		\
	  "$15,$16,$17,$18,$19,$20,$21,$22,$23)" },			\
	{ "store_jira_changes", "SELECT store_jira_changes("		\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)" },		\
	{ "store_jira_worklogs", "SELECT store_jira_worklogs("		\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)" },			\
	{ "store_events", "SELECT store_events("			\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12)" }

#define PARAMETERS_MAX 32

/* Records of many deliveries of one organisation, column by column. */
struct record_columns {
	struct column columns[RECORD_KINDS + 1][PARAMETERS_MAX];
};

/* Add a record (and its happening) of the delivery at place `d`, of the
 * repository `repo` (0: none) at `host`. `live_since`: what happened before
 * is history, and goes to no room. */
void records_add(struct record_columns *to, const struct record *record,
		 int d, int64_t repo, const char *host, int64_t live_since);

/* Only the record, and only its line of the feed. */
void records_add_quiet(struct record_columns *to, const struct record *record,
		       int d, int64_t repo, const char *host);
void records_add_line(struct record_columns *to, const struct record *record,
		      int d, int64_t repo, int64_t live_since);

/* Append the calls that store them, at most RECORD_KINDS + 1, in the order in
 * which they must run. `org` is the organisation's id in digits. The values
 * live until the columns change. Returns the number of calls. */
#define RECORD_CALLS (RECORD_KINDS + 1)
struct record_call {
	const char *values[PARAMETERS_MAX];
	int lengths[PARAMETERS_MAX];
};
size_t records_calls(struct record_columns *from, const char *org,
		     struct call *calls, struct record_call *parameters);

/* Once they have run: is there news, of which pulse-bridge must hear? */
bool records_are_news(const struct call *calls, size_t count);

void records_clear(struct record_columns *columns);
void records_release(struct record_columns *columns);

#endif
