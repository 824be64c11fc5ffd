/* SPDX-License-Identifier: MIT */
/* Reading a zone: from a master file to a table of nodes, with all that can be wrong in it. */
#include "app/dns/dns_zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/dns/dns_zone_table.h"

#define DEFAULT_TTL 3600

static const char *source_name(const struct dns_zone_source *src)
{
	return src->file ? src->file : "zone";
}

/* What ldns found wrong, in the words of somebody who writes a zone. */
static const char *status_text(ldns_status status)
{
	switch (status) {
	case LDNS_STATUS_SYNTAX_TYPE_ERR:
	case LDNS_STATUS_SYNTAX_CLASS_ERR:
	case LDNS_STATUS_SYNTAX_TTL_ERR:
		return "expected a record: name, TTL, class, type, data";
	case LDNS_STATUS_SYNTAX_RDATA_ERR:
	case LDNS_STATUS_SYNTAX_MISSING_VALUE_ERR:
		return "the type is unknown, or the data does not fit it";
	case LDNS_STATUS_INVALID_IP4:
		return "expected an IPv4 address";
	case LDNS_STATUS_INVALID_IP6:
		return "expected an IPv6 address";
	case LDNS_STATUS_SYNTAX_INCLUDE_ERR_NOTIMPL:
	case LDNS_STATUS_SYNTAX_INCLUDE:
		return "$INCLUDE is not supported";
	default:
		return ldns_get_errorstr_by_id(status);
	}
}

struct record_reader {
	FILE *fp;
	uint32_t ttl;
	ldns_rdf *origin, *prev;
	size_t pos;	/* in the text, of the line that starts the next record */
	int line;	/* its number, from 1 */
};

/*
 * Goes on to the next line that is not empty and not a comment. (ldns counts lines, but where
 * a record ended, not where it starts.)
 */
static void find_line(struct record_reader *r, const struct dns_zone_source *src)
{
	long at = ftell(r->fp);
	size_t read = at < 0 ? 0 : (size_t)at, eol, first;

	while (r->pos < src->len) {
		const char *nl = memchr(src->text + r->pos, '\n', src->len - r->pos);

		eol = nl ? (size_t)(nl - src->text) : src->len;
		for (first = r->pos; first < eol && strchr(" \t\r", src->text[first]); first++)
			;
		if (r->pos >= read && first < eol && src->text[first] != ';')
			return;
		r->pos = eol + 1;
		r->line++;
	}
}

/* Return: 1 with a record, 0 without (a directive, an empty line), -EINVAL. */
static int read_record(struct record_reader *r, const struct dns_zone_source *src, ldns_rr **rr,
		       char *err, size_t cap)
{
	ldns_status status;

	*rr = NULL;
	find_line(r, src);
	status = ldns_rr_new_frm_fp_l(rr, r->fp, &r->ttl, &r->origin, &r->prev, NULL);
	switch (status) {
	case LDNS_STATUS_OK:
		return 1;
	case LDNS_STATUS_SYNTAX_EMPTY:
	case LDNS_STATUS_SYNTAX_TTL:	/* a $TTL was read */
	case LDNS_STATUS_SYNTAX_ORIGIN:	/* an $ORIGIN was read */
		return 0;
	default:
		snprintf(err, cap, "%s:%d: %s", source_name(src), r->line, status_text(status));
		return -EINVAL;
	}
}

int dns_records_parse(const struct dns_zone_source *src, const struct dns_records_sink *sink,
		      char *err, size_t cap)
{
	struct record_reader r = { .ttl = DEFAULT_TTL, .line = 1 };
	char why[256] = "";
	ldns_rr *rr;
	int res = 0;

	if (!src->len)
		return 0;
	r.origin = dns_name_new(src->origin ? src->origin : ".");
	r.fp = fmemopen((void *)(uintptr_t)src->text, src->len, "r");
	if (!r.origin || !r.fp) {
		res = r.fp ? -EINVAL : -ENOMEM;
		snprintf(err, cap, "%s: %s", source_name(src),
			 r.fp ? "the origin is not a domain name" : "out of memory");
	}
	while (res >= 0 && !feof(r.fp)) {
		res = read_record(&r, src, &rr, err, cap);
		if (res <= 0)
			continue;
		res = sink->add(sink->ctx, rr, why, sizeof(why));
		if (res)
			snprintf(err, cap, "%s:%d: %s", source_name(src), r.line, why);
	}
	if (r.fp)
		fclose(r.fp);
	ldns_rdf_deep_free(r.origin);
	ldns_rdf_deep_free(r.prev);
	return res < 0 ? res : 0;
}

/* --- the table of nodes --- */

