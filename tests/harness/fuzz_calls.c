/* SPDX-License-Identifier: MIT */
/* What programs on the fuzzed machine do: socket calls and commands, by the input's bytes. */
#include <string.h>

#include "harness/fuzz_stack.h"
#include "wire/inet_addr.h"
#include "wire/tcp.h"

#define BUF_BYTES 8192

static struct ln_sockaddr_in sin_of(be32 addr, u16 port)
{
	return (struct ln_sockaddr_in){
		.sin_family = LN_AF_INET, .sin_port = cpu_to_be16(port), .sin_addr = addr,
	};
}

/* ---- what is there from the start ---- */

static int open_bound(struct fz *f, int type, int protocol, u16 port)
{
	struct ln_sockaddr_in sin = sin_of(INADDR4_ANY, port);
	int fd = ln_socket(f->net, LN_AF_INET, type, protocol);

	ln_bind(f->net, fd, &sin, sizeof(sin));
	return fz_keep_fd(f, fd);
}

/* Three-way handshake with 10.0.0.2:1000, data both ways, a hole in what came. */
static void establish(struct fz *f, int listener)
{
	static const u8 data[20000];
	struct fz_flow *flow = &f->flow[0];
	int fd;

	f->flow[1] = *flow;	/* that in SYN-SENT */
	f->flows = 2;
	*flow = (struct fz_flow){ .sport = 1000, .dport = 80, .seq = 0xfffff000u };
	fz_segment(f, 1000, 80, TCPHDR_SYN, 0);
	fz_segment(f, 1000, 80, TCPHDR_ACK, 0);
	fd = fz_keep_fd(f, ln_accept(f->net, listener, NULL, NULL));
	fz_segment(f, 1000, 80, TCPHDR_ACK | TCPHDR_PSH, 500);
	ln_send(f->net, fd, data, sizeof(data), 0);
	fz_run(f);
	flow->seq += 1000;
	fz_segment(f, 1000, 80, TCPHDR_ACK, 700);
}

/* 0 listener, 1 UDP, 2 UDP connected, 3 raw ICMP, 4 ping, 5 packet, 6 SYN-SENT, 7 epoll, 8 conn. */
void fz_open_sockets(struct fz *f)
{
	struct ln_sockaddr_in peer = sin_of(INET_ADDR4(10, 0, 0, 2), 6000);
	struct ln_epoll_event ev = { .events = LN_POLLIN | LN_POLLOUT | LN_EPOLLET };
	int listener = open_bound(f, LN_SOCK_STREAM, 0, 80), on = 1, epoll, i;

	ln_listen(f->net, listener, 3);
	open_bound(f, LN_SOCK_DGRAM, 0, 53);
	i = open_bound(f, LN_SOCK_DGRAM, 0, 5000);
	ln_connect(f->net, i, &peer, sizeof(peer));
	ln_setsockopt(f->net, i, LN_SOL_IP, LN_IP_RECVERR, &on, sizeof(on));
	open_bound(f, LN_SOCK_RAW, LN_IPPROTO_ICMP, 0);
	i = open_bound(f, LN_SOCK_DGRAM, LN_IPPROTO_ICMP, 77);
	peer.sin_port = 0;
	ln_sendto(f->net, i, "\x08\0\0\0\0\0\0\1ping", 12, 0, &peer, sizeof(peer));
	fz_keep_fd(f, ln_socket(f->net, LN_AF_PACKET, LN_SOCK_RAW, 0x0300));
	i = fz_keep_fd(f, ln_socket(f->net, LN_AF_INET, LN_SOCK_STREAM, 0));
	peer.sin_port = cpu_to_be16(2000);
	ln_connect(f->net, i, &peer, sizeof(peer));
	epoll = fz_keep_fd(f, ln_epoll_create(f->net));
	for (i = 0; i < 7; i++)
		ln_epoll_ctl(f->net, epoll, LN_EPOLL_CTL_ADD, f->fd[i], &ev);
	fz_run(f);
	establish(f, listener);
}

int fz_keep_fd(struct fz *f, int fd)
{
	int *slot = &f->fd[f->fds++ % FZ_FDS];

	if (*slot >= 0)
		ln_close(f->net, *slot);
	*slot = fd;
	return fd;
}

/* ---- calls ---- */

