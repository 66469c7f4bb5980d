/*
 * session.c - who is asking.
 */
#include "session.h"

#include "address.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "io.h"
#include "log.h"

static unsigned char keys[2][KEY_SIZE];
static struct networks proxies;

void
session_init(void)
{
	const char *secret = conf_secret("JWT_SECRET", 32);

	derive_key(secret, TOKEN_API, keys[0]);
	derive_key(secret, TOKEN_LIVE, keys[1]);
	if (!networks_read(&proxies, conf_or("TRUSTED_PROXIES", "")))
		die("TRUSTED_PROXIES is \"%s\", not a list of addresses and "
		    "networks", conf_get("TRUSTED_PROXIES"));
}

const unsigned char *
api_key(void)
{
	return keys[0];
}

const unsigned char *
live_key(void)
{
	return keys[1];
}

const char *
variable(struct request *req, const char *name)
{
	return io_variable(req->io, name);
}

const char *
header(struct request *req, const char *name)
{
	char key[128] = "HTTP_";
	size_t len = 5;

	for (const char *p = name; *p && len < sizeof(key) - 1; p++)
		key[len++] = *p == '-' ? '_' : (char)toupper(
			(unsigned char)*p);
	key[len] = '\0';
	return io_variable(req->io, key);
}

const char *
cookie(struct request *req, const char *name)
{
	const char *p = origin_is_ours(req) ? header(req, "Cookie") : NULL;
	size_t len = strlen(name);

	while (p && *p) {
		p += strspn(p, " ;");
		if (!strncmp(p, name, len) && p[len] == '=')
			return arena_copy(&req->arena, p + len + 1,
					  strcspn(p + len + 1, "; "));
		p += strcspn(p, ";");
	}
	return NULL;
}

const char *
client_address(struct request *req)
{
	const char *remote = variable(req, "REMOTE_ADDR");
	char *address = arena_alloc(&req->arena, ADDRESS_TEXT);

	address_client(&proxies, remote ? remote : "-",
		       header(req, "X-Forwarded-For"), address);
	return address;
}

const char *
client_source(struct request *req)
{
	char *source = arena_alloc(&req->arena, ADDRESS_TEXT);

	address_source(client_address(req), source);
	return source;
}

/*
 * Tokens that this thread has found good: a person asks many times with one,
 * and reading a signature costs as much as the rest of a short request. Only
 * the very same bytes are known again, compared in constant time.
 */
#define KNOWN 16
#define KNOWN_MAX 512		/* characters; ours have about 300 */

static _Thread_local struct known_token {
	char encoded[KNOWN_MAX];
	struct token token;
} known_tokens[KNOWN];

static bool
check_token(const char *encoded, struct token *token)
{
	size_t len = strnlen(encoded, KNOWN_MAX);
	struct known_token *known;

	if (len < 16 || len == KNOWN_MAX)
		return token_check(api_key(), TOKEN_API, encoded, token);
	/* The signature's end is as good as random. */
	known = known_tokens + (unsigned char)encoded[len - 2] % KNOWN;
	if (known->token.expires > time_now() / 1000 &&
	    strlen(known->encoded) == len &&
	    same_bytes(known->encoded, encoded, len)) {
		*token = known->token;
		return true;
	}
	if (!token_check(api_key(), TOKEN_API, encoded, token))
		return false;
	memcpy(known->encoded, encoded, len + 1);
	known->token = *token;
	return true;
}

void
hash_secret(const char *text, char hash[SECRET_HASH])
{
	unsigned char digest[HASH_SIZE];

	sha256(text, strlen(text), digest);
	memcpy(hash, "\\x", 2);
	hex_encode(hash + 2, digest, sizeof(digest));
}

void
new_secret(char text[SECRET_TEXT], char hash[SECRET_HASH])
{
	unsigned char random[32];

	random_bytes(random, sizeof(random));
	base64url_encode(text, random, sizeof(random));
	hash_secret(text, hash);
}

