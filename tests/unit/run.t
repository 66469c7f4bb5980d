#!/bin/sh
# run.t - tests/run and check: no test vanishes without a word.
count=0 bad=0
say() { count=$((count + 1)); if [ -z "$2" ]; then echo "ok $count - $1"; else bad=1; echo "not ok $count - $1"; echo "$2" | sed 's/^/# /'; fi; }
work=$(mktemp -d "$PULSE_TEST_SCRATCH/run.XXXXXX")
trap 'rm -rf "$work"' EXIT
# A copy of tests/run among tests of its own, which need no database.
mkdir -p "$work/build" "$work/tests/lib" "$work/tests/unit" "$work/tests/sql" "$work/tests/api"
cp "$PULSE_TOP/tests/run" "$work/tests/run"
a_test() { printf '#!/bin/sh\necho "ok 1 - it is so"\necho "1..1"\n' >"$1"; chmod 755 "$1"; }
a_test "$work/tests/lib/make-template"
run() { PULSE_BUILD="$work/build" PULSE_TEST_PG=/nowhere PULSE_TEST_SCRATCH="$work" "$work/tests/run" "$@" >"$work/out" 2>&1; echo "status $?" >>"$work/out"; }
# ends LINE STATUS: what the last run said; silent when it is so.
ends() { [ "$(tail -n 2 "$work/out")" = "$1
status $2" ] || cat "$work/out"; }

: >"$work/tests/unit/thing.c"
for f in build/unit_thing tests/unit/one.t tests/sql/one.t tests/api/one.t; do a_test "$work/$f"; done
run quick
say 'tests that are there are run and counted' "$(ends '4 passed, 0 failed' 0)"
run "$work/tests/api/none.t" "$work/tests/api/one.t"
say 'a test that is not there has failed' "$(ends '1 passed, 1 failed' 1)"
say 'and is named' "$(grep -q '^not ok - api/none.t is missing' "$work/out" || cat "$work/out")"
chmod 644 "$work/tests/api/one.t"
run quick
say 'a test that cannot be executed has failed' "$(ends '3 passed, 1 failed' 1)"
rm "$work/tests/api/one.t"
run quick
say 'a folder without tests has failed' "$(ends '3 passed, 1 failed' 1)"
a_test "$work/tests/api/one.t"
printf '#!/bin/sh\necho "ok 1 - it begins"\nsleep 60\necho "1..1"\n' >"$work/tests/api/two.t"
chmod 755 "$work/tests/api/two.t"
PULSE_FILE_SECONDS=1 run "$work/tests/api/two.t"
say 'a test that hangs is ended, and has failed' "$(ends '1 passed, 1 failed' 1)"
rm "$work/tests/api/two.t" "$work/build/unit_thing"
run quick
say 'a unit test that was not built has failed' "$(ends '3 passed, 1 failed' 1)"

say 'check ends when a build fails' "$(grep -nE '^[^#]*\$by make' "$PULSE_TOP/check" | grep -vE '\|\|$|^[0-9]+:count ')"
echo "1..$count"
exit $bad
