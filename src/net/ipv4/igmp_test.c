/* SPDX-License-Identifier: MIT */
/* What is told of groups, to whom and when (igmp.c, net/mcast.h), in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv4/ip_testbed.h"
#include "net/mc_testbed.h"
#include "wire/igmp.h"

#define SEC NSEC_PER_SEC
#define RECORDS_MAX 400
#define SOURCES_MAX 512
#define MSG(p) ((p) + iph_hlen((const void *)(p)))

/* What host 0 has said since the last look. */
static struct heard {
	u32 frames, len;
	u8 type;			/* of the last one */
	be32 from, to;
	ktime_t at;
	u32 n;
	struct { u8 type; be32 group; u16 nsrcs; be32 src[4]; } record[RECORDS_MAX];
} heard;

static void hear_records(const u8 *msg)
{
	const u8 *r = msg + IGMP_HLEN;

	for (u32 i = get_be16(msg + 6); i; i--) {
		u16 n = get_be16(r + 2);

		assert_true(heard.n < RECORDS_MAX);
		heard.record[heard.n].type = r[0];
		memcpy(&heard.record[heard.n].group, r + 4, 4);
		heard.record[heard.n].nsrcs = n;
		memcpy(heard.record[heard.n++].src, r + 8, min(n, 4) * 4u);
		r += 8 + 4 * n;
	}
	assert_ptr_equal(r, msg + heard.len);	/* no byte is left over */
}

static int listen_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	u32 off = (u32)(skb_network_header(skb) - skb->data);
	const struct iphdr *h;
	static u8 p[2048];

	(void)dev;
	(void)pt;
	assert_int_equal(skb_copy_bits(skb, off, p, skb->len - off), 0);
	h = (const void *)p;
	if (skb->pkt_type != PACKET_OUTGOING && h->protocol == IP_PROTO_IGMP) {
		/* RFC 3376 4: a router alert, one hop, a right sum. */
		assert_int_equal(iph_hlen(h), 24);
		assert_int_equal(get_be32(p + 20), 0x94040000);
		assert_int_equal(h->ttl, 1);
		assert_int_equal(h->tos, 0xc0);
		heard.len = be16_to_cpu(h->tot_len) - 24u;
		assert_int_equal(csum_fold(csum_partial(MSG(p), heard.len, 0)), 0);
		heard.frames++;
		heard.type = MSG(p)[0];
		heard.from = h->saddr;
		heard.to = h->daddr;
		heard.at = skb->net->now;
		if (heard.type == IGMPV3_HOST_MEMBERSHIP_REPORT)
			hear_records(MSG(p));
	}
	kfree_skb_reason(skb, SKB_CONSUMED);
	return 0;
}

static void quiet(void)
{
	heard = (struct heard){ .frames = 0 };
}

/* Two hosts; host 1 listens. Returns host 0. */
static struct net *begin(void)
{
	struct net *a = mc_two(listen_rcv);

	quiet();
	tb_addr(a, "eth0", "10.0.0.1/24");
	tb_run(&tb, 10 * SEC);
	assert_int_equal(heard.frames, 0);	/* 224.0.0.1 is not told of */
	return a;
}

static u32 told(u8 type, const char *group)
{
	u32 n = 0;

	for (u32 i = 0; i < heard.n; i++)
		n += heard.record[i].type == type && heard.record[i].group == tb_ip(group);
	return n;
}

static void join(struct net *net, const char *group, bool on)
{
	assert_int_equal(on ? ip_mc_join_group(tb_dev(net, "eth0"), tb_ip(group)) :
			      ip_mc_leave_group(tb_dev(net, "eth0"), tb_ip(group)), 0);
}

static const char *const names[] = { "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4" };

/* A filter of those of `names` whose bits are set. */
static struct mc_filter filter(bool exclude, u32 bits, struct ip6_addr *room)
{
	struct mc_filter f = { exclude, 0, room };

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (bits & BIT(i))
			room[f.n++] = ipv6_addr_v4mapped_of(tb_ip(names[i]));
	return f;
}

/* One user says `now` after `old`; -1: he is not there. */
static void say(struct net *net, const char *group, int old, int now)
{
	struct ip6_addr room[2][4];
	struct mc_filter fo = filter(old & 16, (u32)old & 15, room[0]);
	struct mc_filter fn = filter(now & 16, (u32)now & 15, room[1]);

	assert_int_equal(ip_mc_change(tb_dev(net, "eth0"), tb_ip(group), old < 0 ? NULL : &fo,
				      now < 0 ? NULL : &fn), 0);
}

#define EX(bits) (16 | (bits))
#define IN(bits) (bits)

