/* SPDX-License-Identifier: MIT */
/* AF_INET: what bind, connect, listen, accept ... mean, before and after the protocol (row S2). */
#include "net/ipv4/ip.h"
#include "socket/inet.h"
#include "socket/socket.h"
#include "transport/ping.h"
#include "transport/raw.h"
#include "transport/sock_rare.h"
#include "transport/tcp/tcp.h"
#include "transport/tcp/tcp_zerocopy.h"
#include "transport/udp.h"

#define IP_PROTO_MAX 256

#define STATE_BIT(s) (1u << (s))

/* A socket that nobody has bound gets a port of its own. */
int inet_autobind(struct sock *sk)
{
	if (sk->c.num)
		return 0;
	return sk->prot->get_port(sk, 0) ? -EAGAIN : 0;
}

/* The same when it is known who will be sent to, which the choice of the port may depend on. */
static int inet_autobind_to(struct sock *sk, const struct ln_sockaddr_in *to, u32 len)
{
	int err;

	if (sk->c.num)
		return 0;
	if (len >= sizeof(*to) && to->sin_family == LN_AF_INET && !sk->c.daddr && !sk->c.v6) {
		sk->c.daddr = to->sin_addr;
		sk->c.dport = to->sin_port;
		err = inet_autobind(sk);
		sk->c.daddr = 0;
		sk->c.dport = 0;
		return err;
	}
	return inet_autobind(sk);
}

int inet_release(struct socket *sock)
{
	struct sock *sk = sock->sk;

	sock->sk = NULL;
	sock_orphan(sk);
	sk->prot->close(sk);
	return 0;
}

/* bind(2): an address of this machine, or one that reaches it with others. */
static int inet_bind_addr_ok(struct sock *sk, const struct ln_sockaddr_in *addr, u8 type)
{
	if (sk->prot->bind_addr_ok)
		return sk->prot->bind_addr_ok(sk, addr);
	return !addr->sin_addr || type == RTN_LOCAL || type == RTN_BROADCAST ||
	       type == RTN_MULTICAST || sock_nonlocal_bind(sk, LN_AF_INET) ? 0 : -EADDRNOTAVAIL;
}

int inet_bind_port(struct sock *sk, be16 port)
{
	if (!port && inet_flag(sk, INET_BIND_ADDRESS_NO_PORT))
		return 0;
	return sk->prot->get_port(sk, be16_to_cpu(port));
}

static int inet_bind(struct socket *sock, const void *uaddr, u32 len)
{
	const struct ln_sockaddr_in *addr = uaddr;
	struct sock *sk = sock->sk;
	bool raw = sk->type == LN_SOCK_RAW;
	u8 type;
	int err;

	if (len < sizeof(*addr))
		return -EINVAL;
	/* Linux takes AF_UNSPEC with the any address for AF_INET: old programs leave it 0. */
	if (addr->sin_family != LN_AF_INET &&
	    (addr->sin_family != LN_AF_UNSPEC || addr->sin_addr))
		return -EAFNOSUPPORT;
	type = inet_addr_type(sock_net(sk), addr->sin_addr);
	err = inet_bind_addr_ok(sk, addr, type);
	if (err)
		return err;
	if (sk->c.state != TCP_CLOSE || (sk->c.num && !raw))
		return -EINVAL;
	sk->c.rcv_saddr = sk->saddr = addr->sin_addr;
	if (type == RTN_MULTICAST || type == RTN_BROADCAST)
		sk->saddr = 0;	/* good to receive at, not to send from */
	err = inet_bind_port(sk, addr->sin_port);
	if (err) {
		sk->c.rcv_saddr = sk->saddr = 0;
		return err;
	}
	if (addr->sin_addr)
		sock_set_flag(sk, SOCK_BINDADDR_LOCK);
	if (addr->sin_port)
		sock_set_flag(sk, SOCK_BINDPORT_LOCK);
	sk->c.daddr = 0;
	sk->c.dport = 0;
	sk_dst_reset(sk);
	return 0;
}

int inet_dgram_connect(struct socket *sock, const void *uaddr, u32 len)
{
	const struct ln_sockaddr_in *addr = uaddr;
	struct sock *sk = sock->sk;

	if (len < sizeof(addr->sin_family))
		return -EINVAL;
	if (addr->sin_family == LN_AF_UNSPEC)
		return sk->prot->disconnect(sk);
	if (inet_autobind_to(sk, addr, len))
		return -EAGAIN;
	return sk->prot->connect(sk, addr, len);
}

