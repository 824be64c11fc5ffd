/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/packet.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "driver/nic_filter.h"
#include "host/ifquery.h"
#include "host/vnet.h"
#include "wire/eth.h"

#define TAG_AT 12			/* bytes before a VLAN tag */
#define TAG_LEN 4
#define BURST 4				/* frames in a turn */
#define OUTGOING 4			/* PACKET_OUTGOING of the kernel */
#define LOOK_NS (500 * NSEC_PER_MSEC)	/* whether an interface that is down came up again */

struct packet {
	struct wire wire;		/* first */
	struct nic nic;
	struct packet_fd sock;
	struct loop *loop;
	struct loop_fd lf;
	u32 at;				/* slot that the kernel fills next */
	u32 taken;			/* frames in this turn */
	bool unsent;			/* frames wait for the end of the turn */
	struct packet_tx tx;
	u64 rx_lost;			/* the kernel found the ring full */
	s64 look;			/* when to see whether it is up again; 0 = it is up */
	u8 mac[6];			/* that the interface lets through for us */
	char ifname[WIRE_IFNAME_MAX];
};

/* ---- from the interface ---- */

static void packet_watch(struct packet *p)
{
	bool wanted = !p->nic.irq_masked && nic_rx_free(&p->nic);

	p->lf.events = (short)((wanted ? POLLIN : 0) | (p->tx.blocked ? POLLOUT : 0));
}

/* Where a frame goes, with a gap for the tag that the kernel took out of it. 0: no place. */
static u32 places(struct packet *p, bool tagged, struct iovec iov[1 + NIC_RX_PIECES])
{
	struct nic_rx_piece piece[NIC_RX_PIECES];
	u32 n = nic_rx_pieces(&p->nic, piece), k = 0;

	if (n && tagged) {
		iov[k++] = (struct iovec){ piece[0].addr, TAG_AT };
		piece[0].addr += TAG_AT + TAG_LEN;
		piece[0].len -= TAG_AT + TAG_LEN;
	}
	for (u32 i = 0; i < n; i++)
		iov[k++] = (struct iovec){ piece[i].addr, piece[i].len };
	return k;
}

/* A frame that is longer than a slot waits in the socket's queue. Its length; 0: it is gone. */
static u32 read_long(struct packet *p, struct iovec *iov, u32 n)
{
	u8 header[sizeof(struct vnet_hdr)];
	struct iovec all[2 + NIC_RX_PIECES];
	struct msghdr msg = { .msg_iov = all, .msg_iovlen = n };
	u32 head = p->sock.vnet ? sizeof(header) : 0;
	ssize_t got;

	memcpy(all + !!head, iov, n * sizeof(*iov));
	if (head) {
		all[0] = (struct iovec){ header, sizeof(header) };
		msg.msg_iovlen++;
	}
	do {
		got = recvmsg(p->sock.fd, &msg, MSG_DONTWAIT | MSG_TRUNC);
	} while (got < 0 && errno == EINTR);
	return got > (ssize_t)head ? (u32)got - head : 0;
}

static u32 copy_in(const struct iovec *iov, u32 n, const u8 *frame, u32 len)
{
	u32 left = len;

	for (u32 i = 0; i < n && left; i++) {
		u32 part = min_t(u32, left, (u32)iov[i].iov_len);

		memcpy(iov[i].iov_base, frame, part);
		frame += part;
		left -= part;
	}
	return len;	/* what had no place is too long, which nic_rx_commit() sees */
}

static void put_tag(const struct tpacket2_hdr *h, u8 *at)
{
	u32 type = h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->tp_vlan_tpid : 0x8100;

	put_be16(at, (u16)type);
	put_be16(at + 2, h->tp_vlan_tci);
}

/* What is known of the frame beside its bytes. False: nobody here can take it. */
static bool read_meta(struct packet *p, const struct tpacket2_hdr *h, const u8 *frame,
		      struct nic_meta *meta)
{
	const u32 done = TP_STATUS_CSUMNOTREADY | TP_STATUS_CSUM_VALID;
	struct vnet_hdr vh;

	if (!p->sock.vnet) {
		*meta = (struct nic_meta){ .csum_verified = h->tp_status & done };
		return true;
	}
	memcpy(&vh, frame - sizeof(vh), sizeof(vh));
	return vnet_to_meta(&vh, h->tp_len, meta);
}

