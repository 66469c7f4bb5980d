#!/bin/sh
# one-role.t - where PostgreSQL gives one role and no right to make others: the
# other tests of the API once more, and that tenants are kept apart there too.
export PULSE_ONE_ROLE=yes
"$PULSE_TOP/tests/lib/make-template" || exit 1
test_description='one PostgreSQL role for everything'
program=activity
. "$PULSE_TOP/tests/lib/test-lib.sh"

# others FILE...: their sentences are told as ours.
others() {
	for file; do
		"$PULSE_TOP/tests/api/$file.t" >"$trash/others" 2>"$trash/others.err"
		while read -r line; do
			case $line in
			'ok '* | 'not ok '*)
				count=$((count + 1))
				case $line in not*) failures=$((failures + 1)) ;; esac
				echo "${line%%ok *}ok $count - $file, ${line#* - }" ;;
			'#'*) echo "$line" ;;
			esac
		done <"$trash/others"
		test_expect_success "$file.t came to its end" 'grep -q "^1\.\.[1-9]" "$trash/others" || { tail -n 5 "$trash/others.err"; false; }'
	done
}
others activity auth accounts webhooks events pulsectl team-members job-frame jobs dead-letters erasures

# The programs' own connection: nothing set, nothing entered.
one() { psql -h "$PULSE_TEST_PG" -U pulse_one -d "$db" -Atq -v ON_ERROR_STOP=1 -c "SET search_path = pulse" "$@" 2>"$trash/one.err"; }
for org in a b; do
	signed_in_as owner of $org
	pulsectl create-team $org-team --org $org --name T >/dev/null
	eval "token_$org=\$TOKEN"
done
sql "INSERT INTO repository (org_id, host, github_id, full_name) VALUES (1, 'h', 1, 'a/ours'), (2, 'h', 2, 'b/SECRET')"
sql "INSERT INTO team_repository SELECT t.org_id, t.id, r.id FROM team t JOIN repository r USING (org_id)
	ON CONFLICT DO NOTHING"
sql "INSERT INTO issue (org_id, repo_id, github_id, number, title, state, created_at, updated_at, version, digest)
	SELECT org_id, id, 1, 1, full_name, 'open', now(), now(), 0, 0 FROM repository"
sql "INSERT INTO activity_event (org_id, repo_id, at, type, key, version, digest, json)
	SELECT org_id, id, now(), 'issue', 'k', 1, 1, '{\"summary\":\"' || full_name || '\"}' FROM repository"
sql "INSERT INTO outbox (org_id, stream, event_id) SELECT org_id, 'event', id FROM activity_event"
session=$(sql "SELECT id FROM session WHERE org_id = 1 LIMIT 1")
tables="SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
	WHERE relnamespace = 'pulse'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
	AND relname NOT IN ('delivery', 'installation', 'mail')"

test_expect_success 'the role may create no role, and every table has row security forced on its owner' '
	[ "$(one -c "SELECT rolsuper OR rolcreaterole OR rolbypassrls FROM pg_roles WHERE rolname = current_user")" = f ] &&
	[ -z "$(sql "SELECT relname FROM pg_class WHERE relnamespace = '\''pulse'\''::regnamespace AND relkind IN ('\''r'\'', '\''p'\'') AND NOT (relrowsecurity AND relforcerowsecurity)")" ]
'
test_expect_success 'nothing of any organisation is there before one is entered' '
	for t in $(sql "$tables AND relname <> '\''session'\''"); do
		[ "$(one -c "SELECT count(*) FROM $t")" = 0 ] || { echo "# $t"; return 1; }
	done && [ "$(one -c "SELECT count(*) FROM organisation")" = 0 ]
'
entered_sees_own() {
	for t in $(sql "$tables") organisation; do
		key=org_id
		[ $t = organisation ] && key=id
		seen=$(one -c "BEGIN" -c "DO \$\$ BEGIN PERFORM $1; END \$\$" -c "SELECT count(*) FILTER (WHERE $key <> 1) || '|' || count(*) FILTER (WHERE $key = 1) FROM $t")
		there=$(sql "SELECT count(*) FROM $t WHERE $key = 1")
		[ "$seen" = "0|$there" ] || { echo "# $t: $seen, not 0|$there"; cat "$trash/one.err"; return 1; }
	done
}
test_expect_success 'inside a transaction that a session entered its organisation is all there, and no row of another' '
	entered_sees_own "enter(1, '\''$session'\'', '\''viewer'\'')"
