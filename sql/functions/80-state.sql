-- 80-state.sql: how the installation is, for health and doctor.

CREATE OR REPLACE FUNCTION system_state(
	OUT outbox_waiting bigint, OUT outbox_age interval,
	OUT deliveries_dead bigint, OUT deliveries_waiting bigint,
	OUT jobs_failed bigint, OUT bridge_beat timestamptz,
	OUT broker_up boolean)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT (SELECT count(*) FROM pulse.outbox),
		coalesce((SELECT now() - min(created_at) FROM pulse.outbox),
			interval '0'),
		(SELECT count(*) FROM pulse.delivery WHERE state = 'dead'),
		(SELECT count(*) FROM pulse.delivery WHERE state = 'waiting'),
		(SELECT count(*) FROM pulse.job WHERE state = 'FAILED'),
		(SELECT beat_at FROM pulse.bridge_mark),
		(SELECT b.broker_up FROM pulse.bridge_mark b);
$$;

-- Lines of the feed older than so many days, or fewer where an organisation or
-- its plan says so; at most p_limit at once.
CREATE OR REPLACE FUNCTION forget_activity(p_days integer, p_limit integer)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_count integer;
BEGIN
	WITH old AS (
		SELECT e.* FROM organisation o
		CROSS JOIN LATERAL (
			SELECT a.org_id, a.id, a.at FROM activity_event a
			WHERE a.org_id = o.id AND a.at < now() - make_interval(
				days => activity_days(o.id, p_days))
			ORDER BY a.at LIMIT p_limit) e
		LIMIT p_limit),
	teams AS (
		DELETE FROM team_activity t USING old
		WHERE t.org_id = old.org_id AND t.at = old.at
		  AND t.event_id = old.id),
	gone AS (
		DELETE FROM activity_event e USING old
		WHERE e.org_id = old.org_id AND e.id = old.id
		RETURNING 1)
	SELECT count(*) INTO v_count FROM gone;
	RETURN v_count;
END
$$;

-- Lines of the audit log older than so many days, or fewer where an
-- organisation says so.
CREATE OR REPLACE FUNCTION forget_audit(p_days integer, p_limit integer)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_count integer;
BEGIN
	WITH old AS (
		SELECT e.* FROM organisation o
		LEFT JOIN organisation_setting s ON s.org_id = o.id
		CROSS JOIN LATERAL (
			SELECT a.org_id, a.id FROM audit_log a
			WHERE a.org_id = o.id AND a.at < now() - make_interval(
				days => least(p_days, s.audit_days))
			ORDER BY a.id LIMIT p_limit) e
		LIMIT p_limit),
	gone AS (
		DELETE FROM audit_log a USING old
		WHERE a.org_id = old.org_id AND a.id = old.id
		RETURNING 1)
	SELECT count(*) INTO v_count FROM gone;
	RETURN v_count;
END
$$;
