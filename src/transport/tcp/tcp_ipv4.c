/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_ipv4.h"

#include "base/trace.h"
#include "net/ipv4/ip.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_ao.h"
#include "transport/tcp/tcp_input.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_rest.h"
#include "transport/tcp/tcp_syncookies.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_user.h"
#include "wire/icmp.h"
#include "wire/inet_addr.h"

/* ---- numbers that nobody may guess ---- */

u32 tcp_v4_init_seq(const struct net *net, be32 saddr, be32 daddr, be16 sport, be16 dport)
{
	u64 h = siphash_2u64((u64)saddr << 32 | daddr, (u64)sport << 16 | dport, &net->secret);

	/* RFC 6528 3: F(tuple, secret) + M; the clock ticks every 64 ns, as Linux's. */
	return (u32)h + (u32)((u64)net->now >> 6);
}

u32 tcp_v4_ts_hash(const struct net *net, be32 saddr, be32 daddr)
{
	return (u32)siphash_2u64((u64)saddr << 32 | daddr, 1ull << 40, &net->secret);
}

u32 tcp_v4_init_ts_off(const struct net *net, be32 saddr, be32 daddr)
{
	return net->sysctl.tcp_timestamps == 1 ? tcp_v4_ts_hash(net, saddr, daddr) : 0;
}

/* ---- replies that no socket sends ---- */

struct reply {
	be32 saddr, daddr;
	be16 sport, dport;
	u32 seq, ack_seq;
	u16 window;
	u8 flags, tos;
	u8 ace;			/* AE CWR ECE, in flags' place when not 0 */
	int oif;
	u32 mark;
	const struct tcp_md5_key *md5;	/* one of these signs, or none */
	struct tcp_ao_context ao;
	struct tcp_out_options opt;
};

static int send_reply(struct net *net, const struct reply *r)
{
	struct flowi4 fl = {
		.daddr = r->daddr, .saddr = r->saddr, .dport = r->dport, .sport = r->sport,
		.oif = r->oif, .mark = r->mark, .tos = r->tos, .proto = IP_PROTO_TCP,
	};
	struct ip_xmit x = {
		.saddr = r->saddr, .daddr = r->daddr, .protocol = IP_PROTO_TCP, .tos = r->tos,
		.df = !net->sysctl.ip_no_pmtu_disc,
	};
	u32 hlen = TCP_HLEN + (u32)tcp_options_size(&r->opt);
	struct sk_buff *skb;
	struct tcphdr *th;
	struct rtable *rt;
	int err;

	if (net->exiting)
		return -ENETDOWN;
	err = ip_route_output(net, &fl, &rt);
	if (err)
		return err;
	skb = tcp_alloc_skb(net, r->seq, r->flags);
	if (!skb) {
		dst_release(&rt->dst);
		return -ENOBUFS;
	}
	th = (struct tcphdr *)(void *)skb_push(skb, hlen);
	skb_reset_transport_header(skb);
	*th = (struct tcphdr){
		.source = r->sport, .dest = r->dport, .seq = cpu_to_be32(r->seq),
		.ack_seq = cpu_to_be32(r->ack_seq), .flags = r->flags,
		.window = cpu_to_be16(r->window),
	};
	tcph_set_hlen(th, hlen);
	if (unlikely(r->ace))
		tcp_accecn_set_ace(th, r->ace);
	tcp_options_write((u8 *)(th + 1), &r->opt);
	if (unlikely(r->ao.key))
		tcp_ao_sign(&r->ao, skb);
	else if (unlikely(r->md5))
		tcp_md5_hash(r->md5, r->saddr, r->daddr, skb, skb->data + TCP_HLEN + 4);
	th->check = tcp_v4_check(hlen, r->saddr, r->daddr, csum_partial(th, hlen, 0));
	skb_dst_set(skb, &rt->dst);
	mib_inc(net, TcpOutSegs);
	trace_skb(net, tcp_transmit_skb, skb, r->flags, r->seq, 0, r->ack_seq, r->window);
	return ip_queue_xmit(net, skb, &x);
}

