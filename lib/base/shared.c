/*
 * shared.c - counters and rate limits that the processes of a host share.
 */
#include "base.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "log.h"
#include "shared.h"
#include "text.h"

#define SLOTS 8192		/* a power of two; 16 bytes each */
#define PROBES 8

struct slot {
	_Atomic uint64_t key;
	_Atomic int64_t due;	/* theoretical arrival time, microseconds */
};

struct table {
	_Atomic uint64_t seed;	/* makes a key's slot unpredictable */
	_Atomic uint64_t counters[COUNTERS];
	struct slot slots[SLOTS];
};

static struct table private_table;
static struct table *table = &private_table;

static const struct {
	const char *metric, *labels, *help;
} rows[] = {
#define COUNTER(name, metric, labels, help) { metric, labels, help },
#include "counters.def"
#undef COUNTER
};

static struct table *
map_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
	void *memory = MAP_FAILED;

	if (fd < 0)
		return NULL;
	/* Whoever comes first, the group must get in; others cannot, and need
	 * not, change it. */
	(void)!fchmod(fd, 0660);
	if (!ftruncate(fd, sizeof(struct table)))
		memory = mmap(NULL, sizeof(struct table),
			      PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return memory == MAP_FAILED ? NULL : memory;
}

void
shared_open(void)
{
	uint64_t seed, none = 0;
	char path[PATH_MAX];
	struct table *mapped;

	snprintf(path, sizeof(path), "%s/shared-%zu",
		 conf_or("PULSE_STATE_DIR", "/run/pulse"),
		 sizeof(struct table));
	mapped = map_file(path);
	if (mapped)
		table = mapped;
	else
		log_line(LOG_WARN, "limits and counters are not shared",
			 "file", path, "error", strerror(errno), NULL);
	random_bytes(&seed, sizeof(seed));
	atomic_compare_exchange_strong(&table->seed, &none, seed | 1);
}

void
counter_add(enum counter counter, uint64_t amount)
{
	atomic_fetch_add_explicit(&table->counters[counter], amount,
				  memory_order_relaxed);
}

uint64_t
counter_get(enum counter counter)
{
	return atomic_load_explicit(&table->counters[counter],
				    memory_order_relaxed);
}

void
counters_print(struct text *out)
{
	for (size_t i = 0; i < COUNTERS; i++) {
		if (*rows[i].help)
			text_addf(out, "# HELP %s %s\n# TYPE %s counter\n",
				  rows[i].metric, rows[i].help,
				  rows[i].metric);
		text_addf(out, "%s%s%s%s %" PRIu64 "\n", rows[i].metric,
			  *rows[i].labels ? "{" : "", rows[i].labels,
			  *rows[i].labels ? "}" : "", counter_get(i));
	}
}

/* FNV-1a over the seed, what and who; never 0, which is an empty slot. */
static uint64_t
hash(const char *what, const char *who)
{
	uint64_t h = 14695981039346656037u ^ atomic_load(&table->seed);

	for (const char *p = what; *p; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211u;
	h = (h ^ 0xff) * 1099511628211u;
	for (const char *p = who; *p; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211u;
	h ^= h >> 32;
	return h ? h : 1;
}

/* The key's slot, else a free one, else the one that is due longest: an
 * attacker with many addresses costs others a little room, never the table. */
static struct slot *
find_slot(uint64_t key)
{
	struct slot *oldest = NULL;

	for (unsigned i = 0; i < PROBES; i++) {
		struct slot *slot = &table->slots[(key + i) & (SLOTS - 1)];
		uint64_t held = atomic_load(&slot->key);

		if (held == key)
			return slot;
		if (!held && atomic_compare_exchange_strong(&slot->key, &held,
							    key))
			return slot;
		if (held == key)
			return slot;
		if (!oldest || atomic_load(&slot->due) <
			       atomic_load(&oldest->due))
			oldest = slot;
	}
	atomic_store(&oldest->due, 0);
	atomic_store(&oldest->key, key);
	return oldest;
}

int64_t
limit_take(const char *what, const char *who, int64_t per_minute,
	   unsigned cost)
{
	int64_t gap = 60000000 / (per_minute > 0 ? per_minute : 1);
	int64_t burst = gap * (per_minute - 1);
	struct slot *slot = find_slot(hash(what, who));
	int64_t due = atomic_load(&slot->due), now, start;

	do {
		now = time_now() * 1000;
		start = due > now ? due : now;
		/* A clock that was set back must not lock anybody out. */
		if (start - now > 2 * 60000000)
			start = now;
		if (start - now > burst)
			return (start - now - burst + 999999) / 1000000;
	} while (cost && !atomic_compare_exchange_weak(&slot->due, &due,
						       start + gap * cost));
	return 0;
}