static void receive(struct net *net, const void *msg, u32 len, const char *daddr)
{
	struct ipv4_view v = { .hlen = IPV4_HLEN, .ttl = 1, .protocol = IP_PROTO_IGMP,
			       .tot_len = (u16)(IPV4_HLEN + len), .saddr = tb_ip("10.0.0.99"),
			       .daddr = tb_ip(daddr) };
	struct sk_buff *skb = alloc_skb(net, 600);
	u8 *p = skb_put(skb, IPV4_HLEN + len);

	ipv4_build(p, &v);
	memcpy(p + IPV4_HLEN, msg, len);
	skb->dev = tb_dev(net, "eth0");
	skb->protocol = CONST_BE16(ETH_P_IP);
	skb->pkt_type = ipv4_is_multicast(v.daddr) ? PACKET_MULTICAST : PACKET_HOST;
	skb->mac_header = (u16)skb_headroom(skb);
	skb_reset_network_header(skb);
	netif_receive_skb(skb);
}

/* A query in one of the versions; code in 1/10 s; "0.0.0.0": all. */
static void ask(struct net *net, u8 version, const char *group, u8 code, u32 sources)
{
	u8 m[64] = { IGMP_HOST_MEMBERSHIP_QUERY, version == 1 ? 0 : code };
	u32 len = version == 3 ? IGMPV3_QUERY_LEN : IGMP_HLEN;
	be32 a = tb_ip(group);
	u16 sum, n = 0;

	memcpy(m + 4, &a, 4);
	m[8] = 2;
	m[9] = 125;
	for (u32 i = 0; i < ARRAY_SIZE(names); i++) {
		a = tb_ip(names[i]);
		if (sources & BIT(i))
			memcpy(m + IGMPV3_QUERY_LEN + 4 * n++, &a, 4);
	}
	put_be16(m + 10, version == 3 ? n : 0);
	len += 4u * n;
	if (version < 3)
		memset(m + 8, 0, 4);
	sum = csum_fold(csum_partial(m, len, 0));
	memcpy(m + 2, &sum, 2);
	receive(net, m, len, ipv4_is_multicast(tb_ip(group)) ? group : "224.0.0.1");
}

/* RFC 3376 5.1: at once, and again within a second. */
static void joining_and_leaving_is_told_twice(void **state)
{
	struct net *a;
	ktime_t t0;

	(void)state;
	a = begin();
	t0 = a->now;
	join(a, "239.1.2.3", true);
	join(a, "239.1.2.4", true);
	tb_run(&tb, 10 * NSEC_PER_MSEC);
	assert_int_equal(heard.frames, 1);	/* together */
	assert_int_equal(told(MC_CHANGE_TO_EXCLUDE, "239.1.2.3"), 1);
	assert_int_equal(told(MC_CHANGE_TO_EXCLUDE, "239.1.2.4"), 1);
	assert_int_equal(heard.from, tb_ip("10.0.0.1"));
	assert_int_equal(heard.to, tb_ip("224.0.0.22"));
	tb_run(&tb, 5 * SEC);
	assert_int_equal(heard.frames, 2);
	assert_true(heard.at <= t0 + SEC + 2 * NSEC_PER_MSEC);
	/* Who is in it twice has to leave twice. */
	join(a, "239.1.2.3", true);
	join(a, "239.1.2.3", false);
	tb_run(&tb, 5 * SEC);
	assert_int_equal(heard.frames, 2);
	join(a, "239.1.2.3", false);
	tb_run(&tb, 5 * SEC);
	assert_int_equal(heard.frames, 4);
	assert_int_equal(told(MC_CHANGE_TO_INCLUDE, "239.1.2.3"), 2);
	assert_int_equal(ip_mc_leave_group(tb_dev(a, "eth0"), tb_ip("239.1.2.3")), -EADDRNOTAVAIL);
	mc_end();
}

/* The robustness of the setting, and link-local groups if they are wanted. */
static void settings_are_obeyed(void **state)
{
	struct net *a;

	(void)state;
	a = begin();
	a->sysctl.igmp_qrv = 4;
	join(a, "239.1.1.1", true);
	tb_run(&tb, 10 * SEC);
	assert_int_equal(heard.frames, 4);
	quiet();
	join(a, "224.0.0.251", true);
	tb_run(&tb, 10 * SEC);
	assert_int_equal(heard.frames, 4);
	quiet();
	a->sysctl.igmp_link_local_mcast_reports = 0;
	join(a, "224.0.0.252", true);
	tb_run(&tb, 10 * SEC);
	assert_int_equal(heard.frames, 0);
	/* The group is known all the same, and what comes down is told anew when it is up again. */
	assert_true(ip_check_mc(a->ipv4 ? tb_dev(a, "eth0")->ip_ptr : NULL,
				tb_ip("224.0.0.252"), 0, 0));
	dev_close(tb_dev(a, "eth0"));
	tb_run(&tb, 10 * SEC);
	quiet();
	dev_open(tb_dev(a, "eth0"));
	tb_run(&tb, 10 * SEC);
	assert_int_equal(told(MC_CHANGE_TO_EXCLUDE, "239.1.1.1"), 4);
	assert_int_equal(told(MC_CHANGE_TO_EXCLUDE, "224.0.0.251"), 0);
	mc_end();
}

