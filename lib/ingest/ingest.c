/*
 * ingest.c - deliveries into the database.
 */
#include "base.h"

#include <pthread.h>

#include "clock.h"
#include "conf.h"
#include "ingest.h"
#include "jira.h"
#include "log.h"
#include "outbox.h"
#include "routes.h"

#define BATCH_MAX 64
#define BATCH_BYTES (4 << 20)
#define BIG (1 << 20)		/* a body after which the memory goes back */

/* What a writer needs for a batch; as many as there may be writers. */
struct writer {
	struct record_columns records;
	struct column place, door, guid, event, received, body, host, install;
	/* Few connections write: what PostgreSQL keeps for each (plans, the
	 * tables' descriptions) stays in the processor's cache. */
	struct db *db;
	int64_t org;		/* whose deliveries it is writing */
	bool busy;
};

static const struct statement statements[] = {
	INGEST_STATEMENTS,
	{ NULL }
};

struct ingest {
	const char *family;
	pthread_mutex_t lock;
	struct delivery *first, **last;
	struct writer *writers;
	int writer_count;
	struct routes *routes;
	int64_t live_window;		/* milliseconds */
};

struct ingest *
ingest_new(const char *family)
{
	struct ingest *ingest = xcalloc(1, sizeof(*ingest));

	ingest->family = family;
	pthread_mutex_init(&ingest->lock, NULL);
	ingest->last = &ingest->first;
	ingest->writer_count = (int)conf_int("INGEST_WRITERS", 2, 1, 64);
	ingest->writers = xcalloc((size_t)ingest->writer_count,
				  sizeof(*ingest->writers));
	ingest->live_window =
		conf_int("LIVE_WINDOW", 300, 0, INT32_MAX) * 1000;
	ingest->routes = routes_new();
	return ingest;
}

static void
set_types(struct writer *w)
{
	w->place.type = COLUMN_INT4;
	w->door.type = w->install.type = COLUMN_INT8;
	w->guid.type = w->event.type = w->host.type = COLUMN_TEXT;
	w->received.type = COLUMN_TIME;
	w->body.type = COLUMN_BYTES;
}

static void
clear(struct writer *w, bool release)
{
	struct column *columns[] = { &w->place, &w->door, &w->guid, &w->event,
		&w->received, &w->body, &w->host, &w->install };

	for (size_t i = 0; i < COUNT(columns); i++)
		(release ? column_release : column_clear)(columns[i]);
	(release ? records_release : records_clear)(&w->records);
}

static void
add_delivery(struct writer *w, const struct delivery *d, int place,
	     int64_t live_since)
{
	const struct reading *reading = &d->reading;
	struct record repository = {
		RECORD_REPOSITORY, reading->repository_version,
		reading->repository, NULL
	};

	column_add_int(&w->place, place);
	column_add_int(&w->door, d->door);
	column_add_text(&w->guid, d->guid);
	column_add_text(&w->event, d->event);
	column_add_time(&w->received, d->received_at);
	column_add_bytes(&w->body, d->body, d->len);
	column_add_text(&w->host, d->host);
	if (reading->installation == JSON_NO_INT)
		column_add_null(&w->install);
	else
		column_add_int(&w->install, reading->installation);
	if (!d->org) {
		/* Of no tenant: kept; only an installation is nobody's yet. */
		for (size_t i = 0; i < reading->count; i++)
			if (reading->records[i].kind == RECORD_INSTALLATION)
				records_add_quiet(&w->records,
						  reading->records + i, place,
						  0, d->host);
		return;
	}
	if (d->repo && !d->told)
		records_add_quiet(&w->records, &repository, place, d->repo,
				  d->host);
	for (size_t i = 0; i < reading->count; i++)
		if (reading->records[i].kind == RECORD_INSTALLATION && d->door)
			/* An App's installation is not theirs to tell of. */
			continue;
		else if (reading->records[i].kind != RECORD_REPOSITORY)
			records_add(&w->records, reading->records + i, place,
				    d->repo, d->host, live_since);
		else if (reading->records[i].happening)
			records_add_line(&w->records, reading->records + i,
					 place, d->repo, live_since);
}

