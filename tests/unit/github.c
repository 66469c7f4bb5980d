/*
 * github.c - deliveries and clones become records: the cases with a point.
 */
#include "github.h"

#include "git_history.h"
#include "happening.h"
#include "reverts.h"
#include "tap.h"
#include "text.h"

static struct arena arena;
static struct reading reading;
static const char *problem;

#define REPO "\"repository\":{\"id\":1,\"full_name\":\"a/b\"," \
	"\"default_branch\":\"main\",\"pushed_at\":1557933657," \
	"\"updated_at\":\"2019-05-15T15:19:27Z\"}"
#define SENDER ",\"sender\":{\"login\":\"sam\",\"id\":9,\"type\":\"User\"}"

static bool
take(const char *event, const char *json)
{
	problem = NULL;
	reading = (struct reading){ .arena = &arena, .event = event,
		.delivery = "guid", .received_at = 1000 };
	return github_read(&reading, json, strlen(json), &problem);
}

static const void *
first(enum record_kind kind)
{
	for (size_t i = 0; i < reading.count; i++)
		if (reading.records[i].kind == kind)
			return reading.records[i].data;
	return NULL;
}

#define PR(action, more) "{\"action\":\"" action "\"," REPO \
	",\"pull_request\":{\"number\":2,\"id\":77,\"title\":\"T\"," \
	"\"state\":\"closed\",\"created_at\":\"2019-05-15T15:20:33Z\"," \
	"\"updated_at\":\"2019-05-15T15:21:18Z\"," \
	"\"closed_at\":\"2019-05-15T15:21:17Z\"," more \
	"\"user\":{\"login\":\"renovate[bot]\",\"id\":5,\"type\":\"Bot\"}," \
	"\"merge_commit_sha\":\"c4295bd74fb0f4fda03689c3df3f2803b658fd85\"}" \
	SENDER "}"

static void
test_pull_request(void)
{
	const struct pull_request *pr;
	const struct happening *h;

	ok(take("pull_request", PR("closed", "\"merged_at\":"
		"\"2019-05-15T15:21:17Z\",\"body\":\"Reverts a/b#1\",")),
	   "a merged pull request is read");
	pr = first(RECORD_PULL_REQUEST);
	is(pr->state, "merged", "it is merged, not closed");
	is(pr->merge_sha, "c4295bd74fb0f4fda03689c3df3f2803b658fd85",
	   "the merge's sha is kept");
	is_int(pr->reverts, 1, "it takes another back");
	ok(pr->author.bot == 1, "a bot is a bot");
	h = reading.records[0].happening;
	is(h->key, "pull_request/2/merged/1557933677000",
	   "the line is known by the fact and its time");
	ok(take("pull_request", PR("closed", "")), "one closed unmerged is read");
	pr = first(RECORD_PULL_REQUEST);
	is(pr->state, "closed", "it is closed");
	is(pr->merge_sha, NULL, "a test merge's sha is not a merge's");
	ok(!take("pull_request", "{\"action\":\"opened\"," REPO "}"),
	   "without a pull request it cannot be read");
	is(problem, "pull_request is missing", "and says what is missing");
	ok(!take("pull_request", "{\"action\":\"opened\"}"),
	   "without anything neither");
}

static void
test_push(void)
{
	const struct commit *commit;
	const struct happening *h;

	ok(take("push", "{\"ref\":\"refs/heads/main\",\"commits\":[{\"id\":"
		"\"6113728f27ae82c7b1a177c8d03f9e96e0adf246\",\"message\":"
		"\"One\\n\\nThis reverts commit "
		"c4295bd74fb0f4fda03689c3df3f2803b658fd85.\",\"timestamp\":"
		"\"2019-05-15T15:19:25Z\",\"author\":{\"name\":\"N\","
		"\"email\":\"e\",\"username\":\"u\"}}]," REPO SENDER "}"),
	   "a push is read");
	commit = first(RECORD_COMMIT);
	ok(commit->on_default == 1, "its branch is the default one");
	is(commit->reverts, "c4295bd74fb0f4fda03689c3df3f2803b658fd85",
	   "what it takes back is known");
	h = reading.records[0].happening;
	is_int(h->at, INT64_C(1557933565000), "the line is dated by the commit");
	is_int(h->heard_at, INT64_C(1557933657000), "and is news by the push");
	ok(take("push", "{\"ref\":\"refs/tags/v1\",\"created\":true,"
		"\"commits\":[]," REPO SENDER "}"), "a pushed tag is read");
	is(reading.records[0].happening->key, "ref/tag/v1/created/1557933657000",
	   "as the same fact that a create event tells");
	ok(take("create", "{\"ref\":\"v1\",\"ref_type\":\"tag\"," REPO SENDER
		"}"), "a create event is read");
	is(reading.records[0].happening->key, "ref/tag/v1/created/1557933657000",
	   "with that key");
	ok(!take("push", "{\"ref\":\"refs/heads/main\",\"commits\":[{\"id\":"
		 "\"zzz\",\"timestamp\":\"2019-05-15T15:19:25Z\"}]," REPO "}"),
	   "a commit without a sha is refused");
}

