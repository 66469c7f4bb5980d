/*
 * mime.c - a letter as it goes over the wire.
 */
#include "base.h"

#include "clock.h"
#include "mime.h"

/* In no quoted-printable text: there two digits follow an equals sign. */
#define BOUNDARY "=_pulse"
#define LINE 76

static void
add_base64(struct text *to, const unsigned char *p, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		unsigned held = (unsigned)p[i] << 16 |
			(left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
			(left > 2 ? p[i + 2] : 0);
		char four[4] = {
			digits[held >> 18], digits[held >> 12 & 63],
			left > 1 ? digits[held >> 6 & 63] : '=',
			left > 2 ? digits[held & 63] : '='
		};

		text_add_bytes(to, four, 4);
	}
}

/* Short, printable ASCII, and not like an encoded word? */
static bool
is_plain(const char *words)
{
	for (const char *p = words; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			return false;
	return strlen(words) <= 60 && !strstr(words, "=?");
}

/* Encoded words (RFC 2047) of at most 75 characters, each of whole UTF-8
 * characters, one a line. */
static void
add_encoded(struct text *to, const char *words)
{
	size_t len = strlen(words);
	const char *space = "";

	while (len) {
		size_t piece = text_cut(words, len, 42);

		if (!piece)
			piece = len < 42 ? len : 42;	/* no UTF-8 */
		text_addf(to, "%s=?UTF-8?B?", space);
		add_base64(to, (const unsigned char *)words, piece);
		text_add(to, "?=");
		words += piece;
		len -= piece;
		space = "\r\n ";
	}
}

/* A value of a header: what ends a line in it does not. */
static void
add_words(struct text *to, const char *words)
{
	char *clean = xstrdup(words);

	for (char *p = clean; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	if (is_plain(clean))
		text_add(to, clean);
	else
		add_encoded(to, clean);
	free(clean);
}

/* A name before an address: in quotes, or encoded. */
static void
add_name(struct text *to, const char *name)
{
	if (!is_plain(name)) {
		add_words(to, name);
		return;
	}
	text_add(to, "\"");
	for (; *name; name++)
		if (*name != '"' && *name != '\\')
			text_add_bytes(to, name, 1);
	text_add(to, "\"");
}

static void
add_date(struct text *to, int64_t moment)
{
	static const char names[] = "ThuFriSatSunMonTueWed";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t seconds = moment / 1000, days = seconds / 86400, year;
	unsigned month, day, rest = (unsigned)(seconds % 86400);

	civil_from_days(days, &year, &month, &day);
	text_addf(to, "Date: %.3s, %02u %.3s %04" PRId64
		  " %02u:%02u:%02u +0000\r\n", names + 3 * (days % 7), day,
		  months + 3 * (month - 1), year, rest / 3600, rest / 60 % 60,
		  rest % 60);
}

/* Quoted-printable (RFC 2045, 6.7). */
static void
add_quoted(struct text *to, const char *body)
{
	size_t column = 0;

	for (const unsigned char *p = (const unsigned char *)body; *p; p++) {
		bool blank = *p == ' ' || *p == '\t';
		bool plain = (*p > 0x20 && *p < 0x7f && *p != '=') ||
			     (blank && p[1] && p[1] != '\n');
		size_t width = plain ? 1 : 3;

		if (*p == '\r')
			continue;
		if (*p == '\n') {
			text_add(to, "\r\n");
			column = 0;
			continue;
		}
		if (column + width > LINE - 1) {
			text_add(to, "=\r\n");
			column = 0;
		}
		if (plain)
			text_add_bytes(to, (const char *)p, 1);
		else
			text_addf(to, "=%02X", *p);
		column += width;
	}
	text_add(to, "\r\n");
}

static void
add_part(struct text *to, const char *type, const char *body)
{
	text_addf(to, "--" BOUNDARY "\r\nContent-Type: %s; charset=utf-8\r\n"
		  "Content-Transfer-Encoding: quoted-printable\r\n\r\n", type);
	add_quoted(to, body);
}

void
mime_write(struct text *to, const struct message *message)
{
	const char *at = strchr(message->from, '@');

	add_date(to, message->date);
	text_add(to, "From: ");
	if (*message->from_name) {
		add_name(to, message->from_name);
		text_add(to, " ");
	}
	text_addf(to, "<%s>\r\nTo: <%s>\r\nSubject: ", message->from,
		  message->to);
	add_words(to, message->subject);
	text_addf(to, "\r\nMessage-ID: <%s%s>\r\n", message->id,
		  at ? at : "@localhost");
	text_add(to, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		 "Content-Type: multipart/alternative;\r\n"
		 " boundary=\"" BOUNDARY "\"\r\n\r\n");
	add_part(to, "text/plain", message->text);
	add_part(to, "text/html", message->html);
	text_add(to, "--" BOUNDARY "--\r\n");
}

bool
address_is_safe(const char *address)
{
	const char *at = strchr(address, '@');

	if (!at || at == address || !at[1] || strchr(at + 1, '@') ||
	    strlen(address) > 254)
		return false;
	for (const char *p = address; *p; p++)
		if (*p <= 0x20 || *p > 0x7e || strchr("<>()[],;:\\\"", *p))
			return false;
	return true;
}

static char *
cut(const char *from, size_t len)
{
	char *copy = xmalloc(len + 1);

	memcpy(copy, from, len);
	copy[len] = '\0';
	return copy;
}

bool
mailbox_split(const char *mailbox, char **name, char **address)
{
	const char *open = strchr(mailbox, '<');
	size_t len = open ? (size_t)(open - mailbox) : 0;
	const char *begin = open ? open + 1 : mailbox;
	size_t end = strcspn(begin, ">");

	if (strcmp(begin + end, open ? ">" : ""))
		return false;
	while (len && strchr(" \"", mailbox[len - 1]))
		len--;
	while (len && strchr(" \"", *mailbox)) {
		mailbox++;
		len--;
	}
	*name = cut(mailbox, len);
	*address = cut(begin, end);
	if (address_is_safe(*address))
		return true;
	free(*name);
	free(*address);
	return false;
}
