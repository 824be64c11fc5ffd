/* SPDX-License-Identifier: MIT */
/* linnet as a host of a table: through its public calls, with a card driven by hand. */
#include <linnet/linnet.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/netns.h"
#include "tables/world.h"

#define BUDGET ((size_t)1 << 30)
#define RING 1024
#define WRITE_BYTES 65536
#define PATTERN_BYTES 65521	/* a prime: no two places of a stream have the same neighbourhood */

struct linnet_host {
	struct host host;	/* first */
	struct ln_net *net;
	struct ln_nic *nic;
	int fd, listener;
	u64 at;			/* of the stream: written, or read */
	u8 read_buf[WRITE_BYTES];
};

static u8 pattern[PATTERN_BYTES + WRITE_BYTES];

static void pattern_init(void)
{
	for (u32 i = 0; i < sizeof(pattern); i++) {
		u32 x = i % PATTERN_BYTES;

		pattern[i] = (u8)(x * 31 + (x >> 8) * 7);
	}
}

static struct linnet_host *linnet_of(const struct host *h)
{
	return container_of(h, struct linnet_host, host);
}

/* ---- the application ---- */

static void send_all(struct linnet_host *l)
{
	ptrdiff_t n;

	while ((n = ln_send(l->net, l->fd, pattern + l->at % PATTERN_BYTES, WRITE_BYTES, 0)) > 0)
		l->at += (u64)n;
	if (n != -EAGAIN && n != -ENOTCONN)
		l->host.flow->failed = "send";
}

static void receive_all(struct linnet_host *l)
{
	ptrdiff_t n;

	while ((n = ln_recv(l->net, l->fd, l->read_buf, sizeof(l->read_buf), 0)) > 0) {
		if (memcmp(l->read_buf, pattern + l->at % PATTERN_BYTES, (size_t)n))
			l->host.flow->failed = "a byte is wrong";
		l->at += (u64)n;
		flow_received(l->host.flow, (u64)n);
	}
	if (n != -EAGAIN)
		l->host.flow->failed = "receive";
}

static void on_data(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct linnet_host *l = ctx;

	(void)net;
	(void)fd;
	(void)events;
	if (l->host.is_sender)
		send_all(l);
	else
		receive_all(l);
}

static void on_connection(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct linnet_host *l = ctx;

	(void)events;
	if (l->fd >= 0)
		return;
	l->fd = ln_accept(net, fd, NULL, NULL);
	if (l->fd >= 0) {
		ln_set_wake(net, l->fd, on_data, l);
		receive_all(l);
	}
}

static int linnet_start(struct host *h)
{
	struct linnet_host *l = linnet_of(h);
	const char *ca = h->flow->congestion;
	struct ln_sockaddr_in sin = { .sin_family = LN_AF_INET, .sin_port = cpu_to_be16(PORT) };
	int fd = ln_socket(l->net, LN_AF_INET, LN_SOCK_STREAM, 0), err;

	if (fd < 0)
		return fd;
	err = ln_setsockopt(l->net, fd, LN_SOL_TCP, LN_TCP_CONGESTION, ca, (u32)strlen(ca));
	if (err)
		return err;
	if (h->is_sender) {
		l->fd = fd;
		sin.sin_addr = cpu_to_be32(0x0a4d0002);	/* 10.77.0.2 */
		ln_set_wake(l->net, fd, on_data, l);
		err = ln_connect(l->net, fd, &sin, sizeof(sin));
		return err == -EINPROGRESS ? 0 : err;
	}
	l->listener = fd;
	ln_set_wake(l->net, fd, on_connection, l);
	err = ln_bind(l->net, fd, &sin, sizeof(sin));
	return err ? err : ln_listen(l->net, fd, 8);
}

/* ---- the machine ---- */

static bool command(struct ln_net *net, const char *line)
{
	char out[256];

	if (!ln_ctl(net, line, out, sizeof(out), NULL))
		return true;
	fprintf(stderr, "tables: %s: %s\n", line, out);
	return false;
}

