/* SPDX-License-Identifier: MIT */
/*
 * SOL_SOCKET: socket(7). Rules worth knowing: buffer sizes are doubled (half is taken for overhead)
 * and have a floor; SO_ERROR is taken by reading it.
 */
#include "device/netdevice.h"
#include "socket/int_option.h"
#include "socket/socket.h"
#include "socket/sockopt_rare.h"
#include "transport/sock_rare.h"
#include "transport/sock_tstamp.h"
#include "transport/sock_txtime.h"
#include "transport/tcp/tcp.h"

/* ---- SOL_SOCKET ---- */

static int set_reuseaddr(struct sock *sk, int val)
{
	sk->c.reuse = val != 0;
	return 0;
}

static int get_reuseaddr(struct sock *sk)
{
	return sk->c.reuse;
}

static int set_reuseport(struct sock *sk, int val)
{
	sk->c.reuseport = val != 0;
	sock_net(sk)->sock->lookup_epoch++;
	return 0;
}

static int get_reuseport(struct sock *sk)
{
	return sk->c.reuseport;
}

static u32 buffer_size(int val, int limit, u32 least)
{
	u32 v = min_t(u32, (u32)val, (u32)limit);	/* as Linux: a negative one is very large */

	return max(min_t(u32, v, INT32_MAX / 2) * 2, least);
}

static int set_sndbuf(struct sock *sk, int val)
{
	sk->sndbuf = buffer_size(val, sock_net(sk)->sysctl.wmem_max, SOCK_MIN_SNDBUF);
	sock_set_flag(sk, SOCK_SNDBUF_LOCK);
	sk->ops->write_space(sk);
	return 0;
}

static int set_sndbufforce(struct sock *sk, int val)
{
	sk->sndbuf = buffer_size(max(val, 0), INT32_MAX, SOCK_MIN_SNDBUF);
	sock_set_flag(sk, SOCK_SNDBUF_LOCK);
	sk->ops->write_space(sk);
	return 0;
}

static int get_sndbuf(struct sock *sk)
{
	return (int)sk->sndbuf;
}

static int set_rcvbuf(struct sock *sk, int val)
{
	sk->rcvbuf = buffer_size(val, sock_net(sk)->sysctl.rmem_max, SOCK_MIN_RCVBUF);
	sock_set_flag(sk, SOCK_RCVBUF_LOCK);
	return 0;
}

static int set_rcvbufforce(struct sock *sk, int val)
{
	sk->rcvbuf = buffer_size(max(val, 0), INT32_MAX, SOCK_MIN_RCVBUF);
	sock_set_flag(sk, SOCK_RCVBUF_LOCK);
	return 0;
}

static int get_rcvbuf(struct sock *sk)
{
	return (int)sk->rcvbuf;
}

/* Only these know how; Linux says so with an errno of its own (ENOTSUPP). */
static int set_zerocopy(struct sock *sk, int val)
{
	if (sk->type != LN_SOCK_STREAM &&
	    (sk->type != LN_SOCK_DGRAM || sk->protocol != LN_IPPROTO_UDP))
		return -EOPNOTSUPP;
	if (val < 0 || val > 1)
		return -EINVAL;
	if (val)
		sock_set_flag(sk, SOCK_ZEROCOPY);
	else
		sock_reset_flag(sk, SOCK_ZEROCOPY);
	return 0;
}

static int get_zerocopy(struct sock *sk)
{
	return sock_flag(sk, SOCK_ZEROCOPY);
}

static int set_keepalive(struct sock *sk, int val)
{
	if (sk->prot->keepalive)
		sk->prot->keepalive(sk, val);
	return 0;
}

static int set_priority(struct sock *sk, int val)
{
	sk->priority = (u32)val;
	return 0;
}

static int set_rcvlowat(struct sock *sk, int val)
{
	u32 bytes = val < 0 ? INT32_MAX : (u32)max(val, 1);

	if (sk->prot->rcvlowat)
		sk->prot->rcvlowat(sk, bytes);
	else
		sk->rcvlowat = bytes;
	return 0;
}

