/*
 * letters.c - any bytes as what a letter tells, as names in its headers, and
 * as a form body.
 */
#include "base.h"

#include "letters.h"
#include "mime.h"
#include "web.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
write_one(const char *text)
{
	const char *problem;
	struct letter letter;
	struct text out = { 0 };

	if (letter_write(&letter, "invitation", text, text, text, &problem)) {
		struct message message = {
			text, "a@b", "c@d", letter.subject.data, "id", 0,
			letter.text.data, letter.html.data
		};

		mime_write(&out, &message);
		/* Whatever was in it: lines end as we end them. */
		for (const char *p = out.data; (p = strchr(p, '\n')); p++)
			if (p[-1] != '\r')
				__builtin_trap();
	}
	letter_release(&letter);
	text_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = xmalloc(len + 1), *clean = xmalloc(3 * len + 1);
	struct request *req = xcalloc(1, sizeof(*req));
	char *name, *address;

	memcpy(text, bytes, len);
	text[len] = '\0';
	text_clean(clean, text, len, 3 * len);
	write_one(clean);
	if (mailbox_split(text, &name, &address)) {
		free(name);
		free(address);
	}
	req->body = text;
	form_value(req, "client_id");
	is_token_scopes->test(clean);
	is_user_code->test(clean);
	is_path->test(clean);
	is_session->test(clean);
	is_title->test(clean);
	arena_release(&req->arena);
	free(req);
	free(clean);
	free(text);
	return 0;
}
