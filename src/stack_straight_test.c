/* SPDX-License-Identifier: MIT */
/*
 * What goes straight to the device (net/ipv4/ip_straight.h, a run of sendmmsg) leaves as it would
 * by ip_queue_xmit(). Of two hosts that do the same one has a hook that lets everything pass, so
 * nothing of it goes straight: frames, their order, counters and what the calls return are alike.
 * So is what TCP knows where the ACKs of one are traced, and none is taken as plain (tcp_ack.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "device/netdevice.h"
#include "device/nf_hook.h"
#include "stack_pair.h"
#include "stack_random.h"

#include <linnet/tcp_info.h>

#define FRAME_MAX 1514
#define MESSAGES 40
#define ROUNDS 1500

struct twin {
	struct ln_net *net;
	struct ln_nic *nic;
	struct nf_hook_ops hook;
	int fd[2];		/* connected; not */
	u64 sum, frames;	/* of what left */
	u64 seen;
};

static struct twin twin[2];
static char bytes[2048];

static enum nf_verdict all_pass(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	(void)skb;
	(void)state;
	++*(u64 *)priv;
	return NF_ACCEPT;
}

static void long_way(struct ln_net *net, struct nf_hook_ops *hook, u64 *seen, bool v6)
{
	*hook = (struct nf_hook_ops){ .hook = all_pass, .priv = seen,
				      .pf = v6 ? NFPROTO_IPV6 : NFPROTO_IPV4,
				      .hooknum = NF_INET_LOCAL_OUT };
	nf_register_net_hook(net_of(net), hook);
}

static u64 mixed(u64 sum, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ ((const u8 *)p)[i]) * 0x100000001b3ull;
	return sum;
}

static void both(const char *cmd)
{
	char out[2][512];
	int err[2];

	for (u32 i = 0; i < 2; i++)
		err[i] = ln_ctl(twin[i].net, cmd, out[i], sizeof(out[i]), NULL);
	assert_int_equal(err[0], err[1]);
}

static void twin_create(struct twin *t)
{
	struct ln_nic_params params = { .tx_ring = 16, .rx_ring = 16, .mtu = 1500 };

	*t = (struct twin){ .net = box_net() };
	t->nic = box_nic(t->net, &params);
}

static void twins_create(void)
{
	struct ln_sockaddr_in peer = pair_addr(1, 7);

	for (u32 i = 0; i < 2; i++)
		twin_create(&twin[i]);
	both("ip addr add 10.0.0.1/24 dev eth0");
	both("ip link set eth0 up");
	both("ip link set lo up");
	both("ip route add 10.9.0.0/16 via 10.0.0.3");
	both("ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0");
	both("ip neigh add 10.0.0.3 lladdr 02:00:00:00:00:03 dev eth0");
	for (u32 i = 0; i < 2; i++) {
		struct twin *t = &twin[i];

		t->fd[0] = ln_socket(t->net, LN_AF_INET, LN_SOCK_DGRAM, 0);
		t->fd[1] = ln_socket(t->net, LN_AF_INET, LN_SOCK_DGRAM, 0);
		assert_int_equal(ln_connect(t->net, t->fd[0], &peer, sizeof(peer)), 0);
	}
	long_way(twin[1].net, &twin[1].hook, &twin[1].seen, false);
}

static void twins_destroy(void)
{
	assert_true(twin[1].seen > 1000);
	nf_unregister_net_hook(&twin[1].hook);
	for (u32 i = 0; i < 2; i++)
		box_end(twin[i].net);
}

/* Some of what waits on the card; all: the queue behind it too. */
static void take_frames(u32 most, s64 now)
{
	u8 frame[FRAME_MAX];

	for (u32 i = 0; i < 2; i++) {
		struct twin *t = &twin[i];
		ptrdiff_t len;

		for (u32 n = 0; n < most; n++) {
			len = ln_nic_transmit(t->nic, frame, sizeof(frame));
			if (len <= 0)
				break;
			t->sum = mixed(t->sum, frame, (size_t)len);
			t->frames++;
		}
		ln_net_run(t->net, now);
	}
}

static void option_changes(struct prng *r, u32 which)
{
	static const struct {
		int level, name, least, span;
	} of[] = {
		{ LN_SOL_IP, LN_IP_TOS, 0, 64 }, { LN_SOL_IP, LN_IP_TTL, 1, 200 },
		{ LN_SOL_IP, LN_IP_MTU_DISCOVER, 0, 4 }, { LN_SOL_IP, LN_IP_RECVERR, 0, 2 },
		{ LN_SOL_UDP, LN_UDP_CORK, 0, 2 }, { LN_SOL_UDP, LN_UDP_SEGMENT, 0, 400 },
		{ LN_SOL_SOCKET, LN_SO_SNDBUF, 3000, 60000 },
	};
	u32 o = rnd(r, ARRAY_SIZE(of));
	int v = of[o].least + (int)rnd(r, (u32)of[o].span);

	for (u32 i = 0; i < 2; i++)
		ln_setsockopt(twin[i].net, twin[i].fd[which], of[o].level, of[o].name, &v,
			      sizeof(v));
}

