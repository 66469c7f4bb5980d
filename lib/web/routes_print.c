/*
 * routes_print.c - a program's routes, to read and as OpenAPI.
 */
#include "routes_print.h"

static const struct {
	const char *name, *role;
} scopes[] = {
#define SCOPE(name, role, meaning) { #name, role },
#include "scopes.def"
#undef SCOPE
};

static void
print_table(const struct route *routes)
{
	for (const struct route *r = routes; r->method; r++) {
		printf("%s\t%s\t%s\t%s\t", r->method, r->path,
		       scopes[r->scope].name,
		       *scopes[r->scope].role ? scopes[r->scope].role : "-");
		for (const struct param *p = r->params; p->name; p++)
			printf("%s%s%s", p == r->params ? "" : " ", p->name,
			       p->fallback ? "?" : "");
		printf("\n");
	}
}

static bool
is_in_path(const struct route *r, const struct param *p)
{
	char braced[128];

	snprintf(braced, sizeof(braced), "{%s}", p->name);
	return strstr(r->path, braced) != NULL;
}

static bool
has_query(const struct route *r)
{
	return !strcmp(r->method, "GET") || !strcmp(r->method, "DELETE");
}

static void
add_parameters(struct text *out, const struct route *r)
{
	const char *comma = "";

	text_add(out, ",\"parameters\":[");
	for (const struct param *p = r->params; p->name; p++) {
		bool path = is_in_path(r, p);

		if (!path && !has_query(r) && !r->raw_body)
			continue;
		text_addf(out, "%s{\"name\":\"%s\",\"in\":\"%s\","
			  "\"required\":%s,\"schema\":%s", comma, p->name,
			  path ? "path" : "query",
			  path || !p->fallback ? "true" : "false",
			  p->check->schema);
		if (p->meaning) {
			text_add(out, ",\"description\":");
			text_add_json(out, p->meaning);
		}
		text_add(out, "}");
		comma = ",";
	}
	if (r->keyed)
		text_addf(out, "%s{\"name\":\"Idempotency-Key\",\"in\":"
			  "\"header\",\"required\":false,\"schema\":{\"type\":"
			  "\"string\",\"minLength\":1,\"maxLength\":255}}",
			  comma);
	text_add(out, "]");
}

static void
add_raw_body(struct text *out, const char *types)
{
	text_add(out, ",\"requestBody\":{\"required\":true,\"content\":{");
	if (!types)
		text_add(out, "\"application/json\":{\"schema\":{\"type\":"
			 "\"object\"}}");
	while (types && *types) {
		size_t len = strcspn(types, ",");

		text_addf(out, "\"%.*s\":{}%s", (int)len, types,
			  types[len] ? "," : "");
		types += len + (types[len] == ',');
	}
	text_add(out, "}}");
}

static void
add_body(struct text *out, const struct route *r)
{
	const char *comma = "";

	if (has_query(r))
		return;
	if (r->raw_body) {
		add_raw_body(out, r->raw_types);
		return;
	}
	text_addf(out, ",\"requestBody\":{\"content\":{\"%s\":{\"schema\":"
		  "{\"type\":\"object\",\"additionalProperties\":%s,"
		  "\"properties\":{", r->form
		  ? "application/x-www-form-urlencoded" : "application/json",
		  r->form ? "true" : "false");
	for (const struct param *p = r->params; p->name; p++) {
		if (is_in_path(r, p))
			continue;
		text_addf(out, "%s\"%s\":%s", comma, p->name,
			  p->check->schema);
		comma = ",";
	}
	text_add(out, "},\"required\":[");
	comma = "";
	for (const struct param *p = r->params; p->name; p++)
		if (!is_in_path(r, p) && !p->fallback) {
			text_addf(out, "%s\"%s\"", comma, p->name);
			comma = ",";
		}
	text_add(out, "]}}}}");
}

/* listActivity for GET /activity: unique and steady. */
static void
add_operation_id(struct text *out, const struct route *r)
{
	bool upper = true;

	text_add(out, "\"operationId\":\"");
	for (const char *p = r->method; *p; p++)
		text_addf(out, "%c", tolower((unsigned char)*p));
	for (const char *p = r->path; *p; p++) {
		if (!isalnum((unsigned char)*p))
			upper = true;
		else if (upper)
			text_addf(out, "%c", toupper((unsigned char)*p));
		else
			text_addf(out, "%c", *p);
		if (isalnum((unsigned char)*p))
			upper = false;
	}
	text_add(out, "\"");
}

static void
add_success(struct text *out, const struct route *r, int status,
	    const char *meaning)
{
	text_addf(out, "\"%d\":{\"description\":\"%s\"", status, meaning);
	if (r->answer)
		text_addf(out, ",\"content\":{\"application/json\":{\"schema\":"
			  "{\"$ref\":\"#/components/schemas/%s\"}}}",
			  r->answer);
	text_add(out, "},");
}

static void
add_operation(struct text *out, const struct program *program,
	      const struct route *r)
{
	text_add(out, "{");
	add_operation_id(out, r);
	text_add(out, ",\"summary\":");
	text_add_json(out, r->summary);
	text_addf(out, ",\"tags\":[\"%s\"],\"x-scope\":\"%s\"", program->name,
		  scopes[r->scope].name);
	if (*scopes[r->scope].role)
		text_addf(out, ",\"security\":[{\"bearer\":[]}],"
			  "\"x-least-role\":\"%s\"", scopes[r->scope].role);
	else
		text_add(out, ",\"security\":[]");
	add_parameters(out, r);
	add_body(out, r);
	text_add(out, ",\"responses\":{");
	add_success(out, r, r->status ? r->status : 200, "Success");
	if (r->keyed)
		add_success(out, r, 200, "The same once more");
	text_add(out, "\"default\":{\"$ref\":"
		 "\"#/components/responses/Problem\"}}}");
}

static void
print_openapi(const struct program *program)
{
	const struct route *routes = program->routes;
	struct text out = { 0 };

	text_add(&out, "{");
	for (const struct route *r = routes; r->method; r++) {
		bool first = true;

		/* The methods of one path stand together. */
		for (const struct route *o = routes; o < r; o++)
			if (!strcmp(o->path, r->path))
				first = false;
		if (!first)
			continue;
		text_addf(&out, "%s\"%s\":{", out.len > 1 ? "," : "", r->path);
		for (const struct route *o = r; o->method; o++) {
			if (strcmp(o->path, r->path))
				continue;
			text_addf(&out, "%s\"", o == r ? "" : ",");
			for (const char *p = o->method; *p; p++)
				text_addf(&out, "%c",
					  tolower((unsigned char)*p));
			text_add(&out, "\":");
			add_operation(&out, program, o);
		}
		text_add(&out, "}");
	}
	text_add(&out, "}");
	puts(out.data);
	text_release(&out);
}

static void
print_tag(const struct program *program)
{
	struct text out = { 0 };

	text_addf(&out, "{\"name\":\"%s\",\"description\":", program->name);
	text_add_json(&out, program->about);
	text_add(&out, "}");
	puts(out.data);
	text_release(&out);
}

int
print_routes(const struct program *program, const char *option)
{
	if (!strcmp(option, "--routes=openapi"))
		print_openapi(program);
	else if (!strcmp(option, "--routes=tag"))
		print_tag(program);
	else
		print_table(program->routes);
	return 0;
}
