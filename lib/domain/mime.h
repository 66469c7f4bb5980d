/*
 * mime.h - a letter as it goes over the wire: headers and two bodies of the
 * same content, as text and as HTML (RFC 5322, 2045 to 2047, multipart/
 * alternative).
 *
 * Whatever is put in, a header stays one header: control characters become
 * spaces, anything but ASCII an encoded word, long ones are folded. Bodies are
 * quoted-printable, so no line is too long and nothing in them is taken for
 * the boundary.
 */
#ifndef PULSE_MIME_H
#define PULSE_MIME_H

#include "base.h"
#include "text.h"

struct message {
	const char *from_name;		/* UTF-8, or "" */
	const char *from, *to;		/* addresses; address_is_safe() */
	const char *subject;		/* UTF-8 */
	const char *id;			/* what stands before @ in Message-ID */
	int64_t date;			/* milliseconds since 1970 */
	const char *text, *html;	/* UTF-8, lines end with \n */
};

/* Append the message; lines end with CRLF. */
void mime_write(struct text *to, const struct message *message);

/* May this stand between < and > of a header and in SMTP's RCPT TO? One @,
 * printable ASCII, nothing that an address has in quotes only. */
bool address_is_safe(const char *address);

/* "Pulse <pulse@example.org>", or the address alone, into its parts, which
 * are malloc'ed. False: it is neither. */
bool mailbox_split(const char *mailbox, char **name, char **address);

#endif
