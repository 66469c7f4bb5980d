/*
 * outbox.c - wake the bridge.
 *
 * A datagram and not NOTIFY: NOTIFY takes one lock for the whole database at
 * commit, so it would serialise the commits that it announces.
 */
#include "base.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf.h"
#include "outbox.h"

void
outbox_path(char path[108])
{
	const char *named = conf_get("BRIDGE_SOCKET");

	if (named)
		snprintf(path, 108, "%s", named);
	else
		snprintf(path, 108, "%s/bridge.sock",
			 conf_or("PULSE_STATE_DIR", "/run/pulse"));
}

void
outbox_wake(void)
{
	static _Thread_local int fd = -1;
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			    0);
	if (fd < 0)
		return;
	outbox_path(to.sun_path);
	sendto(fd, "", 1, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof(to));
}
