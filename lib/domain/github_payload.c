/*
 * github_payload.c - where the members of GitHub's payloads stand.
 */
#include "github_shape.h"

FIELDS(gh_user) = {
	TEXT(gh_user, login), INT(gh_user, id), TEXT(gh_user, type),
	TEXT(gh_user, name), LONG(gh_user, avatar_url, LINK),
	{ NULL }
};
SHARED_SHAPE(gh_user);

FIELDS(gh_repository) = {
	INT(gh_repository, id), TEXT(gh_repository, full_name),
	TEXT(gh_repository, default_branch),
	LONG(gh_repository, html_url, LINK),
	TIME(gh_repository, pushed_at), TIME(gh_repository, updated_at),
	TIME(gh_repository, created_at),
	FLAG(gh_repository, private), FLAG(gh_repository, archived),
	{ NULL }
};
SHARED_SHAPE(gh_repository);

FIELDS(gh_named) = {
	TEXT(gh_named, name), TEXT(gh_named, slug), TEXT(gh_named, login),
	INT(gh_named, id),
	{ NULL }
};
SHAPE(gh_named);

FIELDS(gh_git_user) = {
	TEXT(gh_git_user, name), TEXT(gh_git_user, email),
	TEXT(gh_git_user, username),
	{ NULL }
};
SHARED_SHAPE(gh_git_user);

FIELDS(gh_commit) = {
	TEXT(gh_commit, id), LONG(gh_commit, message, MESSAGE),
	LONG(gh_commit, url, LINK), TIME(gh_commit, timestamp),
	PART(gh_commit, author, gh_git_user_shape),
	PART(gh_commit, committer, gh_git_user_shape),
	{ NULL }
};
SHAPE(gh_commit);

FIELDS(gh_side) = {
	TEXT(gh_side, ref), TEXT(gh_side, sha),
	{ NULL }
};
SHAPE(gh_side);

FIELDS(gh_pull_request) = {
	INT(gh_pull_request, number), INT(gh_pull_request, id),
	LONG(gh_pull_request, title, TITLE), TEXT(gh_pull_request, state),
	FLAG(gh_pull_request, draft), FLAG(gh_pull_request, merged),
	TIME(gh_pull_request, created_at), TIME(gh_pull_request, updated_at),
	TIME(gh_pull_request, closed_at), TIME(gh_pull_request, merged_at),
	TEXT(gh_pull_request, merge_commit_sha),
	LONG(gh_pull_request, html_url, LINK),
	LONG(gh_pull_request, body, MESSAGE),
	PART(gh_pull_request, user, gh_user_shape),
	PART(gh_pull_request, merged_by, gh_user_shape),
	PART(gh_pull_request, head, gh_side_shape),
	PART(gh_pull_request, base, gh_side_shape),
	INT(gh_pull_request, additions), INT(gh_pull_request, deletions),
	INT(gh_pull_request, changed_files), INT(gh_pull_request, commits),
	{ NULL }
};
SHAPE(gh_pull_request);

FIELDS(gh_review) = {
	INT(gh_review, id), TEXT(gh_review, state),
	TIME(gh_review, submitted_at), TEXT(gh_review, commit_id),
	LONG(gh_review, html_url, LINK), PART(gh_review, user, gh_user_shape),
	{ NULL }
};
SHARED_SHAPE(gh_review);

FIELDS(gh_comment) = {
	INT(gh_comment, id), TIME(gh_comment, created_at),
	TIME(gh_comment, updated_at), LONG(gh_comment, html_url, LINK),
	PART(gh_comment, user, gh_user_shape),
	{ NULL }
};
SHAPE(gh_comment);

FIELDS(gh_thread) = {
	TEXT(gh_thread, node_id),
	LIST(gh_thread, comments, gh_comment_shape),
	{ NULL }
};
SHAPE(gh_thread);

FIELDS(gh_link) = {
	LONG(gh_link, url, LINK),
	{ NULL }
};
SHAPE(gh_link);

FIELDS(gh_issue) = {
	INT(gh_issue, number), INT(gh_issue, id),
	LONG(gh_issue, title, TITLE), TEXT(gh_issue, state),
	TIME(gh_issue, created_at), TIME(gh_issue, updated_at),
	TIME(gh_issue, closed_at), LONG(gh_issue, html_url, LINK),
	PART(gh_issue, user, gh_user_shape),
	PART(gh_issue, pull_request, gh_link_shape),
	{ NULL }
};
SHARED_SHAPE(gh_issue);

FIELDS(gh_deployment) = {
	INT(gh_deployment, id), TIME(gh_deployment, created_at),
	TIME(gh_deployment, updated_at), TEXT(gh_deployment, sha),
	TEXT(gh_deployment, ref), TEXT(gh_deployment, task),
	TEXT(gh_deployment, environment), LONG(gh_deployment, url, LINK),
	PART(gh_deployment, creator, gh_user_shape),
	{ NULL }
};
SHARED_SHAPE(gh_deployment);

