/*
 * sync-jira-steps.c - what sync-jira asks a Jira, in order.
 *
 *	about		fields, statuses, projects; by which clock we began
 *	issues		what changed since, the latest first, with history
 *	boards, sprints
 *	worklogs, gone	logged, and taken back
 *	sweep, swept	once a week: which ids are there at all
 *
 * Issues come in the order of their last change, the latest first: one that
 * changes meanwhile moves to the front, and the others move back, so that a
 * page can repeat one and never miss one. What was changed behind our back is
 * asked for by the next round. A time in JQL is in the account's zone, hence
 * minutes before now. A query must have a bound (Cloud refuses one without).
 */
#include "base.h"

#include "clock.h"
#include "sync-jira.h"

#define EVER 5256000		/* minutes: ten years */
#define MARGIN 10		/* minutes that two rounds have in common */

static enum jira_outcome
ask(struct sync *sync, const char *method, const char *path, const char *body)
{
	jira_release(&sync->answer);
	sync->requests++;
	return jira_ask(&sync->site, method, path, body, &sync->answer);
}

/* An answer that is no such thing is like one that came cut: asked again. */
static enum jira_outcome
read_with(struct sync *sync, jira_reader *read)
{
	const struct text *body = &sync->answer.http.body;
	const char *problem;

	if (!read(&sync->reading, &sync->fields, sync->answer.told_at,
		  body->data ? body->data : "", body->len, &sync->page,
		  &problem)) {
		snprintf(sync->answer.problem, sizeof(sync->answer.problem),
			 "its answer cannot be read: %s", problem);
		sync->answer.wait = 300;
		return sync->answer.outcome = JIRA_LATER;
	}
	sync->bad += (int64_t)sync->page.bad;
	if (sync->page.bad)
		sync->bad_reason = sync->page.bad_reason;
	return JIRA_ANSWERED;
}

static enum jira_outcome
get(struct sync *sync, const char *path, jira_reader *read)
{
	enum jira_outcome outcome = ask(sync, "GET", path, NULL);

	return outcome == JIRA_ANSWERED ? read_with(sync, read) : outcome;
}

/* The path of the REST API, with the version of that kind of Jira. */
static char *
api(const struct sync *sync, const char *rest)
{
	return arena_printf(sync->reading.arena, "/rest/api/%d/%s",
			    sync->site.cloud ? 3 : 2, rest);
}

static enum jira_outcome
find_fields(struct sync *sync)
{
	enum jira_outcome outcome = ask(sync, "GET", api(sync, "field"), NULL);
	const struct text *body = &sync->answer.http.body;
	const char *problem;

	if (outcome != JIRA_ANSWERED)
		return outcome;
	if (!jira_read_fields(&sync->fields, sync->keep,
			      body->data ? body->data : "", body->len,
			      &problem)) {
		snprintf(sync->answer.problem, sizeof(sync->answer.problem),
			 "its fields cannot be read: %s", problem);
		sync->answer.wait = 300;
		return JIRA_LATER;
	}
	sync->also = "jira_found";
	sync->also_values[0] = sync->fields.points;
	sync->also_values[1] = sync->fields.sprint;
	return JIRA_ANSWERED;
}

static enum jira_outcome
find_projects(struct sync *sync)
{
	enum jira_outcome outcome;
	size_t start = 0;

	if (!sync->site.cloud)
		return get(sync, api(sync, "project"), jira_read_projects);
	do {
		outcome = get(sync, arena_printf(sync->reading.arena,
			"/rest/api/3/project/search?startAt=%zu&maxResults=50",
			start), jira_read_projects);
		start += sync->page.items;
	} while (outcome == JIRA_ANSWERED && !sync->page.last &&
		 sync->page.items);
	return outcome;
}

/* How many there will be; Cloud's search does not say. */
static void
count_issues(struct sync *sync)
{
	static const struct json_field fields[] = {
		{ "count", JSON_INT, 0 }, { NULL }
	};
	static const struct json_shape shape = { fields, sizeof(int64_t) };
	const char *problem;
	const int64_t *count;

	sync->place.total = 0;
	if (!sync->site.cloud ||
	    ask(sync, "POST", "/rest/api/3/search/approximate-count",
		arena_printf(sync->reading.arena, "{\"jql\":\"updated >= "
			     "-%" PRId64 "m\"}", sync->place.minutes)) !=
	    JIRA_ANSWERED)
		return;
	count = json_read(sync->answer.http.body.data,
			  sync->answer.http.body.len, &shape,
			  sync->reading.arena, &problem);
	if (count && *count > 0)
		sync->place.total = *count;
}

