-- 40-records.sql: store_*(), one a kind of record of lib/domain/records.h.
--
-- Each takes any number of records of one organisation as parallel arrays
-- (lib/ingest binds them), so that many deliveries commit together at the cost
-- of few statements. p_d is the place of each record's delivery in the batch:
-- records of a delivery that was read before are passed over (fresh()).
--
-- Of two tellings of a record the higher (version, digest) stays, within a
-- batch by DISTINCT ON, against the table by ON CONFLICT. Rows are written in
-- the order of their keys, so that two batches cannot wait for each other.
-- What a row counts for follows by itself (35-figures.sql).

-- The places of the batch's deliveries that are to be read, set by receive().
CREATE OR REPLACE FUNCTION fresh() RETURNS integer[]
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT current_setting('pulse.fresh')::integer[] $$;

-- What deliveries say of their repositories.
CREATE OR REPLACE FUNCTION store_repositories(
	p_org bigint, p_d integer[], p_repo bigint[], p_full_name text[],
	p_default_branch text[], p_url text[], p_private boolean[],
	p_archived boolean[], p_deleted boolean[], p_version bigint[],
	p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	r record;
BEGIN
	FOR r IN
		SELECT DISTINCT ON (x.repo_id) x.*, t.full_name AS old_name
		FROM unnest(p_d, p_repo, p_full_name, p_default_branch, p_url,
			p_private, p_archived, p_deleted, p_version, p_digest)
			AS x (d, repo_id, full_name, default_branch, url,
			private, archived, deleted, version, digest)
		JOIN repository t ON t.org_id = p_org AND t.id = x.repo_id
		WHERE x.d = ANY (fresh())
		  AND (x.version, x.digest) > (t.version, t.digest)
		ORDER BY x.repo_id, x.version DESC, x.digest DESC
	LOOP
		UPDATE repository SET full_name = r.full_name,
			default_branch = coalesce(r.default_branch, default_branch),
			url = coalesce(r.url, url),
			private = coalesce(r.private, private),
			archived = coalesce(r.archived, archived),
			deleted = r.deleted, version = r.version,
			digest = r.digest
		WHERE org_id = p_org AND id = r.repo_id
		  AND (r.version, r.digest) > (version, digest);
		-- The lines of the feed bear the name: a rename writes them
		-- anew.
		IF FOUND AND r.old_name <> r.full_name THEN
			PERFORM rename_events(p_org, r.repo_id, r.full_name);
		END IF;
	END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION store_commits(
	p_org bigint, p_d integer[], p_repo bigint[], p_sha text[],
	p_author text[], p_author_name text[], p_author_email text[],
	p_bot boolean[], p_message text[], p_authored_at timestamptz[],
	p_committed_at timestamptz[], p_on_default boolean[],
	p_parents integer[], p_additions integer[], p_deletions integer[],
	p_reverts text[], p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_new integer;
BEGIN
	WITH kept AS (INSERT INTO commit AS t (
		org_id, repo_id, sha, author, author_name, author_email, bot,
		message, authored_at, committed_at, on_default, parents,
		additions, deletions, reverts, version,
		digest)
	SELECT DISTINCT ON (x.repo_id, x.sha)
		p_org, x.repo_id, x.sha, x.author, x.author_name,
		x.author_email, x.bot, x.message, x.authored_at,
		x.committed_at, x.on_default, x.parents, x.additions,
		x.deletions, x.reverts, x.version, x.digest
	FROM unnest(
		p_d, p_repo, p_sha, p_author, p_author_name, p_author_email,
		p_bot, p_message, p_authored_at, p_committed_at, p_on_default,
		p_parents, p_additions, p_deletions, p_reverts, p_version,
		p_digest)
		AS x (
		d, repo_id, sha, author, author_name, author_email, bot,
		message, authored_at, committed_at, on_default, parents,
		additions, deletions, reverts, version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.repo_id, x.sha, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, repo_id, sha) DO UPDATE SET
		author = excluded.author, author_name = excluded.author_name,
		author_email = excluded.author_email, bot = excluded.bot,
		message = excluded.message, authored_at = excluded.authored_at,
		committed_at = excluded.committed_at,
		parents = excluded.parents, additions = excluded.additions,
		deletions = excluded.deletions,
		reverts = excluded.reverts, version = excluded.version,
		digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest)
	RETURNING xmax = 0 AS is_new)
	SELECT count(*) FILTER (WHERE is_new) INTO v_new FROM kept;
	-- Once on the default branch, whoever tells it, a commit stays there.
	IF v_new = cardinality(p_d) OR NOT true = ANY (p_on_default) THEN
		RETURN;
	END IF;
	UPDATE commit t SET on_default = true
	FROM unnest(p_d, p_repo, p_sha, p_on_default)
		AS x (d, repo_id, sha, on_default)
	WHERE x.on_default AND x.d = ANY (fresh()) AND t.org_id = p_org
	  AND t.repo_id = x.repo_id AND t.sha = x.sha AND NOT t.on_default;
END
$$;

CREATE OR REPLACE FUNCTION store_pull_requests(
	p_org bigint, p_d integer[], p_repo bigint[], p_number bigint[],
	p_github_id bigint[], p_title text[], p_state text[],
	p_draft boolean[], p_author text[], p_author_id bigint[],
	p_bot boolean[], p_created_at timestamptz[],
	p_updated_at timestamptz[], p_closed_at timestamptz[],
	p_merged_at timestamptz[], p_merge_sha text[], p_head_ref text[],
	p_head_sha text[], p_base_ref text[], p_url text[],
	p_reverts bigint[], p_full boolean[],
	p_additions integer[], p_deletions integer[],
	p_changed_files integer[], p_commits integer[], p_merged_by text[],
	p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_new integer;
BEGIN
	WITH kept AS (INSERT INTO pull_request AS t (
		org_id, repo_id, number, github_id, title, state, draft,
		author, author_id, bot, created_at, updated_at, closed_at,
		merged_at, merge_sha, head_ref, head_sha, base_ref, url,
		reverts, version, digest,
		additions, deletions, changed_files, commits, merged_by,
		full_version, full_digest)
	SELECT DISTINCT ON (x.repo_id, x.number)
		p_org, x.repo_id, x.number, x.github_id, x.title, x.state,
		x.draft, x.author, x.author_id, x.bot, x.created_at,
		x.updated_at, x.closed_at, x.merged_at, x.merge_sha,
		x.head_ref, x.head_sha, x.base_ref, x.url, x.reverts, x.version,
		x.digest,
		x.additions, x.deletions, x.changed_files, x.commits,
		x.merged_by, CASE WHEN x."full" THEN x.version ELSE 0 END,
		CASE WHEN x."full" THEN x.digest ELSE 0 END
	FROM unnest(
		p_d, p_repo, p_number, p_github_id, p_title, p_state, p_draft,
		p_author, p_author_id, p_bot, p_created_at, p_updated_at,
		p_closed_at, p_merged_at, p_merge_sha, p_head_ref, p_head_sha,
		p_base_ref, p_url, p_reverts, p_full, p_additions, p_deletions,
		p_changed_files, p_commits, p_merged_by, p_version, p_digest)
		AS x (
		d, repo_id, number, github_id, title, state, draft, author,
		author_id, bot, created_at, updated_at, closed_at, merged_at,
		merge_sha, head_ref, head_sha, base_ref, url, reverts, "full",
		additions, deletions, changed_files, commits, merged_by,
		version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.repo_id, x.number, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, repo_id, number) DO UPDATE SET
		github_id = excluded.github_id, title = excluded.title,
		state = excluded.state, draft = excluded.draft,
		author = excluded.author, author_id = excluded.author_id,
		bot = excluded.bot, created_at = excluded.created_at,
		updated_at = excluded.updated_at,
		closed_at = excluded.closed_at, merged_at = excluded.merged_at,
		merge_sha = excluded.merge_sha, head_ref = excluded.head_ref,
		head_sha = excluded.head_sha, base_ref = excluded.base_ref,
		url = excluded.url, reverts = excluded.reverts,
		version = excluded.version,
		digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest)
	RETURNING xmax = 0 AS is_new)
	SELECT count(*) FILTER (WHERE is_new) INTO v_new FROM kept;
	-- The full form has a version of its own: a short form that is newer
	-- must not hide the sizes that an older full one told.
	IF v_new = cardinality(p_d) OR NOT true = ANY (p_full) THEN
		RETURN;
	END IF;
	UPDATE pull_request t SET additions = y.additions,
		deletions = y.deletions, changed_files = y.changed_files,
		commits = y.commits, merged_by = y.merged_by,
		full_version = y.version, full_digest = y.digest
	FROM (SELECT DISTINCT ON (x.repo_id, x.number) x.*
		FROM unnest(p_d, p_repo, p_number, p_full, p_additions,
			p_deletions, p_changed_files, p_commits, p_merged_by,
			p_version, p_digest)
			AS x (d, repo_id, number, "full", additions, deletions,
			changed_files, commits, merged_by, version, digest)
		WHERE x."full" AND x.d = ANY (fresh())
		ORDER BY x.repo_id, x.number, x.version DESC, x.digest DESC) y
	WHERE t.org_id = p_org AND t.repo_id = y.repo_id
	  AND t.number = y.number
	  AND (y.version, y.digest) > (t.full_version, t.full_digest);
END
$$;

CREATE OR REPLACE FUNCTION store_reviews(
	p_org bigint, p_d integer[], p_repo bigint[], p_github_id bigint[],
	p_number bigint[], p_author text[], p_author_id bigint[],
	p_bot boolean[], p_state text[], p_submitted_at timestamptz[],
	p_sha text[], p_url text[], p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO review AS t (
		org_id, repo_id, github_id, number, author, author_id, bot,
		state, submitted_at, sha, url, version, digest)
	SELECT DISTINCT ON (x.repo_id, x.github_id)
		p_org, x.repo_id, x.github_id, x.number, x.author, x.author_id,
		x.bot, x.state, x.submitted_at, x.sha, x.url, x.version,
		x.digest
	FROM unnest(
		p_d, p_repo, p_github_id, p_number, p_author, p_author_id,
		p_bot, p_state, p_submitted_at, p_sha, p_url, p_version,
		p_digest)
		AS x (
		d, repo_id, github_id, number, author, author_id, bot, state,
		submitted_at, sha, url, version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.repo_id, x.github_id, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, repo_id, github_id) DO UPDATE SET
		number = excluded.number, author = excluded.author,
		author_id = excluded.author_id, bot = excluded.bot,
		state = excluded.state, submitted_at = excluded.submitted_at,
		sha = excluded.sha, url = excluded.url,
		version = excluded.version, digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
END
$$;

CREATE OR REPLACE FUNCTION store_comments(
	p_org bigint, p_d integer[], p_repo bigint[], p_place text[],
	p_github_id bigint[], p_number bigint[], p_author text[],
	p_author_id bigint[], p_bot boolean[], p_created_at timestamptz[],
	p_updated_at timestamptz[], p_deleted boolean[], p_url text[],
	p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO comment AS t (
		org_id, repo_id, place, github_id, number, author, author_id,
		bot, created_at, updated_at, deleted, url, version, digest)
	SELECT DISTINCT ON (x.repo_id, x.place, x.github_id)
		p_org, x.repo_id, x.place, x.github_id, x.number, x.author,
		x.author_id, x.bot, x.created_at, x.updated_at, x.deleted,
		x.url, x.version, x.digest
	FROM unnest(
		p_d, p_repo, p_place, p_github_id, p_number, p_author,
		p_author_id, p_bot, p_created_at, p_updated_at, p_deleted,
		p_url, p_version, p_digest)
		AS x (
		d, repo_id, place, github_id, number, author, author_id, bot,
		created_at, updated_at, deleted, url, version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.repo_id, x.place, x.github_id, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, repo_id, place, github_id) DO UPDATE SET
		number = excluded.number, author = excluded.author,
		author_id = excluded.author_id, bot = excluded.bot,
		created_at = excluded.created_at,
		updated_at = excluded.updated_at, deleted = excluded.deleted,
		url = excluded.url, version = excluded.version,
		digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
END
$$;

CREATE OR REPLACE FUNCTION store_issues(
	p_org bigint, p_d integer[], p_repo bigint[], p_number bigint[],
	p_github_id bigint[], p_title text[], p_state text[], p_author text[],
	p_author_id bigint[], p_bot boolean[], p_created_at timestamptz[],
	p_updated_at timestamptz[], p_closed_at timestamptz[],
	p_deleted boolean[], p_url text[], p_version bigint[],
	p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO issue AS t (
		org_id, repo_id, number, github_id, title, state, author,
		author_id, bot, created_at, updated_at, closed_at, deleted,
		url, version, digest)
	SELECT DISTINCT ON (x.repo_id, x.number)
		p_org, x.repo_id, x.number, x.github_id, x.title, x.state,
		x.author, x.author_id, x.bot, x.created_at, x.updated_at,
		x.closed_at, x.deleted, x.url, x.version, x.digest
	FROM unnest(
		p_d, p_repo, p_number, p_github_id, p_title, p_state, p_author,
		p_author_id, p_bot, p_created_at, p_updated_at, p_closed_at,
		p_deleted, p_url, p_version, p_digest)
		AS x (
		d, repo_id, number, github_id, title, state, author, author_id,
		bot, created_at, updated_at, closed_at, deleted, url, version,
		digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.repo_id, x.number, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, repo_id, number) DO UPDATE SET
		github_id = excluded.github_id, title = excluded.title,
		state = excluded.state, author = excluded.author,
		author_id = excluded.author_id, bot = excluded.bot,
		created_at = excluded.created_at,
		updated_at = excluded.updated_at,
		closed_at = excluded.closed_at, deleted = excluded.deleted,
		url = excluded.url, version = excluded.version,
		digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
END
$$;

CREATE OR REPLACE FUNCTION store_deployments(
	p_org bigint, p_d integer[], p_repo bigint[], p_source text[],
	p_external_id text[], p_environment text[], p_sha text[], p_ref text[],
	p_task text[], p_author text[], p_author_id bigint[], p_bot boolean[],
	p_created_at timestamptz[], p_url text[], p_version bigint[],
	p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO deployment AS t (
		org_id, repo_id, source, external_id, environment, sha, ref,
		task, author, author_id, bot, created_at, url, version, digest)
	SELECT DISTINCT ON (x.repo_id, x.source, x.external_id)
		p_org, x.repo_id, x.source, x.external_id, x.environment,
		x.sha, x.ref, x.task, x.author, x.author_id, x.bot,
		x.created_at, x.url, x.version, x.digest
	FROM unnest(
		p_d, p_repo, p_source, p_external_id, p_environment, p_sha,
		p_ref, p_task, p_author, p_author_id, p_bot, p_created_at,
		p_url, p_version, p_digest)
		AS x (
		d, repo_id, source, external_id, environment, sha, ref, task,
		author, author_id, bot, created_at, url, version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.repo_id, x.source, x.external_id, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, repo_id, source, external_id) DO UPDATE SET
		environment = excluded.environment, sha = excluded.sha,
		ref = excluded.ref, task = excluded.task,
		author = excluded.author, author_id = excluded.author_id,
		bot = excluded.bot, created_at = excluded.created_at,
		url = excluded.url, version = excluded.version,
		digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
END
$$;

-- A deployment's state is its latest status; its time is its first success.
-- The deployments themselves are stored before, in the same transaction, which
-- also locked their rows, in order.
CREATE OR REPLACE FUNCTION store_deployment_statuses(
	p_org bigint, p_d integer[], p_repo bigint[], p_github_id bigint[],
	p_source text[], p_external_id text[], p_state text[],
	p_at timestamptz[], p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO deployment_status AS t (org_id, repo_id, github_id,
		source, external_id, state, created_at, version, digest)
	SELECT DISTINCT ON (x.repo_id, x.github_id) p_org, x.repo_id,
		x.github_id, x.source, x.external_id, x.state, x.at, x.version,
		x.digest
	FROM unnest(p_d, p_repo, p_github_id, p_source, p_external_id,
		p_state, p_at, p_version, p_digest)
		AS x (d, repo_id, github_id, source, external_id, state, at,
		version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.repo_id, x.github_id, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, repo_id, github_id) DO UPDATE SET
		source = excluded.source, external_id = excluded.external_id,
		state = excluded.state, created_at = excluded.created_at,
		version = excluded.version, digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
	UPDATE deployment t SET
		state = CASE WHEN (y.at, y.id) > (t.state_at, t.state_id)
			IS NOT FALSE THEN y.state ELSE t.state END,
		state_at = CASE WHEN (y.at, y.id) > (t.state_at, t.state_id)
			IS NOT FALSE THEN y.at ELSE t.state_at END,
		state_id = CASE WHEN (y.at, y.id) > (t.state_at, t.state_id)
			IS NOT FALSE THEN y.id ELSE t.state_id END,
		succeeded_at = least(t.succeeded_at, y.succeeded_at)
	FROM (SELECT DISTINCT ON (x.repo_id, x.source, x.external_id)
			x.repo_id, x.source, x.external_id, x.state, x.at,
			x.github_id AS id,
			min(x.at) FILTER (WHERE x.state = 'success') OVER
				(PARTITION BY x.repo_id, x.source,
				 x.external_id) AS succeeded_at
		FROM unnest(p_d, p_repo, p_github_id, p_source, p_external_id,
			p_state, p_at)
			AS x (d, repo_id, github_id, source, external_id,
			state, at)
		WHERE x.d = ANY (fresh())
		ORDER BY x.repo_id, x.source, x.external_id, x.at DESC,
			x.github_id DESC) y
	WHERE t.org_id = p_org AND t.repo_id = y.repo_id
	  AND t.source = y.source AND t.external_id = y.external_id
	  AND ((y.at, y.id) > (t.state_at, t.state_id) IS NOT FALSE
		OR y.succeeded_at < coalesce(t.succeeded_at, 'infinity'));
END
$$;

CREATE OR REPLACE FUNCTION store_releases(
	p_org bigint, p_d integer[], p_repo bigint[], p_source text[],
	p_external_id text[], p_tag text[], p_name text[], p_url text[],
	p_author text[], p_author_id bigint[], p_bot boolean[],
	p_draft boolean[], p_prerelease boolean[], p_deleted boolean[],
	p_created_at timestamptz[], p_published_at timestamptz[],
	p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO release AS t (
		org_id, repo_id, source, external_id, tag, name, url, author,
		author_id, bot, draft, prerelease, deleted, created_at,
		published_at, version, digest)
	SELECT DISTINCT ON (x.repo_id, x.source, x.external_id)
		p_org, x.repo_id, x.source, x.external_id, x.tag, x.name,
		x.url, x.author, x.author_id, x.bot, x.draft, x.prerelease,
		x.deleted, x.created_at, x.published_at, x.version, x.digest
	FROM unnest(
		p_d, p_repo, p_source, p_external_id, p_tag, p_name, p_url,
		p_author, p_author_id, p_bot, p_draft, p_prerelease, p_deleted,
		p_created_at, p_published_at, p_version, p_digest)
		AS x (
		d, repo_id, source, external_id, tag, name, url, author,
		author_id, bot, draft, prerelease, deleted, created_at,
		published_at, version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.repo_id, x.source, x.external_id, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, repo_id, source, external_id) DO UPDATE SET
		tag = excluded.tag, name = excluded.name, url = excluded.url,
		author = excluded.author, author_id = excluded.author_id,
		bot = excluded.bot, draft = excluded.draft,
		prerelease = excluded.prerelease, deleted = excluded.deleted,
		created_at = excluded.created_at,
		published_at = excluded.published_at,
		version = excluded.version, digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
END
$$;

CREATE OR REPLACE FUNCTION store_builds(
	p_org bigint, p_d integer[], p_repo bigint[], p_kind text[],
	p_external_id text[], p_attempt integer[], p_name text[], p_sha text[],
	p_branch text[], p_status text[], p_conclusion text[], p_url text[],
	p_started_at timestamptz[], p_completed_at timestamptz[],
	p_updated_at timestamptz[], p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO build AS t (
		org_id, repo_id, kind, external_id, attempt, name, sha, branch,
		status, conclusion, url, started_at, completed_at, updated_at,
		version, digest)
	SELECT DISTINCT ON (x.repo_id, x.kind, x.external_id, x.attempt)
		p_org, x.repo_id, x.kind, x.external_id, x.attempt, x.name,
		x.sha, x.branch, x.status, x.conclusion, x.url, x.started_at,
		x.completed_at, x.updated_at, x.version, x.digest
	FROM unnest(
		p_d, p_repo, p_kind, p_external_id, p_attempt, p_name, p_sha,
		p_branch, p_status, p_conclusion, p_url, p_started_at,
		p_completed_at, p_updated_at, p_version, p_digest)
		AS x (
		d, repo_id, kind, external_id, attempt, name, sha, branch,
		status, conclusion, url, started_at, completed_at, updated_at,
		version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.repo_id, x.kind, x.external_id, x.attempt,
		x.version DESC, x.digest DESC
	ON CONFLICT (org_id, repo_id, kind, external_id, attempt) DO UPDATE SET
		name = excluded.name, sha = excluded.sha,
		branch = excluded.branch, status = excluded.status,
		conclusion = excluded.conclusion, url = excluded.url,
		started_at = excluded.started_at,
		completed_at = excluded.completed_at,
		updated_at = excluded.updated_at, version = excluded.version,
		digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
END
$$;

CREATE OR REPLACE FUNCTION store_git_refs(
	p_org bigint, p_d integer[], p_repo bigint[], p_kind text[],
	p_name text[], p_present boolean[], p_changed_at timestamptz[],
	p_sha text[], p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO git_ref AS t (
		org_id, repo_id, kind, name, present, changed_at, version,
		digest)
	SELECT DISTINCT ON (x.repo_id, x.kind, x.name)
		p_org, x.repo_id, x.kind, x.name, x.present, x.changed_at,
		x.version, x.digest
	FROM unnest(
		p_d, p_repo, p_kind, p_name, p_present, p_changed_at,
		p_version, p_digest)
		AS x (
		d, repo_id, kind, name, present, changed_at, version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.repo_id, x.kind, x.name, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, repo_id, kind, name) DO UPDATE SET
		present = excluded.present, changed_at = excluded.changed_at,
		version = excluded.version, digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
	-- Where it stands has a version of its own: what tells of a tag later,
	-- without its sha, must not hide what an older telling said.
	UPDATE git_ref t SET sha = y.sha, sha_version = y.version
	FROM (SELECT DISTINCT ON (x.repo_id, x.kind, x.name) x.*
		FROM unnest(p_d, p_repo, p_kind, p_name, p_sha, p_version)
			AS x (d, repo_id, kind, name, sha, version)
		WHERE x.sha IS NOT NULL AND x.d = ANY (fresh())
		ORDER BY x.repo_id, x.kind, x.name, x.version DESC, x.sha DESC) y
	WHERE t.org_id = p_org AND t.repo_id = y.repo_id AND t.kind = y.kind
	  AND t.name = y.name
	  AND (y.version, y.sha) > (t.sha_version, coalesce(t.sha, ''));
END
$$;

CREATE OR REPLACE FUNCTION store_provider_accounts(
	p_org bigint, p_d integer[], p_host text[], p_github_id bigint[],
	p_login text[], p_name text[], p_avatar_url text[], p_bot boolean[],
	p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO provider_account AS t (org_id, host, github_id, login,
		name, avatar_url, bot, version, digest)
	SELECT DISTINCT ON (x.host, x.github_id) p_org, x.host, x.github_id,
		x.login, x.name, x.avatar_url, x.bot, x.version, x.digest
	FROM unnest(p_d, p_host, p_github_id, p_login, p_name, p_avatar_url,
		p_bot, p_version, p_digest)
		AS x (d, host, github_id, login, name, avatar_url, bot,
		version, digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.host, x.github_id, x.version DESC, x.digest DESC
	ON CONFLICT (org_id, host, github_id) DO UPDATE SET
		login = excluded.login, name = excluded.name,
		avatar_url = excluded.avatar_url, bot = excluded.bot,
		version = excluded.version, digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
END
$$;

-- What GitHub says of its App's installation on an account. The row is of no
-- tenant until it is bound; p_org only keeps the form of the others.
CREATE OR REPLACE FUNCTION store_installations(
	p_org bigint, p_d integer[], p_host text[], p_github_id bigint[],
	p_account text[], p_state text[], p_updated timestamptz[],
	p_version bigint[], p_digest bigint[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	INSERT INTO installation AS t (host, github_id, account, state,
		updated_at, version, digest)
	SELECT DISTINCT ON (x.host, x.github_id) x.host, x.github_id,
		x.account, x.state, x.updated_at, x.version, x.digest
	FROM unnest(p_d, p_host, p_github_id, p_account, p_state, p_updated,
		p_version, p_digest)
		AS x (d, host, github_id, account, state, updated_at, version,
		digest)
	WHERE x.d = ANY (fresh())
	ORDER BY x.host, x.github_id, x.version DESC, x.digest DESC
	ON CONFLICT (host, github_id) DO UPDATE SET
		account = coalesce(excluded.account, t.account),
		state = excluded.state, updated_at = excluded.updated_at,
		version = excluded.version, digest = excluded.digest
	WHERE (excluded.version, excluded.digest) > (t.version, t.digest);
END
$$;
