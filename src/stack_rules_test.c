/* SPDX-License-Identifier: MIT */
/*
 * Rules, connection tracking and NAT say of a frame that is no packet yet what they say of a packet
 * (device/nf_straight.h). Two routers (stack_twins.h) between peers who answer what reaches them:
 * talks over UDP and TCP begin, go on, end, fall silent, and are disturbed by segments that do not
 * fit, wrong checksums, fragments, options, ICMP errors; rules change beside. What leaves, all
 * counters, those of rules and sets among them, and all connections with their times are compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "stack_twins.h"
#include "wire/icmp.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#define BURSTS 500

/* ---- machines ---- */

static const char *const setup[] = {
	"ip addr add 10.0.0.254/24 dev eth0", "ip addr add 10.1.0.254/24 dev eth1",
	"ip addr add 10.2.0.254/24 dev eth2", "ip link set eth0 up", "ip link set eth1 up",
	"ip link set eth2 up", "sysctl -w net.ipv4.ip_forward=1",
	"sysctl -w net.ipv6.conf.all.disable_ipv6=0", "sysctl -w net.ipv6.conf.all.forwarding=1",
	"ip addr add fd00:0::fe/32 dev eth0 nodad", "ip addr add fd00:1::fe/32 dev eth1 nodad",
	"ip addr add fd00:2::fe/32 dev eth2 nodad",
	"ip neigh add 10.1.0.1 lladdr 02:00:00:00:01:01 dev eth1",
	"ip neigh add 10.2.0.1 lladdr 02:00:00:00:02:01 dev eth2",
	"ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0",
	"ip neigh add fd00:1::1 lladdr 02:00:00:00:01:01 dev eth1",
	"ip neigh add fd00:2::1 lladdr 02:00:00:00:02:01 dev eth2",
	"ip neigh add fd00:0::9 lladdr 02:00:00:00:00:09 dev eth0",
	"ip route add 20.0.0.0/24 via 10.1.0.1", "ip route add 20.0.1.0/24 via 10.2.0.1",
	"ip route add fd00:a::/32 via fd00:1::1", "ip route add fd00:b::/32 via fd00:2::1",
	"sysctl -w net.netfilter.nf_conntrack_udp_timeout=2",
	"sysctl -w net.netfilter.nf_conntrack_udp_timeout_stream=3",
	"sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established=4",
	"sysctl -w net.netfilter.nf_conntrack_tcp_timeout_unacknowledged=2",
};

#define RULES "nft -f rules\nflush ruleset\n"

