/* SPDX-License-Identifier: MIT */
/* What a message call was given, checked: nothing below looks at a NULL or an odd length again. */
#ifndef LINNET_SOCKET_MSG_H
#define LINNET_SOCKET_MSG_H

#include "transport/sock.h"

#define UIO_MAXIOV 1024
#define MAX_RW_COUNT 0x7ffff000u	/* no more is read at once */
#define ADDR_MAX 128		/* sizeof(struct sockaddr_storage) */

/* An address as it was given, where it is aligned for any family. */
union addr_storage {
	u8 bytes[ADDR_MAX];
	struct ln_sockaddr_in in;
	struct ln_sockaddr_ll ll;
	u64 align;
};

/* -EINVAL (longer than ADDR_MAX), -EFAULT */
int move_addr_to_kernel(union addr_storage *to, const void *addr, u32 len);
/* Cut at *room, which becomes the whole length. -EFAULT, -EINVAL. addr NULL: nothing is wanted. */
int move_addr_to_user(const union addr_storage *from, u32 len, void *addr, u32 *room);

/* One buffer. -EFAULT (NULL), -EINVAL (more than PTRDIFF_MAX). */
int import_single(struct iov_iter *it, struct ln_iovec *iov, void *buf, size_t len);
/* A list. -EMSGSIZE (more than UIO_MAXIOV pieces), -EFAULT, -EINVAL. */
int import_iovec(struct iov_iter *it, const struct ln_iovec *iov, size_t n);

/* Both want a zeroed msg. -EFAULT, -EMSGSIZE, -EINVAL, -ENOBUFS (control of more than INT_MAX).
 * addr: where the destination is kept. */
int import_msghdr_send(struct msg *msg, const struct ln_msghdr *hdr, union addr_storage *addr);
int import_msghdr_recv(struct msg *msg, const struct ln_msghdr *hdr);

/* What receiving found, for the user. */
static inline void export_msghdr(struct ln_msghdr *hdr, const struct msg *msg)
{
	hdr->msg_namelen = msg->namelen;
	hdr->msg_controllen = msg->control_used;
	hdr->msg_flags = msg->flags;
}

#endif
