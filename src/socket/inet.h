/* SPDX-License-Identifier: MIT */
/* What af_inet.c and af_inet6.c share: struct proto_ops functions that look at no address. */
#ifndef LINNET_SOCKET_INET_H
#define LINNET_SOCKET_INET_H

#include "socket/socket.h"

/* A socket that nobody has bound gets a port of its own. 0 or -EAGAIN. */
int inet_autobind(struct sock *sk);

int inet_release(struct socket *sock);
int inet_dgram_connect(struct socket *sock, const void *uaddr, u32 len);
int inet_stream_connect(struct socket *sock, const void *uaddr, u32 len);
int inet_stream_listen(struct socket *sock, int backlog);
int inet_accept(struct socket *sock, struct socket *newsock);
unsigned inet_poll(struct socket *sock);
int inet_shutdown(struct socket *sock, int how);
ptrdiff_t inet_stream_sendmsg(struct socket *sock, struct msg *msg, int flags);
ptrdiff_t inet_recvmsg(struct socket *sock, struct msg *msg, int flags);
ptrdiff_t inet_recvmsg_next(struct socket *sock, struct msg *msg, int flags,
			    struct sock_read_run *run);
int inet_bind_port(struct sock *sk, be16 port);	/* network order; 0: chosen, perhaps later */
int inet_ioctl(struct socket *sock, unsigned long request, int *value);

/* A protocol of a family, by type and number; Linux's inetsw. */
struct inet_protosw {
	u8 type, protocol;	/* protocol 0: any */
	bool reuse;		/* SO_REUSEADDR from birth */
	const struct proto *prot;
	const struct proto_ops *ops;
};

/*
 * socket() of a family with these protocols. NULL and *err, or a sock of that family that is not
 * set up yet: for inet_create_done(), which consumes it on error.
 */
struct sock *inet_create_sock(struct net *net, const struct inet_protosw *table, size_t n, int type,
			      int protocol, const struct inet_protosw **sw, int *err);
int inet_create_done(struct socket *sock, struct sock *sk, const struct inet_protosw *sw);

/* A name as a socket of AF_INET6 shows it; addr has room for it. */
void inet6_name_of(const struct sock_common *c, bool peer, void *addr, u32 *len);

/* SOL_IPV6 of a socket of AF_INET6. */
int ipv6_setsockopt(struct sock *sk, int name, const void *val, u32 len);
int ipv6_getsockopt(struct sock *sk, int name, void *val, u32 *len);

#endif
