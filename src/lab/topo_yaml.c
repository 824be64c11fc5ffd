/* SPDX-License-Identifier: MIT */
/* libyaml's events, built into a tree. */
#include "lab/topo_yaml.h"

#include <stdio.h>
#include <yaml.h>

#include "lab/topo.h"

struct anchor {
	const char *name;
	const struct ty_node *node;
	bool open;		/* its end has not been seen: an alias to it would be a cycle */
};

struct builder {
	struct topo_arena *arena;
	struct topo_errors *errors;
	struct ty_node *stack[TOPO_DEPTH_MAX];
	const struct ty_node *key[TOPO_DEPTH_MAX];	/* of a mapping: waits for its value */
	u32 depth;
	struct ty_node *root;
	struct anchor anchors[TOPO_ANCHORS_MAX];
	u32 anchor_count;
};

bool ty_is_null(const struct ty_node *n)
{
	return n->type == TY_SCALAR && n->plain &&
	       (!n->len || !strcmp(n->text, "~") || !strcmp(n->text, "null"));
}

static bool fail_at(struct builder *b, yaml_mark_t mark, const char *text)
{
	topo_error(b->errors, (u32)mark.line + 1, (u32)mark.column + 1, "%s", text);
	return false;
}

/* What libyaml says, with a hint where its words are not a newcomer's. */
static void report_syntax(struct topo_errors *errors, const yaml_parser_t *p, const char *text)
{
	const char *problem = p->problem ? p->problem : "out of memory";
	yaml_mark_t mark = p->problem_mark;
	const char *hint = "";
	char close[80];

	if (p->error == YAML_READER_ERROR) { /* it knows the byte, not the line */
		mark = (yaml_mark_t){ 0 };
		hint = "; expected UTF-8";
		for (size_t i = 0; i < p->problem_offset; i++) {
			mark.column = text[i] == '\n' ? 0 : mark.column + 1;
			mark.line += text[i] == '\n';
		}
	} else if (p->error == YAML_SCANNER_ERROR && p->problem_mark.index &&
		   strstr(problem, "cannot start any token")) {
		hint = "; expected spaces (no tabs) or quotes around special characters";
	} else if (strstr(problem, "mapping values are not allowed")) {
		hint = "; expected one \"key: value\" per line, or quotes around a text with "
		       "\": \"";
	} else if (strstr(problem, "did not find expected ','")) {
		snprintf(close, sizeof(close), "; expected it to close what begins at %zu:%zu",
			 p->context_mark.line + 1, p->context_mark.column + 1);
		hint = close;
	} else if (strstr(problem, "did not find expected")) {
		hint = "; expected lines of one list or mapping to begin in one column";
	}
	topo_error(errors, (u32)mark.line + 1, (u32)mark.column + 1, "not valid YAML: %s%s",
		   problem, hint);
}

static struct ty_node *new_node(struct builder *b, enum ty_type type, yaml_mark_t mark)
{
	struct ty_node *n = topo_alloc(b->arena, sizeof(*n));

	if (!n)
		return NULL;
	n->type = type;
	n->line = (u32)mark.line + 1;
	n->col = (u32)mark.column + 1;
	return n;
}

static bool add_value(struct builder *b, const struct ty_node *value)
{
	struct ty_node *parent = b->stack[b->depth - 1];
	struct ty_item *item = topo_alloc(b->arena, sizeof(*item));

	if (!item)
		return false;
	*item = (struct ty_item){ .key = b->key[b->depth - 1], .value = value };
	b->key[b->depth - 1] = NULL;
	if (parent->last)
		parent->last->next = item;
	else
		parent->items = item;
	parent->last = item;
	parent->count++;
	return true;
}

/* Hangs a node into the tree: as root, item, key or value. */
static bool attach(struct builder *b, struct ty_node *n, yaml_mark_t mark)
{
	struct ty_node *parent = b->depth ? b->stack[b->depth - 1] : NULL;

	if (!parent) {
		b->root = n;
		return true;
	}
	if (parent->type == TY_SEQ || b->key[b->depth - 1])
		return add_value(b, n);
	if (n->type != TY_SCALAR)
		return fail_at(b, mark, "a key is a list or mapping; expected a word");
	if (n->plain && !strcmp(n->text, "<<"))
		return fail_at(b, mark, "merge keys (<<) are not supported; expected defaults: or "
				"kinds: for settings that nodes share");
	b->key[b->depth - 1] = n;
	return true;
}

