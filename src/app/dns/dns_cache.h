/* SPDX-License-Identifier: MIT */
/*
 * RRsets by name and type, each for its TTL; and that a name (RFC 2308: NXDOMAIN) or a record
 * type of it (NODATA) does not exist, or could not be found out (SERVFAIL).
 *
 * The browser's cache, the host's and a caching resolver's are all of this kind. Time comes as
 * an argument (ns). At most max_entries RRsets, and 512 bytes of records for each of them on
 * average; past that what was used longest ago goes. What a less trusted source says never
 * replaces what a more trusted one said before that has run out (RFC 2181 5.4.1).
 *
 * Limits: TTL at most a week, negative answers three hours (RFC 2308 5), failures 30 s (RFC
 * 2308 7.1 allows 300).
 */
#ifndef LINNET_APP_DNS_DNS_CACHE_H
#define LINNET_APP_DNS_DNS_CACHE_H

#include <stddef.h>
#include <stdint.h>

#define DNS_CACHE_TTL_MAX 604800u
#define DNS_CACHE_NEGATIVE_TTL_MAX 10800u
#define DNS_CACHE_FAILURE_TTL_MAX 30u
#define DNS_CACHE_ENTRY_BYTES 512u	/* of records as in a message, names in full */

struct dns_cache;
struct ldns_struct_rr;
struct ldns_struct_rr_list;
struct ldns_struct_rdf;

/* How far the data is trusted, least first. */
enum dns_rank {
	DNS_RANK_ADDITIONAL,	/* glue: good enough to ask a server, never to answer with */
	DNS_RANK_REFERRAL,	/* NS records above the zone cut */
	DNS_RANK_ANSWER,
};

enum dns_cache_result {
	DNS_CACHE_MISS,
	DNS_CACHE_HIT,
	DNS_CACHE_NODATA,
	DNS_CACHE_NXDOMAIN,
	DNS_CACHE_FAILURE,
};

struct dns_cache_stats {
	uint64_t hits, negative_hits, misses, inserts, expired, evicted;
	size_t entries, bytes;
};

/* @seed: of the hash, so that nobody can aim at one bucket. NULL = no memory. */
struct dns_cache *dns_cache_new(size_t max_entries, uint64_t seed);
void dns_cache_free(struct dns_cache *c);
void dns_cache_flush(struct dns_cache *c);
void dns_cache_stats(const struct dns_cache *c, struct dns_cache_stats *st);

/**
 * dns_cache_lookup - what is known of a name and type
 * @min_rank: data trusted less counts as absent
 * @rrs: HIT: a copy with the TTLs that are left, owned by the caller (ldns_rr_list_deep_free);
 *	NODATA, NXDOMAIN: the SOA in a list, or NULL; may be NULL when not wanted
 *
 * A MISS is also what the lack of memory for the copy looks like.
 */
enum dns_cache_result dns_cache_lookup(struct dns_cache *c, int64_t now,
				       const struct ldns_struct_rdf *name, uint16_t type,
				       enum dns_rank min_rank, struct ldns_struct_rr_list **rrs);

/**
 * dns_cache_put - keep an RRset
 * @rrs: records of one owner, class and type; copied. TTL is the smallest; 0 is not kept.
 * Return: 0, -EINVAL (not an RRset), -ENOMEM; also 0 when better data stays, or the RRset alone
 * is more than the cache may hold.
 */
int dns_cache_put(struct dns_cache *c, int64_t now, const struct ldns_struct_rr_list *rrs,
		  enum dns_rank rank);

/**
 * dns_cache_put_negative - keep that there is no such record
 * @kind: DNS_CACHE_NODATA, DNS_CACHE_NXDOMAIN (holds for every type), DNS_CACHE_FAILURE
 * @soa: of the authority section; its TTL and minimum, the smaller, is the time (RFC 2308 5);
 *	NULL: not kept, but for FAILURE
 * @ttl: s, FAILURE only
 */
int dns_cache_put_negative(struct dns_cache *c, int64_t now, const struct ldns_struct_rdf *name,
			   uint16_t type, enum dns_cache_result kind,
			   const struct ldns_struct_rr *soa, uint32_t ttl);

#endif
