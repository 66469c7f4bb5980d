/*
 * db.c - PostgreSQL: a connection, prepared statements, pipelines.
 */
#include "base.h"

#include <pthread.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "db.h"
#include "log.h"
#include "shared.h"

#define RETRIES 5		/* of a transaction that lost to another */
#define LOST "08006"

struct db {
	PGconn *conn;
	char role[64];
	const struct statement *statements;
	bool *prepared;
	size_t count;
	bool prepare_all;
	int64_t patience;	/* for a lost database, microseconds */
	bool shared;
	pthread_mutex_t turn;
};

static void
set_error(struct db_error *error, const char *state, const char *message)
{
	snprintf(error->state, sizeof(error->state), "%s",
		 state && *state ? state : LOST);
	snprintf(error->message, sizeof(error->message), "%.*s",
		 (int)strcspn(message, "\n"), message);
}

bool
db_error_passes(const struct db_error *error)
{
	static const char *const classes[] = { "08", "53", "57", "58", "40" };

	for (size_t i = 0; i < COUNT(classes); i++)
		if (!strncmp(error->state, classes[i], 2))
			return true;
	return false;
}

bool
db_error_is_away(const struct db_error *error)
{
	return !strncmp(error->state, "08", 2) ||
	       !strncmp(error->state, "57P", 3) ||
	       !strcmp(error->state, "53300");
}

/* Does the connection string name a user? Then all families are that one. */
static bool
names_user(const char *url)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	bool named = false;

	for (PQconninfoOption *o = options; o && o->keyword; o++)
		if (!strcmp(o->keyword, "user") && o->val)
			named = true;
	PQconninfoFree(options);
	return named;
}

/* The administrator's tools own the tables: DATABASE_ADMIN_URL, else
 * DATABASE_URL as whoever runs them. */
static const char *
find_url(bool admin)
{
	const char *url = admin ? conf_get("DATABASE_ADMIN_URL") : NULL;

	return url ? url : conf_need("DATABASE_URL");
}

static PGconn *
connect_once(const struct db *db, struct db_error *error)
{
	bool admin = !strcmp(db->role, "pulse_admin");
	const char *url = find_url(admin);
	/* A migration takes as long as it takes; GitHub waits ten seconds, and
	 * then a delivery must have been kept at least. */
	const char *timeout = admin ? "0"
		: !strcmp(db->role, "pulse_ingest") ? "6s" : "60s";
	/* Where there is one role only, these two work on all rows because they
	 * say so (sql/rights-one-role). */
	const char *across = admin || !strcmp(db->role, "pulse_bridge")
		? " -c pulse.across=yes" : "";
	char options[256];
	const char *keys[] = {
		"dbname", "application_name", "connect_timeout", "options",
		admin || names_user(url) ? NULL : "user", NULL
	};
	const char *values[] = {
		url, log_program(), "5", options, db->role, NULL
	};
	PGconn *conn;

	snprintf(options, sizeof(options), "-c search_path=pulse"
		 " -c plan_cache_mode=force_generic_plan -c timezone=UTC"
		 " -c client_min_messages=warning -c statement_timeout=%s%s",
		 timeout, across);
	conn = PQconnectdbParams(keys, values, 1);
	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	set_error(error, LOST, PQerrorMessage(conn));
	if (strstr(error->message, "too many connections") ||
	    strstr(error->message, "remaining connection slots"))
		set_error(error, "53300", PQerrorMessage(conn));
	PQfinish(conn);
	return NULL;
}

static bool
prepare_one(struct db *db, size_t i, struct db_error *error)
{
	const struct statement *s = db->statements + i;
	PGresult *result = PQprepare(db->conn, s->name, s->sql, 0, NULL);
	bool good = PQresultStatus(result) == PGRES_COMMAND_OK;

	if (!good)
		set_error(error, PQresultErrorField(result, PG_DIAG_SQLSTATE),
			  PQresultErrorMessage(result));
	PQclear(result);
	db->prepared[i] = good;
	return good;
}

static bool
open_once(struct db *db, struct db_error *error)
{
	PQfinish(db->conn);
	memset(db->prepared, 0, db->count * sizeof(bool));
	db->conn = connect_once(db, error);
	if (!db->conn)
		return false;
	for (size_t i = 0; db->prepare_all && i < db->count; i++)
		if (!prepare_one(db, i, error)) {
			if (!db_error_passes(error))
				log_line(LOG_FAIL, "a statement is wrong",
					 "statement", db->statements[i].name,
					 "error", error->message, NULL);
			PQfinish(db->conn);
			db->conn = NULL;
			return false;
		}
	return true;
}

