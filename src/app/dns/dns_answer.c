/* SPDX-License-Identifier: MIT */
/*
 * From a query's bytes to the response's: RFC 1034 4.3.2, with wildcards as RFC 4592 and
 * negative answers as RFC 2308 have them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/dns/dns_zone.h"
#include "app/dns/dns_zone_table.h"

#define ADDITIONAL_MAX 64	/* records put in for the reader's convenience */

/* One response in the making. */
struct answer {
	struct dns_zone *const *zones;
	unsigned nzones;
	ldns_pkt *pkt;
	uint16_t qtype;
	enum dns_answer_kind kind;
	bool failed;		/* no memory */
};

/* The zone with the longest name that @key is inside, or NULL. */
static const struct dns_zone *closest_zone(const struct answer *a, const struct dns_key *key)
{
	const struct dns_zone *best = NULL;
	unsigned i;

	for (i = 0; i < a->nzones; i++)
		if (dns_key_within(key, &a->zones[i]->apex) &&
		    (!best || a->zones[i]->apex.len > best->apex.len))
			best = a->zones[i];
	return best;
}

static void push(struct answer *a, ldns_pkt_section section, ldns_rr *rr)
{
	if (!rr || !ldns_pkt_push_rr(a->pkt, section, rr)) {
		ldns_rr_free(rr);
		a->failed = true;
	}
}

/* @owner: put in its place (a wildcard's records); NULL = as it is. */
static void push_set(struct answer *a, ldns_pkt_section section, const ldns_rr_list *rrs,
		     const ldns_rdf *owner)
{
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(rrs) && !a->failed; i++) {
		ldns_rr *rr = ldns_rr_clone(ldns_rr_list_rr(rrs, i));

		if (rr && owner) {
			ldns_rdf_deep_free(ldns_rr_owner(rr));
			ldns_rr_set_owner(rr, ldns_rdf_clone(owner));
		}
		push(a, section, rr);
	}
}

/* The negative answer's TTL is the smaller of the SOA's two (RFC 2308 3). */
static void push_soa(struct answer *a, const struct dns_zone *zone)
{
	const ldns_rr_list *soa = dns_node_rrset(dns_zone_find(zone, &zone->apex), DNS_TYPE_SOA);
	ldns_rr *rr = ldns_rr_clone(ldns_rr_list_rr(soa, 0));
	uint32_t minimum;

	if (rr) {
		minimum = ldns_rdf2native_int32(ldns_rr_rdf(rr, 6));
		if (minimum < ldns_rr_ttl(rr))
			ldns_rr_set_ttl(rr, minimum);
	}
	push(a, LDNS_SECTION_AUTHORITY, rr);
}

static bool has_owner(const ldns_rr_list *section, const ldns_rdf *name)
{
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(section); i++)
		if (dns_name_equal(ldns_rr_owner(ldns_rr_list_rr(section, i)), name))
			return true;
	return false;
}

/* Addresses of the names that NS, MX and SRV records point to, as far as a zone here has them. */
static void push_additional(struct answer *a, const ldns_rr_list *section)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA };
	size_t i, t;

	for (i = 0; i < ldns_rr_list_rr_count(section) && !a->failed; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(section, i);
		const ldns_rdf *target = dns_rr_target(rr);
		const struct dns_zone *zone;
		const struct dns_node *node;
		struct dns_key key;

		if (!target || ldns_rr_get_type(rr) == LDNS_RR_TYPE_CNAME ||
		    ldns_rr_get_type(rr) == LDNS_RR_TYPE_PTR ||
		    ldns_rr_list_rr_count(ldns_pkt_additional(a->pkt)) >= ADDITIONAL_MAX ||
		    has_owner(ldns_pkt_additional(a->pkt), target))
			continue;
		dns_name_key(target, &key);
		zone = closest_zone(a, &key);
		node = zone ? dns_zone_find(zone, &key) : NULL;
		for (t = 0; node && t < 2; t++)
			push_set(a, LDNS_SECTION_ADDITIONAL, dns_node_rrset(node, types[t]), NULL);
	}
}

/* What a walk down from the apex to a name finds. */
struct walk {
	const struct dns_node *node;	/* the name's own; NULL = it does not exist */
	const struct dns_node *cut;	/* a zone cut on the way, or at the name; or NULL */
	const struct dns_node *encloser; /* the last name that exists */
};

