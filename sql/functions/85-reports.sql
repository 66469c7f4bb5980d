-- 85-reports.sql: deployments, incidents and pull requests that tools report,
-- and what environments are.

-- Take a report under its key. The first time `fresh` is true, the store_*()
-- behind it write (fresh()), and p_answer is remembered. Another time nothing is
-- written and `answer` is the first one's; PS419 when what is reported differs.
-- Of two at once the second waits for the first.
CREATE OR REPLACE FUNCTION begin_report(p_org bigint, p_key text,
	p_content bytea, p_answer text, OUT fresh boolean, OUT answer text)
LANGUAGE plpgsql
AS $$
DECLARE
	v_content bytea;
BEGIN
	DELETE FROM report r WHERE r.org_id = p_org
		AND r.reported_at < now() - interval '7 days';
	INSERT INTO report AS r (org_id, key, content, answer)
	VALUES (p_org, p_key, p_content, p_answer)
	ON CONFLICT (org_id, key) DO NOTHING;
	fresh := FOUND;
	answer := p_answer;
	IF NOT fresh THEN
		SELECT r.content, r.answer INTO v_content, begin_report.answer
		FROM report r WHERE r.org_id = p_org AND r.key = p_key;
		IF v_content <> p_content THEN
			RAISE EXCEPTION 'this Idempotency-Key came with other content before'
				USING ERRCODE = 'PS419';
		END IF;
	END IF;
	PERFORM set_config('pulse.fresh', CASE WHEN fresh THEN '{0}'
		ELSE '{}' END, true);
END
$$;

CREATE OR REPLACE FUNCTION store_incident(p_org bigint, p_source text,
	p_external_id text, p_title text, p_severity text, p_service text,
	p_url text, p_started timestamptz, p_resolved timestamptz, p_sha text,
	p_version bigint)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	IF NOT 0 = ANY (fresh()) THEN
		RETURN;
	END IF;
	INSERT INTO incident AS t (org_id, source, external_id, title,
		severity, service, url, started_at, resolved_at, caused_by_sha,
		version, digest)
	VALUES (p_org, p_source, p_external_id, p_title, p_severity, p_service,
		p_url, p_started, p_resolved, p_sha, p_version,
		hashtextextended(concat_ws(E'\x01', p_title, p_severity,
			coalesce(p_service, ''), coalesce(p_url, ''),
			p_started AT TIME ZONE 'UTC',
			p_resolved AT TIME ZONE 'UTC', p_sha), 0))
	ON CONFLICT (org_id, source, external_id) DO UPDATE SET
		title = excluded.title, severity = excluded.severity,
		service = excluded.service, url = excluded.url,
		started_at = excluded.started_at,
		resolved_at = excluded.resolved_at,
		caused_by_sha = excluded.caused_by_sha,
		version = excluded.version, digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
END
$$;

-- What holds where an organisation has no rules of its own. Names as tools give
-- them; a word stands alone or with something behind a dash, dot, slash, space
-- or underscore, or before one.
CREATE OR REPLACE VIEW default_environment WITH (security_invoker = true) AS
	SELECT row_number() OVER ()::integer AS place, name, tier, pattern
	FROM (VALUES
		('Pre-production', 'staging', 'pre-prod*'),
		('Pre-production', 'staging', 'preprod*'),
		('Pre-production', 'staging', 'pre_prod*'),
		('Non-production', 'development', 'non-prod*'),
		('Non-production', 'development', 'nonprod*'),
		('Preview', 'development', '*preview*'),
		('Staging', 'staging', '*staging*'),
		('Staging', 'staging', 'stage*'),
		('Staging', 'staging', 'stg*'),
		('Staging', 'staging', '*uat*'),
		('Staging', 'staging', 'qa*'),
		('Staging', 'staging', 'acceptance*'),
		('Production', 'production', '*production*'),
		('Production', 'production', 'prod*'),
		('Production', 'production', '*-prod'),
		('Production', 'production', '*-prod-*'),
		('Production', 'production', '*_prod'),
		('Production', 'production', '*/prod'),
		('Production', 'production', '* prod'),
		('Production', 'production', '*.prod'),
		('Production', 'production', 'prd*'),
		('Production', 'production', '*-prd'),
		('Production', 'production', 'live'),
		('Production', 'production', 'live-*'),
		('Production', 'production', '*-live'),
		('Production', 'production', 'github-pages'),
		('Development', 'development', 'dev*'),
		('Development', 'development', '*-dev'),
		('Development', 'development', 'test*'),
		('Development', 'development', '*-test'),
		('Development', 'development', '*sandbox*'),
		('Development', 'development', 'review*'),
		('Development', 'development', 'ci'),
		('Development', 'development', 'local*')
	) AS d (name, tier, pattern);
COMMENT ON VIEW default_environment IS
	'What environments are where nobody says otherwise: the first pattern '
	'that fits.';

-- A pattern as LIKE's.
CREATE OR REPLACE FUNCTION fits_pattern(p_text text, p_pattern text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT p_text LIKE replace(replace(replace(replace(p_pattern,
		'\', '\\'), '%', '\%'), '_', '\_'), '*', '%')
$$;

CREATE OR REPLACE FUNCTION environments_of(p_org bigint)
RETURNS TABLE (place integer, name text, tier text, pattern text)
LANGUAGE sql STABLE
AS $$
	SELECT r.place, r.name, r.tier, r.pattern FROM environment_rule r
	WHERE r.org_id = p_org
	UNION ALL
	SELECT d.place, d.name, d.tier, d.pattern FROM default_environment d
	WHERE NOT EXISTS (SELECT FROM environment_rule r
		WHERE r.org_id = p_org)
	ORDER BY 1
$$;

CREATE OR REPLACE FUNCTION tier_of(p_org bigint, p_environment text)
RETURNS text
LANGUAGE sql STABLE
AS $$
	SELECT coalesce((SELECT e.tier FROM environments_of(p_org) e
		WHERE fits_pattern(lower(p_environment), e.pattern)
		ORDER BY e.place LIMIT 1), 'other')
$$;
COMMENT ON FUNCTION tier_of(bigint, text) IS
	'production, staging, development or other';

-- The rules anew, all at once; none: the defaults. p_rules is an array of
-- {name, tier, pattern} whose shape has been looked at.
CREATE OR REPLACE FUNCTION set_environments(p_org bigint, p_rules jsonb,
	p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM act_on(p_org, 'admin');
	DELETE FROM environment_rule r WHERE r.org_id = p_org;
	INSERT INTO environment_rule (org_id, place, name, tier, pattern)
	SELECT p_org, x.n, x.rule->>'name', x.rule->>'tier',
		lower(x.rule->>'pattern')
	FROM jsonb_array_elements(p_rules) WITH ORDINALITY AS x (rule, n);
	PERFORM audit_mine('environments.changed', NULL,
		json_build_object('rules', jsonb_array_length(p_rules)),
		p_address);
END
$$;
