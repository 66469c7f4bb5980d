/*
 * simulate.h - a made-up organisation: its cast, its dice, and the payloads in
 * which GitHub would tell of it.
 */
#ifndef PULSE_SIMULATE_H
#define PULSE_SIMULATE_H

#include "base.h"
#include "text.h"

#define SIM_TEAMS 4
#define SIM_REPOS 12
#define SIM_PEOPLE 16
#define SIM_HOST "github.com"

struct sim_team {
	const char *slug, *name, *time_zone;
};

struct sim_repo {
	const char *name;		/* acme/checkout */
	int64_t github_id;
	int team;
	double pace;			/* pull requests a working day */
};

struct sim_person {
	const char *login;
	int64_t id;
	bool bot;
};

extern const struct sim_team sim_teams[SIM_TEAMS];
extern const struct sim_repo sim_repos[SIM_REPOS];
/* Four of each team, in the order of the teams; the last is a bot. */
extern const struct sim_person sim_people[SIM_PEOPLE + 1];

/* The dice: the same seed throws the same (xorshift64*, Vigna 2016). */
struct sim_dice {
	uint64_t state;
};
uint64_t sim_throw(struct sim_dice *dice);
int sim_below(struct sim_dice *dice, int n);
bool sim_chance(struct sim_dice *dice, double p);
double sim_lognormal(struct sim_dice *dice, double median, double sigma);
int sim_poisson(struct sim_dice *dice, double mean);
void sim_sha(struct sim_dice *dice, char sha[41]);
/* What a pull request is about. */
void sim_title(struct sim_dice *dice, char title[160], char branch[160]);

struct sim_pr {
	const struct sim_repo *repo;
	int number;
	char title[160], branch[160], head_sha[41], merge_sha[41];
	const struct sim_person *author, *merged_by;
	int64_t created_at, updated_at, closed_at, merged_at;
	int additions, deletions, files, commits;
	int reverts;			/* number, or 0 */
};

struct sim_commit {
	char sha[41], message[200];
	const struct sim_person *author;
	int64_t at;
};

/* Payloads as GitHub's webhooks send them; each replaces `out`. */
void sim_push(struct text *out, const struct sim_repo *repo,
	      const char *branch, const struct sim_commit *commits, int count,
	      int64_t pushed_at);
void sim_pull_request(struct text *out, const struct sim_pr *pr,
		      const char *action, const struct sim_person *sender);
void sim_review(struct text *out, const struct sim_pr *pr, int64_t id,
		const struct sim_person *who, const char *state, int64_t at);
void sim_comment(struct text *out, const struct sim_pr *pr, int64_t id,
		 const struct sim_person *who, int64_t at);
void sim_issue(struct text *out, const struct sim_repo *repo, int number,
	       const char *title, const struct sim_person *who,
	       int64_t created_at, int64_t closed_at);
void sim_deployment(struct text *out, const struct sim_repo *repo, int64_t id,
		    const char *sha, const char *state, int64_t status_id,
		    const struct sim_person *who, int64_t created_at,
		    int64_t at);
void sim_workflow_run(struct text *out, const struct sim_repo *repo,
		      int64_t id, const char *sha, const char *conclusion,
		      const struct sim_person *who, int64_t at, int64_t took);
void sim_release(struct text *out, const struct sim_repo *repo, int64_t id,
		 const char *tag, const struct sim_person *who, int64_t at);

/* Send made-up deliveries, rightly signed, to a running installation until
 * stopped (simulate_live.c). */
int sim_live(const char *url, uint64_t seed);

#endif
