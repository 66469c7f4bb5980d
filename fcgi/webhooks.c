/*
 * webhooks.c - the doors for what GitHub sends, and what both kinds of door
 * share (webhooks.h); webhooks_jira.c has Jira's.
 *
 * POST webhooks/github is the GitHub App's door, signed with
 * GITHUB_WEBHOOK_SECRET; POST webhooks/github/{connection} is one
 * organisation's, signed with that connection's secret. GitHub never sends
 * twice, so a rightly signed delivery is never refused: what cannot be read is
 * a dead letter, what comes from a source over its limit is read later.
 *
 * Tables: connection, delivery, and those of lib/ingest.
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "ingest.h"
#include "log.h"
#include "shared.h"
#include "web.h"
#include "webhooks.h"

static const struct statement statements[] = {
	INGEST_STATEMENTS,
	JIRA_STATEMENTS,
	{ NULL }
};

static struct ingest *ingest;
static const char *app_secret, *app_host;
static int64_t per_minute;

static void
start(void)
{
	ingest = ingest_new("ingest");
	app_secret = conf_secret("GITHUB_WEBHOOK_SECRET", 16);
	app_host = conf_or("GITHUB_HOST", "github.com");
	per_minute = conf_int("RATE_LIMIT_WEBHOOKS", 1000, 1, INT32_MAX);
	start_jira();
}

bool
is_signed(struct request *req, const char *name, const char *secret)
{
	const char *told = header(req, name);
	unsigned char mac[HASH_SIZE], given[HASH_SIZE];

	if (!told || strncmp(told, "sha256=", 7) ||
	    strlen(told + 7) != 2 * HASH_SIZE ||
	    !hex_decode(given, told + 7, HASH_SIZE))
		return false;
	hmac_sha256(secret, strlen(secret), req->body, req->body_len, mac);
	return same_bytes(mac, given, HASH_SIZE);
}

const char *
door_secret(struct request *req, const char *statement,
	    struct delivery *delivery, const char *id)
{
	PGresult *rows;
	char *secret, *copy;

	text_to_int(id, 1, INT64_MAX, &delivery->door);
	rows = db_ask(req, statement, id);
	if (!rows || !row_text(rows, 0, 0))
		return NULL;
	delivery->host = row_text(rows, 0, 1);
	secret = secret_open(row_text(rows, 0, 2),
		arena_printf(&req->arena, "connection.secret/%s/%s",
			     row_text(rows, 0, 0), id));
	if (!secret) {
		log_line(LOG_FAIL, "a connection's secret does not open",
			 "connection", id, NULL);
		return NULL;
	}
	copy = arena_string(&req->arena, secret);
	free(secret);
	return copy;
}

/* The secret and host of the door; NULL: there is none such, or answered. */
static const char *
find_door(struct request *req, struct delivery *delivery)
{
	const char *id = param(req, "connection");

	delivery->host = app_host;
	return *id ? door_secret(req, "door", delivery, id) : app_secret;
}

void
refuse(struct request *req, const char *name, const char *event)
{
	int64_t wait = limit_take("webhook", client_source(req), per_minute, 1);

	counter_add(COUNTER_DELIVERIES_REFUSED, 1);
	log_line(LOG_WARN, "delivery refused: bad signature",
		 "address", client_address(req),
		 "event", event, NULL);
	if (wait)
		problem_later(req, TOO_MANY_REQUESTS, wait);
	else
		problem(req, BAD_SIGNATURE, "%s is not that of the body",
			name);
}

bool
is_word(const char *string, size_t max, const char *also)
{
	size_t len = string ? strlen(string) : 0;

	if (!len || len > max)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)string[i]) &&
		    !strchr(also, string[i]))
			return false;
	return true;
}

static const struct {
	int status;
	const char *word;
	enum counter counter;
} outcomes[] = {
	[INGEST_ACCEPTED] = { 202, "accepted", COUNTER_DELIVERIES_ACCEPTED },
	[INGEST_DUPLICATE] = { 200, "duplicate", COUNTER_DELIVERIES_DUPLICATE },
	[INGEST_DEAD] = { 202, "dead_letter", COUNTER_DELIVERIES_DEAD },
	[INGEST_POSTPONED] = { 202, "postponed", COUNTER_DELIVERIES_POSTPONED },
	[INGEST_UNKNOWN] = { 404, NULL, COUNTER_DELIVERIES_UNKNOWN },
	[INGEST_FAILED] = { 503, NULL, COUNTERS },
};

static void
answer(struct request *req, const struct delivery *d,
       enum ingest_outcome outcome)
{
	if (outcomes[outcome].counter != COUNTERS)
		counter_add(outcomes[outcome].counter, 1);
	if (outcome == INGEST_FAILED) {
		db_problem(req, &d->error);
	} else if (outcome == INGEST_UNKNOWN) {
		log_line(LOG_WARN, "delivery of an unknown repository",
			 "event", d->event, "repository",
			 d->reading.repository->full_name, NULL);
		problem(req, UNKNOWN_REPOSITORY, "\"%s\" is not connected",
			d->reading.repository->full_name);
	} else if (outcome == INGEST_DEAD) {
		log_line(LOG_WARN, "dead letter", "event", d->event,
			 "delivery", d->guid, "reason", d->reason, NULL);
		reply_json(req, 202, "{\"status\":\"dead_letter\",\"reason\":"
			   "%s}", quoted(req, d->reason));
	} else {
		reply_json(req, outcomes[outcome].status,
			   "{\"status\":\"%s\"}", outcomes[outcome].word);
	}
}

void
take_in(struct request *req, struct delivery *d)
{
	int64_t wait = limit_take("webhook", client_source(req), per_minute, 0);

	if (wait)
		answer(req, d, ingest_postpone(req->db, d,
					       time_now() + wait * 1000));
	else
		answer(req, d, ingest_delivery(ingest, req->db, d));
}

static void
take_delivery(struct request *req)
{
	struct delivery delivery = {
		.guid = header(req, "X-GitHub-Delivery"),
		.event = header(req, "X-GitHub-Event"),
		.received_at = time_now(),
		.body = req->body, .len = req->body_len,
		.arena = &req->arena,
	};
	const char *secret = find_door(req, &delivery);

	if (req->answered)
		return;
	if (!secret || !is_signed(req, "X-Hub-Signature-256", secret)) {
		refuse(req, "X-Hub-Signature-256",
		       header(req, "X-GitHub-Event"));
		return;
	}
	if (!is_word(delivery.guid, GUID_MAX, "-_.:"))
		problem_field(req, "X-GitHub-Delivery", "is required");
	if (!is_word(delivery.event, 64, "_"))
		problem_field(req, "X-GitHub-Event", "is required");
	if (req->answered)
		return;
	take_in(req, &delivery);
}

static const struct route routes[] = {
	JIRA_ROUTES,
	{ "POST", "/webhooks/github", SIGNED, take_delivery,
	  "A delivery of the GitHub App", "Delivery",
	  .raw_body = BODY_MAX, .limit = LIMIT_NONE, .status = 202 },
	{ "POST", "/webhooks/github/{connection}", SIGNED, take_delivery,
	  "A delivery for one organisation's connection", "Delivery",
	  { { "connection", is_id, NULL, "The connection's id" } },
	  .raw_body = BODY_MAX, .limit = LIMIT_NONE, .status = 202 },
	{ NULL }
};

int
main(int argc, char **argv)
{
	static const struct program program = {
		"webhooks", "ingest", routes, statements, start,
		.shares_db = true,
		.about = "What GitHub and Jira send"
	};

	return serve(argc, argv, &program);
}
