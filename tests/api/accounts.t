#!/bin/sh
test_description='accounts: register, verify, forget, reset, change, sessions, another organisation'
program=auth
. "$(dirname "$0")/../lib/test-lib.sh"

conf SIGN_UP=open
# link TEMPLATE TO: the token of the last such letter to an address.
link() { sql "SELECT args->>'url' FROM mail WHERE template = '$1' AND recipient = '$2' ORDER BY id DESC LIMIT 1" | sed 's/.*token=//'; }
letters() { sql "SELECT count(*) FROM mail WHERE template = '$1' AND recipient = '$2'"; }
given() { sed -n 's/^Set-Cookie: pulse_refresh=\([^;]*\);.*/\1/p' "$trash/head"; }
refresh() { HTTP_COOKIE="pulse_refresh=$1"; export HTTP_COOKIE; POST /auth/refresh "" "$2"; status_=$?; unset HTTP_COOKIE; return $status_; }
token() { jq -r .accessToken "$trash/out"; }
login() { TOKEN= POST /auth/login "{\"email\":\"$1\",\"password\":\"$2\"}" "$3"; }
audited() { [ "$(sql "SELECT count(*) FROM audit_log WHERE action = '$1'")" -ge "${2:-1}" ] || { echo "# no $1"; return 1; }; }
ann='{"email":"Ann@New.test","password":"a long enough one","name":"Ann","organisation":"Änder & Co"}'

test_expect_success 'who registers is written to, and has no account yet' '
	POST /auth/register "$ann" 202 && body ". == {\"status\":\"verify\"}" && [ "$(letters verify-email ann@new.test)" = 1 ] &&
	[ "$(sql "SELECT count(*) FROM user_account")" = 0 ] && ! head_has Set-Cookie &&
	sql "SELECT args->>'\''url'\'' FROM mail" | grep -q "^http://pulse.test/verify-email?token=[A-Za-z0-9_-]\{43\}$"
'
test_expect_success 'with the right password he is told to open the link, with a wrong one nothing' '
	login ann@new.test "a long enough one" 403 && body ".type == \"/problems/email-not-verified\"" && login ann@new.test wrong 401
'
t=$(link verify-email ann@new.test)
test_expect_success 'no token stands in the database, but its hash' '
	[ "$(sql "SELECT count(*) FROM one_time_token WHERE hash = sha256('\''$t'\'')")" = 1 ]
'
test_expect_success 'the link makes account and organisation, and signs in' '
	POST /auth/verify-email "{\"token\":\"$t\"}" 200 && body ".user.email == \"ann@new.test\" and .user.role == \"owner\"" && [ -n "$(given)" ] &&
	[ "$(sql "SELECT name, slug FROM organisation")" = "Änder & Co|nder-co" ] && audited organisation.created && audited account.verified && audited session.began
'
TOKEN=$(token)
test_expect_success 'the link is good once' 'POST /auth/verify-email "{\"token\":\"$t\"}" 410 && body ".type == \"/problems/link-spent\""'
test_expect_success 'me tells rights, organisations, profile and how one comes in' '
	GET /auth/me 200 && body ".rights == [\"see\",\"connect\",\"manage\",\"administer\",\"own\"]" && body ".organisations[0].role == \"owner\" and .emailVerified and .hasPassword" &&
	body ".github == null and .branding == {\"name\":\"Änder & Co\",\"colours\":{\"light\":null,\"dark\":null},\"logo\":null} and .profile == {\"timeZone\":\"UTC\",\"theme\":\"system\",\"locale\":\"en\"}"
'
as_nobody
test_expect_success 'a known address has the same answer, another letter, and its password stays' '
	POST /auth/register "{\"email\":\"ann@new.test\",\"password\":\"quite another one\",\"name\":\"Eve\"}" 202 && body ". == {\"status\":\"verify\"}" &&
	[ "$(letters account-exists ann@new.test)" = 1 ] && login ann@new.test "quite another one" 401 && login ann@new.test "a long enough one" 200
