#!/bin/sh
test_description='jira: its webhooks, its records, and what follows from them'
program=webhooks
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme
signed_in_as owner of other
as_nobody
sql "SELECT keep_partitions('30 days')"
pulsectl create-door --org acme --host acme.atlassian.net --name Jira >"$trash/door"
door=$(sed -n 's/^door //p' "$trash/door") key=$(sed -n 's/^secret //p' "$trash/door")
sql "UPDATE connection SET kind = 'jira'; INSERT INTO jira_connection (org_id, id, base_url, deployment, auth, credential, points_field, sprint_field, verified_at) VALUES (1, $door, 'https://acme.atlassian.net', 'cloud', 'token', 'x', 'customfield_10016', 'customfield_10020', now())"
S1='{"id":1,"name":"Sprint 1","state":"closed","boardId":3,"startDate":"2026-01-05T09:00:00.000Z","endDate":"2026-01-19T09:00:00.000Z","completeDate":"2026-01-19T10:00:00.000Z"}'
S2='{"id":2,"name":"Sprint 2","state":"active","boardId":3,"startDate":"2026-01-19T11:00:00.000Z","endDate":"2026-02-02T09:00:00.000Z"}'
case_of() { case $1 in 1) echo "To do:new" ;; 3) echo "Doing:indeterminate" ;; 5) echo "Done:done" ;; esac; }
# issue EVENT ID UPDATED STATUS POINTS SPRINTS [HISTORY ITEMS [SUMMARY]]: the body in $trash/issue.json.
issue() {
	status_name=$(case_of "$4") changelog=
	[ -z "${7:-}" ] || changelog=",\"changelog\":{\"id\":\"$7\",\"items\":$8}"
	cat >"$trash/issue.json" <<X
{"timestamp":1767668646000,"webhookEvent":"jira:$1","user":{"accountId":"b2","displayName":"Bo"},"issue":{"id":"$2","key":"PAY-$2","self":"https://acme.atlassian.net/rest/api/2/issue/$2","fields":{"summary":"${9:-An issue}","created":"2026-01-02T03:04:05.000+0000","updated":"$3","project":{"id":"10","key":"PAY","name":"Payments"},"issuetype":{"name":"Story","subtask":false},"status":{"id":"$4","name":"${status_name%:*}","statusCategory":{"key":"${status_name#*:}"}},"assignee":{"accountId":"a1","displayName":"Ann"},"customfield_10016":$5,"customfield_10020":$6,"issuelinks":[]}}$changelog}
X
}
moved() { echo "[{\"field\":\"status\",\"fieldId\":\"status\",\"from\":\"$1\",\"fromString\":\"a\",\"to\":\"$2\",\"toString\":\"b\"}]"; }

issue issue_created 1 2026-01-03T00:00:00.000+0000 1 5.0 "[$S1]"
test_expect_success 'a webhook of Jira is accepted and its records are there' '
	deliver_jira "$trash/issue.json" 202 id-1 && body ".status == \"accepted\"" &&
	[ "$(sql "SELECT key, status_id, points, sprints, assignee FROM jira_issue")" = "PAY-1|1|5|{1}|a1" ] &&
	[ "$(sql "SELECT key, name FROM jira_project")" = "PAY|Payments" ] && [ "$(sql "SELECT name FROM jira_account WHERE id = '\''a1'\''")" = Ann ] &&
	[ "$(sql "SELECT event, state, org_id FROM delivery")" = "jira:issue_created|done|1" ]
'
test_expect_success 'the same webhook again is a duplicate' 'deliver_jira "$trash/issue.json" 200 id-1 && body ".status == \"duplicate\""'
test_expect_success 'without an identifier the bytes are one (Data Center)' '
	deliver_jira "$trash/issue.json" 202 - && deliver_jira "$trash/issue.json" 200 - && [ "$(sql "SELECT count(*) FROM jira_issue")" = 1 ]
