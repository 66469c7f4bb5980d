/*
 * monitor_erasures.c - a person is erased: in all records he has another name.
 *
 * What that means stands in sql/functions/83-erasure.sql; the work is that of
 * the job erase-people. Whom an erasure was about is told to nobody.
 *
 * Tables: erasure, job_unit (sql/schema.sql).
 */
#include "base.h"

#include "monitor.h"

const struct statement erasures_statements[] = {
	{ "erasures", "SELECT show_erasure($1, e.id), e.id FROM erasure e"
	  " WHERE e.org_id = $1 AND e.id < $2"
	  " ORDER BY e.id DESC LIMIT $3::integer + 1" },
	{ "ask_erasure", "SELECT ask_erasure($1, $2, $3)" },
	{ "erasure", "SELECT show_erasure($1, $2)" },
	{ NULL }
};

static const char *
test_person(const char *value)
{
	size_t len = strlen(value);

	return len && len <= 254 && strspn(value, "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._+[]-") == len
	       ? NULL : "is neither a login nor an e-mail address";
}

static check is_person = { { test_person, "{\"type\":\"string\",\"pattern\":"
	"\"^[A-Za-z0-9@._+[\\\\]-]{1,254}$\"}", false } };

static void
list_erasures(struct request *req)
{
	reply_page(req, db_query(req, "erasures", param(req, "cursor"),
				 param(req, "limit")));
}

static void
erase_person(struct request *req)
{
	PGresult *rows = db_query(req, "ask_erasure", param(req, "person"),
				  client_address(req));

	if (rows)
		reply_row(req, db_query(req, "erasure", row_text(rows, 0, 0)),
			  202);
}

const struct route erasures_routes[] = {
	{ "GET", "/erasures", ADMINISTER, list_erasures,
	  "Who was erased, newest first: by the name that stands for him now",
	  "ErasurePage",
	  { { "limit", is_limit, "50" }, { "cursor", is_event_id, LAST_ID } } },
	{ "POST", "/erasures", ADMINISTER, erase_person,
	  "Erase a person who is no member (any more): in all records he has "
	  "another name, and raw deliveries that name him are deleted",
	  "Erasure",
	  { { "person", is_person, NULL,
	      "A login at the provider, or an e-mail address" } },
	  .status = 202 },
	{ NULL }
};
