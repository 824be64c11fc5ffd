/* SPDX-License-Identifier: MIT */
#include "app/dns/dns_message.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DNS_HEADER_LEN 12
#define RRS_TEXT_MAX 8

/* --- names --- */

ldns_rdf *dns_name_new(const char *text)
{
	if (!*text || (text[0] == '.' && text[1]))
		return NULL;
	return ldns_dname_new_frm_str(text);
}

const char *dns_name_text(const ldns_rdf *name, char buf[static DNS_NAME_TEXT_MAX])
{
	const uint8_t *p = ldns_rdf_data(name), *end = p + ldns_rdf_size(name);
	char *out = buf;
	unsigned i, len;

	/* 255 bytes of wire make at most 4 * 253 + 2 characters: buf is never short */
	while (p < end && (len = *p++)) {
		for (i = 0; i < len && p < end; i++, p++) {
			if (isalnum(*p) || *p == '-' || *p == '_' || *p == '*' || *p == '/')
				*out++ = (char)*p;
			else
				out += sprintf(out, isgraph(*p) ? "\\%c" : "\\%03u", *p);
		}
		*out++ = '.';
	}
	if (out == buf)
		*out++ = '.';
	*out = 0;
	return buf;
}

void dns_name_key(const ldns_rdf *name, struct dns_key *key)
{
	const uint8_t *p = ldns_rdf_data(name);
	size_t size = ldns_rdf_size(name), i;

	key->len = (uint8_t)(size > DNS_NAME_WIRE_MAX ? DNS_NAME_WIRE_MAX : size);
	/* the lengths of labels, at most 63, are below the capital letters, from 65 on */
	for (i = 0; i < key->len; i++)
		key->b[i] = (uint8_t)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i]);
}

bool dns_key_equal(const struct dns_key *a, const struct dns_key *b)
{
	return a->len == b->len && !memcmp(a->b, b->b, a->len);
}

void dns_key_parent(struct dns_key *key)
{
	size_t label = key->b[0] + 1u;

	if (!key->b[0] || label >= key->len)
		return;
	key->len = (uint8_t)(key->len - label);
	memmove(key->b, key->b + label, key->len);
}

unsigned dns_key_labels(const struct dns_key *key)
{
	unsigned n = 0, at;

	for (at = 0; at < key->len && key->b[at]; at += key->b[at] + 1u)
		n++;
	return n;
}

bool dns_key_within(const struct dns_key *name, const struct dns_key *zone)
{
	unsigned at = 0;

	while (at < name->len && name->len - at > zone->len)
		at += name->b[at] + 1u;
	return at <= name->len && name->len - at == zone->len &&
	       !memcmp(name->b + at, zone->b, zone->len);
}

ldns_rdf *dns_key_name(const struct dns_key *key)
{
	return ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, key->len, key->b);
}

bool dns_name_equal(const ldns_rdf *a, const ldns_rdf *b)
{
	struct dns_key ka, kb;

	dns_name_key(a, &ka);
	dns_name_key(b, &kb);
	return dns_key_equal(&ka, &kb);
}

bool dns_name_within(const ldns_rdf *name, const ldns_rdf *zone)
{
	struct dns_key kn, kz;

	dns_name_key(name, &kn);
	dns_name_key(zone, &kz);
	return dns_key_within(&kn, &kz);
}

/* --- records --- */

const char *dns_type_text(uint16_t type, char buf[static DNS_TYPE_TEXT_MAX])
{
	const ldns_rr_descriptor *d = ldns_rr_descript(type);

	if (type == DNS_TYPE_ANY)
		snprintf(buf, DNS_TYPE_TEXT_MAX, "ANY");
	else if (d && d->_name && ldns_rr_descript(type) != ldns_rr_descript(0))
		snprintf(buf, DNS_TYPE_TEXT_MAX, "%s", d->_name);
	else
		snprintf(buf, DNS_TYPE_TEXT_MAX, "TYPE%u", type);
	return buf;
}

