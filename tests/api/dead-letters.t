#!/bin/sh
test_description='dead letters: listed, read, read again, discarded'
program=monitor
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme && owner=$TOKEN
signed_in_as member of acme && member=$TOKEN
signed_in_as owner of other && stranger=$TOKEN
pulsectl connect acme/api --org acme --github-id 9 >/dev/null
door=$(pulsectl create-door --org acme | sed -n 's/.*\/webhooks\/github\/\([0-9]*\).*/\1/p' | head -1)
door=${door:-1}
# letter ORG GUID BODY-SQL [STATE]: a delivery that could not be read.
letter() { sql "INSERT INTO delivery (door, guid, org_id, event, received_at, state, reason) VALUES ($door, '$2', $1, 'issues', now() - interval '1 minute', '${4:-dead}', 'it is broken'); INSERT INTO delivery_body SELECT received_at, door, guid, $3 FROM delivery WHERE guid = '$2'"; }
issue='{"action":"opened","repository":{"id":9,"full_name":"acme/api","html_url":"https://github.com/acme/api","private":false},"issue":{"id":1,"number":1,"title":"One","state":"open","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","user":{"login":"ann","id":5,"type":"User"},"html_url":"https://github.com/acme/api/issues/1"},"sender":{"login":"ann","id":5,"type":"User"}}'
letter 1 good "convert_to('$issue', 'UTF8')"
letter 1 bad "'\\x7b22ff00'"
letter 1 large "convert_to('\"' || repeat('ä', 200000) || '\"', 'UTF8')"
letter 2 foreign "'{}'"
letter 1 read "'{}'" done
id() { sql "SELECT id FROM delivery WHERE guid = '$1'"; }

test_expect_success 'an admin sees his own, newest first, how many there are, and of which repository' '
	TOKEN=$owner && GET "/dead-letters?limit=2" 200 && body "[.data[].guid] == [\"large\", \"bad\"] and .count == 3 and .next != null" && body ".data[0].size == 400002 and .data[0].reason == \"it is broken\" and .data[0].event == \"issues\" and .data[0].source == \"github\" and (.data[0] | has(\"body\") | not)" &&
	GET "/dead-letters?cursor=$(jq -r .next "$trash/out")" 200 && body "[.data[].repository] == [\"acme/api\"] and .next == null" && GET "/dead-letters?event=push" 200 && body ".data == [] and .count == 0" && GET "/dead-letters?event=issues" 200 && body ".data | length == 3"
'
test_expect_success 'a member sees none, another organisation its own' '
	TOKEN=$member && GET /dead-letters 403 && GET "/dead-letters/$(id good)" 403 && TOKEN=$stranger && GET /dead-letters 200 && body "[.data[].guid] == [\"foreign\"]" &&
	GET "/dead-letters/$(id good)" 404 && POST "/dead-letters/$(id good)/replay" "{}" 404 && DELETE "/dead-letters/$(id good)" 404 && TOKEN=$owner && GET "/dead-letters/$(id read)" 404
'
test_expect_success 'its bytes are shown as text, whatever they are, and no more than 256 KB of them' '
	TOKEN=$owner && GET "/dead-letters/$(id good)" 200 && body ".body | fromjson | .issue.title == \"One\"" && body ".bodyCut == false" && GET "/dead-letters/$(id bad)" 200 && body ".body == \"{\\\"\\\\377\\\\000\"" &&
	GET "/dead-letters/$(id large)" 200 && body ".bodyCut and (.body | length == 131072) and (.body | endswith(\"ä\"))"
'
test_expect_success 'one that is read again is a record' '
	TOKEN=$owner && POST "/dead-letters/$(id good)/replay" "{}" 200 && body ".outcome == \"waiting\"" && GET "/dead-letters/$(id good)" 404 && "$PULSE_BUILD/process-deliveries" 2>>"$trash/log" &&
	[ "$(sql "SELECT title FROM issue")" = One ] && [ "$(sql "SELECT state FROM delivery WHERE guid = '\''good'\''")" = done ] && POST "/dead-letters/$(id good)/replay" "{}" 404
'
test_expect_success 'all are read again at once; what still cannot be is dead anew, and stops no other' '
	letter 1 good2 "convert_to(replace('\''$issue'\'', '\''\"number\":1,'\'', '\''\"number\":2,'\''), '\''UTF8'\'')" && TOKEN=$owner && POST /dead-letters/replay "{}" 202 && body ".count == 3" && "$PULSE_BUILD/process-deliveries" 2>>"$trash/log" &&
	GET /dead-letters 200 && body ".count == 2 and ([.data[].guid] | sort == [\"bad\", \"large\"])" && [ "$(sql "SELECT state FROM delivery WHERE guid = '\''good2'\''")" = done ] && [ "$(sql "SELECT state FROM delivery WHERE guid = '\''foreign'\''")" = dead ]
'
test_expect_success 'one that is discarded counts as read; that is written down' '
	TOKEN=$owner && DELETE "/dead-letters/$(id bad)" 204 && GET /dead-letters 200 && body ".count == 1" && [ "$(sql "SELECT state, reason FROM delivery WHERE guid = '\''bad'\''")" = "done|discarded" ] &&
	[ "$(sql "SELECT string_agg(action, '\'' '\'' ORDER BY id) FROM audit_log WHERE action LIKE '\''dead%'\''")" = "dead-letter.replayed dead-letter.replayed dead-letter.discarded" ]
'
test_expect_success 'the page hears that the list is another: when one comes, and when one goes' '
	told() { sql "SELECT count(*) FROM outbox WHERE org_id = 1 AND payload LIKE '\''%dead-letters%'\''"; } && sql "DELETE FROM outbox" && letter 1 new "'\''{}'\''" && [ "$(told)" = 1 ] && sql "UPDATE delivery SET attempts = 2 WHERE guid = '\''new'\''" && [ "$(told)" = 1 ] &&
	TOKEN=$owner && DELETE "/dead-letters/$(id new)" 204 && [ "$(told)" = 2 ]
'
test_expect_success 'one whose bytes have gone cannot be read again, and says so' '
	sql "DELETE FROM delivery_body WHERE guid = '\''large'\''" && TOKEN=$owner && GET "/dead-letters/$(id large)" 200 && body ".body == null and .size == null" && POST "/dead-letters/$(id large)/replay" "{}" 410 && body ".detail | test(\"no longer\")"
'
test_expect_success 'the health page counts them' 'program=health && TOKEN=$owner && GET /health 200 && body ".checks.deliveries.detail | test(\"^2 dead letters\")"; program=monitor'
test_done
