#!/bin/sh
test_description='webhooks: the doors, one delivery at a time'
program=webhooks
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme
signed_in_as owner of other
as_nobody
sql "INSERT INTO team (org_id, slug, name) VALUES (1, 'everyone', 'Everyone')"
sql "INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'github.com', 5, 'acme/api')"
sql "INSERT INTO team_repository VALUES (1, 1, 1)"
sql "SELECT keep_partitions('30 days')"
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
pr() { cat >"$trash/pr.json" <<X
{"action":"$1","pull_request":{"number":7,"id":70,"title":"A title","state":"$2","created_at":"$now","updated_at":"${3:-$now}","user":{"login":"ann","id":1,"type":"User"},"html_url":"https://github.com/acme/api/pull/7"},"repository":{"id":${4:-5},"full_name":"${5:-acme/api}","default_branch":"main","updated_at":"${6:-2026-01-01T00:00:00Z}"},"sender":{"login":"ann","id":1,"type":"User"}}
X
}

pr opened open
test_expect_success 'a delivery is accepted and its records are there' '
	deliver pull_request "$trash/pr.json" 202 guid-1 && body ".status == \"accepted\"" &&
	[ "$(sql "SELECT title, state FROM pull_request")" = "A title|open" ] &&
	[ "$(sql "SELECT count(*) FROM activity_event")" = 1 ] && [ "$(sql "SELECT count(*) FROM outbox WHERE stream = '\''event'\''")" = 1 ] &&
	[ "$(sql "SELECT count(*) FROM team_activity")" = 1 ] && [ "$(sql "SELECT kind, amount FROM rollup_delta")" = "pull_requests_opened|1" ]
'
test_expect_success 'its bytes are kept as they came' '
	[ "$(sql "SELECT length(body) FROM delivery_body")" = "$(wc -c <"$trash/pr.json" | tr -d " ")" ] &&
	[ "$(sql "SELECT encode(sha256(body), '\''hex'\'') FROM delivery_body")" = "$(sha256sum "$trash/pr.json" | cut -d " " -f 1)" ]
'
test_expect_success 'the same delivery again is a duplicate and changes nothing' '
	deliver pull_request "$trash/pr.json" 200 guid-1 && body ".status == \"duplicate\"" &&
	[ "$(sql "SELECT count(*) FROM delivery_body")" = 1 ] && [ "$(sql "SELECT count(*) FROM rollup_delta")" = 1 ]
'
test_expect_success 'the same content under another guid makes no second line' '
	deliver pull_request "$trash/pr.json" 202 guid-2 && [ "$(sql "SELECT count(*) FROM activity_event")" = 1 ]
'
test_expect_success 'the event as it goes out is seed 004'"'"'s' '
	sql "SELECT json FROM activity_event" >"$trash/out" &&
	body ".type == \"pull_request\" and .repo == \"acme/api\" and .author == \"ann\" and .summary == \"#7 A title\" and .metadata.number == 7 and .metadata.action == \"opened\" and .metadata.repoId == \"1\" and (.id | test(\"^[0-9]+$\"))"
'
pr closed closed 2030-01-01T00:00:00Z
test_expect_success 'a newer telling changes the record' 'deliver pull_request "$trash/pr.json" 202 && [ "$(sql "SELECT state FROM pull_request")" = closed ]'
pr edited open 2029-01-01T00:00:00Z
test_expect_success 'an older one that comes late does not' 'deliver pull_request "$trash/pr.json" 202 && [ "$(sql "SELECT state FROM pull_request")" = closed ]'
test_expect_success 'a wrong signature: 403 and nothing stored' '
	before=$(sql "SELECT count(*) FROM delivery") && deliver pull_request "$trash/pr.json" 403 guid-x wrong-secret-wrong && [ "$(sql "SELECT count(*) FROM delivery")" = "$before" ]
'
test_expect_success 'no signature: 403' '
	HTTP_X_GITHUB_EVENT=ping HTTP_X_GITHUB_DELIVERY=g delivering /webhooks/github "$trash/pr.json"; expect_status 403
'
test_expect_success 'a signature of the old kind: 403' '
	HTTP_X_GITHUB_EVENT=ping HTTP_X_GITHUB_DELIVERY=g HTTP_X_HUB_SIGNATURE_256="sha1=0123" delivering /webhooks/github "$trash/pr.json"; expect_status 403