'
test_expect_success 'two who claim one address: each link brings its own password, the first that is used counts' '
	for who in Eve Bob; do POST /auth/register "{\"email\":\"bob@new.test\",\"password\":\"the words of $who\",\"name\":\"$who\"}" 202 || return 1; done &&
	POST /auth/verify-email "{\"token\":\"$(link verify-email bob@new.test)\"}" 200 && login bob@new.test "the words of Bob" 200 && login bob@new.test "the words of Eve" 401 &&
	[ "$(sql "SELECT count(*) FROM registration")" = 0 ] && [ "$(sql "SELECT o.name FROM organisation o JOIN membership m ON m.org_id = o.id JOIN user_account u ON u.id = m.user_id WHERE u.email = '\''bob@new.test'\''")" = Bob ]
'
# raw PATH BODY FILE: one of several at once.
raw() { printf %s "$2" | REQUEST_METHOD=POST REQUEST_URI=/api/v1$1 CONTENT_LENGTH=$(printf %s "$2" | wc -c) CONTENT_TYPE=application/json REMOTE_ADDR=192.0.2.7 GATEWAY_INTERFACE=CGI/1.1 "$PULSE_BUILD/auth" >"$3" 2>>"$trash/log"; }
statuses() { grep -ah "^Status: " "$trash"/at.* | tr -dc '0-9\n' | sort | tr '\n' ' '; }
test_expect_success 'one link used twice at once: one is signed in, one account is there' '
	POST /auth/register "{\"email\":\"cy@new.test\",\"password\":\"a long enough one\",\"name\":\"Cy\"}" 202 && t=$(link verify-email cy@new.test) &&
	for i in 1 2 3; do raw /auth/verify-email "{\"token\":\"$t\"}" "$trash/at.$i" & done; wait; [ "$(statuses)" = "200 410 410 " ] && [ "$(sql "SELECT count(*) FROM organisation WHERE name = '\''Cy'\''")" = 1 ]
'
test_expect_success 'two links of one address used at once: one account' '
	for i in 1 2; do POST /auth/register "{\"email\":\"di@new.test\",\"password\":\"a long enough one\",\"name\":\"Di\"}" 202; eval "t$i=\$(link verify-email di@new.test)"; done; rm -f "$trash"/at.*;
	raw /auth/verify-email "{\"token\":\"$t1\"}" "$trash/at.1" & raw /auth/verify-email "{\"token\":\"$t2\"}" "$trash/at.2" & wait; [ "$(statuses)" = "200 410 " ] && [ "$(sql "SELECT count(*) FROM user_account WHERE email = '\''di@new.test'\''")" = 1 ]
'
test_expect_success 'the letter comes again, for who waits for it and for nobody else; the answer is the same' '
	POST /auth/register "{\"email\":\"ed@new.test\",\"password\":\"a long enough one\",\"name\":\"Ed\"}" 202 && POST /auth/resend-verification "{\"email\":\"ed@new.test\"}" 202 && cp "$trash/out" "$trash/a" &&
	[ "$(letters verify-email ed@new.test)" = 2 ] && POST /auth/resend-verification "{\"email\":\"nobody@new.test\"}" 202 && cmp "$trash/a" "$trash/out" && [ "$(letters verify-email nobody@new.test)" = 0 ] &&
	POST /auth/resend-verification "{\"email\":\"ann@new.test\"}" 202 && [ "$(letters verify-email ann@new.test)" = 1 ] && POST /auth/verify-email "{\"token\":\"$(link verify-email ed@new.test)\"}" 200
'
test_expect_success 'five letters an hour for an address, and no more' '
	for i in 1 2 3 4 5 6 7; do POST /auth/forgot-password "{\"email\":\"ed@new.test\"}" 202 || return 1; done && [ "$(sql "SELECT count(*) FROM mail WHERE recipient = '\''ed@new.test'\''")" = 5 ]
'
test_expect_success 'a link of yesterday is good no longer' '
	POST /auth/register "{\"email\":\"fay@new.test\",\"password\":\"a long enough one\",\"name\":\"Fay\"}" 202 && sql "UPDATE one_time_token SET expires_at = now() - interval '\''1 s'\'' WHERE spent_at IS NULL" &&
	POST /auth/verify-email "{\"token\":\"$(link verify-email fay@new.test)\"}" 410