/* The connection came to nothing: why, and a socket that may try again. */
static int stream_connect_failed(struct socket *sock)
{
	struct sock *sk = sock->sk;
	int err = sock_error(sk);

	sock->state = sk->prot->disconnect(sk) ? SS_DISCONNECTING : SS_UNCONNECTED;
	return err ? err : -ECONNABORTED;
}

/* connect(2): begins it, then tells how it stands: -EINPROGRESS, -EALREADY, 0, -EISCONN. */
int inet_stream_connect(struct socket *sock, const void *uaddr, u32 len)
{
	const struct ln_sockaddr_in *addr = uaddr;
	struct sock *sk = sock->sk;
	int err;

	if (len < sizeof(addr->sin_family))
		return -EINVAL;
	if (addr->sin_family == LN_AF_UNSPEC) {
		err = sk->prot->disconnect(sk);
		sock->state = err ? SS_DISCONNECTING : SS_UNCONNECTED;
		return err;
	}
	switch (sock->state) {
	case SS_UNCONNECTED:
		if (sk->c.state != TCP_CLOSE)
			return -EISCONN;
		err = sk->prot->connect(sk, addr, len);
		if (err)
			return err;
		sock->state = SS_CONNECTING;
		if (sock_flag(sk, SOCK_DEFER_CONNECT))
			return 0;
		err = -EINPROGRESS;
		break;
	case SS_CONNECTING:
		err = sock_flag(sk, SOCK_DEFER_CONNECT) ? -EISCONN : -EALREADY;
		break;
	case SS_CONNECTED:
		return -EISCONN;
	default:
		return -EINVAL;
	}
	if (STATE_BIT(sk->c.state) & (STATE_BIT(TCP_SYN_SENT) | STATE_BIT(TCP_SYN_RECV)))
		return err;
	if (sk->c.state == TCP_CLOSE)
		return stream_connect_failed(sock);
	sock->state = SS_CONNECTED;
	return 0;
}

int inet_stream_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;

	if (sock->state != SS_UNCONNECTED)
		return -EINVAL;
	if (sk->c.state != TCP_CLOSE && sk->c.state != TCP_LISTEN)
		return -EINVAL;
	return sk->prot->listen(sk, backlog);
}

int inet_accept(struct socket *sock, struct socket *newsock)
{
	struct sock *sk = sock->sk, *child;
	int err = -EINVAL;

	if (!newsock)
		return sk->c.state != TCP_LISTEN || sk->prot->poll(sk) & LN_POLLIN ? 0 : -EAGAIN;
	child = sk->prot->accept(sk, &err);
	if (!child)
		return err;
	newsock->ops = sock->ops;
	newsock->type = sock->type;
	newsock->state = SS_CONNECTED;
	sock_graft(child, newsock);
	return 0;
}

static int inet_getname(struct socket *sock, void *addr, u32 *len, enum getname_of of)
{
	const struct sock *sk = sock->sk;
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET };

	if (of != GETNAME_OWN) {
		if (!sk->c.dport ||
		    (of == GETNAME_PEER && STATE_BIT(sk->c.state) & (STATE_BIT(TCP_CLOSE) |
								     STATE_BIT(TCP_SYN_SENT))))
			return -ENOTCONN;
		sin.sin_port = sk->c.dport;
		sin.sin_addr = sk->c.daddr;
	} else {
		sin.sin_port = cpu_to_be16(sk->c.num);
		sin.sin_addr = sk->c.rcv_saddr ? sk->c.rcv_saddr : sk->saddr;
	}
	memcpy(addr, &sin, sizeof(sin));
	*len = sizeof(sin);
	return 0;
}

unsigned inet_poll(struct socket *sock)
{
	return sock->sk->prot->poll(sock->sk);
}

