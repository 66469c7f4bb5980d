/*
 * bridge.c - pulse-bridge: from the outbox to the broker.
 *
 * A loop that sleeps until a datagram says that something was committed (or a
 * second has passed): give what waits its place in its rooms
 * (sequence_pending()), publish it in that order, mark how far the broker has
 * acknowledged. What has a place and no mark is published again after any
 * crash, so nothing is lost and some things come twice; browsers drop repeats
 * by id. Once a second it also folds the roll-ups.
 *
 * One bridge is active, by an advisory lock; a second one waits for it. It
 * tells the broker's plugin who may see what (members.h), whole after each
 * connection and then line by line.
 */
#include "base.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge.h"
#include "clock.h"
#include "conf.h"
#include "log.h"
#include "outbox.h"
#include "shared.h"
#include "topics.h"

#define BATCH 200
#define IN_FLIGHT_MAX 2000
#define NEWS_SECONDS 300	/* the replay window; older is not news */
#define SECOND INT64_C(1000000)

static const struct statement statements[] = {
	{ "lock",
	  "SELECT pg_try_advisory_lock(hashtext('pulse.bridge'))" },
	{ "sequence", "SELECT sequence_pending(200)" },
	{ "mark", "SELECT pos FROM bridge_mark" },
	{ "set_mark", "UPDATE bridge_mark SET pos = greatest(pos, $1),"
	  " beat_at = now(), broker_up = $2::boolean" },
	{ "behind",
	  "SELECT r.pos, r.org_id, r.room, r.seq, r.stream,"
	  " coalesce(r.payload, e.json), r.event_id IS NOT NULL,"
	  " extract(epoch FROM now() - r.at)::bigint"
	  " FROM room_event r LEFT JOIN activity_event e"
	  " ON e.org_id = r.org_id AND e.id = r.event_id"
	  " WHERE r.pos > $1 ORDER BY r.pos LIMIT 200" },
	{ "lines", "SELECT line FROM plugin_line" },
	{ "user_line", "SELECT user_line($1, $2)" },
	{ "team_line", "SELECT team_line($1, $2)" },
	{ "kicks", "SELECT payload FROM room_event WHERE stream = 'control'"
	  " AND payload LIKE 'kick %' AND at > now() - interval '15 minutes'" },
	{ "states", "SELECT org_id, room, stream, seq, payload"
	  " FROM room_state" },
	{ "fold", "SELECT fold_rollups(20000)" },
	{ "forget", "SELECT forget_room_events()" },
	{ NULL }
};

static volatile sig_atomic_t stopping;

static void
on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static int
open_wake_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	outbox_path(address.sun_path);
	unlink(address.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    chmod(address.sun_path, 0660))
		die("cannot listen on %s: %s", address.sun_path,
		    strerror(errno));
	return fd;
}

/* The one that is active is woken; one that stands by has no socket. */
static void
set_active(struct bridge *bridge, bool active)
{
	if (active && bridge->wake < 0)
		bridge->wake = open_wake_socket();
	if (!active && bridge->wake >= 0) {
		close(bridge->wake);
		bridge->wake = -1;
	}
	bridge->active = active;
}

/* Run calls as one; false and the connection is suspect when one fails. */
static bool
run_calls(struct bridge *bridge, struct call *calls, size_t count)
{
	struct db_error error = { .message = "the connection is lost" };

	/* Never reconnects by itself: the lock would be lost unseen. */
	if (db_alive(bridge->db) &&
	    db_run(bridge->db, calls, count, DB_ONCE, &error))
		return true;
	if (bridge->active)
		log_line(LOG_WARN, "the database failed", "statement",
			 calls[0].statement, "error", error.message, NULL);
	set_active(bridge, false);
	return false;
}

/* Run one statement; NULL when it fails. */
PGresult *
bridge_ask(struct bridge *bridge, const char *statement, const char *a,
	   const char *b)
{
	const char *values[] = { a, b };
	struct call call = { statement, a ? b ? 2 : 1 : 0, values, NULL, 0,
			     NULL };

	return run_calls(bridge, &call, 1) ? call.result : NULL;
}

/* Open the database and become the active one; false: not yet. */
static bool
become_active(struct bridge *bridge)
{
	struct db_error error;
	PGresult *rows;
	bool got;

	if (!db_alive(bridge->db)) {
		db_close(bridge->db);
		bridge->db = db_open("bridge", statements, true, 0, &error);
		if (!bridge->db)
			die("the database will not do: %s", error.message);
		if (*error.state) {
			if (bridge->rounds++ % 60 == 0)
				log_line(LOG_WARN, "the database is away",
					 "error", error.message, NULL);
			return false;
		}
	}
	rows = bridge_ask(bridge, "lock", NULL, NULL);
	got = rows && *PQgetvalue(rows, 0, 0) == 't';
	PQclear(rows);
	if (!got)
		return false;
	rows = bridge_ask(bridge, "mark", NULL, NULL);
	if (!rows)
		return false;
	text_to_int(PQgetvalue(rows, 0, 0), 0, INT64_MAX, &bridge->sent);
	bridge->acked = bridge->sent;
	PQclear(rows);
	acks_forget(bridge);
	set_active(bridge, true);
	bridge->told = false;
	log_line(LOG_INFORM, "active", NULL);
	return true;
}

