/* SPDX-License-Identifier: MIT */
/*
 * Any command lines against an instance with devices, routes and sockets, one line per line of the
 * input. Whatever they do: no crash, output that ends with its NUL, nothing lost at the end.
 */
#include <linnet/linnet.h>

#include "base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
extern const unsigned long replay_rounds;

const unsigned long replay_rounds = 3000;	/* each makes and ends an instance */

#define LINES_MAX 32
#define LINE_MAX 1024
#define OUT_MAX 4096

static const char *const before[] = {
	"ip link set lo up",
	"ip link set eth0 up",
	"ip addr add 10.0.0.1/24 brd + dev eth0",
	"ip link add br0 type bridge",
	"ip route add default via 10.0.0.2",
	"ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0 nud stale",
};

static void make_sockets(struct ln_net *net)
{
	struct ln_sockaddr_in any = { .sin_family = LN_AF_INET, .sin_port = 0x5000 };
	struct ln_sockaddr_in peer = { .sin_family = LN_AF_INET, .sin_port = 0x5000,
				       .sin_addr = 0x0200000a };
	int listener = ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0);
	int stream = ln_socket(net, LN_AF_INET, LN_SOCK_STREAM, 0);
	int dgram = ln_socket(net, LN_AF_INET, LN_SOCK_DGRAM, 0);

	(void)ln_bind(net, listener, &any, sizeof(any));
	(void)ln_listen(net, listener, 5);
	(void)ln_connect(net, stream, &peer, sizeof(peer));
	(void)ln_connect(net, dgram, &peer, sizeof(peer));
	(void)ln_socket(net, LN_AF_INET, LN_SOCK_RAW, LN_IPPROTO_ICMP);
	(void)ln_socket(net, LN_AF_PACKET, LN_SOCK_RAW, 0x0300);
}

static struct ln_net *make_instance(void)
{
	struct ln_net_params params;
	struct ln_nic_params nic = { .name = "eth0", .mac = { 2, 0, 0, 0, 0, 1 } };
	struct ln_net *net;

	ln_net_params_init(&params);
	params.seed = 1;
	net = ln_net_create(&params);
	ln_assert(net && ln_nic_create(net, &nic));
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		ln_assert(!ln_ctl(net, before[i], NULL, 0, NULL));
	make_sockets(net);
	return net;
}

static void run_line(struct ln_net *net, const char *line, size_t cap)
{
	char out[OUT_MAX];
	size_t len = 0;
	int err;

	memset(out, 0x5a, sizeof(out));
	err = ln_ctl(net, line, out, cap, &len);
	ln_assert(err <= 0);
	ln_assert(!cap || strlen(out) == (len < cap ? len : cap - 1));
	ln_assert(cap == sizeof(out) || (unsigned char)out[cap] == 0x5a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ln_net *net = make_instance();
	char line[LINE_MAX];
	size_t at = 0;

	for (int n = 0; n < LINES_MAX && at < size; n++) {
		size_t len = 0;

		for (; at < size && data[at] != '\n' && len < sizeof(line) - 1; at++)
			line[len++] = (char)data[at];
		line[len] = '\0';
		at += at < size && data[at] == '\n';
		run_line(net, line, n % 4 ? OUT_MAX : len);
		ln_net_run(net, (int64_t)n * 100000000);
	}
	ln_assert(!ln_net_destroy(net, NULL));
	return 0;
}
