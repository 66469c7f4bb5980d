#!/bin/sh
test_description='team: all of an organisation, to take away'
program=team
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as admin of acme && admin=$TOKEN
signed_in_as owner of acme && owner=$TOKEN
signed_in_as owner of other
sql "INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'h', 1, 'acme/one'), (2, 'h', 1, 'other/SECRET')"
sql "INSERT INTO commit (org_id, repo_id, sha, message, authored_at, version, digest) SELECT 1, 1, lpad(g::text, 40, '0'), 'line ' || E'\n' || g, now(), 1, 1 FROM generate_series(1, 1500) g"
pulsectl create-door --org acme >"$trash/door"
TOKEN=$owner
POST /team/invite '{"email":"x@x.test"}' 201

test_expect_success 'only an owner takes it away' 'TOKEN=$admin && GET /organisation/export 403 && TOKEN=$owner && GET /organisation/export 200'
test_expect_success 'each line is a row as JSON, and the last says how many' '
	jq -es "(.[-1].end == true) and .[-1].rows == length - 1 and length > 1500" "$trash/out" >/dev/null && [ "$(jq -c "select(.table == \"commit\")" "$trash/out" | wc -l)" = 1500 ] && [ "$(jq -r "select(.table == \"organisation\") | .row.slug" "$trash/out")" = acme ]
'
test_expect_success 'every row of every table of the organisation that is no secret is in it' '
	for t in $(sql "SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = '\''org_id'\'' WHERE relnamespace = '\''pulse'\''::regnamespace AND relkind IN ('\''r'\'', '\''p'\'') AND NOT relispartition"); do
		case " session mail outbox room room_event room_state rollup_delta team_activity delivery installation personal_token audit_log report job_unit job_run job_control erasure github_etag available_repository jira_seen " in *" $t "*) continue ;; esac
		grep -qE "(ROW|WHOLE)\($t[,)]" "$PULSE_TOP/fcgi/team_export.c" || { echo "$t is not exported"; return 1; }
		[ "$(jq -c "select(.table == \"$t\")" "$trash/out" | wc -l)" = "$(sql "SELECT count(*) FROM $t WHERE org_id = 1")" ] || { echo "$t"; return 1; }
	done
'
test_expect_success 'it holds nothing of another organisation, no hash and no secret' '
	! grep -q SECRET "$trash/out" && ! grep -qE "token_hash|password|\"secret\"|\"hash\"" "$trash/out" && ! grep -q "$(sed -n "s/^secret //p" "$trash/door")" "$trash/out"
'
# A sanitizer's shadow has no room under a limit.
test_expect_success 'memory does not grow with it' '
	sql "INSERT INTO commit (org_id, repo_id, sha, message, authored_at, version, digest) SELECT 1, 1, lpad(g::text, 40, '\''f'\''), repeat('\''x'\'', 1000), now(), 1, 1 FROM generate_series(1, 10000) g" &&
	({ [ -n "${PULSE_SANITIZED:-}" ] || ulimit -v 200000; } 2>/dev/null; GET /organisation/export 200) && [ "$(wc -c <"$trash/out")" -gt 10000000 ] && [ "$(tail -n 1 "$trash/out" | jq .end)" = true ]
'
test_expect_success 'what was taken away is in the audit log' '[ "$(sql "SELECT count(*) FROM audit_log WHERE action = '\''organisation.exported'\''")" = 2 ]'
test_done
