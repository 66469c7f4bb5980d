/*
 * web.h - what a handler needs: the request, its parameters, its answer.
 *
 * A program is a table of routes and a table of statements (docs/style.md).
 * When a handler runs, the caller is known, his role suffices once the first
 * statement runs, and every param() is clean. Memory got through the request
 * goes with it; a handler frees nothing. Whoever notices a failure answers it
 * with problem(), and the handler only returns.
 */
#ifndef PULSE_WEB_H
#define PULSE_WEB_H

#include "arena.h"
#include "base.h"
#include "db.h"
#include "text.h"
#include "token.h"

#include <sys/types.h>

enum scope {
#define SCOPE(name, role, meaning) name,
#include "scopes.def"
#undef SCOPE
	SCOPES
};

enum problem {
#define PROBLEM(name, status, title) name,
#include "problems.def"
#undef PROBLEM
	PROBLEMS
};

/* A check of a parameter: NULL when the value is good, else what is wrong
 * with it, to stand behind its name: "is not a number from 1 to 100". */
struct check {
	const char *(*test)(const char *value);
	const char *schema;	/* JSON Schema, for the API description */
	bool json;		/* takes an array or object, as its JSON */
};

/* An array of one, so that its name alone is the pointer in a table. */
typedef const struct check check[1];

extern check is_text, is_id, is_limit, is_cursor, is_moment, is_email,
	is_password, is_login, is_event_type, is_rooms, is_event_id,
	is_new_password, is_title, is_secret, is_yes, is_session, is_path,
	is_token_scopes, is_token_days, is_user_code;

#define PARAMS_MAX 24

struct param {
	const char *name;
	const struct check *check;
	const char *fallback;	/* NULL: required; "": may be absent */
	const char *meaning;
};

struct request;

enum limit { LIMIT_API, LIMIT_AUTH, LIMIT_NONE };

/* What a personal access token must be good for, beside its owner's role:
 * `read` or `write` for a GET and `write` for the rest; `live`; or a route is
 * for persons only. BY_REPOSITORY: as BY_METHOD, and a repository's token is
 * good for it too (reports_to() of its program says for which repository). */
enum by_token { BY_METHOD, BY_LIVE, BY_NONE, BY_REPOSITORY };

/*
 * A route is a contract. A parameter in braces in the path is taken from
 * there; the others from the query (GET, DELETE) or from a JSON body. One
 * that is not listed is refused by name.
 */
struct route {
	const char *method, *path;
	enum scope scope;
	void (*handle)(struct request *req);
	const char *summary;
	const char *answer;	/* schema of docs/openapi/components.json */
	struct param params[PARAMS_MAX];
	enum limit limit;
	size_t raw_body;	/* takes bytes as they are, up to so many */
	const char *raw_types;	/* and of what kind they are, with commas
				 * between; NULL: application/json */
	bool streams;		/* the handler takes them itself, piece by
				 * piece, by body_open() and body_read() */
	int status;		/* of success in the description; 0: 200 */
	bool keyed;		/* by the header Idempotency-Key: the same
				 * again is answered as before, with 200 */
	bool same;		/* as long as nothing is committed (answers.h) */
	bool reads;		/* changes no row, though it is no GET */
	bool form;		/* takes a form, by form_value(): what its
				 * params say is for the description only */
	enum by_token token;
};

struct program {
	const char *name;
	const char *family;	/* of the database role: web, ingest, … */
	const struct route *routes;
	const struct statement *statements;
	void (*start)(void);	/* once, before threads start; or NULL */
	/* Instead of routes: takes every request, as an authorizer does. */
	void (*every)(struct request *req);
	bool shares_db;		/* one connection for all threads: they ask
				 * little of it */
	const char *about;	/* for the API description, a sentence */
};

/* Run the program: FastCGI when descriptor 0 is a listening socket, else one
 * CGI request; with --check or one of the --routes just that. Returns
 * the exit status. */
int serve(int argc, char **argv, const struct program *program);

struct request {
	const struct program *program;
	const struct route *route;
	struct db *db;
	struct arena arena;
	struct text out, headers;
	int status;
	const char *content_type;
	struct token token;		/* of the caller, when signed in */
	const char *scopes;		/* of his personal token, or NULL */
	const char *repository_token;	/* its hash, where one came */
	const char *role;		/* now, once a statement has run */
	const char *snapshot;		/* of a route that is `same`; a handler
					 * that looks at the time clears it */
	char id[33];
	const char *body;		/* raw, as sent */
	size_t body_len;
	uint64_t body_told, body_max, body_done;	/* of one that streams */
	int64_t body_waited;				/* microseconds */
	struct {
		const char *name, *value;
	} params[PARAMS_MAX + 4];
	size_t param_count;
	PGresult *results[16];
	size_t result_count;
	bool answered;
	bool sent;			/* as it was made: stream.c */
	struct io *io;
	int64_t began;
};

/* A field of a form body (application/x-www-form-urlencoded); NULL when there
 * is none, or more than one, or it is not clean or empty (RFC 6749, 3.2). */
const char *form_value(struct request *req, const char *name);

