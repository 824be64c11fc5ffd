/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/arp.h"
#include "wire/dissect.h"
#include "wire/icmp.h"
#include "wire/inet_addr.h"
#include "wire/ndp.h"
#include "wire/tcp_opt.h"
#include "wire/udp.h"
#include "wire/vlan.h"

#define A INET_ADDR4(10, 0, 0, 1)
#define B INET_ADDR4(10, 0, 0, 2)

/* One frame under construction. */
struct frame {
	u8 buf[1600];
	size_t len;
};

static void start(struct frame *f, u16 proto)
{
	const struct eth_view eth = { { 2, 0, 0, 0, 0, 2 }, { 2, 0, 0, 0, 0, 1 }, proto };

	memset(f, 0, sizeof(*f));
	f->len = eth_build(f->buf, &eth);
}

static void add_ip(struct frame *f, struct ipv4_view ip, size_t payload)
{
	ip.hlen = IPV4_HLEN;
	ip.tot_len = (u16)(IPV4_HLEN + payload);
	ip.ttl = 64;
	ip.saddr = A;
	ip.daddr = B;
	f->len += ipv4_build(f->buf + f->len, &ip);
}

static void add_tcp(struct frame *f, struct tcp_view t, const struct tcp_out_options *o,
		    size_t payload)
{
	size_t optlen = tcp_options_size(o);

	t.hlen = (u8)(TCP_HLEN + optlen);
	add_ip(f, (struct ipv4_view){ .protocol = IP_PROTO_TCP }, t.hlen + payload);
	f->len += tcp_build(f->buf + f->len, &t);
	tcp_options_write(f->buf + f->len - optlen, o);
	f->len += payload;
}

static const char *text_of(const struct frame *f, unsigned flags)
{
	static char text[512];
	struct strbuf sb;

	sb_init(&sb, text, sizeof(text));
	dissect_frame(&sb, f->buf, f->len, flags);
	return text;
}

#define EXPECT(flags, line) assert_string_equal(text_of(&f, flags), line)

/* What was cut off when it was captured counts in the frame's length. */
static void cut_frames(void **state)
{
	struct frame f;
	struct strbuf sb;
	char text[200];

	(void)state;
	start(&f, ETH_P_IP);
	add_tcp(&f, (struct tcp_view){ .sport = 1, .dport = 2, .flags = TCPHDR_ACK },
		&(struct tcp_out_options){ 0 }, 1000);
	sb_init(&sb, text, sizeof(text));
	dissect_cut_frame(&sb, f.buf, 54, f.len, DISSECT_LINK | DISSECT_QUIET);
	assert_string_equal(text, "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 "
			    "(0x0800), length 1054: 10.0.0.1.1 > 10.0.0.2.2: tcp 1000, "
			    "1000 bytes missing");
	sb_init(&sb, text, sizeof(text));
	dissect_cut_frame(&sb, f.buf, 13, f.len, DISSECT_LINK);
	assert_string_equal(text, "[|ether]");
}

static void tcp_segments(void **state)
{
	static const struct tcp_sack_block sacks[2] = { { 30, 40 }, { 50, 60 } };
	struct tcp_out_options o = {
		.options = OPTION_MSS | OPTION_TS | OPTION_SACK_ADVERTISE | OPTION_WSCALE,
		.mss = 1460, .tsval = 5, .ws = 7,
	};
	struct tcp_view t = { .sport = 40000, .dport = 80, .seq = 1, .window = 64240,
			      .flags = TCPHDR_SYN };
	struct frame f;

	(void)state;
	start(&f, ETH_P_IP);
	add_tcp(&f, t, &o, 0);
	EXPECT(0,
	       "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 1, win 64240, options [mss "
	       "1460,sackOK,TS val 5 ecr 0,nop,wscale 7], length 0");
	o = (struct tcp_out_options){ .options = OPTION_TS, .tsval = 6, .tsecr = 5,
				      .num_sack_blocks = 2, .sacks = sacks };
	t.flags = TCPHDR_ACK | TCPHDR_PSH;
	t.ack_seq = 9;
	start(&f, ETH_P_IP);
	add_tcp(&f, t, &o, 10);
	EXPECT(0,
	       "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [P.], seq 1:11, ack 9, win 64240, "
	       "options [nop,nop,TS val 6 ecr 5,nop,nop,sack 2 {30:40}{50:60}], length 10: HTTP");
	o = (struct tcp_out_options){ 0 };
	t.flags = TCPHDR_ACK;
	start(&f, ETH_P_IP);
	add_tcp(&f, t, &o, 0);
	EXPECT(0, "IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [.], ack 9, win 64240, length 0");
	EXPECT(DISSECT_QUIET, "IP 10.0.0.1.40000 > 10.0.0.2.80: tcp 0");
	f.len = 40;
	EXPECT(0, "IP 10.0.0.1 > 10.0.0.2: [|tcp], 14 bytes missing");
}

