/*
 * github_app.h - the word of a GitHub App about itself: a JWT by its key.
 */
#ifndef PULSE_GITHUB_APP_H
#define PULSE_GITHUB_APP_H

#include "base.h"

/* RS256, from a minute ago for nine: GitHub takes no more than ten. `now` is in
 * seconds, `key` a PEM. A string of malloc, or NULL: the key is none. */
char *github_app_jwt(const char *app_id, const char *key, int64_t now);

#endif