'
test_expect_success 'a wrong signature, or none: 403 and nothing stored' '
	before=$(sql "SELECT count(*) FROM delivery") && deliver_jira "$trash/issue.json" 403 id-x wrong-secret-wrong && body ".detail | test(\"X-Hub-Signature\")" &&
	request POST "/webhooks/jira/$door" "$trash/issue.json" && expect_status 403 && [ "$(sql "SELECT count(*) FROM delivery")" = "$before" ]
'
test_expect_success 'a door of GitHub is none for Jira, nor the other way round' '
	pulsectl create-door --org acme --host github.com --name G >"$trash/gdoor" && g=$(sed -n "s/^door //p" "$trash/gdoor") gk=$(sed -n "s/^secret //p" "$trash/gdoor") &&
	deliver_jira "$trash/issue.json" 403 id-y "$gk" "/webhooks/jira/$g" && deliver ping "$trash/issue.json" 403 id-z "$key" "/webhooks/github/$door"
'
test_expect_success 'the door of the installation is shut while it has no secret' 'deliver_jira "$trash/issue.json" 403 id-h "$secret" /webhooks/jira'
conf "JIRA_WEBHOOK_SECRET=$secret"
test_expect_success 'with one it leads to the connection of the host' '
	deliver_jira "$trash/issue.json" 202 id-h "$secret" /webhooks/jira && body ".status == \"accepted\"" && [ "$(sql "SELECT door FROM delivery WHERE guid = '\''id-h'\''")" = "$door" ]
'
test_expect_success 'of a host that nobody shows to be his it is a dead letter' '
	sed "s/acme.atlassian/evil.atlassian/" "$trash/issue.json" >"$trash/evil.json" && deliver_jira "$trash/evil.json" 202 id-e "$secret" /webhooks/jira &&
	body ".status == \"dead_letter\" and (.reason | test(\"host\"))" && [ "$(sql "SELECT coalesce(org_id::text, '\''none'\'') FROM delivery WHERE guid = '\''id-e'\''")" = none ]
'
head -c 200 "$trash/issue.json" >"$trash/cut.json"
test_expect_success 'a cut one is a dead letter that says where; whole, it is read' '
	deliver_jira "$trash/cut.json" 202 id-c && body ".status == \"dead_letter\" and (.reason | test(\"unexpected end at byte 200\"))" &&
	deliver_jira "$trash/issue.json" 202 id-c && body ".status == \"accepted\""
'
test_expect_success 'one that is postponed is read by process-deliveries' '
	issue issue_updated 9 2026-01-03T00:00:00.000+0000 1 null "[]" && RATE_LIMIT_WEBHOOKS=1 deliver_jira "$trash/issue.json" 202 id-p0 &&
	sql "UPDATE delivery SET state = '\''waiting'\'', next_attempt_at = now() WHERE guid = '\''id-p0'\''; DELETE FROM jira_issue WHERE id = 9" &&
	"$PULSE_BUILD/process-deliveries" 2>>"$trash/log" && [ "$(sql "SELECT key FROM jira_issue WHERE id = 9")" = PAY-9 ]
'
issue issue_updated 1 2026-01-08T00:00:00.000+0000 3 5.0 "[$S1]" 101 "$(moved 1 3)"
test_expect_success 'a newer telling changes the issue and adds to its history' '
	deliver_jira "$trash/issue.json" 202 && [ "$(sql "SELECT status_id FROM jira_issue WHERE id = 1")" = 3 ] &&
	[ "$(sql "SELECT field, from_id, to_id, author FROM jira_change")" = "status|1|3|b2" ]
