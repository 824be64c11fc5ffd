/* SPDX-License-Identifier: MIT */
/*
 * Many connections against the kernel, each way: connect, a request, its answer, close. Nothing may
 * leak, no state may be stuck, and ports must be used again while their last connections are in
 * TIME-WAIT: there are only PORTS of them. One half is closed by the client first, one by the
 * server, so TIME-WAITs stand at both. Then a fifth as many over a line that loses and reorders,
 * where SYNs, FINs and their ACKs come late, twice or not at all. By IPv4 and IPv6; and a fifth as
 * many by mapped addresses.
 *
 *	kernel sockets 10.0.0.1, fd00::1 --- tap0 --- this process: an instance, 10.0.0.2, fd00::2
 *
 * LINNET_CONNECTIONS: how many each way; `make interop-long` makes 100,000.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linnet/linnet.h>

#include "base/prng.h"
#include "harness/tap_world.h"
#include "host/clock.h"
#include "host/machine.h"

#define PORT 7000
#define PORTS_FIRST 20000
#define PORTS 2000
#define AT_ONCE 64
#define EVENTS 64
#define BODY_MAX 20000
#define SERVER_FIRST 0x80000000u	/* in a request's header: the server closes first */
#define PATIENCE_NS 30000000000ll
#define TIME_WAIT_NS 61000000000ll

struct side {
	const char *name;
	int (*socket)(int family);
	int (*bind)(int fd, const void *addr, unsigned len);
	int (*connect)(int fd, const void *addr, unsigned len);
	int (*listen)(int fd);
	int (*accept)(int fd);
	ssize_t (*send)(int fd, const void *buf, size_t len);
	ssize_t (*recv)(int fd, void *buf, size_t len);
	int (*close)(int fd);
	int (*watch)(int op, int fd, void *ctx);	/* EPOLL_CTL_ADD: for reading and writing */
	int (*wait)(struct epoll_event *ev, int max);
};

struct conn {
	const struct side *side;
	bool client;
	int fd;
	u32 header;		/* of the request: length and SERVER_FIRST */
	u32 got, sent;		/* of header and body */
};

static struct machine *m;
static int ours_epoll, kernel_epoll;
static struct loop_fd kernel_lf;
static struct prng prng;
static u8 body[4 + BODY_MAX];	/* the same bytes in each connection, from another place */
static unsigned long started, finished, clients, servers, total, no_port;
static const struct tap_family *family;
static int listener;

static void fail(const char *what, const char *who, long err)
{
	printf("BAD: %s: %s: %ld (%s), %lu of %lu connections are done\n", who, what, err,
	       err < 0 ? strerror((int)-err) : "", finished, total);
	exit(1);
}

/* ---- linnet's sockets ---- */

static int ours_socket(int f)
{
	return ln_socket(m->net, f, LN_SOCK_STREAM, 0);
}

static int ours_bind(int fd, const void *addr, unsigned len)
{
	return ln_bind(m->net, fd, addr, len);
}

static int ours_connect(int fd, const void *addr, unsigned len)
{
	return ln_connect(m->net, fd, addr, len);
}

static int ours_listen(int fd)
{
	return ln_listen(m->net, fd, AT_ONCE * 2);
}

static int ours_accept(int fd)
{
	return ln_accept(m->net, fd, NULL, NULL);
}

static ssize_t ours_send(int fd, const void *buf, size_t len)
{
	return ln_send(m->net, fd, buf, len, 0);
}

static ssize_t ours_recv(int fd, void *buf, size_t len)
{
	return ln_recv(m->net, fd, buf, len, 0);
}

static int ours_close(int fd)
{
	return ln_close(m->net, fd);
}

static int ours_watch(int op, int fd, void *ctx)
{
	struct ln_epoll_event ev = { EPOLLIN | EPOLLOUT | EPOLLET, (uintptr_t)ctx };

	return ln_epoll_ctl(m->net, ours_epoll, op, fd, &ev);
}

static int ours_wait(struct epoll_event *ev, int max)
{
	_Static_assert(sizeof(struct ln_epoll_event) == sizeof(*ev), "one layout");
	return ln_epoll_wait(m->net, ours_epoll, (void *)ev, max);
}

static const struct side ours = {
	"linnet", ours_socket, ours_bind, ours_connect, ours_listen, ours_accept, ours_send,
	ours_recv, ours_close, ours_watch, ours_wait,
};

/* ---- the kernel's ---- */

static ssize_t or_errno(ssize_t r)
{
	return r < 0 ? -errno : r;
}

