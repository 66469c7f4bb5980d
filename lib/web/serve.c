/*
 * serve.c - a program's life: threads that accept requests, or one CGI
 * request; and the way of one request from its first byte to its log line.
 *
 * Stopping loses nothing: a thread waits until the listening socket or the
 * stop signal wakes it, and only then accepts (without blocking, since another
 * may have been quicker). libfcgi's own way, a signal that interrupts
 * accept(), can interrupt the reading of a request instead.
 */
#include "base.h"

#include <fcgiapp.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "answers.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "io.h"
#include "limit.h"
#include "log.h"
#include "origin.h"
#include "params.h"
#include "routes_print.h"
#include "session.h"
#include "shared.h"
#include "web.h"

#define LISTEN_FD 0

static int stop_fd = -1;
static struct db *shared_db;

/* Every program's own: who is asking (sql/functions/10-tenant.sql). */
static const struct statement enter_statements[] = {
	{ "enter", "SELECT enter($1, $2, $3)" },
	{ "enter_seen", "SELECT enter_seen($1, $2, $3)" },
	{ "open_token", "SELECT user_id, org_id, session_id, scopes"
	  " FROM open_token($1::bytea)" },
};

static const struct statement *statements;	/* the program's and those */

static void
collect_statements(const struct program *program)
{
	struct statement *all;
	size_t count = 0;

	while (program->statements[count].name)
		count++;
	all = xcalloc(count + COUNT(enter_statements) +
		      COUNT(limit_statements) + 1, sizeof(*all));
	memcpy(all, program->statements, count * sizeof(*all));
	if (strcmp(program->family, "ingest")) {
		memcpy(all + count, enter_statements,
		       sizeof(enter_statements));
		memcpy(all + count + COUNT(enter_statements), limit_statements,
		       sizeof(limit_statements));
	}
	statements = all;
}

/* The path behind the base: /api/v1, or /cgi-bin/pulse on a small host. */
static const char *
route_path(struct request *req)
{
	const char *base = conf_or("API_BASE", "/api/v1");
	const char *uri = variable(req, "REQUEST_URI");
	size_t len = strlen(base), path;

	if (!uri)
		return "/";
	path = strcspn(uri, "?#");
	if (path < len || strncmp(uri, base, len) ||
	    (path > len && uri[len] != '/'))
		return "";
	return arena_copy(&req->arena, uri + len, path - len);
}

static void
begin_request(struct request *req, const struct program *program,
	      struct db *db, struct io *io)
{
	unsigned char random[16];
	struct text out = req->out, headers = req->headers;
	struct arena arena = req->arena;

	memset(req, 0, sizeof(*req));
	text_clear(&out);
	text_clear(&headers);
	req->out = out;
	req->headers = headers;
	req->arena = arena;
	req->program = program;
	req->db = db;
	req->io = io;
	req->began = time_ticks();
	random_bytes(random, sizeof(random));
	hex_encode(req->id, random, sizeof(random));
	log_context(req->id, NULL);
}

/* Everything before the handler; false: answered. */
static bool
prepare(struct request *req)
{
	const char *method = variable(req, "REQUEST_METHOD");
	const char *path = route_path(req);

	origin_headers(req);
	if (origin_preflight(req, path) ||
	    !find_route(req, method ? method : "GET", path) ||
	    !origin_may(req))
		return false;
	if (!limit_address(req))
		return false;
	if (!know_caller(req))
		return false;
	if (!limit_caller(req))
		return false;
	return take_body(req) && take_params(req, variable(req, "QUERY_STRING"));
}

/* Of every answer but an authorizer's, which is the web server's to give. The
 * servers say the same of what they answer themselves (httpd-conf/), and add
 * what TLS is for. */
static const char safety[] =
	"X-Content-Type-Options: nosniff\r\n"
	"Referrer-Policy: same-origin\r\n"
	"Permissions-Policy: camera=(), geolocation=(), microphone=(),"
	" payment=(), usb=()\r\n"
	"Cross-Origin-Opener-Policy: same-origin\r\n"
	"Cross-Origin-Resource-Policy: same-origin\r\n"
	"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"
	"\r\n";

