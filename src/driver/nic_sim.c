/* SPDX-License-Identifier: MIT */
/* The lab's card. Times: a DMA of n bytes takes dma_ns + n bytes at dma_bps. */
#include "driver/nic_sim.h"

#include "base/assert.h"
#include "base/trace.h"
#include "driver/nic_filter.h"
#include "wire/eth.h"

#define FIFO_BYTES_DEFAULT (64u << 10)
#define DMA_BPS_DEFAULT 16000000000ull
#define DMA_NS_DEFAULT 300u
#define MIN_FRAME_LEN (ETH_ZLEN + ETH_FCS_LEN)
#define VLAN_TAG_LEN 4
#define TX_RETRY_NS (1 * NSEC_PER_MSEC)	/* the host gave no buffer for a frame */

#define FIFO_ENTRIES_FIRST 8u	/* a power of two */

struct fifo_entry {
	struct wire_frame frame;
	ktime_t arrival;
};

struct nic_sim {
	struct nic nic;
	struct nic_sim_wire wire;	/* xmit NULL: no cable */
	u64 dma_bps;
	u32 dma_ns;

	/* receive: entries are index & mask; they grow, to fifo_bytes / 64 frames at most */
	struct fifo_entry *fifo;
	u32 fifo_entries, fifo_bytes, fifo_used;
	u32 fifo_in, fifo_out;
	struct timer rx_dma;		/* runs while the FIFO holds a frame */

	/* transmit: ring -> reading (the timer runs) -> ready -> on the wire */
	struct timer tx_dma;
	struct wire_frame ready;	/* buf NULL: none */
	bool on_wire;			/* the wire has a frame */
	bool completes;			/* and its descriptor is still to be completed */
};

static struct nic_sim *sim_of(struct nic *nic)
{
	return nic->backend;
}

static ktime_t dma_time(const struct nic_sim *sim, u32 bytes)
{
	return sim->dma_ns + (ktime_t)((u64)bytes * 8 * NSEC_PER_SEC / sim->dma_bps);
}

static bool plugged(const struct nic_sim *sim)
{
	return sim->wire.xmit;
}

static void frame_put(struct wire_frame *frame)
{
	buf_put(frame->buf);
	frame->buf = NULL;
}

static void put_le32(u8 *p, u32 v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (u8)(v >> (8 * i));
}

