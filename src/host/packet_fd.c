/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "host/packet_fd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host/packet_fanout.h"

#define ALL_PROTOCOLS 3			/* ETH_P_ALL */
#define BLOCK_LEN (256 << 10)
#define RING_LEN ((size_t)PACKET_SLOTS * PACKET_SLOT_LEN)
#define SOCKET_BUF (8 << 20)		/* of merged segments on their way in, of frames out */

static bool set(int fd, int option, int value)
{
	return !setsockopt(fd, SOL_PACKET, option, &value, sizeof(value));
}

static void set_buffers(int fd)
{
	const int n = SOCKET_BUF;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &n, sizeof(n)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof(n));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &n, sizeof(n)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof(n));
}

/* For what no answer of the kernel tells before a frame is lost. */
static bool kernel_is_at_least(unsigned major, unsigned minor)
{
	struct utsname u;
	unsigned a, b;

	return !uname(&u) && sscanf(u.release, "%u.%u", &a, &b) == 2 &&
	       (a > major || (a == major && b >= minor));
}

static bool make_ring(struct packet_fd *p)
{
	struct tpacket_req req = {
		.tp_block_size = BLOCK_LEN,
		.tp_block_nr = RING_LEN / BLOCK_LEN,
		.tp_frame_size = PACKET_SLOT_LEN,
		.tp_frame_nr = PACKET_SLOTS,
	};
	void *ring;

	if (!set(p->fd, PACKET_VERSION, TPACKET_V2) ||
	    setsockopt(p->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		return false;
	ring = mmap(NULL, RING_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	p->ring = ring == MAP_FAILED ? NULL : ring;
	return p->ring;
}

/* In the order that the kernel wants: header before ring, ring before bind. */
static bool set_up(struct packet_fd *p, bool shared)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ALL_PROTOCOLS),
		.sll_ifindex = p->ifindex,
	};

	p->vnet = set(p->fd, PACKET_VNET_HDR, 1);
	p->uso = p->vnet && kernel_is_at_least(6, 2);
	set(p->fd, PACKET_COPY_THRESH, 1);
	set(p->fd, PACKET_IGNORE_OUTGOING, 1);	/* from 4.20 on; packet.c looks, too */
	set_buffers(p->fd);
	return make_ring(p) && (!shared || packet_fanout_deafen(p->fd)) &&
	       !bind(p->fd, (struct sockaddr *)&at, sizeof(at));
}

static bool open_socket(struct packet_fd *p, const char *ifname, char *err, size_t err_cap)
{
	p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd >= 0)
		return true;
	if (errno == EPERM || errno == EACCES)
		snprintf(err, err_cap, "%s: %s; AF_PACKET needs CAP_NET_RAW. Run as root, or in a "
			 "network namespace of your own (unshare -Urn), or use a TAP (tap:NAME)",
			 ifname, strerror(errno));
	else
		snprintf(err, err_cap, "%s: AF_PACKET: %s", ifname, strerror(errno));
	return false;
}

bool packet_fd_open(struct packet_fd *p, const char *ifname, unsigned shards,
		    const struct packet_fd *first, char *err, size_t err_cap)
{
	*p = (struct packet_fd){ .fd = -1, .ifindex = (int)if_nametoindex(ifname), .group = -1 };
	if (first)
		p->group = first->group;
	if (!p->ifindex) {
		snprintf(err, err_cap, "%s: %s; ip link shows the interfaces of this machine",
			 ifname, strerror(errno));
		return false;
	}
	if (!open_socket(p, ifname, err, err_cap))
		return false;
	if (!set_up(p, shards > 1))
		snprintf(err, err_cap, "%s: AF_PACKET with a ring of %zu MiB: %s", ifname,
			 RING_LEN >> 20, strerror(errno));
	else if (shards > 1 && !packet_fanout_join(p->fd, shards, &p->group))
		snprintf(err, err_cap, "%s: sharing its frames among %u shards (PACKET_FANOUT): "
			 "%s; it must be up: ip link set %s up", ifname, shards, strerror(errno),
			 ifname);
	else
		return true;
	packet_fd_close(p);
	return false;
}

void packet_fd_lost(const struct packet_fd *p, u64 *lost)
{
	struct tpacket_stats st = { 0 };
	socklen_t len = sizeof(st);

	if (!getsockopt(p->fd, SOL_PACKET, PACKET_STATISTICS, &st, &len))
		*lost += st.tp_drops;	/* reading clears it */
}

void packet_fd_close(struct packet_fd *p)
{
	if (p->ring)
		munmap(p->ring, RING_LEN);
	close(p->fd);
}

static bool member(const struct packet_fd *p, int option, unsigned short type, const u8 *mac)
{
	struct packet_mreq mr = { .mr_ifindex = p->ifindex, .mr_type = type, .mr_alen = 6 };

	if (mac)
		memcpy(mr.mr_address, mac, 6);
	return !setsockopt(p->fd, SOL_PACKET, option, &mr, sizeof(mr));
}

void packet_fd_filter(const struct packet_fd *p, const u8 *was, const u8 *mac)
{
	if (was)
		member(p, PACKET_DROP_MEMBERSHIP, PACKET_MR_UNICAST, was);
	if (!member(p, PACKET_ADD_MEMBERSHIP, PACKET_MR_UNICAST, mac))
		member(p, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC, NULL);
}

void packet_fd_promisc(const struct packet_fd *p, bool on, bool allmulti)
{
	/* The kernel counts: one more of the same, or one less than none, does no harm. */
	member(p, PACKET_DROP_MEMBERSHIP, PACKET_MR_PROMISC, NULL);
	member(p, PACKET_DROP_MEMBERSHIP, PACKET_MR_ALLMULTI, NULL);
	if (on)
		member(p, PACKET_ADD_MEMBERSHIP, PACKET_MR_PROMISC, NULL);
	if (allmulti)
		member(p, PACKET_ADD_MEMBERSHIP, PACKET_MR_ALLMULTI, NULL);
}

int packet_fd_error(const struct packet_fd *p)
{
	int error = 0;
	socklen_t len = sizeof(error);

	return getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) ? 0 : error;
}
