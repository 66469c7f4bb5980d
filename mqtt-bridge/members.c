/*
 * members.c - who may see which room.
 */
#include "members.h"

#include "text.h"

#define REMEMBER 900		/* seconds; a live token is dead after 600 */

struct set {
	int64_t *ids;		/* sorted */
	size_t count;
};

/* A user (all, teams, repos) or a team (repos) of an organisation. */
struct entry {
	int64_t org, id;
	bool used, user, member, all;
	struct set teams, repos;
};

struct table {
	struct entry *entries;
	size_t size, count;	/* size is a power of two, or 0 */
};

struct members {
	struct table now, next;
	bool ready, building;
	struct {
		char session[37];
		int64_t at;
	} *ended;
	size_t ended_count;
};

static void
free_table(struct table *table)
{
	for (size_t i = 0; i < table->size; i++) {
		free(table->entries[i].teams.ids);
		free(table->entries[i].repos.ids);
	}
	free(table->entries);
	*table = (struct table){ 0 };
}

static size_t
place(const struct table *table, int64_t org, int64_t id, bool user)
{
	uint64_t h = ((uint64_t)org * 0x9e3779b97f4a7c15u) ^
		((uint64_t)id * 0xc2b2ae3d27d4eb4fu) ^ (uint64_t)user;

	return (h ^ h >> 29) & (table->size - 1);
}

static struct entry *
find(const struct table *table, int64_t org, int64_t id, bool user)
{
	for (size_t i = table->size ? place(table, org, id, user) : 0;
	     table->size; i = (i + 1) & (table->size - 1)) {
		struct entry *e = table->entries + i;

		if (!e->used || (e->org == org && e->id == id &&
				 e->user == user))
			return e;
	}
	return NULL;
}

static void
grow(struct table *table)
{
	struct table bigger = { .size = table->size ? table->size * 2 : 64 };

	bigger.entries = xcalloc(bigger.size, sizeof(*bigger.entries));
	bigger.count = table->count;
	for (size_t i = 0; i < table->size; i++) {
		struct entry *e = table->entries + i;

		if (e->used)
			*find(&bigger, e->org, e->id, e->user) = *e;
	}
	free(table->entries);
	*table = bigger;
}

/* The entry, made when it is new, with nothing in it. */
static struct entry *
renew(struct table *table, int64_t org, int64_t id, bool user)
{
	struct entry *e;

	if (table->count * 2 >= table->size)
		grow(table);
	e = find(table, org, id, user);
	table->count += !e->used;
	free(e->teams.ids);
	free(e->repos.ids);
	*e = (struct entry){ .org = org, .id = id, .used = true, .user = user };
	return e;
}

static int
by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static bool
contains(const struct set *set, int64_t id)
{
	return set->count && bsearch(&id, set->ids, set->count,
				     sizeof(id), by_id);
}

/* One word, up to a blank or the end; false if there is none. */
static bool
take_number(const char **p, int64_t *number)
{
	size_t len = strspn(*p, "0123456789");
	char digits[20];

	if (!len || len > 18 || ((*p)[len] && (*p)[len] != ' '))
		return false;
	memcpy(digits, *p, len);
	digits[len] = '\0';
	*p += len + ((*p)[len] == ' ');
	return text_to_int(digits, 0, INT64_MAX, number);
}

/* "4,5,9" or "-". */
static bool
take_set(const char **p, struct set *set)
{
	size_t len = strcspn(*p, " "), count = 1;
	const char *at = *p, *end = *p + len;

	if (len == 1 && *at == '-') {
		*p += 1 + ((*p)[1] == ' ');
		return true;
	}
	for (const char *c = at; c < end; c++)
		count += *c == ',';
	set->ids = xcalloc(count, sizeof(*set->ids));
	while (at < end) {
		char *after;
		long long id = strtoll(at, &after, 10);

		if (after == at || id <= 0 || set->count == count ||
		    (after < end && (*after != ',' || after + 1 == end)))
			return false;
		set->ids[set->count++] = id;
		at = after + 1;
	}
	qsort(set->ids, set->count, sizeof(*set->ids), by_id);
	*p = end + (*end == ' ');
	return set->count > 0;
}

static void
release(struct entry *draft)
{
	free(draft->teams.ids);
	free(draft->repos.ids);
}

