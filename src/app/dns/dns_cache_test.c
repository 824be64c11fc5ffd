/* SPDX-License-Identifier: MIT */
#include "app/dns/dns_cache.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "app/dns/dns_message.h"

#define SEC 1000000000ll

static ldns_rr *rr(const char *text)
{
	ldns_rr *r;

	assert_int_equal(ldns_rr_new_frm_str(&r, text, 0, NULL, NULL), LDNS_STATUS_OK);
	return r;
}

static int put(struct dns_cache *c, int64_t now, enum dns_rank rank, const char *a, const char *b)
{
	ldns_rr_list *list = ldns_rr_list_new();
	int err;

	ldns_rr_list_push_rr(list, rr(a));
	if (b)
		ldns_rr_list_push_rr(list, rr(b));
	err = dns_cache_put(c, now, list, rank);
	ldns_rr_list_deep_free(list);
	return err;
}

static enum dns_cache_result get(struct dns_cache *c, int64_t now, const char *name, uint16_t type,
				 enum dns_rank rank, uint32_t *ttl)
{
	ldns_rdf *n = dns_name_new(name);
	ldns_rr_list *list = NULL;
	enum dns_cache_result res = dns_cache_lookup(c, now, n, type, rank, &list);

	if (ttl && list)
		*ttl = ldns_rr_ttl(ldns_rr_list_rr(list, 0));
	ldns_rr_list_deep_free(list);
	ldns_rdf_deep_free(n);
	return res;
}

/* n records of one name, each of @bytes in a message, and a little more. */
static int put_many(struct dns_cache *c, const char *name, int n, int bytes)
{
	ldns_rr_list *list = ldns_rr_list_new();
	char text[512];
	int i, err;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s 300 TXT %0*d", name, bytes, i);
		ldns_rr_list_push_rr(list, rr(text));
	}
	err = dns_cache_put(c, 0, list, DNS_RANK_ANSWER);
	ldns_rr_list_deep_free(list);
	return err;
}

/* However long RRsets are, all together stay within 512 bytes for each entry allowed. */
static void test_bytes(void **state)
{
	struct dns_cache *c = dns_cache_new(100, 1);
	struct dns_cache_stats st;
	char name[32];
	int i;

	(void)state;
	assert_int_equal(put_many(c, "a.com.", 150, 200), 0);	/* 30000 bytes and more */
	assert_int_equal(get(c, 0, "a.com.", DNS_TYPE_TXT, DNS_RANK_ANSWER, NULL), DNS_CACHE_HIT);
	assert_int_equal(put_many(c, "b.com.", 150, 200), 0);
	assert_int_equal(get(c, 0, "a.com.", DNS_TYPE_TXT, DNS_RANK_ANSWER, NULL), DNS_CACHE_MISS);
	assert_int_equal(get(c, 0, "b.com.", DNS_TYPE_TXT, DNS_RANK_ANSWER, NULL), DNS_CACHE_HIT);
	dns_cache_stats(c, &st);
	assert_int_equal(st.evicted, 1);
	assert_in_range(st.bytes, 30000, 100 * DNS_CACHE_ENTRY_BYTES);
	/* what alone is too much is not kept, and drives nothing out */
	assert_int_equal(put_many(c, "d.com.", 300, 200), 0);
	assert_int_equal(get(c, 0, "d.com.", DNS_TYPE_TXT, DNS_RANK_ANSWER, NULL), DNS_CACHE_MISS);
	assert_int_equal(get(c, 0, "b.com.", DNS_TYPE_TXT, DNS_RANK_ANSWER, NULL), DNS_CACHE_HIT);
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d.com.", i);
		assert_int_equal(put_many(c, name, 1, 20), 0);
	}
	dns_cache_stats(c, &st);
	assert_in_range(st.bytes, 100, 100 * 100);	/* b.com. went, by number */
	dns_cache_flush(c);
	dns_cache_stats(c, &st);
	assert_int_equal(st.bytes, 0);
	dns_cache_free(c);
}

