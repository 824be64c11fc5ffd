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
	iov_iter_init(it, iov, n);
	return 0;
}
