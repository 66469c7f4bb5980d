/*
 * github_user.h - who somebody is, by GitHub's word: the code of a sign-in
 * for a token, and with it his account and his verified address.
 */
#ifndef PULSE_GITHUB_USER_H
#define PULSE_GITHUB_USER_H

#include "arena.h"
#include "base.h"

struct github_site {
	const char *url, *api;		/* without a slash at the end */
	const char *host;		/* github.com */
	const char *client_id, *client_secret;
};

struct github_user {
	int64_t id;
	const char *login, *name, *email, *token, *scopes;
};

/* Fill in url, api and host from GitHub's address: https://github.com, or an
 * Enterprise Server's, whose API is under /api/v3. The strings stay. False: it
 * is none. */
bool github_site_at(struct github_site *site, const char *url);

/* Ask. NULL: *user is filled in, from the arena. Else a word for what went
 * wrong, as the page knows them: "github" (it does not answer as it should),
 * "denied" (it does not know the code), "email" (no verified address). */
const char *github_user(const struct github_site *site, const char *code,
			const char *verifier, const char *callback,
			struct arena *arena, struct github_user *user);

#endif
