/*
 * happening.h - the JSON of a line of the activity feed (seed 004).
 *
 * It is rendered once, here, but for what only the database knows: the line's
 * and the repository's id, and the repository's name.
 *
 *	{"id":"17","type":"commit","repo":"acme/api" | middle:
 *	,"author":…,"timestamp":…,"summary":…,"metadata":{"id":…,"repoId": |
 *	"9" | end: ,"action":…,"url":…}}
 *
 * metadata.id is what the provider calls the record: a sha, a GitHub id.
 *
 * The whole stays below HAPPENING_MAX bytes, so that a live message fits the
 * broker's step (docs/live.md): a summary is cut to SUMMARY_MAX with an
 * ellipsis, and the link leads to the rest.
 */
#ifndef PULSE_HAPPENING_H
#define PULSE_HAPPENING_H

#include "records.h"

#define SUMMARY_MAX 500
#define HAPPENING_MAX 3800

/* A further member of metadata; a NULL name ends a list, a NULL text leaves
 * the member out. `text` is a JSON string unless `bare`. */
struct detail {
	const char *name, *text;
	bool bare;
};

/*
 * Give the happening its JSON. type, at and author must be set; `summary` may
 * have many lines, the first counts. Returns `happening`.
 */
struct happening *happening_render(struct arena *arena,
				   struct happening *happening, const char *id,
				   const char *summary, const char *action,
				   const char *url, const char *avatar_url,
				   const struct detail *details);

#endif
