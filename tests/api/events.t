#!/bin/sh
test_description='events: what becomes of records when events come in any order'
program=webhooks
. "$(dirname "$0")/../lib/test-lib.sh"

pulsectl create-org acme --name Acme >/dev/null
pulsectl create-org other --name Other >/dev/null
sql "INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'github.com', 5, 'acme/api')"

# event NAME JSON: the JSON's members, with the repository.
event() { printf '{%s,"repository":{"id":5,"full_name":"acme/api","default_branch":"main","pushed_at":1770000000}}' "$2" >"$trash/e.json"; deliver "$1" "$trash/e.json" 202 && body '.status == "accepted"'; }
# in_any_order QUERY WANTED event json event json: both orders end the same.
in_any_order() {
	asked=$1 wanted=$2
	event "$3" "$4" && event "$5" "$6" && [ "$(sql "$asked")" = "$wanted" ] || { echo "# in order: $(sql "$asked")"; return 1; }
	sql "TRUNCATE pull_request, release, issue, git_ref, deployment, deployment_status, activity_event, team_activity CASCADE" &&
	event "$5" "$6" && event "$3" "$4" && [ "$(sql "$asked")" = "$wanted" ] || { echo "# in reverse: $(sql "$asked")"; return 1; }
}
release() { printf '"action":"%s","release":{"id":9,"tag_name":"v1","name":"%s","draft":%s,"prerelease":false,"created_at":"2026-02-01T00:00:00Z","published_at":%s%s}' "$1" "$2" "$3" "$4" "$5"; }
pull() { printf '"action":"%s","pull_request":{"id":7,"number":7,"state":"%s","title":"t","created_at":"2026-02-01T00:00:00Z","updated_at":"2026-02-01T00:00:09Z","user":{"login":"ann","id":1}}' "$1" "$2"; }
deployment() { printf '"deployment":{"id":3,"sha":"%040d","ref":"main","task":"deploy","environment":"%s","created_at":"2026-02-01T00:00:00Z","updated_at":"%s"}' 1 "$1" "$2"; }

test_expect_success 'an edited release has its new name, whichever comes first' '
	in_any_order "SELECT name FROM release" new release "$(release published old false "\"2026-02-01T00:00:01Z\"")" release "$(release edited new false "\"2026-02-01T00:00:01Z\"")"
'
test_expect_success 'a release that was taken back is a draft again, and counts no more' '
	in_any_order "SELECT draft, published_at FROM release" "t|" release "$(release published a false "\"2026-02-01T00:00:01Z\"")" release "$(release unpublished a true null)"
'
test_expect_success 'a deleted release stays deleted' '
	in_any_order "SELECT deleted FROM release" t release "$(release edited a false "\"2026-02-01T00:00:01Z\"")" release "$(release deleted a false "\"2026-02-01T00:00:01Z\"")"
'
test_expect_success 'where GitHub tells when a release changed, that decides' '
	in_any_order "SELECT name FROM release" second release "$(release edited first false null ",\"updated_at\":\"2026-02-02T00:00:00Z\"")" release "$(release published second false null ",\"updated_at\":\"2026-02-03T00:00:00Z\"")"
'
test_expect_success 'what was closed and reopened within one second is open' '
	in_any_order "SELECT state FROM pull_request" open pull_request "$(pull closed closed)" pull_request "$(pull reopened open)"
'
test_expect_success 'a deployment has the environment that it has now' '
	in_any_order "SELECT environment FROM deployment" production deployment "$(deployment staging 2026-02-01T00:00:00Z)" \
		deployment_status "$(deployment production 2026-02-01T00:01:00Z),\"deployment_status\":{\"id\":1,\"state\":\"success\",\"created_at\":\"2026-02-01T00:01:00Z\"}"
'
test_expect_success 'a branch that is pushed again with commits is back' '
	event delete "\"ref\":\"topic\",\"ref_type\":\"branch\"" && [ "$(sql "SELECT present FROM git_ref WHERE name = '\''topic'\''")" = f ] &&
	event push "\"ref\":\"refs/heads/topic\",\"created\":true,\"commits\":[{\"id\":\"$(printf %040d 2)\",\"message\":\"m\",\"timestamp\":\"2026-02-01T00:00:00Z\",\"author\":{\"name\":\"A\"}}]" &&
	[ "$(sql "SELECT present FROM git_ref WHERE name = '\''topic'\''")" = t ]
'
test_expect_success 'a deleted repository stays deleted, whatever is told of it later' '
	printf "{\"action\":\"deleted\",\"repository\":{\"id\":5,\"full_name\":\"acme/api\",\"updated_at\":\"2026-02-01T00:00:00Z\"}}" >"$trash/gone.json" && deliver repository "$trash/gone.json" 202 &&
	printf "{\"action\":\"x\",\"repository\":{\"id\":5,\"full_name\":\"acme/api\",\"updated_at\":\"2026-02-01T00:00:05Z\"}}" >"$trash/late.json" && deliver repository "$trash/late.json" 202 &&
	[ "$(sql "SELECT deleted FROM repository")" = t ]