static void world_changes(struct prng *r)
{
	static const char *const cmds[] = {
		"ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0",
		"ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:22 dev eth0 nud reachable",
		"ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0 nud delay",
		"ip neigh del 10.0.0.2 dev eth0", "ip link set eth0 mtu 600",
		"ip link set eth0 mtu 1500", "ip route replace 10.9.0.0/16 via 10.0.0.2",
		"ip route replace 10.9.0.0/16 via 10.0.0.3 mtu 900 hoplimit 9",
		"ip route replace prohibit 10.9.0.0/16", "ip link set eth0 down",
		"ip link set eth0 up", "ethtool -K eth0 tx on", "ethtool -K eth0 tx off",
		"sysctl -w net.ipv4.ip_default_ttl=33",
	};

	both(cmds[rnd(r, ARRAY_SIZE(cmds))]);
	if (rnd(r, 2))
		both("ip link set eth0 up");
}

static u32 any_len(struct prng *r)
{
	return rnd(r, 6) ? rnd(r, 140) : rnd(r, 1700);
}

/* One by one, or in one call; to the peer, or wherever. */
static void messages(struct prng *r, u32 which, u32 n)
{
	struct ln_mmsghdr vec[2][MESSAGES] = { { { .msg_len = 0 } } };
	struct ln_iovec iov[MESSAGES];
	struct ln_sockaddr_in to[MESSAGES];
	int flags = rnd(r, 9) ? 0 : LN_MSG_DONTWAIT;
	bool one_call = rnd(r, 2);
	ptrdiff_t ret[2];

	for (u32 i = 0; i < n; i++) {
		iov[i] = (struct ln_iovec){ bytes + rnd(r, 64), any_len(r) };
		to[i] = pair_addr(1 + rnd(r, 2) * rnd(r, 3), 7);
		if (!rnd(r, 3))
			to[i].sin_addr = INET_ADDR4(10, 9, 0, rnd(r, 3));
		if (i && rnd(r, 4))
			to[i] = to[i - 1];
		vec[0][i].msg_hdr = (struct ln_msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
		if (which || !rnd(r, 12)) {
			vec[0][i].msg_hdr.msg_name = &to[i];
			vec[0][i].msg_hdr.msg_namelen = sizeof(to[i]);
		}
	}
	memcpy(vec[1], vec[0], sizeof(vec[0]));
	for (u32 t = 0; t < 2 && one_call; t++)
		ret[t] = ln_sendmmsg(twin[t].net, twin[t].fd[which], vec[t], n, flags);
	for (u32 i = 0; i < n; i++) {
		for (u32 t = 0; t < 2 && !one_call; t++)
			ret[t] = ln_sendmsg(twin[t].net, twin[t].fd[which], &vec[t][i].msg_hdr,
					    flags);
		assert_int_equal(ret[0], ret[1]);
		assert_int_equal(vec[0][i].msg_len, vec[1][i].msg_len);
	}
}

static void compare_twins(void)
{
	struct net *a = net_of(twin[0].net), *b = net_of(twin[1].net);

	assert_int_equal(twin[0].frames, twin[1].frames);
	assert_int_equal(twin[0].sum, twin[1].sum);
	assert_memory_equal(a->mib, b->mib, sizeof(a->mib));
	assert_memory_equal(a->drops, b->drops, sizeof(a->drops));
	assert_memory_equal(&a->frames, &b->frames, sizeof(a->frames));
	assert_memory_equal(&a->copies, &b->copies, sizeof(a->copies));
}

static void datagrams_leave_as_by_the_long_way(void **state)
{
	struct prng r;

	(void)state;
	for (u64 seed = 1; seed <= 4; seed++) {
		s64 now = 2 * PAIR_SEC;

		prng_init(&r, seed);
		for (u32 i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)rnd(&r, 256);
		twins_create();
		for (u32 round = 0; round < ROUNDS; round++, now += rnd(&r, 3) * PAIR_MS) {
			u32 which = rnd(&r, 2);

			if (!rnd(&r, 12))
				option_changes(&r, which);
			if (!rnd(&r, 25))
				world_changes(&r);
			messages(&r, which, 1 + rnd(&r, rnd(&r, 3) ? 4 : MESSAGES));
			take_frames(rnd(&r, 3) ? FRAME_MAX : rnd(&r, 8), now);
			compare_twins();
		}
		assert_true(twin[0].frames > 1000);
		twins_destroy();
	}
}

/* ---- TCP ---- */

static int tap_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	static u8 frame[1 << 17];	/* GRO may have joined some */

	(void)dev;
	assert_in_range(skb->len, 1, sizeof(frame));
	assert_int_equal(skb_copy_bits(skb, 0, frame, skb->len), 0);
	*(u64 *)pt->af_packet_priv = mixed(*(u64 *)pt->af_packet_priv, frame, skb->len);
	consume_skb(skb);
	return 0;
}

static void nothing(void *ctx, const struct ln_trace_event *ev)
{
	(void)ctx;
	(void)ev;
}

