/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/tap.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "device/dev_nic.h"
#include "host/tap_fd.h"
#include "host/tap_link.h"
#include "link/ethernet.h"

#define TAP_RING_DEFAULT 1024
#define FRAME_MAX 65600

struct tap {
	struct nic nic;			/* first */
	struct loop *loop;
	struct loop_fd lf;
	bool tx_blocked;		/* the kernel's queue is full: wait for POLLOUT */
	struct tap_link *link;		/* NULL: none */
	u8 frame[FRAME_MAX];		/* for the link's way in */
};

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

static ssize_t tap_read(struct tap *t, void *buf, size_t cap)
{
	ssize_t n;

	do {
		n = read(t->lf.fd, buf, cap);
	} while (n < 0 && errno == EINTR);
	return n;
}

static void tap_rx_poll(struct nic *nic, u32 budget)
{
	struct tap *t = container_of(nic, struct tap, nic);
	u32 cap;

	for (; budget; budget--) {
		u8 *buf = t->link ? NULL : nic_rx_buffer(nic, &cap);
		ssize_t n;

		if (t->link) {
			n = tap_read(t, t->frame, sizeof(t->frame));
			if (n <= 0)
				return;
			tap_link_in(t->link, t->frame, (u32)n);
			continue;
		}
		if (!buf)
			return;
		n = tap_read(t, buf, cap);
		if (n <= 0)
			return;
		nic_rx_commit(nic, (u32)n, NULL);
	}
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

static bool tap_send(struct tap *t, const struct nic_seg *segs, u32 n)
{
	struct iovec iov[NIC_SEGS_MAX];

	if (t->link)
		return tap_link_out(t->link, segs, n);
	for (u32 i = 0; i < n; i++)
		iov[i] = (struct iovec){ (void *)(uintptr_t)segs[i].addr, segs[i].len };
	return tap_write(t, iov, (int)n);
}

static void tap_tx_doorbell(struct nic *nic)
{
	struct tap *t = container_of(nic, struct tap, nic);
	struct nic_seg segs[NIC_SEGS_MAX];
	u32 n, sent = 0;

	t->tx_blocked = false;
	while ((n = nic_tx_peek(nic, segs, NULL)) > 0) {
		if (!tap_send(t, segs, n)) {
			t->tx_blocked = true;
			break;
		}
		nic_tx_advance(nic);
		sent++;
	}
	nic_tx_complete(nic, sent);
	tap_watch(t);
}

static bool tap_write_flat(void *ctx, const u8 *frame, u32 len)
{
	const struct iovec iov = { (void *)(uintptr_t)frame, len };

	return tap_write(ctx, &iov, 1);
}

static void tap_deliver_flat(void *ctx, const u8 *frame, u32 len)
{
	struct tap *t = ctx;
	const struct nic_seg seg = { frame, len, NULL };

	if (nic_rx_dma(&t->nic, &seg, 1, NULL))
		nic_rx_event(&t->nic, 1);
}

/* ---- the loop ---- */

static void tap_ready(struct loop_fd *lf, short revents)
{
	struct tap *t = container_of(lf, struct tap, lf);

	if (revents & POLLOUT)
		tap_tx_doorbell(&t->nic);
	if (revents & POLLIN)
		nic_rx_event(&t->nic, 0);
	/* The device was removed under us: nothing to wait for, and no reason to spin. */
	if (revents & (POLLERR | POLLHUP | POLLNVAL)) {
		nic_set_carrier(&t->nic, false);
		loop_del(t->loop, &t->lf);
	}
}

s64 tap_next(const struct tap *tap)
{
	return tap->link ? tap_link_next(tap->link) : INT64_MAX;
}

void tap_run(struct tap *tap, s64 now)
{
	if (tap->link)
		tap_link_run(tap->link, now);
	if (!list_empty(&tap->lf.node))
		tap_watch(tap);
}

const struct link_stats *tap_link_stats(const struct tap *tap, int direction)
{
	return tap->link ? tap_link_get_stats(tap->link, direction) : NULL;
}

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

static void random_mac(struct net *net, u8 mac[6])
{
	u64 r = prng_u64(&net->prng);

	memcpy(mac, &r, 6);
	mac[0] = (u8)((mac[0] & 0xfc) | 2);	/* locally administered, unicast */
}

static bool tap_add_link(struct tap *t, const struct tap_params *p)
{
	const struct tap_link_ops ops = { tap_deliver_flat, tap_write_flat, t };

	if (p->link)
		t->link = tap_link_new(t->nic.net, p->link, p->link_seed, &ops);
	return !p->link || t->link;
}

struct tap *tap_open(struct net *net, struct loop *loop, const struct tap_params *params, char *err,
		     size_t err_cap)
{
	static const struct dev_nic_link ether = { ether_setup, eth_type_trans };
	static const u8 no_mac[6];
	u32 ring = params->ring ? params->ring : TAP_RING_DEFAULT;
	struct tap *t;
	int fd = tap_fd_open(params->ifname, err, err_cap);

	if (fd < 0)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t) {
		close(fd);
		snprintf(err, err_cap, "%s: out of memory", params->ifname);
		return NULL;
	}
	nic_init(&t->nic, net, &tap_ops, t);
	memcpy(t->nic.mac, params->mac, 6);
	if (!memcmp(t->nic.mac, no_mac, 6))
		random_mac(net, t->nic.mac);
	t->nic.mtu = params->mtu ? params->mtu : tap_fd_mtu(params->ifname);
	t->nic.carrier = true;
	t->loop = loop;
	t->lf = (struct loop_fd){ .fd = fd, .events = POLLIN, .fn = tap_ready };
	loop_add(loop, &t->lf);
	if (!tap_add_link(t, params) ||
	    !dev_nic_create(net, &t->nic, params->name ? params->name : "eth0", ring, ring,
			    &ether)) {
		snprintf(err, err_cap, "%s: out of memory", params->ifname);
		tap_destroy(&t->nic);
		return NULL;
	}
	return t;
}
