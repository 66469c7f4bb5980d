program_PROGRAMS += activity auth authorizer monitor repos team webhooks
cgi_PROGRAMS += health

fcgi_libs = libweb.la libstore.la libbase.la

activity_SOURCES = fcgi/activity.c fcgi/activity_sql.c fcgi/activity_sql.h
activity_CPPFLAGS = $(AM_CPPFLAGS) $(WEB)
activity_LDADD = $(fcgi_libs)

auth_SOURCES = fcgi/auth.c fcgi/auth.h fcgi/auth_device.c \
	fcgi/auth_github.c fcgi/auth_me.c fcgi/auth_password.c \
	fcgi/auth_register.c fcgi/auth_sessions.c fcgi/auth_tokens.c
auth_CPPFLAGS = $(AM_CPPFLAGS) $(WEB) $(DOMAIN) $(CLIENT)
auth_LDADD = libdomain.la libclient.la $(fcgi_libs)

authorizer_SOURCES = fcgi/authorizer.c
authorizer_CPPFLAGS = $(AM_CPPFLAGS) $(WEB)
authorizer_LDADD = $(fcgi_libs)

monitor_SOURCES = fcgi/monitor.c fcgi/monitor.h fcgi/monitor_jobs.c \
	fcgi/monitor_erasures.c fcgi/monitor_letters.c
monitor_CPPFLAGS = $(AM_CPPFLAGS) $(WEB) -I$(srcdir)/lib/job
monitor_LDADD = $(fcgi_libs)

repos_SOURCES = fcgi/repos.c fcgi/repos.h fcgi/repos_available.c \
	fcgi/repos_checks.c fcgi/repos_coverage.c fcgi/repos_environments.c \
	fcgi/repos_github.c fcgi/repos_github.h fcgi/repos_install.c \
	fcgi/repos_integrations.c fcgi/repos_jira.c fcgi/repos_list.c \
	fcgi/repos_pulls.c fcgi/repos_reports.c fcgi/repos_tokens.c
repos_CPPFLAGS = $(AM_CPPFLAGS) $(WEB) $(INGEST) $(CLIENT)
repos_LDADD = libweb.la libingest.la libcoverage.la libdomain.la libclient.la \
	libstore.la libbase.la

team_SOURCES = fcgi/team.c fcgi/team.h fcgi/team_audit.c fcgi/team_checks.c \
	fcgi/team_export.c fcgi/team_invitations.c fcgi/team_logo.c \
	fcgi/team_members.c fcgi/team_organisation.c fcgi/team_settings.c \
	fcgi/team_teams.c
team_CPPFLAGS = $(AM_CPPFLAGS) $(WEB) $(DOMAIN)
team_LDADD = libweb.la libdomain.la libstore.la libbase.la -lm

webhooks_SOURCES = fcgi/webhooks.c fcgi/webhooks.h fcgi/webhooks_jira.c
webhooks_CPPFLAGS = $(AM_CPPFLAGS) $(WEB) $(INGEST)
webhooks_LDADD = libweb.la libingest.la libdomain.la libstore.la libbase.la

health_SOURCES = cgi-bin/health.c
health_CPPFLAGS = $(AM_CPPFLAGS) $(WEB)
health_LDADD = $(fcgi_libs)
