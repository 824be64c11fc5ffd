/* SPDX-License-Identifier: MIT */
#include "net/netfilter/nft_dynset.h"

static void count(struct nft_elem *e, const struct nft_set *set, const struct nft_pkt *p)
{
	if (set->flags & NFT_SET_COUNTERS) {
		e->packets++;
		e->bytes += p->skb->len;
	}
}

/* The packet's element, new and in the set; NULL: there is no place. */
static struct nft_elem *new_elem(const struct nft_stmt *st, const struct nft_pkt *p, const u8 *key,
				 s64 timeout)
{
	struct nft_set *set = st->dynset.set;
	struct nft_elem *e = nft_elem_new(p->net, set);

	if (!e)
		return NULL;
	memcpy(e->raw, key, set->klen);
	e->timeout = st->dynset.timeout;
	if (timeout)
		e->expires = p->net->now + timeout;
	if ((st->dynset.stats.n && nft_stats_copy(p->net, &e->stats, &st->dynset.stats)) ||
	    nft_set_insert(p->net, set, e)) {
		nft_elem_free(p->net, set, e);
		return NULL;
	}
	nft_gc_arm(p->net);
	return e;
}

enum nft_code nft_dynset_eval(const struct nft_stmt *st, const struct nft_pkt *p)
{
	struct nft_set *set = st->dynset.set;
	s64 timeout = st->dynset.timeout ? st->dynset.timeout : set->timeout;
	u8 key[NFT_KEY_MAX];
	struct nft_elem *e;

	if (!nft_key_load(p, &st->dynset.key, key))
		return NFT_BREAK;
	e = nft_set_find(set, key, key, false);
	if (st->dynset.op == NFT_DYNSET_DELETE) {
		if (e)
			nft_set_remove(p->net, set, e);
		if (e)
			nft_elem_free(p->net, set, e);
		return e ? NFT_CONTINUE : NFT_BREAK;
	}
	if (e && e->expires > p->net->now) {
		if (st->dynset.op == NFT_DYNSET_UPDATE && timeout && e->expires != KTIME_MAX)
			e->expires = p->net->now + timeout;
	} else {
		e = new_elem(st, p, key, timeout);
		if (!e)
			return NFT_BREAK;
	}
	count(e, set, p);
	return nft_stats_eval(&e->stats, p);
}
