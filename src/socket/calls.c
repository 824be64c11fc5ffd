/* SPDX-License-Identifier: MIT */
/* The calls of <linnet/socket.h> (row S1): descriptor, arguments, then down by table. */
#include "socket/epoll.h"
#include "socket/msg.h"

LN_API int ln_socket(struct ln_net *handle, int domain, int type, int protocol)
{
	struct socket *sock;
	int fd, err = sock_create(net_of(handle), domain, type, protocol, &sock);

	if (err)
		return err;
	fd = fd_install(&sock->file);
	if (fd < 0)
		sock_release(sock);
	return fd;
}

LN_API int ln_close(struct ln_net *net, int fd)
{
	struct file *f = fget(net_of(net), fd);

	if (!f)
		return -EBADF;
	file_close(f);
	return 0;
}

LN_API int ln_close_linger(struct ln_net *net, int fd)
{
	int err;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (sock && sock->sk && sock->sk->prot->linger && sock->sk->prot->linger(sock->sk))
		return -EAGAIN;
	return ln_close(net, fd);
}

static struct socket *lookup_with_addr(struct ln_net *net, int fd, union addr_storage *a,
				       const void *addr, u32 len, int *err)
{
	struct socket *sock = sockfd_lookup(net_of(net), fd, err);

	if (!sock)
		return NULL;
	*err = move_addr_to_kernel(a, addr, len);
	return *err ? NULL : sock;
}

LN_API int ln_bind(struct ln_net *net, int fd, const void *addr, uint32_t len)
{
	union addr_storage a;
	int err;
	struct socket *sock = lookup_with_addr(net, fd, &a, addr, len, &err);

	if (!sock)
		return err;
	return sock->ops->bind ? sock->ops->bind(sock, &a, len) : -EOPNOTSUPP;
}

LN_API int ln_connect(struct ln_net *net, int fd, const void *addr, uint32_t len)
{
	union addr_storage a;
	int err;
	struct socket *sock = lookup_with_addr(net, fd, &a, addr, len, &err);

	if (!sock)
		return err;
	return sock->ops->connect ? sock->ops->connect(sock, &a, len) : -EOPNOTSUPP;
}

LN_API int ln_listen(struct ln_net *net, int fd, int backlog)
{
	int err, most = net_of(net)->sysctl.somaxconn;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (!sock)
		return err;
	if (backlog < 0 || backlog > most)	/* listen(2): cut, not refused */
		backlog = most;
	return sock->ops->listen ? sock->ops->listen(sock, backlog) : -EOPNOTSUPP;
}

/* The new socket is made before a connection is taken off the queue, so none can get lost. */
static int accept_into(struct socket *sock, struct socket *newsock)
{
	int fd = fd_install(&newsock->file), err;

	if (fd < 0) {
		sock_release(newsock);
		return fd;
	}
	err = sock->ops->accept(sock, newsock);
	if (err) {
		file_close(&newsock->file);
		return err;
	}
	return fd;
}

/* Known without a new socket; but who could not have one hears that first, as in Linux. */
static bool nobody_waits(struct socket *sock)
{
	return !id_table_is_full(&sock->file.net->files->fds) &&
	       sock->ops->accept(sock, NULL) == -EAGAIN;
}

LN_API int ln_accept(struct ln_net *net, int fd, void *addr, uint32_t *len)
{
	int err, newfd;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err), *newsock;
	union addr_storage a;
	u32 n;

	if (!sock)
		return err;
	if (!sock->ops->accept)
		return -EOPNOTSUPP;
	if (addr && !len)
		return -EFAULT;
	if (addr && *len > INT32_MAX)
		return -EINVAL;
	if (nobody_waits(sock))
		return -EAGAIN;
	newsock = sock_alloc(net_of(net));
	if (!newsock)
		return -ENOMEM;
	newfd = accept_into(sock, newsock);
	if (newfd < 0 || !addr)
		return newfd;
	if (newsock->ops->getname(newsock, &a, &n, GETNAME_ACCEPTED)) {
		file_close(&newsock->file);
		return -ECONNABORTED;
	}
	move_addr_to_user(&a, n, addr, len);
	return newfd;
}

static int get_name(struct ln_net *net, int fd, void *addr, uint32_t *len, enum getname_of of)
{
	union addr_storage a;
	int err;
	u32 n;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (!sock)
		return err;
	if (!addr || !len)
		return -EFAULT;
	err = sock->ops->getname(sock, &a, &n, of);
	return err ? err : move_addr_to_user(&a, n, addr, len);
}

LN_API int ln_getsockname(struct ln_net *net, int fd, void *addr, uint32_t *len)
{
	return get_name(net, fd, addr, len, GETNAME_OWN);
}

LN_API int ln_getpeername(struct ln_net *net, int fd, void *addr, uint32_t *len)
{
	return get_name(net, fd, addr, len, GETNAME_PEER);
}

LN_API int ln_shutdown(struct ln_net *net, int fd, int how)
{
	int err;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (!sock)
		return err;
	return sock->ops->shutdown ? sock->ops->shutdown(sock, how) : -EOPNOTSUPP;
}

static __always_inline ptrdiff_t send_to(struct ln_net *net, int fd, const void *buf, size_t len,
					 int flags, const void *addr, uint32_t addrlen)
{
	union addr_storage a;
	struct ln_iovec iov;
	struct msg msg = { .flags = flags };
	int err;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (!sock)
		return err;
	err = import_single(&msg.iter, &iov, (void *)(uintptr_t)buf, len);
	if (err == -EINVAL && sock->type != LN_SOCK_STREAM)
		err = -EMSGSIZE;	/* longer than any object, so than any datagram */
	if (!err && addr) {
		err = move_addr_to_kernel(&a, addr, addrlen);
		msg.name = &a;
		msg.namelen = addrlen;
	}
	return err ? err : sock_sendmsg(sock, &msg, flags);
}