/* RFC 3376 5.1's table, one user. */
static void filters_that_change_are_told(void **state)
{
	static const struct { int old, now; u8 type[2]; u16 n[2]; } cases[] = {
		{ -1, IN(1), { MC_ALLOW_NEW_SOURCES }, { 1 } },
		{ IN(1), IN(3), { MC_ALLOW_NEW_SOURCES }, { 1 } },
		{ IN(3), IN(6), { MC_ALLOW_NEW_SOURCES, MC_BLOCK_OLD_SOURCES }, { 1, 1 } },
		{ IN(6), EX(1), { MC_CHANGE_TO_EXCLUDE }, { 1 } },
		{ EX(1), EX(7), { MC_BLOCK_OLD_SOURCES }, { 2 } },
		{ EX(7), EX(8), { MC_BLOCK_OLD_SOURCES, MC_ALLOW_NEW_SOURCES }, { 1, 3 } },
		{ EX(8), IN(8), { MC_CHANGE_TO_INCLUDE }, { 1 } },
		{ IN(8), -1, { MC_BLOCK_OLD_SOURCES }, { 1 } },
	};
	struct net *a;

	(void)state;
	a = begin();
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		quiet();
		say(a, "239.1.1.1", cases[i].old, cases[i].now);
		tb_run(&tb, 10 * SEC);
		assert_int_equal(heard.frames, 2);
		assert_int_equal(heard.n, cases[i].type[1] ? 4 : 2);
		for (u32 j = 0; j < heard.n; j++) {
			u32 k = cases[i].type[1] ? j % 2 : 0;

			assert_int_equal(heard.record[j].type, cases[i].type[k]);
			assert_int_equal(heard.record[j].nsrcs, cases[i].n[k]);
		}
	}
	mc_end();
}

/* RFC 3376 3.2, by a model: users at random, each source asked for after each step. */
static void the_sum_of_filters_is_right(void **state)
{
	struct net *a;
	struct prng rnd;
	int user[5] = { -1, -1, -1, -1, -1 };

	(void)state;
	a = begin();
	prng_init(&rnd, 7);
	for (u32 step = 0; step < 3000; step++) {
		u32 who = prng_below(&rnd, 5);
		int now = prng_below(&rnd, 4) ? (int)prng_below(&rnd, 32) : -1;
		bool any = false;

		if (user[who] < 0 && now < 0)
			continue;
		say(a, "239.1.1.1", user[who], now);
		user[who] = now;
		for (u32 i = 0; i < 5; i++)
			any |= user[i] >= 0;
		for (u32 s = 0; s < ARRAY_SIZE(names); s++) {
			bool want = false;

			for (u32 i = 0; i < 5; i++)
				want |= user[i] >= 0 &&
					!(user[i] & 16) == !!(user[i] & (int)BIT(s));
			assert_int_equal(ip_check_mc(tb_dev(a, "eth0")->ip_ptr,
						     tb_ip("239.1.1.1"), tb_ip(names[s]), 0), want);
		}
		assert_int_equal(ip_check_mc(tb_dev(a, "eth0")->ip_ptr, tb_ip("239.1.1.1"), 0, 0),
				 any);
		if (!prng_below(&rnd, 20))
			tb_run(&tb, 3 * SEC);
	}
	mc_end();
}

