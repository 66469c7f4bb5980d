/*
 * simulate.c - pulsectl simulate: some months of a made-up organisation.
 *
 * Four teams, twelve repositories, working weeks with bursts and quiet
 * week-ends, pull requests that wait, are reviewed, changed, merged, deployed,
 * and now and then reverted. It is told in GitHub's own payloads and read by
 * the same code as a webhook (lib/domain/github.h), so what it shows is what
 * real work would show. The same seed tells the same story.
 */
#include "base.h"

#include <unistd.h>

#include "clock.h"
#include "github.h"
#include "ingest.h"
#include "log.h"
#include "pulsectl.h"
#include "simulate.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define AT_ONCE 400

struct plot {
	struct db *db;
	struct arena arena;
	struct record *records;
	size_t count, room;
	struct text json;
	struct sim_dice dice;
	const struct sim_repo *repo;
	int64_t org, repo_id, now, next_id, told;
	int next_number;
	char deployed[41];		/* waits for the day's deployment */
};

static void
flush(struct plot *plot)
{
	struct db_error error;

	if (plot->count && !ingest_records(plot->db, plot->org, plot->repo_id,
					   SIM_HOST, plot->records, plot->count,
					   false, &error))
		die("%s", error.message);
	plot->told += (int64_t)plot->count;
	plot->count = 0;
	arena_reset(&plot->arena);
}

/* Tell one payload, as a webhook would. What lies in the future is not. */
static void
tell(struct plot *plot, const char *event, int64_t at)
{
	struct reading reading = {
		.arena = &plot->arena, .event = event, .delivery = "simulated",
		.received_at = at,
	};
	const char *problem;

	if (at > plot->now)
		return;
	if (!github_read(&reading, plot->json.data, plot->json.len, &problem))
		die("the simulation's own %s is not readable: %s", event,
		    problem);
	if (plot->count + reading.count > plot->room) {
		plot->room = (plot->count + reading.count) * 2;
		plot->records = xrealloc(plot->records, plot->room *
					 sizeof(*plot->records));
	}
	memcpy(plot->records + plot->count, reading.records,
	       reading.count * sizeof(*reading.records));
	plot->count += reading.count;
	if (plot->count >= AT_ONCE)
		flush(plot);
}

static const struct sim_person *
somebody(struct plot *plot)
{
	return sim_people + plot->repo->team * 4 + sim_below(&plot->dice, 4);
}

static const struct sim_person *
somebody_else(struct plot *plot, const struct sim_person *than)
{
	const struct sim_person *who;

	do
		who = somebody(plot);
	while (who == than);
	return who;
}

/* The same moment if people work then, else the next morning that they do. */
static int64_t
at_work(struct plot *plot, int64_t at)
{
	for (;;) {
		int64_t hour = at % DAY / HOUR, weekday = (at / DAY + 4) % 7;

		if (weekday != 0 && weekday != 6 && hour >= 7 && hour < 18)
			return at;
		at = (at / DAY + (hour >= 7)) * DAY + 7 * HOUR +
			sim_below(&plot->dice, 2 * (int)HOUR);
	}
}

static int64_t
later(struct plot *plot, int64_t at, double median_hours, double sigma)
{
	return at_work(plot, at + (int64_t)(sim_lognormal(&plot->dice,
			median_hours, sigma) * (double)HOUR));
}

static void
push(struct plot *plot, const struct sim_pr *pr, int count, int64_t at)
{
	struct sim_commit commits[8];

	for (int i = 0; i < count; i++) {
		sim_sha(&plot->dice, commits[i].sha);
		snprintf(commits[i].message, sizeof(commits[i].message), "%s%s",
			 pr->title, i ? ": follow up" : "");
		commits[i].author = pr->author;
		commits[i].at = at - (int64_t)(count - i) *
			(HOUR / 6 + sim_below(&plot->dice, (int)HOUR));
	}
	sim_push(&plot->json, plot->repo, pr->branch, commits, count, at);
	tell(plot, "push", at);
}

static void
review(struct plot *plot, struct sim_pr *pr, const struct sim_person *who,
       const char *state, int64_t at)
{
	pr->updated_at = at;
	sim_review(&plot->json, pr, plot->next_id++, who, state, at);
	tell(plot, "pull_request_review", at);
}

static void
merge(struct plot *plot, struct sim_pr *pr, int64_t at)
{
	struct sim_commit commit = { .author = pr->author, .at = at };

	pr->merged_by = sim_chance(&plot->dice, 0.7) ? pr->author
						     : somebody(plot);
	if (pr->merged_by->bot)
		pr->merged_by = somebody(plot);
	pr->closed_at = pr->merged_at = pr->updated_at = at;
	sim_sha(&plot->dice, pr->merge_sha);
	sim_pull_request(&plot->json, pr, "closed", pr->merged_by);
	tell(plot, "pull_request", at);
	memcpy(commit.sha, pr->merge_sha, sizeof(commit.sha));
	snprintf(commit.message, sizeof(commit.message), "%s (#%d)", pr->title,
		 pr->number);
	sim_push(&plot->json, plot->repo, "main", &commit, 1, at);
	tell(plot, "push", at);
	sim_workflow_run(&plot->json, plot->repo, plot->next_id++,
			 pr->merge_sha, sim_chance(&plot->dice, 0.93)
			 ? "success" : "failure", pr->merged_by, at,
			 (240 + sim_below(&plot->dice, 600)) * 1000);
	tell(plot, "workflow_run", at);
	if (at <= plot->now)
		memcpy(plot->deployed, pr->merge_sha, sizeof(pr->merge_sha));
}

