/* SPDX-License-Identifier: MIT */
#include "base/iov_iter.h"

#include "base/assert.h"
#include "base/csum.h"
#include "base/netns.h"

void iov_iter_init(struct iov_iter *it, const struct ln_iovec *iov, size_t nr)
{
	*it = (struct iov_iter){ .iov = iov, .nr = nr };
	for (size_t i = 0; i < nr; i++)
		it->count += iov[i].iov_len;
}

/* The next contiguous bytes, at most n; *n is set to how many there are (> 0). */
static void *iov_iter_piece(struct iov_iter *it, size_t *n)
{
	ln_assert(it->count > 0);
	while (it->off == it->iov->iov_len) {
		it->iov++;
		it->nr--;
		it->off = 0;
	}
	*n = min(*n, it->iov->iov_len - it->off);
	return (char *)it->iov->iov_base + it->off;
}

void iov_iter_advance(struct iov_iter *it, size_t n)
{
	while (n) {
		size_t piece = n;

		iov_iter_piece(it, &piece);
		it->off += piece;
		it->count -= piece;
		n -= piece;
	}
}

static __noinline u32 csum_and_copy_pieces(void *to, size_t n, struct iov_iter *it, u32 sum)
{
	size_t done = 0;

	while (done < n) {
		size_t piece = n - done;
		const void *from = iov_iter_piece(it, &piece);

		/* One piece is the common case; only later ones may start at an odd offset. */
		if (done == 0)
			sum = csum_and_copy(to, from, piece, sum);
		else
			sum = csum_block_add(sum, csum_and_copy((char *)to + done, from, piece, 0),
					     done);
		it->off += piece;
		it->count -= piece;
		done += piece;
	}
	return sum;
}

u32 csum_and_copy_from_iter(struct net *net, void *to, size_t n, struct iov_iter *it, u32 sum)
{
	const char *from = (const char *)it->iov->iov_base + it->off;

	net->copies.user_in += n;
	if (unlikely(n > it->iov->iov_len - it->off))
		return csum_and_copy_pieces(to, n, it, sum);
	it->off += n;
	it->count -= n;
	return csum_and_copy(to, from, n, sum);
}

void copy_from_iter(struct net *net, void *to, size_t n, struct iov_iter *it)
{
	net->copies.user_in += n;
	for (size_t done = 0; done < n;) {
		size_t piece = n - done;
		const void *from = iov_iter_piece(it, &piece);

		memcpy((char *)to + done, from, piece);
		it->off += piece;
		it->count -= piece;
		done += piece;
	}
}

size_t copy_to_iter(struct net *net, const void *from, size_t n, struct iov_iter *it)
{
	n = min(n, it->count);
	net->copies.user_out += n;
	if (likely(n <= it->iov->iov_len - it->off)) {
		memcpy((char *)it->iov->iov_base + it->off, from, n);
		it->off += n;
		it->count -= n;
		return n;
	}
	for (size_t done = 0; done < n;) {
		size_t piece = n - done;
		void *to = iov_iter_piece(it, &piece);

		memcpy(to, (const char *)from + done, piece);
		it->off += piece;
		it->count -= piece;
		done += piece;
	}
	return n;
}
