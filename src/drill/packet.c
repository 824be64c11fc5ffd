/* SPDX-License-Identifier: MIT */
/* Packets to bytes and back. */
#include "drill/packet.h"
#include "wire/udp.h"

/* ---- TCP options ---- */

static u8 opt_length(const struct tcp_opt *o)
{
	static const u8 fixed[] = { [OPT_EOL] = 1, [OPT_NOP] = 1, [OPT_MSS] = 4, [OPT_WSCALE] = 3,
				    [OPT_SACKOK] = 2, [OPT_TS] = 10 };

	if (o->raw)
		return (u8)(2 + o->n);
	if (o->kind == OPT_SACK)
		return (u8)(2 + o->n * 8);
	if (o->kind == OPT_EXP || o->kind == OPT_AO)
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
	if ((o->kind == OPT_EOL || o->kind == OPT_NOP) && !o->raw)
		return;
	at[1] = opt_length(o);
	if (o->raw) {
		memcpy(at + 2, o->bytes, o->n);
		return;
	}
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
	case OPT_AO:
		at[2] = (u8)o->v[0];
		at[3] = (u8)o->v[1];
		memcpy(at + 4, o->bytes, o->n);
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
	} else if (o->kind == OPT_AO && len >= 4) {
		o->n = (u8)(len - 4);
		o->v[0] = at[2];
		o->v[1] = at[3];
		memcpy(o->bytes, at + 4, o->n);
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

be16 l4_check(const struct packet_path *path, u8 protocol, const void *at, size_t len)
{
	wsum sum = csum_partial(at, len, 0);

	if (path_is_v6(path))
		return csum_ipv6_magic(&path->saddr, &path->daddr, (u32)len, protocol, sum);
	return csum_tcpudp_magic(mapped_v4(&path->saddr), mapped_v4(&path->daddr), (u32)len,
				 protocol, sum);
}

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
	check = l4_check(path, IP_PROTO_TCP, at, len);
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
	check = l4_check(path, IP_PROTO_UDP, at, len);
	if (!check)
		check = CSUM_MANGLED_0;
	memcpy(at + 6, &check, 2);
	return len;
}

/* Writes the header before len bytes of payload. Return: of both. */
static size_t build_ip(const struct packet *p, const struct packet_path *path, u8 *buf, size_t len)
{
	u8 ttl = p->has & HAS_TTL ? p->ttl : 255;
	u8 tos = (u8)((p->has & HAS_TOS ? p->tos : 0) | (p->has & HAS_ECN ? p->ecn : 0));
	struct ipv6_view ip6 = {
		.flowlabel = p->has & HAS_FLOW ? p->flow : 0, .tclass = tos,
		.payload_len = (u16)len, .nexthdr = p->protocol, .hop_limit = ttl,
		.saddr = path->saddr, .daddr = path->daddr,
	};
	struct ipv4_view ip = {
		.hlen = IPV4_HLEN, .ttl = ttl, .df = p->df, .tos = tos, .protocol = p->protocol,
		.saddr = mapped_v4(&path->saddr), .daddr = mapped_v4(&path->daddr),
		.tot_len = (u16)(IPV4_HLEN + len),
	};

	return len + (path_is_v6(path) ? ipv6_build(buf, &ip6) : ipv4_build(buf, &ip));
}

size_t packet_build(const struct packet *p, const struct packet_path *path, u8 *buf, size_t cap)
{
	size_t hlen = path_is_v6(path) ? IPV6_HLEN : IPV4_HLEN, len;
	u8 *at = buf + hlen;

	if (p->protocol == IP_PROTO_TCP)
		len = build_tcp(p, path, at, cap - hlen);
	else if (p->protocol == IP_PROTO_UDP)
		len = build_udp(p, path, at, cap - hlen);
	else
		len = build_icmp(p, path, at);
	return len ? build_ip(p, path, buf, len) : 0;
}

