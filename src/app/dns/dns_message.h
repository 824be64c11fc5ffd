/* SPDX-License-Identifier: MIT */
/*
 * DNS messages and names (RFC 1035 4, RFC 6891): the one place that knows how ldns is used.
 *
 * ldns parses, encodes and prints; it never sees a socket, a clock or its own random numbers.
 * Names are ldns_rdf of type DNAME, always absolute. To compare and to hash, a name becomes a key:
 * its wire form in lower case, without compression. A key ends in the root's zero byte, so a
 * zone's key is the tail of each key within the zone.
 *
 * Included by app/dns only; the others see dns_client.h, dns_server.h and dns_resolver.h.
 */
#ifndef LINNET_APP_DNS_DNS_MESSAGE_H
#define LINNET_APP_DNS_DNS_MESSAGE_H

#include <ldns/ldns.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/dns/dns_types.h"
#include "app/util/inet.h"
#include "app/util/text.h"

#define DNS_NAME_WIRE_MAX 255
#define DNS_NAME_TEXT_MAX 1024	/* each byte of a label may be written \DDD */
#define DNS_UDP_SIZE 512	/* without EDNS0 (RFC 1035 4.2.1) */
#define DNS_EDNS_SIZE 1232	/* fits an IPv6 packet of 1280 bytes: never a fragment */
#define DNS_TCP_SIZE 65535

struct dns_key {
	uint8_t len;
	uint8_t b[DNS_NAME_WIRE_MAX];
};

/* From text, absolute with or without a dot at the end; NULL: not a name, or no memory. */
ldns_rdf *dns_name_new(const char *text);
/* In @buf, with the dot at the end: "www.server.com."; "." is the root. Return: @buf. */
const char *dns_name_text(const ldns_rdf *name, char buf[static DNS_NAME_TEXT_MAX]);
void dns_name_key(const ldns_rdf *name, struct dns_key *key);
bool dns_name_equal(const ldns_rdf *a, const ldns_rdf *b);
/* Whether @name is @zone or below it. */
bool dns_name_within(const ldns_rdf *name, const ldns_rdf *zone);
bool dns_key_equal(const struct dns_key *a, const struct dns_key *b);
bool dns_key_within(const struct dns_key *name, const struct dns_key *zone);
/* Takes the first label off; the root stays the root. */
void dns_key_parent(struct dns_key *key);
unsigned dns_key_labels(const struct dns_key *key);	/* without the root: "a.b." = 2 */
/* A name again (lower case); owned by the caller; NULL = no memory. */
ldns_rdf *dns_key_name(const struct dns_key *key);

/* "owner TYPE data (TTL n)", as the journey shows records. */
void dns_rr_text(struct text *t, const ldns_rr *rr);
/* The same of several, "; " between them; of many the first, and how many more there are. */
void dns_rrs_text(struct text *t, const ldns_rr_list *rrs);
/* The name that a CNAME, NS, PTR, MX or SRV record points to, or NULL. Borrowed. */
const ldns_rdf *dns_rr_target(const ldns_rr *rr);

/**
 * dns_rrset_select - copy the records of one owner and type out of a section
 * Return: owned by the caller, maybe empty; NULL: no memory.
 */
ldns_rr_list *dns_rrset_select(const ldns_rr_list *section, const ldns_rdf *name, uint16_t type);
/* Deep copies of all of @from to the end of @to. False: no memory. */
bool dns_rrs_append(ldns_rr_list *to, const ldns_rr_list *from);

/**
 * dns_query_new - a question
 * @edns_size: UDP payload that we take; 0 = without EDNS0
 */
ldns_pkt *dns_query_new(uint16_t id, const ldns_rdf *name, uint16_t type, bool recursion,
			unsigned edns_size);

/* Return: 0 and *pkt, owned by the caller; -EBADMSG; -ENOMEM. */
int dns_message_parse(const uint8_t *bytes, size_t len, ldns_pkt **pkt);

/**
 * dns_message_encode - to wire form, at most @limit bytes
 *
 * Too long: the additional section goes first. When that was glue of a referral, or it is still
 * too long, TC is set and all sections are left out (RFC 2181 9). Changes @pkt.
 *
 * Return: 0, and *wire, owned by the caller (free()), *len; -ENOMEM, -EMSGSIZE.
 */
int dns_message_encode(ldns_pkt *pkt, size_t limit, uint8_t **wire, size_t *len);

/* A response to exactly this query: QR, id, opcode, question (RFC 5452 9.1). */
bool dns_reply_matches(const ldns_pkt *reply, const ldns_pkt *query);

/* The rcode with which every server turns a query away before its name is looked at, or NOERROR. */
unsigned dns_query_problem(const ldns_pkt *query);
/* An empty response: id, RD and question of @query, EDNS0 if it has that. */
ldns_pkt *dns_response_new(const ldns_pkt *query, unsigned rcode);
/* For a query that cannot be parsed: a header with FORMERR. False: no header, or a response. */
bool dns_formerr(const uint8_t *query, size_t len, uint8_t out[static 12]);
/* The largest UDP response that the query's sender takes. */
size_t dns_udp_limit(const ldns_pkt *query);

/* The one question, or NULL when there is not exactly one. */
const ldns_rr *dns_question(const ldns_pkt *pkt);

/* The address of an A or AAAA record. False: it is neither, or malformed. */
bool dns_rr_addr(const ldns_rr *rr, struct ipaddr *addr);

#endif
