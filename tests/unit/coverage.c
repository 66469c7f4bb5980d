/*
 * coverage.c - reports of coverage: what counts, and what is refused in which
 * words; the same in whatever pieces they come.
 */
#include "coverage.h"
#include "tap.h"
#include "text.h"
#include "unzip.h"

/* "a/b.c 3/5, d.c 1/1", or the problem; in pieces of so many bytes. */
static const char *
read_by(enum coverage_format format, const char *root, const char *bytes,
	size_t len, size_t piece)
{
	static struct text said;
	struct coverage *coverage = coverage_open(format, root);
	const struct counts *counts = coverage_counts(coverage);
	bool good = true;

	text_clear(&said);
	for (size_t at = 0; good && at < len; at += piece)
		good = coverage_feed(coverage, bytes + at,
				     len - at < piece ? len - at : piece);
	if (good)
		good = coverage_end(coverage);
	if (!good)
		text_add(&said, counts->problem);
	for (size_t i = 0; good && i < counts->count; i++)
		text_addf(&said, "%s%s %" PRId64 "/%" PRId64, i ? ", " : "",
			  counts->files[i].path, counts->files[i].covered,
			  counts->files[i].lines);
	coverage_close(coverage);
	return said.data;
}

static void
reads(enum coverage_format format, const char *bytes, const char *wanted,
      const char *sentence)
{
	static const size_t pieces[] = { 1, 7, 1 << 20 };
	const char *got = "";

	for (size_t i = 0; i < COUNT(pieces); i++) {
		got = read_by(format, "", bytes, strlen(bytes), pieces[i]);
		if (strcmp(got, wanted))
			break;
	}
	is(got, wanted, sentence);
}

#define XML "<?xml version=\"1.0\"?>\n"
#define DOCTYPE "<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net" \
	"/xml/coverage-04.dtd\">\n"

static void
test_cobertura(void)
{
	reads(COVERAGE_COBERTURA,
	      XML DOCTYPE "<coverage line-rate=\"1\"><packages><package "
	      "name=\"p\"><classes>" "<class name=\"A\" filename=\"./src/a."
	      "py\"><methods><method name=\"m\"><lines><line number=\"1\" "
	      "hits=\"2\"/></lines></method></methods>" "<lines><line "
	      "number=\"1\" hits=\"0\"/><line number=\"2\" hits=\"0\"/>"
	      "<line number=\"3\" hits=\"17\"/></lines></class>"
	      "<class name=\"B\" filename=\"b.py\"><lines><line "
	      "number=\"9\" hits=\"0\"/></lines></class>" "<class name=\"A$"
	      "1\" filename=\"src/a.py\"><lines><line number=\"3\" "
	      "hits=\"0\"/><line number=\"4\" hits=\"1\"/></lines></class>"
	      "</classes></package></packages></coverage>",
	      "b.py 0/1, src/a.py 3/4",
	      "Cobertura: a line of several classes and methods of a file "
	      "counts once");
	reads(COVERAGE_COBERTURA,
	      XML "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 "
	      "\"&lol;&lol;\">]><coverage>&lol2;</coverage>",
	      "line 2: it declares an entity, which is refused: \"lol\"",
	      "a billion laughs end at the first entity");
	reads(COVERAGE_COBERTURA,
	      XML "<!DOCTYPE coverage [<!ENTITY x SYSTEM "
	      "\"file:///etc/passwd\">]><coverage>&x;</coverage>",
	      "line 2: it declares an entity, which is refused: \"x\"",
	      "and so does one that names a file");
	reads(COVERAGE_COBERTURA,
	      XML "<!DOCTYPE coverage [<!ENTITY % p \"x\">]><coverage/>",
	      "line 2: it declares an entity, which is refused: \"p\"",
	      "and a parameter's");
	reads(COVERAGE_COBERTURA, XML DOCTYPE "<coverage>&x;</coverage>",
	      "line 3: nothing declares the entity \"x\"",
	      "an entity of the DTD that is not fetched is refused");
	reads(COVERAGE_COBERTURA, XML "<report/>",
	      "line 2: the root is not <coverage> but \"report\"",
	      "another tool's XML is named by its root");
	reads(COVERAGE_COBERTURA,
	      XML "<coverage><class filename=\"a\"><line number=\"1\" "
	      "hits=\"1\"/>",
	      "line 2: no element found, and there the report ends",
	      "XML that was cut off is told so");
	reads(COVERAGE_COBERTURA, XML "<coverage><class/></coverage>",
	      "line 2: a class has no \"filename\"",
	      "a class without a file is refused");
	reads(COVERAGE_COBERTURA,
	      XML "<coverage><class filename=\"a\"><line number=\"x\" "
	      "hits=\"1\"/></class></coverage>",
	      "line 2: a line has the number \"x\"",
	      "a line without a number is refused");
	reads(COVERAGE_COBERTURA,
	      XML "<coverage><class filename=\"a\"><line number=\"0\" "
	      "hits=\"1\"/></class></coverage>",
	      "line 0 of \"a\" is not from 1 to 1000000", "so is line 0");
	reads(COVERAGE_COBERTURA, XML "<coverage/>", "no line is told in it",
	      "a report of nothing is refused");
	reads(COVERAGE_COBERTURA, "",
	      "line 1: no element found, and there the report ends",
	      "and an empty one");
}

