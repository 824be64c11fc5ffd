/* SPDX-License-Identifier: MIT */
#include "ctl/socks.h"

#include "ctl/machine.h"
#include "socket/socket.h"
#include "transport/ping.h"
#include "transport/raw.h"
#include "transport/tcp/tcp_sock.h"
#include "transport/udp.h"

struct sock_walk {
	enum sock_kind kind;
	bool listeners;		/* this round; TCP takes two */
	sock_row_fn fn;
	void *ctx;
};

static int sk_fd(const struct sock *sk)
{
	return sk && sk->socket ? sk->socket->file.fd : -1;
}

static int tcp_row(struct sock_common *c, void *ctx)
{
	const struct sock_walk *w = ctx;
	struct tcp_listing l;
	struct tcp_sock view;
	struct sock_row row;

	tcp_listing_get(c, &l, &view);
	if ((l.state == TCP_LISTEN) != w->listeners)
		return 0;
	row = (struct sock_row){
		.kind = SOCKS_TCP, .state = l.state, .family = c->family,
		.v6only = c->v6only, .saddr = inet6_shown_rcv_saddr(c),
		.daddr = inet6_shown_daddr(c),
		.sport = l.sport, .dport = l.dport, .rqueue = l.rqueue, .wqueue = l.wqueue,
		.timer = l.timer, .timer_expires = l.timer_expires, .retransmits = l.retransmits,
		.fd = sk_fd(l.sk), .sk = (struct sock *)(uintptr_t)l.sk,
	};
	return w->fn(&row, w->ctx);
}

/* A packet socket's protocol and device are its family's own: asked for as by getsockname(). */
static void packet_name(struct socket *sock, struct sock_row *row)
{
	struct ln_sockaddr_ll name;
	u32 len = sizeof(name);

	memset(&name, 0, sizeof(name));
	if (sock->ops->getname(sock, &name, &len, false))
		return;
	row->sport = be16_to_cpu(name.sll_protocol);
	row->ifindex = name.sll_ifindex;
}

/* Datagram sockets: connected ones count as established. */
static int dgram_row(struct sock *sk, const struct sock_walk *w)
{
	struct sock_row row = {
		.kind = w->kind,
		.state = sk->c.state == TCP_ESTABLISHED ? TCP_ESTABLISHED : TCP_CLOSE,
		.family = sk->c.family, .v6only = sk->c.v6only,
		.saddr = inet6_shown_rcv_saddr(&sk->c), .daddr = inet6_shown_daddr(&sk->c),
		.sport = sk->c.num, .dport = be16_to_cpu(sk->c.dport),
		.rqueue = sk->rmem, .wqueue = sk->wmem,
		.fd = sk_fd(sk), .sk = sk,
	};

	if (w->kind == SOCKS_PACKET && sk->socket)
		packet_name(sk->socket, &row);
	return w->fn(&row, w->ctx);
}

static int udp_row(struct sock_common *c, void *ctx)
{
	return dgram_row(container_of(c, struct sock, c), ctx);
}

static enum sock_kind kind_of(const struct socket *sock)
{
	const struct sock *sk = sock->sk;

	if (sk->c.family == LN_AF_PACKET)
		return SOCKS_PACKET;
	if (sk->prot == &raw_prot || sk->prot == &rawv6_prot)
		return SOCKS_RAW;
	return sk->prot == &ping_prot || sk->prot == &pingv6_prot ? SOCKS_PING : 0;
}

static int file_row(struct socket *sock, void *ctx)
{
	const struct sock_walk *w = ctx;

	if (!sock->sk || sock->ops->wake || kind_of(sock) != w->kind)
		return 0;
	return dgram_row(sock->sk, w);
}

static int rows_of(struct net *net, struct sock_walk *w)
{
	if (w->kind == SOCKS_UDP)
		return inet_for_each(&net->udp->hash, udp_row, w);
	if (w->kind == SOCKS_TCP)
		return inet_for_each(&net->tcp->hash, tcp_row, w);
	return socket_for_each(net, file_row, w);
}

int socks_for_each(struct net *net, enum sock_kind kind, sock_row_fn fn, void *ctx)
{
	struct sock_walk w = { .kind = kind, .listeners = true, .fn = fn, .ctx = ctx };
	struct net *one;
	int err = 0;

	for (u32 i = 0; !err && (one = machine_net(net, i)); i++)
		err = rows_of(one, &w);
	w.listeners = false;
	for (u32 i = 0; !err && kind == SOCKS_TCP && (one = machine_net(net, i)); i++)
		err = rows_of(one, &w);
	return err;
}
