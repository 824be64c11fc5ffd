/* SPDX-License-Identifier: MIT */
/*
 * Receive side scaling: a card with a ring for each of several instances (shards), and the choice
 * of the one that a frame is for. Each instance sees its own ring as a card of its own; what
 * arrives there and is another's is given to it (`give`), whoever brought it: a TAP, an AF_XDP
 * queue or an embedder may steer otherwise than we do, or not at all.
 *
 *	TCP, UDP		the Toeplitz hash of addresses and ports, through the table;
 *				among those that bound the port, if any did (base/shard.h)
 *	ICMP errors		the flow that they quote
 *	fragments		to all, because only the first one knows the ports: each shard puts
 *				the datagram together, the one whose flow it is takes it
 *	ARP, neighbour and router discovery, broadcast, multicast, ICMP replies, redirects
 *				to all: whoever asked learns
 *	other IPv4, IPv6	the hash of the addresses;  other protocols: ring 0
 *
 * Of a frame that all get, one shard is the owner and the rest are bystanders (nic_meta, sk_buff):
 * they learn from it, but neither answer nor forward it, so the peer sees one machine.
 *
 * The owner of a flow is found from the frame as received, source the peer. The key at first is the
 * symmetric one; `ethtool -X` may give another.
 */
#ifndef LINNET_DRIVER_NIC_RSS_H
#define LINNET_DRIVER_NIC_RSS_H

#include "wire/toeplitz.h"

#define NIC_RSS_INDIR 128	/* entries of the indirection table */

struct ip6_addr;
struct net;
struct nic;
struct nic_meta;
struct nic_seg;
struct shard_group;

struct nic_rss {
	struct toeplitz toeplitz;
	u8 indir[NIC_RSS_INDIR];	/* ring, by the hash's low bits */
	u32 rings, self;		/* how many; which is this instance's */
	const struct shard_group *group;	/* who holds which port; NULL: nobody says */
	/* Puts a copy of the frame on another's ring. */
	void (*give)(struct nic *nic, u32 ring, const struct nic_seg *segs, u32 nsegs,
		     const struct nic_meta *meta);
	void *ctx;			/* of give */
};

struct rss_verdict {
	u32 hash;
	u32 ring;	/* the owner's */
	bool all;	/* the others get it too */
};

/* The card gets one with the symmetric key and the rings in turn. -ENOMEM. Freed with the card. */
int nic_rss_create(struct nic *nic, u32 rings, u32 self);
void nic_rss_free(struct nic *nic);	/* harmless without one */
void nic_rss_default(struct nic_rss *r);	/* the table, not the key */

/* Where a frame goes. */
struct rss_verdict nic_rss_steer(const struct nic_rss *r, const u8 *frame, size_t len);
/* The same for an IP packet that is whole: put together from fragments. */
struct rss_verdict nic_rss_steer_ipv4(const struct nic_rss *r, const u8 *packet, size_t len);
struct rss_verdict nic_rss_steer_ipv6(const struct nic_rss *r, const u8 *packet, size_t len);

/* The ring to which a flow hashes, whoever bound the port. TCP and UDP alike. */
u32 nic_rss_ring(const struct nic_rss *r, be32 peer, be32 local, be16 peer_port, be16 local_port);
u32 nic_rss_ring6(const struct nic_rss *r, const struct ip6_addr *peer,
		  const struct ip6_addr *local, be16 peer_port, be16 local_port);

/* For the receive ring: false, *meta filled in: the frame is (also) ours; true: given away. Its
 * headers are in the first piece. */
bool nic_rss_rx(struct nic *nic, const struct nic_seg *segs, u32 nsegs, struct nic_meta *meta);

#endif
