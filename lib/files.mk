noinst_LTLIBRARIES += libbase.la libdomain.la libstore.la libingest.la libweb.la \
	libclient.la libcoverage.la

libbase_la_SOURCES = lib/base/address.c lib/base/address.h lib/base/arena.h lib/base/banned.h lib/base/base.h \
	lib/base/clock.c lib/base/clock.h lib/base/conf.c lib/base/conf.h \
	lib/base/counters.def lib/base/crypto.c lib/base/crypto.h \
	lib/base/json.c lib/base/json.h lib/base/json_flow.c \
	lib/base/json_flow.h lib/base/json_scan.c \
	lib/base/json_scan.h lib/base/log.c lib/base/log.h \
	lib/base/memory.c lib/base/shared.c lib/base/shared.h \
	lib/base/text.c lib/base/text.h lib/base/token.c lib/base/token.h
libbase_la_CPPFLAGS = $(AM_CPPFLAGS) $(BASE)
libbase_la_LIBADD = $(CRYPTO_LIBS) $(JWT_LIBS) $(CRYPT_LIBS)

libdomain_la_SOURCES = lib/domain/colour.c lib/domain/colour.h \
	lib/domain/git_history.c lib/domain/git_history.h \
	lib/domain/github.c lib/domain/github.h lib/domain/github_code.c \
	lib/domain/github_graph.c lib/domain/github_graph.h \
	lib/domain/github_house.c lib/domain/github_pages.c \
	lib/domain/github_pages.h lib/domain/github_payload.c \
	lib/domain/github_payload.h lib/domain/github_read.h \
	lib/domain/github_shape.h \
	lib/domain/github_talk.c lib/domain/happening.c \
	lib/domain/happening.h lib/domain/jira.c lib/domain/jira.h \
	lib/domain/jira_issue.c lib/domain/jira_pages.c \
	lib/domain/jira_payload.c lib/domain/jira_payload.h lib/domain/letters.c \
	lib/domain/letters.h lib/domain/mime.c lib/domain/mime.h \
	lib/domain/passwords.c lib/domain/passwords.h lib/domain/picture.c \
	lib/domain/picture.h lib/domain/records.h lib/domain/report.c \
	lib/domain/report.h lib/domain/reverts.c \
	lib/domain/reverts.h lib/domain/tell.c lib/domain/tell.h
libdomain_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN)

# Apart from the other rules: only who reads coverage needs these libraries.
libcoverage_la_SOURCES = lib/domain/coverage.c lib/domain/coverage.h \
	lib/domain/coverage_count.c lib/domain/coverage_count.h \
	lib/domain/coverage_json.c lib/domain/coverage_lines.c \
	lib/domain/coverage_xml.c lib/domain/unzip.c lib/domain/unzip.h
libcoverage_la_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN)
libcoverage_la_LIBADD = $(EXPAT_LIBS) $(ZLIB_LIBS)

libstore_la_SOURCES = lib/store/columns.c lib/store/columns.h \
	lib/store/db.c lib/store/db.h lib/store/db_stream.c \
	lib/store/migrate.c \
	lib/store/migrate.h lib/store/outbox.c lib/store/outbox.h
libstore_la_CPPFLAGS = $(AM_CPPFLAGS) $(STORE)
libstore_la_LIBADD = $(PQ_LIBS)

libingest_la_SOURCES = lib/ingest/ingest.c lib/ingest/ingest.h lib/ingest/ingest_page.c \
	lib/ingest/records_sql.c lib/ingest/records_sql.h \
	lib/ingest/routes.c lib/ingest/routes.h
libingest_la_CPPFLAGS = $(AM_CPPFLAGS) $(INGEST)

libweb_la_SOURCES = lib/web/answers.c lib/web/answers.h lib/web/body.c lib/web/checks.c lib/web/db_query.c lib/web/io.c \
	lib/web/io.h lib/web/limit.c lib/web/limit.h lib/web/origin.c lib/web/origin.h lib/web/parts.c lib/web/parts.h lib/web/params.c lib/web/params.h lib/web/problems.def \
	lib/web/reply.c lib/web/routes_print.c lib/web/routes_print.h \
	lib/web/scopes.def lib/web/serve.c lib/web/session.c \
	lib/web/session.h lib/web/stream.c lib/web/web.h
libweb_la_CPPFLAGS = $(AM_CPPFLAGS) $(WEB)
libweb_la_LIBADD = $(JSON_LIBS) $(FCGI_LIBS)

libclient_la_SOURCES = lib/client/github_api.c lib/client/github_api.h \
	lib/client/github_app.c lib/client/github_app.h \
	lib/client/github_user.c \
	lib/client/github_user.h lib/client/http.c lib/client/http.h \
	lib/client/jira_client.c lib/client/jira_client.h \
	lib/client/smtp.c lib/client/smtp.h
libclient_la_CPPFLAGS = $(AM_CPPFLAGS) $(CLIENT)
libclient_la_LIBADD = $(CURL_LIBS) $(CRYPTO_LIBS)
