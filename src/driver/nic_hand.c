/* SPDX-License-Identifier: MIT */
#include "driver/nic_hand.h"

#include "base/trace.h"
#include "wire/eth.h"

#define RX_LATE 16

struct nic_hand {
	struct nic nic;
	struct nic *peer;		/* at the other end of the cable */
	void (*doorbell)(void *ctx);
	void *ctx;
};

static struct nic_hand *hand_of(const struct nic *nic)
{
	return nic->backend;
}

static void hand_doorbell(struct nic *nic)
{
	struct nic_hand *hand = hand_of(nic);

	if (hand->doorbell)
		hand->doorbell(hand->ctx);
}

static void hand_destroy(struct nic *nic)
{
	struct nic_hand *hand = hand_of(nic);

	if (hand->peer)
		hand_of(hand->peer)->peer = NULL;
	mem_free(&nic->net->mem, hand, sizeof(*hand));
}

static const struct nic_ops hand_ops = {
	.tx_doorbell = hand_doorbell,
	.destroy = hand_destroy,
};

/*
 * A frame that was taken needs no interrupt of its own: its sk_buff is freed with the next poll, or
 * when so many or so long have gathered. Received frames are told at once.
 */
static const struct nic_coalesce hand_coalesce = { .tx_usecs = 100, .tx_frames = 64 };

struct nic *nic_hand_create(struct net *net, const struct nic_hand_params *params)
{
	struct nic_hand *hand = mem_zalloc(&net->mem, sizeof(*hand));

	if (!hand)
		return NULL;
	nic_init(&hand->nic, net, &hand_ops, hand);
	ether_addr_copy(hand->nic.mac, params->mac);
	if (params->mtu)
		hand->nic.mtu = params->mtu;
	hand->nic.carrier = true;
	hand->nic.coalesce = hand_coalesce;
	hand->nic.rx_late = RX_LATE;
	hand->doorbell = params->doorbell;
	hand->ctx = params->ctx;
	return &hand->nic;
}

/* Why the ring did not take a frame. */
static __noinline __cold int refused(const struct nic *nic, size_t len)
{
	if (!nic->up)
		return -ENETDOWN;
	return len < ETH_HLEN || len > nic->rx.buf_len ? -EMSGSIZE : -ENOBUFS;
}

int nic_hand_receive(struct nic *nic, const void *frame, size_t len)
{
	struct nic_seg seg = { .addr = frame, .len = (u32)min_t(size_t, len, UINT32_MAX) };

	if (unlikely(!nic->carrier)) {
		nic_rx_drop(nic, 0, SKB_DROP_REASON_NIC_DOWN);
		return -ENETDOWN;
	}
	if (unlikely(!nic_rx_dma(nic, &seg, 1, NULL)))
		return refused(nic, len);
	nic_rx_event(nic, 1);
	return 0;
}

static bool receive_one(struct nic *nic, const struct ln_frame *f)
{
	struct nic_seg seg = { .addr = f->data, .len = (u32)min_t(size_t, f->len, UINT32_MAX) };

	return nic_rx_dma(nic, &seg, 1, NULL);
}

u32 nic_hand_receive_many(struct nic *nic, const struct ln_frame *frames, u32 n)
{
	u32 taken = 0, i = 0;

	if (unlikely(!nic->carrier)) {
		while (i++ < n)
			nic_rx_drop(nic, 0, SKB_DROP_REASON_NIC_DOWN);
		return 0;
	}
	while (i < n) {
		u32 simple = nic_rx_dma_many(nic, frames + i, n - i);

		i += simple;
		taken += simple;
		if (i < n)
			taken += receive_one(nic, &frames[i++]);
	}
	if (likely(taken))
		nic_rx_event(nic, taken);
	return taken;
}

