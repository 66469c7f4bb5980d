/*
 * activity.c - the feed: what happened, newest first, and live.
 *
 * GET activity		pages by keyset, with filters; `next` goes back in
 *			time, `prev` towards the present
 * GET activity?after=	what came since an event, in the order of its rooms:
 *			for a browser that was away, or cannot hold a WebSocket
 * POST activity/stream	credentials for the broker
 *
 * Tables: activity_event, team_activity, room_event (sql/schema.sql). A line's
 * JSON is stored as it is sent; it is joined here, never built.
 */
#include "base.h"

#include "activity_sql.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "web.h"

#define REPLAY_MAX 100		/* lines; beyond, the page is loaded anew */
#define LIVE_SECONDS 600	/* to open a connection with */

/* What a room is called, and whether the caller may see it: yes, no, none. */
#define SEES_ROOM							\
	"SELECT n.name, CASE"						\
	" WHEN sees_all() THEN CASE"					\
	"  WHEN k.kind = 'org' AND k.id = $1 THEN 'yes'"		\
	"  WHEN k.kind = 'user' AND k.id = session_user_id() THEN 'yes'"\
	"  WHEN k.kind = 'team' AND EXISTS (SELECT FROM team t"		\
	"   WHERE t.org_id = $1 AND t.id = k.id) THEN 'yes'"		\
	"  WHEN k.kind = 'repo' AND EXISTS (SELECT FROM repository r"	\
	"   WHERE r.org_id = $1 AND r.id = k.id) THEN 'yes'"		\
	"  ELSE 'none' END"						\
	" WHEN k.kind = 'user' AND k.id = session_user_id() THEN 'yes'"	\
	" WHEN k.kind = 'team' AND EXISTS (SELECT FROM team_member m"	\
	"  WHERE m.org_id = $1 AND m.team_id = k.id"			\
	"  AND m.user_id = session_user_id()) THEN 'yes'"		\
	" WHEN k.kind = 'repo' AND EXISTS (SELECT FROM team_repository r"\
	"  JOIN team_member m ON m.org_id = r.org_id"			\
	"  AND m.team_id = r.team_id"					\
	"  WHERE r.org_id = $1 AND r.repo_id = k.id"			\
	"  AND m.user_id = session_user_id()) THEN 'yes'"		\
	" WHEN k.kind = 'repo' AND EXISTS (SELECT FROM repository r"	\
	"  WHERE r.org_id = $1 AND r.id = k.id"				\
	"  AND r.connected_by = session_user_id()) THEN 'yes'"		\
	" WHEN k.kind = 'team' AND EXISTS (SELECT FROM team t"		\
	"  WHERE t.org_id = $1 AND t.id = k.id) THEN 'no'"		\
	" WHEN k.kind = 'repo' AND EXISTS (SELECT FROM repository r"	\
	"  WHERE r.org_id = $1 AND r.id = k.id) THEN 'no'"		\
	" WHEN k.kind = 'org' AND k.id = $1 THEN 'no'"			\
	" ELSE 'none' END"						\
	" FROM unnest(string_to_array($2, ',')) n (name)"		\
	" CROSS JOIN LATERAL (SELECT split_part(n.name, ':', 1) AS kind,"\
	"  split_part(n.name, ':', 2)::bigint AS id) k"

