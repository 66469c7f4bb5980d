#!/bin/sh
# configure.t - configure on a machine where nothing is installed yet.
count=0 bad=0
say() { count=$((count + 1)); if [ -z "$2" ]; then echo "ok $count - $1"; else bad=1; echo "not ok $count - $1"; echo "$2" | sed 's/^/# /'; fi; }
work=$(mktemp -d "$PULSE_TEST_SCRATCH/configure.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
out=$(env PKG_CONFIG_LIBDIR=/nowhere PKG_CONFIG_PATH= ac_cv_header_fcgiapp_h=no ac_cv_header_mosquitto_plugin_h=no "$PULSE_TOP/configure" -q 2>&1)
status=$?
say 'it fails' "$([ $status != 0 ] || echo "status $status")"
say 'it names every missing package by its Debian name, at once' "$(for p in libpq-dev libjson-c-dev libssl-dev libcurl4-openssl-dev libjwt-dev libmosquitto-dev libcrypt-dev libfcgi-dev mosquitto-dev; do
	echo "$out" | grep -q "apt-get install.* $p" || echo "$p is not named: $out"; done)"
say 'each of them is in the list that demo and check install' "$(echo "$out" | sed -n 's/.*apt-get install //p' | tr ' ' '\n' | while read -r p; do
	[ -z "$p" ] || awk '{ print $2 }' "$PULSE_TOP/setup/packages" | grep -qx "$p" || echo "$p is not in setup/packages"; done)"
echo "1..$count"
exit $bad
