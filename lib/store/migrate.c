/*
 * migrate.c - the schema, forward only.
 */
#include "base.h"

#include <glob.h>
#include <libgen.h>

#include "crypto.h"
#include "log.h"
#include "migrate.h"
#include "text.h"

static void
run(PGconn *conn, const char *sql, const char *what)
{
	PGresult *result = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		die("%s: %s", what, PQresultErrorMessage(result));
	PQclear(result);
}

static void
read_file(const char *path, struct text *to)
{
	FILE *file = fopen(path, "re");
	char piece[16384];
	size_t got;

	if (!file)
		die("cannot read %s: %s", path, strerror(errno));
	while ((got = fread(piece, 1, sizeof(piece), file)))
		text_add_bytes(to, piece, got);
	fclose(file);
}

static void
checksum(const struct text *text, char sum[2 * HASH_SIZE + 1])
{
	unsigned char hash[HASH_SIZE];

	sha256(text->data ? text->data : "", text->len, hash);
	hex_encode(sum, hash, sizeof(hash));
}

/* The checksum that a step was applied with; false: it was not. */
static bool
applied(PGconn *conn, const char *name, char sum[2 * HASH_SIZE + 1])
{
	const char *values[] = { name };
	PGresult *result = PQexecParams(conn,
		"SELECT checksum FROM pulse.migration WHERE name = $1",
		1, NULL, values, NULL, NULL, 0);
	bool found = PQresultStatus(result) == PGRES_TUPLES_OK &&
		     PQntuples(result) == 1;

	if (found)
		snprintf(sum, 2 * HASH_SIZE + 1, "%s",
			 PQgetvalue(result, 0, 0));
	PQclear(result);
	return found;
}

static void
note_applied(PGconn *conn, const char *name, const char *sum)
{
	const char *values[] = { name, sum };
	PGresult *result = PQexecParams(conn,
		"INSERT INTO pulse.migration (name, checksum) VALUES ($1, $2)"
		" ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum,"
		" applied_at = now()", 2, NULL, values, NULL, NULL, 0);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		die("%s: %s", name, PQresultErrorMessage(result));
	PQclear(result);
}

static int
apply_migration(PGconn *conn, const char *path, bool check)
{
	char sum[2 * HASH_SIZE + 1], old[2 * HASH_SIZE + 1];
	char *copy = xstrdup(path), *name = basename(copy);
	struct text sql = { 0 };
	int steps = 0;

	read_file(path, &sql);
	checksum(&sql, sum);
	if (applied(conn, name, old)) {
		if (strcmp(sum, old))
			die("%s was changed after it was applied; write a new "
			    "migration instead", name);
	} else {
		steps = 1;
		printf("%s %s\n", check ? "missing" : "applying", name);
		if (!check) {
			run(conn, "BEGIN", name);
			run(conn, sql.data, name);
			note_applied(conn, name, sum);
			run(conn, "COMMIT", name);
		}
	}
	text_release(&sql);
	free(copy);
	return steps;
}

static void
add_files(const char *dir, const char *kind, struct text *sql)
{
	char pattern[PATH_MAX];
	glob_t files;

	snprintf(pattern, sizeof(pattern), "%s/%s/*.sql", dir, kind);
	if (glob(pattern, 0, NULL, &files))
		return;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		read_file(files.gl_pathv[i], sql);
		text_add(sql, "\n");
	}
	globfree(&files);
}

/* What may be applied as things are now, and the name it is noted by. */
static const struct rights {
	const char *folder, *name;
} rights[] = {
	[ROLES_EIGHT] = { "rights", "functions, views, rights" },
	[ROLES_ONE] = { "rights-one-role",
			"functions, views, rights of one role" },
};

static const struct rights *
find_rights(PGconn *conn, enum migrate_roles roles)
{
	char sum[2 * HASH_SIZE + 1];

	if (roles == ROLES_AS_BEFORE)
		roles = applied(conn, rights[ROLES_ONE].name, sum)
			? ROLES_ONE : ROLES_EIGHT;
	return &rights[roles];
}

