/*
 * simulate_live.c - pulsectl simulate --live URL: made-up deliveries, rightly
 * signed, to a running installation's webhook door, every few seconds.
 */
#include "base.h"

#include <curl/curl.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "log.h"
#include "simulate.h"

static size_t
ignore(char *bytes, size_t size, size_t count, void *data)
{
	(void)bytes;
	(void)data;
	return size * count;
}

static long
deliver(CURL *curl, const char *url, const char *event,
	const struct text *json)
{
	const char *secret = conf_secret("GITHUB_WEBHOOK_SECRET", 16);
	unsigned char mac[HASH_SIZE], random[16];
	char digits[2 * HASH_SIZE + 1], header[256];
	struct curl_slist *headers = NULL;
	long status = 0;
	CURLcode code;

	hmac_sha256(secret, strlen(secret), json->data, json->len, mac);
	snprintf(header, sizeof(header), "X-Hub-Signature-256: sha256=%s",
		 hex_encode(digits, mac, sizeof(mac)));
	headers = curl_slist_append(headers, header);
	snprintf(header, sizeof(header), "X-GitHub-Event: %s", event);
	headers = curl_slist_append(headers, header);
	random_bytes(random, sizeof(random));
	snprintf(header, sizeof(header), "X-GitHub-Delivery: %s",
		 hex_encode(digits, random, sizeof(random)));
	headers = curl_slist_append(headers, header);
	headers = curl_slist_append(headers, "Content-Type: application/json");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json->data);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)json->len);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
	code = curl_easy_perform(curl);
	if (code)
		die("%s: %s", url, curl_easy_strerror(code));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	return status;
}

/* Something that happens now, in one of the repositories. */
static const char *
make_up(struct sim_dice *dice, struct text *json)
{
	const struct sim_repo *repo = sim_repos + sim_below(dice, SIM_REPOS);
	int64_t now = time_now(), id = now;
	struct sim_pr pr = {
		.repo = repo, .number = (int)(now / 1000 % 1000000),
		.created_at = now, .updated_at = now,
		.author = sim_people + repo->team * 4 + sim_below(dice, 4),
		.additions = 1 + sim_below(dice, 300), .files = 3, .commits = 1,
	};
	const struct sim_person *other = sim_people + repo->team * 4 +
		(pr.author - sim_people + 1) % 4;
	struct sim_commit commit = { .author = pr.author, .at = now };

	sim_title(dice, pr.title, pr.branch);
	sim_sha(dice, pr.head_sha);
	sim_sha(dice, pr.merge_sha);
	switch (sim_below(dice, 5)) {
	case 0:
		sim_review(json, &pr, id, other, sim_chance(dice, 0.7)
			   ? "approved" : "changes_requested", now);
		return "pull_request_review";
	case 1:
		pr.created_at -= 7200000;
		pr.closed_at = pr.merged_at = now;
		pr.merged_by = other;
		sim_pull_request(json, &pr, "closed", other);
		return "pull_request";
	case 2:
		memcpy(commit.sha, pr.head_sha, sizeof(commit.sha));
		snprintf(commit.message, sizeof(commit.message), "%s",
			 pr.title);
		sim_push(json, repo, pr.branch, &commit, 1, now);
		return "push";
	case 3:
		sim_deployment(json, repo, id, pr.head_sha,
			       sim_chance(dice, 0.9) ? "success" : "failure",
			       id + 1, pr.author, now - 60000, now);
		return "deployment_status";
	default:
		sim_pull_request(json, &pr, "opened", pr.author);
		return "pull_request";
	}
}

int
sim_live(const char *base, uint64_t seed)
{
	struct sim_dice dice = { seed | 1 };
	struct text json = { 0 };
	CURL *curl = curl_easy_init();
	char url[1024];

	snprintf(url, sizeof(url), "%s%s/webhooks/github", base,
		 conf_or("API_BASE", "/api/v1"));
	for (;;) {
		const char *event = make_up(&dice, &json);
		long status = deliver(curl, url, event, &json);

		printf("%s: %ld\n", event, status);
		fflush(stdout);
		if (status >= 400)
			die("the installation refuses; is it this "
			    "configuration's?");
		usleep((useconds_t)(800000 + sim_below(&dice, 2500000)));
	}
}
