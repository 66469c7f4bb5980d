-- 0008-audit-and-mail.sql: what was done, by whom; and letters to people.

CREATE TABLE audit_log (
	org_id bigint NOT NULL
		CONSTRAINT audit_log_organisation REFERENCES organisation
		ON DELETE CASCADE,
	id bigint GENERATED ALWAYS AS IDENTITY,
	at timestamptz NOT NULL DEFAULT now(),
	actor_id bigint
		CONSTRAINT audit_log_actor REFERENCES user_account
		ON DELETE SET NULL,
	actor text NOT NULL,
	action text NOT NULL
		CONSTRAINT audit_log_action CHECK (action ~ '^[a-z-]+\.[a-z-]+$'),
	subject text NOT NULL DEFAULT '',
	detail json NOT NULL DEFAULT '{}',
	address text,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX audit_log_at ON audit_log (at);
CREATE INDEX audit_log_of_actor ON audit_log (actor_id);
COMMENT ON TABLE audit_log IS
	'Every act that matters for security. Written by audit() alone; no '
	'program may change a row, and only clean-up may delete old ones.';
COMMENT ON COLUMN audit_log.actor IS
	'The e-mail address then, or what acted: pulsectl, a job.';
COMMENT ON COLUMN audit_log.action IS
	'<thing>.<what was done>: session.began, member.role-changed, …';

CREATE TABLE mail (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org_id bigint
		CONSTRAINT mail_organisation REFERENCES organisation
		ON DELETE CASCADE,
	recipient text NOT NULL
		CONSTRAINT mail_recipient CHECK (recipient ~ '^[^@\s]+@[^@\s]+$'),
	template text NOT NULL,
	args json,
	state text NOT NULL DEFAULT 'PENDING'
		CONSTRAINT mail_state CHECK (state IN
			('PENDING', 'SENT', 'FAILED')),
	tries integer NOT NULL DEFAULT 0,
	next_try_at timestamptz NOT NULL DEFAULT now(),
	last_error text,
	created_at timestamptz NOT NULL DEFAULT now(),
	ended_at timestamptz
);
CREATE INDEX mail_due ON mail (next_try_at) WHERE state = 'PENDING';
CREATE INDEX mail_ended ON mail (ended_at) WHERE state <> 'PENDING';
CREATE INDEX mail_of_organisation ON mail (org_id);
COMMENT ON TABLE mail IS
	'Letters to people, sent by deliver-mail. org_id: in whose branding; '
	'NULL before anybody belongs to one.';
COMMENT ON COLUMN mail.args IS
	'What the template wants; may hold a link that signs in, so it goes '
	'when the letter is sent or given up.';
