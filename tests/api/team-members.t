#!/bin/sh
test_description='team: members, roles, invitations, and those who act at once'
program=team
. "$(dirname "$0")/../lib/test-lib.sh"

for org in acme other; do signed_in_as owner of $org && eval "owner_$org=\$TOKEN"; done
for role in admin manager member viewer; do signed_in_as $role of acme && eval "$role=\$TOKEN"; done
owner=$owner_acme
user() { sql "SELECT id FROM user_account WHERE email = '$1'"; }
for role in owner admin manager member viewer; do eval "${role}_id=$(user $role@acme.test)"; done
stranger=$(user owner@other.test)
role_of() { sql "SELECT role FROM membership WHERE org_id = 1 AND user_id = $1"; }
audit() { sql "SELECT count(*) FROM audit_log WHERE org_id = 1 AND action = '$1'"; }
as() { eval "TOKEN=\$$1"; }
link() { sql "SELECT args->>'url' FROM mail WHERE recipient = '$1' ORDER BY id DESC LIMIT 1" | sed 's/.*token=//'; }
# Somebody who belongs to the other organisation, signed in there.
outsider() {
	echo "password of outsider" | pulsectl create-user "$1" --org other --name "Out Sider" --role viewer --password-stdin >/dev/null
	program=auth TOKEN= && POST /auth/login "{\"email\":\"$1\",\"password\":\"password of outsider\"}" 200 &&
	TOKEN=$(jq -r .accessToken "$trash/out") program=team
}

test_expect_success 'every member sees who is there; when they were here last is for admins and oneself' '
	as member && GET /team 200 && body "[.data[].role] | sort == [\"admin\", \"manager\", \"member\", \"owner\", \"viewer\"]" &&
	body "[.data[] | select(.lastSeenAt != null) | .role] == [\"member\"]" && as admin && GET /team 200 && body "all(.data[]; .lastSeenAt)" && body ".next == null" &&
	body ".data[0] | .email == \"owner@acme.test\" and .teams == [] and .github == null"
'
test_expect_success 'the list has pages' '
	GET "/team?limit=2" 200 && body ".data | length == 2" && GET "/team?limit=3&cursor=$(jq -r .next "$trash/out")" 200 && body ".data | length == 3" && body ".next == null"
'
test_expect_success 'a member of another organisation is like a missing one' '
	as viewer && GET "/team/$owner_id" 200 && GET "/team/$stranger" 404 && GET /team/999999 404 && DELETE "/team/$stranger" 404 && DELETE "/team/$member_id" 403 &&
	as admin && PATCH "/team/$stranger/role" "{\"role\":\"viewer\"}" 404 && DELETE "/team/$stranger" 404
'
test_expect_success 'only an admin changes roles, and nobody gives one above his own' '
	for who in manager member viewer; do as $who && PATCH "/team/$viewer_id/role" "{\"role\":\"member\"}" 403 || return 1; done
	as admin && PATCH "/team/$viewer_id/role" "{\"role\":\"owner\"}" 403 && body ".detail | contains(\"owner\")" &&
	PATCH "/team/$owner_id/role" "{\"role\":\"member\"}" 403 && PATCH "/team/$viewer_id/role" "{\"role\":\"king\"}" 400 && body ".errors[0].field == \"role\"" &&
	PATCH "/team/$viewer_id/role" "{\"role\":\"admin\"}" 204 && [ "$(role_of "$viewer_id")" = admin ] && [ "$(audit member.role-changed)" = 1 ] &&
	PATCH "/team/$viewer_id/role" "{\"role\":\"viewer\"}" 204 && [ "$(sql "SELECT actor || detail::text FROM audit_log ORDER BY id DESC LIMIT 1")" = "admin@acme.test{\"user\" : \"$viewer_id\", \"from\" : \"admin\", \"to\" : \"viewer\"}" ]
'
test_expect_success 'who was demoted has the lower role with his next request' '
	as owner && PATCH "/team/$admin_id/role" "{\"role\":\"member\"}" 204 && as admin && GET /invitations 403 && as owner && PATCH "/team/$admin_id/role" "{\"role\":\"admin\"}" 204 && as admin && GET /invitations 200
'
test_expect_success 'the last owner can neither leave nor be less' '
	as owner && DELETE "/team/$owner_id" 409 && body ".type == \"/problems/last-owner\"" && PATCH "/team/$owner_id/role" "{\"role\":\"admin\"}" 409 && [ "$(role_of "$owner_id")" = owner ]
