/* SPDX-License-Identifier: MIT */
/* Packets to bytes and back. */
#include "drill/packet.h"
#include "wire/icmp.h"
#include "wire/udp.h"

/* ---- TCP options ---- */

static u8 opt_length(const struct tcp_opt *o)
{
	static const u8 fixed[] = { [OPT_EOL] = 1, [OPT_NOP] = 1, [OPT_MSS] = 4, [OPT_WSCALE] = 3,
				    [OPT_SACKOK] = 2, [OPT_TS] = 10 };

	if (o->kind == OPT_SACK)
		return (u8)(2 + o->n * 8);
	if (o->kind == OPT_EXP)
		return (u8)(4 + o->n);
	if (o->kind == OPT_ACCECN0 || o->kind == OPT_ACCECN1)
		return (u8)(2 + o->n * 3);
	if (o->kind < ARRAY_SIZE(fixed) && fixed[o->kind])
		return fixed[o->kind];
	return (u8)(2 + o->n);
}

static void put_option(u8 *at, const struct tcp_opt *o)
{
	at[0] = o->kind;
	if (o->kind == OPT_EOL || o->kind == OPT_NOP)
		return;
	at[1] = opt_length(o);
	switch (o->kind) {
	case OPT_MSS:
		put_be16(at + 2, (u16)o->v[0]);
		break;
	case OPT_WSCALE:
		at[2] = (u8)o->v[0];
		break;
	case OPT_SACK:
	case OPT_TS:
		for (unsigned i = 0; 2 + i * 4 < at[1]; i++)
			put_be32(at + 2 + i * 4, o->v[i]);
		break;
	case OPT_ACCECN0:
	case OPT_ACCECN1:
		for (unsigned i = 0; i < o->n; i++) {
			at[2 + i * 3] = (u8)(o->v[i] >> 16);
			put_be16(at + 3 + i * 3, (u16)o->v[i]);
		}
		break;
	case OPT_EXP:
		put_be16(at + 2, FOEXP_MAGIC);
		memcpy(at + 4, o->bytes, o->n);
		break;
	default:
		memcpy(at + 2, o->bytes, o->n);
	}
}

/* Bytes of all options, filled up to a multiple of 4 with EOL; 0 when they do not fit. */
static size_t put_options(u8 *at, const struct packet *p)
{
	size_t n = 0;

	for (unsigned i = 0; i < p->n_opts; i++) {
		if (n + opt_length(&p->opts[i]) > TCP_OPTLEN_MAX)
			return 0;
		put_option(at + n, &p->opts[i]);
		n += opt_length(&p->opts[i]);
	}
	while (n % 4)
		at[n++] = 0;
	return n;
}

/* Return: its length, 0: malformed. */
static size_t read_option(struct tcp_opt *o, const u8 *at, size_t left)
{
	size_t len;

	*o = (struct tcp_opt){ .kind = at[0] };
	if (at[0] == OPT_EOL || at[0] == OPT_NOP)
		return 1;
	if (left < 2 || at[1] < 2 || at[1] > left)
		return 0;
	len = at[1];
	if (o->kind == OPT_MSS && len == 4) {
		o->v[0] = get_be16(at + 2);
	} else if (o->kind == OPT_WSCALE && len == 3) {
		o->v[0] = at[2];
	} else if ((o->kind == OPT_SACK && len % 8 == 2 && len <= 34) ||
		   (o->kind == OPT_TS && len == 10)) {
		o->n = o->kind == OPT_SACK ? (u8)(len / 8) : 0;
		for (unsigned i = 0; 2 + i * 4 < len; i++)
			o->v[i] = get_be32(at + 2 + i * 4);
	} else if ((o->kind == OPT_ACCECN0 || o->kind == OPT_ACCECN1) && len % 3 == 2 &&
		   len <= 11) {
		o->n = (u8)(len / 3);
		for (unsigned i = 0; i < o->n; i++)
			o->v[i] = get_be24(at + 2 + i * 3);
	} else if (o->kind == OPT_EXP && len >= 4 && get_be16(at + 2) == FOEXP_MAGIC) {
		o->n = (u8)(len - 4);
		memcpy(o->bytes, at + 4, o->n);
	} else {
		o->n = (u8)(len - 2);
		memcpy(o->bytes, at + 2, o->n);
	}
	return len;
}

static bool read_options(struct packet_full *out, const u8 *at, size_t left)
{
	out->p.opts = out->opts;
	while (left && out->p.n_opts < PACKET_OPTS_MAX) {
		size_t n = read_option(&out->opts[out->p.n_opts++], at, left);

		if (!n)
			return false;
		if (at[0] == OPT_EOL) {	/* what follows is padding */
			while (left && !*at) {
				at++;
				left--;
			}
			return !left;
		}
		at += n;
		left -= n;
	}
	return true;
}

