/* SPDX-License-Identifier: MIT */
#include "app/dns/dns_zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char com_zone[] =
	"$ORIGIN com.\n"
	"$TTL 172800\n"
	"@ SOA a.gtld.example. nstld.example. 1 1800 900 604800 900\n"
	"@ NS a.gtld.example.\n"
	"server NS ns1.server\n"
	"       NS ns2.server\n"
	"ns1.server A 192.0.2.53\n"
	"ns2.server A 192.0.2.54\n"
	"other NS ns.elsewhere.net.\n";

static const char server_zone[] =
	"$ORIGIN server.com.\n"
	"$TTL 300\n"
	"@	3600 IN SOA ns1 hostmaster (\n"
	"		2024010101 7200 3600\n"
	"		1209600 60 )\n"
	"@	NS ns1\n"
	"@	MX 10 mail\n"
	"ns1	A 192.0.2.53\n"
	"www	A 192.0.2.80\n"
	"mail	A 192.0.2.25\n"
	"web	CNAME www\n"
	"far	CNAME www.example.org.\n"
	"gone	CNAME nothing.here\n"
	"loop1	CNAME loop2\n"
	"loop2	CNAME loop1\n"
	"deep.empty A 192.0.2.9\n"
	"*.wild	A 192.0.2.7\n"
	"*.wild	TXT \"any name\"\n"
	"a.wild	TXT \"this one\"\n"
	"sub	NS ns.sub\n"
	"ns.sub	A 192.0.2.99\n";

struct fixture {
	struct dns_zone *zones[2];
};

static struct dns_zone *zone_of(const char *text)
{
	struct dns_zone_source src = { .text = text, .len = strlen(text), .file = "test" };
	struct dns_zone *zone;
	char err[256];

	if (dns_zone_parse(&src, &zone, err, sizeof(err)))
		fail_msg("%s", err);
	return zone;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->zones[0] = zone_of(com_zone);
	f->zones[1] = zone_of(server_zone);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	dns_zone_free(f->zones[0]);
	dns_zone_free(f->zones[1]);
	free(f);
	return 0;
}

/* Asks and gives back the parsed response; the journey's line is compared when wanted. */
static ldns_pkt *ask(struct fixture *f, const char *name, uint16_t type, enum dns_answer_kind want,
		     const char *story)
{
	ldns_rdf *n = dns_name_new(name);
	ldns_pkt *query = dns_query_new(4321, n, type, true, 0), *reply;
	struct text line = { 0 };
	uint8_t *wire, *answer;
	size_t len, alen;

	assert_int_equal(dns_message_encode(query, 512, &wire, &len), 0);
	assert_int_equal(dns_zones_answer(f->zones, 2, wire, len, 0, &answer, &alen, &line), want);
	assert_non_null(answer);
	assert_int_equal(dns_message_parse(answer, alen, &reply), 0);
	assert_true(dns_reply_matches(reply, query));
	assert_true(ldns_pkt_rd(reply));
	assert_false(ldns_pkt_ra(reply));
	if (story)
		assert_string_equal(line.s, story);
	text_free(&line);
	free(wire);
	free(answer);
	ldns_pkt_free(query);
	ldns_rdf_deep_free(n);
	return reply;
}

static void check_counts(const ldns_pkt *p, unsigned an, unsigned ns, unsigned ar)
{
	assert_int_equal(ldns_pkt_ancount(p), an);
	assert_int_equal(ldns_pkt_nscount(p), ns);
	assert_int_equal(ldns_pkt_arcount(p), ar);
}

static void test_answer(void **state)
{
	ldns_pkt *p = ask(*state, "WWW.server.com", DNS_TYPE_A, DNS_ANSWER_RECORDS,
			  "WWW.server.com. A 192.0.2.80 (TTL 300)");

	assert_true(ldns_pkt_aa(p));
	check_counts(p, 1, 0, 0);
	ldns_pkt_free(p);
	p = ask(*state, "server.com", DNS_TYPE_MX, DNS_ANSWER_RECORDS, NULL);
	check_counts(p, 1, 0, 1);	/* the mail host's address comes along */
	ldns_pkt_free(p);
	p = ask(*state, "server.com", DNS_TYPE_ANY, DNS_ANSWER_RECORDS, NULL);
	check_counts(p, 1, 0, 0);	/* RFC 8482 */
	ldns_pkt_free(p);
}