static uint32_t key_hash(const struct dns_key *key)
{
	uint32_t h = 2166136261u, i;

	for (i = 0; i < key->len; i++)
		h = (h ^ key->b[i]) * 16777619u;
	return h ^ h >> 15;
}

const struct dns_node *dns_zone_find(const struct dns_zone *zone, const struct dns_key *key)
{
	const struct dns_node *n = zone->buckets[key_hash(key) & (zone->nbuckets - 1)];

	while (n && !dns_key_equal(&n->key, key))
		n = n->next;
	return n;
}

const ldns_rr_list *dns_node_rrset(const struct dns_node *node, uint16_t type)
{
	unsigned i;

	for (i = 0; i < node->nsets; i++)
		if (node->sets[i].type == type)
			return node->sets[i].rrs;
	return NULL;
}

static int zone_grow(struct dns_zone *zone)
{
	size_t n = zone->nbuckets ? zone->nbuckets * 4 : 16, i;
	struct dns_node **buckets;

	if (zone->nnodes < zone->nbuckets)
		return 0;
	buckets = calloc(n, sizeof(struct dns_node *));
	if (!buckets)
		return -ENOMEM;
	for (i = 0; i < zone->nbuckets; i++) {
		struct dns_node *node, *next;

		for (node = zone->buckets[i]; node; node = next) {
			struct dns_node **bucket = &buckets[key_hash(&node->key) & (n - 1)];

			next = node->next;
			node->next = *bucket;
			*bucket = node;
		}
	}
	free(zone->buckets);
	zone->buckets = buckets;
	zone->nbuckets = n;
	return 0;
}

/* The node of a name, made when there is none; NULL: no memory. */
static struct dns_node *zone_node(struct dns_zone *zone, const struct dns_key *key)
{
	struct dns_node *node, **bucket;

	if (zone_grow(zone))
		return NULL;
	node = (struct dns_node *)(uintptr_t)dns_zone_find(zone, key);
	if (node)
		return node;
	node = calloc(1, sizeof(*node));
	if (!node)
		return NULL;
	node->key = *key;
	bucket = &zone->buckets[key_hash(key) & (zone->nbuckets - 1)];
	node->next = *bucket;
	*bucket = node;
	zone->nnodes++;
	return node;
}

/* Of one owner, class and type. ldns_rr_compare() says the same from two wire images that it makes
 * first: with thousands of addresses of a name that took seconds. */
static bool same_data(const ldns_rr *a, const ldns_rr *b)
{
	size_t n = ldns_rr_rd_count(a);

	if (ldns_rr_rd_count(b) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const ldns_rdf *x = ldns_rr_rdf(a, i), *y = ldns_rr_rdf(b, i);

		if (ldns_rdf_get_type(x) == LDNS_RDF_TYPE_DNAME ? ldns_dname_compare(x, y) :
								  ldns_rdf_compare(x, y))
			return false;
	}
	return true;
}

/* Takes rr. */
static int node_add(struct dns_node *node, ldns_rr *rr)
{
	uint16_t type = (uint16_t)ldns_rr_get_type(rr);
	ldns_rr_list *rrs = (ldns_rr_list *)(uintptr_t)dns_node_rrset(node, type);
	struct dns_node_set *sets;
	size_t i;

	if (!rrs) {
		rrs = ldns_rr_list_new();
		sets = realloc(node->sets, (node->nsets + 1) * sizeof(*sets));
		if (sets)
			node->sets = sets;
		if (!sets || !rrs) {
			ldns_rr_list_free(rrs);
			ldns_rr_free(rr);
			return -ENOMEM;
		}
		node->sets[node->nsets++] = (struct dns_node_set){ .type = type, .rrs = rrs };
	}
	for (i = 0; i < ldns_rr_list_rr_count(rrs); i++)
		if (same_data(ldns_rr_list_rr(rrs, i), rr)) {
			ldns_rr_free(rr); /* RFC 2181 5: no record twice */
			return 0;
		}
	if (ldns_rr_list_push_rr(rrs, rr))
		return 0;
	ldns_rr_free(rr);
	return -ENOMEM;
}

/* --- a zone from its records --- */

static int zone_fail(ldns_rr *rr, char *err, size_t cap, const char *fmt, const char *name)
{
	snprintf(err, cap, fmt, name);
	ldns_rr_free(rr);
	return -EINVAL;
}

