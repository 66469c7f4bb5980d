/*
 * github_pages.h - read what GitHub's API answers into records: pages of REST
 * lists, and of the GraphQL query of pull requests.
 *
 * The records are those that the webhooks give for the same history: an item
 * of a list goes through the readers of the event that would have told it.
 * What a list cannot know (a title before it was changed, what somebody did on
 * the way) no record of it says.
 */
#ifndef PULSE_GITHUB_PAGES_H
#define PULSE_GITHUB_PAGES_H

#include "github.h"

/* What is asked for. All lists come newest first. */
enum github_list {
	LIST_PULL_REQUESTS,	/* GraphQL: with reviews and commits */
	LIST_COMMITS,		/* of the default branch */
	LIST_DEPLOYMENTS,
	LIST_RUNS,		/* of workflows */
	LIST_RELEASES,
	LIST_ISSUES,
	LIST_REVIEWS,		/* of one pull request */
	LIST_BRANCH_COMMITS,	/* of one pull request */
	LIST_STATUSES,		/* of one deployment */
	LISTS
};

/* A list within an item, that is to be asked for. */
struct github_more {
	enum github_list list;
	int64_t number;			/* of the pull request */
	const struct deployment *deployment;
	int64_t changed_at;
};

struct github_page {
	/* Given. */
	struct arena *arena;
	const struct repository *repository;
	int64_t number;			/* LIST_REVIEWS, _BRANCH_COMMITS */
	const struct deployment *deployment;	/* LIST_STATUSES */
	/* Out. */
	struct record *records;
	size_t count;
	size_t items, bad;		/* how many came; cannot be read */
	const char *why;		/* of the first bad one */
	int64_t oldest;			/* by what the list is ordered */
	const char *next;		/* GraphQL: the cursor, or NULL */
	struct github_more *more;
	size_t more_count;
};

/* The GraphQL query of LIST_PULL_REQUESTS: its variables are owner, name,
 * size and after. */
extern const char github_pull_requests_query[];

/* False: the page as a whole cannot be read, and *problem says why. An item
 * that lacks something is passed over, and counted in page->bad. */
bool github_read_page(struct github_page *page, enum github_list list,
		      const char *body, size_t len, const char **problem);

/* What GitHub says of one repository, as a record. False: it cannot be read. */
bool github_read_repository(struct arena *arena, const char *body, size_t len,
			    struct record *record, const char **problem);

/* A repository that a token may see. */
struct github_seen {
	int64_t id, pushed_at;
	const char *full_name;
	signed char private, archived;
};

/* Read a page of repositories: a list, or an object with `repositories`.
 * NULL: it cannot be read. */
struct github_seen *github_read_seen(struct arena *arena, const char *body,
				     size_t len, size_t *count,
				     const char **problem);

#endif
