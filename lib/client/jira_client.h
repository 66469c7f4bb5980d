/*
 * jira_client.h - ask a Jira's REST API.
 *
 * Cloud and Data Center, with an API token (basic), a personal access token
 * (bearer) or OAuth (bearer, at Atlassian's own address). What came of a
 * question is one word, so that a job knows what to do next without looking at
 * HTTP.
 */
#ifndef PULSE_CLIENT_JIRA_H
#define PULSE_CLIENT_JIRA_H

#include "base.h"
#include "http.h"

struct jira_site {
	const char *url;		/* without a slash at its end */
	bool cloud;
	const char *account;		/* with a token: the e-mail; else "" */
	const char *credential;
	int seconds;			/* for an answer; 0: 30 */
};

enum jira_outcome {
	JIRA_ANSWERED,			/* 200 and a body */
	JIRA_LATER,			/* a limit, or it is ill: see `wait` */
	JIRA_SLOW,			/* no answer in time: ask for less */
	JIRA_REFUSED,			/* the credential is not good for it */
	JIRA_NOT_THERE,			/* no such address here */
	JIRA_GONE,			/* this address is no more (410) */
	JIRA_WRONG			/* it does not like the question */
};

struct jira_answer {
	struct http_answer http;
	enum jira_outcome outcome;
	int64_t wait;			/* JIRA_LATER: seconds */
	int64_t told_at;		/* by Jira's clock, else by ours */
	char problem[240];		/* in words, of what was not answered */
};

/*
 * May this address be asked? https, at atlassian.net or a host of JIRA_HOSTS;
 * http for a loopback of PRIVATE_HOSTS. A slash at its end goes. Returns it, of
 * malloc, and the host in lower case in *host (too); NULL: no.
 */
char *jira_address(const char *url, char **host);

/* Ask; `body` is JSON or NULL. Let go of the answer in any case. */
enum jira_outcome jira_ask(const struct jira_site *site, const char *method,
			   const char *path, const char *body,
			   struct jira_answer *answer);
void jira_release(struct jira_answer *answer);

/* What a token from Atlassian's OAuth is changed into: new ones. */
struct jira_tokens {
	char *access, *refresh;		/* of malloc */
	int64_t seconds;		/* that `access` is good for */
};

/* Spend a refresh token (JIRA_OAUTH_CLIENT_ID, _SECRET). */
enum jira_outcome jira_refresh(const char *refresh, struct jira_tokens *tokens,
			       struct jira_answer *answer);

#endif
