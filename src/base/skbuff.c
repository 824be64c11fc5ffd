/* SPDX-License-Identifier: MIT */
#include "base/skbuff.h"

#include "base/assert.h"
#include "base/skb_ring.h"
#include "base/skb_share.h"
#include "base/trace.h"

/* What comes before `cleared` is; at least room[] and frags[] are not. */
static __always_inline struct sk_buff *skb_new_cleared(struct net *net, u32 charge, size_t cleared)
{
	struct sk_buff *skb = slab_alloc(&net->skb_slab);

	if (unlikely(!skb))
		return NULL;
	if (charge && unlikely(!mem_charge(&net->mem, charge))) {
		slab_free(&net->skb_slab, skb);
		return NULL;
	}
	memset(skb, 0, cleared);
	skb->net = net;
	skb->truesize = charge;
	return skb;
}

static __always_inline struct sk_buff *skb_new(struct net *net, u32 charge)
{
	return skb_new_cleared(net, charge, offsetof(struct sk_buff, room));
}

static void skb_use_room(struct sk_buff *skb)
{
	skb->head = skb->data = skb->room;
	skb->end = SKB_ROOM;
}

struct sk_buff *alloc_skb(struct net *net, u32 size)
{
	struct buf *buf = NULL;
	struct sk_buff *skb;

	if (unlikely(size > SKB_ROOM)) {
		buf = buf_alloc(net->bufs, size);
		if (!buf)
			return NULL;
	}
	skb = skb_new(net, buf ? buf_truesize(buf) : 0);
	if (unlikely(!skb)) {
		if (buf)
			buf_put(buf);
		return NULL;
	}
	if (buf) {
		skb->head_buf = buf;
		skb->head = skb->data = buf->data;
		skb->end = buf->size;
	} else {
		skb_use_room(skb);
	}
	skb->id = net_next_packet_id(net);
	net->frames.made++;
	return skb;
}

static __always_inline struct sk_buff *alloc_in_room(struct net *net, u32 headroom, size_t cleared)
{
	struct sk_buff *skb = skb_new_cleared(net, 0, cleared);

	if (unlikely(!skb))
		return NULL;
	skb->head = skb->room;
	skb->data = skb->room + headroom;
	skb->tail = headroom;
	skb->end = SKB_ROOM;
	skb->id = net_next_packet_id(net);
	net->frames.made++;
	return skb;
}

struct sk_buff *alloc_frame_skb(struct net *net, u32 headroom)
{
	return alloc_in_room(net, headroom, offsetof(struct sk_buff, cb));
}

struct sk_buff *alloc_room_skb(struct net *net, u32 headroom)
{
	return alloc_in_room(net, headroom, offsetof(struct sk_buff, room));
}

static __always_inline struct sk_buff *build_around(struct net *net, struct buf *buf, u32 off,
						    u32 len, u32 charge)
{
	struct sk_buff *skb = skb_new(net, charge);

	if (unlikely(!skb))
		return NULL;
	skb->truesize = buf_truesize(buf);
	skb->head_buf = buf;
	skb->head = buf->data;
	skb->data = buf->data + off;
	skb->end = buf->size;
	skb->tail = off + len;
	skb->len = len;
	net->frames.rx++;
	return skb;
}

struct sk_buff *build_skb(struct net *net, struct buf *buf, u32 off, u32 len)
{
	return build_around(net, buf, off, len, buf_truesize(buf));
}

struct sk_buff *build_charged_skb(struct net *net, struct buf *buf, u32 off, u32 len)
{
	return build_around(net, buf, off, len, 0);
}

struct sk_buff *alloc_rx_skb(struct net *net)
{
	struct sk_buff *skb = skb_new(net, 0);

	if (unlikely(!skb))
		return NULL;
	skb_use_room(skb);
	net->frames.rx++;
	return skb;
}

