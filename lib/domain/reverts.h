/*
 * reverts.h - what takes something back.
 *
 * git revert writes "This reverts commit <sha>"; GitHub's revert button writes
 * "Reverts #7" or "Reverts owner/name#7" into the new pull request. Nothing
 * else counts: a title that begins with "Revert" may say anything.
 */
#ifndef PULSE_REVERTS_H
#define PULSE_REVERTS_H

#include "arena.h"
#include "base.h"

/* The commit that a message takes back, in the arena, or NULL. */
const char *reverted_commit(struct arena *arena, const char *message);

/* The pull request that a body takes back, or JSON_NO_INT. */
int64_t reverted_pull_request(const char *body);

#endif
