/*
 * session.h - who is asking, and how often he may.
 */
#ifndef PULSE_SESSION_H
#define PULSE_SESSION_H

#include "web.h"

/* Read the secrets; ends the program if one is missing or weak. */
void session_init(void);

/* The bearer token of a route that asks for one. That its session lives and
 * its role suffices is checked with the first statement (enter()). False:
 * answered with 401. */
bool know_caller(struct request *req);

/* The rate limits of the route's class, by address and by user. False:
 * answered with 429. */
bool limit_address(struct request *req);
bool limit_caller(struct request *req);

#endif
