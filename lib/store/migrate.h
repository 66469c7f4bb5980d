/*
 * migrate.h - the schema, forward only.
 *
 * Under a directory: migrations/NNNN-what.sql, each run once, in order;
 * functions/, views/ and rights/ (*.sql), which say how things are now and are
 * all run again, in one transaction, when any of them has changed.
 */
#ifndef PULSE_MIGRATE_H
#define PULSE_MIGRATE_H

#include "db.h"

/* Bring the database to what the directory says, or with `check` only tell
 * what is missing. Prints a line a step. Returns how many steps were (or are)
 * needed; ends the program when one fails: its transaction rolls back. */
int migrate(PGconn *conn, const char *dir, bool check);

#endif
