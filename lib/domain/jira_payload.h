/*
 * jira_payload.h - the parts of Jira's objects that are read.
 *
 * The structs follow Jira's own names. Ids come as text or as numbers, so they
 * are text here. Only the shape of an issue depends on the connection, whose
 * custom fields it names.
 */
#ifndef PULSE_JIRA_PAYLOAD_H
#define PULSE_JIRA_PAYLOAD_H

#include "jira.h"
#include "json.h"

struct ji_user {
	const char *accountId, *key, *name, *displayName;
};

struct ji_category {
	const char *key;
};

struct ji_named {		/* project, status, type, priority, link's type */
	const char *id, *key, *name;
	signed char subtask;
	struct ji_category *statusCategory;
};

struct ji_other {
	const char *id;
};

struct ji_link {
	const char *id;
	struct ji_named *type;
	struct ji_other *outwardIssue, *inwardIssue;
};

struct ji_issue_fields {
	const char *summary;
	int64_t created, updated, resolutiondate;
	struct ji_named *project, *issuetype, *status, *priority;
	struct ji_user *assignee, *reporter;
	struct ji_other *parent;
	struct json_array issuelinks;		/* struct ji_link */
	struct json_span points, sprint;	/* of the connection's fields */
};

struct ji_item {
	const char *field, *fieldId, *from, *fromString, *to, *toString;
};

struct ji_history {
	const char *id, *created;
	struct ji_user *author;
	struct json_array items;		/* struct ji_item */
};

struct ji_changelog {
	const char *id;				/* in a webhook: one history */
	struct json_array items, histories;
};

struct ji_issue {
	const char *id, *key, *self;
	struct ji_issue_fields *fields;
	struct ji_changelog *changelog;
};

struct ji_sprint {
	const char *id, *self, *name, *state, *boardId, *originBoardId;
	const char *startDate, *endDate, *completeDate;
};

struct ji_worklog {
	const char *id, *issueId, *self;
	struct ji_user *author;
	int64_t started, updated, timeSpentSeconds;
};

struct ji_project {
	const char *id, *key, *name, *self;
};

struct ji_payload {			/* a webhook */
	const char *webhookEvent;
	int64_t timestamp;
	struct ji_user *user;
	struct ji_issue *issue;
	struct ji_changelog *changelog;
	struct ji_sprint *sprint;
	struct ji_project *project;
	struct ji_worklog *worklog;
};

extern const struct json_shape ji_named_shape, ji_history_shape,
	ji_sprint_shape, ji_worklog_shape, ji_project_shape;

/* The shape of a webhook, or of an issue, with the connection's fields. */
const struct json_shape *jira_shape(struct arena *arena,
				    const struct jira_fields *fields,
				    bool webhook);

/* What readers share (jira.c). */
struct jira {
	struct reading *reading;
	struct arena *arena;
	const struct jira_fields *fields;
	const char *problem;
	bool webhook;			/* else the API's own words */
	int64_t told_at;		/* by the provider's clock */
};

bool jira_need(struct jira *jira, bool there, const char *what);
/* A number of Jira's; JSON_NO_INT when there is none. */
int64_t jira_id(const char *text);
/* "2026-01-02T03:04:05.000+0000", or milliseconds; else TIME_ABSENT. */
int64_t jira_time(const char *text);
/* Whom Jira means by this: adds the account, returns its id or NULL. */
const char *jira_person(struct jira *jira, const struct ji_user *user,
			int64_t at);
void jira_take_issue(struct jira *jira, const struct ji_issue *from,
		     bool deleted);
void jira_take_history(struct jira *jira, int64_t issue,
		       const struct ji_history *history, int64_t at);
void jira_take_status(struct jira *jira, const struct ji_named *from,
		      int64_t at);
void jira_take_project(struct jira *jira, const char *id, const char *key,
		       const char *name, bool deleted, int64_t at);
void jira_take_sprint(struct jira *jira, const struct ji_sprint *from,
		      bool deleted, int64_t at);
void jira_take_worklog(struct jira *jira, const struct ji_worklog *from,
		       bool deleted, int64_t at);
/* jira_issue.c: the ids of its sprints, each of them told; "" for none. */
const char *jira_take_sprints(struct jira *jira, struct json_span value,
			      int64_t at);

#define JI_ALLOC(jira, type) \
	((struct type *)arena_zalloc((jira)->arena, sizeof(struct type)))

#endif
