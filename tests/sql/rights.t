#!/bin/sh
test_description='rights: what a program that was taken over could read and write'
. "$(dirname "$0")/../lib/test-lib.sh"

# Every table of the catalogue gets a row of organisation 1 and one of 2, made
# from its columns' types: a new table is tried without a word here. Checks and
# foreign keys are out of the way; who may see which row is what is tried.
psql -h "$PULSE_TEST_PG" -U pulse -d "$db" -q -v ON_ERROR_STOP=1 >"$trash/fill" 2>&1 <<'S'
SET search_path = pulse;
SET session_replication_role = replica;
DO $$
DECLARE
	t record;
	n integer := 1000;
BEGIN
	FOR t IN SELECT conname, conrelid::regclass AS of FROM pg_constraint
		WHERE connamespace = 'pulse'::regnamespace AND contype = 'c' AND conparentid = 0
	LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', t.of, t.conname);
	END LOOP;
	FOR t IN SELECT c.oid, c.relname, o.org FROM pg_class c, (VALUES (1), (2)) o(org)
		WHERE c.relnamespace = 'pulse'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		ORDER BY c.relname, o.org
	LOOP
		n := n + 1;
		EXECUTE (SELECT format('INSERT INTO %I (%s) OVERRIDING SYSTEM VALUE VALUES (%s)', t.relname,
			string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
			string_agg(CASE
				WHEN a.attname = 'org_id' OR t.relname = 'organisation' AND a.attname = 'id' THEN t.org::text
				-- Person 1 is of organisation 1 alone, and so is session 1.
				WHEN a.attname = 'user_id' OR t.relname = 'user_account' AND a.attname = 'id' THEN t.org::text
				WHEN a.attname = 'session_id' OR t.relname = 'session' AND a.attname = 'id' THEN quote_literal('00000000-0000-0000-0000-00000000000' || t.org)
				WHEN t.relname = 'session' AND a.attname = 'expires_at' THEN quote_literal('infinity')
				WHEN a.attname = 'deleted_at' THEN 'NULL'
				WHEN a.attname = 'role' THEN quote_literal('owner')
				WHEN y.typcategory = 'A' THEN quote_literal('{}')
				WHEN y.typname IN ('json', 'jsonb') THEN quote_literal('{}')
				WHEN y.typname = 'bytea' THEN quote_literal('\x' || lpad(n::text, 8, '0'))
				WHEN y.typname = 'uuid' THEN quote_literal(gen_random_uuid())
				WHEN y.typname = 'bool' THEN 'true'
				WHEN y.typcategory = 'D' THEN quote_literal('2026-01-01')
				WHEN y.typcategory = 'T' THEN quote_literal('1 day')
				WHEN y.typcategory = 'I' THEN quote_literal('192.0.2.1')
				WHEN y.typcategory = 'N' THEN n::text
				ELSE quote_literal(t.relname || n) END, ', ' ORDER BY a.attnum))
			FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
			WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
			|| ' ON CONFLICT DO NOTHING';
	END LOOP;
END
$$;
-- What a role reaches of organisation 2 in every table, whatever it sets: one
-- line each. A view is tried as well. Run as the role.
CREATE SCHEMA try;
GRANT USAGE ON SCHEMA try TO PUBLIC;
CREATE FUNCTION try.reach() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	t record;
	v_set text;
	v_do text;
	v_tried integer := 0;
	v_n bigint;
BEGIN
	FOR t IN SELECT c.relname, c.relkind, CASE c.relname WHEN 'organisation' THEN 'id' WHEN 'user_account' THEN 'id' ELSE 'org_id' END AS key
		FROM pg_class c WHERE c.relnamespace = 'pulse'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
		  AND (c.relname IN ('organisation', 'user_account') OR EXISTS (SELECT FROM pg_attribute a
			WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped))
	LOOP
		FOREACH v_set IN ARRAY ARRAY['SELECT 1',
			'SELECT set_config(''pulse.org_id'', ''2'', true)',
			'SELECT set_config(''pulse.session'', ''00000000-0000-0000-0000-000000000001'', true), set_config(''pulse.org_id'', ''2'', true), set_config(''pulse.user_id'', ''2'', true), set_config(''pulse.role'', ''owner'', true)',
			'SELECT set_config(''pulse.session'', ''00000000-0000-0000-0000-000000000003'', true), set_config(''pulse.org_id'', ''2'', true)',
			'SELECT set_config(''pulse.across'', ''yes'', true), set_config(''pulse.org_id'', ''2'', true)',
			'SELECT set_config(''search_path'', ''pulse, pulse_across, pg_temp'', true), set_config(''pulse.org_id'', ''2'', true)',
			'SELECT set_config(''row_security'', ''off'', true)'] LOOP
			FOREACH v_do IN ARRAY ARRAY['SELECT count(*) FROM pulse.%1$I WHERE %2$I = 2',
				'WITH x AS (UPDATE pulse.%1$I SET %3$I = %3$I WHERE %2$I = 2 RETURNING 1) SELECT count(*) FROM x',
				'WITH x AS (DELETE FROM pulse.%1$I WHERE %2$I = 2 RETURNING 1) SELECT count(*) FROM x',
				'INSERT INTO pulse.%1$I (%2$I) VALUES (2)'] LOOP
				CONTINUE WHEN v_do LIKE 'INSERT%' AND t.key = 'id';
				BEGIN
					EXECUTE v_set;
					IF v_do LIKE 'INSERT%' THEN
						EXECUTE format(v_do, t.relname, t.key);
						v_n := 1;
					ELSE
						EXECUTE format(v_do, t.relname, t.key, CASE t.key WHEN 'id' THEN 'name' ELSE t.key END) INTO v_n;
					END IF;
					RAISE EXCEPTION USING ERRCODE = 'PS999', MESSAGE = v_n;
				EXCEPTION
				WHEN insufficient_privilege THEN
					v_n := 0;
				WHEN SQLSTATE 'PS999' THEN
					v_n := SQLERRM;
				WHEN OTHERS THEN
					-- Let in, and stopped by something else.
					v_n := CASE WHEN v_do LIKE 'INSERT%' AND t.relkind <> 'v' THEN 1 ELSE 0 END;
					IF v_n = 0 AND t.relkind <> 'v' THEN
						RETURN NEXT t.relname || ' ' || SQLSTATE || ' ' || SQLERRM;
					END IF;
				END;
				IF v_n > 0 THEN
					RETURN NEXT t.relname || ' ' || split_part(ltrim(regexp_replace(v_do, '^WITH x AS \(', '')), ' ', 1);
				END IF;
				v_tried := v_tried + 1;
			END LOOP;
		END LOOP;
	END LOOP;
	RETURN NEXT 'tried ' || v_tried;
END
$$;
GRANT EXECUTE ON FUNCTION try.reach() TO PUBLIC;
S
tables=$(sql "SELECT count(*) FROM pg_class WHERE relnamespace = 'pulse'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition")
test_expect_success "each of $tables tables has rows of two organisations" '
	cat "$trash/fill" && [ ! -s "$trash/fill" ] &&
	sql "SELECT format('\''SELECT %L WHERE (SELECT count(DISTINCT org_id) FROM %I) < 2'\'', relname, relname) FROM pg_class c WHERE relnamespace = '\''pulse'\''::regnamespace AND relkind IN ('\''r'\'', '\''p'\'') AND NOT relispartition AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = '\''org_id'\'' AND NOT attisdropped)" |
		while read -r q; do sql "$q"; done | grep . && return 1 || true
'
# reaches ROLE [what...]: nothing of organisation 2 but these.
reaches() {
	who=$1
	shift
	sql_as "$who" "SELECT DISTINCT reach FROM try.reach()" | sort >"$trash/reached"
	echo "$(sed -n 's/^tried //p' "$trash/reached") cases"
	sed -i '/^tried/d' "$trash/reached"
	printf '%s\n' "$@" | sed '/^$/d' | sort >"$trash/wanted"
	diff "$trash/wanted" "$trash/reached"
}
test_expect_success 'with the web role no statement reads or writes another organisation'\''s row, whatever is set' 'reaches web'
test_expect_success 'nor with the role that only reads' 'reaches read'
# Who signs in is looked up before his organisation is known.
test_expect_success 'the auth role reaches accounts, memberships and sessions of all, and nothing else' '
	reaches auth "membership SELECT" "session DELETE" "session INSERT" "session SELECT" "user_account SELECT" "user_account UPDATE"
'
test_expect_success 'a tenant'\''s own rows are there for who has a session of it' '
	[ "$(sql_as web "BEGIN; SELECT enter(1, '\''00000000-0000-0000-0000-000000000001'\'', '\''viewer'\''); SELECT string_agg(DISTINCT org_id::text, '\'','\'') FROM pull_request" | tail -n 1)" = 1 ] &&
	! sql_as web "SELECT enter(2, '\''00000000-0000-0000-0000-000000000001'\'', '\''viewer'\'')" && grep -q "the session is gone" "$trash/sql.err"
'
test_expect_success 'what is secret is read by the one role that needs it' '
	sql "SELECT c.relname || '\''.'\'' || a.attname || '\'' '\'' || string_agg(r.rolname, '\'' '\'' ORDER BY r.rolname)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,
			pg_roles r
		WHERE c.relnamespace = '\''pulse'\''::regnamespace AND c.relkind IN ('\''r'\'', '\''p'\'', '\''v'\'') AND NOT c.relispartition
		  AND (a.attname ~ '\''hash|secret|token|verifier|code'\'' OR c.relname = '\''delivery_body'\'' AND a.attname = '\''body'\'' OR c.relname = '\''mail'\'' AND a.attname = '\''args'\'')
		  AND r.rolcanlogin AND r.rolname ~ '\''^pulse_(web|auth|ingest|job|bridge|read)\$'\''
		  AND has_column_privilege(r.rolname, c.oid, a.attname, '\''SELECT'\'')
		GROUP BY c.relname, a.attname ORDER BY 1" >"$trash/secrets" &&
	cat >"$trash/wanted" <<-E
	delivery_body.body pulse_ingest pulse_job
	mail.args pulse_job
	refresh_token.hash pulse_auth
	user_account.password_hash pulse_auth
	E
	diff "$trash/wanted" "$trash/secrets"
'
test_expect_success 'no program takes the hash of a password another way: find_login() is for auth alone' '
	for who in web read ingest job bridge; do
		for q in "SELECT find_login('\''x@y.z'\'')" "SELECT password_hash FROM user_account" "SELECT u FROM user_account u" "SELECT * FROM user_account"; do
			! sql_as $who "$q" || return 1
			grep -q "permission denied" "$trash/sql.err" || return 1
		done
	done
'
test_expect_success 'no role of a program owns a table, bypasses row security, may make one, or become another' '
	[ "$(sql "SELECT count(*) FROM pg_roles WHERE rolname ~ '\''^pulse_(web|auth|ingest|job|bridge|read|lookup|engine)\$'\'' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)")" = 0 ] &&
	[ "$(sql "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.relnamespace = '\''pulse'\''::regnamespace AND r.rolname <> '\''pulse_owner'\''")" = 0 ] &&
	for who in web auth ingest job bridge read; do
		for q in "CREATE TABLE pulse.mine (x int)" "CREATE FUNCTION pulse.mine() RETURNS int LANGUAGE sql AS '\''SELECT 1'\''" "SET ROLE pulse_lookup" "SET ROLE pulse_engine" "SET ROLE pulse_owner" "ALTER TABLE team DISABLE ROW LEVEL SECURITY" "COPY pulse.mine TO PROGRAM '\''true'\''"; do
			! sql_as $who "$q" || return 1
		done
	done