static void frame_in(struct packet *p, const struct tpacket2_hdr *h, const u8 *frame)
{
	bool tagged = h->tp_status & TP_STATUS_VLAN_VALID, whole = h->tp_snaplen == h->tp_len;
	struct iovec iov[1 + NIC_RX_PIECES];
	u32 n = places(p, tagged, iov), len;
	struct nic_meta meta;

	len = whole ? copy_in(iov, n, frame, h->tp_len) : read_long(p, iov, n);
	if (!len) {
		nic_rx_drop(&p->nic, 0, SKB_DROP_REASON_NIC_OVERRUN);
	} else if (!read_meta(p, h, frame, &meta)) {
		nic_rx_drop(&p->nic, 0, SKB_DROP_REASON_NIC_GIANT);
	} else {
		if (tagged) {
			put_tag(h, (u8 *)iov[0].iov_base + TAG_AT);
			meta.csum_start += TAG_LEN;
		}
		nic_rx_commit(&p->nic, len + (tagged ? TAG_LEN : 0), &meta);
	}
}

/* The ring tells in order; what is longer than a slot must leave the queue in the same order. */
static void slot_in(struct packet *p, const struct tpacket2_hdr *h)
{
	const u8 *slot = (const u8 *)h, *frame = slot + h->tp_mac;
	const struct sockaddr_ll *from = (const void *)(slot + TPACKET_ALIGN(sizeof(*h)));
	bool cut = h->tp_snaplen < h->tp_len, queued = h->tp_status & TP_STATUS_COPY;

	if (from->sll_pkttype != OUTGOING && nic_filter_accepts(&p->nic, frame) &&
	    (!cut || queued)) {
		frame_in(p, h, frame);
		return;
	}
	if (queued)
		read_long(p, NULL, 0);
	if (from->sll_pkttype == OUTGOING)
		return;		/* of the kernel's own stack: never was on its way to us */
	nic_rx_drop(&p->nic, 0, nic_filter_accepts(&p->nic, frame) ?
				SKB_DROP_REASON_NIC_OVERRUN : SKB_DROP_REASON_NIC_FILTER);
}

/* The slot that is filled next, when it is. */
static struct tpacket2_hdr *slot_ready(const struct packet *p)
{
	struct tpacket2_hdr *h = (void *)(p->sock.ring + (size_t)p->at * PACKET_SLOT_LEN);

	return __atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER ? h : NULL;
}

