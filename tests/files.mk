check_PROGRAMS += unit_base unit_colour unit_coverage unit_db unit_github unit_github_pages \
	unit_jira unit_json \
	unit_letters unit_members try_job
TEST_CPPFLAGS = -I$(srcdir)/tests/lib

# What tests/api/job-frame.t runs.
try_job_SOURCES = tests/lib/try-job.c
try_job_CPPFLAGS = $(AM_CPPFLAGS) $(STORE) -I$(srcdir)/lib/job
try_job_LDADD = libjob.la libstore.la libbase.la

unit_base_SOURCES = tests/unit/base.c tests/lib/tap.h
unit_base_CPPFLAGS = $(AM_CPPFLAGS) $(BASE) $(TEST_CPPFLAGS)
unit_base_LDADD = libbase.la

unit_colour_SOURCES = tests/unit/colour.c
unit_colour_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN) $(TEST_CPPFLAGS)
unit_colour_LDADD = libdomain.la libbase.la -lm

unit_coverage_SOURCES = tests/unit/coverage.c
unit_coverage_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN) $(TEST_CPPFLAGS)
unit_coverage_LDADD = libcoverage.la libbase.la

unit_db_SOURCES = tests/unit/db.c
unit_db_CPPFLAGS = $(AM_CPPFLAGS) $(STORE) $(TEST_CPPFLAGS)
unit_db_LDADD = libstore.la libbase.la

unit_github_SOURCES = tests/unit/github.c
unit_github_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN) $(TEST_CPPFLAGS)
unit_github_LDADD = libdomain.la libbase.la

unit_github_pages_SOURCES = tests/unit/github_pages.c jobs/github_plan.c
unit_github_pages_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN) $(CLIENT) \
	$(TEST_CPPFLAGS) -I$(srcdir)/jobs
unit_github_pages_LDADD = libclient.la libdomain.la libbase.la

unit_jira_SOURCES = tests/unit/jira.c
unit_jira_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN) $(TEST_CPPFLAGS)
unit_jira_LDADD = libdomain.la libbase.la

unit_json_SOURCES = tests/unit/json.c
unit_json_CPPFLAGS = $(AM_CPPFLAGS) $(BASE) $(TEST_CPPFLAGS)
unit_json_LDADD = libbase.la

unit_letters_SOURCES = tests/unit/letters.c tests/lib/tap.h
unit_letters_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN) $(CLIENT) $(TEST_CPPFLAGS)
unit_letters_LDADD = libclient.la libdomain.la libbase.la

unit_members_SOURCES = tests/unit/members.c mqtt-bridge/members.c \
	mqtt-bridge/topics.c
unit_members_CPPFLAGS = $(AM_CPPFLAGS) $(BASE) $(TEST_CPPFLAGS) \
	-I$(srcdir)/mqtt-bridge
unit_members_LDADD = libbase.la

# Fuzz targets, with configure --enable-fuzz CC=clang; `make fuzz` builds and
# runs them.
fuzz_targets = fuzz_coverage fuzz_git fuzz_github fuzz_github_pages fuzz_jira fuzz_letters fuzz_members fuzz_picture \
	fuzz_request fuzz_words
EXTRA_PROGRAMS += $(fuzz_targets)
if FUZZ
fuzz_built = $(fuzz_targets)
endif

fuzz_coverage_SOURCES = tests/fuzz/coverage.c
fuzz_coverage_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN)
fuzz_coverage_LDFLAGS = -fsanitize=fuzzer
fuzz_coverage_LDADD = libcoverage.la libbase.la

fuzz_git_SOURCES = tests/fuzz/git.c
fuzz_git_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN)
fuzz_git_LDFLAGS = -fsanitize=fuzzer
fuzz_git_LDADD = libdomain.la libbase.la

fuzz_github_SOURCES = tests/fuzz/github.c
fuzz_github_CPPFLAGS = $(AM_CPPFLAGS) $(INGEST)
fuzz_github_LDFLAGS = -fsanitize=fuzzer
fuzz_github_LDADD = libingest.la libdomain.la libstore.la libbase.la

fuzz_github_pages_SOURCES = tests/fuzz/github_pages.c
fuzz_github_pages_CPPFLAGS = $(AM_CPPFLAGS) $(INGEST)
fuzz_github_pages_LDFLAGS = -fsanitize=fuzzer
fuzz_github_pages_LDADD = libingest.la libdomain.la libstore.la libbase.la

fuzz_jira_SOURCES = tests/fuzz/jira.c
fuzz_jira_CPPFLAGS = $(AM_CPPFLAGS) $(INGEST)
fuzz_jira_LDFLAGS = -fsanitize=fuzzer
fuzz_jira_LDADD = libingest.la libdomain.la libstore.la libbase.la

fuzz_letters_SOURCES = tests/fuzz/letters.c
fuzz_letters_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN) $(WEB)
fuzz_letters_LDFLAGS = -fsanitize=fuzzer
fuzz_letters_LDADD = libweb.la libdomain.la libstore.la libbase.la

fuzz_members_SOURCES = tests/fuzz/members.c mqtt-bridge/members.c \
	mqtt-bridge/topics.c
fuzz_members_CPPFLAGS = $(AM_CPPFLAGS) $(BASE) -I$(srcdir)/mqtt-bridge
fuzz_members_LDFLAGS = -fsanitize=fuzzer
fuzz_members_LDADD = libbase.la

fuzz_picture_SOURCES = tests/fuzz/picture.c
fuzz_picture_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN)
fuzz_picture_LDFLAGS = -fsanitize=fuzzer
fuzz_picture_LDADD = libdomain.la libbase.la -lm

fuzz_request_SOURCES = tests/fuzz/request.c
fuzz_request_CPPFLAGS = $(AM_CPPFLAGS) $(WEB)
fuzz_request_LDFLAGS = -fsanitize=fuzzer
fuzz_request_LDADD = libweb.la libstore.la libbase.la

fuzz_words_SOURCES = tests/fuzz/words.c
fuzz_words_CPPFLAGS = $(AM_CPPFLAGS) $(BASE)
fuzz_words_LDFLAGS = -fsanitize=fuzzer
fuzz_words_LDADD = libbase.la

EXTRA_DIST += tests/run tests/package.json tests/package-lock.json \
	tests/lib tests/unit tests/sql tests/api tests/live tests/browser \
	tests/fuzz
