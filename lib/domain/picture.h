/*
 * picture.h - what kind of picture are these bytes, and how large?
 *
 * Reads no more than the head of a PNG, WebP or JPEG: enough to refuse what is
 * none, and what would be too large when it is unpacked. Nothing is decoded.
 */
#ifndef PULSE_PICTURE_H
#define PULSE_PICTURE_H

#include "base.h"

struct picture {
	const char *type;	/* image/png, image/webp, image/jpeg */
	uint32_t width, height;
};

/* False: none of the three, or its head is broken. */
bool picture_read(const unsigned char *bytes, size_t len,
		  struct picture *picture);

#endif
