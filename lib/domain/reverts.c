/*
 * reverts.c - what takes something back.
 */
#include "reverts.h"

#include "json.h"

const char *
reverted_commit(struct arena *arena, const char *message)
{
	const char *p = strstr(message, "This reverts commit ");
	size_t len;

	if (!p)
		return NULL;
	p += strlen("This reverts commit ");
	len = strspn(p, "0123456789abcdef");
	return len == 40 || len == 64 ? arena_copy(arena, p, len) : NULL;
}

int64_t
reverted_pull_request(const char *body)
{
	const char *p = body ? strstr(body, "Reverts ") : NULL;
	int64_t number = 0;

	if (!p)
		return JSON_NO_INT;
	p += strlen("Reverts ");
	p += strcspn(p, "# \n\r\t");
	if (*p++ != '#' || !isdigit((unsigned char)*p))
		return JSON_NO_INT;
	while (isdigit((unsigned char)*p) && number < INT32_MAX)
		number = number * 10 + (*p++ - '0');
	return number ? number : JSON_NO_INT;
}
