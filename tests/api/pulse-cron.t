#!/bin/sh
test_description='pulse-cron and fold-rollups: what is due runs, late and twice'
program=activity
. "$(dirname "$0")/../lib/test-lib.sh"

cron() { "$PULSE_BUILD/pulse-cron" 2>"$trash/said2"; }
# ran JOB: how often the last call says it ran, and well.
ran() { grep '"message":"ran"' "$trash/said2" | grep '"end":"exit status 0"' | grep -c "\"job\":\"$1\""; }
runs() { [ "$(ran process-deliveries) $(ran fold-rollups) $(ran clean-up)" = "$1" ] || { cat "$trash/said2"; return 1; }; }

test_expect_success 'the first call runs everything, one after another' '
	cron && runs "1 1 1" && [ "$(sql "SELECT count(*) > 4 AND bool_and(state = '\''FINISHED'\'') FROM job")" = t ] && [ "$(ran deliver-mail)" = 1 ]
'
test_expect_success 'the next one runs what is due each time, and not what is daily' 'cron && runs "1 1 0"'
test_expect_success 'a daily job that missed its hour runs at the next call' '
	sql "UPDATE job SET started_at = now() - interval '\''25 hours'\''" && cron && runs "1 1 1" && cron && runs "1 1 0"
'
test_expect_success 'one that failed is tried again, one that is paused is not' '
	sql "UPDATE job SET state = '\''FAILED'\'' WHERE name = '\''clean-up'\''; UPDATE job SET state = '\''PAUSED'\'' WHERE name = '\''fold-rollups'\''" &&
	cron && runs "1 0 1" && sql "UPDATE job SET state = '\''FINISHED'\''"
'
test_expect_success 'two at once end well' '
	{ "$PULSE_BUILD/pulse-cron" 2>"$trash/other" || echo failed >>"$trash/other" & } && cron && wait && ! grep -q failed "$trash/other"
'
pulsectl create-org acme --name Acme >/dev/null
sql "INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'h', 1, 'a/x')"
issue() { sql "INSERT INTO issue (org_id, repo_id, github_id, number, title, state, created_at, updated_at, version, digest)
	VALUES (1, 1, $1, $1, '', 'open', now(), now(), 0, 0)"; }
room_event() { sql "INSERT INTO room_event (org_id, room, seq, stream, payload, at) VALUES (1, 'org:1', $1, 'job', '{}', now() - interval '$2')"; }
test_expect_success 'without a bridge figures are folded, news gets its order, and rooms forget' '
	issue 1 && room_event 901 "1 hour" && room_event 902 "1 minute" &&
	sql "INSERT INTO outbox (org_id, stream, room, payload) VALUES (1, '\''job'\'', '\''org:1'\'', '\''{}'\'')" && cron && runs "1 1 0" &&
	[ "$(sql "SELECT (SELECT count(*) FROM rollup_delta), (SELECT count(*) FROM outbox), (SELECT count(*) > 0 FROM rollup_day)")" = "0|0|t" ] &&
	[ "$(sql "SELECT string_agg(seq::text, '\'' '\'') FROM room_event WHERE seq > 900")" = 902 ]
'
test_expect_success 'while a bridge lives that is left to it' '
	sql "UPDATE bridge_mark SET beat_at = now() - interval '\''30 seconds'\''" && issue 2 && cron && grep -q "the bridge does it" "$trash/said2" &&
	[ "$(sql "SELECT count(*) > 0 FROM rollup_delta")" = t ] &&
	sql "UPDATE bridge_mark SET beat_at = now() - interval '\''61 seconds'\''" && cron && [ "$(sql "SELECT count(*) FROM rollup_delta")" = 0 ]
'
test_expect_success 'the jobs are those beside it; how each ended is told, and one that fails stops no other' '
	mkdir "$trash/jobs" && cp "$PULSE_BUILD/pulse-cron" "$trash/jobs/" && sql "UPDATE job SET started_at = now() - interval '\''25 hours'\''" &&
	printf "#!/bin/sh\nexit 3\n" >"$trash/jobs/process-deliveries" && printf "#!/bin/sh\nkill -9 \$\$\n" >"$trash/jobs/clean-up" &&
	chmod +x "$trash/jobs/process-deliveries" "$trash/jobs/clean-up" && ! "$trash/jobs/pulse-cron" 2>"$trash/said2" &&
	grep process-deliveries "$trash/said2" | grep -q "exit status 3" && grep "cannot start" "$trash/said2" | grep -q fold-rollups && grep clean-up "$trash/said2" | grep -q "signal 9"
'
test_expect_success 'without a database it says so and fails' '
	! DATABASE_URL="postgresql:///nowhere?host=/nowhere" cron && grep -q nowhere "$trash/said2"
'
test_done
