/*
 * repos_checks.c - what a parameter of `repos` may be, beside the checks of all
 * programs (lib/web/checks.c).
 */
#include "base.h"

#include <json-c/json.h>

#include "repos.h"

static const char *
one_of(const char *value, const char *const *words, size_t count,
       const char *wrong)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(value, words[i]))
			return NULL;
	return wrong;
}

static const char *
test_repository(const char *value)
{
	const char *slash = strchr(value, '/');

	if (strlen(value) > 255)
		return "is longer than 255 bytes";
	return slash ? slash > value && slash[1] ? NULL : "is not owner/name"
		     : is_id->test(value) ? "is neither an id nor owner/name"
					  : NULL;
}

static const char *
test_sha(const char *value)
{
	size_t len = strspn(value, "0123456789abcdef");

	return (len == 40 || len == 64) && !value[len] ? NULL
		: "is not a commit's full sha";
}

static const char *
test_words(const char *value)
{
	return strlen(value) <= 255 ? NULL : "is longer than 255 bytes";
}

static const char *
test_format(const char *value)
{
	static const char *const words[] = {
		"cobertura", "lcov", "go", "json"
	};

	return one_of(value, words, COUNT(words),
		      "is not cobertura, lcov, go or json");
}

static const char *
test_deployment_state(const char *value)
{
	static const char *const words[] = {
		"success", "failure", "error", "in_progress", "queued",
		"pending", "inactive"
	};

	return one_of(value, words, COUNT(words), "is not success, failure, "
		      "error, in_progress, queued, pending or inactive");
}

static const char *
test_pull_request_state(const char *value)
{
	static const char *const words[] = { "open", "closed", "merged" };

	return one_of(value, words, COUNT(words),
		      "is not open, closed or merged");
}

static const char *
test_severity(const char *value)
{
	static const char *const words[] = {
		"critical", "high", "medium", "low"
	};

	return one_of(value, words, COUNT(words),
		      "is not critical, high, medium or low");
}

static const char *
test_link(const char *value)
{
	size_t scheme = !strncmp(value, "https://", 8) ? 8
			: !strncmp(value, "http://", 7) ? 7 : 0;

	if (strlen(value) > 1000)
		return "is longer than 1000 bytes";
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p <= 0x20 || *p == 0x7f)
			scheme = 0;
	return scheme && value[scheme] ? NULL
		: "is not a link that begins with https:// or http://";
}

static const char *
test_count(const char *value)
{
	int64_t number;

	return text_to_int(value, 0, INT32_MAX, &number) ? NULL
		: "is not a whole number from 0 to 2147483647";
}

/* A member of a rule: words of 1 to `max` bytes. */
static const char *
rule_text(struct json_object *rule, const char *name, int max)
{
	struct json_object *member;
	int len;

	if (!json_object_object_get_ex(rule, name, &member) ||
	    !json_object_is_type(member, json_type_string))
		return NULL;
	len = json_object_get_string_len(member);
	return len >= 1 && len <= max ? json_object_get_string(member) : NULL;
}

static const char *
test_environment(struct json_object *rule)
{
	static const char *const tiers[] = {
		"production", "staging", "development", "other"
	};
	const char *tier;

	if (!json_object_is_type(rule, json_type_object) ||
	    json_object_object_length(rule) != 3)
		return "has an item that is not {name, tier, pattern}";
	if (!rule_text(rule, "name", 100))
		return "has an item whose name is not of 1 to 100 bytes";
	if (!rule_text(rule, "pattern", 255))
		return "has an item whose pattern is not of 1 to 255 bytes";
	tier = rule_text(rule, "tier", 20);
	return tier ? one_of(tier, tiers, COUNT(tiers), "has an item whose tier"
		" is not production, staging, development or other")
		: "has an item without a tier";
}

