/* SPDX-License-Identifier: MIT */
/* Headers behind the header, and fragments, from the wire: RFC 8200 4, PI-37 to 41. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/inet_frag.h"
#include "net/ipv6/ip6_testbed.h"

#define CHAIN_ROOM 1600

static struct testbed tb;
static struct net *host;
static struct net_device *dev;

struct packet {
	u8 bytes[CHAIN_ROOM];
	u32 len;
};

/* A host at 2001:db8::1; its neighbour 2001:db8::2, who sends and is sent to, is known. */
static int setup(void **state)
{
	struct ip6_addr peer = tb_ip6("2001:db8::2");
	struct neighbour *n;

	(void)state;
	tb.n = 0;
	host = tb_add(&tb, NULL);
	host->sysctl.icmpv6_time = 0;
	dev = bare_dev_create(host, "eth0", ether_setup);
	assert_int_equal(dev_open(dev), 0);
	tb_addr(host, "eth0", "2001:db8::1/64");
	n = neigh_get_or_create(&host->ipv6->nd_tbl, &peer, dev);
	neigh_update(n, (const u8 *)"\x02\0\0\0\0\x77", NUD_PERMANENT,
		     NEIGH_UPDATE_F_OVERRIDE | NEIGH_UPDATE_F_ADMIN);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tb_exit(&tb);
	return 0;
}

static void add(struct packet *p, const void *bytes, u32 len)
{
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

static struct packet begin(u8 nexthdr, const char *daddr)
{
	struct ipv6_view v = { .nexthdr = nexthdr, .hop_limit = 64,
			       .saddr = tb_ip6("2001:db8::2"), .daddr = tb_ip6(daddr) };
	struct packet p = { .len = IPV6_HLEN };

	ipv6_build(p.bytes, &v);
	return p;
}

static void receive(struct packet *p)
{
	put_be16(p->bytes + 4, (u16)(p->len - IPV6_HLEN));
	tb_inject(dev, p->bytes, p->len);
	bare_net_run(host, host->now);
}

/* The answer: an error that quotes all of p. */
static void answered(const struct packet *p, u8 type, u8 code, u32 info)
{
	struct sk_buff *skb;
	u8 b[14 + 48 + CHAIN_ROOM];

	do {	/* what the host says of itself when it comes up is not meant */
		skb = bare_dev_pop(dev);
		assert_non_null(skb);
		assert_int_equal(skb_copy_bits(skb, 0, b, min(skb->len, 14 + 48 + p->len)), 0);
		consume_skb(skb);
	} while (b[14 + 40] >= 130);
	assert_int_equal(b[54], type);
	assert_int_equal(b[55], code);
	assert_int_equal(get_be32(b + 58), info);
	assert_memory_equal(b + 62, p->bytes, p->len);
}

static void not_answered(void)
{
	struct sk_buff *skb;
	u8 type;

	while ((skb = bare_dev_pop(dev))) {
		assert_int_equal(skb_copy_bits(skb, 54, &type, 1), 0);
		assert_true(type >= 130);
		consume_skb(skb);
	}
}

/* PI-37 */
static void test_unknown_next_header(void **state)
{
	struct packet p = begin(254, "2001:db8::1");

	(void)state;
	add(&p, "abcdefgh", 8);
	receive(&p);
	answered(&p, ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR, 6);
	assert_int_equal(host->drops[SKB_DROP_REASON_IP_NOPROTO], 1);
	/* Hop-by-hop options anywhere but first are such a thing too (RFC 8200 4.1). */
	p = begin(NEXTHDR_DEST, "2001:db8::1");
	add(&p, (u8[]){ NEXTHDR_HOP, 0, 1, 4, 0, 0, 0, 0 }, 8);
	add(&p, (u8[]){ TB_PROTO, 0, 1, 4, 0, 0, 0, 0 }, 8);
	receive(&p);
	answered(&p, ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR, 40);
}

/* PI-41: the two highest bits of an unknown option say what becomes of the packet. */
static void option(u8 header, u8 type, const char *daddr, bool passes, bool answer)
{
	struct packet p = begin(header, daddr);
	u32 before = tb_count(host);

	add(&p, (u8[]){ TB_PROTO, 0, type, 4, 1, 2, 3, 4 }, 8);
	add(&p, "abcdefgh", 8);
	receive(&p);
	assert_int_equal(tb_count(host) - before, passes);
	if (answer)
		answered(&p, ICMPV6_PARAMPROB, ICMPV6_UNK_OPTION, 42);
	else
		not_answered();
}

static void test_option_actions(void **state)
{
	static const u8 headers[] = { NEXTHDR_HOP, NEXTHDR_DEST };

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(headers); i++) {
		option(headers[i], 0x1e, "2001:db8::1", true, false);
		option(headers[i], 0x5e, "2001:db8::1", false, false);
		option(headers[i], 0x9e, "2001:db8::1", false, true);
		option(headers[i], 0xde, "2001:db8::1", false, true);
		option(headers[i], 0x1e, "ff02::1", true, false);
		option(headers[i], 0x5e, "ff02::1", false, false);
		option(headers[i], 0x9e, "ff02::1", false, true);
		option(headers[i], 0xde, "ff02::1", false, false);
	}
}

