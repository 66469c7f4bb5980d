/*
 * http.h - ask another server, by HTTPS, over libcurl.
 *
 * What such a server answers is an outsider's: no redirect is followed, an
 * answer has a limit of size and a call one of time, and the address is looked
 * at when the socket is opened, whatever the name meant a moment ago. One of
 * loopback, of a private network or link-local is refused, unless the setting
 * PRIVATE_HOSTS lists the host; plain http is for loopback there, and nobody
 * else. Proxies of the environment are not used.
 */
#ifndef PULSE_HTTP_H
#define PULSE_HTTP_H

#include "base.h"
#include "text.h"

struct http_call {
	const char *method, *url;
	const char *const *headers;	/* "Name: value", up to a NULL; or NULL */
	const char *body;		/* or NULL */
	size_t body_len;
	int seconds;			/* for all of it; 0: 10 */
	size_t max;			/* bytes of the answer; 0: 1 MiB */
};

struct http_answer {
	int status;			/* 0: there was none */
	struct text body, head;		/* head: its lines as they came */
	char problem[200];		/* why there was none, for the log */
	bool slow;			/* it was asked, and took too long */
	bool large;			/* the answer is over `max` */
};

/* Once, before threads start. */
void http_start(void);

/* Ask. True: there is an answer, whatever its status. Let go of it with
 * http_release() in any case. One call at a time in a thread; its connection
 * stays open for the next to the same host. */
bool http_ask(const struct http_call *call, struct http_answer *answer);
void http_release(struct http_answer *answer);

/* The value of a header of the answer, in a malloc'ed string; NULL for none. */
char *http_header(const struct http_answer *answer, const char *name);

/* Append a field of a form body: name=value, with & between two. */
void http_add_field(struct text *form, const char *name, const char *value);

/* Is this address, an in_addr (4) or in6_addr (16 bytes), a public one? */
bool address_is_public(const unsigned char *address, size_t len);

#endif
