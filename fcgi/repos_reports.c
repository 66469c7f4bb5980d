/*
 * repos_reports.c - what tools report: deployments, incidents, pull requests of
 * other forges.
 *
 * A report that is sent again is answered as the first time and changes
 * nothing: it is known by its Idempotency-Key, or without one by what it says.
 * With a key that came with other content it is refused. Deployments and pull
 * requests become the records and lines of the feed that a webhook gives
 * (lib/domain/report.h).
 *
 * Tables: report, incident, and those of lib/ingest
 * (sql/functions/85-reports.sql).
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "outbox.h"
#include "records_sql.h"
#include "report.h"
#include "repos.h"
#include "tell.h"

#define REPORTS_TO(which)						\
	"SELECT r.id, r.host, CASE WHEN token_repository() IS NULL"	\
	" THEN " SEES_REPOSITORY " ELSE r.id = token_repository() END,"	\
	" tier_of($1, $3) FROM repository r WHERE r.org_id = $1"	\
	" AND " which " AND NOT r.deleted ORDER BY r.id LIMIT 2"

const struct statement report_statements[] = {
	{ "reports_to", REPORTS_TO("r.id = $2") },
	{ "reports_to_name", REPORTS_TO("r.full_name = $2") },
	{ "begin_report", "SELECT fresh, answer"
	  " FROM begin_report($1, $2, $3::bytea, $4)" },
	{ "store_incident", "SELECT store_incident($1, $2, $3, $4, $5, $6, $7,"
	  " $8, $9, $10, $11)" },
	RECORD_STATEMENTS,
	{ NULL }
};

bool
reports_to(struct request *req, const char *environment,
	   struct reported_to *to)
{
	const char *repo = param(req, "repo");
	PGresult *rows = db_query(req, strchr(repo, '/') ? "reports_to_name"
				  : "reports_to", repo, environment);

	if (!rows)
		return false;
	if (!PQntuples(rows))
		problem(req, NOT_FOUND, "no repository is \"%s\"", repo);
	else if (PQntuples(rows) > 1)
		problem_field(req, "repo", "is the name of several: say the "
			      "id");
	else if (*row_text(rows, 0, 2) != 't')
		problem(req, FORBIDDEN, req->repository_token
			? "the token is another repository's"
			: "no team of yours has this repository");
	else
		*to = (struct reported_to){ row_text(rows, 0, 0),
			row_text(rows, 0, 1), row_text(rows, 0, 3) };
	return !req->answered;
}

static int64_t
moment(struct request *req, const char *name)
{
	const char *text = param(req, name);
	int64_t at;

	return time_parse(text, strlen(text), &at) ? at : TIME_ABSENT;
}

static int64_t
number(struct request *req, const char *name)
{
	int64_t value;

	return text_to_int(param(req, name), 0, INT64_MAX, &value)
		? value : JSON_NO_INT;
}

static const char *
text_or_null(struct request *req, const char *name)
{
	const char *text = param(req, name);

	return *text ? text : NULL;
}

/* What a report says and by what it is known. */
struct known_by {
	const char *key;
	char content[SECRET_HASH];
};

static bool
know_report(struct request *req, struct known_by *known)
{
	const char *key = header(req, "Idempotency-Key");
	unsigned char digest[HASH_SIZE];
	struct text all = { 0 };

	if (key && (!*key || strlen(key) > 255)) {
		problem_field(req, "Idempotency-Key",
			      "is not of 1 to 255 bytes");
		return false;
	}
	for (const struct param *p = req->route->params; p->name; p++)
		text_addf(&all, "%s=%s%c", p->name, param(req, p->name), 0);
	sha256(all.data, all.len, digest);
	text_release(&all);
	memcpy(known->content, "\\x", 2);
	hex_encode(known->content + 2, digest, sizeof(digest));
	known->key = arena_printf(&req->arena, "%s %s %s", req->route->path,
				  key ? "key" : "content",
				  key ? key : known->content + 2);
	for (const unsigned char *p = (const unsigned char *)known->key; *p;
	     p++)
		if (*p < 0x20 || *p > 0x7e) {
			problem_field(req, "Idempotency-Key",
				      "is not of ASCII characters");
			return false;
		}
	return true;
}

/* Run the calls behind calls[1], which begins the report; then answer. */
static void
store_report(struct request *req, struct call *calls, size_t count,
	     const char *org, const char *answer)
{
	struct known_by known;
	const char *values[] = { org, NULL, known.content, answer };
	const PGresult *rows;

	if (!know_report(req, &known))
		return;
	values[1] = known.key;
	calls[1] = (struct call){ "begin_report", 4, values, NULL, 0, NULL };
	if (!db_query_all(req, calls, count))
		return;
	if (records_are_news(calls, count))
		outbox_wake();
	rows = calls[1].result;
	reply_json(req, *row_text(rows, 0, 0) == 't' ? 201 : 200, "%s",
		   row_text(rows, 0, 1));
}

