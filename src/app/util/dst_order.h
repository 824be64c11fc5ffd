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
 * Whether the host has an address of the family for more than itself and its link, as
 * getaddrinfo(3) looks with AI_ADDRCONFIG: without one it is not asked for.
 */
bool dst_family_usable(struct ln_net *net, uint16_t family);

#endif
