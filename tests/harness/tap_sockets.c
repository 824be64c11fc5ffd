/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "harness/tap_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

const struct tap_names tap_names[] = {
	{ "IPv4", { "10.0.0.1", "10.0.0.2" }, 24 },
	{ "IPv6", { "fd00::1", "fd00::2" }, 64 },
	{ "mapped", { "::ffff:10.0.0.1", "::ffff:10.0.0.2" }, 24 },
	{ 0 },
};

struct ln_net *tap_net;
static struct ln_nic *nic;
static int tap;
static void (*look)(int who, const unsigned char *frame, ssize_t n);

void tap_skip(const char *what)
{
	printf("skipped: %s: %s\n", what, strerror(errno));
	exit(77);
}

void tap_check(bool ok, const char *what, long a, long b)
{
	if (ok)
		return;
	printf("BAD: %s: %ld, %ld\n", what, a, b);
	exit(1);
}

/* ---- the world ---- */

void tap_write_file(const char *path, const char *text)
{
	int f = open(path, O_WRONLY);

	if (f < 0 || write(f, text, strlen(text)) < 0)
		tap_skip(path);
	close(f);
}

static void interface_ioctl(int s, unsigned long what, struct ifreq *ifr)
{
	strcpy(ifr->ifr_name, "tap0");
	if (ioctl(s, what, ifr))
		tap_skip("tap0 cannot be set up");
}

static void kernel_addresses(void)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	struct sockaddr_in *sin = (void *)&ifr.ifr_addr;
	struct in6_ifreq ifr6 = { .ifr6_prefixlen = 64 };
	int s = socket(AF_INET, SOCK_DGRAM, 0), s6 = socket(AF_INET6, SOCK_DGRAM, 0);

	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = inet_addr("10.0.0.1");
	interface_ioctl(s, SIOCSIFADDR, &ifr);
	sin->sin_addr.s_addr = inet_addr("255.255.255.0");
	interface_ioctl(s, SIOCSIFNETMASK, &ifr);
	interface_ioctl(s, SIOCGIFFLAGS, &ifr);
	ifr.ifr_flags |= IFF_UP;
	interface_ioctl(s, SIOCSIFFLAGS, &ifr);
	inet_pton(AF_INET6, "fd00::1", &ifr6.ifr6_addr);
	ifr6.ifr6_ifindex = (int)if_nametoindex("tap0");
	if (s6 < 0 || ioctl(s6, SIOCSIFADDR, &ifr6))
		tap_skip("the kernel has no IPv6");
	close(s6);
	close(s);
}

static void kernel_end(void)
{
	struct ifreq ifr = { .ifr_name = "tap0", .ifr_flags = IFF_TAP | IFF_NO_PI };

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
		tap_skip("no network namespace may be made here");
	tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (tap < 0 || ioctl(tap, TUNSETIFF, &ifr))
		tap_skip("no TAP may be made here");
	tap_write_file("/proc/sys/net/ipv6/conf/tap0/accept_dad", "0");
	tap_write_file("/proc/sys/net/ipv4/tcp_fastopen", "3");
	tap_write_file("/proc/sys/net/ipv4/igmp_qrv", "1");	/* read when a device goes up */
	kernel_addresses();
}

void tap_put(char *line, const char *fmt, ...)
{
	size_t at = strlen(line);
	va_list args;

	va_start(args, fmt);
	vsnprintf(line + at, TAP_LINE - at, fmt, args);
	va_end(args);
}

void tap_kernel_loopback(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	tap_check(!ioctl(s, SIOCSIFFLAGS, &ifr), "lo up", errno, 0);
	close(s);
}

int64_t tap_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

void tap_command(const char *line)
{
	char out[300];

	if (ln_ctl(tap_net, line, out, sizeof(out), NULL)) {
		printf("BAD: %s: %s\n", line, out);
		exit(1);
	}
}

static void our_end(void)
{
	struct ln_nic_params params = { .name = "eth0", .rx_ring = 256, .tx_ring = 1024 };
	static const char *const words[] = {
		"sysctl -w net.ipv6.conf.all.disable_ipv6=0", "sysctl -w net.ipv4.tcp_fastopen=3",
		"sysctl -w net.ipv4.igmp_qrv=1",
		"ip link set lo up", "ip addr add 10.0.0.2/24 dev eth0",
		"ip addr add fd00::2/64 dev eth0 nodad", "ip link set eth0 up",
	};
	struct ln_net_params np;

	ln_net_params_init(&np);
	np.start_ns = tap_clock_ns();
	tap_net = ln_net_create(&np);
	nic = ln_nic_create(tap_net, &params);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		tap_command(words[i]);
}

