# The least that a FastCGI program can do: a floor for the benchmarks.
EXTRA_PROGRAMS += bench_empty
bench_empty_SOURCES = bench/empty.c
bench_empty_LDADD = $(FCGI_LIBS)

EXTRA_DIST += bench/run bench/README.md bench/wrk.lua bench/lib \
	bench/backfill.mjs bench/browser.mjs bench/footprint.mjs bench/ingest.mjs \
	bench/live.mjs bench/logins.mjs bench/reads.mjs
