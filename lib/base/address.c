/*
 * address.c - network addresses: whose a request is, and which count as one.
 */
#include "address.h"

#include <arpa/inet.h>

#include "text.h"

static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool
parse(const char *text, unsigned char bytes[16])
{
	if (inet_pton(AF_INET6, text, bytes) == 1)
		return true;
	memcpy(bytes, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, bytes + sizeof(mapped)) == 1;
}

static bool
is_ipv4(const unsigned char bytes[16])
{
	return !memcmp(bytes, mapped, sizeof(mapped));
}

static void
print(const unsigned char bytes[16], char to[ADDRESS_TEXT])
{
	if (is_ipv4(bytes))
		inet_ntop(AF_INET, bytes + sizeof(mapped), to, ADDRESS_TEXT);
	else
		inet_ntop(AF_INET6, bytes, to, ADDRESS_TEXT);
}

static bool
read_network(struct network *network, const char *word, size_t len)
{
	size_t address = len;
	char text[ADDRESS_TEXT + 8], *slash;
	int64_t bits = 128;

	if (len >= sizeof(text))
		return false;
	memcpy(text, word, len);
	text[len] = '\0';
	slash = strchr(text, '/');
	if (slash)
		address = (size_t)(slash - text);
	text[address] = '\0';
	if (!parse(text, network->bytes))
		return false;
	if (slash && (!text_to_int(slash + 1, 0, strchr(text, ':') ? 128 : 32,
				   &bits)))
		return false;
	if (slash && !strchr(text, ':'))
		bits += 96;
	network->bits = (unsigned)bits;
	return true;
}

bool
networks_read(struct networks *networks, const char *list)
{
	while (*(list += strspn(list, ", \t"))) {
		size_t len = strcspn(list, ", \t");

		networks->list = xrealloc(networks->list,
			(networks->count + 1) * sizeof(*networks->list));
		if (!read_network(networks->list + networks->count, list, len))
			return false;
		networks->count++;
		list += len;
	}
	return true;
}

static bool
is_in(const struct network *network, const unsigned char bytes[16])
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	return !memcmp(network->bytes, bytes, whole) &&
	       (!rest || !((network->bytes[whole] ^ bytes[whole]) >>
			   (8 - rest)));
}

static bool
have(const struct networks *networks, const unsigned char bytes[16])
{
	for (size_t i = 0; i < networks->count; i++)
		if (is_in(networks->list + i, bytes))
			return true;
	return false;
}

bool
networks_have(const struct networks *networks, const char *address)
{
	unsigned char bytes[16];

	return parse(address, bytes) && have(networks, bytes);
}

/* One entry of X-Forwarded-For: an address; some proxies write [address], and
 * a port behind it. */
static bool
read_entry(const char *entry, size_t len, unsigned char bytes[16])
{
	char text[ADDRESS_TEXT + 8], *end;

	while (len && strchr(" \t", entry[len - 1]))
		len--;
	while (len && strchr(" \t", *entry)) {
		entry++;
		len--;
	}
	if (!len || len >= sizeof(text))
		return false;
	memcpy(text, entry, len);
	text[len] = '\0';
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end)
			return false;
		*end = '\0';
		return parse(text + 1, bytes);
	}
	end = strchr(text, ':');
	if (end && !strchr(end + 1, ':'))
		*end = '\0';
	return parse(text, bytes);
}

void
address_client(const struct networks *proxies, const char *remote,
	       const char *forwarded, char to[ADDRESS_TEXT])
{
	size_t end = forwarded ? strlen(forwarded) : 0;
	unsigned char bytes[16];

	if (!parse(remote, bytes)) {
		snprintf(to, ADDRESS_TEXT, "%s", remote);
		return;
	}
	while (end && have(proxies, bytes)) {
		unsigned char next[16];
		size_t begin = end;

		while (begin && forwarded[begin - 1] != ',')
			begin--;
		/* A proxy's own word that cannot be read: it is the proxy. */
		if (!read_entry(forwarded + begin, end - begin, next))
			break;
		memcpy(bytes, next, sizeof(bytes));
		end = begin ? begin - 1 : 0;
	}
	print(bytes, to);
}

void
address_source(const char *address, char to[ADDRESS_TEXT])
{
	unsigned char bytes[16];

	if (!parse(address, bytes)) {
		snprintf(to, ADDRESS_TEXT, "%s", address);
		return;
	}
	if (!is_ipv4(bytes))
		memset(bytes + 8, 0, 8);
	print(bytes, to);
}
