/*
 * records_sql.c - records into the database: which field is which parameter.
 *
 * Each kind of record has a row in `kinds` with its statement and its
 * parameters behind the first ($1, the organisation), in the order of the
 * function's in sql/functions/40-records.sql. A test calls each once, so that
 * the two cannot part.
 *
 * The digest is over the bytes of the fields as they are sent (FNV-1a, 64
 * bits): it settles which of two tellings with the same version stays. When a
 * telling came (LIVE, PLACE) has no part in it.
 */
#include "records_sql.h"

enum source {
	BOOL, INT4, INT8, TEXT, TIME,	/* of the record's struct */
	PLACE, REPO, HOST, VERSION, DIGEST, LIVE
};

struct parameter {
	enum source source;
	size_t offset;
};

#define F(source, type, member) { source, offsetof(struct type, member) }
#define BEGIN { PLACE, 0 }, { REPO, 0 }
#define END { VERSION, 0 }, { DIGEST, 0 }, { -1, 0 }
#define AUTHOR(type) F(TEXT, type, author.login), F(INT8, type, author.id), \
	F(BOOL, type, author.bot)
#define P static const struct parameter

P repository[] = {
	BEGIN, F(TEXT, repository, full_name),
	F(TEXT, repository, default_branch), F(TEXT, repository, url),
	F(BOOL, repository, private), F(BOOL, repository, archived),
	F(BOOL, repository, deleted), END
};
P commit[] = {
	BEGIN, F(TEXT, commit, sha), F(TEXT, commit, author.login),
	F(TEXT, commit, author_name), F(TEXT, commit, author_email),
	F(BOOL, commit, author.bot), F(TEXT, commit, message),
	F(TIME, commit, authored_at), F(TIME, commit, committed_at),
	F(BOOL, commit, on_default), F(INT4, commit, parents),
	F(INT4, commit, additions), F(INT4, commit, deletions),
	F(TEXT, commit, reverts), END
};
P pull_request[] = {
	BEGIN, F(INT8, pull_request, number),
	F(INT8, pull_request, github_id), F(TEXT, pull_request, title),
	F(TEXT, pull_request, state), F(BOOL, pull_request, draft),
	AUTHOR(pull_request), F(TIME, pull_request, created_at),
	F(TIME, pull_request, updated_at), F(TIME, pull_request, closed_at),
	F(TIME, pull_request, merged_at), F(TEXT, pull_request, merge_sha),
	F(TEXT, pull_request, head_ref), F(TEXT, pull_request, head_sha),
	F(TEXT, pull_request, base_ref), F(TEXT, pull_request, url),
	F(INT8, pull_request, reverts),
	F(BOOL, pull_request, full), F(INT4, pull_request, additions),
	F(INT4, pull_request, deletions),
	F(INT4, pull_request, changed_files),
	F(INT4, pull_request, commits), F(TEXT, pull_request, merged_by), END
};
P review[] = {
	BEGIN, F(INT8, review, github_id), F(INT8, review, number),
	AUTHOR(review), F(TEXT, review, state), F(TIME, review, submitted_at),
	F(TEXT, review, sha), F(TEXT, review, url), END
};
P comment[] = {
	BEGIN, F(TEXT, comment, place), F(INT8, comment, github_id),
	F(INT8, comment, number), AUTHOR(comment),
	F(TIME, comment, created_at), F(TIME, comment, updated_at),
	F(BOOL, comment, deleted), F(TEXT, comment, url), END
};
P issue[] = {
	BEGIN, F(INT8, issue, number), F(INT8, issue, github_id),
	F(TEXT, issue, title), F(TEXT, issue, state), AUTHOR(issue),
	F(TIME, issue, created_at), F(TIME, issue, updated_at),
	F(TIME, issue, closed_at), F(BOOL, issue, deleted),
	F(TEXT, issue, url), END
};
P deployment[] = {
	BEGIN, F(TEXT, deployment, source), F(TEXT, deployment, external_id),
	F(TEXT, deployment, environment), F(TEXT, deployment, sha),
	F(TEXT, deployment, ref), F(TEXT, deployment, task),
	AUTHOR(deployment), F(TIME, deployment, created_at),
	F(TEXT, deployment, url), END
};
P deployment_status[] = {
	BEGIN, F(INT8, deployment_status, github_id),
	F(TEXT, deployment_status, source),
	F(TEXT, deployment_status, external_id),
	F(TEXT, deployment_status, state),
	F(TIME, deployment_status, created_at), END
};
P release[] = {
	BEGIN, F(TEXT, release, source), F(TEXT, release, external_id),
	F(TEXT, release, tag), F(TEXT, release, name), F(TEXT, release, url),
	AUTHOR(release), F(BOOL, release, draft),
	F(BOOL, release, prerelease), F(BOOL, release, deleted),
	F(TIME, release, created_at), F(TIME, release, published_at), END
};
P build[] = {
	BEGIN, F(TEXT, build, kind), F(TEXT, build, external_id),
	F(INT4, build, attempt), F(TEXT, build, name), F(TEXT, build, sha),
	F(TEXT, build, branch), F(TEXT, build, status),
	F(TEXT, build, conclusion), F(TEXT, build, url),
	F(TIME, build, started_at), F(TIME, build, completed_at),
	F(TIME, build, updated_at), END
};
P git_ref[] = {
	BEGIN, F(TEXT, git_ref, kind), F(TEXT, git_ref, name),
	F(BOOL, git_ref, present), F(TIME, git_ref, changed_at),
	F(TEXT, git_ref, sha), END
};
P provider_account[] = {
	{ PLACE, 0 }, { HOST, 0 }, F(INT8, provider_account, github_id),
	F(TEXT, provider_account, login), F(TEXT, provider_account, name),
	F(TEXT, provider_account, avatar_url),
	F(BOOL, provider_account, bot), END
};
P installation[] = {
	{ PLACE, 0 }, { HOST, 0 }, F(INT8, installation, github_id),
	F(TEXT, installation, account), F(TEXT, installation, state),
	F(TIME, installation, updated_at), END
};
P jira_project[] = {
	BEGIN, F(INT8, jira_project, id), F(TEXT, jira_project, key),
	F(TEXT, jira_project, name), F(BOOL, jira_project, deleted), END
};
P jira_status[] = {
	BEGIN, F(INT8, jira_status, id), F(TEXT, jira_status, name),
	F(TEXT, jira_status, category), END
};
P jira_account[] = {
	BEGIN, F(TEXT, jira_account, id), F(TEXT, jira_account, name), END
};
P jira_sprint[] = {
	BEGIN, F(INT8, jira_sprint, id), F(INT8, jira_sprint, board_id),
	F(TEXT, jira_sprint, name), F(TEXT, jira_sprint, state),
	F(TIME, jira_sprint, started_at), F(TIME, jira_sprint, ends_at),
	F(TIME, jira_sprint, completed_at), F(BOOL, jira_sprint, deleted),
	F(TIME, jira_sprint, told_at), END
};
P jira_issue[] = {
	BEGIN, F(INT8, jira_issue, id), F(TEXT, jira_issue, key),
	F(INT8, jira_issue, project_id), F(TEXT, jira_issue, summary),
	F(TEXT, jira_issue, type), F(BOOL, jira_issue, subtask),
	F(INT8, jira_issue, status_id), F(TEXT, jira_issue, priority),
	F(TEXT, jira_issue, assignee), F(TEXT, jira_issue, reporter),
	F(TEXT, jira_issue, points), F(INT8, jira_issue, parent_id),
	F(TEXT, jira_issue, sprints), F(TEXT, jira_issue, links),
	F(TIME, jira_issue, created_at), F(TIME, jira_issue, updated_at),
	F(TIME, jira_issue, resolved_at), F(BOOL, jira_issue, deleted), END
};
P jira_change[] = {
	BEGIN, F(INT8, jira_change, issue_id),
	F(INT8, jira_change, history_id), F(TEXT, jira_change, field),
	F(TIME, jira_change, at), F(TEXT, jira_change, author),
	F(TEXT, jira_change, from_id), F(TEXT, jira_change, from_text),
	F(TEXT, jira_change, to_id), F(TEXT, jira_change, to_text), END
};
P jira_worklog[] = {
	BEGIN, F(INT8, jira_worklog, id), F(INT8, jira_worklog, issue_id),
	F(TEXT, jira_worklog, author), F(TIME, jira_worklog, started_at),
	F(INT8, jira_worklog, seconds), F(TIME, jira_worklog, updated_at),
	F(BOOL, jira_worklog, deleted), END
};
P event[] = {
	BEGIN, F(TEXT, happening, type), F(TEXT, happening, key),
	F(TIME, happening, at), F(TEXT, happening, author),
	F(TEXT, happening, middle), F(TEXT, happening, end),
	F(LIVE, happening, live), END
};

