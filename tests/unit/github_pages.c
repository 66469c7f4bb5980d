/*
 * github_pages.c - GitHub's answers become records, and the walk through them
 * keeps its place: the cases with a point.
 */
#include "github_pages.h"

#include "crypto.h"
#include "github_app.h"
#include "github_plan.h"
#include "tap.h"
#include "text.h"

static struct arena arena;
static const char *problem;
static const struct repository repository = {
	.github_id = 1, .full_name = "a/b", .default_branch = "main"
};
static struct github_page page;

static bool
take(enum github_list list, const char *json)
{
	page = (struct github_page){ .arena = &arena,
				     .repository = &repository, .number = 7 };
	return github_read_page(&page, list, json, strlen(json), &problem);
}

#define USER "{\"login\":\"dependabot\",\"id\":5,\"type\":\"Bot\"," \
	"\"avatar_url\":\"https://avatars.githubusercontent.com/in/5?" \
	"u=abc&v=4\"}"
#define PULL "{\"number\":2,\"id\":77,\"title\":\"T\",\"state\":\"MERGED\"," \
	"\"draft\":false,\"created_at\":\"2026-01-01T00:00:00Z\"," \
	"\"updated_at\":\"2026-01-03T00:00:00Z\"," \
	"\"closed_at\":\"2026-01-02T00:00:00Z\"," \
	"\"merged_at\":\"2026-01-02T00:00:00Z\",\"user\":" USER "," \
	"\"merge\":{\"sha\":\"c4295bd74fb0f4fda03689c3df3f2803b658fd85\"}," \
	"\"additions\":3,\"commits\":{\"total\":60,\"page\":{\"more\":true," \
	"\"cursor\":\"x\"},\"nodes\":[]},\"reviews\":{\"page\":{\"more\":" \
	"false},\"nodes\":[{\"id\":9,\"state\":\"PENDING\"},{\"id\":8," \
	"\"state\":\"APPROVED\",\"submitted_at\":\"2026-01-01T10:00:00Z\"}," \
	"{\"id\":6,\"state\":\"DISMISSED\",\"submitted_at\":" \
	"\"2026-01-01T09:00:00Z\"}]}}"
#define PULLS(nodes) "{\"data\":{\"repository\":{\"pull_requests\":{" \
	"\"page\":{\"more\":true,\"cursor\":\"Y3Vyc29y\"},\"nodes\":[" nodes \
	"]}}}}"

static void
test_pulls(void)
{
	const struct pull_request *pr = NULL;
	int lines = 0, reviews = 0;

	ok(take(LIST_PULL_REQUESTS, PULLS(PULL)), "a page of GraphQL is read");
	for (size_t i = 0; i < page.count; i++) {
		const struct record *record = page.records + i;

		lines += record->happening != NULL;
		reviews += record->kind == RECORD_REVIEW;
		if (record->kind == RECORD_PULL_REQUEST &&
		    (!pr || record->version > page.records[0].version))
			pr = record->data;
	}
	is(pr->state, "merged", "of its two states the later one stays");
	is(pr->author.login, "dependabot[bot]", "a bot has REST's login");
	is(pr->author.avatar_url, "https://avatars.githubusercontent.com/in/5"
	   "?v=4", "and REST's picture");
	is_int(pr->commits, 60, "the commits are counted");
	is_int(lines, 3, "opened, merged and approved are lines");
	is_int(reviews, 2, "a pending review is nobody's to see");
	is(page.next, "Y3Vyc29y", "there is a next page");
	ok(page.more_count == 1 && page.more[0].list == LIST_BRANCH_COMMITS,
	   "commits that did not fit are to be asked for");
	ok(take(LIST_PULL_REQUESTS, PULLS("{\"number\":1}," PULL)),
	   "a pull request that lacks something stops no page");
	is_int((int64_t)page.bad, 1, "and is counted");
	is(page.why, "pull_request.id is missing", "with what it lacks");
	ok(!take(LIST_PULL_REQUESTS, "{\"data\":null}") && problem,
	   "an answer without a repository is none");
}

static void
test_lists(void)
{
	ok(take(LIST_COMMITS, " [{\"sha\":"
		"\"c4295bd74fb0f4fda03689c3df3f2803b658fd85\",\"author\":null,"
		"\"commit\":{\"message\":\"M\",\"author\":{\"name\":\"N\","
		"\"date\":\"2026-01-01T00:00:00Z\"},\"committer\":{\"date\":"
		"\"2026-01-02T00:00:00Z\"}},\"parents\":[{},{}]}]"),
	   "a list of REST is read");
	is_int(((const struct commit *)page.records[0].data)->parents, 2,
	       "a merge has two parents");
	is(page.records[0].happening->author, "N",
	   "who has no account is called by his name");
	is_int(page.oldest, INT64_C(1767312000000),
	       "the list is ordered by when they were committed");
	ok(take(LIST_ISSUES, "[{\"number\":1,\"id\":1,\"pull_request\":{}}]") &&
	   !page.count, "a pull request among the issues is passed over");
	ok(!take(LIST_RELEASES, "[{]"), "what is no JSON is refused");
	ok(take(LIST_RELEASES, "[]") && !page.items, "an empty list is one");
}

static void
test_plan(void)
{
	struct github_more more = { LIST_REVIEWS, 12, NULL, 0 };
	struct text json = { 0 }, again = { 0 };
	struct plan plan;
	int64_t size = 100, at = 4;

	plan_begin(&plan, 1000);
	plan.stage = STAGE_LISTS;
	plan.places[1].page = 3;
	plan.places[0].after = "a\"b";
	plan_add_errand(&plan, &more, &arena);
	plan_write(&plan, "30 days", &json);
	plan_read(&plan, json.data, 5, &arena);
	plan_write(&plan, "30 days", &again);
	is(again.data, json.data, "a checkpoint is read as it was written");
	plan_read(&plan, "{}", 5, &arena);
	is_int(plan.began, 5, "an empty one is a beginning");
	plan_read(&plan, "{\"began\":1,\"stage\":99}", 6, &arena);
	is_int(plan.began, 6, "and so is one of another version");
	ok(plan_halve(&size, &at) && size == 50 && at == 7,
	   "half a page keeps its place");
	plan_recover(&size, &at, 100);
	ok(size == 100 && at == 4, "and a whole one again");
	size = 1;
	ok(!plan_halve(&size, &at), "one is not halved");
	text_release(&json);
	text_release(&again);
}

int
main(void)
{
	test_pulls();
	test_lists();
	test_plan();
	ok(!github_app_jwt("1", "no key", 1), "what is no key signs nothing");
	arena_release(&arena);
	return done();
}
