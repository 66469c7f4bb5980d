-- 16-audit.sql: what was done is written down; letters are put in the box.

-- The only way to write the audit log. p_user NULL: p_actor acted.
CREATE OR REPLACE FUNCTION audit(p_org bigint, p_user bigint, p_actor text,
	p_action text, p_subject text, p_detail json, p_address text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
AS $$
BEGIN
	INSERT INTO pulse.audit_log
		(org_id, actor_id, actor, action, subject, detail, address)
	VALUES (p_org, p_user, coalesce(p_actor, (SELECT u.email
			FROM pulse.user_account u WHERE u.id = p_user), '-'),
		p_action, left(coalesce(p_subject, ''), 300),
		coalesce(p_detail, '{}'), p_address);
END
$$;

-- By the transaction's caller, in the organisation of his session and no other
-- (after enter()).
CREATE OR REPLACE FUNCTION audit_mine(p_action text, p_subject text,
	p_detail json, p_address text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
AS $$
BEGIN
	PERFORM pulse.audit(pulse.session_org(), pulse.session_user_id(), NULL,
		p_action, p_subject, p_detail, p_address);
END
$$;

-- Of an account, whatever organisation it is in: one line in each.
CREATE OR REPLACE FUNCTION audit_account(p_user bigint, p_action text,
	p_detail json, p_address text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
AS $$
BEGIN
	PERFORM pulse.audit(m.org_id, p_user, NULL, p_action, NULL, p_detail,
		p_address)
	FROM pulse.membership m WHERE m.user_id = p_user ORDER BY m.org_id;
END
$$;

-- A letter, in the organisation's branding (NULL: the installation's own).
-- deliver-mail hears of it when the transaction commits.
CREATE OR REPLACE FUNCTION send_mail(p_org bigint, p_recipient text,
	p_template text, p_args json)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
AS $$
BEGIN
	INSERT INTO pulse.mail (org_id, recipient, template, args)
	VALUES (p_org, lower(p_recipient), p_template, p_args);
	PERFORM pg_notify('mail', '');
END
$$;
