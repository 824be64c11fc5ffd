/* SPDX-License-Identifier: MIT */
/*
 * The receive ring's buffers: posted ahead of their frames, or found when these come (rx_late),
 * charged to the instance while they are the ring's; without memory it is tried again by a timer.
 */
#include "driver/nic_impl.h"

#define VLAN_TAG_LEN 4
#define REFILL_BULK 32		/* buffers that are charged and allocated in one go */

static void free_arrays(struct nic *nic, const struct nic_rx_ring *rx)
{
	struct mem *mem = &nic->net->mem;

	mem_free(mem, rx->more, rx->size * sizeof(*rx->more));
	mem_free(mem, rx->handed, rx->size * sizeof(*rx->handed));
	mem_free(mem, rx->meta, rx->size * sizeof(*rx->meta));
	mem_free(mem, rx->slot, rx->size * sizeof(*rx->slot));
}

int nic_rx_ring_init(struct nic *nic, u32 size)
{
	struct nic_rx_ring *rx = &nic->rx;
	struct mem *mem = &nic->net->mem;

	*rx = (struct nic_rx_ring){
		.slot = mem_zalloc(mem, size * sizeof(*rx->slot)),
		.meta = mem_alloc(mem, size * sizeof(*rx->meta)),
		.size = size,
		.mask = size - 1,
		.buf_len = nic->mtu + ETH_HLEN + VLAN_TAG_LEN,
	};
	if (nic->rx_gso)
		rx->more = mem_zalloc(mem, size * sizeof(*rx->more));
	if (!rx->slot || !rx->meta || (nic->rx_gso && !rx->more)) {
		free_arrays(nic, rx);
		*rx = (struct nic_rx_ring){ 0 };
		return -ENOMEM;
	}
	if (!nic_rx_refill(nic)) {
		nic_rx_ring_exit(nic, SKB_DROP_REASON_NIC_DOWN);
		net_timer_del(nic->net, &nic->refill_timer);
		return -ENOMEM;
	}
	return 0;
}

static void ring_free_buf(struct nic *nic, struct buf **buf)
{
	if (!*buf)
		return;
	mem_uncharge(&nic->net->mem, buf_truesize(*buf));
	buf_put(*buf);
	*buf = NULL;
}

void nic_rx_free_spares(struct nic *nic, struct nic_rx_spares *s)
{
	for (u32 i = 0; i < NIC_RX_SPARES; i++)
		ring_free_buf(nic, &s->buf[i]);
}

void nic_rx_ring_exit(struct nic *nic, enum skb_drop_reason reason)
{
	struct nic_rx_ring *rx = &nic->rx;

	for (; rx->next_take != rx->next_fill; rx->next_take++) {
		struct nic_rx_slot *slot = &rx->slot[rx->next_take & rx->mask];

		if (slot->skb)
			kfree_skb_reason(slot->skb, reason);
		else
			frame_drop(nic->net, nic->dev, nic_rx_slot_packet(rx, slot), reason, NULL);
		if (slot->handed)
			nic_rx_free_handed(nic, &rx->handed[slot - rx->slot]);
	}
	for (u32 i = 0; i < rx->size; i++) {
		ring_free_buf(nic, &rx->slot[i].buf);
		if (rx->more)
			nic_rx_free_spares(nic, &rx->more[i]);
	}
	nic_rx_free_spares(nic, &rx->spares);
	free_arrays(nic, rx);
	*rx = (struct nic_rx_ring){ 0 };
}

/* How many slots in a row have no buffer, up to max. */
static u32 slots_without_buf(const struct nic_rx_ring *rx, u64 from, u32 max)
{
	u32 n = 0;

	while (n < max && !rx->slot[(from + n) & rx->mask].buf)
		n++;
	return n;
}

