/* SPDX-License-Identifier: MIT */
/*
 * Frames for the fuzzed machine, made from templates: lengths and checksums are right unless the
 * input patches them, sequence numbers lie near those of a connection that is there. And what the
 * machine sends: its own packets must be well-formed.
 */
#include <string.h>

#include "base/netns.h"
#include "harness/fuzz_stack.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/inet_addr.h"
#include "wire/tcp_opt.h"
#include "wire/udp.h"

#define IP_OFF ETH_HLEN

/* Addresses that matter: ours, the peers', a network's, unknown, forbidden ones. */
static const be32 addrs[] = {
	INET_ADDR4(10, 0, 0, 1), INET_ADDR4(10, 0, 0, 2), INET_ADDR4(10, 1, 0, 1),
	INET_ADDR4(10, 1, 0, 2), INET_ADDR4(10, 0, 0, 254), INET_ADDR4(10, 0, 0, 255),
	INET_ADDR4(192, 0, 2, 7), INET_ADDR4(255, 255, 255, 255), INET_ADDR4(224, 0, 0, 1),
	INET_ADDR4(127, 0, 0, 1), INET_ADDR4(0, 0, 0, 0), INET_ADDR4(10, 1, 0, 77),
	INET_ADDR4(240, 0, 0, 1), INET_ADDR4(10, 0, 0, 9), INET_ADDR4(169, 254, 1, 1),
	INET_ADDR4(10, 0, 0, 0),
};

static const u16 ports[] = { 80, 53, 5000, 6000, 1000, 2000, 40000, 0 };

/* ---- building ---- */

static void put_eth(struct fz *f, unsigned nic, u8 flags, u16 proto)
{
	struct eth_view eth = { .source = { 2, 0, 0, 0, (u8)nic, 2 }, .proto = proto };

	if (flags & 1)
		memset(eth.dest, 0xff, sizeof(eth.dest));
	else if (flags & 2)
		memcpy(eth.dest, (u8[]){ 0x01, 0, 0x5e, 0, 0, 1 }, sizeof(eth.dest));
	else if (f->nic[nic])
		ln_nic_mac(f->nic[nic], eth.dest);
	if (flags & 4)
		eth.source[4] = 7;
	eth_build(f->last, &eth);
}

/* The Internet header for len bytes that stand behind it already. */
static void put_ip(struct fz *f, struct ipv4_view *ip, size_t len)
{
	ip->tot_len = (u16)(ip->hlen + len);
	ip->ttl = ip->ttl ? ip->ttl : 64;
	ipv4_build(f->last + IP_OFF, ip);
	f->last_len = (size_t)IP_OFF + ip->tot_len;
}

static size_t fill(u8 *p, size_t len, struct fz_in *in)
{
	for (size_t i = 0; i < len; i++)
		p[i] = in && in->p < in->end ? fz_u8(in) : (u8)(i * 31);
	return len;
}

static void tcp_csum(u8 *p, size_t len, be32 saddr, be32 daddr)
{
	struct tcphdr *th = (struct tcphdr *)p;

	th->check = 0;
	th->check = tcp_v4_check((u32)len, saddr, daddr, csum_partial(p, len, 0));
}

static void udp_csum(u8 *p, size_t len, be32 saddr, be32 daddr)
{
	struct udphdr *uh = (struct udphdr *)p;

	uh->check = 0;
	uh->check = udp_v4_check((u32)len, saddr, daddr, csum_partial(p, len, 0));
}

static void icmp_csum(u8 *p, size_t len)
{
	struct icmphdr *ih = (struct icmphdr *)p;

	ih->checksum = 0;
	ih->checksum = csum_fold(csum_partial(p, len, 0));
}

/* Puts the checksums of f->last right, as far as it has such. */
static void fix_checksums(struct fz *f, u8 which)
{
	struct iphdr *iph = (struct iphdr *)(f->last + IP_OFF);
	size_t hlen, len;
	u8 *l4;

	if (f->last_len < IP_OFF + IPV4_HLEN)
		return;
	hlen = iph_hlen(iph);
	len = f->last_len - IP_OFF;
	if (which & 1 && hlen >= IPV4_HLEN && hlen <= len)
		ip_send_check(iph);
	if (!(which & 2) || hlen < IPV4_HLEN || hlen + 8 > len)
		return;
	l4 = f->last + IP_OFF + hlen;
	len -= hlen;
	if (iph->protocol == IP_PROTO_TCP && len >= TCP_HLEN)
		tcp_csum(l4, len, iph->saddr, iph->daddr);
	else if (iph->protocol == IP_PROTO_UDP)
		udp_csum(l4, len, iph->saddr, iph->daddr);
	else if (iph->protocol == IP_PROTO_ICMP)
		icmp_csum(l4, len);
}

