/*
 * github_house.c - repositories, the people in them, installations.
 *
 * These events carry no time of their own. One about a repository is dated by
 * the repository's last change; one about an organisation by its arrival.
 */
#include "github_read.h"

static void
add_repository_happening(struct github *github, const char *type,
			 const char *action, const char *summary,
			 const char *subject)
{
	const struct gh_payload *payload = github->payload;
	int64_t at = house_time(github);
	struct happening *happening;

	/* Without a time in the payload only the delivery tells two apart. */
	if (payload->repository)
		happening = happening_new(github->arena, type, at,
			login_of(payload->sender), "%s/%s/%s/%" PRId64, type,
			action, subject, at);
	else
		happening = happening_new(github->arena, type, at,
			login_of(payload->sender), "%s/%s/%s", type, action,
			github->reading->delivery);
	happening_render(github->arena, happening, subject, summary, action,
			 payload->repository ? payload->repository->html_url
					     : NULL,
			 avatar_of(payload->sender), NULL);
	github->reading->records[github->reading->count - 1].happening =
		happening;
}

void
read_repository(struct github *github)
{
	const struct gh_payload *payload = github->payload;
	const struct repository *repository = github->reading->repository;
	const struct gh_changes *changes = payload->changes;
	const char *was = NULL, *summary;

	if (!need_text(github, payload->action, "action") ||
	    !need(github, repository, "repository"))
		return;
	if (changes && changes->repository && changes->repository->name)
		was = changes->repository->name->from;
	summary = was
		? arena_printf(github->arena, "%s %s to %s", payload->action,
			       was, repository->full_name)
		: arena_printf(github->arena, "%s %s", payload->action,
			       repository->full_name);
	add_record(github, RECORD_REPOSITORY,
		   github->reading->repository_version, repository, NULL);
	add_repository_happening(github, "repository", payload->action,
				 summary,
				 number_text(github->arena, repository->github_id));
}

static bool
add_account(struct github *github, const struct gh_user *user,
	    const char *what)
{
	struct provider_account *account;
	struct author author;

	if (!need(github, user, what) ||
	    !need_int(github, user->id, "the account's id") ||
	    !need_text(github, user->login, "the account's login"))
		return false;
	author = author_of(user);
	account = ZALLOC(github, provider_account);
	account->github_id = user->id;
	account->login = user->login;
	account->name = user->name;
	account->avatar_url = user->avatar_url;
	account->bot = author.bot;
	/* A webhook does not say when the account was changed. */
	add_record(github, RECORD_PROVIDER_ACCOUNT, 0, account, NULL);
	return true;
}

void
read_member(struct github *github)
{
	const struct gh_payload *payload = github->payload;

	if (!need_text(github, payload->action, "action") ||
	    !add_account(github, payload->member, "member"))
		return;
	add_repository_happening(github, "member", payload->action,
		arena_printf(github->arena, "%s collaborator %s",
			     payload->action, payload->member->login),
		payload->member->login);
}

void
read_membership(struct github *github)
{
	const struct gh_payload *payload = github->payload;
	const char *team = payload->team && payload->team->name
		? payload->team->name : "a team";

	if (!need_text(github, payload->action, "action") ||
	    !add_account(github, payload->member, "member"))
		return;
	add_repository_happening(github, "member", payload->action,
		arena_printf(github->arena, "%s %s %s %s", payload->action,
			     payload->member->login,
			     !strcmp(payload->action, "removed") ? "from"
								 : "to",
			     team),
		payload->member->login);
}

void
read_organization(struct github *github)
{
	const struct gh_payload *payload = github->payload;
	const struct gh_membership *membership = payload->membership;
	const struct gh_user *who;

	if (!need_text(github, payload->action, "action") ||
	    !need(github, payload->organization, "organization"))
		return;
	/* Renamed, deleted or invited: about no member that is one already. */
	who = membership && membership->user ? membership->user
					     : payload->organization;
	if (!add_account(github, who, "membership.user"))
		return;
	add_repository_happening(github, "member", payload->action,
		arena_printf(github->arena, "%s %s", payload->action,
			     who->login),
		who->login);
}

static const char *
installation_state(const char *action)
{
	return !strcmp(action, "deleted") ? "deleted"
		: !strcmp(action, "suspend") ? "suspended" : "active";
}

static struct installation *
add_installation(struct github *github, const char *state)
{
	const struct gh_installation *from = github->payload->installation;
	struct installation *to;
	unsigned rank;

	if (!need(github, from, "installation") ||
	    !need_int(github, from->id, "installation.id"))
		return NULL;
	to = ZALLOC(github, installation);
	to->github_id = from->id;
	to->account = login_of(from->account);
	to->state = state;
	to->updated_at = from->updated_at;
	rank = !strcmp(state, "deleted") ? 7 : !strcmp(state, "suspended");
	add_record(github, RECORD_INSTALLATION,
		   rank == 7 ? INT64_MAX
			     : record_version(from->updated_at, rank),
		   to, NULL);
	return to;
}

void
read_installation(struct github *github)
{
	const char *action = github->payload->action;
	struct installation *installation;

	if (!need_text(github, action, "action"))
		return;
	installation = add_installation(github, installation_state(action));
	if (installation)
		add_repository_happening(github, "installation", action,
			arena_printf(github->arena, "installation on %s: %s",
				     installation->account
				     ? installation->account : "an account",
				     action),
			number_text(github->arena, installation->github_id));
}

void
read_installation_repositories(struct github *github)
{
	const struct gh_payload *payload = github->payload;

	if (!need_text(github, payload->action, "action") ||
	    !add_installation(github, "active"))
		return;
	add_repository_happening(github, "installation", payload->action,
		arena_printf(github->arena,
			     "installation: %zu repositories added, %zu removed",
			     payload->repositories_added.count,
			     payload->repositories_removed.count),
		number_text(github->arena, payload->installation->id));
}
