/*
 * repos.h - the program `repos`: repositories and what belongs to them. A
 * resource is a file: its statements, its handlers, its routes; repos.c joins
 * them.
 */
#ifndef PULSE_REPOS_H
#define PULSE_REPOS_H

#include "parts.h"

/* Each ends with an empty row. */
extern const struct statement list_statements[];
extern const struct route list_routes[];
extern const struct statement jira_statements[];
extern const struct route jira_routes[];
void jira_start(void);
/* What its routes do; the parameters are those of their rows. */
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

#endif
