/* SPDX-License-Identifier: MIT */
/* Flowtables: the language, which packets go by them, and when connections are tracking's again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/prng.h"
#include "ctl/nft_bed.h"

#define FLOW_RULES \
	"table ip f {\n" \
	"flowtable ft { hook ingress priority 0; devices = { lan, wan }; counter; }\n" \
	"chain c { type filter hook forward priority 0;\n" \
	"ct state established flow add @ft\n" \
	"counter\n } }\n"
#define MASQUERADE \
	"table ip n { chain c { type nat hook postrouting priority 100;\n" \
	"oifname \"wan\" masquerade\n } }\n"

static struct nft_flowtable *table_ft(void)
{
	return nft_flowtable_find(nft_table_find(router, NFT_IP, "f"), "ft");
}

static u32 flows(void)
{
	return table_ft()->flows.hash.count / 2;
}

/* Packets that the forward chain saw. */
static u64 seen(void)
{
	const struct nft_chain *c = nft_chain_find(nft_table_find(router, NFT_IP, "f"), "c");
	const struct nft_rule *r = list_entry(c->rules.prev, struct nft_rule, list);

	return r->stmts->counter.packets;
}

static struct nf_got up(u16 sport, u32 len)
{
	nf_send_udp(client, A, sport, B, 53, len);
	return nf_take(server);
}

static struct nf_got down(u16 dport, const char *to, u32 len)
{
	nf_send_udp(server, B, 53, to, dport, len);
	return nf_take(client);
}

static void test_language(void **state)
{
	static const char *const wrong[][2] = {
		{ "table ip x { flowtable g { devices = { lan }; } }",
		  "missing hook and priority" },
		{ "table ip x { flowtable g { hook prerouting priority 0; } }",
		  "stand at hook ingress" },
		{ "table ip x { flowtable g { hook ingress priority 0; devices = { tap7 }; } }",
		  "no such device \"tap7\"" },
		{ "table ip x { flowtable g { hook ingress priority 0; flags offload; } }",
		  "flags offload is not supported" },
		{ "table ip x { flowtable g { hook ingress priority srcnat; } }",
		  "is no priority" },
		{ "table ip x { flowtable g { hook ingress priority 0; when; } }",
		  "hook, devices, counter" },
		{ "table ip x { chain c { flow add @g } }", "no such flowtable \"g\"" },
		{ "table ip f { chain c { flow add ft } }", "\"@\"" },
		{ "table ip f { chain i { type filter hook input priority 0; flow add @ft } }",
		  "flow add works at hook forward" },
		{ "table netdev x { flowtable g { hook ingress priority 0; } }",
		  "of tables inet, ip and ip6" },
		{ "add flowtable ip f ft { hook ingress priority 5; }", "another priority" },
		{ "create flowtable ip f ft { hook ingress priority 0; }", "it exists" },
		{ "add flowtable ip f g { hook ingress priority 0; devices = { wan }; }",
		  "stands at device \"wan\"" },
		{ "delete flowtable ip f ft", "a rule refers to it" },
		{ "delete flowtable ip f nobody", "no such flowtable \"nobody\"" },
		{ "delete flowtable ip f ft { devices = { lo }; }",
		  "does not stand at device \"lo\"" },
	};

	(void)state;
	begin();
	must(FLOW_RULES);
	must("list ruleset");
	assert_non_null(strstr(said, "\tflowtable ft {\n\t\thook ingress priority filter\n"
				     "\t\tdevices = { lan, wan }\n\t\tcounter\n\t}\n"));
	assert_non_null(strstr(said, "\t\tct state established flow add @ft\n"));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_not_equal(nft(wrong[i][0]), 0);
		if (!strstr(said, wrong[i][1]))
			fprintf(stderr, "%s\n%s", wrong[i][0], said);
		assert_non_null(strstr(said, wrong[i][1]));
	}
	/* Devices come and go, and what fails later undoes it. */
	must("delete flowtable ip f ft { devices = { lan }; }");
	must("list flowtables");
	assert_string_equal(said, "table ip f {\n\tflowtable ft {\n\t\thook ingress priority "
				  "filter\n\t\tdevices = { wan }\n\t\tcounter\n\t}\n}\n");
	assert_int_not_equal(nft("add flowtable ip f ft { devices = { lan }; }\nadd rule ip f d\n"),
			     0);
	assert_int_equal(table_ft()->devices.n, 1);
	assert_true(list_empty(&tb_dev(router, "lan")->nf_ingress));
	must("add flowtable ip f ft { devices = { lan, wan }; }");
	must("table inet g { flowtable o { hook ingress priority filter + 5; } }");
	must("list flowtable inet g o");
	assert_string_equal(said, "table inet g {\n\tflowtable o {\n\t\thook ingress priority "
				  "filter + 5\n\t}\n}\n");
	assert_int_not_equal(nft("delete table ip f\nadd rule ip g\n"), 0);
	assert_false(list_empty(&tb_dev(router, "lan")->nf_ingress));
	must("delete flowtable inet g o");
	end();
}

