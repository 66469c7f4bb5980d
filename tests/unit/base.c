/*
 * base.c - time, text, keys, tokens and limits.
 */
#include "base.h"

#include <jwt.h>

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "shared.h"
#include "tap.h"
#include "text.h"
#include "token.h"

static void
reads_time(const char *string, const char *wanted)
{
	char text[TIME_TEXT], sentence[160];
	int64_t moment;
	bool good = time_parse(string, strlen(string), &moment);

	snprintf(sentence, sizeof(sentence), "\"%s\" is %s", string,
		 wanted ? wanted : "no time");
	is(good ? time_format(moment, text) : NULL, wanted, sentence);
}

static void
test_time(void)
{
	reads_time("2026-02-07T10:15:00Z", "2026-02-07T10:15:00.000Z");
	reads_time("2026-02-07T10:15:00.1239Z", "2026-02-07T10:15:00.123Z");
	reads_time("2019-05-15T15:20:30+02:00", "2019-05-15T13:20:30.000Z");
	reads_time("2019-05-15 15:20:30 -0530", "2019-05-15T20:50:30.000Z");
	reads_time("2024-02-29T23:59:60Z", "2024-03-01T00:00:00.000Z");
	reads_time("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z");
	reads_time("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z");
	reads_time("2023-02-29T00:00:00Z", NULL);
	reads_time("2026-13-01T00:00:00Z", NULL);
	reads_time("2026-02-07T10:15:00", NULL);
	reads_time("2026-02-07T10:15:00.Z", NULL);
	reads_time("2026-02-07T24:00:00Z", NULL);
	reads_time("2026-02-07T10:15:00Zx", NULL);
	reads_time("2026-02-07T10:15:00+02:", NULL);
	reads_time("", NULL);
}

static void
cleans(const char *from, size_t len, size_t max, const char *wanted,
       const char *sentence)
{
	char to[256];

	text_clean(to, from, len, max);
	is(to, wanted, sentence);
}

static void
test_text(void)
{
	int64_t number;
	struct text json = { 0 };

	cleans("plain", 5, 100, "plain", "clean text stays");
	cleans("a\0b", 3, 100, "ab", "a NUL goes");
	cleans("\xc3(", 2, 100, "\xef\xbf\xbd(", "a cut sequence is replaced");
	cleans("\xed\xa0\x80", 3, 100,
	       "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
	       "a surrogate in UTF-8 is replaced");
	cleans("\xf0\x9f\x98\x80x", 5, 3, "",
	       "a character that does not fit is left out");
	text_add_json(&json, "a\"\\\n\x01\xc3\xa9");
	is(json.data, "\"a\\\"\\\\\\n\\u0001\xc3\xa9\"", "JSON is escaped");
	text_release(&json);
	ok(text_to_int("-5", -10, 10, &number) && number == -5,
	   "a number is read");
	ok(!text_to_int("5x", 0, 10, &number), "a number with a tail is none");
	ok(!text_to_int("", 0, 10, &number), "nothing is no number");
	ok(!text_to_int("11", 0, 10, &number), "a number beyond is refused");
	is_int((int64_t)text_cut("ab\xc3\xa9", 4, 3), 2,
	       "text is cut between characters");
}

static void
test_crypto(void)
{
	unsigned char mac[HASH_SIZE], a[KEY_SIZE], b[KEY_SIZE];
	char digits[2 * HASH_SIZE + 1], hash[PASSWORD_HASH], *again, *sealed, *open;
	char long_one[200];

	/* RFC 4231, test case 2. */
	hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, mac);
	is(hex_encode(digits, mac, sizeof(mac)), "5bdcc146bf60754e6a042426089575"
	   "c75a003f089d2739839dec58b964ec3843", "HMAC-SHA-256 is RFC 4231's");
	derive_key("secret", "api", a);
	derive_key("secret", "live", b);
	ok(memcmp(a, b, sizeof(a)), "each purpose has a key of its own");
	sealed = secret_seal("hush", "connection.secret/1/2");
	open = secret_open(sealed, "connection.secret/1/2");
	is(open, "hush", "a sealed secret opens");
	free(open);
	open = secret_open(sealed, "connection.secret/1/3");
	is(open, NULL, "… but not in another row");
	ok(!secret_reseal(sealed, "connection.secret/1/2"),
	   "one under the present key is not sealed anew");
	setenv("ENCRYPTION_KEY_2", "ffffffffffffffffffffffffffffffff"
	       "ffffffffffffffffffffffffffffffff", 1);
	setenv("ENCRYPTION_KEY_ID", "2", 1);
	ok(!secret_reseal(sealed, "connection.secret/1/3"),
	   "nor one that does not open in its place");
	again = secret_reseal(sealed, "connection.secret/1/2");
	open = again ? secret_open(again, "connection.secret/1/2") : NULL;
	ok(open && !strcmp(open, "hush") && !strncmp(again, "2.", 2),
	   "under an older one it is, and opens");
	free(open);
	free(again);
	unsetenv("ENCRYPTION_KEY_ID");
	sealed[strlen(sealed) - 2] ^= 1;
	open = secret_open(sealed, "connection.secret/1/2");
	is(open, NULL, "… nor with a bit changed");
	free(sealed);
	memset(long_one, 'x', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	ok(password_hash(long_one, "pepper", hash), "a password is hashed");
	ok(password_matches(long_one, "pepper", hash), "and matches");
	long_one[150] = 'y';
	ok(!password_matches(long_one, "pepper", hash),
	   "what differs beyond 72 bytes does not");
	long_one[150] = 'x';
	ok(!password_matches(long_one, "other", hash),
	   "nor does another pepper");
	ok(!password_matches("x", "pepper", NULL), "nobody's password is wrong");
}