'
test_expect_success 'and so inside one of a delivery or a job' 'entered_sees_own "enter_as(1)"'
test_expect_success 'nor the account of anybody who is no colleague' '
	[ "$(one -c "BEGIN" -c "DO \$\$ BEGIN PERFORM enter_as(1); END \$\$" -c "SELECT email FROM user_account")" = owner@a.test ]
'
test_expect_success 'another organisation is not to be written to from there' '
	! one -c BEGIN -c "SELECT enter_as(1)" -c "INSERT INTO team (org_id, slug, name) VALUES (2, '\''x'\'', '\''X'\'')" &&
	grep -q "row-level security" "$trash/one.err" &&
	[ -z "$(one -c BEGIN -c "DO \$\$ BEGIN PERFORM enter_as(1); END \$\$" -c "UPDATE team SET name = '\''X'\'' WHERE org_id = 2 RETURNING 1")" ]
'
test_expect_success 'a session of another organisation, or none, enters nothing' '
	! one -c "SELECT enter(2, '\''$session'\'', '\''viewer'\'')" && ! one -c "SELECT enter(1, '\''11111111-1111-1111-1111-111111111111'\'', '\''viewer'\'')"
'
test_expect_success 'who asks for what came since gives all organisations their order, and sees his own' '
	conf MQTT_URL= && TOKEN=$token_a && GET "/activity?after=0" 200 && ! grep -q SECRET "$trash/out" && grep -q a/ours "$trash/out" &&
	[ "$(sql "SELECT count(*) FROM outbox")" = 0 ] && TOKEN=$token_b && GET "/activity?after=0" 200 && grep -q SECRET "$trash/out" && ! grep -q ours "$trash/out"
'
test_expect_success 'the bridge and the jobs prepare their statements as that role' '
	for p in process-deliveries clean-up fold-rollups pulse-bridge; do
		BRIDGE_SOCKET="$trash/b.sock" MQTT_URL=mqtt://127.0.0.1:1 "$PULSE_BUILD/$p" --check >/dev/null || return 1
	done
'
test_expect_success 'migrate remembers which rights were applied, and so does migrate --check' '
	pulsectl migrate | grep -q "up to date" && pulsectl migrate --check &&
	! pulsectl migrate --check --eight-roles >"$trash/said2" && grep -q "outdated functions, views, rights" "$trash/said2" && pulsectl migrate --check
'
nobody=pulse_nobody_$$
test_expect_success 'without the right to make roles, and without --one-role, migrate says both ways out and changes nothing' '
	psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atq -c "CREATE ROLE $nobody LOGIN" -c "CREATE DATABASE $nobody OWNER $nobody" &&
	url="postgresql://$nobody@/$nobody?host=$PULSE_TEST_PG" &&
	! DATABASE_ADMIN_URL=$url pulsectl migrate >"$trash/said2" 2>&1 && grep -q "administrator" "$trash/said2" && grep -q -- "--one-role" "$trash/said2" &&
	[ -z "$(psql "$url" -Atc "SELECT 1 FROM pg_namespace WHERE nspname = '\''pulse'\''")" ] &&
	DATABASE_ADMIN_URL=$url pulsectl migrate --one-role >/dev/null && DATABASE_ADMIN_URL=$url pulsectl migrate --check
'
psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atq -c "DROP DATABASE IF EXISTS $nobody WITH (FORCE)" -c "DROP ROLE IF EXISTS $nobody"
test_expect_success 'a database of one role becomes one of eight, with the same policies as if it always had been' '
	psql -h "$PULSE_TEST_PG" -U pulse -d "$db" -Atqc "ALTER ROLE pulse_one CREATEROLE" -c "GRANT pulse_lookup, pulse_engine TO pulse_one" &&
	pulsectl migrate --eight-roles >/dev/null; status=$?
	psql -h "$PULSE_TEST_PG" -U pulse -d "$db" -Atqc "ALTER ROLE pulse_one NOCREATEROLE" -c "REVOKE pulse_lookup, pulse_engine FROM pulse_one"
	[ $status = 0 ] && "$PULSE_TOP/sql/make-schema" "postgresql://pulse@/$db?host=$PULSE_TEST_PG" | sed "s/pulse_one/pulse_owner/" | cmp - "$PULSE_TOP/sql/schema.sql"
'
test_done