/* AE is a bit beside the others (RFC 9768 3.1); the options' counters stand in either order. */
static void rare_tcp_options(void **state)
{
	static const struct { u8 o[20]; const char *text; } rare[] = {
		{ { 172, 11, 0, 0, 1, 0, 1, 0, 1, 0, 0 }, "accecn e0b 1 ceb 256 e1b 65536,eol" },
		{ { 174, 5, 0, 0, 7 }, "accecn e1b 7,eol" },
		{ { 174, 6, 0, 0, 7 }, "unknown-174 6 bytes,eol" },
		{ { 29, 6, 5, 6, 0xa, 0xb }, "tcp-ao keyid 5 rnextkeyid 6 mac 0x0a0b,eol" },
		{ { 34, 6, 1, 2, 3, 4 }, "tfo cookie 01020304,eol" },
		{ { 34, 2 }, "tfo cookiereq,eol" },
		{ { 254, 4, 0xf9, 0x89 }, "exp-tfo cookiereq,eol" },
		{ { 254, 4, 1, 2 }, "unknown-254 4 bytes,eol" },
		{ { 19, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
		  "md5 0102030405060708090a0b0c0d0e0f10,eol" },
	};
	struct tcp_view t = { .sport = 1, .dport = 2, .ack_seq = 9, .flags = TCPHDR_ACK };
	/* As long as ours: it is written over. */
	struct tcp_out_options o = { .options = OPTION_MSS | OPTION_TS | OPTION_WSCALE };
	char want[160];
	struct strbuf sb;
	struct frame f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rare); i++) {
		start(&f, ETH_P_IP);
		add_tcp(&f, t, &o, 0);
		assert_int_equal(tcp_options_size(&o), sizeof(rare[i].o));
		memcpy(f.buf + f.len - sizeof(rare[i].o), rare[i].o, sizeof(rare[i].o));
		f.buf[f.len - sizeof(rare[i].o) - 8] |= 1;
		sb_init(&sb, want, sizeof(want));
		sb_printf(&sb, "IP 10.0.0.1.1 > 10.0.0.2.2: Flags [.e], ack 9, win 0, options "
			  "[%s], length 0", rare[i].text);
		EXPECT(0, want);
	}
}

static void arp_messages(void **state)
{
	struct arp_view a = { .op = ARPOP_REQUEST, .sha = { 2, 0, 0, 0, 0, 1 },
			      .sip = A, .tip = B };
	struct frame f;

	(void)state;
	start(&f, ETH_P_ARP);
	f.len += arp_build(f.buf + f.len, &a);
	EXPECT(0, "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28");
	f.len = ETH_ZLEN;
	EXPECT(0, "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 46");
	a.op = ARPOP_REPLY;
	start(&f, ETH_P_ARP);
	f.len += arp_build(f.buf + f.len, &a);
	EXPECT(DISSECT_LINK,
	       "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype ARP (0x0806), length 42: Reply "
	       "10.0.0.1 is-at 02:00:00:00:00:01, length 28");
	f.buf[14] = 7;
	EXPECT(0, "ARP, bad protocol type, length 28");
	f.len--;
	EXPECT(0, "ARP, [|arp]");
}

