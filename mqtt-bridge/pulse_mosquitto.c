/*
 * pulse_mosquitto.c - the broker's plugin: who comes in, and who hears what.
 *
 * A browser comes in with a live token as password and "<user>.<nonce>" as
 * client id (or it could steal another's session); the bridge with a token of
 * its own key. Every delivery asks again (211 ns), so that a membership or
 * session that is gone is deaf at once, and kicked within a second: never
 * inside a callback, always in the tick.
 *
 *	plugin /usr/lib/…/pulse_mosquitto.so
 *	plugin_opt_key_file /etc/pulse/broker.keys	(pulsectl broker-keys)
 *
 * The decisions are members_may()'s. Wants per_listener_settings false: the
 * tick does not fire with true.
 */
#include "base.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include "clock.h"
#include "members.h"
#include "token.h"

#define BRIDGE_NAME "pulse-bridge"
#define FILTERS_MAX 500		/* of one client */

struct client {
	struct client *next;
	const struct mosquitto *mosquitto;
	char id[64];
	bool bridge, kick;
	struct identity who;
};

static mosquitto_plugin_id_t *plugin;
static char key_file[PATH_MAX];
static unsigned char live_key[KEY_SIZE], bridge_key[KEY_SIZE];
static struct members *members;
/* By the broker's pointer: looked up for every delivery. */
#define BUCKETS 1024
static struct client *clients[BUCKETS];
static int64_t last_tick;

static int64_t
seconds(void)
{
	return time_now() / 1000;
}

static struct client **
bucket(const struct mosquitto *mosquitto)
{
	return clients + ((uintptr_t)mosquitto >> 6) % BUCKETS;
}

static struct client *
find_client(const struct mosquitto *mosquitto)
{
	for (struct client *c = *bucket(mosquitto); c; c = c->next)
		if (c->mosquitto == mosquitto)
			return c;
	return NULL;
}

static void
drop_client(const struct mosquitto *mosquitto)
{
	for (struct client **at = bucket(mosquitto); *at; at = &(*at)->next)
		if ((*at)->mosquitto == mosquitto) {
			struct client *gone = *at;

			*at = gone->next;
			free(gone);
			return;
		}
}

/* The next client of all, after one or from the beginning; NULL: no more. */
static struct client *
each_client(struct client *after)
{
	size_t i = after ? (size_t)(bucket(after->mosquitto) - clients) + 1 : 0;

	if (after && after->next)
		return after->next;
	for (; i < BUCKETS; i++)
		if (clients[i])
			return clients[i];
	return NULL;
}

static bool
read_keys(void)
{
	FILE *file = fopen(key_file, "re");
	char name[16], digits[2 * KEY_SIZE + 2];
	int found = 0;

	if (!file)
		return false;
	while (fscanf(file, "%15s %65s", name, digits) == 2) {
		if (strlen(digits) != 2 * KEY_SIZE)
			continue;
		if (!strcmp(name, "live"))
			found += hex_decode(live_key, digits, KEY_SIZE);
		if (!strcmp(name, "bridge"))
			found += hex_decode(bridge_key, digits, KEY_SIZE);
	}
	fclose(file);
	return found == 2;
}

/* How many connections a user has, to his own room. */
static void
tell_presence(const struct identity *who)
{
	char topic[TOPIC_MAX], room[32], payload[256];
	int count = 0, len;

	for (struct client *c = each_client(NULL); c; c = each_client(c))
		count += !c->bridge && !c->kick && c->who.org == who->org &&
			 c->who.user == who->user;
	snprintf(room, sizeof(room), "user:%" PRId64, who->user);
	if (!topic_of_room(who->org, room, "presence", topic))
		return;
	len = snprintf(payload, sizeof(payload), "{\"type\":\"presence\","
		       "\"room\":\"%s\",\"data\":{\"connections\":%d},"
		       "\"until\":null}", room, count);
	mosquitto_broker_publish_copy(NULL, topic, count ? len : 0,
				      count ? payload : NULL, 1, true, NULL);
}

