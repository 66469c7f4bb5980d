/*
 * answers.c - answers that are known already.
 */
#include "answers.h"

#include <pthread.h>

#include "crypto.h"
#include "log.h"
#include "shared.h"

#define SLOTS 64
#define KEEP_MAX (64 << 10)	/* bytes of an answer: 4 MB in all at the most */

struct answer {
	struct text key, snapshot, body;
	uint64_t reconnects;
	char etag[36];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct answer answers[SLOTS];

/* Who asks what; a NUL behind each part, so that no two are the same. */
static void
make_key(struct request *req, struct text *key)
{
	text_addf(key, "%s%c%" PRId64 "%c%" PRId64, req->route->path, 0,
		  req->token.org, 0, req->token.user);
	for (size_t i = 0; i < req->param_count; i++)
		text_addf(key, "%c%s%c%s", 0, req->params[i].name, 0,
			  req->params[i].value ? req->params[i].value : "");
}

static struct answer *
slot_of(const struct text *key)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < key->len; i++)
		hash = (hash ^ (unsigned char)key->data[i]) * 1099511628211u;
	return answers + (hash >> 32) % SLOTS;
}

static bool
same_text(const struct text *text, const char *bytes, size_t len)
{
	return text->len == len && !memcmp(text->data, bytes, len);
}

static void
set_text(struct text *text, const char *bytes, size_t len)
{
	text_clear(text);
	text_add_bytes(text, bytes, len);
}

/* The database after a restore from a backup may come by the same snapshots
 * again; but then every connection was lost. */
static uint64_t
reconnects(void)
{
	return counter_get(COUNTER_DATABASE_RECONNECTS);
}

static void
reply_known(struct request *req, const char *etag)
{
	const char *has = header(req, "If-None-Match");

	reply_header(req, "ETag", "%s", etag);
	if (has && strstr(has, etag))
		reply_empty(req, 304);
	else
		reply_out(req, 200);
}

bool
answer_is_known(struct request *req)
{
	struct text key = { 0 };
	struct answer *answer;
	char etag[sizeof(answer->etag)];
	bool known;

	req->snapshot = db_enter(req);
	if (!req->snapshot)
		return true;		/* refused */
	make_key(req, &key);
	answer = slot_of(&key);
	pthread_mutex_lock(&lock);
	known = same_text(&answer->key, key.data, key.len) &&
		same_text(&answer->snapshot, req->snapshot,
			  strlen(req->snapshot)) &&
		answer->reconnects == reconnects();
	if (known) {
		set_text(&req->out, answer->body.data, answer->body.len);
		memcpy(etag, answer->etag, sizeof(etag));
	}
	pthread_mutex_unlock(&lock);
	text_release(&key);
	if (known)
		reply_known(req, etag);
	counter_add(known ? COUNTER_ANSWERS_KNOWN : COUNTER_ANSWERS_MADE, 1);
	return known;
}

void
answer_keep(struct request *req)
{
	unsigned char hash[HASH_SIZE];
	struct text key = { 0 };
	struct answer *answer;
	char etag[sizeof(answer->etag)] = "\"";

	if (req->status != 200 || !req->snapshot)
		return;
	sha256(req->out.data, req->out.len, hash);
	hex_encode(etag + 1, hash, 16);
	memcpy(etag + 33, "\"", 2);
	if (req->out.len <= KEEP_MAX) {
		make_key(req, &key);
		answer = slot_of(&key);
		pthread_mutex_lock(&lock);
		set_text(&answer->key, key.data, key.len);
		set_text(&answer->snapshot, req->snapshot,
			 strlen(req->snapshot));
		set_text(&answer->body, req->out.data, req->out.len);
		answer->reconnects = reconnects();
		memcpy(answer->etag, etag, sizeof(etag));
		pthread_mutex_unlock(&lock);
		text_release(&key);
	}
	reply_known(req, etag);
}
