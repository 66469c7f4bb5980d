-- 86-deployment-rules.sql: deployments that nobody reports: runs of a workflow,
-- releases, tags, where a rule of the organisation says so.
--
-- Such a deployment follows from rows that are there, whichever came first:
-- the view ruled_deployment shows all of them, triggers write those that a
-- statement's rows give, and new rules write all anew. It has no line of the
-- feed: the run, the release and the tag have theirs.
--
--	workflow_run	a run that ended: success, or failure (also of time)
--	release		from when it was published, at the commit of its tag
--	tag		from when it was set
--
-- A release or tag waits until a push has told the tag's commit. One that is
-- deleted later was deployed all the same.

-- Whoever writes what rules look at, and whoever writes rules, one after the
-- other.
CREATE OR REPLACE FUNCTION lock_deployment_rules(p_org bigint, p_alone boolean)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	IF p_alone THEN
		PERFORM pg_advisory_xact_lock(hashtext('pulse.deployment_rule'),
			hashint8(p_org));
	ELSE
		PERFORM pg_advisory_xact_lock_shared(
			hashtext('pulse.deployment_rule'), hashint8(p_org));
	END IF;
END
$$;

DO $do$
DECLARE
	v_rule text := $$
		JOIN repository p ON p.org_id = x.org_id AND p.id = x.repo_id
		JOIN deployment_rule r ON r.org_id = x.org_id AND r.source = %L
			AND fits_pattern(lower(p.full_name), r.repository) $$;
	-- %1$s: rows of build.
	v_run text := $$
		SELECT x.org_id, x.repo_id, r.source,
			x.external_id || '/' || x.attempt AS external_id,
			r.place, r.environment, x.sha, x.branch AS ref,
			coalesce(x.started_at, x.completed_at) AS created_at,
			x.completed_at AS ended_at, CASE x.conclusion
			WHEN 'success' THEN 'success' ELSE 'failure' END AS state,
			x.url, NULL::text AS author, false AS bot
		FROM %1$s x $$ || format(v_rule, 'workflow_run') || $$
			AND fits_pattern(lower(x.name), r.pattern)
			AND fits_pattern(coalesce(lower(x.branch), ''), r.branch)
		WHERE x.kind = 'workflow_run' AND x.status = 'completed'
		  AND x.completed_at IS NOT NULL
		  AND x.conclusion IN ('success', 'failure', 'timed_out') $$;
	-- %1$s: rows of release, %2$s: of git_ref.
	v_release text := $$
		SELECT x.org_id, x.repo_id, r.source, x.external_id, r.place,
			r.environment, g.sha, x.tag AS ref,
			x.published_at AS created_at, x.published_at AS ended_at,
			'success' AS state, x.url, x.author, x.bot
		FROM %1$s x JOIN %2$s g ON g.org_id = x.org_id
			AND g.repo_id = x.repo_id AND g.kind = 'tag'
			AND g.name = x.tag AND g.sha IS NOT NULL $$
			|| format(v_rule, 'release') || $$
			AND fits_pattern(lower(x.tag), r.pattern)
		WHERE x.published_at IS NOT NULL $$;
	-- %1$s: rows of git_ref. Its version says when it was set.
	v_tag text := $$
		SELECT x.org_id, x.repo_id, r.source, x.name AS external_id,
			r.place, r.environment, x.sha, x.name AS ref,
			t.at AS created_at, t.at AS ended_at,
			'success' AS state, NULL::text AS url,
			NULL::text AS author, false AS bot
		FROM %1$s x CROSS JOIN LATERAL (SELECT to_timestamp(
			(x.sha_version >> 3) / 1000.0) AS at) t $$
			|| format(v_rule, 'tag') || $$
			AND fits_pattern(lower(x.name), r.pattern)
		WHERE x.kind = 'tag' AND x.sha IS NOT NULL $$;
	v_write text := $$
		INSERT INTO deployment AS t (org_id, repo_id, source,
			external_id, environment, sha, ref, author, bot,
			created_at, url, state, state_at, succeeded_at, version,
			digest)
		SELECT DISTINCT ON (d.org_id, d.repo_id, d.source, d.external_id)
			d.org_id, d.repo_id, d.source, d.external_id,
			d.environment, d.sha, d.ref, d.author, d.bot,
			d.created_at, d.url, d.state, d.ended_at,
			CASE d.state WHEN 'success' THEN d.ended_at END, 0, 0
		FROM (%s) d
		ORDER BY d.org_id, d.repo_id, d.source, d.external_id, d.place
		ON CONFLICT (org_id, repo_id, source, external_id) DO UPDATE SET
			environment = excluded.environment, sha = excluded.sha,
			ref = excluded.ref, author = excluded.author,
			bot = excluded.bot, created_at = excluded.created_at,
			url = excluded.url, state = excluded.state,
			state_at = excluded.state_at,
			succeeded_at = excluded.succeeded_at
		WHERE (t.environment, t.sha, t.ref, t.author, t.bot,
				t.created_at, t.url, t.state, t.state_at)
			IS DISTINCT FROM (excluded.environment, excluded.sha,
				excluded.ref, excluded.author, excluded.bot,
				excluded.created_at, excluded.url,
				excluded.state, excluded.state_at) $$;
	r record;
