/*
 * github_pages.c - read what GitHub's API answers into records.
 *
 * REST says of a thing what a webhook says, and so does our GraphQL query
 * (github_graph.h), but for an account's login and picture: those become what
 * REST has.
 */
#include "github_pages.h"

#include "github_graph.h"
#include "github_read.h"
#include "github_shape.h"
#include "reverts.h"
#include "text.h"

/* --- REST: lists of what the webhooks carry ------------------------------ */

struct rest_person {
	const char *name, *email;
	int64_t date;
};

struct rest_git {
	const char *message;
	struct rest_person *author, *committer;
};

struct rest_commit {
	const char *sha, *html_url;
	struct rest_git *commit;
	struct gh_user *author;
	struct json_array parents;	/* struct gh_side */
};

struct list {
	struct json_array list, workflow_runs, repositories;
};

FIELDS(rest_person) = {
	TEXT(rest_person, name), TEXT(rest_person, email),
	TIME(rest_person, date), { NULL }
};
SHAPE(rest_person);
FIELDS(rest_git) = {
	LONG(rest_git, message, MESSAGE),
	PART(rest_git, author, rest_person_shape),
	PART(rest_git, committer, rest_person_shape), { NULL }
};
SHAPE(rest_git);
FIELDS(gh_side) = {
	TEXT(gh_side, sha), { NULL }
};
SHAPE(gh_side);
FIELDS(rest_commit) = {
	TEXT(rest_commit, sha), LONG(rest_commit, html_url, LINK),
	PART(rest_commit, commit, rest_git_shape),
	PART(rest_commit, author, gh_user_shape),
	LIST(rest_commit, parents, gh_side_shape), { NULL }
};
SHAPE(rest_commit);

#define LIST_OF(name, member, shape) \
	static const struct json_field name##_fields[] = { \
		LIST(list, member, shape), { NULL } \
	}; \
	static const struct json_shape name##_shape = { \
		name##_fields, sizeof(struct list) \
	}
LIST_OF(commits, list, rest_commit_shape);
LIST_OF(deployments, list, gh_deployment_shape);
LIST_OF(statuses, list, gh_deployment_status_shape);
LIST_OF(runs, workflow_runs, gh_run_shape);
LIST_OF(releases, list, gh_release_shape);
LIST_OF(issues, list, gh_issue_shape);
LIST_OF(reviews, list, gh_review_shape);
static const struct json_field seen_fields[] = {
	LIST(list, list, gh_repository_shape),
	LIST(list, repositories, gh_repository_shape), { NULL }
};
static const struct json_shape seen_shape = {
	seen_fields, sizeof(struct list)
};

/* --- one item ------------------------------------------------------------ */

/* What the readers of events look at, for items that come without one. */
struct turn {
	struct github github;
	struct reading reading;
	struct gh_payload payload;
	struct gh_repository repository;
	struct github_page *page;
};

static void
begin_turn(struct turn *turn, struct github_page *page)
{
	memset(turn, 0, sizeof(*turn));
	turn->page = page;
	turn->reading = (struct reading){
		.arena = page->arena, .event = "", .action = "",
		.received_at = 0, .repository = page->repository,
		.installation = JSON_NO_INT,
	};
	turn->payload.action = "";
	turn->payload.repository = &turn->repository;
	turn->repository.updated_at = turn->repository.pushed_at = TIME_ABSENT;
	turn->repository.html_url = page->repository->url;
	turn->github = (struct github){
		.reading = &turn->reading, .arena = page->arena,
		.payload = &turn->payload,
	};
}

/* An item was read, or not: then what came of it goes again. */
static void
end_item(struct turn *turn, size_t before)
{
	struct github_page *page = turn->page;

	if (!turn->github.problem)
		return;
	turn->reading.count = before;
	if (!page->bad++)
		page->why = turn->github.problem;
	turn->github.problem = NULL;
}

static void
add_more(struct github_page *page, enum github_list list, int64_t number,
	 const struct deployment *deployment, int64_t changed_at)
{
	size_t count = page->more_count;
	struct github_more *more = arena_alloc(page->arena,
					       (count + 1) * sizeof(*more));

	if (count)
		memcpy(more, page->more, count * sizeof(*more));
	more[count] = (struct github_more){ list, number, deployment,
					    changed_at };
	page->more = more;
	page->more_count++;
}