/* Buffers that never bind: what is shown is the congestion control. */
static bool configure(struct ln_net *net, unsigned who)
{
	static const char *const lines[] = {
		"sysctl -w net.ipv4.tcp_rmem='4096 131072 134217728'",
		"sysctl -w net.ipv4.tcp_wmem='4096 16384 134217728'",
		"ip link set eth0 up",
	};
	char line[128];

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++)
		if (!command(net, lines[i]))
			return false;
	snprintf(line, sizeof(line), "ip addr add 10.77.0.%u/24 dev eth0", who);
	if (!command(net, line))
		return false;
	snprintf(line, sizeof(line), "ip neigh add 10.77.0.%u lladdr 02:00:00:00:00:%02u dev eth0 "
		 "nud permanent", 3 - who, 3 - who);
	return command(net, line);
}

bool linnet_controls(char *out, size_t cap)
{
	struct ln_net_params params;
	struct ln_net *net;
	int err;

	ln_net_params_init(&params);
	net = ln_net_create(&params);
	if (!net)
		return false;
	err = ln_ctl(net, "sysctl -n net.ipv4.tcp_available_congestion_control", out, cap, NULL);
	ln_net_destroy(net, NULL);
	return !err;
}

static struct host *linnet_create(struct flow *flow, bool is_sender)
{
	struct linnet_host *l = calloc(1, sizeof(*l));
	unsigned who = is_sender ? 1 : 2;
	struct ln_nic_params nic = { .name = "eth0", .mac = { 2, 0, 0, 0, 0, (u8)who },
				     .rx_ring = RING, .tx_ring = RING };
	struct ln_net_params params;

	if (!l)
		return NULL;
	pattern_init();
	ln_net_params_init(&params);
	params.seed = flow->world->seed * 2 * FLOWS_MAX + 2 * flow->index + who;
	params.start_ns = flow->world->sched.now_ns;
	params.mem_budget = BUDGET;
	l->fd = l->listener = -1;
	l->net = ln_net_create(&params);
	if (l->net)
		l->nic = ln_nic_create(l->net, &nic);
	if (!l->nic || !configure(l->net, who)) {
		ln_net_destroy(l->net, NULL);
		free(l);
		return NULL;
	}
	return &l->host;
}

static void linnet_input(struct host *h, const u8 *frame, u32 len)
{
	ln_nic_receive(linnet_of(h)->nic, frame, len);
}

static void linnet_run(struct host *h, s64 now_ns)
{
	struct linnet_host *l = linnet_of(h);
	u8 frame[PACKET_BYTES];
	ptrdiff_t n;

	ln_net_run(l->net, now_ns);
	while ((n = ln_nic_transmit(l->nic, frame, sizeof(frame))) > 0)
		world_send(h, frame, (u32)n);
}

static s64 linnet_next(const struct host *h)
{
	return ln_net_next_event(linnet_of(h)->net);
}

static void linnet_tell(const struct host *h, struct flow *flow)
{
	struct linnet_host *l = linnet_of(h);
	const struct net *net = net_of(l->net);
	struct ln_tcp_info info = { 0 };
	u32 len = sizeof(info);

	ln_getsockopt(l->net, l->fd, LN_SOL_TCP, LN_TCP_INFO, &info, &len);
	flow->retransmits = info.tcpi_total_retrans;
	flow->timeouts = net->mib[MIB_TcpExtTCPTimeouts];
	flow->srtt_us = info.tcpi_rtt;
}

static int linnet_destroy(struct host *h)
{
	struct linnet_host *l = linnet_of(h);
	int err = ln_net_destroy(l->net, NULL);

	free(l);
	return err;
}

const struct host_ops host_linnet = {
	.name = "linnet",
	.create = linnet_create,
	.start = linnet_start,
	.input = linnet_input,
	.run = linnet_run,
	.next = linnet_next,
	.tell = linnet_tell,
	.destroy = linnet_destroy,
};
