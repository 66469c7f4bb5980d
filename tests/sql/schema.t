#!/bin/sh
test_description='the schema: migrations, what is shown, and what they promise'
. "$(dirname "$0")/../lib/test-lib.sh"

url="postgresql://pulse_owner@/$db?host=$PULSE_TEST_PG"
test_expect_success 'sql/schema.sql is what the migrations make' '
	"$PULSE_TOP/sql/make-schema" "$url" >"$trash/schema.sql" && diff -u "$PULSE_TOP/sql/schema.sql" "$trash/schema.sql" | head -40 && cmp "$PULSE_TOP/sql/schema.sql" "$trash/schema.sql"
'
test_expect_success 'migrate has nothing left to do, and says so' 'pulsectl migrate | grep -q "up to date" && pulsectl migrate --check'
test_expect_success 'migrate --check tells what is missing in an empty database, and changes nothing' '
	psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atqc "CREATE DATABASE ${db}_e OWNER pulse_owner" &&
	! DATABASE_ADMIN_URL="postgresql://pulse_owner@/${db}_e?host=$PULSE_TEST_PG" pulsectl migrate --check >"$trash/missing"
	grep -q "missing 0001-tenants.sql" "$trash/missing" && grep -q "missing 0006-rollups.sql" "$trash/missing" &&
	[ -z "$(psql -h "$PULSE_TEST_PG" -U pulse -d ${db}_e -Atqc "SELECT 1 FROM pg_namespace WHERE nspname = '\''pulse'\''")" ]
'
test_expect_success 'migrate there, twice at once: both end well, each step once' '
	(DATABASE_ADMIN_URL="postgresql://pulse_owner@/${db}_e?host=$PULSE_TEST_PG" pulsectl migrate >"$trash/m1" 2>&1 || echo failed >>"$trash/m1") &
	DATABASE_ADMIN_URL="postgresql://pulse_owner@/${db}_e?host=$PULSE_TEST_PG" pulsectl migrate >"$trash/m2" 2>&1; wait
	! grep -h failed "$trash/m1" && [ "$(cat "$trash/m1" "$trash/m2" | grep -c "applying 0001")" = 1 ] &&
	psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atqc "DROP DATABASE ${db}_e WITH (FORCE)"
'
test_expect_success 'an owner who may not create roles can migrate where they are there already' '
	psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atq -v ON_ERROR_STOP=1 -c "CREATE ROLE ${db}_plain LOGIN NOCREATEROLE" \
		-c "GRANT pulse_lookup, pulse_engine TO ${db}_plain" -c "CREATE DATABASE ${db}_p OWNER ${db}_plain" &&
	DATABASE_ADMIN_URL="postgresql://${db}_plain@/${db}_p?host=$PULSE_TEST_PG" pulsectl migrate >"$trash/plain" 2>&1; migrated=$?
	psql -h "$PULSE_TEST_PG" -U pulse -d postgres -Atqc "DROP DATABASE ${db}_p WITH (FORCE)" -c "DROP ROLE ${db}_plain" &&
	{ [ $migrated = 0 ] || { cat "$trash/plain"; false; }; }
'
test_expect_success 'a migration that was changed after it was applied is refused' '
	cp -r "$PULSE_TOP/sql" "$trash/sql" && chmod -R u+w "$trash/sql" && echo "-- changed" >>"$trash/sql/migrations/0001-tenants.sql" && ! pulsectl migrate --sql "$trash/sql" 2>"$trash/why" && grep -q "changed after it was applied" "$trash/why"
'
test_expect_success 'a change of the functions is applied anew' '
	cp "$PULSE_TOP/sql/migrations/0001-tenants.sql" "$trash/sql/migrations/" && echo "CREATE FUNCTION hello() RETURNS int LANGUAGE sql AS '\''SELECT 1'\'';" >"$trash/sql/functions/99-hello.sql" &&
	pulsectl migrate --sql "$trash/sql" | grep -q "applying functions" && [ "$(sql "SELECT hello()")" = 1 ] && pulsectl migrate | grep -q "applying functions" && [ -z "$(sql "SELECT 1 FROM pg_proc WHERE proname = '\''hello'\''")" ]
'
test_expect_success 'every table says what it is' '
	[ -z "$(sql "SELECT relname FROM pg_class c WHERE relnamespace = '\''pulse'\''::regnamespace AND relkind IN ('\''r'\'','\''p'\'') AND NOT relispartition AND obj_description(oid) IS NULL" | tee /dev/stderr)" ]
