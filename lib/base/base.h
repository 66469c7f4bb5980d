/*
 * base.h - what every file of the house may use without asking.
 *
 * Floor 0.  Includes the system headers that banned.h forbids parts of, so
 * that a file includes "base.h" first and nothing can slip past.
 */
#ifndef PULSE_BASE_H
#define PULSE_BASE_H

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define PRINTF(at, first) __attribute__((format(printf, at, first)))
#define NORETURN __attribute__((noreturn))

/* malloc, realloc and strdup that never return NULL: a program without
 * memory for a few bytes cannot answer anything and stops. What may be large
 * (a request's body) asks malloc itself and answers 503. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *string);

#include "banned.h"

#endif
