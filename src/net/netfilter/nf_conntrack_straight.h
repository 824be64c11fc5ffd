/* SPDX-License-Identifier: MIT */
/*
 * Tracking of frames that are no packets yet (device/nf_straight.h): of TCP and UDP, whole and
 * without other headers, of connections that both stand and go on as they are. What begins or ends
 * one, is related to one, or does not fit, comes as a packet.
 */
#ifndef LINNET_NET_NETFILTER_NF_CONNTRACK_STRAIGHT_H
#define LINNET_NET_NETFILTER_NF_CONNTRACK_STRAIGHT_H

#include "device/nf_straight.h"
#include "net/netfilter/nf_conntrack.h"

/* nf_hook_ops.find: s->conn[], each frame's tuple in the table; each step for all frames
 * before the next, so that the loads of different frames overlap. */
u32 nf_conntrack_find_frames(struct nf_straight *s, u32 n);
enum nf_verdict nf_conntrack_look(void *priv, struct nf_straight *s,
				  const struct nf_hook_state *state);

/* nf_conntrack_in.c: what a packet of that direction is to its connection; and it is counted. */
enum ip_conntrack_info nf_ct_info_of(const struct nf_conntrack_tuple_hash *h);
void nf_ct_account(struct net *net, struct nf_conn *ct, enum ip_conntrack_info info, u32 len);

/* nf_conntrack_proto_tcp.c: the segment, whose header is at th, neither begins nor ends anything,
 * and both sides were seen: if it does not fit, nothing will have changed. */
bool nf_ct_tcp_goes_on(const struct nf_conn *ct, const u8 *th);

#endif
