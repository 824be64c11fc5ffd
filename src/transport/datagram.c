/* SPDX-License-Identifier: MIT */
#include "transport/datagram.h"

#include "base/trace.h"
#include "transport/datagram6.h"
#include "transport/mcast_sock.h"
#include "transport/sock_poll.h"
#include "transport/sock_rare.h"
#include "transport/sock_run.h"
#include "transport/sock_tstamp.h"
#include "wire/icmp.h"
#include "wire/inet_addr.h"

#define BUF_PIECE_MAX (65536u - BUF_HEADER)	/* fits the class below the largest */
#define BUF_PIECE_MIN 2048u			/* when more may be appended (MSG_MORE) */

/* To a group: by the device and with the TTL that the socket has for it. */
static __noinline void mcast_settings(const struct sock *sk, struct ipcm *ipc)
{
	const struct mcast_sock *mc = sk->mcast;

	ipc->ttl = mcast_ttl(sk);
	if (!mc)
		return;
	if (!ipc->oif)
		ipc->oif = mc->oif4;
	if (!ipc->saddr)
		ipc->saddr = mc->saddr4;
}

int dgram_dest(struct sock *sk, const struct msg *msg, int flags, struct ipcm *ipc)
{
	const struct ln_sockaddr_in *sin = msg->name;

	if (msg->iter.count > DGRAM_MAX_LEN)
		return -EMSGSIZE;
	if (flags & LN_MSG_OOB)
		return -EOPNOTSUPP;
	*ipc = (struct ipcm){
		.saddr = sk->saddr, .oif = sk->c.bound_dev_if, .ttl = sk->ttl, .tos = sk->tos,
		.gso_size = GSO_OF_SOCK,
		.localroute = sock_flag(sk, SOCK_LOCALROUTE) || (flags & LN_MSG_DONTROUTE),
	};
	if (sin) {
		if (msg->namelen < sizeof(*sin))
			return -EINVAL;
		if (sin->sin_family != LN_AF_INET && sin->sin_family != LN_AF_UNSPEC)
			return -EAFNOSUPPORT;
		ipc->daddr = sin->sin_addr;
		ipc->dport = sin->sin_port;
	} else {
		if (sk->c.state != TCP_ESTABLISHED)
			return -EDESTADDRREQ;
		ipc->daddr = sk->c.daddr;
		ipc->dport = sk->c.dport;
	}
	if (unlikely(ipv4_is_multicast(ipc->daddr)))
		mcast_settings(sk, ipc);
	else if (unlikely(sk->rare) && !ipc->oif)
		ipc->oif = sk->rare->uc_oif;
	sock_txstamp_begin(sk);
	return msg->control && msg->controllen ? ip_cmsg_send(sk, msg, ipc) : 0;
}

static struct flowi4 flow_of(const struct sock *sk, const struct ipcm *ipc)
{
	return (struct flowi4){
		.daddr = ipc->daddr, .saddr = ipc->saddr, .dport = ipc->dport,
		.sport = cpu_to_be16(sk->c.num), .oif = ipc->oif, .mark = sk->mark,
		.proto = sk->protocol, .tos = ipc->tos,
		.scope = ipc->localroute ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.anysrc = inet_flag(sk, INET_TRANSPARENT),
	};
}

static bool is_to_peer(const struct sock *sk, const struct ipcm *ipc)
{
	return sk->c.state == TCP_ESTABLISHED && !ipc->cmsg && ipc->daddr == sk->c.daddr &&
	       !ipc->localroute && !sk->c.v6;
}

/* The reference on rt goes where it may not be used. */
static int may_use(const struct sock *sk, struct rtable *rt)
{
	if (rt->type != RTN_BROADCAST || sock_flag(sk, SOCK_BROADCAST))
		return 0;
	dst_release(&rt->dst);
	return -EACCES;
}

static int no_route(const struct sock *sk, int err)
{
	if (err == -ENETUNREACH)
		mib_inc(sock_net(sk), IpOutNoRoutes);
	return err;
}

