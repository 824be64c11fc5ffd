/* SPDX-License-Identifier: MIT */
/*
 * YAML text to a tree in which every node knows where it stands.
 *
 * One document. An alias stands for the node that carries the anchor, so the tree is a
 * graph without cycles: walking it may cost more than it has nodes, and the walker counts.
 * Tags, merge keys (<<) and keys that are not scalars are refused.
 */
#ifndef LINNET_LAB_TOPO_YAML_H
#define LINNET_LAB_TOPO_YAML_H

#include "lab/topo_arena.h"
#include "lab/topo_errors.h"

enum ty_type { TY_SCALAR, TY_SEQ, TY_MAP };

struct ty_node {
	enum ty_type type;
	bool plain;		/* a scalar without quotes: may be null */
	u32 line, col;		/* of its first character, from 1 */
	const char *text;	/* scalar: with a NUL behind len bytes; may hold others */
	size_t len;
	struct ty_item *items, *last;	/* sequence, mapping */
	u32 count;
};

/* One entry; in a mapping key is a scalar, in a sequence it is NULL. */
struct ty_item {
	struct ty_item *next;
	const struct ty_node *key;
	const struct ty_node *value;
};

/* An empty value, "~" or "null" without quotes. */
bool ty_is_null(const struct ty_node *n);

/* Return: the root, in @arena, or NULL with the mistake in @errors. */
const struct ty_node *ty_parse(struct topo_arena *arena, struct topo_errors *errors,
			       const char *text, size_t len);

#endif
