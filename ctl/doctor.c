/*
 * doctor.c - pulsectl doctor: is everything as it should be, and if not, what
 * is to be done?
 *
 * A line a check: "ok", "warn" or "bad", what was found, and behind an arrow
 * what to do. Ends with 1 when something is bad.
 */
#include "base.h"

#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "log.h"
#include "migrate.h"
#include "pulsectl.h"

#define PATIENCE 3000		/* milliseconds for an answer */

static const struct statement statements[] = {
	{ "server", "SELECT current_setting('server_version_num')::int / 10000,"
	  " current_setting('server_version'),"
	  " (extract(epoch FROM clock_timestamp()) * 1000)::bigint,"
	  " (SELECT count(*) FROM pg_roles WHERE rolname = ANY ('{pulse_web,"
	  "pulse_auth,pulse_ingest,pulse_job,pulse_bridge,pulse_read,"
	  "pulse_lookup,pulse_engine}')),"
	  " EXISTS (SELECT FROM pg_policy WHERE polname = 'one_role')" },
	{ "state",
	  "SELECT (SELECT count(*) FROM generate_series(0, 1) g"
	  "  WHERE to_regclass('pulse.delivery_body_' || to_char(date_trunc("
	  "  'week', now() AT TIME ZONE 'UTC') + g * interval '7 days',"
	  "  'YYYYMMDD')) IS NOT NULL),"
	  " coalesce(extract(epoch FROM now() - s.bridge_beat)::bigint, -1),"
	  " s.deliveries_dead, s.jobs_failed, s.outbox_waiting,"
	  " (SELECT count(*) FROM organisation o WHERE NOT EXISTS (SELECT"
	  "  FROM membership m WHERE m.org_id = o.id AND m.role = 'owner')),"
	  " (SELECT coalesce(extract(epoch FROM now() - max(started_at))"
	  "::bigint, -1) FROM job)"
	  " FROM system_state() s" },
	{ NULL }
};

static int bad;

static void told(const char *level, const char *what, const char *advice,
		 const char *found, ...) PRINTF(4, 5);

static void
told(const char *level, const char *what, const char *advice,
     const char *found, ...)
{
	va_list args;

	printf("%-5s%-14s", level, what);
	va_start(args, found);
	vprintf(found, args);
	va_end(args);
	printf("%s%s\n", advice ? " -> " : "", advice ? advice : "");
	bad += !strcmp(level, "bad");
}

static bool
is_hex(const char *value, size_t digits)
{
	return strlen(value) == digits &&
	       strspn(value, "0123456789abcdefABCDEF") == digits;
}

static void
check_secrets(void)
{
	static const struct {
		const char *name;
		size_t least;
	} secrets[] = {
		{ "JWT_SECRET", 32 }, { "PASSWORD_PEPPER", 32 },
		{ "ENCRYPTION_KEY", 64 }, { "GITHUB_WEBHOOK_SECRET", 16 },
		{ "BRIDGE_KEY", 32 },
	};

	for (size_t i = 0; i < COUNT(secrets); i++) {
		const char *value = conf_get(secrets[i].name);

		if (!value)
			told("bad", "configuration", "pulsectl make-secrets "
			     "prints one", "%s is missing", secrets[i].name);
		else if (strlen(value) < secrets[i].least ||
			 (secrets[i].least == 64 && !is_hex(value, 64)))
			told("bad", "configuration", "pulsectl make-secrets "
			     "prints a better one", "%s is too weak",
			     secrets[i].name);
	}
	if (!bad)
		told("ok", "configuration", NULL, "the secrets are there");
}

static void
check_address(void)
{
	const char *url = conf_or("FRONTEND_URL", "");

	if (!*url)
		told("bad", "address", "set FRONTEND_URL to what people see",
		     "FRONTEND_URL is missing");
	else if (strncmp(url, "https://", 8) &&
		 strncmp(url, "http://127.0.0.1", 16) &&
		 strncmp(url, "http://localhost", 16))
		told("warn", "address", "serve it by https: passwords go over "
		     "this line", "%s is not encrypted", url);
	else
		told("ok", "address", NULL, "%s", url);
}

