#!/bin/sh
test_description='the jobs: twice at once, late, killed, missed; and the operator'"'"'s word to them'
program=activity
. "$(dirname "$0")/../lib/test-lib.sh"

pulsectl create-org acme --name Acme >/dev/null
pulsectl connect acme/api --org acme --github-id 9 >/dev/null
# A week of work for every job: postponed deliveries, figures to fold, what is old.
issue='{"action":"opened","repository":{"id":9,"full_name":"acme/api","html_url":"https://github.com/acme/api","private":false},"issue":{"id":N,"number":N,"title":"Issue N","state":"open","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","user":{"login":"ann","id":5,"type":"User"},"html_url":"https://github.com/acme/api/issues/N"},"sender":{"login":"ann","id":5,"type":"User"}}'
begin() { sql "
	DELETE FROM delivery; DELETE FROM delivery_body; DELETE FROM issue; DELETE FROM activity_event; DELETE FROM rollup_delta; DELETE FROM rollup_day; DELETE FROM outbox; DELETE FROM room_event; DELETE FROM commit; DELETE FROM job; DELETE FROM job_run; DELETE FROM job_unit; DELETE FROM erasure; DELETE FROM audit_log;
	INSERT INTO delivery (door, guid, org_id, event, received_at, state, next_attempt_at) SELECT 0, 'd' || g, 1, 'issues', now() - interval '1 hour' + g * interval '1 second', 'waiting', now() FROM generate_series(1, 60) g;
	INSERT INTO delivery_body SELECT received_at, door, guid, convert_to(CASE WHEN guid = 'd7' THEN 'x' ELSE replace('$issue', 'N', substr(guid, 2)) END, 'UTF8') FROM delivery;
	INSERT INTO delivery (door, guid, org_id, event, received_at, state) SELECT 0, 'old' || g, 1, 'push', now() - interval '99 days', 'done' FROM generate_series(1, 50) g;
	INSERT INTO activity_event (org_id, repo_id, at, type, author, key, version, digest, json) SELECT 1, 1, now() - interval '900 days', 'issue', 'x', 'old' || g, 1, 1, '{}' FROM generate_series(1, 20) g;
	INSERT INTO commit (org_id, repo_id, sha, author, message, authored_at, version, digest) SELECT 1, 1, lpad(g::text, 40, '0'), CASE WHEN g > 60 THEN 'zoe' ELSE 'bob' END, 'm', timestamptz '2026-05-01Z' + g * interval '1 hour', 1, 1 FROM generate_series(1, 120) g;
	INSERT INTO job_run (job, holder, started_at, state) SELECT 'old', gen_random_uuid(), now() - interval '91 days', 'FINISHED' FROM generate_series(1, 5)" &&
	sql "SELECT begin_erasure(1, 'zoe', 'pulsectl')" >/dev/null && sql "UPDATE erasure SET pseudonym = 'nobody'"; }
all="process-deliveries fold-rollups clean-up erase-people deliver-mail"
run() { for job; do "$PULSE_BUILD/$job" 2>>"$trash/said2" || echo "$job failed" >>"$trash/failed"; done; }
# Every row that is the organisation's, but for ids, moments of writing and the jobs' own.
rows() { sql "SELECT 'issue', number, title, author, version, digest FROM issue ORDER BY 2"; sql "SELECT type, key, at, author, version, digest FROM activity_event ORDER BY key"; sql "SELECT guid, state, reason, attempts FROM delivery ORDER BY guid"; sql "SELECT guid FROM delivery_body ORDER BY 1"
	sql "SELECT sha, author FROM commit ORDER BY 1"; sql "SELECT team_id, repo_id, day, kind, person, amount FROM rollup_day ORDER BY 1, 2, 3, 4, 5"; sql "SELECT count(*) FROM rollup_delta"; sql "SELECT job, state, progress FROM job_unit"; sql "SELECT count(*) FROM job_run WHERE job = 'old'"; sql "SELECT logins, bodies, records FROM erasure"; }
settle() { run fold-rollups && rows; }
same() { settle >"$trash/rows" && diff "$trash/alone" "$trash/rows" && [ ! -e "$trash/failed" ]; }

