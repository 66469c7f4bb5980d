/*
 * io.c - one request of FastCGI or CGI.
 */
#include "base.h"

#include <fcgiapp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
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

/*
 * libfcgi waits until all that it was asked for is there and knows no deadline.
 * So ask for one byte, with a time limit on the socket, and take what came
 * along with it.
 */
static ssize_t
read_stream(struct io *io, char *to, size_t len, int patience)
{
	FCGX_Stream *in = io->in;
	struct timeval limit = { patience / 1000, patience % 1000 * 1000 };
	int first, more;

	if (in->rdNext == in->stop)
		setsockopt(io->fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
			   sizeof(limit));
	first = FCGX_GetChar(in);
	if (first < 0)
		return FCGX_GetError(in) == EAGAIN ? -1 : 0;
	*to = (char)first;
	more = (int)(in->stop - in->rdNext);
	if ((size_t)more > len - 1)
		more = (int)len - 1;
	return 1 + (more ? FCGX_GetStr(to + 1, more, in) : 0);
}

ssize_t
io_read(struct io *io, char *to, size_t len, int patience)
{
	struct pollfd ready = { .fd = io->fd, .events = POLLIN };
	ssize_t got;

	if (io->in)
		return read_stream(io, to, len, patience);
	if (!poll(&ready, 1, patience))
		return -1;
	do
		got = read(io->fd, to, len);
	while (got < 0 && errno == EINTR);
	return got > 0 ? got : 0;
}

bool
io_write(struct io *io, const char *bytes, size_t len)
{
	while (len) {
		ssize_t put;

		if (io->out)
			return FCGX_PutStr(bytes, (int)len, io->out) >= 0;
		put = write(STDOUT_FILENO, bytes, len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		bytes += put;
		len -= (size_t)put;
	}
	return true;
}