uint16_t dns_type_parse(const char *text)
{
	if (!strcasecmp(text, "ANY"))
		return DNS_TYPE_ANY;
	return (uint16_t)ldns_get_rr_type_by_name(text);
}

const char *dns_rcode_text(unsigned rcode)
{
	static const char *const names[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
	};

	return rcode < sizeof(names) / sizeof(*names) ? names[rcode] : "an unknown code";
}

void dns_rr_text(struct text *t, const ldns_rr *rr)
{
	char name[DNS_NAME_TEXT_MAX], type[DNS_TYPE_TEXT_MAX];
	size_t i;

	text_addf(t, "%s %s", dns_name_text(ldns_rr_owner(rr), name),
		  dns_type_text((uint16_t)ldns_rr_get_type(rr), type));
	for (i = 0; i < ldns_rr_rd_count(rr); i++) {
		char *s = ldns_rdf2str(ldns_rr_rdf(rr, i));

		text_addf(t, " %s", s ? s : "?");
		free(s);
	}
	text_addf(t, " (TTL %u)", ldns_rr_ttl(rr));
}

void dns_rrs_text(struct text *t, const ldns_rr_list *rrs)
{
	size_t i, n = ldns_rr_list_rr_count(rrs);

	for (i = 0; i < n && i < RRS_TEXT_MAX; i++) {
		text_adds(t, i ? "; " : "");
		dns_rr_text(t, ldns_rr_list_rr(rrs, i));
	}
	if (i < n)
		text_addf(t, " and %zu more", n - i);
}

const ldns_rdf *dns_rr_target(const ldns_rr *rr)
{
	const ldns_rdf *rdf;
	size_t at;

	switch (ldns_rr_get_type(rr)) {
	case LDNS_RR_TYPE_CNAME:
	case LDNS_RR_TYPE_NS:
	case LDNS_RR_TYPE_PTR:
		at = 0;
		break;
	case LDNS_RR_TYPE_MX:
		at = 1;
		break;
	case LDNS_RR_TYPE_SRV:
		at = 3;
		break;
	default:
		return NULL;
	}
	rdf = ldns_rr_rdf(rr, at);
	return rdf && ldns_rdf_get_type(rdf) == LDNS_RDF_TYPE_DNAME ? rdf : NULL;
}

bool dns_rrs_append(ldns_rr_list *to, const ldns_rr_list *from)
{
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(from); i++) {
		ldns_rr *rr = ldns_rr_clone(ldns_rr_list_rr(from, i));

		if (!rr || !ldns_rr_list_push_rr(to, rr)) {
			ldns_rr_free(rr);
			return false;
		}
	}
	return true;
}

ldns_rr_list *dns_rrset_select(const ldns_rr_list *section, const ldns_rdf *name, uint16_t type)
{
	ldns_rr_list *out = ldns_rr_list_new();
	size_t i;

	for (i = 0; out && i < ldns_rr_list_rr_count(section); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(section, i);
		ldns_rr *copy;

		if (ldns_rr_get_type(rr) != (ldns_rr_type)type ||
		    ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN ||
		    !dns_name_equal(ldns_rr_owner(rr), name))
			continue;
		copy = ldns_rr_clone(rr);
		if (!copy || !ldns_rr_list_push_rr(out, copy)) {
			ldns_rr_free(copy);
			ldns_rr_list_deep_free(out);
			return NULL;
		}
	}
	return out;
}

/* --- messages --- */

ldns_pkt *dns_query_new(uint16_t id, const ldns_rdf *name, uint16_t type, bool recursion,
			unsigned edns_size)
{
	ldns_rdf *copy = ldns_rdf_clone(name);
	ldns_pkt *pkt;

	if (!copy)
		return NULL;
	pkt = ldns_pkt_query_new(copy, type, LDNS_RR_CLASS_IN, recursion ? LDNS_RD : 0);
	if (!pkt) {
		ldns_rdf_deep_free(copy);
		return NULL;
	}
	ldns_pkt_set_id(pkt, id);
	if (edns_size)
		ldns_pkt_set_edns_udp_size(pkt, (uint16_t)edns_size);
	return pkt;
}

