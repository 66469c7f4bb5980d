#!/bin/sh
test_description='auth: login, refresh, logout, and what a session is worth'
program=auth
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as admin of acme
as_nobody
good='{"email":"admin@acme.test","password":"password of admin"}'

test_expect_success 'a login answers a token, the user and a cookie' '
	POST /auth/login "$good" 200 &&
	body ".accessToken | length > 100" && body ".expiresIn == 3600" &&
	body ".user.role == \"admin\" and .user.orgId == \"1\" and .user.email == \"admin@acme.test\"" &&
	head_has "Set-Cookie: pulse_refresh=.*Path=/api/v1/auth.*HttpOnly; SameSite=Strict"
'
TOKEN=$(jq -r .accessToken "$trash/out")
cookie=$(sed -n 's/^Set-Cookie: pulse_refresh=\([^;]*\);.*/\1/p' "$trash/head")
test_expect_success 'me says who and where' '
	GET /auth/me 200 && body ".organisation.slug == \"acme\" and .role == \"admin\""
'
as_nobody
test_expect_success 'a wrong password and an unknown address are the same answer' '
	POST /auth/login "{\"email\":\"admin@acme.test\",\"password\":\"wrong\"}" 401 && cp "$trash/out" "$trash/a" &&
	POST /auth/login "{\"email\":\"nobody@acme.test\",\"password\":\"wrong\"}" 401 &&
	[ "$(jq -c "del(.requestId)" "$trash/a")" = "$(jq -c "del(.requestId)" "$trash/out")" ]
'
test_expect_success 'a browser whose name is no UTF-8 may come in too' '
	HTTP_USER_AGENT=$(printf "Br\351wser/1") && export HTTP_USER_AGENT && POST /auth/login "$good" 200; came=$?; unset HTTP_USER_AGENT; [ $came = 0 ] &&
	[ "$(sql "SELECT user_agent FROM session ORDER BY created_at DESC LIMIT 1")" = "$(printf "Br\357\277\275wser/1")" ]
'
test_expect_success 'an address is no matter of case' 'POST /auth/login "{\"email\":\"Admin@ACME.test\",\"password\":\"password of admin\"}" 200'
for bad in '{}:email' '{"email":"x","password":"y"}:email' '{"email":"a@b.c"}:password' '{"email":"a@b.c","password":""}:password' '{"email":"a@b.c","password":"x","more":1}:more' '{"email":["a@b.c"],"password":"x"}:email' '{"email":null,"password":"x"}:email'; do
	test_expect_success "${bad%:*} is refused, naming ${bad##*:}" '
		POST /auth/login "${bad%:*}" 400 && body "[.errors[].field] | index(\"${bad##*:}\")"
	'
done
for type in text/plain 'text/plain; application/json' application/x-www-form-urlencoded application/jsonp ''; do
	test_expect_success "a body of the type \"$type\" is 415, and nobody is signed in" '
		before=$(sql "SELECT count(*) FROM session") && CONTENT_TYPE=$type &&
		POST /auth/login "$good" 415; bad=$?; unset CONTENT_TYPE; [ $bad = 0 ] && body ".type == \"/problems/wrong-type\"" &&
		! head_has Set-Cookie && [ "$(sql "SELECT count(*) FROM session")" = "$before" ]
	'
done
test_expect_success 'a charset may stand behind the type' '
	CONTENT_TYPE="Application/JSON; charset=utf-8"; POST /auth/login "$good" 200; bad=$?; unset CONTENT_TYPE; [ $bad = 0 ]
'
test_expect_success 'without a body there is no type to tell' '
	CONTENT_TYPE=; POST /auth/refresh "" 401; bad=$?; unset CONTENT_TYPE; [ $bad = 0 ]
'
for origin in https://evil.test null http://pulse.test.evil.test; do
	test_expect_success "a page of $origin may sign nobody in" '
		HTTP_ORIGIN=$origin && export HTTP_ORIGIN && POST /auth/login "$good" 403; bad=$?; unset HTTP_ORIGIN; [ $bad = 0 ] &&
		body ".type == \"/problems/foreign-origin\" and (.detail | startswith(\"\\\"$origin\\\" is not\"))" && ! head_has Set-Cookie
	'
done
test_expect_success 'our own page may' '
	HTTP_ORIGIN=http://pulse.test && export HTTP_ORIGIN && POST /auth/login "$good" 200; bad=$?; unset HTTP_ORIGIN; [ $bad = 0 ]
'
test_expect_success 'a body over 64 KB is 413 before it is read' '
	head -c 70000 /dev/zero | tr "\0" x >"$trash/big" && request POST /auth/login "$trash/big" && expect_status 413
'
test_expect_success 'a body shorter than it says is refused' '
	printf "{}" >"$trash/short" && REQUEST_METHOD=POST REQUEST_URI=/api/v1/auth/login CONTENT_LENGTH=50 \
		"$PULSE_BUILD/auth" <"$trash/short" | grep -q "Status: 400"