/* Which places receive() says are fresh: "{1,2}". */
static void
note_fresh(const PGresult *result, struct delivery **batch, int count)
{
	const char *p = PQgetvalue(result, 0, 0);

	for (int i = 0; i < count; i++)
		batch[i]->outcome = INGEST_DUPLICATE;
	while (*p && *p != '}') {
		char *end;
		long place = strtol(p + 1, &end, 10);

		if (end == p + 1)
			break;
		if (place >= 1 && place <= count)
			batch[place - 1]->outcome = INGEST_ACCEPTED;
		p = end;
	}
}

static bool
run_batch(struct ingest *ingest, struct writer *w, struct delivery **batch,
	  int count, struct db_error *error)
{
	struct call calls[1 + RECORD_CALLS];
	struct record_call parameters[RECORD_CALLS];
	const char *values[9];
	int lengths[9];
	int64_t live_since = time_now() - ingest->live_window;
	char org[24];
	size_t n;
	bool good;

	set_types(w);
	for (int i = 0; i < count; i++)
		add_delivery(w, batch[i], i + 1, live_since);
	snprintf(org, sizeof(org), "%" PRId64, batch[0]->org);
	values[0] = batch[0]->org ? org : NULL;
	values[1] = column_value(&w->place, lengths + 1);
	values[2] = column_value(&w->door, lengths + 2);
	values[3] = column_value(&w->guid, lengths + 3);
	values[4] = column_value(&w->event, lengths + 4);
	values[5] = column_value(&w->received, lengths + 5);
	values[6] = column_value(&w->body, lengths + 6);
	values[7] = column_value(&w->host, lengths + 7);
	values[8] = column_value(&w->install, lengths + 8);
	calls[0] = (struct call){
		.statement = "receive", .count = 9, .values = values,
		.lengths = lengths, .binary = ~UINT64_C(1),
	};
	n = 1 + records_calls(&w->records, org, calls + 1, parameters);
	good = db_run(w->db, calls, n, 0, error);
	if (good) {
		note_fresh(calls[0].result, batch, count);
		if (records_are_news(calls, n))
			outbox_wake();
		for (size_t i = 0; i < n; i++)
			PQclear(calls[i].result);
	}
	clear(w, w->body.data.size > BIG);
	if (good && count == 1 && batch[0]->len > BIG)
		db_slim(w->db);
	return good;
}

static enum ingest_outcome
keep_unread(struct db *db, struct delivery *d, const char *state,
	    const char *reason, int64_t next)
{
	char org[24], door[24], received[TIME_TEXT], until[TIME_TEXT];
	const char *values[9] = {
		d->org ? org : NULL, door, d->guid, d->event, received,
		d->body, state, reason,
		next == TIME_ABSENT ? NULL : time_format(next, until)
	};
	int lengths[9] = { [5] = (int)d->len };
	struct call call = {
		.statement = "keep_unread", .count = 9, .values = values,
		.lengths = lengths, .binary = UINT64_C(1) << 5,
	};
	bool duplicate;

	snprintf(org, sizeof(org), "%" PRId64, d->org);
	snprintf(door, sizeof(door), "%" PRId64, d->door);
	time_format(d->received_at, received);
	if (!db_run(db, &call, 1, 0, &d->error))
		return INGEST_FAILED;
	duplicate = !strcmp(PQgetvalue(call.result, 0, 0), "duplicate");
	PQclear(call.result);
	if (d->len > BIG)
		db_slim(db);
	return duplicate ? INGEST_DUPLICATE
		: next == TIME_ABSENT ? INGEST_DEAD : INGEST_POSTPONED;
}

enum ingest_outcome
ingest_postpone(struct db *db, struct delivery *delivery, int64_t until)
{
	return keep_unread(db, delivery, "waiting", NULL, until);
}

/* A delivery by itself, for better or worse. */
static void
run_single(struct ingest *ingest, struct writer *w, struct delivery *d)
{
	if (run_batch(ingest, w, &d, 1, &d->error))
		return;
	/* The route has changed, or the repository went: look it up again. */
	d->stale = !strcmp(d->error.state, "PS409") ||
		   !strcmp(d->error.state, "23503");
	if (db_error_is_away(&d->error)) {
		d->outcome = INGEST_FAILED;
	} else if (db_error_passes(&d->error)) {
		/* Too long for now, locked, lost to others: later, if the
		 * database is there at all. */
		d->outcome = keep_unread(w->db, d, "waiting", d->error.message,
					 time_now() + 60000);
	} else if (!d->stale) {
		d->reason = arena_printf(d->arena,
			"the database refused it: %s", d->error.message);
		d->outcome = keep_unread(w->db, d, "dead", d->reason, TIME_ABSENT);
	}
}

