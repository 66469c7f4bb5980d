-- 0015-coverage.sql: what builds and other tools report: coverage, deployments,
-- incidents; with what token, and what their environments mean.

CREATE TABLE repository_token (
	org_id bigint NOT NULL,
	id bigint GENERATED ALWAYS AS IDENTITY,
	repo_id bigint NOT NULL,
	name text NOT NULL,
	hash bytea NOT NULL
		CONSTRAINT repository_token_hash_key UNIQUE,
	hint text NOT NULL,
	created_by bigint,
	created_at timestamptz NOT NULL DEFAULT now(),
	last_used_at timestamptz,
	PRIMARY KEY (org_id, id),
	CONSTRAINT repository_token_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE,
	CONSTRAINT repository_token_created_by FOREIGN KEY (org_id, created_by)
		REFERENCES membership (org_id, user_id)
		ON DELETE SET NULL (created_by)
);
CREATE INDEX repository_token_of_repository
	ON repository_token (org_id, repo_id, id);
COMMENT ON TABLE repository_token IS
	'What a build reports with: SHA-256 of a token that is good for one '
	'repository''s reports and nothing else. It stands for nobody, and stays '
	'when who made it goes.';

CREATE TABLE coverage (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	sha text COLLATE "C" NOT NULL
		CONSTRAINT coverage_sha
		CHECK (sha ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
	id bigint GENERATED ALWAYS AS IDENTITY,
	branch text COLLATE "C",
	lines bigint NOT NULL DEFAULT 0,
	covered bigint NOT NULL DEFAULT 0,
	files integer NOT NULL DEFAULT 0,
	uploaded_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, repo_id, sha),
	CONSTRAINT coverage_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
CREATE INDEX coverage_of_repository ON coverage (org_id, repo_id, id DESC);
CREATE INDEX coverage_of_branch ON coverage (org_id, repo_id, branch, id DESC);
COMMENT ON TABLE coverage IS
	'How many lines of a commit the tests run: the sum of its parts.';

CREATE TABLE coverage_part (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	sha text COLLATE "C" NOT NULL,
	part text COLLATE "C" NOT NULL DEFAULT '',
	format text NOT NULL
		CONSTRAINT coverage_part_format
		CHECK (format IN ('cobertura', 'lcov', 'go', 'json')),
	lines bigint NOT NULL,
	covered bigint NOT NULL,
	files integer NOT NULL,
	uploaded_at timestamptz NOT NULL DEFAULT now(),
	file_paths text[] NOT NULL,
	file_lines integer[] NOT NULL,
	file_covered integer[] NOT NULL,
	PRIMARY KEY (org_id, repo_id, sha, part),
	CONSTRAINT coverage_part_of FOREIGN KEY (org_id, repo_id, sha)
		REFERENCES coverage ON DELETE CASCADE
);
COMMENT ON TABLE coverage_part IS
	'One report on a commit; a part of that name that comes again replaces '
	'it. Its files lie in three arrays of one length, by path.';

CREATE TABLE environment_rule (
	org_id bigint NOT NULL
		CONSTRAINT environment_rule_organisation REFERENCES organisation
		ON DELETE CASCADE,
	place integer NOT NULL,
	name text NOT NULL,
	tier text NOT NULL
		CONSTRAINT environment_rule_tier CHECK (tier IN
			('production', 'staging', 'development', 'other')),
	pattern text COLLATE "C" NOT NULL,
	PRIMARY KEY (org_id, place)
);
COMMENT ON TABLE environment_rule IS
	'What an organisation''s environments are: the first pattern that fits '
	'says it. Without a row the rules of default_environment hold.';
COMMENT ON COLUMN environment_rule.pattern IS
	'lower case; * stands for anything';

CREATE TABLE deployment_rule (
	org_id bigint NOT NULL
		CONSTRAINT deployment_rule_organisation REFERENCES organisation
		ON DELETE CASCADE,
	place integer NOT NULL,
	source text NOT NULL
		CONSTRAINT deployment_rule_source
		CHECK (source IN ('workflow_run', 'release', 'tag')),
	pattern text COLLATE "C" NOT NULL,
	branch text COLLATE "C" NOT NULL DEFAULT '*',
	repository text COLLATE "C" NOT NULL DEFAULT '*',
	environment text NOT NULL,
	PRIMARY KEY (org_id, place)
);
COMMENT ON TABLE deployment_rule IS
	'What is a deployment though nobody says so: runs of a workflow, releases '
	'or tags whose name fits. Of several rules for one thing the first counts.';
COMMENT ON COLUMN deployment_rule.pattern IS
	'of the workflow''s or the tag''s name; lower case, * stands for anything';

-- What a tag stands on: told by pushes, and not by all that tells of a tag.
ALTER TABLE git_ref ADD sha text COLLATE "C",
	ADD sha_version bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN git_ref.sha IS
	'where it stood when that was last told, of version sha_version';

CREATE TABLE incident (
	org_id bigint NOT NULL
		CONSTRAINT incident_organisation REFERENCES organisation
		ON DELETE CASCADE,
	source text NOT NULL,
	external_id text COLLATE "C" NOT NULL,
	id bigint GENERATED ALWAYS AS IDENTITY,
	title text NOT NULL,
	severity text NOT NULL,
	service text,
	url text,
	started_at timestamptz NOT NULL,
	resolved_at timestamptz,
	caused_by_sha text COLLATE "C",
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, source, external_id)
);
CREATE INDEX incident_by_time ON incident (org_id, started_at);
COMMENT ON TABLE incident IS
	'Something that failed for users, as a tool reported it.';

CREATE TABLE report (
	org_id bigint NOT NULL
		CONSTRAINT report_organisation REFERENCES organisation
		ON DELETE CASCADE,
	key text COLLATE "C" NOT NULL,
	content bytea NOT NULL,
	answer text NOT NULL,
	reported_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, key)
);
CREATE INDEX report_by_time ON report (org_id, reported_at);
COMMENT ON TABLE report IS
	'What was reported under an idempotency key (route, who and key), SHA-256 '
	'of what it said, and what was answered; forgotten after a week.';
