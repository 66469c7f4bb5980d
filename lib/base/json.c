/*
 * json.c - read a JSON document into C structs, without a tree.
 *
 * read_object() walks an object's members and either stores each or has it
 * skipped (json_scan.h). On the way up from a failure each level puts its own
 * name before the path.
 */
#include "json.h"

#include "clock.h"
#include "json_scan.h"

static bool read_object(struct scan *json, const struct json_shape *shape,
			void *to);

/* Put the name of the member or the number of the item before the path. */
static bool
blame(struct scan *json, const char *name)
{
	if (!json->path)
		json->path = name;
	else
		json->path = arena_printf(json->arena, "%s%s%s", name,
			*json->path == '[' ? "" : ".", json->path);
	return false;
}

static bool
is_null(struct scan *json)
{
	return json->end - json->p >= 4 && !memcmp(json->p, "null", 4);
}

static bool
read_text(struct scan *json, size_t max, const char **to)
{
	const char *from = json->p;
	char *clean;
	size_t len;

	if (*from == '"') {
		json->p++;
		if (!scan_string(json, &from, &len))
			return false;
	} else if (*from == '-' || isdigit((unsigned char)*from)) {
		if (!scan_number(json))
			return false;
		len = (size_t)(json->p - from);
	} else {
		return scan_fail(json, "is not text");
	}
	clean = arena_alloc(json->arena, (len * 3 < max ? len * 3 : max) + 1);
	text_clean(clean, from, len, max);
	*to = clean;
	return true;
}

/* The number at json->p as a whole one: no fraction, no exponent. */
static bool
read_int(struct scan *json, int64_t *to)
{
	const char *from = json->p;
	char digits[24];
	size_t len;

	if (*from != '-' && !isdigit((unsigned char)*from))
		return scan_fail(json, "is not a whole number");
	if (!scan_number(json))
		return false;
	len = (size_t)(json->p - from);
	if (len >= sizeof(digits))
		return scan_fail(json, "is not a whole number of 64 bits");
	memcpy(digits, from, len);
	digits[len] = '\0';
	if (!text_to_int(digits, -INT64_MAX, INT64_MAX, to))
		return scan_fail(json, "is not a whole number of 64 bits");
	return true;
}

static bool
read_time(struct scan *json, int64_t *to)
{
	const char *digits;

	if (*json->p != '"') {
		if (!read_int(json, to))
			return scan_fail(json, "is not a time");
		/* Years 1970 to 9999, in seconds. */
		if (*to < 0 || *to > INT64_C(253402300799))
			return scan_fail(json, "is not a time");
		*to *= 1000;
		return true;
	}
	if (!read_text(json, JSON_TEXT_MAX, &digits))
		return false;
	if (!time_parse(digits, strlen(digits), to))
		return scan_fail(json, "is not a time");
	return true;
}

