#!/bin/sh
test_description='limits: how often somebody may, and how a guesser is slowed'
program=auth
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme
as_nobody
right='{"email":"owner@acme.test","password":"password of owner"}'
wrong='{"email":"owner@acme.test","password":"a guess"}'
unknown='{"email":"nobody@acme.test","password":"a guess"}'
# set NAME VALUE: a setting from now on.
set_() { sed -i "s/^$1=.*/$1=$2/" "$trash/pulse.conf"; }
forget() { sql "TRUNCATE rate_limit" && rm -f "$trash"/shared-*; }
wait_told() { sed -n 's/^Retry-After: //p' "$trash/head"; }
device() { sed -n 's/^Set-Cookie: pulse_device=\([^;]*\);.*/\1/p' "$trash/head"; }
# from ADDRESS BODY STATUS [DEVICE]: a login.
from() { (REMOTE_ADDR=$1; [ -z "${4:-}" ] || export HTTP_COOKIE="pulse_device=$4"; POST /auth/login "$2" "$3"); }
# again N COMMAND...
again() { n=$1; shift; while [ "$n" -gt 0 ]; do "$@" || return 1; n=$((n - 1)); done; }

test_expect_success 'as it comes: 10 logins a minute an address, 100 requests a user, 1000 deliveries wrongly signed; 10 failed logins an hour, 100 an account' '
	while read -r file name value; do grep -q "\"$name\", $value, 1" "$PULSE_TOP/$file" || { echo "$name"; return 1; }; done <<-E
	lib/web/limit.c RATE_LIMIT_AUTH 10
	lib/web/limit.c RATE_LIMIT_API 100
	lib/web/limit.c RATE_LIMIT_LOGIN 10
	lib/web/limit.c RATE_LIMIT_DEVICE 10
	lib/web/limit.c RATE_LIMIT_ACCOUNT 100
	fcgi/webhooks.c RATE_LIMIT_WEBHOOKS 1000
	fcgi/authorizer.c RATE_LIMIT_LIVE 60
	E
'
test_expect_success 'take_limit() lets in a burst, then one a gap, and says how long to wait' '
	[ "$(sql "SELECT string_agg(take_limit('\''t'\'', '\''x'\'', 3, 60, 1)::text, '\'' '\'') FROM generate_series(1, 5)")" = "0 0 0 20 20" ] &&
	[ "$(sql "SELECT take_limit('\''t'\'', '\''y'\'', 3, 60, 1), take_limit('\''u'\'', '\''x'\'', 3, 60, 1), take_limit('\''t'\'', '\''x'\'', 3, 60, 0)")" = "0|0|20" ] &&
	sql "UPDATE rate_limit SET due = due - interval '\''20 s'\''" && [ "$(sql "SELECT string_agg(take_limit('\''t'\'', '\''x'\'', 3, 60, 1)::text, '\'' '\'') FROM generate_series(1, 2)")" = "0 20" ]
'
test_expect_success 'a refusal writes no row, nor does a question' '
	before=$(sql "SELECT string_agg(ctid::text || xmin || xmax || due, '\'','\'' ORDER BY key) FROM rate_limit") &&
	sql "SELECT take_limit('\''t'\'', '\''x'\'', 3, 60, 1) FROM generate_series(1, 50)" >/dev/null && sql "SELECT take_limit('\''t'\'', '\''new'\'', 3, 60, 0)" >/dev/null &&
	[ "$before" = "$(sql "SELECT string_agg(ctid::text || xmin || xmax || due, '\'','\'' ORDER BY key) FROM rate_limit")" ]
'
test_expect_success 'twenty at once are not more than the rule lets in' '
	for i in $(seq 20); do sql "SELECT take_limit('\''at'\'', '\''once'\'', 7, 3600, 1)" >"$trash/at$i" & done; wait
	[ "$(cat "$trash"/at[0-9]* | grep -cx 0)" = 7 ] && ! cat "$trash"/at[0-9]* | grep -q "^-"
'
test_expect_success 'a clock that was set back locks nobody out' '
	sql "UPDATE rate_limit SET due = now() + interval '\''1 day'\''" && [ "$(sql "SELECT take_limit('\''t'\'', '\''x'\'', 3, 60, 1)")" = 0 ] && [ "$(sql "SELECT take_limit('\''t'\'', '\''x'\'', 3, 60, 1)")" = 0 ]
