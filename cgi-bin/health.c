/*
 * health.c - is the installation well, and what has it counted?
 *
 * Plain CGI: asked for rarely. Anybody hears ok, degraded or down; the checks
 * in detail are for admins. /metrics speaks to loopback only.
 */
#include "base.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf.h"
#include "shared.h"
#include "web.h"

static const struct statement statements[] = {
	{ "state",
	  "SELECT outbox_waiting, extract(epoch FROM outbox_age)::bigint,"
	  " deliveries_dead, deliveries_waiting, jobs_failed,"
	  " extract(epoch FROM now() - bridge_beat)::bigint, broker_up"
	  " FROM system_state()" },
	{ "is_admin", "SELECT $1::bigint" },
	{ NULL }
};

enum verdict { OK, DEGRADED, DOWN };

static const char *const words[] = { "ok", "degraded", "down" };

struct report {
	enum verdict worst;
	struct text checks;
};

static void
note(struct report *report, const char *name, enum verdict verdict,
     const char *detail, ...) PRINTF(4, 5);

static void
note(struct report *report, const char *name, enum verdict verdict,
     const char *detail, ...)
{
	char text[256];
	va_list args;

	va_start(args, detail);
	vsnprintf(text, sizeof(text), detail, args);
	va_end(args);
	if (verdict > report->worst)
		report->worst = verdict;
	text_addf(&report->checks, "%s\"%s\":{\"status\":\"%s\",\"detail\":",
		  report->checks.len ? "," : "", name, words[verdict]);
	text_add_json(&report->checks, text);
	text_add(&report->checks, "}");
}

static void
check_disk(struct report *report)
{
	const char *path = conf_or("DISK_PATH", "/var");
	struct statvfs fs;
	double free_share;

	if (statvfs(path, &fs)) {
		note(report, "disk", DEGRADED, "%s cannot be read: %s", path,
		     strerror(errno));
		return;
	}
	free_share = (double)fs.f_bavail / (double)(fs.f_blocks + 1);
	note(report, "disk", free_share < 0.02 ? DOWN
	     : free_share < 0.1 ? DEGRADED : OK, "%.0f %% free",
	     free_share * 100);
}

static void
check_rows(struct report *report, const PGresult *rows)
{
	long waiting = strtol(PQgetvalue(rows, 0, 0), NULL, 10);
	long age = strtol(PQgetvalue(rows, 0, 1), NULL, 10);
	long dead = strtol(PQgetvalue(rows, 0, 2), NULL, 10);
	long failed = strtol(PQgetvalue(rows, 0, 4), NULL, 10);
	const char *beat = row_text(rows, 0, 5);
	bool has_broker = conf_get("MQTT_URL") != NULL;

	/* Without a bridge it waits for a page that asks, or for cron. */
	note(report, "outbox", age > (has_broker ? 30 : 3600) ? DEGRADED : OK,
	     "%ld waiting, the oldest for %ld s", waiting, age);
	note(report, "deliveries", dead ? DEGRADED : OK,
	     "%ld dead letters, %s postponed", dead,
	     PQgetvalue(rows, 0, 3));
	note(report, "jobs", failed ? DEGRADED : OK, "%ld failed", failed);
	if (!has_broker) {
		note(report, "bridge", OK, "none: this installation polls");
		return;
	}
	note(report, "bridge", !beat || strtol(beat, NULL, 10) > 10 ? DEGRADED
	     : OK, beat ? "seen %s s ago" : "never seen", beat);
	note(report, "broker", *PQgetvalue(rows, 0, 6) == 't' ? OK : DEGRADED,
	     "%s", *PQgetvalue(rows, 0, 6) == 't' ? "connected"
	     : "the bridge has no connection to it");
}

/* Is the caller an admin? Nobody is refused: others see less. */
static bool
is_admin(struct request *req)
{
	static const struct route admins = { "GET", "/health", ADMINISTER };
	struct request probe = *req;

	if (!bearer(req, &probe.token))
		return false;
	probe.out = probe.headers = (struct text){ 0 };
	probe.route = &admins;
	if (db_query(&probe, "is_admin")) {
		PQclear(probe.results[probe.result_count - 1]);
		return true;
	}
	text_release(&probe.out);
	text_release(&probe.headers);
	return false;
}

static void
show_health(struct request *req)
{
	struct report report = { 0 };
	struct call call = { "state", 0, NULL, NULL, 0, NULL };
	struct db_error error;

	if (db_run(req->db, &call, 1, 0, &error)) {
		note(&report, "database", OK, "answers");
		check_rows(&report, call.result);
		PQclear(call.result);
	} else {
		note(&report, "database", DOWN, "%s", error.message);
	}
	check_disk(&report);
	if (report.worst != DOWN && is_admin(req))
		reply_json(req, 200, "{\"status\":\"%s\",\"checks\":{%s}}",
			   words[report.worst], report.checks.data);
	else
		reply_json(req, report.worst == DOWN ? 503 : 200,
			   "{\"status\":\"%s\"}", words[report.worst]);
	text_release(&report.checks);
}

static void
show_metrics(struct request *req)
{
	const char *address = client_address(req);

	if (strncmp(address, "127.", 4) && strcmp(address, "::1")) {
		problem(req, NOT_FOUND, "no route fits this address");
		return;
	}
	text_clear(&req->out);
	counters_print(&req->out);
	reply_out(req, 200);
	req->content_type = "text/plain; version=0.0.4; charset=utf-8";
}

static void
show_openapi(struct request *req)
{
	const char *path = conf_or("OPENAPI_FILE", PKGDATADIR "/openapi.json");
	FILE *file = fopen(path, "re");
	char piece[16384];
	size_t got;

	if (!file) {
		problem(req, NOT_FOUND, "the API description is not installed");
		return;
	}
	while ((got = fread(piece, 1, sizeof(piece), file)))
		text_add_bytes(&req->out, piece, got);
	fclose(file);
	reply_out(req, 200);
}

static const struct route routes[] = {
	{ "GET", "/health", PUBLIC, show_health,
	  "Is the installation well? Details for admins", "Health",
	  .limit = LIMIT_NONE },
	{ "GET", "/metrics", PUBLIC, show_metrics,
	  "Counters for Prometheus, from loopback", NULL,
	  .limit = LIMIT_NONE },
	{ "GET", "/openapi.json", PUBLIC, show_openapi,
	  "This description", NULL, .limit = LIMIT_NONE },
	{ NULL }
};

int
main(int argc, char **argv)
{
	static const struct program program = {
		"health", "web", routes, statements,
		.about = "How the installation is, and what its API is"
	};

	return serve(argc, argv, &program);
}
