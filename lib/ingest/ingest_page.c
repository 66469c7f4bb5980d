/*
 * ingest_page.c - records that did not come by a webhook (an import, a page of
 * a sync): one transaction, and no raw bytes to keep.
 */
#include "base.h"

#include "clock.h"
#include "ingest.h"
#include "log.h"
#include "outbox.h"
#include "records_sql.h"

bool
ingest_with(struct db *db, int64_t org, int64_t repo, const char *host,
	    const struct record *records, size_t count, bool live,
	    struct call *also, size_t also_count, struct db_error *error)
{
	struct record_columns *columns = xcalloc(1, sizeof(*columns));
	struct record_call parameters[RECORD_CALLS];
	struct call calls[1 + RECORD_CALLS + INGEST_ALSO];
	int64_t live_since = live ? time_now() - 300000 : INT64_MAX;
	const char *values[1];
	char digits[24];
	size_t n;
	bool good;

	snprintf(digits, sizeof(digits), "%" PRId64, org);
	values[0] = digits;
	for (size_t i = 0; i < count; i++)
		records_add(columns, records + i, 0, repo, host, live_since);
	calls[0] = (struct call){ "enter_as", 1, values, NULL, 0, NULL };
	n = 1 + records_calls(columns, digits, calls + 1, parameters);
	if (also_count > INGEST_ALSO)
		die("more calls behind a page than there is room for");
	if (also_count)
		memcpy(calls + n, also, also_count * sizeof(*also));
	good = db_run(db, calls, n + also_count, 0, error);
	if (good && records_are_news(calls, n))
		outbox_wake();
	for (size_t i = 0; good && i < n; i++)
		PQclear(calls[i].result);
	for (size_t i = 0; good && i < also_count; i++)
		also[i].result = calls[n + i].result;
	records_release(columns);
	free(columns);
	return good;
}

bool
ingest_records(struct db *db, int64_t org, int64_t repo, const char *host,
	       const struct record *records, size_t count, bool live,
	       struct db_error *error)
{
	return ingest_with(db, org, repo, host, records, count, live, NULL, 0,
			   error);
}
