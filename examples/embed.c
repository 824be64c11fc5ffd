/* SPDX-License-Identifier: MIT */
/*
 * embed: two linnet instances in one program, fed frames and time by hand. A client asks a server
 * over TCP; the program carries each frame from one card to the other. No thread, no system call
 * inside linnet, no root.
 *
 *	cc embed.c $(pkg-config --cflags --libs linnet) -o embed
 */
#include <linnet/linnet.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host {
	struct ln_net *net;
	struct ln_nic *nic;
};

static struct host host_create(const char *name, uint64_t seed, const char *address)
{
	struct ln_net_params params;
	struct ln_nic_params nic = { .name = "eth0" };
	struct host h;
	char cmd[80];

	ln_net_params_init(&params);
	params.name = name;
	params.seed = seed;
	h.net = ln_net_create(&params);
	h.nic = h.net ? ln_nic_create(h.net, &nic) : NULL;
	if (!h.nic)
		exit(1);
	snprintf(cmd, sizeof(cmd), "ip addr add %s dev eth0", address);
	ln_ctl(h.net, cmd, NULL, 0, NULL);
	ln_ctl(h.net, "ip link set eth0 up", NULL, 0, NULL);
	return h;
}

/* The wire: whatever one card wants to send arrives at the other. */
static void carry(struct host *from, struct host *to)
{
	unsigned char frame[1600];
	ptrdiff_t len;

	while ((len = ln_nic_transmit(from->nic, frame, sizeof(frame))) > 0)
		ln_nic_receive(to->nic, frame, (size_t)len);
}

int main(void)
{
	struct host client = host_create("client", 1, "10.0.0.1/24");
	struct host server = host_create("server", 2, "10.0.0.2/24");
	struct ln_sockaddr_in to = { .sin_family = LN_AF_INET, .sin_port = htons(7),
				     .sin_addr = inet_addr("10.0.0.2") };
	struct ln_sockaddr_in any = { .sin_family = LN_AF_INET, .sin_port = htons(7) };
	int listener = ln_socket(server.net, LN_AF_INET, LN_SOCK_STREAM, 0);
	int fd = ln_socket(client.net, LN_AF_INET, LN_SOCK_STREAM, 0), conn = -1;
	char text[64] = "";
	ptrdiff_t n = 0;

	ln_bind(server.net, listener, &any, sizeof(any));
	ln_listen(server.net, listener, 1);
	ln_connect(client.net, fd, &to, sizeof(to));

	/* Each turn is a millisecond of virtual time; the loop ends when the answer is here. */
	for (int64_t now = 0; n <= 0 && now < 5000000000; now += 1000000) {
		ln_net_run(client.net, now);
		carry(&client, &server);
		ln_net_run(server.net, now);
		carry(&server, &client);
		if (conn < 0 && (conn = ln_accept(server.net, listener, NULL, NULL)) >= 0) {
			ln_send(server.net, conn, "hello from the server", 21, 0);
			ln_close(server.net, conn);
		}
		n = ln_recv(client.net, fd, text, sizeof(text) - 1, 0);
		if (n < 0 && n != -EAGAIN && n != -ENOTCONN)
			break;
	}
	printf("%s\n", n > 0 ? text : strerror((int)-n));
	ln_close(client.net, fd);
	return ln_net_destroy(client.net, NULL) || ln_net_destroy(server.net, NULL) || n <= 0;
}
