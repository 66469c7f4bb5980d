/*
 * github_plan.c - how far the walk through a repository's history is.
 */
#include "base.h"

#include "github_plan.h"

#define ERRANDS_MAX 1000

static const char *const names[LISTS] = {
	[LIST_PULL_REQUESTS] = "pull requests", [LIST_COMMITS] = "commits",
	[LIST_DEPLOYMENTS] = "deployments", [LIST_RUNS] = "runs",
	[LIST_RELEASES] = "releases", [LIST_ISSUES] = "issues",
	[LIST_REVIEWS] = "reviews", [LIST_BRANCH_COMMITS] = "branch",
	[LIST_STATUSES] = "statuses",
};

struct stored {
	int64_t began, turn, stage, fails, seen;
	struct json_array places, errands;
};

static const struct json_field place_fields[] = {
	{ "size", JSON_INT, offsetof(struct plan_place, size) },
	{ "page", JSON_INT, offsetof(struct plan_place, page) },
	{ "after", JSON_TEXT, offsetof(struct plan_place, after), NULL, 1000 },
	{ "end", JSON_BOOL, offsetof(struct plan_place, end) },
	{ NULL }
};
static const struct json_shape place_shape = {
	place_fields, sizeof(struct plan_place)
};
static const struct json_field errand_fields[] = {
	{ "list", JSON_TEXT, offsetof(struct plan_errand, list) },
	{ "number", JSON_INT, offsetof(struct plan_errand, number) },
	{ "page", JSON_INT, offsetof(struct plan_errand, page) },
	{ "size", JSON_INT, offsetof(struct plan_errand, size) },
	{ "id", JSON_TEXT, offsetof(struct plan_errand, id) },
	{ "environment", JSON_TEXT,
	  offsetof(struct plan_errand, environment) },
	{ "sha", JSON_TEXT, offsetof(struct plan_errand, sha) },
	{ "ref", JSON_TEXT, offsetof(struct plan_errand, ref) },
	{ NULL }
};
static const struct json_shape errand_shape = {
	errand_fields, sizeof(struct plan_errand)
};
static const struct json_field stored_fields[] = {
	{ "began", JSON_INT, offsetof(struct stored, began) },
	{ "turn", JSON_INT, offsetof(struct stored, turn) },
	{ "stage", JSON_INT, offsetof(struct stored, stage) },
	{ "fails", JSON_INT, offsetof(struct stored, fails) },
	{ "seen", JSON_INT, offsetof(struct stored, seen) },
	{ "places", JSON_ARRAY, offsetof(struct stored, places), &place_shape },
	{ "errands", JSON_ARRAY, offsetof(struct stored, errands),
	  &errand_shape },
	{ NULL }
};
static const struct json_shape stored_shape = {
	stored_fields, sizeof(struct stored)
};

int64_t
plan_full_size(enum github_list list)
{
	return list == LIST_PULL_REQUESTS ? 25 : 100;
}

void
plan_begin(struct plan *plan, int64_t now)
{
	memset(plan, 0, sizeof(*plan));
	plan->began = now;
	plan->seen = TIME_ABSENT;
	for (int i = 0; i < PLAN_LISTS; i++)
		plan->places[i] = (struct plan_place){
			plan_full_size((enum github_list)i), 1, NULL, 0
		};
}

void
plan_read(struct plan *plan, const char *json, int64_t now,
	  struct arena *arena)
{
	const char *problem;
	const struct stored *from = json_read(json, strlen(json),
					      &stored_shape, arena, &problem);

	plan_begin(plan, now);
	if (!from || from->began == JSON_NO_INT ||
	    from->places.count != PLAN_LISTS || from->stage < 0 ||
	    from->stage > STAGE_END)
		return;
	plan->began = from->began;
	plan->turn = from->turn;
	plan->stage = from->stage;
	plan->fails = from->fails;
	plan->seen = from->seen;
	memcpy(plan->places, from->places.items, sizeof(plan->places));
	plan->errands = from->errands.items;
	plan->errand_count = from->errands.count;
}

static void
write_text(struct text *to, const char *name, const char *text)
{
	text_addf(to, ",\"%s\":", name);
	text_add_json(to, text);
}

void
plan_write(const struct plan *plan, const char *phase, struct text *to)
{
	text_add(to, "{\"phase\":");
	text_add_json(to, phase);
	text_addf(to, ",\"began\":%" PRId64 ",\"turn\":%" PRId64
		  ",\"stage\":%" PRId64 ",\"fails\":%" PRId64, plan->began,
		  plan->turn, plan->stage, plan->fails);
	if (plan->seen != TIME_ABSENT)
		text_addf(to, ",\"seen\":%" PRId64, plan->seen);
	for (int i = 0; i < PLAN_LISTS; i++) {
		const struct plan_place *p = plan->places + i;

		text_addf(to, "%s{\"size\":%" PRId64 ",\"page\":%" PRId64
			  ",\"end\":%s", i ? "," : ",\"places\":[", p->size,
			  p->page, p->end == 1 ? "true" : "false");
		if (p->after)
			write_text(to, "after", p->after);
		text_add(to, "}");
	}
	text_add(to, "],\"errands\":[");
	for (size_t i = 0; i < plan->errand_count; i++) {
		const struct plan_errand *e = plan->errands + i;

		text_addf(to, "%s{\"page\":%" PRId64 ",\"size\":%" PRId64,
			  i ? "," : "", e->page, e->size);
		write_text(to, "list", e->list);
		if (e->number != JSON_NO_INT)
			text_addf(to, ",\"number\":%" PRId64, e->number);
		if (e->id) {
			write_text(to, "id", e->id);
			write_text(to, "environment", e->environment);
			write_text(to, "sha", e->sha);
			write_text(to, "ref", e->ref);
		}
		text_add(to, "}");
	}
	text_add(to, "]}");
}

void
plan_add_errand(struct plan *plan, const struct github_more *more,
		struct arena *arena)
{
	size_t count = plan->errand_count;
	struct plan_errand *all;

	if (count >= ERRANDS_MAX)
		return;
	all = arena_alloc(arena, (count + 1) * sizeof(*all));
	if (count)
		memcpy(all, plan->errands, count * sizeof(*all));
	all[count] = (struct plan_errand){
		.list = names[more->list], .number = more->number, .page = 1,
		.size = 100,
	};
	if (more->deployment) {
		all[count].id = more->deployment->external_id;
		all[count].environment = more->deployment->environment;
		all[count].sha = more->deployment->sha;
		all[count].ref = more->deployment->ref;
	}
	plan->errands = all;
	plan->errand_count++;
}

enum github_list
plan_list_of(const struct plan_errand *errand)
{
	for (int i = PLAN_LISTS; i < LISTS; i++)
		if (errand->list && !strcmp(errand->list, names[i]))
			return (enum github_list)i;
	return LISTS;
}

void
plan_end_errand(struct plan *plan)
{
	plan->errands++;
	plan->errand_count--;
}

bool
plan_halve(int64_t *size, int64_t *page)
{
	if (*size <= 1)
		return false;
	/* Where the half does not come out even, the rest comes twice. */
	*page = (*page - 1) * *size / (*size / 2) + 1;
	*size /= 2;
	return true;
}

void
plan_recover(int64_t *size, int64_t *page, int64_t full)
{
	int64_t more = *size * 2 > full ? full : *size * 2;

	if (more == *size)
		return;
	*page = (*page - 1) * *size / more + 1;
	*size = more;
}
