/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/xdp_sock.h"

#include <linux/if_xdp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

_Static_assert(sizeof(struct xdp_frame) == sizeof(struct xdp_desc), "the kernel's layout");

/* Newer than the headers of some distributions. */
#ifndef XDP_USE_SG
#define XDP_USE_SG (1 << 4)
#endif
#ifndef XDP_PKT_CONTD
#define XDP_PKT_CONTD (1 << 0)
#endif
_Static_assert(XDP_CONTINUED == XDP_PKT_CONTD, "the kernel's");

#define XDP_BUSY_POLL_BUDGET 64		/* frames of one of the kernel's polls, else 8 */
#define XDP_SEND_BUFFER (4 << 20)	/* copy mode: bytes of sk_buffs that are not yet consumed */

/* ---- opening ---- */

static void say_socket(char *err, size_t cap)
{
	if (errno == EPERM || errno == EACCES)
		snprintf(err, cap, "AF_XDP: socket: %s; it needs CAP_NET_RAW, beside CAP_BPF and "
			 "CAP_NET_ADMIN for its program. Run as root, or: setcap "
			 "cap_bpf,cap_net_admin,cap_net_raw+ep linnet", strerror(errno));
	else if (errno == EAFNOSUPPORT)
		snprintf(err, cap, "AF_XDP: socket: %s; this kernel lacks CONFIG_XDP_SOCKETS. "
			 "Use a TAP", strerror(errno));
	else
		snprintf(err, cap, "AF_XDP: socket: %s", strerror(errno));
}

static void say_umem(const struct xdp_sock_params *p, char *err, size_t cap)
{
	struct rlimit lim = { 0, 0 };

	getrlimit(RLIMIT_MEMLOCK, &lim);
	if (errno == ENOBUFS || errno == ENOMEM)
		snprintf(err, cap, "%s: queue %u: %s; its frames are %zu KiB of locked memory, "
			 "and %llu KiB may be locked: raise ulimit -l, or run with CAP_IPC_LOCK",
			 p->dev->name, p->queue, strerror(errno), p->umem_len >> 10,
			 (unsigned long long)lim.rlim_cur >> 10);
	else
		snprintf(err, cap, "%s: queue %u: registering %zu KiB of frames: %s", p->dev->name,
			 p->queue, p->umem_len >> 10, strerror(errno));
}

static void say_bind(const struct xdp_sock_params *p, char *err, size_t cap)
{
	const char *n = p->dev->name;

	if (errno == EBUSY)
		snprintf(err, cap, "%s: queue %u: %s; another program has an AF_XDP socket on "
			 "it. Stop it, or use another device", n, p->queue, strerror(errno));
	else if (errno == ENETDOWN)
		snprintf(err, cap, "%s: the device is down: ip link set %s up", n, n);
	else if (errno == EINVAL && p->sg)
		xdp_if_say_sg(p->dev, err, cap);
	else if (errno == EINVAL)
		snprintf(err, cap, "%s: queue %u: %s; the device has no such queue (ethtool -l "
			 "%s), or its driver cannot take frames of %u bytes", n, p->queue,
			 strerror(errno), n, p->chunk);
	else
		snprintf(err, cap, "%s: queue %u: bind: %s", n, p->queue, strerror(errno));
}

static bool register_umem(const struct xdp_sock *s, const struct xdp_sock_params *p)
{
	struct xdp_umem_reg reg;

	memset(&reg, 0, sizeof(reg));
	reg.addr = (uintptr_t)p->umem;
	reg.len = p->umem_len;
	reg.chunk_size = p->chunk;
	return !setsockopt(s->fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg));
}

static bool map_ring(struct xdp_sock *s, enum xdp_ring_kind kind, u32 size)
{
	static const struct {
		int option;
		u64 page;
		size_t entry;
	} kinds[XDP_RINGS] = {
		[XDP_FILL] = { XDP_UMEM_FILL_RING, XDP_UMEM_PGOFF_FILL_RING, sizeof(u64) },
		[XDP_COMP] = { XDP_UMEM_COMPLETION_RING, XDP_UMEM_PGOFF_COMPLETION_RING,
			       sizeof(u64) },
		[XDP_RX] = { XDP_RX_RING, XDP_PGOFF_RX_RING, sizeof(struct xdp_desc) },
		[XDP_TX] = { XDP_TX_RING, XDP_PGOFF_TX_RING, sizeof(struct xdp_desc) },
	};
	struct xdp_mmap_offsets all;
	const struct xdp_ring_offset *offsets[XDP_RINGS] = { &all.fr, &all.cr, &all.rx, &all.tx };
	const struct xdp_ring_offset *off = offsets[kind];
	socklen_t len = sizeof(all);
	u8 *at;

	if (setsockopt(s->fd, SOL_XDP, kinds[kind].option, &size, sizeof(size)) ||
	    getsockopt(s->fd, SOL_XDP, XDP_MMAP_OFFSETS, &all, &len))
		return false;
	s->map_len[kind] = off->desc + size * kinds[kind].entry;
	at = mmap(NULL, s->map_len[kind], PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, s->fd,
		  (off_t)kinds[kind].page);
	if (at == MAP_FAILED)
		return false;
	s->map[kind] = at;
	s->ring[kind] = (struct xdp_ring){
		.producer = (u32 *)(void *)(at + off->producer),
		.consumer = (u32 *)(void *)(at + off->consumer),
		.flags = (u32 *)(void *)(at + off->flags),
		.entries = at + off->desc,
		.size = size,
		.mask = size - 1,
	};
	return true;
}

