/*
 * io.h - one request of FastCGI or CGI: its variables and its bytes.
 */
#ifndef PULSE_IO_H
#define PULSE_IO_H

#include "base.h"

struct io {
	char **env;
	void *in, *out;		/* FCGX_Stream, or NULL for CGI */
};

const char *io_variable(const struct io *io, const char *name);
/* Up to len bytes of the body; 0 at its end. */
size_t io_read(struct io *io, char *to, size_t len);
void io_write(struct io *io, const char *bytes, size_t len);

#endif
