/*
 * json_scan.h - step over the values of a JSON document (RFC 8259).
 *
 * For json.c alone: a place in the document that goes forward. Every failure
 * sets `problem` once and unwinds with false.
 */
#ifndef PULSE_JSON_SCAN_H
#define PULSE_JSON_SCAN_H

#include "arena.h"
#include "base.h"
#include "text.h"

#define JSON_DEPTH_MAX 64
#define JSON_VALUES_MAX 2000000

struct scan {
	const char *start, *p, *end;
	struct arena *arena;
	struct text scratch;	/* a string with escapes */
	const char *problem;
	const char *path;
	unsigned depth;
	size_t values;
};

/* False, and `what` is the problem, if there is none yet. */
bool scan_fail(struct scan *json, const char *what);
/* The same for a byte that may not stand here, or an end that may not be. */
bool scan_syntax(struct scan *json);

/* Past white space; past this very byte. */
static inline void
scan_space(struct scan *json)
{
	while (json->p < json->end && (*json->p == ' ' || *json->p == '\n' ||
				       *json->p == '\t' || *json->p == '\r'))
		json->p++;
}

static inline bool
scan_take(struct scan *json, char c)
{
	if (json->p == json->end || *json->p != c)
		return scan_syntax(json);
	json->p++;
	return true;
}

/* One level deeper; one value more. False: that is too many. */
bool scan_enter(struct scan *json);

static inline bool
scan_count(struct scan *json)
{
	if (++json->values > JSON_VALUES_MAX)
		return scan_fail(json, "more than 2000000 values");
	return true;
}

/*
 * A string, the opening quote already taken. With `from`, its bytes with
 * escapes resolved: in the document where it has none, else in json->scratch,
 * until the next string.
 */
bool scan_string(struct scan *json, const char **from, size_t *len);
bool scan_number(struct scan *json);
/* "true", "false" or "null", which the first byte has told. */
bool scan_word(struct scan *json, const char *literal);
/* One value of any kind. */
bool scan_skip(struct scan *json);

#endif
