/*
 * git_history.c - read a clone's history into records.
 */
#include "git_history.h"

#include "reverts.h"
#include "tell.h"
#include "text.h"

#define RS '\x1e'
#define US '\x1f'
#define NOREPLY "@users.noreply.github.com"

int64_t
git_repository_id(const char *full_name)
{
	uint64_t hash = 14695981039346656037u;

	for (const char *p = full_name; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 1099511628211u;
	return (int64_t)(hash >> 2) | 1;
}

static void
add_record(struct git_history *history, enum record_kind kind, const void *data,
	   const struct happening *happening, int64_t version)
{
	size_t count = history->count;

	if (!(count & (count - 1))) {
		size_t room = count ? count * 2 : 1;
		struct record *more = arena_alloc(history->arena,
						  room * sizeof(*more));

		if (count)
			memcpy(more, history->records, count * sizeof(*more));
		history->records = more;
	}
	history->records[history->count++] =
		(struct record){ kind, version, data, happening };
}

static const char *
clean(struct git_history *history, const char *from, size_t max)
{
	size_t len = strlen(from);
	char *to = arena_alloc(history->arena,
			       (len * 3 < max ? len * 3 : max) + 1);

	text_clean(to, from, len, max);
	return to;
}

/* "123+login@users.noreply.github.com" or without the number. */
static const char *
login_of_address(struct git_history *history, const char *email)
{
	const char *at = strstr(email, NOREPLY), *plus = strchr(email, '+');

	if (!at || at[strlen(NOREPLY)])
		return NULL;
	if (plus && plus < at)
		email = plus + 1;
	return arena_copy(history->arena, email, (size_t)(at - email));
}

/* The number that the digits at p say, at most INT32_MAX. */
static int64_t
number_at(const char *p)
{
	int64_t number = 0;

	while (isdigit((unsigned char)*p) && number < INT32_MAX)
		number = number * 10 + (*p++ - '0');
	return number < INT32_MAX ? number : INT32_MAX;
}

/* The number behind `before`; there is none 0. */
static int64_t
number_behind(const char *string, const char *before)
{
	const char *p = strstr(string, before);
	int64_t number = p ? number_at(p + strlen(before)) : 0;

	return number ? number : JSON_NO_INT;
}

/* The pull request of a commit, if its message names one. */
static void
find_pull_request(struct git_history *history, struct git_commit *c)
{
	const char *message = c->commit.message, *from;
	size_t subject = strcspn(message, "\n");
	const char *line = arena_copy(history->arena, message, subject);
	const char *open = strrchr(line, '(');

	c->number = JSON_NO_INT;
	if (c->merge && !strncmp(line, "Merge pull request #", 20)) {
		c->number = number_behind(line, "Merge pull request #");
		from = strstr(line, " from ");
		c->branch = from ? from + 6 : NULL;
	} else if (!c->merge && subject > 4 && line[subject - 1] == ')' &&
		   open && open[1] == '#' &&
		   strspn(open + 2, "0123456789") == strlen(open + 2) - 1) {
		c->number = number_behind(open, "(#");
	}
}

/* " 3 files changed, 10 insertions(+), 2 deletions(-)" */
static int64_t
stat_number(const char *stat, const char *word)
{
	const char *p = strstr(stat, word);

	if (!p)
		return 0;
	while (p > stat && isdigit((unsigned char)p[-1]))
		p--;
	return number_at(p);
}

/* Cut the next field off; NULL when there is none. */
static char *
field(char **rest)
{
	char *start = *rest, *end = strchr(start, US);

	if (!end)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	return start;
}

static bool
read_commit(struct git_history *history, char *text, struct git_commit *c)
{
	char *sha = field(&text), *parents = sha ? field(&text) : NULL;
	char *name = parents ? field(&text) : NULL;
	char *email = name ? field(&text) : NULL;
	char *authored = email ? field(&text) : NULL;
	char *committed = authored ? field(&text) : NULL;
	char *message = committed ? field(&text) : NULL, *second;

	memset(c, 0, sizeof(*c));
	if (!message ||
	    !time_parse(authored, strlen(authored), &c->commit.authored_at) ||
	    !time_parse(committed, strlen(committed), &c->commit.committed_at))
		return false;
	c->commit.sha = arena_string(history->arena, sha);
	c->commit.author_name = clean(history, name, 255);
	c->commit.author_email = clean(history, email, 255);
	c->commit.message = clean(history, message, 8000);
	c->commit.author.id = JSON_NO_INT;
	c->commit.author.login =
		login_of_address(history, c->commit.author_email);
	c->commit.author.bot = login_is_bot(c->commit.author.login) ||
			       login_is_bot(c->commit.author_name);
	c->commit.reverts = reverted_commit(history->arena, c->commit.message);
	c->commit.on_default = 1;
	c->commit.additions = stat_number(text, " insertion");
	c->commit.deletions = stat_number(text, " deletion");
	second = strchr(parents, ' ');
	c->merge = second != NULL;
	c->commit.parents = *parents ? c->merge ? 2 : 1 : 0;
	if (second)
		*second++ = '\0';
	c->parents[0] = *parents ? arena_string(history->arena, parents)
				 : NULL;
	c->parents[1] = second ? arena_copy(history->arena, second,
					    strcspn(second, " ")) : NULL;
	find_pull_request(history, c);
	return true;
}

static int
by_sha(const void *a, const void *b)
{
	const struct git_commit *const *x = a, *const *y = b;

	return strcmp((*x)->commit.sha, (*y)->commit.sha);
}

static struct git_commit *
find_commit(struct git_commit **index, size_t count, const char *sha)
{
	struct git_commit key = { .commit.sha = sha }, *keyp = &key, **found;

	if (!sha)
		return NULL;
	found = bsearch(&keyp, index, count, sizeof(*index), by_sha);
	return found ? *found : NULL;
}

/* The first parents of the newest commit are the main line. */
static void
mark_main(struct git_history *history, struct git_commit **index)
{
	struct git_commit *c = history->commit_count ? history->commits : NULL;

	while (c && !c->on_main) {
		c->on_main = true;
		c = find_commit(index, history->commit_count, c->parents[0]);
	}
}

/* Who wrote the merged branch, and since when: along its first parents until
 * the main line. */
static void
follow_branch(struct git_commit *merge, struct git_commit **index,
	      size_t count)
{
	struct git_commit *c = find_commit(index, count, merge->parents[1]);

	merge->tip = c;
	merge->opened_at = merge->commit.committed_at;
	for (int steps = 0; c && !c->on_main && steps < 1000; steps++) {
		if (c->commit.authored_at < merge->opened_at)
			merge->opened_at = c->commit.authored_at;
		c = find_commit(index, count, c->parents[0]);
	}
}

static const char *
title_of(struct git_history *history, const struct git_commit *c)
{
	const char *message = c->commit.message;
	size_t subject = strcspn(message, "\n"), len;
	const char *body = message + subject;

	if (c->merge) {
		body += strspn(body, "\n\r \t");
		len = strcspn(body, "\n");
		return len ? arena_copy(history->arena, body, len)
			   : c->branch ? c->branch : "";
	}
	/* Without the " (#7)" at its end. */
	for (len = subject; len && message[len] != '('; len--)
		;
	while (len && message[len - 1] == ' ')
		len--;
	return arena_copy(history->arena, message, len);
}

/* The pull request whose merge a commit takes back, if it is in this history. */
static int64_t
reverted_number(const struct git_commit *c, struct git_commit **index,
		size_t count)
{
	const struct git_commit *taken = find_commit(index, count,
		c->tip && c->tip->commit.reverts ? c->tip->commit.reverts
						 : c->commit.reverts);

	return taken ? taken->number : JSON_NO_INT;
}

static void
add_pull_request(struct git_history *history, const struct git_commit *c,
		 int64_t reverts)
{
	struct pull_request *pr = arena_zalloc(history->arena, sizeof(*pr));
	const struct commit *writer = c->tip ? &c->tip->commit : &c->commit;
	const struct commit *merger = &c->commit;

	*pr = (struct pull_request){
		.number = c->number,
		.github_id = JSON_NO_INT,
		.title = title_of(history, c),
		.state = "merged",
		.draft = 0,
		.author = writer->author,
		.created_at = c->merge ? c->opened_at : merger->authored_at,
		.updated_at = merger->committed_at,
		.closed_at = merger->committed_at,
		.merged_at = merger->committed_at,
		.merge_sha = merger->sha,
		.head_ref = c->branch,
		.head_sha = c->tip ? c->tip->commit.sha : NULL,
		.reverts = reverts,
		.full = 1,
		.additions = merger->additions,
		.deletions = merger->deletions,
		.changed_files = JSON_NO_INT,
		.commits = JSON_NO_INT,
		.merged_by = merger->author.login ? merger->author.login
						  : merger->author_name,
	};
	if (pr->created_at > pr->merged_at)
		pr->created_at = pr->merged_at;
	if (!pr->author.login)
		pr->author.login = writer->author_name;
	if (history->url)
		pr->url = arena_printf(history->arena, "%s/pull/%" PRId64,
				       history->url, pr->number);
	add_record(history, RECORD_PULL_REQUEST, pr,
		   tell_pull_request(history->arena, pr, "opened", NULL),
		   record_version(pr->updated_at, 2));
	add_record(history, RECORD_PULL_REQUEST, pr,
		   tell_pull_request(history->arena, pr, "merged", NULL),
		   record_version(pr->updated_at, 2));
}

static void
add_commit(struct git_history *history, const struct git_commit *c)
{
	const char *url = history->url
		? arena_printf(history->arena, "%s/commit/%s", history->url,
			       c->commit.sha) : NULL;

	/* 2: in full; what a push told is only part of it. */
	add_record(history, RECORD_COMMIT, &c->commit,
		   tell_commit(history->arena, &c->commit, NULL, url), 2);
}

static void
add_records(struct git_history *history)
{
	size_t count = history->commit_count;
	struct git_commit **index = arena_alloc(history->arena,
						(count + 1) * sizeof(*index));

	for (size_t i = 0; i < count; i++)
		index[i] = history->commits + i;
	qsort(index, count, sizeof(*index), by_sha);
	mark_main(history, index);
	for (size_t i = 0; i < count; i++) {
		struct git_commit *c = history->commits + i;

		if (c->merge)
			follow_branch(c, index, count);
		add_commit(history, c);
		if (c->number != JSON_NO_INT)
			add_pull_request(history, c,
				reverted_number(c, index, count));
	}
}

bool
git_read_commits(struct git_history *history, char *log, size_t len,
		 const char **problem)
{
	size_t count = 0, n = 0;
	char *p = log, *end = log + len;

	for (size_t i = 0; i < len; i++)
		count += log[i] == RS;
	history->commits = arena_alloc(history->arena,
				       (count + 1) * sizeof(*history->commits));
	while (p < end && *p != RS)
		p++;
	while (p < end) {
		char *start = ++p;

		while (p < end && *p != RS)
			p++;
		if (p < end)
			*p = '\0';
		if (!read_commit(history, start, history->commits + n)) {
			*problem = arena_printf(history->arena,
				"commit %zu of git log is not of the form "
				"asked for", n + 1);
			return false;
		}
		n++;
		if (p < end)
			*p = RS;
	}
	history->commit_count = n;
	add_records(history);
	return true;
}

bool
git_read_tags(struct git_history *history, char *tags, const char **problem)
{
	char *line = tags, *next;

	for (; *line; line = next) {
		char *name, *date, *tagger, *subject;
		struct release *release;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		subject = line;
		name = field(&subject);
		date = name ? field(&subject) : NULL;
		tagger = date ? field(&subject) : NULL;
		release = arena_zalloc(history->arena, sizeof(*release));
		if (!tagger || !time_parse(date, strlen(date),
					   &release->created_at)) {
			*problem = arena_printf(history->arena,
				"\"%s\" of git for-each-ref is not of the "
				"form asked for", line);
			return false;
		}
		release->source = "tag";
		release->tag = clean(history, name, 255);
		release->external_id = release->tag;
		release->name = *subject ? clean(history, subject, 255) : NULL;
		release->author.id = JSON_NO_INT;
		release->author.login = *tagger ? clean(history, tagger, 255)
						: NULL;
		release->draft = release->prerelease = 0;
		release->published_at = release->created_at;
		add_record(history, RECORD_RELEASE, release,
			   tell_release(history->arena, release, "published"),
			   record_version(release->published_at, 1));
	}
	return true;
}