static void test_ttl(void **state)
{
	struct dns_cache *c = dns_cache_new(100, 1);
	struct dns_cache_stats st;
	uint32_t ttl = 0;

	(void)state;
	assert_int_equal(put(c, 0, DNS_RANK_ANSWER, "a.com. 300 A 1.2.3.4", "a.com. 200 A 1.2.3.5"),
			 0);
	assert_int_equal(get(c, 0, "A.COM", DNS_TYPE_A, DNS_RANK_ANSWER, &ttl), DNS_CACHE_HIT);
	assert_int_equal(ttl, 200);	/* the smallest of the set */
	assert_int_equal(get(c, 50 * SEC, "a.com.", DNS_TYPE_A, DNS_RANK_ANSWER, &ttl),
			 DNS_CACHE_HIT);
	assert_int_equal(ttl, 150);
	assert_int_equal(get(c, 200 * SEC - 1, "a.com.", DNS_TYPE_A, DNS_RANK_ANSWER, &ttl),
			 DNS_CACHE_HIT);
	assert_int_equal(ttl, 1);
	assert_int_equal(get(c, 200 * SEC, "a.com.", DNS_TYPE_A, DNS_RANK_ANSWER, NULL),
			 DNS_CACHE_MISS);
	assert_int_equal(get(c, 0, "a.com.", DNS_TYPE_AAAA, DNS_RANK_ANSWER, NULL), DNS_CACHE_MISS);
	assert_int_equal(put(c, 0, DNS_RANK_ANSWER, "z.com. 0 A 1.2.3.4", NULL), 0);
	assert_int_equal(get(c, 0, "z.com.", DNS_TYPE_A, DNS_RANK_ANSWER, NULL), DNS_CACHE_MISS);
	assert_int_equal(put(c, 0, DNS_RANK_ANSWER, "z.com. 4294967295 A 1.2.3.4", NULL), 0);
	assert_int_equal(get(c, 0, "z.com.", DNS_TYPE_A, DNS_RANK_ANSWER, NULL), DNS_CACHE_MISS);
	assert_int_equal(put(c, 0, DNS_RANK_ANSWER, "z.com. 2000000000 A 1.2.3.4", NULL), 0);
	assert_int_equal(get(c, 0, "z.com.", DNS_TYPE_A, DNS_RANK_ANSWER, &ttl), DNS_CACHE_HIT);
	assert_int_equal(ttl, DNS_CACHE_TTL_MAX);
	assert_int_equal(put(c, 0, DNS_RANK_ANSWER, "a.com. 5 A 1.2.3.4", "b.com. 5 A 1.2.3.4"),
			 -EINVAL);
	dns_cache_stats(c, &st);
	assert_int_equal(st.hits, 4);
	assert_int_equal(st.misses, 4);
	assert_int_equal(st.expired, 1);
	assert_int_equal(st.entries, 1);
	dns_cache_free(c);
}

/* RFC 2181 5.4.1 */
static void test_rank(void **state)
{
	struct dns_cache *c = dns_cache_new(100, 1);
	uint32_t ttl = 0;

	(void)state;
	put(c, 0, DNS_RANK_ADDITIONAL, "ns.a.com. 100 A 1.2.3.4", NULL);
	assert_int_equal(get(c, 0, "ns.a.com", DNS_TYPE_A, DNS_RANK_ANSWER, NULL), DNS_CACHE_MISS);
	assert_int_equal(get(c, 0, "ns.a.com", DNS_TYPE_A, DNS_RANK_ADDITIONAL, NULL),
			 DNS_CACHE_HIT);
	put(c, 0, DNS_RANK_ANSWER, "ns.a.com. 50 A 1.2.3.9", NULL);
	put(c, 0, DNS_RANK_ADDITIONAL, "ns.a.com. 1000 A 6.6.6.6", NULL);
	assert_int_equal(get(c, 0, "ns.a.com", DNS_TYPE_A, DNS_RANK_ANSWER, &ttl), DNS_CACHE_HIT);
	assert_int_equal(ttl, 50);
	put(c, 50 * SEC, DNS_RANK_ADDITIONAL, "ns.a.com. 1000 A 6.6.6.6", NULL);
	assert_int_equal(get(c, 50 * SEC, "ns.a.com", DNS_TYPE_A, DNS_RANK_ADDITIONAL, NULL),
			 DNS_CACHE_HIT);
	dns_cache_free(c);
}

