/*
 * github_api.c - ask GitHub's API, as a credential of an organisation.
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "github_api.h"
#include "github_app.h"
#include "http.h"
#include "json.h"

#define SECONDS 30			/* GitHub itself gives up after 10 */
#define BODY_MAX (16 << 20)
#define RENEW_BEFORE (10 * 60000)	/* ms of a token's hour */
#define MINUTE 60000
#define STRIKES_MAX 6			/* 1, 2, 4, … 32 minutes, an hour */
/* What is left to others of a budget: a tenth. */
#define IS_LOW(b) ((b)->limit > 0 && (b)->remaining * 10 < (b)->limit)

struct lent {
	const char *token;
	int64_t expires_at;
};

static const struct json_field lent_fields[] = {
	{ "token", JSON_TEXT, offsetof(struct lent, token), .max = 4096 },
	{ "expires_at", JSON_TIME, offsetof(struct lent, expires_at) },
	{ NULL }
};
static const struct json_shape lent_shape = {
	lent_fields, sizeof(struct lent)
};

/* What GraphQL says when it cannot: with HTTP 200. */
struct fault {
	const char *type, *message;
};

static const struct json_field fault_fields[] = {
	{ "type", JSON_TEXT, offsetof(struct fault, type) },
	{ "message", JSON_TEXT, offsetof(struct fault, message) },
	{ NULL }
};
static const struct json_shape fault_shape = {
	fault_fields, sizeof(struct fault)
};

struct faults {
	struct json_array errors;
	const char *message;			/* of REST */
};

static const struct json_field faults_fields[] = {
	{ "errors", JSON_ARRAY, offsetof(struct faults, errors), &fault_shape },
	{ "message", JSON_TEXT, offsetof(struct faults, message) },
	{ NULL }
};
static const struct json_shape faults_shape = {
	faults_fields, sizeof(struct faults)
};

bool
github_url_is_good(const char *url)
{
	const char *host = url + (strncmp(url, "https://", 8) ? 7 : 8);

	if (strcspn(host, "/?#@ ") < strlen(host) || !*host)
		return false;
	return !strncmp(url, "https://", 8) ||
	       (!strncmp(url, "http://", 7) &&
		(!strncmp(host, "127.0.0.1", 9) || !strncmp(host, "[::1]", 5) ||
		 !strncmp(host, "localhost", 9)));
}

char *
github_host(void)
{
	const char *url = conf_or("GITHUB_URL", "https://github.com");
	const char *from = strstr(url, "://");
	struct text host = { 0 };

	from = from ? from + 3 : url;
	text_add_bytes(&host, from, strcspn(from, ":/"));
	return text_lower(host.data);
}

char *
github_url_of(const char *host)
{
	const char *set = conf_or("GITHUB_URL", "https://github.com");
	char *own = github_host();
	struct text url = { 0 };

	if (!strcmp(host, own)) {
		text_add(&url, set);
		while (url.len && url.data[url.len - 1] == '/')
			url.data[--url.len] = '\0';
	} else if (!strcmp(host, "github.com") ||
		   conf_lists("GITHUB_HOSTS", host)) {
		text_addf(&url, "https://%s", host);
	}
	free(own);
	if (url.data && !github_url_is_good(url.data))
		text_release(&url);
	return url.data;
}

static void
add_address(struct text *to, const struct github_credential *c,
	    const char *path, bool graph)
{
	if (!strcmp(c->url, "https://github.com"))
		text_addf(to, "https://api.github.com%s",
			  graph ? "/graphql" : path);
	else
		text_addf(to, "%s%s%s", c->url, graph ? "/api/graphql"
			  : "/api/v3", graph ? "" : path);
}

static int64_t
header_number(const struct http_answer *from, const char *name)
{
	char *text = http_header(from, name);
	int64_t number = JSON_NO_INT;

	if (text && !text_to_int(text, 0, INT64_MAX / 2000, &number))
		number = JSON_NO_INT;
	free(text);
	return number;
}

