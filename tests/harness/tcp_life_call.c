/* SPDX-License-Identifier: MIT */
/* The user's half of a tcp_life: his calls, and what he makes of what he reads. */
#include <string.h>

#include "base/sysctl.h"
#include "harness/tcp_life.h"
#include "socket/socket.h"
#include "transport/tcp/tcp_rest.h"

#define BUF_BYTES 40000
#define URGENT_LOST_MAX 16	/* urgent bytes that one read may step over */

/* ---- what is read ---- */

static const struct tcp_sock *sock_of(struct tcp_life *l, int fd)
{
	int err;
	struct socket *sock = sockfd_lookup(l->net, fd, &err);

	if (!sock)
		life_fail(l, "a descriptor is gone", NULL);
	if (sock->ops->wake) {
		tcp_rest_view(sock->rest, &l->view);
		return &l->view;
	}
	return tcp_sk(sock->sk);
}

static bool is_stream(u32 seq, const u8 *p, u32 n)
{
	for (u32 i = 0; i < n; i++)
		if (p[i] != life_from_peer(seq + i))
			return false;
	return true;
}

/* Urgent bytes that were read apart, or given up for newer ones, are missing. */
static u32 check_stream(struct tcp_life *l, u32 seq, const u8 *p, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		unsigned lost = 0;

		while (p[i] != life_from_peer(seq) ||
		       (lost && !is_stream(seq, p + i, min(n - i, 4u)))) {
			if (!l->urgent || lost++ == URGENT_LOST_MAX)
				life_fail(l, "a byte was read that was not sent there", NULL);
			seq++;
		}
		seq++;
	}
	return seq;
}

static void read_some(struct tcp_life *l, struct life_fd *f)
{
	static const int flags[] = { 0, 0, 0, 0, 0, LN_MSG_PEEK, LN_MSG_OOB, LN_MSG_TRUNC,
				     LN_MSG_ERRQUEUE };
	u8 buf[BUF_BYTES];
	u32 irs = sock_of(l, f->fd)->irs, want, end;
	int how = flags[life_below(l, ARRAY_SIZE(flags))];
	ptrdiff_t n;

	want = life_one_in(l, 3) ? life_below(l, 40) : life_below(l, sizeof(buf));
	n = ln_recv(l->ln, f->fd, buf, want, how);
	if (how == LN_MSG_ERRQUEUE)
		return;
	if (n > (ptrdiff_t)want)
		life_fail(l, "more was read than asked for", NULL);
	if (n <= 0 || how == LN_MSG_OOB)
		return;
	f->seq = f->reading ? f->seq : irs + 1;
	f->reading = true;
	end = f->seq + (u32)n;
	if (how != LN_MSG_TRUNC)
		end = check_stream(l, f->seq, buf, (u32)n);
	if (how != LN_MSG_PEEK)
		f->seq = end;
}

static void write_some(struct tcp_life *l, struct life_fd *f)
{
	static const int flags[] = { 0, 0, 0, 0, 0, LN_MSG_MORE, LN_MSG_OOB };
	u8 buf[BUF_BYTES];
	u32 len = life_one_in(l, 3) ? 1 + life_below(l, 100) : 1 + life_below(l, sizeof(buf) - 1);
	ptrdiff_t n;

	for (u32 i = 0; i < len; i++)
		buf[i] = life_from_user(f->written + i);
	n = ln_send(l->ln, f->fd, buf, len, flags[life_below(l, ARRAY_SIZE(flags))]);
	if (n > (ptrdiff_t)len)
		life_fail(l, "more was written than given", NULL);
	f->written += n > 0 ? (u64)n : 0;
}

/* ---- options ---- */

static int some_value(struct tcp_life *l)
{
	switch (life_below(l, 6)) {
	case 0:
		return (int)life_below(l, 70000);
	case 1:
		return (int)life_below(l, UINT32_MAX);
	case 2:
		return -1;
	default:
		return (int)life_below(l, 10);
	}
}

