/* SPDX-License-Identifier: MIT */
/* What is told of groups, and to whom (mcast.c), in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv6/ip6_testbed.h"
#include "net/mc_testbed.h"
#include "wire/mld.h"

#define SEC NSEC_PER_SEC
#define RECORDS_MAX 128

/* What host 0 has said since the last look: frames as host 1's card got them. */
static struct heard {
	u32 frames;
	u8 type;		/* of the last one */
	struct ip6_addr from, to;
	u32 n;
	struct { u8 type; struct ip6_addr group; } record[RECORDS_MAX];
} heard;

static void hear_record(u8 type, const u8 *group)
{
	assert_true(heard.n < RECORDS_MAX);
	heard.record[heard.n].type = type;
	memcpy(&heard.record[heard.n++].group, group, 16);
}

/* A tap (ETH_P_ALL): whatever of MLD comes to host 1. */
static int listen_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	const u8 *p = skb_network_header(skb), *msg = p + IPV6_HLEN + 8;
	const struct ipv6hdr *h = (const void *)p;

	(void)dev;
	(void)pt;
	if (skb->pkt_type != PACKET_OUTGOING && h->nexthdr == NEXTHDR_HOP) {
		u32 len = be16_to_cpu(h->payload_len) - 8u;

		/* RFC 3810 5: a router alert, one hop, a right sum. */
		assert_int_equal(p[IPV6_HLEN], IP_PROTO_ICMPV6);
		assert_int_equal(p[IPV6_HLEN + 2], IPV6_TLV_ROUTERALERT);
		assert_int_equal(h->hop_limit, 1);
		assert_true(skb_headlen(skb) >= IPV6_HLEN + 8 + len);
		assert_int_equal(csum_ipv6_magic(&h->saddr, &h->daddr, len, IP_PROTO_ICMPV6,
						 csum_partial(msg, len, 0)), 0);
		heard.frames++;
		heard.type = msg[0];
		heard.from = h->saddr;
		heard.to = h->daddr;
		if (msg[0] == ICMPV6_MLD2_REPORT)
			for (u32 i = 0; i < get_be16(msg + 6); i++)
				hear_record(msg[8 + 20 * i], msg + 8 + 20 * i + 4);
		else
			hear_record(0, msg + ICMPV6_HLEN);
	}
	kfree_skb_reason(skb, SKB_CONSUMED);
	return 0;
}

static void quiet(void)
{
	heard = (struct heard){ .frames = 0 };
}

/* Two hosts, whose first reports are over. Returns host 0; host 1 listens. */
static struct net *begin(void)
{
	struct net *a = mc_two(listen_rcv);

	quiet();
	tb_dev(a, "eth0")->ip6_ptr->cnf.router_solicitations = 0;
	tb_run(&tb, 10 * SEC);
	return a;
}

static u32 told(u8 type, const char *group)
{
	struct ip6_addr g = tb_ip6(group);
	u32 n = 0;

	for (u32 i = 0; i < heard.n; i++)
		n += heard.record[i].type == type && ipv6_addr_equal(&heard.record[i].group, &g);
	return n;
}

static void join(struct net *net, const char *group, bool on)
{
	struct ip6_addr g = tb_ip6(group);

	assert_int_equal(on ? ipv6_dev_mc_inc(tb_dev(net, "eth0"), &g) :
			      ipv6_dev_mc_dec(tb_dev(net, "eth0"), &g), 0);
}

/* A query by a router of the link, in one of the versions; "::" asks for all. alert: what the
 * router alert says is in it, 0 for MLD; -1: there is none. */