static enum jira_outcome
step_about(struct sync *sync)
{
	struct place *place = &sync->place;
	enum jira_outcome outcome = find_fields(sync);

	if (outcome != JIRA_ANSWERED)
		return outcome;
	place->began = sync->answer.told_at;
	outcome = get(sync, api(sync, "status"), jira_read_statuses);
	if (outcome == JIRA_ANSWERED)
		outcome = find_projects(sync);
	if (outcome != JIRA_ANSWERED)
		return outcome;
	place->minutes = place->since
		? (place->began - place->since) / 60000 + MARGIN : EVER;
	if (place->minutes < MARGIN)
		place->minutes = MARGIN;
	count_issues(sync);
	place->phase = "issues";
	place->token = NULL;
	place->start = place->done = 0;
	return JIRA_ANSWERED;
}

/* The body of a search, for Cloud and for Data Center. */
static const char *
search_for(struct sync *sync, int64_t minutes, int64_t size, bool ids_only)
{
	struct arena *arena = sync->reading.arena;
	const struct jira_fields *f = &sync->fields;
	const char *fields = "\"id\"", *where = "";
	struct text text = { 0 };

	if (!ids_only)
		fields = arena_printf(arena, "\"summary\",\"created\","
			"\"updated\",\"resolutiondate\",\"project\","
			"\"issuetype\",\"status\",\"priority\",\"assignee\","
			"\"reporter\",\"parent\",\"issuelinks\"%s%s%s%s%s%s",
			f->points ? ",\"" : "", f->points ? f->points : "",
			f->points ? "\"" : "", f->sprint ? ",\"" : "",
			f->sprint ? f->sprint : "", f->sprint ? "\"" : "");
	if (!sync->site.cloud) {
		where = arena_printf(arena, ",\"startAt\":%" PRId64 "%s",
			sync->place.start,
			ids_only ? "" : ",\"expand\":[\"changelog\"]");
	} else if (sync->place.token) {
		text_add_json(&text, sync->place.token);
		where = arena_printf(arena, ",\"nextPageToken\":%s",
				     text.data);
		text_release(&text);
	}
	return arena_printf(arena, "{\"jql\":\"updated >= -%" PRId64 "m "
		"ORDER BY updated DESC\",\"maxResults\":%" PRId64
		",\"fields\":[%s]%s}", minutes, size, fields, where);
}

/* Where the next page is; false: this was the last. */
static bool
turn_page(struct sync *sync)
{
	struct place *place = &sync->place;

	place->start += (int64_t)sync->page.items;
	place->token = sync->page.next;
	if (sync->site.cloud)
		return place->token && !sync->page.last;
	return sync->page.items && place->start < sync->page.total;
}

static enum jira_outcome
search(struct sync *sync, int64_t minutes, int64_t size, bool ids_only)
{
	enum jira_outcome outcome = ask(sync, "POST", sync->site.cloud
		? "/rest/api/3/search/jql" : "/rest/api/2/search",
		search_for(sync, minutes, size, ids_only));

	return outcome != JIRA_ANSWERED ? outcome : read_with(sync,
		ids_only ? jira_read_ids : jira_read_search);
}

/* Cloud: the history of the page's issues, all together. */
static enum jira_outcome
read_history(struct sync *sync, const char *ids)
{
	struct arena *arena = sync->reading.arena;
	const struct jira_fields *f = &sync->fields;
	const char *token = NULL;

	if (!*ids || !sync->site.cloud)
		return JIRA_ANSWERED;
	do {
		struct text body = { 0 };
		enum jira_outcome outcome;

		text_addf(&body, "{\"issueIdsOrKeys\":[%s],\"fieldIds\":["
			"\"status\",\"assignee\",\"resolution\",\"priority\","
			"\"issuetype\",\"project\"", ids);
		if (f->points)
			text_addf(&body, ",\"%s\"", f->points);
		if (f->sprint)
			text_addf(&body, ",\"%s\"", f->sprint);
		text_add(&body, "],\"maxResults\":1000");
		if (token) {
			text_add(&body, ",\"nextPageToken\":");
			text_add_json(&body, token);
		}
		text_add(&body, "}");
		outcome = ask(sync, "POST",
			"/rest/api/3/changelog/bulkfetch",
			arena_string(arena, body.data));
		text_release(&body);
		if (outcome == JIRA_ANSWERED)
			outcome = read_with(sync, jira_read_history);
		if (outcome != JIRA_ANSWERED)
			return outcome;
		token = sync->page.next;
	} while (token);
	return JIRA_ANSWERED;
}