static void icmp_messages(void **state)
{
	static const u8 data[56];
	const struct udp_view udp = { .sport = 4000, .dport = 53, .len = 30 };
	struct icmp_view v = { .type = ICMP_ECHO, .id = 7, .sequence = 1, .data = data,
			       .data_len = sizeof(data) };
	struct ipv4_view in = { .hlen = 20, .tot_len = 50, .ttl = 1, .protocol = IP_PROTO_UDP,
				.saddr = B, .daddr = A };
	struct frame f;
	u8 quote[28];

	(void)state;
	start(&f, ETH_P_IP);
	add_ip(&f, (struct ipv4_view){ .protocol = IP_PROTO_ICMP }, 64);
	f.len += icmp_build(f.buf + f.len, &v);
	EXPECT(0, "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64");
	ipv4_build(quote, &in);
	udp_build(quote + 20, &udp);
	v = (struct icmp_view){ .type = ICMP_DEST_UNREACH, .code = ICMP_PORT_UNREACH,
				.data = quote, .data_len = sizeof(quote) };
	start(&f, ETH_P_IP);
	add_ip(&f, (struct ipv4_view){ .protocol = IP_PROTO_ICMP }, 36);
	f.len += icmp_build(f.buf + f.len, &v);
	EXPECT(0, "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 53 unreachable, length 36");
	EXPECT(DISSECT_IP,
	       "IP (tos 0x0, ttl 64, id 0, offset 0, flags [none], proto icmp (1), length 56) "
	       "10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 udp port 53 unreachable, length 36 (IP "
	       "10.0.0.2.4000 > 10.0.0.1.53: udp, length 50)");
	v.code = ICMP_FRAG_NEEDED;
	v.mtu = 1400;
	icmp_build(f.buf + 34, &v);
	EXPECT(0,
	       "IP 10.0.0.1 > 10.0.0.2: ICMP 10.0.0.1 unreachable - need to frag (mtu 1400), "
	       "length 36");
	v.type = ICMP_TIME_EXCEEDED;
	v.code = ICMP_EXC_TTL;
	v.data_len = 0;
	start(&f, ETH_P_IP);
	add_ip(&f, (struct ipv4_view){ .protocol = IP_PROTO_ICMP }, 8);
	f.len += icmp_build(f.buf + f.len, &v);
	EXPECT(0, "IP 10.0.0.1 > 10.0.0.2: ICMP time exceeded in-transit, length 8");
}

static void udp_and_fragments(void **state)
{
	struct udp_view udp = { .sport = 4000, .dport = 9, .len = 38 };
	struct frame f;

	(void)state;
	start(&f, ETH_P_IP);
	add_ip(&f, (struct ipv4_view){ .protocol = IP_PROTO_UDP, .id = 9, .df = true }, 38);
	udp_build(f.buf + f.len, &udp);
	f.len += 38;
	EXPECT(0, "IP 10.0.0.1.4000 > 10.0.0.2.9: UDP, length 30");
	EXPECT(DISSECT_IP,
	       "IP (tos 0x0, ttl 64, id 9, offset 0, flags [DF], proto udp (17), length 58) "
	       "10.0.0.1.4000 > 10.0.0.2.9: UDP, length 30");
	f.buf[22]--;	/* the TTL */
	EXPECT(0, "IP 10.0.0.1.4000 > 10.0.0.2.9: UDP, length 30, bad ip checksum");
	start(&f, ETH_P_IP);
	add_ip(&f, (struct ipv4_view){ .protocol = IP_PROTO_UDP, .id = 9, .mf = true,
				       .frag_off = 1480 }, 40);
	f.len += 40;
	EXPECT(0, "IP 10.0.0.1 > 10.0.0.2: udp (frag 9:40@1480+)");
	start(&f, ETH_P_IP);
	add_ip(&f, (struct ipv4_view){ .protocol = 89 }, 4);
	f.len += 4;
	EXPECT(0, "IP 10.0.0.1 > 10.0.0.2: ip-proto-89, length 4");
}

static void padding_is_not_the_packet(void **state)
{
	const struct tcp_view t = { .sport = 1, .dport = 2, .hlen = 20 };
	struct frame f;

	(void)state;
	start(&f, ETH_P_IP);
	add_ip(&f, (struct ipv4_view){ .protocol = IP_PROTO_TCP }, 12);
	tcp_build(f.buf + f.len, &t);
	f.len = ETH_ZLEN;
	EXPECT(0, "IP 10.0.0.1 > 10.0.0.2: [|tcp]");
}

static void add_ip6(struct frame *f, u8 nexthdr, size_t payload)
{
	struct ipv6_view ip = { .payload_len = (u16)payload, .nexthdr = nexthdr, .hop_limit = 64 };

	start(f, ETH_P_IPV6);
	assert_true(ip6_addr_parse("2001:db8::1", &ip.saddr));
	assert_true(ip6_addr_parse("2001:db8::2", &ip.daddr));
	f->len += ipv6_build(f->buf + f->len, &ip);
}