static void
publish_row(struct bridge *bridge, const PGresult *rows, int i)
{
	const char *stream = PQgetvalue(rows, i, 4);
	bool event = *PQgetvalue(rows, i, 6) == 't';
	int64_t org = strtoll(PQgetvalue(rows, i, 1), NULL, 10);
	int64_t pos = strtoll(PQgetvalue(rows, i, 0), NULL, 10);
	int64_t age = strtoll(PQgetvalue(rows, i, 7), NULL, 10);

	bridge->sent = pos;
	if (PQgetisnull(rows, i, 5)) {
		acks_skip(bridge, pos);	/* its event has been deleted */
	} else if (!strcmp(stream, "control")) {
		tell_plugin(bridge, org, PQgetvalue(rows, i, 5));
		acks_skip(bridge, pos);
	} else if (age > NEWS_SECONDS && !strcmp(stream, "event")) {
		counter_add(COUNTER_EVENTS_STALE, 1);
		acks_skip(bridge, pos);
	} else {
		publish_message(bridge, org, PQgetvalue(rows, i, 2), stream,
				PQgetvalue(rows, i, 3),
				PQgetvalue(rows, i, 5), event, pos);
	}
}

/* One round: sequence, and publish, where the broker takes it, what has its
 * place now. True if there may be more at once. */
static bool
move_news(struct bridge *bridge)
{
	bool publish = bridge->up && bridge->in_flight <= IN_FLIGHT_MAX;
	char pos[24];
	const char *values[] = { pos };
	struct call calls[] = {
		{ "sequence", 0, NULL, NULL, 0, NULL },
		{ "behind", 1, values, NULL, 0, NULL },
	};
	int n;

	snprintf(pos, sizeof(pos), "%" PRId64, bridge->sent);
	if (!run_calls(bridge, calls, publish ? 2 : 1))
		return false;
	PQclear(calls[0].result);
	if (!publish)
		return false;
	n = PQntuples(calls[1].result);
	for (int i = 0; i < n; i++)
		publish_row(bridge, calls[1].result, i);
	PQclear(calls[1].result);
	return n == BATCH;
}

static void
save_mark(struct bridge *bridge)
{
	char pos[24];

	snprintf(pos, sizeof(pos), "%" PRId64, bridge->acked);
	PQclear(bridge_ask(bridge, "set_mark", pos,
			   bridge->up ? "true" : "false"));
	bridge->marked = bridge->acked;
}

static void
each_second(struct bridge *bridge)
{
	save_mark(bridge);
	PQclear(bridge_ask(bridge, "fold", NULL, NULL));
	if (++bridge->rounds % 60 == 0)
		PQclear(bridge_ask(bridge, "forget", NULL, NULL));
}

/* Wait for a wake-up, the broker, or the next second. */
static void
wait_for_work(struct bridge *bridge, int64_t until)
{
	int64_t left = (until - time_ticks()) / 1000;
	struct pollfd fds[2] = {
		{ .fd = bridge->wake, .events = POLLIN },
		{ .fd = broker_socket(bridge), .events = POLLIN },
	};
	char drop[16];

	if (fds[1].fd >= 0 && broker_wants_write(bridge))
		fds[1].events |= POLLOUT;
	poll(fds, fds[1].fd >= 0 ? 2 : 1, left < 0 ? 0 : (int)left + 1);
	while (bridge->wake >= 0 &&
	       recv(bridge->wake, drop, sizeof(drop), 0) >= 0)
		;
	broker_io(bridge, fds[1].revents & POLLIN, true);
}

static void
run(struct bridge *bridge)
{
	int64_t next = 0;

	while (!stopping) {
		bool second = time_ticks() >= next;

		if (second)
			next = time_ticks() + SECOND;
		if (!bridge->active && (!second || !become_active(bridge))) {
			wait_for_work(bridge, next);
			continue;
		}
		if (second && !bridge->up)
			broker_connect(bridge);
		if (bridge->up && !bridge->told)
			tell_everything(bridge);
		while (bridge->active && !stopping && move_news(bridge))
			broker_io(bridge, true, true);
		if (second && bridge->active)
			each_second(bridge);
		wait_for_work(bridge, next);
	}
	if (bridge->active) {
		broker_finish(bridge);
		save_mark(bridge);
	}
}

int
main(int argc, char **argv)
{
	struct bridge *bridge = xcalloc(1, sizeof(*bridge));
	struct sigaction action = { .sa_handler = on_signal };

	log_init("pulse-bridge");
	if (argc > 1 && strcmp(argv[1], "--check"))
		die("%s is not an option: --check", argv[1]);
	conf_load();
	shared_open();
	if (argc > 1) {
		struct db_error error;

		bridge->db = db_open("bridge", statements, true, 0, &error);
		if (!bridge->db || *error.state)
			die("%s", error.message);
		printf("pulse-bridge: all statements prepare\n");
		db_close(bridge->db);
		free(bridge);
		return 0;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	broker_init(bridge);
	bridge->wake = -1;
	run(bridge);
	broker_release(bridge);
	db_close(bridge->db);
	free(bridge);
	return 0;
}
