/* SPDX-License-Identifier: MIT */
/*
 * Numbers for things: the lowest free one is given (POSIX wants that of descriptors), in a few
 * steps whatever the size. Over the array of pointers lie bits in three levels: a bit of level 0
 * says that its number is taken, a bit of level n+1 that its word of level n is full.
 *
 * The table doubles as it fills and stays as large as it was at its fullest.
 */
#ifndef LINNET_SOCKET_FDTABLE_H
#define LINNET_SOCKET_FDTABLE_H

#include "base/mem.h"

#define ID_TABLE_MAX (1u << 20)
#define ID_LEVELS 3

struct id_table {
	void **slot;			/* NULL: free */
	u64 *full[ID_LEVELS];		/* in one allocation with slot */
	u32 cap;			/* a power of two from 64, or 0 */
	u32 used;
};

/* p gets the lowest free number: that, -EMFILE (ID_TABLE_MAX are in use) or -ENOMEM. */
int id_alloc(struct id_table *t, struct mem *mem, void *p);
void id_free(struct id_table *t, u32 id);	/* must be taken */
void id_table_exit(struct id_table *t, struct mem *mem);

/* The next one would get -EMFILE. */
static inline bool id_table_is_full(const struct id_table *t)
{
	return t->used == ID_TABLE_MAX;
}

static inline void *id_lookup(const struct id_table *t, int id)
{
	return likely((u32)id < t->cap) ? t->slot[(u32)id] : NULL;	/* no negative one is */
}

#endif