static void clone_linear(struct sk_buff *n, const struct sk_buff *skb)
{
	if (skb->head_buf) {
		n->head_buf = buf_get(skb->head_buf);
		return;
	}
	n->head = n->room;
	n->data = n->head + skb_headroom(skb);
	if (!skb_headlen(skb) && !skb->network_header)
		return;		/* a segment: its headers are yet to come */
	memcpy(n->data, skb->data, skb_headlen(skb));
	/* A pushed-over header (MAC in front of a network packet on a tap) belongs to it too. */
	if (skb->mac_header < skb_headroom(skb))
		memcpy(n->head + skb->mac_header, skb->head + skb->mac_header,
		       skb_headroom(skb) - skb->mac_header);
	skb->net->copies.header += skb_headlen(skb);
}

/* What GRO put together. False: no memory for all of it. */
static __noinline bool clone_list(struct sk_buff *n, const struct sk_buff *skb)
{
	struct sk_buff **link = &n->frag_list;

	for (const struct sk_buff *l = skb->frag_list; l; l = l->next) {
		*link = skb_clone(l);
		if (!*link)
			return false;
		link = &(*link)->next;
	}
	return true;
}

struct sk_buff *skb_clone(const struct sk_buff *skb)
{
	struct net *net = skb->net;
	struct sk_buff *n = slab_alloc(&net->skb_slab);

	if (unlikely(!n))
		return NULL;
	memcpy(n, skb, offsetof(struct sk_buff, room));
	n->truesize = 0;	/* the buffers are charged once, by the original */
	n->next = n->prev = NULL;
	n->sk = NULL;
	n->destructor = NULL;
	n->frag_list = NULL;
	n->lent = false;
	if (n->dst)
		dst_hold(n->dst);
	nfct_get(n->nfct);
	clone_linear(n, skb);
	skb_get_frags(n, skb);
	net->frames.cloned++;
	if (unlikely(skb->frag_list) && !clone_list(n, skb)) {
		kfree_skb_reason(n, SKB_DROP_REASON_NOMEM);
		return NULL;
	}
	return n;
}

static __noinline void skb_put_bufs(struct sk_buff *skb)
{
	for (u32 i = 0; i < skb->nr_frags; i++)
		buf_put(skb->frags[i].buf);
	if (skb->head_buf)
		buf_put(skb->head_buf);
}

/* Apart, because small packets have none: skb_release() need not save registers for it, nor this
 * one where a single buffer has other users. */
static __noinline void skb_release_bufs(struct sk_buff *skb)
{
	if (skb->truesize)
		mem_uncharge(&skb->net->mem, skb->truesize);
	if (likely(skb->nr_frags == 1 && !skb->head_buf && buf_shared(skb->frags[0].buf)))
		skb->frags[0].buf->refcnt--;
	else
		skb_put_bufs(skb);
}

static void skb_release(struct sk_buff *skb)
{
	if (unlikely(skb->lent)) {
		skb->lent = false;	/* the other end frees it */
		return;
	}
	if (skb->destructor)
		skb->destructor(skb);
	dst_release(skb->dst);
	nfct_put(skb->net, skb->nfct);
	if (skb->head_buf || skb->truesize || skb->nr_frags)
		skb_release_bufs(skb);
	slab_free(&skb->net->skb_slab, skb);
}

static void skb_release_list(struct sk_buff *skb)
{
	while (skb) {
		struct sk_buff *next = skb->next;

		/* Absorbed by the packet whose list it is on: that one tells the reason. */
		skb->net->frames.consumed++;
		skb_release(skb);
		skb = next;
	}
}

void kfree_skb_why(struct sk_buff *skb, enum skb_drop_reason reason, const char *why)
{
	struct net *net;

	if (!skb)
		return;
	net = skb->net;
	if (reason == SKB_CONSUMED) {
		net->frames.consumed++;
	} else {
		net->frames.dropped++;
		net->drops[reason] += skb_packets(skb);
		trace_skb(net, kfree_skb, skb, reason,
			  TRACE_STR(why ? why : skb_drop_text(reason)));
	}
	if (unlikely(skb->frag_list))
		skb_release_list(skb->frag_list);
	skb_release(skb);
}

void kfree_skb_reason(struct sk_buff *skb, enum skb_drop_reason reason)
{
	kfree_skb_why(skb, reason, NULL);
}

static __noinline void consume_any(struct sk_buff *skb)
{
	if (!skb)
		return;
	skb->net->frames.consumed++;
	if (unlikely(skb->frag_list))
		skb_release_list(skb->frag_list);
	skb_release(skb);
}

