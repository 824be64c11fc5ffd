/* SPDX-License-Identifier: MIT */
#include "app/dns/dns_message.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_names(void **state)
{
	char buf[DNS_NAME_TEXT_MAX];
	struct dns_key key;
	ldns_rdf *a = dns_name_new("WWW.Server.com"), *b = dns_name_new("www.server.COM.");
	ldns_rdf *zone = dns_name_new("server.com."), *other = dns_name_new("w.rver.com.");
	ldns_rdf *odd = dns_name_new("a\\.b.\\001x.com."), *root = dns_name_new(".");

	(void)state;
	assert_string_equal(dns_name_text(a, buf), "WWW.Server.com.");
	assert_string_equal(dns_name_text(odd, buf), "a\\.b.\\001x.com.");
	assert_string_equal(dns_name_text(root, buf), ".");
	assert_true(dns_name_equal(a, b));
	assert_true(dns_name_within(a, zone));
	assert_true(dns_name_within(zone, zone));
	assert_true(dns_name_within(zone, root));
	assert_false(dns_name_within(zone, a));
	assert_false(dns_name_within(other, zone));
	dns_name_key(a, &key);
	assert_int_equal(dns_key_labels(&key), 3);
	dns_key_parent(&key);
	assert_int_equal(dns_key_labels(&key), 2);
	dns_key_parent(&key);
	dns_key_parent(&key);
	dns_key_parent(&key);
	assert_int_equal(key.len, 1);
	assert_null(dns_name_new(""));
	assert_null(dns_name_new(".com"));
	assert_null(dns_name_new("a..b"));
	assert_null(dns_name_new(
		"a-label-of-more-than-sixty-three-characters-is-refused-by-rfc-1035.com"));
	ldns_rdf_deep_free(a);
	ldns_rdf_deep_free(b);
	ldns_rdf_deep_free(zone);
	ldns_rdf_deep_free(other);
	ldns_rdf_deep_free(odd);
	ldns_rdf_deep_free(root);
}

static void test_types(void **state)
{
	char buf[DNS_TYPE_TEXT_MAX];

	(void)state;
	assert_string_equal(dns_type_text(DNS_TYPE_AAAA, buf), "AAAA");
	assert_string_equal(dns_type_text(DNS_TYPE_ANY, buf), "ANY");
	assert_string_equal(dns_type_text(4711, buf), "TYPE4711");
	assert_int_equal(dns_type_parse("cname"), DNS_TYPE_CNAME);
	assert_int_equal(dns_type_parse("ANY"), DNS_TYPE_ANY);
	assert_int_equal(dns_type_parse("TYPE28"), DNS_TYPE_AAAA);
	assert_int_equal(dns_type_parse("nonsense"), 0);
}

/* The bytes of RFC 1035 4.1: what stands on the wire. */
static void test_query_bytes(void **state)
{
	static const uint8_t want[] = {
		0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0,
		3, 'w', 'w', 'w', 6, 's', 'e', 'r', 'v', 'e', 'r', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1,
	};
	ldns_rdf *name = dns_name_new("www.server.com");
	ldns_pkt *pkt = dns_query_new(0x1234, name, DNS_TYPE_A, true, 0);
	uint8_t *wire;
	size_t len;

	(void)state;
	assert_int_equal(dns_message_encode(pkt, DNS_UDP_SIZE, &wire, &len), 0);
	assert_int_equal(len, sizeof(want));
	assert_memory_equal(wire, want, len);
	assert_int_equal(dns_udp_limit(pkt), 512);
	free(wire);
	ldns_pkt_free(pkt);
	pkt = dns_query_new(0x1234, name, DNS_TYPE_A, false, 4096);
	assert_int_equal(dns_udp_limit(pkt), 1232);
	assert_int_equal(dns_message_encode(pkt, DNS_UDP_SIZE, &wire, &len), 0);
	assert_int_equal(len, sizeof(want) + 11);
	assert_int_equal(wire[11], 1);			/* one additional record: OPT */
	assert_int_equal(wire[sizeof(want) + 2], 41);
	free(wire);
	ldns_pkt_free(pkt);
	ldns_rdf_deep_free(name);
}

static ldns_pkt *answer_to(const ldns_pkt *query, const char *const *rrs, size_t n)
{
	ldns_pkt *pkt = dns_response_new(query, 0);
	size_t i;

	for (i = 0; i < n; i++) {
		ldns_rr *rr;

		assert_int_equal(ldns_rr_new_frm_str(&rr, rrs[i], 300, NULL, NULL), LDNS_STATUS_OK);
		ldns_pkt_push_rr(pkt, LDNS_SECTION_ANSWER, rr);
	}
	return pkt;
}

