#!/bin/sh
test_description='reports: deployments, incidents and pull requests that tools tell of, and what environments are'
program=repos
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme && owner=$TOKEN
signed_in_as member of acme && member=$TOKEN
signed_in_as viewer of acme && viewer=$TOKEN
signed_in_as owner of other && stranger=$TOKEN
pulsectl create-team red --org acme --name Red >/dev/null
pulsectl join-team member@acme.test --org acme --team red >/dev/null
pulsectl connect acme/api --org acme --github-id 1 --team red >/dev/null
pulsectl connect acme/web --org acme --github-id 2 >/dev/null
pulsectl connect other/x --org other --github-id 3 >/dev/null
pulsectl connect group/app --org acme --host gitlab.test --github-id 7 --team red >/dev/null
A=$(printf %040d 1)
# keyed KEY METHOD-CALL...: with this Idempotency-Key.
keyed() { export HTTP_IDEMPOTENCY_KEY="$1"; shift; "$@"; bad=$?; unset HTTP_IDEMPOTENCY_KEY; return $bad; }
deployment() { printf '{"repo":"%s","sha":"%s","environment":"%s","status":"%s","startedAt":"2026-03-01T10:00:00Z"%s}' "${1:-acme/api}" $A "${2:-production}" "${3:-success}" "$4"; }
# state: all that reports write, as one line.
state() { sql "SELECT md5(string_agg(t, '|' ORDER BY t)) FROM (SELECT d::text FROM deployment d UNION ALL SELECT s::text FROM deployment_status s UNION ALL SELECT p::text FROM pull_request p UNION ALL SELECT i::text FROM incident i UNION ALL SELECT concat_ws(' ', key, at, json) FROM activity_event) x(t)"; }

test_expect_success 'a deployment is a record with a status, and a line of the feed for owner and team' '
	TOKEN=$member && POST /deployments "$(deployment acme/api production success ",\"finishedAt\":\"2026-03-01T10:05:00Z\",\"author\":\"ann\",\"url\":\"https://ci.test/1\"")" 201 &&
	body ".repo == \"1\" and .tier == \"production\" and .status == \"success\" and .finishedAt == \"2026-03-01T10:05:00.000Z\"" &&
	[ "$(sql "SELECT source, environment, state, succeeded_at AT TIME ZONE '\''UTC'\'', author FROM deployment")" = "api|production|success|2026-03-01 10:05:00|ann" ] &&
	program=activity && GET /activity 200 && program=repos && body ".data | length == 1 and .[0].type == \"deployment\" and .[0].summary == \"production deployment: success\" and .[0].repo == \"acme/api\" and .[0].metadata.url == \"https://ci.test/1\""; bad=$?; program=repos; [ $bad = 0 ]
'
test_expect_success 'the same report again is answered as before, 200, and writes nothing' '
	before=$(state) && cp "$trash/out" "$trash/before" && keyed k1 POST /deployments "$(deployment acme/api staging failure)" 201 && cp "$trash/out" "$trash/first" && once=$(state) && [ "$once" != "$before" ] &&
	keyed k1 POST /deployments "$(deployment acme/api staging failure)" 200 && cmp "$trash/first" "$trash/out" && [ "$(state)" = "$once" ] &&
	POST /deployments "$(deployment acme/api qa failure)" 201 && POST /deployments "$(deployment acme/api qa failure)" 200
'
test_expect_success 'its fields in another order are the same report' '
	keyed k1 POST /deployments "{\"status\":\"failure\",\"startedAt\":\"2026-03-01T10:00:00Z\",\"environment\":\"staging\",\"sha\":\"$A\",\"repo\":\"acme/api\"}" 200
'
test_expect_success 'other content under a key is refused: 409, and writes nothing' '
	once=$(state) && keyed k1 POST /deployments "$(deployment acme/api staging success)" 409 && body ".type == \"/problems/already-exists\" and (.detail | contains(\"Idempotency-Key\"))" && [ "$(state)" = "$once" ] && keyed "$(printf "k\001")" POST /deployments "$(deployment)" 400 && keyed "$(head -c 300 /dev/zero | tr "\0" k)" POST /deployments "$(deployment)" 400
