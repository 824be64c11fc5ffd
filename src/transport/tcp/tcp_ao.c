/* SPDX-License-Identifier: MIT */
/* TCP-AO: which key, the signature, and what passes. */
#include "transport/tcp/tcp_ao.h"

#include <linnet/tcp_auth.h>

#include "base/aes_cmac.h"
#include "base/digest.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_minisocks.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"

#define AO_MAC_AT (TCP_HLEN + TCPOLEN_AO_BASE)	/* in what we send */

/* ---- keys ---- */

static bool is_for(const struct tcp_ao_key *k, const struct ip6_addr *peer)
{
	return tcp_auth_is_for(&k->addr, k->prefixlen, peer);
}

struct tcp_ao_key *tcp_ao_lookup(const struct tcp_auth *auth, const struct ip6_addr *peer,
				 int sndid, int rcvid)
{
	struct tcp_ao_key *k = auth && auth->ao ? auth->ao->keys : NULL;

	while (k && (!is_for(k, peer) || (sndid != TCP_AO_ANY && k->sndid != sndid) ||
		     (rcvid != TCP_AO_ANY && k->rcvid != rcvid)))
		k = k->next;
	return k;
}

void tcp_ao_free(struct net *net, struct tcp_auth *auth)
{
	struct tcp_ao_key *k;

	if (!auth->ao)
		return;
	while ((k = auth->ao->keys)) {
		auth->ao->keys = k->next;
		mem_free(&net->mem, k, sizeof(*k));
	}
	mem_free(&net->mem, auth->ao, sizeof(*auth->ao));
	auth->ao = NULL;
}

bool tcp_ao_inherit(struct net *net, const struct tcp_ao_info *from, const struct ip6_addr *peer,
		    struct tcp_auth *to)
{
	struct tcp_ao_info *ao = to->ao = mem_alloc(&net->mem, sizeof(*ao));
	struct tcp_ao_key **end;

	if (!ao)
		return false;
	*ao = (struct tcp_ao_info){	/* what was counted is the listener's */
		.lisn = from->lisn, .risn = from->risn, .snd_sne = from->snd_sne,
		.snd_ref = from->snd_ref, .rcv_sne = from->rcv_sne, .rcv_ref = from->rcv_ref,
		.required = from->required, .accept_icmps = from->accept_icmps,
	};
	end = &ao->keys;
	for (const struct tcp_ao_key *k = from->keys; k; k = k->next) {
		if (!is_for(k, peer))
			continue;
		*end = mem_alloc(&net->mem, sizeof(**end));
		if (!*end)
			return false;
		**end = *k;
		(*end)->next = NULL;
		(*end)->pkt_good = (*end)->pkt_bad = 0;
		if (k == from->current)
			ao->current = *end;
		if (k == from->rnext)
			ao->rnext = *end;
		end = &(*end)->next;
		ao->n++;
	}
	return true;
}

void tcp_ao_connect_init(struct sock *sk)
{
	struct tcp_auth *auth = tcp_sk(sk)->auth;
	struct tcp_ao_info *ao = auth ? auth->ao : NULL;
	struct ip6_addr peer = inet6_shown_daddr(&sk->c);

	if (!ao)
		return;
	if (!ao->current || !is_for(ao->current, &peer))
		ao->current = tcp_ao_lookup(auth, &peer, TCP_AO_ANY, TCP_AO_ANY);
	if (!ao->rnext || !is_for(ao->rnext, &peer))
		ao->rnext = ao->current;
}

bool tcp_ao_child_init(const struct tcp_auth *auth, const struct request_sock *req)
{
	struct ip6_addr peer = inet6_shown_daddr(&req->c);
	struct tcp_ao_info *ao = auth->ao;

	ao->current = tcp_ao_lookup(auth, &peer, req->ao_rnext_keyid, TCP_AO_ANY);
	ao->rnext = tcp_ao_lookup(auth, &peer, TCP_AO_ANY, req->ao_keyid);
	return ao->current && ao->rnext;
}

/* ---- the signature ---- */

