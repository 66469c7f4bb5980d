-- 0003-deliveries.sql: what came in at a webhook door.
--
-- Three concerns, three rows: that a delivery was seen (delivery, small and
-- unpartitioned, so that (door, guid) can be unique), how far its reading is
-- (its state), and the bytes (delivery_body, partitioned by time and dropped
-- with its partition).

CREATE TABLE delivery (
	door bigint NOT NULL,
	guid text NOT NULL,
	org_id bigint
		CONSTRAINT delivery_organisation REFERENCES organisation
		ON DELETE CASCADE,
	event text NOT NULL,
	received_at timestamptz NOT NULL,
	state text NOT NULL
		CONSTRAINT delivery_state CHECK (state IN
			('done', 'waiting', 'dead')),
	attempts smallint NOT NULL DEFAULT 1,
	next_attempt_at timestamptz,
	reason text,
	PRIMARY KEY (door, guid)
);
CREATE INDEX delivery_due ON delivery (next_attempt_at)
	WHERE state = 'waiting';
CREATE INDEX delivery_dead ON delivery (org_id, received_at)
	WHERE state = 'dead';
COMMENT ON TABLE delivery IS
	'A delivery is no tenant''s until it is routed. The guid is shared by '
	'all hooks of one event, so it is unique per door only. waiting: to be '
	'read at next_attempt_at by process-deliveries; dead: cannot be read, '
	'reason says why, kept for replay.';
COMMENT ON COLUMN delivery.door IS
	'connection.id, or 0 for the GitHub App''s door';

CREATE TABLE delivery_body (
	received_at timestamptz NOT NULL,
	door bigint NOT NULL,
	guid text NOT NULL,
	body bytea NOT NULL,
	PRIMARY KEY (received_at, door, guid)
) PARTITION BY RANGE (received_at);
COMMENT ON TABLE delivery_body IS
	'The raw bytes as they were signed. Partitions of a week each are made '
	'and dropped by keep_partitions().';
-- LZ4 costs a tenth of PGLZ here; a body of usual size then stays in its page
-- instead of a dozen chunks in a table beside it.
DO $$
BEGIN
	ALTER TABLE delivery_body ALTER body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
	RAISE NOTICE 'this PostgreSQL has no LZ4: bodies take more time and room';
END
$$;
CREATE TABLE delivery_body_other PARTITION OF delivery_body DEFAULT;
COMMENT ON TABLE delivery_body_other IS
	'A net: what no partition takes. Empty where clean-up runs.';
