/*
 * token.c - signed tokens.
 */
#include "base.h"

#include <jwt.h>

#include "arena.h"
#include "clock.h"
#include "json.h"
#include "log.h"
#include "text.h"
#include "token.h"

#define ISSUER "pulse"
#define LEEWAY 60

struct header {
	const char *alg, *typ;
};

static const struct json_field header_fields[] = {
	{ "alg", JSON_TEXT, offsetof(struct header, alg) },
	{ "typ", JSON_TEXT, offsetof(struct header, typ) },
	{ NULL }
};

static const struct json_shape header_shape = {
	header_fields, sizeof(struct header)
};

static void
add_id(jwt_t *jwt, const char *claim, int64_t id)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, id);
	jwt_add_grant(jwt, claim, digits);
}

char *
token_sign(const unsigned char key[KEY_SIZE], const char *audience,
	   struct token *token, int64_t lifetime)
{
	int64_t now = time_now() / 1000;
	jwt_t *jwt;
	char *encoded;

	token->expires = now + lifetime;
	if (jwt_new(&jwt) || jwt_set_alg(jwt, JWT_ALG_HS256, key, KEY_SIZE))
		die("libjwt cannot make a token");
	jwt_add_grant(jwt, "iss", ISSUER);
	jwt_add_grant(jwt, "aud", audience);
	jwt_add_grant_int(jwt, "nbf", now);
	jwt_add_grant_int(jwt, "exp", token->expires);
	add_id(jwt, "sub", token->user);
	add_id(jwt, "org", token->org);
	jwt_add_grant(jwt, "sid", token->session);
	if (token->session_ends)
		jwt_add_grant_int(jwt, "sxp", token->session_ends);
	encoded = jwt_encode_str(jwt);
	jwt_free(jwt);
	if (!encoded)
		die("libjwt cannot sign a token");
	return encoded;
}

/* {"alg":"HS256","typ":"JWT"}, read by us before libjwt sees a byte. */
static bool
header_is_ours(const char *jwt)
{
	size_t len = strcspn(jwt, "."), out;
	struct arena arena = { 0 };
	const struct header *header;
	const char *problem;
	char json[256];
	bool ours = false;

	if (len < sizeof(json) && base64url_decode(json, jwt, len, &out)) {
		header = json_read(json, out, &header_shape, &arena, &problem);
		ours = header && header->alg && !strcmp(header->alg, "HS256") &&
		       (!header->typ || !strcmp(header->typ, "JWT"));
	}
	arena_release(&arena);
	return ours;
}

static bool
get_id(jwt_t *jwt, const char *claim, int64_t *id)
{
	const char *digits = jwt_get_grant(jwt, claim);

	return digits && text_to_int(digits, 0, INT64_MAX, id);
}

static bool
claims_hold(jwt_t *jwt, const char *audience, struct token *token)
{
	const char *issuer = jwt_get_grant(jwt, "iss");
	const char *for_whom = jwt_get_grant(jwt, "aud");
	const char *session = jwt_get_grant(jwt, "sid");
	int64_t now = time_now() / 1000;

	token->expires = jwt_get_grant_int(jwt, "exp");
	token->session_ends = jwt_get_grant_int(jwt, "sxp");
	if (!issuer || strcmp(issuer, ISSUER) ||
	    !for_whom || strcmp(for_whom, audience) ||
	    token->expires <= now ||
	    jwt_get_grant_int(jwt, "nbf") > now + LEEWAY ||
	    !get_id(jwt, "sub", &token->user) ||
	    !get_id(jwt, "org", &token->org) ||
	    !session || strlen(session) >= SESSION_ID)
		return false;
	memcpy(token->session, session, strlen(session) + 1);
	return true;
}

bool
token_check(const unsigned char key[KEY_SIZE], const char *audience,
	    const char *encoded, struct token *token)
{
	jwt_t *jwt;
	bool good;

	memset(token, 0, sizeof(*token));
	if (strnlen(encoded, TOKEN_MAX + 1) > TOKEN_MAX ||
	    !header_is_ours(encoded))
		return false;
	if (jwt_decode(&jwt, encoded, key, KEY_SIZE))
		return false;
	good = jwt_get_alg(jwt) == JWT_ALG_HS256 &&
	       claims_hold(jwt, audience, token);
	jwt_free(jwt);
	return good;
}
