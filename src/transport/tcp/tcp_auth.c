/* SPDX-License-Identifier: MIT */
/* What signed segments have in common: whose keys, which option, what passes. */
#include "transport/tcp/tcp_auth.h"

#include "base/digest.h"
#include "net/ipv4/ip.h"
#include "transport/tcp/tcp_af.h"
#include "transport/tcp/tcp_ao.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_output.h"

#define TCP_AUTH_MAC_AT (TCP_HLEN + 4)	/* the signature, in what we send */

/* ---- addresses ---- */

struct tcp_auth_path tcp_auth_path_of_sk(const struct sock *sk)
{
	return (struct tcp_auth_path){
		.saddr = sk->c.v6 ? inet6_key(&sk->c)->saddr : ipv6_addr_v4mapped_of(sk->saddr),
		.daddr = inet6_shown_daddr(&sk->c),
	};
}

struct tcp_auth_path tcp_auth_path_of(const struct tcp_path *p)
{
	if (p->daddr6)
		return (struct tcp_auth_path){ *p->saddr6, *p->daddr6 };
	return (struct tcp_auth_path){ ipv6_addr_v4mapped_of(p->saddr),
				       ipv6_addr_v4mapped_of(p->daddr) };
}

struct tcp_auth_path tcp_auth_path_of_skb(const struct sk_buff *skb)
{
	if (skb_is_ipv6(skb))
		return (struct tcp_auth_path){ ipv6_hdr(skb)->saddr, ipv6_hdr(skb)->daddr };
	return (struct tcp_auth_path){ ipv6_addr_v4mapped_of(ip_hdr(skb)->saddr),
				       ipv6_addr_v4mapped_of(ip_hdr(skb)->daddr) };
}

u32 tcp_auth_addresses(const struct tcp_auth_path *p, u8 out[TCP_AUTH_ADDRESSES_MAX])
{
	u32 n = ipv6_addr_v4mapped(&p->daddr) ? 4 : IP6_ADDR_LEN;

	memcpy(out, p->saddr.s6_addr + IP6_ADDR_LEN - n, n);
	memcpy(out + n, p->daddr.s6_addr + IP6_ADDR_LEN - n, n);
	return 2 * n;
}

u32 tcp_auth_pseudo_header(const struct tcp_auth_path *p, u32 len, u8 out[TCP_AUTH_PSEUDO_MAX])
{
	u32 n = tcp_auth_addresses(p, out);

	if (n == 8) {
		put_be32(out + n, (u32)LN_IPPROTO_TCP << 16 | (len & 0xffff));
		return n + 4;
	}
	put_be32(out + n, len);
	put_be32(out + n + 4, LN_IPPROTO_TCP);
	return n + 8;
}

int tcp_auth_read_addr(const struct sock *sk, const u8 *sockaddr, struct ip6_addr *addr, u16 *port)
{
	struct ln_sockaddr_in6 sin6;
	struct ln_sockaddr_in sin;

	memcpy(&sin, sockaddr, sizeof(sin));
	memcpy(&sin6, sockaddr, sizeof(sin6));
	if (sin.sin_family != sk->c.family)
		return -EINVAL;
	*port = be16_to_cpu(sin.sin_port);
	if (sk->c.family == LN_AF_INET)
		*addr = ipv6_addr_v4mapped_of(sin.sin_addr);
	else
		memcpy(addr, sin6.sin6_addr, sizeof(*addr));
	return 0;
}

int tcp_auth_read_prefix(const struct ip6_addr *addr, unsigned prefix)
{
	if (!ipv6_addr_v4mapped(addr))
		return prefix > 128 ? -EINVAL : (int)prefix;
	return prefix > 32 ? -EINVAL : (int)prefix + 96;
}

/* ---- keys ---- */

static struct tcp_auth *auth_alloc(struct net *net)
{
	struct tcp_auth *auth = mem_zalloc(&net->mem, sizeof(*auth));

	if (auth)
		net->tcp->auth_users++;
	return auth;
}

struct tcp_auth *tcp_auth_get(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (!tp->auth)
		tp->auth = auth_alloc(sock_net(sk));
	return tp->auth;
}

void tcp_auth_free(struct net *net, struct tcp_auth **auth)
{
	if (!*auth)
		return;
	tcp_md5_free(net, *auth);
	tcp_ao_free(net, *auth);
	mem_free(&net->mem, *auth, sizeof(**auth));
	*auth = NULL;
	net->tcp->auth_users--;
}

bool tcp_auth_inherit(struct net *net, const struct tcp_auth *from, const struct sock_common *c,
		      struct tcp_auth **to)
{
	struct ip6_addr peer = inet6_shown_daddr(c);
	const struct tcp_md5_key *key = tcp_md5_lookup(from, &peer);
	bool ao = tcp_ao_lookup(from, &peer, TCP_AO_ANY, TCP_AO_ANY);
	struct tcp_md5_key own;

