-- 82-letters.sql: dead letters: deliveries that could not be read.
--
-- A row of `delivery` is its organisation's; the bytes lie in delivery_body,
-- which is of no tenant, so what reads them asks the session itself. They go
-- with their partition; a letter without them cannot be read again.

-- May the session's person see what came in? Raises, when not.
CREATE OR REPLACE FUNCTION own_letter(p_org bigint, p_id bigint)
RETURNS delivery
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_letter delivery;
BEGIN
	IF session_org() IS DISTINCT FROM p_org OR NOT EXISTS (
			SELECT FROM membership m WHERE m.org_id = p_org
			AND m.user_id = session_person()
			AND role_rank(m.role) >= role_rank('admin')) THEN
		RAISE EXCEPTION 'this wants the role admin'
			USING ERRCODE = 'PS403';
	END IF;
	SELECT d.* INTO v_letter FROM delivery d
	WHERE d.org_id = p_org AND d.id = p_id AND d.state = 'dead';
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no dead letter has this id'
			USING ERRCODE = 'PS404';
	END IF;
	RETURN v_letter;
END
$$;

-- The repository that a body names, if it is JSON that does.
CREATE OR REPLACE FUNCTION repository_named(p_body bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	IF octet_length(p_body) > 1000000 THEN
		RETURN NULL;
	END IF;
	RETURN left(convert_from(p_body, 'UTF8')::json
		#>> '{repository,full_name}', 200);
EXCEPTION WHEN OTHERS THEN
	RETURN NULL;
END
$$;

-- The first p_most bytes as text: whole characters, or, where it is no UTF-8
-- (or holds U+0000), with \nnn for what is none.
CREATE OR REPLACE FUNCTION body_text(p_body bytea, p_most integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	FOR v_less IN 0..3 LOOP
		BEGIN
			RETURN convert_from(substring(p_body FROM 1
				FOR p_most - v_less), 'UTF8');
		EXCEPTION WHEN OTHERS THEN
			EXIT WHEN octet_length(p_body) <= p_most;
		END;
	END LOOP;
	RETURN encode(substring(p_body FROM 1 FOR p_most), 'escape');
END
$$;

-- What the list shows of one, and with its body.
CREATE OR REPLACE FUNCTION show_letter(p_org bigint, p_id bigint, p_whole boolean)
RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	d delivery := own_letter(p_org, p_id);
	v_body bytea;
	v_shown jsonb;
BEGIN
	SELECT b.body INTO v_body FROM delivery_body b
	WHERE b.received_at = d.received_at AND b.door = d.door
	  AND b.guid = d.guid;
	v_shown := jsonb_build_object('id', d.id::text,
		'receivedAt', moment(d.received_at),
		'source', coalesce((SELECT c.kind FROM connection c
			WHERE c.org_id = p_org AND c.id = d.door), 'github'),
		'event', d.event, 'guid', d.guid, 'reason', d.reason,
		'attempts', d.attempts, 'size', octet_length(v_body),
		'repository', repository_named(v_body));
	IF p_whole THEN
		v_shown := v_shown || jsonb_build_object(
			'body', body_text(v_body, 262144),
			'bodyCut', coalesce(octet_length(v_body) > 262144, false));
	END IF;
	RETURN v_shown;
END
$$;

-- Read it again: now, by process-deliveries. p_id NULL: all of them. Returns
-- how many.
CREATE OR REPLACE FUNCTION replay_letters(p_org bigint, p_id bigint, p_address text)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_count integer;
BEGIN
	PERFORM act_on(p_org, 'admin');
	IF p_id IS NOT NULL AND show_letter(p_org, p_id, false) ->> 'size'
			IS NULL THEN
		RAISE EXCEPTION 'its bytes are kept no longer'
			USING ERRCODE = 'PS410';
	END IF;
	UPDATE delivery SET state = 'waiting', attempts = 1,
		next_attempt_at = now()
	WHERE org_id = p_org AND state = 'dead' AND id = p_id;
	GET DIAGNOSTICS v_count = ROW_COUNT;
	IF p_id IS NULL THEN
		UPDATE delivery SET state = 'waiting', attempts = 1,
			next_attempt_at = now()
		WHERE org_id = p_org AND state = 'dead';
		GET DIAGNOSTICS v_count = ROW_COUNT;
	END IF;
	PERFORM audit_mine('dead-letter.replayed', p_id::text,
		json_build_object('count', v_count), p_address);
	RETURN v_count;
END
$$;

-- Let it be: it counts as read, so that the same delivery does not come back.
CREATE OR REPLACE FUNCTION discard_letter(p_org bigint, p_id bigint, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM act_on(p_org, 'admin'), own_letter(p_org, p_id);
	UPDATE delivery SET state = 'done', reason = 'discarded'
	WHERE org_id = p_org AND id = p_id AND state = 'dead';
	PERFORM audit_mine('dead-letter.discarded', p_id::text, NULL, p_address);
END
$$;

-- The list is another now: who runs the organisation asks for it again. What is
-- of no organisation is the operator's.
CREATE OR REPLACE TRIGGER tell_of_letter AFTER INSERT ON delivery
	FOR EACH ROW WHEN (NEW.state = 'dead' AND NEW.org_id IS NOT NULL)
	EXECUTE FUNCTION tell_of_change('dead-letters');
CREATE OR REPLACE TRIGGER tell_of_letters AFTER UPDATE OF state ON delivery
	FOR EACH ROW WHEN ((OLD.state = 'dead') <> (NEW.state = 'dead')
		AND NEW.org_id IS NOT NULL)
	EXECUTE FUNCTION tell_of_change('dead-letters');
