/*
 * simulate_cast.c - the made-up organisation's cast and dice.
 */
#include "base.h"

#include <math.h>

#include "simulate.h"

const struct sim_team sim_teams[SIM_TEAMS] = {
	{ "payments", "Payments", "Europe/Berlin" },
	{ "platform", "Platform", "America/New_York" },
	{ "mobile", "Mobile", "Asia/Kathmandu" },
	{ "data", "Data", "America/St_Johns" },
};

const struct sim_repo sim_repos[SIM_REPOS] = {
	{ "acme/checkout", 880000001, 0, 1.3 },
	{ "acme/billing", 880000002, 0, 0.9 },
	{ "acme/fraud-rules", 880000003, 0, 0.4 },
	{ "acme/gateway", 880000004, 1, 1.1 },
	{ "acme/infrastructure", 880000005, 1, 0.8 },
	{ "acme/identity", 880000006, 1, 0.6 },
	{ "acme/ios-app", 880000007, 2, 1.0 },
	{ "acme/android-app", 880000008, 2, 1.0 },
	{ "acme/design-system", 880000009, 2, 0.5 },
	{ "acme/warehouse", 880000010, 3, 0.7 },
	{ "acme/events-pipeline", 880000011, 3, 0.8 },
	{ "acme/notebooks", 880000012, 3, 0.3 },
};

const struct sim_person sim_people[SIM_PEOPLE + 1] = {
	{ "amara-diallo", 7001, false }, { "jonas-weber", 7002, false },
	{ "mei-lin", 7003, false }, { "tomas-novak", 7004, false },
	{ "priya-dev", 7005, false }, { "jordan-dev", 7006, false },
	{ "sofia-rossi", 7007, false }, { "kwame-mensah", 7008, false },
	{ "bishal-thapa", 7009, false }, { "hana-sato", 7010, false },
	{ "lucas-martin", 7011, false }, { "nadia-haddad", 7012, false },
	{ "finn-murphy", 7013, false }, { "olga-petrova", 7014, false },
	{ "diego-silva", 7015, false }, { "ruth-cohen", 7016, false },
	{ "dependabot[bot]", 49699333, true },
};

uint64_t
sim_throw(struct sim_dice *dice)
{
	uint64_t x = dice->state ? dice->state : 88172645463325252u;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	dice->state = x;
	return x * 2685821657736338717u;
}

static double
unit(struct sim_dice *dice)
{
	return (double)(sim_throw(dice) >> 11) / 9007199254740992.0;
}

int
sim_below(struct sim_dice *dice, int n)
{
	return (int)(unit(dice) * n);
}

bool
sim_chance(struct sim_dice *dice, double p)
{
	return unit(dice) < p;
}

double
sim_lognormal(struct sim_dice *dice, double median, double sigma)
{
	double u = unit(dice), v = unit(dice);
	double normal = sqrt(-2 * log(1 - u)) * cos(2 * M_PI * v);

	return median * exp(sigma * normal);
}

int
sim_poisson(struct sim_dice *dice, double mean)
{
	double limit = exp(-mean), p = unit(dice);
	int n = 0;

	for (; p > limit && n < 50; n++)
		p *= unit(dice);
	return n;
}

void
sim_sha(struct sim_dice *dice, char sha[41])
{
	snprintf(sha, 41, "%016" PRIx64 "%016" PRIx64 "%08x", sim_throw(dice),
		 sim_throw(dice), (unsigned)sim_throw(dice));
}

void
sim_title(struct sim_dice *dice, char title[160], char branch[160])
{
	static const char *const verbs[] = {
		"Add", "Fix", "Speed up", "Simplify", "Retry", "Validate",
		"Log", "Document", "Split", "Cache", "Remove", "Test",
	};
	static const char *const things[] = {
		"refund webhooks", "session expiry", "the order summary",
		"currency rounding", "token rotation", "the health endpoint",
		"search pagination", "idempotency keys", "the audit trail",
		"image uploads", "dark mode colours", "the retry queue",
		"late deliveries", "feature flags", "the onboarding flow",
		"partition pruning", "rate limit headers", "address parsing",
	};
	static const char *const ends[] = {
		"", "", " for guests", " on slow networks", " behind a flag",
		" under load", " for large accounts",
	};

	snprintf(title, 160, "%s %s%s", verbs[sim_below(dice, COUNT(verbs))],
		 things[sim_below(dice, COUNT(things))],
		 ends[sim_below(dice, COUNT(ends))]);
	snprintf(branch, 160, "%s", title);
	text_lower(branch);
	for (char *p = branch; *p; p++)
		if (*p == ' ')
			*p = '-';
}
