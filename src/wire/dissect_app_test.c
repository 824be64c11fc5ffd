/* SPDX-License-Identifier: MIT */
/* What is known by its port, and spanning tree and IGMP, as lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/bpdu.h"
#include "wire/dissect.h"
#include "wire/inet_addr.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#define BYTES(s) s, sizeof(s) - 1
#define HEAD "\x12\x34\x81\x80\0\1"	/* id 4660, a response, one question */
#define ASKED "\0\0\0\0\1a\1b\0\0\1\0\1"	/* no authority, nothing else; "A? a.b." */

static char line[DISSECT_LINE_MAX];
static size_t cut;		/* so many bytes were not captured */

/* The line of an IPv4 packet with this behind its header, from the address on. */
static const char *packet(u8 protocol, const void *hdr, size_t hdr_len, const void *p, size_t len,
			  unsigned flags)
{
	struct ipv4_view ip = {
		.hlen = IPV4_HLEN, .tot_len = (u16)(IPV4_HLEN + hdr_len + len), .ttl = 64,
		.protocol = protocol, .saddr = INET_ADDR4(10, 0, 0, 1),
		.daddr = INET_ADDR4(10, 0, 0, 2),
	};
	struct strbuf sb;
	u8 buf[2000];
	size_t n = ipv4_build(buf, &ip);

	assert_true(n + hdr_len + len <= sizeof(buf));
	memcpy(buf + n, hdr, hdr_len);
	memcpy(buf + n + hdr_len, p, len);
	sb_init(&sb, line, sizeof(line));
	dissect_packet(&sb, ETH_P_IP, buf, n + hdr_len + len - cut, flags);
	assert_false(sb_truncated(&sb));
	return strstr(line, "10.0.0.2") + sizeof("10.0.0.2") - 1;
}

static const char *udp(u16 port, const void *p, size_t len, unsigned flags)
{
	struct udp_view u = { .sport = 4000, .dport = port, .len = (u32)(UDP_HLEN + len) };
	u8 hdr[UDP_HLEN];

	return packet(IP_PROTO_UDP, hdr, udp_build(hdr, &u), p, len, flags);
}

static const char *tcp(u16 port, const void *p, size_t len)
{
	struct tcp_view t = { .sport = 4000, .dport = port, .hlen = TCP_HLEN, .flags = TCPHDR_ACK };
	const char *said;
	u8 hdr[TCP_HLEN];

	said = packet(IP_PROTO_TCP, hdr, tcp_build(hdr, &t), p, len, 0);
	return strstr(said, ", length ") + 2;
}

