/*
 * pulsectl.c - the administrator's command.
 *
 * It works as the owner of the tables (DATABASE_ADMIN_URL, else DATABASE_URL
 * as whoever runs it). Each command is a row of the table below.
 */
#include "pulsectl.h"

#include <locale.h>

#include "clock.h"
#include "conf.h"
#include "ingest.h"
#include "log.h"
#include "migrate.h"
#include "outbox.h"

static const struct statement statements[] = {
	{ "find_org", "SELECT id FROM organisation WHERE slug = $1" },
	{ "owner_of", "SELECT m.user_id FROM membership m JOIN organisation o"
	  " ON o.id = m.org_id WHERE o.slug = $1 AND m.role = 'owner'" },
	{ "find_team_of",
	  "SELECT id FROM team WHERE org_id = $1 AND slug = $2" },
	{ "create_org", "INSERT INTO organisation (slug, name, time_zone, plan)"
	  " VALUES ($1, $2, $3, $4) RETURNING id" },
	{ "create_team",
	  "INSERT INTO team (org_id, slug, name, time_zone)"
	  " VALUES ($1, $2, $3, $4) RETURNING id" },
	/* Both or neither; who is there keeps name and password. */
	{ "create_user",
	  "WITH u AS (INSERT INTO user_account AS a"
	  "  (email, name, password_hash) VALUES (lower($2), $3, $4)"
	  "  ON CONFLICT (email) DO UPDATE SET name = a.name"
	  "  RETURNING id, xmax = 0 AS is_new),"
	  " m AS (INSERT INTO membership (org_id, user_id, role)"
	  "  SELECT $1, u.id, $5 FROM u ON CONFLICT (org_id, user_id)"
	  "  DO UPDATE SET role = excluded.role)"
	  " SELECT is_new FROM u" },
	/* Under the lock of whoever changes roles; false: the only owner. */
	{ "set_role_of", "SELECT set_role_as_operator($1, $2, $3)"
	  " WHERE EXISTS (SELECT FROM membership m JOIN user_account u"
	  "  ON u.id = m.user_id WHERE m.org_id = $1 AND u.email = lower($2))" },
	{ "set_plan", "SELECT set_plan($1, $2), audit($1, NULL, 'pulsectl',"
	  " 'organisation.plan-changed', $2, NULL, NULL)" },
	{ "plan_use", "SELECT u.repositories, coalesce(p.repositories::text,"
	  " 'any number of'), u.members, coalesce(p.members::text,"
	  " 'any number of') FROM organisation o JOIN plan p"
	  " ON p.name = o.plan CROSS JOIN usage_of($1) u WHERE o.id = $1" },
	{ "org_of_door", "SELECT org_id FROM connection WHERE id = $1" },
	{ "set_secret", "WITH c AS (UPDATE connection SET secret = $2"
	  " WHERE id = $1 RETURNING org_id, id) SELECT audit(c.org_id, NULL,"
	  " 'pulsectl', 'door.secret-changed', c.id::text, NULL, NULL)"
	  " FROM c" },
	{ "sealed_doors", "SELECT id, secret, 'connection.secret/' || org_id"
	  " || '/' || id FROM connection"
	  " WHERE split_part(secret, '.', 1) <> $1 ORDER BY id" },
	{ "reseal_door", "UPDATE connection SET secret = $3"
	  " WHERE id = $1 AND secret = $2" },
	{ "sealed_tokens", "SELECT user_id, token, 'github_identity.token/'"
	  " || user_id || '/' || github_id FROM github_identity"
	  " WHERE split_part(token, '.', 1) <> $1 ORDER BY user_id" },
	{ "reseal_token", "UPDATE github_identity SET token = $3"
	  " WHERE user_id = $1 AND token = $2" },
	{ "sealed_jiras", "SELECT id, credential,"
	  " 'jira_connection.credential/' || org_id || '/' || id"
	  " FROM jira_connection"
	  " WHERE split_part(credential, '.', 1) <> $1 ORDER BY id" },
	{ "reseal_jira", "UPDATE jira_connection SET credential = $3"
	  " WHERE id = $1 AND credential = $2" },
	{ "sealed_refresh", "SELECT id, refresh,"
	  " 'jira_connection.refresh/' || org_id || '/' || id"
	  " FROM jira_connection"
	  " WHERE split_part(refresh, '.', 1) <> $1 ORDER BY id" },
	{ "reseal_refresh", "UPDATE jira_connection SET refresh = $3"
	  " WHERE id = $1 AND refresh = $2" },
	{ "letters", "SELECT to_char(created_at, 'YYYY-MM-DD HH24:MI'),"
	  " recipient, template, coalesce(args->>'url', '-') FROM mail"
	  " WHERE state = 'PENDING' AND ($1 = '' OR recipient = lower($1))"
	  " ORDER BY id" },
	{ "job", "SELECT coalesce(j.state, 'PENDING'), coalesce(to_char("
	  "j.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), '-'),"
	  " coalesce(j.message, '-'),"
	  " (SELECT count(*) FROM job_unit u WHERE u.job = $1"
	  "  AND u.not_before <= now() AND u.state <> 'PAUSED'),"
	  " (SELECT count(*) FROM job_unit u WHERE u.job = $1"
	  "  AND u.state = 'FAILED')"
	  " FROM (SELECT 1) x LEFT JOIN job j ON j.name = $1" },
	{ "job_runs", "SELECT to_char(r.started_at AT TIME ZONE 'UTC',"
	  " 'YYYY-MM-DD HH24:MI:SS'), r.job, coalesce(o.slug, '-'), r.state,"
	  " coalesce(extract(epoch FROM r.finished_at - r.started_at)"
	  "::numeric(9,1)::text, '-'), r.counted, coalesce(r.message, '-')"
	  " FROM job_run r LEFT JOIN organisation o ON o.id = r.org_id"
	  " WHERE $1 = '' OR r.job = $1 ORDER BY r.id DESC LIMIT 50" },
	{ "run_job", "WITH u AS (UPDATE job_unit SET not_before = now(),"
	  " tries = 0 WHERE job = $1 AND state <> 'PAUSED'"
	  " AND lease_is_free(lease_until))"
	  " INSERT INTO job (name, run_asked_at) VALUES ($1, now())"
	  " ON CONFLICT (name) DO UPDATE SET run_asked_at = now()" },
	{ "pause_job", "INSERT INTO job (name, state) VALUES ($1, 'PAUSED')"
	  " ON CONFLICT (name) DO UPDATE SET state = 'PAUSED'" },
	{ "resume_job", "UPDATE job SET state = 'PENDING'"
	  " WHERE name = $1 AND state = 'PAUSED'" },
	{ "run_units", "WITH u AS (UPDATE job_unit SET not_before = now(),"
	  " tries = 0 WHERE job = $1 AND org_id = $2 AND state <> 'PAUSED'"
	  " AND lease_is_free(lease_until))"
	  " INSERT INTO job_control (org_id, job, run_asked_at)"
	  " VALUES ($2, $1, now()) ON CONFLICT (org_id, job)"
	  " DO UPDATE SET run_asked_at = now()" },
	{ "pause_units", "INSERT INTO job_control (org_id, job, paused)"
	  " VALUES ($2, $1, true) ON CONFLICT (org_id, job)"
	  " DO UPDATE SET paused = true" },
	{ "resume_units", "UPDATE job_control SET paused = false"
	  " WHERE job = $1 AND org_id = $2" },
	{ "erase_person", "WITH e AS (SELECT begin_erasure($1, $2, 'pulsectl')"
	  " AS id), told AS (SELECT audit($1, NULL, 'pulsectl',"
	  " 'person.erased', e.id::text, NULL, NULL) FROM e)"
	  " SELECT e.id FROM e, told" },
	{ "pseudonym", "SELECT pseudonym FROM erasure"
	  " WHERE org_id = $1 AND id = $2" },
	{ "set_password", "UPDATE user_account SET password_hash = $2"
	  " WHERE email = lower($1) RETURNING id" },
	{ "end_sessions", "DELETE FROM session WHERE user_id = $1" },
	{ "join_team", "INSERT INTO team_member (org_id, team_id, user_id)"
	  " SELECT $1, $2, u.id FROM user_account u WHERE u.email = lower($3)"
	  " ON CONFLICT DO NOTHING RETURNING user_id" },
	{ "is_in_team", "SELECT 1 FROM team_member t JOIN user_account u"
	  " ON u.id = t.user_id WHERE t.org_id = $1 AND t.team_id = $2"
	  " AND u.email = lower($3)" },
	{ "connect", "INSERT INTO repository AS r"
	  " (org_id, host, github_id, full_name, default_branch, url)"
	  " VALUES ($1, $2, $3, $4, nullif($5, ''), nullif($6, ''))"
	  " ON CONFLICT (org_id, host, github_id) DO UPDATE"
	  " SET full_name = excluded.full_name RETURNING id" },
	{ "attach", "SELECT attach_repository($1, $2, $3)" },
	{ "next_door",
	  "SELECT nextval(pg_get_serial_sequence('connection', 'id'))" },
	{ "create_door",
	  "INSERT INTO connection (org_id, id, host, name, secret)"
	  " OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5)" },
	{ "enter_as", "SELECT enter_as($1)" },
	{ "fold", "SELECT fold_rollups(1000000)" },
	{ "keep_partitions",
	  "SELECT keep_partitions(make_interval(days => $1))" },
	RECORD_STATEMENTS,
	{ NULL }
};

