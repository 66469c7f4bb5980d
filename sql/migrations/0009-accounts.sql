-- 0009-accounts.sql: how an account comes to be, and what opens a session.
--
-- Nothing that opens anything stands here as it is: passwords as bcrypt,
-- tokens as SHA-256, what must be shown again (GitHub's token) sealed.

ALTER TABLE user_account
	ADD email_verified_at timestamptz DEFAULT now(),
	ADD time_zone text NOT NULL DEFAULT 'UTC'
		CONSTRAINT user_account_time_zone
		CHECK (now() AT TIME ZONE time_zone IS NOT NULL),
	ADD theme text NOT NULL DEFAULT 'system'
		CONSTRAINT user_account_theme
		CHECK (theme IN ('system', 'light', 'dark')),
	ADD locale text NOT NULL DEFAULT 'en'
		CONSTRAINT user_account_locale
		CHECK (locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$');
UPDATE user_account SET email_verified_at = created_at;
COMMENT ON COLUMN user_account.email_verified_at IS
	'Since when the address is known to be his; whoever an administrator '
	'makes counts as known. NULL: not known, so nothing is linked to it';

CREATE TABLE registration (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email text NOT NULL
		CONSTRAINT registration_email_form
		CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+$'
			AND length(email) <= 254),
	name text NOT NULL
		CONSTRAINT registration_name_length
		CHECK (length(name) BETWEEN 1 AND 100),
	password_hash text NOT NULL,
	organisation text
		CONSTRAINT registration_organisation_length
		CHECK (length(organisation) BETWEEN 1 AND 100),
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL
);
CREATE INDEX registration_of_email ON registration (email);
CREATE INDEX registration_expiry ON registration (expires_at);
COMMENT ON TABLE registration IS
	'Somebody who says that an address is his. An account only when the '
	'letter''s link is used: until then anybody may have said so, with a '
	'password of his own, and each link brings its own registration''s.';
COMMENT ON COLUMN registration.organisation IS
	'Name of the one to be founded; NULL: named after the person';

CREATE TABLE one_time_token (
	hash bytea PRIMARY KEY,
	purpose text NOT NULL
		CONSTRAINT one_time_token_purpose
		CHECK (purpose IN ('verify', 'reset')),
	registration_id bigint
		CONSTRAINT one_time_token_registration REFERENCES registration
		ON DELETE CASCADE,
	user_id bigint
		CONSTRAINT one_time_token_user REFERENCES user_account
		ON DELETE CASCADE,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	spent_at timestamptz
);
CREATE INDEX one_time_token_of_registration ON one_time_token (registration_id);
CREATE INDEX one_time_token_of_user ON one_time_token (user_id);
CREATE INDEX one_time_token_expiry ON one_time_token (expires_at);
COMMENT ON TABLE one_time_token IS
	'SHA-256 of a token in a letter''s link, good once. Of nobody: the '
	'address was not known, and must not be told from one that is.';

ALTER TABLE session
	ADD kind text NOT NULL DEFAULT 'page'
		CONSTRAINT session_kind
		CHECK (kind IN ('page', 'device', 'token')),
	ADD last_seen_at timestamptz NOT NULL DEFAULT now();
UPDATE session SET last_seen_at = created_at;
CREATE INDEX session_of_account ON session (user_id);
COMMENT ON COLUMN session.kind IS
	'page: a browser''s, by cookie; device: a program''s, by a refresh '
	'token; token: a personal access token''s, which goes with it';
COMMENT ON COLUMN session.last_seen_at IS
	'Of page and device the last refresh, of a token the last use, to the '
	'minute';

CREATE TABLE personal_token (
	hash bytea PRIMARY KEY,
	id bigint GENERATED ALWAYS AS IDENTITY
		CONSTRAINT personal_token_id UNIQUE,
	session_id uuid NOT NULL
		CONSTRAINT personal_token_session REFERENCES session
		ON DELETE CASCADE,
	name text NOT NULL
		CONSTRAINT personal_token_name_length
		CHECK (length(name) BETWEEN 1 AND 100),
	scopes text NOT NULL
		CONSTRAINT personal_token_scopes
		CHECK (scopes ~ '^(read|write|live)(,(read|write|live))*$'),
	hint text NOT NULL
);
CREATE INDEX personal_token_of_session ON personal_token (session_id);
COMMENT ON TABLE personal_token IS
	'SHA-256 of a token for scripts. Whose it is, its end and its last use '
	'are its session''s, so it is checked and ended like any other.';
COMMENT ON COLUMN personal_token.hint IS 'Its last four characters';

CREATE TABLE device_authorisation (
	hash bytea PRIMARY KEY,
	user_code text NOT NULL
		CONSTRAINT device_authorisation_user_code UNIQUE,
	client text NOT NULL,
	user_agent text,
	address text,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	pause integer NOT NULL DEFAULT 5,
	polled_at timestamptz,
	refused boolean NOT NULL DEFAULT false,
	session_id uuid
		CONSTRAINT device_authorisation_session REFERENCES session
		ON DELETE CASCADE
);
CREATE INDEX device_authorisation_of_session
	ON device_authorisation (session_id);
CREATE INDEX device_authorisation_expiry ON device_authorisation (expires_at);
COMMENT ON TABLE device_authorisation IS
	'A program that waits for a person to let it in (RFC 8628): SHA-256 of '
	'its device code, and the code that the person reads. session_id: he '
	'has; the row goes when the program has fetched its tokens.';
COMMENT ON COLUMN device_authorisation.pause IS
	'Seconds between two questions; grows by 5 with each that comes early';

CREATE TABLE github_identity (
	host text NOT NULL,
	github_id bigint NOT NULL,
	user_id bigint NOT NULL
		CONSTRAINT github_identity_user REFERENCES user_account
		ON DELETE CASCADE
		CONSTRAINT github_identity_user_key UNIQUE,
	login text NOT NULL,
	token text,
	scopes text NOT NULL DEFAULT '',
	linked_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (host, github_id)
);
COMMENT ON TABLE github_identity IS
	'Whom an account is at GitHub. Ids are a host''s: those of two hosts '
	'collide.';
COMMENT ON COLUMN github_identity.token IS
	'Sealed (lib/base/crypto.h), place github_identity.token/<user>/<id at '
	'GitHub>; NULL: none, or GitHub has taken it back';
