/*
 * team_teams.c - the groups of an organisation: who is in them, what they have.
 *
 * Tables: team, team_member, team_repository (sql/schema.sql).
 */
#include "base.h"

#include "team.h"

#define SEES_TEAM							\
	"(sees_all() OR EXISTS (SELECT FROM team_member x"		\
	" WHERE x.org_id = $1 AND x.team_id = t.id"			\
	" AND x.user_id = session_user_id()))"

#define TEAM								\
	"SELECT json_build_object('id', t.id::text, 'name', t.name,"	\
	" 'slug', t.slug, 'timeZone', t.time_zone,"			\
	" 'sprintLengthDays', t.sprint_length_days,"			\
	" 'sprintStart', t.sprint_start,"				\
	" 'members', (SELECT count(*) FROM team_member x"		\
	"  WHERE x.org_id = $1 AND x.team_id = t.id),"			\
	" 'repositories', (SELECT count(*) FROM team_repository x"	\
	"  WHERE x.org_id = $1 AND x.team_id = t.id),"			\
	" 'createdAt', " MOMENT("t.created_at") "), t.id FROM team t"

const struct statement teams_statements[] = {
	{ "teams",
	  TEAM " WHERE t.org_id = $1 AND t.id > $2 AND " SEES_TEAM
	  " ORDER BY t.id LIMIT $3::integer + 1" },
	{ "sees_team",
	  "SELECT " SEES_TEAM " FROM team t WHERE t.org_id = $1 AND t.id = $2" },
	{ "team", TEAM " WHERE t.org_id = $1 AND t.id = $2" },
	{ "create_team", "SELECT create_team($1, $2, nullif($3, ''), $4,"
	  " $5::integer, $6::date, $7)" },
	{ "change_team", "SELECT change_team($1, $2, nullif($3, ''),"
	  " nullif($4, ''), nullif($5, ''), nullif($6, '')::integer,"
	  " nullif($7, '')::date, $8)" },
	{ "delete_team", "SELECT delete_team($1, $2, $3)" },
	{ "team_members",
	  "SELECT json_build_object('id', u.id::text, 'name', u.name,"
	  " 'role', m.role), u.id FROM team_member x"
	  " JOIN membership m ON m.org_id = x.org_id AND m.user_id = x.user_id"
	  " JOIN user_account u ON u.id = x.user_id"
	  " WHERE x.org_id = $1 AND x.team_id = $2 AND x.user_id > $3"
	  " ORDER BY x.user_id LIMIT $4::integer + 1" },
	{ "team_repositories",
	  "SELECT json_build_object('id', r.id::text, 'fullName', r.full_name,"
	  " 'url', r.url, 'private', r.private, 'archived', r.archived), r.id"
	  " FROM team_repository x JOIN repository r"
	  " ON r.org_id = x.org_id AND r.id = x.repo_id"
	  " WHERE x.org_id = $1 AND x.team_id = $2 AND x.repo_id > $3"
	  " ORDER BY x.repo_id LIMIT $4::integer + 1" },
	{ "set_team_member",
	  "SELECT set_team_member($1, $2, $3, $4::boolean, $5)" },
	{ "set_team_repository",
	  "SELECT set_team_repository($1, $2, $3, $4::boolean, $5)" },
	{ NULL }
};

static void
list_teams(struct request *req)
{
	reply_page(req, db_query(req, "teams", param(req, "cursor"),
				 param(req, "limit")));
}

/* Another organisation's team is like a missing one; one of the own that is not
 * the caller's is not his to see. */
static bool
sees_team(struct request *req)
{
	PGresult *rows = db_query(req, "sees_team", param(req, "team"));

	if (!rows)
		return false;
	if (!PQntuples(rows))
		problem(req, NOT_FOUND, "no team has this id");
	else if (*row_text(rows, 0, 0) != 't')
		problem(req, FORBIDDEN, "you are not in this team");
	return !req->answered;
}

static void
show_team(struct request *req)
{
	if (sees_team(req))
		reply_row(req, db_query(req, "team", param(req, "team")), 200);
}

static void
create_team(struct request *req)
{
	PGresult *rows = db_query(req, "create_team", param(req, "name"),
		param(req, "slug"), param(req, "timeZone"),
		param(req, "sprintLengthDays"), param(req, "sprintStart"),
		client_address(req));

	if (rows)
		reply_row(req, db_query(req, "team", row_text(rows, 0, 0)),
			  201);
}

