/* SPDX-License-Identifier: MIT */
#include "socket/sockopt_rare.h"

#include "net/ipv6/txoptions.h"
#include "socket/int_option.h"
#include "transport/flowlabel.h"
#include "transport/ip_sockglue.h"
#include "transport/tcp/tcp.h"
#include "transport/tcp/tcp_output.h"

/* ---- extension headers ---- */

static int txopt_of(int name)
{
	switch (name) {
	case LN_IPV6_HOPOPTS:
		return TXOPT_HOPOPT;
	case LN_IPV6_RTHDRDSTOPTS:
		return TXOPT_DST0OPT;
	case LN_IPV6_RTHDR:
		return TXOPT_SRCRT;
	case LN_IPV6_DSTOPTS:
		return TXOPT_DST1OPT;
	default:
		return -ENOPROTOOPT;
	}
}

static int check_header(int which, const u8 *hdr, u32 len)
{
	if (len < 2 || len & 7 || len > IPV6_OPT_HDR_MAX || ipv6_optlen(hdr) > len)
		return -EINVAL;
	return which == TXOPT_SRCRT ? ipv6_txopt_check_rthdr(hdr, len, false) : 0;
}

/* Segments carry more, or less, from now on. */
static void segments_changed(struct sock *sk)
{
	sk_dst_reset(sk);
	if (sk->prot == &tcp_prot && sk->c.state != TCP_LISTEN && sk->c.state != TCP_CLOSE &&
	    sk->c.v6)
		tcp_sync_mss(tcp_sk(sk), tcp_sk(sk)->pmtu_cookie);
}

int ipv6_txopt_setsockopt(struct sock *sk, int name, const void *val, u32 len)
{
	struct ipv6_txoptions opt = { 0 }, *copy = NULL;
	int which = txopt_of(name), err;
	struct sock_rare *r;

	if (which < 0)
		return which;
	err = len ? check_header(which, val, len) : 0;
	if (err)
		return err;
	r = sock_rare_get(sk);
	if (!r)
		return -ENOBUFS;
	if (r->opt6)
		opt = *r->opt6;
	ipv6_txopt_set(&opt, (enum ipv6_txopt)which, len ? val : NULL);
	if (ipv6_txopt_len(&opt)) {
		copy = ipv6_dup_options(sock_net(sk), &opt);
		if (!copy)
			return -ENOBUFS;
	}
	ipv6_txopt_free(sock_net(sk), r->opt6);
	r->opt6 = copy;
	inet_flag_set(sk, INET_TXOPTIONS, copy);
	segments_changed(sk);
	return 0;
}

int ipv6_txopt_getsockopt(struct sock *sk, int name, void *val, u32 *len)
{
	const struct ipv6_txoptions *opt = sock_txopt(sk);
	int which = txopt_of(name);

	if (which < 0)
		return which;
	if (opt && opt->hdr[which])
		put_value(val, len, opt->hdr[which], ipv6_optlen(opt->hdr[which]));
	else
		*len = 0;
	return 0;
}

/* ---- flow labels ---- */

int flowlabel_setsockopt(struct sock *sk, void *val, u32 len)
{
	struct ln_in6_flowlabel_req req;
	be32 asked;
	int err;

	if (len < sizeof(req))
		return -EINVAL;
	memcpy(&req, val, sizeof(req));
	if (len > sizeof(req) && req.flr_action == LN_IPV6_FL_A_GET)
		return -EINVAL;		/* headers of its own */
	asked = req.flr_label;
	err = ipv6_flowlabel_opt(sk, &req);
	if (!err && !asked)
		memcpy((u8 *)val + offsetof(struct ln_in6_flowlabel_req, flr_label),
		       &req.flr_label, sizeof(req.flr_label));
	return err;
}

/* ---- SO_PEEK_OFF, SO_RXQ_OVFL ---- */

/* Of what was queued before somebody asked, nothing is known. */
static void forget_marks(struct sock *sk)
{
	const struct sk_buff *skb;

	if (sk->type == LN_SOCK_STREAM || sock_flag(sk, SOCK_RXOPT))
		return;
	skb_queue_walk(&sk->receive_queue, skb)
		*SOCK_SKB_CB(skb) = (struct sock_skb_cb){ 0 };
}

static bool has_peek_off(const struct sock *sk)
{
	return sk->prot == &tcp_prot ||
	       (sk->type == LN_SOCK_DGRAM && sk->protocol == LN_IPPROTO_UDP);
}

int sock_set_peek_off(struct sock *sk, int val)
{
	int err;

	if (!has_peek_off(sk))
		return -EOPNOTSUPP;
	forget_marks(sk);
	err = sock_set_rxopt(sk, RXOPT_PEEK_OFF, val != -1);
	if (!err)
		sk->rare->not_peek_off = ~val;
	return err;
}

int sock_get_peek_off(struct sock *sk, int *val)
{
	if (!has_peek_off(sk))
		return -EOPNOTSUPP;
	*val = sk_peek_off(sk);
	return 0;
}

int sock_set_rxq_ovfl(struct sock *sk, int val)
{
	forget_marks(sk);
	return sock_set_rxopt(sk, RXOPT_OVFL, val != 0);
}
