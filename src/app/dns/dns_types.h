/* SPDX-License-Identifier: MIT */
/* Record types and response codes by their numbers in the protocol. */
#ifndef LINNET_APP_DNS_DNS_TYPES_H
#define LINNET_APP_DNS_DNS_TYPES_H

#include <stdint.h>

enum {
	DNS_TYPE_A = 1, DNS_TYPE_NS = 2, DNS_TYPE_CNAME = 5, DNS_TYPE_SOA = 6, DNS_TYPE_PTR = 12,
	DNS_TYPE_HINFO = 13, DNS_TYPE_MX = 15, DNS_TYPE_TXT = 16, DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33, DNS_TYPE_DS = 43, DNS_TYPE_IXFR = 251, DNS_TYPE_AXFR = 252,
	DNS_TYPE_ANY = 255,
};

enum {
	DNS_RCODE_NOERROR, DNS_RCODE_FORMERR, DNS_RCODE_SERVFAIL, DNS_RCODE_NXDOMAIN,
	DNS_RCODE_NOTIMP, DNS_RCODE_REFUSED, DNS_RCODE_BADVERS = 16,
};

#define DNS_TYPE_TEXT_MAX 16

/* "A", "CNAME", "TYPE4711". Return: @buf. */
const char *dns_type_text(uint16_t type, char buf[static DNS_TYPE_TEXT_MAX]);
/* By name, case does not matter, or "TYPEn"; 0 = no such type. */
uint16_t dns_type_parse(const char *text);
const char *dns_rcode_text(unsigned rcode);	/* "NXDOMAIN" */

#endif
