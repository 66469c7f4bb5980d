/*
 * import_git.c - pulsectl import-git: a local clone's history, without a
 * network and without a token.
 *
 * Runs git log and git for-each-ref in the clone and reads what they print
 * (lib/domain/git_history.h). Run again, it adds what has come since.
 */
#include "base.h"

#include <libgen.h>
#include <sys/wait.h>
#include <unistd.h>

#include "git_history.h"
#include "ingest.h"
#include "log.h"
#include "pulsectl.h"
#include "text.h"

#define AT_ONCE 500		/* records a transaction */
#define HOST "git"

/* What git prints when run in a clone, whoever owns it. */
static void
run_git(const char *path, const char *const *arguments, struct text *out)
{
	const char *argv[16] = { "git", "-c", "safe.directory=*", "-C", path };
	size_t n = 5;
	int ends[2], status;
	ssize_t got;
	pid_t pid;

	while (*arguments && n < COUNT(argv) - 1)
		argv[n++] = *arguments++;
	if (pipe(ends) || (pid = fork()) < 0)
		die("cannot start git: %s", strerror(errno));
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp("git", (char *const *)argv);
		_exit(127);
	}
	close(ends[1]);
	do {
		text_reserve(out, 65536);
		got = read(ends[0], out->data + out->len, 65536);
		out->len += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	close(ends[0]);
	out->data[out->len] = '\0';
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("git %s failed in %s", argv[5], path);
}

/* "git@host:owner/name.git" and "https://host/owner/name" as the page's
 * address; NULL when there is none to show. */
static const char *
web_address(struct arena *arena, const char *remote)
{
	size_t len = strcspn(remote, "\n");
	const char *colon;
	char *url = arena_copy(arena, remote, len);

	if (len > 4 && !strcmp(url + len - 4, ".git"))
		url[len - 4] = '\0';
	if (!strncmp(url, "https://", 8))
		return strchr(url, '@') ? NULL : url;
	colon = strchr(url, ':');
	if (!strncmp(url, "git@", 4) && colon && colon[1] != '/')
		return arena_printf(arena, "https://%.*s/%s",
				    (int)(colon - url - 4), url + 4, colon + 1);
	return NULL;
}

static const char *
find_name(const struct options *options, struct arena *arena, const char *path,
	  const char *url)
{
	const char *named = option(options, "name", NULL), *slash;
	char resolved[PATH_MAX];

	if (named)
		return named;
	if (url && (slash = strchr(url + 8, '/')))
		return slash + 1;
	if (!realpath(path, resolved))
		die("%s: %s", path, strerror(errno));
	return arena_printf(arena, "local/%s", basename(resolved));
}

static void
read_clone(struct git_history *history, const char *path, const char *days)
{
	char since[64] = "--all-match";	/* no limit: changes nothing */
	const char *log[] = { "log", "--date-order", "--no-color",
		"--no-show-signature", "--encoding=UTF-8", "--shortstat",
		"--diff-merges=first-parent", since,
		"--format=" GIT_LOG_FORMAT, "HEAD", NULL };
	const char *tags[] = { "for-each-ref", "refs/tags",
		"--format=" GIT_TAG_FORMAT, NULL };
	struct text out = { 0 };
	const char *problem;

	if (days)
		snprintf(since, sizeof(since), "--since=%s.days.ago", days);
	run_git(path, log, &out);
	if (!git_read_commits(history, out.data, out.len, &problem))
		die("%s", problem);
	text_clear(&out);
	run_git(path, tags, &out);
	if (!git_read_tags(history, out.data, &problem))
		die("%s", problem);
	text_release(&out);
}

static void
store(struct db *db, const struct git_history *history, int64_t org,
      int64_t repo)
{
	struct db_error error;

	for (size_t i = 0; i < history->count; i += AT_ONCE) {
		size_t n = history->count - i;

		if (n > AT_ONCE)
			n = AT_ONCE;
		if (!ingest_records(db, org, repo, HOST, history->records + i,
				    n, false, &error))
			die("%s", error.message);
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r  %zu of %zu records", i + n,
				history->count);
	}
	if (isatty(STDERR_FILENO) && history->count)
		fprintf(stderr, "\n");
	PQclear(ask(db, "fold", NULL));
}

int
run_import_git(const struct options *options)
{
	const char *path = options->operand_count == 1
		? options->operands[0] : NULL;
	const char *head[] = { "rev-parse", "--abbrev-ref", "HEAD", NULL };
	const char *remote[] = { "config", "--default", "", "--get",
		"remote.origin.url", NULL };
	struct arena arena = { 0 };
	struct git_history history = { .arena = &arena };
	struct text branch = { 0 }, url = { 0 };
	struct db *db = admin_db();
	char org[24], id[24];
	const char *name;
	PGresult *rows;
	int64_t repo;

	if (!path)
		die("one operand is wanted: the clone's path");
	run_git(path, head, &branch);
	branch.data[strcspn(branch.data, "\n")] = '\0';
	run_git(path, remote, &url);
	history.url = web_address(&arena, url.data);
	name = find_name(options, &arena, path, history.url);
	read_clone(&history, path, option(options, "days", NULL));
	snprintf(org, sizeof(org), "%" PRId64,
		 find_org(db, need_option(options, "org")));
	snprintf(id, sizeof(id), "%" PRId64, git_repository_id(name));
	rows = ask(db, "connect", org, HOST, id, name, branch.data,
		   history.url ? history.url : "", NULL);
	text_to_int(PQgetvalue(rows, 0, 0), 1, INT64_MAX, &repo);
	if (option(options, "team", NULL)) {
		PGresult *team = ask(db, "find_team_of", org,
				     option(options, "team", NULL), NULL);

		if (PQntuples(team) != 1)
			die("no team is named \"%s\"",
			    option(options, "team", NULL));
		PQclear(ask(db, "attach", org, PQgetvalue(team, 0, 0),
			    PQgetvalue(rows, 0, 0), NULL));
		PQclear(team);
	}
	PQclear(rows);
	store(db, &history, strtoll(org, NULL, 10), repo);
	printf("imported %s: %zu commits, %zu records\n", name,
	       history.commit_count, history.count);
	text_release(&branch);
	text_release(&url);
	arena_release(&arena);
	db_close(db);
	return 0;
}