static const char *const rulesets[] = {
	/* a firewall without state */
	RULES "table inet f {\n"
	" counter c { }\n"
	" set no { type ipv4_addr; counter; elements = { 20.0.0.3, 20.0.1.3 } }\n"
	" set pair { type ipv4_addr . inet_service;\n"
	"  elements = { 20.0.0.1 . 53, 10.0.0.9 . 4002 } }\n"
	" set net { type ipv4_addr; flags interval;\n"
	"  elements = { 20.0.0.0/30, 20.0.1.2-20.0.1.9 } }\n"
	" map m { type inet_service : verdict; elements = { 53 : jump sub, 54 : accept } }\n"
	" chain sub { tcp flags & (fin|syn) == syn counter\n ip ttl 8 counter return\n"
	"  meta l4proto udp counter accept\n }\n"
	" chain raw { type filter hook prerouting priority raw;\n"
	"  ip ttl 9 counter\n meta pkttype host counter\n ct state invalid counter\n"
	"  udp dport 53 ip daddr 20.0.1.1 counter drop\n }\n"
	" chain f { type filter hook forward priority 0;\n"
	"  ip daddr @no counter drop\n iifname \"eth1\" counter\n"
	"  oif \"eth2\" meta length > 60 counter\n"
	"  ip daddr . udp dport @pair counter\n ip6 daddr fd00:b::/32 udp dport 53 counter\n"
	"  ip daddr @net counter\n"
	"  th dport vmap @m\n counter name c\n ether type ip counter\n udp sport 4002 log\n }\n"
	" chain p { type filter hook postrouting priority 300; counter\n"
	"  ip saddr 10.0.0.9 counter\n"
	"  meta iif eth0 counter\n udp dport 55 ip daddr 20.0.1.2 counter drop\n"
	"  ip6 daddr fd00:b::2 drop\n }\n}\n",
	/* one with state */
	RULES "table inet f {\n"
	" set known { type ipv4_addr; size 100; flags dynamic,timeout; timeout 3s; }\n"
	" chain f { type filter hook forward priority 0; policy drop;\n"
	"  ct state established,related counter accept\n ct state invalid counter drop\n"
	"  ct direction reply counter\n iifname \"eth2\" tcp dport 53 reject with tcp reset\n"
	"  iifname \"eth0\" update @known { ip saddr }\n"
	"  iifname \"eth0\" ct state new limit rate 2000/second burst 300 packets counter accept\n"
	"  counter accept\n }\n"
	" chain p { type filter hook prerouting priority -300;\n udp dport 54 notrack\n }\n}\n",
	/* NAT in both directions, and a rule that sees what it did */
	RULES "table ip n {\n"
	" map to { type inet_service : ipv4_addr; elements = { 53 : 10.0.0.9, 54 : 20.0.0.7 } }\n"
	" chain pre { type nat hook prerouting priority dstnat;\n"
	"  iifname \"eth2\" dnat to th dport map @to\n ip daddr 20.0.0.2 dnat to 20.0.1.2\n }\n"
	" chain post { type nat hook postrouting priority srcnat;\n"
	"  oifname \"eth1\" masquerade\n"
	"  oifname \"eth2\" ip daddr 20.0.1.2 snat to 10.2.0.77:600-900\n"
	" }\n"
	" chain f { type filter hook forward priority 0;\n ip daddr 10.0.0.9 counter\n"
	"  ip saddr 10.0.0.9 counter\n ct original ip daddr 20.0.0.2 counter\n"
	"  ct reply proto-dst 600-900 counter\n }\n"
	" chain last { type filter hook postrouting priority 200; ip saddr 10.1.0.254 counter\n }\n"
	"}\ntable ip6 n {\n"
	" chain pre { type nat hook prerouting priority dstnat;\n"
	"  iifname \"eth2\" dnat to fd00::9\n }\n"
	" chain post { type nat hook postrouting priority srcnat; oifname \"eth1\" masquerade\n }\n"
	" chain f { type filter hook forward priority 0; ct state established counter\n }\n}\n",
	/* what needs a packet, for some */
	RULES "table inet f {\n"
	" chain pre { type filter hook prerouting priority mangle;\n"
	"  udp dport 54 meta mark set 7\n }\n"
	" chain f { type filter hook forward priority 0;\n ct state new ct mark set 5\n"
	"  meta mark 7 counter\n tcp dport 54 tcp option maxseg size set 900\n"
	"  ip daddr 20.0.0.3 ip ttl set 33\n ip daddr 20.0.1.3 quota over 10000 bytes counter\n"
	"  tcp sport 55 ct mark 5 counter\n }\n}\n",
	/* nothing but tracking */
	RULES "table inet f {\n"
	" chain f { type filter hook forward priority 0; ct state new counter }\n}\n",
};

#define FLOWTABLE RULES "table inet flows {\n" \
	" flowtable ft { hook ingress priority 0; devices = { eth0, eth1, eth2 }; counter; }\n" \
	" chain f { type filter hook forward priority 0;\n" \
	"  counter\n ct state established counter flow add @ft\n }\n}\n"

static const char *const flow_rulesets[] = {
	FLOWTABLE,
	/* both addresses, and ports */
	FLOWTABLE "table inet n {\n"
	" chain pre { type nat hook prerouting priority dstnat;\n"
	"  iifname \"eth2\" meta nfproto ipv4 dnat ip to 10.0.0.9:4077\n"
	"  iifname \"eth2\" meta nfproto ipv6 dnat ip6 to [fd00::9]:4077\n"
	"  ip daddr 20.0.0.2 dnat ip to 20.0.1.2\n"
	"  ip6 daddr fd00:a::2 dnat ip6 to fd00:b::2\n }\n"
	" chain post { type nat hook postrouting priority srcnat;\n"
	"  oifname { \"eth1\", \"eth2\" } masquerade\n }\n}\n",
};

static const char *a_ruleset(u64 n, bool flows)
{
	return flows ? flow_rulesets[n % (sizeof(flow_rulesets) / sizeof(flow_rulesets[0]))] :
		       rulesets[n % (sizeof(rulesets) / sizeof(rulesets[0]))];
}

