/* SPDX-License-Identifier: MIT */
/* The short ways beside the long ones: a rule's instructions and its statements, both rewritings of
 * headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "net/netfilter/nf_testbed.h"
#include "net/netfilter/nft_prog.h"

static u64 chance = 1;

static u32 draw(u32 below)
{
	chance = chance * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)(chance >> 33) % below;
}

/* IPv4, TCP or UDP, of few different addresses and ports, with right sums; some cut short, some in
 * pieces, some without UDP's sum. */
static struct sk_buff *packet(void)
{
	u32 len = draw(40), hlen = draw(2) ? TCP_HLEN : UDP_HLEN;
	struct sk_buff *skb = tb_packet(router, len);
	u8 proto = hlen == TCP_HLEN ? IP_PROTO_TCP : IP_PROTO_UDP, *th;
	struct iphdr *iph;
	be16 sum;

	th = skb_push(skb, hlen);
	memset(th, 0, hlen);
	for (u32 i = 0; i < 12 && i < hlen; i++)
		th[i] = (u8)draw(3);
	iph = (void *)skb_push(skb, IPV4_HLEN);
	memset(iph, 0, IPV4_HLEN);
	*(u8 *)iph = 0x45;
	iph->ttl = (u8)draw(256);
	iph->protocol = proto;
	iph->tos = (u8)draw(4);
	iph->tot_len = cpu_to_be16((u16)skb->len);
	iph->saddr = cpu_to_be32(0x0a000000u + draw(4));
	iph->daddr = cpu_to_be32(0xc0000200u + draw(4));
	iph->frag_off = draw(10) ? 0 : CONST_BE16(8);
	ip_send_check(iph);
	if (proto == IP_PROTO_TCP || draw(4)) {
		th = skb->data + IPV4_HLEN;
		sum = csum_tcpudp_magic(iph->saddr, iph->daddr, skb->len - IPV4_HLEN, proto,
					skb_checksum(skb, IPV4_HLEN, skb->len - IPV4_HLEN, 0));
		memcpy(th + (proto == IP_PROTO_TCP ? 16 : 6), &sum, 2);
	}
	skb_reset_network_header(skb);
	skb->mark = draw(3);
	if (!draw(10))
		skb_trim(skb, IPV4_HLEN + draw(4));
	return skb;
}

/* ---- instructions ---- */

static const struct nft_selector *selector(void)
{
	static const char *const names[] = {
		"ip saddr", "ip daddr", "ip protocol", "ip ttl", "ip length", "udp dport",
		"udp sport", "tcp dport", "tcp flags", "tcp sequence", "th dport", "meta l4proto",
		"meta nfproto", "meta mark", "iif", "oif", "iifname", "oifname", "ct state",
		"ip dscp", "ip6 saddr", "meta length",
	};
	const char *name = names[draw(ARRAY_SIZE(names))];

	for (u32 i = 0; i < nft_selectors_n; i++)
		if (!strcmp(nft_selectors[i].text, name))
			return &nft_selectors[i];
	fail_msg("no selector %s", name);
	return NULL;
}

static void draw_value(u8 *to, u32 len)
{
	static const u8 bytes[] = { 0, 0, 0, 1, 2, 3, 6, 17, 0x0a, 0xc0, 0xff };

	for (u32 i = 0; i < len; i++)
		to[i] = bytes[draw(ARRAY_SIZE(bytes))];
}

static void draw_match(struct nft_match *m, const struct nft_pkt *p)
{
	const struct nft_selector *s = selector();

	m->key = (struct nft_key){ .n = 1, .len = s->len, .field = { { .sel = s } } };
	m->op = (u8)draw(NFT_OP_ANY + 1);
	m->rhs = (u8)draw(NFT_RHS_SET);
	if (m->rhs != NFT_RHS_VALUE)
		m->op = (u8)draw(2);
	m->plen = (u8)draw(s->len * 8u + 1);
	draw_value(m->a, s->len);
	draw_value(m->b, s->len);
	if (draw(2))		/* what it has, so that it is found equal, too */
		nft_key_load(p, &m->key, m->a);
	if (draw(2))
		memcpy(m->b, m->a, s->len);
	if (!draw(4)) {
		m->key.masked = true;
		draw_value(m->key.mask, s->len);
		if (draw(2))
			draw_value(m->key.xor, s->len);
	}
}

