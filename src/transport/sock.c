/* SPDX-License-Identifier: MIT */
#include "transport/sock.h"

#include "base/assert.h"
#include "base/kmem_cache.h"
#include "device/netdevice.h"
#include "transport/inet6_key.h"
#include "transport/mcast_sock.h"
#include "transport/flowlabel.h"
#include "transport/ip_sockglue.h"
#include "transport/sock_rare.h"
#include "transport/sock_run.h"
#include "transport/sock_txtime.h"

/* The memory of a protocol's socks, made when its first one is. */
struct proto_socks {
	struct list_head list;
	const struct proto *prot;
	struct kmem_cache socks;
};

static void sock_wfree(struct sk_buff *skb);
static void sock_wfree_many(struct sock *sk, u32 packets, size_t bytes);

int sock_net_init(struct net *net)
{
	struct netns_sock *ns = mem_zalloc(&net->mem, sizeof(*ns));

	if (!ns)
		return -ENOMEM;
	list_init(&ns->protos);
	list_init(&ns->flowlabels);
	slab_init(&ns->key6_slab, &net->mem, "inet6_key", sizeof(struct inet6_key));
	net->sock = ns;
	net->wfree = sock_wfree;
	net->wfree_many = sock_wfree_many;
	if (net->dev) {
		net->dev->tstamp_tx = sock_tstamp_tx;
		net->dev->sender = &sock_tx_sender_ops;
	}
	return 0;
}

void sock_net_exit(struct net *net)
{
	struct netns_sock *ns = net->sock;
	struct proto_socks *ps, *next;

	if (!ns)
		return;
	list_for_each_entry_safe(ps, next, &ns->protos, list) {
		kmem_cache_exit(&ps->socks);
		mem_free(&net->mem, ps, sizeof(*ps));
	}
	fl6_net_exit(net);
	slab_exit(&ns->key6_slab);
	if (ns->reserved_ports)
		mem_free(&net->mem, ns->reserved_ports, RESERVED_PORTS_BYTES);
	mem_free(&net->mem, ns, sizeof(*ns));
	net->sock = NULL;
}

/* There are a handful of protocols: a walk is as good as an index. */
static struct proto_socks *proto_socks_find(struct net *net, const struct proto *prot)
{
	struct proto_socks *ps;

	list_for_each_entry(ps, &net->sock->protos, list) {
		if (ps->prot == prot)
			return ps;
	}
	return NULL;
}

static struct proto_socks *proto_socks_get(struct net *net, const struct proto *prot)
{
	struct proto_socks *ps = proto_socks_find(net, prot);

	if (ps)
		return ps;
	ps = mem_zalloc(&net->mem, sizeof(*ps));
	if (!ps)
		return NULL;
	ps->prot = prot;
	kmem_cache_init(&ps->socks, &net->mem, prot->name, prot->obj_size);
	list_add_tail(&ps->list, &net->sock->protos);
	return ps;
}

struct sock *sk_alloc(struct net *net, const struct proto *prot)
{
	struct proto_socks *ps = proto_socks_get(net, prot);
	struct sock *sk = ps ? kmem_cache_alloc(&ps->socks) : NULL;

	if (!sk)
		return NULL;
	memset(sk, 0, prot->obj_size);
	sk->c.net = net;
	sk->c.family = LN_AF_INET;
	sk->c.state = TCP_CLOSE;
	sk->prot = prot;
	sk->ops = &sock_ops_none;
	sk->refcnt = 1;
	sk->type = prot->type;
	sk->protocol = prot->protocol;
	sk->pmtudisc = net->sysctl.ip_no_pmtu_disc ? LN_IP_PMTUDISC_DONT : LN_IP_PMTUDISC_WANT;
	sk->rcvbuf = (u32)net->sysctl.rmem_default;
	sk->sndbuf = (u32)net->sysctl.wmem_default;
	sk->rcvlowat = 1;
	inet_flag_set(sk, INET_NO_TXREHASH, !net->sysctl.txrehash);
	skb_queue_head_init(&sk->receive_queue);
	net->sock->sockets++;
	return sk;
}

void sk_cache_shrink(struct net *net, const struct proto *prot)
{
	struct proto_socks *ps = proto_socks_find(net, prot);

	if (ps)
		kmem_cache_shrink(&ps->socks);
}

void sock_purge(struct sk_buff_head *q, struct net *net)
{
	skb_queue_purge_reason(q, net->exiting ? SKB_DROP_REASON_NET_EXIT :
						 SKB_DROP_REASON_QUEUE_PURGE);
}

void sk_free(struct sock *sk)
{
	struct net *net = sock_net(sk);

	if (sk->prot->destroy)
		sk->prot->destroy(sk);
	sock_purge(&sk->receive_queue, net);
	if (sk->error_queue) {
		sock_purge(sk->error_queue, net);
		mem_free(&net->mem, sk->error_queue, sizeof(*sk->error_queue));
	}
	mcast_sock_free(sk);
	sock_txstamp_free(sk);
	sock_rare_free(sk);
	dst_release(sk->dst);
	inet6_key_drop(&sk->c);
	/* Each of these holds a reference or is gone with the queues. */
	ln_assert(!sk->rmem && hlist_unhashed(&sk->c.node) && !sk->bind_bucket);
	net->sock->sockets--;
	kmem_cache_free(&proto_socks_find(net, sk->prot)->socks, sk);
}

