/*
 * tell.h - the line of the feed that a record gives, whoever read it.
 *
 * The same fact has the same line and key, so that a history that comes by
 * webhook and by clone is told once.
 */
#ifndef PULSE_TELL_H
#define PULSE_TELL_H

#include "happening.h"

/* A happening in the arena, not rendered yet; `key` in printf's form. */
struct happening *happening_new(struct arena *arena, const char *type,
				int64_t at, const char *author,
				const char *key, ...) PRINTF(5, 6);

/* `branch` and `url` may be NULL. */
struct happening *tell_commit(struct arena *arena, const struct commit *commit,
			      const char *branch, const char *url);

/*
 * `action` is GitHub's. Opening, closing and merging are facts with a time of
 * their own, the same whichever way they are read; other actions are known by
 * the moment of the change, and name who acted.
 */
struct happening *tell_pull_request(struct arena *arena,
				    const struct pull_request *pr,
				    const char *action, const char *actor);

struct happening *tell_release(struct arena *arena,
			       const struct release *release,
			       const char *action);

/* What became of a deployment: `key` is what of it, `who` did it. */
struct happening *tell_deployment(struct arena *arena,
				  const struct deployment *deployment,
				  const char *who, const char *avatar_url,
				  const char *what, const char *key,
				  int64_t at, const char *url);

/* Digits of a number, in the arena; NULL for JSON_NO_INT. */
const char *number_text(struct arena *arena, int64_t number);
/* "true" or NULL: a detail that is there only when it holds. */
const char *if_true(signed char flag);
/* Does the login say that it is a bot's ("[bot]")? */
bool login_is_bot(const char *login);

#endif