static int kernel_socket(int f)
{
	return (int)or_errno(socket(f, SOCK_STREAM | SOCK_NONBLOCK, 0));
}

static int kernel_bind(int fd, const void *addr, unsigned len)
{
	return (int)or_errno(bind(fd, addr, len));
}

static int kernel_connect(int fd, const void *addr, unsigned len)
{
	return (int)or_errno(connect(fd, addr, len));
}

static int kernel_listen(int fd)
{
	return (int)or_errno(listen(fd, AT_ONCE * 2));
}

static int kernel_accept(int fd)
{
	return (int)or_errno(accept4(fd, NULL, NULL, SOCK_NONBLOCK));
}

static ssize_t kernel_send(int fd, const void *buf, size_t len)
{
	return or_errno(send(fd, buf, len, MSG_NOSIGNAL));
}

static ssize_t kernel_recv(int fd, void *buf, size_t len)
{
	return or_errno(recv(fd, buf, len, 0));
}

static int kernel_close(int fd)
{
	return (int)or_errno(close(fd));
}

static int kernel_watch(int op, int fd, void *ctx)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = ctx };

	/* Not by its function: linnet's own epoll_ctl() is linked in. */
	return (int)or_errno(syscall(SYS_epoll_ctl, kernel_epoll, op, fd, &ev));
}

static int kernel_wait(struct epoll_event *ev, int max)
{
	return (int)or_errno(syscall(SYS_epoll_wait, kernel_epoll, ev, max, 0));
}

static const struct side kernel = {
	"kernel", kernel_socket, kernel_bind, kernel_connect, kernel_listen, kernel_accept,
	kernel_send, kernel_recv, kernel_close, kernel_watch, kernel_wait,
};

/* ---- a connection ---- */

static u32 length_of(const struct conn *c)
{
	return 4 + (c->header & ~SERVER_FIRST);
}

/* What stands at an offset of request and answer: the header, then bytes that hang on it. */
static u8 byte_at(const struct conn *c, u32 at)
{
	return at < 4 ? (u8)(c->header >> 8 * at) : (u8)(body[at] + c->header);
}

static void conn_end(struct conn *c)
{
	int err = c->side->close(c->fd);

	if (err)
		fail("close", c->side->name, err);
	if (c->client)
		clients--;
	else
		servers--;
	finished += c->client;
	free(c);
}

static void conn_take(struct conn *c, const u8 *buf, u32 n)
{
	for (u32 i = 0; i < n; i++, c->got++) {
		if (!c->client && c->got < 4)
			c->header |= (u32)buf[i] << 8 * c->got;
		if (c->got >= 4 && c->got >= length_of(c))
			fail("bytes behind the end", c->side->name, c->got);
		if (buf[i] != byte_at(c, c->got))
			fail("a byte is wrong, at", c->side->name, c->got);
	}
}

/* Reads all there is. True: the other side has closed. */
static bool conn_read(struct conn *c)
{
	static u8 buf[BODY_MAX];
	ssize_t n;

	while ((n = c->side->recv(c->fd, buf, sizeof(buf))) > 0)
		conn_take(c, buf, (u32)n);
	if (n < 0 && n != -EAGAIN)
		fail("receive", c->side->name, n);
	return n == 0;
}

static void conn_write(struct conn *c)
{
	static u8 buf[sizeof(body)];
	u32 len = length_of(c);
	ssize_t n = 1;

	while (c->sent < len && n > 0) {
		for (u32 i = c->sent; i < len; i++)
			buf[i] = byte_at(c, i);
		n = c->side->send(c->fd, buf + c->sent, len - c->sent);
		if (n > 0)
			c->sent += (u32)n;
	}
	if (n < 0 && n != -EAGAIN)
		fail("send", c->side->name, n);
}

