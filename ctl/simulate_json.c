/*
 * simulate_json.c - made-up work in the words of GitHub's webhooks.
 */
#include "base.h"

#include "clock.h"
#include "simulate.h"

static void
add_time(struct text *out, const char *name, int64_t at)
{
	char text[TIME_TEXT];

	if (at)
		text_addf(out, ",\"%s\":\"%s\"", name, time_format(at, text));
	else
		text_addf(out, ",\"%s\":null", name);
}

static void
add_person(struct text *out, const char *name, const struct sim_person *who)
{
	if (!who) {
		text_addf(out, ",\"%s\":null", name);
		return;
	}
	text_addf(out, ",\"%s\":{\"login\":\"%s\",\"id\":%" PRId64
		  ",\"type\":\"%s\"}", name, who->login, who->id,
		  who->bot ? "Bot" : "User");
}

static void
add_repo(struct text *out, const struct sim_repo *repo, int64_t pushed_at)
{
	text_addf(out, ",\"repository\":{\"id\":%" PRId64 ",\"full_name\":"
		  "\"%s\",\"private\":true,\"archived\":false,"
		  "\"default_branch\":\"main\",\"html_url\":"
		  "\"https://github.com/%s\",\"updated_at\":"
		  "\"2026-01-01T00:00:00Z\"", repo->github_id, repo->name,
		  repo->name);
	if (pushed_at)
		text_addf(out, ",\"pushed_at\":%" PRId64, pushed_at / 1000);
	text_add(out, "}");
}

static void
finish(struct text *out, const struct sim_repo *repo,
       const struct sim_person *sender)
{
	add_repo(out, repo, 0);
	add_person(out, "sender", sender);
	text_add(out, "}");
}

void
sim_push(struct text *out, const struct sim_repo *repo, const char *branch,
	 const struct sim_commit *commits, int count, int64_t pushed_at)
{
	char at[TIME_TEXT];

	text_clear(out);
	text_addf(out, "{\"ref\":\"refs/heads/%s\",\"created\":false,"
		  "\"deleted\":false,\"commits\":[", branch);
	for (int i = 0; i < count; i++) {
		text_addf(out, "%s{\"id\":\"%s\",\"message\":", i ? "," : "",
			  commits[i].sha);
		text_add_json(out, commits[i].message);
		text_addf(out, ",\"timestamp\":\"%s\",\"url\":"
			  "\"https://github.com/%s/commit/%s\",\"author\":"
			  "{\"name\":\"%s\",\"email\":"
			  "\"%s@example.org\",\"username\":\"%s\"}}",
			  time_format(commits[i].at, at), repo->name,
			  commits[i].sha, commits[i].author->login,
			  commits[i].author->login, commits[i].author->login);
	}
	text_add(out, "]");
	add_repo(out, repo, pushed_at);
	add_person(out, "sender", commits[0].author);
	text_add(out, "}");
}

static void
add_pull_request(struct text *out, const struct sim_pr *pr, bool full)
{
	text_addf(out, ",\"pull_request\":{\"number\":%d,\"id\":%" PRId64
		  ",\"state\":\"%s\",\"draft\":false,\"title\":", pr->number,
		  pr->repo->github_id * 100000 + pr->number,
		  pr->closed_at ? "closed" : "open");
	text_add_json(out, pr->title);
	text_addf(out, ",\"html_url\":\"https://github.com/%s/pull/%d\"",
		  pr->repo->name, pr->number);
	if (pr->reverts)
		text_addf(out, ",\"body\":\"Reverts %s#%d\"", pr->repo->name,
			  pr->reverts);
	add_time(out, "created_at", pr->created_at);
	add_time(out, "updated_at", pr->updated_at);
	add_time(out, "closed_at", pr->closed_at);
	add_time(out, "merged_at", pr->merged_at);
	if (pr->merged_at)
		text_addf(out, ",\"merge_commit_sha\":\"%s\"", pr->merge_sha);
	text_add(out, ",\"head\":{\"ref\":");
	text_add_json(out, pr->branch);
	text_addf(out, ",\"sha\":\"%s\"},\"base\":{\"ref\":\"main\"}",
		  pr->head_sha);
	add_person(out, "user", pr->author);
	if (full) {
		text_addf(out, ",\"merged\":%s,\"additions\":%d,"
			  "\"deletions\":%d,\"changed_files\":%d,"
			  "\"commits\":%d", pr->merged_at ? "true" : "false",
			  pr->additions, pr->deletions, pr->files,
			  pr->commits);
		add_person(out, "merged_by", pr->merged_by);
	}
	text_add(out, "}");
}

void
sim_pull_request(struct text *out, const struct sim_pr *pr, const char *action,
		 const struct sim_person *sender)
{
	text_clear(out);
	text_addf(out, "{\"action\":\"%s\",\"number\":%d", action, pr->number);
	add_pull_request(out, pr, true);
	finish(out, pr->repo, sender);
}