'
for bad in 'elevenchars:password' 'ann@new.test:password' 'password1234:password' 'aaaaaaaaaaaaaaaa:password' 'abcabcabcabcabc:password' '123456789012:password' 'Somebody Else:password'; do
	test_expect_success "the password \"${bad%:*}\" is refused" '
		POST /auth/register "{\"email\":\"ann@new.test\",\"password\":\"${bad%:*}\",\"name\":\"Somebody Else\"}" 400 && body "[.errors[].field] == [\"password\"]"
	'
done
test_expect_success 'twelve letters of any script will do, and eleven will not' '
	POST /auth/register "{\"email\":\"g@new.test\",\"password\":\"пароль длинный\",\"name\":\"G\"}" 202 && POST /auth/register "{\"email\":\"g@new.test\",\"password\":\"длинныйпаро\",\"name\":\"G\"}" 400
'
test_expect_success 'a password of 60 KB is refused without a hash being made of it' '
	sed -i "s/^PASSWORD_COST=.*/PASSWORD_COST=15/" "$trash/pulse.conf" && long=$(head -c 60000 /dev/zero | tr "\0" x) && began=$(date +%s%N) &&
	POST /auth/register "{\"email\":\"h@new.test\",\"password\":\"$long\",\"name\":\"H\"}" 400; bad=$?; took=$((($(date +%s%N) - began) / 1000000)); sed -i "s/^PASSWORD_COST=.*/PASSWORD_COST=4/" "$trash/pulse.conf"; [ $bad = 0 ] && [ $took -lt 600 ]
'
test_expect_success 'a name of two lines is refused' 'POST /auth/register "{\"email\":\"h@new.test\",\"password\":\"a long enough one\",\"name\":\"H\\nBcc: x@y.z\"}" 400 && body ".errors[0].field == \"name\""'
test_expect_success 'a page of another site registers and verifies nobody' '
	HTTP_ORIGIN=https://evil.test && export HTTP_ORIGIN && POST /auth/register "$ann" 403 && POST /auth/verify-email "{\"token\":\"$t\"}" 403; bad=$?; unset HTTP_ORIGIN; [ $bad = 0 ]
'
for how in closed invited; do
	test_expect_success "where sign-up is $how nobody registers by himself, and providers says so" '
		conf SIGN_UP=$how && POST /auth/register "$ann" 403 && body ".type == \"/problems/sign-up-closed\"" && GET /auth/providers 200 && body ". == {\"password\":true,\"github\":false,\"signUp\":\"$how\"}"
	'
done
test_expect_success 'an invitation that is none opens nothing' '
	POST /auth/register "{\"email\":\"i@new.test\",\"password\":\"a long enough one\",\"name\":\"I\",\"invitation\":\"$t\"}" 410 && [ -z "$(sql "SELECT 1 FROM user_account WHERE email = '\''i@new.test'\''")" ]
'
test_expect_success 'a word that SIGN_UP does not know stops the program' '
	sed "s/^SIGN_UP=.*//" "$trash/pulse.conf" >"$trash/odd.conf" && echo SIGN_UP=maybe >>"$trash/odd.conf" && ! PULSE_CONF=$trash/odd.conf "$PULSE_BUILD/auth" --check 2>"$trash/why" && grep -q "SIGN_UP" "$trash/why"
'

login ann@new.test 'a long enough one' 200
TOKEN=$(token) r=$(given)
as_nobody
test_expect_success 'who forgot gets a link, who is nobody the same answer' '
	POST /auth/forgot-password "{\"email\":\"ann@new.test\"}" 202 && cp "$trash/out" "$trash/a" && POST /auth/forgot-password "{\"email\":\"nobody@new.test\"}" 202 && cmp "$trash/a" "$trash/out" &&
	[ "$(letters reset-password ann@new.test)" = 1 ] && [ "$(letters reset-password nobody@new.test)" = 0 ] && audited account.reset-asked
