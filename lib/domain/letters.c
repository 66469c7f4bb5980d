/*
 * letters.c - what our letters say.
 */
#include "base.h"

#include "arena.h"
#include "json.h"
#include "letters.h"

#define ACCENT "#4338ca"

/* What a template may name in braces. */
struct args {
	const char *url, *name, *organisation, *inviter, *role, *by, *until,
		*reason;
};

#define FIELD(name) { #name, JSON_TEXT, offsetof(struct args, name) }
static const struct json_field args_fields[] = {
	{ "url", JSON_TEXT, offsetof(struct args, url), .max = 2000 },
	FIELD(name), FIELD(organisation), FIELD(inviter), FIELD(role),
	FIELD(by), FIELD(until), FIELD(reason),
	{ NULL }
};
#undef FIELD
static const struct json_shape args_shape = {
	args_fields, sizeof(struct args)
};

static const struct template {
	const char *name, *subject, *before, *button, *after;
} templates[] = {
	{ "verify-email", "Confirm your e-mail address",
	  "Somebody, we hope you, registered with this address{name? as }"
	  "{name}. The account is there when you open this link:",
	  "Confirm the address",
	  "The link is good for 24 hours. If it was not you, do nothing: "
	  "there will be no account." },
	{ "account-exists", "You have an account already",
	  "Somebody, we hope you, wanted to register with this address. It "
	  "has an account already. Sign in here, or have a link sent there "
	  "if you forgot the password:",
	  "Sign in",
	  "If it was not you, do nothing: nobody was told that there is an "
	  "account." },
	{ "reset-password", "Set a new password",
	  "Somebody, we hope you, forgot the password of this account. Set a "
	  "new one here:",
	  "Set a new password",
	  "The link is good for one hour, and once. If it was not you, do "
	  "nothing: the old password stays." },
	{ "password-changed", "Your password was changed",
	  "The password of your account has just been changed.", NULL,
	  "If it was not you, have a link sent to set a new one, at once, and "
	  "tell your administrator." },
	{ "invitation", "{inviter} invites you to {organisation}",
	  "{inviter} invites you to {organisation}, as {role}. Join here:",
	  "Join {organisation}",
	  "If you do not know what this is about, do nothing." },
	{ "ownership-transferred", "{organisation} is yours",
	  "{by} has made you the owner of {organisation}.", NULL,
	  "You may now do everything there, and nobody else can take that "
	  "from you." },
	{ "organisation-deleted", "{organisation} will be deleted",
	  "{organisation} has been deleted. Until {until} an owner can take "
	  "that back; then all that is in it goes for good:",
	  "Take it back", "If that is as it should be, do nothing." },
	{ "sessions-ended", "You were signed out everywhere",
	  "All your sessions were ended: {reason}.", NULL,
	  "Sign in again to go on. If you do not know why, set a new "
	  "password." },
};

static void
add_html(struct text *to, const char *words, size_t len)
{
	for (; len; words++, len--)
		switch (*words) {
		case '&': text_add(to, "&amp;"); break;
		case '<': text_add(to, "&lt;"); break;
		case '>': text_add(to, "&gt;"); break;
		case '"': text_add(to, "&quot;"); break;
		case '\'': text_add(to, "&#39;"); break;
		default: text_add_bytes(to, words, 1);
		}
}

static void
add_words(struct text *to, const char *words, size_t len, bool html)
{
	if (html)
		add_html(to, words, len);
	else
		text_add_bytes(to, words, len);
}

static const char *
find_value(const struct args *args, const char *name, size_t len)
{
	for (const struct json_field *f = args_fields; f->name; f++)
		if (!strncmp(f->name, name, len) && !f->name[len])
			return *(const char *const *)(const void *)
				((const char *)args + f->offset);
	return NULL;
}

/* What somebody calls himself, on one line: a line of his own would look like
 * ours. */
static void
add_value(struct text *to, const char *value, bool html)
{
	for (; value && *value; value++)
		add_words(to, (unsigned char)*value < 0x20 ? " " : value, 1,
			  html);
}