/* The kernel gives its address out a little later, even where it asks nobody about it. */
static void wait_for_address(void)
{
	struct sockaddr_storage at;
	socklen_t len = tap_name(tap_names[1].of[KERNEL], 0, &at);
	int s = socket(AF_INET6, SOCK_DGRAM, 0), err = -1;

	for (int i = 0; i < TAP_PATIENCE && err; i++) {
		err = bind(s, (void *)&at, len);
		tap_carry();
	}
	tap_check(!err, "the kernel's address", errno, 0);
	close(s);
}

void tap_begin(void (*shown)(int who, const unsigned char *frame, ssize_t n))
{
	look = shown;
	kernel_end();
	our_end();
	wait_for_address();
}

void tap_end(void)
{
	struct ln_leaks leaks;
	bool clean = !ln_net_destroy(tap_net, &leaks);

	tap_check(clean, "something leaked: bytes, objects",
		  (long)leaks.bytes, (long)leaks.objects);
}

bool tap_carry(void)
{
	struct pollfd p = { tap, POLLIN, 0 };
	unsigned char frame[2048];
	ssize_t n, moved = 0;

	while ((n = read(tap, frame, sizeof(frame))) > 0) {
		if (look)
			look(KERNEL, frame, n);
		ln_nic_receive(nic, frame, (size_t)n);
		moved++;
	}
	ln_net_run(tap_net, tap_clock_ns());
	while ((n = ln_nic_transmit(nic, frame, sizeof(frame))) > 0) {
		if (look)
			look(OURS, frame, n);
		tap_check(write(tap, frame, (size_t)n) == n, "write", n, errno);
		moved++;
	}
	ln_net_run(tap_net, tap_clock_ns());
	if (!moved)
		poll(&p, 1, 1);
	return moved;
}

void tap_settle(void)
{
	for (int i = 0; i < 100; i++)
		tap_carry();
}

/* ---- the calls ---- */

socklen_t tap_name(const char *host, unsigned short port, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *sin6 = (void *)out;
	struct sockaddr_in *sin = (void *)out;

	memset(out, 0, sizeof(*out));
	if (strchr(host, ':')) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(port);
		tap_check(inet_pton(AF_INET6, host, &sin6->sin6_addr) == 1, host, 0, 0);
		return sizeof(*sin6);
	}
	sin->sin_family = AF_INET;
	sin->sin_port = htons(port);
	tap_check(inet_pton(AF_INET, host, &sin->sin_addr) == 1, host, 0, 0);
	return sizeof(*sin);
}

static ssize_t or_errno(ssize_t r)
{
	return r < 0 ? -errno : r;
}

int tap_socket_of(int who, int family, int type, int protocol)
{
	int s = who ? ln_socket(tap_net, family, type, protocol) :
		      (int)or_errno(socket(family, type | SOCK_NONBLOCK, protocol));

	tap_check(s >= 0, "socket", who, s);
	return s;
}

int tap_socket(int who, const char *host, int type)
{
	return tap_socket_of(who, strchr(host, ':') ? AF_INET6 : AF_INET, type, 0);
}

int tap_setsockopt(int who, int s, int level, int name, const void *val, unsigned len)
{
	return who ? ln_setsockopt(tap_net, s, level, name, val, len) :
		     (int)or_errno(setsockopt(s, level, name, val, len));
}

int tap_getsockopt(int who, int s, int level, int name, void *val, unsigned *len)
{
	return who ? ln_getsockopt(tap_net, s, level, name, val, len) :
		     (int)or_errno(getsockopt(s, level, name, val, len));
}

int tap_getint(int who, int s, int level, int name)
{
	unsigned len = sizeof(int);
	int v = 0, r = tap_getsockopt(who, s, level, name, &v, &len);

	return r ? r : v;
}

int tap_getname(int who, int s, bool peer, struct sockaddr_storage *at, socklen_t *len)
{
	*len = sizeof(*at);
	memset(at, 0, sizeof(*at));
	if (who)
		return peer ? ln_getpeername(tap_net, s, at, len) :
			      ln_getsockname(tap_net, s, at, len);
	return (int)or_errno(peer ? getpeername(s, (void *)at, len) :
				    getsockname(s, (void *)at, len));
}

int tap_connect(int who, int s, const char *host, unsigned short port)
{
	struct sockaddr_storage to;
	socklen_t len = tap_name(host, port, &to);

	return who ? ln_connect(tap_net, s, &to, len) :
		     (int)or_errno(connect(s, (void *)&to, len));
}

ssize_t tap_sendto(int who, int s, const void *buf, size_t n, int flags, const char *host,
		   unsigned short port)
{
	struct sockaddr_storage to;
	socklen_t len = tap_name(host, port, &to);

	return who ? ln_sendto(tap_net, s, buf, n, flags, &to, len) :
		     or_errno(sendto(s, buf, n, flags | MSG_NOSIGNAL, (void *)&to, len));
}

