/* SPDX-License-Identifier: MIT */
/* How the identifiers of a device's addresses come about. */
#ifndef LINNET_NET_IPV6_ADDRCONF_GEN_H
#define LINNET_NET_IPV6_ADDRCONF_GEN_H

#include "net/ipv6/ip6_impl.h"

#define IDGEN_RETRIES 3			/* RFC 7217 6, as Linux's idgen_retries */
#define IDGEN_DELAY NSEC_PER_SEC	/* after a duplicate */

enum { ADDR_GEN_EUI64, ADDR_GEN_NONE, ADDR_GEN_STABLE, ADDR_GEN_RANDOM };

bool addrconf_is_stable(const struct inet6_dev *idev);

/* Completes the prefix in *a, of 64 bits, from *retry duplicates on, which is counted on. -EINVAL:
 * it has no MAC or no secret; -EADDRNOTAVAIL: too many duplicates. */
int addrconf_generate(struct inet6_dev *idev, struct ip6_addr *a, u8 *retry);

/* RFC 7217 5: the second half of a, of all else. */
void addrconf_stable_iid(struct ip6_addr *a, const struct ip6_addr *secret, const u8 *hwaddr,
			 u32 hwlen, u8 dad_count);

/* RFC 5453: an identifier of anycast addresses, or all zero, which is the routers'. */
bool addrconf_is_reserved(const struct ip6_addr *a);

#endif
