/*
 * jira_issue.c - an issue of a Jira, and its history.
 */
#include "jira_payload.h"

#include "text.h"

/* A number as Jira writes it, in one form: 5 for 5.0. */
static const char *
points_of(struct jira *jira, struct json_span value)
{
	char *text;
	size_t len;

	if (!value.len || !(isdigit((unsigned char)*value.bytes) ||
			    *value.bytes == '-' || *value.bytes == '"'))
		return NULL;
	if (*value.bytes == '"' && value.len >= 2)
		value = (struct json_span){ value.bytes + 1, value.len - 2 };
	if (!value.len || value.len > 20)
		return NULL;
	text = arena_copy(jira->arena, value.bytes, value.len);
	len = strspn(text, "-0123456789.");
	if (len != value.len)
		return NULL;
	if (strchr(text, '.')) {
		while (text[len - 1] == '0')
			text[--len] = '\0';
		if (text[len - 1] == '.')
			text[--len] = '\0';
	}
	return *text ? text : NULL;
}

/* "…Sprint@1f[id=12,state=CLOSED,name=S 1,startDate=…]", as Data Center writes
 * a sprint; NULL for what is no such text. A name may hold a comma. */
static const char *
old_value(struct arena *arena, const char *text, const char *name)
{
	char *key = arena_printf(arena, "%s=", name);
	const char *at = strchr(text, '['), *end;

	while (at && (at = strstr(at + 1, key)) && at[-1] != '[' &&
	       at[-1] != ',')
		;
	if (!at)
		return NULL;
	at += strlen(key);
	for (end = at; *end && *end != ']'; end++)
		if (*end == ',') {
			size_t word = strspn(end + 1, "abcdefghijklmnopqrst"
				"uvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

			if (word && end[1 + word] == '=')
				break;
		}
	if (end == at || *at == '<')		/* <null> */
		return NULL;
	return arena_copy(arena, at, (size_t)(end - at));
}

static struct ji_sprint *
old_sprint(struct jira *jira, const char *text)
{
	struct ji_sprint *sprint = JI_ALLOC(jira, ji_sprint);

	sprint->id = old_value(jira->arena, text, "id");
	sprint->boardId = old_value(jira->arena, text, "rapidViewId");
	sprint->state = old_value(jira->arena, text, "state");
	sprint->name = old_value(jira->arena, text, "name");
	sprint->startDate = old_value(jira->arena, text, "startDate");
	sprint->endDate = old_value(jira->arena, text, "endDate");
	sprint->completeDate = old_value(jira->arena, text, "completeDate");
	return sprint->id ? sprint : NULL;
}

struct list {
	struct json_array items;	/* of whatever the shape says */
};

static const struct json_field sprint_fields[] = {
	{ "list", JSON_ARRAY, offsetof(struct list, items), &ji_sprint_shape },
	{ NULL }
};
static const struct json_field text_fields[] = {
	{ "list", JSON_TEXTS, offsetof(struct list, items), NULL, 2000 },
	{ NULL }
};
static const struct json_shape sprint_list = {
	sprint_fields, sizeof(struct list)
};
static const struct json_shape text_list = {
	text_fields, sizeof(struct list)
};

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static const char *
joined(struct jira *jira, int64_t *ids, size_t count)
{
	struct text text = { 0 };
	const char *copy;

	qsort(ids, count, sizeof(*ids), by_number);
	for (size_t i = 0; i < count; i++)
		if (!i || ids[i] != ids[i - 1])
			text_addf(&text, "%s%" PRId64, text.len ? "," : "",
				  ids[i]);
	copy = arena_string(jira->arena, text.len ? text.data : "");
	text_release(&text);
	return copy;
}

const char *
jira_take_sprints(struct jira *jira, struct json_span value, int64_t at)
{
	struct text json = { 0 };
	const char *problem;
	struct list *list;
	size_t count = 0;
	int64_t *ids;

	if (!value.len || *value.bytes != '[')
		return "";
	text_add(&json, "{\"list\":");
	text_add_bytes(&json, value.bytes, value.len);
	text_add(&json, "}");
	list = json_read(json.data, json.len, &sprint_list, jira->arena,
			 &problem);
	if (!list) {
		const char *const *texts;

		list = json_read(json.data, json.len, &text_list, jira->arena,
				 &problem);
		texts = list ? list->items.items : NULL;
		ids = arena_alloc(jira->arena,
			(list ? list->items.count : 0) * sizeof(*ids) + 1);
		for (size_t i = 0; list && i < list->items.count; i++) {
			struct ji_sprint *sprint = old_sprint(jira, texts[i]);

			if (!sprint || jira_id(sprint->id) == JSON_NO_INT)
				continue;
			jira_take_sprint(jira, sprint, false, at);
			ids[count++] = jira_id(sprint->id);
		}
	} else {
		const struct ji_sprint *sprints = list->items.items;

		ids = arena_alloc(jira->arena,
			list->items.count * sizeof(*ids) + 1);
		for (size_t i = 0; i < list->items.count; i++) {
			if (jira_id(sprints[i].id) == JSON_NO_INT)
				continue;
			if (sprints[i].state)
				jira_take_sprint(jira, sprints + i, false, at);
			ids[count++] = jira_id(sprints[i].id);
		}
	}
	text_release(&json);
	return joined(jira, ids, count);
}

static int
by_link(const void *a, const void *b)
{
	const struct ji_link *x = a, *y = b;
	int64_t p = jira_id(x->id), q = jira_id(y->id);

	return (p > q) - (p < q);
}

/* The links as JSON, in order of their ids. */
static const char *
links_of(struct jira *jira, const struct json_array *from)
{
	struct ji_link *links = from->items;
	struct text text = { 0 };
	const char *copy;

	if (from->count)
		qsort(links, from->count, sizeof(*links), by_link);
	text_add(&text, "[");
	for (size_t i = 0; i < from->count; i++) {
		const struct ji_other *to = links[i].outwardIssue
			? links[i].outwardIssue : links[i].inwardIssue;

		if (jira_id(links[i].id) == JSON_NO_INT || !to ||
		    jira_id(to->id) == JSON_NO_INT)
			continue;
		text_addf(&text, "%s{\"id\":\"%" PRId64 "\",\"type\":",
			  text.len > 1 ? "," : "", jira_id(links[i].id));
		text_add_json(&text, links[i].type ? links[i].type->name
						   : NULL);
		text_addf(&text, ",\"direction\":\"%s\",\"issue\":\"%" PRId64
			  "\"}", links[i].outwardIssue ? "outward" : "inward",
			  jira_id(to->id));
	}
	text_add(&text, "]");
	copy = arena_string(jira->arena, text.data);
	text_release(&text);
	return copy;
}

static const char *
name_of(const struct ji_named *named)
{
	return named ? named->name : NULL;
}

static bool
is_whole(struct jira *jira, const struct ji_issue *from)
{
	const struct ji_issue_fields *f = from->fields;

	return jira_need(jira, jira_id(from->id) != JSON_NO_INT, "issue.id") &&
	       jira_need(jira, from->key && *from->key, "issue.key") &&
	       jira_need(jira, f, "issue.fields") &&
	       jira_need(jira, f->created != TIME_ABSENT,
			 "issue.fields.created") &&
	       jira_need(jira, f->updated != TIME_ABSENT,
			 "issue.fields.updated") &&
	       jira_need(jira, f->project && jira_id(f->project->id) !=
			 JSON_NO_INT, "issue.fields.project");
}

void
jira_take_issue(struct jira *jira, const struct ji_issue *from, bool deleted)
{
	const struct ji_issue_fields *f = from->fields;
	struct jira_issue *to;

	if (!is_whole(jira, from))
		return;
	to = JI_ALLOC(jira, jira_issue);
	*to = (struct jira_issue){
		.id = jira_id(from->id), .key = from->key,
		.project_id = jira_id(f->project->id),
		.summary = f->summary ? f->summary : "",
		.type = name_of(f->issuetype),
		.subtask = f->issuetype && f->issuetype->subtask == 1,
		.status_id = f->status ? jira_id(f->status->id) : JSON_NO_INT,
		.priority = name_of(f->priority),
		.assignee = jira_person(jira, f->assignee, f->updated),
		.reporter = jira_person(jira, f->reporter, f->updated),
		.points = points_of(jira, f->points),
		.parent_id = f->parent ? jira_id(f->parent->id) : JSON_NO_INT,
		.sprints = jira_take_sprints(jira, f->sprint, f->updated),
		.links = links_of(jira, &f->issuelinks),
		.created_at = f->created, .updated_at = f->updated,
		.resolved_at = f->resolutiondate, .deleted = deleted,
	};
	if (f->project->key)
		jira_take_project(jira, f->project->id, f->project->key,
				  f->project->name, false, f->updated);
	if (f->status)
		jira_take_status(jira, f->status, f->updated);
	/* Gone is gone: Jira has no way back. */
	reading_add(jira->reading, RECORD_JIRA_ISSUE,
		    deleted ? INT64_MAX : record_version(f->updated, 0), to,
		    NULL);
}

/* Which of the fields that are kept is it? NULL: none. */
static const char *
field_of(const struct jira *jira, const struct ji_item *item)
{
	static const char *const kept[][2] = {
		{ "status", "status" }, { "assignee", "assignee" },
		{ "resolution", "resolution" }, { "priority", "priority" },
		{ "issuetype", "type" }, { "project", "project" },
		{ "Key", "key" },
	};
	const char *name = item->field ? item->field : "";
	const char *id = item->fieldId ? item->fieldId : name;

	if (!strncmp(id, "customfield_", 12)) {
		if (jira->fields->points && !strcmp(id, jira->fields->points))
			return "points";
		if (jira->fields->sprint && !strcmp(id, jira->fields->sprint))
			return "sprint";
	}
	/* Data Center names no ids. */
	if (!strcmp(name, "Sprint"))
		return "sprint";
	if (!item->fieldId && !strcmp(name, "Story Points"))
		return "points";
	for (size_t i = 0; i < COUNT(kept); i++)
		if (!strcmp(id, kept[i][0]) || !strcmp(name, kept[i][0]))
			return kept[i][1];
	return NULL;
}

void
jira_take_history(struct jira *jira, int64_t issue,
		  const struct ji_history *history, int64_t at)
{
	const struct ji_item *items = history->items.items;
	const char *author = NULL;

	if (at == TIME_ABSENT)
		at = jira_time(history->created);
	if (!jira_need(jira, jira_id(history->id) != JSON_NO_INT,
		       "history.id") ||
	    !jira_need(jira, at != TIME_ABSENT, "history.created"))
		return;
	for (size_t i = 0; i < history->items.count; i++) {
		const char *field = field_of(jira, items + i);
		struct jira_change *to;

		if (!field)
			continue;
		if (!author)
			author = jira_person(jira, history->author, at);
		to = JI_ALLOC(jira, jira_change);
		*to = (struct jira_change){
			.issue_id = issue, .history_id = jira_id(history->id),
			.field = field, .at = at, .author = author,
			.from_id = items[i].from,
			.from_text = items[i].fromString,
			.to_id = items[i].to, .to_text = items[i].toString,
		};
		reading_add(jira->reading, RECORD_JIRA_CHANGE,
			    jira->webhook ? 1 : 2, to, NULL);
	}
}
