/* SPDX-License-Identifier: MIT */
#include "socket/socket.h"

#include "base/trace.h"
#include "socket/epoll.h"
#include "socket/user_timer.h"
#include "transport/sock_poll.h"

int files_net_init(struct net *net)
{
	struct netns_files *files = mem_zalloc(&net->mem, sizeof(*files));

	if (!files)
		return -ENOMEM;
	slab_init(&files->sockets, &net->mem, "socket", sizeof(struct socket));
	slab_init(&files->wakes, &net->mem, "file_wake", sizeof(struct file_wake));
	slab_init(&files->epitems, &net->mem, "epitem", sizeof(struct epitem));
	slab_init(&files->user_timers, &net->mem, "user_timer", sizeof(struct user_timer));
	net->files = files;
	return 0;
}

void files_net_exit(struct net *net)
{
	struct netns_files *files = net->files;

	if (!files)
		return;
	for (u32 fd = 0; files->fds.used && fd < files->fds.cap; fd++) {
		if (files->fds.slot[fd])
			file_close(files->fds.slot[fd]);
	}
	user_timers_exit(net);
	rx_borrow_exit(net);
	id_table_exit(&files->fds, &net->mem);
	id_table_exit(&files->timers, &net->mem);
	slab_exit(&files->sockets);
	slab_exit(&files->wakes);
	slab_exit(&files->epitems);
	slab_exit(&files->user_timers);
	mem_free(&net->mem, files, sizeof(*files));
	net->files = NULL;
}

/* ---- files ---- */

int fd_install(struct file *f)
{
	int fd = id_alloc(&f->net->files->fds, &f->net->mem, f);

	if (fd >= 0)
		f->fd = fd;
	return fd;
}

struct file *fget(struct net *net, int fd)
{
	return id_lookup(&net->files->fds, fd);
}

struct socket *sockfd_lookup(struct net *net, int fd, int *err)
{
	struct file *f = fget(net, fd);

	if (!f || f->ops != &socket_file_ops) {
		*err = f ? -ENOTSOCK : -EBADF;
		return NULL;
	}
	return container_of(f, struct socket, file);
}

static void file_wake_run(struct net *net, struct wake *w)
{
	struct file_wake *fw = container_of(w, struct file_wake, wake);
	unsigned events = file_poll(fw->file) & ~(unsigned)SOCK_POLL_TWINS;

	/* It may close the file, and with it this waker: nothing is touched afterwards. */
	if (events)
		fw->fn(fw->ctx, net_handle(net), fw->file->fd, events);
}

static void file_wake_free(struct file *f)
{
	if (!f->wake)
		return;
	wake_cancel(&f->wake->wake);
	slab_free(&f->net->files->wakes, f->wake);
	f->wake = NULL;
}

int file_set_wake(struct file *f, ln_wake_fn fn, void *ctx)
{
	struct file_wake *fw = f->wake;

	if (!fn) {
		file_wake_free(f);
		return 0;
	}
	if (!fw) {
		fw = slab_alloc(&f->net->files->wakes);
		if (!fw)
			return -ENOMEM;
		wake_init(&fw->wake, file_wake_run);
		f->wake = fw;
	}
	fw->file = f;
	fw->fn = fn;
	fw->ctx = ctx;
	/* What came before anybody asked is news too; room to write always was there. */
	if (file_poll(f) & ~(unsigned)SOCK_POLL_SEND)
		wake_schedule(f->net, &fw->wake);
	return 0;
}

bool file_notify(struct file *f, unsigned mask)
{
	bool watched = epoll_notify(f, mask);

	if (!f->wake)
		return watched;
	wake_schedule(f->net, &f->wake->wake);
	return true;
}

void file_close(struct file *f)
{
	id_free(&f->net->files->fds, (u32)f->fd);
	epoll_forget(f);
	file_wake_free(f);
	f->ops->release(f);
}

/* ---- sockets ---- */

static unsigned socket_poll(struct file *f)
{
	struct socket *sock = container_of(f, struct socket, file);

	return sock->ops->poll(sock);
}

static void socket_release(struct file *f)
{
	sock_release(container_of(f, struct socket, file));
}

const struct file_ops socket_file_ops = { .poll = socket_poll, .release = socket_release };

