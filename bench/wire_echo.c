/* SPDX-License-Identifier: MIT */
/*
 * wire_echo tcp|udp|window ADDRESS PORT SECONDS, on the kernel's sockets: what an echo server at
 * the other end of a wire does. tcp and udp: one byte to and fro; window: 64-byte datagrams, so
 * many under way. wire_echo serve ADDRESS PORT: such a server, of UDP and TCP. wire_echo pour:
 * a sender of bulk; wire_echo drain: who listens for one, and receives from it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WINDOW 64
#define SIZE 64

static char data[WINDOW][SIZE];
static struct mmsghdr msgs[WINDOW];
static struct iovec iovs[WINDOW];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void prepare(size_t len)
{
	for (int i = 0; i < WINDOW; i++) {
		iovs[i] = (struct iovec){ data[i], len };
		msgs[i].msg_hdr = (struct msghdr){ .msg_iov = &iovs[i], .msg_iovlen = 1 };
	}
}

/* Sends a window, takes what comes back; what is lost is not waited for longer than 20 ms. */
static long window(int s)
{
	const struct timeval patience = { 0, 20000 };
	long got = 0;

	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (sendmmsg(s, msgs, WINDOW, 0) < 0)
		die("sendmmsg");
	while (got < WINDOW) {
		int n = recvmmsg(s, msgs, WINDOW, MSG_WAITFORONE, NULL);

		if (n < 0)
			break;
		got += n;
	}
	return got;
}

static long one_byte(int s)
{
	if (send(s, data[0], 1, 0) != 1 || recv(s, data[0], 1, 0) != 1)
		die("echo");
	return 1;
}

static int client(const char *what, const struct sockaddr_in *to, double seconds)
{
	int type = strcmp(what, "tcp") ? SOCK_DGRAM : SOCK_STREAM, one = 1;
	int s = socket(AF_INET, type, 0);
	double start, end;
	long n = 0;

	if (s < 0 || connect(s, (const void *)to, sizeof(*to)))
		die("connect");
	if (type == SOCK_STREAM)
		setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	prepare(SIZE);
	start = now();
	while ((end = now()) < start + seconds)
		n += strcmp(what, "window") ? one_byte(s) : window(s);
	printf("{\"what\": \"%s\", \"per_second\": %.0f}\n", what, (double)n / (end - start));
	return 0;
}

static void serve_udp(int s)
{
	struct sockaddr_in from[WINDOW];
	int n;

	prepare(SIZE);
	for (int i = 0; i < WINDOW; i++) {
		msgs[i].msg_hdr.msg_name = &from[i];
		msgs[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	n = recvmmsg(s, msgs, WINDOW, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		iovs[i].iov_len = msgs[i].msg_len;
	if (n > 0)
		sendmmsg(s, msgs, (unsigned)n, 0);
}

static int serve(const struct sockaddr_in *at)
{
	struct pollfd fds[3] = { { -1, POLLIN, 0 }, { -1, POLLIN, 0 }, { -1, POLLIN, 0 } };
	ssize_t n;
	int one = 1;

	fds[0].fd = socket(AF_INET, SOCK_STREAM, 0);
	fds[1].fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < 2; i++)
		if (bind(fds[i].fd, (const void *)at, sizeof(*at)))
			die("bind");
	listen(fds[0].fd, 1);
	while (poll(fds, 3, -1) > 0) {
		if (fds[0].revents) {
			fds[2].fd = accept(fds[0].fd, NULL, NULL);
			setsockopt(fds[2].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		}
		if (fds[1].revents)
			serve_udp(fds[1].fd);
		if (fds[2].revents) {
			n = recv(fds[2].fd, data, sizeof(data), MSG_DONTWAIT);
			if (n > 0 && send(fds[2].fd, data, (size_t)n, 0) < 0)
				die("send");
			if (n == 0) {
				close(fds[2].fd);
				fds[2].fd = -1;
			}
		}
	}
	return 1;
}

static void bulk_done(double bytes)
{
	printf("{\"bytes\": %.0f}\n", bytes);
	fflush(stdout);
}

static int pour(const struct sockaddr_in *to, double seconds)
{
	static char block[128 << 10];
	int s = socket(AF_INET, SOCK_STREAM, 0);
	double start, bytes = 0;
	ssize_t n;

	if (s < 0 || setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) ||
	    connect(s, (const void *)to, sizeof(*to)))
		die("connect");
	start = now();
	while (now() < start + seconds && (n = send(s, block, sizeof(block), 0)) > 0)
		bytes += (double)n;
	bulk_done(bytes);
	return 0;
}

static int drain(const struct sockaddr_in *at, double seconds)
{
	static char block[128 << 10];
	int l = socket(AF_INET, SOCK_STREAM, 0), one = 1, s;
	double start, bytes = 0;
	ssize_t n;

	setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (l < 0 || bind(l, (const void *)at, sizeof(*at)) || listen(l, 1))
		die("listen");
	s = accept(l, NULL, NULL);
	start = now();
	while (now() < start + seconds && (n = recv(s, block, sizeof(block), 0)) > 0)
		bytes += (double)n;
	bulk_done(bytes);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };

	if (argc < 4 || !inet_aton(argv[2], &addr.sin_addr)) {
		fprintf(stderr, "usage: wire_echo tcp|udp|window|pour|drain|serve ADDRESS PORT "
			"[SECONDS]\n");
		return 2;
	}
	addr.sin_port = htons((unsigned short)atoi(argv[3]));
	if (!strcmp(argv[1], "serve"))
		return serve(&addr);
	if (!strcmp(argv[1], "pour"))
		return pour(&addr, argc > 4 ? atof(argv[4]) : 1);
	if (!strcmp(argv[1], "drain"))
		return drain(&addr, argc > 4 ? atof(argv[4]) : 1);
	return client(argv[1], &addr, argc > 4 ? atof(argv[4]) : 1);
}