test_expect_success 'each job once: what is there then is the measure' '
	begin && run $all && settle >"$trash/alone" && grep -q "^issue|60|Issue 60|ann" "$trash/alone" && grep -q "^d7|dead" "$trash/alone" && ! grep -q "^old" "$trash/alone" && ! grep -q zoe "$trash/alone" && grep -q nobody "$trash/alone" && grep -q "commits|bob" "$trash/alone"
'
test_expect_success 'two runs of each job at once give the same rows as one' '
	begin && for job in $all; do { run $job & run $job & wait; }; done && same
'
test_expect_success 'all jobs at once, twice, on two hosts as it were: the same' 'begin && { for job in $all $all; do run $job & done; wait; } && run $all && same'
test_expect_success 'one a day late, and once more: the same' '
	begin && sql "UPDATE job_unit SET not_before = now() - interval '\''1 day'\''; UPDATE delivery SET next_attempt_at = now() - interval '\''1 day'\'' WHERE state = '\''waiting'\''" && run $all && run $all && same
'
test_expect_success 'killed at any moment, and run again when its lease has ended: the same' '
	begin && for wait in 0.01 0.02 0.03 0.04 0.05; do for job in $all; do "$PULSE_BUILD/$job" 2>>"$trash/said2" & pid=$!; sleep $wait; kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null; done
		sql "UPDATE job SET lease_until = now() - interval '\''1 second'\'' WHERE lease_until IS NOT NULL; UPDATE job_unit SET lease_until = now() - interval '\''1 second'\'' WHERE lease_until IS NOT NULL" || return 1; done; run $all && same
'
cron() { "$PULSE_BUILD/pulse-cron" "$@" 2>"$trash/cron"; }
ran() { grep -c "\"message\":\"ran\".*\"job\":\"$1\"" "$trash/cron"; }
test_expect_success 'what was missed is made up once, however long ago, and what ran is left alone' '
	cron && cron --missed && [ "$(ran clean-up)" = 0 ] && [ "$(ran process-deliveries)" = 0 ] && sql "UPDATE job SET started_at = now() - interval '\''9 days'\'', finished_at = now() - interval '\''9 days'\''" && cron --missed && [ "$(ran clean-up)" = 1 ] && [ "$(ran process-deliveries)" = 1 ] && cron --missed && [ "$(ran clean-up)" = 0 ]
'
test_expect_success 'one that was killed is tried again when its lease has ended, and not before' '
	sql "UPDATE job SET state = '\''ACTIVE'\'', lease_until = now() + interval '\''1 minute'\'' WHERE name = '\''clean-up'\''" && cron --missed && [ "$(ran clean-up)" = 0 ] && sql "UPDATE job SET lease_until = now() - interval '\''1 minute'\'' WHERE name = '\''clean-up'\''" && cron --missed && [ "$(ran clean-up)" = 1 ]
'
test_expect_success 'a clock that was ahead holds up nothing' 'sql "UPDATE job SET started_at = now() + interval '\''9 years'\''" && cron --missed && [ "$(ran clean-up)" = 1 ] && cron --missed && [ "$(ran clean-up)" = 0 ]'
test_expect_success 'the operator has one run, rest and go on' '
	pulsectl jobs run clean-up | grep -q "five minutes" && cron --missed && [ "$(ran clean-up)" = 1 ] && cron --missed && [ "$(ran clean-up)" = 0 ] &&
	pulsectl jobs pause clean-up >/dev/null && "$PULSE_BUILD/clean-up" 2>"$trash/cron" && grep -q paused "$trash/cron" && pulsectl jobs | grep clean-up | grep -q PAUSED &&
	pulsectl jobs resume clean-up >/dev/null && "$PULSE_BUILD/clean-up" 2>"$trash/cron" && grep -q "let go" "$trash/cron" && pulsectl jobs | grep clean-up | grep -q FINISHED && ! pulsectl jobs pause nothing 2>/dev/null && ! pulsectl jobs pause clean-up --org acme 2>/dev/null
'
test_expect_success 'he sees what each run did, and may rest a job of units for one organisation' '
	pulsectl jobs runs clean-up | head -1 | grep -q "FINISHED.*\"deliveries\": 0.*let go of" && pulsectl jobs pause erase-people --org acme >/dev/null && pulsectl erase-person bob --org acme | grep -q "the name erased-" && run erase-people && [ "$(sql "SELECT count(*) FROM commit WHERE author = '\''bob'\''")" = 60 ] &&
	pulsectl jobs | grep erase-people | grep -q " 1 " && pulsectl jobs resume erase-people --org acme >/dev/null && run erase-people && [ "$(sql "SELECT count(*) FROM commit WHERE author = '\''bob'\''")" = 0 ] && pulsectl jobs runs | grep erase-people | grep -q acme