'
issue issue_updated 1 2026-01-07T00:00:00.000+0000 1 5.0 "[$S1]"
test_expect_success 'an older one that comes late does not' 'deliver_jira "$trash/issue.json" 202 && [ "$(sql "SELECT status_id FROM jira_issue WHERE id = 1")" = 3 ]'
test_expect_success 'a NUL byte in a text stops nothing (#5243)' '
	issue issue_created 4 2026-01-03T00:00:00.000+0000 1 null "[]" "" "" "nul \\u0000 byte" && deliver_jira "$trash/issue.json" 202 && body ".status == \"accepted\"" &&
	[ "$(sql "SELECT summary FROM jira_issue WHERE id = 4")" = "nul  byte" ]
'
test_expect_success 'a deleted issue disappears and does not come back by a late telling (#9030)' '
	issue issue_deleted 4 2026-01-03T00:00:00.000+0000 1 null "[]" && deliver_jira "$trash/issue.json" 202 &&
	issue issue_updated 4 2026-01-04T00:00:00.000+0000 3 null "[]" && deliver_jira "$trash/issue.json" 202 && [ "$(sql "SELECT deleted FROM jira_issue WHERE id = 4")" = t ]
'

# What each issue went through in sprint 1 (5 to 19 January), told in events.
#	1 committed, done in it · 2 committed, not done, carried over · 3 added, done · 5 added, carried over
#	6 committed, taken out · 7 committed at 3, estimated anew at 8, done · 8 done before it began
#	11 done only after the close, in sprint 2, to which it was carried
sprint_item() { echo "[{\"field\":\"Sprint\",\"fieldId\":\"customfield_10020\",\"from\":\"$1\",\"to\":\"$2\",\"fromString\":\"\",\"toString\":\"\"}]"; }
points_item() { echo "[{\"field\":\"Story point estimate\",\"fieldId\":\"customfield_10016\",\"from\":null,\"to\":null,\"fromString\":\"$1\",\"toString\":\"$2\"}]"; }
n=0
tell() { n=$((n + 1)); issue "$@"; cp "$trash/issue.json" "$trash/event.$n"; }
tell issue_updated 1 2026-01-09T00:00:00.000+0000 5 5.0 "[$S1]" 102 "$(moved 3 5)"
tell issue_updated 2 2026-01-19T10:00:00.000+0000 1 3.0 "[$S1,$S2]" 201 "$(sprint_item 1 "1, 2")"
tell issue_updated 3 2026-01-10T00:00:00.000+0000 1 2.0 "[$S1]" 301 "$(sprint_item "" 1)"
tell issue_updated 3 2026-01-12T00:00:00.000+0000 5 2.0 "[$S1]" 302 "$(moved 1 5)"
tell issue_updated 5 2026-01-11T00:00:00.000+0000 3 1.0 "[$S1]" 501 "$(sprint_item "" 1)"
tell issue_updated 5 2026-01-19T10:00:00.500+0000 3 1.0 "[$S1,$S2]" 502 "$(sprint_item 1 "1, 2")"
tell issue_updated 6 2026-01-13T00:00:00.000+0000 1 8.0 "[]" 601 "$(sprint_item 1 "")"
tell issue_updated 7 2026-01-06T00:00:00.000+0000 1 8.0 "[$S1]" 701 "$(points_item 3 8)"
tell issue_updated 7 2026-01-14T00:00:00.000+0000 5 8.0 "[$S1]" 702 "$(moved 1 5)"
tell issue_updated 8 2026-01-04T00:00:00.000+0000 5 13.0 "[$S1]" 801 "$(moved 1 5)"
tell issue_updated 11 2026-01-19T10:00:00.000+0000 3 2.0 "[$S1,$S2]" 111 "$(sprint_item 1 "1, 2")"
tell issue_updated 11 2026-01-21T00:00:00.000+0000 5 2.0 "[$S1,$S2]" 112 "$(moved 3 5)"
figures="SELECT sprint_id, committed, committed_points, completed, completed_points, added, added_points, removed, removed_points, carried_over, carried_over_points FROM jira_sprint_figure WHERE sprint_id = 1"
test_expect_success 'the carry-over of a sprint is right, whatever happened to its issues behind its close (#8967)' '
	for i in $(seq $n); do deliver_jira "$trash/event.$i" 202 || return 1; done
	[ "$(sql "$figures" | tee -a "$trash/said")" = "1|5|21|3|15|2|3|1|8|3|6" ]