static void
note_budget(struct github_credential *c, const struct http_answer *from,
	    bool graph)
{
	struct github_budget *budget = c->budgets +
		(graph ? GITHUB_GRAPH : GITHUB_REST);
	int64_t limit = header_number(from, "x-ratelimit-limit");
	int64_t remaining = header_number(from, "x-ratelimit-remaining");
	int64_t reset = header_number(from, "x-ratelimit-reset");

	if (limit < 0 || remaining < 0 || reset < 0)
		return;
	*budget = (struct github_budget){ limit, remaining, reset * 1000 };
}

static enum github_outcome
say(struct github_answer *answer, enum github_outcome outcome, const char *why)
{
	snprintf(answer->why, sizeof(answer->why), "%s", why);
	return answer->outcome = outcome;
}

static enum github_outcome
later(struct github_answer *answer, int64_t at, const char *why)
{
	answer->again_at = at;
	return say(answer, GITHUB_LATER, why);
}

/* Is anything to be asked now? */
static bool
may_ask(struct github_credential *c, bool graph, struct github_answer *answer)
{
	struct github_budget *budget = c->budgets +
		(graph ? GITHUB_GRAPH : GITHUB_REST);
	int64_t now = time_now();

	if (c->not_before > now) {
		later(answer, c->not_before, "GitHub wants no more calls for "
		      "a while");
		return false;
	}
	if (budget->limit > 0 && budget->reset <= now)
		*budget = (struct github_budget){ 0 };	/* a new hour */
	if (IS_LOW(budget)) {
		later(answer, budget->reset, "less than a tenth of GitHub's "
		      "limit is left");
		return false;
	}
	return true;
}

/* FACTS: Retry-After, else the budget's reset, else a minute and doubling. */
static enum github_outcome
not_now(struct github_credential *c, const struct http_answer *from,
	bool graph, struct github_answer *answer)
{
	const struct github_budget *budget = c->budgets +
		(graph ? GITHUB_GRAPH : GITHUB_REST);
	int64_t wait = header_number(from, "retry-after");
	int64_t now = time_now();

	if (wait >= 0) {
		c->not_before = now + (wait ? wait : 1) * 1000;
		return later(answer, c->not_before, "GitHub says when to come "
			     "again");
	}
	if (budget->limit > 0 && !budget->remaining && budget->reset > now)
		return later(answer, budget->reset, "GitHub's limit is spent");
	c->not_before = now + ((int64_t)MINUTE << (c->strikes < STRIKES_MAX
						   ? c->strikes : STRIKES_MAX));
	c->strikes++;
	return later(answer, c->not_before, "GitHub's secondary limit");
}

/* What GraphQL said instead, or beside. */
static enum github_outcome
look_at_faults(struct github_credential *c, const struct http_answer *from,
	       struct github_answer *answer)
{
	struct arena arena = { 0 };
	const char *problem;
	const struct faults *faults = json_read(from->body.data
		? from->body.data : "", from->body.len, &faults_shape, &arena,
		&problem);
	const struct fault *fault = faults && faults->errors.count
		? faults->errors.items : NULL;
	enum github_outcome outcome = GITHUB_GOOD;
	const char *type = fault && fault->type ? fault->type : "";
	const char *message = fault && fault->message ? fault->message
						      : "no reason given";

	if (!faults)
		outcome = say(answer, GITHUB_SMALLER, "GitHub's answer is cut");
	else if (!fault)
		;
	else if (!strcmp(type, "RATE_LIMITED") ||
		 strcasestr(message, "rate limit"))
		outcome = not_now(c, from, true, answer);
	else if (!strcmp(type, "NOT_FOUND"))
		outcome = say(answer, GITHUB_MISSING, message);
	else if (strcasestr(message, "timeout") ||
		 strcasestr(message, "something went wrong") ||
		 strstr(type, "LIMIT"))
		outcome = say(answer, GITHUB_SMALLER, message);
	else if (!strcmp(type, "FORBIDDEN") ||
		 !strcmp(type, "INSUFFICIENT_SCOPES"))
		outcome = say(answer, GITHUB_DENIED, message);
	arena_release(&arena);
	return outcome;
}