/* Eight roles have to be made, or to be there and be ours to hand over to. */
static void
need_roles(PGconn *conn)
{
	PGresult *result = PQexec(conn,
		"SELECT rolcreaterole OR rolsuper OR (SELECT count(*) = 8 AND"
		"  bool_and(r.rolname NOT IN ('pulse_lookup', 'pulse_engine')"
		"   OR pg_has_role(r.oid, 'MEMBER')) FROM pg_roles r"
		"  WHERE r.rolname = ANY ('{pulse_web,pulse_auth,pulse_ingest,"
		"pulse_job,pulse_bridge,pulse_read,pulse_lookup,pulse_engine}'))"
		" FROM pg_roles WHERE rolname = current_user");

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		die("roles: %s", PQresultErrorMessage(result));
	if (*PQgetvalue(result, 0, 0) != 't')
		die("the role %s may not create the roles that Pulse works "
		    "with: let an administrator create them "
		    "(docs/install.md, section 5), or use this one for "
		    "everything: pulsectl migrate --one-role", PQuser(conn));
	PQclear(result);
}

static void
forget_applied(PGconn *conn)
{
	for (size_t i = 0; i < COUNT(rights); i++) {
		const char *values[] = { rights[i].name };

		if (*values)
			PQclear(PQexecParams(conn, "DELETE FROM pulse.migration"
				" WHERE name = $1", 1, NULL, values, NULL,
				NULL, 0));
	}
}

/* Everything that says how things are now. What is no longer said goes: all
 * policies and functions, and with them the triggers and views over them. */
static int
apply_present(PGconn *conn, const char *dir, const struct rights *now,
	      bool check)
{
	static const char drop[] =
		"DO $$ DECLARE r regprocedure; p pg_policies; BEGIN"
		" FOR p IN SELECT * FROM pg_policies"
		"  WHERE schemaname = 'pulse' LOOP"
		"  EXECUTE format('DROP POLICY %I ON pulse.%I', p.policyname,"
		"   p.tablename);"
		" END LOOP;"
		" FOR r IN SELECT oid FROM pg_proc"
		"  WHERE pronamespace = 'pulse'::regnamespace LOOP"
		" IF EXISTS (SELECT FROM pg_proc WHERE oid = r) THEN"
		"  EXECUTE 'DROP ROUTINE ' || r || ' CASCADE'; END IF;"
		" END LOOP; END $$";
	char sum[2 * HASH_SIZE + 1], old[2 * HASH_SIZE + 1];
	struct text sql = { 0 };
	int steps = 0;

	add_files(dir, "functions", &sql);
	add_files(dir, "views", &sql);
	add_files(dir, now->folder, &sql);
	if (!sql.len)
		die("no SQL under %s", dir);
	checksum(&sql, sum);
	if (!applied(conn, now->name, old) || strcmp(sum, old)) {
		steps = 1;
		printf("%s %s\n", check ? "outdated" : "applying", now->name);
		if (!check) {
			run(conn, "BEGIN", now->name);
			run(conn, drop, now->name);
			run(conn, sql.data, now->name);
			forget_applied(conn);
			note_applied(conn, now->name, sum);
			run(conn, "COMMIT", now->name);
		}
	}
	text_release(&sql);
	return steps;
}

int
migrate(PGconn *conn, const char *dir, enum migrate_roles roles, bool check)
{
	const struct rights *now;
	char pattern[PATH_MAX];
	glob_t files;
	int steps = 0;

	/* One at a time; the lock goes with the connection. */
	run(conn, "SELECT pg_advisory_lock(hashtext('pulse.migrate'))", "lock");
	run(conn, "SET client_min_messages = warning", "messages");
	now = find_rights(conn, roles);
	if (!check && now == &rights[ROLES_EIGHT])
		need_roles(conn);
	if (!check)
		run(conn, "CREATE SCHEMA IF NOT EXISTS pulse;"
		    " CREATE TABLE IF NOT EXISTS pulse.migration ("
		    " name text PRIMARY KEY, checksum text NOT NULL,"
		    " applied_at timestamptz NOT NULL DEFAULT now());"
		    " COMMENT ON TABLE pulse.migration IS 'What pulsectl"
		    " migrate has applied, and what it said then.'",
		    "schema");
	snprintf(pattern, sizeof(pattern), "%s/migrations/*.sql", dir);
	if (glob(pattern, 0, NULL, &files))
		die("no migrations under %s", dir);
	for (size_t i = 0; i < files.gl_pathc; i++)
		steps += apply_migration(conn, files.gl_pathv[i], check);
	globfree(&files);
	return steps + apply_present(conn, dir, now, check);
}
