/*
 * github_payload.h - the parts of GitHub's webhook payloads that are read.
 *
 * The structs follow GitHub's own names; the shapes in github_payload.c say
 * where each member stands. What a payload holds beyond these is skipped.
 */
#ifndef PULSE_GITHUB_PAYLOAD_H
#define PULSE_GITHUB_PAYLOAD_H

#include "json.h"

struct gh_user {
	const char *login, *type, *avatar_url, *name;
	int64_t id;
};

struct gh_repository {
	int64_t id, pushed_at, updated_at, created_at;
	const char *full_name, *default_branch, *html_url;
	signed char private, archived;
};

struct gh_named {			/* a thing with a name and an id */
	const char *name, *slug, *login;
	int64_t id;
};

struct gh_git_user {
	const char *name, *email, *username;
};

struct gh_commit {
	const char *id, *message, *url;
	int64_t timestamp;
	struct gh_git_user *author, *committer;
};

struct gh_side {			/* head or base of a pull request */
	const char *ref, *sha;
};

struct gh_pull_request {
	int64_t number, id, created_at, updated_at, closed_at, merged_at;
	int64_t additions, deletions, changed_files, commits;
	const char *title, *state, *merge_commit_sha, *html_url, *body;
	signed char draft, merged;
	struct gh_user *user, *merged_by;
	struct gh_side *head, *base;
};

struct gh_review {
	int64_t id, submitted_at;
	const char *state, *commit_id, *html_url;
	struct gh_user *user;
};

struct gh_comment {
	int64_t id, created_at, updated_at;
	const char *html_url;
	struct gh_user *user;
};

struct gh_thread {
	const char *node_id;
	struct json_array comments;	/* struct gh_comment */
};

struct gh_link {			/* present or not is all that counts */
	const char *url;
};

struct gh_issue {
	int64_t number, id, created_at, updated_at, closed_at;
	const char *title, *state, *html_url;
	struct gh_user *user;
	struct gh_link *pull_request;	/* set: it is one */
};

struct gh_deployment {
	int64_t id, created_at, updated_at;
	const char *sha, *ref, *task, *environment, *url;
	struct gh_user *creator;
};

struct gh_deployment_status {
	int64_t id, created_at, updated_at;
	const char *state, *environment, *log_url, *target_url;
	struct gh_user *creator;
};

struct gh_release {
	int64_t id, created_at, updated_at, published_at;
	const char *tag_name, *name, *html_url;
	signed char draft, prerelease;
	struct gh_user *author;
};

/* workflow_run, check_run and check_suite have most members in common. */
struct gh_run {
	int64_t id, run_number, run_attempt;
	int64_t created_at, updated_at, run_started_at;
	int64_t started_at, completed_at;
	const char *name, *head_sha, *head_branch, *status, *conclusion;
	const char *html_url;
	struct gh_user *actor;
	struct gh_named *app;
	struct gh_side *check_suite;
};

struct gh_membership {
	struct gh_user *user;
	const char *role;
};

struct gh_installation {
	int64_t id, created_at, updated_at;
	struct gh_user *account;
};

struct gh_name_change {
	const char *from;
};

struct gh_repository_change {
	struct gh_name_change *name;
};

struct gh_changes {
	struct gh_repository_change *repository;
};

/* One struct holds every event: a member that the event lacks is absent. */
struct gh_payload {
	const char *action, *ref, *ref_type, *before, *after, *scope;
	/* status stands at the top level of its own event */
	const char *sha, *context, *state, *target_url;
	int64_t id, created_at, updated_at;
	signed char created, deleted, forced;
	struct gh_repository *repository;
	struct gh_user *sender, *member, *organization;
	struct gh_git_user *pusher;
	struct gh_installation *installation;
	struct json_array commits;	/* struct gh_commit */
	struct gh_commit *head_commit;
	struct gh_pull_request *pull_request;
	struct gh_review *review;
	struct gh_comment *comment;
	struct gh_thread *thread;
	struct gh_issue *issue;
	struct gh_deployment *deployment;
	struct gh_deployment_status *deployment_status;
	struct gh_release *release;
	struct gh_run *workflow_run, *check_run, *check_suite;
	struct gh_membership *membership;
	struct gh_named *team;
	struct gh_changes *changes;
	struct json_array repositories_added, repositories_removed;
};

/* For events that have records, and for all others: who it is about only. */
extern const struct json_shape gh_payload_shape, gh_envelope_shape;

#endif