static bool
speaks_of_limit(const struct http_answer *from)
{
	return from->body.data && strcasestr(from->body.data, "rate limit");
}

static enum github_outcome
judge(struct github_credential *c, const struct http_answer *from, bool graph,
      struct github_answer *answer)
{
	const struct github_budget *budget = c->budgets +
		(graph ? GITHUB_GRAPH : GITHUB_REST);
	int status = from->status;
	char why[64];

	snprintf(why, sizeof(why), "GitHub answered %d", status);
	if (status == 304)
		return say(answer, GITHUB_SAME, "nothing new");
	if (status == 429 || (status == 403 &&
	    (header_number(from, "retry-after") >= 0 || speaks_of_limit(from) ||
	     (budget->limit > 0 && !budget->remaining))))
		return not_now(c, from, graph, answer);
	if (status >= 200 && status < 300) {
		enum github_outcome outcome = graph
			? look_at_faults(c, from, answer) : GITHUB_GOOD;

		if (outcome != GITHUB_LATER)
			c->strikes = 0;
		return answer->outcome = outcome;
	}
	if (status == 502 || status == 504 || status == 500)
		return say(answer, GITHUB_SMALLER, why);
	if (status > 500)
		return later(answer, time_now() + MINUTE, why);
	if (status == 401 || status == 403)
		return say(answer, GITHUB_DENIED, why);
	if (status == 404 || status == 410 || status == 451 || status == 409 ||
	    status == 422)
		return say(answer, GITHUB_MISSING, why);
	return later(answer, time_now() + MINUTE, why);
}

/* A Link of the same origin whose rel is next. */
static bool
has_next(const struct http_answer *from, const char *address)
{
	size_t origin = strcspn(address + 8, "/") + 8;
	char *link = http_header(from, "link"), *next;
	bool more = false;

	for (next = link; next && !more; next = strchr(next + 1, '<')) {
		size_t end = strcspn(next, ",");

		if (*next != '<')
			continue;
		more = !strncmp(next + 1, address, origin) &&
		       next[1 + origin] == '/' &&
		       memmem(next, end, "rel=\"next\"", 10);
	}
	free(link);
	return more;
}

static bool
send_call(const char *method, const char *address, const char *bearer,
	  const char *etag, const char *body, struct http_answer *got)
{
	struct text authorization = { 0 }, condition = { 0 };
	const char *headers[] = {
		"Accept: application/vnd.github+json",
		"X-GitHub-Api-Version: 2022-11-28", "User-Agent: pulse",
		"Content-Type: application/json", NULL, NULL, NULL
	};
	struct http_call call = {
		.method = method, .url = address, .headers = headers,
		.body = body, .body_len = body ? strlen(body) : 0,
		.seconds = SECONDS, .max = BODY_MAX
	};
	bool good;

	text_addf(&authorization, "Authorization: Bearer %s", bearer);
	headers[4] = authorization.data;
	if (etag) {
		text_addf(&condition, "If-None-Match: %s", etag);
		headers[5] = condition.data;
	}
	good = http_ask(&call, got);
	text_release(&authorization);
	text_release(&condition);
	return good;
}

void
github_forget_token(struct github_credential *c)
{
	free(c->lent);
	c->lent = NULL;
	c->lent_until = 0;
}

static bool
keep_lent(struct github_credential *c, const struct http_answer *got)
{
	struct arena arena = { 0 };
	const char *problem;
	const struct lent *lent = got->body.data
		? json_read(got->body.data, got->body.len, &lent_shape, &arena,
			    &problem) : NULL;
	bool good = lent && lent->token && *lent->token &&
		    !strpbrk(lent->token, " \r\n\t");

	if (good) {
		c->lent = xstrdup(lent->token);
		c->lent_until = lent->expires_at == TIME_ABSENT
			? time_now() + 50 * MINUTE : lent->expires_at;
	}
	arena_release(&arena);
	return good;
}

