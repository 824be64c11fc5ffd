/* SPDX-License-Identifier: MIT */
/*
 * The interrupt line: masking, pending causes, moderation (row N3).
 *
 * Frames that came since the last interrupt wait as numbers (rx_waiting, tx_waiting) with the time
 * of their first; causes that must be told at once stand in irq_pending. One timer serves both
 * directions' deadlines.
 */
#include "base/trace.h"
#include "driver/nic_impl.h"

static void irq_timer_fn(struct timer *t);

void nic_irq_init(struct nic *nic)
{
	timer_init(&nic->irq_timer, irq_timer_fn);
	nic->irq_masked = true;
}

void nic_irq_reset(struct nic *nic)
{
	net_timer_del(nic->net, &nic->irq_timer);
	nic->irq_pending = 0;
	nic->rx_waiting = nic->tx_waiting = 0;
}

static __noinline __cold void irq_trace(struct nic *nic)
{
	static const char causes[8][12] = {
		"none", "rx", "tx", "rx tx", "link", "rx link", "tx link", "rx tx link",
	};
	ktime_t first = nic->net->now;

	if (nic->rx_waiting)
		first = min(first, nic->rx_first);
	if (nic->tx_waiting)
		first = min(first, nic->tx_first);
	trace_dev(nic->net, nic_irq, nic->dev, 0, TRACE_STR(causes[nic->irq_pending]),
		  (u64)(nic->net->now - first), nic->rx_waiting + nic->tx_waiting);
}

/* An interrupt tells of everything that waits, whatever brought it about. */
static void irq_deliver(struct nic *nic)
{
	if (nic->rx_waiting)
		nic->irq_pending |= NIC_IRQ_RX;
	if (nic->tx_waiting)
		nic->irq_pending |= NIC_IRQ_TX;
	nic->stats.interrupts++;
	nic->stats.rx_interrupts += !!(nic->irq_pending & NIC_IRQ_RX);
	nic->stats.tx_interrupts += !!(nic->irq_pending & NIC_IRQ_TX);
	if (unlikely(nic->net->trace))
		irq_trace(nic);
	nic->rx_waiting = nic->tx_waiting = 0;
	if (nic->isr)
		nic->isr(nic);
}

/*
 * When n frames, the first of which came at `first`, are to be told. KTIME_MAX: not yet. Zeros mean
 * what they do in ethtool -C: usecs 0 leaves it to frames, frames 0 to usecs, both 0 is at once.
 */
static ktime_t frames_due(u32 n, ktime_t first, u32 usecs, u32 frames)
{
	if (!n)
		return KTIME_MAX;
	if (n >= frames && frames)
		return first;
	if (usecs)
		return first + us_to_ktime(usecs);
	return frames ? KTIME_MAX : first;
}

/* A number of frames alone must not leave the card waiting for what cannot come. */
static bool rx_stalled(const struct nic *nic)
{
	return nic->rx_waiting && nic_rx_free(nic) == 0;
}

/* Nor may a ring that fills wait for its sk_buffs to be freed. */
static bool tx_stalled(const struct nic *nic)
{
	if (!nic->tx_waiting)
		return false;
	return nic_tx_room(nic) < nic->tx.size / 2 ||
	       (!nic->coalesce.tx_usecs && nic->tx.next_done == nic->tx.next_post);
}

static void irq_moderate(struct nic *nic)
{
	const struct nic_coalesce *c = &nic->coalesce;
	ktime_t rx, tx, next, now = nic->net->now;

	if (nic->irq_masked || !nic->up)
		return;
	rx = frames_due(nic->rx_waiting, nic->rx_first, c->rx_usecs, c->rx_frames);
	tx = frames_due(nic->tx_waiting, nic->tx_first, c->tx_usecs, c->tx_frames);
	if (rx <= now || rx_stalled(nic))
		nic->irq_pending |= NIC_IRQ_RX;
	if (tx <= now || tx_stalled(nic))
		nic->irq_pending |= NIC_IRQ_TX;
	if (nic->irq_pending) {
		irq_deliver(nic);
		return;
	}
	next = min(rx, tx);
	if (next != KTIME_MAX && (!timer_pending(&nic->irq_timer) ||
				  nic->irq_timer.expires > next))
		net_timer_mod(nic->net, &nic->irq_timer, next);
}

static void irq_timer_fn(struct timer *t)
{
	irq_moderate(container_of(t, struct nic, irq_timer));
}

void nic_irq_raise(struct nic *nic, unsigned causes)
{
	if (!nic->up)
		return;		/* the driver looks at the card's state when it opens it */
	nic->irq_pending |= causes;
	if (!nic->irq_masked)
		irq_deliver(nic);
}

void nic_irq_frames(struct nic *nic, enum nic_irq_cause direction, u32 n)
{
	bool rx = direction == NIC_IRQ_RX;
	u32 *waiting = rx ? &nic->rx_waiting : &nic->tx_waiting;

	if (!*waiting)
		*(rx ? &nic->rx_first : &nic->tx_first) = nic->net->now;
	*waiting += n;
	/* The common cases of a busy card: its poll runs; nothing holds an interrupt back; or the
	 * timer is set and enough is free. */
	if (nic->irq_masked)
		return;
	if (rx && nic->up && !(nic->coalesce.rx_usecs | nic->coalesce.rx_frames)) {
		irq_deliver(nic);
		return;
	}
	if (!rx && timer_pending(&nic->irq_timer) &&
	    nic->irq_timer.expires <= nic->tx_first + us_to_ktime(nic->coalesce.tx_usecs) &&
	    *waiting < nic->coalesce.tx_frames && nic_tx_room(nic) >= nic->tx.size / 2)
		return;
	irq_moderate(nic);
}

unsigned nic_irq_ack(struct nic *nic)
{
	unsigned causes = nic->irq_pending;

	nic->irq_pending = 0;
	return causes;
}

void nic_irq_mask(struct nic *nic)
{
	nic->irq_masked = true;
}

void nic_irq_unmask(struct nic *nic)
{
	nic->irq_masked = false;
	if (!nic->up)
		return;
	/* What the poll has taken needs no interrupt; what came behind it, one at once. */
	nic->rx_waiting = nic_rx_ready(nic);
	nic->tx_waiting = nic->tx.next_done != nic->tx.next_clean;
	nic->rx_first = nic->tx_first = nic->net->now;
	if (nic->irq_pending || nic->rx_waiting || nic->tx_waiting)
		irq_deliver(nic);
}

void nic_set_coalesce(struct nic *nic, const struct nic_coalesce *c)
{
	nic->coalesce = *c;
	irq_moderate(nic);
}