struct mac {
	u8 alg;
	struct hmac h;
	struct aes_cmac c;
};

static void mac_init(struct mac *m, u8 alg, const u8 *key, size_t len)
{
	m->alg = alg;
	if (alg == TCP_AO_CMAC_AES)
		aes_cmac_init(&m->c, key);
	else
		hmac_init(&m->h, alg == TCP_AO_HMAC_SHA1 ? DIGEST_SHA1 : DIGEST_SHA256, key, len);
}

static void mac_update(struct mac *m, const void *p, size_t len)
{
	if (m->alg == TCP_AO_CMAC_AES)
		aes_cmac_update(&m->c, p, len);
	else
		hmac_update(&m->h, p, len);
}

static u32 mac_final(struct mac *m, u8 *out)
{
	if (m->alg == TCP_AO_CMAC_AES) {
		aes_cmac_final(&m->c, out);
		return AES_BLOCK;
	}
	hmac_final(&m->h, out);
	return digest_size(m->h.inner.alg);
}

/* RFC 5926 3.1.1.2: a master key of another length becomes one of 128 bits. */
static void master_init(struct mac *m, const struct tcp_ao_key *k)
{
	static const u8 zero[AES_BLOCK];
	u8 short_key[AES_BLOCK];

	if (k->alg != TCP_AO_CMAC_AES || k->keylen == AES_BLOCK) {
		mac_init(m, k->alg, k->key, k->keylen);
		return;
	}
	mac_init(m, k->alg, zero, sizeof(zero));
	mac_update(m, k->key, k->keylen);
	mac_final(m, short_key);
	mac_init(m, k->alg, short_key, sizeof(short_key));
}

u32 tcp_ao_traffic_key(const struct tcp_ao_context *c, be16 sport, be16 dport,
		       u8 out[TCP_AO_MAC_MAX])
{
	static const u16 bits[] = { 160, 256, 128 };
	/* Counter, label, context, length in bits. */
	u8 in[7 + TCP_AUTH_ADDRESSES_MAX + 14] = "\1TCP-AO", *p = in + 7;
	struct mac m;

	p += tcp_auth_addresses(&c->path, p);
	memcpy(p, &sport, 2);
	memcpy(p + 2, &dport, 2);
	put_be32(p + 4, c->sisn);
	put_be32(p + 8, c->disn);
	put_be16(p + 12, bits[c->key->alg]);
	master_init(&m, c->key);
	mac_update(&m, in, (size_t)(p + 14 - in));
	return mac_final(&m, out);
}

static int mac_piece(void *ctx, const u8 *p, u32 len, struct buf *buf)
{
	(void)buf;
	mac_update(ctx, p, len);
	return 0;
}

/* The header as it is signed: no checksum, no signature, and where they are excluded no other
 * options. */
static void mac_header(struct mac *m, const struct tcp_ao_key *k, const u8 *th, const u8 *ao)
{
	u32 hlen = tcph_hlen((const struct tcphdr *)(const void *)th), at = (u32)(ao - th);
	u8 copy[TCP_HLEN_MAX];

	memcpy(copy, th, hlen);
	memset(copy + offsetof(struct tcphdr, check), 0, 2);
	memset(copy + at + TCPOLEN_AO_BASE, 0, ao[1] - (size_t)TCPOLEN_AO_BASE);
	if (k->keyflags & LN_TCP_AO_KEYF_EXCLUDE_OPT) {
		mac_update(m, copy, TCP_HLEN);
		mac_update(m, copy + at, ao[1]);
	} else {
		mac_update(m, copy, hlen);
	}
}

void tcp_ao_mac(const struct tcp_ao_context *c, const struct sk_buff *skb, const u8 *ao,
		u8 out[TCP_AO_MAC_MAX])
{
	const struct tcphdr *th = (const struct tcphdr *)(const void *)skb->data;
	u32 hlen = tcph_hlen(th), n;
	u8 key[TCP_AO_MAC_MAX], pseudo[4 + TCP_AUTH_PSEUDO_MAX];
	struct mac m;

	n = tcp_ao_traffic_key(c, th->source, th->dest, key);
	mac_init(&m, c->key->alg, key, n);
	put_be32(pseudo, c->sne);
	mac_update(&m, pseudo, 4 + tcp_auth_pseudo_header(&c->path, skb->len, pseudo + 4));
	mac_header(&m, c->key, skb->data, ao);
	skb_for_each_piece(skb, hlen, skb->len - hlen, mac_piece, &m);
	mac_final(&m, out);
}

