/*
 * origin.h - which pages may ask: our own, and those that were listed.
 *
 * A browser says in Origin whose page a request comes from. Ours is that of
 * FRONTEND_URL. Those of CORS_ORIGINS may read answers and call with a token of
 * their own; no cookie of theirs is looked at. Those of CORS_CREDENTIALS may all
 * that ours may. From any other page no request that writes is taken, whatever
 * its route, and no cookie is read (cookie() is NULL), so that no route can
 * forget to ask.
 */
#ifndef PULSE_ORIGIN_H
#define PULSE_ORIGIN_H

#include "web.h"

void origin_init(void);

/* Add what the browser wants to know (Fetch standard, CORS). */
void origin_headers(struct request *req);

/* Is this a browser's question before a request, from a listed page? Then it
 * has been answered. */
bool origin_preflight(struct request *req, const char *path);

/* May the page make this request? False: answered with 403. */
bool origin_may(struct request *req);

#endif
