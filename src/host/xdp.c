/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/xdp.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "device/netdevice.h"
#include "host/xdp_partial.h"
#include "host/xdp_prog.h"
#include "host/xdp_sock.h"
#include "host/xdp_umem.h"

#define L2_ROOM 18			/* Ethernet and VLAN headers */
#define CHUNK_SMALL 2048
#define CHUNK_LARGE 4096

struct xdp_queue {
	struct xdp *xdp;
	struct xdp_sock sock;
	struct xdp_umem *umem;
	unsigned index;			/* at the interface */
	struct loop_fd lf;
};

struct xdp {
	struct wire wire;		/* first */
	struct nic nic;
	struct loop *loop;
	struct xdp_if dev;
	struct xdp_prog *prog;
	int listen_fd;			/* keeps promiscuous mode or all multicast */
	bool promisc;			/* which of the two */
	struct loop_fd changes;		/* tells of the interface's carrier */
	bool unsent;			/* what the kernel was not told of is in the ring */
	s64 retry_at;			/* frames wait for room until then; INT64_MAX: none do */
	u64 rx_lent, rx_copied;		/* frames that went up in the UMEM, and in our buffers */
	unsigned nqueues;
	struct xdp_queue queue[];
};

/* ---- from the interface ---- */

static void fill_put(struct xdp_queue *q, const struct buf *buf)
{
	struct xdp_ring *fill = &q->sock.ring[XDP_FILL];

	*xdp_ring_addr(fill, fill->prod++) = xdp_umem_post(q->umem, buf);
}

static void rx_frame(struct xdp_queue *q, u64 addr, u32 len)
{
	struct buf *buf = xdp_umem_take(q->umem, addr), *fresh = xdp_umem_get(q->umem);
	struct xdp *x = q->xdp;
	const u8 *frame = q->umem->area + addr;
	const struct nic_seg seg = { frame, len, NULL };
	struct nic_meta meta = { .packet = 0 };

	if (x->dev.veth)
		xdp_is_partial(frame, len, &meta);
	if (fresh) {
		x->rx_lent++;
		nic_rx_lend(&x->nic, buf, (u32)(frame - buf->data), len, &meta);
		fill_put(q, fresh);
	} else {
		x->rx_copied++;
		nic_rx_dma(&x->nic, &seg, 1, &meta);
		fill_put(q, buf);
	}
}

/* Returns how many frames it took: at most budget, and what our ring has room for. */
static u32 rx_queue(struct xdp_queue *q, u32 budget)
{
	struct xdp_ring *rx = &q->sock.ring[XDP_RX];
	u32 n = min(xdp_ring_ready(rx), min(budget, nic_rx_free(&q->xdp->nic)));

	if (!n)
		return 0;
	xdp_ring_room(&q->sock.ring[XDP_FILL], n);
	for (u32 i = 0; i < n; i++) {
		const struct xdp_frame f = *xdp_ring_frame(rx, rx->cons++);

		rx_frame(q, f.addr, f.len);
	}
	xdp_ring_release(rx);
	xdp_ring_submit(&q->sock.ring[XDP_FILL]);
	if (xdp_sock_needs_wakeup(&q->sock, XDP_FILL))
		xdp_sock_receive(&q->sock);
	return n;
}

static void xdp_rx_poll(struct nic *nic, u32 budget)
{
	struct xdp *x = container_of(nic, struct xdp, nic);

	for (unsigned i = 0; i < x->nqueues && budget; i++)
		budget -= rx_queue(&x->queue[i], budget);
}

/* ---- to the interface ---- */

/* Frames that were sent are ours again. */
static void tx_reap(struct xdp_queue *q)
{
	struct xdp_ring *comp = &q->sock.ring[XDP_COMP];
	u32 n = xdp_ring_ready(comp);

	if (!n)
		return;
	for (u32 i = 0; i < n; i++)
		q->umem->tx_addr[q->umem->tx_free++] = *xdp_ring_addr(comp, comp->cons++);
	xdp_ring_release(comp);
}

static bool tx_has_room(struct xdp_queue *q)
{
	return q->umem->tx_free && xdp_ring_room(&q->sock.ring[XDP_TX], 1);
}

static void tx_put(struct xdp_queue *q, const struct nic_seg *segs, u32 n)
{
	struct xdp_ring *tx = &q->sock.ring[XDP_TX];
	u64 addr = q->umem->tx_addr[--q->umem->tx_free];
	u32 len = 0;

	for (u32 i = 0; i < n; i++) {
		memcpy(q->umem->area + addr + len, segs[i].addr, segs[i].len);
		len += segs[i].len;
	}
	*xdp_ring_frame(tx, tx->prod++) = (struct xdp_frame){ addr, len, 0 };
}