/* ---- out ---- */

void tcp_ao_option(const struct tcp_ao_key *key, u8 rnext, struct tcp_out_options *o)
{
	o->options |= OPTION_AUTH;
	o->auth_kind = TCPOPT_AO;
	o->auth_len = (u8)(TCPOLEN_AO_BASE + key->maclen);
	o->ao_keyid = key->sndid;
	o->ao_rnext_keyid = rnext;
}

void tcp_ao_sign(const struct tcp_ao_context *c, struct sk_buff *skb)
{
	u8 mac[TCP_AO_MAC_MAX];

	tcp_ao_mac(c, skb, skb->data + TCP_HLEN, mac);
	memcpy(skb->data + AO_MAC_AT, mac, c->key->maclen);
}

static void advance(u32 *sne, u32 *ref, u32 now)
{
	*sne += now < *ref;
	*ref = now;
}

/* Where the connection is now. */
static void track(const struct tcp_sock *tp, struct tcp_ao_info *ao)
{
	if (ao->lisn != tp->iss) {
		ao->lisn = ao->snd_ref = tp->iss;
		ao->snd_sne = 0;
	}
	if (ao->risn != tp->irs) {
		ao->risn = ao->rcv_ref = tp->irs;
		ao->rcv_sne = 0;
	}
	advance(&ao->snd_sne, &ao->snd_ref, tp->snd_una);
	if (tp->sk.c.state != TCP_SYN_SENT)
		advance(&ao->rcv_sne, &ao->rcv_ref, tp->rcv_nxt);
}

void tcp_ao_sign_sk(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct tcp_ao_info *ao = tp->auth->ao;
	const struct tcphdr *th = (const struct tcphdr *)(const void *)skb->data;
	bool syn = (th->flags & (TCPHDR_SYN | TCPHDR_ACK)) == TCPHDR_SYN;
	struct tcp_ao_context c = { .key = ao->current, .path = tcp_auth_path_of_sk(sk) };

	track(tp, ao);
	c.sisn = ao->lisn;
	c.disn = syn ? 0 : ao->risn;
	c.sne = tcp_ao_compute_sne(ao->snd_sne, ao->snd_ref, be32_to_cpu(th->seq));
	tcp_ao_sign(&c, skb);
}

/* ---- in ---- */

/* The numbers that a segment to c was signed by. */
static void inbound_context(struct sock_common *c, struct tcp_ao_info *ao,
			    const struct sk_buff *skb, struct tcp_ao_context *x)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	bool syn = cb->tcp_flags & TCPHDR_SYN, ack = cb->tcp_flags & TCPHDR_ACK;
	u32 sne = 0, ref;

	if (c->state == TCP_LISTEN) {		/* a SYN, or the ACK of a SYN cookie */
		x->sisn = ref = syn ? cb->seq : cb->seq - 1;
		x->disn = cb->ack_seq - 1;
	} else if (c->state == TCP_NEW_SYN_RECV) {
		x->sisn = ref = inet_reqsk(c)->rcv_isn;
		x->disn = inet_reqsk(c)->snt_isn;
	} else {
		if (c->state != TCP_TIME_WAIT)
			track(container_of(c, struct tcp_sock, sk.c), ao);
		x->disn = ao->lisn;
		x->sisn = c->state == TCP_SYN_SENT ? cb->seq : ao->risn;
		ref = c->state == TCP_SYN_SENT ? cb->seq : ao->rcv_ref;
		sne = c->state == TCP_SYN_SENT ? 0 : ao->rcv_sne;
	}
	if (syn && !ack) {
		x->sisn = ref = cb->seq;
		x->disn = sne = 0;
	}
	x->sne = tcp_ao_compute_sne(sne, ref, cb->seq);
}

