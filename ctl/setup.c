/*
 * setup.c - pulsectl setup: from nothing to the first sign-in.
 *
 * Makes the configuration with fresh secrets if there is none, brings the
 * database to this version, makes the first organisation and its owner. What is
 * there already is left as it is, so a set-up that stopped halfway is run again.
 */
#include "base.h"

#include <fcntl.h>
#include <unistd.h>

#include "conf.h"
#include "crypto.h"
#include "log.h"
#include "pulsectl.h"

/* The option, else what is typed in at a terminal, else the fallback. The
 * answer lives as long as the program. */
static const char *
take(const struct options *options, const char *name, const char *question,
     const char *fallback)
{
	const char *given = option(options, name, NULL);
	char line[512];

	if (given && *given)
		return given;
	if (!isatty(STDIN_FILENO)) {
		if (!fallback)
			die("--%s is missing", name);
		return fallback;
	}
	printf("%s%s%s%s: ", question, fallback ? " [" : "",
	       fallback ? fallback : "", fallback ? "]" : "");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		die("there was no answer");
	line[strcspn(line, "\r\n")] = '\0';
	if (!*line && !fallback)
		die("--%s is missing", name);
	return xstrdup(*line ? line : fallback);
}

static void
add_secrets(struct text *text)
{
	static const char *const names[] = {
		"JWT_SECRET", "PASSWORD_PEPPER", "ENCRYPTION_KEY",
		"BRIDGE_KEY", "GITHUB_WEBHOOK_SECRET",
	};
	unsigned char random[KEY_SIZE];
	char digits[2 * KEY_SIZE + 1];

	for (size_t i = 0; i < COUNT(names); i++) {
		random_bytes(random, sizeof(random));
		text_addf(text, "%s=%s\n", names[i],
			  hex_encode(digits, random, sizeof(random)));
	}
}

static void
make_configuration(const struct options *options, const char *file)
{
	struct text text = { 0 };
	int fd;

	text_addf(&text, "DATABASE_URL=%s\n",
		  take(options, "database", "PostgreSQL",
		       "postgresql:///pulse?host=/var/run/postgresql"));
	text_addf(&text, "FRONTEND_URL=%s\n",
		  take(options, "frontend", "Address that people see",
		       "http://127.0.0.1"));
	add_secrets(&text);
	/* Nobody else may read it, not even for a moment. */
	fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text.data, text.len) != (ssize_t)text.len ||
	    close(fd))
		die("cannot write %s: %s", file, strerror(errno));
	text_release(&text);
	printf("wrote %s with fresh secrets; keep a copy of it apart\n", file);
}

static bool
has_organisation(const char *slug)
{
	struct db *db = admin_db();
	PGresult *rows = ask(db, "find_org", slug, NULL);
	bool there = PQntuples(rows) == 1;

	PQclear(rows);
	db_close(db);
	return there;
}

static bool
has_owner(const char *slug)
{
	struct db *db = admin_db();
	PGresult *rows = ask(db, "owner_of", slug, NULL);
	bool there = PQntuples(rows) > 0;

	PQclear(rows);
	db_close(db);
	return there;
}

static void
make_organisation(const struct options *options, const char *slug)
{
	struct options org = {
		.names = { "name=" }, .count = 1, .operand_count = 1,
		.operands = { slug },
	};

	if (has_organisation(slug)) {
		printf("organisation %s is there\n", slug);
		return;
	}
	org.values[0] = take(options, "name", "Its name", slug);
	run_create_org(&org);
}

static void
make_owner(const struct options *options, const char *slug)
{
	struct options owner = {
		.names = { "org=", "role=", "name=", "password-stdin" },
		.values = { slug, "owner" }, .count = 3, .operand_count = 1,
	};

	if (has_owner(slug)) {
		printf("it has an owner\n");
		return;
	}
	owner.operands[0] = take(options, "email", "Its owner's e-mail",
				 NULL);
	owner.values[2] = take(options, "user", "Its owner's name",
			       owner.operands[0]);
	if (option(options, "password-stdin", NULL)) {
		owner.values[3] = "";
		owner.count = 4;
	}
	run_create_user(&owner);
}

int
run_setup(const struct options *options)
{
	const char *named = getenv("PULSE_CONF");
	const char *file = option(options, "file", named && *named ? named
				  : "/etc/pulse/pulse.conf");
	const char *slug;

	if (access(file, F_OK))
		make_configuration(options, file);
	else
		printf("%s is there\n", file);
	setenv("PULSE_CONF", file, 1);
	conf_load();
	slug = take(options, "org", "Short name of the first organisation",
		    NULL);
	if (run_migrate(options))
		return 1;
	make_organisation(options, slug);
	make_owner(options, slug);
	printf("Now start the programs (docs/install.md), and look with "
	       "pulsectl doctor\n");
	return 0;
}
