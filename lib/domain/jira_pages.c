/*
 * jira_pages.c - answers of Jira's REST API into records.
 *
 * A page is read as spans: each issue by itself, so that one that cannot be
 * read spoils no other.
 */
#include "jira_payload.h"

#include "text.h"

/* Every answer that is a page, whatever its list is called. */
struct answer {
	const char *nextPageToken;
	int64_t startAt, total, until;
	signed char isLast, lastPage;
	struct json_array issues, values, issueChangeLogs, list;
};

static const struct json_field answer_fields[] = {
	{ "nextPageToken", JSON_TEXT,
	  offsetof(struct answer, nextPageToken), NULL, 4000 },
	{ "startAt", JSON_INT, offsetof(struct answer, startAt) },
	{ "total", JSON_INT, offsetof(struct answer, total) },
	{ "until", JSON_INT, offsetof(struct answer, until) },
	{ "isLast", JSON_BOOL, offsetof(struct answer, isLast) },
	{ "lastPage", JSON_BOOL, offsetof(struct answer, lastPage) },
	{ "issues", JSON_SPANS, offsetof(struct answer, issues) },
	{ "values", JSON_SPANS, offsetof(struct answer, values) },
	{ "issueChangeLogs", JSON_SPANS,
	  offsetof(struct answer, issueChangeLogs) },
	{ "list", JSON_SPANS, offsetof(struct answer, list) },
	{ NULL }
};
static const struct json_shape answer_shape = {
	answer_fields, sizeof(struct answer)
};

struct log {
	const char *issueId;
	struct json_array changeHistories;	/* struct ji_history */
};

static const struct json_field log_fields[] = {
	{ "issueId", JSON_TEXT, offsetof(struct log, issueId) },
	{ "changeHistories", JSON_ARRAY, offsetof(struct log, changeHistories),
	  &ji_history_shape },
	{ NULL }
};
static const struct json_shape log_shape = { log_fields, sizeof(struct log) };

struct small {
	const char *id, *type, *worklogId;
};

static const struct json_field small_fields[] = {
	{ "id", JSON_TEXT, offsetof(struct small, id) },
	{ "type", JSON_TEXT, offsetof(struct small, type) },
	{ "worklogId", JSON_TEXT, offsetof(struct small, worklogId) },
	{ NULL }
};
static const struct json_shape small_shape = {
	small_fields, sizeof(struct small)
};

/* The answer; one that is a list only is taken as {"list": …}. */
static struct answer *
take_answer(struct arena *arena, const char *body, size_t len,
	    struct jira_page *page, const char **problem)
{
	struct text whole = { 0 };
	struct answer *answer;
	size_t space = 0;

	*page = (struct jira_page){
		.total = JSON_NO_INT, .start = JSON_NO_INT, .ids = "",
		.until = JSON_NO_INT,
	};
	while (space < len && strchr(" \t\r\n", body[space]) && body[space])
		space++;
	if (space < len && body[space] == '[') {
		char *copy;

		text_add(&whole, "{\"list\":");
		text_add_bytes(&whole, body, len);
		text_add(&whole, "}");
		/* Spans point into it. */
		copy = arena_copy(arena, whole.data, whole.len);
		len = whole.len;
		text_release(&whole);
		body = copy;
	}
	answer = json_read(body, len, &answer_shape, arena, problem);
	if (!answer)
		return NULL;
	page->next = answer->nextPageToken;
	page->total = answer->total;
	page->start = answer->startAt;
	page->until = answer->until;
	page->last = answer->isLast == 1 || answer->lastPage == 1;
	return answer;
}

/* Pass an item over, and remember why the first one was. */
static void
pass_over(struct jira_page *page, const char *why)
{
	if (!page->bad++)
		page->bad_reason = why;
}

/* Read the items of a page, each by itself. */
struct items {
	struct jira jira;
	struct jira_page *page;
	const struct json_array *list;
	const struct json_shape *shape;
	void (*take)(struct jira *jira, const void *item);
};

