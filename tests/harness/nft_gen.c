/* SPDX-License-Identifier: MIT */
#include "harness/nft_gen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned draw(struct nft_gen *g, unsigned n)
{
	g->state = g->state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)((g->state >> 33) % n);
}

static bool one_in(struct nft_gen *g, unsigned n)
{
	return !draw(g, n);
}

__attribute__((format(printf, 2, 3))) static void put(struct nft_gen *g, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	g->len += (size_t)vsnprintf(g->text + g->len, sizeof(g->text) - g->len, fmt, ap);
	va_end(ap);
}

#define PICK(g, list) (list)[draw(g, sizeof(list) / sizeof((list)[0]))]

/* ---- values ---- */

static const char *addr(struct nft_gen *g, bool src)
{
	static const char *const v4[2][5] = {
		{ "192.0.2.2", "192.0.2.3", "192.0.2.4", "198.51.100.7", "10.0.1.1" },
		{ "10.0.1.2", "10.0.1.3", "10.0.1.4", "10.0.1.5", "192.0.2.2" },
	};
	static const char *const v6[2][5] = {
		{ "2001:db8:2::2", "2001:db8:2::3", "2001:db8:2::4", "2001:db8:9::7", "fd00:1::1" },
		{ "fd00:1::2", "fd00:1::3", "fd00:1::4", "fd00:1::5", "2001:db8:2::2" },
	};

	return g->v6 ? PICK(g, v6[src]) : PICK(g, v4[src]);
}

static const char *prefix(struct nft_gen *g)
{
	static const char *const v4[] = { "10.0.1.0/24", "10.0.1.2/31", "192.0.2.0/24",
					  "192.0.2.2-192.0.2.3", "0.0.0.0-10.0.1.3", "192.0.0.0/8",
					  "198.51.100.0/25" };
	static const char *const v6[] = { "fd00:1::/64", "fd00:1::2/127", "2001:db8::/32",
					  "2001:db8:2::2-2001:db8:2::3", "::-fd00:1::3",
					  "2001:db8:9::/48", "fc00::/7" };

	return g->v6 ? PICK(g, v6) : PICK(g, v4);
}

static unsigned port(struct nft_gen *g)
{
	static const unsigned ports[] = { 22, 53, 80, 81, 443, 1000, 8080 };

	return PICK(g, ports);
}

static const char *ip(const struct nft_gen *g)
{
	return g->v6 ? "ip6" : "ip";
}

static void put_ports(struct nft_gen *g)
{
	unsigned a = port(g), b = port(g);

	switch (draw(g, 5)) {
	case 0:
		put(g, "%u-%u", a < b ? a : b, a < b ? b + 1 : a + 1);
		break;
	case 1:
		put(g, "{ 53, %u-%u }", a + 2000, a + 2010);
		break;
	case 2:
		put(g, "{ 80, 443, 22 }");
		break;
	case 3:
		put(g, "%s%u", one_in(g, 2) ? "!= " : "> ", a);
		break;
	default:
		put(g, "%u", a);
		break;
	}
}

/* ---- matches ---- */

static void put_addr_match(struct nft_gen *g)
{
	bool src = one_in(g, 2);
	const char *a = addr(g, src), *b = addr(g, src);

	put(g, "%s %s ", ip(g), src ? "saddr" : "daddr");
	switch (draw(g, 5)) {
	case 0:
		put(g, "%s ", prefix(g));
		break;
	case 1:
		put(g, "!= %s ", a);
		break;
	case 2:
		if (a == b)
			put(g, "{ %s } ", a);
		else
			put(g, "{ %s, %s } ", a, b);
		break;
	case 3:
		put(g, "%s%s ", one_in(g, 3) ? "!= " : "",
		    !g->sets ? a : one_in(g, 2) ? "@a" : "@n");
		break;
	default:
		put(g, "%s ", a);
		break;
	}
}