'
test_expect_success 'row security is forced on every table' '
	[ -z "$(sql "SELECT string_agg(relname, '\'','\'') FROM pg_class WHERE relnamespace = '\''pulse'\''::regnamespace AND relkind IN ('\''r'\'', '\''p'\'') AND NOT (relrowsecurity AND relforcerowsecurity)" | tee /dev/stderr)" ]
'
test_expect_success 'what sees across organisations is owned by a role that cannot sign in, but for the maker of partitions; each has a fixed path or names its schema' '
	[ -z "$(sql "SELECT string_agg(p.proname, '\'','\'') FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.pronamespace = '\''pulse'\''::regnamespace AND p.prosecdef AND r.rolcanlogin AND p.proname <> '\''keep_partitions'\''" | tee /dev/stderr)" ] &&
	[ -z "$(sql "SELECT string_agg(p.proname, '\'','\'') FROM pg_proc p WHERE p.pronamespace = '\''pulse'\''::regnamespace AND p.prosecdef AND NOT coalesce(array_to_string(p.proconfig, '\'' '\'') ~ '\''search_path'\'', false) AND p.prosrc ~* '\''(from|join|into|update)\s+(team|session|membership|user_account|organisation|repository|refresh_token|connection|audit_log|mail|outbox|delivery|rate_limit)\M'\''" | tee /dev/stderr)" ]
'
test_expect_success 'a view asks with the rights of who reads it' '
	[ -z "$(sql "SELECT string_agg(relname, '\'','\'') FROM pg_class WHERE relnamespace = '\''pulse'\''::regnamespace AND relkind = '\''v'\'' AND NOT coalesce(reloptions::text ~ '\''security_invoker=(true|on)'\'', false)" | tee /dev/stderr)" ]
'
test_done
