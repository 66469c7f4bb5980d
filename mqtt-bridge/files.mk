program_PROGRAMS += pulse-bridge

pulse_bridge_SOURCES = mqtt-bridge/bridge.c mqtt-bridge/bridge.h \
	mqtt-bridge/broker.c mqtt-bridge/tell.c mqtt-bridge/topics.c \
	mqtt-bridge/topics.h
pulse_bridge_CPPFLAGS = $(AM_CPPFLAGS) $(STORE)
pulse_bridge_LDADD = libstore.la libbase.la $(MOSQUITTO_LIBS)

plugin_sources = mqtt-bridge/members.c mqtt-bridge/members.h \
	mqtt-bridge/pulse_mosquitto.c mqtt-bridge/topics.c \
	mqtt-bridge/topics.h
if PLUGIN
plugin_LTLIBRARIES += pulse_mosquitto.la
pulse_mosquitto_la_SOURCES = $(plugin_sources)
pulse_mosquitto_la_CPPFLAGS = $(AM_CPPFLAGS) $(BASE)
pulse_mosquitto_la_LDFLAGS = -module -avoid-version -shared \
	-export-symbols-regex '^mosquitto_plugin_'
pulse_mosquitto_la_LIBADD = libbase.la
else
EXTRA_DIST += $(plugin_sources)
endif
