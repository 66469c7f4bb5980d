/*
 * token.h - signed tokens: JWT (RFC 7519), HS256 only, over libjwt.
 *
 * libjwt 1.10.2 by itself accepts a token past its time, alg "none" with a
 * NULL key, and any algorithm the token asks for. token_check() therefore
 * wants the exact header before it looks at the signature, and all the claims
 * after it. Each audience has a key of its own (derive_key with the audience
 * as purpose), so a key that leaks opens one door.
 */
#ifndef PULSE_TOKEN_H
#define PULSE_TOKEN_H

#include "base.h"
#include "crypto.h"

#define TOKEN_API "api"		/* Authorization: Bearer */
#define TOKEN_LIVE "live"	/* opens a connection to the broker */
#define TOKEN_BRIDGE "bridge"	/* pulse-bridge to its broker */

#define TOKEN_MAX 2048		/* longer ones are refused unread */
#define SESSION_ID 37		/* a UUID and its NUL */

struct token {
	int64_t user;			/* sub */
	int64_t org;			/* org */
	char session[SESSION_ID];	/* sid */
	int64_t expires;		/* exp, seconds */
	int64_t session_ends;		/* sxp, seconds; 0 if not said */
};

/* A token for an audience, valid from now for `lifetime` seconds; sets
 * token->expires. Returns a string of malloc. */
char *token_sign(const unsigned char key[KEY_SIZE], const char *audience,
		 struct token *token, int64_t lifetime);

/* True when jwt is a token of this house for this audience, signed with the
 * key, valid now (60 s of leeway for `nbf` only). */
bool token_check(const unsigned char key[KEY_SIZE], const char *audience,
		 const char *jwt, struct token *token);

#endif
