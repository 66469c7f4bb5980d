/*
 * tap.h - tests in C that print TAP. A test is a sentence and a condition.
 */
#ifndef PULSE_TAP_H
#define PULSE_TAP_H

#include "base.h"

static int tap_count, tap_failed;

static inline bool
ok(bool good, const char *sentence)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tap_count, sentence);
	tap_failed += !good;
	return good;
}

static inline bool
is(const char *got, const char *wanted, const char *sentence)
{
	bool same = got && wanted ? !strcmp(got, wanted) : got == wanted;

	if (!ok(same, sentence))
		printf("# got    %s\n# wanted %s\n", got ? got : "(null)",
		       wanted ? wanted : "(null)");
	return same;
}

static inline bool
is_int(int64_t got, int64_t wanted, const char *sentence)
{
	if (!ok(got == wanted, sentence))
		printf("# got    %" PRId64 "\n# wanted %" PRId64 "\n", got,
		       wanted);
	return got == wanted;
}

static inline int
done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