/* A personal access token: the session that stands for it. */
static bool
open_personal(struct request *req, const char *told, struct token *token)
{
	char hash[SECRET_HASH];
	PGresult *rows;

	if (strnlen(told, 64) == 64)
		return false;
	hash_secret(told, hash);
	rows = db_ask(req, "open_token", hash);
	if (!rows || !row_text(rows, 0, 0))
		return false;
	memset(token, 0, sizeof(*token));
	text_to_int(row_text(rows, 0, 0), 1, INT64_MAX, &token->user);
	text_to_int(row_text(rows, 0, 1), 1, INT64_MAX, &token->org);
	snprintf(token->session, sizeof(token->session), "%s",
		 row_text(rows, 0, 2));
	req->scopes = row_text(rows, 0, 3);
	return true;
}

/* A repository's token: of its organisation, and of nobody. */
static bool
open_repository(struct request *req, const char *told, struct token *token)
{
	char hash[SECRET_HASH];
	PGresult *rows;

	if (strnlen(told, 64) == 64)
		return false;
	hash_secret(told, hash);
	rows = db_ask(req, "open_repository_token", hash);
	if (!rows || !row_text(rows, 0, 0))
		return false;
	memset(token, 0, sizeof(*token));
	text_to_int(row_text(rows, 0, 0), 1, INT64_MAX, &token->org);
	req->repository_token = arena_string(&req->arena, hash);
	return true;
}

bool
bearer(struct request *req, struct token *token)
{
	const char *told = header(req, "Authorization");
	bool good = false;

	if (told && !strncasecmp(told, "Bearer ", 7)) {
		told += 7;
		if (!strncmp(told, REPOSITORY_TOKEN, strlen(REPOSITORY_TOKEN)))
			good = req->route && req->route->scope != PUBLIC &&
			       open_repository(req, told, token);
		else if (!strncmp(told, PERSONAL_TOKEN, strlen(PERSONAL_TOKEN)))
			good = open_personal(req, told, token);
		else
			good = check_token(told, token);
	}
	if (!good)
		memset(token, 0, sizeof(*token));
	return good;
}

/* Does the list "read,live" have the word? */
static bool
has_scope(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; *list; list += strcspn(list, ",") + (strchr(list, ',') != NULL))
		if (strcspn(list, ",") == len && !strncmp(list, word, len))
			return true;
	return false;
}

/* Is the caller's personal token, if he came with one, good for the route? */
static bool
token_suffices(struct request *req)
{
	const struct route *route = req->route;
	const char *scopes = req->repository_token ? "its repository's reports"
						   : req->scopes;
	bool good;

	if (!scopes)
		return true;
	if (req->repository_token)
		good = route->token == BY_REPOSITORY;
	else if (route->token == BY_NONE)
		good = false;
	else if (route->token == BY_LIVE)
		good = has_scope(scopes, "live");
	else
		good = has_scope(scopes, "write") ||
		       (!strcmp(route->method, "GET") &&
			has_scope(scopes, "read"));
	if (!good) {
		reply_header(req, "WWW-Authenticate", "Bearer realm=\"pulse\", "
			     "error=\"insufficient_scope\"");
		problem(req, TOKEN_SCOPE, route->token == BY_NONE
			? "this is for a person who has signed in"
			: "the token is good for \"%s\" only", scopes);
	}
	return good;
}

void
problem_nobody(struct request *req)
{
	reply_header(req, "WWW-Authenticate", "Bearer realm=\"pulse\"");
	problem(req, NOT_SIGNED_IN, header(req, "Authorization")
		? "the token is not valid, or no longer"
		: "no bearer token came with the request");
}

bool
know_caller(struct request *req)
{
	if (req->route->scope == PUBLIC || req->route->scope == SIGNED)
		return true;
	if (bearer(req, &req->token))
		return token_suffices(req);
	problem_nobody(req);
	return false;
}
