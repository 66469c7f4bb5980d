/*
 * jira_client.c - ask a Jira's REST API.
 */
#include "base.h"

#include <curl/curl.h>
#include <openssl/evp.h>

#include "clock.h"
#include "conf.h"
#include "jira_client.h"
#include "json.h"

#define ANSWER_MAX (32 << 20)
#define WAIT_MAX 86400

static bool
ends_with(const char *string, const char *end)
{
	size_t len = strlen(string), tail = strlen(end);

	return len > tail && !strcmp(string + len - tail, end);
}

char *
jira_address(const char *url, char **host)
{
	size_t len = strlen(url), head = 0, name;
	struct text text = { 0 };
	bool plain;

	*host = NULL;
	plain = !strncmp(url, "http://", 7);
	head = plain ? 7 : !strncmp(url, "https://", 8) ? 8 : 0;
	while (len && url[len - 1] == '/')
		len--;
	if (!head || len <= head || len > 500 ||
	    strcspn(url, "?#@ \t\r\n\"\\") < len)
		return NULL;
	name = strcspn(url + head, ":/");
	if (!name || name > len - head)
		return NULL;
	text_add_bytes(&text, url + head, name);
	*host = text_lower(text.data);
	if (plain ? !conf_lists("PRIVATE_HOSTS", *host)
	    : !ends_with(*host, ".atlassian.net") &&
	      !conf_lists("JIRA_HOSTS", *host)) {
		free(*host);
		*host = NULL;
		return NULL;
	}
	text = (struct text){ 0 };
	text_add_bytes(&text, url, len);
	return text.data;
}

/* "Authorization: …", of malloc. */
static char *
authorization(const struct jira_site *site)
{
	struct text line = { 0 }, pair = { 0 };

	if (*site->account) {
		unsigned char *code;

		text_addf(&pair, "%s:%s", site->account, site->credential);
		code = xmalloc(pair.len * 4 / 3 + 8);
		EVP_EncodeBlock(code, (unsigned char *)pair.data,
				(int)pair.len);
		text_addf(&line, "Authorization: Basic %s", (char *)code);
		free(code);
		memset(pair.data, 0, pair.len);
		text_release(&pair);
	} else {
		text_addf(&line, "Authorization: Bearer %s",
			  site->credential);
	}
	return line.data;
}

/* Seconds until a Retry-After, a number or a date; -1: there is none. */
static int64_t
retry_after(const struct http_answer *http)
{
	char *value = http_header(http, "Retry-After");
	int64_t wait = -1, when;

	if (value && !text_to_int(value, 0, INT32_MAX, &wait)) {
		when = curl_getdate(value, NULL);
		wait = when < 0 ? -1 : when - time_now() / 1000;
	}
	free(value);
	return wait > WAIT_MAX ? WAIT_MAX : wait;
}

static int64_t
date_of(const struct http_answer *http)
{
	char *value = http_header(http, "Date");
	int64_t when = value ? curl_getdate(value, NULL) : -1;

	free(value);
	return when > 0 ? when * 1000 : time_now();
}

/* The words of an answer that is none: {"errorMessages":["…"]}. */
static void
note_problem(struct jira_answer *answer)
{
	static const struct json_field fields[] = {
		{ "errorMessages", JSON_TEXTS, 0, NULL, 150 }, { NULL }
	};
	static const struct json_shape shape = {
		fields, sizeof(struct json_array)
	};
	struct arena arena = { 0 };
	const struct json_array *said = NULL;
	const char *wrong;

	if (answer->http.body.data)
		said = json_read(answer->http.body.data, answer->http.body.len,
				 &shape, &arena, &wrong);
	snprintf(answer->problem, sizeof(answer->problem), "it answered %d%s%s",
		 answer->http.status, said && said->count ? ": " : "",
		 said && said->count ? *(const char *const *)said->items : "");
	arena_release(&arena);
}

static enum jira_outcome
judge(struct jira_answer *answer)
{
	int status = answer->http.status;
	int64_t wait = retry_after(&answer->http);

	answer->told_at = date_of(&answer->http);
	if (status == 200 || status == 201)
		return JIRA_ANSWERED;
	note_problem(answer);
	if (status == 429 || status == 503) {
		answer->wait = wait > 0 ? wait : 60;
		return JIRA_LATER;
	}
	/* A gateway that gave up on it. */
	if (status == 504 || status == 502 || status == 408)
		return JIRA_SLOW;
	if (status >= 500) {
		answer->wait = wait > 0 ? wait : 300;
		return JIRA_LATER;
	}
	return status == 401 || status == 403 ? JIRA_REFUSED
		: status == 404 ? JIRA_NOT_THERE
		: status == 410 ? JIRA_GONE : JIRA_WRONG;
}

