/*
 * monitor.h - the program `monitor`: what works in the background, and what could not
 * be read. A resource is a file: its statements, its handlers, its routes;
 * monitor.c joins them.
 */
#ifndef PULSE_MONITOR_H
#define PULSE_MONITOR_H

#include "parts.h"

/* Each ends with an empty row. */
extern const struct statement jobs_statements[], letters_statements[],
	erasures_statements[];
extern const struct route jobs_routes[], letters_routes[], erasures_routes[];

#endif