BEGIN
	EXECUTE 'CREATE OR REPLACE VIEW ruled_deployment '
		'WITH (security_invoker = true) AS' || concat_ws(' UNION ALL ',
		format(v_run, 'build'), format(v_release, 'release', 'git_ref'),
		format(v_tag, 'git_ref'));
	FOR r IN SELECT * FROM (VALUES
		('build', format(v_run, 'come')),
		('release', format(v_release, 'come', 'git_ref')),
		('git_ref', concat_ws(' UNION ALL ',
			format(v_release, 'release', 'come'),
			format(v_tag, 'come')))) AS t (tab, given)
	LOOP
		EXECUTE format($f$
			CREATE OR REPLACE FUNCTION deploy_by_rule_%1$s()
			RETURNS trigger
			LANGUAGE plpgsql
			AS $$
			DECLARE
				v_org bigint := (SELECT org_id FROM come LIMIT 1);
			BEGIN
				IF v_org IS NULL THEN
					RETURN NULL;
				END IF;
				PERFORM lock_deployment_rules(v_org, false);
				IF EXISTS (SELECT FROM deployment_rule
						WHERE org_id = v_org) THEN
					%2$s;
				END IF;
				RETURN NULL;
			END
			$$;
			CREATE OR REPLACE TRIGGER deploy_new AFTER INSERT ON %1$I
			REFERENCING NEW TABLE AS come FOR EACH STATEMENT
			EXECUTE FUNCTION deploy_by_rule_%1$s();
			CREATE OR REPLACE TRIGGER deploy_changed
			AFTER UPDATE ON %1$I
			REFERENCING NEW TABLE AS come FOR EACH STATEMENT
			EXECUTE FUNCTION deploy_by_rule_%1$s();
			$f$, r.tab, format(v_write, r.given));
	END LOOP;
	-- The rules anew, all at once, over all that has been. p_rules is an
	-- array of {source, pattern, environment, branch?, repository?} whose
	-- shape has been looked at.
	EXECUTE format($f$
		CREATE OR REPLACE FUNCTION set_deployment_rules(p_org bigint,
			p_rules jsonb, p_address text)
		RETURNS void
		LANGUAGE plpgsql
		AS $$
		BEGIN
			PERFORM act_on(p_org, 'admin'),
				lock_deployment_rules(p_org, true);
			DELETE FROM deployment_rule r WHERE r.org_id = p_org;
			INSERT INTO deployment_rule (org_id, place, source,
				pattern, branch, repository, environment)
			SELECT p_org, x.n, x.rule->>'source',
				lower(x.rule->>'pattern'),
				lower(coalesce(x.rule->>'branch', '*')),
				lower(coalesce(x.rule->>'repository', '*')),
				x.rule->>'environment'
			FROM jsonb_array_elements(p_rules)
				WITH ORDINALITY AS x (rule, n);
			-- A row that changes is counted anew, one that goes is
			-- not: it comes to nothing first.
			UPDATE deployment t SET succeeded_at = NULL
			WHERE t.org_id = p_org AND t.succeeded_at IS NOT NULL
			  AND t.source IN ('workflow_run', 'release', 'tag')
			  AND NOT EXISTS (SELECT FROM ruled_deployment d
				WHERE d.org_id = p_org AND d.repo_id = t.repo_id
				  AND d.source = t.source
				  AND d.external_id = t.external_id);
			DELETE FROM deployment t
			WHERE t.org_id = p_org
			  AND t.source IN ('workflow_run', 'release', 'tag')
			  AND NOT EXISTS (SELECT FROM ruled_deployment d
				WHERE d.org_id = p_org AND d.repo_id = t.repo_id
				  AND d.source = t.source
				  AND d.external_id = t.external_id);
			%s;
			PERFORM audit_mine('deployment-rules.changed', NULL,
				json_build_object('rules',
					jsonb_array_length(p_rules)), p_address);
		END
		$$ $f$, format(v_write,
			'SELECT * FROM ruled_deployment WHERE org_id = p_org'));
END
$do$;
COMMENT ON VIEW ruled_deployment IS
	'Every deployment that a rule gives, once for each rule that fits.';
