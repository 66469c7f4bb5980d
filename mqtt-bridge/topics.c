/*
 * topics.c - what a room is on the wire, and back.
 */
#include "topics.h"

#include "text.h"

static const struct stream streams[] = {
	{ "event", 1, false },
	{ "anomaly", 1, false },
	{ "notice", 1, false },
	{ "risk", 1, true },
	{ "sync", 1, true },
	{ "job", 1, true },
	{ "presence", 1, true },
};

static const char *const kinds[] = {
	[ROOM_TEAM] = "team", [ROOM_REPO] = "repo", [ROOM_USER] = "user",
	[ROOM_ORG] = "org",
};

const struct stream *
find_stream(const char *name)
{
	for (size_t i = 0; i < COUNT(streams); i++)
		if (!strcmp(streams[i].name, name))
			return streams + i;
	return NULL;
}

static bool
find_kind(const char *name, size_t len, enum room_kind *kind)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strlen(kinds[i]) == len && !memcmp(kinds[i], name, len)) {
			*kind = (enum room_kind)i;
			return true;
		}
	return false;
}

/* Digits up to `end`, without a sign or a leading zero. */
static bool
take_id(const char **p, char end, int64_t *id)
{
	char digits[20];
	size_t len = strspn(*p, "0123456789");

	if (!len || len > 18 || **p == '0' || (*p)[len] != end)
		return false;
	memcpy(digits, *p, len);
	digits[len] = '\0';
	*p += len + (end != '\0');
	return text_to_int(digits, 1, INT64_MAX, id);
}

bool
topic_of_room(int64_t org, const char *room, const char *stream,
	      char to[TOPIC_MAX])
{
	size_t len = strcspn(room, ":");
	enum room_kind kind;
	const char *p = room + len + 1;
	int64_t id;

	if (!room[len] || !find_kind(room, len, &kind) ||
	    !take_id(&p, '\0', &id))
		return false;
	snprintf(to, TOPIC_MAX, "pulse/%" PRId64 "/%s/%" PRId64 "/%s", org,
		 kinds[kind], id, stream);
	return true;
}

bool
topic_parse(const char *string, struct topic *topic)
{
	const char *p = string;
	size_t len;

	if (strncmp(p, "pulse/", 6))
		return false;
	p += 6;
	if (!take_id(&p, '/', &topic->org))
		return false;
	len = strcspn(p, "/");
	if (!p[len] || !find_kind(p, len, &topic->kind))
		return false;
	p += len + 1;
	if (!take_id(&p, '/', &topic->id))
		return false;
	topic->stream = p;
	return !strcmp(p, "#") || find_stream(p) != NULL;
}
