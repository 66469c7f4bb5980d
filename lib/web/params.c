/*
 * params.c - from a request to its route and clean parameters.
 */
#include "base.h"

#include <json-c/json.h>

#include "clock.h"
#include "io.h"
#include "params.h"

#define BODY_MAX (64 << 10)	/* of a JSON body */
/* A body must be here within so many seconds, and one more for each so many
 * bytes of it that came: 5 s for JSON, 30 s for the largest delivery. A web
 * server that collects it first, as ours do, sends it in far less. */
#define BODY_SECONDS 5
#define BODY_RATE (1 << 20)

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Well-formed UTF-8 without control characters but tab and line ends. */
static bool
is_clean(const char *string, size_t len)
{
	const unsigned char *p = (const unsigned char *)string;

	for (size_t bad, n; len; p += n, len -= n) {
		n = text_character(p, len, &bad);
		if (!n || (n == 1 && *p < 0x20 && !strchr("\t\n\r", *p)) ||
		    !*p)
			return false;
	}
	return true;
}

const char *
url_decode(struct request *req, const char *from, size_t len, bool query)
{
	char *to = arena_alloc(&req->arena, len + 1), *p = to;

	for (size_t i = 0; i < len; i++) {
		if (from[i] == '%') {
			int high = len - i > 2 ? hex(from[i + 1]) : -1;
			int low = high < 0 ? -1 : hex(from[i + 2]);

			if (low < 0)
				return NULL;
			*p++ = (char)(high << 4 | low);
			i += 2;
		} else {
			*p++ = query && from[i] == '+' ? ' ' : from[i];
		}
	}
	*p = '\0';
	return is_clean(to, (size_t)(p - to)) ? to : NULL;
}

static void
set_param(struct request *req, const char *name, const char *value)
{
	if (req->param_count < COUNT(req->params)) {
		req->params[req->param_count].name = name;
		req->params[req->param_count++].value = value;
	}
}

static const struct param *
listed(const struct route *route, const char *name, size_t len)
{
	for (const struct param *p = route->params; p->name; p++)
		if (!strncmp(p->name, name, len) && !p->name[len])
			return p;
	return NULL;
}

static const char *
given(struct request *req, const char *name)
{
	for (size_t i = 0; i < req->param_count; i++)
		if (!strcmp(req->params[i].name, name))
			return req->params[i].value;
	return NULL;
}

/* Does the path fit the pattern? Takes what stands in braces on the way. */
static bool
fits(struct request *req, const struct route *route, const char *path)
{
	const char *pattern = route->path;

	req->param_count = 0;
	for (;;) {
		size_t p = strcspn(pattern, "/"), s = strcspn(path, "/");

		if (*pattern == '{') {
			const struct param *param =
				listed(route, pattern + 1, p - 2);
			const char *value = url_decode(req, path, s, false);

			if (!s || !param || !value)
				return false;
			set_param(req, param->name, value);
		} else if (p != s || memcmp(pattern, path, p)) {
			return false;
		}
		pattern += p;
		path += s;
		if (!*pattern || !*path)
			return !*pattern && !*path;
		pattern++;
		path++;
	}
}

bool
find_route(struct request *req, const char *method, const char *path)
{
	bool path_known = false;
	const char *wanted = strcmp(method, "HEAD") ? method : "GET";
	struct text allow = { 0 };

	for (const struct route *r = req->program->routes; r->method; r++) {
		if (!fits(req, r, path))
			continue;
		if (!strcmp(r->method, wanted)) {
			req->route = r;
			text_release(&allow);
			return true;
		}
		text_addf(&allow, "%s%s%s", path_known ? ", " : "", r->method,
			  strcmp(r->method, "GET") ? "" : ", HEAD");
		path_known = true;
	}
	if (path_known) {
		reply_header(req, "Allow", "%s", allow.data);
		problem(req, METHOD_NOT_ALLOWED, "%s takes %s", path,
			allow.data);
	} else {
		problem(req, NOT_FOUND, "no route fits this address");
	}
	text_release(&allow);
	return false;
}

static bool
in_path(const struct route *route, const struct param *p)
{
	char braced[128];

	snprintf(braced, sizeof(braced), "{%s}", p->name);
	return strstr(route->path, braced) != NULL;
}

static void
take_named(struct request *req, const char *name, size_t len,
	   const char *value)
{
	const struct param *p = listed(req->route, name, len);
	const char *shown = arena_copy(&req->arena, name, len > 64 ? 64 : len);

	if (!p || in_path(req->route, p))
		problem_field(req, shown, "is not known here");
	else if (given(req, p->name))
		problem_field(req, p->name, "is given more than once");
	else if (!value)
		problem_field(req, p->name, "is not well-formed text");
	else
		set_param(req, p->name, value);
}

