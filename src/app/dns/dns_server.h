/* SPDX-License-Identifier: MIT */
/*
 * An authoritative name server: answers from the zones it was given and asks nobody.
 *
 * The algorithm is RFC 1034 4.3.2: the closest zone; below a zone cut a referral with the
 * NS records and their glue; else the records, a CNAME with what it leads to inside the zones
 * served, a wildcard's records under the name asked (4.3.3, RFC 4592), NODATA or NXDOMAIN with the
 * SOA; REFUSED outside all zones. ANY is answered with one RRset (RFC 8482 4.1). Over UDP an
 * answer is cut with TC at 512 bytes, or at the size that EDNS0 says (at most 1232).
 */
#ifndef LINNET_APP_DNS_DNS_SERVER_H
#define LINNET_APP_DNS_DNS_SERVER_H

#include <stddef.h>

#include "app/util/inet.h"

struct dns_zone_source {
	const char *text;	/* master-file format (RFC 1035 5), the SOA first; not kept */
	size_t len;
	const char *origin;	/* of names without a dot at the end; NULL = "." */
	const char *file;	/* its name in error messages; NULL = "zone" */
};

struct dns_server_config {
	struct ipaddr addr;		/* to listen on; none = every address of both families */
	uint16_t port;			/* 0 = 53 */
	const struct dns_zone_source *zones;
	unsigned nzones;
};

struct dns_server_stats {
	uint64_t queries, answers, referrals, nxdomain, nodata, refused, truncated, malformed;
};

struct dns_server;

/**
 * dns_server_new - read the zones and listen on UDP and TCP
 * @err, @cap: on failure a message for people, "file:line: what is wrong" for a zone
 *
 * Return: 0 and *@out; -EINVAL (a zone), -EADDRINUSE, -EADDRNOTAVAIL, -ENOMEM.
 */
int dns_server_new(struct ln_net *net, const struct dns_server_config *config,
		   struct dns_server **out, char *err, size_t cap);
void dns_server_free(struct dns_server *s);

/* Reads one zone as dns_server_new() would, to check it. Return: 0, -EINVAL, -ENOMEM. */
int dns_zone_check(const struct dns_zone_source *zone, char *err, size_t cap);

void dns_server_stats(const struct dns_server *s, struct dns_server_stats *st);

#endif
