/*
 * columns.c - many rows in few parameters: PostgreSQL's binary arrays.
 *
 * The form (array_recv() in PostgreSQL's arrayfuncs.c), all in network order:
 * int32 dimensions, int32 has-null flag, int32 element type, then for the one
 * dimension int32 length and int32 lower bound, then each element as int32
 * length (-1: NULL) and bytes.
 */
#include "columns.h"

#include <arpa/inet.h>

#define HEADER 20
/* Milliseconds from 1970-01-01 to 2000-01-01, PostgreSQL's epoch. */
#define EPOCH INT64_C(946684800000)

/* pg_type.oid of the elements; fixed since PostgreSQL 7. */
static const uint32_t element[] = {
	[COLUMN_BOOL] = 16, [COLUMN_INT4] = 23, [COLUMN_INT8] = 20,
	[COLUMN_TEXT] = 25, [COLUMN_TIME] = 1184, [COLUMN_BYTES] = 17,
};

static void
put32(char *to, uint32_t value)
{
	value = htonl(value);
	memcpy(to, &value, 4);
}

static char *
add(struct column *column, uint32_t len)
{
	struct text *data = &column->data;
	size_t need = 4 + (len == UINT32_MAX ? 0 : len);
	char *at;

	if (!column->count++) {
		text_reserve(data, HEADER);
		data->len = HEADER;
	}
	text_reserve(data, need);
	at = data->data + data->len;
	put32(at, len);
	data->len += need;
	return at + 4;
}

void
column_add_null(struct column *column)
{
	add(column, UINT32_MAX);
	column->has_null = true;
}

void
column_add_bool(struct column *column, bool value)
{
	*add(column, 1) = (char)value;
}

static void
put64(char *to, int64_t value)
{
	put32(to, (uint32_t)((uint64_t)value >> 32));
	put32(to + 4, (uint32_t)value);
}

void
column_add_int(struct column *column, int64_t value)
{
	if (column->type == COLUMN_INT8) {
		put64(add(column, 8), value);
		return;
	}
	if (value > INT32_MAX)
		value = INT32_MAX;
	if (value < INT32_MIN)
		value = INT32_MIN;
	put32(add(column, 4), (uint32_t)(int32_t)value);
}

void
column_add_time(struct column *column, int64_t moment)
{
	put64(add(column, 8), (moment - EPOCH) * 1000);
}

void
column_add_text(struct column *column, const char *string)
{
	if (string)
		column_add_bytes(column, string, strlen(string));
	else
		column_add_null(column);
}

void
column_add_bytes(struct column *column, const void *bytes, size_t len)
{
	memcpy(add(column, (uint32_t)len), bytes, len);
}

const char *
column_value(struct column *column, int *len)
{
	char *to;

	if (!column->count) {
		text_reserve(&column->data, HEADER);
		column->data.len = 12;
	}
	to = column->data.data;
	put32(to, column->count ? 1 : 0);
	put32(to + 4, column->has_null);
	put32(to + 8, element[column->type]);
	if (column->count) {
		put32(to + 12, (uint32_t)column->count);
		put32(to + 16, 1);
	}
	*len = (int)column->data.len;
	return to;
}

void
column_clear(struct column *column)
{
	column->count = 0;
	column->has_null = false;
	text_clear(&column->data);
}

void
column_release(struct column *column)
{
	text_release(&column->data);
	column->count = 0;
	column->has_null = false;
}