FIELDS(gh_deployment_status) = {
	INT(gh_deployment_status, id), TIME(gh_deployment_status, created_at),
	TIME(gh_deployment_status, updated_at),
	TEXT(gh_deployment_status, state),
	TEXT(gh_deployment_status, environment),
	LONG(gh_deployment_status, log_url, LINK),
	LONG(gh_deployment_status, target_url, LINK),
	PART(gh_deployment_status, creator, gh_user_shape),
	{ NULL }
};
SHARED_SHAPE(gh_deployment_status);

FIELDS(gh_release) = {
	INT(gh_release, id), TIME(gh_release, created_at),
	TIME(gh_release, updated_at), TIME(gh_release, published_at),
	TEXT(gh_release, tag_name), LONG(gh_release, name, TITLE), LONG(gh_release, html_url, LINK),
	FLAG(gh_release, draft), FLAG(gh_release, prerelease),
	PART(gh_release, author, gh_user_shape),
	{ NULL }
};
SHARED_SHAPE(gh_release);

FIELDS(gh_run) = {
	INT(gh_run, id), INT(gh_run, run_number), INT(gh_run, run_attempt),
	TIME(gh_run, created_at), TIME(gh_run, updated_at),
	TIME(gh_run, run_started_at), TIME(gh_run, started_at),
	TIME(gh_run, completed_at), TEXT(gh_run, name),
	TEXT(gh_run, head_sha), TEXT(gh_run, head_branch),
	TEXT(gh_run, status), TEXT(gh_run, conclusion),
	LONG(gh_run, html_url, LINK), PART(gh_run, actor, gh_user_shape),
	PART(gh_run, app, gh_named_shape),
	PART(gh_run, check_suite, gh_side_shape),
	{ NULL }
};
SHARED_SHAPE(gh_run);

FIELDS(gh_membership) = {
	PART(gh_membership, user, gh_user_shape), TEXT(gh_membership, role),
	{ NULL }
};
SHAPE(gh_membership);

FIELDS(gh_installation) = {
	INT(gh_installation, id), TIME(gh_installation, created_at),
	TIME(gh_installation, updated_at),
	PART(gh_installation, account, gh_user_shape),
	{ NULL }
};
SHAPE(gh_installation);

FIELDS(gh_name_change) = {
	TEXT(gh_name_change, from),
	{ NULL }
};
SHAPE(gh_name_change);

FIELDS(gh_repository_change) = {
	PART(gh_repository_change, name, gh_name_change_shape),
	{ NULL }
};
SHAPE(gh_repository_change);

FIELDS(gh_changes) = {
	PART(gh_changes, repository, gh_repository_change_shape),
	{ NULL }
};
SHAPE(gh_changes);

FIELDS(gh_payload) = {
	TEXT(gh_payload, action), TEXT(gh_payload, ref),
	TEXT(gh_payload, ref_type), TEXT(gh_payload, before),
	TEXT(gh_payload, after), TEXT(gh_payload, scope),
	TEXT(gh_payload, sha), TEXT(gh_payload, context),
	TEXT(gh_payload, state), LONG(gh_payload, target_url, LINK),
	INT(gh_payload, id), TIME(gh_payload, created_at),
	TIME(gh_payload, updated_at), FLAG(gh_payload, created),
	FLAG(gh_payload, deleted), FLAG(gh_payload, forced),
	PART(gh_payload, repository, gh_repository_shape),
	PART(gh_payload, sender, gh_user_shape),
	PART(gh_payload, member, gh_user_shape),
	PART(gh_payload, organization, gh_user_shape),
	PART(gh_payload, pusher, gh_git_user_shape),
	PART(gh_payload, installation, gh_installation_shape),
	LIST(gh_payload, commits, gh_commit_shape),
	PART(gh_payload, pull_request, gh_pull_request_shape),
	PART(gh_payload, review, gh_review_shape),
	PART(gh_payload, comment, gh_comment_shape),
	PART(gh_payload, thread, gh_thread_shape),
	PART(gh_payload, issue, gh_issue_shape),
	PART(gh_payload, deployment, gh_deployment_shape),
	PART(gh_payload, deployment_status, gh_deployment_status_shape),
	PART(gh_payload, release, gh_release_shape),
	PART(gh_payload, workflow_run, gh_run_shape),
	PART(gh_payload, check_run, gh_run_shape),
	PART(gh_payload, check_suite, gh_run_shape),
	PART(gh_payload, membership, gh_membership_shape),
	PART(gh_payload, team, gh_named_shape),
	PART(gh_payload, changes, gh_changes_shape),
	LIST(gh_payload, repositories_added, gh_repository_shape),
	LIST(gh_payload, repositories_removed, gh_repository_shape),
	{ NULL }
};
const struct json_shape gh_payload_shape = {
	gh_payload_fields, sizeof(struct gh_payload)
};

FIELDS(gh_envelope) = {
	TEXT(gh_payload, action),
	PART(gh_payload, repository, gh_repository_shape),
	PART(gh_payload, installation, gh_installation_shape),
	{ NULL }
};
const struct json_shape gh_envelope_shape = {
	gh_envelope_fields, sizeof(struct gh_payload)
};
