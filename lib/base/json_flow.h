/*
 * json_flow.h - a JSON document (RFC 8259) in pieces, as they come.
 *
 * json.h reads a document that is whole in memory; here memory is that of one
 * token, whatever comes. The document is one object.
 */
#ifndef PULSE_JSON_FLOW_H
#define PULSE_JSON_FLOW_H

#include "base.h"

#define FLOW_DEPTH_MAX 64
#define FLOW_TEXT_MAX 4096	/* bytes kept of a string; the rest is read */

enum flow_event {
	FLOW_OBJECT, FLOW_ARRAY, FLOW_END,
	FLOW_KEY, FLOW_STRING, FLOW_NUMBER, FLOW_WORD
};

struct json_flow {
	/* Told of each token; false stops. Text ends with a NUL. A FLOW_END
	 * is that of an object or array. */
	bool (*take)(void *data, enum flow_event event, const char *text,
		     size_t len);
	void *data;
	/* Of the reader. */
	uint64_t objects;		/* a bit a level: is it an object? */
	unsigned depth;
	char state, token, escape;
	char text[FLOW_TEXT_MAX + 8];
	size_t len;
	uint32_t code, high;		/* of \u, and a first surrogate */
	uint64_t at;			/* bytes taken */
	const char *problem;		/* what is wrong at byte `at`; NULL and
					 * false: `take` stopped */
};

/* `flow` is zeroed but for take and data. */
bool flow_feed(struct json_flow *flow, const char *bytes, size_t len);
/* All has come: was it whole? */
bool flow_end(struct json_flow *flow);

#endif
