/* SPDX-License-Identifier: MIT */
/*
 * Hooks on the straight way (straight.h): what they say of a frame that is no packet yet.
 *
 * Hooks that can are asked one after the other as they would be by a packet, with an sk_buff that
 * is none: its bytes are the frame's, from the network header on, it has a length, a device and
 * perhaps a connection, and nobody owns it. They may change the headers, as NAT does. What they
 * would count or remember is noted, and done at the end, when all have accepted, or one drops it.
 * Who cannot say (he would keep the packet, answer it, or change what is not its bytes) sends it
 * the long way: the headers are put back, and nobody will know that it was here.
 *
 * A connection is looked for before, for all frames of a run (nf_hook_ops.find), because the route
 * depends on it.
 */
#ifndef LINNET_DEVICE_NF_STRAIGHT_H
#define LINNET_DEVICE_NF_STRAIGHT_H

#include "device/napi.h"
#include "device/nf_hook.h"
#include "device/straight.h"
#include "wire/eth.h"

#define NF_STRAIGHT_HEADERS 60		/* bytes that hooks may change: IPv6's header and TCP's */
#define NF_STRAIGHT_COUNTERS 16
#define NF_STRAIGHT_HOOKS 8		/* at each place, that have anything to look at */

enum nf_straight_may { NF_STRAIGHT_UNASKED, NF_STRAIGHT_ASKED, NF_STRAIGHT_NEVER };

struct nf_straight {
	struct straight_run *run;
	bool failed;		/* somebody cannot say */
	bool dropped;		/* at state.hook */
	/* Of PRE_ROUTING, FORWARD, POST_ROUTING. */
	u8 hooks[3];
	const struct nf_hook_ops *hook[3][NF_STRAIGHT_HOOKS];
	struct nf_hook_state state;
	u32 i;			/* which frame of the run */
	u32 counters;
	struct { u64 *packets, *bytes; } counter[NF_STRAIGHT_COUNTERS];
	/* What is left to do for its connection; false: it goes the long way. NULL: nothing. */
	bool (*settle)(struct nf_straight *s);
	u8 headers[NF_STRAIGHT_HEADERS];
	void *conn[NAPI_POLL_WEIGHT];	/* find(): each frame's */
	const void *daddr[NAPI_POLL_WEIGHT];	/* and where it goes, if not to whom it says */
	struct sk_buff skb;
};

/* Whether packets that are forwarded meet hooks, and whether all of these can be asked. */
enum nf_straight_may nf_straight_may(const struct net *net, u8 pf);

/* nf_hook_ops.look of who has nothing to do with what goes straight. */
enum nf_verdict nf_straight_accept(void *priv, struct nf_straight *s,
				   const struct nf_hook_state *state);

/* A run of that family begins; of its first n frames so many are known to those who look. */
u32 nf_straight_begin(struct nf_straight *s, struct straight_run *run, u8 pf, u32 n);

/* Frame i, a packet of len bytes without the link's padding, is asked about. */
static __always_inline void nf_straight_frame(struct nf_straight *s, u32 i, u32 len)
{
	const struct nic_frame *f = &s->run->f[i];
	struct sk_buff *skb = &s->skb;

	s->i = i;
	s->counters = 0;
	s->failed = false;
	s->settle = NULL;
	skb->data = f->data + ETH_HLEN;
	skb->head = skb->data - skb->network_header;
	skb->head_buf = f->buf;
	skb->len = len;
	skb->tail = skb->network_header + len;
	skb->nfct = 0;
	/* A shorter one has its buffer's bytes behind it. */
	memcpy(s->headers, skb->data, NF_STRAIGHT_HEADERS);
}

/* Of all at this hook; NF_STOLEN: it goes the long way. */
static __always_inline enum nf_verdict nf_straight_hook(struct nf_straight *s,
							enum nf_inet_hooks hook,
							struct net_device *out)
{
	const struct nf_hook_ops *const *ops = s->hook[hook / 2];

	if (!s->hooks[hook / 2])
		return NF_ACCEPT;
	s->state.hook = hook;
	s->state.out = out;
	for (u32 i = 0; i < s->hooks[hook / 2]; i++) {
		enum nf_verdict v = ops[i]->look(ops[i]->priv, s, &s->state);

		if (v != NF_ACCEPT)
			return v;
	}
	return NF_ACCEPT;
}

static inline void nf_straight_undo(struct nf_straight *s)
{
	memcpy(s->skb.data, s->headers, NF_STRAIGHT_HEADERS);
}

/* What the last hook said: what was noted is done. False: it goes the long way. */
static __always_inline bool nf_straight_settle(struct nf_straight *s, enum nf_verdict v)
{
	s->dropped = v == NF_DROP;
	if (unlikely(v == NF_STOLEN || (s->settle && !s->settle(s)))) {
		nf_straight_undo(s);
		return false;
	}
	for (u32 i = 0; i < s->counters; i++) {
		++*s->counter[i].packets;
		*s->counter[i].bytes += s->skb.len;
	}
	if (unlikely(s->dropped))
		straight_drop(s->run, s->i);
	return true;
}

static inline void nf_straight_fail(struct nf_straight *s)
{
	s->failed = true;
}

/* One more packet, and its bytes. */
static inline void nf_straight_count(struct nf_straight *s, u64 *packets, u64 *bytes)
{
	if (unlikely(s->counters == NF_STRAIGHT_COUNTERS)) {
		nf_straight_fail(s);
		return;
	}
	s->counter[s->counters].packets = packets;
	s->counter[s->counters++].bytes = bytes;
}

#endif