'
test_expect_success 'every tenant table has org_id first in its key, and every foreign key between tenants carries it' '
	[ -z "$(sql "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = '\''org_id'\'' AND a.attnotnull JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary WHERE c.relnamespace = '\''pulse'\''::regnamespace AND i.indkey[0] <> a.attnum AND c.relname NOT IN ('\''connection'\'', '\''session'\'', '\''outbox'\'')")" ] &&
	[ -z "$(sql "SELECT conname FROM pg_constraint k WHERE contype = '\''f'\'' AND connamespace = '\''pulse'\''::regnamespace AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = '\''org_id'\'') AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = '\''org_id'\'' AND a.attnum = ANY (k.conkey)) AND k.confrelid <> '\''pulse.session'\''::regclass")" ]
'
test_expect_success 'a foreign key into another organisation is refused' '
	sql "INSERT INTO organisation (slug, name) VALUES ('\''a'\'', '\''A'\''), ('\''b'\'', '\''B'\''); INSERT INTO team (org_id, slug, name) VALUES (1, '\''t'\'', '\''T'\''); INSERT INTO repository (org_id, host, github_id, full_name) VALUES (2, '\''h'\'', 1, '\''b/x'\'')" &&
	! sql "INSERT INTO team_repository VALUES (1, 1, 1)" && ! sql "INSERT INTO team_repository VALUES (2, 1, 1)" &&
	! sql "INSERT INTO issue (org_id, repo_id, number, title, state, created_at, updated_at, version, digest) VALUES (1, 1, 1, '\'''\'', '\''open'\'', now(), now(), 0, 0)"
'
test_expect_success 'a repository that gets a team brings its history and its figures, and takes them away again' '
	sql "INSERT INTO team (org_id, slug, name, time_zone) VALUES (2, '\''k'\'', '\''K'\'', '\''Asia/Kathmandu'\'');
	INSERT INTO commit (org_id, repo_id, sha, message, authored_at, version, digest, author) SELECT 2, 1, lpad(g::text, 40, '\''0'\''), '\'''\'', timestamptz '\''2026-01-01 18:00Z'\'' + g * interval '\''10 minutes'\'', 1, 1, '\''Ann'\'' FROM generate_series(0, 5) g;
	INSERT INTO activity_event (org_id, repo_id, at, type, key, version, digest, json) VALUES (2, 1, now(), '\''commit'\'', '\''k'\'', 1, 1, '\''{}'\'')" &&
	sql "SELECT attach_repository(2, 2, 1)" >/dev/null && [ "$(sql "SELECT count(*) FROM team_activity")" = 1 ] && sql "SELECT fold_rollups(1000)" >/dev/null &&
	[ "$(sql "SELECT day, amount FROM rollup_day WHERE team_id = 2 ORDER BY 1" | tr "\n" " ")" = "2026-01-01|2 2026-01-02|4 " ] &&
	[ "$(sql "SELECT day, amount FROM rollup_day WHERE team_id = 0 ORDER BY 1" | tr "\n" " ")" = "2026-01-01|6 " ] &&
	sql "SELECT detach_repository(2, 2, 1)" >/dev/null && [ "$(sql "SELECT count(*) FROM rollup_day WHERE team_id = 2")" = 0 ] && [ "$(sql "SELECT count(*) FROM team_activity")" = 0 ]
'
test_expect_success 'a figure that came to nothing leaves no row, whether it was folded between or not' '
	figures="SELECT * FROM rollup_day ORDER BY 1, 2, 3, 4, 5, 6" && before=$(sql "$figures") &&
	sql "INSERT INTO issue (org_id, repo_id, github_id, number, title, state, created_at, updated_at, version, digest) VALUES (2, 1, 9, 9, '\'''\'', '\''open'\'', now(), now(), 0, 0)" &&
	sql "SELECT fold_rollups(1000)" >/dev/null && [ "$before" != "$(sql "$figures")" ] &&
	sql "UPDATE issue SET deleted = true WHERE number = 9" && sql "SELECT fold_rollups(1000)" >/dev/null && [ "$before" = "$(sql "$figures")" ]
