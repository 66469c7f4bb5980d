/*
 * json.c - read a JSON document into C structs, without a tree.
 *
 * Two layers. Below, a scanner steps over one value (skip) or takes one string
 * or number. Above, read_object() walks an object's members and either stores
 * or skips each. Every failure sets `problem` once and unwinds with false; on
 * the way up each level puts its own name before the path.
 */
#include "json.h"

#include "clock.h"
#include "text.h"

struct json {
	const char *start, *p, *end;
	struct arena *arena;
	struct text scratch;	/* a string with escapes */
	const char *problem;
	const char *path;
	unsigned depth;
	size_t values;
};

static bool read_object(struct json *json, const struct json_shape *shape,
			void *to);

static bool
fail(struct json *json, const char *what)
{
	if (!json->problem)
		json->problem = what;
	return false;
}

static bool
syntax(struct json *json)
{
	if (json->p >= json->end)
		return fail(json, arena_printf(json->arena,
			"unexpected end at byte %td", json->end - json->start));
	return fail(json, arena_printf(json->arena,
		"unexpected character at byte %td", json->p - json->start));
}

/* Put the name of the member or the number of the item before the path. */
static bool
blame(struct json *json, const char *name)
{
	if (!json->path)
		json->path = name;
	else
		json->path = arena_printf(json->arena, "%s%s%s", name,
			*json->path == '[' ? "" : ".", json->path);
	return false;
}

static inline void
space(struct json *json)
{
	while (json->p < json->end && (*json->p == ' ' || *json->p == '\n' ||
				       *json->p == '\t' || *json->p == '\r'))
		json->p++;
}

static inline bool
take(struct json *json, char c)
{
	if (json->p == json->end || *json->p != c)
		return syntax(json);
	json->p++;
	return true;
}

static bool
enter(struct json *json)
{
	if (++json->depth > JSON_DEPTH_MAX)
		return fail(json, "nested deeper than 64 levels");
	return true;
}

static inline bool
count_value(struct json *json)
{
	if (++json->values > JSON_VALUES_MAX)
		return fail(json, "more than 2000000 values");
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
hex4(struct json *json, uint32_t *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++, json->p++) {
		int digit = json->p < json->end ? hex_digit(*json->p) : -1;

		if (digit < 0)
			return syntax(json);
		*code = *code << 4 | (uint32_t)digit;
	}
	return true;
}

/* After "\u": a code point, two escapes if they are a surrogate pair. A lone
 * surrogate is U+FFFD. */
static bool
unicode_escape(struct json *json, uint32_t *code)
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
escape(struct json *json, struct text *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *which;
	char bytes[4];
	size_t len = 1;
	uint32_t code;

	if (json->p == json->end)
		return syntax(json);
	if (*json->p == 'u') {
		json->p++;
		if (!unicode_escape(json, &code))
			return false;
		len = text_encode(bytes, code);
	} else {
		which = *json->p ? strchr(from, *json->p) : NULL;
		if (!which)
			return syntax(json);
		bytes[0] = to[which - from];
		json->p++;
	}
	if (out)
		text_add_bytes(out, bytes, len);
	return true;
}

/*
 * A string, the opening quote already taken. With `from`, its bytes with
 * escapes resolved: in the document where it has none, else in json->scratch,
 * until the next string.
 */
static bool
string(struct json *json, const char **from, size_t *len)
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
			return syntax(json);
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