/* A segment that has been read or acknowledged: its header in room[], one piece of payload in a
 * page that others use too, and nothing else that would have to be given back. */
static __always_inline bool is_short_segment(const struct sk_buff *skb)
{
	return !((uintptr_t)skb->destructor | (uintptr_t)skb->dst | skb->nfct |
		 (uintptr_t)skb->head_buf | (uintptr_t)skb->frag_list | (u32)skb->lent) &&
	       skb->nr_frags == 1 && buf_shared(skb->frags[0].buf);
}

void consume_skb(struct sk_buff *skb)
{
	struct net *net;

	if (unlikely(!skb || !is_short_segment(skb))) {
		consume_any(skb);
		return;
	}
	net = skb->net;
	net->frames.consumed++;
	mem_uncharge(&net->mem, skb->truesize);
	skb->frags[0].buf->refcnt--;
	slab_free(&net->skb_slab, skb);
}

void dev_consume_sent(struct sk_buff *skb)
{
	skb->net->frames.sent++;
	if (unlikely(skb->frag_list))
		skb_release_list(skb->frag_list);
	skb_release(skb);
}

void dev_consume_lent(struct sk_buff *skb)
{
	if (unlikely(!skb->lent)) {	/* TCP has no use for it any more either */
		dev_consume_sent(skb);
		return;
	}
	skb->net->frames.sent++;
	skb->lent = false;
}

/* Nothing but an sk_buff, or in a buffer that nobody else holds, as a router has it. */
static __always_inline bool is_lone_frame(const struct sk_buff *skb)
{
	const struct buf *b = skb->head_buf;

	return (!b || (b->refcnt == 1 && !buf_is_outside(b))) &&
	       !((uintptr_t)skb->frag_list | (uintptr_t)skb->dst | skb->nfct | skb->nr_frags |
		 (u32)skb->lent);
}

static __always_inline void bulk_add(struct net *net, struct skb_bulk *bulk, struct sk_buff *skb)
{
	bulk->charged += skb->truesize;
	if (skb->head_buf) {
		skb->head_buf->refcnt = 0;
		buf_chain_add(&bulk->bufs, skb->head_buf);
	}
	slab_chain_add(&bulk->skbs, skb, net->skb_slab.size);
}

/* Who sent them gets all that they were charged for at once. */
static void bulk_tell_owner(struct net *net, struct skb_bulk *bulk)
{
	if (!bulk->owned)
		return;
	net->wfree_many(bulk->owner, bulk->owned,
			bulk->owned_bytes + bulk->owned * sizeof(struct sk_buff));
	bulk->owned = 0;
	bulk->owned_bytes = 0;
}

static __always_inline void bulk_add_owned(struct net *net, struct skb_bulk *bulk,
					   const struct sk_buff *skb, u32 truesize)
{
	if (unlikely(bulk->owner != skb->sk)) {
		bulk_tell_owner(net, bulk);
		bulk->owner = skb->sk;
	}
	bulk->owned++;
	bulk->owned_bytes += truesize;
}

void dev_consume_own_frame(struct net *net, struct skb_bulk *bulk, struct sk_buff *skb)
{
	bulk_add_owned(net, bulk, skb, 0);
	net->frames.sent++;
	slab_chain_add(&bulk->skbs, skb, net->skb_slab.size);
}

void dev_consume_bulk(struct net *net, struct skb_bulk *bulk, struct sk_buff *skb)
{
	if (unlikely(!is_lone_frame(skb) ||
		     (skb->destructor && skb->destructor != net->wfree))) {
		bulk_tell_owner(net, bulk);	/* in the order in which they were sent */
		dev_consume_sent(skb);
		return;
	}
	if (skb->destructor)
		bulk_add_owned(net, bulk, skb, skb->truesize);
	net->frames.sent++;
	bulk_add(net, bulk, skb);
}

void consume_skb_bulk(struct net *net, struct skb_bulk *bulk, struct sk_buff *skb)
{
	if (unlikely(!is_lone_frame(skb))) {
		skb->destructor = NULL;
		consume_skb(skb);
		return;
	}
	net->frames.consumed++;
	bulk_add(net, bulk, skb);
}