/* The client id must be the token's user and a nonce. */
static bool
id_fits(const char *id, int64_t user)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "%" PRId64 ".", user);
	return id && strlen(id) < sizeof(((struct client *)0)->id) &&
	       !strncmp(id, prefix, strlen(prefix)) && id[strlen(prefix)];
}

static bool
admit(const struct mosquitto *mosquitto, const char *username,
      const char *password, struct client *client)
{
	const char *id = mosquitto_client_id(mosquitto);
	struct token token;

	if (!password || !id)
		return false;
	snprintf(client->id, sizeof(client->id), "%s", id);
	client->mosquitto = mosquitto;
	if (username && !strcmp(username, BRIDGE_NAME)) {
		client->bridge = true;
		return token_check(bridge_key, TOKEN_BRIDGE, password, &token);
	}
	if (!members_ready(members) ||
	    !token_check(live_key, TOKEN_LIVE, password, &token) ||
	    !id_fits(id, token.user))
		return false;
	client->who.user = token.user;
	client->who.org = token.org;
	client->who.session_ends = token.session_ends;
	memcpy(client->who.session, token.session,
	       sizeof(client->who.session));
	return !members_ended(members, &client->who, seconds());
}

static int
on_auth(int event, void *data, void *unused)
{
	struct mosquitto_evt_basic_auth *auth = data;
	struct client *client = xcalloc(1, sizeof(*client));

	(void)event;
	(void)unused;
	if (!admit(auth->client, auth->username, auth->password, client)) {
		free(client);
		return MOSQ_ERR_AUTH;
	}
	drop_client(auth->client);
	client->next = *bucket(auth->client);
	*bucket(auth->client) = client;
	if (!client->bridge)
		tell_presence(&client->who);
	return MOSQ_ERR_SUCCESS;
}

static bool
bridge_may(int access, const char *topic)
{
	if (access == MOSQ_ACL_WRITE)
		return !strncmp(topic, "pulse/", 6) ||
		       !strcmp(topic, CONTROL_TOPIC);
	/* Reads what is retained, to clear what nobody knows any more. */
	return !strncmp(topic, "pulse/", 6);
}

static int
on_acl(int event, void *data, void *unused)
{
	struct mosquitto_evt_acl_check *check = data;
	struct client *client = find_client(check->client);
	bool may = false;

	(void)event;
	(void)unused;
	if (!client)
		return MOSQ_ERR_ACL_DENIED;
	if (client->bridge)
		may = bridge_may(check->access, check->topic);
	else if (check->access == MOSQ_ACL_READ)
		may = members_may(members, &client->who, check->topic,
				  MAY_READ, seconds());
	else if (check->access == MOSQ_ACL_SUBSCRIBE)
		may = mosquitto_client_sub_count(check->client) <
			FILTERS_MAX &&
		      members_may(members, &client->who, check->topic,
				  MAY_SUBSCRIBE, seconds());
	else
		may = check->access == MOSQ_ACL_UNSUBSCRIBE;
	return may ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
}

/*
 * Whoever a change concerns is kicked in the next tick, and comes back with the
 * rooms that he has now; what he may hear until then is what he has now, too.
 * A whole generation is no change: it kicks only those who are no members any
 * more.
 */
static void
kick_concerned(const char *line)
{
	bool end = !strncmp(line, "END ", 4);
	long long org, id;

	if (members_building(members) ||
	    (!end && sscanf(line, "%*c %lld %lld", &org, &id) != 2))
		return;
	for (struct client *c = each_client(NULL); c; c = each_client(c)) {
		if (c->bridge)
			continue;
		if (end)
			c->kick |= !members_has(members, &c->who);
		else if (*line == 'U')
			c->kick |= c->who.org == org && c->who.user == id;
		else if (*line == 'T')
			c->kick |= c->who.org == org &&
				   members_in_team(members, &c->who, id);
	}
}

/* Lines of the bridge. */
static int
on_control(int event, void *data, void *unused)
{
	struct mosquitto_evt_control *control = data;
	struct client *from = find_client(control->client);
	char *text, *line, *next;

	(void)event;
	(void)unused;
	if (!from || !from->bridge)
		return MOSQ_ERR_ACL_DENIED;
	text = xmalloc(control->payloadlen + 1);
	memcpy(text, control->payload, control->payloadlen);
	text[control->payloadlen] = '\0';
	for (line = text; *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (members_take(members, line, seconds()))
			kick_concerned(line);
		else
			mosquitto_log_printf(MOSQ_LOG_WARNING,
				"pulse: a line is not understood");
	}
	free(text);
	return MOSQ_ERR_SUCCESS;
}