static void
store_records(struct request *req, const struct reported_to *to,
	      const struct record *records, size_t count, const char *answer)
{
	struct record_columns *columns = xcalloc(1, sizeof(*columns));
	struct record_call parameters[RECORD_CALLS];
	struct call calls[2 + RECORD_CALLS];
	int64_t repo = strtoll(to->repo, NULL, 10), live_since = time_now() -
		conf_int("LIVE_WINDOW", 300, 0, INT32_MAX) * 1000;
	char org[24];

	snprintf(org, sizeof(org), "%" PRId64, req->token.org);
	for (size_t i = 0; i < count; i++)
		records_add(columns, records + i, 0, repo, to->host,
			    live_since);
	store_report(req, calls, 2 + records_calls(columns, org, calls + 2,
						   parameters), org, answer);
	records_release(columns);
	free(columns);
}

static const char *
quoted_moment(struct request *req, int64_t at)
{
	char text[TIME_TEXT];

	return at == TIME_ABSENT ? "null"
		: quoted(req, time_format(at, text));
}

static void
take_deployment(struct request *req)
{
	struct deployment_report report = {
		.id = text_or_null(req, "id"),
		.environment = param(req, "environment"),
		.sha = param(req, "sha"), .status = param(req, "status"),
		.ref = text_or_null(req, "ref"),
		.author = text_or_null(req, "author"),
		.url = text_or_null(req, "url"),
		.started_at = moment(req, "startedAt"),
		.finished_at = moment(req, "finishedAt"),
	};
	struct record records[REPORT_RECORDS];
	struct reported_to to;
	size_t count;

	if (!reports_to(req, report.environment, &to))
		return;
	if (!*report.environment)
		problem_field(req, "environment", "is empty");
	if (report.finished_at != TIME_ABSENT &&
	    report.finished_at < report.started_at)
		problem_field(req, "finishedAt", "is before startedAt");
	if (req->answered)
		return;
	count = report_deployment(&req->arena, &report, records);
	store_records(req, &to, records, count, arena_printf(&req->arena,
		"{\"id\":%s,\"repo\":\"%s\",\"sha\":\"%s\",\"environment\":%s,"
		"\"tier\":\"%s\",\"status\":\"%s\",\"startedAt\":%s,"
		"\"finishedAt\":%s}", quoted(req, report.id), to.repo,
		report.sha, quoted(req, report.environment), to.tier,
		report.status, quoted_moment(req, report.started_at),
		quoted_moment(req, report.finished_at)));
}

/* The moments that a state has: those of another are not told. */
static bool
check_state(struct request *req, const struct pull_request *pr)
{
	bool merged = !strcmp(pr->state, "merged");

	if (merged != (pr->merged_at != TIME_ABSENT))
		problem_field(req, "mergedAt", merged
			      ? "is required of what is merged"
			      : "is told of what is not merged");
	if (!strcmp(pr->state, "closed") && pr->closed_at == TIME_ABSENT)
		problem_field(req, "closedAt", "is required of what is closed");
	if (pr->updated_at < pr->created_at)
		problem_field(req, "updatedAt", "is before createdAt");
	if (pr->number == JSON_NO_INT || !pr->number)
		problem_field(req, "number", "is not above zero");
	return !req->answered;
}

static void
read_pull_request(struct request *req, struct pull_request *pr)
{
	const char *author = text_or_null(req, "author");
	const char *draft = param(req, "draft");

	*pr = (struct pull_request){
		.number = number(req, "number"), .github_id = JSON_NO_INT,
		.title = param(req, "title"), .state = param(req, "state"),
		.draft = !*draft ? -1 : *draft == 't',
		.author = { author, JSON_NO_INT, login_is_bot(author), NULL },
		.created_at = moment(req, "createdAt"),
		.updated_at = moment(req, "updatedAt"),
		.closed_at = moment(req, "closedAt"),
		.merged_at = moment(req, "mergedAt"),
		.merge_sha = text_or_null(req, "mergeSha"),
		.head_ref = text_or_null(req, "headRef"),
		.head_sha = text_or_null(req, "headSha"),
		.base_ref = text_or_null(req, "baseRef"),
		.url = text_or_null(req, "url"), .reverts = JSON_NO_INT,
		.full = *param(req, "additions") != '\0',
		.additions = number(req, "additions"),
		.deletions = number(req, "deletions"),
		.changed_files = number(req, "changedFiles"),
		.commits = number(req, "commits"),
		.merged_by = text_or_null(req, "mergedBy"),
	};
	if (pr->closed_at == TIME_ABSENT)
		pr->closed_at = pr->merged_at;
}