static void sock_nothing(struct sock *sk)
{
	(void)sk;
}

const struct sock_ops sock_ops_none = {
	.data_ready = sock_nothing,
	.write_space = sock_nothing,
	.state_change = sock_nothing,
	.error_report = sock_nothing,
};

void sock_orphan(struct sock *sk)
{
	sock_set_flag(sk, SOCK_DEAD);
	sk->ops = &sock_ops_none;
	sk->socket = NULL;
}

int sock_error(struct sock *sk)
{
	int err = sk->err;

	sk->err = 0;
	return -err;
}

void sk_dst_reset(struct sock *sk)
{
	dst_release(sk->dst);
	sk->dst = NULL;
}

void sock_rfree(struct sk_buff *skb)
{
	sk_rmem_uncharge(skb->sk, sk_truesize(skb));
}

void skb_set_owner_r(struct sk_buff *skb, struct sock *sk)
{
	skb_orphan(skb);
	skb->sk = sk;
	skb->destructor = sock_rfree;
	sk->rmem += sk_truesize(skb);
	sock_net(sk)->sock->memory += sk_truesize(skb);
}

void sock_rcv_run_end(struct sock_rcv_run *run)
{
	struct sk_buff_head *q;
	struct sock *sk = run->sk;

	if (!run->n)
		return;
	q = &sk->receive_queue;
	run->first->prev = q->prev;
	q->prev->next = run->first;
	run->last->next = skb_queue_end(q);
	q->prev = run->last;
	q->qlen += run->n;
	sk->rmem += run->bytes;
	sock_net(sk)->sock->memory += run->bytes;
	sk->ops->data_ready(sk);
}

static void sock_wfree_many(struct sock *sk, u32 packets, size_t bytes)
{
	ln_assert(bytes <= sk->wmem && packets <= sk->refcnt);
	sk->wmem -= (u32)bytes;
	sock_net(sk)->sock->memory -= bytes;
	/* Who never met a full buffer waits for nothing: no wake-up for each packet sent. */
	if (sock_flag(sk, SOCK_NOSPACE) && sock_writeable(sk)) {
		sock_reset_flag(sk, SOCK_NOSPACE);
		sk->ops->write_space(sk);
	}
	sk->refcnt -= packets - 1;
	sock_put(sk);
}

static void sock_wfree(struct sk_buff *skb)
{
	sock_wfree_many(skb->sk, 1, sk_truesize(skb));
}

void skb_set_owner_w(struct sk_buff *skb, struct sock *sk)
{
	skb_orphan(skb);
	skb->sk = sock_hold(sk);
	skb->destructor = sock_wfree;
	sk->wmem += sk_truesize(skb);
	sock_net(sk)->sock->memory += sk_truesize(skb);
}

/*
 * A clone is free while its original lives and holds the charge. One that waits for a reader may
 * outlive it, so it pays for the buffers that it keeps.
 */
static bool skb_charge_clone(struct sk_buff *skb)
{
	u32 size = skb->data_len;

	if (skb->truesize)
		return true;
	if (skb->head_buf)
		size += buf_truesize(skb->head_buf);
	if (size && !mem_charge(&skb->net->mem, size))
		return false;
	skb->truesize = size;
	return true;
}

int sock_queue_rcv_skb(struct sock *sk, struct sk_buff *skb)
{
	if (unlikely(sk->rmem >= sk->rcvbuf)) {
		sk->drops++;
		kfree_skb_reason(skb, SKB_DROP_REASON_SOCKET_RCVBUFF);
		return -ENOMEM;
	}
	skb_orphan(skb);
	if (unlikely(!skb_charge_clone(skb))) {
		sk->drops++;
		kfree_skb_reason(skb, SKB_DROP_REASON_PROTO_MEM);
		return -ENOBUFS;
	}
	if (unlikely(sock_flag(sk, SOCK_RXOPT)))
		*SOCK_SKB_CB(skb) = (struct sock_skb_cb){ .dropcount = (u32)sk->drops };
	skb_dst_drop(skb);
	skb->dev = NULL;	/* may be gone before the reader comes */
	skb_set_owner_r(skb, sk);
	skb_queue_tail(&sk->receive_queue, skb);
	sk->ops->data_ready(sk);
	return 0;
}

const char *tcp_state_name(u8 state)
{
	static const char *const names[TCP_MAX_STATES] = {
		[TCP_ESTABLISHED] = "ESTABLISHED", [TCP_SYN_SENT] = "SYN_SENT",
		[TCP_SYN_RECV] = "SYN_RECV", [TCP_FIN_WAIT1] = "FIN_WAIT1",
		[TCP_FIN_WAIT2] = "FIN_WAIT2", [TCP_TIME_WAIT] = "TIME_WAIT",
		[TCP_CLOSE] = "CLOSE", [TCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[TCP_LAST_ACK] = "LAST_ACK", [TCP_LISTEN] = "LISTEN",
		[TCP_CLOSING] = "CLOSING", [TCP_NEW_SYN_RECV] = "SYN_RECV",
	};

	return state < TCP_MAX_STATES && names[state] ? names[state] : "UNKNOWN";
}