static void
take_query(struct request *req, const char *query)
{
	while (query && *query) {
		size_t len = strcspn(query, "&"), name = strcspn(query, "=&");
		const char *key = url_decode(req, query, name, true);

		if (len && key)
			take_named(req, key, strlen(key), url_decode(req,
				query + name + (name < len),
				name < len ? len - name - 1 : 0, true));
		else if (len)
			problem_field(req, "query", "is not well-formed");
		query += len + (query[len] == '&');
	}
}

/* A member of the body as the text that a check and a statement take. */
static const char *
member_text(struct request *req, struct json_object *value, bool json)
{
	const char *string;
	size_t len;

	switch (json_object_get_type(value)) {
	case json_type_string:
		string = json_object_get_string(value);
		len = (size_t)json_object_get_string_len(value);
		return is_clean(string, len)
			? arena_copy(&req->arena, string, len) : NULL;
	case json_type_int:
	case json_type_boolean:
	case json_type_double:
		return arena_string(&req->arena, json_object_to_json_string(
						value));
	case json_type_array:
	case json_type_object:
		if (!json)
			return NULL;
		string = json_object_to_json_string_ext(value,
			JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
		return is_clean(string, strlen(string))
			? arena_string(&req->arena, string) : NULL;
	default:
		return NULL;
	}
}

static struct json_object *
parse_body(struct request *req)
{
	struct json_tokener *tokener = json_tokener_new_ex(16);
	struct json_object *body;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	body = json_tokener_parse_ex(tokener, req->body, (int)req->body_len);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != req->body_len) {
		problem(req, BAD_REQUEST, "the body is not JSON: %s",
			json_tokener_error_desc(
				json_tokener_get_error(tokener)));
		json_object_put(body);
		body = NULL;
	} else if (!json_object_is_type(body, json_type_object)) {
		problem(req, BAD_REQUEST, "the body is not a JSON object");
		json_object_put(body);
		body = NULL;
	}
	json_tokener_free(tokener);
	return body;
}

/* "application/json", and perhaps a charset. Another site's form can send all
 * of text/plain, and the browser its cookies with it; this type it cannot. */
static bool
is_json(const char *type)
{
	size_t len = strlen("application/json");

	if (!type || strncasecmp(type, "application/json", len))
		return false;
	len += strspn(type + len, " \t");
	return !type[len] || type[len] == ';';
}

static void
take_json(struct request *req)
{
	struct json_object *body;

	if (!req->body_len)
		return;
	if (!is_json(variable(req, "CONTENT_TYPE"))) {
		problem(req, WRONG_TYPE, NULL);
		return;
	}
	body = parse_body(req);
	if (!body)
		return;
	json_object_object_foreach(body, name, value) {
		const struct param *p = listed(req->route, name, strlen(name));

		if (value)
			take_named(req, name, strlen(name), member_text(req,
				value, p && p->check->json));
		else if (!p)
			take_named(req, name, strlen(name), "");
	}
	json_object_put(body);
}

static void
check_all(struct request *req)
{
	for (const struct param *p = req->route->params; p->name; p++) {
		const char *value = given(req, p->name), *wrong;

		if (!value && !p->fallback) {
			problem_field(req, p->name, "is required");
			continue;
		}
		if (!value) {
			set_param(req, p->name, p->fallback);
			continue;
		}
		/* An optional parameter that is empty counts as absent. */
		if (!*value && p->fallback && !*p->fallback)
			continue;
		wrong = p->check->test(value);
		if (wrong)
			problem_field(req, p->name, wrong);
	}
}

const char *
form_value(struct request *req, const char *name)
{
	const char *p = req->body, *value = NULL;

	while (p && *p) {
		size_t len = strcspn(p, "&"), key = strcspn(p, "=&");
		const char *found = url_decode(req, p, key, true);

		if (found && !strcmp(found, name) && len > key + 1) {
			if (value)
				return NULL;
			value = url_decode(req, p + key + 1, len - key - 1,
					   true);
			if (!value)
				return NULL;
		}
		p += len + (p[len] == '&');
	}
	return value;
}

bool
take_params(struct request *req, const char *query)
{
	bool writes = strcmp(req->route->method, "GET") &&
		      strcmp(req->route->method, "DELETE");

	if (req->route->form)
		return true;
	if (!writes || req->route->raw_body)
		take_query(req, query);
	if (!req->route->raw_body)
		take_json(req);
	if (!req->answered || req->status == 400)
		check_all(req);
	return !req->answered;
}