void
sim_review(struct text *out, const struct sim_pr *pr, int64_t id,
	   const struct sim_person *who, const char *state, int64_t at)
{
	text_clear(out);
	text_addf(out, "{\"action\":\"submitted\",\"review\":{\"id\":%" PRId64
		  ",\"state\":\"%s\",\"commit_id\":\"%s\",\"html_url\":"
		  "\"https://github.com/%s/pull/%d#pullrequestreview-%" PRId64
		  "\"", id, state, pr->head_sha, pr->repo->name, pr->number,
		  id);
	add_time(out, "submitted_at", at);
	add_person(out, "user", who);
	text_add(out, "}");
	add_pull_request(out, pr, false);
	finish(out, pr->repo, who);
}

void
sim_comment(struct text *out, const struct sim_pr *pr, int64_t id,
	    const struct sim_person *who, int64_t at)
{
	text_clear(out);
	text_addf(out, "{\"action\":\"created\",\"issue\":{\"number\":%d,"
		  "\"id\":%" PRId64 ",\"state\":\"%s\",\"pull_request\":"
		  "{\"url\":\"https://api.github.com/repos/%s/pulls/%d\"},"
		  "\"title\":", pr->number,
		  pr->repo->github_id * 100000 + pr->number,
		  pr->closed_at ? "closed" : "open", pr->repo->name,
		  pr->number);
	text_add_json(out, pr->title);
	add_time(out, "created_at", pr->created_at);
	add_time(out, "updated_at", at);
	add_person(out, "user", pr->author);
	text_addf(out, "},\"comment\":{\"id\":%" PRId64 ",\"html_url\":"
		  "\"https://github.com/%s/pull/%d#issuecomment-%" PRId64
		  "\"", id, pr->repo->name, pr->number, id);
	add_time(out, "created_at", at);
	add_time(out, "updated_at", at);
	add_person(out, "user", who);
	text_add(out, "}");
	finish(out, pr->repo, who);
}

void
sim_issue(struct text *out, const struct sim_repo *repo, int number,
	  const char *title, const struct sim_person *who, int64_t created_at,
	  int64_t closed_at)
{
	text_clear(out);
	text_addf(out, "{\"action\":\"%s\",\"issue\":{\"number\":%d,\"id\":%"
		  PRId64 ",\"state\":\"%s\",\"html_url\":"
		  "\"https://github.com/%s/issues/%d\",\"title\":",
		  closed_at ? "closed" : "opened", number,
		  repo->github_id * 100000 + number,
		  closed_at ? "closed" : "open", repo->name, number);
	text_add_json(out, title);
	add_time(out, "created_at", created_at);
	add_time(out, "updated_at", closed_at ? closed_at : created_at);
	add_time(out, "closed_at", closed_at);
	add_person(out, "user", who);
	text_add(out, "}");
	finish(out, repo, who);
}

void
sim_deployment(struct text *out, const struct sim_repo *repo, int64_t id,
	       const char *sha, const char *state, int64_t status_id,
	       const struct sim_person *who, int64_t created_at, int64_t at)
{
	text_clear(out);
	text_addf(out, "{\"action\":\"created\",\"deployment\":{\"id\":%" PRId64
		  ",\"sha\":\"%s\",\"ref\":\"main\",\"task\":\"deploy\","
		  "\"environment\":\"production\"", id, sha);
	add_time(out, "created_at", created_at);
	add_time(out, "updated_at", at);
	add_person(out, "creator", who);
	text_addf(out, "},\"deployment_status\":{\"id\":%" PRId64
		  ",\"state\":\"%s\",\"environment\":\"production\","
		  "\"target_url\":\"https://github.com/%s/deployments\"",
		  status_id, state, repo->name);
	add_time(out, "created_at", at);
	add_time(out, "updated_at", at);
	add_person(out, "creator", who);
	text_add(out, "}");
	finish(out, repo, who);
}

void
sim_workflow_run(struct text *out, const struct sim_repo *repo, int64_t id,
		 const char *sha, const char *conclusion,
		 const struct sim_person *who, int64_t at, int64_t took)
{
	text_clear(out);
	text_addf(out, "{\"action\":\"completed\",\"workflow_run\":{\"id\":%"
		  PRId64 ",\"name\":\"CI\",\"run_attempt\":1,\"head_sha\":"
		  "\"%s\",\"head_branch\":\"main\",\"status\":\"completed\","
		  "\"conclusion\":\"%s\",\"html_url\":"
		  "\"https://github.com/%s/actions/runs/%" PRId64 "\"", id,
		  sha, conclusion, repo->name, id);
	add_time(out, "created_at", at);
	add_time(out, "run_started_at", at);
	add_time(out, "updated_at", at + took);
	add_person(out, "actor", who);
	text_add(out, "}");
	finish(out, repo, who);
}

void
sim_release(struct text *out, const struct sim_repo *repo, int64_t id,
	    const char *tag, const struct sim_person *who, int64_t at)
{
	text_clear(out);
	text_addf(out, "{\"action\":\"published\",\"release\":{\"id\":%" PRId64
		  ",\"tag_name\":\"%s\",\"name\":\"%s\",\"draft\":false,"
		  "\"prerelease\":false,\"html_url\":"
		  "\"https://github.com/%s/releases/tag/%s\"", id, tag, tag,
		  repo->name, tag);
	add_time(out, "created_at", at);
	add_time(out, "published_at", at);
	add_person(out, "author", who);
	text_add(out, "}");
	finish(out, repo, who);
}
