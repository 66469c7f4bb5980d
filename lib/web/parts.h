/*
 * parts.h - what programs of several resources share: a resource is a file with
 * its statements, its handlers and its routes; here they are joined, and here
 * are the answers that rows of JSON make.
 */
#ifndef PULSE_PARTS_H
#define PULSE_PARTS_H

#include "web.h"

/* Each of both ends with an empty row. */
struct part {
	const struct statement *statements;
	const struct route *routes;
};

/* serve() with the parts' routes and statements in place of the program's. */
int serve_parts(int argc, char **argv, const struct part *parts, size_t count,
		struct program program);

/* A moment of SQL as the API tells it. */
#define MOMENT(x)							\
	"to_char(" x " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

/* Behind everything: no id is as large. */
#define LAST_ID "9223372036854775807"

/* Answer with the JSON of the first column of the only row; 404 without. */
void reply_row(struct request *req, const PGresult *rows, int status);

/* Answer with a page: the first column of each row is JSON, the second its
 * place in the list. `limit` more than so many rows came: there is a next. */
void reply_page(struct request *req, const PGresult *rows);

/* Answer 204 if the statement worked. What it changed may be news to a live
 * connection. */
void reply_done(struct request *req, const PGresult *rows);

#endif
