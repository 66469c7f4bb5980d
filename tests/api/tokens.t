#!/bin/sh
test_description='tokens: personal ones for scripts, and devices that are let in (RFC 8628)'
program=auth
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as owner of acme
mine=$TOKEN
audited() { [ "$(sql "SELECT count(*) FROM audit_log WHERE action = '$1'")" -ge "${2:-1}" ] || { echo "# no $1"; return 1; }; }
# made SCOPES: a token with these scopes.
made() { TOKEN=$mine; POST /auth/tokens "{\"name\":\"script\",\"scopes\":$1}" 201 && jq -r .token "$trash/out" >"$trash/pat" && TOKEN=$(cat "$trash/pat"); }

test_expect_success 'a token is shown once, and the database has its hash' '
	made "[\"read\"]" && body ".token | test(\"^pulse_pat_[A-Za-z0-9_-]{43}$\")" && body ".scopes == [\"read\"] and (.token | endswith(\"\"))" &&
	[ "$(sql "SELECT count(*) FROM personal_token WHERE hash = sha256('\''$TOKEN'\'')")" = 1 ] && ! psql -h "$PULSE_TEST_PG" -U pulse -d "$db" -Atc "SELECT t::text FROM pulse.personal_token t" | grep -q "$TOKEN" &&
	TOKEN=$mine && GET /auth/tokens 200 && body ".data[0].hint == \"$(tail -c 5 "$trash/pat")\" and .data[0].lastUsedAt == null and (.data[0] | has(\"token\") | not)" && audited token.created
'
test_expect_success 'read is good for a GET of any program, with the role of its owner' '
	TOKEN=$(cat "$trash/pat") && GET /auth/me 200 && body ".role == \"owner\"" && program=activity && GET /activity 200; bad=$?; program=auth; [ $bad = 0 ]
'
test_expect_success 'and for nothing else' '
	TOKEN=$(cat "$trash/pat") && program=activity && POST /activity/stream "{}" 403 && body ".type == \"/problems/token-scope\"" && head_has "WWW-Authenticate: .*insufficient_scope"; bad=$?; program=auth; [ $bad = 0 ]
'
test_expect_success 'live is good for the live connection only' '
	made "[\"live\"]" && program=activity && POST /activity/stream "{}" 200 && GET /activity 403; bad=$?; program=auth; [ $bad = 0 ]
