/*
 * coverage.c - any bytes as a coverage report: the first says of which format
 * and whether gzip may be around it, the second in what pieces it comes.
 */
#include "coverage.h"
#include "unzip.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool
take(void *coverage, const char *bytes, size_t len)
{
	return coverage_feed(coverage, bytes, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct coverage *coverage;
	const struct counts *counts;
	struct unzip unzip = { .take = take, .max = 1 << 20 };
	const char *p = (const char *)bytes + 2;
	size_t piece;
	bool good = true;

	if (len < 2)
		return 0;
	coverage = coverage_open(bytes[0] % 4, bytes[0] & 64 ? "src" : "");
	counts = coverage_counts(coverage);
	unzip.data = coverage;
	unzip.must = bytes[0] & 128;
	len -= 2;
	for (size_t at = 0; good && at < len; at += piece) {
		piece = 1 + bytes[1];
		piece = len - at < piece ? len - at : piece;
		good = unzip_feed(&unzip, p + at, piece);
	}
	good = good && unzip_end(&unzip) && coverage_end(coverage);
	if (good != !(*unzip.problem || *counts->problem))
		__builtin_trap();
	if (good && (!counts->count || counts->covered > counts->lines))
		__builtin_trap();
	unzip_release(&unzip);
	coverage_close(coverage);
	return 0;
}
