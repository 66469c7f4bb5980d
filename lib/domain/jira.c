/*
 * jira.c - webhooks of a Jira into records, and what its readers share.
 *
 * Versions: an issue's is its `updated`. A project, a status and an account
 * carry no time of their own: theirs is that of the telling, by Jira's clock. A
 * sprint's is that of its state (records.h). The changelog is the same row
 * whether a webhook or the API tells it; the API's word counts more, since a
 * webhook's time is that of the issue.
 */
#include "jira_payload.h"

#include "text.h"

bool
jira_need(struct jira *jira, bool there, const char *what)
{
	if (!there && !jira->problem)
		jira->problem = arena_printf(jira->arena, "%s is missing",
					     what);
	return there;
}

int64_t
jira_id(const char *text)
{
	int64_t id;

	return text && text_to_int(text, 0, INT64_MAX / 16, &id)
		? id : JSON_NO_INT;
}

int64_t
jira_time(const char *text)
{
	int64_t at;

	if (!text)
		return TIME_ABSENT;
	if (text_to_int(text, 0, INT64_C(253402300799999), &at))
		return at;
	return time_parse(text, strlen(text), &at) ? at : TIME_ABSENT;
}

static void
add(struct jira *jira, enum record_kind kind, int64_t version,
    const void *data)
{
	reading_add(jira->reading, kind, version, data, NULL);
}

const char *
jira_person(struct jira *jira, const struct ji_user *user, int64_t at)
{
	struct jira_account *account;
	const char *id = !user ? NULL : user->accountId ? user->accountId
		: user->key ? user->key : user->name;

	if (!id || !*id)
		return NULL;
	account = JI_ALLOC(jira, jira_account);
	*account = (struct jira_account){ id, user->displayName };
	add(jira, RECORD_JIRA_ACCOUNT, record_version(at, 0), account);
	return id;
}

void
jira_take_project(struct jira *jira, const char *id, const char *key,
		  const char *name, bool deleted, int64_t at)
{
	struct jira_project *to = JI_ALLOC(jira, jira_project);

	*to = (struct jira_project){
		.id = jira_id(id), .key = key, .name = name ? name : key,
		.deleted = deleted,
	};
	if (jira_need(jira, to->id != JSON_NO_INT, "project.id") &&
	    jira_need(jira, key && *key, "project.key"))
		add(jira, RECORD_JIRA_PROJECT, record_version(at, 0), to);
}

void
jira_take_status(struct jira *jira, const struct ji_named *from, int64_t at)
{
	const struct ji_category *category = from->statusCategory;
	const char *key = category && category->key ? category->key : "";
	struct jira_status *to = JI_ALLOC(jira, jira_status);

	*to = (struct jira_status){
		.id = jira_id(from->id), .name = from->name ? from->name : "",
		.category = !strcmp(key, "new") ? "todo"
			: !strcmp(key, "indeterminate") ? "in_progress"
			: !strcmp(key, "done") ? "done" : "unknown",
	};
	/* One told without its category teaches nothing. */
	if (to->id != JSON_NO_INT && *key)
		add(jira, RECORD_JIRA_STATUS, record_version(at, 0), to);
}

void
jira_take_sprint(struct jira *jira, const struct ji_sprint *from,
		 bool deleted, int64_t at)
{
	const char *board = from->originBoardId ? from->originBoardId
						: from->boardId;
	struct jira_sprint *to = JI_ALLOC(jira, jira_sprint);
	const char *state = from->state
		? text_lower(arena_string(jira->arena, from->state)) : "";
	int64_t version;

	*to = (struct jira_sprint){
		.id = jira_id(from->id), .board_id = jira_id(board),
		.name = from->name ? from->name : "",
		.state = !strcmp(state, "closed") ? "closed"
			: !strcmp(state, "active") ? "active" : "future",
		.started_at = jira_time(from->startDate),
		.ends_at = jira_time(from->endDate),
		.completed_at = jira_time(from->completeDate),
		.deleted = deleted, .told_at = at,
	};
	if (!jira_need(jira, to->id != JSON_NO_INT, "sprint.id"))
		return;
	version = deleted ? INT64_MAX
		: !strcmp(to->state, "closed")
		? record_version(to->completed_at, 2)
		: !strcmp(to->state, "active")
		? record_version(to->started_at, 1) : 0;
	add(jira, RECORD_JIRA_SPRINT, version, to);
}

void
jira_take_worklog(struct jira *jira, const struct ji_worklog *from,
		  bool deleted, int64_t at)
{
	struct jira_worklog *to = JI_ALLOC(jira, jira_worklog);

	*to = (struct jira_worklog){
		.id = jira_id(from->id), .issue_id = JSON_NO_INT,
		.started_at = TIME_ABSENT, .seconds = JSON_NO_INT,
		.updated_at = TIME_ABSENT, .deleted = deleted,
	};
	if (!jira_need(jira, to->id != JSON_NO_INT, "worklog.id"))
		return;
	if (!deleted) {
		at = from->updated;
		if (!jira_need(jira, at != TIME_ABSENT, "worklog.updated"))
			return;
		to->issue_id = jira_id(from->issueId);
		to->author = jira_person(jira, from->author, at);
		to->started_at = from->started;
		to->seconds = from->timeSpentSeconds;
		to->updated_at = at;
	}
	/* Gone is gone, whatever comes late. */
	add(jira, RECORD_JIRA_WORKLOG,
	    deleted ? INT64_MAX : record_version(at, 0), to);
}