/* Has the kernel send. False: it does not take all of it now. */
static bool tx_push(struct xdp *x)
{
	struct xdp_queue *q = &x->queue[0];
	bool all;

	xdp_ring_submit(&q->sock.ring[XDP_TX]);
	all = xdp_sock_send(&q->sock);
	tx_reap(q);
	x->unsent = false;
	x->retry_at = all && !nic_tx_waiting(&x->nic) ? INT64_MAX : x->nic.net->now + XDP_RETRY_NS;
	return all;
}

/*
 * Frames go into the ring here, and to the kernel when the turn is over (xdp_run) or the ring is
 * full: a system call for each of TCP's bursts, of one frame or two, would cost more than all else.
 */
static u32 tx_take(struct xdp *x)
{
	struct nic *nic = &x->nic;
	struct xdp_queue *q = &x->queue[0];
	struct nic_seg segs[NIC_SEGS_MAX];
	u32 n, taken = 0;

	while ((n = nic_tx_peek(nic, segs, NULL)) > 0) {
		if (!tx_has_room(q) && (!tx_push(x) || !tx_has_room(q)))
			break;
		tx_put(q, segs, n);
		nic_tx_advance(nic);
		taken++;
	}
	x->unsent |= taken > 0;
	return taken;
}

static void xdp_tx_doorbell(struct nic *nic)
{
	nic_tx_sent(nic, tx_take(container_of(nic, struct xdp, nic)));
}

/* ---- the loop ---- */

/*
 * Sockets are watched while the interrupt is enabled and there is a descriptor to receive into;
 * they stay readable until they are read.
 */
static void xdp_watch(struct xdp *x)
{
	bool wanted = !x->nic.irq_masked && nic_rx_free(&x->nic);

	for (unsigned i = 0; i < x->nqueues; i++)
		x->queue[i].lf.events = wanted ? POLLIN : 0;
}

static void xdp_ready(struct loop_fd *lf, short revents)
{
	struct xdp_queue *q = container_of(lf, struct xdp_queue, lf);

	if (revents & POLLIN)
		nic_rx_event(&q->xdp->nic, 0);
	/* The device was removed under us: nothing to wait for, and no reason to spin. */
	if (revents & (POLLERR | POLLHUP | POLLNVAL)) {
		nic_set_carrier(&q->xdp->nic, false);
		loop_del(q->xdp->loop, lf);
	}
}

static void xdp_changed(struct loop_fd *lf, short revents)
{
	struct xdp *x = container_of(lf, struct xdp, changes);
	bool carrier;

	(void)revents;
	if (xdp_if_watch_read(lf->fd, x->dev.index, &carrier))
		nic_set_carrier(&x->nic, carrier);
}

/* When a frame that waits for room is tried again. */
static s64 xdp_next(const struct wire *wire)
{
	return container_of(wire, const struct xdp, wire)->retry_at;
}

/* Received frames are looked for in the rings themselves, before anybody asks poll(2). */
static bool rx_waits(struct xdp *x)
{
	for (unsigned i = 0; i < x->nqueues; i++)
		if (xdp_ring_ready(&x->queue[i].sock.ring[XDP_RX]))
			return true;
	return false;
}

/* Has the kernel send what was put into the ring. */
static void xdp_run(struct wire *wire, s64 now)
{
	struct xdp *x = container_of(wire, struct xdp, wire);
	bool due = now >= x->retry_at;

	if (due)
		nic_tx_complete(&x->nic, tx_take(x));
	if (due || x->unsent)
		tx_push(x);
	if (!x->nic.irq_masked && nic_rx_free(&x->nic) && rx_waits(x))
		nic_rx_event(&x->nic, 0);
	xdp_watch(x);
}

static const struct wire_ops xdp_wire_ops = { .next = xdp_next, .run = xdp_run };

/* ---- the card ---- */

/* A card filters by its own address, so one of ours must be promiscuous on it. */
static void xdp_set_rx_mode(struct nic *nic)
{
	struct xdp *x = container_of(nic, struct xdp, nic);
	bool promisc = nic->promisc || memcmp(nic->mac, x->dev.mac, sizeof(nic->mac));
	int fd;

	if (x->listen_fd >= 0 && promisc == x->promisc)
		return;
	fd = xdp_if_listen(&x->dev, promisc);
	if (x->listen_fd >= 0)
		close(x->listen_fd);
	x->listen_fd = fd;
	x->promisc = promisc;
}