static void
change_team(struct request *req)
{
	if (db_query(req, "change_team", param(req, "team"),
		     param(req, "name"), param(req, "slug"),
		     param(req, "timeZone"), param(req, "sprintLengthDays"),
		     param(req, "sprintStart"), client_address(req)))
		reply_row(req, db_query(req, "team", param(req, "team")), 200);
}

static void
delete_team(struct request *req)
{
	reply_done(req, db_query(req, "delete_team", param(req, "team"),
				 client_address(req)));
}

static void
list_members(struct request *req)
{
	if (sees_team(req))
		reply_page(req, db_query(req, "team_members",
			param(req, "team"), param(req, "cursor"),
			param(req, "limit")));
}

static void
list_repositories(struct request *req)
{
	if (sees_team(req))
		reply_page(req, db_query(req, "team_repositories",
			param(req, "team"), param(req, "cursor"),
			param(req, "limit")));
}

/* PUT and DELETE of what a team holds. */
static const char *
is_put(struct request *req)
{
	return !strcmp(req->route->method, "PUT") ? "true" : "false";
}

static void
set_member(struct request *req)
{
	reply_done(req, db_query(req, "set_team_member", param(req, "team"),
				 param(req, "user"), is_put(req),
				 client_address(req)));
}

static void
set_repository(struct request *req)
{
	reply_done(req, db_query(req, "set_team_repository",
				 param(req, "team"), param(req, "repo"),
				 is_put(req), client_address(req)));
}

#define PAGE { "limit", is_limit, "100" }, { "cursor", is_event_id, "0" }

const struct route teams_routes[] = {
	{ "GET", "/teams", SEE, list_teams,
	  "The caller's teams; owner and admin: all", "TeamPage", { PAGE } },
	{ "POST", "/teams", ADMINISTER, create_team, "Make a team", "Team",
	  { { "name", is_name }, { "slug", is_slug, "" },
	    { "timeZone", is_time_zone, "UTC" },
	    { "sprintLengthDays", is_sprint_length, "14" },
	    { "sprintStart", is_day, "2024-01-01" } }, .status = 201 },
	{ "GET", "/teams/{team}", SEE, show_team, "One team", "Team",
	  { { "team", is_id } } },
	{ "PATCH", "/teams/{team}", ADMINISTER, change_team,
	  "Change a team; what is not given stays. In another time zone its "
	  "days are cut anew", "Team",
	  { { "team", is_id }, { "name", is_name, "" },
	    { "slug", is_slug, "" }, { "timeZone", is_time_zone, "" },
	    { "sprintLengthDays", is_sprint_length, "" },
	    { "sprintStart", is_day, "" } } },
	{ "DELETE", "/teams/{team}", ADMINISTER, delete_team,
	  "Delete a team with its figures; its repositories stay", NULL,
	  { { "team", is_id } }, .status = 204 },
	{ "GET", "/teams/{team}/members", SEE, list_members,
	  "Who is in a team", "TeamMemberPage", { { "team", is_id }, PAGE } },
	{ "PUT", "/teams/{team}/members/{user}", ADMINISTER, set_member,
	  "Put a member into a team", NULL,
	  { { "team", is_id }, { "user", is_id } }, .status = 204 },
	{ "DELETE", "/teams/{team}/members/{user}", ADMINISTER, set_member,
	  "Take a member out of a team", NULL,
	  { { "team", is_id }, { "user", is_id } }, .status = 204 },
	{ "GET", "/teams/{team}/repos", SEE, list_repositories,
	  "Which repositories a team has", "TeamRepositoryPage",
	  { { "team", is_id }, PAGE } },
	{ "PUT", "/teams/{team}/repos/{repo}", ADMINISTER, set_repository,
	  "Give a team a repository, with its history", NULL,
	  { { "team", is_id }, { "repo", is_id } }, .status = 204 },
	{ "DELETE", "/teams/{team}/repos/{repo}", ADMINISTER, set_repository,
	  "Take a repository from a team, with its history", NULL,
	  { { "team", is_id }, { "repo", is_id } }, .status = 204 },
	{ NULL }
};
