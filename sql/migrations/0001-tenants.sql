-- 0001-tenants.sql: organisations, the people in them, their sessions.
--
-- Tenant = organisation. Every tenant table has org_id first in its key, and
-- every foreign key between tenant tables carries it, so that a row can never
-- point into another organisation.

CREATE TABLE organisation (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	slug text NOT NULL CONSTRAINT organisation_slug_key UNIQUE
		CONSTRAINT organisation_slug_form
		CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
	name text NOT NULL
		CONSTRAINT organisation_name_length
		CHECK (length(name) BETWEEN 1 AND 100),
	time_zone text NOT NULL DEFAULT 'UTC',
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE organisation IS 'A tenant: sees nothing of any other.';

CREATE TABLE user_account (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email text NOT NULL CONSTRAINT user_account_email_key UNIQUE
		CONSTRAINT user_account_email_form
		CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+$'
			AND length(email) <= 254),
	name text NOT NULL
		CONSTRAINT user_account_name_length
		CHECK (length(name) BETWEEN 1 AND 100),
	password_hash text,
	created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE user_account IS
	'A person who signs in: one an e-mail address, of no organisation '
	'until a membership says so.';
COMMENT ON COLUMN user_account.password_hash IS
	'bcrypt over HMAC (lib/base/crypto.h); NULL: no password';

CREATE TABLE membership (
	org_id bigint NOT NULL
		CONSTRAINT membership_organisation REFERENCES organisation
		ON DELETE CASCADE,
	user_id bigint NOT NULL
		CONSTRAINT membership_user REFERENCES user_account
		ON DELETE CASCADE,
	role text NOT NULL
		CONSTRAINT membership_role CHECK (role IN
			('owner', 'admin', 'manager', 'member', 'viewer')),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, user_id)
);
CREATE INDEX membership_of_user ON membership (user_id);
COMMENT ON TABLE membership IS
	'Who belongs to an organisation, and as what (lib/web/scopes.def says '
	'what each role may).';

CREATE TABLE team (
	org_id bigint NOT NULL
		CONSTRAINT team_organisation REFERENCES organisation
		ON DELETE CASCADE,
	id bigint GENERATED ALWAYS AS IDENTITY,
	slug text NOT NULL
		CONSTRAINT team_slug_form
		CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
	name text NOT NULL
		CONSTRAINT team_name_length
		CHECK (length(name) BETWEEN 1 AND 100),
	time_zone text NOT NULL DEFAULT 'UTC',
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT team_slug_key UNIQUE (org_id, slug)
);
COMMENT ON TABLE team IS
	'A group within an organisation: it has repositories and members.';
COMMENT ON COLUMN team.time_zone IS
	'IANA name; days, weeks and months of the team''s figures are cut in it.';

CREATE TABLE team_member (
	org_id bigint NOT NULL,
	team_id bigint NOT NULL,
	user_id bigint NOT NULL,
	PRIMARY KEY (org_id, team_id, user_id),
	CONSTRAINT team_member_team FOREIGN KEY (org_id, team_id)
		REFERENCES team ON DELETE CASCADE,
	CONSTRAINT team_member_membership FOREIGN KEY (org_id, user_id)
		REFERENCES membership ON DELETE CASCADE
);
CREATE INDEX team_member_of_user ON team_member (org_id, user_id, team_id);
COMMENT ON TABLE team_member IS
	'Who is in a team, and so sees what it has.';

CREATE TABLE session (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	org_id bigint NOT NULL,
	user_id bigint NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	user_agent text,
	address text,
	CONSTRAINT session_membership FOREIGN KEY (org_id, user_id)
		REFERENCES membership ON DELETE CASCADE
);
CREATE INDEX session_of_user ON session (org_id, user_id);
CREATE INDEX session_expiry ON session (expires_at);
COMMENT ON TABLE session IS
	'A login. Read with each request: when the row goes, so does every '
	'token that names it, at once.';

CREATE TABLE refresh_token (
	hash bytea PRIMARY KEY,
	session_id uuid NOT NULL
		CONSTRAINT refresh_token_session REFERENCES session
		ON DELETE CASCADE,
	issued_at timestamptz NOT NULL DEFAULT now(),
	spent_at timestamptz
);
CREATE INDEX refresh_token_of_session ON refresh_token (session_id);
COMMENT ON TABLE refresh_token IS
	'SHA-256 of a cookie that renews the access token. Spent at each use; '
	'a spent one that comes again ends its session.';
