/*
 * github_lists.c - the lists of a repository, a page at a time, and the lists
 * within their items.
 */
#include "base.h"

#include "github_walk.h"
#include "log.h"

static const struct {
	const char *name, *path;
} lists[LISTS] = {
	[LIST_PULL_REQUESTS] = { "pull requests", NULL },
	[LIST_COMMITS] = { "commits", "commits?" },
	[LIST_DEPLOYMENTS] = { "deployments", "deployments?" },
	[LIST_RUNS] = { "builds", "actions/runs?" },
	[LIST_RELEASES] = { "releases", "releases?" },
	[LIST_ISSUES] = { "issues",
		"issues?state=all&sort=updated&direction=desc&" },
};

/* --- lists --------------------------------------------------------------- */

static void
ask_pull_requests(struct walk *walk, const struct plan_place *place,
		  struct github_answer *answer)
{
	const char *name = walk->of.repository.full_name;
	size_t owner = strcspn(name, "/");
	struct text variables = { 0 };

	text_add(&variables, "{\"owner\":");
	text_add_json_bytes(&variables, name, owner);
	text_add(&variables, ",\"name\":");
	text_add_json(&variables, name + owner + (name[owner] == '/'));
	text_addf(&variables, ",\"size\":%" PRId64 ",\"after\":", place->size);
	text_add_json(&variables, place->after);
	text_add(&variables, "}");
	github_query(&walk->of.link->credential, github_pull_requests_query,
		     variables.data, answer);
	text_release(&variables);
}

/* Only the first page of a whole size has an etag that is asked with again. */
static bool
has_etag(enum github_list list, const struct plan_place *place)
{
	return list != LIST_PULL_REQUESTS && place->page == 1 &&
	       place->size == plan_full_size(list);
}

static void
ask_list(struct walk *walk, enum github_list list,
	 const struct plan_place *place, struct github_answer *answer)
{
	const char *etag = walk->kind->sync && has_etag(list, place)
		? github_etag_of(&walk->of, lists[list].name) : NULL;

	if (list == LIST_PULL_REQUESTS)
		ask_pull_requests(walk, place, answer);
	else
		github_ask(&walk->of.link->credential, "GET",
			   arena_printf(&walk->arena, "/repos/%s/%s"
				"per_page=%" PRId64 "&page=%" PRId64,
				walk->of.repository.full_name, lists[list].path,
				place->size, place->page), etag, NULL, answer);
}

/* Less of it, or later when less is nothing. */
static void
shrink(struct walk *walk, int64_t *size, int64_t *page, const char *why)
{
	if (!plan_halve(size, page))
		walk_back_off(walk, why);
}

static bool
read_page(struct walk *walk, struct github_page *page, enum github_list list,
	  const struct github_answer *answer, const char **problem)
{
	page->arena = &walk->arena;
	page->repository = &walk->of.repository;
	if (!github_read_page(page, list, answer->body.data ? answer->body.data
			      : "", answer->body.len, problem))
		return false;
	if (page->bad)
		log_line(LOG_WARN, "an item cannot be read", "repository",
			 walk->of.repository.full_name, "why", page->why, NULL);
	return true;
}

static void
take_list(struct walk *walk, enum github_list list, struct plan_place *place,
	  const struct github_answer *answer)
{
	struct github_page page = { 0 };
	const char *values[4], *problem;
	bool whole = has_etag(list, place);
	struct call also;

	if (!read_page(walk, &page, list, answer, &problem)) {
		shrink(walk, &place->size, &place->page, problem);
		return;
	}
	for (size_t i = 0; i < page.more_count; i++)
		if (!walk->kind->sync || page.more[i].changed_at >= walk->since)
			plan_add_errand(&walk->plan, page.more + i,
					&walk->arena);
	place->page++;
	place->after = page.next;
	place->end = list == LIST_PULL_REQUESTS ? !page.next : !answer->more;
	plan_recover(&place->size, &place->page, plan_full_size(list));
	walk->plan.seen = page.oldest;
	walk->plan.fails = 0;
	if (place->end || (page.oldest != TIME_ABSENT &&
			   page.oldest < walk->since)) {
		walk->plan.stage++;
		walk->plan.seen = TIME_ABSENT;
	}
	also = walk_keep_etag(walk, lists[list].name, answer->etag, values);
	walk_commit(walk, page.records, page.count, &also,
		    whole && answer->etag);
}

void
walk_list(struct walk *walk)
{
	enum github_list list =
		(enum github_list)(walk->plan.stage - STAGE_LISTS);
	struct plan_place *place = walk->plan.places + list;
	struct github_answer answer;

	if (place->end == 1) {
		walk->plan.stage++;
		return;
	}
	ask_list(walk, list, place, &answer);
	if (answer.outcome == GITHUB_SMALLER) {
		shrink(walk, &place->size, &place->page, answer.why);
	} else if (!walk_is_usable(walk, &answer)) {
		;
	} else if (answer.outcome == GITHUB_GOOD) {
		take_list(walk, list, place, &answer);
	} else if (list == LIST_PULL_REQUESTS) {
		walk_fail(walk, 24 * HOUR, answer.why);
	} else {
		/* Nothing new; or there is no such list of this one. */
		place->end = 1;
		walk->plan.stage++;
	}
	github_release_answer(&answer);
}

/* --- errands ------------------------------------------------------------- */

static const char *
errand_path(struct walk *walk, const struct plan_errand *e,
	    enum github_list list)
{
	const char *name = walk->of.repository.full_name;
	const char *pages = arena_printf(&walk->arena, "per_page=%" PRId64
					 "&page=%" PRId64, e->size, e->page);

	if (list == LIST_STATUSES)
		return arena_printf(&walk->arena, "/repos/%s/deployments/%s/"
				    "statuses?%s", name, e->id, pages);
	return arena_printf(&walk->arena, "/repos/%s/pulls/%" PRId64 "/%s?%s",
			    name, e->number, list == LIST_REVIEWS ? "reviews"
			    : "commits", pages);
}

static void
take_errand(struct walk *walk, enum github_list list, struct plan_errand *e,
	    const struct github_answer *answer)
{
	struct deployment deployment = {
		.source = "github", .external_id = e->id,
		.environment = e->environment, .sha = e->sha, .ref = e->ref,
	};
	struct github_page page = { .number = e->number,
				    .deployment = &deployment };
	const char *problem;

	if (!read_page(walk, &page, list, answer, &problem)) {
		shrink(walk, &e->size, &e->page, problem);
		return;
	}
	e->page++;
	if (!answer->more)
		plan_end_errand(&walk->plan);
	walk->plan.fails = 0;
	walk_commit(walk, page.records, page.count, NULL, 0);
}

void
walk_errand(struct walk *walk)
{
	struct plan_errand *errand = walk->plan.errands;
	enum github_list list = plan_list_of(errand);
	struct github_answer answer;

	if (list == LISTS || (list == LIST_STATUSES && !errand->id)) {
		plan_end_errand(&walk->plan);
		return;
	}
	github_ask(&walk->of.link->credential, "GET",
		   errand_path(walk, errand, list), NULL, NULL, &answer);
	if (answer.outcome == GITHUB_SMALLER)
		shrink(walk, &errand->size, &errand->page, answer.why);
	else if (walk_is_usable(walk, &answer)) {
		if (answer.outcome == GITHUB_GOOD)
			take_errand(walk, list, errand, &answer);
		else
			plan_end_errand(&walk->plan);
	}
	github_release_answer(&answer);
}
