/*
 * team_checks.c - what a parameter of the program `team` may be.
 */
#include "base.h"

#include "team.h"

static bool
is_made_of(const char *value, size_t min, size_t max, const char *also)
{
	size_t len = strlen(value);

	if (len < min || len > max)
		return false;
	for (const char *p = value; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(also, *p))
			return false;
	return true;
}

static bool
is_one_of(const char *value, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(value, *words))
			return true;
	return false;
}

static const char *
test_role(const char *value)
{
	static const char *const roles[] = {
		"owner", "admin", "manager", "member", "viewer", NULL
	};

	return is_one_of(value, roles) ? NULL
		: "is not owner, admin, manager, member or viewer";
}

/* It stands in the subjects of letters: one line. */
static const char *
test_name(const char *value)
{
	size_t count = 0, visible = 0;

	for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
		if (*p < 0x20)
			return "has a line break or a tab in it";
		count += (*p & 0xc0) != 0x80;
		visible += *p != ' ';
	}
	return count >= 1 && count <= 100 && visible ? NULL
		: "is not of 1 to 100 characters";
}

static const char *
test_slug(const char *value)
{
	size_t len = strlen(value);

	for (const char *p = value; *p; p++)
		if (isupper((unsigned char)*p))
			return "has a capital letter";
	return is_made_of(value, 1, 63, "-") && *value != '-' &&
	       value[len - 1] != '-' ? NULL
		: "is not of 1 to 63 letters, digits and inner hyphens";
}

static const char *
test_time_zone(const char *value)
{
	return is_made_of(value, 1, 64, "_+-/") &&
	       isalpha((unsigned char)*value) ? NULL
		: "is not a time zone like Europe/Berlin";
}

static const char *
test_token(const char *value)
{
	return is_made_of(value, 20, 128, "-_") ? NULL : "is not a token";
}

/* ["3","4"] as json-c writes it. */
static const char *
test_ids(const char *value)
{
	const char *p = value;
	int count = 0;

	if (*p++ != '[')
		return "is not a list of ids";
	p += strspn(p, " ");
	while (*p != ']' && ++count <= 100) {
		size_t digits;

		if (*p++ != '"')
			return "is not a list of ids";
		digits = strspn(p, "0123456789");
		if (!digits || digits > 18 || p[digits] != '"')
			return "is not a list of ids";
		p += digits + 1;
		p += strspn(p, " ");
		if (*p == ',')
			p += 1 + strspn(p + 1, " ");
		else if (*p != ']')
			return "is not a list of ids";
	}
	return count > 100 ? "has more than 100 ids" : NULL;
}

/* U+0000 is JSON, and no text of PostgreSQL's. */
static const char *
test_json(const char *value, char first, const char *message)
{
	if (*value != first)
		return message;
	return strstr(value, "\\u0000") ? "has U+0000 in it" : NULL;
}

static const char *
test_object(const char *value)
{
	return test_json(value, '{', "is not an object");
}

static const char *
test_array(const char *value)
{
	return test_json(value, '[', "is not a list");
}

/* Whether February has it is PostgreSQL's to say, and it does. */
static const char *
test_day(const char *value)
{
	static const int lengths[] = {
		31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	int year, month, day, end = 0;

	if (strlen(value) != 10 ||
	    sscanf(value, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 ||
	    end != 10 || !isdigit((unsigned char)value[5]) ||
	    !isdigit((unsigned char)value[8]) || year < 2000 || year > 2099 ||
	    month < 1 || month > 12 || day < 1 || day > lengths[month - 1] ||
	    (month == 2 && day == 29 && year % 4))
		return "is not a day like 2026-02-28";
	return NULL;
}

static const char *
test_sprint_length(const char *value)
{
	int64_t days;

	return text_to_int(value, 1, 90, &days) ? NULL
		: "is not a number from 1 to 90";
}

static const char *
test_theme(const char *value)
{
	static const char *const themes[] = {
		"system", "light", "dark", NULL
	};

	return is_one_of(value, themes) ? NULL
		: "is not system, light or dark";
}

/* BCP 47: a language and up to three subtags. */
static const char *
test_locale(const char *value)
{
	size_t len = strcspn(value, "-");
	int count = 0;

	if (len < 2 || len > 3 || !islower((unsigned char)value[0]) ||
	    !islower((unsigned char)value[1]) ||
	    (len == 3 && !islower((unsigned char)value[2])))
		return "is not a locale like en or de-CH";
	for (const char *p = value + len; *p; p += len) {
		len = strcspn(++p, "-");
		for (size_t i = 0; i < len; i++)
			if (!isalnum((unsigned char)p[i]))
				return "is not a locale like en or de-CH";
		if (len < 2 || len > 8 || ++count > 3)
			return "is not a locale like en or de-CH";
	}
	return NULL;
}

static const char *
test_person_figures(const char *value)
{
	static const char *const who[] = {
		"managers", "admins", "self", NULL
	};

	return is_one_of(value, who) ? NULL
		: "is not managers, admins or self";
}

static const char *
test_action(const char *value)
{
	return is_made_of(value, 3, 64, ".-") && strchr(value, '.') ? NULL
		: "is not an action like member.removed";
}

static const char *
test_logo_name(const char *value)
{
	return strlen(value) == 32 && strspn(value, "0123456789abcdef") == 32
		? NULL : "is not a logo's name";
}

check is_role = { { test_role, "{\"type\":\"string\",\"enum\":[\"owner\","
	"\"admin\",\"manager\",\"member\",\"viewer\"]}", false } };
check is_name = { { test_name,
	"{\"type\":\"string\",\"minLength\":1,\"maxLength\":100}", false } };
check is_slug = { { test_slug, "{\"type\":\"string\",\"pattern\":"
	"\"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$\"}", false } };
check is_time_zone = { { test_time_zone,
	"{\"type\":\"string\",\"maxLength\":64}", false } };
check is_token = { { test_token, "{\"type\":\"string\",\"pattern\":"
	"\"^[A-Za-z0-9_-]{20,128}$\"}", false } };
check is_ids = { { test_ids, "{\"type\":\"array\",\"maxItems\":100,"
	"\"items\":{\"type\":\"string\",\"pattern\":\"^[0-9]{1,18}$\"}}",
	true } };
check is_object = { { test_object, "{\"type\":\"object\"}", true } };
check is_array = { { test_array, "{\"type\":\"array\",\"items\":"
	"{\"type\":\"string\"}}", true } };
check is_day = { { test_day, "{\"type\":\"string\",\"format\":\"date\"}",
	false } };
check is_sprint_length = { { test_sprint_length,
	"{\"type\":\"integer\",\"minimum\":1,\"maximum\":90}", false } };
check is_theme = { { test_theme, "{\"type\":\"string\",\"enum\":[\"system\","
	"\"light\",\"dark\"]}", false } };
check is_locale = { { test_locale, "{\"type\":\"string\",\"pattern\":"
	"\"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$\"}", false } };
check is_person_figures = { { test_person_figures, "{\"type\":\"string\","
	"\"enum\":[\"managers\",\"admins\",\"self\"]}", false } };
check is_action = { { test_action, "{\"type\":\"string\",\"pattern\":"
	"\"^[a-z-]+[.][a-z-]+$\"}", false } };
check is_logo_name = { { test_logo_name,
	"{\"type\":\"string\",\"pattern\":\"^[0-9a-f]{32}$\"}", false } };