ssize_t tap_send(int who, int s, const void *buf, size_t n)
{
	return who ? ln_send(tap_net, s, buf, n, 0) : or_errno(send(s, buf, n, MSG_NOSIGNAL));
}

static struct ln_msghdr our_msghdr(const struct msghdr *m, struct ln_iovec *iov)
{
	*iov = (struct ln_iovec){ m->msg_iov->iov_base, m->msg_iov->iov_len };
	return (struct ln_msghdr){
		.msg_name = m->msg_name, .msg_namelen = m->msg_namelen, .msg_iov = iov,
		.msg_iovlen = 1, .msg_control = m->msg_control,
		.msg_controllen = m->msg_controllen,
	};
}

ssize_t tap_sendmsg(int who, int s, const struct msghdr *m, int flags)
{
	struct ln_iovec iov;
	struct ln_msghdr ours = our_msghdr(m, &iov);

	return who ? ln_sendmsg(tap_net, s, &ours, flags) :
		     or_errno(sendmsg(s, m, flags | MSG_NOSIGNAL));
}

ssize_t tap_recvmsg(int who, int s, struct msghdr *m, int flags)
{
	struct ln_iovec iov;
	struct ln_msghdr ours = our_msghdr(m, &iov);
	ssize_t n;

	if (!who)
		return or_errno(recvmsg(s, m, flags));
	n = ln_recvmsg(tap_net, s, &ours, flags);
	m->msg_namelen = ours.msg_namelen;
	m->msg_controllen = ours.msg_controllen;
	m->msg_flags = ours.msg_flags;
	return n;
}

ssize_t tap_recv(int who, int s, void *buf, size_t n)
{
	return who ? ln_recv(tap_net, s, buf, n, 0) : or_errno(recv(s, buf, n, 0));
}

void tap_bind(int who, int s, const char *host, unsigned short port)
{
	struct sockaddr_storage at;
	socklen_t len = tap_name(host, port, &at);
	int err = who ? ln_bind(tap_net, s, &at, len) : (int)or_errno(bind(s, (void *)&at, len));

	tap_check(!err, "bind", who, err);
}

void tap_listen(int who, int s)
{
	int err = who ? ln_listen(tap_net, s, 5) : (int)or_errno(listen(s, 5));

	tap_check(!err, "listen", who, err);
}

/* Is it that host, at whatever port? */
static bool is_from(const struct sockaddr_storage *got, socklen_t len, const char *host)
{
	const struct sockaddr_in6 *sin6 = (const void *)got;
	const struct sockaddr_in *sin = (const void *)got;
	struct sockaddr_storage want;
	unsigned short port = ntohs(got->ss_family == AF_INET6 ? sin6->sin6_port : sin->sin_port);

	return tap_name(host, port, &want) == len && !memcmp(got, &want, len);
}

int tap_accept(int who, int s, const char *from)
{
	for (int i = 0; i < TAP_PATIENCE; i++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t n = sizeof(peer);
		int at = who ? ln_accept(tap_net, s, &peer, &n) :
			       accept4(s, (void *)&peer, &n, SOCK_NONBLOCK);

		if (at >= 0) {
			tap_check(!from || is_from(&peer, n, from), "the peer's name", who, n);
			return at;
		}
		tap_carry();
	}
	tap_check(false, "no connection came", who, 0);
	return -1;
}

ssize_t tap_await(int who, int s, void *buf, size_t n)
{
	ssize_t r = -EAGAIN;

	for (int i = 0; i < TAP_PATIENCE && r == -EAGAIN; i++) {
		tap_carry();
		r = tap_recv(who, s, buf, n);
	}
	return r;
}

void tap_close(int who, int s)
{
	if (who)
		ln_close(tap_net, s);
	else
		close(s);
}

static unsigned char byte_at(size_t i)
{
	return (unsigned char)(i * 13 >> 4);
}

void tap_transfer(int who, int from, int to, size_t bytes)
{
	size_t sent = 0, got = 0;
	unsigned char buf[16000];

	for (int i = 0; got < bytes; i++) {
		size_t len = bytes - sent < sizeof(buf) ? bytes - sent : sizeof(buf);
		ssize_t n;

		tap_check(i < 20 * TAP_PATIENCE, "the transfer stands still", (long)sent,
			  (long)got);
		for (size_t k = 0; k < len; k++)
			buf[k] = byte_at(sent + k);
		n = tap_send(who, from, buf, len);
		sent += n > 0 ? (size_t)n : 0;
		tap_carry();
		while ((n = tap_recv(!who, to, buf, sizeof(buf))) > 0)
			for (ssize_t k = 0; k < n; k++, got++)
				tap_check(buf[k] == byte_at(got), "byte", (long)got, buf[k]);
	}
}
