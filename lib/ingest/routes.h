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
};

struct routes;

struct routes *routes_new(void);

/* False when the database is away. With `anew` nothing remembered counts. */
bool routes_find(struct routes *routes, struct db *db, int64_t door,
		 const char *host, const struct reading *reading, bool anew,
		 struct route *route, struct db_error *error);

#endif