static struct sock *find_listener(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct tcphdr *th = tcp_hdr(skb);

	return inet_lookup_listener(&skb->net->tcp->hash, iph->saddr, th->source, iph->daddr,
				    be16_to_cpu(th->dest), skb->dev ? skb->dev->ifindex : 0);
}

/* Where a reply to skb goes. */
static struct reply reply_to(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct tcphdr *th = tcp_hdr(skb);

	return (struct reply){
		.saddr = iph->daddr, .daddr = iph->saddr, .sport = th->dest, .dport = th->source,
	};
}

/* sne: how often ref, a number of ours, has gone round. */
static void sign_by_ao(struct reply *r, const struct tcp_ao_key *key, u8 rnext, u32 lisn, u32 risn,
		       u32 sne, u32 ref)
{
	if (!key)
		return;
	r->ao = (struct tcp_ao_context){
		.key = key, .saddr = r->saddr, .daddr = r->daddr, .sisn = lisn, .disn = risn,
		.sne = tcp_ao_compute_sne(sne, ref, r->seq),
	};
	tcp_ao_option(key, rnext, &r->opt);
}

/* Of a connection or TIME-WAIT. r->seq is set. */
static void sign_reply(struct reply *r, const struct tcp_auth *auth)
{
	const struct tcp_ao_info *ao;

	if (likely(!auth))
		return;
	r->md5 = tcp_md5_lookup(auth, r->daddr);
	ao = auth->ao;
	if (r->md5)
		tcp_auth_options(auth, r->daddr, &r->opt);
	else if (ao && ao->current)
		sign_by_ao(r, ao->current, ao->rnext->rcvid, ao->lisn, ao->risn, ao->snd_sne,
			   ao->snd_ref);
}

/* Of a request: by the key that the SYN asked for. */
static void sign_for_request(struct reply *r, const struct request_sock *req)
{
	const struct tcp_auth *auth = tcp_sk(req->signer)->auth;

	if (likely(!auth))
		return;
	if (!req->used_ao) {
		sign_reply(r, auth);
		return;
	}
	sign_by_ao(r, tcp_ao_lookup(auth, r->daddr, req->ao_rnext_keyid, TCP_AO_ANY),
		   req->ao_keyid, req->snt_isn, req->rcv_isn, 0, req->snt_isn);
}

/*
 * A signed segment that no connection is for any more: a listener at its port may have the key; if
 * that is what signed it, it signs the RST. False: nobody can, and there is none.
 */
static bool sign_reset(struct reply *r, const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct tcp_auth_received opt;
	struct sock *listener;

	if (likely(tcph_hlen(th) <= TCP_HLEN + TCPOLEN_TSTAMP_ALIGNED))
		return true;
	if (!tcp_parse_auth_options((const u8 *)(th + 1), tcph_hlen(th) - TCP_HLEN, &opt))
		return false;
	if (!opt.md5 && !opt.ao)
		return true;
	/* By TCP-AO: the initial numbers that belong to it are not known any more. */
	listener = opt.md5 ? find_listener(skb) : NULL;
	if (!listener || tcp_inbound_hash(&listener->c, skb))
		return false;
	sign_reply(r, tcp_sk(listener)->auth);
	return true;
}

/* auth: of the connection that it is about, or NULL. */
static void send_reset(struct net *net, const struct sock *sk, const struct sk_buff *skb,
		       const struct tcp_auth *auth)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct reply r = reply_to(skb);

	/* Never a RST for a RST; never to what was not sent to us alone. */
	if (cb->tcp_flags & TCPHDR_RST)
		return;
	if (!sk && (!skb->dst || dst_rtable(skb->dst)->type != RTN_LOCAL))
		return;
	if (cb->tcp_flags & TCPHDR_ACK) {
		r.seq = cb->ack_seq;
		r.flags = TCPHDR_RST;
	} else {
		r.ack_seq = cb->end_seq;
		r.flags = TCPHDR_RST | TCPHDR_ACK;
	}
	sign_reply(&r, auth);
	if (!sk && !auth && !sign_reset(&r, skb))
		return;
	if (unlikely(auth) && !r.ao.key && tcp_ao_lookup(auth, r.daddr, TCP_AO_ANY, TCP_AO_ANY))
		return;
	if (sk) {
		r.oif = sk->c.bound_dev_if;
		r.mark = sk->mark;
		r.tos = sk->tos & (u8)~INET_ECN_MASK;
	} else {
		r.tos = ip_hdr(skb)->tos & (u8)~INET_ECN_MASK;
	}
	trace_skb(net, tcp_send_reset, skb, r.daddr, be16_to_cpu(r.dport));
	mib_inc(net, TcpOutRsts);
	send_reply(net, &r);
}

