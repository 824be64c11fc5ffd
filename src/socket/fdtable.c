/* SPDX-License-Identifier: MIT */
#include "socket/fdtable.h"

#define ID_TABLE_MIN 64u

/* Words of one level in a table of cap numbers. */
static u32 level_words(u32 cap, unsigned level)
{
	return (u32)div_round_up(cap, 1ull << (6 * (level + 1)));
}

static size_t table_bytes(u32 cap)
{
	size_t n = (size_t)cap * sizeof(void *);

	for (unsigned l = 0; l < ID_LEVELS; l++)
		n += level_words(cap, l) * sizeof(u64);
	return n;
}

static void set_taken(struct id_table *t, u32 id)
{
	for (unsigned l = 0; l < ID_LEVELS; l++) {
		u64 *word = &t->full[l][id / 64];

		*word |= BIT64(id % 64);
		if (~*word)
			return;
		id /= 64;
	}
}

static void set_free(struct id_table *t, u32 id)
{
	for (unsigned l = 0; l < ID_LEVELS; l++) {
		u64 *word = &t->full[l][id / 64];
		bool was_full = !~*word;

		*word &= ~BIT64(id % 64);
		if (!was_full)
			return;
		id /= 64;
	}
}

static bool id_grow(struct id_table *t, struct mem *mem)
{
	struct id_table n = { .cap = t->cap ? t->cap * 2 : ID_TABLE_MIN, .used = t->used };
	char *at = mem_zalloc(mem, table_bytes(n.cap));

	if (!at)
		return false;
	n.slot = (void **)(void *)at;
	at += n.cap * sizeof(void *);
	for (unsigned l = 0; l < ID_LEVELS; l++) {
		n.full[l] = (u64 *)(void *)at;
		at += level_words(n.cap, l) * sizeof(u64);
	}
	/* It grows when it is full: all the old numbers are taken. */
	for (u32 id = 0; id < t->cap; id++) {
		n.slot[id] = t->slot[id];
		set_taken(&n, id);
	}
	id_table_exit(t, mem);
	*t = n;
	return true;
}

static u32 lowest_free(const struct id_table *t)
{
	u32 top = 0, at;

	while (!~t->full[ID_LEVELS - 1][top])
		top++;
	at = top;
	for (unsigned l = ID_LEVELS; l-- > 0;)
		at = at * 64 + (u32)__builtin_ctzll(~t->full[l][at]);
	return at;
}

int id_alloc(struct id_table *t, struct mem *mem, void *p)
{
	u32 id;

	if (t->used == ID_TABLE_MAX)
		return -EMFILE;
	if (t->used == t->cap && !id_grow(t, mem))
		return -ENOMEM;
	id = lowest_free(t);
	t->slot[id] = p;
	t->used++;
	set_taken(t, id);
	return (int)id;
}

void id_free(struct id_table *t, u32 id)
{
	t->slot[id] = NULL;
	t->used--;
	set_free(t, id);
}

void id_table_exit(struct id_table *t, struct mem *mem)
{
	if (t->cap)
		mem_free(mem, t->slot, table_bytes(t->cap));
	*t = (struct id_table){ 0 };
}
