/* SPDX-License-Identifier: MIT */
/*
 * kernel_pair CASE [SECONDS]: the work of inproc.c on the Linux kernel: two network namespaces that
 * it makes itself, joined by a veth, and the sockets of both in this one thread.
 *
 *	bulk, rr, crr, udp, udp_batch	frames of MTU 1500, checksums made and verified in software,
 *					as the other stacks do
 *	tso				as bulk, the veth with all its offloads, 64 KB packets
 *
 * What is sent travels to the other end's socket within the call, on this core. Where it becomes
 * too much the kernel hands the rest to ksoftirqd: the time of this core's is counted as ours.
 *
 * Needs iproute2, and root or a kernel that lets users make namespaces.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/measure.h"

#define PORT 7000
#define WRITE_BYTES 65536
#define UDP_BATCH 32

static int ns_a, ns_b;
static char out_buf[WRITE_BYTES], in_buf[WRITE_BYTES];
static int client, server, listener;

static long must(const char *what, long r)
{
	if (r >= 0)
		return r;
	fprintf(stderr, "kernel_pair: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- two namespaces and a veth ---- */

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0) {
		must(path, write(fd, text, strlen(text)));
		close(fd);
	}
}

static void become_root(void)
{
	char map[64];
	unsigned uid = geteuid();

	if (!uid)
		return;
	must("a user namespace (run it as root)", unshare(CLONE_NEWUSER));
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
}

