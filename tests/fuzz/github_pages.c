/*
 * github_pages.c - any bytes as an answer of GitHub's API: read, and bound to
 * parameters.
 */
#include "github_pages.h"

#include "records_sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
bind_records(const struct github_page *page)
{
	static struct record_columns columns;
	struct record_call parameters[RECORD_CALLS];
	struct call calls[RECORD_CALLS];

	for (size_t i = 0; i < page->count; i++)
		records_add(&columns, page->records + i, 1, 1, "host", 0);
	records_calls(&columns, "1", calls, parameters);
	records_clear(&columns);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct repository repository = {
		.github_id = 1, .full_name = "a/b", .default_branch = "main"
	};
	static const struct deployment deployment = {
		.source = "github", .external_id = "1", .environment = "e",
		.sha = "0123456789012345678901234567890123456789"
	};
	struct arena arena = { 0 };
	struct github_page page = { .arena = &arena,
		.repository = &repository, .number = 1,
		.deployment = &deployment };
	const char *problem = NULL;
	struct record record;
	size_t count;
	char *body;

	if (!len)
		return 0;
	body = arena_copy(&arena, (const char *)bytes + 1, len - 1);
	if (github_read_page(&page, (enum github_list)(*bytes % LISTS), body,
			     len - 1, &problem))
		bind_records(&page);
	else if (!problem || !*problem)
		__builtin_trap();	/* a refusal says why */
	github_read_seen(&arena, body, len - 1, &count, &problem);
	github_read_repository(&arena, body, len - 1, &record, &problem);
	arena_release(&arena);
	return 0;
}
