#!/bin/sh
# floors.t - the floors of the house: no include runs upward or aside, and no
# library knows what stands above it.
cd "$PULSE_TOP" || exit 1
count=0 bad=0
say() { count=$((count + 1)); if [ -z "$2" ]; then echo "ok $count - $1"; else bad=1; echo "not ok $count - $1"; echo "$2" | sed 's/^/# /'; fi; }

# may FOLDER folders...: what the sources of FOLDER may include of ours.
may() {
	folder=$1
	shift
	allowed=$(for f in "$folder" "$@"; do ls "$f" | grep -E '\.(h|def)$'; done)
	wrong=$(grep -HnoE '^#include "[^"]+"' "$folder"/*.[ch] | while IFS=: read -r file line include; do
		name=${include#*\"}
		name=${name%\"*}
		echo "$allowed" | grep -qx "$name" || echo "$file:$line includes $name"
	done)
	say "$folder includes only ${*:-itself}" "$wrong"
}
may lib/base
may lib/domain lib/base
may lib/store lib/base
may lib/ingest lib/base lib/domain lib/store
may lib/job lib/base lib/store
may lib/web lib/base lib/store
may lib/client lib/base
may fcgi lib/base lib/domain lib/store lib/ingest lib/job lib/web lib/client
may cgi-bin lib/base lib/store lib/web
may jobs lib/base lib/domain lib/store lib/ingest lib/job lib/client
may mqtt-bridge lib/base lib/store
may ctl lib/base lib/domain lib/store lib/ingest lib/job

says() { say "$1" "$(grep -nE "$2" $3 | head -5)"; }
says 'lib/domain does no I/O: no file, socket, database or web server' 'libpq|fcgi|curl|<sys/socket|fopen|<unistd' "$(ls lib/domain/*.[ch])"
says 'lib/base and lib/domain know no database' 'libpq|PGresult|PGconn' "$(ls lib/base/*.[ch] lib/domain/*.[ch])"
says 'lib/store knows no request' 'struct request|fcgi' "$(ls lib/store/*.[ch])"
says 'only lib/web speaks FastCGI' 'FCGX|fcgiapp' "$(ls lib/base/*.[ch] lib/domain/*.[ch] lib/store/*.[ch] lib/ingest/*.[ch] lib/job/*.[ch] fcgi/*.c cgi-bin/*.c jobs/*.c ctl/*.c mqtt-bridge/*.c)"
says 'the plugin uses no libpq' 'libpq|db\.h' "mqtt-bridge/pulse_mosquitto.c mqtt-bridge/members.c mqtt-bridge/topics.c"
says 'SQL is never put together from what a caller sends' '(snprintf|text_addf)\([^;]*(SELECT|INSERT|UPDATE|DELETE) ' "$(ls fcgi/*.c cgi-bin/*.c lib/web/*.c lib/ingest/*.c)"
# Every file says at its top what it is for.
say 'every source file opens with its name and what it is for' "$(for f in lib/*/*.[ch] fcgi/*.[ch] cgi-bin/*.c jobs/*.c ctl/*.[ch] mqtt-bridge/*.[ch]; do sed -n 2p "$f" | grep -q "^ \* $(basename "$f") - " || echo "$f"; done)"
say 'no library symbol is defined by a floor above' "$(
	ar() { find "$PULSE_BUILD/.libs" -name "lib$1.a" | head -1; }
	for pair in base:domain base:store domain:ingest store:web; do
		low=$(ar ${pair%:*}) high=$(ar ${pair#*:})
		[ -n "$low" ] && [ -n "$high" ] || continue
		nm -A --undefined-only "$low" 2>/dev/null | awk '{ print $NF }' | sort -u >"$PULSE_TEST_SCRATCH/needs.$$"
		nm --defined-only "$high" 2>/dev/null | awk '$2 == "T" { print $3 }' | sort -u | comm -12 "$PULSE_TEST_SCRATCH/needs.$$" - | sed "s/^/$pair: /"
	done)"
sum=$(awk '!/^#/ && NF { n += $2 * $3 } END { print n }' httpd-conf/pools.conf)
say "the pools' connections ($sum) stay below PostgreSQL's 100, with 20 to spare" "$([ "$sum" -le 80 ] || echo "$sum")"
say 'the programs of the pools exist' "$(awk '!/^#/ && NF { print $1 }' httpd-conf/pools.conf | while read -r p; do [ -x "$PULSE_BUILD/$p" ] || echo "$p"; done)"
say 'every job of the table is built, in the crontab, and in the tarball for a small host' "$(sed -n 's/^JOB("\([a-z-]*\)".*/\1/p' lib/job/jobs.def | while read -r j; do [ -x "$PULSE_BUILD/$j" ] && grep -q "$j\$" httpd-conf/crontab && grep -q "^bin=.* $j[ \"]" setup/small-host && sed -n '/^small-host:/,/^$/p' Makefile.am | grep -qw -- "$j" || echo "$j"; done)"
say 'the build lists every SQL file' "$(for f in sql/functions/*.sql sql/migrations/*.sql sql/rights/*.sql sql/rights-one-role/*.sql; do grep -q "$f" sql/files.mk || echo "$f"; done)"
say 'what sees across tenants by its owner does so for one role too' "$(sed -n 's/^ALTER FUNCTION \([a-z_]*\)(.* OWNER TO pulse_.*/\1/p' sql/rights/*.sql | while read -r f; do grep -qE "(^|[[:space:]])$f(,|\$)" sql/rights-one-role/10-one-role.sql || echo "$f"; done)"
say 'the build lists every file of the page' "$(find htdocs -type f ! -name files.mk | while read -r f; do grep -q "$f" htdocs/files.mk || echo "$f"; done)"
say 'every document that a file names is there' "$(grep -rhoE 'docs/[a-z-]+\.md' README.md check demo configure.ac lib fcgi cgi-bin jobs ctl mqtt-bridge sql httpd-conf setup | sort -u | while read -r f; do [ -e "$f" ] || echo "$f"; done)"
# Each test that docs/security.md names is there: "file: sentence", "…" for what
# a title fills in.
say 'docs/security.md names tests that are there' "$(grep -oE 'tests/[a-z]+/[a-z-]+\.(t|mjs|c): [^|]+' docs/security.md | while IFS= read -r cited; do
	file=${cited%%: *} sentence=$(printf %s "${cited#*: }" | sed "s/\. .*//; s/ *\$//; s/[][\\.*^\$/]/\\\\&/g; s/…/.*/g")
	sed "s/'\\\\''/'/g; s/\\\\'/'/g" "$file" 2>/dev/null | grep -q -- "$sentence" || echo "$cited"
done)"
echo "1..$count"
[ $bad = 0 ]
