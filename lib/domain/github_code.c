/*
 * github_code.c - pushes, refs, builds, deployments and releases.
 */
#include "github_read.h"

#include "reverts.h"

#define BRANCH "refs/heads/"
#define TAG "refs/tags/"

static bool
begins(const char *string, const char *with)
{
	return !strncmp(string, with, strlen(with));
}

bool
is_sha(const char *sha)
{
	size_t len = sha ? strspn(sha, "0123456789abcdef") : 0;

	return (len == 40 || len == 64) && !sha[len];
}

static void
add_commit(struct github *github, const struct gh_commit *from,
	   const char *branch, bool on_default)
{
	struct commit *to;
	struct happening *happening;

	if (!need(github, is_sha(from->id), "commits[].id") ||
	    !need_int(github, from->timestamp, "commits[].timestamp"))
		return;
	to = ZALLOC(github, commit);
	*to = (struct commit){
		.sha = from->id,
		.author = { .id = JSON_NO_INT },
		.message = from->message ? from->message : "",
		.authored_at = from->timestamp,
		.committed_at = TIME_ABSENT,
		.on_default = on_default,
		.parents = JSON_NO_INT,
		.additions = JSON_NO_INT,
		.deletions = JSON_NO_INT,
		.reverts = from->message ? reverted_commit(github->arena,
			from->message) : NULL,
	};
	if (from->author) {
		to->author.login = from->author->username;
		to->author.bot = login_is_bot(from->author->username);
		to->author_name = from->author->name;
		to->author_email = from->author->email;
	}
	happening = tell_commit(github->arena, to, branch, from->url);
	/* Written yesterday and pushed now is news. */
	happening->heard_at = push_time(github);
	add_record(github, RECORD_COMMIT, 1, to, happening);
}

/* Of a branch or tag at one moment, being there beats being gone: a push that
 * moves a ref says it twice. */
static void
note_ref(struct github *github, const char *kind, const char *name,
	 bool present, const struct happening *happening)
{
	struct git_ref *ref = ZALLOC(github, git_ref);

	ref->kind = kind;
	ref->name = name;
	ref->present = present;
	ref->changed_at = push_time(github);
	add_record(github, RECORD_GIT_REF,
		   record_version(ref->changed_at, present), ref, happening);
}

static void
add_ref(struct github *github, const char *kind, const char *name,
	const char *action, const char *author)
{
	int64_t at = push_time(github);
	struct happening *happening;

	happening = happening_new(github->arena, "ref", at, author,
				  "ref/%s/%s/%s/%" PRId64, kind, name, action,
				  at);
	happening_render(github->arena, happening, name,
		arena_printf(github->arena, "%s %s %s", action, kind, name),
		action, github->payload->repository->html_url,
		avatar_of(github->payload->sender), (struct detail[]){
			{ "kind", kind }, { "name", name }, { NULL } });
	note_ref(github, kind, name, strcmp(action, "deleted") != 0, happening);
}

static const char *
pusher_of(const struct gh_payload *payload)
{
	const char *login = login_of(payload->sender);

	return login ? login : payload->pusher ? payload->pusher->name : NULL;
}

void
read_push(struct github *github)
{
	const struct gh_payload *payload = github->payload;
	const struct gh_commit *commits = payload->commits.items;
	const char *branch = NULL;
	bool on_default;

	if (!need_text(github, payload->ref, "ref") ||
	    !need(github, github->reading->repository, "repository"))
		return;
	if (begins(payload->ref, BRANCH))
		branch = payload->ref + strlen(BRANCH);
	on_default = branch && github->reading->repository->default_branch &&
		!strcmp(branch, github->reading->repository->default_branch);
	for (size_t i = 0; i < payload->commits.count; i++)
		add_commit(github, commits + i, branch, on_default);
	/* Commits speak for themselves, but one that was deleted is back. */
	if (payload->commits.count) {
		if (payload->created == 1 && branch)
			note_ref(github, "branch", branch, true, NULL);
		return;
	}
	add_ref(github, branch ? "branch" : "tag",
		branch ? branch
		: payload->ref + (begins(payload->ref, TAG) ? strlen(TAG) : 0),
		payload->deleted == 1 ? "deleted"
		: payload->created == 1 ? "created" : "moved",
		pusher_of(payload));
}

void
read_ref_change(struct github *github)
{
	const struct gh_payload *payload = github->payload;

	/* A repository is made, too, without a ref; that event tells itself. */
	if (payload->ref_type && !strcmp(payload->ref_type, "repository"))
		return;
	if (!need_text(github, payload->ref, "ref") ||
	    !need_text(github, payload->ref_type, "ref_type") ||
	    !need(github, github->reading->repository, "repository"))
		return;
	add_ref(github, !strcmp(payload->ref_type, "tag") ? "tag" : "branch",
		payload->ref,
		!strcmp(github->reading->event, "create") ? "created"
							  : "deleted",
		login_of(payload->sender));
}