static void ipv6_packets(void **state)
{
	struct icmp6_view echo = { .type = ICMPV6_ECHO_REQUEST, .id = 7, .sequence = 1 };
	struct icmp6_view big = { .type = ICMPV6_PKT_TOOBIG, .info = 1280 };
	struct tcp_view t = { .sport = 40000, .dport = 80, .seq = 1, .window = 64240,
			      .hlen = TCP_HLEN, .flags = TCPHDR_SYN };
	struct frame f, quoted;
	u8 *ext;

	(void)state;
	add_ip6(&f, IP_PROTO_ICMPV6, 16);
	f.len += icmp6_build_hdr(f.buf + f.len, &echo) + 8;
	EXPECT(0, "IP6 2001:db8::1 > 2001:db8::2: ICMP6, echo request, id 7, seq 1, length 16");
	EXPECT(DISSECT_IP, "IP6 (hlim 64, next-header 58, payload length 16) 2001:db8::1 > "
	       "2001:db8::2: ICMP6, echo request, id 7, seq 1, length 16");
	add_ip6(&f, NEXTHDR_HOP, 8 + TCP_HLEN);
	ext = f.buf + f.len;
	ext[0] = IP_PROTO_TCP;
	f.len += 8;
	f.len += tcp_build(f.buf + f.len, &t);
	EXPECT(0, "IP6 2001:db8::1 > 2001:db8::2: HBH 40000 > 80: Flags [S], seq 1, win 64240, "
	       "length 0");
	quoted = f;
	add_ip6(&f, IP_PROTO_ICMPV6, ICMPV6_HLEN + quoted.len - ETH_HLEN);
	f.len += icmp6_build_hdr(f.buf + f.len, &big);
	memcpy(f.buf + f.len, quoted.buf + ETH_HLEN, quoted.len - ETH_HLEN);
	f.len += quoted.len - ETH_HLEN;
	EXPECT(0, "IP6 2001:db8::1 > 2001:db8::2: ICMP6, packet too big, mtu 1280, length 76");
	EXPECT(DISSECT_IP, "IP6 (hlim 64, next-header 58, payload length 76) 2001:db8::1 > "
	       "2001:db8::2: ICMP6, packet too big, mtu 1280, length 76 (IP6 2001:db8::1.40000 > "
	       "2001:db8::2.80: tcp)");
	add_ip6(&f, IP_PROTO_ICMPV6, 24);
	f.len += ndisc_neigh_build(f.buf + f.len, NDISC_NEIGHBOUR_SOLICITATION, 0,
				   (void *)(f.buf + ETH_HLEN + 24), NULL);
	EXPECT(0, "IP6 2001:db8::1 > 2001:db8::2: ICMP6, neighbor solicitation, who has "
	       "2001:db8::2, length 24");
	add_ip6(&f, NEXTHDR_FRAGMENT, 16);
	ipv6_frag_build(f.buf + f.len, &(struct ipv6_frag_view){ 17, 1448, true, 1 });
	f.len += 16;
	EXPECT(0, "IP6 2001:db8::1 > 2001:db8::2: frag (1448|8)");
	f.len = ETH_HLEN + IPV6_HLEN + 4;
	EXPECT(0, "IP6 2001:db8::1 > 2001:db8::2: [|ext]");
	f.len = ETH_HLEN + 39;
	EXPECT(0, "IP6 [|ip6]");
}

static void other_frames(void **state)
{
	const struct vlan_view tag = { .vid = 10, .pcp = 3, .proto = ETH_P_IPV6 };
	struct frame f;

	(void)state;
	start(&f, ETH_P_IPV6);
	f.len += 40;
	EXPECT(0, "IP6 bad version, length 40");
	start(&f, ETH_P_8021Q);
	f.len += vlan_build(f.buf + f.len, &tag) + 40;
	EXPECT(0, "IP6 bad version, length 40");
	EXPECT(DISSECT_LINK, "02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 802.1Q (0x8100), "
	       "length 58: vlan 10, p 3, ethertype IPv6 (0x86dd), bad version, length 40");
	start(&f, 38);
	f.len += 38;
	EXPECT(0, "802.3, length 38");
	start(&f, 0x88cc);
	EXPECT(0, "ethertype Unknown (0x88cc), length 0");
	f.len = 13;
	EXPECT(0, "[|ether]");
	start(&f, ETH_P_IP);
	f.len += 20;
	EXPECT(0, "IP bad version, length 20");
	f.len = 30;
	EXPECT(0, "IP [|ip]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_segments),
		cmocka_unit_test(cut_frames),
		cmocka_unit_test(rare_tcp_options),
		cmocka_unit_test(arp_messages),
		cmocka_unit_test(icmp_messages),
		cmocka_unit_test(udp_and_fragments),
		cmocka_unit_test(padding_is_not_the_packet),
		cmocka_unit_test(ipv6_packets),
		cmocka_unit_test(other_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
