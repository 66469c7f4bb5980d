-- 18-organisations.sql: members and organisations: the rules.
--
-- Whatever changes who may what takes the organisation's lock first (act_on())
-- and reads the caller's role behind it, since two who act at once would each
-- see the other as he was. An error here is of our own class, and its words
-- are told to the caller (lib/web/db_query.c): PS400 names a field before "|".

CREATE OR REPLACE FUNCTION lock_organisation(p_org bigint) RETURNS void
LANGUAGE sql
AS $$
	SELECT pg_advisory_xact_lock(hashtext('pulse.organisation'),
		hashint8(p_org))
$$;

-- Begins an act on the organisation of the session: the caller's role, of at
-- least p_least, as it is behind the lock.
CREATE OR REPLACE FUNCTION act_on(p_org bigint, p_least text) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
	v_role text;
BEGIN
	PERFORM pulse.lock_organisation(p_org);
	SELECT m.role INTO v_role
	FROM pulse.membership m JOIN pulse.organisation o ON o.id = m.org_id
	WHERE m.org_id = p_org AND m.org_id = pulse.session_org()
	  AND m.user_id = pulse.session_person() AND o.deleted_at IS NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the session is gone' USING ERRCODE = 'PS401';
	ELSIF pulse.role_rank(v_role) < pulse.role_rank(p_least) THEN
		RAISE EXCEPTION 'this wants the role %', p_least
			USING ERRCODE = 'PS403';
	END IF;
	RETURN v_role;
END
$$;

