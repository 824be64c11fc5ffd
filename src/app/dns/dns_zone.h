/* SPDX-License-Identifier: MIT */
/*
 * Zones read from master files (RFC 1035 5), and the lookup of RFC 1034 4.3.2 in them. No
 * sockets: bytes of a query in, bytes of the response out.
 *
 * A zone is a hash table of nodes, one for each name in it and for each name between it
 * and the apex (an "empty non-terminal" exists: it is NODATA, not NXDOMAIN).
 */
#ifndef LINNET_APP_DNS_DNS_ZONE_H
#define LINNET_APP_DNS_DNS_ZONE_H

#include "app/dns/dns_message.h"
#include "app/dns/dns_server.h"

#define DNS_ZONE_RECORDS_MAX 1000000
#define DNS_ZONE_CNAMES_MAX 8	/* followed inside the server's zones */

struct dns_zone;

/**
 * dns_records_parse - every record of a master file, in its order
 * @add: takes the record (owns it) with the number of its line; 0, or -errno to stop, with a
 *	message at err
 *
 * Return: 0; -EINVAL, -ENOMEM with "file:line: what is wrong" at @err.
 */
struct dns_records_sink {
	int (*add)(void *ctx, ldns_rr *rr, char *err, size_t cap);
	void *ctx;
};
int dns_records_parse(const struct dns_zone_source *src, const struct dns_records_sink *sink,
		      char *err, size_t cap);

/* As dns_records_parse; also: one SOA, all names inside it, NS at the apex, CNAME alone. */
int dns_zone_parse(const struct dns_zone_source *src, struct dns_zone **out, char *err, size_t cap);
void dns_zone_free(struct dns_zone *zone);
const struct dns_key *dns_zone_apex(const struct dns_zone *zone);

/* What a query was answered with, for counting and for the journey. */
enum dns_answer_kind {
	DNS_ANSWER_NONE,	/* no response must be sent */
	DNS_ANSWER_RECORDS,
	DNS_ANSWER_REFERRAL,
	DNS_ANSWER_NODATA,
	DNS_ANSWER_NXDOMAIN,
	DNS_ANSWER_REFUSED,
	DNS_ANSWER_MALFORMED,
	DNS_ANSWER_FAILURE,
};

/**
 * dns_zones_answer - the response of a server that has these zones
 * @limit: bytes of the response over TCP; 0 = UDP: 512, or what the query's EDNS0 says
 * @wire: owned by the caller (free()); NULL when there is no response
 * @story: when not NULL, gets a line for the journey
 */
enum dns_answer_kind dns_zones_answer(struct dns_zone *const *zones, unsigned nzones,
				      const uint8_t *query, size_t len, size_t limit,
				      uint8_t **wire, size_t *wire_len, struct text *story);

#endif
