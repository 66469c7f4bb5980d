/*
 * coverage_count.h - lines of files, and which of them were run.
 *
 * A line counts once however often it is told, and is covered as soon as one
 * telling says so: reports of several test runs, or of a class and its methods,
 * lie one over another. Memory is bounded (COUNTS_*) whatever is told.
 */
#ifndef PULSE_COVERAGE_COUNT_H
#define PULSE_COVERAGE_COUNT_H

#include "base.h"

#define COUNTS_FILES_MAX 50000
#define COUNTS_PATH_MAX 1000		/* bytes of one file's path */
#define COUNTS_PATHS_MAX (8 << 20)	/* and of all of them */
#define COUNTS_LINE_MAX 1000000		/* the last line of a file */
#define COUNTS_SPAN_MAX 10000		/* lines told at once */
#define COUNTS_BITS_MAX (32 << 20)	/* bytes, two bits a line */

struct counted {
	char *path;
	unsigned char *seen, *run;	/* a bit a line, `size` bytes each */
	size_t size;
	int64_t lines, covered;		/* of a summary; in the end: of all */
};

struct counts {
	struct counted *files, *current;
	size_t count, size;
	uint32_t *slots;		/* place in files + 1, by path */
	size_t slot_count;
	uint64_t seed;
	size_t paths, bits;		/* bytes */
	const char *root;		/* what paths begin with, to go */
	int64_t lines, covered;		/* counts_end(): of all files */
	bool too_large;			/* a limit was met */
	char problem[400];		/* once something failed */
};

/* All false: counts->problem says why. */

/* What follows is of this file. */
bool counts_file(struct counts *counts, const char *path, size_t len);
/* Lines from `first` to `last` of it. */
bool counts_lines(struct counts *counts, int64_t first, int64_t last,
		  bool covered);
/* A summary's figures of it: they hold where no lines are told. */
bool counts_told(struct counts *counts, int64_t lines, int64_t covered);
/* Sum up: files without a line go, the others are in order of their paths. */
bool counts_end(struct counts *counts);

bool counts_fail(struct counts *counts, bool too_large, const char *format, ...)
	PRINTF(3, 4);
void counts_release(struct counts *counts);

#endif