static const struct command commands[] = {
	{ "migrate", "[--check] [--sql DIR] [--one-role | --eight-roles]",
	  "bring the database to this version", run_migrate,
	  { "check", "sql=", "one-role", "eight-roles" } },
	{ "make-secrets", "", "print secrets for a new configuration",
	  run_make_secrets, { NULL } },
	{ "broker-keys", "FILE", "write the broker plugin's keys",
	  run_broker_keys, { NULL } },
	{ "setup", "[--file FILE] [--org SLUG --name NAME --email ADDRESS"
	  " --user NAME] [--frontend URL] [--database URL] [--one-role]",
	  "make a configuration, the database, the first organisation and "
	  "its owner", run_setup,
	  { "file=", "org=", "name=", "email=", "user=", "frontend=",
	    "database=", "one-role", "sql=", "password-stdin" } },
	{ "doctor", "", "look at everything, and say what to do", run_doctor,
	  { NULL } },
	{ "create-org", "SLUG --name NAME [--time-zone ZONE] [--plan PLAN]",
	  "create an organisation", run_create_org,
	  { "name=", "time-zone=", "plan=" } },
	{ "set-role", "EMAIL --org SLUG --role ROLE",
	  "make a member something else", run_set_role, { "org=", "role=" } },
	{ "set-plan", "PLAN --org SLUG",
	  "give an organisation the plan free, team or enterprise",
	  run_set_plan, { "org=" } },
	{ "create-user", "EMAIL --org SLUG --name NAME [--role ROLE]"
	  " [--password-stdin]",
	  "create a user, or give one a role in another organisation",
	  run_create_user, { "org=", "name=", "role=", "password-stdin" } },
	{ "set-password", "EMAIL [--password-stdin]",
	  "give a user a new password; ends his sessions",
	  run_set_password, { "password-stdin" } },
	{ "jobs", "[runs [JOB] | run JOB | pause JOB | resume JOB]"
	  " [--org SLUG]", "show how the jobs are, what they did, and have one "
	  "run, rest or go on", run_jobs, { "org=" } },
	{ "erase-person", "LOGIN | EMAIL --org SLUG",
	  "give a person another name in all that an organisation has",
	  run_erase_person, { "org=" } },
	{ "letters", "[EMAIL]",
	  "show the letters that wait, with their links: for where there is "
	  "no mail server", run_letters, { NULL } },
	{ "create-team", "SLUG --org SLUG --name NAME [--time-zone ZONE]",
	  "create a team", run_create_team, { "org=", "name=", "time-zone=" } },
	{ "join-team", "EMAIL --org SLUG --team SLUG",
	  "put a member into a team", run_join_team, { "org=", "team=" } },
	{ "connect", "FULL-NAME --org SLUG --github-id ID [--host HOST]"
	  " [--team SLUG] [--branch NAME]",
	  "watch a repository", run_connect,
	  { "org=", "github-id=", "host=", "team=", "branch=" } },
	{ "create-door", "--org SLUG [--host HOST] [--name NAME]",
	  "open a webhook door of one organisation", run_create_door,
	  { "org=", "host=", "name=" } },
	{ "rotate-secret", "DOOR", "give a webhook door a new secret",
	  run_rotate_secret, { NULL } },
	{ "rotate-key", "",
	  "seal all secrets again, with the key of ENCRYPTION_KEY_ID",
	  run_rotate_key, { NULL } },
	{ "import-git", "PATH --org SLUG [--team SLUG] [--name FULL-NAME]"
	  " [--days N]", "read a local clone's history", run_import_git,
	  { "org=", "team=", "name=", "days=" } },
	{ "simulate", "--org SLUG [--days N] [--seed N] [--live URL]",
	  "fill an organisation with made-up work", run_simulate,
	  { "org=", "days=", "seed=", "live=" } },
};