static void ask_with(struct net *net, u8 version, const char *group, u16 delay, int alert)
{
	u32 len = version == 1 ? MLD_LEN : MLD2_QUERY_LEN, hbh = alert < 0 ? 0 : 8;
	struct ipv6_view v = { .nexthdr = hbh ? NEXTHDR_HOP : IP_PROTO_ICMPV6, .hop_limit = 1,
			       .payload_len = (u16)(hbh + len), .saddr = tb_ip6("fe80::99"),
			       .daddr = IN6ADDR_LINKLOCAL_ALLNODES };
	const u8 options[8] = { IP_PROTO_ICMPV6, 0, IPV6_TLV_ROUTERALERT, 2, 0, (u8)alert,
				IPV6_TLV_PADN, 0 };
	struct sk_buff *skb = alloc_skb(net, 128);
	struct ip6_addr g = tb_ip6(group);
	u8 *p = skb_put(skb, IPV6_HLEN + hbh + len), *msg = p + IPV6_HLEN + hbh;

	memset(p, 0, IPV6_HLEN + hbh + len);
	ipv6_build(p, &v);
	memcpy(p + IPV6_HLEN, options, hbh);
	mld_build(msg, ICMPV6_MGM_QUERY, &g);
	put_be16(msg + 4, delay);
	((struct icmp6hdr *)(void *)msg)->icmp6_cksum =
		csum_ipv6_magic(&v.saddr, &v.daddr, len, IP_PROTO_ICMPV6,
				csum_partial(msg, len, 0));
	skb->dev = tb_dev(net, "eth0");
	skb->protocol = CONST_BE16(ETH_P_IPV6);
	skb->pkt_type = PACKET_MULTICAST;
	skb->mac_header = (u16)skb_headroom(skb);
	skb_reset_network_header(skb);
	netif_receive_skb(skb);
}

static void ask(struct net *net, u8 version, const char *group, u16 delay)
{
	ask_with(net, version, group, delay, 0);
}

/* RFC 3810 6.1, RFC 3590: twice, and from the link-local address once there is one. */
static void joining_and_leaving_is_told(void **state)
{
	struct net *a;

	(void)state;
	a = begin();
	quiet();
	join(a, "ff05::1234", true);
	join(a, "ff05::1235", true);
	tb_run(&tb, 10 * NSEC_PER_MSEC);
	assert_int_equal(heard.frames, 1);	/* together */
	assert_int_equal(told(MC_CHANGE_TO_EXCLUDE, "ff05::1234"), 1);
	assert_int_equal(told(MC_CHANGE_TO_EXCLUDE, "ff05::1235"), 1);
	assert_true(ipv6_addr_is_linklocal(&heard.from));
	assert_int_equal(heard.to.s6_addr[15], 0x16);
	tb_run(&tb, 5 * SEC);
	assert_int_equal(told(MC_CHANGE_TO_EXCLUDE, "ff05::1234"), 2);
	assert_int_equal(heard.frames, 2);
	/* Who is in it twice has to leave twice. */
	join(a, "ff05::1234", true);
	join(a, "ff05::1234", false);
	tb_run(&tb, 5 * SEC);
	assert_int_equal(heard.frames, 2);
	join(a, "ff05::1234", false);
	tb_run(&tb, 5 * SEC);
	assert_int_equal(told(MC_CHANGE_TO_INCLUDE, "ff05::1234"), 2);
	assert_int_equal(a->mib[MIB_Icmp6OutMLDv2Reports] > 0, 1);
	/* What does not leave the machine is nobody's business. */
	quiet();
	join(a, "ff01::77", true);
	tb_run(&tb, 5 * SEC);
	assert_int_equal(heard.frames, 0);
	join(a, "ff01::77", false);
	mc_end();
}

/* Switches have to know before duplicate address detection may be heard. */
static void the_groups_of_addresses_are_told(void **state)
{
	struct ip6_addr group;
	char text[IP6_STR_MAX];
	struct net *a;

	(void)state;
	a = begin();
	group = ipv6_linklocal_eui64(tb_dev(a, "eth0")->dev_addr);
	group = addrconf_addr_solict_mult(&group);
	assert_true(told(MC_CHANGE_TO_EXCLUDE, ip6_addr_str(&group, text)) >= 2);
	assert_int_equal(told(MC_CHANGE_TO_EXCLUDE, "ff02::1"), 0);
	mc_end();
}

/* RFC 3810 6.2: to be ignored, as Linux does; else any host beyond a router that looks into
 * nothing else could ask. */