static enum jira_outcome
ask(const struct http_call *call, struct jira_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	if (http_ask(call, &answer->http))
		return answer->outcome = judge(answer);
	answer->told_at = time_now();
	snprintf(answer->problem, sizeof(answer->problem), "%s",
		 answer->http.problem);
	if (answer->http.slow || answer->http.large)
		return answer->outcome = JIRA_SLOW;
	answer->wait = 300;
	return answer->outcome = JIRA_LATER;
}

enum jira_outcome
jira_ask(const struct jira_site *site, const char *method, const char *path,
	 const char *body, struct jira_answer *answer)
{
	char *who = authorization(site);
	const char *headers[] = {
		who, "Accept: application/json",
		"Content-Type: application/json", "User-Agent: pulse", NULL
	};
	struct text url = { 0 };
	enum jira_outcome outcome;

	text_addf(&url, "%s%s", site->url, path);
	outcome = ask(&(struct http_call){
		.method = method, .url = url.data, .headers = headers,
		.body = body, .body_len = body ? strlen(body) : 0,
		.seconds = site->seconds ? site->seconds : 30,
		.max = ANSWER_MAX }, answer);
	memset(who, 0, strlen(who));
	free(who);
	text_release(&url);
	return outcome;
}

void
jira_release(struct jira_answer *answer)
{
	http_release(&answer->http);
}

struct grant {
	const char *access_token, *refresh_token;
	int64_t expires_in;
};

static const struct json_field grant_fields[] = {
	{ "access_token", JSON_TEXT, offsetof(struct grant, access_token),
	  .max = 8192 },
	{ "refresh_token", JSON_TEXT, offsetof(struct grant, refresh_token),
	  .max = 8192 },
	{ "expires_in", JSON_INT, offsetof(struct grant, expires_in) },
	{ NULL }
};
static const struct json_shape grant_shape = {
	grant_fields, sizeof(struct grant)
};

static bool
take_grant(struct jira_answer *answer, struct jira_tokens *tokens)
{
	struct arena arena = { 0 };
	const char *wrong;
	struct grant *grant = json_read(answer->http.body.data
		? answer->http.body.data : "", answer->http.body.len,
		&grant_shape, &arena, &wrong);
	bool good = grant && grant->access_token && grant->refresh_token;

	if (good)
		*tokens = (struct jira_tokens){
			xstrdup(grant->access_token),
			xstrdup(grant->refresh_token),
			grant->expires_in > 0 ? grant->expires_in : 3600
		};
	else
		snprintf(answer->problem, sizeof(answer->problem),
			 "it gave no token");
	arena_release(&arena);
	return good;
}

enum jira_outcome
jira_refresh(const char *refresh, struct jira_tokens *tokens,
	     struct jira_answer *answer)
{
	static const char *const headers[] = {
		"Accept: application/json", "Content-Type: application/json",
		"User-Agent: pulse", NULL
	};
	struct text body = { 0 };

	text_add(&body, "{\"grant_type\":\"refresh_token\",\"client_id\":");
	text_add_json(&body, conf_or("JIRA_OAUTH_CLIENT_ID", ""));
	text_add(&body, ",\"client_secret\":");
	text_add_json(&body, conf_or("JIRA_OAUTH_CLIENT_SECRET", ""));
	text_add(&body, ",\"refresh_token\":");
	text_add_json(&body, refresh);
	text_add(&body, "}");
	ask(&(struct http_call){
		.method = "POST", .headers = headers, .body = body.data,
		.url = conf_or("JIRA_OAUTH_TOKEN_URL",
			       "https://auth.atlassian.com/oauth/token"),
		.body_len = body.len }, answer);
	memset(body.data, 0, body.len);
	text_release(&body);
	/* One that was spent, or taken back, is a 400 or a 403. */
	if (answer->outcome == JIRA_WRONG)
		answer->outcome = JIRA_REFUSED;
	if (answer->outcome == JIRA_ANSWERED && !take_grant(answer, tokens))
		answer->outcome = JIRA_REFUSED;
	return answer->outcome;
}
