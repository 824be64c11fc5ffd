/* SPDX-License-Identifier: MIT */
/*
 * wire_http ADDRESS PORT PATH CONNECTIONS SECONDS, on the kernel's sockets: a client that keeps its
 * connections busy with one GET each, as wrk does: {"requests": 12345, "per_second": 6170}.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64

struct conn {
	int fd;
	char head[2048];
	size_t head_len;
	long long left;			/* of the body; -1: the head is not complete */
};

static char request[512], body[65536];
static size_t request_len;
static long done;

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

static void ask(struct conn *c)
{
	c->head_len = 0;
	c->left = -1;
	if (send(c->fd, request, request_len, 0) != (ssize_t)request_len)
		die("send");
}

static void read_head(struct conn *c, size_t n)
{
	char *end, *length;

	c->head_len += n;
	c->head[c->head_len] = '\0';
	end = strstr(c->head, "\r\n\r\n");
	if (!end) {
		if (c->head_len + 1 == sizeof(c->head))
			goto bad;
		return;
	}
	length = strcasestr(c->head, "\r\nContent-Length:");
	if (strncmp(c->head, "HTTP/1.1 200", 12) || !length || length > end)
		goto bad;
	c->left = atoll(length + 17) - (long long)(c->head_len - (size_t)(end + 4 - c->head));
	return;
bad:
	fprintf(stderr, "not what was expected:\n%s\n", c->head);
	exit(1);
}

/* Reads what is there; a whole response is followed by the next request. */
static void on_readable(struct conn *c)
{
	ssize_t n;

	if (c->left < 0)
		n = recv(c->fd, c->head + c->head_len, sizeof(c->head) - 1 - c->head_len, 0);
	else
		n = recv(c->fd, body, sizeof(body), 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("recv");
	if (c->left < 0)
		read_head(c, (size_t)n);
	else
		c->left -= n;
	if (!c->left) {
		done++;
		ask(c);
	}
}

static void open_conn(struct conn *c, const struct sockaddr_in *to, int ep)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (const void *)to, sizeof(*to)))
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	if (epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev))
		die("epoll_ctl");
	ask(c);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct epoll_event ev[BATCH];
	int count, ep = epoll_create1(0);
	struct conn *conns;
	double start, end;

	if (argc != 6 || !inet_aton(argv[1], &to.sin_addr)) {
		fprintf(stderr, "usage: wire_http ADDRESS PORT PATH CONNECTIONS SECONDS\n");
		return 2;
	}
	to.sin_port = htons((unsigned short)atoi(argv[2]));
	request_len = (size_t)snprintf(request, sizeof(request),
				       "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", argv[3], argv[1]);
	count = atoi(argv[4]);
	conns = calloc((size_t)count, sizeof(*conns));
	if (!conns)
		die("calloc");
	for (int i = 0; i < count; i++)
		open_conn(&conns[i], &to, ep);
	done = 0;
	start = now();
	while ((end = now()) < start + atof(argv[5])) {
		int n = epoll_wait(ep, ev, BATCH, 1000);

		for (int i = 0; i < n; i++)
			on_readable(ev[i].data.ptr);
	}
	printf("{\"requests\": %ld, \"per_second\": %.0f}\n", done, (double)done / (end - start));
	return 0;
}
