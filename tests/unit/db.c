/*
 * db.c - what becomes of a transaction whose connection is cut.
 *
 * Needs a server: the one that tests/run has started (PULSE_TEST_PG).
 */
#include "db.h"

#include "log.h"

#include "tap.h"
#include "text.h"

/* A sequence counts the runs, since no rollback takes it back. */
#define RUNS "public.unit_db_runs"

static const struct statement statements[] = {
	{ "run", "SELECT nextval('" RUNS "')" },
	{ "run_and_end",
	  "SELECT nextval('" RUNS "'), pg_terminate_backend(pg_backend_pid())" },
	{ NULL }
};

static PGconn *other;		/* that cuts and counts */
static struct db *db;

static int64_t
ask_other(const char *sql)
{
	PGresult *result = PQexec(other, sql);
	int64_t number = PQntuples(result)
		? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;

	PQclear(result);
	return number;
}

static int64_t
runs(void)
{
	return ask_other("SELECT last_value - (NOT is_called)::int"
			 " FROM " RUNS);
}

static void
begin(void)
{
	ask_other("DROP SEQUENCE IF EXISTS " RUNS);
	ask_other("CREATE SEQUENCE " RUNS);
}

static void
cut(void)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, 5000)",
		 PQbackendPID(db_conn(db)));
	ask_other(sql);
}

static bool
run(const char *statement, int flags)
{
	struct call call = { statement, 0, NULL, NULL, 0, NULL };
	struct db_error error;
	bool good = db_run(db, &call, 1, flags, &error);

	PQclear(call.result);
	return good;
}

static void
test_idle(void)
{
	begin();
	ok(run("run", DB_ONCE | DB_PROBE) && runs() == 1,
	   "a write with a probe is one write");
	cut();
	ok(run("run", 0) && runs() == 2,
	   "what may be repeated does not suffer from a cut connection");
	cut();
	ok(!run("run", DB_ONCE) && runs() == 2,
	   "what may not is told of it, when it did not ask before");
	ok(run("run", DB_ONCE) && runs() == 3, "and the next has another");
	cut();
	ok(run("run", DB_ONCE | DB_PROBE) && runs() == 4,
	   "a write that asked before has another connection, and runs once");
}

static void
test_under_way(void)
{
	begin();
	ok(!run("run_and_end", DB_ONCE | DB_PROBE) && runs() == 1,
	   "a write whose connection ends under it is not run again");
	ok(run("run", DB_ONCE | DB_PROBE) && runs() == 2,
	   "and the next is well");
}

int
main(void)
{
	const char *host = getenv("PULSE_TEST_PG");
	struct text url = { 0 };
	struct db_error error;

	text_addf(&url, "postgresql://pulse@/postgres?host=%s",
		  host ? host : "/nowhere");
	setenv("DATABASE_URL", url.data, 1);
	setenv("PULSE_CONF", "/dev/null", 1);
	other = PQconnectdb(url.data);
	log_init("unit_db");
	ask_other("SET client_min_messages = warning");
	begin();
	db = db_open("web", statements, true, 0, &error);
	if (ok(PQstatus(other) == CONNECTION_OK && db && db_alive(db),
	       "there is a database")) {
		test_idle();
		test_under_way();
	}
	ask_other("DROP SEQUENCE IF EXISTS " RUNS);
	db_close(db);
	PQfinish(other);
	text_release(&url);
	return done();
}
