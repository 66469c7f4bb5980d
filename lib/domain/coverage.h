/*
 * coverage.h - read a coverage report, in pieces as they come.
 *
 * Cobertura's XML (also of coverage.py, gcovr, JaCoCo's converters, coverlet),
 * lcov's tracefile, Go's cover profile, and JSON: Istanbul's coverage-final and
 * coverage-summary, coverage.py's. Memory does not grow with the report but
 * with its files and their lines, to a limit (coverage_count.h); what an XML
 * parser needs besides is limited too. A report need not be one of ours to be
 * refused well: each failure is a sentence that names the place.
 *
 * XML may have a DOCTYPE, whose outside part is never fetched. Entities of its
 * own are refused ("billion laughs").
 */
#ifndef PULSE_COVERAGE_H
#define PULSE_COVERAGE_H

#include "coverage_count.h"

enum coverage_format {
	COVERAGE_COBERTURA, COVERAGE_LCOV, COVERAGE_GO, COVERAGE_JSON
};

struct coverage;

/* A format's reader: `feed` takes the next bytes, `end` looks whether the
 * report was whole. False: the counts have the problem. */
struct coverage_reader {
	void *(*open)(struct counts *counts);
	bool (*feed)(void *reader, const char *bytes, size_t len);
	bool (*end)(void *reader);
	void (*close)(void *reader);
};

extern const struct coverage_reader cobertura_reader, lcov_reader, go_reader,
	json_reader;

/* `root`: what paths begin with and is not of interest ("" for none); must
 * stay. */
struct coverage *coverage_open(enum coverage_format format, const char *root);

/* Once one has failed, so do all others. */
bool coverage_feed(struct coverage *coverage, const char *bytes, size_t len);
/* All has come. True: coverage_counts() has the files. */
bool coverage_end(struct coverage *coverage);

/* The result, or the problem. */
const struct counts *coverage_counts(const struct coverage *coverage);
void coverage_close(struct coverage *coverage);

/* Digits of a count, "17" or "-1" or "1.5e+06": is it one, and above zero? */
bool coverage_is_count(const char *text, size_t len, bool *above_zero);

#endif