static void queries_without_a_router_alert_are_none(void **state)
{
	u64 before;
	struct net *a;

	(void)state;
	a = begin();
	before = a->drops[SKB_DROP_REASON_ICMP_INVALID];
	quiet();
	ask_with(a, 2, "::", 100, -1);
	ask_with(a, 2, "::", 100, 1);		/* RFC 2711 2.1: RSVP's */
	ask_with(a, 1, "::", 100, -1);
	tb_run(&tb, SEC);
	assert_int_equal(heard.frames, 0);
	assert_int_equal(a->drops[SKB_DROP_REASON_ICMP_INVALID], before + 3);
	mc_end();
}

static void queries_are_answered(void **state)
{
	struct net *a;

	(void)state;
	a = begin();
	join(a, "ff05::1234", true);
	tb_run(&tb, 5 * SEC);
	quiet();
	ask(a, 2, "::", 2000);
	tb_run(&tb, 2 * SEC);
	assert_int_equal(heard.frames, 1);
	assert_int_equal(told(MC_MODE_IS_EXCLUDE, "ff05::1234"), 1);
	assert_true(heard.n >= 2);		/* and its addresses' groups */
	quiet();
	ask(a, 2, "ff05::1234", 1000);
	ask(a, 2, "ff05::4321", 1000);
	tb_run(&tb, SEC);
	assert_int_equal(heard.frames, 1);
	assert_int_equal(heard.n, 1);
	/* An exponent: 0x8fff means 65528 ms. */
	quiet();
	for (int i = 0; i < 20; i++) {
		ask(a, 2, "::", 0x8fff);
		tb_run(&tb, 66 * SEC);
	}
	assert_int_equal(heard.frames, 20);
	mc_end();
}

/* RFC 2710 4, RFC 3810 8.2 */
static void the_old_version_is_spoken_when_asked_in_it(void **state)
{
	struct net *a;

	(void)state;
	a = begin();
	join(a, "ff05::1234", true);
	tb_run(&tb, 5 * SEC);
	quiet();
	ask(a, 1, "::", 1000);
	tb_run(&tb, SEC);
	assert_int_equal(told(0, "ff05::1234"), 1);
	assert_int_equal(heard.type, ICMPV6_MGM_REPORT);
	quiet();
	join(a, "ff05::1234", false);
	tb_run(&tb, SEC);
	assert_int_equal(heard.type, ICMPV6_MGM_REDUCTION);
	assert_int_equal(heard.to.s6_addr[15], 2);
	quiet();
	join(a, "ff05::9", true);
	tb_run(&tb, 11 * SEC);
	assert_int_equal(told(0, "ff05::9"), 2);
	assert_memory_equal(&heard.to, &heard.record[heard.n - 1].group, 16);
	/* After two intervals without such a query it is forgotten. */
	tb_run(&tb, 260 * SEC);
	quiet();
	join(a, "ff05::10", true);
	tb_run(&tb, 5 * SEC);
	assert_int_equal(told(MC_CHANGE_TO_EXCLUDE, "ff05::10"), 2);
	mc_end();
}

/* RFC 3810 5.1.3, 8.1 */
static void a_query_is_read_by_its_length(void **state)
{
	struct mc_query q;
	const u8 p[MLD2_QUERY_LEN] = { ICMPV6_MGM_QUERY, [4] = 0x90 };

	(void)state;
	assert_int_equal(mld_query_parse(p, MLD_LEN - 1, MLD_LEN - 1, &q), WIRE_SHORT);
	assert_int_equal(mld_query_parse(p, MLD_LEN, MLD_LEN, &q), WIRE_OK);
	assert_int_equal(q.version, 1);
	assert_int_equal(q.max_delay_ms, 0x9000);
	assert_int_equal(mld_query_parse(p, MLD_LEN + 2, MLD_LEN + 2, &q), WIRE_SHORT);
	assert_int_equal(mld_query_parse(p, MLD2_QUERY_LEN, MLD2_QUERY_LEN, &q), WIRE_OK);
	assert_int_equal(q.version, 2);
	assert_int_equal(q.max_delay_ms, 0x1000 << 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup(f, mc_setup)
		T(joining_and_leaving_is_told),
		T(the_groups_of_addresses_are_told),
		T(queries_are_answered),
		T(queries_without_a_router_alert_are_none),
		T(the_old_version_is_spoken_when_asked_in_it),
		T(a_query_is_read_by_its_length),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
