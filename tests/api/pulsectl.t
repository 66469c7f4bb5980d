#!/bin/sh
test_description='pulsectl: people, passwords, doors, and what it refuses'
program=auth
. "$(dirname "$0")/../lib/test-lib.sh"

login() { POST /auth/login "{\"email\":\"$1\",\"password\":\"$2\"}" "$3"; }
pulsectl create-org acme --name Acme >/dev/null
pulsectl create-org other --name Other >/dev/null

test_expect_success 'a new user gets a password that is told once' '
	pulsectl create-user ann@acme.test --org acme --name Ann >"$trash/said2" && password=$(sed -n "s/^password //p" "$trash/said2") &&
	[ ${#password} -ge 16 ] && login ann@acme.test "$password" 200 && body ".user.role == \"member\""
'
test_expect_success 'a role in another organisation leaves the password as it is' '
	echo "another password" | pulsectl create-user ann@acme.test --org other --name Ann --role admin --password-stdin >"$trash/said2" &&
	grep -q "was there already" "$trash/said2" && login ann@acme.test "$password" 200 && login ann@acme.test "another password" 401
'
test_expect_success 'a role that does not exist leaves no user behind' '
	! pulsectl create-user bob@acme.test --org acme --name Bob --role king 2>"$trash/said2" && grep -q role "$trash/said2" &&
	[ -z "$(sql "SELECT 1 FROM user_account WHERE email = '\''bob@acme.test'\''")" ]
'
test_expect_success 'a new password ends the sessions and the old password' '
	login ann@acme.test "$password" 200 && TOKEN=$(jq -r .accessToken "$trash/out") && GET /auth/me 200 &&
	echo "a new password" | pulsectl set-password ann@acme.test --password-stdin >/dev/null && GET /auth/me 401 && TOKEN= &&
	login ann@acme.test "$password" 401 && login ann@acme.test "a new password" 200
'
test_expect_success 'nobody gets a password who is not there' '! pulsectl set-password nobody@acme.test >/dev/null 2>"$trash/said2" && grep -q "nobody@acme.test" "$trash/said2"'
test_expect_success 'a short password is refused' '! echo short | pulsectl create-user c@acme.test --org acme --name C --password-stdin 2>"$trash/said2" && grep -q "8 characters" "$trash/said2"'
test_expect_success 'a wrong time zone is refused by name' '! pulsectl create-team t --org acme --name T --time-zone Mars/Base 2>"$trash/said2" && grep -q Mars/Base "$trash/said2"'
test_expect_success 'without a key no door is left half made' '
	sed "/^ENCRYPTION_KEY/d" "$trash/pulse.conf" >"$trash/keyless.conf" && ! PULSE_CONF=$trash/keyless.conf pulsectl create-door --org acme 2>"$trash/said2" &&
	grep -q ENCRYPTION_KEY "$trash/said2" && [ "$(sql "SELECT count(*) FROM connection")" = 0 ]
'
test_expect_success 'a wrong command, option or organisation is named' '
	! pulsectl frobnicate 2>"$trash/said2" && grep -q frobnicate "$trash/said2" && ! pulsectl create-team t --org acme --nom T 2>"$trash/said2" && grep -q nom "$trash/said2" &&
	! pulsectl create-team t --org nowhere --name T 2>"$trash/said2" && grep -q nowhere "$trash/said2"
'
test_expect_success 'settings of the log may stand in the configuration' '
	conf LOG_LEVEL=error && rm -f "$trash/log" && login nobody@x.test wrong-password 401 && [ ! -s "$trash/log" ]
'
test_expect_success 'a letter that no mail server takes is shown with its link' '
	sql "SELECT send_mail(1, '\''Dora@acme.test'\'', '\''invitation'\'', '\''{\"url\":\"https://pulse.test/invite?token=abc\"}'\'')" &&
	pulsectl letters dora@ACME.test >"$trash/letters" && grep -q "dora@acme.test  invitation  https://pulse.test/invite?token=abc$" "$trash/letters" && [ "$(wc -l <"$trash/letters")" = 1 ] &&
	sql "UPDATE mail SET state = '\''SENT'\''" && [ -z "$(pulsectl letters)" ]
'
test_done
