/*
 * broker.c - pulse-bridge's side of MQTT, over libmosquitto without a thread.
 */
#include "base.h"

#include <mosquitto.h>
#include <poll.h>

#include "bridge.h"
#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "log.h"
#include "shared.h"
#include "token.h"

#define SWEEP INT64_C(2000000)

static unsigned char key[KEY_SIZE];

/* The lowest sent position that is not acknowledged yet bounds the mark. */
static void
advance(struct bridge *bridge)
{
	size_t done = 0;

	while (done < bridge->ack_count && bridge->acks[done].done)
		bridge->acked = bridge->acks[done++].pos;
	if (!done)
		return;
	bridge->ack_count -= done;
	memmove(bridge->acks, bridge->acks + done,
		bridge->ack_count * sizeof(*bridge->acks));
}

static void
add_ack(struct bridge *bridge, int mid, int64_t pos, bool done)
{
	if (bridge->ack_count == bridge->ack_size) {
		bridge->ack_size = bridge->ack_size ? bridge->ack_size * 2
						    : 256;
		bridge->acks = xrealloc(bridge->acks, bridge->ack_size *
					sizeof(*bridge->acks));
	}
	bridge->acks[bridge->ack_count++] = (struct ack){ mid, pos, done };
}

void
acks_skip(struct bridge *bridge, int64_t pos)
{
	add_ack(bridge, 0, pos, true);
	advance(bridge);
}

void
acks_forget(struct bridge *bridge)
{
	bridge->ack_count = 0;
	bridge->in_flight = 0;
}

static void
on_connect(struct mosquitto *broker, void *data, int code)
{
	struct bridge *bridge = data;

	(void)broker;
	if (code) {
		log_line(LOG_FAIL, "the broker refuses the bridge", "reason",
			 mosquitto_connack_string(code), NULL);
		return;
	}
	log_line(LOG_INFORM, "connected to the broker", NULL);
	bridge->up = true;
	bridge->told = false;
	/* What was not acknowledged is sent again, in order. */
	acks_forget(bridge);
	bridge->sent = bridge->acked;
}

static void
on_disconnect(struct mosquitto *broker, void *data, int code)
{
	struct bridge *bridge = data;

	(void)broker;
	if (bridge->up)
		log_line(LOG_WARN, "the broker is away", "reason",
			 mosquitto_strerror(code), NULL);
	bridge->up = false;
	acks_forget(bridge);
}

static void
on_published(struct mosquitto *broker, void *data, int mid)
{
	struct bridge *bridge = data;

	(void)broker;
	for (size_t i = 0; i < bridge->ack_count; i++)
		if (bridge->acks[i].mid == mid && !bridge->acks[i].done) {
			bridge->acks[i].done = true;
			bridge->in_flight--;
			break;
		}
	advance(bridge);
}

/* Retained messages that nobody knows any more are cleared. */
static void
on_message(struct mosquitto *broker, void *data,
	   const struct mosquitto_message *message)
{
	struct bridge *bridge = data;
	const char *last = strrchr(message->topic, '/');

	(void)broker;
	if (message->retain && message->payloadlen &&
	    last && strcmp(last, "/presence") &&
	    !is_retained(bridge, message->topic))
		broker_publish(bridge, message->topic, NULL, 0, 1, true, 0);
}

void
broker_init(struct bridge *bridge)
{
	derive_key(conf_secret("BRIDGE_KEY", 32), TOKEN_BRIDGE, key);
	mosquitto_lib_init();
	bridge->broker = mosquitto_new(NULL, true, bridge);
	if (!bridge->broker)
		die("libmosquitto: %s", strerror(errno));
	mosquitto_connect_callback_set(bridge->broker, on_connect);
	mosquitto_disconnect_callback_set(bridge->broker, on_disconnect);
	mosquitto_publish_callback_set(bridge->broker, on_published);
	mosquitto_message_callback_set(bridge->broker, on_message);
	mosquitto_max_inflight_messages_set(bridge->broker, 0);
	mosquitto_int_option(bridge->broker, MOSQ_OPT_TCP_NODELAY, 1);
}

void
broker_release(struct bridge *bridge)
{
	mosquitto_destroy(bridge->broker);
	mosquitto_lib_cleanup();
	free(bridge->acks);
	text_release(&bridge->payload);
}

