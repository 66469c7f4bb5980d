/*
 * github_talk.c - pull requests, reviews, comments and issues.
 *
 * The same change can be told by several events (a review carries its pull
 * request): each is read, and the record's version settles which stays.
 */
#include "github_read.h"

#include "reverts.h"
#include "text.h"

/* Of two tellings of one moment, the later state stays; what is reopened was
 * closed before. */
static unsigned
rank_of(const struct github *github, const char *state)
{
	const char *action = github->payload->action;

	return !strcmp(state, "merged") ? 3
		: action && !strcmp(action, "reopened") ? 2
		: !strcmp(state, "closed") ? 1 : 0;
}

static struct pull_request *
take_pull_request(struct github *github)
{
	const struct gh_pull_request *from = github->payload->pull_request;
	struct pull_request *to;

	if (!need(github, from, "pull_request") ||
	    !need_int(github, from->number, "pull_request.number") ||
	    !need_int(github, from->id, "pull_request.id") ||
	    !need_text(github, from->state, "pull_request.state") ||
	    !need_int(github, from->created_at, "pull_request.created_at") ||
	    !need_int(github, from->updated_at, "pull_request.updated_at") ||
	    !need(github, github->reading->repository, "repository"))
		return NULL;
	to = ZALLOC(github, pull_request);
	*to = (struct pull_request){
		.number = from->number,
		.github_id = from->id,
		.title = from->title ? from->title : "",
		.state = from->merged_at != TIME_ABSENT ? "merged"
			: !strcmp(from->state, "closed") ? "closed" : "open",
		.draft = from->draft,
		.author = author_of(from->user),
		.created_at = from->created_at,
		.updated_at = from->updated_at,
		.closed_at = from->closed_at,
		.merged_at = from->merged_at,
		/* Before the merge it names a test merge (docs/webhooks.md). */
		.merge_sha = from->merged_at != TIME_ABSENT
			? from->merge_commit_sha : NULL,
		.head_ref = from->head ? from->head->ref : NULL,
		.head_sha = from->head ? from->head->sha : NULL,
		.base_ref = from->base ? from->base->ref : NULL,
		.url = from->html_url,
		.reverts = reverted_pull_request(from->body),
		.full = from->additions != JSON_NO_INT,
		.additions = from->additions,
		.deletions = from->deletions,
		.changed_files = from->changed_files,
		.commits = from->commits,
		.merged_by = login_of(from->merged_by),
	};
	return to;
}

static int64_t
pull_request_version(const struct github *github,
		     const struct pull_request *pr)
{
	return record_version(pr->updated_at, rank_of(github, pr->state));
}

/* The pull request that another event is about, without a line of its own. */
static struct pull_request *
add_quiet_pull_request(struct github *github)
{
	struct pull_request *pr = take_pull_request(github);

	if (pr)
		add_record(github, RECORD_PULL_REQUEST,
			   pull_request_version(github, pr), pr, NULL);
	return pr;
}

void
read_pull_request(struct github *github)
{
	struct pull_request *pr;

	if (!need_text(github, github->payload->action, "action"))
		return;
	pr = take_pull_request(github);
	if (pr)
		add_record(github, RECORD_PULL_REQUEST,
			   pull_request_version(github, pr), pr,
			   tell_pull_request(github->arena, pr,
				github->payload->action,
				login_of(github->payload->sender)));
}

static struct review *
take_review(struct github *github, int64_t number)
{
	const struct gh_review *from = github->payload->review;
	struct review *to;

	if (!need(github, from, "review") ||
	    !need_int(github, from->id, "review.id") ||
	    !need_text(github, from->state, "review.state"))
		return NULL;
	to = ZALLOC(github, review);
	*to = (struct review){
		.github_id = from->id,
		.number = number,
		.author = author_of(from->user),
		.state = text_lower(arena_string(github->arena, from->state)),
		/* A review that is still pending has no time. */
		.submitted_at = from->submitted_at,
		.sha = from->commit_id,
		.url = from->html_url,
	};
	return to;
}

