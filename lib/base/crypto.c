/*
 * crypto.c - hashes, keys, sealed secrets and passwords.
 */
#include "base.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "log.h"
#include "text.h"

#define NONCE 12
#define TAG 16

void
random_bytes(void *to, size_t len)
{
	unsigned char *p = to;

	while (len) {
		ssize_t got = getrandom(p, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			die("the kernel gives no random bytes");
		p += got;
		len -= (size_t)got;
	}
}

char *
hex_encode(char *to, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++) {
		to[2 * i] = digits[p[i] >> 4];
		to[2 * i + 1] = digits[p[i] & 15];
	}
	to[2 * len] = '\0';
	return to;
}

static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
hex_decode(void *to, const char *digits, size_t len)
{
	unsigned char *p = to;

	for (size_t i = 0; i < len; i++) {
		int high = digit_value(digits[2 * i]);
		int low = high < 0 ? -1 : digit_value(digits[2 * i + 1]);

		if (low < 0)
			return false;
		p[i] = (unsigned char)(high << 4 | low);
	}
	return digits[2 * len] == '\0';
}

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t
base64url_encode(char *to, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	unsigned bits = 0, held = 0;
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		held = held << 8 | p[i];
		for (bits += 8; bits >= 6; bits -= 6)
			to[out++] = alphabet[held >> (bits - 6) & 63];
	}
	if (bits)
		to[out++] = alphabet[held << (6 - bits) & 63];
	to[out] = '\0';
	return out;
}

bool
base64url_decode(void *to, const char *string, size_t len, size_t *out)
{
	unsigned char *p = to;
	unsigned bits = 0, held = 0;

	*out = 0;
	for (size_t i = 0; i < len; i++) {
		const char *at = string[i] ? strchr(alphabet, string[i]) : NULL;

		if (!at)
			return false;
		held = held << 6 | (unsigned)(at - alphabet);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			p[(*out)++] = (unsigned char)(held >> bits);
		}
	}
	return bits < 6 && !(held & ((1u << bits) - 1));
}

void
sha256(const void *bytes, size_t len, unsigned char hash[HASH_SIZE])
{
	if (!EVP_Digest(bytes, len, hash, NULL, EVP_sha256(), NULL))
		die("SHA-256 is not available");
}

void
hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
	    unsigned char mac[HASH_SIZE])
{
	if (!HMAC(EVP_sha256(), key, (int)key_len, bytes, len, mac, NULL))
		die("HMAC-SHA-256 is not available");
}

bool
same_bytes(const void *a, const void *b, size_t len)
{
	return !CRYPTO_memcmp(a, b, len);
}

void
derive_key(const char *secret, const char *purpose,
	   unsigned char key[KEY_SIZE])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	size_t len = KEY_SIZE;

	if (!ctx || EVP_PKEY_derive_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha256()) <= 0 ||
	    EVP_PKEY_CTX_set1_hkdf_key(ctx, (const unsigned char *)secret,
				       (int)strlen(secret)) <= 0 ||
	    EVP_PKEY_CTX_add1_hkdf_info(ctx, (const unsigned char *)purpose,
					(int)strlen(purpose)) <= 0 ||
	    EVP_PKEY_derive(ctx, key, &len) <= 0)
		die("cannot derive the key for %s", purpose);
	EVP_PKEY_CTX_free(ctx);
}

/* The key of an id of at most 32 of [A-Za-z0-9_]; false if there is none. */
static bool
find_key(const char *id, size_t id_len, unsigned char key[KEY_SIZE])
{
	char name[64];
	const char *digits;

	if (id_len == 0 || id_len > 32)
		return false;
	if (id_len == 1 && *id == '0')
		snprintf(name, sizeof(name), "ENCRYPTION_KEY");
	else
		snprintf(name, sizeof(name), "ENCRYPTION_KEY_%.*s",
			 (int)id_len, id);
	digits = conf_get(name);
	return digits && strlen(digits) == 2 * KEY_SIZE &&
	       hex_decode(key, digits, KEY_SIZE);
}

char *
secret_seal(const char *plain, const char *place)
{
	const char *id = conf_or("ENCRYPTION_KEY_ID", "0");
	unsigned char key[KEY_SIZE], *box;
	size_t len = strlen(plain);
	EVP_CIPHER_CTX *ctx;
	struct text sealed = { 0 };
	int n;

	if (!find_key(id, strlen(id), key))
		die("ENCRYPTION_KEY is missing or is not 64 hexadecimal digits");
	box = xmalloc(NONCE + len + TAG);
	random_bytes(box, NONCE);
	ctx = EVP_CIPHER_CTX_new();
	if (!ctx ||
	    !EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, box) ||
	    !EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)place,
			       (int)strlen(place)) ||
	    !EVP_EncryptUpdate(ctx, box + NONCE, &n,
			       (const unsigned char *)plain, (int)len) ||
	    !EVP_EncryptFinal_ex(ctx, box + NONCE + n, &n) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG,
				 box + NONCE + len))
		die("AES-256-GCM is not available");
	EVP_CIPHER_CTX_free(ctx);
	text_addf(&sealed, "%s.", id);
	text_reserve(&sealed, 4 * (NONCE + len + TAG) / 3 + 2);
	sealed.len += base64url_encode(sealed.data + sealed.len, box,
				       NONCE + len + TAG);
	free(box);
	OPENSSL_cleanse(key, sizeof(key));
	return sealed.data;
}

