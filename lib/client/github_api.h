/*
 * github_api.h - ask GitHub's API, as a credential of an organisation.
 *
 * A credential has a token of its own, or is an App's installation, whose
 * tokens live an hour: they are renewed ten minutes before, and once more when
 * one is refused. Each credential has GitHub's budgets for REST and GraphQL;
 * who would use the last tenth of one is told when to come again, and nothing
 * is asked. Nobody sleeps here: what cannot be asked now is GITHUB_LATER, with
 * the moment.
 *
 * When GitHub refuses for now, the first of these counts: Retry-After; a
 * budget that is spent, until it is reset; else a minute, twice as long each
 * time (struct github_credential.strikes).
 */
#ifndef PULSE_GITHUB_API_H
#define PULSE_GITHUB_API_H

#include "arena.h"
#include "base.h"
#include "text.h"

struct github_budget {
	int64_t limit, remaining;	/* limit 0: not known yet */
	int64_t reset;			/* ms since 1970 */
};

enum { GITHUB_REST, GITHUB_GRAPH, GITHUB_BUDGETS };

/* Names and secrets are the caller's, and stay while it is used. */
struct github_credential {
	const char *url;		/* https://github.com, or a server */
	const char *token;		/* NULL: an App's installation */
	int64_t installation;
	const char *app_id, *app_key;	/* the key's PEM */
	struct github_budget budgets[GITHUB_BUDGETS];
	int64_t not_before;		/* a secondary limit; ms, 0: none */
	int strikes;			/* how often in a row */
	/* Of the client. */
	char *lent;			/* the installation's token */
	int64_t lent_until;
	size_t calls;			/* what was really asked */
};

enum github_outcome {
	GITHUB_GOOD,
	GITHUB_SAME,		/* 304: nothing new, and nothing spent */
	GITHUB_LATER,		/* not now: see again_at */
	GITHUB_SMALLER,		/* too much at once for it: ask for less */
	GITHUB_MISSING,		/* 404, 410, 451: not there, or not for us */
	GITHUB_DENIED		/* the credential is refused */
};

struct github_answer {
	enum github_outcome outcome;
	int status;		/* of HTTP; 0: none */
	struct text body;
	char *etag;		/* or NULL */
	bool more;		/* Link names a next page */
	int64_t again_at;	/* GITHUB_LATER: ms since 1970 */
	char why[200];		/* for the log and the job's history */
};

/* Is a URL one of an API that we may ask: https, or http to loopback? */
bool github_url_is_good(const char *url);

/* The address of a host that may be asked: GITHUB_URL's, github.com, and those
 * of GITHUB_HOSTS. A string of malloc; NULL for any other. */
char *github_url_of(const char *host);
/* The host of GITHUB_URL. A string of malloc. */
char *github_host(void);

/* `path` begins with a slash, behind the API's address; etag and body (JSON)
 * may be NULL. Returns the outcome. Let go of the answer in any case. */
enum github_outcome github_ask(struct github_credential *credential,
			       const char *method, const char *path,
			       const char *etag, const char *body,
			       struct github_answer *answer);

/* `variables` is a JSON object. */
enum github_outcome github_query(struct github_credential *credential,
				 const char *query, const char *variables,
				 struct github_answer *answer);
void github_release_answer(struct github_answer *answer);
void github_forget_token(struct github_credential *credential);

#endif