/* From its first commit to its end, or to now. */
static void
live_pull_request(struct plot *plot, struct sim_pr *pr)
{
	struct sim_dice *dice = &plot->dice;
	const struct sim_person *reviewer;
	int64_t at = pr->created_at;

	push(plot, pr, pr->commits, at - HOUR / 4);
	sim_pull_request(&plot->json, pr, "opened", pr->author);
	tell(plot, "pull_request", at);
	reviewer = pr->author->bot ? somebody(plot)
				   : somebody_else(plot, pr->author);
	at = later(plot, at, pr->author->bot ? 12 : 3.5, 1.0);
	if (sim_chance(dice, 0.4)) {
		pr->updated_at = at;
		sim_comment(&plot->json, pr, plot->next_id++, reviewer, at);
		tell(plot, "issue_comment", at);
	}
	if (sim_chance(dice, 0.06)) {
		at = later(plot, at, 40, 0.8);
		pr->closed_at = pr->updated_at = at;
		sim_pull_request(&plot->json, pr, "closed", pr->author);
		tell(plot, "pull_request", at);
		return;
	}
	if (sim_chance(dice, 0.28)) {
		review(plot, pr, reviewer, "changes_requested", at);
		at = later(plot, at, 5, 0.8);
		push(plot, pr, 1 + sim_below(dice, 2), at);
		pr->updated_at = at;
		sim_pull_request(&plot->json, pr, "synchronize", pr->author);
		tell(plot, "pull_request", at);
		at = later(plot, at, 2.5, 0.9);
	}
	if (sim_chance(dice, 0.95))
		review(plot, pr, reviewer, "approved", at);
	merge(plot, pr, later(plot, at, 1.2, 1.1));
}

static struct sim_pr
new_pull_request(struct plot *plot, int64_t at)
{
	struct sim_dice *dice = &plot->dice;
	double size = sim_lognormal(dice, 70, 1.25);
	struct sim_pr pr = {
		.repo = plot->repo, .number = plot->next_number++,
		.author = somebody(plot), .created_at = at, .updated_at = at,
		.additions = 1 + (int)size,
		.deletions = (int)(size * 0.4 * sim_below(dice, 100) / 100),
		.files = 1 + (int)(size / 60), .commits = 1 + sim_poisson(dice,
									  1),
	};

	if (pr.commits > 8)
		pr.commits = 8;
	sim_title(dice, pr.title, pr.branch);
	if (sim_chance(dice, 0.1)) {
		pr.author = sim_people + SIM_PEOPLE;
		snprintf(pr.title, sizeof(pr.title), "Bump library-%d from 1.%d"
			 " to 1.%d", sim_below(dice, 40), sim_below(dice, 9),
			 9 + sim_below(dice, 9));
		snprintf(pr.branch, sizeof(pr.branch), "dependabot/npm-%d",
			 pr.number);
		pr.commits = 1;
	}
	sim_sha(dice, pr.head_sha);
	return pr;
}

static void
take_back(struct plot *plot, int number, int64_t at)
{
	struct sim_pr pr = new_pull_request(plot, at);

	pr.author = somebody(plot);
	pr.reverts = number;
	pr.commits = 1;
	snprintf(pr.title, sizeof(pr.title), "Revert \"#%d\"", number);
	snprintf(pr.branch, sizeof(pr.branch), "revert-%d", number);
	push(plot, &pr, 1, at);
	sim_pull_request(&plot->json, &pr, "opened", pr.author);
	tell(plot, "pull_request", at);
	review(plot, &pr, somebody_else(plot, pr.author), "approved",
	       at + HOUR / 3);
	merge(plot, &pr, at + HOUR / 2);
}

/* What was merged goes out in the afternoon; one in twelve fails. */
static void
deploy(struct plot *plot, int64_t day)
{
	int64_t at = day + 15 * HOUR + sim_below(&plot->dice, (int)HOUR);
	int64_t id = plot->next_id++, end = at + 240000 +
		sim_below(&plot->dice, 600000);
	bool good = !sim_chance(&plot->dice, 0.08);
	const struct sim_person *who = somebody(plot);

	if (!*plot->deployed)
		return;
	sim_deployment(&plot->json, plot->repo, id, plot->deployed,
		       "in_progress", plot->next_id++, who, at, at);
	tell(plot, "deployment_status", at);
	sim_deployment(&plot->json, plot->repo, id, plot->deployed,
		       good ? "success" : "failure", plot->next_id++, who, at,
		       end);
	tell(plot, "deployment_status", end);
	*plot->deployed = '\0';
	if (!good && sim_chance(&plot->dice, 0.5))
		take_back(plot, plot->next_number - 1, end + HOUR / 2);
}

