#!/bin/sh
test_description='the job frame: units of work, killed, stopped, twice at once and late'
program=activity
. "$(dirname "$0")/../lib/test-lib.sh"

sql "INSERT INTO organisation (slug, name) VALUES ('a', 'A'), ('b', 'B')"
job_role=pulse_job
[ -z "${PULSE_ONE_ROLE:-}" ] || job_role=pulse_one
sql "CREATE TABLE try_page (org_id bigint, unit text, page integer); GRANT INSERT, SELECT ON try_page TO $job_role"
try() { env "$@" "$PULSE_BUILD/try_job" 2>>"$trash/said2"; }
# begin UNIT...: those of organisation 1 and one of organisation 2 are wanted, nothing is done.
begin() {
	sql "DELETE FROM try_page; DELETE FROM job_unit; DELETE FROM job_run; DELETE FROM job_control; DELETE FROM job; DELETE FROM outbox" &&
	for u; do sql "SELECT want_unit(1, 'try_job', '$u', NULL)" >/dev/null || return 1; done &&
	sql "SELECT want_unit(2, 'try_job', 'z', NULL)" >/dev/null
}
# What lies there: each page once, in the organisation of its unit.
pages() { sql "SELECT string_agg(org_id || unit || ':' || n || '/' || d, ' ' ORDER BY org_id, unit) FROM (SELECT org_id, unit, count(*) n, count(DISTINCT page) d FROM try_page GROUP BY 1, 2) x"; }
is_whole() { [ "$(pages)" = "1x:10/10 1y:10/10 2z:10/10" ] || { pages; tail -3 "$trash/said2"; return 1; }; }
expire() { sql "UPDATE job_unit SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL; UPDATE job_run SET lease_until = now() - interval '1 second' WHERE state = 'ACTIVE'"; }

test_expect_success 'each unit is done page by page, and the history says what a run did for each organisation' '
	begin x y && try && is_whole &&
	[ "$(sql "SELECT org_id, state, counted FROM job_run ORDER BY org_id" | tr "\n" " ")" = "1|FINISHED|{\"pages\": 20, \"units\": 2, \"finished\": 2} 2|FINISHED|{\"pages\": 10, \"units\": 1, \"finished\": 1} " ] &&
	[ "$(sql "SELECT DISTINCT state, progress, message, watermark AT TIME ZONE '\''UTC'\'' FROM job_unit")" = "FINISHED|100|all is read|2026-01-02 03:04:05" ]
'
test_expect_success 'a second run finds nothing due, and writes no history' 'try && is_whole && [ "$(sql "SELECT count(*) FROM job_run")" = 2 ]'
test_expect_success 'two runs at once, and two more: same rows as one' '
	begin x y && { try & try & wait; } && try && is_whole
'
test_expect_success 'killed at each of its pages in turn it goes on where it stopped, and finishes with the same rows' '
	begin x y && for n in 1 2 3 4 5 6 7 8; do ! try TRY_KILL=$n || return 1; expire; done && try && is_whole &&
	[ "$(sql "SELECT state, count(*) FROM job_run GROUP BY 1 ORDER BY 1" | tr "\n" " " | cut -d" " -f1)" != "ACTIVE|1" ] &&
	[ "$(sql "SELECT count(*) FROM job_run WHERE message LIKE '\''ended without a word%'\'' AND state = '\''FAILED'\''")" -ge 8 ]
'
test_expect_success 'while its lease lasts nobody takes a unit of a run that was killed' '
	begin && ! try TRY_KILL=4 && try && [ "$(pages)" = "2z:3/3" ]
'
test_expect_success 'a run that was stopped until its lease was another'\''s writes nothing more, and does no harm' '
	begin && { TRY_STOP=4 "$PULSE_BUILD/try_job" 2>>"$trash/said2" & } && stopped=$! &&
	n=0 && until [ "$(cut -d" " -f3 /proc/$stopped/stat)" = T ]; do n=$((n + 1)); [ $n -lt 600 ] && sleep 0.05 || return 1; done &&
	expire && try && [ "$(pages)" = "2z:10/10" ] && kill -CONT $stopped && wait $stopped && [ "$(pages)" = "2z:10/10" ] &&
	[ "$(sql "SELECT state, progress FROM job_unit")" = "FINISHED|100" ]
'
test_expect_success 'a clock that was put back leaves no lease that lasts for ever' '
	begin && sql "UPDATE job_unit SET state = '\''ACTIVE'\'', holder = gen_random_uuid(), lease_until = now() + interval '\''2 years'\''" && try && [ "$(pages)" = "2z:10/10" ]
