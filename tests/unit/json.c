/*
 * json.c - the JSON reader: what it takes, what it refuses, and in what words.
 */
#include "json.h"

#include "clock.h"
#include "tap.h"

struct inner {
	const char *name;
	int64_t id;
};

struct outer {
	const char *text;
	int64_t number, at;
	signed char flag;
	struct inner *inner;
	struct json_array list, words;
};

static const struct json_field inner_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct inner, name) },
	{ "id", JSON_INT, offsetof(struct inner, id) },
	{ NULL }
};
static const struct json_shape inner_shape = {
	inner_fields, sizeof(struct inner)
};
static const struct json_field outer_fields[] = {
	{ "text", JSON_TEXT, offsetof(struct outer, text), NULL, 8 },
	{ "number", JSON_INT, offsetof(struct outer, number) },
	{ "at", JSON_TIME, offsetof(struct outer, at) },
	{ "flag", JSON_BOOL, offsetof(struct outer, flag) },
	{ "inner", JSON_OBJECT, offsetof(struct outer, inner), &inner_shape },
	{ "list", JSON_ARRAY, offsetof(struct outer, list), &inner_shape },
	{ "words", JSON_TEXTS, offsetof(struct outer, words) },
	{ NULL }
};
static const struct json_shape outer_shape = {
	outer_fields, sizeof(struct outer)
};

static struct arena arena;
static const char *problem;

static struct outer *
take(const char *json)
{
	problem = NULL;
	return json_read(json, strlen(json), &outer_shape, &arena, &problem);
}

static void
refuses(const char *json, const char *words, const char *sentence)
{
	ok(!take(json), sentence);
	is(problem, words, "… and says so");
}

static void
test_values(void)
{
	struct outer *o = take("{\"x\":[1,{\"y\":null}],\"text\":\"a\\u00e9b\","
		"\"number\":-12,\"at\":\"2026-02-07T10:15:00+02:00\","
		"\"flag\":true,\"inner\":{\"name\":\"n\",\"id\":3},"
		"\"list\":[{\"id\":1},{\"id\":2},{\"id\":3}],"
		"\"words\":[\"p\",\"q\"]} ");

	ok(o != NULL, "a document with everything is read");
	if (!o)
		return;
	is(o->text, "a\xc3\xa9" "b", "escapes become UTF-8");
	is_int(o->number, -12, "a negative number is read");
	is_int(o->at, INT64_C(1770452100000), "a time with an offset is UTC");
	ok(o->flag == 1, "a flag is read");
	is(o->inner->name, "n", "an object within is read");
	is_int((int64_t)o->list.count, 3, "a list has its length");
	is_int(((struct inner *)o->list.items)[2].id, 3,
	       "the items of a list are in order");
	is(((const char **)o->words.items)[1], "q", "a list of texts is read");
}

static void
test_absence(void)
{
	struct outer *o = take("{}");

	ok(o && !o->text && o->number == JSON_NO_INT && o->at == TIME_ABSENT &&
	   o->flag == -1 && !o->inner && !o->list.count,
	   "what is absent is told apart from what is empty");
	o = take("{\"text\":\"x\",\"text\":null,\"number\":1,\"number\":null}");
	ok(o && !o->text && o->number == JSON_NO_INT,
	   "of two members the last counts, null too");
}

static void
test_text(void)
{
	struct outer *o = take("{\"text\":\"\\ud83d\\ude00\"}");

	is(o ? o->text : NULL, "\xf0\x9f\x98\x80", "a surrogate pair is one "
	   "character");
	o = take("{\"text\":\"\\ud83dx\"}");
	is(o ? o->text : NULL, "\xef\xbf\xbdx",
	   "a lone surrogate is replaced");
	o = take("{\"text\":\"a\\u0000b\"}");
	is(o ? o->text : NULL, "ab", "U+0000 is dropped");
	o = take("{\"text\":\"a\xff" "b\"}");
	is(o ? o->text : NULL, "a\xef\xbf\xbd" "b",
	   "broken UTF-8 is replaced");
	o = take("{\"text\":\"1234567\xc3\xa9\"}");
	is(o ? o->text : NULL, "1234567", "text is cut between characters");
	o = take("{\"text\":42}");
	is(o ? o->text : NULL, "42", "a number where text is wanted is its "
	   "digits");
	o = take("{\"te\\u0078t\":\"x\"}");
	is(o ? o->text : NULL, "x", "a name may be escaped");
}

static void
test_refusals(void)
{
	refuses("", "unexpected end at byte 0", "an empty body is refused");
	refuses("[]", "the body is not a JSON object", "a list is refused");
	refuses("{\"number\":1", "unexpected end at byte 11",
		"a cut document is refused");
	refuses("{\"number\":\"1\"}", "number is not a whole number",
		"text for a number is refused by name");
	refuses("{\"number\":1.5}", "number is not a whole number of 64 bits",
		"a fraction is refused");
	refuses("{\"number\":99999999999999999999}",
		"number is not a whole number of 64 bits",
		"a number too large is refused");
	refuses("{\"at\":\"yesterday\"}", "at is not a time",
		"a time in words is refused");
	refuses("{\"flag\":1}", "flag is not true or false",
		"a number for a flag is refused");
	refuses("{\"inner\":[]}", "inner is not an object",
		"a list for an object is refused");
	refuses("{\"list\":[{\"id\":1},{\"id\":\"x\"}]}",
		"list[1].id is not a whole number",
		"the place of a mistake is told");
	refuses("{}x", "unexpected character at byte 2",
		"something behind the document is refused");
	refuses("{\"x\":01}", "unexpected character at byte 6",
		"a leading zero is refused, even where nobody looks");
	refuses("{\"x\":\"a\nb\"}", "unexpected character at byte 7",
		"a control character in text is refused");
}

static void
test_limits(void)
{
	size_t len = 25 << 20;
	char *big = xmalloc(len);
	struct arena own = { 0 };

	memset(big, '[', len);
	memcpy(big, "{\"x\":", 5);
	ok(!json_read(big, len, &outer_shape, &own, &problem),
	   "25 MB of [ are refused");
	is(problem, "nested deeper than 64 levels", "… for their depth");
	for (size_t i = 0; i + 3 <= len; i += 3)
		memcpy(big + i, "{},", 3);
	memcpy(big, "{\"x\":[", 6);
	ok(!json_read(big, len, &outer_shape, &own, &problem),
	   "25 MB of {} are refused");
	is(problem, "more than 2000000 values", "… for their number");
	ok(own.total < 65536, "and took next to no memory");
	arena_release(&own);
	free(big);
}

int
main(void)
{
	test_values();
	test_absence();
	test_text();
	test_refusals();
	test_limits();
	arena_release(&arena);
	return done();
}
