/*
 * github_read.h - what the readers of GitHub's events share.
 *
 * A reader looks at the payload, calls need() for what it cannot do without,
 * and adds records. github.c holds the table of readers.
 */
#ifndef PULSE_GITHUB_READ_H
#define PULSE_GITHUB_READ_H

#include "github.h"
#include "github_payload.h"
#include "tell.h"

struct github {
	struct reading *reading;
	struct arena *arena;
	const struct gh_payload *payload;
	const char *problem;
};

typedef void github_reader(struct github *github);

github_reader read_push, read_ref_change, read_status, read_workflow_run,
	read_check_run, read_check_suite, read_deployment,
	read_deployment_status, read_release;	/* github_code.c */
github_reader read_pull_request, read_review, read_review_comment,
	read_review_thread, read_issue_comment, read_issue; /* github_talk.c */
github_reader read_repository, read_member, read_membership,
	read_organization, read_installation,
	read_installation_repositories;		/* github_house.c */

/*
 * False, and the reading fails with "<what> is missing", unless `there`. The
 * first thing missed is the one told.
 */
bool need(struct github *github, bool there, const char *what);
bool need_text(struct github *github, const char *text, const char *what);
bool need_int(struct github *github, int64_t number, const char *what);

/* Append a record; its happening may be NULL. */
void add_record(struct github *github, enum record_kind kind,
		int64_t version, const void *data,
		const struct happening *happening);

struct author author_of(const struct gh_user *user);
/* The login, or NULL; accepts NULL. */
const char *login_of(const struct gh_user *user);
const char *avatar_of(const struct gh_user *user);
/* The first that is known, else TIME_ABSENT. */
int64_t first_time(int64_t a, int64_t b, int64_t c);
/* When the repository last changed, for events without a time of their own;
 * else when the delivery came. */
int64_t push_time(struct github *github);
int64_t house_time(struct github *github);

bool is_sha(const char *sha);

/* A review of a pull request, and a status of a deployment, as the payload has
 * them; their own readers add what they are of. */
void add_review(struct github *github, int64_t number, int64_t changed_at);
void add_deployment_status(struct github *github,
			   const struct deployment *deployment);

#define ZALLOC(github, type) \
	((struct type *)arena_zalloc((github)->arena, sizeof(struct type)))

#endif
