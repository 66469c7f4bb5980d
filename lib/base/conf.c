/*
 * conf.c - the configuration.
 */
#include "conf.h"

#include <unistd.h>

#include "log.h"
#include "text.h"

#define DEFAULT_FILE "/etc/pulse/pulse.conf"

static struct setting {
	const char *name, *value;
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
keep_setting(const char *name, const char *value)
{
	settings = xrealloc(settings, (setting_count + 1) * sizeof(*settings));
	settings[setting_count].name = xstrdup(name);
	settings[setting_count++].value = xstrdup(value);
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
	keep_setting(trim(name), unquote(trim(equals + 1)));
}

#ifdef RELOCATABLE
/*
 * The folder of a relocatable build, seen from a program: bin/ lies in it, and
 * cgi-bin/pulse/ in a web root that lies beside it or a few folders deeper.
 * (configure.ac has the libraries found in the same places.)
 */
static const char *const places[] = {
	"..", "../../../pulse", "../../../../pulse", "../../../../../pulse"
};

static const struct setting defaults[] = {
	{ "DISK_PATH", "" }, { "OPENAPI_FILE", "/share/openapi.json" },
	{ "PULSE_SQL_DIR", "/share/sql" }, { "PULSE_STATE_DIR", "/state" },
};

static bool
find_folder(char to[PATH_MAX])
{
	char self[PATH_MAX / 2], share[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		return false;
	self[len] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < COUNT(places); i++) {
		snprintf(share, sizeof(share), "%s/%s/share/sql", self,
			 places[i]);
		if (!access(share, F_OK) && realpath(share, to)) {
			to[strlen(to) - strlen("/share/sql")] = '\0';
			return true;
		}
	}
	return false;
}

/* Its settings go before those of the file, which may say otherwise. */
static const char *
relocate(void)
{
	static char file[PATH_MAX + 16];
	char folder[PATH_MAX], path[PATH_MAX + 64];

	if (!find_folder(folder))
		return DEFAULT_FILE;
	for (size_t i = 0; i < COUNT(defaults); i++) {
		snprintf(path, sizeof(path), "%s%s", folder,
			 defaults[i].value);
		keep_setting(defaults[i].name, path);
	}
	snprintf(file, sizeof(file), "%s/pulse.conf", folder);
	return file;
}
#else
static const char *
relocate(void)
{
	return DEFAULT_FILE;
}
#endif

void
conf_load(void)
{
	const char *named = getenv("PULSE_CONF");
	const char *path;
	FILE *file;
	char *line = NULL;
	size_t size = 0;

	if (settings)
		return;
	path = relocate();
	if (named && *named)
		path = named;
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
