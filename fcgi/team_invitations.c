/*
 * team_invitations.c - asking people in, and coming in.
 *
 * The link of a letter holds a token; the database has its SHA-256. Whoever has
 * the link sees where it leads; only the address that was written to may
 * accept it.
 *
 * Tables: invitation, invitation_team, mail (sql/schema.sql).
 */
#include "base.h"

#include "crypto.h"
#include "team.h"

#define INVITATION							\
	"SELECT json_build_object('id', i.id::text, 'email', i.email,"	\
	" 'role', i.role, 'teams', coalesce((SELECT json_agg("		\
	"  json_build_object('id', t.id::text, 'name', t.name)"		\
	"  ORDER BY t.name, t.id) FROM invitation_team x JOIN team t"	\
	"  ON t.org_id = x.org_id AND t.id = x.team_id"			\
	"  WHERE x.org_id = $1 AND x.invitation_id = i.id), '[]'),"	\
	" 'invitedBy', (SELECT u.name FROM user_account u"		\
	"  WHERE u.id = i.invited_by),"					\
	" 'createdAt', " MOMENT("i.created_at") ","			\
	" 'sentAt', " MOMENT("i.sent_at") ","				\
	" 'expiresAt', " MOMENT("i.expires_at") ","			\
	" 'expired', i.expires_at < now()), i.id FROM invitation i"

const struct statement invitations_statements[] = {
	{ "invite", "SELECT invite($1, $2, $3, $4::json, $5::bytea, $6, $7)" },
	{ "invitation", INVITATION " WHERE i.org_id = $1 AND i.id = $2" },
	{ "invitations",
	  INVITATION " WHERE i.org_id = $1 AND i.id > $2"
	  " ORDER BY i.id LIMIT $3::integer + 1" },
	{ "resend_invitation",
	  "SELECT resend_invitation($1, $2, $3::bytea, $4, $5)" },
	{ "revoke_invitation", "SELECT revoke_invitation($1, $2, $3)" },
	{ "find_invitation",
	  "SELECT json_build_object('organisation', f.organisation, 'email',"
	  " f.email, 'role', f.role, 'expired', f.expired)"
	  " FROM find_invitation($1::bytea) f WHERE f.email IS NOT NULL" },
	{ "accept_invitation",
	  "SELECT json_build_object('org',"
	  " accept_invitation($2::bytea, $3)::text), $1::bigint" },
	{ NULL }
};

#define LINK_HASH (2 * HASH_SIZE + 3)

/* What the database has of a link's token, as a bytea's text. */
static void
hash_link(const char *token, char hash[LINK_HASH])
{
	unsigned char digest[HASH_SIZE];

	sha256(token, strlen(token), digest);
	memcpy(hash, "\\x", 2);
	hex_encode(hash + 2, digest, sizeof(digest));
}

/* The link with a new token in it, whose hash goes to the database. */
static const char *
new_link(struct request *req, char hash[LINK_HASH])
{
	unsigned char random[32];
	char token[48];

	random_bytes(random, sizeof(random));
	base64url_encode(token, random, sizeof(random));
	hash_link(token, hash);
	return page_url(req, arena_printf(&req->arena, "/invite?token=%s",
					  token));
}

static void
invite(struct request *req)
{
	char hash[LINK_HASH];
	const char *link = new_link(req, hash);
	PGresult *rows = db_query(req, "invite", param(req, "email"),
				  param(req, "role"), param(req, "teams"),
				  hash, link, client_address(req));

	if (rows)
		reply_row(req, db_query(req, "invitation",
					row_text(rows, 0, 0)), 201);
}

static void
list_invitations(struct request *req)
{
	reply_page(req, db_query(req, "invitations", param(req, "cursor"),
				 param(req, "limit")));
}

static void
resend(struct request *req)
{
	char hash[LINK_HASH];
	const char *link = new_link(req, hash);

	if (db_query(req, "resend_invitation", param(req, "invitation"), hash,
		     link, client_address(req)))
		reply_row(req, db_query(req, "invitation",
					param(req, "invitation")), 200);
}

static void
revoke(struct request *req)
{
	reply_done(req, db_query(req, "revoke_invitation",
				 param(req, "invitation"),
				 client_address(req)));
}

static void
look_at(struct request *req)
{
	char hash[LINK_HASH];

	hash_link(param(req, "token"), hash);
	reply_row(req, db_ask(req, "find_invitation", hash), 200);
}

static void
accept_one(struct request *req)
{
	char hash[LINK_HASH];

	hash_link(param(req, "token"), hash);
	reply_row(req, db_query(req, "accept_invitation", hash,
				client_address(req)), 200);
}

const struct route invitations_routes[] = {
	{ "POST", "/team/invite", ADMINISTER, invite,
	  "Ask somebody in by a letter, good for seven days", "Invitation",
	  { { "email", is_email }, { "role", is_role, "member" },
	    { "teams", is_ids, "[]" } }, .status = 201 },
	{ "GET", "/invitations", ADMINISTER, list_invitations,
	  "Who was asked in and has not come yet", "InvitationPage",
	  { { "limit", is_limit, "100" }, { "cursor", is_event_id, "0" } } },
	{ "POST", "/invitations/{invitation}/resend", ADMINISTER, resend,
	  "The letter again, with a new link; the old one is void",
	  "Invitation", { { "invitation", is_id } } },
	{ "DELETE", "/invitations/{invitation}", ADMINISTER, revoke,
	  "Take an invitation back", NULL, { { "invitation", is_id } },
	  .status = 204 },
	{ "GET", "/invitations/by-token", PUBLIC, look_at,
	  "What a link's invitation is to", "InvitationLook",
	  { { "token", is_token } }, .limit = LIMIT_AUTH },
	{ "POST", "/invitations/accept", SELF, accept_one,
	  "Join, signed in with the address that was invited; then switch "
	  "to the organisation", "Joined", { { "token", is_token } } },
	{ NULL }
};
