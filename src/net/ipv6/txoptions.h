/* SPDX-License-Identifier: MIT */
/*
 * Extension headers that a socket's packets have (RFC 3542 6 to 9): set once for all, or said for
 * one datagram. On the wire: hop-by-hop options, destination options, routing header; then, where a
 * packet is cut, the fragment header; then the other destination options. Of routing headers types
 * 2 (RFC 6275) and 4 (RFC 8754) may be sent: packets go to the address that it names first, and the
 * socket's peer stands at its end.
 */
#ifndef LINNET_NET_IPV6_TXOPTIONS_H
#define LINNET_NET_IPV6_TXOPTIONS_H

#include "net/ipv6/ip6.h"

#define IPV6_OPT_HDR_MAX (8 * 255)	/* bytes of one, as a user gives it */

enum ipv6_txopt { TXOPT_HOPOPT, TXOPT_DST0OPT, TXOPT_SRCRT, TXOPT_DST1OPT, TXOPT_MAX };

struct ipv6_txoptions {
	u16 opt_nflen, opt_flen;	/* before and behind where a packet is cut */
	const u8 *hdr[TXOPT_MAX];	/* NULL: none */
};

static inline u32 ipv6_optlen(const u8 *hdr)
{
	return (hdr[1] + 1u) * 8;
}

static inline u32 ipv6_txopt_len(const struct ipv6_txoptions *opt)
{
	return unlikely(opt != NULL) ? (u32)opt->opt_nflen + opt->opt_flen : 0;
}

/* hdr takes the place of the one that opt has, NULL: there is none then. */
void ipv6_txopt_set(struct ipv6_txoptions *opt, enum ipv6_txopt which, const u8 *hdr);

/* A copy with the headers in its own memory, to be freed by ipv6_txopt_free(); NULL: no memory. */
struct ipv6_txoptions *ipv6_dup_options(struct net *net, const struct ipv6_txoptions *opt);
void ipv6_txopt_free(struct net *net, struct ipv6_txoptions *opt);	/* or NULL */

/* What is sent of opt, or NULL: RFC 3542 9.2: without a routing header, not what stands before it.
 * space: where that is said. */
const struct ipv6_txoptions *ipv6_fixup_options(struct ipv6_txoptions *space,
						const struct ipv6_txoptions *opt);

/* A routing header of len bytes that may be set: -EINVAL. of_msg: with one datagram. */
int ipv6_txopt_check_rthdr(const u8 *hdr, u32 len, bool of_msg);

/* Where a packet to daddr goes first (Linux fl6_update_dst). */
const struct ip6_addr *ipv6_first_hop(const struct ipv6_txoptions *opt,
				      const struct ip6_addr *daddr);

/* There is room before skb's data for them and the headers that follow. False: no memory. */
bool ipv6_txopt_room(struct sk_buff *skb, const struct ipv6_txoptions *opt) __must_check;

/* Writes them in front of skb's data, where there is room. nexthdr: what stands there; then what is
 * first. daddr: the packet's; then where it goes first. */
void ipv6_push_options(struct sk_buff *skb, const struct ipv6_txoptions *opt, u8 *nexthdr,
		       struct ip6_addr *daddr);

#endif