static struct walk zone_walk(const struct dns_zone *zone, const struct dns_key *name)
{
	unsigned skip = dns_key_labels(name) - dns_key_labels(&zone->apex), i;
	struct walk w = { 0 };
	struct dns_key key;

	for (;; skip--) {
		const struct dns_node *node;

		key = *name;
		for (i = 0; i < skip; i++)
			dns_key_parent(&key);
		node = dns_zone_find(zone, &key);
		if (!node)
			return w;
		w.encloser = node;
		if (!dns_key_equal(&key, &zone->apex) && dns_node_rrset(node, DNS_TYPE_NS)) {
			w.cut = node;
			return w;
		}
		if (!skip) {
			w.node = node;
			return w;
		}
	}
}

static const struct dns_node *find_wildcard(const struct dns_zone *zone,
					    const struct dns_node *encloser)
{
	struct dns_key key = { .len = (uint8_t)(encloser->key.len + 2), .b = { 1, '*' } };

	if (encloser->key.len + 2 > DNS_NAME_WIRE_MAX)
		return NULL;
	memcpy(key.b + 2, encloser->key.b, encloser->key.len);
	return dns_zone_find(zone, &key);
}

/* ANY: one RRset is enough (RFC 8482 4.1). */
static const ldns_rr_list *pick_set(const struct dns_node *node, uint16_t qtype)
{
	if (qtype == DNS_TYPE_ANY)
		return node->nsets ? node->sets[0].rrs : NULL;
	return dns_node_rrset(node, qtype);
}

/*
 * One name of the chain. Return: the CNAME's target to go on with (borrowed from the zone), or
 * NULL when the response is complete.
 */
static const ldns_rdf *answer_name(struct answer *a, const struct dns_zone *zone,
				   const ldns_rdf *name)
{
	const struct dns_node *node;
	const ldns_rr_list *rrs;
	struct dns_key key;
	struct walk w;

	dns_name_key(name, &key);
	w = zone_walk(zone, &key);
	/* DS lives above the cut (RFC 4035 3.1.4.1) */
	if (w.cut && !(a->qtype == DNS_TYPE_DS && dns_key_equal(&w.cut->key, &key))) {
		a->kind = DNS_ANSWER_REFERRAL;
		push_set(a, LDNS_SECTION_AUTHORITY, dns_node_rrset(w.cut, DNS_TYPE_NS), NULL);
		push_additional(a, ldns_pkt_authority(a->pkt));
		return NULL;
	}
	node = w.cut ? w.cut : w.node ? w.node : find_wildcard(zone, w.encloser);
	if (!node) {
		a->kind = DNS_ANSWER_NXDOMAIN;
		push_soa(a, zone);
		return NULL;
	}
	rrs = pick_set(node, a->qtype);
	if (rrs) {
		a->kind = DNS_ANSWER_RECORDS;
		push_set(a, LDNS_SECTION_ANSWER, rrs, name);
		push_additional(a, rrs);
		return NULL;
	}
	rrs = dns_node_rrset(node, DNS_TYPE_CNAME);
	if (!rrs) {
		a->kind = DNS_ANSWER_NODATA;
		push_soa(a, zone);
		return NULL;
	}
	push_set(a, LDNS_SECTION_ANSWER, rrs, name);
	return dns_rr_target(ldns_rr_list_rr(rrs, 0));
}

/* Follows CNAMEs as long as they lead into zones that are served here. */
static void answer_question(struct answer *a, const ldns_rdf *name)
{
	const struct dns_zone *zone;
	struct dns_key key;
	unsigned chain;

	for (chain = 0; name && chain <= DNS_ZONE_CNAMES_MAX && !a->failed; chain++) {
		dns_name_key(name, &key);
		zone = closest_zone(a, &key);
		if (!zone) {
			a->kind = chain ? DNS_ANSWER_RECORDS : DNS_ANSWER_REFUSED;
			break;
		}
		a->kind = DNS_ANSWER_RECORDS;
		name = answer_name(a, zone, name);
	}
	if (a->kind == DNS_ANSWER_NXDOMAIN) /* of the chain's last name (RFC 6604 3) */
		ldns_pkt_set_rcode(a->pkt, DNS_RCODE_NXDOMAIN);
	if (a->kind == DNS_ANSWER_REFUSED)
		ldns_pkt_set_rcode(a->pkt, DNS_RCODE_REFUSED);
	/* AA is about the first owner name (RFC 1035 4.1.1) */
	ldns_pkt_set_aa(a->pkt, a->kind != DNS_ANSWER_REFUSED &&
			(a->kind != DNS_ANSWER_REFERRAL ||
			 ldns_rr_list_rr_count(ldns_pkt_answer(a->pkt))));
}

