-- 0002-repositories.sql: what is watched, and the doors it comes in by.

CREATE TABLE connection (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org_id bigint NOT NULL
		CONSTRAINT connection_organisation REFERENCES organisation
		ON DELETE CASCADE,
	kind text NOT NULL DEFAULT 'github'
		CONSTRAINT connection_kind CHECK (kind IN ('github', 'jira')),
	host text NOT NULL,
	name text NOT NULL DEFAULT '',
	secret text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT connection_org_key UNIQUE (org_id, id)
);
COMMENT ON TABLE connection IS
	'A webhook door of one organisation: POST webhooks/github/{id} is '
	'signed with its secret and can touch that organisation only. The '
	'GitHub App''s door is 0 and stands in the configuration.';
COMMENT ON COLUMN connection.secret IS
	'sealed (lib/base/crypto.h), place "connection.secret/<org>/<id>"';

CREATE TABLE installation (
	host text NOT NULL,
	github_id bigint NOT NULL,
	org_id bigint
		CONSTRAINT installation_organisation REFERENCES organisation
		ON DELETE SET NULL,
	account text,
	state text NOT NULL DEFAULT 'active'
		CONSTRAINT installation_state
		CHECK (state IN ('active', 'suspended', 'deleted')),
	updated_at timestamptz,
	version bigint NOT NULL DEFAULT 0,
	digest bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (host, github_id)
);
COMMENT ON TABLE installation IS
	'The GitHub App on an account. Belongs to no organisation until a '
	'signed-in user has shown that it is theirs: its id can be forged.';

CREATE TABLE repository (
	org_id bigint NOT NULL
		CONSTRAINT repository_organisation REFERENCES organisation
		ON DELETE CASCADE,
	id bigint GENERATED ALWAYS AS IDENTITY,
	host text NOT NULL,
	github_id bigint NOT NULL,
	full_name text NOT NULL,
	default_branch text,
	url text,
	private boolean NOT NULL DEFAULT false,
	archived boolean NOT NULL DEFAULT false,
	deleted boolean NOT NULL DEFAULT false,
	connected_by bigint,
	connected_at timestamptz NOT NULL DEFAULT now(),
	version bigint NOT NULL DEFAULT 0,
	digest bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, id),
	CONSTRAINT repository_github_key UNIQUE (org_id, host, github_id),
	CONSTRAINT repository_connected_by FOREIGN KEY (org_id, connected_by)
		REFERENCES membership (org_id, user_id)
		ON DELETE SET NULL (connected_by)
);
CREATE INDEX repository_route ON repository (host, github_id);
CREATE INDEX repository_name ON repository (org_id, full_name);
COMMENT ON TABLE repository IS
	'A repository that an organisation connected; two may connect the same, '
	'each has rows of its own. Known by host and GitHub''s id: names change, '
	'and a new repository may take an old name.';
COMMENT ON COLUMN repository.version IS
	'lib/domain/records.h: of two tellings the higher version stays';

CREATE TABLE team_repository (
	org_id bigint NOT NULL,
	team_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	PRIMARY KEY (org_id, team_id, repo_id),
	CONSTRAINT team_repository_team FOREIGN KEY (org_id, team_id)
		REFERENCES team ON DELETE CASCADE,
	CONSTRAINT team_repository_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
CREATE INDEX team_repository_of_repository
	ON team_repository (org_id, repo_id, team_id);
COMMENT ON TABLE team_repository IS
	'Which teams a repository''s activity and figures belong to; change it '
	'by attach_repository() and detach_repository(), which carry history.';

CREATE TABLE provider_account (
	org_id bigint NOT NULL
		CONSTRAINT provider_account_organisation REFERENCES organisation
		ON DELETE CASCADE,
	host text NOT NULL,
	github_id bigint NOT NULL,
	login text NOT NULL,
	name text,
	avatar_url text,
	bot boolean NOT NULL DEFAULT false,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, host, github_id)
);
COMMENT ON TABLE provider_account IS
	'A person or bot at GitHub, as member events told it.';