/* -1: none told, -2: not a number. */
static int64_t
content_length(struct request *req)
{
	const char *told = variable(req, "CONTENT_LENGTH");
	int64_t length;

	if (!told || !*told)
		return -1;
	return text_to_int(told, 0, INT64_MAX, &length) ? length : -2;
}

/* The next bytes of the body; 0 at its end, -1: too slow, and answered. */
static ssize_t
read_more(struct request *req, int64_t began, size_t done, char *to,
	  size_t len)
{
	int64_t allowed = BODY_SECONDS * 1000 +
			  (int64_t)done * 1000 / BODY_RATE;
	int64_t left = allowed - (time_ticks() - began) / 1000;
	ssize_t got = left > 0 ? io_read(req->io, to, len, (int)left) : -1;

	if (got < 0)
		problem(req, TOO_SLOW, "%zu bytes came in %" PRId64 " seconds",
			done, allowed / 1000);
	return got;
}

/* Without a length (a chunked body that the server passes on): up to max. */
static bool
read_to_end(struct request *req, size_t max)
{
	struct text body = { 0 };
	int64_t began = time_ticks();
	char piece[16384];
	ssize_t got;

	while ((got = read_more(req, began, body.len, piece,
				sizeof(piece))) > 0) {
		if (body.len + (size_t)got > max) {
			problem(req, TOO_LARGE, "the limit is %zu bytes", max);
			got = -1;
			break;
		}
		text_add_bytes(&body, piece, (size_t)got);
	}
	if (got < 0) {
		text_release(&body);
		return false;
	}
	req->body_len = body.len;
	req->body = body.data ? body.data : xstrdup("");
	return true;
}

/* As many bytes as were told. */
static bool
read_length(struct request *req, size_t length)
{
	int64_t began = time_ticks();
	char *body = malloc(length + 1);
	ssize_t got = 1;

	if (!body) {
		problem_later(req, DATABASE_FAILED, 10);
		return false;
	}
	req->body = body;
	while (req->body_len < length && got > 0) {
		got = read_more(req, began, req->body_len,
				body + req->body_len, length - req->body_len);
		req->body_len += got > 0 ? (size_t)got : 0;
	}
	body[req->body_len] = '\0';
	if (!got)
		problem(req, BAD_REQUEST, "the body ended after %zu of %zu "
			"bytes", req->body_len, length);
	return got > 0;
}

bool
body_open(struct request *req, uint64_t max)
{
	int64_t length = content_length(req);

	if (length == -2) {
		problem(req, LENGTH_REQUIRED, NULL);
	} else if (length >= 0 && (uint64_t)length > max) {
		problem(req, TOO_LARGE, "the limit is %" PRIu64 " bytes", max);
	} else {
		req->body_max = max;
		req->body_told = length < 0 ? UINT64_MAX : (uint64_t)length;
	}
	return !req->answered;
}

ssize_t
body_read(struct request *req, char *to, size_t len)
{
	int64_t began = time_ticks() - req->body_waited;
	uint64_t left = req->body_told - req->body_done;
	ssize_t got;

	if (!left)
		return 0;
	got = read_more(req, began, (size_t)req->body_done, to,
			len < left ? len : (size_t)left);
	req->body_waited = time_ticks() - began;
	if (got > 0)
		req->body_done += (uint64_t)got;
	if (req->body_done > req->body_max) {
		problem(req, TOO_LARGE, "the limit is %" PRIu64 " bytes",
			req->body_max);
		return -1;
	}
	if (!got && req->body_told != UINT64_MAX) {
		problem(req, BAD_REQUEST, "the body ended after %" PRIu64
			" of %" PRIu64 " bytes", req->body_done,
			req->body_told);
		return -1;
	}
	return got;
}

bool
take_body(struct request *req)
{
	size_t max = req->route->raw_body ? req->route->raw_body : BODY_MAX;
	int64_t length = content_length(req);

	if (req->route->streams)
		return true;

	/* What a DELETE wants stands in its query, or in a body if it has one. */
	if (!strcmp(req->route->method, "GET") ||
	    (!strcmp(req->route->method, "DELETE") && length <= 0))
		return true;
	if (length == -1)
		return read_to_end(req, max);
	if (length < 0) {
		problem(req, LENGTH_REQUIRED, NULL);
		return false;
	}
	if ((uint64_t)length > max) {
		problem(req, TOO_LARGE, "the limit is %zu bytes", max);
		return false;
	}
	return read_length(req, (size_t)length);
}

const char *
param(struct request *req, const char *name)
{
	const char *value = given(req, name);

	return value ? value : "";
}
