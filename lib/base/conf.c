/*
 * conf.c - the configuration.
 */
#include "conf.h"

#include "log.h"
#include "text.h"

#define DEFAULT_FILE "/etc/pulse/pulse.conf"

static struct setting {
	char *name, *value;
} *settings;
static size_t setting_count;

static char *
trim(char *string)
{
	size_t len;

	string += strspn(string, " \t");
	len = strlen(string);
	while (len && strchr(" \t\r\n", string[len - 1]))
		string[--len] = '\0';
	return string;
}

static char *
unquote(char *value)
{
	size_t len = strlen(value);

	if (len >= 2 && *value == '"' && value[len - 1] == '"') {
		value[len - 1] = '\0';
		value++;
	}
	return value;
}

static void
read_line(char *line, const char *path, int number)
{
	char *name = trim(line), *equals = strchr(name, '=');

	if (!*name || *name == '#')
		return;
	if (!equals)
		die("%s:%d: not of the form KEY=value", path, number);
	*equals = '\0';
	settings = xrealloc(settings, (setting_count + 1) * sizeof(*settings));
	settings[setting_count].name = xstrdup(trim(name));
	settings[setting_count++].value =
		xstrdup(unquote(trim(equals + 1)));
}

void
conf_load(void)
{
	const char *named = getenv("PULSE_CONF");
	const char *path = named && *named ? named : DEFAULT_FILE;
	FILE *file;
	char *line = NULL;
	size_t size = 0;

	if (settings)
		return;
	file = fopen(path, "re");
	if (!file && named && *named)
		die("cannot read %s: %s", path, strerror(errno));
	if (!file)
		return;
	for (int number = 1; getline(&line, &size, file) >= 0; number++)
		read_line(line, path, number);
	free(line);
	fclose(file);
	log_settings(conf_get("LOG_LEVEL"), conf_get("LOG_TO"));
}

const char *
conf_get(const char *name)
{
	const char *value = getenv(name);

	/* The last line of the file counts, as in a shell. */
	for (size_t i = setting_count; !value && i--; )
		if (!strcmp(settings[i].name, name))
			value = settings[i].value;
	return value && *value ? value : NULL;
}

const char *
conf_or(const char *name, const char *fallback)
{
	const char *value = conf_get(name);

	return value ? value : fallback;
}

int64_t
conf_int(const char *name, int64_t fallback, int64_t min, int64_t max)
{
	const char *value = conf_get(name);
	int64_t number = fallback;

	if (value && !text_to_int(value, min, max, &number))
		die("%s is \"%s\", not a whole number from %" PRId64
		    " to %" PRId64, name, value, min, max);
	return number;
}

bool
conf_flag(const char *name, bool fallback)
{
	const char *value = conf_get(name);

	if (!value)
		return fallback;
	if (!strcmp(value, "yes") || !strcmp(value, "1"))
		return true;
	if (!strcmp(value, "no") || !strcmp(value, "0"))
		return false;
	die("%s is \"%s\", neither yes nor no", name, value);
}

const char *
conf_need(const char *name)
{
	const char *value = conf_get(name);

	if (!value)
		die("%s is not set (environment, PULSE_CONF or "
		    DEFAULT_FILE ")", name);
	return value;
}

const char *
conf_secret(const char *name, size_t min)
{
	const char *value = conf_need(name);

	if (strlen(value) < min)
		die("%s is too weak: %zu characters at the least", name, min);
	return value;
}

bool
conf_lists(const char *name, const char *item)
{
	const char *p = conf_or(name, "");
	size_t len = strlen(item);

	while (*p) {
		size_t word = strcspn(p, ", \t");

		if (word && word == len && !memcmp(p, item, len))
			return true;
		p += word;
		p += strspn(p, ", \t");
	}
	return false;
}
