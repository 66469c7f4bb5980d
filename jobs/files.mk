program_PROGRAMS += process-deliveries clean-up deliver-mail erase-people \
	fold-rollups backfill-repos sync-github sync-jira pulse-cron

noinst_LTLIBRARIES += libjob.la
libjob_la_SOURCES = lib/job/job.c lib/job/job.h lib/job/jobs.def \
	lib/job/unit.c
libjob_la_CPPFLAGS = $(AM_CPPFLAGS) $(STORE) -I$(srcdir)/lib/job

process_deliveries_SOURCES = jobs/process-deliveries.c
process_deliveries_CPPFLAGS = $(AM_CPPFLAGS) $(INGEST) -I$(srcdir)/lib/job
process_deliveries_LDADD = libjob.la libingest.la libdomain.la libstore.la \
	libbase.la

clean_up_SOURCES = jobs/clean-up.c
clean_up_CPPFLAGS = $(AM_CPPFLAGS) $(STORE) -I$(srcdir)/lib/job
clean_up_LDADD = libjob.la libstore.la libbase.la

deliver_mail_SOURCES = jobs/deliver-mail.c
deliver_mail_CPPFLAGS = $(AM_CPPFLAGS) $(STORE) $(DOMAIN) $(CLIENT) \
	-I$(srcdir)/lib/job
deliver_mail_LDADD = libjob.la libclient.la libdomain.la libstore.la \
	libbase.la

erase_people_SOURCES = jobs/erase-people.c
erase_people_CPPFLAGS = $(AM_CPPFLAGS) $(STORE) -I$(srcdir)/lib/job
erase_people_LDADD = libjob.la libstore.la libbase.la

fold_rollups_SOURCES = jobs/fold-rollups.c
fold_rollups_CPPFLAGS = $(AM_CPPFLAGS) $(STORE) -I$(srcdir)/lib/job
fold_rollups_LDADD = libjob.la libstore.la libbase.la

pulse_cron_SOURCES = jobs/pulse-cron.c jobs/schedule.c jobs/schedule.h
pulse_cron_CPPFLAGS = $(AM_CPPFLAGS) $(STORE) -I$(srcdir)/lib/job
pulse_cron_LDADD = libstore.la libbase.la

github_walk = jobs/github_hooks.c jobs/github_lists.c \
	jobs/github_plan.c jobs/github_plan.h \
	jobs/github_unit.c jobs/github_unit.h jobs/github_walk.c \
	jobs/github_walk.h
github_walk_cpp = $(AM_CPPFLAGS) $(INGEST) $(CLIENT) -I$(srcdir)/lib/job \
	-I$(srcdir)/jobs
github_walk_libs = libjob.la libingest.la libdomain.la libclient.la \
	libstore.la libbase.la

backfill_repos_SOURCES = jobs/backfill-repos.c $(github_walk)
backfill_repos_CPPFLAGS = $(github_walk_cpp)
backfill_repos_LDADD = $(github_walk_libs)

sync_github_SOURCES = jobs/sync-github.c $(github_walk)
sync_github_CPPFLAGS = $(github_walk_cpp)
sync_github_LDADD = $(github_walk_libs)

sync_jira_SOURCES = jobs/sync-jira.c jobs/sync-jira.h jobs/sync-jira-steps.c
sync_jira_CPPFLAGS = $(AM_CPPFLAGS) $(INGEST) $(CLIENT) -I$(srcdir)/lib/job
sync_jira_LDADD = libjob.la libclient.la libingest.la libdomain.la libstore.la \
	libbase.la
