/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/xdp.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "device/netdevice.h"
#include "driver/nic_rss.h"
#include "host/xdp_prog.h"
#include "host/xdp_queue.h"

#define L2_ROOM 18			/* Ethernet and VLAN headers */
#define CHUNK_SMALL 2048
#define CHUNK_LARGE 4096
#define MTU_MAX (XDP_SEGS_MAX * (CHUNK_LARGE - XDP_FRAME_OFF) - L2_ROOM)

/* One queue in the loop. */
struct xdp_port {
	struct xdp *xdp;
	struct xdp_queue q;
	struct loop_fd lf;
	char tx_name[24];		/* of its counter, as drivers call theirs */
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
	bool unsent;			/* a queue has what the kernel was not told of */
	s64 retry_at;			/* frames wait for room until then; INT64_MAX: none do */
	s64 busy_ns, busy_until;	/* queues are asked until then; busy_ns 0: no busy poll */
	bool busy;			/* that is not over */
	struct nic_rss *spread;		/* frames to send over the queues; NULL: there is one */
	char about[96];
	unsigned nqueues;
	struct xdp_port port[];
};

/* ---- from the interface ---- */

static void xdp_rx_poll(struct nic *nic, u32 budget)
{
	struct xdp *x = container_of(nic, struct xdp, nic);

	for (unsigned i = 0; i < x->nqueues && budget; i++)
		budget -= xdp_queue_rx(&x->port[i].q, nic, x->dev.veth, budget);
}

/* ---- to the interface ---- */

/* Has the kernel send what was put into the rings. */
static void tx_push(struct xdp *x)
{
	bool all = true;

	for (unsigned i = 0; i < x->nqueues; i++)
		if (x->port[i].q.unsent || xdp_ring_pending(&x->port[i].q.sock.ring[XDP_TX]))
			all &= xdp_queue_push(&x->port[i].q);
	x->unsent = false;
	x->retry_at = all && !nic_tx_waiting(&x->nic) ? INT64_MAX : x->nic.net->now + XDP_RETRY_NS;
}

/* A flow keeps to one queue, which is one after the other on the wire. */
static struct xdp_queue *tx_queue(struct xdp *x, const struct nic_seg *segs)
{
	if (likely(!x->spread))
		return &x->port[0].q;
	return &x->port[nic_rss_steer(x->spread, segs->addr, segs->len).ring].q;
}

/*
 * Frames go into the rings here, and to the kernel when the turn is over (xdp_run) or a ring is
 * full: a system call for each of TCP's bursts, of one frame or two, would cost more than all else.
 */
