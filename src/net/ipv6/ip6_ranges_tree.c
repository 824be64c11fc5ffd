/* SPDX-License-Identifier: MIT */
#include "net/ipv6/ip6_ranges_tree.h"

#define KEY_LAST 0xffffffffu
#define KEY_TURN 0x80000000u		/* as it stands in a node */
#define POOL_FIRST_CAP 16u
#define LINE 64u
#define SHARE 4				/* of the memory that is left */

/* A node, taken apart. */
struct pair {
	u32 key, to;
};

struct pairs {
	u32 n;
	struct pair at[RANGES_SLOTS + 1];
};

static void node_write(struct ranges_node *n, const struct pairs *p)
{
	for (u32 i = 0; i < RANGES_SLOTS; i++) {
		bool filler = i >= p->n;

		n->key[i] = (filler ? KEY_LAST : p->at[i].key) ^ KEY_TURN;
		n->to[i] = filler ? p->at[p->n - 1].to | RANGES_FILLER : p->at[i].to;
	}
}

/* ---- memory for nodes ---- */

static size_t pool_bytes(u32 cap)
{
	return cap * sizeof(struct ranges_node) + LINE;
}

/* Routes need no index to be right, so it may not take the memory that they need. */
static bool is_affordable(const struct mem *mem, size_t bytes)
{
	return bytes <= (mem->budget - mem->used) / SHARE;
}

static bool pool_grow(struct ip6_ranges *r)
{
	u32 cap = r->cap ? r->cap * 2 : POOL_FIRST_CAP;
	void *block = NULL;
	char *at;

	if (cap <= RANGES_AT && is_affordable(r->mem, pool_bytes(cap)))
		block = mem_alloc(r->mem, pool_bytes(cap));
	if (!block)
		return false;
	at = (char *)block + -(uintptr_t)block % LINE;
	if (r->block)
		memcpy(at, r->node, r->top * sizeof(*r->node));
	ranges_pool_exit(r);
	r->block = block;
	r->node = (void *)at;
	r->cap = cap;
	return true;
}

void ranges_pool_exit(struct ip6_ranges *r)
{
	if (r->block)
		mem_free(r->mem, r->block, pool_bytes(r->cap));
	r->block = NULL;
}

/* Node 0 is of one range that nobody has, for lookups that need none. */
bool ranges_pool_init(struct ip6_ranges *r)
{
	if (!pool_grow(r))
		return false;
	node_write(&r->node[0], &(struct pairs){ 1, { { 0, FIB_DIRECT_LEAF } } });
	r->top = 1;
	return true;
}

static void node_free(struct ip6_ranges *r, u32 entry)
{
	if (ranges_is_leaf(entry))
		return;
	entry &= RANGES_AT;
	r->node[entry].to[0] = r->free;
	r->free = entry;
}

static bool node_alloc(struct ip6_ranges *r, u32 *at)
{
	*at = r->free;
	if (*at) {
		r->free = r->node[*at].to[0];
		return true;
	}
	if (r->top == r->cap && !pool_grow(r))
		return false;
	*at = r->top++;
	return true;
}

/* ---- nodes, taken apart ---- */

static bool is_inner(u32 entry)
{
	return !ranges_is_leaf(entry) && entry & RANGES_SAME;
}

static struct ranges_node *node_at(const struct ip6_ranges *r, u32 entry)
{
	return &r->node[entry & RANGES_AT];
}

/* An entry that is no node is one range. */
static void unpack(const struct ip6_ranges *r, u32 entry, struct pairs *p)
{
	const struct ranges_node *n;

	p->n = 1;
	p->at[0] = (struct pair){ 0, entry };
	if (ranges_is_leaf(entry))
		return;
	n = node_at(r, entry);
	for (p->n = 0; p->n < RANGES_SLOTS && !(n->to[p->n] & RANGES_FILLER); p->n++)
		p->at[p->n] = (struct pair){ n->key[p->n] ^ KEY_TURN, n->to[p->n] };
}

/* Writes p, of 16 pairs at most, to where *entry leads. A node of one range is not needed, but in
 * the middle of a tree. */
static bool pack(struct ip6_ranges *r, u32 *entry, const struct pairs *p)
{
	u32 only = p->at[0].to, same = ranges_is_leaf(*entry) ? 0 : *entry & RANGES_SAME;

	if (p->n == 1 && (is_inner(only) || !same)) {
		node_free(r, *entry);
		*entry = is_inner(only) ? (only & ~RANGES_SAME) | same : only;
		return true;
	}
	if (ranges_is_leaf(*entry) && !node_alloc(r, entry))
		return false;
	node_write(node_at(r, *entry), p);
	return true;
}

/* The last pair that is not behind key. */
static u32 find(const struct pairs *p, u32 key)
{
	u32 i = p->n - 1;

	while (i && p->at[i].key > key)
		i--;
	return i;
}

static void put(struct pairs *p, u32 i, struct pair new)
{
	memmove(&p->at[i + 1], &p->at[i], (p->n - i) * sizeof(p->at[0]));
	p->at[i] = new;
	p->n++;
}

static void take(struct pairs *p, u32 i)
{
	p->n--;
	memmove(&p->at[i], &p->at[i + 1], (p->n - i) * sizeof(p->at[0]));
}

/* ---- ranges begin ---- */

/* What is too much goes to a new node, *right: half, but of ranges that come in order the last. */
static bool split(struct ip6_ranges *r, u32 *entry, const struct pairs *p, bool in_order,
		  struct pair *right)
{
	u32 kept = in_order ? RANGES_SLOTS : RANGES_SLOTS / 2;
	struct pairs part = { .n = p->n - kept };

