/* SPDX-License-Identifier: MIT */
/*
 * Fast Open and MD5 signatures against the kernel's, both roles: with a cookie that one got from
 * the other the second SYN brings data, and signed connections carry bytes both ways.
 *
 *	kernel sockets 10.0.0.1 --- tap0 --- this process: an instance, 10.0.0.2
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/tcp.h>
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
#include <linnet/tcp_auth.h>

#define PATIENCE 4000		/* rounds of at most 5 ms */
#define BYTES 200000

static struct ln_net *net;
static struct ln_nic *nic;
static int tap;
static int syn_data;		/* bytes of the last SYN's payload that was seen, either way */
static int signatures;		/* segments with an MD5 option */

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
	int s, f;

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
	f = open("/proc/sys/net/ipv4/tcp_fastopen", O_WRONLY);
	if (f < 0 || write(f, "3", 1) != 1)
		skip("tcp_fastopen cannot be set");
	close(f);
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
	struct ln_net_params np;

	ln_net_params_init(&np);
	np.start_ns = clock_ns();
	net = ln_net_create(&np);
	nic = ln_nic_create(net, &params);
	check(!ln_ctl(net, "ip addr add 10.0.0.2/24 dev eth0", NULL, 0, NULL) &&
	      !ln_ctl(net, "ip link set eth0 up", NULL, 0, NULL) &&
	      !ln_ctl(net, "sysctl -w net.ipv4.tcp_fastopen=3", NULL, 0, NULL), "our end", 0, 0);
}

/* What a frame of the capture shows. */
static void look(const unsigned char *f, ssize_t n)
{
	const unsigned char *ip = f + 14, *tcp = ip + 20, *opt = tcp + 20, *end;

	if (n < 54 || f[12] != 8 || f[13] || ip[9] != 6)
		return;
	end = tcp + (tcp[12] >> 4) * 4;
	if ((tcp[13] & 0x12) == 2)
		syn_data = (ip[2] << 8 | ip[3]) - 20 - (int)(end - tcp);
	for (; opt < end && *opt; opt += *opt == 1 ? 1 : opt[1])
		signatures += *opt == 19;
}

/* Carries what is there, or waits a little. */
static void carry(void)
{
	struct pollfd p = { tap, POLLIN, 0 };
	unsigned char frame[2048];
	ssize_t n, moved = 0;

	while ((n = read(tap, frame, sizeof(frame))) > 0) {
		look(frame, n);
		ln_nic_receive(nic, frame, (size_t)n);
		moved++;
	}
	ln_net_run(net, clock_ns());
	while ((n = ln_nic_transmit(nic, frame, sizeof(frame))) > 0) {
		look(frame, n);
		check(write(tap, frame, (size_t)n) == n, "write", n, errno);
		moved++;
	}
	ln_net_run(net, clock_ns());
	if (!moved)
		poll(&p, 1, 5);
}

/* ---- one interface to both kinds of socket ---- */

enum { KERNEL, OURS };

static int open_socket(int who)
{
	int s = who ? ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0) :
		      socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	check(s >= 0, "socket", s, errno);
	return s;
}

static int option(int who, int s, int name, const void *val, unsigned len)
{
	return who ? ln_setsockopt(net, s, LN_SOL_TCP, name, val, len) :
		     setsockopt(s, IPPROTO_TCP, name, val, len);
}

static struct sockaddr_in address(int who, unsigned short port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
				     .sin_addr.s_addr = inet_addr(who ? "10.0.0.2" : "10.0.0.1") };
}

static void listens(int who, int s, unsigned short port)
{
	struct sockaddr_in a = address(who, port);
	int err = who ? ln_bind(net, s, &a, sizeof(a)) : bind(s, (void *)&a, sizeof(a));

	check(!err, "bind", err, errno);
	err = who ? ln_listen(net, s, 5) : listen(s, 5);
	check(!err, "listen", err, errno);
}

