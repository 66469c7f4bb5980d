/*
 * team_export.c - all of an organisation, to take away.
 *
 * A line a row: {"table":"commit","row":{…}}, the columns as sql/schema.sql has
 * them. Left out is what opens something (hashes of tokens, secrets of doors),
 * what follows from the rest (the feed of a team, rooms, the outbox), what is on
 * its way (letters), and how far the jobs are; tests/api/team-export.t holds that every table of
 * tenants is either here or left out on purpose.
 */
#include "base.h"

#include "team.h"

#define ROW(table, columns)						\
	{ "export_" #table,						\
	  "SELECT '{\"table\":\"" #table "\",\"row\":'"			\
	  " || row_to_json(x)::text || '}' FROM (SELECT " columns	\
	  " FROM " #table " t WHERE t.org_id = $1) x" }
#define WHOLE(table) ROW(table, "t.*")

const struct statement export_statements[] = {
	{ "export_organisation",
	  "SELECT '{\"table\":\"organisation\",\"row\":'"
	  " || row_to_json(t)::text || '}' FROM organisation t"
	  " WHERE t.id = $1" },
	{ "export_user_account",
	  "SELECT '{\"table\":\"user_account\",\"row\":'"
	  " || row_to_json(x)::text || '}' FROM (SELECT u.id, u.email, u.name,"
	  "  u.created_at FROM membership m JOIN user_account u"
	  "  ON u.id = m.user_id WHERE m.org_id = $1) x" },
	WHOLE(membership),
	WHOLE(team),
	WHOLE(team_member),
	WHOLE(organisation_setting),
	WHOLE(organisation_logo),
	ROW(invitation, "t.org_id, t.id, t.email, t.role, t.invited_by,"
	    " t.created_at, t.sent_at, t.expires_at"),
	WHOLE(invitation_team),
	WHOLE(repository),
	WHOLE(team_repository),
	ROW(connection, "t.org_id, t.id, t.kind, t.host, t.name,"
	    " t.created_at"),
	ROW(github_connection, "t.org_id, t.id, t.kind, t.login,"
	    " t.installation, t.state, t.created_by, t.last_used_at"),
	ROW(jira_connection, "t.org_id, t.id, t.base_url, t.deployment,"
	    " t.auth, t.account, t.points_field, t.sprint_field, t.state,"
	    " t.verified_at, t.last_used_at"),
	WHOLE(provider_account),
	WHOLE(commit),
	WHOLE(pull_request),
	WHOLE(review),
	WHOLE(comment),
	WHOLE(issue),
	WHOLE(deployment),
	WHOLE(deployment_status),
	WHOLE(release),
	WHOLE(build),
	WHOLE(git_ref),
	WHOLE(jira_project),
	WHOLE(jira_status),
	WHOLE(jira_account),
	WHOLE(jira_issue),
	WHOLE(jira_change),
	WHOLE(jira_sprint),
	WHOLE(jira_sprint_issue),
	WHOLE(jira_worklog),
	WHOLE(issue_mention),
	WHOLE(coverage),
	WHOLE(coverage_part),
	WHOLE(incident),
	WHOLE(environment_rule),
	WHOLE(deployment_rule),
	ROW(repository_token, "t.org_id, t.id, t.repo_id, t.name, t.hint,"
	    " t.created_by, t.created_at, t.last_used_at"),
	WHOLE(activity_event),
	WHOLE(rollup_day),
	WHOLE(audit_log),
	{ "note_export",
	  "SELECT audit_mine('organisation.exported', NULL, NULL, $2)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ NULL }
};

static void
export_all(struct request *req)
{
	const char *names[COUNT(export_statements)] = { NULL };
	size_t count = 0;

	for (const struct statement *s = export_statements; s->name; s++)
		if (!strncmp(s->name, "export_", 7))
			names[count++] = s->name;
	if (db_query(req, "note_export", client_address(req)))
		reply_rows(req, "organisation.ndjson", names);
}

const struct route export_routes[] = {
	{ "GET", "/organisation/export", OWN, export_all,
	  "All rows of the organisation, a JSON object a line, without "
	  "secrets", NULL },
	{ NULL }
};
