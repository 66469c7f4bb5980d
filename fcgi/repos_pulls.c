/*
 * repos_pulls.c - pull requests of a repository.
 *
 * One is known by "<repository>-<number>". Tables: pull_request, review,
 * commit (sql/schema.sql).
 */
#include "base.h"

#include "repos.h"

#define PULL								\
	"'id', p.repo_id || '-' || p.number, 'repository',"		\
	" p.repo_id::text, 'number', p.number, 'title', p.title,"	\
	" 'state', p.state, 'draft', coalesce(p.draft, false), 'author',"\
	" p.author, 'bot', p.bot, 'createdAt', " MOMENT("p.created_at")	\
	", 'updatedAt', " MOMENT("p.updated_at") ", 'closedAt', "	\
	MOMENT("p.closed_at") ", 'mergedAt', " MOMENT("p.merged_at")	\
	", 'mergedBy', p.merged_by, 'headRef', p.head_ref, 'baseRef',"	\
	" p.base_ref, 'url', p.url, 'additions', p.additions,"		\
	" 'deletions', p.deletions, 'changedFiles', p.changed_files,"	\
	" 'commitCount', p.commits"

#define PULLS(where) \
	"SELECT json_build_object(" PULL "), p.number FROM pull_request p"\
	" WHERE p.org_id = $1 AND p.repo_id = $2 AND p.number < $3" where \
	" ORDER BY p.number DESC LIMIT $4::integer + 1"

const struct statement pull_statements[] = {
	{ "pulls", PULLS("") },
	{ "pulls_of_state", PULLS(" AND p.state = $5") },
	{ "pull", "SELECT json_build_object(" PULL ", 'reviews', (SELECT"
	  " coalesce(json_agg(json_build_object('id', v.github_id::text,"
	  " 'author', v.author, 'bot', v.bot, 'state', v.state,"
	  " 'submittedAt', " MOMENT("v.submitted_at") ", 'url', v.url)"
	  " ORDER BY v.submitted_at, v.github_id), '[]') FROM review v"
	  " WHERE v.org_id = $1 AND v.repo_id = p.repo_id"
	  " AND v.number = p.number), 'commits', (SELECT coalesce(json_agg("
	  "json_build_object('sha', c.sha, 'author', coalesce(c.author,"
	  " c.author_name), 'message', c.message, 'authoredAt', "
	  MOMENT("c.authored_at") ") ORDER BY c.authored_at, c.sha), '[]')"
	  " FROM commit c WHERE c.org_id = $1 AND c.repo_id = p.repo_id"
	  " AND c.sha IN (p.head_sha, p.merge_sha))) FROM pull_request p"
	  " JOIN repository r ON r.org_id = p.org_id AND r.id = p.repo_id"
	  " WHERE p.org_id = $1 AND p.repo_id = split_part($2, '-', 1)::bigint"
	  " AND p.number = split_part($2, '-', 2)::bigint AND NOT r.deleted"
	  " AND r.disconnected_at IS NULL AND " SEES_REPOSITORY },
	{ NULL }
};

static const char *
test_state(const char *value)
{
	return !strcmp(value, "open") || !strcmp(value, "closed") ||
	       !strcmp(value, "merged") ? NULL
	       : "is not open, closed or merged";
}

static const char *
test_pull(const char *value)
{
	const char *dash = strchr(value, '-');

	return dash && dash > value && dash - value <= 18 &&
	       strspn(value, "0123456789") == (size_t)(dash - value) &&
	       dash[1] && strlen(dash + 1) <= 18 &&
	       strspn(dash + 1, "0123456789") == strlen(dash + 1)
		? NULL : "is not a pull request's id";
}

static const struct check is_pull_state[1] = { { test_state,
	"{\"type\":\"string\",\"enum\":[\"open\",\"closed\",\"merged\"]}",
	false } };
static const struct check is_pull[1] = { { test_pull,
	"{\"type\":\"string\",\"pattern\":\"^[0-9]{1,18}-[0-9]{1,18}$\"}",
	false } };

static void
list_pulls(struct request *req)
{
	const char *state = param(req, "state");

	if (sees_repository(req))
		reply_page(req, db_query(req, *state ? "pulls_of_state"
			: "pulls", param(req, "repo"), param(req, "cursor"),
			param(req, "limit"), *state ? state : NULL));
}

static void
show_pull(struct request *req)
{
	reply_row(req, db_query(req, "pull", param(req, "pr")), 200);
}

const struct route pull_routes[] = {
	{ "GET", "/repos/{repo}/pull-requests", SEE, list_pulls,
	  "Pull requests of a repository, the newest first", "PullRequestPage",
	  { { "repo", is_id }, { "state", is_pull_state, "" },
	    { "limit", is_limit, "50" },
	    { "cursor", is_event_id, LAST_ID } } },
	{ "GET", "/pull-requests/{pr}", SEE, show_pull,
	  "One pull request, with its reviews and commits",
	  "PullRequestWhole", { { "pr", is_pull } } },
	{ NULL }
};
