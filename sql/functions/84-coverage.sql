-- 84-coverage.sql: tokens of repositories, and the coverage that they bring.

-- The organisation of a token; its last use is kept to the minute.
CREATE OR REPLACE FUNCTION open_repository_token(p_hash bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	t repository_token;
BEGIN
	SELECT * INTO t FROM repository_token r WHERE r.hash = p_hash;
	IF t.last_used_at IS NULL
		OR t.last_used_at < now() - interval '1 minute' THEN
		UPDATE repository_token r SET last_used_at = now()
		WHERE r.org_id = t.org_id AND r.id = t.id;
	END IF;
	RETURN t.org_id;
END
$$;

-- Begins a transaction for who has such a token, as enter() does for a person.
-- He is nobody: no member, of no team. Returns a role that no route asks for.
CREATE OR REPLACE FUNCTION enter_repository(p_hash bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_org bigint;
	v_repo bigint;
	v_deleted timestamptz;
BEGIN
	SELECT t.org_id, t.repo_id, o.deleted_at
	INTO v_org, v_repo, v_deleted
	FROM repository_token t JOIN organisation o ON o.id = t.org_id
	WHERE t.hash = p_hash;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the token is gone' USING ERRCODE = 'PS401';
	ELSIF v_deleted IS NOT NULL THEN
		RAISE EXCEPTION 'its owners deleted it'
			USING ERRCODE = 'PS411';
	END IF;
	PERFORM set_config('pulse.repository_token', encode(p_hash, 'hex'), true),
		set_config('pulse.org_id', v_org::text, true),
		set_config('pulse.repository', v_repo::text, true),
		set_config('pulse.session', '', true),
		set_config('pulse.user_id', '', true),
		set_config('pulse.role', 'repository', true);
	RETURN 'repository';
END
$$;

-- Of the transaction's token: NULL where a person has come.
CREATE OR REPLACE FUNCTION token_repository() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('pulse.repository', true), '')::bigint $$;

CREATE OR REPLACE FUNCTION create_repository_token(p_org bigint,
	p_repo bigint, p_name text, p_hash bytea, p_hint text, p_address text)
RETURNS json
LANGUAGE plpgsql
AS $$
DECLARE
	v_id bigint;
	v_at timestamptz;
	v_repo text;
BEGIN
	-- One after another, or two at once would both be the twentieth.
	SELECT r.full_name INTO v_repo FROM repository r
	WHERE r.org_id = p_org AND r.id = p_repo;
	PERFORM pg_advisory_xact_lock(hashtext('pulse.repository_token'),
		hashint8(p_repo));
	IF (SELECT count(*) FROM repository_token t WHERE t.org_id = p_org
		AND t.repo_id = p_repo) >= 20 THEN
		RAISE EXCEPTION 'twenty tokens' USING ERRCODE = 'PS409';
	END IF;
	INSERT INTO repository_token (org_id, repo_id, name, hash, hint,
		created_by)
	VALUES (p_org, p_repo, p_name, p_hash, p_hint, session_user_id())
	RETURNING id, created_at INTO v_id, v_at;
	PERFORM audit_mine('repository-token.created', v_repo,
		json_build_object('name', p_name), p_address);
	RETURN json_build_object('id', v_id::text, 'name', p_name,
		'hint', p_hint, 'createdAt', rfc3339(v_at));
END
$$;

CREATE OR REPLACE FUNCTION revoke_repository_token(p_org bigint,
	p_repo bigint, p_id bigint, p_address text)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	v_name text;
BEGIN
	DELETE FROM repository_token t WHERE t.org_id = p_org
		AND t.repo_id = p_repo AND t.id = p_id
	RETURNING t.name INTO v_name;
	IF FOUND THEN
		PERFORM audit_mine('repository-token.revoked',
			(SELECT r.full_name FROM repository r
				WHERE r.org_id = p_org AND r.id = p_repo),
			json_build_object('name', v_name), p_address);
	END IF;
	RETURN FOUND;
END
$$;

CREATE OR REPLACE FUNCTION coverage_percent(p_covered bigint, p_lines bigint)
RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE WHEN p_lines > 0
		THEN trunc(100.0 * p_covered / p_lines, 2) END
$$;
COMMENT ON FUNCTION coverage_percent(bigint, bigint) IS
	'Cut and not rounded: 100 means every line.';

-- A report on a commit. The same part once more takes the place of the first.
-- Lists of files that are older than 90 days go, but for the newest of the
-- repository; the commits' sums stay.
CREATE OR REPLACE FUNCTION store_coverage(p_org bigint, p_repo bigint,
	p_sha text, p_branch text, p_part text, p_format text, p_lines bigint,
	p_covered bigint, p_paths text[], p_file_lines integer[],
	p_file_covered integer[])
RETURNS json
LANGUAGE plpgsql
AS $$
DECLARE
	v_files integer := cardinality(p_paths);
	v_parts integer;
	c coverage;
BEGIN
	INSERT INTO coverage AS t (org_id, repo_id, sha, branch)
	VALUES (p_org, p_repo, p_sha, nullif(p_branch, ''))
	ON CONFLICT (org_id, repo_id, sha) DO UPDATE SET
		branch = coalesce(excluded.branch, t.branch),
		uploaded_at = excluded.uploaded_at;
	INSERT INTO coverage_part (org_id, repo_id, sha, part, format, lines,
		covered, files, file_paths, file_lines, file_covered)
	VALUES (p_org, p_repo, p_sha, p_part, p_format, p_lines, p_covered,
		v_files, p_paths, p_file_lines, p_file_covered)
	ON CONFLICT (org_id, repo_id, sha, part) DO UPDATE SET
		format = excluded.format, lines = excluded.lines,
		covered = excluded.covered, files = excluded.files,
		uploaded_at = excluded.uploaded_at,
		file_paths = excluded.file_paths,
		file_lines = excluded.file_lines,
		file_covered = excluded.file_covered;
	SELECT count(*) INTO v_parts FROM coverage_part p
	WHERE p.org_id = p_org AND p.repo_id = p_repo AND p.sha = p_sha;
	IF v_parts > 50 THEN
		RAISE EXCEPTION 'part|would be the 51st of its commit'
			USING ERRCODE = 'PS400';
	END IF;
	UPDATE coverage t SET lines = s.lines, covered = s.covered,
		files = s.files
	FROM (SELECT sum(p.lines) AS lines, sum(p.covered) AS covered,
			sum(p.files) AS files
		FROM coverage_part p
		WHERE p.org_id = p_org AND p.repo_id = p_repo
		  AND p.sha = p_sha) s
	WHERE t.org_id = p_org AND t.repo_id = p_repo AND t.sha = p_sha
	RETURNING t.* INTO c;
	DELETE FROM coverage_part p
	WHERE p.org_id = p_org AND p.repo_id = p_repo AND p.sha <> p_sha
	  AND p.uploaded_at < now() - interval '90 days';
	RETURN json_build_object('sha', c.sha, 'lines', c.lines,
		'covered', c.covered, 'percent',
		coverage_percent(c.covered, c.lines), 'files', c.files);
END
$$;
