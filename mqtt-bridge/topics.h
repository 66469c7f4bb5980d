/*
 * topics.h - what a room is on the wire, and back.
 *
 * A room "team:7" of organisation 3 is the topics pulse/3/team/7/<stream>; a
 * browser subscribes to pulse/3/team/7/#. To rename a topic, change this file
 * and add_room() in fcgi/activity.c.
 */
#ifndef PULSE_TOPICS_H
#define PULSE_TOPICS_H

#include "base.h"

#define CONTROL_TOPIC "$CONTROL/pulse/v1"
#define TOPIC_MAX 160

enum room_kind { ROOM_TEAM, ROOM_REPO, ROOM_USER, ROOM_ORG };

struct topic {
	int64_t org, id;
	enum room_kind kind;
	const char *stream;	/* within the string; "#" in a filter */
};

/* Streams and how they are sent (docs/live.md). */
struct stream {
	const char *name;
	int qos;
	bool retain;
};
const struct stream *find_stream(const char *name);

/* The topic of a room and stream. False if the room is none. */
bool topic_of_room(int64_t org, const char *room, const char *stream,
		   char to[TOPIC_MAX]);

/* Take a topic or filter apart. Only the very form above is one: no wildcard
 * but a last "#", no level more or less. */
bool topic_parse(const char *string, struct topic *topic);

#endif
