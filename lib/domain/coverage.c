/*
 * coverage.c - read a coverage report, in pieces as they come.
 */
#include "coverage.h"

struct coverage {
	struct counts counts;
	const struct coverage_reader *reader;
	void *state;
};

struct coverage *
coverage_open(enum coverage_format format, const char *root)
{
	static const struct coverage_reader *const readers[] = {
		[COVERAGE_COBERTURA] = &cobertura_reader,
		[COVERAGE_LCOV] = &lcov_reader,
		[COVERAGE_GO] = &go_reader,
		[COVERAGE_JSON] = &json_reader,
	};
	struct coverage *coverage = xcalloc(1, sizeof(*coverage));

	coverage->counts.root = *root ? root : NULL;
	coverage->reader = readers[format];
	coverage->state = coverage->reader->open(&coverage->counts);
	return coverage;
}

bool
coverage_feed(struct coverage *coverage, const char *bytes, size_t len)
{
	return !*coverage->counts.problem &&
	       coverage->reader->feed(coverage->state, bytes, len);
}

bool
coverage_end(struct coverage *coverage)
{
	return !*coverage->counts.problem &&
	       coverage->reader->end(coverage->state) &&
	       counts_end(&coverage->counts);
}

const struct counts *
coverage_counts(const struct coverage *coverage)
{
	return &coverage->counts;
}

void
coverage_close(struct coverage *coverage)
{
	if (!coverage)
		return;
	coverage->reader->close(coverage->state);
	counts_release(&coverage->counts);
	free(coverage);
}

bool
coverage_is_count(const char *text, size_t len, bool *above_zero)
{
	bool negative = len && *text == '-';
	size_t i = negative;

	*above_zero = false;
	if (i == len || !isdigit((unsigned char)text[i]))
		return false;
	for (; i < len && (isdigit((unsigned char)text[i]) || text[i] == '.');
	     i++)
		if (text[i] >= '1' && text[i] <= '9')
			*above_zero = !negative;
	/* An exponent, of what was more than a whole number can say. */
	if (i < len && (text[i] == 'e' || text[i] == 'E')) {
		i++;
		i += i < len && (text[i] == '+' || text[i] == '-');
		if (i == len)
			return false;
		while (i < len && isdigit((unsigned char)text[i]))
			i++;
	}
	return i == len;
}
