/*
 * stream.c - an answer that is sent while it is made: lines of JSON.
 *
 * Everything else is sent as a whole. This may be as large as an organisation,
 * so a failure in the middle shows by the last line alone, which is not there.
 */
#include "base.h"

#include "io.h"
#include "log.h"
#include "web.h"

#define PIECE (32 << 10)

struct stream {
	struct request *req;
	const char *file;
	int64_t count;
	bool head_only, open;
};

static bool
flush(struct stream *s)
{
	struct text *out = &s->req->out;
	bool good = s->head_only || !out->len ||
		    io_write(s->req->io, out->data, out->len);

	text_clear(out);
	return good;
}

static void
send_head(struct stream *s)
{
	struct request *req = s->req;

	req->status = 200;
	req->answered = req->sent = s->open = true;
	text_clear(&req->out);
	text_addf(&req->out, "Status: 200\r\n"
		  "Content-Type: application/x-ndjson\r\n"
		  "Content-Disposition: attachment; filename=\"%s\"\r\n"
		  "X-Request-Id: %s\r\nCache-Control: no-store\r\n"
		  "X-Content-Type-Options: nosniff\r\n\r\n", s->file, req->id);
	io_write(req->io, req->out.data, req->out.len);
	text_clear(&req->out);
}

static bool
take_lines(void *data, const PGresult *rows)
{
	struct stream *s = data;
	struct text *out = &s->req->out;

	if (!s->open)
		send_head(s);
	if (s->head_only)
		return false;
	for (int i = 0; i < PQntuples(rows); i++) {
		text_addf(out, "%s\n", PQgetvalue(rows, i, 0));
		s->count++;
		if (out->len > PIECE && !flush(s))
			return false;
	}
	return true;
}

void
reply_rows(struct request *req, const char *file,
	   const char *const *statements)
{
	const char *method = variable(req, "REQUEST_METHOD");
	struct stream s = { .req = req, .file = file,
		.head_only = method && !strcmp(method, "HEAD") };
	char org[24];
	/* The right has been checked; that the session lives is not past. */
	const char *who[] = { org, req->token.session, "viewer" };
	struct call enter = { "enter", 3, who, NULL, 0, NULL };
	struct db_error error;

	snprintf(org, sizeof(org), "%" PRId64, req->token.org);
	if (db_stream(req->db, &enter, statements, who, take_lines, &s,
		      &error)) {
		if (!s.open)
			send_head(&s);
		text_addf(&req->out, "{\"end\":true,\"rows\":%" PRId64 "}\n",
			  s.count);
		flush(&s);
	} else if (!s.open) {
		db_problem(req, &error);
	} else if (!s.head_only) {
		log_line(LOG_WARN, "an export was not finished", "sqlstate",
			 error.state, "error", error.message, NULL);
	}
}