static void steps_of(struct pair *p, struct nf_hook_ops *hook, u64 *seen, bool v6)
{
	for (u32 i = 0; i < 2; i++) {
		long_way(p->net[i], &hook[i], seen, v6);
		net_of(p->net[i])->trace = nothing;	/* each ACK step by step, too */
	}
}

static const char *const neigh_del[2][2] = {
	{ "ip neigh del 10.0.0.2 dev eth0", "ip neigh del 10.0.0.1 dev eth0" },
	{ "ip neigh del 2001:db8::2 dev eth0", "ip neigh del 2001:db8::1 dev eth0" },
};

/* Return: the second one's address. */
static struct ln_sockaddr_in6 with_ipv6(struct pair *p)
{
	static const char *const addr[2] = { "ip addr add 2001:db8::1/64 dev eth0 nodad",
					     "ip addr add 2001:db8::2/64 dev eth0 nodad" };
	struct ln_sockaddr_in6 sin6 = { .sin6_family = LN_AF_INET6, .sin6_port = cpu_to_be16(7) };

	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(pair_ctl(p, i, "sysctl -w net.ipv6.conf.all.disable_ipv6=0"), 0);
		assert_int_equal(pair_ctl(p, i, addr[i]), 0);
	}
	memcpy(sin6.sin6_addr, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	return sin6;
}

/* Return: a sum of all frames that one of them sent or got, and of what it knew meanwhile. */
static u64 conversation(u64 seed, bool v6, bool by_long_way)
{
	int family = v6 ? LN_AF_INET6 : LN_AF_INET;
	union {
		struct ln_sockaddr_in v4;
		struct ln_sockaddr_in6 v6;
	} to = { .v4 = pair_addr(1, 7) };
	struct nf_hook_ops hook[2];
	struct packet_type tap;
	struct ln_tcp_info info;
	u64 sum = 1, seen = 0;
	struct pair p;
	struct prng r;
	int l, c, s, u;
	u32 len;

	prng_init(&r, seed);
	pair_create(&p, NULL);
	assert_true(pair_connect(&p));
	if (v6)
		to.v6 = with_ipv6(&p);
	tap = (struct packet_type){ .type = CONST_BE16(3), .func = tap_rcv,
				    .af_packet_priv = &sum };
	dev_add_pack(net_of(p.net[0]), &tap);
	if (by_long_way)
		steps_of(&p, hook, &seen, v6);
	l = ln_socket(p.net[1], family, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_bind(p.net[1], l, &to, sizeof(to)), 0);
	assert_int_equal(ln_listen(p.net[1], l, 1), 0);
	u = ln_socket(p.net[0], family, LN_SOCK_DGRAM, 0);
	c = ln_socket(p.net[0], family, LN_SOCK_STREAM, 0);
	assert_int_equal(ln_connect(p.net[0], c, &to, sizeof(to)), -EINPROGRESS);
	pair_run(&p, PAIR_SEC);
	s = ln_accept(p.net[1], l, NULL, NULL);
	assert_true(s >= 0);
	for (u32 i = 0; i < 300; i++) {
		bool back = rnd(&r, 2);
		char in[4096];

		if (!rnd(&r, 30))
			pair_ctl(&p, back, neigh_del[v6][back]);
		ln_send(p.net[back], back ? s : c, bytes, 1 + any_len(&r), 0);
		ln_sendto(p.net[0], u, bytes, any_len(&r), 0, &to, sizeof(to));
		pair_run(&p, rnd(&r, 3) * 30 * PAIR_MS);
		ln_recv(p.net[!back], back ? c : s, in, sizeof(in), 0);
		len = sizeof(info);
		assert_int_equal(ln_getsockopt(p.net[0], c, LN_SOL_TCP, LN_TCP_INFO, &info, &len),
				 0);
		sum = mixed(sum, &info, len);
	}
	ln_close(p.net[0], c);
	pair_run(&p, 5 * PAIR_SEC);
	assert_true(!by_long_way || seen > 100);
	for (u32 i = 0; i < 2; i++) {
		const struct net *net = net_of(p.net[i]);

		sum = mixed(sum, net->mib, sizeof(net->mib));
		sum = mixed(sum, net->drops, sizeof(net->drops));
		sum = mixed(sum, &net->copies, sizeof(net->copies));
	}
	for (u32 i = 0; i < 2 && by_long_way; i++)
		nf_unregister_net_hook(&hook[i]);
	dev_remove_pack(&tap);
	pair_end(&p);
	return sum;
}

static void segments_leave_as_by_the_long_way(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 3; seed++)
		assert_int_equal(conversation(seed, false, false),
				 conversation(seed, false, true));
}

static void ipv6_leaves_as_by_the_long_way(void **state)
{
	(void)state;
	for (u64 seed = 1; seed <= 3; seed++)
		assert_int_equal(conversation(seed, true, false), conversation(seed, true, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams_leave_as_by_the_long_way),
		cmocka_unit_test(segments_leave_as_by_the_long_way),
		cmocka_unit_test(ipv6_leaves_as_by_the_long_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
