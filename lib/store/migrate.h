/*
 * migrate.h - the schema, forward only.
 *
 * Under a directory: migrations/NNNN-what.sql, each run once, in order;
 * functions/, views/ and rights/ (*.sql), which say how things are now and are
 * all run again, in one transaction, when any of them has changed. Where there
 * is one PostgreSQL role for everything, rights-one-role/ stands in for
 * rights/.
 */
#ifndef PULSE_MIGRATE_H
#define PULSE_MIGRATE_H

#include "db.h"

/* Which rights: those of the last time (the first time those of eight roles),
 * or from now on these. */
enum migrate_roles { ROLES_AS_BEFORE, ROLES_EIGHT, ROLES_ONE };

/* Bring the database to what the directory says, or with `check` only tell
 * what is missing. Prints a line a step. Returns how many steps were (or are)
 * needed; ends the program when one fails: its transaction rolls back. */
int migrate(PGconn *conn, const char *dir, enum migrate_roles roles,
	    bool check);

#endif
