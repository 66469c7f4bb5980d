/*
 * db.h - PostgreSQL: a connection, prepared statements, pipelines.
 *
 * A run of calls is one pipeline and one implicit transaction: they commit
 * together at its end, or none does. There is no BEGIN: an error before a
 * queued COMMIT would leave the connection in a failed transaction.
 *
 * A connection belongs to one thread. A lost one is opened again, and what was
 * under way is run again, unless it may not be (DB_ONCE); transactions that
 * lost to another (40001, 40P01) are run again in any case.
 */
#ifndef PULSE_DB_H
#define PULSE_DB_H

#include "base.h"

#include <libpq-fe.h>

struct statement {
	const char *name, *sql;		/* the last has a NULL name */
};

struct db;

/* Parameters of a call: text unless `binary` has a bit set for its place. */
struct call {
	const char *statement;
	int count;
	const char *const *values;	/* NULL is SQL's NULL */
	const int *lengths;		/* needed for binary ones only */
	uint64_t binary;		/* bit i: parameter i is binary */
	PGresult *result;		/* out; the caller's to clear */
	bool binary_result;		/* bytes as they are, not as text */
};

struct db_error {
	char state[6];			/* SQLSTATE; "08006" for a lost one */
	char message[256];		/* the server's words, for the log */
};

/*
 * DB_ONCE: never run again in doubt. When a connection ends under a
 * transaction nobody can tell whether it was committed, so the caller hears of
 * it. Most such connections had ended long before, though, while they were
 * idle: a restart of the server, a fail-over, a firewall.
 * DB_PROBE: find that out first, by a round trip that does nothing, and open
 * another. Not for who holds something with his session, as a lock.
 */
enum { DB_ONCE = 1, DB_PROBE = 2 };

/*
 * A connection for a family of programs ("web", "ingest", …): the role is
 * pulse_<family>, unless DATABASE_URL names a user; for the family "admin" it
 * is the tables' owner, by DATABASE_ADMIN_URL. `statements` must stay.
 * With `prepare` all are prepared now and a mistake in one ends the program;
 * else each is when it is first called.
 *
 * Keeps trying for `wait` seconds. A database that is away even then is no
 * failure: error->state says so, and the first run tries again. NULL when it
 * will never do (no such database, a statement is wrong): *error says why.
 */
struct db *db_open(const char *family, const struct statement *statements,
		   bool prepare, int wait, struct db_error *error);
void db_close(struct db *db);

/*
 * Run calls as one transaction. True: every call has its result. False: none
 * has, and *error says why.
 */
bool db_run(struct db *db, struct call *calls, size_t count, int flags,
	    struct db_error *error);

/* From now on several threads may call db_run() with this connection; they
 * take turns. For what is rare or short. */
void db_share(struct db *db);

/* Is the database itself away, so that nothing else would work either? */
bool db_error_is_away(const struct db_error *error);

/* One statement with text parameters, up to a NULL. Returns its result or
 * NULL; for tools and jobs. */
PGresult *db_call(struct db *db, struct db_error *error,
		  const char *statement, ...) __attribute__((sentinel));

/* Is it worth trying later: the database is away, full or busy? */
bool db_error_passes(const struct db_error *error);

/* Is there a connection that has not failed? NULL is none. */
bool db_alive(const struct db *db);

/* The libpq connection, for a program that waits on its socket. */
PGconn *db_conn(struct db *db);

/* The text of a statement. */
const char *db_text(const struct db *db, const char *statement);

/*
 * The rows of some statements as they are at one moment, some at a time: `take`
 * is called for each lot and says whether to go on. `enter` is run first, in
 * the same transaction, which only reads; each statement has values[0] as its
 * $1. The connection must be there (db_run() before). False: it failed, or
 * `take` did not go on; *error says why, with an empty state for the latter.
 */
bool db_stream(struct db *db, const struct call *enter,
	       const char *const *statements, const char *const *values,
	       bool (*take)(void *data, const PGresult *rows), void *data,
	       struct db_error *error);

/* Let go of the memory that a very large parameter took. */
void db_slim(struct db *db);

#endif
