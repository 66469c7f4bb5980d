/*
 * members.c - any bytes as lines for the plugin, and as topics.
 */
#include "members.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct members *members = members_new();
	struct identity who = { .user = 12, .org = 3, .session = "s" };
	char *copy = xmalloc(len + 1), *line = copy, *next;

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	for (; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		members_take(members, line, 1000);
		members_may(members, &who, line, MAY_SUBSCRIBE, 1000);
		members_may(members, &who, line, MAY_READ, 1000);
	}
	free(copy);
	members_free(members);
	return 0;
}
