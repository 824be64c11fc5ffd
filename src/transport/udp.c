/* SPDX-License-Identifier: MIT */
#include "transport/udp.h"

#include "net/ipv6/ip6.h"

int udp_net_init(struct net *net)
{
	static const struct net_protocol udp_protocol = {
		.handler = udp_rcv, .list_rcv = udp_list_rcv, .err_handler = udp_err,
	};
	static const struct inet6_protocol udpv6_protocol = {
		.handler = udpv6_rcv, .list_rcv = udpv6_list_rcv,
		.err_handler = udpv6_err,
	};
	struct netns_udp *udp = mem_zalloc(&net->mem, sizeof(*udp));

	if (!udp)
		return -ENOMEM;
	inet_hashinfo_init(&udp->hash, net);
	udp->hash.proto = SHARD_UDP;
	net->udp = udp;
	inet_add_protocol(net, &udp_protocol, LN_IPPROTO_UDP);
	if (net->ipv6)
		inet6_add_protocol(net, &udpv6_protocol, LN_IPPROTO_UDP);
	udp_gro_update(net);
	return 0;
}

void udp_net_exit(struct net *net)
{
	if (!net->udp)
		return;
	net->ipv4->offloads[LN_IPPROTO_UDP] = NULL;
	if (net->ipv6)
		net->ipv6->offloads[LN_IPPROTO_UDP] = NULL;
	inet_hashinfo_exit(&net->udp->hash);
	mem_free(&net->mem, net->udp, sizeof(*net->udp));
	net->udp = NULL;
}

static struct inet_hashinfo *udp_hash(const struct sock *sk)
{
	return &sock_net(sk)->udp->hash;
}

/* Afterwards udp_lib_hash() cannot fail, whichever table it wants. */
static bool udp_lib_reserve(const struct sock *sk)
{
	struct inet_hashinfo *h = udp_hash(sk);

	return inet_table_reserve(&h->ehash, &h->net->mem) &&
	       inet_table_reserve(&h->lhash, &h->net->mem);
}

static bool has_address(const struct sock_common *c)
{
	return c->v6 ? !ipv6_addr_any(&inet6_key(c)->rcv_saddr) : c->rcv_saddr != 0;
}

static bool udp_lib_hash(struct sock *sk)
{
	struct udp_sock *up = udp_sk(sk);

	sock_net(sk)->sock->lookup_epoch++;
	up->in_ehash = sk->c.state == TCP_ESTABLISHED && has_address(&sk->c);
	return up->in_ehash ? inet_ehash_add(udp_hash(sk), &sk->c) :
			      inet_listen_hash(udp_hash(sk), sk);
}

static void udp_lib_leave(struct sock *sk)
{
	sock_net(sk)->sock->lookup_epoch++;
	if (udp_sk(sk)->in_ehash)
		inet_ehash_remove(udp_hash(sk), &sk->c);
	else
		inet_listen_unhash(udp_hash(sk), sk);
}

static void udp_lib_unhash(struct sock *sk)
{
	udp_lib_leave(sk);
	inet_put_port(udp_hash(sk), sk);
}

static int udp_get_port(struct sock *sk, u16 port)
{
	int err = inet_udp_get_port(udp_hash(sk), sk, port);

	if (err)
		return err;
	if (!udp_lib_hash(sk)) {
		inet_put_port(udp_hash(sk), sk);
		return -ENOMEM;
	}
	return 0;
}

static int udp_connect(struct sock *sk, const void *addr, u32 len)
{
	int err;

	if (!udp_lib_reserve(sk))
		return -ENOMEM;
	udp_lib_leave(sk);
	err = dgram_connect(sk, addr, len);
	/* Reserved above, unless it was the last of a big table, which is then made anew. */
	if (!udp_lib_hash(sk)) {
		inet_put_port(udp_hash(sk), sk);
		return -ENOMEM;
	}
	return err;
}

static int udp_disconnect(struct sock *sk)
{
	if (!udp_lib_reserve(sk))
		return -ENOMEM;
	udp_lib_leave(sk);
	dgram_disconnect(sk);
	if (!sock_flag(sk, SOCK_BINDPORT_LOCK) || !udp_lib_hash(sk))
		inet_put_port(udp_hash(sk), sk);
	return 0;
}

