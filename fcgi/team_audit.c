/*
 * team_audit.c - what was done in the organisation, by whom; newest first.
 *
 * Nobody can change a line of it: see sql/functions/16-audit.sql. A filter is
 * another statement.
 *
 * Tables: audit_log (sql/schema.sql).
 */
#include "base.h"

#include "team.h"

#define LINE								\
	"SELECT json_build_object('id', a.id::text, 'at', "		\
	MOMENT("a.at") ", 'actorId', a.actor_id::text, 'actor', a.actor,"\
	" 'action', a.action, 'subject', a.subject, 'detail', a.detail,"\
	" 'address', a.address), a.id FROM audit_log a"			\
	" WHERE a.org_id = $1"
#define PAGE								\
	LINE " AND a.id < $2 AND a.at >= $4::timestamptz"		\
	" AND a.at < $5::timestamptz"
#define NEWEST " ORDER BY a.id DESC LIMIT $3::integer + 1"

enum filter { BY_ACTOR = 1, BY_ACTION = 2 };

static const char *const names[] = {
	"audit", "audit_of_actor", "audit_of_action", "audit_of_both"
};

const struct statement audit_statements[] = {
	{ "audit", PAGE NEWEST },
	{ "audit_of_actor", PAGE " AND a.actor = lower($6)" NEWEST },
	{ "audit_of_action", PAGE " AND a.action = $6" NEWEST },
	{ "audit_of_both",
	  PAGE " AND a.actor = lower($6) AND a.action = $7" NEWEST },
	{ "audit_export", LINE " ORDER BY a.id" },
	{ "note_audit_export",
	  "SELECT audit_mine('audit.exported', NULL, NULL, $2)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ NULL }
};

static void
list_audit(struct request *req)
{
	const char *actor = param(req, "actor"), *action = param(req, "action");
	unsigned filters = (*actor ? BY_ACTOR : 0) | (*action ? BY_ACTION : 0);
	const char *first = *actor ? actor : *action ? action : NULL;

	reply_page(req, db_query(req, names[filters], param(req, "cursor"),
				 param(req, "limit"), param(req, "from"),
				 param(req, "to"), first,
				 *actor && *action ? action : NULL));
}

static void
export_audit(struct request *req)
{
	static const char *const statements[] = { "audit_export", NULL };

	if (db_query(req, "note_audit_export", client_address(req)))
		reply_rows(req, "audit.ndjson", statements);
}

const struct route audit_routes[] = {
	{ "GET", "/audit", ADMINISTER, list_audit,
	  "What was done in the organisation, newest first", "AuditPage",
	  { { "actor", is_email, "", "The address of who did it" },
	    { "action", is_action, "" }, { "from", is_moment, "-infinity" },
	    { "to", is_moment, "infinity" }, { "limit", is_limit, "50" },
	    { "cursor", is_event_id, LAST_ID } } },
	{ "GET", "/audit/export", ADMINISTER, export_audit,
	  "All of it, a JSON object a line, oldest first", NULL },
	{ NULL }
};
