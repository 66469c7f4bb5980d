/*
 * reply.c - answers and refusals.
 *
 * An answer is collected and sent as a whole when the handler has returned, so
 * that a failure halfway leaves no half answer.
 */
#include "base.h"

#include "conf.h"
#include "io.h"
#include "log.h"
#include "web.h"

static const struct {
	const char *name;
	int status;
	const char *title;
} problems[] = {
#define PROBLEM(name, status, title) { #name, status, title },
#include "problems.def"
#undef PROBLEM
};

void
reply(struct request *req, int status, const char *content_type,
      const char *bytes, size_t len)
{
	text_clear(&req->out);
	text_add_bytes(&req->out, bytes, len);
	req->content_type = content_type;
	req->status = status;
	req->answered = true;
}

void
reply_out(struct request *req, int status)
{
	req->content_type = "application/json";
	req->status = status;
	req->answered = true;
}

void
reply_json(struct request *req, int status, const char *format, ...)
{
	va_list args;
	int len;

	text_clear(&req->out);
	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text_reserve(&req->out, (size_t)len);
	va_start(args, format);
	vsnprintf(req->out.data, (size_t)len + 1, format, args);
	va_end(args);
	req->out.len = (size_t)len;
	reply_out(req, status);
}

void
reply_empty(struct request *req, int status)
{
	text_clear(&req->out);
	req->content_type = NULL;
	req->status = status;
	req->answered = true;
}

void
reply_header(struct request *req, const char *name, const char *format, ...)
{
	char value[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	value[strcspn(value, "\r\n")] = '\0';
	text_addf(&req->headers, "%s: %s\r\n", name, value);
}

/* The answer without its closing brace: errors may be added. */
static void
begin_problem(struct request *req, enum problem which)
{
	char type[64];

	snprintf(type, sizeof(type), "%s", problems[which].name);
	text_lower(type);
	for (char *p = type; *p; p++)
		if (*p == '_')
			*p = '-';
	text_clear(&req->out);
	text_addf(&req->out, "{\"type\":\"/problems/%s\",\"title\":", type);
	text_add_json(&req->out, problems[which].title);
	text_addf(&req->out, ",\"status\":%d,\"requestId\":\"%s\"",
		  problems[which].status, req->id);
	req->content_type = "application/problem+json";
	req->status = problems[which].status;
	req->answered = true;
}

void
problem(struct request *req, enum problem which, const char *detail, ...)
{
	char words[1024];
	va_list args;
	size_t len;

	if (req->answered && req->status >= 400)
		return;		/* the first failure is the one told */
	begin_problem(req, which);
	if (detail) {
		va_start(args, detail);
		vsnprintf(words, sizeof(words), detail, args);
		va_end(args);
		len = text_cut(words, strlen(words), sizeof(words) - 4);
		text_add(&req->out, ",\"detail\":");
		text_add_json_bytes(&req->out, words, len);
	}
	text_add(&req->out, "}");
}

void
problem_field(struct request *req, const char *field, const char *message)
{
	bool more = req->answered && req->status == 400;

	if (req->answered && !more)
		return;
	if (!more) {
		problem(req, INVALID_INPUT, "%s %s", field, message);
		req->out.len--;		/* the closing brace */
		text_add(&req->out, ",\"errors\":[");
	} else if (req->out.len > 2 &&
		   !strcmp(req->out.data + req->out.len - 2, "]}")) {
		req->out.len -= 2;
		text_add(&req->out, ",");
	} else {
		return;		/* refused for another reason */
	}
	text_add(&req->out, "{\"field\":");
	text_add_json(&req->out, field);
	text_add(&req->out, ",\"message\":");
	text_add_json(&req->out, message);
	text_add(&req->out, "}]}");
}

void
problem_later(struct request *req, enum problem which, int64_t seconds)
{
	problem(req, which, "try again in %" PRId64 " s", seconds);
	reply_header(req, "Retry-After", "%" PRId64, seconds);
}

const char *
quoted(struct request *req, const char *string)
{
	struct text text = { 0 };
	const char *copy;

	text_add_json(&text, string);
	copy = arena_copy(&req->arena, text.data, text.len);
	text_release(&text);
	return copy;
}

const char *
cookie_secure(void)
{
	return !strncmp(conf_or("FRONTEND_URL", ""), "https:", 6) ? "; Secure"
								  : "";
}
