/* SPDX-License-Identifier: MIT */
/* Inside dissect: what TCP and UDP carry, told by the port. */
#ifndef LINNET_WIRE_DISSECT_APP_H
#define LINNET_WIRE_DISSECT_APP_H

#include "base/fmt.h"

#define DOMAIN_PORT 53
#define BOOTPS_PORT 67
#define BOOTPC_PORT 68

/* A message of DNS (RFC 1035 4.1), of which len bytes are here; verbose: with names and times of
 * the answers. Ends with its own length. */
void dissect_put_dns(struct strbuf *sb, const u8 *p, size_t len, size_t payload, bool verbose);
/* The same behind its length (RFC 1035 4.2.2), as a segment that begins with one has it. */
void dissect_put_dns_tcp(struct strbuf *sb, const u8 *p, size_t len, size_t payload, bool verbose);

static inline bool dissect_is_http(u16 sport, u16 dport)
{
	return sport == 80 || dport == 80 || sport == 8080 || dport == 8080;
}
/* ": HTTP", and the first line of what begins a request or a response. */
void dissect_put_http(struct strbuf *sb, const u8 *p, size_t len);

/* RFC 2131 2. */
void dissect_put_dhcp(struct strbuf *sb, const u8 *p, size_t len, size_t payload);

#endif