'
test_expect_success 'two owners who demote one another at once: one owner stays' '
	sql "UPDATE membership SET role = '\''owner'\'' WHERE org_id = 1 AND user_id = $admin_id" &&
	here="locktype = '\''advisory'\'' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	# Whoever has the lock lets go when both wait for it.
	sql "SELECT pg_advisory_lock(hashtext('\''pulse.organisation'\''), hashint8(1)); DO \$\$ BEGIN FOR i IN 1..200 LOOP EXIT WHEN (SELECT count(*) FROM pg_locks WHERE NOT granted AND $here) >= 2; PERFORM pg_sleep(0.05); END LOOP; END \$\$" >/dev/null & hold=$!
	for i in $(seq 100); do [ "$(sql "SELECT count(*) FROM pg_locks WHERE granted AND $here")" -ge 1 ] && break; done
	(as owner && PATCH "/team/$admin_id/role" "{\"role\":\"viewer\"}" 204; echo "$status" >"$trash/first") & one=$!
	(trash=$trash/two; mkdir -p "$trash"; as admin && PATCH "/team/$owner_id/role" "{\"role\":\"viewer\"}" 204; echo "$status" >"$trash/second") & two=$!
	wait $hold $one $two
	[ "$(sort "$trash/first" "$trash/two/second" | tr "\n" " ")" = "204 403 " ] && [ "$(sql "SELECT count(*) FROM membership WHERE org_id = 1 AND role = '\''owner'\''")" = 1 ]
'
sql "UPDATE membership SET role = CASE user_id WHEN $owner_id THEN 'owner' ELSE 'admin' END WHERE org_id = 1 AND user_id IN ($owner_id, $admin_id)"

