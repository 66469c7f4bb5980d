/*
 * pulsectl.h - the administrator's command: what its parts share.
 */
#ifndef PULSE_PULSECTL_H
#define PULSE_PULSECTL_H

#include "base.h"
#include "db.h"
#include "text.h"

/* Options of a command, "--name value" or "--name=value", and what stands
 * alone. Ends the program on one that the command does not know. */
struct options {
	const char *const *known;	/* NULL at the end; "x=" takes a value */
	const char *names[16], *values[16];
	size_t count;
	const char *operands[16];
	size_t operand_count;
};
/* The value of an option, "" for a flag that is set, else the fallback. */
const char *option(const struct options *options, const char *name,
		   const char *fallback);
const char *need_option(const struct options *options, const char *name);

struct command {
	const char *name, *usage, *what;
	int (*run)(const struct options *options);
	const char *known[12];
};

/* The tables' owner's connection, with the statements of pulsectl. */
struct db *admin_db(void);
/* Run one of them with text parameters up to a NULL; ends the program when it
 * fails. */
PGresult *ask(struct db *db, const char *statement, ...)
	__attribute__((sentinel));
/* The id of an organisation's slug; ends the program if there is none. */
int64_t find_org(struct db *db, const char *slug);

int run_migrate(const struct options *options);
int run_create_org(const struct options *options);
int run_create_user(const struct options *options);
int run_set_password(const struct options *options);
int run_jobs(const struct options *options);
int run_erase_person(const struct options *options);
int run_letters(const struct options *options);
int run_create_team(const struct options *options);
int run_join_team(const struct options *options);
int run_connect(const struct options *options);
int run_create_door(const struct options *options);
int run_broker_keys(const struct options *options);
int run_set_role(const struct options *options);
int run_set_plan(const struct options *options);
int run_rotate_secret(const struct options *options);
int run_rotate_key(const struct options *options);
int run_setup(const struct options *options);
int run_doctor(const struct options *options);
int run_make_secrets(const struct options *options);
int run_import_git(const struct options *options);
int run_simulate(const struct options *options);

#endif