/* ---- TCP ---- */

/* enum: what the option byte asks for. */
#define OPT_MSS 0x01
#define OPT_WSCALE 0x02
#define OPT_SACK_PERM 0x04
#define OPT_TS 0x08
#define OPT_SACK 0x10
#define OPT_RAW 0x20

static size_t put_sack(u8 *o, const struct fz_flow *flow, size_t room, struct fz_in *in)
{
	unsigned blocks = 1 + fz_u8(in) % 4u;
	u32 start;

	blocks = min_t(unsigned, blocks, (unsigned)(room - 4) / 8);
	if (room < 12)
		return 0;
	o[0] = TCPOPT_NOP;
	o[1] = TCPOPT_NOP;
	o[2] = TCPOPT_SACK;
	o[3] = (u8)(2 + 8 * blocks);
	for (unsigned i = 0; i < blocks; i++) {
		start = flow->una + (u32)(s32)(s16)fz_u16(in);
		put_be32(o + 4 + 8 * i, start);
		put_be32(o + 8 + 8 * i, start + fz_u16(in));
	}
	return 4 + 8 * blocks;
}

/* Returns bytes of options, a multiple of 4. */
static size_t put_options(struct fz *f, u8 *o, const struct fz_flow *flow, struct fz_in *in)
{
	u8 what = fz_u8(in);
	size_t n = 0, raw;

	if (what & OPT_MSS) {
		o[n] = TCPOPT_MSS;
		o[n + 1] = 4;
		put_be16(o + n + 2, fz_u16(in));
		n += 4;
	}
	if (what & OPT_WSCALE) {
		memcpy(o + n, (u8[]){ TCPOPT_NOP, TCPOPT_WINDOW, 3, fz_u8(in) }, 4);
		n += 4;
	}
	if (what & OPT_SACK_PERM) {
		memcpy(o + n, (u8[]){ TCPOPT_NOP, TCPOPT_NOP, TCPOPT_SACK_PERM, 2 }, 4);
		n += 4;
	}
	if (what & OPT_TS) {
		memcpy(o + n, (u8[]){ TCPOPT_NOP, TCPOPT_NOP, TCPOPT_TIMESTAMP, 10 }, 4);
		put_be32(o + n + 4, (u32)(f->now / 1000000) + (u32)(s32)(s8)fz_u8(in));
		put_be32(o + n + 8, flow->tsval - fz_u8(in));
		n += 12;
	}
	if (what & OPT_SACK)
		n += put_sack(o + n, flow, TCP_OPTLEN_MAX - n, in);
	if (what & OPT_RAW) {
		raw = min_t(size_t, fz_u8(in) & 31u, TCP_OPTLEN_MAX - n);
		n += fill(o + n, raw & ~(size_t)3, in);
	}
	return n;
}

static void send_tcp(struct fz *f, struct tcp_view *tcp, size_t hlen, size_t len, u8 who)
{
	struct ipv4_view ip = {
		.hlen = IPV4_HLEN, .protocol = IP_PROTO_TCP, .df = true, .tos = who >> 6 & 3,
		.saddr = addrs[1], .daddr = addrs[0],
	};
	u8 *l4 = f->last + IP_OFF + IPV4_HLEN;

	if (who & 0x08)
		ip.saddr = addrs[4];
	if (who & 0x10)
		ip.daddr = addrs[3];
	tcp->hlen = (u8)(TCP_HLEN + hlen);
	tcp->opts = hlen ? l4 + TCP_HLEN : NULL;
	tcp_build(l4, tcp);
	tcp_csum(l4, tcp->hlen + len, ip.saddr, ip.daddr);
	put_eth(f, 0, 0, ETH_P_IP);
	put_ip(f, &ip, tcp->hlen + len);
}