static void scene_begin(struct scene *s, u64 seed, bool flows)
{
	*s = (struct scene){ .now = 40 * PAIR_SEC };
	prng_init(&s->r, seed);
	for (u32 i = 0; i < 2; i++)
		box_create(&s->box[i]);
	for (u32 i = 0; i < sizeof(setup) / sizeof(setup[0]); i++)
		both(s, setup[i]);
	for (u32 i = 0; i < CARDS; i++) {
		char cmd[64];

		snprintf(cmd, sizeof(cmd), "ethtool -K eth%u gro off", i);
		both(s, cmd);
	}
	take_the_long_way(&s->box[1]);
	both(s, a_ruleset(seed, flows));
	if (one_in(&s->r, 2))
		both(s, "sysctl -w net.netfilter.nf_conntrack_acct=1");
	for (u32 i = 0; i < 2; i++)
		ln_net_run(s->box[i].net, s->now);
}

/* ---- frames ---- */

struct talk {			/* one frame of it, as the peer behind a card would send it */
	bool v6, tcp;
	u8 flags, ttl;
	u16 sport, dport, win;
	u32 seq, ack, len;
	u8 src[16], dst[16];
};

static u32 hlen_of(const struct talk *t)
{
	return t->v6 ? IPV6_HLEN : IPV4_HLEN;
}

static void write_network(const struct talk *t, u8 *ip, u32 upper)
{
	struct ipv4_view v4 = { .tot_len = (u16)(IPV4_HLEN + upper), .hlen = IPV4_HLEN,
				.ttl = t->ttl, .protocol = t->tcp ? 6 : 17, .df = true };
	struct ipv6_view v6 = { .payload_len = (u16)upper, .nexthdr = t->tcp ? 6 : 17,
				.hop_limit = t->ttl };

	memcpy(&v4.saddr, t->src, 4);
	memcpy(&v4.daddr, t->dst, 4);
	memcpy(&v6.saddr, t->src, 16);
	memcpy(&v6.daddr, t->dst, 16);
	if (t->v6)
		ipv6_build(ip, &v6);
	else
		ipv4_build(ip, &v4);
}

static void write_check(const struct talk *t, const u8 *ip, u8 *th, u32 upper)
{
	const struct ipv6hdr *h6 = (const void *)ip;
	const struct iphdr *h4 = (const void *)ip;
	u8 protocol = t->tcp ? 6 : 17;
	wsum sum = csum_partial(th, upper, 0);
	be16 check = t->v6 ? csum_ipv6_magic(&h6->saddr, &h6->daddr, upper, protocol, sum) :
			     csum_tcpudp_magic(h4->saddr, h4->daddr, upper, protocol, sum);

	if (!t->tcp && !check)
		check = CSUM_MANGLED_0;
	memcpy(th + (t->tcp ? 16 : 6), &check, 2);
}

static void write_talk(struct frame *f, const struct talk *t, u32 card)
{
	u8 *ip = f->data + ETH_HLEN, *th = ip + hlen_of(t);
	u32 upper = (t->tcp ? TCP_HLEN : UDP_HLEN) + t->len;
	struct tcp_view v = { .sport = t->sport, .dport = t->dport, .seq = t->seq,
			      .ack_seq = t->ack, .window = t->win, .flags = t->flags,
			      .hlen = TCP_HLEN };
	struct udp_view u = { t->sport, t->dport, upper, false };

	memcpy(f->data, (u8[12]){ 2, 0, 0, 0, 0, (u8)(1 + card), 2, 0, 0, 0, 9, 9 }, 12);
	put_be16(f->data + 12, t->v6 ? ETH_P_IPV6 : ETH_P_IP);
	write_network(t, ip, upper);
	memset(th, (int)t->seq, upper);
	if (t->tcp)
		tcp_build(th, &v);
	else
		udp_build(th, &u);
	write_check(t, ip, th, upper);
	f->len = ETH_HLEN + hlen_of(t) + upper;
}

