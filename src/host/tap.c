/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/tap.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "device/netdevice.h"
#include "host/ifquery.h"
#include "host/tap_fd.h"
#include "host/tap_link.h"
#include "host/vnet.h"

#define FRAME_MAX 65600
#define RX_BYTES_MAX (512u << 10)	/* in a poll: more would leave the cache unused */
#define RX_FRAMES_MAX 64u		/* small ones in a poll */
#define SMALL 1024			/* bytes: shorter frames are small */
#define GROW_AFTER 4			/* polls in a row that found as many as they looked for */
#define MISSES_MAX 4			/* looks without poll(2) in a row that found nothing, */
#define TRY_EVERY 16			/* after which it is tried so seldom */

struct tap {
	struct wire wire;		/* first */
	struct nic nic;
	struct loop *loop;
	struct loop_fd lf;
	bool tx_blocked;		/* the kernel's queue is full: wait for POLLOUT */
	bool vnet;			/* frames have a struct vnet_hdr */
	bool more;			/* the last poll may have left frames */
	bool trying;			/* this one was not asked for by poll(2) */
	u8 limit, full;			/* small frames in a poll; polls in a row that got them */
	u8 misses, skipped;		/* of tap_look_again() */
	struct tap_link *link;		/* NULL: none */
	u8 frame[FRAME_MAX];		/* for the link's way in */
};

_Static_assert(sizeof(struct vnet_hdr) == TAP_VNET_HDR_LEN, "the kernel's layout");

/* ---- from the TAP ---- */

/*
 * The descriptor is watched while the interrupt is enabled, and while there is a buffer to read
 * into, because it would stay readable (the card tries for memory by itself, and then looks).
 */
static void tap_watch(struct tap *t)
{
	bool wanted = !t->nic.irq_masked && (t->link || nic_rx_free(&t->nic));

	t->lf.events = (short)((wanted ? POLLIN : 0) | (t->tx_blocked ? POLLOUT : 0));
}

static ssize_t tap_read(struct tap *t, const struct iovec *iov, int n)
{
	ssize_t r;

	do {
		r = readv(t->lf.fd, iov, n);
	} while (r < 0 && errno == EINTR);
	return r;
}

/* One frame through the link; its length, 0: there was none. */
static u32 read_for_link(struct tap *t)
{
	const struct iovec iov = { t->frame, sizeof(t->frame) };
	ssize_t n = tap_read(t, &iov, 1);

	if (n > 0)
		tap_link_in(t->link, t->frame, (u32)n);
	return n > 0 ? (u32)n : 0;
}

/* One frame into the ring; its length, 0: there was none, or no place. */
static u32 read_frame(struct tap *t)
{
	struct nic_rx_piece piece[NIC_RX_PIECES];
	struct iovec iov[1 + NIC_RX_PIECES];
	struct vnet_hdr vh;
	struct nic_meta meta;
	u32 n = nic_rx_pieces(&t->nic, piece), head = t->vnet ? sizeof(vh) : 0;
	ssize_t got;

	if (!n)
		return 0;
	iov[0] = (struct iovec){ &vh, sizeof(vh) };
	for (u32 i = 0; i < n; i++)
		iov[1 + i] = (struct iovec){ piece[i].addr, piece[i].len };
	got = tap_read(t, iov + !head, (int)n + !!head);
	if (got <= (ssize_t)head)
		return 0;
	got -= (ssize_t)head;
	if (head && !vnet_to_meta(&vh, (u32)got, &meta))
		nic_rx_drop(&t->nic, 0, SKB_DROP_REASON_NIC_GIANT);
	else
		nic_rx_commit(&t->nic, (u32)got, head ? &meta : NULL);
	return (u32)got;
}

/*
 * How many small frames to read at once is learned, because each poll that reads to the end of
 * what there is pays a system call for being told so: as many as came last, and twice as many when
 * that was too few several times.
 */
