/* SPDX-License-Identifier: MIT */
/*
 * The datagrams of one UDP_SEGMENT cross a real interface in one piece, both ways, with the same
 * bytes and boundaries; with it switched off one by one.
 *
 *	kernel socket 10.0.0.1 --- tap0, or v0 v1 --- 10.0.0.2 an instance on a wire of host/
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linnet/ctl.h>
#include <linnet/linnet.h>

#include "base/ktime.h"
#include "harness/kernel_age.h"
#include "host/clock.h"
#include "host/machine.h"

#define PORT 7000
#define PATIENCE_NS (10 * NSEC_PER_SEC)
#define DATAGRAMS 40

static struct machine *m;
static unsigned char out[65536], in[65536];

static void check(int ok, const char *what, long a, long b)
{
	if (ok)
		return;
	printf("BAD: %s: %ld, %ld\n", what, a, b);
	exit(1);
}

static void skip(const char *why)
{
	printf("skipped: %s\n", why);
	exit(77);
}

static void turn(void)
{
	machine_turn(m, host_now_ns() + NSEC_PER_MSEC);
}

static void command(const char *line)
{
	char said[256] = "";

	if (ln_ctl(m->net, line, said, sizeof(said), NULL)) {
		printf("BAD: %s: %s\n", line, said);
		exit(1);
	}
}

static long counter(const char *name)
{
	char text[4096] = "", key[64];
	const char *at;

	ln_ctl(m->net, "ethtool -S eth0", text, sizeof(text), NULL);
	snprintf(key, sizeof(key), " %s: ", name);
	at = strstr(text, key);
	check(!!at, "a counter", 0, 0);
	return atol(at + strlen(key));
}

static int kernel_socket(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int s = socket(AF_INET, SOCK_DGRAM, 0), size = 1 << 22, on = 1;

	sin.sin_addr.s_addr = inet_addr("10.0.0.1");
	setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(s, IPPROTO_UDP, LN_UDP_GRO, &on, sizeof(on));
	check(!bind(s, (void *)&sin, sizeof(sin)), "bind", errno, 0);
	sin.sin_addr.s_addr = inet_addr("10.0.0.2");
	check(!connect(s, (void *)&sin, sizeof(sin)), "connect", errno, 0);
	return s;
}

static int our_socket(void)
{
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET, .sin_port = htons(PORT) };
	int s = ln_socket(m->net, LN_AF_INET, LN_SOCK_DGRAM, 0), size = 1 << 22;

	ln_setsockopt(m->net, s, LN_SOL_SOCKET, LN_SO_RCVBUF, &size, sizeof(size));
	check(!ln_bind(m->net, s, &sin, sizeof(sin)), "our bind", 0, 0);
	sin.sin_addr = inet_addr("10.0.0.1");
	check(!ln_connect(m->net, s, &sin, sizeof(sin)), "our connect", 0, 0);
	return s;
}

static void we_read(int s, size_t total, size_t each)
{
	s64 end = host_now_ns() + PATIENCE_NS;
	size_t got = 0;

	while (got < total) {
		ptrdiff_t n = ln_recv(m->net, s, in, sizeof(in), 0);

		if (n == -EAGAIN) {
			check(host_now_ns() < end, "nothing comes any more", (long)got, (long)each);
			turn();
			continue;
		}
		check(n == (ptrdiff_t)(total - got < each ? total - got : each), "one datagram",
		      (long)n, (long)each);
		check(!memcmp(in, out + got, (size_t)n), "bytes", (long)got, (long)n);
		got += (size_t)n;
	}
}

/* Return: how many reads it took. */
static int kernel_reads(int s, size_t total)
{
	s64 end = host_now_ns() + PATIENCE_NS;
	size_t got = 0;
	int reads = 0;

	while (got < total) {
		ssize_t n = recv(s, in, sizeof(in), MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN) {
			check(host_now_ns() < end, "the kernel waits", (long)got, 0);
			turn();
			continue;
		}
		check(n > 0 && !memcmp(in, out + got, (size_t)n), "bytes", (long)got, n);
		got += (size_t)n;
		reads++;
	}
	return reads;
}

/* merged: in one frame each way; else in as many as there are datagrams. */
static void both_ways(int theirs, int ours, int each, int merged)
{
	size_t total = (size_t)each * DATAGRAMS + (size_t)each / 3;
	int count = DATAGRAMS + (each >= 3), reads;
	long before = counter("rx_packets");

	check(!setsockopt(theirs, IPPROTO_UDP, LN_UDP_SEGMENT, &each, sizeof(each)) &&
	      !ln_setsockopt(m->net, ours, LN_SOL_UDP, LN_UDP_SEGMENT, &each, sizeof(each)),
	      "UDP_SEGMENT", each, errno);
	check(send(theirs, out, total, 0) == (ssize_t)total, "send", errno, each);
	we_read(ours, total, (size_t)each);
	check(counter("rx_packets") == before + 1, "frames in", counter("rx_packets") - before,
	      each);
	before = counter("tx_packets");
	check(ln_send(m->net, ours, out, total, 0) == (ptrdiff_t)total, "our send", each, 0);
	reads = kernel_reads(theirs, total);
	check(counter("tx_packets") - before == (merged ? 1 : count), "frames out",
	      counter("tx_packets") - before, each);
	check(!merged || reads == 1, "the kernel has them as one", reads, each);
}

static void on_wire(const char *dev)
{
	static const int sizes[] = { 1, 100, 1200, 1472 };
	const struct machine_params params = { .dev = dev, .addr = "10.0.0.2/24" };
	char err[256];
	int theirs, ours;

	m = machine_create(&params, err, sizeof(err));
	if (!m)
		skip(err);
	theirs = kernel_socket();
	ours = our_socket();
	check(send(theirs, out, 1, 0) == 1, "send", errno, 0);	/* ARP */
	we_read(ours, 1, 1);
	for (int merged = 1; merged >= 0; merged--) {
		if (!merged)
			command("ethtool -K eth0 tx-udp-segmentation off");
		for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			both_ways(theirs, ours, sizes[i], merged);
	}
	close(theirs);
	ln_close(m->net, ours);
	check(!machine_destroy(m, NULL), "all is accounted for", 0, 0);
	printf("%s: ok\n", dev);
}

/* Its router solicitations and MLD reports would be counted with the frames of the test. */
static void kernel_without_ipv6(void)
{
	FILE *f = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w");

	if (f)
		check(fputs("1", f) >= 0 && !fclose(f), "disable_ipv6", errno, 0);
}

static void kernel_end(const char *make, const char *near)
{
	char line[512];

	snprintf(line, sizeof(line), "%s && ip addr add 10.0.0.1/24 dev %s && ip link set %s up",
		 make, near, near);
	if (system(line))
		skip("no such interface may be made here");
}

int main(void)
{
	if (kernel_is_before(6, 2))	/* without USO */
		skip("this kernel has no USO: it came with 6.2");
	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
		skip("no network namespace may be made here");
	kernel_without_ipv6();
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (unsigned char)(i * 31 + (i >> 8) * 7);
	kernel_end("ip link add v0 type veth peer name v1 && ip link set v1 up", "v0");
	on_wire("packet:v1");
	if (system("ip link del v0"))
		skip("ip link del");
	kernel_end("ip tuntap add dev tap0 mode tap", "tap0");
	on_wire("tap:tap0");
	printf("ok\n");
	return 0;
}
