/* SPDX-License-Identifier: MIT */
#include "socket/msg.h"

int move_addr_to_kernel(union addr_storage *to, const void *addr, u32 len)
{
	if (len > ADDR_MAX)
		return -EINVAL;
	if (!addr && len)
		return -EFAULT;
	memset(to, 0, sizeof(*to));
	if (len)
		memcpy(to, addr, len);
	return 0;
}

int move_addr_to_user(const union addr_storage *from, u32 len, void *addr, u32 *room)
{
	if (!addr)
		return 0;
	if (!room)
		return -EFAULT;
	if (*room > INT32_MAX)
		return -EINVAL;
	memcpy(addr, from, min(*room, len));
	*room = len;
	return 0;
}

int import_single(struct iov_iter *it, struct ln_iovec *iov, void *buf, size_t len)
{
	if (unlikely(!buf && len))
		return -EFAULT;
	if (unlikely(len > PTRDIFF_MAX))
		return -EINVAL;
	*iov = (struct ln_iovec){ buf, len };
	*it = (struct iov_iter){ .iov = iov, .nr = 1, .count = len };
	return 0;
}

int import_iovec(struct iov_iter *it, const struct ln_iovec *iov, size_t n)
{
	/* Who copies no bytes may look at the first piece all the same. */
	static const char nothing[1];
	static const struct ln_iovec none = { (void *)(uintptr_t)nothing, 0 };
	size_t total = 0;

	if (n > UIO_MAXIOV)
		return -EMSGSIZE;
	if (n && !iov)
		return -EFAULT;
	for (size_t i = 0; i < n; i++) {
		if (!iov[i].iov_base && iov[i].iov_len)
			return -EFAULT;
		if (iov[i].iov_len > PTRDIFF_MAX - total)
			return -EINVAL;
		total += iov[i].iov_len;
	}
	iov_iter_init(it, n ? iov : &none, n);
	return 0;
}

/* One piece, no control data: nearly all. */
static __always_inline bool import_plain(struct msg *msg, const struct ln_msghdr *hdr)
{
	const struct ln_iovec *iov = hdr->msg_iov;

	if (hdr->msg_iovlen != 1 || !iov || !iov->iov_base || iov->iov_len > PTRDIFF_MAX ||
	    hdr->msg_controllen || hdr->msg_namelen > INT32_MAX)
		return false;
	msg->iter = (struct iov_iter){ .iov = iov, .nr = 1, .count = iov->iov_len };
	return true;
}

static __always_inline int import_msghdr(struct msg *msg, const struct ln_msghdr *hdr)
{
	if (likely(import_plain(msg, hdr)))
		return 0;
	if (hdr->msg_controllen > INT32_MAX)
		return -ENOBUFS;
	if (hdr->msg_namelen > INT32_MAX)
		return -EINVAL;
	msg->control = hdr->msg_control;
	msg->controllen = hdr->msg_control ? hdr->msg_controllen : 0;
	return import_iovec(&msg->iter, hdr->msg_iov, hdr->msg_iovlen);
}

int import_msghdr_send(struct msg *msg, const struct ln_msghdr *hdr, union addr_storage *addr)
{
	int err = import_msghdr(msg, hdr);

	if (!err && hdr->msg_name && hdr->msg_namelen) {
		msg->name = addr;
		msg->namelen = min_t(u32, hdr->msg_namelen, ADDR_MAX);
		err = move_addr_to_kernel(addr, hdr->msg_name, msg->namelen);
	}
	if (!err && hdr->msg_controllen && !hdr->msg_control)
		err = -EFAULT;
	return err;
}

int import_msghdr_recv(struct msg *msg, const struct ln_msghdr *hdr)
{
	msg->name = hdr->msg_name;
	msg->name_room = min_t(u32, hdr->msg_namelen, ADDR_MAX);
	return import_msghdr(msg, hdr);
}
