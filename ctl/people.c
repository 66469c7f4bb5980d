/*
 * people.c - pulsectl: organisations, users, teams, repositories, doors.
 */
#include "base.h"

#include "conf.h"
#include "crypto.h"
#include "log.h"
#include "pulsectl.h"

static const char *
operand(const struct options *options, const char *what)
{
	if (options->operand_count != 1)
		die("one operand is wanted: %s", what);
	return options->operands[0];
}

static const char *
digits(int64_t number, char to[24])
{
	snprintf(to, 24, "%" PRId64, number);
	return to;
}

int
run_create_org(const struct options *options)
{
	const char *slug = operand(options, "the slug");
	struct db *db = admin_db();

	PQclear(ask(db, "create_org", slug, need_option(options, "name"),
		    option(options, "time-zone", "UTC"),
		    option(options, "plan", "enterprise"), NULL));
	printf("created organisation %s\n", slug);
	db_close(db);
	return 0;
}

/* A line of standard input, or a password that nobody guesses. */
static const char *
take_password(const struct options *options, char to[1026])
{
	unsigned char random[12];

	if (!option(options, "password-stdin", NULL)) {
		random_bytes(random, sizeof(random));
		base64url_encode(to, random, sizeof(random));
		return to;
	}
	if (!fgets(to, 1026, stdin))
		die("no password on standard input");
	to[strcspn(to, "\r\n")] = '\0';
	if (strlen(to) < 8)
		die("the password is shorter than 8 characters");
	return to;
}

/* The password of standard input or a new one, told, and its hash. */
static const char *
new_password(const struct options *options, char told[1026],
	     char hash[PASSWORD_HASH])
{
	const char *pepper = conf_secret("PASSWORD_PEPPER", 32);

	if (!password_hash(take_password(options, told), pepper, hash))
		die("libcrypt has no bcrypt");
	return hash;
}

static void
tell_password(const struct options *options, const char *password)
{
	if (!option(options, "password-stdin", NULL))
		printf("password %s\n", password);
}

int
run_create_user(const struct options *options)
{
	const char *email = operand(options, "the e-mail address");
	const char *role = option(options, "role", "member");
	char password[1026], hash[PASSWORD_HASH], org[24];
	struct db *db = admin_db();
	PGresult *rows;

	digits(find_org(db, need_option(options, "org")), org);
	rows = ask(db, "create_user", org, email, need_option(options, "name"),
		   new_password(options, password, hash), role, NULL);
	if (*PQgetvalue(rows, 0, 0) == 't') {
		printf("created user %s\n", email);
		tell_password(options, password);
	} else {
		printf("%s was there already, with a password: is %s here "
		       "too\n", email, role);
	}
	PQclear(rows);
	db_close(db);
	return 0;
}

int
run_set_password(const struct options *options)
{
	const char *email = operand(options, "the e-mail address");
	char password[1026], hash[PASSWORD_HASH];
	struct db *db = admin_db();
	PGresult *rows = ask(db, "set_password", email,
			     new_password(options, password, hash), NULL);

	if (PQntuples(rows) != 1)
		die("no user has the address %s", email);
	PQclear(ask(db, "end_sessions", PQgetvalue(rows, 0, 0), NULL));
	PQclear(rows);
	printf("%s has a new password and no session\n", email);
	tell_password(options, password);
	db_close(db);
	return 0;
}

/* Whoever may read the database may hand a link over himself. */
int
run_letters(const struct options *options)
{
	struct db *db = admin_db();
	PGresult *rows;

	if (options->operand_count > 1)
		die("one operand is enough: the e-mail address");
	rows = ask(db, "letters", options->operand_count ? options->operands[0]
		   : "", NULL);
	for (int i = 0; i < PQntuples(rows); i++)
		printf("%s  %s  %s  %s\n", PQgetvalue(rows, i, 0),
		       PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2),
		       PQgetvalue(rows, i, 3));
	PQclear(rows);
	db_close(db);
	return 0;
}

int
run_create_team(const struct options *options)
{
	const char *slug = operand(options, "the slug");
	struct db *db = admin_db();
	char org[24];

	digits(find_org(db, need_option(options, "org")), org);
	PQclear(ask(db, "create_team", org, slug, need_option(options, "name"),
		    option(options, "time-zone", "UTC"), NULL));
	printf("created team %s\n", slug);
	db_close(db);
	return 0;
}

static const char *
team_id(struct db *db, const char *org, const char *slug, char to[24])
{
	PGresult *rows = ask(db, "find_team_of", org, slug, NULL);

	if (PQntuples(rows) != 1)
		die("no team is named \"%s\"", slug);
	snprintf(to, 24, "%s", PQgetvalue(rows, 0, 0));
	PQclear(rows);
	return to;
}

int
run_join_team(const struct options *options)
{
	const char *email = operand(options, "the e-mail address");
	struct db *db = admin_db();
	char org[24], team[24];
	PGresult *rows;

	digits(find_org(db, need_option(options, "org")), org);
	team_id(db, org, need_option(options, "team"), team);
	PQclear(ask(db, "join_team", org, team, email, NULL));
	rows = ask(db, "is_in_team", org, team, email, NULL);
	if (PQntuples(rows) != 1)
		die("no user has the address %s", email);
	PQclear(rows);
	printf("%s is in team %s\n", email, need_option(options, "team"));
	db_close(db);
	return 0;
}

int
run_connect(const struct options *options)
{
	const char *name = operand(options, "owner/name");
	struct db *db = admin_db();
	char org[24], team[24];
	PGresult *rows;

	digits(find_org(db, need_option(options, "org")), org);
	rows = ask(db, "connect", org, option(options, "host", "github.com"),
		   need_option(options, "github-id"), name,
		   option(options, "branch", "main"), "", NULL);
	if (option(options, "team", NULL))
		PQclear(ask(db, "attach", org, team_id(db, org,
			need_option(options, "team"), team),
			PQgetvalue(rows, 0, 0), NULL));
	printf("connected %s as repository %s\n", name,
	       PQgetvalue(rows, 0, 0));
	PQclear(rows);
	db_close(db);
	return 0;
}

int
run_create_door(const struct options *options)
{
	struct db *db = admin_db();
	unsigned char random[32];
	char secret[65], org[24], place[128], *sealed;
	PGresult *rows;

	digits(find_org(db, need_option(options, "org")), org);
	rows = ask(db, "next_door", NULL);
	random_bytes(random, sizeof(random));
	hex_encode(secret, random, sizeof(random));
	snprintf(place, sizeof(place), "connection.secret/%s/%s", org,
		 PQgetvalue(rows, 0, 0));
	sealed = secret_seal(secret, place);
	PQclear(ask(db, "create_door", org, PQgetvalue(rows, 0, 0),
		    option(options, "host", "github.com"),
		    option(options, "name", ""), sealed, NULL));
	free(sealed);
	printf("door %s\nsecret %s\naddress %s/webhooks/github/%s\n",
	       PQgetvalue(rows, 0, 0), secret,
	       conf_or("API_BASE", "/api/v1"), PQgetvalue(rows, 0, 0));
	PQclear(rows);
	db_close(db);
	return 0;
}
