/*
 * json_flow.c - a JSON document in pieces, as they come.
 */
#include "json_flow.h"

#include "text.h"

/* What may come next. */
enum { BEGIN, VALUE, FIRST_ITEM, FIRST_KEY, KEY, COLON, NEXT, DONE };
/* What has begun. */
enum { NO_TOKEN, STRING, NAME, NUMBER, WORD };

static bool
fail(struct json_flow *f, const char *problem)
{
	f->problem = problem;
	return false;
}

static bool
tell(struct json_flow *f, enum flow_event event)
{
	f->text[f->len] = '\0';
	return f->take(f->data, event, f->text, f->len);
}

static void
keep(struct json_flow *f, const char *bytes, size_t len)
{
	size_t room = f->len < FLOW_TEXT_MAX ? FLOW_TEXT_MAX - f->len : 0;

	len = len < room ? len : room;
	memcpy(f->text + f->len, bytes, len);
	f->len += len;
}

static void
keep_code(struct json_flow *f, uint32_t code)
{
	char bytes[4];

	if (f->high && code >= 0xdc00 && code < 0xe000) {
		code = 0x10000 + ((f->high - 0xd800) << 10) + (code - 0xdc00);
		f->high = 0;
	} else if (code >= 0xd800 && code < 0xdc00) {
		f->high = code;
		return;
	}
	if (code >= 0xd800 && code < 0xe000)
		code = 0xfffd;
	f->high = 0;
	keep(f, bytes, text_encode(bytes, code));
}

static bool
push(struct json_flow *f, bool object)
{
	if (f->depth == FLOW_DEPTH_MAX)
		return fail(f, "more than 64 levels within one another");
	f->objects &= ~(UINT64_C(1) << f->depth);
	f->objects |= (uint64_t)object << f->depth++;
	f->state = object ? FIRST_KEY : FIRST_ITEM;
	f->len = 0;
	return tell(f, object ? FLOW_OBJECT : FLOW_ARRAY);
}

static bool
in_object(const struct json_flow *f)
{
	return f->objects >> (f->depth - 1) & 1;
}

static bool
pop(struct json_flow *f, char c)
{
	if ((c == '}') != in_object(f))
		return fail(f, "a bracket that does not fit");
	f->len = 0;
	if (!tell(f, FLOW_END))
		return false;
	f->state = --f->depth ? NEXT : DONE;
	return true;
}

static bool
begin_value(struct json_flow *f, char c)
{
	f->len = 0;
	if (c == '{' || c == '[')
		return push(f, c == '{');
	if (c == '"')
		f->token = STRING;
	else if (c == '-' || isdigit((unsigned char)c))
		f->token = NUMBER;
	else if (c == 't' || c == 'f' || c == 'n')
		f->token = WORD;
	else
		return fail(f, "a byte that begins no value");
	if (c != '"')
		keep(f, &c, 1);
	return true;
}

/* A byte outside of strings, numbers and words. */
static bool
take_byte(struct json_flow *f, char c)
{
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		return true;
	switch (f->state) {
	case BEGIN:
		return c == '{' ? push(f, true)
				: fail(f, "it does not begin with {");
	case FIRST_ITEM:
		if (c == ']')
			return pop(f, c);
		return begin_value(f, c);
	case VALUE:
		return begin_value(f, c);
	case FIRST_KEY:
		if (c == '}')
			return pop(f, c);
		/* fall through */
	case KEY:
		if (c != '"')
			return fail(f, "a byte where a name must begin");
		f->token = NAME;
		f->len = 0;
		return true;
	case COLON:
		if (c != ':')
			return fail(f, "a name without a colon behind it");
		f->state = VALUE;
		return true;
	case NEXT:
		if (c == ',') {
			f->state = in_object(f) ? KEY : VALUE;
			return true;
		}
		if (c == '}' || c == ']')
			return pop(f, c);
		return fail(f, "a value without a comma or bracket behind it");
	default:
		return fail(f, "something behind its end");
	}
}

