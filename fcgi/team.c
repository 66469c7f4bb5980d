/*
 * team.c - the program `team`: members, invitations, teams, organisations,
 * settings, the audit log. Each is a file of its own; here they are joined.
 */
#include "base.h"

#include "conf.h"
#include "outbox.h"
#include "team.h"

static const struct {
	const struct statement *statements;
	const struct route *routes;
} parts[] = {
	{ members_statements, members_routes },
	{ invitations_statements, invitations_routes },
	{ teams_statements, teams_routes },
	{ organisation_statements, organisation_routes },
	{ settings_statements, settings_routes },
	{ logo_statements, logo_routes },
	{ audit_statements, audit_routes },
	{ export_statements, export_routes },
};

static struct statement statements[128];
static struct route routes[64];

static void
join_parts(void)
{
	size_t s = 0, r = 0;

	for (size_t i = 0; i < COUNT(parts); i++) {
		for (const struct statement *p = parts[i].statements;
		     p->name && s < COUNT(statements) - 1; p++)
			statements[s++] = *p;
		for (const struct route *p = parts[i].routes;
		     p->method && r < COUNT(routes) - 1; p++)
			routes[r++] = *p;
	}
}

void
reply_row(struct request *req, const PGresult *rows, int status)
{
	if (!rows)
		return;			/* the database's failure is told */
	if (!PQntuples(rows) || !row_text(rows, 0, 0))
		problem(req, NOT_FOUND, NULL);
	else
		reply_json(req, status, "%s", row_text(rows, 0, 0));
}

void
reply_page(struct request *req, const PGresult *rows)
{
	int64_t limit = 100;
	int count = rows ? PQntuples(rows) : 0, shown;
	struct text *out = &req->out;

	if (!rows)
		return;
	text_to_int(param(req, "limit"), 1, 100, &limit);
	shown = count > limit ? (int)limit : count;
	text_clear(out);
	text_add(out, "{\"data\":[");
	for (int i = 0; i < shown; i++)
		text_addf(out, "%s%s", i ? "," : "", row_text(rows, i, 0));
	if (count > shown)
		text_addf(out, "],\"next\":\"%s\"}",
			  row_text(rows, shown - 1, 1));
	else
		text_add(out, "],\"next\":null}");
	reply_out(req, 200);
}

void
reply_done(struct request *req, const PGresult *rows)
{
	if (!rows)
		return;
	outbox_wake();
	reply_empty(req, 204);
}

const char *
page_url(struct request *req, const char *path)
{
	const char *frontend = conf_or("FRONTEND_URL", "");
	size_t len = strlen(frontend);

	while (len && frontend[len - 1] == '/')
		len--;
	return arena_printf(&req->arena, "%.*s%s", (int)len, frontend, path);
}

int
main(int argc, char **argv)
{
	static const struct program program = {
		"team", "web", routes, statements,
		.about = "Organisations: members, invitations, teams, "
			 "settings, the audit log"
	};

	join_parts();
	return serve(argc, argv, &program);
}