/* The first record must be the SOA: it says which zone this is (RFC 1035 5.2). */
static int zone_check_record(const struct dns_zone *zone, ldns_rr *rr, char *err, size_t cap)
{
	char name[DNS_NAME_TEXT_MAX];
	bool soa = ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA;
	struct dns_key key;

	dns_name_text(ldns_rr_owner(rr), name);
	if (ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN)
		return zone_fail(rr, err, cap, "%.100s: only class IN is supported", name);
	if (!zone->apex.len && !soa)
		return zone_fail(rr, err, cap, "%.100s: a zone starts with its SOA record", name);
	if (zone->apex.len && soa)
		return zone_fail(rr, err, cap,
				 "%.100s: a zone has one SOA record, this is one more", name);
	dns_name_key(ldns_rr_owner(rr), &key);
	if (zone->apex.len && !dns_key_within(&key, &zone->apex))
		return zone_fail(rr, err, cap,
				 "%.100s is not inside the zone (a dot missing, or one "
				 "too many, at the end?)",
				 name);
	if (zone->nrecords >= DNS_ZONE_RECORDS_MAX)
		return zone_fail(rr, err, cap, "%.100s: more than a million records", name);
	return 0;
}

static int zone_add(void *ctx, ldns_rr *rr, char *err, size_t cap)
{
	struct dns_zone *zone = ctx;
	struct dns_node *node;
	struct dns_key key;
	int res = zone_check_record(zone, rr, err, cap);

	if (res)
		return res;
	snprintf(err, cap, "out of memory");
	dns_name_key(ldns_rr_owner(rr), &key);
	if (!zone->apex.len)
		zone->apex = key;
	node = zone_node(zone, &key);
	if (!node) {
		ldns_rr_free(rr);
		return -ENOMEM;
	}
	zone->nrecords++;
	res = node_add(node, rr);
	while (!res && !dns_key_equal(&key, &zone->apex)) {
		dns_key_parent(&key);
		if (!zone_node(zone, &key))
			res = -ENOMEM;
	}
	return res;
}

/* What only the whole can tell: NS at the apex, a CNAME alone at its name (RFC 1034 3.6.2). */
static int zone_check(const struct dns_zone *zone, const struct dns_zone_source *src, char *err,
		      size_t cap)
{
	const struct dns_node *node;
	char name[DNS_NAME_TEXT_MAX];
	const ldns_rr_list *cname;
	size_t i;

	if (!zone->apex.len) {
		snprintf(err, cap, "%s: no records; a zone starts with its SOA record",
			 source_name(src));
		return -EINVAL;
	}
	if (!dns_node_rrset(dns_zone_find(zone, &zone->apex), DNS_TYPE_NS)) {
		snprintf(err, cap, "%s: no NS record at the zone's own name", source_name(src));
		return -EINVAL;
	}
	for (i = 0; i < zone->nbuckets; i++)
		for (node = zone->buckets[i]; node; node = node->next) {
			cname = dns_node_rrset(node, DNS_TYPE_CNAME);
			if (!cname || (node->nsets == 1 && ldns_rr_list_rr_count(cname) == 1))
				continue;
			dns_name_text(ldns_rr_owner(ldns_rr_list_rr(cname, 0)), name);
			snprintf(err, cap, "%s: %.100s has a CNAME, so it can have no other record",
				 source_name(src), name);
			return -EINVAL;
		}
	return 0;
}

int dns_zone_parse(const struct dns_zone_source *src, struct dns_zone **out, char *err, size_t cap)
{
	struct dns_zone *zone = calloc(1, sizeof(*zone));
	struct dns_records_sink sink = { .add = zone_add, .ctx = zone };
	int res;

	*out = NULL;
	if (!zone) {
		snprintf(err, cap, "%s: out of memory", source_name(src));
		return -ENOMEM;
	}
	res = dns_records_parse(src, &sink, err, cap);
	if (!res)
		res = zone_check(zone, src, err, cap);
	if (res) {
		dns_zone_free(zone);
		return res;
	}
	*out = zone;
	return 0;
}

void dns_zone_free(struct dns_zone *zone)
{
	struct dns_node *node, *next;
	size_t i;
	unsigned set;

	if (!zone)
		return;
	for (i = 0; i < zone->nbuckets; i++)
		for (node = zone->buckets[i]; node; node = next) {
			next = node->next;
			for (set = 0; set < node->nsets; set++)
				ldns_rr_list_deep_free(node->sets[set].rrs);
			free(node->sets);
			free(node);
		}
	free(zone->buckets);
	free(zone);
}

const struct dns_key *dns_zone_apex(const struct dns_zone *zone)
{
	return &zone->apex;
}

int dns_zone_check(const struct dns_zone_source *src, char *err, size_t cap)
{
	struct dns_zone *zone;
	int res = dns_zone_parse(src, &zone, err, cap);

	dns_zone_free(zone);
	return res;
}
