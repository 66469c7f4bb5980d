/*
 * bridge.h - what the parts of pulse-bridge share: bridge.c is the loop,
 * broker.c speaks MQTT, tell.c knows what the plugin must hear.
 */
#ifndef PULSE_BRIDGE_H
#define PULSE_BRIDGE_H

#include "base.h"
#include "db.h"
#include "text.h"

struct mosquitto;

struct ack {
	int mid;
	int64_t pos;
	bool done;
};

struct bridge {
	struct db *db;
	struct mosquitto *broker;
	int wake;			/* datagrams: something was committed */
	bool active;			/* holds the lock */
	bool up;			/* the broker has accepted us */
	bool told;			/* the plugin knows everything */
	int64_t sent, acked, marked;	/* room_event.pos */
	struct ack *acks;		/* sent, in order of pos */
	size_t ack_count, ack_size;
	size_t in_flight;
	unsigned rounds;
	int64_t generation;
	int64_t sweep_until;		/* reading what is retained, to clear it */
	struct text payload;
};

/* bridge.c */
PGresult *bridge_ask(struct bridge *bridge, const char *statement,
		     const char *a, const char *b);

/* broker.c */
void broker_init(struct bridge *bridge);
void broker_release(struct bridge *bridge);
void broker_connect(struct bridge *bridge);
int broker_socket(const struct bridge *bridge);
bool broker_wants_write(const struct bridge *bridge);
/* Read, write and keep alive; notices when the connection is lost. */
void broker_io(struct bridge *bridge, bool readable, bool writable);
/* Wait up to a second for what is in flight. */
void broker_finish(struct bridge *bridge);
void broker_publish(struct bridge *bridge, const char *topic,
		    const char *payload, size_t len, int qos, bool retain,
		    int64_t pos);
/* Subscribe to everything retained for a moment, to clear what the database
 * does not know. */
void broker_sweep(struct bridge *bridge);
void acks_skip(struct bridge *bridge, int64_t pos);
void acks_forget(struct bridge *bridge);

/* tell.c */
void publish_message(struct bridge *bridge, int64_t org, const char *room,
		     const char *stream, const char *seq, const char *payload,
		     bool event, int64_t pos);
void tell_plugin(struct bridge *bridge, int64_t org, const char *what);
void tell_everything(struct bridge *bridge);
bool is_retained(struct bridge *bridge, const char *topic);

#endif
