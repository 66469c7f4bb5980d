/*
 * passwords.c - which passwords nobody may choose.
 */
#include "base.h"

#include "passwords.h"

/* The commonest of twelve characters and more in lists of what was stolen, in
 * lower case, and what fits this house. Shorter ones are refused by length. */
static const char *const common[] = {
	"000000000000", "0123456789ab", "0987654321ab", "1234567890-=",
	"1234567890ab", "1234567890abc", "1234567890qw", "1234567890qwe",
	"12345678901", "123456789012", "1234567890123", "123456789123",
	"123456789987654321", "1234567891011", "123456789abc",
	"123456789qwerty", "12345678910", "1234qwerasdf", "1234qwerasdfzxcv",
	"123qweasdzxc", "1q2w3e4r5t6y", "1q2w3e4r5t6y7u", "1qaz2wsx3edc",
	"1qaz2wsx3edc4rfv", "1qazxsw23edc", "6hgwv8hdkjjb", "987654321012",
	"abc123456789", "abcabcabcabc", "abcd1234abcd", "abcdef123456",
	"abcdefghijkl", "abcdefghijklm", "abcdefghijklmnop", "abcdefg12345",
	"administrator", "administrator1", "adminadminadmin",
	"asdfasdfasdf", "asdfghjkl123", "asdfghjkl;'\\", "asdfghjklqwerty",
	"asdfghjklzxcvbnm", "barcelona1234", "basketball123", "behappy12345",
	"changeme1234", "changemenow1", "chocolate123", "computer1234",
	"correcthorsebatterystaple", "correct horse battery staple",
	"dragon123456", "football1234", "fuckyou12345", "iloveyou1234",
	"iloveyou12345", "iloveyousomuch", "interesting1", "letmein12345",
	"letmeinletmein", "lovelovelove", "loveyou12345", "manchester123",
	"masterkey123", "michael12345", "monkey123456", "motherfucker",
	"myspace12345", "mypassword12", "mypassword123", "password0000",
	"password1111", "password1234", "password12345", "password123456",
	"password!123", "password@123", "passwordpassword", "passw0rd1234",
	"p@ssw0rd1234", "p@ssword1234", "princess1234", "pulsepulsepulse",
	"pulse1234567", "q1w2e3r4t5y6", "qazwsx123456", "qazwsxedc123",
	"qazwsxedcrfv", "qweasdzxc123", "qwer1234asdf", "qwer1234qwer",
	"qwerty123456", "qwerty1234567", "qwertyqwerty", "qwertyuiop12",
	"qwertyuiop123", "qwertyuiop1234", "qwertyuiop[]", "qwertyuiopasdf",
	"qwertyuiopasdfghjkl", "qwertyuiopasdfghjklzxcvbnm", "secret123456",
	"secretsecret", "starwars1234", "sunshine1234", "superman1234",
	"supersecret1", "temppassword", "testtesttest", "testpassword",
	"thisisapassword", "trustno1trustno1", "unbelievable", "unknown12345",
	"welcome12345", "welcome123456", "welcomewelcome", "whatever1234",
	"yourpassword", "zaq12wsxcde3", "zxcvbnm12345", "zxcvbnmasdfghjkl",
};

static bool
same(const char *a, const char *b)
{
	return *b && !strcasecmp(a, b);
}

/* One piece of up to four characters, again and again. */
static bool
repeats(const char *password)
{
	size_t len = strlen(password);

	for (size_t piece = 1; piece <= 4; piece++)
		if (len > piece &&
		    !memcmp(password, password + piece, len - piece))
			return true;
	return false;
}

/* Each character is the one before it and one more, or one less. */
static bool
counts(const char *password)
{
	int step = password[1] - password[0];

	if (step != 1 && step != -1)
		return false;
	for (const char *p = password; p[1]; p++)
		if (p[1] - p[0] != step &&
		    !(step == 1 && p[0] == '9' && p[1] == '0') &&
		    !(step == -1 && p[0] == '0' && p[1] == '9'))
			return false;
	return true;
}

/* The part of an address before its @. */
static bool
is_mailbox(const char *password, const char *email)
{
	size_t len = strcspn(email, "@");

	return len && strlen(password) == len &&
	       !strncasecmp(password, email, len);
}

const char *
password_flaw(const char *password, const char *email, const char *name)
{
	if (same(password, email) || same(password, name) ||
	    is_mailbox(password, email))
		return "is the account's own name";
	if (*password && (repeats(password) || counts(password)))
		return "is guessed at once: it only repeats or counts";
	for (size_t i = 0; i < COUNT(common); i++)
		if (!strcasecmp(password, common[i]))
			return "is one of the most used of all";
	return NULL;
}