static void
check_files(void)
{
	const char *file = getenv("PULSE_CONF");
	const char *state = conf_or("PULSE_STATE_DIR", "/run/pulse");
	struct stat s;

	file = file && *file ? file : "/etc/pulse/pulse.conf";
	if (stat(file, &s))
		told("warn", "files", "pulsectl setup makes one",
		     "%s cannot be read: %s", file, strerror(errno));
	else if (s.st_mode & 0007)
		told("bad", "files", "chmod 640, and the group of the programs",
		     "%s with all secrets may be read by everybody", file);
	else
		told("ok", "files", NULL, "%s is closed to others", file);
	if (stat(state, &s) || !S_ISDIR(s.st_mode))
		told("bad", "files", "make it, writable for the programs",
		     "the folder %s (PULSE_STATE_DIR) is not there", state);
	else if (s.st_mode & 0002)
		told("bad", "files", "chmod 750", "%s may be written by "
		     "everybody", state);
	else
		told("ok", "files", NULL, "%s is there", state);
}

static int64_t
number(const PGresult *rows, int column)
{
	return strtoll(PQgetvalue(rows, 0, column), NULL, 10);
}

static void
check_server(struct db *db)
{
	struct db_error error;
	PGresult *rows = db_call(db, &error, "server", NULL);
	int64_t apart;

	if (!rows) {
		told("bad", "database", NULL, "%s", error.message);
		return;
	}
	if (number(rows, 0) < 15)
		told("bad", "database", "use 15 or later", "PostgreSQL %s",
		     PQgetvalue(rows, 0, 1));
	else
		told("ok", "database", NULL, "PostgreSQL %s",
		     PQgetvalue(rows, 0, 1));
	if (*PQgetvalue(rows, 0, 4) == 't')
		told("ok", "roles", NULL, "one role does everything "
		     "(docs/roles.md says what is weaker)");
	else if (number(rows, 3) < 8)
		told("bad", "roles", "pulsectl migrate", "%" PRId64 " of 8 are "
		     "there", number(rows, 3));
	else
		told("ok", "roles", NULL, "all eight are there");
	apart = time_now() - number(rows, 2);
	if (apart > 2000 || apart < -2000)
		told("bad", "clock", "let both hosts follow a time server",
		     "the database's differs by %" PRId64 " ms", apart);
	else
		told("ok", "clock", NULL, "agrees with the database's");
	PQclear(rows);
}

static void
check_state(struct db *db)
{
	struct db_error error;
	PGresult *rows = db_call(db, &error, "state", NULL);

	if (!rows) {
		told("bad", "state", "pulsectl migrate", "%s", error.message);
		return;
	}
	if (number(rows, 0) < 2)
		told("bad", "partitions", "run clean-up each day (crontab)",
		     "this week's or the next's is missing");
	else
		told("ok", "partitions", NULL, "this week's and the next's");
	if (!conf_get("MQTT_URL"))
		told("ok", "bridge", NULL, "none is wanted");
	else if (number(rows, 1) < 0 || number(rows, 1) > 60)
		told("bad", "bridge", "start pulse-bridge, see its log",
		     "was not heard of for a minute");
	else
		told("ok", "bridge", NULL, "is at work");
	told(number(rows, 2) ? "warn" : "ok", "deliveries", number(rows, 2)
	     ? "see the reasons in the table delivery" : NULL,
	     "%" PRId64 " could not be read", number(rows, 2));
	told(number(rows, 3) ? "warn" : "ok", "jobs", number(rows, 3)
	     ? "pulsectl jobs" : NULL,
	     "%" PRId64 " failed when they last ran", number(rows, 3));
	/* A line of crontab may be for each 15 minutes. */
	if (number(rows, 6) < 0 || number(rows, 6) > 1800)
		told("warn", "cron", "pulse-cron --crontab prints the lines; "
		     "is cron running?", "no job has begun for half an hour");
	else
		told("ok", "cron", NULL, "starts the jobs");
	if (number(rows, 5))
		told("warn", "owners", "pulsectl set-role … --role owner",
		     "%" PRId64 " organisations have none", number(rows, 5));
	PQclear(rows);
}