/* who, flags, seq and ack relative to the connection, window, options, length, payload */
static void template_tcp(struct fz *f, struct fz_in *in)
{
	u8 who = fz_u8(in);
	struct fz_flow *flow = &f->flow[who % FZ_FLOWS], fresh = *flow;
	struct tcp_view tcp = { .flags = fz_u8(in) };
	size_t hlen, len;

	if (who & 0x20) { /* a connection that is not there */
		fresh.sport = (u16)(3000 + fz_u8(in));
		fresh.dport = ports[fz_u8(in) % ARRAY_SIZE(ports)];
	}
	tcp.sport = fresh.sport;
	tcp.dport = fresh.dport;
	tcp.seq = fresh.seq + (u32)(s32)(s16)fz_u16(in);
	tcp.ack_seq = tcp.flags & TCPHDR_ACK ? fresh.ack - fz_u16(in) : 0;
	tcp.window = fz_u16(in);
	if (tcp.flags & TCPHDR_URG)
		tcp.urg_ptr = fz_u16(in);
	hlen = put_options(f, f->last + IP_OFF + IPV4_HLEN + TCP_HLEN, &fresh, in);
	len = fz_u16(in) % 1461u;
	fill(f->last + IP_OFF + IPV4_HLEN + TCP_HLEN + hlen, len, in);
	if (!(who & 0x20) && tcp.flags & TCPHDR_ACK)
		flow->una = tcp.ack_seq;
	send_tcp(f, &tcp, hlen, len, who);
}

void fz_segment(struct fz *f, u16 sport, u16 dport, u8 flags, u32 len)
{
	struct fz_flow *flow = &f->flow[0];
	struct tcp_view tcp = {
		.sport = sport, .dport = dport, .flags = flags, .window = 8000,
		.seq = flow->seq, .ack_seq = flow->ack,
	};
	static const u8 syn_opts[] = {
		2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7,
	};
	u8 *o = f->last + IP_OFF + IPV4_HLEN + TCP_HLEN;
	size_t hlen = flags & TCPHDR_SYN ? sizeof(syn_opts) : 12;

	memcpy(o, syn_opts, sizeof(syn_opts));
	if (!(flags & TCPHDR_SYN)) {
		memcpy(o, (u8[]){ TCPOPT_NOP, TCPOPT_NOP, TCPOPT_TIMESTAMP, 10 }, 4);
		put_be32(o + 4, 2);
		put_be32(o + 8, flow->tsval);
		flow->una = flow->ack;
	}
	fill(o + hlen, len, NULL);
	send_tcp(f, &tcp, hlen, len, 0);
	fz_input(f, 0, f->last, f->last_len);
	fz_run(f);
}

/* ---- the others ---- */

static be32 pick_addr(u8 n)
{
	return addrs[n % ARRAY_SIZE(addrs)];
}

/* addresses, ports, ttl, length, payload */
static void template_udp(struct fz *f, struct fz_in *in)
{
	u8 who = fz_u8(in), which = fz_u8(in);
	struct ipv4_view ip = {
		.hlen = IPV4_HLEN, .protocol = IP_PROTO_UDP, .ttl = fz_u8(in),
		.saddr = pick_addr(who & 15), .daddr = pick_addr(who >> 4),
	};
	struct udp_view udp = {
		.sport = ports[which & 7], .dport = ports[which >> 3 & 7],
		.len = (u16)(UDP_HLEN + fz_u16(in) % 1473u),
	};
	u8 *l4 = f->last + IP_OFF + IPV4_HLEN;

	udp_build(l4, &udp);
	fill(l4 + UDP_HLEN, udp.len - UDP_HLEN, in);
	if (!(which & 0x40))
		udp_csum(l4, udp.len, ip.saddr, ip.daddr);
	put_eth(f, which >> 7, ip.daddr == INADDR4_BROADCAST, ETH_P_IP);
	put_ip(f, &ip, udp.len);
}

/* type, code, second word; then a quote of what was sent last, or bytes */
static void template_icmp(struct fz *f, struct fz_in *in)
{
	u8 who = fz_u8(in), type = fz_u8(in), code = fz_u8(in), quote = fz_u8(in);
	struct ipv4_view ip = {
		.hlen = IPV4_HLEN, .protocol = IP_PROTO_ICMP,
		.saddr = pick_addr(who & 15), .daddr = pick_addr(who >> 4),
	};
	u8 *l4 = f->last + IP_OFF + IPV4_HLEN;
	size_t len = 0;

	l4[0] = type;
	l4[1] = code;
	put_be32(l4 + 4, fz_u32(in));
	if (quote && f->sent_len > IP_OFF) {
		len = min_t(size_t, f->sent_len - IP_OFF, quote * 4u);
		memcpy(l4 + ICMP_HLEN, f->sent + IP_OFF, len);
		if (f->sent_len >= IP_OFF + IPV4_HLEN) /* the error comes back to who sent it */
			ip.daddr = ((struct iphdr *)(f->sent + IP_OFF))->saddr;
	} else {
		len = fill(l4 + ICMP_HLEN, min_t(size_t, fz_left(in), 1400), in);
	}
	icmp_csum(l4, ICMP_HLEN + len);
	put_eth(f, who & 1, 0, ETH_P_IP);
	put_ip(f, &ip, ICMP_HLEN + len);
}

