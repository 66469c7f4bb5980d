/*
 * team.h - the program `team`: what its resources share.
 *
 * A resource is a file: its statements, its handlers, its routes. team.c joins
 * them. What may be done, and by whom, is said in sql/functions/18-*.sql and
 * 19-settings.sql, behind the organisation's lock.
 */
#ifndef PULSE_TEAM_H
#define PULSE_TEAM_H

#include "parts.h"

/* Each ends with an empty row. */
extern const struct statement members_statements[], invitations_statements[],
	teams_statements[], organisation_statements[], settings_statements[],
	logo_statements[], audit_statements[], export_statements[];
extern const struct route members_routes[], invitations_routes[],
	teams_routes[], organisation_routes[], settings_routes[],
	logo_routes[], audit_routes[], export_routes[];

extern check is_role, is_name, is_slug, is_time_zone, is_token, is_ids,
	is_object, is_array, is_day, is_sprint_length, is_theme, is_locale,
	is_person_figures, is_action, is_logo_name;

/* An address of the page, in the request's memory. */
const char *page_url(struct request *req, const char *path);

#endif