static void queries_are_answered(void **state)
{
	struct net *a;
	ktime_t t0;

	(void)state;
	a = begin();
	join(a, "239.1.1.1", true);
	say(a, "239.1.1.2", -1, IN(3));
	say(a, "239.1.1.3", -1, EX(4));
	tb_run(&tb, 5 * SEC);
	quiet();
	t0 = a->now;
	ask(a, 3, "0.0.0.0", 20, 0);
	tb_run(&tb, 3 * SEC);
	assert_int_equal(heard.frames, 1);
	assert_true(heard.at <= t0 + 2 * SEC);
	assert_int_equal(told(MC_MODE_IS_EXCLUDE, "239.1.1.1"), 1);
	assert_int_equal(told(MC_MODE_IS_INCLUDE, "239.1.1.2"), 1);
	assert_int_equal(told(MC_MODE_IS_EXCLUDE, "239.1.1.3"), 1);
	assert_int_equal(heard.record[1].nsrcs, 2);
	/* Of one group, of none here, of sources. */
	quiet();
	ask(a, 3, "239.1.1.1", 10, 0);
	ask(a, 3, "239.9.9.9", 10, 0);
	tb_run(&tb, 2 * SEC);
	assert_int_equal(heard.n, 1);
	quiet();
	ask(a, 3, "239.1.1.2", 10, 2 | 8);
	tb_run(&tb, 2 * SEC);
	assert_int_equal(heard.n, 1);
	assert_int_equal(heard.record[0].type, MC_MODE_IS_INCLUDE);
	assert_int_equal(heard.record[0].nsrcs, 1);
	assert_int_equal(heard.record[0].src[0], tb_ip(names[1]));
	quiet();
	ask(a, 3, "239.1.1.2", 10, 4 | 8);	/* neither of them is wanted */
	ask(a, 3, "239.1.1.3", 10, 4);		/* it is excluded */
	tb_run(&tb, 2 * SEC);
	assert_int_equal(heard.n, 0);
	mc_end();
}

/* RFC 3376 7.2.1, RFC 2236 3, 4 */
static void older_versions_are_spoken_when_asked_in_them(void **state)
{
	struct net *a;
	u8 m[8];

	(void)state;
	a = begin();
	join(a, "239.1.1.1", true);
	tb_run(&tb, 5 * SEC);
	quiet();
	ask(a, 2, "0.0.0.0", 10, 0);
	tb_run(&tb, SEC);
	assert_int_equal(heard.frames, 1);
	assert_int_equal(heard.type, IGMPV2_HOST_MEMBERSHIP_REPORT);
	assert_int_equal(heard.to, tb_ip("239.1.1.1"));
	/* Another's report is as good, unless it came to us alone. */
	quiet();
	ask(a, 2, "239.1.1.1", 100, 0);
	igmp_build(m, IGMPV2_HOST_MEMBERSHIP_REPORT, 0, tb_ip("239.1.1.1"));
	receive(a, m, sizeof(m), "10.0.0.1");
	tb_run(&tb, 11 * SEC);
	assert_int_equal(heard.frames, 1);
	quiet();
	ask(a, 2, "239.1.1.1", 100, 0);
	receive(a, m, sizeof(m), "239.1.1.1");
	tb_run(&tb, 11 * SEC);
	assert_int_equal(heard.frames, 0);
	join(a, "239.1.1.1", false);		/* and so others will say it */
	tb_run(&tb, SEC);
	assert_int_equal(heard.frames, 0);
	join(a, "239.1.1.2", true);
	tb_run(&tb, 11 * SEC);
	assert_int_equal(heard.frames, 2);
	quiet();
	join(a, "239.1.1.2", false);
	tb_run(&tb, SEC);
	assert_int_equal(heard.type, IGMP_HOST_LEAVE_MESSAGE);
	assert_int_equal(heard.to, tb_ip("224.0.0.2"));
	/* The oldest: no leaving. */
	quiet();
	ask(a, 1, "0.0.0.0", 0, 0);
	join(a, "239.1.1.3", true);
	tb_run(&tb, 11 * SEC);
	assert_int_equal(heard.frames, 2);
	assert_int_equal(heard.type, IGMP_HOST_MEMBERSHIP_REPORT);
	quiet();
	join(a, "239.1.1.3", false);
	tb_run(&tb, SEC);
	assert_int_equal(heard.frames, 0);
	/* After two intervals and an answer's time without them they are forgotten. */
	tb_run(&tb, 261 * SEC);
	join(a, "239.1.1.4", true);
	tb_run(&tb, SEC);
	assert_int_equal(heard.type, IGMPV3_HOST_MEMBERSHIP_REPORT);
	tb_dev(a, "eth0")->ip_ptr->force_igmp_version = 2;
	join(a, "239.1.1.5", true);
	tb_run(&tb, NSEC_PER_MSEC);
	assert_int_equal(heard.type, IGMPV2_HOST_MEMBERSHIP_REPORT);
	mc_end();
}

