/* SPDX-License-Identifier: MIT */
#include "harness/nft_packet.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static unsigned sum16(const uint8_t *p, size_t len, unsigned sum)
{
	for (size_t i = 0; i < len; i += 2)
		sum += (unsigned)p[i] << 8 | (i + 1 < len ? p[i + 1] : 0);
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	return sum;
}

/* ---- headers ---- */

static size_t put_tcp(uint8_t *h, const struct twin_packet *p)
{
	static const uint8_t topt[] = { 4, 2, 3, 3, 7, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 0 };
	size_t hlen = p->mss ? 24 : 20;

	put16(h, p->sport);
	put16(h + 2, p->dport);
	put32(h + 4, p->seq);
	put32(h + 8, p->ack);
	h[12] = (uint8_t)(hlen << 2);
	h[13] = p->flags;
	put16(h + 14, p->win);
	if (p->mss) {
		h[20] = 2;
		h[21] = 4;
		put16(h + 22, p->mss);
	}
	if (p->topt) {
		memcpy(h + hlen, topt, sizeof(topt));
		hlen += sizeof(topt);
		h[12] = (uint8_t)(hlen << 2);
	}
	return hlen;
}

static size_t put_upper(uint8_t *h, const struct twin_packet *p)
{
	switch (p->proto) {
	case 6:
		return put_tcp(h, p);
	case 17:
		put16(h, p->sport);
		put16(h + 2, p->dport);
		put16(h + 4, 8u + (p->ulen ? p->ulen : p->len));
		return 8;
	case 1:
	case 58:
		h[0] = p->type;
		h[1] = p->code;
		put16(h + 4, p->sport);
		put16(h + 6, p->dport);
		return 8;
	default:
		return 0;
	}
}

static void finish_upper(uint8_t *ip, uint8_t *h, size_t len, const struct twin_packet *p)
{
	static const uint8_t at[256] = { [6] = 16, [17] = 6, [1] = 2, [58] = 2 };
	unsigned sum = 0;

	if (!at[p->proto])
		return;
	if (p->proto != 1)
		sum = sum16(ip + (p->v6 ? 8 : 12), p->v6 ? 32 : 8,
			    p->proto + (p->ulen ? 8u + p->ulen : (unsigned)len));
	sum = ~sum16(h, len, sum) & 0xffff;
	put16(h + at[p->proto], sum || p->proto != 17 ? sum : 0xffff);
}

/* A header of 8 bytes behind those that are there. */
static uint8_t *next_ext(uint8_t *ip, uint8_t **last, size_t *hlen, uint8_t number)
{
	uint8_t *h = ip + *hlen;

	h[0] = **last;
	**last = number;
	*last = h;
	*hlen += 8;
	return h;
}

static size_t put_ext(uint8_t *ip, const struct twin_packet *p)
{
	uint8_t *last = ip + 6, *h;
	size_t hlen = 40;

	for (int i = 0; i < 2; i++) {		/* hop-by-hop, destination: padding alone */
		if (!(i ? p->dst : p->hbh))
			continue;
		h = next_ext(ip, &last, &hlen, i ? 60 : 0);
		h[2] = 1;
		h[3] = 4;
	}
	if (p->rt) {
		h = next_ext(ip, &last, &hlen, 43);
		h[2] = p->rt;
	}
	if (p->frag) {
		h = next_ext(ip, &last, &hlen, 44);
		put16(h + 2, (unsigned)(p->off << 3) | p->mf);
		put32(h + 4, p->frag);
	}
	return hlen;
}

static size_t put_ip(uint8_t *ip, const struct twin_packet *p)
{
	size_t hlen = 20u + p->opts;

	if (p->v6) {
		put32(ip, 6u << 28 | (uint32_t)p->tos << 20 | p->flow);
		ip[6] = p->proto;
		ip[7] = p->ttl;
		memcpy(ip + 8, p->saddr, 16);
		memcpy(ip + 24, p->daddr, 16);
		return put_ext(ip, p);
	}
	ip[0] = (uint8_t)(0x40 | hlen / 4);
	ip[1] = p->tos;
	put16(ip + 4, 0x1234);
	put16(ip + 6, (p->df ? 0x4000u : 0) | (p->mf ? 0x2000u : 0) | p->off);
	ip[8] = p->ttl;
	ip[9] = p->proto;
	memcpy(ip + 12, p->saddr, 4);
	memcpy(ip + 16, p->daddr, 4);
	memset(ip + 20, 1, p->opts);
	if (p->ra)
		memcpy(ip + 20, "\x94\x04\0\0", 4);
	return hlen;
}

static void put_macs(uint8_t *b, enum twin_port port, uint8_t host, bool v6)
{
	const uint8_t ours[6] = { 2, 0, 0, 0, (uint8_t)(port + 1), 1 };

	memcpy(b, ours, 6);
	memcpy(b + 6, ours, 6);
	b[11] = host;
	put16(b + 12, v6 ? 0x86dd : 0x0800);
}