static bool
end_string(struct json_flow *f)
{
	enum flow_event event = f->token == NAME ? FLOW_KEY : FLOW_STRING;

	if (f->high)
		keep_code(f, 0xfffd);
	f->state = f->token == NAME ? COLON : NEXT;
	f->token = NO_TOKEN;
	return tell(f, event);
}

/* A byte of an escape: after the backslash 'e', of \u so many digits. */
static bool
take_escape(struct json_flow *f, char c)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known = c ? strchr(from, c) : NULL;

	if (f->escape == 'e') {
		f->escape = c == 'u' ? 4 : 0;
		f->code = 0;
		if (c == 'u')
			return true;
		if (!known)
			return fail(f, "an escape that there is not");
		keep(f, to + (known - from), 1);
		return true;
	}
	if (!isxdigit((unsigned char)c))
		return fail(f, "an escape that is not \\u and four digits");
	f->code = f->code << 4 | (uint32_t)(isdigit((unsigned char)c)
		? c - '0' : (c | 0x20) - 'a' + 10);
	if (!--f->escape)
		keep_code(f, f->code);
	return true;
}

static bool
take_in_string(struct json_flow *f, char c)
{
	if (f->escape)
		return take_escape(f, c);
	if (c == '\\') {
		f->escape = 'e';
		return true;
	}
	if (f->high)
		keep_code(f, 0xfffd);
	if (c == '"')
		return end_string(f);
	if ((unsigned char)c < 0x20)
		return fail(f, "a control character within a string");
	keep(f, &c, 1);
	return true;
}

static bool
is_number(const char *p)
{
	p += *p == '-';
	if (!isdigit((unsigned char)*p) ||
	    (*p == '0' && isdigit((unsigned char)p[1])))
		return false;
	p += strspn(p, "0123456789");
	if (*p == '.') {
		if (!isdigit((unsigned char)*++p))
			return false;
		p += strspn(p, "0123456789");
	}
	if (*p == 'e' || *p == 'E') {
		p++;
		p += *p == '+' || *p == '-';
		if (!isdigit((unsigned char)*p))
			return false;
		p += strspn(p, "0123456789");
	}
	return !*p;
}

/* A number or word is over when a byte comes that cannot be of it. */
static bool
end_bare(struct json_flow *f)
{
	bool number = f->token == NUMBER;

	f->text[f->len] = '\0';
	f->token = NO_TOKEN;
	f->state = NEXT;
	if (number ? !is_number(f->text)
		   : strcmp(f->text, "true") && strcmp(f->text, "false") &&
		     strcmp(f->text, "null"))
		return fail(f, number ? "a number that is none" : "a word that "
			    "is not true, false or null");
	return tell(f, number ? FLOW_NUMBER : FLOW_WORD);
}

static bool
take(struct json_flow *f, char c)
{
	if (f->token == STRING || f->token == NAME)
		return take_in_string(f, c);
	if (f->token) {
		if (isalnum((unsigned char)c) || (c && strchr("+-.", c))) {
			if (f->len > 255)
				return fail(f, "a number of 256 digits");
			keep(f, &c, 1);
			return true;
		}
		if (!end_bare(f))
			return false;
	}
	return take_byte(f, c);
}

/* Plain bytes of a string in one piece: most of a document is that. */
static size_t
plain(const struct json_flow *f, const char *bytes, size_t len)
{
	size_t n = 0;

	if ((f->token != STRING && f->token != NAME) || f->escape || f->high)
		return 0;
	while (n < len && bytes[n] != '"' && bytes[n] != '\\' &&
	       (unsigned char)bytes[n] >= 0x20)
		n++;
	return n;
}

bool
flow_feed(struct json_flow *f, const char *bytes, size_t len)
{
	if (f->problem)
		return false;
	while (len) {
		size_t n = plain(f, bytes, len);

		if (n)
			keep(f, bytes, n);
		else if (!take(f, *bytes))
			return false;
		n = n ? n : 1;
		f->at += n;
		bytes += n;
		len -= n;
	}
	return true;
}

bool
flow_end(struct json_flow *f)
{
	if (f->problem)
		return false;
	return f->state == DONE || fail(f, f->state == BEGIN
		? "nothing is in it" : "it ends too early");
}