static void test_udp_with_nat(void **state)
{
	const char *outside = "192.0.2.1";
	struct nf_conn *ct;
	struct nf_got got;
	u64 before;

	(void)state;
	begin();
	must(FLOW_RULES MASQUERADE);
	router->sysctl.nf_conntrack_acct = 1;
	assert_true(up(5000, 10).any);
	assert_int_equal(flows(), 0);
	assert_true(down(5000, outside, 10).any);
	assert_int_equal(flows(), 1);
	ct = nf_conn_of(IP_PROTO_UDP, A, 5000, B, 53);
	assert_true(ct->status & IPS_OFFLOAD);
	before = seen();
	for (u32 i = 0; i < 5; i++) {
		got = up(5000, 100 + i);
		assert_true(got.any && got.sum_ok);
		assert_int_equal(got.saddr, tb_ip(outside));
		assert_int_equal(got.sport, 5000);
		got = down(5000, outside, 30 + i);
		assert_true(got.any && got.sum_ok);
		assert_int_equal(got.daddr, tb_ip(A));
		assert_int_equal(got.dport, 5000);
	}
	assert_int_equal(seen(), before);
	assert_int_equal(ct->packets[0], 6);
	assert_int_equal(ct->packets[1], 6);
	/* A rule that comes later is for those behind it. */
	must("insert rule ip f c drop");
	assert_true(up(5000, 1).any);
	assert_false(up(5001, 1).any);
	end();
}

static int look_at(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	(void)dev, (void)pt;
	consume_skb(skb);
	return 0;
}

/* Who looks on has the packet as it was: headers are written in a copy, however short they are. */
static void test_taps(void **state)
{
	struct packet_type tap = { .type = CONST_BE16(0x0003), .func = look_at };
	struct nf_got got;

	(void)state;
	begin();
	must(FLOW_RULES MASQUERADE);
	assert_true(up(5000, 0).any && down(5000, "192.0.2.1", 0).any);
	dev_add_pack(router, &tap);
	for (u32 len = 0; len < 30; len++) {
		got = up(5000, len);
		assert_true(got.any && got.sum_ok && got.saddr == tb_ip("192.0.2.1"));
		got = down(5000, "192.0.2.1", len);
		assert_true(got.any && got.sum_ok && got.daddr == tb_ip(A));
	}
	assert_int_equal(flows(), 1);
	dev_remove_pack(&tap);
	end();
}

static void open_tcp(void)
{
	const u8 S = TCPHDR_SYN, K = TCPHDR_ACK;

	nf_send_tcp(client, A, 5000, B, 80, (struct nf_seg){ S, 99, 0, 0 });
	nf_send_tcp(server, B, 80, "192.0.2.1", 5000, (struct nf_seg){ S | K, 499, 100, 0 });
	nf_send_tcp(client, A, 5000, B, 80, (struct nf_seg){ K, 100, 500, 0 });
	nf_send_tcp(client, A, 5000, B, 80, (struct nf_seg){ K, 100, 500, 10 });
	nf_send_tcp(server, B, 80, "192.0.2.1", 5000, (struct nf_seg){ K, 500, 110, 0 });
	while (nf_take(server).any || nf_take(client).any)
		;
}

static struct nf_conn *tcp_conn(void)
{
	return nf_conn_of(IP_PROTO_TCP, A, 5000, B, 80);
}

static void to_server(struct nf_seg s)
{
	struct nf_got got;

	nf_send_tcp(client, A, 5000, B, 80, s);
	got = nf_take(server);
	assert_true(got.any && got.sum_ok && got.saddr == tb_ip("192.0.2.1"));
}

