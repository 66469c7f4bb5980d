/*
 * github_walk.h - walk through a repository at GitHub, a request at a time,
 * each page committed with its checkpoint.
 */
#ifndef PULSE_GITHUB_WALK_H
#define PULSE_GITHUB_WALK_H

#include "github_plan.h"
#include "github_unit.h"

#define WALK_TURNS 2
#define HOUR 3600		/* seconds */

struct walk_kind {
	bool sync;		/* looks at etags and hooks; what is recent is
				 * news */
	int turns;
	struct {
		const char *phase;
		int64_t days;	/* 0: since the watermark */
	} turn[WALK_TURNS];
};

struct walk {
	struct job *job;
	const struct walk_kind *kind;
	struct github_unit of;
	struct plan plan;
	struct arena arena;	/* of the page: anew behind each commit */
	struct arena names;	/* of the unit */
	int64_t since;		/* of the turn */
	size_t pages, records;
	size_t calls;		/* of the link's, when counted last */
	bool over;		/* the unit was let go of */
};

/* Walk through a unit, as far as limits and time allow. */
void walk_unit(struct job *job, struct unit *unit,
	       const struct walk_kind *kind);

/* For the stages of their own (github_hooks.c): ask, and when that does not
 * come to GITHUB_GOOD or _SAME or _MISSING or _DENIED (by 403) let go of the
 * unit, and say false. */
bool walk_ask(struct walk *walk, const char *method, const char *path,
	      const char *etag, const char *body,
	      struct github_answer *answer);
/* Commit records, calls, and the plan as it stands then. */
bool walk_commit(struct walk *walk, const struct record *records,
		 size_t count, const struct call *also, size_t also_count);

/* Let go of the unit: it failed, or goes on in a minute, two, four, … an hour.
 * Both say false. */
bool walk_fail(struct walk *walk, int64_t seconds, const char *why);
bool walk_back_off(struct walk *walk, const char *why);
/* Is an answer one to go on with? Else the unit was let go of. */
bool walk_is_usable(struct walk *walk, const struct github_answer *answer);
struct call walk_keep_etag(struct walk *walk, const char *list,
			   const char *etag, const char *values[4]);

/* A page of the list whose stage it is, or of the first errand
 * (github_lists.c). */
void walk_list(struct walk *walk);
void walk_errand(struct walk *walk);

/* The webhook: made where it is missing, and removed; failed deliveries of it
 * are asked for again. False: the unit was let go of. */
bool walk_hook(struct walk *walk);
bool walk_remove_hook(struct walk *walk);

#endif
