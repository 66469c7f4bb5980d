/*
 * jira.c - what a Jira says becomes records: the cases with a point.
 */
#include "jira.h"

#include "tap.h"

static struct arena arena;
static struct reading reading;
static struct jira_page page;
static const char *problem;
static const struct jira_fields fields = {
	"customfield_10016", "customfield_10020"
};

static bool
take(const char *event, const char *json)
{
	problem = NULL;
	reading = (struct reading){ .arena = &arena, .event = event,
		.delivery = "guid", .received_at = 1000 };
	return jira_read(&reading, &fields, json, strlen(json), &problem);
}

static bool
answer(jira_reader *read, const char *json)
{
	problem = NULL;
	reading = (struct reading){ .arena = &arena, .event = "" };
	return read(&reading, &fields, 5000, json, strlen(json), &page,
		    &problem);
}

static const void *
nth(enum record_kind kind, size_t n)
{
	for (size_t i = 0; i < reading.count; i++)
		if (reading.records[i].kind == kind && !n--)
			return reading.records[i].data;
	return NULL;
}

static int64_t
version_of(enum record_kind kind)
{
	for (size_t i = 0; i < reading.count; i++)
		if (reading.records[i].kind == kind)
			return reading.records[i].version;
	return -1;
}

#define SPRINT "{\"id\":7,\"name\":\"S 7\",\"state\":\"active\",\"boardId\":3," \
	"\"startDate\":\"2026-01-05T09:00:00.000Z\"}"
#define ISSUE_OF(id, summary, sprint) "{\"id\":\"" id "\",\"key\":\"PAY-1\"," \
	"\"self\":\"https://acme.atlassian.net/rest/api/3/issue/" id "\"," \
	"\"fields\":{\"summary\":\"" summary "\"," \
	"\"created\":\"2026-01-02T03:04:05.000+0100\"," \
	"\"updated\":\"2026-01-06T03:04:05.678+0000\"," \
	"\"project\":{\"id\":\"10\",\"key\":\"PAY\",\"name\":\"Payments\"}," \
	"\"issuetype\":{\"name\":\"Story\",\"subtask\":false}," \
	"\"status\":{\"id\":\"3\",\"name\":\"Doing\"," \
	"\"statusCategory\":{\"key\":\"indeterminate\"}}," \
	"\"assignee\":{\"accountId\":\"a1\",\"displayName\":\"Ann\"}," \
	"\"customfield_10016\":5.0,\"customfield_10020\":" sprint "," \
	"\"issuelinks\":[{\"id\":\"9\",\"type\":{\"name\":\"Blocks\"}," \
	"\"outwardIssue\":{\"id\":\"2\"}},{\"id\":\"4\",\"type\":" \
	"{\"name\":\"Relates\"},\"inwardIssue\":{\"id\":\"3\"}}]}}"
#define ISSUE ISSUE_OF("1", "T", "[" SPRINT ",{\"id\":2}]")
#define ITEMS "[{\"field\":\"status\",\"fieldId\":\"status\",\"from\":\"1\"," \
	"\"fromString\":\"To do\",\"to\":\"3\",\"toString\":\"Doing\"}," \
	"{\"field\":\"Story point estimate\",\"fieldId\":" \
	"\"customfield_10016\",\"fromString\":\"3\",\"toString\":\"5\"}," \
	"{\"field\":\"description\",\"fieldId\":\"description\"," \
	"\"fromString\":\"a\",\"toString\":\"b\"}]"

static void
test_issue(void)
{
	const struct jira_issue *issue;
	const struct jira_sprint *sprint;
	const struct jira_change *change;

	ok(take("jira:issue_updated", "{\"timestamp\":1767668646000,"
		"\"webhookEvent\":\"jira:issue_updated\",\"user\":"
		"{\"accountId\":\"b2\",\"displayName\":\"Bo\"},\"issue\":"
		ISSUE ",\"changelog\":{\"id\":\"55\",\"items\":" ITEMS "}}"),
	   "an issue of a webhook is read");
	issue = nth(RECORD_JIRA_ISSUE, 0);
	is_int(issue->created_at, 1767319445000, "its times have an offset");
	is(issue->points, "5", "points have one form");
	is(issue->sprints, "2,7", "its sprints are in order");
	is(issue->links, "[{\"id\":\"4\",\"type\":\"Relates\",\"direction\":"
	   "\"inward\",\"issue\":\"3\"},{\"id\":\"9\",\"type\":\"Blocks\","
	   "\"direction\":\"outward\",\"issue\":\"2\"}]", "so are its links");
	is(((const struct jira_status *)nth(RECORD_JIRA_STATUS, 0))->category,
	   "in_progress", "its status has a category");
	sprint = nth(RECORD_JIRA_SPRINT, 0);
	is(sprint->state, "active", "its sprint is told");
	ok(!nth(RECORD_JIRA_SPRINT, 1), "one that only has an id is not");
	change = nth(RECORD_JIRA_CHANGE, 0);
	is(change->field, "status", "a change of its status is kept");
	is_int(change->at, issue->updated_at, "at the issue's time");
	is(((const struct jira_change *)nth(RECORD_JIRA_CHANGE, 1))->field,
	   "points", "so is one of its points, whatever their field is called");
	ok(!nth(RECORD_JIRA_CHANGE, 2), "one of its description is not");
	ok(take("jira:issue_deleted", "{\"webhookEvent\":\"jira:issue_deleted\""
		",\"issue\":" ISSUE "}") &&
	   version_of(RECORD_JIRA_ISSUE) == INT64_MAX,
	   "a deleted one stays deleted, whatever comes late");
	ok(!take("jira:issue_updated", "{\"webhookEvent\":\"x\"}"),
	   "without an issue it cannot be read");
	is(problem, "issue is missing", "and says what is missing");
	ok(take("jira:comment_created", "{\"webhookEvent\":\"comment_created\","
		"\"comment\":{}}") && !reading.count,
	   "an event that is not for us has no records");
}