static bool
number(struct json *json)
{
	const char *p = json->p, *end = json->end;

#define DIGITS() do {							\
	const char *first = p;						\
	while (p < end && *p >= '0' && *p <= '9')			\
		p++;							\
	if (p == first) {						\
		json->p = p;						\
		return syntax(json);					\
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

static bool
word(struct json *json, const char *literal)
{
	size_t len = strlen(literal);

	for (size_t i = 0; i < len; i++)
		if (!take(json, literal[i]))
			return false;
	return true;
}

/* true, false, null, a number, or a string: a value without children. */
static bool
skip_scalar(struct json *json)
{
	switch (json->p < json->end ? *json->p : '\0') {
	case '"':
		json->p++;
		return string(json, NULL, NULL);
	case 't': return word(json, "true");
	case 'f': return word(json, "false");
	case 'n': return word(json, "null");
	default: return number(json);
	}
}

/* A member's name and its colon, inside a value that is being skipped. */
static bool
skip_name(struct json *json)
{
	space(json);
	if (!take(json, '"') || !string(json, NULL, NULL))
		return false;
	space(json);
	return take(json, ':');
}

/*
 * Step over one value of any kind. A loop, not a recursion: `open` holds a
 * bit a level, 1 for an object.
 */
static bool
skip(struct json *json)
{
	unsigned base = json->depth;
	uint64_t open = 0;

	for (;;) {
		char c;

		if (!count_value(json))
			return false;
		space(json);
		c = json->p < json->end ? *json->p : '\0';
		if (c == '{' || c == '[') {
			json->p++;
			if (!enter(json))
				return false;
			open = open << 1 | (c == '{');
			space(json);
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
			space(json);
			if (json->p < json->end && *json->p == ',') {
				json->p++;
				break;
			}
			if (!take(json, open & 1 ? '}' : ']'))
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

static bool
is_null(struct json *json)
{
	return json->end - json->p >= 4 && !memcmp(json->p, "null", 4);
}

static bool
read_text(struct json *json, size_t max, const char **to)
{
	const char *from = json->p;
	char *clean;
	size_t len;

	if (*from == '"') {
		json->p++;
		if (!string(json, &from, &len))
			return false;
	} else if (*from == '-' || isdigit((unsigned char)*from)) {
		if (!number(json))
			return false;
		len = (size_t)(json->p - from);
	} else {
		return fail(json, "is not text");
	}
	clean = arena_alloc(json->arena, (len * 3 < max ? len * 3 : max) + 1);
	text_clean(clean, from, len, max);
	*to = clean;
	return true;
}

/* The number at json->p as a whole one: no fraction, no exponent. */
static bool
read_int(struct json *json, int64_t *to)
{
	const char *from = json->p;
	char digits[24];
	size_t len;

	if (*from != '-' && !isdigit((unsigned char)*from))
		return fail(json, "is not a whole number");
	if (!number(json))
		return false;
	len = (size_t)(json->p - from);
	if (len >= sizeof(digits))
		return fail(json, "is not a whole number of 64 bits");
	memcpy(digits, from, len);
	digits[len] = '\0';
	if (!text_to_int(digits, -INT64_MAX, INT64_MAX, to))
		return fail(json, "is not a whole number of 64 bits");
	return true;
}

static bool
read_time(struct json *json, int64_t *to)
{
	const char *digits;

	if (*json->p != '"') {
		if (!read_int(json, to))
			return fail(json, "is not a time");
		/* Years 1970 to 9999, in seconds. */
		if (*to < 0 || *to > INT64_C(253402300799))
			return fail(json, "is not a time");
		*to *= 1000;
		return true;
	}
	if (!read_text(json, JSON_TEXT_MAX, &digits))
		return false;
	if (!time_parse(digits, strlen(digits), to))
		return fail(json, "is not a time");
	return true;
}

static bool
read_bool(struct json *json, signed char *to)
{
	char c = *json->p;

	if (c != 't' && c != 'f')
		return fail(json, "is not true or false");
	*to = c == 't';
	return word(json, c == 't' ? "true" : "false");
}

/* The struct of a shape with nothing in it. */
static void *
blank(const struct json_shape *shape, void *to)
{
	memset(to, 0, shape->size);
	for (const struct json_field *f = shape->fields; f->name; f++) {
		char *at = (char *)to + f->offset;

		if (f->kind == JSON_INT)
			*(int64_t *)(void *)at = JSON_NO_INT;
		else if (f->kind == JSON_TIME)
			*(int64_t *)(void *)at = TIME_ABSENT;
		else if (f->kind == JSON_BOOL)
			*(signed char *)at = -1;
	}
	return to;
}

static bool
read_item(struct json *json, const struct json_field *field, void *to)
{
	space(json);
	if (json->p == json->end)
		return syntax(json);
	if (field->kind == JSON_TEXTS)
		return read_text(json, field->max ? field->max : JSON_TEXT_MAX,
				 to);
	blank(field->shape, to);
	if (*json->p != '{')
		return fail(json, "is not an object");
	return read_object(json, field->shape, to);
}

static bool
grow(struct json *json, struct json_array *array, size_t width)
{
	size_t count = array->count;
	void *more;

	if (count == JSON_ITEMS_MAX)
		return fail(json, "has more than 10000 items");
	if (count && (count & (count - 1)))
		return true;	/* capacities are powers of two */
	more = arena_alloc(json->arena, (count ? count * 2 : 1) * width);
	if (count)
		memcpy(more, array->items, count * width);
	array->items = more;
	return true;
}

static bool
read_array(struct json *json, const struct json_field *field,
	   struct json_array *array)
{
	size_t width = field->kind == JSON_TEXTS ? sizeof(const char *)
						 : field->shape->size;

	*array = (struct json_array){ 0 };
	if (*json->p != '[')
		return fail(json, "is not a list");
	json->p++;
	if (!enter(json))
		return false;
	space(json);
	while (json->p == json->end || *json->p != ']') {
		if (array->count && !take(json, ','))
			return false;
		if (!grow(json, array, width))
			return false;
		if (!count_value(json) ||
		    !read_item(json, field,
			       (char *)array->items + array->count * width))
			return blame(json, arena_printf(json->arena, "[%zu]",
							array->count));
		array->count++;
		space(json);
	}
	json->p++;
	json->depth--;
	return true;
}

static bool
read_field(struct json *json, const struct json_field *field, void *to)
{
	char *at = (char *)to + field->offset;

	if (json->p == json->end)
		return syntax(json);
	if (is_null(json)) {
		json->p += 4;
		/* A later null takes an earlier value back. */
		if (field->kind == JSON_INT || field->kind == JSON_TIME)
			*(int64_t *)(void *)at = JSON_NO_INT;
		else if (field->kind == JSON_BOOL)
			*(signed char *)at = -1;
		else if (field->kind == JSON_ARRAY || field->kind == JSON_TEXTS)
			*(struct json_array *)(void *)at =
				(struct json_array){ 0 };
		else
			*(void **)(void *)at = NULL;
		return true;
	}
	switch (field->kind) {
	case JSON_TEXT:
		return read_text(json, field->max ? field->max : JSON_TEXT_MAX,
				 (const char **)(void *)at);
	case JSON_INT: return read_int(json, (int64_t *)(void *)at);
	case JSON_TIME: return read_time(json, (int64_t *)(void *)at);
	case JSON_BOOL: return read_bool(json, (signed char *)at);
	case JSON_OBJECT: break;
	case JSON_ARRAY:
	case JSON_TEXTS:
		return read_array(json, field, (struct json_array *)(void *)at);
	}
	if (*json->p != '{')
		return fail(json, "is not an object");
	to = blank(field->shape,
		   arena_alloc(json->arena, field->shape->size));
	*(void **)(void *)at = to;
	return read_object(json, field->shape, to);
}

static const struct json_field *
find_field(const struct json_shape *shape, const char *name, size_t len)
{
	for (const struct json_field *f = shape->fields; f->name; f++)
		if (*f->name == *name && !strncmp(f->name, name, len) &&
		    !f->name[len])
			return f;
	return NULL;
}

static bool
read_member(struct json *json, const struct json_shape *shape, void *to)
{
	const struct json_field *field;
	const char *name;
	size_t len;

	space(json);
	if (!take(json, '"') || !string(json, &name, &len))
		return false;
	field = len ? find_field(shape, name, len) : NULL;
	space(json);
	if (!take(json, ':'))
		return false;
	space(json);
	if (!field)
		return skip(json);
	return (count_value(json) && read_field(json, field, to)) ||
	       blame(json, field->name);
}

static bool
read_object(struct json *json, const struct json_shape *shape, void *to)
{
	bool first = true;

	json->p++;		/* the caller has seen the brace */
	if (!enter(json))
		return false;
	space(json);
	while (json->p == json->end || *json->p != '}') {
		if (!first && !take(json, ','))
			return false;
		if (!read_member(json, shape, to))
			return false;
		first = false;
		space(json);
	}
	json->p++;
	json->depth--;
	return true;
}

void *
json_read(const char *bytes, size_t len, const struct json_shape *shape,
	  struct arena *arena, const char **problem)
{
	struct json json = {
		.start = bytes, .p = bytes, .end = bytes + len, .arena = arena
	};
	void *to = blank(shape, arena_alloc(arena, shape->size));

	space(&json);
	if (json.p == json.end)
		syntax(&json);
	else if (*json.p != '{')
		fail(&json, "is not a JSON object");
	else if (read_object(&json, shape, to)) {
		space(&json);
		if (json.p != json.end)
			syntax(&json);
	}
	text_release(&json.scratch);
	if (!json.problem)
		return to;
	if (json.path)
		*problem = arena_printf(arena, "%s %s%s", json.path,
			strncmp(json.problem, "unexp", 5) ? "" : "has an ",
			json.problem);
	else if (*json.problem == 'i')
		*problem = arena_printf(arena, "the body %s", json.problem);
	else
		*problem = json.problem;
	return NULL;
}
