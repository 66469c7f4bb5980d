/*
 * smtp.h - send a letter, over libcurl.
 *
 * SMTP_URL is smtp://[user:password@]host[:port] or smtps://…. To any other
 * host than loopback smtp:// is encrypted by STARTTLS, or nothing is sent.
 */
#ifndef PULSE_SMTP_H
#define PULSE_SMTP_H

#include "base.h"

enum smtp_outcome {
	SMTP_SENT,
	SMTP_LATER,		/* no connection, or refused for now */
	SMTP_NEVER		/* refused for good: the address, the letter */
};

#define SMTP_WORDS 256

/* NULL: the URL is none of those; *problem says what is wrong with it. The
 * connection is made with the first letter and stays for the next. */
struct smtp *smtp_open(const char *url, const char **problem);
void smtp_close(struct smtp *smtp);

/* Send bytes that are a whole message. `words` gets the server's, or what went
 * wrong; never a password. */
enum smtp_outcome smtp_send(struct smtp *smtp, const char *from,
			    const char *to, const char *bytes, size_t len,
			    char words[SMTP_WORDS]);

#endif