static void set_tcp(struct tcp_life *l, int fd, int name, int v)
{
	/* An orphan may live as long as its user said, if he said a month. */
	if (name == LN_TCP_USER_TIMEOUT)
		v = (int)min((u32)v, 70000u);
	ln_setsockopt(l->ln, fd, LN_SOL_TCP, name, &v, sizeof(v));
}

static void set_option(struct tcp_life *l, int fd)
{
	static const int names[] = { LN_TCP_NODELAY, LN_TCP_CORK, LN_TCP_QUICKACK, LN_TCP_MAXSEG,
				     LN_TCP_USER_TIMEOUT, LN_TCP_KEEPIDLE, LN_TCP_LINGER2,
				     LN_TCP_DEFER_ACCEPT, LN_TCP_WINDOW_CLAMP, LN_TCP_KEEPINTVL,
				     LN_TCP_KEEPCNT, LN_TCP_NOTSENT_LOWAT, LN_TCP_SYNCNT };
	static const int sock_names[] = { LN_SO_RCVBUF, LN_SO_SNDBUF, LN_SO_KEEPALIVE,
					  LN_SO_OOBINLINE, LN_SO_RCVLOWAT, LN_SO_REUSEADDR };
	const struct tcp_cong_table *ct = &l->net->tcp->cong;
	struct ln_linger linger = { 1, (int)life_below(l, 2) };
	int v = some_value(l), name;

	switch (life_below(l, 7)) {
	case 6:		/* any of SOF_TIMESTAMPING_TX_RECORD and OPT_* that are not refused */
		v = (int)(life_below(l, 1 << 12) | life_below(l, 2) << 16);
		ln_setsockopt(l->ln, fd, LN_SOL_SOCKET, LN_SO_TIMESTAMPING, &v, sizeof(v));
		break;
	case 0:
		ln_setsockopt(l->ln, fd, LN_SOL_SOCKET, LN_SO_LINGER, &linger, sizeof(linger));
		break;
	case 1:
		name = sock_names[life_below(l, ARRAY_SIZE(sock_names))];
		ln_setsockopt(l->ln, fd, LN_SOL_SOCKET, name, &v, sizeof(v));
		break;
	case 2: {
		const char *ca = ct->ops[life_below(l, ct->n)]->name;

		ln_setsockopt(l->ln, fd, LN_SOL_TCP, LN_TCP_CONGESTION, ca, (u32)strlen(ca));
		break;
	}
	case 3:		/* whatever has that number */
		set_tcp(l, fd, (int)life_below(l, 48), v);
		break;
	default:
		set_tcp(l, fd, names[life_below(l, ARRAY_SIZE(names))], v);
	}
}

static void look(struct tcp_life *l, int fd)
{
	struct ln_pollfd p = { .fd = fd, .events = LN_POLLIN | LN_POLLPRI | LN_POLLOUT |
						   LN_POLLRDHUP };
	u8 val[512];
	u32 len = life_below(l, sizeof(val));

	ln_poll(l->ln, &p, 1);
	ln_getsockopt(l->ln, fd, life_one_in(l, 3) ? LN_SOL_SOCKET : LN_SOL_TCP,
		      (int)(life_one_in(l, 2) ? LN_TCP_INFO : life_below(l, 48)), val, &len);
}

/* Any setting of TCP, those included that come later; not what only makes the end too far. */
void life_sysctl(struct tcp_life *l)
{
	static const char *const slow[] = { "retries", "fin_timeout", "min_rto", "rmem", "wmem",
					    "keepalive" };
	struct var {
		const char *name;
		s32 *value, dflt, lo, hi;
	} vars[] = {
#define VAR(field, name, dflt, lo, hi, text) { name, &l->net->sysctl.field, dflt, lo, hi },
		SYSCTLS(VAR)
#undef VAR
	}, *v = &vars[life_below(l, ARRAY_SIZE(vars))];

	if (strncmp(v->name, "net.ipv4.tcp_", 13))
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(slow); i++)
		if (strstr(v->name, slow[i])) {
			*v->value = max(v->lo, v->dflt / (s32)(1 + life_below(l, 16)));
			return;
		}
	switch (life_below(l, 4)) {
	case 0:
		*v->value = v->dflt;
		break;
	case 1:
		*v->value = v->lo;
		break;
	case 2:
		*v->value = v->hi;
		break;
	default:
		*v->value = min(v->hi, v->lo + (s32)life_below(l, 100));
	}
}