struct socket *sock_alloc(struct net *net)
{
	struct socket *sock = slab_alloc(&net->files->sockets);

	if (sock)
		*sock = (struct socket){
			.file = { .ops = &socket_file_ops, .net = net, .fd = -1 },
		};
	return sock;
}

void sock_release(struct socket *sock)
{
	struct net *net = sock->file.net;

	if (sock->sk)
		sock->ops->release(sock);
	slab_free(&net->files->sockets, sock);
}

static const struct net_proto_family *const families[] = {
	&inet_family_ops, &inet6_family_ops, &packet_family_ops,
};

#define SOCK_TYPE_MASK 0xf
#define SOCK_TYPES 11			/* Linux's SOCK_MAX */
#define SOCK_FLAGS (0x800 | 0x80000)	/* SOCK_NONBLOCK, SOCK_CLOEXEC: as it is anyway */

int sock_create(struct net *net, int family, int type, int protocol, struct socket **out)
{
	const struct net_proto_family *pf = NULL;
	struct socket *sock;
	int err;

	if (type & ~(SOCK_TYPE_MASK | SOCK_FLAGS))
		return -EINVAL;
	type &= SOCK_TYPE_MASK;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i]->family == family)
			pf = families[i];
	}
	if (family >= 0 && type >= SOCK_TYPES)
		return -EINVAL;
	if (!pf)
		return -EAFNOSUPPORT;
	sock = sock_alloc(net);
	if (!sock)
		return -ENOMEM;
	sock->type = (u8)type;
	err = pf->create(net, sock, type, protocol);
	if (err) {
		sock_release(sock);
		return err;
	}
	*out = sock;
	return 0;
}

static void sock_def_readable(struct sock *sk)
{
	const struct sk_buff *skb;
	struct net *net = sock_net(sk);

	if (!file_notify(&sk->socket->file, SOCK_POLL_READ | LN_POLLPRI) || likely(!net->trace))
		return;
	skb = skb_peek_tail(&sk->receive_queue);
	if (skb)
		trace_skb(net, sock_def_readable, skb, (u64)sk->socket->file.fd);
	else
		trace_net(net, sock_def_readable, (u64)sk->socket->file.fd);
}

static void sock_def_write_space(struct sock *sk)
{
	file_notify(&sk->socket->file, SOCK_POLL_SEND);
}

static void sock_def_wakeup(struct sock *sk)
{
	file_notify(&sk->socket->file,
		    SOCK_POLL_READ | SOCK_POLL_SEND | LN_POLLERR | LN_POLLHUP | LN_POLLRDHUP);
}

static void sock_def_error_report(struct sock *sk)
{
	file_notify(&sk->socket->file, LN_POLLERR);
}

static void sock_def_rest(struct socket *sock, struct tcp_rest_sock *rest)
{
	sock->rest = rest;
	sock->ops = &inet_rest_ops;
}

static void sock_def_wake(struct socket *sock, struct sock *sk)
{
	sock->ops = sk->c.family == LN_AF_INET6 ? &inet6_stream_ops : &inet_stream_ops;
	sock_graft(sk, sock);
}

static const struct sock_ops sock_user_ops = {
	.data_ready = sock_def_readable,
	.write_space = sock_def_write_space,
	.state_change = sock_def_wakeup,
	.error_report = sock_def_error_report,
	.rest = sock_def_rest,
	.wake = sock_def_wake,
};

void sock_graft(struct sock *sk, struct socket *sock)
{
	sock->sk = sk;
	sk->socket = sock;
	sk->ops = &sock_user_ops;
}

ptrdiff_t sock_sendmsg(struct socket *sock, struct msg *msg, int flags)
{
	return sock->ops->sendmsg(sock, msg, flags);
}

ptrdiff_t sock_recvmsg(struct socket *sock, struct msg *msg, int flags)
{
	return sock->ops->recvmsg(sock, msg, flags);
}

int socket_for_each(struct net *net, int (*fn)(struct socket *sock, void *ctx), void *ctx)
{
	const struct id_table *t = &net->files->fds;

	for (u32 fd = 0; fd < t->cap; fd++) {
		struct file *f = t->slot[fd];
		int r = f && f->ops == &socket_file_ops ?
			fn(container_of(f, struct socket, file), ctx) : 0;

		if (r)
			return r;
	}
	return 0;
}
