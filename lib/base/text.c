/*
 * text.c - text that grows, and text that comes from outside.
 */
#include "text.h"

void
text_reserve(struct text *text, size_t more)
{
	size_t need = text->len + more + 1;
	size_t size = text->size ? text->size : 128;

	if (need <= text->size)
		return;
	while (size < need)
		size *= 2;
	text->data = xrealloc(text->data, size);
	text->size = size;
}

void
text_add_bytes(struct text *text, const char *bytes, size_t len)
{
	text_reserve(text, len);
	memcpy(text->data + text->len, bytes, len);
	text->len += len;
	text->data[text->len] = '\0';
}

void
text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void
text_addf(struct text *text, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text_reserve(text, (size_t)len);
	va_start(args, format);
	vsnprintf(text->data + text->len, (size_t)len + 1, format, args);
	va_end(args);
	text->len += (size_t)len;
}

void
text_add_json_bytes(struct text *text, const char *bytes, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t done = 0;

	text_add_bytes(text, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];
		char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		text_add_bytes(text, bytes + done, i - done);
		done = i + 1;
		if (c == '"' || c == '\\')
			text_add_bytes(text, (char[]){ '\\', (char)c }, 2);
		else if (c == '\n')
			text_add_bytes(text, "\\n", 2);
		else
			text_add_bytes(text, escape, sizeof(escape));
	}
	text_add_bytes(text, bytes + done, len - done);
	text_add_bytes(text, "\"", 1);
}

void
text_add_json(struct text *text, const char *string)
{
	if (string)
		text_add_json_bytes(text, string, strlen(string));
	else
		text_add_bytes(text, "null", 4);
}

void
text_clear(struct text *text)
{
	text->len = 0;
	if (text->data)
		text->data[0] = '\0';
}

void
text_release(struct text *text)
{
	free(text->data);
	*text = (struct text){ 0 };
}

/* The second byte decides what is well formed; table 3-7 of Unicode 15. */
static bool
second_byte_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0: return second >= 0xa0 && second <= 0xbf;
	case 0xed: return second >= 0x80 && second <= 0x9f;
	case 0xf0: return second >= 0x90 && second <= 0xbf;
	case 0xf4: return second >= 0x80 && second <= 0x8f;
	default: return (second & 0xc0) == 0x80;
	}
}

size_t
text_character(const unsigned char *p, size_t left, size_t *bad)
{
	size_t len = *p < 0x80 ? 1
		: *p >= 0xc2 && *p <= 0xdf ? 2
		: (*p & 0xf0) == 0xe0 ? 3
		: *p >= 0xf0 && *p <= 0xf4 ? 4 : 0;

	*bad = 1;
	if (len < 2)
		return len;
	if (left < 2 || !second_byte_fits(*p, p[1]))
		return 0;
	for (size_t i = 2; i < len; i++) {
		*bad = i;
		if (i >= left || (p[i] & 0xc0) != 0x80)
			return 0;
	}
	return len;
}

size_t
text_encode(char *to, uint32_t code)
{
	unsigned char *p = (unsigned char *)to;

	if (code < 0x80) {
		p[0] = (unsigned char)code;
		return 1;
	}
	if (code < 0x800) {
		p[0] = (unsigned char)(0xc0 | code >> 6);
		p[1] = (unsigned char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		p[0] = (unsigned char)(0xe0 | code >> 12);
		p[1] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
		p[2] = (unsigned char)(0x80 | (code & 0x3f));
		return 3;
	}
	p[0] = (unsigned char)(0xf0 | code >> 18);
	p[1] = (unsigned char)(0x80 | (code >> 12 & 0x3f));
	p[2] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
	p[3] = (unsigned char)(0x80 | (code & 0x3f));
	return 4;
}

size_t
text_clean(char *to, const char *from, size_t len, size_t max)
{
	const unsigned char *p = (const unsigned char *)from;
	size_t out = 0;

	while (len) {
		size_t bad, n = text_character(p, len, &bad);
		const char *put = n ? (const char *)p : "\xef\xbf\xbd";
		size_t width = n ? n : 3, step = n ? n : bad;

		if (n == 1 && *p == '\0')
			width = 0;
		if (out + width > max)
			break;
		memcpy(to + out, put, width);
		out += width;
		p += step;
		len -= step;
	}
	to[out] = '\0';
	return out;
}

size_t
text_cut(const char *string, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max && ((unsigned char)string[max] & 0xc0) == 0x80)
		max--;
	return max;
}

bool
text_to_int(const char *string, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long number;

	if (!isdigit((unsigned char)string[*string == '-']))
		return false;
	errno = 0;
	number = strtoll(string, &end, 10);
	if (errno || *end || number < min || number > max)
		return false;
	*out = number;
	return true;
}

char *
text_lower(char *string)
{
	for (char *p = string; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return string;
}
