/*
 * base.c - time, text, keys, tokens and limits.
 */
#include "base.h"

#include <jwt.h>

#include "address.h"
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

/* The processor's time for one wrong password, in nanoseconds. */
static int64_t
time_of_wrong(const char *hash)
{
	struct timespec from, to;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	password_matches("wrong", "pepper", hash);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	return (to.tv_sec - from.tv_sec) * INT64_C(1000000000) +
	       to.tv_nsec - from.tv_nsec;
}

static void
test_time_of_nobody(void)
{
	char hash[PASSWORD_HASH];
	int64_t somebody = INT64_MAX, nobody = INT64_MAX;

	setenv("PASSWORD_COST", "8", 1);
	password_hash("right", "pepper", hash);
	/* The least of several: what else the machine did only adds. */
	for (int i = 0; i < 7; i++) {
		int64_t a = time_of_wrong(hash), b = time_of_wrong(NULL);

		somebody = a < somebody ? a : somebody;
		nobody = b < nobody ? b : nobody;
	}
	setenv("PASSWORD_COST", "4", 1);
	ok(nobody * 10 > somebody * 9 && nobody * 9 < somebody * 10,
	   "nobody's password takes as long as somebody's, at any cost");
}

static void
is_client(const char *remote, const char *forwarded, const char *wanted)
{
	struct networks proxies = { 0 };
	char address[ADDRESS_TEXT], sentence[200];

	networks_read(&proxies, "10.0.0.0/8 192.0.2.1,2001:db8:ffff::/48");
	address_client(&proxies, remote, forwarded, address);
	snprintf(sentence, sizeof(sentence), "from %s for \"%s\" is %s",
		 remote, forwarded ? forwarded : "", wanted);
	is(address, wanted, sentence);
	free(proxies.list);
}

static void
is_source(const char *address, const char *wanted)
{
	char source[ADDRESS_TEXT], sentence[120];

	address_source(address, source);
	snprintf(sentence, sizeof(sentence), "%s counts as %s", address,
		 wanted);
	is(source, wanted, sentence);
}

static void
test_addresses(void)
{
	static const char *const odd[] = {
		"10.0.0.0/33", "x", "10.0.0", "::/129", "1.2.3.4/", "1.2.3.4/-1"
	};
	struct networks networks = { 0 };

	is_client("203.0.113.5", NULL, "203.0.113.5");
	is_client("203.0.113.5", "1.1.1.1", "203.0.113.5");
	is_client("10.1.1.1", "1.1.1.1", "1.1.1.1");
	is_client("10.1.1.1", "6.6.6.6, 1.1.1.1,10.2.2.2", "1.1.1.1");
	is_client("::ffff:10.1.1.1", " 1.1.1.1:4711 ", "1.1.1.1");
	is_client("2001:db8:ffff::1", "[2001:db8::9]:80", "2001:db8::9");
	is_client("10.1.1.1", "1.1.1.1, ", "10.1.1.1");
	is_client("10.1.1.1", "", "10.1.1.1");
	is_client("10.1.1.1", "10.0.0.2, 10.0.0.3", "10.0.0.2");
	is_client("192.0.2.2", "1.1.1.1", "192.0.2.2");
	is_client("unix:", "1.1.1.1", "unix:");
	is_source("192.0.2.7", "192.0.2.7");
	is_source("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::");
	is_source("::ffff:192.0.2.7", "192.0.2.7");
	is_source("-", "-");
	ok(networks_read(&networks, "10.0.0.0/9 2001:db8::/33") &&
	   networks_have(&networks, "10.127.1.1") &&
	   !networks_have(&networks, "10.128.1.1") &&
	   networks_have(&networks, "2001:db8:7fff::") &&
	   !networks_have(&networks, "2001:db8:8000::"),
	   "a network ends within a byte");
	for (size_t i = 0; i < COUNT(odd); i++)
		ok(!networks_read(&networks, odd[i]), odd[i]);
	free(networks.list);
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

/* libjwt by itself: a trap that is no longer there needs no fence. */
static void
takes(const unsigned char *key, int len, char *encoded, const char *sentence)
{
	jwt_t *jwt = NULL;

	ok(encoded && !jwt_decode(&jwt, encoded, key, len), sentence);
	jwt_free(jwt);
	free(encoded);
}

/* Good claims behind any header, with the right MAC over both. */
static void
refuses_head(const char *header, const unsigned char *key,
	     const char *sentence)
{
	char *whole = forge(JWT_ALG_HS256, key, KEY_SIZE, time(NULL) + 100,
			    "api");
	const char *claims = strchr(whole, '.');
	struct text token = { 0 };
	unsigned char mac[HASH_SIZE];
	char part[256];

	base64url_encode(part, header, strlen(header));
	text_addf(&token, "%s%.*s", part, (int)strcspn(claims + 1, ".") + 1,
		  claims);
	hmac_sha256(key, KEY_SIZE, token.data, token.len, mac);
	base64url_encode(part, mac, sizeof(mac));
	text_addf(&token, ".%s", part);
	free(whole);
	refuses(key, token.data, sentence);
}

static const char public_key[] = "-----BEGIN PUBLIC KEY-----\n"
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n"
	"q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n"
	"-----END PUBLIC KEY-----\n";

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
	takes(key, KEY_SIZE, forge(JWT_ALG_HS256, key, KEY_SIZE, 1, "api"),
	      "libjwt's first trap: by itself it takes an expired token");
	refuses(key, forge(JWT_ALG_HS256, key, KEY_SIZE, time(NULL) - 1, "api"),
		"… we refuse it");
	refuses(key, forge(JWT_ALG_HS256, key, KEY_SIZE, 0, "api"),
		"… and one without an end");
	takes(NULL, 0, forge(JWT_ALG_NONE, NULL, 0, later, "api"),
	      "libjwt's second trap: with no key it takes alg none");
	refuses(key, forge(JWT_ALG_NONE, NULL, 0, later, "api"),
		"… we refuse it");
	refuses_head("{\"alg\":\"None\"}", key, "… in any spelling");
	refuses_head("{\"typ\":\"JWT\"}", key, "… and a token without alg");
	takes((const unsigned char *)public_key, (int)strlen(public_key),
	      forge(JWT_ALG_HS256, (const unsigned char *)public_key,
		    strlen(public_key), later, "api"),
	      "libjwt's third trap: it takes HS256 under a public key's text");
	refuses(key, forge(JWT_ALG_HS256, (const unsigned char *)public_key,
			   strlen(public_key), later, "api"),
		"… we refuse it: no key of ours is public");
	refuses_head("{\"alg\":\"RS256\",\"typ\":\"JWT\"}", key,
		     "RS256 is refused");
	refuses_head("{\"alg\":\"HS256\",\"alg\":\"none\"}", key,
		     "a header that says alg twice is refused");
	takes(wide, sizeof(wide),
	      forge(JWT_ALG_HS512, wide, sizeof(wide), later, "api"),
	      "libjwt takes the algorithm that the token asks for");
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
	test_time_of_nobody();
	test_addresses();
	test_token();
	test_limits();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return done() | system(command);
}
