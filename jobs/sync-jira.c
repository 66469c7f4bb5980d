/*
 * sync-jira.c - every minute: read what is new at the Jiras.
 *
 * A unit is a connection. Each page of its issues commits together with the
 * place to go on from (sync-jira-steps.c has the order), so that a run which
 * is killed, or a limit of Jira's, costs a page at most. A page that takes Jira
 * too long is asked for again at half its size; one that the database refuses
 * too, until the one issue that is to blame stands alone and is passed over.
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "log.h"
#include "records_sql.h"
#include "sync-jira.h"
#include "text.h"

#define LEASE 180		/* seconds, more than any step takes */
#define STATEMENTS_MAX (RECORD_CALLS + 4)

static const struct statement statements[] = {
	UNIT_STATEMENTS,
	RECORD_STATEMENTS,
	{ "jira_unit", "SELECT base_url, deployment, auth, account, credential,"
	  " refresh, points_field, sprint_field,"
	  " coalesce(swept_at < now() - interval '7 days', true),"
	  " coalesce(refresh_at < now() + interval '2 minutes', true)"
	  " FROM jira_connection WHERE org_id = $1 AND id = $2" },
	{ "jira_found", "UPDATE jira_connection"
	  " SET points_field = coalesce(points_field, $3),"
	  " sprint_field = coalesce(sprint_field, $4)"
	  " WHERE org_id = $1 AND id = $2" },
	{ "jira_saw", "SELECT jira_saw($1, $2, $3)" },
	{ "jira_round", "SELECT end_jira_round($1, $2, $3, $4)" },
	{ "jira_state", "UPDATE jira_connection SET state = $3, message = $4"
	  " WHERE org_id = $1 AND id = $2" },
	{ "jira_tokens", "UPDATE jira_connection SET credential = $3,"
	  " refresh = $4, refresh_at = now() + make_interval(secs => $5)"
	  " WHERE org_id = $1 AND id = $2" },
	{ NULL }
};

static const struct json_field place_fields[] = {
	{ "phase", JSON_TEXT, offsetof(struct place, phase) },
	{ "token", JSON_TEXT, offsetof(struct place, token), NULL, 4000 },
	{ "start", JSON_INT, offsetof(struct place, start) },
	{ "size", JSON_INT, offsetof(struct place, size) },
	{ "good", JSON_INT, offsetof(struct place, good) },
	{ "began", JSON_INT, offsetof(struct place, began) },
	{ "since", JSON_INT, offsetof(struct place, since) },
	{ "minutes", JSON_INT, offsetof(struct place, minutes) },
	{ "total", JSON_INT, offsetof(struct place, total) },
	{ "done", JSON_INT, offsetof(struct place, done) },
	{ "logs", JSON_INT, offsetof(struct place, logs) },
	{ "boards", JSON_TEXT, offsetof(struct place, boards), NULL, 2000 },
	{ NULL }
};
static const struct json_shape place_shape = {
	place_fields, sizeof(struct place)
};

static void
place_from(struct place *place, struct arena *arena, const char *json)
{
	const char *problem;
	struct place *read = json_read(json, strlen(json), &place_shape, arena,
				       &problem);

	*place = read ? *read : (struct place){ 0 };
	for (const struct json_field *f = place_fields; f->name; f++) {
		int64_t *at = (int64_t *)(void *)((char *)place + f->offset);

		if (f->kind == JSON_INT && *at == JSON_NO_INT)
			*at = 0;
	}
	if (!place->phase)
		place->phase = "about";
	if (place->size < 1 || place->size > PAGE_MAX)
		place->size = PAGE_MAX;
}

static char *
place_text(const struct place *place)
{
	struct text text = { 0 };

	text_add(&text, "{");
	for (const struct json_field *f = place_fields; f->name; f++) {
		const char *at = (const char *)place + f->offset;

		text_addf(&text, "%s\"%s\":", text.len > 1 ? "," : "",
			  f->name);
		if (f->kind == JSON_INT)
			text_addf(&text, "%" PRId64,
				  *(const int64_t *)(const void *)at);
		else
			text_add_json(&text, *(const char *const *)
				      (const void *)at);
	}
	text_add(&text, "}");
	return text.data;
}

