/*
 * auth_device.c - programs on a desk or a command line sign in: device
 * authorisation (RFC 8628).
 *
 * The program asks for a code and shows it; a person who is signed in types it
 * on the page, sees what asks, and says yes; the program, which has asked every
 * few seconds, gets an access token and a refresh token. The two routes that
 * programs call speak as the RFC says: form bodies, names with underscores,
 * refusals as {"error": …}. They take no cookie.
 *
 * Tables: device_authorisation, session, refresh_token
 * (sql/functions/19-credentials.sql).
 */
#include "base.h"

#include "auth.h"
#include "crypto.h"

#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"
#define CODE_SECONDS 600
#define PAUSE 5

const struct statement device_statements[] = {
	{ "ask_device", "SELECT ask_device($1::bytea, $2, $3, $4, $5)" },
	{ "poll_device", "SELECT error, user_id, org_id, session_id"
	  " FROM poll_device($1::bytea, $2, $3::bytea)" },
	{ "find_device",
	  "SELECT client, device, address, rfc3339(created_at),"
	  " rfc3339(expires_at) FROM find_device($2)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ "answer_device", "SELECT answer_device($2, $3, $4)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ NULL }
};

/* The programs that may ask. They are public clients: the name is what the
 * person reads, and proves nothing. */
static const struct {
	const char *id, *name;
} clients[] = {
	{ "pulse-tracker", "Pulse time tracker" },
	{ "pulse-cli", "Pulse command line" },
};

static const char *
client_name(const char *id)
{
	for (size_t i = 0; id && i < COUNT(clients); i++)
		if (!strcmp(id, clients[i].id))
			return clients[i].name;
	return NULL;
}

/* RFC 6749, 5.1: nothing of this is kept by anybody. */
static void
keep_nowhere(struct request *req)
{
	reply_header(req, "Cache-Control", "no-store");
	reply_header(req, "Pragma", "no-cache");
}

static void
refuse(struct request *req, int status, const char *error)
{
	keep_nowhere(req);
	reply_json(req, status, "{\"error\":\"%s\"}", error);
}

/* A form body and a known client; false: answered. */
static bool
take_form(struct request *req)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = variable(req, "CONTENT_TYPE");

	if (!type || strncasecmp(type, form, strlen(form)))
		refuse(req, 400, "invalid_request");
	else if (!form_value(req, "client_id"))
		refuse(req, 400, "invalid_request");
	else if (!client_name(form_value(req, "client_id")))
		refuse(req, 401, "invalid_client");
	else
		return true;
	return false;
}

/* Eight letters out of twenty: consonants, so that no word comes out and none
 * is taken for a digit (RFC 8628, 6.1). */
static void
new_code(char code[9])
{
	static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ";
	unsigned char byte;

	for (size_t i = 0; i < 8; ) {
		random_bytes(&byte, 1);
		if (byte < 240)		/* 12 times 20: all as likely */
			code[i++] = letters[byte % 20];
	}
	code[8] = '\0';
}

static void
ask_device(struct request *req)
{
	char device[SECRET_TEXT], hash[SECRET_HASH], code[9];
	const char *page = page_link(req, "/dashboard/settings/device", NULL);

	if (!take_form(req))
		return;
	new_secret(device, hash);
	new_code(code);
	if (!db_ask(req, "ask_device", hash, code,
		    form_value(req, "client_id"), user_agent(req),
		    client_address(req)))
		return;
	keep_nowhere(req);
	reply_json(req, 200, "{\"device_code\":\"%s\","
		   "\"user_code\":\"%.4s-%s\",\"verification_uri\":%s,"
		   "\"verification_uri_complete\":%s,\"expires_in\":%d,"
		   "\"interval\":%d}", device, code, code + 4,
		   quoted(req, page), quoted(req, arena_printf(&req->arena,
			"%s?code=%.4s-%s", page, code, code + 4)),
		   CODE_SECONDS, PAUSE);
}

static void
reply_tokens(struct request *req, const char *refresh)
{
	char *access = token_sign(api_key(), TOKEN_API, &req->token,
				  ACCESS_SECONDS);

	keep_nowhere(req);
	reply_json(req, 200, "{\"access_token\":\"%s\",\"token_type\":"
		   "\"Bearer\",\"expires_in\":%d,\"refresh_token\":\"%s\"}",
		   access, ACCESS_SECONDS, refresh);
	free(access);
}