static void
test_lines(void)
{
	struct text long_line = { 0 }, json = { 0 };
	const struct happening *h;

	for (int i = 0; i < 10000; i++)
		text_add(&long_line, "x");
	text_addf(&json, "{\"ref\":\"refs/heads/x\",\"commits\":[{\"id\":"
		  "\"6113728f27ae82c7b1a177c8d03f9e96e0adf246\",\"message\":"
		  "\"%s\",\"timestamp\":\"2019-05-15T15:19:25Z\"}]," REPO "}",
		  long_line.data);
	ok(take("push", json.data), "a commit with a line of 10,000 is read");
	h = reading.records[0].happening;
	ok(strlen(h->middle) + strlen(h->end) < HAPPENING_MAX,
	   "its line of the feed fits a live message");
	ok(strstr(h->middle, "x\xe2\x80\xa6\"") != NULL,
	   "and shows that it was cut");
	text_release(&long_line);
	text_release(&json);
}

static void
test_events(void)
{
	ok(take("gollum", "{\"pages\":[]," REPO "}") && !reading.count &&
	   reading.repository, "an event that is not read is only routed");
	ok(take("ping", "{\"zen\":\"z\",\"hook_id\":1}") && !reading.count,
	   "a ping has no records");
	ok(!take("gollum", "{\"pages\":["), "but it must be JSON");
	ok(!take("gollum", "{\"repository\":{\"id\":1}}"),
	   "and its repository must have a name");
	ok(take("issue_comment", "{\"action\":\"deleted\",\"issue\":{\"id\":3,"
		"\"number\":4,\"state\":\"open\",\"created_at\":"
		"\"2019-05-15T15:19:25Z\",\"updated_at\":"
		"\"2019-05-15T15:19:26Z\",\"pull_request\":{\"url\":\"u\"}},"
		"\"comment\":{\"id\":5,\"created_at\":"
		"\"2019-05-15T15:19:25Z\"}," REPO SENDER "}"),
	   "a deleted comment is read");
	ok(!first(RECORD_ISSUE), "a pull request's conversation is no issue");
	is_int(reading.records[0].version, INT64_MAX,
	       "what was deleted stays deleted");
}

#define US "\x1f"
#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define D "dddddddddddddddddddddddddddddddddddddddd"

static void
test_clone(void)
{
	char log[] =
		"\x1e" D US C US "Ann" US "1+ann@users.noreply.github.com" US
		"2026-01-05T10:00:00+01:00" US "2026-01-05T10:00:00+01:00" US
		"Fix it (#8)\n" US "\n 1 file changed, 3 insertions(+), "
		"1 deletion(-)\n"
		"\x1e" C US A " " B US "Bob" US "bob@example.org" US
		"2026-01-04T10:00:00Z" US "2026-01-04T10:00:00Z" US
		"Merge pull request #7 from x/feature\n\nA feature\n" US "\n"
		"\x1e" B US A US "Cy" US "cy@example.org" US
		"2026-01-03T10:00:00Z" US "2026-01-03T10:00:00Z" US
		"work\n" US "\n 2 files changed, 10 insertions(+)\n"
		"\x1e" A US US "Ann" US "ann@example.org" US
		"2026-01-01T10:00:00Z" US "2026-01-01T10:00:00Z" US
		"start\n" US "\n 1 file changed, "
		"99999999999999999999999 insertions(+)\n";
	char tags[] = "v1" US "2026-01-06T00:00:00+00:00" US "Ann" US "First\n";
	struct git_history history = { .arena = &arena };
	const struct pull_request *pr[2] = { NULL, NULL };

	ok(git_read_commits(&history, log, sizeof(log) - 1, &problem),
	   "a log is read");
	ok(git_read_tags(&history, tags, &problem), "tags are read");
	is_int((int64_t)history.commit_count, 4, "every commit");
	is_int(history.commits[3].commit.additions, INT32_MAX,
	       "a size beyond all sense is cut");
	for (size_t i = 0; i < history.count; i++)
		if (history.records[i].kind == RECORD_PULL_REQUEST) {
			const struct pull_request *p = history.records[i].data;

			pr[p->number == 7] = p;
		}
	is(pr[0] ? pr[0]->title : NULL, "Fix it",
	   "a squash merge is a pull request");
	is(pr[0] ? pr[0]->author.login : NULL, "ann",
	   "GitHub's own address says the login");
	is_int(pr[0] ? pr[0]->additions : 0, 3, "its size is the commit's");
	is(pr[1] ? pr[1]->title : NULL, "A feature",
	   "a merge is a pull request");
	is(pr[1] ? pr[1]->author.login : NULL, "Cy",
	   "its author wrote the branch");
	is_int(pr[1] ? pr[1]->created_at : 0, INT64_C(1767434400000),
	       "it was opened with the branch's first commit");
	is(((const struct release *)history.records[history.count - 1].data)
	   ->tag, "v1", "a tag is a release");
	is_int(reverted_pull_request("Reverts #12"), 12, "Reverts #12");
	is_int(reverted_pull_request("It reverts nothing"), JSON_NO_INT,
	       "words alone revert nothing");
}

int
main(void)
{
	test_pull_request();
	test_push();
	test_lines();
	test_events();
	test_clone();
	arena_release(&arena);
	return done();
}
