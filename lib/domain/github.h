/*
 * github.h - read what GitHub sends into records.
 */
#ifndef PULSE_GITHUB_H
#define PULSE_GITHUB_H

#include "records.h"

/* What a delivery says. */
struct reading {
	struct arena *arena;
	/* Given by the caller. */
	const char *event, *delivery;	/* X-GitHub-Event, -Delivery */
	int64_t received_at;		/* for what carries no time itself */
	/* Filled in. */
	const char *action;		/* "" when the event has none */
	const struct repository *repository;	/* NULL: about none */
	int64_t repository_version;
	int64_t installation;		/* JSON_NO_INT: not said */
	struct record *records;
	size_t count;
};

/*
 * Read the body of a webhook delivery. True: reading holds its records, none
 * for an event that Pulse keeps only as it came. False: the body cannot be
 * read, and *problem is a sentence that names the place.
 */
bool github_read(struct reading *reading, const char *body, size_t len,
		 const char **problem);

/*
 * GitHub can be told to send a form, "payload=<JSON, url-encoded>". JSON never
 * begins like that. Returns the JSON and its length, the caller's to free; NULL
 * when the body is not such a form.
 */
char *github_form(const char *body, size_t *len);

/* For readers: append a record; its happening may be NULL. */
void reading_add(struct reading *reading, enum record_kind kind,
		 int64_t version, const void *data,
		 const struct happening *happening);

/* Is this an event that has records (docs/webhooks.md)? */
bool github_event_is_read(const char *event);

#endif