static void put_header_match(struct nft_gen *g)
{
	static const char *const v4[] = { "ip ttl < 10", "ip ttl 64", "ip ttl 5-20", "ip length 38",
					  "ip length > 60", "ip dscp ef", "ip dscp != cs0",
					  "ip ecn ce", "ip dscp { cs1, af11, ef }",
					  "ip protocol { tcp, icmp }", "ip hdrlength 5" };
	static const char *const v6[] = { "ip6 hoplimit < 10", "ip6 hoplimit 64", "ip6 dscp ef",
					  "ip6 length 18", "ip6 length > 40", "ip6 nexthdr udp",
					  "ip6 ecn ce", "ip6 version 6", "ip6 dscp != cs0",
					  "ip6 flowlabel 7", "ip6 nexthdr { tcp, ipv6-icmp }" };

	put(g, "%s ", g->v6 ? PICK(g, v6) : PICK(g, v4));
}

static void put_meta_match(struct nft_gen *g)
{
	static const char *const metas[] = {
		"iifname \"lan\"", "oifname \"wan\"", "iifname != \"wan\"", "meta l4proto tcp",
		"meta l4proto { tcp, udp }", "meta length 38-60", "meta mark 0x00000001",
		"meta mark & 0x00000003 == 0x00000002", "iif \"lan\"", "oif \"lan\"",
		"iifname \"w*\"", "meta pkttype host",
		"meta mark != 0x00000000",
	};

	put(g, "%s ", PICK(g, metas));
}

static void put_ct_match(struct nft_gen *g)
{
	static const char *const cts[] = {
		"ct state new", "ct state established", "ct state established,related",
		"ct state invalid", "ct state != new", "ct state { new, invalid }",
		"ct direction reply", "ct direction original", "ct mark 0x00000005",
		"ct status seen-reply", "ct status assured",
		"ct mark & 0x00000004 == 0x00000004",
	};

	put(g, "%s ", PICK(g, cts));
}

static void put_icmp_match(struct nft_gen *g)
{
	static const char *const v4[] = { "icmp type echo-request", "icmp type echo-reply",
					  "icmp type { echo-request, destination-unreachable }",
					  "icmp code 3", "icmp id 7" };
	static const char *const v6[] = { "icmpv6 type echo-request", "icmpv6 type echo-reply",
					  "icmpv6 type { echo-request, destination-unreachable }",
					  "icmpv6 code 4", "icmpv6 id 7" };

	put(g, "%s ", g->v6 ? PICK(g, v6) : PICK(g, v4));
}

static void put_tcp_match(struct nft_gen *g)
{
	static const char *const tcps[] = { "tcp flags syn", "tcp flags syn,ack",
					    "tcp flags != syn",
					    "tcp flags & (syn | ack) == syn", "tcp window < 500",
					    "tcp flags syn / syn,ack", "tcp doff 5" };

	put(g, "%s ", PICK(g, tcps));
}

static void put_concat_match(struct nft_gen *g)
{
	const char *a = addr(g, true);

	switch (draw(g, 3)) {
	case 0:
		if (g->proto == 6)
			put(g, "%s saddr . tcp dport { %s . %u, %s . 443 } ", ip(g), a,
			    port(g) + 1, addr(g, true));
		break;
	case 1:
		put(g, "%s daddr . meta l4proto { %s . udp } ", ip(g), addr(g, false));
		break;
	default:
		if (!g->proto)
			put(g, "iifname . th dport { \"lan\" . %u, \"wan\" . 5000 } ", port(g));
		break;
	}
}

