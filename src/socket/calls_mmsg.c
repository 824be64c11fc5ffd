/* SPDX-License-Identifier: MIT */
/* Many messages in one call: what is the same for all of them is done once. */
#include "device/netdevice.h"
#include "socket/msg.h"
#include "socket/socket.h"
#include "transport/datagram.h"
#include "transport/sock_run.h"

/* Messages in vec; an error when it cannot be read. */
static int vec_len(const struct ln_mmsghdr *vec, unsigned n)
{
	return !vec && n ? -EFAULT : (int)min(n, (unsigned)UIO_MAXIOV);
}

/* 0: go on; > 0: a stream took a part, it is full; or the message's error. */
static ptrdiff_t send_one(struct socket *sock, struct ln_mmsghdr *m, int flags,
			  struct dgram_run *run)
{
	union addr_storage a;
	struct msg msg = { .flags = flags };
	ptrdiff_t r = import_msghdr_send(&msg, &m->msg_hdr, &a);

	if (unlikely(r))
		return r;
	r = sock->ops->sendmsg_run ? sock->ops->sendmsg_run(sock, &msg, flags, run) :
				     sock->ops->sendmsg(sock, &msg, flags);
	if (r < 0)
		return r;
	m->msg_len = (unsigned)r;
	return sock->type == LN_SOCK_STREAM && msg.iter.count;
}

LN_API int ln_sendmmsg(struct ln_net *handle, int fd, struct ln_mmsghdr *vec, unsigned n, int flags)
{
	struct net *net = net_of(handle);
	struct dgram_run run;
	int err, len, done = 0;
	struct socket *sock = sockfd_lookup(net, fd, &err);
	ptrdiff_t r = 0;

	if (!sock)
		return err;
	len = vec_len(vec, n);
	dgram_run_init(&run);
	dev_xmit_more_begin(net);
	for (; done < len && !r; done += r >= 0)
		r = send_one(sock, &vec[done], flags, &run);
	dgram_run_end(&run);
	dev_xmit_more_end(net);
	return done ? done : len < 0 ? len : (int)r;
}

static ptrdiff_t recv_one(struct socket *sock, struct ln_mmsghdr *m, int flags,
			  struct sock_read_run *run)
{
	struct msg msg = { 0 };
	ptrdiff_t r = import_msghdr_recv(&msg, &m->msg_hdr);

	if (unlikely(r))
		return r;
	if (sock->ops->recvmsg_next)
		r = sock->ops->recvmsg_next(sock, &msg, flags, run);
	else
		r = sock->ops->recvmsg(sock, &msg, flags);
	if (r < 0)
		return r;
	export_msghdr(&m->msg_hdr, &msg);
	m->msg_len = (unsigned)r;
	return msg.flags & LN_MSG_OOB;
}

LN_API int ln_recvmmsg(struct ln_net *handle, int fd, struct ln_mmsghdr *vec, unsigned n, int flags)
{
	struct net *net = net_of(handle);
	int err, len, done = 0;
	struct socket *sock = sockfd_lookup(net, fd, &err);
	struct sock_read_run run;
	ptrdiff_t r = 0;

	if (!sock)
		return err;
	len = vec_len(vec, n);
	sock_read_run_begin(&run);
	if (!(flags & LN_MSG_ERRQUEUE) && !sock->ops->wake)
		r = sock_error(sock->sk);
	dev_xmit_more_begin(net);	/* a stream's reader may set ACKs free */
	for (; done < len && !r; done += r >= 0)
		r = recv_one(sock, &vec[done], flags & ~LN_MSG_WAITFORONE, &run);
	sock_read_run_end(sock->sk, &run);
	dev_xmit_more_end(net);
	if (!done)
		return len < 0 ? len : (int)r;
	if (r < 0 && r != -EAGAIN && !sock->ops->wake && sock->sk)
		sock->sk->err = (s16)-r;
	return done;
}
