/* SPDX-License-Identifier: MIT */
#include "net/inet_frag.h"

#include "wire/ipv4.h"

static bool test_bit(const u64 *map, u32 i)
{
	return map[i / 64] >> (i % 64) & 1;
}

static u64 word_mask(u32 word, u32 from, u32 to)
{
	u64 m = ~0ull;

	if (word == from / 64)
		m &= ~0ull << (from % 64);
	if (word == (to - 1) / 64)
		m &= ~0ull >> (63 - (to - 1) % 64);
	return m;
}

/* Bits from .. to - 1. */
static void set_range(u64 *map, u32 from, u32 to)
{
	for (u32 w = from / 64; w <= (to - 1) / 64; w++)
		map[w] |= word_mask(w, from, to);
}

static bool any_in_range(const u64 *map, u32 from, u32 to)
{
	for (u32 w = from / 64; w <= (to - 1) / 64; w++)
		if (map[w] & word_mask(w, from, to))
			return true;
	return false;
}

/* Is there a piece with just these blocks? It begins here, none begins within, and behind it
 * there is nothing or another one begins. */
static bool is_duplicate(const struct inet_frags *f, u32 from, u32 to)
{
	if (!test_bit(f->begins, from))
		return false;
	if (to - from > 1 && any_in_range(f->begins, from + 1, to))
		return false;
	if (!test_bit(f->covered, to - 1))
		return false;
	return to == FRAG_BLOCKS || !test_bit(f->covered, to) || test_bit(f->begins, to);
}

/* The end of the datagram is where the last piece says, and no piece goes beyond it. */
static bool length_agrees(const struct inet_frags *f, u32 end, bool more)
{
	if (more)
		return !f->last_in || end <= f->len;
	return end >= f->len && (!f->last_in || end == f->len);
}

enum frag_verdict inet_frags_add(struct inet_frags *f, struct sk_buff *skb, u32 offset, u32 len,
				 bool more)
{
	u32 from = offset / 8, end = offset + len, to = (end + 7) / 8;

	if (!length_agrees(f, end, more))
		return FRAG_BAD_LENGTH;
	f->last_in |= !more;	/* a duplicate may bring that, too */
	if (any_in_range(f->covered, from, to))
		return is_duplicate(f, from, to) ? FRAG_DUPLICATE : FRAG_OVERLAPS;
	set_range(f->covered, from, to);
	f->begins[from / 64] |= BIT64(from % 64);
	f->len = max(f->len, end);
	f->meat += len;
	f->first_in |= !offset;
	*FRAG_CB(skb) = (struct frag_cb){ .offset = offset, .len = len };
	skb->next = NULL;
	if (f->tail)
		f->tail->next = skb;
	else
		f->head = skb;
	f->tail = skb;
	return f->last_in && f->meat == f->len ? FRAG_COMPLETE : FRAG_QUEUED;
}

static struct sk_buff *merge(struct sk_buff *a, struct sk_buff *b)
{
	struct sk_buff *head = NULL, **link = &head;

	while (a && b) {
		struct sk_buff **less = FRAG_CB(a)->offset < FRAG_CB(b)->offset ? &a : &b;

		*link = *less;
		link = &(*less)->next;
		*less = *link;
	}
	*link = a ? a : b;
	return head;
}

/* Merges runs of 1, 2, 4 ... pieces: no recursion, n log n. */
static struct sk_buff *sort(struct sk_buff *list)
{
	struct sk_buff *run[16] = { NULL }, *all = NULL;
	u32 level;

	while (list) {
		struct sk_buff *one = list;

		list = list->next;
		one->next = NULL;
		for (level = 0; run[level]; level++) {
			one = merge(run[level], one);
			run[level] = NULL;
		}
		run[level] = one;
	}
	for (level = 0; level < ARRAY_SIZE(run); level++)
		all = merge(run[level], all);
	return all;
}

struct sk_buff *inet_frags_take(struct inet_frags *f)
{
	struct sk_buff *list = sort(f->head);

	f->head = f->tail = NULL;
	f->meat = 0;
	return list;
}

/* ---- datagrams that wait ---- */

struct fqdir *fqdir_alloc(struct net *net)
{
	struct fqdir *dir = mem_zalloc(&net->mem, sizeof(*dir));

	if (!dir)
		return NULL;
	dir->net = net;
	list_init(&dir->all);
	return dir;
}

void fqdir_free(struct fqdir *dir)
{
	if (!dir)
		return;
	while (!list_empty(&dir->all))
		inet_frag_kill(list_first_entry(&dir->all, struct inet_frag_queue, all),
			       SKB_DROP_REASON_NET_EXIT);
	mem_free(&dir->net->mem, dir, sizeof(*dir));
}

static void drop_list(struct sk_buff *skb, enum skb_drop_reason reason)
{
	struct sk_buff *next;

	for (; skb; skb = next) {
		next = skb->next;
		skb->next = NULL;
		kfree_skb_reason(skb, reason);
	}
}

