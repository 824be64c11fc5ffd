/* SPDX-License-Identifier: MIT */
/*
 * The socket calls of one instance, as Linux's but for two things: a descriptor belongs
 * to its instance (it is the first argument), and nothing blocks: what would wait returns
 * -EAGAIN, and the wake-up comes at the end of an ln_net_run().
 *
 * Constants and structures have Linux's values and layouts, so a program on Linux may
 * pass its own AF_INET, struct sockaddr_in, struct epoll_event. Addresses and ports are in
 * network byte order. Errors are returned as negative errno. Bad descriptor: -EBADF, from
 * every call. Descriptors are the lowest free number, from 0.
 */
#ifndef LINNET_SOCKET_H
#define LINNET_SOCKET_H

#include <linnet/errqueue.h>
#include <linnet/mcast.h>
#include <linnet/net.h>
#include <linnet/sockaddr.h>
#include <linnet/sockopt.h>
#include <linnet/tcp_info.h>
#include <linnet/txtime.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LN_SOCK_STREAM = 1, LN_SOCK_DGRAM = 2, LN_SOCK_RAW = 3 };
enum {
	LN_IPPROTO_IP = 0, LN_IPPROTO_ICMP = 1, LN_IPPROTO_TCP = 6, LN_IPPROTO_UDP = 17,
	LN_IPPROTO_ICMPV6 = 58,
};
enum { LN_SHUT_RD, LN_SHUT_WR, LN_SHUT_RDWR };
/* flags of send and recv */
enum {
	LN_MSG_OOB = 0x1,
	LN_MSG_PEEK = 0x2,
	LN_MSG_DONTROUTE = 0x4,
	LN_MSG_CTRUNC = 0x8,		/* out: not all control data fitted */
	LN_MSG_TRUNC = 0x20,		/* in: return the whole length; out: the rest was cut off */
	LN_MSG_DONTWAIT = 0x40,
	LN_MSG_EOR = 0x80,		/* send, TCP: what follows joins no segment of this */
	LN_MSG_WAITALL = 0x100,
	LN_MSG_ERRQUEUE = 0x2000,
	LN_MSG_NOSIGNAL = 0x4000,
	LN_MSG_MORE = 0x8000,
	LN_MSG_WAITFORONE = 0x10000,	/* recvmmsg; accepted: nothing waits anyway */
	LN_MSG_ZEROCOPY = 0x4000000,	/* send with LN_SO_ZEROCOPY, see below */
	LN_MSG_FASTOPEN = 0x20000000,	/* sendto of a TCP socket: connect, with data in the SYN */
};

struct ln_iovec {
	void *iov_base;
	size_t iov_len;
};

struct ln_msghdr {
	void *msg_name;			/* peer's address: in for send, out for recv; or NULL */
	uint32_t msg_namelen;
	struct ln_iovec *msg_iov;
	size_t msg_iovlen;
	void *msg_control;		/* cmsgs in Linux's layout */
	size_t msg_controllen;
	int msg_flags;			/* out: LN_MSG_TRUNC ... */
};

struct ln_mmsghdr {
	struct ln_msghdr msg_hdr;
	unsigned msg_len;		/* out: bytes of this message */
};

/* Control data (cmsg(3)): this header, then the data, the next one at a multiple of 8 bytes. */
struct ln_cmsghdr {
	size_t cmsg_len;		/* with the header, without padding */
	int cmsg_level, cmsg_type;
};

/* LN_IP_PKTINFO. Sent: the device to leave by and the source address, 0 = any. */
struct ln_in_pktinfo {
	int ipi_ifindex;
	uint32_t ipi_spec_dst;		/* network byte order: the local address */
	uint32_t ipi_addr;		/* as in the packet's header */
};

/* LN_IPV6_PKTINFO. Sent: the device to leave by, 0 = any, and the source address, :: = any. Set, as
 * an option: the device of all datagrams (as in Linux, the address does not count). */
struct ln_in6_pktinfo {
	uint8_t ipi6_addr[16];
	int ipi6_ifindex;
};

/* LN_IPV6_PATHMTU (RFC 3542 11.3, 11.4). As an option it has no address, as in Linux. */
struct ln_ip6_mtuinfo {
	struct ln_sockaddr_in6 ip6m_addr;
	uint32_t ip6m_mtu;
};

/* LN_IPV6_FLOWLABEL_MGR; Linux's struct in6_flowlabel_req. GET writes the label into a request that
 * has none, const or not, as Linux does. */
struct ln_in6_flowlabel_req {
	uint8_t flr_dst[16];
	uint32_t flr_label;		/* network byte order; 0: any */
	uint8_t flr_action, flr_share;	/* LN_IPV6_FL_A_*, _S_* */
	uint16_t flr_flags;		/* LN_IPV6_FL_F_* */
	uint16_t flr_expires, flr_linger;	/* seconds */
	uint32_t flr_pad;
};

