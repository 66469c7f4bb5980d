/*
 * memory.c - allocation that cannot fail, and memory with one owner.
 */
#include "base.h"
#include "arena.h"
#include "log.h"

#define CHUNK 8192

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

static void *
or_die(void *memory, size_t size)
{
	if (!memory && size)
		die("out of memory (%zu bytes)", size);
	return memory;
}

void *
xmalloc(size_t size)
{
	return or_die(malloc(size), size);
}

void *
xcalloc(size_t count, size_t size)
{
	return or_die(calloc(count, size), count * size);
}

void *
xrealloc(void *old, size_t size)
{
	return or_die(realloc(old, size), size);
}

char *
xstrdup(const char *string)
{
	return or_die(strdup(string), strlen(string) + 1);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunks;
	size_t align = _Alignof(max_align_t);
	void *memory;

	size = (size + align - 1) & ~(align - 1);
	if (!chunk || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;

		chunk = xmalloc(sizeof(*chunk) + room);
		chunk->next = arena->chunks;
		chunk->used = 0;
		chunk->size = room;
		arena->chunks = chunk;
	}
	memory = chunk->data + chunk->used;
	chunk->used += size;
	arena->total += size;
	return memory;
}

void *
arena_zalloc(struct arena *arena, size_t size)
{
	return memset(arena_alloc(arena, size), 0, size);
}

char *
arena_copy(struct arena *arena, const char *bytes, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_string(struct arena *arena, const char *string)
{
	return string ? arena_copy(arena, string, strlen(string)) : NULL;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *string;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	string = arena_alloc(arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(string, (size_t)len + 1, format, args);
	va_end(args);
	return string;
}

/* The first chunk stays for the next request: most need no more than it. */
void
arena_reset(struct arena *arena)
{
	struct chunk *chunk = arena->chunks;

	while (chunk && chunk->next) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	if (chunk && chunk->size > CHUNK) {
		free(chunk);
		chunk = NULL;
	}
	if (chunk)
		chunk->used = 0;
	arena->chunks = chunk;
	arena->total = 0;
}

void
arena_release(struct arena *arena)
{
	struct chunk *chunk = arena->chunks;

	while (chunk) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	arena->chunks = NULL;
	arena->total = 0;
}