'
test_expect_success 'nobody reads from it who came from where, and only the job deletes' '
	sql "SELECT take_limit('\''auth'\'', '\''192.0.2.55'\'', 3, 60, 1)" >/dev/null && ! sql "SELECT encode(key, '\''escape'\'') FROM rate_limit" | grep -q 192 &&
	for who in web auth read ingest bridge; do ! sql_as $who "SELECT * FROM rate_limit" && ! sql_as $who "DELETE FROM rate_limit" || return 1; done
'
test_expect_success 'clean-up forgets what counts no more' '
	sql "UPDATE rate_limit SET due = now() - interval '\''1 s'\''" && sql "SELECT take_limit('\''z'\'', '\''z'\'', 1, 60, 1)" >/dev/null &&
	"$PULSE_BUILD/clean-up" 2>>"$trash/log" && [ "$(sql "SELECT count(*) FROM rate_limit")" = 1 ]
'
test_expect_success 'the eleventh login of a minute from an address is 429 with Retry-After; another address may' '
	forget && set_ RATE_LIMIT_AUTH 10 && again 10 from 192.0.2.1 "$wrong" 401 && from 192.0.2.1 "$right" 429 && [ "$(wait_told)" -ge 1 ] && [ "$(wait_told)" -le 6 ] &&
	body ".type == \"/problems/too-many-requests\"" && from 192.0.2.2 "$right" 200
'
test_expect_success 'it holds on another host too, and after a restart' 'rm -f "$trash"/shared-* && from 192.0.2.1 "$right" 429'
set_ RATE_LIMIT_AUTH 3
test_expect_success 'what this host has refused already does not ask the database' '
	sql "TRUNCATE rate_limit" && again 3 from 192.0.2.3 "$wrong" 401 && sql "TRUNCATE rate_limit" && from 192.0.2.3 "$right" 429 && [ "$(sql "SELECT count(*) FROM rate_limit")" = 0 ]
'
test_expect_success 'IPv6 counts by /64: a house is one, whatever addresses it takes' '
	forget && for i in 1 2 3; do from "2001:db8:1:2:$i::$i" "$wrong" 401 || return 1; done && from 2001:db8:1:2:ffff:1:2:3 "$right" 429 && from 2001:db8:1:3::1 "$right" 200
'
test_expect_success 'IPv4 in the dress of IPv6 is IPv4' 'forget && again 3 from ::ffff:192.0.2.4 "$wrong" 401 && from 192.0.2.4 "$right" 429'
forwarded() { (export HTTP_X_FORWARDED_FOR="$2"; from "$1" "$3" "$4"); }
test_expect_success 'X-Forwarded-For changes nothing, unless a trusted proxy says it' '
	forget && again 3 forwarded 192.0.2.5 203.0.113.1 "$wrong" 401 && forwarded 192.0.2.5 203.0.113.2 "$right" 429 && from 203.0.113.1 "$right" 200 &&
	conf "TRUSTED_PROXIES=192.0.2.5, 10.0.0.0/8" && forget && again 3 forwarded 192.0.2.5 203.0.113.1 "$wrong" 401 && forwarded 192.0.2.5 203.0.113.1 "$right" 429 && forwarded 192.0.2.5 203.0.113.2 "$right" 200 &&
	[ "$(sql "SELECT address FROM session ORDER BY created_at DESC LIMIT 1")" = 203.0.113.2 ]
'
test_expect_success 'of several the last that is no proxy of ours counts; what the client wrote before it does not' '
	forwarded 192.0.2.5 "198.51.100.7, 203.0.113.9, 10.1.2.3" "$right" 200 && [ "$(sql "SELECT address FROM session ORDER BY created_at DESC LIMIT 1")" = 203.0.113.9 ] &&
	forwarded 192.0.2.5 "1.2.3.4, nonsense" "$right" 200 && [ "$(sql "SELECT address FROM session ORDER BY created_at DESC LIMIT 1")" = 192.0.2.5 ] &&
	forwarded 192.0.2.5 "[2001:db8::7]:443" "$right" 200 && [ "$(sql "SELECT address FROM session ORDER BY created_at DESC LIMIT 1")" = 2001:db8::7 ]
'
test_expect_success 'a proxy that is no address stops the program with one line' '
	sed "s/^TRUSTED_PROXIES=.*/TRUSTED_PROXIES=10.0.0.0\/33/" "$trash/pulse.conf" >"$trash/odd.conf" && ! PULSE_CONF=$trash/odd.conf "$PULSE_BUILD/auth" --check 2>"$trash/why" && grep -q "TRUSTED_PROXIES is" "$trash/why"
