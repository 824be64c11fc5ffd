/* SPDX-License-Identifier: MIT */
/* ICMP errors about segments of ours, of either family (RFC 5927, 8201). */
#include "transport/tcp/tcp_ao.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_minisocks.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_rest.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"

/* Who said so by IP_MTU_DISCOVER: what is next to be sent finds the path's MTU all the same. */
static bool ignores_pmtu(const struct sock *sk)
{
	return sk->pmtudisc == LN_IP_PMTUDISC_DONT || sk->pmtudisc >= LN_IP_PMTUDISC_INTERFACE;
}

static void mtu_reduced(struct sock *sk, u32 mtu)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (sk->c.state == TCP_CLOSE || (sk->c.v6 && ignores_pmtu(sk)) || !tcp_route(sk))
		return;
	/* As Linux: over IPv6 what does not concern the present MSS, as a probe, is passed by. */
	if (sk->c.v6 && (mtu < IPV6_MIN_MTU || tcp_mtu_to_mss(tp, mtu) >= tp->mss_cache))
		return;
	if (sk->c.v6)
		ip6_update_pmtu(sock_net(sk), &inet6_key(&sk->c)->daddr, mtu);
	else
		ip_rt_update_pmtu(sock_net(sk), sk->c.daddr, mtu);
	mtu = tcp_path_mtu(sk);
	if (tp->pmtu_cookie <= mtu || ignores_pmtu(sk))
		return;
	tcp_sync_mss(tp, mtu);
	/* What is too long for the path is lost: send it again in smaller pieces. */
	tcp_simple_retransmit_now(sk);
}

static void request_err(struct request_sock *req, u32 seq, bool fatal)
{
	struct net *net = req->c.net;

	if (seq != req->snt_isn) {
		mib_inc(net, TcpExtOutOfWindowIcmps);
	} else if (fatal) {
		tcp_reqsk_drop(req);
		mib_inc(net, TcpExtListenDrops);
	}
}

static void sock_err(struct sock *sk, int err)
{
	const struct request_sock *req = tcp_sk(sk)->fastopen_rsk;

	if (tcp_state_in(sk, TCPF(SYN_SENT) | TCPF(SYN_RECV)) && !(req && req->accepted)) {
		if (req)
			return;		/* nobody knows of it yet: as if it were a request */
		/* No connection yet: as Linux, the first error ends it, hard or not. */
		tcp_report_error(sk, err);
		tcp_write_queue_purge(sk, SKB_DROP_REASON_TCP_CLOSE);
		tcp_done(sk);
	} else if (sock_flag(sk, SOCK_RECVERR)) {
		tcp_report_error(sk, err);
	} else {
		sk->err_soft = (s16)err;	/* told when the connection times out */
	}
}

/* RFC 6069 3.2: about the head, which was sent into a path without connectivity. */
static bool tells_no_route(const struct sock *sk, const struct tcp_icmp *icmp)
{
	if (icmp->seq != tcp_sk(sk)->snd_una || tcp_sk(sk)->fastopen_rsk ||
	    tcp_state_in(sk, TCPF(SYN_SENT) | TCPF(SYN_RECV)))
		return false;
	if (sk->c.v6)
		return icmp->type == ICMPV6_DEST_UNREACH && icmp->code == ICMPV6_NOROUTE;
	return icmp->type == ICMP_DEST_UNREACH &&
	       (icmp->code == ICMP_NET_UNREACH || icmp->code == ICMP_HOST_UNREACH);
}

void tcp_icmp_error(struct sock_common *c, const struct tcp_icmp *icmp)
{
	struct net *net = c->net;
	struct sock *sk;

	if (c->state == TCP_TIME_WAIT || (c->state == TCP_NEW_SYN_RECV && icmp->redirect))
		return;
	if (c->state == TCP_NEW_SYN_RECV) {
		request_err(inet_reqsk(c), icmp->seq, icmp->fatal);
		return;
	}
	sk = c->state == TCP_REST ? tcp_rest_wake(tcp_rest(c)) : container_of(c, struct sock, c);
	if (!sk)
		return;
	if (unlikely(tcp_sk(sk)->auth) && tcp_ao_ignore_icmp(sk, icmp->type, icmp->code))
		return;
	if (unlikely(icmp->ttl < sk->min_ttl)) {
		mib_inc(net, TcpExtTCPMinTTLDrop);
		return;
	}
	/* RFC 5927 4.1: only about what is in flight; the SYN-ACK is in no queue. */
	if (!between(icmp->seq, tcp_sk(sk)->snd_una - !!tcp_sk(sk)->fastopen_rsk,
		     tcp_sk(sk)->snd_nxt)) {
		mib_inc(net, TcpExtOutOfWindowIcmps);
		return;
	}
	if (icmp->redirect) {
		ip_rt_redirect(icmp->redirect, icmp->code, cpu_to_be32(icmp->mtu));
		return;
	}
	sock_hold(sk);
	if (tells_no_route(sk, icmp))
		tcp_revert_backoff(sk);
	if (icmp->too_big)
		mtu_reduced(sk, icmp->mtu);
	else
		sock_err(sk, icmp->err);
	sock_put(sk);
}