void skb_bulk_free(struct net *net, struct skb_bulk *bulk)
{
	bulk_tell_owner(net, bulk);
	if (bulk->charged)
		mem_uncharge(&net->mem, bulk->charged);
	slab_free_chain(&net->skb_slab, &bulk->skbs);
	buf_release_chain(&bulk->bufs);
}

void frame_drop(struct net *net, const struct net_device *dev, u64 packet,
		enum skb_drop_reason reason, const char *why)
{
	net->drops[reason]++;
	trace_dev(net, kfree_skb, dev, packet, reason,
		  TRACE_STR(why ? why : skb_drop_text(reason)));
}

bool skb_add_frag(struct sk_buff *skb, struct buf *buf, u32 off, u32 len, u32 truesize)
{
	if (skb->nr_frags == MAX_SKB_FRAGS || !mem_charge(&skb->net->mem, truesize))
		return false;
	skb->frags[skb->nr_frags++] = (struct skb_frag){ buf, off, len };
	skb->len += len;
	skb->data_len += len;
	skb->truesize += truesize;
	return true;
}

/* Cuts the fragments so that `keep` bytes of them stay. */
static void trim_frags(struct sk_buff *skb, u32 keep)
{
	u32 n = 0;

	for (u32 i = 0; i < skb->nr_frags; i++) {
		struct skb_frag *f = &skb->frags[i];

		if (keep == 0) {
			buf_put(f->buf);
			continue;
		}
		f->len = min(f->len, keep);
		keep -= f->len;
		n++;
	}
	skb->nr_frags = (u8)n;
}

static u32 frags_len(const struct sk_buff *skb)
{
	u32 n = 0;

	for (u32 i = 0; i < skb->nr_frags; i++)
		n += skb->frags[i].len;
	return n;
}

static void trim_frag_list(struct sk_buff *skb, u32 keep)
{
	struct sk_buff **link = &skb->frag_list;

	while (*link && keep) {
		if ((*link)->len > keep)
			skb_trim(*link, keep);
		keep -= (*link)->len;
		link = &(*link)->next;
	}
	skb_release_list(*link);
	*link = NULL;
}

void skb_trim_slow(struct sk_buff *skb, u32 len)
{
	u32 headlen = skb_headlen(skb), infrags;

	skb->csum_valid = false;
	if (len <= headlen) {
		skb->tail -= headlen - len;
		headlen = len;
	}
	infrags = min(frags_len(skb), len - headlen);
	trim_frag_list(skb, len - headlen - infrags);
	trim_frags(skb, infrags);
	skb->len = len;
	skb->data_len = len - headlen;
}

/* Takes n bytes off the front of what is not linear. */
static void eat_frags(struct sk_buff *skb, u32 n)
{
	u32 gone = 0;

	skb->len -= n;
	skb->data_len -= n;
	for (u32 i = 0; i < skb->nr_frags && n; i++) {
		struct skb_frag *f = &skb->frags[i];
		u32 take = min(f->len, n);

		f->off += take;
		f->len -= take;
		n -= take;
		if (f->len == 0) {
			buf_put(f->buf);
			gone++;
		}
	}
	if (gone) {
		skb->nr_frags -= (u8)gone;
		memmove(skb->frags, skb->frags + gone, skb->nr_frags * sizeof(skb->frags[0]));
	}
	while (n) {
		struct sk_buff *l = skb->frag_list;

		ln_assert(l);
		if (l->len > n) {
			skb_eat(l, n);
			break;
		}
		n -= l->len;
		skb->frag_list = l->next;
		l->next = NULL;
		skb_release_list(l);
	}
}

void skb_eat(struct sk_buff *skb, u32 n)
{
	u32 linear = min(n, skb_headlen(skb));

	ln_assert(n <= skb->len);
	skb->csum_valid = false;
	skb_pull(skb, linear);
	if (n > linear)
		eat_frags(skb, n - linear);
}

/* Headers already pulled: they are written and looked at too (ICMP quotes, taps). What is linear
 * may have come so far to the front that the first of them, the link's, is lost. */