static const char *xdp_counter(struct nic *nic, u32 i, u64 *value)
{
	static const char *const names[] = {
		"xdp_native", "xdp_zero_copy", "xdp_queues", "xdp_rx_lent", "xdp_rx_copied",
		"xdp_rx_dropped", "xdp_rx_invalid_descs", "xdp_rx_ring_full",
		"xdp_rx_fill_ring_empty_descs", "xdp_tx_invalid_descs", "xdp_tx_ring_empty_descs",
	};
	const struct xdp *x = container_of(nic, struct xdp, nic);
	struct xdp_sock_stats st = { 0 };

	if (i >= ARRAY_SIZE(names))
		return NULL;
	for (unsigned q = 0; q < x->nqueues; q++)
		xdp_sock_stats_add(&x->queue[q].sock, &st);
	*value = ((const u64[]){
		x->prog->native, x->queue[0].sock.zero_copy, x->nqueues, x->rx_lent, x->rx_copied,
		st.rx_dropped, st.rx_invalid_descs, st.rx_ring_full, st.rx_fill_ring_empty_descs,
		st.tx_invalid_descs, st.tx_ring_empty_descs,
	})[i];
	return names[i];
}

static void queue_close(struct xdp_queue *q)
{
	if (!list_empty(&q->lf.node))
		loop_del(q->xdp->loop, &q->lf);
	xdp_sock_close(&q->sock);
	if (q->umem)
		xdp_umem_put(q->umem);
}

/* The program first: from then on the kernel has the interface again. */
static void xdp_free(struct xdp *x)
{
	xdp_prog_put(x->prog);
	for (unsigned i = 0; i < x->nqueues; i++)
		queue_close(&x->queue[i]);
	if (!list_empty(&x->changes.node))
		loop_del(x->loop, &x->changes);
	if (x->changes.fd >= 0)
		close(x->changes.fd);
	if (x->listen_fd >= 0)
		close(x->listen_fd);
	free(x);
}

static void xdp_destroy(struct nic *nic)
{
	struct xdp *x = container_of(nic, struct xdp, nic);

	if (x->unsent)
		tx_push(x);		/* the last FIN or RST */
	xdp_free(x);
}

static const struct nic_ops xdp_ops = {
	.tx_doorbell = xdp_tx_doorbell,
	.rx_poll = xdp_rx_poll,
	.set_rx_mode = xdp_set_rx_mode,
	.counter = xdp_counter,
	.destroy = xdp_destroy,
};

/* ---- opening ---- */

/* "IF" or "IF:QUEUES"; no queues are all. False: err says why. */
static bool parse(const char *text, char ifname[XDP_IFNAME_MAX], unsigned *queues, char *err,
		  size_t cap)
{
	size_t len = strcspn(text, ":");
	char *end = NULL;
	long n = 0;

	if (text[len])
		n = strtol(text + len + 1, &end, 10);
	if (!len || len >= XDP_IFNAME_MAX || (end && (*end || n < 1 || n > XDP_QUEUES_MAX))) {
		wire_fail(err, cap, "xdp:%s: expected xdp:IF or xdp:IF:QUEUES, a device and how "
			  "many of its queues, 1 to %d", text, XDP_QUEUES_MAX);
		return false;
	}
	memcpy(ifname, text, len);
	ifname[len] = '\0';
	*queues = (unsigned)n;
	return true;
}

/* What does not fit into a frame of the UMEM is refused here, not dropped there. */
static u32 chunk_for(u32 mtu)
{
	u32 need = XDP_FRAME_OFF + mtu + L2_ROOM;

	return need <= CHUNK_SMALL ? CHUNK_SMALL : need <= CHUNK_LARGE ? CHUNK_LARGE : 0;
}

static bool check_params(const struct xdp_if *dev, unsigned queues, const struct wire_params *p,
			 char *err, size_t cap)
{
	const char *n = dev->name;
	u32 mtu = p->mtu > dev->mtu ? p->mtu : dev->mtu;

	if (queues > dev->queues)
		snprintf(err, cap, "%s: it has %u queues, not %u; ethtool -L %s changes that", n,
			 dev->queues, queues, n);
	else if (queues < p->shards)
		snprintf(err, cap, "%s: %u queues are too few for %u shards, which have one each "
			 "at least; ethtool -L %s changes that", n, queues, p->shards, n);
	else if (!chunk_for(mtu))
		snprintf(err, cap, "%s: MTU %u is too large for AF_XDP, which takes %u at most: "
			 "ip link set dev %s mtu 1500, and the other end's", n, mtu,
			 CHUNK_LARGE - XDP_FRAME_OFF - L2_ROOM, n);
	else
		return true;
	return false;
}

