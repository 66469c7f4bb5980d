/*
 * coverage_lines.c - the formats of lines: lcov's tracefile, Go's profile.
 *
 * lcov (geninfo(1)): SF:<path>, DA:<line>,<count>[,<checksum>] …, and
 * end_of_record; LF and LH, the sums, count where no DA came. Other records are
 * passed over. Go (cmd/cover): "mode: set", then
 * <path>:<line>.<column>,<line>.<column> <statements> <count>. Its blocks are
 * taken as the lines that they reach over, so that files of all languages are
 * counted in one unit.
 */
#include "coverage.h"

#include "text.h"

#define LINE_KEPT 4096

struct lines {
	struct counts *counts;
	bool (*take)(struct lines *lines);
	char line[LINE_KEPT + 1];
	size_t len;			/* of the line, kept or not */
	int64_t number;
	bool in_record, begun;		/* lcov: after SF; go: after mode */
	int64_t found, hit;		/* lcov: LF, LH; -1: not told */
};

static bool
wrong(struct lines *l, const char *what)
{
	size_t len = l->len < LINE_KEPT ? l->len : LINE_KEPT;
	size_t kept = len < 60 ? len : text_cut(l->line, len, 60);
	char shown[3 * 60 + 1];

	text_clean(shown, l->line, kept, 3 * 60);
	return counts_fail(l->counts, false, "line %" PRId64 ": \"%s\" %s",
			   l->number, shown, what);
}

static bool
begins(const struct lines *l, const char *with)
{
	return !strncmp(l->line, with, strlen(with));
}

/* Digits up to `end`. */
static bool
number_to(char **p, char end, int64_t *number)
{
	char *stop = strchr(*p, end);
	bool good;

	if (!stop)
		return false;
	*stop = '\0';
	good = text_to_int(*p, 0, INT64_MAX, number);
	*stop = end;
	*p = stop + (end != '\0');
	return good;
}

static bool
take_da(struct lines *l)
{
	char *p = l->line + 3;
	bool covered;
	int64_t line;

	if (!l->in_record)
		return wrong(l, "stands in no record: SF is missing");
	if (!number_to(&p, ',', &line) ||
	    !coverage_is_count(p, strcspn(p, ","), &covered))
		return wrong(l, "is not DA:<line>,<count>");
	return counts_lines(l->counts, line, line, covered);
}

static bool
end_record(struct lines *l)
{
	if (!l->in_record)
		return wrong(l, "ends no record");
	l->in_record = false;
	if (l->found < 0 || l->hit < 0)
		return true;
	return counts_told(l->counts, l->found, l->hit);
}

static bool
take_lcov(struct lines *l)
{
	char *sum = l->line + 3;

	if (begins(l, "DA:"))
		return take_da(l);
	if (begins(l, "SF:")) {
		if (l->in_record)
			return wrong(l, "comes before end_of_record");
		l->in_record = l->begun = true;
		l->found = l->hit = -1;
		return counts_file(l->counts, sum, strlen(sum));
	}
	if (!strcmp(l->line, "end_of_record"))
		return end_record(l);
	if (begins(l, "LF:") || begins(l, "LH:"))
		return number_to(&sum, '\0', l->line[1] == 'F' ? &l->found
							       : &l->hit) ||
		       wrong(l, "is not a number of lines");
	if (!*l->line || *l->line == '#' ||
	    (isupper((unsigned char)*l->line) && strchr(l->line, ':')))
		return true;
	return wrong(l, "is no record of lcov's");
}

static bool
take_go(struct lines *l)
{
	int64_t first, last, column, statements;
	char *space, *colon, *p;
	bool covered;

	if (begins(l, "mode: ")) {
		l->begun = true;
		return true;
	}
	if (!*l->line)
		return true;
	if (!l->begun)
		return wrong(l, "comes before \"mode:\"");
	/* From behind: a path may have spaces and colons. */
	space = strrchr(l->line, ' ');
	if (!space || !coverage_is_count(space + 1, strlen(space + 1),
					 &covered))
		return wrong(l, "ends with no count");
	*space = '\0';
	colon = strrchr(l->line, ':');
	p = colon ? colon + 1 : NULL;
	if (!p || !number_to(&p, '.', &first) || !number_to(&p, ',', &column) ||
	    !number_to(&p, '.', &last) || !number_to(&p, ' ', &column) ||
	    !number_to(&p, '\0', &statements)) {
		*space = ' ';
		return wrong(l, "is not <path>:<line>.<column>,<line>.<column>"
			     " <statements> <count>");
	}
	return counts_file(l->counts, l->line, (size_t)(colon - l->line)) &&
	       (!statements || counts_lines(l->counts, first, last, covered));
}

static bool
take_line(struct lines *l)
{
	size_t len = l->len;

	l->number++;
	if (len > LINE_KEPT) {
		/* Names of functions may be as long as they like. */
		l->line[LINE_KEPT] = '\0';
		l->len = 0;
		if (l->take == take_lcov && !begins(l, "SF:") &&
		    !begins(l, "DA:"))
			return true;
		l->len = LINE_KEPT;
		return wrong(l, "… is longer than 4096 bytes");
	}
	while (len && l->line[len - 1] &&
	       strchr(" \t\r", l->line[len - 1]))
		len--;
	l->line[len] = '\0';
	if (strlen(l->line) != len)
		return wrong(l, "… has a NUL byte");
	if (!l->take(l))
		return false;
	l->len = 0;
	return true;
}

static bool
lines_feed(void *reader, const char *bytes, size_t len)
{
	struct lines *l = reader;

	while (len) {
		const char *end = memchr(bytes, '\n', len);
		size_t piece = end ? (size_t)(end - bytes) : len;
		size_t room = l->len < LINE_KEPT ? LINE_KEPT - l->len : 0;

		memcpy(l->line + (LINE_KEPT - room), bytes,
		       piece < room ? piece : room);
		l->len += piece;
		if (end && !take_line(l))
			return false;
		bytes += piece + (end != NULL);
		len -= piece + (end != NULL);
	}
	return true;
}

static bool
lines_end(void *reader)
{
	struct lines *l = reader;

	if (l->len && !take_line(l))
		return false;
	if (!l->begun)
		return counts_fail(l->counts, false, l->take == take_go
			? "it does not begin with \"mode:\""
			: "there is no record of a file (SF:) in it");
	if (l->take == take_lcov && l->in_record)
		return counts_fail(l->counts, false, "it ends within a record: "
			"line %" PRId64 " is not end_of_record", l->number);
	return true;
}

static struct lines *
lines_open(struct counts *counts, bool (*take)(struct lines *lines))
{
	struct lines *l = xcalloc(1, sizeof(*l));

	l->counts = counts;
	l->take = take;
	return l;
}

static void *
lcov_open(struct counts *counts)
{
	return lines_open(counts, take_lcov);
}

static void *
go_open(struct counts *counts)
{
	return lines_open(counts, take_go);
}

const struct coverage_reader lcov_reader = {
	lcov_open, lines_feed, lines_end, free
};

const struct coverage_reader go_reader = {
	go_open, lines_feed, lines_end, free
};
