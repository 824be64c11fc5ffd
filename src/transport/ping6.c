/* SPDX-License-Identifier: MIT */
/* Ping sockets of AF_INET6: echo requests of ICMPv6, whose identifiers ping.c gives out. */
#include "transport/datagram6.h"
#include "net/inet_iif.h"
#include "transport/ping.h"
#include "wire/icmp6.h"

_Static_assert(ICMP_HLEN == ICMPV6_HLEN, "type, code, checksum, identifier, sequence");

static u16 echo_id(const u8 *icmp)
{
	return get_be16(icmp + 4);
}

/* data at the ICMPv6 header of the error; behind it the packet that was sent. */
static void ping_v6_err(struct sk_buff *skb)
{
	u8 type = skb->data[0], code = skb->data[1];
	u32 info = get_be32(skb->data + 4);
	const struct ipv6hdr *h;
	struct ipv6_ext e;
	struct sock *sk;

	skb_pull(skb, ICMPV6_HLEN);
	h = (const void *)skb->data;
	ipv6_ext_start(&e, h->nexthdr);
	if (ipv6_skip_exthdr(&e, skb->data, skb_headlen(skb)) ||
	    e.off + ICMPV6_HLEN > skb_headlen(skb)) {
		consume_skb(skb);
		return;
	}
	sk = ping_lookup(skb->net, echo_id(skb->data + e.off), 0, &h->saddr,
			 inet_iif(skb));
	if (sk)
		dgram6_err(sk, skb, type, code, e.off, info, 0);
	consume_skb(skb);
}

void ping_v6_rcv(struct sk_buff *skb)
{
	struct sock *sk;

	if (skb->data[0] != ICMPV6_ECHO_REPLY) {
		ping_v6_err(skb);
		return;
	}
	sk = ping_lookup(skb->net, echo_id(skb->data), 0, &ipv6_hdr(skb)->daddr,
			 inet_iif(skb));
	if (!sk) {
		kfree_skb_reason(skb, SKB_DROP_REASON_NO_SOCKET);
		return;
	}
	inet6_rx_cb_fill(skb, 0);
	sock_queue_rcv_skb(sk, skb);
}

static ptrdiff_t send_echo(struct sock *sk, struct msg *msg, const struct ipcm6 *ipc,
			   const struct icmphdr *icmph, u32 len)
{
	struct sk_buff *skb = NULL;
	struct rt6_info *rt;
	struct flowi6 fl;
	wsum pseudo;
	int err = dgram6_route(sk, ipc, &fl, &rt);

	if (err)
		return err;
	err = dgram6_check_len(sk, ipc, &fl, &rt->dst, len, ICMPV6_HLEN);
	if (!err) {
		pseudo = csum_ipv6_nofold(&fl.saddr, &fl.daddr, len, LN_IPPROTO_ICMPV6, 0);
		skb = ping_make_skb(sk, msg, icmph, pseudo, &err);
	}
	if (err) {
		dst_release(&rt->dst);
		return err;
	}
	err = dgram6_xmit(sk, skb, rt, ipc, &fl);
	if (err)
		return err;
	mib_inc(sock_net(sk), Icmp6OutMsgs);
	mib_inc(sock_net(sk), Icmp6OutEchos);
	return (ptrdiff_t)len;
}

/* "This host" is nobody for a ping, as in Linux; UDP takes ::1 for it. */
static bool names_any(const struct msg *msg)
{
	const struct ln_sockaddr_in6 *sin6 = msg->name;

	return sin6 && sin6->sin6_family == LN_AF_INET6 &&
	       !memcmp(sin6->sin6_addr, &IN6ADDR_ANY, sizeof(IN6ADDR_ANY));
}

static ptrdiff_t ping_v6_sendmsg(struct sock *sk, struct msg *msg, int flags)
{
	u32 len = (u32)msg->iter.count;
	struct ln_sockaddr_in sin;
	struct icmphdr icmph;
	struct ipcm6 ipc;
	int err;

	if (msg->iter.count > DGRAM_MAX_LEN)
		return -EMSGSIZE;
	if (len < ICMPV6_HLEN)
		return -EINVAL;
	err = dgram6_name_ok(msg, -EINVAL);	/* no echo of IPv4 from here */
	if (err)
		return err;
	err = dgram6_dest(sk, msg, flags, &ipc, &sin);
	if (err > 0)
		return -EINVAL;
	if (!err && !ipc.ipc.oif && ipv6_addr_needs_scope_id(&ipc.daddr))
		err = -EINVAL;
	if (!err && names_any(msg))
		err = -ENETUNREACH;
	if (!err)
		err = ping_read_header(sk, msg, ICMPV6_ECHO_REQUEST, &icmph);
	return err ? err : send_echo(sk, msg, &ipc, &icmph, len);
}

static int ping6_init(struct sock *sk)
{
	sk->c.v6only = true;
	return 0;
}

const struct proto pingv6_prot = {
	.name = "PINGv6",
	.obj_size = sizeof(struct sock),
	.type = LN_SOCK_DGRAM,
	.protocol = LN_IPPROTO_ICMPV6,
	.init = ping6_init,
	.close = dgram_close,
	.connect = dgram_connect,
	.disconnect = ping_disconnect,
	.get_port = ping_get_port,
	.unhash = ping_unhash,
	.sendmsg = ping_v6_sendmsg,
	.sendmsg6 = ping_v6_sendmsg,
	.recvmsg = dgram_recvmsg,
	.borrow = &dgram_borrow_ops,
	.poll = dgram_poll,
	.ioctl = dgram_ioctl,
};
