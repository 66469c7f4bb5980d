/*
 * github_hooks.c - the webhook of a repository: made, looked after, removed.
 *
 * GitHub never sends a delivery again by itself, so what failed at our door is
 * asked for again; for three days it can be.
 */
#include "base.h"

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "github_walk.h"
#include "log.h"

#define AGAIN_MAX 20		/* deliveries asked for again at a time */

struct hook_config {
	const char *url;
};

struct hook {
	int64_t id;
	struct hook_config *config;
};

struct delivered {
	int64_t id, delivered_at, status_code;
	const char *guid;
};

struct hooks {
	struct json_array list;
};

static const struct json_field config_fields[] = {
	{ "url", JSON_TEXT, offsetof(struct hook_config, url), NULL, 2000 },
	{ NULL }
};
static const struct json_shape config_shape = {
	config_fields, sizeof(struct hook_config)
};
static const struct json_field hook_fields[] = {
	{ "id", JSON_INT, offsetof(struct hook, id) },
	{ "config", JSON_OBJECT, offsetof(struct hook, config), &config_shape },
	{ NULL }
};
static const struct json_shape hook_shape = {
	hook_fields, sizeof(struct hook)
};
static const struct json_field hooks_fields[] = {
	{ "list", JSON_ARRAY, offsetof(struct hooks, list), &hook_shape },
	{ NULL }
};
static const struct json_shape hooks_shape = {
	hooks_fields, sizeof(struct hooks)
};
static const struct json_field delivered_fields[] = {
	{ "id", JSON_INT, offsetof(struct delivered, id) },
	{ "delivered_at", JSON_TIME, offsetof(struct delivered, delivered_at) },
	{ "status_code", JSON_INT, offsetof(struct delivered, status_code) },
	{ "guid", JSON_TEXT, offsetof(struct delivered, guid) },
	{ NULL }
};
static const struct json_shape delivered_shape = {
	delivered_fields, sizeof(struct delivered)
};
static const struct json_field deliveries_fields[] = {
	{ "list", JSON_ARRAY, offsetof(struct hooks, list), &delivered_shape },
	{ NULL }
};
static const struct json_shape deliveries_shape = {
	deliveries_fields, sizeof(struct hooks)
};

static const struct json_array *
read_list(struct walk *walk, const struct github_answer *answer,
	  const struct json_shape *shape)
{
	static const struct json_array none;
	const char *problem, *json = arena_printf(&walk->arena,
		"{\"list\":%s}", answer->body.data ? answer->body.data : "[]");
	const struct hooks *hooks = json_read(json, strlen(json), shape,
					      &walk->arena, &problem);

	return hooks ? &hooks->list : &none;
}

static const char *
hooks_path(struct walk *walk, const char *rest)
{
	return arena_printf(&walk->arena, "/repos/%s/hooks%s",
			    walk->of.repository.full_name, rest);
}

static const char *
our_address(struct walk *walk)
{
	return arena_printf(&walk->arena, "%s%s/webhooks/github/%" PRId64,
			    conf_need("FRONTEND_URL"),
			    conf_or("API_BASE", "/api/v1"), walk->of.link->id);
}

static bool
keep(struct walk *walk, const char *hook, const char *state)
{
	const char *values[] = { walk->of.unit->org_text, walk->of.unit->name,
				 hook, state };
	struct call also = { "set_hook", 4, values, NULL, 0, NULL };

	return walk_commit(walk, NULL, 0, &also, 1);
}

/* What the door's deliveries are signed with; NULL: it cannot be opened. */
static char *
door_secret(struct walk *walk)
{
	char id[24], place[96], *secret;
	PGresult *rows;

	snprintf(id, sizeof(id), "%" PRId64, walk->of.link->id);
	snprintf(place, sizeof(place), "connection.secret/%" PRId64 "/%s",
		 walk->of.unit->org, id);
	rows = job_ask(walk->job, "door", id);
	secret = PQntuples(rows) && !PQgetisnull(rows, 0, 2)
		? secret_open(PQgetvalue(rows, 0, 2), place) : NULL;
	PQclear(rows);
	return secret;
}

static const char *
hook_body(struct walk *walk, const char *secret)
{
	struct text body = { 0 };
	const char *copy;

	text_add(&body, "{\"name\":\"web\",\"active\":true,\"events\":["
		 "\"push\",\"pull_request\",\"pull_request_review\","
		 "\"pull_request_review_comment\","
		 "\"pull_request_review_thread\",\"issue_comment\",\"issues\","
		 "\"deployment\",\"deployment_status\",\"workflow_run\","
		 "\"check_run\",\"check_suite\",\"status\",\"release\","
		 "\"create\",\"delete\",\"repository\",\"member\"],"
		 "\"config\":{\"content_type\":\"json\",\"insecure_ssl\":\"0\","
		 "\"url\":");
	text_add_json(&body, our_address(walk));
	text_add(&body, ",\"secret\":");
	text_add_json(&body, secret);
	text_add(&body, "}}");
	copy = arena_string(&walk->arena, body.data);
	text_release(&body);
	return copy;
}