void inet_frag_kill(struct inet_frag_queue *q, enum skb_drop_reason reason)
{
	struct fqdir *dir = q->dir;

	drop_list(inet_frags_take(&q->frags), reason);
	net_timer_del(dir->net, &q->timer);
	hlist_del_init(&q->node);
	list_del_init(&q->all);
	dir->bytes -= q->bytes;
	dir->queues--;
	mem_free(&dir->net->mem, q, sizeof(*q));
}

static void frag_expire(struct timer *t)
{
	struct inet_frag_queue *q = container_of(t, struct inet_frag_queue, timer);
	struct sk_buff *skb = inet_frags_take(&q->frags);
	struct fqdir *dir = q->dir;
	int iif = q->iif;

	inet_frag_kill(q, SKB_DROP_REASON_FRAG_REASM_TIMEOUT);
	dir->expired(dir->net, skb, iif);
	drop_list(skb, SKB_DROP_REASON_FRAG_REASM_TIMEOUT);
}

static struct hlist_head *key_head(struct fqdir *dir, const u64 *key)
{
	u64 h = siphash_2u64(key[0], key[1], &dir->net->hash_key);

	if (key[2] | key[3] | key[4])
		h = siphash_2u64(h ^ key[4], siphash_2u64(key[2], key[3], &dir->net->hash_key),
				 &dir->net->hash_key);
	return &dir->hash[h % FRAG_HASH];
}

/* What a piece that waits counts for. */
static u32 frag_charge(const struct sk_buff *skb)
{
	return skb->truesize + (u32)sizeof(*skb);
}

static bool frag_over_limit(const struct fqdir *dir, u32 more)
{
	return dir->bytes + more > (u32)*dir->high_thresh;
}

static struct inet_frag_queue *find_or_make(struct fqdir *dir, const u64 key[FRAG_KEY_WORDS])
{
	struct hlist_head *head = key_head(dir, key);
	struct inet_frag_queue *q;

	hlist_for_each_entry(q, head, node)
		if (!memcmp(q->key, key, sizeof(q->key)))
			return q;
	if (frag_over_limit(dir, sizeof(*q)))
		return NULL;
	q = mem_zalloc(&dir->net->mem, sizeof(*q));
	if (!q)
		return NULL;
	q->dir = dir;
	memcpy(q->key, key, sizeof(q->key));
	q->bytes = sizeof(*q);
	dir->bytes += q->bytes;
	dir->queues++;
	timer_init(&q->timer, frag_expire);
	net_timer_mod(dir->net, &q->timer, dir->net->now + sec_to_ktime(*dir->timeout));
	hlist_add_head(&q->node, head);
	list_add_tail(&q->all, &dir->all);
	return q;
}

static void drop_piece(struct fqdir *dir, struct sk_buff *skb, enum skb_drop_reason reason)
{
	dir->net->mib[dir->mib_fails]++;
	kfree_skb_reason(skb, reason);
}

struct inet_frag_queue *inet_frag_find(struct fqdir *dir, const u64 key[FRAG_KEY_WORDS],
				       struct sk_buff *skb)
{
	struct inet_frag_queue *q;

	q = frag_over_limit(dir, frag_charge(skb)) ? NULL : find_or_make(dir, key);
	if (unlikely(!q))
		drop_piece(dir, skb, SKB_DROP_REASON_NOMEM);
	return q;
}

void inet_frag_discard(struct inet_frag_queue *q, struct sk_buff *skb, enum skb_drop_reason reason)
{
	drop_piece(q->dir, skb, reason);
	inet_frag_kill(q, reason);
}

enum frag_verdict inet_frag_enter(struct inet_frag_queue *q, struct sk_buff *skb, u32 offset,
				  u32 len, bool more)
{
	u32 charge = frag_charge(skb);
	enum frag_verdict verdict = inet_frags_add(&q->frags, skb, offset, len, more);

	switch (verdict) {
	case FRAG_DUPLICATE:
		kfree_skb_reason(skb, SKB_DROP_REASON_DUP_FRAG);
		break;
	case FRAG_OVERLAPS:
		inet_frag_discard(q, skb, SKB_DROP_REASON_FRAG_OVERLAP);
		break;
	case FRAG_BAD_LENGTH:
		inet_frag_discard(q, skb, SKB_DROP_REASON_FRAG_TOO_FAR);
		break;
	default:
		q->bytes += charge;
		q->dir->bytes += charge;
	}
	return verdict;
}

struct sk_buff *inet_frag_reasm(struct inet_frag_queue *q, struct net_device *dev)
{
	u32 len = q->frags.len;
	struct sk_buff *head = inet_frags_take(&q->frags);

	inet_frag_kill(q, SKB_DROP_REASON_NOT_SPECIFIED);	/* it is empty */
	head->dev = dev;
	head->frag_list = head->next;
	head->next = NULL;
	head->len += len - FRAG_CB(head)->len;
	head->data_len += len - FRAG_CB(head)->len;
	head->csum_valid = false;
	head->ip_summed = CHECKSUM_NONE;
	return head;
}

int inet_frag_ecn(u8 seen)
{
	if (!(seen & BIT(INET_ECN_CE)))
		return 0;
	return seen & BIT(INET_ECN_NOT_ECT) ? -EINVAL : INET_ECN_CE;
}