/* Statements about the connection, in a transaction of the organisation. */
static PGresult *
about(struct unit *unit, const char *statement, const char *a, const char *b,
      const char *c)
{
	const char *values[] = { unit->org_text, unit->name, a, b, c };
	struct call calls[2] = { job_enter(unit) };
	struct db_error error;

	calls[1] = (struct call){
		.statement = statement, .values = values,
		.count = c ? 5 : a ? 4 : 2,
	};
	if (!db_run(unit->job->db, calls, 2, 0, &error))
		job_fail(unit->job, error.message);
	PQclear(calls[0].result);
	return calls[1].result;
}

static char *
opened(struct unit *unit, struct arena *arena, const char *column,
       const char *sealed)
{
	char *plain = secret_open(sealed, arena_printf(arena,
		"jira_connection.%s/%s/%s", column, unit->org_text,
		unit->name)), *copy;

	if (!plain)
		return NULL;
	copy = arena_string(arena, plain);
	memset(plain, 0, strlen(plain));
	free(plain);
	return copy;
}

/* New tokens for old ones, kept before they are used: the old are void. */
static enum jira_outcome
renew(struct unit *unit, struct sync *sync, const char *refresh)
{
	struct jira_tokens tokens = { 0 };
	char place[128], *access, *again, seconds[24];
	enum jira_outcome outcome = jira_refresh(refresh, &tokens,
						 &sync->answer);

	if (outcome != JIRA_ANSWERED)
		return outcome;
	snprintf(place, sizeof(place), "jira_connection.credential/%s/%s",
		 unit->org_text, unit->name);
	access = secret_seal(tokens.access, place);
	snprintf(place, sizeof(place), "jira_connection.refresh/%s/%s",
		 unit->org_text, unit->name);
	again = secret_seal(tokens.refresh, place);
	snprintf(seconds, sizeof(seconds), "%" PRId64, tokens.seconds);
	PQclear(about(unit, "jira_tokens", access, again, seconds));
	sync->site.credential = arena_string(sync->keep, tokens.access);
	free(access);
	free(again);
	free(tokens.access);
	free(tokens.refresh);
	return JIRA_ANSWERED;
}

/* Who is asked, and with what. False: the unit is done with. */
static bool
find_site(struct unit *unit, struct sync *sync)
{
	PGresult *rows = about(unit, "jira_unit", NULL, NULL, NULL);
	struct arena *keep = sync->keep;
	const char *refresh;
	bool expires;

	if (!PQntuples(rows)) {
		PQclear(rows);
		job_finish_unit(unit, -1, NULL, "it is not there any more");
		return false;
	}
	sync->site = (struct jira_site){
		.url = arena_string(keep, PQgetvalue(rows, 0, 0)),
		.cloud = !strcmp(PQgetvalue(rows, 0, 1), "cloud"),
		.account = strcmp(PQgetvalue(rows, 0, 2), "token") ? ""
			: arena_string(keep, PQgetvalue(rows, 0, 3)),
		.credential = opened(unit, keep, "credential",
				     PQgetvalue(rows, 0, 4)),
		.seconds = (int)conf_int("JIRA_SECONDS", 30, 1, 120),
	};
	refresh = PQgetisnull(rows, 0, 5) ? NULL
		: opened(unit, keep, "refresh", PQgetvalue(rows, 0, 5));
	sync->fields = (struct jira_fields){
		PQgetisnull(rows, 0, 6) ? NULL
			: arena_string(keep, PQgetvalue(rows, 0, 6)),
		PQgetisnull(rows, 0, 7) ? NULL
			: arena_string(keep, PQgetvalue(rows, 0, 7)),
	};
	sync->sweep_is_due = *PQgetvalue(rows, 0, 8) == 't';
	expires = refresh && *PQgetvalue(rows, 0, 9) == 't';
	PQclear(rows);
	if (!sync->site.credential) {
		job_fail_unit(unit, 3600, "its credential does not open");
		return false;
	}
	if (expires && renew(unit, sync, refresh) != JIRA_ANSWERED)
		sync->site.credential = NULL;	/* see answer */
	return true;
}