/* ---- to bytes ---- */

/* Payload: the byte at sequence number s is the same in every packet that carries it. */
static void put_payload(u8 *at, u32 seq, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (u8)((seq + i) * 7 + ((seq + i) >> 8));
}

static size_t build_tcp(const struct packet *p, const struct packet_path *path, u8 *at, size_t cap)
{
	size_t opts = put_options(at + TCP_HLEN, p), len = TCP_HLEN + opts + p->len;
	be16 check;

	if (len > cap || (p->n_opts && !opts))
		return 0;
	tcph_write((struct tcphdr *)(void *)at, cpu_to_be16(path->sport), cpu_to_be16(path->dport),
		   p->seq, p->ack, (u32)(TCP_HLEN + opts), p->flags, p->win);
	at[12] |= p->res;
	put_be16(at + 18, p->urg);
	put_payload(at + TCP_HLEN + opts, p->seq, p->len);
	check = tcp_v4_check((u32)len, path->saddr, path->daddr, csum_partial(at, len, 0));
	memcpy(at + 16, &check, 2);
	return len;
}

static size_t build_udp(const struct packet *p, const struct packet_path *path, u8 *at, size_t cap)
{
	size_t len = UDP_HLEN + p->len;
	struct udp_view v = { .sport = path->sport, .dport = path->dport, .len = (u16)len };
	be16 check;

	if (len > cap)
		return 0;
	udp_build(at, &v);
	put_payload(at + UDP_HLEN, 0, p->len);
	check = udp_v4_check((u32)len, path->saddr, path->daddr, csum_partial(at, len, 0));
	memcpy(at + 6, &check, 2);
	return len;
}

/* An ICMP error quotes the other side's packet: its IP header and 8 bytes. */
static size_t build_icmp(const struct packet *p, const struct packet_path *path, u8 *at)
{
	bool udp = p->quoted == IP_PROTO_UDP;
	u8 quote[IPV4_HLEN + 8] = { 0 };
	struct ipv4_view ip = {
		.tot_len = (u16)(IPV4_HLEN + (udp ? UDP_HLEN : TCP_HLEN) + p->quoted_len),
		.hlen = IPV4_HLEN, .ttl = 63, .df = true, .protocol = p->quoted,
		.saddr = path->daddr, .daddr = path->saddr,
	};
	struct icmp_view v = { .type = p->icmp_type, .code = p->icmp_code, .mtu = p->icmp_mtu,
			       .id = 1, .sequence = 1, .data = quote,
			       .data_len = p->quoted ? sizeof(quote) : p->len };

	ipv4_build(quote, &ip);
	put_be16(quote + 20, path->dport);
	put_be16(quote + 22, path->sport);
	put_be32(quote + 24, udp ? (UDP_HLEN + p->quoted_len) << 16 : p->quoted_seq);
	return icmp_build(at, &v);
}

size_t packet_build(const struct packet *p, const struct packet_path *path, u8 *buf, size_t cap)
{
	struct ipv4_view ip = {
		.hlen = IPV4_HLEN, .ttl = p->has & HAS_TTL ? p->ttl : 255, .df = false,
		.tos = (u8)((p->has & HAS_TOS ? p->tos : 0) | (p->has & HAS_ECN ? p->ecn : 0)),
		.protocol = p->protocol, .saddr = path->saddr, .daddr = path->daddr,
	};
	u8 *at = buf + IPV4_HLEN;
	size_t len;

	if (p->protocol == IP_PROTO_TCP)
		len = build_tcp(p, path, at, cap - IPV4_HLEN);
	else if (p->protocol == IP_PROTO_UDP)
		len = build_udp(p, path, at, cap - IPV4_HLEN);
	else
		len = build_icmp(p, path, at);
	if (!len)
		return 0;
	ip.tot_len = (u16)(IPV4_HLEN + len);
	ipv4_build(buf, &ip);
	return ip.tot_len;
}

size_t packet_cut(const u8 *ip, size_t len, u16 mtu, size_t *done, u8 *out)
{
	size_t ihl = (ip[0] & 15) * 4u, head, n;
	struct iphdr *iph = (struct iphdr *)(void *)out;
	struct tcphdr *th = (struct tcphdr *)(void *)(out + ihl);
	u32 seq = get_be32(ip + ihl + 4);

	head = ihl + tcph_hlen((const struct tcphdr *)(const void *)(ip + ihl));
	if (mtu <= head || *done >= len - head)
		return 0;
	n = min(mtu - head, len - head - *done);
	memcpy(out, ip, head);
	memcpy(out + head, ip + head + *done, n);
	put_be32((u8 *)&th->seq, seq + (u32)*done);
	*done += n;
	if (*done < len - head)
		th->flags &= (u8)~(TCPHDR_FIN | TCPHDR_PSH);
	iph->tot_len = cpu_to_be16((u16)(head + n));
	iph->frag_off = cpu_to_be16(IP_DF);
	ip_send_check(iph);
	th->check = 0;
	th->check = tcp_v4_check((u32)(head + n - ihl), iph->saddr, iph->daddr,
				 csum_partial(th, head + n - ihl, 0));
	return head + n;
}