static void to_client(struct nf_seg s)
{
	struct nf_got got;

	nf_send_tcp(server, B, 80, "192.0.2.1", 5000, s);
	got = nf_take(client);
	assert_true(got.any && got.sum_ok && got.daddr == tb_ip(A));
}

static void test_tcp_ends(void **state)
{
	const u8 K = TCPHDR_ACK, F = TCPHDR_FIN, R = TCPHDR_RST;

	(void)state;
	begin();
	must(FLOW_RULES MASQUERADE);
	open_tcp();
	assert_int_equal(flows(), 1);
	/* Far further than tracking saw: nobody judges windows of what goes by. */
	to_server((struct nf_seg){ K, 5000000, 500, 100 });
	to_client((struct nf_seg){ K, 7000000, 5000100, 100 });
	to_client((struct nf_seg){ K | F, 7000100, 5000100, 0 });
	assert_int_equal(flows(), 0);
	assert_int_equal(tcp_conn()->proto.tcp.state, TCP_CONNTRACK_FIN_WAIT);
	assert_true(tcp_conn()->expires <= router->now + 120 * NSEC_PER_SEC);
	to_server((struct nf_seg){ K, 5000100, 7000101, 0 });
	to_server((struct nf_seg){ K | F, 5000100, 7000101, 0 });
	to_client((struct nf_seg){ K, 7000101, 5000101, 0 });
	assert_int_equal(flows(), 0);
	assert_int_equal(tcp_conn()->proto.tcp.state, TCP_CONNTRACK_TIME_WAIT);
	/* The port again: a new connection, and a flow again. */
	open_tcp();
	assert_int_equal(flows(), 1);
	to_client((struct nf_seg){ K, 9000, 110, 10 });
	to_server((struct nf_seg){ K, 110, 9010, 10 });
	/* RFC 5961 3.2: a RST that is only near is no end; the next number is. */
	to_client((struct nf_seg){ R | K, 9100, 120, 0 });
	assert_int_equal(tcp_conn()->proto.tcp.state, TCP_CONNTRACK_ESTABLISHED);
	to_server((struct nf_seg){ K, 120, 9010, 10 });
	assert_int_equal(flows(), 1);
	/* Who makes up an acknowledgement does not make that number too low. */
	to_server((struct nf_seg){ K, 120, 9010 + (1u << 30), 0 });
	to_server((struct nf_seg){ K, 120, 9010 + 66000, 0 });
	to_client((struct nf_seg){ R | K, 9010, 120, 0 });
	assert_int_equal(flows(), 0);
	assert_int_equal(tcp_conn()->proto.tcp.state, TCP_CONNTRACK_CLOSE);
	end();
}

static void test_silence(void **state)
{
	struct nf_conn *ct;

	(void)state;
	begin();
	must(FLOW_RULES MASQUERADE);
	open_tcp();
	assert_true(up(5000, 1).any && down(5000, "192.0.2.1", 1).any);
	assert_int_equal(flows(), 2);
	for (u32 i = 0; i < 5; i++) { /* who talks stays */
		tb_run(&tb, 25 * NSEC_PER_SEC);
		assert_true(up(5000, 1).any);
	}
	assert_int_equal(flows(), 1);
	ct = tcp_conn();
	assert_false(ct->status & IPS_OFFLOAD);
	assert_true(ct->expires > router->now + 431000 * NSEC_PER_SEC &&
		    ct->expires < router->now + 432000 * NSEC_PER_SEC);
	to_server((struct nf_seg){ TCPHDR_ACK, 110, 500, 10 });
	assert_int_equal(flows(), 2);
	/* Tracking keeps what it does not see: an hour, and a day and more. */
	for (u32 i = 0; i < 6000; i++) {
		tb_run(&tb, 20 * NSEC_PER_SEC);
		to_server((struct nf_seg){ TCPHDR_ACK, 120, 500, 10 });
	}
	assert_ptr_equal(tcp_conn(), ct);
	assert_true(ct->status & IPS_OFFLOAD);
	router->sysctl.nf_flowtable_tcp_timeout = 5;
	tb_run(&tb, 8 * NSEC_PER_SEC);
	assert_false(ct->status & IPS_OFFLOAD);
	/* UDP that nobody answers any more is forgotten two minutes after its last word. */
	assert_true(up(5000, 1).any && down(5000, "192.0.2.1", 1).any);
	assert_true(up(5000, 1).any);
	tb_run(&tb, 115 * NSEC_PER_SEC);
	assert_non_null(nf_conn_of(IP_PROTO_UDP, A, 5000, B, 53));
	tb_run(&tb, 15 * NSEC_PER_SEC);
	assert_null(nf_conn_of(IP_PROTO_UDP, A, 5000, B, 53));
	end();
}

