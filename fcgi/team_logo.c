/*
 * team_logo.c - an organisation's logo.
 *
 * Taken as the bytes of a PNG, WebP or JPEG, by their signature and whatever
 * the sender calls them; never decoded here. Anybody who knows its name may
 * have it: letters show it to people who have not signed in. The name is a hash
 * of organisation and bytes, so an answer is good for ever.
 *
 * Tables: organisation_logo (sql/schema.sql).
 */
#include "base.h"

#include "crypto.h"
#include "picture.h"
#include "team.h"

#define LOGO_MAX (256 << 10)
#define SIDE_MIN 16
#define SIDE_MAX 2048

const struct statement logo_statements[] = {
	{ "set_logo", "SELECT set_logo($1, $2, $3, $4::integer, $5::integer,"
	  " $6::bytea, $7)" },
	{ "remove_logo", "SELECT set_logo($1, NULL, NULL, NULL, NULL, NULL,"
	  " $2)" },
	{ "find_logo", "SELECT f.type, f.bytes FROM find_logo($1) f"
	  " WHERE f.type IS NOT NULL" },
	{ NULL }
};

/* 32 hexadecimal digits of SHA-256 over organisation and bytes. */
static void
name_logo(struct request *req, char name[33])
{
	unsigned char digest[HASH_SIZE];
	struct text all = { 0 };
	char digits[2 * HASH_SIZE + 1];

	text_addf(&all, "%" PRId64 "/", req->token.org);
	text_add_bytes(&all, req->body, req->body_len);
	sha256(all.data, all.len, digest);
	text_release(&all);
	hex_encode(digits, digest, sizeof(digest));
	snprintf(name, 33, "%.32s", digits);
}

static bool
is_good(struct request *req, struct picture *picture)
{
	if (!picture_read((const unsigned char *)req->body, req->body_len,
			  picture)) {
		problem_field(req, "body", "is not a PNG, WebP or JPEG "
			      "picture");
	} else if (picture->width < SIDE_MIN || picture->width > SIDE_MAX ||
		   picture->height < SIDE_MIN || picture->height > SIDE_MAX) {
		problem_field(req, "body", arena_printf(&req->arena,
			"is a picture of %u × %u, not of 16 to 2048 each way",
			picture->width, picture->height));
	}
	return !req->answered;
}

static void
set_logo(struct request *req)
{
	char name[33], width[12], height[12], *hex;
	struct picture picture;

	if (!is_good(req, &picture))
		return;
	name_logo(req, name);
	snprintf(width, sizeof(width), "%u", picture.width);
	snprintf(height, sizeof(height), "%u", picture.height);
	hex = arena_alloc(&req->arena, 2 * req->body_len + 3);
	memcpy(hex, "\\x", 2);
	hex_encode(hex + 2, req->body, req->body_len);
	if (db_query(req, "set_logo", name, picture.type, width, height, hex,
		     client_address(req)))
		reply_json(req, 200, "{\"name\":\"%s\",\"type\":\"%s\","
			   "\"width\":%s,\"height\":%s}", name, picture.type,
			   width, height);
}

static void
remove_logo(struct request *req)
{
	reply_done(req, db_query(req, "remove_logo", client_address(req)));
}

static void
show_logo(struct request *req)
{
	const char *name = param(req, "name"), *known, *hex;
	PGresult *rows = db_ask(req, "find_logo", name);
	size_t len;
	char *bytes;

	if (!rows)
		return;
	if (!PQntuples(rows)) {
		problem(req, NOT_FOUND, NULL);
		return;
	}
	known = header(req, "If-None-Match");
	reply_header(req, "ETag", "\"%s\"", name);
	/* A picture is a picture, whatever a browser makes of its bytes. */
	reply_header(req, "Content-Security-Policy",
		     "default-src 'none'; sandbox");
	if (known && strstr(known, name)) {
		reply_empty(req, 304);
		return;
	}
	hex = row_text(rows, 0, 1);
	len = strlen(hex + 2) / 2;
	bytes = arena_alloc(&req->arena, len + 1);
	if (hex_decode(bytes, hex + 2, len))
		reply(req, 200, row_text(rows, 0, 0), bytes, len);
}

const struct route logo_routes[] = {
	{ "PUT", "/settings/logo", ADMINISTER, set_logo,
	  "Give the organisation a logo: 16 to 2048 pixels each way, 256 KiB",
	  "Logo", .raw_body = LOGO_MAX,
	  .raw_types = "image/png,image/webp,image/jpeg" },
	{ "DELETE", "/settings/logo", ADMINISTER, remove_logo,
	  "Take the logo away", NULL, .status = 204 },
	{ "GET", "/settings/logo/{name}", PUBLIC, show_logo,
	  "A logo, for who knows its name", NULL,
	  { { "name", is_logo_name } }, .limit = LIMIT_NONE },
	{ NULL }
};
