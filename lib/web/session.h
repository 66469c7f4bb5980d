/*
 * session.h - who is asking.
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

#endif
