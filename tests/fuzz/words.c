/*
 * words.c - any bytes as a time, a token, base64, and text to be cleaned.
 */
#include "base.h"

#include "clock.h"
#include "crypto.h"
#include "text.h"
#include "token.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const unsigned char key[KEY_SIZE] = "0123456789abcdef";
	char *text = xmalloc(len + 1), *clean = xmalloc(3 * len + 1), *again;
	struct token token;
	char formatted[TIME_TEXT];
	int64_t moment, same;
	size_t out, n;

	memcpy(text, bytes, len);
	text[len] = '\0';
	if (time_parse(text, len, &moment)) {
		time_format(moment, formatted);
		if (!time_parse(formatted, strlen(formatted), &same) ||
		    same != moment)
			__builtin_trap();
	}
	token_check(key, TOKEN_API, text, &token);
	base64url_decode(clean, text, len, &out);
	n = text_clean(clean, text, len, 3 * len);
	/* What is clean stays as it is. */
	again = xmalloc(3 * n + 1);
	if (text_clean(again, clean, n, 3 * n) != n || memcmp(again, clean, n))
		__builtin_trap();
	free(again);
	free(clean);
	free(text);
	return 0;
}