static bool kill_all(const struct nf_conn *ct, void *ctx)
{
	(void)ctx;
	return nf_ct_is_confirmed(ct);
}

static void make_flow(void)
{
	if (!nf_conn_of(IP_PROTO_UDP, A, 5000, B, 53))
		assert_true(up(5000, 1).any && down(5000, "192.0.2.1", 1).any);
	assert_true(up(5000, 1).any);
	assert_int_equal(flows(), 1);
}

static void test_what_ends_flows(void **state)
{
	(void)state;
	begin();
	must(FLOW_RULES MASQUERADE);
	make_flow();
	/* Routes: the next packet asks for its way, and the flow begins anew with that. */
	tb_route(router, "192.0.2.2/32", "192.0.2.77");
	nf_send_udp(client, A, 5000, B, 53, 1);
	assert_false(nf_take(server).any);
	tb_run(&tb, 5 * NSEC_PER_SEC); /* nobody is there */
	fib_route_del(router, &(struct fib_config){ .dst = tb_ip("192.0.2.2"), .prefixlen = 32 });
	make_flow();
	/* conntrack -F */
	nf_ct_iterate_cleanup(router, kill_all, NULL);
	assert_int_equal(flows(), 0);
	make_flow();
	/* The device goes down. */
	dev_close(tb_dev(router, "lan"));
	assert_int_equal(flows(), 0);
	dev_open(tb_dev(router, "lan"));
	make_flow();
	/* No forwarding, no flow: */
	inet_forward_change(router, false);
	assert_false(up(5000, 1).any);
	inet_forward_change(router, true);
	make_flow();
	/* the ruleset goes, the connection stays. */
	must("delete table ip f");
	assert_true(up(5000, 1).any);
	assert_false(nf_conn_of(IP_PROTO_UDP, A, 5000, B, 53)->status & IPS_OFFLOAD);
	end();
}

/* TTL at its end and what does not fit go the long way, where somebody answers. */
static void test_exceptions(void **state)
{
	struct ip_xmit x = {
		.saddr = tb_ip(A), .daddr = tb_ip(B), .protocol = IP_PROTO_UDP, .ttl = 1
	};
	struct udp_view v = { 5000, 53, UDP_HLEN + 4, true };
	struct sk_buff *skb;
	struct nf_got got;

	(void)state;
	begin();
	must(FLOW_RULES MASQUERADE);
	make_flow();
	for (u32 i = 0; i < 2; i++) {
		skb = tb_packet(client, 4);
		udp_build(skb_push(skb, UDP_HLEN), &v);
		x.ttl = i ? 64 : 1;
		x.df = i;
		assert_int_equal(tb_send_skb(client, skb, &x), 0);
		tb_run(&tb, NSEC_PER_MSEC);
	}
	assert_int_equal(tb_host_of(client)->err.count, 1);
	assert_int_equal(tb_host_of(client)->err.type, ICMP_TIME_EXCEEDED);
	assert_true(nf_take(server).any);
	/* Fragments are put together and cut again. */
	got = up(5000, 1900);
	assert_true(got.any && got.sum_ok && got.len == 1908);
	assert_int_equal(dev_set_mtu(tb_dev(router, "wan"), 1000), 0);
	got = up(5000, 1200);
	assert_true(got.any && got.sum_ok && got.len == 1208);
	assert_int_equal(flows(), 1);
	end();
}

/* ---- twins ---- */

#define STEPS 400

static u8 logged[2][STEPS * 4096];
static u32 log_len[2];

static void log_arrivals(u32 which, struct net *net)
{
	struct sk_buff *skb;

	while ((skb = tb_take(net))) {
		u32 n = skb->len + iph_hlen(ip_hdr(skb));
		u8 *to = logged[which] + log_len[which];

		assert_true(log_len[which] + n + 2 < sizeof(logged[0]));
		put_be16(to, (u16)n);
		skb_push(skb, iph_hlen(ip_hdr(skb)));
		assert_int_equal(skb_copy_bits(skb, 0, to + 2, n), 0);
		log_len[which] += n + 2;
		consume_skb(skb);
	}
}