'
test_expect_success 'no delivery id, no event: 400 naming the header' '
	HTTP_X_GITHUB_EVENT=push HTTP_X_GITHUB_DELIVERY= HTTP_X_HUB_SIGNATURE_256=$(sign "$trash/pr.json" $secret) delivering /webhooks/github "$trash/pr.json"; expect_status 400 && body ".errors[0].field == \"X-GitHub-Delivery\"" &&
	HTTP_X_GITHUB_EVENT= HTTP_X_GITHUB_DELIVERY=g HTTP_X_HUB_SIGNATURE_256=$(sign "$trash/pr.json" $secret) delivering /webhooks/github "$trash/pr.json"; expect_status 400 && body ".errors[0].field == \"X-GitHub-Event\""
'
head -c 300 "$trash/pr.json" >"$trash/cut.json"
test_expect_success 'rightly signed and cut: 202 and a dead letter that says where' '
	deliver pull_request "$trash/cut.json" 202 guid-dead && body ".status == \"dead_letter\" and (.reason | test(\"unexpected end at byte 300\"))" &&
	[ "$(sql "SELECT state FROM delivery WHERE guid = '\''guid-dead'\''")" = dead ] && [ "$(sql "SELECT length(body) FROM delivery_body WHERE guid = '\''guid-dead'\''")" = 300 ]
'
test_expect_success 'a dead letter delivered again, whole, is read' '
	deliver pull_request "$trash/pr.json" 202 guid-dead && body ".status == \"accepted\"" && [ "$(sql "SELECT state, attempts FROM delivery WHERE guid = '\''guid-dead'\''")" = "done|2" ]
'
printf '{"zen":"z","hook_id":1,"repository":{"id":5,"full_name":"acme/api"}}' >"$trash/ping.json"
test_expect_success 'a ping is kept and acknowledged' 'deliver ping "$trash/ping.json" 202 && [ "$(sql "SELECT state, org_id FROM delivery WHERE event = '\''ping'\''")" = "done|1" ]'
printf '{"action":"x","anything":[1,{"a":null}],"repository":{"id":5,"full_name":"acme/api"}}' >"$trash/other.json"
test_expect_success 'an event without records is kept and acknowledged' 'deliver some_new_event "$trash/other.json" 202'
printf '{"action":"published","security_advisory":{}}' >"$trash/nobody.json"
test_expect_success 'a delivery of no tenant is kept for none' 'deliver security_advisory "$trash/nobody.json" 202 && [ "$(sql "SELECT coalesce(org_id::text, '\''none'\'') FROM delivery WHERE event = '\''security_advisory'\''")" = none ]'
test_expect_success 'a body that comes too slowly is 408 after five seconds, and nothing is stored' '
	before=$(sql "SELECT count(*) FROM delivery") &&
	(for i in 1 2 3 4 5 6 7; do printf x; sleep 1; done) 2>/dev/null |
		REQUEST_METHOD=POST REQUEST_URI=/api/v1/webhooks/github CONTENT_LENGTH=7000 "$PULSE_BUILD/webhooks" >"$trash/answer" 2>/dev/null &&
	grep -q "Status: 408" "$trash/answer" && grep -q "bytes came in 5 seconds" "$trash/answer" &&
	[ "$(sql "SELECT count(*) FROM delivery")" = "$before" ]
'
pr opened open "$now" 999 acme/unknown
test_expect_success 'an unknown repository: 404 and nothing stored' 'deliver pull_request "$trash/pr.json" 404 guid-u && [ -z "$(sql "SELECT 1 FROM delivery WHERE guid = '\''guid-u'\''")" ] && grep -q "unknown repository" "$trash/log"'
test_expect_success 'it is adopted where the setting says so' '
	conf ADOPT_REPOSITORIES=acme/everyone && deliver pull_request "$trash/pr.json" 202 guid-u &&
	[ "$(sql "SELECT r.full_name, t.team_id FROM repository r JOIN team_repository t ON t.repo_id = r.id WHERE r.github_id = 999")" = "acme/unknown|1" ]
'
pr edited open "$now" 5 acme/renamed 2026-03-01T00:00:00Z
test_expect_success 'a renamed repository is known by its id, and its lines bear the new name' '
	deliver pull_request "$trash/pr.json" 202 && [ "$(sql "SELECT full_name FROM repository WHERE github_id = 5")" = acme/renamed ] &&
	[ "$(sql "SELECT DISTINCT json::json->>'\''repo'\'' FROM activity_event WHERE repo_id = 1")" = acme/renamed ]
'
pr labeled open "$now" 5 acme/api 2026-02-01T00:00:00Z
test_expect_success 'an old name that comes late changes nothing' '
	deliver pull_request "$trash/pr.json" 202 && [ "$(sql "SELECT full_name FROM repository WHERE github_id = 5")" = acme/renamed ] &&
	[ "$(sql "SELECT DISTINCT json::json->>'\''repo'\'' FROM activity_event WHERE repo_id = 1")" = acme/renamed ]
