#!/bin/sh
test_description='jobs: how they are, what they did, and an admin'"'"'s word to them'
program=monitor
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme && owner=$TOKEN
signed_in_as member of acme && member=$TOKEN
signed_in_as owner of other && stranger=$TOKEN
erase() { TOKEN=$owner && POST /erasures "{\"person\":\"$1\"}" 202; }
job() { body ".data[] | select(.name == \"$1\") | $2"; }

test_expect_success 'an admin sees each job, and that those of the installation have not run yet' '
	TOKEN=$owner && GET /jobs 200 && job clean-up ".schedule == \"daily at 02:00 UTC\" and .mayRun == false and .overdue == true and .lastRun == null" &&
	job process-deliveries ".schedule == \"every minute\"" && job erase-people ".mayRun and .state == \"FINISHED\" and .units == 0 and .overdue == false"
'
test_expect_success 'a member does not, nor does nobody' 'TOKEN=$member && GET /jobs 403 && GET /jobs/runs 403 && POST /jobs/erase-people/run "{}" 403 && POST /jobs/nothing/run "{}" 403 && as_nobody && GET /jobs 401'
test_expect_success 'a job that has run is overdue no more; what it did for others is not told' '
	"$PULSE_BUILD/clean-up" 2>>"$trash/log" && TOKEN=$owner && GET /jobs 200 && job clean-up ".overdue == false and .lastRun.state == \"FINISHED\" and .lastRun.message == null and .nextDueAt != null" &&
	sql "UPDATE job SET started_at = now() - interval '\''50 hours'\''" && GET /jobs 200 && job clean-up ".overdue"
'
test_expect_success 'those of the installation are the operator'\''s to command' '
	TOKEN=$owner && POST /jobs/clean-up/run "{}" 403 && body ".detail | test(\"operator\")" && POST /jobs/clean-up/pause "{}" 403 && POST /jobs/nothing/run "{}" 404 && POST /jobs/X/run "{}" 400
'
test_expect_success 'what waits is PENDING; paused it waits until it is resumed, and only here' '
	erase ann && TOKEN=$owner && GET /jobs 200 && job erase-people ".state == \"PENDING\" and .progress == 0 and .units == 1" &&
	POST /jobs/erase-people/pause "{}" 204 && POST /jobs/erase-people/pause "{}" 204 && GET /jobs 200 && job erase-people ".state == \"PAUSED\" and .paused" &&
	TOKEN=$stranger && GET /jobs 200 && job erase-people ".paused == false and .units == 0" && "$PULSE_BUILD/erase-people" 2>>"$trash/log" && [ "$(sql "SELECT state FROM job_unit")" = PENDING ] &&
	TOKEN=$owner && POST /jobs/erase-people/resume "{}" 204 && "$PULSE_BUILD/erase-people" 2>>"$trash/log" && GET /jobs 200 && job erase-people ".state == \"FINISHED\" and .paused == false and .lastRun.state == \"FINISHED\" and .lastRun.message == \"a person was erased\""
'
test_expect_success 'the history says what each run did, newest first, page by page, for this organisation alone' '
	erase bea && "$PULSE_BUILD/erase-people" 2>>"$trash/log" && GET "/jobs/runs?limit=1" 200 && body ".data[0].job == \"erase-people\" and .data[0].counted.finished == 1 and .data[0].state == \"FINISHED\" and .next != null" &&
	GET "/jobs/runs?limit=1&cursor=$(jq -r .next "$trash/out")" 200 && body "(.data | length == 1) and .next == null" && GET "/jobs/runs?job=clean-up" 200 && body ".data == []" && GET "/jobs/runs?job=erase-people" 200 && body ".data | length == 2" &&
	TOKEN=$stranger && GET /jobs/runs 200 && body ".data == []"
'
test_expect_success 'run now makes what waits due at once, also what failed, and is written down' '
	sql "UPDATE job_unit SET state = '\''FAILED'\'', not_before = now() + interval '\''1 day'\'', progress = 40" && TOKEN=$owner && GET /jobs 200 && job erase-people ".state == \"FAILED\" and .failed == 2" && POST /jobs/erase-people/run "{}" 202 && body ".state == \"PENDING\"" &&
	[ "$(sql "SELECT count(*) FROM job_unit WHERE not_before <= now()")" = 2 ] && "$PULSE_BUILD/erase-people" 2>>"$trash/log" && GET /jobs 200 && job erase-people ".state == \"FINISHED\"" &&
	[ "$(sql "SELECT string_agg(action, '\'' '\'' ORDER BY id) FROM audit_log WHERE action LIKE '\''job.%'\''")" = "job.paused job.resumed job.run-asked" ]
'
test_expect_success 'units that wait for a quarter of an hour are overdue, unless others are being worked on' '
	sql "UPDATE job_unit SET state = '\''PENDING'\'', not_before = now() - interval '\''16 minutes'\''" && TOKEN=$owner && GET /jobs 200 && job erase-people ".overdue" && sql "UPDATE job_unit SET lease_until = now() + interval '\''1 minute'\'', state = '\''ACTIVE'\'' WHERE unit = (SELECT min(unit) FROM job_unit)" &&
	GET /jobs 200 && job erase-people ".overdue == false and .state == \"ACTIVE\""
'
test_expect_success 'the page hears of a job'\''s progress and of a word to it' '
	[ "$(sql "SELECT count(*) > 0 FROM outbox WHERE stream = '\''job'\'' AND payload LIKE '\''%erase-people%'\''")" = t ] && [ "$(sql "SELECT count(*) > 0 FROM outbox WHERE stream = '\''notice'\'' AND payload LIKE '\''%\"jobs\"%'\''")" = t ]
'
test_done