'
test_expect_success 'a key is its organisation'\''s and its route'\''s own' '
	TOKEN=$stranger && keyed k1 POST /deployments "$(deployment other/x)" 201 && TOKEN=$member && keyed k1 POST /incidents "{\"title\":\"x\",\"severity\":\"low\",\"startedAt\":\"2026-03-01T10:00:00Z\"}" 201
'
test_expect_success 'of ten at once with one key one writes, and all hear the same' '
	deployment acme/api load success >"$trash/one" && for i in 1 2 3 4 5 6 7 8 9 10; do
		REQUEST_METHOD=POST REQUEST_URI=/api/v1/deployments CONTENT_LENGTH=$(wc -c <"$trash/one") CONTENT_TYPE=application/json REMOTE_ADDR=192.0.2.7 GATEWAY_INTERFACE=CGI/1.1 HTTP_IDEMPOTENCY_KEY=ten HTTP_AUTHORIZATION="Bearer $TOKEN" "$PULSE_BUILD/repos" <"$trash/one" >"$trash/ten.$i" 2>>"$trash/log" &
	done; wait; [ "$(grep -h ^Status "$trash"/ten.* | tr -d "\r" | sort | uniq -c | tr -s " " | tr "\n" ";")" = " 9 Status: 200; 1 Status: 201;" ] || { grep -h ^Status "$trash"/ten.*; return 1; }
	[ "$(for i in 1 2 3 4 5 6 7 8 9 10; do tail -n 1 "$trash/ten.$i"; echo; done | sort -u | grep -c id)" = 1 ]
'
test_expect_success 'started and finished are one deployment, whichever comes first, and its time is its first success (devlake #8302)' '
	one=$(deployment acme/api eu-prod in_progress) two=$(deployment acme/api eu-prod success ",\"finishedAt\":\"2026-03-01T10:07:00Z\"") three=$(deployment acme/api eu-prod inactive ",\"finishedAt\":\"2026-03-02T10:07:00Z\"") &&
	rows="SELECT state, succeeded_at AT TIME ZONE '\''UTC'\'', (SELECT count(*) FROM deployment_status s WHERE s.external_id = d.external_id) FROM deployment d WHERE environment = '\''eu-prod'\''" &&
	forget="DELETE FROM report; DELETE FROM activity_event WHERE key LIKE '\''deployment/'\'' || (SELECT external_id FROM deployment WHERE environment = '\''eu-prod'\'') || '\''/%'\''; DELETE FROM deployment WHERE environment = '\''eu-prod'\''" &&
	for x in "$one" "$two" "$three"; do POST /deployments "$x" 201 || return 1; done && [ "$(sql "$rows")" = "inactive|2026-03-01 10:07:00|3" ] && sql "$forget" && for x in "$three" "$one" "$two"; do POST /deployments "$x" 201 || return 1; done && [ "$(sql "$rows")" = "inactive|2026-03-01 10:07:00|3" ]
'
test_expect_success 'a repository is named by its id as well; another'\''s is not there, and a team'\''s only for who is in it' '
	POST /deployments "$(deployment 1 x)" 201 && POST /deployments "$(deployment other/x)" 404 && POST /deployments "$(deployment 3)" 404 && POST /deployments "$(deployment acme/web)" 403 && TOKEN=$viewer && POST /deployments "$(deployment)" 403 && TOKEN=$owner && POST /deployments "$(deployment acme/web)" 201 &&
	pulsectl connect acme/api --org acme --host ghe.test --github-id 1 >/dev/null && POST /deployments "$(deployment acme/api y)" 400 && body ".errors[0].field == \"repo\"" && sql "DELETE FROM repository WHERE host = '\''ghe.test'\''"
'
test_expect_success 'a repository'\''s token reports its deployments, and no incidents' '
	TOKEN=$member && POST /repos/1/tokens "{\"name\":\"CI\"}" 201 && TOKEN=$(jq -r .token "$trash/out") && POST /deployments "$(deployment acme/api token)" 201 && POST /deployments "$(deployment acme/web)" 403 && POST /deployments "$(deployment other/x)" 404 && POST /incidents "{\"title\":\"x\",\"severity\":\"low\",\"startedAt\":\"2026-03-01T10:00:00Z\"}" 403; TOKEN=$member