/* Keep trying until `deadline` (time_ticks()), more slowly each time. */
static bool
open_until(struct db *db, int64_t deadline, struct db_error *error)
{
	useconds_t nap = 20000;

	while (!open_once(db, error)) {
		if (!db_error_passes(error) || time_ticks() + nap > deadline)
			return false;
		usleep(nap);
		nap = nap < 400000 ? nap * 2 : nap;
	}
	return true;
}

struct db *
db_open(const char *family, const struct statement *statements, bool prepare,
	int wait, struct db_error *error)
{
	struct db *db = xcalloc(1, sizeof(*db));

	snprintf(db->role, sizeof(db->role), "pulse_%s", family);
	db->statements = statements;
	while (statements[db->count].name)
		db->count++;
	db->prepared = xcalloc(db->count + 1, sizeof(bool));
	db->prepare_all = prepare;
	db->patience = conf_int("DATABASE_WAIT", 6, 0, 600) * 1000000;
	error->state[0] = '\0';
	if (open_until(db, time_ticks() + wait * INT64_C(1000000), error) ||
	    db_error_passes(error))
		return db;
	db_close(db);
	return NULL;
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	PQfinish(db->conn);
	if (db->shared)
		pthread_mutex_destroy(&db->turn);
	free(db->prepared);
	free(db);
}

bool
db_alive(const struct db *db)
{
	return db && db->conn && PQstatus(db->conn) == CONNECTION_OK;
}

PGconn *
db_conn(struct db *db)
{
	return db->conn;
}

void
db_slim(struct db *db)
{
	struct db_error ignored;

	if (db->shared)
		pthread_mutex_lock(&db->turn);
	open_once(db, &ignored);
	if (db->shared)
		pthread_mutex_unlock(&db->turn);
}

static size_t
find_statement(const struct db *db, const char *name)
{
	for (size_t i = 0; i < db->count; i++)
		if (!strcmp(db->statements[i].name, name))
			return i;
	die("no statement is named %s", name);
}

const char *
db_text(const struct db *db, const char *statement)
{
	return db->statements[find_statement(db, statement)].sql;
}

/* Queue one call, and its preparation if that has not been done. */
static bool
send_call(struct db *db, const struct call *call, bool *preparing)
{
	size_t i = find_statement(db, call->statement);
	int formats[64] = { 0 };

	*preparing = !db->prepared[i];
	if (*preparing && !PQsendPrepare(db->conn, db->statements[i].name,
					 db->statements[i].sql, 0, NULL))
		return false;
	for (int p = 0; p < call->count && p < 64; p++)
		formats[p] = (int)(call->binary >> p & 1);
	return PQsendQueryPrepared(db->conn, call->statement, call->count,
				   call->values, call->lengths, formats,
				   call->binary_result);
}

/* The next result of the pipeline, and the NULL that ends its command. */
static PGresult *
next_result(struct db *db)
{
	PGresult *result = PQgetResult(db->conn), *more;

	while (result && (more = PQgetResult(db->conn)))
		PQclear(more);
	return result;
}