/* A frame of several pieces, or what it is to be copied to is too short. */
static __noinline ptrdiff_t read_pieces(const struct nic_tx_ring *tx, u8 *to, size_t cap)
{
	u64 at = tx->next_read;
	u32 len = tx->sw[at & tx->mask].len;

	if (len > cap)
		return -EMSGSIZE;
	do {
		const struct nic_seg *seg = &tx->desc[at & tx->mask];

		memcpy(to, seg->addr, seg->len);
		to += seg->len;
	} while (!tx->desc[at++ & tx->mask].eop);
	return len;
}

static __noinline __cold void trace_read(struct nic *nic, u64 len)
{
	struct nic_seg segs[NIC_SEGS_MAX];
	struct nic_meta meta;

	nic_tx_peek(nic, segs, &meta);
	trace_dev(nic->net, nic_tx_dma, nic->dev, meta.packet, len,
		  nic->tx.next_read & nic->tx.mask);
}

/* The next frame, which stays in the ring. */
static ptrdiff_t read_frame(struct nic *nic, void *buf, size_t cap)
{
	const struct nic_tx_ring *tx = &nic->tx;
	const struct nic_seg *seg = &tx->desc[tx->next_read & tx->mask];
	ptrdiff_t len = seg->len;

	if (likely(seg->eop && (size_t)len <= cap)) {
		memcpy(buf, seg->addr, (size_t)len);
	} else {
		len = read_pieces(tx, buf, cap);
		if (len < 0)
			return len;
	}
	nic->net->copies.dma_out += (u64)len;
	if (unlikely(nic->net->trace))
		trace_read(nic, (u64)len);
	return len;
}

ptrdiff_t nic_hand_transmit(struct nic *nic, void *buf, size_t cap)
{
	ptrdiff_t len;

	if (!nic_tx_waiting(nic))	/* so is one that is down */
		return 0;
	len = read_frame(nic, buf, cap);
	if (likely(len > 0))
		nic_tx_read_sent(nic);
	return len;
}

/* The first that are in one piece for which there is room. */
static u32 transmit_simple(struct nic *nic, struct ln_frame *frames, u32 n)
{
	const struct nic_tx_ring *tx = &nic->tx;
	u64 at = tx->next_read, bytes = 0;
	u32 i;

	n = (u32)min_t(u64, n, tx->doorbell - at);
	for (i = 0; i < n; i++) {
		const struct nic_seg *seg = &tx->desc[(at + i) & tx->mask];

		if (unlikely(!seg->eop || seg->len > frames[i].len))
			break;
		prefetch(tx->desc[(at + i + 4) & tx->mask].addr);
		memcpy(frames[i].data, seg->addr, seg->len);
		frames[i].len = seg->len;
		bytes += seg->len;
	}
	if (!i)
		return 0;
	nic->net->copies.dma_out += bytes;
	nic_tx_read_sent_many(nic, i, bytes);
	return i;
}

u32 nic_hand_transmit_many(struct nic *nic, struct ln_frame *frames, u32 n)
{
	u32 i = 0;

	while (i < n && nic_tx_waiting(nic)) {
		u32 simple = nic->net->trace ? 0 : transmit_simple(nic, frames + i, n - i);
		ptrdiff_t len;

		i += simple;
		if (simple)
			continue;
		len = nic_hand_transmit(nic, frames[i].data, frames[i].len);
		if (unlikely(len < 0))
			break;
		frames[i++].len = (size_t)len;
	}
	return i;
}

int nic_hand_connect(struct nic *a, struct nic *b)
{
	if (a == b)
		return -EINVAL;
	if (hand_of(a)->peer || hand_of(b)->peer)
		return -EBUSY;
	hand_of(a)->peer = b;
	hand_of(b)->peer = a;
	/* A frame is handed over, however long it is. */
	a->tso = b->tso = true;
	a->uso = b->uso = true;
	return 0;
}

struct nic *nic_hand_peer(const struct nic *nic)
{
	return hand_of(nic)->peer;
}
