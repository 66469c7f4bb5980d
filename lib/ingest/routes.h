/*
 * routes.h - which organisation and repository a delivery is for.
 *
 * Asked of the database once, then remembered for a while. What is remembered
 * is only ever a guess: receive() checks it in the delivery's own transaction
 * and raises when it is no longer so.
 */
#ifndef PULSE_ROUTES_H
#define PULSE_ROUTES_H

#include "db.h"
#include "github.h"

struct route {
	int64_t org, repo;	/* 0: none */
	uint64_t told;		/* what was stored of the repository last:
				 * routes_tells(), 0 when that is not known */
	char refused[200];	/* why its repository is not taken in, "" */
};

struct routes;

struct routes *routes_new(void);

/* False when the database is away. With `anew` nothing remembered counts. */
bool routes_find(struct routes *routes, struct db *db, int64_t door,
		 const char *host, const struct reading *reading, bool anew,
		 struct route *route, struct db_error *error);

/* What a reading says of its repository, as a number: the same twice need not
 * be stored twice. Never 0. */
uint64_t routes_tells(const struct reading *reading);

/* It has been stored. */
void routes_note(struct routes *routes, int64_t door, const char *host,
		 const struct reading *reading, uint64_t tells);

#endif