'
test_expect_success 'what a sprint began with and ended with is the same: committed + added - removed = completed + carried over' '
	[ "$(sql "SELECT committed + added - removed = completed + carried_over FROM jira_sprint_figure WHERE sprint_id = 1")" = t ]
'
sql "SELECT json_agg(x) FROM (SELECT * FROM jira_sprint_issue ORDER BY 1, 2, 3, 4) x" >"$trash/first"
test_expect_success 'the same history in another order, with repeats, gives the same rows' '
	sql "SELECT json_agg(x) FROM (SELECT * FROM jira_issue ORDER BY 1, 2, 3) x" >"$trash/issues" &&
	sql "DELETE FROM jira_issue WHERE id <> 4 AND id <> 9; DELETE FROM jira_change; DELETE FROM jira_sprint; DELETE FROM jira_sprint_issue" &&
	issue issue_updated 1 2026-01-08T00:00:00.000+0000 3 5.0 "[$S1]" 101 "$(moved 1 3)" && cp "$trash/issue.json" "$trash/event.0" &&
	for i in $(seq 0 $n | sort -R; seq 0 3); do deliver_jira "$trash/event.$i" 202 || return 1; done
	sql "SELECT json_agg(x) FROM (SELECT * FROM jira_sprint_issue ORDER BY 1, 2, 3, 4) x" | cmp - "$trash/first" &&
	sql "SELECT json_agg(x) FROM (SELECT * FROM jira_issue ORDER BY 1, 2, 3) x" | cmp - "$trash/issues"
'
test_expect_success 'a sprint that is closed by its own event has its snapshot then' '
	[ "$(sql "SELECT bool_and(in_at_close IS NULL) FROM jira_sprint_issue WHERE sprint_id = 2")" = t ] &&
	echo "{\"timestamp\":1770026400000,\"webhookEvent\":\"sprint_closed\",\"sprint\":{\"id\":2,\"name\":\"Sprint 2\",\"state\":\"closed\",\"originBoardId\":3,\"startDate\":\"2026-01-19T11:00:00.000Z\",\"completeDate\":\"2026-02-02T10:00:00.000Z\"}}" >"$trash/sprint.json" &&
	deliver_jira "$trash/sprint.json" 202 && [ "$(sql "SELECT committed, completed, carried_over, carried_over_points FROM jira_sprint_figure WHERE sprint_id = 2")" = "3|1|2|4" ]
'
test_expect_success 'an issue that is deleted leaves the sprint' '
	issue issue_deleted 5 2026-02-03T00:00:00.000+0000 3 1.0 "[$S1,$S2]" && deliver_jira "$trash/issue.json" 202 &&
	[ "$(sql "SELECT committed, completed, carried_over, carried_over_points FROM jira_sprint_figure WHERE sprint_id = 2")" = "2|1|1|3" ]
'
test_expect_success 'the cycle of an issue runs from in progress to done' '
	[ "$(sql "SELECT begun_at AT TIME ZONE '\''UTC'\'', done_at AT TIME ZONE '\''UTC'\'' FROM jira_issue_clock WHERE id = 1")" = "2026-01-08 00:00:00|2026-01-09 00:00:00" ]
