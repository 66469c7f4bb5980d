/*
 * keys.c - pulsectl: secrets of an installation.
 */
#include "base.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "crypto.h"
#include "log.h"
#include "pulsectl.h"
#include "token.h"

int
run_make_secrets(const struct options *options)
{
	static const char *const names[] = {
		"JWT_SECRET", "PASSWORD_PEPPER", "ENCRYPTION_KEY",
		"BRIDGE_KEY", "GITHUB_WEBHOOK_SECRET",
	};
	unsigned char random[KEY_SIZE];
	char digits[2 * KEY_SIZE + 1];

	(void)options;
	for (size_t i = 0; i < COUNT(names); i++) {
		random_bytes(random, sizeof(random));
		printf("%s=%s\n", names[i],
		       hex_encode(digits, random, sizeof(random)));
	}
	return 0;
}

/*
 * The plugin gets the two derived keys that it needs and never the secrets
 * they come from: with them it can check live tokens and know the bridge, but
 * make no token for the API.
 */
int
run_broker_keys(const struct options *options)
{
	unsigned char live[KEY_SIZE], bridge[KEY_SIZE];
	char text[256], a[2 * KEY_SIZE + 1], b[2 * KEY_SIZE + 1];
	const char *path = options->operand_count == 1
		? options->operands[0] : NULL;
	int fd, len;

	if (!path)
		die("one operand is wanted: the file");
	derive_key(conf_secret("JWT_SECRET", 32), TOKEN_LIVE, live);
	derive_key(conf_secret("BRIDGE_KEY", 32), TOKEN_BRIDGE, bridge);
	len = snprintf(text, sizeof(text), "live %s\nbridge %s\n",
		       hex_encode(a, live, sizeof(live)),
		       hex_encode(b, bridge, sizeof(bridge)));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0 || write(fd, text, (size_t)len) != len || close(fd))
		die("cannot write %s: %s", path, strerror(errno));
	printf("wrote %s\n", path);
	return 0;
}
