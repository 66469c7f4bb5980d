/*
 * activity_sql.h - the statements of the feed.
 *
 * An optional filter is another statement, never "$2 IS NULL OR …" (93 ms
 * against 0.03 under a generic plan). The feed has four filters and two
 * directions; their 32 statements are put together from a table of pieces when
 * the program starts.
 */
#ifndef PULSE_ACTIVITY_SQL_H
#define PULSE_ACTIVITY_SQL_H

#include "db.h"

/* The filters; bits of the index of a statement. */
enum feed_filter {
	FEED_TEAM = 1, FEED_REPO = 2, FEED_AUTHOR = 4, FEED_TYPE = 8,
	FEED_NEWER = 16		/* towards the present, oldest first */
};

/* The name of the statement of a set of filters. Its parameters: $1 the
 * organisation, $2 and $3 the moment and id of the cursor, $4 and $5 from and
 * to, $6 how many, then those of the filters in the order of their bits.
 * Columns: the line's JSON, its moment in ms, its id. */
const char *feed_statement(unsigned filters);

/* Append the statements; returns behind the last. */
struct statement *feed_statements(struct statement *to);
#define FEED_STATEMENTS 32

#endif