static void
test_old_sprint(void)
{
	const struct jira_sprint *sprint;

	ok(answer(jira_read_search, "{\"startAt\":0,\"total\":1,\"issues\":["
		  ISSUE_OF("1", "T", "[\"com.atlassian.greenhopper.service."
		  "sprint.Sprint@1f[id=12,rapidViewId=4,state=CLOSED,name=One, "
		  "two,startDate=2026-01-05T09:00:00.000Z,completeDate="
		  "2026-01-19T09:00:00.000Z,goal=<null>]\"]") "]}"),
	   "Data Center's sprints are text");
	sprint = nth(RECORD_JIRA_SPRINT, 0);
	is(sprint->name, "One, two", "a name may have a comma");
	is_int(sprint->board_id, 4, "its board is known");
	is(((const struct jira_issue *)nth(RECORD_JIRA_ISSUE, 0))->sprints,
	   "12", "and the issue is in it");
	is_int(page.total, 1, "the page says how many there are");
}

static void
test_pages(void)
{
	struct jira_fields found = { NULL, NULL };
	const char *list = "[{\"id\":\"customfield_1\","
		"\"name\":\"Story point estimate\"},{\"id\":\"customfield_2\","
		"\"name\":\"Story Points\"},{\"id\":\"customfield_3\","
		"\"name\":\"S\",\"schema\":{\"custom\":"
		"\"com.pyxis.greenhopper.jira:gh-sprint\"}},"
		"{\"id\":\"customfield_1, drop\",\"name\":\"Story Points\"}]";

	ok(answer(jira_read_search, "{\"issues\":[" ISSUE
		  ",{\"id\":\"2\",\"key\":\"PAY-2\",\"fields\":{\"created\":"
		  "\"yesterday\"}}," ISSUE_OF("3", "a\\u0000b", "null")
		  "],\"nextPageToken\":\"tok\"}"),
	   "a bad issue does not spoil its page");
	is_int((int64_t)page.bad, 1, "it is counted");
	is(page.bad_reason, "fields.created is not a time",
	   "with what is wrong");
	is(page.next, "tok", "the page names the next one");
	is(((const struct jira_issue *)nth(RECORD_JIRA_ISSUE, 1))->summary,
	   "ab", "a NUL byte goes, and the issue stays (#5243)");
	ok(answer(jira_read_history, "{\"issueChangeLogs\":[{\"issueId\":\"1\""
		  ",\"changeHistories\":[{\"id\":\"55\",\"created\":"
		  "1767668645678,\"author\":{\"accountId\":\"b2\"},\"items\":"
		  ITEMS "},{\"id\":\"56\",\"created\":"
		  "\"2026-01-06T03:04:05.678+0000\",\"items\":" ITEMS "}]}]}"),
	   "the changelog in bulk is read");
	is_int(((const struct jira_change *)nth(RECORD_JIRA_CHANGE, 0))->at,
	       1767668645678, "a time may be milliseconds");
	is_int(((const struct jira_change *)nth(RECORD_JIRA_CHANGE, 2))->at,
	       1767668645678, "or text");
	ok(answer(jira_read_statuses, "[{\"id\":\"1\",\"name\":\"To do\","
		  "\"statusCategory\":{\"key\":\"new\"}},{\"id\":\"2\"}]") &&
	   reading.count == 1 && !page.bad,
	   "an answer may be a list, and a status without category is none");
	ok(jira_read_fields(&found, &arena, list, strlen(list), &problem),
	   "the custom fields are found");
	is(found.points, "customfield_2", "points by their name");
	is(found.sprint, "customfield_3", "sprints by their kind");
	ok(!answer(jira_read_search, "<html>"), "what is no JSON is refused");
	ok(problem && *problem, "with a reason");
}

static void
test_words(void)
{
	char event[64];
	const char *body = "{\"webhookEvent\":\"sprint_closed\",\"sprint\":"
		"{\"self\":\"https://Jira.acme.test:8443/x\"}}";

	jira_event(body, strlen(body), event);
	is(event, "jira:sprint_closed", "the event is in the body");
	jira_event("{\"webhookEvent\":\"a b\"}", 22, event);
	is(event, "jira:unknown", "one that is no word is unknown");
	is(jira_host_of(&arena, body, strlen(body)), "jira.acme.test",
	   "so is the host");
	ok(take("jira:worklog_deleted", "{\"webhookEvent\":\"worklog_deleted\","
		"\"timestamp\":5000,\"worklog\":{\"id\":\"8\",\"issueId\":"
		"\"1\"}}") && ((const struct jira_worklog *)
		nth(RECORD_JIRA_WORKLOG, 0))->deleted == 1,
	   "a deleted worklog is a tombstone");
}

int
main(void)
{
	test_issue();
	test_old_sprint();
	test_pages();
	test_words();
	arena_release(&arena);
	return done();
}