static int get_rcvlowat(struct sock *sk)
{
	return (int)sk->rcvlowat;
}

static int set_mark(struct sock *sk, int val)
{
	sk->mark = (u32)val;
	sk_dst_reset(sk);
	return 0;
}

static int get_type(struct sock *sk)
{
	return sk->type;
}

static int get_protocol(struct sock *sk)
{
	return sk->c.family == LN_AF_PACKET ? 0 : sk->protocol;
}

static int get_domain(struct sock *sk)
{
	return sk->c.family;
}

static int get_acceptconn(struct sock *sk)
{
	return sk->c.state == TCP_LISTEN;
}

static int get_error(struct sock *sk)
{
	int err = -sock_error(sk);

	if (!err) {
		err = sk->err_soft;
		sk->err_soft = 0;
	}
	return err;
}

static int set_dontroute(struct sock *sk, int val)
{
	(void)val;
	sk_dst_reset(sk);
	return 0;
}

static int set_nothing(struct sock *sk, int val)
{
	(void)sk, (void)val;
	return 0;
}

static int get_zero(struct sock *sk)
{
	(void)sk;
	return 0;
}

/* Who gets a packet may be another one now. */
static void bind_to_device(struct sock *sk, int ifindex)
{
	struct net *net = sock_net(sk);

	sk->c.bound_dev_if = ifindex;
	net->sock->lookup_epoch++;
	if (net->tcp)
		inet_ehash_changed(&net->tcp->hash);
	sk_dst_reset(sk);
}

static int set_bindtoifindex(struct sock *sk, int index)
{
	if (index < 0)
		return -EINVAL;
	bind_to_device(sk, index);	/* there or not, as in Linux */
	return 0;
}

static int get_bindtoifindex(struct sock *sk)
{
	return sk->c.bound_dev_if;
}

enum { BUF_LOCK_SNDBUF = 1, BUF_LOCK_RCVBUF = 2 };

static int set_buf_lock(struct sock *sk, int val)
{
	if (val & ~(BUF_LOCK_SNDBUF | BUF_LOCK_RCVBUF))
		return -EINVAL;
	sock_reset_flag(sk, SOCK_SNDBUF_LOCK);
	sock_reset_flag(sk, SOCK_RCVBUF_LOCK);
	sk->flags |= (val & BUF_LOCK_SNDBUF ? BIT(SOCK_SNDBUF_LOCK) : 0) |
		     (val & BUF_LOCK_RCVBUF ? BIT(SOCK_RCVBUF_LOCK) : 0);
	return 0;
}

static int get_buf_lock(struct sock *sk)
{
	return (sock_flag(sk, SOCK_SNDBUF_LOCK) ? BUF_LOCK_SNDBUF : 0) |
	       (sock_flag(sk, SOCK_RCVBUF_LOCK) ? BUF_LOCK_RCVBUF : 0);
}

static int set_txrehash(struct sock *sk, int val)
{
	if (sk->prot != &tcp_prot)
		return -EOPNOTSUPP;
	if (val < -1 || val > 1)
		return -EINVAL;
	inet_flag_set(sk, INET_NO_TXREHASH,
		      !(val == -1 ? sock_net(sk)->sysctl.txrehash : val));
	return 0;
}

static int get_txrehash(struct sock *sk)
{
	return sk->prot == &tcp_prot ? !inet_flag(sk, INET_NO_TXREHASH) : -EOPNOTSUPP;
}

static int get_rxq_ovfl(struct sock *sk)
{
	return sock_rxopt(sk, RXOPT_OVFL);
}