/* Buffers for n slots from `at` on, which have none; returns for how many. */
static __noinline u32 fill_slots(struct nic *nic, u64 at, u32 n)
{
	u32 size = NIC_RX_HEADROOM + nic->rx.buf_len, truesize = buf_alloc_truesize(size), got;
	struct nic_rx_ring *rx = &nic->rx;
	struct mem *mem = &nic->net->mem;
	struct buf *buf[REFILL_BULK];

	/* Each buffer fails in its turn, as with slabs; and the last one within the budget fits. */
	if (unlikely(mem->fail_after) || unlikely(!mem_charge(mem, (size_t)n * truesize))) {
		n = 1;
		if (!mem_charge(mem, truesize))
			return 0;
	}
	got = buf_alloc_bulk(nic->net->bufs, size, buf, n);
	mem_uncharge(mem, (size_t)(n - got) * truesize);
	for (u32 i = 0; i < got; i++)
		rx->slot[(at + i) & rx->mask].buf = buf[i];
	return got;
}

/* The next slots that have none, up to `end`; returns how many were posted. */
static u32 post_bufs(struct nic *nic, u64 end)
{
	struct nic_rx_ring *rx = &nic->rx;
	u32 n = slots_without_buf(rx, rx->next_post,
				  (u32)min_t(u64, end - rx->next_post, REFILL_BULK));

	n = fill_slots(nic, rx->next_post, n);
	rx->next_post += n;
	return n;
}

/* The same from the first slot on that has none. */
static __noinline void refill_slots(struct nic *nic, u64 end)
{
	struct nic_rx_ring *rx = &nic->rx;

	while (rx->next_post != end) {
		if (rx->slot[rx->next_post & rx->mask].buf) {
			rx->next_post++;
		} else if (unlikely(!post_bufs(nic, end))) {
			nic->stats.rx_no_buffer++;
			break;
		}
	}
}

static void retry_later(struct nic *nic)
{
	net_timer_mod(nic->net, &nic->refill_timer,
		      nic->net->now + ms_to_ktime(NIC_REFILL_RETRY_MS));
}

/*
 * A few that are there before their frames: an instance without memory gets what is left of it back
 * by an ACK, which has to come in.
 */
static void keep_stock(struct nic *nic)
{
	struct nic_rx_ring *rx = &nic->rx;
	u32 max = min_t(u32, nic->rx_late, nic_rx_free(nic)), have = 0;

	if (max < 2 || rx->slot[(rx->next_fill + max / 2) & rx->mask].buf)
		return;
	while (rx->slot[(rx->next_fill + have) & rx->mask].buf)
		have++;
	fill_slots(nic, rx->next_fill + have,
		   slots_without_buf(rx, rx->next_fill + have, max - have));
}

u32 nic_rx_refill(struct nic *nic)
{
	struct nic_rx_ring *rx = &nic->rx;
	u64 end = rx->next_take + rx->size, start = rx->next_post;

	if (nic->rx_late) {
		rx->next_post = end;
		keep_stock(nic);
	}
	/* Handed-over frames left their slots' buffers unused. */
	while (rx->next_post != end && rx->slot[rx->next_post & rx->mask].buf)
		rx->next_post++;
	if (rx->next_post != end)
		refill_slots(nic, end);
	if (unlikely(rx->next_post == rx->next_take))
		retry_later(nic);
	return (u32)(rx->next_post - start);
}

void nic_refill_timer_fn(struct timer *t)
{
	struct nic *nic = container_of(t, struct nic, refill_timer);

	if (nic->up && nic_rx_refill(nic) && nic->ops->rx_poll)
		nic_rx_event(nic, 0);
}

__noinline bool nic_rx_late_bufs(struct nic *nic)
{
	const struct nic_rx_ring *rx = &nic->rx;
	u32 n = min_t(u32, nic->rx_late, nic_rx_free(nic));

	return fill_slots(nic, rx->next_fill, slots_without_buf(rx, rx->next_fill, n));
}

bool nic_rx_has_room(struct nic *nic)
{
	const struct nic_rx_ring *rx = &nic->rx;

	if (!nic_rx_free(nic))
		return false;
	if (likely(rx->slot[rx->next_fill & rx->mask].buf || nic_rx_late_bufs(nic)))
		return true;
	nic->stats.rx_no_buffer++;
	retry_later(nic);
	return false;
}
