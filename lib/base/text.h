/*
 * text.h - text that grows, and text that comes from outside.
 */
#ifndef PULSE_TEXT_H
#define PULSE_TEXT_H

#include "base.h"

/* Text that grows. A zeroed struct is an empty one; data is NUL-terminated
 * once anything was added, and belongs to the struct. */
struct text {
	char *data;
	size_t len, size;
};

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t len);
void text_addf(struct text *text, const char *format, ...) PRINTF(2, 3);

/* Append a JSON string with its quotes, or null. The bytes must be UTF-8. */
void text_add_json(struct text *text, const char *string);
void text_add_json_bytes(struct text *text, const char *bytes, size_t len);

/* Make room for `more` bytes at data + len, so that a reader can fill them;
 * the caller raises len. */
void text_reserve(struct text *text, size_t more);
void text_clear(struct text *text);
void text_release(struct text *text);

/*
 * Clean bytes from outside into UTF-8 that PostgreSQL and JSON accept: an
 * invalid sequence becomes U+FFFD (one a maximal part, Unicode 15 3.9), U+0000
 * goes. At most `max` bytes come out, cut between characters.
 * `to` has room for min(max, 3 * len) + 1 bytes; returns the length.
 */
size_t text_clean(char *to, const char *from, size_t len, size_t max);

/* Length of the well-formed UTF-8 character at p, or 0; *bad is then how many
 * bytes form the maximal ill-formed part. */
size_t text_character(const unsigned char *p, size_t left, size_t *bad);

/* Append the UTF-8 form of a code point at `to`; returns its length (1-4). */
size_t text_encode(char *to, uint32_t code);

/* The longest prefix of at most `max` bytes that ends between characters. */
size_t text_cut(const char *string, size_t len, size_t max);

/* A whole decimal number in [min, max], nothing around it. */
bool text_to_int(const char *string, int64_t min, int64_t max, int64_t *out);

/* a-z for A-Z in place, ASCII only. */
char *text_lower(char *string);

#endif
