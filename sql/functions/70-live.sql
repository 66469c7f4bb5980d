-- 70-live.sql: what the broker's plugin must know, and the bridge tells it.
--
-- The bridge sends whole lines, never differences: a user's line says all
-- that the user may see, a team's line which repositories it has. A trigger
-- puts word of a change into the outbox, in the change's own transaction.

CREATE OR REPLACE FUNCTION tell_plugin(p_org bigint, p_what text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	INSERT INTO outbox (org_id, stream, room, payload)
	VALUES (p_org, 'control', '$control', p_what);
$$;

-- A person whose role has changed hears it in his own room, before his
-- connection is closed: what his page may show is another now.
CREATE OR REPLACE FUNCTION tell_of_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	INSERT INTO outbox (org_id, stream, room, payload)
	VALUES (NEW.org_id, 'notice', 'user:' || NEW.user_id,
		json_build_object('type', 'role', 'room', 'user:' || NEW.user_id,
		'data', json_build_object('role', NEW.role)));
	RETURN NULL;
END
$$;

-- Who runs the organisation hears that one of its lists is another now
-- (the trigger's argument says which), and asks for it again.
CREATE OR REPLACE FUNCTION tell_of_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_org bigint := (CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END).org_id;
BEGIN
	INSERT INTO outbox (org_id, stream, room, payload)
	VALUES (v_org, 'notice', 'org:' || v_org,
		json_build_object('type', 'changed', 'room', 'org:' || v_org,
		'data', json_build_object('of', TG_ARGV[0])));
	RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION tell_of_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		PERFORM tell_plugin(OLD.org_id, 'user ' || OLD.user_id);
	END IF;
	IF TG_OP <> 'DELETE' THEN
		PERFORM tell_plugin(NEW.org_id, 'user ' || NEW.user_id);
	END IF;
	RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION tell_of_team() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		PERFORM tell_plugin(OLD.org_id, 'team ' || OLD.team_id);
	ELSE
		PERFORM tell_plugin(NEW.org_id, 'team ' || NEW.team_id);
	END IF;
	RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION tell_of_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	PERFORM tell_plugin(OLD.org_id, 'kick ' || OLD.id);
	RETURN NULL;
END
$$;

-- Who connected a repository sees it, in a team or not.
CREATE OR REPLACE FUNCTION tell_of_connecting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	IF TG_OP <> 'INSERT' AND OLD.connected_by IS NOT NULL THEN
		PERFORM tell_plugin(OLD.org_id, 'user ' || OLD.connected_by);
	END IF;
	IF TG_OP <> 'DELETE' AND NEW.connected_by IS NOT NULL THEN
		PERFORM tell_plugin(NEW.org_id, 'user ' || NEW.connected_by);
	END IF;
	RETURN NULL;
END
$$;

-- Deleted, or restored: for each member it is there no more, or again.
CREATE OR REPLACE FUNCTION tell_of_organisation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	PERFORM tell_plugin(m.org_id, 'user ' || m.user_id)
	FROM membership m WHERE m.org_id = NEW.id ORDER BY m.user_id;
	RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER tell_of_organisation
	AFTER UPDATE OF deleted_at ON organisation
	FOR EACH ROW EXECUTE FUNCTION tell_of_organisation();
CREATE OR REPLACE TRIGGER tell_of_connecting
	AFTER INSERT OR UPDATE OF connected_by OR DELETE ON repository
	FOR EACH ROW EXECUTE FUNCTION tell_of_connecting();
CREATE OR REPLACE TRIGGER tell_of_role AFTER UPDATE OF role ON membership
	FOR EACH ROW WHEN (OLD.role <> NEW.role)
	EXECUTE FUNCTION tell_of_role();
CREATE OR REPLACE TRIGGER tell_of_change
	AFTER INSERT OR UPDATE OF role OR DELETE ON membership
	FOR EACH ROW EXECUTE FUNCTION tell_of_change('members');
CREATE OR REPLACE TRIGGER tell_of_change AFTER INSERT OR UPDATE OR DELETE
	ON invitation FOR EACH ROW EXECUTE FUNCTION tell_of_change('invitations');
CREATE OR REPLACE TRIGGER tell_of_change AFTER INSERT OR UPDATE OR DELETE
	ON team FOR EACH ROW EXECUTE FUNCTION tell_of_change('teams');
CREATE OR REPLACE TRIGGER tell_of_change AFTER INSERT OR UPDATE OR DELETE
	ON team_member FOR EACH ROW EXECUTE FUNCTION tell_of_change('teams');
CREATE OR REPLACE TRIGGER tell_of_change AFTER INSERT OR UPDATE OR DELETE
	ON team_repository FOR EACH ROW EXECUTE FUNCTION tell_of_change('teams');
CREATE OR REPLACE TRIGGER tell_of_change AFTER INSERT OR DELETE ON repository
	FOR EACH ROW EXECUTE FUNCTION tell_of_change('repositories');
-- A delivery tells a repository's name each time: it is news when it differs.
CREATE OR REPLACE TRIGGER tell_of_new_state AFTER UPDATE ON repository
	FOR EACH ROW WHEN ((OLD.full_name, OLD.archived, OLD.deleted,
		OLD.connected_by, OLD.source, OLD.hook_state,
		OLD.disconnected_at) IS DISTINCT FROM (NEW.full_name,
		NEW.archived, NEW.deleted, NEW.connected_by, NEW.source,
		NEW.hook_state, NEW.disconnected_at))
	EXECUTE FUNCTION tell_of_change('repositories');
CREATE OR REPLACE TRIGGER tell_of_change AFTER INSERT OR DELETE ON connection
	FOR EACH ROW EXECUTE FUNCTION tell_of_change('integrations');
CREATE OR REPLACE TRIGGER tell_of_new_state AFTER UPDATE ON github_connection
	FOR EACH ROW WHEN ((OLD.state, OLD.message) IS DISTINCT FROM
		(NEW.state, NEW.message))
	EXECUTE FUNCTION tell_of_change('integrations');
CREATE OR REPLACE TRIGGER tell_of_user AFTER INSERT OR UPDATE OR DELETE
	ON membership FOR EACH ROW EXECUTE FUNCTION tell_of_user();
CREATE OR REPLACE TRIGGER tell_of_user AFTER INSERT OR UPDATE OR DELETE
	ON team_member FOR EACH ROW EXECUTE FUNCTION tell_of_user();
CREATE OR REPLACE TRIGGER tell_of_team AFTER INSERT OR UPDATE OR DELETE
	ON team_repository FOR EACH ROW EXECUTE FUNCTION tell_of_team();
CREATE OR REPLACE TRIGGER tell_of_session AFTER DELETE
	ON session FOR EACH ROW EXECUTE FUNCTION tell_of_session();

-- "U org user all team,team repo,repo": all is 1 for owners and admins; the
-- repositories are those the user connected. Without a membership, or in an
-- organisation that was deleted, the line ends after the user: sees nothing.
CREATE OR REPLACE FUNCTION user_line(p_org bigint, p_user bigint)
RETURNS text
LANGUAGE sql STABLE
AS $$
	SELECT 'U ' || p_org || ' ' || p_user || coalesce((
		SELECT ' ' || (m.role IN ('owner', 'admin'))::int || ' '
			|| coalesce((SELECT string_agg(t.team_id::text, ',')
				FROM team_member t WHERE t.org_id = p_org
				AND t.user_id = p_user), '-') || ' '
			|| coalesce((SELECT string_agg(r.id::text, ',')
				FROM repository r WHERE r.org_id = p_org
				AND r.connected_by = p_user), '-')
		FROM membership m JOIN organisation o ON o.id = m.org_id
			AND o.deleted_at IS NULL
		WHERE m.org_id = p_org AND m.user_id = p_user), '')
$$;

-- "T org team repo,repo"
CREATE OR REPLACE FUNCTION team_line(p_org bigint, p_team bigint)
RETURNS text
LANGUAGE sql STABLE
AS $$
	SELECT 'T ' || p_org || ' ' || p_team || ' ' || coalesce((
		SELECT string_agg(r.repo_id::text, ',') FROM team_repository r
		WHERE r.org_id = p_org AND r.team_id = p_team), '-')
$$;

-- Everything, for a plugin that knows nothing yet.
CREATE OR REPLACE VIEW plugin_line WITH (security_invoker = true) AS
SELECT user_line(org_id, user_id) AS line FROM membership
UNION ALL
SELECT team_line(org_id, id) FROM team;