/* A token as libjwt makes it, with any algorithm and claims. */
static char *
forge(jwt_alg_t alg, const unsigned char *key, size_t len, long expires,
      const char *audience)
{
	jwt_t *jwt;
	char *encoded;

	jwt_new(&jwt);
	jwt_set_alg(jwt, alg, key, (int)len);
	jwt_add_grant(jwt, "iss", "pulse");
	jwt_add_grant(jwt, "aud", audience);
	jwt_add_grant_int(jwt, "exp", expires);
	jwt_add_grant(jwt, "sub", "1");
	jwt_add_grant(jwt, "org", "1");
	jwt_add_grant(jwt, "sid", "x");
	encoded = jwt_encode_str(jwt);
	jwt_free(jwt);
	return encoded;
}

static void
refuses(const unsigned char *key, char *encoded, const char *sentence)
{
	struct token token;

	ok(encoded && !token_check(key, TOKEN_API, encoded, &token), sentence);
	free(encoded);
}

static void
test_token(void)
{
	unsigned char key[KEY_SIZE] = "0123456789abcdef0123456789abcde",
		wide[64] = "0123456789abcdef0123456789abcdef0123456789abcdef";
	struct token token = { .user = 7, .org = 3, .session = "s" }, got;
	long later = time(NULL) + 100;
	char *encoded = token_sign(key, TOKEN_API, &token, 60);

	ok(token_check(key, TOKEN_API, encoded, &got) && got.user == 7 &&
	   got.org == 3 && !strcmp(got.session, "s"), "a token comes back");
	ok(!token_check(key, TOKEN_LIVE, encoded, &got),
	   "it is for its audience alone");
	encoded[strlen(encoded) - 2] ^= 1;
	ok(!token_check(key, TOKEN_API, encoded, &got),
	   "a changed signature is refused");
	free(encoded);
	refuses(key, forge(JWT_ALG_HS256, key, KEY_SIZE, time(NULL) - 1, "api"),
		"libjwt's first trap: an expired token is refused");
	refuses(key, forge(JWT_ALG_NONE, NULL, 0, later, "api"),
		"libjwt's second trap: alg none is refused");
	refuses(key, forge(JWT_ALG_HS512, wide, sizeof(wide), later, "api"),
		"HS512 is refused");
	refuses(key, forge(JWT_ALG_HS512, key, KEY_SIZE, later, "api"),
		"HS512 under our own key is refused");
	refuses(key, forge(JWT_ALG_HS256, key, KEY_SIZE, later, "live"),
		"a foreign audience is refused");
	encoded = xmalloc(100001);
	memset(encoded, 'e', 100000);
	encoded[100000] = '\0';
	refuses(key, encoded, "100 KB are no token");
	refuses(key, xstrdup(""), "nothing is no token");
	refuses(key, xstrdup("..."), "dots are no token");
}

static void
test_limits(void)
{
	int allowed = 0;

	shared_open();
	for (int i = 0; i < 20; i++)
		allowed += !limit_take("test", "somebody", 10, 1);
	is_int(allowed, 10, "ten a minute are ten at once and no more");
	ok(limit_take("test", "somebody", 10, 1) > 0, "then one must wait");
	ok(!limit_take("test", "another", 10, 1), "others need not");
	ok(limit_take("test", "somebody", 10, 0) > 0, "asking costs nothing");
	counter_add(COUNTER_LIMITED, 2);
	is_int((int64_t)counter_get(COUNTER_LIMITED), 2, "a counter counts");
}

int
main(void)
{
	char dir[] = "/tmp/pulse-unit-XXXXXX", command[64];

	setenv("ENCRYPTION_KEY", "000102030405060708090a0b0c0d0e0f"
	       "101112131415161718191a1b1c1d1e1f", 1);
	setenv("PASSWORD_COST", "4", 1);
	if (mkdtemp(dir))
		setenv("PULSE_STATE_DIR", dir, 1);
	test_time();
	test_text();
	test_crypto();
	test_token();
	test_limits();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return done() | system(command);
}
