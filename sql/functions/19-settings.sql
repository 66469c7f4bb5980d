-- 19-settings.sql: plans and what they allow; what an organisation may choose.

-- The plans. NULL: no limit.
CREATE OR REPLACE VIEW plan WITH (security_invoker = true) AS
SELECT * FROM (VALUES
	('free',	10,		10,		90),
	('team',	100,		100,		400),
	('enterprise',	NULL,		NULL,		NULL)
) AS p (name, repositories, members, retention_days);

-- The flags of an organisation. One is listed with the feature that asks it.
CREATE OR REPLACE VIEW known_flag WITH (security_invoker = true) AS
SELECT * FROM (VALUES
	('adoptRepositories', true, 'Repositories that nobody connected are '
		'taken in when they send something, where the installation '
		'allows it'),
	('emailsVisible', true,
		'Members see the e-mail addresses of one another')
) AS f (name, fallback, meaning);

-- The thresholds of docs/metrics.md.
CREATE OR REPLACE VIEW known_threshold WITH (security_invoker = true) AS
SELECT * FROM (VALUES
	('staleCommitDays', 30, 1, 365, 'A first commit that many days before '
		'its pull request was opened does not start the clock'),
	('largeChangeLines', 500, 50, 10000,
		'A pull request of more changed lines is large'),
	('reviewBacklogHours', 24, 1, 336, 'A pull request that waits longer '
		'for a first review counts as backlog'),
	('incidentHours', 72, 1, 720, 'An incident is put down to a '
		'deployment of so many hours before'),
	('targetCycleHours', 72, 1, 720,
		'The cycle time that counts as reliable'),
	('targetReviewHours', 24, 1, 336,
		'The time to a first review that counts as reliable'),
	('riskMedium', 40, 1, 98, 'From here on a sprint''s risk is medium'),
	('riskHigh', 70, 2, 99, 'From here on a sprint''s risk is high'),
	('riskJumpPoints', 15, 1, 100,
		'A rise of the risk by more is an anomaly'),
	('commitDropPercent', 50, 10, 100,
		'Commits fewer by more than this are an anomaly'),
	('commitDropFloor', 5, 1, 1000,
		'Days with fewer commits are not compared with'),
	('stalledHours', 48, 1, 720, 'A ready pull request that nobody looked '
		'at for longer is stalled'),
	('coverageDropPoints', 5, 1, 100,
		'Coverage that falls by more is an anomaly'),
	('reviewImbalance', 3, 2, 20,
		'How many times another''s review load is too much'),
	('reviewLoadDays', 14, 1, 90, 'Over how many days review load is counted'),
	('inactiveDays', 3, 1, 60,
		'Working days without activity after which it is an anomaly')
) AS t (name, fallback, least, most, meaning);

CREATE OR REPLACE FUNCTION usage_of(p_org bigint, OUT repositories bigint,
	OUT members bigint, OUT invitations bigint)
LANGUAGE sql STABLE
AS $$
	SELECT (SELECT count(*) FROM pulse.repository r
			WHERE r.org_id = p_org AND NOT r.deleted),
		(SELECT count(*) FROM pulse.membership m
			WHERE m.org_id = p_org),
		(SELECT count(*) FROM pulse.invitation i
			WHERE i.org_id = p_org AND i.expires_at >= now())
$$;

-- Does the plan allow p_more than there are, invitations counted with the
-- members? With 0: as many as there are by now. Waits for others who ask.
CREATE OR REPLACE FUNCTION check_limit(
	p_org bigint, p_what text, p_more integer) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_plan text;
	v_limit bigint;
	v_used bigint;
	u record;
BEGIN
	SELECT p.name, CASE p_what WHEN 'members' THEN p.members
		ELSE p.repositories END
	INTO v_plan, v_limit
	FROM pulse.organisation o JOIN pulse.plan p ON p.name = o.plan
	WHERE o.id = p_org;
	IF v_plan IS NOT NULL AND v_limit IS NULL THEN
		RETURN;
	END IF;
	PERFORM pg_advisory_xact_lock(hashtext('pulse.plan'), hashint8(p_org));
	SELECT * INTO u FROM pulse.usage_of(p_org);
	v_used := CASE WHEN p_what <> 'members' THEN u.repositories
		WHEN p_more > 0 THEN u.members + u.invitations
		ELSE u.members END;
	IF v_used + p_more > v_limit OR v_plan IS NULL THEN
		RAISE EXCEPTION 'plan "%" allows % %, and % are here%', v_plan,
			v_limit, p_what, v_used - (p_more = 0)::int,
			CASE WHEN p_what = 'members' AND p_more > 0
			THEN ', invitations counted' ELSE '' END
			USING ERRCODE = 'PS402';
	END IF;