int dgram_route(struct sock *sk, const struct ipcm *ipc, struct flowi4 *fl, struct rtable **rt)
{
	int err;

	*fl = flow_of(sk, ipc);
	if (sk->dst && dst_check(sk->dst) && is_to_peer(sk, ipc)) {
		*rt = dst_rtable(dst_hold(sk->dst));
	} else {
		err = ip_route_output(sock_net(sk), fl, rt);
		if (err)
			return no_route(sk, err);
		if (is_to_peer(sk, ipc)) {
			sk_dst_reset(sk);
			sk->dst = dst_hold(&(*rt)->dst);
		}
	}
	return may_use(sk, *rt);
}

int dgram_may_send(struct sock *sk)
{
	int err = sock_error(sk);

	if (err)
		return err;
	if (sk->shutdown & SEND_SHUTDOWN)
		return -EPIPE;
	if (sk->wmem >= sk->sndbuf) {
		sock_set_flag(sk, SOCK_NOSPACE);
		return -EAGAIN;
	}
	return 0;
}

struct sk_buff *dgram_alloc(struct sock *sk)
{
	struct sk_buff *skb = alloc_skb(sock_net(sk), SKB_ROOM);

	if (!skb)
		return NULL;
	skb->data += DGRAM_HEADROOM;
	skb->tail = DGRAM_HEADROOM;
	skb->protocol = CONST_BE16(0x0800);
	skb->mark = sk->mark;
	skb->priority = sk->priority;
	return skb;
}

static void append_copy(struct sk_buff *skb, void *to, u32 n, struct iov_iter *it)
{
	if (skb->csum_valid)
		skb->csum = csum_block_add(skb->csum,
					   csum_and_copy_from_iter(skb->net, to, n, it, 0),
					   skb->len);
	else
		copy_from_iter(skb->net, to, n, it);
}

/* Into the unused end of the last buffer, which nobody else has seen yet. */
static u32 append_to_last(struct sk_buff *skb, struct iov_iter *it, u32 n)
{
	struct skb_frag *f = &skb->frags[skb->nr_frags - 1];

	n = min(n, f->buf->size - f->off - f->len);
	if (!n)
		return 0;
	append_copy(skb, f->buf->data + f->off + f->len, n, it);
	f->len += n;
	skb->len += n;
	skb->data_len += n;
	return n;
}

static int append_buf(struct sk_buff *skb, struct iov_iter *it, u32 n, bool more)
{
	u32 want = more || skb->nr_frags ? max(n, BUF_PIECE_MIN << skb->nr_frags) : n;
	struct buf *buf = buf_alloc(skb->net->bufs, min(want, BUF_PIECE_MAX));

	if (!buf)
		return -ENOBUFS;
	if (!skb_add_frag(skb, buf, 0, 0, buf_truesize(buf))) {
		buf_put(buf);
		return -ENOBUFS;
	}
	return (int)append_to_last(skb, it, n);
}

int dgram_append_slow(struct sk_buff *skb, struct iov_iter *it, u32 n)
{
	bool first = !skb->len;

	if (!skb->nr_frags && n <= skb_tailroom(skb)) {
		append_copy(skb, skb_tail_pointer(skb), n, it);
		skb_put(skb, n);
		return 0;
	}
	if (skb->nr_frags)
		n -= append_to_last(skb, it, n);
	while (n) {
		int done = append_buf(skb, it, n, !first);

		if (done < 0)
			return done;
		n -= (u32)done;
	}
	return 0;
}

