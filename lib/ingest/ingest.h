/*
 * ingest.h - deliveries into the database.
 *
 * Deliveries that wait at the same moment commit together: whoever finds no
 * writer at work becomes one and takes all that wait for one organisation
 * (measured: one statement a table for 16 deliveries costs a quarter of 16
 * times one). A delivery that is alone does not wait. When a batch fails, each
 * of its deliveries is tried by itself, so that one bad record never stops
 * another.
 */
#ifndef PULSE_INGEST_H
#define PULSE_INGEST_H

#include <pthread.h>

#include "db.h"
#include "github.h"
#include "records_sql.h"

#define INGEST_STATEMENTS						\
	{ "route", "SELECT org_id, repo_id FROM route($1,$2,$3,$4)" },	\
	{ "adopt", "SELECT org_id, repo_id, refused"			\
	  " FROM adopt($1,$2,$3,$4,$5)" },				\
	{ "door", "SELECT org_id, host, secret FROM door($1)" },	\
	{ "receive", "SELECT receive($1,$2,$3,$4,$5,$6,$7,$8,$9)" },	\
	{ "keep_unread", "SELECT keep_unread("				\
	  "$1,$2,$3,$4,$5,$6,$7,$8,$9)" },				\
	{ "jira_fields", "SELECT org_id, points, sprint"		\
	  " FROM jira_fields($1)" },					\
	RECORD_STATEMENTS

enum ingest_outcome {
	INGEST_ACCEPTED,	/* read into records, or kept as it came */
	INGEST_DUPLICATE,	/* was here before: nothing written */
	INGEST_DEAD,		/* unreadable, or of a repository that the
				 * plan has no room for: see reason */
	INGEST_POSTPONED,	/* kept, to be read by process-deliveries */
	INGEST_UNKNOWN,		/* of a repository that nobody connected */
	INGEST_FAILED		/* not kept: the database is away */
};

struct delivery {
	/* From the caller. */
	int64_t door;			/* connection.id; 0: the App's. One
					 * whose event begins with JIRA_EVENT
					 * is a Jira's (domain/jira.h) */
	const char *host, *guid, *event;
	int64_t received_at;
	const char *body;		/* the bytes that were signed */
	size_t len;
	struct arena *arena;
	/* Out. */
	const char *reason;		/* of a dead letter, in words */
	struct db_error error;		/* for the log */
	/* Of the queue. */
	struct reading reading;
	int64_t org, repo;
	enum ingest_outcome outcome;
	bool done, stale;
	bool told;			/* nothing new of its repository */
	pthread_cond_t turn;
	struct delivery *next;
};

struct ingest;

/* One a process, for the family's database role. Reads ADOPT_REPOSITORIES,
 * LIVE_WINDOW and INGEST_WRITERS: so many connections of its own are opened, as
 * they are needed. */
struct ingest *ingest_new(const char *family);

/*
 * Read a delivery and store it; the calling thread's connection is for what
 * cannot be written together with others. Any number of threads may call at once. Returns what
 * became of it; the transaction is committed then, and the bridge woken.
 */
enum ingest_outcome ingest_delivery(struct ingest *ingest, struct db *db,
				    struct delivery *delivery);

/* Keep a delivery without reading it, to be read later. */
enum ingest_outcome ingest_postpone(struct db *db, struct delivery *delivery,
				    int64_t until);

/* Records that did not come by a webhook (an import, a sync): one transaction
 * for all of them. With `live`, what is recent goes to the rooms. */
bool ingest_records(struct db *db, int64_t org, int64_t repo,
		    const char *host, const struct record *records,
		    size_t count, bool live, struct db_error *error);

/* The same, and in the same transaction behind them at most INGEST_ALSO calls
 * of the caller's, as a job's checkpoint: their results are the caller's to
 * clear. */
#define INGEST_ALSO 6
bool ingest_with(struct db *db, int64_t org, int64_t repo, const char *host,
		 const struct record *records, size_t count, bool live,
		 struct call *also, size_t also_count, struct db_error *error);

#endif