/* A sentence with {names} in it; {name?words} are there if the name is. */
static void
fill_in(struct text *to, const char *sentence, const struct args *args,
	bool html)
{
	while (*sentence) {
		size_t plain = strcspn(sentence, "{"), len, name;

		add_words(to, sentence, plain, html);
		sentence += plain;
		if (!*sentence)
			break;
		len = strcspn(++sentence, "}");
		name = strcspn(sentence, "?}");
		if (name == len)
			add_value(to, find_value(args, sentence, len), html);
		else if (find_value(args, sentence, name))
			add_words(to, sentence + name + 1, len - name - 1,
				  html);
		sentence += len + (sentence[len] == '}');
	}
}

static void
write_text(struct text *to, const struct template *t,
	   const struct args *args, const char *from)
{
	fill_in(to, t->before, args, false);
	if (t->button && args->url)
		text_addf(to, "\n\n%s", args->url);
	text_add(to, "\n\n");
	fill_in(to, t->after, args, false);
	text_addf(to, "\n\n-- \n%s\n", from);
}

static bool
is_colour(const char *accent)
{
	return accent && *accent == '#' && strlen(accent) == 7 &&
	       strspn(accent + 1, "0123456789abcdefABCDEF") == 6;
}

/* No picture, no font and no script from anywhere: nothing tells anybody that
 * it was read. */
static void
write_html(struct text *to, const struct template *t,
	   const struct args *args, const char *from, const char *accent)
{
	text_add(to, "<!doctype html>\n<html lang=\"en\"><head>"
		 "<meta charset=\"utf-8\"><title>");
	fill_in(to, t->subject, args, true);
	text_addf(to, "</title></head>\n<body style=\"margin:0;padding:24px;"
		  "background:#f4f5f7;font:16px/1.5 sans-serif;color:#1b1f24\">"
		  "\n<div style=\"max-width:560px;margin:0 auto;padding:24px;"
		  "background:#ffffff;border-top:4px solid %s\">\n"
		  "<p style=\"margin:0 0 16px;font-weight:bold\">", accent);
	add_html(to, from, strlen(from));
	text_add(to, "</p>\n<p>");
	fill_in(to, t->before, args, true);
	text_add(to, "</p>\n");
	if (t->button && args->url) {
		text_add(to, "<p><a href=\"");
		add_html(to, args->url, strlen(args->url));
		text_addf(to, "\" style=\"display:inline-block;padding:10px "
			  "18px;background:%s;color:#ffffff;"
			  "text-decoration:none;border-radius:4px\">", accent);
		fill_in(to, t->button, args, true);
		text_add(to, "</a></p>\n<p style=\"word-break:break-all;"
			 "font-size:13px\">");
		add_html(to, args->url, strlen(args->url));
		text_add(to, "</p>\n");
	}
	text_add(to, "<p style=\"color:#57606a\">");
	fill_in(to, t->after, args, true);
	text_add(to, "</p>\n</div>\n</body></html>\n");
}

bool
letter_write(struct letter *letter, const char *template, const char *args,
	     const char *organisation, const char *accent,
	     const char **problem)
{
	const char *from = organisation ? organisation : "Pulse";
	const struct template *t = NULL;
	struct arena arena = { 0 };
	const struct args *read;

	memset(letter, 0, sizeof(*letter));
	for (size_t i = 0; i < COUNT(templates); i++)
		if (!strcmp(templates[i].name, template))
			t = templates + i;
	if (!t) {
		*problem = "no letter has this name";
		return false;
	}
	read = json_read(args, strlen(args), &args_shape, &arena, problem);
	if (read) {
		fill_in(&letter->subject, t->subject, read, false);
		write_text(&letter->text, t, read, from);
		write_html(&letter->html, t, read, from,
			   is_colour(accent) ? accent : ACCENT);
	} else {
		*problem = "what it should say is no JSON object";
	}
	arena_release(&arena);
	return read != NULL;
}

void
letter_release(struct letter *letter)
{
	text_release(&letter->subject);
	text_release(&letter->text);
	text_release(&letter->html);
}
