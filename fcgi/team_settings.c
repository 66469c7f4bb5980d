/*
 * team_settings.c - what a person and an organisation choose.
 *
 * Which flags and thresholds there are, with their ranges, is said by the views
 * known_flag and known_threshold; every field that is wrong is told.
 *
 * Tables: user_account, organisation_setting (sql/schema.sql).
 */
#include "base.h"

#include "colour.h"
#include "json.h"
#include "team.h"

const struct statement settings_statements[] = {
	{ "profile",
	  "SELECT json_build_object('name', u.name, 'timeZone', u.time_zone,"
	  " 'theme', u.theme, 'locale', u.locale)"
	  " FROM membership m JOIN user_account u ON u.id = m.user_id"
	  " WHERE m.org_id = $1 AND m.user_id = session_user_id()" },
	{ "change_profile",
	  "WITH zone AS MATERIALIZED (SELECT check_zone($3))"
	  " UPDATE user_account SET name = $2, time_zone = $3, theme = $4,"
	  " locale = $5 WHERE id = session_person() AND $1::bigint IS NOT NULL"
	  " AND (SELECT count(*) FROM zone) = 1" },
	{ "settings", "SELECT settings_of($1)" },
	{ "strange_colours",
	  "SELECT 'colours.' || k FROM json_object_keys($2) k"
	  " WHERE k NOT IN ('light', 'dark') AND $1::bigint IS NOT NULL"
	  " ORDER BY k LIMIT 10" },
	/* A colour of one blank is none; "" is one that was not given. */
	{ "change_settings",
	  "SELECT field, message FROM change_settings($1,"
	  " trim(nullif($2, '')), trim(nullif($3, '')),"
	  " nullif($4, '')::jsonb, nullif($5, '')::jsonb,"
	  " nullif($6, '')::jsonb, nullif($7, '')::jsonb,"
	  " nullif($8, '')::jsonb, nullif($9, ''), $10)" },
	{ NULL }
};

static void
show_profile(struct request *req)
{
	reply_row(req, db_query(req, "profile"), 200);
}

static void
change_profile(struct request *req)
{
	if (db_query(req, "change_profile", param(req, "name"),
		     param(req, "timeZone"), param(req, "theme"),
		     param(req, "locale")))
		show_profile(req);
}

static void
show_settings(struct request *req)
{
	reply_row(req, db_query(req, "settings"), 200);
}

struct colours {
	const char *light, *dark;
};

static const struct json_field colours_fields[] = {
	{ "light", JSON_TEXT, offsetof(struct colours, light) },
	{ "dark", JSON_TEXT, offsetof(struct colours, dark) },
	{ NULL }
};

static const struct json_shape colours_shape = {
	colours_fields, sizeof(struct colours)
};

/* Text on the accent, and the accent as text, must be readable: 4.5 to 1. */
static void
check_colour(struct request *req, const char *field, const char *value,
	     bool dark)
{
	const char *against = "";
	uint32_t colour;
	double ratio;

	if (!value || !*value)
		return;
	if (!colour_parse(value, &colour)) {
		problem_field(req, field, "is not a colour like #4338ca");
		return;
	}
	ratio = colour_of_accent(colour, dark, &against);
	if (ratio < COLOUR_ENOUGH)
		/* Cut, not rounded: 4.497 is not enough. */
		problem_field(req, field, arena_printf(&req->arena,
			"has a contrast of %.2f with \"%s\" of the %s theme, "
			"less than 4.5", (int)(ratio * 100) / 100.0, against,
			dark ? "dark" : "light"));
}

/* A colour as the statement takes it: " " is none, the design's own. */
static const char *
colour_text(struct request *req, const char *value)
{
	return value && *value ? text_lower(arena_string(&req->arena, value))
			       : " ";
}

static void
check_names(struct request *req, const char *given)
{
	PGresult *strange = db_query(req, "strange_colours", given);

	for (int i = 0; strange && i < PQntuples(strange); i++)
		problem_field(req, row_text(strange, i, 0),
			      "is not known here");
}

/* False: refused. */
static bool
take_colours(struct request *req, struct colours *colours)
{
	const char *given = param(req, "colours"), *why;
	struct colours *told;

	*colours = (struct colours){ "", "" };
	if (!*given)
		return true;
	told = json_read(given, strlen(given), &colours_shape, &req->arena,
			 &why);
	if (!told) {
		problem_field(req, "colours", why);
		return false;
	}
	check_names(req, given);
	check_colour(req, "colours.light", told->light, false);
	check_colour(req, "colours.dark", told->dark, true);
	colours->light = colour_text(req, told->light);
	colours->dark = colour_text(req, told->dark);
	return !req->answered;
}

static void
change_settings(struct request *req)
{
	struct colours colours;
	PGresult *wrong;

	if (!take_colours(req, &colours))
		return;
	wrong = db_query(req, "change_settings", colours.light, colours.dark,
			 param(req, "flags"), param(req, "thresholds"),
			 param(req, "bots"), param(req, "retention"),
			 param(req, "holidays"), param(req, "personFigures"),
			 client_address(req));
	for (int i = 0; wrong && i < PQntuples(wrong); i++)
		problem_field(req, row_text(wrong, i, 0),
			      row_text(wrong, i, 1));
	if (!req->answered)
		show_settings(req);
}

const struct route settings_routes[] = {
	{ "GET", "/settings/profile", SEE, show_profile,
	  "How one is called and what one likes", "Profile" },
	{ "PUT", "/settings/profile", SEE, change_profile,
	  "Change that", "Profile",
	  { { "name", is_name }, { "timeZone", is_time_zone },
	    { "theme", is_theme }, { "locale", is_locale } } },
	{ "GET", "/settings/organisation", ADMINISTER, show_settings,
	  "What the organisation has chosen, and what it may choose from",
	  "Settings" },
	{ "PUT", "/settings/organisation", ADMINISTER, change_settings,
	  "Choose; what is not given stays, and so does each flag and "
	  "threshold that is not named. A colour that is null is the "
	  "design's own", "Settings",
	  { { "colours", is_object, "" }, { "flags", is_object, "" },
	    { "thresholds", is_object, "" }, { "bots", is_array, "" },
	    { "retention", is_object, "" }, { "holidays", is_array, "" },
	    { "personFigures", is_person_figures, "" } } },
	{ NULL }
};
