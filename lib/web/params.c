/*
 * params.c - from a request to its route and clean parameters.
 */
#include "base.h"

#include <json-c/json.h>

#include "params.h"

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

const char *
param(struct request *req, const char *name)
{
	const char *value = given(req, name);

	return value ? value : "";
}