struct ip_xmit dgram_ip_xmit(const struct sock *sk, const struct ipcm *ipc,
			     const struct flowi4 *fl, const struct dst_entry *dst, bool fits)
{
	bool df = sk->pmtudisc == LN_IP_PMTUDISC_DO || sk->pmtudisc == LN_IP_PMTUDISC_PROBE;

	/* WANT: no router may fragment what fitted; what does not fit is fragmented here. */
	if (sk->pmtudisc == LN_IP_PMTUDISC_WANT)
		df = fits && !ip_pmtu_locked(sock_net(sk), dst, fl->daddr);
	return (struct ip_xmit){
		.saddr = fl->saddr, .daddr = fl->daddr, .protocol = sk->protocol, .tos = ipc->tos,
		.ttl = ipc->ttl, .df = df,
	};
}

int dgram_xmit(struct sock *sk, struct sk_buff *skb, struct rtable *rt, const struct ip_xmit *x)
{
	int err;

	skb_dst_set(skb, &rt->dst);
	skb_set_owner_w(skb, sk);
	if (unlikely(sk->txstamp))
		sock_tx_timestamp(sk, skb);
	skb->no_mc_loop = sk->mcast && sk->mcast->no_loop4;
	err = ip_queue_xmit(sock_net(sk), skb, x);
	return err == -ENOBUFS && !sock_flag(sk, SOCK_RECVERR) ? 0 : err;
}

/* The one that MSG_PEEK looks at, from byte *off on. */
static struct sk_buff *peek_datagram(struct sock *sk, u32 *off)
{
	int from = sk_peek_off(sk);
	struct sk_buff *skb;

	*off = 0;
	if (likely(from < 0))
		return skb_peek(&sk->receive_queue);
	skb_queue_walk(&sk->receive_queue, skb) {
		if ((u32)from < skb->len || (!skb->len && !from && !SOCK_SKB_CB(skb)->peeked)) {
			*off = (u32)from;
			SOCK_SKB_CB(skb)->peeked = true;
			return skb;
		}
		from -= (int)skb->len;
	}
	return NULL;
}

/* The oldest datagram, or what is to be peeked at, or NULL and why. */
static struct sk_buff *recv_datagram(struct sock *sk, int flags, u32 *off, ptrdiff_t *why)
{
	struct sk_buff *skb;

	*off = 0;
	*why = sock_error(sk);
	if (*why)
		return NULL;
	skb = unlikely(flags & LN_MSG_PEEK) ? peek_datagram(sk, off) :
					      skb_peek(&sk->receive_queue);
	if (!skb)
		*why = (sk->shutdown & RCV_SHUTDOWN) && !(flags & LN_MSG_DONTWAIT) ? 0 : -EAGAIN;
	return skb;
}

/* As a rule it is one piece that has room in one piece, and nobody goes on behind it. */
static __always_inline u32 give_bytes(const struct sk_buff *skb, struct iov_iter *it)
{
	u32 len = skb->len;

	if (unlikely(skb->data_len || it->off || len > it->iov->iov_len || len > it->count))
		return (u32)skb_copy_to_iter(skb, 0, len, it);
	memcpy(it->iov->iov_base, skb->data, len);
	skb->net->copies.user_out += len;
	return len;
}

/* off: where SO_PEEK_OFF begins. */
static __always_inline ptrdiff_t give_datagram(struct sock *sk, struct sk_buff *skb, u32 off,
					       struct msg *msg, int flags)
{
	u32 copied = likely(!off) ? give_bytes(skb, &msg->iter) :
			(u32)skb_copy_to_iter(skb, off, skb->len - off, &msg->iter);
	ptrdiff_t n;

	if (copied < skb->len - off)
		msg->flags |= LN_MSG_TRUNC;
	if (msg->name) {
		if (likely(sk->c.family == LN_AF_INET))
			msg_put_addr(msg, inet_rx_cb(skb)->saddr, inet_rx_cb(skb)->sport);
		else
			msg_put_sender6(msg, skb);
	}
	ip_cmsg_recv(sk, msg, skb);
	n = flags & LN_MSG_TRUNC ? skb->len : copied;
	trace_skb(sock_net(sk), udp_recvmsg, skb, copied);
	return n;
}

