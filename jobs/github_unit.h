/*
 * github_unit.h - one repository that a job asks GitHub about: what is known of
 * it, and the connection that asks.
 */
#ifndef PULSE_GITHUB_UNIT_H
#define PULSE_GITHUB_UNIT_H

#include "github_api.h"
#include "job.h"
#include "records.h"

#define GITHUB_STATEMENTS						\
	{ "github_unit", "SELECT r.host, r.github_id, r.full_name,"	\
	  " r.default_branch, r.url, coalesce(r.hook_id::text, ''),"	\
	  " r.hook_state, r.disconnected_at IS NOT NULL,"		\
	  " (extract(epoch FROM r.connected_at) * 1000)::bigint,"	\
	  " r.connection_id, g.kind, coalesce(g.credential, ''),"	\
	  " coalesce(g.installation, 0), g.budgets[1], g.budgets[2],"	\
	  " g.budgets[3], g.budgets[4], g.budgets[5], g.budgets[6],"	\
	  " coalesce((extract(epoch FROM g.not_before) * 1000)::bigint, 0),"\
	  " g.strikes FROM repository r LEFT JOIN github_connection g"	\
	  " ON g.org_id = r.org_id AND g.id = r.connection_id"		\
	  " WHERE r.org_id = $1 AND r.id = $2" },			\
	{ "github_etags", "SELECT list, etag FROM github_etag"		\
	  " WHERE org_id = $1 AND repo_id = $2" },			\
	{ "note_github", "SELECT note_github($1, $2, $3, $4, $5::bigint[],"\
	  " to_timestamp(nullif($6::bigint, 0) / 1000.0), $7::integer)" },\
	{ "keep_etag", "INSERT INTO github_etag VALUES ($1, $2, $3, $4)"	\
	  " ON CONFLICT (org_id, repo_id, list)"			\
	  " DO UPDATE SET etag = excluded.etag" },			\
	{ "set_hook", "UPDATE repository SET hook_id = $3::bigint,"	\
	  " hook_state = $4, hook_checked_at = now()"			\
	  " WHERE org_id = $1 AND id = $2" },				\
	{ "want_sync", "SELECT want_unit($1, 'sync-github', $2,"	\
	  " now() + make_interval(secs => $3::integer))" },		\
	{ "door", "SELECT org_id, host, secret FROM door($1)" }

/* A connection, kept while the program runs: its installation's token and what
 * is left of its budgets. */
struct github_link {
	int64_t org, id;
	struct github_credential credential;
	char *url, *token;
	const char *state, *message;
	struct github_link *next;
	/* What the call that keeps it points to. */
	char org_text[24], id_text[24], budgets[160], not_before[24];
	char strikes[8];
	const char *values[7];
};

struct github_unit {
	struct unit *unit;
	struct repository repository;
	const char *host;
	int64_t id, connected_at;	/* id: repository.id */
	bool disconnected;
	const char *hook, *hook_state;	/* GitHub's id of it, or "" */
	struct github_link *link;	/* NULL: none asks for it */
	PGresult *rows, *etags;
};

/* False: the unit was let go of, and why is in its history. */
bool github_unit_open(struct job *job, struct unit *unit,
		      struct github_unit *of);
void github_unit_close(struct github_unit *of);

/* The etag of a list's first page, or NULL. */
const char *github_etag_of(const struct github_unit *of, const char *list);

/* The call that keeps what GitHub said to the connection. */
struct call github_note(struct github_link *link);

#endif
