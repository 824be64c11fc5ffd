/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_reply.h"

#include "base/trace.h"
#include "device/edt.h"
#include "net/fwmark.h"
#include "net/inet_iif.h"
#include "net/ipv6/ip6_flowlabel.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_ao.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_output.h"
#include "transport/tcp/tcp_syncookies.h"

struct reply {
	struct tcp_path path;
	u32 seq, ack_seq;
	u32 delay_us;		/* TCP_TX_DELAY of whose it is */
	u16 window;
	u8 flags;
	u8 ace;			/* AE CWR ECE, in flags' place when not 0 */
	const struct tcp_md5_key *md5;	/* one of these signs, or none */
	struct tcp_ao_context ao;
	struct tcp_out_options opt;
};

static __noinline void sign_by_md5(const struct reply *r, struct sk_buff *skb)
{
	struct tcp_auth_path path = tcp_auth_path_of(&r->path);

	tcp_md5_hash(r->md5, &path, skb, skb->data + TCP_HLEN + 4);
}

static struct sk_buff *build_reply(struct net *net, const struct reply *r)
{
	u32 hlen = TCP_HLEN + (u32)tcp_options_size(&r->opt);
	struct sk_buff *skb = tcp_alloc_skb(net, r->seq, r->flags);
	struct tcphdr *th;