static enum skb_drop_reason bad(struct net *net, struct tcp_ao_info *ao, struct tcp_ao_key *key)
{
	mib_inc(net, TcpExtTCPAOBad);
	ao->pkt_bad++;
	key->pkt_bad++;
	return SKB_DROP_REASON_TCP_AOFAILURE;
}

/* It is the peer's; rnext: the key that it wants from us (RFC 5925 6.1). */
static void good(struct sock_common *c, struct tcp_auth *auth, struct tcp_ao_key *key, u8 rnext)
{
	struct tcp_ao_info *ao = auth->ao;
	struct tcp_ao_key *next;
	struct ip6_addr peer;

	mib_inc(c->net, TcpExtTCPAOGood);
	ao->pkt_good++;
	key->pkt_good++;
	if (!ao->current || ao->current->sndid == rnext || c->state == TCP_LISTEN ||
	    c->state == TCP_NEW_SYN_RECV)
		return;
	peer = inet6_shown_daddr(c);
	next = tcp_ao_lookup(auth, &peer, rnext, TCP_AO_ANY);
	/* In a connection a segment's room was measured by the first. */
	if (next && next->maclen == ao->current->maclen)
		ao->current = next;
}

static enum skb_drop_reason missing(struct net *net, struct tcp_ao_info *ao)
{
	mib_inc(net, TcpExtTCPAORequired);
	ao->pkt_ao_required++;
	return SKB_DROP_REASON_TCP_AONOTFOUND;
}

enum skb_drop_reason tcp_ao_inbound(struct sock_common *c, struct tcp_auth *auth,
				    const struct tcp_auth_path *path,
				    const struct sk_buff *skb, const u8 *ao)
{
	const struct ip6_addr *peer = &path->saddr;
	struct tcp_ao_info *info = auth ? auth->ao : NULL;
	struct tcp_ao_context x = { .path = *path };
	struct net *net = c->net;
	u8 want[TCP_AO_MAC_MAX];
	struct tcp_ao_key *key;

	if (!ao)
		return info && (info->required ||
				tcp_ao_lookup(auth, peer, TCP_AO_ANY, TCP_AO_ANY)) ?
		       missing(net, info) : SKB_CONSUMED;
	if (!info) {
		mib_inc(net, TcpExtTCPAOKeyNotFound);
		return SKB_DROP_REASON_TCP_AOUNEXPECTED;
	}
	key = tcp_ao_lookup(auth, peer, TCP_AO_ANY, ao[2]);
	if (!key) {
		mib_inc(net, TcpExtTCPAOKeyNotFound);
		info->pkt_key_not_found++;
		return SKB_DROP_REASON_TCP_AOKEYNOTFOUND;
	}
	if (ao[1] != TCPOLEN_AO_BASE + key->maclen)
		return bad(net, info, key);
	x.key = key;
	inbound_context(c, info, skb, &x);
	tcp_ao_mac(&x, skb, ao, want);
	if (!digest_equal(want, ao + TCPOLEN_AO_BASE, key->maclen))
		return bad(net, info, key);
	good(c, auth, key, ao[3]);
	return SKB_CONSUMED;
}

bool tcp_ao_ignore_icmp(struct sock *sk, u8 type, u8 code)
{
	struct tcp_ao_info *ao = tcp_sk(sk)->auth->ao;

	if (!ao || !ao->current || ao->accept_icmps)
		return false;
	if (sk->c.v6 ? type != ICMPV6_DEST_UNREACH || (code != ICMPV6_ADM_PROHIBITED &&
						       code != ICMPV6_PORT_UNREACH) :
		       type != ICMP_DEST_UNREACH || code < ICMP_PROT_UNREACH ||
		       code > ICMP_FRAG_NEEDED)
		return false;
	ao->pkt_dropped_icmp++;
	mib_inc(sock_net(sk), TcpExtTCPAODroppedIcmps);
	return true;
}