static void test_referral(void **state)
{
	struct fixture *f = *state, com_only = { { f->zones[0], f->zones[0] } };
	ldns_pkt *p =
		ask(&com_only, "www.server.com", DNS_TYPE_A, DNS_ANSWER_REFERRAL,
		    "\"ask server.com.'s servers\": server.com. NS ns1.server.com. (TTL 172800)"
		    " and 1 more");

	assert_false(ldns_pkt_aa(p));
	assert_int_equal(ldns_pkt_get_rcode(p), 0);
	check_counts(p, 0, 2, 2);
	ldns_pkt_free(p);
	/* the NS records of the cut itself are not the parent's to answer */
	p = ask(&com_only, "server.com", DNS_TYPE_NS, DNS_ANSWER_REFERRAL, NULL);
	check_counts(p, 0, 2, 2);
	ldns_pkt_free(p);
	/* glue is below the cut, too */
	p = ask(&com_only, "ns1.server.com", DNS_TYPE_A, DNS_ANSWER_REFERRAL, NULL);
	check_counts(p, 0, 2, 2);
	ldns_pkt_free(p);
	p = ask(&com_only, "x.other.com", DNS_TYPE_A, DNS_ANSWER_REFERRAL, NULL);
	check_counts(p, 0, 1, 0);
	ldns_pkt_free(p);
	p = ask(f, "a.b.sub.server.com", DNS_TYPE_A, DNS_ANSWER_REFERRAL, NULL);
	check_counts(p, 0, 1, 1);
	ldns_pkt_free(p);
	/* except DS, which is the parent's */
	p = ask(f, "sub.server.com", DNS_TYPE_DS, DNS_ANSWER_NODATA, NULL);
	assert_true(ldns_pkt_aa(p));
	ldns_pkt_free(p);
}

static void test_negative(void **state)
{
	ldns_pkt *p = ask(*state, "nosuch.server.com", DNS_TYPE_A, DNS_ANSWER_NXDOMAIN,
			  "nosuch.server.com. does not exist (NXDOMAIN)");

	assert_int_equal(ldns_pkt_get_rcode(p), DNS_RCODE_NXDOMAIN);
	assert_true(ldns_pkt_aa(p));
	check_counts(p, 0, 1, 0);
	assert_int_equal(ldns_rr_ttl(ldns_rr_list_rr(ldns_pkt_authority(p), 0)), 60);
	ldns_pkt_free(p);
	p = ask(*state, "www.server.com", DNS_TYPE_AAAA, DNS_ANSWER_NODATA,
		"www.server.com. has no AAAA record");
	assert_int_equal(ldns_pkt_get_rcode(p), 0);
	check_counts(p, 0, 1, 0);
	ldns_pkt_free(p);
	/* an empty non-terminal exists (RFC 4592 2.2.2) */
	p = ask(*state, "empty.server.com", DNS_TYPE_A, DNS_ANSWER_NODATA, NULL);
	assert_int_equal(ldns_pkt_get_rcode(p), 0);
	ldns_pkt_free(p);
	p = ask(*state, "www.example.org", DNS_TYPE_A, DNS_ANSWER_REFUSED, NULL);
	assert_int_equal(ldns_pkt_get_rcode(p), DNS_RCODE_REFUSED);
	assert_false(ldns_pkt_aa(p));
	ldns_pkt_free(p);
}

static void test_cname(void **state)
{
	ldns_pkt *p = ask(*state, "web.server.com", DNS_TYPE_A, DNS_ANSWER_RECORDS,
			  "web.server.com. CNAME www.server.com. (TTL 300); "
			  "www.server.com. A 192.0.2.80 (TTL 300)");

	check_counts(p, 2, 0, 0);
	ldns_pkt_free(p);
	p = ask(*state, "web.server.com", DNS_TYPE_CNAME, DNS_ANSWER_RECORDS, NULL);
	check_counts(p, 1, 0, 0);
	ldns_pkt_free(p);
	p = ask(*state, "far.server.com", DNS_TYPE_A, DNS_ANSWER_RECORDS, NULL);
	check_counts(p, 1, 0, 0);	/* the rest is another server's */
	ldns_pkt_free(p);
	p = ask(*state, "gone.server.com", DNS_TYPE_A, DNS_ANSWER_NXDOMAIN, NULL);
	check_counts(p, 1, 1, 0);
	assert_int_equal(ldns_pkt_get_rcode(p), DNS_RCODE_NXDOMAIN);
	ldns_pkt_free(p);
	p = ask(*state, "loop1.server.com", DNS_TYPE_A, DNS_ANSWER_RECORDS, NULL);
	assert_in_range(ldns_pkt_ancount(p), 2, 9); /* it ends */
	ldns_pkt_free(p);
}

static void test_wildcard(void **state)
{
	ldns_pkt *p = ask(*state, "x.y.wild.server.com", DNS_TYPE_A, DNS_ANSWER_RECORDS,
			  "x.y.wild.server.com. A 192.0.2.7 (TTL 300)");

	ldns_pkt_free(p);
	p = ask(*state, "x.wild.server.com", DNS_TYPE_AAAA, DNS_ANSWER_NODATA, NULL);
	ldns_pkt_free(p);
	/* a name that exists is not made up from the wildcard (RFC 1034 4.3.3) */
	p = ask(*state, "a.wild.server.com", DNS_TYPE_A, DNS_ANSWER_NODATA, NULL);
	ldns_pkt_free(p);
	p = ask(*state, "b.a.wild.server.com", DNS_TYPE_A, DNS_ANSWER_NXDOMAIN, NULL);
	ldns_pkt_free(p);
	p = ask(*state, "*.wild.server.com", DNS_TYPE_A, DNS_ANSWER_RECORDS, NULL);
	ldns_pkt_free(p);
}

