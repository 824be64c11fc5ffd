/* SPDX-License-Identifier: MIT */
/* Routers and hosts of a link: what is asked, said and believed (ra.h), in virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/ipv6/ip6_testbed.h"
#include "net/ipv6/ra.h"

#define SEC NSEC_PER_SEC

static struct testbed tb;

static int setup(void **state)
{
	(void)state;
	tb.n = 0;
	return 0;
}

/* Host 0 and router 1, which does not speak yet. */
static void host_and_router(struct net **h, struct net **r)
{
	*h = tb_add(&tb, NULL);
	*r = tb_add(&tb, NULL);
	addrconf_forward_change(*r, true);
	tb_link(*h, "eth0", *r, "eth0");
	tb_addr(*r, "eth0", "2001:db8:1::1/64");
}

static struct ipv6_devconf *conf(struct net *net)
{
	return &tb_dev(net, "eth0")->ip6_ptr->cnf;
}

static void advertise(struct net *r, bool on)
{
	conf(r)->adv_send = on;
	radv_change(tb_dev(r, "eth0")->ip6_ptr);
}

/* The address that the host makes of a prefix; NULL: it has none. */
static struct inet6_ifaddr *slaac(struct net *h, const char *prefix)
{
	struct net_device *dev = tb_dev(h, "eth0");
	struct ip6_addr a = ipv6_linklocal_eui64(dev->dev_addr), p = tb_ip6(prefix);

	memcpy(&a, &p, 8);
	return ipv6_get_ifaddr(h, &a, dev);
}

static s64 left_s(const struct net *net, ktime_t until)
{
	return until == KTIME_MAX ? -1 : (until - net->now) / SEC;
}

static u32 routers_of(struct net *h)
{
	struct inet6_dev *idev = tb_dev(h, "eth0")->ip6_ptr;
	struct ra_route *r;
	u32 n = 0;

	list_for_each_entry(r, &idev->ra.routes, list)
		n += r->cfg.has_gateway && !r->cfg.plen;
	return n;
}

/* ---- an advertisement made by hand ---- */

struct said {
	struct ndisc_ra ra;
	struct ndisc_prefix prefix;
	struct ndisc_route route;
	u32 mtu, dns_s;
	bool dns_ends;		/* with the lifetime 0 */
	u8 dns;			/* its last byte; 0: 0x53 */
	bool has_prefix, has_route;
	u8 hop_limit;		/* 0: 255 */
	const char *from;	/* NULL: fe80::99 */
};

static void hear(struct net *h, const struct said *s)
{
	struct net_device *dev = tb_dev(h, "eth0");
	struct ip6_addr from = tb_ip6(s->from ? s->from : "fe80::99"), dns = tb_ip6("2001:db8::53");
	const u8 mac[6] = { 2, 0, 0, 0, 0, 0x99 };
	struct ipv6_view v = { .nexthdr = IP_PROTO_ICMPV6, .saddr = from,
			       .daddr = IN6ADDR_LINKLOCAL_ALLNODES,
			       .hop_limit = s->hop_limit ? s->hop_limit : 255 };
	struct sk_buff *skb = alloc_skb(h, 400);
	u8 *p, *msg;

	if (!skb)
		return;
	p = skb_put(skb, IPV6_HLEN);
	msg = p + IPV6_HLEN;
	p = msg + ndisc_ra_build(msg, &s->ra);
	p += ndisc_lladdr_opt_build(p, ND_OPT_SOURCE_LL_ADDR, mac);
	if (s->has_prefix)
		p += ndisc_prefix_opt_build(p, &s->prefix);
	if (s->mtu)
		p += ndisc_mtu_opt_build(p, s->mtu);
	if (s->dns)
		dns.s6_addr[15] = s->dns;
	if (s->dns_s || s->dns_ends)
		p += ndisc_rdnss_opt_build(p, s->dns_s, &dns);
	if (s->has_route) {	/* a prefix option's first half with another meaning */
		memset(p, 0, 24);
		p[0] = ND_OPT_ROUTE_INFO;
		p[1] = 3;
		p[2] = s->route.plen;
		p[3] = (u8)(s->route.pref << 3);
		put_be32(p + 4, s->route.lifetime_s);
		memcpy(p + 8, &s->route.prefix, 16);
		p += 24;
	}
	skb_put(skb, (u32)(p - msg));
	v.payload_len = (u16)(p - msg);
	ipv6_build(skb->data, &v);
	((struct icmp6hdr *)(void *)msg)->icmp6_cksum =
		csum_ipv6_magic(&v.saddr, &v.daddr, v.payload_len, IP_PROTO_ICMPV6,
				csum_partial(msg, v.payload_len, 0));
	skb->dev = dev;
	skb->protocol = CONST_BE16(ETH_P_IPV6);
	skb->pkt_type = PACKET_MULTICAST;
	skb->mac_header = (u16)skb_headroom(skb);
	skb_reset_network_header(skb);
	netif_receive_skb(skb);
}