static void
take_pull_request(struct request *req)
{
	struct pull_request *pr = arena_zalloc(&req->arena, sizeof(*pr));
	struct record records[REPORT_RECORDS];
	struct reported_to to;
	size_t count;

	if (!reports_to(req, "", &to))
		return;
	if (!strcmp(to.host, "github.com")) {
		problem_field(req, "repo", "is at GitHub, which tells of its "
			      "pull requests itself");
		return;
	}
	read_pull_request(req, pr);
	if (!check_state(req, pr))
		return;
	count = report_pull_request(&req->arena, pr, records);
	store_records(req, &to, records, count, arena_printf(&req->arena,
		"{\"repo\":\"%s\",\"number\":%" PRId64 ",\"title\":%s,"
		"\"state\":\"%s\",\"createdAt\":%s,\"updatedAt\":%s,"
		"\"mergedAt\":%s}", to.repo, pr->number, quoted(req, pr->title),
		pr->state, quoted_moment(req, pr->created_at),
		quoted_moment(req, pr->updated_at),
		quoted_moment(req, pr->merged_at)));
}

static void
take_incident(struct request *req)
{
	int64_t started = moment(req, "startedAt");
	int64_t resolved = moment(req, "resolvedAt");
	const char *id = text_or_null(req, "id"), *org = arena_printf(
		&req->arena, "%" PRId64, req->token.org);
	char began[TIME_TEXT], ended[TIME_TEXT];
	const char *values[11];
	struct call calls[3];

	if (resolved != TIME_ABSENT && resolved < started) {
		problem_field(req, "resolvedAt", "is before startedAt");
		return;
	}
	time_format(started, began);
	if (!id)
		id = report_name(&req->arena, param(req, "title"),
				 param(req, "service"), began, NULL);
	memcpy(values, (const char *[]){ org, REPORT_SOURCE, id,
		param(req, "title"), param(req, "severity"),
		text_or_null(req, "service"), text_or_null(req, "url"), began,
		resolved == TIME_ABSENT ? NULL : time_format(resolved, ended),
		text_or_null(req, "causedBySha"),
		/* Once resolved, it is later than it was. */
		arena_printf(&req->arena, "%" PRId64, resolved == TIME_ABSENT
			? record_version(started, 0)
			: record_version(resolved, 1)) }, sizeof(values));
	calls[2] = (struct call){ "store_incident", 11, values, NULL, 0, NULL };
	store_report(req, calls, 3, org, arena_printf(&req->arena,
		"{\"id\":%s,\"title\":%s,\"severity\":\"%s\",\"service\":%s,"
		"\"startedAt\":%s,\"resolvedAt\":%s}", quoted(req, id),
		quoted(req, param(req, "title")), param(req, "severity"),
		quoted(req, text_or_null(req, "service")),
		quoted_moment(req, started), quoted_moment(req, resolved)));
}

const struct route report_routes[] = {
	{ "POST", "/deployments", CONNECT, take_deployment,
	  "Report a deployment", "ReportedDeployment", {
		{ "repo", is_repository, NULL, "Its id or owner/name" },
		{ "sha", is_commit }, { "environment", is_words },
		{ "status", is_deployment_state },
		{ "startedAt", is_moment }, { "finishedAt", is_moment, "" },
		{ "id", is_words, "", "The tool's own: reports of one id are "
		  "of one deployment" },
		{ "ref", is_words, "" }, { "author", is_words, "" },
		{ "url", is_link, "" } },
	  .status = 201, .keyed = true, .token = BY_REPOSITORY },
	{ "POST", "/incidents", CONNECT, take_incident,
	  "Report an incident, or that it is over",
	  "ReportedIncident", {
		{ "title", is_title }, { "severity", is_severity },
		{ "startedAt", is_moment }, { "resolvedAt", is_moment, "" },
		{ "service", is_words, "" }, { "url", is_link, "" },
		{ "causedBySha", is_commit, "" }, { "id", is_words, "" } },
	  .status = 201, .keyed = true },
	{ "POST", "/pull-requests", CONNECT, take_pull_request,
	  "Report a pull request of another forge",
	  "ReportedPullRequest", {
		{ "repo", is_repository, NULL, "Its id or owner/name" },
		{ "number", is_count }, { "title", is_words },
		{ "state", is_pull_request_state },
		{ "author", is_words, "" }, { "createdAt", is_moment },
		{ "updatedAt", is_moment }, { "closedAt", is_moment, "" },
		{ "mergedAt", is_moment, "" }, { "mergedBy", is_words, "" },
		{ "mergeSha", is_commit, "" }, { "headRef", is_words, "" },
		{ "headSha", is_commit, "" }, { "baseRef", is_words, "" },
		{ "url", is_link, "" }, { "draft", is_yes, "" },
		{ "additions", is_count, "" }, { "deletions", is_count, "" },
		{ "changedFiles", is_count, "" },
		{ "commits", is_count, "" } },
	  .status = 201, .keyed = true, .token = BY_REPOSITORY },
	{ NULL }
};