static bool
has_guid(struct delivery **batch, int count, const struct delivery *d)
{
	for (int i = 0; i < count; i++)
		if (batch[i]->door == d->door &&
		    !strcmp(batch[i]->guid, d->guid))
			return true;
	return false;
}

/* Take what waits for one organisation, in order. */
static int
take_batch(struct ingest *ingest, int64_t org, struct delivery **batch)
{
	struct delivery **at = &ingest->first, *d;
	size_t bytes = 0;
	int count = 0;

	while ((d = *at) && count < BATCH_MAX) {
		if (d->org != org || (count && bytes + d->len > BATCH_BYTES) ||
		    has_guid(batch, count, d)) {
			at = &d->next;
			continue;
		}
		*at = d->next;
		batch[count++] = d;
		bytes += d->len;
	}
	while (*at)
		at = &(*at)->next;
	ingest->last = at;
	return count;
}

static struct writer *
free_writer(struct ingest *ingest)
{
	for (int i = 0; i < ingest->writer_count; i++)
		if (!ingest->writers[i].busy)
			return ingest->writers + i;
	return NULL;
}

/* The first delivery that may be written now: one writer at a time for an
 * organisation, so that what comes meanwhile makes one larger batch (measured:
 * two at once cost PostgreSQL twice as much time a delivery). */
static struct delivery *
next_delivery(const struct ingest *ingest)
{
	struct delivery *d = ingest->first;

	for (int i = 0; d && i < ingest->writer_count; )
		if (ingest->writers[i].busy && ingest->writers[i].org == d->org)
			d = d->next, i = 0;
		else
			i++;
	return d;
}

/* The writer's connection, opened when it is first needed. A database that is
 * away is no failure yet: the run tries again. */
static bool
has_connection(const struct ingest *ingest, struct writer *w,
	       struct db_error *error)
{
	if (!w->db)
		w->db = db_open(ingest->family, statements, true, 0, error);
	return w->db != NULL;
}

static void
fail(struct delivery *d, const struct db_error *error)
{
	d->error = *error;
	d->outcome = INGEST_FAILED;
	d->done = true;
	pthread_cond_signal(&d->turn);
}

/* False: the database is away, after some patience; nothing was written. */
static bool
run_all(struct ingest *ingest, struct writer *w, struct delivery **batch,
	int count, struct db_error *error)
{
	if (!has_connection(ingest, w, error))
		return false;
	if (count > 1 && run_batch(ingest, w, batch, count, error))
		return true;
	if (count > 1 && db_error_is_away(error))
		return false;
	for (int i = 0; i < count; i++)
		run_single(ingest, w, batch[i]);
	return true;
}

/* Called with the lock held, and returns with it held. */
static void
write_batch(struct ingest *ingest, struct writer *w, int64_t org)
{
	struct delivery *batch[BATCH_MAX], *next;
	int count = take_batch(ingest, org, batch);
	struct db_error error;
	bool good;

	w->busy = true;
	w->org = org;
	pthread_mutex_unlock(&ingest->lock);
	good = run_all(ingest, w, batch, count, &error);
	pthread_mutex_lock(&ingest->lock);
	w->busy = false;
	for (int i = 0; i < count; i++)
		if (good) {
			batch[i]->done = true;
			pthread_cond_signal(&batch[i]->turn);
		} else {
			fail(batch[i], &error);
		}
	/* Nor would those that wait fare better, and GitHub waits only so
	 * long. */
	for (struct delivery *d = ingest->first; !good && d; d = d->next)
		fail(d, &error);
	if (!good) {
		ingest->first = NULL;
		ingest->last = &ingest->first;
	}
	/* Whoever waits longest writes next. */
	next = next_delivery(ingest);
	if (next)
		pthread_cond_signal(&next->turn);
}