/* What reached a peer. False: nothing that he would answer. */
static bool read_talk(const struct frame *f, struct talk *t)
{
	const u8 *ip = f->data + ETH_HLEN, *th;
	u8 protocol;

	*t = (struct talk){ .v6 = get_be16(f->data + 12) == ETH_P_IPV6 };
	if (f->len < ETH_HLEN + hlen_of(t) + TCP_HLEN ||
	    (!t->v6 && (get_be16(f->data + 12) != ETH_P_IP || ip[0] != 0x45 ||
			ip_is_fragment((const void *)ip))))
		return false;
	th = ip + hlen_of(t);
	protocol = ip[t->v6 ? 6 : 9];
	t->tcp = protocol == 6;
	memcpy(t->src, ip + (t->v6 ? 8 : 12), t->v6 ? 16 : 4);
	memcpy(t->dst, ip + (t->v6 ? 24 : 16), t->v6 ? 16 : 4);
	t->sport = get_be16(th);
	t->dport = get_be16(th + 2);
	t->ttl = ip[t->v6 ? 7 : 8];
	t->seq = get_be32(th + 4);
	if (!t->tcp)
		return protocol == 17;
	t->ack = get_be32(th + 8);
	t->flags = th[13];
	t->len = f->len - ETH_HLEN - hlen_of(t) - (th[12] >> 4) * 4u;
	return (th[12] >> 4) >= 5 && t->len < 1500;
}

static void turn_round(struct talk *t, struct prng *r)
{
	u32 end = t->seq + t->len + !!(t->flags & (TCPHDR_SYN | TCPHDR_FIN)), seq = t->ack;
	u8 addr[16];
	u16 port = t->sport;

	memcpy(addr, t->src, 16);
	memcpy(t->src, t->dst, 16);
	memcpy(t->dst, addr, 16);
	t->sport = t->dport;
	t->dport = port;
	t->ttl = 9;
	t->win = (u16)(one_in(r, 30) ? 0 : 20000);
	t->len = rnd(r, 2) * rnd(r, 500);
	t->seq = t->tcp ? seq : prng_u32(r);
	t->ack = end;
	if ((t->flags & (TCPHDR_SYN | TCPHDR_ACK)) == TCPHDR_SYN) {
		t->flags = TCPHDR_SYN | TCPHDR_ACK;
		t->seq = prng_u32(r);
		t->len = 0;
	} else {
		t->flags = TCPHDR_ACK | (u8)(rnd(r, 2) * TCPHDR_PSH);
	}
	/* Now and then it ends, or does not fit. */
	if (t->tcp && one_in(r, 50))
		t->flags = one_in(r, 2) ? TCPHDR_FIN | TCPHDR_ACK : TCPHDR_RST | TCPHDR_ACK;
	if (t->tcp && one_in(r, 50))
		t->seq += (rnd(r, 2) ? 1u : ~0u) * rnd(r, 1 << rnd(r, 20));
	if (t->tcp && one_in(r, 80))
		t->ack += prng_u32(r);
}

static void new_talk(struct talk *t, struct prng *r, u32 card, u16 id)
{
	bool inside = !card;

	*t = (struct talk){ .v6 = one_in(r, 3), .tcp = one_in(r, 2), .flags = TCPHDR_SYN, .ttl = 9,
			    .sport = (u16)(4000 + id), .dport = (u16)(53 + rnd(r, 3)),
			    .win = 20000, .seq = prng_u32(r), .len = 0 };
	if (!t->tcp)
		t->len = rnd(r, 400);
	if (t->v6) {
		struct ip6_addr from = inside ? ula(0, 9) : ula(9 + card, 1 + rnd(r, 3));
		struct ip6_addr to = inside ? ula(10 + rnd(r, 2), 1 + rnd(r, 3)) : ula(0, 9);

		memcpy(t->src, &from, 16);
		memcpy(t->dst, &to, 16);
	} else {
		be32 far = INET_ADDR4(20, 0, inside ? rnd(r, 2) : card - 1, 1 + rnd(r, 3));
		be32 near = INET_ADDR4(10, 0, 0, 9);

		memcpy(t->src, inside ? &near : &far, 4);
		memcpy(t->dst, inside ? &far : &near, 4);
	}
}