static int
on_disconnect(int event, void *data, void *unused)
{
	struct mosquitto_evt_disconnect *gone = data;
	struct client *client = find_client(gone->client);
	struct identity who;
	bool person = client && !client->bridge;

	(void)event;
	(void)unused;
	if (person)
		who = client->who;
	drop_client(gone->client);
	if (person)
		tell_presence(&who);
	return MOSQ_ERR_SUCCESS;
}

/* Kicks whom it must. Each kick calls on_disconnect(), which changes the
 * lists, so the walk begins anew behind it. */
static int
on_tick(int event, void *data, void *unused)
{
	int64_t now = seconds();
	struct client *c;

	(void)event;
	(void)data;
	(void)unused;
	if (now == last_tick)
		return MOSQ_ERR_SUCCESS;
	last_tick = now;
	for (c = each_client(NULL); c; ) {
		const struct mosquitto *who = c->mosquitto;
		char id[sizeof(c->id)];

		if (c->bridge || (!c->kick &&
				  !members_ended(members, &c->who, now))) {
			c = each_client(c);
			continue;
		}
		memcpy(id, c->id, sizeof(id));
		c->kick = true;
		mosquitto_kick_client_by_clientid(id, false);
		drop_client(who);	/* if on_disconnect() has not */
		c = each_client(NULL);
	}
	return MOSQ_ERR_SUCCESS;
}

static int
on_reload(int event, void *data, void *unused)
{
	(void)event;
	(void)data;
	(void)unused;
	if (!read_keys())
		mosquitto_log_printf(MOSQ_LOG_ERR, "pulse: cannot read %s",
				     key_file);
	return MOSQ_ERR_SUCCESS;
}

int
mosquitto_plugin_version(int count, const int *versions)
{
	for (int i = 0; i < count; i++)
		if (versions[i] == 5)
			return 5;
	return -1;
}

static const struct {
	int event;
	MOSQ_FUNC_generic_callback call;
	const char *topic;
} callbacks[] = {
	{ MOSQ_EVT_BASIC_AUTH, on_auth, NULL },
	{ MOSQ_EVT_ACL_CHECK, on_acl, NULL },
	{ MOSQ_EVT_CONTROL, on_control, CONTROL_TOPIC },
	{ MOSQ_EVT_DISCONNECT, on_disconnect, NULL },
	{ MOSQ_EVT_TICK, on_tick, NULL },
	{ MOSQ_EVT_RELOAD, on_reload, NULL },
};

int
mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **data,
		      struct mosquitto_opt *options, int count)
{
	(void)data;
	plugin = id;
	for (int i = 0; i < count; i++)
		if (!strcmp(options[i].key, "key_file"))
			snprintf(key_file, sizeof(key_file), "%s",
				 options[i].value);
	if (!read_keys()) {
		mosquitto_log_printf(MOSQ_LOG_ERR, "pulse: plugin_opt_key_file "
			"must name the file of pulsectl broker-keys");
		return MOSQ_ERR_INVAL;
	}
	members = members_new();
	for (size_t i = 0; i < COUNT(callbacks); i++)
		if (mosquitto_callback_register(id, callbacks[i].event,
						callbacks[i].call,
						callbacks[i].topic, NULL))
			return MOSQ_ERR_UNKNOWN;
	return MOSQ_ERR_SUCCESS;
}

int
mosquitto_plugin_cleanup(void *data, struct mosquitto_opt *options, int count)
{
	(void)data;
	(void)options;
	(void)count;
	for (size_t i = 0; i < COUNT(callbacks); i++)
		mosquitto_callback_unregister(plugin, callbacks[i].event,
					      callbacks[i].call,
					      callbacks[i].topic);
	for (struct client *c; (c = each_client(NULL)); )
		drop_client(c->mosquitto);
	members_free(members);
	return MOSQ_ERR_SUCCESS;
}
