/*
 * request.c - any bytes as a path, a query, a cookie and a JSON body.
 */
#include "io.h"
#include "params.h"
#include "web.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
handle(struct request *req)
{
	reply_empty(req, 204);
}

static const struct route routes[] = {
	{ "GET", "/things/{id}/parts", SEE, handle, "", NULL,
	  { { "id", is_id }, { "from", is_moment, "" },
	    { "cursor", is_cursor, "" }, { "rooms", is_rooms, "" },
	    { "limit", is_limit, "50" } } },
	{ "POST", "/things", SEE, handle, "", NULL,
	  { { "email", is_email }, { "type", is_event_type, "" } } },
	{ NULL }
};

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct program program = {
		"fuzz", "web", routes, NULL
	};
	char *text = xmalloc(len + 16), *second;
	char type[] = "CONTENT_TYPE=application/json";
	char *env[] = { text, type, NULL };
	struct io io = { env, NULL, NULL, -1 };
	struct request *req = xcalloc(1, sizeof(*req));

	memcpy(text, "HTTP_COOKIE=", 12);
	memcpy(text + 12, bytes, len);
	text[12 + len] = '\0';
	second = strchr(text + 12, '\n');
	if (second)
		*second++ = '\0';
	req->program = &program;
	req->io = &io;
	cookie(req, "pulse_live");
	if (find_route(req, "GET", text + 12) && second)
		take_params(req, second);
	if (second) {
		req->answered = false;
		req->param_count = 0;
		req->route = routes + 1;
		req->body = second;
		req->body_len = strlen(second);
		take_params(req, NULL);
	}
	arena_release(&req->arena);
	text_release(&req->out);
	text_release(&req->headers);
	free(req);
	free(text);
	return 0;
}
