/* SPDX-License-Identifier: MIT */
/* connect(): addresses, a port, the number that begins, and SYN. */
#include "base/trace.h"
#include "transport/datagram6.h"
#include "transport/tcp/tcp_ao.h"
#include "transport/tcp/tcp_dst.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"
#include "wire/inet_addr.h"

/* What the SYN will say. */
static void connect_init(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 user_mss, rmem_most = max((u32)net->sysctl.tcp_rmem_max, (u32)net->sysctl.rmem_max);

	tcp_ca_of_dst(sk);
	user_mss = tcp_cold(tp)->user_mss;
	if (net->sysctl.tcp_timestamps)
		tp->tcp_header_len += TCPOLEN_TSTAMP_ALIGNED;
	if (unlikely(tp->auth))
		tcp_ao_connect_init(sk);
	tp->tcp_header_len += tcp_auth_header_len(tp->auth, &sk->c);
	tp->mss_clamp = user_mss ? (u16)user_mss : (u16)tcp_mss_default(&sk->c);
	tcp_sync_mss(tp, tcp_path_mtu(sk));
	tp->advmss = tcp_advertise_mss(sk);
	tcp_initialize_rcv_mss(tp);
	tp->rwin.window_clamp = tcp_initial_clamp(sk, sk->dst);
	tcp_select_initial_window(&tp->rwin, tcp_full_space(sk), tp->advmss,
				  net->sysctl.tcp_window_scaling, rmem_most);
	tcp_limit_initial_window(&tp->rwin, sk->dst, tp->advmss);
	tcp_signed_windows(net, &tp->rwin);
	tp->tsoffset = tcp_init_ts_off(&sk->c);
	/* A TIME-WAIT that was replaced has chosen one above its own (RFC 6191). */
	if (!tp->write_seq)
		tp->write_seq = tcp_init_seq(&sk->c);
	tp->iss = tp->snd_una = tp->snd_nxt = tp->snd_sml = tp->pushed_seq = tp->write_seq;
	if (tp->cold)
		tp->cold->snd_up = tp->write_seq;
	sk->err = sk->err_soft = 0;
	sk->shutdown = 0;
	sock_reset_flag(sk, SOCK_DONE);
}

/* What connect() may change of a socket's addresses. */
struct addresses {
	bool v6;
	be32 rcv_saddr, saddr;
	struct ip6_addr rcv_saddr6, saddr6;
};

static struct addresses addresses_of(const struct sock *sk)
{
	struct addresses a = { .v6 = sk->c.v6 };

	if (a.v6) {
		a.rcv_saddr6 = inet6_key(&sk->c)->rcv_saddr;
		a.saddr6 = inet6_key(&sk->c)->saddr;
	} else {
		a.rcv_saddr = sk->c.rcv_saddr;
		a.saddr = sk->saddr;
	}
	return a;
}

static void addresses_restore(struct sock *sk, const struct addresses *a)
{
	if (!a->v6) {
		sk->c.daddr = 0;
		sk->c.rcv_saddr = a->rcv_saddr;
		sk->saddr = a->saddr;
	} else if (!sk->c.v6) {
		/* It was bound to no address, else it had not become one of IPv4. */
		inet6_key_set_kind(&sk->c, true);
		sk->saddr = 0;
	} else if (sk->c.key6) {
		sk->c.key6->daddr = IN6ADDR_ANY;	/* made for this call: nobody else's */
		sk->c.key6->rcv_saddr = a->rcv_saddr6;
		sk->c.key6->saddr = a->saddr6;
	}
}

/* Nothing came of it: as before. */
static void connect_undo(struct sock *sk, const struct addresses *a)
{
	sk->c.state = TCP_CLOSE;
	inet_ehash_remove(&sock_net(sk)->tcp->hash, &sk->c);
	if (!sock_flag(sk, SOCK_BINDPORT_LOCK) && !sock_flag(sk, SOCK_BINDADDR_LOCK))
		inet_put_port(&sock_net(sk)->tcp->hash, sk);
	sk->c.dport = 0;
	addresses_restore(sk, a);
	sk_dst_reset(sk);
}

static int connect4(struct sock *sk, const struct ln_sockaddr_in *addr)
{
	if (sk->c.state != TCP_CLOSE)
		return -EISCONN;
	if (sk->c.v6)
		inet6_key_set_kind(&sk->c, false);
	return tcp_v4_connect_route(sk, addr->sin_addr, addr->sin_port);
}

/* A socket of AF_INET6. */
static int connect6(struct sock *sk, const struct ln_sockaddr_in6 *addr, u32 len)
{
	struct ln_sockaddr_in sin;
	struct ip6_addr daddr;
	int r;

	if (len >= SIN6_LEN_RFC2133 && addr->sin6_family == LN_AF_INET6 &&
	    addr->sin6_addr[0] == 0xff)
		return -ENETUNREACH;
	r = inet6_connect_addr(sk, addr, len, &daddr, &sin);
	if (r)
		return r > 0 ? connect4(sk, &sin) : r;
	if (sk->c.state != TCP_CLOSE)
		return -EISCONN;
	if (!inet6_key_own(&sk->c))
		return -ENOMEM;
	return tcp_v6_connect_route(sk, &daddr, addr->sin6_port);
}

static int connect_route(struct sock *sk, const void *uaddr, u32 len)
{
	const struct ln_sockaddr_in *addr = uaddr;

	if (sk->c.family == LN_AF_INET6)
		return connect6(sk, uaddr, len);
	if (len < sizeof(*addr))
		return -EINVAL;
	return addr->sin_family == LN_AF_INET ? connect4(sk, addr) : -EAFNOSUPPORT;
}

int tcp_connect(struct sock *sk, const void *uaddr, u32 len)
{
	const struct addresses before = addresses_of(sk);
	struct net *net = sock_net(sk);
	u8 pingpong = tcp_sk(sk)->ack.pingpong;	/* the user's TCP_QUICKACK */
	int err = connect_route(sk, uaddr, len);

	if (err) {
		if (sk->c.state == TCP_CLOSE && sk->c.v6 != before.v6)
			addresses_restore(sk, &before);
		return err;
	}
	tcp_begin_connection(sk);
	tcp_sk(sk)->ack.pingpong = pingpong;
	/* In the tables before the number is drawn: the port is part of it. */
	sk->c.state = TCP_SYN_SENT;
	err = inet_hash_connect(&net->tcp->hash, sk, tcp_twsk_unique);
	if (!err) {
		tcp_trace_state(&sk->c, TCP_CLOSE, TCP_SYN_SENT);
		connect_init(sk);
		err = unlikely(tcp_sk(sk)->cold) && tcp_sk(sk)->cold->fo.connect &&
		      !tcp_sk(sk)->cold->fo.req ?
		      tcp_fastopen_connect(sk) : tcp_connect_xmit(sk);
	}
	if (err) {
		tcp_clear_xmit_timers(sk);
		tcp_write_queue_purge(sk, SKB_DROP_REASON_TCP_CLOSE);
		connect_undo(sk, &before);
	}
	return err;
}