#define PORTS 4

static struct talk { /* of one TCP port of the client: who has sent what */
	bool open;
	u32 seq[2];
} talks[PORTS];

/* Of the client (0) or the server (1), with all of the other's acknowledged. */
static void segment(u32 i, u32 side, u8 flags, u32 len)
{
	struct talk *t = &talks[i];
	struct nf_seg s = { flags, t->seq[side], flags & TCPHDR_ACK ? t->seq[!side] : 0, len };

	if (side)
		nf_send_tcp(server, B, 80, "192.0.2.1", (u16)(5000 + i), s);
	else
		nf_send_tcp(client, A, (u16)(5000 + i), B, 80, s);
	t->seq[side] += len + !!(flags & (TCPHDR_SYN | TCPHDR_FIN));
}

static void tcp_step(u32 i, u32 r, u32 len)
{
	const u8 S = TCPHDR_SYN, K = TCPHDR_ACK, F = TCPHDR_FIN;
	struct talk *t = &talks[i];
	u32 side = r & 1;

	if (!t->open) {
		t->seq[0] += 100000;
		segment(i, 0, S, 0);
		segment(i, 1, S | K, 0);
		segment(i, 0, K, 0);
	} else if ((r & 30) == 2) {
		segment(i, side, F | K, 0);
		segment(i, !side, K, len);
		segment(i, side, K, 0);
		segment(i, !side, F | K, 0);
		segment(i, side, K, 0);
	} else if ((r & 30) == 4) {
		segment(i, side, TCPHDR_RST | K, 0);
	} else {
		segment(i, side, K, len);
		segment(i, !side, K, 0);
		return;
	}
	t->open = !t->open;
}

static void random_step(struct prng *prng)
{
	u32 r = prng_u32(prng), what = r % 16, i = (r >> 8) % PORTS, len = (r >> 12) % 1700;

	if (what < 5)
		nf_send_udp(client, A, (u16)(5000 + i), B, 53, len);
	else if (what < 9)
		nf_send_udp(server, B, 53, "192.0.2.1", (u16)(5000 + i), len);
	else if (what == 9)
		tb_run(&tb, (r >> 20) % 40 * NSEC_PER_SEC);
	else
		tcp_step(i, prng_u32(prng), len % 900);
}

/* No connection is forgotten within the test: of that the two know differently. */
static void remember_long(struct net *net)
{
	s32 *timeouts[] = {
		&net->sysctl.nf_ct_udp_timeout,
		&net->sysctl.nf_ct_udp_timeout_stream,
		&net->sysctl.nf_ct_tcp_unacknowledged,
		&net->sysctl.nf_ct_tcp_close,
	};

	for (size_t i = 0; i < ARRAY_SIZE(timeouts); i++)
		*timeouts[i] = 100000;
}

static u64 play(u32 which, u32 seed, const char *rules)
{
	struct prng prng;
	u64 offloaded = 0;

	prng_init(&prng, seed);
	log_len[which] = 0;
	begin();
	must(rules);
	remember_long(router);
	memset(talks, 0, sizeof(talks));
	for (u32 i = 0; i < STEPS; i++) {
		random_step(&prng);
		log_arrivals(which, client);
		log_arrivals(which, server);
		if (which)
			offloaded += flows();
	}
	end();
	return offloaded;
}

/* With a flowtable the hosts get the same packets, in the same order, as without: NAT, fragments,
 * ends of connections, silence. */
static void test_twins(void **state)
{
	(void)state;
	for (u32 seed = 1; seed <= 12; seed++) {
		const char *without =
			"table ip f { chain c { type filter hook forward priority 0;\n"
			"ct state established accept\n } }\n" MASQUERADE;

		play(0, seed, without);
		assert_true(play(1, seed, FLOW_RULES MASQUERADE));
		assert_int_equal(log_len[0], log_len[1]);
		assert_memory_equal(logged[0], logged[1], log_len[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_language),	cmocka_unit_test(test_udp_with_nat),
		cmocka_unit_test(test_taps),
		cmocka_unit_test(test_tcp_ends),	cmocka_unit_test(test_silence),
		cmocka_unit_test(test_what_ends_flows), cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_twins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