END
$$;

-- Where rows are made, whoever makes them. After the row: one that was there
-- already (ON CONFLICT) comes here not at all.
CREATE OR REPLACE FUNCTION limit_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	PERFORM check_limit(NEW.org_id, CASE TG_TABLE_NAME
		WHEN 'membership' THEN 'members' ELSE 'repositories' END, 0);
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER limit_rows AFTER INSERT ON membership
	FOR EACH ROW EXECUTE FUNCTION limit_rows();
CREATE OR REPLACE TRIGGER limit_rows AFTER INSERT ON repository
	FOR EACH ROW EXECUTE FUNCTION limit_rows();

-- A new plan. Repositories that the old one kept out are taken in: what they
-- sent is read now.
CREATE OR REPLACE FUNCTION set_plan(p_org bigint, p_plan text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	UPDATE organisation SET plan = p_plan WHERE id = p_org;
	UPDATE delivery SET state = 'waiting', next_attempt_at = now(),
		attempts = 0
	WHERE org_id = p_org AND state = 'dead'
	  AND reason LIKE 'plan "%" allows %';
END
$$;

CREATE OR REPLACE FUNCTION has_flag(p_org bigint, p_name text) RETURNS boolean
LANGUAGE sql STABLE
AS $$
	SELECT coalesce((SELECT (s.flags ->> p_name)::boolean
		FROM pulse.organisation_setting s WHERE s.org_id = p_org),
		(SELECT f.fallback FROM pulse.known_flag f WHERE f.name = p_name))
$$;

CREATE OR REPLACE FUNCTION threshold_of(p_org bigint, p_name text)
RETURNS numeric
LANGUAGE sql STABLE
AS $$
	SELECT coalesce((SELECT (s.thresholds ->> p_name)::numeric
		FROM pulse.organisation_setting s WHERE s.org_id = p_org),
		(SELECT t.fallback FROM pulse.known_threshold t
			WHERE t.name = p_name))
$$;

-- How many days an organisation's lines are kept: of what it chose, what its
-- plan allows and what the installation has, the least.
CREATE OR REPLACE FUNCTION activity_days(p_org bigint, p_days integer)
RETURNS integer
LANGUAGE sql STABLE
AS $$
	SELECT least(p_days, p.retention_days, (SELECT s.activity_days
		FROM pulse.organisation_setting s WHERE s.org_id = o.id))
	FROM pulse.organisation o JOIN pulse.plan p ON p.name = o.plan
	WHERE o.id = p_org
$$;

-- What stands on every page and letter of an organisation.
CREATE OR REPLACE FUNCTION branding(p_org bigint) RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_build_object('name', o.name, 'colours',
		json_build_object('light', s.accent_light, 'dark', s.accent_dark),
		'logo', l.name)
	FROM pulse.organisation o
	LEFT JOIN pulse.organisation_setting s ON s.org_id = o.id
	LEFT JOIN pulse.organisation_logo l ON l.org_id = o.id
	WHERE o.id = p_org
$$;

-- What is chosen, with the defaults where nothing is.
CREATE OR REPLACE FUNCTION settings_of(p_org bigint) RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_build_object(
		'colours', json_build_object('light', s.accent_light,
			'dark', s.accent_dark),
		'logo', (SELECT l.name FROM pulse.organisation_logo l
			WHERE l.org_id = p_org),
		'flags', (SELECT json_object_agg(f.name,
			coalesce((s.flags ->> f.name)::boolean, f.fallback)
			ORDER BY f.name) FROM pulse.known_flag f),
		'thresholds', (SELECT json_object_agg(t.name,
			coalesce((s.thresholds ->> t.name)::numeric, t.fallback)
			ORDER BY t.name) FROM pulse.known_threshold t),
		'bots', to_json(coalesce(s.bots, '{}')),
		'retention', json_build_object('activityDays', s.activity_days,
			'auditDays', s.audit_days),
		'holidays', to_json(coalesce(s.holidays, '{}')),
		'personFigures', coalesce(s.person_figures, 'managers'),
		'known', json_build_object(
			'flags', (SELECT json_agg(json_build_object('name',
				f.name, 'default', f.fallback, 'meaning',
				f.meaning) ORDER BY f.name)
				FROM pulse.known_flag f),
			'thresholds', (SELECT json_agg(json_build_object('name',
				t.name, 'default', t.fallback, 'least', t.least,
				'most', t.most, 'meaning', t.meaning)
				ORDER BY t.name) FROM pulse.known_threshold t)))
	FROM (VALUES (1)) one (n)
	LEFT JOIN pulse.organisation_setting s ON s.org_id = p_org
$$;

CREATE OR REPLACE FUNCTION is_day(p_text text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN p_text ~ '^20[0-9][0-9]-[0-9]{2}-[0-9]{2}$'
		AND p_text::date IS NOT NULL;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
	RETURN false;
END
$$;

-- What is wrong with new settings, a row a field. NULL: it stays as it is.
CREATE OR REPLACE FUNCTION settings_wrong(p_org bigint, p_flags jsonb,
	p_thresholds jsonb, p_bots jsonb, p_retention jsonb, p_holidays jsonb)
RETURNS TABLE (field text, message text)
LANGUAGE sql STABLE
AS $$
	SELECT 'flags.' || x.key, CASE WHEN f.name IS NULL
		THEN 'is not a flag' ELSE 'is not true or false' END
	FROM jsonb_each(p_flags) x
	LEFT JOIN pulse.known_flag f ON f.name = x.key
	WHERE f.name IS NULL OR jsonb_typeof(x.value) <> 'boolean'
	UNION ALL
	SELECT 'thresholds.' || x.key, CASE WHEN t.name IS NULL
		THEN 'is not a threshold' ELSE format(
		'is not a whole number from %s to %s', t.least, t.most) END
	FROM jsonb_each(p_thresholds) x
	LEFT JOIN pulse.known_threshold t ON t.name = x.key
	WHERE t.name IS NULL OR NOT CASE jsonb_typeof(x.value)
		WHEN 'number' THEN x.value::numeric BETWEEN t.least AND t.most
			AND x.value::numeric % 1 = 0 ELSE false END
	UNION ALL
	SELECT 'thresholds.riskMedium', 'is not below riskHigh'
	FROM (SELECT coalesce(p_thresholds -> 'riskMedium',
			to_jsonb(pulse.threshold_of(p_org, 'riskMedium'))) AS m,
		coalesce(p_thresholds -> 'riskHigh',
			to_jsonb(pulse.threshold_of(p_org, 'riskHigh'))) AS h) r
	WHERE CASE WHEN jsonb_typeof(m) = 'number'
		AND jsonb_typeof(h) = 'number'
		THEN m::numeric >= h::numeric ELSE false END
	UNION ALL
	SELECT 'bots', format('has %s, which is not a login', b.value)
	FROM jsonb_array_elements(p_bots) b
	WHERE jsonb_typeof(b.value) <> 'string' OR lower(b.value #>> '{}')
		!~ '^[a-z0-9][a-z0-9_-]{0,98}(\[bot\])?$'
	UNION ALL
	SELECT 'bots', 'has more than 200 logins'
	WHERE jsonb_array_length(p_bots) > 200
	UNION ALL
	SELECT 'holidays', format('has %s, which is not a day like 2026-12-25',
		d.value)
	FROM jsonb_array_elements(p_holidays) d
	WHERE NOT pulse.is_day(CASE jsonb_typeof(d.value)
		WHEN 'string' THEN d.value #>> '{}' ELSE '' END)
	UNION ALL
	SELECT 'holidays', 'has more than 500 days'
	WHERE jsonb_array_length(p_holidays) > 500
	UNION ALL
	SELECT 'retention.' || x.key,
		CASE WHEN x.key NOT IN ('activityDays', 'auditDays')
		THEN 'is not known here'
		WHEN p.retention_days IS NULL OR NOT x.good
		THEN 'is not a whole number from 30 to 36500, or null'
		ELSE format('is more than the %s days of plan "%s"',
			p.retention_days, p.name) END
	FROM (SELECT e.key, CASE jsonb_typeof(e.value) WHEN 'null' THEN NULL
			WHEN 'number' THEN e.value::numeric ELSE 0 END AS days,
		coalesce(CASE jsonb_typeof(e.value) WHEN 'null' THEN true
			WHEN 'number' THEN e.value::numeric BETWEEN 30 AND 36500
			AND e.value::numeric % 1 = 0 END, false) AS good
		FROM jsonb_each(p_retention) e) x
	CROSS JOIN pulse.organisation o
	JOIN pulse.plan p ON p.name = o.plan
	WHERE o.id = p_org AND (x.key NOT IN ('activityDays', 'auditDays')
		OR NOT x.good OR (x.key = 'activityDays'
			AND x.days > p.retention_days))
$$;

-- New settings, or what is wrong with them; then nothing is changed. NULL
-- leaves one as it is; an empty colour takes it back to the design's own.
CREATE OR REPLACE FUNCTION change_settings(p_org bigint, p_light text,
	p_dark text, p_flags jsonb, p_thresholds jsonb, p_bots jsonb,
	p_retention jsonb, p_holidays jsonb, p_figures text, p_address text)
RETURNS TABLE (field text, message text)
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
BEGIN
	RETURN QUERY SELECT * FROM settings_wrong(p_org, p_flags, p_thresholds,
		p_bots, p_retention, p_holidays);
	IF FOUND THEN
		RETURN;
	END IF;
	INSERT INTO organisation_setting (org_id) VALUES (p_org)
	ON CONFLICT DO NOTHING;
	UPDATE organisation_setting s SET
		accent_light = CASE WHEN p_light IS NULL THEN s.accent_light
			ELSE nullif(p_light, '') END,
		accent_dark = CASE WHEN p_dark IS NULL THEN s.accent_dark
			ELSE nullif(p_dark, '') END,
		flags = s.flags || coalesce(p_flags, '{}'),
		thresholds = s.thresholds || coalesce(p_thresholds, '{}'),
		bots = CASE WHEN p_bots IS NULL THEN s.bots ELSE ARRAY(
			SELECT DISTINCT lower(b)
			FROM jsonb_array_elements_text(p_bots) b
			ORDER BY 1) END,
		activity_days = CASE WHEN p_retention ? 'activityDays'
			THEN (p_retention ->> 'activityDays')::numeric::integer
			ELSE s.activity_days END,
		audit_days = CASE WHEN p_retention ? 'auditDays'
			THEN (p_retention ->> 'auditDays')::numeric::integer
			ELSE s.audit_days END,
		holidays = CASE WHEN p_holidays IS NULL THEN s.holidays
			ELSE ARRAY(SELECT DISTINCT d::date
			FROM jsonb_array_elements_text(p_holidays) d
			ORDER BY 1) END,
		person_figures = coalesce(p_figures, s.person_figures)
	WHERE s.org_id = p_org;
	PERFORM audit_mine('settings.changed', NULL, json_strip_nulls(
		json_build_object('light', p_light, 'dark', p_dark, 'flags',
		p_flags, 'thresholds', p_thresholds, 'bots', p_bots,
		'retention', p_retention, 'holidays', p_holidays,
		'personFigures', p_figures)), p_address);
END
$$;

-- A logo, or none (p_name NULL).
CREATE OR REPLACE FUNCTION set_logo(p_org bigint, p_name text, p_type text,
	p_width integer, p_height integer, p_bytes bytea, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
BEGIN
	DELETE FROM organisation_logo WHERE org_id = p_org;
	IF p_name IS NOT NULL THEN
		INSERT INTO organisation_logo
		VALUES (p_org, p_name, p_type, p_width, p_height, p_bytes);
	END IF;
	PERFORM audit_mine(CASE WHEN p_name IS NULL THEN 'settings.logo-removed'
		ELSE 'settings.logo-changed' END, NULL, NULL, p_address);
END
$$;

-- For whoever knows its name: pages and letters show it before a sign-in.
CREATE OR REPLACE FUNCTION find_logo(
	p_name text, OUT type text, OUT bytes bytea)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT l.type, l.bytes FROM pulse.organisation_logo l
	JOIN pulse.organisation o ON o.id = l.org_id AND o.deleted_at IS NULL
	WHERE l.name = p_name
$$;
