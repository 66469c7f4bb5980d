/*
 * http.c - ask another server.
 */
#include "base.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "conf.h"
#include "http.h"
#include "log.h"

static _Thread_local CURL *handle;

/* Networks that are nobody's to be asked in our name: IANA's special-purpose
 * registries (RFC 6890), by their first bits. */
static const struct network {
	unsigned char prefix[16];
	unsigned bits;
} special_4[] = {
	{ { 0 }, 8 }, { { 10 }, 8 }, { { 100, 64 }, 10 }, { { 127 }, 8 },
	{ { 169, 254 }, 16 }, { { 172, 16 }, 12 }, { { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 }, { { 192, 88, 99 }, 24 }, { { 192, 168 }, 16 },
	{ { 198, 18 }, 15 }, { { 198, 51, 100 }, 24 }, { { 203, 0, 113 }, 24 },
	{ { 224 }, 3 },
}, public_6 = { { 0x20 }, 3 }, special_6[] = {
	{ { 0x20, 0x01, 0x00 }, 23 },		/* 2001::/23, Teredo in it */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },	/* documentation */
	{ { 0x20, 0x02 }, 16 },			/* 6to4: an IPv4 address */
	{ { 0x3f, 0xff }, 20 },			/* documentation */
};

static bool
is_in(const unsigned char *address, const struct network *network)
{
	unsigned bytes = network->bits / 8, rest = network->bits % 8;
	unsigned char mask = (unsigned char)(0xff00 >> rest);

	return !memcmp(address, network->prefix, bytes) &&
	       (!rest || !((address[bytes] ^ network->prefix[bytes]) & mask));
}

bool
address_is_public(const unsigned char *address, size_t len)
{
	static const unsigned char mapped[12] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
	};

	if (len == 16 && !memcmp(address, mapped, sizeof(mapped))) {
		address += 12;
		len = 4;
	}
	if (len == 4) {
		for (size_t i = 0; i < COUNT(special_4); i++)
			if (is_in(address, special_4 + i))
				return false;
		return true;
	}
	if (!is_in(address, &public_6))
		return false;
	for (size_t i = 0; i < COUNT(special_6); i++)
		if (is_in(address, special_6 + i))
			return false;
	return true;
}

/* What one call knows while curl is at work. */
struct asking {
	struct http_answer *answer;
	size_t max;
	bool listed;		/* the host may be in our own network */
	bool plain;		/* http: loopback only */
	bool refused;
};

static bool
is_loopback(const unsigned char *address, size_t len)
{
	static const unsigned char one[16] = { [15] = 1 };

	return len == 4 ? *address == 127 : !memcmp(address, one, 16);
}

