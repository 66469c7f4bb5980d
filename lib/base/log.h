/*
 * log.h - one JSON line an event, on stderr or to syslog.
 *
 * {"time":"…","level":"error","program":"webhooks","message":"…",
 *  "requestId":"…","orgId":"3",…}
 *
 * A line is written with one write(2), so lines of several processes do not
 * mix. Secrets are never passed here.
 */
#ifndef PULSE_LOG_H
#define PULSE_LOG_H

#include "base.h"

enum log_level { LOG_DEBUGGING, LOG_INFORM, LOG_WARN, LOG_FAIL };

/* Name the program and read LOG_LEVEL (debug, info, warning, error) and
 * LOG_TO (stderr, syslog). Call once, before threads start. */
void log_init(const char *program);
/* The same two settings when a file has them; NULL leaves one as it is. */
void log_settings(const char *level, const char *to);
const char *log_program(void);
bool log_wants(enum log_level level);

/*
 * Write one line. `message` is a constant sentence; then pairs of a field's
 * name and its text, ended by NULL. A pair whose text is NULL is left out:
 *
 *	log_line(LOG_WARN, "delivery refused", "reason", why, NULL);
 */
void log_line(enum log_level level, const char *message, ...)
	__attribute__((sentinel));

/* A pair of fields that every later line of this thread carries; NULL ends
 * it. The strings must stay until then. */
void log_context(const char *request_id, const char *org_id);

/* Log at error level and end the program. For the start of a program, for
 * jobs and tools; a program that serves never calls it for one request. */
NORETURN void die(const char *format, ...) PRINTF(1, 2);

#endif
