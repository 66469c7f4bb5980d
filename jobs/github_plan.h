/*
 * github_plan.h - how far the walk through a repository's history is: what a
 * unit's checkpoint holds.
 *
 * The lists are read one after another, each newest first, until what is older
 * than the window; then for the next window they go on where they stopped. What
 * is to be asked for within an item (the statuses of a deployment, the 51st
 * review of a pull request) is an errand, and comes first.
 */
#ifndef PULSE_GITHUB_PLAN_H
#define PULSE_GITHUB_PLAN_H

#include "github_pages.h"
#include "text.h"

/* What is done in this order in each turn: the repository itself, its webhook,
 * its lists. */
#define PLAN_LISTS 6
enum plan_stage { STAGE_REPOSITORY, STAGE_HOOK, STAGE_LISTS,
		  STAGE_END = STAGE_LISTS + PLAN_LISTS };

/* Where a list goes on. */
struct plan_place {
	int64_t size, page;		/* items a page; REST: from 1 */
	const char *after;		/* GraphQL: the cursor, or NULL */
	signed char end;		/* there is nothing behind */
};

struct plan_errand {
	const char *list;		/* by the table of names */
	int64_t number, page, size;
	const char *id, *environment, *sha, *ref;	/* of a deployment */
};

struct plan {
	int64_t began;			/* ms: what came later is not its own */
	int64_t turn, stage, fails;
	int64_t seen;			/* the last item's time, or TIME_ABSENT */
	struct plan_place places[PLAN_LISTS];
	struct plan_errand *errands;
	size_t errand_count;
};

/* Begin at `now`; read a checkpoint, {} being a beginning. */
void plan_begin(struct plan *plan, int64_t now);
void plan_read(struct plan *plan, const char *json, int64_t now,
	       struct arena *arena);
/* As a checkpoint, with the phase's name. */
void plan_write(const struct plan *plan, const char *phase, struct text *to);

void plan_add_errand(struct plan *plan, const struct github_more *more,
		     struct arena *arena);
enum github_list plan_list_of(const struct plan_errand *errand);
void plan_end_errand(struct plan *plan);

/* Ask for half as much: false, when it is one already. Both keep the place in
 * a list that is counted by pages. */
bool plan_halve(int64_t *size, int64_t *page);
void plan_recover(int64_t *size, int64_t *page, int64_t full);

/* What a list begins with. */
int64_t plan_full_size(enum github_list list);

#endif
