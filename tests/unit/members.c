/*
 * members.c - who may see which room, and what a topic is.
 */
#include "members.h"

#include "tap.h"

#define NOW 1000000

static struct members *members;

static bool
may(int64_t org, int64_t user, const char *topic, enum access access)
{
	struct identity who = { .user = user, .org = org,
		.session = "11111111-1111-1111-1111-111111111111" };

	return members_may(members, &who, topic, access, NOW);
}

static void
test_topics(void)
{
	struct topic topic;
	char text[TOPIC_MAX];

	ok(topic_of_room(3, "team:7", "event", text), "a room has a topic");
	is(text, "pulse/3/team/7/event", "and this is it");
	ok(topic_parse(text, &topic) && topic.org == 3 && topic.id == 7 &&
	   topic.kind == ROOM_TEAM, "a topic says its room");
	ok(!topic_of_room(3, "team:", "event", text), "a room has an id");
	ok(!topic_of_room(3, "team:+", "event", text), "and no wildcard");
	static const char *const none[] = {
		"#", "+", "pulse/#", "pulse/+/team/7/#", "pulse/3/#",
		"pulse/3/team/#", "pulse/3/team/+/event", "pulse/3/team/7",
		"pulse/3/team/7/", "pulse/3/team/7/event/x", "pulse/3/team/7/+",
		"pulse/3/team/07/#", "pulse/03/team/7/#", "/pulse/3/team/7/#",
		"pulse/3/teams/7/#", "pulse/3/team/-7/#", "$SYS/#",
		"$share/g/pulse/3/team/7/#", "pulse/3/team/7/other", "",
		"pulse/99999999999999999999/team/7/#",
	};

	for (size_t i = 0; i < COUNT(none); i++) {
		char sentence[128];

		snprintf(sentence, sizeof(sentence), "\"%s\" is no topic",
			 none[i]);
		ok(!topic_parse(none[i], &topic), sentence);
	}
}

static void
test_before(void)
{
	members = members_new();
	ok(!may(3, 12, "pulse/3/user/12/event", MAY_READ),
	   "before the first generation nobody sees anything");
	members_take(members, "BEGIN 1", NOW);
	members_take(members, "U 3 12 0 4,5 9", NOW);
	members_take(members, "U 3 13 1 - -", NOW);
	members_take(members, "U 8 12 0 4 -", NOW);
	members_take(members, "T 3 4 20,21", NOW);
	members_take(members, "T 8 4 30", NOW);
	ok(!may(3, 12, "pulse/3/team/4/event", MAY_READ),
	   "nor while it is being told");
	ok(members_take(members, "END 1", NOW), "a generation ends");
}

static void
test_rights(void)
{
	ok(may(3, 12, "pulse/3/team/4/event", MAY_READ), "own team: yes");
	ok(may(3, 12, "pulse/3/team/4/#", MAY_SUBSCRIBE),
	   "own team's filter: yes");
	ok(!may(3, 12, "pulse/3/team/6/event", MAY_READ), "other team: no");
	ok(may(3, 12, "pulse/3/repo/20/event", MAY_READ),
	   "repository of an own team: yes");
	ok(may(3, 12, "pulse/3/repo/9/event", MAY_READ),
	   "repository that he connected: yes");
	ok(!may(3, 12, "pulse/3/repo/30/event", MAY_READ),
	   "repository of another organisation's team of the same id: no");
	ok(may(3, 12, "pulse/3/user/12/notice", MAY_READ), "himself: yes");
	ok(!may(3, 12, "pulse/3/user/13/notice", MAY_READ), "others: no");
	ok(!may(3, 12, "pulse/3/org/3/job", MAY_READ),
	   "the organisation's room: not for a member");
	ok(may(3, 13, "pulse/3/org/3/job", MAY_READ),
	   "the organisation's room: for an admin");
	ok(may(3, 13, "pulse/3/team/6/event", MAY_READ),
	   "an admin sees every team");
	ok(!may(3, 13, "pulse/3/org/8/job", MAY_READ),
	   "but no other organisation's");
	ok(!may(3, 13, "pulse/8/team/4/event", MAY_READ),
	   "nor another organisation's team");
	ok(!may(3, 12, "pulse/8/team/4/event", MAY_READ),
	   "a member of both acts for one at a time");
	ok(may(8, 12, "pulse/8/team/4/event", MAY_READ), "and then for the other");
	ok(!may(3, 99, "pulse/3/user/99/event", MAY_READ),
	   "who is no member sees nothing");
	ok(!may(3, 12, "pulse/3/team/4/#", MAY_READ),
	   "a filter is not read from");
}

static void
test_changes(void)
{
	struct identity who = { .user = 12, .org = 3, .session =
		"22222222-2222-2222-2222-222222222222" };

	members_take(members, "U 3 12 0 5 -", NOW);
	ok(!may(3, 12, "pulse/3/team/4/event", MAY_READ),
	   "out of a team, at once");
	members_take(members, "U 3 12", NOW);
	ok(!may(3, 12, "pulse/3/team/5/event", MAY_READ) &&
	   !may(3, 12, "pulse/3/user/12/notice", MAY_READ),
	   "out of the organisation, at once");
	members_take(members, "U 3 12 0 5 -", NOW);
	ok(members_may(members, &who, "pulse/3/team/5/event", MAY_READ, NOW),
	   "back again");
	members_take(members, "K 22222222-2222-2222-2222-222222222222", NOW);
	ok(!members_may(members, &who, "pulse/3/team/5/event", MAY_READ, NOW),
	   "a session that ended is deaf");
	who.session[0] = '3';
	ok(members_may(members, &who, "pulse/3/team/5/event", MAY_READ, NOW),
	   "another of the same user is not");
	who.session_ends = NOW - 1;
	ok(!members_may(members, &who, "pulse/3/team/5/event", MAY_READ, NOW),
	   "a session past its end is deaf");
	members_take(members, "BEGIN 2", NOW);
	members_take(members, "U 3 13 1 - -", NOW);
	members_take(members, "END 2", NOW);
	ok(!may(3, 12, "pulse/3/team/5/event", MAY_READ),
	   "a generation replaces everything");
}

static void
test_nonsense(void)
{
	static const char *const lines[] = {
		"", "U", "U 3", "U x 12 0 4 -", "U 3 12 0", "U 3 12 0 4",
		"U 3 12 0 4, -", "U 3 12 0 x -", "U 3 12 0 4 - more", "T 3 4",
		"T 3 4 x", "K short", "END 3", "Z 1 2",
		"U 3 12 0 99999999999999999999 -x",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		char sentence[128];

		snprintf(sentence, sizeof(sentence),
			 "\"%s\" is not understood", lines[i]);
		ok(!members_take(members, lines[i], NOW), sentence);
	}
	ok(may(3, 13, "pulse/3/team/6/event", MAY_READ),
	   "and nonsense changes nothing");
}

int
main(void)
{
	test_topics();
	test_before();
	test_rights();
	test_changes();
	test_nonsense();
	members_free(members);
	return done();
}
