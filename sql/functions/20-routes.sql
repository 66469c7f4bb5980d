-- 20-routes.sql: look-ups before a tenant is known, each a named question.

-- Whose is a delivery? A connection's door is its organisation's. At the
-- App's door (0) the installation decides, if it is bound, else the one
-- organisation that connected the repository; two of them are nobody's.
CREATE OR REPLACE FUNCTION route(
	p_door bigint, p_host text, p_installation bigint, p_github_id bigint,
	OUT org_id bigint, OUT repo_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
AS $$
BEGIN
	IF p_door > 0 THEN
		SELECT c.org_id INTO route.org_id
		FROM pulse.connection c WHERE c.id = p_door;
	ELSIF p_installation IS NOT NULL THEN
		SELECT i.org_id INTO route.org_id
		FROM pulse.installation i
		WHERE i.host = p_host AND i.github_id = p_installation;
	END IF;
	IF p_github_id IS NULL THEN
		RETURN;
	END IF;
	IF route.org_id IS NOT NULL THEN
		SELECT r.id INTO route.repo_id
		FROM pulse.repository r
		WHERE r.org_id = route.org_id AND r.host = p_host
		  AND r.github_id = p_github_id AND r.disconnected_at IS NULL;
		RETURN;
	END IF;
	SELECT r.org_id, r.id INTO route.org_id, route.repo_id
	FROM pulse.repository r
	WHERE r.host = p_host AND r.github_id = p_github_id
	  AND r.disconnected_at IS NULL LIMIT 1;
	IF FOUND AND EXISTS (
		SELECT FROM pulse.repository r
		WHERE r.host = p_host AND r.github_id = p_github_id
		  AND r.org_id <> route.org_id
		  AND r.disconnected_at IS NULL) THEN
		route.org_id := NULL;
		route.repo_id := NULL;
	END IF;
END
$$;

-- Is what a program remembers of a route still so? Asked with each batch.
CREATE OR REPLACE FUNCTION serves(
	p_door bigint, p_host text, p_installation bigint, p_org bigint)
RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
AS $$
BEGIN
	IF p_door > 0 THEN
		RETURN EXISTS (SELECT FROM pulse.connection c
			WHERE c.id = p_door AND c.org_id = p_org);
	ELSIF p_installation IS NOT NULL THEN
		RETURN NOT EXISTS (SELECT FROM pulse.installation i
			WHERE i.host = p_host AND i.github_id = p_installation
			  AND i.org_id IS DISTINCT FROM p_org
			  AND i.org_id IS NOT NULL);
	END IF;
	RETURN true;
END
$$;

-- Has another organisation connected a repository?
CREATE OR REPLACE FUNCTION others_have(
	p_org bigint, p_host text, p_github_id bigint)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT EXISTS (SELECT FROM pulse.repository r
		WHERE r.host = p_host AND r.github_id = p_github_id
		  AND r.org_id <> p_org)
$$;

-- The secret of a door, sealed, and its host and organisation.
CREATE OR REPLACE FUNCTION door(
	p_id bigint, OUT org_id bigint, OUT host text, OUT secret text)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT c.org_id, c.host, c.secret FROM pulse.connection c
	WHERE c.id = p_id AND c.kind = 'github';
$$;

-- The organisation and team of a slug, or "organisation/team".
CREATE OR REPLACE FUNCTION find_team(
	p_slug text, OUT org_id bigint, OUT team_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT o.id, t.id
	FROM pulse.organisation o
	LEFT JOIN pulse.team t ON t.org_id = o.id
		AND t.slug = split_part(p_slug, '/', 2)
	WHERE o.slug = split_part(p_slug, '/', 1);
$$;

-- For a login: the account of an address, with the organisation it was last
-- signed in to, or joined first; a deleted one only to its owners, who may
-- restore it, and only if there is no other. Where there is no account yet, what
-- was said last when it registered. Only pulse_auth may ask.
CREATE OR REPLACE FUNCTION find_login(
	p_email text, OUT user_id bigint, OUT name text, OUT password_hash text,
	OUT org_id bigint, OUT role text, OUT verified boolean)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	(SELECT u.id, u.name, u.password_hash, m.org_id, m.role,
		u.email_verified_at IS NOT NULL
	FROM pulse.user_account u
	LEFT JOIN (pulse.membership m JOIN pulse.organisation o
		ON o.id = m.org_id
		AND (o.deleted_at IS NULL OR m.role = 'owner'))
		ON m.user_id = u.id
	LEFT JOIN LATERAL (
		SELECT max(s.created_at) AS last FROM pulse.session s
		WHERE s.org_id = m.org_id AND s.user_id = u.id) s ON true
	WHERE u.email = lower(p_email)
	ORDER BY o.deleted_at IS NOT NULL, s.last DESC NULLS LAST,
		m.created_at, m.org_id
	LIMIT 1)
	UNION ALL
	(SELECT NULL, r.name, r.password_hash, NULL, NULL, false
	FROM pulse.registration r
	WHERE r.email = lower(p_email) AND r.expires_at > now()
	  AND NOT EXISTS (SELECT FROM pulse.user_account u
		WHERE u.email = r.email)
	ORDER BY r.id DESC LIMIT 1)
	LIMIT 1;
$$;