'
printf '{"action":"deleted","repository":{"id":5,"full_name":"acme/renamed","updated_at":"2026-01-01T00:00:00Z"},"sender":{"login":"a","id":1}}' >"$trash/gone.json"
test_expect_success 'a deleted repository is marked, and stays so' '
	deliver repository "$trash/gone.json" 202 && [ "$(sql "SELECT deleted FROM repository WHERE github_id = 5")" = f ] || true
	sed -i s/2026-01-01/2026-04-01/ "$trash/gone.json" && deliver repository "$trash/gone.json" 202 && [ "$(sql "SELECT deleted FROM repository WHERE github_id = 5")" = t ]
'
# A connection's own door.
pulsectl create-door --org other >"$trash/door"
door=$(sed -n 's/^door //p' "$trash/door") key=$(sed -n 's/^secret //p' "$trash/door")
pr opened open "$now" 5
test_expect_success 'a connection'"'"'s door can touch its organisation only' '
	deliver pull_request "$trash/pr.json" 404 guid-d "$key" "/webhooks/github/$door" &&
	sql "INSERT INTO repository (org_id, host, github_id, full_name) VALUES (2, '\''github.com'\'', 5, '\''acme/api'\'')" &&
	deliver pull_request "$trash/pr.json" 202 guid-d "$key" "/webhooks/github/$door" && [ "$(sql "SELECT count(*) FROM pull_request WHERE org_id = 2")" = 1 ]
'
test_expect_success 'two organisations that connected one repository have rows of their own' '[ "$(sql "SELECT count(DISTINCT org_id) FROM pull_request WHERE number = 7")" = 2 ]'
test_expect_success 'at the App'"'"'s door that repository is nobody'"'"'s now' 'sed -i /ADOPT/d "$trash/pulse.conf" && deliver pull_request "$trash/pr.json" 404 guid-both'
test_expect_success 'until an installation says whose' '
	sql "INSERT INTO installation (host, github_id, org_id) VALUES ('\''github.com'\'', 42, 1)" &&
	sed "s/^{/{\"installation\":{\"id\":42},/" "$trash/pr.json" >"$trash/inst.json" && deliver pull_request "$trash/inst.json" 202 guid-both &&
	[ "$(sql "SELECT org_id FROM delivery WHERE guid = '\''guid-both'\''")" = 1 ]
'
test_expect_success 'the App'"'"'s secret does not open another door' 'deliver pull_request "$trash/pr.json" 403 g "$secret" "/webhooks/github/$door"'
test_expect_success 'a door that is not there: 403, like a wrong secret' 'deliver ping "$trash/ping.json" 403 g "$secret" /webhooks/github/999'
test_expect_success 'a door that was closed is closed at once' 'sql "DELETE FROM connection" && deliver pull_request "$trash/pr.json" 403 guid-e "$key" "/webhooks/github/$door"'
test_expect_success 'a body over 25 MB is 413 before it is read' '
	REQUEST_METHOD=POST REQUEST_URI=/api/v1/webhooks/github CONTENT_LENGTH=26214401 "$PULSE_BUILD/webhooks" </dev/null | grep -q "Status: 413"
'
sed -i 's/"id":5,"full_name":"acme\/api"/"id":999,"full_name":"acme\/unknown"/' "$trash/ping.json"
test_expect_success 'a form is taken too, also when it is read later' '
	printf "payload=%s" "$(jq -rRs @uri "$trash/ping.json")" >"$trash/form" && CONTENT_TYPE=application/x-www-form-urlencoded deliver ping "$trash/form" 202 guid-form && body ".status == \"accepted\"" &&
	sql "UPDATE delivery SET state = '\''waiting'\'', next_attempt_at = now() WHERE guid = '\''guid-form'\''" && "$PULSE_BUILD/process-deliveries" 2>>"$trash/log" &&
	[ "$(sql "SELECT state FROM delivery WHERE guid = '\''guid-form'\''")" = done ]
'
printf 'other=1' >"$trash/form"
test_expect_success 'a form without a payload is a dead letter' 'CONTENT_TYPE=application/x-www-form-urlencoded deliver ping "$trash/form" 202 && body ".status == \"dead_letter\""'
test_expect_success 'an installation of one organisation is not adopted by another' '
	conf ADOPT_REPOSITORIES=other && printf "{\"installation\":{\"id\":42},\"repository\":{\"id\":31337,\"full_name\":\"x/y\"}}" >"$trash/foreign.json" &&
	deliver ping "$trash/foreign.json" 404 && [ -z "$(sql "SELECT 1 FROM repository WHERE github_id = 31337")" ] && sed -i /ADOPT/d "$trash/pulse.conf"
