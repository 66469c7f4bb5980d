/*
 * coverage_xml.c - Cobertura's XML, by expat.
 *
 * What expat keeps (names that it has seen, open elements, a tag that has not
 * ended) grows with a report that is made for it; so its memory comes from here
 * and has an end.
 */
#include "coverage.h"

#include <expat.h>

#include "text.h"

#define MEMORY_MAX (8 << 20)
#define DEPTH_MAX 64

struct cobertura {
	struct counts *counts;
	XML_Parser parser;
	size_t memory;
	int depth, class_depth;		/* 0: in no class */
	size_t len;
	char piece[65536];
};

/* expat's allocator is told nothing; a thread reads one report at a time. */
static _Thread_local size_t *spent;

struct block {
	size_t size;
	_Alignas(max_align_t) char data[];
};

static struct block *
block_of(void *data)
{
	return (struct block *)(void *)((char *)data -
					offsetof(struct block, data));
}

static void *
limited_realloc(void *old, size_t size)
{
	struct block *block = old ? block_of(old) : NULL;
	size_t before = block ? block->size : 0;

	if (size > MEMORY_MAX || *spent - before + size > MEMORY_MAX)
		return NULL;
	block = realloc(block, sizeof(*block) + size);
	if (!block)
		return NULL;
	*spent = *spent - before + size;
	block->size = size;
	return block->data;
}

static void *
limited_malloc(size_t size)
{
	return limited_realloc(NULL, size);
}

static void
limited_free(void *old)
{
	if (!old)
		return;
	*spent -= block_of(old)->size;
	free(block_of(old));
}

static void
stop(struct cobertura *c, const char *why, const char *what)
{
	counts_fail(c->counts, false, "line %lu: %s \"%.100s\"",
		    XML_GetCurrentLineNumber(c->parser), why, what);
	XML_StopParser(c->parser, XML_FALSE);
}

static const char *
attribute(const XML_Char **list, const char *name)
{
	for (; *list; list += 2)
		if (!strcmp(*list, name))
			return list[1];
	return NULL;
}

static void
take_line(struct cobertura *c, const XML_Char **attributes)
{
	const char *number = attribute(attributes, "number");
	const char *hits = attribute(attributes, "hits");
	bool covered;
	int64_t line;

	if (!number || !text_to_int(number, INT64_MIN, INT64_MAX, &line))
		stop(c, "a line has the number", number ? number : "");
	else if (!hits || !coverage_is_count(hits, strlen(hits), &covered))
		stop(c, "a line has the hits", hits ? hits : "");
	else if (!counts_lines(c->counts, line, line, covered))
		XML_StopParser(c->parser, XML_FALSE);
}

static void
begin_element(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct cobertura *c = data;
	const char *path;

	if (!c->depth++ && strcmp(name, "coverage")) {
		stop(c, "the root is not <coverage> but", name);
	} else if (c->depth > DEPTH_MAX) {
		stop(c, "too deep within one another is", name);
	} else if (!strcmp(name, "class")) {
		path = attribute(attributes, "filename");
		if (!path)
			stop(c, "a class has no", "filename");
		else if (!counts_file(c->counts, path, strlen(path)))
			XML_StopParser(c->parser, XML_FALSE);
		c->class_depth = c->depth;
	} else if (c->class_depth && !strcmp(name, "line")) {
		take_line(c, attributes);
	}
}

static void
end_element(void *data, const XML_Char *name)
{
	struct cobertura *c = data;

	(void)name;
	if (c->depth-- == c->class_depth)
		c->class_depth = 0;
}

static void
refuse_entity(void *data, const XML_Char *name, int is_parameter,
	      const XML_Char *value, int len, const XML_Char *base,
	      const XML_Char *system, const XML_Char *public,
	      const XML_Char *notation)
{
	(void)is_parameter, (void)value, (void)len, (void)base, (void)system;
	(void)public, (void)notation;
	stop(data, "it declares an entity, which is refused:", name);
}

static void
refuse_skipped(void *data, const XML_Char *name, int is_parameter)
{
	if (!is_parameter)
		stop(data, "nothing declares the entity", name);
}

static void *
cobertura_open(struct counts *counts)
{
	static const XML_Memory_Handling_Suite limited = {
		limited_malloc, limited_realloc, limited_free
	};
	struct cobertura *c = xcalloc(1, sizeof(*c));

	c->counts = counts;
	spent = &c->memory;
	c->parser = XML_ParserCreate_MM(NULL, &limited, NULL);
	if (!c->parser) {
		counts_fail(counts, true, "there is no memory to read it");
		return c;
	}
	XML_SetUserData(c->parser, c);
	XML_SetElementHandler(c->parser, begin_element, end_element);
	XML_SetEntityDeclHandler(c->parser, refuse_entity);
	XML_SetSkippedEntityHandler(c->parser, refuse_skipped);
	return c;
}

static bool
parse(struct cobertura *c, const char *bytes, size_t len, bool last)
{
	enum XML_Error why;

	spent = &c->memory;
	if (XML_Parse(c->parser, bytes, (int)len, last) == XML_STATUS_OK)
		return true;
	why = XML_GetErrorCode(c->parser);
	if (why == XML_ERROR_NO_MEMORY)
		return counts_fail(c->counts, true, "line %lu: a tag, a "
			"comment, or all names together are longer than %d "
			"bytes", XML_GetCurrentLineNumber(c->parser),
			MEMORY_MAX);
	return counts_fail(c->counts, false, "line %lu: %s%s",
			   XML_GetCurrentLineNumber(c->parser),
			   XML_ErrorString(why), last
			   ? ", and there the report ends" : "");
}

/* expat reads a tag that is not whole anew with each piece: none of few
 * bytes. */
static bool
cobertura_feed(void *reader, const char *bytes, size_t len)
{
	struct cobertura *c = reader;

	while (len) {
		size_t room = sizeof(c->piece) - c->len;
		size_t part = len < room ? len : room;

		memcpy(c->piece + c->len, bytes, part);
		c->len += part;
		bytes += part;
		len -= part;
		if (c->len < sizeof(c->piece))
			break;
		c->len = 0;
		if (!parse(c, c->piece, sizeof(c->piece), false))
			return false;
	}
	return true;
}

static bool
cobertura_end(void *reader)
{
	struct cobertura *c = reader;

	return parse(c, c->piece, c->len, true);
}

static void
cobertura_close(void *reader)
{
	struct cobertura *c = reader;

	spent = &c->memory;
	if (c->parser)
		XML_ParserFree(c->parser);
	spent = NULL;
	free(c);
}

const struct coverage_reader cobertura_reader = {
	cobertura_open, cobertura_feed, cobertura_end, cobertura_close
};