'
test_expect_success 'work logged is told, changed and taken back' '
	log() { echo "{\"timestamp\":1770026400000,\"webhookEvent\":\"worklog_$1\",\"worklog\":{\"id\":\"77\",\"issueId\":\"1\",\"author\":{\"accountId\":\"a1\"},\"started\":\"2026-01-08T08:00:00.000+0000\",\"updated\":\"$2\",\"timeSpentSeconds\":$3}}" >"$trash/log.json"; deliver_jira "$trash/log.json" 202; } &&
	log updated 2026-01-09T00:00:00.000+0000 7200 && log created 2026-01-08T09:00:00.000+0000 3600 && [ "$(sql "SELECT issue_id, seconds, deleted FROM jira_worklog")" = "1|7200|f" ] &&
	log deleted 2026-01-09T00:00:00.000+0000 7200 && [ "$(sql "SELECT deleted FROM jira_worklog")" = t ]
'
test_expect_success 'a pull request speaks of an issue in its title or branch, where there is such an issue' '
	sql "INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, '\''github.com'\'', 5, '\''acme/api'\'');
	INSERT INTO pull_request (org_id, repo_id, number, title, head_ref, state, created_at, updated_at, version, digest) VALUES (1, 1, 1, '\''PAY-1: read UTF-8 and SHA-256'\'', '\''fix/PAY-2-it'\'', '\''open'\'', now(), now(), 1, 1), (1, 1, 2, '\''PAY-404, PAY-5'\'', '\''x'\'', '\''open'\'', now(), now(), 1, 1)" &&
	[ "$(sql "SELECT number, key, places FROM issue_of_pull_request ORDER BY 1, 2" | tr "\n" " ")" = "1|PAY-1|{title} 1|PAY-2|{branch} " ] &&
	sql "UPDATE pull_request SET title = '\''PAY-3'\'' WHERE number = 1" && [ "$(sql "SELECT key FROM issue_of_pull_request WHERE number = 1 ORDER BY 1" | tr "\n" " ")" = "PAY-2 PAY-3 " ]
'
test_expect_success 'a sweep lets go of what Jira lists no more, and takes back what it lists again (#9030)' '
	as="SET ROLE pulse_job; SET search_path = pulse; SELECT set_config('\''pulse.org_id'\'', '\''1'\'', false);" &&
	sql "SELECT jira_saw(1, $door, ARRAY[1,2,3,6,7,8,11]); SELECT jira_sweep(1, $door, now())" | grep -qx 1 && [ "$(sql "SELECT deleted, swept FROM jira_issue WHERE id = 9")" = "t|t" ] &&
	sql "SELECT jira_saw(1, $door, ARRAY[1,2,3,6,7,8,9,11]); SELECT jira_sweep(1, $door, now())" | grep -qx 0 && [ "$(sql "SELECT deleted, swept FROM jira_issue WHERE id = 9")" = "f|f" ]
'
test_expect_success 'an account that sees almost nothing any more empties nothing' '
	sql "INSERT INTO jira_issue (org_id, connection_id, id, key, project_id, summary, created_at, updated_at, version, digest) SELECT 1, $door, 100 + g, '\''PAY-'\'' || 100 + g, 10, '\'''\'', '\''2026-01-01'\'', '\''2026-01-01'\'', 8, 0 FROM generate_series(1, 30) g" &&
	sql "SELECT jira_saw(1, $door, ARRAY[1,2]); SELECT jira_sweep(1, $door, now())" | grep -qx -- -1 && [ "$(sql "SELECT count(*) FROM jira_issue WHERE NOT deleted")" = 38 ] && [ "$(sql "SELECT count(*) FROM jira_seen")" = 0 ]
'
test_expect_success 'a person who is erased has no name in Jira either, and his history stays' '
	sql "INSERT INTO erasure (org_id, names, pseudonym, asked_by) VALUES (1, ARRAY['\''ann'\''], '\''nobody-1'\'', '\''owner@acme.test'\''); SELECT enter_as(1); SELECT erase_step(1, (SELECT max(id) FROM erasure), 11, 100)" &&
	[ "$(sql "SELECT name FROM jira_account WHERE id = '\''a1'\''")" = nobody-1 ] && [ "$(sql "SELECT count(*) > 5 FROM jira_change WHERE author = '\''b2'\''")" = t ]
'
test_done
