check_PROGRAMS += unit_base unit_github unit_json unit_members
TEST_CPPFLAGS = -I$(srcdir)/tests/lib

unit_base_SOURCES = tests/unit/base.c tests/lib/tap.h
unit_base_CPPFLAGS = $(AM_CPPFLAGS) $(BASE) $(TEST_CPPFLAGS)
unit_base_LDADD = libbase.la

unit_github_SOURCES = tests/unit/github.c
unit_github_CPPFLAGS = $(AM_CPPFLAGS) $(DOMAIN) $(TEST_CPPFLAGS)
unit_github_LDADD = libdomain.la libbase.la

unit_json_SOURCES = tests/unit/json.c
unit_json_CPPFLAGS = $(AM_CPPFLAGS) $(BASE) $(TEST_CPPFLAGS)
unit_json_LDADD = libbase.la

unit_members_SOURCES = tests/unit/members.c mqtt-bridge/members.c \
	mqtt-bridge/topics.c
unit_members_CPPFLAGS = $(AM_CPPFLAGS) $(BASE) $(TEST_CPPFLAGS) \
	-I$(srcdir)/mqtt-bridge
unit_members_LDADD = libbase.la
