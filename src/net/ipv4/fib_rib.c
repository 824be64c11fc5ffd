/* SPDX-License-Identifier: MIT */
#include "net/ipv4/fib_rib.h"

#include "base/assert.h"

#define RIB_FIRST_CAP 16

void rib_init(struct fib_rib *rib, struct mem *mem)
{
	*rib = (struct fib_rib){ .mem = mem, .top = 1 };
}

void rib_exit(struct fib_rib *rib)
{
	mem_free(rib->mem, rib->node, rib->cap * sizeof(struct rib_node));
	rib_init(rib, rib->mem);
}

static bool covers(const struct rib_node *n, u32 addr)
{
	return !((n->key ^ addr) & rib_mask(n->plen));
}

static unsigned bit_at(u32 addr, unsigned pos)
{
	return addr >> (31 - pos) & 1;
}

/* Room for two more nodes: as many as one prefix can need. */
static bool reserve(struct fib_rib *rib)
{
	u32 cap = rib->cap ? rib->cap * 2 : RIB_FIRST_CAP;
	struct rib_node *grown;

	if (rib->top + 2 <= rib->cap)
		return true;
	grown = mem_alloc(rib->mem, cap * sizeof(*grown));
	if (!grown)
		return false;
	if (rib->node)
		memcpy(grown, rib->node, rib->top * sizeof(*grown));
	mem_free(rib->mem, rib->node, rib->cap * sizeof(*grown));
	rib->node = grown;
	rib->cap = cap;
	return true;
}

static u32 node_new(struct fib_rib *rib, u32 key, unsigned plen)
{
	u32 i = rib->free;

	if (i)
		rib->free = rib->node[i].child[0];
	else
		i = rib->top++;
	rib->node[i] = (struct rib_node){ .key = key & rib_mask(plen), .plen = (u8)plen };
	return i;
}

static void node_free(struct fib_rib *rib, u32 i)
{
	rib->node[i].child[0] = rib->free;
	rib->free = i;
}

struct rib_node *rib_find(const struct fib_rib *rib, u32 key, unsigned plen)
{
	u32 i = rib_top(rib, key, plen);
	struct rib_node *n;

	if (!i)
		return NULL;
	n = &rib->node[i];
	return n->plen == plen && n->value ? n : NULL;
}

u32 rib_top(const struct fib_rib *rib, u32 key, unsigned plen)
{
	u32 i = rib->root;

	while (i && rib->node[i].plen < plen) {
		if (!covers(&rib->node[i], key))
			return 0;
		i = rib->node[i].child[bit_at(key, rib->node[i].plen)];
	}
	return i && !((rib->node[i].key ^ key) & rib_mask(plen)) ? i : 0;
}

/* Puts a new node above old (at *link) where their prefixes part; returns the new one. */
static u32 insert_above(struct fib_rib *rib, u32 *link, u32 key, unsigned plen)
{
	u32 old = *link, diff = rib->node[old].key ^ key, made, fork;
	unsigned common = diff ? (unsigned)__builtin_clz(diff) : 32;

	common = min(common, min_t(unsigned, plen, rib->node[old].plen));
	made = node_new(rib, key, plen);
	if (common == plen) {
		rib->node[made].child[bit_at(rib->node[old].key, plen)] = old;
		*link = made;
		return made;
	}
	fork = node_new(rib, key, common);
	rib->node[fork].child[bit_at(key, common)] = made;
	rib->node[fork].child[!bit_at(key, common)] = old;
	*link = fork;
	return made;
}

struct rib_node *rib_add(struct fib_rib *rib, u32 key, unsigned plen)
{
	bool room = reserve(rib);	/* first: it may move the nodes */
	struct rib_node *n;
	u32 *link;

	for (link = &rib->root; *link; link = &n->child[bit_at(key, n->plen)]) {
		n = &rib->node[*link];
		if (n->plen > plen || !covers(n, key)) {
			if (!room)
				return NULL;
			rib->count++;
			return &rib->node[insert_above(rib, link, key, plen)];
		}
		if (n->plen == plen) {
			if (!n->value)
				rib->count++;	/* a fork becomes a prefix */
			return n;
		}
	}
	if (!room)
		return NULL;
	rib->count++;
	*link = node_new(rib, key, plen);
	return &rib->node[*link];
}

/* A node that holds no prefix and does not fork goes; its child, if any, takes its place. */
static void prune(struct fib_rib *rib, u32 *link)
{
	u32 i = *link;
	struct rib_node *n = &rib->node[i];

	if (n->value || (n->child[0] && n->child[1]))
		return;
	*link = n->child[0] ? n->child[0] : n->child[1];
	node_free(rib, i);
}

void rib_del(struct fib_rib *rib, u32 key, unsigned plen)
{
	u32 *link = &rib->root, *above = NULL;

	while (rib->node[*link].plen < plen) {
		struct rib_node *n = &rib->node[*link];

		above = link;
		link = &n->child[bit_at(key, n->plen)];
		ln_assert(*link);
	}
	ln_assert(rib->node[*link].plen == plen && rib->node[*link].key == key);
	rib->node[*link].value = 0;
	rib->count--;
	prune(rib, link);
	if (above)
		prune(rib, above);
}

u32 rib_best(const struct fib_rib *rib, u32 addr, unsigned max_plen)
{
	u32 best = 0;

	for (u32 i = rib->root; i;) {
		const struct rib_node *n = &rib->node[i];

		if (n->plen > max_plen || !covers(n, addr))
			break;
		if (n->value && n->plen)
			best = n->value;
		if (n->plen == 32)
			break;
		i = n->child[bit_at(addr, n->plen)];
	}
	return best;
}

unsigned rib_path(const struct fib_rib *rib, u32 addr, const struct rib_node *out[33])
{
	unsigned n = 0;

	for (u32 i = rib->root; i && covers(&rib->node[i], addr);) {
		if (rib->node[i].value)
			out[n++] = &rib->node[i];
		if (rib->node[i].plen == 32)
			break;
		i = rib->node[i].child[bit_at(addr, rib->node[i].plen)];
	}
	return n;
}

static const struct rib_node *first_after(const struct fib_rib *rib, u32 i, u32 key, int plen)
{
	const struct rib_node *n = i ? &rib->node[i] : NULL, *found;

	if (!n || (n->key | ~rib_mask(n->plen)) < key)
		return NULL;
	if (n->value && (n->key > key || (n->key == key && n->plen > plen)))
		return n;
	found = first_after(rib, n->child[0], key, plen);
	return found ? found : first_after(rib, n->child[1], key, plen);
}

const struct rib_node *rib_next(const struct fib_rib *rib, u32 key, int plen)
{
	return first_after(rib, rib->root, key, plen);
}
