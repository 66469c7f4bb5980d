/*
 * github.c - any bytes as a delivery: read, and bound to parameters.
 */
#include "github.h"

#include "records_sql.h"

static const char *const events[] = {
	"push", "pull_request", "pull_request_review",
	"pull_request_review_comment", "pull_request_review_thread",
	"issue_comment", "issues", "deployment", "deployment_status",
	"workflow_run", "check_run", "check_suite", "status", "release",
	"create", "delete", "repository", "member", "membership",
	"organization", "installation", "installation_repositories", "ping",
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct record_columns columns;
	struct record_call parameters[RECORD_CALLS];
	struct call calls[RECORD_CALLS];
	struct arena arena = { 0 };
	struct reading reading = { .arena = &arena, .delivery = "guid",
				   .received_at = 1 };
	const char *problem = NULL;

	if (!len)
		return 0;
	reading.event = events[*bytes % COUNT(events)];
	if (github_read(&reading, (const char *)bytes + 1, len - 1, &problem)) {
		for (size_t i = 0; i < reading.count; i++)
			records_add(&columns, reading.records + i, 1, 1,
				    "host", 0);
		records_calls(&columns, "1", calls, parameters);
		records_clear(&columns);
	} else if (!problem || !*problem) {
		__builtin_trap();	/* a refusal says why */
	}
	arena_release(&arena);
	return 0;
}