-- May one who is p_mine make p_from of somebody into p_to? (NULL: nobody.)
CREATE OR REPLACE FUNCTION check_role_change(
	p_mine text, p_from text, p_to text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	IF pulse.role_rank(p_to) > pulse.role_rank(p_mine) THEN
		RAISE EXCEPTION 'as % you cannot give the role %', p_mine, p_to
			USING ERRCODE = 'PS403';
	ELSIF pulse.role_rank(p_from) > pulse.role_rank(p_mine) THEN
		RAISE EXCEPTION 'as % you cannot change what % is', p_mine,
			CASE p_from WHEN 'owner' THEN 'an owner'
			ELSE 'an ' || p_from END USING ERRCODE = 'PS403';
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION check_other_owner(p_org bigint, p_user bigint)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM membership m WHERE m.org_id = p_org
			AND m.role = 'owner' AND m.user_id <> p_user) THEN
		RAISE EXCEPTION 'there is no other owner: make one first'
			USING ERRCODE = 'PS421';
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION set_role(
	p_org bigint, p_user bigint, p_role text, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
	v_from text;
	v_email text;
BEGIN
	SELECT m.role, u.email INTO v_from, v_email
	FROM membership m JOIN user_account u ON u.id = m.user_id
	WHERE m.org_id = p_org AND m.user_id = p_user;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'nobody here has this id' USING ERRCODE = 'PS404';
	END IF;
	PERFORM check_role_change(v_mine, v_from, p_role);
	IF v_from = p_role THEN
		RETURN;
	ELSIF v_from = 'owner' THEN
		PERFORM check_other_owner(p_org, p_user);
	END IF;
	UPDATE membership SET role = p_role
	WHERE org_id = p_org AND user_id = p_user;
	PERFORM audit_mine('member.role-changed', v_email, json_build_object(
		'user', p_user::text, 'from', v_from, 'to', p_role), p_address);
END
$$;

-- By pulsectl: any role, but an owner stays.
CREATE OR REPLACE FUNCTION set_role_as_operator(
	p_org bigint, p_email text, p_role text) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM lock_organisation(p_org);
	UPDATE membership m SET role = p_role FROM user_account u
	WHERE m.org_id = p_org AND u.id = m.user_id
	  AND u.email = lower(p_email)
	  AND (p_role = 'owner' OR m.role <> 'owner' OR EXISTS (
		SELECT FROM membership o WHERE o.org_id = p_org
		  AND o.role = 'owner' AND o.user_id <> m.user_id));
	IF FOUND THEN
		PERFORM audit(p_org, NULL, 'pulsectl', 'member.role-changed',
			lower(p_email), json_build_object('to', p_role), NULL);
		RETURN true;
	END IF;
	RETURN false;
END
$$;

-- Out of the organisation: another by an admin, oneself in any role. Sessions
-- and team memberships go with the row, and live connections are closed.
CREATE OR REPLACE FUNCTION remove_member(
	p_org bigint, p_user bigint, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'viewer');
	v_self boolean := p_user = session_person();
	v_role text;
	v_email text;
BEGIN
	SELECT m.role, u.email INTO v_role, v_email
	FROM membership m JOIN user_account u ON u.id = m.user_id
	WHERE m.org_id = p_org AND m.user_id = p_user;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'nobody here has this id' USING ERRCODE = 'PS404';
	ELSIF NOT v_self AND role_rank(v_mine) < role_rank('admin') THEN
		RAISE EXCEPTION 'this wants the role admin'
			USING ERRCODE = 'PS403';
	END IF;
	PERFORM check_role_change(v_mine, v_role, NULL);
	IF v_role = 'owner' THEN
		PERFORM check_other_owner(p_org, p_user);
	END IF;
	PERFORM audit_mine(CASE WHEN v_self THEN 'member.left'
		ELSE 'member.removed' END, v_email, json_build_object(
		'user', p_user::text, 'role', v_role), p_address);
	DELETE FROM membership WHERE org_id = p_org AND user_id = p_user;
END
$$;

-- When somebody was last here, as far as his sessions tell. Only for the
-- organisation of the caller's session.
CREATE OR REPLACE FUNCTION last_seen(p_org bigint, p_user bigint)
RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT max(s.last_seen_at) FROM pulse.session s
	WHERE s.org_id = p_org AND s.user_id = p_user
	  AND p_org = pulse.session_org()
$$;

-- A slug from a name: "Ünïque & Söns" is "n-que-s-ns"; with a number where
-- that is taken by one of p_taken's.
CREATE OR REPLACE FUNCTION slug_of(p_name text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
	SELECT coalesce(nullif(trim(BOTH '-' FROM left(trim(BOTH '-' FROM
		regexp_replace(lower(p_name), '[^a-z0-9]+', '-', 'g')), 55)),
		''), 'x')
$$;

CREATE OR REPLACE FUNCTION check_zone(p_zone text) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
BEGIN
	PERFORM now() AT TIME ZONE p_zone;
EXCEPTION WHEN invalid_parameter_value THEN
	RAISE EXCEPTION 'timeZone|is not a time zone like Europe/Berlin'
		USING ERRCODE = 'PS400';
END
$$;

-- A new organisation and its owner. Without a slug, one of its name.
CREATE OR REPLACE FUNCTION new_organisation(p_user bigint, p_name text,
	p_slug text, p_zone text, p_address text)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_slug text := coalesce(p_slug, slug_of(p_name));
	v_id bigint;
BEGIN
	PERFORM check_zone(p_zone);
	IF (SELECT count(*) FROM membership m
			WHERE m.user_id = p_user AND m.role = 'owner') >= 20 THEN
		RAISE EXCEPTION 'one person may own 20 organisations'
			USING ERRCODE = 'PS402';
	END IF;
	FOR i IN 2..1000 LOOP
		INSERT INTO organisation (slug, name, time_zone)
		VALUES (v_slug, p_name, p_zone)
		ON CONFLICT (slug) DO NOTHING RETURNING id INTO v_id;
		EXIT WHEN v_id IS NOT NULL OR p_slug IS NOT NULL;
		v_slug := slug_of(p_name) || '-' || i;
	END LOOP;
	IF v_id IS NULL THEN
		RAISE EXCEPTION 'slug|"%" is taken', v_slug
			USING ERRCODE = 'PS400';
	END IF;
	INSERT INTO membership (org_id, user_id, role)
	VALUES (v_id, p_user, 'owner');
	PERFORM audit(v_id, p_user, NULL, 'organisation.created', v_slug, NULL,
		p_address);
	RETURN v_id;
END
$$;

CREATE OR REPLACE FUNCTION create_organisation(p_name text, p_slug text,
	p_zone text, p_address text)
RETURNS bigint
LANGUAGE sql SECURITY DEFINER
AS $$
	SELECT pulse.new_organisation(pulse.session_person(), p_name, p_slug,
		p_zone, p_address)
$$;

-- Those that the caller belongs to; a deleted one is an owner's only.
CREATE OR REPLACE FUNCTION my_organisations()
RETURNS TABLE (id bigint, slug text, name text, role text,
	deleted_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT o.id, o.slug, o.name, m.role, o.deleted_at
	FROM pulse.membership m JOIN pulse.organisation o ON o.id = m.org_id
	WHERE m.user_id = pulse.session_person()
	  AND (o.deleted_at IS NULL OR m.role = 'owner')
	ORDER BY o.name, o.id
$$;

-- Name, address and zone. In another zone the days are cut anew.
CREATE OR REPLACE FUNCTION change_organisation(p_org bigint, p_name text,
	p_slug text, p_zone text, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
	o organisation;
BEGIN
	SELECT * INTO o FROM organisation WHERE id = p_org FOR UPDATE;
	p_zone := coalesce(p_zone, o.time_zone);
	PERFORM check_zone(p_zone);
	BEGIN
		UPDATE organisation SET name = coalesce(p_name, name),
			slug = coalesce(p_slug, slug), time_zone = p_zone
		WHERE id = p_org;
	EXCEPTION WHEN unique_violation THEN
		RAISE EXCEPTION 'slug|"%" is taken', p_slug
			USING ERRCODE = 'PS400';
	END;
	IF p_zone <> o.time_zone THEN
		PERFORM recount_organisation(p_org);
	END IF;
	PERFORM audit_mine('organisation.changed', coalesce(p_slug, o.slug),
		json_strip_nulls(json_build_object('name', p_name, 'slug',
		p_slug, 'timeZone', nullif(p_zone, o.time_zone))), p_address);
END
$$;

-- Another becomes owner; whoever gives it away stays as admin.
CREATE OR REPLACE FUNCTION transfer_organisation(
	p_org bigint, p_user bigint, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'owner');
	v_email text;
BEGIN
	SELECT u.email INTO v_email
	FROM membership m JOIN user_account u ON u.id = m.user_id
	WHERE m.org_id = p_org AND m.user_id = p_user;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'nobody here has this id' USING ERRCODE = 'PS404';
	ELSIF p_user = session_person() THEN
		RAISE EXCEPTION 'user|is you: it is yours already'
			USING ERRCODE = 'PS400';
	END IF;
	UPDATE membership SET role = 'owner'
	WHERE org_id = p_org AND user_id = p_user;
	UPDATE membership SET role = 'admin'
	WHERE org_id = p_org AND user_id = session_person();
	PERFORM audit_mine('organisation.transferred', v_email,
		json_build_object('user', p_user::text), p_address);
	PERFORM send_mail(p_org, v_email, 'ownership-transferred',
		json_build_object('organisation', o.name, 'by', u.name))
	FROM organisation o, user_account u
	WHERE o.id = p_org AND u.id = session_person();
END
$$;

-- Nobody enters it any more, and for 30 days nothing of it is lost. What comes
-- in from GitHub is still taken, since it is never sent again.
CREATE OR REPLACE FUNCTION delete_organisation(
	p_org bigint, p_confirm text, p_url text, p_address text)
RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_mine text := act_on(p_org, 'owner');
	o organisation;
BEGIN
	SELECT * INTO o FROM organisation WHERE id = p_org;
	IF o.slug IS DISTINCT FROM p_confirm THEN
		RAISE EXCEPTION 'confirm|is not "%"', o.slug
			USING ERRCODE = 'PS400';
	END IF;
	PERFORM audit_mine('organisation.deleted', o.slug, NULL, p_address);
	PERFORM send_mail(p_org, u.email, 'organisation-deleted',
		json_build_object('organisation', o.name, 'until',
		to_char((now() + grace()) AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
		'url', p_url))
	FROM membership m JOIN user_account u ON u.id = m.user_id
	WHERE m.org_id = p_org AND m.role = 'owner';
	DELETE FROM invitation WHERE org_id = p_org;
	DELETE FROM session WHERE org_id = p_org;
	UPDATE organisation SET deleted_at = now() WHERE id = p_org;
	RETURN now();
END
$$;

CREATE OR REPLACE FUNCTION grace() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT interval '30 days' $$;

-- By one of its owners, from wherever he is signed in.
CREATE OR REPLACE FUNCTION restore_organisation(p_org bigint, p_address text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	PERFORM lock_organisation(p_org);
	UPDATE organisation o SET deleted_at = NULL
	FROM membership m
	WHERE o.id = p_org AND m.org_id = o.id AND m.role = 'owner'
	  AND m.user_id = session_person() AND o.deleted_at > now() - grace();
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no deleted organisation of yours has this id'
			USING ERRCODE = 'PS404';
	END IF;
	PERFORM audit(p_org, session_person(), NULL, 'organisation.restored',
		NULL, NULL, p_address);
END
$$;

-- For clean-up: those whose 30 days are over.
CREATE OR REPLACE FUNCTION organisations_to_forget()
RETURNS TABLE (id bigint)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT o.id FROM pulse.organisation o
	WHERE o.deleted_at <= now() - pulse.grace() ORDER BY o.id
$$;

-- Some rows of an organisation that is gone for good; 0: there is nothing left
-- of it. All tables with org_id, those first that no other points to.
CREATE OR REPLACE FUNCTION forget_organisation(p_org bigint, p_limit integer)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_table text;
	v_count integer;
BEGIN
	PERFORM enter_as(p_org);
	IF NOT EXISTS (SELECT FROM organisation o WHERE o.id = p_org
			AND o.deleted_at <= now() - grace()) THEN
		RETURN 0;
	END IF;
	WITH gone AS (
		DELETE FROM delivery WHERE (door, guid) IN (
			SELECT d.door, d.guid FROM delivery d
			WHERE d.org_id = p_org LIMIT p_limit)
		RETURNING received_at, door, guid),
	bodies AS (
		DELETE FROM delivery_body b USING gone
		WHERE b.received_at = gone.received_at AND b.door = gone.door
		  AND b.guid = gone.guid)
	SELECT count(*) INTO v_count FROM gone;
	IF v_count > 0 THEN
		RETURN v_count;
	END IF;
	FOR v_table IN
		SELECT c.relname FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid
			AND a.attname = 'org_id' AND NOT a.attisdropped
		WHERE c.relnamespace = 'pulse'::regnamespace
		  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
		  AND c.relname <> 'installation'
		ORDER BY (SELECT count(*) FROM pg_constraint k
			WHERE k.confrelid = c.oid), c.relname
	LOOP
		-- Of what the job may not read there is little.
		IF has_table_privilege(v_table, 'SELECT') THEN
			EXECUTE format('DELETE FROM %I WHERE ctid = ANY (ARRAY('
				'SELECT ctid FROM %I WHERE org_id = $1'
				' LIMIT $2))', v_table, v_table)
			USING p_org, p_limit;
		ELSE
			EXECUTE format('DELETE FROM %I WHERE org_id = $1',
				v_table) USING p_org;
		END IF;
		GET DIAGNOSTICS v_count = ROW_COUNT;
		IF v_count > 0 THEN
			RETURN v_count;
		END IF;
	END LOOP;
	DELETE FROM organisation o WHERE o.id = p_org;
	RETURN 1;
END
$$;
