/*
 * io.c - one request of FastCGI or CGI.
 */
#include "base.h"

#include <fcgiapp.h>
#include <unistd.h>

#include "io.h"

const char *
io_variable(const struct io *io, const char *name)
{
	size_t len = strlen(name);

	for (char **p = io->env; p && *p; p++)
		if (!strncmp(*p, name, len) && (*p)[len] == '=')
			return *p + len + 1;
	return NULL;
}

size_t
io_read(struct io *io, char *to, size_t len)
{
	ssize_t got;

	if (io->in) {
		int n = FCGX_GetStr(to, len > INT_MAX ? INT_MAX : (int)len,
				    io->in);

		return n > 0 ? (size_t)n : 0;
	}
	do
		got = read(STDIN_FILENO, to, len);
	while (got < 0 && errno == EINTR);
	return got > 0 ? (size_t)got : 0;
}

void
io_write(struct io *io, const char *bytes, size_t len)
{
	while (len) {
		ssize_t put;

		if (io->out) {
			FCGX_PutStr(bytes, (int)len, io->out);
			return;
		}
		put = write(STDOUT_FILENO, bytes, len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return;
		bytes += put;
		len -= (size_t)put;
	}
}
