/*
 * log.c - one JSON line an event.
 */
#include "base.h"

#include <syslog.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "text.h"

static const struct {
	const char *name;
	int syslog;
} levels[] = {
	[LOG_DEBUGGING] = { "debug", LOG_DEBUG },
	[LOG_INFORM] = { "info", LOG_INFO },
	[LOG_WARN] = { "warning", LOG_WARNING },
	[LOG_FAIL] = { "error", LOG_ERR },
};

static const char *program = "pulse";
static enum log_level threshold = LOG_INFORM;
static bool to_syslog;
static _Thread_local const char *context_request, *context_org;

void
log_init(const char *name)
{
	program = name;
	log_settings(getenv("LOG_LEVEL"), getenv("LOG_TO"));
}

void
log_settings(const char *level, const char *to)
{
	for (size_t i = 0; level && i < COUNT(levels); i++)
		if (!strcmp(level, levels[i].name))
			threshold = (enum log_level)i;
	if (to)
		to_syslog = !strcmp(to, "syslog");
	if (to_syslog)
		openlog(program, LOG_PID, LOG_DAEMON);
}

const char *
log_program(void)
{
	return program;
}

bool
log_wants(enum log_level level)
{
	return level >= threshold;
}

void
log_context(const char *request_id, const char *org_id)
{
	context_request = request_id;
	context_org = org_id;
}

static void
add_pair(struct text *line, const char *name, const char *value)
{
	if (!value)
		return;
	text_add(line, ",\"");
	text_add(line, name);
	text_add(line, "\":");
	text_add_json(line, value);
}

static void
write_line(enum log_level level, struct text *line)
{
	ssize_t ignored;

	if (to_syslog) {
		syslog(levels[level].syslog, "%s", line->data);
		return;
	}
	text_add(line, "\n");
	ignored = write(STDERR_FILENO, line->data, line->len);
	(void)ignored;		/* there is nowhere left to tell */
}

static void
begin_line(struct text *line, enum log_level level, const char *message)
{
	char now[TIME_TEXT];

	text_add(line, "{\"time\":\"");
	text_add(line, time_format(time_now(), now));
	text_add(line, "\",\"level\":\"");
	text_add(line, levels[level].name);
	text_add(line, "\"");
	add_pair(line, "program", program);
	add_pair(line, "message", message);
	add_pair(line, "requestId", context_request);
	add_pair(line, "orgId", context_org);
}

void
log_line(enum log_level level, const char *message, ...)
{
	struct text line = { 0 };
	const char *name;
	va_list args;

	if (!log_wants(level))
		return;
	begin_line(&line, level, message);
	va_start(args, message);
	while ((name = va_arg(args, const char *)))
		add_pair(&line, name, va_arg(args, const char *));
	va_end(args);
	text_add(&line, "}");
	write_line(level, &line);
	text_release(&line);
}

void
die(const char *format, ...)
{
	char message[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (isatty(STDERR_FILENO))
		dprintf(STDERR_FILENO, "%s: %s\n", program, message);
	else
		log_line(LOG_FAIL, message, NULL);
	exit(1);
}
