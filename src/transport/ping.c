/* SPDX-License-Identifier: MIT */
#include "transport/ping.h"

#include "net/inet_iif.h"
#include "net/ipv4/ip.h"
#include "transport/datagram6.h"
#include "wire/icmp.h"

static struct inet_hashinfo *ping_hash(const struct sock *sk)
{
	return &sock_net(sk)->ping->hash;
}

int ping_get_port(struct sock *sk, u16 id)
{
	struct netns_ping *ping = sock_net(sk)->ping;

	if (id)
		return inet_ping_get_port(&ping->hash, sk, id);
	for (u32 i = 0; i < 0x10000; i++) {
		if (++ping->rover == 0)
			continue;
		if (!inet_bind_bucket_lookup(&ping->hash, ping->rover))
			return inet_ping_get_port(&ping->hash, sk, ping->rover);
	}
	return -EADDRINUSE;
}

void ping_unhash(struct sock *sk)
{
	inet_put_port(ping_hash(sk), sk);
}

static int ping_bind_addr_ok(struct sock *sk, const struct ln_sockaddr_in *addr)
{
	return !addr->sin_addr || inet_addr_type(sock_net(sk), addr->sin_addr) == RTN_LOCAL ?
	       0 : -EADDRNOTAVAIL;
}

int ping_disconnect(struct sock *sk)
{
	dgram_disconnect(sk);
	if (!sock_flag(sk, SOCK_BINDPORT_LOCK))
		ping_unhash(sk);
	return 0;
}

static bool is_bound_to(const struct sock_common *c, be32 laddr, const struct ip6_addr *laddr6)
{
	if (laddr6)
		return c->v6 && (ipv6_addr_any(&inet6_key(c)->rcv_saddr) ||
				 ipv6_addr_equal(&inet6_key(c)->rcv_saddr, laddr6));
	return !c->v6 && (!c->rcv_saddr || c->rcv_saddr == laddr);
}

struct sock *ping_lookup(struct net *net, u16 id, be32 laddr, const struct ip6_addr *laddr6,
			 int dif)
{
	struct inet_bind_bucket *tb = inet_bind_bucket_lookup(&net->ping->hash, id);
	struct inet_bound *b;

	if (!tb)
		return NULL;
	hlist_for_each_entry(b, &tb->owners, bind_node) {
		if (is_bound_to(&b->c, laddr, laddr6) &&
		    (!b->c.bound_dev_if || b->c.bound_dev_if == dif))
			return (struct sock *)(void *)b;
	}
	return NULL;
}

static u16 echo_id(const void *icmp)
{
	return be16_to_cpu(((const struct icmphdr *)icmp)->un.echo.id);
}

/*
 * An error about an echo request of this machine, data at its ICMP header; icmp.c has seen to it
 * that the quoted IP header and 8 bytes more are there. Consumes.
 */
static void ping_err(struct sk_buff *skb, u8 type)
{
	const struct icmphdr *icmph = (const void *)skb->data;
	u8 code = icmph->code;
	u32 info = type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED ?
		   icmp_told_mtu(skb->net, be16_to_cpu(icmph->un.frag.mtu)) :
		   type == ICMP_REDIRECT ? be32_to_cpu(icmph->un.gateway) : 0;
	const struct iphdr *iph;
	struct sock *sk;

	skb_pull(skb, ICMP_HLEN);
	iph = (const void *)skb->data;
	sk = ping_lookup(skb->net, echo_id(skb->data + iph_hlen(iph)), iph->saddr, NULL,
			 inet_iif(skb));
	if (sk)
		dgram_err(sk, skb, type, code, info, 0);
	consume_skb(skb);
}

/* netns_ipv4.ping_rcv: an echo reply, or an error; its checksum was right, its header is linear. */
static void ping_rcv(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	u8 type = skb->data[0];
	struct sock *sk;

	if (type != ICMP_ECHOREPLY) {
		ping_err(skb, type);
		return;
	}
	sk = ping_lookup(skb->net, echo_id(skb->data), iph->daddr, NULL,
			 inet_iif(skb));
	if (!sk) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
		return;
	}
	inet_rx_cb_fill(skb, 0);
	sock_queue_rcv_skb(sk, skb);
}

int ping_net_init(struct net *net)
{
	struct netns_ping *ping = mem_zalloc(&net->mem, sizeof(*ping));

	if (!ping)
		return -ENOMEM;
	inet_hashinfo_init(&ping->hash, net);
	net->ping = ping;
	net->ipv4->ping_rcv = ping_rcv;
	if (net->ipv6)
		net->ipv6->ping_rcv = ping_v6_rcv;
	return 0;
}

