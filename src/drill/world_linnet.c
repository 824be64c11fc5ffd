/* SPDX-License-Identifier: MIT */
/*
 * A linnet instance in virtual time. Its card is named tun0, as the device of packetdrill, and as
 * there nobody is asked for an address of Ethernet (IFF_NOARP).
 */
#include <stdio.h>
#include <stdlib.h>

#include <linnet/linnet.h>

#include "device/netdevice.h"
#include "drill/packet.h"
#include "drill/world_files.h"
#include "wire/inet_addr.h"

#define START_NS (1000 * NSEC_PER_SEC)

struct linnet_world {
	struct world w;
	struct ln_net *net;
	struct ln_nic *nic;
	struct packet_type reader;
	struct world_files files;
	s64 now;
	u16 mtu;
	u8 frame[WORLD_PACKET_MAX + ETH_HLEN];
};

static const u8 local_mac[6] = { 2, 0, 0, 0, 0, 1 }, peer_mac[6] = { 2, 0, 0, 0, 0, 2 };

static struct linnet_world *of(const struct world *w)
{
	return container_of(w, struct linnet_world, w);
}

#define NET(w) (of(w)->net)

/* ---- time and wire ---- */

static s64 now(const struct world *w)
{
	return of(w)->now;
}

static s64 of_stamp(const struct world *w, s64 ns)
{
	(void)w;
	return ns;
}

static void collect(struct linnet_world *l)
{
	ptrdiff_t n;

	while ((n = ln_nic_transmit(l->nic, l->frame, sizeof(l->frame))) > 0)
		if (get_be16(l->frame + 12) == ETH_P_IP || get_be16(l->frame + 12) == ETH_P_IPV6)
			world_sent(&l->w, l->now, l->frame + ETH_HLEN, (size_t)n - ETH_HLEN);
}

static void run_now(struct linnet_world *l)
{
	do {
		ln_net_run(l->net, l->now);
		collect(l);
	} while (ln_net_next_event(l->net) <= l->now);
}

static void step(struct world *w, s64 until)
{
	struct linnet_world *l = of(w);
	s64 next;

	run_now(l);
	if (until <= l->now)
		return;
	next = ln_net_next_event(l->net);
	l->now = next < until ? next : until;
	run_now(l);
}