static void
commit(struct ingest *ingest, struct delivery *d)
{
	d->done = d->stale = false;
	d->next = NULL;
	pthread_cond_init(&d->turn, NULL);
	pthread_mutex_lock(&ingest->lock);
	*ingest->last = d;
	ingest->last = &d->next;
	while (!d->done) {
		struct delivery *next = next_delivery(ingest);
		struct writer *w = next ? free_writer(ingest) : NULL;

		if (w)
			write_batch(ingest, w, next->org);
		else
			pthread_cond_wait(&d->turn, &ingest->lock);
	}
	pthread_mutex_unlock(&ingest->lock);
	pthread_cond_destroy(&d->turn);
}

/* Whose a Jira's door is, and which of its fields are read. False: the database
 * is away, or the door is gone. */
static bool
find_jira(struct db *db, struct delivery *d, struct jira_fields *fields)
{
	char door[24];
	PGresult *rows;

	snprintf(door, sizeof(door), "%" PRId64, d->door);
	rows = db_call(db, &d->error, "jira_fields", door, (char *)NULL);
	if (!rows)
		return false;
	if (PQntuples(rows)) {
		d->org = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
		fields->points = PQgetisnull(rows, 0, 1) ? NULL
			: arena_string(d->arena, PQgetvalue(rows, 0, 1));
		fields->sprint = PQgetisnull(rows, 0, 2) ? NULL
			: arena_string(d->arena, PQgetvalue(rows, 0, 2));
	}
	PQclear(rows);
	return true;
}

/* One of a Jira: its records are of the door's connection, so the door stands
 * where others have their repository, and is nothing that could be unknown. */
static enum ingest_outcome
ingest_jira(struct ingest *ingest, struct db *db, struct delivery *d)
{
	struct jira_fields fields = { NULL, NULL };

	d->org = d->repo = 0;
	if (!find_jira(db, d, &fields))
		return INGEST_FAILED;
	if (!d->org)
		d->reason = d->door ? "its connection is not there any more"
			: "no connection has its host, or more than one";
	else if (jira_read(&d->reading, &fields, d->body, d->len, &d->reason))
		d->reason = NULL;
	if (d->reason)
		return keep_unread(db, d, "dead", d->reason, TIME_ABSENT);
	d->repo = d->door;
	d->told = true;		/* there is no repository to tell of */
	commit(ingest, d);
	if (d->stale)
		return keep_unread(db, d, "waiting", d->error.message,
				   time_now() + 60000);
	return d->outcome;
}

enum ingest_outcome
ingest_delivery(struct ingest *ingest, struct db *db, struct delivery *d)
{
	struct reading *reading = &d->reading;
	struct route route;
	size_t len = d->len;
	uint64_t tells;
	bool readable;
	char *json;

	*reading = (struct reading){
		.arena = d->arena, .event = d->event, .delivery = d->guid,
		.received_at = d->received_at,
	};
	if (!strncmp(d->event, JIRA_EVENT, strlen(JIRA_EVENT)))
		return ingest_jira(ingest, db, d);
	json = github_form(d->body, &len);
	d->org = d->repo = 0;
	readable = github_read(reading, json ? json : d->body, len,
			       &d->reason);
	free(json);
	if (!readable)
		return keep_unread(db, d, "dead", d->reason, TIME_ABSENT);
	tells = routes_tells(reading);
	for (int attempt = 0; attempt < 3; attempt++) {
		if (!routes_find(ingest->routes, db, d->door, d->host, reading,
				 attempt > 0, &route, &d->error))
			return INGEST_FAILED;
		d->org = route.org;
		d->repo = route.repo;
		if (*route.refused) {
			d->reason = arena_string(d->arena, route.refused);
			return keep_unread(db, d, "dead", d->reason,
					   TIME_ABSENT);
		}
		if (reading->repository && !route.repo)
			return INGEST_UNKNOWN;
		d->told = route.told == tells;
		commit(ingest, d);
		if (d->outcome == INGEST_ACCEPTED && !d->stale && !d->told)
			routes_note(ingest->routes, d->door, d->host, reading,
				    tells);
		if (!d->stale)
			return d->outcome;
	}
	/* The routes change faster than we look: it is kept, and read later. */
	d->org = 0;
	return keep_unread(db, d, "waiting", d->error.message,
			   time_now() + 60000);
}
