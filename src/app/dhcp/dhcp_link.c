/* SPDX-License-Identifier: MIT */
#include "app/dhcp/dhcp_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/util/inet.h"
#include "device/netdevice.h"
#include "wire/arp.h"
#include "wire/ipv4.h"
#include "wire/udp.h"

#define FRAME_MAX (ETH_HLEN + IPV4_HLEN + UDP_HLEN + DHCP_LEN_MAX)

static uint16_t peer_port(const struct dhcp_link *l)
{
	return l->port == DHCP_CLIENT_PORT ? DHCP_SERVER_PORT : DHCP_CLIENT_PORT;
}

/* ---- out ---- */

static int send_frame(struct dhcp_link *l, int fd, const void *frame, size_t len)
{
	ptrdiff_t n = ln_send(l->net, fd, frame, len, 0);

	return n < 0 ? (int)n : 0;
}

static size_t put_eth(const struct dhcp_link *l, uint8_t *f, const uint8_t *mac, u16 proto)
{
	struct eth_view v = { .proto = proto };

	memcpy(v.source, l->mac, ETH_ALEN);
	if (mac)
		memcpy(v.dest, mac, ETH_ALEN);
	else
		eth_broadcast_addr(v.dest);
	return eth_build(f, &v);
}

int dhcp_link_send(struct dhcp_link *l, const struct dhcp_msg *m, const struct dhcp_to *to)
{
	uint8_t f[FRAME_MAX], *udp = f + ETH_HLEN + IPV4_HLEN;
	size_t len = UDP_HLEN + dhcp_build(udp + UDP_HLEN, m);
	struct udp_view uv = { .sport = l->port, .dport = peer_port(l), .len = (u32)len };
	struct ipv4_view iv = {
		.hlen = IPV4_HLEN, .tot_len = (u16)(IPV4_HLEN + len), .ttl = 64, .tos = 0x10,
		.protocol = IP_PROTO_UDP, .saddr = to->saddr, .daddr = to->daddr,
	};
	be16 sum;

	udp_build(udp, &uv);
	sum = udp_v4_check((u32)len, to->saddr, to->daddr, csum_partial(udp, len, 0));
	memcpy(udp + 6, &sum, sizeof(sum));
	put_eth(l, f, to->mac, ETH_P_IP);
	ipv4_build(f + ETH_HLEN, &iv);
	return send_frame(l, l->ip, f, ETH_HLEN + IPV4_HLEN + len);
}

int dhcp_link_send_udp(struct dhcp_link *l, const struct dhcp_msg *m, uint32_t daddr,
		       uint16_t port)
{
	struct ln_sockaddr_in to = inet4_sockaddr(daddr, port);
	uint8_t b[DHCP_LEN_MAX];
	ptrdiff_t n = ln_sendto(l->net, l->udp, b, dhcp_build(b, m), 0, &to, sizeof(to));

	return n < 0 ? (int)n : 0;
}

void dhcp_link_arp(struct dhcp_link *l, uint32_t sip, uint32_t tip)
{
	struct arp_view v = { .op = ARPOP_REQUEST, .sip = sip, .tip = tip };
	uint8_t f[ETH_HLEN + ARP_HLEN];

	memcpy(v.sha, l->mac, ETH_ALEN);
	put_eth(l, f, NULL, ETH_P_ARP);
	arp_build(f + ETH_HLEN, &v);
	if (l->arp >= 0)
		send_frame(l, l->arp, f, sizeof(f));
}

/* ---- in ---- */

/*
 * A sender on this machine, or at the other end of a TAP, may have left the rest of the sum to a
 * card that was never there (CHECKSUM_PARTIAL): then the field has that of the pseudo header.
 */
static bool sum_ok(const uint8_t *udp, u32 len, be32 saddr, be32 daddr)
{
	be16 check, partial = (be16)~csum_tcpudp_magic(saddr, daddr, len, IP_PROTO_UDP, 0);

	memcpy(&check, udp + 6, sizeof(check));
	return check == partial || udp_v4_csum_ok(udp, len, saddr, daddr);
}

/* A datagram for our port, its sums right. NULL: it is not. */
static const uint8_t *datagram(const struct dhcp_link *l, const uint8_t *f, size_t len,
			       size_t *dlen, struct dhcp_from *from)
{
	struct ipv4_view iv;
	struct udp_view uv;
	const uint8_t *p;

	if (len < ETH_HLEN || ipv4_parse(f + ETH_HLEN, len - ETH_HLEN, &iv) ||
	    iv.protocol != IP_PROTO_UDP || iv.frag_off || iv.mf)
		return NULL;
	p = f + ETH_HLEN + iv.hlen;
	if (udp_parse(p, (size_t)iv.tot_len - iv.hlen, &uv) || uv.dport != l->port ||
	    !sum_ok(p, uv.len, iv.saddr, iv.daddr))
		return NULL;
	*dlen = uv.len - UDP_HLEN;
	from->addr = iv.saddr;
	memcpy(from->mac, f + ETH_ALEN, sizeof(from->mac));
	return p + UDP_HLEN;
}