void tcp_v4_send_reset(struct net *net, const struct sock *sk, const struct sk_buff *skb)
{
	send_reset(net, sk, skb, sk ? tcp_sk(sk)->auth : NULL);
}

void tcp_v4_timewait_ack(struct tcp_timewait_sock *tw, bool oow)
{
	const struct sock_common *c = &tw->b.c;
	struct reply r = {
		.saddr = c->rcv_saddr, .daddr = c->daddr,
		.sport = cpu_to_be16(c->num), .dport = c->dport,
		.seq = tw->snd_nxt, .ack_seq = tw->rcv_nxt, .flags = TCPHDR_ACK,
		.window = (u16)min(tw->rcv_wnd >> tw->rcv_wscale, 65535u),
		.oif = c->bound_dev_if, .mark = tw->mark,
		/* Who made us answer by a guess has not negotiated ECT (RFC 3168 6.1.4). */
		.tos = oow ? tw->tos & (u8)~INET_ECN_MASK : tw->tos,
	};

	if (tw->tstamp_ok) {
		r.opt.options = OPTION_TS;
		r.opt.tsval = tcp_ts_clock(c->net) + tw->tsoffset;
		r.opt.tsecr = tw->ts_recent;
	}
	sign_reply(&r, tw->auth);
	send_reply(c->net, &r);
}

static struct reply request_reply(const struct request_sock *req)
{
	const struct sock_common *c = &req->c;

	return (struct reply){
		.saddr = c->rcv_saddr, .daddr = c->daddr,
		.sport = cpu_to_be16(c->num), .dport = c->dport,
		.oif = c->bound_dev_if, .mark = req->mark, .tos = req->tos,
	};
}

void tcp_v4_reqsk_send_ack(const struct request_sock *req)
{
	struct reply r = request_reply(req);

	r.seq = req->snt_isn + 1;
	r.ack_seq = req->rcv_nxt;
	r.flags = TCPHDR_ACK;
	r.tos &= (u8)~INET_ECN_MASK;
	r.window = (u16)min(req->rcv_wnd >> req->rcv_wscale, 65535u);
	if (req->tstamp_ok) {
		r.opt.options = OPTION_TS;
		r.opt.tsval = tcp_ts_clock(req->c.net) + req->tsoff;
		r.opt.tsecr = req->ts_recent;
	}
	sign_for_request(&r, req);
	send_reply(req->c.net, &r);
}

int tcp_v4_send_synack(struct request_sock *req, const struct tcp_fastopen_cookie *foc)
{
	struct reply r = request_reply(req);

	r.seq = req->snt_isn;
	r.ack_seq = req->rcv_nxt;
	r.flags = TCPHDR_SYN | TCPHDR_ACK | (req->ecn_ok && !req->accecn_ok ? TCPHDR_ECE : 0);
	r.window = (u16)min(req->rcv_wnd, 65535u);
	r.opt.options = OPTION_MSS;
	r.opt.mss = req->advmss;
	if (req->tstamp_ok) {
		r.opt.options |= OPTION_TS;
		r.opt.tsval = req->tsoff + (req->cookie ? cookie_init_timestamp(req) :
							  tcp_ts_clock(req->c.net));
		r.opt.tsecr = req->ts_recent;
	}
	if (req->wscale_ok) {
		r.opt.options |= OPTION_WSCALE;
		r.opt.ws = req->rcv_wscale;
	}
	if (req->sack_ok)
		r.opt.options |= OPTION_SACK_ADVERTISE;
	sign_for_request(&r, req);
	if (foc)
		tcp_options_add_fastopen(&r.opt, foc);
	if (unlikely(req->accecn_ok)) {
		/* RFC 9768 3.2.3.2.2: it may have been lost for the option, or for the flags. */
		if (req->num_retrans < 2)
			r.ace = tcp_accecn_reflector(req->syn_ect_rcv);
		if (req->c.net->sysctl.tcp_ecn_option && !req->num_retrans)
			tcp_accecn_fit(NULL, &r.opt, 0);
	}
	return send_reply(req->c.net, &r);
}