static void put_match(struct nft_gen *g)
{
	switch (draw(g, 9)) {
	case 0:
	case 1:
		put_addr_match(g);
		break;
	case 2:
		if (g->proto == 1)
			return;
		put(g, "%s %s ", g->proto == 6 ? "tcp" : g->proto ? "udp" : "th",
		    one_in(g, 4) ? "sport" : "dport");
		put_ports(g);
		put(g, " ");
		break;
	case 3:
		put_header_match(g);
		break;
	case 4:
		put_meta_match(g);
		break;
	case 5:
		put_ct_match(g);
		break;
	case 6:
	case 7:
		if (g->proto == 1)
			put_icmp_match(g);
		else if (g->proto == 6)
			put_tcp_match(g);
		break;
	default:
		put_concat_match(g);
		break;
	}
}

/* ---- statements ---- */

static void put_action(struct nft_gen *g)
{
	static const char *const sets[] = {
		"meta mark set 0x00000001", "meta mark set 0x00000002", "ct mark set 0x00000005",
		"meta mark set ct mark", "ct mark set meta mark", "log prefix \"seen\"",
		"limit rate 2/hour burst 2 packets", "limit rate over 1/hour burst 3 packets",
		"quota over 200 bytes", "quota 500 bytes",
	};

	if (g->proto == 6 && one_in(g, 6))
		put(g, "meta mark set tcp dport map { 80 : 0x00000001, 443 : 0x00000002 } ");
	else
		put(g, "%s ", PICK(g, sets));
}

static void put_reject(struct nft_gen *g)
{
	static const char *const v4[] = { "reject", "reject with icmp host-unreachable",
					  "reject with icmp admin-prohibited" };
	static const char *const v6[] = { "reject", "reject with icmpv6 no-route",
					  "reject with icmpv6 admin-prohibited" };

	if (!g->proto && one_in(g, 2))
		put(g, "meta l4proto tcp reject with tcp reset");
	else if (g->proto == 6 && one_in(g, 2))
		put(g, "reject with tcp reset");
	else if (g->inet)
		put(g, "reject%s", one_in(g, 2) ? "" : " with icmpx admin-prohibited");
	else
		put(g, "%s", g->v6 ? PICK(g, v6) : PICK(g, v4));
}

static void put_verdict(struct nft_gen *g, bool called)
{
	switch (draw(g, 10)) {
	case 0:
	case 1:
		put(g, "accept");
		break;
	case 2:
		put(g, "drop");
		break;
	case 3:
		put(g, "%s", called ? "return" : "jump x");
		break;
	case 4:
		put(g, "%s", called ? "continue" : "goto y");
		break;
	case 5:
		if (g->proto == 1) {
			put(g, "counter");
			break;
		}
		put(g, "%s dport vmap { 80 : accept, 443 : drop%s }",
		    g->proto == 6 ? "tcp" : g->proto ? "udp" : "th", called ? "" : ", 22 : jump y");
		break;
	case 6:
		if (called || !g->rejects)
			put(g, "drop");
		else
			put_reject(g);
		break;
	case 7:
		if (g->sets)
			put(g, "%s saddr vmap @v", ip(g));
		else
			put(g, "ct state vmap { new : continue, invalid : drop }");
		break;
	default:
		put(g, "counter");
		break;
	}
}

static void put_rule(struct nft_gen *g, bool called)
{
	static const uint8_t protos[] = { 0, 0, 6, 6, 17, 1 };
	unsigned n = draw(g, 3);

	g->proto = PICK(g, protos);
	put(g, "  ");
	if (g->proto == 1)
		put(g, "%s", g->v6 ? "icmpv6 type != echo-reply " : "icmp type != echo-reply ");
	else if (g->proto && one_in(g, 2))
		put(g, "meta l4proto %s ", g->proto == 6 ? "tcp" : "udp");
	for (unsigned i = 0; i < n; i++)
		put_match(g);
	if (one_in(g, 2))
		put(g, "counter ");
	if (one_in(g, 4))
		put_action(g);
	put_verdict(g, called);
	put(g, "\n");
}

