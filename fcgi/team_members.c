/*
 * team_members.c - who belongs to the organisation, and as what.
 *
 * Tables: membership, user_account, team_member (sql/schema.sql).
 */
#include "base.h"

#include "team.h"

/* When somebody was last here is his own and the admins' affair. */
#define MEMBER								\
	"SELECT json_build_object('id', u.id::text, 'name', u.name,"	\
	" 'email', CASE WHEN sees_all() OR u.id = session_user_id()"	\
	"  OR has_flag($1, 'emailsVisible') THEN u.email END,"		\
	" 'role', m.role, 'teams', coalesce((SELECT json_agg("		\
	"  json_build_object('id', t.id::text, 'name', t.name)"		\
	"  ORDER BY t.name, t.id) FROM team_member x JOIN team t"	\
	"  ON t.org_id = x.org_id AND t.id = x.team_id"			\
	"  WHERE x.org_id = $1 AND x.user_id = u.id), '[]'),"		\
	" 'joinedAt', " MOMENT("m.created_at") ","			\
	" 'lastSeenAt', CASE WHEN sees_all() OR u.id = session_user_id()"\
	"  THEN " MOMENT("last_seen($1, u.id)") " END,"			\
	" 'github', NULL), u.id"					\
	" FROM membership m JOIN user_account u ON u.id = m.user_id"

const struct statement members_statements[] = {
	{ "members",
	  MEMBER " WHERE m.org_id = $1 AND m.user_id > $2"
	  " ORDER BY m.user_id LIMIT $3::integer + 1" },
	{ "member", MEMBER " WHERE m.org_id = $1 AND m.user_id = $2" },
	{ "set_role", "SELECT set_role($1, $2, $3, $4)" },
	{ "remove_member", "SELECT remove_member($1, $2, $3)" },
	{ NULL }
};

static void
list_members(struct request *req)
{
	reply_page(req, db_query(req, "members", param(req, "cursor"),
				 param(req, "limit")));
}

static void
show_member(struct request *req)
{
	reply_row(req, db_query(req, "member", param(req, "member")), 200);
}

static void
change_role(struct request *req)
{
	reply_done(req, db_query(req, "set_role", param(req, "member"),
				 param(req, "role"), client_address(req)));
}

static void
remove_member(struct request *req)
{
	reply_done(req, db_query(req, "remove_member", param(req, "member"),
				 client_address(req)));
}

const struct route members_routes[] = {
	{ "GET", "/team", SEE, list_members,
	  "Who belongs to the organisation", "MemberPage",
	  { { "limit", is_limit, "100" }, { "cursor", is_event_id, "0" } } },
	{ "GET", "/team/{member}", SEE, show_member,
	  "One of them", "Member", { { "member", is_id, NULL, "A user" } } },
	{ "PATCH", "/team/{member}/role", ADMINISTER, change_role,
	  "Make a member something else: nothing above what one is oneself, "
	  "and the last owner stays one", NULL,
	  { { "member", is_id }, { "role", is_role } }, .status = 204 },
	{ "DELETE", "/team/{member}", SEE, remove_member,
	  "Take a member out (admin), or leave oneself; sessions end at once",
	  NULL, { { "member", is_id } }, .status = 204 },
	{ NULL }
};
