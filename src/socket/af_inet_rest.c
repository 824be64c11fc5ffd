/* SPDX-License-Identifier: MIT */
/*
 * The user's side of a connection at rest (transport/tcp/tcp_rest.h). Readiness and names are known
 * without its sock; every other call wakes it first, and is then what it is for any stream. Nothing
 * of this is on the way of a connection that is awake: its socket has other functions.
 */
#include "socket/inet.h"
#include "socket/socket.h"
#include "transport/sock_poll.h"
#include "transport/tcp/tcp_rest.h"

static struct sock *rest_wake(struct socket *sock)
{
	return tcp_rest_wake(sock->rest);
}

static int rest_release(struct socket *sock)
{
	if (sock->file.net->exiting) {
		tcp_rest_kill(sock->rest);
		return 0;
	}
	if (rest_wake(sock))
		return sock->ops->release(sock);
	tcp_rest_abort(sock->rest);
	return 0;
}

static int rest_bind(struct socket *sock, const void *addr, u32 len)
{
	return rest_wake(sock) ? sock->ops->bind(sock, addr, len) : -ENOMEM;
}

static int rest_connect(struct socket *sock, const void *addr, u32 len)
{
	return rest_wake(sock) ? sock->ops->connect(sock, addr, len) : -ENOMEM;
}

static int rest_listen(struct socket *sock, int backlog)
{
	return rest_wake(sock) ? sock->ops->listen(sock, backlog) : -ENOMEM;
}

static int rest_accept(struct socket *sock, struct socket *newsock)
{
	return rest_wake(sock) ? sock->ops->accept(sock, newsock) : -ENOMEM;
}

static int rest_getname(struct socket *sock, void *addr, u32 *len, enum getname_of of)
{
	const struct sock_common *c = &sock->rest->b.c;
	struct ln_sockaddr_in sin = {
		.sin_family = LN_AF_INET,
		.sin_port = of ? c->dport : cpu_to_be16(c->num),
		.sin_addr = of ? c->daddr : c->rcv_saddr,
	};

	if (of && !c->dport)
		return -ENOTCONN;
	if (c->family == LN_AF_INET6) {
		inet6_name_of(c, of, addr, len);
		return 0;
	}
	memcpy(addr, &sin, sizeof(sin));
	*len = sizeof(sin);
	return 0;
}

/* Room to write, nothing to read, no error: else it would not rest. */
static unsigned rest_poll(struct socket *sock)
{
	(void)sock;
	return SOCK_POLL_WRITE;
}

static int rest_shutdown(struct socket *sock, int how)
{
	return rest_wake(sock) ? sock->ops->shutdown(sock, how) : -ENOMEM;
}

static int rest_setsockopt(struct socket *sock, int level, int name, const void *val, u32 len)
{
	return rest_wake(sock) ? sock->ops->setsockopt(sock, level, name, val, len) : -ENOMEM;
}

static int rest_getsockopt(struct socket *sock, int level, int name, void *val, u32 *len)
{
	return rest_wake(sock) ? sock->ops->getsockopt(sock, level, name, val, len) : -ENOMEM;
}

static ptrdiff_t rest_sendmsg(struct socket *sock, struct msg *msg, int flags)
{
	return rest_wake(sock) ? sock->ops->sendmsg(sock, msg, flags) : -ENOMEM;
}

static ptrdiff_t rest_recvmsg(struct socket *sock, struct msg *msg, int flags)
{
	return rest_wake(sock) ? sock->ops->recvmsg(sock, msg, flags) : -ENOMEM;
}

static int rest_ioctl(struct socket *sock, unsigned long request, int *value)
{
	return rest_wake(sock) ? sock->ops->ioctl(sock, request, value) : -ENOMEM;
}

const struct proto_ops inet_rest_ops = {
	.family = LN_AF_INET, .release = rest_release, .bind = rest_bind,
	.connect = rest_connect, .listen = rest_listen, .accept = rest_accept,
	.getname = rest_getname, .poll = rest_poll, .shutdown = rest_shutdown,
	.setsockopt = rest_setsockopt, .getsockopt = rest_getsockopt,
	.sendmsg = rest_sendmsg, .recvmsg = rest_recvmsg, .ioctl = rest_ioctl,
	.wake = rest_wake,
};