static int namespace_new(void)
{
	must("a network namespace (run it as root)", unshare(CLONE_NEWNET));
	return (int)must("/proc/self/ns/net", open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

static void enter(int ns)
{
	must("setns", setns(ns, CLONE_NEWNET));
}

static void shell(const char *command)
{
	if (system(command)) {
		fprintf(stderr, "kernel_pair: failed: %s\n", command);
		exit(1);
	}
}

static void offload(const char *dev, uint32_t what, uint32_t on)
{
	struct ethtool_value v = { .cmd = what, .data = on };
	struct ifreq ifr = { .ifr_data = (void *)&v };
	int fd = (int)must("socket", socket(AF_INET, SOCK_DGRAM, 0));

	strncpy(ifr.ifr_name, dev, sizeof(ifr.ifr_name) - 1);
	must("ethtool", ioctl(fd, SIOCETHTOOL, &ifr));
	close(fd);
}

static void no_offloads(const char *dev)
{
	offload(dev, ETHTOOL_STSO, 0);
	offload(dev, ETHTOOL_SGSO, 0);
	offload(dev, ETHTOOL_STXCSUM, 0);
}

/* A process that stands in a namespace gives it a name. */
static int stand_in(void)
{
	int pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	return (int)must("fork", pid);
}

static void network(int offloads)
{
	char command[256];
	int pid;

	become_root();
	ns_b = namespace_new();
	pid = stand_in();
	ns_a = namespace_new();
	snprintf(command, sizeof(command),
		 "ip link add va type veth peer name vb netns %d && ip addr add 10.77.0.1/24 dev va"
		 " && ip link set va up && ip link set lo up"
		 " && echo 1024 65535 > /proc/sys/net/ipv4/ip_local_port_range", pid);
	shell(command);
	if (!offloads)
		no_offloads("va");
	enter(ns_b);
	shell("ip addr add 10.77.0.2/24 dev vb && ip link set vb up && ip link set lo up");
	if (!offloads)
		no_offloads("vb");
	kill(pid, SIGKILL);
}

/* ---- sockets ---- */

static struct sockaddr_in addr_of(uint32_t host, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(host),
				     .sin_port = htons(port) };
}

static int socket_in(int ns, int type)
{
	enter(ns);
	return (int)must("socket", socket(AF_INET, type, 0));
}

static void listen_on(uint16_t port)
{
	struct sockaddr_in any = addr_of(INADDR_ANY, port);

	listener = socket_in(ns_b, SOCK_STREAM);
	must("bind", bind(listener, (struct sockaddr *)&any, sizeof(any)));
	must("listen", listen(listener, 4096));
}

static int dial(uint16_t port)
{
	struct sockaddr_in to = addr_of(0x0a4d0002, port);
	int fd = (int)must("socket", socket(AF_INET, SOCK_STREAM, 0));

	must("connect", connect(fd, (struct sockaddr *)&to, sizeof(to)));
	return fd;
}

static void pair(void)
{
	const int one = 1;

	listen_on(PORT);
	enter(ns_a);
	client = dial(PORT);
	server = (int)must("accept", accept(listener, NULL, NULL));
	must("nodelay", setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	must("nodelay", setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	/* A machine's default may be one that paces. */
	must("cubic", setsockopt(client, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5));
}

static void udp_pair(void)
{
	struct sockaddr_in any = addr_of(INADDR_ANY, PORT), to = addr_of(0x0a4d0002, PORT);

	server = socket_in(ns_b, SOCK_DGRAM);
	must("bind", bind(server, (struct sockaddr *)&any, sizeof(any)));
	client = socket_in(ns_a, SOCK_DGRAM);
	must("connect", connect(client, (struct sockaddr *)&to, sizeof(to)));
	must("arp", send(client, out_buf, 64, 0));
	must("arp", recv(server, in_buf, sizeof(in_buf), 0));
}

/* ---- steps ---- */

static double step_bulk(void)
{
	double got = 0;
	ssize_t n;

	while (send(client, out_buf, sizeof(out_buf), MSG_DONTWAIT) > 0)
		;
	while ((n = recv(server, in_buf, sizeof(in_buf), MSG_DONTWAIT)) > 0)
		got += (double)n;
	return got;
}

static double step_rr(void)
{
	must("send", send(client, out_buf, 1, 0));
	must("recv", recv(server, in_buf, sizeof(in_buf), 0));
	must("send", send(server, in_buf, 1, 0));
	must("recv", recv(client, in_buf, sizeof(in_buf), 0));
	return 1;
}

static double step_crr(void)
{
	int c = dial(PORT), s = (int)must("accept", accept(listener, NULL, NULL));

	must("send", send(c, out_buf, 1, 0));
	close(c);
	must("recv", recv(s, in_buf, sizeof(in_buf), 0));
	must("eof", recv(s, in_buf, sizeof(in_buf), 0));
	close(s);
	return 1;
}

static double received(void)
{
	double got = 0;

	while (recv(server, in_buf, sizeof(in_buf), MSG_DONTWAIT) > 0)
		got++;
	return got;
}

static double step_udp(void)
{
	for (int i = 0; i < UDP_BATCH; i++)
		must("send", send(client, out_buf, 64, 0));
	return received();
}

static double step_udp_batch(void)
{
	static struct mmsghdr out[UDP_BATCH], in[UDP_BATCH];
	static struct iovec out_iov = { out_buf, 64 }, in_iov = { in_buf, 64 };
	int n;
	double got = 0;

	for (int i = 0; i < UDP_BATCH; i++) {
		out[i].msg_hdr = (struct msghdr){ .msg_iov = &out_iov, .msg_iovlen = 1 };
		in[i].msg_hdr = (struct msghdr){ .msg_iov = &in_iov, .msg_iovlen = 1 };
	}
	must("sendmmsg", sendmmsg(client, out, UDP_BATCH, 0));
	while ((n = recvmmsg(server, in, UDP_BATCH, MSG_DONTWAIT, NULL)) > 0)
		got += n;
	return got;
}

/* ---- time ---- */

/* schedstat of the core's ksoftirqd, whose first number is ns of CPU time. NULL: it is not seen. */
static FILE *ksoftirqd(int core)
{
	char path[32], comm[32], want[32];
	FILE *f;

	snprintf(want, sizeof(want), "ksoftirqd/%d\n", core);
	for (int pid = 2; pid < 2000; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		f = fopen(path, "r");
		if (!f)
			continue;
		comm[0] = 0;
		if (!fgets(comm, sizeof(comm), f))
			comm[0] = 0;
		fclose(f);
		if (strcmp(comm, want))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
		return fopen(path, "r");
	}
	return NULL;
}

static double seconds_spent(void)
{
	static FILE *stat;
	static int core = -1;
	unsigned long long ns = 0;

	if (core < 0) {
		core = sched_getcpu();
		stat = ksoftirqd(core);
	}
	if (stat) {
		rewind(stat);
		fflush(stat);
		if (fscanf(stat, "%llu", &ns) != 1)
			ns = 0;
	}
	return cpu_seconds() + (double)ns * 1e-9;
}

static double rate(double seconds, double (*step)(void))
{
	double start = seconds_spent(), t, done;

	while (seconds_spent() - start < seconds / 4)
		step();
	done = 0;
	start = seconds_spent();
	do {
		for (int i = 0; i < 32; i++)
			done += step();
		t = seconds_spent() - start;
	} while (t < seconds);
	return done / t;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		double (*step)(void);
		double factor;
		const char *unit;
	} cases[] = {
		{ "bulk", step_bulk, 8e-9, "Gbit/s" }, { "tso", step_bulk, 8e-9, "Gbit/s" },
		{ "rr", step_rr, 1, "1/s" }, { "crr", step_crr, 1, "1/s" },
		{ "udp", step_udp, 1, "1/s" }, { "udp_batch", step_udp_batch, 1, "1/s" },
	};
	const char *what = argc > 1 ? argv[1] : "";
	double seconds = argc > 2 ? atof(argv[2]) : 1;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(what, cases[i].name))
			continue;
		network(!strcmp(what, "tso"));
		if (!strncmp(what, "udp", 3))
			udp_pair();
		else if (!strcmp(what, "crr"))
			listen_on(PORT);
		else
			pair();
		enter(ns_a);
		report("inproc", "kernel", what, rate(seconds, cases[i].step) * cases[i].factor,
		       cases[i].unit);
		return 0;
	}
	fprintf(stderr, "usage: kernel_pair bulk|tso|rr|crr|udp|udp_batch [SECONDS]\n");
	return 2;
}
