/* SPDX-License-Identifier: MIT */
/*
 * Which of a name's addresses is tried first: destination address selection (RFC 6724 6), by what
 * this host would send from. Also whether it is of use to ask for a family at all.
 */
#ifndef LINNET_APP_UTIL_DST_ORDER_H
#define LINNET_APP_UTIL_DST_ORDER_H

#include "app/util/inet.h"

#define DST_ORDER_MAX 64	/* addresses that are sorted; those behind stay where they are */

/* Best first; equal ones keep their order. */
void dst_order(struct ln_net *net, struct ipaddr *addrs, unsigned n);

/*
 * Which families a name's addresses are asked for in, as getaddrinfo(3) chooses: @family, or with
 * 0 those of which the host has an address for more than itself and its link (AI_ADDRCONFIG);
 * IPv4 if it has none at all.
 */
enum { DST_IPV4 = 1, DST_IPV6 = 2 };
unsigned dst_families(struct ln_net *net, uint16_t family);

#endif
