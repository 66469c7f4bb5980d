/*
 * shared.h - counters and rate limits that the processes of a host share.
 *
 * One file of a few pages, mapped by each process: PULSE_STATE_DIR/shared
 * (default /run/pulse). Everything in it is an atomic, so that a read stays a
 * read: nothing locks, nothing is written to the database. Where the file
 * cannot be made the numbers are this process's own, and the log says so.
 */
#ifndef PULSE_SHARED_H
#define PULSE_SHARED_H

#include "base.h"

enum counter {
#define COUNTER(name, metric, labels, help) COUNTER_##name,
#include "counters.def"
#undef COUNTER
	COUNTERS
};

void shared_open(void);

void counter_add(enum counter counter, uint64_t amount);
uint64_t counter_get(enum counter counter);

/* All counters in the text format of Prometheus. */
struct text;
void counters_print(struct text *out);

/*
 * May `who` do one more of `what`? GCRA (ITU-T I.371, the virtual scheduling
 * form): `per_minute` on average, a burst of as many. Returns 0 for yes, else
 * the seconds until it may. `cost` 0 only asks.
 */
int64_t limit_take(const char *what, const char *who, int64_t per_minute,
		   unsigned cost);

#endif