static void test_options_are_bounded(void **state)
{
	struct packet p = begin(NEXTHDR_DEST, "2001:db8::1");
	u8 many[24] = { TB_PROTO, 2 };

	(void)state;
	for (u32 i = 0; i < 9; i++)	/* nine where eight are allowed */
		memcpy(many + 2 + 2 * i, "\x1e\0", 2);
	memcpy(many + 20, "\1\2\0\0", 4);
	add(&p, many, sizeof(many));
	receive(&p);
	assert_int_equal(tb_count(host), 0);
	assert_int_equal(host->drops[SKB_DROP_REASON_IPV6_BAD_EXTHDR], 1);
	host->sysctl.max_dst_opts_cnt = 9;
	receive(&p);
	assert_int_equal(tb_count(host), 1);
	p = begin(NEXTHDR_DEST, "2001:db8::1");	/* longer than the packet */
	add(&p, (u8[]){ TB_PROTO, 1, 1, 4, 0, 0, 0, 0 }, 8);
	receive(&p);
	assert_int_equal(host->drops[SKB_DROP_REASON_IPV6_BAD_EXTHDR], 2);
	not_answered();
}

/* RFC 2675 3: what its errors point at. */
static void test_jumbo_payload(void **state)
{
	struct packet p = begin(NEXTHDR_HOP, "2001:db8::1");

	(void)state;
	add(&p, (u8[]){ TB_PROTO, 0, IPV6_TLV_JUMBO, 4, 0, 0, 0xff, 0xff }, 8);
	receive(&p);
	answered(&p, ICMPV6_PARAMPROB, ICMPV6_HDR_FIELD, 44);	/* no jumbogram */
	memcpy(p.bytes + 44, "\0\1\0\0", 4);
	receive(&p);
	answered(&p, ICMPV6_PARAMPROB, ICMPV6_HDR_FIELD, 42);	/* two lengths */
	put_be16(p.bytes + 4, 0);
	tb_inject(dev, p.bytes, p.len);
	bare_net_run(host, host->now);
	assert_int_equal(host->drops[SKB_DROP_REASON_PKT_TOO_SMALL], 1);
	p.bytes[42] = IPV6_TLV_ROUTERALERT;			/* of four bytes: malformed */
	receive(&p);
	assert_int_equal(tb_count(host), 0);
	not_answered();
}

/* RFC 8200 4.4 */
static void test_routing_headers(void **state)
{
	struct packet p = begin(NEXTHDR_ROUTING, "2001:db8::1");

	(void)state;
	add(&p, (u8[]){ TB_PROTO, 0, 0, 1, 0, 0, 0, 0 }, 8);
	receive(&p);
	answered(&p, ICMPV6_PARAMPROB, ICMPV6_HDR_FIELD, 42);
	p.bytes[43] = 0;	/* no segments left */
	receive(&p);
	assert_int_equal(tb_count(host), 1);
	p = begin(NEXTHDR_NONE, "2001:db8::1");
	receive(&p);
	not_answered();
	assert_int_equal(tb_count(host), 1);
}

/* A fragment of a datagram of TB_PROTO whose bytes are those of tb_packet(). */
static void fragment(u32 id, u32 offset, u32 len, bool more)
{
	struct ipv6_frag_view f = { TB_PROTO, (u16)(offset & ~7u), more, id };
	struct packet p = begin(NEXTHDR_FRAGMENT, "2001:db8::1");

	p.len += (u32)ipv6_frag_build(p.bytes + p.len, &f);
	for (u32 i = 0; i < len; i++)
		p.bytes[p.len++] = (u8)((offset + i) * 7);
	receive(&p);
}

