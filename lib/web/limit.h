/*
 * limit.h - how often somebody may: rate limits, and the slowing of those who
 * guess a password.
 *
 * GCRA everywhere (ITU-T I.371): so many on average, a burst of as many. Hot
 * routes count in the memory that a host's processes share (shared.h). Signing
 * in, and what else is LIMIT_AUTH, counts in the database, so that the limit
 * holds across hosts: take_limit() of sql/functions/19-limits.sql, one round
 * trip, of which a refusal writes nothing. What this host has seen refused
 * does not even ask.
 *
 * Guessing. Failed logins count
 *	- from a browser that has signed in to the account before (the signed
 *	  cookie pulse_device): by that browser alone;
 *	- else by account and address (IPv6: /64), and by account.
 * So who guesses slows himself down, and neither the owner's browser nor
 * another address; and with many addresses he is as slow for one account as
 * RATE_LIMIT_ACCOUNT says, while its known browsers do not notice. It is the
 * protocol of OWASP's "Slow Down Online Guessing Attacks with Device Cookies".
 * docs/security.md has the whole of it.
 */
#ifndef PULSE_LIMIT_H
#define PULSE_LIMIT_H

#include "web.h"

/* Two statements that every program of people has. */
extern const struct statement limit_statements[2];

/* Read the settings; ends the program if one is wrong. */
void limits_init(void);

/* The rate limits of the route's class, by address and by user. False:
 * answered with 429 (or 503). */
bool limit_address(struct request *req);
bool limit_caller(struct request *req);

/*
 * Around a password's check, for an account that need not exist:
 * login_may_try() before it (false: answered with 429), then one of the
 * others. login_succeeded() gives the browser its cookie; call it also where
 * somebody has come in by a letter.
 */
bool login_may_try(struct request *req, const char *email);
void login_failed(struct request *req, const char *email);
void login_succeeded(struct request *req, const char *email);

#endif
