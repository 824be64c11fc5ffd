/* SPDX-License-Identifier: MIT */
/* Inside dissect: what an IPv4 packet carries. */
#ifndef LINNET_WIRE_DISSECT_L4_H
#define LINNET_WIRE_DISSECT_L4_H

#include "base/fmt.h"
#include "wire/ipv4.h"

/* "tcp", "icmp", ...; "ip" for a number without a name here. */
const char *dissect_proto_name(u8 protocol);

/* "src[.port] > dst[.port]: ..." for len bytes behind the header of ip. */
void dissect_ipv4_payload(struct strbuf *sb, const struct ipv4_view *ip, const u8 *p, size_t len);

#endif
