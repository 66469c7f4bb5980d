-- 35-figures.sql: what a record counts for, in one place.
--
-- The table below says, for each table of records, which figures its row `p`
-- counts one for, of which moment: (moment, figure); a NULL moment counts for
-- nothing. From it are made
--	triggers that append the difference between a statement's old rows and
--	its new ones to rollup_delta, so that the roll-ups follow whatever
--	changes a record,
--	the view figure_of_repository, which shows the same straight from the
--	records: recount_team() and a test compare the two.

-- Bots are a series of their own (docs/metrics.md).
CREATE OR REPLACE FUNCTION figure(p_kind text, p_bot boolean) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN p_bot THEN p_kind || ':bot' ELSE p_kind END $$;

DO $do$
DECLARE
	r record;
	v_view text;
	-- The figures of the rows %s as (org, repo, at, person, kind).
	v_select text := $$
		SELECT p.org_id, p.repo_id, f.at, lower(coalesce(%2$s, '')) AS person,
			figure(f.kind, p.bot) AS kind
		FROM %1$I p CROSS JOIN LATERAL (VALUES %3$s) f (at, kind)
		WHERE f.at IS NOT NULL $$;
BEGIN
	FOR r IN SELECT * FROM (VALUES
		('commit', 'p.author, p.author_name', $$
			(p.authored_at, 'commits') $$),
		('pull_request', 'p.author', $$
			(p.created_at, 'pull_requests_opened'),
			(p.merged_at, 'pull_requests_merged'),
			(CASE WHEN p.state = 'closed' THEN p.closed_at END,
			 'pull_requests_abandoned') $$),
		('review', 'p.author', $$
			(p.submitted_at, 'reviews') $$),
		('comment', 'p.author', $$
			(CASE WHEN NOT p.deleted THEN p.created_at END, 'comments') $$),
		('issue', 'p.author', $$
			(CASE WHEN NOT p.deleted THEN p.created_at END,
			 'issues_opened'),
			(CASE WHEN NOT p.deleted AND p.state = 'closed'
				THEN p.closed_at END, 'issues_closed') $$),
		('deployment', 'p.author', $$
			(p.succeeded_at, 'deployments') $$),
		('release', 'p.author', $$
			(CASE WHEN NOT p.deleted THEN p.published_at END,
			 'releases') $$)
		) AS t (tab, person, figures)
	LOOP
		v_view := concat_ws(' UNION ALL ', v_view,
			format(v_select, r.tab, r.person, r.figures));
		EXECUTE format($f$
			CREATE OR REPLACE FUNCTION count_new_%1$s() RETURNS trigger
			LANGUAGE plpgsql
			AS $$
			BEGIN
				-- Most statements of ON CONFLICT do one of the
				-- two only.
				IF NOT EXISTS (SELECT FROM come) THEN
					RETURN NULL;
				END IF;
				INSERT INTO rollup_delta
				SELECT n.*, 1 FROM (%2$s) n;
				RETURN NULL;
			END
			$$;
			CREATE OR REPLACE FUNCTION count_changed_%1$s()
			RETURNS trigger
			LANGUAGE plpgsql
			AS $$
			BEGIN
				IF NOT EXISTS (SELECT FROM come) THEN
					RETURN NULL;
				END IF;
				INSERT INTO rollup_delta
				SELECT org_id, repo_id, at, person, kind, sum(amount)
				FROM (SELECT n.*, 1 AS amount FROM (%2$s) n
					UNION ALL
					SELECT o.*, -1 FROM (%3$s) o) d
				GROUP BY 1, 2, 3, 4, 5 HAVING sum(amount) <> 0;
				RETURN NULL;
			END
			$$;
			CREATE OR REPLACE TRIGGER count_new AFTER INSERT ON %1$I
			REFERENCING NEW TABLE AS come
			FOR EACH STATEMENT EXECUTE FUNCTION count_new_%1$s();
			CREATE OR REPLACE TRIGGER count_changed AFTER UPDATE ON %1$I
			REFERENCING OLD TABLE AS gone NEW TABLE AS come
			FOR EACH STATEMENT EXECUTE FUNCTION count_changed_%1$s();
			$f$, r.tab, format(v_select, 'come', r.person, r.figures),
			format(v_select, 'gone', r.person, r.figures));
	END LOOP;
	EXECUTE 'CREATE OR REPLACE VIEW figure_of_repository '
		'WITH (security_invoker = true) AS' || v_view;
END
$do$;
COMMENT ON VIEW figure_of_repository IS
	'Everything that counts for a figure, one row each.';
