/*
 * auth_register.c - an account comes to be.
 *
 * Whoever registers is written to, and the link in the letter makes the
 * account. The answer is the same whether the address has one already, and so
 * is the time: the password is hashed first, and each way writes and commits.
 * An invitation's link is proof of the address, so that needs no letter.
 *
 * Tables: registration, one_time_token, user_account, organisation, membership
 * (sql/functions/17-accounts.sql).
 */
#include "base.h"

#include "auth.h"
#include "crypto.h"
#include "log.h"
#include "passwords.h"

const struct statement register_statements[] = {
	{ "register", "SELECT register($1, $2, $3, $4, $5::bytea, $6, $7)" },
	{ "register_invited",
	  "SELECT outcome, user_id, name, email, org_id, role, session_id"
	  " FROM register_invited($1, $2, $3, $4::bytea, $5::bytea, $6, $7,"
	  "  $8)" },
	{ "verify_email",
	  "SELECT user_id, name, email, org_id, role, session_id"
	  " FROM verify_email($1::bytea, $2::bytea, $3, $4)" },
	{ "resend_verification",
	  "SELECT resend_verification($1, $2::bytea, $3)" },
	{ NULL }
};

static void
reply_verify(struct request *req)
{
	reply_json(req, 202, "{\"status\":\"verify\"}");
}

/* The password's hash, if it may be one; false: answered. */
static bool
take_password(struct request *req, char hash[PASSWORD_HASH])
{
	const char *flaw = password_flaw(param(req, "password"),
					 param(req, "email"),
					 param(req, "name"));

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
register_invited(struct request *req)
{
	char hash[PASSWORD_HASH], invitation[SECRET_HASH];
	char refresh[SECRET_TEXT], refresh_hash[SECRET_HASH];
	const char *outcome;
	PGresult *rows;

	if (!take_password(req, hash))
		return;
	hash_secret(param(req, "invitation"), invitation);
	new_secret(refresh, refresh_hash);
	rows = db_ask(req, "register_invited", param(req, "email"),
		      param(req, "name"), hash, invitation, refresh_hash,
		      user_agent(req), client_address(req),
		      page_link(req, "/login", NULL));
	if (!rows)
		return;
	outcome = row_text(rows, 0, 0);
	if (!strcmp(outcome, "new"))
		reply_login(req, rows, 1, refresh);
	else if (!strcmp(outcome, "known"))
		reply_verify(req);
	else
		problem(req, LINK_SPENT, "the invitation is not for this "
			"address, or is good no longer");
}

static void
register_account(struct request *req)
{
	char hash[PASSWORD_HASH], token[SECRET_TEXT], token_hash[SECRET_HASH];

	if (is_foreign(req))
		return;
	if (sign_up() == SIGN_UP_CLOSED_ALL ||
	    (sign_up() == SIGN_UP_INVITED && !*param(req, "invitation"))) {
		problem(req, SIGN_UP_CLOSED, NULL);
		return;
	}
	if (*param(req, "invitation")) {
		register_invited(req);
		return;
	}
	if (!take_password(req, hash))
		return;
	new_secret(token, token_hash);
	if (db_ask(req, "register", param(req, "email"), param(req, "name"),
		   hash, param(req, "organisation"), token_hash,
		   page_link(req, "/verify-email", token),
		   page_link(req, "/login", NULL)))
		reply_verify(req);
}

static void
verify_email(struct request *req)
{
	char hash[SECRET_HASH], refresh[SECRET_TEXT];
	char refresh_hash[SECRET_HASH];
	PGresult *rows;

	if (is_foreign(req))
		return;
	hash_secret(param(req, "token"), hash);
	new_secret(refresh, refresh_hash);
	rows = db_ask(req, "verify_email", hash, refresh_hash,
		      user_agent(req), client_address(req));
	if (!rows)
		return;
	if (row_text(rows, 0, 0))
		reply_login(req, rows, 0, refresh);
	else
		problem(req, LINK_SPENT, NULL);
}

static void
resend_verification(struct request *req)
{
	char token[SECRET_TEXT], hash[SECRET_HASH];

	new_secret(token, hash);
	if (db_ask(req, "resend_verification", param(req, "email"), hash,
		   page_link(req, "/verify-email", token)))
		reply_verify(req);
}

static void
show_providers(struct request *req)
{
	reply_json(req, 200, "{\"password\":true,\"github\":%s,"
		   "\"signUp\":\"%s\"}", github_is_on() ? "true" : "false",
		   sign_up_words[sign_up()]);
}

const struct route register_routes[] = {
	{ "POST", "/auth/register", PUBLIC, register_account,
	  "Ask for an account; a letter's link makes it. With an invitation "
	  "it is there at once, and signed in (200)", "LetterSent",
	  { { "email", is_email }, { "password", is_new_password },
	    { "name", is_title },
	    { "organisation", is_title, "",
	      "Of the organisation to be founded; named after the person "
	      "without" },
	    { "invitation", is_secret, "", "What stands in its link" } },
	  .limit = LIMIT_AUTH, .status = 202 },
	{ "POST", "/auth/verify-email", PUBLIC, verify_email,
	  "Use a letter's link: the account is there, and signed in", "Login",
	  { { "token", is_secret } }, .limit = LIMIT_AUTH },
	{ "POST", "/auth/resend-verification", PUBLIC, resend_verification,
	  "The letter once more", "LetterSent", { { "email", is_email } },
	  .limit = LIMIT_AUTH, .status = 202 },
	{ "GET", "/auth/providers", PUBLIC, show_providers,
	  "Which ways in there are", "Providers", .limit = LIMIT_NONE },
	{ NULL }
};