int inet_shutdown(struct socket *sock, int how)
{
	struct sock *sk = sock->sk;
	int err = 0;

	if (how < LN_SHUT_RD || how > LN_SHUT_RDWR)
		return -EINVAL;
	how++;			/* RCV_SHUTDOWN, SEND_SHUTDOWN, both */
	if (sock->state == SS_CONNECTING)
		sock->state = STATE_BIT(sk->c.state) & (STATE_BIT(TCP_SYN_SENT) |
							STATE_BIT(TCP_SYN_RECV) |
							STATE_BIT(TCP_CLOSE)) ?
			      SS_DISCONNECTING : SS_CONNECTED;
	switch (sk->c.state) {
	case TCP_LISTEN:
		if (!(how & RCV_SHUTDOWN))
			break;
		fallthrough;
	case TCP_SYN_SENT:
		err = sk->prot->disconnect(sk);
		sock->state = err ? SS_DISCONNECTING : SS_UNCONNECTED;
		break;
	case TCP_CLOSE:
		err = -ENOTCONN;	/* the flags are set all the same: pollers see the end */
		fallthrough;
	default:
		sk->shutdown |= (u8)how;
		if (sk->prot->shutdown)
			sk->prot->shutdown(sk, how);
	}
	sk->ops->state_change(sk);
	return err;
}

static int inet_setsockopt(struct socket *sock, int level, int name, const void *val, u32 len)
{
	struct sock *sk = sock->sk;

	if (level == LN_SOL_IP)
		return ip_setsockopt(sk, level, name, val, len);
	return sk->prot->setsockopt ? sk->prot->setsockopt(sk, level, name, val, len) :
				      -ENOPROTOOPT;
}

/* Beside SOL_IP and SOL_SOCKET, of which the latter is asked for what a protocol keeps. */
static bool has_level(const struct sock *sk, int level)
{
	if (level == LN_SOL_SOCKET)
		return true;
	switch (sk->type) {
	case LN_SOCK_STREAM:
		return level == LN_SOL_TCP;
	case LN_SOCK_RAW:
		return level == LN_SOL_RAW;
	default:
		return level == LN_SOL_UDP && sk->protocol == LN_IPPROTO_UDP;
	}
}

static int inet_getsockopt(struct socket *sock, int level, int name, void *val, u32 *len)
{
	struct sock *sk = sock->sk;

	if (level == LN_SOL_IP)
		return ip_getsockopt(sk, level, name, val, len);
	if (!has_level(sk, level))
		return -EOPNOTSUPP;	/* to set it is ENOPROTOOPT: Linux */
	return sk->prot->getsockopt ? sk->prot->getsockopt(sk, level, name, val, len) :
				      -ENOPROTOOPT;
}

/* A call that connects as it sends (RFC 7413). */
static __noinline ptrdiff_t inet_stream_fastopen(struct socket *sock, struct msg *msg, int flags)
{
	struct tcp_fastopen_request req;
	struct sock *sk = sock->sk;
	ptrdiff_t n;
	int err = tcp_fastopen_begin(sk, &req, msg);

	if (!err && flags & LN_MSG_ZEROCOPY && sock_flag(sk, SOCK_ZEROCOPY))
		err = tcp_zerocopy_begin(sk, msg);
	if (err)
		return err;
	if (sock_flag(sk, SOCK_DEFER_CONNECT)) {
		err = tcp_fastopen_connect_now(sk);
		err = err ? err : -EINPROGRESS;
	} else {
		err = inet_stream_connect(sock, msg->name, msg->namelen);
	}
	tcp_fastopen_end(sk);
	/* Connected meanwhile: then it is a call as any other. */
	n = err ? err : sk->prot->sendmsg(sk, msg, flags);
	if (req.copied)
		n = (ptrdiff_t)req.copied + max(n, (ptrdiff_t)0);
	if (msg->zc)
		tcp_zerocopy_end(sk, msg, n);
	return n;
}

ptrdiff_t inet_stream_sendmsg(struct socket *sock, struct msg *msg, int flags)
{
	struct sock *sk = sock->sk;

	if (unlikely(flags & LN_MSG_FASTOPEN || sock_flag(sk, SOCK_DEFER_CONNECT)))
		return inet_stream_fastopen(sock, msg, flags);
	return sk->prot->sendmsg(sk, msg, flags);
}

static ptrdiff_t inet_sendmsg(struct socket *sock, struct msg *msg, int flags)
{
	struct sock *sk = sock->sk;

	if (inet_autobind_to(sk, msg->name, msg->namelen))
		return -EAGAIN;
	return sk->prot->sendmsg(sk, msg, flags);
}

static ptrdiff_t inet_sendmsg_run(struct socket *sock, struct msg *msg, int flags,
				  struct dgram_run *run)
{
	const struct proto *prot = sock->sk->prot;