'
test_expect_success 'a run each minute that found nothing is forgotten after a day, what failed after 90' '
	sql "DELETE FROM job_run; INSERT INTO job_run (org_id, job, holder, started_at, state, counted) VALUES (NULL, '\''a'\'', gen_random_uuid(), now() - interval '\''2 days'\'', '\''FINISHED'\'', '\''{\"x\": 0}'\''), (NULL, '\''b'\'', gen_random_uuid(), now() - interval '\''2 days'\'', '\''FINISHED'\'', '\''{\"x\": 1}'\''), (NULL, '\''c'\'', gen_random_uuid(), now() - interval '\''2 days'\'', '\''FAILED'\'', '\''{}'\''), (NULL, '\''d'\'', gen_random_uuid(), now() - interval '\''91 days'\'', '\''FAILED'\'', '\''{}'\'')" &&
	run clean-up && [ "$(sql "SELECT string_agg(job, '\'''\'' ORDER BY job) FROM job_run WHERE job < '\''e'\'' AND length(job) = 1")" = bc ]
'
test_expect_success 'the database does not grow without end (devlake #6763): a year of each day leaves what the settings say' '
	begin && sql "DELETE FROM delivery; DELETE FROM delivery_body; DELETE FROM activity_event; DELETE FROM job_run;
	INSERT INTO delivery (door, guid, org_id, event, received_at, state) SELECT 0, g::text, 1, '\''push'\'', now() - g * interval '\''1 day'\'', '\''done'\'' FROM generate_series(0, 365) g;
	INSERT INTO delivery_body SELECT received_at, door, guid, '\''x'\'' FROM delivery;
	INSERT INTO activity_event (org_id, repo_id, at, type, author, key, version, digest, json) SELECT 1, 1, now() - g * interval '\''2 days'\'', '\''issue'\'', '\''x'\'', g::text, 1, 1, '\''{}'\'' FROM generate_series(0, 365) g;
	INSERT INTO job_run (org_id, job, holder, started_at, state) SELECT 1, '\''sync'\'', gen_random_uuid(), now() - g * interval '\''1 day'\'', '\''FINISHED'\'' FROM generate_series(0, 365) g;
	INSERT INTO audit_log (org_id, actor, action, at) SELECT 1, '\''x'\'', '\''a.b'\'', now() - g * interval '\''2 days'\'' FROM generate_series(0, 365) g" &&
	run clean-up && [ "$(sql "SELECT (SELECT count(*) FROM delivery) BETWEEN 59 AND 61, (SELECT count(*) FROM delivery_body) BETWEEN 29 AND 38, (SELECT count(*) FROM activity_event) BETWEEN 199 AND 201, (SELECT count(*) FROM job_run WHERE org_id = 1) BETWEEN 89 AND 91, (SELECT count(*) FROM audit_log) BETWEEN 199 AND 202")" = "t|t|t|t|t" ]
'
test_expect_success 'the crontab that is shipped is what the table of jobs makes; systemd'\''s timers name each job of it' '
	"$PULSE_BUILD/pulse-cron" --crontab | diff "$PULSE_TOP/httpd-conf/crontab" - && mkdir "$trash/units" && "$PULSE_BUILD/pulse-cron" --timers "$trash/units" &&
	for job in $(sed -n "s/^[*0-9].*\*[[:space:]]\([a-z-]*\)\$/\1/p" "$PULSE_TOP/httpd-conf/crontab"); do grep -q "Unit=pulse-job@$job.service" "$trash/units/pulse-$job.timer" && [ -x "$PULSE_BUILD/$job" ] || return 1; done &&
	grep -q "OnCalendar=\*-\*-\* 02:00:00 UTC" "$trash/units/pulse-clean-up.timer" && grep -q "Persistent=true" "$trash/units/pulse-clean-up.timer" && grep -q "ExecStart=/.*/%i" "$trash/units/pulse-job@.service" && ! "$PULSE_BUILD/pulse-cron" --timers /nowhere 2>/dev/null && ! "$PULSE_BUILD/pulse-cron" --crontabs 2>/dev/null
'
test_done