static u32 tx_take(struct xdp *x)
{
	struct nic *nic = &x->nic;
	struct nic_seg segs[NIC_SEGS_MAX];
	u32 n, taken = 0;

	while ((n = nic_tx_peek(nic, segs, NULL)) > 0) {
		if (!xdp_queue_put(tx_queue(x, segs), segs, n)) {
			x->retry_at = min(x->retry_at, nic->net->now + XDP_RETRY_NS);
			break;
		}
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
		x->port[i].lf.events = wanted ? POLLIN : 0;
}

static void xdp_ready(struct loop_fd *lf, short revents)
{
	struct xdp_port *port = container_of(lf, struct xdp_port, lf);

	if (revents & POLLIN)
		nic_rx_event(&port->xdp->nic, 0);
	/* The device was removed under us: nothing to wait for, and no reason to spin. */
	if (revents & (POLLERR | POLLHUP | POLLNVAL)) {
		nic_set_carrier(&port->xdp->nic, false);
		loop_del(port->xdp->loop, lf);
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

/* At once in busy poll, else when a frame that waits for room is tried again. */
static s64 xdp_next(const struct wire *wire)
{
	const struct xdp *x = container_of(wire, const struct xdp, wire);

	return x->busy ? 0 : x->retry_at;
}

/* Received frames are looked for in the rings themselves, before anybody asks poll(2). */
static bool rx_waits(struct xdp *x)
{
	for (unsigned i = 0; i < x->nqueues; i++)
		if (xdp_queue_rx_waits(&x->port[i].q))
			return true;
	return false;
}

/* The kernel polls the card now, in our time, and puts what it finds into the rings. */
static bool rx_busy_poll(struct xdp *x, s64 now)
{
	x->busy = now < x->busy_until;
	if (!x->busy)
		return false;
	for (unsigned i = 0; i < x->nqueues; i++)
		xdp_sock_receive(&x->port[i].q.sock);
	return rx_waits(x);
}

/* Has the kernel send what was put into the rings. */
static void xdp_run(struct wire *wire, s64 now)
{
	struct xdp *x = container_of(wire, struct xdp, wire);
	bool due = now >= x->retry_at;

	if (due)
		nic_tx_complete(&x->nic, tx_take(x));
	if (due || x->unsent)
		tx_push(x);
	if (!x->nic.irq_masked && nic_rx_free(&x->nic) &&
	    (rx_waits(x) || (x->busy_ns && rx_busy_poll(x, now)))) {
		x->busy_until = now + x->busy_ns;
		nic_rx_event(&x->nic, 0);
	}
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

/* What left by each queue, where there are several. */
static const char *tx_counter(const struct xdp *x, u32 queue, u64 *value)
{
	if (queue >= x->nqueues || x->nqueues == 1)
		return NULL;
	*value = x->port[queue].q.tx_frames;
	return x->port[queue].tx_name;
}

static const char *xdp_counter(struct nic *nic, u32 i, u64 *value)
{
	static const char *const names[] = {
		"xdp_native", "xdp_zero_copy", "xdp_frags", "xdp_busy_poll", "xdp_queues",
		"xdp_rx_lent", "xdp_rx_copied",
		"xdp_rx_dropped", "xdp_rx_invalid_descs", "xdp_rx_ring_full",
		"xdp_rx_fill_ring_empty_descs", "xdp_tx_invalid_descs", "xdp_tx_ring_empty_descs",
	};
	const struct xdp *x = container_of(nic, struct xdp, nic);
	const struct xdp_sock *first = &x->port[0].q.sock;
	struct xdp_sock_stats st = { 0 };
	u64 lent = 0, copied = 0;

	if (i >= ARRAY_SIZE(names))
		return tx_counter(x, (u32)(i - ARRAY_SIZE(names)), value);
	for (unsigned q = 0; q < x->nqueues; q++) {
		xdp_sock_stats_add(&x->port[q].q.sock, &st);
		lent += x->port[q].q.rx_lent;
		copied += x->port[q].q.rx_copied;
	}
	*value = ((const u64[]){
		x->prog->native, first->zero_copy, first->sg, first->busy_poll, x->nqueues, lent,
		copied, st.rx_dropped, st.rx_invalid_descs, st.rx_ring_full,
		st.rx_fill_ring_empty_descs, st.tx_invalid_descs, st.tx_ring_empty_descs,
	})[i];
	return names[i];
}

static void port_close(struct xdp_port *port)
{
	if (!list_empty(&port->lf.node))
		loop_del(port->xdp->loop, &port->lf);
	xdp_queue_close(&port->q);
}

/* The program first: from then on the kernel has the interface again. */
static void xdp_free(struct xdp *x)
{
	xdp_prog_put(x->prog);
	for (unsigned i = 0; i < x->nqueues; i++)
		port_close(&x->port[i]);
	if (!list_empty(&x->changes.node))
		loop_del(x->loop, &x->changes);
	if (x->changes.fd >= 0)
		close(x->changes.fd);
	if (x->listen_fd >= 0)
		close(x->listen_fd);
	free(x->spread);
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

/* What does not fit into a frame of the UMEM goes in several (*sg). 0: too large for that. */
static u32 chunk_for(u32 mtu, bool *sg)
{
	u32 need = XDP_FRAME_OFF + mtu + L2_ROOM;

	*sg = need > CHUNK_LARGE;
	return mtu > MTU_MAX ? 0 : need <= CHUNK_SMALL ? CHUNK_SMALL : CHUNK_LARGE;
}

static bool check_params(const struct xdp_if *dev, unsigned queues, const struct wire_params *p,
			 char *err, size_t cap)
{
	const char *n = dev->name;
	u32 mtu = p->mtu > dev->mtu ? p->mtu : dev->mtu;
	bool sg;

	if (queues > dev->queues)
		snprintf(err, cap, "%s: it has %u queues, not %u; ethtool -L %s changes that", n,
			 dev->queues, queues, n);
	else if (queues < p->shards)
		snprintf(err, cap, "%s: %u queues are too few for %u shards, which have one each "
			 "at least; ethtool -L %s changes that", n, queues, p->shards, n);
	else if (!chunk_for(mtu, &sg))
		snprintf(err, cap, "%s: MTU %u is too large for AF_XDP, which takes %u at most: "
			 "ip link set dev %s mtu 1500, and the other end's", n, mtu,
			 MTU_MAX, n);
	else
		return true;
	return false;
}

static bool port_open(struct xdp *x, struct xdp_port *port, struct xdp_sock_params *sp, char *err,
		      size_t cap)
{
	struct xdp_queue *q = &port->q;
	int e;

	sp->queue = q->index;
	snprintf(port->tx_name, sizeof(port->tx_name), "tx_queue_%u_packets", q->index);
	if (!xdp_queue_open(q, sp, err, cap))
		return false;
	e = xdp_prog_redirect(x->prog, q->index, q->sock.fd);
	if (e) {
		snprintf(err, cap, "%s: queue %u: into the program's map: %s", x->dev.name,
			 q->index, strerror(-e));
		return false;
	}
	port->lf = (struct loop_fd){ .fd = q->sock.fd, .fn = xdp_ready };
	loop_add(x->loop, &port->lf);
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

static struct nic_rss *spread_over(unsigned queues)
{
	struct nic_rss *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->rings = queues;
	toeplitz_init(&r->toeplitz, toeplitz_key_symmetric);
	nic_rss_default(r);
	return r;
}

/* What was got of what was asked for: a line of ip -d link. */
static void say_about(struct xdp *x)
{
	const struct xdp_sock *s = &x->port[0].q.sock;

	snprintf(x->about, sizeof(x->about), "xdp mode %s bind %s queues %u frags %s busy_poll %s",
		 x->prog->native ? "native" : "generic", s->zero_copy ? "zero-copy" : "copy",
		 x->nqueues, s->sg ? "on" : "off", s->busy_poll ? "on" : "off");
	x->nic.about = x->about;
}

static bool open_all(struct xdp *x, const struct wire_params *p, char *err, size_t cap)
{
	struct xdp_sock_params sp = { .dev = &x->dev, .busy_poll_us = p->busy_poll_us };

	sp.chunk = chunk_for(p->mtu > x->dev.mtu ? p->mtu : x->dev.mtu, &sp.sg);
	if (!watch_open(x, err, cap))
		return false;
	x->prog = p->first ? xdp_prog_get(container_of(p->first, struct xdp, wire)->prog) :
			     xdp_prog_attach(&x->dev, sp.sg, err, cap);
	if (!x->prog)
		return false;
	sp.copy = !x->prog->native;
	for (unsigned i = 0; i < x->nqueues; i++)
		if (!port_open(x, &x->port[i], &sp, err, cap))
			return false;
	if (x->port[0].q.sock.busy_poll)
		x->busy_ns = (s64)p->busy_poll_us * 1000;
	if (x->nqueues > 1)
		x->spread = spread_over(x->nqueues);
	return true;		/* without memory for that all leave by the first */
}

/* Of the interface's queues each shard has every so many-th, beginning with its own number. */
static struct xdp *xdp_alloc(const struct xdp_if *dev, unsigned queues, unsigned shards,
			     unsigned shard)
{
	unsigned n = (queues - shard + shards - 1) / shards;
	struct xdp *x = calloc(1, sizeof(*x) + n * sizeof(x->port[0]));

	if (!x)
		return NULL;
	x->dev = *dev;
	x->nqueues = n;
	x->listen_fd = -1;
	x->retry_at = INT64_MAX;
	x->changes.fd = -1;
	list_init(&x->changes.node);
	for (unsigned i = 0; i < n; i++) {
		x->port[i].xdp = x;
		x->port[i].q.index = shard + i * shards;
		x->port[i].q.sock.fd = -1;
		list_init(&x->port[i].lf.node);
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
	say_about(x);
	dev = wire_add_card(net, &x->nic, p, x->dev.mtu);
	if (!dev)
		return false;
	dev->max_mtu = x->port[0].q.sock.sg ? MTU_MAX :
		       x->port[0].q.umem->chunk - XDP_FRAME_OFF - L2_ROOM;
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
