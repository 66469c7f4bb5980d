#!/bin/sh
test_description='team: teams, organisations and their end, plans, the audit log'
program=team
. "$(dirname "$0")/../lib/test-lib.sh"

for org in acme other; do signed_in_as owner of $org && eval "owner_$org=\$TOKEN"; done
for role in admin member; do signed_in_as $role of acme && eval "$role=\$TOKEN"; done
owner=$owner_acme
user() { sql "SELECT id FROM user_account WHERE email = '$1'"; }
for role in owner admin member; do eval "${role}_id=$(user $role@acme.test)"; done
stranger=$(user owner@other.test)
as() { eval "TOKEN=\$$1"; }
login() { program=auth TOKEN=; POST /auth/login "{\"email\":\"$1\",\"password\":\"$2\"}" "$3"; ended=$?; program=team; TOKEN=$(jq -r .accessToken "$trash/out"); return $ended; }
sql "INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'h', 1, 'acme/one'), (2, 'h', 1, 'other/one')"
sql "INSERT INTO activity_event (org_id, repo_id, at, type, key, version, digest, json) VALUES (1, 1, now(), 'commit', 'k', 1, 1, '{\"n\":1}'), (2, 2, now(), 'commit', 'k', 1, 1, '{\"n\":\"SECRET\"}')"
sql "INSERT INTO commit (org_id, repo_id, sha, message, authored_at, version, digest, author) SELECT 1, 1, lpad(g::text, 40, '0'), '', timestamptz '2026-01-01 18:00Z' + g * interval '10 minutes', 1, 1, 'Ann' FROM generate_series(0, 5) g"
sql "SELECT fold_rollups(1000)" >/dev/null

test_expect_success 'a team gets a slug of its name, and a number where that is taken' '
	as admin && POST /teams "{\"name\":\"Red & Blue\",\"timeZone\":\"Europe/Berlin\"}" 201 && body ".slug == \"red-blue\" and .sprintLengthDays == 14 and .sprintStart == \"2024-01-01\" and .members == 0" && team=$(jq -r .id "$trash/out") &&
	POST /teams "{\"name\":\"Red Blue\",\"timeZone\":\"UTC\",\"sprintLengthDays\":7,\"sprintStart\":\"2026-01-05\"}" 201 && body ".slug == \"red-blue-2\" and .sprintLengthDays == 7" && second=$(jq -r .id "$trash/out") &&
	POST /teams "{\"name\":\"X\",\"slug\":\"red-blue\"}" 400 && body ".errors[0] == {\"field\":\"slug\",\"message\":\"\\\"red-blue\\\" is taken\"}"
'
test_expect_success 'a zone, a length or a day that is none is named, and nothing is made' '
	POST /teams "{\"name\":\"X\",\"timeZone\":\"Mars/Base\"}" 400 && body ".errors[0].field == \"timeZone\"" && POST /teams "{\"name\":\"X\",\"sprintLengthDays\":0,\"sprintStart\":\"2026-02-30\",\"slug\":\"A b\"}" 400 &&
	body "[.errors[].field] | sort == [\"slug\", \"sprintLengthDays\", \"sprintStart\"]" && POST /teams "{\"name\":\"a\\nb\"}" 400 && [ "$(sql "SELECT count(*) FROM team")" = 2 ]
'
test_expect_success 'members and repositories of a team come and go, and its history with them' '
	PUT "/teams/$team/members/$member_id" "" 204 && PUT "/teams/$team/members/$member_id" "" 204 && GET "/teams/$team/members" 200 && body "[.data[].id] == [\"$member_id\"]" &&
	PUT "/teams/$team/repos/1" "" 204 && GET "/teams/$team/repos" 200 && body "[.data[].fullName] == [\"acme/one\"]" && [ "$(sql "SELECT count(*) FROM team_activity")" = 1 ] &&
	[ "$(sql "SELECT day, amount FROM rollup_day WHERE team_id = $team" | tr "\n" " ")" = "2026-01-01|6 " ] && as member && GET /teams 200 && body "[.data[].slug] == [\"red-blue\"]" && GET "/teams/$second" 403 && GET "/teams/$second/repos" 403 && GET /teams/999 404 &&
	as owner_other && GET "/teams/$team" 404 && as admin && [ "$(sql "SELECT count(*) FROM audit_log WHERE action = '\''team.member-added'\''")" = 1 ]