'
test_expect_success 'what waits for a limit is left, other units go on, and it is taken up again when it is due, a day late as well' '
	begin x && try TRY_LEAVE=3 && [ "$(pages)" = "1x:3/3 2z:3/3" ] && try && [ "$(pages)" = "1x:3/3 2z:3/3" ] &&
	[ "$(sql "SELECT DISTINCT state, message, not_before > now() + interval '\''59 minutes'\'' FROM job_unit")" = "ACTIVE|the limit is reached|t" ] &&
	sql "UPDATE job_unit SET not_before = now() - interval '\''1 day'\''" && try && [ "$(pages)" = "1x:10/10 2z:10/10" ]
'
test_expect_success 'a unit that fails says why, and stops no other' '
	begin x y && sql "UPDATE job_unit SET checkpoint = '\''{\"page\": 5}'\'' WHERE unit = '\''x'\''" && try TRY_FAIL=5 TRY_LEAVE=9 && [ "$(sql "SELECT state, message FROM job_unit WHERE unit = '\''x'\''")" = "FAILED|there is no such thing" ]
'
test_expect_success 'a unit that ends its worker five times without a step is given up for a day, and others have their turn' '
	begin x && sql "UPDATE job_unit SET tries = 5 WHERE unit = '\''x'\''" && try && [ "$(pages)" = "2z:10/10" ] &&
	[ "$(sql "SELECT state, not_before > now() + interval '\''23 hours'\'' FROM job_unit WHERE unit = '\''x'\''")" = "FAILED|t" ]
'
test_expect_success 'organisations take turns: one with many units holds no other up' '
	begin a b c d e f && try TRY_KILL=21; [ "$(pages)" = "1a:10/10 2z:10/10" ]
'
test_expect_success 'an admin'\''s pause stops at the next page; behind it the job goes on from there' '
	begin x && sql "UPDATE job_control SET paused = true WHERE org_id = 1" && try && [ "$(pages)" = "2z:10/10" ] &&
	[ "$(sql "SELECT checkpoint_unit(2, '\''try_job'\'', '\''z'\'', NULL, '\''30 s'\'', NULL, NULL, NULL, NULL, NULL)")" = t ] &&
	sql "UPDATE job_control SET paused = true WHERE org_id = 2" && [ "$(sql "SELECT checkpoint_unit(2, '\''try_job'\'', '\''z'\'', NULL, '\''30 s'\'', NULL, NULL, NULL, NULL, NULL)")" = f ] &&
	sql "UPDATE job_control SET paused = false" && try && [ "$(pages)" = "1x:10/10 2z:10/10" ]
'
test_expect_success 'what is wanted while it is worked on is due again behind it; what is dropped stops at the next page' '
	begin && ! try TRY_KILL=3 && sql "SELECT want_unit(2, '\''try_job'\'', '\''z'\'', NULL)" && expire && sql "UPDATE job_unit SET leased_at = now() - interval '\''1 minute'\''" &&
	sql "SELECT release_unit(2, '\''try_job'\'', '\''z'\'', holder, '\''FINISHED'\'', NULL, NULL, NULL) FROM job_unit" && [ "$(sql "SELECT state, not_before <= now() FROM job_unit")" = "FINISHED|t" ] &&
	sql "SELECT drop_unit(2, '\''try_job'\'', '\''z'\'')" && ! sql "SELECT checkpoint_unit(2, '\''try_job'\'', '\''z'\'', gen_random_uuid(), '\''30 s'\'', NULL, NULL, NULL, NULL, NULL)" && grep -q "another" "$trash/sql.err"
'
test_expect_success 'progress is told to who runs the organisation, once a second a unit, and its end always' '
	begin x && began=$(date +%s) && try && [ "$(sql "SELECT count(*) <= 6 + 2 * ($(date +%s) - $began) AND count(*) >= 4 FROM outbox WHERE stream = '\''job'\''")" = t ] &&
	[ "$(sql "SELECT payload FROM outbox WHERE org_id = 1 ORDER BY id DESC LIMIT 1" | jq -c "[.type, .room, .data.job, .data.unit, .data.state, .data.progress, .data.message, (.data.runId | type)]")" = "[\"job_progress\",\"org:1\",\"try_job\",\"x\",\"FINISHED\",100,\"all is read\",\"string\"]" ]
'
test_done
