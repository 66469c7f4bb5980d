/*
 * json.h - read a JSON document (RFC 8259) into C structs, without a tree.
 *
 * A shape says which members of an object are wanted, of what kind, and where
 * they go; all others are skipped at the speed of the bytes, yet checked to be
 * JSON. Memory grows with what is wanted, never with the document: 25 MB of
 * "[" end at the depth limit, 25 MB of "{},{}" at the limit of values.
 *
 *	static const struct json_field account_fields[] = {
 *		{ "login", JSON_TEXT, offsetof(struct account, login) },
 *		{ "id", JSON_INT, offsetof(struct account, id) },
 *		{ NULL }
 *	};
 *	static const struct json_shape account_shape = {
 *		account_fields, sizeof(struct account)
 *	};
 *
 * What the document says and what it does not:
 *	kind		C type			absent, or null
 *	JSON_TEXT	const char *		NULL
 *	JSON_INT	int64_t			JSON_NO_INT
 *	JSON_TIME	int64_t			TIME_ABSENT
 *	JSON_BOOL	signed char (0, 1)	-1
 *	JSON_OBJECT	struct of the shape *	NULL
 *	JSON_ARRAY	struct json_array	no items
 *	JSON_TEXTS	struct json_array of const char *
 *	JSON_SPAN	struct json_span	no bytes
 *	JSON_SPANS	struct json_array of struct json_span
 *
 * Text is cleaned (text_clean) and cut to the field's `max` bytes (default
 * JSON_TEXT_MAX). A member that comes twice counts as its last. JSON_TIME
 * takes RFC 3339 text or a number of seconds. JSON_SPAN is any value, checked to
 * be JSON and left as it is: its bytes in the document, to be read by another
 * shape, or apart from its neighbours so that a bad one spoils none of them. A number where JSON_TEXT is
 * wanted is taken as its digits.
 */
#ifndef PULSE_JSON_H
#define PULSE_JSON_H

#include "arena.h"
#include "base.h"

#define JSON_NO_INT INT64_MIN
#define JSON_TEXT_MAX 255
#define JSON_ITEMS_MAX 10000	/* of one wanted array; more are an error */

enum json_kind {
	JSON_TEXT, JSON_INT, JSON_TIME, JSON_BOOL, JSON_OBJECT, JSON_ARRAY,
	JSON_TEXTS, JSON_SPAN, JSON_SPANS
};

struct json_array {
	void *items;
	size_t count;
};

struct json_span {
	const char *bytes;
	size_t len;
};

struct json_field {
	const char *name;
	enum json_kind kind;
	size_t offset;
	const struct json_shape *shape;		/* JSON_OBJECT, JSON_ARRAY */
	size_t max;				/* JSON_TEXT: bytes kept */
};

struct json_shape {
	const struct json_field *fields;	/* ends with a NULL name */
	size_t size;
};

/*
 * Read `len` bytes, one JSON object and nothing but white space around it.
 * Returns a struct of `shape` in `arena`, or NULL and a sentence in *problem
 * (in `arena` too) that names the place:
 *	"pull_request.number is not a whole number"
 *	"unexpected end at byte 4711"
 */
void *json_read(const char *bytes, size_t len, const struct json_shape *shape,
		struct arena *arena, const char **problem);

#endif
