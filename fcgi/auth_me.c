/*
 * auth_me.c - who is signed in, where, and what he may.
 *
 * Tables: user_account, membership, organisation, team (sql/schema.sql).
 */
#include "base.h"

#include "auth.h"

const struct statement me_statements[] = {
	{ "me",
	  "SELECT u.id, u.name, u.email, m.role, o.id, o.name, o.slug,"
	  " coalesce((SELECT json_agg(json_build_object('id', t.id::text,"
	  "  'name', t.name, 'slug', t.slug) ORDER BY t.name)"
	  "  FROM team t WHERE t.org_id = $1 AND (sees_all()"
	  "  OR EXISTS (SELECT FROM team_member x WHERE x.org_id = $1"
	  "   AND x.team_id = t.id AND x.user_id = session_user_id()))), '[]'),"
	  " caller_organisations(), u.email_verified_at IS NOT NULL,"
	  " u.password_hash IS NOT NULL, my_github(), u.time_zone, u.theme,"
	  " u.locale, branding_of($1)"
	  " FROM membership m JOIN user_account u ON u.id = m.user_id"
	  " JOIN organisation o ON o.id = m.org_id"
	  " WHERE m.org_id = $1 AND m.user_id = session_user_id()" },
	{ NULL }
};

static const struct {
	const char *name, *least;
} scopes[] = {
#define SCOPE(name, role, meaning) { #name, role },
#include "scopes.def"
#undef SCOPE
};

/* As role_rank() in sql/functions/10-tenant.sql; 0: no role. */
static size_t
rank_of(const char *role)
{
	static const char *const roles[] = {
		"viewer", "member", "manager", "admin", "owner"
	};

	for (size_t i = 0; i < COUNT(roles); i++)
		if (!strcmp(role, roles[i]))
			return i + 1;
	return 0;
}

static const char *
rights_of(struct request *req, const char *role)
{
	const char *list = "", *comma = "";

	for (size_t i = 0; i < COUNT(scopes); i++) {
		size_t least = rank_of(scopes[i].least);

		if (!least || rank_of(role) < least)
			continue;
		list = arena_printf(&req->arena, "%s%s\"%s\"", list, comma,
				    text_lower(arena_string(&req->arena,
							    scopes[i].name)));
		comma = ",";
	}
	return list;
}

static const char *
truth(const char *value)
{
	return *value == 't' ? "true" : "false";
}

static void
show_me(struct request *req)
{
	PGresult *rows = db_query(req, "me");
	const char *branding;

	if (!rows)
		return;
	branding = row_text(rows, 0, 15);
	reply_json(req, 200, "{\"id\":\"%s\",\"name\":%s,\"email\":%s,"
		   "\"role\":\"%s\",\"rights\":[%s],"
		   "\"organisation\":{\"id\":\"%s\",\"name\":%s,"
		   "\"slug\":\"%s\"},\"organisations\":%s,\"teams\":%s,"
		   "\"emailVerified\":%s,\"hasPassword\":%s,\"github\":%s,"
		   "\"profile\":{\"timeZone\":%s,\"theme\":\"%s\","
		   "\"locale\":\"%s\"},\"branding\":%s}",
		   row_text(rows, 0, 0), quoted(req, row_text(rows, 0, 1)),
		   quoted(req, row_text(rows, 0, 2)), row_text(rows, 0, 3),
		   rights_of(req, row_text(rows, 0, 3)), row_text(rows, 0, 4),
		   quoted(req, row_text(rows, 0, 5)), row_text(rows, 0, 6),
		   row_text(rows, 0, 8), row_text(rows, 0, 7),
		   truth(row_text(rows, 0, 9)), truth(row_text(rows, 0, 10)),
		   quoted(req, row_text(rows, 0, 11)),
		   quoted(req, row_text(rows, 0, 12)), row_text(rows, 0, 13),
		   row_text(rows, 0, 14), branding ? branding : "null");
}

const struct route me_routes[] = {
	{ "GET", "/auth/me", SEE, show_me,
	  "Who is signed in, where, and what he may", "Me" },
	{ NULL }
};
