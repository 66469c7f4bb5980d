/*
 * auth_password.c - a new password: forgotten, by a letter's link, or changed.
 *
 * An address that has no account is answered as one that has, in content and
 * in time: both write a token and commit. What is refused is refused before
 * anything is hashed; the link is spent with the change, not before it.
 *
 * Tables: one_time_token, user_account, session
 * (sql/functions/17-accounts.sql).
 */
#include "base.h"

#include "auth.h"
#include "crypto.h"
#include "outbox.h"
#include "passwords.h"

const struct statement password_statements[] = {
	{ "forgot_password", "SELECT forgot_password($1, $2::bytea, $3, $4)" },
	{ "find_reset",
	  "SELECT user_id, email, name FROM find_reset($1::bytea)" },
	{ "reset_password", "SELECT reset_password($1::bytea, $2, $3)" },
	/* The organisation is in $1, as always, and says nothing here. */
	{ "my_password", "SELECT password_hash, email, name FROM user_account"
	  " WHERE $1::bigint IS NOT NULL AND id = session_user_id()" },
	{ "change_password", "SELECT change_password($2, $3)"
	  " WHERE $1::bigint IS NOT NULL" },
	{ NULL }
};

static void
forgot_password(struct request *req)
{
	char token[SECRET_TEXT], hash[SECRET_HASH];

	new_secret(token, hash);
	if (db_ask(req, "forgot_password", param(req, "email"), hash,
		   page_link(req, "/reset-password", token),
		   client_address(req)))
		reply_json(req, 202, "{\"status\":\"sent\"}");
}

/* The hash of the field "password", for the account in the row's columns 1
 * and 2; false: answered. */
static bool
hash_new(struct request *req, const PGresult *account,
	 char hash[PASSWORD_HASH])
{
	const char *flaw = password_flaw(param(req, "password"),
					 row_text(account, 0, 1),
					 row_text(account, 0, 2));

	if (flaw) {
		problem_field(req, "password", flaw);
		return false;
	}
	if (password_hash(param(req, "password"), pepper(), hash))
		return true;
	problem(req, INTERNAL, NULL);
	return false;
}

static void
reset_password(struct request *req)
{
	char token[SECRET_HASH], hash[PASSWORD_HASH];
	PGresult *account, *done;

	hash_secret(param(req, "token"), token);
	account = db_ask(req, "find_reset", token);
	if (!account)
		return;
	if (!row_text(account, 0, 0)) {
		problem(req, LINK_SPENT, NULL);
		return;
	}
	if (!hash_new(req, account, hash))
		return;
	done = db_ask(req, "reset_password", token, hash,
		      client_address(req));
	if (!done)
		return;
	if (*row_text(done, 0, 0) != 't') {
		problem(req, LINK_SPENT, NULL);
		return;
	}
	outbox_wake();
	reply_empty(req, 204);
}

static void
change_password(struct request *req)
{
	char hash[PASSWORD_HASH];
	PGresult *account = db_query(req, "my_password");

	if (!account)
		return;
	if (!row_text(account, 0, 0)) {
		problem_field(req, "current", "is not asked for: this account "
			      "has no password yet; have a link sent");
		return;
	}
	if (!password_matches(param(req, "current"), pepper(),
			      row_text(account, 0, 0))) {
		problem_field(req, "current", "is not your password");
		return;
	}
	if (!hash_new(req, account, hash) ||
	    !db_query(req, "change_password", hash, client_address(req)))
		return;
	outbox_wake();
	reply_empty(req, 204);
}

const struct route password_routes[] = {
	{ "POST", "/auth/forgot-password", PUBLIC, forgot_password,
	  "Have a link sent to set a new password", "LinkSent",
	  { { "email", is_email } }, .limit = LIMIT_AUTH, .status = 202 },
	{ "POST", "/auth/reset-password", PUBLIC, reset_password,
	  "Set a new password by a letter's link; every session ends", NULL,
	  { { "token", is_secret }, { "password", is_new_password } },
	  .limit = LIMIT_AUTH, .status = 204 },
	{ "POST", "/auth/change-password", SEE, change_password,
	  "Set a new password; every other session ends", NULL,
	  { { "current", is_password }, { "password", is_new_password } },
	  .limit = LIMIT_AUTH, .status = 204, .token = BY_NONE },
	{ NULL }
};