static bool queue_open(struct xdp *x, struct xdp_queue *q, u32 chunk, char *err, size_t cap)
{
	struct xdp_sock_params sp = {
		.dev = &x->dev, .queue = q->index, .copy = !x->prog->native, .chunk = chunk,
		.rx_size = XDP_RX_ENTRIES, .tx_size = XDP_TX_ENTRIES,
	};
	int e;

	q->umem = xdp_umem_create(chunk, XDP_RX_FRAMES, XDP_TX_ENTRIES);
	if (!q->umem) {
		snprintf(err, cap, "%s: out of memory", x->dev.name);
		return false;
	}
	sp.umem = q->umem->area;
	sp.umem_len = q->umem->len;
	if (!xdp_sock_open(&q->sock, &sp, err, cap))
		return false;
	for (u32 i = 0; i < XDP_RX_ENTRIES; i++)
		fill_put(q, xdp_umem_get(q->umem));
	xdp_ring_submit(&q->sock.ring[XDP_FILL]);
	e = xdp_prog_redirect(x->prog, q->index, q->sock.fd);
	if (e) {
		snprintf(err, cap, "%s: queue %u: into the program's map: %s", x->dev.name,
			 q->index, strerror(-e));
		return false;
	}
	q->lf = (struct loop_fd){ .fd = q->sock.fd, .fn = xdp_ready };
	loop_add(x->loop, &q->lf);
	return true;
}

static bool watch_open(struct xdp *x, char *err, size_t cap)
{
	int fd = xdp_if_watch();

	if (fd < 0) {
		snprintf(err, cap, "netlink: %s", strerror(errno));
		return false;
	}
	x->changes = (struct loop_fd){ .fd = fd, .events = POLLIN, .fn = xdp_changed };
	loop_add(x->loop, &x->changes);
	return true;
}

static bool open_all(struct xdp *x, const struct wire_params *p, char *err, size_t cap)
{
	u32 chunk = chunk_for(p->mtu > x->dev.mtu ? p->mtu : x->dev.mtu);

	if (!watch_open(x, err, cap))
		return false;
	x->prog = p->first ? xdp_prog_get(container_of(p->first, struct xdp, wire)->prog) :
			     xdp_prog_attach(&x->dev, err, cap);
	if (!x->prog)
		return false;
	for (unsigned i = 0; i < x->nqueues; i++)
		if (!queue_open(x, &x->queue[i], chunk, err, cap))
			return false;
	return true;
}

/* Of the interface's queues each shard has every so many-th, beginning with its own number. */
static struct xdp *xdp_alloc(const struct xdp_if *dev, unsigned queues, unsigned shards,
			     unsigned shard)
{
	unsigned n = (queues - shard + shards - 1) / shards;
	struct xdp *x = calloc(1, sizeof(*x) + n * sizeof(x->queue[0]));

	if (!x)
		return NULL;
	x->dev = *dev;
	x->nqueues = n;
	x->listen_fd = -1;
	x->retry_at = INT64_MAX;
	x->changes.fd = -1;
	list_init(&x->changes.node);
	for (unsigned i = 0; i < n; i++) {
		x->queue[i].xdp = x;
		x->queue[i].index = shard + i * shards;
		x->queue[i].sock.fd = -1;
		list_init(&x->queue[i].lf.node);
	}
	return x;
}

static bool make_device(struct xdp *x, struct net *net, const struct wire_params *p)
{
	struct net_device *dev;

	nic_init(&x->nic, net, &xdp_ops, x);
	x->nic.tx_at_once = true;
	memcpy(x->nic.mac, x->dev.mac, 6);
	x->nic.carrier = x->dev.carrier;
	dev = wire_add_card(net, &x->nic, p, x->dev.mtu);
	if (!dev)
		return false;
	dev->max_mtu = x->queue[0].umem->chunk - XDP_FRAME_OFF - L2_ROOM;
	xdp_set_rx_mode(&x->nic);
	return true;
}

struct wire *xdp_open(struct net *net, struct loop *loop, const char *text,
		      const struct wire_params *params, char *err, size_t err_cap)
{
	char ifname[XDP_IFNAME_MAX];
	struct xdp_if dev;
	unsigned queues;
	struct xdp *x;

	if (!parse(text, ifname, &queues, err, err_cap) ||
	    !xdp_if_ask(&dev, ifname, err, err_cap))
		return NULL;
	queues = queues ? queues : min_t(unsigned, dev.queues, XDP_QUEUES_MAX);
	if (!check_params(&dev, queues, params, err, err_cap))
		return NULL;
	x = xdp_alloc(&dev, queues, max(params->shards, 1u), params->shard);
	if (!x)
		return wire_fail(err, err_cap, "%s: out of memory", ifname);
	x->wire.ops = &xdp_wire_ops;
	x->loop = loop;
	if (!open_all(x, params, err, err_cap)) {
		xdp_free(x);
		return NULL;
	}
	if (!make_device(x, net, params)) {
		xdp_free(x);
		return wire_fail(err, err_cap, "%s: out of memory", ifname);
	}
	return &x->wire;
}
