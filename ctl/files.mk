sbin_PROGRAMS += pulsectl pulse-pools

pulsectl_SOURCES = ctl/doctor.c ctl/import_git.c ctl/jobs.c ctl/keys.c ctl/members.c \
	ctl/people.c ctl/pulsectl.c \
	ctl/pulsectl.h ctl/setup.c ctl/simulate.c ctl/simulate.h ctl/simulate_cast.c \
	ctl/simulate_json.c ctl/simulate_live.c
pulsectl_CPPFLAGS = $(AM_CPPFLAGS) $(INGEST) -I$(srcdir)/lib/job
pulsectl_LDADD = libingest.la libdomain.la libstore.la libbase.la $(CURL_LIBS) -lm

pulse_pools_SOURCES = ctl/pools.c
pulse_pools_CPPFLAGS = $(AM_CPPFLAGS) $(BASE)
pulse_pools_LDADD = libbase.la