static char *
open_box(const unsigned char *key, unsigned char *box, size_t len,
	 const char *place)
{
	size_t plain_len = len - NONCE - TAG;
	char *plain = xmalloc(plain_len + 1);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	bool good = ctx &&
		EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, box) &&
		EVP_DecryptUpdate(ctx, NULL, &n, (const unsigned char *)place,
				  (int)strlen(place)) &&
		EVP_DecryptUpdate(ctx, (unsigned char *)plain, &n, box + NONCE,
				  (int)plain_len) &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG,
				    box + NONCE + plain_len) &&
		EVP_DecryptFinal_ex(ctx, (unsigned char *)plain + n, &n) > 0;

	EVP_CIPHER_CTX_free(ctx);
	plain[plain_len] = '\0';
	if (!good) {
		free(plain);
		return NULL;
	}
	return plain;
}

char *
secret_open(const char *sealed, const char *place)
{
	const char *dot = strchr(sealed, '.');
	unsigned char key[KEY_SIZE], *box;
	size_t len, digits;
	char *plain = NULL;

	if (!dot || !find_key(sealed, (size_t)(dot - sealed), key))
		return NULL;
	digits = strlen(dot + 1);
	box = xmalloc(3 * digits / 4 + 2);
	if (base64url_decode(box, dot + 1, digits, &len) && len >= NONCE + TAG)
		plain = open_box(key, box, len, place);
	free(box);
	OPENSSL_cleanse(key, sizeof(key));
	return plain;
}

char *
secret_reseal(const char *sealed, const char *place)
{
	const char *id = conf_or("ENCRYPTION_KEY_ID", "0");
	size_t len = strcspn(sealed, ".");
	char *plain, *again;

	if (len == strlen(id) && !strncmp(sealed, id, len))
		return NULL;
	plain = secret_open(sealed, place);
	if (!plain)
		return NULL;
	again = secret_seal(plain, place);
	OPENSSL_cleanse(plain, strlen(plain));
	free(plain);
	return again;
}

/* What bcrypt sees: 43 characters, whatever the password's length. */
static void
peppered(const char *password, const char *pepper, char to[48])
{
	unsigned char mac[HASH_SIZE];

	hmac_sha256(pepper, strlen(pepper), password, strlen(password), mac);
	base64url_encode(to, mac, sizeof(mac));
}

/*
 * So many at once that processors are left for what is not a password: half of
 * them. On few, where one hash after another would keep half of the host for as
 * long as people sign in, the next one waits for as long as the last one took of
 * a processor; whoever has his answer does not.
 */
static sem_t hashing;
static bool alone;
static int64_t rested;		/* time_ticks(); whoever hashes alone has it */

static void
count_processors(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	alone = processors < 4;
	sem_init(&hashing, 0, alone ? 1 : (unsigned)processors / 2);
}

/* Of this thread, in microseconds. */
static int64_t
processor_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void
rest(void)
{
	int64_t left;

	while (alone && (left = rested - time_ticks()) > 0)
		nanosleep(&(struct timespec){ .tv_sec = left / 1000000,
			  .tv_nsec = left % 1000000 * 1000 }, NULL);
}

static const char *
crypt_in_turn(const char *phrase, const char *setting, struct crypt_data *data)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const char *result;
	int64_t began;

	pthread_once(&once, count_processors);
	while (sem_wait(&hashing))
		;			/* a signal came between */
	rest();
	began = processor_time();
	result = crypt_rn(phrase, setting, data, (int)sizeof(*data));
	if (alone)
		rested = time_ticks() + processor_time() - began;
	sem_post(&hashing);
	return result;
}

static bool
bcrypt(const char *password, const char *pepper, const char *setting,
       char hash[PASSWORD_HASH])
{
	struct crypt_data *data = xcalloc(1, sizeof(*data));	/* 32 KiB */
	char phrase[48];
	const char *result;
	size_t len = 0;

	peppered(password, pepper, phrase);
	result = crypt_in_turn(phrase, setting, data);
	if (result && *result != '*')
		len = strlen(result);
	if (len && len < PASSWORD_HASH)
		memcpy(hash, result, len + 1);
	OPENSSL_cleanse(data, sizeof(*data));
	free(data);
	return len && len < PASSWORD_HASH;
}

static int
password_cost(void)
{
	return (int)conf_int("PASSWORD_COST", 12, 4, 16);
}

bool
password_hash(const char *password, const char *pepper,
	      char hash[PASSWORD_HASH])
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], random[16];

	random_bytes(random, sizeof(random));
	return crypt_gensalt_rn("$2b$", (unsigned long)password_cost(),
				random, sizeof(random), setting,
				sizeof(setting)) &&
	       bcrypt(password, pepper, setting, hash);
}

bool
password_matches(const char *password, const char *pepper, const char *hash)
{
	char result[PASSWORD_HASH], nobody[PASSWORD_HASH];
	const char *against = hash ? hash : nobody;
	size_t len;

	/* Of no password: what a missing user is compared with, at the cost
	 * of the others. */
	snprintf(nobody, sizeof(nobody), "$2b$%02d$"
		 "C6UzMDM.H6dfI/f/IKcEeO7hLkT8PRqyyT2Yb6b8r7yYk3QKyXH5a",
		 password_cost());
	len = strlen(against);
	return bcrypt(password, pepper, against, result) && hash &&
	       strlen(result) == len && same_bytes(result, against, len);
}