static struct said said_prefix(u32 valid_s, u32 preferred_s)
{
	return (struct said){
		.ra = { .lifetime_s = 1800 }, .has_prefix = true,
		.prefix = { .prefix = tb_ip6("2001:db8:7::"), .plen = 64, .onlink = true,
			    .autoconf = true, .valid_s = valid_s, .preferred_s = preferred_s },
	};
}

/* A host whose link-local address is ours by now, on a link without a router. */
static struct net *lone_host(void)
{
	struct net *h = tb_add(&tb, NULL), *r = tb_add(&tb, NULL);

	tb_link(h, "eth0", r, "eth0");
	conf(h)->router_solicitations = 0;
	tb_run(&tb, 3 * SEC);
	return h;
}

/* ---- tests ---- */

/* RFC 4861 6.3.7, 6.2.6; RFC 4862 5.5: nothing but a cable, and the host reaches beyond. */
static void a_host_configures_itself(void **state)
{
	struct net *h, *r;
	struct inet6_ifaddr *ifp;

	(void)state;
	host_and_router(&h, &r);
	conf(r)->adv_send = true;
	tb_addr(r, "eth0", "2001:db8:2::1/64");
	tb_run(&tb, 10 * SEC);
	ifp = slaac(h, "2001:db8:1::");
	assert_non_null(ifp);
	assert_false(ifp->flags & (IFA_F_TENTATIVE | IFA_F_PERMANENT));
	assert_in_range(left_s(h, ifp->valid_until), 86390, 86400);
	assert_in_range(left_s(h, ifp->preferred_until), 14390, 14400);
	assert_non_null(slaac(h, "2001:db8:2::"));
	assert_int_equal(routers_of(h), 1);
	assert_true(h->mib[MIB_Icmp6OutRouterSolicits] >= 1);
	/* By the default route, to where nothing was said of. */
	tb_addr(r, "lo", "2001:db8:ffff::1/128");
	assert_int_equal(tb_send(h, "2001:db8:ffff::1", 10), 0);
	tb_run(&tb, SEC);
	assert_int_equal(tb_count(r), 1);
	tb_exit(&tb);
}

/* RFC 7559: ever less often, and no more once there was an answer. */
static void routers_are_asked_for_until_one_answers(void **state)
{
	struct net *h, *r;
	u64 asked;

	(void)state;
	host_and_router(&h, &r);
	tb_run(&tb, 60 * SEC);
	asked = h->mib[MIB_Icmp6OutRouterSolicits];
	assert_in_range(asked, 3, 6);		/* about 2, 6, 14, 30 s */
	tb_run(&tb, 4000 * SEC);
	assert_in_range(h->mib[MIB_Icmp6OutRouterSolicits], asked + 4, asked + 8);
	asked = h->mib[MIB_Icmp6OutRouterSolicits];
	advertise(r, true);
	tb_run(&tb, 20000 * SEC);
	assert_int_equal(h->mib[MIB_Icmp6OutRouterSolicits], asked);
	assert_int_equal(routers_of(h), 1);
	tb_exit(&tb);
}