	if (unlikely(!prot->sendmsg_run || inet_autobind_to(sock->sk, msg->name, msg->namelen)))
		return inet_sendmsg(sock, msg, flags);
	return prot->sendmsg_run(sock->sk, msg, flags, run);
}

ptrdiff_t inet_recvmsg_next(struct socket *sock, struct msg *msg, int flags,
			    struct sock_read_run *run)
{
	const struct proto *prot = sock->sk->prot;

	return prot->recvmsg_next ? prot->recvmsg_next(sock->sk, msg, flags, run) :
				    prot->recvmsg(sock->sk, msg, flags);
}

ptrdiff_t inet_recvmsg(struct socket *sock, struct msg *msg, int flags)
{
	return sock->sk->prot->recvmsg(sock->sk, msg, flags);
}

int inet_ioctl(struct socket *sock, unsigned long request, int *value)
{
	struct sock *sk = sock->sk;

	return sk->prot->ioctl ? sk->prot->ioctl(sk, request, value) : -ENOTTY;
}

#define INET_OPS \
	.family = LN_AF_INET, .release = inet_release, .bind = inet_bind, \
	.getname = inet_getname, .poll = inet_poll, .shutdown = inet_shutdown, \
	.setsockopt = inet_setsockopt, .getsockopt = inet_getsockopt, \
	.recvmsg = inet_recvmsg, .ioctl = inet_ioctl

const struct proto_ops inet_stream_ops = {
	INET_OPS, .connect = inet_stream_connect, .listen = inet_stream_listen,
	.accept = inet_accept, .sendmsg = inet_stream_sendmsg,
};

static const struct proto_ops inet_dgram_ops = {
	INET_OPS, .connect = inet_dgram_connect, .sendmsg = inet_sendmsg,
	.sendmsg_run = inet_sendmsg_run,
	.recvmsg_next = inet_recvmsg_next,
};

static const struct inet_protosw inetsw[] = {
	{ LN_SOCK_STREAM, LN_IPPROTO_TCP, false, &tcp_prot, &inet_stream_ops },
	{ LN_SOCK_DGRAM, LN_IPPROTO_UDP, false, &udp_prot, &inet_dgram_ops },
	{ LN_SOCK_DGRAM, LN_IPPROTO_ICMP, true, &ping_prot, &inet_dgram_ops },
	{ LN_SOCK_RAW, LN_IPPROTO_IP, true, &raw_prot, &inet_dgram_ops },
};

/* protocol 0 asks for the type's first, which raw does not have. */
static const struct inet_protosw *inetsw_find(const struct inet_protosw *table, size_t n, int type,
					      int protocol, int *err)
{
	*err = -ESOCKTNOSUPPORT;
	for (const struct inet_protosw *sw = table; sw < table + n; sw++) {
		if (sw->type != type)
			continue;
		*err = -EPROTONOSUPPORT;
		if (protocol ? sw->protocol == protocol || !sw->protocol : sw->protocol != 0)
			return sw;
	}
	return NULL;
}

struct sock *inet_create_sock(struct net *net, const struct inet_protosw *table, size_t n, int type,
			      int protocol, const struct inet_protosw **sw, int *err)
{
	struct sock *sk;

	*err = -EINVAL;
	if (protocol < 0 || protocol >= IP_PROTO_MAX)
		return NULL;
	*sw = inetsw_find(table, n, type, protocol, err);
	if (!*sw)
		return NULL;
	*err = -ENOMEM;
	sk = sk_alloc(net, (*sw)->prot);
	if (!sk)
		return NULL;
	sk->type = (*sw)->type;
	sk->protocol = (u8)(protocol ? protocol : (*sw)->protocol);
	sk->c.reuse = (*sw)->reuse;
	return sk;
}

int inet_create_done(struct socket *sock, struct sock *sk, const struct inet_protosw *sw)
{
	int err = sw->prot->init ? sw->prot->init(sk) : 0;

	if (err) {
		sock_put(sk);
		return err;
	}
	sock->ops = sw->ops;
	sock_graft(sk, sock);
	return 0;
}

static int inet_create(struct net *net, struct socket *sock, int type, int protocol)
{
	const struct inet_protosw *sw;
	int err;
	struct sock *sk = inet_create_sock(net, inetsw, ARRAY_SIZE(inetsw), type, protocol, &sw,
					   &err);

	return sk ? inet_create_done(sock, sk, sw) : err;
}

const struct net_proto_family inet_family_ops = { LN_AF_INET, inet_create };
