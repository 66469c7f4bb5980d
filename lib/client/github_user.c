/*
 * github_user.c - who somebody is, by GitHub's word.
 */
#include "base.h"

#include "github_user.h"
#include "http.h"
#include "json.h"
#include "log.h"
#include "text.h"

#define SECONDS 6		/* for each of three questions */

struct grant {
	const char *access_token, *token_type, *scope, *error;
};

static const struct json_field grant_fields[] = {
	{ "access_token", JSON_TEXT, offsetof(struct grant, access_token),
	  .max = 4096 },
	{ "token_type", JSON_TEXT, offsetof(struct grant, token_type) },
	{ "scope", JSON_TEXT, offsetof(struct grant, scope) },
	{ "error", JSON_TEXT, offsetof(struct grant, error) },
	{ NULL }
};
static const struct json_shape grant_shape = {
	grant_fields, sizeof(struct grant)
};

struct account {
	int64_t id;
	const char *login, *name;
};

static const struct json_field account_fields[] = {
	{ "id", JSON_INT, offsetof(struct account, id) },
	{ "login", JSON_TEXT, offsetof(struct account, login) },
	{ "name", JSON_TEXT, offsetof(struct account, name) },
	{ NULL }
};
static const struct json_shape account_shape = {
	account_fields, sizeof(struct account)
};

struct address {
	const char *email;
	signed char primary, verified;
};

static const struct json_field address_fields[] = {
	{ "email", JSON_TEXT, offsetof(struct address, email) },
	{ "primary", JSON_BOOL, offsetof(struct address, primary) },
	{ "verified", JSON_BOOL, offsetof(struct address, verified) },
	{ NULL }
};
static const struct json_shape address_shape = {
	address_fields, sizeof(struct address)
};

struct addresses {
	struct json_array list;
};

static const struct json_field list_fields[] = {
	{ "list", JSON_ARRAY, offsetof(struct addresses, list),
	  &address_shape },
	{ NULL }
};
static const struct json_shape list_shape = {
	list_fields, sizeof(struct addresses)
};

bool
github_site_at(struct github_site *site, const char *url)
{
	size_t len = strlen(url), scheme;
	struct text text = { 0 };

	while (len && url[len - 1] == '/')
		len--;
	scheme = !strncmp(url, "https://", 8) ? 8
		: !strncmp(url, "http://", 7) ? 7 : 0;
	if (!scheme || len <= scheme ||
	    strcspn(url + scheme, "/?#@ ") < len - scheme)
		return false;
	text_add_bytes(&text, url, len);
	site->url = text.data;
	text = (struct text){ 0 };
	text_add_bytes(&text, url + scheme, strcspn(url + scheme, ":/"));
	site->host = text_lower(text.data);
	text = (struct text){ 0 };
	if (strcmp(site->host, "github.com"))
		text_addf(&text, "%s/api/v3", site->url);
	else
		text_add(&text, "https://api.github.com");
	site->api = text.data;
	return true;
}

/* Ask, and read the answer by its shape; NULL, and the log says why. */
static void *
ask(const struct http_call *call, const struct json_shape *shape,
    const char *around, struct arena *arena)
{
	struct http_answer answer;
	struct text json = { 0 };
	const char *wrong = NULL;
	char status[48];
	void *read = NULL;

	if (!http_ask(call, &answer)) {
		wrong = answer.problem;
	} else if (answer.status != 200) {
		snprintf(status, sizeof(status), "it answered %d",
			 answer.status);
		wrong = status;
	} else {
		/* Our reader takes objects, and one answer is a list. */
		text_addf(&json, "%s", around ? around : "");
		text_add_bytes(&json, answer.body.data ? answer.body.data : "",
			       answer.body.len);
		text_add(&json, around ? "}" : "");
		read = json_read(json.data, json.len, shape, arena, &wrong);
	}
	if (!read)
		log_line(LOG_WARN, "GitHub does not say what is asked",
			 "url", call->url, "why", wrong, NULL);
	text_release(&json);
	http_release(&answer);
	return read;
}

static void *
ask_api(const struct github_site *site, const char *path, const char *token,
	const struct json_shape *shape, const char *around,
	struct arena *arena)
{
	const char *headers[] = {
		"Accept: application/vnd.github+json",
		"X-GitHub-Api-Version: 2022-11-28", "User-Agent: pulse",
		arena_printf(arena, "Authorization: Bearer %s", token), NULL
	};
	struct http_call call = {
		.method = "GET",
		.url = arena_printf(arena, "%s%s", site->api, path),
		.headers = headers, .seconds = SECONDS, .max = 256 << 10
	};

	return ask(&call, shape, around, arena);
}

/* The code is good once, and with the verifier that only we know. */
static struct grant *
exchange(const struct github_site *site, const char *code,
	 const char *verifier, const char *callback, struct arena *arena)
{
	static const char *const headers[] = {
		"Accept: application/json", "User-Agent: pulse",
		"Content-Type: application/x-www-form-urlencoded", NULL
	};
	struct text form = { 0 };
	struct http_call call = {
		.method = "POST", .headers = headers, .seconds = SECONDS,
		.url = arena_printf(arena, "%s/login/oauth/access_token",
				    site->url),
		.max = 64 << 10
	};
	struct grant *grant;

	http_add_field(&form, "client_id", site->client_id);
	http_add_field(&form, "client_secret", site->client_secret);
	http_add_field(&form, "code", code);
	http_add_field(&form, "redirect_uri", callback);
	http_add_field(&form, "code_verifier", verifier);
	call.body = form.data;
	call.body_len = form.len;
	grant = ask(&call, &grant_shape, NULL, arena);
	text_release(&form);
	return grant;
}

/* A token goes into a header: nothing may be in it that ends one. */
static bool
is_token(const char *token)
{
	for (const char *p = token; *p; p++)
		if (*p <= 0x20 || *p > 0x7e)
			return false;
	return *token;
}

/* The primary address, if GitHub has seen that it is his. */
static const char *
find_address(const struct addresses *addresses)
{
	const struct address *list = addresses->list.items;

	for (size_t i = 0; i < addresses->list.count; i++)
		if (list[i].primary == 1 && list[i].verified == 1)
			return list[i].email;
	return NULL;
}

const char *
github_user(const struct github_site *site, const char *code,
	    const char *verifier, const char *callback, struct arena *arena,
	    struct github_user *user)
{
	struct grant *grant = exchange(site, code, verifier, callback, arena);
	struct addresses *addresses;
	struct account *account;

	if (!grant)
		return "github";
	if (grant->error || !grant->access_token ||
	    !is_token(grant->access_token))
		return "denied";
	account = ask_api(site, "/user", grant->access_token, &account_shape,
			  NULL, arena);
	if (!account || account->id <= 0 || !account->login)
		return "github";
	addresses = ask_api(site, "/user/emails", grant->access_token,
			    &list_shape, "{\"list\":", arena);
	if (!addresses)
		return "github";
	*user = (struct github_user){
		account->id, account->login,
		account->name && *account->name ? account->name
						: account->login,
		find_address(addresses), grant->access_token,
		grant->scope ? grant->scope : ""
	};
	return user->email && strchr(user->email, '@') ? NULL : "email";
}