/* What grows in expat grows to a limit. */
static void
test_xml_memory(void)
{
	static const char *const sentences[] = {
		"a million names: to 8 MB and no further",
		"a tag that does not end: the same",
		"a comment that does not end: the same",
		"elements 64 deep and no deeper"
	};

	static const char *const forms[] = {
		"<a%d_%d/>", "a%d_%d='' ", "%d_%d more of it", "<b%d><b%d>"
	};

	for (int kind = 0; kind < 4; kind++) {
		struct coverage *c = coverage_open(COVERAGE_COBERTURA, "");
		bool good = coverage_feed(c, "<coverage>", 10);
		struct text piece = { 0 };

		if (kind == 1)
			good = good && coverage_feed(c, "<x ", 3);
		if (kind == 2)
			good = good && coverage_feed(c, "<!-- ", 5);
		for (int i = 0; good && i < 20000; i++) {
			text_clear(&piece);
			for (int j = 0; j < 100; j++)
				text_addf(&piece, forms[kind],
					  kind == 3 ? 0 : i, kind == 3 ? 0 : j);
			good = coverage_feed(c, piece.data, piece.len);
		}
		ok(!good && strstr(coverage_counts(c)->problem, kind == 3 ?
		      "too deep" : "longer than 8388608 bytes"
		      ) && coverage_counts(c)->too_large == (kind != 3),
		      sentences[kind]);
		text_release(&piece);
		coverage_close(c);
	}
}

static void
test_lcov(void)
{
	struct text text = { 0 };

	reads(COVERAGE_LCOV,
	      "TN:\nSF:src/a.c\nFN:1,main\nFNDA:1,main\nDA:1,5\n"
	      "DA:2,0,checksum\r\nBRDA:1,0,0,1\nLF:2\nLH:1\nend_of_record\n"
	      "SF:b.c\nDA:1,0\nend_of_record\nSF:src/a.c\nDA:2,1\nDA:3,-1\n"
	      "end_of_record\n", "b.c 0/1, src/a.c 2/3",
	      "lcov: records of one file in several test runs lie one over "
	      "another");
	reads(COVERAGE_LCOV, "SF:a.c\nLF:10\nLH:4\nend_of_record", "a.c 4/10",
	      "lcov: sums count where no lines are told, and the last line "
	      "end may be missing");
	reads(COVERAGE_LCOV, "SF:a.c\nDA:1,1\n",
	      "it ends within a record: line 2 is not end_of_record",
	      "lcov that was cut off is told so");
	reads(COVERAGE_LCOV, "DA:1,1\n",
	      "line 1: \"DA:1,1\" stands in no record: SF is missing",
	      "a line of no file is refused");
	reads(COVERAGE_LCOV, "SF:a\nDA:1\n",
	      "line 2: \"DA:1\" is not DA:<line>,<count>",
	      "a line without a count is refused");
	reads(COVERAGE_LCOV, "SF:a\nDA:2000000,1\n",
	      "line 2000000 of \"a\" is not from 1 to 1000000",
	      "so is a line that no file has");
	reads(COVERAGE_LCOV, "SF:a\nSF:b\n",
	      "line 2: \"SF:b\" comes before end_of_record",
	      "so is a file within a file");
	reads(COVERAGE_LCOV, "<coverage/>\n",
	      "line 1: \"<coverage/>\" is no record of lcov's",
	      "and what is no lcov");
	reads(COVERAGE_LCOV, "SF:a\nLF:1\nLH:2\nend_of_record\n",
	      "\"a\" cannot have 2 of 1 lines covered",
	      "more covered than there is is refused");
	reads(COVERAGE_LCOV, "", "there is no record of a file (SF:) in it",
	      "nothing is no lcov");
	text_add(&text, "SF:a\nFN:1,");
	for (int i = 0; i < 1000; i++)
		text_add(&text, "a name of C++");
	text_add(&text, "\nDA:1,1\nend_of_record\n");
	reads(COVERAGE_LCOV, text.data, "a 1/1",
	      "names of functions may be as long as they like");
	text_clear(&text);
	text_add(&text, "SF:");
	for (int i = 0; i < 1000; i++)
		text_add(&text, "path");
	text_add(&text, "\n");
	reads(COVERAGE_LCOV, text.data,
	      "a file's path is longer than 1000 bytes", "paths may not");
	text_release(&text);
}