static void test_instructions_say_what_statements_say(void **state)
{
	struct nf_hook_state at = { .net = NULL, .hook = NF_INET_FORWARD, .pf = NFPROTO_IPV4 };
	u32 all = 0, did = 0, known = 0;
	struct nft_table *table;
	struct nft_chain *chain;

	(void)state;
	nf_three();
	at.net = router;
	at.in = dev_get_by_name(router, "lan");
	assert_int_equal(nft_table_add(router, NFT_INET, "t", &table), 0);
	assert_int_equal(nft_chain_add(table, "c", NULL, &chain), 0);
	for (u32 i = 0; i < 50000; i++) {
		struct nft_verdict v = { 0 }, want = { 0 };
		struct nft_rule *r = nft_rule_new(chain);
		struct nft_stmt st = { .kind = NFT_STMT_MATCH };
		struct sk_buff *skb = packet();
		struct nft_pkt p;

		at.out = draw(2) ? dev_get_by_name(router, "wan") : NULL;
		nft_pkt_init(&p, skb, &at);
		draw_match(&st.match, &p);
		r->stmts = &st;
		assert_int_equal(nft_rule_compile(r), 0);
		nft_statement(&st, &p, &want);
		if (nft_rule_run(r, &p, &v) != want.code)
			fail_msg("%s op %u rhs %u masked %d: not %u",
				 st.match.key.field[0].sel->text, st.match.op, st.match.rhs,
				 st.match.key.masked, want.code);
		all++;
		did += want.code == NFT_CONTINUE;
		known += r->insns->op != NFT_INSN_STMT;
		r->stmts = NULL;
		nft_rule_free(r);
		kfree_skb_reason(skb, SKB_DROP_REASON_NOT_SPECIFIED);
	}
	assert_in_range(did, all / 5, all - all / 5);
	assert_in_range(known, all / 2, all);
	nft_abort(router);
	nf_three_exit();
}

/* ---- NAT ---- */

static void test_both_rewritings_are_one(void **state)
{
	u32 plain = 0;

	(void)state;
	nf_three();
	for (u32 i = 0; i < 20000; i++) {
		struct nf_conntrack_tuple reply = { .l3num = NFPROTO_IPV4 }, target;
		enum nf_nat_manip_type manip = draw(2) ? NF_NAT_MANIP_SRC : NF_NAT_MANIP_DST;
		u64 was = chance;
		struct sk_buff *a = packet(), *b;
		bool did;

		chance = was;
		b = packet();
		reply.protonum = ip_hdr(a)->protocol;
		reply.src.ip = cpu_to_be32(draw(3) ? draw(1u << 31) : 0);
		reply.dst.ip = cpu_to_be32(draw(3) ? draw(1u << 31) : UINT32_MAX);
		reply.sport = (be16)draw(65536);
		reply.dport = (be16)draw(65536);
		nf_ct_invert_tuple(&target, &reply);
		did = nf_nat_manip_plain(a, &reply, manip);
		if (did) {
			assert_true(nf_nat_manip_pkt(b, 0, &target, manip));
			plain++;
		}
		assert_memory_equal(a->data, b->data, skb_headlen(a));
		kfree_skb_reason(a, SKB_DROP_REASON_NOT_SPECIFIED);
		kfree_skb_reason(b, SKB_DROP_REASON_NOT_SPECIFIED);
	}
	assert_in_range(plain, 10000, 20000);
	nf_three_exit();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instructions_say_what_statements_say),
		cmocka_unit_test(test_both_rewritings_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