'
refresh() { HTTP_COOKIE="pulse_refresh=$1"; export HTTP_COOKIE; POST /auth/refresh "" "$2"; status_=$?; unset HTTP_COOKIE; return $status_; }
test_expect_success 'the cookie brings a new token and a new cookie' '
	refresh "$cookie" 200 && body ".accessToken" &&
	second=$(sed -n "s/^Set-Cookie: pulse_refresh=\([^;]*\);.*/\1/p" "$trash/head") && [ "$second" != "$cookie" ]
'
second=$(sed -n 's/^Set-Cookie: pulse_refresh=\([^;]*\);.*/\1/p' "$trash/head")
test_expect_success 'two tabs that refresh at once both go on' 'refresh "$cookie" 200 && refresh "$second" 200'
# given: the refresh cookie of the last answer.
given() { sed -n 's/^Set-Cookie: pulse_refresh=\([^;]*\);.*/\1/p' "$trash/head"; }
test_expect_success 'a cookie spent twice over ends its session, though the second spending was a moment ago' '
	as_nobody; POST /auth/login "$good" 200 && r0=$(given) && refresh "$r0" 200 && r1=$(given) && refresh "$r1" 200 && r2=$(given) &&
	refresh "$r0" 401 && refresh "$r2" 401
'
test_expect_success 'so does the predecessor of either of two tabs, when that tab went on' '
	POST /auth/login "$good" 200 && r0=$(given) && refresh "$r0" 200 && refresh "$r0" 200 && r1=$(given) && refresh "$r1" 200 && r2=$(given) &&
	refresh "$r0" 401 && refresh "$r2" 401
'
test_expect_success 'three tabs that refresh in the same instant all go on, and so does their session' '
	POST /auth/login "$good" 200 && r0=$(given) && export HTTP_COOKIE="pulse_refresh=$r0" &&
	for i in 1 2 3; do
		REQUEST_METHOD=POST REQUEST_URI=/api/v1/auth/refresh CONTENT_LENGTH=0 REMOTE_ADDR=192.0.2.7 GATEWAY_INTERFACE=CGI/1.1 "$PULSE_BUILD/auth" </dev/null >"$trash/tab$i" 2>>"$trash/log" &
	done; wait; unset HTTP_COOKIE
	for i in 1 2 3; do grep -q "^Status: 200" "$trash/tab$i" || return 1; done
	refresh "$(sed -n "s/^Set-Cookie: pulse_refresh=\([^;]*\);.*/\1/p" "$trash/tab2")" 200
'
test_expect_success 'a tab that began before another had spent the cookie is its successor all the same' '
	POST /auth/login "$good" 200 && r0=$(given) && hash="\\x$(printf %s "$r0" | sha256sum | cut -d " " -f 1)" &&
	{ sql "BEGIN; SELECT now(); SELECT pg_sleep(0.4); SELECT user_id FROM refresh_session('\''$hash'\'', '\''\\x01'\''); COMMIT" >"$trash/late" & } &&
	sleep 0.2 && refresh "$r0" 200 && wait &&
	sql "SELECT user_id FROM refresh_session('\''\\x01'\'', '\''\\x02'\'')" | grep -q "^[0-9]" && refresh "$r0" 401
'
test_expect_success 'a refresh whose answer was lost may be run again as it was' '
	POST /auth/login "$good" 200 && r0=$(given) && hash="\\x$(printf %s "$r0" | sha256sum | cut -d " " -f 1)" &&
	for i in 1 2; do sql "SELECT user_id FROM refresh_session('\''$hash'\'', '\''\\x03'\'')" | grep -q "^[0-9]" || return 1; done
'
test_expect_success 'so may a login' '
	for i in 1 2; do sql "SELECT begin_session(1, 1, '\''\\x04'\'', '\'''\'', '\'''\'')" >"$trash/began$i" || return 1; done && cmp "$trash/began1" "$trash/began2"
'
test_expect_success 'a cookie spent long ago ends its session' '
	sql "UPDATE refresh_token SET spent_at = now() - interval '\''1 minute'\'' WHERE spent_at IS NOT NULL" &&
	refresh "$cookie" 401 && refresh "$second" 401
'
test_expect_success 'and with it the tokens of that session, at once' 'GET /auth/me 401'
test_expect_success 'a foreign page may not refresh' '
	as_nobody; POST /auth/login "$good" 200 && cookie=$(sed -n "s/^Set-Cookie: pulse_refresh=\([^;]*\);.*/\1/p" "$trash/head") &&
	HTTP_ORIGIN=https://evil.test && export HTTP_ORIGIN && refresh "$cookie" 403; bad=$?; unset HTTP_ORIGIN; [ $bad = 0 ] && refresh "$cookie" 200
'
test_expect_success 'no cookie, or one that nobody gave: 401' 'POST /auth/refresh "" 401 && refresh nonsense 401'
test_expect_success 'logout ends the session at once and takes the cookies back' '
	POST /auth/login "$good" 200 && TOKEN=$(jq -r .accessToken "$trash/out") && GET /auth/me 200 &&
	POST /auth/logout "" 204 && head_has "Set-Cookie: pulse_refresh=;.*Max-Age=0" && head_has "Set-Cookie: pulse_live=;" &&
	GET /auth/me 401
