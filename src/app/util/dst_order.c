/* SPDX-License-Identifier: MIT */
#include "app/util/dst_order.h"

#include <string.h>

#include "base/netns.h"
#include "device/netdevice.h"
#include "net/ipv4/ip.h"
#include "net/ipv6/ip6.h"
#include "wire/inet_addr.h"

#define DISCARD_PORT 9		/* nothing is sent: connect() looks the route up */

struct candidate {
	struct ipaddr addr;
	struct ip6_addr dst, src;	/* IPv4's are mapped */
	bool usable, deprecated;
	u8 dst_scope, src_scope, dst_label, src_label, precedence;
};

/* RFC 6724 2.1 */
static const struct policy {
	struct ip6_addr prefix;
	u8 plen, precedence, label;
} policies[] = {	/* longest first */
	{ { { [15] = 1 } }, 128, 50, 0 },
	{ { { [10] = 0xff, [11] = 0xff } }, 96, 35, 4 },
	{ { { 0 } }, 96, 1, 3 },
	{ { { 0x20, 0x01 } }, 32, 5, 5 },
	{ { { 0x20, 0x02 } }, 16, 30, 2 },
	{ { { 0x3f, 0xfe } }, 16, 1, 12 },
	{ { { 0xfe, 0xc0 } }, 10, 1, 11 },
	{ { { 0xfc } }, 7, 3, 13 },
	{ { { 0 } }, 0, 40, 1 },
};

static const struct policy *policy_of(const struct ip6_addr *a)
{
	const struct policy *p = policies;

	while (!ipv6_prefix_equal(a, &p->prefix, p->plen))
		p++;		/* the last one fits all */
	return p;
}

static struct ip6_addr mapped(const struct ipaddr *a)
{
	struct ip6_addr out;

	if (a->family == LN_AF_INET)
		return ipv6_addr_v4mapped_of(a->v4);
	memcpy(out.s6_addr, a->v6, sizeof(out.s6_addr));
	return out;
}

/* RFC 6724 3.1, 3.2 */
static u8 scope_of(const struct ip6_addr *a)
{
	be32 v4;

	if (!ipv6_addr_v4mapped(a))
		return ipv6_addr_scope(a);
	memcpy(&v4, a->s6_addr + 12, sizeof(v4));
	return ipv4_is_loopback(v4) || ipv4_is_linklocal_169(v4) ? IPV6_ADDR_SCOPE_LINKLOCAL :
	       IPV6_ADDR_SCOPE_GLOBAL;
}

/* What would be the source, by the stack itself. False: there is no way there. */
static bool find_source(struct ln_net *net, const struct ipaddr *dst, struct ipaddr *src)
{
	union inet_sockaddr sa, own;
	uint32_t len = ipaddr_sockaddr(dst, DISCARD_PORT, &sa), own_len = sizeof(own);
	int fd = ln_socket(net, sa.family, LN_SOCK_DGRAM, 0);
	bool ok;

	if (fd < 0)
		return false;
	ok = !ln_connect(net, fd, &sa, len) && !ln_getsockname(net, fd, &own, &own_len);
	ln_close(net, fd);
	if (ok)
		*src = ipaddr_of(&own);
	return ok && !ipaddr_is_any(src);
}

static struct candidate candidate_of(struct ln_net *net, const struct ipaddr *addr)
{
	struct candidate c = { .addr = *addr, .dst = mapped(addr) };
	const struct inet6_ifaddr *ifp;
	struct ipaddr src = { 0 };

	c.dst_scope = scope_of(&c.dst);
	c.dst_label = policy_of(&c.dst)->label;
	c.precedence = policy_of(&c.dst)->precedence;
	c.usable = find_source(net, addr, &src);
	if (!c.usable)
		return c;
	c.src = mapped(&src);
	c.src_scope = scope_of(&c.src);
	c.src_label = policy_of(&c.src)->label;
	ifp = src.family == LN_AF_INET6 ? ipv6_get_ifaddr(net_of(net), &c.src, NULL) : NULL;
	c.deprecated = ifp && ifp->flags & IFA_F_DEPRECATED;
	return c;
}

/* Is b to be tried before a? The rules in their order; 4 and 7 are about tunnels. */
static bool is_better(const struct candidate *b, const struct candidate *a)
{
	if (a->usable != b->usable)					/* 1 */
		return b->usable;
	if ((a->dst_scope == a->src_scope) != (b->dst_scope == b->src_scope))	/* 2 */
		return b->dst_scope == b->src_scope;
	if (a->deprecated != b->deprecated)				/* 3 */
		return a->deprecated;
	if ((a->dst_label == a->src_label) != (b->dst_label == b->src_label))	/* 5 */
		return b->dst_label == b->src_label;
	if (a->precedence != b->precedence)				/* 6 */
		return b->precedence > a->precedence;
	if (a->dst_scope != b->dst_scope)				/* 8 */
		return b->dst_scope < a->dst_scope;
	/* 9; of IPv4 nothing is known by it (RFC 6724 9 leaves that open) */
	return a->usable && a->addr.family == LN_AF_INET6 && b->addr.family == LN_AF_INET6 &&
	       ipv6_addr_diff(&b->dst, &b->src) > ipv6_addr_diff(&a->dst, &a->src);
}

void dst_order(struct ln_net *net, struct ipaddr *addrs, unsigned n)
{
	struct candidate c[DST_ORDER_MAX], x;
	unsigned i, at;

	if (n < 2)
		return;
	n = min(n, (unsigned)DST_ORDER_MAX);
	for (i = 0; i < n; i++) {
		x = candidate_of(net, &addrs[i]);
		for (at = i; at && is_better(&x, &c[at - 1]); at--)
			c[at] = c[at - 1];
		c[at] = x;
	}
	for (i = 0; i < n; i++)
		addrs[i] = c[i].addr;
}

static bool has_ipv6(const struct net_device *dev)
{
	const struct inet6_dev *idev = in6_dev_get(dev);
	const struct inet6_ifaddr *ifp;

	if (!idev)
		return false;
	list_for_each_entry(ifp, &idev->addr_list, list)
		if (!ipv6_addr_is_linklocal(&ifp->addr) &&
		    !(ifp->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
			return true;
	return false;
}

static bool is_usable(struct ln_net *net, uint16_t family)
{
	const struct net_device *dev;

	for_each_netdev(net_of(net), dev) {
		if (dev->flags & IFF_LOOPBACK_)
			continue;
		if (family == LN_AF_INET6 ? has_ipv6(dev) :
		    dev->ip_ptr && !list_empty(&dev->ip_ptr->ifa_list))
			return true;
	}
	return false;
}

unsigned dst_families(struct ln_net *net, uint16_t family)
{
	unsigned f = family == LN_AF_INET6 ? DST_IPV6 : family == LN_AF_INET ? DST_IPV4 : 0;

	if (!family && is_usable(net, LN_AF_INET6))
		f |= DST_IPV6;
	if (!f || (!family && is_usable(net, LN_AF_INET)))
		f |= DST_IPV4;
	return f;
}