static void conn_event(struct conn *c, u32 events)
{
	bool got_all, ended = false;

	if (c->client && !c->sent && !(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
		return;			/* not connected yet */
	if (c->client)
		conn_write(c);
	if (!c->client || c->sent)
		ended = conn_read(c);
	got_all = c->got >= 4 && c->got == length_of(c);
	if (!c->client && got_all)
		conn_write(c);
	if (ended && !got_all)
		fail("the end came early, at", c->side->name, c->got);
	/* Who closes first does so when it has its bytes or has sent them; the other at the end. */
	if (c->client ? got_all && (ended || !(c->header & SERVER_FIRST)) :
			got_all && c->sent == length_of(c) && (ended || c->header & SERVER_FIRST))
		conn_end(c);
}

static void conn_add(const struct side *side, bool client, int fd, u32 header)
{
	struct conn *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		fail("calloc", side->name, -ENOMEM);
	*c = (struct conn){ .side = side, .client = client, .fd = fd, .header = header };
	err = side->watch(EPOLL_CTL_ADD, fd, c);
	if (err)
		fail("epoll_ctl", side->name, err);
	if (client)
		clients++;
	else
		servers++;
}

/* False: no port is free at the moment. */
static bool conn_start(const struct side *side)
{
	struct sockaddr_storage to;
	socklen_t len = tap_address(family, side == &ours ? family->kernel : family->ours, PORT,
				    &to);
	int fd = side->socket(family->family), err;

	if (fd < 0)
		fail("socket", side->name, fd);
	err = side->connect(fd, &to, len);
	if (err == -EADDRNOTAVAIL) {
		no_port++;
		side->close(fd);
		return false;
	}
	if (err && err != -EINPROGRESS)
		fail("connect", side->name, err);
	conn_add(side, true, fd, (prng_below(&prng, 4) ? prng_below(&prng, 1000) :
				  prng_below(&prng, BODY_MAX)) |
		 (prng_below(&prng, 2) ? SERVER_FIRST : 0));
	started++;
	return true;
}

/* ---- all of them ---- */

static void serve(const struct side *side)
{
	struct sockaddr_storage at;
	socklen_t len = tap_address(family, side == &ours ? family->ours : family->kernel, PORT,
				    &at);
	int on = 1, err;

	listener = side->socket(family->family);
	if (side == &kernel)	/* there are TIME-WAITs of the listener before */
		setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	err = side->bind(listener, &at, len);
	if (!err)
		err = side->listen(listener);
	if (!err)
		err = side->watch(EPOLL_CTL_ADD, listener, NULL);
	if (err)
		fail("the listener", side->name, err);
}

static int side_turn(const struct side *side)
{
	struct epoll_event ev[EVENTS];
	int n = side->wait(ev, EVENTS), fd;

	for (int i = 0; i < n; i++) {
		if (ev[i].data.ptr) {
			conn_event(ev[i].data.ptr, ev[i].events);
			continue;
		}
		while ((fd = side->accept(listener)) >= 0)
			conn_add(side, false, fd, 0);
		if (fd != -EAGAIN)
			fail("accept", side->name, fd);
	}
	return n;
}

static void on_kernel(struct loop_fd *lf, short revents)
{
	(void)lf;
	(void)revents;		/* side_turn() looks */
}

static void turn(void)
{
	while (side_turn(&ours) + side_turn(&kernel))
		;
	machine_turn(m, host_now_ns() + 10000000);
}

/* Sockets of a side by their states, TIME-WAITs left out: words for a message, "" = none. */
static void left_over(char *out, size_t cap)
{
	char line[256], state[3];
	static const char *const tables[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	size_t n;

	if (ln_ctl(m->net, "ss -Htan state connected exclude time-wait", out, cap, NULL))
		fail("ss", out, 0);
	n = strlen(out);
	for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
		FILE *f = fopen(tables[i], "r");

		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, " %*d: %*s %*s %2s", state) == 1 && strcmp(state, "0A") &&
			    strcmp(state, "06") && n < cap)
				n += (size_t)snprintf(out + n, cap - n, "kernel: %s", line);
		if (f)
			fclose(f);
	}
}

static long sockstat(const char *name)
{
	char line[256];
	long v = 0;
	FILE *f = fopen("/proc/net/sockstat", "r");

	while (f && fgets(line, sizeof(line), f)) {
		char *at = strncmp(line, "TCP:", 4) ? NULL : strstr(line, name);

		if (at)
			v = atol(at + strlen(name));
	}
	if (f)
		fclose(f);
	return v;
}

static void wait_for_rest(void)
{
	s64 since = host_now_ns();
	char left[4096];

	do {
		turn();
		left_over(left, sizeof(left));
		if (!*left && !servers)
			return;
	} while (host_now_ns() - since < PATIENCE_NS);
	printf("BAD: states that stay:\n%s", left);
	exit(1);
}

static size_t memory(void)
{
	struct ln_mem_info info;

	ln_net_memory(m->net, &info);
	return info.used;
}

