/*
 * unzip.h - gzip (RFC 1952) in pieces, as they come, up to so many bytes.
 *
 * What does not begin as gzip is passed on as it is. Several members behind one
 * another are one text.
 */
#ifndef PULSE_UNZIP_H
#define PULSE_UNZIP_H

#include "base.h"

#include <zlib.h>

struct unzip {
	/* From the caller. */
	bool (*take)(void *data, const char *bytes, size_t len);
	void *data;
	uint64_t max;			/* bytes that may come out */
	bool must;			/* it was said to be gzip */
	/* Of the reader. */
	z_stream z;
	enum { UNZIP_START, UNZIP_PLAIN, UNZIP_MEMBER, UNZIP_BETWEEN } state;
	unsigned char head[2];
	size_t head_len;
	uint64_t out;
	bool open, too_large;
	char problem[120];		/* "" and false: `take` stopped */
};

bool unzip_feed(struct unzip *unzip, const char *bytes, size_t len);
/* All has come: was it whole? */
bool unzip_end(struct unzip *unzip);
void unzip_release(struct unzip *unzip);

#endif
