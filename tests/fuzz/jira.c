/*
 * jira.c - any bytes as a webhook of a Jira, and as an answer of its API.
 */
#include "jira.h"

#include "records_sql.h"

static const char *const events[] = {
	"jira:issue_updated", "jira:issue_deleted", "jira:sprint_closed",
	"jira:project_updated", "jira:worklog_updated", "jira:unknown",
};
static jira_reader *const readers[] = {
	jira_read_search, jira_read_ids, jira_read_history,
	jira_read_statuses, jira_read_projects, jira_read_boards,
	jira_read_sprints, jira_read_worklog_ids, jira_read_worklogs,
	jira_read_worklogs_gone,
};

static bool
read_as(unsigned kind, struct reading *reading, const char *bytes, size_t len,
	const char **problem)
{
	static const struct jira_fields fields = {
		"customfield_10016", "customfield_10020"
	};
	struct jira_fields none = { NULL, NULL };
	struct jira_page page;

	if (kind < COUNT(events)) {
		reading->event = events[kind];
		jira_host_of(reading->arena, bytes, len);
		return jira_read(reading, &fields, bytes, len, problem);
	}
	kind -= COUNT(events);
	if (kind < COUNT(readers))
		return readers[kind](reading, &fields, 1, bytes, len, &page,
				     problem);
	return jira_read_fields(&none, reading->arena, bytes, len, problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct record_columns columns;
	struct record_call parameters[RECORD_CALLS];
	struct call calls[RECORD_CALLS];
	struct arena arena = { 0 };
	struct reading reading = { .arena = &arena, .event = "",
				   .delivery = "guid", .received_at = 1 };
	const char *problem = NULL;
	char event[64];

	if (!len)
		return 0;
	jira_event((const char *)bytes + 1, len - 1, event);
	if (read_as(*bytes % (COUNT(events) + COUNT(readers) + 1), &reading,
		    (const char *)bytes + 1, len - 1, &problem)) {
		for (size_t i = 0; i < reading.count; i++)
			records_add(&columns, reading.records + i, 1, 1,
				    "host", 0);
		records_calls(&columns, "1", calls, parameters);
		records_clear(&columns);
	} else if (!problem || !*problem) {
		__builtin_trap();	/* a refusal says why */
	}
	arena_release(&arena);
	return 0;
}
