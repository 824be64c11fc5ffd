/* SPDX-License-Identifier: MIT */
/*
 * Fast Open and MD5 signatures against the kernel's, both roles, by IPv4, IPv6 and mapped
 * addresses: with a cookie that one got from the other the second SYN brings data, and signed
 * connections carry bytes both ways, by a key for one peer and by one for its network.
 * (harness/tap_sockets.h)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include <linnet/tcp_auth.h>

#include "harness/tap_sockets.h"

#define BYTES 200000
#define KEY "a secret that both know"

static int syn_data;		/* bytes of the last SYN's payload that was seen, either way */
static int signatures;		/* segments with an MD5 option */

/* What a frame shows: of TCP, without headers in between. */
static void look(int who, const unsigned char *f, ssize_t n)
{
	const unsigned char *ip = f + 14, *tcp, *opt, *end;
	int len;

	(void)who;
	if (n >= 54 && f[12] == 8 && !f[13] && ip[9] == 6) {
		tcp = ip + 20;
		len = (ip[2] << 8 | ip[3]) - 20;
	} else if (n >= 74 && f[12] == 0x86 && f[13] == 0xdd && ip[6] == 6) {
		tcp = ip + 40;
		len = ip[4] << 8 | ip[5];
	} else {
		return;
	}
	end = tcp + (tcp[12] >> 4) * 4;
	if ((tcp[13] & 0x12) == 2)
		syn_data = len - (int)(end - tcp);
	for (opt = tcp + 20; opt < end && *opt; opt += *opt == 1 ? 1 : opt[1])
		signatures += *opt == 19;
}

/* who's first connection to this host: it gets a cookie. */
static void fastopen_first(int who, int l, const struct tap_names *names, unsigned short port)
{
	const char *to = names->of[!who];
	int one = tap_socket(who, to, SOCK_STREAM), at;
	char buf[1000] = "";
	ssize_t n;

	n = tap_sendto(who, one, buf, sizeof(buf), MSG_FASTOPEN, to, port);
	tap_check(n == -EINPROGRESS, "first sendto", n, -EINPROGRESS);
	at = tap_accept(!who, l, names->of[who]);
	tap_check(syn_data == 0, "the first SYN has data", syn_data, 0);
	tap_settle();
	tap_close(who, one);
	tap_close(!who, at);
	tap_settle();
}

/* who connects twice; the second SYN has its data. A host is the same by a mapped address: that was
 * there before. */
static void fastopen(int who, const struct tap_names *names, unsigned short port)
{
	const char *to = names->of[!who];
	int l = tap_socket(!who, to, SOCK_STREAM), five = 5, two, at;
	char buf[1000], got[2000];
	ssize_t n;

	n = tap_setsockopt(!who, l, IPPROTO_TCP, TCP_FASTOPEN, &five, sizeof(five));
	tap_check(!n, "TCP_FASTOPEN", n, 0);
	tap_bind(!who, l, to, port);
	tap_listen(!who, l);
	if (strcmp(names->name, "mapped"))
		fastopen_first(who, l, names, port);
	two = tap_socket(who, to, SOCK_STREAM);
	memset(buf, 'x', sizeof(buf));
	n = tap_sendto(who, two, buf, sizeof(buf), MSG_FASTOPEN, to, port);
	tap_check(n == sizeof(buf), "second sendto", n, sizeof(buf));
	syn_data = -1;
	for (int i = 0; i < TAP_PATIENCE && syn_data < 0; i++)
		tap_carry();
	tap_check(syn_data == sizeof(buf), "data in the SYN", syn_data, sizeof(buf));
	at = tap_accept(!who, l, names->of[who]);
	n = tap_recv(!who, at, got, sizeof(got));
	tap_check(n == sizeof(buf) && !memcmp(got, buf, sizeof(buf)), "data of the SYN", n,
		  sizeof(buf));
	tap_transfer(who, two, at, BYTES);
	tap_transfer(!who, at, two, BYTES);
	tap_close(who, two);
	tap_close(!who, at);
	tap_close(!who, l);
	tap_settle();
}