static void put_base(struct nft_gen *g, const char *name, const char *hook)
{
	static const char *const priorities[] = { "filter", "mangle", "raw", "security", "-5" };

	g->rejects = strncmp(hook, "p", 1);
	put(g, " chain %s {\n  type filter hook %s priority %s; policy %s;\n", name, hook,
	    PICK(g, priorities), one_in(g, 4) ? "drop" : "accept");
	for (unsigned i = 1 + draw(g, 6); i > 0; i--)
		put_rule(g, false);
	put(g, " }\n");
}

static void put_nat(struct nft_gen *g)
{
	const char *to = g->inet ? ip(g) : "";

	put(g, " chain before {\n  type nat hook prerouting priority dstnat;\n");
	if (one_in(g, 2))
		put(g, "  iifname \"wan\" tcp dport 80 dnat %s to %s\n", to,
		    g->v6 ? "[fd00:1::3]:8080" : "10.0.1.3:8080");
	if (one_in(g, 2))
		put(g, "  %s daddr %s dnat %s to %s\n", ip(g), g->v6 ? "2001:db8:9::7" :
		    "198.51.100.7", to, g->v6 ? "2001:db8:2::3" : "192.0.2.3");
	if (one_in(g, 3))
		put(g, "  udp dport 1000 redirect to :53\n");
	put(g, " }\n chain after {\n  type nat hook postrouting priority srcnat;\n");
	if (one_in(g, 3))
		put(g, "  %s saddr %s snat %s to %s\n", ip(g), g->v6 ? "fd00:1::2" : "10.0.1.2",
		    to, g->v6 ? "2001:db8:2::8" : "192.0.2.8");
	if (one_in(g, 2))
		put(g, "  oifname \"wan\" masquerade\n");
	put(g, " }\n");
}

static void put_sets(struct nft_gen *g)
{
	const char *type = g->v6 ? "ipv6_addr" : "ipv4_addr";

	put(g, " set a {\n  type %s; elements = { %s, %s };\n }\n", type,
	    g->v6 ? "fd00:1::2" : "10.0.1.2", g->v6 ? "2001:db8:2::3" : "192.0.2.3");
	put(g, " set n {\n  type %s; flags interval; elements = { %s, %s };\n }\n", type,
	    g->v6 ? "fd00:1::2/127" : "10.0.1.2/31",
	    g->v6 ? "2001:db8:9::-2001:db8:9::ffff" : "198.51.100.0-198.51.100.99");
	put(g, " map v {\n  type %s : verdict; elements = { %s : drop, %s : accept };\n }\n", type,
	    g->v6 ? "fd00:1::4" : "10.0.1.4", g->v6 ? "fd00:1::5" : "10.0.1.5");
}

void nft_gen_begin(struct nft_gen *g, unsigned long seed, bool v6)
{
	static const char *const hooks[] = { "prerouting", "input", "output", "postrouting" };

	*g = (struct nft_gen){ .state = seed * 0x9e3779b97f4a7c15ull + 1 };
	draw(g, 2);
	g->v6 = v6;
	g->inet = one_in(g, 3);
	g->sets = one_in(g, 2);
	put(g, "table %s t {\n", g->inet ? "inet" : ip(g));
	if (g->sets)
		put_sets(g);
	put(g, " chain y {\n");
	put_rule(g, true);
	put(g, " }\n chain x {\n");
	put_rule(g, true);
	put_rule(g, true);
	put(g, "  counter jump y\n }\n");
	put_base(g, "f", "forward");
	if (one_in(g, 2))
		put_base(g, "h", PICK(g, hooks));
	if (one_in(g, 2))
		put_nat(g);
	put(g, "}\n");
}

const char *nft_gen_rules(const struct nft_gen *g)
{
	return g->text;
}

/* ---- packets ---- */

static void set_addr(uint8_t *to, bool v6, enum twin_port side, unsigned host)
{
	static const uint8_t prefixes[2][16] = {
		{ 0xfd, 0, 0, 1 }, { 0x20, 0x01, 0x0d, 0xb8, 0, 2 },
	};
	static const uint8_t v4[2][3] = { { 10, 0, 1 }, { 192, 0, 2 } };

	if (v6)
		memcpy(to, prefixes[side], 16);
	else
		memcpy(to, v4[side], 3);
	to[v6 ? 15 : 3] = (uint8_t)host;
}

