/*
 * clock.h - moments: milliseconds since 1970-01-01 UTC, and their text.
 */
#ifndef PULSE_CLOCK_H
#define PULSE_CLOCK_H

#include "base.h"

#define TIME_TEXT 25		/* "2026-02-07T10:15:00.000Z" and its NUL */
#define TIME_ABSENT INT64_MIN

int64_t time_now(void);

/* A clock that no administrator moves, for durations; microseconds. */
int64_t time_ticks(void);

/*
 * Read an RFC 3339 moment, or the ISO 8601 forms that GitHub, Jira and git
 * write: a space for the T, an offset as Z, +02:00, +0200 or +02, any number
 * of decimals (cut after three), a leap second (taken as the next one).
 * Years 0001 to 9999. False if `len` bytes are anything else.
 */
bool time_parse(const char *string, size_t len, int64_t *moment);

/* RFC 3339, UTC, milliseconds. Returns `to`. */
char *time_format(int64_t moment, char to[TIME_TEXT]);

/* Days since 1970-01-01 of a day of the proleptic Gregorian calendar, and
 * back (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);
void civil_from_days(int64_t days, int64_t *year, unsigned *month,
		     unsigned *day);

#endif
