/*
 * github.c - read what GitHub sends into records.
 *
 * The table says which events have records. Reading order for a newcomer:
 * records.h (what comes out), github_payload.h (what goes in), this file,
 * then github_talk.c (pull requests, reviews, issues), github_code.c (pushes,
 * builds, deployments) and github_house.c (repositories, people).
 */
#include "github_read.h"

#include "crypto.h"

static const struct {
	const char *event;
	github_reader *read;
} events[] = {
	{ "push", read_push },
	{ "pull_request", read_pull_request },
	{ "pull_request_review", read_review },
	{ "pull_request_review_comment", read_review_comment },
	{ "pull_request_review_thread", read_review_thread },
	{ "issue_comment", read_issue_comment },
	{ "issues", read_issue },
	{ "deployment", read_deployment },
	{ "deployment_status", read_deployment_status },
	{ "workflow_run", read_workflow_run },
	{ "check_run", read_check_run },
	{ "check_suite", read_check_suite },
	{ "status", read_status },
	{ "release", read_release },
	{ "create", read_ref_change },
	{ "delete", read_ref_change },
	{ "repository", read_repository },
	{ "member", read_member },
	{ "membership", read_membership },
	{ "organization", read_organization },
	{ "installation", read_installation },
	{ "installation_repositories", read_installation_repositories },
};

static github_reader *
find_reader(const char *event)
{
	for (size_t i = 0; i < COUNT(events); i++)
		if (!strcmp(events[i].event, event))
			return events[i].read;
	return NULL;
}

bool
github_event_is_read(const char *event)
{
	return find_reader(event) != NULL;
}

bool
need(struct github *github, bool there, const char *what)
{
	if (!there && !github->problem)
		github->problem = arena_printf(github->arena, "%s is missing",
					       what);
	return there;
}

bool
need_text(struct github *github, const char *text, const char *what)
{
	return need(github, text && *text, what);
}

bool
need_int(struct github *github, int64_t number, const char *what)
{
	return need(github, number != JSON_NO_INT, what);
}

void
reading_add(struct reading *reading, enum record_kind kind, int64_t version,
	    const void *data, const struct happening *happening)
{
	size_t count = reading->count;

	if (!(count & (count - 1))) {	/* capacities are powers of two */
		size_t room = count ? count * 2 : 1;
		struct record *more = arena_alloc(reading->arena,
						  room * sizeof(*more));

		if (count)
			memcpy(more, reading->records, count * sizeof(*more));
		reading->records = more;
	}
	reading->records[reading->count++] =
		(struct record){ kind, version, data, happening };
}

void
add_record(struct github *github, enum record_kind kind, int64_t version,
	   const void *data, const struct happening *happening)
{
	reading_add(github->reading, kind, version, data, happening);
}

struct author
author_of(const struct gh_user *user)
{
	if (!user)
		return (struct author){ .id = JSON_NO_INT };
	return (struct author){
		.login = user->login,
		.id = user->id,
		.bot = (user->type && !strcmp(user->type, "Bot")) ||
		       login_is_bot(user->login),
		.avatar_url = user->avatar_url,
	};
}

const char *
login_of(const struct gh_user *user)
{
	return user ? user->login : NULL;
}

const char *
avatar_of(const struct gh_user *user)
{
	return user ? user->avatar_url : NULL;
}

int64_t
first_time(int64_t a, int64_t b, int64_t c)
{
	return a != TIME_ABSENT ? a : b != TIME_ABSENT ? b : c;
}

int64_t
push_time(struct github *github)
{
	const struct gh_repository *repository = github->payload->repository;

	return first_time(repository ? repository->pushed_at : TIME_ABSENT,
			  repository ? repository->updated_at : TIME_ABSENT,
			  github->reading->received_at);
}

int64_t
house_time(struct github *github)
{
	const struct gh_repository *repository = github->payload->repository;

	return first_time(repository ? repository->updated_at : TIME_ABSENT,
			  TIME_ABSENT, github->reading->received_at);
}

static void
take_repository(struct github *github)
{
	const struct gh_payload *payload = github->payload;
	const struct gh_repository *from = payload->repository;
	struct repository *to;

	if (!from)
		return;
	if (!need_int(github, from->id, "repository.id") ||
	    !need_text(github, from->full_name, "repository.full_name"))
		return;
	to = ZALLOC(github, repository);
	to->github_id = from->id;
	to->full_name = from->full_name;
	to->default_branch = from->default_branch;
	to->url = from->html_url;
	to->private = from->private;
	to->archived = from->archived;
	to->deleted = !strcmp(github->reading->event, "repository") &&
		      payload->action && !strcmp(payload->action, "deleted");
	github->reading->repository = to;
	/* Gone stays gone, whatever comes late. */
	github->reading->repository_version =
		to->deleted ? INT64_MAX : record_version(from->updated_at, 0);
}

bool
github_read(struct reading *reading, const char *body, size_t len,
	    const char **problem)
{
	struct arena *arena = reading->arena;
	github_reader *read = find_reader(reading->event);
	struct github github = { .reading = reading, .arena = arena };

	reading->action = "";
	reading->repository = NULL;
	reading->installation = JSON_NO_INT;
	reading->count = 0;
	github.payload = json_read(body, len, read ? &gh_payload_shape
						   : &gh_envelope_shape,
				   arena, problem);
	if (!github.payload)
		return false;
	if (github.payload->action)
		reading->action = github.payload->action;
	if (github.payload->installation)
		reading->installation = github.payload->installation->id;
	take_repository(&github);
	if (read && !github.problem)
		read(&github);
	*problem = github.problem;
	return !github.problem;
}

char *
github_form(const char *body, size_t *len)
{
	static const char field[] = "payload=";
	const size_t head = sizeof(field) - 1;
	const char *p = body + head, *end;
	char *json, *to;

	if (*len < head || memcmp(body, field, head))
		return NULL;
	end = memchr(p, '&', *len - head);
	if (!end)
		end = body + *len;
	json = to = xmalloc((size_t)(end - p) + 1);
	for (; p < end; p++) {
		unsigned char byte = (unsigned char)*p;

		if (byte == '%' && end - p > 2 &&
		    hex_decode(&byte, (char[]){ p[1], p[2], 0 }, 1))
			p += 2;
		else if (byte == '+')
			byte = ' ';
		*to++ = (char)byte;
	}
	*to = '\0';
	*len = (size_t)(to - json);
	return json;
}
