/* SPDX-License-Identifier: MIT */
/*
 * Groups of multicast, as a socket joins and sends to them: ip(7), ipv6(7), RFC 3678. Numbers and
 * layouts are Linux's; addresses are in network byte order. The options of sources and those that
 * begin with LN_MCAST_ are for datagram and raw sockets; a stream gets -EPROTO.
 */
#ifndef LINNET_MCAST_H
#define LINNET_MCAST_H

#include <stdint.h>

/* level LN_SOL_IP */
enum {
	LN_IP_MULTICAST_IF = 32,	/* ln_ip_mreqn, or 4 bytes: an address of the device */
	LN_IP_MULTICAST_TTL = 33,	/* int, 1 by default */
	LN_IP_MULTICAST_LOOP = 34,	/* int, 1: what is sent comes back to this machine */
	LN_IP_ADD_MEMBERSHIP = 35, LN_IP_DROP_MEMBERSHIP = 36,	/* ln_ip_mreqn */
	LN_IP_UNBLOCK_SOURCE = 37, LN_IP_BLOCK_SOURCE = 38,	/* ln_ip_mreq_source */
	LN_IP_ADD_SOURCE_MEMBERSHIP = 39, LN_IP_DROP_SOURCE_MEMBERSHIP = 40,
	LN_IP_MSFILTER = 41,		/* ln_ip_msfilter */
	LN_IP_MULTICAST_ALL = 49,	/* int, 1: groups that other sockets are in, too */
};
/* level LN_SOL_IPV6 */
enum {
	LN_IPV6_MULTICAST_IF = 17, LN_IPV6_MULTICAST_HOPS = 18, LN_IPV6_MULTICAST_LOOP = 19,
	LN_IPV6_ADD_MEMBERSHIP = 20, LN_IPV6_DROP_MEMBERSHIP = 21,	/* ln_ipv6_mreq */
	LN_IPV6_JOIN_GROUP = LN_IPV6_ADD_MEMBERSHIP, LN_IPV6_LEAVE_GROUP = LN_IPV6_DROP_MEMBERSHIP,
	LN_IPV6_MULTICAST_ALL = 29,
};
/* either level; the addresses' family is the level's */
enum {
	LN_MCAST_JOIN_GROUP = 42, LN_MCAST_BLOCK_SOURCE = 43, LN_MCAST_UNBLOCK_SOURCE = 44,
	LN_MCAST_LEAVE_GROUP = 45, LN_MCAST_JOIN_SOURCE_GROUP = 46,
	LN_MCAST_LEAVE_SOURCE_GROUP = 47, LN_MCAST_MSFILTER = 48,
};
enum { LN_MCAST_EXCLUDE = 0, LN_MCAST_INCLUDE = 1 };

struct ln_ip_mreqn {		/* may be given without the last one */
	uint32_t imr_multiaddr;
	uint32_t imr_address;	/* of the device, where imr_ifindex is 0; 0: the route's */
	int imr_ifindex;
};

struct ln_ip_mreq_source {
	uint32_t imr_multiaddr, imr_interface, imr_sourceaddr;
};

struct ln_ip_msfilter {
	uint32_t imsf_multiaddr, imsf_interface;
	uint32_t imsf_fmode, imsf_numsrc;
	uint32_t imsf_slist[1];
};

struct ln_ipv6_mreq {
	uint8_t ipv6mr_multiaddr[16];
	int ipv6mr_ifindex;
};

struct ln_sockaddr_storage {	/* a struct ln_sockaddr_in or ln_sockaddr_in6 */
	uint16_t ss_family;
	uint8_t ss_data[126];
} __attribute__((aligned(8)));

struct ln_group_req {
	uint32_t gr_interface;
	struct ln_sockaddr_storage gr_group;
};

struct ln_group_source_req {
	uint32_t gsr_interface;
	struct ln_sockaddr_storage gsr_group, gsr_source;
};

struct ln_group_filter {
	uint32_t gf_interface;
	struct ln_sockaddr_storage gf_group;
	uint32_t gf_fmode, gf_numsrc;
	struct ln_sockaddr_storage gf_slist[1];
};

#endif