static bool
read_items(struct items *items)
{
	const struct json_span *spans = items->list->items;
	struct reading *reading = items->jira.reading;

	items->page->items = items->list->count;
	for (size_t i = 0; i < items->list->count; i++) {
		size_t before = reading->count;
		const char *why = NULL;
		void *item = json_read(spans[i].bytes, spans[i].len,
				       items->shape, reading->arena, &why);

		items->jira.problem = NULL;
		if (item)
			items->take(&items->jira, item);
		if (item && !items->jira.problem)
			continue;
		/* What it told before it was found bad goes with it. The
		 * room stays as reading_add() counts it. */
		if (reading->count > before) {
			struct record *kept = reading->records;

			reading->records = NULL;
			reading->count = 0;
			for (size_t k = 0; k < before; k++)
				reading_add(reading, kept[k].kind,
					    kept[k].version, kept[k].data,
					    NULL);
		}
		pass_over(items->page, item ? items->jira.problem : why);
	}
	return true;
}

static struct jira
api(struct reading *reading, const struct jira_fields *fields, int64_t told_at)
{
	return (struct jira){
		.reading = reading, .arena = reading->arena, .fields = fields,
		.told_at = told_at,
	};
}

static void
take_issue(struct jira *jira, const void *item)
{
	const struct ji_issue *issue = item;
	const struct ji_history *histories;

	jira_take_issue(jira, issue, false);
	if (jira->problem || !issue->changelog)
		return;
	histories = issue->changelog->histories.items;
	for (size_t i = 0; i < issue->changelog->histories.count; i++)
		jira_take_history(jira, jira_id(issue->id), histories + i,
				  TIME_ABSENT);
}

/* The ids of the spans, with commas between. */
static const char *
ids_of(struct arena *arena, const struct json_array *list,
       const char *(*of)(const struct small *item))
{
	const struct json_span *spans = list->items;
	struct text text = { 0 };
	const char *copy, *why;

	for (size_t i = 0; i < list->count; i++) {
		const struct small *item = json_read(spans[i].bytes,
			spans[i].len, &small_shape, arena, &why);
		const char *id = item ? of(item) : NULL;

		if (jira_id(id) != JSON_NO_INT)
			text_addf(&text, "%s%" PRId64, text.len ? "," : "",
				  jira_id(id));
	}
	copy = arena_string(arena, text.len ? text.data : "");
	text_release(&text);
	return copy;
}

static const char *
own_id(const struct small *item)
{
	return item->id;
}

static const char *
scrum_id(const struct small *item)
{
	/* A kanban board has no sprints; a "simple" one may. */
	return item->type && !strcmp(item->type, "kanban") ? NULL : item->id;
}

static const char *
worklog_id(const struct small *item)
{
	return item->worklogId;
}

#define READER(name) \
	bool name(struct reading *reading, const struct jira_fields *fields, \
		  int64_t told_at, const char *body, size_t len, \
		  struct jira_page *page, const char **problem)

READER(jira_read_search)
{
	struct answer *answer = take_answer(reading->arena, body, len, page,
					    problem);
	struct items items = {
		api(reading, fields, told_at), page, NULL,
		jira_shape(reading->arena, fields, false), take_issue
	};

	if (!answer)
		return false;
	items.list = &answer->issues;
	page->ids = ids_of(reading->arena, &answer->issues, own_id);
	return read_items(&items);
}

READER(jira_read_ids)
{
	struct answer *answer = take_answer(reading->arena, body, len, page,
					    problem);

	(void)fields, (void)told_at;
	if (!answer)
		return false;
	page->items = answer->issues.count;
	page->ids = ids_of(reading->arena, &answer->issues, own_id);
	return true;
}

static void
take_log(struct jira *jira, const void *item)
{
	const struct log *log = item;
	const struct ji_history *histories = log->changeHistories.items;

	if (!jira_need(jira, jira_id(log->issueId) != JSON_NO_INT, "issueId"))
		return;
	for (size_t i = 0; !jira->problem && i < log->changeHistories.count;
	     i++)
		jira_take_history(jira, jira_id(log->issueId), histories + i,
				  TIME_ABSENT);
}

static void
take_status(struct jira *jira, const void *item)
{
	jira_take_status(jira, item, jira->told_at);
}

static void
take_project(struct jira *jira, const void *item)
{
	const struct ji_project *project = item;

	jira_take_project(jira, project->id, project->key, project->name,
			  false, jira->told_at);
}

static void
take_sprint(struct jira *jira, const void *item)
{
	jira_take_sprint(jira, item, false, jira->told_at);
}