static void
add_commit(struct turn *turn, const struct commit *from, bool on_default,
	   const char *url)
{
	struct github *github = &turn->github;
	const struct repository *repository = turn->page->repository;
	struct happening *happening = NULL;
	struct commit *to;

	if (!need(github, is_sha(from->sha), "sha") ||
	    !need_int(github, from->authored_at, "commit.author.date"))
		return;
	to = ZALLOC(github, commit);
	*to = *from;
	to->author.id = JSON_NO_INT;
	to->author.bot = login_is_bot(to->author.login);
	to->author.avatar_url = NULL;
	to->message = to->message ? to->message : "";
	to->reverts = reverted_commit(github->arena, to->message);
	to->additions = to->deletions = JSON_NO_INT;
	to->on_default = on_default;
	/* A branch's own commits are told by the pull request; they may never
	 * come to the default branch as they are. */
	if (on_default) {
		happening = tell_commit(github->arena, to,
					repository->default_branch, url);
		happening->heard_at = first_time(to->committed_at,
						 to->authored_at, 0);
	}
	add_record(github, RECORD_COMMIT, 2, to, happening);
}

static void
read_rest_commit(struct turn *turn, const void *item, bool on_default)
{
	const struct rest_commit *from = item;
	const struct rest_git *git = from->commit;
	const struct rest_person *author = git ? git->author : NULL;

	if (!need(&turn->github, author, "commit.author"))
		return;
	add_commit(turn, &(struct commit){
		.sha = from->sha, .author.login = login_of(from->author),
		.author_name = author->name, .author_email = author->email,
		.message = git->message, .authored_at = author->date,
		.committed_at = git->committer ? git->committer->date
					       : TIME_ABSENT,
		.parents = (int64_t)from->parents.count,
	}, on_default, from->html_url);
	if (git->committer)
		turn->page->oldest = git->committer->date;
}

static void
take_commit(struct turn *turn, const void *item)
{
	read_rest_commit(turn, item, true);
}

static void
take_branch_commit(struct turn *turn, const void *item)
{
	read_rest_commit(turn, item, false);
}

static void
take_deployment_item(struct turn *turn, const void *item)
{
	struct github *github = &turn->github;
	size_t before = turn->reading.count;

	turn->payload.deployment = (struct gh_deployment *)(uintptr_t)item;
	read_deployment(github);
	if (github->problem)
		return;
	turn->page->oldest = turn->payload.deployment->created_at;
	add_more(turn->page, LIST_STATUSES, JSON_NO_INT,
		 turn->reading.records[before].data,
		 first_time(turn->payload.deployment->updated_at,
			    turn->payload.deployment->created_at, 0));
}

static void
take_status(struct turn *turn, const void *item)
{
	turn->payload.deployment_status =
		(struct gh_deployment_status *)(uintptr_t)item;
	add_deployment_status(&turn->github, turn->page->deployment);
}

static void
take_run_item(struct turn *turn, const void *item)
{
	turn->payload.workflow_run = (struct gh_run *)(uintptr_t)item;
	/* As the webhook of a run that ended: what its line says of it. */
	turn->reading.action = turn->payload.workflow_run->status
		? turn->payload.workflow_run->status : "";
	read_workflow_run(&turn->github);
	turn->page->oldest = turn->payload.workflow_run->created_at;
}

static void
take_release(struct turn *turn, const void *item)
{
	turn->payload.release = (struct gh_release *)(uintptr_t)item;
	turn->payload.action = turn->payload.release->draft == 1
		? "created" : "published";
	read_release(&turn->github);
	turn->page->oldest = turn->payload.release->created_at;
}

/* What was opened and then closed is two lines of the feed. The first says
 * what it was then; its record is of a lower rank than the second's, and gives
 * way to it (github_talk.c). */
static void
take_issue_item(struct turn *turn, const void *item)
{
	struct gh_issue now = *(const struct gh_issue *)item, then = now;

	turn->page->oldest = now.updated_at;
	if (now.pull_request)
		return;		/* it comes among those */
	then.state = "open";
	then.closed_at = TIME_ABSENT;
	turn->payload.issue = &then;
	turn->payload.action = "opened";
	read_issue(&turn->github);
	if (!turn->github.problem && now.closed_at != TIME_ABSENT) {
		turn->payload.issue = &now;
		turn->payload.action = "closed";
		read_issue(&turn->github);
	}
}

