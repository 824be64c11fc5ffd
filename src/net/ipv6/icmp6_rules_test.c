/* SPDX-License-Identifier: MIT */
/* When an error of ICMPv6 is sent, and when never (RFC 4443 2.4 e), one packet for each rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/ipv6/ip6_testbed.h"

#define UNKNOWN 254		/* a next header that nobody has */
#define OPTIONS(action) { UNKNOWN, 0, (action) << 6 | 0x1e, 4, 0, 0, 0, 0 }

static struct testbed tb;
static struct net *us;

struct rule {
	const char *name, *from, *to;
	u8 nexthdr, ext[8];	/* what follows the header; a destination header names ext[0] */
	u8 type;		/* of the ICMPv6 message behind, when ext[0] is that */
	bool answered;
};

static const struct rule rules[] = {
	{ "a packet for us", "fe80::9", "fe80::1", UNKNOWN, { 0 }, 0, true },
	{ "e.3: to a group", "fe80::9", "ff02::1", UNKNOWN, { 0 }, 0, false },
	{ "e.6: of nobody", "::", "fe80::1", UNKNOWN, { 0 }, 0, false },
	{ "e.6: of a group", "ff02::9", "fe80::1", UNKNOWN, { 0 }, 0, false },
	{ "an option that asks for it", "fe80::9", "fe80::1", NEXTHDR_DEST, OPTIONS(2), 0, true },
	{ "e.3: ... of a group too", "fe80::9", "ff02::1", NEXTHDR_DEST, OPTIONS(2), 0, true },
	{ "an option for one node", "fe80::9", "fe80::1", NEXTHDR_DEST, OPTIONS(3), 0, true },
	{ "... but of no group", "fe80::9", "ff02::1", NEXTHDR_DEST, OPTIONS(3), 0, false },
	{ "an option that says drop", "fe80::9", "fe80::1", NEXTHDR_DEST, OPTIONS(1), 0, false },
	{ "a question behind such an option", "fe80::9", "fe80::1", NEXTHDR_DEST,
	  { IP_PROTO_ICMPV6, 0, 0x9e, 4 }, ICMPV6_ECHO_REQUEST, true },
	{ "e.1: an error behind such an option", "fe80::9", "fe80::1", NEXTHDR_DEST,
	  { IP_PROTO_ICMPV6, 0, 0x9e, 4 }, ICMPV6_DEST_UNREACH, false },
	{ "e.1: an error that nobody knows", "fe80::9", "fe80::1", NEXTHDR_DEST,
	  { IP_PROTO_ICMPV6, 0, 0x9e, 4 }, 100, false },
	{ "e.2: a redirect behind such an option", "fe80::9", "fe80::1", NEXTHDR_DEST,
	  { IP_PROTO_ICMPV6, 0, 0x9e, 4 }, NDISC_REDIRECT, false },
};

static void inject(const struct rule *r)
{
	struct ipv6_view v = { .payload_len = 32, .nexthdr = r->nexthdr, .hop_limit = 64,
			       .saddr = tb_ip6(r->from), .daddr = tb_ip6(r->to) };
	u8 packet[IPV6_HLEN + 32] = { 0 };

	ipv6_build(packet, &v);
	memcpy(packet + IPV6_HLEN, r->ext, sizeof(r->ext));
	packet[IPV6_HLEN + 8] = r->type;
	tb_inject(tb_dev(us, "eth0"), packet, sizeof(packet));
}

static u64 errors(void)
{
	return us->mib[MIB_Icmp6OutParmProblems];
}

static void test_table(void **state)
{
	(void)state;
	tb.n = 0;
	us = tb_add(&tb, NULL);
	tb_link(us, "eth0", tb_add(&tb, NULL), "eth0");
	tb_addr(us, "eth0", "fe80::1/64");
	us->sysctl.icmpv6_time = 0;
	tb_run(&tb, 5 * NSEC_PER_SEC);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		u64 before = errors();

		inject(&rules[i]);
		tb_run(&tb, NSEC_PER_MSEC);
		if ((errors() - before == 1) != rules[i].answered)
			fail_msg("%s: %llu errors", rules[i].name,
				 (unsigned long long)(errors() - before));
	}
	tb_exit(&tb);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_table) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