'
test_expect_success 'another time zone cuts the days anew' '
	PATCH "/teams/$team" "{\"timeZone\":\"Asia/Kathmandu\"}" 200 && body ".timeZone == \"Asia/Kathmandu\" and .name == \"Red & Blue\"" && [ "$(sql "SELECT day, amount FROM rollup_day WHERE team_id = $team ORDER BY 1" | tr "\n" " ")" = "2026-01-01|2 2026-01-02|4 " ] &&
	PATCH /organisation "{\"timeZone\":\"Asia/Kathmandu\",\"name\":\"Acme\"}" 200 && body ".name == \"Acme\" and .slug == \"acme\"" && [ "$(sql "SELECT day, amount FROM rollup_day WHERE team_id = 0 AND org_id = 1 ORDER BY 1" | tr "\n" " ")" = "2026-01-01|2 2026-01-02|4 " ]
'
test_expect_success 'nothing of another organisation comes into a team' '
	PUT "/teams/$team/members/$stranger" "" 404 && PUT "/teams/$team/repos/2" "" 404 && as owner_other && PUT "/teams/$team/members/$stranger" "" 404 && DELETE "/teams/$team" 404 && PATCH "/teams/$team" "{\"name\":\"X\"}" 404 && as member && DELETE "/teams/$team" 403
'
test_expect_success 'a team goes with its figures; a repository taken from it with its part' '
	as admin && DELETE "/teams/$team/repos/1" 204 && [ "$(sql "SELECT count(*) FROM rollup_day WHERE team_id = $team")" = 0 ] && PUT "/teams/$team/repos/1" "" 204 && DELETE "/teams/$team/members/$member_id" 204 && DELETE "/teams/$team" 204 && GET "/teams/$team" 404 &&
	[ "$(sql "SELECT (SELECT count(*) FROM rollup_day WHERE team_id = $team), (SELECT count(*) FROM team_activity), (SELECT count(*) FROM repository)")" = "0|0|2" ]
'
test_expect_success 'whoever is signed in makes an organisation and owns it' '
	as member && POST /organisations "{\"name\":\"My Own\"}" 201 && body ".slug == \"my-own\" and .role == \"owner\" and .current == false" && own=$(jq -r .id "$trash/out") && GET /organisations 200 && body "[.data[] | [.slug, .role, .current]] == [[\"acme\", \"member\", true], [\"my-own\", \"owner\", false]]" &&
	POST /organisations "{\"name\":\"Copy\",\"slug\":\"acme\"}" 400 && body ".errors[0].field == \"slug\"" && [ "$(sql "SELECT plan FROM organisation WHERE id = $own")" = free ] && [ "$(sql "SELECT actor, action FROM audit_log WHERE org_id = $own")" = "member@acme.test|organisation.created" ]
'
test_expect_success 'an organisation is handed over: one letter, two roles' '
	as admin && POST /organisation/transfer "{\"user\":\"$admin_id\"}" 403 && as owner && POST /organisation/transfer "{\"user\":\"$owner_id\"}" 400 && POST /organisation/transfer "{\"user\":\"$stranger\"}" 404 &&
	POST /organisation/transfer "{\"user\":\"$admin_id\"}" 204 && [ "$(sql "SELECT string_agg(role, '\'' '\'' ORDER BY user_id) FROM membership WHERE org_id = 1")" = "admin owner member" ] && [ "$(sql "SELECT template, args->>'\''by'\'' FROM mail WHERE recipient = '\''admin@acme.test'\''")" = "ownership-transferred|owner of acme" ] &&
	POST /organisation/transfer "{\"user\":\"$member_id\"}" 403 && as admin && POST /organisation/transfer "{\"user\":\"$owner_id\"}" 204
'
test_expect_success 'only an owner deletes, and must say what' '
	as admin && DELETE "/organisation?confirm=acme" 403 && as owner && DELETE "/organisation?confirm=other" 400 && body ".errors[0].field == \"confirm\"" && DELETE /organisation 400 && POST /team/invite "{\"email\":\"x@x.test\"}" 201
