/* SPDX-License-Identifier: MIT */
/*
 * struct socket: a socket as its user sees it; a file in the instance's table. The calls of
 * <linnet/socket.h> (calls.c) find it by descriptor, check what is the same for all protocols, and
 * go down by table (row S2): sendto -> sock_sendmsg -> inet_sendmsg -> tcp_sendmsg.
 *
 *	calls.c calls_mmsg.c msg.c	the ln_ functions: bad input ends here with Linux's errno
 *	socket.c	files and sockets: create, close, readiness, the families
 *	af_inet.c	bind, connect, listen, accept ... of AF_INET: the user's half of the states
 *	af_inet6.c	of AF_INET6: addresses; the rest is the same (inet.h)
 *	af_inet_rest.c	the same while the connection rests (transport/tcp/tcp_rest.h)
 *	af_packet.c	AF_PACKET: frames
 *	sockopt.c	SOL_SOCKET, SOL_IP and SOL_IPV6, by table
 *	fdtable.c	the lowest free number
 *	poll.c epoll.c	readiness asked for, readiness told
 *	rx_borrow.c	received packets lent to the user
 *	user_timer.c	ln_timer_add
 *
 * Readiness goes up by sock_ops: file_notify() marks what epoll sets and wakers watch this file,
 * and the wake-ups are delivered at the end of net_run() (base/wake.h), so a program's function
 * never runs inside the stack and may call anything, close() of its own descriptor included.
 * Nothing blocks; who would wait gets -EAGAIN.
 *
 * An idle socket costs its struct socket (64 bytes), its sock (an idle TCP connection: a
 * tcp_rest_sock of 128 bytes and more), and 8 bytes and a bit in the table;
 * what only some have (a waker, an epoll item, an error queue) is allocated when it is asked for.
 */
#ifndef LINNET_SOCKET_SOCKET_H
#define LINNET_SOCKET_SOCKET_H

#include "base/wake.h"
#include "socket/fdtable.h"
#include "transport/sock.h"

struct dgram_run;
struct sock_read_run;
struct file;
struct proto_ops;

enum socket_state { SS_UNCONNECTED, SS_CONNECTING, SS_CONNECTED, SS_DISCONNECTING };

/* What a descriptor may be: a socket or an epoll set. */
struct file_ops {
	unsigned (*poll)(struct file *f);	/* LN_POLL* now */
	void (*release)(struct file *f);	/* the descriptor is closed; frees f */
};

/* ln_set_wake() of one file. */
struct file_wake {
	struct wake wake;
	struct file *file;
	ln_wake_fn fn;
	void *ctx;
};

struct file {
	const struct file_ops *ops;
	struct net *net;
	struct hlist_head watchers;	/* epoll items that watch this file (epitem.watch_node) */
	struct file_wake *wake;		/* NULL: nobody asked */
	int fd;
};

struct socket {
	struct file file;		/* first */
	u8 state;			/* enum socket_state */
	u8 type;
	const struct proto_ops *ops;
	union {
		struct sock *sk;	/* never NULL while open */
		struct tcp_rest_sock *rest;	/* when ops->wake: the connection rests */
	};
};

/* What a family does with each call; af_inet.c and af_packet.c fill some. NULL: -EOPNOTSUPP. */
/* GETNAME_ACCEPTED: the peer of a connection, also when it was reset while it waited. */
enum getname_of { GETNAME_OWN, GETNAME_PEER, GETNAME_ACCEPTED };

struct proto_ops {
	u16 family;
	int (*release)(struct socket *sock);
	int (*bind)(struct socket *sock, const void *addr, u32 len);
	int (*connect)(struct socket *sock, const void *addr, u32 len);
	int (*listen)(struct socket *sock, int backlog);
	/* newsock NULL: 0, or -EAGAIN: nobody waits */
	int (*accept)(struct socket *sock, struct socket *newsock);
	/* addr has 128 bytes of room. */
	int (*getname)(struct socket *sock, void *addr, u32 *len, enum getname_of of);
	unsigned (*poll)(struct socket *sock);
	int (*shutdown)(struct socket *sock, int how);
	/* Every level but SOL_SOCKET. */
	int (*setsockopt)(struct socket *sock, int level, int name, const void *val, u32 len);
	int (*getsockopt)(struct socket *sock, int level, int name, void *val, u32 *len);
	ptrdiff_t (*sendmsg)(struct socket *sock, struct msg *msg, int flags);
	ptrdiff_t (*recvmsg)(struct socket *sock, struct msg *msg, int flags);
	/* The same for one of many (calls_mmsg.c); NULL: sendmsg, recvmsg. See struct proto. */
	ptrdiff_t (*sendmsg_run)(struct socket *sock, struct msg *msg, int flags,
				 struct dgram_run *run);
	ptrdiff_t (*recvmsg_next)(struct socket *sock, struct msg *msg, int flags,
				  struct sock_read_run *run);
	int (*ioctl)(struct socket *sock, unsigned long request, int *value);
	/* Only in inet_rest_ops: makes sock->sk again. NULL: no memory. */
	struct sock *(*wake)(struct socket *sock);
};

