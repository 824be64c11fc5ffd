/* SPDX-License-Identifier: MIT */
/*
 * Sockets of AF_INET6 against the kernel's, both roles: TCP with a bulk of bytes each way, by IPv6
 * and by mapped addresses to one listener for both; UDP with fragments; a refused connection and an
 * unreachable port. (harness/tap_sockets.h)
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/tap_sockets.h"

#define BYTES 2000000

/* who connects to a listener that is open to both families. */
static void stream(int who, const struct tap_names *names, unsigned short port)
{
	int l = tap_socket(!who, "::", SOCK_STREAM), at, err;
	int s = tap_socket(who, "::", SOCK_STREAM);
	char c;

	tap_bind(!who, l, "::", port);
	tap_listen(!who, l);
	err = tap_connect(who, s, names->of[!who], port);
	tap_check(err == -EINPROGRESS, "connect", err, 0);
	at = tap_accept(!who, l, names->of[who]);
	tap_transfer(who, s, at, BYTES);
	tap_transfer(!who, at, s, BYTES);
	tap_close(who, s);
	tap_check(tap_await(!who, at, &c, 1) == 0, "end of the stream", 0, 0);
	tap_close(!who, at);
	tap_close(!who, l);
	tap_settle();
}

static void refused(int who, const struct tap_names *names)
{
	int s = tap_socket(who, "::", SOCK_STREAM);
	int err = tap_connect(who, s, names->of[!who], 4999);

	for (int i = 0; i < TAP_PATIENCE && (err == -EINPROGRESS || err == -EALREADY); i++) {
		tap_carry();
		err = tap_connect(who, s, names->of[!who], 4999);
	}
	tap_check(err == -ECONNREFUSED, "connect to nobody", err, 0);
	tap_close(who, s);
}

/* Of each size there and back. */
static void echo(int who, int s, int peer, const struct tap_names *names, unsigned short port)
{
	static unsigned char buf[20000], got[20000];
	static const size_t sizes[] = { 1, 1452, 1453, 20000 };

	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (unsigned char)(i * 7 + i / 251);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ssize_t n = tap_send(who, s, buf, sizes[i]);

		tap_check(n == (ssize_t)sizes[i], "send", n, 0);
		n = tap_await(!who, peer, got, sizeof(got));
		tap_check(n == (ssize_t)sizes[i] && !memcmp(buf, got, sizes[i]), "there", n,
			  (long)sizes[i]);
		if (!i)
			tap_check(!tap_connect(!who, peer, names->of[who], port), "connect back",
				  0, 0);
		n = tap_send(!who, peer, buf, sizes[i]);
		tap_check(n == (ssize_t)sizes[i], "send back", n, 0);
		n = tap_await(who, s, got, sizeof(got));
		tap_check(n == (ssize_t)sizes[i] && !memcmp(buf, got, sizes[i]), "back", n,
			  (long)sizes[i]);
	}
}

/* There and back: small, and in fragments; then nobody is there any more. */
static void datagrams(int who, const struct tap_names *names, unsigned short port)
{
	int s = tap_socket(who, "::", SOCK_DGRAM), peer = tap_socket(!who, "::", SOCK_DGRAM);
	char c = 0;

	tap_bind(who, s, names->of[who], port);
	tap_bind(!who, peer, "::", port);
	tap_check(!tap_connect(who, s, names->of[!who], port), "connect", 0, 0);
	echo(who, s, peer, names, port);
	tap_close(!who, peer);
	tap_send(who, s, &c, 1);
	tap_check(tap_await(who, s, &c, 1) == -ECONNREFUSED, "to nobody", 0, 0);
	tap_close(who, s);
}

int main(void)
{
	unsigned short port = 7001;

	tap_begin(NULL);
	/* Those whose names are of AF_INET6. */
	for (const struct tap_names *names = tap_names; names->name; names++) {
		if (!strchr(names->of[OURS], ':'))
			continue;
		for (int who = KERNEL; who <= OURS; who++) {
			stream(who, names, port++);
			refused(who, names);
			datagrams(who, names, port++);
		}
	}
	tap_end();
	printf("sockets of AF_INET6 with the kernel, both roles\n");
	return 0;
}
