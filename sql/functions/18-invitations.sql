-- 18-invitations.sql: an organisation invites an address, and whoever has it
-- joins: with the account that he has, or with one that the letter's link makes.

-- Ask somebody in. p_teams: ids as a JSON array. The letter's link is p_link
-- with the token behind it, of which only the hash is kept. One that expired
-- makes room for another to the same address.
CREATE OR REPLACE FUNCTION invite(
	p_org bigint, p_email text, p_role text, p_teams json, p_hash bytea,
	p_link text, p_address text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
	v_email text := lower(p_email);
	v_id bigint;
BEGIN
	PERFORM check_role_change(v_mine, NULL, p_role);
	IF EXISTS (SELECT FROM membership m
			JOIN user_account u ON u.id = m.user_id
			WHERE m.org_id = p_org AND u.email = v_email) THEN
		RAISE EXCEPTION '"%" is a member already', v_email
			USING ERRCODE = 'PS419';
	END IF;
	DELETE FROM invitation i WHERE i.org_id = p_org AND i.email = v_email
		AND i.expires_at < now();
	PERFORM check_limit(p_org, 'members', 1);
	PERFORM find_own_team(p_org, t::bigint)
	FROM json_array_elements_text(p_teams) t;
	INSERT INTO invitation (org_id, email, role, token_hash, invited_by)
	VALUES (p_org, v_email, p_role, p_hash, session_person())
	ON CONFLICT ON CONSTRAINT invitation_email_key DO NOTHING
	RETURNING id INTO v_id;
	IF v_id IS NULL THEN
		RAISE EXCEPTION '"%" is invited already: send it again, or '
			'revoke it', v_email USING ERRCODE = 'PS419';
	END IF;
	INSERT INTO invitation_team
	SELECT DISTINCT p_org, v_id, t::bigint
	FROM json_array_elements_text(p_teams) t;
	PERFORM send_invitation(p_org, v_id, p_link);
	PERFORM audit_mine('invitation.made', v_email, json_build_object(
		'invitation', v_id::text, 'role', p_role), p_address);
	RETURN v_id;
END
$$;

CREATE OR REPLACE FUNCTION send_invitation(
	p_org bigint, p_id bigint, p_link text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	PERFORM send_mail(p_org, i.email, 'invitation', json_build_object(
		'organisation', o.name, 'inviter', u.name, 'role', i.role,
		'url', p_link))
	FROM invitation i JOIN organisation o ON o.id = i.org_id
	JOIN user_account u ON u.id = i.invited_by
	WHERE i.org_id = p_org AND i.id = p_id;
END
$$;

-- The letter again, with a new link; the old one is void. Whoever sends it
-- answers for it from now on. At most once a minute.
CREATE OR REPLACE FUNCTION resend_invitation(
	p_org bigint, p_id bigint, p_hash bytea, p_link text, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
	i record;
BEGIN
	SELECT v.email, v.role, v.sent_at, v.expires_at INTO i
	FROM invitation v WHERE v.org_id = p_org AND v.id = p_id;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no invitation has this id' USING ERRCODE = 'PS404';
	END IF;
	PERFORM check_role_change(v_mine, NULL, i.role);
	IF i.sent_at > now() - interval '1 minute' THEN
		RAISE EXCEPTION '"%" was written to a moment ago', i.email
			USING ERRCODE = 'PS429';
	ELSIF i.expires_at < now() THEN
		PERFORM check_limit(p_org, 'members', 1);
	END IF;
	UPDATE invitation SET token_hash = p_hash, sent_at = now(),
		expires_at = now() + interval '7 days',
		invited_by = session_person()
	WHERE org_id = p_org AND id = p_id;
	PERFORM send_invitation(p_org, p_id, p_link);
	PERFORM audit_mine('invitation.resent', i.email,
		json_build_object('invitation', p_id::text), p_address);
END
$$;

CREATE OR REPLACE FUNCTION revoke_invitation(
	p_org bigint, p_id bigint, p_address text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_mine text := act_on(p_org, 'admin');
	v_email text;
BEGIN
	DELETE FROM invitation WHERE org_id = p_org AND id = p_id
	RETURNING email INTO v_email;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no invitation has this id' USING ERRCODE = 'PS404';
	END IF;
	PERFORM audit_mine('invitation.revoked', v_email,
		json_build_object('invitation', p_id::text), p_address);
END
$$;

-- For whoever has the link, before anybody is known.
CREATE OR REPLACE FUNCTION find_invitation(
	p_hash bytea, OUT organisation text, OUT email text, OUT role text,
	OUT expired boolean)
LANGUAGE sql STABLE SECURITY DEFINER
AS $$
	SELECT o.name, i.email, i.role, i.expires_at < now()
	FROM pulse.invitation i JOIN pulse.organisation o ON o.id = i.org_id
	WHERE i.token_hash = p_hash AND o.deleted_at IS NULL
$$;

-- Let an account in by an invitation to its address: once, as long as whoever
-- invited may give that role. Who is a member already keeps his role. Returns
-- the organisation.
CREATE OR REPLACE FUNCTION join_by_invitation(
	p_hash bytea, p_user bigint, p_address text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	i invitation;
	v_email text;
BEGIN
	SELECT * INTO i FROM invitation v WHERE v.token_hash = p_hash;
	PERFORM lock_organisation(i.org_id);
	SELECT v.* INTO i FROM invitation v
	JOIN organisation o ON o.id = v.org_id AND o.deleted_at IS NULL
	WHERE v.token_hash = p_hash;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'this invitation is used, revoked, or never was'
			USING ERRCODE = 'PS404';
	END IF;
	SELECT u.email INTO v_email FROM user_account u WHERE u.id = p_user;
	IF v_email IS DISTINCT FROM i.email THEN
		RAISE EXCEPTION 'the invitation is to another address'
			USING ERRCODE = 'PS403';
	ELSIF i.expires_at < now() OR NOT EXISTS (SELECT FROM membership m
			WHERE m.org_id = i.org_id AND m.user_id = i.invited_by
			  AND role_rank(m.role) >= greatest(
				role_rank(i.role), role_rank('admin'))) THEN
		RAISE EXCEPTION 'this invitation is good no longer: ask for '
			'another' USING ERRCODE = 'PS410';
	END IF;
	INSERT INTO membership (org_id, user_id, role)
	VALUES (i.org_id, p_user, i.role) ON CONFLICT DO NOTHING;
	INSERT INTO team_member (org_id, team_id, user_id)
	SELECT t.org_id, t.team_id, p_user FROM invitation_team t
	WHERE t.org_id = i.org_id AND t.invitation_id = i.id
	ON CONFLICT DO NOTHING;
	DELETE FROM invitation v WHERE v.org_id = i.org_id AND v.id = i.id;
	PERFORM audit(i.org_id, p_user, NULL, 'invitation.accepted', i.email,
		json_build_object('invitation', i.id::text, 'role', i.role),
		p_address);
	RETURN i.org_id;
END
$$;

CREATE OR REPLACE FUNCTION accept_invitation(p_hash bytea, p_address text)
RETURNS bigint
LANGUAGE sql SECURITY DEFINER
AS $$
	SELECT pulse.join_by_invitation(p_hash, pulse.session_person(),
		p_address)
$$;

-- Does an invitation wait for an address?
CREATE OR REPLACE FUNCTION is_invited(p_email text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	RETURN EXISTS (SELECT FROM invitation i
		WHERE i.email = lower(p_email) AND i.expires_at > now());
END
$$;

-- Whose address is the invitation of a letter's link for?
CREATE OR REPLACE FUNCTION invited_address(p_hash bytea) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
BEGIN
	RETURN (SELECT f.email FROM find_invitation(p_hash) f
		WHERE NOT f.expired);
END
$$;

-- An account joins by the invitation of a link, or with NULL by all that wait
-- for its address. Returns an organisation that it joined, or NULL: one that
-- is good no longer brings nobody in, and is no reason to keep him out.
CREATE OR REPLACE FUNCTION join_invited(
	p_user bigint, p_hash bytea, p_address text)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_hash bytea;
	v_org bigint;
BEGIN
	FOR v_hash IN SELECT i.token_hash FROM invitation i
		JOIN user_account u ON u.email = i.email
		WHERE u.id = p_user AND (p_hash IS NULL
			OR i.token_hash = p_hash)
		ORDER BY i.org_id LOOP
		BEGIN
			v_org := join_by_invitation(v_hash, p_user, p_address);
		EXCEPTION WHEN SQLSTATE 'PS403' OR SQLSTATE 'PS404'
			OR SQLSTATE 'PS410' OR SQLSTATE 'PS402' THEN
			NULL;
		END;
	END LOOP;
	RETURN v_org;
END
$$;

-- Who is in no organisation may have been invited into one meanwhile.
CREATE OR REPLACE FUNCTION join_waiting(p_user bigint, p_address text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
	SELECT join_invited(u.id, NULL, p_address) FROM user_account u
	WHERE u.id = p_user AND u.email_verified_at IS NOT NULL
	  AND NOT EXISTS (SELECT FROM membership m WHERE m.user_id = u.id)
$$;

-- Somebody registers with an invitation: who has its link reads what is sent
-- to its address, so the account is there and signed in at once. `outcome` is
-- 'new'; 'known' when the address has an account, which is told by letter
-- alone; 'none' when the invitation is not for this address, or no longer.
CREATE OR REPLACE FUNCTION register_invited(
	p_email text, p_name text, p_password_hash text, p_invitation bytea,
	p_refresh bytea, p_agent text, p_address text, p_login text,
	OUT outcome text, OUT user_id bigint, OUT name text, OUT email text,
	OUT org_id bigint, OUT role text, OUT session_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pulse, pg_temp
AS $$
DECLARE
	v_user bigint;
BEGIN
	SELECT s.user_id INTO v_user FROM refresh_token r
	JOIN session s ON s.id = r.session_id WHERE r.hash = p_refresh;
	IF v_user IS NULL THEN
		IF invited_address(p_invitation) IS DISTINCT FROM lower(p_email)
			THEN
			outcome := 'none';
			RETURN;
		END IF;
		PERFORM lock_address(p_email);
		INSERT INTO user_account (email, name, password_hash)
		VALUES (lower(p_email), p_name, p_password_hash)
		ON CONFLICT ON CONSTRAINT user_account_email_key DO NOTHING
		RETURNING id INTO v_user;
		IF v_user IS NULL THEN
			outcome := 'known';
			IF may_write_to(p_email) THEN
				PERFORM send_mail(NULL, p_email,
					'account-exists',
					json_build_object('url', p_login));
			END IF;
			RETURN;
		END IF;
		DELETE FROM registration r WHERE r.email = lower(p_email);
		IF join_invited(v_user, p_invitation, p_address) IS NULL THEN
			DELETE FROM user_account u WHERE u.id = v_user;
			outcome := 'none';
			RETURN;
		END IF;
		PERFORM audit_account(v_user, 'account.verified', NULL,
			p_address);
	END IF;
	outcome := 'new';
	SELECT h.user_id, h.name, h.email, h.org_id, h.role
	INTO register_invited.user_id, register_invited.name,
		register_invited.email, register_invited.org_id,
		register_invited.role
	FROM home_of(v_user) h;
	register_invited.session_id := begin_session(register_invited.org_id,
		register_invited.user_id, p_refresh, p_agent, p_address);
END
$$;