/* RFC 4861 6.2.4: three soon, then each 200 to 600 s; 6.2.5: a last one. */
static void a_router_speaks_in_time(void **state)
{
	struct net *h, *r;
	u64 n;

	(void)state;
	host_and_router(&h, &r);
	conf(h)->router_solicitations = 0;
	tb_run(&tb, 3 * SEC);
	advertise(r, true);
	tb_run(&tb, 33 * SEC);
	assert_int_equal(r->mib[MIB_Icmp6OutRouterAdvertisements], 3);
	tb_run(&tb, 60000 * SEC);
	n = r->mib[MIB_Icmp6OutRouterAdvertisements];
	assert_in_range(n, 120, 180);
	assert_int_equal(routers_of(h), 1);
	advertise(r, false);
	tb_run(&tb, SEC);
	assert_int_equal(r->mib[MIB_Icmp6OutRouterAdvertisements], n + 1);
	assert_int_equal(routers_of(h), 0);
	assert_int_equal(tb_send(h, "2001:db8:ffff::1", 10), -ENETUNREACH);
	tb_run(&tb, 5000 * SEC);
	assert_int_equal(r->mib[MIB_Icmp6OutRouterAdvertisements], n + 1);
	tb_exit(&tb);
}

static void what_is_not_said_again_ends(void **state)
{
	struct said s = said_prefix(100, 50);
	struct net *h;

	(void)state;
	h = lone_host();
	hear(h, &s);
	tb_run(&tb, 49 * SEC);
	assert_non_null(slaac(h, "2001:db8:7::"));
	assert_false(slaac(h, "2001:db8:7::")->flags & IFA_F_DEPRECATED);
	tb_run(&tb, 2 * SEC);
	assert_true(slaac(h, "2001:db8:7::")->flags & IFA_F_DEPRECATED);
	assert_int_equal(tb_send(h, "2001:db8:7::1", 10), 0);
	tb_run(&tb, 50 * SEC);
	assert_null(slaac(h, "2001:db8:7::"));
	assert_int_equal(routers_of(h), 1);
	tb_run(&tb, 1700 * SEC);
	assert_int_equal(routers_of(h), 0);
	assert_int_equal(tb_send(h, "2001:db8:7::1", 10), -ENETUNREACH);
	tb_exit(&tb);
}

/* RFC 4862 5.5.3 e: an address is not ended by one message that anybody may have sent. */
static void the_rule_of_two_hours(void **state)
{
	struct said s = said_prefix(86400, 14400);
	struct inet6_ifaddr *ifp;
	struct net *h;

	(void)state;
	h = lone_host();
	hear(h, &s);
	ifp = slaac(h, "2001:db8:7::");
	s.prefix.valid_s = s.prefix.preferred_s = 0;
	hear(h, &s);
	assert_int_equal(left_s(h, ifp->valid_until), 7200);
	assert_true(ifp->flags & IFA_F_DEPRECATED);
	/* What is left is less than that: it stays as it is. */
	tb_run(&tb, 3600 * SEC);
	s.prefix.valid_s = 10;
	hear(h, &s);
	assert_int_equal(left_s(h, ifp->valid_until), 3600);
	/* And more is always believed. */
	s = said_prefix(8000, 100);
	hear(h, &s);
	assert_int_equal(left_s(h, ifp->valid_until), 8000);
	assert_false(ifp->flags & IFA_F_DEPRECATED);
	s = said_prefix(NDISC_INFINITY, NDISC_INFINITY);
	hear(h, &s);
	assert_int_equal(left_s(h, ifp->valid_until), -1);
	tb_exit(&tb);
}