static void
take_worklog(struct jira *jira, const void *item)
{
	jira_take_worklog(jira, item, false, jira->told_at);
}

static void
take_worklog_gone(struct jira *jira, const void *item)
{
	const struct small *gone = item;

	jira_take_worklog(jira, &(struct ji_worklog){ .id = gone->worklogId },
			  true, jira->told_at);
}

/* A reader of a page that is a list of one kind of thing. */
#define LIST_READER(name, member, shape, take) \
	READER(name) \
	{ \
		struct answer *answer = take_answer(reading->arena, body, \
						    len, page, problem); \
		struct items items = { \
			api(reading, fields, told_at), page, NULL, &shape, take \
		}; \
		\
		if (!answer) \
			return false; \
		items.list = answer->list.count ? &answer->list \
						: &answer->member; \
		return read_items(&items); \
	}

LIST_READER(jira_read_history, issueChangeLogs, log_shape, take_log)
LIST_READER(jira_read_statuses, values, ji_named_shape, take_status)
LIST_READER(jira_read_projects, values, ji_project_shape, take_project)
LIST_READER(jira_read_sprints, values, ji_sprint_shape, take_sprint)
LIST_READER(jira_read_worklogs, values, ji_worklog_shape, take_worklog)
LIST_READER(jira_read_worklogs_gone, values, small_shape, take_worklog_gone)

READER(jira_read_boards)
{
	struct answer *answer = take_answer(reading->arena, body, len, page,
					    problem);

	(void)fields, (void)told_at;
	if (!answer)
		return false;
	page->items = answer->values.count;
	page->ids = ids_of(reading->arena, &answer->values, scrum_id);
	return true;
}

READER(jira_read_worklog_ids)
{
	struct answer *answer = take_answer(reading->arena, body, len, page,
					    problem);

	(void)fields, (void)told_at;
	if (!answer)
		return false;
	page->items = answer->values.count;
	page->ids = ids_of(reading->arena, &answer->values, worklog_id);
	return true;
}

struct schema {
	const char *custom;
};

struct field {
	const char *id, *name;
	struct schema *schema;
};

static const struct json_field schema_fields[] = {
	{ "custom", JSON_TEXT, offsetof(struct schema, custom) }, { NULL }
};
static const struct json_shape schema_shape = {
	schema_fields, sizeof(struct schema)
};
static const struct json_field field_fields[] = {
	{ "id", JSON_TEXT, offsetof(struct field, id) },
	{ "name", JSON_TEXT, offsetof(struct field, name) },
	{ "schema", JSON_OBJECT, offsetof(struct field, schema),
	  &schema_shape },
	{ NULL }
};
static const struct json_shape field_shape = {
	field_fields, sizeof(struct field)
};

/* "customfield_" and digits, since the name goes into questions. */
static bool
is_custom(const char *id)
{
	return id && !strncmp(id, "customfield_", 12) && id[12] &&
	       strlen(id + 12) <= 18 &&
	       strspn(id + 12, "0123456789") == strlen(id + 12);
}

bool
jira_read_fields(struct jira_fields *fields, struct arena *arena,
		 const char *body, size_t len, const char **problem)
{
	static const char *const names[] = {	/* the best last */
		"Story point estimate", "Story Points"
	};
	struct jira_page page;
	struct answer *answer = take_answer(arena, body, len, &page, problem);
	const struct json_span *spans = answer ? answer->list.items : NULL;
	const char *points[COUNT(names)] = { NULL };

	for (size_t i = 0; answer && i < answer->list.count; i++) {
		const char *why;
		struct field *f = json_read(spans[i].bytes, spans[i].len,
					    &field_shape, arena, &why);

		if (!f || !is_custom(f->id))
			continue;
		if (!fields->sprint && f->schema && f->schema->custom &&
		    !strcmp(f->schema->custom,
			    "com.pyxis.greenhopper.jira:gh-sprint"))
			fields->sprint = f->id;
		for (size_t n = 0; f->name && n < COUNT(names); n++)
			if (!strcmp(f->name, names[n]))
				points[n] = f->id;
	}
	for (size_t n = COUNT(names); !fields->points && n--; )
		fields->points = points[n];
	return answer != NULL;
}