static void packet_rx_poll(struct nic *nic, u32 budget)
{
	struct packet *p = container_of(nic, struct packet, nic);
	struct tpacket2_hdr *h;

	for (; budget && nic_rx_free(nic) && (h = slot_ready(p)); budget--) {
		slot_in(p, h);
		__atomic_store_n(&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		p->at = (p->at + 1) % PACKET_SLOTS;
		p->taken++;
	}
}

/* ---- to the interface ---- */

/*
 * Frames that came in a burst are answered one by one, but by one system call at the end of the
 * turn (packet_run). Who answers a single frame is waited for: at once.
 */
static void packet_tx_doorbell(struct nic *nic)
{
	struct packet *p = container_of(nic, struct packet, nic);

	p->unsent = p->taken >= BURST && nic->tx.doorbell - nic->tx.next_read < PACKET_BATCH;
	if (!p->unsent)
		nic_tx_sent(nic, packet_tx_send(&p->tx));
}

/* ---- the loop ---- */

/* Down is for a while, gone is for good. */
static void packet_error(struct packet *p)
{
	int error = packet_fd_error(&p->sock);

	if (error == ENETDOWN && if_exists(p->ifname)) {
		p->look = 1;
		nic_set_carrier(&p->nic, false);
	} else if (error && !if_exists(p->ifname)) {
		nic_set_carrier(&p->nic, false);
		loop_del(p->loop, &p->lf);
	}
}

static void packet_ready(struct loop_fd *lf, short revents)
{
	struct packet *p = container_of(lf, struct packet, lf);

	if (revents & POLLOUT)
		nic_tx_complete(&p->nic, packet_tx_send(&p->tx));
	if (revents & POLLIN)
		nic_rx_event(&p->nic, 0);
	if (revents & (POLLERR | POLLHUP | POLLNVAL))
		packet_error(p);
}

static s64 packet_next(const struct wire *wire)
{
	const struct packet *p = container_of(wire, const struct packet, wire);

	return min(p->look ? p->look : INT64_MAX, p->tx.retry_at);
}

static void packet_run(struct wire *wire, s64 now)
{
	struct packet *p = container_of(wire, struct packet, wire);

	if (p->look && now >= p->look) {
		p->look = if_is_up(p->ifname) ? 0 : now + LOOK_NS;
		if (!p->look)
			nic_set_carrier(&p->nic, true);
	}
	p->taken = 0;
	if (list_empty(&p->lf.node))
		return;
	if (p->unsent || now >= p->tx.retry_at) {
		p->unsent = false;
		nic_tx_complete(&p->nic, packet_tx_send(&p->tx));
	}
	/* Looked for in the ring itself, before anybody asks poll(2). */
	if (!p->nic.irq_masked && nic_rx_free(&p->nic) && slot_ready(p))
		nic_rx_event(&p->nic, 0);
	packet_watch(p);
}

static const struct wire_ops packet_wire_ops = { .next = packet_next, .run = packet_run };

static void packet_set_rx_mode(struct nic *nic)
{
	struct packet *p = container_of(nic, struct packet, nic);

	if (memcmp(p->mac, nic->mac, 6)) {
		packet_fd_filter(&p->sock, p->mac, nic->mac);
		memcpy(p->mac, nic->mac, 6);
	}
	/* All groups: which of them are ours is looked at here (nic_filter.h). */
	packet_fd_promisc(&p->sock, nic->promisc, true);
}

static const char *packet_counter(struct nic *nic, u32 i, u64 *value)
{
	static const char *const names[] = { "packet_tx_retries", "packet_tx_dropped",
					     "packet_rx_dropped" };
	struct packet *p = container_of(nic, struct packet, nic);

	if (i >= ARRAY_SIZE(names))
		return NULL;
	packet_fd_lost(&p->sock, &p->rx_lost);
	*value = ((const u64[]){ p->tx.retries, p->tx.dropped, p->rx_lost })[i];
	return names[i];
}

static void packet_destroy(struct nic *nic)
{
	struct packet *p = container_of(nic, struct packet, nic);

	if (!list_empty(&p->lf.node))
		loop_del(p->loop, &p->lf);
	packet_fd_close(&p->sock);
	free(p);
}

static const struct nic_ops packet_ops = {
	.tx_doorbell = packet_tx_doorbell,
	.rx_poll = packet_rx_poll,
	.set_rx_mode = packet_set_rx_mode,
	.counter = packet_counter,
	.destroy = packet_destroy,
};

struct wire *packet_open(struct net *net, struct loop *loop, const char *ifname,
			 const struct wire_params *params, char *err, size_t err_cap)
{
	const struct packet *first = params->first ?
		container_of(params->first, struct packet, wire) : NULL;
	struct packet *p = calloc(1, sizeof(*p));

	if (!p)
		return wire_fail(err, err_cap, "%s: out of memory", ifname);
	if (!packet_fd_open(&p->sock, ifname, params->shards, first ? &first->sock : NULL, err,
			    err_cap)) {
		free(p);
		return NULL;
	}
	p->wire.ops = &packet_wire_ops;
	nic_init(&p->nic, net, &packet_ops, p);
	packet_tx_init(&p->tx, &p->nic, &p->sock);
	p->nic.rx_gso = p->sock.vnet;
	p->nic.tx_at_once = true;
	p->nic.rx_ring = WIRE_RX_RING_POLLED;
	p->nic.tx_csum = p->nic.tso = p->sock.vnet && !params->no_offload;
	p->nic.uso = p->sock.uso && !params->no_offload;
	p->loop = loop;
	p->nic.carrier = true;
	p->lf = (struct loop_fd){ .fd = p->sock.fd, .events = POLLIN, .fn = packet_ready };
	loop_add(loop, &p->lf);
	strncpy(p->ifname, ifname, sizeof(p->ifname) - 1);
	if (!wire_add_card(net, &p->nic, params, if_mtu(ifname))) {
		packet_destroy(&p->nic);
		return wire_fail(err, err_cap, "%s: out of memory", ifname);
	}
	memcpy(p->mac, p->nic.mac, 6);
	packet_fd_filter(&p->sock, NULL, p->mac);
	return &p->wire;
}
