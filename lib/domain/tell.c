/*
 * tell.c - the line of the feed that a record gives.
 */
#include "tell.h"

#include "text.h"

#define KEY_MAX 1000

const char *
number_text(struct arena *arena, int64_t number)
{
	if (number == JSON_NO_INT)
		return NULL;
	return arena_printf(arena, "%" PRId64, number);
}

const char *
if_true(signed char flag)
{
	return flag == 1 ? "true" : NULL;
}

bool
login_is_bot(const char *login)
{
	size_t len = login ? strlen(login) : 0;

	return len > 5 && !strcmp(login + len - 5, "[bot]");
}

struct happening *
happening_new(struct arena *arena, const char *type, int64_t at,
	      const char *author, const char *key, ...)
{
	struct happening *happening = arena_zalloc(arena, sizeof(*happening));
	char text[KEY_MAX];
	va_list args;

	va_start(args, key);
	vsnprintf(text, sizeof(text), key, args);
	va_end(args);
	happening->type = type;
	happening->key = arena_copy(arena, text, text_cut(text, strlen(text),
							  KEY_MAX - 4));
	happening->at = at;
	happening->heard_at = at;
	happening->author = author;
	return happening;
}

struct happening *
tell_commit(struct arena *arena, const struct commit *commit,
	    const char *branch, const char *url)
{
	/* The account if the address belongs to one, else the name. */
	const char *author = commit->author.login ? commit->author.login
						  : commit->author_name;
	struct happening *happening = happening_new(arena, "commit",
		commit->authored_at, author, "commit/%s", commit->sha);

	return happening_render(arena, happening, commit->sha,
				commit->message, NULL, url, NULL,
				(struct detail[]){
		{ "sha", commit->sha }, { "branch", branch },
		{ "bot", if_true(commit->author.bot), true }, { NULL } });
}

struct happening *
tell_pull_request(struct arena *arena, const struct pull_request *pr,
		  const char *action, const char *actor)
{
	const char *number = number_text(arena, pr->number);
	struct happening *happening;
	int64_t at = pr->updated_at;
	bool fact = true;

	if (!strcmp(action, "closed") && !strcmp(pr->state, "merged"))
		action = "merged";
	if (!strcmp(action, "opened"))
		at = pr->created_at;
	else if (!strcmp(action, "merged"))
		at = pr->merged_at;
	else if (!strcmp(action, "closed") && pr->closed_at != TIME_ABSENT)
		at = pr->closed_at;
	else
		fact = false;
	happening = happening_new(arena, "pull_request", at, pr->author.login,
				  "pull_request/%s/%s/%" PRId64, number,
				  action, at);
	return happening_render(arena, happening,
		number_text(arena, pr->github_id),
		arena_printf(arena, "#%s %s", number, pr->title), action,
		pr->url, pr->author.avatar_url, (struct detail[]){
			{ "number", number, true }, { "state", pr->state },
			{ "draft", if_true(pr->draft), true },
			{ "mergedBy", pr->merged_by },
			{ "actor", fact ? NULL : actor },
			{ "bot", if_true(pr->author.bot), true }, { NULL } });
}

struct happening *
tell_release(struct arena *arena, const struct release *release,
	     const char *action)
{
	int64_t at = release->published_at != TIME_ABSENT
		? release->published_at : release->created_at;
	const char *name = release->name && *release->name ? release->name
							   : release->tag;
	struct happening *happening = happening_new(arena, "release", at,
		release->author.login, "release/%s/%s/%" PRId64,
		release->external_id, action, at);

	return happening_render(arena, happening, release->external_id,
		arena_printf(arena, "%s %s", name, action), action,
		release->url, release->author.avatar_url, (struct detail[]){
			{ "tag", release->tag },
			{ "prerelease", if_true(release->prerelease), true },
			{ NULL } });
}

struct happening *
tell_deployment(struct arena *arena, const struct deployment *d,
		const char *who, const char *avatar_url, const char *what,
		const char *key, int64_t at, const char *url)
{
	struct happening *happening = happening_new(arena, "deployment", at,
		who, "deployment/%s/%s", d->external_id, key);

	return happening_render(arena, happening, d->external_id,
		arena_printf(arena, "%s deployment: %s", d->environment, what),
		what, url, avatar_url, (struct detail[]){
			{ "environment", d->environment }, { "status", what },
			{ "sha", d->sha }, { "ref", d->ref }, { NULL } });
}
