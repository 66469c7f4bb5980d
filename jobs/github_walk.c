/*
 * github_walk.c - walk through a repository at GitHub.
 */
#include "base.h"

#include "clock.h"
#include "github_walk.h"
#include "ingest.h"
#include "log.h"

#define PAGES_AT_ONCE 25	/* then another repository has its turn */
#define DAY INT64_C(86400000)
#define OVERLAP 600000		/* ms: clocks differ, pages are made of caches */

/* --- letting go ---------------------------------------------------------- */

static void
note(struct walk *walk)
{
	struct call calls[2];
	struct db_error error;

	calls[0] = job_enter(walk->of.unit);
	calls[1] = github_note(walk->of.link);
	if (!db_run(walk->job->db, calls, 2, 0, &error))
		job_fail(walk->job, error.message);
	PQclear(calls[0].result);
	PQclear(calls[1].result);
}

static bool
leave(struct walk *walk, int64_t seconds, const char *why)
{
	note(walk);
	job_leave(walk->of.unit, seconds, why);
	walk->over = true;
	return false;
}

bool
walk_fail(struct walk *walk, int64_t seconds, const char *why)
{
	note(walk);
	job_fail_unit(walk->of.unit, seconds, why);
	walk->over = true;
	return false;
}

/* --- a page and its checkpoint ------------------------------------------- */

static int
percent(const struct walk *walk)
{
	const struct plan *plan = &walk->plan;
	double span = (double)(plan->began - walk->since), done = 0;
	double steps = (double)(STAGE_END * walk->kind->turns);

	if (plan->seen != TIME_ABSENT && span > 0)
		done = (double)(plan->began - plan->seen) / span;
	done = done < 0 ? 0 : done > 1 ? 1 : done;
	return (int)(99 * ((double)(plan->turn * STAGE_END + plan->stage) +
			   done) / steps);
}

/* A record that the database refuses stops no other. */
static void
store_each(struct walk *walk, const struct record *records, size_t count)
{
	struct db_error error;

	for (size_t i = 0; i < count; i++)
		if (!ingest_records(walk->job->db, walk->of.unit->org,
				    walk->of.id, walk->of.host, records + i, 1,
				    walk->kind->sync, &error)) {
			if (db_error_passes(&error))
				job_fail(walk->job, error.message);
			log_line(LOG_WARN, "the database refuses a record",
				 "repository", walk->of.repository.full_name,
				 "why", error.message, NULL);
		}
}

static bool
run_page(struct walk *walk, const struct record *records, size_t count,
	 struct call *calls, size_t call_count)
{
	struct db_error error;
	struct db *db = walk->job->db;
	int64_t org = walk->of.unit->org;

	if (ingest_with(db, org, walk->of.id, walk->of.host, records, count,
			walk->kind->sync, calls, call_count, &error))
		return true;
	if (!job_lost(&error) && count && !db_error_passes(&error)) {
		store_each(walk, records, count);
		if (ingest_with(db, org, walk->of.id, walk->of.host, NULL, 0,
				false, calls, call_count, &error))
			return true;
	}
	if (!job_lost(&error))
		job_fail(walk->job, error.message);
	job_forget(walk->of.unit);
	walk->over = true;
	return false;
}

bool
walk_commit(struct walk *walk, const struct record *records, size_t count,
	    const struct call *also, size_t also_count)
{
	struct github_link *link = walk->of.link;
	const char *phase = walk->kind->turn[walk->plan.turn].phase;
	struct call calls[INGEST_ALSO];
	struct text json = { 0 };
	char counted[96];
	size_t n = 0;
	bool goes_on;

	plan_write(&walk->plan, phase, &json);
	snprintf(counted, sizeof(counted), "{\"calls\":%zu,\"records\":%zu}",
		 link->credential.calls - walk->calls, count);
	calls[n++] = github_note(link);
	while (also_count--)
		calls[n++] = *also++;
	calls[n++] = job_checkpoint(walk->of.unit, json.data, percent(walk),
				    phase, NULL, counted);
	if (!run_page(walk, records, count, calls, n)) {
		text_release(&json);
		return false;
	}
	walk->calls = link->credential.calls;
	walk->records += count;
	goes_on = job_goes_on_with(walk->of.unit, calls + n - 1);
	while (n)
		PQclear(calls[--n].result);
	arena_reset(&walk->arena);
	plan_read(&walk->plan, json.data, walk->plan.began, &walk->arena);
	text_release(&json);
	if (!goes_on || ++walk->pages >= PAGES_AT_ONCE) {
		job_leave(walk->of.unit, 0, phase);
		walk->over = true;
	}
	return !walk->over;
}

/* --- asking -------------------------------------------------------------- */

/* It is not well: again in one minute, two, four, … an hour. */
bool
walk_back_off(struct walk *walk, const char *why)
{
	int64_t fails = walk->plan.fails++;
	int64_t wait = fails < 6 ? INT64_C(60) << fails : HOUR;
	char kept[200];

	snprintf(kept, sizeof(kept), "%s", why);
	return walk_commit(walk, NULL, 0, NULL, 0) && leave(walk, wait, kept);
}

bool
walk_is_usable(struct walk *walk, const struct github_answer *answer)
{
	struct github_link *link = walk->of.link;

	if (answer->outcome == GITHUB_LATER)
		return leave(walk, (answer->again_at - time_now()) / 1000 + 1,
			     answer->why);
	if (answer->outcome == GITHUB_DENIED && answer->status != 403) {
		link->state = "revoked";
		link->message = answer->why;
		walk_fail(walk, HOUR, "GitHub does not take the integration's "
		     "credential any more");
		link->message = NULL;
		return false;
	}
	link->state = "ok";
	return true;
}

