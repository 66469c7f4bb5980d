/*
 * passwords.h - which passwords nobody may choose.
 *
 * After NIST SP 800-63B, 5.1.1.2: length counts, composition does not; refused
 * is what is guessed first. How long one must be is its check's (is_new_password
 * in lib/web/checks.c), so that it is said before anything is read.
 */
#ifndef PULSE_PASSWORDS_H
#define PULSE_PASSWORDS_H

#include "base.h"

/* What is wrong with a password for an account, to stand behind "password";
 * NULL: nothing. */
const char *password_flaw(const char *password, const char *email,
			  const char *name);

#endif