static void learn(struct tap *t, u32 frames, u32 small, bool empty)
{
	if (t->trying)
		t->misses = frames ? 0 : min_t(u8, t->misses + 1, MISSES_MAX);
	t->trying = false;
	t->more = !empty;
	if (!empty && small >= t->limit) {
		if (++t->full >= GROW_AFTER && t->limit < RX_FRAMES_MAX) {
			t->limit = (u8)(t->limit * 2);
			t->full = 0;
		}
	} else if (small) {
		t->limit = (u8)min(small, RX_FRAMES_MAX);
		t->full = 0;
	}
}

static void tap_rx_poll(struct nic *nic, u32 budget)
{
	struct tap *t = container_of(nic, struct tap, nic);
	u32 bytes = 0, small = 0, frames = 0, got = 1;

	while (frames < budget && small < t->limit && bytes < RX_BYTES_MAX) {
		got = t->link ? read_for_link(t) : read_frame(t);
		if (!got)
			break;
		frames++;
		small += got < SMALL;
		bytes += got;
	}
	learn(t, frames, small, !got);
	if (bytes >= RX_BYTES_MAX)
		nic_rx_event(nic, 0);	/* there may be more, after these */
}

/* ---- to the TAP ---- */

/* False: the kernel cannot take it now. A TAP that is down loses the frame, as a cable would. */
static bool tap_write(struct tap *t, const struct iovec *iov, int n)
{
	ssize_t r;

	do {
		r = writev(t->lf.fd, iov, n);
	} while (r < 0 && errno == EINTR);
	return r >= 0 || (errno != EAGAIN && errno != ENOBUFS);
}

static bool tap_send(struct tap *t, const struct nic_seg *segs, u32 n, const struct nic_meta *meta)
{
	struct iovec iov[1 + NIC_SEGS_MAX];
	struct vnet_hdr vh;

	if (t->link)
		return tap_link_out(t->link, segs, n);
	iov[0] = (struct iovec){ &vh, sizeof(vh) };
	for (u32 i = 0; i < n; i++)
		iov[1 + i] = (struct iovec){ (void *)(uintptr_t)segs[i].addr, segs[i].len };
	if (!t->vnet)
		return tap_write(t, iov + 1, (int)n);
	vnet_of_meta(&vh, meta, segs);
	return tap_write(t, iov, 1 + (int)n);
}

/* Sends what waits, as far as the kernel takes it. Returns how many frames. */
static u32 tap_send_all(struct tap *t)
{
	struct nic *nic = &t->nic;
	struct nic_seg segs[NIC_SEGS_MAX];
	struct nic_meta meta;
	u32 n, sent = 0;

	t->tx_blocked = false;
	while ((n = nic_tx_peek(nic, segs, &meta)) > 0) {
		if (!tap_send(t, segs, n, &meta)) {
			t->tx_blocked = true;
			break;
		}
		nic_tx_advance(nic);
		sent++;
	}
	return sent;
}

static void tap_tx_doorbell(struct nic *nic)
{
	nic_tx_sent(nic, tap_send_all(container_of(nic, struct tap, nic)));
}

static bool tap_write_flat(void *ctx, const u8 *frame, u32 len)
{
	const struct iovec iov = { (void *)(uintptr_t)frame, len };

	return tap_write(ctx, &iov, 1);
}

static void tap_deliver_flat(void *ctx, const u8 *frame, u32 len)
{
	struct tap *t = ctx;
	const struct nic_seg seg = { .addr = frame, .len = len };

	if (nic_rx_dma(&t->nic, &seg, 1, NULL))
		nic_rx_event(&t->nic, 1);
}

/* ---- the loop ---- */