#define EVENT RECORD_KINDS

/* In the order in which they are stored: a deployment before its statuses,
 * the repository's new name before the lines that bear it. */
static const struct {
	const char *statement;
	const struct parameter *parameters;
} kinds[] = {
	[RECORD_REPOSITORY] = { "store_repositories", repository },
	[RECORD_COMMIT] = { "store_commits", commit },
	[RECORD_PULL_REQUEST] = { "store_pull_requests", pull_request },
	[RECORD_REVIEW] = { "store_reviews", review },
	[RECORD_COMMENT] = { "store_comments", comment },
	[RECORD_ISSUE] = { "store_issues", issue },
	[RECORD_DEPLOYMENT] = { "store_deployments", deployment },
	[RECORD_DEPLOYMENT_STATUS] = { "store_deployment_statuses",
				       deployment_status },
	[RECORD_RELEASE] = { "store_releases", release },
	[RECORD_BUILD] = { "store_builds", build },
	[RECORD_GIT_REF] = { "store_git_refs", git_ref },
	[RECORD_PROVIDER_ACCOUNT] = { "store_provider_accounts",
				      provider_account },
	[RECORD_INSTALLATION] = { "store_installations", installation },
	[RECORD_JIRA_PROJECT] = { "store_jira_projects", jira_project },
	[RECORD_JIRA_STATUS] = { "store_jira_statuses", jira_status },
	[RECORD_JIRA_ACCOUNT] = { "store_jira_accounts", jira_account },
	[RECORD_JIRA_SPRINT] = { "store_jira_sprints", jira_sprint },
	[RECORD_JIRA_ISSUE] = { "store_jira_issues", jira_issue },
	[RECORD_JIRA_CHANGE] = { "store_jira_changes", jira_change },
	[RECORD_JIRA_WORKLOG] = { "store_jira_worklogs", jira_worklog },
	[EVENT] = { "store_events", event },
};