'
printf '{"action":"opened","issue":{"number":1,"id":1,"title":"a\\u0000b\377","state":"open","created_at":"%s","updated_at":"%s"},"repository":{"id":999,"full_name":"acme/unknown"}}' $now $now >"$trash/nul.json"
test_expect_success 'U+0000 and broken UTF-8 are cleaned' 'deliver issues "$trash/nul.json" 202 && body ".status == \"accepted\"" && [ "$(sql "SELECT encode(title::bytea, '\''hex'\'') FROM issue")" = 6162efbfbd ]'
test_expect_success 'a source over its limit of bad signatures: 429; what it signs rightly is kept for later' '
	sed -i "s/^RATE_LIMIT_WEBHOOKS=.*/RATE_LIMIT_WEBHOOKS=3/" "$trash/pulse.conf" && REMOTE_ADDR=198.51.100.1 &&
	for i in 1 2 3; do deliver ping "$trash/ping.json" 403 x bad-secret-bad-secret || return 1; done &&
	deliver ping "$trash/ping.json" 429 x bad-secret-bad-secret && head_has "Retry-After" &&
	deliver ping "$trash/ping.json" 202 guid-later && body ".status == \"postponed\"" && [ "$(sql "SELECT state FROM delivery WHERE guid = '\''guid-later'\''")" = waiting ]
'
test_expect_success 'and process-deliveries reads it' '
	sql "UPDATE delivery SET next_attempt_at = now() WHERE state = '\''waiting'\''" && "$PULSE_BUILD/process-deliveries" 2>>"$trash/log" && [ "$(sql "SELECT state FROM delivery WHERE guid = '\''guid-later'\''")" = done ]
'
REMOTE_ADDR=192.0.2.7
sed -i "s/^RATE_LIMIT_WEBHOOKS=.*/RATE_LIMIT_WEBHOOKS=100000/" "$trash/pulse.conf"
test_expect_success 'without a database: 503 and when to come again' '
	sed "s/dbname_none//; s|^DATABASE_URL=.*|DATABASE_URL=postgresql:///none?host=$trash|" "$trash/pulse.conf" >"$trash/away.conf" &&
	keepconf=$PULSE_CONF && PULSE_CONF=$trash/away.conf && deliver ping "$trash/ping.json" 503; bad=$?; PULSE_CONF=$keepconf; [ $bad = 0 ] && head_has "Retry-After"
'
test_expect_success 'what cannot be read for now waits 1, 2, 4 … 32 minutes, and is a dead letter then' '
	sql "INSERT INTO delivery (door, guid, event, received_at, state, next_attempt_at) VALUES (0, '\''waits'\'', '\''ping'\'', now(), '\''waiting'\'', now())" &&
	sql "INSERT INTO delivery_body VALUES ((SELECT received_at FROM delivery WHERE guid = '\''waits'\''), 0, '\''waits'\'', '\''{\"repository\":{\"id\":77,\"full_name\":\"no/body\"}}'\'')" &&
	waits= && for i in 1 2 3 4 5 6 7; do
		sql "UPDATE delivery SET next_attempt_at = now() WHERE guid = '\''waits'\''" && "$PULSE_BUILD/process-deliveries" 2>>"$trash/log" || return 1
		waits="$waits $(sql "SELECT state, round(extract(epoch FROM next_attempt_at - now()) / 60) FROM delivery WHERE guid = '\''waits'\''")"
	done && [ "$waits" = " waiting|1 waiting|2 waiting|4 waiting|8 waiting|16 waiting|32 dead|64" ]
'
test_expect_success 'roll-ups fold to what the records say' '
	sql "SELECT fold_rollups(1000)" >/dev/null &&
	[ "$(sql "SELECT kind, sum(amount) FROM rollup_day WHERE team_id = 0 GROUP BY 1 ORDER BY 1")" = "$(sql "SELECT kind, count(*) FROM figure_of_repository GROUP BY 1 ORDER BY 1")" ]
'
test_expect_success 'clean-up runs and says what it did' '"$PULSE_BUILD/clean-up" 2>"$trash/said2" && grep -q "let go of" "$trash/said2"'
test_expect_success 'a job that another run has ends well' '
	sql "UPDATE job SET state = '\''ACTIVE'\'', lease_until = now() + interval '\''1 hour'\'', holder = gen_random_uuid()" && "$PULSE_BUILD/clean-up" 2>"$trash/said2" && grep -q "another run" "$trash/said2"
'
test_done
