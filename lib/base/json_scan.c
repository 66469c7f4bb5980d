/*
 * json_scan.c - what is JSON, byte by byte.
 */
#include "json_scan.h"

bool
scan_fail(struct scan *json, const char *what)
{
	if (!json->problem)
		json->problem = what;
	return false;
}

bool
scan_syntax(struct scan *json)
{
	if (json->p >= json->end)
		return scan_fail(json, arena_printf(json->arena,
			"unexpected end at byte %td", json->end - json->start));
	return scan_fail(json, arena_printf(json->arena,
		"unexpected character at byte %td", json->p - json->start));
}

bool
scan_enter(struct scan *json)
{
	if (++json->depth > JSON_DEPTH_MAX)
		return scan_fail(json, "nested deeper than 64 levels");
	return true;
}

/*
 * Bytes of a string that need no look: neither quote, backslash nor control.
 * Eight at a time, by the trick of "Determine if a word has a byte less than
 * n" and "... equal to n" (Anderson, Bit Twiddling Hacks).
 */
static inline const char *
plain(const char *p, const char *end)
{
	const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;

	while (end - p >= 8) {
		uint64_t word, quote, slash, stop;

		memcpy(&word, p, 8);
		quote = word ^ (ones * '"');
		slash = word ^ (ones * '\\');
		stop = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
		       ((word - ones * 0x20) & ~word);
		if (stop & highs)
			break;
		p += 8;
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
hex4(struct scan *json, uint32_t *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++, json->p++) {
		int digit = json->p < json->end ? hex_digit(*json->p) : -1;

		if (digit < 0)
			return scan_syntax(json);
		*code = *code << 4 | (uint32_t)digit;
	}
	return true;
}

/* After "\u": a code point, two escapes if they are a surrogate pair. A lone
 * surrogate is U+FFFD. */
static bool
unicode_escape(struct scan *json, uint32_t *code)
{
	const char *after;
	uint32_t low;

	if (!hex4(json, code))
		return false;
	if (*code < 0xd800 || *code > 0xdfff)
		return true;
	after = json->p;
	if (*code < 0xdc00 && json->end - after >= 6 && after[0] == '\\' &&
	    after[1] == 'u') {
		json->p += 2;
		if (!hex4(json, &low))
			return false;
		if (low >= 0xdc00 && low <= 0xdfff) {
			*code = 0x10000 + ((*code - 0xd800) << 10) +
				(low - 0xdc00);
			return true;
		}
		json->p = after;
	}
	*code = 0xfffd;
	return true;
}

/* One escape, the backslash already taken. Appends to out unless NULL. */
static bool
escape(struct scan *json, struct text *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *which;
	char bytes[4];
	size_t len = 1;
	uint32_t code;

	if (json->p == json->end)
		return scan_syntax(json);
	if (*json->p == 'u') {
		json->p++;
		if (!unicode_escape(json, &code))
			return false;
		len = text_encode(bytes, code);
	} else {
		which = *json->p ? strchr(from, *json->p) : NULL;
		if (!which)
			return scan_syntax(json);
		bytes[0] = to[which - from];
		json->p++;
	}
	if (out)
		text_add_bytes(out, bytes, len);
	return true;
}

bool
scan_string(struct scan *json, const char **from, size_t *len)
{
	struct text *out = from ? &json->scratch : NULL;
	const char *run;
	bool simple = true;

	if (out)
		text_clear(out);
	for (;;) {
		run = json->p;
		json->p = plain(run, json->end);
		if (json->p == json->end || (unsigned char)*json->p < 0x20)
			return scan_syntax(json);
		if (*json->p == '"')
			break;
		if (out)
			text_add_bytes(out, run, (size_t)(json->p - run));
		simple = false;
		json->p++;
		if (!escape(json, out))
			return false;
	}
	if (from && !simple)
		text_add_bytes(out, run, (size_t)(json->p - run));
	if (from) {
		*from = simple ? run : out->data;
		*len = simple ? (size_t)(json->p - run) : out->len;
	}
	json->p++;
	return true;
}

bool
scan_number(struct scan *json)
{
	const char *p = json->p, *end = json->end;

#define DIGITS() do {							\
	const char *first = p;						\
	while (p < end && *p >= '0' && *p <= '9')			\
		p++;							\
	if (p == first) {						\
		json->p = p;						\
		return scan_syntax(json);					\
	}								\
} while (0)
	if (p < end && *p == '-')
		p++;
	if (p < end && *p == '0')
		p++;
	else
		DIGITS();
	if (p < end && *p == '.') {
		p++;
		DIGITS();
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		DIGITS();
	}
#undef DIGITS
	json->p = p;
	return true;
}

bool
scan_word(struct scan *json, const char *literal)
{
	size_t len = strlen(literal);

	for (size_t i = 0; i < len; i++)
		if (!scan_take(json, literal[i]))
			return false;
	return true;
}

/* true, false, null, a number, or a string: a value without children. */
static bool
skip_scalar(struct scan *json)
{
	switch (json->p < json->end ? *json->p : '\0') {
	case '"':
		json->p++;
		return scan_string(json, NULL, NULL);
	case 't': return scan_word(json, "true");
	case 'f': return scan_word(json, "false");
	case 'n': return scan_word(json, "null");
	default: return scan_number(json);
	}
}

/* A member's name and its colon, inside a value that is being skipped. */
static bool
skip_name(struct scan *json)
{
	scan_space(json);
	if (!scan_take(json, '"') || !scan_string(json, NULL, NULL))
		return false;
	scan_space(json);
	return scan_take(json, ':');
}

/*
 * Step over one value of any kind. A loop, not a recursion: `open` holds a
 * bit a level, 1 for an object.
 */
bool
scan_skip(struct scan *json)
{
	unsigned base = json->depth;
	uint64_t open = 0;

	for (;;) {
		char c;

		if (!scan_count(json))
			return false;
		scan_space(json);
		c = json->p < json->end ? *json->p : '\0';
		if (c == '{' || c == '[') {
			json->p++;
			if (!scan_enter(json))
				return false;
			open = open << 1 | (c == '{');
			scan_space(json);
			if (json->p == json->end ||
			    *json->p != (c == '{' ? '}' : ']')) {
				if (c == '{' && !skip_name(json))
					return false;
				continue;
			}
		} else if (!skip_scalar(json)) {
			return false;
		}
		/* A value ended: a comma goes on, brackets close. */
		while (json->depth > base) {
			scan_space(json);
			if (json->p < json->end && *json->p == ',') {
				json->p++;
				break;
			}
			if (!scan_take(json, open & 1 ? '}' : ']'))
				return false;
			open >>= 1;
			json->depth--;
		}
		if (json->depth == base)
			return true;
		if (open & 1 && !skip_name(json))
			return false;
	}
}