ptrdiff_t dgram_recv_next(struct sock *sk, struct msg *msg, int flags)
{
	struct sk_buff *skb = sk->receive_queue.next;
	ptrdiff_t n = give_datagram(sk, skb, 0, msg, flags);

	sk_peek_offset_bwd(sk, (size_t)n);
	skb_unlink(skb, &sk->receive_queue);
	consume_skb(skb);
	return n;
}

static bool is_udp(const struct sock *sk)
{
	return sk->protocol == LN_IPPROTO_UDP && sk->type == LN_SOCK_DGRAM;
}

ptrdiff_t dgram_recvmsg(struct sock *sk, struct msg *msg, int flags)
{
	struct sk_buff *skb;
	ptrdiff_t n;
	u32 off;

	if (flags & LN_MSG_OOB && !is_udp(sk))	/* which does not look at it */
		return -EOPNOTSUPP;
	if (flags & LN_MSG_ERRQUEUE)
		return ip_recv_error(sk, msg);
	if (unlikely(dgram6_has_rxpmtu(sk)))
		return dgram6_recv_rxpmtu(sk, msg);
	skb = recv_datagram(sk, flags, &off, &n);
	if (!skb)
		return n;
	n = give_datagram(sk, skb, off, msg, flags);
	if (unlikely(flags & LN_MSG_PEEK)) {
		sk_peek_offset_fwd(sk, (size_t)n);
		return n;
	}
	sk_peek_offset_bwd(sk, (size_t)n);
	skb_unlink(skb, &sk->receive_queue);
	consume_skb(skb);
	return n;
}

ptrdiff_t dgram_recv_run(struct sock *sk, struct sk_buff *skb, struct msg *msg, int flags,
			 struct sock_read_run *run)
{
	ptrdiff_t n = give_datagram(sk, skb, 0, msg, flags);

	sk_peek_offset_bwd(sk, (size_t)n);
	sock_read_run_add(run, sk, skb);
	return n;
}

static struct sk_buff *borrow_peek(struct sock *sk, u32 *off, ptrdiff_t *why)
{
	*off = 0;
	return why ? recv_datagram(sk, 0, off, why) : skb_peek(&sk->receive_queue);
}

static void borrow_take(struct sock *sk, struct sk_buff *skb)
{
	trace_skb(sock_net(sk), udp_recvmsg, skb, skb->len);
	sk_peek_offset_bwd(sk, skb->len);
	skb_unlink(skb, &sk->receive_queue);
	if (is_udp(sk))
		sock_net(sk)->mib[skb_is_ipv6(skb) ? MIB_Udp6InDatagrams :
				  MIB_UdpInDatagrams]++;
}

const struct rx_borrow_ops dgram_borrow_ops = { .peek = borrow_peek, .take = borrow_take };

int dgram_connect(struct sock *sk, const void *addr, u32 len)
{
	return sk->c.family == LN_AF_INET ? dgram4_connect(sk, addr, len) :
					    dgram6_connect(sk, addr, len);
}

int dgram4_connect(struct sock *sk, const struct ln_sockaddr_in *addr, u32 len)
{
	struct ipcm ipc = {
		.saddr = sk->saddr, .tos = sk->tos,
		.oif = sk->c.bound_dev_if ? sk->c.bound_dev_if : sock_rare(sk)->uc_oif,
		.localroute = sock_flag(sk, SOCK_LOCALROUTE),
	};
	struct flowi4 fl;
	struct rtable *rt;
	int err;

	if (len < sizeof(*addr))
		return -EINVAL;
	if (addr->sin_family != LN_AF_INET)
		return -EAFNOSUPPORT;
	sk_dst_reset(sk);
	ipc.daddr = addr->sin_addr;
	ipc.dport = addr->sin_port;
	if (ipv4_is_multicast(ipc.daddr))
		mcast_settings(sk, &ipc);
	fl = flow_of(sk, &ipc);
	err = ip_route_connect(sock_net(sk), &fl, &rt);
	if (err)
		return no_route(sk, err);
	err = may_use(sk, rt);
	if (err)
		return err;
	if (!sk->saddr)
		sk->saddr = fl.saddr;
	if (!sk->c.rcv_saddr)
		sk->c.rcv_saddr = fl.saddr;
	sk->c.daddr = fl.daddr;
	sk->c.dport = addr->sin_port;
	sk->c.state = TCP_ESTABLISHED;
	sk_dst_reset(sk);
	sk->dst = &rt->dst;
	return 0;
}