/* --- the journey's line --- */

static void story_referral(struct text *t, const ldns_pkt *pkt)
{
	const ldns_rr_list *authority = ldns_pkt_authority(pkt);
	const ldns_rr *rr = ldns_rr_list_rr(authority, 0);
	char zone[DNS_NAME_TEXT_MAX];
	struct dns_key key;

	dns_name_text(ldns_rr_owner(rr), zone);
	dns_name_key(ldns_rr_owner(rr), &key);
	if (dns_key_labels(&key) == 1)
		text_addf(t, "\"ask the %s servers\": ", zone);
	else
		text_addf(t, "\"ask %s's servers\": ", zone);
	dns_rr_text(t, rr);
	if (ldns_rr_list_rr_count(authority) > 1)
		text_addf(t, " and %zu more", ldns_rr_list_rr_count(authority) - 1);
}

static void tell(struct text *t, const struct answer *a)
{
	const ldns_rr *q = dns_question(a->pkt);
	char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];

	if (!q)
		return;
	dns_name_text(ldns_rr_owner(q), name);
	dns_type_text(a->qtype, type);
	dns_rrs_text(t, ldns_pkt_answer(a->pkt));
	if (t->len && a->kind != DNS_ANSWER_RECORDS)
		text_adds(t, "; ");
	switch (a->kind) {
	case DNS_ANSWER_REFERRAL:
		story_referral(t, a->pkt);
		break;
	case DNS_ANSWER_NXDOMAIN:
		text_addf(t, "%s does not exist (NXDOMAIN)", name);
		break;
	case DNS_ANSWER_NODATA:
		text_addf(t, "%s has no %s record", name, type);
		break;
	case DNS_ANSWER_REFUSED:
		text_addf(t, "%s is in no zone that is served here: REFUSED", name);
		break;
	default:
		break;
	}
}

/* --- */

static enum dns_answer_kind answer_malformed(const uint8_t *query, size_t len, uint8_t **wire,
					     size_t *wire_len)
{
	uint8_t header[12];

	if (!dns_formerr(query, len, header))
		return DNS_ANSWER_NONE;
	*wire = malloc(sizeof(header));
	if (!*wire)
		return DNS_ANSWER_NONE;
	memcpy(*wire, header, sizeof(header));
	*wire_len = sizeof(header);
	return DNS_ANSWER_MALFORMED;
}

static void answer_query(struct answer *a, const ldns_pkt *query)
{
	unsigned problem = dns_query_problem(query);
	const ldns_rr *q = dns_question(query);

	a->pkt = dns_response_new(query, problem);
	if (!a->pkt) {
		a->failed = true;
		return;
	}
	a->kind = problem == DNS_RCODE_REFUSED ? DNS_ANSWER_REFUSED : DNS_ANSWER_MALFORMED;
	if (problem)
		return;
	a->qtype = (uint16_t)ldns_rr_get_type(q);
	answer_question(a, ldns_rr_owner(q));
}

enum dns_answer_kind dns_zones_answer(struct dns_zone *const *zones, unsigned nzones,
				      const uint8_t *query, size_t len, size_t limit,
				      uint8_t **wire, size_t *wire_len, struct text *story)
{
	struct answer a = { .zones = zones, .nzones = nzones, .kind = DNS_ANSWER_NONE };
	ldns_pkt *parsed;
	int err;

	*wire = NULL;
	*wire_len = 0;
	err = dns_message_parse(query, len, &parsed);
	if (err == -EBADMSG)
		return answer_malformed(query, len, wire, wire_len);
	if (err || ldns_pkt_qr(parsed)) { /* never answer an answer */
		ldns_pkt_free(parsed);
		return DNS_ANSWER_NONE;
	}
	answer_query(&a, parsed);
	if (!a.failed && story)
		tell(story, &a);
	if (a.failed || dns_message_encode(a.pkt, limit ? limit : dns_udp_limit(parsed), wire,
					   wire_len))
		a.kind = DNS_ANSWER_NONE;
	ldns_pkt_free(a.pkt);
	ldns_pkt_free(parsed);
	return a.kind;
}