'
t=$(link reset-password ann@new.test)
test_expect_success 'a password that may not be does not spend the link' '
	POST /auth/reset-password "{\"token\":\"$t\",\"password\":\"ANN@new.test\"}" 400 && body ".errors[0].field == \"password\"" && POST /auth/reset-password "{\"token\":\"$t\",\"password\":\"short\"}" 400
'
test_expect_success 'one link used at once with two passwords: one of them counts, every session ends' '
	rm -f "$trash"/at.*; raw /auth/reset-password "{\"token\":\"$t\",\"password\":\"the words of one\"}" "$trash/at.1" & raw /auth/reset-password "{\"token\":\"$t\",\"password\":\"the words of two\"}" "$trash/at.2" & wait
	[ "$(statuses)" = "204 410 " ] && refresh "$r" 401 && { login ann@new.test "the words of one" 200 || login ann@new.test "the words of two" 200; } && login ann@new.test "a long enough one" 401 &&
	[ "$(letters password-changed ann@new.test)" = 1 ] && audited account.password-reset
'
test_expect_success 'that link is spent, and so is every other of that account' '
	POST /auth/reset-password "{\"token\":\"$t\",\"password\":\"the words of three\"}" 410 && [ "$(sql "SELECT count(*) FROM one_time_token t JOIN user_account u ON u.id = t.user_id WHERE u.email = '\''ann@new.test'\'' AND spent_at IS NULL")" = 0 ]
'
test_expect_success 'a verifying link resets nothing' 'POST /auth/reset-password "{\"token\":\"$(link verify-email ann@new.test)\",\"password\":\"the words of three\"}" 410'
mine='the words of Bob'
login bob@new.test "$mine" 200; r=$(given)
login bob@new.test "$mine" 200; TOKEN=$(token) r2=$(given)
test_expect_success 'a changed password wants the old one, and a good new one' '
	POST /auth/change-password "{\"current\":\"wrong\",\"password\":\"another good one\"}" 400 && body ".errors[0].field == \"current\"" &&
	POST /auth/change-password "{\"current\":\"$mine\",\"password\":\"bob@new.test\"}" 400 && body ".errors[0].field == \"password\""
'
test_expect_success 'it ends the other sessions and not this one' '
	POST /auth/change-password "{\"current\":\"$mine\",\"password\":\"another good one\"}" 204 && GET /auth/me 200 && refresh "$r" 401 && refresh "$r2" 200 && login bob@new.test "$mine" 401 && audited account.password-changed
'
mine='another good one'
export HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
login bob@new.test "$mine" 200; r=$(given); unset HTTP_USER_AGENT
test_expect_success 'sessions are listed with device and place, the own one marked' '
	GET /auth/sessions 200 && body "[.data[] | select(.current)] | length == 1" && body ".data | map(.device) | index(\"Firefox, Linux\")" && body ".data[0].address == \"192.0.2.7\" and (.data[0].lastSeenAt | endswith(\"Z\"))"
'
other=$(jq -r '.data[] | select(.current | not) | .id' "$trash/out" | head -n 1)
test_expect_success 'one is ended, at once; one that is not his is not there' '
	DELETE "/auth/sessions/$other" 204 && DELETE "/auth/sessions/$other" 404 && refresh "$r" 401 && audited session.ended &&
	(login ann@new.test "the words of one" 200 >/dev/null || login ann@new.test "the words of two" 200; TOKEN=$(token); GET /auth/sessions 200 && DELETE "/auth/sessions/$(sql "SELECT s.id FROM session s JOIN user_account u ON u.id = s.user_id WHERE u.email = '\''bob@new.test'\'' LIMIT 1")" 404)
