/*
 * parts.c - what programs of several resources share (parts.h).
 */
#include "base.h"

#include <assert.h>

#include "outbox.h"
#include "parts.h"

static struct statement statements[160];
static struct route routes[96];

static void
join(const struct part *parts, size_t count)
{
	size_t s = 0, r = 0;

	for (size_t i = 0; i < count; i++) {
		for (const struct statement *p = parts[i].statements; p->name;
		     p++) {
			assert(s < COUNT(statements) - 1);
			statements[s++] = *p;
		}
		for (const struct route *p = parts[i].routes; p->method; p++) {
			assert(r < COUNT(routes) - 1);
			routes[r++] = *p;
		}
	}
}

int
serve_parts(int argc, char **argv, const struct part *parts, size_t count,
	    struct program program)
{
	join(parts, count);
	program.routes = routes;
	program.statements = statements;
	return serve(argc, argv, &program);
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