'
for bad in '"sha":"abc"' '"status":"done"' '"startedAt":"yesterday"' '"environment":""' '"finishedAt":"2026-02-01T10:00:00Z"' '"url":"javascript:alert(1)"' '"what":1'; do
	test_expect_success "a deployment with $bad is refused by name" 'field=${bad%%:*} && deployment | jq -c ". + {$bad}" >"$trash/bad" && POST /deployments "$(cat "$trash/bad")" 400 && body ".errors[0].field == $field"'
done
pr() { printf '{"repo":"group/app","number":12,"title":"Add a door","state":"%s","author":"ann","createdAt":"2026-03-01T10:00:00Z","updatedAt":"%s"%s}' "$1" "$2" "$3"; }
test_expect_success 'a pull request of another forge is opened and merged, in the feed and in the figures' '
	POST /pull-requests "$(pr open 2026-03-01T10:00:00Z)" 201 && POST /pull-requests "$(pr merged 2026-03-02T10:00:00Z ",\"mergedAt\":\"2026-03-02T10:00:00Z\",\"mergeSha\":\"$A\",\"additions\":10,\"deletions\":2,\"changedFiles\":1,\"commits\":1")" 201 &&
	body ".state == \"merged\" and .number == 12" && [ "$(sql "SELECT state, merge_sha, additions, author FROM pull_request")" = "merged|$A|10|ann" ] && [ "$(sql "SELECT string_agg(json::json->>'\''summary'\'' || '\'' '\'' || (json::json->'\''metadata'\''->>'\''action'\''), '\''; '\'' ORDER BY at) FROM activity_event WHERE type = '\''pull_request'\''")" = "#12 Add a door opened; #12 Add a door merged" ] &&
	[ "$(sql "SELECT kind, sum(amount) FROM rollup_delta WHERE kind ~ '\''pull_request'\'' GROUP BY 1 ORDER BY 1" | tr "\n" " ")" = "pull_requests_merged|1 pull_requests_opened|1 " ]
'
test_expect_success 'one that is told late changes nothing' '
	once=$(state) && keyed late POST /pull-requests "$(pr open 2026-03-01T12:00:00Z)" 201 && [ "$(state)" = "$once" ] && [ "$(sql "SELECT state FROM pull_request")" = merged ]
'
test_expect_success 'GitHub tells of its pull requests itself; a state without its moment is refused' '
	POST /pull-requests "$(pr open 2026-03-01T10:00:00Z | sed s,group/app,acme/api,)" 400 && body ".errors[0].field == \"repo\"" && POST /pull-requests "$(pr merged 2026-03-02T10:00:00Z)" 400 && body ".errors[0].field == \"mergedAt\"" && POST /pull-requests "$(pr closed 2026-03-02T10:00:00Z)" 400 && POST /pull-requests "$(pr open 2026-02-02T10:00:00Z)" 400 && body ".errors[0].field == \"updatedAt\""
'
incident() { printf '{"title":"Checkout is down","severity":"critical","service":"shop","startedAt":"2026-03-01T10:00:00Z","causedBySha":"%s"%s}' $A "$1"; }
test_expect_success 'an incident begins and is over, whichever is told first' '
	rows="SELECT count(*), max(severity), max(resolved_at AT TIME ZONE '\''UTC'\''), max(caused_by_sha) FROM incident WHERE title ~ '\''Checkout'\''" && POST /incidents "$(incident)" 201 && body ".resolvedAt == null" && [ "$(sql "$rows")" = "1|critical||$A" ] &&
	POST /incidents "$(incident ",\"resolvedAt\":\"2026-03-01T11:00:00Z\"")" 201 && [ "$(sql "$rows")" = "1|critical|2026-03-01 11:00:00|$A" ] && keyed late POST /incidents "$(incident)" 201 && [ "$(sql "$rows")" = "1|critical|2026-03-01 11:00:00|$A" ] && POST /incidents "$(incident ",\"resolvedAt\":\"2026-02-01T11:00:00Z\"")" 400
'
test_expect_success 'production is recognised by the names that tools give it (devlake #5169 #8348)' '
	for e in production Production prod PROD prod-eu eu-prod web-production "acme (Production)" prd live live-us github-pages eu-prod-2; do POST /deployments "$(deployment acme/api "$e" queued)" 201 && body ".tier == \"production\"" || return 1; done
	for e in staging pre-prod preprod-eu stg uat qa-2; do POST /deployments "$(deployment acme/api "$e" queued)" 201 && body ".tier == \"staging\"" || return 1; done
	for e in dev development test non-prod preview-12 "Vercel Preview" review/x; do POST /deployments "$(deployment acme/api "$e" queued)" 201 && body ".tier == \"development\"" || return 1; done
	POST /deployments "$(deployment acme/api moon queued)" 201 && body ".tier == \"other\""