static void fresh(struct nft_gen *g, struct twin_packet *p)
{
	static const uint8_t protos[] = { 6, 6, 17, 17, 17, 1 }, tos[] = { 0, 0, 0, 0xb8, 0x28, 3 },
			     flags[] = { 2, 2, 2, 0x10, 0x12, 0x18, 4, 1 },
			     ttls[] = { 64, 64, 9, 2, 1 };
	static const uint16_t wins[] = { 1000, 1000, 100 };
	unsigned host = 2 + draw(g, 4), to = one_in(g, 6) ? 1 : 2 + draw(g, 3);
	bool outside = one_in(g, 4), back;

	*p = (struct twin_packet){ .port = one_in(g, 4) ? WAN : LAN, .v6 = g->v6 };
	p->proto = PICK(g, protos);
	p->ttl = PICK(g, ttls);
	p->tos = PICK(g, tos);
	p->flags = PICK(g, flags);
	p->win = PICK(g, wins);
	p->len = (uint16_t)(p->proto == 6 && p->flags == 2 ? 0 : draw(g, 3) * 10);
	p->seq = 1000 + draw(g, 2) * 100;
	p->ack = p->flags & 0x10 ? 5000 : 0;
	p->flow = one_in(g, 4) ? 7 : 0;
	set_addr(p->saddr, p->v6, p->port, host);
	/* Not back to an IPv6 link: redirects are limited by time, of which each has its own. */
	back = (one_in(g, 8) && !p->v6) || to == 1;
	set_addr(p->daddr, p->v6, back ? p->port : !p->port, to);
	if (outside && p->port == LAN && p->v6)
		memcpy(p->daddr, (const uint8_t[16]){ 0x20, 1, 0xd, 0xb8, 0, 9, [15] = 7 }, 16);
	else if (outside && p->port == LAN)
		memcpy(p->daddr, (const uint8_t[4]){ 198, 51, 100, 7 }, 4);
	/* Each host has ports of its own: NAT need not choose any. */
	p->sport = (uint16_t)(5000 + p->port * 100 + host * 10 + draw(g, 2) + outside * 5);
	p->dport = (uint16_t)port(g);
	if (p->proto != 1)
		return;
	p->proto = p->v6 ? 58 : 1;
	p->type = p->v6 ? 128 : one_in(g, 4) ? 0 : 8;
	p->sport = (uint16_t)(p->port * 100 + host + outside * 50);
	p->dport = 1;
}

enum twin_port nft_gen_packet(struct nft_gen *g, const struct twin_out *last,
			      struct twin_frame *f)
{
	const struct twin_frame *out = &last->frame[0].f;
	enum twin_port at = last->frame[0].port;
	struct twin_packet p;
	bool broad;

	if (!last->n || one_in(g, 2) || !twin_packet_read(out, &p)) {
		fresh(g, &p);
		twin_packet_build(&p, f);
		return p.port;
	}
	/* An answer, or an error; an error to an error would be none of ours. */
	broad = (p.proto == 1 || p.proto == 58) && p.type != 8 && p.type != 0 && p.type < 128;
	if (broad) {
		fresh(g, &p);
		twin_packet_build(&p, f);
		return p.port;
	}
	if (one_in(g, 4)) {
		twin_packet_error(at, out, p.v6 ? 1 : 3, p.v6 ? 4 : 3, NULL, f);
		return at;
	}
	twin_packet_turn(&p);
	p.port = at;
	p.ttl = 64;
	p.win = 1000;
	if (p.proto == 6 && one_in(g, 3))
		p.flags = one_in(g, 2) ? 0x11 : 0x14;
	twin_packet_build(&p, f);
	return at;
}