/* "1,2" as "\"1\",\"2\"", which is what the API takes. */
static const char *
quoted_ids(struct arena *arena, const char *ids)
{
	struct text text = { 0 };
	const char *copy;

	while (*ids) {
		size_t len = strcspn(ids, ",");

		text_addf(&text, "%s\"%.*s\"", text.len ? "," : "", (int)len,
			  ids);
		ids += len + (ids[len] == ',');
	}
	copy = arena_string(arena, text.len ? text.data : "");
	text_release(&text);
	return copy;
}

static enum jira_outcome
step_issues(struct sync *sync)
{
	struct place *place = &sync->place;
	enum jira_outcome outcome = search(sync, place->minutes, place->size,
					   false);
	struct jira_page page = sync->page;

	if (outcome != JIRA_ANSWERED)
		return outcome;
	outcome = read_history(sync, quoted_ids(sync->reading.arena, page.ids));
	if (outcome != JIRA_ANSWERED)
		return outcome;
	sync->page = page;
	sync->issues += (int64_t)page.items;
	place->done += (int64_t)page.items;
	if (!sync->site.cloud)
		place->total = page.total;
	/* What went well for a while may be more again. */
	if (++place->good >= 5 && place->size < PAGE_MAX) {
		place->size = place->size * 2 > PAGE_MAX ? PAGE_MAX
							 : place->size * 2;
		place->good = 0;
	}
	if (!turn_page(sync)) {
		place->phase = "boards";
		place->start = 0;
		place->token = NULL;
	}
	return JIRA_ANSWERED;
}

/* On to the work that was logged. */
static enum jira_outcome
begin_worklogs(struct sync *sync)
{
	struct place *place = &sync->place;

	place->phase = "worklogs";
	place->logs = place->since > MARGIN * 60000
		? place->since - MARGIN * 60000 : 0;
	return JIRA_ANSWERED;
}

/* A Jira without boards, or an account that may not see any, has sprints in
 * its issues all the same. */
static bool
has_none(enum jira_outcome outcome)
{
	return outcome == JIRA_REFUSED || outcome == JIRA_NOT_THERE ||
	       outcome == JIRA_GONE || outcome == JIRA_WRONG;
}

static enum jira_outcome
step_boards(struct sync *sync)
{
	struct place *place = &sync->place;
	enum jira_outcome outcome = get(sync,
		arena_printf(sync->reading.arena, "/rest/agile/1.0/board"
			     "?startAt=%" PRId64 "&maxResults=50",
			     place->start), jira_read_boards);

	if (has_none(outcome))
		return begin_worklogs(sync);
	if (outcome != JIRA_ANSWERED)
		return outcome;
	place->start = sync->page.last || !sync->page.items ? -1
		: place->start + (int64_t)sync->page.items;
	place->boards = sync->page.ids;
	place->phase = "sprints";
	return JIRA_ANSWERED;
}

/* The sprints of the first board that is left. */
static enum jira_outcome
step_sprints(struct sync *sync)
{
	struct place *place = &sync->place;
	size_t len = strcspn(place->boards ? place->boards : "", ",");
	enum jira_outcome outcome;
	size_t start = 0;

	if (!len) {
		if (place->start < 0)
			return begin_worklogs(sync);
		place->phase = "boards";
		return JIRA_ANSWERED;
	}
	do {
		outcome = get(sync, arena_printf(sync->reading.arena,
			"/rest/agile/1.0/board/%.*s/sprint?startAt=%zu"
			"&maxResults=50", (int)len, place->boards, start),
			jira_read_sprints);
		start += sync->page.items;
	} while (outcome == JIRA_ANSWERED && !sync->page.last &&
		 sync->page.items);
	if (outcome != JIRA_ANSWERED && !has_none(outcome))
		return outcome;
	place->boards += len + (place->boards[len] == ',');
	return JIRA_ANSWERED;
}

static enum jira_outcome
end_round(struct sync *sync)
{
	sync->place.phase = sync->sweep_is_due && sync->place.since
		? "sweep" : "swept";
	sync->place.token = NULL;
	sync->place.start = 0;
	return JIRA_ANSWERED;
}