static bool
take_user(struct table *table, const char *p)
{
	struct entry draft = { 0 }, *e;
	int64_t all = 0;

	if (!take_number(&p, &draft.org) || !take_number(&p, &draft.id))
		return false;
	draft.member = *p != '\0';
	if (*p && (!take_number(&p, &all) || !take_set(&p, &draft.teams) ||
		   !take_set(&p, &draft.repos) || *p)) {
		release(&draft);
		return false;
	}
	e = renew(table, draft.org, draft.id, true);
	e->member = draft.member;
	e->all = all == 1;
	e->teams = draft.teams;
	e->repos = draft.repos;
	return true;
}

static bool
take_team(struct table *table, const char *p)
{
	struct entry draft = { 0 };

	if (!take_number(&p, &draft.org) || !take_number(&p, &draft.id) ||
	    !take_set(&p, &draft.repos) || *p) {
		release(&draft);
		return false;
	}
	renew(table, draft.org, draft.id, false)->repos = draft.repos;
	return true;
}

static bool
take_ended(struct members *members, const char *session, int64_t now)
{
	size_t kept = 0;

	if (strlen(session) != 36)
		return false;
	for (size_t i = 0; i < members->ended_count; i++)
		if (members->ended[i].at > now - REMEMBER)
			members->ended[kept++] = members->ended[i];
	members->ended = xrealloc(members->ended,
				  (kept + 1) * sizeof(*members->ended));
	memcpy(members->ended[kept].session, session, 37);
	members->ended[kept].at = now;
	members->ended_count = kept + 1;
	return true;
}

struct members *
members_new(void)
{
	return xcalloc(1, sizeof(struct members));
}

void
members_free(struct members *members)
{
	free_table(&members->now);
	free_table(&members->next);
	free(members->ended);
	free(members);
}

bool
members_take(struct members *members, const char *line, int64_t now)
{
	struct table *table = members->building ? &members->next
						: &members->now;

	if (!strncmp(line, "BEGIN ", 6)) {
		free_table(&members->next);
		members->building = true;
		return true;
	}
	if (!strncmp(line, "END ", 4)) {
		if (!members->building)
			return false;
		free_table(&members->now);
		members->now = members->next;
		members->next = (struct table){ 0 };
		members->building = false;
		members->ready = true;
		return true;
	}
	if (!strncmp(line, "U ", 2))
		return take_user(table, line + 2);
	if (!strncmp(line, "T ", 2))
		return take_team(table, line + 2);
	if (!strncmp(line, "K ", 2))
		return take_ended(members, line + 2, now);
	return false;
}

bool
members_ready(const struct members *members)
{
	return members->ready;
}

bool
members_building(const struct members *members)
{
	return members->building;
}

bool
members_ended(const struct members *members, const struct identity *who,
	      int64_t now)
{
	if (who->session_ends && who->session_ends <= now)
		return true;
	for (size_t i = 0; i < members->ended_count; i++)
		if (!strcmp(members->ended[i].session, who->session))
			return true;
	return false;
}

static bool
sees_repository(const struct members *members, const struct entry *user,
		int64_t repo)
{
	if (contains(&user->repos, repo))
		return true;
	for (size_t i = 0; i < user->teams.count; i++) {
		const struct entry *team = find(&members->now, user->org,
						user->teams.ids[i], false);

		if (team && team->used && contains(&team->repos, repo))
			return true;
	}
	return false;
}

bool
members_has(const struct members *members, const struct identity *who)
{
	const struct entry *user = find(&members->now, who->org, who->user,
					true);

	return user && user->member;
}

bool
members_in_team(const struct members *members, const struct identity *who,
		int64_t team)
{
	const struct entry *user = find(&members->now, who->org, who->user,
					true);

	return user && user->member && contains(&user->teams, team);
}

bool
members_may(const struct members *members, const struct identity *who,
	    const char *string, enum access access, int64_t now)
{
	const struct entry *user;
	struct topic topic;

	if (!members->ready || members_ended(members, who, now) ||
	    !topic_parse(string, &topic) || topic.org != who->org ||
	    (access == MAY_READ && *topic.stream == '#'))
		return false;
	user = find(&members->now, who->org, who->user, true);
	if (!user || !user->member)
		return false;
	switch (topic.kind) {
	case ROOM_USER: return topic.id == who->user;
	case ROOM_ORG: return user->all && topic.id == who->org;
	case ROOM_TEAM: return user->all || contains(&user->teams, topic.id);
	case ROOM_REPO: return user->all ||
			       sees_repository(members, user, topic.id);
	}
	return false;
}
