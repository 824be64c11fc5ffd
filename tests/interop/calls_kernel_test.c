/* SPDX-License-Identifier: MIT */
/*
 * Socket calls at random, right ones and wrong ones, on six sockets of each side at once: the
 * kernel's among themselves, linnet's among themselves, each over its own loopback device. After
 * each call both returned the same, with the same bytes, names and events. A talk is its seed:
 *
 *	calls_kernel_test [FIRST [TALKS]]
 */
#define _GNU_SOURCE
#include "harness/kernel_age.h"
#include "harness/tap_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/prng.h"

#define TALKS 5000
#define STEPS 60
#define SOCKS 6
#define LOG (STEPS * (TAP_LINE + 100))

struct side {
	int fd[SOCKS];
};

static struct side sides[2];
static struct prng rng;
static unsigned base;		/* the first of a talk's ports */
static char history[LOG];

static const struct {
	const char *name;
	int family, type;
} kinds[] = {
	{ "tcp", AF_INET, SOCK_STREAM }, { "udp", AF_INET, SOCK_DGRAM },
	{ "tcp6", AF_INET6, SOCK_STREAM }, { "udp6", AF_INET6, SOCK_DGRAM },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PICK(a) (a)[prng_below(&rng, COUNT(a))]

static int or_errno(long r)
{
	return r < 0 ? -errno : (int)r;
}

static unsigned do_poll(int who, int fd)
{
	const short all = POLLIN | POLLOUT | POLLPRI | POLLERR | POLLHUP | POLLRDHUP | POLLRDNORM |
			  POLLRDBAND | POLLWRNORM | POLLWRBAND;
	struct ln_pollfd ours = { .fd = fd, .events = all };
	struct pollfd theirs = { .fd = fd, .events = all };

	if (who)
		ln_poll(tap_net, &ours, 1);
	else
		poll(&theirs, 1, 0);
	return (unsigned short)(who ? ours.revents : theirs.revents);
}

/* ---- a call, as it is drawn ---- */

enum op { OPEN, BIND, LISTEN, CONNECT, UNCONNECT, ACCEPT, SEND, SENDTO, RECV, SHUTDOWN, CLOSE,
	  NAMES, POLL, ERROR, SET, IOCTL, OPS };

static const char *const op_names[OPS] = { "open", "bind", "listen", "connect", "unconnect",
	"accept", "send", "sendto", "recv", "shutdown", "close", "names", "poll", "error", "set",
	"ioctl" };
static const unsigned op_weights[OPS] = { 12, 10, 6, 10, 1, 8, 12, 5, 14, 4, 3, 4, 8, 4, 5, 3 };

struct call {
	enum op op;
	int slot, kind;
	const char *host;
	unsigned port;
	int n, flags, level, name, value;
};

static enum op draw_op(void)
{
	unsigned sum = 0, at;

	for (int i = 0; i < OPS; i++)
		sum += op_weights[i];
	at = prng_below(&rng, sum);
	for (int i = 0; i < OPS; i++) {
		if (at < op_weights[i])
			return (enum op)i;
		at -= op_weights[i];
	}
	return POLL;
}

static struct call draw(void)
{
	static const char *const hosts[] = {
		"127.0.0.1", "127.0.0.1", "0.0.0.0", "::1", "::1", "::", "::ffff:127.0.0.1",
		"127.0.0.2",
	};
	static const int sizes[] = { 0, 1, 2, 100, 3000 }, hows[] = { 0, 1, 2, 2, 3 };
	static const int flags[] = { 0, 0, 0, 0, MSG_PEEK, MSG_OOB, MSG_TRUNC, MSG_WAITALL,
				     MSG_PEEK | MSG_TRUNC, MSG_MORE, MSG_ERRQUEUE };
	static const int options[][2] = {
		{ SOL_SOCKET, SO_REUSEADDR },
		{ SOL_SOCKET, SO_REUSEPORT },
		{ SOL_SOCKET, SO_BROADCAST },
		{ SOL_SOCKET, SO_OOBINLINE },
		{ SOL_SOCKET, SO_LINGER },
		{ SOL_SOCKET, SO_RCVLOWAT },
		{ IPPROTO_TCP, TCP_NODELAY },
		{ IPPROTO_TCP, TCP_CORK },
		{ SOL_IPV6, IPV6_V6ONLY },
		{ IPPROTO_TCP, TCP_DEFER_ACCEPT },
		{ SOL_IP, IP_RECVERR },
	};
	struct call c = { .op = draw_op(), .slot = (int)prng_below(&rng, SOCKS),
			  .kind = (int)prng_below(&rng, COUNT(kinds)), .host = PICK(hosts),
			  .port = base + prng_below(&rng, 3), .n = PICK(sizes) };
	const int *o = PICK(options);

	c.level = o[0];
	c.name = o[1];
	c.value = (int)prng_below(&rng, 3);
	c.flags = PICK(flags);
	if (c.op == SHUTDOWN)
		c.n = PICK(hows);
	if (c.op == LISTEN)
		c.n = (int)prng_below(&rng, 4) - 1;
	if (c.op == BIND && !prng_below(&rng, 4))
		c.port = 0;
	if (c.op == SEND || c.op == SENDTO)
		c.flags &= MSG_OOB | MSG_MORE;
	if (c.op == RECV)
		c.flags |= MSG_DONTWAIT;
	return c;
}

static unsigned port_of(int fd)
{
	struct sockaddr_in6 at = { .sin6_port = 0 };	/* where that of IPv4 is, too */
	socklen_t len = sizeof(at);

	ln_getsockname(tap_net, fd, &at, &len);
	return ntohs(at.sin6_port);
}

/*
 * Left out are a socket that changes its family, or one of datagrams that is connected anew while
 * it holds a message back, of which Linux keeps half of what it was; a stream that is connected to
 * itself, whose small segments wait for its own ACKs' timer, or shut before it listens; and
 * IP_RECVERR of an IPv6 socket, which here is IPV6_RECVERR too (docs/RFC.md).
 */
static void tame(struct call *c)
{
	int fd = sides[OURS].fd[c->slot];
	bool v6_host = strchr(c->host, ':') && !strstr(c->host, "ffff"), v6;

	if (fd < 0)
		return;
	v6 = tap_getint(OURS, fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6;
	if (c->op == SET && v6 && c->name == IP_RECVERR && c->level == SOL_IP)
		c->op = POLL;
	if (tap_getint(OURS, fd, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM)
		c->flags &= ~MSG_MORE;
	else if ((c->op == CONNECT && port_of(fd) == c->port) ||
		 (c->op == SHUTDOWN && do_poll(OURS, fd) & POLLHUP))
		c->op = POLL;
	if (v6 && v6_host != (c->slot % 2 == 0))
		c->host = v6_host ? "::ffff:127.0.0.1" : "::1";
}

static void tell(const struct call *c, char *line)
{
	tap_put(line, "%d: %s", c->slot, op_names[c->op]);
	if (c->op == OPEN)
		tap_put(line, " %s", kinds[c->kind].name);
	if (c->op == BIND || c->op == CONNECT || c->op == SENDTO)
		tap_put(line, " %s port %u", c->host, c->port ? c->port - base : 99);
	if (c->op == SEND || c->op == SENDTO || c->op == RECV)
		tap_put(line, " %d bytes, flags %#x", c->n, (unsigned)c->flags);
	if (c->op == LISTEN || c->op == SHUTDOWN)
		tap_put(line, " %d", c->n);
	if (c->op == SET)
		tap_put(line, " %d/%d = %d", c->level, c->name, c->value);
}

/* ---- a call, as a side does it ---- */

static void put_name(const struct sockaddr_storage *at, socklen_t len, char *line)
{
	const struct sockaddr_in6 *sin6 = (const void *)at;
	const struct sockaddr_in *sin = (const void *)at;
	char text[INET6_ADDRSTRLEN] = "";
	bool v6 = at->ss_family == AF_INET6;
	unsigned port = ntohs(v6 ? sin6->sin6_port : sin->sin_port);

	if (!len) {
		tap_put(line, " (no name)");
		return;
	}
	inet_ntop(at->ss_family, v6 ? (const void *)&sin6->sin6_addr : &sin->sin_addr, text,
		  sizeof(text));
	tap_put(line, " %u:%s", len, text);
	if (port >= base && port < base + 3)
		tap_put(line, ":%u", port - base);
	else
		tap_put(line, port ? ":some" : ":0");
}

static int free_slot(const struct side *s)
{
	for (int i = 0; i < SOCKS; i++)
		if (s->fd[i] < 0)
			return i;
	return -1;
}

static void do_open(int who, const struct call *c)
{
	int *fd = &sides[who].fd[c->slot];

	if (*fd < 0)
		*fd = tap_socket_of(who, kinds[c->kind].family, kinds[c->kind].type, 0);
}

static void do_accept(int who, int fd, char *line)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = sizeof(at);
	int to = free_slot(&sides[who]), r;

	if (to < 0)
		return;
	r = who ? ln_accept(tap_net, fd, &at, &len) :
		  or_errno(accept4(fd, (void *)&at, &len, SOCK_NONBLOCK));
	if (r < 0) {
		tap_put(line, "%d", r);
		return;
	}
	sides[who].fd[to] = r;
	tap_put(line, "to %d", to);
	put_name(&at, len, line);
}

static void do_recv(int who, int fd, const struct call *c, char *line)
{
	struct sockaddr_storage at = { 0 };
	unsigned char buf[4000];
	socklen_t len = sizeof(at);
	unsigned sum = 0;
	long r;

	r = who ? (long)ln_recvfrom(tap_net, fd, buf, (size_t)c->n, c->flags, &at, &len) :
		  or_errno(recvfrom(fd, buf, (size_t)c->n, c->flags, (void *)&at, &len));
	tap_put(line, "%ld", r);
	if (r < 0)
		return;
	for (long i = 0; i < r && i < c->n; i++)
		sum = sum * 31 + buf[i];
	tap_put(line, " %08x", sum);
	put_name(&at, len, line);
}

static int do_send(int who, int fd, const struct call *c, unsigned step)
{
	struct sockaddr_storage at;
	socklen_t len = tap_name(c->host, (unsigned short)c->port, &at);
	unsigned char buf[4000];

	for (int i = 0; i < c->n; i++)
		buf[i] = (unsigned char)(step * 7 + (unsigned)i * 3);
	if (c->op == SEND)
		return who ? (int)ln_send(tap_net, fd, buf, (size_t)c->n, c->flags) :
			     or_errno(send(fd, buf, (size_t)c->n, c->flags | MSG_NOSIGNAL));
	return who ? (int)ln_sendto(tap_net, fd, buf, (size_t)c->n, c->flags, &at, len) :
		     or_errno(sendto(fd, buf, (size_t)c->n, c->flags | MSG_NOSIGNAL, (void *)&at,
				     len));
}

static int do_address(int who, int fd, const struct call *c)
{
	struct sockaddr_storage at = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(struct sockaddr_in6);

	if (c->op != UNCONNECT)
		len = tap_name(c->host, (unsigned short)c->port, &at);
	if (c->op == BIND)
		return who ? ln_bind(tap_net, fd, &at, len) : or_errno(bind(fd, (void *)&at, len));
	return who ? ln_connect(tap_net, fd, &at, len) : or_errno(connect(fd, (void *)&at, len));
}

/* The port of a stream that is over is no longer its own, though Linux goes on telling it. */
static void do_names(int who, int fd, char *line)
{
	bool closed = tap_getint(who, fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM &&
		      do_poll(who, fd) & POLLHUP;

	for (int peer = closed; peer < 2; peer++) {
		struct sockaddr_storage at;
		socklen_t len;
		int r = tap_getname(who, fd, peer, &at, &len);

		if (r)
			tap_put(line, " %d", r);
		else
			put_name(&at, len, line);
	}
}

static int do_set(int who, int fd, const struct call *c)
{
	int v[2] = { c->value, 0 };

	return tap_setsockopt(who, fd, c->level, c->name, v, c->name == SO_LINGER ? 8 : 4);
}

static void do_ioctl(int who, int fd, char *line)
{
	int v = -7, r;

	r = who ? ln_ioctl(tap_net, fd, FIONREAD, &v) : or_errno(ioctl(fd, FIONREAD, &v));
	tap_put(line, "%d %d", r, v);
	v = -7;
	r = who ? ln_ioctl(tap_net, fd, SIOCATMARK, &v) : or_errno(ioctl(fd, SIOCATMARK, &v));
	tap_put(line, " %d %d", r, v);
}

static void do_call(int who, const struct call *c, unsigned step, char *line)
{
	int fd = sides[who].fd[c->slot];

	if (c->op == OPEN) {
		do_open(who, c);
		return;
	}
	if (fd < 0)
		return;
	switch (c->op) {
	case BIND:
	case CONNECT:
	case UNCONNECT:
		tap_put(line, "%d", do_address(who, fd, c));
		break;
	case LISTEN:
		tap_put(line, "%d", who ? ln_listen(tap_net, fd, c->n) :
					  or_errno(listen(fd, c->n)));
		break;
	case ACCEPT:
		do_accept(who, fd, line);
		break;
	case SEND:
	case SENDTO:
		tap_put(line, "%d", do_send(who, fd, c, step));
		break;
	case RECV:
		do_recv(who, fd, c, line);
		break;
	case SHUTDOWN:
		tap_put(line, "%d", who ? ln_shutdown(tap_net, fd, c->n) :
				      or_errno(shutdown(fd, c->n)));
		break;
	case CLOSE:
		tap_close(who, fd);
		sides[who].fd[c->slot] = -1;
		break;
	case NAMES:
		do_names(who, fd, line);
		break;
	case POLL:
		tap_put(line, "%#x", do_poll(who, fd));
		break;
	case ERROR:
		tap_put(line, "%d %d", tap_getint(who, fd, SOL_SOCKET, SO_ERROR),
		    tap_getint(who, fd, SOL_SOCKET, SO_ACCEPTCONN));
		break;
	case SET:
		tap_put(line, "%d", do_set(who, fd, c));
		break;
	case IOCTL:
		do_ioctl(who, fd, line);
		break;
	default:
		break;
	}
}

/* What a call set going ends before the next one. */
static void settle(void)
{
	for (int i = 0; i < 20; i++)
		ln_net_run(tap_net, tap_clock_ns());
}

/* ---- talks ---- */

/* Whether both said the same to the end. */
static bool talk(unsigned seed)
{
	history[0] = 0;
	prng_init(&rng, seed);
	base = 7000 + seed % 5000 * 4;	/* below the ephemeral ones */
	for (int i = 0; i < SOCKS; i++)
		sides[KERNEL].fd[i] = sides[OURS].fd[i] = -1;
	for (unsigned step = 0; step < STEPS; step++) {
		char line[2][TAP_LINE] = { "", "" }, told[TAP_LINE] = "";
		struct call c = draw();

		tame(&c);
		tell(&c, told);
		for (int who = KERNEL; who <= OURS; who++)
			do_call(who, &c, step, line[who]);
		settle();
		if (strcmp(line[KERNEL], line[OURS])) {
			printf("BAD: seed %u\n%s\t%s\n  kernel: %s\n  linnet: %s\n", seed, history,
			       told, line[KERNEL], line[OURS]);
			return false;
		}
		if (line[OURS][0] || c.op == CLOSE || c.op == OPEN)
			snprintf(history + strlen(history), sizeof(history) - strlen(history),
				 "\t%s: %s\n", told, line[OURS]);
	}
	return true;
}

static void end_talk(void)
{
	for (int who = KERNEL; who <= OURS; who++)
		for (int i = 0; i < SOCKS; i++)
			if (sides[who].fd[i] >= 0)
				tap_close(who, sides[who].fd[i]);
	settle();
}

int main(int argc, char **argv)
{
	unsigned first = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
	unsigned talks = argc > 2 ? (unsigned)atoi(argv[2]) : TALKS, differ = 0;

	kernel_must_be(6, 18);
	tap_begin(NULL);
	tap_kernel_loopback();
	for (unsigned seed = first; seed < first + talks; seed++) {
		differ += !talk(seed);
		end_talk();
	}
	printf("%u talks of %u calls, %u differ\n", talks, STEPS, differ);
	tap_end();
	return differ || !talks;
}
