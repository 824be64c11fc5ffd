/* SPDX-License-Identifier: MIT */
/*
 * The kernel of this computer, in real time: each script in a network namespace of its own, whose
 * only device is a TUN that we hold. Sockets never block; the runner waits for both worlds alike.
 * The process stays in the last script's namespace.
 */
#define _GNU_SOURCE	/* unshare, accept4, ppoll */
#include "drill/world.h"	/* first: the system's headers make s6_addr a macro */

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FDS_MAX 1024

/* A close() that blocks. */
struct closing {
	pthread_t thread;
	int fd;
	atomic_bool done;
};

struct kernel_world {
	struct world w;
	int tun;
	bool open[FDS_MAX];		/* descriptors to close at the end */
	bool chosen[FDS_MAX];		/* those that were given TCP_CONGESTION */
	struct closing *closing[FDS_MAX];
	char control[16];		/* congestion control of new sockets */
	u8 packet[WORLD_PACKET_MAX];
};

static struct kernel_world *of(const struct world *w)
{
	return container_of(w, struct kernel_world, w);
}

#define RESULT(call) ({ __typeof__(call) r_ = (call); r_ < 0 ? -errno : r_; })

/* ---- time and wire ---- */

static s64 now(const struct world *w)
{
	struct timespec ts;

	(void)w;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (s64)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* The kernel's timestamps are of the other clock. */
static s64 of_stamp(const struct world *w, s64 ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ns - ((s64)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec) + now(w);
}

static void drain(struct kernel_world *k)
{
	ssize_t n;

	while ((n = read(k->tun, k->packet, sizeof(k->packet))) > 0)
		world_sent(&k->w, now(&k->w), k->packet, (size_t)n);
}

static void step(struct world *w, s64 until)
{
	struct kernel_world *k = of(w);
	struct pollfd p = { .fd = k->tun, .events = POLLIN };
	s64 left = until - now(w);

	if (left > 0) {
		struct timespec ts = { .tv_sec = left / NSEC_PER_SEC,
				       .tv_nsec = left % NSEC_PER_SEC };

		ppoll(&p, 1, &ts, NULL);
	}
	drain(k);
}

static int inject(struct world *w, const u8 *ip, size_t len)
{
	struct kernel_world *k = of(w);

	if (write(k->tun, ip, len) != (ssize_t)len)
		return -errno;
	if (w->tap)
		w->tap(w->tap_ctx, now(w), true, ip, len);
	return 0;
}

/*
 * The default is the computer's, and a namespace may only choose among some: what a script sets is
 * given to each of its sockets. Who is accepted has the default of then, so listeners are given it
 * too, but those that were told otherwise.
 */
static void give_control(struct kernel_world *k)
{
	int listens;

	for (int fd = 0; fd < FDS_MAX; fd++) {
		socklen_t len = sizeof(listens);

		if (k->open[fd] && !k->chosen[fd] &&
		    !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) && listens)
			setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, k->control,
				   (socklen_t)strlen(k->control));
	}
}

static bool set_control(struct kernel_world *k, const char *line)
{
	static const char name[] = "tcp_congestion_control='";
	const char *at = strstr(line, name);

	if (!at || strncmp(line, "sysctl -w ", 10))
		return false;
	at += sizeof(name) - 1;
	snprintf(k->control, sizeof(k->control), "%.*s", (int)strcspn(at, "'"), at);
	give_control(k);
	return true;
}

/* A shell would take its time. */
static int read_file(const char *path, char *out, size_t cap)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return -errno;
	n = fread(out, 1, cap - 1, f);
	out[n] = 0;
	fclose(f);
	return 0;
}

static int command(struct world *w, const char *line, char *out, size_t cap)
{
	char text[2048];
	FILE *f;
	size_t n;

	if (w && set_control(of(w), line))
		return 0;
	if (!strncmp(line, "cat /proc/", 10))
		return read_file(line + 4, out, cap);
	snprintf(text, sizeof(text), "exec 2>&1; %s", line);
	f = popen(text, "r");
	if (!f)
		return -errno;
	n = fread(out, 1, cap - 1, f);
	out[n] = 0;
	return pclose(f) ? -EINVAL : 0;
}

/* ---- calls ---- */

static int opened(struct world *w, int fd)
{
	if (fd < 0)
		return -errno;
	if (fd < FDS_MAX) {
		of(w)->open[fd] = true;
		of(w)->chosen[fd] = false;
	}
	return fd;
}

static int w_socket(struct world *w, int domain, int type, int protocol)
{
	int fd = opened(w, socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));

	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, of(w)->control,
			   (socklen_t)strlen(of(w)->control));
	return fd;
}

static int w_bind(struct world *w, int fd, const void *addr, u32 len)
{
	(void)w;
	return RESULT(bind(fd, addr, len));
}

