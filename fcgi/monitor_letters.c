/*
 * monitor_letters.c - dead letters: what came in and could not be read.
 *
 * The rules are in sql/functions/82-letters.sql. Reading one again is the work of
 * process-deliveries, within a minute: it may write records, and this program
 * may not.
 *
 * Tables: delivery, delivery_body (sql/schema.sql).
 */
#include "base.h"

#include "monitor.h"

#define PAGE								\
	"SELECT show_letter($1, d.id, false), d.id, (SELECT count(*)"	\
	" FROM delivery x WHERE x.org_id = $1 AND x.state = 'dead')"	\
	" FROM delivery d"						\
	" WHERE d.org_id = $1 AND d.state = 'dead' AND d.id < $2"
#define NEWEST " ORDER BY d.id DESC LIMIT $3::integer + 1"

const struct statement letters_statements[] = {
	{ "letters", PAGE NEWEST },
	{ "letters_of_event", PAGE " AND d.event = $4" NEWEST },
	{ "letter", "SELECT show_letter($1, $2, true)" },
	{ "replay", "SELECT replay_letters($1, $2, $3)" },
	{ "replay_all", "SELECT replay_letters($1, NULL, $2)" },
	{ "discard", "SELECT discard_letter($1, $2, $3)" },
	{ NULL }
};

static const char *
test_event_name(const char *value)
{
	size_t len = strlen(value);

	return len && len <= 100 && strspn(value, "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:.-") == len
	       ? NULL : "is not the name of an event";
}

static check is_event_name = { { test_event_name, "{\"type\":\"string\","
	"\"pattern\":\"^[A-Za-z0-9_:.-]{1,100}$\"}", false } };

/* As reply_page(), and how many there are in all. */
static void
list_letters(struct request *req)
{
	const char *event = param(req, "event");
	PGresult *rows = *event
		? db_query(req, "letters_of_event", param(req, "cursor"),
			   param(req, "limit"), event)
		: db_query(req, "letters", param(req, "cursor"),
			   param(req, "limit"));
	int64_t limit = 50;
	int count, shown;

	if (!rows)
		return;
	text_to_int(param(req, "limit"), 1, 100, &limit);
	count = PQntuples(rows);
	shown = count > limit ? (int)limit : count;
	text_add(&req->out, "{\"data\":[");
	for (int i = 0; i < shown; i++)
		text_addf(&req->out, "%s%s", i ? "," : "", row_text(rows, i, 0));
	text_addf(&req->out, "],\"count\":%s,\"next\":",
		  count ? row_text(rows, 0, 2) : "0");
	if (count > shown)
		text_addf(&req->out, "\"%s\"}", row_text(rows, shown - 1, 1));
	else
		text_add(&req->out, "null}");
	reply_out(req, 200);
}

static void
show_letter(struct request *req)
{
	reply_row(req, db_query(req, "letter", param(req, "letter")), 200);
}

static void
replay_letter(struct request *req)
{
	if (db_query(req, "replay", param(req, "letter"), client_address(req)))
		reply_json(req, 200, "{\"outcome\":\"waiting\"}");
}

static void
replay_all(struct request *req)
{
	PGresult *rows = db_query(req, "replay_all", client_address(req));

	if (rows)
		reply_json(req, 202, "{\"count\":%s}", row_text(rows, 0, 0));
}

static void
discard_letter(struct request *req)
{
	reply_done(req, db_query(req, "discard", param(req, "letter"),
				 client_address(req)));
}

const struct route letters_routes[] = {
	{ "GET", "/dead-letters", ADMINISTER, list_letters,
	  "What came in and could not be read, newest first", "DeadLetterPage",
	  { { "event", is_event_name, "" }, { "limit", is_limit, "50" },
	    { "cursor", is_event_id, LAST_ID } } },
	{ "GET", "/dead-letters/{letter}", ADMINISTER, show_letter,
	  "One of them, with its bytes", "DeadLetter",
	  { { "letter", is_id } } },
	{ "POST", "/dead-letters/{letter}/replay", ADMINISTER, replay_letter,
	  "Read it again: within a minute it is a record, or dead anew",
	  "DeadLetterReplayed", { { "letter", is_id } } },
	{ "POST", "/dead-letters/replay", ADMINISTER, replay_all,
	  "Read all of them again", "DeadLettersReplayed", .status = 202 },
	{ "DELETE", "/dead-letters/{letter}", ADMINISTER, discard_letter,
	  "Discard it: it counts as read", NULL, { { "letter", is_id } },
	  .status = 204 },
	{ NULL }
};
