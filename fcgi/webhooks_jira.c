/*
 * webhooks_jira.c - the doors for what a Jira sends.
 *
 * POST webhooks/jira/{connection} is one organisation's, signed with that
 * connection's secret; POST webhooks/jira is for a Jira that the operator has
 * given JIRA_WEBHOOK_SECRET, and leads to the connection of its host. The event
 * stands in the body. Jira sends again what was not taken, with the same
 * X-Atlassian-Webhook-Identifier; Data Center has none before version 10, so
 * the bytes stand for themselves.
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "jira.h"
#include "webhooks.h"

#define SIGNATURE "X-Hub-Signature"

static const char *house_secret;

void
start_jira(void)
{
	if (conf_get("JIRA_WEBHOOK_SECRET"))
		house_secret = conf_secret("JIRA_WEBHOOK_SECRET", 16);
}

/* Behind the signature: which connection is meant by the body's host. */
static bool
find_connection(struct request *req, struct delivery *d)
{
	char *host = jira_host_of(&req->arena, d->body, d->len);
	PGresult *rows;
	const char *id;

	d->host = host ? host : "";
	rows = db_ask(req, "jira_host", d->host);
	if (!rows)
		return false;
	id = row_text(rows, 0, 0);
	if (id)
		text_to_int(id, 1, INT64_MAX, &d->door);
	return true;
}

static const char *
guid_of(struct request *req)
{
	const char *given = header(req, "X-Atlassian-Webhook-Identifier");
	unsigned char hash[HASH_SIZE];
	char digits[2 * HASH_SIZE + 1];

	if (is_word(given, GUID_MAX, "-_.:"))
		return given;
	sha256(req->body, req->body_len, hash);
	hex_encode(digits, hash, HASH_SIZE);
	return arena_printf(&req->arena, "sha256:%s", digits);
}

void
take_jira(struct request *req)
{
	const char *id = param(req, "connection"), *secret;
	char event[64] = JIRA_EVENT "unknown";
	struct delivery delivery = {
		.guid = "", .event = event, .host = "",
		.received_at = time_now(),
		.body = req->body, .len = req->body_len,
		.arena = &req->arena,
	};

	secret = *id ? door_secret(req, "jira_door", &delivery, id)
		     : house_secret;
	if (req->answered)
		return;
	if (!secret || !is_signed(req, SIGNATURE, secret)) {
		refuse(req, SIGNATURE, event);
		return;
	}
	jira_event(req->body, req->body_len, event);
	delivery.guid = guid_of(req);
	if (!*id && !find_connection(req, &delivery))
		return;
	take_in(req, &delivery);
}