static void
test_go(void)
{
	static const char module[] = "mode: set\n"
		"acme.io/api/x/a.go:1.1,1.2 1 1\n"
		"acme.io/apix/b.go:1.1,1.2 1 1\n";

	reads(COVERAGE_GO,
	      "mode: set\nacme.io/api/a.go:3.10,5.2 2 1\n"
	      "acme.io/api/a.go:7.1,8.20 1 0\nmode: set\n"
	      "acme.io/api/a.go:7.1,8.20 1 3\nC:/a b.go:1.1,1.2 1 0\n",
	      "C:/a b.go 0/1, acme.io/api/a.go 5/5",
	      "Go: blocks are the lines that they reach over, and profiles "
	      "of several packages lie one over another");
	reads(COVERAGE_GO, "a.go:1.1,2.2 1 1\n",
	      "line 1: \"a.go:1.1,2.2 1 1\" comes before \"mode:\"",
	      "a profile begins with its mode");
	reads(COVERAGE_GO, "mode: set\na.go:1.1,2.2 1\n",
	      "line 2: \"a.go:1.1,2.2 1\" is not <path>:<line>.<column>"
	      ",<line>.<column> <statements> <count>",
	      "a block that is none is refused");
	reads(COVERAGE_GO, "mode: set\na.go:5.1,2.2 1 1\n",
	      "line 2 of \"a.go\" is not from 1 to 1000000",
	      "so is one that ends before it begins");
	reads(COVERAGE_GO, "mode: set\na.go:1.1,999999.2 1 1\n",
	      "a block of \"a.go\" has more than 10000 lines",
	      "and one without an end");
	reads(COVERAGE_GO, "mode: set\n", "no line is told in it",
	      "a profile without a block is refused");
	is(read_by(COVERAGE_GO, "acme.io/api", module, strlen(module), 5),
	      "acme.io/apix/b.go 1/1, x/a.go 1/1",
	      "the root goes from the paths that have it");
}

static void
test_json(void)
{
	reads(COVERAGE_JSON,
	      "{\"total\":{\"lines\":{\"total\":99,\"covered\":9,\"pct\":1."
	      "5}},\"/w/a.js\":{\"lines\":{\"total\":10,\"covered\":7,\"ski"
	      "pped\":0,\"pct\":70},\"functions\":{\"total\":1,\"covered\":"
	      "1}}}", "/w/a.js 7/10", "Istanbul's summary, without its total");
	reads(COVERAGE_JSON,
	      "{\"src/\\u00e4.ts\":{\"path\":\"x\",\"s\":{\"0\":3,\"1\":0,"
	      "\"2\":1},\"fnMap\":{\"0\":{\"decl\":{\"start\":{\"line\":77}"
	      "}}},\"statementMap\":{\"0\":{\"start\":{\"line\":1,\"column"
	      "\":0},\"end\":{\"line\":50}},\"1\":{\"start\":{\"line\":2}},"
	      "\"2\":{\"start\":{\"line\":2}}},\"b\":{\"0\":[1,0]}}}",
	      "src/\xc3\xa4.ts 2/2",
	      "Istanbul's statements count at their first line, whichever "
	      "order they come in");
	reads(COVERAGE_JSON,
	      "{\"meta\":{\"version\":\"7.6\"},\"files\":{\"a.py\":{\"execu"
	      "ted_lines\":[1,2,4],\"summary\":{\"covered_lines\":3,\"num_s"
	      "tatements\":4},\"missing_lines\":[3],\"functions\":{\"f\":{"
	      "\"executed_lines\":[9]}}},\"b.py\":{\"summary\":{\"covered_l"
	      "ines\":1,\"num_statements\":4}},\"empty.py\":{\"executed_lin"
	      "es\":[0],\"missing_lines\":[],\"summary\":{\"covered_lines\""
	      ":0,\"num_statements\":0}}},\"totals\":{\"covered_lines\":4}}",
	      "a.py 3/4, b.py 1/4",
	      "coverage.py: lines, or sums where there are none");
	reads(COVERAGE_JSON,
	      "{\"name\":\"package\",\"dependencies\":{\"x\":\"1\"}}",
	      "no line is told in it", "other JSON is refused");
	reads(COVERAGE_JSON, "[1]", "byte 0: it does not begin with {",
	      "so is a list");
	reads(COVERAGE_JSON, "{\"a\":{\"lines\":{\"total\":1",
	      "byte 24: it ends too early",
	      "JSON that was cut off is told so, and where");
	reads(COVERAGE_JSON, "{\"a\":{\"lines\":{\"total\":01}}}",
	      "byte 25: a number that is none",
	      "what is no JSON is told so, and where");
	reads(COVERAGE_JSON, "{\"a\":{\"lines\":{\"total\":-1}}}",
	      "lines of \"a\" is \"-1\", which is no such number",
	      "a count that is none is refused");
	reads(COVERAGE_JSON,
	      "{\"a\":{\"statementMap\":{\"x\":{\"start\":{\"line\":1}}}}}",
	      "\"a\" has the statement \"x\", which is not one from 0 to "
	      "200000", "a statement that is none is refused");
	reads(COVERAGE_JSON, "{\"a\":1} x", "byte 8: something behind its end",
	      "and what stands behind it");
}