/* ---- connect ---- */

static int connect_route(struct sock *sk, be32 daddr, be16 dport)
{
	struct net *net = sock_net(sk);
	struct flowi4 fl = {
		.daddr = daddr, .saddr = sk->saddr, .dport = dport,
		.sport = cpu_to_be16(sk->c.num), .oif = sk->c.bound_dev_if, .mark = sk->mark,
		.proto = IP_PROTO_TCP, .tos = sk->tos,
		.scope = sock_flag(sk, SOCK_LOCALROUTE) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
	};
	struct rtable *rt;
	int err = ip_route_output(net, &fl, &rt);

	if (err) {
		if (err == -ENETUNREACH)
			mib_inc(net, IpOutNoRoutes);
		return err;
	}
	if (rt->type == RTN_BROADCAST || rt->type == RTN_MULTICAST) {
		dst_release(&rt->dst);
		return -ENETUNREACH;
	}
	sk_dst_reset(sk);
	sk->dst = &rt->dst;
	if (!sk->saddr)
		sk->saddr = fl.saddr;
	if (!sk->c.rcv_saddr)
		sk->c.rcv_saddr = sk->saddr;
	sk->c.daddr = daddr ? daddr : fl.daddr;
	sk->c.dport = dport;
	return 0;
}

/* What the SYN will say. */
static void connect_init(struct sock *sk)
{
	struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	u32 user_mss, rmem_most = max((u32)net->sysctl.tcp_rmem_max, (u32)net->sysctl.rmem_max);

	user_mss = tcp_cold(tp)->user_mss;
	if (net->sysctl.tcp_timestamps)
		tp->tcp_header_len += TCPOLEN_TSTAMP_ALIGNED;
	if (unlikely(tp->auth))
		tcp_ao_connect_init(sk);
	tp->tcp_header_len += tcp_auth_header_len(tp->auth, sk->c.daddr);
	tp->mss_clamp = user_mss ? (u16)user_mss : TCP_MSS_DEFAULT;	/* until the peer tells */
	tcp_sync_mss(tp, dst_mtu(sk->dst, sk->c.daddr));
	tp->advmss = tcp_advertise_mss(sk);
	tcp_initialize_rcv_mss(tp);
	tp->rwin.window_clamp = tcp_initial_clamp(sk);
	tcp_select_initial_window(&tp->rwin, tcp_full_space(sk), tp->advmss,
				  net->sysctl.tcp_window_scaling, rmem_most);
	tp->tsoffset = tcp_v4_init_ts_off(net, sk->saddr, sk->c.daddr);
	/* A TIME-WAIT that was replaced has chosen one above its own (RFC 6191). */
	if (!tp->write_seq)
		tp->write_seq = tcp_v4_init_seq(net, sk->saddr, sk->c.daddr,
						cpu_to_be16(sk->c.num), sk->c.dport);
	tp->iss = tp->snd_una = tp->snd_nxt = tp->snd_sml = tp->pushed_seq = tp->write_seq;
	if (tp->cold)
		tp->cold->snd_up = tp->write_seq;
	sk->err = sk->err_soft = 0;
	sk->shutdown = 0;
	sock_reset_flag(sk, SOCK_DONE);
}

/* Nothing came of it: as before. */
static void connect_undo(struct sock *sk, be32 rcv_saddr, be32 saddr)
{
	sk->c.state = TCP_CLOSE;
	inet_ehash_remove(&sock_net(sk)->tcp->hash, &sk->c);
	if (!sock_flag(sk, SOCK_BINDPORT_LOCK) && !sock_flag(sk, SOCK_BINDADDR_LOCK))
		inet_put_port(&sock_net(sk)->tcp->hash, sk);
	sk->c.daddr = 0;
	sk->c.dport = 0;
	sk->c.rcv_saddr = rcv_saddr;
	sk->saddr = saddr;
	sk_dst_reset(sk);
}