static void tap_ready(struct loop_fd *lf, short revents)
{
	struct tap *t = container_of(lf, struct tap, lf);

	if (revents & POLLOUT)
		nic_tx_complete(&t->nic, tap_send_all(t));
	if (revents & POLLIN)
		nic_rx_event(&t->nic, 0);
	/* The device was removed under us: nothing to wait for, and no reason to spin. */
	if (revents & (POLLERR | POLLHUP | POLLNVAL)) {
		nic_set_carrier(&t->nic, false);
		loop_del(t->loop, &t->lf);
	}
}

static s64 tap_next(const struct wire *wire)
{
	const struct tap *t = container_of(wire, const struct tap, wire);

	return t->link ? tap_link_next(t->link) : INT64_MAX;
}

/*
 * After a poll that stopped before the end the next one comes without asking poll(2), when that
 * found something before: who answers at once, as a peer on the same core may while we write, is
 * read at once.
 */
static bool look_again(struct tap *t)
{
	if (!t->more || t->nic.irq_masked)
		return false;
	t->more = false;
	return t->misses < MISSES_MAX || ++t->skipped % TRY_EVERY == 0;
}

static void tap_run(struct wire *wire, s64 now)
{
	struct tap *t = container_of(wire, struct tap, wire);

	if (t->link)
		tap_link_run(t->link, now);
	if (list_empty(&t->lf.node))
		return;
	if (look_again(t)) {
		t->trying = true;
		nic_rx_event(&t->nic, 0);
	}
	tap_watch(t);
}

static const struct link_stats *tap_link_stats(const struct wire *wire, int direction)
{
	const struct tap *t = container_of(wire, const struct tap, wire);

	return t->link ? tap_link_get_stats(t->link, direction) : NULL;
}

static const struct wire_ops tap_wire_ops = {
	.next = tap_next,
	.run = tap_run,
	.link_stats = tap_link_stats,
};

static void tap_destroy(struct nic *nic)
{
	struct tap *t = container_of(nic, struct tap, nic);

	if (!list_empty(&t->lf.node))
		loop_del(t->loop, &t->lf);
	tap_link_free(t->link);
	close(t->lf.fd);
	free(t);
}

static const struct nic_ops tap_ops = {
	.tx_doorbell = tap_tx_doorbell,
	.rx_poll = tap_rx_poll,
	.destroy = tap_destroy,
};

/* ---- opening ---- */

static bool tap_add_link(struct tap *t, const struct wire_params *p)
{
	const struct tap_link_ops ops = { tap_deliver_flat, tap_write_flat, t };

	if (p->link)
		t->link = tap_link_new(t->nic.net, p->link, p->link_seed, &ops);
	return !p->link || t->link;
}

struct wire *tap_open(struct net *net, struct loop *loop, const char *ifname,
		      const struct wire_params *params, char *err, size_t err_cap)
{
	bool vnet = !params->no_offload && !params->link, uso;
	struct tap *t;
	int fd = tap_fd_open(ifname, params->shards > 1, &vnet, &uso, err, err_cap);

	if (fd < 0)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t) {
		close(fd);
		return wire_fail(err, err_cap, "%s: out of memory", ifname);
	}
	t->wire.ops = &tap_wire_ops;
	nic_init(&t->nic, net, &tap_ops, t);
	t->vnet = vnet;
	t->limit = 1;
	t->nic.tx_at_once = true;
	t->nic.rx_ring = params->link ? 0 : WIRE_RX_RING_POLLED;
	t->nic.rx_gso = t->nic.tx_csum = t->nic.tso = vnet;
	t->nic.uso = uso;
	t->loop = loop;
	t->nic.carrier = true;
	t->lf = (struct loop_fd){ .fd = fd, .events = POLLIN, .fn = tap_ready };
	loop_add(loop, &t->lf);
	if (!tap_add_link(t, params) || !wire_add_card(net, &t->nic, params, if_mtu(ifname))) {
		tap_destroy(&t->nic);
		return wire_fail(err, err_cap, "%s: out of memory", ifname);
	}
	return &t->wire;
}