static void run_all(const struct side *client, const struct side *server, const char *line)
{
	s64 since = host_now_ns(), progress = since;
	unsigned long last = 0;
	size_t early = 0;

	started = finished = no_port = 0;
	serve(server);
	while (finished < total) {
		while (started < total && clients < AT_ONCE && conn_start(client))
			;
		turn();
		if (!early && finished > total / 4)
			early = memory();
		if (finished != last)
			progress = host_now_ns();
		else if (host_now_ns() - progress > PATIENCE_NS)
			fail("nothing goes on", client->name, 0);
		last = finished;
	}
	wait_for_rest();
	printf("%s, %s: %lu connections of %s to %s in %.1f s; no port was free %lu times; linnet "
	       "holds %zu KB, at a quarter of the way %zu KB; TIME-WAITs of the kernel %ld\n",
	       family->name, line, finished, client->name, server->name,
	       (double)(host_now_ns() - since) / 1e9, no_port, memory() >> 10, early >> 10,
	       sockstat("tw "));
	if (memory() > early + early / 2)
		fail("memory grows, KB", "linnet", (long)(memory() >> 10));
	server->close(listener);
}

static void configure(const char *format, ...)
{
	char cmd[128], out[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(cmd, sizeof(cmd), format, ap);
	va_end(ap);
	if (ln_ctl(m->net, cmd, out, sizeof(out), NULL))
		fail(out, "linnet", 0);
}

static void machine_open(const struct link_params *link)
{
	struct machine_params params = { .dev = "tap0", .addr = tap_families[0].our_prefix,
					 .seed = 1, .link = link };
	char err[512];

	m = machine_create(&params, err, sizeof(err));
	if (!m) {
		printf("BAD: %s\n", err);
		exit(1);
	}
	configure("sysctl -w net.ipv4.ip_local_port_range='%d %d'", PORTS_FIRST,
		  PORTS_FIRST + PORTS - 1);
	configure("sysctl -w net.ipv4.tcp_tw_reuse=1");
	configure("sysctl -w net.ipv6.conf.eth0.disable_ipv6=0");
	configure("ip addr add %s dev eth0 nodad", tap_families[1].our_prefix);
	ours_epoll = ln_epoll_create(m->net);
	kernel_epoll = epoll_create1(0);
	kernel_lf = (struct loop_fd){ .fd = kernel_epoll, .events = EPOLLIN, .fn = on_kernel };
	loop_add(&m->loop, &kernel_lf);
}

static void machine_end(size_t at_first)
{
	char out[4096];
	size_t after;

	/* Time that has not passed: TIME-WAITs end. */
	ln_net_run(m->net, host_now_ns() + TIME_WAIT_NS);
	if (ln_ctl(m->net, "ss -Htan", out, sizeof(out), NULL) || *out) {
		printf("BAD: sockets at the end:\n%s", out);
		exit(1);
	}
	after = memory();
	printf("%s: linnet held %zu KB before, %zu KB when all TIME-WAITs had ended\n",
	       family->name, at_first >> 10, after >> 10);
	loop_del(&m->loop, &kernel_lf);
	close(kernel_epoll);
	if (machine_destroy(m, NULL))
		fail("something leaked", "linnet", 0);
}

static void both_ways(unsigned long count, const struct link_params *link, const char *line)
{
	size_t at_first;

	total = count;
	machine_open(link);
	at_first = memory();
	run_all(&kernel, &ours, line);
	run_all(&ours, &kernel, line);
	machine_end(at_first);
}

int main(void)
{
	const char *count = getenv("LINNET_CONNECTIONS"), *slow = getenv("LINNET_INSTRUMENTED");
	struct link_params lossy = {
		.delay = { .delay_ns = 1000000, .reorder = prob_from_double(.03),
			   .hold_ns = 3000000 },
		.loss.good = prob_from_double(.02), .duplicate = prob_from_double(.01),
	};
	unsigned long n = count ? strtoul(count, NULL, 10) : slow && !strcmp(slow, "ON") ? 1000 :
									      5000;
	char range[32];

	tap_world_enter();
	snprintf(range, sizeof(range), "%d %d", PORTS_FIRST, PORTS_FIRST + PORTS - 1);
	tap_world_sysctl("net/ipv4/ip_local_port_range", range);
	tap_world_sysctl("net/ipv4/tcp_tw_reuse", "1");
	prng_init(&prng, 1);
	for (u32 i = 0; i < sizeof(body); i++)
		body[i] = (u8)prng_below(&prng, 256);
	for (family = tap_families; family->name; family++) {
		both_ways(family->our_prefix ? n : n / 5, NULL, "a clean line");
		if (family->our_prefix)
			both_ways(n / 5, &lossy, "a lossy line");
	}
	return 0;
}