static bool
collect(void *data, const char *bytes, size_t len)
{
	text_add_bytes(data, bytes, len);
	return true;
}

/* gzip's own bytes of `text`. */
static void
zip(struct text *to, const char *text)
{
	unsigned char out[4096];
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)text,
		       .avail_in = (unsigned)strlen(text), .next_out = out,
		       .avail_out = sizeof(out) };

	deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
	deflate(&z, Z_FINISH);
	text_add_bytes(to, (char *)out, sizeof(out) - z.avail_out);
	deflateEnd(&z);
}

/* What comes out of all but `cut` bytes, or the problem. */
static const char *
unzip(const struct text *in, size_t cut, uint64_t max, bool must, size_t piece)
{
	static struct text out;
	struct unzip u = { .take = collect, .data = &out, .max = max,
			   .must = must };
	size_t len = in->len - cut;
	bool good = true;

	text_clear(&out);
	for (size_t at = 0; good && at < len; at += piece)
		good = unzip_feed(&u, in->data + at,
				  len - at < piece ? len - at : piece);
	if (!good || !unzip_end(&u)) {
		text_clear(&out);
		text_add(&out, u.problem);
	}
	unzip_release(&u);
	return out.data;
}

static void
test_gzip(void)
{
	struct text in = { 0 }, plain = { 0 };

	zip(&in, "one and ");
	zip(&in, "two");
	text_add(&plain, "as it is");
	for (size_t piece = 1; piece < 40; piece += 19) {
		is(unzip(&in, 0, 100, true, piece), "one and two",
		      "members of gzip behind one another are one text");
		is(unzip(&in, 5, 100, false, piece),
		      "the gzip ends too early: it was cut off",
		      "one that was cut off is told so");
		is(unzip(&in, 0, 10, false, piece),
		      "it unpacks to more than 10 bytes",
		      "one that unpacks to more than may be is told so");
		is(unzip(&plain, 0, 100, false, piece), "as it is",
		      "what is no gzip is passed on");
		is(unzip(&plain, 0, 100, true, piece),
		      "Content-Encoding says gzip, and the body is none",
		      "unless it was said to be");
	}
	in.data[14] ^= 0x55;
	is(unzip(&in, 0, 100, true, 1000),
	      "it is damaged: the bytes are not those of gzip",
	      "a damaged one is told so");
	text_release(&in);
	text_release(&plain);
}

static void
test_limits(void)
{
	struct counts counts = { 0 };
	char path[32];
	bool good = true;
	int i;

	for (i = 0; good && i < 60000; i++) {
		snprintf(path, sizeof(path), "src/%d.c", i);
		good = counts_file(&counts, path, strlen(path)) &&
		       counts_lines(&counts, 1, 100, i & 1);
	}
	is_int(i, COUNTS_FILES_MAX + 1, "fifty thousand files, and no more");
	is(counts.problem, "it has more than 50000 files", "says so");
	counts_release(&counts);
	for (i = 0, good = true; good && i < 1000; i++) {
		snprintf(path, sizeof(path), "src/%d.c", i);
		good = counts_file(&counts, path, strlen(path)) &&
		       counts_lines(&counts, 999999, 999999, true);
	}
	ok(!good && counts.too_large &&
	   counts.bits <= COUNTS_BITS_MAX + (1 << 19),
	      "files of a million lines each end at the limit of memory");
	counts_release(&counts);
}

int
main(void)
{
	test_cobertura();
	test_xml_memory();
	test_lcov();
	test_go();
	test_json();
	test_gzip();
	test_limits();
	return done();
}