static const struct int_option sol_socket[] = {
	{ LN_SO_RXQ_OVFL, NO_FLAG, sock_set_rxq_ovfl, get_rxq_ovfl },
	{ LN_SO_PEEK_OFF, NO_FLAG, sock_set_peek_off, NULL },
	{ LN_SO_REUSEADDR, NO_FLAG, set_reuseaddr, get_reuseaddr },
	{ LN_SO_TYPE, NO_FLAG, NULL, get_type },
	{ LN_SO_ERROR, NO_FLAG, NULL, get_error },
	{ LN_SO_DONTROUTE, SOCK_LOCALROUTE, set_dontroute, NULL },
	{ LN_SO_BROADCAST, SOCK_BROADCAST, NULL, NULL },
	{ LN_SO_SNDBUF, NO_FLAG, set_sndbuf, get_sndbuf },
	{ LN_SO_RCVBUF, NO_FLAG, set_rcvbuf, get_rcvbuf },
	{ LN_SO_KEEPALIVE, SOCK_KEEPOPEN, set_keepalive, NULL },
	{ LN_SO_ZEROCOPY, NO_FLAG, set_zerocopy, get_zerocopy },
	{ LN_SO_OOBINLINE, SOCK_URGINLINE, NULL, NULL },
	{ LN_SO_PRIORITY, NO_FLAG, set_priority, NULL },
	{ LN_SO_REUSEPORT, NO_FLAG, set_reuseport, get_reuseport },
	{ LN_SO_RCVLOWAT, NO_FLAG, set_rcvlowat, get_rcvlowat },
	{ LN_SO_ACCEPTCONN, NO_FLAG, NULL, get_acceptconn },
	{ LN_SO_PROTOCOL, NO_FLAG, NULL, get_protocol },
	{ LN_SO_DOMAIN, NO_FLAG, NULL, get_domain },
	{ LN_SO_BSDCOMPAT, NO_FLAG, set_nothing, get_zero },
	{ LN_SO_SNDBUFFORCE, NO_FLAG, set_sndbufforce, NULL },
	{ LN_SO_RCVBUFFORCE, NO_FLAG, set_rcvbufforce, NULL },
	{ LN_SO_BINDTOIFINDEX, NO_FLAG, set_bindtoifindex, get_bindtoifindex },
	{ LN_SO_BUF_LOCK, NO_FLAG, set_buf_lock, get_buf_lock },
	{ LN_SO_TXREHASH, NO_FLAG, set_txrehash, get_txrehash },
};

static int set_linger(struct sock *sk, const void *val, u32 len)
{
	struct ln_linger l;

	if (len < sizeof(l))
		return -EINVAL;
	memcpy(&l, val, sizeof(l));
	if (!l.l_onoff) {
		sock_reset_flag(sk, SOCK_LINGER);
		return 0;
	}
	sk->linger_s = (u32)l.l_linger;
	sock_set_flag(sk, SOCK_LINGER);
	return 0;
}

/* A name of at most 15 bytes, with or without its end; none: every device. */
static int set_bindtodevice(struct sock *sk, const void *val, u32 len)
{
	const struct net_device *dev;
	char name[IFNAMSIZ_] = "";
	int index = 0;

	memcpy(name, val, min_t(u32, len, IFNAMSIZ_ - 1));
	if (name[0]) {
		dev = dev_get_by_name(sock_net(sk), name);
		if (!dev)
			return -ENODEV;
		index = dev->ifindex;
	}
	bind_to_device(sk, index);
	return 0;
}

static int get_bindtodevice(struct sock *sk, void *val, u32 *len)
{
	const struct net_device *dev;

	if (!sk->c.bound_dev_if) {
		*len = 0;
		return 0;
	}
	if (*len < IFNAMSIZ_)
		return -EINVAL;
	dev = dev_get_by_index(sock_net(sk), sk->c.bound_dev_if);
	if (!dev)
		return -ENODEV;
	put_value(val, len, dev->name, strlen(dev->name) + 1);
	return 0;
}

static int get_cookie(struct sock *sk, void *val, u32 *len)
{
	struct sock_rare *r = sock_rare_get(sk);

	if (!r)
		return -ENOMEM;
	if (*len < sizeof(r->cookie))
		return -EINVAL;
	if (!r->cookie)
		r->cookie = ++sock_net(sk)->sock->cookies;
	put_value(val, len, &r->cookie, sizeof(r->cookie));
	return 0;
}