static u32 pulled_headers(const struct sk_buff *skb)
{
	u32 room = skb_headroom(skb), first = min((u32)skb->mac_header, room);

	if (skb->network_header && skb->network_header < first)
		first = skb->network_header;
	return room - first;
}

/* The linear part stands so much further from head. */
static void moved_by(struct sk_buff *skb, u32 shift)
{
	skb->mac_header = (u16)(skb->mac_header + shift);
	skb->network_header = (u16)(skb->network_header + shift);
	skb->transport_header = (u16)(skb->transport_header + shift);
	skb->csum_start = (u16)(skb->csum_start + shift);
}

/*
 * Gives the linear part a private place with room: `headroom` before and `n` bytes from data. What
 * is linear behind them stays where it is, as the first fragment of the payload.
 */
static bool skb_reroom(struct sk_buff *skb, u32 headroom, u32 n)
{
	u32 linear = skb_headlen(skb), old_room = skb_headroom(skb), keep = min(linear, n);
	u32 before = min(headroom, pulled_headers(skb));
	struct buf *old = skb->head_buf;

	if (headroom + n > SKB_ROOM)
		return false;
	if (keep < linear && skb->nr_frags == MAX_SKB_FRAGS)
		return false;
	ln_assert(old);
	memcpy(skb->room + headroom - before, skb->data - before, before + keep);
	skb->net->copies.header += before + keep;
	if (keep < linear) {
		memmove(skb->frags + 1, skb->frags, skb->nr_frags * sizeof(skb->frags[0]));
		skb->frags[0] = (struct skb_frag){
			buf_get(old), (u32)(skb->data - old->data) + keep, linear - keep,
		};
		skb->nr_frags++;
		skb->data_len += linear - keep;
	}
	buf_put(old);
	skb->head_buf = NULL;
	skb->head = skb->room;
	skb->data = skb->room + headroom;
	skb->tail = headroom + keep;
	skb->end = SKB_ROOM;
	moved_by(skb, headroom - old_room);
	return true;
}

/* The headers that were pulled would be in the way: network headers are looked at later, too. */
static bool room_is_too_short(const struct sk_buff *skb, u32 n)
{
	u32 room = skb_headroom(skb), nh = skb->network_header;

	return n > SKB_ROOM || (nh && nh < room && room - nh > SKB_ROOM - n);
}

bool skb_expand_head(struct sk_buff *skb, u32 headroom, u32 n)
{
	u32 linear = skb_headlen(skb), old_room = skb_headroom(skb);
	u32 before = min(headroom, pulled_headers(skb));
	struct buf *buf;

	/* Its owner was charged for it as it is. */
	if (skb->destructor || headroom + max(n, linear) > BUF_SIZE_MAX)
		return false;
	buf = buf_alloc(skb->net->bufs, headroom + max(n, linear));
	if (!buf)
		return false;
	if (!mem_charge(&skb->net->mem, buf_truesize(buf))) {
		buf_put(buf);
		return false;
	}
	skb->truesize += buf_truesize(buf);
	memcpy(buf->data + headroom - before, skb->data - before, before + linear);
	skb->net->copies.header += before + linear;
	if (skb->head_buf)
		buf_put(skb->head_buf);
	skb->head_buf = buf;
	skb->head = buf->data;
	skb->data = buf->data + headroom;
	skb->tail = headroom + linear;
	skb->end = buf->size;
	moved_by(skb, headroom - old_room);
	return true;
}

/* The linear part becomes n bytes, where there is room for more of them. */
static bool make_room_to_pull(struct sk_buff *skb, u32 n)
{
	u32 room = skb_headroom(skb), shift;

	if (unlikely(room_is_too_short(skb, n)))
		return skb_expand_head(skb, room, n);
	room = min_t(u32, room, SKB_ROOM - n);
	if (skb->head_buf)
		return skb_reroom(skb, room, n);
	/* Inline, but too far back: move it to the front. */
	shift = skb_headroom(skb) - room;
	memmove(skb->room, skb->room + shift, skb->tail - shift);
	moved_by(skb, 0u - shift);
	skb->tail -= shift;
	skb->data -= shift;
	return true;
}

