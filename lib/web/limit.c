/*
 * limit.c - how often somebody may.
 */
#include "limit.h"

#include "address.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "shared.h"

#define HOUR 3600
#define DEVICE_SECONDS (400 * 86400)	/* as long as a browser keeps one */
#define DEVICE_NONCE 16

const struct statement limit_statements[2] = {
	{ "take_limit", "SELECT take_limit($1, $2, $3, $4, $5)" },
	/* Of a stranger: his address with this account, and the account. */
	{ "take_guess",
	  "SELECT greatest(take_limit('login', $1 || ' ' || $2, $3, $4, $6),"
	  " take_limit('account', $1, $5, $4, $6))" },
};

static int64_t per_minute[LIMIT_NONE], guesses[3];
enum { BY_ADDRESS, BY_DEVICE, BY_ACCOUNT };
static unsigned char device_key[KEY_SIZE];

void
limits_init(void)
{
	derive_key(conf_secret("JWT_SECRET", 32), "device", device_key);
	per_minute[LIMIT_API] = conf_int("RATE_LIMIT_API", 100, 1, INT32_MAX);
	per_minute[LIMIT_AUTH] = conf_int("RATE_LIMIT_AUTH", 10, 1, INT32_MAX);
	guesses[BY_ADDRESS] = conf_int("RATE_LIMIT_LOGIN", 10, 1, INT32_MAX);
	guesses[BY_DEVICE] = conf_int("RATE_LIMIT_DEVICE", 10, 1, INT32_MAX);
	guesses[BY_ACCOUNT] = conf_int("RATE_LIMIT_ACCOUNT", 100, 1,
				       INT32_MAX);
}

static bool
refuse(struct request *req, int64_t wait)
{
	if (!wait)
		return true;
	counter_add(COUNTER_LIMITED, 1);
	problem_later(req, TOO_MANY_REQUESTS, wait);
	return false;
}

static const char *
decimal(struct request *req, int64_t number)
{
	return arena_printf(&req->arena, "%" PRId64, number);
}

/* The seconds to wait of a statement's one value; -1: it failed, answered. */
static int64_t
wait_of(PGresult *rows)
{
	int64_t wait = -1;

	if (rows)
		text_to_int(PQgetvalue(rows, 0, 0), 0, INT64_MAX, &wait);
	return wait;
}

/* In the database; what this host refused already is refused at once. */
static bool
limit_everywhere(struct request *req, const char *who)
{
	int64_t most = per_minute[LIMIT_AUTH];
	int64_t wait = limit_take("auth", who, most, 0);

	if (!wait)
		wait = wait_of(db_ask(req, "take_limit", "auth", who,
				      decimal(req, most), "60", "1"));
	if (wait < 0)
		return false;
	if (!wait)
		limit_take("auth", who, most, 1);
	return refuse(req, wait);
}

bool
limit_address(struct request *req)
{
	return req->route->limit != LIMIT_AUTH ||
	       limit_everywhere(req, client_source(req));
}

bool
limit_caller(struct request *req)
{
	if (req->route->limit == LIMIT_API && req->repository_token)
		return refuse(req, limit_take("api", req->repository_token,
					      per_minute[LIMIT_API], 1));
	if (req->route->limit != LIMIT_API || !req->token.user)
		return true;
	return refuse(req, limit_take("api", decimal(req, req->token.user),
				      per_minute[LIMIT_API], 1));
}

/* "<until>.<nonce>", what is signed with the account's address before it. */
static void
sign_device(const char *email, const char *device, char mac[48])
{
	unsigned char bytes[HASH_SIZE];
	struct text text = { 0 };

	text_addf(&text, "%s %s", email, device);
	hmac_sha256(device_key, sizeof(device_key), text.data, text.len,
		    bytes);
	base64url_encode(mac, bytes, sizeof(bytes));
	text_release(&text);
}

/* The browser's own name with this account, if it has been here. */
static const char *
known_device(struct request *req, const char *email)
{
	const char *came = cookie(req, "pulse_device");
	const char *end = came ? strrchr(came, '.') : NULL;
	char *device, mac[48];
	int64_t until;

	if (!end || strlen(came) > 128)
		return NULL;
	device = arena_copy(&req->arena, came, (size_t)(end - came));
	sign_device(email, device, mac);
	if (strlen(end + 1) != strlen(mac) ||
	    !same_bytes(end + 1, mac, strlen(mac)))
		return NULL;
	end = arena_copy(&req->arena, device, strcspn(device, "."));
	return text_to_int(end, time_now() / 1000, INT64_MAX, &until) ? device
								      : NULL;
}

static int64_t
take_guess(struct request *req, const char *email, const char *cost)
{
	const char *lower = text_lower(arena_string(&req->arena, email));
	const char *device = known_device(req, lower);
	const char *hour = decimal(req, HOUR);

	if (device)
		return wait_of(db_ask(req, "take_limit", "device", device,
				      decimal(req, guesses[BY_DEVICE]), hour,
				      cost));
	return wait_of(db_ask(req, "take_guess", lower, client_source(req),
			      decimal(req, guesses[BY_ADDRESS]), hour,
			      decimal(req, guesses[BY_ACCOUNT]), cost));
}

bool
login_may_try(struct request *req, const char *email)
{
	int64_t wait = take_guess(req, email, "0");

	return wait >= 0 && refuse(req, wait);
}

void
login_failed(struct request *req, const char *email)
{
	take_guess(req, email, "1");
}

void
login_succeeded(struct request *req, const char *email)
{
	const char *lower = text_lower(arena_string(&req->arena, email));
	unsigned char random[DEVICE_NONCE];
	char nonce[2 * DEVICE_NONCE], mac[48];
	const char *device;

	random_bytes(random, sizeof(random));
	base64url_encode(nonce, random, sizeof(random));
	device = arena_printf(&req->arena, "%" PRId64 ".%s",
			      time_now() / 1000 + DEVICE_SECONDS, nonce);
	sign_device(lower, device, mac);
	reply_header(req, "Set-Cookie", "pulse_device=%s.%s; Path=%s/auth; "
		     "Max-Age=%d; HttpOnly; SameSite=Strict%s", device, mac,
		     conf_or("API_BASE", "/api/v1"), DEVICE_SECONDS,
		     cookie_secure());
}