void twin_packet_build(const struct twin_packet *p, struct twin_frame *f)
{
	uint8_t *ip = f->b + 14, *h;
	size_t hlen, len;

	memset(f, 0, sizeof(*f));
	put_macs(f->b, p->port, p->saddr[p->v6 ? 15 : 3], p->v6);
	hlen = put_ip(ip, p);
	h = ip + hlen;
	len = p->off ? 0 : put_upper(h, p);
	/* Behind a fragment header zeros: the first piece's sum is the packet's. */
	for (unsigned i = 0; i < p->len; i++)
		h[len++] = p->data[0] || p->data[1] ? (uint8_t)p->data[i] :
			   p->off && p->frag ? 0 : (uint8_t)('a' + i % 26);
	if (!p->off)
		finish_upper(ip, h, len, p);
	if (p->v6) {
		put16(ip + 4, (unsigned)(hlen - 40 + len));
	} else {
		put16(ip + 2, (unsigned)(hlen + len));
		put16(ip + 10, ~sum16(ip, hlen, 0) & 0xffff);
	}
	f->len = 14 + hlen + len;
}

bool twin_packet_read(const struct twin_frame *f, struct twin_packet *p)
{
	const uint8_t *ip = f->b + 14, *h;

	*p = (struct twin_packet){ .ttl = 64, .win = 1000 };
	p->v6 = get16(f->b + 12) == 0x86dd;
	if (!p->v6 && get16(f->b + 12) != 0x0800)
		return false;
	p->proto = p->v6 ? ip[6] : ip[9];
	memcpy(p->saddr, ip + (p->v6 ? 8 : 12), p->v6 ? 16 : 4);
	memcpy(p->daddr, ip + (p->v6 ? 24 : 16), p->v6 ? 16 : 4);
	h = ip + (p->v6 ? 40 : (ip[0] & 15) * 4);
	p->sport = (uint16_t)get16(h);
	p->dport = (uint16_t)get16(h + 2);
	if (p->proto == 6) {
		p->seq = get32(h + 4);
		p->ack = get32(h + 8);
		p->flags = h[13];
		p->len = (uint16_t)(14 + f->len - (size_t)(h - f->b) - 14 - (h[12] >> 4) * 4u);
	} else if (p->proto == 1 || p->proto == 58) {
		p->type = h[0];
		p->code = h[1];
		p->sport = (uint16_t)get16(h + 4);
		p->dport = (uint16_t)get16(h + 6);
	}
	return true;
}

void twin_packet_turn(struct twin_packet *p)
{
	uint8_t a[16];
	uint16_t port = p->sport;
	uint32_t seq = p->seq;

	memcpy(a, p->saddr, 16);
	memcpy(p->saddr, p->daddr, 16);
	memcpy(p->daddr, a, 16);
	if (p->proto == 6) {
		p->seq = p->ack;
		p->ack = seq + p->len + (p->flags & 3 ? 1 : 0);
		p->flags = p->flags == 2 ? 0x12 : 0x10;
	}
	p->len = 0;
	if (p->proto == 1 || p->proto == 58) {
		p->type = p->type == 8 ? 0 : p->type == 128 ? 129 : p->type;
		return;
	}
	p->sport = p->dport;
	p->dport = port;
}

void twin_packet_error(enum twin_port port, const struct twin_frame *f, uint8_t type,
		       uint8_t code, const uint8_t *from, struct twin_frame *out)
{
	bool v6 = get16(f->b + 12) == 0x86dd;
	struct twin_packet p = { .port = port, .v6 = v6, .proto = v6 ? 58 : 1, .ttl = 64,
				 .type = type, .code = code };
	const uint8_t *ip = f->b + 14;
	size_t n = f->len - 14, hlen = v6 ? 40 : 20;
	uint8_t *b = out->b + 14;

	if (n > 28 && !v6 && n > 576)
		n = 576;
	memcpy(p.saddr, from ? from : ip + (v6 ? 24 : 16), v6 ? 16 : 4);
	memcpy(p.daddr, ip + (v6 ? 8 : 12), v6 ? 16 : 4);
	twin_packet_build(&p, out);
	memcpy(b + hlen + 8, ip, n);
	out->len = 14 + hlen + 8 + n;
	put16(b + hlen + 2, 0);
	finish_upper(b, b + hlen, 8 + n, &p);
	if (v6) {
		put16(b + 4, (unsigned)(8 + n));
		return;
	}
	put16(b + 2, (unsigned)(hlen + 8 + n));
	put16(b + 10, 0);
	put16(b + 10, ~sum16(b, hlen, 0) & 0xffff);
}

/* ---- lines ---- */

static void bad(const char *line, const char *what)
{
	printf("BAD: the packet \"%s\" cannot be read: %s\n", line, what);
	exit(1);
}

static uint8_t flags_of(const char *s)
{
	static const char letters[] = "FSRPAUEW";
	uint8_t flags = 0;

	for (; *s; s++)
		flags |= (uint8_t)(1u << (strchr(letters, *s) - letters));
	return flags;
}