	memcpy(part.at, &p->at[kept], part.n * sizeof(part.at[0]));
	if (!node_alloc(r, &right->to))
		return false;
	right->key = part.at[0].key;
	right->to |= RANGES_SAME;
	node_write(node_at(r, right->to), &part);
	part = *p;
	part.n = kept;
	return pack(r, entry, &part);
}

/* A range begins at key. right: a second node that came of it, its entry 0: none did. */
static bool insert(struct ip6_ranges *r, u32 *entry, u32 key, struct pair *right)
{
	struct pair below;
	struct pairs p;
	u32 i;

	*right = (struct pair){ 0, 0 };
	unpack(r, *entry, &p);
	i = find(&p, key);
	if (is_inner(p.at[i].to)) {
		if (!insert(r, &p.at[i].to, key, &below))
			return false;
		if (below.to)
			put(&p, i + 1, below);
	} else if (p.at[i].key == key) {
		return true;
	} else {
		put(&p, i + 1, (struct pair){ key, p.at[i].to });
	}
	if (p.n <= RANGES_SLOTS)
		return pack(r, entry, &p);
	return split(r, entry, &p, i + 2 == p.n, right);
}

static bool begin_range(struct ip6_ranges *r, u32 *entry, u32 key)
{
	struct pairs p = { .n = 2 };

	if (!insert(r, entry, key, &p.at[1]))
		return false;
	if (!p.at[1].to)
		return true;
	p.at[0] = (struct pair){ 0, *entry | RANGES_SAME };
	*entry = FIB_DIRECT_LEAF;
	return pack(r, entry, &p);
}

/* ---- ranges change their owner ---- */

/* first and last are where ranges begin and end. */
static void rename(struct ip6_ranges *r, u32 entry, u32 first, u32 last,
		   const struct ranges_change *c)
{
	bool changed = false;
	struct pairs p;

	if (ranges_is_leaf(entry))
		return;
	unpack(r, entry, &p);
	for (u32 i = 0; i < p.n && p.at[i].key <= last; i++) {
		u32 end = i + 1 < p.n ? p.at[i + 1].key - 1 : KEY_LAST, to = p.at[i].to;

		if (end < first)
			continue;
		if (is_inner(to)) {
			rename(r, to, first, last, c);
		} else if (!ranges_is_leaf(to)) {
			rename(r, to, 0, KEY_LAST, c);
		} else if (to == c->from) {
			p.at[i].to = c->to;
			changed = true;
		}
	}
	if (changed)
		node_write(node_at(r, entry), &p);
}

void ranges_tree_rename(struct ip6_ranges *r, u32 entry, u32 from, u32 to)
{
	const struct ranges_change c = { .from = from, .to = to };

	rename(r, entry, 0, KEY_LAST, &c);
}

/* The entry of the range that `at` lies in; new: what it is to be. */
static u32 range_entry(struct ip6_ranges *r, u32 entry, u32 at, const u32 *new)
{
	struct pairs p;
	u32 i;

	unpack(r, entry, &p);
	i = find(&p, at);
	if (is_inner(p.at[i].to))
		return range_entry(r, p.at[i].to, at, new);
	if (new) {
		p.at[i].to = *new;
		node_write(node_at(r, entry), &p);
	}
	return p.at[i].to;
}

/* ---- ranges end ---- */

static u32 last_entry(const struct ip6_ranges *r, u32 entry)
{
	while (is_inner(entry))
		entry = node_at(r, entry)->to[RANGES_SLOTS - 1] & ~RANGES_FILLER;
	return entry;
}

/* A node of one range that goes on with what the node before it ends with. */
static bool is_needless(const struct ip6_ranges *r, u32 before, u32 entry)
{
	struct pairs p;

	unpack(r, entry, &p);
	return p.n == 1 && ranges_is_leaf(p.at[0].to) &&
	       p.at[0].to == last_entry(r, before);
}

/* The range that begins at key goes on with the one before. */
static bool erase(struct ip6_ranges *r, u32 *entry, u32 key)
{
	struct pairs p;
	u32 i;

	unpack(r, *entry, &p);
	i = find(&p, key);
	if (is_inner(p.at[i].to)) {
		if (!erase(r, &p.at[i].to, key))
			return false;
		if (i && is_needless(r, p.at[i - 1].to, p.at[i].to)) {
			node_free(r, p.at[i].to);
			take(&p, i);
		}
	} else if (i && p.at[i].key == key) {
		take(&p, i);		/* a node keeps its first: lookups count on it */
	}
	return pack(r, entry, &p);
}

/* Two ranges of one prefix become one. */
static bool join_ranges(struct ip6_ranges *r, u32 *entry, u32 key)
{
	u32 at = range_entry(r, *entry, key, NULL);

	if (!ranges_is_leaf(at) || range_entry(r, *entry, key - 1, NULL) != at)
		return true;
	return erase(r, entry, key);
}

/* ---- changes ---- */

bool ranges_tree_change(struct ip6_ranges *r, u32 *entry, u32 byte, const struct ranges_change *c)
{
	u32 first = get_be32(c->addr->s6_addr + byte), last = first, below;

	if (c->plen < 8 * byte + 32)
		last |= KEY_LAST >> (c->plen - 8 * byte);
	if ((first && !begin_range(r, entry, first)) ||
	    (last != KEY_LAST && !begin_range(r, entry, last + 1)))
		return false;
	if (c->plen <= 8 * byte + 32) {
		rename(r, *entry, first, last, c);
	} else {
		below = range_entry(r, *entry, first, NULL);
		if (!ranges_tree_change(r, &below, ranges_below(byte), c))
			return false;
		range_entry(r, *entry, first, &below);
	}
	return (!first || join_ranges(r, entry, first)) &&
	       (last == KEY_LAST || join_ranges(r, entry, last + 1));
}
