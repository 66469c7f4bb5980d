/*
 * repos_github.h - ask GitHub while a person waits: who a token is, what a
 * connection may read. Seconds, not minutes; the jobs do the rest.
 */
#ifndef PULSE_REPOS_GITHUB_H
#define PULSE_REPOS_GITHUB_H

#include "github_api.h"
#include "web.h"

/* The credential of a connection of the caller's organisation, from the
 * request's memory. False: answered. To be let go of by
 * github_forget_token(). */
bool github_credential_of(struct request *req, const char *connection,
			  struct github_credential *credential);

/* Whose a token is: his login. NULL: answered. */
const char *github_login_of(struct request *req, const char *host,
			    const char *token);

/* Does the person's own token at GitHub list an installation? The account that
 * it is on, or NULL. `host` is then where. */
const char *github_installation_of(struct request *req, int64_t id,
				   const char **host);

/* What is sealed for a connection's two secrets. The strings are malloc's. */
char *github_seal(struct request *req, const char *what, const char *id,
		  const char *secret);

#endif