static void udp_set_gro(struct sock *sk, bool on)
{
	struct net *net = sock_net(sk);

	if (on == sock_flag(sk, SOCK_UDP_GRO))
		return;
	if (on) {
		sock_set_flag(sk, SOCK_UDP_GRO);
		net->udp->gro_socks++;
	} else {
		sock_reset_flag(sk, SOCK_UDP_GRO);
		net->udp->gro_socks--;
	}
	udp_gro_update(net);
}

static void udp_close(struct sock *sk)
{
	udp_flush_pending_frames(sk);
	udp_set_gro(sk, false);
	dgram_close(sk);
}

static int udp_setsockopt(struct sock *sk, int level, int name, const void *val, u32 len)
{
	int v;

	if (level != LN_SOL_UDP)
		return -ENOPROTOOPT;
	if (len < sizeof(v))
		return -EINVAL;
	memcpy(&v, val, sizeof(v));
	switch (name) {
	case LN_UDP_CORK:
		udp_sk(sk)->corked = v;
		return v ? 0 : udp_push_pending_frames(sk);
	case LN_UDP_SEGMENT:
		if (v < 0 || v > UINT16_MAX)
			return -EINVAL;
		udp_sk(sk)->gso_size = (u16)v;
		return 0;
	case LN_UDP_GRO:
		udp_set_gro(sk, v);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int udp_getsockopt(struct sock *sk, int level, int name, void *val, u32 *len)
{
	int v;

	if (level != LN_SOL_UDP)
		return -ENOPROTOOPT;
	switch (name) {
	case LN_UDP_CORK:
		v = udp_sk(sk)->corked;
		break;
	case LN_UDP_SEGMENT:
		v = udp_sk(sk)->gso_size;
		break;
	case LN_UDP_GRO:
		v = sock_flag(sk, SOCK_UDP_GRO);
		break;
	default:
		return -ENOPROTOOPT;
	}
	*len = min_t(u32, *len, sizeof(v));
	memcpy(val, &v, *len);
	return 0;
}

/* The next one to be read came by IPv6. */
static bool next_is_ipv6(struct sock *sk)
{
	return unlikely(sk->c.family != LN_AF_INET) && !skb_queue_empty(&sk->receive_queue) &&
	       skb_is_ipv6(skb_peek(&sk->receive_queue));
}

static ptrdiff_t udp_recvmsg(struct sock *sk, struct msg *msg, int flags)
{
	if (unlikely(skb_queue_empty(&sk->receive_queue) || sk->err || dgram6_has_rxpmtu(sk) ||
		     flags & (LN_MSG_ERRQUEUE | LN_MSG_OOB | LN_MSG_PEEK)))
		return dgram_recvmsg(sk, msg, flags);
	udp_mib(sock_net(sk), next_is_ipv6(sk), InDatagrams);
	return dgram_recv_next(sk, msg, flags);
}

static ptrdiff_t udp_recvmsg_next(struct sock *sk, struct msg *msg, int flags,
				  struct sock_read_run *run)
{
	struct sk_buff *skb = skb_peek(&sk->receive_queue);

	if (unlikely(!skb || flags & (LN_MSG_ERRQUEUE | LN_MSG_OOB | LN_MSG_PEEK)))
		return udp_recvmsg(sk, msg, flags);
	udp_mib(sock_net(sk), next_is_ipv6(sk), InDatagrams);
	return dgram_recv_run(sk, skb, msg, flags, run);
}

const struct proto udp_prot = {
	.name = "UDP",
	.obj_size = sizeof(struct udp_sock),
	.type = LN_SOCK_DGRAM,
	.protocol = LN_IPPROTO_UDP,
	.close = udp_close,
	.connect = udp_connect,
	.disconnect = udp_disconnect,
	.get_port = udp_get_port,
	.unhash = udp_lib_unhash,
	.sendmsg = udp_sendmsg,
	.recvmsg = udp_recvmsg,
	.sendmsg6 = udpv6_sendmsg,
	.sendmsg_run = udp_sendmsg_run,
	.recvmsg_next = udp_recvmsg_next,
	.borrow = &dgram_borrow_ops,
	.poll = dgram_poll,
	.setsockopt = udp_setsockopt,
	.getsockopt = udp_getsockopt,
	.ioctl = dgram_ioctl,
};
