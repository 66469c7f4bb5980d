httpdconfdir = $(pkgdatadir)/httpd-conf
dist_httpdconf_DATA = httpd-conf/apache-modules.conf \
	httpd-conf/apache-pulse.conf httpd-conf/apache.conf \
	httpd-conf/crontab httpd-conf/htaccess httpd-conf/htaccess-cgi \
	httpd-conf/small-host.conf.example httpd-conf/lighttpd-pulse.conf \
	httpd-conf/lighttpd-listener.conf httpd-conf/lighttpd-wstunnel.conf httpd-conf/lighttpd.conf \
	httpd-conf/mosquitto-wstunnel.conf httpd-conf/mosquitto.conf \
	httpd-conf/pools.conf httpd-conf/pulse-bridge.service \
	httpd-conf/pulse-pools.service httpd-conf/pulse.conf.example
EXTRA_DIST += httpd-conf/small-host.README setup/small-host
