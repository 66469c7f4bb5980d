/*
 * repos_coverage.c - how much of a commit the tests run.
 *
 * A build uploads the report of its tool as it is; it is read while it comes
 * (lib/domain/coverage.h), so memory does not grow with it: COVERAGE_MAX bytes
 * may come, and COVERAGE_UNPACKED come out of gzip. While it comes no
 * transaction is open. Of those that are not small two are read at a time in a
 * process; a third is told to come again, so that builds cannot take all
 * threads.
 *
 * Tables: coverage, coverage_part (sql/functions/84-coverage.sql).
 */
#include "base.h"

#include <stdatomic.h>

#include "conf.h"
#include "coverage.h"
#include "repos.h"
#include "unzip.h"

#define BODY_MAX (64 << 20)
#define UNPACKED_MAX (1 << 30)
#define SMALL (64 << 10)
#define AT_ONCE 2

#define SUMS								\
	" 'lines', c.lines, 'covered', c.covered,"			\
	" 'percent', coverage_percent(c.covered, c.lines),"		\
	" 'files', c.files"
#define COMMIT								\
	"SELECT json_build_object('sha', c.sha, 'branch', c.branch,"	\
	SUMS ", 'uploadedAt', " MOMENT("c.uploaded_at") "), c.id"	\
	" FROM coverage c WHERE c.org_id = $1 AND c.repo_id = $2"

const struct statement coverage_statements[] = {
	{ "store_coverage", "SELECT store_coverage($1, $2, $3, $4, $5, $6, $7,"
	  " $8, $9, $10, $11)" },
	{ "coverage", COMMIT " AND c.id < $3 ORDER BY c.id DESC"
	  " LIMIT $4::integer + 1" },
	{ "coverage_of_branch", COMMIT " AND c.id < $3 AND c.branch = $5"
	  " ORDER BY c.id DESC LIMIT $4::integer + 1" },
	{ "coverage_of_commit", COMMIT " AND c.sha = $3" },
	{ "coverage_files",
	  "SELECT json_build_object('path', f.path, 'part', f.part,"
	  " 'lines', f.lines, 'covered', f.covered, 'percent',"
	  " coverage_percent(f.covered, f.lines)), f.n FROM (SELECT"
	  " row_number() OVER (ORDER BY p.part, u.n) AS n, p.part, u.path,"
	  " u.lines, u.covered FROM coverage_part p, unnest(p.file_paths,"
	  " p.file_lines, p.file_covered) WITH ORDINALITY"
	  " AS u (path, lines, covered, n)"
	  " WHERE p.org_id = $1 AND p.repo_id = $2 AND p.sha = $3) f"
	  " WHERE f.n > $4 ORDER BY f.n LIMIT $5::integer + 1" },
	{ NULL }
};

static const char *const formats[] = {
	[COVERAGE_COBERTURA] = "cobertura", [COVERAGE_LCOV] = "lcov",
	[COVERAGE_GO] = "go", [COVERAGE_JSON] = "json",
};

/* What waits between the body and the report's reader. */
static bool
take_piece(void *coverage, const char *bytes, size_t len)
{
	return coverage_feed(coverage, bytes, len);
}

static bool
is_gzip(struct request *req, bool *gzip)
{
	const char *told = header(req, "Content-Encoding");

	*gzip = told && (!strcasecmp(told, "gzip") ||
			 !strcasecmp(told, "x-gzip"));
	if (!told || *gzip || !strcasecmp(told, "identity"))
		return true;
	problem(req, WRONG_TYPE, "Content-Encoding is \"%.40s\", not gzip",
		told);
	return false;
}

static bool
refuse(struct request *req, const struct unzip *unzip,
       const struct counts *counts)
{
	if (*unzip->problem)
		problem(req, unzip->too_large ? TOO_LARGE : UNREADABLE_REPORT,
			"%s", unzip->problem);
	else
		problem(req, counts->too_large ? TOO_LARGE : UNREADABLE_REPORT,
			"%s", counts->problem);
	return false;
}

static bool
read_report(struct request *req, struct coverage *coverage)
{
	struct unzip unzip = {
		.take = take_piece, .data = coverage,
		.max = (uint64_t)conf_int("COVERAGE_UNPACKED", UNPACKED_MAX, 1,
					  INT64_MAX),
	};
	char piece[32768];
	ssize_t got = 0;
	bool good;

	if (!is_gzip(req, &unzip.must))
		return false;
	do {
		good = (got = body_read(req, piece, sizeof(piece))) >= 0 &&
		       (got ? unzip_feed(&unzip, piece, (size_t)got)
			    : unzip_end(&unzip) && coverage_end(coverage));
	} while (good && got);
	if (!good && got >= 0)
		refuse(req, &unzip, coverage_counts(coverage));
	unzip_release(&unzip);
	return good;
}