	if (!skb)
		return NULL;
	th = (struct tcphdr *)(void *)skb_push(skb, hlen);
	skb_reset_transport_header(skb);
	*th = (struct tcphdr){
		.source = r->path.sport, .dest = r->path.dport, .seq = cpu_to_be32(r->seq),
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
		sign_by_md5(r, skb);
	th->check = tcp_path_af(&r->path)->check(&r->path, hlen, csum_partial(th, hlen, 0));
	return skb;
}

static int send_reply(struct net *net, const struct reply *r)
{
	const struct tcp_af *af = tcp_path_af(&r->path);
	struct dst_entry *dst;
	struct sk_buff *skb;
	int err;

	if (net->exiting)
		return -ENETDOWN;
	dst = af->route(net, &r->path, &err);
	if (!dst)
		return err;
	skb = build_reply(net, r);
	if (!skb) {
		dst_release(dst);
		return -ENOBUFS;
	}
	skb_dst_set(skb, dst);
	skb->mark = r->path.mark;
	if (unlikely(r->delay_us)) {
		skb->tstamp = net->now + us_to_ktime(r->delay_us);
		skb->edt = SKB_EDT_TXTIME;
	}
	mib_inc(net, TcpOutSegs);
	trace_skb(net, tcp_transmit_skb, skb, r->flags, r->seq, 0, r->ack_seq, r->window);
	return af->xmit(net, skb, &r->path);
}

/* Where a reply to skb goes. */
static struct reply reply_to(const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct reply r = { .path = { .sport = th->dest, .dport = th->source } };

	if (unlikely(skb_is_ipv6(skb))) {
		r.path.saddr6 = &ipv6_hdr(skb)->daddr;
		r.path.daddr6 = &ipv6_hdr(skb)->saddr;
		if (ipv6_addr_needs_scope_id(r.path.daddr6) || ipv6_addr_loopback(r.path.daddr6))
			r.path.oif = inet_iif(skb);
	} else {
		r.path.saddr = ip_hdr(skb)->daddr;
		r.path.daddr = ip_hdr(skb)->saddr;
	}
	return r;
}

/* own: of whom it is sent for. Without fwmark_reflect that is all. */
static u32 reply_mark(const struct sk_buff *skb, u32 own)
{
	u32 mark = skb_is_ipv6(skb) ? ip6_reply_mark(skb->net, skb->mark) :
				      ip4_reply_mark(skb->net, skb->mark);

	return mark ? mark : own;
}

/* sne: how often ref, a number of ours, has gone round. */
static void sign_by_ao(struct reply *r, const struct tcp_ao_key *key, u8 rnext, u32 lisn, u32 risn,
		       u32 sne, u32 ref)
{
	if (!key)
		return;
	r->ao = (struct tcp_ao_context){
		.key = key, .path = tcp_auth_path_of(&r->path),
		.sisn = lisn, .disn = risn,
		.sne = tcp_ao_compute_sne(sne, ref, r->seq),
	};
	tcp_ao_option(key, rnext, &r->opt);
}

/* Of a connection or TIME-WAIT. r->seq is set. */
static void sign_reply(struct reply *r, const struct tcp_auth *auth)
{
	struct tcp_auth_path path;
	const struct tcp_ao_info *ao;

	if (likely(!auth))
		return;
	path = tcp_auth_path_of(&r->path);
	r->md5 = tcp_md5_lookup(auth, &path.daddr);
	ao = auth->ao;
	if (r->md5)
		tcp_md5_option(&r->opt);
	else if (ao && ao->current)
		sign_by_ao(r, ao->current, ao->rnext->rcvid, ao->lisn, ao->risn, ao->snd_sne,
			   ao->snd_ref);
}

/* Of a request: by the key that the SYN asked for. */
static void sign_for_request(struct reply *r, const struct request_sock *req)
{
	const struct tcp_auth *auth = tcp_sk(req->signer)->auth;
	struct ip6_addr peer;

	if (likely(!auth))
		return;
	if (!req->used_ao) {
		sign_reply(r, auth);
		return;
	}
	peer = inet6_shown_daddr(&req->c);
	sign_by_ao(r, tcp_ao_lookup(auth, &peer, req->ao_rnext_keyid, TCP_AO_ANY),
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
	listener = opt.md5 ? tcp_find_listener(skb) : NULL;
	if (!listener || tcp_inbound_hash(&listener->c, skb))
		return false;
	sign_reply(r, tcp_sk(listener)->auth);
	return true;
}

static __noinline bool wants_ao(const struct reply *r, const struct tcp_auth *auth)
{
	struct tcp_auth_path path = tcp_auth_path_of(&r->path);

	return tcp_ao_lookup(auth, &path.daddr, TCP_AO_ANY, TCP_AO_ANY);
}

u8 tcp_dsfield_of(const struct sk_buff *skb)
{
	return skb_is_ipv6(skb) ? ipv6_get_dsfield(ipv6_hdr(skb)) : ip_hdr(skb)->tos;
}

/* Of IPv6: whose RST it is, or nobody's. */
static u32 reset_label(const struct net *net, const struct sk_buff *skb, const struct tcp_path *p)
{
	const struct flowi6 fl = {
		.daddr = *p->daddr6, .dport = p->dport, .sport = p->sport, .proto = IP_PROTO_TCP,
	};

	if (net->sysctl.ip6_flowlabel_reflect & FLOWLABEL_REFLECT_TCP_RESET)
		return ip6_flowlabel(ipv6_hdr(skb));
	return ip6_make_flowlabel(net, &fl);
}

/* auth: of the connection that it is about, or NULL; mark: its own. */
static void send_reset(struct net *net, const struct sock *sk, const struct sk_buff *skb,
		       const struct tcp_auth *auth, u32 mark)
{
	const struct tcp_skb_cb *cb = TCP_SKB_CB(skb);
	struct reply r = reply_to(skb);

	/* Never a RST for a RST; never to what was not sent to us alone. */
	if (cb->tcp_flags & TCPHDR_RST)
		return;
	if (!sk && !tcp_skb_is_ours(skb))
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
	if (unlikely(auth) && !r.ao.key && wants_ao(&r, auth))
		return;
	if (sk)
		r.path.oif = sk->c.bound_dev_if;
	r.path.tos = tcp_dsfield_of(skb) & (u8)~INET_ECN_MASK;
	r.path.mark = reply_mark(skb, mark);
	if (unlikely(r.path.daddr6))
		r.path.flowlabel = reset_label(net, skb, &r.path);
	if (likely(!r.path.daddr6))
		trace_skb(net, tcp_send_reset, skb, r.path.daddr, be16_to_cpu(r.path.dport));
	else
		trace_skb(net, tcp_v6_send_reset, skb, ip6_word(r.path.daddr6, 0),
			  ip6_word(r.path.daddr6, 1), be16_to_cpu(r.path.dport));
	mib_inc(net, TcpOutRsts);
	send_reply(net, &r);
}

void tcp_send_reset(struct net *net, const struct sock *sk, const struct sk_buff *skb)
{
	send_reset(net, sk, skb, sk ? tcp_sk(sk)->auth : NULL, sk ? sk->mark : 0);
}

void tcp_timewait_reset(const struct tcp_timewait_sock *tw, const struct sk_buff *skb)
{
	send_reset(skb->net, NULL, skb, tw->auth, tw->mark);
}

void tcp_timewait_ack(struct tcp_timewait_sock *tw, const struct sk_buff *skb, bool oow)
{
	const struct sock_common *c = &tw->b.c;
	struct reply r = {
		/* Who made us answer by a guess has not negotiated ECT (RFC 3168 6.1.4). */
		.path = tcp_path_of(c, reply_mark(skb, tw->mark),
				    oow ? tw->tos & (u8)~INET_ECN_MASK : tw->tos),
		.seq = tw->snd_nxt, .ack_seq = tw->rcv_nxt, .flags = TCPHDR_ACK,
		.window = (u16)min(tw->rcv_wnd >> tw->rcv_wscale, 65535u),
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
	const struct sock *l = req->listener;
	struct reply r = {
		.path = tcp_path_of(&req->c, req->mark, req->tos),
		.delay_us = l ? tcp_cold(tcp_sk(l))->tx_delay_us : 0,
	};

	if (unlikely(l && l->inet_flags && req->c.v6))
		r.path.flowlabel = tcp_v6_request_label(l, &req->c);
	return r;
}

void tcp_reqsk_send_ack(const struct request_sock *req, const struct sk_buff *skb, u32 seq)
{
	struct reply r = request_reply(req);

	r.path.mark = reply_mark(skb, req->mark);
	r.seq = seq;
	r.ack_seq = req->rcv_nxt;
	r.flags = TCPHDR_ACK;
	r.path.tos = tcp_dsfield_of(skb) & (u8)~INET_ECN_MASK;
	r.window = (u16)min(req->rcv_wnd >> req->rcv_wscale, 65535u);
	if (req->tstamp_ok) {
		r.opt.options = OPTION_TS;
		r.opt.tsval = tcp_ts_clock(req->c.net) + req->tsoff;
		r.opt.tsecr = req->ts_recent;
	}
	sign_for_request(&r, req);
	send_reply(req->c.net, &r);
}

int tcp_reqsk_send_synack(struct request_sock *req, const struct tcp_fastopen_cookie *foc)
{
	struct reply r = request_reply(req);

	if (unlikely(req->listener && req->c.v6))
		r.path.opt = sock_txopt(req->listener);
	r.path.owner = req->listener;
	r.seq = req->snt_isn;
	r.ack_seq = req->rcv_nxt;
	r.flags = TCPHDR_SYN | TCPHDR_ACK | (req->ecn_ok && !req->accecn_ok ? TCPHDR_ECE : 0);
	r.window = (u16)min(req->rcv_wnd, 65535u);
	r.opt.options = OPTION_MSS;
	r.opt.mss = req->advmss;
	if (req->tstamp_ok) {
		r.opt.options |= OPTION_TS;
		req->snt_tsval_last = tcp_ts_clock(req->c.net);
		r.opt.tsval = req->tsoff + (req->cookie ? cookie_init_timestamp(req) :
							  req->snt_tsval_last);
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