static bool map_rings(struct xdp_sock *s, const struct xdp_sock_params *p)
{
	return map_ring(s, XDP_FILL, p->rx_size) && map_ring(s, XDP_COMP, p->tx_size) &&
	       map_ring(s, XDP_RX, p->rx_size) && map_ring(s, XDP_TX, p->tx_size);
}

/*
 * Without a word about it the kernel tries zero-copy and falls back by itself. (To demand it first
 * and then ask again without leaves the queue busy on some kernels.)
 */
static bool bind_queue(struct xdp_sock *s, const struct xdp_sock_params *p)
{
	const struct sockaddr_xdp sxdp = {
		.sxdp_family = AF_XDP,
		.sxdp_flags = (u16)(XDP_USE_NEED_WAKEUP | (p->copy ? XDP_COPY : 0) |
				      (p->sg ? XDP_USE_SG : 0)),
		.sxdp_ifindex = p->dev->index,
		.sxdp_queue_id = p->queue,
	};
	struct xdp_options options = { 0 };
	socklen_t len = sizeof(options);

	if (bind(s->fd, (const void *)&sxdp, sizeof(sxdp)))
		return false;
	s->sg = p->sg;
	s->zero_copy = !getsockopt(s->fd, SOL_XDP, XDP_OPTIONS, &options, &len) &&
		       (options.flags & XDP_OPTIONS_ZEROCOPY);
	return true;
}

/*
 * The kernel then leaves the card's interrupts off as long as our calls come often enough
 * (napi_defer_hard_irqs and gro_flush_timeout of the interface say how often). Kernels before 5.11
 * know nothing of it, and to ask for more than net.core.busy_read needs CAP_NET_ADMIN.
 */
static bool ask_busy_poll(int fd, u32 us)
{
	const int prefer = 1, usec = (int)us, budget = XDP_BUSY_POLL_BUDGET;

	if (!us ||
	    setsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &prefer, sizeof(prefer)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &usec, sizeof(usec)))
		return false;
	setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget, sizeof(budget));
	return true;
}

bool xdp_sock_open(struct xdp_sock *s, const struct xdp_sock_params *p, char *err, size_t cap)
{
	const int sndbuf = XDP_SEND_BUFFER;

	*s = (struct xdp_sock){ .fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0) };
	if (s->fd < 0) {
		say_socket(err, cap);
		return false;
	}
	/* With the default a sendto() ends early on some 90 full frames; no harm if refused. */
	setsockopt(s->fd, SOL_SOCKET, SO_SNDBUFFORCE, &sndbuf, sizeof(sndbuf));
	s->busy_poll = ask_busy_poll(s->fd, p->busy_poll_us);
	if (!register_umem(s, p))
		say_umem(p, err, cap);
	else if (!map_rings(s, p))
		snprintf(err, cap, "%s: queue %u: mapping its rings: %s", p->dev->name, p->queue,
			 strerror(errno));
	else if (!bind_queue(s, p))
		say_bind(p, err, cap);
	else
		return true;
	xdp_sock_close(s);
	return false;
}

void xdp_sock_close(struct xdp_sock *s)
{
	for (int k = 0; k < XDP_RINGS; k++)
		if (s->map[k])
			munmap(s->map[k], s->map_len[k]);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct xdp_sock){ .fd = -1 };
}

/* ---- at work ---- */

bool xdp_sock_needs_wakeup(const struct xdp_sock *s, enum xdp_ring_kind kind)
{
	return __atomic_load_n(s->ring[kind].flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP;
}

/* In copy mode one call takes a few dozen frames and then says EAGAIN: again, while it moves. */
bool xdp_sock_send(struct xdp_sock *s)
{
	struct xdp_ring *tx = &s->ring[XDP_TX];
	u32 left = xdp_ring_pending(tx), before;

	while (left && (s->busy_poll || xdp_sock_needs_wakeup(s, XDP_TX))) {
		before = left;
		if (sendto(s->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno != EAGAIN &&
		    errno != EBUSY && errno != EINTR && errno != ENOBUFS)
			return false;
		left = xdp_ring_pending(tx);
		if (left == before)
			return s->zero_copy;	/* there the card takes them in its own time */
	}
	return true;
}

void xdp_sock_receive(struct xdp_sock *s)
{
	recvfrom(s->fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

void xdp_sock_stats_add(const struct xdp_sock *s, struct xdp_sock_stats *sum)
{
	struct xdp_statistics st;
	socklen_t len = sizeof(st);

	memset(&st, 0, sizeof(st));
	if (getsockopt(s->fd, SOL_XDP, XDP_STATISTICS, &st, &len))
		return;
	sum->rx_dropped += st.rx_dropped;
	sum->rx_invalid_descs += st.rx_invalid_descs;
	sum->tx_invalid_descs += st.tx_invalid_descs;
	sum->rx_ring_full += st.rx_ring_full;
	sum->rx_fill_ring_empty_descs += st.rx_fill_ring_empty_descs;
	sum->tx_ring_empty_descs += st.tx_ring_empty_descs;
}
