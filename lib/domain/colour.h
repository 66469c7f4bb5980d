/*
 * colour.h - can text be read in these colours? (WCAG 2.2, 1.4.3)
 */
#ifndef PULSE_COLOUR_H
#define PULSE_COLOUR_H

#include "base.h"

#define COLOUR_ENOUGH 4.5	/* contrast that text of usual size wants */

/* "#4338ca" as 0xRRGGBB; false on anything else. */
bool colour_parse(const char *text, uint32_t *colour);

/* 1 to 21, whichever of the two is lighter. */
double colour_contrast(uint32_t a, uint32_t b);

/* The least contrast that an accent colour has in a theme: as text on each of
 * its surfaces, and under the text that stands on it. *against: where. */
double colour_of_accent(uint32_t accent, bool dark, const char **against);

#endif