'
login bob@new.test "$mine" 200; r=$(given)
test_expect_success 'or all others' 'DELETE /auth/sessions 204 && refresh "$r" 401 && GET /auth/me 200 && GET /auth/sessions 200 && body ".data | length == 1"'
bobs=$(sql "SELECT org_id FROM membership m JOIN user_account u ON u.id = m.user_id WHERE u.email = 'bob@new.test'")
sql "INSERT INTO membership SELECT 1, id, 'viewer' FROM user_account WHERE email = 'bob@new.test'"
test_expect_success 'who belongs to two organisations goes from one to the other, and the old token is void' '
	old=$TOKEN && POST /auth/switch "{\"org\":\"1\"}" 200 && body ".user.role == \"viewer\" and .user.orgId == \"1\"" && new=$(token) && TOKEN=$old && GET /auth/me 401 && TOKEN=$new && GET /auth/me 200 && body ".rights == [\"see\"] and (.organisations | length == 2)" &&
	audited session.switched && sql "SELECT payload FROM outbox WHERE stream = '\''control'\''" | grep -q "^kick "
'
test_expect_success 'not where he is no member' 'POST /auth/switch "{\"org\":\"3\"}" 404 && POST /auth/switch "{\"org\":\"99999\"}" 404 && POST /auth/switch "{\"org\":\"x\"}" 400 && GET /auth/me 200'
test_expect_success 'a refresh while he goes: one session, in one of the two, goes on' '
	login bob@new.test "$mine" 200 && TOKEN=$(token) && r=$(given) && org=$(jq -r .user.orgId "$trash/out") && to=$([ "$org" = 1 ] && echo "$bobs" || echo 1) && export HTTP_AUTHORIZATION="Bearer $TOKEN" HTTP_COOKIE="pulse_refresh=$r" && rm -f "$trash"/at.*;
	raw /auth/switch "{\"org\":\"$to\"}" "$trash/at.1" & raw /auth/refresh "" "$trash/at.2" & wait; unset HTTP_AUTHORIZATION HTTP_COOKIE; [ "$(statuses)" = "200 200 " ] &&
	next=$(sed -n "s/^Set-Cookie: pulse_refresh=\([^;]*\);.*/\1/p" "$trash/at.2") && refresh "$next" 200 && body ".user.orgId == \"$to\"" && TOKEN=$(token) && GET /auth/me 200
'
test_expect_success 'a refresh that waits for a switch to commit goes on behind it' '
	login bob@new.test "$mine" 200 && r=$(given) && org=$(jq -r .user.orgId "$trash/out") && to=$([ "$org" = 1 ] && echo "$bobs" || echo 1);
	sql "BEGIN; UPDATE session s SET org_id = $to FROM user_account u WHERE u.id = s.user_id AND u.email = '\''bob@new.test'\'' AND s.org_id = $org; SELECT pg_sleep(1.5); COMMIT" >/dev/null & hold=$!
	for i in $(seq 50); do [ -n "$(sql "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = '\''PgSleep'\''")" ] && break; done
	refresh "$r" 200; kept=$?; wait $hold; [ $kept = 0 ] && body ".user.orgId == \"$to\""
'
as_nobody
test_expect_success 'who belongs to no organisation any more is told so' '
	sql "DELETE FROM membership m USING user_account u WHERE u.id = m.user_id AND u.email = '\''bob@new.test'\''" && login bob@new.test "$mine" 403 && body ".type == \"/problems/no-organisation\""
'
test_expect_success 'no program reads tokens or registrations, and only auth makes accounts' '
	for t in one_time_token registration personal_token github_identity device_authorisation; do for who in web read ingest bridge auth; do ! sql_as $who "SELECT * FROM $t" || { echo "# $who $t"; return 1; }; done; done;
	[ -n "${PULSE_ONE_ROLE:-}" ] || { ! sql_as web "SELECT verify_email('\''\\x00'\'', '\''\\x00'\'', '\'''\'', '\'''\'')" && ! sql_as job "SELECT open_token('\''\\x00'\'')" && ! sql_as ingest "SELECT reset_password('\''\\x00'\'', '\'''\'', '\'''\'')" &&
	! sql_as auth "SELECT found_organisation(1, '\''x'\'', '\'''\'')" && ! sql_as auth "INSERT INTO membership VALUES (1, 1, '\''owner'\'')"; }
'
test_done