static void what_is_said_of_the_link(void **state)
{
	struct said s = { .ra = { .hop_limit = 33, .retrans_ms = 2500, .reachable_ms = 40000,
				  .lifetime_s = 1800, .managed = true },
			  .mtu = 1400, .dns_s = 300 };
	struct net_device *dev;
	struct ip6_addr dns[4];
	struct sk_buff *skb;
	struct net *h;

	(void)state;
	h = lone_host();
	dev = tb_dev(h, "eth0");
	hear(h, &s);
	assert_int_equal(conf(h)->hop_limit, 33);
	assert_int_equal(dev->nd_parms->retrans_time_ms, 2500);
	assert_int_equal(dev->nd_parms->base_reachable_time_ms, 40000);
	assert_true(dev->ip6_ptr->ra.managed && !dev->ip6_ptr->ra.other);
	assert_int_equal(ipv6_ra_dns(h, dns, 4), 1);
	assert_int_equal(dns[0].s6_addr[15], 0x53);
	/* Who is no server any more takes the place of none. */
	for (u32 i = 0; i < RA_DNS_MAX; i++)
		hear(h, &(struct said){ .ra = s.ra, .dns_s = 600, .dns = (u8)(0x60 + i) });
	assert_int_equal(ipv6_ra_dns(h, dns, 4), RA_DNS_MAX);
	hear(h, &(struct said){ .ra = s.ra, .dns_ends = true, .dns = 0x70 });
	assert_int_equal(ipv6_ra_dns(h, dns, 4), RA_DNS_MAX);
	hear(h, &(struct said){ .ra = s.ra, .dns_ends = true, .dns = 0x60 });
	assert_int_equal(ipv6_ra_dns(h, dns, 4), RA_DNS_MAX - 1);
	/* As Linux: who says less than this is believed that much. */
	hear(h, &(struct said){ .ra = { .retrans_ms = 1, .reachable_ms = 1 } });
	assert_int_equal(dev->nd_parms->retrans_time_ms, 10);
	assert_int_equal(dev->nd_parms->base_reachable_time_ms, 100);
	assert_true(dev->nd_parms->reachable_time >= 50 * NSEC_PER_MSEC);
	/* And more than RFC 4861 6.2.1 lets routers say. */
	hear(h, &(struct said){ .ra = { .retrans_ms = 7200000, .reachable_ms = 90000000 } });
	assert_int_equal(dev->nd_parms->retrans_time_ms, 7200000);
	assert_int_equal(dev->nd_parms->base_reachable_time_ms, 90000000);
	hear(h, &(struct said){ .ra = { .retrans_ms = 10, .reachable_ms = 100 } });
	/* The MTU holds for what is sent, not for the card. */
	tb_addr(h, "eth0", "2001:db8::1/64");
	tb_addr(&tb.host[1].net, "eth0", "2001:db8::2/64");
	assert_int_equal(tb_send(h, "2001:db8::2", 1380), 0);
	tb_run(&tb, SEC);
	assert_int_equal(h->mib[MIB_Ip6FragCreates], 2);
	skb = tb_take(&tb.host[1].net);
	assert_non_null(skb);
	consume_skb(skb);
	assert_int_equal(dev->mtu, 1500);
	/* Not believed: below what IPv6 needs, above the card's. */
	s.mtu = 1279;
	hear(h, &s);
	s.mtu = 1501;
	hear(h, &s);
	assert_int_equal(conf(h)->mtu6, 1400);
	s.ra.hop_limit = 0;
	conf(h)->accept_ra_min_hop_limit = 64;
	hear(h, &s);
	s.ra.hop_limit = 20;
	hear(h, &s);
	assert_int_equal(conf(h)->hop_limit, 33);
	tb_run(&tb, 601 * SEC);
	assert_int_equal(ipv6_ra_dns(h, dns, 4), 0);
	tb_exit(&tb);
}

