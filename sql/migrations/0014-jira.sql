-- 0014-jira.sql: what a Jira says: projects, issues and their history, sprints,
-- work logged; and which pull requests speak of which issue.
--
-- Each row is of one connection, since ids of two Jiras collide. version and
-- digest settle which of two tellings stays (0004-records.sql). No table refers
-- to an issue by foreign key: its history may come before it does.

CREATE TABLE jira_connection (
	org_id bigint NOT NULL,
	id bigint NOT NULL,
	base_url text NOT NULL
		CONSTRAINT jira_connection_url CHECK (base_url ~ '^https?://[^/?#@]+(/.*)?$'
			AND length(base_url) <= 500),
	deployment text NOT NULL
		CONSTRAINT jira_connection_deployment
		CHECK (deployment IN ('cloud', 'server')),
	auth text NOT NULL
		CONSTRAINT jira_connection_auth
		CHECK (auth IN ('token', 'bearer', 'oauth')),
	account text NOT NULL DEFAULT ''
		CONSTRAINT jira_connection_account CHECK (length(account) <= 254),
	credential text NOT NULL,
	refresh text,
	refresh_at timestamptz,
	points_field text
		CONSTRAINT jira_connection_points
		CHECK (points_field ~ '^customfield_[0-9]{1,18}$'),
	sprint_field text
		CONSTRAINT jira_connection_sprint
		CHECK (sprint_field ~ '^customfield_[0-9]{1,18}$'),
	state text NOT NULL DEFAULT 'ok'
		CONSTRAINT jira_connection_state
		CHECK (state IN ('ok', 'failing', 'revoked')),
	message text,
	verified_at timestamptz,
	last_used_at timestamptz,
	swept_at timestamptz,
	PRIMARY KEY (org_id, id),
	CONSTRAINT jira_connection_door FOREIGN KEY (org_id, id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE jira_connection IS
	'How a Jira is asked; its webhook door is the connection of the same id.';
COMMENT ON COLUMN jira_connection.credential IS
	'sealed (lib/base/crypto.h), place "jira_connection.credential/<org>/<id>"';
COMMENT ON COLUMN jira_connection.refresh IS
	'sealed, place "jira_connection.refresh/<org>/<id>": OAuth only';
COMMENT ON COLUMN jira_connection.points_field IS
	'the custom field that holds story points; found by its name unless set';

CREATE TABLE jira_project (
	org_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	id bigint NOT NULL,
	key text COLLATE "C" NOT NULL,
	name text NOT NULL,
	deleted boolean NOT NULL DEFAULT false,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, connection_id, id),
	CONSTRAINT jira_project_connection FOREIGN KEY (org_id, connection_id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE jira_project IS
	'A project of a Jira.';

CREATE TABLE jira_status (
	org_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	id bigint NOT NULL,
	name text NOT NULL,
	category text NOT NULL
		CONSTRAINT jira_status_category
		CHECK (category IN ('todo', 'in_progress', 'done', 'unknown')),
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, connection_id, id),
	CONSTRAINT jira_status_connection FOREIGN KEY (org_id, connection_id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE jira_status IS
	'A status and its category; a category is what a clock of issues asks '
	'for, since every project names its statuses as it likes.';

CREATE TABLE jira_account (
	org_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	id text NOT NULL,
	name text,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, connection_id, id),
	CONSTRAINT jira_account_connection FOREIGN KEY (org_id, connection_id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE jira_account IS
	'A person at a Jira. The only place where the name stands, so that it '
	'can be erased in one.';

CREATE TABLE jira_issue (
	org_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	id bigint NOT NULL,
	key text COLLATE "C" NOT NULL,
	project_id bigint NOT NULL,
	summary text NOT NULL,
	type text,
	subtask boolean NOT NULL DEFAULT false,
	status_id bigint,
	priority text,
	assignee text,
	reporter text,
	points numeric,
	parent_id bigint,
	sprints bigint[] NOT NULL DEFAULT '{}',
	links jsonb NOT NULL DEFAULT '[]',
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	resolved_at timestamptz,
	deleted boolean NOT NULL DEFAULT false,
	swept boolean NOT NULL DEFAULT false,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, connection_id, id),
	CONSTRAINT jira_issue_connection FOREIGN KEY (org_id, connection_id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE
);
CREATE INDEX jira_issue_key ON jira_issue (org_id, key);
COMMENT ON TABLE jira_issue IS
	'An issue as it is now. Known by its id: a key changes when the issue '
	'moves to another project.';
COMMENT ON COLUMN jira_issue.deleted IS
	'a tombstone: it is in no figure and no list any more';
COMMENT ON COLUMN jira_issue.swept IS
	'deleted since Jira no longer listed it; one that it lists again lives';
COMMENT ON COLUMN jira_issue.links IS
	'[{"id","type","direction":"outward"|"inward","issue"}], ids as text';

CREATE TABLE jira_change (
	org_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	issue_id bigint NOT NULL,
	history_id bigint NOT NULL,
	field text NOT NULL
		CONSTRAINT jira_change_field CHECK (field IN ('status',
			'sprint', 'points', 'assignee', 'resolution',
			'priority', 'type', 'project', 'key')),
	at timestamptz NOT NULL,
	author text,
	from_id text,
	from_text text,
	to_id text,
	to_text text,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, connection_id, issue_id, field, history_id),
	CONSTRAINT jira_change_connection FOREIGN KEY (org_id, connection_id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE
);
CREATE INDEX jira_change_time
	ON jira_change (org_id, connection_id, issue_id, field, at);
COMMENT ON TABLE jira_change IS
	'A change of one field of an issue, from Jira''s changelog: what was so '
	'at any moment follows from these and what is so now.';
COMMENT ON COLUMN jira_change.version IS
	'1: told by a webhook, 2: read from the changelog itself';

CREATE TABLE jira_sprint (
	org_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	id bigint NOT NULL,
	board_id bigint,
	name text NOT NULL,
	state text NOT NULL
		CONSTRAINT jira_sprint_state
		CHECK (state IN ('future', 'active', 'closed')),
	started_at timestamptz,
	ends_at timestamptz,
	completed_at timestamptz,
	deleted boolean NOT NULL DEFAULT false,
	told_at timestamptz NOT NULL,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, connection_id, id),
	CONSTRAINT jira_sprint_connection FOREIGN KEY (org_id, connection_id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE jira_sprint IS
	'A sprint. Jira keeps no time of its last change: version comes from '
	'its state, and of two tellings of one state the later stays.';

CREATE TABLE jira_sprint_issue (
	org_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	sprint_id bigint NOT NULL,
	issue_id bigint NOT NULL,
	in_at_start boolean,
	done_at_start boolean,
	points_at_start numeric,
	in_at_close boolean,
	done_at_close boolean,
	points_at_close numeric,
	PRIMARY KEY (org_id, connection_id, sprint_id, issue_id),
	CONSTRAINT jira_sprint_issue_connection
		FOREIGN KEY (org_id, connection_id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE
);
CREATE INDEX jira_sprint_issue_of_issue
	ON jira_sprint_issue (org_id, connection_id, issue_id);
COMMENT ON TABLE jira_sprint_issue IS
	'The snapshot of a sprint at its start and at its close, for each issue '
	'that was ever in it. Follows from the issue and its history '
	'(snapshot_issues()), so that it is the same whenever they come. NULL: '
	'that moment has not been yet.';

CREATE TABLE jira_worklog (
	org_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	id bigint NOT NULL,
	issue_id bigint,
	author text,
	started_at timestamptz,
	seconds bigint,
	updated_at timestamptz,
	deleted boolean NOT NULL DEFAULT false,
	version bigint NOT NULL,
	digest bigint NOT NULL,
	PRIMARY KEY (org_id, connection_id, id),
	CONSTRAINT jira_worklog_connection FOREIGN KEY (org_id, connection_id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE
);
CREATE INDEX jira_worklog_of_issue
	ON jira_worklog (org_id, connection_id, issue_id);
COMMENT ON TABLE jira_worklog IS
	'Time that somebody logged on an issue. A deleted one is a tombstone, '
	'perhaps of one that was never told.';

CREATE TABLE jira_seen (
	org_id bigint NOT NULL,
	connection_id bigint NOT NULL,
	issue_id bigint NOT NULL,
	PRIMARY KEY (org_id, connection_id, issue_id),
	CONSTRAINT jira_seen_connection FOREIGN KEY (org_id, connection_id)
		REFERENCES connection (org_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE jira_seen IS
	'The ids that a sweep has seen so far; empty between two sweeps.';

CREATE TABLE issue_mention (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	number bigint NOT NULL,
	key text COLLATE "C" NOT NULL,
	place text NOT NULL
		CONSTRAINT issue_mention_place CHECK (place IN ('title', 'branch')),
	PRIMARY KEY (org_id, repo_id, number, key, place),
	CONSTRAINT issue_mention_repository FOREIGN KEY (org_id, repo_id)
		REFERENCES repository ON DELETE CASCADE
);
CREATE INDEX issue_mention_key ON issue_mention (org_id, key);
COMMENT ON TABLE issue_mention IS
	'What looks like an issue''s key in a pull request. Whether there is '
	'such an issue the view issue_of_pull_request asks, so that UTF-8 is '
	'none, and an issue that comes later is found.';
