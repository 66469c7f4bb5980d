/*
 * crypto.h - hashes, keys, sealed secrets and passwords, over OpenSSL and
 * libcrypt.
 */
#ifndef PULSE_CRYPTO_H
#define PULSE_CRYPTO_H

#include "base.h"

#define HASH_SIZE 32		/* SHA-256 */
#define KEY_SIZE 32

/* From the kernel; the program ends if there are none. */
void random_bytes(void *to, size_t len);

/* Hexadecimal, lower case. `to` has room for 2 * len + 1. Returns `to`. */
char *hex_encode(char *to, const void *bytes, size_t len);
/* Exactly len bytes from 2 * len digits of either case. */
bool hex_decode(void *to, const char *digits, size_t len);

/* base64url without padding (RFC 4648 section 5); `to` has room for
 * 4 * len / 3 + 2. Returns the length. */
size_t base64url_encode(char *to, const void *bytes, size_t len);
/* False on anything that the encoder would not write. `to` has room for
 * 3 * len / 4 + 1; *out is the number of bytes. */
bool base64url_decode(void *to, const char *string, size_t len, size_t *out);

void sha256(const void *bytes, size_t len, unsigned char hash[HASH_SIZE]);
void hmac_sha256(const void *key, size_t key_len, const void *bytes,
		 size_t len, unsigned char mac[HASH_SIZE]);

/* Compare in time that depends on `len` only. */
bool same_bytes(const void *a, const void *b, size_t len);

/*
 * A key of its own for one purpose, from a secret of the configuration
 * (HKDF-SHA256, RFC 5869, empty salt, info = purpose): "api" never learns
 * "live".
 */
void derive_key(const char *secret, const char *purpose,
		unsigned char key[KEY_SIZE]);

/*
 * Seal a secret for the database: AES-256-GCM, a fresh nonce, the place it
 * stands in as associated data ("connection.secret/3/17"), so that a sealed
 * value moved to another row does not open.
 *
 * Form: "<key id>." base64url(nonce 12 | ciphertext | tag 16). Returns a
 * string of malloc. Keys come from the configuration: ENCRYPTION_KEY (id "0")
 * and ENCRYPTION_KEY_<id>, 64 hexadecimal digits each; ENCRYPTION_KEY_ID names
 * the one to seal with, "0" by default.
 */
char *secret_seal(const char *plain, const char *place);
/* The same secret under the key that is used now, for the same place; NULL
 * when it is that already, or does not open. */
char *secret_reseal(const char *sealed, const char *place);
/* NULL when the key is unknown, the place is another or a bit has changed. */
char *secret_open(const char *sealed, const char *place);

/*
 * A password's hash: bcrypt, cost 12, over base64url(HMAC-SHA256(pepper,
 * password)), since bcrypt itself ignores what comes after 72 bytes.
 * Takes about 0.2 s of processor, of which a process leaves one alone: whoever
 * comes then waits. `hash` has room for PASSWORD_HASH.
 */
#define PASSWORD_HASH 64
bool password_hash(const char *password, const char *pepper,
		   char hash[PASSWORD_HASH]);
/* With hash NULL (no such user) takes as long as with one of the cost that is
 * set, and is false. */
bool password_matches(const char *password, const char *pepper,
		      const char *hash);

#endif