	if (!key && !ao)
		return true;
	*to = auth_alloc(net);
	if (!*to)
		return false;
	if (ao) {
		if (tcp_ao_inherit(net, from->ao, &peer, *to))
			return true;
		tcp_auth_free(net, to);
		return false;
	}
	own = *key;
	own.addr = peer;
	own.prefixlen = 128;
	if (!tcp_md5_add(net, *to, &own))
		return true;
	tcp_auth_free(net, to);
	return false;
}

void tcp_auth_changed(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (tcp_state_in(sk, TCPF(CLOSE) | TCPF(LISTEN)))
		return;
	tp->tcp_header_len = (u16)(TCP_HLEN + (tp->tstamp_ok ? TCPOLEN_TSTAMP_ALIGNED : 0) +
				   tcp_auth_header_len(tp->auth, &sk->c));
	tcp_sync_mss(tp, tp->pmtu_cookie);
	if (tp->pred_flags)
		tcp_fast_path_on(tp);
}

/* ---- out ---- */

void tcp_auth_options(const struct tcp_auth *auth, const struct sock_common *c,
		      struct tcp_out_options *o)
{
	struct ip6_addr peer = inet6_shown_daddr(c);

	if (tcp_md5_lookup(auth, &peer))
		tcp_md5_option(o);
	else if (auth->ao && auth->ao->current)
		tcp_ao_option(auth->ao->current, auth->ao->rnext->rcvid, o);
}

u32 tcp_auth_room(const struct tcp_auth *auth, const struct sock_common *c)
{
	struct tcp_out_options o = { .options = 0 };

	tcp_auth_options(auth, c, &o);
	return (u32)tcp_options_size(&o);
}

u32 tcp_md5_room(const struct tcp_auth *auth, const struct sock_common *c)
{
	struct tcp_out_options o = { .options = 0 };

	tcp_auth_options(auth, c, &o);
	return tcp_auth_is_md5(&o) ? (u32)tcp_options_size(&o) : 0;
}

unsigned tcp_auth_max_sacks(const struct tcp_sock *tp)
{
	u32 used = (tp->tstamp_ok ? TCPOLEN_TSTAMP_ALIGNED : 0) + TCPOLEN_SACK_BASE_ALIGNED +
		   tcp_auth_room(tp->auth, &tp->sk.c);

	return used < TCP_OPTLEN_MAX ? (TCP_OPTLEN_MAX - used) / TCPOLEN_SACK_PERBLOCK : 0;
}

void tcp_auth_sign_sk(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_auth_path path = tcp_auth_path_of_sk(sk);
	const struct tcp_md5_key *key = tcp_md5_lookup(tcp_sk(sk)->auth, &path.daddr);

	if (key)
		tcp_md5_hash(key, &path, skb, skb->data + TCP_AUTH_MAC_AT);
	else
		tcp_ao_sign_sk(sk, skb);
}

/* ---- in ---- */

static struct tcp_auth *auth_of(struct sock_common *c)
{
	switch (c->state) {
	case TCP_TIME_WAIT:
		return inet_twsk(c)->auth;
	case TCP_NEW_SYN_RECV:
		return tcp_sk(inet_reqsk(c)->listener)->auth;
	case TCP_REST:
		return NULL;
	default:
		return container_of(c, struct tcp_sock, sk.c)->auth;
	}
}

static enum skb_drop_reason check_md5(const struct tcp_md5_key *key,
				      const struct tcp_auth_path *path,
				      const struct sk_buff *skb, const u8 *digest)
{
	struct net *net = skb->net;
	u8 want[16];

	if (!key) {
		mib_inc(net, TcpExtTCPMD5Unexpected);
		return SKB_DROP_REASON_TCP_MD5UNEXPECTED;
	}
	tcp_md5_hash(key, path, skb, want);
	if (digest_equal(want, digest, sizeof(want)))
		return SKB_CONSUMED;
	mib_inc(net, TcpExtTCPMD5Failure);
	return SKB_DROP_REASON_TCP_MD5FAILURE;
}

enum skb_drop_reason tcp_inbound_hash(struct sock_common *c, const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct tcp_auth *auth = auth_of(c);
	struct tcp_auth_path path = tcp_auth_path_of_skb(skb);
	const struct tcp_md5_key *key = tcp_md5_lookup(auth, &path.saddr);
	struct tcp_auth_received opt;

	/* Impossible, or twice. */
	if (!tcp_parse_auth_options((const u8 *)(th + 1), tcph_hlen(th) - TCP_HLEN, &opt))
		return SKB_DROP_REASON_TCP_AUTH_HDR;
	if (c->state == TCP_NEW_SYN_RECV && inet_reqsk(c)->used_ao != (opt.ao != NULL)) {
		mib_inc(skb->net, TcpExtTCPAOBad);
		return SKB_DROP_REASON_TCP_AOFAILURE;
	}
	if (opt.ao || (auth && auth->ao && !opt.md5))
		return tcp_ao_inbound(c, auth, &path, skb, opt.ao);
	if (opt.md5)
		return check_md5(key, &path, skb, opt.md5);
	if (likely(!key))
		return SKB_CONSUMED;
	mib_inc(skb->net, TcpExtTCPMD5NotFound);
	return SKB_DROP_REASON_TCP_MD5NOTFOUND;
}