static void on_wake(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct fz *f = ctx;
	char buf[600] = { 0 };

	(void)events;
	switch (f->wake_does) {
	case 1:
		ln_recv(net, fd, buf, sizeof(buf), 0);
		break;
	case 2:
		ln_close(net, fd);
		break;
	case 3:
		ln_send(net, fd, buf, sizeof(buf), 0);
		break;
	case 4:
		fz_keep_fd(f, ln_accept(net, fd, NULL, NULL));
		break;
	case 5:
		ln_close(net, f->fd[(unsigned)fd % FZ_FDS]);
		break;
	case 6:
		ln_set_wake(net, fd, NULL, NULL);
		break;
	default:
		break;
	}
}

static void on_timer(void *ctx, struct ln_net *net)
{
	struct fz *f = ctx;

	f->timer = ln_timer_add(net, f->now + 1000000, on_timer, f);
}

static struct ln_sockaddr_in read_addr(struct fz_in *in)
{
	static const be32 hosts[] = {
		INET_ADDR4(10, 0, 0, 1), INET_ADDR4(10, 0, 0, 2), INET_ADDR4(127, 0, 0, 1),
		INADDR4_ANY, INADDR4_BROADCAST, INET_ADDR4(10, 1, 0, 2), INET_ADDR4(10, 0, 0, 255),
		INET_ADDR4(192, 0, 2, 1), INET_ADDR4(224, 0, 0, 5), INET_ADDR4(10, 1, 0, 1),
	};
	static const u16 ports[] = { 80, 53, 5000, 6000, 1000, 2000, 77, 0 };
	u8 host = fz_u8(in), port = fz_u8(in);

	return sin_of(hosts[host % ARRAY_SIZE(hosts)], ports[port % ARRAY_SIZE(ports)]);
}

static void call_socket(struct fz *f, struct fz_in *in)
{
	u8 domain = fz_u8(in), type = fz_u8(in), protocol = fz_u8(in);
	static const u8 domains[] = { LN_AF_INET, LN_AF_INET, LN_AF_PACKET, 0 };

	fz_keep_fd(f, ln_socket(f->net, domains[domain % 4u], type % 4,
				domain % 4u == 2 ? 0x0300 : protocol));
}

static void call_sendto(struct fz *f, int fd, struct fz_in *in)
{
	struct ln_sockaddr_in sin = read_addr(in);
	struct ln_sockaddr_ll sll = { .sll_family = LN_AF_PACKET, .sll_ifindex = fz_u8(in) % 5 };
	bool packet = fz_u8(in) & 1;

	f->dirty = true;	/* through a packet or raw socket anything may be sent */
	if (packet)
		ln_sendto(f->net, fd, in->p, fz_left(in), 0, &sll, sizeof(sll));
	else
		ln_sendto(f->net, fd, in->p, fz_left(in), 0, &sin, sizeof(sin));
}

static void call_send(struct fz *f, int fd, struct fz_in *in)
{
	static const u8 zeros[65536];
	int flags = fz_u16(in);
	size_t len = fz_u16(in);

	f->dirty |= fd == f->fd[3] || fd == f->fd[5];
	ln_send(f->net, fd, zeros, len, flags);
}

static void call_recv(struct fz *f, int fd, struct fz_in *in)
{
	u8 buf[BUF_BYTES], control[128];
	struct ln_sockaddr_in sin;
	size_t cut = fz_u16(in) % BUF_BYTES;
	struct ln_iovec iov[3] = { { buf, cut }, { NULL, 0 }, { buf + cut, BUF_BYTES - cut } };
	struct ln_msghdr msg = {
		.msg_name = &sin, .msg_namelen = fz_u8(in) % 17u, .msg_iov = iov, .msg_iovlen = 3,
		.msg_control = control, .msg_controllen = fz_u8(in) % 129u,
	};

	if (fz_u8(in) & 1)
		ln_recvmsg(f->net, fd, &msg, fz_u16(in));
	else
		ln_recv(f->net, fd, buf, cut, fz_u16(in));
}

static void call_sendmsg(struct fz *f, int fd, struct fz_in *in)
{
	u8 control[64] = { 0 };
	struct ln_sockaddr_in sin = read_addr(in);
	size_t len = fz_u8(in);
	struct ln_iovec iov[2] = { { control, sizeof(control) }, { control, len % 60 } };
	struct ln_msghdr msg = {
		.msg_name = len & 1 ? &sin : NULL, .msg_namelen = len & 1 ? sizeof(sin) : 0,
		.msg_iov = iov, .msg_iovlen = 2, .msg_control = control,
	};

	f->dirty = true;
	msg.msg_controllen = min_t(size_t, fz_left(in), sizeof(control));
	memcpy(control, in->p, msg.msg_controllen);
	ln_sendmsg(f->net, fd, &msg, 0);
}

