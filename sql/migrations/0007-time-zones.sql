-- 0007-time-zones.sql: only zones that PostgreSQL knows.
--
-- A name that it does not know fails whenever it is used: one team's mistake
-- stopped the folding of everybody's figures.

ALTER TABLE organisation ADD CONSTRAINT organisation_time_zone
	CHECK (now() AT TIME ZONE time_zone IS NOT NULL);
ALTER TABLE team ADD CONSTRAINT team_time_zone
	CHECK (now() AT TIME ZONE time_zone IS NOT NULL);