/* The address as it is now: a name may mean another a moment later. */
static curl_socket_t
open_socket(void *argument, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct asking *asking = argument;
	const unsigned char *address;
	size_t len;

	(void)purpose;
	if (to->family == AF_INET) {
		address = (const unsigned char *)&((const struct sockaddr_in *)
			(const void *)&to->addr)->sin_addr;
		len = 4;
	} else if (to->family == AF_INET6) {
		address = (const unsigned char *)&((const struct sockaddr_in6 *)
			(const void *)&to->addr)->sin6_addr;
		len = 16;
	} else {
		return CURL_SOCKET_BAD;
	}
	if (asking->plain ? !asking->listed || !is_loopback(address, len)
	    : !asking->listed && !address_is_public(address, len)) {
		asking->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t
take_bytes(char *bytes, size_t size, size_t count, void *argument)
{
	struct asking *asking = argument;

	if (asking->answer->body.len + size * count > asking->max)
		return 0;		/* ends the call */
	text_add_bytes(&asking->answer->body, bytes, size * count);
	return size * count;
}

static size_t
take_head(char *bytes, size_t size, size_t count, void *argument)
{
	struct asking *asking = argument;

	if (asking->answer->head.len + size * count > 65536)
		return 0;
	text_add_bytes(&asking->answer->head, bytes, size * count);
	return size * count;
}

void
http_start(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		die("libcurl does not start");
}

/* Is the URL's scheme one of ours, and its host the operator's word for one
 * of his own network? False: it is no URL for us. */
static bool
look_at(const char *url, struct asking *asking)
{
	CURLU *parts = curl_url();
	char *scheme = NULL, *host = NULL;
	bool good = parts && !curl_url_set(parts, CURLUPART_URL, url, 0) &&
		    !curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) &&
		    !curl_url_get(parts, CURLUPART_HOST, &host, 0);

	if (good) {
		asking->plain = !strcmp(scheme, "http");
		good = asking->plain || !strcmp(scheme, "https");
		asking->listed = conf_lists("PRIVATE_HOSTS", host);
	}
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(parts);
	return good;
}

static struct curl_slist *
set_call(const struct http_call *call, struct asking *asking)
{
	struct curl_slist *headers = NULL;

	curl_easy_reset(handle);
	curl_easy_setopt(handle, CURLOPT_URL, call->url);
	curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, call->method);
	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(handle, CURLOPT_PROXY, "");
	curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(handle, CURLOPT_TIMEOUT,
			 (long)(call->seconds ? call->seconds : 10));
	curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, asking);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, asking);
	curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_head);
	curl_easy_setopt(handle, CURLOPT_HEADERDATA, asking);
	if (call->body) {
		curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call->body);
		curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)call->body_len);
	}
	for (size_t i = 0; call->headers && call->headers[i]; i++)
		headers = curl_slist_append(headers, call->headers[i]);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
	return headers;
}

bool
http_ask(const struct http_call *call, struct http_answer *answer)
{
	struct asking asking = {
		answer, call->max ? call->max : 1 << 20, false, false, false
	};
	struct curl_slist *headers;
	curl_off_t sent = 0;
	CURLcode code;
	long status = 0;

	memset(answer, 0, sizeof(*answer));
	if (!handle)
		handle = curl_easy_init();
	if (!handle || !look_at(call->url, &asking)) {
		snprintf(answer->problem, sizeof(answer->problem),
			 "not an http or https address");
		return false;
	}
	headers = set_call(call, &asking);
	code = curl_easy_perform(handle);
	curl_slist_free_all(headers);
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &sent);
	if (!code) {
		answer->status = (int)status;
		return true;
	}
	answer->slow = code == CURLE_OPERATION_TIMEDOUT && sent > 0;
	answer->large = code == CURLE_WRITE_ERROR;
	snprintf(answer->problem, sizeof(answer->problem), "%s",
		 asking.refused ? "its address is in a network of our own: "
		 "see PRIVATE_HOSTS" : code == CURLE_WRITE_ERROR
		 ? "the answer is too large" : curl_easy_strerror(code));
	return false;
}

void
http_release(struct http_answer *answer)
{
	text_release(&answer->body);
	text_release(&answer->head);
}

char *
http_header(const struct http_answer *answer, const char *name)
{
	const char *line = answer->head.data;
	size_t len = strlen(name);

	while (line && *line) {
		size_t end = strcspn(line, "\r\n");

		if (end > len && line[len] == ':' &&
		    !strncasecmp(line, name, len)) {
			struct text value = { 0 };

			len += 1 + strspn(line + len + 1, " \t");
			text_add_bytes(&value, line + len,
				       end > len ? end - len : 0);
			return value.data;
		}
		line += end + strspn(line + end, "\r\n");
	}
	return NULL;
}

void
http_add_field(struct text *form, const char *name, const char *value)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789-._~";

	text_addf(form, "%s%s=", form->len ? "&" : "", name);
	for (; *value; value++)
		if (strchr(plain, *value))
			text_add_bytes(form, value, 1);
		else
			text_addf(form, "%%%02X", (unsigned char)*value);
}
