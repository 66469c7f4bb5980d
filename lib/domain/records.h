/*
 * records.h - what a software organisation does, as Pulse keeps it.
 *
 * A reader (github.h, later Jira and git) turns what a provider says into
 * these records; lib/ingest writes them. The same history, whichever way it
 * comes, in whatever order, gives the same records in the end: each carries a
 * `version`, and of two versions of one record the higher stays. Equal
 * versions with different content are settled by a digest of the content, so
 * that even then the order of arrival does not matter.
 *
 * Times are milliseconds since 1970 (TIME_ABSENT: not known), numbers that
 * may be missing are JSON_NO_INT, text that may be missing is NULL, flags that
 * may be missing are -1. All text is clean UTF-8 of bounded length. Memory is
 * the arena's that the reader was given.
 */
#ifndef PULSE_RECORDS_H
#define PULSE_RECORDS_H

#include "arena.h"
#include "base.h"
#include "clock.h"
#include "json.h"

/* One row an enum of kinds; the name is the table's in sql/schema.sql. */
enum record_kind {
	RECORD_REPOSITORY, RECORD_COMMIT, RECORD_PULL_REQUEST, RECORD_REVIEW,
	RECORD_COMMENT, RECORD_ISSUE, RECORD_DEPLOYMENT,
	RECORD_DEPLOYMENT_STATUS, RECORD_RELEASE, RECORD_BUILD, RECORD_GIT_REF,
	RECORD_PROVIDER_ACCOUNT, RECORD_INSTALLATION,
	RECORD_JIRA_PROJECT, RECORD_JIRA_STATUS, RECORD_JIRA_ACCOUNT,
	RECORD_JIRA_SPRINT, RECORD_JIRA_ISSUE, RECORD_JIRA_CHANGE,
	RECORD_JIRA_WORKLOG,
	RECORD_KINDS
};

/* Who did something, at a provider. A bot never stops a clock (METRICS.md). */
struct author {
	const char *login;
	int64_t id;
	signed char bot;
	const char *avatar_url;
};

struct repository {
	int64_t github_id;
	const char *full_name, *default_branch, *url;
	signed char private, archived, deleted;
};

struct commit {
	const char *sha;
	struct author author;		/* login NULL: not an account */
	const char *author_name, *author_email;
	const char *message;
	int64_t authored_at, committed_at;
	signed char on_default;		/* 1: on the default branch */
	int64_t parents, additions, deletions;
	const char *reverts;		/* sha of the commit it takes back */
};

struct pull_request {
	int64_t number, github_id;
	const char *title, *state;	/* open, closed, merged */
	signed char draft;
	struct author author;
	int64_t created_at, updated_at, closed_at, merged_at;
	const char *merge_sha, *head_ref, *head_sha, *base_ref, *url;
	int64_t reverts;		/* number of what it takes back */
	/* Only the full form of a pull request says these. */
	signed char full;
	int64_t additions, deletions, changed_files, commits;
	const char *merged_by;
};

struct review {
	int64_t github_id, number;	/* number of the pull request */
	struct author author;
	const char *state;		/* approved, changes_requested, … */
	int64_t submitted_at;
	const char *sha, *url;
};

struct comment {
	const char *place;		/* issue, review: spaces of ids */
	int64_t github_id, number;
	struct author author;
	int64_t created_at, updated_at;
	signed char deleted;
	const char *url;
};

struct issue {
	int64_t number, github_id;
	const char *title, *state;	/* open, closed */
	struct author author;
	int64_t created_at, updated_at, closed_at;
	signed char deleted;
	const char *url;
};

struct deployment {
	const char *source;		/* github */
	const char *external_id;
	const char *environment, *sha, *ref, *task;
	struct author author;
	int64_t created_at;
	const char *url;
};

struct deployment_status {
	int64_t github_id;
	const char *source, *external_id;	/* of its deployment */
	const char *state;		/* success, failure, inactive, … */
	int64_t created_at;
};

struct release {
	const char *source, *external_id;	/* github: id; tag: name */
	const char *tag, *name, *url;
	struct author author;
	signed char draft, prerelease, deleted;
	int64_t created_at, published_at;
};

/* A run of a workflow, a check run or suite, a commit status. */
struct build {
	const char *kind, *external_id;
	int64_t attempt;
	const char *name, *sha, *branch;
	const char *status;		/* queued, in_progress, completed */
	const char *conclusion, *url;
	int64_t started_at, completed_at, updated_at;
};

struct git_ref {
	const char *kind, *name;	/* branch, tag */
	signed char present;
	int64_t changed_at;
	const char *sha;		/* where it stands, if that is told */
};

struct provider_account {
	int64_t github_id;
	const char *login, *name, *avatar_url;
	signed char bot;
};

struct installation {
	int64_t github_id;
	const char *account, *state;	/* active, suspended, deleted */
	int64_t updated_at;
};

/* Of a Jira; a connection's id stands where others have their repository's. */
struct jira_project {
	int64_t id;
	const char *key, *name;
	signed char deleted;
};

struct jira_status {
	int64_t id;
	const char *name, *category;	/* todo, in_progress, done, unknown */
};

struct jira_account {
	const char *id, *name;
};

/* Its version comes from its state, since Jira keeps no time of change; of two
 * tellings of one state the one with the later `told_at` stays. */
struct jira_sprint {
	int64_t id, board_id;
	const char *name, *state;	/* future, active, closed */
	int64_t started_at, ends_at, completed_at;
	signed char deleted;
	int64_t told_at;
};

struct jira_issue {
	int64_t id;
	const char *key;
	int64_t project_id;
	const char *summary, *type;
	signed char subtask;
	int64_t status_id;
	const char *priority, *assignee, *reporter;
	const char *points;		/* as Jira writes the number */
	int64_t parent_id;
	const char *sprints;		/* "12,15", in order */
	const char *links;		/* JSON, see sql/migrations/0014-jira.sql */
	int64_t created_at, updated_at, resolved_at;
	signed char deleted;
};

struct jira_change {
	int64_t issue_id, history_id;
	const char *field;		/* status, sprint, points, … */
	int64_t at;
	const char *author;
	const char *from_id, *from_text, *to_id, *to_text;
};

struct jira_worklog {
	int64_t id, issue_id;
	const char *author;
	int64_t started_at, seconds, updated_at;
	signed char deleted;
};

/*
 * A line of the activity feed, tied to the record read before it. `key` names
 * the fact within its repository: the same fact always has the same key.
 */
struct happening {
	const char *type;		/* commit, pull_request, review, … */
	const char *key;
	int64_t at;			/* when it happened */
	int64_t heard_at;		/* what decides whether it is news */
	const char *author;		/* login or name, as shown; or NULL */
	const char *middle, *end;	/* its JSON around ids, happening.h */
	signed char live;		/* set by lib/ingest: goes to the rooms */
};

struct record {
	enum record_kind kind;
	int64_t version;
	const void *data;		/* struct of the kind */
	const struct happening *happening;	/* or NULL */
};

/* version of a record that says when it was changed; of several states at the
 * same moment, the one of the higher rank (0 to 7) stays. */
static inline int64_t
record_version(int64_t changed_at, unsigned rank)
{
	return (changed_at == TIME_ABSENT ? 0 : changed_at) * 8 + rank;
}

#endif
