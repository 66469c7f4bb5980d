-- 0011-limits.sql: how often somebody has come.

CREATE UNLOGGED TABLE rate_limit (
	key bytea PRIMARY KEY,
	due timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE rate_limit IS
	'Limits that hold across hosts: SHA-256 of what is counted and by whom, '
	'and when the next one is due (GCRA). Written by take_limit() alone; a '
	'crash empties it, and nothing is lost but the counting.';
