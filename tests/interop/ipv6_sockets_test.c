/* SPDX-License-Identifier: MIT */
/*
 * Sockets of AF_INET6 against the kernel's, both roles: TCP with a bulk of bytes each way, by IPv6
 * and by mapped addresses to one listener for both; UDP with fragments; a refused connection and an
 * unreachable port.
 *
 *	kernel sockets fd00::1, 10.0.0.1 --- tap0 --- this process: an instance, fd00::2, 10.0.0.2
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linnet/linnet.h>

#define PATIENCE 4000		/* rounds of at most 5 ms */
#define BYTES 2000000

static struct ln_net *net;
static struct ln_nic *nic;
static int tap;

static void skip(const char *what)
{
	printf("skipped: %s: %s\n", what, strerror(errno));
	exit(77);
}

static void check(int ok, const char *what, long a, long b)
{
	if (ok)
		return;
	printf("BAD: %s: %ld, %ld\n", what, a, b);
	exit(1);
}

/* ---- the world ---- */

static void write_file(const char *path, const char *text)
{
	int f = open(path, O_WRONLY);

	if (f < 0 || write(f, text, strlen(text)) < 0)
		skip(path);
	close(f);
}

static void interface_ioctl(int s, unsigned long what, struct ifreq *ifr)
{
	strcpy(ifr->ifr_name, "tap0");
	if (ioctl(s, what, ifr))
		skip("tap0 cannot be set up");
}

static void kernel_end(void)
{
	struct ifreq ifr = { .ifr_name = "tap0", .ifr_flags = IFF_TAP | IFF_NO_PI };
	struct sockaddr_in *sin = (void *)&ifr.ifr_addr;
	struct in6_ifreq ifr6 = { .ifr6_prefixlen = 64 };
	int s, s6;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
		skip("no network namespace may be made here");
	tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (tap < 0 || ioctl(tap, TUNSETIFF, &ifr))
		skip("no TAP may be made here");
	write_file("/proc/sys/net/ipv6/conf/tap0/accept_dad", "0");
	s = socket(AF_INET, SOCK_DGRAM, 0);
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = inet_addr("10.0.0.1");
	interface_ioctl(s, SIOCSIFADDR, &ifr);
	sin->sin_addr.s_addr = inet_addr("255.255.255.0");
	interface_ioctl(s, SIOCSIFNETMASK, &ifr);
	interface_ioctl(s, SIOCGIFFLAGS, &ifr);
	ifr.ifr_flags |= IFF_UP;
	interface_ioctl(s, SIOCSIFFLAGS, &ifr);
	s6 = socket(AF_INET6, SOCK_DGRAM, 0);
	inet_pton(AF_INET6, "fd00::1", &ifr6.ifr6_addr);
	ifr6.ifr6_ifindex = (int)if_nametoindex("tap0");
	if (s6 < 0 || ioctl(s6, SIOCSIFADDR, &ifr6))
		skip("the kernel has no IPv6");
	close(s6);
	close(s);
}

static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void our_end(void)
{
	struct ln_nic_params params = { .name = "eth0", .rx_ring = 256, .tx_ring = 1024 };
	static const char *const words[] = {
		"sysctl -w net.ipv6.conf.all.disable_ipv6=0", "ip link set lo up",
		"ip addr add 10.0.0.2/24 dev eth0", "ip addr add fd00::2/64 dev eth0 nodad",
		"ip link set eth0 up",
	};
	struct ln_net_params np;
	char out[300];

	ln_net_params_init(&np);
	np.start_ns = clock_ns();
	net = ln_net_create(&np);
	nic = ln_nic_create(net, &params);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ln_ctl(net, words[i], out, sizeof(out), NULL)) {
			printf("BAD: %s: %s\n", words[i], out);
			exit(1);
		}
}

