/*
 * colour.c - can text be read in these colours?
 */
#include "base.h"

#include <math.h>

#include "colour.h"

/* Of htdocs/styles/tokens.css; tests/unit/colour.c holds the two together. */
static const struct {
	const char *name;
	uint32_t light, dark;
} grounds[] = {
	{ "surface", 0xf6f7f9, 0x0f131b },
	{ "raised", 0xffffff, 0x171c26 },
	{ "sunken", 0xeceef2, 0x0a0d13 },
	{ "on-accent", 0xffffff, 0x14142b },
};

bool
colour_parse(const char *text, uint32_t *colour)
{
	uint32_t value = 0;

	if (*text != '#' || strlen(text) != 7)
		return false;
	for (const char *p = text + 1; *p; p++) {
		int digit = *p >= '0' && *p <= '9' ? *p - '0'
			: *p >= 'a' && *p <= 'f' ? *p - 'a' + 10
			: *p >= 'A' && *p <= 'F' ? *p - 'A' + 10 : -1;

		if (digit < 0)
			return false;
		value = value << 4 | (uint32_t)digit;
	}
	*colour = value;
	return true;
}

/* Relative luminance of sRGB, by WCAG's definition. */
static double
luminance(uint32_t colour)
{
	static const double weights[] = { 0.0722, 0.7152, 0.2126 };
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		double part = (colour >> (8 * i) & 0xff) / 255.0;

		sum += weights[i] * (part <= 0.04045 ? part / 12.92
			: pow((part + 0.055) / 1.055, 2.4));
	}
	return sum;
}

double
colour_contrast(uint32_t a, uint32_t b)
{
	double x = luminance(a), y = luminance(b);

	return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05);
}

double
colour_of_accent(uint32_t accent, bool dark, const char **against)
{
	double least = 22;

	for (size_t i = 0; i < COUNT(grounds); i++) {
		double ratio = colour_contrast(accent, dark ? grounds[i].dark
						: grounds[i].light);

		if (ratio < least) {
			least = ratio;
			*against = grounds[i].name;
		}
	}
	return least;
}
