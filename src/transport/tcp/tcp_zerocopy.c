/* SPDX-License-Identifier: MIT */
#include "transport/tcp/tcp_zerocopy.h"

#include "transport/tcp/tcp_user.h"

int tcp_zerocopy_begin(struct sock *sk, struct msg *msg)
{
	const struct tcp_cold *cold = tcp_cold_get(tcp_sk(sk));

	msg->zc = cold ? zerocopy_begin(sk, cold->zc_calls) : NULL;
	return msg->zc ? 0 : -ENOBUFS;
}

void tcp_zerocopy_end(struct sock *sk, struct msg *msg, ptrdiff_t n)
{
	struct zerocopy *zc = msg->zc;

	msg->zc = NULL;
	if (n > 0)
		tcp_cold_get(tcp_sk(sk))->zc_calls++;
	zerocopy_end(zc, n > 0);
}

ptrdiff_t tcp_sendmsg_zerocopy(struct sock *sk, struct msg *msg, int flags)
{
	int err = tcp_zerocopy_begin(sk, msg);
	ptrdiff_t n;

	if (err)
		return err;
	n = tcp_sendmsg(sk, msg, flags);
	tcp_zerocopy_end(sk, msg, n);
	return n;
}
