/*
 * github_unit.c - one repository that a job asks GitHub about.
 */
#include "base.h"

#include "conf.h"
#include "crypto.h"
#include "github_unit.h"
#include "log.h"

static struct github_link *links;

/* The App's key, read once; NULL: there is none. */
static const char *
app_key(void)
{
	static struct text key;
	const char *path = conf_get("GITHUB_APP_KEY_FILE");
	FILE *file;
	size_t got;

	if (key.data || !path || !(file = fopen(path, "r")))
		return key.data;
	text_reserve(&key, 16384);
	got = fread(key.data, 1, 16383, file);
	key.data[got] = '\0';
	key.len = got;
	fclose(file);
	return key.data;
}

static int64_t
number_at(const PGresult *rows, int column)
{
	return strtoll(PQgetvalue(rows, 0, column), NULL, 10);
}

static struct github_link *
find_link(int64_t org, int64_t id)
{
	struct github_link *link = links;

	while (link && (link->org != org || link->id != id))
		link = link->next;
	if (!link) {
		link = xcalloc(1, sizeof(*link));
		link->org = org;
		link->id = id;
		link->state = "ok";
		link->next = links;
		links = link;
	}
	return link;
}

/* What others have learnt of its budgets meanwhile counts, if it is later. */
static void
take_budgets(struct github_credential *c, const PGresult *rows)
{
	for (int i = 0; i < GITHUB_BUDGETS; i++) {
		struct github_budget stored = {
			number_at(rows, 13 + 3 * i), number_at(rows, 14 + 3 * i),
			number_at(rows, 15 + 3 * i)
		}, *mine = c->budgets + i;

		if (stored.reset > mine->reset ||
		    (stored.reset == mine->reset &&
		     stored.remaining < mine->remaining))
			*mine = stored;
	}
	if (number_at(rows, 19) > c->not_before)
		c->not_before = number_at(rows, 19);
	c->strikes = (int)number_at(rows, 20);
}

/* NULL: the link is ready; else why it cannot be used. */
static const char *
open_link(struct github_link *link, const PGresult *rows)
{
	struct github_credential *c = &link->credential;
	char place[96];

	free(link->url);
	free(link->token);
	link->token = NULL;
	link->url = github_url_of(PQgetvalue(rows, 0, 0));
	if (!link->url)
		return "its host is not one that the operator lists";
	if (!strcmp(PQgetvalue(rows, 0, 10), "token")) {
		snprintf(place, sizeof(place), "github_connection.credential/%"
			 PRId64 "/%" PRId64, link->org, link->id);
		link->token = secret_open(PQgetvalue(rows, 0, 11), place);
		if (!link->token)
			return "its token cannot be opened: the key is another";
	}
	c->url = link->url;
	c->token = link->token;
	c->installation = number_at(rows, 12);
	c->app_id = conf_get("GITHUB_APP_ID");
	c->app_key = app_key();
	take_budgets(c, rows);
	return NULL;
}

static bool
ask_facts(struct job *job, struct unit *unit, struct github_unit *of)
{
	struct call calls[3];
	struct db_error error;
	const char *values[] = { unit->org_text, unit->name };

	calls[0] = job_enter(unit);
	calls[1] = (struct call){ "github_unit", 2, values, NULL, 0, NULL };
	calls[2] = (struct call){ "github_etags", 2, values, NULL, 0, NULL };
	if (!db_run(job->db, calls, 3, 0, &error))
		job_fail(job, error.message);
	PQclear(calls[0].result);
	of->rows = calls[1].result;
	of->etags = calls[2].result;
	return PQntuples(of->rows) == 1;
}

static const char *
text_at(const PGresult *rows, int column)
{
	return PQgetisnull(rows, 0, column) ? NULL
					    : PQgetvalue(rows, 0, column);
}

bool
github_unit_open(struct job *job, struct unit *unit, struct github_unit *of)
{
	const char *wrong = NULL;

	memset(of, 0, sizeof(*of));
	of->unit = unit;
	if (!ask_facts(job, unit, of)) {
		job_finish_unit(unit, -1, NULL, "the repository is gone");
		github_unit_close(of);
		return false;
	}
	of->id = strtoll(unit->name, NULL, 10);
	of->host = PQgetvalue(of->rows, 0, 0);
	of->repository = (struct repository){
		.github_id = number_at(of->rows, 1),
		.full_name = PQgetvalue(of->rows, 0, 2),
		.default_branch = text_at(of->rows, 3),
		.url = text_at(of->rows, 4),
	};
	of->hook = PQgetvalue(of->rows, 0, 5);
	of->hook_state = PQgetvalue(of->rows, 0, 6);
	of->disconnected = *PQgetvalue(of->rows, 0, 7) == 't';
	of->connected_at = number_at(of->rows, 8);
	if (!text_at(of->rows, 9) || !text_at(of->rows, 10)) {
		wrong = "no integration asks for it";
	} else {
		of->link = find_link(unit->org, number_at(of->rows, 9));
		wrong = open_link(of->link, of->rows);
	}
	if (wrong) {
		job_fail_unit(unit, 86400, wrong);
		github_unit_close(of);
	}
	return !wrong;
}

void
github_unit_close(struct github_unit *of)
{
	PQclear(of->rows);
	PQclear(of->etags);
	of->rows = of->etags = NULL;
}

const char *
github_etag_of(const struct github_unit *of, const char *list)
{
	for (int i = 0; i < PQntuples(of->etags); i++)
		if (!strcmp(PQgetvalue(of->etags, i, 0), list))
			return PQgetvalue(of->etags, i, 1);
	return NULL;
}

struct call
github_note(struct github_link *link)
{
	const struct github_credential *c = &link->credential;
	const struct github_budget *b = c->budgets;

	snprintf(link->org_text, sizeof(link->org_text), "%" PRId64, link->org);
	snprintf(link->id_text, sizeof(link->id_text), "%" PRId64, link->id);
	snprintf(link->budgets, sizeof(link->budgets), "{%" PRId64 ",%" PRId64
		 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 "}",
		 b[0].limit, b[0].remaining, b[0].reset, b[1].limit,
		 b[1].remaining, b[1].reset);
	snprintf(link->not_before, sizeof(link->not_before), "%" PRId64,
		 c->not_before);
	snprintf(link->strikes, sizeof(link->strikes), "%d", c->strikes);
	link->values[0] = link->org_text;
	link->values[1] = link->id_text;
	link->values[2] = link->state;
	link->values[3] = link->message;
	link->values[4] = link->budgets;
	link->values[5] = link->not_before;
	link->values[6] = link->strikes;
	return (struct call){ "note_github", 7, link->values, NULL, 0, NULL };
}
