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

/* "b" or "a" (before, after), the moment in ms, "-", the event's id. */
static const char *
test_cursor(const char *value)
{
	const char *dash = strchr(value, '-');
	char *end;

	if (strlen(value) > 48 || (*value != 'a' && *value != 'b') || !dash ||
	    !isdigit((unsigned char)value[1]) ||
	    !isdigit((unsigned char)dash[1]))
		return "is not a cursor of this list";
	errno = 0;
	if (strtoll(value + 1, &end, 10) < 0 || end != dash || errno)
		return "is not a cursor of this list";
	if (strtoll(dash + 1, &end, 10) < 0 || *end || errno)
		return "is not a cursor of this list";
	return NULL;
}

static const char *
test_moment(const char *value)
{
	int64_t moment;

	return time_parse(value, strlen(value), &moment) ? NULL
		: "is not a moment like 2026-02-07T10:15:00Z";
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

/* team:7,repo:12: at most 50 of them. */
static const char *
test_rooms(const char *value)
{
	int count = 0;

	while (*value) {
		size_t len = strcspn(value, ","), kind = strcspn(value, ":");
		size_t digits = kind < len ? len - kind - 1 : 0;

		if (++count > 50)
			return "names more than 50 rooms";
		if (!(kind == 4 && (!strncmp(value, "team", 4) ||
				    !strncmp(value, "repo", 4) ||
				    !strncmp(value, "user", 4))) &&
		    !(kind == 3 && !strncmp(value, "org", 3)))
			return "names a room that is not team:<id>, repo:<id>,"
			       " user:<id> or org:<id>";
		if (digits < 1 || digits > 18 ||
		    strspn(value + kind + 1, "0123456789") < digits)
			return "names a room without an id";
		value += len + (value[len] == ',');
	}
	return NULL;
}

check is_text = { { test_text, "{\"type\":\"string\",\"maxLength\":1000}" } };
check is_id = { { test_id,
	"{\"type\":\"string\",\"pattern\":\"^[1-9][0-9]{0,18}$\"}" } };
check is_event_id = { { test_event_id,
	"{\"type\":\"string\",\"pattern\":\"^[0-9]{1,19}$\"}" } };
check is_limit = { { test_limit,
	"{\"type\":\"integer\",\"minimum\":1,\"maximum\":100}" } };
check is_cursor = { { test_cursor,
	"{\"type\":\"string\",\"pattern\":\"^[ab][0-9]+-[0-9]+$\"}" } };
check is_moment = { { test_moment,
	"{\"type\":\"string\",\"format\":\"date-time\"}" } };
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
	"{\"type\":\"string\",\"pattern\":\"^(team|repo|user|org):[0-9]+"
	"(,(team|repo|user|org):[0-9]+)*$\"}" } };