/* who asks or answers for whom */
static void template_arp(struct fz *f, struct fz_in *in)
{
	u8 who = fz_u8(in), how = fz_u8(in), mac = fz_u8(in);
	struct arp_view arp = {
		.op = how & 1 ? ARPOP_REPLY : ARPOP_REQUEST, .sip = pick_addr(who & 15),
		.tip = pick_addr(who >> 4), .sha = { 2, 0, 0, 0, (how >> 4) & 1, mac ? mac : 2 },
	};

	if (how & 2)
		memcpy(arp.tha, arp.sha, sizeof(arp.tha));
	put_eth(f, how >> 4 & 1, how >> 2 & 1, ETH_P_ARP);
	f->last_len = ETH_HLEN + arp_build(f->last + ETH_HLEN, &arp);
	f->last_len += fill(f->last + f->last_len, how & 8 ? 18 : 0, NULL);
}

/* Any protocol, options, a fragment: id, offset in 8 bytes, flags. */
static void template_ip(struct fz *f, struct fz_in *in)
{
	u8 who = fz_u8(in), how = fz_u8(in);
	u8 opts[IPV4_OPTLEN_MAX];
	struct ipv4_view ip = {
		.saddr = pick_addr(who & 15), .daddr = pick_addr(who >> 4), .mf = how & 1,
		.df = how & 2, .ce = how & 4, .ttl = fz_u8(in), .protocol = fz_u8(in),
		.id = fz_u8(in), .frag_off = (u16)(fz_u16(in) * 8), .tos = how & 8 ? 3 : 0,
	};
	size_t len;

	ip.frag_off &= IP_OFFSET * 8u;
	ip.hlen = (u8)(IPV4_HLEN + (fz_u8(in) % 11u) * 4);
	fill(opts, ip.hlen - IPV4_HLEN, in);
	ip.opts = ip.hlen > IPV4_HLEN ? opts : NULL;
	len = fill(f->last + IP_OFF + ip.hlen, min_t(size_t, fz_left(in), 1500u - ip.hlen), in);
	put_eth(f, how >> 7, how >> 5 & 3, ETH_P_IP);
	put_ip(f, &ip, len);
	if (!ip.frag_off && !ip.mf)
		fix_checksums(f, how & 0x10 ? 1 : 3);
}

/* what to put right, then (offset, byte) as long as there are any */
static void patch(struct fz *f, struct fz_in *in)
{
	u8 fix = fz_u8(in);
	s8 grow = (s8)fz_u8(in);
	size_t at;

	if ((s64)f->last_len + grow >= 0 && f->last_len + (size_t)grow <= 1518)
		f->last_len += (size_t)(ssize_t)grow;
	while (in->p < in->end && f->last_len) {
		at = fz_u8(in) % f->last_len;
		f->last[at] = fz_u8(in);
	}
	fix_checksums(f, fix);
}

bool fz_template(struct fz *f, enum fz_op op, struct fz_in *in)
{
	switch (op) {
	case FZ_TCP:
		template_tcp(f, in);
		return true;
	case FZ_UDP:
		template_udp(f, in);
		return true;
	case FZ_ICMP:
		template_icmp(f, in);
		return true;
	case FZ_ARP:
		template_arp(f, in);
		return true;
	case FZ_IP:
		template_ip(f, in);
		return true;
	case FZ_IP6:
		fz_template_ip6(f, in);
		return true;
	case FZ_PATCH:
		patch(f, in);
		return true;
	default:
		return false;
	}
}

/* ---- what the machine sends ---- */