enum { LN_IPV6_FL_A_GET, LN_IPV6_FL_A_PUT, LN_IPV6_FL_A_RENEW };
enum { LN_IPV6_FL_S_NONE, LN_IPV6_FL_S_EXCL, LN_IPV6_FL_S_PROCESS, LN_IPV6_FL_S_USER,
       LN_IPV6_FL_S_ANY = 255 };
enum { LN_IPV6_FL_F_CREATE = 1, LN_IPV6_FL_F_EXCL = 2, LN_IPV6_FL_F_REFLECT = 4 };

struct ln_linger {
	int l_onoff, l_linger;		/* seconds */
};

/* The calls. socket(2) ... tell what each does and its errors; below, what is added here. */

/* -EAFNOSUPPORT, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -EINVAL (bits in @type that are no type nor
 * flag), -EMFILE, -ENOMEM */
LN_API int ln_socket(struct ln_net *net, int domain, int type, int protocol);
/* -EINVAL (bound already, bad length), -EADDRINUSE, -EADDRNOTAVAIL, -EAFNOSUPPORT */
LN_API int ln_bind(struct ln_net *net, int fd, const void *addr, uint32_t len);
/* -EOPNOTSUPP, -EADDRINUSE, -EINVAL */
LN_API int ln_listen(struct ln_net *net, int fd, int backlog);
/* A new descriptor; -EAGAIN when none waits. addr, len may be NULL; len is in and out. */
LN_API int ln_accept(struct ln_net *net, int fd, void *addr, uint32_t *len);
/*
 * TCP: -EINPROGRESS, then writable when done (ask SO_ERROR); called again: -EALREADY,
 * -EISCONN. At once: -ENETUNREACH, -EADDRNOTAVAIL (no port left), -EINVAL, -EAFNOSUPPORT.
 * UDP: sets the peer, 0.
 */
LN_API int ln_connect(struct ln_net *net, int fd, const void *addr, uint32_t len);
/* Bytes taken (TCP: may be fewer than asked), -EAGAIN, -EPIPE, -ENOTCONN, -EMSGSIZE, ... */
LN_API ptrdiff_t ln_send(struct ln_net *net, int fd, const void *buf, size_t len, int flags);
LN_API ptrdiff_t ln_sendto(struct ln_net *net, int fd, const void *buf, size_t len, int flags,
			   const void *addr, uint32_t addrlen);
LN_API ptrdiff_t ln_sendmsg(struct ln_net *net, int fd, const struct ln_msghdr *msg, int flags);
/* Bytes given, 0 at the end of the stream, -EAGAIN, -ECONNRESET, -ETIMEDOUT, ... */
LN_API ptrdiff_t ln_recv(struct ln_net *net, int fd, void *buf, size_t len, int flags);
LN_API ptrdiff_t ln_recvfrom(struct ln_net *net, int fd, void *buf, size_t len, int flags,
			     void *addr, uint32_t *addrlen);
LN_API ptrdiff_t ln_recvmsg(struct ln_net *net, int fd, struct ln_msghdr *msg, int flags);
/*
 * Many messages in one call, as sendmmsg(2) and recvmmsg(2) with MSG_DONTWAIT. Return: how many
 * were done, whose msg_len is set; an error only when none was. Vectors longer than 1024 are done
 * as far as that. A stream's message that was taken in part ends the call. After a recvmmsg that
 * stopped at an error other than -EAGAIN, the next call on the socket returns that error.
 * Cheaper than single calls: the descriptor and a datagram's route are looked up once for a run of
 * one destination, and the card's doorbell rings once.
 */
LN_API int ln_sendmmsg(struct ln_net *net, int fd, struct ln_mmsghdr *msgs, unsigned n, int flags);
LN_API int ln_recvmmsg(struct ln_net *net, int fd, struct ln_mmsghdr *msgs, unsigned n, int flags);
/* Received payload where it lies; read only. */
struct ln_rxbuf {
	const void *data;
	size_t len;
	uint64_t handle;		/* 0: the packet goes on in the next one */
	union {				/* datagrams: who sent it, as the socket's family has it */
		struct ln_sockaddr_in from;
		struct ln_sockaddr_in6 from6;
	};
};

/**
 * ln_recv_borrow - read without a copy: the stack's own buffers, to be given back
 * @bufs: filled in, in order; a packet's pieces stand together, the last one has its handle
 * @n: room in bufs
 * @flags: 0 or LN_MSG_DONTWAIT
 *
 * What is borrowed has been read: it is not seen again by ln_recv(). It stays valid and unchanged
 * until it is given back, also when its socket is closed before. Until then it counts against the
 * socket's receive buffer (a stream's window shrinks by it, datagrams are dropped past it) and the
 * instance's budget.
 *
 * Return: pieces filled in; 0 at the end of a stream; -EAGAIN and the other errors of ln_recv();
 * -EINVAL: n is 0, other flags; -EMSGSIZE: the next packet has more than n pieces, read it with
 * ln_recv() or come with more room; -EOPNOTSUPP: not a socket of AF_INET or AF_INET6, or urgent
 * data is waiting in the stream; -ENOMEM, -ENOBUFS (2^20 packets are out).
 */