static void data(const char *v, struct twin_packet *p)
{
	snprintf(p->data, sizeof(p->data), "%s\r\n", v);
	p->len = (uint16_t)strlen(p->data);
	for (char *at = p->data; *at; at++)
		*at = *at == '_' ? ' ' : *at;
}

static void option(const char *line, const char *word, struct twin_packet *p)
{
	const char *eq = strchr(word, '='), *v = eq ? eq + 1 : "";
	unsigned long n = strtoul(v, NULL, 0);

#define IS(name) (!strncmp(word, name "=", sizeof(name)))
	if (IS("flags"))
		p->flags = flags_of(v);
	else if (IS("seq"))
		p->seq = (uint32_t)n;
	else if (IS("ack"))
		p->ack = (uint32_t)n;
	else if (IS("win"))
		p->win = (uint16_t)n;
	else if (IS("len"))
		p->len = (uint16_t)n;
	else if (IS("mss"))
		p->mss = (uint16_t)n;
	else if (IS("type"))
		p->type = (uint8_t)n;
	else if (IS("code"))
		p->code = (uint8_t)n;
	else if (IS("ttl"))
		p->ttl = (uint8_t)n;
	else if (IS("tos"))
		p->tos = (uint8_t)n;
	else if (IS("flow"))
		p->flow = (uint32_t)n;
	else if (IS("df"))
		p->df = n;
	else if (IS("mf"))
		p->mf = n;
	else if (IS("off"))
		p->off = (uint16_t)n;
	else if (IS("frag"))
		p->frag = (uint8_t)n;
	else if (IS("hbh"))
		p->hbh = n;
	else if (IS("dst"))
		p->dst = n;
	else if (IS("rt"))
		p->rt = (uint8_t)n;
	else if (IS("ra"))
		p->ra = n;
	else if (IS("topt"))
		p->topt = n;
	else if (IS("ulen"))
		p->ulen = (uint16_t)n;
	else if (IS("data"))
		data(v, p);
	else if (IS("read"))		/* TFTP's request */
		p->len = (uint16_t)sprintf(p->data, "%c%cfile%coctet", 0, (int)n, 0) + 1u;
	else if (IS("nl"))
		p->len = (uint16_t)(p->len - (n ? 0 : 2));
	else if (IS("opts"))
		p->opts = (uint8_t)n;
	else if (IS("sport"))
		p->sport = (uint16_t)n;
	else if (IS("dport"))
		p->dport = (uint16_t)n;
	else
		bad(line, word);
#undef IS
}

static void addr(const char *line, const char *word, bool *v6, uint8_t *to)
{
	*v6 = strchr(word, ':');
	if (inet_pton(*v6 ? AF_INET6 : AF_INET, word, to) != 1)
		bad(line, word);
}

static uint8_t proto_of(const char *line, const char *word)
{
	static const struct { char name[6]; uint8_t proto; } protos[] = {
		{ "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "icmp6", 58 }, { "gre", 47 },
	};

	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (!strcmp(protos[i].name, word))
			return protos[i].proto;
	bad(line, word);
	return 0;
}

static void error_line(const char *line, char **word, unsigned n, enum twin_port port,
		       const struct twin_frame *last, struct twin_frame *f)
{
	struct twin_packet p = { 0 };
	uint8_t from[16];
	bool v6, has_from = false;

	for (unsigned i = 1; i < n; i++) {
		if (!strncmp(word[i], "from=", 5)) {
			addr(line, word[i] + 5, &v6, from);
			has_from = true;
		} else {
			option(line, word[i], &p);
		}
	}
	twin_packet_error(port, last, p.type, p.code, has_from ? from : NULL, f);
}

void twin_packet_line(const char *line, enum twin_port last_port, const struct twin_frame *last,
		      struct twin_packet *p, struct twin_frame *f)
{
	char copy[256], *word[24], *save = NULL;
	unsigned n = 0, i;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w && n < 24; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	if (n && !strcmp(word[0], "error")) {
		p->port = last_port;
		error_line(line, word, n, last_port, last, f);
		return;
	}
	if (n && !strcmp(word[0], "answer")) {
		if (!last->len || !twin_packet_read(last, p))
			bad(line, "nothing came out before");
		twin_packet_turn(p);
		p->port = last_port;
		i = 1;
	} else {
		if (n < 6)
			bad(line, "too short");
		*p = (struct twin_packet){ .ttl = 64, .win = 1000, .len = 10 };
		p->port = strcmp(word[0], "lan") ? WAN : LAN;
		p->proto = proto_of(line, word[1]);
		addr(line, word[2], &p->v6, p->saddr);
		p->sport = (uint16_t)atoi(word[3]);
		addr(line, word[4], &p->v6, p->daddr);
		p->dport = (uint16_t)atoi(word[5]);
		p->type = p->proto == 1 ? 8 : 128;
		if (p->proto == 6)
			p->len = 0;
		i = 6;
	}
	for (; i < n; i++)
		option(line, word[i], p);
	twin_packet_build(p, f);
}
