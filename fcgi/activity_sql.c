/*
 * activity_sql.c - the statements of the feed.
 *
 * Which rows a caller sees: those of repositories of his own teams, of
 * repositories that he connected, all if he is an owner or admin. The most
 * selective filter gives the index that is walked (repository, author or type,
 * each with (at, id) behind it), the others are looked at row by row. Without
 * any of those the walk is along team_activity, one a team.
 */
#include "base.h"

#include "activity_sql.h"
#include "text.h"

#define TEAM_PARAMETER 7

#define MY_REPOSITORIES							\
	"(sees_all() OR EXISTS (SELECT FROM team_member m"		\
	" JOIN team_repository r ON r.org_id = m.org_id"		\
	" AND r.team_id = m.team_id AND r.repo_id = e.repo_id"		\
	" WHERE m.org_id = $1 AND m.user_id = session_user_id())"	\
	" OR EXISTS (SELECT FROM repository r WHERE r.org_id = $1"	\
	" AND r.id = e.repo_id AND r.connected_by = session_user_id()))"

#define MY_TEAM								\
	"(sees_all() OR EXISTS (SELECT FROM team_member m"		\
	" WHERE m.org_id = $1 AND m.team_id = $%d"			\
	" AND m.user_id = session_user_id()))"

/* The piece of each filter, with %d for its parameter's number. The team's
 * comes first, so that it has the same number as in make_team(). */
static const struct {
	unsigned bit;
	const char *where;
} pieces[] = {
	{ FEED_TEAM, " AND EXISTS (SELECT FROM team_repository t"
	  " WHERE t.org_id = $1 AND t.team_id = $%d"
	  " AND t.repo_id = e.repo_id)" },
	{ FEED_REPO, " AND e.repo_id = $%d" },
	{ FEED_AUTHOR, " AND e.author = lower($%d)" },
	{ FEED_TYPE, " AND e.type = $%d" },
};

static char names[FEED_STATEMENTS][16];

const char *
feed_statement(unsigned filters)
{
	return names[filters];
}

/* The rows between the cursor and the ends, in order; %s: table alias and
 * the name of the id. */
static void
add_range(struct text *sql, const char *at, const char *id, bool newer)
{
	text_addf(sql, " AND (%s, %s) %s ($2::timestamptz, $3::bigint)"
		  " AND %s >= $4::timestamptz AND %s < $5::timestamptz",
		  at, id, newer ? ">" : "<", at, at);
}

static void
add_order(struct text *sql, const char *at, const char *id, bool newer)
{
	const char *way = newer ? "ASC" : "DESC";

	text_addf(sql, " ORDER BY %s %s, %s %s LIMIT $6::int", at, way, id,
		  way);
}

#define COLUMNS								\
	"SELECT e.json, (extract(epoch FROM e.at) * 1000)::bigint, e.id"

/* By repository, author or type: along that index of activity_event. */
static void
make_filtered(struct text *sql, unsigned filters, bool newer)
{
	int number = TEAM_PARAMETER;

	text_add(sql, COLUMNS " FROM activity_event e WHERE e.org_id = $1 AND "
		 MY_REPOSITORIES);
	/* That he sees a repository, since he connected it, does not tell him
	 * which teams have it. */
	if (filters & FEED_TEAM)
		text_addf(sql, " AND " MY_TEAM, TEAM_PARAMETER);
	for (size_t i = 0; i < COUNT(pieces); i++)
		if (filters & pieces[i].bit)
			text_addf(sql, pieces[i].where, number++);
	add_range(sql, "e.at", "e.id", newer);
	add_order(sql, "e.at", "e.id", newer);
}

/* A team's: along team_activity. */
static void
make_team(struct text *sql, bool newer)
{
	text_add(sql, COLUMNS " FROM team_activity t JOIN activity_event e"
		 " ON e.org_id = t.org_id AND e.id = t.event_id"
		 " WHERE t.org_id = $1");
	text_addf(sql, " AND t.team_id = $%d AND " MY_TEAM, TEAM_PARAMETER,
		  TEAM_PARAMETER);
	add_range(sql, "t.at", "t.event_id", newer);
	add_order(sql, "t.at", "t.event_id", newer);
}

/* Everything that the caller sees: the organisation's for owners and admins,
 * else the merge of his teams and of what he connected himself. */
static void
make_all(struct text *sql, bool newer)
{
	text_add(sql, COLUMNS " FROM ((SELECT e.at, e.id FROM activity_event e"
		 " WHERE e.org_id = $1 AND sees_all()");
	add_range(sql, "e.at", "e.id", newer);
	add_order(sql, "e.at", "e.id", newer);
	text_add(sql, ") UNION (SELECT k.at, k.event_id FROM team_member m"
		 " CROSS JOIN LATERAL (SELECT t.at, t.event_id"
		 " FROM team_activity t"
		 " WHERE t.org_id = $1 AND t.team_id = m.team_id");
	add_range(sql, "t.at", "t.event_id", newer);
	add_order(sql, "t.at", "t.event_id", newer);
	text_add(sql, ") k WHERE m.org_id = $1"
		 " AND m.user_id = session_user_id() AND NOT sees_all())"
		 " UNION (SELECT k.at, k.id FROM repository r"
		 " CROSS JOIN LATERAL (SELECT e.at, e.id FROM activity_event e"
		 " WHERE e.org_id = $1 AND e.repo_id = r.id");
	add_range(sql, "e.at", "e.id", newer);
	add_order(sql, "e.at", "e.id", newer);
	text_add(sql, ") k WHERE r.org_id = $1"
		 " AND r.connected_by = session_user_id()"
		 " AND NOT sees_all())) k"
		 " JOIN activity_event e ON e.org_id = $1 AND e.id = k.id");
	add_order(sql, "k.at", "k.id", newer);
}

struct statement *
feed_statements(struct statement *to)
{
	for (unsigned i = 0; i < FEED_STATEMENTS; i++) {
		unsigned filters = i & ~(unsigned)FEED_NEWER;
		struct text sql = { 0 };

		snprintf(names[i], sizeof(names[i]), "feed_%u", i);
		if (!filters)
			make_all(&sql, i & FEED_NEWER);
		else if (filters == FEED_TEAM)
			make_team(&sql, i & FEED_NEWER);
		else
			make_filtered(&sql, filters, i & FEED_NEWER);
		*to++ = (struct statement){ names[i], sql.data };
	}
	return to;
}
