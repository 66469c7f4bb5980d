/*
 * repos.h - the program `repos`: repositories and what belongs to them. A
 * resource is a file: its statements, its handlers, its routes; repos.c joins
 * them.
 */
#ifndef PULSE_REPOS_H
#define PULSE_REPOS_H

#include "parts.h"

/* Each ends with an empty row. */
extern const struct statement list_statements[], available_statements[],
	integration_statements[], install_statements[], pull_statements[],
	coverage_statements[], repository_token_statements[],
	report_statements[], environment_statements[];
extern const struct route list_routes[], available_routes[],
	integration_routes[], install_routes[], pull_routes[],
	coverage_routes[], repository_token_routes[], report_routes[],
	environment_routes[];

extern check is_repository, is_commit, is_words, is_coverage_format,
	is_deployment_state, is_pull_request_state, is_severity, is_link,
	is_count, is_environments, is_deployment_rules;

/* Once, before threads start: what they need of others. */
void integrations_start(void);

/* repos_jira.c: the parameters are those of its rows. */
extern const struct statement jira_statements[];
extern const struct route jira_routes[];
extern check is_field;
#define JIRA_EMAIL "Of the owner of a Jira's API token; without one it is a" \
	" personal access token of Data Center"
#define JIRA_POINTS "Jira's custom field of story points; else it is found by" \
	" its name"
void add_jira(struct request *req);
void change_jira(struct request *req);
void remove_jira(struct request *req);

/* May the caller see repository r? Owner and admin all, others what their teams
 * have and what they connected themselves. $1 is the organisation. */
#define SEES_REPOSITORY							\
	"(sees_all()"							\
	" OR coalesce(r.connected_by = session_user_id(), false)"	\
	" OR EXISTS (SELECT FROM team_member m JOIN team_repository x"	\
	" ON x.org_id = m.org_id AND x.team_id = m.team_id"		\
	" WHERE m.org_id = $1 AND x.repo_id = r.id"			\
	" AND m.user_id = session_user_id()))"

/* Whether the repository of the parameter `repo` is there and the caller's to
 * see; else answered: another organisation's is like a missing one. */
bool sees_repository(struct request *req);

/* The repository of the parameter `repo`, an id or a name, which the caller may
 * report on: by its token, or since he sees it. */
struct reported_to {
	const char *repo, *host;	/* its id in digits */
	const char *tier;		/* of `environment` */
};

bool reports_to(struct request *req, const char *environment,
		struct reported_to *to);

#endif