static int w_listen(struct world *w, int fd, int backlog)
{
	(void)w;
	return RESULT(listen(fd, backlog));
}

static int w_accept(struct world *w, int fd, void *addr, u32 *len)
{
	return opened(w, accept4(fd, addr, len, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

static int w_connect(struct world *w, int fd, const void *addr, u32 len)
{
	(void)w;
	return RESULT(connect(fd, addr, len));
}

/* write() to a pipe comes as sendmsg() too, read() as recvmsg(). */
static ptrdiff_t w_sendmsg(struct world *w, int fd, const struct ln_msghdr *m, int flags)
{
	ptrdiff_t n = RESULT(sendmsg(fd, (const void *)m, flags));

	(void)w;
	return n == -ENOTSOCK ?
	       RESULT(writev(fd, (const void *)m->msg_iov, (int)m->msg_iovlen)) : n;
}

static ptrdiff_t w_recvmsg(struct world *w, int fd, struct ln_msghdr *m, int flags)
{
	ptrdiff_t n = RESULT(recvmsg(fd, (void *)m, flags));

	(void)w;
	return n == -ENOTSOCK ?
	       RESULT(readv(fd, (const void *)m->msg_iov, (int)m->msg_iovlen)) : n;
}

static int w_sendmmsg(struct world *w, int fd, struct ln_mmsghdr *m, unsigned n, int flags)
{
	(void)w;
	return RESULT(sendmmsg(fd, (void *)m, n, flags));
}

static int w_recvmmsg(struct world *w, int fd, struct ln_mmsghdr *m, unsigned n, int flags)
{
	(void)w;
	return RESULT(recvmmsg(fd, (void *)m, n, flags, NULL));
}

static int w_open(struct world *w, const char *path)
{
	return opened(w, open(path, O_RDONLY | O_CLOEXEC));
}

static int w_pipe(struct world *w, int fds[2])
{
	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) < 0)
		return -errno;
	opened(w, fds[0]);
	opened(w, fds[1]);
	return 0;
}

static ptrdiff_t w_sendfile(struct world *w, int out, int in, s64 offset, size_t len)
{
	off_t at = offset;

	(void)w;
	return RESULT(sendfile(out, in, offset < 0 ? NULL : &at, len));
}

static ptrdiff_t w_splice(struct world *w, int in, int out, size_t len, unsigned flags)
{
	(void)w;
	return RESULT(splice(in, NULL, out, NULL, len, flags | SPLICE_F_NONBLOCK));
}

static int w_shutdown(struct world *w, int fd, int how)
{
	(void)w;
	return RESULT(shutdown(fd, how));
}

static void *close_blocking(void *arg)
{
	struct closing *c = arg;

	close(c->fd);
	atomic_store(&c->done, true);
	return NULL;
}

/*
 * A thread waits in close(); what stands for the descriptor meanwhile is of no use, but no other
 * one gets its number.
 */
static int close_begin(struct kernel_world *k, int fd)
{
	struct closing *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->fd = fcntl(fd, F_DUPFD_CLOEXEC, FDS_MAX);
	dup2(k->tun, fd);
	if (c->fd < 0 || pthread_create(&c->thread, NULL, close_blocking, c)) {
		free(c);
		return -EMFILE;
	}
	k->closing[fd] = c;
	return -EAGAIN;
}

static int close_end(struct kernel_world *k, int fd)
{
	struct closing *c = k->closing[fd];

	pthread_join(c->thread, NULL);
	free(c);
	k->closing[fd] = NULL;
	k->open[fd] = false;
	return RESULT(close(fd));
}

/* The kernel knows by itself when the time is over. */
static int w_close(struct world *w, int fd, bool linger_over)
{
	struct kernel_world *k = of(w);
	struct linger l = { 0 };
	socklen_t len = sizeof(l);

	(void)linger_over;
	if (fd < 0 || fd >= FDS_MAX)
		return RESULT(close(fd));
	if (k->closing[fd])
		return atomic_load(&k->closing[fd]->done) ? close_end(k, fd) : -EAGAIN;
	if (!getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len) && l.l_onoff && l.l_linger)
		return close_begin(k, fd);
	k->open[fd] = false;
	return RESULT(close(fd));
}

static bool end(struct world *w, char *why, size_t cap)
{
	struct kernel_world *k = of(w);

	(void)why;
	(void)cap;
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (k->closing[fd])
			close_end(k, fd);
	close(k->tun);
	for (int fd = 0; fd < FDS_MAX; fd++)
		if (k->open[fd])
			close(fd);
	world_free_sent(w);
	free(k);
	return true;
}

static int w_getsockname(struct world *w, int fd, void *addr, u32 *len)
{
	(void)w;
	return RESULT(getsockname(fd, addr, len));
}