static void
poll_device(struct request *req)
{
	const char *device = form_value(req, "device_code");
	char hash[SECRET_HASH], next[SECRET_TEXT], next_hash[SECRET_HASH];
	PGresult *rows;

	if (!device) {
		refuse(req, 400, "invalid_request");
		return;
	}
	hash_secret(device, hash);
	new_secret(next, next_hash);
	rows = db_ask(req, "poll_device", hash, form_value(req, "client_id"),
		      next_hash);
	if (!rows)
		return;
	if (row_text(rows, 0, 0)) {
		refuse(req, 400, row_text(rows, 0, 0));
		return;
	}
	if (!row_text(rows, 0, 1)) {
		refuse(req, 400, "access_denied");
		return;
	}
	take_ids(&req->token, row_text(rows, 0, 1), row_text(rows, 0, 2),
		 row_text(rows, 0, 3));
	reply_tokens(req, next);
}

/* As the cookie, spent at each use, and one that comes again ends it all. */
static void
renew(struct request *req)
{
	const char *old = form_value(req, "refresh_token");
	char hash[SECRET_HASH], next[SECRET_TEXT], next_hash[SECRET_HASH];
	PGresult *rows;

	if (!old) {
		refuse(req, 400, "invalid_request");
		return;
	}
	hash_secret(old, hash);
	new_secret(next, next_hash);
	rows = db_ask(req, "refresh", hash, next_hash);
	if (!rows)
		return;
	if (!row_text(rows, 0, 0)) {
		refuse(req, 400, "invalid_grant");
		return;
	}
	take_ids(&req->token, row_text(rows, 0, 0), row_text(rows, 0, 3),
		 row_text(rows, 0, 5));
	reply_tokens(req, next);
}

static void
give_token(struct request *req)
{
	const char *grant;

	if (!take_form(req))
		return;
	grant = form_value(req, "grant_type");
	if (!grant)
		refuse(req, 400, "invalid_request");
	else if (!strcmp(grant, DEVICE_GRANT))
		poll_device(req);
	else if (!strcmp(grant, "refresh_token"))
		renew(req);
	else
		refuse(req, 400, "unsupported_grant_type");
}

/* bcdf-ghjk as BCDFGHJK; the check has seen that it is a code. */
static const char *
plain_code(struct request *req, const char *name)
{
	char *code = arena_string(&req->arena, param(req, name));
	size_t len = 0;

	for (const char *p = code; *p; p++)
		if (*p != '-')
			code[len++] = (char)toupper((unsigned char)*p);
	code[len] = '\0';
	return code;
}

static void
show_device(struct request *req)
{
	PGresult *rows = db_query(req, "find_device", plain_code(req, "code"));
	const char *client;

	if (!rows)
		return;
	if (PQntuples(rows) != 1) {
		problem(req, NOT_FOUND, "nothing waits with the code \"%s\"",
			param(req, "code"));
		return;
	}
	client = client_name(row_text(rows, 0, 0));
	reply_json(req, 200, "{\"client\":%s,\"device\":%s,\"address\":%s,"
		   "\"createdAt\":\"%s\",\"expiresAt\":\"%s\"}",
		   quoted(req, client ? client : row_text(rows, 0, 0)),
		   quoted(req, row_text(rows, 0, 1)),
		   quoted(req, row_text(rows, 0, 2)), row_text(rows, 0, 3),
		   row_text(rows, 0, 4));
}

static void
answer_device(struct request *req)
{
	PGresult *rows = db_query(req, "answer_device",
				  plain_code(req, "userCode"),
				  param(req, "approve"), client_address(req));

	if (!rows)
		return;
	if (*row_text(rows, 0, 0) == 't')
		reply_empty(req, 204);
	else
		problem(req, NOT_FOUND, "nothing waits with the code \"%s\"",
			param(req, "userCode"));
}

const struct route device_routes[] = {
	{ "POST", "/auth/device-authorization", PUBLIC, ask_device,
	  "A program asks to be let in (RFC 8628, 3.1)", "DeviceCode",
	  { { "client_id", is_text, NULL, "pulse-tracker or pulse-cli" } },
	  .limit = LIMIT_AUTH, .form = true },
	{ "POST", "/auth/token", PUBLIC, give_token,
	  "A program fetches or renews its tokens (RFC 8628, 3.4; RFC 6749, "
	  "6)", "DeviceTokens",
	  { { "grant_type", is_text }, { "client_id", is_text },
	    { "device_code", is_text, "" }, { "refresh_token", is_text, "" } },
	  .limit = LIMIT_NONE, .form = true },
	{ "GET", "/auth/device", SEE, show_device,
	  "What asks to be let in", "Device",
	  { { "code", is_user_code } }, .limit = LIMIT_AUTH,
	  .token = BY_NONE },
	{ "POST", "/auth/device", SEE, answer_device,
	  "Let it in, or not", NULL,
	  { { "userCode", is_user_code }, { "approve", is_yes } },
	  .limit = LIMIT_AUTH, .status = 204, .token = BY_NONE },
	{ NULL }
};
