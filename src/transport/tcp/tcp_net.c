/* SPDX-License-Identifier: MIT */
/* TCP's part of an instance: its tables and slabs, and the doors to IP and to the socket layer. */
#include "net/ipv4/ip.h"
#include "transport/tcp/tcp_accecn.h"
#include "transport/tcp/tcp_ipv4.h"
#include "transport/tcp/tcp_metrics.h"
#include "net/ipv6/ip6.h"
#include "transport/tcp/tcp_offload.h"
#include "transport/tcp/tcp_rest.h"
#include "transport/tcp/tcp_sock.h"
#include "transport/tcp/tcp_timer.h"
#include "transport/tcp/tcp_txstamp.h"
#include "transport/tcp/tcp_user.h"

static const struct net_protocol tcp_protocol = {
	.handler = tcp_v4_rcv,
	.err_handler = tcp_v4_err,
};

static const struct inet6_protocol tcpv6_protocol = {
	.handler = tcp_v6_rcv,
	.err_handler = tcp_v6_err,
};

int tcp_net_init(struct net *net)
{
	struct netns_tcp *ns = mem_zalloc(&net->mem, sizeof(*ns));
	int err;

	if (!ns)
		return -ENOMEM;
	err = inet_hashinfo_init(&ns->hash, net);
	ns->hash.proto = SHARD_TCP;
	if (err) {
		mem_free(&net->mem, ns, sizeof(*ns));
		return err;
	}
	list_init(&ns->tw_list);
	slab_init(&ns->request_slab, &net->mem, "request_sock", sizeof(struct request_sock));
	slab_init(&ns->tw_slab, &net->mem, "tw_sock", sizeof(struct tcp_timewait_sock));
	slab_init(&ns->cold_slab, &net->mem, "tcp_cold", sizeof(struct tcp_cold));
	slab_init(&ns->accecn_slab, &net->mem, "tcp_accecn", sizeof(struct tcp_accecn));
	slab_init(&ns->rcvq_slab, &net->mem, "tcp_rcvq", sizeof(struct tcp_rcvq));
	tcp_rest_init(ns, net);
	tcp_mem_init(net);
	tcp_cong_table_init(&ns->cong, &net->mem);
	/* The order is that of the sysctl tcp_congestion_control. */
	tcp_register_congestion_control(&ns->cong, &tcp_reno);
	tcp_register_congestion_control(&ns->cong, &tcp_cubic);
	tcp_register_congestion_control(&ns->cong, &tcp_bbr);
	tcp_register_congestion_control(&ns->cong, &tcp_dctcp);
	net->tcp = ns;
	inet_add_protocol(net, &tcp_protocol, IP_PROTO_TCP);
	net->ipv4->offloads[IP_PROTO_TCP] = &tcpv4_offload;
	if (net->ipv6) {
		inet6_add_protocol(net, &tcpv6_protocol, IP_PROTO_TCP);
		net->ipv6->offloads[IP_PROTO_TCP] = &tcpv6_offload;
	}
	return 0;
}

static struct sock *find_sock(const struct hlist_head *chain)
{
	struct sock_common *c;

	hlist_for_each_entry(c, chain, node)
		if (!tcp_is_mini(c))
			return container_of(c, struct sock, c);
	return NULL;
}

/* What no user holds any more, but the peer has not let go of. */
static void end_orphans(struct netns_tcp *ns)
{
	struct hlist_head *chain;
	u64 i = 0;

	while ((chain = inet_table_chain(&ns->hash.ehash, i))) {
		struct sock *sk = find_sock(chain);

		if (sk)
			tcp_done(sk);
		else
			i++;
	}
}

void tcp_net_exit(struct net *net)
{
	struct netns_tcp *ns = net->tcp;

	if (!ns)
		return;
	net->exiting = true;
	end_orphans(ns);
	while (!list_empty(&ns->tw_list))
		tcp_tw_kill(list_first_entry(&ns->tw_list, struct tcp_timewait_sock, list));
	inet_hashinfo_exit(&ns->hash);
	tcp_rest_exit(ns, net);
	tcp_metrics_exit(net);
	slab_exit(&ns->request_slab);
	slab_exit(&ns->tw_slab);
	slab_exit(&ns->cold_slab);
	slab_exit(&ns->rcvq_slab);
	slab_exit(&ns->accecn_slab);
	tcp_cong_table_exit(&ns->cong);
	net->ipv4->protos[IP_PROTO_TCP] = NULL;
	net->ipv4->offloads[IP_PROTO_TCP] = NULL;
	if (net->ipv6) {
		net->ipv6->protos[IP_PROTO_TCP] = NULL;
		net->ipv6->offloads[IP_PROTO_TCP] = NULL;
	}
	mem_free(&net->mem, ns, sizeof(*ns));
	net->tcp = NULL;
}

static int tcp_get_port(struct sock *sk, u16 port)
{
	return inet_csk_get_port(&sock_net(sk)->tcp->hash, sk, port);
}

const struct proto tcp_prot = {
	.name = "TCP",
	.obj_size = sizeof(struct tcp_sock),
	.type = LN_SOCK_STREAM,
	.protocol = LN_IPPROTO_TCP,
	.init = tcp_init_sock,
	.destroy = tcp_destroy_sock,
	.close = tcp_close, .linger = tcp_linger,
	.connect = tcp_connect,
	.disconnect = tcp_disconnect,
	.accept = tcp_accept,
	.listen = tcp_listen_start,
	.get_port = tcp_get_port,
	.shutdown = tcp_shutdown,
	.sendmsg = tcp_sendmsg,
	.recvmsg = tcp_recvmsg,
	.borrow = &tcp_borrow_ops,
	.poll = tcp_poll,
	.setsockopt = tcp_setsockopt,
	.getsockopt = tcp_getsockopt,
	.ioctl = tcp_ioctl,
	.keepalive = tcp_set_keepalive,
	.rcvlowat = tcp_set_rcvlowat,
	.tskey = tcp_tskey,
};
