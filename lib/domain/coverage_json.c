/*
 * coverage_json.c - coverage as JSON: Istanbul's two forms, coverage.py's.
 *
 *	coverage-final	{<path>: {"statementMap": {<id>: {"start": {"line": 1,
 *			…}}}, "s": {<id>: <count>}, …}}
 *	coverage-summary {"total": …, <path>: {"lines": {"total": 9,
 *			"covered": 7, …}, …}}
 *	coverage.py	{"files": {<path>: {"executed_lines": [1],
 *			"missing_lines": [2], "summary": {"num_statements": 2,
 *			"covered_lines": 1, …}}}}
 *
 * A statement counts at its first line, as Istanbul itself counts lines.
 */
#include "coverage.h"

#include "json_flow.h"
#include "text.h"

#define LEVELS 6		/* deeper ones are of no interest */
#define STATEMENTS_MAX 200000	/* of one file */

struct statement {
	int32_t line;		/* 0: not told yet */
	signed char covered;	/* -1: not told yet */
};

struct json_reader {
	struct counts *counts;
	struct json_flow flow;
	unsigned depth;
	struct text keys[LEVELS];	/* by depth, from 1 */
	struct statement *statements;
	size_t count, size;
	int64_t lines, covered;		/* of a summary; -1: not told */
	bool selected;			/* the file is the counts' current */
};

static bool
key_is(const struct json_reader *r, unsigned depth, const char *word)
{
	return r->keys[depth].data && !strcmp(r->keys[depth].data, word);
}

static bool
is_python(const struct json_reader *r)
{
	return key_is(r, 1, "files");
}

/* The depth at which a file's path is the key. */
static unsigned
path_depth(const struct json_reader *r)
{
	return is_python(r) ? 2 : 1;
}

static bool
is_file(const struct json_reader *r)
{
	return is_python(r) || (!key_is(r, 1, "total") &&
				!key_is(r, 1, "totals") &&
				!key_is(r, 1, "meta"));
}

static bool
select_file(struct json_reader *r)
{
	const struct text *path = r->keys + path_depth(r);

	if (r->selected)
		return true;
	r->selected = true;
	return counts_file(r->counts, path->data, path->len);
}

static bool
not_a_number(struct json_reader *r, const char *text)
{
	return counts_fail(r->counts, false, "%.80s of \"%.200s\" is \"%.40s\","
			   " which is no such number",
			   r->keys[path_depth(r) + 1].data,
			   r->keys[path_depth(r)].data, text);
}

/* The statement that the key at depth 3 names; NULL: answered. */
static struct statement *
statement(struct json_reader *r)
{
	const char *id = r->keys[3].data;
	int64_t place;

	if (!text_to_int(id, 0, STATEMENTS_MAX, &place)) {
		counts_fail(r->counts, false, "\"%.200s\" has the statement "
			    "\"%.40s\", which is not one from 0 to %d",
			    r->keys[1].data, id, STATEMENTS_MAX);
		return NULL;
	}
	if ((size_t)place >= r->size) {
		r->size = (size_t)place < 2048 ? 4096 : 2 * (size_t)place;
		r->statements = xrealloc(r->statements,
					 r->size * sizeof(*r->statements));
	}
	for (; r->count <= (size_t)place; r->count++)
		r->statements[r->count] = (struct statement){ 0, -1 };
	return r->statements + place;
}

static bool
take_statement_line(struct json_reader *r, const char *text)
{
	struct statement *s;
	int64_t line;

	if (!text_to_int(text, 1, COUNTS_LINE_MAX, &line))
		return not_a_number(r, text);
	s = statement(r);
	if (s)
		s->line = (int32_t)line;
	return s != NULL;
}

static bool
take_statement_count(struct json_reader *r, const char *text, size_t len)
{
	struct statement *s;
	bool covered;

	if (!coverage_is_count(text, len, &covered))
		return not_a_number(r, text);
	s = statement(r);
	if (s)
		s->covered = covered;
	return s != NULL;
}

