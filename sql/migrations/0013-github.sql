-- 0013-github.sql: how GitHub is asked for an organisation, what may be
-- connected there, and where a connected repository's history comes from.

CREATE TABLE github_connection (
	org_id bigint NOT NULL,
	id bigint NOT NULL,
	kind text NOT NULL
		CONSTRAINT github_connection_kind CHECK (kind IN ('app', 'token')),
	login text NOT NULL,
	credential text,
	installation bigint,
	state text NOT NULL DEFAULT 'ok'
		CONSTRAINT github_connection_state
		CHECK (state IN ('ok', 'failing', 'revoked')),
	message text,
	created_by bigint,
	last_used_at timestamptz,
	budgets bigint[] NOT NULL DEFAULT '{0,0,0,0,0,0}',
	not_before timestamptz,
	strikes smallint NOT NULL DEFAULT 0,
	listed_at timestamptz,
	list_page integer NOT NULL DEFAULT 0,
	list_until timestamptz,
	PRIMARY KEY (org_id, id),
	CONSTRAINT github_connection_door FOREIGN KEY (org_id, id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE,
	CONSTRAINT github_connection_created_by FOREIGN KEY (org_id, created_by)
		REFERENCES membership (org_id, user_id)
		ON DELETE SET NULL (created_by),
	CONSTRAINT github_connection_how
		CHECK ((kind = 'token') = (credential IS NOT NULL)
			AND (kind = 'app') = (installation IS NOT NULL))
);
CREATE INDEX github_connection_creator
	ON github_connection (org_id, created_by);
COMMENT ON TABLE github_connection IS
	'How GitHub is asked: by a token, or as the App''s installation. The '
	'webhooks that it makes come in at the door of the same id.';
COMMENT ON COLUMN github_connection.credential IS
	'sealed (lib/base/crypto.h), place "github_connection.credential/<org>/<id>"';
COMMENT ON COLUMN github_connection.budgets IS
	'limit, what is left of it, and until when (ms since 1970): REST, then '
	'GraphQL; limit 0: not known';
COMMENT ON COLUMN github_connection.not_before IS
	'GitHub''s secondary limit: nothing is asked before';
COMMENT ON COLUMN github_connection.list_page IS
	'the next page of its repositories to be asked for; 0: all are there';
COMMENT ON COLUMN github_connection.list_until IS
	'somebody is asking for them now';

CREATE TABLE available_repository (
	org_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	github_id bigint NOT NULL,
	full_name text COLLATE "C" NOT NULL,
	private boolean NOT NULL,
	archived boolean NOT NULL,
	pushed_at timestamptz,
	seen_at timestamptz NOT NULL,
	PRIMARY KEY (org_id, connection_id, github_id),
	CONSTRAINT available_repository_connection
		FOREIGN KEY (org_id, connection_id)
		REFERENCES github_connection ON DELETE CASCADE
);
CREATE INDEX available_repository_name
	ON available_repository (org_id, full_name, github_id);
COMMENT ON TABLE available_repository IS
	'What a connection may read, as it was within ten minutes of the last '
	'time that somebody looked.';

ALTER TABLE repository
	ADD source text
		CONSTRAINT repository_source
		CHECK (source IN ('github_app', 'token', 'webhook')),
	ADD connection_id bigint,
	ADD hook_id bigint,
	ADD hook_state text NOT NULL DEFAULT 'none'
		CONSTRAINT repository_hook_state
		CHECK (hook_state IN ('none', 'missing', 'active', 'failing')),
	ADD hook_checked_at timestamptz,
	ADD disconnected_at timestamptz,
	ADD CONSTRAINT repository_connection FOREIGN KEY (org_id, connection_id)
		REFERENCES github_connection (org_id, id)
		ON DELETE SET NULL (connection_id);
CREATE INDEX repository_of_connection ON repository (org_id, connection_id);
COMMENT ON COLUMN repository.connection_id IS
	'who asks GitHub for its history; NULL: nobody, webhooks alone';
COMMENT ON COLUMN repository.hook_state IS
	'missing: to be registered by the next sync; failing: GitHub refused';
COMMENT ON COLUMN repository.disconnected_at IS
	'since then nothing of it is taken in; what there is stays';

CREATE TABLE github_etag (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	list text NOT NULL,
	etag text NOT NULL,
	PRIMARY KEY (org_id, repo_id, list),
	CONSTRAINT github_etag_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
COMMENT ON TABLE github_etag IS
	'Of a list''s first page, when it was read last: asking again costs '
	'nothing as long as it is the same.';
