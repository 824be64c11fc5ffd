/* SPDX-License-Identifier: MIT */
/*
 * For tests of frames that go straight (device/straight.h): two machines of three cards each, of
 * which one has a hook at its devices that lets everything pass, so that nothing goes straight
 * there. They get the same frames; what they send, count and remember is compared.
 */
#ifndef LINNET_STACK_TWINS_H
#define LINNET_STACK_TWINS_H

#include "device/napi.h"
#include "device/netdevice.h"
#include "device/nf_hook.h"
#include "device/qdisc.h"
#include "driver/nic.h"
#include "stack_frames.h"
#include "stack_pair.h"

#define BURST_MAX 150
#define SENT_MAX 512
#define CARDS 3

struct box {
	struct ln_net *net;
	struct ln_nic *nic[CARDS];
	struct nf_hook_ops hook[CARDS];
	u64 seen;
};

struct scene {
	struct box box[2];		/* straight; by the long way */
	struct prng r;
	s64 now;
	bool bridge;
	u32 n[2][CARDS];		/* what left in this round */
	u64 sent, passed;
	bool done[16];			/* of what happens beside */
};

static struct frame sent[2][CARDS][SENT_MAX];

static inline void ctl(struct box *b, const char *cmd)
{
	box_ctl(b->net, cmd);
}

static inline void both(struct scene *s, const char *cmd)
{
	ctl(&s->box[0], cmd);
	ctl(&s->box[1], cmd);
}

static inline enum nf_verdict all_pass(void *priv, struct sk_buff *skb,
				       const struct nf_hook_state *state)
{
	(void)skb;
	(void)state;
	++*(u64 *)priv;
	return NF_ACCEPT;
}

static inline void box_create(struct box *b)
{
	*b = (struct box){ .net = box_net() };
	for (u32 i = 0; i < CARDS; i++) {
		struct ln_nic_params params = { .mac = { 2, 0, 0, 0, 0, (u8)(1 + i) },
						.tx_ring = i == 2 ? 64 : 512,
						.mtu = i == 1 ? 1300 : 1500 };

		b->nic[i] = box_nic(b->net, &params);
	}
}

/* A hook at the device, which a bridge asks too; nothing goes straight then. */
static inline void take_the_long_way(struct box *b)
{
	struct net *net = net_of(b->net);
	static const char name[CARDS][8] = { "eth0", "eth1", "eth2" };

	for (u32 i = 0; i < CARDS; i++) {
		b->hook[i] = (struct nf_hook_ops){ .hook = all_pass, .priv = &b->seen,
						   .pf = NFPROTO_NETDEV,
						   .hooknum = NF_NETDEV_INGRESS };
		nf_register_ingress(dev_get_by_name(net, name[i]), &b->hook[i]);
	}
}

static inline void scene_end(struct scene *s)
{
	for (u32 i = 0; i < CARDS; i++)
		nf_unregister_net_hook(&s->box[1].hook[i]);
	for (u32 i = 0; i < 2; i++)
		box_end(s->box[i].net);
}

static inline void collect(struct scene *s, u32 which, u32 card, u32 max)
{
	struct frame *f = &sent[which][card][s->n[which][card]];
	ptrdiff_t len;

	while (max-- && (len = ln_nic_transmit(s->box[which].nic[card], f->data, FRAME_MAX)) > 0) {
		f->len = (u32)len;
		assert_true(++s->n[which][card] < SENT_MAX);
		f++;
	}
}

/* A ring that nobody empties for a while fills, and the queue behind it. */
static inline void run(struct scene *s, u32 which, bool slow)
{
	struct box *b = &s->box[which];

	for (u32 round = 0; round < 3; round++) {
		ln_net_run(b->net, s->now + round);
		for (u32 card = 0; card < CARDS; card++)
			collect(s, which, card, slow && card == 2 ? 30 : UINT32_MAX);
	}
}

static inline void same_text(struct scene *s, const char *cmd)
{
	static char text[2][65536];

	for (u32 i = 0; i < 2; i++)
		assert_int_equal(ln_ctl(s->box[i].net, cmd, text[i], sizeof(text[i]), NULL), 0);
	assert_string_equal(text[0], text[1]);
}

static inline void same_cards(struct scene *s)
{
	struct net *a = net_of(s->box[0].net), *b = net_of(s->box[1].net);
	static const char name[CARDS][8] = { "eth0", "eth1", "eth2" };

	for (u32 i = 0; i < CARDS; i++) {
		const struct net_device *x = dev_get_by_name(a, name[i]);
		const struct net_device *y = dev_get_by_name(b, name[i]);

		assert_memory_equal(&x->stats, &y->stats, sizeof(x->stats));
		s->passed += x->nic->stats.rx_straight;
		assert_int_equal(y->nic->stats.rx_straight, 0);
		x->nic->stats.rx_straight = 0;
		assert_memory_equal(&x->nic->stats, &y->nic->stats, sizeof(x->nic->stats));
		assert_memory_equal(&x->qdisc->stats, &y->qdisc->stats, sizeof(x->qdisc->stats));
		assert_int_equal(x->queue_stopped, y->queue_stopped);
	}
}

static inline void compare(struct scene *s)
{
	struct net *a = net_of(s->box[0].net), *b = net_of(s->box[1].net);

	for (u32 card = 0; card < CARDS; card++) {
		assert_int_equal(s->n[0][card], s->n[1][card]);
		for (u32 i = 0; i < s->n[0][card]; i++) {
			assert_int_equal(sent[0][card][i].len, sent[1][card][i].len);
			assert_memory_equal(sent[0][card][i].data, sent[1][card][i].data,
					    sent[0][card][i].len);
		}
		s->sent += s->n[0][card];
		s->n[0][card] = s->n[1][card] = 0;
	}
	assert_memory_equal(a->mib, b->mib, sizeof(a->mib));
	assert_memory_equal(a->drops, b->drops, sizeof(a->drops));
	assert_memory_equal(&a->frames, &b->frames, sizeof(a->frames));
	assert_int_equal(a->softnet->processed, b->softnet->processed);
	assert_int_equal(*a->packet_ids, *b->packet_ids);
	same_cards(s);
}

#endif
