/* SPDX-License-Identifier: MIT */
#include "device/fq_flow.h"

#include "base/siphash.h"
#include "wire/flow_keys.h"
#include "wire/ip6_addr.h"

static struct hlist_head *table_alloc(struct mem *mem, u32 buckets)
{
	return mem_zalloc(mem, buckets * sizeof(struct hlist_head));
}

int fq_flows_init(struct fq_flows *t, struct mem *mem, u32 buckets)
{
	*t = (struct fq_flows){ .mem = mem, .buckets = buckets };
	list_init(&t->idle);
	t->bucket = table_alloc(mem, buckets);
	return t->bucket ? 0 : -ENOMEM;
}

static void flow_free(struct fq_flows *t, struct fq_paced_flow *f)
{
	list_del_init(&f->list);
	hlist_del_init(&f->node);
	mem_free(t->mem, f, sizeof(*f));
	t->n--;
	t->inactive--;
}

void fq_flows_clear(struct fq_flows *t)
{
	while (!list_empty(&t->idle))
		flow_free(t, list_first_entry(&t->idle, struct fq_paced_flow, list));
}

void fq_flows_exit(struct fq_flows *t)
{
	fq_flows_clear(t);
	mem_free(t->mem, t->bucket, t->buckets * sizeof(*t->bucket));
}

static struct hlist_head *bucket_of(struct hlist_head *table, u32 buckets, u64 id)
{
	return &table[(id >> 1) & (buckets - 1)];
}

int fq_flows_resize(struct fq_flows *t, u32 buckets)
{
	struct hlist_head *table;

	if (buckets == t->buckets)
		return 0;
	table = table_alloc(t->mem, buckets);
	if (!table)
		return -ENOMEM;
	for (u32 i = 0; i < t->buckets; i++) {
		struct fq_paced_flow *f;
		struct hlist_node *n;

		hlist_for_each_entry_safe(f, n, &t->bucket[i], node) {
			hlist_del_init(&f->node);
			hlist_add_head(&f->node, bucket_of(table, buckets, f->id));
		}
	}
	mem_free(t->mem, t->bucket, t->buckets * sizeof(*t->bucket));
	t->bucket = table;
	t->buckets = buckets;
	return 0;
}

/* ---- whose a packet is ---- */

static u64 addrs_of(const struct flow_keys *k, const struct siphash_key *key)
{
	const struct ip6_addr *a = (const void *)k->addrs6;

	if (likely(!a))
		return (u64)k->src << 32 | k->dst;
	return siphash_2u64(siphash_2u64(ip6_word(&a[0], 0), ip6_word(&a[0], 1), key),
			    siphash_2u64(ip6_word(&a[1], 0), ip6_word(&a[1], 1), key), key);
}

/* The lowest bit tells the two kinds apart. */
u64 fq_flow_id(const struct sk_buff *skb, const struct tx_sender *s, u32 orphan_mask)
{
	const struct siphash_key *key = &skb->net->secret;
	struct flow_keys k;
	u64 hash;

	if (!flow_keys_parse(skb->data, skb_headlen(skb), &k))
		k = (struct flow_keys){ .proto = 0 };	/* they all are one flow */
	hash = siphash_2u64(addrs_of(&k, key), (u64)k.proto << 32 | (u32)k.sport << 16 | k.dport,
			    key);
	if (skb->edt == SKB_EDT_TCP || (s && s->own_flow))
		return hash | 1;
	return (u64)((u32)hash & orphan_mask) << 1;
}

/* The oldest idle ones go: of many those that are stale, of too many any. */
static void collect(struct fq_flows *t, ktime_t now)
{
	if (t->n < 2 * t->buckets)
		return;
	for (u32 i = 0; i < FQ_GC_BATCH && !list_empty(&t->idle); i++) {
		struct fq_paced_flow *f = list_first_entry(&t->idle, struct fq_paced_flow, list);

		if (now - f->idle_since <= FQ_IDLE_MAX && t->n < 4 * t->buckets)
			break;
		flow_free(t, f);
		t->gc++;
	}
}

static struct fq_paced_flow *flow_make(struct fq_flows *t, u64 id, ktime_t now)
{
	struct fq_paced_flow *f = mem_zalloc(t->mem, sizeof(*f));

	if (!f)
		return NULL;
	f->id = id;
	f->idle_since = now;
	skb_queue_head_init(&f->q);
	list_add_tail(&f->list, &t->idle);
	hlist_add_head(&f->node, bucket_of(t->bucket, t->buckets, id));
	t->n++;
	t->inactive++;
	return f;
}

struct fq_paced_flow *fq_flow_get(struct fq_flows *t, u64 id, ktime_t now, bool *made)
{
	struct fq_paced_flow *f;

	*made = false;
	hlist_for_each_entry(f, bucket_of(t->bucket, t->buckets, id), node)
		if (f->id == id)
			return f;
	collect(t, now);
	*made = true;
	return flow_make(t, id, now);
}