/* The step's records and where to go on, in one transaction. */
static bool
keep_step(struct unit *unit, struct sync *sync, int64_t connection,
	  bool *goes_on, struct db_error *error)
{
	static struct record_columns columns;
	struct record_call parameters[RECORD_CALLS];
	struct call calls[STATEMENTS_MAX];
	const char *values[] = { unit->org_text, unit->name,
		sync->also_values[0], sync->also_values[1] };
	char words[60], counted[120], *json;
	size_t n = 1;
	bool good;

	for (size_t i = 0; i < sync->reading.count; i++)
		records_add(&columns, sync->reading.records + i, 0, connection,
			    "", INT64_MAX);
	calls[0] = job_enter(unit);
	n += records_calls(&columns, unit->org_text, calls + 1, parameters);
	if (sync->also)
		calls[n++] = (struct call){
			.statement = sync->also, .values = values,
			.count = strcmp(sync->also, "jira_saw") ? 4 : 3,
		};
	snprintf(counted, sizeof(counted), "{\"requests\":%" PRId64
		 ",\"issues\":%" PRId64 ",\"bad\":%" PRId64 "}",
		 sync->requests, sync->issues, sync->bad);
	json = place_text(&sync->place);
	calls[n] = job_checkpoint(unit, json, sync_progress(sync, words),
				  words, NULL, counted);
	good = db_run(unit->job->db, calls, n + 1, 0, error);
	if (good)
		*goes_on = job_goes_on_with(unit, calls + n);
	for (size_t i = 0; good && i <= n; i++)
		PQclear(calls[i].result);
	records_clear(&columns);
	free(json);
	return good;
}

/* Half as much at a time; false: it is one issue already. */
static bool
ask_for_less(struct place *place)
{
	if (strcmp(place->phase, "issues") || place->size <= 1)
		return false;
	place->size = (place->size + 1) / 2;
	place->good = 0;
	return true;
}

/* A credential that Jira does not take: nothing is asked until somebody has
 * looked, but for once an hour. */
static void
give_up(struct unit *unit, struct sync *sync)
{
	bool refused = sync->answer.outcome == JIRA_REFUSED;

	PQclear(about(unit, "jira_state", refused ? "revoked" : "failing",
		      sync->answer.problem, NULL));
	log_line(LOG_WARN, "a Jira cannot be read", "connection", unit->name,
		 "reason", sync->answer.problem, NULL);
	job_fail_unit(unit, 3600, sync->answer.problem);
}

/* What to do when a step had no answer. True: try at once. */
static bool
try_again(struct unit **unit, struct sync *sync, enum jira_outcome outcome,
	  const struct place *before)
{
	struct place place = *before;
	char *json;

	/* A page's token is good for some days only. */
	bool expired = outcome == JIRA_WRONG && place.token;

	if (expired) {
		place.token = NULL;
		place.done = 0;
	}
	if (expired || (outcome == JIRA_SLOW && ask_for_less(&place))) {
		bool goes_on;

		json = place_text(&place);
		goes_on = job_keep(unit, json, -1, sync->answer.problem);
		free(json);
		if (!goes_on && *unit)
			job_leave(*unit, 0, "it goes on later");
		return goes_on;
	}
	if (outcome == JIRA_LATER || outcome == JIRA_SLOW)
		job_leave(*unit, outcome == JIRA_SLOW ? 300
			  : sync->answer.wait, sync->answer.problem);
	else
		give_up(*unit, sync);
	return false;
}

