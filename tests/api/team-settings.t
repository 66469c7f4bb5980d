#!/bin/sh
test_description='team: settings of a person and of an organisation, and its logo'
program=team
. "$(dirname "$0")/../lib/test-lib.sh"

signed_in_as member of acme && member=$TOKEN
signed_in_as admin of acme && admin=$TOKEN
signed_in_as admin of other && other=$TOKEN
TOKEN=$admin
# bytes NAME OCTAL...: a file
bytes() { file=$1; shift; printf "$*" >"$trash/$file"; }
bytes png '\211PNG\r\n\032\n\0\0\0\rIHDR\0\0\0\100\0\0\0\100\010\006\0\0\0\0\0\0\0'
bytes huge.png '\211PNG\r\n\032\n\0\0\0\rIHDR\0\0\100\0\0\0\0\100\010\006\0\0\0\0\0\0\0'
bytes jpeg '\377\330\377\340\0\020JFIF\0\001\001\0\0\001\0\001\0\0\377\300\0\021\010\0\040\0\100\003\001\021\0\002\021\001\003\021\001'
bytes webp 'RIFF\032\0\0\0WEBPVP8L\015\0\0\0\057\037\300\007\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
bytes gif 'GIF89a\100\0\100\0\200\0\0\0\0\0\377\377\377\054\0\0\0\0\100\0\100\0\0\002'
logo() { CONTENT_TYPE=${3:-image/png} request PUT /settings/logo "$trash/$1"; expect_status "$2"; }

test_expect_success 'a profile is read and changed by whose it is' '
	TOKEN=$member && GET /settings/profile 200 && body ". == {\"name\":\"member of acme\",\"timeZone\":\"UTC\",\"theme\":\"system\",\"locale\":\"en\"}" &&
	PUT /settings/profile "{\"name\":\"Änn\",\"timeZone\":\"Europe/Berlin\",\"theme\":\"dark\",\"locale\":\"de-CH\"}" 200 && body ". == {\"name\":\"Änn\",\"timeZone\":\"Europe/Berlin\",\"theme\":\"dark\",\"locale\":\"de-CH\"}" && [ "$(sql "SELECT count(*) FROM user_account WHERE theme = '\''dark'\''")" = 1 ]
'
test_expect_success 'every bad field of it is named' '
	PUT /settings/profile "{\"name\":\" \",\"timeZone\":\"1\",\"theme\":\"pink\",\"locale\":\"english\"}" 400 && body "[.errors[].field] == [\"name\", \"timeZone\", \"theme\", \"locale\"]" && PUT /settings/profile "{\"name\":\"A\",\"timeZone\":\"Mars/Base\",\"theme\":\"dark\",\"locale\":\"en\"}" 400 && body ".errors[0].field == \"timeZone\""
'
[ -n "${PULSE_ONE_ROLE:-}" ] || test_expect_success 'in SQL the web role changes nobody but the session'"'"'s person' '
	session=$(sql "SELECT s.id FROM session s JOIN user_account u ON u.id = s.user_id WHERE u.email = '\''member@acme.test'\''") &&
	[ "$(sql_as web "BEGIN; SELECT set_config('\''pulse.session'\'', '\''$session'\'', true), set_config('\''pulse.user_id'\'', '\''2'\'', true); WITH u AS (UPDATE user_account SET theme = '\''light'\'' RETURNING email) SELECT string_agg(email, '\'','\'') FROM u; ROLLBACK" | tail -n 1)" = member@acme.test ] && ! sql_as web "UPDATE user_account SET email = '\''x@x.test'\''"
'
test_expect_success 'settings begin with the defaults, and say what may be chosen' '
	GET /settings/organisation 403 && TOKEN=$admin && GET /settings/organisation 200 && body ".colours == {\"light\":null,\"dark\":null} and .thresholds.stalledHours == 48 and .flags.emailsVisible == true and .personFigures == \"managers\" and .bots == []" &&
	body "[.known.thresholds[] | select(.name == \"riskHigh\")][0] | .default == 70 and .least == 2 and .most == 99" && body "(.known.thresholds | map(.name) | sort) == (.thresholds | keys)"
'
test_expect_success 'what is chosen stays, and what is not named too' '
	PUT /settings/organisation "{\"colours\":{\"light\":\"#0F766E\",\"dark\":\"#4fd1bd\"},\"flags\":{\"emailsVisible\":false},\"thresholds\":{\"stalledHours\":72},\"bots\":[\"Renovate[bot]\",\"ci-user\"],\"retention\":{\"activityDays\":90},\"holidays\":[\"2026-12-25\"],\"personFigures\":\"self\"}" 200 &&
	PUT /settings/organisation "{\"thresholds\":{\"riskHigh\":80}}" 200 && body ".colours == {\"light\":\"#0f766e\",\"dark\":\"#4fd1bd\"} and .thresholds.stalledHours == 72 and .thresholds.riskHigh == 80 and .bots == [\"ci-user\", \"renovate[bot]\"] and .retention == {\"activityDays\":90,\"auditDays\":null} and .holidays == [\"2026-12-25\"] and .personFigures == \"self\" and .flags.emailsVisible == false" &&
	TOKEN=$other && GET /settings/organisation 200 && body ".thresholds.stalledHours == 48 and .bots == []" && TOKEN=$admin && [ "$(sql "SELECT count(*) FROM audit_log WHERE action = '\''settings.changed'\''")" = 2 ]
