/*
 * picture.c - any bytes as a picture's head, and as a colour.
 */
#include "base.h"

#include "colour.h"
#include "picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct picture picture = { 0 };
	char *text = xmalloc(len + 1);
	uint32_t colour;

	if (picture_read(bytes, len, &picture) && !picture.type)
		__builtin_trap();
	memcpy(text, bytes, len);
	text[len] = '\0';
	if (colour_parse(text, &colour) && (len < 7 || colour > 0xffffff))
		__builtin_trap();
	free(text);
	return 0;
}