LN_API ptrdiff_t ln_sendto(struct ln_net *net, int fd, const void *buf, size_t len, int flags,
			   const void *addr, uint32_t addrlen)
{
	return send_to(net, fd, buf, len, flags, addr, addrlen);
}

LN_API ptrdiff_t ln_send(struct ln_net *net, int fd, const void *buf, size_t len, int flags)
{
	return send_to(net, fd, buf, len, flags, NULL, 0);
}

LN_API ptrdiff_t ln_sendmsg(struct ln_net *net, int fd, const struct ln_msghdr *hdr, int flags)
{
	union addr_storage a;
	struct msg msg = { .flags = flags };
	int err;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (!sock)
		return err;
	if (!hdr)
		return -EFAULT;
	err = import_msghdr_send(&msg, hdr, &a);
	return err ? err : sock_sendmsg(sock, &msg, flags);
}

static __always_inline ptrdiff_t recv_from(struct ln_net *net, int fd, void *buf, size_t len,
					   int flags, void *addr, uint32_t *addrlen)
{
	struct ln_iovec iov;
	struct msg msg = { 0 };
	ptrdiff_t n;
	int err;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (!sock)
		return err;
	err = import_single(&msg.iter, &iov, buf, min_t(size_t, len, MAX_RW_COUNT));
	if (err)
		return err;
	if (addr) {
		if (!addrlen)
			return -EFAULT;
		if (*addrlen > INT32_MAX)
			return -EINVAL;
		msg.name = addr;
		msg.name_room = *addrlen;
	}
	n = sock_recvmsg(sock, &msg, flags);
	if (n >= 0 && addr)
		*addrlen = msg.namelen;
	return n;
}

LN_API ptrdiff_t ln_recvfrom(struct ln_net *net, int fd, void *buf, size_t len, int flags,
			     void *addr, uint32_t *addrlen)
{
	return recv_from(net, fd, buf, len, flags, addr, addrlen);
}

LN_API ptrdiff_t ln_recv(struct ln_net *net, int fd, void *buf, size_t len, int flags)
{
	return recv_from(net, fd, buf, len, flags, NULL, NULL);
}

LN_API ptrdiff_t ln_recvmsg(struct ln_net *net, int fd, struct ln_msghdr *hdr, int flags)
{
	struct msg msg = { 0 };
	ptrdiff_t n;
	int err;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (!sock)
		return err;
	if (!hdr)
		return -EFAULT;
	err = import_msghdr_recv(&msg, hdr);
	if (err)
		return err;
	n = sock_recvmsg(sock, &msg, flags);
	if (n >= 0)
		export_msghdr(hdr, &msg);
	return n;
}

LN_API int ln_setsockopt(struct ln_net *net, int fd, int level, int name, const void *val,
			 uint32_t len)
{
	int err;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (!sock)
		return err;
	if (len > INT32_MAX)
		return -EINVAL;
	if (!val && len)
		return -EFAULT;
	return sock_setsockopt(sock, level, name, val ? val : "", len);
}

LN_API int ln_getsockopt(struct ln_net *net, int fd, int level, int name, void *val, uint32_t *len)
{
	u64 none;
	int err;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (!sock)
		return err;
	if (!len || (!val && *len))
		return -EFAULT;
	if (*len > INT32_MAX)
		return -EINVAL;
	return sock_getsockopt(sock, level, name, val ? val : &none, len);
}

LN_API int ln_ioctl(struct ln_net *net, int fd, unsigned long request, int *value)
{
	int err;
	struct socket *sock = sockfd_lookup(net_of(net), fd, &err);

	if (!sock)
		return err;
	if (!value)
		return -EFAULT;
	return sock->ops->ioctl ? sock->ops->ioctl(sock, request, value) : -ENOTTY;
}

LN_API int ln_set_wake(struct ln_net *net, int fd, ln_wake_fn fn, void *ctx)
{
	struct file *f = fget(net_of(net), fd);

	return f ? file_set_wake(f, fn, ctx) : -EBADF;
}

LN_API int ln_epoll_create(struct ln_net *net)
{
	return epoll_create(net_of(net));
}

LN_API int ln_epoll_ctl(struct ln_net *net, int epfd, int op, int fd,
			const struct ln_epoll_event *ev)
{
	struct file *ef = fget(net_of(net), epfd), *f = fget(net_of(net), fd);

	if (!ev && op != LN_EPOLL_CTL_DEL)
		return -EFAULT;
	if (!ef || !f)
		return -EBADF;
	if (ef->ops != &epoll_file_ops || ef == f)
		return -EINVAL;
	return epoll_ctl(container_of(ef, struct eventpoll, file), op, f, ev);
}

LN_API int ln_epoll_wait(struct ln_net *net, int epfd, struct ln_epoll_event *evs, int max)
{
	struct file *ef = fget(net_of(net), epfd);

	if (max <= 0 || (size_t)max > INT32_MAX / sizeof(*evs))
		return -EINVAL;
	if (!evs)
		return -EFAULT;
	if (!ef)
		return -EBADF;
	if (ef->ops != &epoll_file_ops)
		return -EINVAL;
	return epoll_wait(container_of(ef, struct eventpoll, file), evs, max);
}
