/* SPDX-License-Identifier: MIT */
/* GRO: what arrives in one poll and belongs together climbs as one packet. */
#include "device/gro.h"

#include "base/assert.h"
#include "base/trace.h"

void dev_add_offload(struct net *net, struct packet_offload *po)
{
	list_add_tail(&po->list, &net->dev->offloads);
}

void dev_remove_offload(struct packet_offload *po)
{
	list_del_init(&po->list);
}

static struct packet_offload *offload_of(const struct net *net, be16 type)
{
	struct packet_offload *po;

	list_for_each_entry(po, &net->dev->offloads, list)
		if (po->type == type)
			return po;
	return NULL;
}

/* ---- joining ---- */

/* The fragment takes over the reference on buf. */
static void join_piece(struct sk_buff *to, struct buf *buf, u32 off, u32 len)
{
	struct skb_frag *last = to->nr_frags ? &to->frags[to->nr_frags - 1] : NULL;

	if (last && last->buf == buf && last->off + last->len == off) {
		last->len += len;
		buf_put(buf);
	} else {
		to->frags[to->nr_frags++] = (struct skb_frag){ buf, off, len };
	}
}

/* Whether the pieces of skb have a place in `to`, at worst each its own. */
static bool pieces_fit(const struct sk_buff *to, const struct sk_buff *skb)
{
	bool linear = skb_headlen(skb);

	if (skb->frag_list || (linear && !skb->head_buf))
		return false;	/* what stands inside an sk_buff cannot be shared */
	if (to->nr_frags + skb->nr_frags + linear <= MAX_SKB_FRAGS)
		return true;
	/* One piece, which may go on where the last one ends. */
	if (linear || skb->nr_frags != 1 || to->nr_frags != MAX_SKB_FRAGS)
		return false;
	return to->frags[MAX_SKB_FRAGS - 1].buf == skb->frags[0].buf &&
	       to->frags[MAX_SKB_FRAGS - 1].off + to->frags[MAX_SKB_FRAGS - 1].len ==
	       skb->frags[0].off;
}

static void join_pieces(struct sk_buff *to, struct sk_buff *skb)
{
	if (skb_headlen(skb)) {
		join_piece(to, skb->head_buf, (u32)(skb->data - skb->head_buf->data),
			   skb_headlen(skb));
		skb->head_buf = NULL;
	}
	for (u32 i = 0; i < skb->nr_frags; i++)
		join_piece(to, skb->frags[i].buf, skb->frags[i].off, skb->frags[i].len);
	skb->nr_frags = 0;
	consume_skb(skb);
}

void skb_gro_receive(struct sk_buff *p, struct sk_buff *skb, u32 hlen)
{
	struct napi_gro_cb *cb = NAPI_GRO_CB(p);
	struct sk_buff *to = cb->last;
	u32 len;

	trace_skb(skb->net, napi_gro_receive, skb, skb->len, p->id, cb->count + 1u);
	skb_pull(skb, hlen);
	len = skb->len;
	p->len += len;
	p->data_len += len;
	p->truesize += skb->truesize;
	skb->truesize = 0;
	cb->count++;
	if (likely(pieces_fit(to, skb))) {
		if (to != p) {
			to->len += len;
			to->data_len += len;
		}
		join_pieces(to, skb);
		return;
	}
	skb->next = skb->prev = NULL;
	if (to == p)
		p->frag_list = skb;
	else
		to->next = skb;
	cb->last = skb;
}

/* ---- holding and letting go ---- */

static __always_inline void normal_one(struct rx_batch *rx, struct sk_buff *skb)
{
	/* One that is held from the poll before may come to what this one takes. */
	if (unlikely(rx->n == NAPI_POLL_WEIGHT)) {
		netif_receive_skb_list(rx->skb, rx->n);
		rx->n = 0;
	}
	rx->skb[rx->n++] = skb;
}

void gro_normal_one(struct napi_struct *napi, struct sk_buff *skb)
{
	if (napi->rx)
		normal_one(napi->rx, skb);
	else
		netif_receive_skb(skb);
}

static void gro_complete(struct napi_struct *napi, struct sk_buff *skb)
{
	const struct napi_gro_cb *cb = NAPI_GRO_CB(skb);

	if (cb->count > 1) {
		skb->csum_valid = false;
		skb->gso_size = cb->mss;
		skb->gso_segs = cb->count;
		offload_of(skb->net, skb->protocol)->gro_complete(skb);
		trace_skb(skb->net, napi_gro_complete, skb, cb->count, skb->len);
	}
	gro_normal_one(napi, skb);
}

void gro_flush_one(struct napi_struct *napi, struct sk_buff *p)
{
	skb_unlink(p, &napi->gro_list);
	gro_complete(napi, p);
}

void gro_hold(struct napi_struct *napi, struct sk_buff *skb)
{
	if (unlikely(napi->gro_list.qlen >= MAX_GRO_SKBS))
		gro_flush_one(napi, skb_peek(&napi->gro_list));
	skb_queue_tail(&napi->gro_list, skb);
}

void napi_gro_flush(struct napi_struct *napi)
{
	struct sk_buff *skb;

	while ((skb = skb_dequeue(&napi->gro_list)))
		gro_complete(napi, skb);
}

bool dev_gro_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	const struct packet_offload *po;

	if (!(skb->dev->features & NETIF_F_GRO))
		return false;
	po = offload_of(napi->net, skb->protocol);
	return po && po->gro_receive(napi, skb);
}

bool dev_gro_wants(const struct net_device *dev, be16 type, const void *p, u32 len)
{
	const struct packet_offload *po;

	if (!(dev->features & NETIF_F_GRO))
		return false;
	po = offload_of(dev->net, type);
	return po && po->gro_wants(dev->net, p, len);
}

void napi_gro_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	if (!dev_gro_receive(napi, skb))
		gro_normal_one(napi, skb);
}

void napi_gro_begin(struct napi_struct *napi, struct rx_batch *rx)
{
	rx->n = 0;
	napi->rx = rx;
}

void napi_gro_receive_list(struct napi_struct *napi, struct sk_buff **skb, u32 n, bool more)
{
	bool on = napi->dev->features & NETIF_F_GRO;
	struct packet_offload *po = NULL;
	be16 type = 0;

	for (u32 i = 0; i < n; i++) {
		/* Of each run of one protocol the table is asked once. */
		if (unlikely(skb[i]->protocol != type)) {
			type = skb[i]->protocol;
			po = on ? offload_of(napi->net, type) : NULL;
		}
		/* With nothing before or behind it there is nothing to join. */
		if (!po || (i + 1 == n && !more && skb_queue_empty(&napi->gro_list)) ||
		    !po->gro_receive(napi, skb[i]))
			normal_one(napi->rx, skb[i]);
	}
}

void napi_gro_end(struct napi_struct *napi)
{
	struct rx_batch *rx = napi->rx;

	napi->rx = NULL;
	netif_receive_skb_list(rx->skb, rx->n);
}
