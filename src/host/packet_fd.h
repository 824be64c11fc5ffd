/* SPDX-License-Identifier: MIT */
/*
 * Opening an AF_PACKET socket with its ring. It knows nothing of base/skbuff.h, whose PACKET_HOST
 * and kin are Linux's names, too.
 */
#ifndef LINNET_HOST_PACKET_FD_H
#define LINNET_HOST_PACKET_FD_H

#include "base/types.h"

#define PACKET_SLOTS 4096
#define PACKET_SLOT_LEN 2048

struct packet_fd {
	int fd;
	int ifindex;
	bool vnet;			/* frames have a struct vnet_hdr, both ways */
	bool uso;			/* it may say that datagrams are merged */
	int group;			/* of sockets that share the interface; -1: none */
	u8 *ring;			/* PACKET_SLOTS of PACKET_SLOT_LEN, mapped */
};

/*
 * With more than one shard: one of so many sockets, opened in the order of shards, that share the
 * frames (packet_fanout.h); first is the first one's, NULL for that itself. False: err says why
 * and what would mend it.
 */
bool packet_fd_open(struct packet_fd *p, const char *ifname, unsigned shards,
		    const struct packet_fd *first, char *err, size_t err_cap);

/* Adds how many frames found the ring or the socket's queue full since the last time. */
void packet_fd_lost(const struct packet_fd *p, u64 *lost);
void packet_fd_close(struct packet_fd *p);

/* Which MACs the interface lets through besides its own; `was` (or NULL) no more. */
void packet_fd_filter(const struct packet_fd *p, const u8 *was, const u8 *mac);
void packet_fd_promisc(const struct packet_fd *p, bool on, bool allmulti);

/* The error that made the descriptor readable; 0: none. */
int packet_fd_error(const struct packet_fd *p);

#endif