test_expect_success 'an invitation is a letter with a link of which the database has the hash' '
	as admin && sql "INSERT INTO team (org_id, slug, name) VALUES (1, '\''red'\'', '\''Red'\''), (2, '\''red'\'', '\''Red'\'')" &&
	POST /team/invite "{\"email\":\"New@X.test\",\"role\":\"manager\",\"teams\":[\"1\"]}" 201 && body ".email == \"new@x.test\" and .teams == [{\"id\":\"1\",\"name\":\"Red\"}] and .expired == false and .invitedBy == \"admin of acme\"" &&
	invitation=$(jq -r .id "$trash/out") && [ "$(sql "SELECT template, args->>'\''organisation'\'', args->>'\''inviter'\'', args->>'\''role'\'' FROM mail WHERE recipient = '\''new@x.test'\''")" = "invitation|acme|admin of acme|manager" ] &&
	token=$(link new@x.test) && [ ${#token} = 43 ] && [ "$(sql "SELECT count(*) FROM invitation WHERE token_hash = sha256('\''$token'\'')")" = 1 ] && GET /invitations 200 && body ".data | length == 1"
'
test_expect_success 'a team of another organisation, an owner by an admin, a member, the same address again: refused' '
	POST /team/invite "{\"email\":\"b@x.test\",\"teams\":[\"2\"]}" 404 && POST /team/invite "{\"email\":\"b@x.test\",\"role\":\"owner\"}" 403 &&
	POST /team/invite "{\"email\":\"member@acme.test\"}" 409 && body ".detail | contains(\"member already\")" && POST /team/invite "{\"email\":\"new@x.test\"}" 409 && body ".detail | contains(\"invited already\")" &&
	POST /team/invite "{\"email\":\"b@x.test\",\"teams\":\"1\"}" 400 && body ".errors[0].field == \"teams\"" && POST /team/invite "{\"email\":[\"b@x.test\"]}" 400 && body ".errors[0].field == \"email\"" &&
	as manager && POST /team/invite "{\"email\":\"b@x.test\"}" 403 && [ "$(sql "SELECT count(*) FROM invitation")" = 1 ]
'
test_expect_success 'who has the link sees where it leads, and nothing else' '
	TOKEN= && GET "/invitations/by-token?token=$token" 200 && body ". == {\"organisation\":\"acme\",\"email\":\"new@x.test\",\"role\":\"manager\",\"expired\":false}" && GET "/invitations/by-token?token=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" 404
'
test_expect_success 'the letter again has a new link, the old one is void; not twice within a minute' '
	as admin && POST "/invitations/$invitation/resend" "{}" 429 && head_has "Retry-After: 60" && sql "UPDATE invitation SET sent_at = now() - interval '\''2 minutes'\''" && POST "/invitations/$invitation/resend" "{}" 200 &&
	TOKEN= && GET "/invitations/by-token?token=$token" 404 && token=$(link new@x.test) && GET "/invitations/by-token?token=$token" 200
'
test_expect_success 'only the address that was invited may accept' '
	as owner_other && POST /invitations/accept "{\"token\":\"$token\"}" 403 && body ".detail | contains(\"another address\")" && TOKEN= && POST /invitations/accept "{\"token\":\"$token\"}" 401
'
outsider new@x.test && new=$TOKEN
test_expect_success 'of two accepts at once one lets in, and the team comes along' '
	(trash=$trash/two; mkdir -p "$trash"; TOKEN=$new && POST /invitations/accept "{\"token\":\"$token\"}" 200; echo "$status" >"$trash/second") & two=$!
	TOKEN=$new && POST /invitations/accept "{\"token\":\"$token\"}" 200; echo "$status" >"$trash/first"
	wait $two
	[ "$(sort "$trash/first" "$trash/two/second" | tr "\n" " ")" = "200 404 " ] && [ "$(sql "SELECT role FROM membership WHERE org_id = 1 AND user_id = $(user new@x.test)")" = manager ] &&
	[ "$(sql "SELECT count(*) FROM team_member WHERE org_id = 1 AND team_id = 1")" = 1 ] && [ "$(audit invitation.accepted)" = 1 ] && [ "$(sql "SELECT count(*) FROM invitation")" = 0 ]
'
test_expect_success 'an invitation whose time is over, or that was revoked, lets nobody in' '
	outsider late@x.test && late=$TOKEN && as admin && POST /team/invite "{\"email\":\"late@x.test\"}" 201 && token=$(link late@x.test) && id=$(jq -r .id "$trash/out") &&
	sql "UPDATE invitation SET expires_at = now() - interval '\''1 second'\''" && GET "/invitations/by-token?token=$token" 200 && body ".expired" && TOKEN=$late && POST /invitations/accept "{\"token\":\"$token\"}" 410 &&
	as admin && POST /team/invite "{\"email\":\"late@x.test\"}" 201 && token=$(link late@x.test) && id=$(jq -r .id "$trash/out") && DELETE "/invitations/$id" 204 && DELETE "/invitations/$id" 404 &&
	TOKEN=$late && POST /invitations/accept "{\"token\":\"$token\"}" 404 && [ "$(audit invitation.revoked)" = 1 ]
'
test_expect_success 'an invitation is worth what whoever made it may still give' '
	as owner && POST /team/invite "{\"email\":\"late@x.test\",\"role\":\"owner\"}" 201 && token=$(link late@x.test) && sql "UPDATE membership SET role = '\''owner'\'' WHERE org_id = 1 AND user_id = $admin_id; UPDATE membership SET role = '\''admin'\'' WHERE org_id = 1 AND user_id = $owner_id" &&
	TOKEN=$late && POST /invitations/accept "{\"token\":\"$token\"}" 410 && sql "UPDATE membership SET role = '\''owner'\'' WHERE org_id = 1 AND user_id = $owner_id; UPDATE membership SET role = '\''admin'\'' WHERE org_id = 1 AND user_id = $admin_id" &&
	POST /invitations/accept "{\"token\":\"$token\"}" 200 && body ".org == \"1\"" && [ "$(role_of "$(user late@x.test)")" = owner ]
'
test_expect_success 'another organisation cannot send or revoke it' '
	as admin && POST /team/invite "{\"email\":\"c@x.test\"}" 201 && id=$(jq -r .id "$trash/out") && as owner_other && GET /invitations 200 && body ".data == []" && DELETE "/invitations/$id" 404 && POST "/invitations/$id/resend" "{}" 404
'
test_expect_success 'who leaves is out with his next request, and so is who is removed' '
	as member && DELETE "/team/$member_id" 204 && GET /team 401 && [ "$(audit member.left)" = 1 ] && as admin && DELETE "/team/$manager_id" 204 && [ "$(audit member.removed)" = 1 ] && as manager && GET /team 401 &&
	[ "$(sql "SELECT count(*) FROM session WHERE user_id IN ($member_id, $manager_id)")" = 0 ]
'
# Of one role for everything there is nothing to be held off here.
[ -n "${PULSE_ONE_ROLE:-}" ] || test_expect_success 'the web role changes members of the organisation of its session only, whatever it says' '
	session=$(sql "SELECT id FROM session WHERE org_id = 1 AND user_id = $owner_id LIMIT 1") &&
	[ "$(sql_as web "BEGIN; SELECT set_config('\''pulse.session'\'', '\''$session'\'', true), set_config('\''pulse.org_id'\'', '\''2'\'', true); WITH u AS (UPDATE membership SET role = '\''viewer'\'' WHERE org_id = 2 RETURNING 1) SELECT count(*) FROM u" | tail -n 1)" = 0 ] &&
	! sql_as web "SELECT set_config('\''pulse.session'\'', '\''$session'\'', false); SELECT set_role(2, $stranger, '\''viewer'\'', NULL)" && ! sql_as web "SELECT token_hash FROM invitation" && ! sql_as web "INSERT INTO membership VALUES (1, $stranger, '\''owner'\'')" &&
	! sql_as web "UPDATE organisation SET plan = '\''enterprise'\''"
'
test_done