static bool
read_bool(struct scan *json, signed char *to)
{
	char c = *json->p;

	if (c != 't' && c != 'f')
		return scan_fail(json, "is not true or false");
	*to = c == 't';
	return scan_word(json, c == 't' ? "true" : "false");
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
read_span(struct scan *json, struct json_span *to)
{
	to->bytes = json->p;
	if (!scan_skip(json))
		return false;
	to->len = (size_t)(json->p - to->bytes);
	return true;
}

static bool
read_item(struct scan *json, const struct json_field *field, void *to)
{
	scan_space(json);
	if (json->p == json->end)
		return scan_syntax(json);
	if (field->kind == JSON_TEXTS)
		return read_text(json, field->max ? field->max : JSON_TEXT_MAX,
				 to);
	if (field->kind == JSON_SPANS)
		return read_span(json, to);
	blank(field->shape, to);
	if (*json->p != '{')
		return scan_fail(json, "is not an object");
	return read_object(json, field->shape, to);
}

static bool
grow(struct scan *json, struct json_array *array, size_t width)
{
	size_t count = array->count;
	void *more;

	if (count == JSON_ITEMS_MAX)
		return scan_fail(json, "has more than 10000 items");
	if (count && (count & (count - 1)))
		return true;	/* capacities are powers of two */
	more = arena_alloc(json->arena, (count ? count * 2 : 1) * width);
	if (count)
		memcpy(more, array->items, count * width);
	array->items = more;
	return true;
}

static bool
read_array(struct scan *json, const struct json_field *field,
	   struct json_array *array)
{
	size_t width = field->kind == JSON_TEXTS ? sizeof(const char *)
		: field->kind == JSON_SPANS ? sizeof(struct json_span)
		: field->shape->size;

	*array = (struct json_array){ 0 };
	if (*json->p != '[')
		return scan_fail(json, "is not a list");
	json->p++;
	if (!scan_enter(json))
		return false;
	scan_space(json);
	while (json->p == json->end || *json->p != ']') {
		if (array->count && !scan_take(json, ','))
			return false;
		if (!grow(json, array, width))
			return false;
		if (!scan_count(json) ||
		    !read_item(json, field,
			       (char *)array->items + array->count * width))
			return blame(json, arena_printf(json->arena, "[%zu]",
							array->count));
		array->count++;
		scan_space(json);
	}
	json->p++;
	json->depth--;
	return true;
}

static bool
read_field(struct scan *json, const struct json_field *field, void *to)
{
	char *at = (char *)to + field->offset;

	if (json->p == json->end)
		return scan_syntax(json);
	if (is_null(json)) {
		json->p += 4;
		/* A later null takes an earlier value back. */
		if (field->kind == JSON_INT || field->kind == JSON_TIME)
			*(int64_t *)(void *)at = JSON_NO_INT;
		else if (field->kind == JSON_BOOL)
			*(signed char *)at = -1;
		else if (field->kind == JSON_ARRAY ||
			 field->kind == JSON_TEXTS || field->kind == JSON_SPANS)
			*(struct json_array *)(void *)at =
				(struct json_array){ 0 };
		else if (field->kind == JSON_SPAN)
			*(struct json_span *)(void *)at =
				(struct json_span){ 0 };
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
	case JSON_SPAN:
		return read_span(json, (struct json_span *)(void *)at);
	case JSON_OBJECT: break;
	case JSON_ARRAY:
	case JSON_TEXTS:
	case JSON_SPANS:
		return read_array(json, field, (struct json_array *)(void *)at);
	}
	if (*json->p != '{')
		return scan_fail(json, "is not an object");
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
read_member(struct scan *json, const struct json_shape *shape, void *to)
{
	const struct json_field *field;
	const char *name;
	size_t len;

	scan_space(json);
	if (!scan_take(json, '"') || !scan_string(json, &name, &len))
		return false;
	field = len ? find_field(shape, name, len) : NULL;
	scan_space(json);
	if (!scan_take(json, ':'))
		return false;
	scan_space(json);
	if (!field)
		return scan_skip(json);
	return (scan_count(json) && read_field(json, field, to)) ||
	       blame(json, field->name);
}

static bool
read_object(struct scan *json, const struct json_shape *shape, void *to)
{
	bool first = true;

	json->p++;		/* the caller has seen the brace */
	if (!scan_enter(json))
		return false;
	scan_space(json);
	while (json->p == json->end || *json->p != '}') {
		if (!first && !scan_take(json, ','))
			return false;
		if (!read_member(json, shape, to))
			return false;
		first = false;
		scan_space(json);
	}
	json->p++;
	json->depth--;
	return true;
}

void *
json_read(const char *bytes, size_t len, const struct json_shape *shape,
	  struct arena *arena, const char **problem)
{
	struct scan json = {
		.start = bytes, .p = bytes, .end = bytes + len, .arena = arena
	};
	void *to = blank(shape, arena_alloc(arena, shape->size));

	scan_space(&json);
	if (json.p == json.end)
		scan_syntax(&json);
	else if (*json.p != '{')
		scan_fail(&json, "is not a JSON object");
	else if (read_object(&json, shape, to)) {
		scan_space(&json);
		if (json.p != json.end)
			scan_syntax(&json);
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
