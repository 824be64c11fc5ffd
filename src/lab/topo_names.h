/* SPDX-License-Identifier: MIT */
/* Names to numbers: a hash table over strings that somebody else keeps. */
#ifndef LINNET_LAB_TOPO_NAMES_H
#define LINNET_LAB_TOPO_NAMES_H

#include "lab/topo_arena.h"

struct topo_name {
	const char *name;	/* NULL = free */
	u32 value;
};

struct topo_names {
	struct topo_name *slots;
	u32 mask;		/* slots - 1; at most half of them are taken */
};

/* Room for @count names. False: no memory. */
bool topo_names_init(struct topo_names *t, struct topo_arena *arena, u32 count);

/* Return: @value when the name is new, else the value it had and keeps. */
u32 topo_names_add(struct topo_names *t, const char *name, u32 value);

/* False: not there. */
bool topo_names_find(const struct topo_names *t, const char *name, u32 *value);

#endif