/* More than one report has room for: several; and the hash of many groups. */
static void many_groups_are_told_in_several_reports(void **state)
{
	struct net *a;

	(void)state;
	a = begin();
	for (u32 i = 0; i < 300; i++)
		assert_int_equal(ip_mc_join_group(tb_dev(a, "eth0"),
						  cpu_to_be32(0xef000000u + i)), 0);
	tb_run(&tb, 10 * NSEC_PER_MSEC);
	assert_int_equal(heard.n, 300);
	assert_int_equal(heard.frames, 3);
	for (u32 i = 0; i < 300; i++) {
		assert_true(ip_check_mc(tb_dev(a, "eth0")->ip_ptr, cpu_to_be32(0xef000000u + i),
					0, 0));
		assert_int_equal(ip_mc_leave_group(tb_dev(a, "eth0"),
						   cpu_to_be32(0xef000000u + i)), 0);
	}
	assert_false(ip_check_mc(tb_dev(a, "eth0")->ip_ptr, cpu_to_be32(0xef000000u), 0, 0));
	mc_end();
}

/* RFC 3376 4.2.16: what is included may be told in parts, what is excluded is cut off. */
static void many_sources_do_not_overflow_a_report(void **state)
{
	static struct ip6_addr many[SOURCES_MAX];
	struct mc_filter in = { false, SOURCES_MAX, many }, ex = { true, SOURCES_MAX, many };
	struct net *a;

	(void)state;
	a = begin();
	for (u32 i = 0; i < SOURCES_MAX; i++)
		many[i] = ipv6_addr_v4mapped_of(cpu_to_be32(0x0a000001u + i));
	assert_int_equal(ip_mc_change(tb_dev(a, "eth0"), tb_ip("239.1.1.1"), NULL, &in), 0);
	tb_run(&tb, 10 * NSEC_PER_MSEC);
	assert_int_equal(heard.frames, 2);
	assert_int_equal(heard.record[0].nsrcs + heard.record[1].nsrcs, SOURCES_MAX);
	tb_run(&tb, 10 * SEC);
	quiet();
	assert_int_equal(ip_mc_change(tb_dev(a, "eth0"), tb_ip("239.1.1.1"), &in, &ex), 0);
	tb_run(&tb, 10 * NSEC_PER_MSEC);
	assert_int_equal(heard.frames, 1);
	assert_true(heard.record[0].nsrcs < SOURCES_MAX);
	mc_end();
}

/* Each allocation fails in turn: nothing is half done. */
static void without_memory_nothing_changes(void **state)
{
	struct ip6_addr room[4];
	struct mc_filter f = filter(false, 15, room);
	struct net_device *dev;
	struct net *a;

	(void)state;
	a = begin();
	dev = tb_dev(a, "eth0");
	for (u64 nth = 1; ; nth++) {
		a->mem.fail_after = nth;
		if (!ip_mc_change(dev, tb_ip("239.1.1.1"), NULL, &f))
			break;
		a->mem.fail_after = 0;
		assert_true(list_empty(&dev->ip_ptr->mc.groups));
		assert_true(nth < 20);
	}
	a->mem.fail_after = 0;
	assert_true(ip_check_mc(dev->ip_ptr, tb_ip("239.1.1.1"), tb_ip(names[3]), 0));
	mc_end();
}

/* Malformed ones end with a reason; what is for routers is nobody's here. */
static void bad_messages_are_dropped(void **state)
{
	u8 m[12] = { IGMP_HOST_MEMBERSHIP_QUERY, 10 };
	struct net *a;
	u16 sum;

	(void)state;
	a = begin();
	join(a, "239.1.1.1", true);
	tb_run(&tb, 5 * SEC);
	quiet();
	receive(a, m, 8, "224.0.0.1");
	assert_int_equal(a->drops[SKB_DROP_REASON_IGMP_CSUM], 1);
	receive(a, m, 7, "224.0.0.1");
	assert_int_equal(a->drops[SKB_DROP_REASON_PKT_TOO_SMALL], 1);
	m[11] = 9;		/* sources that are not there */
	sum = csum_fold(csum_partial(m, 12, 0));
	memcpy(m + 2, &sum, 2);
	receive(a, m, 12, "224.0.0.1");
	assert_int_equal(a->drops[SKB_DROP_REASON_PKT_TOO_SMALL], 2);
	tb_run(&tb, 20 * SEC);
	assert_int_equal(heard.frames, 0);
	mc_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup(f, mc_setup)
		T(joining_and_leaving_is_told_twice),
		T(settings_are_obeyed),
		T(filters_that_change_are_told),
		T(the_sum_of_filters_is_right),
		T(queries_are_answered),
		T(older_versions_are_spoken_when_asked_in_them),
		T(many_groups_are_told_in_several_reports),
		T(many_sources_do_not_overflow_a_report),
		T(without_memory_nothing_changes),
		T(bad_messages_are_dropped),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
