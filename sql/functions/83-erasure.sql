-- 83-erasure.sql: a person is erased: in every record he has another name.
--
-- What tells of him stays (a merged pull request is still one), under a
-- pseudonym that is made at random and leads nowhere. Raw bytes that name him are
-- deleted. Figures follow the records by themselves (35-figures.sql).
--
-- Each step finds what still names him, so a step that is run again, or late,
-- does what is left. What comes in later under his name is new.

-- Where people stand: columns that hold one, their ids, and free text. A table
-- of people's work is a row here; step counts from 1.
CREATE OR REPLACE FUNCTION erasable()
RETURNS TABLE (step integer, tab text, people text[], ids text[], texts text[])
LANGUAGE sql IMMUTABLE
AS $$
	VALUES (1, 'commit', '{author,author_name,author_email}'::text[],
			'{}'::text[], '{message}'::text[]),
		(2, 'pull_request', '{author,merged_by}', '{author_id}',
			'{title,head_ref}'),
		(3, 'review', '{author}', '{author_id}', '{}'),
		(4, 'comment', '{author}', '{author_id}', '{}'),
		(5, 'issue', '{author}', '{author_id}', '{title}'),
		(6, 'deployment', '{author}', '{author_id}', '{ref}'),
		(7, 'release', '{author}', '{author_id}', '{name}'),
		(8, 'build', '{}', '{}', '{name,branch}'),
		(9, 'git_ref', '{}', '{}', '{name}'),
		(10, 'activity_event', '{author}', '{}', '{json,key}'),
		(11, 'jira_account', '{name}', '{}', '{}'),
		(12, 'jira_issue', '{}', '{}', '{summary}')
$$;

-- Behind the tables come raw bytes, then the rest.
CREATE OR REPLACE FUNCTION erase_steps() RETURNS integer
LANGUAGE sql IMMUTABLE
AS $$ SELECT max(step) + 3 FROM erasable() $$;

