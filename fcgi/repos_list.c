/*
 * repos_list.c - the repositories of an organisation that the caller may see.
 *
 * Tables: repository, team_repository (sql/schema.sql).
 */
#include "base.h"

#include "repos.h"

#define REPOSITORY							\
	"SELECT json_build_object('id', r.id::text,"			\
	" 'fullName', r.full_name, 'host', r.host, 'url', r.url,"	\
	" 'defaultBranch', r.default_branch, 'private', r.private,"	\
	" 'archived', r.archived, 'connectedAt', "			\
	MOMENT("r.connected_at") ", 'connectedBy',"			\
	" r.connected_by::text, 'teams', (SELECT coalesce(json_agg("	\
	"json_build_object('id', t.id::text, 'name', t.name)"		\
	" ORDER BY t.name, t.id), '[]') FROM team_repository x"		\
	" JOIN team t ON t.org_id = x.org_id AND t.id = x.team_id"	\
	" WHERE x.org_id = $1 AND x.repo_id = r.id),"			\
	" 'source', r.source, 'sync', sync_of($1, r.id),"		\
	" 'health', health_of($1, r.id), 'webhook', CASE r.source"	\
	" WHEN 'github_app' THEN 'active' ELSE r.hook_state END,"	\
	" 'lastActivityAt', (SELECT " MOMENT("max(e.at)")		\
	" FROM activity_event e WHERE e.org_id = $1"			\
	" AND e.repo_id = r.id)), r.id FROM repository r"

const struct statement list_statements[] = {
	{ "repositories",
	  REPOSITORY " WHERE r.org_id = $1 AND r.id > $2 AND NOT r.deleted"
	  " AND r.disconnected_at IS NULL"
	  " AND " SEES_REPOSITORY " ORDER BY r.id LIMIT $3::integer + 1" },
	{ "repository", REPOSITORY " WHERE r.org_id = $1 AND r.id = $2" },
	{ "sees_repository", "SELECT " SEES_REPOSITORY " FROM repository r"
	  " WHERE r.org_id = $1 AND r.id = $2 AND NOT r.deleted"
	  " AND r.disconnected_at IS NULL" },
	{ NULL }
};

bool
sees_repository(struct request *req)
{
	PGresult *rows = db_query(req, "sees_repository", param(req, "repo"));

	if (!rows)
		return false;
	if (!PQntuples(rows))
		problem(req, NOT_FOUND, "no repository has this id");
	else if (*row_text(rows, 0, 0) != 't')
		problem(req, FORBIDDEN, "no team of yours has this repository");
	return !req->answered;
}

static void
list_repositories(struct request *req)
{
	reply_page(req, db_query(req, "repositories", param(req, "cursor"),
				 param(req, "limit")));
}

static void
show_repository(struct request *req)
{
	if (sees_repository(req))
		reply_row(req, db_query(req, "repository",
					param(req, "repo")), 200);
}

const struct route list_routes[] = {
	{ "GET", "/repos", SEE, list_repositories,
	  "The repositories that the caller may see; owner and admin: all",
	  "RepositoryPage",
	  { { "limit", is_limit, "100" }, { "cursor", is_event_id, "0" } } },
	{ "GET", "/repos/{repo}", SEE, show_repository, "One repository",
	  "Repository", { { "repo", is_id } } },
	{ NULL }
};
