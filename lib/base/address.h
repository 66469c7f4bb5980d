/*
 * address.h - network addresses: whose a request is, and which count as one.
 *
 * An IPv4 address that comes in IPv6's dress (::ffff:192.0.2.1) is the IPv4
 * address. Names are not looked up.
 */
#ifndef PULSE_ADDRESS_H
#define PULSE_ADDRESS_H

#include "base.h"

#define ADDRESS_TEXT 46

struct network {
	unsigned char bytes[16];	/* as IPv6 */
	unsigned bits;
};

struct networks {
	struct network *list;
	size_t count;
};

/* "192.0.2.10, 2001:db8::/32": addresses and networks between commas or
 * blanks. False: one of them is none. */
bool networks_read(struct networks *networks, const char *list);
bool networks_have(const struct networks *networks, const char *address);

/*
 * Who asks: the connection's address, unless that is one of our proxies; then
 * the last address of X-Forwarded-For (NULL for none) that is not. What stands
 * before it is the client's own word and is not read.
 */
void address_client(const struct networks *proxies, const char *remote,
		    const char *forwarded, char to[ADDRESS_TEXT]);

/* What a limit counts as one: an IPv4 address, the /64 of an IPv6 address, as
 * one house is given. What is no address stays as it is. */
void address_source(const char *address, char to[ADDRESS_TEXT]);

#endif
