/*
 * tell.c - what pulse-bridge sends: messages to rooms, lines to the plugin.
 */
#include "base.h"

#include "bridge.h"
#include "clock.h"
#include "log.h"
#include "topics.h"

#define LINES_AT_ONCE 60000	/* bytes of one control message */

/*
 * {"type":"event","room":"team:7","seq":12,"event":{…}}; other payloads are
 * whole messages already and only get their seq. A NULL payload of length 0
 * clears a retained one.
 */
void
publish_message(struct bridge *bridge, int64_t org, const char *room,
		const char *stream, const char *seq, const char *payload,
		bool event, int64_t pos)
{
	const struct stream *how = find_stream(stream);
	struct text *out = &bridge->payload;
	char topic[TOPIC_MAX];

	if (!how || !topic_of_room(org, room, stream, topic)) {
		log_line(LOG_FAIL, "a message for no room", "room", room,
			 "stream", stream, NULL);
		if (pos)
			acks_skip(bridge, pos);
		return;
	}
	text_clear(out);
	if (event)
		text_addf(out, "{\"type\":\"event\",\"room\":\"%s\",\"seq\":%s,"
			  "\"event\":%s}", room, seq, payload);
	else if (*payload == '{' && payload[1] != '}')
		text_addf(out, "{\"seq\":%s,%s", seq, payload + 1);
	broker_publish(bridge, topic, out->data, out->len, how->qos,
		       how->retain, pos);
}

static void
flush(struct bridge *bridge, struct text *lines)
{
	if (lines->len)
		broker_publish(bridge, CONTROL_TOPIC, lines->data, lines->len,
			       1, false, 0);
	text_clear(lines);
}

static void
add_line(struct bridge *bridge, struct text *lines, const char *line)
{
	text_addf(lines, "%s\n", line);
	if (lines->len > LINES_AT_ONCE)
		flush(bridge, lines);
}

/* A change: "user 12", "team 4", "kick <session>" of an organisation. */
void
tell_plugin(struct bridge *bridge, int64_t org, const char *what)
{
	struct text lines = { 0 };
	char digits[24];
	PGresult *rows;

	if (!strncmp(what, "kick ", 5)) {
		text_addf(&lines, "K %s\n", what + 5);
	} else {
		snprintf(digits, sizeof(digits), "%" PRId64, org);
		rows = bridge_ask(bridge, *what == 'u' ? "user_line"
				  : "team_line", digits, what + 5);
		if (rows)
			text_addf(&lines, "%s\n", PQgetvalue(rows, 0, 0));
		PQclear(rows);
	}
	flush(bridge, &lines);
	text_release(&lines);
}

static bool
add_rows(struct bridge *bridge, struct text *lines, const char *statement,
	 const char *prefix, size_t skip)
{
	PGresult *rows = bridge_ask(bridge, statement, NULL, NULL);
	char line[64];

	if (!rows)
		return false;
	for (int i = 0; i < PQntuples(rows); i++) {
		const char *value = PQgetvalue(rows, i, 0);

		if (!*prefix) {
			add_line(bridge, lines, value);
			continue;
		}
		snprintf(line, sizeof(line), "%s%s", prefix, value + skip);
		add_line(bridge, lines, line);
	}
	PQclear(rows);
	return true;
}

static bool
tell_states(struct bridge *bridge)
{
	PGresult *rows = bridge_ask(bridge, "states", NULL, NULL);

	if (!rows)
		return false;
	for (int i = 0; i < PQntuples(rows); i++)
		publish_message(bridge, strtoll(PQgetvalue(rows, i, 0), NULL,
						10),
				PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2),
				PQgetvalue(rows, i, 3), PQgetvalue(rows, i, 4),
				false, 0);
	PQclear(rows);
	return true;
}

/* After each connection: who may see what, which sessions ended lately, and
 * what is retained. */
void
tell_everything(struct bridge *bridge)
{
	struct text lines = { 0 };
	bool good;

	bridge->generation = time_now();
	text_addf(&lines, "BEGIN %" PRId64 "\n", bridge->generation);
	good = add_rows(bridge, &lines, "lines", "", 0) &&
	       add_rows(bridge, &lines, "kicks", "K ", 5);
	if (good) {
		text_addf(&lines, "END %" PRId64 "\n", bridge->generation);
		flush(bridge, &lines);
		good = tell_states(bridge);
	}
	if (good)
		broker_sweep(bridge);
	bridge->told = good;
	text_release(&lines);
}

bool
is_retained(struct bridge *bridge, const char *topic)
{
	PGresult *rows = bridge_ask(bridge, "states", NULL, NULL);
	char known[TOPIC_MAX];
	bool found = !rows;	/* in doubt it stays */

	for (int i = 0; rows && !found && i < PQntuples(rows); i++)
		found = topic_of_room(strtoll(PQgetvalue(rows, i, 0), NULL, 10),
				      PQgetvalue(rows, i, 1),
				      PQgetvalue(rows, i, 2), known) &&
			!strcmp(known, topic);
	PQclear(rows);
	return found;
}
