-- 85-jira-sweep.sql: what Jira has no more, and which pull request speaks of which
-- issue.

-- A sweep: the ids that Jira lists, page by page, then what it lists no more.
CREATE OR REPLACE FUNCTION jira_saw(
	p_org bigint, p_connection bigint, p_ids bigint[])
RETURNS void
LANGUAGE sql
AS $$
	INSERT INTO jira_seen
	SELECT DISTINCT p_org, p_connection, x FROM unnest(p_ids) x ORDER BY 3
	ON CONFLICT DO NOTHING;
$$;

-- Ends a sweep that began at p_began. Issues that are newer were not looked
-- for. Where most would go, it is the account that sees less, not the issues
-- that went: nothing is done, and -1 returned.
CREATE OR REPLACE FUNCTION jira_sweep(
	p_org bigint, p_connection bigint, p_began timestamptz)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_gone bigint[];
	v_back bigint[];
	v_all integer;
BEGIN
	SELECT count(*), array_agg(i.id) FILTER (WHERE NOT EXISTS (
		SELECT FROM jira_seen s WHERE s.org_id = p_org
		  AND s.connection_id = p_connection AND s.issue_id = i.id))
	INTO v_all, v_gone
	FROM jira_issue i
	WHERE i.org_id = p_org AND i.connection_id = p_connection
	  AND NOT i.deleted AND i.created_at < p_began;
	IF v_all > 20 AND cardinality(v_gone) * 2 > v_all THEN
		DELETE FROM jira_seen
		WHERE org_id = p_org AND connection_id = p_connection;
		RETURN -1;
	END IF;
	-- Whatever is told of the state that it was seen in does not bring it
	-- back; a later change does.
	UPDATE jira_issue SET deleted = true, swept = true,
		version = version | 7
	WHERE org_id = p_org AND connection_id = p_connection
	  AND id = ANY (v_gone);
	WITH back AS (
		UPDATE jira_issue i SET deleted = false, swept = false,
			version = version & ~7::bigint
		FROM jira_seen s
		WHERE i.org_id = p_org AND i.connection_id = p_connection
		  AND i.swept AND s.org_id = p_org
		  AND s.connection_id = p_connection AND s.issue_id = i.id
		RETURNING i.id)
	SELECT array_agg(id) INTO v_back FROM back;
	PERFORM snapshot_issues(p_org, p_connection, v_gone || v_back);
	DELETE FROM jira_seen
	WHERE org_id = p_org AND connection_id = p_connection;
	RETURN coalesce(cardinality(v_gone), 0);
END
$$;

-- The end of a round of sync-jira that began at p_began: 'full' read all there
-- is, 'sweep' has looked for what is gone. How many were, or -1.
CREATE OR REPLACE FUNCTION end_jira_round(
	p_org bigint, p_connection bigint, p_began timestamptz, p_how text)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_gone integer := 0;
BEGIN
	IF p_how = 'sweep' THEN
		v_gone := jira_sweep(p_org, p_connection, p_began);
	END IF;
	UPDATE jira_connection SET last_used_at = now(),
		verified_at = coalesce(verified_at, now()), state = 'ok',
		message = CASE WHEN v_gone < 0 THEN 'the account sees less than'
			' half of what it saw; nothing was taken for deleted' END,
		swept_at = CASE WHEN p_how <> '' THEN p_began ELSE swept_at END
	WHERE org_id = p_org AND id = p_connection;
	RETURN v_gone;
END
$$;

-- Keys of issues as they are written (FACTS: \b[A-Z][A-Z0-9_]+-[1-9][0-9]*\b).
CREATE OR REPLACE FUNCTION issue_keys(p_text text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT DISTINCT m[1] FROM regexp_matches(p_text,
		'\m([A-Z][A-Z0-9_]+-[1-9][0-9]{0,9})\M', 'g') m
$$;

CREATE OR REPLACE FUNCTION mention_issues() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	DELETE FROM issue_mention
	WHERE org_id = NEW.org_id AND repo_id = NEW.repo_id
	  AND number = NEW.number;
	INSERT INTO issue_mention
	SELECT NEW.org_id, NEW.repo_id, NEW.number, k, 'title'
	FROM issue_keys(NEW.title) k
	UNION ALL
	SELECT NEW.org_id, NEW.repo_id, NEW.number, k, 'branch'
	FROM issue_keys(NEW.head_ref) k;
	RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER mentions_new AFTER INSERT ON pull_request
	FOR EACH ROW WHEN (NEW.title ~ '[A-Z0-9_]-[1-9]'
		OR NEW.head_ref ~ '[A-Z0-9_]-[1-9]')
	EXECUTE FUNCTION mention_issues();
CREATE OR REPLACE TRIGGER mentions_changed
	AFTER UPDATE OF title, head_ref ON pull_request
	FOR EACH ROW WHEN (NEW.title IS DISTINCT FROM OLD.title
		OR NEW.head_ref IS DISTINCT FROM OLD.head_ref)
	EXECUTE FUNCTION mention_issues();

CREATE OR REPLACE VIEW issue_of_pull_request WITH (security_invoker = true) AS
SELECT m.org_id, m.repo_id, m.number, i.connection_id, i.id AS issue_id, i.key,
	array_agg(m.place ORDER BY m.place) AS places
FROM issue_mention m
JOIN jira_issue i ON i.org_id = m.org_id AND i.key = m.key AND NOT i.deleted
GROUP BY 1, 2, 3, 4, 5, 6;
COMMENT ON VIEW issue_of_pull_request IS
	'Which issue a pull request speaks of, by its title or branch.';