int tcp_v4_connect(struct sock *sk, const void *uaddr, u32 len)
{
	const struct ln_sockaddr_in *addr = uaddr;
	struct net *net = sock_net(sk);
	be32 rcv_saddr = sk->c.rcv_saddr, saddr = sk->saddr;
	int err;

	if (len < sizeof(*addr))
		return -EINVAL;
	if (addr->sin_family != LN_AF_INET)
		return -EAFNOSUPPORT;
	if (sk->c.state != TCP_CLOSE)
		return -EISCONN;
	err = connect_route(sk, addr->sin_addr ? addr->sin_addr : INADDR4_LOOPBACK,
			    addr->sin_port);
	if (err)
		return err;
	tcp_reset_connection(sk);
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
		connect_undo(sk, rcv_saddr, saddr);
	}
	return err;
}

/* ---- ICMP errors ---- */

static void mtu_reduced(struct sock *sk, u32 mtu)
{
	struct tcp_sock *tp = tcp_sk(sk);

	if (sk->c.state == TCP_CLOSE || sk->pmtudisc == LN_IP_PMTUDISC_DONT || !tcp_route(sk))
		return;
	ip_rt_update_pmtu(sock_net(sk), sk->c.daddr, mtu);
	mtu = dst_mtu(sk->dst, sk->c.daddr);
	if (tp->pmtu_cookie <= mtu)
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

void tcp_v4_err(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)(const void *)skb->data;
	const struct tcphdr *th = (const struct tcphdr *)(const void *)(skb->data + iph_hlen(iph));
	struct net *net = skb->net;
	u32 seq = be32_to_cpu(th->seq);
	int err = EPROTO;
	bool fatal = true;
	struct sock_common *c;
	struct sock *sk;

	if (type == ICMP_DEST_UNREACH)
		err = icmp_err_convert(code, &fatal);
	else if (type == ICMP_TIME_EXCEEDED)
		err = EHOSTUNREACH;
	else if (type != ICMP_PARAMETERPROB)
		return;
	c = inet_lookup_established(&net->tcp->hash, iph->daddr, th->dest, iph->saddr,
				    be16_to_cpu(th->source), skb->dev ? skb->dev->ifindex : 0);
	if (!c) {
		mib_inc(net, IcmpInErrors);
		return;
	}
	if (c->state == TCP_TIME_WAIT)
		return;
	if (c->state == TCP_NEW_SYN_RECV) {
		request_err(inet_reqsk(c), seq, fatal && type == ICMP_DEST_UNREACH);
		return;
	}
	sk = c->state == TCP_REST ? tcp_rest_wake(tcp_rest(c)) : container_of(c, struct sock, c);
	if (!sk)
		return;
	/* RFC 5927 4.1: only about what is in flight; the SYN-ACK is in no queue. */
	if (!between(seq, tcp_sk(sk)->snd_una - !!tcp_sk(sk)->fastopen_rsk, tcp_sk(sk)->snd_nxt)) {
		mib_inc(net, TcpExtOutOfWindowIcmps);
		return;
	}
	if (unlikely(tcp_sk(sk)->auth) && tcp_ao_ignore_icmp(sk, type, code))
		return;
	sock_hold(sk);
	if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)
		mtu_reduced(sk, info);
	else
		sock_err(sk, err);
	sock_put(sk);
}

/* ---- segments ---- */

static void fill_cb(struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct tcp_skb_cb *cb = TCP_SKB_CB(skb);

	cb->seq = be32_to_cpu(th->seq);
	cb->ack_seq = be32_to_cpu(th->ack_seq);
	cb->tcp_flags = th->flags;
	cb->sacked = 0;
	cb->end_seq = cb->seq + tcp_seg_len(th->flags, skb->len - tcph_hlen(th));
}