-- A text as one that regular expressions take for itself.
CREATE OR REPLACE FUNCTION regexp_of(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$ SELECT regexp_replace(p_text, '([^[:alnum:]])', '\\\1', 'g') $$;

-- A text without the person: mentions, links to his page, branches of his name,
-- addresses, full names, and in a line of the feed what is said to be his.
CREATE OR REPLACE FUNCTION scrub(p_text text, p_logins text, p_words text, p_pseudonym text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
	v_text text := p_text;
BEGIN
	IF p_logins <> '' THEN
		v_text := regexp_replace(v_text, '(@|github\.com/)(' || p_logins
			|| ')(?![[:alnum:]_/-])', '\1' || p_pseudonym, 'gi');
		v_text := regexp_replace(v_text, '^(' || p_logins || ')(?=/)',
			p_pseudonym, 'i');
	END IF;
	IF p_words <> '' THEN
		v_text := regexp_replace(v_text, '(?<![[:alnum:]_.-])(' || p_words
			|| ')(?![[:alnum:]_-])', p_pseudonym, 'gi');
	END IF;
	IF left(v_text, 1) = '{' AND p_logins <> '' THEN
		IF v_text ~* ('"author":"(' || p_logins || ')"') THEN
			v_text := regexp_replace(v_text,
				',"avatarUrl":"[^"]*"', '');
		END IF;
		v_text := regexp_replace(v_text, '(?<!"type")(?<!"action"):"('
			|| p_logins || ')"', ':"' || p_pseudonym || '"', 'gi');
	END IF;
	RETURN v_text;
END
$$;

-- What else he is known by: addresses and names of commits that are his.
CREATE OR REPLACE FUNCTION know_person(p_org bigint, p_id bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	UPDATE erasure e SET logins = (SELECT coalesce(array_agg(DISTINCT x), '{}')
		FROM (SELECT unnest(e.logins) UNION
			SELECT lower(c.author) FROM commit c
			WHERE c.org_id = p_org
			  AND lower(c.author_email) = ANY (e.emails)) y (x)
		WHERE x IS NOT NULL)
	WHERE e.org_id = p_org AND e.id = p_id;
	UPDATE erasure e SET
		emails = (SELECT coalesce(array_agg(DISTINCT x), '{}')
			FROM (SELECT unnest(e.emails) UNION
				SELECT lower(c.author_email) FROM commit c
				WHERE c.org_id = p_org
				  AND lower(c.author) = ANY (e.logins)) y (x)
			WHERE x LIKE '%@%'),
		-- One word is not a person's alone.
		names = (SELECT coalesce(array_agg(DISTINCT x), '{}')
			FROM (SELECT lower(c.author_name) FROM commit c
				WHERE c.org_id = p_org
				  AND (lower(c.author) = ANY (e.logins)
				    OR lower(c.author_email) = ANY (e.emails))
				UNION SELECT lower(a.name) FROM provider_account a
				WHERE a.org_id = p_org
				  AND lower(a.login) = ANY (e.logins)) y (x)
			WHERE x LIKE '_% _%')
	WHERE e.org_id = p_org AND e.id = p_id;
END
$$;

CREATE OR REPLACE FUNCTION erase_table(
	p_org bigint, t record, e erasure, p_limit integer)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_known text[] := e.logins || e.emails || e.names;
	v_set text;
	v_where text;
	v_count integer;
BEGIN
	SELECT string_agg(x.change, ', '), string_agg(x.found, ' OR ')
	INTO v_set, v_where FROM (
		SELECT format('%1$I = CASE WHEN lower(%1$I) = ANY ($2) THEN $3'
			' ELSE %1$I END', c), format('lower(%I) = ANY ($2)', c)
		FROM unnest(t.people) c
		UNION ALL
		SELECT format('%I = CASE WHEN lower(%I) = ANY ($2) THEN NULL'
			' ELSE %1$I END', c, t.people[1]), NULL
		FROM unnest(t.ids) c
		UNION ALL
		SELECT format('%1$I = scrub(%1$I, $4, $5, $3)', c),
			format('scrub(%1$I, $4, $5, $3) <> %1$I', c)
		FROM unnest(t.texts) c) x (change, found);
	EXECUTE format('UPDATE %1$I SET %2$s WHERE org_id = $1 AND ctid = ANY'
		' (ARRAY(SELECT ctid FROM %1$I WHERE org_id = $1 AND (%3$s)'
		' LIMIT $6))', t.tab, v_set, v_where)
	USING p_org, v_known, e.pseudonym,
		(SELECT string_agg(regexp_of(x), '|') FROM unnest(e.logins) x),
		(SELECT string_agg(regexp_of(x), '|')
			FROM unnest(e.emails || e.names) x), p_limit;
	GET DIAGNOSTICS v_count = ROW_COUNT;
	RETURN v_count;
END
$$;

-- Raw bytes that name him go; that the delivery was seen stays. Returns how many
-- deliveries it looked at.
CREATE OR REPLACE FUNCTION erase_bodies(p_org bigint, e erasure, p_limit integer)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_looked integer;
	v_last bigint;
	v_gone integer;
	v_named text := '"(' || (SELECT string_agg(regexp_of(x), '|')
		FROM unnest(e.logins || e.emails || e.names) x) || ')"'
		|| coalesce('|' || (SELECT string_agg(regexp_of(x), '|')
		FROM unnest(e.emails) x), '');
BEGIN
	WITH looked AS (
		SELECT d.id, d.door, d.guid, d.received_at FROM delivery d
		WHERE d.org_id = p_org AND d.id > e.body_after
		ORDER BY d.id LIMIT p_limit),
	named AS (
		SELECT l.* FROM looked l JOIN delivery_body b
		ON b.received_at = l.received_at AND b.door = l.door
			AND b.guid = l.guid
		WHERE encode(b.body, 'escape') ~* v_named),
	gone AS (
		DELETE FROM delivery_body b USING named n
		WHERE b.received_at = n.received_at AND b.door = n.door
		  AND b.guid = n.guid RETURNING 1),
	let_be AS (
		UPDATE delivery d SET state = 'done', reason = 'erased',
			next_attempt_at = NULL
		FROM named n WHERE d.door = n.door AND d.guid = n.guid
		  AND d.state <> 'done')
	SELECT (SELECT count(*) FROM looked), (SELECT max(id) FROM looked),
		(SELECT count(*) FROM gone)
	INTO v_looked, v_last, v_gone;
	UPDATE erasure x SET body_after = coalesce(v_last, x.body_after),
		bodies = x.bodies + v_gone
	WHERE x.org_id = p_org AND x.id = e.id;
	RETURN v_looked;
END
$$;

-- What the organisation's own people have written down of him.
CREATE OR REPLACE FUNCTION erase_audit(
	p_org bigint, p_known text[], p_words text, p_pseudonym text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	IF p_org IS DISTINCT FROM tenant() THEN
		RAISE EXCEPTION 'not the organisation of the transaction';
	END IF;
	UPDATE audit_log a SET
		actor = CASE WHEN lower(a.actor) = ANY (p_known) THEN p_pseudonym
			ELSE a.actor END,
		address = CASE WHEN lower(a.actor) = ANY (p_known) THEN NULL
			ELSE a.address END,
		actor_id = CASE WHEN lower(a.actor) = ANY (p_known) THEN NULL
			ELSE a.actor_id END,
		subject = CASE WHEN lower(a.subject) = ANY (p_known)
			THEN p_pseudonym
			ELSE scrub(a.subject, '', p_words, p_pseudonym) END,
		detail = scrub(a.detail::text, '', p_words, p_pseudonym)::json
	WHERE a.org_id = p_org AND (lower(a.actor) = ANY (p_known)
		OR lower(a.subject) = ANY (p_known)
		OR scrub(a.subject || a.detail::text, '', p_words, p_pseudonym)
			<> a.subject || a.detail::text);
END
$$;

-- One piece of a step; true: the step is done. Step 0 learns, then come the
-- tables, raw bytes, and the rest, after which he is forgotten.
CREATE OR REPLACE FUNCTION erase_step(
	p_org bigint, p_id bigint, p_step integer, p_limit integer)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	e erasure;
	t record;
	v_count integer;
BEGIN
	SELECT * INTO e FROM erasure WHERE org_id = p_org AND id = p_id;
	IF NOT FOUND OR e.finished_at IS NOT NULL THEN
		RETURN true;
	ELSIF p_step = 0 THEN
		PERFORM know_person(p_org, p_id);
		RETURN true;
	ELSIF p_step = erase_steps() - 2 THEN
		RETURN erase_bodies(p_org, e, p_limit / 10) < p_limit / 10;
	ELSIF p_step = erase_steps() - 1 THEN
		PERFORM erase_audit(p_org, e.logins || e.emails,
			coalesce((SELECT string_agg(regexp_of(x), '|')
			FROM unnest(e.emails || e.names) x), ''), e.pseudonym);
		DELETE FROM mail WHERE org_id = p_org
			AND recipient = ANY (e.emails);
		DELETE FROM invitation WHERE org_id = p_org
			AND email = ANY (e.emails);
		DELETE FROM provider_account WHERE org_id = p_org
			AND lower(login) = ANY (e.logins);
		UPDATE erasure SET finished_at = now(), logins = '{}',
			emails = '{}', names = '{}'
		WHERE org_id = p_org AND id = p_id;
		RETURN true;
	END IF;
	SELECT * INTO t FROM erasable() x WHERE x.step = p_step;
	v_count := erase_table(p_org, t, e, p_limit);
	UPDATE erasure SET records = records + v_count
	WHERE org_id = p_org AND id = p_id;
	RETURN v_count < p_limit;
END
$$;

-- By whom it was asked: a member must leave first, or he would go on leaving
-- traces.
CREATE OR REPLACE FUNCTION begin_erasure(
	p_org bigint, p_person text, p_asked_by text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	v_person text := lower(p_person);
	v_id bigint;
BEGIN
	IF EXISTS (SELECT FROM membership m JOIN user_account u
			ON u.id = m.user_id
			WHERE m.org_id = p_org AND u.email = v_person) THEN
		RAISE EXCEPTION 'person|is a member: remove him first'
			USING ERRCODE = 'PS400';
	END IF;
	INSERT INTO erasure (org_id, logins, emails, pseudonym, asked_by)
	VALUES (p_org,
		CASE WHEN v_person LIKE '%@%' THEN '{}' ELSE ARRAY[v_person] END,
		CASE WHEN v_person LIKE '%@%' THEN ARRAY[v_person] ELSE '{}' END,
		'erased-' || left(replace(gen_random_uuid()::text, '-', ''), 12),
		p_asked_by)
	RETURNING id INTO v_id;
	PERFORM want_unit(p_org, 'erase-people', v_id::text, NULL);
	RETURN v_id;
END
$$;

CREATE OR REPLACE FUNCTION ask_erasure(p_org bigint, p_person text, p_address text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	v_id bigint;
BEGIN
	PERFORM act_on(p_org, 'admin');
	v_id := begin_erasure(p_org, p_person, (SELECT u.email
		FROM user_account u WHERE u.id = session_person()));
	-- Whom it is about is not written down once more.
	PERFORM audit_mine('person.erased', v_id::text, NULL, p_address);
	RETURN v_id;
END
$$;

CREATE OR REPLACE FUNCTION show_erasure(p_org bigint, p_id bigint)
RETURNS json
LANGUAGE sql STABLE
AS $$
	SELECT json_build_object('id', e.id::text, 'pseudonym', e.pseudonym,
		'state', CASE WHEN e.finished_at IS NOT NULL THEN 'FINISHED'
			ELSE coalesce(u.state, 'PENDING') END,
		'progress', CASE WHEN e.finished_at IS NOT NULL THEN 100
			ELSE coalesce(u.progress, 0) END,
		'askedBy', e.asked_by, 'askedAt', moment(e.asked_at),
		'finishedAt', moment(e.finished_at), 'records', e.records,
		'bodies', e.bodies)
	FROM erasure e LEFT JOIN job_unit u ON u.org_id = e.org_id
		AND u.job = 'erase-people' AND u.unit = e.id::text
	WHERE e.org_id = p_org AND e.id = p_id
$$;