/* queued, in_progress, completed: a build only goes forward. */
static unsigned
build_rank(const char *status)
{
	return !strcmp(status, "completed") ? 2
		: !strcmp(status, "in_progress") ? 1 : 0;
}

static void
add_build(struct github *github, struct build *build, int64_t at,
	  const char *author, const char *avatar_url)
{
	const char *outcome = build->conclusion ? build->conclusion
						: build->status;
	struct happening *happening = happening_new(github->arena, "build", at,
		author, "build/%s/%s/%" PRId64 "/%s", build->kind,
		build->external_id, build->attempt, outcome);

	happening_render(github->arena, happening, build->external_id,
		arena_printf(github->arena, "%s: %s", build->name, outcome),
		*github->reading->action ? github->reading->action : NULL,
		build->url, avatar_url, (struct detail[]){
			{ "kind", build->kind }, { "status", build->status },
			{ "conclusion", build->conclusion },
			{ "sha", build->sha }, { "branch", build->branch },
			{ NULL } });
	add_record(github, RECORD_BUILD,
		   record_version(build->updated_at, build_rank(build->status)),
		   build, happening);
}

void
read_status(struct github *github)
{
	const struct gh_payload *from = github->payload;
	struct build *build;
	int64_t at;

	if (!need_int(github, from->id, "id") ||
	    !need(github, is_sha(from->sha), "sha") ||
	    !need_text(github, from->state, "state") ||
	    !need(github, github->reading->repository, "repository"))
		return;
	at = first_time(from->updated_at, from->created_at,
			github->reading->received_at);
	build = ZALLOC(github, build);
	*build = (struct build){
		.kind = "status",
		.external_id = number_text(github->arena, from->id),
		.attempt = 1,
		.name = from->context ? from->context : "default",
		.sha = from->sha,
		.status = !strcmp(from->state, "pending") ? "in_progress"
							  : "completed",
		.conclusion = strcmp(from->state, "pending") ? from->state
							     : NULL,
		.url = from->target_url,
		.started_at = from->created_at,
		.completed_at = TIME_ABSENT,
		.updated_at = at,
	};
	add_build(github, build, at, login_of(from->sender),
		  avatar_of(from->sender));
}

/* What workflow_run, check_run and check_suite have in common. */
static struct build *
take_run(struct github *github, const struct gh_run *from, const char *kind)
{
	struct build *build;

	if (!need(github, from, kind) ||
	    !need_int(github, from->id,
		      arena_printf(github->arena, "%s.id", kind)) ||
	    !need(github, is_sha(from->head_sha),
		  arena_printf(github->arena, "%s.head_sha", kind)) ||
	    !need(github, github->reading->repository, "repository"))
		return NULL;
	build = ZALLOC(github, build);
	*build = (struct build){
		.kind = kind,
		.external_id = number_text(github->arena, from->id),
		.attempt = from->run_attempt == JSON_NO_INT ? 1
							    : from->run_attempt,
		.name = from->name ? from->name
			: from->app && from->app->name ? from->app->name : kind,
		.sha = from->head_sha,
		.branch = from->head_branch,
		.status = from->status ? from->status : "queued",
		.conclusion = from->conclusion,
		.url = from->html_url,
		.started_at = first_time(from->run_started_at,
					 from->started_at, from->created_at),
		.completed_at = from->completed_at,
	};
	build->updated_at = first_time(from->updated_at, from->completed_at,
				       build->started_at);
	if (!strcmp(build->status, "completed"))
		build->completed_at = first_time(from->completed_at,
						 from->updated_at, TIME_ABSENT);
	return build;
}

static int64_t
build_time(struct github *github, const struct build *build)
{
	return first_time(build->completed_at, build->updated_at,
			  github->reading->received_at);
}

void
read_workflow_run(struct github *github)
{
	const struct gh_run *run = github->payload->workflow_run;
	struct build *build = take_run(github, run, "workflow_run");
	const struct gh_user *actor;

	if (!build)
		return;
	actor = run->actor ? run->actor : github->payload->sender;
	add_build(github, build, build_time(github, build), login_of(actor),
		  avatar_of(actor));
}

static void
read_check(struct github *github, const struct gh_run *run, const char *kind)
{
	struct build *build = take_run(github, run, kind);
	const char *app;

	if (!build)
		return;
	app = run->app && run->app->slug ? run->app->slug
					 : login_of(github->payload->sender);
	add_build(github, build, build_time(github, build), app,
		  avatar_of(github->payload->sender));
}

void
read_check_run(struct github *github)
{
	read_check(github, github->payload->check_run, "check_run");
}

void
read_check_suite(struct github *github)
{
	read_check(github, github->payload->check_suite, "check_suite");
}