/* An error about what has reached the peer. */
static void complain(struct frame *f, const struct frame *about, u32 card)
{
	const u8 *quoted = about->data + ETH_HLEN;
	u8 *ip = f->data + ETH_HLEN, *icmp = ip + IPV4_HLEN;
	struct ipv4_view v = { .tot_len = IPV4_HLEN + 8 + 28, .hlen = IPV4_HLEN, .ttl = 9,
			       .protocol = IP_PROTO_ICMP };
	be16 check;

	memcpy(&v.saddr, quoted + 16, 4);
	memcpy(&v.daddr, quoted + 12, 4);
	memcpy(f->data, (u8[12]){ 2, 0, 0, 0, 0, (u8)(1 + card), 2, 0, 0, 0, 9, 9 }, 12);
	put_be16(f->data + 12, ETH_P_IP);
	ipv4_build(ip, &v);
	memset(icmp, 0, 8);
	icmp[0] = ICMP_DEST_UNREACH;
	icmp[1] = 3;
	memcpy(icmp + 8, quoted, 28);
	check = csum_fold(csum_partial(icmp, 36, 0));
	memcpy(icmp + 2, &check, 2);
	f->len = ETH_HLEN + v.tot_len;
}

static void damage(struct frame *f, struct prng *r)
{
	bool v4 = get_be16(f->data + 12) == ETH_P_IP;
	struct iphdr *iph = (void *)(f->data + ETH_HLEN);

	switch (rnd(r, 8)) {
	case 0:
		f->data[ETH_HLEN + rnd(r, f->len - ETH_HLEN)] ^= (u8)(1 + rnd(r, 255));
		return;
	case 1:
		f->len -= rnd(r, 30);
		return;
	case 2:				/* behind its header; a wrong sum */
		f->data[f->len - 1 - rnd(r, 8)] ^= 1;
		return;
	case 3:		/* never whole: that would overtake others of its batch */
		iph->frag_off = v4 ? cpu_to_be16((u16)(IP_MF + rnd(r, 3))) : iph->frag_off;
		break;
	case 4:
		iph->ttl = v4 ? 1 : iph->ttl;
		break;
	case 5:
		iph->tos = v4 ? (u8)rnd(r, 256) : iph->tos;
		break;
	default:
		f->len += 9;		/* padding */
		return;
	}
	if (v4)
		ip_send_check(iph);
}

/* ---- the run ---- */

struct next {			/* what is sent by each card in the next round */
	u32 n;
	struct { u32 card; struct frame f; } frame[BURST_MAX];
};

static struct next next;

static struct frame *add(u32 card)
{
	if (next.n == BURST_MAX)
		return NULL;
	next.frame[next.n].card = card;
	return &next.frame[next.n++].f;
}

/* Peers answer what reached them. */
static void answer(struct scene *s, u32 card, const struct frame *got)
{
	struct talk t;
	struct frame *f;

	if (!read_talk(got, &t) || one_in(&s->r, 12) || (t.tcp && t.flags & TCPHDR_RST))
		return;
	f = add(card);
	if (!f)
		return;
	if (!t.v6 && one_in(&s->r, 40)) {
		complain(f, got, card);
		return;
	}
	turn_round(&t, &s->r);
	write_talk(f, &t, card);
	if (one_in(&s->r, 25))
		damage(f, &s->r);
	/* A train of them. */
	for (u32 more = one_in(&s->r, 6) ? rnd(&s->r, 6) : 0;
	     more-- && (!t.tcp || t.flags == TCPHDR_ACK); t.seq += t.len) {
		f = add(card);
		if (f)
			write_talk(f, &t, card);
	}
}

static void begin_some(struct scene *s, u32 burst)
{
	struct talk t;

	for (u32 i = 0, n = next.n < 60 ? 4 : 1; i < n; i++) {
		u32 card = one_in(&s->r, 3) ? 1 + rnd(&s->r, 2) : 0;
		struct frame *f = add(card);

		if (!f)
			return;
		new_talk(&t, &s->r, card, (u16)((burst * 4 + i) % 3000));
		write_talk(f, &t, card);
		if (one_in(&s->r, 20))
			damage(f, &s->r);
	}
}

static const char *const events[][2] = {
	{ "ip route change 20.0.0.0/24 via 10.2.0.1", "ip route change 20.0.0.0/24 via 10.1.0.1" },
	{ "sysctl -w net.netfilter.nf_conntrack_checksum=0",
	  "sysctl -w net.netfilter.nf_conntrack_checksum=1" },
	{ "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1",
	  "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=0" },
	{ "ip link set eth2 mtu 300", "ip link set eth2 mtu 1500" },
	{ "ip addr add 20.0.1.2/32 dev eth0", "ip addr del 20.0.1.2/32 dev eth0" },
	{ "sysctl -w net.netfilter.nf_conntrack_acct=1",
	  "sysctl -w net.netfilter.nf_conntrack_acct=0" },
};

