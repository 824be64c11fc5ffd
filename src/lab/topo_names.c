/* SPDX-License-Identifier: MIT */
/* Open addressing with linear probing. */
#include "lab/topo_names.h"

bool topo_names_init(struct topo_names *t, struct topo_arena *arena, u32 count)
{
	u32 size = (u32)roundup_pow2(2 * (u64)count + 2);

	t->mask = size - 1;
	t->slots = topo_alloc_array(arena, size, sizeof(*t->slots));
	return t->slots != NULL;
}

static struct topo_name *slot_of(const struct topo_names *t, const char *name)
{
	u32 hash = 2166136261u; /* FNV-1a */

	for (const char *p = name; *p; p++)
		hash = (hash ^ (u8)*p) * 16777619u;
	for (hash ^= hash >> 15;; hash++) {
		struct topo_name *slot = &t->slots[hash & t->mask];

		if (!slot->name || !strcmp(slot->name, name))
			return slot;
	}
}

u32 topo_names_add(struct topo_names *t, const char *name, u32 value)
{
	struct topo_name *slot = slot_of(t, name);

	if (!slot->name)
		*slot = (struct topo_name){ name, value };
	return slot->value;
}

bool topo_names_find(const struct topo_names *t, const char *name, u32 *value)
{
	const struct topo_name *slot = slot_of(t, name);

	if (slot->name)
		*value = slot->value;
	return slot->name != NULL;
}