static void
talk(struct plot *plot, int64_t day)
{
	char title[160], branch[160];

	for (int n = sim_poisson(&plot->dice, 0.35); n > 0; n--) {
		int64_t at = at_work(plot, day + 8 * HOUR +
				     sim_below(&plot->dice, 9 * (int)HOUR));
		int64_t end = later(plot, at, 70, 1);
		int number = plot->next_number++;
		const struct sim_person *who = somebody(plot);

		sim_title(&plot->dice, title, branch);
		sim_issue(&plot->json, plot->repo, number, title, who, at, 0);
		tell(plot, "issues", at);
		sim_issue(&plot->json, plot->repo, number, title, who, at, end);
		tell(plot, "issues", end);
	}
}

static void
live_day(struct plot *plot, int64_t day, double burst)
{
	int64_t weekday = (day / DAY + 4) % 7;
	double pace = plot->repo->pace * burst *
		(weekday == 0 || weekday == 6 ? 0.06 : 1);
	char tag[32];

	for (int n = sim_poisson(&plot->dice, pace); n > 0; n--) {
		struct sim_pr pr = new_pull_request(plot, day + 7 * HOUR +
			sim_below(&plot->dice, 10 * (int)HOUR));

		live_pull_request(plot, &pr);
	}
	if (weekday >= 1 && weekday <= 5) {
		deploy(plot, day);
		talk(plot, day);
	}
	if (weekday == 4) {
		snprintf(tag, sizeof(tag), "v%" PRId64 ".%" PRId64,
			 day / DAY / 100, day / DAY % 100);
		sim_release(&plot->json, plot->repo, plot->next_id++, tag,
			    somebody(plot), day + 16 * HOUR);
		tell(plot, "release", day + 16 * HOUR);
	}
}

static void
live_repository(struct plot *plot, const struct sim_repo *repo, int64_t days)
{
	int64_t first = (plot->now / DAY - days) * DAY;
	double burst = 1;

	plot->repo = repo;
	plot->next_number = 100;
	plot->next_id = repo->github_id * 1000;
	*plot->deployed = '\0';
	for (int64_t day = first; day <= plot->now; day += DAY) {
		if ((day / DAY + 4) % 7 == 1)
			burst = sim_lognormal(&plot->dice, 1, 0.3);
		live_day(plot, day, burst);
	}
	flush(plot);
}

static int64_t
id_of(PGresult *rows)
{
	int64_t id = 0;

	if (PQntuples(rows) == 1)
		text_to_int(PQgetvalue(rows, 0, 0), 1, INT64_MAX, &id);
	PQclear(rows);
	return id;
}

/* The repository, watched by its team; both made when they are missing. */
static void
prepare(struct plot *plot, const struct sim_repo *repo)
{
	const struct sim_team *team = sim_teams + repo->team;
	char org[24], github_id[24], team_id[24], repo_id[24];
	int64_t id;

	snprintf(org, sizeof(org), "%" PRId64, plot->org);
	snprintf(github_id, sizeof(github_id), "%" PRId64, repo->github_id);
	id = id_of(ask(plot->db, "find_team_of", org, team->slug, NULL));
	if (!id)
		id = id_of(ask(plot->db, "create_team", org, team->slug,
			       team->name, team->time_zone, NULL));
	snprintf(team_id, sizeof(team_id), "%" PRId64, id);
	plot->repo_id = id_of(ask(plot->db, "connect", org, SIM_HOST,
				  github_id, repo->name, "main", "", NULL));
	snprintf(repo_id, sizeof(repo_id), "%" PRId64, plot->repo_id);
	PQclear(ask(plot->db, "attach", org, team_id, repo_id, NULL));
}

int
run_simulate(const struct options *options)
{
	struct plot plot = { .now = time_now() };
	int64_t days, seed;

	if (!text_to_int(option(options, "days", "90"), 1, 3650, &days) ||
	    !text_to_int(option(options, "seed", "1"), 1, INT64_MAX, &seed))
		die("--days and --seed want a number");
	if (option(options, "live", NULL))
		return sim_live(option(options, "live", NULL),
				(uint64_t)time_now());
	plot.db = admin_db();
	plot.org = find_org(plot.db, need_option(options, "org"));
	plot.dice.state = (uint64_t)seed * 0x9e3779b97f4a7c15u;
	for (int i = 0; i < SIM_REPOS; i++) {
		prepare(&plot, sim_repos + i);
		live_repository(&plot, sim_repos + i, days);
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "\r  %d of %d repositories", i + 1,
				SIM_REPOS);
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\n");
	PQclear(ask(plot.db, "fold", NULL));
	printf("simulated %" PRId64 " days: %" PRId64 " records\n", days,
	       plot.told);
	arena_release(&plot.arena);
	text_release(&plot.json);
	free(plot.records);
	db_close(plot.db);
	return 0;
}