static void
usage(FILE *to)
{
	fprintf(to, "usage: pulsectl COMMAND …\n\n");
	for (size_t i = 0; i < COUNT(commands); i++)
		fprintf(to, "  %s %s\n\t%s\n", commands[i].name,
			commands[i].usage, commands[i].what);
}

/* "x" for a flag, "x=" for one with a value; NULL if it is unknown. */
static const char *
find_known(const struct options *options, const char *name, size_t len)
{
	for (const char *const *k = options->known; *k; k++)
		if (!strncmp(*k, name, len) &&
		    (!(*k)[len] || !strcmp(*k + len, "=")))
			return *k;
	return NULL;
}

static void
parse(struct options *options, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		const char *word = argv[i], *known;
		size_t len, n = options->count;

		if (strncmp(word, "--", 2)) {
			if (options->operand_count == COUNT(options->operands))
				die("too many operands");
			options->operands[options->operand_count++] = word;
			continue;
		}
		word += 2;
		len = strcspn(word, "=");
		known = find_known(options, word, len);
		if (!known || n == COUNT(options->names))
			die("--%.*s is not an option of this command",
			    (int)len, word);
		options->names[n] = known;
		options->values[n] = "";
		if (known[len] == '=' && word[len] == '=')
			options->values[n] = word + len + 1;
		else if (known[len] == '=' && i + 1 < argc)
			options->values[n] = argv[++i];
		else if (known[len] == '=')
			die("--%s wants a value", word);
		options->count++;
	}
}

