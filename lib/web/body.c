/*
 * body.c - the body of a request: as a whole before the handler runs, or piece
 * by piece for a handler that takes it itself. Never more than may come, and
 * never for longer than it may take.
 */
#include "base.h"

#include "clock.h"
#include "io.h"
#include "params.h"

#define BODY_MAX (64 << 10)	/* of a JSON body */
/* A body must be here within so many seconds, and one more for each so many
 * bytes of it that came: 5 s for JSON, 30 s for the largest delivery. A web
 * server that collects it first, as ours do, sends it in far less. */
#define BODY_SECONDS 5
#define BODY_RATE (1 << 20)

/* -1: none told, -2: not a number. */
static int64_t
content_length(struct request *req)
{
	const char *told = variable(req, "CONTENT_LENGTH");
	int64_t length;

	if (!told || !*told)
		return -1;
	return text_to_int(told, 0, INT64_MAX, &length) ? length : -2;
}

/* The next bytes of the body; 0 at its end, -1: too slow, and answered. */
static ssize_t
read_more(struct request *req, int64_t began, size_t done, char *to,
	  size_t len)
{
	int64_t allowed = BODY_SECONDS * 1000 +
			  (int64_t)done * 1000 / BODY_RATE;
	int64_t left = allowed - (time_ticks() - began) / 1000;
	ssize_t got = left > 0 ? io_read(req->io, to, len, (int)left) : -1;

	if (got < 0)
		problem(req, TOO_SLOW, "%zu bytes came in %" PRId64 " seconds",
			done, allowed / 1000);
	return got;
}

/* Without a length (a chunked body that the server passes on): up to max. */
static bool
read_to_end(struct request *req, size_t max)
{
	struct text body = { 0 };
	int64_t began = time_ticks();
	char piece[16384];
	ssize_t got;

	while ((got = read_more(req, began, body.len, piece,
				sizeof(piece))) > 0) {
		if (body.len + (size_t)got > max) {
			problem(req, TOO_LARGE, "the limit is %zu bytes", max);
			got = -1;
			break;
		}
		text_add_bytes(&body, piece, (size_t)got);
	}
	if (got < 0) {
		text_release(&body);
		return false;
	}
	req->body_len = body.len;
	req->body = body.data ? body.data : xstrdup("");
	return true;
}

/* As many bytes as were told. */
static bool
read_length(struct request *req, size_t length)
{
	int64_t began = time_ticks();
	char *body = malloc(length + 1);
	ssize_t got = 1;

	if (!body) {
		problem_later(req, DATABASE_FAILED, 10);
		return false;
	}
	req->body = body;
	while (req->body_len < length && got > 0) {
		got = read_more(req, began, req->body_len,
				body + req->body_len, length - req->body_len);
		req->body_len += got > 0 ? (size_t)got : 0;
	}
	body[req->body_len] = '\0';
	if (!got)
		problem(req, BAD_REQUEST, "the body ended after %zu of %zu "
			"bytes", req->body_len, length);
	return got > 0;
}

bool
body_open(struct request *req, uint64_t max)
{
	int64_t length = content_length(req);

	if (length == -2) {
		problem(req, LENGTH_REQUIRED, NULL);
	} else if (length >= 0 && (uint64_t)length > max) {
		problem(req, TOO_LARGE, "the limit is %" PRIu64 " bytes", max);
	} else {
		req->body_max = max;
		req->body_told = length < 0 ? UINT64_MAX : (uint64_t)length;
	}
	return !req->answered;
}

ssize_t
body_read(struct request *req, char *to, size_t len)
{
	int64_t began = time_ticks() - req->body_waited;
	uint64_t left = req->body_told - req->body_done;
	ssize_t got;

	if (!left)
		return 0;
	got = read_more(req, began, (size_t)req->body_done, to,
			len < left ? len : (size_t)left);
	req->body_waited = time_ticks() - began;
	if (got > 0)
		req->body_done += (uint64_t)got;
	if (req->body_done > req->body_max) {
		problem(req, TOO_LARGE, "the limit is %" PRIu64 " bytes",
			req->body_max);
		return -1;
	}
	if (!got && req->body_told != UINT64_MAX) {
		problem(req, BAD_REQUEST, "the body ended after %" PRIu64
			" of %" PRIu64 " bytes", req->body_done,
			req->body_told);
		return -1;
	}
	return got;
}

bool
take_body(struct request *req)
{
	size_t max = req->route->raw_body ? req->route->raw_body : BODY_MAX;
	int64_t length = content_length(req);

	if (req->route->streams)
		return true;

	/* What a DELETE wants stands in its query, or in a body if it has one. */
	if (!strcmp(req->route->method, "GET") ||
	    (!strcmp(req->route->method, "DELETE") && length <= 0))
		return true;
	if (length == -1)
		return read_to_end(req, max);
	if (length < 0) {
		problem(req, LENGTH_REQUIRED, NULL);
		return false;
	}
	if ((uint64_t)length > max) {
		problem(req, TOO_LARGE, "the limit is %zu bytes", max);
		return false;
	}
	return read_length(req, (size_t)length);
}
