/*
 * conf.h - the configuration: KEY=value, named in docs/configuration.md.
 *
 * A value is the environment's, else that of the file that PULSE_CONF names,
 * else of /etc/pulse/pulse.conf. A relocatable build (configure
 * --enable-relocatable) finds a folder from where the program lies; pulse.conf
 * and all else is there by default. The file is read once; no value changes
 * while a program runs. Lines that begin with # and empty ones are passed
 * over; a value may stand in double quotes.
 */
#ifndef PULSE_CONF_H
#define PULSE_CONF_H

#include "base.h"

/* Read the file. Ends the program if PULSE_CONF names one that cannot be
 * read, or on a line that is none. */
void conf_load(void);

/* The value, or NULL when it is absent or empty. Lives as long as the
 * program. */
const char *conf_get(const char *name);
const char *conf_or(const char *name, const char *fallback);

/* A whole number; ends the program, naming the setting, on anything else. */
int64_t conf_int(const char *name, int64_t fallback, int64_t min, int64_t max);
bool conf_flag(const char *name, bool fallback);	/* yes, no, 1, 0 */

/* A value that must be there, of at least `min` characters; ends the program
 * with one line that names it and never shows it. */
const char *conf_secret(const char *name, size_t min);
const char *conf_need(const char *name);

/* Is `item` one of the value's words, between commas or blanks? */
bool conf_lists(const char *name, const char *item);

#endif