static const struct json_field envelope_fields[] = {
	{ "webhookEvent", JSON_TEXT,
	  offsetof(struct ji_payload, webhookEvent) },
	{ NULL }
};
static const struct json_shape envelope_shape = {
	envelope_fields, sizeof(struct ji_payload)
};

void
jira_event(const char *body, size_t len, char to[64])
{
	struct arena arena = { 0 };
	const char *problem, *name = NULL;
	struct ji_payload *payload = json_read(body, len, &envelope_shape,
					       &arena, &problem);

	if (payload)
		name = payload->webhookEvent;
	if (name && !strncmp(name, JIRA_EVENT, 5))
		name += 5;
	if (!name || !*name || strlen(name) > 50 ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")])
		name = "unknown";
	snprintf(to, 64, JIRA_EVENT "%s", name);
	arena_release(&arena);
}

char *
jira_host_of(struct arena *arena, const char *body, size_t len)
{
	static const struct jira_fields none;
	const char *problem, *self;
	const struct ji_payload *p = json_read(body, len,
		jira_shape(arena, &none, true), arena, &problem);
	size_t host;

	if (!p)
		return NULL;
	self = p->issue ? p->issue->self : p->sprint ? p->sprint->self
		: p->worklog ? p->worklog->self
		: p->project ? p->project->self : NULL;
	if (!self || strncmp(self, "http", 4))
		return NULL;
	self += 4 + (self[4] == 's');
	if (strncmp(self, "://", 3))
		return NULL;
	self += 3;
	host = strcspn(self, "/:?#@");
	return host ? text_lower(arena_copy(arena, self, host)) : NULL;
}

static void
read_issue_event(struct jira *jira, const struct ji_payload *p)
{
	bool deleted = !strcmp(jira->reading->event, "jira:issue_deleted");
	const struct ji_changelog *log = p->changelog;
	struct ji_history history;

	if (!jira_need(jira, p->issue, "issue"))
		return;
	jira_take_issue(jira, p->issue, deleted);
	if (jira->problem || deleted || !log || !log->id)
		return;
	history = (struct ji_history){
		.id = log->id, .author = p->user, .items = log->items,
	};
	jira_take_history(jira, jira_id(p->issue->id), &history,
			  p->issue->fields->updated);
}

static void
read_sprint_event(struct jira *jira, const struct ji_payload *p)
{
	if (jira_need(jira, p->sprint, "sprint"))
		jira_take_sprint(jira, p->sprint,
			!strcmp(jira->reading->event, "jira:sprint_deleted"),
			jira->told_at);
}

static void
read_project_event(struct jira *jira, const struct ji_payload *p)
{
	if (jira_need(jira, p->project, "project"))
		jira_take_project(jira, p->project->id, p->project->key,
			p->project->name,
			!strcmp(jira->reading->event, "jira:project_deleted") ||
			!strcmp(jira->reading->event,
				"jira:project_soft_deleted"), jira->told_at);
}

static void
read_worklog_event(struct jira *jira, const struct ji_payload *p)
{
	if (jira_need(jira, p->worklog, "worklog"))
		jira_take_worklog(jira, p->worklog,
			!strcmp(jira->reading->event, "jira:worklog_deleted"),
			jira->told_at);
}

static const struct {
	const char *event;
	void (*read)(struct jira *jira, const struct ji_payload *payload);
} events[] = {
	{ "jira:issue_created", read_issue_event },
	{ "jira:issue_updated", read_issue_event },
	{ "jira:issue_deleted", read_issue_event },
	{ "jira:sprint_created", read_sprint_event },
	{ "jira:sprint_updated", read_sprint_event },
	{ "jira:sprint_started", read_sprint_event },
	{ "jira:sprint_closed", read_sprint_event },
	{ "jira:sprint_deleted", read_sprint_event },
	{ "jira:project_created", read_project_event },
	{ "jira:project_updated", read_project_event },
	{ "jira:project_deleted", read_project_event },
	{ "jira:project_soft_deleted", read_project_event },
	{ "jira:project_restored_deleted", read_project_event },
	{ "jira:worklog_created", read_worklog_event },
	{ "jira:worklog_updated", read_worklog_event },
	{ "jira:worklog_deleted", read_worklog_event },
};

bool
jira_read(struct reading *reading, const struct jira_fields *fields,
	  const char *body, size_t len, const char **problem)
{
	struct jira jira = {
		.reading = reading, .arena = reading->arena, .fields = fields,
		.webhook = true, .told_at = reading->received_at,
	};
	const struct ji_payload *payload;

	reading->action = "";
	reading->repository = NULL;
	reading->installation = JSON_NO_INT;
	reading->count = 0;
	payload = json_read(body, len,
			    jira_shape(reading->arena, fields, true),
			    reading->arena, problem);
	if (!payload)
		return false;
	if (payload->timestamp > 0 && payload->timestamp < INT64_MAX / 16)
		jira.told_at = payload->timestamp;
	jira_need(&jira, payload->webhookEvent, "webhookEvent");
	for (size_t i = 0; !jira.problem && i < COUNT(events); i++)
		if (!strcmp(events[i].event, reading->event))
			events[i].read(&jira, payload);
	*problem = jira.problem;
	return !jira.problem;
}