static bool
is_error(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

/* Keep the first error of the pipeline; what follows it is only aborted. */
static void
note_error(const struct db *db, const PGresult *result, bool *failed,
	   struct db_error *error)
{
	if (*failed || !is_error(result))
		return;
	*failed = true;
	if (result) {
		const char *where = PQresultErrorField(result, PG_DIAG_CONTEXT);
		const char *what = PQresultErrorField(result,
						      PG_DIAG_MESSAGE_PRIMARY);

		set_error(error, PQresultErrorField(result, PG_DIAG_SQLSTATE),
			  what ? what : PQresultErrorMessage(result));
		/* Our own words (class PS) say enough. */
		if (where && strncmp(error->state, "PS", 2))
			log_line(LOG_DEBUGGING, "a statement failed there",
				 "error", error->message, "context", where,
				 NULL);
	} else
		set_error(error, LOST, PQerrorMessage(db->conn));
}

/* Read the results of `count` calls and of the Sync behind them. */
static bool
read_results(struct db *db, struct call *calls, const bool *preparing,
	     size_t count, struct db_error *error)
{
	bool failed = false;
	PGresult *result;

	for (size_t i = 0; i < count; i++) {
		if (preparing[i]) {
			result = next_result(db);
			note_error(db, result, &failed, error);
			PQclear(result);
		}
		calls[i].result = next_result(db);
		note_error(db, calls[i].result, &failed, error);
		if (preparing[i] && !failed)
			db->prepared[find_statement(db, calls[i].statement)] =
				true;
	}
	/* The Sync: here the transaction commits, or fails to. */
	result = PQgetResult(db->conn);
	if (!failed && PQresultStatus(result) != PGRES_PIPELINE_SYNC)
		note_error(db, result, &failed, error);
	PQclear(result);
	return !failed;
}

static bool
run_once(struct db *db, struct call *calls, size_t count,
	 struct db_error *error)
{
	bool preparing[count], good;

	if (!PQenterPipelineMode(db->conn)) {
		set_error(error, LOST, PQerrorMessage(db->conn));
		return false;
	}
	good = true;
	for (size_t i = 0; good && i < count; i++) {
		calls[i].result = NULL;
		good = send_call(db, calls + i, preparing + i);
	}
	good = good && PQpipelineSync(db->conn);
	if (good)
		good = read_results(db, calls, preparing, count, error);
	else
		set_error(error, LOST, PQerrorMessage(db->conn));
	/* What is left in a pipeline would answer the next caller. */
	if (!PQexitPipelineMode(db->conn)) {
		PQfinish(db->conn);
		db->conn = NULL;
	}
	if (!good)
		for (size_t i = 0; i < count; i++) {
			PQclear(calls[i].result);
			calls[i].result = NULL;
		}
	return good;
}

static bool
lost_to_another(const struct db_error *error)
{
	return !strcmp(error->state, "40001") || !strcmp(error->state, "40P01");
}

/* Does the server answer on this connection? */
static bool
answers(struct db *db)
{
	PGresult *nothing = PQexec(db->conn, "");
	bool good = PQresultStatus(nothing) == PGRES_EMPTY_QUERY;

	PQclear(nothing);
	return good;
}

static bool
run_until(struct db *db, struct call *calls, size_t count, int flags,
	  int64_t deadline, struct db_error *error)
{
	int retries = RETRIES;

	if (flags & DB_PROBE && db_alive(db) && !answers(db)) {
		PQfinish(db->conn);
		db->conn = NULL;
	}
	for (;;) {
		if (PQstatus(db->conn) != CONNECTION_OK) {
			counter_add(COUNTER_DATABASE_RECONNECTS, 1);
			if (!open_until(db, deadline, error))
				return false;
		}
		if (run_once(db, calls, count, error))
			return true;
		if (lost_to_another(error) && retries--) {
			counter_add(COUNTER_DATABASE_RETRIES, 1);
			continue;
		}
		/* 57P01, 57P02, 57P03: the server is going or coming. */
		if (db->conn && PQstatus(db->conn) == CONNECTION_OK &&
		    strncmp(error->state, "57P", 3))
			return false;
		PQfinish(db->conn);
		db->conn = NULL;
		if (flags & DB_ONCE || time_ticks() > deadline)
			return false;
	}
}

void
db_share(struct db *db)
{
	pthread_mutex_init(&db->turn, NULL);
	db->shared = true;
}

bool
db_run(struct db *db, struct call *calls, size_t count, int flags,
       struct db_error *error)
{
	/* Waiting for one's turn is part of the patience. */
	int64_t deadline = time_ticks() + db->patience;
	bool good;

	if (db->shared)
		pthread_mutex_lock(&db->turn);
	good = run_until(db, calls, count, flags, deadline, error);
	if (db->shared)
		pthread_mutex_unlock(&db->turn);
	return good;
}

PGresult *
db_call(struct db *db, struct db_error *error, const char *statement, ...)
{
	const char *values[32];
	struct call call = { statement, 0, values, NULL, 0, NULL };
	va_list args;

	va_start(args, statement);
	while (call.count < 32 &&
	       (values[call.count] = va_arg(args, const char *)))
		call.count++;
	va_end(args);
	db_run(db, &call, 1, 0, error);
	return call.result;
}
