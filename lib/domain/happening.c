/*
 * happening.c - the JSON of a line of the activity feed.
 */
#include "happening.h"

#include "text.h"

#define URL_MAX 800

/* The first line that is not empty, cut to SUMMARY_MAX bytes. */
static void
add_summary(struct text *out, const char *summary)
{
	size_t len, cut;

	summary += strspn(summary, " \t\r\n");
	len = strcspn(summary, "\r\n");
	cut = text_cut(summary, len, SUMMARY_MAX);
	text_add_json_bytes(out, summary, cut);
	if (cut < len) {
		out->len--;		/* the closing quote */
		text_add(out, "\xe2\x80\xa6\"");
	}
}

static void
add_member(struct text *out, const char *name, const char *text)
{
	if (!text)
		return;
	text_addf(out, ",\"%s\":", name);
	text_add_json(out, text);
}

/* A link that is too long to be one is left out. */
static const char *
sound(const char *url)
{
	return url && strlen(url) <= URL_MAX ? url : NULL;
}

static char *
keep(struct arena *arena, struct text *text)
{
	char *copy = arena_copy(arena, text->data, text->len);

	text_clear(text);
	return copy;
}

struct happening *
happening_render(struct arena *arena, struct happening *happening,
		 const char *id, const char *summary, const char *action,
		 const char *url, const char *avatar_url,
		 const struct detail *details)
{
	struct text out = { 0 };
	char at[TIME_TEXT];

	text_add(&out, ",\"author\":");
	text_add_json(&out, happening->author);
	text_addf(&out, ",\"timestamp\":\"%s\",\"summary\":",
		  time_format(happening->at, at));
	add_summary(&out, summary ? summary : "");
	text_add(&out, ",\"metadata\":{\"id\":");
	text_add_json(&out, id);
	text_add(&out, ",\"repoId\":");
	happening->middle = keep(arena, &out);

	add_member(&out, "action", action);
	add_member(&out, "url", sound(url));
	add_member(&out, "avatarUrl", sound(avatar_url));
	for (const struct detail *d = details; d && d->name; d++) {
		if (d->text && d->bare)
			text_addf(&out, ",\"%s\":%s", d->name, d->text);
		else
			add_member(&out, d->name, d->text);
	}
	text_add(&out, "}}");
	happening->end = keep(arena, &out);
	text_release(&out);
	return happening;
}