static void answer_arp(struct fz *f, unsigned nic, const u8 *p, size_t len)
{
	struct arp_view arp, reply;
	u8 frame[ETH_HLEN + ARP_HLEN];
	struct eth_view eth = { .source = { 2, 0, 0, 0, (u8)nic, 2 }, .proto = ETH_P_ARP };

	if (arp_parse(p, len, &arp)) {
		if (f->dirty || f->bridge)
			return;
		fz_fail("sent a malformed ARP message", (s64)len);
	}
	if (f->no_arp || arp.op != ARPOP_REQUEST || (be32_to_cpu(arp.tip) & 0xff) != 2)
		return;
	reply = (struct arp_view){ .op = ARPOP_REPLY, .sip = arp.tip, .tip = arp.sip };
	ether_addr_copy(reply.sha, eth.source);
	ether_addr_copy(reply.tha, arp.sha);
	ether_addr_copy(eth.dest, arp.sha);
	eth_build(frame, &eth);
	arp_build(frame + ETH_HLEN, &reply);
	fz_input(f, nic, frame, sizeof(frame));
}

static void note_segment(struct fz *f, const struct tcp_view *tcp, u32 payload)
{
	struct tcp_options_received rx;
	struct fz_flow *flow = NULL;

	for (unsigned i = 0; i < FZ_FLOWS && !flow; i++)
		if (f->flow[i].sport == tcp->dport && f->flow[i].dport == tcp->sport)
			flow = &f->flow[i];
	if (!flow) {
		flow = &f->flow[f->flows++ % FZ_FLOWS];
		*flow = (struct fz_flow){ .sport = tcp->dport, .dport = tcp->sport };
		flow->una = tcp->seq;
	}
	if (tcp->flags & TCPHDR_ACK)
		flow->seq = tcp->ack_seq;
	flow->ack = tcp->seq + tcp_seg_len(tcp->flags, payload);
	tcp_parse_options(tcp->opts, tcp->hlen - TCP_HLEN, tcp->flags & TCPHDR_SYN, &rx);
	if (rx.saw_tstamp)
		flow->tsval = rx.ts_val;
}

static bool is_ours(be32 addr)
{
	return addr == addrs[0] || addr == addrs[2];
}

static void judge_ip(struct fz *f, const u8 *p, size_t len)
{
	struct ipv4_view ip;
	struct icmp_view icmp;
	struct tcp_view tcp;
	const u8 *l4;
	bool judged;

	if (ipv4_parse(p, len, &ip)) {
		if (f->dirty || f->bridge)
			return;
		fz_fail("sent a malformed IP packet", (s64)len);
	}
	/* With a bridge, what others sent goes through unseen. */
	judged = !f->dirty && !f->bridge && is_ours(ip.saddr) && !ip.mf && !ip.frag_off;
	l4 = p + ip.hlen;
	len = (size_t)ip.tot_len - ip.hlen;
	if (ip.protocol == IP_PROTO_TCP && is_ours(ip.saddr) && !ip.mf && !ip.frag_off) {
		if (!tcp_parse(l4, len, &tcp))
			note_segment(f, &tcp, (u32)len - tcp.hlen);
		else if (judged)
			fz_fail("sent a malformed segment", (s64)len);
	}
	if (!judged)
		return;
	if (ip.protocol == IP_PROTO_TCP && !tcp_v4_csum_ok(l4, len, ip.saddr, ip.daddr))
		fz_fail("sent a segment with a bad checksum", (s64)len);
	if (ip.protocol == IP_PROTO_UDP && !udp_v4_csum_ok(l4, len, ip.saddr, ip.daddr))
		fz_fail("sent a datagram with a bad checksum", (s64)len);
	if (ip.protocol == IP_PROTO_ICMP && icmp_parse(l4, len, &icmp))
		fz_fail("sent a malformed ICMP message", (s64)len);
}

void fz_output(struct fz *f, unsigned nic, const u8 *frame, size_t len)
{
	struct eth_view eth;

	if (eth_parse(frame, len, &eth))
		fz_fail("sent a malformed frame", (s64)len);
	f->sent_len = min_t(size_t, len, sizeof(f->sent));
	memcpy(f->sent, frame, f->sent_len);
	if (eth.proto == ETH_P_ARP)
		answer_arp(f, nic, frame + ETH_HLEN, len - ETH_HLEN);
	if (eth.proto == ETH_P_IP)
		judge_ip(f, frame + ETH_HLEN, len - ETH_HLEN);
	if (eth.proto == ETH_P_IPV6)
		fz_judge_ip6(f, frame + ETH_HLEN, len - ETH_HLEN);
}
