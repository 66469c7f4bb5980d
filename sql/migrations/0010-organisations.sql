-- 0010-organisations.sql: how an organisation is run: who is asked in, what it
-- looks like, what it may use, and how it ends.

ALTER TABLE organisation
	ADD plan text NOT NULL DEFAULT 'free'
		CONSTRAINT organisation_plan CHECK (plan IN
			('free', 'team', 'enterprise')),
	ADD deleted_at timestamptz;
COMMENT ON COLUMN organisation.plan IS
	'what it may use: the view plan (sql/functions/19-settings.sql)';
COMMENT ON COLUMN organisation.deleted_at IS
	'since then nobody enters it; for 30 days an owner may restore it, then '
	'clean-up deletes it for good';
-- Whoever is here already has been promised no limit.
UPDATE organisation SET plan = 'enterprise';

ALTER TABLE team
	ADD sprint_length_days integer NOT NULL DEFAULT 14
		CONSTRAINT team_sprint_length
		CHECK (sprint_length_days BETWEEN 1 AND 90),
	ADD sprint_start date NOT NULL DEFAULT '2024-01-01'
		CONSTRAINT team_sprint_start
		CHECK (sprint_start BETWEEN '2000-01-01' AND '2100-01-01');
COMMENT ON COLUMN team.sprint_start IS
	'the first day of some sprint, in the team''s time zone; the others '
	'follow from the length. The default is a Monday.';

CREATE TABLE invitation (
	org_id bigint NOT NULL
		CONSTRAINT invitation_organisation REFERENCES organisation
		ON DELETE CASCADE,
	id bigint GENERATED ALWAYS AS IDENTITY,
	email text NOT NULL
		CONSTRAINT invitation_email_form
		CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+$'
			AND length(email) <= 254),
	role text NOT NULL
		CONSTRAINT invitation_role CHECK (role IN
			('owner', 'admin', 'manager', 'member', 'viewer')),
	token_hash bytea NOT NULL CONSTRAINT invitation_token_key UNIQUE,
	invited_by bigint,
	created_at timestamptz NOT NULL DEFAULT now(),
	sent_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL DEFAULT now() + interval '7 days',
	PRIMARY KEY (org_id, id),
	CONSTRAINT invitation_email_key UNIQUE (org_id, email),
	CONSTRAINT invitation_invited_by FOREIGN KEY (org_id, invited_by)
		REFERENCES membership (org_id, user_id)
		ON DELETE SET NULL (invited_by)
);
CREATE INDEX invitation_of_inviter ON invitation (org_id, invited_by);
COMMENT ON TABLE invitation IS
	'Who was asked to join, and as what. Goes when it is accepted or '
	'revoked; the audit log keeps that it was.';
COMMENT ON COLUMN invitation.token_hash IS
	'SHA-256 of what stands in the letter''s link';
COMMENT ON COLUMN invitation.invited_by IS
	'an invitation is worth what this member may give when it is accepted';

CREATE TABLE invitation_team (
	org_id bigint NOT NULL,
	invitation_id bigint NOT NULL,
	team_id bigint NOT NULL,
	PRIMARY KEY (org_id, invitation_id, team_id),
	CONSTRAINT invitation_team_invitation
		FOREIGN KEY (org_id, invitation_id)
		REFERENCES invitation ON DELETE CASCADE,
	CONSTRAINT invitation_team_team FOREIGN KEY (org_id, team_id)
		REFERENCES team ON DELETE CASCADE
);
CREATE INDEX invitation_team_of_team ON invitation_team (org_id, team_id);
COMMENT ON TABLE invitation_team IS
	'The teams that whoever accepts an invitation comes into.';

CREATE TABLE organisation_setting (
	org_id bigint PRIMARY KEY
		CONSTRAINT organisation_setting_organisation
		REFERENCES organisation ON DELETE CASCADE,
	accent_light text
		CONSTRAINT organisation_setting_accent_light
		CHECK (accent_light ~ '^#[0-9a-f]{6}$'),
	accent_dark text
		CONSTRAINT organisation_setting_accent_dark
		CHECK (accent_dark ~ '^#[0-9a-f]{6}$'),
	flags jsonb NOT NULL DEFAULT '{}',
	thresholds jsonb NOT NULL DEFAULT '{}',
	bots text[] NOT NULL DEFAULT '{}',
	holidays date[] NOT NULL DEFAULT '{}',
	activity_days integer
		CONSTRAINT organisation_setting_activity_days
		CHECK (activity_days BETWEEN 1 AND 36500),
	audit_days integer
		CONSTRAINT organisation_setting_audit_days
		CHECK (audit_days BETWEEN 1 AND 36500),
	person_figures text NOT NULL DEFAULT 'managers'
		CONSTRAINT organisation_setting_person_figures
		CHECK (person_figures IN ('managers', 'admins', 'self'))
);
COMMENT ON TABLE organisation_setting IS
	'What an organisation has chosen; what stands in no row, or is absent '
	'in flags and thresholds, is the default (known_flag, known_threshold).';
COMMENT ON COLUMN organisation_setting.accent_light IS
	'the accent colour on light surfaces; NULL: the design''s own';
COMMENT ON COLUMN organisation_setting.activity_days IS
	'how long lines of the feed are kept; NULL: as the installation says';

CREATE TABLE organisation_logo (
	org_id bigint PRIMARY KEY
		CONSTRAINT organisation_logo_organisation
		REFERENCES organisation ON DELETE CASCADE,
	name text NOT NULL CONSTRAINT organisation_logo_name_key UNIQUE,
	type text NOT NULL
		CONSTRAINT organisation_logo_type CHECK (type IN
			('image/png', 'image/webp', 'image/jpeg')),
	width integer NOT NULL,
	height integer NOT NULL,
	bytes bytea NOT NULL
		CONSTRAINT organisation_logo_size
		CHECK (length(bytes) <= 262144)
);
COMMENT ON TABLE organisation_logo IS
	'A picture, public for who knows its name: letters show it.';
COMMENT ON COLUMN organisation_logo.name IS
	'of its bytes and its organisation: another picture has another name';

CREATE INDEX audit_log_of_action ON audit_log (org_id, action, id);
CREATE INDEX audit_log_of_name ON audit_log (org_id, actor, id);