const char *
option(const struct options *options, const char *name, const char *fallback)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < options->count; i++)
		if (!strncmp(options->names[i], name, len) &&
		    strspn(options->names[i] + len, "=") ==
		    strlen(options->names[i] + len))
			return options->values[i];
	return fallback;
}

const char *
need_option(const struct options *options, const char *name)
{
	const char *value = option(options, name, NULL);

	if (!value || !*value)
		die("--%s is missing", name);
	return value;
}

struct db *
admin_db(void)
{
	struct db_error error;
	struct db *db = db_open("admin", statements, false, 5, &error);

	if (!db || *error.state)
		die("%s", error.message);
	return db;
}

PGresult *
ask(struct db *db, const char *statement, ...)
{
	const char *values[16];
	struct call call = { statement, 0, values, NULL, 0, NULL };
	struct db_error error;
	va_list args;

	va_start(args, statement);
	while (call.count < 16 &&
	       (values[call.count] = va_arg(args, const char *)))
		call.count++;
	va_end(args);
	if (!db_run(db, &call, 1, DB_ONCE, &error))
		die("%s: %s", statement, error.message);
	return call.result;
}

int64_t
find_org(struct db *db, const char *slug)
{
	PGresult *rows = ask(db, "find_org", slug, NULL);
	int64_t id = 0;

	if (PQntuples(rows) != 1)
		die("no organisation is named \"%s\"", slug);
	text_to_int(PQgetvalue(rows, 0, 0), 1, INT64_MAX, &id);
	PQclear(rows);
	return id;
}

int
run_migrate(const struct options *options)
{
	const char *dir = option(options, "sql",
				 conf_or("PULSE_SQL_DIR", PKGDATADIR "/sql"));
	bool check = option(options, "check", NULL) != NULL;
	enum migrate_roles roles = option(options, "one-role", NULL)
		? ROLES_ONE : option(options, "eight-roles", NULL)
		? ROLES_EIGHT : ROLES_AS_BEFORE;
	struct db *db = admin_db();
	int steps = migrate(db_conn(db), dir, roles, check);

	if (!check) {
		char days[24];

		snprintf(days, sizeof(days), "%" PRId64,
			 conf_int("RETENTION_DELIVERIES", 30, 1, 36500));
		PQclear(ask(db, "keep_partitions", days, NULL));
	}
	if (!steps)
		printf("the database is up to date\n");
	db_close(db);
	return check && steps ? 1 : 0;
}

/* What was changed may be news, or end somebody's connection. */
static int
end(int status)
{
	outbox_wake();
	return status;
}

int
main(int argc, char **argv)
{
	struct options options = { 0 };

	setlocale(LC_ALL, "C.UTF-8");
	log_init("pulsectl");
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		usage(argc < 2 ? stderr : stdout);
		return argc < 2;
	}
	for (size_t i = 0; i < COUNT(commands); i++) {
		if (strcmp(commands[i].name, argv[1]))
			continue;
		options.known = commands[i].known;
		if (commands[i].run != run_setup)
			conf_load();	/* which that may have to make */
		parse(&options, argc - 2, argv + 2);
		return end(commands[i].run(&options));
	}
	usage(stderr);
	die("%s is not a command", argv[1]);
}