void
add_review(struct github *github, int64_t number, int64_t changed_at)
{
	const char *action = github->payload->action;
	struct review *review = take_review(github, number);
	struct happening *happening;
	bool submitted;
	int64_t at;

	if (!review)
		return;
	submitted = !strcmp(action, "submitted");
	at = submitted && review->submitted_at != TIME_ABSENT
		? review->submitted_at : changed_at;
	happening = happening_new(github->arena, "review", at,
		review->author.login, "review/%" PRId64 "/%s/%" PRId64,
		review->github_id, action, at);
	happening_render(github->arena, happening,
		number_text(github->arena, review->github_id),
		arena_printf(github->arena, "%s review on #%" PRId64,
			     review->state, number),
		action, review->url, review->author.avatar_url,
		(struct detail[]){
			{ "state", review->state },
			{ "number", number_text(github->arena, number), true },
			{ "actor", submitted ? NULL
			  : login_of(github->payload->sender) },
			{ "bot", if_true(review->author.bot), true },
			{ NULL } });
	add_record(github, RECORD_REVIEW,
		   record_version(0, !strcmp(review->state, "dismissed")),
		   review, happening);
}

void
read_review(struct github *github)
{
	struct pull_request *pr;

	if (!need_text(github, github->payload->action, "action"))
		return;
	pr = add_quiet_pull_request(github);
	if (pr)
		add_review(github, pr->number, pr->updated_at);
}

static struct comment *
take_comment(struct github *github, const struct gh_comment *from,
	     const char *place, int64_t number, bool deleted)
{
	struct comment *to;

	if (!need(github, from, "comment") ||
	    !need_int(github, from->id, "comment.id") ||
	    !need_int(github, from->created_at, "comment.created_at"))
		return NULL;
	to = ZALLOC(github, comment);
	*to = (struct comment){
		.place = place,
		.github_id = from->id,
		.number = number,
		.author = author_of(from->user),
		.created_at = from->created_at,
		.updated_at = first_time(from->updated_at, from->created_at, 0),
		.deleted = deleted,
		.url = from->html_url,
	};
	return to;
}

/* A deletion has no time of its own: it counts as the last thing said. */
static int64_t
comment_version(const struct comment *comment)
{
	return comment->deleted ? INT64_MAX
				: record_version(comment->updated_at, 0);
}

static void
add_comment(struct github *github, const char *place, int64_t number,
	    int64_t changed_at)
{
	const char *action = github->payload->action;
	struct happening *happening;
	struct comment *comment;
	int64_t at;

	if (!need_text(github, action, "action"))
		return;
	comment = take_comment(github, github->payload->comment, place, number,
			       !strcmp(action, "deleted"));
	if (!comment)
		return;
	at = !strcmp(action, "created") ? comment->created_at
		: !strcmp(action, "edited") ? comment->updated_at
		: first_time(changed_at, comment->updated_at, 0);
	happening = happening_new(github->arena, "comment", at,
		comment->author.login, "comment/%s/%" PRId64 "/%s/%" PRId64,
		place, comment->github_id, action, at);
	happening_render(github->arena, happening,
		number_text(github->arena, comment->github_id),
		arena_printf(github->arena, "%s on #%" PRId64,
			     !strcmp(place, "review") ? "review comment"
						      : "comment", number),
		action, comment->url, comment->author.avatar_url,
		(struct detail[]){
			{ "number", number_text(github->arena, number), true },
			{ "bot", if_true(comment->author.bot), true },
			{ NULL } });
	add_record(github, RECORD_COMMENT, comment_version(comment), comment,
		   happening);
}

void
read_review_comment(struct github *github)
{
	struct pull_request *pr = add_quiet_pull_request(github);

	if (pr)
		add_comment(github, "review", pr->number, pr->updated_at);
}