int dgram_disconnect(struct sock *sk)
{
	sk->c.state = TCP_CLOSE;
	sk->c.dport = 0;
	inet_forget_addresses(sk);
	sk_dst_reset(sk);
	return 0;
}

unsigned dgram_poll(struct sock *sk)
{
	unsigned mask = 0;

	if (sk->err || (sk->error_queue && !skb_queue_empty(sk->error_queue)))
		mask |= LN_POLLERR;
	if (sk->shutdown & RCV_SHUTDOWN)
		mask |= LN_POLLRDHUP | SOCK_POLL_READ;
	if (sk->shutdown == SHUTDOWN_MASK)
		mask |= LN_POLLHUP;
	if (!skb_queue_empty(&sk->receive_queue))
		mask |= SOCK_POLL_READ;
	if (sock_writeable(sk))
		mask |= SOCK_POLL_SEND;
	else
		sock_set_flag(sk, SOCK_NOSPACE);
	return mask;
}

int dgram_ioctl(struct sock *sk, unsigned long request, int *value)
{
	const struct sk_buff *skb = skb_peek(&sk->receive_queue);

	switch (request) {
	case LN_SIOCINQ:	/* the next datagram's, not all of them */
		*value = skb ? (int)skb->len : 0;
		return 0;
	case LN_SIOCOUTQ:
		*value = (int)sk->wmem;
		return 0;
	default:
		return -ENOTTY;
	}
}

void dgram_close(struct sock *sk)
{
	if (sk->prot->unhash)
		sk->prot->unhash(sk);
	mcast_sock_close(sk);
	sock_orphan(sk);
	sk_dst_reset(sk);
	sock_put(sk);
}

/* errno of an ICMP message, 0: none; *hard: a connected socket is told without asking. */
static int icmp_errno(const struct sock *sk, u8 type, u8 code, bool *hard)
{
	/* A ping user wants to see these, which are no errors (Linux has this errno for them). */
	int odd = sk->prot->protocol == LN_IPPROTO_ICMP ? EREMOTEIO : 0, err;

	*hard = false;
	switch (type) {
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
		return odd;
	case ICMP_PARAMETERPROB:
		*hard = true;
		return EPROTO;
	case ICMP_DEST_UNREACH:
		if (code == ICMP_FRAG_NEEDED) {
			*hard = sk->pmtudisc != LN_IP_PMTUDISC_DONT;
			return *hard || sk->type == LN_SOCK_RAW ? EMSGSIZE : 0;
		}
		if (code > NR_ICMP_UNREACH)
			return EHOSTUNREACH;
		err = icmp_err_convert(code, hard);
		return err < 0 ? -err : err;
	default:
		return EHOSTUNREACH;
	}
}

void dgram_err(struct sock *sk, const struct sk_buff *skb, u8 type, u8 code, u32 info, be16 port)
{
	const struct iphdr *quoted = (const void *)skb->data;
	bool hard;
	int err = icmp_errno(sk, type, code, &hard);

	if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED)
		ip_rt_update_pmtu(sock_net(sk), quoted->daddr, info);
	else if (type == ICMP_REDIRECT)
		ip_rt_redirect(skb, code, cpu_to_be32(info));
	if (!err)
		return;
	if (sock_flag(sk, SOCK_RECVERR))
		sock_queue_err(sk, skb, err, type, code, info, port);
	else if (!hard || sk->c.state != TCP_ESTABLISHED)
		return;
	sk->err = (s16)err;
	sk->ops->error_report(sk);
}