static const enum column_type type_of[] = {
	[BOOL] = COLUMN_BOOL, [INT4] = COLUMN_INT4, [INT8] = COLUMN_INT8,
	[TEXT] = COLUMN_TEXT, [TIME] = COLUMN_TIME, [PLACE] = COLUMN_INT4,
	[REPO] = COLUMN_INT8, [HOST] = COLUMN_TEXT, [VERSION] = COLUMN_INT8,
	[DIGEST] = COLUMN_INT8, [LIVE] = COLUMN_BOOL,
};

/* What stands around a record's own fields. */
struct context {
	int d;
	int64_t repo, version;
	const char *host;
};

static void
add_int_or_null(struct column *column, int64_t value, int64_t absent)
{
	if (value == absent)
		column_add_null(column);
	else
		column_add_int(column, value);
}

static void
add_field(struct column *column, const struct parameter *p, const char *data,
	  const struct context *around, uint64_t digest)
{
	const char *at = data + p->offset;

	column->type = type_of[p->source];
	switch (p->source) {
	case BOOL:
	case LIVE:
		if (*(const signed char *)at < 0)
			column_add_null(column);
		else
			column_add_bool(column, *at);
		break;
	case INT4:
	case INT8:
		add_int_or_null(column, *(const int64_t *)(const void *)at,
				JSON_NO_INT);
		break;
	case TIME:
		if (*(const int64_t *)(const void *)at == TIME_ABSENT)
			column_add_null(column);
		else
			column_add_time(column,
				*(const int64_t *)(const void *)at);
		break;
	case TEXT:
		column_add_text(column, *(char *const *)(const void *)at);
		break;
	case PLACE: column_add_int(column, around->d); break;
	case REPO: add_int_or_null(column, around->repo, 0); break;
	case HOST: column_add_text(column, around->host); break;
	case VERSION: column_add_int(column, around->version); break;
	case DIGEST: column_add_int(column, (int64_t)digest); break;
	}
}