static const struct ip6_addr *gateway_to(struct net *h, const char *to)
{
	struct ip6_addr a = tb_ip6(to);
	const struct flowi6 fl = { .daddr = a };
	int err;
	const struct fib6_info *fi = fib6_lookup(h, &fl, 0, &err);

	return fi && fi->cfg.has_gateway ? &fi->cfg.gateway : NULL;
}

/* RFC 4191 3.2, RFC 4861 6.3.6 */
static void the_better_router_is_used_while_it_answers(void **state)
{
	struct said low = { .ra = { .lifetime_s = 1800, .pref = ICMPV6_ROUTER_PREF_LOW } };
	struct said high = { .ra = { .lifetime_s = 600, .pref = ICMPV6_ROUTER_PREF_HIGH },
			     .from = "fe80::55" };
	struct said medium = { .ra = { .lifetime_s = 1800 }, .from = "fe80::77" };
	struct ip6_addr gw = tb_ip6("fe80::55");
	struct neighbour *n;
	struct net *h;

	(void)state;
	h = lone_host();
	hear(h, &low);
	assert_int_equal(gateway_to(h, "2001::1")->s6_addr[15], 0x99);
	hear(h, &high);
	hear(h, &medium);
	assert_int_equal(routers_of(h), 3);
	assert_int_equal(gateway_to(h, "2001::1")->s6_addr[15], 0x55);
	n = neigh_lookup(&h->ipv6->nd_tbl, &gw, tb_dev(h, "eth0"));
	assert_true(n && n->is_router);
	neigh_update(n, NULL, NUD_FAILED, NEIGH_UPDATE_F_ADMIN);
	assert_int_equal(gateway_to(h, "2001::1")->s6_addr[15], 0x77);
	neigh_update(n, n->ha, NUD_STALE, NEIGH_UPDATE_F_ADMIN);
	assert_int_equal(gateway_to(h, "2001::1")->s6_addr[15], 0x55);
	tb_run(&tb, 601 * SEC);
	assert_int_equal(gateway_to(h, "2001::1")->s6_addr[15], 0x77);
	medium.ra.pref = ICMPV6_ROUTER_PREF_LOW;
	low.ra.pref = ICMPV6_ROUTER_PREF_MEDIUM;
	hear(h, &medium);
	hear(h, &low);
	assert_int_equal(gateway_to(h, "2001::1")->s6_addr[15], 0x99);
	tb_exit(&tb);
}

/* RFC 4191 2.3; off until accept_ra_rt_info_max_plen allows it, as in Linux. */
static void routes_are_taken_where_that_is_allowed(void **state)
{
	struct said s = { .has_route = true,
			  .route = { .prefix = tb_ip6("2001:db8:40::"), .plen = 48,
				     .lifetime_s = 100 } };
	struct net *h;

	(void)state;
	h = lone_host();
	hear(h, &s);
	assert_null(gateway_to(h, "2001:db8:40::1"));
	conf(h)->accept_ra_rt_info_max_plen = 64;
	hear(h, &s);
	assert_int_equal(gateway_to(h, "2001:db8:40::1")->s6_addr[15], 0x99);
	assert_null(gateway_to(h, "2001:db8:41::1"));
	s.route.lifetime_s = 0;
	hear(h, &s);
	assert_null(gateway_to(h, "2001:db8:40::1"));
	tb_exit(&tb);
}

