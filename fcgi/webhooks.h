/*
 * webhooks.h - the program `webhooks`: what its doors share.
 */
#ifndef PULSE_WEBHOOKS_H
#define PULSE_WEBHOOKS_H

#include "ingest.h"
#include "web.h"

#define BODY_MAX (25 << 20)	/* GitHub's own cap; Jira sends less */
#define GUID_MAX 128

/* Is the header `name` "sha256=" and 64 digits, the HMAC of the raw body? In
 * constant time. */
bool is_signed(struct request *req, const char *name, const char *secret);

/* The secret of the connection `id`, whose door and host are set in `delivery`;
 * NULL: there is none such, or answered. */
const char *door_secret(struct request *req, const char *statement,
			struct delivery *delivery, const char *id);

/* What a caller without the secret hears, whatever the reason. */
void refuse(struct request *req, const char *name, const char *event);

/* Letters, digits and what is in `also`, at least one and at most `max`. */
bool is_word(const char *string, size_t max, const char *also);

/* Store it, or keep it for later, and answer. */
void take_in(struct request *req, struct delivery *delivery);

/* webhooks_jira.c */
#define JIRA_STATEMENTS							\
	{ "jira_door", "SELECT org_id, host, secret FROM jira_door($1)" },\
	{ "jira_host", "SELECT jira_host($1)" }
#define JIRA_ROUTES							\
	{ "POST", "/webhooks/jira", SIGNED, take_jira,			\
	  "What a Jira of the installation sends", "Delivery",		\
	  .raw_body = BODY_MAX, .limit = LIMIT_NONE, .status = 202 },	\
	{ "POST", "/webhooks/jira/{connection}", SIGNED, take_jira,	\
	  "What the Jira of one organisation's connection sends",	\
	  "Delivery",							\
	  { { "connection", is_id, NULL, "The connection's id" } },	\
	  .raw_body = BODY_MAX, .limit = LIMIT_NONE, .status = 202 }
void start_jira(void);
void take_jira(struct request *req);

#endif