static const struct statement own_statements[] = {
	{ "sees_rooms", SEES_ROOM },
	/* The rooms of whoever asks: his teams' and his own; an owner's or
	 * admin's is the organisation's, where everything is heard. */
	{ "my_rooms",
	  "SELECT 'team:' || t.id FROM team t WHERE t.org_id = $1"
	  " AND (sees_all() OR EXISTS (SELECT FROM team_member m"
	  "  WHERE m.org_id = $1 AND m.team_id = t.id"
	  "  AND m.user_id = session_user_id()))"
	  " UNION ALL SELECT 'org:' || $1::bigint WHERE sees_all()"
	  " UNION ALL SELECT 'user:' || session_user_id()" },
	/* From the place of an event in its rooms; $3 is the event, 0 for the
	 * beginning. An event without a place is older than the rooms
	 * remember, or was never news: known is false then. The rooms remember
	 * more than is given out, so that the caller hears that he missed it;
	 * whether he did is the first row's to say, which is cheap to find. */
	{ "replay",
	  "WITH place AS (SELECT max(pos) AS pos FROM room_event"
	  "  WHERE org_id = $1 AND event_id = $3::bigint),"
	  " missed AS NOT MATERIALIZED (SELECT r.*,"
	  "  r.at < now() - interval '5 minutes' AS old"
	  "  FROM unnest(string_to_array($2, ',')) n (name)"
	  "  JOIN room_event r ON r.org_id = $1 AND r.room = n.name"
	  "  AND r.pos > coalesce((SELECT pos FROM place), 0)"
	  "  AND r.stream = 'event'),"
	  " first AS (SELECT old FROM missed ORDER BY pos LIMIT 1)"
	  " SELECT x.room, x.seq, e.json, (SELECT pos IS NOT NULL FROM place)"
	  "  OR $3::bigint = 0, (SELECT old FROM first)"
	  " FROM (VALUES (1)) one (n) LEFT JOIN LATERAL (SELECT * FROM missed"
	  "  WHERE NOT old OR NOT (SELECT old FROM first)"
	  "  ORDER BY pos LIMIT 101) x ON true"
	  " LEFT JOIN activity_event e ON e.org_id = $1 AND e.id = x.event_id"
	  " ORDER BY x.pos" },
	{ "sequence", "SELECT sequence_pending(1000), $1::bigint" },
	{ "session_end",
	  "SELECT extract(epoch FROM session_end())::bigint, $1::bigint" },
	{ NULL }
};

static struct statement statements[FEED_STATEMENTS + COUNT(own_statements)];
static const char *live_url;
static bool has_broker;

static void
start(void)
{
	struct statement *end = feed_statements(statements);
	const char *frontend = conf_or("FRONTEND_URL", "");
	struct text url = { 0 };

	memcpy(end, own_statements, sizeof(own_statements));
	has_broker = conf_get("MQTT_URL") != NULL;
	if (!strncmp(frontend, "http", 4)) {
		text_addf(&url, "ws%s", frontend + 4);
		while (url.len && url.data[url.len - 1] == '/')
			url.len--;
		text_add_bytes(&url, "/mqtt", 5);
	}
	live_url = conf_or("LIVE_URL", url.data ? url.data : "/mqtt");
}

/* $1, the organisation, is in every statement; the rest by position. */
static PGresult *
ask_feed(struct request *req, unsigned filters, const char *at,
	 const char *id, const char *limit)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ FEED_TEAM, "team" }, { FEED_REPO, "repo" },
		{ FEED_AUTHOR, "author" }, { FEED_TYPE, "type" },
	};
	const char *v[4] = { NULL, NULL, NULL, NULL };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(names); i++)
		if (filters & names[i].bit)
			v[n++] = param(req, names[i].name);
	return db_query(req, feed_statement(filters), at, id,
			param(req, "from"), param(req, "to"), limit, v[0],
			v[1], v[2], v[3]);
}

static void
add_cursor(struct request *req, const char *name, char way,
	   const PGresult *rows, int row)
{
	if (row < 0)
		text_addf(&req->out, ",\"%s\":null", name);
	else
		text_addf(&req->out, ",\"%s\":\"%c%s-%s\"", name, way,
			  PQgetvalue(rows, row, 1), PQgetvalue(rows, row, 2));
}

/*
 * The page's lines newest first. One row more than asked for says that the
 * list goes on that way; towards the other the cursor itself proves it.
 */