static void on_ip(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct dhcp_link *l = ctx;
	uint8_t f[FRAME_MAX];
	struct dhcp_msg m;
	ptrdiff_t n;

	(void)events;
	while (l->ip == fd && (n = ln_recv(net, fd, f, sizeof(f), LN_MSG_TRUNC)) >= 0) {
		struct dhcp_from from;
		const uint8_t *p;
		size_t len;

		if ((size_t)n > sizeof(f))
			continue;
		p = datagram(l, f, (size_t)n, &len, &from);
		if (p && dhcp_parse(p, len, &m))
			l->msg(l->ctx, &m, &from);
	}
}

static void on_arp(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	struct dhcp_link *l = ctx;
	struct arp_view v;
	uint8_t f[ETH_HLEN + ARP_HLEN + 18];
	ptrdiff_t n;

	(void)events;
	while (l->arp == fd && (n = ln_recv(net, fd, f, sizeof(f), 0)) >= 0)
		if (n >= ETH_HLEN && !arp_parse(f + ETH_HLEN, (size_t)n - ETH_HLEN, &v) &&
		    !ether_addr_equal(v.sha, l->mac))
			l->arp_seen(l->ctx, v.sip, v.tip, v.sha);
}

static void on_udp(void *ctx, struct ln_net *net, int fd, unsigned events)
{
	char c;

	(void)ctx;
	(void)events;
	while (ln_recv(net, fd, &c, sizeof(c), 0) >= 0)
		;
}

/* ---- life ---- */

static int open_packet(struct dhcp_link *l, u16 proto, ln_wake_fn wake)
{
	struct ln_sockaddr_ll ll = { .sll_family = LN_AF_PACKET, .sll_protocol = htons(proto),
				     .sll_ifindex = l->ifindex };
	int fd = ln_socket(l->net, LN_AF_PACKET, LN_SOCK_RAW, 0), err;

	if (fd < 0)
		return fd;
	err = ln_bind(l->net, fd, &ll, sizeof(ll));
	if (!err)
		err = ln_set_wake(l->net, fd, wake, l);
	if (err) {
		ln_close(l->net, fd);
		return err;
	}
	return fd;
}

static int open_udp(struct dhcp_link *l)
{
	struct ln_sockaddr_in any = inet4_sockaddr(0, l->port);
	int fd = ln_socket(l->net, LN_AF_INET, LN_SOCK_DGRAM, 0), one = 1, err;

	if (fd < 0)
		return fd;
	/* One for each device that has a client. */
	ln_setsockopt(l->net, fd, LN_SOL_SOCKET, LN_SO_REUSEADDR, &one, sizeof(one));
	err = ln_setsockopt(l->net, fd, LN_SOL_SOCKET, LN_SO_BINDTODEVICE, l->name,
			    (uint32_t)strlen(l->name) + 1);
	if (!err)
		err = ln_bind(l->net, fd, &any, sizeof(any));
	if (!err)
		err = ln_set_wake(l->net, fd, on_udp, l);
	if (err) {
		ln_close(l->net, fd);
		return err;
	}
	return fd;
}

int dhcp_link_open(struct dhcp_link *l, struct ln_net *net, const char *dev, uint16_t port)
{
	const struct net_device *d = dev_get_by_name(net_of(net), dev);
	int err;

	l->net = net;
	l->port = port;
	l->ip = l->arp = l->udp = -1;
	if (!d)
		return -ENODEV;
	snprintf(l->name, sizeof(l->name), "%s", dev);
	l->ifindex = d->ifindex;
	memcpy(l->mac, d->dev_addr, sizeof(l->mac));
	l->ip = open_packet(l, ETH_P_IP, on_ip);
	l->udp = l->ip < 0 ? l->ip : open_udp(l);
	if (l->arp_seen && l->udp >= 0)
		l->arp = open_packet(l, ETH_P_ARP, on_arp);
	err = l->udp < 0 ? l->udp : l->arp_seen && l->arp < 0 ? l->arp : 0;
	if (err)
		dhcp_link_close(l);
	return err;
}

static void close_fd(struct dhcp_link *l, int *fd)
{
	if (*fd >= 0) {
		ln_set_wake(l->net, *fd, NULL, NULL);
		ln_close(l->net, *fd);
		*fd = -1;
	}
}

void dhcp_link_close(struct dhcp_link *l)
{
	close_fd(l, &l->ip);
	close_fd(l, &l->arp);
	close_fd(l, &l->udp);
}