static int get_peername(struct socket *sock, void *val, u32 *len)
{
	u8 name[128];
	u32 n = sizeof(name);
	int err = sock->ops->getname ? sock->ops->getname(sock, name, &n, GETNAME_PEER) :
				       -EOPNOTSUPP;

	if (err)
		return -ENOTCONN;
	if (n < *len)
		return -EINVAL;
	put_value(val, len, name, n);
	return 0;
}

int sock_setsockopt(struct socket *sock, int level, int name, const void *val, u32 len)
{
	struct sock *sk;
	int v;

	if (level != LN_SOL_SOCKET)
		return sock->ops->setsockopt ?
		       sock->ops->setsockopt(sock, level, name, val, len) : -EOPNOTSUPP;
	sk = socket_sk(sock);
	if (!sk)
		return -ENOMEM;
	if (name == LN_SO_BINDTODEVICE)
		return set_bindtodevice(sk, val, len);
	if (name == LN_SO_MAX_PACING_RATE)
		return sk->type == LN_SOCK_STREAM ?
		       sk->prot->setsockopt(sk, level, name, val, len) :
		       sock_set_max_pacing_rate(sk, val, len);
	if (name == LN_SO_TXTIME)
		return sock_set_txtime(sk, val, len);
	if (len < sizeof(v))
		return -EINVAL;
	memcpy(&v, val, sizeof(v));
	if (name == LN_SO_LINGER)
		return set_linger(sk, val, len);
	if (name == LN_SO_MARK)
		return set_mark(sk, v);
	if (sock_is_timestamp(name))
		return sock_set_timestamp(sk, name, v);
	return option_set(option_find(sol_socket, ARRAY_SIZE(sol_socket), name), sk, v);
}

int sock_getsockopt(struct socket *sock, int level, int name, void *val, u32 *len)
{
	struct sock *sk;
	struct ln_sock_txtime txtime;
	struct ln_linger l;
	int v, err, stamp[2] = { 0 };	/* flags, and the clock of a card, which is never chosen */

	if (level != LN_SOL_SOCKET)
		return sock->ops->getsockopt ?
		       sock->ops->getsockopt(sock, level, name, val, len) : -EOPNOTSUPP;
	sk = socket_sk(sock);
	if (!sk)
		return -ENOMEM;
	switch (name) {
	case LN_SO_LINGER:
		l = (struct ln_linger){ sock_flag(sk, SOCK_LINGER), (int)sk->linger_s };
		put_value(val, len, &l, sizeof(l));
		return 0;
	case LN_SO_BINDTODEVICE:
		return get_bindtodevice(sk, val, len);
	case LN_SO_COOKIE:
		return get_cookie(sk, val, len);
	case LN_SO_PEERNAME:
		return get_peername(sock, val, len);
	case LN_SO_MAX_PACING_RATE:
		if (sk->type == LN_SOCK_STREAM)
			return sk->prot->getsockopt(sk, level, name, val, len);
		pacing_rate_put(sock_max_pacing_rate(sk), val, len);
		return 0;
	case LN_SO_TXTIME:
		sock_get_txtime(sk, &txtime);
		put_value(val, len, &txtime, sizeof(txtime));
		return 0;
	case LN_SO_PEEK_OFF:	/* may be negative */
		err = sock_get_peek_off(sk, &v);
		if (!err)
			put_value(val, len, &v, sizeof(v));
		return err;
	case LN_SO_MARK:	/* all 32 bits may be set: not an int that can be an error */
		put_value(val, len, &sk->mark, sizeof(sk->mark));
		return 0;
	case LN_SO_PRIORITY:
		put_value(val, len, &sk->priority, sizeof(sk->priority));
		return 0;
	}
	if (sock_is_timestamp(name)) {
		stamp[0] = sock_get_timestamp(sk, name);
		put_value(val, len, stamp, sock_is_timestamping(name) ? 2 * sizeof(int) :
									sizeof(int));
		return 0;
	}
	err = option_get(option_find(sol_socket, ARRAY_SIZE(sol_socket), name), sk, &v);
	if (!err)
		put_value(val, len, &v, sizeof(v));
	return err;
}
