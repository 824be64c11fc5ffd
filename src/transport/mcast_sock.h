/* SPDX-License-Identifier: MIT */
/*
 * What a socket says of groups (ip(7), RFC 3678): those that it is in, from which sources, and how
 * it sends to them. Made when the first option is set that is not as by default, so other sockets
 * pay a pointer. Groups of IPv4 are mapped addresses here.
 *
 * Limits: net.ipv4.igmp_max_memberships groups of IPv4, igmp_max_msf and net.ipv6.mld_max_msf
 * sources of a group; the instance's budget for all together.
 */
#ifndef LINNET_TRANSPORT_MCAST_SOCK_H
#define LINNET_TRANSPORT_MCAST_SOCK_H

#include "net/mcast.h"
#include "transport/sock.h"

struct mc_membership {
	struct list_head list;
	struct ip6_addr group;
	be32 address;			/* of IPv4: by which the device was chosen; 0 */
	int ifindex;
	bool exclude;
	bool listed;			/* sources were named: the mode is no longer free */
	u32 n, room;
	struct ip6_addr *sources;
};

struct mcast_sock {
	struct list_head memberships;	/* the latest first */
	u32 count4;
	int oif4, oif6;			/* to leave by; 0: the route's */
	be32 saddr4;			/* to send from; 0: the route's */
	u8 ttl, hops;
	bool no_loop4, no_loop6, no_all4, no_all6;
};

/* NULL: no memory. */
struct mcast_sock *mcast_sock_get(struct sock *sk);
/* The user's reference goes: it leaves its groups. Harmless when it is in none. */
void mcast_sock_close(struct sock *sk);
void mcast_sock_free(struct sock *sk);

/*
 * The calls. dev: of the membership; address: that it was chosen by, for leaving. As Linux:
 * -EADDRINUSE: in it already; -ENOBUFS: more than may be; -EADDRNOTAVAIL: not in it, no such
 * source, or named already; -EINVAL: not in it, or its filter is of the other mode; -ENOMEM.
 */
int mcast_join(struct sock *sk, const struct ip6_addr *group, struct net_device *dev, be32 address,
	       bool exclude);
/* ifindex 0 and address 0: the first membership in that group. */
int mcast_leave(struct sock *sk, const struct ip6_addr *group, int ifindex, be32 address);
/* add: that source to the filter, which is or becomes of that mode; else off it. */
int mcast_source(struct sock *sk, const struct ip6_addr *group, int ifindex,
		 const struct ip6_addr *source, bool exclude, bool add);
int mcast_set_filter(struct sock *sk, const struct ip6_addr *group, int ifindex,
		     const struct mc_filter *f);
const struct mc_membership *mcast_membership(const struct sock *sk, const struct ip6_addr *group,
					     int ifindex);

/* Is what saddr sends to a group, and came by dif, for this socket? */
bool mcast_sock_wants(const struct sock *sk, const struct ip6_addr *group,
		      const struct ip6_addr *saddr, int dif);

static inline bool ip_mc_sf_allow(const struct sock *sk, be32 group, be32 saddr, int dif)
{
	struct ip6_addr g = ipv6_addr_v4mapped_of(group), s = ipv6_addr_v4mapped_of(saddr);

	return !sk->mcast || mcast_sock_wants(sk, &g, &s, dif);
}

static inline bool inet6_mc_check(const struct sock *sk, const struct ip6_addr *group,
				  const struct ip6_addr *saddr, int dif)
{
	return !sk->mcast || mcast_sock_wants(sk, group, saddr, dif);
}

static inline u8 mcast_ttl(const struct sock *sk)
{
	return sk->mcast ? sk->mcast->ttl : 1;
}

#endif
