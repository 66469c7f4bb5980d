/*
 * checks.c - what a parameter may be.
 *
 * Each check has two sides that a test keeps together: the function, and the
 * JSON Schema that the API description shows.
 */
#include "clock.h"
#include "text.h"
#include "web.h"

static const char *
number_between(const char *value, int64_t min, int64_t max,
	       const char *message)
{
	int64_t number;

	return text_to_int(value, min, max, &number) ? NULL : message;
}

static const char *
test_text(const char *value)
{
	return strlen(value) <= 1000 ? NULL : "is longer than 1000 bytes";
}

static const char *
test_id(const char *value)
{
	return number_between(value, 1, INT64_MAX, "is not an id");
}

static const char *
test_event_id(const char *value)
{
	return number_between(value, 0, INT64_MAX, "is not an event's id");
}

static const char *
test_limit(const char *value)
{
	return number_between(value, 1, 100, "is not a number from 1 to 100");
}

/* The moments that four digits of a year can say: 0001 to 9999. */
#define FIRST_MOMENT INT64_C(-62135596800000)
#define LAST_MOMENT INT64_C(253402300799999)

/* "b" or "a" (before, after), the moment in ms, "-", the event's id. A moment
 * before 1970 has a minus of its own. */
static const char *
test_cursor(const char *value)
{
	const char *dash = *value && value[1] ? strchr(value + 2, '-') : NULL;
	char moment[24];
	int64_t number;

	if ((*value != 'a' && *value != 'b') || !dash ||
	    (size_t)(dash - value) > sizeof(moment))
		return "is not a cursor of this list";
	snprintf(moment, sizeof(moment), "%.*s", (int)(dash - value - 1),
		 value + 1);
	if (!text_to_int(moment, FIRST_MOMENT, LAST_MOMENT, &number) ||
	    !text_to_int(dash + 1, 0, INT64_MAX, &number))
		return "is not a cursor of this list";
	return NULL;
}

/* Stricter than time_parse(), which also reads what git wrote: PostgreSQL
 * takes no offset of 16 hours and more, no fraction of a leap second and no
 * endless one. */
static const char *
test_moment(const char *value)
{
	size_t len = strlen(value);
	const char *zone = len > 10 ? strpbrk(value + 10, "+-") : NULL;
	int64_t moment;

	if (len > 35 || !time_parse(value, len, &moment) ||
	    !strncmp(value + 17, "60.", 3))
		return "is not a moment like 2026-02-07T10:15:00Z";
	if (zone && strtol(zone + 1, NULL, 10) / (strlen(zone) == 5 ? 100 : 1)
	    > 15)
		return "is more than 15:59 from Greenwich";
	return NULL;
}

static const char *
test_email(const char *value)
{
	const char *at = strchr(value, '@');
	size_t len = strlen(value);

	if (len > 254 || !at || at == value || !at[1] || strchr(at + 1, '@') ||
	    strcspn(value, " \t\r\n\"<>,;") != len)
		return "is not an e-mail address";
	return NULL;
}

static const char *
test_password(const char *value)
{
	size_t len = strlen(value);

	return len >= 1 && len <= 1024 ? NULL
		: "is not of 1 to 1024 characters";
}

static const char *
test_login(const char *value)
{
	return strlen(value) <= 255 ? NULL : "is longer than 255 bytes";
}

static const char *
test_event_type(const char *value)
{
	static const char *const types[] = {
		"commit", "pull_request", "review", "comment", "issue",
		"deployment", "release", "build", "ref", "repository",
		"member", "installation",
	};

	for (size_t i = 0; i < COUNT(types); i++)
		if (!strcmp(value, types[i]))
			return NULL;
	return "is not a type of event";
}

/* The length of a room's name at the front of value; 0: it is none. An id is
 * written as we write it: team:007 would be seen as team 7's, and hear
 * nothing. */
static size_t
room_length(const char *value)
{
	static const char *const kinds[] = {
		"team:", "repo:", "user:", "org:"
	};
	size_t len = strcspn(value, ","), digits;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		size_t kind = strlen(kinds[i]);

		if (strncmp(value, kinds[i], kind))
			continue;
		digits = strspn(value + kind, "0123456789");
		return digits && digits <= 18 && kind + digits == len &&
		       value[kind] != '0' ? len : 0;
	}
	return 0;
}

/* Does the name stand in the list before itself? */
static bool
named_before(const char *list, const char *name, size_t len)
{
	for (const char *p = list; p < name; p += strcspn(p, ",") + 1)
		if (strcspn(p, ",") == len && !strncmp(p, name, len))
			return true;
	return false;
}

/* team:7,repo:12: at most 50 of them. */
static const char *
test_rooms(const char *value)
{
	const char *p = value;

	for (int count = 1; ; count++) {
		size_t len = room_length(p);

		if (count > 50)
			return "names more than 50 rooms";
		if (!len)
			return "names a room that is not team:<id>, repo:<id>,"
			       " user:<id> or org:<id>";
		if (named_before(value, p, len))
			return "names a room twice";
		if (!p[len])
			return NULL;
		p += len + 1;
	}
}

check is_text = { { test_text, "{\"type\":\"string\",\"maxLength\":1000}" } };
check is_id = { { test_id,
	"{\"type\":\"string\",\"pattern\":\"^[1-9][0-9]{0,18}$\"}" } };
check is_event_id = { { test_event_id,
	"{\"type\":\"string\",\"pattern\":\"^[0-9]{1,19}$\"}" } };
check is_limit = { { test_limit,
	"{\"type\":\"integer\",\"minimum\":1,\"maximum\":100}" } };
check is_cursor = { { test_cursor,
	"{\"type\":\"string\",\"pattern\":\"^[ab]-?[0-9]{1,15}-"
	"[0-9]{1,19}$\"}" } };
check is_moment = { { test_moment,
	"{\"type\":\"string\",\"format\":\"date-time\",\"maxLength\":35}" } };
check is_email = { { test_email,
	"{\"type\":\"string\",\"format\":\"email\",\"maxLength\":254}" } };
check is_password = { { test_password,
	"{\"type\":\"string\",\"minLength\":1,\"maxLength\":1024}" } };
check is_login = { { test_login,
	"{\"type\":\"string\",\"maxLength\":255}" } };
check is_event_type = { { test_event_type,
	"{\"type\":\"string\",\"enum\":[\"commit\",\"pull_request\","
	"\"review\",\"comment\",\"issue\",\"deployment\",\"release\","
	"\"build\",\"ref\",\"repository\",\"member\",\"installation\"]}" } };
check is_rooms = { { test_rooms,
	"{\"type\":\"string\",\"pattern\":\"^(team|repo|user|org):[1-9]"
	"[0-9]{0,17}(,(team|repo|user|org):[1-9][0-9]{0,17})*$\"}" } };