static void call_option(struct fz *f, int fd, struct fz_in *in)
{
	static const u8 levels[] = {
		LN_SOL_IP, LN_SOL_SOCKET, LN_SOL_TCP, LN_SOL_UDP, LN_SOL_RAW, 1, 6, 7,
	};
	int level = levels[fz_u8(in) % ARRAY_SIZE(levels)], name = fz_u8(in);
	u8 val[300] = { 0 };
	u32 len = fz_u16(in) % sizeof(val), put = (u32)min_t(size_t, fz_left(in), sizeof(val));

	f->dirty |= name == LN_IP_HDRINCL;
	if (put) {
		memcpy(val, in->p, put);
		ln_setsockopt(f->net, fd, level, name, val, min(len, put));
	} else {
		ln_getsockopt(f->net, fd, level, name, val, &len);
	}
}

static void call_epoll(struct fz *f, int fd, struct fz_in *in)
{
	struct ln_epoll_event ev, evs[4];
	u8 op = fz_u8(in);
	int other = f->fd[fz_u8(in) % FZ_FDS];

	ev.events = fz_u32(in);
	ev.data = 1;
	if (op & 0x80)
		ln_epoll_wait(f->net, fd, evs, (int)(op & 3u));
	else if (op & 0x40)
		fz_keep_fd(f, ln_epoll_create(f->net));
	else
		ln_epoll_ctl(f->net, fd, op & 3, other, &ev);
}

static void call_names(struct fz *f, int fd, u8 arg)
{
	u8 name[128];
	u32 len = arg & 0x7f;
	int value;
	struct ln_pollfd fds[FZ_FDS];

	ln_getsockname(f->net, fd, name, &len);
	len = arg & 0x7f;
	ln_getpeername(f->net, fd, name, &len);
	ln_ioctl(f->net, fd, arg & 0x80 ? LN_SIOCINQ : LN_SIOCOUTQ, &value);
	for (unsigned i = 0; i < FZ_FDS; i++)
		fds[i] = (struct ln_pollfd){ .fd = f->fd[i], .events = (short)(arg * 257) };
	ln_poll(f->net, fds, FZ_FDS);
}

static void call_time(struct fz *f, int fd, u8 arg)
{
	f->wake_does = arg % 7;
	ln_set_wake(f->net, fd, on_wake, f);
	if (arg & 0x80) {
		ln_timer_cancel(f->net, f->timer);
		f->timer = ln_timer_add(f->net, f->now + arg * 1000000ll, arg & 0x40 ? on_timer :
					NULL, f);
	}
}

/* which call, which descriptor, its arguments */
void fz_call(struct fz *f, struct fz_in *in)
{
	u8 what = fz_u8(in);
	int fd = f->fd[fz_u8(in) % FZ_FDS];
	struct ln_sockaddr_in sin;

	switch (what % 16) {
	case 0:
		call_socket(f, in);
		break;
	case 1:
		sin = read_addr(in);
		ln_bind(f->net, fd, &sin, sizeof(sin) - fz_u8(in) % 3u);
		break;
	case 2:
		ln_listen(f->net, fd, (s8)fz_u8(in));
		break;
	case 3:
		sin = read_addr(in);
		if (fz_u8(in) & 1)
			sin.sin_family = LN_AF_UNSPEC;
		ln_connect(f->net, fd, &sin, sizeof(sin));
		break;
	case 4:
		fz_keep_fd(f, ln_accept(f->net, fd, NULL, NULL));
		break;
	case 5:
		call_send(f, fd, in);
		break;
	case 6:
		call_sendto(f, fd, in);
		break;
	case 7:
		call_recv(f, fd, in);
		break;
	case 8:
		ln_shutdown(f->net, fd, fz_u8(in) % 4);
		break;
	case 9:
		ln_close(f->net, fd);
		break;
	case 10:
	case 11:
		call_option(f, fd, in);
		break;
	case 12:
		call_names(f, fd, fz_u8(in));
		break;
	case 13:
		call_epoll(f, fd, in);
		break;
	case 14:
		call_time(f, fd, fz_u8(in));
		break;
	default:
		call_sendmsg(f, fd, in);
		break;
	}
}

/* ---- commands ---- */

