program_PROGRAMS += process-deliveries clean-up deliver-mail erase-people \
	fold-rollups pulse-cron sync-jira

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

sync_jira_SOURCES = jobs/sync-jira.c jobs/sync-jira.h jobs/sync-jira-steps.c
sync_jira_CPPFLAGS = $(AM_CPPFLAGS) $(INGEST) $(CLIENT) -I$(srcdir)/lib/job
sync_jira_LDADD = libjob.la libclient.la libingest.la libdomain.la libstore.la \
	libbase.la