'
test_expect_success 'deleted: every session ends, invitations are void, owners get a letter' '
	printf %s "{\"confirm\":\"acme\"}" >"$trash/in" && request DELETE /organisation "$trash/in" && expect_status 202 && body ".deletedAt and .restoreUntil" && for who in owner admin; do as $who && GET /organisation 401 || return 1; done && [ "$(sql "SELECT count(*) FROM invitation")" = 0 ] &&
	[ "$(sql "SELECT recipient, args->>'\''organisation'\'', args->>'\''url'\'' FROM mail WHERE template = '\''organisation-deleted'\''")" = "owner@acme.test|Acme|http://pulse.test/dashboard/restore" ] && login admin@acme.test "password of admin" 403 && body ".type == \"/problems/no-organisation\""
'
test_expect_success 'an owner signs in to it, and can do nothing there but restore it' '
	login owner@acme.test "password of owner" 200 && GET /team 410 && body ".type == \"/problems/organisation-deleted\" and (.detail | contains(\"restore\"))" && GET /settings/organisation 410 && GET /organisations 200 && body ".data[0].deletedAt and .data[0].restoreUntil" &&
	back=$TOKEN && as owner_other && POST /organisation/restore "{\"org\":\"1\"}" 404 && login member@acme.test "password of member" 200 && GET /organisations 200 && body "[.data[].slug] == [\"my-own\"]" && POST /organisation/restore "{\"org\":\"1\"}" 404 &&
	TOKEN=$back && POST /organisation/restore "{}" 204 && GET /team 200 && body ".data | length == 3" && POST /organisation/restore "{}" 404 && login admin@acme.test "password of admin" 200
'
owner=$back admin=$TOKEN
test_expect_success 'after 30 days clean-up deletes all of it for good, and nothing of another' '
	sql "INSERT INTO delivery (door, guid, org_id, event, received_at, state) VALUES (0, '\''g1'\'', 1, '\''push'\'', now(), '\''done'\''), (0, '\''g2'\'', 2, '\''push'\'', now(), '\''done'\''); INSERT INTO delivery_body SELECT received_at, door, guid, '\''x'\'' FROM delivery; UPDATE organisation SET deleted_at = now() - interval '\''29 days'\'' WHERE id = 1" &&
	{ "$PULSE_BUILD/clean-up" 2>"$trash/clean" || { cat "$trash/clean"; return 1; }; } && [ "$(sql "SELECT count(*) FROM commit")" = 6 ] && sql "UPDATE organisation SET deleted_at = now() - interval '\''31 days'\'' WHERE id = 1" && TOKEN=$back && POST /organisation/restore "{}" 404 &&
	"$PULSE_BUILD/clean-up" 2>>"$trash/clean" && grep -q "1 organisations" "$trash/clean" && sql "SELECT sequence_pending(1000)" >/dev/null &&
	for t in $(sql "SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = '\''org_id'\'' WHERE relnamespace = '\''pulse'\''::regnamespace AND relkind IN ('\''r'\'', '\''p'\'') AND NOT relispartition AND relname NOT LIKE '\''room%'\''"); do [ "$(sql "SELECT count(*) FROM $t WHERE org_id = 1")" = 0 ] || { echo "$t"; return 1; }; done &&
	[ "$(sql "SELECT string_agg(slug, '\'' '\'' ORDER BY slug) FROM organisation")" = "my-own other" ] && [ "$(sql "SELECT guid FROM delivery_body")" = g2 ] && [ "$(sql "SELECT count(*) FROM activity_event")" = 1 ] && [ "$(user owner@acme.test)" ]
'
login member@acme.test "password of member" 200; mine=$TOKEN
test_expect_success 'the plan: what it allows, what is used; the owner sees it' '
	GET /plan 200 && body ". == {\"plan\":\"free\",\"limits\":{\"repositories\":10,\"members\":10,\"retentionDays\":90},\"usage\":{\"repositories\":0,\"members\":1,\"invitations\":0}}"
'
test_expect_success 'members and invitations together stay within it; the refusal says limit, usage and plan' '
	for n in 1 2 3 4 5 6 7 8 9; do POST /team/invite "{\"email\":\"p$n@x.test\"}" 201 || return 1; done; POST /team/invite "{\"email\":\"p10@x.test\"}" 409 && body ".type == \"/problems/plan-limit\" and .detail == \"plan \\\"free\\\" allows 10 members, and 10 are here, invitations counted\"" &&
	sql "DELETE FROM invitation WHERE email <> '\''p1@x.test'\''; INSERT INTO user_account (email, name) SELECT '\''f'\'' || g || '\''@x.test'\'', '\''F'\'' FROM generate_series(1, 9) g; INSERT INTO membership SELECT $own, id, '\''viewer'\'' FROM user_account WHERE email LIKE '\''f_@x.test'\''" &&
	! sql "INSERT INTO membership VALUES ($own, $owner_id, '\''viewer'\'')" && grep -q "allows 10 members, and 10 are here" "$trash/sql.err"