struct net_proto_family {		/* const table in socket.c */
	u16 family;
	/* Sets sock->ops and makes its sk. */
	int (*create)(struct net *net, struct socket *sock, int type, int protocol);
};

extern const struct net_proto_family inet_family_ops, inet6_family_ops, packet_family_ops;
extern const struct proto_ops inet_stream_ops, inet6_stream_ops, inet_rest_ops;
extern const struct file_ops socket_file_ops;

struct netns_files {
	struct id_table fds;		/* struct file */
	struct id_table timers;		/* struct user_timer */
	struct id_table borrowed;	/* struct sk_buff: what the user holds (rx_borrow.c) */
	u32 borrow_generation;
	struct slab sockets, wakes, epitems, user_timers;
	u64 loop_check;			/* number of the last look for epoll loops */
	u32 timer_generation;
};

int files_net_init(struct net *net);	/* -ENOMEM */
/* Closes every descriptor and forgets every timer. Transport must still be there. */
void files_net_exit(struct net *net);

/* A file that is set up gets the lowest free descriptor: that, -EMFILE or -ENOMEM. */
int fd_install(struct file *f);
/* Ends a file: its descriptor, its watchers, its waker, then ops->release(). */
void file_close(struct file *f);

/* Borrowed, or NULL. */
struct file *fget(struct net *net, int fd);
struct socket *sockfd_lookup(struct net *net, int fd, int *err);	/* -EBADF, -ENOTSOCK */

static inline unsigned file_poll(struct file *f)
{
	return f->ops->poll(f);
}

/* Something about f changed: tell its watchers. mask: LN_POLL* that may be new. True: somebody
 * watches. */
bool file_notify(struct file *f, unsigned mask);
int file_set_wake(struct file *f, ln_wake_fn fn, void *ctx);	/* fn NULL: no more. -ENOMEM */

/* Without descriptor and sk, or NULL; sock_release() ends it while it has no descriptor. */
struct socket *sock_alloc(struct net *net);
void sock_release(struct socket *sock);
/* -EAFNOSUPPORT, -EINVAL, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -ENOMEM */
int sock_create(struct net *net, int family, int type, int protocol, struct socket **out);
/* sk gets its user's side: wake-ups go there from now on. Takes over the user's reference. */
void sock_graft(struct sock *sk, struct socket *sock);

/* The sock, woken if it rests. NULL: no memory. */
static inline struct sock *socket_sk(struct socket *sock)
{
	return sock->ops->wake ? sock->ops->wake(sock) : sock->sk;
}

ptrdiff_t sock_sendmsg(struct socket *sock, struct msg *msg, int flags);
ptrdiff_t sock_recvmsg(struct socket *sock, struct msg *msg, int flags);
int sock_setsockopt(struct socket *sock, int level, int name, const void *val, u32 len);
int sock_getsockopt(struct socket *sock, int level, int name, void *val, u32 *len);
/* SOL_IP of any AF_INET socket; other levels are -ENOPROTOOPT. */
int ip_setsockopt(struct sock *sk, int level, int name, const void *val, u32 len);
int ip_getsockopt(struct sock *sk, int level, int name, void *val, u32 *len);

void user_timers_exit(struct net *net);
/* Takes what was never given back; net->borrowed keeps telling how much that was. */
void rx_borrow_exit(struct net *net);

/* For listings: calls fn for each open socket, by descriptor, until it returns non-zero. With
 * ops->wake it is a connection that rests and has no sk. */
int socket_for_each(struct net *net, int (*fn)(struct socket *sock, void *ctx), void *ctx);

#endif
