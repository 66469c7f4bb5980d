/*
 * answers.h - answers that are known already.
 *
 * What a route marked `same` answers depends on the caller, the parameters and
 * what is committed, and on nothing else (not on the time of day). PostgreSQL
 * tells what is committed by its snapshot (pg_current_snapshot()): as long as
 * that is the same text, not one transaction has ended that wrote anything, so
 * the answer is the same bytes. They are kept here, in the process, and sent
 * again after one statement that checks session and role as any other does: a
 * session or role that ended is refused at once, a row that was committed is
 * seen at once, and nothing has to be invalidated.
 *
 * An answer carries an ETag; who has it already is told 304.
 */
#ifndef PULSE_ANSWERS_H
#define PULSE_ANSWERS_H

#include "web.h"

/* Before the handler: true when the request has been answered, from memory or
 * with a refusal. */
bool answer_is_known(struct request *req);

/* Behind the handler: keep what it answered, if that was a success. */
void answer_keep(struct request *req);

#endif
