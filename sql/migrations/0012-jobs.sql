-- 0012-jobs.sql: jobs that work unit by unit, what each run did, and what an
-- admin says to them.

-- Who has a lease is a number of the run's own: one of the connection changes
-- when that is cut, and comes again.
ALTER TABLE job DROP COLUMN holder;
ALTER TABLE job ADD COLUMN holder uuid;
ALTER TABLE job ADD COLUMN run_asked_at timestamptz;
COMMENT ON COLUMN job.run_asked_at IS
	'when the operator asked for a run; it is due until one began later';

CREATE TABLE job_unit (
	org_id bigint NOT NULL
		CONSTRAINT job_unit_organisation REFERENCES organisation
		ON DELETE CASCADE,
	job text COLLATE "C" NOT NULL,
	unit text COLLATE "C" NOT NULL,
	state text NOT NULL DEFAULT 'PENDING'
		CONSTRAINT job_unit_state CHECK (state IN
			('PENDING', 'ACTIVE', 'FINISHED', 'FAILED', 'PAUSED')),
	not_before timestamptz DEFAULT now(),
	leased_at timestamptz,
	lease_until timestamptz,
	holder uuid,
	run_id bigint,
	checkpoint jsonb NOT NULL DEFAULT '{}',
	watermark timestamptz,
	progress smallint NOT NULL DEFAULT 0
		CONSTRAINT job_unit_progress CHECK (progress BETWEEN 0 AND 100),
	message text,
	tries smallint NOT NULL DEFAULT 0,
	failures integer NOT NULL DEFAULT 0,
	told_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	started_at timestamptz,
	finished_at timestamptz,
	PRIMARY KEY (org_id, job, unit)
);
CREATE INDEX job_unit_due ON job_unit (org_id, job, not_before, unit);
COMMENT ON TABLE job_unit IS
	'What a job works on piece by piece: a repository, a Jira connection, a '
	'person to erase. Each page commits with its checkpoint, so that a job '
	'that was killed goes on where it stopped.';
COMMENT ON COLUMN job_unit.not_before IS
	'when it is due again, in any state but PAUSED; NULL: when it is asked for';
COMMENT ON COLUMN job_unit.checkpoint IS 'where to go on; the job''s own';
COMMENT ON COLUMN job_unit.watermark IS 'all up to this moment was read';
COMMENT ON COLUMN job_unit.tries IS
	'runs since the last step forward: one that ends its worker each time is '
	'given up';
COMMENT ON COLUMN job_unit.told_at IS
	'when its progress was last told: once a second at most';

CREATE TABLE job_run (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org_id bigint
		CONSTRAINT job_run_organisation REFERENCES organisation
		ON DELETE CASCADE,
	job text COLLATE "C" NOT NULL,
	holder uuid NOT NULL,
	started_at timestamptz NOT NULL DEFAULT now(),
	finished_at timestamptz,
	lease_until timestamptz,
	state text NOT NULL DEFAULT 'ACTIVE'
		CONSTRAINT job_run_state CHECK (state IN
			('ACTIVE', 'FINISHED', 'FAILED')),
	message text,
	counted jsonb NOT NULL DEFAULT '{}',
	CONSTRAINT job_run_holder UNIQUE NULLS NOT DISTINCT (org_id, job, holder)
);
CREATE INDEX job_run_of_job ON job_run (org_id, job, id);
CREATE INDEX job_run_open ON job_run (job, lease_until)
	WHERE state = 'ACTIVE';
CREATE INDEX job_run_started ON job_run (started_at);
COMMENT ON TABLE job_run IS
	'What each run of a job did: one row a process and, where the job works '
	'unit by unit, an organisation. Without org_id: for the installation.';

CREATE TABLE job_control (
	org_id bigint NOT NULL
		CONSTRAINT job_control_organisation REFERENCES organisation
		ON DELETE CASCADE,
	job text COLLATE "C" NOT NULL,
	paused boolean NOT NULL DEFAULT false,
	run_asked_at timestamptz,
	served_at timestamptz,
	PRIMARY KEY (org_id, job)
);
CREATE INDEX job_control_turn ON job_control (job, served_at);
COMMENT ON TABLE job_control IS
	'An organisation''s word to a job: paused, asked for. served_at is when it '
	'last had its turn, since organisations take turns.';

-- A dead letter is named by an id: (door, guid) is what somebody else wrote.
ALTER TABLE delivery ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY;
DROP INDEX delivery_dead;
CREATE INDEX delivery_dead ON delivery (org_id, id) WHERE state = 'dead';
COMMENT ON COLUMN delivery.id IS 'what the API calls it';

CREATE TABLE erasure (
	org_id bigint NOT NULL
		CONSTRAINT erasure_organisation REFERENCES organisation
		ON DELETE CASCADE,
	id bigint GENERATED ALWAYS AS IDENTITY,
	logins text[] NOT NULL DEFAULT '{}',
	emails text[] NOT NULL DEFAULT '{}',
	names text[] NOT NULL DEFAULT '{}',
	pseudonym text NOT NULL,
	asked_by text NOT NULL,
	asked_at timestamptz NOT NULL DEFAULT now(),
	finished_at timestamptz,
	records bigint NOT NULL DEFAULT 0,
	bodies bigint NOT NULL DEFAULT 0,
	body_after bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, id)
);
COMMENT ON TABLE erasure IS
	'A person who is to be pseudonymised everywhere. What he is known by is '
	'kept in lower case until that is done, and gone then.';
COMMENT ON COLUMN erasure.body_after IS
	'deliveries up to this one have been looked through';