static void
reply_feed(struct request *req, const PGresult *rows, int limit, bool newer,
	   bool from_cursor)
{
	int n = PQntuples(rows), shown = n > limit ? limit : n;
	bool older_left = newer ? true : n > limit;
	bool newer_left = newer ? n > limit : from_cursor;
	int first = newer ? shown - 1 : 0, last = newer ? 0 : shown - 1;

	text_add(&req->out, "{\"data\":[");
	for (int i = 0; i < shown; i++) {
		int row = newer ? shown - 1 - i : i;

		if (i)
			text_add_bytes(&req->out, ",", 1);
		text_add_bytes(&req->out, PQgetvalue(rows, row, 0),
			       (size_t)PQgetlength(rows, row, 0));
	}
	text_add_bytes(&req->out, "]", 1);
	add_cursor(req, "next", 'b', rows, shown && older_left ? last : -1);
	add_cursor(req, "prev", 'a', rows, shown && newer_left ? first : -1);
	text_add_bytes(&req->out, "}", 1);
	reply_out(req, 200);
}

static void
list_page(struct request *req)
{
	const char *cursor = param(req, "cursor"), *id = "9223372036854775807";
	char at[TIME_TEXT] = "infinity", more[24];
	bool newer = *cursor == 'a';
	unsigned filters = newer ? FEED_NEWER : 0;
	int64_t limit = 0;
	PGresult *rows;

	text_to_int(param(req, "limit"), 1, 100, &limit);
	if (*cursor) {
		time_format(strtoll(cursor + 1, NULL, 10), at);
		/* A moment before 1970 begins with a minus. */
		id = strchr(cursor + 2, '-') + 1;
	}
	filters |= *param(req, "team") ? FEED_TEAM : 0;
	filters |= *param(req, "repo") ? FEED_REPO : 0;
	filters |= *param(req, "author") ? FEED_AUTHOR : 0;
	filters |= *param(req, "type") ? FEED_TYPE : 0;
	snprintf(more, sizeof(more), "%d", (int)limit + 1);
	rows = ask_feed(req, filters, at, id, more);
	if (rows)
		reply_feed(req, rows, (int)limit, newer, *cursor);
}

/*
 * The rooms asked for if the caller may see them all, else those of his own;
 * with `least`, only as many as are needed to hear everything. NULL: answered.
 */
static const char *
take_rooms(struct request *req, const char *asked, bool least)
{
	struct text names = { 0 };
	const char *copy;
	PGresult *rows;

	if (*asked) {
		rows = db_query(req, "sees_rooms", asked);
		for (int i = 0; rows && i < PQntuples(rows); i++) {
			const char *sees = row_text(rows, i, 1);

			if (strcmp(sees, "yes"))
				problem(req, strcmp(sees, "no") ? NOT_FOUND
					: FORBIDDEN, "room \"%s\" does not "
					"exist or you lack permission",
					row_text(rows, i, 0));
		}
		return rows && !req->answered ? asked : NULL;
	}
	rows = db_query(req, "my_rooms");
	if (!rows)
		return NULL;
	for (int i = 0; i < PQntuples(rows); i++) {
		const char *name = row_text(rows, i, 0);

		/* Where everything is heard, the parts are not needed. */
		if (least && !strncmp(name, "org:", 4)) {
			text_release(&names);
			return arena_string(&req->arena, name);
		}
		text_addf(&names, "%s%s", i ? "," : "", name);
	}
	copy = arena_copy(&req->arena, names.data, names.len);
	text_release(&names);
	return copy;
}

/* What came since an event: up to 100 lines of the last 5 minutes. */
static void
list_since(struct request *req)
{
	const char *rooms = take_rooms(req, param(req, "rooms"), true);
	const char *comma = "";
	PGresult *rows;
	bool truncated;
	int n;

	req->snapshot = NULL;		/* five minutes are no snapshot's */
	if (!rooms || (!has_broker && !db_query(req, "sequence")))
		return;
	rows = db_query(req, "replay", rooms, param(req, "after"));
	if (!rows)
		return;
	n = row_text(rows, 0, 0) ? PQntuples(rows) : 0;
	truncated = n > REPLAY_MAX || *PQgetvalue(rows, 0, 3) == 'f' ||
		    *PQgetvalue(rows, 0, 4) == 't';
	text_add(&req->out, "{\"data\":[");
	for (int i = 0; i < n && i < REPLAY_MAX; i++) {
		const char *json = row_text(rows, i, 2);

		if (!json)
			continue;	/* the line was deleted meanwhile */
		text_addf(&req->out, "%s{\"type\":\"event\",\"room\":\"%s\","
			  "\"seq\":%s,\"event\":%s}", comma,
			  PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1), json);
		comma = ",";
	}
	text_addf(&req->out, "],\"truncated\":%s}",
		  truncated ? "true" : "false");
	reply_out(req, 200);
}

