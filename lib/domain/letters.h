/*
 * letters.h - what our letters say, as text and as HTML.
 *
 * A template is a row of the table in letters.c. What it tells (who invited,
 * the link) comes as JSON in the row of `mail`; names in it are whatever people
 * call themselves, so they are text wherever they stand.
 */
#ifndef PULSE_LETTERS_H
#define PULSE_LETTERS_H

#include "base.h"
#include "text.h"

struct letter {
	struct text subject, text, html;
};

/*
 * Write a letter. `organisation` is in whose name, or NULL: the
 * installation's; `accent` its colour as #rrggbb, or NULL. False: no template
 * has this name, or args is no JSON object; *problem says which.
 */
bool letter_write(struct letter *letter, const char *template,
		  const char *args, const char *organisation,
		  const char *accent, const char **problem);
void letter_release(struct letter *letter);

#endif
