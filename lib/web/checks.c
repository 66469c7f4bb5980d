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

static size_t
characters(const char *value)
{
	size_t count = 0;

	for (; *value; value++)
		count += ((unsigned char)*value & 0xc0) != 0x80;
	return count;
}

/* The length first: nobody counts a megabyte. */
static const char *
test_new_password(const char *value)
{
	return strlen(value) <= 1024 && characters(value) >= 12 ? NULL
		: "is not of 12 characters to 1024 bytes";
}

static const char *
test_title(const char *value)
{
	size_t count = strlen(value) <= 400 ? characters(value) : 0;

	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return "has a control character";
	return count >= 1 && count <= 100 && value[strspn(value, " ")] ? NULL
		: "is not of 1 to 100 characters";
}

#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
	"0123456789-_"

static const char *
test_secret(const char *value)
{
	return strlen(value) == 43 && strspn(value, BASE64URL) == 43 ? NULL
		: "is not what stands in the link";
}

static const char *
test_yes(const char *value)
{
	return strcmp(value, "true") && strcmp(value, "false")
		? "is neither true nor false" : NULL;
}

static const char *
test_session(const char *value)
{
	size_t i = 0;

	for (; value[i] && i < 36; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23
		    ? value[i] != '-' : !strchr("0123456789abcdef", value[i]))
			break;
	return i == 36 && !value[i] ? NULL : "is not a session's id";
}

/* An address of our own page: a browser takes "//host" and "/\host" as
 * another site's. */
static const char *
test_path(const char *value)
{
	if (strlen(value) > 500 || *value != '/' || value[1] == '/')
		return "is not an address of this page";
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p <= 0x20 || *p == 0x7f || *p == '\\')
			return "is not an address of this page";
	return NULL;
}

static const char *
test_token_scopes(const char *value)
{
	static const char *const words[] = {
		"\"read\"", "\"write\"", "\"live\""
	};
	unsigned seen = 0;

	for (char before = '['; *value++ == before; before = ',') {
		for (unsigned i = 0; i < COUNT(words); i++) {
			size_t len = strlen(words[i]);

			if (strncmp(value, words[i], len) || seen & 1u << i)
				continue;
			seen |= 1u << i;
			value += len;
			break;
		}
		if (!strcmp(value, "]") && seen)
			return NULL;
	}
	return "is not a list of read, write, live";
}

static const char *
test_token_days(const char *value)
{
	return number_between(value, 1, 366, "is not a number from 1 to 366");
}

/* Eight letters that are not taken for others, and perhaps a dash. */
static const char *
test_user_code(const char *value)
{
	size_t letters = 0;

	for (; *value; value++)
		if (strchr("BCDFGHJKLMNPQRSTVWXZbcdfghjklmnpqrstvwxz", *value))
			letters++;
		else if (*value != '-' || letters != 4)
			return "is not a code like BCDF-GHJK";
	return letters == 8 ? NULL : "is not a code like BCDF-GHJK";
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
check is_new_password = { { test_new_password,
	"{\"type\":\"string\",\"minLength\":12,\"maxLength\":1024}" } };
check is_title = { { test_title,
	"{\"type\":\"string\",\"minLength\":1,\"maxLength\":100}" } };
check is_secret = { { test_secret,
	"{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{43}$\"}" } };
check is_yes = { { test_yes, "{\"type\":\"boolean\"}" } };
check is_session = { { test_session,
	"{\"type\":\"string\",\"format\":\"uuid\"}" } };
check is_path = { { test_path,
	"{\"type\":\"string\",\"pattern\":\"^/([^/]|$)\",\"maxLength\":500}"
	} };
check is_token_scopes = { { test_token_scopes,
	"{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"read\","
	"\"write\",\"live\"]},\"minItems\":1,\"uniqueItems\":true}",
	true } };
check is_token_days = { { test_token_days,
	"{\"type\":\"integer\",\"minimum\":1,\"maximum\":366}" } };
check is_user_code = { { test_user_code,
	"{\"type\":\"string\",\"pattern\":\"^[A-Za-z]{4}-?[A-Za-z]{4}$\"}" } };
check is_login = { { test_login,
	"{\"type\":\"string\",\"maxLength\":255}" } };
check is_event_type = { { test_event_type,
	"{\"type\":\"string\",\"enum\":[\"commit\",\"pull_request\","
	"\"review\",\"comment\",\"issue\",\"deployment\",\"release\","
	"\"build\",\"ref\",\"repository\",\"member\",\"installation\"]}" } };
check is_rooms = { { test_rooms,
	"{\"type\":\"string\",\"pattern\":\"^(team|repo|user|org):[1-9]"
	"[0-9]{0,17}(,(team|repo|user|org):[1-9][0-9]{0,17})*$\"}" } };
