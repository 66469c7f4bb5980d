/*
 * unzip.c - gzip in pieces, as they come.
 */
#include "unzip.h"

#define MAGIC "\x1f\x8b"

static bool
fail(struct unzip *u, const char *problem)
{
	snprintf(u->problem, sizeof(u->problem), "%s", problem);
	return false;
}

static bool
pass(struct unzip *u, const char *bytes, size_t len)
{
	u->out += len;
	if (u->out > u->max) {
		u->too_large = true;
		snprintf(u->problem, sizeof(u->problem), "it unpacks to more "
			 "than %" PRIu64 " bytes", u->max);
		return false;
	}
	return u->take(u->data, bytes, len);
}

static bool
begin_member(struct unzip *u)
{
	/* 16: gzip and nothing else. */
	if (u->open ? inflateReset(&u->z) != Z_OK
		    : inflateInit2(&u->z, 16 + MAX_WBITS) != Z_OK)
		return fail(u, "there is no memory to unpack it");
	u->open = true;
	u->state = UNZIP_MEMBER;
	return true;
}

static bool
inflate_piece(struct unzip *u, const char *bytes, size_t len)
{
	unsigned char piece[65536];
	int state = Z_OK;

	u->z.next_in = (unsigned char *)(uintptr_t)bytes;
	u->z.avail_in = (unsigned)len;
	do {
		if (u->state == UNZIP_BETWEEN && !begin_member(u))
			return false;
		u->z.next_out = piece;
		u->z.avail_out = sizeof(piece);
		state = inflate(&u->z, Z_NO_FLUSH);
		if (state != Z_OK && state != Z_STREAM_END &&
		    state != Z_BUF_ERROR)
			return fail(u, "it is damaged: the bytes are not "
				    "those of gzip");
		if (u->z.avail_out < sizeof(piece) &&
		    !pass(u, (char *)piece, sizeof(piece) - u->z.avail_out))
			return false;
		if (state == Z_STREAM_END)
			u->state = UNZIP_BETWEEN;
	} while (u->z.avail_in || (state != Z_STREAM_END && !u->z.avail_out));
	return true;
}

static bool
feed(struct unzip *u, const char *bytes, size_t len)
{
	if (!len)
		return true;
	return u->state == UNZIP_PLAIN ? pass(u, bytes, len)
				       : inflate_piece(u, bytes, len);
}

/* Its first two bytes say what it is. */
static bool
begin(struct unzip *u)
{
	bool zipped = u->head_len == 2 && !memcmp(u->head, MAGIC, 2);

	if (u->must && !zipped)
		return fail(u, "Content-Encoding says gzip, and the body is "
			    "none");
	u->state = UNZIP_PLAIN;
	if (zipped && !begin_member(u))
		return false;
	return feed(u, (char *)u->head, u->head_len);
}

bool
unzip_feed(struct unzip *u, const char *bytes, size_t len)
{
	if (*u->problem)
		return false;
	while (u->state == UNZIP_START && len) {
		u->head[u->head_len++] = (unsigned char)*bytes++;
		len--;
		if (u->head_len == 2 && !begin(u))
			return false;
	}
	return feed(u, bytes, len);
}

bool
unzip_end(struct unzip *u)
{
	if (*u->problem || (u->state == UNZIP_START && !begin(u)))
		return false;
	return u->state != UNZIP_MEMBER ||
	       fail(u, "the gzip ends too early: it was cut off");
}

void
unzip_release(struct unzip *u)
{
	if (u->open)
		inflateEnd(&u->z);
	u->open = false;
}