static const char *const commands[] = {
	"ip link set eth0 down", "ip link set eth0 up", "ip link set eth1 down",
	"ip link set eth1 up", "ip link set lo down", "ip addr add 10.0.0.9/24 dev eth0",
	"ip addr del 10.0.0.1/24 dev eth0", "ip addr add 10.0.0.1/24 dev eth0",
	"ip addr flush dev eth1", "ip route del default", "ip route add default via 10.1.0.2",
	"ip route add 192.0.2.0/24 via 10.1.0.2 mtu 600", "ip route add blackhole 192.0.2.0/24",
	"ip route add prohibit 224.0.0.0/4", "ip route flush table main", "ip neigh flush dev eth0",
	"ip neigh del 10.0.0.2 dev eth0", "ip neigh replace 10.0.0.2 dev eth0 nud failed",
	"ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:99 dev eth0 nud permanent",
	"ip link set eth0 mtu 68", "ip link set eth0 mtu 9000", "ip link set eth0 mtu 1500",
	"ip link add v0 type veth peer name v1", "ip link del v0", "ip link add br0 type bridge",
	"ip link set eth0 master br0", "ip link set eth0 nomaster", "ip link del br0",
	"ip link set v0 master br0", "ip link set v0 up", "ip link set v1 up",
	"ip addr add 10.1.0.2/24 dev v1", "ip link set eth0 promisc on",
	"ip link set eth0 address 02:00:00:00:00:55", "ip link set eth0 arp off",
	"ip link set eth0 txqueuelen 1", "ethtool -G eth0 rx 8 tx 8",
	"ethtool -C eth0 rx-usecs 100",
	"ethtool -K eth0 gro off", "tc -s qdisc show", "ss -tanioem", "ss -lu", "netstat -napt",
	"netstat -s", "ip -s -s link", "ip -d link", "ip -j addr", "ip route show table all",
	"ip route get 10.1.0.2", "ip neigh show", "arp -a", "bridge fdb show", "ifconfig -a",
	"cat /proc/net/snmp", "cat /proc/net/tcp", "cat /proc/interrupts", "stat",
	"sysctl -w net.ipv4.tcp_dsack=0", "sysctl -w net.ipv4.tcp_timestamps=0",
	"sysctl -w net.ipv4.tcp_max_tw_buckets=1", "sysctl -w net.ipv4.tcp_max_orphans=0",
	"sysctl -w net.ipv4.tcp_abort_on_overflow=1", "sysctl -w net.ipv4.ip_forward=0",
	"sysctl -w net.ipv4.tcp_fin_timeout=1", "sysctl -w net.ipv4.tcp_congestion_control=reno",
	"sysctl -w net.core.netdev_budget=1", "sysctl -w net.ipv4.icmp_ratelimit=0",
	"sysctl -w net.ipv4.ipfrag_high_thresh=2000", "sysctl -w net.ipv4.tcp_sack=0",
	"sysctl -w net.ipv4.tcp_rmem=4096 4096 4096", "sysctl -w net.ipv4.tcp_max_syn_backlog=1",
	"sysctl -w net.ipv4.neigh.default.gc_thresh3=2", "sysctl -w net.ipv4.tcp_orphan_retries=1",
	"sysctl -w net.ipv4.tcp_sack=0", "ip link set br0 down", "ip link set br0 up",
	"sysctl -w net.ipv6.conf.eth0.disable_ipv6=1",
	"sysctl -w net.ipv6.conf.eth0.disable_ipv6=0",
	"sysctl -w net.ipv6.conf.all.disable_ipv6=0", "ip -6 addr flush dev eth0",
	"ip addr add 2001:db8::9/64 dev eth0", "ip addr del 2001:db8::1/64 dev eth0",
	"ip addr add 2001:db8::1/64 dev eth0 nodad", "ip -6 route add default via 2001:db8:1::2",
	"ip -6 route add unreachable 2001:db8:9::/48", "ip -6 route flush proto boot",
	"ip -6 neigh flush dev eth0", "ip -6 addr", "ip -6 route show table all", "ip -6 neigh",
	"cat /proc/net/snmp6", "sysctl -w net.ipv6.icmp.ratelimit=0",
	"sysctl -w net.ipv6.ip6frag_high_thresh=5000",
};

/* One of the commands; 255: the payload's text. */
void fz_ctl(struct fz *f, struct fz_in *in)
{
	u8 which = fz_u8(in);
	char text[256], out[4000];
	size_t len = min_t(size_t, fz_left(in), sizeof(text) - 1);

	f->cut = true;		/* devices may be down, addresses gone */
	f->dirty = true;
	if (which != 255) {
		ln_ctl(f->net, commands[which % ARRAY_SIZE(commands)], out, sizeof(out), NULL);
		return;
	}
	memcpy(text, in->p, len);
	text[len] = 0;
	ln_ctl(f->net, text, out, sizeof(out), NULL);
}