static void
take_review_item(struct turn *turn, const void *item)
{
	const struct gh_review *review = item;

	/* One that is pending nobody but its author may see. */
	if (review->submitted_at == TIME_ABSENT ||
	    (review->state && !strcasecmp(review->state, "pending")))
		return;
	turn->payload.review = (struct gh_review *)(uintptr_t)review;
	turn->payload.action = "submitted";
	add_review(&turn->github, turn->page->number, review->submitted_at);
	/* What it said before it was dismissed it says no more. */
	if (!turn->github.problem && !strcasecmp(review->state, "dismissed"))
		turn->reading.records[turn->reading.count - 1].happening = NULL;
}

/* GraphQL leaves "[bot]" out of a bot's login, and puts more than the version
 * into the address of a picture. */
static void
as_rest(struct turn *turn, struct gh_user *user)
{
	struct arena *arena = turn->page->arena;
	const char *query;

	if (!user)
		return;
	if (user->type && !strcmp(user->type, "Bot") && user->login &&
	    !login_is_bot(user->login))
		user->login = arena_printf(arena, "%s[bot]", user->login);
	query = user->avatar_url ? strchr(user->avatar_url, '?') : NULL;
	if (query && strstr(query, "v=4"))
		user->avatar_url = arena_printf(arena, "%.*s?v=4",
			(int)(query - user->avatar_url), user->avatar_url);
}

static void
take_reviews(struct turn *turn, struct ql_reviews *reviews)
{
	struct ql_review *list = reviews ? reviews->nodes.items : NULL;

	for (size_t i = 0; reviews && i < reviews->nodes.count; i++) {
		size_t before = turn->reading.count;

		list[i].review.commit_id = list[i].commit
			? list[i].commit->sha : NULL;
		as_rest(turn, list[i].review.user);
		take_review_item(turn, &list[i].review);
		end_item(turn, before);
	}
	if (reviews && reviews->page && reviews->page->more == 1)
		add_more(turn->page, LIST_REVIEWS, turn->page->number, NULL,
			 turn->page->oldest);
}

static void
take_commits(struct turn *turn, const struct ql_commits *commits)
{
	const struct ql_commit *list = commits ? commits->nodes.items : NULL;

	for (size_t i = 0; commits && i < commits->nodes.count; i++) {
		const struct ql_git *git = list[i].commit;
		size_t before = turn->reading.count;

		if (need(&turn->github, git && git->author, "commit.author")) {
			as_rest(turn, git->author->user);
			add_commit(turn, &(struct commit){
				.sha = git->sha,
				.author.login = login_of(git->author->user),
				.author_name = git->author->name,
				.author_email = git->author->email,
				.message = git->message,
				.authored_at = git->authored_at,
				.committed_at = git->committed_at,
				.parents = git->parents ? git->parents->total
							: JSON_NO_INT,
			}, false, git->html_url);
		}
		end_item(turn, before);
	}
	if (commits && commits->page && commits->page->more == 1)
		add_more(turn->page, LIST_BRANCH_COMMITS, turn->page->number,
			 NULL, turn->page->oldest);
}

static void
take_pull(struct turn *turn, const void *item)
{
	struct ql_pull *from = (struct ql_pull *)(uintptr_t)item;
	struct gh_pull_request *now = &from->pr, then;

	turn->page->number = now->number;
	turn->page->oldest = now->updated_at;
	now->head = &from->head;
	now->base = &from->base;
	now->merge_commit_sha = from->merge ? from->merge->sha : NULL;
	now->commits = from->commits ? from->commits->total : JSON_NO_INT;
	now->state = now->state ? text_lower(arena_string(turn->page->arena,
							  now->state)) : NULL;
	as_rest(turn, now->user);
	as_rest(turn, now->merged_by);
	then = *now;
	then.state = "open";
	then.closed_at = then.merged_at = TIME_ABSENT;
	then.merged_by = NULL;
	turn->payload.pull_request = &then;
	turn->payload.action = "opened";
	read_pull_request(&turn->github);
	if (!turn->github.problem && now->closed_at != TIME_ABSENT) {
		turn->payload.pull_request = now;
		turn->payload.action = "closed";
		read_pull_request(&turn->github);
	}
	if (turn->github.problem)
		return;
	take_reviews(turn, from->reviews);
	take_commits(turn, from->commits);
}

/* --- a page -------------------------------------------------------------- */

