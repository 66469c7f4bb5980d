/*
 * db_query.c - statements of a request, and what their failures answer.
 */
#include "base.h"

#include "log.h"
#include "web.h"

static const char *const least_role[] = {
#define SCOPE(name, role, meaning) role,
#include "scopes.def"
#undef SCOPE
};

/* SQLSTATE (a prefix of it) and what the caller hears. PS is our own class:
 * raised by functions in sql/functions, in words that are told to him. */
static const struct {
	const char *state;
	enum problem problem;
	bool told;
} states[] = {
	{ "PS401", NOT_SIGNED_IN, false },
	{ "PS402", PLAN_LIMIT, true },
	{ "PS403", FORBIDDEN, true },
	{ "PS404", NOT_FOUND, true },
	{ "PS419", ALREADY_EXISTS, true },
	{ "PS409", TOO_MANY_TOKENS, false },
	{ "PS410", NO_LONGER, true },
	{ "PS411", ORGANISATION_DELETED, true },
	{ "PS421", LAST_OWNER, true },
	{ "23505", ALREADY_EXISTS, false },
	{ "23503", NOT_FOUND, false },
};

/* PS400: "field|what is wrong with it". */
static void
field_problem(struct request *req, const char *words)
{
	size_t len = strcspn(words, "|");

	problem_field(req, arena_copy(&req->arena, words, len),
		      words + len + (words[len] == '|'));
}

void
db_problem(struct request *req, const struct db_error *error)
{
	enum problem which = db_error_passes(error) ? DATABASE_FAILED
						    : INTERNAL;
	/* A long message was cut, perhaps within a character. */
	const char *words = arena_copy(&req->arena, error->message,
		text_cut(error->message, strlen(error->message),
			 sizeof(error->message) - 6));
	bool told = false;

	if (!strcmp(error->state, "PS400")) {
		field_problem(req, words);
		return;
	} else if (!strcmp(error->state, "PS429")) {
		problem_later(req, TOO_MANY_REQUESTS, 60);
		return;
	}
	for (size_t i = 0; i < COUNT(states); i++)
		if (!strncmp(error->state, states[i].state,
			     strlen(states[i].state))) {
			which = states[i].problem;
			told = states[i].told;
			break;
		}
	if (which == INTERNAL || which == DATABASE_FAILED)
		log_line(LOG_FAIL, "a statement failed", "sqlstate",
			 error->state, "error", error->message, NULL);
	if (which == DATABASE_FAILED)
		problem_later(req, which, 5);
	else if (told)
		problem(req, which, "%s", words);
	else
		problem(req, which, NULL);
}

static PGresult *
keep(struct request *req, PGresult *result)
{
	if (req->result_count == COUNT(req->results))
		PQclear(req->results[--req->result_count]);
	req->results[req->result_count++] = result;
	return result;
}

static int
collect(const char **values, int count, va_list args)
{
	while (count < 32 && (values[count] = va_arg(args, const char *)))
		count++;
	return count;
}

/* What only reads may be run again; a write may not, but is not to fail since
 * its connection was cut while nobody used it. */
static int
run_flags(const struct route *route)
{
	return route->reads || !strcmp(route->method, "GET")
		? 0 : DB_ONCE | DB_PROBE;
}

bool
db_query_all(struct request *req, struct call *calls, size_t count)
{
	char org[24];
	const char *who[] = { org, req->token.session,
			      least_role[req->route->scope] };
	const char *token[] = { req->repository_token };
	struct db_error error;

	snprintf(org, sizeof(org), "%" PRId64, req->token.org);
	calls[0] = req->repository_token
		? (struct call){ "enter_repository", 1, token, NULL, 0, NULL }
		: (struct call){ "enter", 3, who, NULL, 0, NULL };
	if (!db_run(req->db, calls, count, run_flags(req->route), &error)) {
		db_problem(req, &error);
		return false;
	}
	req->role = arena_string(&req->arena,
				 PQgetvalue(calls[0].result, 0, 0));
	PQclear(calls[0].result);
	for (size_t i = 1; i < count; i++)
		keep(req, calls[i].result);
	return true;
}

PGresult *
db_query_(struct request *req, const char *statement, ...)
{
	char org[24];
	const char *values[33] = { org };
	struct call calls[2] = { [1] = { statement, 1, values, NULL, 0, NULL } };
	va_list args;

	snprintf(org, sizeof(org), "%" PRId64, req->token.org);
	va_start(args, statement);
	calls[1].count = collect(values, 1, args);
	va_end(args);
	return db_query_all(req, calls, 2) ? calls[1].result : NULL;
}

const char *
db_enter(struct request *req)
{
	char org[24];
	const char *who[] = { org, req->token.session,
			      least_role[req->route->scope] };
	struct call call = { "enter_seen", 3, who, NULL, 0, NULL };
	struct db_error error;

	snprintf(org, sizeof(org), "%" PRId64, req->token.org);
	if (!db_run(req->db, &call, 1, 0, &error)) {
		db_problem(req, &error);
		return NULL;
	}
	return PQgetvalue(keep(req, call.result), 0, 0);
}

PGresult *
db_ask_(struct request *req, const char *statement, ...)
{
	const char *values[33];
	struct call call = { statement, 0, values, NULL, 0, NULL };
	struct db_error error;
	va_list args;

	va_start(args, statement);
	call.count = collect(values, 0, args);
	va_end(args);
	if (!db_run(req->db, &call, 1, 0, &error)) {
		db_problem(req, &error);
		return NULL;
	}
	return keep(req, call.result);
}

const char *
row_text(const PGresult *rows, int row, int column)
{
	return PQgetisnull(rows, row, column) ? NULL
					      : PQgetvalue(rows, row, column);
}