'
pulsectl create-door --org other >"$trash/door"
door=$(sed -n 's/^door //p' "$trash/door") key=$(sed -n 's/^secret //p' "$trash/door")
printf '{"action":"created","installation":{"id":4242,"account":{"login":"acme","id":1},"updated_at":"2026-02-01T00:00:00Z"}}' >"$trash/app.json"
printf '{"action":"deleted","installation":{"id":4242,"account":{"login":"evil","id":1},"updated_at":"2026-02-02T00:00:00Z"}}' >"$trash/evil.json"
test_expect_success 'an organisation'"'"'s own door tells nothing of an installation of the App' '
	deliver installation "$trash/app.json" 202 && sql "UPDATE installation SET org_id = 1" && deliver installation "$trash/evil.json" 202 "" "$key" "/webhooks/github/$door" &&
	[ "$(sql "SELECT account, state FROM installation")" = "acme|active" ]
'
test_expect_success 'nor may the role that takes deliveries bind one' '! sql_as ingest "UPDATE installation SET org_id = 2" && ! sql_as job "UPDATE installation SET org_id = 2"'
test_expect_success 'a repository of two organisations is not adopted by a third' '
	sql "INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, '\''github.com'\'', 66, '\''x/y'\''), (2, '\''github.com'\'', 66, '\''x/y'\'')" && pulsectl create-org third --name Third >/dev/null && conf ADOPT_REPOSITORIES=third &&
	printf "{\"repository\":{\"id\":66,\"full_name\":\"x/y\"}}" >"$trash/two.json" && deliver ping "$trash/two.json" 404 && [ "$(sql "SELECT count(*) FROM repository WHERE github_id = 66")" = 2 ]
'
test_expect_success 'a delivery that the database cannot take in time is kept for later, before GitHub gives up' '
	{ psql -h "$PULSE_TEST_PG" -U pulse -d "$db" -qc "BEGIN; LOCK TABLE pulse.issue; SELECT pg_sleep(20)" >/dev/null 2>&1 & } && locker=$! && sleep 0.5 && began=$(date +%s) &&
	printf "{\"action\":\"opened\",\"issue\":{\"number\":1,\"id\":1,\"title\":\"t\",\"state\":\"open\",\"created_at\":\"2026-02-01T00:00:00Z\",\"updated_at\":\"2026-02-01T00:00:00Z\"},\"repository\":{\"id\":5,\"full_name\":\"acme/api\"}}" >"$trash/slow.json" &&
	deliver issues "$trash/slow.json" 202 guid-slow && body ".status == \"postponed\"" && [ $(($(date +%s) - began)) -lt 9 ] && kill $locker && psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atqc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '\''%pg_sleep(20)%'\'' AND pid <> pg_backend_pid()" >/dev/null &&
	sql "UPDATE delivery SET next_attempt_at = now() WHERE state = '\''waiting'\''" && "$PULSE_BUILD/process-deliveries" 2>>"$trash/log" && [ "$(sql "SELECT state FROM delivery WHERE guid = '\''guid-slow'\''")" = done ] && [ "$(sql "SELECT count(*) FROM issue")" = 1 ]
'
# A line that is being written while its repository is renamed.
test_expect_success 'a rename waits for lines under way, and writes them anew' '
	sql "UPDATE repository SET deleted = false, version = 0, digest = 0 WHERE github_id = 5 AND org_id = 1" &&
	{ psql -h "$PULSE_TEST_PG" -U $writer -d "$db" -q -c "SET search_path = pulse" -c "BEGIN" -c "SELECT enter_as(1)" \
		-c "SELECT store_events(1, '\''{0}'\'', '\''{1}'\'', '\''{commit}'\'', '\''{k}'\'', ARRAY[now()], '\''{ann}'\'', ARRAY['\'',\"author\":\"ann\",\"x\":'\''], '\''{\"}\"}'\'', '\''{f}'\'', '\''{1}'\'', '\''{1}'\'')" -c "SELECT pg_sleep(1.5)" -c COMMIT >/dev/null & } && sleep 0.7 &&
	printf "{\"action\":\"renamed\",\"repository\":{\"id\":5,\"full_name\":\"acme/renamed\",\"updated_at\":\"2026-03-01T00:00:00Z\"}}" >"$trash/name.json" && deliver repository "$trash/name.json" 202 && wait &&
	[ "$(sql "SELECT json::json->>'\''repo'\'' FROM activity_event WHERE key = '\''k'\''")" = acme/renamed ]
'
test_done
