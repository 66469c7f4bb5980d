-- 0006-rollups.sql: figures a day, kept by adding up.
--
-- The event's own transaction only appends to rollup_delta: two roll-up rows
-- updated there instead were 41 events a second with deadlocks. One writer
-- folds the deltas into rollup_day each second (sql/functions/rollups.sql).

CREATE TABLE rollup_delta (
	org_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	at timestamptz NOT NULL,
	person text COLLATE "C" NOT NULL DEFAULT '',
	kind text COLLATE "C" NOT NULL,
	amount bigint NOT NULL
);
COMMENT ON TABLE rollup_delta IS
	'Not yet folded. Carries the moment, not the day: which day it is '
	'depends on the time zone of each team that has the repository.';

CREATE TABLE rollup_day (
	org_id bigint NOT NULL
		CONSTRAINT rollup_day_organisation REFERENCES organisation
		ON DELETE CASCADE,
	team_id bigint NOT NULL,
	repo_id bigint NOT NULL,
	day date NOT NULL,
	kind text COLLATE "C" NOT NULL,
	person text COLLATE "C" NOT NULL,
	amount bigint NOT NULL,
	PRIMARY KEY (org_id, team_id, day, kind, repo_id, person)
) WITH (fillfactor = 80);
COMMENT ON TABLE rollup_day IS
	'Figures a day, by team, repository, person and kind.';
COMMENT ON COLUMN rollup_day.team_id IS
	'0: the organisation as a whole, its day in the organisation''s zone';
COMMENT ON COLUMN rollup_day.kind IS
	'commits, pull_requests_opened, …; bots'' are kinds of their own, with '
	'":bot" behind';

CREATE TABLE job (
	name text PRIMARY KEY,
	state text NOT NULL DEFAULT 'PENDING'
		CONSTRAINT job_state CHECK (state IN
			('PENDING', 'ACTIVE', 'FINISHED', 'FAILED', 'PAUSED')),
	lease_until timestamptz,
	holder integer,
	started_at timestamptz,
	finished_at timestamptz,
	message text
);
COMMENT ON TABLE job IS
	'The jobs of the crontab: one runs at a time, by a lease that ends.';
