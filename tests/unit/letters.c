/*
 * letters.c - passwords that nobody may choose, letters, and their form on
 * the wire; which addresses are asked.
 */
#include "base.h"

#include <arpa/inet.h>

#include "http.h"
#include "letters.h"
#include "mime.h"
#include "passwords.h"
#include "tap.h"

static void
flaw(const char *password, bool wanted)
{
	char sentence[160];

	snprintf(sentence, sizeof(sentence), "the password \"%s\" %s",
		 password, wanted ? "is refused" : "may be");
	ok(!password_flaw(password, "ann.lee@example.org", "Ann Lee Smith")
	   != wanted, sentence);
}

static void
test_passwords(void)
{
	flaw("ann.lee@example.org", true);
	flaw("ANN.LEE@example.ORG", true);
	flaw("ann.lee", true);
	flaw("ann lee smith", true);
	flaw("Password1234", true);
	flaw("qwertyuiop123", true);
	flaw("zzzzzzzzzzzz", true);
	flaw("abababababab", true);
	flaw("12341234123412", true);
	flaw("abcdefghijklmnopq", true);
	flaw("987654321098", true);
	flaw("my dog likes tea", false);
	flaw("12345678901a", false);
	flaw("", false);
	ok(!password_flaw("some words here", "", ""), "an account without a "
	   "name refuses nothing for it");
}

static void
test_addresses(void)
{
	static const struct { const char *text; bool public; } tries[] = {
		{ "140.82.121.4", true }, { "127.0.0.1", false },
		{ "10.1.2.3", false }, { "172.16.0.1", false },
		{ "172.32.0.1", true }, { "192.168.1.1", false },
		{ "169.254.169.254", false }, { "100.64.0.1", false },
		{ "100.128.0.1", true }, { "0.0.0.0", false },
		{ "224.0.0.1", false }, { "255.255.255.255", false },
		{ "2606:50c0:8000::153", true }, { "::1", false },
		{ "fe80::1", false }, { "fd00::1", false }, { "::", false },
		{ "::ffff:127.0.0.1", false }, { "::ffff:140.82.121.4", true },
		{ "64:ff9b::7f00:1", false }, { "2002:7f00:1::", false },
		{ "2001:db8::1", false }, { "ff02::1", false },
	};
	unsigned char bytes[16];
	char sentence[96];

	for (size_t i = 0; i < COUNT(tries); i++) {
		bool six = strchr(tries[i].text, ':') != NULL;

		inet_pton(six ? AF_INET6 : AF_INET, tries[i].text, bytes);
		snprintf(sentence, sizeof(sentence), "%s is %s", tries[i].text,
			 tries[i].public ? "public" : "not to be asked");
		ok(address_is_public(bytes, six ? 16 : 4) == tries[i].public,
		   sentence);
	}
}

static void
test_mailboxes(void)
{
	static const char *const bad[] = {
		"", "x", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nBcc: x@y",
		"a@b>", "<a@b", "a,b@c", "Ann <a@b", "\"a\"@b", "a@b> x",
	};
	char *name, *address;

	for (size_t i = 0; i < COUNT(bad); i++) {
		bool split = mailbox_split(bad[i], &name, &address);

		ok(!split, "what is no mailbox is refused");
	}
	ok(mailbox_split("Pulse at Work <p@x.org>", &name, &address) &&
	   !strcmp(name, "Pulse at Work") && !strcmp(address, "p@x.org"),
	   "a mailbox is a name and an address");
	free(name);
	free(address);
	ok(mailbox_split("p@x.org", &name, &address) && !*name &&
	   !strcmp(address, "p@x.org"), "or an address alone");
	free(name);
	free(address);
}

/* No line ends but by CRLF, none is longer than 78, and no header is there
 * that was not meant. */
static bool
is_sound(const char *bytes)
{
	for (const char *p = bytes; *p; ) {
		size_t len = strcspn(p, "\r\n");

		if (len > 78 || strncmp(p + len, "\r\n", 2) ||
		    !strncasecmp(p, "Bcc:", 4))
			return false;
		p += len + 2;
	}
	return true;
}