static int w_getpeername(struct world *w, int fd, void *addr, u32 *len)
{
	(void)w;
	return RESULT(getpeername(fd, addr, len));
}

static int w_setsockopt(struct world *w, int fd, int level, int name, const void *v, u32 len)
{
	if (level == IPPROTO_TCP && name == TCP_CONGESTION && fd >= 0 && fd < FDS_MAX)
		of(w)->chosen[fd] = true;
	return RESULT(setsockopt(fd, level, name, v, len));
}

static int w_getsockopt(struct world *w, int fd, int level, int name, void *v, u32 *len)
{
	(void)w;
	return RESULT(getsockopt(fd, level, name, v, len));
}

static int w_ioctl(struct world *w, int fd, unsigned long request, int *value)
{
	(void)w;
	return RESULT(ioctl(fd, request, value));
}

static int w_poll(struct world *w, struct ln_pollfd *fds, unsigned n)
{
	(void)w;
	return RESULT(poll((void *)fds, n, 0));
}

/* By number: the core has functions of these names. */
static int w_epoll_create(struct world *w)
{
	return opened(w, (int)syscall(SYS_epoll_create1, EPOLL_CLOEXEC));
}

static int w_epoll_ctl(struct world *w, int epfd, int op, int fd, const struct ln_epoll_event *ev)
{
	(void)w;
	return (int)RESULT(syscall(SYS_epoll_ctl, epfd, op, fd, ev));
}

static int w_epoll_wait(struct world *w, int epfd, struct ln_epoll_event *evs, int max)
{
	(void)w;
	return (int)RESULT(syscall(SYS_epoll_pwait, epfd, evs, max, 0, NULL, 0));
}

static const struct world_ops kernel_ops = {
	.name = "the kernel", .real_time = true,
	.now = now, .of_stamp = of_stamp, .step = step, .inject = inject, .command = command,
	.end = end,
	.socket = w_socket, .bind = w_bind, .listen = w_listen, .accept = w_accept,
	.connect = w_connect, .sendmsg = w_sendmsg, .recvmsg = w_recvmsg, .shutdown = w_shutdown,
	.sendmmsg = w_sendmmsg, .recvmmsg = w_recvmmsg, .open = w_open, .pipe = w_pipe,
	.sendfile = w_sendfile, .splice = w_splice,
	.close = w_close, .getsockname = w_getsockname, .getpeername = w_getpeername,
	.setsockopt = w_setsockopt, .getsockopt = w_getsockopt, .ioctl = w_ioctl, .poll = w_poll,
	.epoll_create = w_epoll_create, .epoll_ctl = w_epoll_ctl, .epoll_wait = w_epoll_wait,
};

/* ---- the beginning ---- */

static int tun_open(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "tun0" };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, TUNSETIFF, &ifr) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int configure(const struct world_params *p, char *why, size_t cap)
{
	char line[1024], local[IP6_STR_MAX], gateway[IP6_STR_MAX];

	/* Defaults that distributions and memory change are set to the usual ones. */
	snprintf(line, sizeof(line), "echo %d > /proc/sys/net/ipv6/conf/all/disable_ipv6;"
		 "for c in all default tun0; do sysctl -qw net.ipv6.conf.$c.accept_dad=0 "
		 "net.ipv6.conf.$c.accept_ra=0 net.ipv6.conf.$c.router_solicitations=0; done;"
		 "sysctl -qw net.ipv4.tcp_rmem='4096 131072 6291456' "
		 "net.ipv4.tcp_wmem='4096 16384 4194304' net.ipv4.conf.all.rp_filter=0;"
		 "ip link set lo up && ip link set tun0 mtu %u && ip addr add %s/%u dev tun0 %s && "
		 "ip link set tun0 up && ip %s route add default via %s dev tun0", !p->v6, p->mtu,
		 addr_str(&p->local, local), p->prefix, p->v6 ? "nodad" : "", p->v6 ? "-6" : "",
		 addr_str(&p->gateway, gateway));
	return command(NULL, line, why, cap);
}

struct world *world_kernel(const struct world_params *p, char *why, size_t cap)
{
	struct kernel_world *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->w.ops = &kernel_ops;
	snprintf(k->control, sizeof(k->control), "cubic");
	k->tun = -1;
	if (unshare(CLONE_NEWNET) < 0)
		snprintf(why, cap, "a network namespace cannot be made: %s; run it as root",
			 strerror(errno));
	else if ((k->tun = tun_open()) < 0)
		snprintf(why, cap, "/dev/net/tun: %s", strerror(errno));
	else if (!configure(p, why, cap))
		return &k->w;
	if (k->tun >= 0)
		close(k->tun);
	free(k);
	return NULL;
}
