/* SPDX-License-Identifier: MIT */
#include "drill/sign.h"

#include <stdlib.h>

#include "base/aes_cmac.h"
#include "base/digest.h"

/* A TCP segment in the bytes of its packet. */
struct segment {
	u8 *ip, *tcp;
	size_t len;		/* from the TCP header on */
	u32 hlen, seq;
	bool syn, ack;
	struct packet_path path;
};

static bool segment_of(struct segment *s, u8 *ip, size_t len)
{
	bool v6 = ip[0] >> 4 == 6;
	size_t hlen = v6 ? IPV6_HLEN : (ip[0] & 15) * 4u;

	if (len < hlen + TCP_HLEN || ip[v6 ? 6 : 9] != IP_PROTO_TCP)
		return false;
	*s = (struct segment){ .ip = ip, .tcp = ip + hlen, .len = len - hlen };
	s->hlen = tcph_hlen((const struct tcphdr *)(const void *)s->tcp);
	s->seq = get_be32(s->tcp + 4);
	s->syn = s->tcp[13] & TCPHDR_SYN;
	s->ack = s->tcp[13] & TCPHDR_ACK;
	if (v6) {
		memcpy(&s->path.saddr, ip + 8, 16);
		memcpy(&s->path.daddr, ip + 24, 16);
	} else {
		be32 v4[2];

		memcpy(v4, ip + 12, sizeof(v4));
		s->path.saddr = ipv6_addr_v4mapped_of(v4[0]);
		s->path.daddr = ipv6_addr_v4mapped_of(v4[1]);
	}
	return s->hlen >= TCP_HLEN && s->hlen <= s->len;
}

/* Both addresses as the packet has them. Return: how many bytes. */
static size_t addresses(const struct segment *s, u8 *out)
{
	bool v6 = path_is_v6(&s->path);
	size_t n = v6 ? 16 : 4;

	memcpy(out, s->ip + (v6 ? 8 : 12), 2 * n);
	return 2 * n;
}

/* As it is for TCP's checksum (RFC 9293 3.1, RFC 8200 8.1). */
static size_t pseudo_header(const struct segment *s, u8 *out)
{
	size_t n = addresses(s, out);

	if (path_is_v6(&s->path)) {
		put_be32(out + n, (u32)s->len);
		put_be32(out + n + 4, IP_PROTO_TCP);
		return n + 8;
	}
	put_be16(out + n, IP_PROTO_TCP);
	put_be16(out + n + 2, (u16)s->len);
	return n + 4;
}

/* ---- RFC 2385 2.0 ---- */

static void md5_sign(const struct segment *s, const struct sign_key *k, u8 out[DIGEST_SIZE_MAX])
{
	u8 pseudo[40], header[TCP_HLEN];
	struct digest d;

	memcpy(header, s->tcp, TCP_HLEN);
	memset(header + 16, 0, 2);
	digest_init(&d, DIGEST_MD5);
	digest_update(&d, pseudo, pseudo_header(s, pseudo));
	digest_update(&d, header, sizeof(header));
	digest_update(&d, s->tcp + s->hlen, s->len - s->hlen);
	digest_update(&d, k->secret, k->len);
	digest_final(&d, out);
}

/* ---- RFC 5926 ---- */

static u32 prf(u8 alg, const u8 *key, size_t klen, const u8 *in, size_t len,
	       u8 out[DIGEST_SIZE_MAX])
{
	struct aes_cmac c;
	struct hmac h;

	if (alg == SIGN_CMAC) {
		aes_cmac_init(&c, key);
		aes_cmac_update(&c, in, len);
		aes_cmac_final(&c, out);
		return AES_BLOCK;
	}
	hmac_init(&h, alg == SIGN_SHA1 ? DIGEST_SHA1 : DIGEST_SHA256, key, klen);
	hmac_update(&h, in, len);
	hmac_final(&h, out);
	return digest_size(alg == SIGN_SHA1 ? DIGEST_SHA1 : DIGEST_SHA256);
}

/* 3.1.1.2: a master key of another length than a block's is first made one. */
static u32 traffic_key(const struct sign_key *k, const u8 *context, size_t len,
		       u8 out[DIGEST_SIZE_MAX])
{
	static const u8 zero[AES_BLOCK];
	u8 master[DIGEST_SIZE_MAX];

	if (k->alg != SIGN_CMAC || k->len == AES_BLOCK)
		return prf(k->alg, (const u8 *)k->secret, k->len, context, len, out);
	prf(SIGN_CMAC, zero, AES_BLOCK, (const u8 *)k->secret, k->len, master);
	return prf(SIGN_CMAC, master, AES_BLOCK, context, len, out);
}

