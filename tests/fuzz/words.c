/*
 * words.c - any bytes as a time, a token, base64, an address, and text to be
 * cleaned.
 */
#include "base.h"

#include "address.h"
#include "clock.h"
#include "crypto.h"
#include "text.h"
#include "token.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* As proxies, and as what a proxy says. */
static void
fuzz_address(const char *text)
{
	struct networks proxies = { 0 };
	char client[ADDRESS_TEXT], source[ADDRESS_TEXT], again[ADDRESS_TEXT];

	networks_read(&proxies, text);
	networks_have(&proxies, text);
	address_client(&proxies, "10.0.0.1", text, client);
	networks_read(&proxies, "0.0.0.0/0 ::/0");
	address_client(&proxies, "10.0.0.1", text, client);
	address_source(client, source);
	/* What counts as one counts as itself. */
	address_source(source, again);
	if (strcmp(source, again))
		__builtin_trap();
	free(proxies.list);
}

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
	fuzz_address(text);
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