static void cut_ip(u8 *ip, size_t hlen, size_t len, struct packet_path *path)
{
	struct ipv6hdr *h6 = (struct ipv6hdr *)(void *)ip;
	struct iphdr *iph = (struct iphdr *)(void *)ip;

	if (ip[0] >> 4 == 6) {
		h6->payload_len = cpu_to_be16((u16)(len - hlen));
		*path = (struct packet_path){ .saddr = h6->saddr, .daddr = h6->daddr };
		return;
	}
	iph->tot_len = cpu_to_be16((u16)len);
	iph->frag_off = cpu_to_be16(IP_DF);
	ip_send_check(iph);
	*path = (struct packet_path){ .saddr = ipv6_addr_v4mapped_of(iph->saddr),
				      .daddr = ipv6_addr_v4mapped_of(iph->daddr) };
}

size_t packet_cut(const u8 *ip, size_t len, u16 mtu, size_t *done, u8 *out)
{
	size_t ihl = ip[0] >> 4 == 6 ? IPV6_HLEN : (ip[0] & 15) * 4u, head, n;
	struct tcphdr *th = (struct tcphdr *)(void *)(out + ihl);
	u32 seq = get_be32(ip + ihl + 4);
	struct packet_path path;

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
	cut_ip(out, ihl, head + n, &path);
	th->check = 0;
	th->check = l4_check(&path, IP_PROTO_TCP, th, head + n - ihl);
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
	if (l4_check(path, IP_PROTO_TCP, at, len))
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
	if (get_be16(at + 6) ? l4_check(path, IP_PROTO_UDP, at, v.len) : path_is_v6(path))
		return "a wrong UDP checksum";
	path->sport = v.sport;
	path->dport = v.dport;
	out->p.len = v.len - (u32)UDP_HLEN;
	return NULL;
}

static const char *read_l4(struct packet_full *out, struct packet_path *path, const u8 *at,
			   size_t len)
{
	switch (out->p.protocol) {
	case IP_PROTO_TCP:
		return read_tcp(out, path, at, len);
	case IP_PROTO_UDP:
		return read_udp(out, path, at, len);
	case IP_PROTO_ICMP:
		return read_icmp(&out->p, path, at, len);
	case IP_PROTO_ICMPV6:
		return read_icmp6(&out->p, path, at, len);
	}
	return "a protocol other than TCP, UDP and ICMP";
}

static void set_ip(struct packet *p, u8 protocol, u8 tos, u8 ttl)
{
	p->protocol = protocol;
	p->tos = tos;
	p->ecn = tos & INET_ECN_MASK;
	p->ttl = ttl;
}

static const char *read_ipv6(struct packet_full *out, struct packet_path *path, const u8 *ip,
			     size_t len)
{
	struct ipv6_view v;

	if (ipv6_parse(ip, len, &v) != WIRE_OK)
		return "a malformed IPv6 packet";
	path->saddr = v.saddr;
	path->daddr = v.daddr;
	set_ip(&out->p, v.nexthdr, v.tclass, v.hop_limit);
	out->p.flow = v.flowlabel;
	return read_l4(out, path, ip + IPV6_HLEN, v.payload_len);
}

static const char *read_ipv4(struct packet_full *out, struct packet_path *path, const u8 *ip,
			     size_t len)
{
	struct ipv4_view v;

	if (ipv4_parse(ip, len, &v) != WIRE_OK)
		return "a malformed IPv4 packet";
	path->saddr = ipv6_addr_v4mapped_of(v.saddr);
	path->daddr = ipv6_addr_v4mapped_of(v.daddr);
	set_ip(&out->p, v.protocol, v.tos, v.ttl);
	out->p.df = v.df;
	out->p.ip_id = v.id;
	return read_l4(out, path, ip + v.hlen, v.tot_len - (size_t)v.hlen);
}

bool packet_read(struct packet_full *out, struct packet_path *path, const u8 *ip, size_t len,
		 const char **why)
{
	*out = (struct packet_full){ .p = { .opts = out->opts } };
	*path = (struct packet_path){ 0 };
	*why = len && ip[0] >> 4 == 6 ? read_ipv6(out, path, ip, len) :
					read_ipv4(out, path, ip, len);
	return !*why;
}
