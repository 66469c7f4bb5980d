/*
 * coverage_count.c - lines of files, and which of them were run.
 */
#include "coverage_count.h"

#include "crypto.h"
#include "text.h"

bool
counts_fail(struct counts *counts, bool too_large, const char *format, ...)
{
	va_list args;

	if (*counts->problem)
		return false;		/* the first failure is the one told */
	va_start(args, format);
	vsnprintf(counts->problem, sizeof(counts->problem), format, args);
	va_end(args);
	counts->problem[text_cut(counts->problem, strlen(counts->problem),
				 sizeof(counts->problem) - 4)] = '\0';
	counts->too_large = too_large;
	return false;
}

/* Seeded, so that nobody can choose paths that all meet in one slot. */
static uint64_t
hash(const struct counts *counts, const char *path)
{
	uint64_t h = counts->seed;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 0x9e3779b97f4a7c15u ^ h >> 29;
	return h ^ h >> 32;
}

static uint32_t *
slot_of(struct counts *counts, const char *path)
{
	size_t mask = counts->slot_count - 1;
	size_t at = hash(counts, path) & mask;

	while (counts->slots[at] &&
	       strcmp(counts->files[counts->slots[at] - 1].path, path))
		at = (at + 1) & mask;
	return counts->slots + at;
}

static void
grow(struct counts *counts)
{
	if (!counts->seed)
		random_bytes(&counts->seed, sizeof(counts->seed));
	counts->size = counts->size ? 2 * counts->size : 64;
	counts->files = xrealloc(counts->files,
				 counts->size * sizeof(*counts->files));
	free(counts->slots);
	counts->slot_count = 4 * counts->size;
	counts->slots = xcalloc(counts->slot_count, sizeof(*counts->slots));
	for (size_t i = 0; i < counts->count; i++)
		*slot_of(counts, counts->files[i].path) = (uint32_t)i + 1;
}

/* Clean, without the root and without "./". */
static bool
plain_path(struct counts *counts, const char *path, size_t len,
	   char to[COUNTS_PATH_MAX + 1])
{
	char whole[2 * COUNTS_PATH_MAX + 1], *p = whole;
	size_t root = counts->root ? strlen(counts->root) : 0;

	if (len > COUNTS_PATH_MAX)
		return counts_fail(counts, false, "a file's path is longer "
				   "than %d bytes", COUNTS_PATH_MAX);
	text_clean(whole, path, len, 2 * COUNTS_PATH_MAX);
	if (root && !strncmp(p, counts->root, root) &&
	    (p[root] == '/' || p[root - 1] == '/'))
		p += root;
	while (*p == '/' && p > whole)
		p++;
	while (!strncmp(p, "./", 2))
		p += 2;
	if (!*p)
		return counts_fail(counts, false, "a file has no path");
	snprintf(to, COUNTS_PATH_MAX + 1, "%.*s",
		 (int)text_cut(p, strlen(p), COUNTS_PATH_MAX), p);
	return true;
}

bool
counts_file(struct counts *counts, const char *path, size_t len)
{
	char plain[COUNTS_PATH_MAX + 1];
	uint32_t *slot;

	if (!plain_path(counts, path, len, plain))
		return false;
	if (counts->count == counts->size)
		grow(counts);
	slot = slot_of(counts, plain);
	if (*slot) {
		counts->current = counts->files + *slot - 1;
		return true;
	}
	len = strlen(plain) + 1;
	counts->paths += len;
	if (counts->count == COUNTS_FILES_MAX)
		return counts_fail(counts, true, "it has more than %d files",
				   COUNTS_FILES_MAX);
	if (counts->paths > COUNTS_PATHS_MAX)
		return counts_fail(counts, true, "the paths of its files are "
				   "longer than %d bytes", COUNTS_PATHS_MAX);
	counts->current = counts->files + counts->count++;
	*counts->current = (struct counted){ .path = xstrdup(plain) };
	*slot = (uint32_t)counts->count;
	return true;
}

