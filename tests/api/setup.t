#!/bin/sh
test_description='pulsectl: setup, roles, plans, keys, and what doctor finds'
program=auth
. "$(dirname "$0")/../lib/test-lib.sh"

login() { POST /auth/login "{\"email\":\"$1\",\"password\":\"$2\"}" "$3"; }
psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atqc "CREATE DATABASE ${db}_s OWNER $owner"
setup() { PULSE_CONF="$trash/new.conf" pulsectl setup --org first --name First --email Ann@First.test --user Ann --frontend http://127.0.0.1 --database "postgresql:///${db}_s?user=$owner&host=$PULSE_TEST_PG" --sql "$PULSE_TOP/sql" "$@" </dev/null; }

test_expect_success 'setup makes configuration, database, organisation and owner; nobody else may read the secrets' '
	setup >"$trash/said2" && [ "$(stat -c %a "$trash/new.conf")" = 600 ] && [ "$(grep -cE "^(JWT_SECRET|PASSWORD_PEPPER|ENCRYPTION_KEY|BRIDGE_KEY|GITHUB_WEBHOOK_SECRET)=[0-9a-f]{64}$" "$trash/new.conf")" = 5 ] &&
	password=$(sed -n "s/^password //p" "$trash/said2") && [ ${#password} -ge 16 ] && PULSE_CONF=$trash/new.conf login ann@first.test "$password" 200 && body ".user.role == \"owner\""
'
test_expect_success 'setup again changes nothing' '
	cp "$trash/new.conf" "$trash/before" && setup >"$trash/said2" && cmp "$trash/new.conf" "$trash/before" && grep -q "it has an owner" "$trash/said2" && ! grep -q "^password" "$trash/said2" && PULSE_CONF=$trash/new.conf login ann@first.test "$password" 200
'
test_expect_success 'without a terminal what is missing is named' '! PULSE_CONF="$trash/new.conf" pulsectl setup </dev/null 2>"$trash/said2" && grep -q -- "--org is missing" "$trash/said2"'
psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atqc "DROP DATABASE ${db}_s WITH (FORCE)"

pulsectl create-org acme --name Acme --plan free >/dev/null
for p in ann:owner bob:member; do echo "password of p" | pulsectl create-user "${p%:*}@acme.test" --org acme --name P --role "${p#*:}" --password-stdin >/dev/null; done
test_expect_success 'a role is set, and the only owner stays one' '
	pulsectl set-role Bob@acme.test --org acme --role admin && login bob@acme.test "password of p" 200 && body ".user.role == \"admin\"" && ! pulsectl set-role ann@acme.test --org acme --role admin 2>"$trash/said2" && grep -q "only owner" "$trash/said2" &&
	pulsectl set-role bob@acme.test --org acme --role owner && pulsectl set-role ann@acme.test --org acme --role viewer && ! pulsectl set-role nobody@acme.test --org acme --role viewer 2>"$trash/said2" && grep -q nobody "$trash/said2" && ! pulsectl set-role ann@acme.test --org acme --role king 2>/dev/null &&
	[ "$(sql "SELECT count(*) FROM audit_log WHERE actor = '\''pulsectl'\'' AND action = '\''member.role-changed'\''")" = 3 ]
'
test_expect_success 'a plan is set, and what is used of it told; a wrong one is refused' '
	pulsectl set-plan team --org acme | grep -q "0 of 100 repositories, 2 of 100 members" && pulsectl set-plan enterprise --org acme | grep -q "any number of members" && ! pulsectl set-plan gold --org acme 2>/dev/null && [ "$(sql "SELECT plan FROM organisation")" = enterprise ]
'
printf %s '{"zen":"x","hook_id":1}' >"$trash/ping"
door=$(pulsectl create-door --org acme) && number=$(echo "$door" | sed -n 's/^door //p') old=$(echo "$door" | sed -n 's/^secret //p')
knock() { deliver ping "$trash/ping" "$2" "" "$1" "/webhooks/github/$number"; }
test_expect_success 'a door gets a new secret, and the old one opens it no more' '
	knock "$old" 202 && pulsectl rotate-secret "$number" >"$trash/said2" && new=$(sed -n "s/^secret //p" "$trash/said2") && [ "$new" != "$old" ] && knock "$old" 403 && knock "$new" 202 && ! pulsectl rotate-secret 999 2>/dev/null
'
# seal KEY PLACE: as lib/base/crypto.h says.
seal() { node -e 'const c = require("crypto"), [key, place] = process.argv.slice(1), n = c.randomBytes(12), g = c.createCipheriv("aes-256-gcm", Buffer.from(key, "hex"), n); g.setAAD(Buffer.from(place)); const t = Buffer.concat([g.update("gho_token"), g.final()]); process.stdout.write("0." + Buffer.concat([n, t, g.getAuthTag()]).toString("base64url"))' "$1" "$2"; }
test_expect_success 'another key: all is sealed again, then the old key may go' '
	person=$(sql "SELECT min(id) FROM user_account") && sql "INSERT INTO github_identity (host, github_id, user_id, login, token) VALUES ('\''github.com'\'', 7, $person, '\''ann'\'', '\''$(seal "$(sed -n "s/^ENCRYPTION_KEY=//p" "$trash/pulse.conf")" "github_identity.token/$person/7")'\'')" &&
	conf "ENCRYPTION_KEY_2=$(openssl rand -hex 32)" && conf ENCRYPTION_KEY_ID=2 && pulsectl rotate-key >"$trash/said2" && grep -q "secrets of doors: 1 sealed with key 2, 0 left" "$trash/said2" && grep -q "tokens of GitHub: 1 sealed with key 2, 0 left" "$trash/said2" && pulsectl rotate-key | grep -q "doors: 0 sealed" &&
	[ "$(sql "SELECT split_part(secret, '\''.'\'', 1) FROM connection")" = 2 ] && sed -i "/^ENCRYPTION_KEY=/d" "$trash/pulse.conf" && knock "$new" 202
'
test_expect_success 'what no key opens is left and told' '
	conf "ENCRYPTION_KEY=$(openssl rand -hex 32)" && conf ENCRYPTION_KEY_ID=0 && sed -i "/^ENCRYPTION_KEY_2=/d" "$trash/pulse.conf" && ! pulsectl rotate-key >"$trash/said2" 2>&1 && grep -q "does not open" "$trash/said2" && grep -q "0 sealed with key 0, 1 left" "$trash/said2"
'
test_expect_success 'doctor says of everything how it is, and what is to be done' '
	chmod 640 "$trash/pulse.conf"; sql "SELECT keep_partitions('\''30 days'\''); UPDATE bridge_mark SET beat_at = now()" >/dev/null
	! pulsectl doctor >"$trash/said2"; grep -qE "^ok +migrations" "$trash/said2" && grep -qE "^ok +partitions" "$trash/said2" && grep -qE "^ok +clock" "$trash/said2" && grep -qE "^ok +files .*pulse.conf" "$trash/said2" && grep -qE "^warn +address +http://pulse.test.* -> " "$trash/said2" &&
	grep -qE "^bad +broker .* -> start" "$trash/said2" && grep -qE "^warn +mail .* -> set SMTP_URL" "$trash/said2" && grep -q "^1 things are to be done" "$trash/said2"
'
test_expect_success 'and well when all is: status 0' '
	conf MQTT_URL= && chmod 640 "$trash/pulse.conf" && pulsectl doctor >"$trash/said2" && grep -q "all is well" "$trash/said2" && grep -qE "^warn +cron .* -> .*--crontab" "$trash/said2" &&
	"$PULSE_BUILD/fold-rollups" 2>>"$trash/log" && pulsectl doctor >"$trash/said2" && grep -qE "^ok +cron" "$trash/said2"
'
test_expect_success 'a file that others may read, a weak secret, a migration that is missing: each is bad' '
	chmod 644 "$trash/pulse.conf" && conf JWT_SECRET=short && sql "DELETE FROM migration WHERE name = '\''0010-organisations.sql'\''" && ! pulsectl doctor >"$trash/said2" && grep -qE "^bad +configuration JWT_SECRET" "$trash/said2" && grep -qE "^bad +files .* -> chmod 640" "$trash/said2" && grep -qE "^bad +migrations .* -> pulsectl migrate" "$trash/said2"
'
test_expect_success 'a database that is away is told within seconds' '
	conf DATABASE_ADMIN_URL="postgresql:///nothing?host=$trash" && ! pulsectl doctor >"$trash/said2" && grep -qE "^bad +database .* -> is PostgreSQL running" "$trash/said2"
'
test_done