/* prefix: of the peers, or 0: that one alone. */
static void md5_key(int who, int s, const char *peer, int prefix)
{
	struct ln_tcp_md5sig m = { .tcpm_keylen = sizeof(KEY) - 1 };
	struct sockaddr_storage addr;
	int err;

	tap_name(peer, 0, &addr);
	memcpy(m.tcpm_addr, &addr, sizeof(m.tcpm_addr));
	memcpy(m.tcpm_key, KEY, sizeof(KEY) - 1);
	if (prefix) {
		m.tcpm_flags = LN_TCP_MD5SIG_FLAG_PREFIX;
		m.tcpm_prefixlen = (uint8_t)prefix;
	}
	err = tap_setsockopt(who, s, IPPROTO_TCP, prefix ? LN_TCP_MD5SIG_EXT : LN_TCP_MD5SIG, &m,
			     sizeof(m));
	if (err && !who) {
		errno = -err;
		tap_skip("this kernel has no TCP_MD5SIG");
	}
	tap_check(!err, "TCP_MD5SIG", err, 0);
}

static void md5(int who, const struct tap_names *names, unsigned short port, int prefix)
{
	const char *to = names->of[!who];
	int l = tap_socket(!who, to, SOCK_STREAM), s = tap_socket(who, to, SOCK_STREAM), at, err;

	md5_key(!who, l, names->of[who], prefix);
	md5_key(who, s, to, 0);
	tap_bind(!who, l, to, port);
	tap_listen(!who, l);
	signatures = 0;
	err = tap_connect(who, s, to, port);
	tap_check(err == -EINPROGRESS, "connect", err, 0);
	at = tap_accept(!who, l, names->of[who]);
	tap_transfer(who, s, at, BYTES);
	tap_transfer(!who, at, s, BYTES);
	tap_check(signatures > 2 * BYTES / 1460, "signed segments", signatures, 2 * BYTES / 1460);
	tap_close(who, s);
	tap_settle();
	tap_close(!who, at);
	tap_close(!who, l);
	tap_settle();
}

/* The options are refused and accepted alike: sockaddr of the socket's family, prefix within it. */
static void md5_options(void)
{
	static const struct {
		const char *sock, *peer;
		int prefix, err;
	} cases[] = {
		{ "10.0.0.1", "10.0.0.1", 33, -EINVAL }, { "10.0.0.1", "fd00::1", 64, -EINVAL },
		{ "::", "10.0.0.1", 24, -EINVAL }, { "::", "fd00::1", 129, -EINVAL },
		{ "::", "::ffff:10.0.0.1", 33, -EINVAL }, { "::", "::ffff:10.0.0.1", 32, 0 },
		{ "::", "fd00::1", 128, 0 }, { "::", "fd00::", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int who = 0; who < 2; who++) {
			struct ln_tcp_md5sig m = { .tcpm_flags = LN_TCP_MD5SIG_FLAG_PREFIX,
						   .tcpm_prefixlen = (uint8_t)cases[i].prefix,
						   .tcpm_keylen = 1 };
			int s = tap_socket(who, cases[i].sock, SOCK_STREAM), err;
			struct sockaddr_storage addr;

			tap_name(cases[i].peer, 0, &addr);
			memcpy(m.tcpm_addr, &addr, sizeof(m.tcpm_addr));
			err = tap_setsockopt(who, s, IPPROTO_TCP, LN_TCP_MD5SIG_EXT, &m, sizeof(m));
			tap_check(err == cases[i].err, who ? "our option" : "the kernel's option",
				  (long)i, err);
			tap_close(who, s);
		}
}

int main(void)
{
	unsigned short port = 7000;

	tap_begin(look);
	for (const struct tap_names *names = tap_names; names->name; names++) {
		fastopen(OURS, names, port++);
		fastopen(KERNEL, names, port++);
	}
	for (const struct tap_names *names = tap_names; names->name; names++)
		for (int prefix = 0; prefix < 2; prefix++) {
			md5(OURS, names, port++, prefix * names->prefix);
			md5(KERNEL, names, port++, prefix * names->prefix);
		}
	md5_options();
	tap_end();
	printf("Fast Open and MD5 with the kernel, both roles, both families and mapped\n");
	return 0;
}