static void test_negative(void **state)
{
	struct dns_cache *c = dns_cache_new(100, 1);
	ldns_rr *soa = rr("a.com. 3600 SOA ns.a.com. root.a.com. 1 2 3 4 60");
	ldns_rdf *x = dns_name_new("x.a.com"), *a = dns_name_new("a.com");

	(void)state;
	assert_int_equal(dns_cache_put_negative(c, 0, x, DNS_TYPE_A, DNS_CACHE_NXDOMAIN, soa, 0),
			 0);
	assert_int_equal(get(c, 0, "x.a.com", DNS_TYPE_MX, DNS_RANK_ANSWER, NULL),
			 DNS_CACHE_NXDOMAIN);
	assert_int_equal(get(c, 60 * SEC, "x.a.com", DNS_TYPE_MX, DNS_RANK_ANSWER, NULL),
			 DNS_CACHE_MISS);
	dns_cache_put_negative(c, 0, a, DNS_TYPE_AAAA, DNS_CACHE_NODATA, soa, 0);
	assert_int_equal(get(c, 0, "a.com", DNS_TYPE_AAAA, DNS_RANK_ANSWER, NULL),
			 DNS_CACHE_NODATA);
	assert_int_equal(get(c, 0, "a.com", DNS_TYPE_A, DNS_RANK_ANSWER, NULL), DNS_CACHE_MISS);
	dns_cache_put_negative(c, 0, a, DNS_TYPE_A, DNS_CACHE_FAILURE, NULL, 5);
	assert_int_equal(get(c, 4 * SEC, "a.com", DNS_TYPE_A, DNS_RANK_ANSWER, NULL),
			 DNS_CACHE_FAILURE);
	assert_int_equal(get(c, 5 * SEC, "a.com", DNS_TYPE_A, DNS_RANK_ANSWER, NULL),
			 DNS_CACHE_MISS);
	/* without a SOA it is not kept */
	dns_cache_put_negative(c, 0, a, DNS_TYPE_TXT, DNS_CACHE_NODATA, NULL, 99);
	assert_int_equal(get(c, 0, "a.com", DNS_TYPE_TXT, DNS_RANK_ANSWER, NULL), DNS_CACHE_MISS);
	/* a record that appears ends the NXDOMAIN */
	dns_cache_put_negative(c, 0, x, DNS_TYPE_A, DNS_CACHE_NXDOMAIN, soa, 0);
	put(c, 1, DNS_RANK_ANSWER, "x.a.com. 10 A 1.1.1.1", NULL);
	assert_int_equal(get(c, 1, "x.a.com", DNS_TYPE_A, DNS_RANK_ANSWER, NULL), DNS_CACHE_HIT);
	assert_int_equal(get(c, 1, "x.a.com", DNS_TYPE_MX, DNS_RANK_ANSWER, NULL), DNS_CACHE_MISS);
	ldns_rr_free(soa);
	ldns_rdf_deep_free(x);
	ldns_rdf_deep_free(a);
	dns_cache_free(c);
}

static void test_eviction(void **state)
{
	struct dns_cache *c = dns_cache_new(50, 7);
	struct dns_cache_stats st;
	char text[64];
	int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "n%d.com. 100 A 1.2.3.4", i);
		assert_int_equal(put(c, 0, DNS_RANK_ANSWER, text, NULL), 0);
		/* what is used stays */
		assert_int_equal(get(c, 0, "n0.com", DNS_TYPE_A, DNS_RANK_ANSWER, NULL),
				 DNS_CACHE_HIT);
	}
	dns_cache_stats(c, &st);
	assert_int_equal(st.entries, 50);
	assert_int_equal(st.evicted, 150);
	assert_int_equal(get(c, 0, "n199.com", DNS_TYPE_A, DNS_RANK_ANSWER, NULL), DNS_CACHE_HIT);
	assert_int_equal(get(c, 0, "n151.com", DNS_TYPE_A, DNS_RANK_ANSWER, NULL), DNS_CACHE_HIT);
	assert_int_equal(get(c, 0, "n150.com", DNS_TYPE_A, DNS_RANK_ANSWER, NULL), DNS_CACHE_MISS);
	dns_cache_flush(c);
	dns_cache_stats(c, &st);
	assert_int_equal(st.entries, 0);
	dns_cache_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_rank),
		cmocka_unit_test(test_negative),
		cmocka_unit_test(test_eviction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