static enum jira_outcome
step_worklogs(struct sync *sync)
{
	struct arena *arena = sync->reading.arena;
	struct place *place = &sync->place;
	enum jira_outcome outcome = get(sync, arena_printf(arena,
		"%s?since=%" PRId64, api(sync, "worklog/updated"),
		place->logs), jira_read_worklog_ids);
	struct jira_page page = sync->page;

	if (has_none(outcome))
		return end_round(sync);
	if (outcome == JIRA_ANSWERED && *page.ids) {
		outcome = ask(sync, "POST", api(sync, "worklog/list"),
			      arena_printf(arena, "{\"ids\":[%s]}", page.ids));
		if (outcome == JIRA_ANSWERED)
			outcome = read_with(sync, jira_read_worklogs);
	}
	if (outcome != JIRA_ANSWERED)
		return outcome;
	if (page.last || !page.items || page.until <= place->logs) {
		begin_worklogs(sync);
		place->phase = "gone";
	} else {
		place->logs = page.until;
	}
	return JIRA_ANSWERED;
}

static enum jira_outcome
step_gone(struct sync *sync)
{
	struct place *place = &sync->place;
	enum jira_outcome outcome = get(sync,
		arena_printf(sync->reading.arena, "%s?since=%" PRId64,
			     api(sync, "worklog/deleted"), place->logs),
		jira_read_worklogs_gone);

	if (outcome != JIRA_ANSWERED && !has_none(outcome))
		return outcome;
	if (outcome != JIRA_ANSWERED || sync->page.last || !sync->page.items ||
	    sync->page.until <= place->logs)
		return end_round(sync);
	place->logs = sync->page.until;
	return JIRA_ANSWERED;
}

static enum jira_outcome
step_sweep(struct sync *sync)
{
	enum jira_outcome outcome = search(sync, EVER, 1000, true);

	if (outcome != JIRA_ANSWERED)
		return outcome;
	sync->also = "jira_saw";
	sync->also_values[0] = arena_printf(sync->reading.arena, "{%s}",
					    sync->page.ids);
	if (!turn_page(sync))
		sync->place.phase = "swept";
	return JIRA_ANSWERED;
}

/* The end of the round, and of a sweep if there was one. A first round has
 * seen all there is. */
static enum jira_outcome
step_swept(struct sync *sync)
{
	struct place *place = &sync->place;
	char *began = arena_alloc(sync->reading.arena, TIME_TEXT);

	sync->also = "jira_round";
	sync->also_values[0] = time_format(place->began, began);
	sync->also_values[1] = !place->since ? "full"
		: sync->sweep_is_due ? "sweep" : "";
	/* Minutes before now are others now: a round that took long may have
	 * missed what was at its far end, and is asked for again. */
	if (!place->since || time_now() - place->began < (MARGIN - 1) * 60000)
		place->since = place->began;
	place->phase = "about";
	sync->finished = true;
	return JIRA_ANSWERED;
}

static const struct {
	const char *phase, *words;
	sync_step *step;
	int percent;
} steps[] = {
	{ "about", "fields, statuses, projects", step_about, 0 },
	{ "issues", "issues", step_issues, 3 },
	{ "boards", "boards", step_boards, 85 },
	{ "sprints", "sprints", step_sprints, 87 },
	{ "worklogs", "work logged", step_worklogs, 92 },
	{ "gone", "work logged", step_gone, 94 },
	{ "sweep", "looking for deleted issues", step_sweep, 96 },
	{ "swept", "looking for deleted issues", step_swept, 99 },
};

static size_t
step_number(const struct sync *sync)
{
	for (size_t i = 0; i < COUNT(steps); i++)
		if (!strcmp(steps[i].phase, sync->place.phase))
			return i;
	return 0;
}

sync_step *
sync_step_of(const struct sync *sync)
{
	return steps[step_number(sync)].step;
}

int
sync_progress(const struct sync *sync, char words[60])
{
	const struct place *place = &sync->place;
	size_t i = step_number(sync);

	snprintf(words, 60, "%s", steps[i].words);
	if (steps[i].step != step_issues || place->total <= 0)
		return steps[i].percent;
	snprintf(words, 60, "%" PRId64 " of %" PRId64 " issues", place->done,
		 place->total < place->done ? place->done : place->total);
	return place->done >= place->total ? 84
		: (int)(3 + 81 * place->done / place->total);
}