/* RFC 4861 6.1.2 and settings. */
static void not_everything_is_believed(void **state)
{
	struct said s = said_prefix(1000, 500);
	struct net *h;

	(void)state;
	h = lone_host();
	s.hop_limit = 254;
	hear(h, &s);
	assert_int_equal(h->drops[SKB_DROP_REASON_IPV6_NDISC_HOP_LIMIT], 1);
	s.hop_limit = 0;
	s.from = "2001:db8::9";
	hear(h, &s);
	assert_int_equal(h->drops[SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS], 1);
	s.from = NULL;
	conf(h)->accept_ra = 0;
	hear(h, &s);
	conf(h)->accept_ra = 1;
	addrconf_forward_change(h, true);
	hear(h, &s);
	assert_int_equal(tb_dev(h, "eth0")->ip6_ptr->ra.nr_routes, 0);
	addrconf_forward_change(h, false);
	s.prefix.preferred_s = 1001;	/* longer than it is valid */
	conf(h)->accept_ra_defrtr = false;
	hear(h, &s);
	assert_int_equal(tb_dev(h, "eth0")->ip6_ptr->ra.nr_routes, 0);
	s.prefix.preferred_s = 500;
	s.prefix.plen = 56;
	hear(h, &s);
	assert_int_equal(tb_dev(h, "eth0")->ip6_ptr->ra.nr_routes, 1);
	assert_null(slaac(h, "2001:db8:7::"));
	conf(h)->accept_ra_defrtr = true;
	hear(h, &s);
	assert_int_equal(routers_of(h), 1);
	/* Who becomes a router himself follows none (Linux too). */
	addrconf_forward_change(h, true);
	assert_int_equal(routers_of(h), 0);
	tb_exit(&tb);
}

/* Forged ones cost bounded memory. */
static void many_messages_are_bounded(void **state)
{
	struct said s = said_prefix(1000, 500);
	struct inet6_dev *idev;
	char from[24] = "fe80::1:";
	struct net *h;

	(void)state;
	h = lone_host();
	idev = tb_dev(h, "eth0")->ip6_ptr;
	for (u32 i = 0; i < 300; i++) {
		put_be16(&s.prefix.prefix.s6_addr[4], (u16)(i + 0x100));
		from[8] = (char)('a' + i % 6);
		from[9] = (char)('0' + i / 6 % 10);
		from[10] = (char)('0' + i / 60);
		s.from = from;
		hear(h, &s);
	}
	assert_int_equal(idev->ra.nr_routes, RA_ROUTES_MAX);
	tb_run(&tb, SEC);
	conf(h)->max_addresses = 0;
	dev_close(idev->dev);
	assert_int_equal(idev->ra.nr_routes, 0);
	tb_exit(&tb);
}

/* Each allocation fails in turn: nothing is left half done (tb_exit looks for it). */
static void without_memory_less_is_learned(void **state)
{
	struct said s = said_prefix(1000, 500);
	struct net *h;
	u32 least = RA_ROUTES_MAX, most = 0;

	(void)state;
	h = lone_host();
	s.mtu = 1400;
	s.dns_s = 100;
	for (u32 spare = 0; spare < 12000; spare += 200) {
		struct inet6_dev *idev = tb_dev(h, "eth0")->ip6_ptr;
		size_t budget = h->mem.budget;

		h->mem.budget = h->mem.used + spare;
		hear(h, &s);
		tb_run(&tb, SEC);
		h->mem.budget = budget;
		least = min(least, idev->ra.nr_routes);
		most = max(most, idev->ra.nr_routes);
		tb_run(&tb, 2000 * SEC);
		assert_int_equal(idev->ra.nr_routes, 0);
	}
	assert_int_equal(least, 0);
	assert_int_equal(most, 2);
	tb_exit(&tb);
}

/* Lifetimes by hand. */
static void an_address_may_be_given_for_a_while(void **state)
{
	struct ip6_addr a = tb_ip6("2001:db8::5");
	struct net *h;

	(void)state;
	h = lone_host();
	assert_int_equal(inet6_addr_add_lft(tb_dev(h, "eth0"), &a, 64, 0, 10, 20), -EINVAL);
	assert_int_equal(inet6_addr_add_lft(tb_dev(h, "eth0"), &a, 64, 0, 20, 10), 0);
	tb_run(&tb, 11 * SEC);
	assert_true(ipv6_get_ifaddr(h, &a, NULL)->flags & IFA_F_DEPRECATED);
	tb_run(&tb, 10 * SEC);
	assert_null(ipv6_get_ifaddr(h, &a, NULL));
	assert_int_equal(tb_send(h, "2001:db8::9", 10), -ENETUNREACH);
	tb_exit(&tb);
}