static bool
take_line(struct json_reader *r, const char *text, bool covered)
{
	int64_t line;

	if (!text_to_int(text, 0, COUNTS_LINE_MAX, &line))
		return not_a_number(r, text);
	/* coverage.py counts an empty file's "line 0", and means none. */
	return !line || (select_file(r) &&
			 counts_lines(r->counts, line, line, covered));
}

static bool
take_number(struct json_reader *r, const char *text, size_t len)
{
	int64_t *sum = NULL;

	if (is_python(r)) {
		if (r->depth == 4 && key_is(r, 3, "executed_lines"))
			return take_line(r, text, true);
		if (r->depth == 4 && key_is(r, 3, "missing_lines"))
			return take_line(r, text, false);
		if (r->depth == 4 && key_is(r, 3, "summary"))
			sum = key_is(r, 4, "num_statements") ? &r->lines
			    : key_is(r, 4, "covered_lines") ? &r->covered
							    : NULL;
	} else if (r->depth == 5 && key_is(r, 2, "statementMap") &&
		   key_is(r, 4, "start") && key_is(r, 5, "line")) {
		return take_statement_line(r, text);
	} else if (r->depth == 3 && key_is(r, 2, "s")) {
		return take_statement_count(r, text, len);
	} else if (r->depth == 3 && key_is(r, 2, "lines")) {
		sum = key_is(r, 3, "total") ? &r->lines
		    : key_is(r, 3, "covered") ? &r->covered : NULL;
	}
	if (sum && !text_to_int(text, 0, COUNTS_LINE_MAX, sum))
		return not_a_number(r, text);
	return true;
}

static void
begin_file(struct json_reader *r)
{
	r->selected = false;
	r->lines = r->covered = -1;
	r->count = 0;
}

static bool
end_file(struct json_reader *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct statement *s = r->statements + i;

		if (!s->line || s->covered < 0)
			continue;
		if (!select_file(r) || !counts_lines(r->counts, s->line,
						     s->line, s->covered))
			return false;
	}
	if (r->lines < 0 || r->covered < 0)
		return true;
	return select_file(r) && counts_told(r->counts, r->lines, r->covered);
}

static bool
take(void *data, enum flow_event event, const char *text, size_t len)
{
	struct json_reader *r = data;

	switch (event) {
	case FLOW_OBJECT:
	case FLOW_ARRAY:
		if (++r->depth == 1 || r->depth >= LEVELS)
			return true;
		text_clear(r->keys + r->depth);
		if (event == FLOW_OBJECT && r->depth == path_depth(r) + 1)
			begin_file(r);
		return true;
	case FLOW_END:
		if (r->depth-- == path_depth(r) + 1 && is_file(r))
			return end_file(r);
		return true;
	case FLOW_KEY:
		if (r->depth < LEVELS) {
			text_clear(r->keys + r->depth);
			text_add_bytes(r->keys + r->depth, text, len);
		}
		return true;
	case FLOW_NUMBER:
		return r->depth >= LEVELS || !is_file(r) ||
		       take_number(r, text, len);
	default:
		return true;
	}
}

static void *
json_open(struct counts *counts)
{
	struct json_reader *r = xcalloc(1, sizeof(*r));

	r->counts = counts;
	r->flow.take = take;
	r->flow.data = r;
	for (int i = 0; i < LEVELS; i++)
		text_add(r->keys + i, "");
	begin_file(r);
	return r;
}

static bool
told(struct json_reader *r, bool good)
{
	if (!good && r->flow.problem)
		counts_fail(r->counts, false, "byte %" PRIu64 ": %s",
			    r->flow.at, r->flow.problem);
	return good;
}

static bool
json_feed(void *reader, const char *bytes, size_t len)
{
	struct json_reader *r = reader;

	return told(r, flow_feed(&r->flow, bytes, len));
}

static bool
json_end(void *reader)
{
	struct json_reader *r = reader;

	return told(r, flow_end(&r->flow));
}

static void
json_close(void *reader)
{
	struct json_reader *r = reader;

	for (int i = 0; i < LEVELS; i++)
		text_release(r->keys + i);
	free(r->statements);
	free(r);
}

const struct coverage_reader json_reader = {
	json_open, json_feed, json_end, json_close
};