static void
add_path(struct text *to, const char *path)
{
	text_add_bytes(to, "\"", 1);
	for (size_t n; *path; path += n + (path[n] != '\0')) {
		n = strcspn(path, "\"\\");
		text_add_bytes(to, path, n);
		if (path[n]) {
			text_add_bytes(to, "\\", 1);
			text_add_bytes(to, path + n, 1);
		}
	}
	text_add_bytes(to, "\"", 1);
}

static void
store(struct request *req, const char *repo, const struct counts *counts)
{
	struct text paths = { 0 }, lines = { 0 }, covered = { 0 };
	PGresult *rows;

	for (size_t i = 0; i < counts->count; i++) {
		const struct counted *file = counts->files + i;
		const char *before = i ? "," : "{";

		text_add(&paths, before);
		add_path(&paths, file->path);
		text_addf(&lines, "%s%" PRId64, before, file->lines);
		text_addf(&covered, "%s%" PRId64, before, file->covered);
	}
	text_add(&paths, "}");
	text_add(&lines, "}");
	text_add(&covered, "}");
	rows = db_query(req, "store_coverage", repo, param(req, "sha"),
			param(req, "branch"), param(req, "part"),
			param(req, "format"),
			arena_printf(&req->arena, "%" PRId64, counts->lines),
			arena_printf(&req->arena, "%" PRId64, counts->covered),
			paths.data, lines.data, covered.data);
	text_release(&paths);
	text_release(&lines);
	text_release(&covered);
	reply_row(req, rows, 201);
}

static void
read_and_store(struct request *req, const char *repo)
{
	struct coverage *coverage;
	size_t format = 0;

	while (strcmp(formats[format], param(req, "format")))
		format++;
	coverage = coverage_open((enum coverage_format)format,
				 param(req, "root"));
	if (read_report(req, coverage))
		store(req, repo, coverage_counts(coverage));
	coverage_close(coverage);
}

static void
take_coverage(struct request *req)
{
	static atomic_int reading;
	struct reported_to to;
	int large;

	if (!reports_to(req, "", &to) ||
	    !body_open(req, (uint64_t)conf_int("COVERAGE_MAX", BODY_MAX, 1,
					       INT64_MAX)))
		return;
	large = req->body_told > SMALL;
	if (atomic_fetch_add(&reading, large) >= AT_ONCE && large)
		problem_later(req, BUSY, 5);
	else
		read_and_store(req, to.repo);
	atomic_fetch_sub(&reading, large);
}

static void
list_coverage(struct request *req)
{
	const char *branch = param(req, "branch");

	if (!sees_repository(req))
		return;
	if (*branch)
		reply_page(req, db_query(req, "coverage_of_branch",
			param(req, "repo"), param(req, "cursor"),
			param(req, "limit"), branch));
	else
		reply_page(req, db_query(req, "coverage", param(req, "repo"),
			param(req, "cursor"), param(req, "limit")));
}

static void
list_files(struct request *req)
{
	const char *repo = param(req, "repo"), *sha = param(req, "sha");
	PGresult *rows;

	if (!sees_repository(req))
		return;
	rows = db_query(req, "coverage_of_commit", repo, sha);
	if (rows && !PQntuples(rows))
		problem(req, NOT_FOUND, "nobody has reported on \"%s\"", sha);
	else if (rows)
		reply_page(req, db_query(req, "coverage_files", repo, sha,
					 param(req, "cursor"),
					 param(req, "limit")));
}

const struct route coverage_routes[] = {
	{ "POST", "/repos/{repo}/coverage", CONNECT, take_coverage,
	  "Upload a coverage report, plain or gzip: Cobertura's XML, lcov's "
	  "tracefile, Go's profile, JSON of Istanbul or coverage.py",
	  "CoverageSums", {
		{ "repo", is_id },
		{ "sha", is_commit, NULL, "The commit that was tested" },
		{ "format", is_coverage_format },
		{ "branch", is_words, "" },
		{ "part", is_words, "",
		  "Which of several reports on one commit; what comes again "
		  "replaces it" },
		{ "root", is_words, "",
		  "What the report's paths begin with and is not of the "
		  "repository" } },
	  .raw_body = BODY_MAX, .streams = true, .status = 201,
	  .raw_types = "text/plain,application/xml,application/json,"
		"application/gzip,application/octet-stream",
	  .token = BY_REPOSITORY },
	{ "GET", "/repos/{repo}/coverage", SEE, list_coverage,
	  "Coverage by commit, the newest first", "CoveragePage", {
		{ "repo", is_id }, { "branch", is_words, "" },
		{ "limit", is_limit, "50" },
		{ "cursor", is_event_id, LAST_ID } } },
	{ "GET", "/repos/{repo}/coverage/{sha}", SEE, list_files,
	  "Coverage of a commit's files", "CoverageFilePage", {
		{ "repo", is_id }, { "sha", is_commit },
		{ "limit", is_limit, "100" },
		{ "cursor", is_event_id, "0" } } },
	{ NULL }
};
