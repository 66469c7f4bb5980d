/*
 * team_organisation.c - an organisation: made, named, handed over, deleted; its
 * plan.
 *
 * A deleted one is there for 30 days more, and nobody enters it. An owner signs
 * in as ever, to another of his organisations, or to this one if he has no
 * other; there every route answers 410 but those of scope SELF: he sees it in
 * GET organisations and restores it from there.
 *
 * Tables: organisation, membership (sql/schema.sql).
 */
#include "base.h"

#include "outbox.h"
#include "team.h"

#define BELONGING							\
	"SELECT json_build_object('id', o.id::text, 'name', o.name,"	\
	" 'slug', o.slug, 'role', o.role, 'current', o.id = $1,"	\
	" 'deletedAt', " MOMENT("o.deleted_at") ", 'restoreUntil', "	\
	MOMENT("(o.deleted_at + interval '30 days')") "), o.id"		\
	" FROM my_organisations() o"

const struct statement organisation_statements[] = {
	{ "organisation",
	  "SELECT json_build_object('id', o.id::text, 'name', o.name, 'slug',"
	  " o.slug, 'timeZone', o.time_zone, 'plan', o.plan, 'createdAt', "
	  MOMENT("o.created_at") ", 'branding', branding($1))"
	  " FROM organisation o WHERE o.id = $1" },
	{ "my_organisations", BELONGING },
	{ "my_organisation", BELONGING " WHERE o.id = $2" },
	/* Of $1, that of the session, nothing is asked. */
	{ "create_organisation",
	  "SELECT create_organisation($2, nullif($3, ''), $4, $5)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ "change_organisation",
	  "SELECT change_organisation($1, nullif($2, ''), nullif($3, ''),"
	  " nullif($4, ''), $5)" },
	{ "delete_organisation",
	  "SELECT json_build_object('deletedAt', " MOMENT("d") ","
	  " 'restoreUntil', " MOMENT("(d + interval '30 days')") ")"
	  " FROM delete_organisation($1, $2, $3, $4) d" },
	{ "restore_organisation",
	  "SELECT restore_organisation(coalesce(nullif($2, '')::bigint, $1),"
	  " $3)" },
	{ "transfer_organisation",
	  "SELECT transfer_organisation($1, $2, $3)" },
	{ "plan",
	  "SELECT json_build_object('plan', p.name, 'limits',"
	  " json_build_object('repositories', p.repositories, 'members',"
	  " p.members, 'retentionDays', p.retention_days), 'usage',"
	  " json_build_object('repositories', u.repositories, 'members',"
	  " u.members, 'invitations', u.invitations))"
	  " FROM organisation o JOIN plan p ON p.name = o.plan"
	  " CROSS JOIN usage_of($1) u WHERE o.id = $1" },
	{ NULL }
};

static void
show_organisation(struct request *req)
{
	reply_row(req, db_query(req, "organisation"), 200);
}

/* All of them: a person has few. */
static void
list_organisations(struct request *req)
{
	reply_page(req, db_query(req, "my_organisations"));
}

static void
create_organisation(struct request *req)
{
	PGresult *rows = db_query(req, "create_organisation",
		param(req, "name"), param(req, "slug"),
		param(req, "timeZone"), client_address(req));

	if (rows)
		reply_row(req, db_query(req, "my_organisation",
					row_text(rows, 0, 0)), 201);
}

static void
change_organisation(struct request *req)
{
	if (db_query(req, "change_organisation", param(req, "name"),
		     param(req, "slug"), param(req, "timeZone"),
		     client_address(req)))
		show_organisation(req);
}

static void
delete_organisation(struct request *req)
{
	PGresult *rows = db_query(req, "delete_organisation",
		param(req, "confirm"),
		page_url(req, "/dashboard/restore"),
		client_address(req));

	if (rows)
		outbox_wake();		/* every live connection ends */
	reply_row(req, rows, 202);
}

static void
restore_organisation(struct request *req)
{
	reply_done(req, db_query(req, "restore_organisation",
				 param(req, "org"), client_address(req)));
}

static void
transfer_organisation(struct request *req)
{
	reply_done(req, db_query(req, "transfer_organisation",
				 param(req, "user"), client_address(req)));
}

static void
show_plan(struct request *req)
{
	reply_row(req, db_query(req, "plan"), 200);
}

const struct route organisation_routes[] = {
	{ "GET", "/organisations", SELF, list_organisations,
	  "Those that the caller belongs to, with deleted ones that he may "
	  "restore", "OrganisationPage" },
	{ "POST", "/organisations", SELF, create_organisation,
	  "Make an organisation and own it; then switch to it", "Belonging",
	  { { "name", is_name }, { "slug", is_slug, "" },
	    { "timeZone", is_time_zone, "UTC" } }, .status = 201 },
	{ "GET", "/organisation", SEE, show_organisation,
	  "The organisation of the session", "Organisation" },
	{ "PATCH", "/organisation", ADMINISTER, change_organisation,
	  "Change its name, slug or time zone; what is not given stays",
	  "Organisation",
	  { { "name", is_name, "" }, { "slug", is_slug, "" },
	    { "timeZone", is_time_zone, "" } } },
	{ "DELETE", "/organisation", OWN, delete_organisation,
	  "Delete it: all access ends at once, an owner may restore it for 30 "
	  "days, then everything of it goes", "Deleted",
	  { { "confirm", is_slug, NULL, "The organisation's slug" } },
	  .status = 202 },
	{ "POST", "/organisation/restore", SELF, restore_organisation,
	  "Take a deletion back, as one of its owners", NULL,
	  { { "org", is_id, "", "Without it that of the session" } },
	  .status = 204 },
	{ "POST", "/organisation/transfer", OWN, transfer_organisation,
	  "Make another member owner and oneself admin", NULL,
	  { { "user", is_id } }, .status = 204 },
	{ "GET", "/plan", OWN, show_plan,
	  "What the plan allows and what is used of it", "Plan" },
	{ NULL }
};