LN_API ptrdiff_t ln_recv_borrow(struct ln_net *net, int fd, struct ln_rxbuf *bufs, unsigned n,
				int flags);
/*
 * Gives back pieces that were borrowed, in any order and number; only their handles are looked at.
 * -EINVAL: some handle is not out (given back before, made up); the others are given back all the
 * same. What was never given back ln_net_destroy() takes and reports (ln_leaks.borrowed).
 */
LN_API int ln_recv_return(struct ln_net *net, const struct ln_rxbuf *bufs, unsigned n);
LN_API int ln_shutdown(struct ln_net *net, int fd, int how);
LN_API int ln_close(struct ln_net *net, int fd);
/*
 * close() where SO_LINGER has a time: ln_close() does not wait for it, this does, in steps. 0: it
 * is closed. -EAGAIN: both directions are shut, but what was sent, with its FIN, is not all
 * acknowledged; the descriptor is still there. Call again when the connection changes
 * (ln_set_wake()), or ln_close() when l_linger seconds are over.
 */
LN_API int ln_close_linger(struct ln_net *net, int fd);
LN_API int ln_getsockname(struct ln_net *net, int fd, void *addr, uint32_t *len);
LN_API int ln_getpeername(struct ln_net *net, int fd, void *addr, uint32_t *len);
LN_API int ln_setsockopt(struct ln_net *net, int fd, int level, int name, const void *val,
			 uint32_t len);
LN_API int ln_getsockopt(struct ln_net *net, int fd, int level, int name, void *val,
			 uint32_t *len);

/* SIOCINQ, SIOCOUTQ: bytes that wait to be read; bytes sent or queued, not acknowledged. Of TCP
 * too: SIOCOUTQNSD: bytes queued, not sent; SIOCATMARK: 1 when the urgent byte is read next. */
enum {
	LN_SIOCINQ = 0x541B, LN_SIOCOUTQ = 0x5411, LN_SIOCOUTQNSD = 0x894B, LN_SIOCATMARK = 0x8905,
};
LN_API int ln_ioctl(struct ln_net *net, int fd, unsigned long request, int *value);

/* Readiness: poll(2)'s bits, which are epoll's too. */
enum {
	LN_POLLIN = 0x1, LN_POLLPRI = 0x2, LN_POLLOUT = 0x4, LN_POLLERR = 0x8,
	LN_POLLHUP = 0x10, LN_POLLNVAL = 0x20, LN_POLLRDNORM = 0x40, LN_POLLRDBAND = 0x80,
	LN_POLLWRNORM = 0x100, LN_POLLWRBAND = 0x200, LN_POLLRDHUP = 0x2000,
};
#define LN_EPOLLET (1u << 31)
#define LN_EPOLLONESHOT (1u << 30)
#define LN_EPOLLEXCLUSIVE (1u << 28)	/* of the sets so told, one that is waited on is woken */

struct ln_pollfd {
	int fd;
	short events, revents;
};

/* Fills revents; never waits. Return: descriptors with any, or -EINVAL. */
LN_API int ln_poll(struct ln_net *net, struct ln_pollfd *fds, unsigned nfds);

enum { LN_EPOLL_CTL_ADD = 1, LN_EPOLL_CTL_DEL = 2, LN_EPOLL_CTL_MOD = 3 };

struct ln_epoll_event {
	uint32_t events;
	uint64_t data;
} __attribute__((packed));

LN_API int ln_epoll_create(struct ln_net *net);
/* -EEXIST, -ENOENT, -EINVAL, -ELOOP, -ENOMEM */
LN_API int ln_epoll_ctl(struct ln_net *net, int epfd, int op, int fd,
			const struct ln_epoll_event *ev);
/* Takes up to max ready events, in O(ready); never waits. Return: how many. */
LN_API int ln_epoll_wait(struct ln_net *net, int epfd, struct ln_epoll_event *evs, int max);

/**
 * ln_set_wake - be told when a socket (or epoll descriptor) becomes ready
 * @fn: called at the end of ln_net_run() with the readiness bits at that time (POLLIN and
 *	POLLOUT without their twins of the names RDNORM and WRNORM), when the
 *	socket saw data, space, a connection, an error or its end since the last call;
 *	NULL = no more. Level is not repeated: read until -EAGAIN.
 */
typedef void (*ln_wake_fn)(void *ctx, struct ln_net *net, int fd, unsigned events);
LN_API int ln_set_wake(struct ln_net *net, int fd, ln_wake_fn fn, void *ctx);

/**
 * ln_timer_* - one-shot timers on the instance's time, for programs that live on it
 *
 * The function runs at the end of the ln_net_run() that reaches @when, as wake-ups do.
 * ln_timer_add returns a handle > 0, valid until it has fired or is cancelled, or -ENOMEM.
 */
typedef void (*ln_timer_fn)(void *ctx, struct ln_net *net);
LN_API int64_t ln_timer_add(struct ln_net *net, int64_t when, ln_timer_fn fn, void *ctx);
LN_API void ln_timer_cancel(struct ln_net *net, int64_t handle);

#ifdef __cplusplus
}
#endif
#endif
