/* SPDX-License-Identifier: MIT */
/*
 * echo_server: an event-driven TCP echo server on linnet's own sockets, with wake-ups instead of
 * blocking calls, and a client beside it on a cable. Shows ln_set_wake and the run loop.
 *
 *	cc echo_server.c $(pkg-config --cflags --libs linnet) -o echo_server && ./echo_server
 */
#include <linnet/linnet.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* A connection is readable: read until there is no more, send it back. */
static void on_data(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	char buf[2048];
	ptrdiff_t n;

	(void)ctx;
	(void)events;
	while ((n = ln_recv(net, fd, buf, sizeof(buf), 0)) > 0)
		ln_send(net, fd, buf, (size_t)n, 0);
	if (n == 0)
		ln_close(net, fd);	/* the peer has finished */
}

static void on_connection(void *ctx, struct ln_net *net, int listener, unsigned events)
{
	int fd;

	(void)events;
	while ((fd = ln_accept(net, listener, NULL, NULL)) >= 0) {
		ln_set_wake(net, fd, on_data, ctx);
		on_data(ctx, net, fd, LN_POLLIN);
	}
}

static void on_echo(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	char buf[64];
	ptrdiff_t n = ln_recv(net, fd, buf, sizeof(buf) - 1, 0);

	if (events & LN_POLLOUT && !*(int *)ctx)
		*(int *)ctx = ln_send(net, fd, "echo, please", 12, 0) == 12;
	if (n > 0) {
		buf[n] = 0;
		printf("came back: %s\n", buf);
		*(int *)ctx = 2;
		ln_close(net, fd);
	}
}

static struct ln_nic *start(struct ln_net **net, uint64_t seed, const char *addr_cmd)
{
	struct ln_net_params params;
	struct ln_nic_params nic_params = { .name = "eth0" };
	struct ln_nic *nic;

	ln_net_params_init(&params);
	params.seed = seed;
	*net = ln_net_create(&params);
	nic = *net ? ln_nic_create(*net, &nic_params) : NULL;
	if (nic) {
		ln_ctl(*net, addr_cmd, NULL, 0, NULL);
		ln_ctl(*net, "ip link set eth0 up", NULL, 0, NULL);
	}
	return nic;
}

int main(void)
{
	struct ln_sockaddr_in addr = { .sin_family = LN_AF_INET, .sin_port = htons(7) };
	struct ln_net *server, *client;
	struct ln_nic *a = start(&server, 1, "ip addr add 10.0.0.1/24 dev eth0");
	struct ln_nic *b = start(&client, 2, "ip addr add 10.0.0.2/24 dev eth0");
	int listener, fd, done = 0;

	if (!a || !b || ln_nic_connect(a, b))
		return 1;
	listener = ln_socket(server, LN_AF_INET, LN_SOCK_STREAM, 0);
	ln_bind(server, listener, &addr, sizeof(addr));
	ln_listen(server, listener, 16);
	ln_set_wake(server, listener, on_connection, NULL);

	addr.sin_addr = inet_addr("10.0.0.1");
	fd = ln_socket(client, LN_AF_INET, LN_SOCK_STREAM, 0);
	ln_set_wake(client, fd, on_echo, &done);
	ln_connect(client, fd, &addr, sizeof(addr));
	for (int64_t now = 0; done < 2 && now < 5000000000; now += 1000000) {
		ln_net_run(server, now);
		ln_net_run(client, now);
		ln_nic_cable_run(a);
	}
	return ln_net_destroy(client, NULL) || ln_net_destroy(server, NULL) || done < 2;
}