/* What the database refused: less of it, and of one issue nothing. */
static bool
refused(struct unit **unit, struct sync *sync, const struct place *before,
	int64_t connection, const struct db_error *error)
{
	struct place place = *before;
	struct db_error again;
	bool goes_on = false;
	char *json;

	if (job_lost(error)) {
		job_forget(*unit);
		return false;
	}
	if (db_error_is_away(error) || db_error_passes(error))
		job_fail((*unit)->job, error->message);
	log_line(LOG_WARN, "the database refused a page of Jira", "connection",
		 (*unit)->name, "reason", error->message, NULL);
	if (ask_for_less(&place)) {
		json = place_text(&place);
		goes_on = job_keep(unit, json, -1, NULL);
		free(json);
	} else if (!strcmp(place.phase, "issues")) {
		sync->reading.count = 0;
		sync->bad++;
		sync->bad_reason = error->message;
		if (!keep_step(*unit, sync, connection, &goes_on, &again))
			job_fail((*unit)->job, again.message);
	} else {
		job_fail_unit(*unit, 3600, error->message);
		return false;
	}
	if (!goes_on && *unit)
		job_leave(*unit, 0, "it goes on later");
	return goes_on;
}

/* A round is over. */
static void
finish(struct unit *unit, const struct sync *sync, int64_t bad)
{
	char watermark[TIME_TEXT], words[300];

	snprintf(words, sizeof(words), "%" PRId64 " issues read%s%s",
		 sync->place.done, bad ? ", some passed over: " : "",
		 bad && sync->bad_reason ? sync->bad_reason : "");
	job_finish_unit(unit, conf_int("JIRA_EVERY", 900, 0, 86400),
			time_format(sync->place.began, watermark), words);
}

/* One step; false: the unit has been let go of. */
static bool
one_step(struct unit **unit, struct sync *sync, int64_t connection,
	 char **checkpoint, int64_t *bad)
{
	struct arena arena = { 0 };
	struct place before;
	struct db_error error;
	enum jira_outcome outcome;
	bool goes_on = false;

	place_from(&before, &arena, *checkpoint);
	sync->place = before;
	sync->reading = (struct reading){ .arena = &arena, .event = "" };
	sync->also = NULL;
	sync->requests = sync->issues = sync->bad = 0;
	outcome = sync_step_of(sync)(sync);
	if (outcome != JIRA_ANSWERED) {
		goes_on = try_again(unit, sync, outcome, &before);
		if (goes_on && outcome == JIRA_SLOW)
			ask_for_less(&before);
		if (goes_on && outcome == JIRA_WRONG)
			before.token = NULL, before.done = 0;
		sync->place = before;
	} else if (!keep_step(*unit, sync, connection, &goes_on, &error)) {
		goes_on = refused(unit, sync, &before, connection, &error);
		if (goes_on && ask_for_less(&before))
			sync->place = before;
	} else if (sync->finished) {
		*bad += sync->bad;
		finish(*unit, sync, *bad);
		goes_on = false;
	} else if (!goes_on) {
		job_leave(*unit, 0, "it goes on later");
	}
	*bad += sync->bad;
	if (sync->bad_reason)
		sync->bad_reason = arena_string(sync->keep, sync->bad_reason);
	free(*checkpoint);
	*checkpoint = place_text(&sync->place);
	arena_release(&arena);
	return goes_on;
}

static void
work(struct unit *unit)
{
	struct arena keep = { 0 };
	struct sync sync = { .keep = &keep };
	int64_t connection = strtoll(unit->name, NULL, 10), bad = 0;
	char *checkpoint = xstrdup(unit->checkpoint);

	if (find_site(unit, &sync)) {
		if (!sync.site.credential)
			try_again(&unit, &sync, sync.answer.outcome,
				  &(struct place){ .phase = "about" });
		else
			while (one_step(&unit, &sync, connection, &checkpoint,
					&bad))
				;
	}
	jira_release(&sync.answer);
	free(checkpoint);
	arena_release(&keep);
}

int
main(int argc, char **argv)
{
	struct job *job = job_begin_units(argc, argv, "job", statements, LEASE);
	struct unit *unit;
	int units = 0;

	http_start();
	for (; (unit = job_next_unit(job)); units++)
		work(unit);
	return job_end(job, "%d connections", units);
}