static void
send_answer(struct request *req)
{
	const char *method = variable(req, "REQUEST_METHOD");
	struct text head = { 0 };

	text_addf(&head, "Status: %d\r\n", req->status);
	if (req->content_type)
		text_addf(&head, "Content-Type: %s\r\n", req->content_type);
	text_addf(&head, "Content-Length: %zu\r\nX-Request-Id: %s\r\n"
		  "Cache-Control: private, no-cache\r\n%s",
		  req->content_type ? req->out.len : 0, req->id,
		  req->program->every ? "" : safety);
	if (req->headers.len)
		text_add_bytes(&head, req->headers.data, req->headers.len);
	text_add(&head, "\r\n");
	io_write(req->io, head.data, head.len);
	/* HEAD: everything that GET would answer but the body itself. */
	if (req->content_type && !(method && !strcmp(method, "HEAD")))
		io_write(req->io, req->out.data, req->out.len);
	text_release(&head);
}

static void
log_request(struct request *req)
{
	static const enum counter classes[] = {
		COUNTER_REQUESTS_2XX, COUNTER_REQUESTS_3XX,
		COUNTER_REQUESTS_4XX, COUNTER_REQUESTS_5XX
	};
	int64_t took = time_ticks() - req->began;
	char status[8], micro[24], org[24];

	if (req->status >= 200 && req->status < 600)
		counter_add(classes[req->status / 100 - 2], 1);
	counter_add(COUNTER_REQUEST_MICROSECONDS, (uint64_t)took);
	if (!log_wants(LOG_INFORM))
		return;
	snprintf(status, sizeof(status), "%d", req->status);
	snprintf(micro, sizeof(micro), "%" PRId64, took);
	snprintf(org, sizeof(org), "%" PRId64, req->token.org);
	log_context(req->id, req->token.org ? org : NULL);
	log_line(LOG_INFORM, "request",
		 "method", variable(req, "REQUEST_METHOD"),
		 "route", req->route ? req->route->path : NULL,
		 "status", status, "microseconds", micro, NULL);
}

static void
end_request(struct request *req)
{
	while (req->result_count)
		PQclear(req->results[--req->result_count]);
	free((char *)req->body);
	req->body = NULL;
	arena_reset(&req->arena);
	/* A large answer must not stay for ever. */
	if (req->out.size > 1 << 20)
		text_release(&req->out);
	log_context(NULL, NULL);
}

static void
make_answer(struct request *req)
{
	if (req->route->same && answer_is_known(req))
		return;
	req->route->handle(req);
	if (req->route->same)
		answer_keep(req);
}

static void
handle_request(struct request *req, const struct program *program,
	       struct db *db, struct io *io)
{
	begin_request(req, program, db, io);
	if (program->every)
		program->every(req);
	else if (prepare(req))
		make_answer(req);
	if (!req->answered)
		problem(req, INTERNAL, NULL);
	if (!req->sent)
		send_answer(req);
	log_request(req);
	end_request(req);
}

/* One accepted connection is one request: a kept one would hold the thread. */
static void
serve_one(struct request *req, const struct program *program, struct db *db,
	  FCGX_Request *fcgi)
{
	struct io io;

	if (FCGX_Accept_r(fcgi) < 0)
		return;
	fcgi->keepConnection = 0;
	io = (struct io){ fcgi->envp, fcgi->in, fcgi->out, fcgi->ipcFd };
	handle_request(req, program, db, &io);
	FCGX_Finish_r(fcgi);
}

static struct db *
open_database(const struct program *program, bool prepare, int wait)
{
	struct db_error error;
	struct db *db = db_open(program->family, statements,
				prepare, wait, &error);

	if (!db)
		die("the database will not do: %s", error.message);
	if (*error.state)
		log_line(LOG_WARN, "the database is away", "error",
			 error.message, NULL);
	return db;
}

/* When a request last ended, and how many are being answered. */
static _Atomic int64_t last_asked;
static atomic_int answering;

/* A program is there as soon as its first thread is; the others connect when
 * they are first needed, which many never are. */