static const struct {
	const struct json_shape *shape;
	size_t item;
	void (*take)(struct turn *turn, const void *item);
} lists[LISTS] = {
	[LIST_PULL_REQUESTS] = { &ql_answer_shape, sizeof(struct ql_pull),
				 take_pull },
	[LIST_COMMITS] = { &commits_shape, sizeof(struct rest_commit),
			   take_commit },
	[LIST_DEPLOYMENTS] = { &deployments_shape,
			       sizeof(struct gh_deployment),
			       take_deployment_item },
	[LIST_RUNS] = { &runs_shape, sizeof(struct gh_run), take_run_item },
	[LIST_RELEASES] = { &releases_shape, sizeof(struct gh_release),
			    take_release },
	[LIST_ISSUES] = { &issues_shape, sizeof(struct gh_issue),
			  take_issue_item },
	[LIST_REVIEWS] = { &reviews_shape, sizeof(struct gh_review),
			   take_review_item },
	[LIST_BRANCH_COMMITS] = { &commits_shape, sizeof(struct rest_commit),
				  take_branch_commit },
	[LIST_STATUSES] = { &statuses_shape,
			    sizeof(struct gh_deployment_status), take_status },
};

/* Our reader takes objects; a list becomes one's member. */
static void *
read_body(const char *body, size_t len, const struct json_shape *shape,
	  struct arena *arena, const char **problem)
{
	size_t space = strspn(body, " \t\r\n");
	struct text text = { 0 };
	void *read;

	if (space >= len || body[space] != '[')
		return json_read(body, len, shape, arena, problem);
	text_add(&text, "{\"list\":");
	text_add_bytes(&text, body, len);
	text_add(&text, "}");
	read = json_read(text.data, text.len, shape, arena, problem);
	text_release(&text);
	return read;
}

static const struct json_array *
items_of(struct github_page *page, enum github_list list, const void *read,
	 const char **problem)
{
	const struct ql_answer *answer = read;
	const struct list *rest = read;
	const struct ql_pulls *pulls;

	if (list == LIST_RUNS)
		return &rest->workflow_runs;
	if (list != LIST_PULL_REQUESTS)
		return &rest->list;
	pulls = answer->data && answer->data->repository
		? answer->data->repository->pull_requests : NULL;
	if (!pulls) {
		*problem = "data.repository.pull_requests is missing";
		return NULL;
	}
	if (pulls->page && pulls->page->more == 1)
		page->next = pulls->page->cursor;
	return &pulls->nodes;
}

bool
github_read_page(struct github_page *page, enum github_list list,
		 const char *body, size_t len, const char **problem)
{
	const struct json_array *items;
	struct turn turn;
	void *read = read_body(body, len, lists[list].shape, page->arena,
			       problem);

	page->count = page->items = page->bad = page->more_count = 0;
	page->oldest = TIME_ABSENT;
	page->next = page->why = NULL;
	if (!read || !(items = items_of(page, list, read, problem)))
		return false;
	begin_turn(&turn, page);
	for (size_t i = 0; i < items->count; i++) {
		size_t before = turn.reading.count;

		lists[list].take(&turn, (const char *)items->items +
				 i * lists[list].item);
		end_item(&turn, before);
	}
	page->items = items->count;
	page->records = turn.reading.records;
	page->count = turn.reading.count;
	return true;
}

bool
github_read_repository(struct arena *arena, const char *body, size_t len,
		       struct record *record, const char **problem)
{
	const struct gh_repository *from = json_read(body, len,
		&gh_repository_shape, arena, problem);
	struct repository *to;

	if (!from)
		return false;
	*problem = "id or full_name is missing";
	if (from->id <= 0 || !from->full_name)
		return false;
	to = arena_zalloc(arena, sizeof(*to));
	*to = (struct repository){
		.github_id = from->id, .full_name = from->full_name,
		.default_branch = from->default_branch, .url = from->html_url,
		.private = from->private, .archived = from->archived,
	};
	*record = (struct record){ RECORD_REPOSITORY,
		record_version(from->updated_at, 0), to, NULL };
	return true;
}

struct github_seen *
github_read_seen(struct arena *arena, const char *body, size_t len,
		 size_t *count, const char **problem)
{
	const struct list *read = read_body(body, len, &seen_shape, arena,
					    problem);
	const struct json_array *items;
	const struct gh_repository *from;
	struct github_seen *seen;

	if (!read)
		return NULL;
	items = read->repositories.count ? &read->repositories : &read->list;
	from = items->items;
	seen = arena_zalloc(arena, (items->count + 1) * sizeof(*seen));
	*count = 0;
	for (size_t i = 0; i < items->count; i++)
		if (from[i].id > 0 && from[i].full_name)
			seen[(*count)++] = (struct github_seen){
				from[i].id, from[i].pushed_at,
				from[i].full_name, from[i].private == 1,
				from[i].archived == 1
			};
	return seen;
}
