/* SPDX-License-Identifier: MIT */
#include "transport/sock_tstamp.h"

#include "base/ktime.h"
#include "transport/ip_sockglue.h"

/* Linux's SOF_TIMESTAMPING_*: all there are, and those that say nothing without a card's clock. */
#define SOF_MASK ((1 << 17) - 1)
#define SOF_HARDWARE (1 << 2 | 1 << 5 | 1 << 6)

static bool is_new(int name)
{
	return name == LN_SO_TIMESTAMP_NEW || name == LN_SO_TIMESTAMPNS_NEW ||
	       name == LN_SO_TIMESTAMPING_NEW;
}

static bool is_ns(int name)
{
	return name == LN_SO_TIMESTAMPNS || name == LN_SO_TIMESTAMPNS_NEW;
}

static bool is_timestamping(int name)
{
	return name == LN_SO_TIMESTAMPING || name == LN_SO_TIMESTAMPING_NEW;
}

bool sock_is_timestamp(int name)
{
	return name == LN_SO_TIMESTAMP || name == LN_SO_TIMESTAMPNS ||
	       name == LN_SO_TIMESTAMPING || is_new(name);
}

static void flag_if(struct sock *sk, enum sock_flags f, bool on)
{
	if (on)
		sock_set_flag(sk, f);
	else
		sock_reset_flag(sk, f);
}

int sock_set_timestamp(struct sock *sk, int name, int val)
{
	if (!is_timestamping(name)) {
		flag_if(sk, SOCK_RCVTSTAMP, val);
		flag_if(sk, SOCK_RCVTSTAMPNS, val && is_ns(name));
		if (val)
			flag_if(sk, SOCK_TSTAMP_NEW, is_new(name));
		return 0;
	}
	if (val & ~SOF_MASK)
		return -EINVAL;
	if (val & ~(SOF_HARDWARE | LN_SOF_TIMESTAMPING_RX_SOFTWARE | LN_SOF_TIMESTAMPING_SOFTWARE))
		return -EOPNOTSUPP;
	flag_if(sk, SOCK_TIMESTAMPING_RX, val & LN_SOF_TIMESTAMPING_RX_SOFTWARE);
	flag_if(sk, SOCK_TIMESTAMPING_SW, val & LN_SOF_TIMESTAMPING_SOFTWARE);
	flag_if(sk, SOCK_TSTAMP_NEW, is_new(name));
	return 0;
}

int sock_get_timestamp(const struct sock *sk, int name)
{
	if (is_timestamping(name))
		return (sock_flag(sk, SOCK_TIMESTAMPING_RX) ? LN_SOF_TIMESTAMPING_RX_SOFTWARE : 0) |
		       (sock_flag(sk, SOCK_TIMESTAMPING_SW) ? LN_SOF_TIMESTAMPING_SOFTWARE : 0);
	return sock_flag(sk, SOCK_RCVTSTAMP) && sock_flag(sk, SOCK_RCVTSTAMPNS) == is_ns(name) &&
	       sock_flag(sk, SOCK_TSTAMP_NEW) == is_new(name);
}

void sock_recv_timestamp(const struct sock *sk, struct msg *msg, ktime_t tstamp)
{
	bool new = sock_flag(sk, SOCK_TSTAMP_NEW), ns = sock_flag(sk, SOCK_RCVTSTAMPNS);
	struct {
		s64 sec, part;
	} t[3] = { { tstamp / NSEC_PER_SEC, tstamp % NSEC_PER_SEC } };

	/* As Linux: told to the datagram's reader before all else. */
	if (sock_flag(sk, SOCK_RCVTSTAMP)) {
		s64 v[2] = { t[0].sec, ns ? t[0].part : t[0].part / NSEC_PER_USEC };
		int type = new ? LN_SO_TIMESTAMP_NEW : LN_SO_TIMESTAMP;

		if (ns)
			type = new ? LN_SO_TIMESTAMPNS_NEW : LN_SO_TIMESTAMPNS;
		put_cmsg(msg, LN_SOL_SOCKET, type, v, sizeof(v));
	}
	if (sock_flag(sk, SOCK_TIMESTAMPING_RX) && sock_flag(sk, SOCK_TIMESTAMPING_SW))
		put_cmsg(msg, LN_SOL_SOCKET, new ? LN_SO_TIMESTAMPING_NEW : LN_SO_TIMESTAMPING, t,
			 sizeof(t));
}