/* ---- from bytes ---- */

static const char *read_tcp(struct packet_full *out, struct packet_path *path, const u8 *at,
			    size_t len)
{
	struct packet *p = &out->p;
	struct tcp_view v;

	if (tcp_parse(at, len, &v) != WIRE_OK)
		return "a malformed TCP header";
	if (!tcp_v4_csum_ok(at, len, path->saddr, path->daddr))
		return "a wrong TCP checksum";
	path->sport = v.sport;
	path->dport = v.dport;
	p->seq = v.seq;
	p->len = (u32)(len - v.hlen);
	p->ack = v.ack_seq;
	p->win = v.window;
	p->urg = v.urg_ptr;
	p->flags = v.flags;
	p->res = v.res;
	p->has |= HAS_WIN | (v.flags & TCPHDR_ACK ? HAS_ACK : 0) |
		  (v.flags & TCPHDR_URG || v.urg_ptr ? HAS_URG : 0);
	return !v.opts || read_options(out, v.opts, v.hlen - TCP_HLEN) ? NULL :
	       "malformed TCP options";
}

static const char *read_udp(struct packet_full *out, struct packet_path *path, const u8 *at,
			    size_t len)
{
	struct udp_view v;

	if (udp_parse(at, len, &v) != WIRE_OK)
		return "a malformed UDP header";
	if (!udp_v4_csum_ok(at, len, path->saddr, path->daddr))
		return "a wrong UDP checksum";
	path->sport = v.sport;
	path->dport = v.dport;
	out->p.len = v.len - (u32)UDP_HLEN;
	return NULL;
}

static const char *read_icmp(struct packet_full *out, struct packet_path *path, const u8 *at,
			     size_t len)
{
	struct packet *p = &out->p;
	struct icmp_view v;
	struct icmp_quote q;

	if (icmp_parse(at, len, &v) != WIRE_OK)
		return "a malformed ICMP message";
	p->icmp_type = v.type;
	p->icmp_code = v.code;
	p->icmp_mtu = v.mtu;
	p->len = (u32)v.data_len;
	if (!icmp_is_error(v.type) || icmp_parse_quote(v.data, v.data_len, &q) != WIRE_OK)
		return NULL;
	p->quoted = q.ip.protocol;
	path->sport = be16_to_cpu(q.dport);
	path->dport = be16_to_cpu(q.sport);
	p->quoted_len = q.ip.tot_len - (u32)q.ip.hlen;
	if (p->quoted == IP_PROTO_TCP && q.l4_len >= 8) {
		p->quoted_seq = get_be32(q.l4 + 4);
		p->quoted_len -= q.l4_len >= 13 ? (q.l4[12] >> 4) * 4u : TCP_HLEN;
	} else if (p->quoted == IP_PROTO_UDP) {
		p->quoted_len -= UDP_HLEN;
	}
	return NULL;
}

bool packet_read(struct packet_full *out, struct packet_path *path, const u8 *ip, size_t len,
		 const char **why)
{
	struct ipv4_view v;

	*out = (struct packet_full){ .p = { .opts = out->opts } };
	*path = (struct packet_path){ 0 };
	*why = "no IPv4 packet";
	if (ipv4_parse(ip, len, &v) != WIRE_OK)
		return false;
	path->saddr = v.saddr;
	path->daddr = v.daddr;
	out->p.protocol = v.protocol;
	out->p.tos = v.tos;
	out->p.ecn = v.tos & INET_ECN_MASK;
	out->p.ttl = v.ttl;
	*why = "a protocol other than TCP, UDP and ICMP";
	if (v.protocol == IP_PROTO_TCP)
		*why = read_tcp(out, path, ip + v.hlen, v.tot_len - (size_t)v.hlen);
	else if (v.protocol == IP_PROTO_UDP)
		*why = read_udp(out, path, ip + v.hlen, v.tot_len - (size_t)v.hlen);
	else if (v.protocol == IP_PROTO_ICMP)
		*why = read_icmp(out, path, ip + v.hlen, v.tot_len - (size_t)v.hlen);
	return !*why;
}
