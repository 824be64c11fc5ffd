/* SPDX-License-Identifier: MIT */
/* Helpers: what FTP says is expected, and rewritten where addresses are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ctl/nft_bed.h"
#include "net/netfilter/nf_conntrack_expect.h"

struct end {
	struct net *net;
	const char *addr, *peer;
	u16 port, to;
	u32 seq, ack;
};

static void say(struct end *e, u8 flags, const char *text)
{
	struct ip_xmit x = { .saddr = tb_ip(e->addr), .daddr = tb_ip(e->peer),
			     .protocol = IP_PROTO_TCP };
	struct tcp_view v = { .sport = e->port, .dport = e->to, .seq = e->seq, .ack_seq = e->ack,
			      .window = 1000, .flags = flags, .hlen = TCP_HLEN };
	struct sk_buff *skb = tb_packet(e->net, (u32)strlen(text));
	struct tcphdr *h;

	for (u32 i = 0, at = 0; i < skb->nr_frags; at += skb->frags[i++].len)
		memcpy(skb->frags[i].buf->data + skb->frags[i].off, text + at, skb->frags[i].len);
	h = (void *)skb_push(skb, TCP_HLEN);
	tcp_build(h, &v);
	h->check = tcp_v4_check(skb->len, x.saddr, x.daddr, skb_checksum(skb, 0, skb->len, 0));
	assert_int_equal(tb_send_skb(e->net, skb, &x), 0);
	tb_run(&tb, NSEC_PER_MSEC);
	e->seq += tcp_seg_len(flags, (u32)strlen(text));
}

static struct end user, service;
static struct tcphdr th;
static char words[2048];

/* What came: its words; false: nothing. */
static bool heard(struct net *net, struct tcphdr *h, char text[sizeof(words)])
{
	struct sk_buff *skb = tb_take(net);
	u32 len;

	if (!skb)
		return false;
	len = skb->len - TCP_HLEN;
	assert_true(len < sizeof(words));
	assert_int_equal(skb_copy_bits(skb, 0, h, TCP_HLEN), 0);
	assert_int_equal(skb_copy_bits(skb, TCP_HLEN, text, len), 0);
	text[len] = '\0';
	consume_skb(skb);
	return true;
}

static bool user_says(const char *text)
{
	say(&user, TCPHDR_ACK, text);
	return heard(server, &th, words);
}

static bool service_says(const char *text)
{
	say(&service, TCPHDR_ACK, text);
	return heard(client, &th, words);
}

static void ftp_begins(const char *rules, const char *outside)
{
	char text[1024];

	begin();
	snprintf(text, sizeof(text), "table ip t {\n ct helper f { type \"ftp\" protocol tcp; }\n"
		 "chain h { type filter hook prerouting priority 0;\n"
		 "tcp dport 21 ct helper set \"f\" }\n%s }", rules);
	must(text);
	user = (struct end){ client, A, B, 4000, 21, 0, 0 };
	service = (struct end){ server, B, outside, 21, 4000, 0, 1 };
	say(&user, TCPHDR_SYN, "");
	say(&service, TCPHDR_SYN | TCPHDR_ACK, "");
	user.ack = 1;
	assert_true(heard(server, &th, words) && heard(client, &th, words));
	assert_true(user_says("USER x\r\n"));
	service.ack = user.seq;
	assert_true(service_says("331 go\r\n"));
	user.ack = service.seq;
}

static void test_expectations(void **state)
{
	struct nf_conn *master, *data;

	(void)state;
	ftp_begins("chain c { type filter hook forward priority 0; policy drop;\n"
		   "ct state established,related accept\ntcp dport 21 accept }", A);
	assert_true(user_says("port 10,0,1,2,7,208\r\n"));
	assert_int_equal(router->ct->expect_count, 1);
	master = nf_conn_of(IP_PROTO_TCP, A, 4000, B, 21);
	master->mark = 7;
	nf_send_tcp(server, B, 20, A, 2001, (struct nf_seg){ TCPHDR_SYN, 1, 0, 0 });
	assert_false(nf_take(client).any);
	nf_send_tcp(server, B, 20, A, 2000, (struct nf_seg){ TCPHDR_SYN, 1, 0, 0 });
	assert_true(nf_take(client).any);
	assert_int_equal(router->ct->expect_count, 0);
	data = nf_conn_of(IP_PROTO_TCP, B, 20, A, 2000);
	assert_ptr_equal(data->master, master);
	assert_int_equal(data->mark, 7);
	/* A newer one takes the place of the older; both go with time, and with their master. */
	assert_true(user_says("PORT 10,0,1,2,7,209\r\n"));
	assert_true(service_says("229 go (|||5000|)\r\n"));
	assert_int_equal(router->ct->expect_count, 1);
	nf_ct_kill(router, master);
	assert_int_equal(router->ct->expect_count, 0);
	end();
}