static u32 get_le32(const u8 *p)
{
	return (u32)p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

void nic_sim_put_fcs(u8 *frame, u32 len)
{
	put_le32(frame + len, eth_fcs(0, frame, len));
}

/* ---- receive ---- */

/* SKB_CONSUMED: the frame may enter the FIFO. */
static enum skb_drop_reason check_frame(const struct nic_sim *sim, const struct wire_frame *frame)
{
	const struct nic *nic = &sim->nic;
	const u8 *p = frame->buf->data + frame->off;
	u32 len = frame->len - ETH_FCS_LEN;

	if (!nic->up || !plugged(sim))
		return SKB_DROP_REASON_NIC_DOWN;
	if (frame->len < MIN_FRAME_LEN)
		return SKB_DROP_REASON_NIC_RUNT;
	if (len > nic->mtu + ETH_HLEN + VLAN_TAG_LEN)
		return SKB_DROP_REASON_NIC_GIANT;
	if (eth_fcs(0, p, len) != get_le32(p + len))
		return SKB_DROP_REASON_NIC_FCS;
	if (!nic_filter_accepts(nic, p))
		return SKB_DROP_REASON_NIC_FILTER;
	if (sim->fifo_used + frame->len > sim->fifo_bytes)
		return SKB_DROP_REASON_NIC_FIFO;
	return SKB_CONSUMED;
}

static struct fifo_entry *fifo_head(struct nic_sim *sim)
{
	return &sim->fifo[sim->fifo_out & (sim->fifo_entries - 1)];
}

static void fifo_pop(struct nic_sim *sim)
{
	struct fifo_entry *e = fifo_head(sim);

	sim->fifo_used -= e->frame.len;
	frame_put(&e->frame);
	sim->fifo_out++;
}

/* DMA of the FIFO's first frame begins. */
static void rx_dma_start(struct nic_sim *sim)
{
	struct net *net = sim->nic.net;

	net_timer_mod(net, &sim->rx_dma,
		      net->now + dma_time(sim, fifo_head(sim)->frame.len - ETH_FCS_LEN));
}

/* Room for one more entry. False: no memory. */
static bool fifo_has_room(struct nic_sim *sim)
{
	struct mem *mem = &sim->nic.net->mem;
	u32 n = sim->fifo_in - sim->fifo_out, had = sim->fifo_entries;
	struct fifo_entry *grown;

	if (likely(n < had))
		return true;
	grown = mem_zalloc(mem, 2 * had * sizeof(*grown));
	if (!grown)
		return false;
	for (u32 i = sim->fifo_out; i != sim->fifo_in; i++)
		grown[i & (2 * had - 1)] = sim->fifo[i & (had - 1)];
	mem_free(mem, sim->fifo, had * sizeof(*grown));
	sim->fifo = grown;
	sim->fifo_entries = 2 * had;
	return true;
}

void nic_sim_rx(struct nic_sim *sim, const struct wire_frame *frame)
{
	struct nic *nic = &sim->nic;
	enum skb_drop_reason reason = check_frame(sim, frame);

	if (reason == SKB_CONSUMED && !fifo_has_room(sim))
		reason = SKB_DROP_REASON_NIC_FIFO;
	if (reason != SKB_CONSUMED) {
		nic_rx_drop(nic, frame->packet, reason);
		buf_put(frame->buf);
		return;
	}
	if (is_multicast_ether_addr(frame->buf->data + frame->off))
		nic->stats.multicast += !is_broadcast_ether_addr(frame->buf->data + frame->off);
	sim->fifo[sim->fifo_in++ & (sim->fifo_entries - 1)] =
		(struct fifo_entry){ *frame, nic->net->now };
	sim->fifo_used += frame->len;
	trace_dev(nic->net, nic_rx_fifo, nic->dev, frame->packet, frame->len, sim->fifo_used,
		  sim->fifo_bytes);
	if (!timer_pending(&sim->rx_dma))
		rx_dma_start(sim);
}

static void rx_dma_done(struct timer *t)
{
	struct nic_sim *sim = container_of(t, struct nic_sim, rx_dma);
	const struct fifo_entry *e = fifo_head(sim);
	struct nic_seg seg = {
		.addr = e->frame.buf->data + e->frame.off, .len = e->frame.len - ETH_FCS_LEN,
	};
	struct nic_meta meta = { .packet = e->frame.packet, .tstamp = e->arrival };
	bool taken = nic_rx_dma(&sim->nic, &seg, 1, &meta);

	fifo_pop(sim);
	if (sim->fifo_used)
		rx_dma_start(sim);
	if (taken)
		nic_rx_event(&sim->nic, 1);
}

u32 nic_sim_fifo_frames(const struct nic_sim *sim)
{
	return sim->fifo_in - sim->fifo_out;
}

/* ---- transmit ---- */

static void tx_dma_start(struct nic_sim *sim)
{
	struct nic_seg segs[NIC_SEGS_MAX];
	struct net *net = sim->nic.net;
	u32 n, len = 0;

	if (!sim->nic.up || !plugged(sim) || sim->ready.buf || timer_pending(&sim->tx_dma))
		return;
	n = nic_tx_peek(&sim->nic, segs, NULL);
	if (!n)
		return;
	for (u32 i = 0; i < n; i++)
		len += segs[i].len;
	net_timer_mod(net, &sim->tx_dma, net->now + dma_time(sim, len));
}

static void wire_give(struct nic_sim *sim)
{
	struct wire_frame frame = sim->ready;

	sim->ready.buf = NULL;
	sim->on_wire = sim->completes = true;
	sim->wire.xmit(sim->wire.wire, sim, &frame);
}

/* The next frame of the ring as it goes over the wire; false: the host has no buffer. */
static bool read_frame(struct nic_sim *sim)
{
	struct nic *nic = &sim->nic;
	struct nic_seg segs[NIC_SEGS_MAX];
	struct nic_meta meta;
	u32 len = 0, n = nic_tx_peek(nic, segs, &meta);
	struct buf *buf;

	ln_assert(n > 0);
	for (u32 i = 0; i < n; i++)
		len += segs[i].len;
	buf = buf_alloc(nic->net->bufs, max_t(u32, len, ETH_ZLEN) + ETH_FCS_LEN);
	if (!buf)
		return false;
	len = 0;
	for (u32 i = 0; i < n; i++) {
		memcpy(buf->data + len, segs[i].addr, segs[i].len);
		len += segs[i].len;
	}
	nic->net->copies.dma_out += len;
	trace_dev(nic->net, nic_tx_dma, nic->dev, meta.packet, len,
		  nic->tx.next_read & nic->tx.mask);
	nic_tx_advance(nic);
	if (len < ETH_ZLEN)
		memset(buf->data + len, 0, ETH_ZLEN - len);
	len = max_t(u32, len, ETH_ZLEN);
	nic_sim_put_fcs(buf->data, len);
	sim->ready = (struct wire_frame){
		.buf = buf, .len = len + ETH_FCS_LEN, .packet = meta.packet,
	};
	return true;
}

static void tx_dma_done(struct timer *t)
{
	struct nic_sim *sim = container_of(t, struct nic_sim, tx_dma);
	struct net *net = sim->nic.net;

	if (!read_frame(sim)) {
		net_timer_mod(net, &sim->tx_dma, net->now + TX_RETRY_NS);
		return;
	}
	if (!sim->on_wire)
		wire_give(sim);
	tx_dma_start(sim);
}

static void tx_complete(struct nic_sim *sim)
{
	if (sim->completes) {
		sim->completes = false;
		nic_tx_complete(&sim->nic, 1);
	}
}

void nic_sim_tx_done(struct nic_sim *sim)
{
	ln_assert(sim->on_wire);
	sim->on_wire = false;
	tx_complete(sim);
	if (sim->ready.buf)
		wire_give(sim);
	tx_dma_start(sim);
}

/* What is in the card, but not on the wire, is forgotten; its descriptors are not completed. */
static void tx_stop(struct nic_sim *sim)
{
	tx_complete(sim);	/* the frame on the wire has left the card */
	net_timer_del(sim->nic.net, &sim->tx_dma);
	if (sim->ready.buf)
		frame_put(&sim->ready);
}

static void sim_doorbell(struct nic *nic)
{
	tx_dma_start(sim_of(nic));
}

/* ---- life ---- */

static void fifo_flush(struct nic_sim *sim)
{
	net_timer_del(sim->nic.net, &sim->rx_dma);
	while (sim->fifo_out != sim->fifo_in) {
		nic_rx_drop(&sim->nic, fifo_head(sim)->frame.packet, SKB_DROP_REASON_NIC_DOWN);
		fifo_pop(sim);
	}
}

static void sim_set_up(struct nic *nic, bool up)
{
	struct nic_sim *sim = sim_of(nic);

	if (up)
		return;
	fifo_flush(sim);
	tx_stop(sim);
}

void nic_sim_plug(struct nic_sim *sim, const struct nic_sim_wire *wire)
{
	struct nic *nic = &sim->nic;

	if (wire) {
		ln_assert(!plugged(sim));
		sim->wire = *wire;
		nic_set_carrier(nic, true);
		tx_dma_start(sim);
		return;
	}
	if (nic->up) {
		tx_stop(sim);
		nic_tx_abort(nic, SKB_DROP_REASON_NIC_DOWN);
	}
	sim->on_wire = sim->completes = false;
	sim->wire = (struct nic_sim_wire){ 0 };
	nic_set_carrier(nic, false);
}

static void sim_free(struct nic_sim *sim)
{
	struct mem *mem = &sim->nic.net->mem;

	mem_free(mem, sim->fifo, sim->fifo_entries * sizeof(*sim->fifo));
	mem_free(mem, sim, sizeof(*sim));
}

static void sim_destroy(struct nic *nic)
{
	sim_free(sim_of(nic));
}

static const struct nic_ops sim_ops = {
	.tx_doorbell = sim_doorbell,
	.set_up = sim_set_up,
	.destroy = sim_destroy,
};

static const struct nic_coalesce coalesce_default = { .rx_usecs = 3, .tx_usecs = 3 };

struct nic_sim *nic_sim_create(struct net *net, const struct nic_sim_params *params)
{
	struct nic_sim *sim = mem_zalloc(&net->mem, sizeof(*sim));
	const struct nic_coalesce *c = &params->coalesce;

	if (!sim)
		return NULL;
	nic_init(&sim->nic, net, &sim_ops, sim);
	ether_addr_copy(sim->nic.mac, params->mac);
	if (params->mtu)
		sim->nic.mtu = params->mtu;
	if (!c->rx_usecs && !c->rx_frames && !c->tx_usecs && !c->tx_frames)
		c = &coalesce_default;
	sim->nic.coalesce = *c;
	sim->nic.rx_ring = params->rx_ring;
	sim->nic.tx_ring = params->tx_ring;
	/* A lab is there to see each frame climb; ethtool -K has it otherwise. */
	sim->nic.no_gro = true;
	sim->nic.rx_late = 1;
	sim->dma_bps = params->dma_bps ? params->dma_bps : DMA_BPS_DEFAULT;
	sim->dma_ns = params->dma_ns ? params->dma_ns : DMA_NS_DEFAULT;
	sim->fifo_bytes = params->fifo_bytes ? params->fifo_bytes : FIFO_BYTES_DEFAULT;
	sim->fifo_entries = FIFO_ENTRIES_FIRST;
	timer_init(&sim->rx_dma, rx_dma_done);
	timer_init(&sim->tx_dma, tx_dma_done);
	sim->fifo = mem_zalloc(&net->mem, sim->fifo_entries * sizeof(*sim->fifo));
	if (!sim->fifo) {
		sim_free(sim);
		return NULL;
	}
	return sim;
}

struct nic *nic_sim_nic(struct nic_sim *sim)
{
	return &sim->nic;
}
