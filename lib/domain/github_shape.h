/*
 * github_shape.h - how the tables of shapes are written, for what GitHub posts
 * (github_payload.c) and for what it answers (github_pages.c).
 *
 * Lengths: names and refs 255 bytes (GitHub's own limits are lower), titles
 * 1,000, messages 8,000, links 2,000. What is longer is cut.
 */
#ifndef PULSE_GITHUB_SHAPE_H
#define PULSE_GITHUB_SHAPE_H

#include "github_payload.h"

#define TITLE 1000
#define MESSAGE 8000
#define LINK 2000

#define TEXT(type, name) { #name, JSON_TEXT, offsetof(struct type, name) }
#define LONG(type, name, max) \
	{ #name, JSON_TEXT, offsetof(struct type, name), NULL, max }
#define INT(type, name) { #name, JSON_INT, offsetof(struct type, name) }
#define TIME(type, name) { #name, JSON_TIME, offsetof(struct type, name) }
#define FLAG(type, name) { #name, JSON_BOOL, offsetof(struct type, name) }
#define PART(type, name, shape) \
	{ #name, JSON_OBJECT, offsetof(struct type, name), &shape }
#define LIST(type, name, shape) \
	{ #name, JSON_ARRAY, offsetof(struct type, name), &shape }
#define SHAPE(type) \
	static const struct json_shape type##_shape = { \
		type##_fields, sizeof(struct type) \
	}
#define SHARED_SHAPE(type) \
	const struct json_shape type##_shape = { \
		type##_fields, sizeof(struct type) \
	}
#define FIELDS(type) static const struct json_field type##_fields[]

extern const struct json_shape gh_user_shape, gh_repository_shape,
	gh_git_user_shape, gh_review_shape, gh_issue_shape,
	gh_deployment_shape, gh_deployment_status_shape, gh_release_shape,
	gh_run_shape;

#endif