static bool
reach(struct counts *counts, struct counted *file, int64_t line)
{
	size_t needed = (size_t)line / 8 + 1, size = file->size;

	if (needed <= size)
		return true;
	size = size ? size : 32;
	while (size < needed)
		size *= 2;
	counts->bits += 2 * (size - file->size);
	if (counts->bits > COUNTS_BITS_MAX)
		return counts_fail(counts, true, "its files have more lines "
				   "than %d bytes of memory can count",
				   COUNTS_BITS_MAX);
	file->seen = xrealloc(file->seen, size);
	file->run = xrealloc(file->run, size);
	memset(file->seen + file->size, 0, size - file->size);
	memset(file->run + file->size, 0, size - file->size);
	file->size = size;
	return true;
}

static void
set_bits(unsigned char *bits, size_t first, size_t last)
{
	for (; first <= last && first % 8; first++)
		bits[first / 8] |= (unsigned char)(1 << first % 8);
	if (first + 8 <= last + 1) {
		size_t bytes = (last + 1 - first) / 8;

		memset(bits + first / 8, 0xff, bytes);
		first += 8 * bytes;
	}
	for (; first <= last; first++)
		bits[first / 8] |= (unsigned char)(1 << first % 8);
}

bool
counts_lines(struct counts *counts, int64_t first, int64_t last, bool covered)
{
	struct counted *file = counts->current;

	if (first < 1 || last < first || last > COUNTS_LINE_MAX)
		return counts_fail(counts, false, "line %" PRId64 " of \"%s\" "
			"is not from 1 to %d", last < first ? last : first < 1
			? first : last, file->path, COUNTS_LINE_MAX);
	if (last - first >= COUNTS_SPAN_MAX)
		return counts_fail(counts, false, "a block of \"%s\" has more "
				   "than %d lines", file->path,
				   COUNTS_SPAN_MAX);
	if (!reach(counts, file, last))
		return false;
	set_bits(file->seen, (size_t)first, (size_t)last);
	if (covered)
		set_bits(file->run, (size_t)first, (size_t)last);
	return true;
}

bool
counts_told(struct counts *counts, int64_t lines, int64_t covered)
{
	struct counted *file = counts->current;

	if (lines < 0 || lines > COUNTS_LINE_MAX || covered < 0 ||
	    covered > lines)
		return counts_fail(counts, false, "\"%s\" cannot have %" PRId64
				   " of %" PRId64 " lines covered", file->path,
				   covered, lines);
	/* Told twice: the larger, whichever comes first. */
	if (lines > file->lines ||
	    (lines == file->lines && covered > file->covered)) {
		file->lines = lines;
		file->covered = covered;
	}
	return true;
}

static int64_t
bits_in(const unsigned char *bits, size_t size)
{
	int64_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += __builtin_popcount(bits[i]);
	return count;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct counted *)a)->path,
		      ((const struct counted *)b)->path);
}

bool
counts_end(struct counts *counts)
{
	size_t kept = 0;

	for (size_t i = 0; i < counts->count; i++) {
		struct counted *file = counts->files + i;

		if (file->size) {
			file->lines = bits_in(file->seen, file->size);
			file->covered = bits_in(file->run, file->size);
		}
		free(file->seen);
		free(file->run);
		file->seen = file->run = NULL;
		if (!file->lines) {
			free(file->path);
			continue;
		}
		counts->lines += file->lines;
		counts->covered += file->covered;
		counts->files[kept++] = *file;
	}
	counts->count = kept;
	counts->current = NULL;
	if (!kept)
		return counts_fail(counts, false, "no line is told in it");
	qsort(counts->files, kept, sizeof(*counts->files), by_path);
	return true;
}

void
counts_release(struct counts *counts)
{
	for (size_t i = 0; i < counts->count; i++) {
		free(counts->files[i].path);
		free(counts->files[i].seen);
		free(counts->files[i].run);
	}
	free(counts->files);
	free(counts->slots);
	memset(counts, 0, sizeof(*counts));
}
