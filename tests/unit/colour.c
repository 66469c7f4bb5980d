/*
 * colour.c - contrast by WCAG's own examples, and that the grounds are those of
 * the design; pictures by their heads.
 */
#include "base.h"

#include <math.h>

#include "colour.h"
#include "picture.h"
#include "tap.h"

static bool
is_about(double a, double b)
{
	return fabs(a - b) < 0.005;
}

static void
test_contrast(void)
{
	const char *against = "";
	uint32_t colour;

	ok(is_about(colour_contrast(0, 0xffffff), 21) &&
	   is_about(colour_contrast(0xffffff, 0), 21),
	   "black and white are 21 to 1, either way round");
	ok(is_about(colour_contrast(0x777777, 0xffffff), 4.478) &&
	   is_about(colour_contrast(0x767676, 0xffffff), 4.542),
	   "#767676 on white is enough, #777777 is not");
	ok(colour_parse("#4338CA", &colour) && colour == 0x4338ca &&
	   !colour_parse("4338ca", &colour) &&
	   !colour_parse("#4338cg", &colour) && !colour_parse("#fff", &colour),
	   "a colour is six digits behind #");
	ok(colour_of_accent(0x4338ca, false, &against) > COLOUR_ENOUGH &&
	   colour_of_accent(0xa5a1fb, true, &against) > COLOUR_ENOUGH,
	   "the design's own accents can be read in their themes");
	ok(colour_of_accent(0x808080, false, &against) < COLOUR_ENOUGH &&
	   !strcmp(against, "sunken"),
	   "grey cannot, and the worst ground is named");
}

/* No prefix of a head is read beyond its end (a sanitizer watches). */
static void
test_pictures(void)
{
	static const unsigned char jpeg[] = {
		0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, 0xc2, 0, 17, 8,
		1, 0, 2, 0, 3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1
	};
	struct picture picture;
	bool good = picture_read(jpeg, sizeof(jpeg), &picture);

	ok(good && picture.height == 256 && picture.width == 512,
	   "a JPEG's size is in its frame, behind other segments and padding");
	for (size_t len = 0; len < sizeof(jpeg); len++) {
		unsigned char *copy = xmalloc(len + 1);

		memcpy(copy, jpeg, len);
		good &= !picture_read(copy, len, &picture) || len >= 18;
		free(copy);
	}
	ok(good, "a head that is cut is none");
}

/* "--name: #rrggbb;" or "--name: var(--brand, #rrggbb);" behind `from` in the
 * design's file. */
static uint32_t
token(const char *from, const char *name)
{
	char text[8] = "";
	uint32_t colour = 1;
	const char *at = from ? strstr(from, name) : NULL;

	at = at ? strchr(at, '#') : NULL;
	if (at) {
		snprintf(text, sizeof(text), "%.7s", at);
		colour_parse(text, &colour);
	}
	return colour;
}

static void
test_grounds(void)
{
	static const char *const names[] = {
		"--surface", "--raised", "--sunken", "--on-accent"
	};
	const char *top = getenv("PULSE_TOP");
	char path[512], css[16384] = "";
	bool good = true;
	FILE *file;

	snprintf(path, sizeof(path), "%s/htdocs/styles/tokens.css",
		 top ? top : ".");
	file = fopen(path, "r");
	if (file) {
		css[fread(css, 1, sizeof(css) - 1, file)] = '\0';
		fclose(file);
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *against = "";

		/* The ground itself has no contrast with itself. */
		good &= is_about(colour_of_accent(token(css, names[i]), false,
						  &against), 1) &&
			is_about(colour_of_accent(token(strstr(css,
				"data-theme=\"dark\"] {"), names[i]), true,
				&against), 1);
	}
	ok(good, "the grounds are those of htdocs/styles/tokens.css");
}

int
main(void)
{
	test_contrast();
	test_pictures();
	test_grounds();
	return done();
}
