/*
 * github_graph.c - the GraphQL query of pull requests, and where the members of
 * its answer stand.
 */
#include "github_graph.h"

#include "github_pages.h"
#include "github_shape.h"

const char github_pull_requests_query[] =
	"query($owner:String!,$name:String!,$size:Int!,$after:String){"
	"repository(owner:$owner,name:$name){pull_requests:pullRequests("
	"first:$size,after:$after,orderBy:{field:UPDATED_AT,direction:DESC}){"
	"page:pageInfo{more:hasNextPage cursor:endCursor}nodes{"
	"number id:databaseId title state draft:isDraft created_at:createdAt "
	"updated_at:updatedAt closed_at:closedAt merged_at:mergedAt "
	"html_url:url body additions deletions changed_files:changedFiles "
	"head_ref:headRefName head_sha:headRefOid base_ref:baseRefName "
	"merge:mergeCommit{sha:oid}merged_by:mergedBy{...who}"
	"user:author{...who}reviews(first:50){page:pageInfo{"
	"more:hasNextPage cursor:endCursor}nodes{id:databaseId state "
	"submitted_at:submittedAt html_url:url commit{sha:oid}"
	"user:author{...who}}}commits(first:50){total:totalCount page:pageInfo{"
	"more:hasNextPage cursor:endCursor}nodes{commit{sha:oid message "
	"html_url:url authored_at:authoredDate committed_at:committedDate "
	"parents{total:totalCount}author{name email user{login}}}}}}}}}"
	"fragment who on Actor{login avatar_url:avatarUrl type:__typename "
	"...on User{id:databaseId}...on Bot{id:databaseId}"
	"...on Mannequin{id:databaseId}}";

FIELDS(gh_side) = {
	TEXT(gh_side, sha), { NULL }
};
SHAPE(gh_side);
#define AT(type, name, kind, member) \
	{ name, kind, offsetof(struct type, member) }
FIELDS(ql_page) = {
	TEXT(ql_page, cursor), FLAG(ql_page, more), { NULL }
};
SHAPE(ql_page);
FIELDS(ql_total) = {
	INT(ql_total, total), { NULL }
};
SHAPE(ql_total);
FIELDS(ql_person) = {
	TEXT(ql_person, name), TEXT(ql_person, email),
	PART(ql_person, user, gh_user_shape), { NULL }
};
SHAPE(ql_person);
FIELDS(ql_git) = {
	TEXT(ql_git, sha), LONG(ql_git, message, MESSAGE),
	LONG(ql_git, html_url, LINK), TIME(ql_git, authored_at),
	TIME(ql_git, committed_at), PART(ql_git, parents, ql_total_shape),
	PART(ql_git, author, ql_person_shape), { NULL }
};
SHAPE(ql_git);
FIELDS(ql_commit) = {
	PART(ql_commit, commit, ql_git_shape), { NULL }
};
SHAPE(ql_commit);
FIELDS(ql_commits) = {
	INT(ql_commits, total), PART(ql_commits, page, ql_page_shape),
	LIST(ql_commits, nodes, ql_commit_shape), { NULL }
};
SHAPE(ql_commits);
FIELDS(ql_review) = {
	AT(ql_review, "id", JSON_INT, review.id),
	AT(ql_review, "state", JSON_TEXT, review.state),
	AT(ql_review, "submitted_at", JSON_TIME, review.submitted_at),
	{ "html_url", JSON_TEXT, offsetof(struct ql_review, review.html_url),
	  NULL, LINK },
	{ "user", JSON_OBJECT, offsetof(struct ql_review, review.user),
	  &gh_user_shape },
	PART(ql_review, commit, gh_side_shape), { NULL }
};
SHAPE(ql_review);
FIELDS(ql_reviews) = {
	PART(ql_reviews, page, ql_page_shape),
	LIST(ql_reviews, nodes, ql_review_shape), { NULL }
};
SHAPE(ql_reviews);
#define PR(name, kind) AT(ql_pull, #name, kind, pr.name)
FIELDS(ql_pull) = {
	PR(number, JSON_INT), PR(id, JSON_INT), PR(state, JSON_TEXT),
	{ "title", JSON_TEXT, offsetof(struct ql_pull, pr.title), NULL,
	  TITLE },
	{ "html_url", JSON_TEXT, offsetof(struct ql_pull, pr.html_url), NULL,
	  LINK },
	{ "body", JSON_TEXT, offsetof(struct ql_pull, pr.body), NULL,
	  MESSAGE },
	PR(draft, JSON_BOOL), PR(created_at, JSON_TIME),
	PR(updated_at, JSON_TIME), PR(closed_at, JSON_TIME),
	PR(merged_at, JSON_TIME), PR(additions, JSON_INT),
	PR(deletions, JSON_INT), PR(changed_files, JSON_INT),
	AT(ql_pull, "head_ref", JSON_TEXT, head.ref),
	AT(ql_pull, "head_sha", JSON_TEXT, head.sha),
	AT(ql_pull, "base_ref", JSON_TEXT, base.ref),
	PART(ql_pull, merge, gh_side_shape),
	{ "user", JSON_OBJECT, offsetof(struct ql_pull, pr.user),
	  &gh_user_shape },
	{ "merged_by", JSON_OBJECT, offsetof(struct ql_pull, pr.merged_by),
	  &gh_user_shape },
	PART(ql_pull, reviews, ql_reviews_shape),
	PART(ql_pull, commits, ql_commits_shape), { NULL }
};
SHAPE(ql_pull);
FIELDS(ql_pulls) = {
	PART(ql_pulls, page, ql_page_shape),
	LIST(ql_pulls, nodes, ql_pull_shape), { NULL }
};
SHAPE(ql_pulls);
FIELDS(ql_repository) = {
	PART(ql_repository, pull_requests, ql_pulls_shape), { NULL }
};
SHAPE(ql_repository);
FIELDS(ql_data) = {
	PART(ql_data, repository, ql_repository_shape), { NULL }
};
SHAPE(ql_data);
FIELDS(ql_answer) = {
	PART(ql_answer, data, ql_data_shape), { NULL }
};
SHARED_SHAPE(ql_answer);