static int accepts(int who, int s)
{
	for (int i = 0; i < PATIENCE; i++) {
		int at = who ? ln_accept(net, s, NULL, NULL) :
			 accept4(s, NULL, NULL, SOCK_NONBLOCK);

		if (at >= 0)
			return at;
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
	return who ? ln_recv(net, s, buf, n, 0) : recv(s, buf, n, 0);
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
	unsigned char buf[8000];

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

static void settle(void)
{
	for (int i = 0; i < 20; i++)
		carry();
}

/* ---- Fast Open ---- */

static ssize_t fastopen_send(int who, int s, struct sockaddr_in to, const void *buf, size_t n)
{
	ssize_t r = who ? ln_sendto(net, s, buf, n, LN_MSG_FASTOPEN, &to, sizeof(to)) :
		    sendto(s, buf, n, MSG_FASTOPEN, (void *)&to, sizeof(to));

	return r < 0 ? who ? r : -errno : r;
}

/* who connects twice; the second SYN has its data. */
static void fastopen(int who, unsigned short port)
{
	int l = open_socket(!who), five = 5, one, two, at;
	struct sockaddr_in to = address(!who, port);
	char buf[1000] = "", got[2000];
	ssize_t n;

	check(!option(!who, l, TCP_FASTOPEN, &five, sizeof(five)), "TCP_FASTOPEN", errno, 0);
	listens(!who, l, port);
	one = open_socket(who);
	n = fastopen_send(who, one, to, buf, sizeof(buf));
	check(n == -EINPROGRESS, "first sendto", n, -EINPROGRESS);
	at = accepts(!who, l);
	check(syn_data == 0, "the first SYN has data", syn_data, 0);
	settle();
	closes(who, one);
	closes(!who, at);
	settle();
	two = open_socket(who);
	memset(buf, 'x', sizeof(buf));
	n = fastopen_send(who, two, to, buf, sizeof(buf));
	check(n == sizeof(buf), "second sendto", n, sizeof(buf));
	syn_data = -1;
	for (int i = 0; i < PATIENCE && syn_data < 0; i++)
		carry();
	check(syn_data == sizeof(buf), "data in the SYN", syn_data, sizeof(buf));
	at = accepts(!who, l);
	n = receives(!who, at, got, sizeof(got));
	check(n == sizeof(buf) && !memcmp(got, buf, sizeof(buf)), "data of the SYN", n,
	      sizeof(buf));
	transfer(who, two, at);
	transfer(!who, at, two);
	closes(who, two);
	closes(!who, at);
	closes(!who, l);
	settle();
}

/* ---- MD5 ---- */

static void md5_key(int who, int s, int peer, const char *key)
{
	struct sockaddr_in a = address(peer, 0);
	struct ln_tcp_md5sig m = { .tcpm_keylen = (uint16_t)strlen(key) };

	memcpy(m.tcpm_addr, &a, sizeof(a));
	memcpy(m.tcpm_key, key, strlen(key));
	if (option(who, s, TCP_MD5SIG, &m, sizeof(m)))
		skip("this kernel has no TCP_MD5SIG");
}

static void md5(int who, unsigned short port)
{
	int l = open_socket(!who), s = open_socket(who), at, err;
	struct sockaddr_in to = address(!who, port);

	md5_key(!who, l, who, "a secret that both know");
	md5_key(who, s, !who, "a secret that both know");
	listens(!who, l, port);
	signatures = 0;
	err = who ? ln_connect(net, s, &to, sizeof(to)) : connect(s, (void *)&to, sizeof(to));
	check(err, "connect", err, errno);
	at = accepts(!who, l);
	transfer(who, s, at);
	transfer(!who, at, s);
	check(signatures > 2 * BYTES / 1460, "signed segments", signatures, 2 * BYTES / 1460);
	closes(who, s);
	settle();
	closes(!who, at);
	closes(!who, l);
	settle();
}

int main(void)
{
	kernel_end();
	our_end();
	fastopen(OURS, 7001);
	fastopen(KERNEL, 7002);
	md5(OURS, 7003);
	md5(KERNEL, 7004);
	ln_net_destroy(net, NULL);
	printf("Fast Open and MD5 with the kernel, both roles\n");
	return 0;
}