'
# Guessing.
set_ RATE_LIMIT_AUTH 100000; set_ RATE_LIMIT_LOGIN 3; set_ RATE_LIMIT_DEVICE 2; set_ RATE_LIMIT_ACCOUNT 8
test_expect_success 'a login gives the browser a cookie that scripts cannot read, for the address it signed in with' '
	forget && from 192.0.2.20 "$right" 200 && head_has "Set-Cookie: pulse_device=[0-9]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*; Path=/api/v1/auth; Max-Age=34560000; HttpOnly; SameSite=Strict" && device >"$trash/device"
'
mine=$(cat "$trash/device")
test_expect_success 'after three failures a stranger waits, right or wrong, and hears how long' '
	again 3 from 192.0.2.21 "$wrong" 401 && from 192.0.2.21 "$right" 429 && [ "$(wait_told)" -gt 60 ] && [ "$(wait_told)" -le 1200 ]
'
test_expect_success 'nobody else is locked out by that: not the browser that was here before, not another address' '
	from 192.0.2.21 "$right" 200 "$mine" && from 192.0.2.22 "$right" 200
'
test_expect_success 'other accounts neither, from the same address' 'from 192.0.2.21 "$unknown" 401'
test_expect_success 'an account that does not exist is slowed in the same way' 'again 2 from 192.0.2.21 "$unknown" 401 && from 192.0.2.21 "$unknown" 429'
test_expect_success 'the case of the address makes no other account of it' 'from 192.0.2.21 "{\"email\":\"OWNER@Acme.test\",\"password\":\"password of owner\"}" 429'
test_expect_success 'many addresses are slowed for one account all together; the known browser does not notice' '
	forget && for i in 1 2 3 4 5 6 7 8; do from "198.51.100.$i" "$wrong" 401 || return 1; done && from 198.51.100.9 "$right" 429 && from 198.51.100.9 "$right" 200 "$mine"
'
test_expect_success 'a known browser that guesses is slowed by itself' '
	forget && again 2 from 192.0.2.20 "$wrong" 401 "$mine" && from 192.0.2.20 "$right" 429 "$mine" && from 192.0.2.20 "$right" 200
'
test_expect_success 'a cookie of another account, a changed one and one past its time are a stranger'\''s' '
	forget && again 3 from 192.0.2.23 "$wrong" 401 && echo "password of other" | pulsectl create-user other@acme.test --org acme --name Other --role member --password-stdin >/dev/null &&
	from 192.0.2.24 "{\"email\":\"other@acme.test\",\"password\":\"password of other\"}" 200 && other=$(device) &&
	from 192.0.2.23 "$right" 429 "$other" && from 192.0.2.23 "$right" 429 "9$mine" && from 192.0.2.23 "$right" 429 "${mine%??}xx" && from 192.0.2.23 "$right" 429 "1.${mine#*.}" && from 192.0.2.23 "$right" 429 "$(head -c 3000 /dev/zero | tr "\0" a)" && from 192.0.2.23 "$right" 429 "."
'
test_expect_success 'it counts as one audience more: no key of another token makes a device' '
	grep -q "derive_key(.*\"device\"" "$PULSE_TOP/lib/web/limit.c"
'
program=activity
test_expect_success 'a user has RATE_LIMIT_API requests a minute, from wherever' '
	set_ RATE_LIMIT_API 4 && program=auth && from 192.0.2.30 "$right" 200 && TOKEN=$(jq -r .accessToken "$trash/out") && program=activity && rm -f "$trash"/shared-* &&
	for i in 1 2 3 4; do REMOTE_ADDR=192.0.2.$i; GET /activity 200 || return 1; done && GET /activity 429 && head_has "Retry-After: 15" && [ "$(sql "SELECT count(*) FROM rate_limit WHERE key = sha256('\''api 1'\'')")" = 0 ]
'
as_nobody; echo '{"zen":"z"}' >"$trash/ping"; set_ RATE_LIMIT_WEBHOOKS 3
test_expect_success 'a source has RATE_LIMIT_WEBHOOKS wrongly signed deliveries a minute; a rightly signed one is never refused' '
	for i in 1 2 3; do deliver ping "$trash/ping" 403 "" wrong || return 1; done && deliver ping "$trash/ping" 429 "" wrong && head_has "Retry-After: [0-9]" && deliver ping "$trash/ping" 202 && body ".status == \"postponed\""
'
test_done