/* mqtt://host:port, mqtts://host:port, or unix:/path */
static int
connect_url(struct bridge *bridge, const char *url)
{
	char host[256];
	bool tls = !strncmp(url, "mqtts://", 8);
	const char *ca = conf_get("MQTT_CA_FILE");
	int port = tls ? 8883 : 1883;

	if (!strncmp(url, "unix:", 5))
		return mosquitto_connect(bridge->broker, url + 5, 0, 30);
	if (!tls && strncmp(url, "mqtt://", 7))
		die("MQTT_URL is none of mqtt://host:port, mqtts://host:port, "
		    "unix:/path");
	url += tls ? 8 : 7;
	if (sscanf(url, *url == '[' ? "[%255[^]]]:%d" : "%255[^:/]:%d", host,
		   &port) < 1)
		die("MQTT_URL names no host");
	if (!tls && strcmp(host, "127.0.0.1") && strcmp(host, "localhost") &&
	    strcmp(host, "::1"))
		die("MQTT_URL: another host than this one wants mqtts://");
	if (tls)
		mosquitto_tls_set(bridge->broker, ca, ca ? NULL
				  : "/etc/ssl/certs", NULL, NULL, NULL);
	return mosquitto_connect(bridge->broker, host, port, 30);
}

void
broker_connect(struct bridge *bridge)
{
	struct token token = { .user = 0 };
	char *password = token_sign(key, TOKEN_BRIDGE, &token, 60);
	int code;

	mosquitto_username_pw_set(bridge->broker, "pulse-bridge", password);
	free(password);
	code = connect_url(bridge, conf_need("MQTT_URL"));
	if (code)
		log_line(LOG_WARN, "the broker does not answer", "reason",
			 code == MOSQ_ERR_ERRNO ? strerror(errno)
			 : mosquitto_strerror(code), NULL);
	for (int i = 0; !code && !bridge->up && i < 100; i++) {
		struct pollfd fd = { broker_socket(bridge), POLLIN, 0 };

		if (fd.fd < 0)
			break;
		poll(&fd, 1, 10);
		broker_io(bridge, fd.revents & POLLIN, true);
	}
}

int
broker_socket(const struct bridge *bridge)
{
	return mosquitto_socket(bridge->broker);
}

bool
broker_wants_write(const struct bridge *bridge)
{
	return mosquitto_want_write(bridge->broker);
}

void
broker_io(struct bridge *bridge, bool readable, bool writable)
{
	if (mosquitto_socket(bridge->broker) < 0)
		return;
	if (readable)
		mosquitto_loop_read(bridge->broker, 100);
	if (writable && mosquitto_want_write(bridge->broker))
		mosquitto_loop_write(bridge->broker, 1);
	mosquitto_loop_misc(bridge->broker);
	if (bridge->sweep_until && time_ticks() > bridge->sweep_until) {
		bridge->sweep_until = 0;
		mosquitto_unsubscribe(bridge->broker, NULL, "pulse/#");
	}
}

void
broker_finish(struct bridge *bridge)
{
	for (int i = 0; i < 100 && bridge->up && bridge->in_flight; i++) {
		struct pollfd fd = { broker_socket(bridge), POLLIN, 0 };

		poll(&fd, 1, 10);
		broker_io(bridge, true, true);
	}
	mosquitto_disconnect(bridge->broker);
}

void
broker_publish(struct bridge *bridge, const char *topic, const char *payload,
	       size_t len, int qos, bool retain, int64_t pos)
{
	int mid = 0, code;

	code = mosquitto_publish(bridge->broker, &mid, topic, (int)len,
				 payload, qos, retain);
	if (code && code != MOSQ_ERR_NO_CONN)
		log_line(LOG_WARN, "a message was not taken", "topic", topic,
			 "reason", mosquitto_strerror(code), NULL);
	if (!pos)
		return;
	/* A message that can never be sent must not hold the others up. */
	add_ack(bridge, mid, pos, code && code != MOSQ_ERR_NO_CONN);
	bridge->in_flight += !code || code == MOSQ_ERR_NO_CONN;
	counter_add(COUNTER_EVENTS_PUBLISHED, 1);
	advance(bridge);
}

void
broker_sweep(struct bridge *bridge)
{
	bridge->sweep_until = time_ticks() + SWEEP;
	mosquitto_subscribe(bridge->broker, NULL, "pulse/#", 0);
}
