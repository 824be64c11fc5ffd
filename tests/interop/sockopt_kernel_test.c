/* SPDX-License-Identifier: MIT */
/*
 * Socket options beside the kernel's: every name of every level, on each kind of socket, is read
 * with several lengths, and set to values and lengths at their limits and read again. Both say the
 * same, byte for byte, but for what absent[] and known[] name with the reason.
 * (harness/tap_sockets.h)
 */
#define _GNU_SOURCE
#include "harness/kernel_age.h"
#include "harness/tap_sockets.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 40	/* differences that are printed */
#define ROOM 16		/* bytes that are compared */

struct kind {
	const char *name;
	int family, type, protocol;
};

static const struct kind kinds[] = {
	{ "tcp", AF_INET, SOCK_STREAM, 0 },
	{ "udp", AF_INET, SOCK_DGRAM, 0 },
	{ "ping", AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
	{ "raw", AF_INET, SOCK_RAW, IPPROTO_ICMP },
	{ "tcp6", AF_INET6, SOCK_STREAM, 0 },
	{ "udp6", AF_INET6, SOCK_DGRAM, 0 },
	{ "ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 },
	{ "raw6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
};

struct level {
	const char *name;
	int level, names;	/* from 0 to there */
};

static const struct level levels[] = {
	{ "socket", SOL_SOCKET, 90 }, { "ip", SOL_IP, 70 }, { "ipv6", SOL_IPV6, 90 },
	{ "tcp", IPPROTO_TCP, 50 }, { "udp", 17, 110 }, { "icmpv6", 58, 4 }, { "raw", 255, 4 },
};

#define NAMES 48

struct exception {
	int level;
	const char *why;
	int names[NAMES];	/* ends with 0 */
};

/* linnet says ENOPROTOOPT. */
static const struct exception absent[] = {
	{ SOL_SOCKET, "calls do not block: who waits has epoll", { 20, 21, 66, 67 } },
	{ SOL_SOCKET, "no processes, CPUs, BPF or other families' sockets",
	  { 16, 17, 26, 27, 34, 44, 48, 49, 50, 51, 52, 59, 68, 71, 76, 77, 80, 83 } },
	{ SOL_SOCKET, "of Wi-Fi, of busy polling, of debugging", { 1, 41, 43, 46, 56, 69, 70 } },
	{ SOL_SOCKET, "not built", { 11, 19, 45, 53, 55, 73, 75, 82 } },
	{ SOL_IP, "iptables', IPsec's", { 16, 17, 18, 64, 65, 66, 67 } },
	{ SOL_IP, "not built", { 4, 5, 6, 7, 9, 22, 23, 25, 26 } },
	{ SOL_IPV6, "ip6tables', IPsec's", { 34, 35, 64, 65, 68, 69, 80 } },
	{ SOL_IPV6, "RFC 2292's, which RFC 3542 took the place of", { 2, 3, 4, 5, 6, 8 } },
	{ SOL_IPV6, "not built", { 1, 22, 27, 28, 30, 31, 36, 72, 77 } },
	{ SOL_IPV6, "IPV6_FLOWLABEL_MGR is not read", { 32 } },
	{ IPPROTO_TCP, "TCP_REPAIR, ULP, mapped receive", { 19, 20, 21, 22, 29, 31, 35 } },
	{ 17, "UDP-Lite, encapsulation, no checksums", { 10, 11, 100, 101, 102 } },
};

/* Both have it, and say something else. */
static const struct exception known[] = {
	{ SOL_SOCKET, "wmem_max and rmem_max are 4 MB in new kernels", { 7, 8 } },
	{ SOL_SOCKET, "tcp_rmem ends at 32 MB in new kernels", { 18 } },
	{ SOL_SOCKET, "cards that stamp, and statistics, are refused", { 37, 65 } },
	{ SOL_SOCKET, "SO_COOKIE: a count", { 57 } },
	{ SOL_IP, "IP_MULTICAST_ALL of an IPv6 socket begins with 0 in Linux", { 49 } },
	{ SOL_IPV6, "a hop limit of 0 cannot be asked for; IPV6_MTU is read alone", { 16, 24 } },
	{ IPPROTO_TCP, "this kernel's default may be bbr", { 13, 26 } },
	{ IPPROTO_TCP, "a clock; a key made later; whole ticks", { 24, 33, 44, 45, 46 } },
	{ IPPROTO_TCP, "kernels before 6.7 are without AO", { 38, 39, 40, 41 } },
};

static const struct kind *kind;
static const struct level *level;

/* ---- the calls ---- */

static void put_value(int who, int s, int name, socklen_t room, char *line)
{
	unsigned char val[600];
	socklen_t len = room;
	int err;

	memset(val, 0xee, sizeof(val));
	err = tap_getsockopt(who, s, level->level, name, val, &len);
	if (err) {
		tap_put(line, "%d", err);
		return;
	}
	tap_put(line, "%u:", len);
	for (socklen_t i = 0; i < len && i < ROOM; i++)
		tap_put(line, "%02x", val[i]);
}

/* What one side says of one question. */
static void ask(int who, int name, const int *value, unsigned len, char *line)
{
	unsigned char bytes[300] = { 0 };
	int s = tap_socket_of(who, kind->family, kind->type, kind->protocol);

	line[0] = 0;
	if (value) {
		memcpy(bytes, value, sizeof(*value));
		tap_put(line, "set %d, get ",
			tap_setsockopt(who, s, level->level, name, bytes, len));
		len = 4;
	}
	put_value(who, s, name, len, line);
	tap_close(who, s);
}

static bool is_in(const struct exception *list, size_t n, int name)
{
	for (size_t i = 0; i < n; i++)
		for (const int *at = list[i].names; *at; at++)
			if (list[i].level == level->level && *at == name)
				return true;
	return false;
}

#define IS_IN(list, name) is_in(list, sizeof(list) / sizeof((list)[0]), name)

/* ---- the questions ---- */

static unsigned done, different;

/* A name of absent[] belongs there. */
static void check_absent(int name)
{
	char line[TAP_LINE];

	ask(OURS, name, NULL, 4, line);
	if (atoi(line) == -ENOPROTOOPT || atoi(line) == -EOPNOTSUPP)
		return;
	different++;
	printf("BAD: %s %s %d is not absent: %s\n", kind->name, level->name, name, line);
}

static void compare(int name, const int *value, unsigned len)
{
	char line[2][TAP_LINE], value_text[40] = "";

	ask(KERNEL, name, value, len, line[KERNEL]);
	ask(OURS, name, value, len, line[OURS]);
	done++;
	if (!strcmp(line[KERNEL], line[OURS]))
		return;
	if (value)
		snprintf(value_text, sizeof(value_text), " = %d", *value);
	if (different++ < SHOWN)
		printf("BAD: %s %s %d%s, %u bytes\n  kernel: %s\n  linnet: %s\n", kind->name,
		       level->name, name, value_text, len, line[KERNEL], line[OURS]);
}

static void compare_all(int name)
{
	static const int values[] = { INT_MIN, -2, -1, 0, 1, 2, 3, 5, 8, 63, 64, 127, 128, 255, 256,
				      1500, 32767, 65535, 65536, 1 << 20, INT_MAX };
	static const unsigned lengths[] = { 0, 1, 2, 3, 4, 5, 8, 16, 64, 300 };
	static const int one = 1;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		compare(name, NULL, lengths[i]);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		compare(name, &one, lengths[i]);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		compare(name, &values[i], sizeof(values[0]));
}

int main(void)
{
	kernel_must_be(6, 18);
	tap_begin(NULL);
	tap_write_file("/proc/sys/net/ipv4/ping_group_range", "0 0");
	for (kind = kinds; kind < kinds + sizeof(kinds) / sizeof(kinds[0]); kind++)
		for (level = levels; level < levels + sizeof(levels) / sizeof(levels[0]); level++)
			for (int name = 0; name <= level->names; name++)
				if (IS_IN(absent, name))
					check_absent(name);
				else if (!IS_IN(known, name))
					compare_all(name);
	tap_end();
	printf("%u questions, %u answered in another way\n", done, different);
	return different || !done;
}
