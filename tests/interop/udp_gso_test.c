/* SPDX-License-Identifier: MIT */
/*
 * UDP_SEGMENT and UDP_GRO against the kernel's: what one sends in one call the other reads with the
 * same bytes and boundaries, both ways, and both refuse the same calls with the same errors.
 *
 *	kernel sockets 10.0.0.1 --- tap0 --- this process: an instance, 10.0.0.2
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linnet/linnet.h>

#include "harness/kernel_age.h"

#define PORT 7000
#define PATIENCE_MS 10000
#define MAX_LEN 65507

static struct ln_net *net;
static struct ln_nic *nic;
static int tap;
static int64_t now = 1000000000;
static unsigned char out[65536], in[65536];

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
	int s;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
		skip("no network namespace may be made here");
	tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (tap < 0 || ioctl(tap, TUNSETIFF, &ifr))
		skip("no TAP may be made here");
	s = socket(AF_INET, SOCK_DGRAM, 0);
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = inet_addr("10.0.0.1");
	interface_ioctl(s, SIOCSIFADDR, &ifr);
	sin->sin_addr.s_addr = inet_addr("255.255.255.0");
	interface_ioctl(s, SIOCSIFNETMASK, &ifr);
	interface_ioctl(s, SIOCGIFFLAGS, &ifr);
	ifr.ifr_flags |= IFF_UP;
	interface_ioctl(s, SIOCSIFFLAGS, &ifr);
	close(s);
}

static void our_end(void)
{
	struct ln_nic_params params = { .name = "eth0", .rx_ring = 256, .tx_ring = 1024 };
	struct ln_net_params np;

	ln_net_params_init(&np);
	np.start_ns = now;
	net = ln_net_create(&np);
	nic = ln_nic_create(net, &params);
	check(!ln_ctl(net, "ip addr add 10.0.0.2/24 dev eth0", NULL, 0, NULL) &&
	      !ln_ctl(net, "ip link set eth0 up", NULL, 0, NULL), "our address", 0, 0);
}

/* Carries what is there. Return: whether anything was. */
static int carry(void)
{
	unsigned char frame[2048];
	ssize_t n, moved = 0;

	while ((n = read(tap, frame, sizeof(frame))) > 0) {
		ln_nic_receive(nic, frame, (size_t)n);
		moved++;
	}
	now += 1000;
	ln_net_run(net, now);
	while ((n = ln_nic_transmit(nic, frame, sizeof(frame))) > 0) {
		check(write(tap, frame, (size_t)n) == n, "write", n, errno);
		moved++;
	}
	ln_net_run(net, now);
	return moved > 0;
}

/* Until the kernel has something more for us; frames are sent to us before send() returns. */
static void wait_for_frames(void)
{
	struct pollfd p = { tap, POLLIN, 0 };

	if (!carry())
		check(poll(&p, 1, PATIENCE_MS) == 1, "nothing comes any more", 0, 0);
}

static int kernel_socket(const char *addr)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int s = socket(AF_INET, SOCK_DGRAM, 0), size = 1 << 22;

	sin.sin_addr.s_addr = inet_addr(addr);
	setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	check(!bind(s, (void *)&sin, sizeof(sin)), "bind", errno, 0);
	sin.sin_addr.s_addr = inet_addr("10.0.0.2");
	check(!connect(s, (void *)&sin, sizeof(sin)), "connect", errno, 0);
	return s;
}

static int our_socket(void)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET, .sin_port = htons(PORT) };
	int s = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, 0), size = 1 << 22;

	ln_setsockopt(net, s, LN_SOL_SOCKET, LN_SO_RCVBUF, &size, sizeof(size));
	check(!ln_bind(net, s, &sin, sizeof(sin)), "our bind", 0, 0);
	sin.sin_addr = inet_addr("10.0.0.1");
	check(!ln_connect(net, s, &sin, sizeof(sin)), "our connect", 0, 0);
	return s;
}

/* ---- bytes and boundaries ---- */

/* n bytes that were read at `at`, each datagram `size` long by the cmsg, 0 = there was none. */
static void check_piece(size_t at, size_t n, int size, size_t total, size_t each)
{
	size_t left = total - at;

	check(!memcmp(in, out + at, n), "bytes", (long)at, (long)n);
	check(at % each == 0, "a read begins within a datagram", (long)at, (long)each);
	if (size)
		check((size_t)size == each && n > each && (n % each == 0 || n == left),
		      "joined", size, (long)n);
	else
		check(n == (left < each ? left : each), "one datagram", (long)n, (long)each);
}

static int cmsg_size(const struct msghdr *m)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int size = 0;

	if (c && c->cmsg_level == IPPROTO_UDP && c->cmsg_type == LN_UDP_GRO)
		memcpy(&size, CMSG_DATA(c), sizeof(size));
	return size;
}

/* Return: how many reads it took. */
static int we_read(int s, size_t total, size_t each)
{
	struct { struct ln_cmsghdr h; int size, pad; } c;
	struct ln_iovec iov = { in, sizeof(in) };
	size_t got = 0;
	int reads = 0;

	while (got < total) {
		struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c,
				       .msg_controllen = sizeof(c) };
		ptrdiff_t n = ln_recvmsg(net, s, &m, 0);

		if (n == -EAGAIN) {
			wait_for_frames();
			continue;
		}
		check(n > 0, "our recvmsg", n, 0);
		check_piece(got, (size_t)n, m.msg_controllen ? c.size : 0, total, each);
		got += (size_t)n;
		reads++;
	}
	return reads;
}