static void
check_database(void)
{
	struct db_error error;
	struct db *db;
	int steps;

	if (!conf_get("DATABASE_URL")) {
		told("bad", "database", "set DATABASE_URL", "there is none");
		return;
	}
	db = db_open("admin", statements, false, 2, &error);
	if (!db || *error.state) {
		told("bad", "database", "is PostgreSQL running, and may this "
		     "user connect?", "%s", error.message);
		db_close(db);
		return;
	}
	check_server(db);
	steps = migrate(db_conn(db), conf_or("PULSE_SQL_DIR",
					     PKGDATADIR "/sql"),
			ROLES_AS_BEFORE, true);
	told(steps ? "bad" : "ok", "migrations", steps ? "pulsectl migrate"
	     : NULL, steps ? "%d are missing or outdated"
	     : "%d are missing", steps);
	check_state(db);
	db_close(db);
}

/* Wait until a socket may be read or written; false: not in time. */
static bool
ready(int fd, short events)
{
	struct pollfd wait = { .fd = fd, .events = events };
	int wrong = 0;
	socklen_t len = sizeof(wrong);

	return poll(&wait, 1, PATIENCE) == 1 &&
	       !getsockopt(fd, SOL_SOCKET, SO_ERROR, &wrong, &len) && !wrong;
}

static int
connect_to(const char *host, const char *port)
{
	struct addrinfo want = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	int fd = -1;

	if (getaddrinfo(host, port, &want, &list))
		return -1;
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK |
			    SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		if (connect(fd, a->ai_addr, a->ai_addrlen) &&
		    (errno != EINPROGRESS || !ready(fd, POLLOUT))) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* scheme://[user@]host[:port][/…]; -1: nobody answers there. */
static int
connect_url(const char *url, const char *port, const char *tls_port)
{
	const char *host = strstr(url, "://"), *at;
	char name[256], number_of[8];
	size_t len;

	if (!strncmp(url, "unix:", 5))
		return connect_unix(url + 5);
	host = host ? host + 3 : url;
	len = strcspn(host, "/?");
	at = memrchr(host, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	snprintf(name, sizeof(name), "%.*s", (int)len, host);
	at = strrchr(name, ':');
	snprintf(number_of, sizeof(number_of), "%s", at ? at + 1
		 : strstr(url, "s://") ? tls_port : port);
	if (at)
		name[at - name] = '\0';
	return connect_to(name, number_of);
}

static void
check_broker(void)
{
	const char *url = conf_get("MQTT_URL");
	int fd;

	if (!url) {
		told("ok", "broker", NULL, "none: pages poll");
		return;
	}
	fd = connect_url(url, "1883", "8883");
	if (fd < 0)
		told("bad", "broker", "start Mosquitto with "
		     "httpd-conf/mosquitto.conf", "nobody answers at MQTT_URL");
	else
		told("ok", "broker", NULL, "answers");
	close(fd);
}

static void
check_mail(void)
{
	const char *url = conf_get("SMTP_URL");
	char hello[4] = "";
	int fd;

	if (!url) {
		told("warn", "mail", "set SMTP_URL: invitations and new "
		     "passwords go by letter", "there is no mail server");
		return;
	}
	fd = connect_url(url, "25", "465");
	if (fd < 0)
		told("bad", "mail", "is the mail server running, and the port "
		     "open?", "nobody answers at SMTP_URL");
	else if (!strncmp(url, "smtps:", 6))
		told("ok", "mail", NULL, "answers");
	else if (!ready(fd, POLLIN) || read(fd, hello, 3) != 3 ||
		 strcmp(hello, "220"))
		told("bad", "mail", "does SMTP_URL name a mail server?",
		     "what answers at SMTP_URL does not speak SMTP");
	else
		told("ok", "mail", NULL, "greets with 220");
	close(fd);
}

static void
check_disk(void)
{
	const char *path = conf_or("DISK_PATH", "/var");
	struct statvfs s;
	double free_part;

	if (statvfs(path, &s) || !s.f_blocks) {
		told("warn", "disk", "set DISK_PATH", "%s: %s", path,
		     strerror(errno));
		return;
	}
	free_part = 100.0 * (double)s.f_bavail / (double)s.f_blocks;
	told(free_part < 5 ? "bad" : free_part < 15 ? "warn" : "ok", "disk",
	     free_part < 15 ? "make room, or shorten RETENTION_DELIVERIES"
	     : NULL, "%.0f %% of %s are free", free_part, path);
}

int
run_doctor(const struct options *options)
{
	(void)options;
	check_secrets();
	check_address();
	check_files();
	check_database();
	check_broker();
	check_mail();
	check_disk();
	printf(bad ? "%d things are to be done\n" : "all is well\n", bad);
	return bad != 0;
}