/*
 * The body of a route that streams. body_open() refuses one that is told to be
 * longer than `max` (false: answered). body_read() gives the next bytes, 0 at
 * the end; -1: it came too slowly, grew too long or stopped too early, and that
 * has been answered. What the handler does between counts for no slowness.
 */
bool body_open(struct request *req, uint64_t max);
ssize_t body_read(struct request *req, char *to, size_t len);

/* A parameter of the route: clean, or its fallback. */
const char *param(struct request *req, const char *name);
/* A header ("X-GitHub-Event") or a variable of the server ("REMOTE_ADDR");
 * NULL when there is none. */
const char *header(struct request *req, const char *name);
const char *variable(struct request *req, const char *name);
/* A cookie's value in the request's memory, or NULL; for another site's page
 * there is none (origin.h). */
const char *cookie(struct request *req, const char *name);
/* The caller's network address, for logs: the connection's, or what one of
 * TRUSTED_PROXIES says. And what limits count as one: IPv6 by /64. */
const char *client_address(struct request *req);
const char *client_source(struct request *req);

/*
 * Run a statement as the caller: his organisation is $1, the others follow as
 * text up to a NULL. The session and role are checked in the same
 * transaction. NULL: it failed and has been answered. The result belongs to
 * the request. Of a route that only reads it is run again when the connection
 * is lost.
 */
PGresult *db_query_(struct request *req, const char *statement, ...)
	__attribute__((sentinel));
#define db_query(...) db_query_(__VA_ARGS__, (char *)NULL)

/* The same for several calls as one transaction: calls[0] is left free for the
 * check, the organisation is the caller's to bind. False: it failed and has been
 * answered. The results belong to the request. */
bool db_query_all(struct request *req, struct call *calls, size_t count);

/* Only check session and role, and say which snapshot of the database it was.
 * NULL: refused, and answered. */
const char *db_enter(struct request *req);

/* The same before anybody is known; $1 is the first argument. It is run again
 * when the connection is lost, so twice must be the same as once. */
PGresult *db_ask_(struct request *req, const char *statement, ...)
	__attribute__((sentinel));
#define db_ask(...) db_ask_(__VA_ARGS__, (char *)NULL)

/* Answer a database failure by its SQLSTATE. */
void db_problem(struct request *req, const struct db_error *error);

/* A value of a result; NULL for SQL's NULL. */
const char *row_text(const PGresult *rows, int row, int column);

/* Answer. The bytes are copied. */
void reply(struct request *req, int status, const char *content_type,
	   const char *bytes, size_t len);
/* Answer with JSON made in printf's form; strings in it must be escaped. */
void reply_json(struct request *req, int status, const char *format, ...)
	PRINTF(3, 4);
/* Answer with what was collected in req->out. */
void reply_out(struct request *req, int status);
void reply_empty(struct request *req, int status);
/*
 * Answer with all rows of some statements, their first column a line each, and
 * {"end":true,"rows":n} as the last: without that line the answer is not whole.
 * $1 is the organisation. The rows are those of one moment, and come through a
 * cursor: memory does not grow with them. To be called behind a db_query(),
 * which has checked the right. `file` is what a browser calls it.
 */
void reply_rows(struct request *req, const char *file,
		const char *const *statements);

/* A header of the answer; the value must hold no line break. */
void reply_header(struct request *req, const char *name, const char *format,
		  ...) PRINTF(3, 4);

/* Refuse. The detail starts in lower case, has no full stop and quotes what
 * it complains of; NULL for none. */
void problem(struct request *req, enum problem which, const char *detail, ...)
	PRINTF(3, 4);
/* Refuse input, naming the field. May be called for several fields; the
 * answer is sent when the handler returns. */
void problem_field(struct request *req, const char *field,
		   const char *message);
/* Refuse for now. */
void problem_later(struct request *req, enum problem which, int64_t seconds);

/* Refuse since nobody is signed in, and say how to come in. */
void problem_nobody(struct request *req);

/* JSON of a string, in the request's memory, with its quotes. */
const char *quoted(struct request *req, const char *string);

/* The keys of the two audiences of a person's tokens (lib/base/token.h). */
const unsigned char *api_key(void);
const unsigned char *live_key(void);

/* A new secret of 256 bits: its text, and what the database has of it. */
#define SECRET_TEXT 48
#define SECRET_HASH 72
void new_secret(char text[SECRET_TEXT], char hash[SECRET_HASH]);
/* SHA-256 of a secret's text, as a bytea's text. */
void hash_secret(const char *text, char hash[SECRET_HASH]);

/* What personal access tokens begin with, and those of a repository. */
#define PERSONAL_TOKEN "pulse_pat_"
#define REPOSITORY_TOKEN "pulse_repo_"

/* Take the request's bearer token, if there is a valid one. For routes that
 * ask for none by their scope; whether its session lives is not looked at. */
bool bearer(struct request *req, struct token *token);

/* Is the request's Origin this installation's own page, or one of
 * CORS_CREDENTIALS? True without one. */
bool origin_is_ours(struct request *req);
/* "; Secure" when the page is served by https, else "". */
const char *cookie_secure(void);

#endif