'
test_expect_success 'a repository too many is refused by name; one that is there already is not' '
	sql "INSERT INTO repository (org_id, host, github_id, full_name) SELECT $own, '\''github.com'\'', g, '\''o/r'\'' || g FROM generate_series(101, 110) g" && ! pulsectl connect o/more --org my-own --github-id 111 2>"$trash/said2" && grep -q "allows 10 repositories, and 10 are here" "$trash/said2" && pulsectl connect o/r101 --org my-own --github-id 101 >/dev/null
'
test_expect_success 'what a repository beyond the plan sends is kept, and read when the plan is larger' '
	conf ADOPT_REPOSITORIES=my-own && printf %s "{\"action\":\"opened\",\"issue\":{\"id\":1,\"number\":1,\"title\":\"T\",\"state\":\"open\",\"created_at\":\"2026-01-01T00:00:00Z\",\"updated_at\":\"2026-01-01T00:00:00Z\"},\"repository\":{\"id\":111,\"full_name\":\"o/more\"}}" >"$trash/issue" &&
	deliver issues "$trash/issue" 202 kept-1 && body ".status == \"dead_letter\" and (.reason | contains(\"allows 10 repositories\"))" && [ "$(sql "SELECT org_id, state FROM delivery WHERE guid = '\''kept-1'\''")" = "$own|dead" ] &&
	pulsectl set-plan team --org my-own | grep -q "my-own" && "$PULSE_BUILD/process-deliveries" 2>"$trash/clean" && [ "$(sql "SELECT state FROM delivery WHERE guid = '\''kept-1'\''")" = done ] && [ "$(sql "SELECT title FROM issue")" = T ]
'
test_expect_success 'an organisation that wants none adopted gets none' '
	TOKEN=$mine && PUT /settings/organisation "{\"flags\":{\"adoptRepositories\":false}}" 200 && sed -i "s/111/112/" "$trash/issue" && deliver issues "$trash/issue" 404
'
test_expect_success 'the audit log has pages and filters, of the own organisation only' '
	GET "/audit?limit=100" 200 && body "[.data[].action | select(startswith(\"session.\") | not)] == ([\"settings.changed\", \"organisation.plan-changed\"] + [range(9) | \"invitation.made\"] + [\"organisation.created\"])" && body ".next == null and ([.data[] | select(.action == \"organisation.plan-changed\")][0] | .actor == \"pulsectl\" and .actorId == null)" &&
	jq -c "[.data[].id]" "$trash/out" >"$trash/whole" && GET "/audit?limit=2" 200 && jq -c "[.data[].id]" "$trash/out" >"$trash/parts" && GET "/audit?limit=100&cursor=$(jq -r .next "$trash/out")" 200 && jq -c "[.data[].id]" "$trash/out" >>"$trash/parts" && [ "$(jq -sc add "$trash/parts")" = "$(cat "$trash/whole")" ] &&
	GET "/audit?action=organisation.created&actor=Member@Acme.test" 200 && body ".data | length == 1" && GET "/audit?actor=nobody@x.test" 200 && body ".data == []" && GET "/audit?to=2020-01-01T00:00:00Z" 200 && body ".data == []" && GET "/audit?from=2020-01-01T00:00:00Z&action=settings.changed" 200 && body ".data | length == 1" &&
	GET "/audit?action=x" 400 && as owner_other && GET /audit 200 && body "[.data[] | select(.action | startswith(\"session.\") | not)] == []"
'
test_expect_success 'the audit log as lines, with an end that says how many' '
	TOKEN=$mine && GET /audit/export 200 && head_has "Content-Type: application/x-ndjson" && [ "$(tail -n 1 "$trash/out")" = "{\"end\":true,\"rows\":$(($(wc -l <"$trash/out") - 1))}" ] && [ "$(jq -r "select(.end != true) | .action" "$trash/out" | grep -v "^session" | head -n 1)" = organisation.created ] && [ "$(jq -r "select(.end != true) | .action" "$trash/out" | tail -n 1)" = audit.exported ]
'
test_done