static void kernel_reads(int s, size_t total, size_t each)
{
	char control[64];
	struct iovec iov = { in, sizeof(in) };
	struct pollfd p = { s, POLLIN, 0 };
	size_t got = 0;

	while (got < total) {
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				    .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(s, &m, MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN) {
			if (!carry())
				check(poll(&p, 1, PATIENCE_MS) == 1, "the kernel reads", 0, 0);
			continue;
		}
		check(n > 0, "recvmsg", n, errno);
		check_piece(got, (size_t)n, cmsg_size(&m), total, each);
		got += (size_t)n;
	}
}

static void both_set(int theirs, int ours, int name, int v)
{
	check(!setsockopt(theirs, IPPROTO_UDP, name, &v, sizeof(v)) &&
	      !ln_setsockopt(net, ours, LN_SOL_UDP, name, &v, sizeof(v)), "set", name, errno);
}

static void bytes_and_boundaries(int theirs, int ours)
{
	static const int sizes[] = { 1, 9, 100, 700, 1200, 1471, 1472 };
	int reads = 0, datagrams = 0;

	for (int gro = 0; gro < 2; gro++) {
		both_set(theirs, ours, LN_UDP_GRO, gro);
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			size_t each = (size_t)sizes[i], total = each * 40 + each / 3;

			both_set(theirs, ours, LN_UDP_SEGMENT, sizes[i]);
			check(send(theirs, out, total, 0) == (ssize_t)total, "send", errno, 0);
			datagrams += gro * (int)((total + each - 1) / each);
			reads += we_read(ours, total, each) * gro;
			check(ln_send(net, ours, out, total, 0) == (ptrdiff_t)total, "our send",
			      0, 0);
			kernel_reads(theirs, total, each);
		}
	}
	printf("%d datagrams of the kernel were read in %d pieces\n", datagrams, reads);
	check(reads * 4 < datagrams, "they are joined", reads, datagrams);
}

/* ---- errors ---- */

static long try_kernel(int s, int size, size_t len)
{
	char control[CMSG_SPACE(2)] = { 0 };
	struct iovec iov = { out, len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	unsigned short v = (unsigned short)size;

	c->cmsg_level = IPPROTO_UDP;
	c->cmsg_type = LN_UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(v));
	memcpy(CMSG_DATA(c), &v, sizeof(v));
	return sendmsg(s, &m, 0) < 0 ? -errno : (long)len;
}

static long try_ours(int s, int size, size_t len)
{
	struct { struct ln_cmsghdr h; unsigned short v; char pad[6]; } c = {
		{ sizeof(c.h) + 2, LN_SOL_UDP, LN_UDP_SEGMENT }, (unsigned short)size, "",
	};
	struct ln_iovec iov = { out, len };
	struct ln_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c,
			       .msg_controllen = sizeof(c) };

	return ln_sendmsg(net, s, &m, 0);
}

static void the_same_is_refused(int theirs, int ours)
{
	static const struct {
		int size;
		size_t len;
	} calls[] = {
		{ 0, 1000 }, { 1472, 1472 }, { 1472, 1473 }, { 1473, 1472 }, { 1473, 1473 },
		{ 1473, 1474 }, { 2000, 100 }, { 65535, 10 }, { 65535, 5000 }, { 1472, MAX_LEN },
		{ 1472, MAX_LEN + 1 }, { 1, 64 }, { 1, 65 }, { 1, 128 }, { 1, 129 }, { 100, 12800 },
		{ 100, 12801 }, { 600, 65507 }, { 0, 0 }, { 5, 0 }, { 0, MAX_LEN + 1 },
	};

	both_set(theirs, ours, LN_UDP_SEGMENT, 0);
	for (int pmtudisc = 0; pmtudisc < 4; pmtudisc++) {
		setsockopt(theirs, IPPROTO_IP, IP_MTU_DISCOVER, &pmtudisc, sizeof(pmtudisc));
		ln_setsockopt(net, ours, LN_SOL_IP, LN_IP_MTU_DISCOVER, &pmtudisc,
			      sizeof(pmtudisc));
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
			long a = try_kernel(theirs, calls[i].size, calls[i].len);
			long b = try_ours(ours, calls[i].size, calls[i].len);

			if (a != b)
				printf("pmtudisc %d, %zu bytes by %d:\n", pmtudisc, calls[i].len,
				       calls[i].size);
			check(a == b, "the kernel, and we", a, b);
			carry();
		}
	}
	for (int v = -1; v <= 65536; v += v == 0 ? 65535 : 1) {
		int a = setsockopt(theirs, IPPROTO_UDP, LN_UDP_SEGMENT, &v, sizeof(v)) ? -errno : 0;

		check(a == ln_setsockopt(net, ours, LN_SOL_UDP, LN_UDP_SEGMENT, &v, sizeof(v)),
		      "setsockopt", v, a);
	}
}

int main(void)
{
	int theirs, ours;

	kernel_end();
	our_end();
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (unsigned char)(i * 31 + (i >> 8) * 7);
	theirs = kernel_socket("10.0.0.1");
	ours = our_socket();
	bytes_and_boundaries(theirs, ours);
	/* Before it said EINVAL of what does not fit; before 6.9 it took 64 datagrams at most. */
	if (kernel_is_before(6, 14))
		printf("not compared: the errors of a kernel before 6.14\n");
	else
		the_same_is_refused(theirs, ours);
	ln_net_destroy(net, NULL);
	printf("ok\n");
	return 0;
}
