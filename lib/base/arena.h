/*
 * arena.h - memory that goes away together.
 *
 * What is allocated while a request is answered or a document is read belongs
 * to one arena and is let go with it; nobody frees a single piece.
 * A zeroed struct is an empty arena.
 */
#ifndef PULSE_ARENA_H
#define PULSE_ARENA_H

#include "base.h"

struct arena {
	struct chunk *chunks;
	size_t total;		/* bytes handed out since the last reset */
};

/* Aligned for any type; never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);

/* Copies of text, NUL-terminated. arena_string(NULL) is NULL. */
char *arena_copy(struct arena *arena, const char *bytes, size_t len);
char *arena_string(struct arena *arena, const char *string);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);

/* Forget everything; reset keeps one chunk for reuse, release keeps none. */
void arena_reset(struct arena *arena);
void arena_release(struct arena *arena);

#endif
