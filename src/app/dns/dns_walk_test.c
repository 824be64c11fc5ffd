/* SPDX-License-Identifier: MIT */
/* What a walk believes of a server's reply. */
#include "app/dns/dns_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

struct fixture {
	struct dns_resolver r;
	struct walk w;
};

static ldns_rr *rr(const char *text)
{
	ldns_rr *out;

	assert_int_equal(ldns_rr_new_frm_str(&out, text, 0, NULL, NULL), LDNS_STATUS_OK);
	return out;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct ln_net_params params;

	ln_net_params_init(&params);
	f->r.net = ln_net_create(&params);
	f->r.cache = dns_cache_new(100, 1);
	f->r.hints = ldns_rr_list_new();
	f->w.r = &f->r;
	f->w.type = DNS_TYPE_A;
	f->w.families = WALK_BOTH;
	f->w.answer = ldns_rr_list_new();
	f->w.name = dns_name_new("www.server.com");
	dns_name_key(f->w.name, &f->w.key);
	f->w.servers.zone = dns_name_new("com");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ldns_rr_list_deep_free(f->w.answer);
	ldns_rr_list_deep_free(f->w.soa);
	ldns_rr_list_deep_free(f->r.hints);
	walk_servers_free(&f->w.servers);
	ldns_rdf_deep_free(f->w.name);
	dns_cache_free(f->r.cache);
	assert_int_equal(ln_net_destroy(f->r.net, NULL), 0);
	free(f);
	return 0;
}

/* Records: "an ...", "ns ...", "ar ..." for the section. */
static enum walk_verdict read_reply(struct fixture *f, bool aa, unsigned rcode,
				    const char *const *records)
{
	ldns_pkt *query = dns_query_new(1, f->w.name, f->w.type, false, 0);
	ldns_pkt *reply = dns_response_new(query, rcode);
	enum walk_verdict verdict;

	ldns_pkt_set_aa(reply, aa);
	for (; *records; records++)
		ldns_pkt_push_rr(reply, (*records)[0] == 'n' ? LDNS_SECTION_AUTHORITY :
				 (*records)[1] == 'n' ? LDNS_SECTION_ANSWER :
				 LDNS_SECTION_ADDITIONAL, rr(*records + 3));
	verdict = walk_read_reply(&f->w, reply);
	ldns_pkt_free(reply);
	ldns_pkt_free(query);
	return verdict;
}

#define RECORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static bool is_cached(struct fixture *f, const char *name, uint16_t type, enum dns_rank rank)
{
	ldns_rdf *n = dns_name_new(name);
	enum dns_cache_result res = dns_cache_lookup(f->r.cache, 0, n, type, rank, NULL);

	ldns_rdf_deep_free(n);
	return res != DNS_CACHE_MISS;
}

static void test_referral(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_reply(f, false, 0,
				    RECORDS("ns server.com. 100 NS ns1.server.com.",
					    "ns server.com. 100 NS ns.other.net.",
					    "ar ns1.server.com. 100 A 10.0.0.1",
					    /* com. has no say about net. */
					    "ar ns.other.net. 100 A 6.6.6.6",
					    /* and nobody asked about this */
					    "ar www.bank.com. 100 A 6.6.6.6")),
			 WALK_REFERRAL);
	assert_int_equal(f->w.servers.nns, 2);
	assert_int_equal(f->w.servers.naddrs, 1);
	assert_true(is_cached(f, "server.com", DNS_TYPE_NS, DNS_RANK_REFERRAL));
	assert_true(is_cached(f, "ns1.server.com", DNS_TYPE_A, DNS_RANK_ADDITIONAL));
	/* glue is no answer for clients */
	assert_false(is_cached(f, "ns1.server.com", DNS_TYPE_A, DNS_RANK_ANSWER));
	assert_false(is_cached(f, "ns.other.net", DNS_TYPE_A, DNS_RANK_ADDITIONAL));
	assert_false(is_cached(f, "www.bank.com", DNS_TYPE_A, DNS_RANK_ADDITIONAL));
}

/* Glue of the other family tells nothing: the name is still to be looked up. */
static void test_glue_of_the_other_family(void **state)
{
	struct fixture *f = *state;

	f->w.families = WALK_IPV6;
	assert_int_equal(read_reply(f, false, 0,
				    RECORDS("ns server.com. 100 NS ns1.server.com.",
					    "ns server.com. 100 NS ns2.server.com.",
					    "ar ns1.server.com. 100 A 10.0.0.1",
					    "ar ns2.server.com. 100 AAAA 2001:db8::2")),
			 WALK_REFERRAL);
	assert_int_equal(f->w.servers.naddrs, 1);
	assert_int_equal(f->w.servers.ns[0].looked_up, 0);
	assert_int_equal(f->w.servers.ns[1].looked_up, WALK_BOTH);
}