static void whole(u32 len)
{
	struct sk_buff *skb = tb_take(host);

	assert_non_null(skb);
	assert_true(tb_payload_ok(skb, len));
	assert_int_equal(be16_to_cpu(ipv6_hdr(skb)->payload_len), len);
	assert_int_equal(ipv6_hdr(skb)->nexthdr, TB_PROTO);
	consume_skb(skb);
	assert_int_equal(host->ipv6->frags->queues, 0);
}

/* PI-38 .. 40 */
static void test_fragments(void **state)
{
	(void)state;
	fragment(1, 0, 800, true);
	fragment(1, 800, 800, true);
	fragment(1, 1600, 100, false);
	whole(1700);
	fragment(2, 1600, 100, false);		/* the other way round, and twice */
	fragment(2, 800, 800, true);
	fragment(2, 800, 800, true);
	fragment(2, 0, 800, true);
	whole(1700);
	assert_int_equal(host->drops[SKB_DROP_REASON_DUP_FRAG], 1);
	fragment(3, 0, 33, false);		/* RFC 6946: it is whole, and waits for nobody */
	assert_int_equal(host->ipv6->frags->queues, 0);
	assert_int_equal(tb_count(host), 1);
	assert_int_equal(host->copies.linearized, 0);
}

/* RFC 5722: all of it goes. */
static void test_overlaps_end_all(void **state)
{
	(void)state;
	fragment(1, 0, 800, true);
	fragment(1, 792, 800, true);
	assert_int_equal(host->drops[SKB_DROP_REASON_FRAG_OVERLAP], 2);
	fragment(1, 800, 100, false);
	assert_null(tb_take(host));
	assert_int_equal(host->ipv6->frags->queues, 1);	/* a beginning of its own */
	fragment(2, 0, 800, true);
	fragment(2, 80, 80, true);		/* within */
	assert_int_equal(host->drops[SKB_DROP_REASON_FRAG_OVERLAP], 4);
}

static void test_fragments_that_cannot_be(void **state)
{
	struct ipv6_frag_view f = { TB_PROTO, 0, true, 7 };
	struct packet p = begin(NEXTHDR_FRAGMENT, "2001:db8::1");

	(void)state;
	p.len += (u32)ipv6_frag_build(p.bytes + p.len, &f);
	add(&p, "123456789", 9);		/* no multiple of 8 */
	receive(&p);
	answered(&p, ICMPV6_PARAMPROB, ICMPV6_HDR_FIELD, 4);
	f = (struct ipv6_frag_view){ TB_PROTO, 65528, false, 7 };
	ipv6_frag_build(p.bytes + 40, &f);
	receive(&p);				/* beyond 65535 */
	answered(&p, ICMPV6_PARAMPROB, ICMPV6_HDR_FIELD, 42);
	f = (struct ipv6_frag_view){ NEXTHDR_DEST, 0, true, 8 };
	p = begin(NEXTHDR_FRAGMENT, "2001:db8::1");
	p.len += (u32)ipv6_frag_build(p.bytes + p.len, &f);
	add(&p, (u8[]){ TB_PROTO, 1, 1, 4, 0, 0, 0, 0 }, 8);
	receive(&p);				/* RFC 7112: the chain goes on elsewhere */
	answered(&p, ICMPV6_PARAMPROB, 3, 0);
	assert_int_equal(host->ipv6->frags->queues, 0);
}