static const char *
test_deployment(struct json_object *rule)
{
	static const char *const sources[] = {
		"workflow_run", "release", "tag"
	};
	static const char *const names[] = {
		"source", "pattern", "environment", "branch", "repository"
	};
	static const char wrong[] = "has an item whose source is not "
		"workflow_run, release or tag";
	const char *source;

	if (!json_object_is_type(rule, json_type_object))
		return "has an item that is no object";
	json_object_object_foreach(rule, name, member)
		if (one_of(name, names, COUNT(names), "") ||
		    !json_object_is_type(member, json_type_string) ||
		    !rule_text(rule, name, 255))
			return "has an item with something beside source, "
			       "pattern, environment, branch and repository, "
			       "of 1 to 255 bytes each";
	source = rule_text(rule, "source", 20);
	if (!source || one_of(source, sources, COUNT(sources), ""))
		return wrong;
	return rule_text(rule, "pattern", 255) &&
	       rule_text(rule, "environment", 255) ? NULL
		: "has an item without pattern or environment";
}

static const char *
test_items(const char *value, const char *(*test)(struct json_object *rule))
{
	struct json_object *rules = json_tokener_parse(value);
	const char *wrong = NULL;
	size_t count;

	if (!json_object_is_type(rules, json_type_array)) {
		json_object_put(rules);
		return "is not a list";
	}
	count = json_object_array_length(rules);
	if (count > 100)
		wrong = "has more than 100 items";
	for (size_t i = 0; i < count && !wrong; i++)
		wrong = test(json_object_array_get_idx(rules, i));
	json_object_put(rules);
	return wrong;
}

static const char *
test_environments(const char *value)
{
	return test_items(value, test_environment);
}

static const char *
test_deployment_rules(const char *value)
{
	return test_items(value, test_deployment);
}

#define TEXT255 "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}"
#define WORD(...) "{\"type\":\"string\",\"enum\":[" __VA_ARGS__ "]}"

check is_repository = { { test_repository, "{\"type\":\"string\",\"pattern\":"
	"\"^([1-9][0-9]{0,18}|[^/]+/.+)$\",\"maxLength\":255}" } };
check is_commit = { { test_sha, "{\"type\":\"string\",\"pattern\":"
	"\"^([0-9a-f]{40}|[0-9a-f]{64})$\"}" } };
check is_words = { { test_words,
	"{\"type\":\"string\",\"maxLength\":255}" } };
check is_coverage_format = { { test_format,
	WORD("\"cobertura\",\"lcov\",\"go\",\"json\"") } };
check is_deployment_state = { { test_deployment_state,
	WORD("\"success\",\"failure\",\"error\",\"in_progress\",\"queued\","
	     "\"pending\",\"inactive\"") } };
check is_pull_request_state = { { test_pull_request_state,
	WORD("\"open\",\"closed\",\"merged\"") } };
check is_severity = { { test_severity,
	WORD("\"critical\",\"high\",\"medium\",\"low\"") } };
check is_link = { { test_link, "{\"type\":\"string\",\"pattern\":"
	"\"^https?://[!-~]\",\"maxLength\":1000}" } };
check is_count = { { test_count,
	"{\"type\":\"integer\",\"minimum\":0,\"maximum\":2147483647}" } };
check is_environments = { { test_environments,
	"{\"type\":\"array\",\"maxItems\":100,\"items\":{\"type\":\"object\","
	"\"additionalProperties\":false,\"required\":[\"name\",\"tier\","
	"\"pattern\"],\"properties\":{\"name\":{\"type\":\"string\","
	"\"minLength\":1,\"maxLength\":100},\"tier\":{\"type\":\"string\","
	"\"enum\":[\"production\",\"staging\",\"development\",\"other\"]},"
	"\"pattern\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}"
	"}}}", true } };
check is_deployment_rules = { { test_deployment_rules,
	"{\"type\":\"array\",\"maxItems\":100,\"items\":{\"type\":\"object\","
	"\"additionalProperties\":false,\"required\":[\"source\",\"pattern\","
	"\"environment\"],\"properties\":{\"source\":{\"type\":\"string\","
	"\"enum\":[\"workflow_run\",\"release\",\"tag\"]},\"pattern\":" TEXT255
	",\"environment\":" TEXT255 ",\"branch\":" TEXT255
	",\"repository\":" TEXT255 "}}}", true } };
