/*
 * jira_payload.c - where the members of Jira's objects stand.
 *
 * Jira's own limits: summary 255 characters, names 255; addresses 2,000 bytes.
 */
#include "jira_payload.h"

#define TEXT(type, name) { #name, JSON_TEXT, offsetof(struct type, name) }
#define LONG(type, name, max) \
	{ #name, JSON_TEXT, offsetof(struct type, name), NULL, max }
#define INT(type, name) { #name, JSON_INT, offsetof(struct type, name) }
#define TIME(type, name) { #name, JSON_TIME, offsetof(struct type, name) }
#define FLAG(type, name) { #name, JSON_BOOL, offsetof(struct type, name) }
#define PART(type, name, shape) \
	{ #name, JSON_OBJECT, offsetof(struct type, name), &shape }
#define LIST(type, name, shape) \
	{ #name, JSON_ARRAY, offsetof(struct type, name), &shape }
#define FIELDS(type) static const struct json_field type##_fields[]
#define SHAPE(type) \
	static const struct json_shape type##_shape = { \
		type##_fields, sizeof(struct type) \
	}
#define SHARED(type) \
	const struct json_shape type##_shape = { \
		type##_fields, sizeof(struct type) \
	}

FIELDS(ji_user) = {
	TEXT(ji_user, accountId), TEXT(ji_user, key), TEXT(ji_user, name),
	TEXT(ji_user, displayName),
	{ NULL }
};
SHAPE(ji_user);

FIELDS(ji_category) = { TEXT(ji_category, key), { NULL } };
SHAPE(ji_category);

FIELDS(ji_named) = {
	TEXT(ji_named, id), TEXT(ji_named, key), TEXT(ji_named, name),
	FLAG(ji_named, subtask),
	PART(ji_named, statusCategory, ji_category_shape),
	{ NULL }
};
SHARED(ji_named);

FIELDS(ji_other) = { TEXT(ji_other, id), { NULL } };
SHAPE(ji_other);

FIELDS(ji_link) = {
	TEXT(ji_link, id), PART(ji_link, type, ji_named_shape),
	PART(ji_link, outwardIssue, ji_other_shape),
	PART(ji_link, inwardIssue, ji_other_shape),
	{ NULL }
};
SHAPE(ji_link);

FIELDS(ji_values) = {
	LONG(ji_issue_fields, summary, 1000), TIME(ji_issue_fields, created),
	TIME(ji_issue_fields, updated), TIME(ji_issue_fields, resolutiondate),
	PART(ji_issue_fields, project, ji_named_shape),
	PART(ji_issue_fields, issuetype, ji_named_shape),
	PART(ji_issue_fields, status, ji_named_shape),
	PART(ji_issue_fields, priority, ji_named_shape),
	PART(ji_issue_fields, assignee, ji_user_shape),
	PART(ji_issue_fields, reporter, ji_user_shape),
	PART(ji_issue_fields, parent, ji_other_shape),
	LIST(ji_issue_fields, issuelinks, ji_link_shape),
	{ NULL }
};

FIELDS(ji_item) = {
	TEXT(ji_item, field), TEXT(ji_item, fieldId), TEXT(ji_item, from),
	TEXT(ji_item, fromString), TEXT(ji_item, to), TEXT(ji_item, toString),
	{ NULL }
};
SHAPE(ji_item);

FIELDS(ji_history) = {
	TEXT(ji_history, id), TEXT(ji_history, created),
	PART(ji_history, author, ji_user_shape),
	LIST(ji_history, items, ji_item_shape),
	{ NULL }
};
SHARED(ji_history);

FIELDS(ji_changelog) = {
	TEXT(ji_changelog, id), LIST(ji_changelog, items, ji_item_shape),
	LIST(ji_changelog, histories, ji_history_shape),
	{ NULL }
};
SHAPE(ji_changelog);

FIELDS(ji_issue) = {
	TEXT(ji_issue, id), TEXT(ji_issue, key), LONG(ji_issue, self, 2000),
	PART(ji_issue, changelog, ji_changelog_shape),
	{ NULL }
};

FIELDS(ji_sprint) = {
	TEXT(ji_sprint, id), LONG(ji_sprint, self, 2000),
	TEXT(ji_sprint, name), TEXT(ji_sprint, state),
	TEXT(ji_sprint, boardId), TEXT(ji_sprint, originBoardId),
	TEXT(ji_sprint, startDate), TEXT(ji_sprint, endDate),
	TEXT(ji_sprint, completeDate),
	{ NULL }
};
SHARED(ji_sprint);

FIELDS(ji_worklog) = {
	TEXT(ji_worklog, id), TEXT(ji_worklog, issueId),
	LONG(ji_worklog, self, 2000),
	PART(ji_worklog, author, ji_user_shape), TIME(ji_worklog, started),
	TIME(ji_worklog, updated), INT(ji_worklog, timeSpentSeconds),
	{ NULL }
};
SHARED(ji_worklog);

FIELDS(ji_project) = {
	TEXT(ji_project, id), TEXT(ji_project, key), TEXT(ji_project, name),
	LONG(ji_project, self, 2000),
	{ NULL }
};
SHARED(ji_project);

FIELDS(ji_payload) = {
	TEXT(ji_payload, webhookEvent), INT(ji_payload, timestamp),
	PART(ji_payload, user, ji_user_shape),
	PART(ji_payload, changelog, ji_changelog_shape),
	PART(ji_payload, sprint, ji_sprint_shape),
	PART(ji_payload, project, ji_project_shape),
	PART(ji_payload, worklog, ji_worklog_shape),
	{ NULL }
};

/* A shape with some fields more; `size` is the struct's. */
static struct json_shape *
with(struct arena *arena, const struct json_field *fields, size_t count,
     size_t size, const struct json_field *more, size_t more_count)
{
	struct json_field *all = arena_zalloc(arena,
		(count + more_count) * sizeof(*all));
	struct json_shape *shape = arena_alloc(arena, sizeof(*shape));

	/* The last of `fields` ends the list. */
	memcpy(all, fields, (count - 1) * sizeof(*all));
	memcpy(all + count - 1, more, more_count * sizeof(*all));
	*shape = (struct json_shape){ all, size };
	return shape;
}

const struct json_shape *
jira_shape(struct arena *arena, const struct jira_fields *fields, bool webhook)
{
	struct json_field custom[] = {
		{ fields->points ? fields->points : " ", JSON_SPAN,
		  offsetof(struct ji_issue_fields, points) },
		{ fields->sprint ? fields->sprint : " ", JSON_SPAN,
		  offsetof(struct ji_issue_fields, sprint) },
	};
	struct json_field values = {
		"fields", JSON_OBJECT, offsetof(struct ji_issue, fields),
		with(arena, ji_values_fields,
		     COUNT(ji_values_fields),
		     sizeof(struct ji_issue_fields), custom, COUNT(custom))
	};
	const struct json_shape *issue = with(arena, ji_issue_fields,
		COUNT(ji_issue_fields), sizeof(struct ji_issue), &values, 1);
	struct json_field part = {
		"issue", JSON_OBJECT, offsetof(struct ji_payload, issue), issue
	};

	return webhook ? with(arena, ji_payload_fields,
			      COUNT(ji_payload_fields),
			      sizeof(struct ji_payload), &part, 1)
		       : issue;
}