bool
walk_ask(struct walk *walk, const char *method, const char *path,
	 const char *etag, const char *body, struct github_answer *answer)
{
	github_ask(&walk->of.link->credential, method, path, etag, body,
		   answer);
	if (answer->outcome == GITHUB_SMALLER)
		return walk_back_off(walk, answer->why);
	return walk_is_usable(walk, answer);
}

/* --- the repository itself ----------------------------------------------- */

struct call
walk_keep_etag(struct walk *walk, const char *list, const char *etag,
	  const char *values[4])
{
	values[0] = walk->of.unit->org_text;
	values[1] = walk->of.unit->name;
	values[2] = list;
	values[3] = etag;
	return (struct call){ "keep_etag", 4, values, NULL, 0, NULL };
}

static void
rename_to(struct walk *walk, const struct repository *now)
{
	struct repository *mine = &walk->of.repository;

	mine->full_name = arena_string(&walk->names, now->full_name);
	mine->default_branch = arena_string(&walk->names, now->default_branch);
	mine->url = arena_string(&walk->names, now->url);
}

static void
step_repository(struct walk *walk)
{
	struct github_answer answer;
	const char *values[4], *problem, *etag = NULL;
	struct record record;
	struct call also;
	char path[64];

	if (walk->kind->sync)
		etag = github_etag_of(&walk->of, "repository");
	snprintf(path, sizeof(path), "/repositories/%" PRId64,
		 walk->of.repository.github_id);
	if (walk_ask(walk, "GET", path, etag, NULL, &answer)) {
		walk->plan.stage = STAGE_HOOK;
		if (answer.outcome == GITHUB_SAME)
			;
		else if (answer.outcome != GITHUB_GOOD)
			walk_fail(walk, 24 * HOUR, "it is not there, or not for "
			     "this integration to see");
		else if (!github_read_repository(&walk->arena,
				answer.body.data ? answer.body.data : "",
				answer.body.len, &record, &problem))
			walk_fail(walk, HOUR, problem);
		else {
			rename_to(walk, record.data);
			also = walk_keep_etag(walk, "repository", answer.etag,
					 values);
			walk_commit(walk, &record, 1, &also, !!answer.etag);
		}
	}
	github_release_answer(&answer);
}

/* --- from beginning to end ----------------------------------------------- */

static void
begin_turn(struct walk *walk)
{
	const struct unit *unit = walk->of.unit;
	int64_t days = walk->kind->turn[walk->plan.turn].days, mark;

	if (days)
		walk->since = walk->plan.began - days * DAY;
	else if (unit->watermark &&
		 time_parse(unit->watermark, strlen(unit->watermark), &mark))
		walk->since = mark - OVERLAP;
	else
		walk->since = walk->of.connected_at - OVERLAP;
}

static void
finish(struct walk *walk)
{
	const char *values[] = { walk->of.unit->org_text, walk->of.unit->name,
				 "1800" };
	struct call also = { "want_sync", 3, values, NULL, 0, NULL };
	bool sync = walk->kind->sync;
	char watermark[TIME_TEXT], message[96];

	walk->pages = 0;
	if (!walk_commit(walk, NULL, 0, &also, !sync))
		return;
	time_format(walk->plan.began, watermark);
	if (sync)
		snprintf(message, sizeof(message), "up to date: %zu records",
			 walk->records);
	else
		snprintf(message, sizeof(message), "%s are there",
			 walk->kind->turn[walk->plan.turn].phase);
	/* Not all at once, the next time either. */
	job_finish_unit(walk->of.unit, sync ? 1740 + walk->of.id % 120 : -1,
			watermark, message);
	walk->over = true;
}

static void
next_turn(struct walk *walk)
{
	if (walk->plan.turn + 1 >= walk->kind->turns) {
		finish(walk);
		return;
	}
	walk->plan.turn++;
	walk->plan.stage = STAGE_LISTS;
	/* What is recent of all others comes before what is old of this. */
	walk->pages = PAGES_AT_ONCE;
	walk_commit(walk, NULL, 0, NULL, 0);
}

static void
step(struct walk *walk)
{
	if (walk->of.disconnected) {
		if (walk_remove_hook(walk)) {
			job_finish_unit(walk->of.unit, -1, NULL,
					"disconnected");
			walk->over = true;
		}
	} else if (walk->plan.errand_count) {
		walk_errand(walk);
	} else if (walk->plan.stage == STAGE_REPOSITORY) {
		step_repository(walk);
	} else if (walk->plan.stage == STAGE_HOOK) {
		if (walk_hook(walk))
			walk->plan.stage = STAGE_LISTS;
	} else if (walk->plan.stage < STAGE_END) {
		walk_list(walk);
	} else {
		next_turn(walk);
	}
}

void
walk_unit(struct job *job, struct unit *unit, const struct walk_kind *kind)
{
	struct walk walk = { .job = job, .kind = kind };
	int64_t now = time_now(), mark;

	if (!github_unit_open(job, unit, &walk.of))
		return;
	plan_read(&walk.plan, unit->checkpoint, now, &walk.arena);
	if ((unit->watermark && time_parse(unit->watermark,
			strlen(unit->watermark), &mark) &&
	     mark >= walk.plan.began) || walk.plan.turn >= kind->turns ||
	    walk.plan.turn < 0)
		plan_begin(&walk.plan, now);
	walk.calls = walk.of.link->credential.calls;
	while (!walk.over) {
		begin_turn(&walk);
		step(&walk);
	}
	arena_release(&walk.arena);
	arena_release(&walk.names);
	github_unit_close(&walk.of);
}