static int inject_frame(struct linnet_world *l, size_t len)
{
	memcpy(l->frame, local_mac, 6);
	memcpy(l->frame + 6, peer_mac, 6);
	put_be16(l->frame + 12, l->frame[ETH_HLEN] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
	return ln_nic_receive(l->nic, l->frame, ETH_HLEN + len);
}

/*
 * A TCP packet longer than the MTU, as a TUN passes it on: here as the segments of which it would
 * be made, at once, so that GRO joins them. FIN and PSH are the last one's.
 */
static int inject_cut(struct linnet_world *l, const u8 *ip, size_t len)
{
	size_t done = 0, n;
	int err = 0;

	while (!err && (n = packet_cut(ip, len, l->mtu, &done, l->frame + ETH_HLEN)))
		err = inject_frame(l, n);
	return err;
}

static int inject(struct world *w, const u8 *ip, size_t len)
{
	struct linnet_world *l = of(w);
	int err;

	if (len > l->mtu && ip[ip[0] >> 4 == 6 ? 6 : 9] == IP_PROTO_TCP) {
		err = inject_cut(l, ip, len);
	} else {
		memcpy(l->frame + ETH_HLEN, ip, len);
		err = inject_frame(l, len);
	}
	if (!err && w->tap)
		w->tap(w->tap_ctx, l->now, true, ip, len);
	run_now(l);
	return err;
}

/* The shell's work: quotes around nft's braces. */
static void unquote(const char *line, char *out, size_t cap)
{
	size_t n = 0;

	for (; *line && n + 1 < cap; line++)
		if (*line != '"' && *line != '\'')
			out[n++] = *line;
	out[n] = 0;
}

static int command(struct world *w, const char *line, char *out, size_t cap)
{
	char plain[1024];
	int err;

	if (!strncmp(line, "nft ", 4)) {
		unquote(line, plain, sizeof(plain));
		line = plain;
	}
	err = ln_ctl(NET(w), line, out, cap, NULL);
	run_now(of(w));
	return err;
}

static bool end(struct world *w, char *why, size_t cap)
{
	struct linnet_world *l = of(w);
	struct ln_leaks leaks;
	bool whole;

	world_files_end(&l->files);
	dev_remove_pack(&l->reader);
	whole = !ln_net_destroy(l->net, &leaks);
	if (!whole)
		snprintf(why, cap, "missing at its end: %zu bytes, %zu objects, %llu packets, "
			 "%lld frames", leaks.bytes, leaks.objects,
			 (unsigned long long)leaks.packets, (long long)leaks.frames_unaccounted);
	world_free_sent(w);
	free(l);
	return whole;
}

/* ---- calls ---- */

static int w_socket(struct world *w, int domain, int type, int protocol)
{
	return ln_socket(NET(w), domain, type, protocol);
}

static int w_bind(struct world *w, int fd, const void *addr, u32 len)
{
	return ln_bind(NET(w), fd, addr, len);
}

static int w_listen(struct world *w, int fd, int backlog)
{
	return ln_listen(NET(w), fd, backlog);
}

static int w_accept(struct world *w, int fd, void *addr, u32 *len)
{
	return ln_accept(NET(w), fd, addr, len);
}

static int w_connect(struct world *w, int fd, const void *addr, u32 len)
{
	return ln_connect(NET(w), fd, addr, len);
}

static ptrdiff_t w_sendmsg(struct world *w, int fd, const struct ln_msghdr *m, int flags)
{
	return world_is_file(fd) ? world_files_write(&of(w)->files, fd, m) :
				   ln_sendmsg(NET(w), fd, m, flags);
}

static ptrdiff_t w_recvmsg(struct world *w, int fd, struct ln_msghdr *m, int flags)
{
	return world_is_file(fd) ? world_files_read(&of(w)->files, fd, m) :
				   ln_recvmsg(NET(w), fd, m, flags);
}

static int w_sendmmsg(struct world *w, int fd, struct ln_mmsghdr *m, unsigned n, int flags)
{
	return ln_sendmmsg(NET(w), fd, m, n, flags);
}

static int w_recvmmsg(struct world *w, int fd, struct ln_mmsghdr *m, unsigned n, int flags)
{
	return ln_recvmmsg(NET(w), fd, m, n, flags);
}

static int w_open(struct world *w, const char *path)
{
	return world_files_open(&of(w)->files, path);
}

static int w_pipe(struct world *w, int fds[2])
{
	return world_files_pipe(&of(w)->files, fds);
}

static ptrdiff_t w_sendfile(struct world *w, int out, int in, s64 offset, size_t len)
{
	return world_files_sendfile(&of(w)->files, out, in, offset, len);
}

static ptrdiff_t w_splice(struct world *w, int in, int out, size_t len, unsigned flags)
{
	return world_files_splice(&of(w)->files, in, out, len, flags);
}

static int w_shutdown(struct world *w, int fd, int how)
{
	return ln_shutdown(NET(w), fd, how);
}

static int w_close(struct world *w, int fd, bool linger_over)
{
	if (world_is_file(fd))
		return world_files_close(&of(w)->files, fd);
	return linger_over ? ln_close(NET(w), fd) : ln_close_linger(NET(w), fd);
}

static int w_getsockname(struct world *w, int fd, void *addr, u32 *len)
{
	return ln_getsockname(NET(w), fd, addr, len);
}

static int w_getpeername(struct world *w, int fd, void *addr, u32 *len)
{
	return ln_getpeername(NET(w), fd, addr, len);
}

static int w_setsockopt(struct world *w, int fd, int level, int name, const void *v, u32 len)
{
	return ln_setsockopt(NET(w), fd, level, name, v, len);
}

static int w_getsockopt(struct world *w, int fd, int level, int name, void *v, u32 *len)
{
	return ln_getsockopt(NET(w), fd, level, name, v, len);
}

static int w_ioctl(struct world *w, int fd, unsigned long request, int *value)
{
	return ln_ioctl(NET(w), fd, request, value);
}

static int w_poll(struct world *w, struct ln_pollfd *fds, unsigned n)
{
	return ln_poll(NET(w), fds, n);
}

static int w_epoll_create(struct world *w)
{
	return ln_epoll_create(NET(w));
}

static int w_epoll_ctl(struct world *w, int epfd, int op, int fd, const struct ln_epoll_event *ev)
{
	return ln_epoll_ctl(NET(w), epfd, op, fd, ev);
}

static int w_epoll_wait(struct world *w, int epfd, struct ln_epoll_event *evs, int max)
{
	return ln_epoll_wait(NET(w), epfd, evs, max);
}

static const struct world_ops linnet_ops = {
	.name = "linnet", .now = now, .of_stamp = of_stamp, .step = step, .inject = inject,
	.command = command, .end = end,
	.socket = w_socket, .bind = w_bind, .listen = w_listen, .accept = w_accept,
	.connect = w_connect, .sendmsg = w_sendmsg, .recvmsg = w_recvmsg, .shutdown = w_shutdown,
	.sendmmsg = w_sendmmsg, .recvmmsg = w_recvmmsg, .open = w_open, .pipe = w_pipe,
	.sendfile = w_sendfile, .splice = w_splice,
	.close = w_close, .getsockname = w_getsockname, .getpeername = w_getpeername,
	.setsockopt = w_setsockopt, .getsockopt = w_getsockopt, .ioctl = w_ioctl, .poll = w_poll,
	.epoll_create = w_epoll_create, .epoll_ctl = w_epoll_ctl, .epoll_wait = w_epoll_wait,
};

/* ---- the beginning ---- */

/*
 * What a TUN sends is read by another process, so MSG_ZEROCOPY is told to have been copied after
 * all. A tap is such a reader here.
 */
static int read_frame(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	(void)dev;
	(void)pt;
	consume_skb(skb);
	return 0;
}

static void add_reader(struct linnet_world *l)
{
	l->reader = (struct packet_type){ .type = CONST_BE16(3), .func = read_frame };
	dev_add_pack(net_of(l->net), &l->reader);
}

static bool configure(struct linnet_world *l, const struct world_params *p, char *why, size_t cap)
{
	char local[IP6_STR_MAX], gateway[IP6_STR_MAX], lines[6][128];
	const char *nodad = p->v6 ? " nodad" : "", *v6 = p->v6 ? "-6 " : "";

	addr_str(&p->local, local);
	addr_str(&p->gateway, gateway);
	snprintf(lines[0], sizeof(lines[0]), "ip link set lo up");
	snprintf(lines[1], sizeof(lines[1]), "sysctl -w net.ipv6.conf.all.disable_ipv6=%d", !p->v6);
	snprintf(lines[2], sizeof(lines[2]), "ip addr add %s/%u dev tun0%s", local, p->prefix,
		 nodad);
	snprintf(lines[3], sizeof(lines[3]), "ip link set tun0 up arp off");
	snprintf(lines[4], sizeof(lines[4]), "ip %sroute add default via %s dev tun0", v6, gateway);
	snprintf(lines[5], sizeof(lines[5]), "ethtool -C tun0 tx-usecs 0 tx-frames 1");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (ln_ctl(l->net, lines[i], why, cap, NULL))
			return false;
	run_now(l);
	return true;
}

struct world *world_linnet(const struct world_params *p, char *why, size_t cap)
{
	struct linnet_world *l = calloc(1, sizeof(*l));
	struct ln_nic_params nic = { .name = "tun0", .mtu = p->mtu, .rx_ring = 1024,
				     .tx_ring = 1024 };
	struct ln_net_params net;

	if (!l)
		return NULL;
	l->w.ops = &linnet_ops;
	l->mtu = p->mtu;
	l->files = (struct world_files){ .w = &l->w, .sendmsg = w_sendmsg, .recvmsg = w_recvmsg };
	ln_net_params_init(&net);
	net.name = "drill";
	net.seed = 1;
	net.start_ns = l->now = START_NS;
	memcpy(nic.mac, local_mac, 6);
	snprintf(why, cap, "no memory");
	l->net = ln_net_create(&net);
	if (l->net)
		l->nic = ln_nic_create(l->net, &nic);
	if (l->nic && configure(l, p, why, cap)) {
		add_reader(l);
		return &l->w;
	}
	ln_net_destroy(l->net, NULL);
	free(l);
	return NULL;
}