'
test_expect_success 'an organisation says itself what its environments are: the first pattern that fits' '
	TOKEN=$owner && GET /environments 200 && body ".next == null and (.data | any(.pattern == \"prod*\" and .tier == \"production\"))" &&
	PUT /environments "{\"data\":[{\"name\":\"Moon\",\"tier\":\"production\",\"pattern\":\"MOON-*\"},{\"name\":\"All\",\"tier\":\"other\",\"pattern\":\"*\"}]}" 204 && GET /environments 200 && body ".data == [{\"name\":\"Moon\",\"tier\":\"production\",\"pattern\":\"moon-*\"},{\"name\":\"All\",\"tier\":\"other\",\"pattern\":\"*\"}]" &&
	POST /deployments "$(deployment acme/api Moon-1 queued)" 201 && body ".tier == \"production\"" && POST /deployments "$(deployment acme/api production error)" 201 && body ".tier == \"other\"" && TOKEN=$stranger && GET /environments 200 && body ".data | length > 10" &&
	TOKEN=$member && PUT /environments "{\"data\":[]}" 403 && TOKEN=$owner && PUT /environments "{\"data\":[]}" 204 && GET /environments 200 && body ".data | length > 10" && [ "$(sql "SELECT count(*) FROM audit_log WHERE action = '\''environments.changed'\''")" = 2 ]
'
for bad in '"x"' '{}' '[1]' '[{"name":"x","tier":"production"}]' '[{"name":"x","tier":"moon","pattern":"x"}]' '[{"name":"x","tier":"other","pattern":""}]' '[{"name":"x","tier":"other","pattern":"x","more":1}]'; do
	test_expect_success "the environments $bad are refused by name" 'PUT /environments "{\"data\":$bad}" 400 && body ".errors[0].field == \"data\""'
done
test_expect_success 'a pattern'\''s own % and _ and \ are letters' '
	[ "$(sql "SELECT fits_pattern('\''a%b'\'', '\''a%b'\'') AND NOT fits_pattern('\''axb'\'', '\''a%b'\'') AND NOT fits_pattern('\''axb'\'', '\''a_b'\'') AND fits_pattern('\''a\b'\'', '\''a\*'\'')")" = t ]