int dns_message_parse(const uint8_t *bytes, size_t len, ldns_pkt **pkt)
{
	ldns_status status;

	*pkt = NULL;
	if (len < DNS_HEADER_LEN || len > DNS_TCP_SIZE)
		return -EBADMSG;
	status = ldns_wire2pkt(pkt, bytes, len);
	if (status == LDNS_STATUS_OK)
		return 0;
	*pkt = NULL;
	return status == LDNS_STATUS_MEM_ERR ? -ENOMEM : -EBADMSG;
}

const ldns_rr *dns_question(const ldns_pkt *pkt)
{
	const ldns_rr_list *question = ldns_pkt_question(pkt);

	return ldns_rr_list_rr_count(question) == 1 ? ldns_rr_list_rr(question, 0) : NULL;
}

unsigned dns_query_problem(const ldns_pkt *query)
{
	const ldns_rr *q = dns_question(query);
	unsigned type;

	if (ldns_pkt_get_opcode(query) != LDNS_PACKET_QUERY)
		return DNS_RCODE_NOTIMP;
	if (!q)
		return DNS_RCODE_FORMERR;
	if (ldns_pkt_edns(query) && ldns_pkt_edns_version(query) != 0)
		return DNS_RCODE_BADVERS; /* RFC 6891 6.1.3 */
	type = ldns_rr_get_type(q);
	if (ldns_rr_get_class(q) != LDNS_RR_CLASS_IN || type == DNS_TYPE_AXFR ||
	    type == DNS_TYPE_IXFR)
		return DNS_RCODE_REFUSED;
	return DNS_RCODE_NOERROR;
}

bool dns_reply_matches(const ldns_pkt *reply, const ldns_pkt *query)
{
	const ldns_rr *a = dns_question(reply), *b = dns_question(query);

	if (!ldns_pkt_qr(reply) || ldns_pkt_id(reply) != ldns_pkt_id(query) ||
	    ldns_pkt_get_opcode(reply) != LDNS_PACKET_QUERY)
		return false;
	/* FORMERR may come without a question, from servers that could not read it */
	if (!a && !ldns_pkt_qdcount(reply) && ldns_pkt_get_rcode(reply) == LDNS_RCODE_FORMERR)
		return true;
	return a && b && ldns_rr_get_type(a) == ldns_rr_get_type(b) &&
	       ldns_rr_get_class(a) == ldns_rr_get_class(b) &&
	       dns_name_equal(ldns_rr_owner(a), ldns_rr_owner(b));
}

ldns_pkt *dns_response_new(const ldns_pkt *query, unsigned rcode)
{
	ldns_pkt *pkt = ldns_pkt_new();
	ldns_rr_list *question = ldns_rr_list_clone(ldns_pkt_question(query));

	if (!pkt || !question) {
		ldns_pkt_free(pkt);
		ldns_rr_list_deep_free(question);
		return NULL;
	}
	ldns_rr_list_deep_free(ldns_pkt_question(pkt));
	ldns_pkt_set_question(pkt, question);
	ldns_pkt_set_qdcount(pkt, (uint16_t)ldns_rr_list_rr_count(question));
	ldns_pkt_set_id(pkt, ldns_pkt_id(query));
	ldns_pkt_set_qr(pkt, true);
	ldns_pkt_set_opcode(pkt, ldns_pkt_get_opcode(query));
	ldns_pkt_set_rd(pkt, ldns_pkt_rd(query));
	ldns_pkt_set_rcode(pkt, (uint8_t)(rcode & 0xf));
	if (ldns_pkt_edns(query)) {
		ldns_pkt_set_edns_udp_size(pkt, DNS_EDNS_SIZE);
		ldns_pkt_set_edns_extended_rcode(pkt, (uint8_t)(rcode >> 4));
	}
	return pkt;
}