static void something_happens(struct scene *s, bool flows)
{
	u32 i = rnd(&s->r, sizeof(events) / sizeof(events[0]));

	if (one_in(&s->r, 4)) {
		both(s, a_ruleset(prng_u32(&s->r), flows));
		return;
	}
	both(s, events[i][s->done[i]]);
	s->done[i] = !s->done[i];
}

#define LINES_MAX 2048

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In some order, and but for who holds them: a packet does until its card has sent it, a frame does
 * not. */
static u32 connections(struct scene *s, u32 which, const char **line)
{
	static char text[2][1 << 18];
	char *p = text[which];
	u32 n = 0;

	assert_int_equal(ln_ctl(s->box[which].net, "conntrack -L", p, sizeof(text[0]), NULL), 0);
	while ((line[n] = strtok(n ? NULL : p, "\n"))) {
		p = strstr(line[n], " use=");
		if (p)
			*p = '\0';
		assert_true(++n < LINES_MAX);
	}
	qsort(line, n, sizeof(*line), by_text);
	return n;
}

static void same_connections(struct scene *s)
{
	static const char *line[2][LINES_MAX];
	u32 n = connections(s, 0, line[0]);

	assert_int_equal(connections(s, 1, line[1]), n);
	for (u32 i = 0; i < n; i++)
		assert_string_equal(line[0][i], line[1][i]);
}

static bool same_talk(const struct talk *a, const struct talk *b)
{
	return a->sport + a->dport == b->sport + b->dport && a->tcp == b->tcp && a->v6 == b->v6;
}

/* Of each talk one frame. Where a connection begins, the second frame of one batch finds it before
 * the first is through, and that depends on where batches end, by either way. */
static void no_trains(void)
{
	static struct talk talks[BURST_MAX];
	u32 n = 0;

	for (u32 i = 0, j; i < next.n; i++) {
		if (!read_talk(&next.frame[i].f, &talks[n]))
			continue;
		for (j = 0; j < n && !same_talk(&talks[n], &talks[j]); j++)
			;
		if (j == n)
			next.frame[n++] = next.frame[i];
	}
	next.n = n;
}

static void one_round(struct scene *s, u32 burst)
{
	static struct next now;

	begin_some(s, burst);
	now = next;
	next.n = 0;
	for (u32 i = 0; i < now.n; i++)
		for (u32 b = 0; b < 2; b++)
			ln_nic_receive(s->box[b].nic[now.frame[i].card], now.frame[i].f.data,
				       now.frame[i].f.len);
	run(s, 0, false);
	run(s, 1, false);
	for (u32 card = 0; card < CARDS; card++)
		for (u32 i = 0; i < s->n[0][card]; i++)
			answer(s, card, &sent[0][card][i]);
	compare(s);
}

/* flows: one that begins within a batch is known to the next frame, or to the next batch, so that
 * there are no trains at all. */
static void rules_say_the_same(u64 seed, bool flows)
{
	struct scene s;

	scene_begin(&s, seed, flows);
	next.n = 0;
	for (u32 burst = 0; burst < BURSTS; burst++) {
		bool fresh = one_in(&s.r, 12);

		if (fresh && one_in(&s.r, 2))
			something_happens(&s, flows);
		else if (fresh)
			s.now += 2500 * PAIR_MS;
		if (fresh || flows)
			no_trains();
		one_round(&s, burst);
		s.now += 30 * PAIR_MS;
		if (burst % 8)
			continue;
		same_text(&s, "nft list ruleset");
		same_connections(&s);
		same_text(&s, "conntrack -S");
	}
	assert_true(s.sent > 5000 && s.passed > s.sent / 50);
	scene_end(&s);
}

static void what_rules_say_of_a_frame_they_say_of_its_packet(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 15; seed++)
		rules_say_the_same(seed, false);
}

static void what_a_flow_table_knows_goes_by_as_packets_do(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 8; seed++)
		rules_say_the_same(seed, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_rules_say_of_a_frame_they_say_of_its_packet),
		cmocka_unit_test(what_a_flow_table_knows_goes_by_as_packets_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