void ping_net_exit(struct net *net)
{
	if (!net->ping)
		return;
	inet_hashinfo_exit(&net->ping->hash);
	mem_free(&net->mem, net->ping, sizeof(*net->ping));
	net->ping = NULL;
}

int ping_read_header(struct sock *sk, struct msg *msg, u8 echo, struct icmphdr *icmph)
{
	copy_from_iter(sock_net(sk), icmph, sizeof(*icmph), &msg->iter);
	if (icmph->type != echo || icmph->code)
		return -EINVAL;
	icmph->checksum = 0;
	icmph->un.echo.id = cpu_to_be16(sk->c.num);
	return 0;
}

struct sk_buff *ping_make_skb(struct sock *sk, struct msg *msg, const struct icmphdr *icmph,
			      wsum pseudo, int *err)
{
	struct icmphdr *out;
	struct sk_buff *skb;

	*err = dgram_may_send(sk);
	if (*err)
		return NULL;
	skb = dgram_alloc(sk);
	if (skb) {
		skb->csum_valid = true;
		*err = dgram_append(skb, &msg->iter, (u32)msg->iter.count);
	}
	if (!skb || *err) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
		*err = -ENOBUFS;
		return NULL;
	}
	out = (void *)skb_push(skb, ICMP_HLEN);
	skb_reset_transport_header(skb);
	*out = *icmph;
	out->checksum = csum_fold(csum_partial(out, ICMP_HLEN, csum_add(skb->csum, pseudo)));
	skb->csum_valid = false;
	return skb;
}

static int ping_check(const struct msg *msg)
{
	const struct ln_sockaddr_in *sin = msg->name;

	if (msg->iter.count > DGRAM_MAX_LEN)
		return -EMSGSIZE;
	if (msg->iter.count < ICMP_HLEN)
		return -EINVAL;
	if (sin && msg->namelen >= sizeof(*sin) && sin->sin_family != LN_AF_INET)
		return -EAFNOSUPPORT;
	return 0;
}

static int ping_check_len(struct sock *sk, const struct flowi4 *fl, struct rtable *rt, u32 len)
{
	u32 mtu = dst_mtu(&rt->dst, fl->daddr);

	if (len + IPV4_HLEN <= (sk->pmtudisc == LN_IP_PMTUDISC_DO ? mtu : IPV4_MAX_LEN))
		return 0;
	ip_local_error(sk, EMSGSIZE, fl->daddr, 0, mtu);
	return -EMSGSIZE;
}

static ptrdiff_t ping_sendmsg(struct sock *sk, struct msg *msg, int flags)
{
	ptrdiff_t len = (ptrdiff_t)msg->iter.count;
	struct icmphdr icmph;
	struct sk_buff *skb = NULL;
	struct flowi4 fl;
	struct rtable *rt;
	struct ip_xmit x;
	struct ipcm ipc;
	int err;

	err = ping_check(msg);
	if (!err)
		err = dgram_dest(sk, msg, flags, &ipc);
	if (!err)
		err = ping_read_header(sk, msg, ICMP_ECHO, &icmph);
	if (!err)
		err = dgram_route(sk, &ipc, &fl, &rt);
	if (err)
		return err;
	err = ping_check_len(sk, &fl, rt, (u32)len);
	if (!err)
		skb = ping_make_skb(sk, msg, &icmph, 0, &err);
	if (err) {
		dst_release(&rt->dst);
		return err;
	}
	x = dgram_ip_xmit(sk, &ipc, &fl, &rt->dst,
			  skb->len + IPV4_HLEN <= dst_mtu(&rt->dst, fl.daddr));
	err = dgram_xmit(sk, skb, rt, &x);
	if (err)
		return err;
	mib_inc(sock_net(sk), IcmpOutMsgs);
	mib_inc(sock_net(sk), IcmpOutEchos);
	return len;
}

const struct proto ping_prot = {
	.name = "PING",
	.obj_size = sizeof(struct sock),
	.type = LN_SOCK_DGRAM,
	.protocol = LN_IPPROTO_ICMP,
	.close = dgram_close,
	.connect = dgram_connect,
	.disconnect = ping_disconnect,
	.bind_addr_ok = ping_bind_addr_ok,
	.get_port = ping_get_port,
	.unhash = ping_unhash,
	.sendmsg = ping_sendmsg,
	.recvmsg = dgram_recvmsg,
	.borrow = &dgram_borrow_ops,
	.poll = dgram_poll,
	.ioctl = dgram_ioctl,
};