/* Carries what is there, or waits a little. */
static void carry(void)
{
	struct pollfd p = { tap, POLLIN, 0 };
	unsigned char frame[2048];
	ssize_t n, moved = 0;

	while ((n = read(tap, frame, sizeof(frame))) > 0) {
		ln_nic_receive(nic, frame, (size_t)n);
		moved++;
	}
	ln_net_run(net, clock_ns());
	while ((n = ln_nic_transmit(nic, frame, sizeof(frame))) > 0) {
		check(write(tap, frame, (size_t)n) == n, "write", n, errno);
		moved++;
	}
	ln_net_run(net, clock_ns());
	if (!moved)
		poll(&p, 1, 5);
}

/* ---- one interface to both kinds of socket ---- */

enum { KERNEL, OURS };

static int open_socket(int who, int type)
{
	int s = who ? ln_socket(net, LN_AF_INET6, type, 0) :
		      socket(AF_INET6, type | SOCK_NONBLOCK, 0);

	check(s >= 0, "socket", s, errno);
	return s;
}

static struct sockaddr_in6 address(const char *text, unsigned short port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	check(inet_pton(AF_INET6, text, &a.sin6_addr) == 1, text, 0, 0);
	return a;
}

static void binds(int who, int s, const char *at, unsigned short port)
{
	struct sockaddr_in6 a = address(at, port);
	int err = who ? ln_bind(net, s, &a, sizeof(a)) : bind(s, (void *)&a, sizeof(a));

	check(!err, "bind", err, errno);
}

static int connects(int who, int s, const char *to, unsigned short port)
{
	struct sockaddr_in6 a = address(to, port);

	if (who)
		return ln_connect(net, s, &a, sizeof(a));
	return connect(s, (void *)&a, sizeof(a)) ? -errno : 0;
}

static int accepts(int who, int s, const char *from)
{
	struct sockaddr_in6 a, want = address(from, 0);

	for (int i = 0; i < PATIENCE; i++) {
		socklen_t n = sizeof(a);
		int at = who ? ln_accept(net, s, &a, &n) :
			 accept4(s, (void *)&a, &n, SOCK_NONBLOCK);

		if (at >= 0) {
			check(n == sizeof(a) && a.sin6_family == AF_INET6 &&
			      !memcmp(&a.sin6_addr, &want.sin6_addr, 16), "the peer's name", n, 0);
			return at;
		}
		carry();
	}
	check(0, "no connection came", who, 0);
	return -1;
}

static ssize_t sends(int who, int s, const void *buf, size_t n)
{
	return who ? ln_send(net, s, buf, n, 0) : send(s, buf, n, MSG_NOSIGNAL);
}

static ssize_t receives(int who, int s, void *buf, size_t n)
{
	ssize_t r = who ? ln_recv(net, s, buf, n, 0) : recv(s, buf, n, 0);

	return r < 0 && !who ? -errno : r;
}

/* What comes, sooner or later, to a socket that waits for it. */
static ssize_t awaits(int who, int s, void *buf, size_t n)
{
	ssize_t r = -EAGAIN;

	for (int i = 0; i < PATIENCE && r == -EAGAIN; i++) {
		carry();
		r = receives(who, s, buf, n);
	}
	return r;
}

static void closes(int who, int s)
{
	if (who)
		ln_close(net, s);
	else
		close(s);
}

static void transfer(int who, int from, int to)
{
	size_t sent = 0, got = 0;
	unsigned char buf[16000];

	for (int i = 0; got < BYTES; i++) {
		ssize_t n;

		check(i < 20 * PATIENCE, "the transfer stands still", (long)sent, (long)got);
		for (size_t k = 0; k < sizeof(buf); k++)
			buf[k] = (unsigned char)((sent + k) * 13 >> 4);
		n = sends(who, from, buf, BYTES - sent < sizeof(buf) ? BYTES - sent : sizeof(buf));
		sent += n > 0 ? (size_t)n : 0;
		carry();
		while ((n = receives(!who, to, buf, sizeof(buf))) > 0)
			for (ssize_t k = 0; k < n; k++, got++)
				check(buf[k] == (unsigned char)(got * 13 >> 4), "byte", (long)got,
				      buf[k]);
	}
}