static bool set_anchor(struct builder *b, const yaml_char_t *name, const struct ty_node *n,
		       yaml_mark_t mark)
{
	struct anchor *a;

	if (!name)
		return true;
	if (b->anchor_count == TOPO_ANCHORS_MAX)
		return fail_at(b, mark, "too many anchors; expected at most 256");
	a = &b->anchors[b->anchor_count++];
	a->name = topo_strdup(b->arena, (const char *)name);
	a->node = n;
	a->open = n->type != TY_SCALAR;
	return a->name != NULL;
}

static bool on_alias(struct builder *b, const yaml_event_t *ev)
{
	const char *name = (const char *)ev->data.alias.anchor;
	u32 i = b->anchor_count;

	while (i && strcmp(b->anchors[i - 1].name, name))
		i--; /* the last of a name counts */
	if (!i) {
		topo_error(b->errors, (u32)ev->start_mark.line + 1, (u32)ev->start_mark.column + 1,
			   "no anchor is called \"%s\"; expected &%s before this alias",
			   topo_quote(name).s, topo_quote(name).s);
		return false;
	}
	if (b->anchors[i - 1].open)
		return fail_at(b, ev->start_mark, "an alias inside of what it stands for; "
			       "expected it after that");
	return attach(b, (struct ty_node *)b->anchors[i - 1].node, ev->start_mark);
}

static const char no_tags[] = "tags (!x) are not supported; expected a plain value";

static bool on_scalar(struct builder *b, const yaml_event_t *ev)
{
	struct ty_node *n = new_node(b, TY_SCALAR, ev->start_mark);

	if (ev->data.scalar.tag)
		return fail_at(b, ev->start_mark, no_tags);
	if (!n)
		return false;
	n->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	n->len = ev->data.scalar.length;
	n->text = topo_memdup(b->arena, ev->data.scalar.value, n->len);
	return n->text && attach(b, n, ev->start_mark) &&
	       set_anchor(b, ev->data.scalar.anchor, n, ev->start_mark);
}

static bool on_start(struct builder *b, const yaml_event_t *ev, enum ty_type type)
{
	bool seq = type == TY_SEQ;
	const yaml_char_t *tag = seq ? ev->data.sequence_start.tag : ev->data.mapping_start.tag;
	const yaml_char_t *anchor = seq ? ev->data.sequence_start.anchor :
					  ev->data.mapping_start.anchor;
	struct ty_node *n = new_node(b, type, ev->start_mark);

	if (tag)
		return fail_at(b, ev->start_mark, no_tags);
	if (b->depth == TOPO_DEPTH_MAX)
		return fail_at(b, ev->start_mark, "nested too deeply; expected at most 32 levels");
	if (!n || !attach(b, n, ev->start_mark) || !set_anchor(b, anchor, n, ev->start_mark))
		return false;
	b->key[b->depth] = NULL;
	b->stack[b->depth++] = n;
	return true;
}

static void on_end(struct builder *b)
{
	const struct ty_node *n = b->stack[--b->depth];

	for (u32 i = 0; i < b->anchor_count; i++)
		if (b->anchors[i].node == n)
			b->anchors[i].open = false;
}

static bool on_event(struct builder *b, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		return !b->root || fail_at(b, ev->start_mark,
					   "a second document begins here; expected one per file");
	case YAML_ALIAS_EVENT:
		return on_alias(b, ev);
	case YAML_SCALAR_EVENT:
		return on_scalar(b, ev);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(b, ev, TY_SEQ);
	case YAML_MAPPING_START_EVENT:
		return on_start(b, ev, TY_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		on_end(b);
		return true;
	default:
		return true;
	}
}

static bool build(struct builder *b, yaml_parser_t *parser, const char *text)
{
	for (;;) {
		yaml_event_t ev;
		bool ok, end;

		if (!yaml_parser_parse(parser, &ev)) {
			report_syntax(b->errors, parser, text);
			return false;
		}
		end = ev.type == YAML_STREAM_END_EVENT;
		ok = on_event(b, &ev);
		yaml_event_delete(&ev);
		if (!ok || end)
			return ok;
	}
}

const struct ty_node *ty_parse(struct topo_arena *arena, struct topo_errors *errors,
			       const char *text, size_t len)
{
	struct builder b = { .arena = arena, .errors = errors };
	yaml_parser_t parser;
	bool ok;

	if (!yaml_parser_initialize(&parser)) {
		errors->lost = true;
		return NULL;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	ok = build(&b, &parser, text);
	yaml_parser_delete(&parser);
	if (ok && b.root)
		return b.root;
	if (arena->failed)
		topo_error(errors, 0, 0, "too large to read");
	else if (ok)
		topo_error(errors, 0, 0, "nothing in it; expected name: and topology:");
	return NULL;
}