static void test_bad_referrals(void **state)
{
	struct fixture *f = *state;

	/* up, sideways, to itself, past the name */
	assert_int_equal(read_reply(f, false, 0, RECORDS("ns . 100 NS a.root.")), WALK_LAME);
	assert_int_equal(read_reply(f, false, 0, RECORDS("ns bank.com. 100 NS ns.evil.com.")),
			 WALK_LAME);
	assert_int_equal(read_reply(f, false, 0, RECORDS("ns com. 100 NS ns.evil.com.")),
			 WALK_LAME);
	assert_int_equal(read_reply(f, false, 0, RECORDS("ns x.www.server.com. 100 NS a.")),
			 WALK_LAME);
	assert_int_equal(read_reply(f, false, DNS_RCODE_SERVFAIL, RECORDS(NULL)), WALK_LAME);
	assert_int_equal(read_reply(f, false, DNS_RCODE_REFUSED, RECORDS(NULL)), WALK_LAME);
	assert_int_equal(read_reply(f, false, 0, RECORDS(NULL)), WALK_LAME);
	assert_false(is_cached(f, "bank.com", DNS_TYPE_NS, DNS_RANK_ADDITIONAL));
	assert_false(is_cached(f, "com", DNS_TYPE_NS, DNS_RANK_ADDITIONAL));
}

static void test_answers(void **state)
{
	struct fixture *f = *state;

	/* without authority it is hearsay */
	assert_int_equal(read_reply(f, false, 0, RECORDS("an www.server.com. 100 A 6.6.6.6")),
			 WALK_LAME);
	assert_int_equal(read_reply(f, true, 0, RECORDS("an www.bank.com. 100 A 6.6.6.6")),
			 WALK_LAME);
	assert_int_equal(read_reply(f, true, 0,
				    RECORDS("an www.server.com. 100 A 10.0.0.1",
					    "an www.bank.com. 100 A 6.6.6.6",
					    "ns net. 100 NS evil.com.", "ar a.net. 100 A 6.6.6.6")),
			 WALK_ANSWER);
	assert_int_equal(f->w.kind, DNS_CACHE_HIT);
	assert_int_equal(ldns_rr_list_rr_count(f->w.answer), 1);
	assert_true(is_cached(f, "www.server.com", DNS_TYPE_A, DNS_RANK_ANSWER));
	assert_false(is_cached(f, "www.bank.com", DNS_TYPE_A, DNS_RANK_ADDITIONAL));
	assert_false(is_cached(f, "net", DNS_TYPE_NS, DNS_RANK_ADDITIONAL));
	assert_false(is_cached(f, "a.net", DNS_TYPE_A, DNS_RANK_ADDITIONAL));
}

static void test_alias(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_reply(f, true, 0,
				    RECORDS("an www.server.com. 100 CNAME w.other.com.",
					    "an w.other.com. 100 CNAME a.net.",
					    "an a.net. 100 A 6.6.6.6")),
			 WALK_ALIAS);
	assert_true(is_cached(f, "w.other.com", DNS_TYPE_CNAME, DNS_RANK_ANSWER));
	assert_false(is_cached(f, "a.net", DNS_TYPE_A, DNS_RANK_ADDITIONAL));
}

static void test_negative(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_reply(f, false, DNS_RCODE_NXDOMAIN, RECORDS(NULL)), WALK_LAME);
	assert_int_equal(read_reply(f, true, DNS_RCODE_NXDOMAIN,
				    RECORDS("ns com. 100 SOA a. b. 1 2 3 4 5")),
			 WALK_ANSWER);
	assert_int_equal(f->w.kind, DNS_CACHE_NXDOMAIN);
	assert_int_equal(ldns_rr_list_rr_count(f->w.soa), 1);
	assert_true(is_cached(f, "www.server.com", DNS_TYPE_MX, DNS_RANK_ANSWER));
}

static void test_nodata(void **state)
{
	struct fixture *f = *state;

	/* a foreign SOA: believed for this answer, but not kept */
	assert_int_equal(read_reply(f, true, 0, RECORDS("ns net. 100 SOA a. b. 1 2 3 4 5")),
			 WALK_ANSWER);
	assert_int_equal(f->w.kind, DNS_CACHE_NODATA);
	assert_null(f->w.soa);
	assert_false(is_cached(f, "www.server.com", DNS_TYPE_A, DNS_RANK_ANSWER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_referral, setup, teardown),
		cmocka_unit_test_setup_teardown(test_glue_of_the_other_family, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_referrals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alias, setup, teardown),
		cmocka_unit_test_setup_teardown(test_negative, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nodata, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