'
test_expect_success 'an address is not seen by other members where the organisation says so' '
	TOKEN=$member && GET /team 200 && body "[.data[] | select(.email)] | length == 1" && TOKEN=$admin && GET /team 200 && body "all(.data[]; .email)"
'
test_expect_success 'a colour on which text cannot be read is refused with its field and its ratio' '
	PUT /settings/organisation "{\"colours\":{\"light\":\"#ffcc00\",\"dark\":\"#333333\"}}" 400 && body "[.errors[].field] == [\"colours.light\", \"colours.dark\"]" && body ".errors[0].message | test(\"contrast of 1[.][0-9]{2} with .* of the light theme, less than 4.5\")" &&
	PUT /settings/organisation "{\"colours\":{\"lihgt\":\"#0f766e\"}}" 400 && body "[.errors[].field] == [\"colours.lihgt\"]" &&
	PUT /settings/organisation "{\"colours\":{\"light\":\"red\"}}" 400 && body ".errors[0].field == \"colours.light\"" && GET /settings/organisation 200 && body ".colours.light == \"#0f766e\"" && PUT /settings/organisation "{\"colours\":{\"light\":null}}" 200 && body ".colours == {\"light\":null,\"dark\":null}"
'
test_expect_success 'every bad setting is named, and nothing of the rest is taken' '
	PUT /settings/organisation "{\"flags\":{\"warp\":true,\"emailsVisible\":\"yes\"},\"thresholds\":{\"stalledHours\":0,\"speed\":1,\"riskJumpPoints\":1.5},\"bots\":[\"a b\",7],\"retention\":{\"activityDays\":5,\"for\":1},\"holidays\":[\"2026-02-30\"]}" 400 &&
	body "[.errors[].field] | unique == [\"bots\", \"flags.emailsVisible\", \"flags.warp\", \"holidays\", \"retention.activityDays\", \"retention.for\", \"thresholds.riskJumpPoints\", \"thresholds.speed\", \"thresholds.stalledHours\"]" &&
	PUT /settings/organisation "{\"thresholds\":{\"riskMedium\":90}}" 400 && body ".errors[0].field == \"thresholds.riskMedium\"" && PUT /settings/organisation "{\"bots\":[\"a\\u0000b\"]}" 400 && PUT /settings/organisation "{\"bots\":{},\"flags\":[],\"personFigures\":\"all\",\"x\":1}" 400 && body "[.errors[].field] | sort == [\"bots\", \"flags\", \"personFigures\", \"x\"]" && GET /settings/organisation 200 && body ".thresholds.riskMedium == 40"
'
test_expect_success 'retention stays within the plan, and the feed keeps to both' '
	sql "UPDATE organisation SET plan = '\''free'\'' WHERE id = 1" && PUT /settings/organisation "{\"retention\":{\"activityDays\":91}}" 400 && body ".errors[0].message == \"is more than the 90 days of plan \\\"free\\\"\"" && PUT /settings/organisation "{\"retention\":{\"activityDays\":30,\"auditDays\":60}}" 200 &&
	sql "INSERT INTO activity_event (org_id, at, type, key, version, digest, json) SELECT o, now() - d * interval '\''1 day'\'', '\''commit'\'', o || '\''-'\'' || d, 1, 1, '\''{}'\'' FROM generate_series(1, 2) o, unnest(ARRAY[20, 40, 100]) d" && { "$PULSE_BUILD/clean-up" 2>"$trash/clean" || { cat "$trash/clean"; return 1; }; } && [ "$(sql "SELECT string_agg(key, '\'' '\'' ORDER BY key) FROM activity_event")" = "1-20 2-100 2-20 2-40" ]
'
test_expect_success 'PNG, JPEG and WebP are logos by their bytes, whatever the sender calls them' '
	logo jpeg 200 text/html && body ".type == \"image/jpeg\" and .width == 64 and .height == 32" && logo webp 200 && body ".type == \"image/webp\" and .width == 32 and .height == 32" && logo png 200 && body ".type == \"image/png\" and .width == 64" && name=$(jq -r .name "$trash/out") && [ "$(sql "SELECT count(*) FROM organisation_logo")" = 1 ]
'
test_expect_success 'who knows its name has it, as it was, and no browser makes anything else of it' '
	TOKEN= && GET "/settings/logo/$name" 200 && cmp "$trash/out" "$trash/png" && head_has "Content-Type: image/png" && head_has "X-Content-Type-Options: nosniff" && head_has "Content-Security-Policy: default-src '\''none'\''; sandbox" && HTTP_IF_NONE_MATCH="\"$name\"" && export HTTP_IF_NONE_MATCH && GET "/settings/logo/$name" 304; unset HTTP_IF_NONE_MATCH
	GET /settings/logo/00000000000000000000000000000000 404 && GET /settings/logo/x 400
'
test_expect_success 'what is no such picture, too wide, or too large is refused' '
	TOKEN=$admin && logo gif 400 && body ".errors[0].message == \"is not a PNG, WebP or JPEG picture\"" && logo huge.png 400 && body ".errors[0].message | contains(\"16384 × 64\")" && { cat "$trash/png"; head -c 262144 /dev/zero; } >"$trash/large" && logo large 413 && head -c 20 "$trash/png" >"$trash/cut" && logo cut 400 && TOKEN=$member && logo png 403 && TOKEN= && logo png 401
'
test_expect_success 'a logo goes' 'TOKEN=$admin && DELETE /settings/logo 204 && TOKEN= && GET "/settings/logo/$name" 404'
test_done