static void dns_questions(void **state)
{
	(void)state;
	assert_string_equal(udp(53, BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\3www\1x\0\0\1\0\1"), 0),
			    ".53: 1+ A? www.x. (23)");
	assert_string_equal(udp(53, BYTES("\0\2\0\x10\0\2\0\0\0\0\0\1\0\0\2\0\1\1\x81\0\1\1\0\3"),
				0), ".53: 2% [2q] [1au] NS? . Type257 CHAOS? M-^A. (24)");
	assert_string_equal(udp(53, BYTES("\0\3\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"), 0),
			    ".53: 3+ A? <BAD PTR> [|domain]");
	assert_string_equal(udp(53, BYTES("\0\4\1\0\0\1\0\0\0\0\0\0\5ab"), 0), ".53: 4+ [|domain]");
	assert_string_equal(udp(53, BYTES("\0\5\1"), 0), ".53: domain [length 3 < 12] (invalid)");
	assert_string_equal(udp(53, BYTES("\0\5\1"), DISSECT_QUIET), ".53: UDP, length 3");
	assert_string_equal(udp(54, BYTES("\0\5\1"), 0), ".54: UDP, length 3");
}

static void dns_answers(void **state)
{
	(void)state;
	assert_string_equal(udp(53, BYTES(HEAD "\0\2" ASKED
					  "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1c\xc0\x0e"
					  "\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4\xc0\0\2\x50"), 0),
			    ".53: 4660 2/0/0 CNAME c.b., A 192.0.2.80 (53)");
	assert_non_null(strstr(udp(53, BYTES(HEAD "\0\1" ASKED
					     "\xc0\x0c\0\1\0\1\0\0\x0e\x4c\0\4\xc0\0\2\x50"),
				   DISSECT_IP), ": 4660 1/0/0 a.b. [1h1m] A 192.0.2.80 (37)"));
	assert_string_equal(udp(53, BYTES("\x12\x34\x85\x83\0\1\0\0" ASKED), 0),
			    ".53: 4660 NXDomain* 0/0/0 (21)");
	assert_string_equal(udp(53, BYTES(HEAD "\0\1" ASKED
					  "\xc0\x0c\0\x10\0\1\0\0\0\0\0\4\3a\"c"), 0),
			    ".53: 4660 1/0/0 TXT \"a\"c\" (37)");
	/* Cut within the record, and a name that points at itself. */
	assert_string_equal(udp(53, BYTES(HEAD "\0\1" ASKED "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1"), 0),
			    ".53: 4660 1/0/0 A [|domain]");
	assert_string_equal(udp(53, BYTES(HEAD "\0\1" ASKED "\xc0\x0c\0\5\0\1\0\0\0\0\0\2\xc0\x21"),
				0), ".53: 4660 1/0/0 CNAME <BAD PTR> [|domain]");
	assert_string_equal(tcp(53, BYTES("\0\x17\0\1\1\0\0\1\0\0\0\0\0\0\3www\1x\0\0\1\0\1")),
			    "length 25 1+ A? www.x. (23)");
	assert_string_equal(tcp(53, BYTES("\0\x18\0")),
			    "length 3 [prefix length(24) != length(1)] (invalid)");
}

/* What was not captured is missing, and not wrong. */
static void dns_cut_by_a_capture(void **state)
{
	(void)state;
	cut = 4;
	assert_string_equal(tcp(53, BYTES("\0\x17\0\1\1\0\0\1\0\0\0\0\0\0\3www\1x\0\0\1\0\1")),
			    "length 25 1+ [|domain], 4 bytes missing");
	cut = 20;
	assert_string_equal(tcp(53, BYTES("\0\x17\0\1\1\0\0\1\0\0\0\0\0\0\3www\1x\0\0\1\0\1")),
			    "length 25 [|domain], 20 bytes missing");
	cut = 12;
	assert_string_equal(udp(53, BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\3www\1x\0\0\1\0\1"), 0),
			    ".53: [|domain], 12 bytes missing");
	cut = 0;
	assert_string_equal(udp(53, BYTES("\0\1\x70\0\0\0\0\0\0\0\0\0"), 0),
			    ".53: 1 op14 [0q] (12)");
}

/* Many records that point at one long name: the line ends before it is too long. */
static void dns_lines_are_bounded(void **state)
{
	u8 msg[1400] = { 0x12, 0x34, 0x81, 0x80, 0, 0, 0, 100 };
	size_t at = 12;

	(void)state;
	memcpy(msg + at, "\0\0\2\0\1\0\0\0\0\0\x40\x3f", 12);
	memset(msg + at + 12, 'n', 63);
	at += 11 + 64;
	for (unsigned i = 1; i < 100; i++, at += 13)
		memcpy(msg + at, "\0\0\2\0\1\0\0\0\0\0\2\xc0\x17", 13);
	assert_non_null(strstr(udp(53, msg, at, 0), " ..."));
	assert_in_range(strlen(line), 2000, 2400);
}

static void http_lines(void **state)
{
	static const struct { const char *text, *told; } cases[] = {
		{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "length 27: HTTP: GET / HTTP/1.1" },
		{ "HTTP/1.1 404 Not Found\r\n", "length 24: HTTP: HTTP/1.1 404 Not Found" },
		{ "<html>more of it\n", "length 17: HTTP" },
		{ "re\n100 more\n", "length 12: HTTP" },
		{ "GET /no/end", "length 11: HTTP: GET /no/end [|http]" },
		{ "GET /\1 HTTP/1.1\r\n", "length 17: HTTP" },
		{ "", "length 0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(tcp(80, cases[i].text, strlen(cases[i].text)), cases[i].told);
	assert_string_equal(tcp(81, BYTES("GET / HTTP/1.1\r\n")), "length 16");
}

static void dhcp_lines(void **state)
{
	u8 msg[300] = { 1, 1, 6, [28] = 2, [33] = 0x42 };

	(void)state;
	assert_string_equal(udp(67, msg, sizeof(msg), 0),
			    ".67: BOOTP/DHCP, Request from 02:00:00:00:00:42, length 300");
	assert_string_equal(udp(67, msg, 33, 0), ".67: BOOTP/DHCP, Request [|bootp]");
	msg[0] = 2;
	assert_string_equal(udp(68, msg, sizeof(msg), 0), ".68: BOOTP/DHCP, Reply, length 300");
}

static void igmp_lines(void **state)
{
	static const struct { const char *bytes; size_t len; const char *told; } cases[] = {
		{ BYTES("\x11\x64\0\0\0\0\0\0"), ": igmp query v2" },
		{ BYTES("\x11\x14\0\0\xe0\0\0\xfb\2\x7d\0\1\1\2\3\4"),
		  ": igmp query v3 [max resp time 2.0s] [gaddr 224.0.0.251, 1 source(s)]" },
		{ BYTES("\x11\xff\0\0\0\0\0\0\2\x7d\0\0"),
		  ": igmp query v3 [max resp time 52m54s]" },
		{ BYTES("\x22\0\0\0\0\0\0\2"), ": igmp v3 report, 2 group record(s)" },
		{ BYTES("\x16\0\0\0\xe0\0\0\xfb"), ": igmp v2 report 224.0.0.251" },
		{ BYTES("\x17\0\0\0\xe0\0\0\xfb"), ": igmp leave 224.0.0.251" },
		{ BYTES("\x17\0\0\0\xe0\0\0"), ": [|igmp]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(packet(IP_PROTO_IGMP, cases[i].bytes, cases[i].len, "", 0, 0),
				    cases[i].told);
}

static void spanning_tree_lines(void **state)
{
	struct bpdu_view b = {
		.type = BPDU_RST, .version = 2, .flags = BPDU_PROPOSAL | BPDU_FORWARDING,
		.v = { .bridge = 0x8000020000000001ull, .port = 0x8002 },
	};
	u8 buf[64] = { 0 };
	struct strbuf sb;
	size_t len = bpdu_build(buf, &b);

	(void)state;
	sb_init(&sb, line, sizeof(line));
	dissect_packet(&sb, (u16)len, buf, sizeof(buf), 0);
	assert_string_equal(line, "STP 802.1w, Rapid STP, Flags [Proposal, Forward], bridge-id "
			    "8000.02:00:00:00:00:01.8002, length 36");
	b = (struct bpdu_view){ .type = BPDU_TCN };
	len = bpdu_build(buf, &b);
	sb_init(&sb, line, sizeof(line));
	dissect_packet(&sb, (u16)len, buf, sizeof(buf), 0);
	assert_string_equal(line, "STP 802.1d, Topology Change");
	sb_init(&sb, line, sizeof(line));
	dissect_packet(&sb, (u16)len, buf, 5, 0);
	assert_string_equal(line, "STP (invalid)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dns_questions),
		cmocka_unit_test(dns_answers),
		cmocka_unit_test(dns_cut_by_a_capture),
		cmocka_unit_test(dns_lines_are_bounded),
		cmocka_unit_test(http_lines),
		cmocka_unit_test(dhcp_lines),
		cmocka_unit_test(igmp_lines),
		cmocka_unit_test(spanning_tree_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