static struct deployment *
take_deployment(struct github *github)
{
	const struct gh_deployment *from = github->payload->deployment;
	struct deployment *to;

	if (!need(github, from, "deployment") ||
	    !need_int(github, from->id, "deployment.id") ||
	    !need_text(github, from->environment, "deployment.environment") ||
	    !need(github, is_sha(from->sha), "deployment.sha") ||
	    !need_int(github, from->created_at, "deployment.created_at") ||
	    !need(github, github->reading->repository, "repository"))
		return NULL;
	to = ZALLOC(github, deployment);
	*to = (struct deployment){
		.source = "github",
		.external_id = number_text(github->arena, from->id),
		.environment = from->environment,
		.sha = from->sha,
		.ref = from->ref,
		.task = from->task,
		.author = author_of(from->creator),
		.created_at = from->created_at,
		.url = from->url,
	};
	return to;
}

static int64_t
deployment_version(const struct github *github)
{
	const struct gh_deployment *from = github->payload->deployment;

	return record_version(first_time(from->updated_at, from->created_at,
					 0), 0);
}

static struct happening *
deployment_happening(struct github *github, const struct deployment *d,
		     const struct gh_user *who, const char *what,
		     const char *key, int64_t at, const char *url)
{
	struct happening *happening = happening_new(github->arena,
		"deployment", at, login_of(who), "deployment/%s/%s", d->external_id, key);

	return happening_render(github->arena, happening, d->external_id,
		arena_printf(github->arena, "%s deployment: %s",
			     d->environment, what),
		what, url, avatar_of(who), (struct detail[]){
			{ "environment", d->environment }, { "status", what },
			{ "sha", d->sha }, { "ref", d->ref }, { NULL } });
}

void
read_deployment(struct github *github)
{
	struct deployment *deployment = take_deployment(github);

	if (deployment)
		add_record(github, RECORD_DEPLOYMENT,
			   deployment_version(github), deployment,
			   deployment_happening(github, deployment,
				github->payload->deployment->creator,
				"created", "created", deployment->created_at,
				NULL));
}

void
add_deployment_status(struct github *github,
		      const struct deployment *deployment)
{
	const struct gh_deployment_status *from =
		github->payload->deployment_status;
	struct deployment_status *to;

	if (!need(github, from, "deployment_status") ||
	    !need_int(github, from->id, "deployment_status.id") ||
	    !need_text(github, from->state, "deployment_status.state") ||
	    !need_int(github, from->created_at, "deployment_status.created_at"))
		return;
	to = ZALLOC(github, deployment_status);
	*to = (struct deployment_status){
		.github_id = from->id,
		.source = "github",
		.external_id = deployment->external_id,
		.state = from->state,
		.created_at = from->created_at,
	};
	add_record(github, RECORD_DEPLOYMENT_STATUS,
		   record_version(from->created_at, 0), to,
		   deployment_happening(github, deployment, from->creator,
			from->state,
			arena_printf(github->arena, "status/%" PRId64 "/%s",
				     from->id, from->state),
			from->created_at,
			from->log_url && *from->log_url ? from->log_url
							: from->target_url));
}

void
read_deployment_status(struct github *github)
{
	struct deployment *deployment = take_deployment(github);
	size_t before = github->reading->count;

	if (!deployment)
		return;
	add_record(github, RECORD_DEPLOYMENT, deployment_version(github),
		   deployment, NULL);
	add_deployment_status(github, deployment);
	if (github->problem)
		github->reading->count = before;
}

/* Where no time of change is told (older Enterprise Servers), all tellings of
 * a release have one moment, and the order of its life decides. */
static unsigned
release_rank(const char *action)
{
	static const char *const order[] = {
		"created", "published", "prereleased", "released", "edited",
		"unpublished", "deleted"
	};
	unsigned rank = COUNT(order);

	while (rank && strcmp(order[rank - 1], action))
		rank--;
	return rank;
}

void
read_release(struct github *github)
{
	const struct gh_release *from = github->payload->release;
	const char *action = github->payload->action;
	struct release *to;

	if (!need_text(github, action, "action") ||
	    !need(github, from, "release") ||
	    !need_int(github, from->id, "release.id") ||
	    !need_text(github, from->tag_name, "release.tag_name") ||
	    !need_int(github, from->created_at, "release.created_at") ||
	    !need(github, github->reading->repository, "repository"))
		return;
	to = ZALLOC(github, release);
	*to = (struct release){
		.source = "github",
		.external_id = number_text(github->arena, from->id),
		.tag = from->tag_name,
		.name = from->name,
		.url = from->html_url,
		.author = author_of(from->author),
		.draft = from->draft,
		.prerelease = from->prerelease,
		.deleted = !strcmp(action, "deleted"),
		.created_at = from->created_at,
		.published_at = from->published_at,
	};
	add_record(github, RECORD_RELEASE,
		   record_version(first_time(from->updated_at,
					     from->created_at, 0),
				  release_rank(action)),
		   to, tell_release(github->arena, to, action));
}
