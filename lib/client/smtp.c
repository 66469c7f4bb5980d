/*
 * smtp.c - send a letter.
 */
#include "base.h"

#include <curl/curl.h>

#include "conf.h"
#include "smtp.h"
#include "text.h"

struct smtp {
	CURL *curl;
	char *url;
	bool plain;		/* to loopback: no TLS */
	const char *bytes;
	size_t left;
	char said[SMTP_WORDS];	/* the server's last refusal */
};

static bool
is_loopback(const char *host)
{
	return !strcmp(host, "localhost") || !strcmp(host, "[::1]") ||
	       (!strncmp(host, "127.", 4) &&
		strspn(host, "0123456789.") == strlen(host));
}

struct smtp *
smtp_open(const char *url, const char **problem)
{
	CURLU *parts = curl_url();
	char *scheme = NULL, *host = NULL;
	struct smtp *smtp = NULL;

	*problem = "is not like smtp://host:port or smtps://host:port";
	if (parts && !curl_url_set(parts, CURLUPART_URL, url, 0) &&
	    !curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) &&
	    !curl_url_get(parts, CURLUPART_HOST, &host, 0) &&
	    (!strcmp(scheme, "smtp") || !strcmp(scheme, "smtps"))) {
		smtp = xcalloc(1, sizeof(*smtp));
		smtp->url = xstrdup(url);
		smtp->plain = !strcmp(scheme, "smtp") && is_loopback(host);
		smtp->curl = curl_easy_init();
	}
	if (smtp && !smtp->curl) {
		*problem = "cannot be used: libcurl does not start";
		smtp_close(smtp);
		smtp = NULL;
	}
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(parts);
	return smtp;
}

void
smtp_close(struct smtp *smtp)
{
	if (!smtp)
		return;
	curl_easy_cleanup(smtp->curl);
	free(smtp->url);
	free(smtp);
}

static size_t
give_bytes(char *to, size_t size, size_t count, void *argument)
{
	struct smtp *smtp = argument;
	size_t len = size * count;

	if (len > smtp->left)
		len = smtp->left;
	memcpy(to, smtp->bytes, len);
	smtp->bytes += len;
	smtp->left -= len;
	return len;
}

/* The server's lines come as headers; the last refusal is why. */
static size_t
take_line(char *line, size_t size, size_t count, void *argument)
{
	struct smtp *smtp = argument;
	size_t len = size * count;

	while (len && strchr("\r\n", line[len - 1]))
		len--;
	if (len && (*line == '4' || *line == '5'))
		text_clean(smtp->said, line, len, sizeof(smtp->said) - 1);
	return size * count;
}

static struct curl_slist *
set_up(struct smtp *smtp, const char *from, const char *to, char *why)
{
	struct curl_slist *rcpt = curl_slist_append(NULL, to);
	const char *ca = conf_get("SMTP_CA_FILE");

	curl_easy_reset(smtp->curl);
	curl_easy_setopt(smtp->curl, CURLOPT_URL, smtp->url);
	curl_easy_setopt(smtp->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(smtp->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(smtp->curl, CURLOPT_USE_SSL, (long)(smtp->plain
		? CURLUSESSL_NONE : CURLUSESSL_ALL));
	if (ca)
		curl_easy_setopt(smtp->curl, CURLOPT_CAINFO, ca);
	curl_easy_setopt(smtp->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(smtp->curl, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(smtp->curl, CURLOPT_TIMEOUT, 30L);
	curl_easy_setopt(smtp->curl, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, rcpt);
	curl_easy_setopt(smtp->curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(smtp->curl, CURLOPT_READFUNCTION, give_bytes);
	curl_easy_setopt(smtp->curl, CURLOPT_READDATA, smtp);
	curl_easy_setopt(smtp->curl, CURLOPT_HEADERFUNCTION, take_line);
	curl_easy_setopt(smtp->curl, CURLOPT_HEADERDATA, smtp);
	return rcpt;
}

enum smtp_outcome
smtp_send(struct smtp *smtp, const char *from, const char *to,
	  const char *bytes, size_t len, char words[SMTP_WORDS])
{
	char why[CURL_ERROR_SIZE] = "";
	struct curl_slist *rcpt = set_up(smtp, from, to, why);
	long status = 0;
	CURLcode code;

	smtp->bytes = bytes;
	smtp->left = len;
	*smtp->said = '\0';
	code = curl_easy_perform(smtp->curl);
	curl_easy_getinfo(smtp->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_setopt(smtp->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(rcpt);
	/* What the server said says more than what libcurl makes of it. */
	snprintf(words, SMTP_WORDS, "%s", *smtp->said
		 ? smtp->said : *why ? why : curl_easy_strerror(code));
	if (!code)
		return SMTP_SENT;
	/* MAIL, RCPT or DATA was refused for good. Before those and behind
	 * them it is the server that is not well, or our account there. */
	return code == CURLE_SEND_ERROR && status >= 500 && status < 600
		? SMTP_NEVER : SMTP_LATER;
}
