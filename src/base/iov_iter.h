/* SPDX-License-Identifier: MIT */
/*
 * The user's memory as a call gave it: a list of pieces with a position. The only way by
 * which payload enters and leaves the stack; both directions count what they copy.
 */
#ifndef LINNET_BASE_IOV_ITER_H
#define LINNET_BASE_IOV_ITER_H

#include <linnet/socket.h>

#include "base/types.h"

struct iov_iter {
	const struct ln_iovec *iov;
	size_t nr;		/* pieces left, the current one included */
	size_t off;		/* bytes of the current piece already used */
	size_t count;		/* bytes left in all */
};

struct net;

/* iov stays the caller's and must outlive the iterator. */
void iov_iter_init(struct iov_iter *it, const struct ln_iovec *iov, size_t nr);

/*
 * User -> kernel side, n bytes (n <= it->count), in one pass with the checksum: returns the
 * partial checksum of the bytes added to sum. Counted in copies.user_in.
 */
u32 csum_and_copy_from_iter(struct net *net, void *to, size_t n, struct iov_iter *it, u32 sum);
void copy_from_iter(struct net *net, void *to, size_t n, struct iov_iter *it);

/* Kernel side -> user, at most it->count bytes; returns what was copied. Counted in user_out. */
size_t copy_to_iter(struct net *net, const void *from, size_t n, struct iov_iter *it);

void iov_iter_advance(struct iov_iter *it, size_t n);

#endif
