/*
 * routes.c - which organisation and repository a delivery is for.
 */
#include "base.h"

#include <pthread.h>

#include "clock.h"
#include "conf.h"
#include "log.h"
#include "routes.h"

#define SLOTS 4096
#define KEEP INT64_C(10000000)		/* microseconds */

struct known {
	int64_t door, installation, github_id, until;
	char host[64];
	struct route route;
};

struct routes {
	pthread_mutex_t lock;
	const char *adopt;
	struct known slots[SLOTS];
};

struct routes *
routes_new(void)
{
	struct routes *routes = xcalloc(1, sizeof(*routes));

	pthread_mutex_init(&routes->lock, NULL);
	routes->adopt = conf_get("ADOPT_REPOSITORIES");
	return routes;
}

static bool
same(const struct known *a, const struct known *b)
{
	return a->door == b->door && a->installation == b->installation &&
	       a->github_id == b->github_id && !strcmp(a->host, b->host);
}

static struct known *
slot_of(struct routes *routes, const struct known *key)
{
	uint64_t h = (uint64_t)key->github_id * 0x9e3779b97f4a7c15u +
		(uint64_t)key->door * 31 + (uint64_t)key->installation;

	return routes->slots + (h >> 40) % SLOTS;
}

static void
read_route(const PGresult *result, struct route *route)
{
	route->org = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	route->repo = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
}

static bool
ask(struct routes *routes, struct db *db, const struct known *key,
    const struct reading *reading, struct route *route,
    struct db_error *error)
{
	char door[24], installation[24], github_id[24], org[24];
	const char *values[5] = { door, key->host,
		key->installation == JSON_NO_INT ? NULL : installation,
		reading->repository ? github_id : NULL };
	struct call call = { "route", 4, values, NULL, 0, NULL };

	snprintf(door, sizeof(door), "%" PRId64, key->door);
	snprintf(installation, sizeof(installation), "%" PRId64,
		 key->installation);
	snprintf(github_id, sizeof(github_id), "%" PRId64, key->github_id);
	if (!db_run(db, &call, 1, 0, error))
		return false;
	read_route(call.result, route);
	PQclear(call.result);
	if (key->door || !routes->adopt ||
	    (route->org && (route->repo || !reading->repository)))
		return true;
	values[0] = routes->adopt;
	values[2] = values[3];
	values[3] = reading->repository ? reading->repository->full_name : NULL;
	snprintf(org, sizeof(org), "%" PRId64, route->org);
	values[4] = route->org ? org : NULL;
	call = (struct call){ "adopt", 5, values, NULL, 0, NULL };
	if (!db_run(db, &call, 1, 0, error))
		return false;
	read_route(call.result, route);
	snprintf(route->refused, sizeof(route->refused), "%s",
		 PQgetvalue(call.result, 0, 2));
	PQclear(call.result);
	return true;
}

static struct known
key_of(int64_t door, const char *host, const struct reading *reading)
{
	struct known key = {
		.door = door, .installation = reading->installation,
		.github_id = reading->repository
			? reading->repository->github_id : 0,
	};

	snprintf(key.host, sizeof(key.host), "%s", host);
	return key;
}

static uint64_t
add(uint64_t hash, const void *bytes, size_t len)
{
	for (const unsigned char *p = bytes; len--; p++)
		hash = (hash ^ *p) * 1099511628211u;
	return hash;
}

static uint64_t
add_text(uint64_t hash, const char *text)
{
	return text ? add(hash, text, strlen(text) + 1) : add(hash, "\1", 2);
}

uint64_t
routes_tells(const struct reading *reading)
{
	const struct repository *r = reading->repository;
	uint64_t hash = 14695981039346656037u;

	if (!r)
		return 1;
	hash = add(hash, &reading->repository_version,
		   sizeof(reading->repository_version));
	hash = add_text(hash, r->full_name);
	hash = add_text(hash, r->default_branch);
	hash = add_text(hash, r->url);
	hash = add(hash, (signed char[]){ r->private, r->archived, r->deleted },
		   3);
	return hash ? hash : 1;
}

void
routes_note(struct routes *routes, int64_t door, const char *host,
	    const struct reading *reading, uint64_t tells)
{
	struct known key = key_of(door, host, reading);
	struct known *slot = slot_of(routes, &key);

	pthread_mutex_lock(&routes->lock);
	if (same(slot, &key))
		slot->route.told = tells;
	pthread_mutex_unlock(&routes->lock);
}

bool
routes_find(struct routes *routes, struct db *db, int64_t door,
	    const char *host, const struct reading *reading, bool anew,
	    struct route *route, struct db_error *error)
{
	struct known key = key_of(door, host, reading);
	struct known *slot = slot_of(routes, &key);

	*route = (struct route){ 0 };
	pthread_mutex_lock(&routes->lock);
	if (!anew && same(slot, &key) && slot->until > time_ticks()) {
		*route = slot->route;
		pthread_mutex_unlock(&routes->lock);
		return true;
	}
	pthread_mutex_unlock(&routes->lock);
	if (!ask(routes, db, &key, reading, route, error))
		return false;
	key.route = *route;
	key.until = time_ticks() + KEEP;
	/* An unknown repository may be connected at any moment: ask again. */
	if (!route->org || (reading->repository && !route->repo))
		return true;
	pthread_mutex_lock(&routes->lock);
	*slot = key;
	pthread_mutex_unlock(&routes->lock);
	return true;
}
