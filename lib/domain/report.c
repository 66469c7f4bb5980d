/*
 * report.c - what a tool reports by itself, as records.
 */
#include "report.h"

#include "crypto.h"
#include "tell.h"
#include "text.h"

const char *
report_name(struct arena *arena, ...)
{
	unsigned char digest[HASH_SIZE];
	char digits[2 * HASH_SIZE + 1];
	struct text all = { 0 };
	const char *part;
	va_list args;

	va_start(args, arena);
	while ((part = va_arg(args, const char *)))
		text_add_bytes(&all, part, strlen(part) + 1);
	va_end(args);
	sha256(all.data, all.len, digest);
	text_release(&all);
	hex_encode(digits, digest, sizeof(digest));
	return arena_copy(arena, digits, 32);
}

/* Ids of GitHub's statuses are above zero, these are below. */
static int64_t
status_id(struct arena *arena, const char *id, const char *status,
	  const char *at)
{
	const char *name = report_name(arena, id, status, at, NULL);
	uint64_t number = strtoull(arena_copy(arena, name, 16), NULL, 16);

	return -(int64_t)(number >> 1) - 1;
}

size_t
report_deployment(struct arena *arena, struct deployment_report *report,
		  struct record records[REPORT_RECORDS])
{
	struct deployment *deployment = arena_zalloc(arena,
						     sizeof(*deployment));
	struct deployment_status *status = arena_zalloc(arena,
							sizeof(*status));
	int64_t at = report->finished_at != TIME_ABSENT ? report->finished_at
							: report->started_at;
	char began[TIME_TEXT], moment[TIME_TEXT];

	time_format(report->started_at, began);
	time_format(at, moment);
	if (!report->id)
		report->id = report_name(arena, report->environment,
					 report->sha, began, NULL);
	*deployment = (struct deployment){
		.source = REPORT_SOURCE, .external_id = report->id,
		.environment = report->environment, .sha = report->sha,
		.ref = report->ref,
		.author = { report->author, JSON_NO_INT,
			    login_is_bot(report->author), NULL },
		.created_at = report->started_at, .url = report->url,
	};
	*status = (struct deployment_status){
		.github_id = status_id(arena, report->id, report->status,
				       moment),
		.source = REPORT_SOURCE, .external_id = report->id,
		.state = report->status, .created_at = at,
	};
	records[0] = (struct record){ RECORD_DEPLOYMENT,
		record_version(report->started_at, 0), deployment, NULL };
	records[1] = (struct record){ RECORD_DEPLOYMENT_STATUS,
		record_version(at, 0), status,
		tell_deployment(arena, deployment, report->author, NULL,
				report->status, arena_printf(arena,
					"status/%s/%s", moment,
					report->status), at, report->url) };
	return 2;
}

size_t
report_pull_request(struct arena *arena, const struct pull_request *pr,
		    struct record records[REPORT_RECORDS])
{
	unsigned rank = !strcmp(pr->state, "merged") ? 3
			: !strcmp(pr->state, "closed") ? 1 : 0;
	struct record record = { RECORD_PULL_REQUEST,
		record_version(pr->updated_at, rank), pr,
		tell_pull_request(arena, pr, "opened", NULL) };
	size_t count = 0;

	records[count++] = record;
	if (rank) {
		record.happening = tell_pull_request(arena, pr, "closed", NULL);
		records[count++] = record;
	}
	return count;
}
