/*
 * github_graph.h - what the GraphQL query of pull requests answers.
 *
 * The query names its fields as REST does, so that what comes is read by nearly
 * the same tables as a webhook.
 */
#ifndef PULSE_GITHUB_GRAPH_H
#define PULSE_GITHUB_GRAPH_H

#include "github_payload.h"

struct ql_page {
	const char *cursor;
	signed char more;
};

struct ql_total {
	int64_t total;
};

struct ql_person {
	const char *name, *email;
	struct gh_user *user;
};

struct ql_git {
	const char *sha, *message, *html_url;
	int64_t authored_at, committed_at;
	struct ql_total *parents;
	struct ql_person *author;
};

struct ql_commit {
	struct ql_git *commit;
};

struct ql_commits {
	int64_t total;
	struct ql_page *page;
	struct json_array nodes;	/* struct ql_commit */
};

struct ql_review {
	struct gh_review review;
	struct gh_side *commit;
};

struct ql_reviews {
	struct ql_page *page;
	struct json_array nodes;	/* struct ql_review */
};

struct ql_pull {
	struct gh_pull_request pr;
	struct gh_side head, *merge;
	struct gh_side base;
	struct ql_reviews *reviews;
	struct ql_commits *commits;
};

struct ql_pulls {
	struct ql_page *page;
	struct json_array nodes;	/* struct ql_pull */
};

struct ql_repository {
	struct ql_pulls *pull_requests;
};

struct ql_data {
	struct ql_repository *repository;
};

struct ql_answer {
	struct ql_data *data;
};

extern const struct json_shape ql_answer_shape;

#endif