static uint64_t
fnv(uint64_t hash, const char *bytes, size_t len)
{
	while (len--)
		hash = (hash ^ (unsigned char)*bytes++) * 1099511628211u;
	return hash;
}

static void
add_row(struct column *columns, const struct parameter *parameters,
	const void *data, const struct context *around)
{
	uint64_t digest = 14695981039346656037u;

	for (size_t i = 0; (int)parameters[i].source >= 0; i++) {
		struct column *column = columns + i;
		size_t before = column->count ? column->data.len : 20;

		add_field(column, parameters + i, data, around, digest);
		if (parameters[i].source <= TIME)
			digest = fnv(digest, column->data.data + before,
				     column->data.len - before);
	}
}

void
records_add_line(struct record_columns *to, const struct record *record,
		 int d, int64_t repo, int64_t live_since)
{
	struct context around = { d, repo, record->version, NULL };
	struct happening line = *record->happening;

	line.live = line.heard_at >= live_since;
	add_row(to->columns[EVENT], kinds[EVENT].parameters, &line, &around);
}

void
records_add_quiet(struct record_columns *to, const struct record *record,
		  int d, int64_t repo, const char *host)
{
	struct context around = { d, repo, record->version, host };

	add_row(to->columns[record->kind], kinds[record->kind].parameters,
		record->data, &around);
}

void
records_add(struct record_columns *to, const struct record *record, int d,
	    int64_t repo, const char *host, int64_t live_since)
{
	records_add_quiet(to, record, d, repo, host);
	if (record->happening)
		records_add_line(to, record, d, repo, live_since);
}

bool
records_are_news(const struct call *calls, size_t count)
{
	/* The lines are behind all else. */
	const struct call *last = calls + count - 1;

	return count && !strcmp(last->statement, kinds[EVENT].statement) &&
	       strcmp(PQgetvalue(last->result, 0, 0), "0");
}

size_t
records_calls(struct record_columns *from, const char *org,
	      struct call *calls, struct record_call *parameters)
{
	size_t n = 0;

	for (size_t kind = 0; kind < COUNT(kinds); kind++) {
		struct column *columns = from->columns[kind];
		struct record_call *p = parameters + n;
		int count = 1;

		if (!columns->count)
			continue;
		p->values[0] = org;
		p->lengths[0] = 0;
		for (; (int)kinds[kind].parameters[count - 1].source >= 0;
		     count++)
			p->values[count] = column_value(columns + count - 1,
							p->lengths + count);
		calls[n++] = (struct call){
			.statement = kinds[kind].statement,
			.count = count,
			.values = p->values,
			.lengths = p->lengths,
			.binary = ~UINT64_C(1),
		};
	}
	return n;
}

void
records_clear(struct record_columns *columns)
{
	for (size_t kind = 0; kind < COUNT(kinds); kind++)
		for (int i = 0; i < PARAMETERS_MAX; i++)
			column_clear(columns->columns[kind] + i);
}

void
records_release(struct record_columns *columns)
{
	for (size_t kind = 0; kind < COUNT(kinds); kind++)
		for (int i = 0; i < PARAMETERS_MAX; i++)
			column_release(columns->columns[kind] + i);
}
