/* SPDX-License-Identifier: MIT */
/* Chained hash table of entries, which also stand in one list by last use. */
#include "app/dns/dns_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/dns/dns_message.h"

#define NSEC_PER_SEC 1000000000ll
#define TYPE_ANY_NAME 0	/* an entry for every type: NXDOMAIN */

struct cache_entry {
	struct cache_entry *hash_next;
	struct cache_entry *newer, *older;	/* by last use */
	int64_t expires;			/* ns */
	ldns_rr_list *rrs;			/* HIT: the RRset; negative: the SOA, or NULL */
	enum dns_cache_result kind;
	enum dns_rank rank;
	uint32_t hash;
	uint16_t type;
	size_t bytes;				/* of the records */
	struct dns_key key;
};

struct dns_cache {
	struct cache_entry **buckets;
	size_t nbuckets;			/* power of two */
	struct cache_entry *newest, *oldest;
	size_t max_entries;
	uint64_t seed;
	struct dns_cache_stats stats;
};

struct dns_cache *dns_cache_new(size_t max_entries, uint64_t seed)
{
	struct dns_cache *c = calloc(1, sizeof(*c));
	size_t n = 16;

	if (!c)
		return NULL;
	while (n < max_entries && n < (size_t)1 << 24)
		n *= 2;
	c->max_entries = max_entries ? max_entries : 1;
	c->nbuckets = n;
	c->seed = seed;
	c->buckets = calloc(n, sizeof(*c->buckets));
	if (!c->buckets) {
		free(c);
		return NULL;
	}
	return c;
}

void dns_cache_free(struct dns_cache *c)
{
	if (!c)
		return;
	dns_cache_flush(c);
	free(c->buckets);
	free(c);
}

/* Multiply and fold (8 bytes a step) with a secret start: nobody outside can aim at a bucket. */
static uint32_t cache_hash(const struct dns_cache *c, const struct dns_key *key, uint16_t type)
{
	uint64_t h = c->seed ^ 0x9e3779b97f4a7c15ull ^ type, word;
	size_t at;

	for (at = 0; at < key->len; at += sizeof(word)) {
		size_t n = key->len - at;

		word = 0;
		memcpy(&word, key->b + at, n < sizeof(word) ? n : sizeof(word));
		h = (h ^ word) * (c->seed | 1);
		h ^= h >> 29;
		h *= 0xbf58476d1ce4e5b9ull;
		h ^= h >> 32;
	}
	return (uint32_t)h;
}

static void lru_unlink(struct dns_cache *c, struct cache_entry *e)
{
	*(e->newer ? &e->newer->older : &c->newest) = e->older;
	*(e->older ? &e->older->newer : &c->oldest) = e->newer;
}

static void lru_push(struct dns_cache *c, struct cache_entry *e)
{
	e->newer = NULL;
	e->older = c->newest;
	*(c->newest ? &c->newest->newer : &c->oldest) = e;
	c->newest = e;
}

static void cache_remove(struct dns_cache *c, struct cache_entry *e)
{
	struct cache_entry **link = &c->buckets[e->hash & (c->nbuckets - 1)];

	while (*link != e)
		link = &(*link)->hash_next;
	*link = e->hash_next;
	lru_unlink(c, e);
	ldns_rr_list_deep_free(e->rrs);
	c->stats.entries--;
	c->stats.bytes -= e->bytes;
	free(e);
}

void dns_cache_flush(struct dns_cache *c)
{
	while (c->oldest)
		cache_remove(c, c->oldest);
}

void dns_cache_stats(const struct dns_cache *c, struct dns_cache_stats *st)
{
	*st = c->stats;
}

/* The entry, or NULL; one that has run out is removed on the way. */
static struct cache_entry *cache_find(struct dns_cache *c, int64_t now, const struct dns_key *key,
				      uint16_t type)
{
	uint32_t hash = cache_hash(c, key, type);
	struct cache_entry *e = c->buckets[hash & (c->nbuckets - 1)];

	while (e && (e->hash != hash || e->type != type || !dns_key_equal(&e->key, key)))
		e = e->hash_next;
	if (e && e->expires <= now) {
		cache_remove(c, e);
		c->stats.expired++;
		e = NULL;
	}
	return e;
}

/* A copy with the TTLs that are left, rounded up: never 0 while it is valid. */
static ldns_rr_list *copy_aged(const struct cache_entry *e, int64_t now)
{
	ldns_rr_list *copy = ldns_rr_list_clone(e->rrs);
	uint32_t ttl = (uint32_t)((e->expires - now + NSEC_PER_SEC - 1) / NSEC_PER_SEC);
	size_t i;

	for (i = 0; copy && i < ldns_rr_list_rr_count(copy); i++)
		ldns_rr_set_ttl(ldns_rr_list_rr(copy, i), ttl);
	return copy;
}

enum dns_cache_result dns_cache_lookup(struct dns_cache *c, int64_t now,
				       const struct ldns_struct_rdf *name, uint16_t type,
				       enum dns_rank min_rank, struct ldns_struct_rr_list **rrs)
{
	struct dns_key key;
	struct cache_entry *e;

	dns_name_key(name, &key);
	e = cache_find(c, now, &key, type);
	if (!e || e->rank < min_rank)
		e = cache_find(c, now, &key, TYPE_ANY_NAME);
	if (rrs) {
		*rrs = e && e->rrs ? copy_aged(e, now) : NULL;
		if (e && e->kind == DNS_CACHE_HIT && !*rrs)
			e = NULL;
	}
	if (!e) {
		c->stats.misses++;
		return DNS_CACHE_MISS;
	}
	lru_unlink(c, e);
	lru_push(c, e);
	if (e->kind == DNS_CACHE_HIT)
		c->stats.hits++;
	else
		c->stats.negative_hits++;
	return e->kind;
}

