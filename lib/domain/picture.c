/*
 * picture.c - what kind of picture are these bytes, and how large?
 */
#include "base.h"

#include "picture.h"

static uint32_t
big(const unsigned char *p, int bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | *p++;
	return value;
}

static uint32_t
little(const unsigned char *p, int bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | p[bytes];
	return value;
}

/* ISO/IEC 15948: the signature, and IHDR as the first chunk. */
static bool
read_png(const unsigned char *p, size_t len, struct picture *picture)
{
	if (len < 33 || memcmp(p, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16))
		return false;
	picture->type = "image/png";
	picture->width = big(p + 16, 4);
	picture->height = big(p + 20, 4);
	return true;
}

/* RFC 9649: a RIFF whose first chunk is VP8X (the canvas), VP8L or VP8. */
static bool
read_webp(const unsigned char *p, size_t len, struct picture *picture)
{
	uint32_t bits;

	if (len < 30 || memcmp(p, "RIFF", 4) || memcmp(p + 8, "WEBP", 4) ||
	    little(p + 4, 4) > len - 8)
		return false;
	picture->type = "image/webp";
	if (!memcmp(p + 12, "VP8X", 4)) {
		picture->width = little(p + 24, 3) + 1;
		picture->height = little(p + 27, 3) + 1;
	} else if (!memcmp(p + 12, "VP8L", 4) && p[20] == 0x2f) {
		bits = little(p + 21, 4);
		picture->width = (bits & 0x3fff) + 1;
		picture->height = (bits >> 14 & 0x3fff) + 1;
	} else if (!memcmp(p + 12, "VP8 ", 4) &&
		   !memcmp(p + 23, "\x9d\x01\x2a", 3)) {
		picture->width = little(p + 26, 2) & 0x3fff;
		picture->height = little(p + 28, 2) & 0x3fff;
	} else {
		return false;
	}
	return true;
}

/* ITU-T T.81: segments up to a start of frame, which says the size. */
static bool
read_jpeg(const unsigned char *p, size_t len, struct picture *picture)
{
	size_t at = 2;

	if (len < 4 || p[0] != 0xff || p[1] != 0xd8)
		return false;
	picture->type = "image/jpeg";
	while (len - at >= 9) {
		unsigned char marker = p[at + 1];
		uint32_t size = big(p + at + 2, 2);

		if (p[at] != 0xff)
			return false;
		if (marker == 0xff) {		/* padding */
			at++;
			continue;
		}
		/* SOF0 to SOF15, but DHT, JPG and DAC among them. */
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
		    marker != 0xc8 && marker != 0xcc) {
			picture->height = big(p + at + 5, 2);
			picture->width = big(p + at + 7, 2);
			return size >= 8;
		}
		if (marker < 0xc0 || marker == 0xd9 || marker == 0xda ||
		    size < 2 || size > len - at - 2)
			return false;
		at += 2 + size;
	}
	return false;
}

bool
picture_read(const unsigned char *bytes, size_t len, struct picture *picture)
{
	return read_png(bytes, len, picture) ||
	       read_webp(bytes, len, picture) ||
	       read_jpeg(bytes, len, picture);
}
