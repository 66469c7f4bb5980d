-- 18-teams.sql: teams, who is in them, and which repositories they have.

CREATE OR REPLACE FUNCTION create_team(p_org bigint, p_name text, p_slug text,
	p_zone text, p_length integer, p_start date, p_address text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
	v_slug text := coalesce(p_slug, slug_of(p_name));
	v_id bigint;
BEGIN
	PERFORM check_zone(p_zone);
	FOR i IN 2..1000 LOOP
		INSERT INTO team (org_id, slug, name, time_zone,
			sprint_length_days, sprint_start)
		VALUES (p_org, v_slug, p_name, p_zone, p_length, p_start)
		ON CONFLICT ON CONSTRAINT team_slug_key DO NOTHING
		RETURNING id INTO v_id;
		EXIT WHEN v_id IS NOT NULL OR p_slug IS NOT NULL;
		v_slug := slug_of(p_name) || '-' || i;
	END LOOP;
	IF v_id IS NULL THEN
		RAISE EXCEPTION 'slug|"%" is taken', v_slug
			USING ERRCODE = 'PS400';
	END IF;
	PERFORM audit_mine('team.created', v_slug,
		json_build_object('team', v_id::text), p_address);
	RETURN v_id;
END
$$;

CREATE OR REPLACE FUNCTION find_own_team(p_org bigint, p_team bigint)
RETURNS team
LANGUAGE plpgsql
AS $$
DECLARE
	t team;
BEGIN
	SELECT * INTO t FROM team x WHERE x.org_id = p_org AND x.id = p_team;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no team has this id' USING ERRCODE = 'PS404';
	END IF;
	RETURN t;
END
$$;

-- NULL: as it is. In another zone the days are cut anew.
CREATE OR REPLACE FUNCTION change_team(p_org bigint, p_team bigint,
	p_name text, p_slug text, p_zone text, p_length integer, p_start date,
	p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
	t team := find_own_team(p_org, p_team);
BEGIN
	p_zone := coalesce(p_zone, t.time_zone);
	PERFORM check_zone(p_zone);
	BEGIN
		UPDATE team SET name = coalesce(p_name, name),
			slug = coalesce(p_slug, slug), time_zone = p_zone,
			sprint_length_days =
				coalesce(p_length, sprint_length_days),
			sprint_start = coalesce(p_start, sprint_start)
		WHERE org_id = p_org AND id = p_team;
	EXCEPTION WHEN unique_violation THEN
		RAISE EXCEPTION 'slug|"%" is taken', p_slug
			USING ERRCODE = 'PS400';
	END;
	IF p_zone <> t.time_zone THEN
		PERFORM recount_team(p_org, p_team, r.repo_id)
		FROM team_repository r
		WHERE r.org_id = p_org AND r.team_id = p_team
		ORDER BY r.repo_id;
	END IF;
	PERFORM audit_mine('team.changed', t.slug, json_strip_nulls(
		json_build_object('team', p_team::text, 'name', p_name, 'slug',
		p_slug, 'timeZone', nullif(p_zone, t.time_zone),
		'sprintLengthDays', p_length, 'sprintStart', p_start)),
		p_address);
END
$$;

-- With its feed and its figures, which have no foreign keys.
CREATE OR REPLACE FUNCTION delete_team(
	p_org bigint, p_team bigint, p_address text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
	t team := find_own_team(p_org, p_team);
BEGIN
	PERFORM pg_advisory_xact_lock(hashtext('pulse.folder'));
	PERFORM audit_mine('team.deleted', t.slug,
		json_build_object('team', p_team::text), p_address);
	DELETE FROM team WHERE org_id = p_org AND id = p_team;
	DELETE FROM team_activity WHERE org_id = p_org AND team_id = p_team;
	DELETE FROM rollup_day WHERE org_id = p_org AND team_id = p_team;
END
$$;

-- Put a member into a team (p_in), or take him out.
CREATE OR REPLACE FUNCTION set_team_member(p_org bigint, p_team bigint,
	p_user bigint, p_in boolean, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
	t team := find_own_team(p_org, p_team);
	v_email text;
BEGIN
	SELECT u.email INTO v_email
	FROM membership m JOIN user_account u ON u.id = m.user_id
	WHERE m.org_id = p_org AND m.user_id = p_user;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'nobody here has this id' USING ERRCODE = 'PS404';
	ELSIF p_in THEN
		INSERT INTO team_member VALUES (p_org, p_team, p_user)
		ON CONFLICT DO NOTHING;
	ELSE
		DELETE FROM team_member WHERE org_id = p_org
			AND team_id = p_team AND user_id = p_user;
	END IF;
	IF FOUND THEN
		PERFORM audit_mine(CASE WHEN p_in THEN 'team.member-added'
			ELSE 'team.member-removed' END, t.slug,
			json_build_object('team', p_team::text, 'user',
			p_user::text, 'email', v_email), p_address);
	END IF;
END
$$;

CREATE OR REPLACE FUNCTION set_team_repository(p_org bigint, p_team bigint,
	p_repo bigint, p_has boolean, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
	t team := find_own_team(p_org, p_team);
	v_name text;
	v_had boolean := EXISTS (SELECT FROM team_repository x
		WHERE x.org_id = p_org AND x.team_id = p_team
		  AND x.repo_id = p_repo);
BEGIN
	SELECT r.full_name INTO v_name FROM repository r
	WHERE r.org_id = p_org AND r.id = p_repo;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no repository has this id'
			USING ERRCODE = 'PS404';
	ELSIF v_had = p_has THEN
		RETURN;
	ELSIF p_has THEN
		PERFORM attach_repository(p_org, p_team, p_repo);
	ELSE
		PERFORM pg_advisory_xact_lock(hashtext('pulse.folder'));
		PERFORM detach_repository(p_org, p_team, p_repo);
	END IF;
	PERFORM audit_mine(CASE WHEN p_has THEN 'team.repository-added'
		ELSE 'team.repository-removed' END, t.slug,
		json_build_object('team', p_team::text, 'repository',
		p_repo::text, 'name', v_name), p_address);
END
$$;