static void
test_mime(void)
{
	struct message message = {
		.from_name = "Pulse \"x\"\r\nBcc: eve@x.org", .from = "p@x.org",
		.to = "ann@x.org", .id = "pulse.1.2",
		.date = INT64_C(1770459300000),
		.subject = "Eve\r\nBcc: eve@x.org\r\n\r\n invites \xc3\xa9 "
			"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e very often and "
			"at some length to a thing with a long name",
		.text = "a=b \n.\n--=_pulse\nr\xc3\xa9sum\xc3\xa9 and a line "
			"that is a good deal longer than seventy-six characters"
			", in all\n",
		.html = "<p>x</p>",
	};
	struct text out = { 0 };

	mime_write(&out, &message);
	ok(is_sound(out.data), "whatever stands in names, headers are ours");
	ok(strstr(out.data, "Date: Sat, 07 Feb 2026 10:15:00 +0000\r\n") != NULL,
	   "the date is RFC 5322's");
	ok(strstr(out.data, "Subject: =?UTF-8?B?") != NULL,
	   "a subject that is not ASCII is in encoded words");
	ok(strstr(out.data, "a=3Db=20\r\n.\r\n--=3D_pulse\r\nr=C3=A9sum=C3=A9")
	   != NULL, "a body is quoted-printable, and no boundary stands in it");
	ok(strstr(out.data, "Message-ID: <pulse.1.2@x.org>\r\n") != NULL,
	   "the id is the letter's, so a second copy is known");
	text_release(&out);
}

static void
test_letters(void)
{
	static const char *const names[] = {
		"verify-email", "account-exists", "reset-password",
		"password-changed", "invitation", "ownership-transferred",
		"organisation-deleted", "sessions-ended",
	};
	const char *problem = NULL;
	struct letter letter;
	bool all = true;

	for (size_t i = 0; i < COUNT(names); i++) {
		all = all && letter_write(&letter, names[i], "{}", NULL, NULL,
					  &problem) &&
		      letter.subject.len && !strchr(letter.text.data, '{');
		letter_release(&letter);
	}
	ok(all, "each letter is there, and holds with nothing told");
	letter_write(&letter, "invitation", "{\"organisation\":\"<b>A</b>\","
		     "\"inviter\":\"Eve\\r\\nBcc: x\",\"role\":\"member\","
		     "\"url\":\"https://p.test/?a=1&b=\\\"2\"}", "Acme & Co",
		     "#123abc", &problem);
	is(letter.subject.data, "Eve  Bcc: x invites you to <b>A</b>",
	   "a name is one line");
	ok(strstr(letter.html.data, "&lt;b&gt;A&lt;/b&gt;") &&
	   !strstr(letter.html.data, "<b>A") &&
	   strstr(letter.html.data, "Acme &amp; Co") &&
	   strstr(letter.html.data, "href=\"https://p.test/?a=1&amp;b=&quot;2"),
	   "in HTML it is text, and so is a link");
	ok(strstr(letter.html.data, "#123abc") != NULL,
	   "the colour is the organisation's");
	ok(strstr(letter.text.data, "\n\nhttps://p.test/?a=1&b=\"2\n\n") != NULL,
	   "in text the link has a line of its own");
	letter_release(&letter);
	letter_write(&letter, "invitation", "{}", NULL, "red;x:y", &problem);
	ok(!strstr(letter.html.data, "red;"), "what is no colour is not used");
	letter_release(&letter);
	ok(!letter_write(&letter, "nothing", "{}", NULL, NULL, &problem),
	   "a letter that nobody knows is not written");
	letter_release(&letter);
	ok(!letter_write(&letter, "invitation", "[]", NULL, NULL, &problem),
	   "nor one of which nothing can be told");
	letter_release(&letter);
}

static void
test_forms(void)
{
	struct text form = { 0 };

	http_add_field(&form, "a", "x y&z=\xc3\xa9");
	http_add_field(&form, "b", "-._~");
	is(form.data, "a=x%20y%26z%3D%C3%A9&b=-._~", "a form's fields are "
	   "escaped");
	text_release(&form);
}

int
main(void)
{
	test_passwords();
	test_addresses();
	test_mailboxes();
	test_mime();
	test_letters();
	test_forms();
	return done();
}
