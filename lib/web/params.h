/*
 * params.h - from a request to its route and clean parameters.
 */
#ifndef PULSE_PARAMS_H
#define PULSE_PARAMS_H

#include "web.h"

/* Find the route of a method and path and take the path's parameters; HEAD has
 * the route of GET. False: answered with 404 or 405. */
bool find_route(struct request *req, const char *method, const char *path);

/* Take the other parameters from the query or the body, refuse what is not
 * listed, check each. False: answered. */
bool take_params(struct request *req, const char *query);

/* Read the body into req->body: 413 before a byte of a too large one is read,
 * 408 for one that comes too slowly. False: answered. */
bool take_body(struct request *req);

/* Decode %XX (and + as a space in a query) into the request's memory. NULL if
 * it is malformed, or not UTF-8, or holds a NUL. */
const char *url_decode(struct request *req, const char *from, size_t len,
		       bool query);

#endif
