/*
 * io.h - one request of FastCGI or CGI: its variables and its bytes.
 */
#ifndef PULSE_IO_H
#define PULSE_IO_H

#include "base.h"

#include <sys/types.h>

struct io {
	char **env;
	void *in, *out;		/* FCGX_Stream, or NULL for CGI */
	int fd;			/* where the body comes from */
};

const char *io_variable(const struct io *io, const char *name);
/* Up to len bytes of the body, what there is; 0 at its end, -1 when nothing
 * came for `patience` milliseconds (1 or more). */
ssize_t io_read(struct io *io, char *to, size_t len, int patience);
bool io_write(struct io *io, const char *bytes, size_t len);

#endif