static void test_reply_must_match(void **state)
{
	static const char *const rrs[] = { "www.server.com. A 192.0.2.80" };
	ldns_rdf *name = dns_name_new("www.server.com"), *other = dns_name_new("www.server.org");
	ldns_pkt *query = dns_query_new(77, name, DNS_TYPE_A, true, 0);
	ldns_pkt *foreign = dns_query_new(77, other, DNS_TYPE_A, true, 0);
	ldns_pkt *type = dns_query_new(77, name, DNS_TYPE_AAAA, true, 0);
	ldns_pkt *reply = answer_to(query, rrs, 1), *parsed;
	uint8_t *wire;
	size_t len;

	(void)state;
	assert_int_equal(dns_message_encode(reply, 512, &wire, &len), 0);
	assert_int_equal(dns_message_parse(wire, len, &parsed), 0);
	assert_true(dns_reply_matches(parsed, query));
	assert_false(dns_reply_matches(parsed, foreign));
	assert_false(dns_reply_matches(parsed, type));
	assert_false(dns_reply_matches(query, query));	/* a question is no answer */
	ldns_pkt_set_id(query, 78);
	assert_false(dns_reply_matches(parsed, query));
	ldns_pkt_free(parsed);
	assert_int_equal(dns_message_parse(wire, len - 1, &parsed), -EBADMSG);
	assert_int_equal(dns_message_parse(wire, 11, &parsed), -EBADMSG);
	free(wire);
	ldns_pkt_free(reply);
	ldns_pkt_free(query);
	ldns_pkt_free(foreign);
	ldns_pkt_free(type);
	ldns_rdf_deep_free(name);
	ldns_rdf_deep_free(other);
}

static void test_truncation(void **state)
{
	char big[40][80];
	const char *rrs[40];
	ldns_rdf *name = dns_name_new("www.server.com");
	ldns_pkt *query = dns_query_new(1, name, DNS_TYPE_A, true, 0), *reply, *parsed;
	uint8_t *wire;
	size_t len, i;

	(void)state;
	for (i = 0; i < 40; i++) {
		snprintf(big[i], sizeof(big[i]), "www.server.com. A 192.0.2.%zu", i);
		rrs[i] = big[i];
	}
	reply = answer_to(query, rrs, 40);
	assert_int_equal(dns_message_encode(reply, 512, &wire, &len), 0);
	assert_int_equal(dns_message_parse(wire, len, &parsed), 0);
	assert_true(ldns_pkt_tc(parsed));
	assert_int_equal(ldns_pkt_ancount(parsed), 0);
	assert_int_equal(len, 32);
	free(wire);
	ldns_pkt_free(parsed);
	ldns_pkt_free(reply);

	/* the additional section may go without TC */
	reply = answer_to(query, rrs, 10);
	for (i = 10; i < 40; i++) {
		ldns_rr *rr;

		ldns_rr_new_frm_str(&rr, rrs[i], 300, NULL, NULL);
		ldns_pkt_push_rr(reply, LDNS_SECTION_ADDITIONAL, rr);
	}
	assert_int_equal(dns_message_encode(reply, 512, &wire, &len), 0);
	assert_int_equal(dns_message_parse(wire, len, &parsed), 0);
	assert_false(ldns_pkt_tc(parsed));
	assert_int_equal(ldns_pkt_ancount(parsed), 10);
	assert_int_equal(ldns_pkt_arcount(parsed), 0);
	free(wire);
	ldns_pkt_free(parsed);
	ldns_pkt_free(reply);
	ldns_pkt_free(query);
	ldns_rdf_deep_free(name);
}

static void test_formerr(void **state)
{
	uint8_t query[12] = { 0xab, 0xcd, 0x01, 0, 0, 9 }, out[12];

	(void)state;
	assert_true(dns_formerr(query, sizeof(query), out));
	assert_int_equal(out[0] << 8 | out[1], 0xabcd);
	assert_int_equal(out[2], 0x81);
	assert_int_equal(out[3], 1);
	assert_false(dns_formerr(query, 11, out));
	query[2] = 0x80;
	assert_false(dns_formerr(query, sizeof(query), out));
}

static void test_rr_text(void **state)
{
	struct text t = { 0 };
	ldns_rr *rr;

	(void)state;
	assert_int_equal(ldns_rr_new_frm_str(&rr, "www.server.com. 300 IN A 192.0.2.80", 0, NULL,
					     NULL),
			 LDNS_STATUS_OK);
	dns_rr_text(&t, rr);
	assert_string_equal(t.s, "www.server.com. A 192.0.2.80 (TTL 300)");
	text_free(&t);
	ldns_rr_free(rr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_query_bytes),
		cmocka_unit_test(test_reply_must_match),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_formerr),
		cmocka_unit_test(test_rr_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