/* ---- what is tried ---- */

/* who connects to a listener that is open to both families. */
static void stream(int who, unsigned short port, const char *from, const char *to)
{
	int l = open_socket(!who, SOCK_STREAM), s = open_socket(who, SOCK_STREAM), at, err;
	char c;

	binds(!who, l, "::", port);
	err = !who ? ln_listen(net, l, 5) : listen(l, 5);
	check(!err, "listen", err, errno);
	err = connects(who, s, to, port);
	check(err == -EINPROGRESS, "connect", err, 0);
	at = accepts(!who, l, from);
	transfer(who, s, at);
	transfer(!who, at, s);
	closes(who, s);
	check(awaits(!who, at, &c, 1) == 0, "end of the stream", 0, 0);
	closes(!who, at);
	closes(!who, l);
	for (int i = 0; i < 20; i++)
		carry();
}

static void refused(int who, const char *to)
{
	int s = open_socket(who, SOCK_STREAM), err = connects(who, s, to, 4999);

	for (int i = 0; i < PATIENCE && (err == -EINPROGRESS || err == -EALREADY); i++) {
		carry();
		err = connects(who, s, to, 4999);
	}
	check(err == -ECONNREFUSED, "connect to nobody", err, 0);
	closes(who, s);
}

/* There and back: small, and in fragments; then nobody is there any more. */
static void datagrams(int who, unsigned short port, const char *from, const char *to)
{
	int s = open_socket(who, SOCK_DGRAM), peer = open_socket(!who, SOCK_DGRAM);
	static unsigned char buf[20000], got[20000];
	static const size_t sizes[] = { 1, 1452, 1453, 20000 };

	binds(who, s, from, port);
	binds(!who, peer, "::", port);
	check(!connects(who, s, to, port), "connect", errno, 0);
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (unsigned char)(i * 7 + i / 251);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ssize_t n = sends(who, s, buf, sizes[i]);

		check(n == (ssize_t)sizes[i], "send", n, errno);
		n = awaits(!who, peer, got, sizeof(got));
		check(n == (ssize_t)sizes[i] && !memcmp(buf, got, sizes[i]), "there", n,
		      (long)sizes[i]);
		if (!i)
			check(!connects(!who, peer, from, port), "connect back", errno, 0);
		n = sends(!who, peer, buf, sizes[i]);
		check(n == (ssize_t)sizes[i], "send back", n, errno);
		n = awaits(who, s, got, sizeof(got));
		check(n == (ssize_t)sizes[i] && !memcmp(buf, got, sizes[i]), "back", n,
		      (long)sizes[i]);
	}
	closes(!who, peer);
	sends(who, s, buf, 1);
	check(awaits(who, s, got, 1) == -ECONNREFUSED, "to nobody", 0, 0);
	closes(who, s);
}

int main(void)
{
	kernel_end();
	our_end();
	stream(OURS, 7001, "fd00::2", "fd00::1");
	stream(KERNEL, 7002, "fd00::1", "fd00::2");
	stream(OURS, 7003, "::ffff:10.0.0.2", "::ffff:10.0.0.1");
	stream(KERNEL, 7004, "::ffff:10.0.0.1", "::ffff:10.0.0.2");
	refused(OURS, "fd00::1");
	refused(KERNEL, "fd00::2");
	datagrams(OURS, 7005, "fd00::2", "fd00::1");
	datagrams(KERNEL, 7006, "fd00::1", "fd00::2");
	datagrams(OURS, 7007, "::ffff:10.0.0.2", "::ffff:10.0.0.1");
	datagrams(KERNEL, 7008, "::ffff:10.0.0.1", "::ffff:10.0.0.2");
	ln_net_destroy(net, NULL);
	printf("sockets of AF_INET6 with the kernel, both roles\n");
	return 0;
}
