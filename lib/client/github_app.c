/*
 * github_app.c - the word of a GitHub App about itself.
 */
#include "base.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "crypto.h"
#include "github_app.h"
#include "text.h"

static void
add_part(struct text *jwt, const void *bytes, size_t len)
{
	char *coded = xmalloc(4 * len / 3 + 4);

	text_add_bytes(jwt, coded, base64url_encode(coded, bytes, len));
	free(coded);
}

static bool
add_signature(struct text *jwt, EVP_PKEY *key)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char *signature = NULL;
	size_t len = 0;
	bool good;

	good = context &&
	       EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL,
				  key) == 1 &&
	       EVP_DigestSign(context, NULL, &len,
			      (const unsigned char *)jwt->data, jwt->len) == 1;
	if (good) {
		signature = xmalloc(len);
		good = EVP_DigestSign(context, signature, &len,
				      (const unsigned char *)jwt->data,
				      jwt->len) == 1;
	}
	if (good) {
		text_add(jwt, ".");
		add_part(jwt, signature, len);
	}
	free(signature);
	EVP_MD_CTX_free(context);
	return good;
}

char *
github_app_jwt(const char *app_id, const char *pem, int64_t now)
{
	static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL)
			    : NULL;
	struct text jwt = { 0 }, claims = { 0 };

	BIO_free(bio);
	if (!key || EVP_PKEY_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		return NULL;
	}
	text_addf(&claims, "{\"iat\":%" PRId64 ",\"exp\":%" PRId64
		  ",\"iss\":", now - 60, now + 540);
	text_add_json(&claims, app_id);
	text_add(&claims, "}");
	add_part(&jwt, header, strlen(header));
	text_add(&jwt, ".");
	add_part(&jwt, claims.data, claims.len);
	if (!add_signature(&jwt, key))
		text_release(&jwt);
	text_release(&claims);
	EVP_PKEY_free(key);
	return jwt.data;
}
