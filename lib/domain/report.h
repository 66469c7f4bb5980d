/*
 * report.h - what a tool reports by itself, as records: deployments from
 * anywhere, pull requests of other forges.
 *
 * The same facts as a webhook's, in the same records, with the same lines of
 * the feed. A report that comes again, or in another order, changes nothing.
 */
#ifndef PULSE_REPORT_H
#define PULSE_REPORT_H

#include "records.h"

#define REPORT_SOURCE "api"
#define REPORT_RECORDS 3

struct deployment_report {
	const char *id;			/* the tool's own, or NULL */
	const char *environment, *sha, *status, *ref, *author, *url;
	int64_t started_at, finished_at;	/* TIME_ABSENT: not yet */
};

/* Fill in `records`; returns how many. `id` is set to the deployment's: of
 * reports without one, those of the same environment, sha and start are of one
 * deployment. */
size_t report_deployment(struct arena *arena, struct deployment_report *report,
			 struct record records[REPORT_RECORDS]);

/* A pull request as it is: opened, and what became of it. Its version is by
 * updated_at. */
size_t report_pull_request(struct arena *arena, const struct pull_request *pr,
			   struct record records[REPORT_RECORDS]);

/* 32 hexadecimal digits that stand for these texts, up to a NULL. */
const char *report_name(struct arena *arena, ...) __attribute__((sentinel));

#endif