static size_t rrs_bytes(const ldns_rr_list *rrs)
{
	size_t i, n = 0;

	for (i = 0; i < ldns_rr_list_rr_count(rrs); i++)
		n += ldns_rr_uncompressed_size(ldns_rr_list_rr(rrs, i));
	return n;
}

static bool cache_is_full(const struct dns_cache *c, size_t more)
{
	return c->stats.entries >= c->max_entries ||
	       c->stats.bytes + more > c->max_entries * DNS_CACHE_ENTRY_BYTES;
}

/* Puts a new entry in, or makes an existing one anew. NULL: no memory, @rrs is freed. */
static int cache_store(struct dns_cache *c, int64_t now, const struct dns_key *key, uint16_t type,
		       const struct cache_entry *content)
{
	struct cache_entry *e = cache_find(c, now, key, type), **bucket;
	size_t bytes = rrs_bytes(content->rrs);

	if (bytes > c->max_entries * DNS_CACHE_ENTRY_BYTES) {
		ldns_rr_list_deep_free(content->rrs);
		return 0;
	}
	if (e && e->kind == DNS_CACHE_HIT && e->rank > content->rank) {
		ldns_rr_list_deep_free(content->rrs); /* what is there is trusted more */
		return 0;
	}
	if (e)
		cache_remove(c, e);
	while (c->oldest && cache_is_full(c, bytes)) {
		cache_remove(c, c->oldest);
		c->stats.evicted++;
	}
	e = malloc(sizeof(*e));
	if (!e) {
		ldns_rr_list_deep_free(content->rrs);
		return -ENOMEM;
	}
	*e = *content;
	e->key = *key;
	e->type = type;
	e->bytes = bytes;
	e->hash = cache_hash(c, key, type);
	bucket = &c->buckets[e->hash & (c->nbuckets - 1)];
	e->hash_next = *bucket;
	*bucket = e;
	lru_push(c, e);
	c->stats.entries++;
	c->stats.bytes += bytes;
	c->stats.inserts++;
	return 0;
}

/* RFC 2181 8: a TTL with the highest bit set is 0. */
static uint32_t sane_ttl(uint32_t ttl, uint32_t max)
{
	if (ttl & 0x80000000u)
		return 0;
	return ttl > max ? max : ttl;
}

int dns_cache_put(struct dns_cache *c, int64_t now, const struct ldns_struct_rr_list *rrs,
		  enum dns_rank rank)
{
	struct cache_entry content = { .kind = DNS_CACHE_HIT, .rank = rank };
	size_t n = ldns_rr_list_rr_count(rrs), i;
	const ldns_rr *first = n ? ldns_rr_list_rr(rrs, 0) : NULL;
	uint32_t ttl = DNS_CACHE_TTL_MAX;
	struct dns_key key;
	struct cache_entry *nx;

	if (!n)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		const ldns_rr *rr = ldns_rr_list_rr(rrs, i);
		uint32_t t = sane_ttl(ldns_rr_ttl(rr), DNS_CACHE_TTL_MAX);

		if (ldns_rr_get_type(rr) != ldns_rr_get_type(first) ||
		    !dns_name_equal(ldns_rr_owner(rr), ldns_rr_owner(first)))
			return -EINVAL;
		ttl = t < ttl ? t : ttl;
	}
	if (!ttl)
		return 0;
	dns_name_key(ldns_rr_owner(first), &key);
	nx = cache_find(c, now, &key, TYPE_ANY_NAME);
	if (nx && rank >= nx->rank) /* the name exists after all */
		cache_remove(c, nx);
	content.expires = now + ttl * NSEC_PER_SEC;
	content.rrs = ldns_rr_list_clone(rrs);
	if (!content.rrs)
		return -ENOMEM;
	return cache_store(c, now, &key, (uint16_t)ldns_rr_get_type(first), &content);
}

/* RFC 2308 5: the smaller of the SOA's own TTL and its minimum field, the seventh. */
static uint32_t soa_negative_ttl(const ldns_rr *soa)
{
	uint32_t ttl = sane_ttl(ldns_rr_ttl(soa), DNS_CACHE_NEGATIVE_TTL_MAX);
	const ldns_rdf *minimum = ldns_rr_rd_count(soa) == 7 ? ldns_rr_rdf(soa, 6) : NULL;
	uint32_t min = minimum ? sane_ttl(ldns_rdf2native_int32(minimum), ttl) : 0;

	return min;
}

int dns_cache_put_negative(struct dns_cache *c, int64_t now, const struct ldns_struct_rdf *name,
			   uint16_t type, enum dns_cache_result kind,
			   const struct ldns_struct_rr *soa, uint32_t ttl)
{
	struct cache_entry content = { .kind = kind, .rank = DNS_RANK_ANSWER };
	struct dns_key key;
	ldns_rr *copy;

	if (kind == DNS_CACHE_FAILURE)
		ttl = sane_ttl(ttl, DNS_CACHE_FAILURE_TTL_MAX);
	else
		ttl = soa ? soa_negative_ttl(soa) : 0;
	if (!ttl)
		return 0;
	content.expires = now + ttl * NSEC_PER_SEC;
	dns_name_key(name, &key);
	if (soa) {
		content.rrs = ldns_rr_list_new();
		copy = ldns_rr_clone(soa);
		if (!content.rrs || !copy || !ldns_rr_list_push_rr(content.rrs, copy)) {
			ldns_rr_free(copy);
			ldns_rr_list_deep_free(content.rrs);
			return -ENOMEM;
		}
	}
	return cache_store(c, now, &key, kind == DNS_CACHE_NXDOMAIN ? TYPE_ANY_NAME : type,
			   &content);
}