'
test_expect_success 'write is good for a GET too' 'made "[\"write\",\"live\"]" && GET /auth/me 200'
for what in "GET /auth/tokens" "POST /auth/tokens" "GET /auth/sessions" "DELETE /auth/sessions" "POST /auth/change-password" "POST /auth/switch" "POST /auth/device" "DELETE /auth/github"; do
	test_expect_success "no token does $what, whatever its scopes" '
		printf "{}" >"$trash/in" && in=$trash/in; [ "${what%% *}" = POST ] || in=; request ${what%% *} ${what#* } "$in" && expect_status 403
	'
done
for bad in '[]' '["read","read"]' '["all"]' '"read"' '["read",]' '{"read":true}' '["read" ,"live"' '[["read"]]'; do
	test_expect_success "the scopes $bad are refused" 'TOKEN=$mine && POST /auth/tokens "{\"name\":\"x\",\"scopes\":$bad}" 400'
done
test_expect_success 'a token of more than a year, or without a name, is refused' '
	TOKEN=$mine && POST /auth/tokens "{\"name\":\"x\",\"scopes\":[\"read\"],\"expiresInDays\":367}" 400 && body ".errors[0].field == \"expiresInDays\"" && POST /auth/tokens "{\"name\":\"\",\"scopes\":[\"read\"]}" 400
'
test_expect_success 'its last use is kept, at most once a minute' '
	made "[\"read\"]" && used="SELECT s.last_seen_at FROM session s JOIN personal_token p ON p.session_id = s.id ORDER BY p.id DESC LIMIT 1" && first=$(sql "$used") && GET /auth/me 200 && [ "$(sql "$used")" = "$first" ] &&
	sql "UPDATE session SET last_seen_at = now() - interval '\''61 s'\'', created_at = now() - interval '\''1 day'\'' WHERE kind = '\''token'\''" && first=$(sql "$used") && GET /auth/me 200 && [ "$(sql "$used")" != "$first" ] && TOKEN=$mine && GET /auth/tokens 200 && body ".data[0].lastUsedAt | test(\"Z$\")"
'
test_expect_success 'one that has expired is refused' 'TOKEN=$(cat "$trash/pat") && sql "UPDATE session SET expires_at = now() WHERE kind = '\''token'\'' AND id = (SELECT session_id FROM personal_token ORDER BY id DESC LIMIT 1)" && GET /auth/me 401'
test_expect_success 'one that is revoked is refused at once, and the plugin is told' '
	made "[\"read\"]" && GET /auth/me 200 && id=$(sql "SELECT max(id) FROM personal_token") && TOKEN=$mine && DELETE /auth/tokens/$id 204 && DELETE /auth/tokens/$id 404 && TOKEN=$(cat "$trash/pat") && GET /auth/me 401 && audited token.revoked &&
	sql "SELECT payload FROM outbox" | grep -q "^kick "
'
test_expect_success 'nobody revokes another'"'"'s' '
	made "[\"read\"]" && id=$(sql "SELECT max(id) FROM personal_token") && signed_in_as member of acme && DELETE /auth/tokens/$id 404 && GET /auth/tokens 200 && body ".data == []" && TOKEN=$(cat "$trash/pat") && GET /auth/me 200
'
test_expect_success 'words that only look like one are refused' '
	for t in pulse_pat_ pulse_pat_x "$(cat "$trash/pat")x" "pulse_pat_$(head -c 3000 /dev/zero | tr "\0" a)"; do TOKEN=$t; GET /auth/me 401 || return 1; done
'
test_expect_success 'a token can give itself back' 'TOKEN=$(cat "$trash/pat") && POST /auth/logout "" 204 && GET /auth/me 401'
test_expect_success 'it is worth what its owner is worth now' '
	made "[\"read\"]" && sql "UPDATE membership SET role = '\''viewer'\'' WHERE user_id = 1" && GET /auth/me 200 && body ".rights == [\"see\"]"; sql "UPDATE membership SET role = '\''owner'\'' WHERE user_id = 1"
'
test_expect_success 'a changed password leaves tokens, a reset one ends them' '
	TOKEN=$mine && POST /auth/change-password "{\"current\":\"password of owner\",\"password\":\"new words of owner\"}" 204 && TOKEN=$(cat "$trash/pat") && GET /auth/me 200 &&
	TOKEN= POST /auth/forgot-password "{\"email\":\"owner@acme.test\"}" 202 && t=$(sql "SELECT args->>'\''url'\'' FROM mail WHERE template = '\''reset-password'\''" | sed "s/.*token=//") &&
	TOKEN= POST /auth/reset-password "{\"token\":\"$t\",\"password\":\"password of owner\"}" 204 && GET /auth/me 401
'
as_nobody
POST /auth/login '{"email":"owner@acme.test","password":"password of owner"}' 200; mine=$(jq -r .accessToken "$trash/out")
test_expect_success 'fifty are enough' '
	TOKEN=$mine && sql "WITH s AS (INSERT INTO session (org_id, user_id, kind, expires_at) SELECT 1, 1, '\''token'\'', now() + interval '\''1 day'\'' FROM generate_series(1, 50) RETURNING id) INSERT INTO personal_token (hash, session_id, name, scopes, hint) SELECT sha256(id::text::bytea), id, '\''x'\'', '\''read'\'', '\''xxxx'\'' FROM s" &&
	POST /auth/tokens "{\"name\":\"x\",\"scopes\":[\"read\"]}" 409 && sql "DELETE FROM session WHERE kind = '\''token'\''"
'

# Devices.
FORM() { CONTENT_TYPE=application/x-www-form-urlencoded; TOKEN= POST "$@"; bad=$?; unset CONTENT_TYPE; return $bad; }
ask() { FORM /auth/device-authorization client_id=pulse-tracker 200 && device=$(jq -r .device_code "$trash/out") code=$(jq -r .user_code "$trash/out"); }
poll() { FORM /auth/token "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=${3:-pulse-tracker}&device_code=$device" $1 && body "$2"; }
later() { sql "UPDATE device_authorisation SET polled_at = polled_at - interval '1 minute'"; }
yes() { TOKEN=$mine; POST /auth/device "{\"userCode\":\"$1\",\"approve\":$2}" "$3"; }
test_expect_success 'a program gets two codes, where to go, and how long they are good' '
	ask && body ".user_code | test(\"^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$\")" && body ".expires_in == 600 and .interval == 5 and (.verification_uri | startswith(\"http://pulse.test/\"))" &&
	body ".verification_uri_complete == .verification_uri + \"?code=\" + .user_code" && head_has "Cache-Control: no-store"
'
test_expect_success 'until somebody says yes it waits, and one that asks too often is told to slow down' '
	poll 400 ".error == \"authorization_pending\"" && poll 400 ".error == \"slow_down\"" && [ "$(sql "SELECT pause FROM device_authorisation")" = 10 ] && later && poll 400 ".error == \"authorization_pending\""
'
test_expect_success 'the person sees what asks, with the code as he types it' '
	TOKEN=$mine && GET "/auth/device?code=$(echo "$code" | tr -d - | tr A-Z a-z)" 200 && body ".client == \"Pulse time tracker\" and .address == \"192.0.2.7\"" && GET "/auth/device?code=BBBB-BBBB" 404 && GET "/auth/device?code=AAAA-AAAA" 400
'
test_expect_success 'he says yes: the program has tokens, once, and a session of its own' '
	yes "$code" true 204 && yes "$code" true 404 && later && poll 200 ".token_type == \"Bearer\" and .expires_in == 3600" && renewal=$(jq -r .refresh_token "$trash/out") && TOKEN=$(jq -r .access_token "$trash/out") && poll 400 ".error == \"invalid_grant\"" &&
	GET /auth/me 200 && GET /auth/sessions 200 && body ".data | map(.kind) | index(\"device\")" && audited device.approved
'
test_expect_success 'it renews them by the refresh token, each good once' '
	renew="client_id=pulse-tracker&grant_type=refresh_token&refresh_token=" && FORM /auth/token "$renew$renewal" 200 && next=$(jq -r .refresh_token "$trash/out") && FORM /auth/token "$renew$next" 200 && FORM /auth/token "$renew$renewal" 400 && body ".error == \"invalid_grant\"" &&
	audited session.token-reused && [ "$(sql "SELECT count(*) FROM session WHERE kind = '\''device'\''")" = 0 ]
'
test_expect_success 'he says no: it hears so' 'ask && yes "$code" false 204 && poll 400 ".error == \"access_denied\"" && audited device.refused'
test_expect_success 'a code that nobody answered expires' 'ask && sql "UPDATE device_authorisation SET expires_at = now()" && poll 400 ".error == \"expired_token\"" && yes "$code" true 404'
test_expect_success 'two who fetch at once: one has the tokens' '
	ask && yes "$code" true 204 && for i in 1 2; do printf "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=pulse-tracker&device_code=$device" | REQUEST_METHOD=POST REQUEST_URI=/api/v1/auth/token CONTENT_TYPE=application/x-www-form-urlencoded CONTENT_LENGTH= GATEWAY_INTERFACE=CGI/1.1 "$PULSE_BUILD/auth" >"$trash/at.$i" 2>>"$trash/log" & done; wait
	[ "$(grep -h "^Status" "$trash"/at.* | sort | tr -dc "0-9 ")" = " 200 400" ]
'
test_expect_success 'another program than the one that asked gets nothing' 'ask && yes "$code" true 204 && poll 400 ".error == \"invalid_grant\"" pulse-cli'
for bad in 'client_id=other:401:invalid_client' ':400:invalid_request' 'client_id=pulse-cli&client_id=pulse-cli:400:invalid_request' 'client_id=%zz:400:invalid_request' 'client_id=:400:invalid_request'; do
	test_expect_success "\"${bad%%:*}\" is refused in the words of the RFC" 'rest=${bad#*:} && FORM /auth/device-authorization "${bad%%:*}" "${rest%:*}" && body ".error == \"${rest#*:}\""'
done
test_expect_success 'so are another grant, none, and a body of JSON' '
	FORM /auth/token "client_id=pulse-cli&grant_type=password" 400 && body ".error == \"unsupported_grant_type\"" && FORM /auth/token "client_id=pulse-cli" 400 && body ".error == \"invalid_request\"" && TOKEN= POST /auth/token "{}" 400 && body ".error == \"invalid_request\""
'
test_expect_success 'what it does not know it passes over, as the RFC wants it' 'FORM /auth/device-authorization "client_id=pulse-cli&scope=x&colour=blue" 200'
test_expect_success 'codes cannot be tried out: ten a minute' '
	sed -i "s/^RATE_LIMIT_AUTH=.*/RATE_LIMIT_AUTH=10/" "$trash/pulse.conf" && REMOTE_ADDR=192.0.2.77 && TOKEN=$mine && for i in 1 2 3 4 5 6 7 8 9 10; do GET "/auth/device?code=BBBB-BBBB" 404 || return 1; done && GET "/auth/device?code=BBBB-BBBB" 429
'
test_done