static void
list_activity(struct request *req)
{
	if (*param(req, "after"))
		list_since(req);
	else if (*param(req, "rooms"))
		problem_field(req, "rooms", "goes with after");
	else
		list_page(req);
}

static void
add_room(struct text *out, int64_t org, const char *name, size_t len,
	 bool first)
{
	size_t kind = strcspn(name, ":");

	text_addf(out, "%s\"%.*s\":\"pulse/%" PRId64 "/%.*s/%.*s/#\"",
		  first ? "" : ",", (int)len, name, org, (int)kind, name,
		  (int)(len - kind - 1), name + kind + 1);
}

static void
reply_credentials(struct request *req, const char *rooms, const char *token,
		  const struct token *live)
{
	unsigned char random[8];
	char nonce[17], ends[TIME_TEXT];

	random_bytes(random, sizeof(random));
	text_addf(&req->out, "{\"url\":%s,\"clientId\":\"%" PRId64 ".%s\","
		  "\"password\":\"%s\",\"rooms\":{", quoted(req, live_url),
		  live->user, hex_encode(nonce, random, sizeof(random)),
		  token);
	for (const char *p = rooms; *p; ) {
		size_t len = strcspn(p, ",");

		add_room(&req->out, live->org, p, len, p == rooms);
		p += len + (p[len] == ',');
	}
	text_addf(&req->out, "},\"expiresAt\":\"%s\"}",
		  time_format(live->expires * 1000, ends));
	reply_header(req, "Set-Cookie", "pulse_live=%s; Path=/mqtt; "
		     "Max-Age=%d; HttpOnly; SameSite=Strict%s", token,
		     LIVE_SECONDS, cookie_secure());
	reply_out(req, 200);
}

/* What a browser needs to open /mqtt: a token for it alone, ten minutes. */
static void
open_stream(struct request *req)
{
	struct token live = req->token;
	const char *rooms = take_rooms(req, param(req, "rooms"), false);
	PGresult *rows;
	char *token;

	if (!rooms)
		return;
	if (!has_broker) {
		reply_json(req, 200, "{\"poll\":5}");
		return;
	}
	rows = db_query(req, "session_end");
	if (!rows)
		return;
	live.session_ends = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
	token = token_sign(live_key(), TOKEN_LIVE, &live, LIVE_SECONDS);
	reply_credentials(req, rooms, token, &live);
	free(token);
}

static const struct route routes[] = {
	{ "GET", "/activity", SEE, list_activity,
	  "What happened, newest first; with `after`, what came since",
	  "ActivityAnswer",
	  { { "team", is_id, "", "Only of this team's repositories" },
	    { "repo", is_id, "", "Only of this repository" },
	    { "author", is_login, "", "Only of this login" },
	    { "type", is_event_type, "", "Only of this type" },
	    { "from", is_moment, "-infinity", "Not before" },
	    { "to", is_moment, "infinity", "Before" },
	    { "cursor", is_cursor, "", "`next` or `prev` of a page" },
	    { "limit", is_limit, "50", "Lines a page" },
	    { "after", is_event_id, "",
	      "Instead of a page: what came after this event; 0 for all of "
	      "the last five minutes" },
	    { "rooms", is_rooms, "", "With after: of which rooms" } },
	  .same = true },
	{ "POST", "/activity/stream", SEE, open_stream,
	  "Credentials for the live connection", "Stream",
	  { { "rooms", is_rooms, "",
	      "Which rooms; all teams of the caller without" } },
	  .reads = true, .token = BY_LIVE },
	{ NULL }
};

int
main(int argc, char **argv)
{
	static const struct program program = {
		"activity", "web", routes, statements, start,
		.about = "What happened, newest first, and as it happens"
	};

	return serve(argc, argv, &program);
}