static void *
worker(void *argument)
{
	static atomic_bool began;
	const struct program *program = argument;
	struct db *db = shared_db || atomic_exchange(&began, true) ? shared_db
		: open_database(program, true, 0);
	struct request *req = xcalloc(1, sizeof(*req));
	int wait_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	FCGX_Request fcgi;

	event.data.fd = stop_fd;
	epoll_ctl(wait_fd, EPOLL_CTL_ADD, stop_fd, &event);
	event.events = EPOLLIN | EPOLLEXCLUSIVE;
	event.data.fd = LISTEN_FD;
	epoll_ctl(wait_fd, EPOLL_CTL_ADD, LISTEN_FD, &event);
	FCGX_InitRequest(&fcgi, LISTEN_FD, FCGI_FAIL_ACCEPT_ON_INTR);
	for (;;) {
		int n = epoll_wait(wait_fd, &event, 1, -1);

		if (n == 1 && event.data.fd == stop_fd)
			break;
		if (n == 1 && !db)
			db = open_database(program, true, 0);
		if (n == 1) {
			answering++;
			serve_one(req, program, db, &fcgi);
			last_asked = time_ticks();
			answering--;
		}
	}
	FCGX_Free(&fcgi, 1);
	close(wait_fd);
	if (!shared_db)
		db_close(db);
	arena_release(&req->arena);
	text_release(&req->out);
	text_release(&req->headers);
	free(req);
	return NULL;
}

/* Until a signal says stop, or nobody has asked for PULSE_IDLE seconds: then
 * pulse-pools waits in the socket, and starts us again. */
static void
wait_for_the_end(const sigset_t *signals)
{
	int64_t idle = conf_int("PULSE_IDLE", 0, 0, 86400) * INT64_C(1000000);
	int64_t rest = idle;

	last_asked = time_ticks();
	while (!idle || rest > 0) {
		struct timespec wait = { idle ? rest / 1000000 + 1 : 3600, 0 };

		if (sigtimedwait(signals, NULL, &wait) > 0)
			return;
		rest = answering ? 1000000
				 : idle - (time_ticks() - last_asked);
	}
}

static int
serve_fastcgi(const struct program *program)
{
	int threads = (int)conf_int("PULSE_THREADS", 1, 1, 64);
	pthread_t ids[64];
	pthread_attr_t small;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fcntl(LISTEN_FD, F_SETFL, fcntl(LISTEN_FD, F_GETFL) | O_NONBLOCK);
	FCGX_Init();
	if (program->shares_db) {
		shared_db = open_database(program, true, 0);
		db_share(shared_db);
	}
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 512 << 10);
	for (int i = 0; i < threads; i++)
		if (pthread_create(ids + i, &small, worker, (void *)program))
			die("cannot start a thread: %s", strerror(errno));
	log_line(LOG_INFORM, "serving", NULL);
	wait_for_the_end(&signals);
	eventfd_write(stop_fd, 1);
	for (int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	db_close(shared_db);
	log_line(LOG_INFORM, "stopped", NULL);
	return 0;
}

static int
serve_cgi(const struct program *program)
{
	extern char **environ;
	struct io io = { environ, NULL, NULL, STDIN_FILENO };
	struct db *db = open_database(program, false, 0);
	struct request *req = xcalloc(1, sizeof(*req));

	handle_request(req, program, db, &io);
	db_close(db);
	arena_release(&req->arena);
	text_release(&req->out);
	text_release(&req->headers);
	free(req);
	return 0;
}

int
serve(int argc, char **argv, const struct program *program)
{
	const char *option = argc > 1 ? argv[1] : "";

	log_init(program->name);
	signal(SIGPIPE, SIG_IGN);
	if (!strncmp(option, "--routes", 8))
		return print_routes(program, option);
	conf_load();
	session_init();
	limits_init();
	origin_init();
	shared_open();
	if (program->start)
		program->start();
	collect_statements(program);
	if (!strcmp(option, "--check")) {
		struct db_error error;
		struct db *db = db_open(program->family,
					statements, true, 0,
					&error);

		if (!db || *error.state)
			die("%s", error.message);
		db_close(db);
		printf("%s: %s\n", program->name, "all statements prepare");
		return 0;
	}
	if (argc > 1 && *option == '-')
		die("%s is not an option: --check, --routes, --routes=openapi",
		    option);
	return FCGX_IsCGI() ? serve_cgi(program) : serve_fastcgi(program);
}