bool dns_formerr(const uint8_t *query, size_t len, uint8_t out[static 12])
{
	if (len < DNS_HEADER_LEN || (query[2] & 0x80)) /* QR: never answer an answer */
		return false;
	memset(out, 0, DNS_HEADER_LEN);
	memcpy(out, query, 2);
	out[2] = (uint8_t)(0x80 | (query[2] & 0x79)); /* QR; opcode and RD as they came */
	out[3] = DNS_RCODE_FORMERR;
	return true;
}

size_t dns_udp_limit(const ldns_pkt *query)
{
	size_t size = ldns_pkt_edns(query) ? ldns_pkt_edns_udp_size(query) : DNS_UDP_SIZE;

	if (size < DNS_UDP_SIZE) /* RFC 6891 6.2.3 */
		return DNS_UDP_SIZE;
	return size > DNS_EDNS_SIZE ? DNS_EDNS_SIZE : size;
}

static void empty_section(ldns_rr_list *list)
{
	ldns_rr *rr;

	while ((rr = ldns_rr_list_pop_rr(list)))
		ldns_rr_free(rr);
}

/* ldns encodes the counts of the header, not the lists' lengths. */
static void set_counts(ldns_pkt *pkt)
{
	ldns_pkt_set_ancount(pkt, (uint16_t)ldns_rr_list_rr_count(ldns_pkt_answer(pkt)));
	ldns_pkt_set_nscount(pkt, (uint16_t)ldns_rr_list_rr_count(ldns_pkt_authority(pkt)));
	ldns_pkt_set_arcount(pkt, (uint16_t)ldns_rr_list_rr_count(ldns_pkt_additional(pkt)));
}

static bool is_referral(const ldns_pkt *pkt)
{
	const ldns_rr_list *authority = ldns_pkt_authority(pkt);

	return !ldns_rr_list_rr_count(ldns_pkt_answer(pkt)) && ldns_rr_list_rr_count(authority) &&
	       ldns_rr_get_type(ldns_rr_list_rr(authority, 0)) == LDNS_RR_TYPE_NS;
}

static int encode_once(ldns_pkt *pkt, uint8_t **wire, size_t *len)
{
	ldns_status status;

	set_counts(pkt);
	*wire = NULL;
	status = ldns_pkt2wire(wire, pkt, len);
	if (status == LDNS_STATUS_OK && *wire)
		return 0;
	free(*wire);
	*wire = NULL;
	return -ENOMEM;
}

int dns_message_encode(ldns_pkt *pkt, size_t limit, uint8_t **wire, size_t *len)
{
	bool glue = is_referral(pkt);
	int err, round;

	for (round = 0; ; round++) {
		err = encode_once(pkt, wire, len);
		if (err || *len <= limit)
			return err;
		free(*wire);
		*wire = NULL;
		if (round == 2)
			return -EMSGSIZE;
		if (round == 1 || glue || !ldns_rr_list_rr_count(ldns_pkt_additional(pkt))) {
			round = 1;
			ldns_pkt_set_tc(pkt, true);
			empty_section(ldns_pkt_answer(pkt));
			empty_section(ldns_pkt_authority(pkt));
		}
		empty_section(ldns_pkt_additional(pkt));
	}
}

bool dns_rr_addr(const ldns_rr *rr, struct ipaddr *addr)
{
	bool v6 = ldns_rr_get_type(rr) == LDNS_RR_TYPE_AAAA;
	const ldns_rdf *rdf = ldns_rr_rdf(rr, 0);

	if ((!v6 && ldns_rr_get_type(rr) != LDNS_RR_TYPE_A) || !rdf ||
	    ldns_rdf_size(rdf) != (v6 ? 16 : 4))
		return false;
	*addr = (struct ipaddr){ .family = v6 ? LN_AF_INET6 : LN_AF_INET };
	memcpy(v6 ? (void *)addr->v6 : (void *)&addr->v4, ldns_rdf_data(rdf), ldns_rdf_size(rdf));
	return true;
}