'
# Deployments by rule: what is delivered, in whatever order.
repository='"repository":{"id":1,"full_name":"acme/api","html_url":"https://github.com/acme/api","pushed_at":"2026-04-01T10:00:00Z","default_branch":"main"},"sender":{"id":5,"login":"ann"}'
run() { printf '{"action":"completed","workflow_run":{"id":%s,"run_attempt":1,"name":"%s","head_branch":"%s","head_sha":"%s","status":"completed","conclusion":"%s","created_at":"2026-04-01T10:00:00Z","run_started_at":"2026-04-01T10:01:00Z","updated_at":"2026-04-01T10:09:00Z"},%s}' $1 "$2" $3 $A $4 "$repository" >"$trash/w.$1"; }
run 71 "Deploy" main success; run 72 "Deploy" main failure; run 73 "Deploy" topic success; run 74 "Tests" main success; run 75 "Deploy" main cancelled
printf '{"ref":"refs/tags/v1.2","before":"%040d","after":"%040d","created":true,"deleted":false,"commits":[],"head_commit":{"id":"%s","timestamp":"2026-03-30T10:00:00Z","message":"x"},"pusher":{"name":"ann"},%s}' 0 99 $A "$repository" >"$trash/tag"
printf '{"ref":"v1.2","ref_type":"tag","pusher_type":"user",%s}' "$repository" >"$trash/create"
printf '{"action":"published","release":{"id":81,"tag_name":"v1.2","name":"One","draft":false,"prerelease":false,"created_at":"2026-04-01T10:00:00Z","published_at":"2026-04-01T11:00:00Z","html_url":"https://github.com/acme/api/releases/81","author":{"id":5,"login":"ann"}},%s}' "$repository" >"$trash/release"
ruled() { sql "SELECT source, external_id, environment, sha = '$A', state, succeeded_at AT TIME ZONE 'UTC' FROM deployment WHERE source IN ('workflow_run', 'release', 'tag') ORDER BY 1, 2"; }
cat >"$trash/ruled" <<X
release|81|production|t|success|2026-04-01 11:00:00
tag|v1.2|staging|t|success|2026-04-01 10:00:00
workflow_run|71/1|production|t|success|2026-04-01 10:09:00
workflow_run|72/1|production|t|failure|
X
rules='[{"source":"workflow_run","pattern":"Deploy*","branch":"main","environment":"production"},{"source":"workflow_run","pattern":"*","repository":"acme/other","environment":"x"},{"source":"release","pattern":"v*","environment":"production"},{"source":"tag","pattern":"v*","environment":"staging"}]'
test_expect_success 'runs of a workflow, releases and tags are deployments by rule, whichever came first' '
	TOKEN=$owner && PUT /deployments/rules "{\"data\":$rules}" 204 && GET /deployments/rules 200 && body ".data[0] == {\"source\":\"workflow_run\",\"pattern\":\"deploy*\",\"branch\":\"main\",\"repository\":\"*\",\"environment\":\"production\"}" &&
	for order in "71 72 73 74 75 tag create release" "release create tag 75 74 73 72 71" "create release 72 71 tag 73 75 74"; do
		sql "DELETE FROM deployment; DELETE FROM build; DELETE FROM git_ref; DELETE FROM release"
		for x in $order; do case $x in 7*) deliver workflow_run "$trash/w.$x" 202 ;; tag) deliver push "$trash/tag" 202 ;; *) deliver $x "$trash/$x" 202 ;; esac || return 1; done
		ruled | diff "$trash/ruled" - || return 1
	done
'
test_expect_success 'rules that come later hold for what has been, and the figures follow' '
	figures() { sql "SELECT fold_rollups(100000)" >/dev/null; sql "SELECT (SELECT coalesce(sum(amount), 0) FROM rollup_day WHERE kind = '\''deployments'\'' AND team_id = 0 AND day >= '\''2026-04-01'\'')"; }
	sql "DELETE FROM rollup_delta; DELETE FROM rollup_day; DELETE FROM report" && PUT /deployments/rules "{\"data\":[]}" 204 && [ -z "$(ruled)" ] && before=$(figures) && PUT /deployments/rules "{\"data\":$rules}" 204 && ruled | diff "$trash/ruled" - && [ "$(figures)" = $((before + 3)) ] &&
	PUT /deployments/rules "{\"data\":[]}" 204 && [ "$(figures)" = "$before" ] && [ -z "$(ruled)" ] && [ "$(sql "SELECT count(*) FROM ruled_deployment")" = 0 ]
'
test_expect_success 'rules are an admin'"'"'s, and their organisation'"'"'s' '
	PUT /deployments/rules "{\"data\":$rules}" 204 && TOKEN=$member && PUT /deployments/rules "{\"data\":[]}" 403 && GET /deployments/rules 200 && body ".data | length == 4" && TOKEN=$stranger && GET /deployments/rules 200 && body ".data == []" && PUT /deployments/rules "{\"data\":[]}" 204 && ruled | diff "$trash/ruled" - && TOKEN=$owner
'
for bad in '{}' '[1]' '[{"source":"build","pattern":"x","environment":"x"}]' '[{"source":"tag","pattern":"x"}]' '[{"source":"tag","pattern":"x","environment":"x","what":"x"}]' '[{"source":"tag","pattern":"","environment":"x"}]'; do
	test_expect_success "the rules $bad are refused by name" 'PUT /deployments/rules "{\"data\":$bad}" 400 && body ".errors[0].field == \"data\""'
done
TOKEN=$member
test_expect_success 'keys are forgotten after a week' 'TOKEN=$owner; keyed k1 POST /deployments "$(deployment acme/api staging pending)" 201; sql "UPDATE report SET reported_at = now() - interval '\''8 days'\''" && keyed k1 POST /deployments "$(deployment acme/api staging pending)" 201 && [ "$(sql "SELECT count(*) FROM report WHERE org_id = 1")" = 1 ]'
test_done
