/*
 * members.c - pulsectl: roles, plans, and the secret of a door, as they change.
 */
#include "base.h"

#include "conf.h"
#include "crypto.h"
#include "log.h"
#include "pulsectl.h"

int
run_set_role(const struct options *options)
{
	const char *role = option(options, "role", "");
	struct db *db = admin_db();
	char org[24];
	PGresult *rows;

	if (options->operand_count != 1)
		die("one operand is wanted: the e-mail address");
	snprintf(org, sizeof(org), "%" PRId64,
		 find_org(db, need_option(options, "org")));
	rows = ask(db, "set_role_of", org, options->operands[0],
		   need_option(options, "role"), NULL);
	if (PQntuples(rows) != 1)
		die("no member of this organisation has the address %s",
		    options->operands[0]);
	if (*PQgetvalue(rows, 0, 0) != 't')
		die("%s is the only owner: make another first",
		    options->operands[0]);
	PQclear(rows);
	printf("%s is %s\n", options->operands[0], role);
	db_close(db);
	return 0;
}

int
run_set_plan(const struct options *options)
{
	const char *slug = need_option(options, "org");
	struct db *db = admin_db();
	char org[24];
	PGresult *rows;

	if (options->operand_count != 1)
		die("one operand is wanted: free, team or enterprise");
	snprintf(org, sizeof(org), "%" PRId64, find_org(db, slug));
	PQclear(ask(db, "set_plan", org, options->operands[0], NULL));
	rows = ask(db, "plan_use", org, NULL);
	printf("%s has plan %s: %s of %s repositories, %s of %s members\n",
	       slug, options->operands[0], PQgetvalue(rows, 0, 0),
	       PQgetvalue(rows, 0, 1), PQgetvalue(rows, 0, 2),
	       PQgetvalue(rows, 0, 3));
	PQclear(rows);
	db_close(db);
	return 0;
}

/* A door's new secret; GitHub must be told of it, and until then what it sends
 * is refused. */
int
run_rotate_secret(const struct options *options)
{
	const char *id = options->operand_count == 1 ? options->operands[0]
						     : NULL;
	unsigned char random[32];
	char secret[65], place[128], *sealed;
	struct db *db = admin_db();
	PGresult *rows;
	int64_t door;

	if (!id || !text_to_int(id, 1, INT64_MAX, &door))
		die("one operand is wanted: the door's number");
	rows = ask(db, "org_of_door", id, NULL);
	if (PQntuples(rows) != 1)
		die("there is no door %s", id);
	random_bytes(random, sizeof(random));
	hex_encode(secret, random, sizeof(random));
	snprintf(place, sizeof(place), "connection.secret/%s/%s",
		 PQgetvalue(rows, 0, 0), id);
	sealed = secret_seal(secret, place);
	PQclear(ask(db, "set_secret", id, sealed, NULL));
	free(sealed);
	printf("door %s\nsecret %s\naddress %s/webhooks/github/%s\n", id,
	       secret, conf_or("API_BASE", "/api/v1"), id);
	PQclear(rows);
	db_close(db);
	return 0;
}

/* Everything that is sealed in the database. A row for each column. */
static const struct {
	const char *what, *find, *change;
} sealed_columns[] = {
	{ "secrets of doors", "sealed_doors", "reseal_door" },
	{ "tokens of GitHub", "sealed_tokens", "reseal_token" },
	{ "credentials of Jira", "sealed_jiras", "reseal_jira" },
	{ "refresh tokens of Jira", "sealed_refresh", "reseal_refresh" },
};

/* One value; false when no key opens it. */
static bool
reseal(struct db *db, const char *change, const PGresult *rows, int i)
{
	const char *place = PQgetvalue(rows, i, 2);
	char *plain = secret_open(PQgetvalue(rows, i, 1), place), *sealed;

	if (!plain) {
		fprintf(stderr, "%s does not open with any key\n", place);
		return false;
	}
	sealed = secret_seal(plain, place);
	/* Unless it was changed meanwhile: then it has the new key. */
	PQclear(ask(db, change, PQgetvalue(rows, i, 0),
		    PQgetvalue(rows, i, 1), sealed, NULL));
	memset(plain, 0, strlen(plain));
	free(plain);
	free(sealed);
	return true;
}

/*
 * Seals again what was sealed with another key than ENCRYPTION_KEY_ID. Each
 * value is a transaction of its own, so one that was stopped goes on where it
 * was when it is run again.
 */
int
run_rotate_key(const struct options *options)
{
	const char *id = conf_or("ENCRYPTION_KEY_ID", "0");
	struct db *db = admin_db();
	int failed = 0;

	if (options->operand_count)
		die("no operand is wanted: ENCRYPTION_KEY_ID says the key");
	for (size_t c = 0; c < COUNT(sealed_columns); c++) {
		PGresult *rows = ask(db, sealed_columns[c].find, id, NULL);
		int count = PQntuples(rows), good = 0;

		for (int i = 0; i < count; i++)
			good += reseal(db, sealed_columns[c].change, rows, i);
		failed += count - good;
		printf("%s: %d sealed with key %s, %d left\n",
		       sealed_columns[c].what, good, id, count - good);
		PQclear(rows);
	}
	db_close(db);
	return failed != 0;
}
