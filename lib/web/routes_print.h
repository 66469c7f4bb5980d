/*
 * routes_print.h - a program's routes, to read and as OpenAPI.
 */
#ifndef PULSE_ROUTES_PRINT_H
#define PULSE_ROUTES_PRINT_H

#include "web.h"

/* "--routes": a line each: method, path, scope, least role, parameters.
 * "--routes=openapi": the paths of an OpenAPI 3.1 document as one JSON object,
 * "--routes=tag": its tag; docs/openapi/join makes the document of all
 * programs. Returns the exit status. */
int print_routes(const struct program *program, const char *option);

#endif