bool pskb_may_pull_slow(struct sk_buff *skb, u32 n)
{
	u32 linear = skb_headlen(skb), more = n - linear;

	if (n > skb->len)
		return false;
	/* The tail of a shared buffer is not ours to write. */
	if ((skb->head_buf && buf_shared(skb->head_buf)) || skb_tailroom(skb) < more) {
		if (!make_room_to_pull(skb, n))
			return false;
		linear = skb_headlen(skb);
		if (n <= linear)
			return true;
		more = n - linear;
	}
	skb_copy_bits(skb, linear, skb_tail_pointer(skb), more);
	skb->net->copies.header += more;
	eat_frags(skb, more);
	skb->len += more;
	skb->tail += more;
	return true;
}

bool skb_cow_head_slow(struct sk_buff *skb, u32 headroom, u32 write)
{
	ln_assert(write <= skb_headlen(skb));
	if (!skb->head_buf) {
		u32 linear = skb_headlen(skb), shift = headroom - skb_headroom(skb);

		if (headroom + linear > SKB_ROOM)
			return skb_expand_head(skb, headroom, linear);
		memmove(skb->room + shift, skb->room, skb->tail);
		skb->data = skb->room + headroom;
		skb->tail = headroom + linear;
		moved_by(skb, shift);
		return true;
	}
	if (headroom + write > SKB_ROOM)
		return skb_expand_head(skb, headroom, write);
	/* Room for the headers that were pulled, as far as there is some: they may be looked at. */
	return skb_reroom(skb, max(headroom, min(pulled_headers(skb), SKB_ROOM - write)), write);
}

void skb_split(struct sk_buff *skb, struct sk_buff *rest, u32 len)
{
	u32 pos = skb_headlen(skb), keep = 0, moved = skb->len - len;
	u32 share;

	ln_assert(len >= pos && len < skb->len && !rest->len && !skb->frag_list);
	for (u32 i = 0; i < skb->nr_frags; i++) {
		struct skb_frag *f = &skb->frags[i];
		u32 flen = f->len;

		if (pos + flen <= len) {
			keep++;
		} else if (pos >= len) {
			rest->frags[rest->nr_frags++] = *f;
		} else {
			u32 mine = len - pos;

			rest->frags[rest->nr_frags++] =
				(struct skb_frag){ buf_get(f->buf), f->off + mine, flen - mine };
			f->len = mine;
			keep++;
		}
		pos += flen;
	}
	skb->nr_frags = (u8)keep;
	skb->len = len;
	skb->data_len -= moved;
	rest->len = rest->data_len = moved;
	/* The charge moves with the bytes, as far as there is one. */
	share = min(skb->truesize, moved);
	skb->truesize -= share;
	rest->truesize += share;
	skb->csum_valid = rest->csum_valid = false;
}

/* The first piece of `from` goes on where the last of `to` ends. */
static bool goes_on(const struct sk_buff *to, const struct sk_buff *from)
{
	const struct skb_frag *last = to->nr_frags ? &to->frags[to->nr_frags - 1] : NULL;

	return last && from->nr_frags && last->buf == from->frags[0].buf &&
	       last->off + last->len == from->frags[0].off;
}

bool skb_shift(struct sk_buff *to, struct sk_buff *from)
{
	u32 first = goes_on(to, from), n = from->nr_frags - first;

	ln_assert(!skb_headlen(from) && !to->frag_list && !from->frag_list);
	if (to->nr_frags + n > MAX_SKB_FRAGS)
		return false;
	if (to->csum_valid && from->csum_valid)
		to->csum = csum_block_add(to->csum, from->csum, to->len);
	else if (from->len)
		to->csum_valid = false;
	if (first) {
		to->frags[to->nr_frags - 1].len += from->frags[0].len;
		buf_put(from->frags[0].buf);
	}
	memcpy(to->frags + to->nr_frags, from->frags + first, n * sizeof(from->frags[0]));
	to->nr_frags = (u8)(to->nr_frags + n);
	to->len += from->len;
	to->data_len += from->len;
	to->truesize += from->truesize;
	from->nr_frags = 0;
	from->len = from->data_len = from->truesize = 0;
	return true;
}
