/*
 * auth.h - what the files of the program `auth` share.
 *
 * Each has a table of statements and one of routes; auth.c joins them.
 */
#ifndef PULSE_AUTH_H
#define PULSE_AUTH_H

#include "web.h"

#define ACCESS_SECONDS 3600
#define REFRESH_SECONDS 604800

extern const struct statement register_statements[], password_statements[],
	session_statements[], me_statements[], token_statements[],
	device_statements[], github_statements[];
extern const struct route register_routes[], password_routes[],
	session_routes[], me_routes[], token_routes[], device_routes[],
	github_routes[];

enum sign_up { SIGN_UP_OPEN, SIGN_UP_INVITED, SIGN_UP_CLOSED_ALL };
extern const char *const sign_up_words[];
enum sign_up sign_up(void);

/* Is GitHub set up here? */
bool github_is_on(void);
void github_start(void);

const char *pepper(void);

/* Refuse a page of another site: it could sign somebody in as somebody else.
 * True: answered. */
bool is_foreign(struct request *req);

/* What the browser calls itself, clean. */
const char *user_agent(struct request *req);

/* An address of the page, with a letter's token behind it if there is one. */
const char *page_link(struct request *req, const char *path,
		      const char *token);

/* The refresh cookie; with 0 seconds it is taken back. */
void set_refresh(struct request *req, const char *value, int seconds);
/* The hash of the refresh cookie that came, or false. */
bool take_refresh(struct request *req, char hash[SECRET_HASH]);

/* Fill in whom a token is for, from text. */
void take_ids(struct token *token, const char *user, const char *org,
	      const char *session);

/*
 * Answer with an access token, for a row of user id, name, e-mail,
 * organisation's id, role, session id, from column `first` on; with the cookie
 * `refresh`, unless that is NULL.
 */
void reply_login(struct request *req, const PGresult *rows, int first,
		 const char *refresh);

#endif