'
test_expect_success 'partitions are made again after weeks without clean-up, though deliveries fell into the net' '
	sql "DO \$\$ DECLARE r text; BEGIN FOR r IN SELECT relname FROM pg_class WHERE relname ~ '\''^delivery_body_[0-9]{8}\$'\'' LOOP EXECUTE '\''DROP TABLE '\'' || r; END LOOP; END \$\$;
	INSERT INTO delivery_body SELECT now() + g * interval '\''5 days'\'', 0, g::text, '\''x'\'' FROM generate_series(-2, 3) g" &&
	[ "$(sql "SELECT count(*) FROM delivery_body_other")" = 6 ] && sql_as job "SELECT keep_partitions('\''30 days'\'')" >/dev/null &&
	[ "$(sql "SELECT count(*) FROM delivery_body")" = 6 ] && [ "$(sql "SELECT count(*) < 3 FROM delivery_body_other")" = t ] &&
	[ "$(sql "SELECT count(*) FROM pg_class WHERE relname ~ '\''^delivery_body_[0-9]{8}\$'\'' AND relrowsecurity AND relforcerowsecurity")" = 4 ]
'
test_expect_success 'a time zone that PostgreSQL does not know is refused' '
	! sql "UPDATE organisation SET time_zone = '\''Mars/Base'\''" && grep -q "Mars/Base" "$trash/sql.err" && ! sql "UPDATE team SET time_zone = '\'''\''" && sql "UPDATE team SET time_zone = '\''America/St_Johns'\''"
'
test_expect_success 'sequence numbers count within a room, in the order given, whoever committed first' '
	sql "DELETE FROM outbox; INSERT INTO outbox (org_id, stream, event_id) SELECT 2, '\''event'\'', id FROM activity_event; INSERT INTO outbox (org_id, stream, room, payload) VALUES (2, '\''job'\'', '\''org:2'\'', '\''{\"type\":\"job_progress\"}'\'')" &&
	sql "SELECT sequence_pending(100)" >/dev/null && [ "$(sql "SELECT room, seq FROM room_event WHERE stream <> '\''control'\'' ORDER BY pos" | tr "\n" " ")" = "org:2|1 repo:1|1 org:2|2 " ]
'
test_expect_success 'the audit log is written by audit() alone; no program changes a line of it' '
	sql "SELECT audit(1, NULL, '\''pulsectl'\'', '\''member.added'\'', '\''x'\'', NULL, NULL)" >/dev/null && sql "SELECT audit(2, NULL, '\''pulsectl'\'', '\''member.added'\'', '\''y'\'', NULL, NULL)" >/dev/null &&
	for who in web auth read ingest job bridge; do
		for write in "INSERT INTO audit_log (org_id, actor, action) VALUES (1, '\''x'\'', '\''x.y'\'')" "UPDATE audit_log SET actor = '\''x'\''" "TRUNCATE audit_log"; do
			! sql_as $who "$write" 2>/dev/null || return 1
		done
	done; ! sql_as web "DELETE FROM audit_log" && ! sql_as auth "DELETE FROM audit_log" && ! sql_as web "SELECT audit(2, NULL, '\''x'\'', '\''x.y'\'', NULL, NULL, NULL)" &&
	! sql_as web "SELECT audit_mine('\''x.y'\'', NULL, NULL, NULL)" && [ -z "$(sql_as web "SELECT * FROM audit_log")" ] &&
	sql "INSERT INTO user_account (email, name) VALUES ('\''a@a.test'\'', '\''A'\''); INSERT INTO membership VALUES (1, 1, '\''owner'\''); INSERT INTO session (id, org_id, user_id, expires_at) VALUES ('\''00000000-0000-0000-0000-000000000001'\'', 1, 1, now() + interval '\''1 hour'\'')" &&
	[ "$(sql_as web "BEGIN; SELECT enter(1, '\''00000000-0000-0000-0000-000000000001'\'', '\''admin'\''); SELECT audit_mine('\''x.y'\'', NULL, NULL, NULL); SELECT string_agg(actor || '\'' '\'' || action, '\'','\'' ORDER BY id) FROM audit_log; COMMIT" | tail -n 1)" = "pulsectl member.added,a@a.test x.y" ]
'
test_expect_success 'a letter is in the box when its transaction commits; the web role cannot read it' '
	sql_as web "SELECT send_mail(NULL, '\''Ann@A.test'\'', '\''hello'\'', '\''{}'\'')" >/dev/null && [ "$(sql "SELECT recipient, state FROM mail")" = "ann@a.test|PENDING" ] && ! sql_as web "SELECT * FROM mail"
'
test_done
