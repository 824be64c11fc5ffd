/* SPDX-License-Identifier: MIT */
/* The insides of a zone, shared by dns_zone.c, which fills it, and dns_answer.c, which reads it. */
#ifndef LINNET_APP_DNS_DNS_ZONE_TABLE_H
#define LINNET_APP_DNS_DNS_ZONE_TABLE_H

#include "app/dns/dns_message.h"

struct dns_node_set {
	uint16_t type;
	ldns_rr_list *rrs;
};

struct dns_node {
	struct dns_node *next;
	struct dns_node_set *sets;	/* none: an empty non-terminal */
	unsigned nsets;
	struct dns_key key;
};

struct dns_zone {
	struct dns_key apex;		/* len 0 until the SOA was read */
	struct dns_node **buckets;
	size_t nbuckets;		/* power of two */
	size_t nnodes, nrecords;
};

const struct dns_node *dns_zone_find(const struct dns_zone *zone, const struct dns_key *key);
/* The records of a type, or NULL. Borrowed. */
const ldns_rr_list *dns_node_rrset(const struct dns_node *node, uint16_t type);

#endif
