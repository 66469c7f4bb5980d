/*
 * git.c - any bytes as what git printed.
 */
#include "git_history.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena = { 0 };
	struct git_history history = { .arena = &arena, .url = "https://h/a" };
	char *copy = xmalloc(len + 1);
	const char *problem;

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	if (len && *bytes == '\x1e')
		git_read_commits(&history, copy, len, &problem);
	else
		git_read_tags(&history, copy, &problem);
	free(copy);
	arena_release(&arena);
	return 0;
}
