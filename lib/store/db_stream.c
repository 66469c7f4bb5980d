/*
 * db_stream.c - many rows in little memory: a cursor in a transaction that only
 * reads.
 */
#include "base.h"

#include "db.h"
#include "text.h"

#define LOT "200"

/* Run one command; NULL, and *error, when it fails. */
static PGresult *
run(PGconn *conn, const char *sql, int count, const char *const *values,
    struct db_error *error)
{
	PGresult *result = PQexecParams(conn, sql, count, NULL, values, NULL,
					NULL, 0);
	ExecStatusType status = PQresultStatus(result);
	const char *state;

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return result;
	state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	snprintf(error->state, sizeof(error->state), "%s",
		 state ? state : "08006");
	snprintf(error->message, sizeof(error->message), "%.*s",
		 (int)strcspn(PQresultErrorMessage(result), "\n"),
		 PQresultErrorMessage(result));
	PQclear(result);
	return NULL;
}

static bool
command(PGconn *conn, const char *sql, int count, const char *const *values,
	struct db_error *error)
{
	PGresult *result = run(conn, sql, count, values, error);

	PQclear(result);
	return result != NULL;
}

static bool
stream_one(PGconn *conn, const char *sql, const char *const *values,
	   bool (*take)(void *data, const PGresult *rows), void *data,
	   struct db_error *error)
{
	struct text declare = { 0 };
	bool good;
	int n;

	text_addf(&declare, "DECLARE page NO SCROLL CURSOR FOR %s", sql);
	good = command(conn, declare.data, 1, values, error);
	text_release(&declare);
	do {
		PGresult *rows = good ? run(conn, "FETCH " LOT " FROM page", 0,
					    NULL, error) : NULL;

		n = rows ? PQntuples(rows) : 0;
		good = rows && (!n || take(data, rows));
		PQclear(rows);
	} while (good && n);
	return good && command(conn, "CLOSE page", 0, NULL, error);
}

bool
db_stream(struct db *db, const struct call *enter,
	  const char *const *statements, const char *const *values,
	  bool (*take)(void *data, const PGresult *rows), void *data,
	  struct db_error *error)
{
	PGconn *conn = db_conn(db);
	bool good;

	*error = (struct db_error){ 0 };
	good = command(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		       0, NULL, error) &&
	       command(conn, db_text(db, enter->statement), enter->count,
		       enter->values, error);
	for (; good && *statements; statements++)
		good = stream_one(conn, db_text(db, *statements), values, take,
				  data, error);
	/* The end of a failed one, too; a lost connection is opened anew by
	 * whoever comes next. */
	PQclear(PQexec(conn, good ? "COMMIT" : "ROLLBACK"));
	return good;
}