/* Ours among those that are there: it was made, and we were killed. */
static int64_t
find_ours(struct walk *walk)
{
	struct github_answer answer;
	int64_t found = 0;

	if (!walk_ask(walk, "GET", hooks_path(walk, "?per_page=100"), NULL,
		      NULL, &answer)) {
		found = -1;
	} else if (answer.outcome == GITHUB_GOOD) {
		const struct json_array *list = read_list(walk, &answer,
							  &hooks_shape);
		const struct hook *hooks = list->items;

		for (size_t i = 0; i < list->count; i++)
			if (hooks[i].config && hooks[i].config->url &&
			    !strcmp(hooks[i].config->url, our_address(walk)))
				found = hooks[i].id;
	}
	github_release_answer(&answer);
	return found;
}

static bool
make_hook(struct walk *walk)
{
	struct github_answer answer;
	/* Without an address of ours there is nowhere to send to. */
	char *secret = conf_get("FRONTEND_URL") ? door_secret(walk) : NULL;
	char id[24];
	const struct hook *made = NULL;
	const char *problem;
	int64_t hook = 0;
	bool good;

	if (!secret)
		return keep(walk, NULL, "failing");
	good = walk_ask(walk, "POST", hooks_path(walk, ""), NULL,
			hook_body(walk, secret), &answer);
	free(secret);
	if (good && answer.outcome == GITHUB_GOOD && answer.body.data)
		made = json_read(answer.body.data, answer.body.len, &hook_shape,
				 &walk->arena, &problem);
	if (made && made->id > 0)
		hook = made->id;
	else if (good && answer.status == 422)
		hook = find_ours(walk);
	github_release_answer(&answer);
	if (!good || hook < 0)
		return false;
	snprintf(id, sizeof(id), "%" PRId64, hook);
	return keep(walk, hook ? id : NULL, hook ? "active" : "failing");
}

/* Is there a delivery of this guid, newer than `at`, or one that came well? */
static bool
is_done(const struct delivered *list, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++)
		if (i != at && list[i].guid && list[at].guid &&
		    !strcmp(list[i].guid, list[at].guid) &&
		    ((list[i].status_code >= 200 &&
		      list[i].status_code < 300) ||
		     list[i].delivered_at > list[at].delivered_at))
			return true;
	return list[at].status_code >= 200 && list[at].status_code < 300;
}

static bool
ask_again(struct walk *walk, const struct json_array *deliveries)
{
	const struct delivered *list = deliveries->items;
	struct github_answer answer;
	int asked = 0;
	bool good = true;

	for (size_t i = 0; good && i < deliveries->count && asked < AGAIN_MAX;
	     i++) {
		if (list[i].id == JSON_NO_INT ||
		    list[i].delivered_at < walk->since ||
		    is_done(list, deliveries->count, i))
			continue;
		good = walk_ask(walk, "POST", hooks_path(walk,
			arena_printf(&walk->arena, "/%s/deliveries/%" PRId64
				     "/attempts", walk->of.hook, list[i].id)),
			NULL, "{}", &answer);
		github_release_answer(&answer);
		asked++;
	}
	if (asked)
		log_line(LOG_INFORM, "deliveries were asked for again",
			 "repository", walk->of.repository.full_name, NULL);
	return good;
}

static bool
look_after(struct walk *walk)
{
	struct github_answer answer;
	bool good = walk_ask(walk, "GET", hooks_path(walk,
		arena_printf(&walk->arena, "/%s/deliveries?per_page=100",
			     walk->of.hook)), NULL, NULL, &answer);

	if (good && answer.outcome == GITHUB_GOOD)
		good = ask_again(walk, read_list(walk, &answer,
						 &deliveries_shape));
	else if (good && answer.outcome == GITHUB_MISSING)
		/* Somebody took it away there. */
		good = make_hook(walk);
	github_release_answer(&answer);
	return good;
}

bool
walk_hook(struct walk *walk)
{
	/* An installation's events come in at the App's door. */
	if (!walk->of.link->credential.token)
		return true;
	if (!*walk->of.hook)
		return make_hook(walk);
	return !walk->kind->sync || look_after(walk);
}

bool
walk_remove_hook(struct walk *walk)
{
	struct github_answer answer;
	bool good;

	if (!*walk->of.hook)
		return true;
	good = walk_ask(walk, "DELETE", hooks_path(walk,
		arena_printf(&walk->arena, "/%s", walk->of.hook)), NULL, NULL,
		&answer);
	github_release_answer(&answer);
	return good && keep(walk, NULL, "none");
}