/* Queries that no resolver sends. */
static void test_odd_queries(void **state)
{
	struct fixture *f = *state;
	ldns_rdf *n = dns_name_new("www.server.com");
	ldns_pkt *query = dns_query_new(9, n, DNS_TYPE_A, false, 4096), *reply;
	uint8_t *wire, *answer;
	size_t len, alen;

	ldns_pkt_set_edns_version(query, 1);
	assert_int_equal(dns_message_encode(query, 512, &wire, &len), 0);
	assert_int_equal(dns_zones_answer(f->zones, 2, wire, len, 0, &answer, &alen, NULL),
			 DNS_ANSWER_MALFORMED);
	assert_int_equal(dns_message_parse(answer, alen, &reply), 0);
	assert_int_equal(ldns_pkt_edns_extended_rcode(reply), 1); /* BADVERS = 1 << 4 */
	ldns_pkt_free(reply);
	free(answer);
	wire[2] |= 0x80; /* a response */
	assert_int_equal(dns_zones_answer(f->zones, 2, wire, len, 0, &answer, &alen, NULL),
			 DNS_ANSWER_NONE);
	assert_null(answer);
	wire[2] = 0x28; /* opcode UPDATE */
	dns_zones_answer(f->zones, 2, wire, len, 0, &answer, &alen, NULL);
	assert_int_equal(answer[3] & 0xf, DNS_RCODE_NOTIMP);
	free(answer);
	wire[2] = 0;
	wire[5] = 0xff; /* 255 questions, cut short */
	assert_int_equal(dns_zones_answer(f->zones, 2, wire, len, 0, &answer, &alen, NULL),
			 DNS_ANSWER_MALFORMED);
	assert_int_equal(answer[3], DNS_RCODE_FORMERR);
	assert_int_equal(alen, 12);
	free(answer);
	free(wire);
	ldns_pkt_free(query);
	ldns_rdf_deep_free(n);
}

static void test_truncated(void **state)
{
	struct text zone = { 0 };
	struct fixture f;
	ldns_pkt *p;
	int i;

	(void)state;
	text_adds(&zone, "a.com. SOA ns.a.com. r.a.com. 1 2 3 4 5\na.com. NS ns.a.com.\n");
	for (i = 0; i < 60; i++)
		text_addf(&zone, "big.a.com. A 10.0.0.%d\n", i);
	f.zones[0] = f.zones[1] = zone_of(zone.s);
	p = ask(&f, "big.a.com", DNS_TYPE_A, DNS_ANSWER_RECORDS, NULL);
	assert_true(ldns_pkt_tc(p));
	check_counts(p, 0, 0, 0);
	ldns_pkt_free(p);
	dns_zone_free(f.zones[0]);
	text_free(&zone);
}

static void check_error(const char *text, const char *want)
{
	struct dns_zone_source src = { .text = text, .len = strlen(text), .file = "z" };
	char err[300] = "";

	assert_true(dns_zone_check(&src, err, sizeof(err)) < 0);
	assert_string_equal(err, want);
}

#define SOA "a.com. SOA ns.a.com. r.a.com. 1 2 3 4 5\n"

static void test_errors(void **state)
{
	(void)state;
	check_error("", "z: no records; a zone starts with its SOA record");
	check_error("; nothing\n\na.com. NS x.\n",
		    "z:3: a.com.: a zone starts with its SOA record");
	check_error(SOA "ns.a.com. A 1.2.3.4\n", "z: no NS record at the zone's own name");
	check_error(SOA "\n; x\na.com. NS ns.a.com.\nw.a.com. A 1.2.3.456\n",
		    "z:5: the type is unknown, or the data does not fit it");
	check_error(
		SOA "b.com. A 1.2.3.4\n",
		"z:2: b.com. is not inside the zone (a dot missing, or one too many, at the end?)");
	check_error(SOA SOA, "z:2: a.com.: a zone has one SOA record, this is one more");
	check_error(SOA "a.com. NS ns.a.com.\nw.a.com. CNAME x.\nw.a.com. A 1.2.3.4\n",
		    "z: w.a.com. has a CNAME, so it can have no other record");
	check_error(SOA "\n\n\n$INCLUDE more\n", "z:5: $INCLUDE is not supported");
	check_error("a.com. (\nSOA ns.a.com. r.a.com. 1 2 3\n4 5 )\n\nfoo\n",
		    "z:5: expected a record: name, TTL, class, type, data");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_referral, setup, teardown),
		cmocka_unit_test_setup_teardown(test_negative, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cname, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wildcard, setup, teardown),
		cmocka_unit_test_setup_teardown(test_odd_queries, setup, teardown),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
