/*
 * team.c - the program `team`: members, invitations, teams, organisations,
 * settings, the audit log. Each is a file of its own; here they are joined.
 */
#include "base.h"

#include "conf.h"
#include "team.h"

static const struct part parts[] = {
	{ members_statements, members_routes },
	{ invitations_statements, invitations_routes },
	{ teams_statements, teams_routes },
	{ organisation_statements, organisation_routes },
	{ settings_statements, settings_routes },
	{ logo_statements, logo_routes },
	{ audit_statements, audit_routes },
	{ export_statements, export_routes },
};

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
	return serve_parts(argc, argv, parts, COUNT(parts),
			   (struct program){
		"team", "web",
		.about = "Organisations: members, invitations, teams, "
			 "settings, the audit log"
	});
}
