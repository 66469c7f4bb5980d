/*
 * columns.h - many rows in few parameters: PostgreSQL's binary arrays.
 *
 * A column collects values of one type; column_value() is then a parameter of
 * that array type in binary form: no text to write, none to parse, bytes as
 * they are. A zeroed struct with its type set is an empty column.
 */
#ifndef PULSE_COLUMNS_H
#define PULSE_COLUMNS_H

#include "base.h"
#include "text.h"

enum column_type {
	COLUMN_BOOL, COLUMN_INT4, COLUMN_INT8, COLUMN_TEXT, COLUMN_TIME,
	COLUMN_BYTES
};

struct column {
	enum column_type type;
	int count;
	bool has_null;
	struct text data;
};

/* Add a value. Times are milliseconds since 1970; text NULL is SQL's NULL. */
void column_add_null(struct column *column);
void column_add_bool(struct column *column, bool value);
void column_add_int(struct column *column, int64_t value);
void column_add_time(struct column *column, int64_t moment);
void column_add_text(struct column *column, const char *string);
void column_add_bytes(struct column *column, const void *bytes, size_t len);

/* The parameter, until the column is changed; its length in *len. */
const char *column_value(struct column *column, int *len);

void column_clear(struct column *column);
void column_release(struct column *column);

#endif