/* Header and checksum; SKB_CONSUMED: sound. */
static enum skb_drop_reason check_segment(struct sk_buff *skb)
{
	const struct iphdr *iph;
	struct net *net = skb->net;
	u32 hlen;

	if (!pskb_may_pull(skb, TCP_HLEN))
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	hlen = tcph_hlen((const struct tcphdr *)(const void *)skb->data);
	if (hlen < TCP_HLEN || !pskb_may_pull(skb, hlen))
		return SKB_DROP_REASON_PKT_TOO_SMALL;
	skb_reset_transport_header(skb);
	if (skb->ip_summed == CHECKSUM_UNNECESSARY || skb->ip_summed == CHECKSUM_PARTIAL)
		return SKB_CONSUMED;
	iph = ip_hdr(skb);
	if (csum_tcpudp_magic(iph->saddr, iph->daddr, skb->len, IP_PROTO_TCP,
			      skb_checksum(skb, 0, skb->len, 0))) {
		mib_inc(net, TcpInCsumErrors);
		return SKB_DROP_REASON_TCP_CSUM;
	}
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return SKB_CONSUMED;
}

static __noinline __cold void trace_rcv(struct sk_buff *skb, const char *found)
{
	const struct iphdr *iph = ip_hdr(skb);
	const struct tcphdr *th = tcp_hdr(skb);

	trace_skb(skb->net, tcp_v4_rcv, skb, iph->saddr, be16_to_cpu(th->source), iph->daddr,
		  be16_to_cpu(th->dest), TRACE_STR(found));
}

static void rcv_in_state(struct sock *sk, struct sk_buff *skb)
{
	enum skb_drop_reason reason = tcp_rcv_state_process(sk, skb);

	if (reason) {
		tcp_v4_send_reset(sock_net(sk), sk, skb);
		kfree_skb_reason(skb, reason);
	}
}

/* The first segment of a new connection: data may have come with the ACK. */
static void rcv_child(struct sock *listener, struct sock *child, struct sk_buff *skb)
{
	sock_hold(child);
	tcp_sk(child)->segs_in++;
	rcv_in_state(child, skb);
	sock_put(child);
	listener->ops->data_ready(listener);
}

/* No request is known of it, but that may be in the number that it acknowledges. */
static void rcv_cookie(struct sock *listener, struct sk_buff *skb)
{
	struct sock *child = tcp_v4_cookie_check(listener, skb);

	if (child == listener)
		rcv_in_state(listener, skb);
	else if (child)
		rcv_child(listener, child, skb);
}

/* A full socket has it. */
static int tcp_v4_do_rcv(struct sock *sk, struct sk_buff *skb)
{
	sock_hold(sk);
	tcp_sk(sk)->segs_in += skb_packets(skb);
	if (skb->len > tcph_hlen(tcp_hdr(skb)))
		tcp_sk(sk)->data_segs_in += skb_packets(skb);
	if (likely(sk->c.state == TCP_ESTABLISHED))
		tcp_rcv_established(sk, skb);
	else if (sk->c.state == TCP_LISTEN && !(TCP_SKB_CB(skb)->tcp_flags & TCPHDR_SYN))
		rcv_cookie(sk, skb);
	else
		rcv_in_state(sk, skb);
	sock_put(sk);
	return 0;
}

static int rcv_no_socket(struct sk_buff *skb)
{
	trace_rcv(skb, "no socket");
	tcp_v4_send_reset(skb->net, NULL, skb);
	kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
	return 0;
}

static void rcv_time_wait(struct tcp_timewait_sock *tw, struct sk_buff *skb)
{
	enum skb_drop_reason reason = SKB_CONSUMED;
	struct net *net = skb->net;
	struct sock *listener;
	u32 isn = 0;

	trace_rcv(skb, "TIME-WAIT");
	switch (tcp_timewait_state_process(tw, skb, &isn, &reason)) {
	case TCP_TW_SYN:
		listener = find_listener(skb);
		if (listener) {
			tcp_tw_kill(tw);
			tcp_conn_request(listener, skb, isn);
			return;
		}
		tcp_v4_timewait_ack(tw, false);
		break;
	case TCP_TW_ACK:
		tcp_v4_timewait_ack(tw, false);
		break;
	case TCP_TW_ACK_OOW:
		tcp_v4_timewait_ack(tw, true);
		break;
	case TCP_TW_RST:
		send_reset(net, NULL, skb, tw->auth);
		tcp_tw_kill(tw);
		break;
	case TCP_TW_SUCCESS:
		break;
	}
	kfree_skb_reason(skb, reason);
}