/* The installation's token: a new one, when it has less than ten minutes. */
static const char *
bearer_of(struct github_credential *c, struct github_answer *answer)
{
	struct text address = { 0 };
	struct http_answer got = { 0 };
	char path[64], *jwt;

	if (c->token)
		return c->token;
	if (c->lent && c->lent_until - RENEW_BEFORE > time_now())
		return c->lent;
	github_forget_token(c);
	jwt = c->app_id && c->app_key
		? github_app_jwt(c->app_id, c->app_key, time_now() / 1000)
		: NULL;
	if (!jwt) {
		say(answer, GITHUB_DENIED, "GITHUB_APP_ID or "
		    "GITHUB_APP_KEY_FILE is missing or no key");
		return NULL;
	}
	snprintf(path, sizeof(path), "/app/installations/%" PRId64
		 "/access_tokens", c->installation);
	add_address(&address, c, path, false);
	c->calls++;
	if (!send_call("POST", address.data, jwt, NULL, "{}", &got))
		later(answer, time_now() + MINUTE, got.problem);
	else if (got.status != 201)
		judge(c, &got, false, answer);
	else if (!keep_lent(c, &got))
		later(answer, time_now() + MINUTE,
		      "GitHub's answer has no token");
	if (!c->lent && answer->outcome == GITHUB_MISSING)
		say(answer, GITHUB_DENIED, "the App is no longer installed");
	http_release(&got);
	text_release(&address);
	free(jwt);
	return c->lent;
}

/* True: there was an answer of HTTP. */
static bool
call_once(struct github_credential *c, const char *method, const char *path,
	  bool graph, const char *etag, const char *body,
	  struct github_answer *answer)
{
	const char *bearer = bearer_of(c, answer);
	struct http_answer got = { 0 };
	struct text address = { 0 };
	bool good;

	if (!bearer)
		return false;
	add_address(&address, c, path, graph);
	c->calls++;
	good = send_call(method, address.data, bearer, etag, body, &got);
	answer->status = got.status;
	if (good) {
		note_budget(c, &got, graph);
		judge(c, &got, graph, answer);
		answer->more = has_next(&got, address.data);
		answer->etag = http_header(&got, "etag");
		answer->body = got.body;
		got.body = (struct text){ 0 };
	} else if (strcasestr(got.problem, "timeout") ||
		   strstr(got.problem, "too large")) {
		/* Less of it may come in time. */
		say(answer, GITHUB_SMALLER, got.problem);
	} else {
		later(answer, time_now() + MINUTE, got.problem);
	}
	http_release(&got);
	text_release(&address);
	return good;
}

static enum github_outcome
ask(struct github_credential *c, const char *method, const char *path,
    bool graph, const char *etag, const char *body,
    struct github_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	if (!may_ask(c, graph, answer))
		return answer->outcome;
	if (call_once(c, method, path, graph, etag, body, answer) &&
	    answer->status == 401 && !c->token) {
		github_release_answer(answer);
		github_forget_token(c);
		call_once(c, method, path, graph, etag, body, answer);
	}
	return answer->outcome;
}

enum github_outcome
github_ask(struct github_credential *credential, const char *method,
	   const char *path, const char *etag, const char *body,
	   struct github_answer *answer)
{
	return ask(credential, method, path, false, etag, body, answer);
}

enum github_outcome
github_query(struct github_credential *credential, const char *query,
	     const char *variables, struct github_answer *answer)
{
	struct text body = { 0 };
	enum github_outcome outcome;

	text_add(&body, "{\"query\":");
	text_add_json(&body, query);
	text_addf(&body, ",\"variables\":%s}", variables);
	outcome = ask(credential, "POST", "", true, NULL, body.data, answer);
	text_release(&body);
	return outcome;
}

void
github_release_answer(struct github_answer *answer)
{
	text_release(&answer->body);
	free(answer->etag);
	answer->etag = NULL;
}