/* As Linux: what has been put together, or was whole, is not a fragment of something else. */
static void test_fragments_of_fragments(void **state)
{
	struct ipv6_frag_view outer = { NEXTHDR_FRAGMENT, 0, true, 1 };
	struct ipv6_frag_view inner = { TB_PROTO, 0, true, 2 };
	struct packet p = begin(NEXTHDR_FRAGMENT, "2001:db8::1");
	u8 data[64] = { 0 };
	struct sk_buff *skb;

	(void)state;
	p.len += (u32)ipv6_frag_build(p.bytes + p.len, &outer);
	p.len += (u32)ipv6_frag_build(p.bytes + p.len, &inner);
	add(&p, data, sizeof(data));
	receive(&p);
	p.len = IPV6_HLEN;
	outer = (struct ipv6_frag_view){ NEXTHDR_FRAGMENT, 72, false, 1 };
	p.len += (u32)ipv6_frag_build(p.bytes + p.len, &outer);
	add(&p, data, sizeof(data));
	receive(&p);
	assert_int_equal(host->drops[SKB_DROP_REASON_IPV6_BAD_EXTHDR], 1);
	fragment(2, 128, 16, false);		/* waits for one that did not come */
	assert_int_equal(tb_count(host), 0);
	assert_int_equal(host->ipv6->frags->queues, 1);
	while ((skb = bare_dev_pop(dev)))	/* what was said to that */
		consume_skb(skb);
	p.len = IPV6_HLEN;
	outer = (struct ipv6_frag_view){ NEXTHDR_FRAGMENT, 0, false, 3 };
	p.len += (u32)ipv6_frag_build(p.bytes + p.len, &outer);
	inner.more = false;
	p.len += (u32)ipv6_frag_build(p.bytes + p.len, &inner);
	receive(&p);
	answered(&p, ICMPV6_PARAMPROB, ICMPV6_HDR_FIELD, IPV6_HLEN + IPV6_FRAG_HLEN);
}

static void test_fragments_time_out(void **state)
{
	(void)state;
	fragment(1, 800, 800, true);		/* without the first nobody is told */
	fragment(2, 0, 800, true);
	tb_run(&tb, 61 * NSEC_PER_SEC);
	assert_int_equal(host->drops[SKB_DROP_REASON_FRAG_REASM_TIMEOUT], 2);
	assert_int_equal(host->mib[MIB_Icmp6OutTimeExcds], 1);
	assert_int_equal(host->ipv6->frags->bytes, 0);
}

static void test_memory_for_fragments_is_bounded(void **state)
{
	(void)state;
	host->sysctl.ip6frag_high_thresh = 100000;
	for (u32 id = 0; id < 1000; id++)
		fragment(id, 0, 800, true);
	assert_true(host->ipv6->frags->bytes <= 100000);
	assert_true(host->drops[SKB_DROP_REASON_NOMEM] > 900);
}

/* Neighbour discovery that may not be believed: RFC 4861 7.1.1, RFC 6980. */
static void test_bad_neighbour_discovery(void **state)
{
	static const u8 mac[6] = { 2, 0, 0, 0, 0, 0x66 };
	struct ip6_addr own = tb_ip6("2001:db8::1"), from = tb_ip6("2001:db8::2");
	struct packet p = begin(IP_PROTO_ICMPV6, "2001:db8::1");
	struct icmp6hdr *ih = (void *)(p.bytes + IPV6_HLEN);
	u64 *drops = host->drops;

	(void)state;
	p.len += (u32)ndisc_neigh_build(p.bytes + p.len, NDISC_NEIGHBOUR_SOLICITATION, 0, &own,
					mac);
	ih->icmp6_cksum = csum_ipv6_magic(&from, &own, 32, IP_PROTO_ICMPV6,
					  csum_partial(ih, 32, 0));
	receive(&p);
	assert_int_equal(drops[SKB_DROP_REASON_IPV6_NDISC_HOP_LIMIT], 1);
	p.bytes[7] = 255;
	ih->icmp6_code = 1;
	csum_replace2(&ih->icmp6_cksum, CONST_BE16(0x8700), CONST_BE16(0x8701));
	receive(&p);
	assert_int_equal(drops[SKB_DROP_REASON_IPV6_NDISC_BAD_CODE], 1);
	ih->icmp6_cksum ^= 0xff;
	receive(&p);
	assert_int_equal(drops[SKB_DROP_REASON_ICMP_CSUM], 1);
	assert_int_equal(host->mib[MIB_Icmp6OutNeighborAdvertisements], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unknown_next_header), TEST(test_option_actions),
		TEST(test_options_are_bounded), TEST(test_jumbo_payload),
		TEST(test_routing_headers), TEST(test_fragments),
		TEST(test_overlaps_end_all), TEST(test_fragments_that_cannot_be),
		TEST(test_fragments_of_fragments),
		TEST(test_fragments_time_out), TEST(test_memory_for_fragments_is_bounded),
		TEST(test_bad_neighbour_discovery),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