/* 3.1: i, label, context of addresses, ports and initial numbers, length of the key in bits. */
static u32 derive(const struct segment *s, const struct sign_key *k, u32 sisn, u32 disn,
		  u8 out[DIGEST_SIZE_MAX])
{
	static const u16 bits[] = { [SIGN_SHA1] = 160, [SIGN_SHA256] = 256, [SIGN_CMAC] = 128 };
	u8 context[7 + 32 + 14] = "\1TCP-AO", *p = context + 7;

	p += addresses(s, p);
	memcpy(p, s->tcp, 4);
	put_be32(p + 4, sisn);
	put_be32(p + 8, disn);
	put_be16(p + 12, bits[k->alg]);
	return traffic_key(k, context, (size_t)(p + 14 - context), out);
}

/* How often the numbers went round since isn: scripts do not send 2 GiB. */
static u32 sne_of(u32 seq, u32 isn)
{
	return seq < isn && (s32)(seq - isn) >= 0;
}

/* RFC 5925 5.1; opt: the option in the segment, whose MAC counts as zeros. */
static void ao_sign(const struct segment *s, const struct sign_key *k, const u8 *opt, u32 sisn,
		    u32 disn, u8 out[DIGEST_SIZE_MAX])
{
	u8 key[DIGEST_SIZE_MAX], *buf = calloc(1, 64 + s->len), *p = buf, *header;
	size_t at = (size_t)(opt - s->tcp);
	u32 klen = derive(s, k, sisn, disn, key);

	if (!buf)
		abort();
	put_be32(p, sne_of(s->seq, sisn));
	p += 4;
	p += pseudo_header(s, p);
	header = p;
	memcpy(header, s->tcp, s->hlen);
	memset(header + 16, 0, 2);
	memset(header + at + 4, 0, opt[1] - 4u);
	p += s->hlen;
	if (k->exclude_options) {
		memmove(header + TCP_HLEN, header + at, opt[1]);
		p = header + TCP_HLEN + opt[1];
	}
	memcpy(p, s->tcp + s->hlen, s->len - s->hlen);
	p += s->len - s->hlen;
	prf(k->alg, key, klen, buf, (size_t)(p - buf), out);
	free(buf);
}

/* ---- options in the bytes ---- */

/* The i-th option of a header; NULL: there is none. */
static u8 *option_at(const struct segment *s, unsigned i)
{
	u8 *at = s->tcp + TCP_HLEN, *end = s->tcp + s->hlen;

	for (; at < end; i--) {
		if (!i)
			return at;
		at += *at <= OPT_NOP ? 1 : at + 1 < end && at[1] >= 2 ? at[1] : end - at;
	}
	return NULL;
}

static void reckon(const struct segment *s, const struct tcp_opt *o, const u8 *opt, u32 sisn,
		   u32 disn, u8 out[DIGEST_SIZE_MAX])
{
	bool first = s->syn && !s->ack;

	if (o->kind == OPT_MD5)
		md5_sign(s, o->key, out);
	else
		ao_sign(s, o->key, opt, s->syn ? s->seq : sisn, first ? 0 : disn, out);
}

void sign_packet(const struct packet *p, const struct sign_numbers *n, u8 *ip, size_t len)
{
	u8 mac[DIGEST_SIZE_MAX] = { 0 };
	struct segment s;
	be16 check;

	if (p->protocol != IP_PROTO_TCP || !segment_of(&s, ip, len))
		return;
	for (unsigned i = 0; i < p->n_opts; i++) {
		const struct tcp_opt *o = &p->opts[i];
		u8 *opt = o->key ? option_at(&s, i) : NULL;

		if (!opt)
			continue;
		reckon(&s, o, opt, n->remote_isn, n->local_isn, mac);
		memcpy(opt + (o->kind == OPT_MD5 ? 2 : 4), mac, o->n);
	}
	memset(s.tcp + 16, 0, 2);
	check = l4_check(&s.path, IP_PROTO_TCP, s.tcp, s.len);
	memcpy(s.tcp + 16, &check, 2);
}

void sign_check(const struct packet *want, struct packet *got, const struct sign_numbers *n,
		const u8 *ip, size_t len)
{
	u8 mac[DIGEST_SIZE_MAX] = { 0 };
	struct segment s;

	if (got->protocol != IP_PROTO_TCP || !segment_of(&s, (u8 *)ip, len))
		return;
	for (unsigned i = 0; i < want->n_opts && i < got->n_opts; i++) {
		const struct tcp_opt *w = &want->opts[i];
		struct tcp_opt *g = &got->opts[i];
		const u8 *opt = option_at(&s, i);

		if (!w->key || w->kind != g->kind || w->n != g->n || !opt)
			continue;
		reckon(&s, w, opt, n->local_isn, n->remote_isn, mac);
		if (!memcmp(g->bytes, mac, g->n))
			g->key = w->key;
	}
}
