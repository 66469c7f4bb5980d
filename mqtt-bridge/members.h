/*
 * members.h - who may see which room: the plugin's whole knowledge.
 *
 * The bridge tells it in lines over $CONTROL/pulse/v1:
 *
 *	BEGIN 7		a generation begins: what follows replaces everything
 *	U 3 12 0 4,5 9	user 12 of organisation 3: not all, teams 4 and 5,
 *			connected repository 9 ("-" for none)
 *	U 3 12		user 12 sees nothing there
 *	T 3 4 9,10	team 4 has repositories 9 and 10
 *	K <session>	this session has ended
 *	END 7		the generation counts from now
 *
 * Lines outside a generation change the one that counts. Before the first END
 * nobody may anything. Pure: no broker, no clock but the caller's.
 */
#ifndef PULSE_MEMBERS_H
#define PULSE_MEMBERS_H

#include "base.h"
#include "topics.h"

struct identity {
	int64_t user, org;
	char session[37];
	int64_t session_ends;	/* seconds since 1970; 0: not said */
};

enum access { MAY_READ, MAY_SUBSCRIBE };

struct members;

struct members *members_new(void);
void members_free(struct members *members);

/* Take one line. False if it is not one of the above; nothing changes then.
 * `now` in seconds, to forget ended sessions in time. */
bool members_take(struct members *members, const char *line, int64_t now);

/* Has a generation been taken? Is one being taken? */
bool members_ready(const struct members *members);
bool members_building(const struct members *members);

/* Is this person a member of his organisation, and of this team? */
bool members_has(const struct members *members, const struct identity *who);
bool members_in_team(const struct members *members,
		     const struct identity *who, int64_t team);

/* Is this session over, by a K line or by the clock? */
bool members_ended(const struct members *members,
		   const struct identity *who, int64_t now);

/* The decision: may this person subscribe to the filter, or read from the
 * topic? Nobody may publish. */
bool members_may(const struct members *members, const struct identity *who,
		 const char *topic, enum access access, int64_t now);

#endif