/* ---- redirects ---- */

static const u8 *mac_of(struct net *h, const struct ip6_addr *a)
{
	const struct neighbour *n = neigh_lookup(&h->ipv6->nd_tbl, a, tb_dev(h, "eth0"));

	assert_non_null(n);
	return n->ha;
}

/* A router that knows the destination to be on the link that the packet came by. */
static void a_better_hop_is_told_and_taken(void **state)
{
	struct ip6_addr dest = tb_ip6("2001:db8:9::9"), gw;
	struct net *h, *r;
	char text[IP6_STR_MAX];

	(void)state;
	host_and_router(&h, &r);
	tb_addr(h, "eth0", "2001:db8:1::2/64");
	tb_run(&tb, 3 * SEC);
	gw = ipv6_linklocal_eui64(tb_dev(r, "eth0")->dev_addr);
	assert_int_equal(tb_try_route(h, "2001:db8:9::/64", ip6_addr_str(&gw, text), "eth0"), 0);
	assert_int_equal(tb_try_route(r, "2001:db8:9::/64", NULL, "eth0"), 0);
	assert_int_equal(tb_send(h, "2001:db8:9::9", 100), 0);
	tb_run(&tb, SEC);
	assert_int_equal(r->mib[MIB_Icmp6OutRedirects], 1);
	assert_int_equal(h->mib[MIB_Icmp6InRedirects], 1);
	assert_null(gateway_to(h, "2001:db8:9::9"));
	assert_true(ipv6_addr_equal(gateway_to(h, "2001:db8:9::8"), &gw));
	/* Straight from now on: nothing comes to the router. */
	tb_addr(r, "eth0", "2001:db8:9::9/128");
	assert_int_equal(tb_send(h, "2001:db8:9::9", 100), 0);
	tb_run(&tb, SEC);
	assert_int_equal(r->mib[MIB_Icmp6OutRedirects], 1);
	assert_memory_equal(mac_of(h, &dest), tb_dev(r, "eth0")->dev_addr, 6);
	tb_run(&tb, 601 * SEC);
	assert_non_null(gateway_to(h, "2001:db8:9::9"));
	tb_exit(&tb);
}

static void who_does_not_want_redirects_takes_none(void **state)
{
	struct net *h, *r;
	struct ip6_addr gw;
	char text[IP6_STR_MAX];

	(void)state;
	host_and_router(&h, &r);
	tb_addr(h, "eth0", "2001:db8:1::2/64");
	conf(h)->accept_redirects = false;
	tb_run(&tb, 3 * SEC);
	gw = ipv6_linklocal_eui64(tb_dev(r, "eth0")->dev_addr);
	assert_int_equal(tb_try_route(h, "2001:db8:9::/64", ip6_addr_str(&gw, text), "eth0"), 0);
	assert_int_equal(tb_try_route(r, "2001:db8:9::/64", NULL, "eth0"), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(tb_send(h, "2001:db8:9::9", 100), 0);
	tb_run(&tb, SEC);
	assert_in_range(r->mib[MIB_Icmp6OutRedirects], 1, 6);	/* they are limited */
	assert_non_null(gateway_to(h, "2001:db8:9::9"));
	tb_exit(&tb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup(f, setup)
		T(a_host_configures_itself),
		T(routers_are_asked_for_until_one_answers),
		T(a_router_speaks_in_time),
		T(what_is_not_said_again_ends),
		T(the_rule_of_two_hours),
		T(what_is_said_of_the_link),
		T(the_better_router_is_used_while_it_answers),
		T(routes_are_taken_where_that_is_allowed),
		T(not_everything_is_believed),
		T(many_messages_are_bounded),
		T(without_memory_less_is_learned),
		T(an_address_may_be_given_for_a_while),
		T(a_better_hop_is_told_and_taken),
		T(who_does_not_want_redirects_takes_none),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