'
# leave COOKIE STATUS: a logout by the refresh cookie, with TOKEN if there is one.
leave() { HTTP_COOKIE="pulse_live=x; pulse_refresh=$1"; export HTTP_COOKIE; POST /auth/logout "" "$2"; status_=$?; unset HTTP_COOKIE; return $status_; }
test_expect_success 'a logout when the access token has run out ends the session by the refresh cookie' '
	as_nobody; POST /auth/login "$good" 200 && r=$(given) && token=$(jq -r .accessToken "$trash/out") &&
	leave "$r" 204 && head_has "Set-Cookie: pulse_refresh=;.*Max-Age=0" && head_has "Set-Cookie: pulse_live=;.*Max-Age=0" &&
	refresh "$r" 401 && (TOKEN=$token && GET /auth/me 401)
'
test_expect_success 'also with the old token beside it' '
	POST /auth/login "$good" 200 && r=$(given) && (TOKEN=nonsense && leave "$r" 204) && refresh "$r" 401
'
test_expect_success 'and by a cookie that another tab has spent meanwhile' '
	POST /auth/login "$good" 200 && r=$(given) && refresh "$r" 200 && next=$(given) && leave "$r" 204 && refresh "$next" 401
'
test_expect_success 'token and cookie of two sessions: both end, since the browser keeps neither' '
	POST /auth/login "$good" 200 && token=$(jq -r .accessToken "$trash/out") && POST /auth/login "$good" 200 && r=$(given) &&
	(TOKEN=$token && leave "$r" 204 && GET /auth/me 401) && refresh "$r" 401
'
test_expect_success 'a second logout is as good as the first' '
	POST /auth/login "$good" 200 && r=$(given) && token=$(jq -r .accessToken "$trash/out") && leave "$r" 204 && leave "$r" 204 &&
	(TOKEN=$token && POST /auth/logout "" 204)
'
test_expect_success 'a foreign page may not sign anybody out' '
	POST /auth/login "$good" 200 && r=$(given) &&
	{ HTTP_ORIGIN=https://evil.test && export HTTP_ORIGIN && leave "$r" 403; bad=$?; unset HTTP_ORIGIN; [ $bad = 0 ]; } && refresh "$r" 200
'
test_expect_success 'a logout of nobody: 401' 'POST /auth/logout "" 401 && head_has "WWW-Authenticate: Bearer" && (TOKEN=nonsense && POST /auth/logout "" 401)'
test_expect_success 'the plugin is told of it' 'sql "SELECT payload FROM outbox WHERE stream = '\''control'\''" | grep -q "^kick "'
test_expect_success 'a member whose membership went is out' '
	as_nobody; POST /auth/login "$good" 200 && TOKEN=$(jq -r .accessToken "$trash/out") &&
	sql "DELETE FROM membership" && GET /auth/me 401
'
as_nobody
# More than eleven, since one more comes each six seconds on a slow machine.
test_expect_success 'more than ten logins a minute from one address: 429 and when to come again' '
	sed -i "s/^RATE_LIMIT_AUTH=.*/RATE_LIMIT_AUTH=10/" "$trash/pulse.conf" && REMOTE_ADDR=192.0.2.99 &&
	for i in 1 2 3 4 5 6 7 8 9 10; do POST /auth/login "{\"email\":\"x@y.z\",\"password\":\"x\"}" 401 || return 1; done &&
	for i in 1 2 3 4 5 6 7 8; do POST /auth/login "{\"email\":\"x@y.z\",\"password\":\"x\"}" 429 && break; done && expect_status 429 && head_has "Retry-After: [0-9]" &&
	REMOTE_ADDR=192.0.2.98 && POST /auth/login "{\"email\":\"x@y.z\",\"password\":\"x\"}" 401
'
test_expect_success 'the defaults are 10, 100 and 1000 a minute' '
	grep -q "RATE_LIMIT_AUTH\", 10," "$PULSE_TOP/lib/web/session.c" && grep -q "RATE_LIMIT_API\", 100," "$PULSE_TOP/lib/web/session.c" &&
	grep -q "RATE_LIMIT_WEBHOOKS\", 1000," "$PULSE_TOP/fcgi/webhooks.c"
'
for missing in JWT_SECRET PASSWORD_PEPPER DATABASE_URL; do
	test_expect_success "without $missing it does not start and says so in one line" '
		grep -v "^$missing=" "$trash/pulse.conf" >"$trash/less.conf" &&
		! PULSE_CONF=$trash/less.conf "$PULSE_BUILD/auth" --check 2>"$trash/why" && grep -q "$missing" "$trash/why" && [ "$(wc -l <"$trash/why")" = 1 ]
	'
done
test_expect_success 'a weak secret is refused without being shown' '
	sed "s/^JWT_SECRET=.*/JWT_SECRET=short-one/" "$trash/pulse.conf" >"$trash/weak.conf" &&
	! PULSE_CONF=$trash/weak.conf "$PULSE_BUILD/auth" --check 2>"$trash/why" && grep -q JWT_SECRET "$trash/why" && ! grep -q short-one "$trash/why"
'
test_done