static void test_lines(void **state)
{
	(void)state;
	ftp_begins("", A);
	/* To somebody else; in the middle of a line; cut off, which is dropped. */
	assert_true(user_says("PORT 10,0,1,3,7,208\r\n"));
	assert_true(user_says("MKD x"));
	assert_true(user_says("PORT 10,0,1,2,7,208\r\n"));
	assert_int_equal(router->ct->expect_count, 0);
	assert_false(user_says("EPRT |1|10.0.1.2|20"));
	assert_int_equal(router->drops[SKB_DROP_REASON_NETFILTER_DROP], 1);
	assert_int_equal(router->ct->expect_count, 0);
	end();
}

/* RFC 959 4.2: what a server says before the address has no limit. */
static void test_long_lines(void **state)
{
	static char text[1200];

	(void)state;
	ftp_begins("", A);
	router->sysctl.nf_ct_tcp_be_liberal = 1;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "227 ", 4);
	memcpy(text + sizeof(text) - 3, "\r\n", 2);
	assert_true(service_says(text));
	assert_int_equal(router->drops[SKB_DROP_REASON_NETFILTER_DROP], 0);
	assert_true(service_says("227 go (192,0,2,2,7,208).\r\n"));
	assert_int_equal(router->ct->expect_count, 1);
	end();
}

static void test_words_are_rewritten(void **state)
{
	struct nf_conn *ct;

	(void)state;
	ftp_begins("chain p { type nat hook postrouting priority 100;\n"
		   "oifname \"wan\" masquerade }", "192.0.2.1");
	assert_true(user_says("EPRT |1|10.0.1.2|2000|\r\n"));
	assert_string_equal(words, "EPRT |1|192.0.2.1|2000|\r\n");
	service.ack = user.seq + 1;
	assert_true(service_says("200 ok\r\n"));
	/* One byte more went to the server: what it acknowledges is turned back, */
	assert_int_equal(be32_to_cpu(th.ack_seq), user.seq);
	user.ack = service.seq;
	assert_true(user_says("NOOP\r\n"));
	/* and what follows stands one further on. */
	assert_int_equal(be32_to_cpu(th.seq), service.ack);
	ct = nf_conn_of(IP_PROTO_TCP, A, 4000, B, 21);
	assert_true(ct->status & IPS_SEQ_ADJUST);
	nf_send_tcp(server, B, 20, "192.0.2.1", 2000, (struct nf_seg){ TCPHDR_SYN, 1, 0, 0 });
	assert_int_equal(nf_take(client).dport, 2000);
	end();
}

/* The longest packet there is cannot become longer (RFC 791 3.1). */
static void test_longer_than_a_packet(void **state)
{
	static char text[IPV4_MAX_LEN - IPV4_HLEN - TCP_HLEN + 1];
	u64 sent;

	(void)state;
	ftp_begins("chain p { type nat hook postrouting priority 100;\n"
		   "oifname \"wan\" masquerade }", "192.0.2.1");
	router->sysctl.nf_ct_tcp_be_liberal = 1;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "EPRT |1|10.0.1.2|2000|\r\n", 24);
	sent = router->frames.sent;
	say(&user, TCPHDR_ACK, text);
	assert_int_equal(router->drops[SKB_DROP_REASON_NETFILTER_DROP], 1);
	assert_int_equal(router->frames.sent, sent);
	assert_null(tb_take(server));
	assert_int_equal(router->ct->expect_count, 0);
	/* One byte less, and it fits. */
	user.seq -= (u32)strlen(text);
	text[sizeof(text) - 2] = '\0';
	say(&user, TCPHDR_ACK, text);
	assert_int_equal(router->drops[SKB_DROP_REASON_NETFILTER_DROP], 1);
	assert_true(router->frames.sent > sent);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_words_are_rewritten),
		cmocka_unit_test(test_longer_than_a_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
