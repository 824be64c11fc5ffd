/* SPDX-License-Identifier: MIT */
/* What a protocol above IPv4 registers to take part in GRO and GSO (device/gro.h). */
#ifndef LINNET_NET_IPV4_IP_OFFLOAD_H
#define LINNET_NET_IPV4_IP_OFFLOAD_H

#include "device/gro.h"
#include "net/ipv4/ip.h"

struct net_offload {
	/* As packet_offload's. iph is at data, sound, 20 bytes long, and tot_len is skb->len.
	 * NULL: none is joined. */
	bool (*gro_receive)(struct napi_struct *napi, struct sk_buff *skb, const struct iphdr *iph);
	void (*gro_complete)(struct sk_buff *skb);
	/* Offsets of both headers are set. IPv4 writes its header into the segments afterwards. */
	int (*gso_segment)(struct sk_buff *skb, u32 features, struct sk_buff_head *segs);
	bool (*gso_headers)(const struct sk_buff *skb, const struct gso_frames *f);
};

/* The held packet of skb's flow: protocol, addresses, ports, of which there are 4 bytes behind iph.
 * Another MAC header makes another flow, as in Linux. */
struct sk_buff *inet_gro_held(struct napi_struct *napi, const struct sk_buff *skb,
			      const struct iphdr *iph);

/* Whether its transport's sum is right; it is made here once for all who ask later. */
bool inet_gro_csum_ok(struct sk_buff *skb, const struct iphdr *iph);

/* Whether the header of the next segment is what follows on p's: lengths and sums aside, the same
 * but for an id that counts up, or stands still where nothing may fragment. */
bool inet_gro_may_join(struct sk_buff *p, const struct iphdr *iph);

void inet_offload_init(struct net *net);

#endif
