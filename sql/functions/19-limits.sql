-- 19-limits.sql: how often somebody may, across hosts.

-- May `p_who` do one more of `p_what`? GCRA: p_count in p_seconds on average,
-- a burst of as many. 0 for yes, else the seconds until he may. p_cost 0 only
-- asks. A refusal reads one row by its key and writes none; what is let in
-- writes one. A clock that was set back locks nobody out: a moment farther off
-- than the rule allows does not count.
CREATE OR REPLACE FUNCTION take_limit(p_what text, p_who text,
	p_count integer, p_seconds integer, p_cost integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
	v_key bytea := sha256(convert_to(p_what || ' ' || p_who, 'UTF8'));
	v_gap interval := make_interval(secs => p_seconds::float8 / p_count);
	v_now timestamptz := clock_timestamp();
	v_full timestamptz := v_now + v_gap * (p_count - 1);
	v_never timestamptz := v_now + make_interval(secs => 2 * p_seconds);
	v_due timestamptz;
BEGIN
	SELECT due INTO v_due FROM pulse.rate_limit WHERE key = v_key;
	IF v_due > v_full AND v_due < v_never THEN
		RETURN ceil(extract(epoch FROM v_due - v_full));
	ELSIF p_cost = 0 THEN
		RETURN 0;
	END IF;
	-- Whoever came between has moved the row: look again.
	INSERT INTO pulse.rate_limit AS l (key, due)
	VALUES (v_key, v_now + v_gap * p_cost)
	ON CONFLICT (key) DO UPDATE SET due = CASE
		WHEN l.due BETWEEN v_now AND v_never THEN l.due
		ELSE v_now END + v_gap * p_cost
	WHERE l.due <= v_full OR l.due >= v_never;
	IF FOUND THEN
		RETURN 0;
	END IF;
	SELECT due INTO v_due FROM pulse.rate_limit WHERE key = v_key;
	RETURN greatest(1, ceil(extract(epoch FROM v_due - v_full)));
END
$$;

-- Rows that count no more, at most p_limit at once.
CREATE OR REPLACE FUNCTION forget_limits(p_limit integer) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_count integer;
BEGIN
	DELETE FROM rate_limit WHERE key IN (SELECT key FROM rate_limit
		WHERE due < now() LIMIT p_limit);
	GET DIAGNOSTICS v_count = ROW_COUNT;
	RETURN v_count;
END
$$;