void
read_review_thread(struct github *github)
{
	const struct gh_payload *payload = github->payload;
	const struct gh_comment *said;
	struct pull_request *pr;
	struct happening *happening;

	if (!need_text(github, payload->action, "action") ||
	    !need(github, payload->thread, "thread") ||
	    !need_text(github, payload->thread->node_id, "thread.node_id"))
		return;
	pr = take_pull_request(github);
	if (!pr)
		return;
	happening = happening_new(github->arena, "comment", pr->updated_at,
		login_of(payload->sender), "thread/%s/%s/%" PRId64,
		payload->thread->node_id, payload->action, pr->updated_at);
	happening_render(github->arena, happening, payload->thread->node_id,
		arena_printf(github->arena, "%s a thread on #%" PRId64,
			     payload->action, pr->number),
		payload->action, pr->url, avatar_of(payload->sender),
		(struct detail[]){
			{ "number", number_text(github->arena, pr->number), true },
			{ NULL } });
	add_record(github, RECORD_PULL_REQUEST, pull_request_version(github, pr), pr,
		   happening);
	said = payload->thread->comments.items;
	for (size_t i = 0; i < payload->thread->comments.count; i++) {
		struct comment *comment = take_comment(github, said + i,
			"review", pr->number, false);

		if (!comment)
			return;
		add_record(github, RECORD_COMMENT, comment_version(comment),
			   comment, NULL);
	}
}

static struct issue *
take_issue(struct github *github)
{
	const struct gh_issue *from = github->payload->issue;
	const char *action = github->payload->action;
	struct issue *to;

	if (!need(github, from, "issue") ||
	    !need_int(github, from->number, "issue.number") ||
	    !need_int(github, from->id, "issue.id") ||
	    !need_int(github, from->created_at, "issue.created_at") ||
	    !need_int(github, from->updated_at, "issue.updated_at") ||
	    !need(github, github->reading->repository, "repository"))
		return NULL;
	to = ZALLOC(github, issue);
	*to = (struct issue){
		.number = from->number,
		.github_id = from->id,
		.title = from->title ? from->title : "",
		/* Some events leave the state out; the time says it too. */
		.state = from->state ? !strcmp(from->state, "closed")
			? "closed" : "open"
			: from->closed_at != TIME_ABSENT ? "closed" : "open",
		.author = author_of(from->user),
		.created_at = from->created_at,
		.updated_at = from->updated_at,
		.closed_at = from->closed_at,
		.deleted = !strcmp(github->reading->event, "issues") &&
			(!strcmp(action, "deleted") ||
			 !strcmp(action, "transferred")),
		.url = from->html_url,
	};
	return to;
}

static int64_t
issue_version(const struct github *github, const struct issue *issue)
{
	return issue->deleted ? INT64_MAX
		: record_version(issue->updated_at,
				 rank_of(github, issue->state));
}

void
read_issue_comment(struct github *github)
{
	struct issue *issue;

	if (!need_text(github, github->payload->action, "action"))
		return;
	issue = take_issue(github);
	if (!issue)
		return;
	/* A pull request's conversation comes as an issue too; it is not one. */
	if (!github->payload->issue->pull_request)
		add_record(github, RECORD_ISSUE, issue_version(github, issue), issue,
			   NULL);
	add_comment(github, "issue", issue->number, issue->updated_at);
}

void
read_issue(struct github *github)
{
	const char *action = github->payload->action;
	const struct gh_user *sender = github->payload->sender;
	struct happening *happening;
	struct issue *issue;
	const char *number;
	bool fact = true;
	int64_t at;

	if (!need_text(github, action, "action"))
		return;
	issue = take_issue(github);
	if (!issue)
		return;
	at = issue->updated_at;
	if (!strcmp(action, "opened"))
		at = issue->created_at;
	else if (!strcmp(action, "closed") && issue->closed_at != TIME_ABSENT)
		at = issue->closed_at;
	else
		fact = false;
	number = number_text(github->arena, issue->number);
	happening = happening_new(github->arena, "issue", at,
		issue->author.login, "issue/%s/%s/%" PRId64, number, action,
		at);
	happening_render(github->arena, happening,
		number_text(github->arena, issue->github_id),
		arena_printf(github->arena, "#%s %s", number, issue->title),
		action, issue->url, issue->author.avatar_url,
		(struct detail[]){
			{ "number", number, true },
			{ "state", issue->state },
			{ "actor", fact ? NULL : login_of(sender) },
			{ "bot", if_true(issue->author.bot), true },
			{ NULL } });
	add_record(github, RECORD_ISSUE, issue_version(github, issue), issue,
		   happening);
}
