/*
 * outbox.h - wake the bridge: there is news in the outbox.
 */
#ifndef PULSE_OUTBOX_H
#define PULSE_OUTBOX_H

#include "base.h"

/* Path of the bridge's datagram socket: BRIDGE_SOCKET, else
 * PULSE_STATE_DIR/bridge.sock. */
void outbox_path(char path[108]);

/* Send it an empty datagram after a commit. Never blocks and never fails: who
 * is not there looks for himself each second. */
void outbox_wake(void);

#endif
