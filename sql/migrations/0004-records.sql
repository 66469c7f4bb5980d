-- 0004-records.sql: what happened, read from GitHub (lib/domain/records.h).
--
-- version and digest settle which of two tellings of a record stays; they
-- make the rows independent of the order of arrival. Logins are kept as the
-- provider writes them. A record is known by what its provider calls it; no
-- table refers to a pull request by foreign key, since a review may arrive
-- before its pull request.

CREATE TABLE commit (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	sha text COLLATE "C" NOT NULL,
	author text,
	author_name text,
	author_email text,
	bot boolean NOT NULL DEFAULT false,
	message text NOT NULL,
	authored_at timestamptz NOT NULL,
	committed_at timestamptz,
	on_default boolean NOT NULL DEFAULT false,
	parents integer,
	additions integer,
	deletions integer,
	reverts text COLLATE "C",
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, repo_id, sha),
	CONSTRAINT commit_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
COMMENT ON TABLE commit IS
	'A commit that was pushed, or read from a clone.';
COMMENT ON COLUMN commit.reverts IS 'sha of the commit that it takes back';
COMMENT ON COLUMN commit.version IS
	'1: told by a push, 2: read in full from git or the API';

CREATE TABLE pull_request (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	number bigint NOT NULL,
	github_id bigint,
	title text NOT NULL,
	state text NOT NULL
		CONSTRAINT pull_request_state
		CHECK (state IN ('open', 'closed', 'merged')),
	draft boolean,
	author text,
	author_id bigint,
	bot boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	closed_at timestamptz,
	merged_at timestamptz,
	merge_sha text COLLATE "C",
	head_ref text,
	head_sha text COLLATE "C",
	base_ref text,
	url text,
	reverts bigint,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	additions integer,
	deletions integer,
	changed_files integer,
	commits integer,
	merged_by text,
	full_version bigint NOT NULL DEFAULT 0,
	full_digest bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, repo_id, number),
	CONSTRAINT pull_request_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
COMMENT ON TABLE pull_request IS
	'A pull request as it is now.';
COMMENT ON COLUMN pull_request.reverts IS
	'number of the pull request that it takes back';
COMMENT ON COLUMN pull_request.full_version IS
	'of the columns from additions to merged_by, which only the full form '
	'of a pull request tells';

CREATE TABLE review (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	github_id bigint NOT NULL,
	number bigint NOT NULL,
	author text,
	author_id bigint,
	bot boolean NOT NULL DEFAULT false,
	state text NOT NULL,
	submitted_at timestamptz,
	sha text COLLATE "C",
	url text,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, repo_id, github_id),
	CONSTRAINT review_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
CREATE INDEX review_of_pull_request ON review (org_id, repo_id, number);
COMMENT ON TABLE review IS
	'A review of a pull request.';

CREATE TABLE comment (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	place text NOT NULL
		CONSTRAINT comment_place CHECK (place IN ('issue', 'review')),
	github_id bigint NOT NULL,
	number bigint NOT NULL,
	author text,
	author_id bigint,
	bot boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	deleted boolean NOT NULL DEFAULT false,
	url text,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, repo_id, place, github_id),
	CONSTRAINT comment_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
CREATE INDEX comment_of_number ON comment (org_id, repo_id, number);
COMMENT ON TABLE comment IS
	'A comment on an issue or pull request, or on a line of one.';
COMMENT ON COLUMN comment.number IS 'of the issue or pull request';

CREATE TABLE issue (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	number bigint NOT NULL,
	github_id bigint,
	title text NOT NULL,
	state text NOT NULL
		CONSTRAINT issue_state CHECK (state IN ('open', 'closed')),
	author text,
	author_id bigint,
	bot boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	closed_at timestamptz,
	deleted boolean NOT NULL DEFAULT false,
	url text,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, repo_id, number),
	CONSTRAINT issue_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
COMMENT ON TABLE issue IS
	'An issue as it is now; pull requests are none.';

CREATE TABLE deployment (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	source text NOT NULL,
	external_id text COLLATE "C" NOT NULL,
	environment text NOT NULL,
	sha text COLLATE "C" NOT NULL,
	ref text,
	task text,
	author text,
	author_id bigint,
	bot boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL,
	url text,
	state text,
	state_at timestamptz,
	state_id bigint,
	succeeded_at timestamptz,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, repo_id, source, external_id),
	CONSTRAINT deployment_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
COMMENT ON TABLE deployment IS
	'A version brought to an environment.';
COMMENT ON COLUMN deployment.succeeded_at IS
	'its first success; a later inactive never moves it';
COMMENT ON COLUMN deployment.state IS
	'of its latest status, by (state_at, state_id)';

CREATE TABLE deployment_status (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	github_id bigint NOT NULL,
	source text NOT NULL,
	external_id text COLLATE "C" NOT NULL,
	state text NOT NULL,
	created_at timestamptz NOT NULL,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, repo_id, github_id),
	CONSTRAINT deployment_status_deployment
		FOREIGN KEY (org_id, repo_id, source, external_id)
		REFERENCES deployment ON DELETE CASCADE
);
COMMENT ON TABLE deployment_status IS
	'What became of a deployment, step by step.';

CREATE TABLE release (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	source text NOT NULL,
	external_id text COLLATE "C" NOT NULL,
	tag text NOT NULL,
	name text,
	url text,
	author text,
	author_id bigint,
	bot boolean NOT NULL DEFAULT false,
	draft boolean,
	prerelease boolean,
	deleted boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL,
	published_at timestamptz,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, repo_id, source, external_id),
	CONSTRAINT release_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
COMMENT ON TABLE release IS
	'A release, or a tag read from a clone.';

CREATE TABLE build (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	kind text NOT NULL,
	external_id text COLLATE "C" NOT NULL,
	attempt integer NOT NULL,
	name text NOT NULL,
	sha text COLLATE "C" NOT NULL,
	branch text,
	status text NOT NULL,
	conclusion text,
	url text,
	started_at timestamptz,
	completed_at timestamptz,
	updated_at timestamptz,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, repo_id, kind, external_id, attempt),
	CONSTRAINT build_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
COMMENT ON TABLE build IS
	'A workflow run, check run, check suite or commit status.';

CREATE TABLE git_ref (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	kind text NOT NULL
		CONSTRAINT git_ref_kind CHECK (kind IN ('branch', 'tag')),
	name text COLLATE "C" NOT NULL,
	present boolean NOT NULL,
	changed_at timestamptz NOT NULL,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, repo_id, kind, name),
	CONSTRAINT git_ref_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
COMMENT ON TABLE git_ref IS
	'A branch or tag, and whether it is still there.';