static void rcv_request(struct request_sock *req, struct sk_buff *skb)
{
	struct sock *listener = req->listener, *child;
	struct net *net = skb->net;

	trace_rcv(skb, "SYN-RCVD");
	sock_hold(listener);
	child = tcp_check_req(req, skb);
	if (child == listener) {
		tcp_v4_send_reset(net, listener, skb);
		kfree_skb_reason(skb, SKB_DROP_REASON_TCP_INVALID_ACK_SEQUENCE);
	} else if (child) {
		rcv_child(listener, child, skb);
	}
	sock_put(listener);
}

/* Not a sock. Return: the one that is to have skb (a connection woke), or NULL: it is consumed. */
static __noinline struct sock *rcv_mini(struct sock_common *c, struct sk_buff *skb)
{
	struct sock *sk = NULL;

	switch (c->state) {
	case TCP_TIME_WAIT:
		rcv_time_wait(inet_twsk(c), skb);
		break;
	case TCP_NEW_SYN_RECV:
		rcv_request(inet_reqsk(c), skb);
		break;
	default:
		sk = tcp_rest_wake(tcp_rest(c));
		if (!sk)	/* the connection lives on: its peer sends again */
			kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
	}
	return sk;
}

/* It may have a signature, or somebody may want one. */
static bool is_signed(const struct net *net, const struct tcphdr *th)
{
	return (tcph_hlen(th) > TCP_HLEN + TCPOLEN_TSTAMP_ALIGNED) | (net->tcp->auth_users != 0);
}

/* True: it is not, or not well, and skb is consumed. */
static __noinline bool drop_unsigned(struct sock_common *c, struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	enum skb_drop_reason reason;

	/* Most SYNs: there is no room for one behind the MSS. */
	if (!skb->net->tcp->auth_users && tcph_hlen(th) <= TCP_HLEN + TCPOLEN_MD5SIG + 2 &&
	    *(const u8 *)(th + 1) == TCPOPT_MSS)
		return false;
	reason = tcp_inbound_hash(c, skb);
	if (!reason)
		return false;
	kfree_skb_reason(skb, reason);
	return true;
}

int tcp_v4_rcv(struct sk_buff *skb)
{
	struct net *net = skb->net;
	enum skb_drop_reason reason;
	const struct iphdr *iph;
	const struct tcphdr *th;
	struct sock_common *c;
	struct sock *sk;

	if (unlikely(skb->pkt_type != PACKET_HOST)) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOT_SPECIFIED);
		return 0;
	}
	mib_inc(net, TcpInSegs);
	reason = check_segment(skb);
	if (unlikely(reason)) {
		mib_inc(net, TcpInErrs);
		kfree_skb_reason(skb, reason);
		return 0;
	}
	iph = ip_hdr(skb);
	th = tcp_hdr(skb);
	fill_cb(skb);
	c = inet_lookup_established(&net->tcp->hash, iph->saddr, th->source, iph->daddr,
				    be16_to_cpu(th->dest), skb->dev ? skb->dev->ifindex : 0);
	if (likely(c)) {
		sk = container_of(c, struct sock, c);
		if (unlikely(is_signed(net, th)) && drop_unsigned(c, skb))
			return 0;
		if (unlikely(tcp_is_mini(c))) {
			sk = rcv_mini(c, skb);
			if (!sk)
				return 0;
		}
	} else {
		sk = find_listener(skb);
		if (!sk)
			return rcv_no_socket(skb);
		if (unlikely(is_signed(net, th)) && drop_unsigned(&sk->c, skb))
			return 0;
	}
	if (unlikely(net->trace))
		trace_rcv(skb, tcp_state_name(sk->c.state));
	return tcp_v4_do_rcv(sk, skb);
}