/* ---- life and death of descriptors ---- */

static void connect_it(struct tcp_life *l, struct life_fd *f)
{
	bool v6 = f->sock6 && l->ipv6 && life_below(l, 4);
	union family_sockaddr to;
	u32 len = life_peer(v6, f->sock6, (u16)(5000 + life_below(l, LIFE_PEER_PORTS)), &to);

	if (ln_connect(l->ln, f->fd, &to, len) == -EINPROGRESS)
		*f = (struct life_fd){ .fd = f->fd, .sock6 = f->sock6 };
}

/* As connect() with AF_UNSPEC: the socket may be used for another connection. */
static void disconnect_it(struct tcp_life *l, struct life_fd *f)
{
	struct ln_sockaddr_in sin = { .sin_family = 0 };

	ln_connect(l->ln, f->fd, &sin, sizeof(sin));
}

static void listen_it(struct tcp_life *l, struct life_fd *f)
{
	union family_sockaddr any;
	u32 len = family_sockaddr(f->sock6, 0, LIFE_PORT, &any);
	int on = 1;

	if (f->sock6 && life_one_in(l, 4))
		ln_setsockopt(l->ln, f->fd, LN_SOL_IPV6, LN_IPV6_V6ONLY, &on, sizeof(on));

	ln_setsockopt(l->ln, f->fd, LN_SOL_SOCKET, LN_SO_REUSEADDR, &on, sizeof(on));
	if (life_one_in(l, 4))
		ln_setsockopt(l->ln, f->fd, LN_SOL_SOCKET, LN_SO_REUSEPORT, &on, sizeof(on));
	ln_bind(l->ln, f->fd, &any, len);
	ln_listen(l->ln, f->fd, (int)life_below(l, 5));
}

static void open_it(struct tcp_life *l, struct life_fd *f)
{
	*f = (struct life_fd){ .sock6 = life_one_in(l, l->ipv6 ? 2 : 8) };
	f->fd = ln_socket(l->ln, family_domain(f->sock6), LN_SOCK_STREAM, 0);
	if (f->fd < 0) {
		f->fd = -1;	/* no memory, this time */
		return;
	}
	if (life_one_in(l, 3))
		set_option(l, f->fd);
	if (life_one_in(l, 2))
		connect_it(l, f);
	else
		listen_it(l, f);
}

static void accept_it(struct tcp_life *l, struct life_fd *f)
{
	struct life_fd *slot = &l->fd[life_below(l, LIFE_FDS)];
	int child = ln_accept(l->ln, f->fd, NULL, NULL);

	if (child < 0)
		return;
	if (slot->fd >= 0)
		ln_close(l->ln, slot->fd);
	*slot = (struct life_fd){ .fd = child, .sock6 = f->sock6 };
}

void life_call(struct tcp_life *l)
{
	struct life_fd *f = &l->fd[life_below(l, LIFE_FDS)];

	if (f->fd < 0) {
		open_it(l, f);
		return;
	}
	switch (life_below(l, 24)) {
	case 0:
		ln_close(l->ln, f->fd);
		f->fd = -1;
		break;
	case 1:
		ln_shutdown(l->ln, f->fd, (int)life_below(l, 3));
		break;
	case 2:
		if (life_one_in(l, 4))
			disconnect_it(l, f);
		else if (life_one_in(l, 2))
			connect_it(l, f);
		else
			listen_it(l, f);
		break;
	case 3:
	case 4:
	case 5:
		set_option(l, f->fd);
		break;
	case 6:
	case 7:
		look(l, f->fd);
		break;
	case 8:
	case 9:
	case 10:
	case 11:
		accept_it(l, f);
		break;
	case 12:
	case 13:
	case 14:
	case 15:
	case 16:
		read_some(l, f);
		break;
	default:
		write_some(l, f);
	}
}
